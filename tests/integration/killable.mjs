// A product that can be killed: its own process group, the same state folder and port at every start.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { freePort } from "./harness.mjs";

const serve = fileURLToPath(new URL("serve.mjs", import.meta.url));

export async function killable(options) {
  const port = await freePort();
  let child;
  const product = {
    url: `http://127.0.0.1:${port}`,
    log: [],
    async start() {
      // A group of its own: workerd dies with it.
      child = spawn(process.execPath, [serve, JSON.stringify({ ...options, port })], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
      await new Promise((resolve, reject) => {
        child.once("exit", (code) => reject(new Error(`the product ended with ${code}`)));
        child.stdout.on("data", (text) => {
          product.log.push(String(text));
          if (String(text).includes('"ready"')) resolve();
        });
      });
    },
    async kill() {
      const dead = new Promise((done) => child.once("exit", done));
      process.kill(-child.pid, "SIGKILL");
      await dead;
    },
  };
  await product.start();
  return product;
}
