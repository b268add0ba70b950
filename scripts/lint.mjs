// npm run lint: format and lints alone, mended where they can be with --fix.
import { root, run } from "./tools.mjs";

const fix = process.argv.includes("--fix");
run("cargo", ["fmt", "--all", ...(fix ? [] : ["--check"])]);
run("cargo", ["clippy", "--quiet", "-p", "protocol", "-p", "domain", "-p", "ingest", "-p", "store", "-p", "xtask", "--all-targets", "--", "-D", "warnings"]);
run("cargo", ["clippy", "--quiet", "-p", "front", "-p", "back", "-p", "platform", "-p", "dashboard", "--all-targets", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"]);
run("tsc", ["-p", "widget"], { cwd: root });
