// Which model answers: the workspace's for agents that name none, an agent's own before those, and a cheaper one first where
// a question is simple. What each answer cost is the price of the model that wrote it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startOpenAi } from "../fakes/openai.mjs";
import { Visitor, start, tenant, until } from "./harness.mjs";

const model = (name) => ({ provider: "openai_compatible", model: name });
const [BIG, CHEAP, OTHER] = ["big", "cheap", "other"].map(model);
const SIMPLE = "What does the harbour sauna cost?";
const HARD = "Why does the harbour sauna cost nine pounds?";
const PASSAGES = [
  ["Sauna", "The harbour sauna costs nine pounds for an hour."],
  ["Boats", "The harbour tour by boat costs twelve pounds for a family."],
  ["Office", "The office is closed on Mondays and on public holidays."],
];

let product, client, fake, other;
before(async () => {
  fake = await startOpenAi({ behave: (body) => ({ text: `By ${body.model} [1].` }) });
  product = await start({
    vars: {
      ...{ OPENAI_BASE_URL: fake.url, OPENAI_API_KEY: fake.key, CHAT_MODELS: "openai:big,openai:cheap,openai:other" },
      MODEL_PRICES: JSON.stringify({ big: { input: 10, output: 100 }, cheap: { input: 1, output: 2 }, other: { input: 3, output: 3 } }),
    },
  });
  client = product.client;
  await knows(product.client, product.agent);
  other = await tenant(product, "other@example.test");
  await knows(other.client, other.agent);
});
after(async () => {
  await product?.stop();
  await fake?.close();
});

async function knows(client, agent) {
  const sources = await Promise.all(PASSAGES.map(([title, text]) => client.call("POST", `/v1/agents/${agent}/sources`, { kind: "text", title, text })));
  for (const { id } of sources) assert.equal((await client.indexed(id)).state, "indexed");
}
/** A published agent that knows the same. An edge keeps what it read for a minute, so each is asked about one state. */
async function agent(name, change = {}) {
  const made = await client.call("POST", "/v1/agents", { name });
  const id = made.agent.id;
  const draft = { ...made.draft, allowed_origins: ["*"], ...change };
  const { revision } = await client.call("PUT", `/v1/agents/${id}/draft`, { revision: made.revision, draft });
  await client.call("POST", `/v1/agents/${id}/publish`, { revision });
  await knows(client, id);
  return id;
}
const set = (models) => client.call("PATCH", "/v1/workspace", { models });
const refusal = (promise) => promise.then(() => assert.fail("it was not refused"), (error) => [error.status, error.field, error.message.replace(/^.*?: /, "")]);
const edge = async (id) => (await product.miniflare.getKVNamespace("AGENTS", product.front)).get(`agent/${id}`, "json");
const told = (id, models, simple) =>
  until("the edge to know the models", async () => {
    const snapshot = await edge(id);
    return JSON.stringify([snapshot.models, snapshot.simple_model]) === JSON.stringify([models, simple]);
  });

let pages = 0;
/** What a visitor of the agent is answered, which models were asked for it, and the turn as it is archived. */
async function ask(question, of = product.agent, owner = client) {
  const before = fake.requests.length;
  const visitor = await Visitor.open({ ...product, agent: of });
  visitor.page += `-${(pages += 1)}`;
  const answer = await visitor.ask(question);
  await visitor.close();
  const asked = fake.requests.slice(before).map(({ body }) => body.model);
  const turn = await until("the archive", async () => (await owner.get(`/v1/conversations/${visitor.conversation}`).catch(() => undefined))?.turns.at(0));
  return { ...answer, asked, turn };
}
async function rehearse(body, of = product.agent) {
  const response = await client.raw("POST", `/v1/agents/${of}/playground`, body);
  const events = (await response.text()).split("\n\n").filter(Boolean).map((event) => JSON.parse(event.replace(/^data: /, "")));
  return { weighed: events.find(({ event }) => event === "weighed"), asked: events.filter(({ event }) => event === "prompt").map((event) => event.model), end: events.at(-1) };
}

test("what cannot be is refused at its field, with what to do", async () => {
  for (const [models, field, words] of [
    [{ order: [model("unknown")] }, "models.order[0]", /does not offer this model\. Choose one of the list/],
    [{ order: [BIG, model("")] }, "models.order[1]", /Name the model/],
    [{ order: Array(6).fill(BIG) }, "models.order", /5/],
    [{ order: [BIG], simple: model("unknown") }, "models.simple", /Choose one of the list/],
    [{ order: [BIG], simple: { provider: "extractive" } }, "models.simple", /Choose a model for simple questions, or none/],
    [{ simple: CHEAP }, "models.simple", /Put a model first in the list/],
  ]) {
    const [status, at, message] = await refusal(set(models));
    assert.deepEqual([status, at], [400, field]);
    assert.match(message, words);
  }
  assert.deepEqual((await client.get("/v1/workspace")).models, { order: [] });
  const { draft, revision } = await client.get(`/v1/agents/${product.agent}`);
  const save = (change) => refusal(client.call("PUT", `/v1/agents/${product.agent}/draft`, { revision, draft: { ...draft, allowed_origins: ["*"], ...change } }));
  assert.deepEqual((await save({ models: [BIG], simple_model: model("unknown") })).slice(0, 2), [400, "simple_model"]);
  assert.deepEqual((await save({ simple_model: CHEAP })).slice(0, 2), [400, "simple_model"]);
});

