// Watching the installation: the rules of alerts over figures that really come about, drills of each, metrics for a collector,
// and errors of the front Worker told to Sentry.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { startOpenAi } from "../fakes/openai.mjs";
import { startOtlp } from "../fakes/otlp.mjs";
import { startSentry } from "../fakes/sentry.mjs";
import { startSlack } from "../fakes/slack.mjs";
import { request } from "../../scripts/client.mjs";
import { OWNER, Visitor, folder, init, letters, messageId, newId, start, tenant, until } from "./harness.mjs";

/** A minute takes three seconds. */
const SCALE = 20;
const RULES = ["first_token", "errors", "backlog", "model_errors", "dead_letters"];
const NEVER_BEFORE_MS = { "first_token": 15_000, errors: 15_000, backlog: 30_000, "model_errors": 6_000, "dead_letters": 15_000 };

const kept = folder();
let product, client, other, model, collector, slack, sentry;
before(async () => {
  model = await startOpenAi({
    behave: ({ messages }) => (/break/.test(messages.at(-1).content) ? { text: "It is open from nine to five and", errorAfter: 3 } : { text: "It is open from nine to five.", firstMs: 1_700 }),
  });
  [collector, slack, sentry] = [await startOtlp({ header: ["x-team", "key of the team"] }), await startSlack(), await startSentry()];
  product = await start({
    state: kept.path,
    inspect: true,
    vars: { ALERT_TIME_SCALE: String(SCALE), ALERT_URL: slack.hook, OTLP_ENDPOINT: collector.url, OTLP_HEADERS: "x-team=key of the team", SENTRY_DSN: sentry.dsn, OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key, LIMIT_VISITOR_MINUTE: "1000", LIMIT_CONVERSATION: "1000" },
    agent: { models: [{ provider: "openai_compatible", model: "m" }] },
  });
  client = product.client;
  other = await tenant(product, "other@example.test");
});
after(async () => {
  await product?.stop();
  await Promise.all([model, collector, slack, sentry].map((fake) => fake?.close()));
  kept.remove();
});

const alerts = async (by = client) => Object.fromEntries((await by.get("/v1/operations/alerts")).map((alert) => [alert.id, alert]));
const sweep = async () => (await product.miniflare.getWorker(product.back)).scheduled({ cron: "* * * * *" });
const run = async (sql, ...binds) => product.relations.prepare(sql).bind(...binds).run();
const mails = async () => (await letters(product, OWNER.email)).filter(({ purpose }) => purpose === "alert");
const told = (title) => slack.messages.filter(({ text }) => text.includes(title));

test("a new installation is well, and only its operator's members see how it stands", async () => {
  await sweep();
  const all = await alerts();
  assert.deepEqual(Object.keys(all), RULES);
  for (const { state, value, seen_at, firings } of Object.values(all)) assert.deepEqual([state, value ?? 0, firings.length, Date.now() - seen_at < 60_000], ["ok", 0, 0, true]);
  assert.deepEqual([all["first_token"].above, all["first_token"].hold_ms, all["model_errors"].above, all["model_errors"].hold_ms], [1500, 300_000, 5, 120_000]);
  assert.deepEqual(await alerts(other.client), {});
  await assert.rejects(other.client.call("POST", "/v1/operations/alerts/errors/fire"), ({ status }) => status === 404);
  await assert.rejects(client.call("POST", "/v1/operations/alerts/no-such/fire"), ({ status }) => status === 404);
});

test("each alert can be fired by hand, is told as what it is, and changes nothing of how it stands", async () => {
  slack.state = "broken";
  for (const id of RULES) {
    const alert = await client.call("POST", `/v1/operations/alerts/${id}/fire`);
    assert.deepEqual([alert.id, alert.state, alert.firings.length, alert.firings[0].drill, alert.firings[0].resolved_at], [id, "ok", 1, true, alert.firings[0].fired_at]);
  }
  assert.equal(slack.messages.length, 0);
  slack.state = "active";
  // The address did not answer: it is told again, each firing once.
  await until("the drills to be told", async () => (await sweep(), slack.messages.length >= RULES.length), 60_000);
  await sweep();
  assert.equal(slack.messages.length, RULES.length);
  for (const { text } of slack.messages) assert.match(text, /^\[Drill\] [\s\S]*Nothing is wrong/);
  const written = await mails();
  assert.equal(written.length, RULES.length);
  for (const { subject, text } of written) assert.match(`${subject}\n${text}`, /^\[Drill\] [\s\S]*This is a drill/);
  assert.equal((await client.get("/v1/audit-log?action=alert.drilled")).length, RULES.length);
  assert.deepEqual((await letters(product, "other@example.test")).filter(({ purpose }) => purpose === "alert"), [], "nobody else is told");
});

