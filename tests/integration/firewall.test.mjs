// The cost firewall: what a question uses is held before it is answered and settled after it; every limit refuses in
// words, and the owner sees what was refused.
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { Client, request } from "../../scripts/client.mjs";
import { newSecrets } from "../../scripts/secrets.mjs";
import { startOpenAi } from "../fakes/openai.mjs";
import { AGENT, ORIGIN, OWNER, Visitor, earlyInAMinute, folder, init, letters, messageId, start, steady, tenant, until } from "./harness.mjs";
import { killable } from "./killable.mjs";

/** Asks one question in a conversation of its own, or in one that goes on. */
async function ask(product, text, { agent = product.agent, token, address, page_url = `${ORIGIN}/page` } = {}) {
  const begun = token ? undefined : await init(product, { agent });
  if (begun?.error) return { status: begun.status, answered: false, atInit: true, ...begun.error };
  const pass = token ?? begun.data.token;
  const response = await request(`${product.url}/v1/widget/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${pass}`, "content-type": "application/json", origin: ORIGIN, ...(address && { "cf-connecting-ip": address }) },
    body: JSON.stringify({ id: messageId(), text, page_url }),
  });
  const body = await response.text();
  if (!response.ok) return { token: pass, status: response.status, ...JSON.parse(body).error };
  const frames = body.split("\n\n").filter(Boolean).map((event) => JSON.parse(event.match(/^data: (.*)$/m)[1]));
  const end = frames.at(-1);
  const said = frames.filter((frame) => frame.type === "delta").map((frame) => frame.text).join("");
  return { token: pass, status: 200, answered: end.type === "turn_finished", turn: end.turn_id, said, code: end.code, message: end.message };
}

const limit = (client, own) => client.call("PUT", "/v1/usage/limits", own);
const used = (usage, meter) => usage.meters.find((one) => one.meter === meter).used;
const times = (usage, reason) => usage.refusals.filter((one) => one.limit === reason).reduce((sum, one) => sum + one.times, 0);

/** Asks until it is refused, at most `most` times; windows of a minute may turn meanwhile. */
async function refused(most, once) {
  for (let n = 0; n < most; n += 1) {
    const reply = await once(n);
    if (!reply.answered) return { ...reply, after: n };
  }
  throw new Error(`${most} questions were all answered`);
}

/** Waits until the owner sees refusals for a reason. */
const seen = (client, reason, at_least = 1) => until(`refusals for ${reason}`, async () => times(await client.get("/v1/usage"), reason) >= at_least, 30_000);

test("a model that was stopped before its first word counts, and a failed answer's cost is among the day's", async () => {
  const model = await startOpenAi({ behave: ({ messages }) => (/break/.test(messages.at(-1).content) ? { text: "It is open from nine to five and", errorAfter: 3 } : { text: "Never said.", firstMs: 20_000 }) });
  const product = await start({ vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key }, agent: { models: [{ provider: "openai_compatible", model: "m" }] } });
  try {
    const visitor = await Visitor.open(product);
    const agent = async () => (await product.client.get("/v1/usage")).agents[0] ?? { messages: 0, tokens_in: 0 };
    const id = messageId();
    const end = visitor.ended(id);
    visitor.send({ type: "message", id, text: "When are you open?", page_url: ORIGIN });
    await until("the model to be asked", () => model.requests.some(({ path }) => path === "/v1/chat/completions"));
    visitor.send({ type: "stop" });
    assert.equal((await end).stopped, true);
    assert.equal(visitor.frames.filter(({ type }) => type === "delta").length, 0, "nothing was shown");
    const before = await until("the journal", async () => ((now) => now.messages === 1 && now)(await agent()));
    assert.equal((await visitor.ask("Please break.")).type, "turn_failed");
    const after = await until("its cost", async () => ((now) => now.tokens_in > before.tokens_in && now)(await agent()));
    assert.equal(after.messages, 1, "nobody pays for an answer that failed");
    await visitor.close();
  } finally {
    await product.stop();
    await model.close();
  }
});

