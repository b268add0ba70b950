// npm run drill: that no event is lost on its way, whatever breaks. Events go to 20 endpoints, of which five are down, one is
// slow, one wants nothing more (410) and one ends the connection after it received what was sent; meanwhile the process is
// killed five times. Time is scaled, so that the 27 hours of the schedule pass in minutes.
// And the other way round: another service tells events, of which 30 % come twice, 10 % are forged and 5 % malformed, in any
// order, while the process is killed: each good one takes effect exactly once.
//   --events N    how many of each (default 10,000)
//   --incoming    the second part alone
// Prints what came of it, and fails where an event did not reach a living endpoint or an attempt is not on record.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { killable } from "../tests/integration/killable.mjs";
import { folder, freePort } from "../tests/integration/harness.mjs";
import { startReceiver, verified } from "../tests/fakes/receiver.mjs";
import { tell } from "../tests/fakes/sender.mjs";
import { Client, request } from "./client.mjs";
import { newSecrets } from "./secrets.mjs";

const OWNER = { email: "drill@example.test", password: "a-drill-password" };
const KINDS = [...Array(12).fill("living"), "slow", "cutting", "gone", ...Array(5).fill("down")];
const KILLS = 5;
/** Events that happen together. */
const TOGETHER = 50;
/** Milliseconds that the slow one takes. */
const SLOW_MS = 40;
const ROOT = "/v1/webhooks/endpoints";

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** What one endpoint received: how often each event, by its number, and the attempts' numbers. */
class Heard {
  counts = new Map();
  attempts = new Map();
  unsigned = 0;
  take({ id, data }, attempt) {
    this.counts.set(data.number, (this.counts.get(data.number) ?? 0) + 1);
    const numbers = this.attempts.get(id) ?? new Set();
    this.attempts.set(id, numbers.add(attempt));
  }
  get received() {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}

/** Runs the drill; what came of it. `faults` names what should not have been. */
export async function drill({ events = 10_000, scale = 5_000, patience = 840_000, say = () => {} } = {}) {
  const begun = Date.now();
  const endpoints = KINDS.map((kind, place) => ({ kind, path: `/${kind}-${place}`, heard: new Heard() }));
  const byPath = new Map(endpoints.map((endpoint) => [endpoint.path, endpoint]));
  let total = 0;
  const receiver = await startReceiver({
    behave(call) {
      const { kind, heard, secret } = byPath.get(call.path);
      const attempt = Number(call.headers["x-frontdesk-attempt"]);
      if (kind === "gone") return { status: 410 };
      const { own, standard } = verified(call, secret);
      if (!own || !standard) heard.unsigned += 1;
      const event = JSON.parse(call.text);
      heard.take(event, attempt);
      total += 1;
      call.text = "";
      if (kind === "cutting" && attempt === 1 && event.data.number % 3 === 0) return { cut: true };
      return kind === "slow" ? { wait: wait(SLOW_MS) } : undefined;
    },
  });
  const nobody = await freePort();
  const [state, secrets] = [folder(), newSecrets()];
  const vars = { LOCAL_HOSTS: `${receiver.host},127.0.0.1:${nobody}`, DRILLS: "on", DELIVERY_TIME_SCALE: String(scale) };
  const product = await killable({ state: state.path, secrets, vars, minuteMs: 2_000 });
  const client = new Client(product.url);
  const faults = [];
  try {
    const persona = { name: "D", tone: "brief" };
    const { workspace_id } = await client.bootstrap(secrets.BOOTSTRAP_TOKEN, { ...OWNER, name: "D", workspace: "D", agent: { persona, language: "en", welcome: "", allowed_origins: [] } });
    await client.signIn(OWNER);
    for (const endpoint of endpoints) {
      const url = endpoint.kind === "down" ? `http://127.0.0.1:${nobody}${endpoint.path}` : receiver.url + endpoint.path;
      const issued = await client.call("POST", ROOT, { url, events: ["source.indexed"] });
      Object.assign(endpoint, { id: issued.endpoint.id, secret: issued.secret });
    }
    const happening = happen(product.url, secrets.BOOTSTRAP_TOKEN, workspace_id, events);
    const alive = endpoints.filter(({ kind }) => ["living", "slow", "cutting"].includes(kind));
    const wanted = alive.length * events;
    // Killed after each sixth of the way, wherever everything is then.
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await reached(() => total >= (wanted * kill) / (KILLS + 1), begun + patience, () => `${total} of ${wanted} requests came`);
      await product.kill();
      await product.start();
      say(`killed ${kill} of ${KILLS} times, ${total} requests received, ${seconds(begun)} s`);
    }
    await happening;
    const states = async () => {
      const listed = await retried(() => client.get(ROOT));
      for (const endpoint of endpoints) endpoint.state = listed.find(({ id }) => id === endpoint.id);
      return endpoints;
    };
    await reached(async () => (await states()).every(({ state: { status } }) => status.pending === 0 && status.succeeded + status.failed === events), begun + patience, () => `not all is settled: ${JSON.stringify(endpoints.map(({ path, state }) => [path, state?.status]))}`);
    say(`all is settled, ${seconds(begun)} s; reading what is on record`);
    await states();
    for (const endpoint of alive) {
      const missing = events - endpoint.heard.counts.size;
      if (missing) faults.push(`${endpoint.path} did not receive ${missing} events`);
      if (endpoint.heard.unsigned) faults.push(`${endpoint.path} received ${endpoint.heard.unsigned} requests without a good signature`);
      if (endpoint.state.status.succeeded !== events) faults.push(`${endpoint.path}: ${endpoint.state.status.succeeded} succeeded`);
    }
    for (const { kind, path, state: { status, enabled, disabled_reason } } of endpoints) {
      if (kind === "gone" && (enabled || disabled_reason !== "gone" || status.failed !== events)) faults.push(`${path} was not switched off with all kept`);
      if (kind === "down" && status.failed !== events) faults.push(`${path} keeps ${status.failed} failed deliveries`);
    }
    const recorded = await onRecord(client, endpoints, events, faults);
    const received = alive.reduce((sum, { heard }) => sum + heard.received, 0);
    const cut = endpoints.find(({ kind }) => kind === "cutting").heard;
    const doubled = received - wanted;
    const lied = cut.received - cut.counts.size;
    return { events, endpoints: endpoints.length, deliveries: endpoints.length * events, received, doubled, doubled_by_cutting: lied, doubled_by_kills: doubled - lied, attempts: recorded, kills: KILLS, down_switched_off: endpoints.filter(({ kind, state }) => kind === "down" && !state.enabled).length, seconds: Number(seconds(begun)), faults };
  } finally {
    await product.kill().catch(() => {});
    await receiver.close();
    state.remove();
  }
}

