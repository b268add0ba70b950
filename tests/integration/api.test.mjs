// The members' HTTP: signing in, and a walk over every route of the table: who may call it, with whose ids, how it
// refuses, what it answers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Client, request } from "../../scripts/client.mjs";
import { root } from "../../scripts/tools.mjs";
import { startSite } from "../sites/serve.mjs";
import { AGENT, OWNER, Visitor, askBySse, createMember, createSession, init, newId, start, tenant, until } from "./harness.mjs";

const openapi = JSON.parse(readFileSync(join(root, "schemas/openapi.json"), "utf8"));

/** Every route: `{ method, path, access, id, takesBody, schema? }`. */
const ROUTES = fromDocument(openapi);

function fromDocument({ paths }) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      id: operation.operationId,
      takesBody: Boolean(operation.requestBody),
      access: operation.security.length ? Object.keys(operation.security[0])[0] : "public",
      schema: (operation.responses["200"] ?? operation.responses["201"]).content?.["application/json"].schema,
    })),
  );
}

// Who may into the lounge is in lounge.test.mjs: it speaks WebSocket.
const MEMBERS = ROUTES.filter((route) => route.access === "member" && route.id !== "Lounge");
const WITH_IDS = MEMBERS.filter((route) => route.path.includes("{"));
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** Whether a value fits a schema, in the words that our own schemas use; returns what is wrong. */
function misfit(value, schema, at = "") {
  if (schema === true) return null;
  if (schema === false) return `${at} must not be there`;
  if (schema.$ref) return misfit(value, schema.$ref.split("/").slice(1).reduce((node, key) => node[key], openapi), at);
  const kinds = [schema.type ?? []].flat();
  const kind = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  if (kinds.length && !kinds.some((one) => one === kind || (one === "integer" && Number.isInteger(value)))) return `${at} is ${kind}, not ${kinds}`;
  if (schema.const !== undefined && value !== schema.const) return `${at} is not ${schema.const}`;
  if (schema.enum && !schema.enum.includes(value)) return `${at} is none of ${schema.enum}`;
  if (schema.pattern && kind === "string" && !new RegExp(schema.pattern).test(value)) return `${at} does not match ${schema.pattern}`;
  if (schema.minimum !== undefined && value < schema.minimum) return `${at} is below ${schema.minimum}`;
  for (const part of schema.allOf ?? []) {
    const wrong = misfit(value, part, at);
    if (wrong) return wrong;
  }
  for (const choice of [schema.anyOf, schema.oneOf]) {
    const wrongs = choice?.map((part) => misfit(value, part, at));
    if (wrongs?.every(Boolean)) return wrongs.join("; ");
  }
  if (kind === "array" && schema.items) {
    for (const [index, item] of value.entries()) {
      const wrong = misfit(item, schema.items, `${at}[${index}]`);
      if (wrong) return wrong;
    }
  }
  if (kind === "object") {
    for (const name of schema.required ?? []) if (!(name in value)) return `${at}.${name} is missing`;
    for (const [name, item] of Object.entries(value)) {
      const part = schema.properties?.[name] ?? schema.additionalProperties ?? true;
      const wrong = misfit(item, part, `${at}.${name}`);
      if (wrong) return wrong;
    }
  }
  return null;
}

/** One call. Whatever it answers has a request id, timing, safe headers, and a body of the one form. */
async function send(client, method, path, { body, headers } = {}) {
  const raw = typeof body === "string";
  const response = raw
    ? await request(client.product + path, { method, redirect: "manual", body, headers: { "content-type": "application/json", ...(client.cookie && { cookie: client.cookie }), ...headers } })
    : await client.raw(method, path, body, headers);
  const what = `${method} ${path}`.slice(0, 120);
  assert.ok(response.status < 500, `${what} answered ${response.status}`);
  assert.match(response.headers.get("x-request-id") ?? "", /^req_[0-9a-z]{26}$/, what);
  assert.match(response.headers.get("server-timing") ?? "", /app;dur=\d/, what);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff", what);
  const text = await response.text();
  assert.match(response.headers.get("content-type"), /^application\/json/, what);
  assert.equal(response.headers.get("cache-control"), "no-store", what);
  const json = JSON.parse(text);
  if (response.ok) {
    assert.ok("data" in json && !("error" in json), what);
  } else {
    assert.ok("error" in json && !("data" in json), what);
    assert.match(json.error.code, /^[a-z_]+$/, what);
    assert.match(json.error.message, /^[A-Z].{5,}\.$/, what);
  }
  return { status: response.status, headers: response.headers, ...json };
}

