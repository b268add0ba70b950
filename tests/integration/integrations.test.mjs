// Integrations, end to end: connected once they answer, told of leads through the delivery ledger, with their failures shown
// and repaired; secrets sealed, and nowhere else.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { request } from "../../scripts/client.mjs";
import { newSecrets } from "../../scripts/secrets.mjs";
import { startHubspot } from "../fakes/hubspot.mjs";
import { shown, startSlack } from "../fakes/slack.mjs";
import { ORIGIN, createMember, createSession, init, letters, newId, start, tenant, until } from "./harness.mjs";

/** How many times faster than in life the pauses go by: 27 hours are 2.5 seconds. */
const SCALE = 40_000;
const ROOT = "/v1/integrations";
const FIELDS = [
  { key: "name", label: "Name", kind: "text", required: false, options: [] },
  { key: "email", label: "E-mail", kind: "email", required: false, options: [] },
  { key: "phone", label: "Phone", kind: "phone", required: false, options: [] },
  { key: "topic", label: "Topic", kind: "text", required: false, options: [] },
];

let product, client, other, slack, hubspot;
before(async () => {
  [slack, hubspot] = [await startSlack(), await startHubspot()];
  product = await start({
    secrets: { ...newSecrets(), HUBSPOT_CLIENT_SECRET: hubspot.clientSecret },
    vars: { DELIVERY_TIME_SCALE: String(SCALE), PUBLIC_URL: "https://desk.test", SLACK_HOOKS_URL: slack.url, HUBSPOT_API_URL: hubspot.url, HUBSPOT_APP_URL: hubspot.url, HUBSPOT_CLIENT_ID: hubspot.clientId },
  });
  client = product.client;
  other = await tenant(product, "other@example.test");
  const { draft, revision } = await client.get(`/v1/agents/${product.agent}`);
  const saved = await client.call("PUT", `/v1/agents/${product.agent}/draft`, { revision, draft: { ...draft, allowed_origins: ["*"], lead_fields: FIELDS } });
  await client.call("POST", `/v1/agents/${product.agent}/publish`, { revision: saved.revision });
});
after(async () => {
  await product?.stop();
  await slack?.close();
  await hubspot?.close();
});
beforeEach(() => {
  Object.assign(slack, { state: "active", messages: [] });
  Object.assign(hubspot, { denies: false, down: false, limits: [] });
});

const refused = (promise, status, field) => assert.rejects(promise, (error) => {
  assert.deepEqual([error.status, error.field], [status, field], error.message);
  return error.message.length > 20;
});
const connect = (body, by = client) => by.call("POST", ROOT, body);
const bySlack = (more = {}, by) => connect({ kind: "slack", secret: { kind: "slack", webhook_url: slack.hook }, ...more }, by);
const disconnect = (one) => client.call("DELETE", `${ROOT}/${one.id}`);
const get = (one) => client.get(`${ROOT}/${one.id}`);
const hooks = (one) => `/v1/webhooks/endpoints/${one.endpoint_id}`;

let forms = 0;
async function lead(fields) {
  const { data } = await init(product);
  const response = await request(`${product.url}/v1/widget/leads`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: ORIGIN, authorization: `Bearer ${data.token}` },
    body: JSON.stringify({ id: `form-${process.pid}-${(forms += 1)}`, fields, page_url: `${ORIGIN}/pricing?a=1&b=<2>` }),
  });
  const json = await response.json();
  assert.equal(response.status, 201, JSON.stringify(json.error));
  return client.get(`/v1/leads/${json.data.lead_id}`).then(({ lead }) => lead);
}
/** The schedule brings what is due. */
const bring = async () => {
  const worker = await product.miniflare.getWorker(product.back);
  await worker.scheduled({ cron: "* * * * *" });
};
async function delivered(one, state, fits = () => true) {
  await bring();
  const found = await until(`a delivery that is ${state}`, async () => (await client.get(`${hooks(one)}/deliveries`)).find((delivery) => delivery.state === state && fits(delivery)));
  return client.get(`${hooks(one)}/deliveries/${found.id}`);
}