test("figures above their limits fire after their time, once, and are over when they are within", async () => {
  // Jobs that wait: mails that nobody can open. Runs give them up by the hundred, so the pile is kept high until it is told.
  const newest = newId("x").slice(2, 22);
  let made = 0;
  const pile = async () => {
    const waiting = await product.relations.prepare("SELECT count(*) AS n FROM mails WHERE state = 'waiting'").first("n");
    if (waiting >= 3000) return;
    await run(
      `WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 + 2999)
       INSERT INTO mails (id, workspace_id, recipient, purpose, sealed, state, due_at, created_at)
       SELECT 'mal_' || ?2 || printf('%06d', i), ?3, 'nobody@example.test', 'usage', 'not sealed', 'waiting', 1, ?4 FROM n`,
      made,
      newest,
      product.workspace,
      Date.now(),
    );
    made += 3000;
  };
  const begun = Date.now();
  const visitor = await Visitor.open(product);
  const asked = { all: 0, broken: 0 };
  const ended = { turn_finished: 0, turn_failed: 0 };
  const firing = new Map();
  const firings = async () => Object.values(await alerts()).filter(({ state }) => state === "firing");
  while (firing.size < RULES.length) {
    assert.ok(Date.now() - begun < 600_000, `fired: ${[...firing.keys()]}; ${JSON.stringify(await alerts())}`);
    if (!firing.has("backlog")) await pile();
    // Every second one breaks off, so that the model is not left alone.
    const breaks = asked.all % 2 === 1;
    const end = await visitor.ask(`${breaks ? "Please break" : "When are you open"} on day ${asked.all}?`);
    assert.equal(end.type, breaks ? "turn_failed" : "turn_finished");
    asked.all += 1;
    ended[end.type] += 1;
    await sweep();
    for (const alert of await firings()) if (!firing.has(alert.id)) firing.set(alert.id, alert);
  }
  for (const [id, alert] of firing) {
    assert.ok(alert.firings[0].fired_at - alert.since >= NEVER_BEFORE_MS[id], `${id} fired after ${alert.firings[0].fired_at - alert.since} ms`);
    assert.ok(alert.firings[0].value > alert.above && !alert.firings[0].drill);
  }
  assert.ok(firing.get("first_token").value > 1500 && firing.get("model_errors").value > 5);
  const real = (await mails()).filter(({ subject }) => subject.startsWith("[Alert]"));
  // A rule whose figure came within for a moment fires anew: each firing is told once.
  const fired = Object.values(await alerts()).flatMap(({ firings }) => firings.filter(({ drill }) => !drill));
  const subjects = real.map(({ subject }) => subject).sort();
  assert.equal(subjects.length, fired.length, `one mail a firing: ${subjects}`);
  assert.equal(new Set(subjects).size, RULES.length);
  assert.match(real.find(({ subject }) => subject.includes("begin late")).text, /limit is: more than 1500 ms for 5 min[\s\S]*traces/);
  await until("the address to be told", () => fired.length === told("[Alert]").length);

  // Metrics: whole sums, by who wrote the answer.
  await sweep();
  assert.deepEqual(collector.refused, []);
  const last = collector.points.at(-1);
  const sum = (name, fits = () => true) => last.filter((point) => point.name === name && fits(point)).reduce((all, { asInt, count }) => all + Number(asInt ?? count), 0);
  assert.equal(last[0].resource["service.name"], "frontdesk");
  await until("all turns to be recorded", async () => product.relations.prepare("SELECT count(*) AS n FROM turns").first("n").then((n) => n === asked.all));
  await sweep();
  const final = collector.points.at(-1);
  const total = (name, fits = () => true) => final.filter((point) => point.name === name && fits(point)).reduce((all, { asInt, count }) => all + Number(asInt ?? count), 0);
  assert.deepEqual([total("frontdesk.turns"), total("frontdesk.turn.errors")], [asked.all, ended.turn_failed]);
  assert.equal(total("frontdesk.turn.first_token"), ended.turn_finished);
  assert.equal(total("frontdesk.retrieval.lookups"), ended.turn_finished);
  assert.deepEqual([total("frontdesk.model.calls"), total("frontdesk.model.errors")], [asked.all, ended.turn_failed]);
  assert.ok(sum("frontdesk.turns") <= total("frontdesk.turns"));
  const histogram = final.find(({ name }) => name === "frontdesk.turn.first_token");
  assert.deepEqual([histogram.unit, histogram.aggregationTemporality, histogram.attributes], ["ms", 2, { "frontdesk.provider": "openai_compatible" }]);
  assert.ok(histogram.explicitBounds.includes(1500) && histogram.sum > ended.turn_finished * 1500);
  const depth = final.filter(({ name }) => name === "frontdesk.queue.depth");
  assert.deepEqual(depth.map(({ attributes }) => attributes["frontdesk.queue"]), ["deliveries", "incoming", "mails", "files", "texts", "crawls", "summaries", "edges", "erasures", "exports"]);
  assert.ok(!JSON.stringify(collector.points).includes("on day"), "nothing of what was said");

  // What waited is gone, and nobody asks: all is well again, and nothing is told twice.
  await run("DELETE FROM mails WHERE recipient = 'nobody@example.test'");
  await until("all to be well", async () => (await sweep(), Object.values(await alerts()).every(({ state }) => state === "ok")), 60_000);
  for (const { firings } of Object.values(await alerts())) assert.ok(firings[0].resolved_at > firings[0].fired_at);
  const all = Object.values(await alerts()).flatMap(({ firings }) => firings.filter(({ drill }) => !drill));
  assert.equal((await mails()).filter(({ subject }) => subject.startsWith("[Alert]")).length, all.length);
  await visitor.close();
});

