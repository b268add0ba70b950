// Operations: jobs of all parts as one list, tried again one by one or many at once, as a file; what the product depends on,
// really called; errors told to Sentry by the id that is seen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, request } from "../../scripts/client.mjs";
import { startOpenAi } from "../fakes/openai.mjs";
import { startReceiver } from "../fakes/receiver.mjs";
import { startResend } from "../fakes/resend.mjs";
import { startSentry } from "../fakes/sentry.mjs";
import { tell } from "../fakes/sender.mjs";
import { createMember, freePort, newId, start, tenant, until } from "./harness.mjs";

let product, client, other, receiver, model, resend, sentry, up;
before(async () => {
  [receiver, model, resend, sentry] = [await startReceiver(), await startOpenAi(), await startResend(), await startSentry()];
  product = await start({
    local: [receiver.host, `127.0.0.1:${await freePort()}`],
    vars: {
      DELIVERY_TIME_SCALE: "40000",
      SENTRY_DSN: sentry.dsn,
      CHAT_MODELS: "openai:m",
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: model.key,
      MAIL_PROVIDER: "resend",
      MAIL_FROM: "Frontdesk <desk@example.com>",
      RESEND_BASE_URL: resend.url,
      RESEND_API_KEY: "re_test_key",
    },
  });
  client = product.client;
  other = await tenant(product, "other@example.test");
});
after(async () => {
  await product?.stop();
  await Promise.all([receiver, model, resend, sentry].map((fake) => fake?.close()));
});

const jobs = (query = "", by = client) => by.get(`/v1/operations/jobs${query}`);
const retry = (list, by = client) => by.call("POST", "/v1/operations/retry", { jobs: list.map(({ area, id, endpoint }) => ({ area, id, endpoint })) });
const run = async (sql, ...binds) => product.relations.prepare(sql).bind(...binds).run();

test("what failed anywhere is one list, narrowed by part, state, agent, endpoint, event and id, and tried again", async () => {
  receiver.behave = () => (up ? undefined : { status: 503, body: "down" });
  const hook = (await client.call("POST", "/v1/webhooks/endpoints", { url: `${receiver.url}/hook`, events: ["gap.detected"] })).endpoint.id;
  const deliveries = [];
  for (let n = 0; n < 3; n += 1) deliveries.push((await client.call("POST", `/v1/webhooks/endpoints/${hook}/test`)).id);
  const { incoming, secret } = await client.call("POST", "/v1/incoming/endpoints", { name: "Till" });
  const told = await tell(incoming.url, { id: "gone", type: "lead.note", data: { lead_id: newId("led"), text: "x" } }, secret);
  const source = await client.call("POST", `/v1/agents/${product.agent}/sources`, { kind: "text", title: "T", text: "The cellar holds forty barrels." });
  await client.indexed(source.id, { timeout: 60_000 });
  const [site, turn, conversation] = [newId("src"), newId("trn"), newId("cnv")];
  await run("INSERT INTO sources (id, workspace_id, agent_id, kind, url, state, reason, created_at) VALUES (?1, ?2, ?3, 'website', 'https://gone.test/', 'failed', 'It cannot be reached.', ?4)", site, product.workspace, product.agent, Date.now());
  await run("UPDATE sources SET state = 'failed', reason = 'It broke.' WHERE id = ?1", source.id);
  await run("INSERT INTO turns (id, workspace_id, agent_id, conversation_id, state, low_confidence, confidence, provider, first_token_ms, total_ms, tokens_in, tokens_out, asked_at) VALUES (?1, ?2, ?3, ?4, 'failed', 0, 0, 'none', 1, 1, 0, 0, ?5)", turn, product.workspace, product.agent, conversation, Date.now());
  const listed = await until("everything to have failed", async () => {
    const found = await jobs("?state=dead");
    return found.length === 7 && found;
  }, 60_000);
  const byArea = (area) => listed.filter((job) => job.area === area);
  assert.deepEqual(byArea("deliveries").map(({ id }) => id).sort(), [...deliveries].sort());
  assert.deepEqual(byArea("incoming").map(({ id, what, endpoint, outcome, retryable }) => [id, what, endpoint, outcome, retryable]), [[told.id, "lead.note", incoming.id, "There is no such lead.", true]]);
  assert.deepEqual(byArea("crawl").map(({ id, outcome }) => [id, outcome]), [[site, "It cannot be reached."]]);
  assert.deepEqual(byArea("index").map(({ id, outcome }) => [id, outcome]), [[source.id, "It broke."]]);
  assert.deepEqual(byArea("turns").map(({ id, retryable }) => [id, retryable]), [[turn, false]]);
  assert.deepEqual(listed.map(({ at }) => at), listed.map(({ at }) => at).toSorted((a, b) => b - a), "newest first");
  const ids = async (query) => (await jobs(query)).map(({ id }) => id).sort();
  assert.deepEqual(await ids("?area=crawl"), [site]);
  assert.deepEqual(await ids(`?q=${deliveries[1].slice(4)}`), [deliveries[1]]);
  assert.deepEqual(await ids(`?endpoint=${incoming.id}`), [told.id]);
  assert.deepEqual(await ids(`?endpoint=${hook}`), [...deliveries].sort());
  assert.deepEqual(await ids("?event=webhook.test"), [...deliveries].sort());
  assert.deepEqual(await ids(`?agent=${product.agent}`), [site, source.id, turn].sort());
  assert.deepEqual(await ids("?area=deliveries&state=queued,succeeded"), []);
  for (const [query, field] of [["?area=x", "area"], ["?state=eaten", "state"], ["?cursor=x", "cursor"]]) await assert.rejects(jobs(query), (error) => error.status === 400 && error.field === field);
  const counts = Object.fromEntries((await client.get("/v1/operations/counts")).map(({ area, state, count }) => [`${area} ${state}`, count]));
  assert.deepEqual([counts["deliveries dead"], counts["incoming dead"], counts["crawl dead"], counts["turns dead"]], [3, 1, 1, 1]);

  // Another workspace sees nothing of it, and tries nothing again.
  assert.deepEqual(await jobs("", other.client), []);
  const theirs = await retry(listed, other.client);
  assert.deepEqual([theirs.retried, theirs.refused.length], [0, 7]);
  assert.equal((await jobs("?state=dead")).length, 7);
  const editor = await createMember(product, product.workspace, "editor");
  await assert.rejects(jobs("", editor.client), ({ status }) => status === 403);

  // As a file: a line each, without bodies and addresses.
  const log = await client.raw("GET", "/v1/operations/log?state=dead");
  assert.match(log.headers.get("content-type"), /^application\/x-ndjson/);
  assert.match(log.headers.get("content-disposition"), /attachment; filename="operations.jsonl"/);
  const text = await log.text();
  assert.deepEqual(text.trim().split("\n").map((line) => JSON.parse(line).id), listed.map(({ id }) => id));
  for (const word of [receiver.url, secret, "whsec_", "forty barrels"]) assert.ok(!text.includes(word), word);

  // Many at once: what can be is tried again, what cannot is said.
  up = true;
  const again = await retry(listed);
  assert.equal(again.retried, 6);
  assert.deepEqual(again.refused.map(({ id }) => id), [turn]);
  await until("the deliveries to arrive", async () => (await jobs("?area=deliveries&state=succeeded")).length === 3);
  assert.deepEqual(new Set(receiver.calls.slice(-3).map(({ headers }) => headers["webhook-id"])), new Set(deliveries));
  await client.indexed(source.id, { timeout: 60_000 });
  await until("the event to be given up again", async () => (await jobs("?area=incoming&state=dead"))[0]?.attempts === 2);
  assert.ok((await client.get("/v1/audit-log?action=incoming.retried")).length === 1);
  await assert.rejects(client.call("POST", "/v1/operations/retry", { jobs: [] }), ({ status, field }) => status === 400 && field === "jobs");
});

