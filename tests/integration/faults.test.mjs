// Faults: the process killed, the object evicted, the back Worker broken. Every question ends in one whole
// answer or one clear failure, and every finished answer is stored once, byte for byte what the client received.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "../../scripts/client.mjs";
import { newSecrets } from "../../scripts/secrets.mjs";
import { startOpenAi } from "../fakes/openai.mjs";
import { AGENT, ORIGIN, OWNER, Visitor, folder, messageId, start, until } from "./harness.mjs";
import { killable } from "./killable.mjs";

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
/** An answer begins at its first visible character. */
const shown = (tokens) => tokens.join("").trimStart();
const words = (n, tag) => Array.from({ length: n }, (_, at) => ` ${tag}${at}`);

/** A socket that reconnects until its messages are answered. */
async function persist(visitor, probe, timeout = 60_000) {
  return until("the answer", async () => {
    if (visitor.socket.readyState > 1) await visitor.connect().catch(() => {});
    return probe();
  }, timeout);
}

describe("ten kills at random moments", () => {
  let product, model, state, client, agent;
  const secrets = newSecrets();

  before(async () => {
    model = await startOpenAi({ behave: (_body, n) => ({ tokens: words(25, `w${n}-`), firstMs: 40, tokenMs: 25 }) });
    state = folder();
    const vars = { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key };
    product = await killable({ state: state.path, secrets, vars });
    client = new Client(product.url);
    const made = await client.bootstrap(secrets.BOOTSTRAP_TOKEN, { ...OWNER, name: "O", workspace: "W", agent: { ...AGENT, models: [{ provider: "openai_compatible", model: "m" }] } });
    agent = made.agent_id;
  });
  after(async () => {
    await product?.kill().catch(() => {});
    await model?.close();
    state?.remove();
  });

  test("every finished answer is stored once, byte for byte, and every question ends", async () => {
    const visitors = [];
    const asked = [];
    for (let kill = 0; kill < 10; kill += 1) {
      const visitor = await until("a visitor", () => Visitor.open({ ...product, agent }).catch(() => null));
      visitors.push(visitor);
      const id = messageId();
      visitor.send({ type: "message", id, text: `Question number ${kill}?`, page_url: ORIGIN });
      await until("the question's acceptance", () => visitor.frames.some((frame) => frame.type === "turn_started"));
      asked.push({ visitor, id });
      // From before the first token until after the record was rung for.
      await wait(kill * 90 + Math.random() * 80);
      await product.kill();
      await product.start();
    }
    for (const { visitor, id } of asked) {
      await persist(visitor, () => visitor.frames.some((f) => (f.type === "turn_finished" || f.type === "turn_failed") && f.message_id === id));
    }
    client.cookie = "";
    await client.signIn(OWNER);
    let finished = 0;
    for (const { visitor, id } of asked) {
      const ends = visitor.frames.filter((f) => (f.type === "turn_finished" || f.type === "turn_failed") && f.message_id === id);
      assert.equal(ends.length, 1, "one end");
      const [end] = ends;
      const stored = await until("the archive", async () => {
        const found = await client.raw("GET", `/v1/conversations/${visitor.conversation}`);
        if (!found.ok) return null;
        const { turns } = (await found.json()).data;
        return turns.some((turn) => turn.id === end.turn_id) && turns;
      }, 60_000);
      assert.equal(stored.length, 1, "stored once");
      assert.equal(stored[0].answer, visitor.text(end.turn_id), "byte for byte");
      assert.equal(stored[0].state, end.type === "turn_finished" ? "finished" : "failed");
      if (end.type === "turn_finished") finished += 1;
      else assert.ok(["interrupted", "model_failed"].includes(end.code), end.code);
    }
    assert.ok(finished >= 3, `${finished} of 10 finished whole`);
    for (const visitor of visitors) visitor.socket.close();
  });
});

describe("in one process", () => {
  let product, model;
  before(async () => {
    model = await startOpenAi({ behave: () => ({ tokens: words(40, "t"), firstMs: 50, tokenMs: 40 }) });
    product = await start({
      inspect: true,
      vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key },
      agent: { models: [{ provider: "openai_compatible", model: "m" }] },
    });
  });
  after(async () => {
    await product?.stop();
    await model?.close();
  });

  for (const drill of ["panic", "memory"]) {
    test(`the back Worker's ${drill} leaves a streaming conversation untouched, and it comes back`, async () => {
      const visitor = await Visitor.open(product);
      const id = messageId();
      const end = visitor.ended(id);
      visitor.send({ type: "message", id, text: "Tell me everything." });
      await visitor.next((frame) => frame.type === "delta");
      const broken = await fetch(`${product.url}/v1/drills/${drill}`, { method: "POST", headers: { authorization: `Bearer ${product.secrets.BOOTSTRAP_TOKEN}` } }).catch(() => ({ status: 599 }));
      assert.ok(broken.status >= 500, `the drill answered ${broken.status}`);
      const frame = await end;
      assert.equal(frame.type, "turn_finished");
      assert.equal(visitor.text(frame.turn_id), shown(words(40, "t")));
      await until("the back Worker", async () => (await product.client.raw("GET", "/v1/agents").catch(() => ({}))).status === 200);
      await until("the archive", async () => (await product.client.raw("GET", `/v1/conversations/${visitor.conversation}`)).ok);
      await visitor.close();
    });
  }

  test("a socket cut in mid-answer receives the rest once", async () => {
    const visitor = await Visitor.open(product);
    const id = messageId();
    visitor.send({ type: "message", id, text: "Tell me everything, please." });
    for (let cut = 0; cut < 5; cut += 1) {
      await visitor.next((frame) => frame.type === "delta" || frame.type === "turn_finished");
      visitor.socket.close();
      await visitor.closed;
      await wait(60);
      await visitor.connect();
    }
    const frame = await visitor.ended(id);
    assert.equal(visitor.text(frame.turn_id), shown(words(40, "t")));
  });

  test("an object evicted between turns goes on with its conversation", async () => {
    const visitor = await Visitor.open(product);
    await visitor.ask("First?");
    const name = `conversation/${product.workspace}/${product.agent}/${visitor.conversation}`;
    await product.miniflare.unsafeEvictDurableObject(product.front, "Conversation", { name, webSockets: "hibernate" });
    const second = await visitor.ask("Second?");
    assert.equal(second.type, "turn_finished");
    const { messages } = model.requests.at(-1).body;
    assert.ok(messages.some((message) => message.role === "user" && message.content === "First?"), "the first turn is remembered");
    await visitor.close();
  });

  test("a message while one is running is refused in words, and the running one can be stopped", async () => {
    const visitor = await Visitor.open(product);
    const id = messageId();
    const end = visitor.ended(id);
    visitor.send({ type: "message", id, text: "Tell me all." });
    await visitor.next((frame) => frame.type === "delta");
    const refused = visitor.next((frame) => frame.type === "refused");
    visitor.send({ type: "message", id: messageId(), text: "And this?" });
    assert.equal((await refused).code, "turn_running");
    visitor.send({ type: "stop" });
    const frame = await end;
    assert.equal(frame.type, "turn_finished");
    assert.equal(frame.stopped, true);
    assert.ok(shown(words(40, "t")).startsWith(visitor.text(frame.turn_id)));
    assert.equal((await visitor.ask("Now?")).type, "turn_finished");
    await visitor.close();
  });
});
