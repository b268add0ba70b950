// npm run bench: what the product costs, measured from outside on this machine. Prints a table and writes
// target/bench.json with stable keys; nothing is estimated. Bounded in count and time, on loopback alone.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { ORIGIN, Visitor, init, start } from "../tests/integration/harness.mjs";
import { clock, openLoop, plain, product, question, round, row, spread, standins, stateFolder, turn, wait } from "../tests/load/turns.mjs";
import { measureWidgets } from "../tests/load/widget.mjs";
import { build } from "./build.mjs";
import { configuration } from "./platform.mjs";
import { buildEnvironment, root, say } from "./tools.mjs";

const seconds = Number(process.env.BENCH_SECONDS ?? 40);
/** Added to every call between objects: one machine feels like a planet. */
const HOP_MS = 60;
const results = {};
const BUDGETS = {
  "turn.own_ms.p95": 15,
  "turns.v200.own_ms.p95": 120,
  "turns.v200.errors": 0,
  "turn.first_token_ms.miss.p95": 860,
  "turn.first_token_ms.hit.p95": 620,
  "turn.full_answer_ms.p95": 2400,
  "init_ms.p95": 10,
  "crawl.searchable_100_pages_s": 30,
  "front.gzip_bytes": 700 * 1024,
  "back.gzip_bytes": 4 * 1024 * 1024,
  "front.startup_ms": 100,
  "widget.loader_br_bytes": 3 * 1024,
  "widget.total_br_bytes": 15 * 1024,
  "widget.script_ms": 10,
  "widget.open_ms": 100,
  "widget.cls": 0,
  "dashboard.wasm_br_bytes": 500 * 1024,
  "dashboard.wasm_screen_br_bytes": 700_000,
  "dashboard.first_content_ms.p95": 1000,
};

/** The same load on the product and on a plain Worker, by turns, in the same minutes. */
async function load() {
  const fakes = await standins({ embedMs: 200, queryMs: 30, firstMs: 600, tokens: 120, perSecond: 60 });
  const ours = await product({ remote: fakes.url, vars: { SIMULATED_HOP_MS: String(HOP_MS) } });
  const theirs = await plain({ remote: fakes.url, hopMs: HOP_MS });
  const sides = [
    [ours, { v50: [], v200: [] }],
    [theirs, { v50: [], v200: [] }],
  ];
  const both = async (name, options, rounds) => {
    say(`${options.visitors} visitors, ${options.perSecond} turns a second, ${rounds} times ${options.forSeconds} s each, ${HOP_MS} ms between objects`);
    for (let n = 0; n < rounds; n += 1) for (const [side, loads] of sides) loads[name].push(await openLoop(side, fakes, options));
  };
  try {
    const [small, large] = [{ visitors: 50, perSecond: 10 }, { visitors: 200, perSecond: 40 }];
    for (const [side] of sides) await openLoop(side, fakes, { ...small, forSeconds: 5 });
    await both("v50", { ...small, forSeconds: seconds / 2 }, 2);
    await both("v200", { ...large, forSeconds: seconds / 4 }, 2);
    const [v50, v200] = [row(sides[0][1].v50), row(sides[0][1].v200)];
    results["turn.own_ms"] = v50.own_ms;
    results["turn.cpu_ms"] = v50.cpu_ms;
    results["turns.per_second"] = { v50: v50.per_second, v200: v200.per_second };
    results["turns.v200"] = { own_ms: v200.own_ms, cpu_ms: v200.cpu_ms, errors: v200.errors };
    const [plain50, plain200] = [row(sides[1][1].v50), row(sides[1][1].v200)];
    results["baseline.turn"] = { own_ms: plain50.own_ms, cpu_ms: plain50.cpu_ms };
    results["baseline.turns.v200"] = { own_ms: plain200.own_ms, cpu_ms: plain200.cpu_ms, errors: plain200.errors };
  } finally {
    await theirs.stop();
    await ours.stop();
    fakes.stop();
  }
}

