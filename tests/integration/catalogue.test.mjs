// The catalogue: the operator defines a tool once, workspaces enable it with addresses of their own, each agent calls its
// own, and what the operator changes is changed for all of them.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { Client } from "../../scripts/client.mjs";
import { startN8n } from "../fakes/n8n.mjs";
import { startOpenAi } from "../fakes/openai.mjs";
import { OWNER, createMember, newId, start, tenant, until, Visitor } from "./harness.mjs";

const SECRET = "a-secret-of-the-receiver-58";
const FLOWS = { tides: ({ port }) => ({ port, high: "06:12" }), moor: () => ({ moored: true }) };
const ENTRY = {
  title: "Tides",
  explanation: "Says when the tide is high. The webhook gets a port and answers with a time.",
  example: { port: "quay", high: "06:12" },
  description: "Says when the tide is high at a port.",
  schema: { type: "object", properties: { port: { type: "string" } }, required: ["port"], additionalProperties: false },
  idempotent: true,
  effect: "reads",
};

let product, model, mine, theirs, first, second;
before(async () => {
  [mine, theirs] = await Promise.all([startN8n({ secret: SECRET, flows: FLOWS }), startN8n({ flows: FLOWS })]);
  model = await startOpenAi();
  const agent = { models: [{ provider: "openai_compatible", model: "test-model" }], allowed_origins: ["*"] };
  product = await start({
    local: [mine.host, theirs.host],
    vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key, CHAT_MODELS: "openai:test-model" },
    agent,
  });
  first = product;
  second = await tenant(product, "other@example.test", agent);
});
after(async () => {
  await product?.stop();
  await model?.close();
  await mine?.close();
  await theirs?.close();
});
beforeEach(() => {
  for (const n8n of [mine, theirs]) n8n.calls.length = 0;
});

const operator = (method, path, body, token = product.secrets.BOOTSTRAP_TOKEN) => new Client(product.url).call(method, path, body, { authorization: `Bearer ${token}` });
const put = (name, change = {}) => operator("PUT", `/v1/catalogue/${name}`, { content: { ...ENTRY, ...change } });
const enable = (client, body) => client.call("POST", "/v1/tools/catalogue", body);
const save = (client, tool, change, auth) => client.call("PUT", `/v1/tools/${tool.id}`, { content: { ...tool.content, ...change }, ...(auth && { auth }) });
const refused = (promise, status, field, words = /.{40}/s) => assert.rejects(promise, (error) => {
  assert.deepEqual([error.status, error.field], [status, field], error.message);
  assert.match(error.message, words);
  return true;
});
/** Gives a workspace's agent these tools, published. */
async function give({ client, agent }, tools) {
  const path = `/v1/agents/${agent}`;
  const detail = await client.get(path);
  const draft = { ...detail.draft, tools: tools.map(({ id }) => id) };
  const { revision } = await client.call("PUT", `${path}/draft`, { revision: detail.revision, draft });
  await client.call("POST", `${path}/publish`, { revision });
  const known = async () => (await published(agent))?.tool_specs.map(({ id }) => id).join() === draft.tools.join();
  await until("the edge to know its tools", known);
}
const published = async (agent) => (await product.miniflare.getKVNamespace("AGENTS", product.front)).get(`agent/${agent}`, "json");
/** What a workspace's visitor is answered where the model calls a tool, and what the model was offered. */
async function asked({ agent }, name, args) {
  const from = model.requests.length;
  const plans = [{ calls: [{ id: newId("c"), name, pieces: [JSON.stringify(args)] }] }];
  model.behave = () => plans.shift() ?? { text: "That is all." };
  const visitor = await Visitor.open(product, { agent });
  const answer = await visitor.ask("When is the tide high?");
  await visitor.close();
  assert.equal(answer.type, "turn_finished");
  const [offered, told] = model.requests.slice(from).filter(({ path }) => path === "/v1/chat/completions").map(({ body }) => body);
  const spec = offered.tools.map((tool) => tool.function).find((tool) => tool.name === name);
  return { spec, conversation: visitor.conversation, result: told.messages.find(({ role }) => role === "tool").content };
}

