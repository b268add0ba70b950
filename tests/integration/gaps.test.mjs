// Gaps: what could not be answered well is gathered by what it asks for, answered, taken back, ignored. Feedback on
// answers, from the visitor to the members. Holidays, from the settings to the visitor.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startOpenAi } from "../fakes/openai.mjs";
import { ORIGIN, Visitor, init, newId, start, tenant, until } from "./harness.mjs";

let product, client, other, model, path;

before(async () => {
  model = await startOpenAi({ behave: () => ({ tokens: ["I could not ", "find that."] }) });
  product = await start({
    vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key },
    agent: { models: [{ provider: "openai_compatible", model: "m" }] },
  });
  client = product.client;
  path = `/v1/agents/${product.agent}/gaps`;
  other = await tenant(product, "other@example.test");
});
after(async () => {
  await product?.stop();
  await model?.close();
});

/** Asks each question as a visitor of its own; the turns. */
const ask = (questions) =>
  Promise.all(questions.map(async (question) => {
    const visitor = await Visitor.open(product);
    const { turn_id } = await visitor.ask(question);
    await visitor.close();
    return { turn_id, conversation: visitor.conversation };
  }));
const gaps = (status = "open") => client.get(`${path}?status=${status}`);
const counted = (times) =>
  until(`questions to be counted ${times} times`, async () => {
    const all = [...(await gaps()), ...(await gaps("ignored")), ...(await gaps("answered"))];
    return all.reduce((sum, gap) => sum + gap.occurrences, 0) === times && all;
  });
const audited = async (action) => (await client.get("/v1/audit-log")).some((entry) => entry.action === action);

test("what is asked in many ways at once is one gap, and small talk is none", async () => {
  const ways = ["Do you ship to the UK?", "do you deliver to the United Kingdom", "Is shipping to Great Britain possible?", "Hi, can you send to the UK please?", "UK shipping?", "Would you be able to ship to Britain?"];
  const turns = await ask([...ways, "Do you rent out tandems?", "Hello!", "thanks"]);
  await counted(7);
  const [first, second, ...more] = await gaps();
  assert.deepEqual([first.occurrences, second.occurrences, more.length], [6, 1, 0]);
  assert.equal(second.question, "Do you rent out tandems?");
  assert.equal(first.examples.length, 5);
  assert.ok(first.examples.every(({ question, turn_id, conversation_id }) => ways.includes(question) && turns.some((turn) => turn.turn_id === turn_id && turn.conversation === conversation_id)));
  assert.deepEqual(await client.get(`${path}/counts`), { open: 2, answered: 0, ignored: 0 });
  // Told once, when it was found.
  const database = product.relations;
  const { results } = await database.prepare("SELECT subject FROM events WHERE kind = 'gap.detected' AND workspace_id = ?1").bind(product.workspace).all();
  assert.deepEqual(results.map(({ subject }) => subject).sort(), [first.id, second.id].sort());
});

test("what shares no word but means the same is one gap; what does not is its own", async () => {
  const means = new Map([["Is there somewhere to leave my dog?", 0], ["Pet boarding available?", 0], ["Can I pay by cheque?", 1]]);
  const near = await startOpenAi({
    behave: () => ({ text: "I could not find that." }),
    embedding: () => ({ vector: (text) => [0, 1].map((at) => (means.get(text) === at ? 1 : 0.1)) }),
  });
  const meant = await start({
    vars: { OPENAI_BASE_URL: near.url, OPENAI_API_KEY: near.key, EMBEDDING_MODEL: "openai:small" },
    agent: { models: [{ provider: "openai_compatible", model: "m" }] },
  });
  try {
    const found = () => meant.client.get(`/v1/agents/${meant.agent}/gaps?status=open`);
    let asked = 0;
    for (const question of means.keys()) {
      const visitor = await Visitor.open(meant);
      assert.equal((await visitor.ask(question)).type, "turn_finished");
      await visitor.close();
      asked += 1;
      await until(`${asked} questions to be counted`, async () => (await found()).reduce((sum, gap) => sum + gap.occurrences, 0) === asked);
    }
    const gathered = (await found()).map(({ question, occurrences }) => [question, occurrences]).sort();
    assert.deepEqual(gathered, [["Can I pay by cheque?", 1], ["Is there somewhere to leave my dog?", 2]]);
  } finally {
    await meant.stop();
    await near.close();
  }
});

