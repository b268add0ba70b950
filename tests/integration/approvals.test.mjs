// Calls above what their agent may do by itself: they wait for a member, are made once after a yes, and the visitor
// reads in the conversation what came of them.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { startN8n, TOOLS } from "../fakes/n8n.mjs";
import { startOpenAi } from "../fakes/openai.mjs";
import { OWNER, createMember, letters, newId, start, tenant, until, Visitor } from "./harness.mjs";

let product, n8n, model, other, tools;
before(async () => {
  n8n = await startN8n();
  model = await startOpenAi();
  product = await start({
    local: [n8n.host],
    vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key, CHAT_MODELS: "openai:test-model" },
    agent: { models: [{ provider: "openai_compatible", model: "test-model" }] },
  });
  other = await tenant(product, "other@example.test");
  tools = {};
  for (const content of TOOLS(n8n.url)) tools[content.name] = await product.client.call("POST", "/v1/tools", { content });
  await level({ autonomy: "reading_only" });
});
after(async () => {
  await product?.stop();
  await model?.close();
  await n8n?.close();
});
beforeEach(() => {
  n8n.behave = () => undefined;
  n8n.calls.length = 0;
});

/** Publishes the agent with another level. */
async function level(change) {
  const path = `/v1/agents/${product.agent}`;
  const detail = await product.client.get(path);
  const draft = { ...detail.draft, allowed_origins: ["*"], tools: Object.values(tools).map(({ id }) => id), ...change };
  const { revision } = await product.client.call("PUT", `${path}/draft`, { revision: detail.revision, draft });
  await product.client.call("POST", `${path}/publish`, { revision });
  const published = async () => (await product.miniflare.getKVNamespace("AGENTS", product.front)).get(`agent/${product.agent}`, "json");
  await until("the edge to know it", async () => (await published())?.autonomy === draft.autonomy);
}

const tick = async () => (await product.miniflare.getWorker(product.back)).scheduled({ cron: "* * * * *" });

const BOOK = { name: "Ada", at: "2026-12-01T10:00:00Z" };
const booking = (args = BOOK) => ({ calls: [{ id: newId("c"), name: "book_appointment", pieces: [JSON.stringify(args)] }] });

/** A visitor whose model wants to book, with what waits for it. */
async function asked(args, text = "Book me in, I am Ada.") {
  const from = model.requests.length;
  const plans = [booking(args)];
  model.behave = () => plans.shift() ?? { text: "Somebody has to confirm it." };
  const visitor = await Visitor.open(product);
  const told = visitor.next((frame) => frame.type === "message");
  const answer = await visitor.ask(text);
  const notice = await told;
  const [approval] = await product.client.get(`/v1/approvals?conversation=${visitor.conversation}`);
  const bodies = () => model.requests.slice(from).filter(({ path }) => path === "/v1/chat/completions").map(({ body }) => body);
  return { visitor, answer, notice, approval, bodies };
}

const decide = (approval, verb, body = {}) => product.client.call("POST", `/v1/approvals/${approval.id}/${verb}`, body);
const refused = (promise, status) => assert.rejects(promise, (error) => {
  assert.equal(error.status, status, error.message);
  return error.message.length > 20;
});
const messages = (visitor) => visitor.frames.filter(({ type }) => type === "message").map(({ text }) => text);

