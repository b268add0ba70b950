// Builds the members' dashboard: cargo → wasm-split → wasm-bindgen → wasm-opt → hashed files under <outdir>/app.
// The WebAssembly is cut where `piece!` stands in crates/dashboard/src: what every visit needs, pieces with the screens
// that are fetched when they are opened, and what several of those share.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import * as esbuild from 'esbuild';
import { start } from './tools.mjs';

// What rustc's wasm32-unknown-unknown uses by default; wasm-opt refuses code it was not told about.
const FEATURES = ['bulk-memory', 'bulk-memory-opt', 'multivalue', 'mutable-globals', 'nontrapping-float-to-int', 'reference-types', 'sign-ext'];
const TARGET = 'wasm32-unknown-unknown';
/** What wasm-bindgen makes of the module that every visit needs. */
const BASE = 'bindings_bg.wasm';

/**
 * Builds the dashboard when its inputs changed.
 * @param {{ root: string, outdir: string, tools: { wasmBindgen: string, wasmOpt: string, wasmSplit: string }, profile?: string, targetDir?: string }} options
 *   `profile` is a cargo profile; only `release` is optimised for size after linking.
 * @returns {Promise<{ files: string[], wasmBr: Record<string, number>, wasmAllBr: number, wasmScreenBr: number }>} what was
 *   written, the size of each WebAssembly file after brotli, of all, and of all that the heaviest screen takes
 */
export async function buildDashboard({ root, outdir, tools, profile = 'release', targetDir = join(root, 'target') }) {
  const crate = join(root, 'crates', 'dashboard');
  // The linker keeps its notes of what calls what, which the cut goes by.
  await start('cargo', ['rustc', '--quiet', '-p', 'dashboard', '--bin', 'dashboard', '--target', TARGET, '--profile', profile, ...flags(profile), '--', '-Clink-arg=--emit-relocs'], {
    cwd: root,
    env: { ...process.env, CARGO_TARGET_DIR: targetDir },
  });
  const built = join(targetDir, TARGET, profile === 'dev' ? 'debug' : profile, 'dashboard.wasm');
  const app = join(outdir, 'app');
  const work = join(targetDir, 'dashboard', profile);
  const stampFile = join(work, 'stamp.json');
  const inputs = await fingerprint([built, join(root, 'scripts', 'dashboard.mjs'), tools.wasmBindgen, tools.wasmSplit, join(crate, 'static'), join(crate, 'style')], app);
  const before = await readJson(stampFile);
  if (before?.inputs === inputs && before.result.files.every((file) => existsSync(join(app, file)))) {
    return before.result;
  }

  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  await start(tools.wasmSplit, [built, work, '--out-name', 'bindings']);
  const pieces = (await readdir(work)).filter((name) => name.endsWith('.wasm') && name !== 'bindings.wasm');
  await start(tools.wasmBindgen, [join(work, 'bindings.wasm'), '--target', 'web', '--no-typescript', '--keep-lld-exports', '--out-dir', work, '--out-name', 'bindings']);
  const modules = await optimise(work, [BASE, ...pieces], tools.wasmOpt, profile);
  const { files, sizes } = await bundle({ crate, work, modules });
  await rm(app, { recursive: true, force: true });
  await mkdir(app, { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(app, name), bytes);
  const result = { files: [...files.keys()], ...sizes };
  await writeFile(stampFile, JSON.stringify({ inputs, result }));
  return result;
}

/**
 * Cargo settings of this artefact alone: erased component types (Leptos; compiles faster) and code for size.
 * When it was small, together they took 48 KB of 305 KB off the WebAssembly after brotli.
 */
function flags(profile) {
  const settings = [`target.${TARGET}.rustflags=["--cfg","erase_components"]`];
  if (profile === 'release') settings.push('profile.release.package.dashboard.opt-level="z"');
  return settings.flatMap((setting) => ['--config', setting]);
}

/**
 * Each module after wasm-opt, without names (about whose newer sections it warns, so its warnings are kept back); as many at a
 * time as there are processors.
 */
async function optimise(work, names, wasmOpt, profile) {
  const level = profile === 'release' ? '-Oz' : '-O1';
  const out = new Map();
  const waiting = names.map((name) => [name, join(work, name.replace(/\.wasm$/, '.opt.wasm'))]);
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, to] = next;
      await start(wasmOpt, [join(work, name), level, '--strip-debug', '--strip-producers', ...FEATURES.map((feature) => `--enable-${feature}`), '-o', to], { stdio: ['ignore', 'ignore', 'pipe'] });
      out.set(name, await readFile(to));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return out;
}

