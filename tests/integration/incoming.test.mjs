// Events of other services, end to end: believed or not, stored once, taken effect of once, whatever comes twice, late, in
// the wrong order, too large, malformed or forged, and whoever dies meanwhile.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { incomingDrill } from "../../scripts/drill.mjs";
import { signed, tell } from "../fakes/sender.mjs";
import { startReceiver } from "../fakes/receiver.mjs";
import { startSite } from "../sites/serve.mjs";
import { Visitor, createMember, newId, start, tenant, until } from "./harness.mjs";

const ROOT = "/v1/incoming/endpoints";
let product, client, other, site, receiver;
before(async () => {
  [site, receiver] = [await startSite(), await startReceiver()];
  product = await start({ local: [new URL(site.url).host, receiver.host], vars: { MAX_PAGES: "3", DELIVERY_TIME_SCALE: "40000" } });
  client = product.client;
  other = await tenant(product, "other@example.test");
});
after(async () => {
  await product?.stop();
  await Promise.all([site?.close(), receiver?.close()]);
});

const add = async (change = {}, by = client) => {
  const { incoming, secret } = await by.call("POST", ROOT, { name: "The till", ...change });
  return { ...incoming, secret, tell: (body, options) => tell(incoming.url, body, secret, options) };
};
let told = 0;
const event = (type, data, more) => ({ id: `event-${(told += 1)}`, type, data, ...more });
const contact = (email, more) => event("contact.upsert", { email, name: "Ada" }, more);
const one = async (sql, ...binds) => product.relations.prepare(sql).bind(...binds).first();
const row = (id) => one("SELECT * FROM incoming_events WHERE id = ?1", id);
const ended = (id, state) => until(`event ${id} to be ${state}`, async () => {
  const found = await row(id);
  return found?.state === state && found;
});
const people = async (email) => (await client.get(`/v1/contacts?q=${encodeURIComponent(email)}`));
const refused = (answer, status, field) => assert.deepEqual([answer.status, answer.error?.field], [status, field], JSON.stringify(answer));

