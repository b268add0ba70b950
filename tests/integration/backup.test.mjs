// Backup and restore, rehearsed: an installation with all that it holds, restored to an empty one with the same keys, with
// a kill in the middle; and there everything is as it was, and goes on.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Client, request } from "../../scripts/client.mjs";
import { newSecrets } from "../../scripts/secrets.mjs";
import { root } from "../../scripts/tools.mjs";
import { startReceiver, verified } from "../fakes/receiver.mjs";
import { startSlack } from "../fakes/slack.mjs";
import { ORIGIN, OWNER, Visitor, exported, folder, init, messageId, start, tenant, until } from "./harness.mjs";
import { killable } from "./killable.mjs";

const OTHER = { email: "other@example.test", password: OWNER.password };
const PAGES = {
  "/": "<h1>Harbour museum</h1><p>The harbour museum shows forty lighthouses.</p><a href='/tickets'>Tickets</a>",
  "/tickets": "<h1>Tickets</h1><p>A family ticket for the harbour museum costs 31 euros.</p>",
};
const BYTES = new TextEncoder().encode("The cloakroom closes at six.\n".repeat(2_000));
const secrets = newSecrets();
let site, receiver, slack, states, first, second, client, other, kept;

before(async () => {
  site = createServer(({ url }, response) => {
    const page = PAGES[url];
    response.writeHead(page ? 200 : 404, { "content-type": "text/html" }).end(`<title>Museum</title><main>${page ?? "none"}</main>`);
  });
  await new Promise((ready) => site.listen(0, "127.0.0.1", ready));
  [receiver, slack] = [await startReceiver({ behave: () => ({ status: 503 }) }), await startSlack()];
  states = { first: folder(), second: folder(), backups: folder() };
  first = await start({ state: states.first.path, ...settings() });
  client = first.client;
});
after(async () => {
  await first?.stop();
  await second?.kill();
  await receiver?.close();
  await slack?.close();
  await new Promise((done) => site.close(done));
  for (const one of Object.values(states ?? {})) one.remove();
});

const settings = () => ({ secrets, vars: { LOCAL_HOSTS: `${receiver.host},127.0.0.1:${site.address().port}`, SLACK_HOOKS_URL: slack.url } });
const at = (name) => join(states.backups.path, name);

/** Runs a verb as an operator does; `stop` may end it early, told what it has printed. */
function verb(name, url, ...rest) {
  const child = spawn(process.execPath, [join(root, `scripts/${name}.mjs`), "--url", url, ...rest], { env: { ...process.env, BOOTSTRAP_TOKEN: secrets.BOOTSTRAP_TOKEN } });
  let text = "";
  const watchers = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      text += data;
      for (const watch of watchers) watch(text, child);
    });
  }
  const ended = new Promise((resolve) => child.once("close", (code) => resolve({ code, text })));
  return Object.assign(ended, { watch: (watch) => watchers.push(watch) });
}
async function succeeds(name, url, ...rest) {
  const { code, text } = await verb(name, url, ...rest);
  assert.equal(code, 0, text);
  return text;
}
async function refused(pattern, name, url, ...rest) {
  const { code, text } = await verb(name, url, ...rest);
  assert.equal(code, 1, text);
  assert.match(text, pattern);
}

const conversation = async (by, id) => (await by.raw("GET", `/v1/conversations/${id}`)).text();
const search = async (by) => (await by.get("/v1/conversations/search?q=lighthouses")).map(({ turn_id, excerpt }) => [turn_id, excerpt]);
const refusal = async (product, agent) => {
  const begun = await init(product, { agent });
  return [begun.status, begun.error?.code];
};

