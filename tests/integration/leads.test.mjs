// Leads: by the form, by what a visitor wrote and confirmed, by what was left when nobody was there; the inbox with
// its filters, changes and undo, notes, mails, the table for spreadsheets; people found, shown as doubles, merged.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { request } from "../../scripts/client.mjs";
import { ORIGIN, Visitor, createMember, init, letters, messageId, newId, start, tenant, until } from "./harness.mjs";

const FIELDS = [
  { key: "name", label: "Name", kind: "text", required: false, options: [] },
  { key: "email", label: "E-mail", kind: "email", required: true, options: [] },
  { key: "phone", label: "Phone", kind: "phone", required: false, options: [] },
  { key: "topic", label: "Topic", kind: "choice", required: false, options: ["Fleet", "Private"] },
];
const CONSENT = "You may write to me about my question.";

let product, client;
async function publish(change, by = client, agent = product.agent) {
  const { draft, revision } = await by.get(`/v1/agents/${agent}`);
  const saved = await by.call("PUT", `/v1/agents/${agent}/draft`, { revision, draft: { ...draft, allowed_origins: ["*"], ...change } });
  await by.call("POST", `/v1/agents/${agent}/publish`, { revision: saved.revision });
}

before(async () => {
  product = await start();
  client = product.client;
  await publish({
    lead_fields: FIELDS,
    lead_consent: CONSENT,
    handover: { enabled: true, wait_s: 60, rules: [{ words: ["fleet"], urgency: "normal", connect: false, alert: false, high_value: true }] },
  });
});
after(() => product?.stop());

let forms = 0;
async function send(token, fields, { id = `form-${process.pid}-${(forms += 1)}`, consent = true, page_url = `${ORIGIN}/pricing` } = {}) {
  const response = await request(`${product.url}/v1/widget/leads`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: ORIGIN, ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ id, fields, consent, page_url }),
  });
  return { id, status: response.status, ...(await response.json()) };
}
const captured = (visitor) => visitor.next((frame) => frame.type === "lead_captured");
const detail = (id, by = client) => by.get(`/v1/leads/${id}`);
/** A lead of a new conversation. */
async function lead(fields, options) {
  const { data } = await init(product);
  const sent = await send(data.token, fields, options);
  assert.equal(sent.status, 201, JSON.stringify(sent.error));
  return (await detail(sent.data.lead_id)).lead;
}

