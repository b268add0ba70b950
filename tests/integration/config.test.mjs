// What a deployment would be given: bindings, doors and modules, read from the same files that a deployment reads.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { configuration } from "../../scripts/platform.mjs";
import { root } from "../../scripts/tools.mjs";

const { front, back } = configuration();

/** The Rust sources of a crate, without comments. */
function source(crate) {
  const folder = join(root, "crates", crate, "src");
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(".rs"))
    .map((file) => readFileSync(join(folder, file), "utf8").replace(/\/\/.*$/gm, ""))
    .join("\n");
}

/** Every binding of a wrangler.toml, by the kind of thing it is. */
function bindings(config) {
  return {
    object: (config.durable_objects?.bindings ?? []).map((binding) => binding.name),
    kv: (config.kv_namespaces ?? []).map((binding) => binding.binding),
    bucket: (config.r2_buckets ?? []).map((binding) => binding.binding),
    queue: (config.queues?.producers ?? []).map((binding) => binding.binding),
    d1: (config.d1_databases ?? []).map((binding) => binding.binding),
    service: (config.services ?? []).map((binding) => binding.binding),
    assets: config.assets ? [config.assets.binding] : [],
    browser: config.browser ? [config.browser.binding] : [],
    variable: Object.keys(config.vars ?? {}),
  };
}

