// A workspace and its people: settings, roles, invitations by mail, API keys, the audit log, and how a deleted
// workspace is forgotten.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "../../scripts/client.mjs";
import { AGENT, ORIGIN, OWNER, askBySse, createMember, createSession, init, letters, newId, start, steady, until } from "./harness.mjs";

let product, owner, count = 0;
before(async () => {
  product = await start();
  owner = product.client;
});
after(() => product?.stop());

const refusal = async (promise) => promise.then(() => assert.fail("it was not refused"), (error) => [error.status, error.code, error.field]);
const join = (role, options) => createMember(product, product.workspace, role, options);
const fresh = () => new Client(product.url);
const one = async (sql, ...binds) => product.relations.prepare(sql).bind(...binds).first();
const log = (query = "", client = owner) => client.get(`/v1/audit-log${query}`);
const newest = async () => (await log())[0];
/** A workspace of its own, for what would harm the others. */
async function workspace() {
  const body = { email: `owner-${(count += 1)}@example.test`, password: OWNER.password, name: "Other", workspace: "Other", agent: AGENT };
  const ids = await fresh().bootstrap(product.secrets.BOOTSTRAP_TOKEN, body);
  const { user_id } = await one("SELECT user_id FROM members WHERE workspace_id = ?1", ids.workspace_id);
  // Signing in is limited; a session is made instead.
  return { client: await createSession(product, user_id, ids.workspace_id), workspace: ids.workspace_id, agent: ids.agent_id };
}
const mine = async ({ client }) => (await client.get("/v1/auth/me")).user_id;

describe("settings", () => {
  const profile = { address: "Quay 1", phone: "+49 40 1", email: "hi@shop.test", website: "https://shop.test", hours: { time_zone: "Europe/Berlin", open: [{ weekday: 1, from: 540, to: 720 }, { weekday: 1, from: 780, to: 1_440 }], holidays: [] } };

  test("name, profile and hours are kept, audited and brought to every edge", async () => {
    const before = await owner.get("/v1/workspace");
    assert.deepEqual([before.name, before.plan, before.profile.hours.open], ["Test", "custom", []]);
    const changes = (await one("SELECT edge_change FROM agents WHERE id = ?1", product.agent)).edge_change;
    const after = await owner.call("PATCH", "/v1/workspace", { name: "  Shop  ", profile });
    assert.deepEqual([after.name, after.profile], ["Shop", profile]);
    assert.deepEqual(await owner.get("/v1/workspace"), after);
    assert.equal((await one("SELECT edge_change FROM agents WHERE id = ?1", product.agent)).edge_change, changes + 1);
    const edge = await product.miniflare.getKVNamespace("AGENTS", product.front);
    await until("the edge", async () => (await edge.get(`agent/${product.agent}`, "json")).workspace_name === "Shop", 30_000);
    assert.deepEqual((await edge.get(`agent/${product.agent}`, "json")).hours, profile.hours);
    const entry = await newest();
    assert.deepEqual([entry.action, entry.subject, entry.actor.name], ["workspace.updated", product.workspace, "Owner"]);
    assert.deepEqual(entry.changes.find(({ field }) => field === "name"), { field: "name", before: "Test", after: "Shop" });
    assert.ok(entry.changes.some(({ field, after }) => field === "profile.hours.time_zone" && after === "Europe/Berlin"));
    assert.ok(entry.changes.some(({ field, after }) => field === "profile.hours.open[1]" && after === "from: 540, to: 720, weekday: 1"));
  });

  test("a change that changes nothing is none, and one of the address alone leaves the edges be", async () => {
    const entries = (await log()).length;
    await owner.call("PATCH", "/v1/workspace", { name: "Shop" });
    assert.equal((await log()).length, entries);
    const { edge_change } = await one("SELECT edge_change FROM agents WHERE id = ?1", product.agent);
    await owner.call("PATCH", "/v1/workspace", { profile: { ...profile, address: "Quay 2" } });
    assert.equal((await one("SELECT edge_change FROM agents WHERE id = ?1", product.agent)).edge_change, edge_change);
    assert.deepEqual((await newest()).changes, [{ field: "profile.address", before: "Quay 1", after: "Quay 2" }]);
  });

  test("what cannot be is refused by its field", async () => {
    const hours = (open, time_zone = "UTC") => ({ profile: { ...profile, hours: { time_zone, open } } });
    const span = (weekday, from, to) => ({ weekday, from, to });
    for (const [body, field] of [
      [{ name: "  " }, "name"],
      [{ name: "x".repeat(81) }, "name"],
      [{ profile: { ...profile, email: "nobody" } }, "profile.email"],
      [{ profile: { ...profile, website: "javascript:alert(1)" } }, "profile.website"],
      [{ profile: { ...profile, address: "x".repeat(501) } }, "profile.address"],
      [hours([], "Europe/Atlantis"), "profile.hours.time_zone"],
      [hours([], "+01:00"), "profile.hours.time_zone"],
      [hours([span(0, 1, 2)]), "profile.hours.open"],
      [hours([span(8, 1, 2)]), "profile.hours.open"],
      [hours([span(1, 0, 1_441)]), "profile.hours.open"],
      [hours([span(1, 60, 60)]), "profile.hours.open"],
      [hours([span(1, 90, 60)]), "profile.hours.open"],
      [hours([span(1, 600, 700), span(2, 1, 2), span(1, 500, 601)]), "profile.hours.open"],
    ]) assert.deepEqual(await refusal(owner.call("PATCH", "/v1/workspace", body)), [400, "invalid", field], JSON.stringify(body).slice(-120));
    assert.equal((await owner.get("/v1/workspace")).profile.address, "Quay 2");
    // Spans that touch are two; the order they are sent in does not matter.
    const touching = await owner.call("PATCH", "/v1/workspace", hours([span(7, 0, 1_440), span(1, 600, 700), span(1, 500, 600)]));
    assert.deepEqual(touching.profile.hours.open, [span(1, 500, 600), span(1, 600, 700), span(7, 0, 1_440)]);
  });
});

