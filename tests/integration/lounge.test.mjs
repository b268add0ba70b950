// The lounge: members are told of what happens in their workspace and nothing else, see each other and the visitor
// writing; who waits knows the place; a lounge that lost everything knows it again.
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Client, request } from "../../scripts/client.mjs";
import { newSecrets } from "../../scripts/secrets.mjs";
import { ORIGIN, OWNER, Seat, Visitor, createMember, folder, messageId, start, startAgain, tenant, until } from "./harness.mjs";

let product, client, other;
before(async () => {
  product = await start();
  client = product.client;
  other = await tenant(product, "lounge-other@example.test");
});
after(() => product?.stop());

const act = (visitor, verb, body, by = client) => by.call("POST", `/v1/conversations/${visitor.conversation}/${verb}`, body);
const about = (visitor, what, fits = () => true) => (frame) => frame.type === "happened" && frame.conversation_id === visitor.conversation && frame.what.what === what && fits(frame.what);
const placed = (visitor, position) => {
  const fits = (frame) => frame.type === "state" && frame.standing === "waiting" && frame.position === position;
  const newest = visitor.frames.filter(({ type }) => type === "state").at(-1);
  return newest && fits(newest) ? newest : visitor.next(fits);
};
const queue = (...visitors) => (frame) => frame.type === "waiting" && JSON.stringify(frame.conversations) === JSON.stringify(visitors.map(({ conversation }) => conversation));
/** A visitor who waits for a person, of whom the relations know. */
async function waiting(of = product, options) {
  const visitor = await Visitor.open(of, options);
  const waits = visitor.next((frame) => frame.type === "state" && frame.standing === "waiting");
  visitor.send({ type: "message", id: messageId(), text: "I want to talk to a real person", page_url: `${ORIGIN}/page` });
  await waits;
  return visitor;
}
const known = (visitor, by = client) => until("the relations to know", async () => (await by.get("/v1/conversations?standing=waiting")).some(({ id }) => id === visitor.conversation));

test("members hear of their own workspace alone, and see each other", async () => {
  const ada = await createMember(product, product.workspace, "viewer", { name: "Ada" });
  const [owner, viewer, stranger] = await Promise.all([Seat.enter(product, client), Seat.enter(product, ada.client), Seat.enter(product, other.client)]);
  const both = await owner.heard(({ type, members }) => type === "present" && members.length === 2);
  assert.deepEqual(both.members.map(({ name }) => name).sort(), ["Ada", "Owner"]);
  const visitor = await Visitor.open(product);
  await visitor.ask("When are you open?");
  await Promise.all([owner.heard(about(visitor, "begun")), viewer.heard(about(visitor, "begun"))]);
  // What the routes have by then is told, too.
  await owner.heard((frame) => frame.type === "recorded" && frame.conversations.includes(visitor.conversation));
  assert.ok((await client.get("/v1/conversations")).some(({ id }) => id === visitor.conversation));
  // A second question begins no conversation.
  await visitor.ask("And on Sundays?");
  viewer.look(visitor.conversation);
  await owner.heard(({ type, members }) => type === "present" && members.some(({ id, looks_at }) => id === ada.user && looks_at.includes(visitor.conversation)));
  assert.equal(owner.frames.filter(about(visitor, "begun")).length, 1);
  // The same member in two tabs is one member; gone from both, gone.
  const again = await Seat.enter(product, ada.client);
  await again.heard(({ type, members }) => type === "present" && members.length === 2);
  await Promise.all([again.leave(), viewer.leave()]);
  await until("Ada to be gone", () => owner.frames.findLast(({ type }) => type === "present").members.length === 1);
  assert.deepEqual(stranger.frames.filter(({ type }) => type === "happened" || type === "recorded"), []);
  assert.deepEqual(stranger.frames.findLast(({ type }) => type === "present").members.map(({ name }) => name), ["Other"]);
  await Promise.all([owner.leave(), stranger.leave(), visitor.close()]);
});

test("nobody enters without a session, from another site, or by a key; who is removed has to leave", async () => {
  const ask = async (headers) => {
    const response = await request(`${product.url}/v1/lounge`, { headers });
    return [response.status, (await response.json()).error.code];
  };
  const origin = product.url;
  assert.deepEqual(await ask({ origin }), [401, "sign_in_required"]);
  assert.deepEqual(await ask({ origin, cookie: `__Host-frontdesk=${"0".repeat(64)}` }), [401, "sign_in_required"]);
  for (const elsewhere of [{}, { origin: "https://evil.test" }]) assert.deepEqual(await ask({ ...elsewhere, cookie: client.cookie }), [403, "forbidden"]);
  assert.deepEqual(await ask({ origin, cookie: client.cookie }), [426, "upgrade_required"]);
  const { secret } = await client.call("POST", "/v1/api-keys", { name: "Reads", scopes: ["conversations:read"] });
  assert.deepEqual(await ask({ origin, authorization: `Bearer ${secret}` }), [401, "sign_in_required"]);
  const guest = await createMember(product, product.workspace, null);
  assert.deepEqual(await ask({ origin, cookie: guest.client.cookie }), [403, "forbidden"]);

  const gone = await createMember(product, product.workspace, "editor", { name: "Gone" });
  const seat = await Seat.enter(product, gone.client);
  await client.call("DELETE", `/v1/members/${gone.user}`);
  assert.equal(await seat.closed, 4401);
  await assert.rejects(Seat.enter(product, gone.client), /not let in/);
});