describe("in one process", () => {
  let product;
  before(async () => {
    product = await start({ vars: { LIMIT_VISITOR_MINUTE: "6", LIMIT_ACTS_MINUTE: "8" } });
  });
  after(() => product?.stop());

  test("200 conversations racing for the last 10 let exactly 10 through, and the owner hears of it", async () => {
    await limit(product.client, { conversations: 10 });
    const passes = await Promise.all(Array.from({ length: 200 }, async () => (await init(product)).data.token));
    const replies = await Promise.all(passes.map((token, n) => ask(product, `Question number ${n}?`, { token })));
    const answered = replies.filter((reply) => reply.answered);
    assert.equal(answered.length, 10);
    for (const reply of replies.filter((one) => !one.answered)) {
      assert.equal(reply.code, "plan_limit_reached");
      assert.match(reply.message, /unavailable at present.*contact details/);
    }
    const goesOn = await ask(product, "And then?", { token: answered[0].token });
    assert.ok(goesOn.answered, "a conversation that began goes on");
    const usage = await until("the usage", async () => {
      const now = await product.client.get("/v1/usage");
      return used(now, "messages") === 11 && times(now, "plan_conversations") === 190 && now;
    }, 60_000);
    assert.equal(used(usage, "conversations"), 10);
    assert.deepEqual(usage.meters[0], { meter: "conversations", used: 10, limit: 10 });
    assert.deepEqual(usage.agents.map((one) => [one.agent_id, one.name !== "", one.conversations, one.messages]), [[product.agent, true, 10, 11]]);
    const told = await until("the mail", async () => {
      const found = (await letters(product, OWNER.email)).filter((letter) => letter.purpose === "usage" && letter.text.startsWith("Hello,\n\n100 %"));
      return found.length > 0 && found;
    });
    assert.equal(told.length, 1);
    assert.match(told[0].text, /visitors are told/i);
  });

  test("once the month is used up no conversation begins, in words, until the owner allows more", async () => {
    const other = await tenant(product, "spent@example.test");
    const at = { agent: other.agent };
    await limit(other.client, { conversations: 1 });
    const first = await ask(product, "What is it?", at);
    assert.ok(first.answered);
    const refusal = await until("init to refuse", async () => {
      const reply = await init(product, at);
      return reply.error && reply;
    });
    assert.deepEqual([refusal.status, refusal.error.code], [429, "plan_limit_reached"]);
    assert.match(refusal.error.message, /unavailable at present.*contact details/);
    assert.ok(Number(refusal.headers.get("retry-after")) > 0);
    assert.ok(times(await other.client.get("/v1/usage"), "plan_conversations") >= 1, "the owner sees who was turned away");
    assert.ok((await init(product, { ...at, token: first.token })).data.resumed, "who has begun goes on");
    assert.ok((await ask(product, "And then?", { ...at, token: first.token })).answered);
    const [meter] = (await other.client.get("/v1/usage")).meters;
    assert.deepEqual([meter.used, meter.limit], [1, 1]);
    await limit(other.client, { conversations: 2 });
    assert.ok((await ask(product, "And a second?", at)).answered, "at once");
  });

  test("settled twice, a turn counts once", async () => {
    const before = await product.client.get("/v1/usage");
    await limit(product.client, { messages: used(before, "messages") + 2 });
    const { turn } = await ask(product, "Once?");
    const database = product.relations;
    const row = await until("the journal", () => database.prepare("SELECT place, asked_at FROM usage_turns WHERE turn_id = ?1").bind(turn).first());
    const objects = await product.miniflare.getDurableObjectNamespace("LEDGER", product.front);
    const ledger = objects.get(objects.idFromName(`ledger/${product.workspace}`));
    const settled = { turns: [{ turn_id: turn, asked_at: row.asked_at, place: row.place, conversations: 1, messages: 1 }] };
    for (let again = 0; again < 3; again += 1) {
      const response = await ledger.fetch("https://object/settle", { method: "POST", body: JSON.stringify(settled) });
      assert.equal(response.status, 200, await response.text());
    }
    const [second, third] = [await ask(product, "Twice?"), await ask(product, "Three times?")];
    assert.ok(second.answered);
    assert.equal(third.code, "plan_limit_reached");
    await limit(product.client, {});
  });

  test("limits of a minute refuse in the visitor's language, and name themselves to the owner", async () => {
    for (const [field, reason] of [["workspace_minute", "workspace_minute"], ["agent_minute", "agent_minute"]]) {
      await limit(product.client, { [field]: 2 });
      const reply = await refused(5, (n) => ask(product, `Wann haben Sie am Samstag geöffnet, und wo ist Nummer ${n}?`));
      assert.equal(reply.code, "too_many_requests");
      assert.match(reply.message, /Gerade sind es zu viele Fragen\..*in einer Minute/);
      await seen(product.client, reason);
    }
    await limit(product.client, {});
  });

  test("an address has a limit of its own, and a page that asks itself is stopped", async () => {
    const database = product.relations;
    const many = await refused(41, () => ask(product, "The same from the same page?", { address: "192.0.2.1" }));
    assert.equal(many.code, "too_many_requests");
    assert.match(many.message, /asked several times/);
    assert.ok((await ask(product, "The same from the same page?", { address: "192.0.2.2" })).answered, "somebody else may ask it");
    await seen(product.client, "repetition");
    await database.prepare("UPDATE plans SET limits = json_set(limits, '$.address_minute', 3) WHERE id = 'custom'").run();
    await limit(product.client, { messages: 1_000_000 });
    await earlyInAMinute();
    const reply = await refused(7, (n) => ask(product, `Question ${n} of one address?`, { address: "2001:db8::1" }));
    assert.match(reply.message, /wait a minute/);
    const neighbour = await ask(product, "From the same line?", { address: "2001:db8:0:0:ffff::2" });
    assert.ok(!neighbour.answered, "a customer's 64 bits are one address");
    assert.ok((await ask(product, "From another?", { address: "2001:db8:1::1" })).answered);
    await seen(product.client, "address_minute");
    const rows = await database.prepare("SELECT * FROM usage_refusals").all();
    assert.ok(!JSON.stringify(rows).includes("192.0.2"), "no address is stored");
  });

  test("one visitor asks so much in a minute, and the same again not for ever", async () => {
    const other = await tenant(product, "visitors@example.test");
    const at = { agent: other.agent };
    await earlyInAMinute();
    const first = await ask(product, "What is it?", at);
    const token = first.token;
    for (let n = 0; n < 3; n += 1) assert.ok((await ask(product, "What IS it", { ...at, token })).answered);
    const looped = await ask(product, "What is it?!", { ...at, token });
    assert.deepEqual([looped.status, looped.code], [429, "too_many_requests"]);
    assert.match(looped.message, /other words/);
    const echoed = await ask(product, first.said, { ...at, token });
    assert.match(echoed.message, /other words/, "an answer is no question");
    for (const text of ["Five?", "Six?"]) assert.ok((await ask(product, text, { ...at, token })).answered);
    const seventh = await ask(product, "Seven?", { ...at, token });
    assert.equal(seventh.status, 429);
    assert.match(seventh.message, /wait a minute/);
    await seen(other.client, "repetition", 2);
    await seen(other.client, "visitor_minute");
    assert.equal(used(await other.client.get("/v1/usage"), "conversations"), 1);
    assert.equal(times(await other.client.get("/v1/usage"), "plan_conversations"), 0, "another workspace's refusals are not theirs");
  });

  test("one visitor has one allowance in all conversations, and who throws the pass away has the address's", async () => {
    const other = await tenant(product, "tabs@example.test");
    const { visitor_pass, visitor_id } = (await init(product, { agent: other.agent })).data;
    // So many that none of them reaches the limit of one conversation, wherever the minute turns.
    const tabs = await Promise.all(Array.from({ length: 4 }, () => Visitor.open(product, { agent: other.agent, visitor_pass })));
    assert.equal(new Set(tabs.map(({ conversation }) => conversation)).size, 4);
    const stopped = await refused(13, async (n) => {
      const end = await tabs[n % 4].ask(`Question ${n} in a tab?`);
      return { ...end, answered: end.type === "turn_finished" };
    });
    assert.ok(stopped.after >= 6, `after ${stopped.after}`);
    assert.deepEqual([stopped.type, stopped.code], ["turn_failed", "too_many_requests"]);
    assert.match(stopped.message, /wait a minute/);
    await seen(other.client, "visitor_minute");
    assert.equal(used(await other.client.get("/v1/usage"), "messages"), stopped.after, "what is refused is not counted");
    for (const { summary } of await Promise.all(tabs.map(({ conversation }) => other.client.get(`/v1/conversations/${conversation}`)))) assert.equal(summary.visitor_id, visitor_id);
    assert.ok((await ask(product, "Somebody else?", { agent: other.agent })).answered, "a new pass is a new visitor");
    await product.relations.prepare("UPDATE plans SET limits = json_set(limits, '$.address_minute', 3) WHERE id = 'free'").run();
    await limit(other.client, { messages: 90 });
    const strangers = await refused(7, (n) => ask(product, `Stranger ${n}?`, { agent: other.agent, address: "192.0.2.77" }));
    assert.match(strangers.message, /wait a minute/);
    await seen(other.client, "address_minute");
    for (const tab of tabs) await tab.close();
  });

  test("a conversation has so many messages, over a socket, too", async () => {
    const other = await tenant(product, "full@example.test");
    const { draft, revision } = await other.client.get(`/v1/agents/${other.agent}`);
    const saved = await other.client.call("PUT", `/v1/agents/${other.agent}/draft`, { revision, draft: { ...draft, allowed_origins: ["*"], guardrails: { ...draft.guardrails, max_messages: 5 } } });
    await other.client.call("POST", `/v1/agents/${other.agent}/publish`, { revision: saved.revision });
    const visitor = await until("the published version", async () => {
      const opened = await Visitor.open(product, { agent: other.agent });
      for (let n = 0; n < 5; n += 1) assert.equal((await opened.ask(`Question ${n}?`)).type, "turn_finished");
      const sixth = await opened.ask("Six?");
      assert.equal(sixth.type, "refused");
      if (/conversation is full/.test(sixth.message)) return opened;
      // An edge may hold the version before for a minute; there the sixth is still a matter of the minute.
      await opened.close();
      return null;
    }, 90_000);
    await seen(other.client, "conversation");
    await visitor.close();
  });

  test("what is no question has its allowance, too, is refused in words, and the owner is told", async () => {
    const other = await tenant(product, "acts@example.test");
    const visitor = await Visitor.open(product, { agent: other.agent });
    const answer = await visitor.ask("What is it?");
    await earlyInAMinute();
    const judge = async (turn_id) => {
      const refusal = visitor.next(({ type }) => type === "refused");
      visitor.send({ type: "feedback", turn_id, good: true });
      return refusal;
    };
    const unknown = `trn_${"0".repeat(26)}`;
    for (let n = 0; n < 8; n += 1) assert.equal((await judge(unknown)).code, "invalid");
    const ninth = await judge(answer.turn_id);
    assert.equal(ninth.code, "too_many_requests");
    assert.match(ninth.message, /wait a minute/);
    assert.equal((await judge(answer.turn_id)).code, "too_many_requests");
    await seen(other.client, "visitor_minute");
    assert.equal(times(await other.client.get("/v1/usage"), "visitor_minute"), 1, "counted once a minute");
    assert.equal((await visitor.ask("And then?")).type, "turn_finished", "questions have an allowance of their own");
    await visitor.close();
  });

  test("what is said to people has that allowance, and the message that is refused is named", async () => {
    const other = await tenant(product, "people@example.test");
    const visitor = await Visitor.open(product, { agent: other.agent });
    const say = async (text) => {
      const id = messageId();
      const outcome = visitor.next((frame) => frame.message_id === id);
      visitor.send({ type: "message", id, text, page_url: ORIGIN });
      return outcome;
    };
    await earlyInAMinute();
    assert.equal((await say("I want to talk to a human")).type, "message");
    const outcomes = [];
    for (let n = 0; n < 9; n += 1) outcomes.push(await say(`Is anybody there, ${n}?`));
    assert.deepEqual(outcomes.map(({ type }) => type), [...Array(7).fill("message"), "refused", "refused"]);
    assert.equal(outcomes.at(-1).code, "too_many_requests");
    await seen(other.client, "visitor_minute");
    await visitor.close();
  });

  test("limits of one's own are at least one, and audited", async () => {
    for (const field of ["conversations", "messages", "workspace_minute", "agent_minute"]) {
      await assert.rejects(limit(product.client, { [field]: 0 }), { status: 400, field });
    }
    const usage = await limit(product.client, { conversations: 7, agent_minute: 9 });
    assert.deepEqual([usage.own.conversations, usage.own.agent_minute, usage.meters[0].limit], [7, 9, 7]);
    const [last] = await product.client.all("/v1/audit-log");
    assert.equal(last.action, "usage.limited");
    assert.ok(last.changes.some((change) => change.field === "conversations" && change.after === "7"), JSON.stringify(last.changes));
    await limit(product.client, {});
  });
});

