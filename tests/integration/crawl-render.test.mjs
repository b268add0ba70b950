// Pages that show their text only by their scripts: rendered where a browser is set up, and never more than needed.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { newSecrets } from "../../scripts/secrets.mjs";
import { startBrowsers } from "../fakes/browsers.mjs";
import { start } from "./harness.mjs";

const PATIENCE = 120_000;
const TOKEN = "browserless-token-5f1c0c";

async function crawled(client, agent, url) {
  const source = await client.call("POST", `/v1/agents/${agent}/sources`, { url });
  return client.indexed(source.id, { timeout: PATIENCE });
}

const path = (address) => address.slice(new URL(address).origin.length);

/** Pages of a source by what follows the host, with the indexed text of each. */
async function pagesOf(client, id) {
  const texts = new Map((await client.all(`/v1/sources/${id}/documents`)).map((document) => [document.url, document.text]));
  return new Map((await client.all(`/v1/sources/${id}/pages`)).map((page) => [path(page.url), { ...page, text: texts.get(page.url) }]));
}

const shell = (title, body = "") => `<!doctype html><html lang="en"><title>${title}</title><body><div id="root"></div>${body}<script src="/app.js"></script></body></html>`;
const drawn = (title, text, links = "") => `<!doctype html><html lang="en"><title>${title}</title><body><div id="root"><main><h1>${title}</h1><p>${text}</p>${links}</main></div><script src="/app.js"></script></body></html>`;
const plain = (title, text, links = "") => `<!doctype html><html lang="en"><title>${title}</title><body><main><h1>${title}</h1><p>${text}</p>${links}</main><script src="/stats.js"></script></body></html>`;

