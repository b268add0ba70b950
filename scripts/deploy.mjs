// npm run deploy: a dry run. Builds both Workers and lets wrangler bundle them as a deployment would; nothing is
// uploaded and no account is needed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.mjs";
import { root, run, say } from "./tools.mjs";

await build();
const out = mkdtempSync(join(tmpdir(), "frontdesk-deploy-"));
try {
  for (const config of ["crates/back/wrangler.toml", "wrangler.toml"]) {
    say(`bundling ${config}`);
    run("wrangler", ["deploy", "--dry-run", "--config", join(root, config), "--outdir", join(out, config.replace(/\W/g, "-"))]);
  }
  say("dry run: nothing was uploaded");
} finally {
  rmSync(out, { recursive: true, force: true });
}
