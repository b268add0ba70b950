// npm test: everything, in the order in which it fails fastest. `npm test -- native` (format, lint, types, integration,
// e2e) runs the steps whose name begins so.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { root, say } from "./tools.mjs";

const only = process.argv[2];
const totals = { passed: 0, failed: 0 };
const failures = [];
const WASM = ["front", "back", "platform", "dashboard"];
const NATIVE = ["protocol", "domain", "ingest", "store", "xtask"];

/** Runs a command, shows what it says, and adds up the tests it counts; one without tests counts as one. */
function step(name, command, args, options = {}) {
  if (only && !name.startsWith(only)) return;
  say(name);
  const begun = Date.now();
  const done = spawnSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28, ...options });
  const text = `${done.stdout ?? ""}${done.stderr ?? ""}`;
  let [passed, failed] = [0, 0];
  for (const match of text.matchAll(/test result: \w+\. (\d+) passed; (\d+) failed/g)) [passed, failed] = [passed + Number(match[1]), failed + Number(match[2])];
  for (const match of text.matchAll(/^ℹ pass (\d+)$/gm)) passed += Number(match[1]);
  for (const match of text.matchAll(/^ℹ (?:fail|cancelled) (\d+)$/gm)) failed += Number(match[1]);
  if (done.status !== 0 && failed === 0) failed = 1;
  if (done.status === 0 && passed === 0) passed = 1;
  totals.passed += passed;
  totals.failed += failed;
  if (failed) {
    failures.push(name);
    console.log(text.slice(-20_000));
  }
  say(`  ${passed} passed, ${failed} failed in ${((Date.now() - begun) / 1000).toFixed(0)} s`);
}

const packages = (names) => names.flatMap((name) => ["-p", name]);
const tests = (folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((file) => file.endsWith(".test.mjs"))
    .sort()
    .map((file) => join(folder, file));

step("format", "cargo", ["fmt", "--all", "--check"]);
step("types", "tsc", ["-p", "widget"]);
step("lint native", "cargo", ["clippy", "--quiet", ...packages(NATIVE), "--all-targets", "--", "-D", "warnings"]);
// The same cases every time: what fails here fails for everyone. `cargo test` alone explores further.
const seeded = { env: { ...process.env, PROPTEST_RNG_SEED: process.env.PROPTEST_RNG_SEED ?? "20261121" } };
step("native", "cargo", ["test", "--quiet", ...packages([...NATIVE, ...WASM])], seeded);
step("native fuzz", "cargo", ["xtask", "fuzz", "--seconds", "10"]);
step("schemas", process.execPath, ["scripts/schemas.mjs", "--check"]);
step("lint wasm", "cargo", ["clippy", "--quiet", ...packages(WASM), "--all-targets", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"]);
if (failures.length === 0 && (!only || /^(sites|integration|e2e)/.test(only))) {
  await build();
  const assets = { env: { ...process.env, DASHBOARD_ASSETS: join(root, "target/assets") } };
  // One file at a time: each starts the whole product. What hangs fails by its name.
  const node = (files) => ["--test", "--test-reporter=spec", "--test-concurrency=1", "--test-timeout=1200000", ...files];
  step("sites", process.execPath, node(tests("tests/sites")));
  for (const file of tests("tests/integration")) step(`integration ${file.slice("tests/integration/".length)}`, process.execPath, node([file]));
  for (const file of tests("tests/e2e")) step(`e2e ${file.slice("tests/e2e/".length)}`, process.execPath, node([file]), assets);
}
if (failures.length) console.log(`\nfailed: ${failures.join("; ")}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed ? 1 : 0);