test("an installation is filled", async () => {
  const { draft, revision } = await client.get(`/v1/agents/${first.agent}`);
  const fields = [{ key: "email", label: "E-mail", kind: "email" }];
  const saved = await client.call("PUT", `/v1/agents/${first.agent}/draft`, { revision, draft: { ...draft, allowed_origins: ["*"], lead_fields: fields } });
  await client.call("POST", `/v1/agents/${first.agent}/publish`, { revision: saved.revision });

  const { endpoint: hook, secret } = await client.call("POST", "/v1/webhooks/endpoints", { url: `${receiver.url}/hook`, events: ["lead.captured"] });
  const integration = await client.call("POST", "/v1/integrations", { kind: "slack", secret: { kind: "slack", webhook_url: slack.hook }, events: ["conversation.escalated"] });
  await client.call("POST", "/v1/tools", { content: { name: "look_up", description: "Looks up.", schema: { type: "object" }, url: `${receiver.url}/tool` }, auth: { kind: "bearer", token: "a-token-of-the-suite" } });

  const source = await client.source(first.agent, `http://127.0.0.1:${site.address().port}/`);
  assert.equal((await client.indexed(source.id)).state, "indexed");
  const files = await client.call("POST", `/v1/agents/${first.agent}/sources`, { kind: "files", title: "House rules" });
  const uploaded = await request(`${first.url}/v1/sources/${files.id}/files?name=rules.txt`, { method: "POST", headers: { cookie: client.cookie }, body: BYTES });
  const file = (await uploaded.json()).data.id;
  await client.indexed(files.id);

  const visitor = await Visitor.open(first);
  const answer = await visitor.ask("How many lighthouses does the harbour museum show?");
  assert.match(answer.text, /forty lighthouses/);
  const lead = await request(`${first.url}/v1/widget/leads`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: ORIGIN, authorization: `Bearer ${visitor.token}` },
    body: JSON.stringify({ id: messageId(), fields: { email: "visitor@example.test" }, page_url: `${ORIGIN}/page` }),
  });
  assert.equal(lead.status, 201);
  await client.call("POST", `/v1/conversations/${visitor.conversation}/notes`, { text: "Wants a guided tour" });
  const { secret: key } = await client.call("POST", "/v1/api-keys", { name: "Program", scopes: ["agents:read"] });

  // Another workspace, whose month is used up.
  other = await tenant(first, OTHER.email);
  await other.client.call("PUT", "/v1/usage/limits", { conversations: 1 });
  const only = await Visitor.open(first, { agent: other.agent });
  await only.ask("Is anybody there?");
  await until("the month to be used up", async () => (await refusal(first, other.agent))[0] === 429);

  await until("two attempts to have failed", () => receiver.calls.filter(({ path }) => path === "/hook").length === 2);
  await until("everything to be settled", async () => {
    const due = ["mails", "events", "files", "sources", "conversations"].map((table) => `(SELECT count(*) FROM ${table} WHERE ${table === "conversations" ? "summary_due_at" : "due_at"} IS NOT NULL)`).join(" + ");
    const { left } = await first.relations.prepare(`SELECT ${due} + (SELECT count(*) FROM leads WHERE tell_due_at IS NOT NULL) AS left`).first();
    const { turns, messages } = await client.get(`/v1/conversations/${visitor.conversation}`);
    return left === 0 && turns.length === 1 && messages.length === 1;
  });
  const deliveries = async () => (await client.raw("GET", `/v1/webhooks/endpoints/${hook.id}/deliveries`)).json();
  const [delivery] = await until("the next attempt to be due", async () => {
    const { data } = await deliveries();
    return data[0]?.attempts === 2 && data[0].state === "pending" && data;
  });
  // A rule as the operator has set it.
  await first.relations.prepare("UPDATE alerts SET above = 2222 WHERE id = 'first_token'").run();
  await exported(client, (await client.get("/v1/contacts"))[0].id);
  kept = { hook, secret, delivery, integration, file, key, visitor, only, source };
});

test("a backup holds what there is, sealed as it is", async () => {
  const told = await succeeds("backup", first.url, "--out", at("one"));
  const manifest = JSON.parse(readFileSync(at("one/manifest.json"), "utf8"));
  assert.ok(told.includes(manifest.digest));
  assert.equal(manifest.keys.length, 1);
  assert.deepEqual(manifest.left, {});
  const rows = Object.fromEntries(manifest.tables.map(({ name, rows }) => [name, rows]));
  const archive = `archive/${first.workspace}`;
  assert.deepEqual([rows.users, rows.workspaces, rows.leads, rows[`${archive} turns`], rows[`${archive} messages`]], [2, 2, 1, 1, 1]);
  assert.deepEqual([rows[`endpoint/${first.workspace}/${kept.hook.id} deliveries`], rows[`endpoint/${first.workspace}/${kept.hook.id} attempts`]], [1, 2]);
  assert.ok(rows[`crawl/${first.workspace}/${kept.source.id} known`] >= 2);
  assert.equal(rows.sessions, undefined);
  assert.deepEqual([rows.alerts, rows.alert_firings, rows.person_exports], [5, undefined, undefined]);
  assert.ok(!manifest.files.some(({ key }) => key.startsWith("exports/")), "what is there for a day is in no backup");
  assert.ok(manifest.files.some(({ key, bytes }) => key.endsWith(kept.file) && bytes === BYTES.length));
  const all = ["manifest.json", ...readdirSync(at("one/rows")).map((name) => `rows/${name}`)].map((name) => readFileSync(join(at("one"), name), "utf8")).join("");
  for (const secret of [kept.secret.slice(6), slack.path, "a-token-of-the-suite", kept.key.slice(-20), client.cookie.split("=")[1], ...Object.values(secrets)]) {
    assert.ok(!all.includes(secret), "a secret is in the backup");
  }
  await refused(/is not empty/, "backup", first.url, "--out", at("one"));
});

