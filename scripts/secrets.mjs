// Secrets of a local installation: made once, kept with its state.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export function newSecrets() {
  return { ROOT_KEY: randomBytes(32).toString("base64"), BOOTSTRAP_TOKEN: randomBytes(24).toString("base64url") };
}

export function localSecrets(state) {
  const file = join(state, "secrets.json");
  if (!existsSync(file)) {
    mkdirSync(state, { recursive: true });
    writeFileSync(file, JSON.stringify(newSecrets()), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, "utf8"));
}