describe("a call above the level", () => {
  test("waits: a member sees exactly what would be sent, the model and the visitor are told, nothing is called", async () => {
    const { visitor, answer, notice, approval, bodies } = await asked();
    assert.equal(n8n.calls.length, 0);
    assert.deepEqual([answer.type, answer.text], ["turn_finished", "Somebody has to confirm it."]);
    assert.deepEqual([notice.from, notice.text], ["system", "“Appointment”: somebody of our team has to confirm this first. You will read here what comes of it."]);
    // The owner hears of it, once, without what would be sent.
    const mails = async () => (await letters(product, OWNER.email)).filter(({ purpose }) => purpose === "approval_waits");
    const [mail, ...more] = await until("the mail", async () => (await mails()).length > 0 && mails());
    assert.equal(more.length, 0);
    assert.match(mail.subject, /“Appointment” waits for your decision/);
    assert.match(mail.text, /within 4 hours/);
    assert.ok(!mail.text.includes("Ada"));
    const [result] = bodies()[1].messages.filter(({ role }) => role === "tool");
    assert.match(result.content, /waits for a member of the team/);
    assert.deepEqual(
      [approval.state, approval.tool_id, approval.tool_title, approval.method, approval.url, JSON.parse(approval.body)],
      ["waiting", tools.book_appointment.id, "Appointment", "POST", `${n8n.url}/webhook/appointment`, BOOK],
    );
    const hours = (approval.expires_at - approval.asked_at) / 3_600_000;
    assert.equal(hours, 4);

    const saying = visitor.next((frame) => frame.type === "message");
    const done = await decide(approval, "approve");
    assert.deepEqual([done.state, done.succeeded, done.decided_by], ["finished", true, "Owner"]);
    assert.deepEqual(n8n.calls.map(({ text }) => JSON.parse(text)), [BOOK]);
    const said = await saying;
    assert.match(said.text, /^“Appointment”: confirmed and done\.\n\n.*Reference: A-20261201/s);

    const [run] = await product.client.get(`/v1/tools/${tools.book_appointment.id}/runs`);
    assert.deepEqual([run.state, run.turn_id], ["succeeded", answer.turn_id]);
    const log = await product.client.get("/v1/audit-log?action=approval.");
    assert.deepEqual([log[0].action, log[0].subject, log[0].changes.map(({ field }) => field)], ["approval.approved", approval.id, ["address"]]);
    assert.ok(!JSON.stringify(log[0]).includes("/webhook/"), "the log keeps nothing a visitor said");
    await refused(decide(approval, "approve"), 409);
    await refused(decide(approval, "decline", { reason: "late" }), 409);
    assert.equal(n8n.calls.length, 1);
    const transcript = await until("the archive", async () => {
      // Known once its turns are stored.
      const { data } = await (await product.client.raw("GET", `/v1/conversations/${visitor.conversation}`)).json();
      return data?.messages.length === 2 && data;
    });
    assert.deepEqual(transcript.messages.map(({ text }) => text), messages(visitor));
    await visitor.close();
  });

  test("says to the visitor what is theirs of the result, and to the member all of it", async () => {
    const body = {
      booked: true,
      reference: "A-7 [1]",
      pay: "https://evil.test/pay",
      shop: "[here](https://evil.test)",
      internal_note: "Pays late, charge more.",
      apiToken: "not-yours",
      key_of_door: "not-yours-either",
      hook: "sk_live_51H8xkLJ2eZvKYlo2C0aBcDeF",
    };
    n8n.behave = () => ({ status: 200, body });
    const { visitor, approval } = await asked();
    const saying = visitor.next((frame) => frame.type === "message");
    const done = await decide(approval, "approve");
    assert.deepEqual(JSON.parse(done.result), body);
    assert.equal((await saying).text, "“Appointment”: confirmed and done.\n\nBooked: ✓\nPay: …\nReference: A-7 \nShop: here");
    await visitor.close();
  });

  test("is not made when a member declines, and the visitor reads why", async () => {
    const { visitor, approval } = await asked();
    const saying = visitor.next((frame) => frame.type === "message");
    const reason = "That day is full.";
    assert.equal((await decide(approval, "decline", { reason })).state, "declined");
    assert.equal((await saying).text, `“Appointment”: our team has declined this. Nothing was done.\n\n${reason}`);
    assert.equal(n8n.calls.length, 0);
    await refused(decide(approval, "approve"), 409);
    await visitor.close();
  });

  test("expires, and the visitor is told", async () => {
    const { visitor, approval } = await asked();
    const saying = visitor.next((frame) => frame.type === "message");
    await product.relations.prepare("UPDATE approvals SET expires_at = 1, due_at = 1 WHERE id = ?1").bind(approval.id).run();
    await refused(decide(approval, "approve"), 409);
    await tick();
    assert.match((await saying).text, /nobody could confirm this in time/);
    const [now] = await product.client.get("/v1/approvals?state=expired");
    assert.equal(now.id, approval.id);
    assert.equal(n8n.calls.length, 0);
    await visitor.close();
  });

  test("is asked for once, however often the model wants it", async () => {
    const { visitor, approval } = await asked();
    const plans = [booking(), booking()];
    model.behave = () => plans.shift() ?? { text: "It still waits." };
    await visitor.ask("Is it booked?");
    const all = await product.client.get(`/v1/approvals?conversation=${visitor.conversation}`);
    assert.deepEqual([all.map(({ id }) => id), messages(visitor).length], [[approval.id], 1]);
    await visitor.close();
  });

  test("with arguments that do not fit is refused at once", async () => {
    const plans = [booking({ name: "" })];
    model.behave = () => plans.shift() ?? { text: "When shall it be?" };
    const visitor = await Visitor.open(product);
    await visitor.ask("Book me in.");
    assert.deepEqual([await product.client.get(`/v1/approvals?conversation=${visitor.conversation}`), messages(visitor)], [[], []]);
    await visitor.close();
  });

  test("is not agreed to once its tool leads elsewhere", async () => {
    const { visitor, approval } = await asked();
    const tool = tools.book_appointment;
    await product.client.call("PUT", `/v1/tools/${tool.id}`, { content: { ...tool.content, url: `${n8n.url}/webhook/inventory` } });
    await refused(decide(approval, "approve"), 409);
    await product.client.call("PUT", `/v1/tools/${tool.id}`, { content: tool.content });
    await refused(decide(approval, "approve"), 409);
    assert.equal(n8n.calls.length, 0);
    await decide(approval, "decline");
    await visitor.close();
  });
});

