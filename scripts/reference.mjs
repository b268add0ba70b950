// The reference of the REST API as a page of the product (/docs/api.html), made from schemas/openapi.json: what
// programs with an API key can call.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./tools.mjs";

/** What `_headers` says of these pages. */
export const HEADERS = "/docs/*\n  Cache-Control: no-cache\n  X-Content-Type-Options: nosniff\n  Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
/** Words with `code` in them. */
const prose = (text) => escape(text).replace(/`([^`]+)`/g, "<code>$1</code>");
const words = (name) => name.replace(/[-_]/g, " ").replace(/^./, (c) => c.toUpperCase());

/** A type in words, with a link where it has a name. `seen` gathers the names. */
function type(schema, seen) {
  if (schema === true || schema === undefined) return "any JSON";
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    seen.add(name);
    return `<a href="#type-${name}">${name}</a>`;
  }
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return either.map((one) => type(one, seen)).join(" or ");
  if (schema.allOf) return schema.allOf.map((one) => type(one, seen)).join(" and ");
  if ("const" in schema) return `<code>${escape(JSON.stringify(schema.const))}</code>`;
  if (schema.enum) return schema.enum.map((value) => `<code>${escape(JSON.stringify(value))}</code>`).join(", ");
  if (Array.isArray(schema.type)) return schema.type.map((one) => type({ ...schema, type: one }, seen)).join(" or ");
  if (schema.type === "array") return `list of ${type(schema.items, seen)}`;
  if (schema.type === "object" && schema.additionalProperties && !schema.properties) return `map of text to ${type(schema.additionalProperties, seen)}`;
  return { string: "text", integer: "whole number", number: "number", boolean: "true or false", null: "null", object: "object" }[schema.type] ?? "any JSON";
}

function fields(schema, seen) {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const must = schema.required?.includes(name) ? "" : ' <span class="quiet">optional</span>';
    const more = [field.description, field.default !== undefined && field.default !== null && typeof field.default !== "object" ? `Default: \`${JSON.stringify(field.default)}\`` : ""].filter(Boolean).join(" ");
    return `<tr><th scope="row"><code>${escape(name)}</code>${must}</th><td>${type(field, seen)}</td><td>${prose(more)}</td></tr>`;
  });
  return rows.length ? `<table><thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead><tbody>${rows.join("")}</tbody></table>` : "";
}

/** One named type: its fields, or its kinds. */
function shape(name, schema, seen) {
  const kinds = (schema.oneOf ?? schema.anyOf ?? []).map((one) => {
    const about = one.description ? `<p>${prose(one.description)}</p>` : "";
    return `<li>${one.properties ? `${about}${fields(one, seen)}` : `${type(one, seen)}${one.description ? ` – ${prose(one.description)}` : ""}`}</li>`;
  });
  const body = `${fields(schema, seen)}${kinds.length ? `<ul class="kinds">${kinds.join("")}</ul>` : ""}`;
  return `<section class="type" id="type-${name}"><h3>${name}</h3>${schema.description ? `<p>${prose(schema.description)}</p>` : ""}${body || `<p>${type(schema, seen)}</p>`}</section>`;
}

/** What fields of these names hold in examples. */
const SAMPLES = { email: "ada@example.com", name: "Ada", question: "Are you open on Sundays?", text: "Thank you for writing.", to: "ada@example.com", url: "https://example.com/" };

