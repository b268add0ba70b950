// Programs that ask twice: idempotency keys on every POST, entity tags on what is read, the reference they are
// written by.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { request } from "../../scripts/client.mjs";
import { root } from "../../scripts/tools.mjs";
import { start, tenant } from "./harness.mjs";

let product, key, other;
before(async () => {
  product = await start();
  other = await tenant(product, "other@example.test");
  const { secret } = await product.client.call("POST", "/v1/api-keys", { name: "program", scopes: ["agents:read", "agents:write"], rate_limit: 600 });
  key = secret;
});
after(() => product?.stop());

/** One call of a program: its status, headers and body. */
async function call(method, path, { body, headers, secret = key } = {}) {
  const response = await request(product.client.product + path, {
    method,
    headers: { authorization: `Bearer ${secret}`, ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: text ? JSON.parse(text) : undefined };
}

const create = (name, idempotency, more) => call("POST", "/v1/agents", { body: { name }, headers: { "idempotency-key": idempotency }, ...more });
const agents = async (name) => (await call("GET", "/v1/agents")).json.data.filter((agent) => agent.name === name).length;

describe("idempotency keys", () => {
  test("the same request is carried out once and answered the same", async () => {
    const id = randomUUID();
    const first = await create("Once", id);
    assert.equal(first.status, 200, first.text);
    assert.equal(first.headers.get("idempotent-replayed"), null);
    for (let n = 0; n < 3; n += 1) {
      const again = await create("Once", id);
      assert.equal(again.status, first.status);
      assert.equal(again.text, first.text);
      assert.equal(again.headers.get("idempotent-replayed"), "true");
    }
    assert.equal(await agents("Once"), 1);
  });

  test("of twenty at the same moment one is carried out", async () => {
    const id = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => create("Racing", id)));
    assert.equal(await agents("Racing"), 1);
    const done = answers.filter(({ status }) => status === 200);
    assert.ok(done.length >= 1);
    assert.equal(new Set(done.map(({ text }) => text)).size, 1);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      assert.equal(answer.status, 409, answer.text);
      assert.ok(Number(answer.headers.get("retry-after")) >= 1);
    }
    assert.equal((await create("Racing", id)).text, done[0].text);
  });

  test("a key that came with another request is refused", async () => {
    const id = randomUUID();
    await create("First", id);
    for (const answer of [await create("Second", id), await call("POST", "/v1/agents?x=1", { body: { name: "First" }, headers: { "idempotency-key": id } })]) {
      assert.equal(answer.status, 422, answer.text);
      assert.equal(answer.json.error.code, "idempotency_key_reused");
    }
    assert.equal(await agents("Second"), 0);
  });

  test("a request that was refused frees its key", async () => {
    const id = randomUUID();
    assert.equal((await create("", id)).status, 400);
    assert.equal((await create("After all", id)).status, 200);
    assert.equal(await agents("After all"), 1);
  });

  test("two programs may use the same key, and two workspaces", async () => {
    const id = randomUUID();
    const { secret } = await product.client.call("POST", "/v1/api-keys", { name: "second", scopes: ["agents:read", "agents:write"], rate_limit: 600 });
    const foreign = await other.client.call("POST", "/v1/api-keys", { name: "theirs", scopes: ["agents:read", "agents:write"], rate_limit: 600 });
    const answers = [await create("Shared", id), await create("Shared", id, { secret }), await create("Shared", id, { secret: foreign.secret })];
    assert.deepEqual(answers.map(({ status, headers }) => [status, headers.get("idempotent-replayed")]), [[200, null], [200, null], [200, null]]);
    assert.equal(await agents("Shared"), 2);
  });

  test("a key of the wrong form is refused with its name", async () => {
    for (const wrong of ["x".repeat(256), "two words"]) {
      const answer = await create("Wrong", wrong);
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.json.error.field, "Idempotency-Key");
    }
    assert.equal(await agents("Wrong"), 0);
  });

  test("what was cut off is not done again unasked", async () => {
    const id = randomUUID();
    await create("Cut off", id);
    const database = product.relations;
    const cut = (at) => database.prepare("UPDATE idempotent_requests SET status = NULL, answer = NULL, begun_at = ?2 WHERE key = ?1").bind(id, at).run();
    await cut(Date.now());
    const soon = await create("Cut off", id);
    assert.equal(soon.status, 409);
    assert.ok(soon.headers.get("retry-after"));
    await cut(Date.now() - 600_000);
    const late = await create("Cut off", id);
    assert.equal(late.status, 409);
    assert.match(late.json.error.message, /may have been carried out/);
    assert.equal(await agents("Cut off"), 1);
  });

  test("answers lie sealed, and an issued secret is answered again without lying open", async () => {
    const id = randomUUID();
    const ask = () => product.client.raw("POST", "/v1/api-keys", { name: "kept", scopes: ["agents:read"], rate_limit: 60 }, { "idempotency-key": id }).then((response) => response.json());
    const first = await ask();
    assert.equal((await ask()).data.secret, first.data.secret);
    const { results } = await product.relations.prepare("SELECT * FROM idempotent_requests").all();
    const text = JSON.stringify(results);
    assert.ok(results.some((row) => row.key === id && row.answer));
    assert.ok(!text.includes(first.data.secret) && !text.includes('"name"'));
  });

  test("after a day a key is forgotten", async () => {
    const id = randomUUID();
    await create("Daily", id);
    const database = product.relations;
    await database.prepare("UPDATE idempotent_requests SET begun_at = ?2 WHERE key = ?1").bind(id, Date.now() - 25 * 3_600_000).run();
    const worker = await product.miniflare.getWorker(product.back);
    await worker.scheduled({ cron: "* * * * *" });
    assert.equal((await create("Daily", id)).headers.get("idempotent-replayed"), null);
    assert.equal(await agents("Daily"), 2);
  });
});

describe("entity tags", () => {
  test("who has the newest answer gets none, until it changes", async () => {
    const first = await call("GET", "/v1/agents");
    const tag = first.headers.get("etag");
    assert.match(tag, /^"[0-9a-f]{32}"$/);
    assert.equal(first.headers.get("cache-control"), "private, no-cache");
    for (const known of [tag, `W/${tag}`, `"x", ${tag}`, "*"]) {
      const again = await call("GET", "/v1/agents", { headers: { "if-none-match": known } });
      assert.equal(again.status, 304, known);
      assert.equal(again.text, "");
      assert.equal(again.headers.get("etag"), tag);
    }
    await create("A change", randomUUID());
    const changed = await call("GET", "/v1/agents", { headers: { "if-none-match": tag } });
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers.get("etag"), tag);
  });

  test("a browser keeps nothing", async () => {
    const response = await product.client.raw("GET", "/v1/agents");
    assert.equal(response.headers.get("cache-control"), "no-store");
  });

  test("a refusal has none", async () => {
    const answer = await call("GET", "/v1/agents/agt_00000000000000000000000000");
    assert.equal(answer.status, 404);
    assert.equal(answer.headers.get("etag"), null);
  });
});

test("the document names both headers where they count, and nowhere else", () => {
  const { paths } = JSON.parse(readFileSync(join(root, "schemas/openapi.json"), "utf8"));
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const named = operation.parameters.filter((parameter) => parameter.in === "header").map((parameter) => parameter.name);
      const data = (operation.responses[200] ?? operation.responses[201]).content;
      const wanted = !operation["x-permission"] ? [] : method === "post" ? ["Idempotency-Key"] : method === "get" && data ? ["If-None-Match"] : [];
      assert.deepEqual(named, wanted, `${method} ${path}`);
    }
  }
});
