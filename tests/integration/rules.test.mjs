// What an agent does of its own accord: rules and calls to action, written by a member, told to the widget, chosen
// after an answer; and what visitors made of them.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { request } from "../../scripts/client.mjs";
import { createMember, earlyInAMinute, init, messageId, newId, ORIGIN, start, tenant, Visitor } from "./harness.mjs";

const RULE = { name: "Greets on pricing", when: { kind: "idle", seconds: 20 }, page: ["/pricing*"], action: { kind: "open_with_message", message: "Questions about prices?" } };
const CTA = { name: "Demo", label: "Book a demo", kind: "demo", target: "https://example.test/demo" };

let product, other, rules, ctas;
before(async () => {
  product = await start();
  other = await tenant(product, "other@example.test");
  [rules, ctas] = ["rules", "cta-rules"].map((name) => ({
    all: (path = "") => `/v1/agents/${product.agent}/${name}${path}`,
    one: (id) => `/v1/${name}/${id}`,
  }));
});
after(() => product?.stop());

const call = (...args) => product.client.call(...args);
const refused = (promise, status, field, words) => assert.rejects(promise, (error) => {
  assert.deepEqual([error.status, error.field], [status, field], error.message);
  assert.match(error.message, words ?? /\w/);
  return true;
});
const change = (where, row, content) => call("PATCH", where.one(row.id), { revision: row.revision, content: { ...row.content, ...content } });
const clear = async () => {
  for (const where of [rules, ctas]) for (const { id } of await product.client.get(where.all())) await call("DELETE", where.one(id));
};
const told = async (options) => (await init(product, options)).data.config.rules;

/** Asks on a page: the frame that ends the turn. */
const ask = async (visitor, text, page = "/page") => {
  const id = messageId();
  const ended = visitor.ended(id);
  visitor.send({ type: "message", id, text, page_url: ORIGIN + page });
  return ended;
};
const report = (token, events, headers = { "content-type": "text/plain;charset=UTF-8", origin: ORIGIN }) =>
  request(`${product.url}/v1/widget/events`, { method: "POST", headers, body: JSON.stringify({ token, events }) });
let counter = 0;
const event = (kind, subject = "", more = {}) => ({ id: `event-${String((counter += 1)).padStart(4, "0")}`, kind, subject, page_url: `${ORIGIN}/pricing?name=Ann#x`, at_ms: Date.now(), ...more });

