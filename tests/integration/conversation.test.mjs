// A conversation over the socket and by server-sent events: who may enter, what is refused and how, resuming.
import assert from "node:assert/strict";
import { createHmac, hkdfSync } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { request } from "../../scripts/client.mjs";
import { startSite } from "../sites/serve.mjs";
import { AGENT, ORIGIN, Visitor, askBySse, init, messageId, start, tenant, until } from "./harness.mjs";

let product, site;

before(async () => {
  site = await startSite({});
  product = await start({ local: [new URL(site.url).host] });
  const source = await product.client.source(product.agent, `${site.url}/opening-hours/`.replace("//opening", "/opening"));
  assert.equal((await product.client.indexed(source.id)).state, "indexed");
});
after(async () => {
  await product?.stop();
  await site?.close();
});

describe("init", () => {
  test("a published agent on an allowed origin gives config, conversation and token", async () => {
    const { status, data, headers } = await init(product);
    assert.equal(status, 200);
    assert.equal(data.config.agent_name, AGENT.persona.name);
    assert.match(data.conversation_id, /^cnv_[0-9a-z]{26}$/);
    assert.ok(data.token_expires_at_ms - Date.now() > 59 * 60_000);
    assert.equal(data.resumed, false);
    assert.equal(headers.get("access-control-allow-origin"), "*");
    assert.match(headers.get("x-request-id"), /^req_/);
    assert.match(headers.get("server-timing"), /app;dur=/);
  });

  test("a foreign origin and a missing one are refused", async () => {
    for (const origin of ["https://evil.test", null]) {
      const { status, error } = await init(product, { origin, page_url: "https://x.test/" });
      assert.equal(status, 403);
      assert.equal(error.code, "origin_not_allowed");
    }
  });

  test("an unknown agent is not found, a malformed id is malformed", async () => {
    const unknown = await init(product, { agent: `agt_${"0".repeat(26)}` });
    assert.deepEqual([unknown.status, unknown.error.code], [404, "agent_not_found"]);
    const malformed = await init(product, { agent: "../../etc" });
    assert.deepEqual([malformed.status, malformed.error.code], [400, "malformed"]);
  });

  test("a previous token goes on with its conversation; a forged, foreign or other agent's begins a new one", async () => {
    const first = (await init(product)).data;
    const again = (await init(product, { token: first.token })).data;
    assert.equal(again.conversation_id, first.conversation_id);
    assert.equal(again.resumed, true);
    const [head, , signature] = first.token.split(".");
    const payload = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(first.token.split(".")[1], "base64url")), conversation_id: `cnv_${"0".repeat(26)}` })).toString("base64url");
    for (const token of ["nonsense", `${head}.${payload}.${signature}`, first.token.slice(0, -2)]) {
      const forged = (await init(product, { token })).data;
      assert.notEqual(forged.conversation_id, first.conversation_id);
      assert.equal(forged.resumed, false);
    }
    const other = await tenant(product, "init-other@example.test");
    const elsewhere = (await init(product, { agent: other.agent, token: first.token })).data;
    assert.notEqual(elsewhere.conversation_id, first.conversation_id);
  });

  test("a body that is not JSON, too large or empty is an error with a code", async () => {
    for (const [body, code, status] of [["{", "malformed", 400], ["", "malformed", 400], ["x".repeat(300_000), "too_large", 413]]) {
      const response = await request(`${product.url}/v1/widget/init`, { method: "POST", headers: { origin: ORIGIN }, body });
      assert.equal(response.status, status);
      assert.equal((await response.json()).error.code, code);
    }
  });
});