describe("the form", () => {
  test("is told with the agent, and its fields are checked one by one, in the agent's language", async () => {
    const { data } = await init(product);
    assert.deepEqual(data.config.lead_form, { fields: FIELDS, consent: CONSENT });
    assert.equal((await send(undefined, { email: "a@b.example" })).status, 401);
    const refused = await send(data.token, { email: "anna@nowhere", phone: "123", topic: "Boats" }, { consent: false });
    assert.equal(refused.status, 400);
    assert.deepEqual(Object.keys(refused.error.fields), ["consent", "email", "phone", "topic"]);
    assert.match(refused.error.fields.email, /typing mistake/);
    assert.deepEqual(Object.keys((await send(data.token, { name: "Anna" })).error.fields), ["email"]);
    const german = await tenant(product, "de@example.test", { language: "de" });
    await publish({ lead_fields: FIELDS, language: "de" }, german.client, german.agent);
    const theirs = await init(product, { agent: german.agent });
    assert.match((await send(theirs.data.token, {})).error.fields.email, /füllen/);
  });

  test("captures one lead a conversation, told once, with its reasons", async () => {
    const visitor = await Visitor.open(product);
    await visitor.ask("Do you rent to a fleet?");
    const told = captured(visitor);
    const fields = { name: " Anna  Schmidt ", email: "Anna@Acme.example", phone: "(202) 456-1111", topic: "Fleet" };
    const first = await send(visitor.token, fields);
    assert.equal(first.status, 201, JSON.stringify(first.error));
    assert.equal((await told).lead_id, first.data.lead_id);
    // The same form, sent again because its answer was lost.
    assert.equal((await send(visitor.token, fields, { id: first.id })).data.lead_id, first.data.lead_id);
    const later = await send(visitor.token, { email: "anna@acme.example", name: "Anna S. Schmidt" });
    assert.equal(later.data.lead_id, first.data.lead_id);
    const found = await until("the fleet to count", async () => {
      const now = await detail(first.data.lead_id);
      return now.lead.reasons.some(({ kind }) => kind === "high_value") && now;
    });
    const { lead, history, pages } = found;
    assert.deepEqual([lead.name, lead.email, lead.phone], ["Anna S. Schmidt", "anna@acme.example", "+12024561111"]);
    assert.deepEqual(lead.answers.map(({ key, value }) => [key, value]), [["name", "Anna S. Schmidt"], ["email", "anna@acme.example"], ["phone", "(202) 456-1111"], ["topic", "Fleet"]].map(([key, value]) => [key, key === "phone" ? "+12024561111" : value]));
    assert.deepEqual([lead.status, lead.source, lead.revision, lead.consent.text], ["new", "form", 2, CONSENT]);
    assert.deepEqual(history.map(({ kind }) => kind), ["updated", "captured"]);
    assert.ok(pages.includes(`${ORIGIN}/pricing`) && pages.includes(`${ORIGIN}/page`), `${pages}`);
    const kinds = lead.reasons.map(({ kind }) => kind);
    for (const kind of ["email", "phone", "name", "company_mail", "pages", "high_value", "deliberate"]) assert.ok(kinds.includes(kind), kind);
    assert.equal(lead.score, lead.reasons.reduce((sum, { points }) => sum + points, 0));
    assert.equal(visitor.frames.filter(({ type }) => type === "lead_captured").length, 1);
    const { results } = await product.relations.prepare("SELECT data FROM events WHERE kind = 'lead.captured' AND subject = ?1").bind(lead.id).all();
    assert.equal(results.length, 1);
    const counted = await product.relations.prepare("SELECT visitor_id FROM conversions WHERE kind = 'lead' AND subject = ?1").bind(lead.id).all();
    assert.equal(counted.results.length, 1, "it counts for experiments, once");
    assert.ok(!results[0].data.includes("anna"));
  });

  test("that was corrected and sent again under its id says the newer, and what counted goes on counting", async () => {
    const { data } = await init(product);
    const first = await send(data.token, { name: "Ann Onym", email: "ann@typo.example" });
    const before = (await detail(first.data.lead_id)).lead;
    const again = await send(data.token, { name: "Ann Onym", email: "ann@right.example" }, { id: first.id, page_url: undefined });
    assert.equal(again.data.lead_id, first.data.lead_id);
    const { lead, history } = await detail(first.data.lead_id);
    assert.deepEqual([lead.email, lead.page_url, history.length], ["ann@right.example", `${ORIGIN}/pricing`, 2]);
    assert.ok(lead.score >= before.score, `${before.score} became ${lead.score}`);
  });

  test("is limited", async () => {
    const { data } = await init(product);
    const statuses = [];
    // The minute of the clock may turn meanwhile.
    do statuses.push((await send(data.token, { email: "nobody" })).status);
    while (statuses.at(-1) === 400 && statuses.length < 24);
    assert.ok(statuses.includes(400) && statuses.at(-1) === 429, `${statuses}`);
  });
});

