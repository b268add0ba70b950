// A stand-in for Anthropic's Messages API, version 2023-06-01: wire format of the API reference, "Create a Message" and "Streaming
// messages", with what it refuses and its error bodies.
import { createServer } from "node:http";

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const KNOWN = ["model", "messages", "max_tokens", "metadata", "output_config", "stop_sequences", "stream", "system", "temperature", "thinking", "tool_choice", "tools", "top_k", "top_p"];
const TYPES = { 400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error", 500: "api_error", 529: "overloaded_error" };

/** Why the real one would refuse a body; nothing when it would not. */
function wrong(body, thinksAlways) {
  const extra = Object.keys(body).find((key) => !KNOWN.includes(key));
  if (extra) return `${extra}: Extra inputs are not permitted`;
  if (typeof body.model !== "string") return "model: Field required";
  if (!Number.isInteger(body.max_tokens) || body.max_tokens < 1) return "max_tokens: Field required";
  if (!Array.isArray(body.messages) || !body.messages.length) return "messages: at least one message is required";
  if (body.thinking && !["disabled", "enabled", "adaptive"].includes(body.thinking.type)) return "thinking.type: Input tag not found";
  if (body.thinking?.type === "disabled" && thinksAlways.test(body.model)) return '"thinking.type.disabled" is not supported for this model.';
  if (body.temperature !== undefined && !(body.temperature >= 0 && body.temperature <= 1)) return "temperature: range: 0..1";
  if (body.temperature !== undefined && body.temperature !== 1 && thinksAlways.test(body.model)) return "`temperature` may only be set to 1 when thinking is enabled.";
  for (const [at, tool] of (body.tools ?? []).entries()) {
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(tool.name ?? "")) return `tools.${at}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`;
    if (tool.input_schema?.type !== "object") return `tools.${at}.custom.input_schema.type: Field required`;
  }
  if (body.messages[0].role !== "user") return 'messages: first message must use the "user" role';
  let open = [];
  for (const [at, { role, content }] of body.messages.entries()) {
    if (!["user", "assistant"].includes(role)) return `messages.${at}.role: Input should be 'user' or 'assistant'`;
    const blocks = typeof content === "string" ? [{ type: "text", text: content }] : content;
    if (!Array.isArray(blocks) || (!blocks.length && at < body.messages.length - 1)) return `messages.${at}: all messages must have non-empty content except for the optional final assistant message`;
    if (blocks.some((block) => block.type === "text" && !block.text?.trim())) return "messages: text content blocks must be non-empty";
    const answered = blocks.filter((block) => block.type === "tool_result").map((block) => block.tool_use_id);
    const missing = open.filter((id) => !answered.includes(id));
    if (missing.length) return `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(", ")}`;
    const unknown = answered.find((id) => !open.includes(id));
    if (unknown) return `messages.${at}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${unknown}`;
    const used = blocks.filter((block) => block.type === "tool_use");
    if (used.some((block) => role !== "assistant" || !block.id || !block.name || typeof block.input !== "object" || Array.isArray(block.input))) return `messages.${at}: \`tool_use\` blocks need an id, a name and an input`;
    open = used.map((block) => block.id);
  }
  if (open.length) return `messages.${body.messages.length - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(", ")}`;
  return undefined;
}

/**
 * `behave(body, n)` decides each answer: { text?, tokens?, calls?: [{ id, name, pieces }], tokenMs?, status?, error?,
 * hang?, cutAfter?, garbageAfter?, errorAfter?, stallAfter?, splitBytes? }.
 */
export async function startAnthropic({ key = "sk-ant-test", thinksAlways = /^claude-(opus-5-5|fable)/, behave = () => ({ text: "Hello [1]." }) } = {}) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const fail = (status, message) => {
      response.writeHead(status, { "content-type": "application/json", "request-id": "req_1" });
      response.end(JSON.stringify({ type: "error", error: { type: TYPES[status] ?? "api_error", message }, request_id: "req_1" }));
    };
    if (request.method !== "POST" || request.url !== "/v1/messages") return fail(404, "Not found");
    if (request.headers["x-api-key"] !== key) return fail(401, "invalid x-api-key");
    if (request.headers["anthropic-version"] !== "2023-06-01") return fail(400, "anthropic-version: header is required");
    let body;
    try {
      body = JSON.parse(Buffer.concat(chunks).toString());
    } catch {
      return fail(400, "The request body is not valid JSON");
    }
    requests.push({ path: request.url, body });
    const refused = wrong(body, thinksAlways);
    if (refused) return fail(400, refused);
    const plan = behave(body, requests.length) ?? {};
    if (plan.hang) return;
    if (plan.status) return fail(plan.status, plan.error ?? "Overloaded");
    const tokens = plan.tokens ?? (plan.text ?? "").match(/\s*\S+/g) ?? [];
    const calls = plan.calls ?? [];
    const reason = calls.length ? "tool_use" : "end_turn";
    const message = { id: "msg_1", type: "message", role: "assistant", model: body.model, content: [], stop_reason: null, stop_sequence: null };
    const usage = { input_tokens: 40, cache_creation_input_tokens: 0, cache_read_input_tokens: 2, output_tokens: tokens.length + calls.length };
    if (!body.stream) {
      const used = calls.map(({ id, name, pieces }) => ({ type: "tool_use", id, name, input: JSON.parse(pieces.join("") || "{}") }));
      const content = [...(tokens.length ? [{ type: "text", text: tokens.join("") }] : []), ...used];
      response.writeHead(200, { "content-type": "application/json", "request-id": "req_1" });
      return response.end(JSON.stringify({ ...message, content, stop_reason: reason, usage }));
    }
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "request-id": "req_1" });
    response.flushHeaders();
    const write = async (text) => {
      if (!plan.splitBytes) return response.write(text);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += plan.splitBytes) {
        response.write(bytes.subarray(at, at + plan.splitBytes));
        await new Promise(setImmediate);
      }
    };
    const event = (type, data) => write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    await event("message_start", { message: { ...message, usage: { ...usage, output_tokens: 1 } } });
    let index = 0;
    await event("content_block_start", { index, content_block: { type: "text", text: "" } });
    await event("ping", {});
    for (const [at, token] of tokens.entries()) {
      if (at === plan.cutAfter) {
        // What was written is on its way before the connection goes.
        await wait(50);
        return response.destroy();
      }
      if (at === plan.garbageAfter) return response.end("data: <html>oops\n\n");
      if (at === plan.errorAfter) {
        await event("error", { error: { type: "overloaded_error", message: "Overloaded" }, request_id: "req_1" });
        return response.end();
      }
      if (at === plan.stallAfter) return;
      if (response.destroyed) return;
      if (plan.tokenMs) await wait(plan.tokenMs);
      await event("content_block_delta", { index, delta: { type: "text_delta", text: token } });
    }
    await event("content_block_stop", { index });
    for (const { id, name, pieces } of calls) {
      index += 1;
      await event("content_block_start", { index, content_block: { type: "tool_use", id, name, input: {} } });
      for (const piece of ["", ...pieces]) await event("content_block_delta", { index, delta: { type: "input_json_delta", partial_json: piece } });
      await event("content_block_stop", { index });
    }
    await event("message_delta", { delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: usage.output_tokens } });
    await event("message_stop", {});
    response.end();
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    key,
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
