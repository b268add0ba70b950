// A person's rights: everything held of them as one file, and erased, with a receipt that holds nothing of them. What
// is left is looked for where it lies: in every table of every database, in every file, and in the log.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { request } from "../../scripts/client.mjs";
import { ORIGIN, Visitor, createMember, exported, folder, letters, messageId, start, tenant, until } from "./harness.mjs";
import { traces } from "./traces.mjs";

const FIELDS = [
  { key: "name", label: "Name", kind: "text" },
  { key: "email", label: "E-mail", kind: "email" },
  { key: "phone", label: "Phone", kind: "phone" },
];
/** Words that are nobody else's here. */
const PERSON = { name: "Quirina Zaubermann", email: "quirina@zaubermann.example", phone: "+493098765432" };
const TRACES = ["quirina", "zaubermann", "93098765432", "3098765432"];

let product, client, state;
async function publish(change, by = client, agent = product.agent) {
  const { draft, revision } = await by.get(`/v1/agents/${agent}`);
  const saved = await by.call("PUT", `/v1/agents/${agent}/draft`, { revision, draft: { ...draft, allowed_origins: ["*"], ...change } });
  await by.call("POST", `/v1/agents/${agent}/publish`, { revision: saved.revision });
}

before(async () => {
  state = folder();
  product = await start({ state: state.path });
  client = product.client;
  await publish({ lead_fields: FIELDS });
});
after(async () => {
  await product?.stop();
  state?.remove();
});

async function send(visitor, fields) {
  const response = await request(`${product.url}/v1/widget/leads`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: ORIGIN, authorization: `Bearer ${visitor.token}` },
    body: JSON.stringify({ id: messageId(), fields, page_url: `${ORIGIN}/page` }),
  });
  const { data, error } = await response.json();
  assert.equal(response.status, 201, JSON.stringify(error));
  return data.lead_id;
}

test("a person is exported whole and erased from everywhere", async () => {
  const visitor = await Visitor.open(product);
  const proposed = visitor.next((frame) => frame.type === "lead_proposed");
  await visitor.ask(`My name is ${PERSON.name}, mail ${PERSON.email}, call ${PERSON.phone}. How much is it?`);
  const told = visitor.next((frame) => frame.type === "lead_captured");
  visitor.send({ type: "lead_confirm", id: (await proposed).id, accept: true });
  const lead = (await told).lead_id;
  const { contact_id: contact } = (await client.get(`/v1/leads/${lead}`)).lead;
  // The same person elsewhere: by form, and what members wrote about and to them.
  const again = await Visitor.open(product);
  await send(again, { name: PERSON.name, email: PERSON.email, phone: "+49 30 98765432" });
  await again.ask("Zaubermann here again");
  await client.call("POST", `/v1/leads/${lead}/notes`, { text: "Quirina prefers mail" });
  await client.call("POST", `/v1/leads/${lead}/mail`, { id: "mail-to-erase", subject: "For Quirina", text: `Dear ${PERSON.name}` });
  await client.call("POST", `/v1/conversations/${visitor.conversation}/transcript`, { to: PERSON.email });
  await client.call("POST", `/v1/conversations/${visitor.conversation}/notes`, { text: "Quirina Zaubermann is nice" });
  await client.call("POST", `/v1/conversations/${visitor.conversation}/claim`);
  await client.call("POST", `/v1/conversations/${visitor.conversation}/reply`, { text: "At your service, Quirina Zaubermann" });
  // What follow-up mails begin from, as it was kept while the words of a mail to this person were kept as they stood.
  await client.call("PUT", "/v1/leads/follow-up", { subject: "For Quirina", text: `Dear ${PERSON.name},\nstill at ${PERSON.email.toUpperCase()}?\n{member}, for Otto` });
  // Somebody else, who stays.
  const other = await Visitor.open(product);
  const stays = await send(other, { name: "Otto", email: "otto@stays.example" });
  await other.ask("Otto asks something");

  const transcript = await until("all to be archived", async () => {
    const { held } = await exported(client, contact);
    const turns = held.conversations.flatMap((one) => one.turns);
    return turns.length === 2 && held.events.some(({ kind }) => kind === "conversation.handed_off") && held;
  });
  assert.deepEqual([transcript.leads.length, transcript.conversations.length], [2, 2]);
  await until("both mails to be written", async () => (await letters(product, PERSON.email)).length === 2);
  assert.ok(transcript.leads.some(({ history }) => history.some(({ text }) => text === "Quirina prefers mail")));
  assert.ok(transcript.conversations.some(({ messages }) => messages.some(({ text }) => text === "Quirina Zaubermann is nice")));
  assert.ok(transcript.events.some(({ kind }) => kind === "lead.captured"));
  assert.ok(!JSON.stringify(transcript).includes("otto"));
  const written = await until("all to be found", async () => ((found) => found.length === 3 && found)(await client.get("/v1/conversations/search?q=zaubermann")));
  assert.deepEqual(written.map(({ excerpt }) => excerpt.speaker).sort(), ["member", "visitor", "visitor"], "and no note");

  const editor = await createMember(product, product.workspace, "editor");
  await assert.rejects(editor.client.call("POST", `/v1/contacts/${contact}/erase`), { status: 403 });
  const stranger = await tenant(product, "stranger@example.test");
  for (const path of ["erase", "merge"]) {
    await assert.rejects(stranger.client.call("POST", `/v1/contacts/${contact}/${path}`, { other: contact }), { status: 404 });
  }
  const files = async () => (await (await product.miniflare.getR2Bucket("FILES", product.back)).list({ prefix: "exports/" })).objects;
  assert.ok((await files()).length >= 1, "what is downloaded lies in storage");
  const receipt = await client.call("POST", `/v1/contacts/${contact}/erase`);
  const done = await until("the erasure", async () => (await client.get("/v1/erasures")).find(({ id, state }) => id === receipt.id && state === "done"));
  assert.deepEqual([done.counts.leads, done.counts.conversations, done.counts.turns, done.counts.mails], [2, 2, 2, 2]);
  assert.ok(done.counts.events >= 3 && done.by === "Owner");
  assert.equal((await client.get("/v1/erasures")).length, 1);

  const receipts = await client.get("/v1/receipts");
  assert.deepEqual([receipts[0].kind, receipts[0].id, receipts[0].by], ["erasure", receipt.id, "Owner"]);
  assert.ok(receipts[0].done_at >= receipts[0].requested_at);
  assert.ok(receipts[0].counts.some(({ what, place, count }) => what === "turns" && place === "archive" && count === 2));
  const exports = receipts.filter(({ kind }) => kind === "export" || kind === "download");
  assert.deepEqual(exports.slice(0, 2).map(({ kind, by }) => [kind, by]), [["download", "Owner"], ["export", "Owner"]]);
  assert.deepEqual(exports[1].counts.map(({ what, count }) => [what, count]).slice(0, 3), [["leads", 2], ["conversations", 2], ["turns", 2]]);
  assert.deepEqual(new Set(exports.map(({ subject }) => subject)).size, 1, "the same person is the same digest");
  assert.ok(exports[0].subject.length === 16 && !JSON.stringify(receipts).includes(contact), "and nothing more of them");
  assert.deepEqual(await stranger.client.get("/v1/receipts"), []);

  assert.deepEqual(await client.get("/v1/leads/follow-up"), { subject: "For {name}", text: "Dear {name},\nstill at {name}?\n{member}, for Otto" });
  assert.deepEqual(await files(), [], "what was exported of the person is erased, too");
  await assert.rejects(client.get(`/v1/leads/${lead}`), { status: 404 });
  await assert.rejects(client.get(`/v1/contacts/${contact}`), { status: 404 });
  await assert.rejects(client.get(`/v1/conversations/${visitor.conversation}`), { status: 404 });
  assert.deepEqual(await client.get("/v1/conversations/search?q=zaubermann"), []);
  assert.equal((await visitor.closed).code, 4401);
  assert.equal((await client.get(`/v1/leads/${stays}`)).lead.name, "Otto");
  assert.equal((await client.get("/v1/conversations/search?q=otto")).length, 1);
  // What the days counted stays counted.
  const { n } = await product.relations.prepare("SELECT sum(asked) AS n FROM daily_counts").first();
  assert.equal(n, 2);

  const log = product.log.join("").toLowerCase();
  for (const word of TRACES) assert.ok(!log.includes(word), `the log says ${word}`);
  // Those who stay are still to be found on the disk: what is looked for could be found.
  await product.stop();
  product = undefined;
  assert.ok(traces(state.path, ["otto"]).length > 2);
  assert.deepEqual(traces(state.path, TRACES), []);
});

