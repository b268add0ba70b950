// Response templates: written, counted, audited, and nobody else's.
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
