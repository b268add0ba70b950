// Response templates: written, counted, audited, said by agents in curated answers, and nobody else's.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ORIGIN, Visitor, createMember, messageId, newId, start, tenant, until } from "./harness.mjs";

let product, client, other;
before(async () => {
  product = await start();
  client = product.client;
  other = await tenant(product, "templates-other@example.test");
});
after(() => product?.stop());

const write = (body, by = client) => by.call("POST", "/v1/templates", body);
const names = async (by = client) => (await by.get("/v1/templates")).map(({ name }) => name);

test("a template is written, changed and deleted, and each is audited", async () => {
  const made = await write({ name: "  Good   day ", text: " Hi {{visitor_name|there}}, I am {{member_name}}. " });
  assert.deepEqual([made.name, made.text, made.used, made.agent_id], ["Good day", "Hi {{visitor_name|there}}, I am {{member_name}}.", 0, undefined]);
  const path = `/v1/templates/${made.id}`;
  const changed = await client.call("PUT", path, { name: "Good day", text: "Hello!", agent_id: product.agent });
  assert.deepEqual([changed.text, changed.agent_id], ["Hello!", product.agent]);
  // What changes nothing is no change.
  await client.call("PUT", path, { name: "Good day", text: "Hello!", agent_id: product.agent });
  await client.call("DELETE", path);
  await assert.rejects(client.call("DELETE", path), { status: 404 });
  const log = await client.get(`/v1/audit-log?subject=${made.id}`);
  assert.deepEqual(log.map(({ action }) => action), ["template.deleted", "template.changed", "template.created"]);
  assert.ok(log[1].changes.some(({ field, after }) => field === "text" && after.includes("Hello!")));
});

test("what cannot be filled is refused with what to do", async () => {
  await assert.rejects(write({ name: "x", text: "Hi {{first_name}}" }), (error) => error.status === 400 && error.field === "text" && /\{\{first_name\}\}.*\{\{visitor_name\}\}/.test(error.message));
  await assert.rejects(write({ name: "x", text: "Hi {{visitor_name" }), { status: 400, field: "text" });
  await assert.rejects(write({ name: " ", text: "Hi" }), { status: 400, field: "name" });
  await assert.rejects(write({ name: "x", text: "x".repeat(4_001) }), { status: 400, field: "text" });
  await write({ name: "Taken", text: "x" });
  await assert.rejects(write({ name: "tAKEN", text: "y" }), { status: 409, field: "name" });
});

test("another workspace neither sees nor changes nor uses it, and names no agent of ours", async () => {
  const made = await write({ name: "Ours", text: "x" });
  assert.ok(!(await names(other.client)).includes("Ours"));
  await assert.rejects(other.client.call("PUT", `/v1/templates/${made.id}`, { name: "Theirs", text: "y" }), { status: 404 });
  await assert.rejects(other.client.call("DELETE", `/v1/templates/${made.id}`), { status: 404 });
  await assert.rejects(write({ name: "Theirs", text: "y", agent_id: product.agent }, other.client), { status: 404 });
  // The name is free there.
  await write({ name: "Ours", text: "z" }, other.client);
  const viewer = await createMember(product, product.workspace, "viewer");
  assert.ok((await names(viewer.client)).includes("Ours"));
  await assert.rejects(write({ name: "Mine", text: "x" }, viewer.client), { status: 403 });
});

test("a reply that was written with it counts once", async () => {
  const [made, theirs] = [await write({ name: "Counted", text: "Hello" }), await write({ name: "Counted", text: "Hello" }, other.client)];
  const visitor = await Visitor.open(product);
  visitor.send({ type: "message", id: messageId(), text: "I want to talk to a real person", page_url: `${ORIGIN}/page` });
  const act = (verb, body) => client.call("POST", `/v1/conversations/${visitor.conversation}/${verb}`, body);
  await until("the relations to know", async () => (await client.get("/v1/conversations?standing=waiting")).some(({ id }) => id === visitor.conversation));
  await act("claim");
  for (let n = 0; n < 3; n += 1) await act("reply", { text: "Hello", id: "reply-0001", template_id: made.id });
  await act("reply", { text: "Hello again", template_id: made.id });
  // What is not there, or is not ours, counts nothing and hinders nobody.
  for (const template_id of [theirs.id, newId("tpl")]) await act("reply", { text: "Hello", template_id });
  const used = async (id, by) => (await by.get("/v1/templates")).find((template) => template.id === id);
  const counted = await used(made.id, client);
  assert.equal(counted.used, 2);
  assert.ok(counted.last_used_at > 0);
  assert.equal((await used(theirs.id, other.client)).used, 0);
  await visitor.close();
});

