// The check that no secret stands where none may be, which the harness makes over every file of tests: it finds what it should,
// and ends the process that it found something in as failed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Keeper, SHOWN } from "./secrets.mjs";
import { folder, keeper, relations, start } from "./harness.mjs";

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
  await (await relations(product)).prepare("UPDATE agents SET name = ?1").bind(secret).run();
  await product.client.get("/v1/agents");
  product.log.push(`{"detail":"${product.secrets.SEALING_KEY}"}`);
  await product.stop();
  const found = [...keeper.leaks].map((leak) => leak.replace(/\S+\.sqlite/, "D1"));
  // This was planted: it is no reason for this file to fail.
  keeper.leaks.clear();
  assert.deepEqual(found.sort(), ["SEALING_KEY stands in the log", "what POST /v1/api-keys showed stands in D1 agents", "what POST /v1/api-keys showed stands in the answer to GET /v1/agents"].sort());
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