test("an error of the front Worker is told to Sentry by the id that is shown", async () => {
  const strange = newId("agt");
  await (await product.miniflare.getKVNamespace("AGENTS", product.back)).put(`agent/${strange}`, "not JSON");
  const { status, headers, error } = await init(product, { agent: strange });
  assert.equal(status, 500, JSON.stringify(error));
  const id = headers.get("x-request-id");
  const event = await until("the report", () => sentry.events.find(({ tags }) => tags.part === "front"));
  const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  const bits = [...id.slice(4)].reduce((sum, digit) => sum * 32n + BigInt(alphabet.indexOf(digit)), 0n);
  assert.deepEqual([event.event_id, event.exception.values[0].type], [bits.toString(16).padStart(32, "0"), "request_failed"]);
  assert.ok(!JSON.stringify(event).includes("not JSON"));
  // Nobody outside reaches where the Workers tell each other.
  await request(`${product.url}/internal/failed`, { method: "POST", body: "made up" });
  await client.call("POST", "/v1/reports", { id: "0123456789abcdef0123456789abcdef", reason: "after it" });
  await until("a report after it", () => sentry.events.some(({ exception }) => exception.values[0].value === "after it"));
  assert.ok(!sentry.events.some(({ exception }) => exception.values[0].value === "made up"));
});

/** Takes a column away from the database of a conversation that sleeps. */
function damage(conversation) {
  const files = readdirSync(kept.path, { recursive: true }).filter((name) => /Conversation.*\.sqlite$/.test(name));
  const damaged = files.filter((name) => {
    const database = new DatabaseSync(join(kept.path, name));
    try {
      if (!database.prepare("SELECT 1 FROM meta WHERE value LIKE ?").get(`%${conversation}%`)) return false;
      database.exec("ALTER TABLE turns RENAME COLUMN question TO said");
      return true;
    } catch {
      // Another's, which is awake.
      return false;
    } finally {
      database.close();
    }
  });
  assert.equal(damaged.length, 1);
}

test("an error of a conversation's object is told to Sentry, and the visitor is told", async () => {
  const visitor = await Visitor.open(product);
  const name = `conversation/${product.workspace}/${product.agent}/${visitor.conversation}`;
  await product.miniflare.unsafeEvictDurableObject(product.front, "Conversation", { name, webSockets: "hibernate" });
  damage(visitor.conversation);
  const refused = visitor.next((frame) => frame.type === "refused");
  visitor.send({ type: "message", id: messageId(), text: "What I wrote to nobody else" });
  assert.equal((await refused).code, "internal");
  const event = await until("the report", () => sentry.events.find(({ tags, exception }) => tags.part === "front" && exception.values[0].value.startsWith("frame_failed")));
  assert.match(event.exception.values[0].value, /no such column: question/);
  assert.ok(!JSON.stringify(event).includes("nobody else"));
  await visitor.close();
});

test("the fake collector takes no malformed metrics", async () => {
  const point = { attributes: [], startTimeUnixNano: "1700000000000000000", timeUnixNano: "1700000000000000001", asInt: "3" };
  const metric = { name: "x.y", sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [point] } };
  const post = async (metrics, type = "application/json") => (await request(`${collector.url}/v1/metrics`, { method: "POST", headers: { "content-type": type, "x-team": "key of the team" }, body: JSON.stringify({ resourceMetrics: [{ resource: { attributes: [{ key: "service.name", value: { stringValue: "x" } }] }, scopeMetrics: [{ scope: { name: "s" }, metrics }] }] }) })).status;
  assert.equal(await post([metric]), 200);
  assert.equal(await post([metric], "text/plain"), 415);
  const sum = (more, data = {}) => ({ ...metric, sum: { ...metric.sum, ...data, dataPoints: [{ ...point, ...more }] } });
  const histogram = (more) => ({ name: "h", histogram: { aggregationTemporality: 2, dataPoints: [{ attributes: [], startTimeUnixNano: point.startTimeUnixNano, timeUnixNano: point.timeUnixNano, count: "2", sum: 3, bucketCounts: ["1", "1"], explicitBounds: [5], ...more }] } });
  assert.equal(await post([histogram({})]), 200);
  for (const wrong of [sum({ asInt: 3 }), sum({ timeUnixNano: 5 }), sum({}, { aggregationTemporality: 0 }), sum({}, { isMonotonic: undefined }), sum({ as_int: "3" }), { ...metric, sum: { ...metric.sum, dataPoints: [point, point] } }, histogram({ bucketCounts: ["2"] }), histogram({ count: "3" }), histogram({ count: 2 }), { name: "", gauge: { dataPoints: [] } }, { name: "two", gauge: { dataPoints: [] }, sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [] } }]) assert.equal(await post([wrong]), 400, JSON.stringify(wrong));
});
