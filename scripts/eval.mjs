// npm run eval: production code over evaluation data, scored by the data's own scorers.
//   FRONTDESK_EVAL=DIR   the data (default ../shared/eval)
//   --crawl URL          crawl a site that is served already, instead of the ones the data holds
// Result files go to target/eval/, figures to target/eval.json.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { build } from "./build.mjs";
import { Client } from "./client.mjs";
import { evaluateHybrid } from "./eval-hybrid.mjs";
import { startPlatform } from "./platform.mjs";
import { newSecrets } from "./secrets.mjs";
import { root, run, say } from "./tools.mjs";

const data = resolve(root, process.env.FRONTDESK_EVAL ?? "../shared/eval");
const out = join(root, "target/eval");
const figures = {};

if (!existsSync(data)) {
  console.log(`There is no evaluation data at ${data}. Set FRONTDESK_EVAL to its folder; nothing was evaluated.`);
  process.exit(0);
}
mkdirSync(out, { recursive: true });

const at = process.argv.indexOf("--crawl");
if (at > 0) await crawlOnly(process.argv[at + 1]);
else await everything();
writeFileSync(join(root, "target/eval.json"), `${JSON.stringify(figures, null, 2)}\n`);
table();

async function everything() {
  say("running production code natively");
  run("cargo", ["run", "--quiet", "--profile", "native", "--package", "xtask", "--", "eval", "--data", data, "--out", out]);
  retrieval("squad", "squad", 0.78, 0.94, 0.85);
  for (const language of folders(join(data, "xquad"))) retrieval(`xquad.${language}`, `xquad/${language}`, undefined, 0.97);
  if (has("squad-answers.json")) {
    const s = score("score_answers.py", join(data, "squad/queries.jsonl"), join(out, "squad-answers.json"));
    figure("squad.answer_contains", s.contains, 0.7);
  }
  if (has("articles.json")) figure("articles.f1", score("score_extraction.py", join(data, "articles/ground-truth.json"), join(out, "articles.json")).f1, 0.96);
  if (has("docs.json")) documents();
  if (has("robots.json")) {
    const text = python("score_robots.py", join(data, "robots_cases.json"), join(out, "robots.json"));
    figure("robots.passed", Number(/= ([\d.]+)\s*$/.exec(text)[1]), 1);
  }
  await evaluateHybrid({ data, out, figure, score, build });
  for (const truth of readdirSync(join(data, "sites")).filter((file) => file.endsWith(".truth.json"))) await sharedSite(truth);
}

function retrieval(name, folder, first, six, mrr) {
  const result = `${folder.replace("/", "-")}.json`;
  if (!has(result)) return;
  const s = score("score_retrieval.py", "--queries", join(data, folder, "queries.jsonl"), "--corpus", join(data, folder, "corpus.jsonl"), join(out, result));
  figure(`${name}.recall_at_1`, s["recall@1"], first);
  figure(`${name}.recall_at_6`, s["recall@6"], six);
  figure(`${name}.mrr_at_10`, s["mrr@10"], mrr);
}

/** PDF and DOCX files: their text against the reference, and that nothing crashes or passes for read that is not. */
function documents() {
  const lines = python("score_docs.py", join(data, "docs/manifest.json"), join(out, "docs.json"));
  const format = /^(\w+): files \d+ crashed\/absent (\d+) \| unreadable (\d+) of which error or empty (\d+) .* F1 ([\d.]+) \|/gm;
  const total = { crashes: 0, unreadable: 0, refused: 0 };
  for (const [, type, crashes, unreadable, refused, f1] of lines.matchAll(format)) {
    figure(`docs.${type}_f1`, Number(f1), 0.9);
    total.crashes += Number(crashes);
    total.unreadable += Number(unreadable);
    total.refused += Number(refused);
  }
  figure("docs.crashes", total.crashes, undefined, 0);
  figure("docs.unreadable_refused", total.refused, total.unreadable);
}

