// npm run build: the two Workers, the widget, the dashboard, into crates/*/build and target/assets.
// Each artefact is made once and remembered with what it was made of.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { HEADERS, buildWidget } from "../widget/build.mjs";
import { buildDashboard } from "./dashboard.mjs";
import { pack } from "./pack.mjs";
import { HEADERS as DOCS, buildReference } from "./reference.mjs";
import { buildEnvironment, root, say, stamp, start, tools } from "./tools.mjs";

export const assets = join(root, "target/assets");

/** Crates that an artefact is made of. */
const WORKERS = {
  front: ["front", "platform", "store", "domain", "protocol"],
  back: ["back", "platform", "store", "domain", "protocol", "ingest"],
};

function* files(path) {
  if (!existsSync(path)) return;
  if (statSync(path).isFile()) return yield path;
  for (const name of readdirSync(path).sort()) {
    if (!["build", "node_modules", "target"].includes(name)) yield* files(join(path, name));
  }
}

/** A digest of everything below some paths. */
function digest(paths) {
  const hash = createHash("sha256");
  for (const path of paths) for (const file of files(join(root, path))) hash.update(file).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

async function buildWorker(name) {
  const inputs = digest([...WORKERS[name].map((crate) => `crates/${crate}`), "Cargo.toml", "Cargo.lock", ".cargo/config.toml", "scripts/tools.mjs", "scripts/pack.mjs"]);
  const made = stamp(join(root, `target/stamps/${name}`));
  const output = join(root, `crates/${name}/build/index_bg.wasm`);
  if (existsSync(output) && made.matches(inputs)) return;
  say(`building the ${name} Worker`);
  await start(tools.workerBuild, ["--release"], { cwd: join(root, `crates/${name}`), env: buildEnvironment() });
  pack(output);
  made.write(inputs);
}

/** Nothing is left running when one of them fails. */
async function all(jobs) {
  const done = await Promise.allSettled(jobs);
  const failed = done.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
  return done.map((one) => one.value);
}

/** Everything. Returns the sizes that the bench reports. */
export async function build() {
  mkdirSync(assets, { recursive: true });
  say("building what changed: the Workers, the widget, the dashboard");
  // Side by side: cargo takes its turns by itself, and one is linked and shrunk while the other is compiled.
  const [widget] = await all([buildWidget({ outdir: assets }), ...Object.keys(WORKERS).map(buildWorker)]);
  // Alone and last: it has flags of its own, so cargo compiles anew what it shares with them, and finds it so next time.
  const dashboard = await buildDashboard({ root, outdir: assets, tools });
  buildReference(assets);
  writeFileSync(
    join(assets, "_headers"),
    [
      ...HEADERS,
      DOCS,
      "/app/*\n  Cache-Control: public, max-age=31536000, immutable\n  X-Content-Type-Options: nosniff",
      "",
    ].join("\n\n"),
  );
  return { widget, dashboard };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { widget, dashboard } = await build();
  say(`widget: loader ${widget.loaderBr} B, all ${widget.totalBr} B; dashboard: ${dashboard.wasmAllBr} B of wasm in pieces, ${dashboard.wasmScreenBr} B for the heaviest screen (brotli)`);
}
