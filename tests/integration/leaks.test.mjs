// The check that no secret stands where none may be, which is made over every file of tests that meets the product: it finds
// what it should, and ends the process that it found something in as failed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Keeper, SHOWN } from "./secrets.mjs";
import { Client } from "../../scripts/client.mjs";
import { newSecrets } from "../../scripts/secrets.mjs";
import { launch } from "../e2e/browser.mjs";
import { AGENT, OWNER, folder, keeper, origins, start, startAgain, until } from "./harness.mjs";
import { killable } from "./killable.mjs";

const SECRET = "s3cret-of-somebody-0123";
const answer = (body, { status = 200, headers = {} } = {}) => [{ status, headers: new Headers(headers) }, typeof body === "string" ? body : JSON.stringify(body)];
const at = (path) => `http://127.0.0.1:1${path}`;

test("a secret is shown by the response that says so, to its own request, and by no other", () => {
  const one = new Keeper();
  one.exchange("POST", at("/v1/api-keys"), "{}", ...answer({ data: { secret: SECRET } }));
  assert.deepEqual([[...one.known.keys()], one.leaks.size], [[SECRET], 0]);
  one.exchange("GET", at("/v1/api-keys"), undefined, ...answer({ data: [] }));
  assert.equal(one.leaks.size, 0);
  one.exchange("POST", at("/v1/api-keys"), "{}", ...answer({ data: { name: `the last was ${SECRET}` } }));
  one.exchange("GET", at(`/v1/agents/agt_${"0".repeat(26)}`), undefined, ...answer({ data: { name: SECRET } }));
  one.exchange("GET", at("/v1/audit-log/export"), undefined, ...answer(`a,b\n1,${SECRET}\n`));
  one.exchange("GET", at("/v1/agents"), undefined, ...answer({ error: {} }, { headers: { location: `/x?key=${SECRET}` } }));
  assert.deepEqual([...one.leaks].map((leak) => leak.replace("what POST /v1/api-keys showed stands in ", "")), ["the answer to POST /v1/api-keys", "the answer to GET /v1/agents/*", "the answer to GET /v1/audit-log/export", "a header of the answer to GET /v1/agents"]);
});

test("what is handed in is a secret from then on, and is not said back, not even where it is refused", () => {
  const one = new Keeper();
  const tool = JSON.stringify({ content: { auth: { kind: "bearer", token: SECRET } } });
  one.exchange("POST", at("/v1/agents/x/tools"), tool, ...answer({ data: { auth: { kind: "bearer" } } }));
  assert.deepEqual([...one.known.values()], ["what was given to POST /v1/agents/x/tools"]);
  one.exchange("POST", at("/v1/agents/x/tools"), tool, ...answer({ data: { auth: { token: SECRET } } }));
  assert.equal(one.leaks.size, 1);
  one.exchange("POST", at("/v1/auth/login"), JSON.stringify({ password: "another-long-one" }), ...answer({ error: { message: "another-long-one is wrong" } }, { status: 401 }));
  assert.equal(one.leaks.size, 2);
  one.exchange("POST", at("/v1/auth/login"), "{}", ...answer({ data: {} }, { headers: { "set-cookie": "__Host-frontdesk=0123456789abcdef; Path=/" } }));
  one.text("the log", "a line with 0123456789abcdef");
  assert.ok(one.leaks.has("a session stands in the log"));
});

test("databases, files and the log are read for every secret of the installation", () => {
  const one = new Keeper();
  one.installation({ SEALING_KEY: "key of thirty-two bytes" }, { OPENAI_API_KEY: "sk-of-the-model", OTLP_HEADERS: "x-team=team-key-1", MAX_PAGES: "20000000000" });
  assert.deepEqual([...one.known.values()], ["SEALING_KEY", "OPENAI_API_KEY", "OTLP_HEADERS"]);
  const state = folder();
  mkdirSync(join(state.path, "r2"));
  const database = new DatabaseSync(join(state.path, "d1.sqlite"));
  database.exec("CREATE TABLE t (a TEXT, b BLOB)");
  database.prepare("INSERT INTO t VALUES (?, ?)").run("nothing", Buffer.from("… sk-of-the-model …"));
  writeFileSync(join(state.path, "r2", "blob"), "key of thirty-two bytes");
  one.disk(state.path);
  database.close();
  assert.deepEqual([...one.leaks].sort(), ["OPENAI_API_KEY stands in d1.sqlite t", `SEALING_KEY stands in ${join("r2", "blob")}`]);
  state.remove();
});

test("a product that says a secret in an answer, keeps it or logs it is found out", async () => {
  const product = await start();
  const { secret } = await product.client.call("POST", "/v1/api-keys", { name: "K", scopes: ["agents:read"] });
  await product.client.get("/v1/api-keys");
  await keeper.settled();
  assert.equal(keeper.leaks.size, 0, [...keeper.leaks].join("; "));
  await product.relations.prepare("UPDATE agents SET name = ?1").bind(secret).run();
  await product.client.get("/v1/agents");
  product.log.push(`{"detail":"${product.secrets.SEALING_KEY}"}`);
  await product.stop();
  const found = [...keeper.leaks].map((leak) => leak.replace(/\S+\.sqlite/, "D1"));
  // This was planted: it is no reason for this file to fail.
  keeper.leaks.clear();
  assert.deepEqual(found.sort(), ["SEALING_KEY stands in the log", "what POST /v1/api-keys showed stands in D1 agents", "what POST /v1/api-keys showed stands in the answer to GET /v1/agents"].sort());
});

