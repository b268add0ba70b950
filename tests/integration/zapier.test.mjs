// REST hooks and leads over the API, as Zapier uses them: the integration that docs/ZAPIER.md prints is run here as it stands,
// by a stand-in for Zapier that speaks HTTP with an API key alone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Client, Refused, request } from "../../scripts/client.mjs";
import { root } from "../../scripts/tools.mjs";
import { startReceiver, verified } from "../fakes/receiver.mjs";
import { texts } from "./secrets.mjs";
import { ORIGIN, OWNER, Visitor, exported, folder, letters, messageId, newId, start, tenant, until } from "./harness.mjs";

const FIELDS = [
  { key: "name", label: "Name", kind: "text", required: false, options: [] },
  { key: "email", label: "E-mail", kind: "email", required: true, options: [] },
  { key: "topic", label: "Topic", kind: "choice", required: false, options: ["Fleet", "Private"] },
];
const SCOPES = ["webhooks:read", "webhooks:write", "leads:read", "leads:write", "conversations:read", "conversations:write", "knowledge:write", "agents:read", "agents:write"];

const page = readFileSync(join(root, "docs/ZAPIER.md"), "utf8");
/** The files that the page prints, by their names, as modules. */
const FILES = Object.fromEntries(
  [...page.matchAll(/```js\n\/\/ ([\w./]+\.js)([\s\S]*?)```/g)].map(([, name, code]) => {
    const module = {};
    new Function("module", `// ${name}${code}`)(module);
    return [name, module.exports];
  }),
);

/** What Zapier is to an integration: requests with the app's middleware, bodies and answers as JSON, refusals thrown. */
function zapier(address, api_key) {
  const authData = { address, api_key };
  const z = (bundle) => ({
    async request({ url, method = "GET", params, body, headers = {} }) {
      const asked = FILES["middleware.js"]({ headers: { ...headers, ...(body && { "content-type": "application/json" }) } }, null, bundle);
      const response = await request(`${url}${params ? `?${new URLSearchParams(params)}` : ""}`, { method, headers: asked.headers, body: body && JSON.stringify(body) });
      const text = await response.text();
      const data = text ? JSON.parse(text) : undefined;
      if (response.status >= 400) throw Object.assign(new Refused(response.status, data.error), { fields: data.error.fields });
      return { status: response.status, data };
    },
  });
  const run = (perform, more = {}) => {
    const bundle = { authData, inputData: {}, ...more };
    return perform(z(bundle), bundle);
  };
  const trigger = (event) => {
    // "The others differ in key, words and event."
    const module = {};
    const code = page.match(/```js\n(\/\/ triggers\/new_lead\.js[\s\S]*?)```/)[1].replace('"lead.captured"', JSON.stringify(event));
    new Function("module", code)(module);
    const { operation } = module.exports;
    return {
      subscribe: (targetUrl, inputData = {}) => run(operation.performSubscribe, { targetUrl, inputData }),
      unsubscribe: (subscribeData) => run(operation.performUnsubscribe, { subscribeData }),
      perform: (cleanedRequest) => run(operation.perform, { cleanedRequest }),
      samples: (inputData = {}) => run(operation.performList, { inputData }),
    };
  };
  return {
    test: () => run(FILES["authentication.js"].test),
    act: (name, inputData) => run(FILES[name].operation.perform, { inputData }),
    ask: (options) => z({ authData }).request({ ...options, url: address + options.url }),
    trigger,
  };
}

let product, client, other, receiver, zap, state;
const makeKey = async (name, scopes, by = client) => by.call("POST", "/v1/api-keys", { name, scopes, rate_limit: 600 });
before(async () => {
  receiver = await startReceiver();
  state = folder();
  product = await start({ state: state.path, local: [receiver.host], vars: { DELIVERY_TIME_SCALE: "40000" } });
  client = product.client;
  other = await tenant(product, "other@example.test");
  const { draft, revision } = await client.get(`/v1/agents/${product.agent}`);
  const saved = await client.call("PUT", `/v1/agents/${product.agent}/draft`, { revision, draft: { ...draft, allowed_origins: ["*"], lead_fields: FIELDS } });
  await client.call("POST", `/v1/agents/${product.agent}/publish`, { revision: saved.revision });
  zap = zapier(product.url, (await makeKey("Zap of sales", SCOPES)).secret);
});
after(async () => {
  await product?.stop();
  state?.remove();
  await receiver?.close();
});

