// A file of everything held of a person: asked for, made by a job whatever happens meanwhile, there for a day, for nobody else.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client, request } from "../../scripts/client.mjs";
import { newSecrets } from "../../scripts/secrets.mjs";
import { AGENT, ORIGIN, OWNER, Visitor, createMember, exported, folder, messageId, newId, start, startAgain, tenant, until } from "./harness.mjs";
import { killable } from "./killable.mjs";

const FIELDS = [{ key: "name", label: "Name", kind: "text" }, { key: "email", label: "E-mail", kind: "email" }];
const DAY = 86_400_000;

/** Somebody who asked something and left an address. */
async function person(product, name) {
  const visitor = await Visitor.open(product);
  await visitor.ask(`${name} asks when you are open`);
  const response = await request(`${product.url}/v1/widget/leads`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: ORIGIN, authorization: `Bearer ${visitor.token}` },
    body: JSON.stringify({ id: messageId(), fields: { name, email: `${name.toLowerCase()}@person.example` }, page_url: `${ORIGIN}/page` }),
  });
  const { data, error } = await response.json();
  assert.equal(response.status, 201, JSON.stringify(error));
  await visitor.close();
  const { contact_id: contact } = (await product.client.get(`/v1/leads/${data.lead_id}`)).lead;
  await until("the turn", async () => (await product.client.get(`/v1/contacts/${contact}`)).conversations[0]?.turns === 1);
  return { contact, lead: data.lead_id };
}
async function form(product) {
  const { client, agent } = product;
  const { draft, revision } = await client.get(`/v1/agents/${agent}`);
  const saved = await client.call("PUT", `/v1/agents/${agent}/draft`, { revision, draft: { ...draft, allowed_origins: ["*"], lead_fields: FIELDS } });
  await client.call("POST", `/v1/agents/${agent}/publish`, { revision: saved.revision });
}
const all = (contact) => `/v1/contacts/${contact}/exports`;
const files = async (product) => (await (await product.miniflare.getR2Bucket("FILES", product.back)).list({ prefix: "exports/" })).objects.map(({ key }) => key);
const change = async (product, sql, ...binds) => product.relations.prepare(sql).bind(...binds).run();
const scheduled = async (product, cron) => (await product.miniflare.getWorker(product.back)).scheduled({ cron });
const receipts = async (client) => (await client.get("/v1/receipts")).filter(({ kind }) => ["export", "download"].includes(kind)).map(({ kind }) => kind);

