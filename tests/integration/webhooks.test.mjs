// Outgoing webhooks, end to end: a receiver is added, events reach it signed, failures are tried again and shown,
// secrets are replaced without a gap, who wants nothing more is left alone, and what failed is replayed.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { startReceiver, verified } from "../fakes/receiver.mjs";
import { OWNER, Visitor, createMember, letters, messageId, newId, start, tenant, until } from "./harness.mjs";

/** How many times faster than in life the pauses go by: 27 hours are 2.5 seconds, five days are eleven. */
const SCALE = 40_000;

let product, client, other, receiver, elsewhere;
before(async () => {
  [receiver, elsewhere] = [await startReceiver(), await startReceiver()];
  product = await start({ local: [receiver.host, elsewhere.host], vars: { DELIVERY_TIME_SCALE: String(SCALE) } });
  client = product.client;
  other = await tenant(product, "other@example.test");
});
after(async () => {
  await product?.stop();
  await receiver?.close();
  await elsewhere?.close();
});
beforeEach(() => {
  receiver.behave = () => undefined;
});

const ROOT = "/v1/webhooks/endpoints";
let added = 0;
/** A receiver at a path of its own, which hears of this alone. */
async function add(change = {}, by = client) {
  const path = `/hook-${(added += 1)}`;
  const { endpoint, secret } = await by.call("POST", ROOT, { url: receiver.url + path, events: ["source.indexed"], ...change });
  return { ...endpoint, secret, path, calls: () => receiver.calls.filter((call) => call.path === path) };
}
const behave = (hook, answer) => {
  const before = receiver.behave;
  receiver.behave = (call) => (call.path === hook.path ? answer(call) : before(call));
};
const attempt = (hook) => client.call("POST", `${ROOT}/${hook.id}/test`);
const detail = (hook, delivery) => client.get(`${ROOT}/${hook.id}/deliveries/${delivery.id}`);
const settled = (hook, delivery, state, timeout) => until(`a delivery to be ${state}`, async () => {
  const found = await detail(hook, delivery);
  return found.delivery.state === state && found;
}, timeout);
const refused = (promise, status, field) => assert.rejects(promise, (error) => {
  assert.deepEqual([error.status, error.field], [status, field], error.message);
  return error.message.length > 20;
});
const remove = (hook) => client.call("DELETE", `${ROOT}/${hook.id}`);