let targets = 0;
/** An address of Zapier's, as every Zap has one of its own. */
function target() {
  const path = `/hooks/standard/1/${(targets += 1)}/`;
  const calls = () => receiver.calls.filter((call) => call.path === path);
  const got = (count = 1, of = () => true) => until(`${count} at ${path}`, () => {
    const found = calls().map(({ text }) => JSON.parse(text)).filter(of);
    return found.length >= count && found;
  });
  return { path, url: receiver.url + path, calls, got };
}
const refused = (promise, status, field) => assert.rejects(promise, (error) => {
  assert.deepEqual([error.status, error.field], [status, field], error.message);
  return error.message.length > 20;
});
async function form(fields) {
  const visitor = await Visitor.open(product);
  await visitor.ask("How much is it?");
  const response = await request(`${product.url}/v1/widget/leads`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: ORIGIN, authorization: `Bearer ${visitor.token}` },
    body: JSON.stringify({ id: messageId(), fields, page_url: `${ORIGIN}/prices` }),
  });
  const { data, error } = await response.json();
  assert.equal(response.status, 201, JSON.stringify(error));
  return { visitor, lead: data.lead_id };
}
const keys = (payload) => Object.keys(payload).sort();
const mine = (lead) => (payload) => payload.lead_id === lead;

test("the page prints a whole integration, and names every trigger and action of it", () => {
  assert.deepEqual(Object.keys(FILES).sort(), ["authentication.js", "creates/agent_settings.js", "creates/faq_entry.js", "creates/lead.js", "creates/message.js", "middleware.js", "searches/lead.js", "triggers/new_lead.js"]);
  for (const file of Object.values(FILES).filter(({ operation }) => operation)) for (const part of ["key", "noun", "display", "operation"]) assert.ok(file[part], part);
});

test("a connection is tried with any key, and named by its workspace", async () => {
  const { workspace_id, name, scopes, role } = await zap.test();
  assert.deepEqual([workspace_id, name, scopes.sort(), role], [product.workspace, "Zap of sales", [...SCOPES].sort(), undefined]);
  await refused(zapier(product.url, `fd_live_${"0".repeat(43)}`).test(), 401);
  const least = zapier(product.url, (await makeKey("Least", ["knowledge:read"])).secret);
  assert.deepEqual((await least.test()).scopes, ["knowledge:read"]);
});