describe("an export", () => {
  let product, client;
  before(async () => {
    product = await start();
    client = product.client;
    await form(product);
  });
  after(() => product?.stop());

  test("is made by a job, is there for a day, and who had it is on record", async () => {
    const { contact } = await person(product, "Ada");
    assert.deepEqual(await client.get(all(contact)), []);
    const { asked, ready, response, held } = await exported(client, contact);
    assert.ok(["queued", "running", "ready"].includes(asked.state) && asked.by === "Owner");
    assert.ok(Math.abs(ready.expires_at - ready.done_at - DAY) < 1 && ready.done_at >= ready.requested_at);
    assert.deepEqual([held.contact.name, held.leads.length, held.conversations[0].turns.length], ["Ada", 1, 1]);
    assert.deepEqual(["content-disposition", "cache-control", "etag"].map((name) => response.headers.get(name)), ['attachment; filename="person.json"', "private, no-store", null]);
    assert.deepEqual(await files(product), [`exports/${product.workspace}/${asked.id}.json`]);
    assert.deepEqual(await receipts(client), ["download", "export"]);
    const done = (await client.get("/v1/audit-log?action=contact.")).map(({ action, subject }) => [action, subject]);
    assert.deepEqual(done, [["contact.exported", contact], ["contact.export_requested", contact]]);
  });

  test("is nobody else's", async () => {
    const { contact } = await person(product, "Bea");
    const { asked } = await exported(client, contact);
    const [stranger, viewer] = [await tenant(product, "stranger@example.test"), await createMember(product, product.workspace, "viewer")];
    const file = `${all(contact)}/${asked.id}/file`;
    for (const [method, path] of [["POST", all(contact)], ["GET", all(contact)], ["GET", file]]) await assert.rejects(stranger.client.call(method, path), { status: 404 });
    // Nor by way of a person of their own, nor of another of ours.
    const other = await person(product, "Otto");
    await assert.rejects(client.get(`${all(other.contact)}/${asked.id}/file`), { status: 404 });
    await assert.rejects(client.get(`${all(contact)}/${newId("pex")}/file`), { status: 404 });
    assert.equal((await viewer.client.raw("GET", file)).status, 200);
    const { secret } = await client.call("POST", "/v1/api-keys", { name: "Leads", scopes: ["leads:read"] });
    const withKey = { authorization: `Bearer ${secret}` };
    for (const [method, path] of [["POST", all(contact)], ["GET", file]]) await assert.rejects(client.call(method, path, undefined, withKey), { status: 403, code: "scope_missing" });
    assert.equal((await client.call("GET", all(contact), undefined, withKey))[0].state, "ready");
  });

  test("that waits is one, however often it is asked for", async () => {
    const { contact } = await person(product, "Cleo");
    await change(product, "INSERT INTO person_exports (id, workspace_id, contact_id, by_name, requested_at, due_at, tries) VALUES (?1, ?2, ?3, 'Owner', 1, 9e15, 1)", newId("pex"), product.workspace, contact);
    const [asked, again] = [await client.call("POST", all(contact)), await client.call("POST", all(contact))];
    assert.deepEqual([asked.id, asked.state], [again.id, "running"]);
    assert.equal((await client.get(all(contact))).length, 1);
    await assert.rejects(client.raw("GET", `${all(contact)}/${asked.id}/file`).then(async (response) => Promise.reject(Object.assign(new Error(await response.text()), { status: response.status }))), { status: 409, message: /still being made/ });
  });

  test("is gone a day after it was made, row or no row, and says so", async () => {
    const { contact } = await person(product, "Dora");
    const [first, second] = [await exported(client, contact), await exported(client, contact)];
    const before = await files(product);
    const keyOf = ({ asked }) => `exports/${product.workspace}/${asked.id}.json`;
    await change(product, "UPDATE person_exports SET expires_at = ?2 WHERE id = ?1", first.asked.id, Date.now() - 1);
    assert.deepEqual((await client.get(all(contact))).map(({ state }) => state), ["ready", "expired"]);
    await assert.rejects(client.get(`${all(contact)}/${first.asked.id}/file`), { status: 404, message: /removed a day after/ });
    const bucket = await product.miniflare.getR2Bucket("FILES", product.back);
    const lost = `exports/${product.workspace}/${newId("pex")}.json`;
    await bucket.put(lost, "left behind by a run that was cut off");
    await scheduled(product, "*/15 * * * *");
    assert.deepEqual((await files(product)).sort(), before.filter((key) => key !== keyOf(first)).sort());
    assert.equal((await client.raw("GET", `${all(contact)}/${second.asked.id}/file`)).status, 200, "what is ready stays");
    // What is not known any more after a month.
    await change(product, "UPDATE person_exports SET done_at = 1, expires_at = 2 WHERE id = ?1", first.asked.id);
    await scheduled(product, "*/15 * * * *");
    assert.deepEqual((await client.get(all(contact))).map(({ id }) => id), [second.asked.id]);
  });

  test("that cannot be made is given up after five times, in words, and can be asked for again", async () => {
    const { contact, lead } = await person(product, "Emil");
    const { reasons } = await product.relations.prepare("SELECT reasons FROM leads WHERE id = ?1").bind(lead).first();
    await change(product, "UPDATE leads SET reasons = 'damaged' WHERE id = ?1", lead);
    const asked = await client.call("POST", all(contact));
    const tried = async () => (await product.relations.prepare("SELECT tries, due_at FROM person_exports WHERE id = ?1").bind(asked.id).first());
    for (let n = 1; n <= 5; n += 1) {
      await until(`try ${n}`, async () => (await tried()).tries >= n);
      await change(product, "UPDATE person_exports SET due_at = ?2 WHERE id = ?1 AND due_at IS NOT NULL AND tries < 5", asked.id, Date.now());
      await scheduled(product, "* * * * *");
    }
    const [failed] = await until("it to be given up", async () => {
      const found = await client.get(all(contact));
      return found[0].state === "failed" && found;
    });
    assert.deepEqual([failed.id, failed.expires_at, (await tried()).tries], [asked.id, undefined, 5]);
    await assert.rejects(client.get(`${all(contact)}/${asked.id}/file`), { status: 404, message: /could not be made/ });
    await change(product, "UPDATE leads SET reasons = ?2 WHERE id = ?1", lead, reasons);
    const { held } = await exported(client, contact);
    assert.equal(held.leads.length, 1);
  });

  test("of two people who become one is written anew, and of one who is erased meanwhile never", async () => {
    const [kept, other] = [await person(product, "Fay"), await person(product, "Fayette")];
    await exported(client, kept.contact);
    await exported(client, other.contact);
    const before = (await files(product)).length;
    await client.call("POST", `/v1/contacts/${kept.contact}/merge`, { other: other.contact });
    assert.equal((await files(product)).length, before - 2);
    const { held } = await exported(client, kept.contact);
    assert.equal(held.leads.length, 2);
    // One that is being made while the person is erased, by a Worker that is slow.
    await change(product, "INSERT INTO person_exports (id, workspace_id, contact_id, by_name, requested_at, due_at, tries) VALUES (?1, ?2, ?3, 'Owner', 1, 9e15, 1)", newId("pex"), product.workspace, kept.contact);
    await client.call("POST", `/v1/contacts/${kept.contact}/erase`);
    await until("the erasure", async () => (await client.get("/v1/erasures")).every(({ state }) => state === "done"));
    const { n } = await product.relations.prepare("SELECT count(*) AS n FROM person_exports WHERE contact_id IN (?1, ?2)").bind(kept.contact, other.contact).first();
    assert.deepEqual([n, (await files(product)).length], [0, before - 2]);
    await assert.rejects(client.call("POST", all(kept.contact)), { status: 404 });
  });
});

