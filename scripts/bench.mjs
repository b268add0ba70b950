// npm run bench: what the product costs, measured from outside on this machine. Prints a table and writes
// target/bench.json with stable keys; nothing is estimated. Bounded in count and time, on loopback alone.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { startSite } from "../tests/sites/serve.mjs";
import { ORIGIN, Visitor, init, start } from "../tests/integration/harness.mjs";
import { build } from "./build.mjs";
import { configuration } from "./platform.mjs";
import { buildEnvironment, root, say } from "./tools.mjs";

const seconds = Number(process.env.BENCH_SECONDS ?? 60);
const clock = () => Number(process.hrtime.bigint()) / 1e6;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const results = {};
const BUDGETS = {
  "turn.own_ms.p95": 15,
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
  "dashboard.wasm_br_bytes": 500 * 1024,
  "dashboard.wasm_screen_br_bytes": 700_000,
  "dashboard.first_content_ms.p95": 1000,
};

const quantile = (values, q) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];
};
const spread = (values) => ({ p50: round(quantile(values, 0.5)), p95: round(quantile(values, 0.95)), n: values.length });
const round = (x) => Math.round(x * 100) / 100;

/** Memory-backed where the machine has it: the disk of a development machine is not what is measured. */
function stateFolder() {
  return mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "frontdesk-bench-"));
}

async function standins(options) {
  const child = spawn(process.execPath, [join(root, "tests/load/standins.mjs"), JSON.stringify({ dimensions: 32, ...options })], { stdio: ["ignore", "pipe", "inherit"] });
  const { url } = await new Promise((resolve) => child.stdout.once("data", (line) => resolve(JSON.parse(line))));
  return { url, busy: async () => (await fetch(`${url}/busy`)).json(), stop: () => child.kill() };
}