test("an answered gap is closed and the answer known; taken back it is open and the answer gone", async () => {
  const [gap] = await gaps();
  const content = { pattern: "Do you ship to the UK?", answer: "Yes, for £9." };
  await assert.rejects(client.call("POST", `/v1/gaps/${gap.id}/answer`, { ...content, answer: " " }), { status: 400, field: "answer" });
  const answered = await client.call("POST", `/v1/gaps/${gap.id}/answer`, content);
  assert.deepEqual([answered.status, (await gaps()).length, (await gaps("answered")).length], ["answered", 1, 1]);
  await assert.rejects(client.call("POST", `/v1/gaps/${gap.id}/answer`, content), { status: 409 });
  const visitor = await Visitor.open(product);
  await until("the answer to be known", async () => {
    const { turn_id, provider } = await visitor.ask("Do you ship to the UK?");
    return provider === "curated" && visitor.text(turn_id) === content.answer;
  });
  await visitor.close();
  const opened = await client.call("PATCH", `/v1/gaps/${gap.id}`, { status: "open" });
  assert.deepEqual([opened.status, opened.curated_id], ["open", undefined]);
  assert.deepEqual(await client.get(`/v1/agents/${product.agent}/curated-answers`), []);
  for (const action of ["gap.answered", "gap.opened", "curated_answer.created", "curated_answer.deleted"]) assert.ok(await audited(action), action);
});

test("an ignored gap stays ignored, and nobody else sees or changes it", async () => {
  const gap = (await gaps()).at(-1);
  for (const [method, to, body] of [["PATCH", `/v1/gaps/${gap.id}`, { status: "ignored" }], ["POST", `/v1/gaps/${gap.id}/answer`, { pattern: "q", answer: "a" }], ["PATCH", `/v1/gaps/${newId("gap")}`, { status: "ignored" }]]) {
    await assert.rejects(other.client.call(method, to, body), { status: 404 });
  }
  await assert.rejects(other.client.get(path), { status: 404 });
  await assert.rejects(client.call("PATCH", `/v1/gaps/${gap.id}`, { status: "answered" }), { status: 400, field: "status" });
  const ignored = await client.call("PATCH", `/v1/gaps/${gap.id}`, { status: "ignored" });
  assert.equal(ignored.status, "ignored");
  await ask([gap.question]);
  await until("it to be counted", async () => (await gaps("ignored"))[0]?.occurrences === gap.occurrences + 1);
  assert.ok(!(await gaps()).some(({ id }) => id === gap.id));
  assert.ok(await audited("gap.ignored"));
});

test("the last word on an answer is kept, shown and filtered by; of other conversations none", async () => {
  const [visitor, stranger] = [await Visitor.open(product), await Visitor.open(product)];
  const { turn_id } = await visitor.ask("Where are you?");
  const refused = stranger.next((frame) => frame.type === "refused");
  stranger.send({ type: "feedback", turn_id, good: true });
  assert.equal((await refused).code, "invalid");
  visitor.send({ type: "feedback", turn_id, good: true });
  visitor.send({ type: "feedback", turn_id, good: false, reason: " The address is old. " });
  const shown = await until("the feedback to be shown", async () => {
    const response = await client.raw("GET", `/v1/conversations/${visitor.conversation}`);
    const found = response.ok && (await response.json()).data;
    return found && found.summary.bad === 1 && found.turns[0]?.feedback?.good === false && found;
  });
  assert.equal(shown.turns[0].feedback.reason, "The address is old.");
  assert.equal(shown.summary.good, 0);
  const listed = async (thumb) => (await client.get(`/v1/agents/${product.agent}/conversations?feedback=${thumb}`)).map(({ id }) => id);
  assert.deepEqual([await listed("bad"), await listed("good")], [[visitor.conversation], []]);
  await assert.rejects(listed("soso"), { status: 400 });
  await Promise.all([visitor.close(), stranger.close()]);
});

