// Crawling: what becomes of every address of a site that is as it should be, of one that changes and of one that
// misbehaves; addresses that are refused; a crawl whose process is killed; an index that is lost.
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Client } from "../../scripts/client.mjs";
import { newSecrets } from "../../scripts/secrets.mjs";
import { HOSTILE_ROUTES, startHostile } from "../sites/hostile.mjs";
import { DUPLICATES, REDIRECTS, loadPages, startSite } from "../sites/serve.mjs";
import { AGENT, OWNER, Visitor, folder, start, startAgain, until } from "./harness.mjs";
import { killable } from "./killable.mjs";

const DEAD = "/blog/chain-gauges-compared/";
const CANARY = "marlinspike-47";
const PATIENCE = 180_000;

const host = (site) => new URL(site.url).host;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** A source crawled to its end. */
async function crawled(client, agent, url) {
  const source = await client.call("POST", `/v1/agents/${agent}/sources`, { url });
  return client.indexed(source.id, { timeout: PATIENCE });
}

async function again(client, id) {
  await client.call("POST", `/v1/sources/${id}/reindex`);
  return client.indexed(id, { timeout: PATIENCE });
}

/** Pages of a source by path. */
async function pagesOf(client, id) {
  const pages = await client.all(`/v1/sources/${id}/pages`);
  const byPath = new Map(pages.map((page) => [new URL(page.url).pathname + new URL(page.url).search, page]));
  assert.equal(byPath.size, pages.length, "an address is listed once");
  return byPath;
}

const documentsOf = (client, id) => client.all(`/v1/sources/${id}/documents`);

/** Keys of everything in R2 that an index could be rebuilt from. */
async function stored(product) {
  const bucket = await product.miniflare.getR2Bucket("FILES", product.back);
  const keys = [];
  for (let cursor; ; ) {
    const page = await bucket.list({ prefix: "passages/", cursor });
    keys.push(...page.objects.map((object) => object.key));
    if (!page.truncated) return keys.sort();
    cursor = page.cursor;
  }
}

const rows = async (product, source) => {
  const database = product.relations;
  return (await database.prepare("SELECT id FROM documents WHERE source_id = ?1 ORDER BY id").bind(source).all()).results.map((row) => row.id);
};

async function ask(product, text) {
  const visitor = await Visitor.open(product);
  const answer = await visitor.ask(text);
  await visitor.close();
  assert.equal(answer.type, "turn_finished");
  return { text: answer.text, cited: answer.citations.map((citation) => new URL(citation.url).pathname) };
}

/** Counts add up, nothing is left open, and whatever was left out or failed has a reason in words. */
function settled(source, pages) {
  const { found, passages, ...states } = source.progress;
  assert.equal(found, pages.size);
  assert.equal(Object.values(states).reduce((sum, count) => sum + count, 0), found);
  assert.equal(states.queued + states.fetching, 0);
  for (const [path, page] of pages) {
    assert.ok(!["queued", "fetching"].includes(page.state), `${path} is ${page.state}`);
    if (["skipped", "failed"].includes(page.state)) assert.match(page.reason ?? "", /^[A-Z].{10,}\.$/, path);
    if (["redirected", "duplicate"].includes(page.state)) assert.ok(URL.canParse(page.reason), path);
    if (["indexed", "unchanged"].includes(page.state)) assert.ok(page.passages > 0 && page.title && page.document_id, path);
  }
  assert.equal([...pages.values()].reduce((sum, page) => sum + page.passages, 0), passages);
}

/** Index, R2 and relations hold the same documents. */
async function consistent(product, client, source) {
  const documents = await documentsOf(client, source.id);
  const ids = documents.map((document) => document.id).sort();
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual((await stored(product)).filter((key) => key.includes(source.id)).map((key) => key.split("/").at(-1)), ids.map((id) => `${id}.json`));
  assert.deepEqual(await rows(product, source.id), ids);
  const pages = [...(await pagesOf(client, source.id)).values()].filter((page) => page.document_id);
  assert.deepEqual(pages.map((page) => page.document_id).sort(), ids);
  assert.equal(documents.reduce((sum, document) => sum + document.passages, 0), source.progress.passages);
  return documents;
}

