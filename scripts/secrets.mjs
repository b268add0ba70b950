// Secrets of a local installation: made once, kept with its state.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export function newSecrets() {
  return {
    ROOT_KEY: randomBytes(32).toString("base64"),
    SEALING_KEY: randomBytes(32).toString("base64"),
    BOOTSTRAP_TOKEN: randomBytes(24).toString("base64url"),
  };
}

export function localSecrets(state) {
  const file = join(state, "secrets.json");
  const known = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const secrets = { ...newSecrets(), ...known };
  // A newer release may need one more; those in use are kept.
  if (Object.keys(secrets).length > Object.keys(known).length) {
    mkdirSync(state, { recursive: true });
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  }
  return secrets;
}