const filled = (path, values) => path.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "x");

const CTA = { name: "Demo", label: "Book a demo", kind: "demo", target: "https://example.test/demo" };
const RULE = { name: "Greets", when: { kind: "idle", seconds: 20 }, page: [], action: { kind: "open_with_message", message: "Any questions?" } };
const EXPERIMENT = {
  name: "Welcome",
  kind: "persona",
  variants: [{ name: "As it is", weight: 1 }, { name: "Warm", weight: 1, patch: { welcome: "Good to see you!" } }],
};
const TEMPLATE = { name: "Hello", text: "Hello there" };
const ENDPOINT = { url: "https://example.test/hook", description: "", events: ["source.indexed"], agents: [], enabled: true };
/** Bodies that their routes would take: what is refused is refused for whose it is. */
const BODIES = {
  AcceptInvitation: { token: "x" },
  CreateAgent: { name: "New" },
  CreateApiKey: { name: "K", scopes: ["agents:read"] },
  CreateCuratedAnswer: { pattern: "A question?", answer: "An answer." },
  CreateSource: { url: "https://example.com/" },
  CreateWorkspace: { name: "New" },
  DeleteWorkspace: { name: "Test", password: "wrong" },
  Invite: { email: "guest@example.test", role: "viewer" },
  OrderCuratedAnswers: { ids: [] },
  Playground: { question: "When are you open on Sundays?" },
  PlaygroundFeedback: { run_id: `trn_${"0".repeat(26)}`, rating: "good", question: "q", answer: "a" },
  PublishAgent: { revision: 1 },
  RollbackAgent: { version: 1 },
  SetTurnstile: { site_key: "1x00000000000000000000AA", secret: "1x0000000000000000000000000000000AA" },
  RotateApiKey: { overlap_hours: 1 },
  SaveDraft: { revision: 1, draft: AGENT },
  TryCuratedAnswers: { question: "A question?" },
  UpdateAccount: { name: "New" },
  UpdateAgent: { name: "Renamed" },
  UpdateCuratedAnswer: { pattern: "Another question?", answer: "Another answer." },
  UpdateMember: { role: "editor" },
  UpdateSource: { title: "Renamed" },
  UpdateWorkspace: { name: "Renamed" },
};
Object.assign(BODIES, {
  AnswerGap: BODIES.CreateCuratedAnswer,
  ApplyExperiment: { variant_id: `var_${"0".repeat(26)}` },
  CreateCtaRule: CTA,
  CreateExperiment: EXPERIMENT,
  CreateIncoming: { name: "The till" },
  CreateRule: RULE,
  CreateTemplate: TEMPLATE,
  CreateLead: { agent_id: `agt_${"0".repeat(26)}`, email: "ada@example.test" },
  CreateWebhook: ENDPOINT,
  Subscribe: { target_url: "https://example.test/hook", event: "lead.captured" },
  UpdateLead: { name: "Ada" },
  ConnectIntegration: { kind: "email", settings: { recipients: ["team@example.test"] } },
  UpdateIntegration: { settings: { recipients: ["team@example.test"] }, enabled: true },
  MailLead: { id: "mail-of-the-walk", subject: "Hello", text: "Hello" },
  MergeContact: { other: `con_${"0".repeat(26)}` },
  NoteLead: { text: "A note" },
  OrderCtaRules: { ids: [] },
  OrderRules: { ids: [] },
  ReplayWebhook: { since: 1 },
  TryRules: { page_url: "https://example.test/" },
  UpdateCtaRule: { revision: 1, content: CTA },
  UpdateExperiment: { revision: 1, content: EXPERIMENT },
  UpdateIncoming: { name: "The other till" },
  UpdateGap: { status: "ignored" },
  UpdateRule: { revision: 1, content: RULE },
  UpdateTemplate: TEMPLATE,
  UpdateWebhook: ENDPOINT,
});
const bodyOf = (route) => (route.takesBody ? (BODIES[route.id] ?? {}) : undefined);