describe("a member", () => {
  after(clear);

  test("writes, changes, orders and deletes rules, and the audit log has it", async () => {
    const [one, two] = [await call("POST", rules.all(), RULE), await call("POST", rules.all(), { ...RULE, name: "Second" })];
    assert.deepEqual([one.revision, one.content.enabled, one.fired], [1, true, 0]);
    const changed = await change(rules, one, { enabled: false });
    assert.deepEqual([changed.revision, changed.content.enabled], [2, false]);
    await refused(change(rules, one, { name: "Too late" }), 409, undefined, /meanwhile/);
    await call("PUT", rules.all("/order"), { ids: [two.id, one.id] });
    assert.deepEqual((await product.client.get(rules.all())).map(({ id }) => id), [two.id, one.id]);
    await refused(call("PUT", rules.all("/order"), { ids: [two.id] }), 409, "ids");
    await call("DELETE", rules.one(two.id));
    await refused(call("DELETE", rules.one(two.id)), 404);
    const log = await product.client.get("/v1/audit-log?action=rule.");
    assert.deepEqual(log.map(({ action }) => action), ["rule.deleted", "rule.ordered", "rule.changed", "rule.created", "rule.created"]);
    assert.deepEqual(log[2].changes, [{ field: "enabled", before: "yes", after: "no" }]);
  });

  for (const [why, content, field] of [
    ["waits for nothing", { when: { kind: "idle", seconds: 0 } }, "when"],
    ["names a whole address as its page", { page: ["https://example.test/"] }, "page"],
    ["says nothing", { action: { kind: "open_with_message", message: " " } }, "action.message"],
    ["shows a call to action that is not there", { action: { kind: "show_cta", cta_id: newId("cta") } }, "action.cta_id"],
    ["ends before it begins", { schedule: { from: "2026-11-28", to: "2026-11-27" } }, "schedule.to"],
  ]) test(`cannot write a rule that ${why}`, () => refused(call("POST", rules.all(), { ...RULE, ...content }), 400, field));

  test("cannot write a call to action that leads nowhere or somewhere unsafe", async () => {
    for (const target of ["", "http://example.test/", "javascript:alert(1)"]) await refused(call("POST", ctas.all(), { ...CTA, target }), 400, "target");
    await refused(call("POST", ctas.all(), { ...CTA, words: ["!!"] }), 400, "words");
  });

  test("cannot delete a call to action that a rule shows, and is told which", async () => {
    const cta = await call("POST", ctas.all(), CTA);
    const rule = await call("POST", rules.all(), { ...RULE, name: "Shows it", action: { kind: "show_cta", cta_id: cta.id } });
    await refused(call("DELETE", ctas.one(cta.id)), 409, undefined, /“Shows it”/);
    await call("DELETE", rules.one(rule.id));
    await call("DELETE", ctas.one(cta.id));
  });

  test("of another workspace finds nothing of it, and cannot show ours", async () => {
    const [rule, cta] = [await call("POST", rules.all(), RULE), await call("POST", ctas.all(), CTA)];
    for (const [method, path, body] of [
      ["GET", rules.all()], ["POST", rules.all(), RULE], ["PATCH", rules.one(rule.id), { revision: 1, content: RULE }], ["DELETE", rules.one(rule.id)],
      ["GET", ctas.all()], ["PATCH", ctas.one(cta.id), { revision: 1, content: CTA }], ["DELETE", ctas.one(cta.id)], ["POST", rules.all("/try"), { page_url: ORIGIN }],
    ]) await refused(other.client.call(method, path, body), 404);
    await refused(other.client.call("POST", `/v1/agents/${other.agent}/rules`, { ...RULE, action: { kind: "show_cta", cta_id: cta.id } }), 400, "action.cta_id");
    const viewer = await createMember(product, product.workspace, "viewer");
    await refused(viewer.client.call("POST", rules.all(), RULE), 403);
    assert.equal((await viewer.client.get(rules.all())).length, 2);
  });
});

describe("the widget", () => {
  after(clear);

  test("is told at once what is switched on and due, in order, without a publication", async () => {
    const cta = await call("POST", ctas.all(), CTA);
    const shows = await call("POST", rules.all(), { ...RULE, name: "Shows", when: { kind: "scroll", percent: 50 }, page: [], action: { kind: "show_cta", cta_id: cta.id } });
    const greets = await call("POST", rules.all(), RULE);
    await call("POST", rules.all(), { ...RULE, enabled: false });
    const timed = await call("POST", rules.all(), { ...RULE, schedule: { from: "2999-01-01" } });
    await call("PUT", rules.all("/order"), { ids: [greets.id, shows.id, ...(await product.client.get(rules.all())).slice(2).map(({ id }) => id)] });
    assert.deepEqual(await told(), [
      { id: greets.id, when: RULE.when, page: RULE.page, action: RULE.action },
      { id: shows.id, when: { kind: "scroll", percent: 50 }, page: [], action: { kind: "show_cta", cta: { id: cta.id, label: CTA.label, kind: "demo", target: CTA.target } } },
    ]);
    const wider = await change(rules, greets, { page: ["/pricing/*", "/*"] });
    assert.deepEqual((await told())[0].page, ["/pricing/*", "/*", "/pricing"], "a page compares less cleverly than we do");
    await change(rules, wider, { page: RULE.page });
    const always = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, from: 0, to: 1440 }));
    await change(rules, timed, { schedule: { from: "2020-01-01", to: "2999-01-01", hours: always } });
    assert.equal((await told()).length, 3);
    await change(ctas, cta, { enabled: false });
    assert.deepEqual((await told()).map(({ id }) => id), [greets.id, timed.id], "what shows a call to action goes with it");
    const tried = await call("POST", rules.all("/try"), { page_url: `${ORIGIN}/pricing/teams` });
    assert.deepEqual(tried, { rules: [greets.id, timed.id], later: [] });
  });
});

