// Curated answers, from the dashboard to the visitor: matched exactly, by keyword and by closeness; for some pages
// and languages; in their order; switched off; told to an index that was away; forgotten with their agent.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startOpenAi } from "../fakes/openai.mjs";
import { ORIGIN, Visitor, start, tenant, until } from "./harness.mjs";

let product, client, model, other, path;

before(async () => {
  model = await startOpenAi({ behave: () => ({ tokens: ["Forty ", "minutes [1]."] }) });
  product = await start({
    vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key },
    agent: { models: [{ provider: "openai_compatible", model: "m" }] },
  });
  client = product.client;
  path = `/v1/agents/${product.agent}/curated-answers`;
  other = await tenant(product, "other@example.test");
});
after(async () => {
  await product?.stop();
  await model?.close();
});

const make = (content) => client.call("POST", path, content);
const all = () => client.get(path);
const attempt = (question, page_url) => client.call("POST", `${path}/try`, { question, page_url });
const clear = async () => {
  for (const { id } of await all()) await client.call("DELETE", `/v1/curated-answers/${id}`);
};

async function ask(text, page = `${ORIGIN}/page`) {
  const visitor = await Visitor.open(product);
  const id = `curated-${Math.random().toString(36).slice(2)}`;
  const end = visitor.ended(id);
  visitor.send({ type: "message", id, text, page_url: page });
  const frame = await end;
  await visitor.close();
  assert.equal(frame.type, "turn_finished", JSON.stringify(frame));
  return { ...frame, text: visitor.text(frame.turn_id) };
}

async function refused(promise, status, pattern, field) {
  const error = await promise.then(() => assert.fail("it was taken"), (error) => error);
  assert.equal(error.status, status, error.message);
  assert.match(error.message, pattern);
  if (field) assert.equal(error.field, field);
}

test("a question that is a phrasing gets the answer word for word, whoever asks, and no model is asked", async () => {
  const made = await make({ pattern: "Do you sell gift cards?\nVoucher", answer: "Yes: **£25** and £50 [see the shop](https://x.test/shop)." });
  assert.match(made.id, /^cur_/);
  assert.deepEqual([made.enabled, made.keywords, made.priority], [true, "", 0]);
  for (const question of ["do you sell GIFT CARDS", "¿voucher?"]) {
    const before = model.requests?.length;
    const answer = await ask(question);
    assert.equal(answer.text, made.answer);
    assert.deepEqual([answer.provider, answer.confidence, answer.low_confidence, answer.citations], ["curated", 1, false, []]);
    assert.equal(model.requests?.length, before);
  }
  assert.equal((await ask("Do you mend sails?")).provider, "openai_compatible");
});

test("a change is in force at once, also for what was asked before", async () => {
  const [one] = await all();
  const { id, created_at, edited_at, priority, ...content } = one;
  const changed = await client.call("PUT", `/v1/curated-answers/${id}`, { ...content, answer: "Only in December." });
  assert.ok(changed.edited_at >= edited_at && changed.created_at === created_at && changed.priority === priority);
  assert.equal((await ask("Do you sell gift cards?")).text, "Only in December.");
  await client.call("PUT", `/v1/curated-answers/${id}`, { ...content, enabled: false });
  assert.equal((await ask("Do you sell gift cards?")).provider, "openai_compatible");
  assert.equal((await attempt("Do you sell gift cards?")).hit, null);
  await clear();
});

test("keywords answer word for word, closeness is the model's first source", async () => {
  await make({ pattern: "Where may dogs go?", keywords: "dog beach\nhound", answer: "Dogs are welcome everywhere but the north beach." });
  const byWord = await ask("My dogs love sand, is the beach fine?");
  assert.deepEqual([byWord.provider, byWord.text], ["curated", "Dogs are welcome everywhere but the north beach."]);
  await make({ pattern: "How long does the ferry crossing to Gull Island take?", answer: "Forty minutes." });
  const close = await ask("How long would the ferry crossing to Gull Island take please");
  assert.equal(close.provider, "openai_compatible");
  assert.deepEqual([close.citations[0].number, close.citations[0].title, close.citations[0].snippet], [1, "How long does the ferry crossing to Gull Island take?", "Forty minutes."]);
  assert.match(close.citations[0].url, /^curated:\/\/\/cur_/);
  assert.equal(close.low_confidence, false);
  await clear();
});

test("pages and languages decide, and what is tried in place is what a visitor gets", async () => {
  await make({ pattern: "Help", answer: "On the shop's pages.", pages: "/shop/*" });
  await make({ pattern: "Help", answer: "Auf Deutsch.", languages: ["de"] });
  await make({ pattern: "Help", answer: "Anywhere." });
  for (const [question, page, expected] of [
    ["Help", `${ORIGIN}/shop/hats?size=3`, "On the shop's pages."],
    ["help!", `${ORIGIN}/shopping`, "Anywhere."],
    ["Help", `${ORIGIN}/`, "Anywhere."],
  ]) {
    assert.equal((await ask(question, page)).text, expected, page);
    const { hit, language } = await attempt(question, page);
    assert.deepEqual([hit.answer, hit.by, hit.score, language], [expected, "exact", 1, "en"]);
  }
  await clear();
  await make({ pattern: "Wann habt ihr an Feiertagen geöffnet?", answer: "Nie.", languages: ["de"] });
  const { hit, language } = await attempt("wann habt ihr an feiertagen geoffnet");
  assert.deepEqual([hit.by, language], ["exact", "de"]);
  assert.equal((await ask("Wann habt ihr an Feiertagen geöffnet")).text, "Nie.");
  await clear();
});