describe("Slack", () => {
  test("is connected once the channel took a message, and its address is sealed", async () => {
    const one = await bySlack();
    assert.equal(slack.messages.length, 1);
    assert.match(slack.messages[0].text, /connected to this channel/);
    assert.deepEqual([one.kind, one.events.length, one.last_error, one.enabled], ["slack", 3, "", true]);
    assert.ok(one.last_ok_at && one.endpoint_id);
    assert.equal((await client.get("/v1/webhooks/endpoints")).length, 0, "it is no webhook");
    await disconnect(one);
    await refused(get(one), 404);
  });

  test("is not connected where it does not answer, and says why", async () => {
    for (const [state, words] of [["removed", /no_service/], ["archived", /channel_is_archived/], ["prohibited", /action_prohibited/], ["down", /cannot be reached/]]) {
      slack.state = state;
      await assert.rejects(bySlack(), (error) => error.status === 400 && error.field === "secret" && words.test(error.message) && !error.message.includes(slack.secret));
    }
    for (const webhook_url of ["https://evil.test/services/T/B/x", `${slack.url}.evil.test/services/T/B/x`, `${slack.url}/services/T/B`, `${slack.url}/services/T/B/../x`, ""]) {
      await refused(bySlack({ secret: { kind: "slack", webhook_url } }), 400, "secret");
    }
    await refused(connect({ kind: "slack" }), 400, "secret");
    await refused(bySlack({ events: ["source.indexed"] }), 400, "events[0]");
    await refused(bySlack({ agents: [other.agent] }), 400, "agents[0]");
    assert.deepEqual((await client.get(ROOT)).integrations, []);
  });

  test("is told of a lead, with what the visitor wrote as words alone, and links that lead back", async () => {
    const one = await bySlack();
    slack.messages = [];
    const made = await lead({ name: "<!channel> Ada & Co", email: "ada@acme.example", topic: "&".repeat(150) });
    const { delivery, attempts } = await delivered(one, "succeeded");
    assert.deepEqual([delivery.event, delivery.attempts, attempts[0].status], ["lead.captured", 1, 200]);
    const [message] = slack.messages;
    const text = shown(JSON.stringify(message.blocks));
    assert.ok(text.text.includes("<!channel> Ada & Co"), text.text);
    assert.deepEqual(text.links.map(({ url, mention }) => mention ?? url), [`https://desk.test/app/leads/${made.id}`, `https://desk.test/app/conversations/${made.conversation_id}`]);
    assert.ok(text.text.includes("/pricing?a=1&b=<2>"));
    assert.deepEqual(slack.refusals.filter((said) => said.startsWith("invalid")), []);
    assert.ok(!JSON.stringify(await client.get(`${hooks(one)}/deliveries/${delivery.id}`)).includes("ada@acme"), "a delivery holds nothing of the person");
    await disconnect(one);
  });

  test("is told again until the channel is there, and the reason is shown meanwhile", async () => {
    const one = await bySlack();
    slack.state = "removed";
    slack.messages = [];
    await lead({ email: "later@acme.example" });
    const { attempts } = await delivered(one, "failed");
    assert.equal(attempts.length, 8);
    assert.match(attempts[0].outcome, /no_service: the webhook was removed/);
    const failing = await until("the reason", async () => (await get(one)).last_error && get(one));
    assert.match(failing.last_error, /no_service/);
    assert.equal(failing.status.failed, 1);
    slack.state = "active";
    assert.deepEqual(await client.call("POST", `${hooks(one)}/replay`, { since: 0 }), { deliveries: 1 });
    await delivered(one, "succeeded");
    assert.equal(slack.messages.length, 1);
    assert.equal((await until("it to be well", async () => !(await get(one)).last_error && get(one))).last_error, "");
    await disconnect(one);
  });

  test("asks to wait, and is waited for", async () => {
    const one = await bySlack();
    [slack.state, slack.retryAfter] = ["limited", 40_000];
    await lead({ email: "limited@acme.example" });
    await bring();
    const due = await until("a pause", async () => (await client.get(`${hooks(one)}/deliveries`)).find(({ attempts, outcome }) => attempts >= 1 && outcome));
    assert.match(due.outcome, /asks us to wait/);
    slack.state = "active";
    const { attempts } = await delivered(one, "succeeded");
    // 40,000 seconds of a drill's time are one.
    assert.ok(attempts[0].at - attempts[1].at >= 950, `${attempts[0].at - attempts[1].at} ms`);
    await disconnect(one);
  });

  test("is switched off where its channel is archived, and the owner is told", async () => {
    const one = await bySlack();
    slack.state = "archived";
    await lead({ email: "archived@acme.example" });
    await bring();
    const off = await until("it to be switched off", async () => !(await get(one)).enabled && get(one));
    assert.equal(off.disabled_reason, "gone");
    const [mail] = (await letters(product, "owner@example.test")).filter(({ purpose }) => purpose === "webhook_disabled");
    assert.match(mail.subject, /integration to Slack/);
    assert.ok(mail.text.includes("https://desk.test/app/settings/integrations"));
    slack.state = "active";
    await client.call("PUT", `${ROOT}/${one.id}`, { settings: {}, events: one.events, enabled: true });
    assert.equal((await client.call("POST", `${hooks(one)}/replay`, { since: 0 })).deliveries, 1);
    await delivered(one, "succeeded");
    await disconnect(one);
  });

  test("is tried, changed to another channel and refused as a webhook", async () => {
    const one = await bySlack({ events: ["lead.captured"] });
    slack.state = "removed";
    assert.match((await client.call("POST", `${ROOT}/${one.id}/verify`)).last_error, /no_service/);
    const write = { settings: {}, events: ["lead.captured"], enabled: true, secret: { kind: "slack", webhook_url: slack.hook } };
    await refused(client.call("PUT", `${ROOT}/${one.id}`, write), 400, "secret");
    slack.state = "active";
    assert.equal((await client.call("PUT", `${ROOT}/${one.id}`, write)).last_error, "");
    await refused(client.call("DELETE", hooks(one)), 409);
    await refused(client.call("POST", `${hooks(one)}/rotate`, { overlap_hours: 0 }), 409);
    slack.messages = [];
    await client.call("POST", `${hooks(one)}/test`);
    await until("the test", () => slack.messages.length === 1);
    await disconnect(one);
  });

  test("is nothing to another workspace, and the business of owners and admins", async () => {
    const one = await bySlack();
    for (const [method, path, body] of [["GET", ""], ["PUT", "", { settings: {}, enabled: true }], ["DELETE", ""], ["POST", "/verify"], ["GET", "/fields"]]) {
      await refused(other.client.call(method, `${ROOT}/${one.id}${path}`, body), 404);
    }
    const editor = await createMember(product, product.workspace, "editor");
    await refused(editor.client.get(ROOT), 403);
    await disconnect(one);
  });
});