describe("in the conversation", () => {
  test("what a visitor wrote is proposed once, and kept when they say so", async () => {
    const visitor = await Visitor.open(product);
    const proposed = visitor.next((frame) => frame.type === "lead_proposed");
    await visitor.ask("My name is Bea Cole, please mail me at bea@cole.example or call 202-456-1414.");
    const { id, fields } = await proposed;
    assert.deepEqual(fields, { name: "Bea Cole", email: "bea@cole.example", phone: "+12024561414" });
    assert.deepEqual((await client.get("/v1/leads?q=bea%40cole")).length, 0, "nothing is kept before the visitor agreed");
    const told = captured(visitor);
    visitor.send({ type: "lead_confirm", id, accept: true });
    const { lead_id } = await told;
    visitor.send({ type: "lead_confirm", id, accept: true });
    await visitor.ask("Again: bea@cole.example");
    const { lead } = await detail(lead_id);
    assert.deepEqual([lead.name, lead.email, lead.source], ["Bea Cole", "bea@cole.example", "conversation"]);
    const another = visitor.next((frame) => frame.type === "lead_proposed");
    await visitor.ask("Rather use bea@private.example");
    assert.deepEqual((await another).fields, { email: "bea@private.example" });
    assert.equal(visitor.frames.filter(({ type }) => type === "lead_proposed").length, 2);
    visitor.send({ type: "lead_confirm", id: newId("msg"), accept: true });
    assert.equal((await visitor.next((frame) => frame.type === "refused")).code, "not_found");
  });

  test("a visitor who says no is not kept, and not asked again", async () => {
    const visitor = await Visitor.open(product);
    const proposed = visitor.next((frame) => frame.type === "lead_proposed");
    await visitor.ask("Write to cas@dent.example");
    visitor.send({ type: "lead_confirm", id: (await proposed).id, accept: false });
    const offered = visitor.next((frame) => frame.type === "lead_form");
    await visitor.ask("I said cas@dent.example");
    // The next thing asked is something else: what came before it did not ask again.
    await visitor.ask("How much is it?");
    assert.equal((await offered).reason, "intent");
    assert.equal(visitor.frames.filter(({ type }) => type === "lead_proposed").length, 1);
    assert.deepEqual(await client.get("/v1/leads?q=cas%40dent"), []);
    // Who thinks better of it is kept.
    const told = captured(visitor);
    visitor.send({ type: "lead_confirm", id: (await proposed).id, accept: true });
    assert.equal((await detail((await told).lead_id)).lead.email, "cas@dent.example");
  });

  test("what was agreed to is kept although the agent is taken offline in the same moment", async () => {
    const other = await tenant(product, "offline@example.test");
    await publish({ lead_fields: FIELDS }, other.client, other.agent);
    const visitor = await Visitor.open(product, { agent: other.agent });
    const proposed = visitor.next((frame) => frame.type === "lead_proposed");
    await visitor.ask("Write to dee@late.example");
    visitor.send({ type: "lead_confirm", id: (await proposed).id, accept: true });
    await other.client.call("POST", `/v1/agents/${other.agent}/unpublish`);
    await until("the lead", async () => (await other.client.get("/v1/leads")).some(({ email }) => email === "dee@late.example"));
  });

  test("when nobody is there, the form is offered and what is left is a lead", async () => {
    const other = await tenant(product, "closed@example.test");
    const settings = await other.client.get("/v1/workspace");
    const weekday = ((new Date().getUTCDay() + 2) % 7) + 1;
    const hours = { time_zone: "UTC", open: [{ weekday, from: 540, to: 541 }] };
    await other.client.call("PATCH", "/v1/workspace", { profile: { ...settings.profile, hours } });
    await publish({ lead_fields: FIELDS }, other.client, other.agent);
    const visitor = await Visitor.open(product, { agent: other.agent });
    const [offered, told] = [visitor.next((frame) => frame.type === "lead_form"), captured(visitor)];
    visitor.send({ type: "message", id: messageId(), text: "I want to talk to a person", page_url: `${ORIGIN}/page` });
    assert.equal((await offered).reason, "nobody_there");
    visitor.send({ type: "message", id: messageId(), text: "dora@eden.example" });
    const { lead } = await detail((await told).lead_id, other.client);
    assert.deepEqual([lead.email, lead.source], ["dora@eden.example", "handover"]);
    assert.equal(visitor.frames.filter(({ type }) => type === "lead_proposed").length, 0, "who was asked for it is not asked whether it may be kept");
    await assert.rejects(detail(lead.id), { status: 404 });
  });
});

