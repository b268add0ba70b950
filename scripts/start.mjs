// npm start: builds what changed, runs the product and a demo customer site, crawls the site, prints addresses.
// npm start -- --site http://…   answers for another site instead.
import { createServer } from "node:net";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ANSWERED, startN8n } from "../tests/fakes/n8n.mjs";
import { startSite } from "../tests/sites/serve.mjs";
import { build } from "./build.mjs";
import { Client } from "./client.mjs";
import { localSecrets } from "./secrets.mjs";
import { startPlatform } from "./platform.mjs";
import { root, say } from "./tools.mjs";

const begun = Date.now();
const option = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const port = Number(process.env.PORT ?? 8787);
const sitePort = Number(process.env.SITE_PORT ?? 8788);
const flowsPort = Number(process.env.FLOWS_PORT ?? 8789);
const elsewhere = option("--site");
const owner = { email: "owner@harbourlane.example", password: "harbour-lane-demo" };

/** Says what to do when a port is taken, before anything is started. */
async function free(port, variable) {
  await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error) => reject(new Error(error.code === "EADDRINUSE" ? `Port ${port} is taken. Stop what uses it, or choose another: ${variable}=9000 npm start` : error.message)));
    probe.listen(port, "127.0.0.1", () => probe.close(resolve));
  });
}

const stops = [];
async function stop(code) {
  for (const step of stops.reverse()) await Promise.race([step(), new Promise((done) => setTimeout(done, 3_000))]).catch(() => {});
  process.exit(code);
}
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    say("stopping");
    void stop(0);
  });
}

try {
  if (elsewhere !== undefined && !URL.canParse(elsewhere)) throw new Error("--site takes an address such as https://example.com");
  await free(port, "PORT");
  if (!elsewhere) {
    await free(sitePort, "SITE_PORT");
    await free(flowsPort, "FLOWS_PORT");
  }
  await build();

  const site = elsewhere ? new URL(elsewhere) : new URL(`http://localhost:${sitePort}/`);
  // Every site has a state of its own: its workspace, its agent, what was learnt.
  const name = elsewhere ? site.host : "demo";
  const state = process.env.FRONTDESK_STATE ?? join(root, "target/state", name.replace(/[^\w.-]/g, "-"));
  mkdirSync(state, { recursive: true });
  const secrets = localSecrets(state);

  say("starting the product");
  const platform = await startPlatform({
    port,
    state,
    secrets,
    vars: { LOCAL_HOSTS: [site.host, site.host.replace("localhost", "127.0.0.1"), ...(elsewhere ? [] : [`127.0.0.1:${flowsPort}`])].join(","), ...fromEnvironment() },
    onLog: (text) => process.env.VERBOSE && process.stdout.write(text),
  });
  stops.push(() => platform.miniflare.dispose());
  const back = await platform.miniflare.getWorker(platform.back);
  // What the schedules do in production: mails, feeds and publications that are due; closed workspaces.
  for (const [cron, minutes] of [["* * * * *", 1], ["*/15 * * * *", 15]]) {
    const schedule = setInterval(() => back.scheduled({ cron }).catch(() => {}), minutes * 60_000);
    stops.push(() => clearInterval(schedule));
  }
  const product = `http://localhost:${port}`;

  say("preparing the workspace, its owner and its agent");
  const client = new Client(product);
  const { workspace_id, agent_id } = await client.bootstrap(secrets.BOOTSTRAP_TOKEN, {
    ...owner,
    name: "Robin Hale",
    workspace: elsewhere ? site.host : "Harbour Lane Cycles",
    agent: {
      persona: { name: elsewhere ? site.hostname : "Harbour Lane", tone: "friendly and brief" },
      language: "en",
      welcome: elsewhere ? "Hello! What would you like to know?" : "Hello! Ask me about repairs, rentals, prices or opening hours.",
      quick_prompts: elsewhere ? [] : ["What does a tune-up cost?", "When are you open on Sundays?", "Can I rent an e-bike?"],
      allowed_origins: [...new Set([site.origin, `http://127.0.0.1:${sitePort}`, product])],
      models: models(),
    },
  });
  const snippet = `<script src="${product}/widget.js" data-agent-id="${agent_id}" async></script>`;
  let flows;
  if (!elsewhere) {
    const demo = await startSite({ port: sitePort, snippet });
    stops.push(() => demo.close());
    const n8n = await startN8n({ port: flowsPort });
    stops.push(() => n8n.close());
    flows = n8n.url;
  }

  await client.signIn(owner);
  const source = await client.source(agent_id, site.href);
  await watch(client, source);
  if (flows) await offer(client, agent_id, flows);

  const written = { product, site: site.href, ...owner, workspace_id, agent_id, snippet };
  writeFileSync(process.env.FRONTDESK_STATE ? join(state, "local.json") : join(root, "target/local.json"), `${JSON.stringify(written, null, 2)}\n`);
  console.log(`
  Ready in ${((Date.now() - begun) / 1000).toFixed(0)} s.

    Customer site   ${site.href}${elsewhere ? "   (add the snippet below to it)" : "   (ask the bubble in the corner)"}
    Dashboard       ${product}/app/
    Sign in         ${owner.email}  /  ${owner.password}
${flows ? `    Tools           ${product}/app/tools   (order status, appointment, inventory: try them there)\n` : ""}    Mails           ${product}/dev/outbox   (what would have been sent)
    Snippet         ${snippet}

  Ctrl-C stops everything; npm run reset forgets it.
`);
} catch (error) {
  console.error(`\n${error.message}\n`);
  if (process.env.VERBOSE) console.error(error);
  await stop(1);
}

