// The product as the integration tests meet it: both built Workers on Miniflare with every binding, the demo
// site, a member's client and a visitor.
import assert from "node:assert/strict";
import { createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, request } from "../../scripts/client.mjs";
import { newSecrets } from "../../scripts/secrets.mjs";
import { startPlatform } from "../../scripts/platform.mjs";
import { Keeper } from "./secrets.mjs";

/** Every secret of this file's tests: they may stand nowhere but where they are shown. */
export const keeper = new Keeper();
/** Where products of this file's tests answer. */
export const origins = new Set();
globalThis.fetch = keeper.watching(globalThis.fetch, origins);
process.on("exit", () => keeper.report());

export const OWNER = { email: "owner@example.test", password: "a-long-password" };
export const ORIGIN = "http://site.test";

export const AGENT = {
  persona: { name: "Mia", tone: "friendly" },
  language: "en",
  welcome: "Hello!",
  quick_prompts: ["Hours?"],
  allowed_origins: [ORIGIN],
};

export function folder() {
  const path = mkdtempSync(join(tmpdir(), "frontdesk-test-"));
  return {
    path,
    remove() {
      keeper.disk(path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** A port where nothing listens, below those that the system gives away by itself: nobody takes it while its product is down. */
export async function freePort() {
  for (;;) {
    const [probe, port] = [createServer(), 20_000 + Math.floor(Math.random() * 12_000)];
    const free = await new Promise((done) => probe.once("error", () => done(false)).listen(port, "127.0.0.1", () => done(true)));
    if (!free) continue;
    await new Promise((done) => probe.close(done));
    return port;
  }
}

/** Waits for the first half of a minute of the clock, in which limits count: what has to lie within one minute begins there. */
export async function earlyInAMinute() {
  while (Date.now() % 60_000 > 30_000) await new Promise((done) => setTimeout(done, 100));
}

/** Starts the product with an owner and an agent. */
export async function start({ agent = {}, vars = {}, secrets = newSecrets(), local = [], ...rest } = {}) {
  const platform = await startAgain({ secrets, vars: { LOCAL_HOSTS: local.join(","), DRILLS: "on", ...vars }, ...rest });
  const client = new Client(platform.url);
  const ids = await client.bootstrap(secrets.BOOTSTRAP_TOKEN, { ...OWNER, name: "Owner", workspace: "Test", agent: { ...AGENT, ...agent } });
  await client.signIn(OWNER);
  return { ...platform, client, agent: ids.agent_id, workspace: ids.workspace_id };
}

/** The product alone, with whatever its folder holds. Once it is stopped, what it said and kept is searched for secrets. */
export async function startAgain({ secrets, vars = {}, state, hyperdrives, ...rest }) {
  const [log, own] = [[], state ? undefined : folder()];
  keeper.installation(secrets, vars);
  keeper.keep(OWNER.password, "the owner's password");
  for (const url of Object.values(hyperdrives ?? {})) keeper.keep(decodeURIComponent(new URL(url).password), "a database's password");
  const platform = await startPlatform({ secrets, vars, state: state ?? own.path, hyperdrives, onLog: (text) => log.push(text), ...rest });
  origins.add(platform.url);
  const stop = async () => {
    await platform.miniflare.dispose();
    await keeper.settled();
    keeper.text("the log", log.join(""));
    own?.remove();
  };
  return { ...platform, secrets, log, stop };
}

/** A second tenant of the same installation. */
export async function tenant(product, email, agent = {}) {
  const client = new Client(product.url);
  const ids = await client.bootstrap(product.secrets.BOOTSTRAP_TOKEN, { email, password: OWNER.password, name: "Other", workspace: "Other", agent: { ...AGENT, ...agent } });
  await client.signIn({ email, password: OWNER.password });
  return { client, agent: ids.agent_id, workspace: ids.workspace_id };
}

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** A well-formed id that nothing has yet. */
export const newId = (prefix) => `${prefix}_${[...randomBytes(26)].map((byte) => ALPHABET[byte % 32]).join("")}`;

/** Another session of a user, looking at a workspace: a client with its cookie. */
export async function createSession(product, user, workspace) {
  const [secret, now] = [randomBytes(32).toString("hex"), Date.now()];
  keeper.keep(secret, "a session");
  const digest = createHash("sha256").update(secret).digest("hex");
  const database = product.relations;
  await database
    .prepare("INSERT INTO sessions (id, secret_digest, user_id, workspace_id, address, user_agent, created_at, last_used_at, expires_at) VALUES (?1, ?2, ?3, ?4, '192.0.2.7', 'test', ?5, ?5, ?6)")
    .bind(newId("ses"), digest, user, workspace, now, now + 86_400_000)
    .run();
  return Object.assign(new Client(product.url), { cookie: `__Host-frontdesk=${secret}` });
}

/** A signed-in user with the owner's password; a member of the workspace where a role is given. */
export async function createMember(product, workspace, role, { email = `${newId("x")}@example.test`, name = `The ${role ?? "guest"}`, verified = true } = {}) {
  const [user, now, database] = [newId("usr"), Date.now(), product.relations];
  await database
    .prepare("INSERT INTO users (id, email, name, password_hash, email_verified_at, created_at) VALUES (?1, ?2, ?3, (SELECT password_hash FROM users WHERE email = ?4), ?5, ?6)")
    .bind(user, email, name, OWNER.email, verified ? now : null, now)
    .run();
  if (role) await database.prepare("INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (?1, ?2, ?3, ?4)").bind(workspace, user, role, now).run();
  return { user, email, name, role, password: OWNER.password, client: await createSession(product, user, workspace) };
}

/** Mails to somebody, newest first, opened with the installation's key. */
export async function letters(product, recipient) {
  const { results } = await product.relations.prepare("SELECT id, sealed, purpose FROM mails WHERE recipient = ?1 ORDER BY created_at DESC, id DESC").bind(recipient).all();
  const key = Buffer.from(hkdfSync("sha256", product.secrets.SEALING_KEY, "", "frontdesk sealed mail", 32));
  const opened = results.map(({ id, sealed, purpose }) => {
    const bytes = Buffer.from(sealed.split(".")[1], "base64");
    const opener = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12)).setAAD(Buffer.from(id)).setAuthTag(bytes.subarray(-16));
    return { purpose, ...JSON.parse(Buffer.concat([opener.update(bytes.subarray(12, -16)), opener.final()]).toString()) };
  });
  for (const { text, purpose } of opened) keeper.keep(/#token=([\w.-]+)/.exec(text)?.[1], `the link of a mail (${purpose})`);
  return opened;
}

export async function init(product, { agent = product.agent, headers = {}, origin = ORIGIN, token, visitor_pass, turnstile, page_url = `${origin}/page` } = {}) {
  const response = await request(`${product.url}/v1/widget/init`, {
    method: "POST",
    headers: { "content-type": "text/plain", ...(origin && { origin }), ...headers },
    body: JSON.stringify({ agent_id: agent, page_url, ...(token && { token }), ...(visitor_pass && { visitor_pass }), ...(turnstile !== undefined && { turnstile }) }),
  });
  return { status: response.status, headers: response.headers, ...(await response.json()) };
}

let counter = 0;
export const messageId = () => `message-${process.pid}-${(counter += 1)}`;

/** A visitor's socket that keeps what it received, as a client puts it together. */
export class Visitor {
  /** Where the visitor is. Strangers on one page who begin with the same question are answered the same. */
  page = `${ORIGIN}/page`;
  frames = [];
  last = 0;
  #waiting = [];

  static async open(product, options = {}) {
    const { data, error } = await init(product, options);
    if (!data) throw new Error(`init: ${error.code}`);
    const visitor = new Visitor();
    visitor.product = product;
    visitor.token = data.token;
    visitor.conversation = data.conversation_id;
    await visitor.connect();
    return visitor;
  }

  connect({ token = this.token, after = this.last, origin = ORIGIN, protocols = ["frontdesk.v1", token] } = {}) {
    const url = `${this.product.url.replace("http", "ws")}/v1/widget/ws?after=${after}`;
    this.socket = new WebSocket(url, { protocols, headers: origin ? { origin } : {} });
    const socket = this.socket;
    this.closed = new Promise((resolve) => socket.addEventListener("close", (event) => resolve({ code: event.code, reason: event.reason })));
    socket.addEventListener("message", ({ data }) => {
      if (data === "pong") return this.#take({ type: "pong" });
      keeper.text("a frame to a visitor", String(data));
      const frame = JSON.parse(data);
      if (frame.n !== undefined) {
        if (frame.n <= this.last) throw new Error(`frame ${frame.n} came twice`);
        this.last = frame.n;
      }
      this.#take(frame);
    });
    return new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", () => reject(new Error("the socket did not open")), { once: true });
    });
  }

  #take(frame) {
    this.frames.push(frame);
    this.#waiting = this.#waiting.filter((wait) => !wait(frame));
  }

  send(frame) {
    this.socket.send(typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  /** The next frame that fits, from now on. */
  next(fits, timeout = 30_000) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no such frame in ${timeout} ms; last: ${JSON.stringify(this.frames.slice(-3))}`)), timeout);
      this.#waiting.push((frame) => {
        if (!fits(frame)) return false;
        clearTimeout(timer);
        resolve(frame);
        return true;
      });
    });
  }

  /** The end of a message's turn, whether it came already or is to come. */
  ended(id, timeout) {
    const fits = (frame) => (["turn_finished", "turn_failed"].includes(frame.type) && frame.message_id === id) || (frame.type === "refused" && frame.message_id === id);
    const there = this.frames.find(fits);
    return there ? Promise.resolve(there) : this.next(fits, timeout);
  }

  /** Asks and waits for the end. */
  async ask(text, id = messageId(), timeout) {
    const end = this.ended(id, timeout);
    this.send({ type: "message", id, text, page_url: this.page });
    const frame = await end;
    return { ...frame, text: this.text(frame.turn_id), id };
  }

  /** A turn's text as this client put it together. */
  text(turn) {
    return this.frames.filter((frame) => frame.type === "delta" && frame.turn_id === turn).map((frame) => frame.text).join("");
  }

  async close() {
    this.socket.close(1000);
    return this.closed;
  }
}

/** The turns of a conversation once one that ended is among them. */
export function archived(client, visitor, end, timeout = 60_000) {
  return until("the archive", async () => {
    const found = await client.raw("GET", `/v1/conversations/${visitor.conversation}`);
    if (!found.ok) return null;
    const { turns } = (await found.json()).data;
    return turns.some((turn) => turn.id === end.turn_id) && turns;
  }, timeout);
}

/** Exactly one turn is stored, and it says byte for byte what the client put together. */
export const storedOnce = (client, visitor, end) => storedEach(client, visitor, [end]);

/** Every turn is stored once, and says byte for byte what the client put together. */
export async function storedEach(client, visitor, ends) {
  const stored = await until("all turns", async () => {
    const turns = await archived(client, visitor, ends.at(-1));
    return turns.length >= ends.length && turns;
  }, 60_000);
  assert.deepEqual(stored.map((turn) => turn.id).sort(), ends.map((end) => end.turn_id).sort(), "stored once");
  for (const turn of stored) {
    assert.equal(turn.answer, visitor.text(turn.id), "byte for byte");
    const { type, stopped } = ends.find((end) => end.turn_id === turn.id);
    assert.equal(turn.state, type === "turn_failed" ? "failed" : stopped ? "stopped" : "finished");
  }
}

/** A member's socket in the lounge, with what it received. */
export class Seat {
  frames = [];
  #waiting = [];

  /** Enters; the status that was answered where one is not let in. */
  static async enter(product, client, { origin = product.url } = {}) {
    const seat = new Seat();
    seat.socket = new WebSocket(`${product.url.replace("http", "ws")}/v1/lounge`, { headers: { cookie: client.cookie, ...(origin && { origin }) } });
    seat.closed = new Promise((resolve) => seat.socket.addEventListener("close", ({ code }) => resolve(code)));
    seat.socket.addEventListener("message", ({ data }) => {
      keeper.text("a frame of the lounge", String(data));
      const frame = JSON.parse(data);
      seat.frames.push(frame);
      seat.#waiting = seat.#waiting.filter((wait) => !wait(frame));
    });
    await new Promise((resolve, reject) => {
      seat.socket.addEventListener("open", resolve, { once: true });
      seat.socket.addEventListener("error", () => reject(new Error("not let in")), { once: true });
    });
    return seat;
  }

  look(conversation) {
    this.socket.send(JSON.stringify({ type: "look", conversation_id: conversation }));
  }

  /** A frame that fits, whether it came already or is to come. */
  heard(fits, timeout = 30_000) {
    const there = this.frames.find(fits);
    if (there) return Promise.resolve(there);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no such frame in ${timeout} ms; last: ${JSON.stringify(this.frames.slice(-3))}`)), timeout);
      this.#waiting.push((frame) => {
        if (!fits(frame)) return false;
        clearTimeout(timer);
        resolve(frame);
        return true;
      });
    });
  }

  async leave() {
    this.socket.close(1000);
    return this.closed;
  }
}