/** Every binding that Rust code names, by kind. `own`: the Worker's crate; `platform`: what both share. */
function read(own) {
  const named = (text, ...patterns) => [...new Set(patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((found) => found[1])))];
  return {
    object: named(own, /objects::(?:call|stub)\(\s*[^,]+,\s*"([A-Z_]+)"/g),
    kv: named(own, /\.kv\("([A-Z_]+)"\)/g),
    bucket: named(own, /\.bucket\("([A-Z_]+)"\)/g),
    queue: named(own, /queue::ring\(\s*[^,]+,\s*"([A-Z_]+)"/g),
    d1: own.includes("Relational::of(") ? named(shared, /\.d1\("([A-Z_]+)"\)/g) : [],
    service: named(own, /\.service\("([A-Z_]+)"\)/g),
    assets: named(own, /\.assets\("([A-Z_]+)"\)/g),
    browser: own.includes("rendering::") ? named(shared, /get_binding(?:::<\w+>)?\("(BROWSER)"\)/g) : [],
    variable: named(own + shared, /optional\(\s*\w+,\s*"([A-Z_]+)"/g, /\bms\("([A-Z_]+)"/g),
  };
}

const shared = source("platform");
const workers = [["front", front, source("front")], ["back", back, source("back")]];

for (const [name, config, code] of workers) {
  describe(name, () => {
    const bound = bindings(config);
    const used = read(code);

    for (const kind of Object.keys(bound)) {
      if (kind === "variable") continue;
      test(`every ${kind} that is bound is read, and the other way round`, () => {
        assert.deepEqual(bound[kind].toSorted(), used[kind].toSorted());
      });
    }

    test("every variable that is named is read", () => {
      for (const variable of bound.variable) assert.ok(used.variable.includes(variable), variable);
    });

    test("requests to the outside reach the public internet alone", () => {
      assert.ok(config.compatibility_flags.includes("global_fetch_strictly_public"));
      assert.match(config.compatibility_date, /^20\d\d-\d\d-\d\d$/);
    });

    test("every object class has a migration that makes it, with SQLite", () => {
      const made = (config.migrations ?? []).flatMap((step) => step.new_sqlite_classes ?? []);
      const own = config.durable_objects.bindings.filter((binding) => !binding.script_name).map((binding) => binding.class_name);
      assert.deepEqual(made.toSorted(), own.toSorted());
      for (const name of own) assert.match(code, new RegExp(`#\\[durable_object\\]\\s*pub struct ${name}\\b`));
      assert.ok(!(config.migrations ?? []).some((step) => step.new_classes), "no class without SQLite");
    });

    test("no secret is in the file", () => {
      for (const [key, value] of Object.entries(config.vars)) assert.ok(!/KEY|TOKEN|SECRET|PASSWORD/.test(key) || value === "", key);
      assert.equal(config.vars.ENVIRONMENT, "production");
      assert.equal(config.vars.LOCAL_HOSTS ?? "", "");
      assert.equal(config.vars.DRILLS ?? "", "");
    });
  });
}

describe("the line between them", () => {
  test("the front Worker binds no relational database", () => {
    assert.equal(front.d1_databases, undefined);
    assert.equal(front.hyperdrive, undefined);
    assert.ok(!workers[0][2].includes("Relational"), "and its code names none");
  });

  test("the back Worker has no public address", () => {
    assert.equal(back.workers_dev, false);
    assert.equal(back.preview_urls, false);
    for (const door of ["routes", "route", "assets"]) assert.equal(back[door], undefined, door);
    assert.equal(front.preview_urls, false);
  });

  test("each names the other rightly", () => {
    assert.deepEqual(front.services.map((service) => service.service), [back.name]);
    for (const { script_name } of back.durable_objects.bindings) assert.ok([undefined, front.name].includes(script_name));
    for (const { script_name } of front.durable_objects.bindings) assert.equal(script_name, undefined);
    const classes = front.migrations.flatMap((step) => step.new_sqlite_classes);
    for (const { script_name, class_name } of back.durable_objects.bindings) if (script_name) assert.ok(classes.includes(class_name), class_name);
    const consumed = back.queues.consumers.map((consumer) => consumer.queue);
    for (const { queue } of [...(front.queues?.producers ?? []), ...(back.queues?.producers ?? [])]) assert.ok(consumed.includes(queue), queue);
    assert.equal(front.queues.consumers, undefined, "visitors' Worker consumes nothing");
    assert.deepEqual(front.kv_namespaces, back.kv_namespaces);
    assert.deepEqual(front.r2_buckets, back.r2_buckets);
  });
});

/** Reads an unsigned LEB128 number. */
function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return [value, at];
  }
}

/** The limits of a module's own memory, in pages of 64 KiB. */
function memory(bytes) {
  for (let at = 8; at < bytes.length; ) {
    const section = bytes[at];
    const [length, start] = number(bytes, at + 1);
    if (section === 5) {
      const [count, flags] = number(bytes, start);
      assert.equal(count, 1);
      const [least, next] = number(bytes, flags + 1);
      return { least, most: bytes[flags] & 1 ? number(bytes, next)[0] : undefined };
    }
    at = start + length;
  }
  throw new Error("no memory");
}

describe("the modules", () => {
  const bytes = (crate) => readFileSync(join(root, "crates", crate, "build/index_bg.wasm"));
  const modules = Object.fromEntries(["front", "back"].map((crate) => [crate, new WebAssembly.Module(bytes(crate))]));

  for (const [crate, module] of Object.entries(modules)) {
    test(`${crate} imports wasm-bindgen's glue and our own scripts alone`, () => {
      for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
        assert.ok(["function", "tag"].includes(kind), `${name} is a ${kind}`);
        if (/^\.\/snippets\/platform-\w+\/inline\d+\.js$/.test(from)) continue;
        assert.equal(from, "./index_bg.js", name);
        assert.match(name, /^__wb(g|indgen)_/);
      }
    });

    test(`${crate} exports its handlers and its own objects`, () => {
      const exported = WebAssembly.Module.exports(module).map((one) => one.name);
      const config = crate === "front" ? front : back;
      const own = config.durable_objects.bindings.filter((binding) => !binding.script_name).map((binding) => binding.class_name.toLowerCase());
      assert.ok(exported.includes("memory") && exported.includes("fetch"));
      const objects = exported.filter((name) => name.endsWith("_fetch")).map((name) => name.slice(0, -"_fetch".length));
      assert.deepEqual(objects.toSorted(), own.toSorted());
      for (const handler of ["queue", "scheduled"]) assert.equal(exported.includes(handler), crate === "back", handler);
    });
  }

  test("the front Worker carries nothing that talks to a relational database", () => {
    for (const { name } of WebAssembly.Module.imports(modules.front)) {
      assert.doesNotMatch(name.replace(/_[0-9a-f]{16}$/, ""), /prepare|batch|d1|hyperdrive|postgres/i);
    }
  });

  test("the back Worker's memory ends at 96 MiB, well below its isolate's", () => {
    assert.equal(memory(bytes("back")).most, (96 << 20) / 65_536);
  });
});