describe("a receiver", () => {
  test("gets a secret that is shown once and stored sealed", async () => {
    const hook = await add({ description: " The booking system " });
    assert.match(hook.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.deepEqual([hook.description, hook.enabled, hook.events], ["The booking system", true, ["source.indexed"]]);
    const shown = JSON.stringify([await client.get(ROOT), await client.get(`${ROOT}/${hook.id}`), await client.get("/v1/audit-log?action=webhook.")]);
    const stored = JSON.stringify((await product.relations.prepare("SELECT * FROM webhook_endpoints").all()).results);
    for (const text of [shown, stored, product.log.join("")]) assert.ok(!text.includes(hook.secret.slice(6, 30)));
    assert.match(shown, /webhook\.created/);
    await remove(hook);
    await refused(client.get(`${ROOT}/${hook.id}`), 404);
  });

  for (const url of ["http://127.0.0.1:1/", "https://10.0.0.8/hook", "https://169.254.169.254/", "https://[::1]/", "https://intranet/", "ftp://example.com/", "https://user:pass@example.com/", "http://example.com/plain", "not an address"]) {
    test(`cannot be at ${url}`, () => refused(add({ url }), 422, "url"));
  }

  test("hears of events that there are, of agents of this workspace", async () => {
    await refused(add({ events: ["source.indexed", "source.eaten"] }), 400, "events[1]");
    await refused(add({ events: ["member.joined"] }), 400, "events[0]");
    await refused(add({ agents: [other.agent] }), 400, "agents[0]");
    await refused(add({ description: "x".repeat(201) }), 400, "description");
  });

  test("is nothing to another workspace, nor its deliveries", async () => {
    const hook = await add();
    const delivery = await attempt(hook);
    const write = { url: `${elsewhere.url}/theirs` };
    const own = await add({}, other.client);
    for (const [method, path, body] of [
      ["GET", ""], ["PUT", "", write], ["DELETE", ""], ["POST", "/rotate", { overlap_hours: 0 }], ["POST", "/test"], ["POST", "/replay", { since: 0 }],
      ["GET", "/deliveries"], ["GET", `/deliveries/${delivery.id}`], ["POST", `/deliveries/${delivery.id}/replay`],
    ]) {
      await refused(other.client.call(method, `${ROOT}/${hook.id}${path}`, body), 404);
    }
    await refused(other.client.get(`${ROOT}/${own.id}/deliveries/${delivery.id}`), 404);
    assert.deepEqual((await other.client.get(ROOT)).map((one) => one.id), [own.id]);
    assert.equal((await client.get(`${ROOT}/${hook.id}`)).url, hook.url);
    await other.client.call("DELETE", `${ROOT}/${own.id}`);
    await remove(hook);
  });

  test("is the business of owners and admins", async () => {
    const editor = await createMember(product, product.workspace, "editor");
    await refused(editor.client.get(ROOT), 403);
  });
});

describe("a delivery", () => {
  test("is signed in both formats, named, and shown with its attempt", async () => {
    const hook = await add();
    behave(hook, () => ({ status: 202, body: `taken, ${hook.secret}, ${"x".repeat(5_000)}`, headers: { "set-cookie": "sid=1", "x-served-by": hook.secret } }));
    const delivery = await attempt(hook);
    const { payload, attempts } = await settled(hook, delivery, "succeeded");
    const [call, more] = hook.calls();
    assert.equal(more, undefined);
    assert.deepEqual(verified(call, hook.secret), { own: true, standard: true, fresh: true });
    assert.deepEqual(verified({ ...call, text: `${call.text} ` }, hook.secret), { own: false, standard: false, fresh: true });
    assert.deepEqual([call.method, call.headers["content-type"], call.headers["webhook-id"], call.headers["x-frontdesk-attempt"], call.headers["x-frontdesk-event"]], ["POST", "application/json", delivery.id, "1", "webhook.test"]);
    assert.equal(call.text, payload);
    const { timestamp, ...body } = JSON.parse(payload);
    assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 60_000 && timestamp.endsWith("Z"));
    assert.deepEqual(body, { id: delivery.id, type: "webhook.test", version: 1, workspace_id: product.workspace, subject: hook.id, data: { sent_by: "Owner" } });
    const [{ number, status, succeeded, outcome, headers, answer, duration_ms }] = attempts;
    assert.deepEqual([number, status, succeeded, outcome, duration_ms >= 0], [1, 202, true, "Accepted with 202.", true]);
    assert.ok(answer.startsWith("taken, (not shown), xxx") && answer.length <= 2_048);
    assert.ok(headers.includes("x-served-by: (not shown)") && !headers.some((header) => /cookie/i.test(header)));
    const { status: health } = await client.get(`${ROOT}/${hook.id}`);
    assert.deepEqual([health.succeeded, health.pending, health.failed, health.last_success_at > 0, health.failing_since], [1, 0, 0, true, undefined]);
    await remove(hook);
  });

  test("is tried eight times with the same id, then given up; a replay brings it", async () => {
    const hook = await add();
    let up = false;
    behave(hook, () => (up ? undefined : { status: 503, body: "down" }));
    const delivery = await attempt(hook);
    const failed = await settled(hook, delivery, "failed");
    assert.deepEqual(failed.attempts.map(({ number, status, succeeded }) => [number, status, succeeded]), [8, 7, 6, 5, 4, 3, 2, 1].map((n) => [n, 503, false]));
    assert.deepEqual(hook.calls().map(({ headers }) => headers["x-frontdesk-attempt"]), ["1", "2", "3", "4", "5", "6", "7", "8"]);
    assert.equal(new Set(hook.calls().map(({ headers, text }) => headers["webhook-id"] + text)).size, 1);
    assert.deepEqual([failed.delivery.outcome, failed.delivery.next_at], ["Refused with 503.", undefined]);
    up = true;
    const replayed = await client.call("POST", `${ROOT}/${hook.id}/deliveries/${delivery.id}/replay`);
    assert.equal(replayed.id, delivery.id);
    const done = await settled(hook, delivery, "succeeded");
    assert.deepEqual([done.delivery.attempts, done.attempts[0].number], [9, 9]);
    assert.deepEqual(verified(hook.calls().at(-1), hook.secret), { own: true, standard: true, fresh: true });
    await refused(client.call("POST", `${ROOT}/${hook.id}/deliveries/${newId("evt")}/replay`), 404);
    await remove(hook);
  });

  test("that failed since a time is replayed with all others, and lists are by state, event and page", async () => {
    const hook = await add();
    let up = true;
    behave(hook, () => (up ? undefined : { cut: true }));
    const fine = await attempt(hook);
    await settled(hook, fine, "succeeded");
    up = false;
    const lost = await Promise.all(Array.from({ length: 31 }, () => attempt(hook)));
    await until("an attempt to be cut off", async () => /cannot be reached/.test((await detail(hook, lost[0])).delivery.outcome));
    // Off and on again: what waited is given up.
    for (const enabled of [false, true]) await client.call("PUT", `${ROOT}/${hook.id}`, { url: hook.url, events: hook.events, enabled });
    await until("all to be given up", async () => (await client.get(`${ROOT}/${hook.id}`)).status.failed === 31);
    const page = async (query) => (await client.raw("GET", `${ROOT}/${hook.id}/deliveries?${query}`)).json();
    const first = await page("state=failed");
    assert.equal(first.data.length, 30);
    const second = await page(`state=failed&cursor=${first.meta.next_cursor}`);
    assert.deepEqual(new Set([...first.data, ...second.data].map(({ id }) => id)), new Set(lost.map(({ id }) => id)));
    assert.equal(second.meta?.next_cursor, undefined);
    assert.deepEqual((await page("event=source.indexed")).data, []);
    assert.deepEqual([(await page("state=eaten")).error.field, (await page("cursor=x")).error.field], ["state", "cursor"]);
    assert.deepEqual(await client.call("POST", `${ROOT}/${hook.id}/replay`, { since: Date.now() + 60_000 }), { deliveries: 0 });
    up = true;
    const before = hook.calls().length;
    assert.deepEqual(await client.call("POST", `${ROOT}/${hook.id}/replay`, { since: 0 }), { deliveries: 31 });
    await until("all to arrive", async () => (await client.get(`${ROOT}/${hook.id}`)).status.succeeded === 32);
    assert.deepEqual(new Set(hook.calls().slice(before).map(({ headers }) => headers["webhook-id"])), new Set(lost.map(({ id }) => id)));
    assert.ok((await client.get("/v1/audit-log?action=webhook.replayed")).length >= 2);
    await remove(hook);
  });

  test("waits as long as the receiver asks", async () => {
    const hook = await add();
    // 20,000 of its seconds are half a second here.
    behave(hook, ({ headers }) => (headers["x-frontdesk-attempt"] === "1" ? { status: 429, headers: { "retry-after": "20000" } } : undefined));
    const delivery = await attempt(hook);
    const { attempts } = await settled(hook, delivery, "succeeded");
    assert.ok(attempts[0].at - attempts[1].at >= 490, String(attempts[0].at - attempts[1].at));
    await remove(hook);
  });

  test("does not follow redirects", async () => {
    const hook = await add();
    behave(hook, () => ({ status: 302, headers: { location: `${elsewhere.url}/there` } }));
    const delivery = await attempt(hook);
    await until("an attempt to be redirected", async () => /302: redirects are not followed/.test((await detail(hook, delivery)).delivery.outcome));
    assert.deepEqual(elsewhere.calls, []);
    await remove(hook);
  });

  test("to a slow receiver delays no other, and no more than five are under way to it", async () => {
    const [slow, quick] = [await add(), await add()];
    let [release, open, most] = [undefined, 0, 0];
    const held = new Promise((done) => (release = done));
    behave(slow, () => {
      most = Math.max(most, (open += 1));
      return { wait: held.then(() => (open -= 1)) };
    });
    const waiting = await Promise.all(Array.from({ length: 8 }, () => attempt(slow)));
    await until("five to be under way", () => open === 5);
    await settled(quick, await attempt(quick), "succeeded");
    release();
    for (const delivery of waiting) await settled(slow, delivery, "succeeded");
    assert.equal(most, 5);
    for (const hook of [slow, quick]) await remove(hook);
  });
});

