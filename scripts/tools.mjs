// What a fresh machine lacks: npm packages, the wasm target, three cargo-built tools, Chromium, PostgreSQL.
// Tools that cargo has to build are kept outside the checkout, so that a second clone has them.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "frontdesk");

const WORKER_BUILD = "0.8.7";
const WASM_SPLIT = "0.2.4";
/** The command-line tool has to be the version of the crate that Cargo.toml pins. */
const WASM_BINDGEN = /^wasm-bindgen = "=([^"]+)"/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))[1];
const bin = join(cache, `tools-${WORKER_BUILD}-${WASM_BINDGEN}`, "bin");
const splitBin = join(cache, `wasm-split-${WASM_SPLIT}`, "bin");

export const tools = {
  workerBuild: join(bin, "worker-build"),
  wasmBindgen: join(bin, "wasm-bindgen"),
  wasmSplit: join(splitBin, "wasm-split-cli"),
  wasmOpt: join(root, "node_modules/.bin/wasm-opt"),
  esbuild: join(root, "node_modules/.bin/esbuild"),
};

export class Missing extends Error {}

export function say(text) {
  console.log(`\x1b[2m·\x1b[0m ${text}`);
}

/** Runs a command, its output shown; throws when it fails. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { stdio: "inherit", cwd: root, ...options });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${command} ${args.slice(0, 3).join(" ")} … ended with ${done.status ?? done.signal}`);
}

/**
 * Runs a command while others run. What it says is shown; where `stdio` keeps its errors back, they are shown when it
 * fails.
 */
export function start(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], ...options });
    let kept = "";
    child.stderr?.on("data", (chunk) => (kept += chunk));
    child.on("error", (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with code ${code}\n${kept}`))));
  });
}

function has(command, ...args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

export function setUpPackages() {
  const lock = join(root, "package-lock.json");
  const done = join(root, "node_modules/.package-lock.json");
  if (existsSync(done) && statSync(done).mtimeMs >= statSync(lock).mtimeMs) return;
  say("installing npm packages");
  // Not `npm ci`: it wants every platform's optional packages in the lock, also those a registry does not have.
  run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]);
}

export function setUpRust() {
  if (!has("cargo", "--version")) {
    throw new Missing("Rust is missing. Install it with rustup (https://rustup.rs), then run this again.");
  }
  const targets = execFileSync("rustc", ["--print", "target-libdir", "--target", "wasm32-unknown-unknown"], { encoding: "utf8" }).trim();
  if (!existsSync(targets)) {
    if (!has("rustup", "--version")) {
      throw new Missing("The Rust target wasm32-unknown-unknown is missing, and there is no rustup to add it.");
    }
    say("adding the Rust target wasm32-unknown-unknown");
    run("rustup", ["target", "add", "wasm32-unknown-unknown"]);
  }
  install("worker-build", WORKER_BUILD, tools.workerBuild, ["--locked"]);
  // Without --locked: its lock names a crate version that a registry may not have yet.
  install("wasm-bindgen-cli", WASM_BINDGEN, tools.wasmBindgen, []);
  install("wasm_split_cli_support", WASM_SPLIT, tools.wasmSplit, ["--locked", "--features", "build-binary"]);
}

function install(crate, version, path, flags) {
  if (existsSync(path)) return;
  say(`building ${crate} ${version} (once on this machine, about two minutes)`);
  const target = join(cache, "build");
  mkdirSync(cache, { recursive: true });
  run("cargo", ["install", crate, "--version", version, "--root", join(path, "../.."), ...flags], {
    env: {
      ...process.env,
      CARGO_TARGET_DIR: target,
      // A tool that runs for a second need not be optimised for an hour.
      CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
      CARGO_PROFILE_RELEASE_LTO: "off",
      CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
      CARGO_PROFILE_RELEASE_DEBUG: "0",
    },
  });
  if ([tools.workerBuild, tools.wasmBindgen, tools.wasmSplit].every((tool) => existsSync(tool))) rmSync(target, { recursive: true, force: true });
}

export function chromium() {
  return ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path));
}

export function setUpChromium() {
  if (!chromium()) fromDebian("Chromium", "chromium", "fonts-noto-core", "fonts-noto-cjk");
}

/** Where Debian keeps the programs of its newest PostgreSQL server. */
export function postgres() {
  const base = "/usr/lib/postgresql";
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(base, version, "bin")).find((folder) => existsSync(join(folder, "initdb")));
}

export function setUpPostgres() {
  if (!postgres()) fromDebian("PostgreSQL", "postgresql");
}

function fromDebian(what, ...packages) {
  const debian = has("apt-get", "--version");
  if (!debian || process.getuid?.() !== 0) {
    throw new Missing(`${what} is missing. Install it (Debian: sudo apt-get install ${packages[0]}), then run this again.`);
  }
  say(`installing ${what} from Debian's packages`);
  run("apt-get", ["update", "-qq"]);
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Panics say where they happened: as a crate's own path, not as the place where this machine keeps crates. */
function withoutPlaces() {
  const crates = join(process.env.CARGO_HOME || join(homedir(), ".cargo"), "registry/src");
  const folders = existsSync(crates) ? readdirSync(crates).map((folder) => join(crates, folder)) : [];
  return folders.filter((folder) => !/\s/.test(folder)).map((folder) => `--remap-path-prefix=${folder}=`);
}

/** The environment of a build: nothing is downloaded, Node 22 comes first. */
export function buildEnvironment() {
  return {
    ...process.env,
    // Added by cargo to what .cargo/config.toml says.
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: withoutPlaces().join(" "),
    PATH: `${join(root, "node_modules/.bin")}${delimiter}${process.env.PATH}`,
    WASM_BINDGEN_BIN: tools.wasmBindgen,
    WASM_OPT_BIN: tools.wasmOpt,
    ESBUILD_BIN: tools.esbuild,
    CARGO_TERM_COLOR: process.stdout.isTTY ? "always" : "never",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    CI: "1",
  };
}

/** Remembers, beside an artefact, what it was made of. */
export function stamp(file) {
  return {
    matches: (value) => existsSync(file) && readFileSync(file, "utf8") === value,
    write: (value) => {
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, value);
    },
  };
}
