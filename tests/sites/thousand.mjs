// A site of any number of pages, each with one fact of its own; pages change and go while it is served.
import { createServer } from "node:http";

const WORDS = "anchor basin candle derrick ember falcon garnet harbour iris jetty kelp lantern marble nectar oriole pewter quartz rudder saffron timber".split(" ");
const word = (n) => WORDS[n % WORDS.length];

/** A name that no other page has: three words, the last one made of the number. */
export const nameOf = (n) => `${word(n)} ${word(n * 7 + 3)} model${n}`;
const price = (n, edition) => 100 + n + edition * 10_000;

/** The sentence that only page n holds. */
export const factOf = (n, edition = 0) => `The ${nameOf(n)} costs ${price(n, edition)} crowns in this season.`;
export const priceOf = (n, edition = 0) => String(price(n, edition));

/** `fail(request, n)` may answer instead of the site: a status, or nothing. */
export async function startThousand(count, { fail = () => undefined } = {}) {
  const site = { hits: [], editions: new Map(), gone: new Set(), fail };
  const html = (n) => {
    const links = [n * 2 + 1, n * 2 + 2].filter((next) => next < count).map((next) => `<a href="/p/${next}">${nameOf(next)}</a>`).join(" ");
    return `<!doctype html><html lang="en"><head><title>${nameOf(n)}</title></head><body><nav><a href="/p/0">Start</a></nav><main><h1>${nameOf(n)}</h1><p>${factOf(n, site.editions.get(n) ?? 0)} It was made by hand in workshop ${n % 13}, and its colour is ${word(n * 3 + 1)}.</p><ul>${links}</ul></main></body></html>`;
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    site.hits.push(path);
    const status = site.fail(request, site.hits.length);
    if (status) return response.writeHead(status, { "retry-after": "1" }).end();
    if (path === "/robots.txt") return response.writeHead(200, { "content-type": "text/plain" }).end(`Sitemap: http://${request.headers.host}/sitemap.xml\n`);
    const living = (n) => n < count && !site.gone.has(n);
    if (path === "/sitemap.xml") {
      const urls = Array.from({ length: count }, (_, n) => n).filter(living).map((n) => `<url><loc>http://${request.headers.host}/p/${n}</loc></url>`);
      return response.writeHead(200, { "content-type": "application/xml" }).end(`<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${urls.join("")}</urlset>`);
    }
    const n = Number(/^\/p\/(\d+)$/.exec(path)?.[1] ?? (path === "/" ? 0 : NaN));
    if (!living(n)) return response.writeHead(404, { "content-type": "text/html" }).end("<title>Not found</title>");
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(html(n));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  site.url = `http://127.0.0.1:${server.address().port}`;
  site.close = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  return site;
}