describe("a subscription", () => {
  test("is sent signed, flat payloads of what its samples promise, and is seen with its attempts", async () => {
    const trigger = zap.trigger("lead.captured");
    const before = await trigger.samples({ agent_id: product.agent });
    const all = target();
    const response = await request(`${product.url}/v1/hooks`, { method: "POST", headers: { "content-type": "application/json", cookie: client.cookie }, body: JSON.stringify({ target_url: target().url, event: "gap.detected" }) });
    assert.equal(response.status, 400, "gaps are no trigger");
    const made = await zap.ask({ method: "POST", url: "/v1/hooks", body: { target_url: all.url, event: "lead.captured" } });
    assert.equal(made.status, 201);
    const { id, secret } = made.data.data;
    assert.match(secret, /^whsec_/);
    const again = await trigger.subscribe(all.url);
    assert.deepEqual([again.id, again.secret], [id, undefined], "asked for twice it is one");
    const agents = target();
    await trigger.subscribe(agents.url, { agent_id: product.agent });

    const { lead } = await form({ name: "Ada Lovelace", email: "Ada@engines.example" });
    const [payload] = await all.got();
    const [call] = all.calls();
    assert.deepEqual(verified(call, secret), { own: true, standard: true, fresh: true });
    assert.deepEqual([payload.event, payload.lead_id, payload.name, payload.last_name, payload.email, payload.answer_email, payload.source, payload.page_url], ["lead.captured", lead, "Ada Lovelace", "Lovelace", "ada@engines.example", "ada@engines.example", "form", `${ORIGIN}/prices`]);
    assert.ok(payload.conversation_id.startsWith("cnv_") && Number.isInteger(payload.score));
    assert.equal(payload.id, call.headers["webhook-id"], "what arrives twice is known by it");
    assert.ok(Object.values(payload).every((value) => typeof value !== "object"), "it is flat");
    assert.deepEqual(await trigger.perform(payload), [payload]);
    assert.equal(before.length, 1);
    assert.deepEqual(keys(before[0]), keys(payload), "the example has the shape of what is sent");
    assert.deepEqual(Object.entries(before[0]).map(([key, value]) => [key, typeof value]).sort(), Object.entries(payload).map(([key, value]) => [key, typeof value]).sort());
    const samples = await until("the sample", async () => {
      const found = await trigger.samples();
      return found[0].id === payload.id && found;
    });
    assert.deepEqual(keys(samples[0]), keys(payload));
    assert.deepEqual(samples[0].email, payload.email);
    assert.deepEqual((await agents.got())[0], payload);

    const [seen] = (await client.get("/v1/webhooks/endpoints")).filter((one) => one.id === id);
    assert.deepEqual([seen.kind, seen.made_by, seen.events, seen.url], ["hook", "Zap of sales", ["lead.captured"], all.url]);
    const { delivery, attempts, payload: body, note } = await until("the attempt", async () => {
      const found = await client.get(`/v1/webhooks/endpoints/${id}/deliveries/${payload.id}`);
      return found.delivery.state === "succeeded" && found;
    });
    assert.deepEqual([delivery.event, attempts.length, attempts[0].status], ["lead.captured", 1, 204]);
    assert.deepEqual([body, note], [call.text, ""], "what is shown is what was sent");
    const kept = [...texts(state.path)].filter(([where]) => /(deliveries|attempts)$/.test(where)).map(([, text]) => text);
    assert.ok(kept.some((text) => text.includes(payload.id)), "what is looked through is where deliveries are");
    assert.ok(!kept.some((text) => /ada@|lovelace/i.test(text)), "nothing of a person lies with deliveries");
    const look = (headers) => client.call("GET", `/v1/webhooks/endpoints/${id}/deliveries/${payload.id}`, undefined, headers);
    // Whoever may not read leads does not read them here.
    const blind = await look({ authorization: `Bearer ${(await makeKey("Webhooks alone", ["webhooks:read"])).secret}` });
    assert.deepEqual([blind.payload, /may not read/.test(blind.note)], ["", true]);
    await client.call("PATCH", `/v1/leads/${lead}`, { status: "contacted" });
    const changed = await look();
    assert.deepEqual([JSON.parse(changed.payload).status, /has changed/.test(changed.note)], ["contacted", true]);
    for (const [method, path, body] of [["PUT", "", { url: all.url }], ["POST", "/rotate", { overlap_hours: 0 }], ["POST", "/test"]]) await refused(client.call(method, `/v1/webhooks/endpoints/${id}${path}`, body), 409);
    const shown = JSON.stringify([await client.get("/v1/webhooks/endpoints"), await client.get("/v1/hooks"), await client.get("/v1/audit-log?action=hook.")]);
    const stored = JSON.stringify((await product.relations.prepare("SELECT * FROM webhook_endpoints").all()).results);
    for (const text of [shown, stored, product.log.join("")]) assert.ok(!text.includes(secret.slice(6, 30)));
    assert.match(shown, /hook\.subscribed/);

    await trigger.unsubscribe({ id });
    await refused(trigger.unsubscribe({ id }), 404);
    await form({ name: "Charles", email: "charles@engines.example" });
    await agents.got(2);
    assert.equal(all.calls().length, 1);
  });

  test("of conversations says what was asked, in the shape of its example", async () => {
    const [example] = await zap.trigger("conversation.escalated").samples();
    const [started, taken] = [target(), target()];
    await zap.trigger("conversation.started").subscribe(started.url);
    await zap.trigger("conversation.handed_off").subscribe(taken.url);
    const visitor = await Visitor.open(product);
    await visitor.ask("Is there a ramp for wheelchairs?");
    const [first] = await started.got(1, (payload) => payload.conversation_id === visitor.conversation);
    assert.deepEqual([first.first_question, first.page_url, first.reason], ["Is there a ramp for wheelchairs?", `${ORIGIN}/page`, ""]);
    await client.call("POST", `/v1/conversations/${visitor.conversation}/claim`);
    const [second] = await taken.got(1, (payload) => payload.conversation_id === visitor.conversation);
    assert.deepEqual([second.event, keys(second)], ["conversation.handed_off", keys(first)]);
    assert.deepEqual(keys(first), keys(example));
    assert.deepEqual(keys((await zap.trigger("conversation.started").samples())[0]), keys(first));
  });

  test("takes a trigger there is, a target on the internet, an agent of one's own, and what the key may read", async () => {
    const { subscribe } = zap.trigger("lead.captured");
    for (const url of ["https://10.0.0.8/hook", "http://example.com/plain", "not an address"]) await refused(subscribe(url), 422, "target_url");
    await refused(zap.trigger("lead.eaten").subscribe(target().url), 400, "event");
    await refused(zap.trigger("lead.eaten").samples(), 400, "event");
    for (const agent_id of [other.agent, newId("agt")]) {
      await refused(subscribe(target().url, { agent_id }), 400, "agent_id");
      await refused(zap.trigger("lead.captured").samples({ agent_id }), 400, "agent");
    }
    const blind = zapier(product.url, (await makeKey("Blind", ["webhooks:read", "webhooks:write"])).secret);
    await refused(blind.trigger("lead.captured").subscribe(target().url), 403);
    await refused(blind.trigger("conversation.started").samples(), 403);
  });

  test("is nothing to another workspace", async () => {
    const theirs = zapier(product.url, (await makeKey("Theirs", SCOPES, other.client)).secret).trigger("lead.captured");
    const shared = target();
    const own = await zap.trigger("lead.updated").subscribe(shared.url);
    await refused(theirs.unsubscribe(own), 404);
    assert.deepEqual((await theirs.samples()).map(({ workspace_id }) => workspace_id), [other.workspace]);
    assert.deepEqual(await other.client.get("/v1/hooks"), []);
    const webhook = (await client.call("POST", "/v1/webhooks/endpoints", { url: shared.url, events: ["source.indexed"] })).endpoint;
    await refused(zap.trigger("lead.updated").unsubscribe(webhook), 404);
    await client.call("DELETE", `/v1/webhooks/endpoints/${webhook.id}`);
    await zap.trigger("lead.updated").unsubscribe(own);
  });

  test("ends when its target answers 410, and no owner is bothered", async () => {
    const gone = target();
    receiver.behave = (call) => (call.path === gone.path ? { status: 410 } : undefined);
    const { id } = await zap.trigger("lead.captured").subscribe(gone.url);
    await zap.act("creates/lead.js", { agent_id: product.agent, email: "gone@engines.example" });
    await until("the end", async () => !(await client.get("/v1/hooks")).some((hook) => hook.id === id));
    assert.equal(gone.calls().length, 1);
    const [line] = await client.get("/v1/audit-log?action=hook.ended");
    assert.deepEqual([line.subject, line.changes[0].after], [id, "its receiver answered 410"]);
    assert.ok(!(await letters(product, OWNER.email)).some(({ purpose }) => purpose === "webhook_disabled"));
  });

  test("is its key's: replaced it goes on, revoked or expired it ends", async () => {
    const { key, secret } = await makeKey("Passing", ["webhooks:read", "webhooks:write", "leads:read"]);
    const kept = target();
    const { id } = await zapier(product.url, secret).trigger("lead.captured").subscribe(kept.url);
    const next = await client.call("POST", `/v1/api-keys/${key.id}/rotate`, { overlap_hours: 0 });
    const { id: lead } = await zap.act("creates/lead.js", { agent_id: product.agent, email: "rotated@engines.example" });
    await kept.got(1, mine(lead));
    await client.call("DELETE", `/v1/api-keys/${next.key.id}`);
    assert.ok(!(await client.get("/v1/hooks")).some((hook) => hook.id === id));
    const short = await makeKey("Short", ["webhooks:write", "leads:read"]);
    const late = target();
    const ended = await zapier(product.url, short.secret).trigger("lead.captured").subscribe(late.url);
    await product.relations.prepare("UPDATE api_keys SET expires_at = 1 WHERE id = ?1").bind(short.key.id).run();
    const witness = target();
    await zap.trigger("lead.captured").subscribe(witness.url);
    const after = await zap.act("creates/lead.js", { agent_id: product.agent, email: "late@engines.example" });
    await witness.got(1, mine(after.id));
    assert.deepEqual([kept.calls().length, late.calls().length], [1, 0]);
    await zap.trigger("lead.captured").unsubscribe(ended);
  });
});