describe("a secret", () => {
  test("is replaced without a gap: for a time both sign", async () => {
    const hook = await add();
    const { secret, endpoint } = await client.call("POST", `${ROOT}/${hook.id}/rotate`, { overlap_hours: 24 });
    assert.ok(secret !== hook.secret && endpoint.old_secret_until > Date.now());
    await settled(hook, await attempt(hook), "succeeded");
    const [call] = hook.calls();
    assert.equal(call.headers["x-frontdesk-signature"].match(/v1=/g).length, 2);
    for (const known of [hook.secret, secret]) assert.deepEqual(verified(call, known), { own: true, standard: true, fresh: true });
    const last = await client.call("POST", `${ROOT}/${hook.id}/rotate`, { overlap_hours: 0 });
    assert.equal(last.endpoint.old_secret_until, undefined);
    await settled(hook, await attempt(hook), "succeeded");
    const next = hook.calls().at(-1);
    assert.deepEqual([secret, hook.secret, last.secret].map((known) => verified(next, known).own), [false, false, true]);
    await refused(client.call("POST", `${ROOT}/${hook.id}/rotate`, { overlap_hours: 169 }), 400, "overlap_hours");
    await client.call("POST", `${ROOT}/${hook.id}/rotate`, { overlap_hours: 1 });
    await client.call("POST", `${ROOT}/${hook.id}/rotate`, { overlap_hours: 1 });
    await refused(client.call("POST", `${ROOT}/${hook.id}/rotate`, { overlap_hours: 1 }), 409);
    await remove(hook);
  });
});