test("a product that can be killed, and one that starts again over its folder, are searched as well", async () => {
  const [state, secrets] = [folder(), newSecrets()];
  const first = await killable({ state: state.path, secrets, vars: {} });
  const client = new Client(first.url);
  const { agent_id } = await client.bootstrap(secrets.BOOTSTRAP_TOKEN, { ...OWNER, name: "Owner", workspace: "Test", agent: AGENT });
  await client.signIn(OWNER);
  const { secret } = await client.call("POST", "/v1/api-keys", { name: "K", scopes: ["agents:read"] });
  await keeper.settled();
  assert.equal(keeper.leaks.size, 0, [...keeper.leaks].join("; "));
  await client.call("POST", "/v1/reports", { id: "0".repeat(32), reason: "main.rs:1:2" });
  await until("what it logs", () => first.log.join("").includes("dashboard_failed"));
  await client.call("PATCH", `/v1/agents/${agent_id}`, { name: secret });
  first.log.push(`{"detail":"${secrets.ROOT_KEY}"}`);
  await first.kill();
  const second = await startAgain({ state: state.path, secrets });
  second.log.push(`{"detail":"${secrets.SEALING_KEY}"}`);
  await second.stop();
  state.remove();
  const found = [...keeper.leaks].map((leak) => leak.replace(/\S+\.sqlite/, "D1").replace("what POST /v1/api-keys showed", "it"));
  keeper.leaks.clear();
  for (const leak of ["ROOT_KEY stands in the log", "SEALING_KEY stands in the log", "it stands in the answer to PATCH /v1/agents/*", "it stands in D1 agents"]) assert.ok(found.includes(leak), `${leak}: ${found}`);
});

test("what a browser is answered by a product is searched as well, and what it enters is a secret", async () => {
  const server = createServer((request, response) => {
    if (request.method === "POST") return response.writeHead(200, { "content-type": "application/json" }).end('{"data":{}}');
    const html = request.url === "/";
    response.writeHead(200, { "content-type": html ? "text/html" : "application/json" }).end(html ? "<p>Hi</p>" : JSON.stringify({ data: `it is ${SECRET}` }));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${server.address().port}`;
  const browser = await launch();
  const page = await browser.newPage();
  const visit = async () => {
    await page.goto(url);
    await page.evaluate(async (token) => {
      await (await fetch("/v1/tools", { method: "POST", body: JSON.stringify({ token }) })).text();
      await (await fetch("/v1/agents")).text();
    }, SECRET);
    await keeper.settled();
    return [...keeper.leaks];
  };
  assert.deepEqual(await visit(), [], "another server is none of ours");
  origins.add(url);
  const found = await visit();
  keeper.leaks.clear();
  keeper.known.delete(SECRET);
  origins.delete(url);
  await browser.close();
  server.close();
  assert.deepEqual(found, ["what was given to POST /v1/tools stands in the answer to GET /v1/agents"]);
});

test("no test starts the product past the search", () => {
  const tests = fileURLToPath(new URL("..", import.meta.url));
  const own = fileURLToPath(import.meta.url);
  // What is under load/ measures, and is no test.
  const past = readdirSync(tests, { recursive: true }).map(String).filter((name) => name.endsWith(".mjs") && !name.startsWith("load") && join(tests, name) !== own);
  const naming = (words) => past.filter((name) => words.test(readFileSync(join(tests, name), "utf8"))).map((name) => name.replaceAll("\\", "/")).sort();
  assert.deepEqual(naming(/startPlatform\(|new Miniflare\(/), ["integration/harness.mjs", "integration/serve.mjs"]);
  assert.deepEqual(naming(/scripts\/start\.mjs|"serve\.mjs"/), ["e2e/started.mjs", "integration/killable.mjs"]);
  // Chromium over the fakes of a screen meets no product.
  const launching = naming(/chromium\.launch\(/).filter((name) => !/^e2e\/(dashboard|widget)\//.test(name));
  assert.deepEqual(launching, ["e2e/browser.mjs"]);
});

test("a process that found one fails, though all its tests passed", () => {
  const harness = fileURLToPath(new URL("harness.mjs", import.meta.url));
  const file = (planted) => `import { keeper } from ${JSON.stringify(harness)}; keeper.keep("${SECRET}", "a key"); keeper.text("the log", "${planted}");`;
  const run = (planted) => spawnSync(process.execPath, ["--input-type=module", "--eval", file(planted)], { encoding: "utf8" });
  assert.equal(run("nothing of it").status, 0);
  const failed = run(`here is ${SECRET}`);
  assert.deepEqual([failed.status, failed.stderr.includes("a key stands in the log"), failed.stderr.includes(SECRET)], [1, true, false]);
});

test("the routes that show a secret are routes", async () => {
  const { readFile } = await import("node:fs/promises");
  const { paths } = JSON.parse(await readFile(new URL("../../schemas/openapi.json", import.meta.url)));
  const known = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{[^}]+\}/g, "*")}`));
  for (const route of SHOWN.filter((route) => route !== "GET /dev/outbox")) assert.ok(known.includes(route), route);
});
