// What was said, in the workspace's archive: found again by its words, forgotten when it is due.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ORIGIN, Visitor, createMember, messageId, newId, start, tenant, until } from "./harness.mjs";

let product, other, visitor;

const search = async (words, { client = product.client, agent = product.agent, cursor } = {}) => {
  const query = new URLSearchParams({ q: words, ...(agent && { agent }), ...(cursor && { cursor }) });
  const response = await client.raw("GET", `/v1/conversations/search?${query}`);
  return { status: response.status, ...(await response.json()) };
};
const marked = ({ excerpt }) => excerpt.marks.map(({ from, to }) => [...excerpt.text].slice(from, to).join(""));
/** The archive is told by a queue. */
const archived = (words, count) => until(`${words} to be found ${count} times`, async () => (await search(words)).data.length === count);

before(async () => {
  product = await start();
  other = await tenant(product, "archive-other@example.test");
  visitor = await Visitor.open(product);
  for (const question of ["Do you have a blue tandem?", "Wann ist das Café geöffnet?", "营业时间是什么"]) await visitor.ask(question);
  await archived("营业时间", 1);
});
after(async () => {
  await visitor?.close();
  await product?.stop();
});

describe("search over what was said", () => {
  test("finds a turn by any form of its words, with the words marked and its conversation beside it", async () => {
    for (const [words, mark] of [["tandems ", "tandem"], ["BLUE tan", "blue"], ["cafe geoffnet", "Café"], ["营业时间", "营业时间"]]) {
      const { status, data } = await search(words);
      assert.deepEqual([status, data.length], [200, 1], words);
      assert.equal(data[0].conversation.id, visitor.conversation);
      assert.ok(marked(data[0]).includes(mark), `${words}: ${JSON.stringify(data[0].excerpt)}`);
      assert.equal(data[0].excerpt.speaker, "visitor");
    }
    const [{ turn_id }] = (await search("tandem")).data;
    const { turns } = await product.client.get(`/v1/conversations/${visitor.conversation}`);
    assert.ok(turns.some(({ id }) => id === turn_id));
  });

  test("wants all words, and takes what means something to the database as words", async () => {
    assert.equal((await search("tandem cafe")).data.length, 0);
    for (const words of ['" OR tandem*', "tandem NEAR(x)", "body:tandem AND NOT", "'; DROP TABLE turns; --"]) assert.equal((await search(words)).status, 200, words);
    assert.equal((await search("?!")).data.length, 0);
  });

  test("says what is wrong with a query", async () => {
    for (const [query, field] of [["", "q"], ["q=%20", "q"], [`q=${"x".repeat(201)}`, "q"], ["q=a&cursor=nonsense", "cursor"]]) {
      const response = await product.client.raw("GET", `/v1/conversations/search?${query}`);
      assert.deepEqual([response.status, (await response.json()).error.field], [400, field], query);
    }
  });

  test("finds nothing of another workspace, whose agents do not exist here", async () => {
    assert.deepEqual((await search("tandem", { client: other.client, agent: null })).data, []);
    assert.equal((await search("tandem", { client: other.client })).status, 404);
    assert.equal((await search("tandem", { agent: other.agent })).status, 404);
    assert.equal((await search("tandem", { agent: newId("agt") })).status, 404);
    assert.equal((await search("tandem", { agent: null })).data.length, 1);
  });

  test("goes on by its cursor, newest first, without gap or repetition", async () => {
    // Turns in the archive as the visitors of a busy week leave them.
    const busy = await Visitor.open(product);
    for (let n = 0; n < 3; n += 1) await busy.ask(`Where is the unicycle number ${n}?`);
    await archived("unicycle", 3);
    const namespace = await product.miniflare.getDurableObjectNamespace("ARCHIVE", product.back);
    const object = namespace.get(namespace.idFromName(`archive/${product.workspace}`));
    const { turns } = await product.client.get(`/v1/conversations/${busy.conversation}`);
    const identity = { workspace_id: product.workspace, agent_id: product.agent, conversation_id: busy.conversation, visitor_id: (await search("unicycle")).data[0].conversation.visitor_id };
    const records = Array.from({ length: 61 }, (_, n) => ({ identity, turn: { ...turns[0], id: newId("trn"), question: `A unicycle of kind ${n}` } }));
    const stored = await object.fetch("https://object/store", { method: "POST", body: JSON.stringify({ records }) });
    assert.equal(stored.status, 200);
    const pages = [];
    for (let cursor; ; ) {
      const { data, meta } = await search("unicycle", { cursor });
      pages.push(data);
      cursor = meta.next_cursor;
      if (!cursor) break;
    }
    assert.deepEqual(pages.map((page) => page.length), [30, 30, 4]);
    const ids = pages.flat().map(({ turn_id }) => turn_id);
    assert.equal(new Set(ids).size, 64);
    assert.deepEqual(ids.slice(0, 61), records.map(({ turn }) => turn.id).reverse());
    await busy.close();
  });

  test("finds what visitor and member wrote while a person had the conversation, among the turns, and no notes", async () => {
    const taken = await Visitor.open(product);
    await taken.ask("Do you rent out an omnibus?");
    await archived("omnibus", 1);
    const act = (verb, body) => product.client.call("POST", `/v1/conversations/${taken.conversation}/${verb}`, body);
    const waits = taken.next(({ type, standing }) => type === "state" && standing === "waiting");
    taken.send({ type: "message", id: messageId(), text: "I want to talk to a real person", page_url: `${ORIGIN}/page` });
    await waits;
    await act("claim", {});
    const heard = taken.next(({ type, from }) => type === "message" && from === "visitor");
    taken.send({ type: "message", id: messageId(), text: "The omnibus should seat forty.", page_url: `${ORIGIN}/page` });
    await heard;
    await archived("omnibus", 2);
    await act("reply", { text: "Our omnibuses seat fifty." });
    await archived("omnibus", 3);
    await act("notes", { text: "Sells any omnibus." });
    await act("handback", {});
    await taken.ask("And is the omnibus red?");
    await archived("omnibus", 4);
    const { messages, turns } = await until("all of it", async () => {
      const found = await product.client.get(`/v1/conversations/${taken.conversation}`);
      return found.messages.some(({ from }) => from === "note") && found.turns.length === 2 && found;
    });
    const wrote = (text) => messages.find((message) => message.text === text).id;
    const expected = [
      [turns[1].id, "visitor", ["omnibus"]],
      [wrote("Our omnibuses seat fifty."), "member", ["omnibuses"]],
      [wrote("The omnibus should seat forty."), "visitor", ["omnibus"]],
      [turns[0].id, "visitor", ["omnibus"]],
    ];
    const { data } = await search("omnibus");
    assert.deepEqual(data.map((hit) => [hit.turn_id ?? hit.message_id, hit.excerpt.speaker, marked(hit)]), expected);
    for (const hit of data) {
      assert.equal(hit.conversation.id, taken.conversation);
      assert.notEqual(hit.turn_id === undefined, hit.message_id === undefined, "a turn or a message");
    }
    assert.equal((await search("sells")).data.length, 0);
    assert.equal((await search("omnibus", { client: other.client, agent: null })).data.length, 0);
    await taken.close();
  });

  test("is for whoever may read conversations", async () => {
    const { client } = await createMember(product, product.workspace, "viewer");
    assert.equal((await search("tandem", { client })).data.length, 1);
  });
});

