// Handing over: a visitor asks for a person, a member takes over, both write, it is handed back, resolved, rated;
// nobody there; rules and alerts; what a fault between the Workers may not change.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ORIGIN, Visitor, askBySse, createMember, init, letters, messageId, newsBySse, start, tenant, until } from "./harness.mjs";

let product, client;

/** Publishes the agent with these words in its draft. */
async function publish(agent, change, by = client) {
  const { draft, revision } = await by.get(`/v1/agents/${agent}`);
  const saved = await by.call("PUT", `/v1/agents/${agent}/draft`, { revision, draft: { ...draft, allowed_origins: ["*"], ...change } });
  await by.call("POST", `/v1/agents/${agent}/publish`, { revision: saved.revision });
  return saved;
}

before(async () => {
  product = await start();
  client = product.client;
});
after(() => product?.stop());

const say = (visitor, text, id = messageId()) => {
  visitor.send({ type: "message", id, text, page_url: `${ORIGIN}/page` });
  return id;
};
const state = (visitor, standing) => visitor.next((frame) => frame.type === "state" && frame.standing === standing);
const spoken = (visitor, text) => visitor.next((frame) => frame.type === "message" && frame.text === text);
const act = (visitor, verb, body, by = client) => by.call("POST", `/v1/conversations/${visitor.conversation}/${verb}`, body);
/** A conversation as members see it, once it is as it should be. */
const archived = (visitor, fits, by = client) =>
  until("the conversation to be as it should", async () => {
    const response = await by.raw("GET", `/v1/conversations/${visitor.conversation}`);
    const found = response.ok && (await response.json()).data;
    return found && fits(found) ? found : undefined;
  });
const texts = (conversation) => conversation.messages.map(({ from, text }) => [from, text]);

test("a conversation that nobody ends, ends: answered well it is rated, else it was left", async () => {
  const hasty = await start({ vars: { AWAY_SECONDS: "2" } });
  try {
    const { client } = hasty;
    await client.call("POST", `/v1/agents/${hasty.agent}/curated-answers`, { pattern: "When are you open on Sundays?", answer: "From ten to four." });
    const ends = (visitor, standing) => visitor.next((frame) => frame.type === "state" && frame.standing === standing);
    const listed = (visitor, standing) => until(`a conversation ${standing}`, async () => (await client.get(`/v1/conversations?standing=${standing}`)).some(({ id }) => id === visitor.conversation));

    const content = await Visitor.open(hasty);
    const resolved = ends(content, "resolved");
    assert.equal((await content.ask("When are you open on Sundays?")).provider, "curated");
    await resolved;
    const rated = content.next((frame) => frame.type === "state" && frame.rating === 5);
    content.send({ type: "rate", stars: 5 });
    await rated;
    await listed(content, "resolved");
    const again = ends(content, "bot");
    assert.equal((await content.ask("When are you open on Sundays?")).type, "turn_finished");
    await again;

    const unsure = await Visitor.open(hasty);
    const left = ends(unsure, "abandoned");
    assert.equal((await unsure.ask("Who was the third man on the moon?")).low_confidence, true);
    await left;
    await listed(unsure, "abandoned");

    const silent = await Visitor.open(hasty);
    const waits = ends(silent, "waiting");
    say(silent, "I want to talk to a real person");
    await waits;
    await listed(silent, "waiting");
    const gone = ends(silent, "abandoned");
    await client.call("POST", `/v1/conversations/${silent.conversation}/claim`, {});
    await gone;
    await listed(silent, "abandoned");
    for (const visitor of [content, unsure, silent]) await visitor.close();
  } finally {
    await hasty.stop();
  }
});

/** A visitor who waits for a person. */
async function waiting(words = "I want to talk to a real person", options) {
  const visitor = await Visitor.open(product, options);
  const waits = state(visitor, "waiting");
  say(visitor, words);
  await waits;
  return visitor;
}