/** A site of pages: HTML by path. */
async function serve(pages) {
  const site = { hits: [] };
  const server = createServer((request, response) => {
    site.hits.push({ path: request.url, ua: request.headers["user-agent"] });
    const html = pages[request.url];
    response.writeHead(html === undefined ? 404 : 200, { "content-type": "text/html; charset=utf-8" }).end(html);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  site.url = `http://127.0.0.1:${server.address().port}`;
  site.host = new URL(site.url).host;
  site.close = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  return site;
}

const STATIC = "The workshop opens at nine on every day but Monday, and the last repair of the day is taken in at half past four in the afternoon.";
const list = (paths) => paths.map((path) => `<a href="${path}">${path}</a>`).join(" ");

describe("browsers for pages that need their scripts", () => {
  let product, browsers;
  const sites = {};
  const at = (url) => {
    const name = Object.keys(sites).find((name) => url.startsWith(`${sites[name].url}/`));
    return [name, path(url)].join(" ");
  };
  const drawings = {
    "app /app": drawn("Tours", "The harbour tour leaves at quarter past ten and takes forty minutes.", '<a href="#/about">About</a> <a href="#top">Top</a> <a href="/app/deep">Deep</a>'),
    "app /app#/about": drawn("About the tours", "The tours were begun by two sisters in 1987."),
    "app /app/deep": drawn("Night tour", "The night tour is rowed by six and lit by lanterns."),
    "app /inside": { html: drawn("Metadata", "ami-id instance-id security-credentials of the machine"), visited: ["http://169.254.169.254/latest/meta-data/"] },
    "app /rebound": { html: drawn("Router", "The router's page with the password of the network"), ip: "192.168.0.1", port: 80 },
    "app /outside": { html: drawn("Elsewhere", "This is the page of somebody else entirely."), visited: ["https://elsewhere.example/welcome"] },
    "bounded /0": drawn("Zero", "Page zero is about oars."),
    "bounded /1": drawn("One", "Page one is about sails and their seams."),
    "bounded /2": drawn("Two", "Page two is about anchors and their chains."),
    "bounded /3": drawn("Three", "Page three is about the tides of autumn."),
  };
  before(async () => {
    sites.app = await serve({
      "/": plain("Harbour tours", STATIC, list(["/prices", "/app", "/outside"])),
      "/prices": plain("Prices", `A tour costs fourteen pounds, or nine for children under twelve. ${STATIC}`),
      "/app": shell("Tours"), "/app/deep": shell("Night tour"), "/outside": shell("Outside"),
    });
    sites.guarded = await serve({ "/": plain("Inside", STATIC, list(["/inside", "/rebound"])), "/inside": shell("x"), "/rebound": shell("y") });
    sites.vain = await serve({ "/": plain("Vain", STATIC, list(["/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h"])), ...Object.fromEntries([..."abcdefgh"].map((name) => [`/${name}`, shell(name)])) });
    sites.bounded = await serve({ "/": plain("Bounded", STATIC, list(["/0", "/1", "/2", "/3"])), ...Object.fromEntries([0, 1, 2, 3].map((n) => [`/${n}`, shell(`${n}`)])) });
    for (const name of ["/inside", "/rebound"]) drawings[`guarded ${name}`] = drawings[`app ${name}`];
    browsers = await startBrowsers({ token: TOKEN, draw: (url) => drawings[at(url)] });
    product = await start({
      local: Object.values(sites).map((site) => site.host),
      vars: { BROWSERLESS_BASE_URL: browsers.url, MAX_RENDERS: "3" },
      secrets: { ...newSecrets(), BROWSERLESS_TOKEN: TOKEN },
      browser: browsers.url,
    });
  });
  after(async () => {
    await product?.stop();
    await browsers?.close();
    await Promise.all(Object.values(sites).map((site) => site.close()));
  });
  const askedFor = (site) => browsers.asked.filter(({ url }) => url.startsWith(site.url)).map(({ by, url }) => `${by} ${path(url)}`);

  test("an app is rendered by Browser Rendering, page by page and route by route; pages with their text are not", async () => {
    const source = await crawled(product.client, product.agent, `${sites.app.url}/`);
    assert.equal(source.state, "indexed", source.reason);
    const pages = await pagesOf(product.client, source.id);
    for (const [path, words] of [["/app", "quarter past ten"], ["/app#/about", "two sisters"]]) {
      const page = pages.get(path);
      assert.deepEqual([page?.state, page?.rendered, page?.needs_script], ["indexed", "browser_rendering", false], `${path}: ${page?.reason ?? page?.remark}`);
      assert.ok(page.text.includes(words), page.text);
      assert.match(page.remark, /^Rendered: .+\.$/);
    }
    for (const path of ["/", "/prices"]) assert.deepEqual([pages.get(path).state, pages.get(path).rendered, pages.get(path).remark], ["indexed", undefined, undefined]);
    assert.ok(!askedFor(sites.app).some((asked) => / \/(prices)?$/.test(asked)), "what has its text is not rendered");
    assert.ok(!pages.has("/app#top"));
    // The third allowed render was one of these two; the other says why it was not.
    assert.equal(new Set(askedFor(sites.app)).size, 3);
    assert.ok(sites.app.hits.every(({ ua }) => /^FrontdeskBot\//.test(ua)), "the site sees who reads it");
  });

  test("a page that leads the browser into a private network or to another site is not indexed", async () => {
    const source = await crawled(product.client, product.agent, `${sites.guarded.url}/`);
    const pages = await pagesOf(product.client, source.id);
    assert.equal(pages.get("/inside").state, "skipped");
    assert.match(pages.get("/inside").reason, /private network/);
    // Browserless says which server answered, whatever its name was.
    browsers.fail = { cloudflare: 503 };
    await product.client.call("POST", `/v1/sources/${source.id}/reindex`);
    await product.client.indexed(source.id, { timeout: PATIENCE });
    browsers.fail = {};
    const again = await pagesOf(product.client, source.id);
    assert.equal(again.get("/rebound").state, "skipped");
    assert.match(again.get("/rebound").reason, /private network/);
    const documents = JSON.stringify(await product.client.all(`/v1/sources/${source.id}/documents`));
    assert.ok(!/security-credentials|password of the network/.test(documents), documents);
  });

  test("Browserless is asked when Browser Rendering has no time, and a page waits when nobody has", async () => {
    browsers.fail = { cloudflare: [429, { "retry-after": "1" }] };
    const source = await crawled(product.client, product.agent, `${sites.bounded.url}/0`);
    let page = (await pagesOf(product.client, source.id)).get("/0");
    assert.deepEqual([page.state, page.rendered], ["indexed", "browserless"], page.remark);
    assert.ok(page.text.includes("oars"));

    browsers.fail = { cloudflare: [429, { "retry-after": "1" }], browserless: 429 };
    const waiting = await crawled(product.client, product.agent, `${sites.bounded.url}/1`);
    page = (await pagesOf(product.client, waiting.id)).get("/1");
    assert.deepEqual([page.state, page.needs_script], ["skipped", true]);
    assert.match(page.remark, /no time\.$/);
    assert.equal(askedFor(sites.bounded).filter((asked) => asked === "browserless /1").length, 3, "three tries");

    // A key that is refused, and a page that no browser can show, are not tried again.
    browsers.fail = { cloudflare: 503, browserless: 401 };
    const refused = await crawled(product.client, product.agent, `${sites.bounded.url}/2`);
    assert.match((await pagesOf(product.client, refused.id)).get("/2").remark, /refuses this installation\.$/);
    browsers.fail = { cloudflare: 422 };
    const broken = await crawled(product.client, product.agent, `${sites.bounded.url}/3`);
    assert.match((await pagesOf(product.client, broken.id)).get("/3").remark, /cannot show the page\.$/);
    for (const n of [2, 3]) assert.equal(askedFor(sites.bounded).filter((asked) => asked === `cloudflare /${n}`).length, 1);
    browsers.fail = {};
  });

  test("a crawl renders no more pages than it may, and stops where rendering brings nothing", async () => {
    const bounded = await crawled(product.client, product.agent, `${sites.bounded.url}/`);
    const pages = await pagesOf(product.client, bounded.id);
    const states = [0, 1, 2, 3].map((n) => pages.get(`/${n}`));
    assert.equal(states.filter((page) => page.rendered).length, 3);
    const left = states.find((page) => !page.rendered);
    assert.equal(left.needs_script, true);
    assert.match(left.remark, /scripts of 3 pages were run already/);

    const vain = await crawled(product.client, product.agent, `${sites.vain.url}/`);
    assert.equal(vain.state, "indexed");
    assert.ok(askedFor(sites.vain).length <= 3, askedFor(sites.vain).join(", "));
    const marked = [...(await pagesOf(product.client, vain.id)).values()].filter((page) => page.needs_script);
    assert.equal(marked.length, 8);
  });

  test("the renderer's key is in no answer, no log and no row", async () => {
    const answers = JSON.stringify(await Promise.all((await product.client.get(`/v1/agents/${product.agent}/sources`)).map(({ id }) => product.client.all(`/v1/sources/${id}/pages`))));
    const { results } = await product.relations.prepare("SELECT * FROM sources").all();
    for (const said of [answers, product.log.join(""), JSON.stringify(results)]) assert.ok(!said.includes(TOKEN));
    assert.ok(browsers.asked.every(({ options }) => !options.authenticate && !options.setExtraHTTPHeaders));
  });
});