const seconds = (begun) => ((Date.now() - begun) / 1_000).toFixed(0);

/** Lets events happen, each group until it is acknowledged: what was asked for twice happens once. */
async function happen(url, token, workspace, events) {
  for (let from = 0; from < events; from += TOGETHER) {
    const count = Math.min(TOGETHER, events - from);
    await retried(async () => {
      const response = await request(`${url}/v1/drills/events?workspace=${workspace}&from=${from}&count=${count}`, { method: "POST", headers: { authorization: `Bearer ${token}` } });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    });
  }
}

/** Tries again while the product is down. */
async function retried(what, patience = 60_000) {
  for (const end = Date.now() + patience; ; ) {
    try {
      return await what();
    } catch (error) {
      if (Date.now() > end) throw error;
      await wait(100);
    }
  }
}

async function reached(so, end, where) {
  while (!(await so())) {
    if (Date.now() > end) throw new Error(`the drill did not get on in time: ${where()}`);
    await wait(200);
  }
}

/** That what was received is on record: every delivery's attempts, and some of them one by one. How many there are. */
async function onRecord(client, endpoints, events, faults) {
  let recorded = 0;
  for (const { id, path, heard } of endpoints) {
    const listed = await client.all(`${ROOT}/${id}/deliveries`);
    if (listed.length !== events) faults.push(`${path} has ${listed.length} deliveries on record`);
    for (const [place, delivery] of listed.entries()) {
      recorded += delivery.attempts;
      const numbers = heard.attempts.get(delivery.id) ?? new Set();
      if (Math.max(0, ...numbers) > delivery.attempts) faults.push(`${path} ${delivery.id}: an attempt is not on record`);
      if (place % Math.ceil(events / 20)) continue;
      const { attempts } = await client.get(`${ROOT}/${id}/deliveries/${delivery.id}`);
      const kept = attempts.map(({ number }) => number).reverse();
      if (kept.length !== delivery.attempts || kept.some((number, at) => number !== at + 1)) faults.push(`${path} ${delivery.id}: attempts ${kept} of ${delivery.attempts}`);
    }
  }
  return recorded;
}

/** Requests of the sender under way at once. */
const SENDING = 12;

