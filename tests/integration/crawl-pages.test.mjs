// Odd sites: what is wrong with them is common, and what they say is known all the same. A site that shuts us out in
// the middle of a crawl; failed pages read again by themselves.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { CHARSETS, startOdd } from "../sites/odd.mjs";
import { start } from "./harness.mjs";

const PATIENCE = 120_000;
const host = (site) => new URL(site.url).host;

async function crawled(client, agent, url) {
  const source = await client.call("POST", `/v1/agents/${agent}/sources`, { url });
  return client.indexed(source.id, { timeout: PATIENCE });
}

async function again(client, id, how = "reindex") {
  await client.call("POST", `/v1/sources/${id}/${how}`);
  return client.indexed(id, { timeout: PATIENCE });
}

const path = (address) => address.slice(new URL(address).origin.length);

/** Pages of a source by what follows the host. */
async function pagesOf(client, id) {
  return new Map((await client.all(`/v1/sources/${id}/pages`)).map((page) => [path(page.url), page]));
}

/** Indexed texts by the same. */
async function textsOf(client, id) {
  return new Map((await client.all(`/v1/sources/${id}/documents`)).map((document) => [path(document.url), document]));
}

describe("odd sites", () => {
  let product, site, source, pages, texts;
  before(async () => {
    site = await startOdd();
    product = await start({ local: [host(site)] });
    source = await crawled(product.client, product.agent, `${site.url}/`);
    pages = await pagesOf(product.client, source.id);
    texts = await textsOf(product.client, source.id);
  });
  after(async () => {
    await product?.stop();
    await site?.close();
  });

  const ends = (path, state, reason) => {
    assert.equal(pages.get(path)?.state, state, `${path}: ${pages.get(path)?.reason}`);
    if (reason) assert.match(pages.get(path).reason, reason, path);
  };

  test("numbers tell pages apart; where a visitor came from, visits and the order of parameters do not", () => {
    assert.equal(source.state, "indexed", source.reason);
    for (const path of ["/news?page=1", "/news?page=2", "/news?page=3", "/item?id=7", "/item?id=8&size=2"]) ends(path, "indexed");
    const asked = site.hits.filter((path) => /^\/(news|item)/.test(path)).sort();
    assert.deepEqual(asked, ["/item?id=7", "/item?id=8&size=2", "/news?page=1", "/news?page=2", "/news?page=3"]);
  });

  test("a base moves the links of its page", () => ends("/docs/guide", "indexed"));

  test("canonical addresses: relative, in a chain, in a circle, in vain", () => {
    ends("/canon/copy", "redirected", /\/canon\/original$/);
    ends("/canon/original", "indexed");
    ends("/chain/1", "redirected");
    ends("/chain/2", "redirected");
    ends("/chain/3", "indexed");
    assert.deepEqual(["/circle/a", "/circle/b"].map((path) => pages.get(path).state).sort(), ["indexed", "redirected"]);
    ends("/taken-down", "failed");
    ends("/vain", "indexed");
  });

  test("translations are pages of their own, in their language", () => {
    ends("/en/", "indexed");
    ends("/de/", "indexed");
    assert.deepEqual(["/en/", "/de/"].map((path) => pages.get(path).language), ["en", "de"]);
  });

  test("a page that sends its visitors on is a redirect, one that does so later is a page", () => {
    ends("/moved", "redirected", /\/arrived$/);
    ends("/arrived", "indexed");
    ends("/slow-move", "indexed");
    ends("/second-slide", "indexed");
  });

  test("nofollow and noindex are obeyed, on links, in pages and in headers", () => {
    ends("/quiet", "indexed");
    ends("/header", "skipped", /not to be indexed/);
    ends("/from-header", "indexed");
    for (const path of ["/only-from-quiet", "/not-followed"]) assert.ok(!site.hits.includes(path), path);
  });

  test("an address that does not exist is known by what the site shows there, although it says 200", () => {
    ends("/dead", "skipped", /not found/);
    assert.equal(site.hits.filter((path) => path.startsWith("/frontdesk-")).length, 1, "one probe for the site");
    assert.ok(![...texts.values()].some((document) => document.text.includes("mistyped")));
  });

  for (const [path, { text }] of Object.entries(CHARSETS)) {
    test(`${path} is read as it was written`, () => {
      ends(path, texts.has(path) ? "indexed" : "duplicate");
      // The same text at several addresses is one document.
      const found = [...texts.values()].filter((document) => document.text.includes(text));
      assert.ok(found.length > 0, texts.get(path)?.text);
      if (texts.has(path)) assert.ok(texts.get(path).text.includes(text), texts.get(path).text);
    });
  }

  test("shadow roots are read, other templates are not", () => {
    assert.match(texts.get("/shadow").text, /drawbridge is raised at noon[^]*nine minutes/);
    assert.match(texts.get("/inert").text, /Only this is shown/);
    assert.ok(!texts.get("/inert").text.includes("lorem"));
  });

  test("broken HTML keeps its text and its links", () => {
    ends("/broken", "indexed");
    for (const words of ["Tube", "9 pounds", "Tyre", "25 pounds", "Paid in cash", "or by card", "never closed"]) {
      assert.ok(texts.get("/broken").text.includes(words), `${words}: ${texts.get("/broken").text}`);
    }
  });

  test("a list that is sorted in every way, and a calendar without end, take no more than their share", () => {
    const asked = (pattern) => site.hits.filter((path) => pattern.test(path)).length;
    assert.equal(asked(/^\/shop\?/), 10);
    assert.equal(asked(/^\/calendar\//), 24);
  });

  test("an app that shows nothing without its scripts is reported, and so are its routes", () => {
    for (const path of ["/app", "/app#/about", "/app#!/prices"]) {
      ends(path, "skipped", /JavaScript/);
      assert.equal(pages.get(path).needs_script, true);
      assert.match(pages.get(path).remark, /^[A-Z].{20,}\.$/);
    }
    assert.ok(![...pages.keys()].some((path) => path.includes("#plain") || path.includes("#top")));
    assert.equal(site.hits.filter((path) => path === "/app").length, 1);
  });
});

/** A site of `count` pages that lets us in as `gate` says: a status for a path and how often it was asked for. */
async function gated(count, joiner) {
  const site = { hits: [], gate: () => 200 };
  const server = createServer((request, response) => {
    site.hits.push(request.url);
    const n = Number(/^\/room-(\d+)$/.exec(request.url)?.[1] ?? (request.url === "/" ? 0 : NaN));
    if (!(n <= count)) return response.writeHead(404).end();
    const status = site.gate(request.url, site.hits.length);
    if (status !== 200) return response.writeHead(status, { ...(status === 429 && { "retry-after": "1" }) }).end("no");
    const links = n === 0 ? Array.from({ length: count }, (_, at) => `<a href="/room-${at + 1}">${at + 1}</a>`).join(" ") : "";
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(`<!doctype html><html lang="en"><title>Room ${n}</title><main><h1>Room ${n}</h1><p>Room number ${n} was furnished by ${joiner} ${n * 7 + 3} with ${n + 2} chairs.</p>${links}</main></html>`);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  site.url = `http://127.0.0.1:${server.address().port}`;
  site.close = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  return site;
}

describe("sites that do not let us in", () => {
  const ROOMS = 30;
  let product;
  const sites = {};
  before(async () => {
    for (const name of ["forbids", "limits"]) sites[name] = await gated(ROOMS, `a joiner who ${name}`);
    product = await start({ local: Object.values(sites).map(host) });
  });
  after(async () => {
    await product?.stop();
    await Promise.all(Object.values(sites).map((site) => site.close()));
  });

  for (const [name, status] of [["forbids", 403], ["limits", 429]]) {
    test(`a site that begins to answer ${status} in the middle: the run ends, yesterday's knowledge stays, the source says so`, async () => {
      const site = sites[name];
      let source = await crawled(product.client, product.agent, `${site.url}/`);
      assert.equal(source.progress.indexed, ROOMS + 1);
      site.hits.length = 0;
      site.gate = (path, hits) => (hits > 12 ? status : 200);
      source = await again(product.client, source.id);
      assert.equal(source.state, "indexed");
      assert.match(source.reason, new RegExp(`stopped letting us in \\(${status}\\).*kept`));
      assert.ok(source.progress.failed > 15 && source.progress.queued === 0, JSON.stringify(source.progress));
      assert.ok(site.hits.length < 45, `${site.hits.length} requests`);
      const texts = await textsOf(product.client, source.id);
      assert.equal(texts.size, ROOMS + 1, "nothing is forgotten");

      site.gate = () => 200;
      source = await again(product.client, source.id);
      assert.deepEqual([source.state, source.reason, source.progress.indexed + source.progress.unchanged], ["indexed", undefined, ROOMS + 1]);
    });
  }
});