const path = () => `/v1/agents/${product.agent}/curated-answers`;
const curate = (body) => client.call("POST", path(), body);
const listed = async (id, by = client) => (await by.get("/v1/templates")).find((template) => template.id === id);
async function refused(promise, status, field, pattern) {
  const error = await promise.then(() => assert.fail("it was taken"), (error) => error);
  assert.deepEqual([error.status, error.field ?? undefined], [status, field], error.message);
  assert.match(error.message, pattern);
}
async function ask(text) {
  const visitor = await Visitor.open(product);
  const answer = await visitor.ask(text);
  await visitor.close();
  assert.equal(answer.type, "turn_finished", JSON.stringify(answer));
  return { ...answer, conversation: visitor.conversation };
}

test("an agent says a template's words with the names of now, and each turn counts once", async () => {
  const template = await write({ name: "Hours", text: "Hello {{visitor_name|there}}, {{agent_name}} of {{workspace_name}} here: we open at **nine**." });
  const agent = (await client.get(`/v1/agents/${product.agent}`)).agent.name;
  const workspace = (await client.get("/v1/workspace")).name;
  const said = (agent, workspace, rest = "we open at **nine**.") => `Hello there, ${agent} of ${workspace} here: ${rest}`;
  const made = await curate({ pattern: "When do you open?\nOpening hours", template_id: template.id });
  assert.deepEqual([made.answer, made.template_id, made.words], ["", template.id, said(agent, workspace)]);
  const first = await ask("when do you open");
  assert.deepEqual([first.provider, first.text], ["curated", said(agent, workspace)]);
  assert.equal((await client.call("POST", `${path()}/try`, { question: "opening hours" })).hit.answer, said(agent, workspace));

  // The turn is filed again and again.
  const back = await product.miniflare.getWorker(product.back);
  const body = JSON.stringify({ bell: "turns", workspace_id: product.workspace, agent_id: product.agent, conversation_id: first.conversation });
  const rung = await Promise.all([1, 2, 3].map((n) => back.queue("frontdesk-turns", [{ id: `again-${n}`, timestamp: new Date(), attempts: 1, body }])));
  assert.deepEqual(rung.map(({ outcome }) => outcome), ["ok", "ok", "ok"]);
  const used = await until("the template to count", async () => {
    const now = await listed(template.id);
    return now.used_by_agents > 0 && now;
  });
  assert.deepEqual([used.used, used.used_by_agents], [0, 1]);
  assert.ok(used.last_used_at > 0);
  assert.deepEqual(used.answers, [{ id: made.id, agent_id: product.agent, question: "When do you open?" }]);

  // Every change is said at the next question.
  await client.call("PUT", `/v1/templates/${template.id}`, { name: "Hours", text: template.text.replace("nine", "ten") });
  assert.equal((await ask("Opening hours")).text, said(agent, workspace, "we open at **ten**."));
  await client.call("PATCH", `/v1/agents/${product.agent}`, { name: "Renamed" });
  assert.equal((await ask("Opening hours")).text, said("Renamed", workspace, "we open at **ten**."));
  await client.call("PATCH", "/v1/workspace", { name: "Harbour Ltd" });
  assert.equal((await ask("Opening hours")).text, said("Renamed", "Harbour Ltd", "we open at **ten**."));
  await until("all turns to count", async () => (await listed(template.id)).used_by_agents === 4);

  // Switched off and on, it stays what it is; with words of its own it lets the template go.
  const { words, ...content } = made;
  const off = await client.call("PUT", `/v1/curated-answers/${made.id}`, { ...content, enabled: false });
  assert.deepEqual([off.enabled, off.template_id], [false, template.id]);
  const own = await client.call("PUT", `/v1/curated-answers/${made.id}`, { pattern: "When do you open?", answer: "At noon." });
  assert.deepEqual([own.answer, own.template_id, own.words], ["At noon.", undefined, undefined]);
  assert.equal((await ask("When do you open?")).text, "At noon.");
  const log = (await client.get(`/v1/audit-log?subject=${made.id}`)).flatMap(({ changes }) => changes ?? []);
  assert.ok(log.some(({ field, before, after }) => field === "template_id" && before === template.id && !after));
  await client.call("DELETE", `/v1/curated-answers/${made.id}`);
});