/** A pass as the product signs it, of any age: HS256 with the key of its day, derived from the root. */
function pass(token, { agedMs, day }) {
  const payload = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
  payload.issued_at_ms -= agedMs;
  const kid = String(day ?? Math.floor(payload.issued_at_ms / 86_400_000));
  const key = Buffer.from(hkdfSync("sha256", product.secrets.ROOT_KEY, "", `frontdesk visitor token, day ${kid}`, 32));
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", kid })}.${part(payload)}`;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

describe("a pass that is not fresh", () => {
  const HOUR = 3_600_000;
  const closeOf = async (token) => {
    const visitor = new Visitor();
    Object.assign(visitor, { product, token });
    await visitor.connect();
    return (await Promise.race([visitor.closed, visitor.next((frame) => frame.type === "hello").then(() => ({ code: 0 }))])).code;
  };

  test("lets in for an hour, is exchanged for a day, and then is worth nothing", async () => {
    const { token, conversation_id } = (await init(product)).data;
    assert.equal(await closeOf(pass(token, { agedMs: 0.9 * HOUR })), 0, "the test signs as the product does");
    const expired = pass(token, { agedMs: 1.1 * HOUR });
    assert.equal(await closeOf(expired), 4401);
    assert.equal((await init(product, { token: expired })).data.conversation_id, conversation_id);
    const stale = await init(product, { token: pass(token, { agedMs: 25 * HOUR }) });
    assert.notEqual(stale.data.conversation_id, conversation_id);
    assert.equal(stale.data.resumed, false);
  });

  test("damaged anywhere, or cut off, is refused", async () => {
    const { token, conversation_id } = (await init(product)).data;
    const ask = (pass) => request(`${product.url}/v1/widget/messages`, { method: "POST", headers: { authorization: `Bearer ${pass}`, "content-type": "application/json", origin: ORIGIN }, body: JSON.stringify({ id: messageId(), text: "x".repeat(5_000) }) });
    assert.equal((await (await ask(token)).json()).error.code, "too_large", "a good one is heard");
    // Of its last character not every bit is written.
    for (let at = 0; at < token.length - 1; at += 7) {
      const other = token[at] === "A" ? "B" : "A";
      for (const damaged of [token.slice(0, at) + other + token.slice(at + 1), token.slice(0, at), token.slice(0, at) + token.slice(at + 1)]) {
        const response = await ask(damaged);
        assert.deepEqual([response.status, (await response.json()).error.code], [401, "token_invalid"], damaged);
      }
    }
    const renewed = await init(product, { token: `${token.slice(0, -9)}AAAAAAAAA` });
    assert.deepEqual([renewed.data.resumed, renewed.data.conversation_id === conversation_id], [false, false]);
  });

  test("from the future, or signed with another day's key, is refused", async () => {
    const { token } = (await init(product)).data;
    assert.equal(await closeOf(pass(token, { agedMs: -2 * HOUR })), 4401);
    const today = Math.floor(Date.now() / 86_400_000);
    assert.equal(await closeOf(pass(token, { agedMs: 0, day: today - 3 })), 4401);
    assert.equal(await closeOf(pass(token, { agedMs: 0, day: today + 1 })), 4401);
  });
});

test("an agent that is not published any more takes no visitor in", async () => {
  const other = await tenant(product, "unpublished@example.test");
  const { data } = await init(product, { agent: other.agent });
  const agents = await product.miniflare.getKVNamespace("AGENTS", product.front);
  const snapshot = await agents.get(`agent/${other.agent}`);
  await agents.delete(`agent/${other.agent}`);
  assert.equal((await init(product, { agent: other.agent })).error.code, "agent_not_found");
  const visitor = new Visitor();
  Object.assign(visitor, { product, token: data.token });
  await visitor.connect();
  assert.equal((await visitor.closed).code, 4404);
  await agents.put(`agent/${other.agent}`, snapshot);
});

describe("entering", () => {
  const closeOf = async (options) => {
    const { data } = await init(product);
    const visitor = new Visitor();
    visitor.product = product;
    visitor.token = data.token;
    await visitor.connect(options);
    return visitor.closed;
  };

  test("a forged token closes with 4401, another origin with 4403", async () => {
    assert.deepEqual(await closeOf({ token: "forged" }), { code: 4401, reason: "token_invalid" });
    assert.deepEqual(await closeOf({ origin: "https://evil.test" }), { code: 4403, reason: "token_mismatch" });
  });

  test("without upgrade or subprotocol the answer says what to do", async () => {
    const plain = await request(`${product.url}/v1/widget/ws`);
    assert.deepEqual([plain.status, (await plain.json()).error.code], [426, "upgrade_required"]);
    const bare = await request(`${product.url}/v1/widget/messages`, { method: "POST", body: "{}" });
    assert.deepEqual([bare.status, (await bare.json()).error.code], [401, "token_invalid"]);
  });

  test("identity headers from outside are worth nothing", async () => {
    const response = await request(`${product.url}/v1/widget/messages`, {
      method: "POST",
      headers: { "x-frontdesk-admission": JSON.stringify({ identity: {} }), "content-type": "application/json" },
      body: JSON.stringify({ id: messageId(), text: "hi" }),
    });
    assert.equal(response.status, 401);
  });
});

describe("asking", () => {
  test("a cited answer streams in, numbered, with stages", async () => {
    const visitor = await Visitor.open(product);
    assert.equal(visitor.frames[0]?.type ?? (await visitor.next(() => true)).type, "hello");
    const answer = await visitor.ask("When are you open on Sundays?");
    assert.equal(answer.type, "turn_finished");
    assert.equal(answer.provider, "extractive");
    assert.ok(answer.citations.length >= 1);
    assert.match(answer.text, /\[1\]/);
    assert.match(answer.citations[0].url, /opening-hours/);
    assert.ok(answer.stages.total > 0);
    const numbers = visitor.frames.filter((frame) => frame.n).map((frame) => frame.n);
    assert.deepEqual(numbers, numbers.map((_, at) => numbers[0] + at));
    await visitor.close();
  });

  test("the same message id is answered once", async () => {
    const visitor = await Visitor.open(product);
    const id = messageId();
    const first = await visitor.ask("Are you open on Mondays?", id);
    const before = visitor.last;
    for (let n = 0; n < 5; n += 1) visitor.send({ type: "message", id, text: "Are you open on Mondays?" });
    await visitor.ask("And on Tuesdays?");
    const turns = visitor.frames.filter((frame) => frame.type === "turn_started" && frame.message_id === id);
    assert.equal(turns.length, 1);
    assert.ok(visitor.last > before);
    assert.equal(first.type, "turn_finished");
    await visitor.close();
  });

  test("a client that comes back receives what it missed, once, and the whole history from zero", async () => {
    const visitor = await Visitor.open(product);
    const first = await visitor.ask("When do you close on Fridays?");
    await visitor.close();
    await visitor.connect();
    const second = await visitor.ask("What about holidays?");
    assert.equal(second.type, "turn_finished");
    const fresh = new Visitor();
    Object.assign(fresh, { product, token: visitor.token });
    await fresh.connect();
    await until("the replay", () => fresh.last === visitor.last);
    assert.equal(fresh.text(first.turn_id), first.text);
    assert.equal(fresh.text(second.turn_id), second.text);
    await visitor.close();
    await fresh.close();
  });

  test("two sockets of one conversation see the same frames", async () => {
    const one = await Visitor.open(product);
    const two = new Visitor();
    Object.assign(two, { product, token: one.token });
    await two.connect();
    const answer = await one.ask("Do you open on Saturday?");
    await until("the second socket", () => two.last === one.last);
    assert.equal(two.text(answer.turn_id), answer.text);
    await one.close();
    await two.close();
  });

  test("by server-sent events the same turn comes with the same frames, and resumes after an id", async () => {
    const { data } = await init(product);
    const id = messageId();
    const streamed = await askBySse(product, data.token, "When are you open on Sundays?", { id });
    assert.equal(streamed.events.at(0).frame.type, "turn_started");
    assert.equal(streamed.events.at(-1).frame.type, "turn_finished");
    assert.deepEqual(streamed.events.map((e) => e.id), streamed.events.map((e) => e.frame.n));
    const again = await askBySse(product, data.token, "When are you open on Sundays?", { id, after: streamed.events[0].id });
    assert.equal(again.text, streamed.text);
    assert.equal(again.events.length, streamed.events.length - 1);
  });

  test("the answer is in the page's language, then in the conversation's", async () => {
    const visitor = await Visitor.open(product);
    const ask = async (text) => {
      const id = messageId();
      const end = visitor.ended(id);
      visitor.send({ type: "message", id, text, page_url: `${ORIGIN}/page`, page_language: "de-AT" });
      return visitor.text((await end).turn_id);
    };
    assert.match(await ask("XQ-77?"), /diese[r]? Website/, "a code is in no language: the page's");
    assert.match(await ask("Vendez-vous des fusées XQ-77 ?"), /Je n(e suis pas sûr|'ai pas trouvé)/);
    assert.match(await ask("XQ-77??"), /Je n(e suis pas sûr|'ai pas trouvé)/, "the conversation's");
    await visitor.close();
  });

  test("where the page says nothing, the browser's language is expected", async () => {
    const { data } = await init(product);
    const reply = await askBySse(product, data.token, "XQ-77?", { language: "nl, pt-BR;q=0.9, en;q=0.4" });
    assert.match(reply.text, /(Não encontrei|Não tenho certeza)/);
  });

  test("ping is answered without waking anybody", async () => {
    const visitor = await Visitor.open(product);
    const pong = visitor.next((frame) => frame.type === "pong");
    visitor.send("ping");
    await pong;
    await visitor.close();
  });
});

describe("bad input", () => {
  const cases = [
    ["an empty message", { type: "message", id: "message-empty", text: "  \n " }, "invalid"],
    ["control characters alone", { type: "message", id: "message-ctrl", text: "\u0000\u0007\u202e" }, "invalid"],
    ["a huge message", { type: "message", id: "message-huge", text: "x".repeat(5_000) }, "too_large"],
    ["a huge frame", { type: "message", id: "message-frame", text: "x".repeat(40_000) }, "too_large"],
    ["a bad id", { type: "message", id: "a b", text: "hello" }, "invalid"],
    ["an unknown frame", { type: "dance" }, "malformed"],
    ["no JSON", "{nope", "malformed"],
    ["binary", new Uint8Array([1, 2, 3]), "malformed"],
  ];
  for (const [name, frame, code] of cases) {
    test(`${name} is refused with ${code} and the conversation goes on`, async () => {
      const visitor = await Visitor.open(product);
      const refused = visitor.next((f) => f.type === "refused");
      visitor.send(frame);
      assert.equal((await refused).code, code);
      assert.ok((await refused).message.length > 10);
      assert.equal((await visitor.ask("Are you open on Sundays?")).type, "turn_finished");
      await visitor.close();
    });
  }

  test("a question whose words are SQL or search syntax is just a question", async () => {
    const visitor = await Visitor.open(product);
    for (const text of [`"; DROP TABLE passages; --`, `NEAR(a b) AND "x*`, "title:opening OR -hours ^2", "' OR 1=1", "( ) * :", "[1] [2]"]) {
      assert.equal((await visitor.ask(text)).type, "turn_finished", text);
    }
    await visitor.close();
  });
});
