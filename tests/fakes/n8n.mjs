// The demo flows, for `npm start` and for tests: a stand-in for an n8n with three active workflows, each behind a Webhook node that answers by a Respond to Webhook
// node: `POST /webhook/{path}` with JSON. What is not registered, is called by another method or without its header
// is refused as n8n refuses it.
import { createServer } from "node:http";

const MODELS = "We have lane-3 and quay-e.";
const ORDERS = { "HL-1001": { status: "shipped", carrier: "DHL", expected: "2026-11-24" }, "HL-1002": { status: "being packed" } };
const STOCK = { "lane-3": 4, "quay-e": 0 };

/** The demo flows as the catalogue describes them, for the bicycle shop. */
export const FLOWS = {
  "order-status": ({ order }) => (ORDERS[order] ? { order, ...ORDERS[order] } : { error: `There is no order ${order}.` }),
  appointment: ({ name, at }) => ({ booked: true, name, at, reference: `A-${at.replace(/\D/g, "").slice(0, 8)}` }),
  inventory: ({ model }) => {
    const meant = model.toLowerCase().replace(/\s+/g, "-");
    return meant in STOCK ? { model: meant, in_stock: STOCK[meant] } : { error: `There is no ${model}. ${MODELS}` };
  },
};

/** Where each entry of the catalogue is answered. */
export const ANSWERED = { order_status: "order-status", book_appointment: "appointment", check_stock: "inventory" };

/** Tools of their own that members lead to the same flows, stricter than the catalogue's. */
export const TOOLS = (url) => [
  {
    name: "order_status",
    title: "Order status",
    description: "Looks up where an order is. Needs the order number, as in HL-1001.",
    schema: { type: "object", properties: { order: { type: "string", pattern: "^HL-[0-9]{4}$", description: "The order number" } }, required: ["order"], additionalProperties: false },
    url: `${url}/webhook/order-status`,
    idempotent: true,
    effect: "reads",
  },
  {
    name: "book_appointment",
    title: "Appointment",
    description: "Books a visit to the workshop. Ask for the name and the time first.",
    schema: { type: "object", properties: { name: { type: "string", minLength: 1 }, at: { type: "string", format: "date-time" } }, required: ["name", "at"], additionalProperties: false },
    url: `${url}/webhook/appointment`,
  },
  {
    name: "check_stock",
    title: "Inventory",
    description: "How many of a model are in the shop: lane-3 or quay-e.",
    schema: { type: "object", properties: { model: { enum: ["lane-3", "quay-e"] } }, required: ["model"], additionalProperties: false },
    url: `${url}/webhook/inventory`,
    idempotent: true,
    effect: "reads",
  },
];

/**
 * `secret`: what the header X-Webhook-Key has to hold; without it anybody may call. `behave(call)` decides an answer:
 * { status?, body?, type?, headers?, hang?, hold? }; nothing: the workflow's own.
 */
export async function startN8n({ secret, behave = () => undefined, flows = FLOWS, port = 0 } = {}) {
  const calls = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const send = (status, body, type = "application/json; charset=utf-8", headers = {}) => {
      response.writeHead(status, { "content-type": type, ...headers });
      response.end(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
    };
    const url = new URL(request.url, "http://n8n");
    const path = url.pathname.match(/^\/webhook\/(.+)$/)?.[1];
    const call = { method: request.method, path, query: Object.fromEntries(url.searchParams), headers: request.headers, text };
    calls.push(call);
    if (!path || !flows[path]) {
      return send(404, { code: 404, message: `The requested webhook "${request.method} ${path ?? ""}" is not registered.`, hint: "The workflow must be active for a production URL to run successfully." });
    }
    const plan = (await behave(call)) ?? {};
    if (plan.hang) return;
    await plan.hold;
    if (plan.status || plan.body !== undefined) return send(plan.status ?? 200, plan.body ?? "", plan.type, plan.headers);
    if (request.method !== "POST") {
      return send(404, { code: 404, message: `This webhook is not registered for ${request.method} requests. Did you mean to make a POST request?` });
    }
    if (secret && request.headers["x-webhook-key"] !== secret) return send(403, "Authorization data is wrong!", "text/plain");
    let body;
    try {
      body = JSON.parse(text);
    } catch {
      return send(422, { code: 422, message: "Failed to parse request body" });
    }
    try {
      send(200, flows[path](body));
    } catch {
      send(500, { message: "Error in workflow" });
    }
  });
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  const host = `127.0.0.1:${server.address().port}`;
  return {
    url: `http://${host}`,
    host,
    calls,
    set behave(next) {
      behave = next;
    },
    close: () => new Promise((done) => {
      server.closeAllConnections();
      server.close(done);
    }),
  };
}
