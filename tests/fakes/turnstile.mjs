// Turnstile's siteverify, by https://developers.cloudflare.com/turnstile/get-started/server-side-validation: forms and JSON,
// the documented error codes, tokens that are good once and for five minutes, and the documented secrets for tests.
import { createServer } from "node:http";
import { randomBytes } from "node:crypto";

/** Secrets for tests, which take the dummy token of site keys for tests alone. */
export const PASSES = "1x0000000000000000000000000000000AA";
export const FAILS = "2x0000000000000000000000000000000AA";
export const SPENT = "3x0000000000000000000000000000000AA";
export const DUMMY_TOKEN = "XXXX.DUMMY.TOKEN.XXXX";

const FIELDS = ["secret", "response", "remoteip", "idempotency_key"];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const VALID_MS = 300_000;
const MAX_TOKEN = 2_048;

const refuse = (...codes) => ({ success: false, "error-codes": codes, messages: [] });

/** A request's fields; nothing where it is of no form that is taken. */
function read(type, text) {
  if (type.startsWith("application/x-www-form-urlencoded")) return Object.fromEntries(new URLSearchParams(text));
  if (!type.startsWith("application/json")) return undefined;
  try {
    const body = JSON.parse(text);
    return body !== null && typeof body === "object" && !Array.isArray(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Starts it with one widget, `siteKey` and `secret`. `solve(hostname)` is what a browser gets there for a solved challenge.
 * `state`: "up", "silent" (takes requests and never answers), "broken" (500 with HTML), "failing" (`internal-error`).
 */
export async function startTurnstile({ port = 0 } = {}) {
  const tokens = new Map();
  const used = new Map();
  const fake = { requests: [], malformed: [], state: "up", siteKey: "0x4AAAAAAAfakefakefakeFk", secret: `0x4AAAAAAA${randomBytes(12).toString("hex")}` };
  fake.solve = (hostname, at = Date.now()) => {
    const token = `0.${randomBytes(48).toString("base64url")}`;
    tokens.set(token, { hostname, at });
    return token;
  };
  const verify = ({ secret, response, idempotency_key: key }) => {
    const good = (challenge, more) => ({ success: true, "error-codes": [], challenge_ts: new Date(challenge.at).toISOString(), hostname: challenge.hostname, ...more });
    const dummy = response === DUMMY_TOKEN;
    if (secret === SPENT) return refuse("timeout-or-duplicate");
    if (secret === FAILS || ((secret === PASSES) && !dummy)) return refuse("invalid-input-response");
    if (secret === PASSES) return good({ at: Date.now(), hostname: "example.com" }, { metadata: { result_with_testing_key: true } });
    if (secret !== fake.secret) return refuse("invalid-input-secret");
    const challenge = tokens.get(response);
    if (!challenge) return refuse("invalid-input-response");
    const again = used.has(response) && !(key !== undefined && used.get(response) === key);
    if (again || Date.now() - challenge.at > VALID_MS) return refuse("timeout-or-duplicate");
    used.set(response, key);
    return good(challenge, { action: "", cdata: "" });
  };
  const answer = (request, text) => {
    if (request.url !== "/turnstile/v0/siteverify") return [404, {}];
    if (request.method !== "POST") return [405, {}];
    const body = read(request.headers["content-type"] ?? "", text);
    const wrong =
      !body ||
      Object.entries(body).some(([name, value]) => !FIELDS.includes(name) || typeof value !== "string") ||
      (body.idempotency_key !== undefined && !UUID.test(body.idempotency_key)) ||
      (body.response?.length ?? 0) > MAX_TOKEN;
    if (wrong) {
      fake.malformed.push(text);
      return [400, refuse("bad-request")];
    }
    fake.requests.push(body);
    if (!body.secret) return [200, refuse("missing-input-secret")];
    if (!body.response) return [200, refuse("missing-input-response")];
    if (fake.state === "failing") return [200, refuse("internal-error")];
    return [200, verify(body)];
  };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const [status, body] = answer(request, Buffer.concat(chunks).toString());
    if (fake.state === "silent") return;
    if (fake.state === "broken") {
      response.writeHead(500, { "content-type": "text/html" });
      return response.end("<html>error code: 1101</html>");
    }
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  fake.url = `http://127.0.0.1:${server.address().port}/turnstile/v0/siteverify`;
  fake.close = () => new Promise((done) => {
    server.closeAllConnections();
    server.close(done);
  });
  return fake;
}