/**
 * A site made of `pages` (path to HTML of the main content, a redirect's target, or a function that answers),
 * every one of which takes `delay` ms. Counts how many are asked for at once.
 */
async function tiny(pages, { delay = 0, robots } = {}) {
  const site = { pages, hits: [], most: 0, open: 0 };
  const server = createServer(async (request, response) => {
    site.hits.push({ path: request.url, t: Date.now(), ua: request.headers["user-agent"] });
    site.most = Math.max(site.most, (site.open += 1));
    const page = request.url === "/robots.txt" ? robots : site.pages[request.url];
    if (request.url !== "/robots.txt") await wait(delay);
    site.open -= 1;
    if (typeof page === "function") return page(response);
    if (page?.startsWith("/")) return response.writeHead(302, { location: page }).end();
    const links = Object.keys(site.pages).map((path) => `<a href="${path}">${path}</a>`).join(" ");
    const html = `<!doctype html><html lang="en"><title>${request.url}</title><body><nav>${links}</nav><main><h1>${page?.slice(0, 20)}</h1><p>${page}</p></main></body></html>`;
    const body = request.url === "/robots.txt" ? page : html;
    response.writeHead(page === undefined ? 404 : 200, { "content-type": request.url === "/robots.txt" ? "text/plain" : "text/html; charset=utf-8" }).end(body);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  site.url = `http://127.0.0.1:${server.address().port}`;
  site.close = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  return site;
}

/** Each a second after the one before. A request is noted late where this machine is busy, but never early. */
function later(times, what) {
  for (let at = 1; at < times.length; at += 1) assert.ok(times[at] - times[0] >= at * 1_000 - 400, `${what}: ${times.map((time) => time - times[0])} ms`);
}

const prose = (n, place = "museum") => `Room number ${n} of the ${place} shows ${n} ship models, and the ${n}th of them was carved from whalebone by keeper ${n * 7 + 3}.`;

describe("the demo site", () => {
  let product, site, source, pages, documents;
  before(async () => {
    site = await startSite({});
    product = await start({ local: [host(site)] });
    source = await crawled(product.client, product.agent, `${site.url}/`);
    pages = await pagesOf(product.client, source.id);
    documents = await documentsOf(product.client, source.id);
  });
  after(async () => {
    await product?.stop();
    await site?.close();
  });

  test("is indexed, and every address ended in a state with a reason", () => {
    assert.equal(source.state, "indexed", source.reason);
    settled(source, pages);
    assert.ok([...pages.values()].every((page) => page.depth <= 3));
  });

  test("every public page is indexed: the slow one, and those that only links lead to", () => {
    const twins = Object.entries(DUPLICATES).flat();
    const expected = loadPages().filter((page) => page.phase !== 1 && !page.path.startsWith("/staff/") && !twins.includes(page.path));
    for (const { path } of expected) assert.equal(pages.get(path)?.state, "indexed", path);
    assert.ok(expected.some((page) => page.slow) && expected.some((page) => !page.sitemap));
    const known = new Set([...expected.map((page) => page.path), ...twins, ...Object.keys(REDIRECTS), DEAD, "/staff/"]);
    assert.deepEqual([...pages.keys()].filter((path) => !known.has(path)), []);
  });

  test("languages are those of the pages", () => {
    for (const { path, lang } of loadPages().filter((page) => page.phase !== 1 && page.lang !== "en")) {
      assert.equal(pages.get(path)?.language?.slice(0, 2), lang.slice(0, 2), path);
    }
  });

  test("the folder that robots.txt forbids was not asked for, and nothing of it is known", async () => {
    assert.equal(pages.get("/staff/").state, "skipped");
    assert.match(pages.get("/staff/").reason, /robots\.txt/);
    assert.ok(!site.hits.some((hit) => hit.path.startsWith("/staff")));
    assert.ok(!JSON.stringify(documents).includes(CANARY));
    assert.ok(!(await ask(product, "What is the staff word of the month?")).text.includes(CANARY));
  });

  test("the redirect is recorded with its target", () => {
    const { state, reason, http_status } = pages.get("/old-prices");
    assert.deepEqual([state, reason, http_status], ["redirected", `${site.url}/prices/`, 301]);
  });

  test("the dead link failed with a reason", () => {
    const { state, reason, http_status } = pages.get(DEAD);
    assert.deepEqual([state, http_status], ["failed", 404]);
    assert.match(reason, /no page/);
  });

  test("the same content at two addresses is indexed once", () => {
    for (const pair of Object.entries(DUPLICATES)) {
      const found = pair.map((path) => pages.get(path));
      assert.deepEqual(found.map((page) => page.state).sort(), ["duplicate", "indexed"]);
      const [copy, kept] = found[0].state === "duplicate" ? found : found.toReversed();
      assert.equal(copy.reason, kept.url);
    }
  });

  test("tracking parameters are dropped, and no address was asked for twice", () => {
    assert.ok(![...pages.keys()].some((path) => path.includes("?")));
    const asked = site.hits.map((hit) => hit.path);
    assert.ok(!asked.some((path) => /utm_|gclid/.test(path)));
    assert.deepEqual(asked.filter((path, at) => asked.indexOf(path) !== at), []);
  });

  test("the PDF and other files are left out", () => {
    assert.ok(!site.hits.some((hit) => /\.(pdf|css|js|svg)$/.test(hit.path)));
  });

  test("the sitemap index and its gzipped part are used", () => {
    for (const path of ["/robots.txt", "/sitemap.xml", "/sitemap-pages.xml", "/sitemap-blog.xml.gz"]) {
      assert.equal(site.hits.filter((hit) => hit.path === path && hit.status === 200).length, 1, path);
    }
  });

  test("the crawler says who it is", () => {
    for (const { ua, path } of site.hits) assert.match(ua, /^FrontdeskBot\/\d.* \(\+https?:\/\//, path);
  });

  test("index, R2 and relations hold the same documents", () => consistent(product, product.client, source));

  test("pages are listed by state, and by cursor", async () => {
    const failed = await product.client.all(`/v1/sources/${source.id}/pages?state=failed`);
    assert.deepEqual(failed.map((page) => new URL(page.url).pathname), [DEAD]);
    const refused = await product.client.raw("GET", `/v1/sources/${source.id}/pages?state=lost`);
    assert.deepEqual([refused.status, (await refused.json()).error.field], [400, "state"]);
  });

  test("a page that changes and one that goes: the new text is known, the old is not", async () => {
    const offer = "What is this week's special offer?";
    const lantern = "How much does it cost to take part in the lantern ride?";
    const before = await ask(product, offer);
    assert.match(before.text, /£17/);
    assert.ok(before.cited.includes("/this-week/"));
    assert.ok((await ask(product, lantern)).cited.includes("/lantern-ride/"));
    site.setPhase(1);
    source = await again(product.client, source.id);
    assert.equal(source.state, "indexed", source.reason);
    const documents = await consistent(product, product.client, source);
    const week = documents.find((document) => new URL(document.url).pathname === "/this-week/");
    assert.match(week.text, /£23/);
    assert.ok(!week.text.includes("£17"));
    assert.ok(!documents.some((document) => document.url.includes("lantern-ride")));
    const changed = await ask(product, offer);
    assert.match(changed.text, /£23/);
    assert.ok(!changed.text.includes("£17"));
    assert.ok(!(await ask(product, lantern)).cited.includes("/lantern-ride/"));
  });

  test("a deleted source leaves nothing behind", async () => {
    await product.client.call("DELETE", `/v1/sources/${source.id}`);
    assert.deepEqual(await stored(product), []);
    assert.deepEqual(await rows(product, source.id), []);
    for (const path of ["", "/pages", "/documents"]) {
      assert.equal((await product.client.raw("GET", `/v1/sources/${source.id}${path}`)).status, 404, path);
    }
    assert.equal((await product.client.raw("DELETE", `/v1/sources/${source.id}`)).status, 404);
    assert.deepEqual(await product.client.get(`/v1/agents/${product.agent}/sources`), []);
    const overview = await product.client.get(`/v1/agents/${product.agent}/overview`);
    assert.deepEqual([overview.documents, overview.passages], [0, 0]);
    assert.deepEqual((await ask(product, "What does a puncture repair cost?")).cited, []);
  });
});

describe("the hostile server", () => {
  let product, site, source, pages;
  before(async () => {
    site = await startHostile();
    // The bomb is built once, before anyone waits for it.
    await fetch(`${site.url}/huge.gz`, { method: "HEAD" });
    site.reset();
    product = await start({ local: [host(site)], vars: { CRAWL_HEAD_MS: "5000", CRAWL_BODY_MS: "8000" } });
    source = await crawled(product.client, product.agent, `${site.url}/`);
    pages = await pagesOf(product.client, source.id);
  });
  after(async () => {
    await product?.stop();
    await site?.close();
  });

  test("the crawl ends, and every address with it", () => {
    assert.equal(source.state, "indexed", source.reason);
    settled(source, pages);
    // What is a file by its name is no page; the bomb has a test of its own.
    for (const path of HOSTILE_ROUTES) assert.equal(pages.has(path), path !== "/huge.gz", path);
  });

  const ends = {
    "/": ["indexed"],
    "/loop/a": ["redirected", /\/loop\/b$/],
    "/loop/b": ["redirected", /\/loop\/a$/],
    "/huge": ["failed", /larger than 10 MB/],
    "/hang": ["failed", /in time/],
    "/drip": ["failed", /in time/],
    "/binary": ["skipped", /no web page/],
    "/not-html": ["skipped", /no web page/],
    "/redirect-private": ["skipped", /another site|private/],
    "/redirect-decimal": ["skipped", /another site|private/],
    "/busy": ["indexed"],
    "/limited": ["indexed"],
    "/broken": ["indexed"],
    "/empty": ["skipped", /no text/],
    "/noindex": ["skipped", /not to be indexed/],
    "/infinite/1": ["indexed"],
  };
  for (const [path, [state, reason]] of Object.entries(ends)) {
    test(`${path} ends ${state}`, () => {
      const page = pages.get(path);
      assert.equal(page.state, state, page.reason);
      if (reason) assert.match(page.reason, reason);
    });
  }

  test("a bomb fails by its size after decompression", async () => {
    const bomb = await crawled(product.client, product.agent, `${site.url}/huge.gz`);
    assert.equal(bomb.state, "failed");
    assert.match(bomb.reason, /No page could be read/);
    const page = (await pagesOf(product.client, bomb.id)).get("/huge.gz");
    assert.equal(page.state, "failed");
    assert.match(page.reason, /larger than 10 MB/);
  });

  test("what is huge is not read to its end", () => {
    const bytes = site.hits.filter((hit) => hit.path === "/huge").map((hit) => hit.bytes);
    assert.ok(bytes.length === 1 && bytes[0] < 100 << 20, String(bytes));
  });

  test("Retry-After is waited for", () => {
    for (const [path, tries] of [["/busy", 3], ["/limited", 2]]) {
      const times = site.hits.filter((hit) => hit.path === path).map((hit) => hit.t);
      assert.equal(times.length, tries, path);
      later(times, path);
    }
  });

  test("the calendar without end is followed three links deep", () => {
    const days = [...pages.keys()].filter((path) => path.startsWith("/infinite/")).sort();
    assert.deepEqual(days, [1, 2, 3, 4, 5].map((n) => `/infinite/${n}`));
  });

  test("links in plain text are not followed, and what asks not to be indexed is not known", async () => {
    assert.ok(!site.hits.some((hit) => hit.path === "/never-follow-me"));
    const documents = await consistent(product, product.client, source);
    assert.ok(!JSON.stringify(documents).includes("fennel"));
  });

  test("the Worker still answers", async () => {
    assert.equal((await product.client.get("/v1/health")).ok, true);
    assert.match((await ask(product, "How many steps does the lighthouse have?")).text, /ninety-four/);
  });
});

describe("small sites", () => {
  let product;
  const sites = {};
  const url = (name) => `${sites[name].url}/`;
  const numbered = (count, place) => Object.fromEntries([["/", `Welcome to the ${place} of ships, open every day but Monday.`], ...Array.from({ length: count }, (_, n) => [`/room-${n + 1}`, prose(n + 1, place)])]);
  before(async () => {
    sites.many = await tiny(numbered(60, "museum"), { delay: 450 });
    sites.slow = await tiny(numbered(30, "gallery"), { delay: 700 });
    sites.restarted = await tiny(numbered(20, "library"), { delay: 400 });
    sites.polite = await tiny(numbered(3, "archive"), { robots: "User-agent: *\nCrawl-delay: 1\n" });
    sites.closed = await tiny(numbered(3, "cellar"), { robots: (response) => response.writeHead(500).end() });
    sites.moving = await tiny({ "/": "The museum moved its catalogue to another page.", "/old": prose(77, "catalogue"), "/new": prose(77, "catalogue") });
    sites.once = await tiny({ "/": "The harbour office opens at seven in the morning." });
    sites.textless = await tiny({ "/": (response) => response.writeHead(200, { "content-type": "application/pdf" }).end("%PDF") });
    sites.gone = await tiny({ "/": "The ferry to Gull Island leaves at a quarter past nine." });
    sites.demo = await startSite({ slowMs: 100 });
    product = await start({ local: Object.values(sites).map(host) });
  });
  after(async () => {
    await product?.stop();
    for (const site of Object.values(sites)) await site.close();
  });

  test("never more than five pages at once, however many bells ring", async () => {
    const source = await crawled(product.client, product.agent, url("many"));
    assert.equal(source.progress.indexed, 61);
    assert.ok(sites.many.most <= 5, `${sites.many.most} at once`);
    assert.ok(sites.many.most >= 2, "side by side");
  });

  test("a crawl delay is kept", async () => {
    const source = await crawled(product.client, product.agent, url("polite"));
    assert.equal(source.progress.indexed, 4);
    const times = sites.polite.hits.filter((hit) => hit.path !== "/robots.txt").map((hit) => hit.t);
    later(times, "polite");
  });

  test("without a readable robots.txt nothing is fetched, and the source says so", async () => {
    const source = await crawled(product.client, product.agent, url("closed"));
    assert.equal(source.state, "failed");
    assert.match(source.reason, /robots\.txt/);
    assert.ok(sites.closed.hits.every((hit) => hit.path === "/robots.txt"));
  });

  test("a site without a page of text fails with a reason", async () => {
    const source = await crawled(product.client, product.agent, url("textless"));
    assert.equal(source.state, "failed");
    assert.match(source.reason, /no page with text/);
  });

  test("a sitemap is a source: its pages, and no links from there", async () => {
    const source = await crawled(product.client, product.agent, `${sites.demo.url}/sitemap-blog.xml.gz`);
    assert.deepEqual([source.kind, source.state], ["sitemap", "indexed"], source.reason);
    const pages = await pagesOf(product.client, source.id);
    settled(source, pages);
    assert.deepEqual([...pages.keys()].sort(), loadPages().filter((page) => page.blog && page.sitemap).map((page) => page.path).sort());
    assert.ok(!sites.demo.hits.some((hit) => hit.path === "/sitemap.xml"));
  });

  test("a sitemap that is not there, or is none, fails with its own reason", async () => {
    const lost = await crawled(product.client, product.agent, `${sites.demo.url}/lost.xml`);
    assert.equal(lost.state, "failed");
    assert.match(lost.reason, /sitemap could not be read.*404/);
    sites.once.pages["/map.xml"] = (response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><p>This is no sitemap.");
    const none = await crawled(product.client, product.agent, `${sites.once.url}/map.xml`);
    delete sites.once.pages["/map.xml"];
    assert.equal(none.state, "failed");
    assert.match(none.reason, /sitemap could not be read\. \S+/);
  });

  test("content that moves to another address is kept there alone", async () => {
    let source = await crawled(product.client, product.agent, url("moving"));
    const first = (await consistent(product, product.client, source)).find((document) => document.text.includes("77"));
    // The one that was indexed goes; its twin stays.
    delete sites.moving.pages[new URL(first.url).pathname];
    source = await again(product.client, source.id);
    const second = (await consistent(product, product.client, source)).filter((document) => document.text.includes("77"));
    assert.equal(second.length, 1);
    assert.notEqual(second[0].url, first.url);
    delete sites.moving.pages[new URL(second[0].url).pathname];
    source = await again(product.client, source.id);
    assert.ok(!JSON.stringify(await consistent(product, product.client, source)).includes("whalebone"));
  });

  test("a site that is down keeps what it taught, and the source says what happened", async () => {
    let source = await crawled(product.client, product.agent, url("gone"));
    assert.equal(source.state, "indexed");
    await sites.gone.close();
    source = await again(product.client, source.id);
    assert.equal(source.state, "failed");
    assert.match(source.reason, /robots\.txt/);
    assert.equal((await documentsOf(product.client, source.id)).length, 1);
    assert.match((await ask(product, "When does the ferry to Gull Island leave?")).text, /quarter past nine/);
  });

  test("a source that is deleted in mid-crawl leaves nothing behind", async () => {
    const source = await product.client.call("POST", `/v1/agents/${product.agent}/sources`, { url: url("slow") });
    await until("pages under way", () => sites.slow.hits.length > 8 && sites.slow.open > 0, PATIENCE);
    await product.client.call("DELETE", `/v1/sources/${source.id}`);
    await until("the last page", () => sites.slow.open === 0, PATIENCE);
    const left = async () => (await stored(product)).filter((key) => key.includes(source.id));
    await wait(2_000);
    assert.deepEqual(await left(), []);
    assert.deepEqual(await rows(product, source.id), []);
    const asked = sites.slow.hits.length;
    await wait(1_500);
    assert.equal(sites.slow.hits.length, asked, "nothing is fetched for it any more");
    const answer = await ask(product, "What does room number 1 of the gallery show?");
    assert.ok(!answer.text.includes("gallery"), answer.text);
  });

  test("a crawl that is begun again in mid-crawl ends once, with every page", async () => {
    let source = await product.client.call("POST", `/v1/agents/${product.agent}/sources`, { url: url("restarted") });
    await until("pages under way", () => sites.restarted.hits.length > 6 && sites.restarted.open > 0, PATIENCE);
    source = await again(product.client, source.id);
    assert.equal(source.state, "indexed", source.reason);
    assert.equal(source.progress.indexed + source.progress.unchanged, 21);
    assert.equal((await consistent(product, product.client, source)).length, 21);
    assert.ok(sites.restarted.most <= 10, "what was under way is finished, nothing more is begun for the old run");
  });

  test("the same address twice is a conflict that names the field", async () => {
    const source = await crawled(product.client, product.agent, url("once"));
    for (const again of [url("once"), sites.once.url, `${sites.once.url}/#top`, `${sites.once.url}/?utm_source=x`]) {
      await assert.rejects(product.client.call("POST", `/v1/agents/${product.agent}/sources`, { url: again }), { status: 409, code: "conflict", field: "url" }, again);
    }
    const listed = await product.client.get(`/v1/agents/${product.agent}/sources`);
    assert.equal(listed.filter((one) => one.url === source.url).length, 1);
  });
});

describe("addresses that are refused", () => {
  let product;
  before(async () => {
    product = await start({ local: ["127.0.0.1:1"] });
  });
  after(() => product?.stop());

  const refused = {
    "a private network": ["http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.3.4/", "http://169.254.169.254/latest/meta-data/", "http://[fd00::1]/", "http://[fe80::1]/"],
    "this machine": ["http://127.0.0.1/", "http://127.0.0.1:2/", "http://localhost/", "http://localhost:8787/", "http://[::1]/", "http://0.0.0.0/", "http://[::ffff:127.0.0.1]/"],
    "another spelling of it": ["http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://127.0.0.1.nip.io/", "http://①②⑦.⓪.⓪.①/"],
    "another scheme": ["javascript:alert(1)", "ftp://example.com/", "file:///etc/passwd", "data:text/html,hi", "mailto:a@example.com"],
    "nothing": ["", "   ", "https://", "http://?"],
    "a name without a dot": ["intranet", "http://intranet/", "http://intranet:80/"],
    "a password": ["https://user:secret@example.com/", "https://user@example.com/"],
    "too long an address": [`https://example.com/${"x".repeat(3_000)}`],
    "spaces and control characters": ["exa mple.com", "https://example .com/", "\u0000", "https://exa\u0000mple.com/"],
    "an odd port": ["https://example.com:22/", "http://example.com:6379/"],
  };
  for (const [name, urls] of Object.entries(refused)) {
    test(name, async () => {
      for (const url of urls) {
        const response = await product.client.raw("POST", `/v1/agents/${product.agent}/sources`, { url });
        const { error } = await response.json();
        assert.deepEqual([response.status, error?.code, error?.field], [422, "address_refused", "url"], url.slice(0, 60));
        assert.match(error.message, /^[A-Z].{15,}\.$/);
        assert.ok(!error.message.includes("secret"));
      }
    });
  }

  test("a body without an address", async () => {
    for (const [body, ...expected] of [[{}, 422, "address_refused"], [[], 400, "malformed"], [{ url: 7 }, 400, "malformed"], [{ url: null }, 400, "malformed"], [{ kind: "castle", url: "https://example.com/" }, 400, "malformed"]]) {
      const response = await product.client.raw("POST", `/v1/agents/${product.agent}/sources`, body);
      assert.deepEqual([response.status, (await response.json()).error.code], expected);
    }
  });

  test("nothing came of any of them", async () => {
    assert.deepEqual(await product.client.get(`/v1/agents/${product.agent}/sources`), []);
  });
});

describe("a bounded number of pages", () => {
  let product, site;
  before(async () => {
    const rooms = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`/room-${n + 1}`, prose(n + 1)]));
    site = await tiny({ "/": "Welcome to the museum of ships.", "/moved": "/hall", ...rooms, "/hall": "The great hall is closed for repairs until spring." });
    product = await start({ local: [host(site)], vars: { MAX_PAGES: "6" } });
  });
  after(async () => {
    await product?.stop();
    await site?.close();
  });

  test("no more are read, and where a redirect leads is one of them", async () => {
    const source = await crawled(product.client, product.agent, `${site.url}/`);
    const pages = await pagesOf(product.client, source.id);
    settled(source, pages);
    assert.equal(source.progress.indexed, 6);
    assert.equal(pages.get("/moved").state, "redirected");
    assert.equal(pages.get("/hall").state, "indexed");
  });
});

describe("killed and lost", () => {
  let state, site, product;
  const secrets = newSecrets();
  before(async () => {
    state = folder();
    site = await startSite({ slowMs: 500 });
  });
  after(async () => {
    await product?.kill?.().catch(() => {});
    await product?.stop?.();
    await site?.close();
    state?.remove();
  });

  test("a crawl whose process is killed twice finishes, with no page lost or doubled; a lost index comes back", async () => {
    const vars = { LOCAL_HOSTS: host(site), CRAWL_HEAD_MS: "2000", CRAWL_BODY_MS: "2000" };
    product = await killable({ state: state.path, secrets, vars });
    const client = new Client(product.url);
    const made = await client.bootstrap(secrets.BOOTSTRAP_TOKEN, { ...OWNER, name: "O", workspace: "W", agent: AGENT });
    await client.signIn(OWNER);
    let source = await client.call("POST", `/v1/agents/${made.agent_id}/sources`, { url: `${site.url}/` });
    for (const hits of [12, 30]) {
      await until(`${hits} requests`, () => site.hits.length >= hits, PATIENCE);
      await product.kill();
      await product.start();
    }
    source = await client.indexed(source.id, { timeout: PATIENCE });
    assert.equal(source.state, "indexed", source.reason);
    const pages = await pagesOf(client, source.id);
    settled(source, pages);
    const twins = Object.entries(DUPLICATES).flat();
    const expected = loadPages().filter((page) => page.phase !== 1 && !page.path.startsWith("/staff/"));
    for (const { path } of expected) {
      assert.ok(twins.includes(path) ? ["indexed", "duplicate"].includes(pages.get(path)?.state) : pages.get(path)?.state === "indexed", `${path}: ${pages.get(path)?.state}`);
    }
    assert.equal(source.progress.duplicate, 1);
    assert.equal(source.progress.failed, 1);
    await product.kill();

    const folders = readdirSync(join(state.path, "do"), { recursive: true }).map(String);
    const lost = folders.filter((path) => /Knowledge[^/]*\/[0-9a-f]+\.sqlite/.test(path));
    assert.ok(lost.length > 0, folders.join(" "));
    for (const path of lost) rmSync(join(state.path, "do", path));
    const platform = await startAgain({ secrets, vars, state: state.path });
    product = { ...platform, agent: made.agent_id };
    client.product = platform.url;
    const answer = await ask(product, "How much does a standard puncture repair cost?");
    assert.match(answer.text, /£14/);
    assert.ok(answer.cited.some((path) => twins.includes(path)));
    const documents = await consistent(product, client, source);
    assert.equal(documents.length, source.progress.indexed);
    assert.ok(!JSON.stringify(documents).includes(CANARY));
  });
});