describe("the inbox", () => {
  let fay, gus, member;
  before(async () => {
    fay = await lead({ name: "=HYPERLINK(1)", email: "fay@inbox.example", phone: "+493012345678" });
    gus = await lead({ name: "Gus, \"the\" second", email: "gus@gmail.com" }, { page_url: `${ORIGIN}/blog` });
    member = await createMember(product, product.workspace, "editor");
  });
  const ids = (leads) => leads.map(({ id }) => id);

  test("is filtered, searched and sorted, page by page", async () => {
    const change = (body) => client.call("PATCH", "/v1/leads", body);
    await change({ changes: [{ id: fay.id, status: "qualified", owner: { member: member.user } }] });
    assert.deepEqual(ids(await client.get("/v1/leads?status=qualified")), [fay.id]);
    assert.deepEqual(ids(await client.get(`/v1/leads?owner=${member.user}`)), [fay.id]);
    assert.ok(!ids(await client.get("/v1/leads?owner=none")).includes(fay.id));
    assert.deepEqual(ids(await client.get("/v1/leads?q=GUS%40gmail")), [gus.id]);
    assert.deepEqual(ids(await client.get(`/v1/leads?from=${fay.created_at}&to=${gus.created_at}`)), [fay.id]);
    assert.deepEqual(await client.get(`/v1/leads?agent=${newId("agt")}`), []);
    const scores = (await client.get("/v1/leads?sort=score")).map(({ score }) => score);
    assert.deepEqual(scores, scores.toSorted((a, b) => b - a));
    assert.ok((await client.get(`/v1/leads?score=${fay.score}`)).every(({ score }) => score >= fay.score));
    for (const query of ["status=odd", "owner=me", "cursor=x", "sort=name"]) {
      await assert.rejects(client.get(`/v1/leads?${query}`), { status: 400 }, query);
    }
  });

  test("changes many at once, and takes it back", async () => {
    const change = (changes, by = client) => by.call("PATCH", "/v1/leads", { changes });
    const { undo } = await change([{ id: fay.id, status: "won", owner: "nobody" }, { id: gus.id, status: "won", owner: { member: member.user } }]);
    assert.equal((await detail(gus.id)).lead.owner.name, member.name);
    await change(undo, member.client);
    const [one, two] = [await detail(fay.id), await detail(gus.id)];
    assert.deepEqual([one.lead.status, one.lead.owner?.name, two.lead.status, two.lead.owner], ["qualified", member.name, "new", undefined]);
    assert.ok(one.history.some(({ kind, by, text }) => kind === "status" && by === member.name && text === "qualified"));
    const log = await client.get(`/v1/audit-log?subject=${fay.id}`);
    assert.ok(log.length >= 3 && log.every(({ action }) => action === "lead.changed"));
    const stranger = await createMember(product, product.workspace, null);
    await assert.rejects(change([{ id: gus.id, owner: { member: stranger.user } }]), { status: 400, field: "owner" });
    await assert.rejects(change([{ id: gus.id, status: "won" }, { id: newId("led"), status: "won" }]), { status: 404 });
    assert.equal((await detail(gus.id)).lead.status, "new", "one that is not there changes none");
  });

  test("notes and mails are in the history; a mail goes once and begins from the workspace's words", async () => {
    const note = await member.client.call("POST", `/v1/leads/${fay.id}/notes`, { text: "Call on Monday" });
    assert.equal(note.by, member.name);
    // Sent again under its id, because its answer was lost, it is the same note.
    const again = { text: "Or on Tuesday", id: "note-000000001" };
    const noted = await member.client.call("POST", `/v1/leads/${fay.id}/notes`, again);
    assert.deepEqual(await member.client.call("POST", `/v1/leads/${fay.id}/notes`, { ...again, text: "Changed" }), noted);
    assert.equal((await detail(fay.id)).history.filter(({ text }) => text === "Or on Tuesday").length, 1);
    await assert.rejects(member.client.call("POST", `/v1/leads/${fay.id}/notes`, { ...again, id: "short" }), { status: 400, field: "id" });
    assert.match((await client.get("/v1/leads/follow-up")).text, /\{name\}/);
    const words = { subject: "About {workspace}", text: "Dear {name}" };
    assert.deepEqual(await client.call("PUT", "/v1/leads/follow-up", words), words);
    assert.deepEqual(await client.get("/v1/leads/follow-up"), words);
    const mail = { id: "follow-up-0001", subject: "Your fleet", text: "Dear Fay,\n\nhere it is." };
    for (let n = 0; n < 2; n += 1) await client.call("POST", `/v1/leads/${fay.id}/mail`, mail);
    const sent = (await letters(product, "fay@inbox.example")).filter(({ purpose }) => purpose === "follow_up");
    assert.deepEqual(sent.map(({ subject, text }) => [subject, text]), [["Your fleet", "Dear Fay,\n\nhere it is."]]);
    const kinds = (await detail(fay.id)).history.map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === "mail").length, 1);
    assert.ok(kinds.includes("note"));
    await assert.rejects(client.call("POST", `/v1/leads/${fay.id}/mail`, { ...mail, id: "follow-up-0002", subject: " " }), { status: 400, field: "subject" });
  });

  test("the table holds every cell as text", async () => {
    const response = await client.raw("GET", "/v1/leads/export?q=fay%40inbox&bom=1");
    assert.match(response.headers.get("content-type"), /text\/csv/);
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
    const lines = bytes.toString("utf8").slice(1).split("\r\n");
    assert.match(lines[0], /^Created,Name,E-mail,Phone,/);
    assert.match(lines[1], /,'=HYPERLINK\(1\),fay@inbox\.example,'\+493012345678,/);
    const plain = await (await client.raw("GET", "/v1/leads/export")).text();
    assert.ok(plain.startsWith("Created") && plain.includes('"Gus, ""the"" second"'));
    for (const line of plain.split("\r\n")) for (const cell of line.split(",")) assert.ok(!/^"?[=+\-@\t]/.test(cell), cell);
  });
});