describe("who wants nothing more", () => {
  const write = (hook, enabled) => client.call("PUT", `${ROOT}/${hook.id}`, { url: hook.url, events: hook.events, enabled });
  const mails = async (hook) => (await letters(product, OWNER.email)).filter((mail) => mail.purpose === "webhook_disabled" && mail.text.includes(new URL(hook.url).hostname)).length;

  test("says 410 and is switched off; the owners hear of it, and what it missed can be replayed", async () => {
    const hook = await add();
    const told = await mails(hook);
    let gone = true;
    behave(hook, () => (gone ? { status: 410 } : undefined));
    const delivery = await attempt(hook);
    await settled(hook, delivery, "failed");
    const off = await until("the receiver to be switched off", async () => {
      const one = await client.get(`${ROOT}/${hook.id}`);
      return !one.enabled && one;
    });
    assert.equal(off.disabled_reason, "gone");
    assert.equal(hook.calls().length, 1, "nobody asks again");
    assert.equal(await mails(hook), told + 1);
    const [entry] = (await client.get("/v1/audit-log?action=webhook.disabled")).filter(({ subject }) => subject === hook.id);
    assert.deepEqual([entry.actor.kind, entry.changes], ["system", [{ field: "reason", after: "gone" }]]);
    await refused(attempt(hook), 409);
    await refused(client.call("POST", `${ROOT}/${hook.id}/replay`, { since: 0 }), 409);
    // What happens meanwhile is kept for it.
    const source = await client.call("POST", `/v1/agents/${product.agent}/sources`, { kind: "text", title: "Meanwhile", text: "Herons stand still." });
    await client.indexed(source.id);
    await until("the event to be kept", async () => (await client.get(`${ROOT}/${hook.id}`)).status.failed === 2);
    assert.equal(hook.calls().length, 1);
    gone = false;
    const on = await write(hook, true);
    assert.deepEqual([on.enabled, on.disabled_reason], [true, undefined]);
    assert.deepEqual(await client.call("POST", `${ROOT}/${hook.id}/replay`, { since: 0 }), { deliveries: 2 });
    await until("both to arrive", async () => (await client.get(`${ROOT}/${hook.id}`)).status.succeeded === 2);
    assert.deepEqual(hook.calls().slice(1).map(({ headers }) => headers["x-frontdesk-event"]).sort(), ["source.indexed", "webhook.test"]);
    await remove(hook);
  });

  test("accepts nothing for five days and is switched off", async () => {
    const hook = await add();
    const told = await mails(hook);
    behave(hook, () => ({ status: 500 }));
    const off = await until("the receiver to be switched off", async () => {
      const one = await client.get(`${ROOT}/${hook.id}`);
      if (one.enabled && one.status.pending === 0) await attempt(hook).catch((error) => assert.equal(error.status, 409));
      return !one.enabled && one;
    }, 60_000);
    assert.equal(off.disabled_reason, "failing");
    assert.equal(await mails(hook), told + 1);
    await remove(hook);
  });

  test("is switched off by a member, and sent nothing of what waited", async () => {
    const hook = await add();
    behave(hook, () => ({ status: 500, headers: { "retry-after": "80000" } }));
    const delivery = await attempt(hook);
    await until("a first attempt", () => hook.calls().length === 1);
    const off = await write(hook, false);
    assert.equal(off.disabled_reason, "member");
    const { delivery: kept } = await settled(hook, delivery, "failed");
    assert.match(kept.outcome, /switched off/);
    await remove(hook);
  });
});