/** A value of a type, as examples show it. */
function example(schema, types, depth = 0) {
  if (schema === undefined || schema === true || depth > 6) return {};
  if (schema.$ref) return example(types[schema.$ref.split("/").pop()], types, depth + 1);
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  if ("const" in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return example(either.find((one) => one.type !== "null") ?? {}, types, depth + 1);
  const kind = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  if (kind === "array") return [];
  if (kind === "object" || schema.properties) {
    const all = Object.entries(schema.properties ?? {});
    const must = all.filter(([name]) => schema.required?.includes(name));
    // Where nothing has to be there, the first text says more than an empty object.
    const shown = must.length || depth > 2 ? must : all.filter(([, one]) => one.type === "string").slice(0, 1);
    return Object.fromEntries(shown.map(([name, one]) => [name, SAMPLES[name] ?? example({ ...one, default: undefined }, types, depth + 1)]));
  }
  return { string: "…", integer: 1, number: 1, boolean: true }[kind] ?? {};
}

function call(method, path, operation, types) {
  const body = operation.requestBody?.content["application/json"].schema;
  const address = `"$FRONTDESK${path.replace(/\{(\w+)\}/g, (_, name) => `$${name.toUpperCase()}`)}"`;
  const lines = [`curl ${method === "GET" ? "" : `-X ${method} `}${address}`, '  -H "Authorization: Bearer $KEY"'];
  if (method === "POST") lines.push('  -H "Idempotency-Key: $(uuidgen)"');
  if (body) lines.push('  -H "Content-Type: application/json"', `  -d '${JSON.stringify(example(body, types))}'`);
  return lines.join(" \\\n");
}

function operation(method, path, what, types, seen) {
  const scope = what["x-permission"];
  const given = what.parameters.filter((parameter) => parameter.in !== "header" || parameter.name === "Idempotency-Key");
  const parameters = given.length ? `<h4>Parameters</h4><table><thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Meaning</th></tr></thead><tbody>${given.map((one) => `<tr><th scope="row"><code>${escape(one.name)}</code>${one.required ? "" : ' <span class="quiet">optional</span>'}</th><td>${one.in}</td><td>${prose(one.description ?? `The ${one.name}'s id`)}</td></tr>`).join("")}</tbody></table>` : "";
  const body = what.requestBody?.content["application/json"].schema;
  const answer = (what.responses[200] ?? what.responses[201]).content?.["application/json"].schema.properties.data;
  return `<section class="operation" id="${what.operationId}" data-words="${escape(`${method} ${path} ${what.summary}`.toLowerCase())}">
<h3><span class="method ${method.toLowerCase()}">${method}</span> <code>${escape(path)}</code></h3>
<p>${prose(what.summary)}.</p>
<p class="quiet">Scope: ${scope ? `<code>${scope}</code>` : "any"}</p>
${parameters}${body ? `<h4>Body</h4><p>${type(body, seen)}</p>` : ""}
<h4>Answer</h4><p>${answer ? `<code>data</code>: ${type(answer, seen)}` : "A file"}</p>
<h4>Example</h4><pre tabindex="0"><code>${escape(call(method, path, what, types))}</code></pre>
</section>`;
}

/** Writes the page, its style and script, and the document itself. */
export function buildReference(outdir) {
  const { paths, components, info } = JSON.parse(readFileSync(join(root, "schemas/openapi.json"), "utf8"));
  const types = components.schemas;
  const groups = new Map();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, what] of Object.entries(methods)) {
      if (!what.security.some((one) => one.key) || what.summary.includes("for members alone")) continue;
      const group = path.split("/")[2];
      groups.set(group, [...(groups.get(group) ?? []), [method.toUpperCase(), path, what]]);
    }
  }
  const seen = new Set(["ErrorBody"]);
  const sections = [...groups].map(([group, operations]) => `<section class="group" aria-labelledby="group-${group}"><h2 id="group-${group}">${words(group)}</h2>${operations.map(([method, path, what]) => operation(method, path, what, types, seen)).join("")}</section>`);
  // A type names others, which are shown, too.
  const shapes = new Map();
  for (let open = [...seen]; open.length; open = [...seen].filter((name) => !shapes.has(name))) for (const name of open) shapes.set(name, shape(name, types[name] ?? {}, seen));
  const nav = [...groups].map(([group, operations]) => `<li><a href="#group-${group}">${words(group)}</a><ul>${operations.map(([method, path, what]) => `<li><a href="#${what.operationId}" data-words="${escape(`${method} ${path} ${what.summary}`.toLowerCase())}"><span class="method ${method.toLowerCase()}">${method}</span> ${escape(path.replace("/v1", ""))}</a></li>`).join("")}</ul></li>`);
  const source = join(root, "docs/reference");
  const page = readFileSync(join(source, "page.html"), "utf8")
    .replace("{{version}}", escape(info.version))
    .replace("{{nav}}", () => nav.join(""))
    .replace("{{operations}}", () => sections.join(""))
    .replace("{{types}}", () => [...shapes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, html]) => html).join(""));
  const to = join(outdir, "docs");
  mkdirSync(to, { recursive: true });
  writeFileSync(join(to, "api.html"), page);
  for (const file of ["reference.css", "reference.js"]) copyFileSync(join(source, file), join(to, file));
  copyFileSync(join(root, "schemas/openapi.json"), join(to, "openapi.json"));
}