/** Memory of open sockets whose conversations sleep, each in an object of its own. */
async function idle() {
  const held = async (side, count, options) => {
    const child = spawn(process.execPath, [join(root, "tests/load/idle.mjs"), JSON.stringify({ url: side.running.url, origin: ORIGIN, count, at_once: 20, ...options })], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const open = async () => {
      const { value } = await lines.next();
      if (!value) throw new Error("the sockets could not be held");
      return JSON.parse(value).open;
    };
    await open();
    // An object sleeps after ten seconds without an event.
    await wait(12_000);
    child.stdin.write("?\n");
    const still = await open();
    if (still !== count) throw new Error(`${still} of ${count} sockets are still open`);
    return { bytes: side.residentBytes(), close: () => child.stdin.end() };
  };
  const fakes = await standins({ embedMs: 0, queryMs: 0, firstMs: 0, tokens: 1, perSecond: 100 });
  const count = Number(process.env.BENCH_SOCKETS ?? 5000);
  for (const [key, begin] of [["sockets.idle_5000", () => product({ remote: fakes.url })], ["baseline.sockets.idle_5000", () => plain({ remote: fakes.url, hopMs: 0 })]]) {
    say(`${count} idle sockets (${key})`);
    const side = await begin();
    try {
      const agent = side.running.agent;
      const few = await held(side, 50, { agent });
      const many = await held(side, count, { agent });
      results[key] = { bytes_each: Math.round((many.bytes - few.bytes) / count), sockets: count };
      many.close();
      few.close();
    } finally {
      await side.stop();
    }
  }
  fakes.stop();
}

async function firstToken() {
  say("first token and full answer, stand-ins of 200, 30 and 600 ms");
  const fakes = await standins({ embedMs: 200, queryMs: 30, firstMs: 600, tokens: 150, perSecond: 100 });
  const { running, stop } = await product({ remote: fakes.url });
  try {
    const visitors = [];
    for (let n = 0; n < 10; n += 1) visitors.push(await Visitor.open(running));
    const round1 = async (texts) => {
      const done = [];
      for (let at = 0; at < texts.length; at += visitors.length) {
        done.push(...(await Promise.all(texts.slice(at, at + visitors.length).map((text, n) => wait(n * 60).then(() => turn(visitors[n], text))))));
      }
      return done;
    };
    const texts = Array.from({ length: 60 }, question);
    await round1(Array.from({ length: 10 }, question));
    // They are stored meanwhile: the first time compiles what does that, on the one thread that all Workers share here.
    await wait(4_000);
    const miss = await round1(texts);
    await wait(500);
    const hit = await round1(texts);
    results["turn.first_token_ms"] = { miss: spread(miss.map((t) => t.first - t.sent)), hit: spread(hit.map((t) => t.first - t.sent)) };
    results["turn.full_answer_ms"] = spread(miss.map((t) => t.end - t.sent));
    say("init");
    const times = [];
    for (let n = 0; n < 220; n += 1) {
      const from = clock();
      const { status } = await init(running);
      if (status !== 200) throw new Error(`init answered ${status}`);
      if (n >= 20) times.push(clock() - from);
    }
    results.init_ms = spread(times);
  } finally {
    await stop();
    fakes.stop();
  }
}

/** A site of 100 pages with text of its own, served at once. */
async function hundredPages() {
  const words = "harbour lantern bicycle workshop saddle wheel spoke rental morning evening price brake chain gear light helmet lock route coast ferry ticket summer winter repair".split(" ");
  const prose = (seed) => Array.from({ length: 260 }, (_, n) => words[(seed * 31 + n * n * 7 + n * seed) % words.length]).join(" ");
  const server = createServer((request, response) => {
    const n = Number(/^\/p(\d+)$/.exec(request.url)?.[1] ?? (request.url === "/" ? 0 : NaN));
    if (Number.isNaN(n)) {
      response.writeHead(404);
      return response.end();
    }
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    const links = Array.from({ length: 10 }, (_, k) => n * 10 + k + 1).filter((k) => k < 100);
    response.end(`<!doctype html><html lang="en"><title>Page ${n}</title><body><nav>${links.map((k) => `<a href="/p${k}">Page ${k}</a>`).join(" ")}</nav><main><h1>Page ${n}</h1><p>${prose(n + 1)}.</p><h2 id="more">More of ${n}</h2><p>${prose(n + 7)}.</p></main></body></html>`);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => new Promise((done) => (server.closeAllConnections(), server.close(done))) };
}

async function crawl() {
  say("crawling 100 pages");
  const site = await hundredPages();
  const state = stateFolder();
  const running = await start({ state, local: [new URL(site.url).host] });
  try {
    const from = clock();
    const source = await running.client.source(running.agent, site.url);
    const done = await running.client.indexed(source.id, { timeout: 120_000 });
    const took = (clock() - from) / 1000;
    if (done.progress.indexed !== 100) throw new Error(`${done.progress.indexed} of 100 pages were indexed`);
    results["crawl.searchable_100_pages_s"] = round(took);
    results["crawl.pages_per_second"] = round(100 / took);
  } finally {
    await running.stop();
    await site.close();
    rmSync(state, { recursive: true, force: true });
  }
}

function sizes({ dashboard }) {
  for (const name of ["front", "back"]) {
    const files = ["index.js", "index_bg.wasm"].map((file) => readFileSync(join(root, `crates/${name}/build`, file)));
    results[`${name}.gzip_bytes`] = files.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0);
  }
  results["dashboard.wasm_screen_br_bytes"] = dashboard.wasmScreenBr;
  results["dashboard.wasm_all_br_bytes"] = dashboard.wasmAllBr;
}

/** The dashboard in a browser that never saw it, signed in: from navigation to the screen's heading. */
async function firstLoad({ dashboard }) {
  const running = await start();
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
  const [name, value] = running.client.cookie.split("=");
  const once = async () => {
    const context = await browser.newContext();
    await context.addCookies([{ name, value, url: running.url.replace("http:", "https:"), secure: true }]);
    const page = await context.newPage();
    const pieces = new Set();
    page.on("request", (request) => pieces.add(new URL(request.url()).pathname));
    await page.setExtraHTTPHeaders({ cookie: running.client.cookie });
    await page.goto(`${running.url}/app/`, { waitUntil: "commit" });
    await page.locator("main h1").first().waitFor();
    // The browser's own clock: when the content was painted, not when this process noticed.
    const ms = await page.evaluate(() => performance.getEntriesByName("content")[0]?.startTime ?? performance.now());
    await page.waitForLoadState("networkidle");
    await context.close();
    // What the first screen takes of the WebAssembly, as it is sent: after brotli.
    results["dashboard.wasm_br_bytes"] = [...pieces].reduce((sum, path) => sum + (dashboard.wasmBr[path] ?? 0), 0);
    return ms;
  };
  try {
    const loads = [];
    for (let n = 0; n < 12; n += 1) loads.push(await once());
    results["dashboard.first_content_ms"] = spread(loads.slice(2));
  } finally {
    await browser.close();
    await running.stop();
  }
}

/** What one password costs: the processor time of a refused sign-in, nearly all of it Argon2id. */
async function password() {
  const running = await start();
  try {
    const costs = [];
    for (let n = 0; n < 9; n += 1) {
      const refused = await running.client.raw("POST", "/v1/auth/login", { email: `nobody${n}@example.test`, password: "not-the-password" }, { "cf-connecting-ip": `192.0.2.${n}` });
      costs.push(Math.max(...[...refused.headers.get("server-timing").matchAll(/app;dur=([\d.]+)/g)].map((match) => Number(match[1]))));
    }
    results["auth.password_ms"] = spread(costs.slice(1));
  } finally {
    await running.stop();
  }
}

/** Script start-up of the front Worker, as the deployment tool profiles it. */
function startup() {
  const folder = mkdtempSync(join(tmpdir(), "frontdesk-startup-"));
  const { front } = configuration();
  // The script alone: bindings do not run at start-up, and the build is done.
  writeFileSync(
    join(folder, "wrangler.json"),
    JSON.stringify({
      name: "startup",
      main: join(root, "crates/front/build/index.js"),
      compatibility_date: front.compatibility_date,
      compatibility_flags: front.compatibility_flags,
      durable_objects: front.durable_objects,
      migrations: front.migrations,
    }),
  );
  const said = execFileSync("wrangler", ["check", "startup", "--config", join(folder, "wrangler.json"), "--outfile", join(folder, "startup.cpuprofile")], { cwd: folder, encoding: "utf8", env: buildEnvironment() });
  results["front.startup_ms"] = Number(/Active:\s*([\d.]+) ms/.exec(said)[1]);
  rmSync(folder, { recursive: true, force: true });
}

/** What the chat costs the page that carries it, beside three others (see tests/load/widget.mjs). */
async function widget() {
  const { widget, peers } = await measureWidgets();
  for (const [name, value] of Object.entries(widget)) results[`widget.${name}`] = value;
  for (const [peer, figures] of Object.entries(peers)) for (const [name, value] of Object.entries(figures)) results[`peers.${peer}.${name}`] = value;
}

function report() {
  const flat = {};
  const walk = (value, path) => {
    if (typeof value === "number") flat[path] = value;
    else for (const [key, inner] of Object.entries(value)) if (key !== "n") walk(inner, path ? `${path}.${key}` : key);
  };
  walk(results, "");
  console.log(`\n  ${"figure".padEnd(40)} ${"measured".padStart(12)}   budget`);
  for (const [name, value] of Object.entries(flat)) {
    const budget = BUDGETS[name];
    console.log(`${budget !== undefined && value > budget ? "! " : "  "}${name.padEnd(40)} ${String(value).padStart(12)}   ${budget ?? ""}`);
  }
  const file = join(root, "target/bench.json");
  // The widget's figures need nothing that was built before, so they can be kept beside the others.
  const kept = named.length && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  if (named.every((name) => name === "widget")) writeFileSync(file, `${JSON.stringify({ ...kept, ...results, budgets: BUDGETS }, null, 2)}\n`);
}

/** `npm run bench -- load idle` measures these alone, of what is built, and keeps no file; `widget` builds its own. */
const parts = { widget, password, crawl, firstToken, load, idle };
const named = process.argv.slice(2);
if (named.length) {
  for (const name of named) await parts[name]();
} else {
  const built = await build();
  sizes(built);
  startup();
  await firstLoad(built);
  for (const part of Object.values(parts)) await part();
}
report();
