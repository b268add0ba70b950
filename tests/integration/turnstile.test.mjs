// What stands before a conversation: how often one address may begin one, and Turnstile for agents that ask for it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { request } from "../../scripts/client.mjs";
import { DUMMY_TOKEN, FAILS, PASSES, SPENT, startTurnstile } from "../fakes/turnstile.mjs";
import { ORIGIN, init as begin, messageId, start, tenant, until } from "./harness.mjs";

let turnstile, product;
before(async () => {
  turnstile = await startTurnstile();
  product = await start({ vars: { TURNSTILE_URL: turnstile.url } });
});
after(async () => {
  await product?.stop();
  await turnstile?.close();
});

const init = (options) => begin(product, options);
async function ask(token) {
  const response = await request(`${product.url}/v1/widget/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", origin: ORIGIN },
    body: JSON.stringify({ id: messageId(), text: "When are you open?" }),
  });
  const text = await response.text();
  return response.ok ? { status: 200, text } : { status: response.status, ...JSON.parse(text).error };
}
/** The code that a socket is closed with, or 0 for one that greets. */
const socket = (token) =>
  new Promise((resolve) => {
    const line = new WebSocket(`${product.url.replace("http", "ws")}/v1/widget/ws`, { protocols: ["frontdesk.v1", token], headers: { origin: ORIGIN } });
    line.addEventListener("message", () => (line.close(), resolve(0)));
    line.addEventListener("close", ({ code }) => resolve(code));
  });
const keys = (body, agent = product.agent) => product.client.raw("PUT", `/v1/agents/${agent}/turnstile`, body);
const set = async (secret, site_key = turnstile.siteKey) => {
  const response = await keys({ site_key, secret });
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()).data;
};
/** The edge keeps what it read for a minute; a new agent is read anew. */
let made = 0;
const guarded = async (secret, site_key) => {
  const other = await tenant(product, `guarded-${(made += 1)}@example.test`);
  await other.client.call("PUT", `/v1/agents/${other.agent}/turnstile`, { site_key: site_key ?? turnstile.siteKey, secret });
  return other;
};

/** What the owner is shown of refusals. */
const seen = async (client) => (await client.get("/v1/usage")).refusals.map(({ limit, agent_id, times }) => [limit, agent_id, times]);

test("keys are checked with Cloudflare, kept sealed, noted, and never told again", async () => {
  const wrong = await keys({ site_key: turnstile.siteKey, secret: "0x4AAAAAAAnobodys" });
  assert.equal(wrong.status, 400);
  const { error } = await wrong.json();
  assert.deepEqual([error.field, /Copy it from/.test(error.message)], ["secret", true]);
  assert.equal((await keys({ site_key: "with spaces", secret: turnstile.secret })).status, 400);

  const other = await tenant(product, "stranger@example.test");
  assert.equal((await other.client.raw("PUT", `/v1/agents/${product.agent}/turnstile`, { site_key: "k", secret: turnstile.secret })).status, 404);
  assert.equal((await other.client.raw("DELETE", `/v1/agents/${product.agent}/turnstile`)).status, 404);

  const detail = await set(turnstile.secret);
  assert.equal(detail.turnstile_site_key, turnstile.siteKey);
  const told = JSON.stringify([detail, await product.client.get(`/v1/agents/${product.agent}`), await product.client.get("/v1/audit-log"), product.log]);
  assert.ok(!told.includes(turnstile.secret));
  assert.match(told, /agent\.turnstile_set/);
  const stored = await product.relations.prepare("SELECT turnstile_secret AS secret, draft FROM agents WHERE id = ?1").bind(product.agent).first();
  assert.ok(stored.secret && !JSON.stringify(stored).includes(turnstile.secret));

  const removed = (await (await product.client.raw("DELETE", `/v1/agents/${product.agent}/turnstile`)).json()).data;
  assert.equal(removed.turnstile_site_key, undefined);
  assert.match(JSON.stringify(await product.client.get("/v1/audit-log")), /agent\.turnstile_removed/);
});

test("nobody asks without a solved challenge; who solved one goes on", async () => {
  const { agent } = await guarded(turnstile.secret);
  const first = await init({ agent });
  assert.equal(first.data.config.turnstile, turnstile.siteKey);
  const refused = await ask(first.data.token);
  assert.deepEqual([refused.status, refused.code], [403, "challenge_required"]);
  assert.match(refused.message, /person.*send its token to init/);
  assert.equal(await socket(first.data.token), 4401);
  const lead = await request(`${product.url}/v1/widget/leads`, { method: "POST", headers: { authorization: `Bearer ${first.data.token}`, origin: ORIGIN }, body: "{}" });
  assert.equal(lead.status, 403);

  const solved = turnstile.solve(new URL(ORIGIN).hostname);
  const passed = await init({ agent, token: first.data.token, turnstile: solved });
  assert.deepEqual([passed.status, passed.data.resumed, passed.data.config.turnstile], [200, true, undefined]);
  assert.equal((await ask(passed.data.token)).status, 200);
  assert.equal(await socket(passed.data.token), 0);
  assert.equal(turnstile.requests.at(-1).response, solved);
  assert.deepEqual(Object.keys(turnstile.requests.at(-1)).sort(), ["response", "secret"], "no address is passed on");

  const renewed = await init({ agent, token: passed.data.token });
  assert.equal(renewed.data.config.turnstile, undefined, "the pass carries it on");
  assert.equal((await ask(renewed.data.token)).status, 200);
  const another = await init({ agent });
  assert.equal((await ask(another.data.token)).code, "challenge_required", "another conversation has to solve its own");
});

test("a token is good once, in time, and where it was solved", async () => {
  const { agent, client } = await guarded(turnstile.secret);
  const host = new URL(ORIGIN).hostname;
  const spent = turnstile.solve(host);
  assert.equal((await init({ agent, turnstile: spent })).status, 200);
  const asked = turnstile.requests.length;
  const tried = { spent, old: turnstile.solve(host, Date.now() - 301_000), elsewhere: turnstile.solve("other.example"), invented: "0.invented", huge: "x".repeat(3_000), empty: "" };
  for (const [name, token] of Object.entries(tried)) {
    const reply = await init({ agent, turnstile: token, headers: { "accept-language": "de" } });
    assert.deepEqual([reply.status, reply.error?.code], [403, "challenge_required"], name);
    assert.match(reply.error.message, /nicht bestätigen.*neu laden/, name);
  }
  assert.equal(turnstile.requests.length, asked + 4, "what cannot be a token is asked about with nobody");
  assert.deepEqual(await seen(client), [["challenge", agent, 6]], "the owner sees them");
  assert.deepEqual(turnstile.malformed, []);
});

test("the documented keys for tests behave as documented", async () => {
  const passes = await guarded(PASSES, "1x00000000000000000000AA");
  assert.equal((await init({ agent: passes.agent, turnstile: DUMMY_TOKEN })).status, 200);
  for (const secret of [FAILS, SPENT]) {
    const { agent } = await guarded(secret, "2x00000000000000000000AB");
    assert.equal((await init({ agent, turnstile: DUMMY_TOKEN })).error.code, "challenge_required", secret);
  }
  const real = await guarded(turnstile.secret);
  assert.equal((await init({ agent: real.agent, turnstile: DUMMY_TOKEN })).error.code, "challenge_required");
});

test("what cannot be checked is refused with when to try again, and noted", async () => {
  const { agent } = await guarded(turnstile.secret);
  for (const state of ["silent", "broken", "failing"]) {
    turnstile.state = state;
    const from = product.log.length;
    const reply = await init({ agent, turnstile: turnstile.solve("site.test") });
    assert.deepEqual([reply.status, reply.error?.code], [503, "unavailable"], state);
    assert.match(reply.error.message, /not available at the moment.*try again/i);
    assert.equal(reply.headers.get("retry-after"), "5");
    await until("the log", () => product.log.slice(from).some((line) => line.includes("challenge_unchecked")));
    const saved = await keys({ site_key: turnstile.siteKey, secret: turnstile.secret }, product.agent);
    assert.equal(saved.status, 503, "a secret that cannot be checked is not stored");
  }
  turnstile.state = "up";
  assert.equal((await init({ agent, turnstile: turnstile.solve("site.test") })).status, 200);
});

test("one address begins so many conversations a minute, is told when to come back, and the owner is told of it", async () => {
  const other = await tenant(product, "busy@example.test");
  const from = (address) => init({ agent: other.agent, headers: { "cf-connecting-ip": address, "accept-language": "fr" } });
  let reply;
  // The minute of the clock may turn once meanwhile.
  for (let n = 0; n < 241 && reply?.status !== 429; n += 1) reply = await from("203.0.113.7");
  assert.deepEqual([reply.status, reply.error?.code], [429, "too_many_requests"]);
  assert.match(reply.error.message, /Attendez une minute/);
  assert.equal(reply.headers.get("retry-after"), "60");
  assert.equal((await from("203.0.113.8")).status, 200, "another address is let in");
  assert.deepEqual(await seen(other.client), [["address_minute", other.agent, 1]]);
  const many = await Promise.all(Array.from({ length: 300 }, () => from("203.0.113.7")));
  const refused = 1 + many.filter(({ status }) => status === 429).length;
  const [[, , told]] = await seen(other.client);
  assert.ok(told > 60 && told <= refused, `${told} of ${refused}`);
  // Of as many of one address in a minute as may pass in one, where the minute did not turn.
  if (refused === 301) assert.equal(told, 120);
  const rows = await product.relations.prepare("SELECT * FROM usage_refusals").all();
  assert.ok(!JSON.stringify(rows).includes("203.0.113"), "no address is stored");
});