describe("retention", () => {
  const DAY = 86_400_000;
  let old, recent;
  const settings = () => product.client.get("/v1/workspace");
  /** One of the schedule's longer runs. */
  const run = async () => (await product.miniflare.getWorker(product.back)).scheduled({ cron: "*/15 * * * *" });
  /** Lets a conversation lie back by that many days, in the relations and in the archive. */
  async function age(conversation, days) {
    const database = product.relations;
    const by = days * DAY;
    await database.batch([
      database.prepare("UPDATE conversations SET started_at = started_at - ?2, last_at = last_at - ?2 WHERE id = ?1").bind(conversation, by),
      database.prepare("UPDATE turns SET asked_at = asked_at - ?2 WHERE conversation_id = ?1").bind(conversation, by),
    ]);
    const { turns, messages, summary } = await product.client.get(`/v1/conversations/${conversation}`);
    const namespace = await product.miniflare.getDurableObjectNamespace("ARCHIVE", product.back);
    const object = namespace.get(namespace.idFromName(`archive/${product.workspace}`));
    const call = (name, body) => object.fetch(`https://object/${name}`, { method: "POST", body: JSON.stringify(body) });
    const identity = { workspace_id: product.workspace, agent_id: product.agent, conversation_id: conversation, visitor_id: summary.visitor_id };
    await call("erase", { conversations: [conversation] });
    await call("store", {
      records: turns.map((turn) => ({ identity, turn: { ...turn, asked_at: turn.asked_at - by, finished_at: turn.finished_at - by } })),
      messages: messages.map((message) => ({ identity, message: { ...message, at: message.at - by } })),
    });
  }
  const lines = async () => (await product.client.get("/v1/audit-log?action=retention.")).map(({ action, changes, actor }) => [action, changes, actor.kind]);

  before(async () => {
    [old, recent] = [await Visitor.open(product), await Visitor.open(product)];
    await old.ask("Is the velodrome open in winter?");
    await recent.ask("Is the velodrome open in summer?");
    await archived("velodrome", 2);
    // The older one goes on with a person.
    const act = (verb, body) => product.client.call("POST", `/v1/conversations/${old.conversation}/${verb}`, body);
    await act("claim", {});
    await act("reply", { text: "The velodrome is heated." });
    await act("resolve", {});
    await archived("velodrome", 3);
    await age(old.conversation, 20);
  });
  after(async () => {
    await old?.close();
    await recent?.close();
  });

  test("is 30 days at first, and takes 1 to 365", async () => {
    assert.equal((await settings()).retention_days, 30);
    for (const retention_days of [0, 366]) await assert.rejects(product.client.call("PATCH", "/v1/workspace", { retention_days }), { status: 400, field: "retention_days" });
    await assert.rejects(product.client.get("/v1/workspace/retention?days=0"), { status: 400, field: "days" });
    await assert.rejects(product.client.get("/v1/workspace/retention"), { status: 400, field: "days" });
  });

  test("says before what would go, removes it from transcript, search and header, and notes both", async () => {
    await run();
    assert.equal((await search("velodrome")).data.length, 3, "nothing is due yet");
    const count = async (days) => (await product.client.get(`/v1/workspace/retention?days=${days}`)).conversations;
    assert.deepEqual([await count(30), await count(7)], [0, 1]);
    assert.equal((await product.client.call("PATCH", "/v1/workspace", { retention_days: 7 })).retention_days, 7);
    const before = await product.client.get(`/v1/agents/${product.agent}/overview`);
    await run();
    await until("the words are gone", async () => (await lines()).length === 1);
    assert.deepEqual(await lines(), [["retention.words_removed", [{ field: "conversations", before: "1" }], "system"]]);
    const [receipt, ...others] = await product.client.get("/v1/receipts");
    assert.deepEqual([receipt.kind, receipt.by, receipt.subject, others], ["retention", "", "", []]);
    assert.deepEqual(receipt.counts, [{ what: "conversations", place: "archive", count: 1 }, { what: "conversations", place: "database", count: 0 }]);
    assert.ok(receipt.done_at >= receipt.requested_at);
    assert.deepEqual((await search("velodrome")).data.map(({ conversation }) => conversation.id), [recent.conversation]);
    const { summary, turns } = await product.client.get(`/v1/conversations/${old.conversation}`);
    assert.deepEqual([summary.first_question, summary.turns, turns.length], ["", 1, 0]);
    const after = await product.client.get(`/v1/agents/${product.agent}/overview`);
    assert.deepEqual([after.conversations, after.turns], [before.conversations, before.turns]);
    await run();
    assert.equal((await lines()).length, 1, "a second run finds nothing");
    const changed = await product.client.get("/v1/audit-log?action=workspace.updated");
    assert.deepEqual(changed[0].changes, [{ field: "retention_days", before: "30", after: "7" }]);
  });

  test("keeps the figures of a day when the headers go as well", async () => {
    const figures = async () => {
      const { conversations, turns, answered, low_confidence } = await product.client.get(`/v1/agents/${product.agent}/overview`);
      return { conversations, turns, answered, low_confidence };
    };
    const before = await figures();
    await age(old.conversation, 400);
    await run();
    await until("the header is gone", async () => (await product.client.raw("GET", `/v1/conversations/${old.conversation}`)).status === 404);
    assert.deepEqual(await figures(), before);
    assert.equal((await product.client.raw("GET", `/v1/conversations/${recent.conversation}`)).status, 200);
  });
});