/** A documentation site, served as a customer's, crawled by the running product. */
async function sharedSite(truth) {
  const name = basename(truth, ".truth.json");
  const port = 8899;
  const server = spawn("python3", [join(data, "scripts/serve_site.py"), name, String(port)], { stdio: "ignore", env: { ...process.env, SITES: join(data, "sites") } });
  try {
    const base = JSON.parse(readFileSync(join(data, "sites", truth), "utf8")).base;
    const url = `http://127.0.0.1:${port}${base}/`;
    await until(() => fetch(url).then((r) => r.ok));
    await crawl(name, url);
    const s = score("score_crawl.py", join(data, "sites", truth), join(out, `crawl-${name}.json`));
    figure(`crawl.${name}.coverage`, s.coverage, 1);
    figure(`crawl.${name}.content_f1`, s.content_f1, 0.95);
    figure(`crawl.${name}.extra`, s.extra);
    figure(`crawl.${name}.titles`, s.titles);
    figure(`crawl.${name}.seconds`, s.seconds, undefined, 30);
  } finally {
    server.kill();
  }
}

async function crawlOnly(url) {
  if (!URL.canParse(url ?? "")) throw new Error("usage: npm run eval -- --crawl http://…");
  await crawl(new URL(url).host.replace(/\W/g, "-"), url);
}

async function crawl(name, url) {
  say(`crawling ${url}`);
  await build();
  const secrets = newSecrets();
  const platform = await startPlatform({ secrets, vars: { LOCAL_HOSTS: new URL(url).host } });
  try {
    const client = new Client(platform.url);
    const owner = { email: "eval@example.test", password: "evaluation" };
    const persona = { name: "E", tone: "brief" };
    const { agent_id } = await client.bootstrap(secrets.BOOTSTRAP_TOKEN, { ...owner, name: "E", workspace: "E", agent: { persona, language: "en", welcome: "", allowed_origins: [] } });
    await client.signIn(owner);
    const begun = process.hrtime.bigint();
    const source = await client.call("POST", `/v1/agents/${agent_id}/sources`, { url });
    const indexed = await client.indexed(source.id, { timeout: 300_000 });
    const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
    if (indexed.state === "failed") throw new Error(indexed.reason);
    const documents = await client.all(`/v1/sources/${source.id}/documents`);
    const pages = documents.map(({ url, title, text }) => ({ url, status: 200, title, text }));
    writeFileSync(join(out, `crawl-${name}.json`), JSON.stringify({ pages, seconds }));
    say(`${pages.length} pages in ${seconds.toFixed(1)} s → target/eval/crawl-${name}.json`);
  } finally {
    await platform.miniflare.dispose();
  }
}

function folders(path) {
  return existsSync(path) ? readdirSync(path).sort() : [];
}
function has(file) {
  return existsSync(join(out, file));
}
function python(script, ...args) {
  return execFileSync("python3", [join(data, "scripts", script), ...args], { encoding: "utf8" }).trim();
}
function score(script, ...args) {
  return JSON.parse(python(script, ...args));
}
function figure(name, value, atLeast, atMost) {
  figures[name] = { value, ...(atLeast !== undefined && { at_least: atLeast }), ...(atMost !== undefined && { at_most: atMost }) };
}
async function until(probe) {
  for (let n = 0; n < 100; n += 1) {
    if (await probe().catch(() => false)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("the site did not start");
}
function table() {
  console.log(`\n  ${"figure".padEnd(40)} ${"value".padStart(8)}   wanted`);
  for (const [name, { value, at_least, at_most }] of Object.entries(figures)) {
    const good = (at_least === undefined || value >= at_least) && (at_most === undefined || value <= at_most);
    console.log(`${good ? "  " : "! "}${name.padEnd(40)} ${String(value).padStart(8)}   ${at_least !== undefined ? `≥ ${at_least}` : at_most !== undefined ? `≤ ${at_most}` : ""}`);
  }
}