describe("members", () => {
  test("are listed with their roles and without secrets", async () => {
    const viewer = await join("viewer");
    const listed = await viewer.client.get("/v1/members");
    assert.deepEqual(listed.map(({ role }) => role).slice(0, 1), ["owner"]);
    const { joined_at, ...rest } = listed.find(({ user_id }) => user_id === viewer.user);
    assert.ok(joined_at > 0);
    assert.deepEqual(rest, { user_id: viewer.user, name: viewer.name, email: viewer.email, role: "viewer", totp_enabled: false });
    assert.ok(!JSON.stringify(listed).includes("argon2"));
  });

  test("get another role from who may give both, never from themselves", async () => {
    const [admin, other] = [await join("admin"), await join("viewer")];
    const change = (client, user, role) => client.call("PATCH", `/v1/members/${user}`, { role });
    assert.equal((await change(admin.client, other.user, "editor")).role, "editor");
    assert.equal((await other.client.get("/v1/auth/me")).workspace.role, "editor");
    const entry = await newest();
    assert.deepEqual([entry.action, entry.subject, entry.subject_name, entry.changes], ["member.role_changed", other.user, other.name, [{ field: "role", before: "viewer", after: "editor" }]]);
    assert.deepEqual(entry.actor, { kind: "member", user_id: admin.user, name: admin.name });
    assert.deepEqual(await refusal(change(admin.client, other.user, "owner")), [403, "forbidden", undefined]);
    assert.deepEqual(await refusal(change(admin.client, await mine(product), "viewer")), [403, "forbidden", undefined]);
    assert.deepEqual(await refusal(change(admin.client, admin.user, "viewer")), [403, "forbidden", undefined]);
    assert.deepEqual(await refusal(change(owner, newId("usr"), "viewer")), [404, "not_found", undefined]);
    assert.deepEqual(await refusal(change(owner, other.user, "emperor")), [400, "malformed", undefined]);
    assert.equal((await change(owner, other.user, "owner")).role, "owner");
    await owner.call("DELETE", `/v1/members/${other.user}`);
  });

  test("are removed with the sessions that look at the workspace", async () => {
    const [admin, editor, elsewhere] = [await join("admin"), await join("editor"), await workspace()];
    await product.relations.prepare("INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (?1, ?2, 'viewer', 1)").bind(elsewhere.workspace, editor.user).run();
    const there = await createSession(product, editor.user, elsewhere.workspace);
    assert.deepEqual(await refusal(admin.client.call("DELETE", `/v1/members/${await mine(product)}`)), [403, "forbidden", undefined]);
    assert.deepEqual(await refusal(admin.client.call("DELETE", `/v1/members/${admin.user}`)), [409, "conflict", undefined]);
    await admin.client.call("DELETE", `/v1/members/${editor.user}`);
    assert.deepEqual(await refusal(editor.client.get("/v1/agents")), [401, "sign_in_required", undefined]);
    assert.equal((await there.get("/v1/agents")).length, 1);
    assert.deepEqual(await refusal(admin.client.call("DELETE", `/v1/members/${editor.user}`)), [404, "not_found", undefined]);
    const entry = await newest();
    assert.deepEqual([entry.action, entry.subject_name, entry.changes.find(({ field }) => field === "email").before], ["member.removed", editor.name, editor.email]);
  });

  test("two owners who remove or demote each other at once leave one", async () => {
    for (const act of [(by, whom) => by.call("DELETE", `/v1/members/${whom}`), (by, whom) => by.call("PATCH", `/v1/members/${whom}`, { role: "viewer" })]) {
      for (let n = 0; n < 4; n += 1) {
        const home = await workspace();
        const second = await createMember(product, home.workspace, "owner");
        const answers = await Promise.allSettled([act(home.client, second.user), act(second.client, await mine(home))]);
        const { owners } = await one("SELECT count(*) AS owners FROM members WHERE workspace_id = ?1 AND role = 'owner'", home.workspace);
        assert.equal(owners, 1, JSON.stringify(answers.map(({ status, reason }) => [status, reason?.status])));
        for (const { reason } of answers.filter(({ status }) => status === "rejected")) assert.ok([401, 403, 404, 409].includes(reason.status), String(reason));
      }
    }
  });

  test("nobody is left without an owner: the database itself refuses", async () => {
    const home = await workspace();
    const other = await createMember(product, home.workspace, "owner");
    // The second owner is one no more between what was read and what is written.
    const owners = await Promise.allSettled(Array.from({ length: 6 }, () => home.client.call("PATCH", `/v1/members/${other.user}`, { role: "admin" })));
    assert.equal(owners.filter(({ value }) => value?.role === "admin").length >= 1, true);
    const entries = (await home.client.get("/v1/audit-log")).filter(({ action }) => action === "member.role_changed");
    assert.equal(entries.length, 1, "a change is noted as often as it happened");
  });

  test("ownership goes to a member with the password alone", async () => {
    const home = await workspace();
    const [heir, stranger] = [await createMember(product, home.workspace, "viewer"), await join("viewer")];
    const transfer = (client, user_id, password = OWNER.password) => client.call("POST", "/v1/workspace/transfer", { user_id, password });
    assert.deepEqual(await refusal(transfer(home.client, heir.user, "wrong")), [400, "invalid", "password"]);
    assert.deepEqual(await refusal(transfer(home.client, stranger.user)), [404, "not_found", undefined]);
    assert.deepEqual(await refusal(transfer(home.client, await mine(home))), [409, "conflict", undefined]);
    assert.deepEqual(await refusal(transfer(heir.client, heir.user)), [403, "forbidden", undefined]);
    await transfer(home.client, heir.user);
    const roles = Object.fromEntries((await heir.client.get("/v1/members")).map(({ user_id, role }) => [user_id, role]));
    assert.deepEqual(roles, { [heir.user]: "owner", [await mine(home)]: "admin" });
    assert.deepEqual(await refusal(transfer(home.client, heir.user)), [403, "forbidden", undefined]);
    const [entry] = await log("", heir.client);
    assert.deepEqual([entry.action, entry.changes.map(({ after }) => after)], ["workspace.transferred", ["owner", "admin"]]);
  });

  test("transfers to two at once make one owner", async () => {
    const home = await workspace();
    const heirs = [await createMember(product, home.workspace, "viewer"), await createMember(product, home.workspace, "editor")];
    await Promise.allSettled(heirs.map(({ user }) => home.client.call("POST", "/v1/workspace/transfer", { user_id: user, password: OWNER.password })));
    const { owners } = await one("SELECT count(*) AS owners FROM members WHERE workspace_id = ?1 AND role = 'owner'", home.workspace);
    assert.equal(owners, 1);
  });
});

