// A stand-in for Resend's `POST /emails`: the wire of its API reference, with the errors of its table of errors
// ("missing_api_key", "validation_error", "rate_limit_exceeded" …) and its idempotency keys.
import { createServer } from "node:http";

const ADDRESS = /^[^\s@<>",]+@[^\s@<>",]+$/;
const NAMED = /^[^<>@]*<([^<>]+)>$/;
const FIELDS = ["from", "to", "subject", "text", "html", "cc", "bcc", "reply_to", "headers", "attachments", "tags", "scheduled_at", "topic_id"];

/** `behave(body, n)` decides an answer where the request is right: { status, name, message, headers } or nothing. */
export async function startResend({ key = "re_test_key", domain = "example.com", behave = () => undefined } = {}) {
  const mails = [];
  const requests = [];
  const known = new Map();
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const answer = (status, body, headers = {}) => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(body));
    };
    const fail = (statusCode, name, message, headers) => answer(statusCode, { statusCode, name, message }, headers);
    requests.push({ method: request.method, url: request.url, headers: request.headers, text });
    if (!request.headers["user-agent"]) return fail(403, "1010", "error code: 1010");
    if (request.url !== "/emails") return fail(404, "not_found", "The requested endpoint does not exist");
    if (request.method !== "POST") return fail(405, "method_not_allowed", "This endpoint does not support the specified HTTP method");
    const { authorization } = request.headers;
    if (!authorization) return fail(401, "missing_api_key", "Missing API key in the authorization header");
    if (authorization !== `Bearer ${key}`) return fail(403, "invalid_api_key", "API key is invalid");
    if (!request.headers["content-type"]?.startsWith("application/json")) return fail(422, "validation_error", "The request must be JSON");
    let body;
    try {
      body = JSON.parse(text);
    } catch {
      return fail(400, "validation_error", "The request body is not valid JSON");
    }
    for (const field of ["from", "to", "subject"]) if (!body[field]?.length) return fail(422, "missing_required_field", `Missing \`${field}\` field.`);
    if (!body.text && !body.html) return fail(422, "missing_required_field", "Missing `html` or `text` field.");
    const unknown = Object.keys(body).find((field) => !FIELDS.includes(field));
    if (unknown) return fail(422, "validation_error", `Unrecognized field \`${unknown}\``);
    const from = NAMED.exec(body.from)?.[1] ?? body.from;
    if (!ADDRESS.test(from)) return fail(422, "invalid_from_address", "Invalid `from` field. The email address needs to follow the `email@example.com` or `Name <email@example.com>` format.");
    if (!from.endsWith(`@${domain}`)) return fail(403, "validation_error", `The ${from.split("@")[1]} domain is not verified.`);
    const to = [body.to].flat();
    if (to.length > 50 || !to.every((one) => ADDRESS.test(NAMED.exec(one)?.[1] ?? one))) return fail(422, "validation_error", "Invalid `to` field.");
    const idempotency = request.headers["idempotency-key"];
    if (idempotency !== undefined && (idempotency.length < 1 || idempotency.length > 256)) return fail(400, "invalid_idempotency_key", "The key must be between 1-256 chars.");
    if (idempotency && known.has(idempotency)) {
      const before = known.get(idempotency);
      if (before.text !== text) return fail(409, "invalid_idempotent_request", "Same idempotency key used with a different request payload.");
      return answer(200, { id: before.id });
    }
    const plan = behave(body, requests.length);
    if (plan?.hang) return;
    if (plan?.status) return fail(plan.status, plan.name ?? "application_error", plan.message ?? "An unexpected error occurred.", plan.headers);
    const id = crypto.randomUUID();
    if (idempotency) known.set(idempotency, { id, text });
    mails.push({ ...body, idempotency });
    // Taken, and the answer lost on its way.
    if (plan?.cut) return response.destroy();
    answer(200, { id });
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    key,
    mails,
    requests,
    set behave(next) {
      behave = next;
    },
    close: () => new Promise((done) => {
      server.closeAllConnections();
      server.close(done);
    }),
  };
}