describe("the operator", () => {
  test("finds the demo flows in it, and nobody else is let in", async () => {
    const entries = await operator("GET", "/v1/catalogue");
    assert.deepEqual(entries.map(({ name }) => name), ["book_appointment", "check_stock", "order_status"]);
    for (const { content } of entries) assert.ok(content.explanation.length > 100 && content.example && !("url" in content));
    for (const token of ["wrong", ""]) await refused(operator("GET", "/v1/catalogue", undefined, token), 404, undefined, /.{10}/);
    await refused(first.client.call("PUT", "/v1/catalogue/tides", { content: ENTRY }), 404, undefined, /.{10}/);
    await refused(operator("DELETE", "/v1/catalogue/nothing"), 404, undefined, /.{10}/);
  });

  for (const [why, name, change, field] of [
    ["a name that models cannot say", "high%20tides", {}, "entry"],
    ["a schema that is none", "x", { schema: { type: "object", required: "port" } }, "content.schema"],
    ["a schema of something else than an object", "x", { schema: { type: "string" } }, "content.schema"],
    ["nothing for members to read", "x", { explanation: " " }, "content.explanation"],
    ["no title", "x", { title: "" }, "content.title"],
  ]) {
    test(`is refused ${why}`, async () => {
      await refused(put(name, change), 400, field, /.{30}/s);
      assert.equal((await operator("GET", "/v1/catalogue")).length, 3);
    });
  }
});