describe("after an answer", () => {
  let demo, pricing, buy;
  before(async () => {
    pricing = await call("POST", ctas.all(), { ...CTA, name: "Pricing", page: ["/pricing"], words: ["price", "価格"] });
    buy = await call("POST", ctas.all(), { ...CTA, name: "Buy", label: "Buy now", kind: "buy", history: { asked: 3, seen: ["/team"] } });
    demo = await call("POST", ctas.all(), { ...CTA, after_answers: false });
  });
  after(clear);

  test("the first call to action whose page, words and history fit is shown once, and stays in the frame", async () => {
    const visitor = await Visitor.open(product);
    const shown = [];
    for (const [text, page] of [["What is the price?", "/about"], ["The price?", "/pricing"], ["And the price for two?", "/pricing"], ["Who are you?", "/team"], ["Thanks", "/about"]]) {
      const frame = await ask(visitor, text, page);
      assert.equal(frame.type, "turn_finished");
      shown.push(frame.cta?.id);
    }
    assert.deepEqual(shown, [undefined, pricing.id, undefined, buy.id, undefined]);
    const again = visitor.next((frame) => frame.type === "turn_finished" && frame.cta?.id === buy.id);
    visitor.last = 0;
    await visitor.connect({ after: 0 });
    assert.deepEqual((await again).cta, { id: buy.id, label: "Buy now", kind: "buy", target: CTA.target });
    await visitor.close();
  });

  test("one that asks for an address waits until the agent has a form for it", async () => {
    const { client, agent } = await tenant(product, "asks@example.test");
    const asks = await client.call("POST", `/v1/agents/${agent}/cta-rules`, { name: "Mail", label: "Get our offer", kind: "capture_email", words: ["offer"] });
    const shown = async () => {
      const visitor = await Visitor.open(product, { agent });
      const frame = await ask(visitor, "What do you offer? An offer, please.");
      await visitor.close();
      return frame.cta?.id;
    };
    const tried = () => client.call("POST", `/v1/agents/${agent}/rules/try`, { page_url: ORIGIN, question: "An offer, please." });
    assert.equal(await shown(), undefined);
    assert.deepEqual([(await tried()).cta, (await tried()).form], [undefined, undefined], "nor is it promised to members");
    const { draft, revision } = await client.get(`/v1/agents/${agent}`);
    const saved = await client.call("PUT", `/v1/agents/${agent}/draft`, { revision, draft: { ...draft, allowed_origins: ["*"], lead_fields: [{ key: "email", label: "E-mail", kind: "email" }] } });
    await client.call("POST", `/v1/agents/${agent}/publish`, { revision: saved.revision });
    assert.equal(await shown(), asks.id);
    const { cta, form } = await tried();
    assert.deepEqual([cta, form.fields.map(({ label }) => label)], [asks.id, ["E-mail"]]);
    // The playground shows what a visitor would see: the card under the answer with its form, once a conversation.
    const rehearse = async (earlier = []) => {
      const response = await client.raw("POST", `/v1/agents/${agent}/playground`, { question: "What do you offer? An offer, please.", page_url: ORIGIN, earlier });
      return JSON.parse((await response.text()).trim().split("\n\n").at(-1).replace(/^data: /, ""));
    };
    const first = await rehearse();
    assert.deepEqual([first.event, first.cta.id, first.cta.label, first.form.fields[0].key], ["finished", asks.id, "Get our offer", "email"]);
    const second = await rehearse([{ question: "An offer?", answer: "Yes.", page_url: ORIGIN, cta: asks.id }]);
    assert.deepEqual([second.event, second.cta, second.form], ["finished", undefined, undefined]);
  });

  test("a member sees beforehand which one a question on a page would get", async () => {
    const trial = (body) => call("POST", rules.all("/try"), { page_url: `${ORIGIN}/pricing`, ...body });
    assert.equal((await trial({ question: "価格はいくらですか" })).cta, pricing.id);
    assert.equal((await trial({ question: "Where are you?" })).cta, undefined);
    await refused(call("POST", rules.all("/try"), { page_url: "/pricing" }), 400, "page_url");
    assert.notEqual(demo.id, undefined);
  });
});

