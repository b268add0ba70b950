// What was said, in the workspace's archive: found again by its words, forgotten when it is due.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Visitor, createMember, newId, start, tenant, until } from "./harness.mjs";

let product, other, visitor;

const search = async (words, { client = product.client, agent = product.agent, cursor } = {}) => {
  const query = new URLSearchParams({ q: words, ...(agent && { agent }), ...(cursor && { cursor }) });
  const response = await client.raw("GET", `/v1/conversations/search?${query}`);
  return { status: response.status, ...(await response.json()) };
};
const marked = ({ excerpt }) => excerpt.marks.map(({ from, to }) => [...excerpt.text].slice(from, to).join(""));
/** The archive is told by a queue. */
const archived = (words, count) => until(`${count} turns with ${words}`, async () => (await search(words)).data.length === count);

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

  test("is for whoever may read conversations", async () => {
    const { client } = await createMember(product, product.workspace, "viewer");
    assert.equal((await search("tandem", { client })).data.length, 1);
  });
});