test("a long list comes in pages, each job once", async () => {
  const now = Date.now();
  const database = product.relations;
  const rows = Array.from({ length: 65 }, (_, n) => database.prepare("INSERT INTO turns (id, workspace_id, agent_id, conversation_id, state, low_confidence, confidence, provider, first_token_ms, total_ms, tokens_in, tokens_out, asked_at) VALUES (?1, ?2, ?3, ?4, 'failed', 0, 0, 'none', 1, 1, 0, 0, ?5)").bind(newId("trn"), other.workspace, other.agent, newId("cnv"), now - Math.floor(n / 10)));
  await database.batch(rows);
  const all = await other.client.all("/v1/operations/jobs?area=turns");
  assert.deepEqual([all.length, new Set(all.map(({ id }) => id)).size], [65, 65]);
});

test("health really calls each thing, for a bounded time, and says what to do", async () => {
  const checks = async () => Object.fromEntries((await client.get("/v1/operations/health")).map((check) => [check.name, check]));
  const calls = model.requests?.length;
  const well = await checks();
  const states = Object.fromEntries(Object.entries(well).map(([name, { state }]) => [name, state]));
  assert.deepEqual(states, { "Database (D1)": "ok", "Published agents (KV)": "ok", "Files (R2)": "ok", Queue: "ok", Objects: "ok", "Vector index (Vectorize)": "off", Embeddings: "off", Mail: "ok", "Model m": "ok" });
  assert.ok(calls === undefined || model.requests.length > calls, "the model was called");
  assert.equal(resend.mails.length, 0, "no mail was sent");
  assert.ok(resend.requests.some(({ headers }) => headers["idempotency-key"] === "health"));
  await Promise.all([model.close(), resend.close()]);
  const ill = await checks();
  assert.deepEqual([ill.Mail.state, ill["Model m"].state, ill["Database (D1)"].state], ["failing", "failing", "ok"]);
  assert.match(ill.Mail.says, /MAIL_PROVIDER/);
  assert.ok(Object.values(ill).every(({ ms }) => ms < 10_000));
  const small = await (await request(`${product.url}/v1/health`)).json();
  assert.deepEqual(Object.keys(small.data).sort(), ["ok", "release"], "the public one stays small");
});