/** Asks by POST and reads the event stream. */
export async function askBySse(product, token, text, { id = messageId(), origin = ORIGIN, after, language } = {}) {
  const response = await request(`${product.url}/v1/widget/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", origin, ...(after && { "last-event-id": String(after) }), ...(language && { "accept-language": language }) },
    body: JSON.stringify({ id, text }),
  });
  return events(response);
}

/** What the conversation said above a frame's number, asked for without a socket, and where a frame is given, after that was said. */
export async function newsBySse(product, token, after, said) {
  const headers = { authorization: `Bearer ${token}`, origin: ORIGIN };
  return events(await request(`${product.url}/v1/widget/messages?after=${after}`, said ? { method: "POST", headers, body: JSON.stringify(said) } : { headers }));
}

async function events(response) {
  const body = await response.text();
  if (response.ok) keeper.text("an event stream", body);
  if (!response.ok) return { status: response.status, error: JSON.parse(body).error };
  const events = body.split("\n\n").filter(Boolean).map((event) => {
    const fields = Object.fromEntries(event.split("\n").map((line) => line.split(/: (.*)/s)));
    return { id: Number(fields.id), frame: JSON.parse(fields.data) };
  });
  return { status: response.status, events, text: events.filter((e) => e.frame.type === "delta").map((e) => e.frame.text).join("") };
}

/** Everything held of a person, once the job has written it: the file, and what is told of it. */
export async function exported(client, contact) {
  const path = `/v1/contacts/${contact}/exports`;
  const asked = await client.call("POST", path);
  const ready = await until("the file", async () => (await client.get(path)).find(({ id, state }) => id === asked.id && state === "ready"));
  const response = await client.raw("GET", `${path}/${asked.id}/file`);
  return { asked, ready, response, held: await response.json() };
}

/** What a probe finds, once it has found the same for a second: nothing that was rung for changes it any more. */
export async function steady(what, probe) {
  let found = await probe();
  await until(what, async () => {
    const before = JSON.stringify(found);
    await new Promise((done) => setTimeout(done, 1_000));
    found = await probe();
    return JSON.stringify(found) === before;
  });
  return found;
}

/** Waits until something is true. */
export async function until(what, probe, timeout = 60_000) {
  for (const end = Date.now() + timeout; Date.now() < end; ) {
    const found = await probe();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`waited ${timeout} ms for ${what}`);
}
