// The product as `npm start` runs it, in a process of its own. What it says, answers and keeps is searched for secrets.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/tools.mjs";
import { keeper, origins } from "../integration/harness.mjs";

/** The process, with what it says. */
export function run({ state, ports, env = {} }) {
  const child = spawn(process.execPath, [join(root, "scripts/start.mjs")], {
    env: { ...process.env, PORT: String(ports[0]), SITE_PORT: String(ports[1]), FLOWS_PORT: String(ports[2]), FRONTDESK_STATE: state, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const running = { child, said: "", ended: new Promise((done) => child.once("close", done)) };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      running.said += text;
      child.emit("said");
    });
  }
  return running;
}

/** Starts the product and waits for its addresses. */
export async function started({ state, ports }) {
  const running = run({ state, ports, env: { VERBOSE: "1" } });
  await new Promise((resolve, reject) => {
    running.child.on("said", () => running.said.includes("Ready in") && resolve());
    running.child.once("close", (code) => reject(new Error(`start ended with ${code}:\n${running.said}`)));
  });
  const local = JSON.parse(readFileSync(join(state, "local.json"), "utf8"));
  keeper.installation(JSON.parse(readFileSync(join(state, "secrets.json"), "utf8")));
  keeper.keep(local.password, "the owner's password");
  for (const host of ["localhost", "127.0.0.1"]) origins.add(`http://${host}:${ports[0]}`);
  return {
    local,
    said: () => running.said,
    async stop() {
      if (running.child.exitCode === null && running.child.signalCode === null) running.child.kill("SIGINT");
      await running.ended;
      await keeper.settled();
      // It tells its developer how to sign in.
      keeper.text("the log", running.said, (secret) => secret === local.password);
    },
  };
}