test("what agents cannot say is refused by its field, and so is a template that is not there", async () => {
  const [members, blank, theirs] = [
    await write({ name: "Signed", text: "Yours, {{member_name}}" }),
    await write({ name: "Blank", text: "{{visitor_name}}" }),
    await write({ name: "Not ours", text: "Hello" }, other.client),
  ];
  const fine = await write({ name: "Fine", text: "Fine." });
  const elsewhere = await client.call("POST", "/v1/agents", { name: "Second" });
  const bound = await write({ name: "Bound", text: "Bound.", agent_id: elsewhere.agent.id });
  await refused(curate({ pattern: "a", template_id: members.id }), 400, "template_id", /\{\{member_name\}\}/);
  await refused(curate({ pattern: "a", template_id: blank.id }), 400, "template_id", /says nothing/);
  await refused(curate({ pattern: "a", template_id: bound.id }), 400, "template_id", /another agent/);
  await refused(curate({ pattern: "a", template_id: theirs.id }), 404, "template_id", /no such template/);
  await refused(curate({ pattern: "a", template_id: newId("tpl") }), 404, "template_id", /no such template/);
  await refused(curate({ pattern: "a", answer: "Both", template_id: fine.id }), 400, "template_id", /not both/);
  await refused(curate({ pattern: "a" }), 400, "answer", /Write the answer/);
  const made = await curate({ pattern: "a", template_id: fine.id });
  for (const [template_id, status] of [[members.id, 400], [theirs.id, 404]]) {
    await refused(client.call("PUT", `/v1/curated-answers/${made.id}`, { pattern: "a", template_id }), status, "template_id", /./);
  }
  assert.equal((await client.get(path())).find(({ id }) => id === made.id).template_id, fine.id);
  assert.deepEqual((await listed(theirs.id, other.client)).answers, []);
  await client.call("DELETE", `/v1/curated-answers/${made.id}`);
});

test("while agents say it, it is neither deleted nor made what they cannot say", async () => {
  const template = await write({ name: "Kept", text: "Kept." });
  const at = `/v1/templates/${template.id}`;
  const elsewhere = (await client.get("/v1/agents")).find(({ id }) => id !== product.agent).id;
  const made = [];
  for (const question of ["One?", "Two?", "Three?", "Four?"]) made.push(await curate({ pattern: question, template_id: template.id }));
  await refused(client.call("DELETE", at), 409, undefined, /“One\?”, “Two\?”, “Three\?” and 1 more/);
  await refused(client.call("PUT", at, { name: "Kept", text: "I am {{member_name}}" }), 409, "text", /\{\{member_name\}\}.*“One\?”/);
  await refused(client.call("PUT", at, { name: "Kept", text: "Kept.", agent_id: elsewhere }), 409, "agent_id", /“One\?”/);
  const key = await client.call("POST", "/v1/api-keys", { name: "Desk", scopes: ["conversations:write", "conversations:read"] });
  const by = (body) => fetch(`${product.url}${at}`, { method: "PUT", headers: { authorization: `Bearer ${key.secret}`, "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.equal((await by({ name: "Kept", text: "Other words." })).status, 403, "what agents say is knowledge");
  assert.equal((await by({ name: "Kept by name", text: "Kept." })).status, 200);
  assert.equal((await ask("Two?")).text, "Kept.");
  for (const { id } of made) await client.call("DELETE", `/v1/curated-answers/${id}`);
  await client.call("PUT", at, { name: "Kept", text: "I am {{member_name}}" });
  await client.call("DELETE", at);
  assert.equal(await listed(template.id), undefined);
});