describe("HubSpot", () => {
  const authorize = async (by = client) => new URL((await by.call("POST", `${ROOT}/hubspot/authorize`)).url);
  /** The browser at HubSpot and back: where it ends. */
  async function agree(by = client, change = (url) => url) {
    const there = await fetch(await authorize(by), { redirect: "manual" });
    assert.equal(there.status, 302, await there.text());
    const back = change(new URL(there.headers.get("location")));
    // The product knows itself by its public address.
    const response = await by.raw("GET", back.pathname + back.search);
    assert.equal(response.status, 302);
    return response.headers.get("location");
  }
  const only = async () => (await client.get(ROOT)).integrations.find(({ kind }) => kind === "hubspot");

  test("is connected by agreeing there, with a state that is this session's alone", async () => {
    const url = await authorize();
    assert.deepEqual([url.origin, url.pathname, url.searchParams.get("redirect_uri")], [hubspot.url, "/oauth/authorize", "https://desk.test/v1/integrations/hubspot/callback"]);
    hubspot.denies = true;
    assert.equal(await agree(), "/app/settings/integrations?problem=denied");
    hubspot.denies = false;
    assert.match(await agree(client, (back) => (back.searchParams.set("state", "forged"), back)), /problem=state/);
    const mine = await createMember(product, product.workspace, "admin");
    const stolen = (await fetch(await authorize(mine.client), { redirect: "manual" })).headers.get("location");
    const { pathname, search } = new URL(stolen);
    assert.match((await client.raw("GET", pathname + search)).headers.get("location"), /problem=state/, "another browser's answer");
    assert.match(await agree(client, (back) => (back.searchParams.set("code", "forged"), back)), /problem=failed/);
    assert.equal(await only(), undefined);
    assert.equal(await agree(), "/app/settings/integrations?connected=hubspot");
    const one = await only();
    assert.deepEqual([one.name, one.settings.mapping.length], ["62515 at app.hubspot.com", 3]);
    assert.equal(await agree(), "/app/settings/integrations?connected=hubspot");
    assert.equal((await client.get(ROOT)).integrations.filter(({ kind }) => kind === "hubspot").length, 1, "the same account is the same connection");
  });

  test("names its properties and, over several pages, its owners", async () => {
    const { properties, owners } = await client.get(`${ROOT}/${(await only()).id}/fields`);
    assert.ok(properties.some(({ id }) => id === "firstname") && !properties.some(({ id }) => id === "hs_object_id"), "what cannot be written is not offered");
    assert.deepEqual(owners.map(({ label }) => label), ["Ada Lovelace", "Grace Hopper", "Alan Turing", "Edsger Dijkstra", "Barbara Liskov"]);
  });

  test("gets a lead as a contact, by its address, as the mapping says", async () => {
    const one = await only();
    const mapping = [...one.settings.mapping, { from: "answer:topic", to: "message" }, { from: "conversation_url", to: "website" }];
    for (const [place, bad] of [[5, { from: "nothing", to: "company" }], [5, { from: "name", to: "" }], [5, { from: "phone", to: "message" }]]) {
      await refused(client.call("PUT", `${ROOT}/${one.id}`, { settings: { mapping: [...mapping, bad] }, enabled: true }), 400, place === 5 && bad.to === "message" ? "settings.mapping[3]" : `settings.mapping[${place}]`);
    }
    await client.call("PUT", `${ROOT}/${one.id}`, { settings: { mapping, owner: "41003" }, enabled: true });
    const made = await lead({ name: "Grace Brewster Hopper", email: "grace@navy.example", topic: "Compilers" });
    await delivered(one, "succeeded");
    assert.deepEqual(hubspot.contacts.get("grace@navy.example").properties, { email: "grace@navy.example", firstname: "Grace Brewster", lastname: "Hopper", message: "Compilers", website: `https://desk.test/app/conversations/${made.conversation_id}`, hubspot_owner_id: "41003" });
    await lead({ name: "Grace Murray", email: "grace@navy.example" });
    await until("the change", async () => (await bring(), hubspot.contacts.get("grace@navy.example").properties.lastname === "Murray"));
    assert.equal(hubspot.contacts.get("grace@navy.example").properties.message, "Compilers", "what a lead lacks stays");
    assert.equal(hubspot.contacts.size, 1);
  });

  test("renews a token that ended in mid-flight, and waits where it has to", async () => {
    const [one, before] = [await only(), hubspot.refreshes];
    hubspot.expire();
    hubspot.limit(1);
    await lead({ email: "expired@acme.example" });
    await until("the contact", async () => (await bring(), hubspot.contacts.has("expired@acme.example")));
    assert.ok(hubspot.refreshes > before);
    const list = await client.get(`${hooks(one)}/deliveries`);
    const { attempts } = await client.get(`${hooks(one)}/deliveries/${list[0].id}`);
    assert.deepEqual(attempts.map(({ status }) => status), [200, 429]);
    assert.match(attempts[1].outcome, /ten_secondly_rolling/);
    const calls = hubspot.calls.length;
    await lead({ email: "renewed@acme.example" });
    await until("the next contact", async () => (await bring(), hubspot.contacts.has("renewed@acme.example")));
    assert.equal(hubspot.calls.slice(calls).filter(({ path }) => path.endsWith("/token")).length, 0, "the renewed token was kept");
  });

  test("is not asked again for what it will never take", async () => {
    const one = await only();
    await lead({ phone: "+12024561111" });
    const without = await delivered(one, "failed", ({ outcome }) => /no e-mail/.test(outcome));
    assert.equal(without.attempts.length, 1);
    await client.call("PUT", `${ROOT}/${one.id}`, { settings: { mapping: [{ from: "name", to: "nickname_of_old" }] }, enabled: true });
    await lead({ name: "Mia", email: "mia@acme.example" });
    const unknown = await delivered(one, "failed", ({ outcome }) => /does not exist/.test(outcome));
    assert.equal(unknown.attempts.length, 1);
    assert.equal((await get(one)).last_error, "", "HubSpot itself is well");
  });

  test("is disconnected here and there", async () => {
    const one = await only();
    await disconnect(one);
    assert.equal(hubspot.revoked.length, 1);
    assert.equal(await only(), undefined);
    const { results } = await product.relations.prepare("SELECT * FROM webhook_endpoints WHERE id = ?1").bind(one.endpoint_id).all();
    assert.deepEqual(results, []);
  });
});