describe("a lead that a program brings", () => {
  test("is checked as the form is, one of a person, told, and shown as what it is", async () => {
    const [captured, updated] = [target(), target()];
    await zap.trigger("lead.captured").subscribe(captured.url);
    await zap.trigger("lead.updated").subscribe(updated.url);
    const create = (more) => zap.act("creates/lead.js", { agent_id: product.agent, ...more });
    const wrong = await create({ email: "anna@nowhere", phone: "12", answers: { topic: "Boats", size: "XL" } }).then(() => assert.fail("taken"), (error) => error);
    assert.deepEqual([wrong.status, Object.keys(wrong.fields ?? {})], [400, ["answers.size", "answers.topic", "email", "phone"]]);
    await refused(create({ name: "Nobody" }), 400, "email");
    await refused(create({ email: "a@b.example", agent_id: other.agent }), 400, "agent_id");
    await refused(create({ email: "a@b.example", consent: "x".repeat(2_001) }), 400, "consent");

    const lead = await create({ name: " Grace  Hopper ", email: "Grace@Navy.example", phone: "+1 202 456 1111", status: "qualified", consent: "Call me any time.", answers: { topic: "Fleet" } });
    assert.deepEqual([lead.name, lead.email, lead.phone, lead.source, lead.status, lead.conversation_id, lead.consent.text], ["Grace Hopper", "grace@navy.example", "+12024561111", "api", "qualified", undefined, "Call me any time."]);
    const [told] = await captured.got(1, mine(lead.id));
    assert.deepEqual([told.conversation_id, told.conversation_url, told.source, told.consent, told.answer_topic], ["", "", "api", "Call me any time.", "Fleet"]);

    assert.equal((await create({ email: "grace@navy.example", name: "Grace Hopper" })).revision, lead.revision, "nothing new changes nothing");
    const more = await create({ email: "grace@navy.example", name: "Grace B. Hopper" });
    assert.deepEqual([more.id, more.name, more.phone, more.status], [lead.id, "Grace B. Hopper", "+12024561111", "qualified"]);
    const byPhone = await create({ phone: "+12024561111", answers: { topic: "Private" } });
    assert.equal(byPhone.id, lead.id);
    const patched = await zap.ask({ method: "PATCH", url: `/v1/leads/${lead.id}`, body: { status: "won" } });
    assert.deepEqual([patched.data.data.status, patched.data.data.name], ["won", "Grace B. Hopper"]);
    const news = await updated.got(2, mine(lead.id));
    assert.deepEqual(news.map(({ event, answer_topic }) => [event, answer_topic]).at(-1), ["lead.updated", "Private"]);
    assert.deepEqual([new Set(news.map(({ id }) => id)).size, captured.calls().filter(({ text }) => mine(lead.id)(JSON.parse(text))).length], [2, 1]);

    const { history, pages } = await client.get(`/v1/leads/${lead.id}`);
    assert.deepEqual(history.map(({ kind, by }) => [kind, by]), [["status", "Zap of sales"], ["updated", "Zap of sales"], ["updated", "Zap of sales"], ["status", "Zap of sales"], ["captured", "Zap of sales"]]);
    assert.deepEqual(pages, []);
    for (const query of ["email=GRACE%40navy.example", "phone=%2B1%20202%20456%201111", "q=hopper"]) assert.deepEqual((await client.get(`/v1/leads?${query}`)).map(({ id }) => id), [lead.id], query);
    assert.deepEqual((await zap.act("searches/lead.js", { email: "grace@navy.example" })).map(({ id }) => id), [lead.id]);
    assert.deepEqual(await zap.act("searches/lead.js", { email: "race@navy.example" }), []);
    const csv = await (await client.raw("GET", "/v1/leads/export?q=hopper")).text();
    assert.match(csv, /Grace B\. Hopper.*,api,/);
    const audit = JSON.stringify(await client.get("/v1/audit-log?action=lead."));
    assert.ok(/lead\.created/.test(audit) && /lead\.changed/.test(audit) && !/grace/i.test(audit));
  });

  test("that two requests bring at once is one", async () => {
    const body = { agent_id: product.agent, email: "twice@engines.example" };
    const made = await Promise.all([1, 2, 3, 4].map((n) => zap.act("creates/lead.js", { ...body, name: `Twice ${n}` })));
    assert.equal(new Set(made.map(({ id }) => id)).size, 1);
    assert.equal((await client.get("/v1/leads?email=twice%40engines.example")).length, 1);
  });

  test("is what the form captured, where the person is known from there; and more by the form is told, too", async () => {
    const updated = target();
    await zap.trigger("lead.updated").subscribe(updated.url);
    const { lead, visitor } = await form({ name: "Alan", email: "alan@bletchley.example" });
    const same = await zap.act("creates/lead.js", { agent_id: product.agent, email: "alan@bletchley.example", phone: "+44 20 7946 0123" });
    assert.deepEqual([same.id, same.source, same.conversation_id, same.phone], [lead, "form", visitor.conversation, "+442079460123"]);
    await updated.got(1, mine(lead));
    const response = await request(`${product.url}/v1/widget/leads`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: ORIGIN, authorization: `Bearer ${visitor.token}` },
      body: JSON.stringify({ id: messageId(), fields: { name: "Alan Turing", email: "alan@bletchley.example" } }),
    });
    assert.equal(response.status, 201);
    assert.equal((await updated.got(2, mine(lead))).at(-1).name, "Alan Turing");
  });

  test("is exported and erased with its person, and told to nobody after", async () => {
    const slow = target();
    const hook = await zap.trigger("lead.captured").subscribe(slow.url);
    const lead = await zap.act("creates/lead.js", { agent_id: product.agent, name: "Quirina Zaubermann", email: "quirina@zaubermann.example", consent: "Quirina agreed." });
    const [payload] = await slow.got(1, mine(lead.id));
    const { held } = await exported(client, lead.contact_id);
    assert.deepEqual([held.leads.length, held.leads[0].lead?.source ?? held.leads[0].source], [1, "api"]);
    const { id: erasure } = await client.call("POST", `/v1/contacts/${lead.contact_id}/erase`);
    await until("the erasure", async () => (await client.get("/v1/erasures")).find(({ id }) => id === erasure)?.state === "done");
    await refused(client.get(`/v1/leads/${lead.id}`), 404);
    const database = product.relations;
    for (const table of ["leads", "contacts", "lead_entries", "events", "audit_log", "webhook_endpoints"]) assert.ok(!JSON.stringify((await database.prepare(`SELECT * FROM ${table}`).all()).results).toLowerCase().includes("zaubermann"), table);
    // An erased delivery is empty; whatever is left of it, it is not sent.
    await client.raw("POST", `/v1/webhooks/endpoints/${hook.id}/deliveries/${payload.id}/replay`);
    const witness = await zap.act("creates/lead.js", { agent_id: product.agent, email: "witness@engines.example" });
    await slow.got(1, mine(witness.id));
    assert.equal(slow.calls().filter(({ text }) => text.includes("zaubermann")).length, 1);
  });
});