test("an export whose process is killed at any point is made by the next one, once", async () => {
  const [state, secrets] = [folder(), newSecrets()];
  const vars = {};
  let product = await killable({ state: state.path, secrets, vars });
  try {
    const client = new Client(product.url);
    const made = await client.bootstrap(secrets.BOOTSTRAP_TOKEN, { ...OWNER, name: "Owner", workspace: "Test", agent: AGENT });
    await client.signIn(OWNER);
    const running = { url: product.url, client, agent: made.agent_id };
    await form(running);
    const people = [];
    for (const name of ["Gus", "Hal", "Ida", "Jon"]) people.push((await person(running, name)).contact);
    // Killed as soon as it is asked for: before, while or after the job writes the file.
    const asked = [];
    for (const [at, contact] of people.slice(0, 3).entries()) {
      asked.push((await client.call("POST", all(contact))).id);
      await new Promise((done) => setTimeout(done, at * 15));
      await product.kill();
      if (at < 2) await product.start();
    }
    product = undefined;
    const second = await startAgain({ state: state.path, secrets, vars });
    product = { kill: () => second.stop() };
    client.product = second.url;
    const bucket = await second.miniflare.getR2Bucket("FILES", second.back);
    // Half of a file, as a run leaves it that dies as it writes, and a lease that is over.
    asked.push(newId("pex"));
    await change(second, "INSERT INTO person_exports (id, workspace_id, contact_id, by_name, requested_at, due_at, tries) VALUES (?1, ?2, ?3, 'Owner', 1, 2, 1)", asked[3], made.workspace_id, people[3]);
    await bucket.put(`exports/${made.workspace_id}/${asked[3]}.json`, '{"contact":{"na');
    // What was being made when the process died is due again once its lease is over.
    await change(second, "UPDATE person_exports SET due_at = ?1 WHERE due_at IS NOT NULL", Date.now());
    for (let n = 0; n < 2; n += 1) await scheduled(second, "* * * * *");
    for (const [at, contact] of people.entries()) {
      const [one, ...more] = await until("the file", async () => {
        const found = await client.get(all(contact));
        return found.every(({ state }) => state === "ready") && found;
      });
      assert.deepEqual([one.id, more], [asked[at], []]);
      const held = await (await client.raw("GET", `${all(contact)}/${one.id}/file`)).json();
      assert.deepEqual([held.contact.id, held.leads.length, held.conversations.length], [contact, 1, 1]);
    }
    assert.equal((await bucket.list({ prefix: "exports/" })).objects.length, 4);
    assert.equal((await receipts(client)).filter((kind) => kind === "export").length, 4, "one receipt each");
  } finally {
    await product?.kill();
    state.remove();
  }
});
