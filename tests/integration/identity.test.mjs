// Identity, driven over HTTP: registration, mailed links, sessions, the second factor, Google, limits, deletion, and
// the mail that goes with them, read where a developer reads it: /dev/outbox.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { Client, request } from "../../scripts/client.mjs";
import { startOidc } from "../fakes/oidc.mjs";
import { startResend } from "../fakes/resend.mjs";
import { start, until } from "./harness.mjs";

const PASSWORD = "tidal lantern 88 otter";
const text = (html) => html.replaceAll(/<[^>]+>/g, "").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");

/** Every mail of the outbox, newest first. */
async function outbox(product) {
  const response = await request(`${product.url}/dev/outbox`);
  assert.equal(response.status, 200);
  const page = await response.text();
  return [...page.matchAll(/<article id="(mal_\w+)" data-purpose="(\w+)">(.*?)<\/article>/gs)].map(([, id, purpose, body]) => ({
    id,
    purpose,
    subject: text(/<h2>(.*?)<\/h2>/s.exec(body)[1]),
    to: text(/<dt>To<\/dt>\s*<dd>(.*?)<\/dd>/s.exec(body)[1]),
    text: text(/<pre>(.*?)<\/pre>/s.exec(body)[1]),
    link: /href="([^"]+)"/.exec(body)?.[1].replaceAll("&amp;", "&"),
  }));
}

/** The newest mail to an address for a purpose, once it is there; `not`: ids that are known. */
const mail = (product, to, purpose, not = []) =>
  until(`the mail ${purpose} to ${to}`, async () => (await outbox(product)).find((one) => one.to === to && one.purpose === purpose && !not.includes(one.id)));
const tokenOf = ({ link }) => /#token=([0-9a-f]{64})$/.exec(link)[1];

/** One call from an address of its own, so that limits by address do not meet. */
let addresses = 0;
class Person extends Client {
  address = `198.51.100.${(addresses += 1) % 250}`;
  raw(method, path, body, headers = {}) {
    return super.raw(method, path, body, { "cf-connecting-ip": this.address, ...headers });
  }
  async send(method, path, body, headers) {
    const response = await this.raw(method, path, body, headers);
    const [cookie] = response.headers.getSetCookie().filter((one) => one.startsWith("__Host-frontdesk="));
    if (cookie) this.cookie = cookie.startsWith("__Host-frontdesk=;") ? "" : cookie.split(";")[0];
    return { status: response.status, headers: response.headers, ...(await response.json()) };
  }
}

let counter = 0;
const fresh = (name = "p") => `${name}${(counter += 1)}@people.test`;

/** Somebody who has registered and followed the link. */
async function member(product, { email = fresh(), name = "Robin Hale" } = {}) {
  const person = new Person(product.url);
  const { status, data } = await person.send("POST", "/v1/auth/register", { name, email, password: PASSWORD, workspace: "" });
  assert.deepEqual([status, data], [200, { state: "check_mail", email }]);
  const { data: signed, status: verified } = await person.send("POST", "/v1/auth/verify-email", { token: tokenOf(await mail(product, email, "verify_email")) });
  assert.deepEqual([verified, signed.state], [200, "signed_in"]);
  return Object.assign(person, { email, me: signed.me });
}

const decode32 = (secret) => {
  let bits = "";
  for (const c of secret) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
};

/** RFC 6238, written again from the RFC. */
function code(secret, step = Math.floor(Date.now() / 30_000)) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", decode32(secret)).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1e6).padStart(6, "0");
}

/** Switches the second factor on; the step used by it is over when this returns. */
async function withTotp(person) {
  const { data: setup, status } = await person.send("POST", "/v1/account/totp", { password: PASSWORD });
  assert.equal(status, 200);
  // The code of the step before is good until this one ends.
  while (Date.now() % 30_000 > 20_000) await new Promise((done) => setTimeout(done, 100));
  const step = Math.floor(Date.now() / 30_000);
  const { data, status: confirmed } = await person.send("POST", "/v1/account/totp/confirm", { code: code(setup.secret, step - 1) });
  assert.equal(confirmed, 200);
  return { secret: setup.secret, setup, codes: data.codes, step };
}

/** Everything D1 holds, as text. */
async function database(product) {
  const db = product.relations;
  const { results } = await db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'").all();
  const all = await Promise.all(results.map(async ({ name }) => (await db.prepare(`SELECT * FROM "${name}"`).all()).results));
  return { db, dump: JSON.stringify(all) };
}