test("the workspace's answer for an agent that has none: a simple question the cheaper one, any other the list", async () => {
  const models = { order: [BIG, OTHER], simple: CHEAP };
  assert.deepEqual((await set(models)).models, models);
  assert.deepEqual((await client.get("/v1/workspace")).models, models);
  const entry = (await client.get("/v1/audit-log")).find(({ action }) => action === "workspace.updated");
  assert.ok(entry.changes.some(({ field, after }) => field.startsWith("models.simple") && /cheap/.test(after)), JSON.stringify(entry.changes));
  await told(product.agent, [BIG, OTHER], CHEAP);
  assert.equal((await edge(product.agent)).version, 1, "nothing was published");

  const simple = await ask(SIMPLE);
  assert.deepEqual([simple.asked, simple.text, simple.low_confidence], [["cheap"], "By cheap [1].", false]);
  // 100 tokens at 1 dollar a million and 3 at 2.
  assert.deepEqual([simple.turn.model, simple.turn.cost_micros], ["cheap", 106]);
  const hard = await ask(HARD);
  assert.deepEqual([hard.asked, hard.turn.model, hard.turn.cost_micros], [["big"], "big", 1_300]);
  const unclear = await ask("What does the harbour cost?");
  assert.deepEqual(unclear.asked, ["big"], "two passages say about as much");
});

test("behind the cheaper model stands the list, and the answer costs what its own model costs", async () => {
  fake.behave = (body) => (body.model === "cheap" ? { status: 500 } : { text: `By ${body.model} [1].` });
  const answer = await ask(SIMPLE);
  fake.behave = (body) => ({ text: `By ${body.model} [1].` });
  assert.deepEqual([answer.asked.at(-1), answer.asked.includes("cheap"), answer.type], ["big", true, "turn_finished"]);
  assert.deepEqual([answer.turn.model, answer.turn.cost_micros, answer.turn.model_errors], ["big", 1_300, 1]);
});

test("the playground says which was chosen and why, for drafts, too", async () => {
  const simple = await rehearse({ question: SIMPLE });
  assert.deepEqual([simple.weighed.simple, simple.asked, simple.end.model, simple.end.cost_micros], [true, [CHEAP], "cheap", 106]);
  assert.match(simple.weighed.why, /one fact/);
  const hard = await rehearse({ question: HARD });
  assert.deepEqual([hard.weighed.simple, hard.asked, hard.end.model], [false, [BIG], "big"]);
  assert.match(hard.weighed.why, /more than a fact/);
  const chosen = await rehearse({ question: SIMPLE, model: OTHER });
  assert.deepEqual([chosen.weighed, chosen.asked], [undefined, [OTHER]]);
});

test("an agent's own list goes before, with its own model for simple questions or none", async () => {
  const [own, both, quotes] = [
    await agent("Own", { models: [OTHER] }),
    await agent("Both", { models: [BIG], simple_model: OTHER }),
    await agent("Quotes", { models: [{ provider: "extractive" }] }),
  ];
  assert.deepEqual((await ask(SIMPLE, own)).asked, ["other"]);
  assert.deepEqual([(await ask(SIMPLE, both)).asked, (await ask(HARD, both)).asked], [["other"], ["big"]]);
  const quoted = await ask(SIMPLE, quotes);
  assert.deepEqual([quoted.asked, quoted.provider], [[], "extractive"]);
});

test("a change counts for every live agent without publishing, and for no other workspace", async () => {
  const second = await agent("Second");
  await set({ order: [OTHER] });
  await Promise.all([product.agent, second].map((id) => told(id, [OTHER], undefined)));
  assert.deepEqual((await ask(SIMPLE, second)).asked, ["other"]);
  assert.equal((await client.get(`/v1/agents/${second}`)).agent.published_version, 1);

  const theirs = await ask(SIMPLE, other.agent, other.client);
  assert.deepEqual([theirs.asked, theirs.provider, (await edge(other.agent)).models], [[], "extractive", []]);
  assert.deepEqual((await other.client.get("/v1/workspace")).models, { order: [] });

  const third = await agent("Third");
  await set({});
  await told(third, [], undefined);
  assert.equal((await ask(SIMPLE, third)).provider, "extractive");
});