describe("invitations", () => {
  const invite = (email, role = "editor", client = owner) => client.call("POST", "/v1/invitations", { email, role });
  const token = async (email) => /#token=([0-9a-f]{64})/.exec((await letters(product, email))[0].text)[1];
  const preview = (token) => fresh().call("POST", "/v1/auth/invitation", { token });
  const accept = (client, body) => client.raw("POST", "/v1/auth/invitation/accept", body);
  const answer = async (response) => [response.status, (await response.json()).error?.code];
  const invited = async (role) => {
    const email = `${newId("guest")}@example.test`;
    await invite(email, role);
    return { email, token: await token(email) };
  };
  const newcomer = (token) => ({ token, name: "New Person", password: "a-good-long-password" });

  test("are mailed with a link, and only its digest is kept", async () => {
    const { name } = await owner.get("/v1/workspace");
    const made = await invite("  Ada@Example.test ", "viewer");
    assert.deepEqual([made.email, made.role, made.state, made.invited_by], ["ada@example.test", "viewer", "pending", "Owner"]);
    assert.ok(Math.abs(made.expires_at - made.created_at - 7 * 86_400_000) < 1_000);
    const [letter] = await letters(product, "ada@example.test");
    for (const word of ["Owner", name, "viewer", `${product.url}/app/invitation#token=`]) assert.ok(letter.text.includes(word), word);
    assert.equal(letter.purpose, "invitation");
    const secret = await token("ada@example.test");
    const row = await one("SELECT * FROM invitations WHERE id = ?1", made.id);
    assert.ok(!JSON.stringify(row).includes(secret) && !JSON.stringify(await log()).includes(secret));
    assert.deepEqual((await owner.get("/v1/invitations"))[0], made);
    assert.deepEqual(await preview(secret), { workspace_name: name, invited_by: "Owner", email: "ada@example.test", role: "viewer", account_exists: false });
  });

  test("are refused to members, for owners from admins, and without an address", async () => {
    const admin = await join("admin");
    assert.deepEqual(await refusal(invite(admin.email)), [409, "conflict", "email"]);
    assert.deepEqual(await refusal(invite(OWNER.email, "viewer", admin.client)), [409, "conflict", "email"]);
    assert.deepEqual(await refusal(invite("x@example.test", "owner", admin.client)), [403, "forbidden", undefined]);
    for (const email of ["", "nobody", "@x.test", "a b@x.test", "a@x.test\r\nBcc: y@x.test", "<a@x.test>", "a@x.test,b@x.test"]) assert.deepEqual(await refusal(invite(email)), [400, "invalid", "email"], email);
  });

  test("make a newcomer a member with a confirmed address, once", async () => {
    const { email, token } = await invited("editor");
    for (const [body, field] of [[{ token }, "name"], [{ token, name: "N" }, "password"], [{ token, name: "N", password: "short" }, "password"], [{ token, name: "N", password: email }, "password"]]) {
      const response = await accept(fresh(), body);
      assert.deepEqual([response.status, (await response.json()).error.field], [400, field], JSON.stringify(body));
    }
    const answers = await Promise.all(Array.from({ length: 4 }, () => accept(fresh(), newcomer(token))));
    const joined = answers.filter(({ status }) => status === 200);
    assert.equal(joined.length, 1, answers.map(({ status }) => status).join());
    for (const other of answers.filter((response) => response !== joined[0])) assert.ok([409, 410].includes(other.status));
    const { data } = await joined[0].json();
    assert.deepEqual([data.state, data.me.email, data.me.email_verified, data.me.workspace.id, data.me.workspace.role], ["signed_in", email, true, product.workspace, "editor"]);
    const client = Object.assign(fresh(), { cookie: joined[0].headers.get("set-cookie").split(";")[0] });
    assert.equal((await client.get("/v1/members")).filter((member) => member.email === email).length, 1);
    assert.deepEqual(await answer(await accept(fresh(), newcomer(token))), [410, "link_invalid"]);
    assert.deepEqual(await refusal(preview(token)), [410, "link_invalid", undefined]);
    assert.ok(!(await owner.get("/v1/invitations")).some((one) => one.email === email));
    const entry = await newest();
    assert.deepEqual([entry.action, entry.subject_name, entry.actor.name], ["member.joined", "New Person", "New Person"]);
  });

  test("take who has an account by the token alone, signed in with that very address", async () => {
    const { email, token } = await invited("viewer");
    const home = await workspace();
    const known = await createMember(product, home.workspace, "editor", { email });
    assert.equal((await preview(token)).account_exists, true);
    const anonymous = await accept(fresh(), newcomer(token));
    const { error } = await anonymous.json();
    assert.deepEqual([anonymous.status, error.code], [409, "conflict"]);
    assert.match(error.message, new RegExp(`Sign in as ${email} first`));
    const other = await accept(home.client, { token });
    assert.deepEqual([other.status, /Sign out/.test((await other.json()).error.message)], [409, true]);
    const joined = await accept(known.client, { token });
    assert.equal(joined.status, 200);
    const { me } = (await joined.json()).data;
    assert.deepEqual([me.workspace.id, me.workspace.role, me.workspaces.length], [product.workspace, "viewer", 2]);
    // The session of before is replaced.
    assert.equal((await known.client.raw("GET", "/v1/auth/me")).status, 401);
    assert.deepEqual(await answer(await accept(Object.assign(fresh(), { cookie: joined.headers.get("set-cookie").split(";")[0] }), { token })), [410, "link_invalid"]);
  });

  test("wait for an address that is not confirmed", async () => {
    const { email, token } = await invited("viewer");
    const known = await createMember(product, product.workspace, null, { email, verified: false });
    assert.deepEqual(await answer(await accept(known.client, { token })), [409, "conflict"]);
    await product.relations.prepare("UPDATE users SET email_verified_at = 1 WHERE id = ?1").bind(known.user).run();
    assert.equal((await accept(known.client, { token })).status, 200);
  });

  test("end with their time, when they are taken back, and when another is sent", async () => {
    const first = await invited("viewer");
    await invite(first.email, "admin");
    const listed = (await owner.get("/v1/invitations")).filter(({ email }) => email === first.email);
    assert.deepEqual(listed.map(({ role }) => role), ["admin"]);
    assert.deepEqual(await refusal(preview(first.token)), [410, "link_invalid", undefined]);
    const second = await token(first.email);
    const again = await owner.call("POST", `/v1/invitations/${listed[0].id}/resend`);
    assert.equal(again.id, listed[0].id);
    const third = await token(first.email);
    assert.notEqual(second, third);
    assert.deepEqual(await refusal(preview(second)), [410, "link_invalid", undefined]);
    assert.equal((await preview(third)).role, "admin");
    await product.relations.prepare("UPDATE invitations SET expires_at = 1 WHERE id = ?1").bind(again.id).run();
    assert.equal((await owner.get("/v1/invitations")).find(({ id }) => id === again.id).state, "expired");
    assert.deepEqual(await answer(await accept(fresh(), newcomer(third))), [410, "link_invalid"]);
    await owner.call("POST", `/v1/invitations/${again.id}/resend`);
    const fourth = await token(first.email);
    await owner.call("DELETE", `/v1/invitations/${again.id}`);
    assert.deepEqual(await refusal(preview(fourth)), [410, "link_invalid", undefined]);
    assert.deepEqual(await refusal(owner.call("DELETE", `/v1/invitations/${again.id}`)), [404, "not_found", undefined]);
    assert.deepEqual(await refusal(owner.call("POST", `/v1/invitations/${again.id}/resend`)), [404, "not_found", undefined]);
    assert.deepEqual((await log()).slice(0, 3).map(({ action }) => action), ["invitation.revoked", "invitation.resent", "invitation.resent"]);
  });

  test("of owners are the owners' business", async () => {
    const [admin, email] = [await join("admin"), `${newId("boss")}@example.test`];
    const made = await invite(email, "owner");
    assert.deepEqual(await refusal(admin.client.call("DELETE", `/v1/invitations/${made.id}`)), [403, "forbidden", undefined]);
    assert.deepEqual(await refusal(admin.client.call("POST", `/v1/invitations/${made.id}/resend`)), [403, "forbidden", undefined]);
    await owner.call("DELETE", `/v1/invitations/${made.id}`);
  });

  test("cannot be guessed at any speed", async () => {
    const statuses = new Set();
    // The minute of the clock may turn meanwhile.
    for (let n = 0; n < 80 && !statuses.has(429); n += 1) statuses.add((await fresh().raw("POST", "/v1/auth/invitation", { token: "0".repeat(64) })).status);
    assert.deepEqual([...statuses].sort(), [410, 429]);
  });
});