describe("an entry", () => {
  let tides;
  before(async () => {
    const made = await put("tides");
    assert.deepEqual([made.name, made.content.method, made.content.needs_approval], ["tides", "POST", false]);
    const offered = async ({ client }) => (await client.get("/v1/tools/catalogue")).find(({ entry }) => entry.name === "tides");
    assert.equal((await offered(first)).tool_id, undefined);
    tides = [
      await enable(first.client, { entry: "tides", url: `${mine.url}/webhook/tides`, headers: [{ name: "X-Shop", value: "12" }], auth: { kind: "header", name: "X-Webhook-Key", value: SECRET } }),
      await enable(second.client, { entry: "tides", url: `${theirs.url}/webhook/tides` }),
    ];
    assert.deepEqual([(await offered(first)).tool_id, (await offered(second)).tool_id], tides.map(({ id }) => id));
    await give(first, [tides[0]]);
    await give(second, [tides[1]]);
  });

  test("is a tool of each workspace that enabled it, noted, and another's is not there", async () => {
    const { content, catalogue, auth } = tides[0];
    assert.deepEqual([catalogue, content.name, content.title, content.description, content.effect, content.enabled], ["tides", "tides", ENTRY.title, ENTRY.description, "reads", true]);
    assert.deepEqual([auth.kind, auth.name], ["header", "X-Webhook-Key"]);
    const [noted] = await first.client.get(`/v1/audit-log?subject=${tides[0].id}`);
    assert.deepEqual([noted.action, noted.subject_name, noted.changes.map(({ field }) => field)], ["tool.enabled", "tides", ["url", "authentication"]]);
    assert.ok(!JSON.stringify([noted, await first.client.get("/v1/tools")]).includes(SECRET));
    await refused(first.client.get(`/v1/tools/${tides[1].id}`), 404, undefined, /.{10}/);
    await refused(save(first.client, tides[1], { enabled: false }), 404, undefined, /.{10}/);
  });

  test("is enabled under the rules of any tool", async () => {
    const order = { entry: "order_status", url: `${mine.url}/webhook/tides` };
    await refused(enable(first.client, { ...order, entry: "nothing" }), 404, undefined, /.{10}/);
    await refused(enable(first.client, { ...order, url: "http://10.0.0.1/" }), 422, "url");
    await refused(enable(first.client, { ...order, url: "no address" }), 422, "url");
    await refused(enable(first.client, { ...order, headers: [{ name: "Authorization", value: "Bearer x" }] }), 400, "headers[0].name");
    await refused(enable(first.client, { ...order, auth: { kind: "bearer", token: "short" } }), 400, "auth.token");
    const viewer = await createMember(product, first.workspace, "viewer");
    await refused(enable(viewer.client, order), 403, undefined, /.{20}/);
    await refused(enable(first.client, { ...order, entry: "tides" }), 409, undefined, /enabled already/);
    const own = { name: "order_status", description: "Our own.", schema: { type: "object" }, url: `${mine.url}/webhook/tides` };
    const { id } = await first.client.call("POST", "/v1/tools", { content: own });
    await refused(enable(first.client, order), 409, undefined, /of your own is called order_status/);
    await first.client.call("DELETE", `/v1/tools/${id}`);
    assert.equal((await first.client.get("/v1/tools/catalogue")).filter(({ tool_id }) => tool_id).length, 1);
  });

  test("is answered by each workspace's own address", async () => {
    for (const [whose, n8n, silent] of [[first, mine, theirs], [second, theirs, mine]]) {
      const { spec, result } = await asked(whose, "tides", { port: "quay" });
      assert.deepEqual([spec.description, spec.parameters], [ENTRY.description, ENTRY.schema]);
      assert.match(result, /"high":"06:12"/);
      assert.deepEqual([n8n.calls.length, silent.calls.length], [1, 0]);
      n8n.calls.length = 0;
    }
    const run = await first.client.call("POST", `/v1/tools/${tides[0].id}/try`, { arguments: { port: "quay" } });
    assert.deepEqual([run.state, mine.calls[0].headers["x-shop"], mine.calls[0].headers["x-webhook-key"]], ["succeeded", "12", SECRET]);
  });

  test("is defined by the operator alone; the rest is the member's", async () => {
    for (const [field, value] of [["name", "tides2"], ["title", "Ours"], ["description", "Ours."], ["schema", { type: "object" }], ["method", "GET"], ["effect", "writes"], ["idempotent", false]]) {
      await refused(save(first.client, tides[0], { [field]: value }), 400, `content.${field}`, /The operator of this installation defines this tool/);
    }
    const own = { url: `${mine.url}/webhook/moor`, headers: [], timeout_ms: 5_000, max_result_bytes: 500, cache_seconds: 5, enabled: false, needs_approval: true };
    const changed = await save(first.client, tides[0], own);
    assert.deepEqual(changed.content, { ...tides[0].content, ...own });
    await refused(save(first.client, changed, { url: `${theirs.url}/webhook/tides` }), 400, "auth");
    const back = await save(first.client, changed, tides[0].content);
    assert.deepEqual(back.content, tides[0].content);
  });

  test("that is put again as it is changes nothing; one that is changed is changed for all at once", async () => {
    const before = await first.client.get(`/v1/tools/${tides[0].id}`);
    await put("tides", { explanation: "Other words for members, of the same tool as before." });
    assert.equal((await first.client.get(`/v1/tools/${tides[0].id}`)).edited_at, before.edited_at);

    const schema = { ...ENTRY.schema, properties: { port: { type: "string" }, day: { type: "integer", minimum: 1 } }, required: ["port", "day"] };
    await put("tides", { description: "Says when the tide is high on a day.", schema });
    for (const [at, whose] of [first, second].entries()) {
      const now = await whose.client.get(`/v1/tools/${tides[at].id}`);
      assert.deepEqual([now.content.description, now.content.url, now.edited_at > tides[at].edited_at], ["Says when the tide is high on a day.", tides[at].content.url, true]);
      await until("the edge to know it", async () => (await published(whose.agent)).tool_specs[0].description === now.content.description);
      const { spec, result } = await asked(whose, "tides", { port: "quay" });
      assert.deepEqual(spec.parameters, schema);
      assert.match(result, /do not fit.*day/s);
    }
    assert.deepEqual([mine.calls.length, theirs.calls.length], [0, 0]);
    await asked(second, "tides", { port: "quay", day: 3 });
    assert.deepEqual([mine.calls.length, JSON.parse(theirs.calls[0].text)], [0, { port: "quay", day: 3 }]);
  });
});