test("an erasure that was cut off is carried out by the schedule, once, and what comes late stays out", async () => {
  await product?.stop();
  product = await start();
  client = product.client;
  await publish({ lead_fields: FIELDS });
  const visitor = await Visitor.open(product);
  await visitor.ask("Hello from Quirina");
  const lead = await send(visitor, { email: PERSON.email });
  const { contact_id: contact } = (await client.get(`/v1/leads/${lead}`)).lead;
  await until("the turn to be archived", async () => (await client.get("/v1/conversations/search?q=quirina")).length === 1);
  const database = product.relations;
  // As a Worker leaves it that died after it had noted what there is to erase.
  const now = Date.now();
  await database.batch([
    database.prepare("INSERT INTO erasures (id, workspace_id, contact_id, by_name, counts, requested_at, due_at) VALUES ('era_00000000000000000000000001', ?1, ?2, 'Owner', '{\"leads\":7}', ?3, ?3)").bind(product.workspace, contact, now),
    database.prepare("INSERT INTO erased_conversations (conversation_id, workspace_id, at) VALUES (?1, ?2, ?3)").bind(visitor.conversation, product.workspace, now),
  ]);
  const worker = await product.miniflare.getWorker(product.back);
  for (let n = 0; n < 2; n += 1) await worker.scheduled({ cron: "* * * * *" });
  const [receipt] = await client.get("/v1/erasures");
  assert.deepEqual([receipt.state, receipt.counts.leads], ["done", 7], "what was counted first counts");
  assert.deepEqual(await client.get("/v1/leads"), []);
  assert.deepEqual(await client.get("/v1/contacts"), []);
  assert.deepEqual(await client.get("/v1/conversations/search?q=quirina"), []);
  // The same browser comes back with its pass: what it says from now on is there.
  const back = await Visitor.open(product, { token: visitor.token });
  assert.equal(back.conversation, visitor.conversation);
  assert.deepEqual(back.frames.filter(({ n }) => n), []);
  await back.ask("What about tomorrow?");
  await until("the new turn", async () => (await client.get("/v1/conversations/search?q=tomorrow")).length === 1);
});
