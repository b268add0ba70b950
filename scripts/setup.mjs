// Every verb of package.json begins here: sets up what the verb needs, then runs it under Node 22.
// This file runs on Node 20 with nothing installed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Missing, buildEnvironment, root, setUpChromium, setUpPackages, setUpPostgres, setUpRust } from "./tools.mjs";

const [verb, ...rest] = process.argv.slice(2);
const NEEDS = {
  start: [setUpPackages, setUpRust],
  test: [setUpPackages, setUpRust, setUpChromium, setUpPostgres],
  bench: [setUpPackages, setUpRust, setUpChromium],
  drill: [setUpPackages, setUpRust],
  eval: [setUpPackages, setUpRust],
  build: [setUpPackages, setUpRust],
  schemas: [setUpPackages, setUpRust],
  lint: [setUpPackages, setUpRust],
  "setup-index": [setUpPackages],
  rotate: [],
  backup: [],
  restore: [],
  deploy: [setUpPackages, setUpRust],
  reset: [],
};

if (!NEEDS[verb]) {
  console.error(`Known verbs: ${Object.keys(NEEDS).join(", ")}`);
  process.exit(2);
}
try {
  for (const step of NEEDS[verb]) step();
} catch (error) {
  console.error(error instanceof Missing ? `\n${error.message}\n` : error);
  process.exit(1);
}
const node = join(root, "node_modules/.bin/node");
const child = spawn(existsSync(node) ? node : process.execPath, [join(root, "scripts", `${verb}.mjs`), ...rest], {
  cwd: root,
  env: buildEnvironment(),
  stdio: "inherit",
});
// Ctrl-C reaches the child by itself; this process only waits for it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