test("from the agent to a person and back, to the end", async () => {
  const visitor = await Visitor.open(product);
  const begun = Date.now();
  const [heard, told, waits] = [spoken(visitor, "Can I speak to a person?"), visitor.next((frame) => frame.from === "system"), state(visitor, "waiting")];
  const asked = say(visitor, "Can I speak to a person?");
  assert.equal((await heard).message_id, asked);
  assert.match((await told).text, /up to 3 min/);
  const { until_ms } = await waits;
  assert.ok(until_ms >= begun + 179_000 && until_ms <= Date.now() + 180_000, `${until_ms - begun}`);
  // The inbox knows, and no turn was begun.
  const listed = await archived(visitor, ({ summary }) => summary.handover.standing === "waiting");
  assert.deepEqual([listed.summary.state, listed.summary.turns, listed.summary.first_question], ["escalated", 0, "Can I speak to a person?"]);
  const inbox = await client.get(`/v1/agents/${product.agent}/conversations?standing=waiting`);
  assert.ok(inbox.some(({ id }) => id === visitor.conversation));
  assert.equal((await client.get(`/v1/agents/${product.agent}/conversations?standing=human`)).length, 0);

  const joined = state(visitor, "human");
  assert.equal((await act(visitor, "claim")).member.name, "Owner");
  assert.equal((await joined).name, "Owner");
  // Two write: the visitor's words make no turn.
  const typing = visitor.next((frame) => frame.type === "typing");
  await act(visitor, "typing");
  assert.equal((await typing).name, "Owner");
  const reply = spoken(visitor, "Hello, how can I help?");
  const sent = await act(visitor, "reply", { text: "Hello, how can I help?", id: "reply-0001" });
  const { from, name, id } = await reply;
  assert.deepEqual([from, name, id], ["member", "Owner", sent.id]);
  // The same reply, sent again because its answer was lost, is said once.
  assert.equal((await act(visitor, "reply", { text: "Hello, how can I help?", id: "reply-0001" })).id, sent.id);
  const question = say(visitor, "When are you open?");
  await spoken(visitor, "When are you open?");
  for (let n = 0; n < 4; n += 1) say(visitor, "When are you open?", question);

  const back = state(visitor, "bot");
  await act(visitor, "handback");
  assert.equal((await back).name, undefined);
  const answer = await visitor.ask("When are you open?");
  assert.equal(answer.type, "turn_finished");

  const [closing, closed] = [visitor.next((frame) => frame.from === "system"), state(visitor, "resolved")];
  await act(visitor, "resolve");
  await Promise.all([closing, closed]);
  await act(visitor, "resolve");
  const rated = visitor.next((frame) => frame.type === "state" && frame.rating === 5);
  visitor.send({ type: "rate", stars: 5 });
  await rated;
  const all = await archived(visitor, ({ summary, messages, turns }) => summary.handover.rating === 5 && messages.length === 5 && turns.length === 1);
  assert.equal(all.summary.state, "resolved");
  assert.deepEqual(texts(all).filter(([from]) => from !== "system"), [
    ["visitor", "Can I speak to a person?"],
    ["member", "Hello, how can I help?"],
    ["visitor", "When are you open?"],
  ]);
  // One closing message, never two.
  assert.equal(all.messages.filter(({ text }) => /has been closed/.test(text)).length, 1);
  // A client that comes anew receives all of it, once and in order (the harness refuses a number twice).
  const numbers = visitor.frames.filter(({ n }) => n).map(({ n }) => n);
  assert.deepEqual(numbers, numbers.map((_, at) => at + 1));
  await visitor.close();
  visitor.last = 0;
  const live = visitor.frames.filter(({ type }) => type === "message" || type === "state");
  visitor.frames = [];
  const end = visitor.next((frame) => frame.n === numbers.at(-1));
  await visitor.connect({ after: 0 });
  await end;
  assert.deepEqual(visitor.frames.filter(({ type }) => type === "message" || type === "state"), live);

  const actions = (await client.get(`/v1/audit-log?subject=${visitor.conversation}`)).map(({ action }) => action);
  assert.deepEqual([...new Set(actions)].sort(), ["conversation.claimed", "conversation.handed_back", "conversation.replied", "conversation.resolved"]);
  // Writing again begins anew, with the agent.
  const reopened = state(visitor, "bot");
  assert.equal((await visitor.ask("And on Sundays?")).type, "turn_finished");
  assert.equal((await reopened).rating, undefined);
  await visitor.close();
});

