// Sites that are not open to everybody: a password or a header, which nobody sees again and which goes to the site
// alone; and pages that failed, read again by themselves.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { start, tenant } from "./harness.mjs";

const PATIENCE = 120_000;
const PASSWORD = "correct:horse-battery-staple-7731";
const VALUE = "header-value-90f2ab-77";
const BASIC = `Basic ${Buffer.from(`crawler:${PASSWORD}`).toString("base64")}`;

/** A site that shows its pages to `key` alone: [header, value]; `status(path)` may say otherwise. */
async function serve(pages, key = null) {
  const site = { hits: [], status: () => 200, key };
  const server = createServer(async (request, response) => {
    site.hits.push({ path: request.url, authorization: request.headers.authorization, key: request.headers["x-access-key"] });
    const page = pages[request.url];
    await site.held;
    if (request.url === "/robots.txt" || page === undefined) return response.writeHead(404).end();
    if (site.key && request.headers[site.key[0]] !== site.key[1]) return response.writeHead(401, { "www-authenticate": "Basic" }).end("no");
    const status = site.status(request.url);
    if (status !== 200) return response.writeHead(status).end("no");
    if (page.startsWith("http")) return response.writeHead(302, { location: page }).end();
    const links = Object.keys(pages).map((path) => `<a href="${path}">${path}</a>`).join(" ");
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(`<!doctype html><html lang="en"><title>${request.url}</title><nav>${links}</nav><main><h1>${request.url}</h1><p>${page}</p></main></html>`);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  site.url = `http://127.0.0.1:${server.address().port}`;
  site.host = new URL(site.url).host;
  site.close = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  return site;
}

const path = (address) => address.slice(new URL(address).origin.length);
const pagesOf = async (client, id) => new Map((await client.all(`/v1/sources/${id}/pages`)).map((page) => [path(page.url), page]));

async function crawled(client, agent, url) {
  const source = await client.call("POST", `/v1/agents/${agent}/sources`, { url });
  return client.indexed(source.id, { timeout: PATIENCE });
}

async function again(client, id, how = "reindex") {
  await client.call("POST", `/v1/sources/${id}/${how}`);
  return client.indexed(id, { timeout: PATIENCE });
}

let product;
const sites = {};
before(async () => {
  sites.other = await serve({ "/": "The page of somebody else, who must see no password." });
  sites.basic = await serve({ "/": "The price list for members begins with the brass bell.", "/two": "Members get their punctures repaired for nine pounds.", "/away": `${sites.other.url}/` }, ["authorization", BASIC]);
  sites.header = await serve({ "/": "The staging site shows the new opening hours of the workshop." }, ["x-access-key", VALUE]);
  sites.shaky = await serve({ "/": "The start page of a shaky site.", "/a": "Page A is about anchors.", "/b": "Page B is about bells.", "/c": "Page C is about chains." });
  product = await start({ local: Object.values(sites).map((site) => site.host), vars: { CRAWL_HEAD_MS: "3000", CRAWL_BODY_MS: "3000" } });
});
after(async () => {
  await product?.stop();
  await Promise.all(Object.values(sites).map((site) => site.close()));
});

/** Everything this installation says or stores, as text. */
async function everything(id) {
  const { client } = product;
  const said = await Promise.all([`/v1/sources/${id}`, `/v1/sources/${id}/access`, `/v1/sources/${id}/pages`, `/v1/sources/${id}/documents`, `/v1/agents/${product.agent}/sources`, "/v1/audit-log"].map(async (path) => (await client.raw("GET", path)).text()));
  const database = product.relations;
  const { results: tables } = await database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'").all();
  const rows = await Promise.all(tables.map(async ({ name }) => JSON.stringify((await database.prepare(`SELECT * FROM "${name}"`).all()).results)));
  return [...said, ...rows, ...product.log];
}

describe("a site behind a password", () => {
  let source;

  test("says what to do, and is read once the password is set", async () => {
    source = await crawled(product.client, product.agent, `${sites.basic.url}/`);
    assert.equal(source.state, "failed");
    assert.match((await pagesOf(product.client, source.id)).get("/").reason, /asks for a password \(401\)\. Set it in the source's settings/);
    assert.deepEqual(await product.client.get(`/v1/sources/${source.id}/access`), { kind: "open", name: "" });

    await product.client.call("PUT", `/v1/sources/${source.id}/access`, { kind: "basic", username: "crawler", password: "wrong" });
    source = await again(product.client, source.id);
    assert.match((await pagesOf(product.client, source.id)).get("/").reason, /with the password or header of this source \(401\)/);

    const set = await product.client.call("PUT", `/v1/sources/${source.id}/access`, { kind: "basic", username: "crawler", password: PASSWORD });
    assert.deepEqual([set.kind, set.name, typeof set.set_at, Object.keys(set).sort()], ["basic", "crawler", "number", ["kind", "name", "set_at"]]);
    source = await again(product.client, source.id);
    assert.deepEqual([source.state, source.progress.indexed], ["indexed", 2], source.reason);
  });

  test("the password goes to the site alone, not where it redirects", async () => {
    assert.equal((await pagesOf(product.client, source.id)).get("/away").state, "skipped");
    assert.ok(sites.basic.hits.some((hit) => hit.authorization === BASIC));
    // The same site is read by another source without it.
    await crawled(product.client, product.agent, `${sites.other.url}/`);
    assert.ok(sites.other.hits.length > 0 && sites.other.hits.every((hit) => !hit.authorization && !hit.key));
  });

  test("a header does the same", async () => {
    const header = await product.client.call("POST", `/v1/agents/${product.agent}/sources`, { url: `${sites.header.url}/` });
    await product.client.call("PUT", `/v1/sources/${header.id}/access`, { kind: "header", name: "X-Access-Key", value: VALUE });
    await product.client.indexed(header.id, { timeout: PATIENCE });
    const read = await again(product.client, header.id);
    assert.equal(read.state, "indexed", read.reason);
    assert.ok(sites.header.hits.some((hit) => hit.key === VALUE));
    for (const said of await everything(header.id)) assert.ok(!said.includes(VALUE), said.slice(0, 200));
  });

  test("the secret is in no answer, no log and no row", async () => {
    for (const said of await everything(source.id)) {
      assert.ok(!said.includes(PASSWORD) && !said.includes(BASIC) && !said.includes(BASIC.slice(6)), said.slice(0, 200));
    }
    const audit = JSON.stringify(await product.client.all("/v1/audit-log"));
    assert.match(audit, /source\.access_set/);
    assert.match(audit, /password of crawler/);
  });

  test("what cannot be sent is refused at its field, without the secret", async () => {
    for (const [body, field] of [
      [{ kind: "basic", username: "a:b", password: PASSWORD }, "username"],
      [{ kind: "basic", username: "a", password: `${PASSWORD}\r\nX-Other: 1` }, "password"],
      [{ kind: "basic", username: "a", password: "" }, "password"],
      [{ kind: "header", name: "X Key", value: VALUE }, "name"],
      [{ kind: "header", name: "Host", value: VALUE }, "name"],
      [{ kind: "header", name: "X-Key", value: `${VALUE}\n` + "X-Other: 1" }, "value"],
    ]) {
      const response = await product.client.raw("PUT", `/v1/sources/${source.id}/access`, body);
      const text = await response.text();
      assert.deepEqual([response.status, JSON.parse(text).error.field], [400, field], text);
      assert.ok(!text.includes(PASSWORD) && !text.includes(VALUE));
    }
    const text = await product.client.call("POST", `/v1/agents/${product.agent}/sources`, { kind: "text", title: "T", text: "Some words." });
    assert.equal((await product.client.raw("PUT", `/v1/sources/${text.id}/access`, { kind: "basic", username: "a", password: "b" })).status, 400);
  });

  test("another workspace finds no such source; removed, it is gone", async () => {
    const other = await tenant(product, "stranger@example.test");
    for (const [method, body] of [["GET"], ["PUT", { kind: "basic", username: "a", password: "b" }], ["DELETE"]]) {
      assert.equal((await other.client.raw(method, `/v1/sources/${source.id}/access`, body)).status, 404, method);
    }
    await product.client.call("DELETE", `/v1/sources/${source.id}/access`);
    await product.client.call("DELETE", `/v1/sources/${source.id}/access`);
    assert.deepEqual(await product.client.get(`/v1/sources/${source.id}/access`), { kind: "open", name: "" });
    sites.basic.hits.length = 0;
    source = await again(product.client, source.id);
    assert.equal(source.state, "failed");
    assert.ok(sites.basic.hits.every((hit) => !hit.authorization));
    assert.equal((await product.client.all(`/v1/sources/${source.id}/documents`)).length, 2, "yesterday's knowledge stays");
  });
});

describe("pages that failed", () => {
  const refused = async (id) => {
    const response = await product.client.raw("POST", `/v1/sources/${id}/retry`);
    const { error } = await response.json();
    assert.deepEqual([response.status, error?.code], [409, "conflict"]);
    assert.match(error.message, /^[A-Z].{20,}\.$/);
    return error.message;
  };

  test("are read again by themselves, and nothing else is", async () => {
    const { client } = product;
    sites.shaky.status = (path) => (["/b", "/c"].includes(path) ? 418 : 200);
    let source = await crawled(client, product.agent, `${sites.shaky.url}/`);
    assert.deepEqual([source.progress.indexed, source.progress.failed], [2, 2]);
    sites.shaky.hits.length = 0;
    sites.shaky.status = (path) => (path === "/c" ? 418 : 200);
    source = await again(client, source.id, "retry");
    assert.deepEqual([source.state, source.progress.indexed, source.progress.failed], ["indexed", 3, 1]);
    assert.deepEqual(sites.shaky.hits.map((hit) => hit.path).sort(), ["/b", "/c"]);
    assert.equal((await client.all(`/v1/sources/${source.id}/documents`)).length, 3);
    sites.shaky.status = () => 200;
    source = await again(client, source.id, "retry");
    assert.deepEqual([source.progress.indexed, source.progress.failed], [4, 0]);
    assert.match(await refused(source.id), /No page failed/);
  });

  test("not while a crawl is going", async () => {
    const { client } = product;
    const [source] = (await client.get(`/v1/agents/${product.agent}/sources`)).filter((source) => source.url === `${sites.shaky.url}/`);
    let release;
    sites.shaky.held = new Promise((go) => { release = go; });
    await client.call("POST", `/v1/sources/${source.id}/reindex`);
    assert.match(await refused(source.id), /being crawled/);
    release();
    await client.indexed(source.id, { timeout: PATIENCE });
  });
});