describe("killed and robbed", () => {
  let product, model, state, client;
  const secrets = newSecrets();

  before(async () => {
    const stalls = (body) => JSON.stringify(body.messages.at(-1)).includes("stall");
    model = await startOpenAi({ behave: (body) => (stalls(body) ? { tokens: ["never"], firstMs: 40_000 } : { text: "Hello." }) });
    state = folder();
    product = await killable({ state: state.path, secrets, vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key, MODEL_PATIENCE_MS: "60000", LIMIT_HOLD_SECONDS: "20", LIMIT_VISITOR_HOUR: "6" } });
    client = new Client(product.url);
    const made = await client.bootstrap(secrets.BOOTSTRAP_TOKEN, { ...OWNER, name: "O", workspace: "W", agent: { ...AGENT, models: [{ provider: "openai_compatible", model: "m" }] } });
    product.agent = made.agent_id;
    await client.signIn(OWNER);
  });
  after(async () => {
    await product?.kill().catch(() => {});
    await model?.close();
    state?.remove();
  });

  test("what a crashed turn held is given back", async () => {
    await limit(client, { conversations: 1 });
    const stuck = await Visitor.open(product);
    const asked = messageId();
    stuck.send({ type: "message", id: asked, text: "Please stall." });
    await until("the model's request", () => model.requests.length > 0);
    assert.equal((await ask(product, "Is there one left?")).code, "plan_limit_reached");
    await product.kill();
    // Where this machine is slow, the alarm that looks after a turn that was cut off would begin it again before anybody else
    // asks, and it would have its unit. Here it does not ring.
    const alarms = new DatabaseSync(join(state.path, "do/frontdesk-Conversation/metadata.sqlite"));
    assert.ok(alarms.prepare("DELETE FROM _cf_ALARM").run().changes >= 1);
    alarms.close();
    await product.start();
    const reply = await until("the unit", async () => {
      const one = await ask(product, "Is there one left now?");
      return one.answered && one;
    }, 120_000);
    assert.equal(reply.said, "Hello.");
    // Nobody is in the way of those who come after: the turn that was cut off begins again, finds nothing left, and ends.
    const ended = stuck.ended(asked, 60_000);
    await stuck.connect();
    assert.equal((await ended).code, "plan_limit_reached");
    await stuck.close();
    const usage = await until("the usage", async () => {
      const now = await client.get("/v1/usage");
      return used(now, "conversations") > 0 && now;
    });
    assert.equal(used(usage, "conversations"), 1);
  });

  /** Kills the process and takes every `Ledger`'s database away. */
  async function lose() {
    await product.kill();
    const folders = readdirSync(join(state.path, "do"), { recursive: true }).map(String);
    const lost = folders.filter((path) => /Ledger[^/]*\/[0-9a-f]+\.sqlite/.test(path));
    assert.ok(lost.length > 0, folders.join(" "));
    for (const path of lost) rmSync(join(state.path, "do", path));
    await product.start();
  }

  /** Waits until the journal has so many conversations. Each had one message, which is counted when it is answered. */
  const journal = (count) =>
    until("the journal", async () => {
      const usage = await client.get("/v1/usage");
      return used(usage, "conversations") === count && used(usage, "messages") === count;
    });

  test("a ledger that was lost is rebuilt from its journal", async () => {
    await limit(client, { conversations: 4 });
    for (let n = 0; n < 3; n += 1) assert.ok((await ask(product, `Question ${n}?`)).answered);
    await journal(4);
    await lose();
    const reply = await refused(100, (n) => ask(product, `Question ${n} after the loss?`));
    assert.equal(reply.code, "plan_limit_reached", reply.message);
    const spent = 4 + reply.after;
    await journal(spent);
    await limit(client, { conversations: spent + 3 });
    const race = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(product, `Race ${n}?`)));
    assert.equal(race.filter((one) => one.answered).length, 3);
    await journal(spent + 3);
  });

  test("what a visitor asked in this hour is known again, too, in whichever conversation it was", async () => {
    const hour = () => Math.floor(Date.now() / 3_600_000);
    for (let began = NaN; began !== hour(); ) {
      began = hour();
      await limit(client, {});
      const { visitor_pass } = (await init(product)).data;
      const tab = async () => (await init(product, { visitor_pass })).data.token;
      const before = await steady("messages that are counted", async () => used(await client.get("/v1/usage"), "messages"));
      for (const token of [await tab(), await tab()]) {
        for (let n = 0; n < 3; n += 1) assert.ok((await ask(product, `Number ${n} of an hour?`, { token })).answered);
      }
      await until("the journal", async () => used(await client.get("/v1/usage"), "messages") === before + 6);
      await lose();
      // Telling it a limit tells it everything.
      await limit(client, { messages: 1_000_000 });
      const again = await ask(product, "One more?", { token: await tab() });
      assert.ok((await ask(product, "And somebody else?")).answered);
      // Whole hours are counted: one that turned meanwhile has this done once more.
      if (began !== hour()) continue;
      assert.deepEqual([again.answered, again.code], [false, "too_many_requests"]);
      assert.match(again.message, /in an hour/);
      await seen(client, "visitor_hour");
    }
  });
});