describe("E-mail", () => {
  const people = () => Promise.all(["Ann", "Ben", "Cid"].map((name) => createMember(product, product.workspace, "editor", { name })));
  const owner = async (made) => (await client.get(`/v1/leads/${made.id}`)).lead.owner?.name;
  const routed = (made) => until("the lead to be routed", async () => (await bring(), owner(made)));

  test("tells addresses, and needs one", async () => {
    await refused(connect({ kind: "email" }), 400, "settings.recipients");
    await refused(connect({ kind: "email", settings: { recipients: ["sales@acme.example", "no address"] } }), 400, "settings.recipients[1]");
    await refused(connect({ kind: "email", settings: { members: [newId("usr")] } }), 400, "settings.members");
    const one = await connect({ kind: "email", settings: { recipients: [" Sales@acme.example", "sales@acme.example"] } });
    assert.deepEqual([one.name, one.settings.recipients], ["sales@acme.example", ["sales@acme.example"]]);
    const made = await lead({ name: "Ida\nSubject: x", email: "ida@acme.example", topic: "Bikes" });
    const { attempts } = await delivered(one, "succeeded");
    assert.match(attempts[0].outcome, /1 addresses were told/);
    const mails = (await letters(product, "sales@acme.example")).filter(({ purpose, subject }) => purpose === "lead_captured" && subject === "A new lead");
    assert.equal(mails.length, 1);
    assert.ok(mails[0].text.includes("Topic: Bikes") && mails[0].text.includes(`https://desk.test/app/leads/${made.id}`));
    const [delivery] = await client.get(`${hooks(one)}/deliveries`);
    await client.call("POST", `${hooks(one)}/deliveries/${delivery.id}/replay`);
    await until("the replay", async () => (await client.get(`${hooks(one)}/deliveries/${delivery.id}`)).attempts.length === 2);
    assert.equal((await letters(product, "sales@acme.example")).filter(({ subject }) => subject === "A new lead").length, 1, "told once");
    await disconnect(one);
  });

  test("gives leads to members in turn, passing over who is away or gone", async () => {
    const [ann, ben, cid] = await people();
    const settings = { members: [ann, ben, cid].map(({ user }) => user) };
    const one = await connect({ kind: "email", settings });
    const given = [];
    for (let n = 0; n < 4; n += 1) given.push(await routed(await lead({ email: `turn-${n}@acme.example` })));
    assert.deepEqual(given, ["Ann", "Ben", "Cid", "Ann"]);
    await until("both to be told to Ann", async () => (await letters(product, ann.email)).filter(({ purpose }) => purpose === "lead_given").length === 2);
    await client.call("PUT", `${ROOT}/${one.id}`, { settings: { ...settings, away: [ben.user] }, enabled: true });
    await client.call("DELETE", `/v1/members/${cid.user}`);
    assert.equal(await routed(await lead({ email: "turn-5@acme.example" })), "Ann");
    await client.call("PUT", `${ROOT}/${one.id}`, { settings, enabled: true });
    const last = await lead({ email: "turn-6@acme.example" });
    assert.equal(await routed(last), "Ben");
    const { history } = await client.get(`/v1/leads/${last.id}`);
    assert.ok(history.some(({ kind, by, text }) => kind === "owner" && by === "Round robin" && text === "Ben"));
    await disconnect(one);
  });
});

test("no secret of a service is in the log, the database, an answer, an export or an audit line", async () => {
  const one = await bySlack();
  const session = await createSession(product, (await client.get("/v1/auth/me")).user_id, product.workspace);
  const said = [product.log.join("")];
  for (const path of [ROOT, `${ROOT}/${one.id}`, hooks(one), `${hooks(one)}/deliveries`, "/v1/audit-log?action=integration.", "/v1/leads/export", "/v1/audit-log/export"]) said.push(await (await session.raw("GET", path)).text());
  const database = product.relations;
  const { results: tables } = await database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'").all();
  for (const { name } of tables) said.push(JSON.stringify((await database.prepare(`SELECT * FROM ${name}`).all()).results));
  assert.match(said.join("\n"), /integration\.connected/);
  assert.ok(hubspot.issued.length >= 4);
  for (const secret of [slack.secret, hubspot.clientSecret, ...hubspot.issued, product.secrets.SEALING_KEY]) {
    for (const text of said) assert.ok(!text.includes(secret), `${secret.slice(0, 8)}… in ${text.slice(Math.max(0, text.indexOf(secret) - 200), text.indexOf(secret))}`);
  }
  await disconnect(one);
});
