// A stand-in for OpenAI's chat completions (streaming) and embeddings: wire format of the API reference,
// "Create chat completion" with stream: true and stream_options.include_usage, and its error bodies.
import { createServer } from "node:http";

/** A small deterministic embedding: hashed words, so that texts that share words are near. */
export function embed(text, dimensions = 64) {
  const vector = new Array(dimensions).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    let hash = 2166136261;
    for (const c of word) hash = Math.imul(hash ^ c.codePointAt(0), 16777619);
    vector[(hash >>> 0) % dimensions] += 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((x) => x / length);
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * `embedding(body, n)` decides each answer to a request for embeddings: { status?, retryAfter?, vector?(text) }.
 * `behave(body, n)` decides each answer: { text?, tokens?, calls?: [{ id, name, pieces }], firstMs?, tokenMs?, status?,
 * error?, refuses? (a parameter's name), cutAfter?, garbageAfter?, errorAfter?, endAfter?, stallAfter?, comments?,
 * splitBytes?, usage? }. `requests` holds what was asked, with the moments (of `clock`) at which each token was sent.
 */
export async function startOpenAi({ key = "test-key", behave = () => ({ text: "Hello [1]." }), embedMs = 0, embedding = () => undefined } = {}) {
  const requests = [];
  const busy = [];
  const clock = () => Number(process.hrtime.bigint()) / 1e6;
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const fail = (status, message, type = "invalid_request_error") => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message, type, param: null, code: null } }));
    };
    if (request.headers.authorization !== `Bearer ${key}`) return fail(401, "Incorrect API key provided", "authentication_error");
    let body;
    try {
      body = JSON.parse(Buffer.concat(chunks).toString());
    } catch {
      return fail(400, "We could not parse the JSON body of your request.");
    }
    const noted = { path: request.url, body, sent: [] };
    requests.push(noted);
    const begun = clock();
    if (request.url === "/v1/embeddings") {
      if (!Array.isArray(body.input) || !body.model) return fail(400, "'input' and 'model' are required");
      if (body.input.length > 2048) return fail(400, "'$.input' is invalid: at most 2048 inputs");
      await wait(embedMs);
      const plan = embedding(body, requests.length) ?? {};
      if (plan.status) {
        if (plan.retryAfter !== undefined) response.setHeader("retry-after", plan.retryAfter);
        return fail(plan.status, plan.error ?? "The server had an error", "server_error");
      }
      busy.push([begun, clock()]);
      response.writeHead(200, { "content-type": "application/json" });
      return response.end(JSON.stringify({ object: "list", model: body.model, data: body.input.map((text, index) => ({ object: "embedding", index, embedding: plan.vector?.(text) ?? embed(text) })), usage: { prompt_tokens: 1, total_tokens: 1 } }));
    }
    if (request.url !== "/v1/chat/completions") return fail(404, `Unknown request URL: POST ${request.url}`);
    if (!body.model || !Array.isArray(body.messages) || !body.messages.length) return fail(400, "Missing required parameter: 'messages'");
    const content = (m) => typeof m.content === "string" || (m.content === null && m.role === "assistant" && m.tool_calls?.length > 0);
    if (body.messages.some((m) => !["system", "user", "assistant", "tool", "developer"].includes(m.role) || !content(m))) return fail(400, "Invalid value in 'messages'");
    if (body.messages.some((m) => (m.tool_calls ?? []).some((call) => call.type !== "function" || !call.id || typeof call.function?.arguments !== "string"))) return fail(400, "Invalid value in 'tool_calls'");
    const called = body.messages.flatMap((m) => m.tool_calls ?? []).map((call) => call.id);
    if (body.messages.some((m) => m.role === "tool" && !called.includes(m.tool_call_id))) return fail(400, "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.");
    if (body.tools && (!Array.isArray(body.tools) || !body.tools.length)) return fail(400, "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.");
    if (body.stream_options && !body.stream) return fail(400, "stream_options needs stream");
    if (body.temperature !== undefined && !(body.temperature >= 0 && body.temperature <= 2)) return fail(400, "Invalid 'temperature': it has to be between 0 and 2.");
    const plan = behave(body, requests.length) ?? {};
    if (plan.hang) return;
    if (plan.refuses in body) return fail(400, `Unsupported parameter: '${plan.refuses}' is not supported with this model.${plan.refuses === "max_tokens" ? " Use 'max_completion_tokens' instead." : ""}`);
    await wait(plan.firstMs ?? 0);
    if (plan.status) return fail(plan.status, plan.error ?? "The server had an error", "server_error");
    const tokens = plan.tokens ?? (plan.text ?? "").match(/\s*\S+/g) ?? [];
    response.writeHead(200, { "content-type": "text/event-stream" });
    const event = (choices, extra = {}) => `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: body.model, choices, ...extra })}\n\n`;
    const write = async (text) => {
      if (!plan.splitBytes) return response.write(text);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += plan.splitBytes) {
        response.write(bytes.subarray(at, at + plan.splitBytes));
        await new Promise(setImmediate);
      }
    };
    response.flushHeaders();
    await write(event([{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }]));
    busy.push([begun, clock()]);
    const streamed = clock();
    for (const [at, token] of tokens.entries()) {
      if (at === plan.cutAfter) {
        // What was written is on its way before the connection goes.
        await wait(50);
        return response.destroy();
      }
      if (at === plan.garbageAfter) return response.end("data: <html>oops\n\n");
      // OpenRouter: the status is 200 already.
      if (at === plan.errorAfter) return response.end(`${event([{ index: 0, delta: { content: "" }, finish_reason: "error" }], { error: { code: 502, message: "Provider disconnected" } })}`);
      if (at === plan.endAfter) return response.end();
      if (at === plan.stallAfter) {
        // Comments keep the connection, and are no tokens.
        const beat = plan.comments && setInterval(() => response.write(": OPENROUTER PROCESSING\n\n"), 100);
        response.on("close", () => clearInterval(beat));
        return;
      }
      if (response.destroyed) return;
      // Paced by the clock, not by the sum of timers: a late token does not delay the next.
      const due = streamed + at * (plan.tokenMs ?? 0) - clock();
      if (due > 1) await wait(due);
      noted.sent.push(clock());
      await write(event([{ index: 0, delta: { content: token }, finish_reason: null }]));
    }
    for (const [index, { id, name, pieces }] of (plan.calls ?? []).entries()) {
      await write(event([{ index: 0, delta: { tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] }, finish_reason: null }]));
      for (const piece of pieces) await write(event([{ index: 0, delta: { tool_calls: [{ index, function: { arguments: piece } }] }, finish_reason: null }]));
    }
    await write(event([{ index: 0, delta: {}, finish_reason: plan.calls ? "tool_calls" : "stop" }]));
    if (body.stream_options?.include_usage && plan.usage !== false) await write(event([], { usage: { prompt_tokens: 100, completion_tokens: tokens.length, total_tokens: 100 + tokens.length } }));
    response.end("data: [DONE]\n\n");
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}/v1`,
    host: `127.0.0.1:${port}`,
    key,
    requests,
    busy,
    clock,
    set behave(next) {
      behave = next;
    },
    set embedding(next) {
      embedding = next;
    },
    close: () => new Promise((done) => {
      server.closeAllConnections();
      server.close(done);
    }),
  };
}