test("a person is one across conversations; doubles are shown and become one", async () => {
  const [first, second] = [await lead({ name: "Hal Ives", email: "hal@ives.example" }), await lead({ email: "HAL@ives.example", phone: "+442079460018" })];
  assert.equal(first.contact_id, second.contact_id);
  const double = await lead({ name: "hal ives", email: "hal@work.example", phone: "+442079460018" });
  assert.notEqual(double.contact_id, first.contact_id);
  const shown = await detail(first.id);
  assert.deepEqual(shown.duplicates.map(({ id }) => id), [double.contact_id]);
  const merged = await client.call("POST", `/v1/contacts/${first.contact_id}/merge`, { other: double.contact_id });
  assert.deepEqual([merged.leads, merged.email, merged.also], [3, "hal@ives.example", ["hal@work.example"]]);
  await assert.rejects(client.get(`/v1/contacts/${double.contact_id}`), { status: 404 });
  // Whoever writes with the other address is the same person from now on.
  assert.equal((await lead({ email: "hal@work.example" })).contact_id, first.contact_id);
  const found = await client.get(`/v1/contacts?q=hal%40work`);
  assert.deepEqual(found.map(({ id, leads }) => [id, leads]), [[first.contact_id, 4]]);
  assert.equal((await client.get(`/v1/contacts/${first.contact_id}`)).conversations.length, 4);
  await assert.rejects(client.call("POST", `/v1/contacts/${first.contact_id}/merge`, { other: first.contact_id }), { status: 400 });
  await assert.rejects(client.call("POST", `/v1/contacts/${first.contact_id}/merge`, { other: newId("con") }), { status: 404 });
});

test("the log has nothing of what visitors gave", () => {
  const log = product.log.join("");
  for (const word of ["acme.example", "cole.example", "dent.example", "eden.example", "inbox.example", "Schmidt", "2024561111", "4561414", "Bea Cole"]) {
    assert.ok(!log.includes(word), word);
  }
});
