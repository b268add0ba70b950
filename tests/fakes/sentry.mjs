// A stand-in for Sentry's ingestion of envelopes (develop.sentry.dev, "Envelopes" and "Event Payloads"): what it would not take
// is refused with the status and the words of a relay.
import { createServer } from "node:http";

const LEVELS = ["fatal", "error", "warning", "info", "debug"];

/** Headers and items of an envelope's text. */
function read(bytes) {
  const line = (from) => {
    const end = bytes.indexOf(10, from);
    return [bytes.subarray(from, end < 0 ? bytes.length : end).toString(), end < 0 ? bytes.length : end + 1];
  };
  let [text, at] = line(0);
  const header = JSON.parse(text);
  const items = [];
  while (at < bytes.length) {
    [text, at] = line(at);
    if (!text) continue;
    const item = JSON.parse(text);
    if (typeof item.type !== "string") throw new Error("missing item type");
    let payload;
    if (item.length === undefined) [payload, at] = line(at);
    else {
      payload = bytes.subarray(at, at + item.length).toString();
      at += item.length;
      if (Buffer.byteLength(payload) !== item.length) throw new Error("unexpected end of file");
      if (at < bytes.length && bytes[at] !== 10) throw new Error("missing newline after header or payload");
      at += 1;
    }
    items.push({ ...item, payload });
  }
  return { header, items };
}

function check(header, items) {
  if (!/^[0-9a-f]{32}$/.test(header.event_id ?? "")) throw new Error("invalid event identifier");
  if (header.sent_at !== undefined && Number.isNaN(Date.parse(header.sent_at))) throw new Error("invalid sent_at");
  const events = items.filter(({ type }) => type === "event");
  if (events.length !== 1) throw new Error("an envelope holds one event");
  const event = JSON.parse(events[0].payload);
  if (event.event_id !== header.event_id) throw new Error("event id mismatch");
  if (typeof event.timestamp !== "number" && Number.isNaN(Date.parse(event.timestamp))) throw new Error("invalid timestamp");
  if (event.level && !LEVELS.includes(event.level)) throw new Error("invalid level");
  if (typeof event.platform !== "string") throw new Error("missing platform");
  for (const { type, value } of event.exception?.values ?? []) if (typeof type !== "string" && typeof value !== "string") throw new Error("an exception has a type or a value");
  return event;
}

export async function startSentry({ key = "0123456789abcdef0123456789abcdef", project = "42" } = {}) {
  const [events, refused] = [[], []];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = (status, body) => {
      if (status !== 200) refused.push(body.detail);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (request.method !== "POST" || request.url !== `/api/${project}/envelope/`) return answer(404, { detail: "not found" });
    const auth = Object.fromEntries((request.headers["x-sentry-auth"] ?? "").replace(/^Sentry /, "").split(/,\s*/).map((part) => part.split("=")));
    if (auth.sentry_version !== "7" || !auth.sentry_key) return answer(401, { detail: "missing authorization information" });
    if (auth.sentry_key !== key) return answer(403, { detail: "event submission rejected with_reason: ProjectId" });
    if (request.headers["content-type"] !== "application/x-sentry-envelope") return answer(415, { detail: "unsupported content type" });
    try {
      const { header, items } = read(Buffer.concat(chunks));
      events.push(check(header, items));
      answer(200, { id: header.event_id });
    } catch (error) {
      answer(400, { detail: "invalid event envelope", causes: [error.message] });
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const host = `127.0.0.1:${server.address().port}`;
  return { dsn: `http://${key}@${host}/${project}`, url: `http://${host}`, events, refused, close: () => new Promise((done) => (server.closeAllConnections(), server.close(done))) };
}