describe("API keys", () => {
  const create = (body, client = owner) => client.call("POST", "/v1/api-keys", { name: "CI", scopes: ["agents:read"], ...body });
  const using = (secret, path = "/v1/agents", method = "GET", body) => fresh().raw(method, path, body, { authorization: `Bearer ${secret}` });
  const list = () => owner.get("/v1/api-keys");

  test("are shown once, kept as a digest and do what their scopes say", async () => {
    const { key, secret } = await create({ scopes: ["knowledge:read", "agents:read", "agents:read"] });
    assert.match(secret, /^fd_live_[0-9A-Za-z]{43}$/);
    assert.equal(key.prefix, secret.slice(0, 12));
    assert.deepEqual([key.scopes, key.state, key.rate_limit, key.created_by, key.expires_at, key.last_used_at], [["agents:read", "knowledge:read"], "active", 60, "Owner", undefined, undefined]);
    const stored = JSON.stringify([await one("SELECT * FROM api_keys WHERE id = ?1", key.id), await list(), await log()]);
    assert.ok(!stored.includes(secret) && !stored.includes(secret.slice(13)));
    assert.equal((await using(secret)).status, 200);
    const refused = await using(secret, "/v1/agents", "POST", { name: "x" });
    assert.deepEqual([refused.status, (await refused.json()).error.code], [403, "scope_missing"]);
    const used = (await list()).find(({ id }) => id === key.id).last_used_at;
    assert.ok(Date.now() - used < 30_000);
    await using(secret);
    assert.equal((await list()).find(({ id }) => id === key.id).last_used_at, used, "noted once a minute");
    for (const wrong of [`${secret}x`, secret.slice(0, -1), secret.toUpperCase(), "fd_live_", key.prefix]) assert.equal((await using(wrong)).status, 401, wrong);
  });

  test("are refused what no key may have, what has expired already, and odd limits", async () => {
    for (const scope of ["members:write", "keys:write", "billing:write", "workspace:own"]) assert.deepEqual(await refusal(create({ scopes: ["agents:read", scope] })), [400, "invalid", "scopes"]);
    for (const [body, field] of [[{ scopes: [] }, "scopes"], [{ name: " " }, "name"], [{ expires_at: Date.now() - 1 }, "expires_at"], [{ rate_limit: 0 }, "rate_limit"], [{ rate_limit: 601 }, "rate_limit"]]) assert.deepEqual(await refusal(create(body)), [400, "invalid", field]);
    assert.deepEqual(await refusal(create({ scopes: ["agents:destroy"] })), [400, "malformed", undefined]);
  });

  test("make changes in their own name", async () => {
    const { key, secret } = await create({ scopes: ["workspace:write"] });
    assert.equal((await using(secret, "/v1/workspace", "PATCH", { name: "Renamed" })).status, 200);
    assert.deepEqual((await newest()).actor, { kind: "api_key", key_id: key.id, name: "CI" });
    await owner.call("PATCH", "/v1/workspace", { name: "Shop" });
  });

  test("are limited by the minute", async () => {
    const { secret } = await create({ rate_limit: 3 });
    const answers = [];
    for (let n = 0; n < 8; n += 1) answers.push(await using(secret));
    assert.ok(answers.some(({ status }) => status === 429));
    assert.ok(Number(answers.find(({ status }) => status === 429).headers.get("retry-after")) <= 60);
  });

  test("rotate with both good for a while, and end at once when revoked", async () => {
    const old = await create({ rate_limit: 77, scopes: ["agents:read", "audit:read"], expires_at: Date.now() + 30 * 86_400_000 });
    const rotate = (id, overlap_hours) => owner.call("POST", `/v1/api-keys/${id}/rotate`, { overlap_hours });
    assert.deepEqual(await refusal(rotate(old.key.id, 169)), [400, "invalid", "overlap_hours"]);
    const fresh = await rotate(old.key.id, 24);
    assert.deepEqual([fresh.key.name, fresh.key.scopes, fresh.key.rate_limit, fresh.key.state], ["CI", ["agents:read", "audit:read"], 77, "active"]);
    assert.ok(Math.abs(fresh.key.expires_at - fresh.key.created_at - 30 * 86_400_000) < 60_000);
    assert.notEqual(fresh.secret, old.secret);
    const listed = (await list()).find(({ id }) => id === old.key.id);
    assert.equal(listed.state, "rotating");
    assert.ok(Math.abs(listed.expires_at - Date.now() - 24 * 3_600_000) < 60_000);
    assert.deepEqual([(await using(old.secret)).status, (await using(fresh.secret)).status], [200, 200]);
    assert.deepEqual(await refusal(rotate(old.key.id, 1)), [409, "conflict", undefined]);
    const raced = await Promise.allSettled([rotate(fresh.key.id, 0), rotate(fresh.key.id, 0)]);
    assert.deepEqual(raced.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    assert.equal((await using(fresh.secret)).status, 401, "without overlap the old one ends at once");
    assert.equal((await list()).find(({ id }) => id === fresh.key.id).state, "expired");
    const last = raced.find(({ value }) => value).value;
    await owner.call("DELETE", `/v1/api-keys/${last.key.id}`);
    assert.equal((await using(last.secret)).status, 401);
    assert.equal((await list()).find(({ id }) => id === last.key.id).state, "revoked");
    assert.deepEqual(await refusal(owner.call("DELETE", `/v1/api-keys/${last.key.id}`)), [409, "conflict", undefined]);
    await owner.call("DELETE", `/v1/api-keys/${old.key.id}`);
    assert.equal((await using(old.secret)).status, 401);
  });

  test("are fifty in force at most, however many are asked for at once", async () => {
    const home = await workspace();
    const make = () => create({}, home.client);
    for (let n = 0; n < 48; n += 1) await make();
    const answers = await Promise.allSettled(Array.from({ length: 5 }, make));
    assert.equal(answers.filter(({ status }) => status === "fulfilled").length, 2);
    for (const { reason } of answers.filter(({ reason }) => reason)) assert.deepEqual([reason.status, reason.code], [409, "conflict"]);
    const [key] = await home.client.get("/v1/api-keys");
    await home.client.call("DELETE", `/v1/api-keys/${key.id}`);
    await make();
  });
});

describe("the audit log", () => {
  let home, admin;
  before(async () => {
    home = await workspace();
    admin = await createMember(product, home.workspace, "admin", { name: "=cmd|' /C calc'!A0" });
    const rows = Array.from({ length: 120 }, (_, n) => n);
    const insert = product.relations.prepare("INSERT INTO audit_log (id, workspace_id, at, actor, actor_id, address, action, subject, subject_name, changes) VALUES (?1, ?2, ?3, ?4, ?5, '192.0.2.9', ?6, ?7, ?8, '[]')");
    await product.relations.batch(rows.map((n) => insert.bind(newId("aud"), home.workspace, 1_000 + Math.floor(n / 3), JSON.stringify({ kind: "member", user_id: admin.user, name: admin.name }), admin.user, n % 2 ? "agent.published" : "source.created", `thing-${n % 4}`, 'says "hi",\nsays')));
    await home.client.call("PATCH", "/v1/workspace", { name: "+1 Other" });
  });

  test("is read page by page, newest first, nothing twice", async () => {
    const entries = await home.client.all("/v1/audit-log");
    assert.equal(entries.length, 121);
    assert.equal(new Set(entries.map(({ id }) => id)).size, 121);
    for (let at = 1; at < entries.length; at += 1) assert.ok(entries[at].at <= entries[at - 1].at);
    assert.equal((await log("", home.client)).length, 50);
  });

  test("is filtered by actor, action, subject and time", async () => {
    const all = (query) => home.client.all(`/v1/audit-log?${query}`);
    const by = await mine(home);
    assert.deepEqual((await all(`actor=${by}`)).map(({ action }) => action), ["workspace.updated"]);
    assert.equal((await all("action=agent.")).length, 60);
    assert.equal((await all("action=agent")).length, 60);
    assert.equal((await all("action=%25")).length, 0);
    assert.equal((await all("subject=thing-1")).length, 30);
    assert.equal((await all("subject=thing-1&action=source.")).length, 0);
    assert.equal((await all("from=1000&to=1002")).length, 6);
    assert.equal((await all(`from=1039&actor=${admin.user}`)).length, 3);
    for (const query of ["from=x", "to=NaN", "cursor=x", "cursor=1.aud_x"]) assert.equal((await home.client.raw("GET", `/v1/audit-log?${query}`)).status, 400, query);
  });

  test("is exported whole as CSV that no spreadsheet executes", async () => {
    const response = await home.client.raw("GET", "/v1/audit-log/export");
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type"), /^text\/csv/);
    assert.match(response.headers.get("content-disposition"), /^attachment; filename="/);
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
    const rows = parse(bytes.subarray(3).toString());
    assert.equal(rows.length, 122);
    assert.ok(rows.every((row) => row.length === 8));
    assert.deepEqual(rows[0], ["Time", "Actor", "Actor id", "Address", "Action", "Subject", "Subject name", "Changes"]);
    assert.equal(rows[1][6], "'+1 Other");
    assert.match(rows[1][7], /^name: Other → \+1 Other$/);
    assert.equal(rows[2][1], `'${admin.name}`);
    assert.equal(rows[2][6], 'says "hi",\nsays');
    assert.equal(parse((await (await home.client.raw("GET", "/v1/audit-log/export?action=agent.")).text()).replace("\ufeff", "")).length, 61);
  });

  test("of more than one page is exported in pieces without a gap", async () => {
    const far = await workspace();
    const insert = product.relations.prepare("INSERT INTO audit_log (id, workspace_id, at, actor, actor_id, address, action, subject, subject_name, changes) VALUES (?1, ?2, ?3, '{\"kind\":\"system\"}', '', '', 'x', ?4, '', '[]')");
    for (let n = 0; n < 1_200; n += 100) await product.relations.batch(Array.from({ length: 100 }, (_, at) => insert.bind(newId("aud"), far.workspace, 5, `s${n + at}`)));
    const rows = parse((await (await far.client.raw("GET", "/v1/audit-log/export")).text()).replace("\ufeff", ""));
    assert.equal(new Set(rows.slice(1).map((row) => row[5])).size, 1_200);
  });

  test("shows nothing of another workspace", async () => {
    assert.ok(!JSON.stringify(await owner.all("/v1/audit-log")).includes(home.workspace));
    assert.deepEqual(await owner.get(`/v1/audit-log?actor=${admin.user}`), []);
  });

  /** RFC 4180. */
  function parse(text) {
    const rows = [[]];
    for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n"]*))(,|\r\n)/g)) {
      rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
      if (end === "\r\n") rows.push([]);
    }
    return rows.slice(0, -1);
  }
});

describe("a deleted workspace", () => {
  const run = async (cron = "*/15 * * * *") => (await product.miniflare.getWorker(product.back)).scheduled({ cron, scheduledTime: new Date() });
  const tables = async () => (await product.relations.prepare("SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) p WHERE p.name = 'workspace_id')").all()).results.map(({ name }) => name).filter((name) => name !== "users");
  const rows = async (workspace) => {
    const left = {};
    for (const table of await tables()) {
      const { n } = await one(`SELECT count(*) AS n FROM ${table} WHERE workspace_id = ?1`, workspace);
      if (n) left[table] = n;
    }
    return left;
  };

  /** A conversation of a visitor with an agent, once its words are in the archive. */
  async function converse(home, agent = home.agent, origin = ORIGIN) {
    const { data } = await init(product, { agent, origin });
    const { events } = await askBySse(product, data.token, "When are you open on Sundays?", { origin });
    assert.equal(events.at(-1).frame.type, "turn_finished");
    const id = data.conversation_id;
    await until("the archive", async () => (await home.client.raw("GET", `/v1/conversations/${id}`)).ok, 60_000);
    assert.equal((await archived(home, id)).length, 1);
    return id;
  }

  /** What the archive of a workspace has of a conversation, past all routes. */
  async function archived(home, conversation) {
    const objects = await product.miniflare.getDurableObjectNamespace("ARCHIVE", product.back);
    const archive = objects.get(objects.idFromName(`archive/${home.workspace}`));
    const reply = await archive.fetch("https://object/transcript", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ conversation_id: conversation }) });
    return (await reply.json()).turns;
  }

  /** Things of every kind below an agent. */
  async function furnish(home, source = newId("src")) {
    const d = product.relations;
    const ids = [home.workspace, home.agent];
    await d.batch([
      d.prepare("INSERT INTO sources (id, workspace_id, agent_id, kind, url, state, created_at) VALUES (?3, ?1, ?2, 'files', '', 'indexed', 1)").bind(...ids, source),
      d.prepare("INSERT INTO documents (id, workspace_id, agent_id, source_id, run_id, url, title, content_hash, passages, fetched_at) VALUES (?4, ?1, ?2, ?3, 'run', 'u', 't', 'h', 1, 1)").bind(...ids, source, newId("doc")),
      d.prepare("INSERT INTO files (id, workspace_id, agent_id, source_id, name, bytes, state, created_at) VALUES (?4, ?1, ?2, ?3, 'n', 1, 'indexed', 1)").bind(...ids, source, newId("fil")),
      d.prepare("INSERT INTO curated_answers (id, workspace_id, agent_id, content, priority, created_at, edited_at) VALUES (?3, ?1, ?2, '{}', 1, 1, 1)").bind(...ids, newId("cur")),
      d.prepare("INSERT INTO conversations (id, workspace_id, agent_id, visitor_id, state, first_question, started_at, last_at) VALUES (?3, ?1, ?2, 'v', 'active', 'q', ?4, ?4)").bind(...ids, newId("cnv"), Date.now()),
      d.prepare("INSERT INTO playground_feedback (id, workspace_id, agent_id, user_id, rating, reason, question, answer, at) VALUES (?3, ?1, ?2, 'u', 'good', '', 'q', 'a', 1)").bind(...ids, newId("trn")),
    ]);
    const bucket = await product.miniflare.getR2Bucket("FILES", product.back);
    const keys = [`passages/${home.workspace}/${home.agent}/${source}/${newId("doc")}.json`, `curated/${home.workspace}/${home.agent}.json`, `files/${home.workspace}/${source}/${newId("fil")}`];
    for (const key of keys) await bucket.put(key, "{}");
    return { bucket, keys };
  }

  test("needs its name and the password, is gone at once, and is forgotten everywhere", async () => {
    const home = await workspace();
    const member = await createMember(product, home.workspace, "editor");
    await home.client.call("POST", "/v1/api-keys", { name: "K", scopes: ["agents:read"] });
    await home.client.call("POST", "/v1/invitations", { email: `${newId("late")}@example.test`, role: "viewer" });
    const [conversation, other] = [await converse(home), await converse(product)];
    const { bucket, keys } = await furnish(home);
    const bystander = await furnish(product);
    // What the visitor's turn leads to is written behind it.
    const untouched = await steady("nothing more to be written", () => rows(product.workspace));
    const remove = (body, client = home.client) => client.call("POST", "/v1/workspace/delete", { name: "Other", password: OWNER.password, ...body });
    assert.deepEqual(await refusal(remove({ name: "other" })), [400, "invalid", "name"]);
    assert.deepEqual(await refusal(remove({ password: "wrong" })), [400, "invalid", "password"]);
    assert.deepEqual(await refusal(remove({}, member.client)), [403, "forbidden", undefined]);
    assert.equal((await init(product, { agent: home.agent })).status, 200);
    await remove({});
    assert.deepEqual(await refusal(home.client.get("/v1/agents")), [403, "forbidden", undefined]);
    assert.deepEqual((await home.client.get("/v1/auth/me")).workspaces, []);
    const edge = await product.miniflare.getKVNamespace("AGENTS", product.front);
    assert.equal(await edge.get(`agent/${home.agent}`), null);
    // The schedule of every minute leaves it be; the other forgets it, and may come again.
    await run("* * * * *");
    assert.ok(Object.keys(await rows(home.workspace)).length > 8);
    await run();
    await run();
    assert.deepEqual(await rows(home.workspace), {});
    assert.equal(await one("SELECT id FROM workspaces WHERE id = ?1", home.workspace), null);
    for (const key of keys) assert.equal(await bucket.head(key), null, key);
    assert.ok(await one("SELECT id FROM users WHERE id = ?1", member.user), "people are nobody's to delete");
    // Nothing of anybody else.
    assert.deepEqual(await rows(product.workspace), untouched);
    for (const key of bystander.keys) assert.ok(await bucket.head(key), key);
    assert.deepEqual([(await archived(home, conversation)).length, (await archived(product, other)).length], [0, 1]);
  });

  test("a deleted agent is forgotten, and the workspace goes on", async () => {
    const home = await workspace();
    const kept = await home.client.call("POST", `/v1/agents/${home.agent}/duplicate`);
    const origin = "https://kept.example";
    const { revision } = await home.client.call("PUT", `/v1/agents/${kept.agent.id}/draft`, { revision: kept.revision, draft: { ...kept.draft, allowed_origins: [origin] } });
    await home.client.call("POST", `/v1/agents/${kept.agent.id}/publish`, { revision });
    const [conversation, other] = [await converse(home), await converse(home, kept.agent.id, origin)];
    const { bucket, keys } = await furnish(home);
    await home.client.call("DELETE", `/v1/agents/${home.agent}`);
    await run("* * * * *");
    await run("* * * * *");
    for (const table of ["agent_versions", "sources", "documents", "files", "curated_answers", "conversations", "turns", "playground_feedback"]) assert.equal(await one(`SELECT 1 FROM ${table} WHERE agent_id = ?1`, home.agent), null, table);
    assert.deepEqual([(await archived(home, conversation)).length, (await archived(home, other)).length], [0, 1]);
    assert.deepEqual((await home.client.get("/v1/agents")).map(({ id }) => id), [kept.agent.id]);
    for (const key of keys) assert.equal(await bucket.head(key), null, key);
    assert.ok((await home.client.get("/v1/audit-log")).some(({ action }) => action === "agent.deleted"));
  });
});