test("nothing is restored where it does not belong", async () => {
  second = await killable({ state: states.second.path, ...settings() });
  await refused(/not empty/, "restore", first.url, "--from", at("one"));
  await refused(/no manifest\.json/, "restore", second.url, "--from", at("none"));
  const manifest = JSON.parse(readFileSync(at("one/manifest.json"), "utf8"));
  const ask = async (change) => {
    const body = { backup: manifest.digest, migrations: manifest.plan.migrations, keys: manifest.keys, ...change };
    const response = await request(`${second.url}/v1/restore`, { method: "POST", headers: { authorization: `Bearer ${secrets.BOOTSTRAP_TOKEN}` }, body: JSON.stringify(body) });
    return [response.status, (await response.json()).error?.message];
  };
  const [status, words] = await ask({ keys: [...manifest.keys, "0badc0de"] });
  assert.equal(status, 409);
  assert.match(words, /0badc0de.*SEALING_KEYS_OLD/);
  const [older, release] = await ask({ migrations: manifest.plan.migrations.slice(0, -1) });
  assert.equal(older, 409);
  assert.match(release, /another release.*Deploy the release it is of/);
  // A backup that is not as it was written is refused before anything is sent.
  const broken = join(at("one"), manifest.pages.at(-1).file);
  const whole = readFileSync(broken, "utf8");
  writeFileSync(broken, whole.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)));
  await refused(/damaged/, "restore", second.url, "--from", at("one"));
  writeFileSync(broken, whole);
});

test("a restore that was cut off in the middle goes on, and everything is as it was", async () => {
  const cut = verb("restore", second.url, "--from", at("one"));
  let dead;
  cut.watch((text, child) => {
    if (dead || !text.includes("20 of")) return;
    child.kill("SIGKILL");
    dead = second.kill();
  });
  await cut;
  await dead;
  assert.ok(dead, "it was not killed");
  await second.start();
  const told = await succeeds("restore", second.url, "--from", at("one"));
  assert.match(told, /Going on behind page \d+/);
  assert.match(told, /every checksum agrees/);
  const { digest } = JSON.parse(readFileSync(at("one/manifest.json"), "utf8"));

  await succeeds("backup", second.url, "--out", at("two"));
  const again = JSON.parse(readFileSync(at("two/manifest.json"), "utf8"));
  assert.deepEqual(again.tables, JSON.parse(readFileSync(at("one/manifest.json"), "utf8")).tables);
  assert.equal(again.digest, digest, "a backup of what was restored is the same");
  await refused(/not empty/, "restore", second.url, "--from", at("one"));
});

test("members and visitors find what they left, and it goes on", async () => {
  const member = new Client(second.url);
  await member.signIn(OWNER);
  assert.equal(await conversation(member, kept.visitor.conversation), await conversation(client, kept.visitor.conversation));
  assert.deepEqual(await until("the search", async () => {
    const found = await search(member).catch(() => []);
    return found.length > 0 && found;
  }), await search(client));
  const download = await member.raw("GET", `/v1/files/${kept.file}`);
  assert.deepEqual(new Uint8Array(await download.arrayBuffer()), BYTES);

  const visitor = await Visitor.open(second, { agent: first.agent });
  const answer = await visitor.ask("What does a family ticket cost?");
  assert.match(answer.text, /31 euros/);
  assert.equal(new URL(answer.citations[0].url).pathname, "/tickets");
  const back = await Visitor.open(second, { agent: first.agent, token: kept.visitor.token });
  assert.equal(back.conversation, kept.visitor.conversation);
  assert.match((await back.ask("When does the cloakroom close?")).text, /closes at six/);
  await until("both turns in one transcript", async () => (await member.get(`/v1/conversations/${kept.visitor.conversation}`)).turns.length === 2);

  const rule = (await member.get("/v1/operations/alerts")).find(({ id }) => id === "first_token");
  assert.deepEqual([rule.above, rule.firings], [2222, []], "rules are as they were set; who was told of them is not known");
  assert.equal((await refusal(second, other.agent))[0], 429, "what was used up is used up");
  const stranger = new Client(second.url);
  await stranger.signIn(OTHER);
  const messages = ({ meters }) => meters.find(({ meter }) => meter === "messages").used;
  assert.equal(messages(await stranger.get("/v1/usage")), messages(await other.client.get("/v1/usage")));

  const withKey = await request(`${second.url}/v1/agents`, { headers: { authorization: `Bearer ${kept.key}` } });
  assert.equal(withKey.status, 200);
  assert.equal((await member.call("POST", `/v1/integrations/${kept.integration.id}/verify`)).last_error, "");

  const calls = receiver.calls.filter(({ path }) => path === "/hook");
  receiver.behave = () => undefined;
  receiver.calls.length = 0;
  await member.call("POST", `/v1/webhooks/endpoints/${kept.hook.id}/deliveries/${kept.delivery.id}/replay`);
  const call = await until("the event", () => receiver.calls.find(({ path }) => path === "/hook"));
  assert.deepEqual([call.headers["webhook-id"], call.text], [calls[0].headers["webhook-id"], calls[0].text]);
  assert.deepEqual(verified(call, kept.secret), { own: true, standard: true, fresh: true });
});