describe("cut off at any point", () => {
  /** What is left where we were killed after the yes: agreed to, and due again. */
  const cut = async (approval) => product.relations
    .prepare("UPDATE approvals SET state = 'approved', decided_at = 1, decided_by = 'Owner', due_at = 1 WHERE id = ?1").bind(approval.id).run();

  test("before the call: the schedule makes it, once", async () => {
    const { visitor, approval } = await asked();
    await cut(approval);
    const saying = visitor.next((frame) => frame.type === "message");
    await Promise.all([tick(), tick()]);
    assert.match((await saying).text, /confirmed and done/);
    assert.equal(n8n.calls.length, 1);
    await visitor.close();
  });

  test("after the call: it is not made again, and the visitor is told once", async () => {
    const { visitor, approval } = await asked();
    const saying = visitor.next((frame) => frame.type === "message");
    await decide(approval, "approve");
    await saying;
    const before = messages(visitor);
    await cut(approval);
    await tick();
    await until("it to be done", async () => (await product.client.get(`/v1/approvals?conversation=${visitor.conversation}`))[0].state === "finished");
    assert.deepEqual([n8n.calls.length, messages(visitor)], [1, before]);
    await visitor.close();
  });

  test("while the call was under way: nobody knows, so it is not made again", async () => {
    const { visitor, approval, answer } = await asked();
    await decide(approval, "approve");
    const database = product.relations;
    await database.prepare("UPDATE tool_runs SET state = 'running' WHERE turn_id = ?1").bind(answer.turn_id).run();
    await cut(approval);
    await tick();
    const now = await until("it to be done", async () => {
      const [one] = await product.client.get(`/v1/approvals?conversation=${visitor.conversation}`);
      return one.state === "finished" && one;
    });
    assert.deepEqual([now.succeeded, n8n.calls.length], [false, 1]);
    assert.match(now.result, /not known whether/);
    await visitor.close();
  });

  test("of two who agree at once, one has decided and the call is made once", async () => {
    const { visitor, approval } = await asked();
    const editor = await createMember(product, product.workspace, "editor");
    const both = await Promise.allSettled([decide(approval, "approve"), editor.client.call("POST", `/v1/approvals/${approval.id}/approve`)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    assert.equal(n8n.calls.length, 1);
    await visitor.close();
  });
});

describe("the level", () => {
  test("lets an agent that only reads look things up by itself", async () => {
    const { id, content } = tools.order_status;
    await product.client.call("PUT", `/v1/tools/${id}`, { content: { ...content, effect: "reads" } });
    const plans = [{ calls: [{ id: "c1", name: "order_status", pieces: ['{"order":"HL-1001"}'] }] }];
    model.behave = () => plans.shift() ?? { text: "It was shipped." };
    const visitor = await Visitor.open(product);
    await visitor.ask("Where is HL-1001?");
    assert.deepEqual([n8n.calls.length, messages(visitor)], [1, []]);
    // This one always asks, whatever it does.
    await product.client.call("PUT", `/v1/tools/${id}`, { content: { ...content, effect: "reads", needs_approval: true } });
    plans.push({ calls: [{ id: "c2", name: "order_status", pieces: ['{"order":"HL-1002"}'] }] });
    const told = visitor.next((frame) => frame.type === "message");
    await visitor.ask("And HL-1002?");
    assert.match((await told).text, /^“Order status”: somebody of our team/);
    assert.equal(n8n.calls.length, 1);
    await visitor.close();
  });

  test("is not passed by the playground, where nobody is asked", async () => {
    const plans = [booking()];
    model.behave = () => plans.shift() ?? { text: "Somebody would have to confirm it." };
    const response = await product.client.raw("POST", `/v1/agents/${product.agent}/playground`, { question: "Book me in." });
    const events = (await response.text()).split("\n\n").filter(Boolean).map((line) => JSON.parse(line.replace("data: ", "")));
    assert.match(events.find(({ event }) => event === "tool").call.result, /would now wait/);
    assert.equal(n8n.calls.length, 0);
  });

  test("may be everything: then nothing waits", async () => {
    await level({ autonomy: "everything" });
    const plans = [booking({ ...BOOK, name: "Ben" })];
    model.behave = () => plans.shift() ?? { text: "Booked." };
    const visitor = await Visitor.open(product);
    assert.equal((await visitor.ask("Book me in, I am Ben.")).text, "Booked.");
    assert.equal(n8n.calls.length, 1);
    await visitor.close();
    await level({ autonomy: "reading_only" });
  });

  test("holds for a visitor who was here before it was published, and so do tools that were taken away", async () => {
    const { draft } = await product.client.get(`/v1/agents/${product.agent}`);
    await level({ autonomy: "everything" });
    const visitor = await Visitor.open(product);
    model.behave = () => ({ text: "Hello." });
    await visitor.ask("Who are you?");
    await level({ autonomy: "reading_only", instructions: "Speak like a captain." });
    let plans = [booking({ ...BOOK, name: "Cyd" })];
    model.behave = () => plans.shift() ?? { text: "Somebody has to confirm it." };
    await visitor.ask("Book me in, I am Cyd.");
    assert.equal(n8n.calls.length, 0);
    assert.equal((await visitor.closed).code, 1012);
    await visitor.connect();
    const from = model.requests.length;
    await visitor.ask("And what about the weather?");
    assert.ok(JSON.stringify(model.requests.slice(from)).includes("Speak like a captain."));

    await level({ autonomy: "reading_only", instructions: draft.instructions, tools: [] });
    plans = [{ calls: [{ id: newId("c"), name: "order_status", pieces: [JSON.stringify({ order_number: "1001" })] }] }];
    const asked = model.requests.length;
    await visitor.ask("Where is my order 1001?");
    assert.equal(n8n.calls.length, 0);
    assert.match(JSON.stringify(model.requests.slice(asked)), /not the agent's any more/);
    await visitor.close();
    await level({ autonomy: "reading_only" });
  });

  test("has a time that is neither too short nor longer than a conversation", async () => {
    const path = `/v1/agents/${product.agent}`;
    const { revision, draft } = await product.client.get(path);
    for (const approval_minutes of [4, 1_201]) {
      await refused(product.client.call("PUT", `${path}/draft`, { revision, draft: { ...draft, approval_minutes } }), 400);
    }
  });
});

test("what waits in one workspace is nothing to another, and to its viewers it is for looking", async () => {
  const { visitor, approval } = await asked();
  assert.deepEqual(await other.client.get("/v1/approvals"), []);
  for (const verb of ["approve", "decline"]) await refused(other.client.call("POST", `/v1/approvals/${approval.id}/${verb}`, {}), 404);
  const viewer = await createMember(product, product.workspace, "viewer");
  assert.ok((await viewer.client.get("/v1/approvals?state=waiting")).some(({ id }) => id === approval.id));
  await refused(viewer.client.call("POST", `/v1/approvals/${approval.id}/approve`), 403);
  assert.equal(n8n.calls.length, 0);
  await visitor.close();
});

test("a tool says how it did, and its calls are found by what came of them", async () => {
  const { id, content } = tools.check_stock;
  n8n.behave = () => ({ status: 400, body: "no" });
  const attempt = (model) => product.client.call("POST", `/v1/tools/${id}/try`, { arguments: { model } });
  await attempt("lane-3");
  n8n.behave = () => undefined;
  await attempt("quay-e");
  await attempt("unknown");
  const tool = await product.client.get(`/v1/tools/${id}`);
  assert.deepEqual([tool.recent, tool.week], [{ calls: 2, succeeded: 1 }, { calls: 2, succeeded: 1 }], content.name);
  assert.ok(Date.now() - tool.last_at < 60_000);
  for (const state of ["succeeded", "failed", "refused"]) {
    assert.deepEqual((await product.client.get(`/v1/tools/${id}/runs?state=${state}`)).map((run) => run.state), [state]);
  }
  await refused(product.client.get(`/v1/tools/${id}/runs?state=odd`), 400);
});