async function product({ remote, vars = {} }) {
  const site = await startSite({ slowMs: 0 });
  const state = stateFolder();
  const running = await start({
    state,
    remote,
    local: [new URL(site.url).host],
    vars: { OPENAI_BASE_URL: `${remote}/v1`, OPENAI_API_KEY: "bench", EMBEDDING_MODEL: "openai:embedding", ...vars },
    agent: { models: [{ provider: "openai_compatible", model: "chat" }] },
  });
  const source = await running.client.source(running.agent, `${new URL(site.url).origin}/`);
  const indexed = await running.client.indexed(source.id);
  if (indexed.state !== "indexed") throw new Error(indexed.reason);
  return {
    running,
    async stop() {
      await running.stop();
      await site.close();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

const TOPICS = ["When are you open on Sundays", "What does a tune-up cost", "Can I rent a cargo bike for a week", "How long is the warranty on repairs", "Where can I park near the shop", "How do I cancel a booking", "Do you sell gift cards", "How much is a new chain"];
let mark = 0;
const question = () => `${TOPICS[mark % TOPICS.length]}? #q${(mark += 1)}x`;

/** One turn: when it was sent, when its first text and its end came. */
async function turn(visitor, text) {
  const sent = clock();
  const id = `bench-${Math.random().toString(36).slice(2, 12)}`;
  const end = visitor.ended(id, 60_000);
  const first = visitor.next((frame) => frame.type === "delta", 60_000).then(() => clock());
  visitor.send({ type: "message", id, text, page_url: ORIGIN });
  const [firstAt, frame] = await Promise.all([first, end]);
  if (frame.type !== "turn_finished" || frame.provider !== "openai_compatible") throw new Error(`a turn ended as ${JSON.stringify(frame)}`);
  return { mark: /#(\w+)/.exec(text)?.[1], sent, first: firstAt, end: clock(), stages: frame.stages };
}

function union(intervals, from, to) {
  let covered = 0;
  let reach = from;
  for (const [a, b] of [...intervals].sort((x, y) => x[0] - y[0])) {
    const begin = Math.max(a, reach);
    const end = Math.min(b, to);
    if (end > begin) covered += end - begin;
    reach = Math.max(reach, Math.min(b, to));
  }
  return covered;
}

/** Open loop: turns begin on schedule, whoever is still waiting. */
async function openLoop(running, { visitors, perSecond, forSeconds }) {
  const idle = [];
  for (let n = 0; n < visitors; n += 1) idle.push(await Visitor.open(running));
  const turns = [];
  const begun = clock();
  let starved = 0;
  for (let n = 0; n < perSecond * forSeconds; n += 1) {
    const due = begun + (n * 1000) / perSecond;
    if (due > clock()) await wait(due - clock());
    const visitor = idle.shift();
    if (!visitor) {
      starved += 1;
      continue;
    }
    turns.push(turn(visitor, question()).finally(() => idle.push(visitor)));
  }
  const done = await Promise.all(turns);
  for (const visitor of idle) await visitor.close();
  if (starved) say(`${starved} turns had no free visitor`);
  return done;
}

async function ownShare() {
  say(`our share of a turn: 50 visitors, 10 turns a second for ${seconds} s, 60 ms between objects`);
  const fakes = await standins({ embedMs: 200, queryMs: 30, firstMs: 600, tokens: 120, perSecond: 60 });
  const { running, stop } = await product({ remote: fakes.url, vars: { SIMULATED_HOP_MS: "60" } });
  try {
    await openLoop(running, { visitors: 50, perSecond: 10, forSeconds: Math.min(5, seconds) });
    const cpu = cpuSeconds();
    const turns = await openLoop(running, { visitors: 50, perSecond: 10, forSeconds: seconds });
    const spent = cpuSeconds() - cpu;
    const busy = await fakes.busy();
    const own = turns.map((t) => t.first - t.sent - union(busy[t.mark] ?? [], t.sent, t.first));
    results["turn.own_ms"] = spread(own);
    if (spent > 0) results["turn.cpu_ms"] = round((spent * 1000) / turns.length);
  } finally {
    await stop();
    fakes.stop();
  }
}

/** CPU seconds of every workerd below this process. */
function cpuSeconds() {
  try {
    const rows = execFileSync("ps", ["-eo", "ppid,comm,cputimes"], { encoding: "utf8" }).split("\n").map((row) => row.trim().split(/\s+/));
    return rows.filter(([ppid, comm]) => Number(ppid) === process.pid && comm.startsWith("workerd")).reduce((sum, row) => sum + Number(row[2]), 0);
  } catch {
    return 0;
  }
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

function sizes({ widget, dashboard }) {
  for (const name of ["front", "back"]) {
    const files = ["index.js", "index_bg.wasm"].map((file) => readFileSync(join(root, `crates/${name}/build`, file)));
    results[`${name}.gzip_bytes`] = files.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0);
  }
  results["widget.loader_br_bytes"] = widget.loaderBr;
  results["widget.total_br_bytes"] = widget.totalBr;
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

function report() {
  const flat = {};
  const walk = (value, path) => {
    if (typeof value === "number") flat[path] = value;
    else for (const [key, inner] of Object.entries(value)) if (key !== "n") walk(inner, path ? `${path}.${key}` : key);
  };
  walk(results, "");
  console.log(`\n  ${"figure".padEnd(36)} ${"measured".padStart(12)}   budget`);
  for (const [name, value] of Object.entries(flat)) {
    const budget = BUDGETS[name];
    console.log(`${budget !== undefined && value > budget ? "! " : "  "}${name.padEnd(36)} ${String(value).padStart(12)}   ${budget ?? ""}`);
  }
  writeFileSync(join(root, "target/bench.json"), `${JSON.stringify({ ...results, budgets: BUDGETS }, null, 2)}\n`);
}

const built = await build();
sizes(built);
startup();
await password();
await firstLoad(built);
await crawl();
await firstToken();
await ownShare();
report();
