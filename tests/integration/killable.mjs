// A product that can be killed: its own process group, the same state folder and port at every start.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { freePort, keeper, origins } from "./harness.mjs";

const serve = fileURLToPath(new URL("serve.mjs", import.meta.url));

export async function killable(options) {
  const port = await freePort();
  keeper.installation(options.secrets, options.vars);
  origins.add(`http://127.0.0.1:${port}`);
  let child;
  const product = {
    url: `http://127.0.0.1:${port}`,
    log: [],
    /** Starts it, for this time with other options. */
    async start(changes = {}) {
      // A group of its own: workerd dies with it.
      child = spawn(process.execPath, [serve, JSON.stringify({ ...options, ...changes, port })], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
      await new Promise((resolve, reject) => {
        child.once("exit", (code) => reject(new Error(`the product ended with ${code}`)));
        let said = "";
        child.stdout.on("data", (text) => {
          product.log.push(String(text));
          if (said !== undefined && (said += text).includes('{"ready":')) said = resolve();
        });
      });
    },
    async kill() {
      const dead = new Promise((done) => child.once("close", done));
      process.kill(-child.pid, "SIGKILL");
      await dead;
      await keeper.settled();
      keeper.text("the log", product.log.join(""));
    },
  };
  await product.start();
  return product;
}
