// Somebody's server that receives webhooks. It verifies as the two formats say, written from their descriptions and not
// from the product: `t=<seconds>,v1=<hex>` (as Stripe's) and Standard Webhooks 1.0.0.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const same = (a, b) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** Whether a request is signed with a secret, in both formats. */
export function verified({ headers, text }, secret) {
  const parts = (headers["x-frontdesk-signature"] ?? "").split(",").map((part) => part.split("="));
  const time = parts.find(([name]) => name === "t")?.[1];
  const hex = createHmac("sha256", secret).update(`${time}.${text}`).digest("hex");
  const own = parts.some(([name, value]) => name === "v1" && same(value, hex));
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${text}`;
  const wanted = `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
  const standard = (headers["webhook-signature"] ?? "").split(" ").some((one) => same(one, wanted));
  const fresh = [time, headers["webhook-timestamp"]].every((seconds) => Math.abs(Date.now() / 1_000 - Number(seconds)) < 300);
  return { own, standard, fresh };
}

/**
 * Starts a receiver. `behave(call)` decides an answer: { status?, body?, headers?, wait? (a promise), cut? (the
 * connection ends after the request was received) }; nothing: 204.
 */
export async function startReceiver({ behave = () => undefined, port = 0 } = {}) {
  const calls = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const call = { method: request.method, path: request.url, headers: request.headers, text, at: Date.now() };
    calls.push(call);
    const answer = receiver.behave(call) ?? {};
    await answer.wait;
    if (answer.cut) return request.socket.destroy();
    response.writeHead(answer.status ?? (answer.body ? 200 : 204), answer.headers);
    response.end(answer.body);
  });
  // What is held back is answered in its own time.
  server.requestTimeout = 0;
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  const receiver = {
    behave,
    calls,
    host: `127.0.0.1:${server.address().port}`,
    url: `http://127.0.0.1:${server.address().port}`,
    events: (path) => calls.filter((call) => !path || call.path === path).map((call) => JSON.parse(call.text)),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return receiver;
}