describe("the other actions", () => {
  test("teach an answer, write to a visitor and hand back, and publish settings", async () => {
    const entry = await zap.act("creates/faq_entry.js", { agent_id: product.agent, question: "Do you repair tandems?", answer: "Yes, on Mondays." });
    assert.deepEqual((await client.get(`/v1/agents/${product.agent}/curated-answers`)).map(({ id }) => id), [entry.id]);
    const visitor = await Visitor.open(product);
    await visitor.ask("Is anybody there?");
    await until("the conversation", async () => (await client.raw("GET", `/v1/conversations/${visitor.conversation}`)).ok);
    const said = visitor.next((frame) => frame.type === "message" && frame.text === "Your bike is ready.");
    const message = await zap.act("creates/message.js", { conversation_id: visitor.conversation, text: "Your bike is ready." });
    assert.equal(message.text, "Your bike is ready.");
    assert.equal((await said).from, "member");
    assert.equal((await client.get(`/v1/conversations/${visitor.conversation}`)).summary.handover.standing, "bot");
    await refused(zap.act("creates/message.js", { conversation_id: newId("cnv"), text: "Hello" }), 404);
    await zap.act("creates/agent_settings.js", { agent_id: product.agent, name: "Robin", welcome: "Good to see you!" });
    const { agent, draft } = await client.get(`/v1/agents/${product.agent}`);
    assert.deepEqual([draft.persona.name, draft.welcome, agent.published_version], ["Robin", "Good to see you!", 3]);
    const fresh = new Client(product.url);
    await refused(fresh.get("/v1/me"), 401);
  });
});