describe("what happened in the page", () => {
  let rule, cta, token, conversation;
  before(async () => {
    [rule, cta] = [await call("POST", rules.all(), RULE), await call("POST", ctas.all(), CTA)];
    const { data } = await init(product);
    [token, conversation] = [data.token, data.conversation_id];
  });
  const stored = async () => (await product.relations.prepare("SELECT * FROM widget_events WHERE conversation_id = ?1 ORDER BY at, id").bind(conversation).all()).results;

  test("is stored once, without the query of its page, and counted for the rule and the call to action", async () => {
    const batch = [event("opened"), event("rule_fired", rule.id), event("cta_shown", cta.id), event("cta_shown", cta.id), event("cta_clicked", cta.id)];
    for (let time = 0; time < 2; time += 1) {
      const response = await report(token, batch);
      assert.deepEqual([response.status, await response.json()], [202, { data: { stored: 5 } }]);
    }
    const rows = await stored();
    assert.equal(rows.length, 5);
    assert.deepEqual([...new Set(rows.map(({ page }) => page))], [`${ORIGIN}/pricing`]);
    const [[one], [two]] = [await product.client.get(rules.all()), await product.client.get(ctas.all())];
    assert.deepEqual([one.fired, one.visitors, two.shown, two.clicked], [1, 1, 2, 1]);
    const { results } = await product.relations.prepare("SELECT subject, data FROM events WHERE kind = 'cta.clicked'").all();
    assert.deepEqual(results.map(({ subject, data }) => [subject, JSON.parse(data).conversation_id]), [[cta.id, conversation]]);
  });

  test("is refused where it has no good form, and then nothing of the batch is stored", async () => {
    const before = (await stored()).length;
    for (const [events, status, field] of [
      [[event("opened"), event("opened", "", { id: "short" })], 400, "events[1].id"],
      [[event("rule_fired", cta.id)], 400, "events[0].subject"],
      [[event("opened", "x")], 400, "events[0].subject"],
      [Array.from({ length: 51 }, () => event("opened")), 413, "events"],
    ]) {
      const response = await report(token, events);
      const { error } = await response.json();
      assert.deepEqual([response.status, error.field], [status, field], error.message);
    }
    assert.equal((await report("no.such.token", [event("opened")])).status, 401);
    assert.equal((await report(token, [event("opened")], { origin: "https://evil.test" })).status, 403);
    assert.equal((await stored()).length, before);
  });

  test("of a forged subject or time counts for nobody", async () => {
    const theirs = await other.client.call("POST", `/v1/agents/${other.agent}/cta-rules`, CTA);
    assert.equal((await report(token, [event("cta_clicked", theirs.id, { at_ms: 1 }), event("cta_clicked", newId("cta"), { at_ms: 9e15 })])).status, 202);
    const [listed] = await other.client.get(`/v1/agents/${other.agent}/cta-rules`);
    assert.deepEqual([listed.clicked], [0]);
    const { results } = await product.relations.prepare("SELECT count(*) AS count FROM events WHERE kind = 'cta.clicked'").all();
    assert.equal(results[0].count, 1);
    for (const { at } of await stored()) assert.ok(Math.abs(at - Date.now()) < 600_000);
  });

  test("is limited for one visitor, and another one is not kept from it", async () => {
    const { data } = await init(product);
    await earlyInAMinute();
    const answers = await Promise.all(Array.from({ length: 130 }, () => report(data.token, [event("opened")]).then(({ status }) => status)));
    assert.deepEqual([...new Set(answers)].sort(), [202, 429]);
    assert.equal((await report((await init(product)).data.token, [event("opened")])).status, 202);
  });

  test("is forgotten after 90 days", async () => {
    const database = product.relations;
    await database.prepare("UPDATE widget_events SET at = ?1 WHERE kind = 'cta_shown'").bind(Date.now() - 91.5 * 86_400_000).run();
    const kept = (await database.prepare("SELECT count(*) AS count FROM widget_events WHERE kind <> 'cta_shown'").first()).count;
    const worker = await product.miniflare.getWorker(product.back);
    await worker.scheduled({ cron: "*/15 * * * *" });
    const rows = (await database.prepare("SELECT kind, count(*) AS count FROM widget_events GROUP BY kind").all()).results;
    assert.equal(rows.find(({ kind }) => kind === "cta_shown"), undefined);
    assert.equal(rows.reduce((sum, { count }) => sum + count, 0), kept);
  });
});