describe("an endpoint", () => {
  test("gets a secret that is shown once and stored sealed; it is changed, switched, replaced and deleted, each on record", async () => {
    const door = await add({ name: " The  till " });
    assert.equal(door.name, "The till");
    assert.match(door.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.equal(door.url, `${product.url}/v1/hooks/incoming/${door.id}`);
    const stored = JSON.stringify(await one("SELECT * FROM incoming_endpoints WHERE id = ?1", door.id));
    for (const text of [stored, JSON.stringify(await client.get(ROOT)), product.log.join("")]) assert.ok(!text.includes(door.secret.slice(6, 30)));
    const off = await client.call("PUT", `${ROOT}/${door.id}`, { name: "Off", enabled: false });
    assert.deepEqual([off.name, off.enabled], ["Off", false]);
    refused(await door.tell(contact("off@person.test")), 409);
    await client.call("PUT", `${ROOT}/${door.id}`, { name: "On", enabled: true });
    const { secret, incoming } = await client.call("POST", `${ROOT}/${door.id}/rotate`, { overlap_hours: 1 });
    assert.ok(incoming.old_secret_until > Date.now());
    for (const good of [door.secret, secret]) assert.equal((await tell(door.url, contact("rotated@person.test"), good)).status, 200);
    await client.call("POST", `${ROOT}/${door.id}/rotate`, { overlap_hours: 0 });
    for (const old of [door.secret, secret]) assert.equal((await tell(door.url, contact("rotated@person.test"), old)).status, 401);
    await client.call("DELETE", `${ROOT}/${door.id}`);
    assert.equal((await door.tell(contact("gone@person.test"))).status, 404);
    assert.equal((await one("SELECT count(*) AS n FROM incoming_events WHERE endpoint_id = ?1", door.id)).n, 0);
    const actions = (await client.get("/v1/audit-log?action=incoming.")).map(({ action }) => action);
    for (const action of ["created", "changed", "rotated", "deleted"]) assert.ok(actions.includes(`incoming.${action}`), action);
  });

  test("is nothing to another workspace, and the business of owners and admins", async () => {
    const door = await add();
    for (const [method, path, body] of [["PUT", "", { name: "Theirs" }], ["DELETE", ""], ["POST", "/rotate", { overlap_hours: 0 }]]) {
      await assert.rejects(other.client.call(method, `${ROOT}/${door.id}${path}`, body), ({ status }) => status === 404);
    }
    assert.deepEqual(await other.client.get(ROOT), []);
    await assert.rejects(client.call("POST", ROOT, { name: "X", agent_id: other.agent }), ({ status }) => status === 404);
    const editor = await createMember(product, product.workspace, "editor");
    await assert.rejects(editor.client.get(ROOT), ({ status }) => status === 403);
  });
});

describe("an event", () => {
  let door;
  before(async () => {
    door = await add({ name: "The till" });
  });

  test("is believed in both formats, stored before it is answered, and takes effect once however often it comes", async () => {
    const body = contact("ada@person.test");
    const first = await door.tell(body);
    assert.deepEqual([first.status, first.duplicate], [200, false]);
    assert.match(first.id, /^ine_[0-9a-z]{26}$/);
    assert.ok(await row(first.id), "stored when it is answered");
    for (const again of await Promise.all(Array.from({ length: 5 }, () => door.tell(body)))) assert.deepEqual([again.status, again.id, again.duplicate], [200, first.id, true]);
    const { outcome, attempts } = await ended(first.id, "succeeded");
    assert.deepEqual([outcome, attempts], ["The person is written.", 1]);
    assert.equal((await people("ada@person.test")).length, 1);
    const text = JSON.stringify({ type: "contact.upsert", data: { email: "bob@person.test", phone: "+34 600 000 000" } });
    const standard = await door.tell(text, { format: "standard", id: "msg_1" });
    assert.equal(standard.status, 200);
    assert.equal((await door.tell(text, { format: "standard", id: "msg_1" })).duplicate, true);
    await ended(standard.id, "succeeded");
    assert.deepEqual((await people("bob@person.test")).map(({ phone }) => phone), ["+34600000000"]);
  });

  test("of a forger is refused with 401 and leaves nothing", async () => {
    const count = () => one("SELECT count(*) AS n FROM incoming_events");
    const before = await count();
    const text = JSON.stringify(contact("forged@person.test"));
    const good = signed(text, door.secret);
    const forged = [
      {},
      { "x-frontdesk-signature": "t=1,v1=00" },
      { "x-frontdesk-signature": "v1=00" },
      signed(text, "whsec_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="),
      signed(`${text} `, door.secret),
      signed(text, door.secret, { at: Date.now() - 301_000 }),
      signed(text, door.secret, { format: "standard", id: "x", at: Date.now() - 301_000 }),
      signed(text, door.secret, { format: "standard", id: "x", at: Date.now() + 400_000 }),
      { ...signed(text, door.secret, { format: "standard", id: "x" }), "webhook-id": "y" },
      // A good signature of one time beside the time of another.
      { "x-frontdesk-signature": good["x-frontdesk-signature"].replace(/t=\d+/, `t=${Math.floor(Date.now() / 1_000) + 1}`) },
    ];
    for (const headers of forged) assert.equal((await tell(door.url, text, undefined, { headers })).status, 401, JSON.stringify(headers));
    assert.equal((await tell(door.url.replace(door.id, newId("inc")), text, door.secret)).status, 404);
    assert.deepEqual(await count(), before);
    assert.deepEqual(await people("forged@person.test"), []);
  });

  test("that is huge, malformed or nothing that can be done is refused by its field and not stored", async () => {
    const before = await one("SELECT count(*) AS n FROM incoming_events");
    refused(await door.tell({ ...contact("huge@person.test"), more: "x".repeat(70_000) }), 413);
    refused(await tell(door.url, "x".repeat(3_000_000)), 413);
    for (const body of ["", "{", "[]", "null", '"x"', '{"id":"1","type":"lead.note","data":[]}']) refused(await door.tell(body), 400);
    for (const [body, field] of [
      [{ type: "contact.upsert", data: { email: "a@b.test" } }, "id"],
      [event("dance", {}), "type"],
      [event("lead.note", { lead_id: "x", text: "y" }), "data"],
      [event("lead.note", { lead_id: newId("led"), text: " " }), "text"],
      [event("contact.upsert", {}), "data.email"],
      [event("contact.upsert", { email: "nobody" }), "data.email"],
      [event("contact.upsert", { phone: "12" }), "data.phone"],
      [contact("a@b.test", { timestamp: "yesterday" }), "timestamp"],
      [event("source.refresh", { source_id: newId("src"), urls: Array(101).fill("https://a.test/") }), "data.urls"],
    ]) refused(await door.tell(body), 400, field);
    assert.deepEqual(await one("SELECT count(*) AS n FROM incoming_events"), before);
  });

  test("that comes after a newer one about the same changes nothing, whatever comes first", async () => {
    const at = (seconds, name) => event("contact.upsert", { email: "order@person.test", name }, { timestamp: new Date(Date.now() - 100_000 + seconds * 1_000).toISOString() });
    const newest = await door.tell(at(30, "Third"));
    await ended(newest.id, "succeeded");
    const older = await door.tell(at(10, "First"));
    assert.match((await ended(older.id, "succeeded")).outcome, /newer/);
    const later = await door.tell(at(40, "Fourth"));
    await ended(later.id, "succeeded");
    assert.deepEqual((await people("order@person.test")).map(({ name }) => name), ["Fourth"]);
    // What says it is from the future is from now: it does not stay the newest for ever.
    const future = await door.tell(at(1e6, "Future"));
    await ended(future.id, "succeeded");
    assert.ok((await row(future.id)).happened_at <= Date.now());
  });

  test("does what its type says: leads, notes, pages; and nothing of another's", async () => {
    const visitor = await Visitor.open(product);
    await visitor.ask("When are you open?");
    await visitor.close();
    await until("the archive", async () => (await client.raw("GET", `/v1/conversations/${visitor.conversation}`)).ok);
    const [lead, person] = [newId("led"), newId("con")];
    const database = product.relations;
    await database.batch([
      database.prepare("INSERT INTO contacts (id, workspace_id, name, email, created_at, updated_at) VALUES (?1, ?2, 'L', 'l@person.test', 1, 1)").bind(person, product.workspace),
      database.prepare("INSERT INTO leads (id, workspace_id, agent_id, conversation_id, contact_id, name, source, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, 'L', 'form', 1, 1)").bind(lead, product.workspace, product.agent, visitor.conversation, person),
    ]);
    const source = await client.call("POST", `/v1/agents/${product.agent}/sources`, { url: `${site.url}/opening-hours/` });
    await client.indexed(source.id, { timeout: 60_000 });
    const done = async (body) => {
      const { id, error } = await door.tell(body);
      assert.ok(id, JSON.stringify(error));
      return ended(id, "succeeded");
    };
    await done(event("lead.status", { lead_id: lead, status: "won" }));
    await done(event("lead.note", { lead_id: lead, text: "Paid at the till." }));
    const detail = await client.get(`/v1/leads/${lead}`);
    assert.equal(detail.lead.status, "won");
    assert.deepEqual(detail.history.filter(({ kind }) => ["status", "note"].includes(kind)).map(({ by, text }) => [by, text]).sort(), [["The till", "Paid at the till."], ["The till", "won"]]);
    await done(event("conversation.note", { conversation_id: visitor.conversation, text: "They called, too." }));
    const { messages } = await client.get(`/v1/conversations/${visitor.conversation}`);
    assert.deepEqual(messages.filter(({ from }) => from === "note").map(({ name, text }) => [name, text]), [["The till", "They called, too."]]);
    const before = (await client.get(`/v1/sources/${source.id}`)).last_synced_at;
    await done(event("source.refresh", { source_id: source.id, urls: [`${site.url}/opening-hours/`] }));
    await done(event("source.refresh", { source_id: source.id }));
    const due = await one("SELECT next_sync_at FROM sources WHERE id = ?1", source.id);
    assert.ok(due.next_sync_at <= Date.now() && before > 0);
    // Another agent's endpoint, another workspace's, and ids of nothing: given up at once, and said why.
    const second = (await client.call("POST", "/v1/agents", { name: "Second" })).agent.id;
    const [narrow, theirs] = [await add({ agent_id: second }), await add({}, other.client)];
    for (const [where, body] of [
      [narrow, event("lead.note", { lead_id: lead, text: "x" })],
      [narrow, event("source.refresh", { source_id: source.id })],
      [theirs, event("lead.status", { lead_id: lead, status: "lost" })],
      [theirs, event("conversation.note", { conversation_id: visitor.conversation, text: "x" })],
      [door, event("lead.note", { lead_id: newId("led"), text: "x" })],
    ]) {
      const { id } = await where.tell(body);
      const { attempts, outcome } = await ended(id, "dead");
      assert.equal(attempts, 1);
      assert.match(outcome, /There is/);
    }
    assert.equal((await client.get(`/v1/leads/${lead}`)).lead.status, "won");
  });

  test("is tried again with pauses and then given up, every attempt on record", async () => {
    const { id } = await door.tell(contact("broken@person.test"));
    await ended(id, "succeeded");
    // A payload of another release, which this one cannot read: it may be read after an update.
    await product.relations.prepare("UPDATE incoming_events SET payload = '{', state = 'queued', made = 0, attempts = 0, due_at = 1 WHERE id = ?1").bind(id).run();
    await product.relations.prepare("DELETE FROM incoming_attempts WHERE event_id = ?1").bind(id).run();
    const worker = await product.miniflare.getWorker(product.back);
    const dead = await until("it to be given up", async () => {
      await worker.scheduled({ cron: "* * * * *" });
      const found = await row(id);
      return found.state === "dead" && found;
    }, 60_000);
    assert.equal(dead.attempts, 8);
    const { results } = await product.relations.prepare("SELECT number, succeeded, ended_at FROM incoming_attempts WHERE event_id = ?1 ORDER BY number").bind(id).all();
    assert.deepEqual(results.map(({ number, succeeded, ended_at }) => [number, succeeded, ended_at > 0]), [1, 2, 3, 4, 5, 6, 7, 8].map((n) => [n, 0, true]));
  });
});

test("an erasure reaches what waits for receivers and what other services told", async () => {
  const door = await add();
  const hook = (await client.call("POST", "/v1/webhooks/endpoints", { url: `${receiver.url}/hook` })).endpoint.id;
  receiver.behave = () => ({ status: 503, body: "later" });
  const visitor = await Visitor.open(product);
  await visitor.ask("Are you open on Sundays?");
  await visitor.close();
  const ours = async () => (await client.get(`/v1/webhooks/endpoints/${hook}/deliveries`)).filter(({ event }) => /conversation|message/.test(event));
  const listed = await until("deliveries", async () => (await ours()).length >= 2 && ours());
  const { id } = await door.tell(contact("gone@erased.test"));
  await ended(id, "succeeded");
  const [{ id: person }] = await people("gone@erased.test");
  const database = product.relations;
  await database.prepare("INSERT INTO leads (id, workspace_id, agent_id, conversation_id, contact_id, name, source, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, 'L', 'form', 1, 1)").bind(newId("led"), product.workspace, product.agent, visitor.conversation, person).run();
  await client.call("POST", `/v1/contacts/${person}/erase`);
  const worker = await product.miniflare.getWorker(product.back);
  await until("the erasure", async () => {
    await worker.scheduled({ cron: "* * * * *" });
    return (await client.get("/v1/erasures")).every(({ state }) => state === "done");
  });
  for (const { id } of listed) {
    const { payload, delivery, attempts } = await client.get(`/v1/webhooks/endpoints/${hook}/deliveries/${id}`);
    assert.deepEqual([payload, delivery.state, attempts.every(({ answer }) => answer === "")], ["", "failed", true]);
    await client.call("POST", `/v1/webhooks/endpoints/${hook}/deliveries/${id}/replay`);
  }
  assert.ok((await ours()).every(({ state }) => state === "failed"), "nothing is left that could be sent again");
  const scrubbed = await row(id);
  assert.deepEqual([scrubbed.payload, scrubbed.sender_id, scrubbed.order_key], ["", "", ""]);
  const { results } = await database.prepare("SELECT * FROM incoming_events").all();
  assert.ok(!JSON.stringify(results).includes("erased.test"));
});

test("300 events with duplicates, forgeries and rubbish have exactly as many effects as there are good ones, although the process is killed in between", async (t) => {
  const report = await incomingDrill({ events: 300, kills: 1, scale: 20_000, patience: 120_000, say: (text) => t.diagnostic(text) });
  t.diagnostic(JSON.stringify(report));
  assert.deepEqual(report.faults, []);
  assert.equal(report.effects, report.good);
});
