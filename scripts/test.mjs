// npm test: everything, in the order in which it fails fastest. `npm test -- native` (format, lint, types, integration,
// e2e) runs the steps whose name begins so.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { root, say } from "./tools.mjs";

const only = process.argv[2];
const totals = { passed: 0, failed: 0 };
const failures = [];
const WASM = ["front", "back", "platform", "dashboard"];
const NATIVE = ["protocol", "domain", "ingest", "store", "xtask"];
/** These start the product as `npm start` does, which builds: nobody reads meanwhile what it writes. */
const alone = /^tests\/e2e\/[^/]+$/;

/** Runs a command to its end, with all that it said. */
function ran(command, args, options) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], ...options });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (said) => (text += said));
    child.once("error", (error) => done({ ok: false, text: `${text}${error.message}\n` }));
    child.once("close", (code) => done({ ok: code === 0, text }));
  });
}

/** Runs a command, shows what it says, and adds up the tests it counts; one without tests counts as one. */
async function step(name, command, args, options = {}) {
  if (only && !name.startsWith(only)) return;
  say(name);
  const begun = Date.now();
  const { ok, text } = await ran(command, args, options);
  let [passed, failed] = [0, 0];
  for (const match of text.matchAll(/test result: \w+\. (\d+) passed; (\d+) failed/g)) [passed, failed] = [passed + Number(match[1]), failed + Number(match[2])];
  for (const match of text.matchAll(/^ℹ pass (\d+)$/gm)) passed += Number(match[1]);
  for (const match of text.matchAll(/^ℹ (?:fail|cancelled) (\d+)$/gm)) failed += Number(match[1]);
  if (!ok && failed === 0) failed = 1;
  if (ok && passed === 0) passed = 1;
  totals.passed += passed;
  totals.failed += failed;
  if (failed) {
    failures.push(name);
    console.log(text.slice(-20_000));
  }
  say(`  ${name}: ${passed} passed, ${failed} failed in ${((Date.now() - begun) / 1000).toFixed(0)} s`);
}

const packages = (names) => names.flatMap((name) => ["-p", name]);
const tests = (folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((file) => file.endsWith(".test.mjs"))
    .sort()
    .map((file) => join(folder, file));

await step("format", "cargo", ["fmt", "--all", "--check"]);
await step("types", "tsc", ["-p", "widget"]);
await step("lint native", "cargo", ["clippy", "--quiet", ...packages(NATIVE), "--all-targets", "--", "-D", "warnings"]);
// The same cases every time: what fails here fails for everyone. `cargo test` alone explores further.
const seeded = { env: { ...process.env, PROPTEST_RNG_SEED: process.env.PROPTEST_RNG_SEED ?? "20261121" } };
await step("native", "cargo", ["test", "--quiet", ...packages([...NATIVE, ...WASM])], seeded);
await step("native fuzz", "cargo", ["xtask", "fuzz", "--seconds", "10"]);
await step("schemas", process.execPath, ["scripts/schemas.mjs", "--check"]);
await step("lint wasm", "cargo", ["clippy", "--quiet", ...packages(WASM), "--all-targets", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"]);
if (failures.length === 0 && (!only || /^(sites|integration|e2e)/.test(only))) {
  await build();
  const assets = { env: { ...process.env, DASHBOARD_ASSETS: join(root, "target/assets") } };
  // What hangs fails by its name.
  const file = (path) => step(path.slice("tests/".length), process.execPath, ["--test", "--test-reporter=spec", "--test-timeout=1200000", path], assets);
  // Two at a time: each starts a product, a fake or a browser of its own, and mostly waits.
  const waiting = ["sites", "integration", "e2e"].flatMap((folder) => tests(`tests/${folder}`)).filter((path) => !alone.test(path));
  const lane = async () => {
    for (let path; (path = waiting.shift()); ) await file(path);
  };
  await Promise.all([lane(), lane()]);
  for (const path of tests("tests/e2e").filter((path) => alone.test(path))) await file(path);
}
if (failures.length) console.log(`\nfailed: ${failures.join("; ")}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed ? 1 : 0);