test("what waits for a member is not agreed to once the operator has changed what it is", async () => {
  await put("moor", { title: "Berth", description: "Reserves a berth.", effect: "writes", idempotent: false, needs_approval: true, schema: { type: "object" } });
  const tool = await enable(first.client, { entry: "moor", url: `${mine.url}/webhook/moor`, auth: { kind: "header", name: "X-Webhook-Key", value: SECRET } });
  assert.equal(tool.content.needs_approval, true, "as the entry says");
  await give(first, [tool]);
  const waiting = async () => {
    const { conversation, result } = await asked(first, "moor", {});
    assert.match(result, /waits for a member/);
    return (await first.client.get(`/v1/approvals?conversation=${conversation}`))[0];
  };
  const approval = await waiting();
  await put("moor", { title: "Berth", description: "Reserves a berth for a month.", effect: "writes", idempotent: false, schema: { type: "object" } });
  await refused(first.client.call("POST", `/v1/approvals/${approval.id}/approve`), 409, undefined, /.{20}/);
  assert.equal(mine.calls.length, 0);
  assert.equal((await first.client.get(`/v1/tools/${tool.id}`)).content.needs_approval, true, "whether it asks is the workspace's");
  const again = await waiting();
  const done = await first.client.call("POST", `/v1/approvals/${again.id}/approve`);
  assert.deepEqual([done.state, done.succeeded, mine.calls.length], ["finished", true, 1]);
  await first.client.call("DELETE", `/v1/tools/${tool.id}`);
  assert.equal((await first.client.get("/v1/tools/catalogue")).find(({ entry }) => entry.name === "moor").tool_id, undefined);
});

test("a deleted entry leaves its tools, which are their workspaces' own from then on", async () => {
  const [tool] = await second.client.get("/v1/tools");
  assert.equal(tool.catalogue, "tides");
  await operator("DELETE", "/v1/catalogue/tides");
  await refused(operator("DELETE", "/v1/catalogue/tides"), 404, undefined, /.{10}/);
  assert.ok(!(await second.client.get("/v1/tools/catalogue")).some(({ entry }) => entry.name === "tides"));
  const own = await second.client.get(`/v1/tools/${tool.id}`);
  assert.deepEqual([own.catalogue, own.content, own.edited_at], [undefined, tool.content, tool.edited_at]);
  const { result } = await asked(second, "tides", { port: "quay", day: 3 });
  assert.match(result, /"high":"06:12"/);
  const changed = await save(second.client, own, { description: "Ours.", name: "high_tides" });
  assert.deepEqual([changed.content.description, changed.content.name], ["Ours.", "high_tides"]);
  // An entry of that name is another one.
  await put("tides", { description: "Another one." });
  assert.equal((await second.client.get(`/v1/tools/${tool.id}`)).content.description, "Ours.");
  assert.equal((await second.client.get("/v1/tools/catalogue")).find(({ entry }) => entry.name === "tides").tool_id, undefined);
});

test("the tools of a workspace that is deleted go with it", async () => {
  const { client, workspace } = await tenant(product, "third@example.test");
  await enable(client, { entry: "check_stock", url: `${theirs.url}/webhook/tides` });
  const left = async () => (await product.relations.prepare("SELECT count(*) AS n FROM tools WHERE workspace_id = ?1").bind(workspace).first()).n;
  assert.equal(await left(), 1);
  await client.call("POST", "/v1/workspace/delete", { name: "Other", password: OWNER.password });
  await until("its rows to be gone", async () => {
    await (await product.miniflare.getWorker(product.back)).scheduled({ cron: "*/15 * * * *" });
    return (await left()) === 0;
  }, 60_000);
  assert.ok((await operator("GET", "/v1/catalogue")).some(({ name }) => name === "check_stock"));
});