describe("events", () => {
  test("of a conversation arrive once each, from its beginning to its end", async () => {
    const all = await add({ events: ["conversation.started", "message.received", "conversation.escalated", "conversation.handed_off", "conversation.completed", "conversation.closed"] });
    const one = await add({ events: ["conversation.started"], agents: [product.agent] });
    const visitor = await Visitor.open(product);
    const first = await visitor.ask("What are your hours?");
    await until("the beginning", () => all.calls().length === 2);
    const second = await visitor.ask("And on Sundays?");
    await until("the second message", () => all.calls().length === 3);
    const waits = visitor.next((frame) => frame.type === "state" && frame.standing === "waiting");
    visitor.send({ type: "message", id: messageId(), text: "I want to talk to a real person", page_url: "http://site.test/page" });
    await waits;
    const path = `/v1/conversations/${visitor.conversation}`;
    await until("the conversation to be known", async () => (await client.raw("GET", path)).ok);
    await client.call("POST", `${path}/claim`);
    await client.call("POST", `${path}/resolve`);
    await until("the end", () => all.calls().length >= 8);
    const told = all.calls().map((call) => JSON.parse(call.text));
    const kinds = told.map(({ type }) => type);
    assert.deepEqual(kinds.toSorted(), ["conversation.closed", "conversation.completed", "conversation.escalated", "conversation.handed_off", "conversation.started", "message.received", "message.received", "message.received"]);
    assert.equal(new Set(told.map(({ id }) => id)).size, 8);
    const started = told.find(({ type }) => type === "conversation.started");
    assert.deepEqual([started.subject, started.agent_id, started.data.channel], [visitor.conversation, product.agent, "web"]);
    const messages = told.filter(({ type }) => type === "message.received");
    assert.ok(messages.every(({ data }) => data.conversation_id === visitor.conversation));
    assert.deepEqual(new Set(messages.map(({ subject }) => subject)).isSupersetOf(new Set([first.turn_id, second.turn_id])), true);
    assert.ok(!all.calls().some(({ text }) => /hours|Sundays|real person/.test(text)), "no words of the visitor");
    await until("the other receiver's", () => one.calls().length === 1);
    for (const hook of [all, one]) await remove(hook);
  });

  test("reach those who want them of this agent; a lost call to a receiver's object is made again by the schedule", async () => {
    const [mine, nobodys] = [await add(), await add({ agents: [(await client.call("POST", "/v1/agents", { name: "Second" })).agent.id] })];
    const source = await client.call("POST", `/v1/agents/${product.agent}/sources`, { kind: "text", title: "t", text: "Kestrels hover over the quay." });
    await client.indexed(source.id);
    await until("the event", () => mine.calls().length === 1);
    const [event] = mine.calls().map((call) => JSON.parse(call.text));
    assert.deepEqual([event.type, event.subject, event.agent_id], ["source.indexed", source.id, product.agent]);
    // As if its acknowledgement had been lost: it is brought again, and known.
    const database = product.relations;
    await database.prepare("UPDATE events SET due_at = 1 WHERE id = ?1").bind(event.id).run();
    await (await product.miniflare.getWorker(product.back)).scheduled({ cron: "* * * * *" });
    const due = await database.prepare("SELECT due_at FROM events WHERE id = ?1").bind(event.id).first();
    assert.equal(due.due_at, null);
    const { status } = await client.get(`${ROOT}/${mine.id}`);
    assert.deepEqual([status.succeeded, status.pending, status.failed], [1, 0, 0]);
    assert.equal(mine.calls().length, 1);
    assert.equal(nobodys.calls().length, 0);
    for (const hook of [mine, nobodys]) await remove(hook);
    const later = await client.call("POST", `/v1/agents/${product.agent}/sources`, { kind: "text", title: "t", text: "Swifts sleep in the air." });
    await client.indexed(later.id);
    assert.equal((await database.prepare("SELECT count(*) AS n FROM events WHERE due_at IS NOT NULL").first()).n, 0, "where nobody listens nothing is due");
  });
});