describe("identity", () => {
  let product;
  before(async () => {
    product = await start();
  });
  after(() => product?.stop());
  const someone = () => new Person(product.url);

  test("registering, reading the mail and following its link signs in, once", async () => {
    const person = someone();
    const email = fresh();
    const register = await person.send("POST", "/v1/auth/register", { name: " Ada  <b>Lovelace</b> ", email: ` ${email.toUpperCase()} `, password: PASSWORD, workspace: "Engines" });
    assert.deepEqual([register.status, register.data], [200, { state: "check_mail", email }]);
    assert.equal(register.headers.getSetCookie().length, 0);
    const letter = await mail(product, email, "verify_email");
    assert.match(letter.link, new RegExp(`^${product.url}/app/verify-email#token=[0-9a-f]{64}$`));
    assert.match(letter.text, /Hello Ada <b>Lovelace<\/b>,/);

    // Before the link the right password is not enough, and says so; a wrong one is told nothing.
    const early = await person.send("POST", "/v1/auth/login", { email, password: PASSWORD });
    assert.deepEqual([early.status, early.error.code], [403, "forbidden"]);
    assert.match(early.error.message, /confirm your e-mail address first/);
    const wrong = await person.send("POST", "/v1/auth/login", { email, password: "not this one at all" });
    assert.deepEqual([wrong.status, wrong.error.code], [401, "bad_credentials"]);
    const again = await mail(product, email, "verify_email", [letter.id]);

    const verified = await person.send("POST", "/v1/auth/verify-email", { token: tokenOf(again) });
    assert.deepEqual([verified.status, verified.data.state], [200, "signed_in"]);
    const { me } = verified.data;
    assert.deepEqual([me.name, me.email, me.email_verified, me.has_password, me.totp_enabled], ["Ada <b>Lovelace</b>", email, true, true, false]);
    assert.deepEqual([me.workspace.name, me.workspace.role, me.workspaces.length], ["Engines", "owner", 1]);
    assert.deepEqual((await person.send("GET", "/v1/auth/me")).data, me);
    const [cookie] = verified.headers.getSetCookie();
    assert.match(cookie, /^__Host-frontdesk=[0-9a-f]{64}; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=1209600$/);
    for (const used of [letter, again]) {
      const { status, error } = await someone().send("POST", "/v1/auth/verify-email", { token: tokenOf(used) });
      assert.deepEqual([status, error.code], [410, "link_invalid"]);
    }
    const { db } = await database(product);
    const { results } = await db.prepare("SELECT plan FROM workspaces WHERE id = ?1").bind(me.workspace.id).all();
    assert.deepEqual(results, [{ plan: "free" }]);
  });

  test("whether an address exists shows in no answer; its mailbox is told", async () => {
    const { email, me } = await member(product);
    const bodies = [];
    for (const [path, make] of [
      ["/v1/auth/register", (email) => ({ name: "Robin Hale", email, password: PASSWORD, workspace: "" })],
      ["/v1/auth/forgot-password", (email) => ({ email })],
      ["/v1/auth/login", (email) => ({ email, password: "not the password at all" })],
    ]) {
      for (const address of [email, fresh("unknown")]) {
        const person = someone();
        const { status, headers, ...body } = await person.send("POST", path, make(address));
        bodies.push(JSON.stringify([status, headers.getSetCookie(), body]).replace(address, "ADDRESS"));
      }
      assert.equal(bodies.at(-1), bodies.at(-2), path);
    }
    const letter = await mail(product, email, "account_exists");
    assert.match(letter.text, /Nothing was changed/);
    assert.ok(!(await outbox(product)).some((one) => one.to.startsWith("unknown") && one.purpose === "reset_password"));
    const person = someone();
    const { data } = await person.send("POST", "/v1/auth/login", { email, password: PASSWORD });
    assert.deepEqual(data.me.workspaces, me.workspaces);
  });

  test("the work for a known and an unknown address is comparable", async () => {
    const { email } = await member(product);
    const { db } = await database(product);
    const time = async (address) => {
      const begun = performance.now();
      const { status } = await someone().send("POST", "/v1/auth/login", { email: address, password: "not the password at all" });
      assert.equal(status, 401);
      return performance.now() - begun;
    };
    // What the machine does besides makes times longer, never shorter: the shortest of each are compared.
    let [known, unknown] = [Infinity, Infinity];
    const ratio = () => known / unknown;
    for (let n = 0; n < 5 || (n < 40 && !(ratio() > 0.5 && ratio() < 2)); n += 1) {
      await db.prepare("DELETE FROM rate_limits").run();
      known = Math.min(known, await time(email));
      unknown = Math.min(unknown, await time(fresh("unknown")));
    }
    assert.ok(ratio() > 0.5 && ratio() < 2, `known / unknown = ${ratio().toFixed(2)}`);
  });

  test("of two who register with one address, the mailbox decides whose account it is", async () => {
    const email = fresh();
    const [squatter, owner] = [someone(), someone()];
    await squatter.send("POST", "/v1/auth/register", { name: "Squatter", email, password: "squatter knows this 1", workspace: "" });
    const first = await mail(product, email, "verify_email");
    await owner.send("POST", "/v1/auth/register", { name: "Owner", email, password: PASSWORD, workspace: "" });
    const second = await mail(product, email, "verify_email", [first.id]);
    const { data } = await owner.send("POST", "/v1/auth/verify-email", { token: tokenOf(second) });
    assert.equal(data.me.name, "Owner");
    assert.equal((await squatter.send("POST", "/v1/auth/login", { email, password: "squatter knows this 1" })).status, 401);
    assert.equal((await squatter.send("POST", "/v1/auth/verify-email", { token: tokenOf(first) })).status, 410);
    assert.equal((await someone().send("POST", "/v1/auth/login", { email, password: PASSWORD })).data.state, "signed_in");
  });

  test("the same registration twice at once makes one account", async () => {
    const email = fresh();
    const answers = await Promise.all([1, 2, 3].map(() => someone().send("POST", "/v1/auth/register", { name: "Twin", email, password: PASSWORD, workspace: "" })));
    assert.deepEqual(answers.map((answer) => answer.status), [200, 200, 200]);
    const { db } = await database(product);
    assert.equal((await db.prepare("SELECT count(*) AS n FROM users WHERE email = ?1").bind(email).first()).n, 1);
    assert.equal((await db.prepare("SELECT count(*) AS n FROM members m JOIN users u ON u.id = m.user_id WHERE u.email = ?1").bind(email).first()).n, 1);
  });

  test("passwords that are guessed first are refused, with what to do", async () => {
    const email = "casey.long-name@people.test";
    for (const [password, words] of [["short", /at least 10/], ["password1234", /most common/], ["PassWord2025!", /most common/], ["aaaaaaaaaaaa", /too few/], ["Casey Longname 1", /your name/], ["casey.long-name99", /your name/], [email, /your name/], ["x".repeat(1_025), /too long/]]) {
      const { status, error } = await someone().send("POST", "/v1/auth/register", { name: "Casey Longname", email, password, workspace: "" });
      assert.deepEqual([status, error.code, error.field], [400, "invalid", "password"], password);
      assert.match(error.message, words, password);
    }
    for (const bad of ["nobody", "a@b@c.test", "a b@c.test", "a@b.test\r\nBcc: x@y.test", "a,b@c.test", "<a@b.test>", "@b.test", "a@", "a@-b"]) {
      const { status, error } = await someone().send("POST", "/v1/auth/register", { name: "N", email: bad, password: PASSWORD, workspace: "" });
      assert.deepEqual([status, error.field], [400, "email"], bad);
    }
    assert.equal((await someone().send("POST", "/v1/auth/register", { name: " ", email, password: PASSWORD, workspace: "" })).error.field, "name");
  });

  test("a forgotten password is set by the newest link alone, once, and ends every session", async () => {
    const person = await member(product);
    const other = someone();
    await other.send("POST", "/v1/auth/login", { email: person.email, password: PASSWORD });
    await someone().send("POST", "/v1/auth/forgot-password", { email: person.email });
    const first = await mail(product, person.email, "reset_password");
    await someone().send("POST", "/v1/auth/forgot-password", { email: person.email });
    const second = await mail(product, person.email, "reset_password", [first.id]);
    const reset = (letter, password) => someone().send("POST", "/v1/auth/reset-password", { token: tokenOf(letter), password });
    assert.equal((await reset(first, "copper meadow 41 fox")).status, 410);
    // A password that is refused does not spend the link.
    assert.equal((await reset(second, "password1234")).error.field, "password");
    const [one, two] = await Promise.all([reset(second, "copper meadow 41 fox"), reset(second, "copper meadow 41 fox")]);
    assert.deepEqual([one.status, two.status].sort(), [200, 410]);
    for (const session of [person, other]) assert.equal((await session.send("GET", "/v1/auth/me")).status, 401);
    assert.equal((await someone().send("POST", "/v1/auth/login", { email: person.email, password: PASSWORD })).status, 401);
    assert.equal((await someone().send("POST", "/v1/auth/login", { email: person.email, password: "copper meadow 41 fox" })).status, 200);
    await mail(product, person.email, "password_changed");
  });

  test("links end: a link past its time, of another purpose or made up opens nothing", async () => {
    const person = await member(product);
    await someone().send("POST", "/v1/auth/forgot-password", { email: person.email });
    const token = tokenOf(await mail(product, person.email, "reset_password"));
    assert.equal((await someone().send("POST", "/v1/auth/verify-email", { token })).status, 410);
    assert.equal((await someone().send("POST", "/v1/auth/change-email", { token })).status, 410);
    assert.equal((await someone().send("POST", "/v1/auth/login/second-factor", { challenge: token, code: "123456" })).status, 410);
    const { db } = await database(product);
    await db.prepare("UPDATE links SET expires_at = 1 WHERE purpose = 'reset_password'").run();
    for (const late of [token, "0".repeat(64), ""]) {
      const { status, error } = await someone().send("POST", "/v1/auth/reset-password", { token: late, password: PASSWORD });
      assert.deepEqual([status, error.code], [410, "link_invalid"]);
    }
  });

  test("a password is changed with the old one; this browser goes on with a new cookie, others end", async () => {
    const person = await member(product);
    const other = someone();
    await other.send("POST", "/v1/auth/login", { email: person.email, password: PASSWORD });
    for (const [body, field] of [[{ current: "wrong wrong wrong", new: "copper meadow 41 fox" }, "current"], [{ current: PASSWORD, new: "short" }, "new"], [{ current: PASSWORD, new: PASSWORD }, "new"]]) {
      const { status, error } = await person.send("POST", "/v1/account/password", body);
      assert.deepEqual([status, error.field], [400, field]);
    }
    const before = person.cookie;
    assert.equal((await person.send("POST", "/v1/account/password", { current: PASSWORD, new: "copper meadow 41 fox" })).status, 200);
    assert.notEqual(person.cookie, before);
    assert.equal((await person.send("GET", "/v1/auth/me")).status, 200);
    assert.equal((await someone().send("GET", "/v1/auth/me", undefined, { cookie: before })).status, 401);
    assert.equal((await other.send("GET", "/v1/auth/me")).status, 401);
  });

  test("an address moves when its link is followed; the old one is told, a taken one learns it alone", async () => {
    const [person, neighbour] = [await member(product), await member(product)];
    const moved = fresh("moved");
    assert.equal((await person.send("POST", "/v1/account/email", { email: moved, password: "wrong wrong wrong" })).error.field, "password");
    const taken = await person.send("POST", "/v1/account/email", { email: neighbour.email, password: PASSWORD });
    const free = await person.send("POST", "/v1/account/email", { email: moved, password: PASSWORD });
    assert.deepEqual([taken.status, taken.data], [free.status, free.data]);
    assert.match((await mail(product, neighbour.email, "change_email")).subject, /has an account already/);
    assert.match((await mail(product, person.email, "email_changing")).text, new RegExp(moved));
    const letter = await mail(product, moved, "change_email");
    assert.equal((await person.send("GET", "/v1/auth/me")).data.email, person.email);
    const before = person.cookie;
    assert.equal((await person.send("POST", "/v1/auth/change-email", { token: tokenOf(letter) })).status, 200);
    assert.notEqual(person.cookie, before);
    assert.equal((await someone().send("GET", "/v1/auth/me", undefined, { cookie: before })).status, 401);
    assert.equal((await person.send("GET", "/v1/auth/me")).data.email, moved);
    await mail(product, person.email, "email_changed");
    assert.equal((await someone().send("POST", "/v1/auth/login", { email: person.email, password: PASSWORD })).status, 401);
    assert.equal((await someone().send("POST", "/v1/auth/login", { email: moved, password: PASSWORD })).status, 200);
  });

  test("a change of address that its owner did not want is void once they change the password", async () => {
    const person = await member(product);
    const moved = fresh("moved");
    await person.send("POST", "/v1/account/email", { email: moved, password: PASSWORD });
    const letter = await mail(product, moved, "change_email");
    await person.send("POST", "/v1/account/password", { current: PASSWORD, new: "copper meadow 41 fox" });
    assert.equal((await someone().send("POST", "/v1/auth/change-email", { token: tokenOf(letter) })).status, 410);
  });

  test("the second factor: set up with a QR code, asked for, each code good once, even at the same time", async () => {
    const person = await member(product);
    assert.equal((await person.send("POST", "/v1/account/totp", { password: "wrong wrong wrong" })).error.field, "password");
    assert.equal((await person.send("POST", "/v1/account/totp/confirm", { code: "123456" })).status, 409);
    const before = person.cookie;
    const { secret, setup, codes, step } = await withTotp(person);
    assert.notEqual(person.cookie, before, "a new cookie");
    assert.equal((await someone().send("GET", "/v1/auth/me", undefined, { cookie: before })).status, 401);
    assert.match(setup.secret, /^[A-Z2-7]{32}$/);
    assert.equal(new URL(setup.uri).searchParams.get("secret"), secret);
    assert.match(decodeURIComponent(setup.uri), new RegExp(`^otpauth://totp/Frontdesk:${person.email}\\?`));
    assert.match(setup.qr_svg, /<svg[^>]+>.*<path/s);
    assert.equal(new Set(codes).size, 10);
    for (const one of codes) assert.match(one, /^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$/);
    assert.equal((await person.send("GET", "/v1/auth/me")).data.recovery_codes_left, 10);
    assert.equal((await person.send("POST", "/v1/account/totp", { password: PASSWORD })).status, 409);
    await mail(product, person.email, "second_factor");

    const challenge = async () => {
      const { status, data, headers } = await someone().send("POST", "/v1/auth/login", { email: person.email, password: PASSWORD });
      assert.deepEqual([status, data.state, headers.getSetCookie()], [200, "second_factor", []]);
      assert.ok(data.expires_at > Date.now() && data.expires_at < Date.now() + 11 * 60_000);
      return data.challenge;
    };
    const answer = (challenge, code) => someone().send("POST", "/v1/auth/login/second-factor", { challenge, code });
    // The step that confirmed the set-up is used up.
    assert.equal((await answer(await challenge(), code(secret, step - 1))).status, 400);
    // One code, two challenges, at the same time: one session.
    const [a, b] = [await challenge(), await challenge()];
    const now = Math.floor(Date.now() / 30_000);
    const both = await Promise.all([answer(a, code(secret, now)), answer(b, code(secret, now)), answer(a, code(secret, now))]);
    assert.equal(both.filter(({ status, data }) => status === 200 && data.state === "signed_in").length, 1, JSON.stringify(both.map(({ status }) => status)));
    // Whichever was first, the other one stands; its code is used up.
    const open = both[1].data?.state === "signed_in" ? a : b;
    assert.equal((await answer(open, code(secret, now))).status, 400);

    // Recovery codes, however they are typed, once each, at the same time too.
    const [c, d] = [await challenge(), await challenge()];
    const typed = codes[0].toUpperCase().replaceAll("-", " ");
    const recovered = await Promise.all([answer(c, typed), answer(d, typed)]);
    assert.deepEqual(recovered.map(({ status }) => status).sort(), [200, 400]);
    assert.equal(recovered.find(({ status }) => status === 200).data.me.recovery_codes_left, 9);

    const renewed = await person.send("POST", "/v1/account/recovery-codes", { password: PASSWORD });
    assert.equal(renewed.data.codes.length, 10);
    const { db } = await database(product);
    await db.prepare("DELETE FROM rate_limits").run();
    assert.equal((await answer(await challenge(), codes[1])).status, 400);
    assert.equal((await answer(await challenge(), renewed.data.codes[1])).status, 200);

    assert.equal((await person.send("POST", "/v1/account/totp/disable", { password: PASSWORD })).status, 200);
    const { data } = await someone().send("POST", "/v1/auth/login", { email: person.email, password: PASSWORD });
    assert.deepEqual([data.state, data.me.totp_enabled, data.me.recovery_codes_left], ["signed_in", false, 0]);
  });

  test("five wrong codes make a challenge void, for the right one too", async () => {
    const person = await member(product);
    const { codes } = await withTotp(person);
    const { data } = await someone().send("POST", "/v1/auth/login", { email: person.email, password: PASSWORD });
    const answer = (code) => someone().send("POST", "/v1/auth/login/second-factor", { challenge: data.challenge, code });
    for (let n = 0; n < 5; n += 1) assert.equal((await answer("000000")).status, 400);
    const { status, error } = await answer(codes[0]);
    assert.deepEqual([status, error.code], [410, "link_invalid"]);
  });

  test("sessions are listed in words and ended; another's is not there", async () => {
    const person = await member(product);
    const phone = new Person(product.url);
    await phone.send("POST", "/v1/auth/login", { email: person.email, password: PASSWORD }, { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" });
    const { data: sessions } = await person.send("GET", "/v1/account/sessions");
    assert.equal(sessions.length, 2);
    const [theirs, mine] = [sessions.find((one) => !one.current), sessions.find((one) => one.current)];
    assert.deepEqual([theirs.device, theirs.address], ["Firefox on Linux", phone.address]);
    assert.ok(theirs.created_at <= theirs.last_used_at && mine.id !== theirs.id);
    const stranger = await member(product);
    for (const id of [theirs.id, mine.id, "ses_x", "ses_00000000000000000000000000"]) assert.equal((await stranger.send("DELETE", `/v1/account/sessions/${id}`)).status, 404);
    assert.equal((await person.send("DELETE", `/v1/account/sessions/${theirs.id}`)).status, 200);
    assert.equal((await phone.send("GET", "/v1/auth/me")).status, 401);
    await phone.send("POST", "/v1/auth/login", { email: person.email, password: PASSWORD });
    assert.equal((await person.send("DELETE", "/v1/account/sessions")).status, 200);
    assert.equal((await phone.send("GET", "/v1/auth/me")).status, 401);
    assert.equal((await person.send("GET", "/v1/auth/me")).status, 200);
    const out = await person.send("POST", "/v1/auth/logout");
    assert.match(out.headers.getSetCookie()[0], /^__Host-frontdesk=; .*Max-Age=0$/);
    assert.equal((await stranger.send("GET", "/v1/auth/me")).status, 200);
  });

  test("workspaces: one more, another looked at, left, and never without an owner", async () => {
    const [person, stranger] = [await member(product), await member(product)];
    const home = person.me.workspace;
    assert.equal((await person.send("POST", "/v1/workspaces", { name: "" })).error.field, "name");
    const { data: second } = await person.send("POST", "/v1/workspaces", { name: "Second" });
    assert.equal(second.role, "owner");
    assert.equal((await person.send("GET", "/v1/auth/me")).data.workspace.id, second.id);
    assert.deepEqual((await person.send("GET", "/v1/workspaces")).data.map(({ name }) => name).sort(), [home.name, "Second"].sort());
    assert.equal((await person.send("POST", `/v1/workspaces/${home.id}/select`)).data.workspace.id, home.id);
    for (const id of [stranger.me.workspace.id, "ws_x"]) {
      assert.equal((await person.send("POST", `/v1/workspaces/${id}/select`)).status, 404);
      assert.equal((await person.send("POST", `/v1/workspaces/${id}/leave`)).status, 404);
    }
    assert.equal((await person.send("POST", `/v1/workspaces/${home.id}/leave`)).status, 409);
    const { db } = await database(product);
    await db.prepare("INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (?1, ?2, 'owner', 1)").bind(home.id, stranger.me.user_id).run();
    const log = async (action) => (await db.prepare("SELECT workspace_id, actor_id, address FROM audit_log WHERE action = ?1 AND actor_id = ?2").bind(action, person.me.user_id).all()).results;
    assert.deepEqual((await log("workspace.created")).map((entry) => entry.workspace_id).sort(), [home.id, second.id].sort());
    assert.equal((await log("workspace.created"))[0].address, person.address);
    // Two owners who leave at once: one stays.
    const both = await Promise.all([person, stranger].map((one) => one.send("POST", `/v1/workspaces/${home.id}/leave`)));
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
    const left = await db.prepare("SELECT (SELECT count(*) FROM audit_log WHERE workspace_id = ?1 AND action = 'member.left') AS entries, (SELECT count(*) FROM events WHERE workspace_id = ?1 AND kind = 'member.left') AS events").bind(home.id).first();
    assert.deepEqual(left, { entries: 1, events: 1 });
    await db.prepare("DELETE FROM members WHERE user_id = ?1").bind(person.me.user_id).run();
    // Who belongs to none still signs in.
    const { data } = await someone().send("POST", "/v1/auth/login", { email: person.email, password: PASSWORD });
    assert.deepEqual([data.state, data.me.workspaces, data.me.workspace], ["signed_in", [], undefined]);
  });

  test("deleting an account takes what is theirs alone and refuses to orphan others' work", async () => {
    const [person, colleague] = [await member(product), await member(product)];
    const { db } = await database(product);
    const { id } = person.me.workspace;
    await db.prepare("INSERT INTO members (workspace_id, user_id, role, created_at) VALUES (?1, ?2, 'editor', 1)").bind(id, colleague.me.user_id).run();
    assert.equal((await person.send("POST", "/v1/account/delete", { password: "wrong wrong wrong" })).error.field, "password");
    const kept = await person.send("POST", "/v1/account/delete", { password: PASSWORD });
    assert.deepEqual([kept.status, kept.error.code], [409, "conflict"]);
    assert.match(kept.error.message, /Robin Hale's workspace.*owner first/);
    await db.prepare("UPDATE members SET role = 'owner' WHERE workspace_id = ?1 AND user_id = ?2").bind(id, colleague.me.user_id).run();
    const { data: alone } = await person.send("POST", "/v1/workspaces", { name: "Alone" });
    await db.prepare("INSERT INTO agents (id, workspace_id, name, draft, published_version, created_at) VALUES (?1, ?2, 'A', '{}', 1, 1)").bind("agt_0000000000000000000000000a", alone.id).run();
    const gone = await person.send("POST", "/v1/account/delete", { password: PASSWORD });
    assert.equal(gone.status, 200);
    assert.match(gone.headers.getSetCookie()[0], /Max-Age=0/);
    const agent = await db.prepare("SELECT published_version, edge_due_at, edge_change FROM agents WHERE workspace_id = ?1").bind(alone.id).first();
    assert.equal(agent.published_version, null);
    assert.ok(agent.edge_change >= 1);
    const closed = await db.prepare("SELECT id FROM workspaces WHERE deleted_at IS NOT NULL AND id IN (?1, ?2)").bind(alone.id, id).all();
    assert.deepEqual(closed.results, [{ id: alone.id }]);
    for (const table of ["users WHERE id", "members WHERE user_id", "sessions WHERE user_id", "links WHERE user_id", "recovery_codes WHERE user_id", "identities WHERE user_id"]) {
      assert.equal((await db.prepare(`SELECT count(*) AS n FROM ${table} = ?1`).bind(person.me.user_id).first()).n, 0, table);
    }
    assert.equal((await someone().send("POST", "/v1/auth/login", { email: person.email, password: PASSWORD })).status, 401);
    assert.equal((await colleague.send("GET", "/v1/workspaces")).data.length, 2);
    await mail(product, person.email, "account_deleted");
  });

  test("limits: 5 registrations and 10 sign-ins a minute from one address, and 10 for one account", async () => {
    const { email } = await member(product);
    const { db } = await database(product);
    const burst = async (count, make) => {
      // A window may end in between: another round, of which nothing was counted before, finds one that does not.
      for (let round = 0; ; round += 1) {
        await db.prepare("DELETE FROM rate_limits").run();
        const answers = await Promise.all(Array.from({ length: count + 2 }, (_, n) => make(n)));
        const refused = answers.filter(({ status }) => status === 429);
        if (refused.length !== 2 && round < 2) continue;
        assert.equal(refused.length, 2);
        for (const { headers, error } of refused) {
          const wait = Number(headers.get("retry-after"));
          assert.ok(wait >= 1 && wait <= 60, String(wait));
          assert.deepEqual([error.code, error.retry_after], ["too_many_requests", wait]);
        }
        return;
      }
    };
    const one = () => Object.assign(someone(), { address: `203.0.113.${(addresses += 1)}` });
    let from = one();
    await burst(5, () => from.send("POST", "/v1/auth/register", { name: "N", email: fresh(), password: PASSWORD, workspace: "" }));
    from = one();
    await burst(10, () => from.send("POST", "/v1/auth/login", { email: fresh(), password: "wrong wrong wrong" }));
    await burst(10, () => someone().send("POST", "/v1/auth/login", { email, password: "wrong wrong wrong" }));
    // Mails to one mailbox, by the hour, whoever asks and whether or not there is an account.
    const target = fresh();
    const asked = [];
    for (let n = 0; n < 12; n += 1) asked.push(await someone().send("POST", "/v1/auth/forgot-password", { email: target }));
    const [refused] = asked.filter(({ status }) => status === 429);
    assert.ok(Number(refused.headers.get("retry-after")) <= 3_600);
  });

  test("another site cannot act with a member's browser", async () => {
    const person = await member(product);
    for (const headers of [{ origin: "https://evil.test" }, { "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }, { origin: "null" }]) {
      for (const [method, path, body] of [["POST", "/v1/auth/login", { email: person.email, password: PASSWORD }], ["POST", "/v1/account/password", { current: PASSWORD, new: "copper meadow 41 fox" }], ["DELETE", "/v1/account/sessions"], ["POST", "/v1/auth/logout"]]) {
        const { status, error } = await person.send(method, path, body, headers);
        assert.deepEqual([status, error.code], [403, "forbidden"], `${path} ${JSON.stringify(headers)}`);
      }
    }
    assert.equal((await person.send("GET", "/v1/auth/me")).status, 200);
    assert.equal((await person.send("PATCH", "/v1/account", { name: "Robin H." }, { origin: product.url, "sec-fetch-site": "same-origin" })).data.name, "Robin H.");
  });

  test("the database holds no secret: neither passwords, tokens, codes, authenticators nor mails", async () => {
    const person = await member(product);
    const { secret, codes } = await withTotp(person);
    await someone().send("POST", "/v1/auth/forgot-password", { email: person.email });
    const reset = tokenOf(await mail(product, person.email, "reset_password"));
    const { data } = await someone().send("POST", "/v1/auth/login", { email: person.email, password: PASSWORD });
    const { dump } = await database(product);
    for (const value of [PASSWORD, secret, reset, data.challenge, person.cookie.split("=")[1], ...codes, ...codes.map((one) => one.replaceAll("-", ""))]) assert.ok(!dump.includes(value), value);
    assert.ok(!dump.includes("Set a new password"), "bodies of mails are sealed");
    assert.match(dump, /\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const log = product.log.join("");
    for (const value of [PASSWORD, secret, reset, person.email]) assert.ok(!log.includes(value));
  });

  test("the outbox escapes what people wrote, allows no script, and is for this machine alone", async () => {
    const email = fresh();
    await someone().send("POST", "/v1/auth/register", { name: "<img src=x onerror=alert(1)>", email, password: PASSWORD, workspace: "" });
    await mail(product, email, "verify_email");
    const response = await request(`${product.url}/dev/outbox`);
    const page = await response.text();
    assert.ok(page.includes("&lt;img src=x onerror=alert(1)&gt;") && !page.includes("<img"));
    assert.match(response.headers.get("content-security-policy"), /^default-src 'none'; style-src 'nonce-/);
    assert.match(response.headers.get("content-type"), /^text\/html/);
    assert.deepEqual((await someone().send("GET", "/v1/auth/options")).data, { google: false, outbox: true });
    assert.equal((await someone().send("GET", "/v1/auth/google")).status, 404);
  });
});

describe("mail through Resend", () => {
  let product, resend;
  before(async () => {
    resend = await startResend();
    product = await start({ vars: { MAIL_PROVIDER: "resend", RESEND_BASE_URL: resend.url, RESEND_API_KEY: resend.key, PUBLIC_URL: "https://desk.example/" } });
  });
  after(async () => {
    await product?.stop();
    await resend?.close();
  });
  const register = async (email) => {
    const { status } = await new Person(product.url).send("POST", "/v1/auth/register", { name: "Robin", email, password: PASSWORD, workspace: "" });
    assert.equal(status, 200);
  };
  const row = async (email) => (await database(product)).db.prepare("SELECT * FROM mails WHERE recipient = ?1").bind(email).first();
  const settled = (email, state) => until(`${email} ${state}`, async () => ((await row(email))?.state === state ? row(email) : null));
  const ring = async () => {
    const worker = await product.miniflare.getWorker(product.back);
    await worker.scheduled({ cron: "* * * * *" });
  };
  /** As if time had passed. */
  const due = async (email) => {
    await (await database(product)).db.prepare("UPDATE mails SET due_at = 1 WHERE recipient = ?1 AND state = 'waiting'").bind(email).run();
    await ring();
  };

  test("goes out with both parts, once, and its body is forgotten", async () => {
    const email = fresh();
    await register(email);
    const sent = await settled(email, "sent");
    assert.deepEqual([sent.sealed, sent.due_at, sent.attempts], ["", null, 1]);
    const taken = resend.mails.filter((one) => one.to[0] === email);
    assert.equal(taken.length, 1);
    assert.equal(taken[0].idempotency, sent.id);
    assert.equal(taken[0].subject, "Confirm your e-mail address");
    const link = /https:\/\/desk\.example\/app\/verify-email#token=[0-9a-f]{64}/;
    assert.match(taken[0].text, link);
    assert.match(taken[0].html, new RegExp(`<a href="${link.source}"[^>]*>Confirm your e-mail address</a>`));
    assert.equal((await request(`${product.url}/dev/outbox`)).status, 404);
    assert.equal((await new Person(product.url).send("GET", "/v1/auth/options")).data.outbox, false);
  });

  test("what fails on their side is tried again later, and as late as they ask", async () => {
    for (const [plan, waits] of [[{ status: 500 }, [55, 65]], [{ status: 429, name: "rate_limit_exceeded", headers: { "retry-after": "900" } }, [895, 905]], [{ status: 403, name: "validation_error" }, [55, 65]]]) {
      const email = fresh();
      resend.behave = () => plan;
      await register(email);
      const waiting = await until("a first attempt", async () => {
        const one = await row(email);
        return one?.reason && one;
      });
      assert.deepEqual([waiting.state, waiting.attempts], ["waiting", 1]);
      assert.match(waiting.reason, new RegExp(`Resend answered ${plan.status}`));
      const seconds = (waiting.due_at - Date.now()) / 1_000;
      assert.ok(seconds > waits[0] - 20 && seconds < waits[1], String(seconds));
      resend.behave = () => undefined;
      await due(email);
      assert.equal((await settled(email, "sent")).attempts, 2);
    }
  });

  test("a mail that was taken while its answer was lost is not sent twice", async () => {
    const email = fresh();
    resend.behave = () => ({ cut: true });
    await register(email);
    await until("the attempt", async () => (await row(email))?.reason);
    resend.behave = () => undefined;
    await due(email);
    await settled(email, "sent");
    assert.equal(resend.mails.filter((one) => one.to[0] === email).length, 1);
  });

  test("what can never be taken fails at once, what does not come through fails after ten tries", async () => {
    const email = fresh();
    resend.behave = () => ({ status: 422, name: "validation_error", message: "Invalid `to` field." });
    await register(email);
    const failed = await settled(email, "failed");
    assert.deepEqual([failed.attempts, failed.sealed, failed.due_at], [1, "", null]);
    assert.match(failed.reason, /422.*Invalid `to` field/);
    const other = fresh();
    resend.behave = () => ({ status: 503 });
    await register(other);
    await until("a first attempt", async () => (await row(other))?.reason);
    for (let tries = 2; tries <= 10; tries += 1) {
      await due(other);
      await until(`try ${tries}`, async () => (await row(other)).attempts >= tries);
    }
    assert.deepEqual([(await settled(other, "failed")).attempts], [10]);
    assert.ok(!product.log.join("").includes(other));
  });
});

describe("mail through Cloudflare's binding", () => {
  test("is taken by the binding's own checks, and waits where there is no binding", async () => {
    for (const [email, state] of [[true, "sent"], [false, "waiting"]]) {
      const product = await start({ email, vars: { MAIL_PROVIDER: "cloudflare", MAIL_FROM: "Front desk, Zoë <desk@example.com>" } });
      try {
        const to = fresh();
        const { status } = await new Person(product.url).send("POST", "/v1/auth/register", { name: "Zoë 北京", email: to, password: PASSWORD, workspace: "" });
        assert.equal(status, 200);
        const { db } = await database(product);
        const row = await until("the attempt", async () => {
          const one = await db.prepare("SELECT * FROM mails WHERE recipient = ?1").bind(to).first();
          return (one.sent_at || one.reason) && one;
        });
        assert.deepEqual([row.state, row.sealed === ""], [state, email], row.reason);
        if (!email) assert.match(row.reason, /EMAIL/);
      } finally {
        await product.stop();
      }
    }
  });
});

describe("sign in with Google", () => {
  let product, google;
  before(async () => {
    google = await startOidc();
    product = await start({ vars: { GOOGLE_CLIENT_ID: google.clientId, GOOGLE_CLIENT_SECRET: google.clientSecret, GOOGLE_ISSUER: google.url } });
    google.redirectUri = `${product.url}/v1/auth/google/callback`;
  });
  after(async () => {
    await product?.stop();
    await google?.close();
  });

  /** A browser that follows the redirects; where it ends, and with which cookies. */
  class Browser {
    jar = new Map();
    address = `192.0.2.${(addresses += 1) % 250}`;
    async go(url) {
      const response = await request(url, { redirect: "manual", headers: { cookie: [...this.jar].map((pair) => pair.join("=")).join("; "), "cf-connecting-ip": this.address, "sec-fetch-site": "cross-site" } });
      this.set = response.headers.getSetCookie();
      for (const cookie of this.set) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
        if (value && url.startsWith(product.url)) this.jar.set(name, value);
        else this.jar.delete(name);
      }
      return response.headers.get("location");
    }
    /** To Google and back to the callback's address. */
    async begin() {
      const authorize = await this.go(`${product.url}/v1/auth/google`);
      assert.ok(authorize.startsWith(`${google.url}/authorize?`), authorize);
      return this.go(authorize);
    }
    async signIn() {
      return this.go(await this.begin());
    }
    me() {
      const client = new Client(product.url);
      client.cookie = `__Host-frontdesk=${this.jar.get("__Host-frontdesk")}`;
      return client.get("/v1/auth/me");
    }
  }
  const problem = (location) => {
    const url = new URL(location);
    assert.equal(url.pathname, "/app/sign-in");
    return url.searchParams.get("problem");
  };

  test("a newcomer gets an account and a workspace, and comes back to the same", async () => {
    google.person = { sub: "g-1", email: "New.Comer@people.test", email_verified: true, name: "New Comer" };
    const browser = new Browser();
    const callback = await browser.begin();
    assert.deepEqual(browser.set, []);
    assert.equal(await browser.go(callback), `${product.url}/app/`);
    assert.equal(browser.set.length, 2);
    assert.ok(browser.set.every((cookie) => /; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=/.test(cookie) && cookie.startsWith("__Host-")));
    const me = await browser.me();
    assert.deepEqual([me.email, me.name, me.email_verified, me.has_password, me.workspace.role], ["new.comer@people.test", "New Comer", true, false, "owner"]);
    assert.equal(me.workspace.name, "New Comer's workspace");
    // The subject is who they are, whatever their address is now.
    google.person = { ...google.person, email: "renamed@people.test" };
    const later = new Browser();
    await later.signIn();
    assert.equal((await later.me()).user_id, me.user_id);
    const options = await new Client(product.url).get("/v1/auth/options");
    assert.equal(options.google, true);
    // Without a password, what needs one says how to get it.
    const client = new Client(product.url);
    client.cookie = `__Host-frontdesk=${later.jar.get("__Host-frontdesk")}`;
    await assert.rejects(client.call("POST", "/v1/account/delete", { password: "x" }), /has no password yet/);
  });

  test("a confirmed address joins its account; one that nobody confirmed is taken over without what was set", async () => {
    const person = await member(product);
    google.person = { sub: "g-2", email: person.email, email_verified: true, name: "Elsewhere" };
    const browser = new Browser();
    await browser.signIn();
    const me = await browser.me();
    assert.deepEqual([me.user_id, me.name, me.has_password], [person.me.user_id, "Robin Hale", true]);

    const email = fresh("squatted");
    const squatter = new Person(product.url);
    await squatter.send("POST", "/v1/auth/register", { name: "Squatter", email, password: PASSWORD, workspace: "" });
    const letter = await mail(product, email, "verify_email");
    google.person = { sub: "g-3", email, email_verified: true, name: "Real" };
    const real = new Browser();
    await real.signIn();
    assert.deepEqual([(await real.me()).name, (await real.me()).has_password], ["Real", false]);
    assert.equal((await squatter.send("POST", "/v1/auth/login", { email, password: PASSWORD })).status, 401);
    assert.equal((await squatter.send("POST", "/v1/auth/verify-email", { token: tokenOf(letter) })).status, 410);
  });

  test("an address that Google has not confirmed is no proof", async () => {
    const person = await member(product);
    for (const [sub, email_verified] of [["g-4", false], ["g-5", undefined], ["g-6", "false"]]) {
      google.person = { sub, email: person.email, email_verified, name: "Not them" };
      const browser = new Browser();
      assert.match(problem(await browser.signIn()), /has not confirmed your e-mail address/);
      assert.equal(browser.jar.size, 0);
    }
  });

  test("the second factor is asked for here, too", async () => {
    const person = await member(product);
    const { codes } = await withTotp(person);
    google.person = { sub: "g-7", email: person.email, email_verified: true, name: "X" };
    const browser = new Browser();
    const to = new URL(await browser.signIn());
    assert.equal(to.pathname, "/app/sign-in");
    assert.equal(browser.jar.size, 0);
    const { challenge, expires_at } = Object.fromEntries(new URLSearchParams(to.hash.slice(1)));
    assert.ok(Number(expires_at) > Date.now());
    const { data } = await new Person(product.url).send("POST", "/v1/auth/login/second-factor", { challenge, code: codes[0] });
    assert.equal(data.me.user_id, person.me.user_id);
  });

  test("an answer for another browser, attempt or none is refused", async () => {
    google.person = { sub: "g-1", email: "new.comer@people.test", email_verified: true, name: "New Comer" };
    const [attacker, victim] = [new Browser(), new Browser()];
    const callback = await attacker.begin();
    const exchanged = google.exchanges.length;
    // In a browser that began nothing, and in one that began something else.
    assert.match(problem(await victim.go(callback)), /another browser/);
    await victim.go(`${product.url}/v1/auth/google`);
    assert.match(problem(await victim.go(callback)), /another browser/);
    for (const change of [(url) => url.searchParams.delete("state"), (url) => url.searchParams.set("state", "0".repeat(64)), (url) => url.searchParams.delete("code")]) {
      const url = new URL(callback);
      change(url);
      const browser = new Browser();
      browser.jar = new Map(attacker.jar);
      assert.match(problem(await browser.go(url.href)), /another browser/);
      assert.ok(!browser.jar.has("__Host-frontdesk"));
    }
    assert.equal(google.exchanges.length, exchanged);
    // A code of another attempt does not fit this one's PKCE verifier.
    const third = new Browser();
    const own = new URL(await third.begin());
    own.searchParams.set("code", new URL(callback).searchParams.get("code"));
    assert.match(problem(await third.go(own.href)), /did not work/);
    assert.match(google.refusals.at(-1), /Invalid code verifier/);
  });

  test("a token that is not theirs, not for us, not for this attempt or not of now is refused", async () => {
    const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const forgeries = {
      "signed by a stranger under a known key id": (claims, keys) => google.sign(claims, keys.stranger),
      "without a signature": (claims) => `${base64url({ alg: "none" })}.${base64url(claims)}.`,
      "signed with the client's secret": (claims, keys) => google.sign(claims, keys.honest, { alg: "HS256" }),
      "of another issuer": (claims, keys) => google.sign({ ...claims, iss: "https://evil.test" }, keys.honest),
      "for another client": (claims, keys) => google.sign({ ...claims, aud: "other" }, keys.honest),
      "for several, another acting": (claims, keys) => google.sign({ ...claims, aud: [google.clientId, "other"], azp: "other" }, keys.honest),
      "of another attempt": (claims, keys) => google.sign({ ...claims, nonce: "0".repeat(64) }, keys.honest),
      "without a nonce": (claims, keys) => google.sign({ ...claims, nonce: undefined }, keys.honest),
      expired: (claims, keys) => google.sign({ ...claims, exp: claims.iat - 3_600 }, keys.honest),
      "of the future": (claims, keys) => google.sign({ ...claims, iat: claims.iat + 3_600 }, keys.honest),
      "changed after signing": (claims, keys) => {
        const [head, , signature] = google.sign(claims, keys.honest).split(".");
        return `${head}.${base64url({ ...claims, sub: "g-2" })}.${signature}`;
      },
      "no token": () => "x",
    };
    for (const [name, forge] of Object.entries(forgeries)) {
      google.forge = forge;
      const browser = new Browser();
      assert.match(problem(await browser.signIn()), /did not work/, name);
      assert.equal(browser.jar.size, 0, name);
    }
    google.forge = (claims, keys) => google.sign({ ...claims, aud: [google.clientId] }, keys.other);
    const browser = new Browser();
    assert.equal(await browser.signIn(), `${product.url}/app/`, "another key of theirs is theirs");
    google.forge = undefined;
  });

  test("a refusal there, a lying discovery and a provider that is gone are told in words", async () => {
    google.denies = true;
    assert.match(problem(await new Browser().signIn()), /did not sign you in/);
    google.denies = false;
    google.discovery = { issuer: "https://evil.test" };
    assert.match(problem(await new Browser().go(`${product.url}/v1/auth/google`)), /did not work/);
    google.discovery = undefined;
  });
});