/** Values of a parameter that are nobody's, and one that is well-formed first. */
function oddValues(name, own) {
  if (name === "version") return ["999999", "0", "-1", "1.0", "01x", "x", "null", "4294967296", "%2F", "%00", "'%20OR%201=1--", "é", "1".repeat(5_000)];
  const [prefix] = own.split("_");
  return [`${prefix}_${"0".repeat(26)}`, `${prefix}_`, prefix, "x", "0", "null", "..", "%2e%2e", "%2F", "%00", "%ff", "'%20OR%201=1--", own.toUpperCase(), `${own}0`, own.slice(0, -1), `run_${"0".repeat(26)}`, "é", "x".repeat(5_000)];
}

describe("signing in", () => {
  let product;
  before(async () => {
    product = await start();
  });
  after(() => product?.stop());
  const fresh = () => new Client(product.url);

  test("the cookie is for this host, over TLS, not for scripts, not for other sites' requests", async () => {
    const { status, headers, data } = await send(fresh(), "POST", "/v1/auth/login", { body: OWNER });
    assert.equal(status, 200);
    assert.equal(data.state, "signed_in");
    assert.equal(data.me.email, OWNER.email);
    assert.equal(data.me.workspace.role, "owner");
    const [cookie, ...flags] = headers.getSetCookie()[0].split("; ");
    assert.equal(headers.getSetCookie().length, 1);
    assert.match(cookie, /^__Host-frontdesk=[0-9a-f]{64}$/);
    for (const flag of ["HttpOnly", "Secure", "Path=/"]) assert.ok(flags.includes(flag), flag);
    assert.ok(flags.some((flag) => /^SameSite=(Lax|Strict)$/.test(flag)));
    assert.ok(!flags.some((flag) => flag.startsWith("Domain")));
    assert.ok(!JSON.stringify(data).includes(OWNER.password) && !JSON.stringify(data).includes("argon2"));
  });

  test("a wrong password and an unknown address are told in the same words", async () => {
    const wrong = await send(fresh(), "POST", "/v1/auth/login", { body: { ...OWNER, password: "not-the-password" } });
    const unknown = await send(fresh(), "POST", "/v1/auth/login", { body: { ...OWNER, email: "nobody@example.test" } });
    assert.deepEqual([wrong.status, unknown.status], [401, 401]);
    assert.deepEqual(wrong.error, unknown.error);
    assert.equal(wrong.error.code, "bad_credentials");
    for (const answer of [wrong, unknown]) assert.equal(answer.headers.get("set-cookie"), null);
  });

  test("what is no address or no password is refused by its field", async () => {
    for (const [body, field] of [[{ ...OWNER, email: "owner" }, "email"], [{ ...OWNER, email: `${"x".repeat(300)}@example.test` }, "email"], [{ ...OWNER, password: "" }, "password"], [{ ...OWNER, password: "x".repeat(2_000) }, "password"]]) {
      const { status, error } = await send(fresh(), "POST", "/v1/auth/login", { body });
      assert.deepEqual([status, error.code, error.field], [400, "invalid", field]);
    }
  });

  test("a body that is not JSON, not the right one, or too large is refused", async () => {
    for (const body of ["", "{", "[]", "null", '"x"', '{"email":1}', '{"email":"a@b","password":null}']) {
      const { status, error } = await send(fresh(), "POST", "/v1/auth/login", { body });
      assert.deepEqual([status, error.code], [400, "malformed"], body);
    }
    const { status, error } = await send(fresh(), "POST", "/v1/auth/login", { body: JSON.stringify({ ...OWNER, more: "x".repeat(300_000) }) });
    assert.deepEqual([status, error.code], [413, "too_large"]);
  });

  test("a request that another site makes a browser send is refused, signed in or not", async () => {
    const foreign = [{ origin: "https://evil.test" }, { origin: "null" }, { "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }];
    for (const headers of foreign) {
      const login = await send(fresh(), "POST", "/v1/auth/login", { body: OWNER, headers });
      assert.deepEqual([login.status, login.error?.code], [403, "forbidden"], JSON.stringify(headers));
      assert.equal(login.headers.get("set-cookie"), null);
      const logout = await send(product.client, "POST", "/v1/auth/logout", { headers });
      assert.deepEqual([logout.status, logout.error?.code], [403, "forbidden"], JSON.stringify(headers));
    }
    const own = await send(product.client, "GET", "/v1/auth/me", { headers: { origin: "https://evil.test" } });
    assert.equal(own.status, 200);
    assert.equal(own.headers.get("access-control-allow-origin"), null, "and its page cannot read the answer");
  });

  test("signing out ends the session, and only that one", async () => {
    const client = fresh();
    await client.signIn(OWNER);
    assert.equal((await send(client, "GET", "/v1/auth/me")).status, 200);
    const out = await send(client, "POST", "/v1/auth/logout", { headers: { origin: product.url, "sec-fetch-site": "same-origin" } });
    assert.equal(out.status, 200);
    assert.match(out.headers.get("set-cookie"), /^__Host-\w+=;.*Max-Age=0/);
    const { status, error } = await send(client, "GET", "/v1/auth/me");
    assert.deepEqual([status, error.code], [401, "sign_in_required"]);
    assert.equal((await send(product.client, "GET", "/v1/auth/me")).status, 200);
  });

  test("the session's secret is not what is stored", async () => {
    const database = product.relations;
    const { results } = await database.prepare("SELECT * FROM sessions").all();
    assert.ok(results.length > 0);
    assert.ok(!JSON.stringify(results).includes(product.client.cookie.split("=")[1]));
    const users = JSON.stringify((await database.prepare("SELECT * FROM users").all()).results);
    assert.ok(!users.includes(OWNER.password));
    assert.match(users, /\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test("nothing of a person is in the log", () => {
    const log = product.log.join("");
    for (const text of [OWNER.email, OWNER.password, product.client.cookie.split("=")[1], product.secrets.BOOTSTRAP_TOKEN]) assert.ok(!log.includes(text));
  });
});

describe("too many sign-ins", () => {
  let product;
  before(async () => {
    product = await start();
  });
  after(() => product?.stop());

  test("the eleventh within a minute is refused, with the right password too; sessions go on", async () => {
    const attempt = async (password) => {
      const minute = () => Math.floor(Date.now() / 60_000);
      const begun = minute();
      const answer = await send(new Client(product.url), "POST", "/v1/auth/login", { body: { ...OWNER, password } });
      // One that lies in two minutes belongs to neither.
      return { status: answer.status, code: answer.error?.code, minute: begun === minute() ? begun : null };
    };
    // A minute is the clock's, so the attempts may lie in two or more of them.
    for (let round = 0; ; round += 1) {
      assert.ok(round < 5, "five minutes ended just when they were looked at");
      const answers = [];
      do answers.push(await attempt("wrong-password"));
      while (answers.at(-1).status === 401 && answers.length < 40);
      const last = answers.pop();
      assert.deepEqual([last.status, last.code], [429, "too_many_requests"]);
      assert.ok(answers.every(({ status }) => status === 401));
      for (const { minute } of answers) assert.ok(minute === null || answers.filter((one) => one.minute === minute).length <= 10, "more than ten within a minute");
      const right = await attempt(OWNER.password);
      if (right.minute === null || right.minute !== last.minute) continue;
      assert.deepEqual([right.status, right.code], [429, "too_many_requests"]);
      break;
    }
    assert.equal((await send(product.client, "GET", "/v1/auth/me")).status, 200);
  });
});

describe("every route", () => {
  let product, other, site, source, second, text, member, ids, visitor, answer;
  before(async () => {
    site = await startSite({ slowMs: 200 });
    product = await start({ local: [new URL(site.url).host], vars: { MAX_PAGES: "12" } });
    other = await tenant(product, "other@example.test");
    source = await product.client.call("POST", `/v1/agents/${product.agent}/sources`, { url: `${site.url}/opening-hours/` });
    source = await product.client.indexed(source.id, { timeout: 120_000 });
    assert.equal(source.state, "indexed", source.reason);
    visitor = await Visitor.open(product);
    answer = await visitor.ask("When are you open on Sundays?");
    await visitor.close();
    await until("the archive", async () => (await product.client.raw("GET", `/v1/conversations/${visitor.conversation}`)).ok, 60_000);
    ids = { agent: product.agent, source: source.id, conversation: visitor.conversation, workspace: product.workspace, version: "1", ...(await others()) };
  });
  after(async () => {
    await product?.stop();
    await site?.close();
  });
  const nobody = () => new Client(product.url);

  /** One of every other kind. What knows something hangs on a second agent, so that the first one's numbers stay. */
  async function others() {
    const { client, workspace } = product;
    await createSession(product, (await client.get("/v1/auth/me")).user_id, workspace);
    const session = (await client.get("/v1/account/sessions")).find((session) => !session.current).id;
    member = await createMember(product, workspace, "viewer");
    const invitation = (await client.call("POST", "/v1/invitations", { email: "invited@example.test", role: "viewer" })).id;
    const { key } = await client.call("POST", "/v1/api-keys", { name: "K", scopes: ["agents:read"] });
    second = (await client.call("POST", "/v1/agents", { name: "Second" })).agent.id;
    text = (await client.call("POST", `/v1/agents/${second}/sources`, { kind: "text", title: "T", text: "The cellar holds forty barrels." })).id;
    const files = (await client.call("POST", `/v1/agents/${second}/sources`, { kind: "files" })).id;
    const upload = await request(`${product.url}/v1/sources/${files}/files?name=note.txt`, { method: "POST", headers: { cookie: client.cookie }, body: "The attic holds nine chests." });
    const file = (await upload.json()).data.id;
    const curated = (await client.call("POST", `/v1/agents/${second}/curated-answers`, { pattern: "Who are you?", answer: "We are us." })).id;
    const lookUp = { name: "look_up", description: "Looks up an order.", schema: { type: "object" }, method: "POST", url: `${site.url}/look-up` };
    const tool = (await client.call("POST", "/v1/tools", { content: lookUp, auth: { kind: "none" } })).id;
    await client.indexed(text, { timeout: 60_000 });
    const [document] = await client.get(`/v1/sources/${source.id}/documents`);
    const cta = (await client.call("POST", `/v1/agents/${second}/cta-rules`, CTA)).id;
    const rule = (await client.call("POST", `/v1/agents/${second}/rules`, RULE)).id;
    const experiment = (await client.call("POST", `/v1/agents/${second}/experiments`, EXPERIMENT)).id;
    const template = (await client.call("POST", "/v1/templates", TEMPLATE)).id;
    const endpoint = (await client.call("POST", "/v1/webhooks/endpoints", { ...ENDPOINT, url: `${site.url}/hook` })).endpoint.id;
    await client.call("POST", `/v1/webhooks/endpoints/${endpoint}/test`);
    const hook = (await client.call("POST", "/v1/hooks", { target_url: `${site.url}/zap`, event: "lead.captured" })).id;
    const integration = (await client.call("POST", "/v1/integrations", BODIES.ConnectIntegration)).id;
    const delivery = (await client.get(`/v1/webhooks/endpoints/${endpoint}/deliveries`))[0].id;
    const incoming = (await client.call("POST", "/v1/incoming/endpoints", { name: "The till" })).incoming.id;
    return { incoming, alert: "first_token", session, user: member.user, invitation, key: key.id, file, curated, tool, document: document.id, cta, rule, experiment, template, endpoint, hook, delivery, integration, ...(await rows(second, document.id)) };
  }

  /** What only visitors bring about, as it is stored. */
  async function rows(agent, document) {
    const of = { workspace_id: product.workspace, agent_id: agent };
    const made = { gap: newId("gap"), approval: newId("apr"), contact: newId("con"), lead: newId("led"), export: newId("pex"), proposal: newId("prp") };
    const database = product.relations;
    const put = (table, row) =>
      database.prepare(`INSERT INTO ${table} (${Object.keys(row)}) VALUES (${Object.keys(row).map((_, at) => `?${at + 1}`)})`).bind(...Object.values(row)).run();
    await put("gaps", { id: made.gap, ...of, question: "Do you ship?", terms: "ship", status_at: 1, occurrences: 1, first_at: 1, last_at: 1 });
    const call = { tool_id: newId("tol"), tool_title: "Book", tool_edited_at: 1, call_key: "k", arguments: "{}", method: "POST", url: "https://flows.test/x", body: "{}" };
    await put("approvals", { id: made.approval, ...of, conversation_id: newId("cnv"), turn_id: newId("trn"), ...call, language: "en", state: "waiting", asked_at: Date.now(), expires_at: Date.now() + 3_600_000 });
    await put("contacts", { id: made.contact, workspace_id: product.workspace, name: "Ann", email: "ann@example.test", created_at: 1, updated_at: 1 });
    await put("person_exports", { id: made.export, workspace_id: product.workspace, contact_id: made.contact, by_name: "Owner", requested_at: 1, done_at: 1, expires_at: 2 });
    await put("curated_proposals", { id: made.proposal, ...of, document_id: document, question: "Do you ship?", answer: "We ship on Mondays.", found_at: 1 });
    await put("leads", { id: made.lead, ...of, conversation_id: newId("cnv"), contact_id: made.contact, name: "Ann", email: "ann@example.test", source: "form", created_at: 1, updated_at: 1 });
    return made;
  }

  test("is in the table that this walk goes over", () => {
    assert.ok(MEMBERS.length >= 13 && WITH_IDS.length >= 10, `${MEMBERS.length} and ${WITH_IDS.length}`);
    const names = new Set(WITH_IDS.flatMap((route) => [...route.path.matchAll(/\{(\w+)\}/g)].map((found) => found[1])));
    for (const name of names) assert.ok(ids[name], `the walk knows no id for {${name}}`);
  });

  for (const route of MEMBERS) {
    test(`${route.method} ${route.path} is for members`, async () => {
      const path = filled(route.path, ids);
      for (const cookie of ["", "__Host-frontdesk=", `__Host-frontdesk=${"0".repeat(64)}`, "__Host-frontdesk='; --", `frontdesk=${product.client.cookie.split("=")[1]}`]) {
        const client = Object.assign(nobody(), { cookie });
        const { status, error } = await send(client, route.method, path, { body: bodyOf(route) });
        assert.deepEqual([status, error?.code], [401, "sign_in_required"], cookie);
      }
      const bearer = await send(nobody(), route.method, path, { body: bodyOf(route), headers: { authorization: `Bearer ${product.secrets.BOOTSTRAP_TOKEN}`, "x-workspace-id": product.workspace } });
      assert.equal(bearer.status, 401);
    });
  }

  for (const route of WITH_IDS) {
    test(`${route.method} ${route.path} knows nothing of another tenant's, of unknown and of malformed ids`, async () => {
      const foreign = await send(other.client, route.method, filled(route.path, ids), { body: bodyOf(route) });
      assert.deepEqual([foreign.status, foreign.error?.code], [404, "not_found"]);
      for (const [, name] of route.path.matchAll(/\{(\w+)\}/g)) {
        const odd = oddValues(name, ids[name]);
        for (const id of odd) {
          // `..` is resolved by the client itself; what remains is another address.
          const path = filled(route.path, { ...ids, [name]: id });
          const { status, error } = await send(product.client, route.method, path, { body: bodyOf(route) });
          assert.ok(status === 404 || (["..", "%2e%2e"].includes(id) && [200, 400, 405].includes(status)), `${id.slice(0, 40)}: ${status}`);
          if (status === 404) assert.equal(error.code, "not_found");
        }
        // An unknown one and another's are told alike.
        const unknown = await send(product.client, route.method, filled(route.path, { ...ids, [name]: odd[0] }), { body: bodyOf(route) });
        assert.deepEqual(unknown.error, foreign.error);
      }
    });
  }

  test("what another tenant tried changed nothing", async () => {
    assert.equal((await product.client.get(`/v1/sources/${source.id}`)).state, "indexed");
    assert.equal((await product.client.get(`/v1/agents/${product.agent}/sources`)).length, 1);
    assert.ok(!JSON.stringify(await other.client.get("/v1/agents")).includes(product.agent));
    assert.deepEqual(await other.client.get(`/v1/agents/${other.agent}/sources`), []);
    assert.deepEqual(await other.client.get(`/v1/agents/${other.agent}/conversations`), []);
    const { agent } = await product.client.get(`/v1/agents/${product.agent}`);
    assert.equal(agent.published_version, 1);
    assert.equal((await product.client.get(`/v1/agents/${second}/curated-answers`)).length, 1);
    assert.equal((await product.client.get("/v1/members")).find(({ user_id }) => user_id === member.user).role, "viewer");
    for (const [path, id] of [["invitations", ids.invitation], ["api-keys", ids.key], ["account/sessions", ids.session]]) assert.ok((await product.client.get(`/v1/${path}`)).some((one) => one.id === id), path);
    assert.equal((await product.client.raw("GET", `/v1/files/${ids.file}`)).status, 200);
  });

  for (const path of new Set(ROUTES.map((route) => route.path))) {
    test(`${path} with another method`, async () => {
      const known = ROUTES.filter((route) => route.path === path).map((route) => route.method);
      for (const method of METHODS.filter((method) => !known.includes(method))) {
        for (const client of [nobody(), product.client]) {
          const { status, error } = await send(client, method, filled(path, ids), { body: method === "GET" ? undefined : {} });
          assert.deepEqual([status, error?.code], [405, "method_not_allowed"], method);
        }
      }
    });
  }

  test("an unknown path is not found, with any method", async () => {
    for (const path of ["/v1", "/v1/", "/v1/nothing", "/v2/agents", "/v1/agents/", "//v1/agents", "/v1//agents", `/v1/agents/${product.agent}/nothing`, `/v1/agents/${product.agent}/sources/`, `/v1/sources/${source.id}/pages/1`, "/v1/auth", "/nothing", "/.env", "/wrangler.toml", "/v1/%61gents/x/y", "/V1/AGENTS"]) {
      for (const method of METHODS) {
        const { status, error } = await send(product.client, method, path, { body: method === "GET" ? undefined : {} });
        assert.deepEqual([status, error?.code], [404, "not_found"], `${method} ${path}`);
      }
    }
  });

  test("the operator's routes are nobody else's business", async () => {
    const body = { ...OWNER, email: "intruder@example.test", name: "I", workspace: "I", agent: AGENT };
    for (const authorization of [undefined, "Bearer ", "Bearer wrong", `Basic ${product.secrets.BOOTSTRAP_TOKEN}`, product.secrets.BOOTSTRAP_TOKEN]) {
      for (const path of ["/v1/bootstrap", "/v1/drills/panic"]) {
        const { status } = await send(product.client, "POST", path, { body, headers: authorization && { authorization } });
        assert.equal(status, 404, `${path} ${authorization}`);
      }
    }
    const operator = { authorization: `Bearer ${product.secrets.BOOTSTRAP_TOKEN}` };
    assert.equal((await send(nobody(), "POST", "/v1/drills/dance", { headers: operator })).status, 404);
    for (const [change, field] of [[{ email: "nobody" }, "email"], [{ password: "short" }, "password"]]) {
      const { status, error } = await send(nobody(), "POST", "/v1/bootstrap", { body: { ...body, ...change }, headers: operator });
      assert.deepEqual([status, error.field], [400, field]);
    }
    const again = await send(nobody(), "POST", "/v1/bootstrap", { body: { ...body, ...OWNER }, headers: operator });
    assert.deepEqual([again.data.workspace_id, again.data.agent_id], [product.workspace, product.agent]);
  });

  test("odd bodies and parameters are refused in words", async () => {
    for (const route of ROUTES.filter((route) => route.access !== "operator" && route.access !== "visitor" && route.takesBody)) {
      // Whoever does not know the secret address learns nothing of what it takes.
      if (["HookRefresh", "TakeIncoming"].includes(route.id)) continue;
      for (const body of ["", "{", "[[[[", "null", "\u0000", "x".repeat(300_000)]) {
        const { status, error } = await send(product.client, route.method, filled(route.path, ids), { body, headers: { origin: product.url } });
        assert.ok([400, 413].includes(status), `${route.path}: ${status} to ${body.slice(0, 10)}`);
        assert.ok(["malformed", "too_large"].includes(error.code));
      }
    }
    for (const path of [`/v1/sources/${source.id}/pages`, `/v1/sources/${source.id}/documents`, `/v1/agents/${product.agent}/conversations`]) {
      for (const query of ["cursor=", "cursor=x", "cursor=1.2", "cursor=NaN.x", `cursor=inf.${visitor.conversation}`, "cursor=%00", "cursor=%ff", "cursor=a&cursor=b", "cursor[]=1", "state=", "state=lost", "state=x&state=y", "other=1", `cursor=${"9".repeat(3_000)}`, "&&=", "%"]) {
        const { status, error } = await send(product.client, "GET", `${path}?${query}`);
        assert.ok([200, 400].includes(status), `${path}?${query.slice(0, 30)}: ${status}`);
        if (status === 400) assert.ok(error.field, query);
      }
    }
  });

  test("the same address from two at once becomes one source", async () => {
    const url = `${site.url}/team/`;
    const path = `/v1/agents/${product.agent}/sources`;
    const both = await Promise.all([1, 2, 3].map(() => send(product.client, "POST", path, { body: { url } })));
    assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 409, 409]);
    const made = both.find((answer) => answer.status === 200).data;
    await product.client.indexed(made.id, { timeout: 120_000 });
    assert.equal((await send(product.client, "DELETE", `/v1/sources/${made.id}`)).status, 200);
  });

  test("a conversation is listed and its transcript is what the visitor saw", async () => {
    const [listed] = await product.client.get(`/v1/agents/${product.agent}/conversations`);
    assert.equal(listed.id, visitor.conversation);
    assert.equal(listed.first_question, "When are you open on Sundays?");
    assert.equal(listed.turns, 1);
    const { summary, turns } = await product.client.get(`/v1/conversations/${visitor.conversation}`);
    assert.deepEqual(summary, listed);
    assert.equal(turns.length, 1);
    const [turn] = turns;
    assert.deepEqual([turn.id, turn.state, turn.question, turn.answer], [answer.turn_id, "finished", "When are you open on Sundays?", answer.text]);
    assert.deepEqual(turn.citations, answer.citations);
    assert.ok(turn.citations.length > 0 && turn.citations.every((citation) => citation.url.startsWith(site.url) && citation.snippet));
    assert.ok(turn.confidence > 0 && turn.confidence <= 1);
    assert.equal(turn.low_confidence, false);
    assert.ok(turn.stages.total > 0 && turn.stages.first_token > 0 && turn.stages.first_token <= turn.stages.total);
    assert.ok(turn.finished_at >= turn.asked_at);
    const overview = await product.client.get(`/v1/agents/${product.agent}/overview`);
    assert.deepEqual([overview.conversations, overview.turns, overview.answered, overview.failed], [1, 1, 1, 0]);
    assert.equal(overview.documents, source.progress.indexed);
    assert.equal(overview.passages, source.progress.passages);
    assert.deepEqual(overview.recent, [listed]);
    assert.ok(overview.first_token_p50_ms > 0);
  });

  test("a long list comes page by page, newest first, nothing twice and nothing left out", async () => {
    const made = new Set([visitor.conversation]);
    const one = async () => {
      const { data } = await init(product);
      made.add(data.conversation_id);
      assert.equal((await askBySse(product, data.token, "Are you open on Saturdays?")).events.at(-1).frame.type, "turn_finished");
    };
    for (let n = 0; n < 6; n += 1) await Promise.all(Array.from({ length: 6 }, one));
    const path = `/v1/agents/${product.agent}/conversations`;
    await until("all conversations", async () => (await product.client.all(path)).length === made.size, 120_000);
    const first = await send(product.client, "GET", path);
    assert.equal(first.data.length, 30);
    assert.ok(first.meta.next_cursor);
    const second = await send(product.client, "GET", `${path}?cursor=${encodeURIComponent(first.meta.next_cursor)}`);
    assert.equal(second.data.length, made.size - 30);
    assert.equal(second.meta?.next_cursor, undefined);
    const listed = [...first.data, ...second.data];
    assert.deepEqual(listed.map((one) => one.id).sort(), [...made].sort());
    for (let at = 1; at < listed.length; at += 1) assert.ok(listed[at].last_at <= listed[at - 1].last_at);
    const elsewhere = await send(other.client, "GET", `/v1/agents/${other.agent}/conversations?cursor=${encodeURIComponent(first.meta.next_cursor)}`);
    assert.deepEqual(elsewhere.data, []);
  });

  test("health is told to anyone", async () => {
    const { status, data } = await send(nobody(), "GET", "/v1/health");
    assert.deepEqual([status, data.ok], [200, true]);
  });

  // Last: these change things.
  test("every member route answers its own, in the form that is documented", async () => {
    // Fields of a mapping are HubSpot's, which integrations.test.mjs connects.
    const answered = (route) => route.method === "GET" && route.schema && route.id !== "IntegrationFields";
    const change = ["CreateSource", "ReindexSource", "DeleteSource", "Logout"].map((id) => MEMBERS.find((route) => route.id === id));
    for (const route of [...MEMBERS.filter(answered), ...change]) {
      if (route.id === "DeleteSource") await product.client.indexed(source.id, { timeout: 120_000 });
      const body = route.id === "CreateSource" ? { url: `${site.url}/contact/` } : undefined;
      const query = { AgentDiff: "?from=1&to=draft", SourceHistory: `?url=${encodeURIComponent(`${site.url}/`)}`, SearchConversations: "?q=sundays", RetentionPreview: "?days=30", HookSamples: "?event=lead.captured" }[route.id] ?? "";
      // Websites are not written here.
      const own = route.id === "SourceContent" ? { ...ids, source: text } : ids;
      const answer = await send(product.client, route.method, filled(route.path, own) + query, { body });
      assert.equal(answer.status, 200, `${route.method} ${route.path}: ${answer.error?.code}`);
      const { status, headers, ...json } = answer;
      assert.equal(misfit(json, route.schema), null, `${route.method} ${route.path}`);
    }
    assert.equal((await send(product.client, "GET", "/v1/auth/me")).status, 401);
  });
});