test("an error of a Worker is told to Sentry by the id that the member sees", async () => {
  await run("UPDATE webhook_endpoints SET secrets = 'not JSON' WHERE workspace_id = ?1", product.workspace);
  const response = await client.raw("GET", "/v1/webhooks/endpoints");
  assert.equal(response.status, 500);
  const id = response.headers.get("x-request-id");
  const { error } = await response.json();
  assert.ok(error.message.includes(id), error.message);
  const event = await until("the report", () => sentry.events.find(({ exception }) => exception.values[0].type === "request_failed"));
  assert.deepEqual([event.level, event.tags.part], ["error", "back"]);
  const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  const bits = [...id.slice(4)].reduce((sum, digit) => sum * 32n + BigInt(alphabet.indexOf(digit)), 0n);
  assert.equal(event.event_id, bits.toString(16).padStart(32, "0"), "the same id, as Sentry writes it");
  // One of the dashboard, with the id that it showed.
  const report = { id: "0123456789abcdef0123456789abcdef", reason: "src/pages/operations/jobs.rs:12:3" };
  await client.call("POST", "/v1/reports", report);
  const told = await until("the dashboard's report", () => sentry.events.find(({ event_id }) => event_id === report.id));
  assert.deepEqual([told.tags.part, told.exception.values], ["dashboard", [{ type: "dashboard_failed", value: report.reason }]]);
  await assert.rejects(client.call("POST", "/v1/reports", { id: "x", reason: "" }), ({ status, field }) => status === 400 && field === "id");
  assert.deepEqual(sentry.refused, []);
});

test("the dashboard reports errors before anybody has signed in, so many a minute, and nothing but a place in the code", async () => {
  const nobody = new Client(product.url);
  const report = (at, reason = "crates/dashboard/src/main.rs:1:2") => ({ id: at.toString(16).padStart(32, "0"), reason });
  await nobody.call("POST", "/v1/reports", report(1, `crates/dashboard/src/main.rs:1:2\n${"ü".repeat(10)}${"x".repeat(900)}`));
  const told = await until("the report", () => sentry.events.find(({ event_id }) => event_id === report(1).id));
  const { value } = told.exception.values[0];
  assert.deepEqual([value.startsWith("crates/dashboard/src/main.rs:1:2xxx"), value.length, told.tags.part], [true, 200, "dashboard"]);
  await assert.rejects(nobody.call("POST", "/v1/reports", report(2), { origin: "https://evil.test" }), { status: 403 });
  // In whichever minute it is: of twelve at once, two minutes take at most ten.
  const answers = await Promise.all(Array.from({ length: 12 }, async (_, at) => (await nobody.raw("POST", "/v1/reports", report(at + 3))).status));
  assert.ok(answers.includes(200) && answers.includes(429), String(answers));
  assert.equal((await client.raw("POST", "/v1/reports", report(99))).status, 200, "who is signed in is counted by themselves");
});

test("the widget reports errors from its customer's site, by the id of which its visitor sees the beginning", async () => {
  const report = { id: "00000000000000000000000000abcdef", reason: "TypeErrorhttps://desk.test/ui-1234abcd-en.js?0:1:2345)" };
  // As a browser sends a beacon.
  const beacon = (body) => request(`${product.url}/v1/widget/reports`, { method: "POST", headers: { "content-type": "text/plain;charset=UTF-8", origin: "https://customer.test", "sec-fetch-site": "cross-site" }, body: JSON.stringify(body) });
  assert.equal((await beacon(report)).status, 200);
  const told = await until("the report", () => sentry.events.find(({ event_id }) => event_id === report.id));
  assert.deepEqual([told.tags.part, told.exception.values], ["widget", [{ type: "widget_failed", value: report.reason }]]);
  const refused = await beacon({ id: "x", reason: "" });
  assert.deepEqual([refused.status, refused.headers.get("access-control-allow-origin")], [400, "*"]);
});

test("the fake takes no malformed envelope", async () => {
  const id = "0123456789abcdef0123456789abcdef";
  const event = JSON.stringify({ event_id: id, timestamp: 1, platform: "other" });
  const post = async (body, headers = {}) => (await request(`${sentry.url}/api/42/envelope/`, { method: "POST", body, headers: { "content-type": "application/x-sentry-envelope", "x-sentry-auth": "Sentry sentry_version=7, sentry_key=0123456789abcdef0123456789abcdef", ...headers } })).status;
  const head = `{"event_id":"${id}"}\n`;
  assert.equal(await post(`${head}{"type":"event","length":${event.length}}\n${event}\n`), 200);
  for (const body of ["", "{", head, `${head}{"type":"event","length":9999}\n${event}\n`, `{}\n{"type":"event"}\n${event}\n`, `${head}{"length":${event.length}}\n${event}\n`]) assert.equal(await post(body), 400, body);
  assert.equal(await post(head, { "x-sentry-auth": "" }), 401);
  assert.equal(await post(head, { "x-sentry-auth": "Sentry sentry_version=7, sentry_key=wrong" }), 403);
});