/** Runs the second part: what another service tells takes effect exactly once. */
export async function incomingDrill({ events = 10_000, kills = KILLS, scale = 5_000, patience = 840_000, say = () => {} } = {}) {
  const begun = Date.now();
  const [state, secrets] = [folder(), newSecrets()];
  const product = await killable({ state: state.path, secrets, vars: { DELIVERY_TIME_SCALE: String(scale) }, minuteMs: 2_000 });
  const client = new Client(product.url);
  const faults = [];
  const counts = { good: 0, duplicate: 0, forged: 0, malformed: 0 };
  try {
    const persona = { name: "D", tone: "brief" };
    await client.bootstrap(secrets.BOOTSTRAP_TOKEN, { ...OWNER, name: "D", workspace: "D", agent: { persona, language: "en", welcome: "", allowed_origins: [] } });
    await client.signIn(OWNER);
    const { incoming, secret } = await client.call("POST", "/v1/incoming/endpoints", { name: "Drill" });
    // 20 in a row: 11 good, 6 that come again, 2 forged, 1 malformed; then all of it in any order.
    const good = (number) => ({ id: `drill-${number}`, type: "contact.upsert", data: { email: `person-${number}@drill.test`, name: "D" } });
    const mail = [];
    for (let number = 0; number < events; number += 1) {
      const place = number % 20;
      const kind = place < 11 ? "good" : place < 17 ? "duplicate" : place < 19 ? "forged" : "malformed";
      counts[kind] += 1;
      mail.push({ kind, event: good(kind === "duplicate" ? number - 11 : number) });
    }
    shuffle(mail);
    const wanted = { good: 200, duplicate: 200, forged: 401, malformed: 400 };
    let [sent, told, stored] = [0, 0, 0];
    const send = async () => {
      for (let next = mail[told++]; next; next = mail[told++]) {
        const { kind, event } = next;
        const body = kind === "malformed" ? `${JSON.stringify(event)}}` : event;
        const answer = await retried(async () => {
          const answer = await tell(incoming.url, body, kind === "forged" ? "whsec_Zm9yZ2Vk" : secret);
          if (answer.status === 429 || answer.status >= 500) throw new Error(`${answer.status} ${answer.error?.message}`);
          return answer;
        });
        if (answer.status !== wanted[kind]) faults.push(`${kind} ${event.id} was answered with ${answer.status}`);
        if (answer.status === 200 && !answer.duplicate) stored += 1;
        sent += 1;
      }
    };
    const sending = Promise.all(Array.from({ length: SENDING }, send));
    for (let kill = 1; kill <= kills; kill += 1) {
      await reached(() => sent >= (events * kill) / (kills + 1), begun + patience, () => `${sent} of ${events} sent`);
      await product.kill();
      await product.start();
      say(`incoming: killed ${kill} of ${kills} times, ${sent} sent, ${seconds(begun)} s`);
    }
    await sending;
    say(`incoming: all sent, ${seconds(begun)} s`);
    const door = async () => (await retried(() => client.get("/v1/incoming/endpoints")))[0];
    let last;
    await reached(async () => (last = await door()).waiting === 0, begun + patience, () => `not all took effect: ${JSON.stringify(last)}`);
    if (last.succeeded !== counts.good || last.dead) faults.push(`${last.succeeded} of ${counts.good} succeeded, ${last.dead} are dead`);
    const people = (await client.all("/v1/contacts")).map(({ email }) => email);
    if (new Set(people).size !== people.length) faults.push("a person was written twice");
    for (const { kind, event } of mail) if (["forged", "malformed"].includes(kind) && people.includes(event.data.email)) faults.push(`${kind} ${event.id} took effect`);
    // An answer that a kill cut off is asked for again, and told to be a duplicate then.
    if (stored > counts.good) faults.push(`${stored} were told to be new`);
    return { events, ...counts, effects: people.length, told_to_be_new: stored, kills, seconds: Number(seconds(begun)), faults };
  } finally {
    await product.kill().catch(() => {});
    state.remove();
  }
}

function shuffle(list) {
  for (let at = list.length - 1; at > 0; at -= 1) {
    const other = Math.floor(Math.random() * (at + 1));
    [list[at], list[other]] = [list[other], list[at]];
  }
}

if (process.argv[1] && fileURLToPath(import.meta.url) === join(process.argv[1])) {
  const at = process.argv.indexOf("--events");
  const { build } = await import("./build.mjs");
  await build();
  const options = { events: at > 0 ? Number(process.argv[at + 1]) : undefined, say: (text) => console.log(text) };
  const parts = process.argv.includes("--incoming") ? [incomingDrill] : [drill, incomingDrill];
  let faults = 0;
  for (const part of parts) {
    const report = await part(options);
    console.log(JSON.stringify(report, null, 2));
    faults += report.faults.length;
  }
  console.log(faults ? `\n${faults} faults` : "\nnone lost, none doubled, all on record");
  process.exit(faults ? 1 : 0);
}