test("of two members who take over at once one has it; the other may neither write nor hurt", async () => {
  const visitor = await waiting();
  const members = await Promise.all([createMember(product, product.workspace, "editor", { name: "Ada" }), createMember(product, product.workspace, "editor", { name: "Bo" })]);
  await archived(visitor, () => true);
  const claims = await Promise.allSettled(members.map(({ client }) => act(visitor, "claim", undefined, client)));
  assert.deepEqual(claims.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  const winner = claims.findIndex(({ status }) => status === "fulfilled");
  const loser = members[1 - winner];
  assert.match(claims[1 - winner].reason.message, new RegExp(`409 conflict: ${members[winner].name} has taken`));
  await assert.rejects(act(visitor, "reply", { text: "Me, too" }, loser.client), { status: 409, code: "conflict" });
  await assert.rejects(act(visitor, "typing", undefined, loser.client), { status: 409 });
  // Taking over what one has changes nothing.
  const again = await act(visitor, "claim", undefined, members[winner].client);
  assert.equal(again.member.name, members[winner].name);
  const viewer = await createMember(product, product.workspace, "viewer");
  await assert.rejects(act(visitor, "claim", undefined, viewer.client), { status: 403 });
  await visitor.close();
});

test("another workspace finds no conversation, whatever it wants to do there", async () => {
  const visitor = await waiting();
  await archived(visitor, () => true);
  const other = await tenant(product, "handover-other@example.test");
  const bodies = { reply: { text: "x" }, notes: { text: "x" }, transcript: { to: "x@example.test" } };
  for (const verb of ["claim", "reply", "typing", "handback", "resolve", "notes", "transcript"]) {
    await assert.rejects(act(visitor, verb, bodies[verb] ?? {}, other.client), { status: 404 }, verb);
  }
  assert.ok(visitor.frames.every(({ standing }) => standing !== "human" && standing !== "resolved"));
  await visitor.close();
});

test("notes are for members alone, and a transcript goes out without them", async () => {
  const visitor = await waiting();
  await archived(visitor, () => true);
  // The answer to a note may be lost: sent again under its id it is the same note.
  const note = { text: "Regular customer", id: "note-000000001" };
  const noted = await act(visitor, "notes", note);
  assert.deepEqual(await act(visitor, "notes", note), noted);
  assert.deepEqual(await act(visitor, "notes", { ...note, text: "Changed meanwhile" }), noted);
  await assert.rejects(act(visitor, "notes", { ...note, id: "short" }), { status: 400, field: "id" });
  await act(visitor, "notes", { text: "Twice the same" });
  await act(visitor, "notes", { text: "Twice the same" });
  await act(visitor, "claim");
  await act(visitor, "reply", { text: "Good morning" });
  const seen = await archived(visitor, ({ messages }) => messages.some(({ text }) => text === "Good morning"));
  assert.deepEqual(texts(seen).filter(([from]) => from === "note").map(([, text]) => text), ["Regular customer", "Twice the same", "Twice the same"]);
  const lines = await client.all("/v1/audit-log?action=conversation.noted");
  assert.equal(lines.filter(({ subject }) => subject === visitor.conversation).length, 3, "and noted in the log once");
  // Of another conversation the id is another one.
  const elsewhere = await waiting();
  await archived(elsewhere, () => true);
  assert.notEqual((await act(elsewhere, "notes", note)).id, noted.id);
  await elsewhere.close();
  assert.ok(!JSON.stringify(visitor.frames).includes("Regular customer"));
  await assert.rejects(act(visitor, "transcript", { to: "nobody" }), { status: 400 });
  await act(visitor, "transcript", { to: "visitor@example.test" });
  const [letter] = await until("the transcript", async () => {
    const found = await letters(product, "visitor@example.test");
    return found.length ? found : undefined;
  });
  assert.equal(letter.purpose, "transcript");
  assert.match(letter.text, /Visitor: I want to talk to a real person[\s\S]+Owner: Good morning/);
  assert.ok(!letter.text.includes("Regular customer"));
  await visitor.close();
});

test("an API key takes over under the name of the business, within its scope", async () => {
  const visitor = await waiting();
  await archived(visitor, () => true);
  const key = async (scopes) => (await client.call("POST", "/v1/api-keys", { name: "Zap", scopes })).secret;
  const call = (secret, verb, body) => product.client.call("POST", `/v1/conversations/${visitor.conversation}/${verb}`, body, { authorization: `Bearer ${secret}`, cookie: "" });
  await assert.rejects(call(await key(["conversations:read"]), "claim"), { status: 403, code: "scope_missing" });
  const secret = await key(["conversations:write"]);
  assert.equal((await call(secret, "claim")).member.name, "Test");
  const reply = spoken(visitor, "From the desk");
  await call(secret, "reply", { text: "From the desk" });
  assert.equal((await reply).name, "Test");
  await visitor.close();
});

test("without sockets the visitor's words and what was said come as events", async () => {
  const visitor = await waiting();
  await archived(visitor, () => true);
  await act(visitor, "claim");
  await act(visitor, "reply", { text: "Hello there" });
  const frames = (await askBySse(product, visitor.token, "Thank you!")).events.map(({ frame }) => frame);
  assert.ok(frames.some(({ type, text }) => type === "message" && text === "Hello there"));
  assert.ok(frames.some(({ type, text, from }) => type === "message" && text === "Thank you!" && from === "visitor"));
  assert.ok(frames.every(({ type }) => type !== "turn_started"));
  await visitor.close();
});

test("the visitor presses the button; twice is once; a rating before the end is refused", async () => {
  const visitor = await Visitor.open(product);
  const refused = visitor.next(({ type }) => type === "refused");
  visitor.send({ type: "rate", stars: 5 });
  assert.equal((await refused).code, "invalid");
  const waits = state(visitor, "waiting");
  visitor.send({ type: "handover" });
  await waits;
  visitor.send({ type: "handover" });
  const heard = spoken(visitor, "Hello?");
  say(visitor, "Hello?");
  await heard;
  // Where one stands in the queue is said beside it.
  assert.equal(visitor.frames.filter(({ type, position }) => type === "state" && position === undefined).length, 1);
  await visitor.close();
});

test("two unsure answers in a row offer a person, once", async () => {
  const visitor = await Visitor.open(product);
  await visitor.ask("Do you sell submarines?");
  assert.ok(visitor.frames.every(({ type }) => type !== "state"));
  const offer = visitor.next(({ type }) => type === "state");
  await visitor.ask("Do you rent out zeppelins?");
  const { standing, offered } = await offer;
  assert.deepEqual([standing, offered], ["bot", true]);
  await visitor.ask("And hovercrafts?");
  assert.equal(visitor.frames.filter(({ type }) => type === "state").length, 1);
  const seen = await archived(visitor, ({ summary }) => summary.handover.reason);
  assert.equal(seen.summary.handover.reason, "unsure");
  await visitor.close();
});

test("who loses patience is answered and offered a person", async () => {
  const visitor = await Visitor.open(product);
  const offer = visitor.next(({ type }) => type === "state");
  assert.equal((await visitor.ask("That is not what I asked, when are you open?")).type, "turn_finished");
  const { standing, offered } = await offer;
  assert.deepEqual([standing, offered], ["bot", true]);
  const seen = await archived(visitor, ({ summary }) => summary.handover.reason);
  assert.equal(seen.summary.handover.reason, "frustrated");
  await visitor.close();
});

describe("with rules of its own", () => {
  let other;
  before(async () => {
    other = await tenant(product, "rules@example.test");
    const rules = [
      { words: ["gas leak", "burst pipe"], urgency: "emergency", connect: true, alert: true },
      { words: ["enterprise"], high_value: true, alert: true },
    ];
    await publish(other.agent, { handover: { enabled: true, wait_s: 20, rules } }, other.client);
    const edge = await product.miniflare.getKVNamespace("AGENTS", product.front);
    await until("the edge to know the rules", async () => JSON.parse((await edge.get(`agent/${other.agent}`)) ?? "{}").handover?.rules?.length);
  });
  const alerts = (fits) => until("an alert", async () => (await letters(product, "rules@example.test")).find((letter) => letter.purpose === "visitor_alert" && fits(letter)));

  test("an emergency alerts the owner; nobody comes, so the visitor is asked how to be reached, and is", async () => {
    const visitor = await Visitor.open(product, { agent: other.agent });
    const waits = state(visitor, "waiting");
    say(visitor, "Help, there is a GAS LEAK in my kitchen");
    await waits;
    const over = Promise.all([visitor.next(({ from, text }) => from === "system" && /e-mail address or phone/.test(text), 90_000), visitor.next(({ standing }) => standing === "bot", 90_000)]);
    const [seen, letter] = await Promise.all([
      archived(visitor, ({ summary }) => summary.handover.standing === "waiting", other.client),
      alerts(({ subject }) => /urgently/.test(subject)),
    ]);
    assert.match(letter.text, /GAS LEAK in my kitchen/);
    assert.deepEqual([seen.summary.handover.urgency, seen.summary.handover.reason], ["emergency", "keyword"]);
    await over;
    await alerts(({ subject }) => /asked for a person/.test(subject));
    const thanks = visitor.next(({ from }) => from === "system");
    say(visitor, "ann@example.test, please hurry");
    await thanks;
    const left = await alerts(({ subject }) => /left a way/.test(subject));
    assert.match(left.text, /ann@example\.test, please hurry/);
    // The agent is there again.
    assert.equal((await visitor.ask("Do you sell boats?")).type, "turn_finished");
    await visitor.close();
  });

  test("words that promise much are answered, a person is offered, and the owner knows", async () => {
    const visitor = await Visitor.open(product, { agent: other.agent });
    const offer = visitor.next(({ type }) => type === "state");
    assert.equal((await visitor.ask("What is in your Enterprise plan?")).type, "turn_finished");
    assert.equal((await offer).offered, true);
    await alerts(({ text }) => /Enterprise plan/.test(text));
    await visitor.close();
  });
});

test("without a socket the visitor sees what happens between turns, once", async () => {
  const { data } = await init(product);
  const visitor = { conversation: data.conversation_id };
  const nothing = await newsBySse(product, data.token, 0);
  const hello = { type: "hello", conversation_id: data.conversation_id, last: 0 };
  assert.deepEqual([nothing.status, nothing.events], [200, [{ id: 0, frame: hello }]], "nothing was said yet");
  await askBySse(product, data.token, "I want to talk to a real person");
  let last = 0;
  const heard = [];
  const look = async () => {
    const { events: [hello, ...events] } = await newsBySse(product, data.token, last);
    assert.deepEqual([hello.id, hello.frame.type, hello.frame.last], [last, "hello", events.at(-1)?.id ?? last]);
    for (const { id, frame } of events) {
      assert.ok(id > last && frame.n === id);
      last = id;
      heard.push(frame);
    }
  };
  await look();
  // The place in the queue may have come already.
  assert.deepEqual(heard.map(({ type }) => type).slice(0, 3), ["message", "message", "state"]);
  assert.equal(heard.at(-1).standing, "waiting");
  await archived(visitor, ({ summary }) => summary.handover.standing === "waiting");
  await act(visitor, "claim");
  await act(visitor, "reply", { text: "Hello, how can I help?", id: "sse-reply-1" });
  await until("the member's words", async () => {
    await look();
    return heard.some(({ type, text }) => type === "message" && text === "Hello, how can I help?");
  });
  assert.ok(heard.some(({ standing, name }) => standing === "human" && name === "Owner"));
  const [before, seen] = [heard.length, last];
  await look();
  assert.ok(heard.slice(before).every(({ n }) => n > seen), "what was heard is not told again");
  const foreign = await newsBySse(product, "forged", 0);
  assert.deepEqual([foreign.status, foreign.error.code], [401, "token_invalid"]);
});

test("without a socket a visitor does all that one with a socket does, and misses nothing between two questions", async () => {
  const { data } = await init(product);
  const visitor = { conversation: data.conversation_id };
  const say = (frame, after = 0) => newsBySse(product, data.token, after, frame);
  const asked = { type: "message", id: messageId(), text: "When are you open on Sundays?" };
  const first = await say(asked);
  assert.deepEqual([first.events[0].frame.type, first.events.at(-1).frame.type], ["turn_started", "turn_finished"]);
  const { turn_id } = first.events[0].frame;
  let last = first.events.at(-1).id;
  // An opinion is kept, and answered as a look is.
  const judged = await say({ type: "feedback", turn_id, good: false, reason: "Too short" }, last);
  assert.deepEqual(judged.events.map(({ id, frame }) => [id, frame.type, frame.last]), [[last, "hello", last]]);
  await archived(visitor, ({ turns }) => turns.some(({ id, feedback }) => id === turn_id && feedback?.good === false && feedback.reason === "Too short"));
  // A person comes and goes; only the next question brings what they said.
  await say({ type: "handover" }, last);
  await archived(visitor, ({ summary }) => summary.handover.standing === "waiting");
  await act(visitor, "claim");
  await act(visitor, "reply", { text: "Hello, how can I help?", id: "sse-reply-2" });
  await act(visitor, "resolve");
  const rated = await say({ type: "rate", stars: 4 }, last);
  const { frame } = rated.events.at(-1);
  assert.deepEqual([frame.type, frame.standing, frame.rating], ["state", "resolved", 4]);
  const next = await say({ ...asked, id: messageId(), text: "And on Mondays?" }, last);
  const types = next.events.map(({ frame }) => frame.type);
  assert.ok(types.indexOf("message") < types.indexOf("turn_started"), `${types}`);
  assert.ok(next.events.some(({ frame }) => frame.text === "Hello, how can I help?"));
  assert.deepEqual(next.events.map(({ id }) => id), next.events.map((_, at) => last + 1 + at), "without a gap");
  assert.equal(types.at(-1), "turn_finished");
  last = next.events.at(-1).id;
  // What was asked before and is over does not wait for anything.
  assert.deepEqual((await say(asked, last)).events, []);
  const nobody = await say({ type: "lead_confirm", id: "nothing", accept: true }, last);
  assert.deepEqual([nobody.status, nobody.error.code], [404, "not_found"]);
  const strange = await say({ type: "dance" }, last);
  assert.deepEqual([strange.status, strange.error.code], [400, "malformed"]);
});

test("outside business hours the visitor is not kept waiting", async () => {
  const other = await tenant(product, "hours@example.test");
  const now = new Date();
  const weekday = ((now.getUTCDay() + 2) % 7) + 1;
  const settings = await other.client.get("/v1/workspace");
  const hours = { time_zone: "UTC", open: [{ weekday, from: 540, to: 541 }] };
  await other.client.call("PATCH", "/v1/workspace", { profile: { ...settings.profile, hours } });
  await publish(other.agent, { after_hours_message: "We are back on Monday. Leave your number." }, other.client);
  const visitor = await Visitor.open(product, { agent: other.agent });
  const told = visitor.next(({ from }) => from === "system");
  const stays = visitor.next(({ type }) => type === "state");
  say(visitor, "Ich möchte mit einem Menschen sprechen");
  assert.equal((await told).text, "We are back on Monday. Leave your number.");
  assert.equal((await stays).standing, "bot");
  const alerts = async () => (await letters(product, "hours@example.test")).filter(({ purpose }) => purpose === "visitor_alert").length;
  await until("an alert", alerts);
  // Whoever asks again is told again, and the owner is not.
  for (let n = 0; n < 3; n += 1) {
    const again = visitor.next(({ from }) => from === "system");
    if (n < 2) visitor.send({ type: "handover" });
    else say(visitor, "Ich möchte mit einem Menschen sprechen!");
    assert.equal((await again).text, "We are back on Monday. Leave your number.");
  }
  await archived(visitor, ({ messages }) => messages.filter(({ from }) => from === "system").length === 4, other.client);
  // A day and the number of an order are asked about, and answered.
  for (const question of ["Sind Sie am 2026-12-24 geöffnet?", "Wo ist 12345678?"]) {
    assert.equal((await visitor.ask(question)).type, "turn_finished", question);
  }
  // Whoever asks something beside their number is answered, and the owner hears of the number all the same.
  assert.equal((await visitor.ask("Meine Nummer: +49 30 1234567. Was kostet eine Reparatur?")).type, "turn_finished");
  await until("the mail about the number", async () => (await alerts()) > 1);
  assert.equal(await alerts(), 2, "one that nobody is there, one that a number was left");
  await visitor.close();
});