test("who waits knows the place, and moves up as others are taken", async () => {
  const seat = await Seat.enter(product, client);
  const first = await waiting();
  await placed(first, 1);
  const second = await waiting();
  await placed(second, 2);
  await seat.heard(queue(first, second));
  await seat.heard(about(second, "standing", ({ standing }) => standing === "waiting"));
  await Promise.all([known(first), known(second)]);
  const up = visitorMoves(second, 1);
  await act(first, "claim");
  await up;
  await seat.heard(about(first, "standing", ({ standing }) => standing === "human"));
  await seat.heard(queue(second));
  await act(second, "resolve");
  await seat.heard((frame) => frame.type === "waiting" && frame.conversations.length === 0 && seat.frames.indexOf(frame) > seat.frames.findIndex(queue(second)));
  await until("no place to be said any more", () => second.frames.findLast(({ type }) => type === "state").position === undefined);
  await act(first, "resolve");
  await Promise.all([seat.leave(), first.close(), second.close()]);
});
const visitorMoves = (visitor, position) => visitor.next((frame) => frame.type === "state" && frame.position === position);

test("what is said and typed is told to those who look, and kept nowhere", async () => {
  const [seat, aside] = await Promise.all([Seat.enter(product, client), Seat.enter(product, client)]);
  const visitor = await waiting();
  await known(visitor);
  // Nobody answers yet: nobody is told that the visitor writes.
  visitor.send({ type: "typing" });
  await act(visitor, "claim");
  seat.look(visitor.conversation);
  await seat.heard(({ type, members }) => type === "present" && members.some(({ looks_at }) => looks_at.includes(visitor.conversation)));
  const frames = visitor.frames.length;
  visitor.send({ type: "typing" });
  await seat.heard(about(visitor, "typing"));
  for (let n = 0; n < 5; n += 1) visitor.send({ type: "typing" });
  visitor.send({ type: "message", id: messageId(), text: "My tyre is flat" });
  const said = await seat.heard(about(visitor, "said", ({ message }) => message.text === "My tyre is flat"));
  assert.equal(said.what.message.from, "visitor");
  assert.ok(seat.frames.filter(about(visitor, "typing")).length <= 2, "writing on and on is told of now and then");
  assert.ok(visitor.frames.slice(frames).every(({ type }) => type === "message"), "the visitor hears nothing of it");
  assert.deepEqual(aside.frames.filter((frame) => frame.what?.what === "typing" || frame.what?.what === "said"), []);
  await act(visitor, "resolve");
  await Promise.all([seat.leave(), aside.leave(), visitor.close()]);
});

test("the inbox is narrowed by agent, standing and date, and knows only its own workspace", async () => {
  const visitor = await Visitor.open(product);
  await visitor.ask("Where are you?");
  const own = await until("the header", async () => (await client.get("/v1/conversations")).find(({ id }) => id === visitor.conversation));
  const has = async (query, by = client) => (await by.get(`/v1/conversations${query}`)).some(({ id }) => id === visitor.conversation);
  assert.ok(await has(`?agent=${product.agent}&standing=bot&from=${own.last_at}&to=${own.last_at + 1}`));
  for (const query of ["?standing=human", `?from=${own.last_at + 1}`, `?to=${own.last_at}`]) assert.ok(!(await has(query)), query);
  assert.ok(!(await has("", other.client)));
  await assert.rejects(other.client.get(`/v1/conversations?agent=${product.agent}`), { status: 404 });
  await assert.rejects(client.get("/v1/conversations?from=yesterday"), { status: 400 });
  await visitor.close();
});

test("a lounge that lost everything learns from the relations who waits", async (t) => {
  const [state, secrets] = [folder(), newSecrets()];
  t.after(() => state.remove());
  const before = await start({ state: state.path, secrets });
  const [first, second] = [await waiting(before), await waiting(before)];
  await Promise.all([known(first, before.client), known(second, before.client)]);
  await before.stop();
  // Its whole storage is gone, as if it had been made anew.
  const lounges = readdirSync(join(state.path, "do")).filter((name) => name.endsWith("Lounge"));
  assert.equal(lounges.length, 1);
  for (const name of lounges) rmSync(join(state.path, "do", name), { recursive: true });

  const again = await startAgain({ state: state.path, secrets });
  t.after(() => again.stop());
  const owner = new Client(again.url);
  await owner.signIn(OWNER);
  const seat = await Seat.enter(again, owner);
  await seat.heard(queue(first, second));
});
