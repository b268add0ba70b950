// Faults: the process killed, objects lost or evicted, the back Worker broken. Every question ends in one whole
// answer or one clear failure, and every finished answer is stored once, byte for byte what the client received.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "../../scripts/client.mjs";
import { newSecrets } from "../../scripts/secrets.mjs";
import { startOpenAi } from "../fakes/openai.mjs";
import { AGENT, ORIGIN, OWNER, Visitor, archived, folder, messageId, start, storedEach, storedOnce, until } from "./harness.mjs";
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

describe("twenty kills at random moments", () => {
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
    for (let kill = 0; kill < 20; kill += 1) {
      const visitor = await until("a visitor", () => Visitor.open({ ...product, agent }).catch(() => null));
      visitors.push(visitor);
      const id = messageId();
      visitor.send({ type: "message", id, text: `Question number ${kill}?`, page_url: ORIGIN });
      await until("the question's acceptance", () => visitor.frames.some((frame) => frame.type === "turn_started"));
      asked.push({ visitor, id });
      // Every fifth around the moment in which its record is moved, every fourth while it streams, its memory gone under
      // the visitor's eyes; the others at any moment from before the first token until after the record was rung for.
      if (kill % 5 === 0) {
        await until("the end", () => visitor.frames.some((frame) => frame.type === "turn_finished"));
        await wait(Math.random() * 1500);
      } else if (kill % 4 === 3) await until("the first words", () => visitor.frames.some((frame) => frame.type === "delta"));
      else await wait(kill * 45 + Math.random() * 80);
      await product.kill();
      await product.start();
    }
    for (const { visitor, id } of asked) {
      await persist(visitor, () => visitor.frames.some((f) => (f.type === "turn_finished" || f.type === "turn_failed") && f.message_id === id));
    }
    client.cookie = "";
    await client.signIn(OWNER);
    let [finished, interrupted] = [0, 0];
    for (const { visitor, id } of asked) {
      const ends = visitor.frames.filter((f) => (f.type === "turn_finished" || f.type === "turn_failed") && f.message_id === id);
      assert.equal(ends.length, 1, "one end");
      const [end] = ends;
      await storedOnce(client, visitor, end);
      if (end.type === "turn_finished") finished += 1;
      else assert.ok(["interrupted", "model_failed"].includes(end.code), end.code);
      if (end.code === "interrupted" && visitor.text(end.turn_id)) interrupted += 1;
    }
    assert.ok(interrupted >= 3, `${interrupted} of 20 were cut off in their answer`);
    assert.ok(finished >= 4, `${finished} of 20 finished whole`);
    for (const visitor of visitors) visitor.socket.close();
  });
});