/** Every file of /app/, named by its content; index.html last, because it names the others. */
async function bundle({ crate, work, modules }) {
  const files = new Map();
  const add = (stem, extension, bytes) => {
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    files.set(`${stem}.${hash}.${extension}`, bytes);
    return `/app/${stem}.${hash}.${extension}`;
  };
  const from = (...path) => join(crate, 'static', ...path);
  const esbuilt = async (entry, options = {}) => {
    const result = await esbuild.build({ entryPoints: [entry], bundle: true, minify: true, write: false, target: 'es2022', legalComments: 'none', logLevel: 'warning', ...options });
    return Buffer.from(result.outputFiles[0].contents);
  };

  const wasmBr = {};
  const addModule = (name, stem) => {
    const url = add(stem, 'wasm', modules.get(name));
    wasmBr[url] = brotli(modules.get(name));
    return url;
  };
  const wasmUrl = addModule(BASE, 'dashboard');
  // The loader that wasm-split wrote names the pieces as they are called beside it.
  const loader = join(work, '__wasm_split.js');
  const named = (await readFile(loader, 'utf8')).replace(/new URL\("\.\/(\w+)\.wasm", import\.meta\.url\)/g, (_, stem) => JSON.stringify(addModule(`${stem}.wasm`, stem)));
  await writeFile(loader, named);
  const total = (urls) => urls.reduce((sum, url) => sum + wasmBr[url], 0);
  const wasmUrls = Object.keys(wasmBr);
  const screens = [...named.matchAll(/wrapAsyncCb\(makeLoad\(([^[]*)\[([^\]]*)\]/g)].map(([, own, shared]) => {
    const chunks = shared.match(/chunk_\d+/g) ?? [];
    return total(wasmUrls.filter((url) => url === wasmUrl || own.includes(url) || chunks.some((chunk) => url.includes(`/${chunk}.`))));
  });
  const sizes = { wasmBr, wasmAllBr: total(wasmUrls), wasmScreenBr: Math.max(...screens) };
  const js = await esbuilt(from('boot.js'), {
    format: 'esm',
    alias: { '@dashboard/bindings': join(work, 'bindings.js') },
    define: { DASHBOARD_WASM: JSON.stringify(wasmUrl) },
    // wasm-bindgen names the loader of pieces once for each piece.
    logOverride: { 'duplicate-object-key': 'silent' },
  });
  const urls = {
    wasm: wasmUrl,
    js: add('dashboard', 'js', js),
    theme: add('theme', 'js', await esbuilt(from('theme.js'), { format: 'iife' })),
    // The browsers that know light-dark() are the ones supported; esbuild would expand it into two sheets.
    css: add('dashboard', 'css', await esbuilt(join(crate, 'style', 'index.css'), { target: 'esnext' })),
    icon: add('icon', 'svg', await readFile(from('icon.svg'))),
  };
  const html = await readFile(from('index.html'), 'utf8');
  files.set('index.html', Buffer.from(html.replace(/\{\{(\w+)\}\}/g, (_, name) => urls[name]).replace(/\n\s*/g, '\n')));
  return { files, sizes };
}

/** A hash of the names, sizes and times of files and of what folders hold. */
async function fingerprint(paths, ...extra) {
  const hash = createHash('sha256').update(extra.join('\n'));
  const visit = async (path) => {
    const facts = await stat(path);
    if (facts.isDirectory()) {
      for (const name of (await readdir(path)).sort()) await visit(join(path, name));
    } else {
      hash.update(`${path} ${facts.size} ${facts.mtimeMs}\n`);
    }
  };
  for (const path of paths) await visit(path);
  return hash.digest('hex');
}

function brotli(bytes) {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;
}

async function readJson(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined; // No stamp yet, or one that was cut off: build.
  }
}
