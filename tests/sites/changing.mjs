// A site whose pages change, vanish and fail on command, and which says what it is told to say about that: ETag,
// Last-Modified, a sitemap's lastmod, 304.
import { createServer } from "node:http";

const etagsMatch = (header, etag) => header.split(",").some((one) => one.trim().replace(/^W\//, "") === etag.replace(/^W\//, ""));

/**
 * `pages`: path to `{ text, links?, etag?, modified?, listed?, status?, headers? }`. `listed` is the date that the
 * sitemap gives; a site without one has no sitemap. `site.answer(request, page)` may answer instead with
 * `{ status, headers, body }`.
 */
export async function startChanging(pages) {
  const site = { pages, hits: [], robots: "User-agent: *\n", answer: undefined };
  const sitemap = () => {
    const listed = Object.entries(site.pages).filter(([, page]) => page.listed !== undefined && !page.status);
    if (listed.length === 0) return undefined;
    const entry = ([path, page]) => `<url><loc>${site.url}${path}</loc>${page.listed ? `<lastmod>${page.listed}</lastmod>` : ""}</url>`;
    return `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${listed.map(entry).join("")}</urlset>`;
  };
  const html = (path, page) => {
    const links = (page.links ?? (path === "/" ? Object.keys(site.pages).filter((other) => !site.pages[other].hidden) : [])).map((to) => `<a href="${to}">${to}</a>`).join(" ");
    return `<!doctype html><html lang="en"><title>${page.title ?? path}</title><body><nav>${links}</nav><main><h1>${page.title ?? `About ${path}`}</h1><p>${page.text}</p></main></body></html>`;
  };
  const honest = (request, page) => {
    const headers = { ...(page.etag && { etag: page.etag }), ...(page.modified && { "last-modified": page.modified }), ...page.headers };
    if (page.status) return { status: page.status, headers, body: "" };
    const [tag, since] = [request.headers["if-none-match"], request.headers["if-modified-since"]];
    // If-None-Match decides alone where it is given (RFC 9110, section 13.2.2).
    const same = tag !== undefined ? page.etag !== undefined && etagsMatch(tag, page.etag) : since !== undefined && page.modified !== undefined && Date.parse(page.modified) <= Date.parse(since);
    if (same) return { status: 304, headers };
    return { status: 200, headers: { "content-type": "text/html; charset=utf-8", ...headers }, body: html(request.url, page) };
  };
  const plain = (type, body) => (body === undefined ? { status: 404, body: "" } : { status: 200, headers: { "content-type": type }, body });
  const server = createServer((request, response) => {
    const page = site.pages[request.url];
    const own = site.answer?.(request, page);
    let given = own;
    if (!given && request.url === "/robots.txt") given = typeof site.robots === "number" ? { status: site.robots, headers: { "retry-after": "1" }, body: "" } : plain("text/plain", site.robots);
    else if (!given && request.url === "/sitemap.xml") given = plain("application/xml", sitemap());
    else if (!given) given = page ? honest(request, page) : { status: 404, body: "" };
    site.hits.push({ path: request.url, status: given.status, etag: request.headers["if-none-match"], since: request.headers["if-modified-since"] });
    response.writeHead(given.status, given.headers).end(given.body);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  site.url = `http://127.0.0.1:${server.address().port}`;
  site.host = `127.0.0.1:${server.address().port}`;
  /** Requests since the last call, for pages alone. */
  // Without the rules, the sitemap and the one address that cannot exist, by which a crawl learns the error page.
  const aside = (path) => ["/robots.txt", "/sitemap.xml"].includes(path) || path.startsWith("/frontdesk-");
  site.asked = () => site.hits.splice(0).filter((hit) => site.pages[hit.path] || !aside(hit.path));
  site.close = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  return site;
}