test("what many visitors ask at once is all noted, and what some ask alike is one gap", async () => {
  const before = (await gaps()).map(({ id }) => id);
  const counts = async () => (await gaps()).filter(({ id }) => !before.includes(id)).map(({ question, occurrences }) => [question, occurrences]);
  const things = ["saddles", "helmets", "gloves", "lanterns", "baskets", "trailers", "kickstands", "pedals", "chains", "spokes", "mudguards", "brakes", "jerseys", "goggles", "backpacks", "thermoses", "whistles", "pumps", "scooters", "unicycles", "skateboards", "canoes", "sledges"];
  const questions = things.map((thing) => `Do you hire out ${thing}?`);
  await ask([...questions, ...questions]);
  await until("all to be counted", async () => (await counts()).reduce((sum, [, times]) => sum + times, 0) === 2 * questions.length);
  assert.deepEqual((await counts()).sort(), questions.map((question) => [question, 2]).sort());
});

test("on a holiday the visitor is greeted as outside business hours, though it is always open", async () => {
  const detail = await client.get(`/v1/agents/${product.agent}`);
  const saved = await client.call("PUT", `/v1/agents/${product.agent}/draft`, { revision: detail.revision, draft: { ...detail.draft, allowed_origins: ["*"], after_hours_message: "We are away today.", temperature: 1.2 } });
  await client.call("POST", `/v1/agents/${product.agent}/publish`, { revision: saved.revision });
  const { profile } = await client.get("/v1/workspace");
  // Today, whichever day it is there by now, and the day after.
  const days = [0, 1].map((ahead) => new Date(Date.now() + ahead * 864e5).toISOString().slice(0, 10));
  const set = (holidays) => client.call("PATCH", "/v1/workspace", { profile: { ...profile, hours: { time_zone: "UTC", open: [], holidays } } });
  await assert.rejects(set([{ date: "2026-02-30" }]), { status: 400, field: "profile.hours.holidays[0].date" });
  await set(days.map((date) => ({ date, name: "Away" })));
  const greeted = (words) => until(`the greeting to be ${words}`, async () => (await init(product)).data.config.welcome === words);
  await greeted("We are away today.");
  // A person is asked for: nobody is there.
  const visitor = await Visitor.open(product);
  const told = visitor.next((frame) => frame.type === "message" && frame.from === "system");
  visitor.send({ type: "message", id: `holiday-${Date.now()}`, text: "Can I speak to a person?", page_url: `${ORIGIN}/page` });
  assert.equal((await told).text, "We are away today.");
  await visitor.close();
  await set(days.map((date) => ({ date, name: "All day", open: { from: 0, to: 1440 } })));
  await greeted(detail.draft.welcome);
  // What was published is what models are told.
  const asker = await Visitor.open(product);
  await asker.ask("Do you sell bells?");
  await asker.close();
  assert.equal(model.requests.at(-1).body.temperature, 1.2);
});

test("a conversation with people that nobody ended is left by the schedule, once", async () => {
  const database = product.relations;
  const [old, fresh] = [newId("cnv"), newId("cnv")];
  const at = Date.now() - 26 * 36e5;
  const handover = JSON.stringify({ standing: "human", since: at, member: { id: newId("usr"), name: "Owner" }, urgency: "normal" });
  const insert = (id, last) =>
    database.prepare("INSERT INTO conversations (id, workspace_id, agent_id, visitor_id, state, first_question, started_at, last_at, standing, handover, handover_at) VALUES (?1, ?2, ?3, ?4, 'escalated', 'Anybody?', ?5, ?6, 'human', ?7, ?5)").bind(id, product.workspace, product.agent, newId("vis"), at, last, handover);
  await database.batch([insert(old, at), insert(fresh, Date.now())]);
  const back = await product.miniflare.getWorker(product.back);
  for (let n = 0; n < 2; n += 1) await back.scheduled({ cron: "*/15 * * * *" });
  const left = await client.get(`/v1/agents/${product.agent}/conversations?standing=abandoned`);
  assert.deepEqual(left.map(({ id, state, handover }) => [id, state, handover.member]), [[old, "abandoned", undefined]]);
  assert.deepEqual((await client.get(`/v1/agents/${product.agent}/conversations?standing=human`)).map(({ id }) => id), [fresh]);
  const { results } = await database.prepare("SELECT data FROM events WHERE kind = 'conversation.closed' AND subject = ?1").bind(old).all();
  assert.deepEqual(results.map(({ data }) => JSON.parse(data).abandoned), [true]);
});
