// npm run schemas: schemas/ and the widget's types, from crates/protocol. With --check nothing is written, and
// the process fails where what is committed differs from what the code says.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "json-schema-to-typescript";
import { root, run, say } from "./tools.mjs";

const check = process.argv.includes("--check");
const made = mkdtempSync(join(tmpdir(), "frontdesk-schemas-"));
try {
  run("cargo", ["xtask", "schemas", made]);
  const widget = JSON.parse(readFileSync(join(made, "widget.schema.json"), "utf8"));
  // Every definition is wanted, so all of them hang on one root, which is then dropped.
  const all = { ...widget, title: "Wire", type: "object", additionalProperties: false, properties: Object.fromEntries(Object.keys(widget.$defs).map((name) => [name, { $ref: `#/$defs/${name}` }])) };
  const types = await compile(all, "Wire", { bannerComment: "// Generated from crates/protocol by `npm run schemas`; do not edit.", additionalProperties: false, format: true });
  writeFileSync(join(made, "wire.ts"), types.replace(/export interface Wire \{[\s\S]*?\n\}\n/, ""));
  const files = { "wire.schema.json": "schemas", "widget.schema.json": "schemas", "webhook.schema.json": "schemas", "openapi.json": "schemas", "wire.ts": "widget/src" };
  const differing = [];
  for (const [name, folder] of Object.entries(files)) {
    const to = join(root, folder, name);
    const text = readFileSync(join(made, name), "utf8");
    let old = "";
    try {
      old = readFileSync(to, "utf8");
    } catch {}
    if (old !== text) differing.push(`${folder}/${name}`);
    if (!check) writeFileSync(to, text);
  }
  if (check && differing.length) {
    console.error(`${differing.join(", ")} differ from crates/protocol. Run npm run schemas and commit the result.`);
    process.exitCode = 1;
  } else say(check ? "schemas agree with the code" : `schemas written${differing.length ? `: ${differing.join(", ")} changed` : ""}`);
} finally {
  rmSync(made, { recursive: true, force: true });
}