/** The demo flows of the catalogue as tools of the workspace and its agent, the first time: what a member changes stays. */
async function offer(client, agent, url) {
  if ((await client.get("/v1/tools")).length > 0) return;
  say("enabling the demo flows");
  const tools = [];
  for (const { entry } of await client.get("/v1/tools/catalogue")) {
    const path = ANSWERED[entry.name];
    if (path) tools.push((await client.call("POST", "/v1/tools/catalogue", { entry: entry.name, url: `${url}/webhook/${path}` })).id);
  }
  const { revision, draft } = await client.get(`/v1/agents/${agent}`);
  // It looks things up by itself; an appointment waits for a member.
  const saved = await client.call("PUT", `/v1/agents/${agent}/draft`, { revision, draft: { ...draft, tools, autonomy: "reading_only" } });
  await client.call("POST", `/v1/agents/${agent}/publish`, { revision: saved.revision });
}

/** Follows the crawl until the site is searchable. */
async function watch(client, source) {
  if (source.state === "indexed") return say(`${source.progress.indexed} pages are known already`);
  say(`crawling ${source.url}`);
  let shown = "";
  for (;;) {
    const now = await client.get(`/v1/sources/${source.id}`);
    const p = now.progress;
    const line = `  ${p.indexed} indexed, ${p.queued + p.fetching} to go, ${p.failed} failed, ${p.skipped + p.redirected + p.duplicate} left out`;
    if (line !== shown) process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
    shown = line;
    if (now.state === "indexed" || now.state === "failed") {
      if (process.stdout.isTTY) process.stdout.write("\n");
      if (now.state === "failed") say(`the crawl failed: ${now.reason}`);
      return;
    }
    await new Promise((done) => setTimeout(done, 300));
  }
}

/** A model, where the environment names one: OPENAI_BASE_URL, OPENAI_API_KEY, CHAT_MODEL. */
function models() {
  return process.env.CHAT_MODEL ? [{ provider: "openai_compatible", model: process.env.CHAT_MODEL }] : [];
}

function fromEnvironment() {
  const names = ["OPENAI_BASE_URL", "OPENAI_API_KEY", "EMBEDDING_MODEL"];
  const given = Object.fromEntries(names.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
  return { ...given, ...(process.env.CHAT_MODEL && { CHAT_MODELS: `openai:${process.env.CHAT_MODEL}` }) };
}
