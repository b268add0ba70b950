// Stand-ins for Cloudflare Browser Rendering (the binding's quick action "content") and for Browserless (REST API,
// version 2, POST /content). They speak the real wire and refuse what the real ones refuse; what a page's scripts draw
// is what the test says: `draw(url)` gives the HTML, or { html, visited, ip, port } for a page that moves on.
//
//   const browsers = await startBrowsers({ token, draw });   // { url, asked, fail, close() }
//
// asked: [{ by, url, options }]. fail: { cloudflare, browserless }: a status (or [status, headers]) to answer with.
import http from "node:http";

/** Options that both know (BrowserRunCommonOptions of workers-types; ContentPOST of Browserless' OpenAPI). */
const SHARED = [
  "url", "html", "addScriptTag", "addStyleTag", "authenticate", "bestAttempt", "cookies", "emulateMediaType", "gotoOptions", "rejectRequestPattern",
  "rejectResourceTypes", "setExtraHTTPHeaders", "setJavaScriptEnabled", "userAgent", "viewport", "waitForSelector", "waitForTimeout",
];
const CLOUDFLARE = [...SHARED, "allowRequestPattern", "allowResourceTypes", "actionTimeout", "cacheTTL", "browser"];
const BROWSERLESS = [...SHARED, "requestInterceptors", "waitForEvent", "waitForFunction"];
const RESOURCES = ["document", "stylesheet", "image", "media", "font", "script", "texttrack", "xhr", "fetch", "eventsource", "websocket", "manifest", "other"];
const WAITS = ["load", "domcontentloaded", "networkidle0", "networkidle2"];

function wrong(options, known) {
  if (typeof options !== "object" || options === null) return "Expected object";
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown) return `"${unknown}" is not allowed`;
  if ((options.url === undefined) === (options.html === undefined)) return "One of 'url' or 'html' properties are required";
  if (options.url !== undefined && !/^https?:\/\//.test(options.url)) return '"url" must be a valid uri';
  if (options.userAgent !== undefined && typeof options.userAgent !== "string") return '"userAgent" must be a string';
  if (options.bestAttempt !== undefined && typeof options.bestAttempt !== "boolean") return '"bestAttempt" must be a boolean';
  if (options.rejectResourceTypes?.some((type) => !RESOURCES.includes(type))) return '"rejectResourceTypes" must be one of them';
  if (options.rejectRequestPattern?.some((pattern) => typeof pattern !== "string" || !new RegExp(pattern))) return '"rejectRequestPattern" must be patterns';
  const { timeout, waitUntil, ...rest } = options.gotoOptions ?? {};
  if (timeout !== undefined && !(Number.isInteger(timeout) && timeout >= 0 && timeout <= 60_000)) return '"gotoOptions.timeout" must be at most 60000';
  if (waitUntil !== undefined && ![waitUntil].flat().every((event) => WAITS.includes(event))) return '"gotoOptions.waitUntil" must be one of them';
  if (Object.keys(rest).some((key) => !["referer", "referrerPolicy"].includes(key))) return '"gotoOptions" is not valid';
  return undefined;
}

/** What a browser shows at an address: the page itself if the test draws nothing there. */
async function show(options, draw) {
  if (options.rejectRequestPattern?.some((pattern) => new RegExp(pattern).test(options.url))) return { blocked: true };
  const { origin, pathname, search } = new URL(options.url);
  const answer = await fetch(origin + pathname + search, { headers: { "user-agent": options.userAgent } });
  const served = await answer.text();
  const drawn = draw(options.url);
  const { html = served, visited = [answer.url], ip = "127.0.0.1", port = Number(new URL(options.url).port) } = typeof drawn === "string" ? { html: drawn } : (drawn ?? {});
  return { html, visited, ip, port, status: answer.status };
}

export async function startBrowsers({ token, draw }) {
  const browsers = { asked: [], fail: {} };
  const body = async (request) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    try { return JSON.parse(text); } catch { return undefined; }
  };
  const failing = (by) => (browsers.fail[by] === undefined ? undefined : [browsers.fail[by]].flat());

  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url, "http://browsers.invalid");
    const json = (status, value, headers = {}) => response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
    const text = (status, value, headers = {}) => response.writeHead(status, { "content-type": "text/plain; charset=UTF-8", ...headers }).end(value);
    if (request.method === "POST" && url.pathname === "/quick-action") {
      const { action, options } = await body(request);
      const refuse = (status, message, headers) => json(status, { success: false, errors: [{ code: status === 429 ? 2001 : 2000, message }] }, headers);
      if (action !== "content") return refuse(400, `Invalid quick action: ${action}`);
      browsers.asked.push({ by: "cloudflare", url: options?.url, options });
      const [status, headers] = failing("cloudflare") ?? [];
      if (status) return refuse(status, status === 429 ? "Rate limit exceeded" : "Internal error", headers);
      const problem = wrong(options, CLOUDFLARE);
      if (problem) return refuse(400, problem);
      const shown = await show(options, draw);
      if (shown.blocked) return refuse(422, "net::ERR_BLOCKED_BY_CLIENT");
      const hops = shown.visited.slice(0, -1).map((hop) => ({ url: hop, status: 302 }));
      return json(200, { success: true, result: shown.html, meta: { status: shown.status, title: "", finalUrl: shown.visited.at(-1), redirectChain: hops } }, { "x-browser-ms-used": "812" });
    }
    if (url.pathname !== "/content") return text(404, "No route or file found for resource");
    if (url.searchParams.get("token") !== token) return text(401, "Bad or missing authentication.");
    if (request.method !== "POST") return text(405, "Method not allowed");
    if (!request.headers["content-type"]?.includes("application/json")) return text(400, "Content-Type must be application/json");
    const options = await body(request);
    browsers.asked.push({ by: "browserless", url: options?.url, options });
    const [status, headers] = failing("browserless") ?? [];
    if (status) return text(status, status === 429 ? "Too many requests" : "Error", headers);
    const problem = wrong(options, BROWSERLESS);
    if (problem) return text(400, `POST Body validation failed: ${problem}`);
    const shown = await show(options, draw);
    if (shown.blocked) return text(400, "net::ERR_BLOCKED_BY_CLIENT");
    response.writeHead(200, {
      "content-type": "text/html; charset=UTF-8",
      "x-response-code": String(shown.status), "x-response-status": "OK", "x-response-url": shown.visited.at(-1).slice(0, 1000),
      "x-response-ip": shown.ip, "x-response-port": String(shown.port),
    }).end(shown.html);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  browsers.url = `http://127.0.0.1:${server.address().port}`;
  browsers.close = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
  return browsers;
}