describe("in one process", () => {
  let product, model;
  before(async () => {
    model = await startOpenAi({ behave: usual });
    product = await start({
      inspect: true,
      resets: true,
      vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key },
      agent: { models: [{ provider: "openai_compatible", model: "m" }] },
    });
  });
  after(async () => {
    await product?.stop();
    await model?.close();
  });

  /** The model behaves so for the rest of a test. */
  const usual = () => ({ tokens: words(40, "t"), firstMs: 50, tokenMs: 40 });
  const behaves = (t, behave) => {
    model.behave = behave;
    t.after(() => (model.behave = usual));
  };

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

  test("a socket cut at every frame receives the rest once", async (t) => {
    // Slow enough for a machine on which a cut takes its time.
    behaves(t, () => ({ tokens: words(40, "t"), firstMs: 50, tokenMs: 250 }));
    const visitor = await Visitor.open(product);
    const id = messageId();
    visitor.send({ type: "message", id, text: "Tell me everything, please." });
    const over = () => visitor.frames.find((frame) => frame.type === "turn_finished" && frame.message_id === id);
    let cuts = 0;
    for (let seen = visitor.frames.length; !over(); cuts += 1) {
      await until("the next frame", () => visitor.frames.length > seen);
      seen = visitor.frames.length;
      visitor.socket.close();
      await visitor.closed;
      await visitor.connect();
      // The greeting of the new socket is no news.
      await until("the greeting", () => visitor.frames.slice(seen).some((frame) => frame.type === "hello"));
      seen = Math.max(seen + 1, visitor.frames.length);
      if (over()) break;
    }
    assert.ok(cuts >= 5, `${cuts} cuts`);
    assert.equal(visitor.text(over().turn_id), shown(words(40, "t")));
    await storedOnce(product.client, visitor, over());
    await visitor.close();
  });

  test("one message sent five times over two sockets is one turn, and both read the same", async () => {
    const visitor = await Visitor.open(product);
    const beside = new Visitor();
    Object.assign(beside, { product, token: visitor.token, conversation: visitor.conversation });
    await beside.connect();
    const id = messageId();
    const ends = [visitor.ended(id), beside.ended(id)];
    const message = { type: "message", id, text: "Only once, please." };
    for (const socket of [visitor, beside, visitor, beside]) socket.send(message);
    await visitor.next((frame) => frame.type === "delta");
    beside.send(message);
    const [frame, same] = await Promise.all(ends);
    assert.deepEqual(same, frame);
    assert.equal(frame.type, "turn_finished");
    visitor.send(message);
    assert.equal((await visitor.ask("Something else?")).type, "turn_finished");
    await until("the other socket", () => beside.last === visitor.last);
    for (const client of [visitor, beside]) {
      assert.equal(client.frames.filter((frame) => frame.type === "turn_started").length, 2);
      assert.equal(client.frames.filter((frame) => frame.message_id === id && frame.type !== "turn_started").length, 1);
      assert.equal(client.text(frame.turn_id), shown(words(40, "t")));
    }
    const stored = await archived(product.client, visitor, frame);
    assert.equal(stored.filter((turn) => turn.id === frame.turn_id).length, 1);
    assert.equal(stored.find((turn) => turn.id === frame.turn_id).answer, visitor.text(frame.turn_id));
    await Promise.all([visitor.close(), beside.close()]);
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

  for (const moment of ["before the first word", "while it streams", "after its end"]) {
    test(`all objects lost ${moment}, the process alive: one end, stored once, byte for byte`, async (t) => {
      // However long it takes to lose them, the answer is no further by then.
      const from = model.requests.length;
      if (moment !== "after its end") behaves(t, () => ({ tokens: words(40, "t"), firstMs: moment === "while it streams" ? 50 : 20_000, tokenMs: 5_000 }));
      const visitor = await Visitor.open(product);
      const id = messageId();
      visitor.send({ type: "message", id, text: "Tell me everything there is." });
      const awaited = { "before the first word": "turn_started", "while it streams": "delta", "after its end": "turn_finished" }[moment];
      await until(awaited, () => visitor.frames.some((frame) => frame.type === awaited));
      await until("the model to be asked", () => model.requests.length > from);
      model.behave = usual;
      await product.reset();
      // Nothing is said to who lost their line: they notice, and come again.
      await visitor.closed;
      const ends = () => visitor.frames.filter((frame) => ["turn_finished", "turn_failed"].includes(frame.type) && frame.message_id === id);
      await persist(visitor, () => ends()[0]);
      assert.equal((await visitor.ask("And now?")).type, "turn_finished", "the conversation goes on");
      assert.equal(ends().length, 1, "one end");
      const [end] = ends();
      if (moment === "while it streams") {
        assert.equal(end.code, "interrupted");
        assert.ok(visitor.text(end.turn_id), "what was said stays said");
      } else {
        // Of what nobody has read a word yet, the answer is begun anew.
        assert.equal(end.type, "turn_finished");
        assert.equal(visitor.text(end.turn_id), shown(words(40, "t")));
      }
      const stored = await until("both in the archive", async () => {
        const turns = await archived(product.client, visitor, end);
        return turns.length === 2 && turns;
      });
      assert.equal(stored.find((turn) => turn.id === end.turn_id).answer, visitor.text(end.turn_id), "byte for byte");
      await visitor.close();
    });
  }

  test("a message while one is running is refused in words, and the running one can be stopped", async (t) => {
    behaves(t, () => ({ tokens: words(40, "t"), firstMs: 50, tokenMs: 1_000 }));
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
    model.behave = usual;
    assert.equal((await visitor.ask("Now?")).type, "turn_finished");
    await visitor.close();
  });
});

/** Asks now and then for a minute, while something is broken: each question is answered. */
async function aMinute(visitor) {
  const ends = [];
  for (const from = Date.now(); Date.now() - from < 60_000; await wait(12_000)) {
    const end = await visitor.ask(`Question ${ends.length} while it is broken?`);
    assert.equal(end.type, "turn_finished");
    ends.push(end);
  }
  return ends;
}

describe("a minute in which something refuses everything costs a visitor nothing and loses nothing", { concurrency: true }, () => {
  test("the relations", async () => {
    const model = await startOpenAi({ behave: () => ({ tokens: words(40, "t"), firstMs: 50, tokenMs: 5 }) });
    const product = await start({ vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key }, agent: { models: [{ provider: "openai_compatible", model: "m" }] } });
    try {
      const database = product.relations;
      const visitor = await Visitor.open(product);
      const { results: tables } = await database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'").all();
      assert.ok(tables.length > 30 && tables.some(({ name }) => name === "turns"));
      const rename = (from, to) => database.batch(tables.map(({ name }) => database.prepare(`ALTER TABLE "${name}${from}" RENAME TO "${name}${to}"`)));
      await rename("", "_away");
      // Long enough that the bell's own tries are used up and the outbox has rung again and again.
      const ends = await aMinute(visitor);
      assert.equal((await product.client.raw("GET", "/v1/agents").catch(() => ({ status: 599 }))).status >= 500, true, "nothing is answered from them");
      await rename("_away", "");
      ends.push(await visitor.ask("And now?"));
      await storedEach(product.client, visitor, ends);
      const { results } = await database.prepare("SELECT id FROM turns WHERE conversation_id = ?1").bind(visitor.conversation).all();
      assert.equal(results.length, ends.length, "each once");
      await visitor.close();
    } finally {
      await product.stop();
      await model.close();
    }
  });

  test("the queues", async () => {
    const model = await startOpenAi({ behave: () => ({ tokens: words(40, "t"), firstMs: 50, tokenMs: 5 }) });
    const [state, secrets] = [folder(), newSecrets()];
    const product = await killable({ state: state.path, secrets, vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key } });
    try {
      const client = new Client(product.url);
      const made = await client.bootstrap(secrets.BOOTSTRAP_TOKEN, { ...OWNER, name: "O", workspace: "W", agent: { ...AGENT, models: [{ provider: "openai_compatible", model: "m" }] } });
      await product.kill();
      await product.start({ queues: false });
      const visitor = await until("a visitor", () => Visitor.open({ ...product, agent: made.agent_id }).catch(() => null));
      const ends = await aMinute(visitor);
      await product.kill();
      await product.start();
      await until("the visitor is back", () => visitor.connect().then(() => true).catch(() => false));
      ends.push(await visitor.ask("And now?"));
      client.cookie = "";
      await client.signIn(OWNER);
      await storedEach(client, visitor, ends);
      await visitor.close();
    } finally {
      await product.kill();
      await model.close();
      state.remove();
    }
  });
});