test("the order decides among equals and is set as a whole", async () => {
  const ids = [];
  for (const answer of ["first", "second", "third"]) ids.push((await make({ pattern: "Same question", answer })).id);
  assert.equal((await ask("same question")).text, "first");
  const order = [ids[2], ids[0], ids[1]];
  await client.call("PUT", `${path}/order`, { ids: order });
  assert.deepEqual((await all()).map((answer) => answer.id), order);
  assert.equal((await ask("same question")).text, "third");
  for (const wrong of [order.slice(1), [...order, order[0]], [...order.slice(1), "cur_00000000000000000000000000"], []]) {
    await refused(client.call("PUT", `${path}/order`, { ids: wrong }), 409, /changed meanwhile/, "ids");
  }
  await client.call("DELETE", `/v1/curated-answers/${order[0]}`);
  assert.equal((await ask("same question")).text, "first");
  await clear();
});

test("what is empty or too long is refused by its field", async () => {
  await refused(make({ pattern: " \n", answer: "x" }), 400, /at least one/, "pattern");
  await refused(make({ pattern: "x".repeat(301), answer: "x" }), 400, /300 characters/, "pattern");
  await refused(make({ pattern: "a", answer: "" }), 400, /Write the answer/, "answer");
  await refused(make({ pattern: "a", answer: "x".repeat(4_001) }), 400, /4000 characters/, "answer");
  await refused(make({ pattern: "a", answer: "x", languages: ["tlh"] }), 400, /languages/, "languages");
  await refused(attempt(" "), 400, /empty/, "question");
  assert.deepEqual(await all(), []);
});

test("another workspace's answers are not there", async () => {
  const mine = await make({ pattern: "Secret", answer: "42" });
  await refused(other.client.get(path), 404, /nothing here/);
  await refused(other.client.call("POST", path, { pattern: "a", answer: "b" }), 404, /nothing here/);
  await refused(other.client.call("POST", `${path}/try`, { question: "secret" }), 404, /nothing here/);
  await refused(other.client.call("PUT", `${path}/order`, { ids: [mine.id] }), 404, /nothing here/);
  await refused(other.client.call("PUT", `/v1/curated-answers/${mine.id}`, { pattern: "a", answer: "b" }), 404, /nothing here/);
  await refused(other.client.call("DELETE", `/v1/curated-answers/${mine.id}`), 404, /nothing here/);
  assert.equal((await ask("secret")).text, "42");
});

test("five hundred answers are told, found and no more are taken", async () => {
  await clear();
  const database = product.relations;
  const insert = database.prepare("INSERT INTO curated_answers (id, workspace_id, agent_id, content, priority, created_at, edited_at) VALUES (?1, ?2, ?3, ?4, ?5, 1, 1)");
  const rows = Array.from({ length: 499 }, (_, n) => insert.bind(`cur_${String(n).padStart(26, "0")}`, product.workspace, product.agent, JSON.stringify({ pattern: `Question about thing ${n}`, answer: `Thing ${n}.` }), n));
  await database.batch(rows);
  await make({ pattern: "The five hundredth", answer: "Five hundred." });
  await refused(make({ pattern: "One more", answer: "x" }), 409, /500/);
  assert.equal((await ask("the five hundredth")).text, "Five hundred.");
  assert.equal((await ask("question about thing 321")).text, "Thing 321.");
});

test("an index that was not told is told by the schedule, and a deleted agent's answers are forgotten", async () => {
  const database = product.relations;
  const worker = await product.miniflare.getWorker(product.back);
  await database.prepare("DELETE FROM curated_answers WHERE priority <> 5").run();
  await database.prepare("UPDATE agents SET curated_revision = curated_revision + 1, curated_due_at = 1 WHERE id = ?1").bind(product.agent).run();
  await worker.scheduled({ cron: "* * * * *" });
  await until("the index to be told", async () => (await ask("question about thing 321")).provider !== "curated");
  assert.equal((await ask("question about thing 5")).text, "Thing 5.");
  const due = await database.prepare("SELECT curated_due_at FROM agents WHERE id = ?1").bind(product.agent).first();
  assert.equal(due.curated_due_at, null);
  const kinds = (await database.prepare("SELECT DISTINCT kind FROM events").all()).results.map((row) => row.kind);
  assert.ok(kinds.includes("curated.answered"));

  const source = await client.call("POST", `/v1/agents/${product.agent}/sources`, { kind: "text", title: "t", text: "Some words about kestrels." });
  await client.indexed(source.id);
  const bucket = await product.miniflare.getR2Bucket("FILES", product.back);
  const keys = async () => (await bucket.list()).objects.map((object) => object.key).filter((key) => key.includes(product.agent));
  assert.ok((await keys()).length >= 2);
  await client.call("DELETE", `/v1/agents/${product.agent}`);
  await worker.scheduled({ cron: "* * * * *" });
  await until("everything to be forgotten", async () => (await keys()).length === 0);
  for (const table of ["sources", "documents", "curated_answers"]) {
    assert.deepEqual((await database.prepare(`SELECT id FROM ${table} WHERE agent_id = ?1`).bind(product.agent).all()).results, []);
  }
});
