// A stand-in for Workers AI and Vectorize behind Miniflare's remote proxy: the Worker keeps the real binding
// classes, and this server sees what they send to Cloudflare.
//
// Workers AI: POST https://workers-binding.ai/run?version=3 with { inputs, options } and the header
// cf-consn-model-id. Vectorize: http://vector-search/{query,upsert,deleteByIds}; upserts are NDJSON. The limits of
// the real services are kept: dimensions, ids and namespaces of 64 bytes, metadata of 10 KiB, 1,000 vectors an
// upsert, 100 ids a deletion, topK 50 with metadata, filters on indexed properties of 64 bytes alone. Like the real
// one it takes mutations at once and shows them late: `lag` milliseconds later, or not before `release()` where it is
// Infinity.
//
// The REST API (api.cloudflare.com/client/v4) answers below /client/v4 as the real one does: a second index of the
// same name is 400 with code 3002, one that is not there 404 with code 3000, a second metadata index is taken.
import { createServer } from "node:http";
import { embed } from "./openai.mjs";

const wait = (ms) => new Promise((done) => setTimeout(done, ms));
/** Waits for what nobody may wait for any more: the process need not, either. */
const stall = (ms = 0) => new Promise((done) => setTimeout(done, ms).unref());

export async function startCloudflare({ dimensions = 64, embedMs = 0, queryMs = 0, lag = 0, metadataIndexes = ["model"], token = "cloudflare-token", behave = () => ({ tokens: ["Hello", " [1]."] }), embedder = (texts) => texts.map((text) => embed(text, dimensions)) } = {}) {
  const vectors = new Map();
  const requests = [];
  const refused = [];
  /** Mutations that nobody sees yet. */
  let mutations = [];
  let embedding = () => undefined;
  let reranking = () => ({ score: (text) => 1 / text.length });
  const indexes = new Map();
  const settle = () => {
    const now = Date.now();
    while (mutations.length && mutations[0].at <= now) mutations.shift().apply();
  };
  const mutate = (apply) => {
    mutations.push({ at: Date.now() + lag, apply });
    settle();
  };
  const cut = (text) => Buffer.from(String(text)).subarray(0, 64).toString();
  const busy = [];
  const clock = () => Number(process.hrtime.bigint()) / 1e6;

  const handlers = {
    async ai(request, response, body) {
      const model = request.headers["mf-header-cf-consn-model-id"];
      const { inputs } = JSON.parse(body.toString());
      requests.push({ model, inputs });
      if (inputs.text !== undefined) {
        const texts = [inputs.text].flat();
        if (texts.length > 100) return json(response, 400, { errors: [{ code: 5006, message: "too many inputs" }] });
        await wait(embedMs);
        const plan = embedding(texts, model, requests.length);
        await stall(plan?.waitMs);
        if (plan?.status) return json(response, plan.status, { errors: [{ code: plan.code ?? 3040, message: plan.error ?? "Capacity temporarily exceeded" }] });
        if (plan?.data) return json(response, 200, { shape: [plan.data.length, dimensions], data: plan.data, pooling: "cls" });
        return json(response, 200, { shape: [texts.length, dimensions], data: await embedder(texts), pooling: "cls" });
      }
      if (inputs.query !== undefined) {
        const fits = typeof inputs.query === "string" && inputs.query && Array.isArray(inputs.contexts) && inputs.contexts.length && inputs.contexts.every((context) => typeof context.text === "string");
        if (!fits) return json(response, 400, { errors: [{ code: 5006, message: "Error: required properties at '/' are 'query,contexts'" }] });
        const { status, waitMs = 0, score } = reranking(inputs);
        await wait(waitMs);
        if (status) return json(response, status, { errors: [{ code: 3040, message: "Capacity temporarily exceeded" }] });
        const scored = inputs.contexts.map((context, id) => ({ id, score: score(context.text) }));
        return json(response, 200, { response: scored.sort((a, b) => b.score - a.score).slice(0, inputs.top_k ?? scored.length) });
      }
      if (!Array.isArray(inputs.messages)) return json(response, 400, { errors: [{ code: 5006, message: "Error: required properties at '/' are 'prompt' or 'messages'" }] });
      const plan = behave(inputs, requests.length);
      await stall(plan.firstMs);
      if (plan.status) return json(response, plan.status, { errors: [{ code: plan.code ?? 3040, message: plan.error ?? "Capacity temporarily exceeded" }] });
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const token of plan.tokens) {
        response.write(`data: ${JSON.stringify(plan.openai ? { choices: [{ index: 0, delta: { content: token } }] } : { response: token })}\n\n`);
        await wait(plan.tokenMs ?? 0);
      }
      response.end(`data: ${JSON.stringify({ response: "", usage: { prompt_tokens: 10, completion_tokens: plan.tokens.length } })}\n\ndata: [DONE]\n\n`);
    },
    async upsert(_request, response, body) {
      const rows = body.toString().split("\n").filter(Boolean).map((line) => JSON.parse(line));
      if (rows.length > 1000) return json(response, 400, { error: "VECTOR_UPSERT_ERROR (code = 40041): too many vectors" });
      for (const row of rows) {
        if (row.values.length !== dimensions) return json(response, 400, { error: `VECTOR_UPSERT_ERROR (code = 40012): invalid vector for id="${row.id}", expected ${dimensions} dimensions, and got ${row.values.length} dimensions` });
        if (Buffer.byteLength(row.id) > 64 || Buffer.byteLength(row.namespace ?? "") > 64) return json(response, 400, { error: "VECTOR_UPSERT_ERROR (code = 40008): id too long" });
        if (Buffer.byteLength(JSON.stringify(row.metadata ?? {})) > 10 * 1024) return json(response, 400, { error: "VECTOR_UPSERT_ERROR (code = 40013): metadata too large" });
      }
      mutate(() => rows.forEach((row) => vectors.set(row.id, row)));
      json(response, 200, { mutationId: "u" });
    },
    async query(_request, response, body) {
      const { vector, topK = 5, namespace, returnMetadata, filter = {} } = JSON.parse(body.toString());
      if (vector.length !== dimensions) return json(response, 400, { error: "VECTOR_QUERY_ERROR (code = 40006): vector length is wrong" });
      if (topK > (returnMetadata === "all" || returnMetadata === true ? 50 : 100)) return json(response, 400, { error: "VECTOR_QUERY_ERROR (code = 40025): max top K exceeded" });
      await wait(queryMs);
      settle();
      const passes = (row) => Object.entries(filter).every(([name, wanted]) => metadataIndexes.includes(name) && cut(row.metadata?.[name]) === cut(wanted));
      const score = (values) => values.reduce((sum, x, at) => sum + x * vector[at], 0);
      const matches = [...vectors.values()]
        .filter((row) => (namespace === undefined || row.namespace === namespace) && passes(row))
        .map((row) => ({ id: row.id, score: score(row.values), namespace: row.namespace, ...(returnMetadata && returnMetadata !== "none" && { metadata: row.metadata }) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, topK);
      json(response, 200, { count: matches.length, matches });
    },
    async deleteByIds(_request, response, body) {
      const { ids } = JSON.parse(body.toString());
      if (ids.length > 100) return json(response, 400, { error: "VECTOR_DELETE_ERROR (code = 40007): too many ids in payload; max id count is 100" });
      mutate(() => ids.forEach((id) => vectors.delete(id)));
      json(response, 200, { mutationId: "d" });
    },
  };

  /** Cloudflare's REST API, as far as a vector index is set up with it. */
  function rest(request, response, body) {
    const answer = (status, result, errors = []) => json(response, status, { result, success: status < 400, errors, messages: [] });
    if (request.headers.authorization !== `Bearer ${token}`) return answer(403, null, [{ code: 10000, message: "Authentication error" }]);
    const [, name, below, action] = /^\/client\/v4\/accounts\/[0-9a-f]{32}\/vectorize\/v2\/indexes(?:\/([^/]+)(?:\/(metadata_index)\/(list|create))?)?$/.exec(request.url) ?? [null, undefined];
    const unknown = () => answer(404, null, [{ code: 3000, message: "vectorize.index.not_found" }]);
    if (request.method === "POST" && !/^application\/json/.test(request.headers["content-type"] ?? "")) return answer(400, null, [{ code: 40026, message: "Expected request with `Content-Type: application/json`" }]);
    const sent = request.method === "POST" ? JSON.parse(body.toString()) : undefined;
    if (name === undefined && request.method === "POST") {
      if (indexes.has(sent.name)) return answer(400, null, [{ code: 3002, message: `vectorize.index.duplicate_name - Index name "${sent.name}"` }]);
      const { dimensions, metric } = sent.config;
      if (!(dimensions >= 1 && dimensions <= 1536) || !["cosine", "euclidean", "dot-product"].includes(metric)) return answer(400, null, [{ code: 1001, message: "vectorize.invalid_config" }]);
      indexes.set(sent.name, { index: { name: sent.name, description: sent.description ?? "", config: { dimensions, metric }, created_on: "2026-11-21T00:00:00.000000Z", modified_on: "2026-11-21T00:00:00.000000Z" }, metadata: [] });
      return answer(200, indexes.get(sent.name).index);
    }
    const known = indexes.get(name);
    if (!known) return unknown();
    if (!below) return answer(200, known.index);
    if (action === "list") return answer(200, { metadataIndexes: known.metadata });
    if (!["string", "number", "boolean"].includes(sent.indexType)) return answer(400, null, [{ code: 40000, message: "invalid index type" }]);
    known.metadata = [...known.metadata.filter((other) => other.propertyName !== sent.propertyName), sent];
    return answer(200, { mutationId: "i" });
  }

  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (request.url.startsWith("/client/v4/")) {
      requests.push({ method: request.method, path: request.url });
      return rest(request, response, body);
    }
    const url = new URL(request.headers["mf-url"] ?? "http://unknown/");
    const handler = url.host === "workers-binding.ai" ? "ai" : url.pathname.slice(1);
    const begun = clock();
    response.on("finish", () => response.statusCode >= 400 && refused.push(handler));
    if (!handlers[handler]) return json(response, 404, { error: `no stand-in for ${url}` });
    try {
      await handlers[handler](request, response, body);
    } catch (error) {
      json(response, 500, { error: String(error) });
    }
    if (handler !== "upsert") busy.push([begun, clock()]);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    /** What Vectorize or the models refused. */
    refused,
    indexes,
    token,
    get vectors() {
      settle();
      return vectors;
    },
    busy,
    set lag(ms) {
      lag = ms;
    },
    /** Everything taken so far is visible now. */
    release() {
      mutations.forEach(({ apply }) => apply());
      mutations = [];
    },
    /** `reranking(inputs)` says how: { score: text → number, waitMs?, status? }. */
    set reranking(next) {
      reranking = next;
    },
    /** `embedding(texts, model, n)` decides about each request for vectors: { waitMs?, status?, code?, data? } or nothing. */
    set embedding(next) {
      embedding = next;
    },
    set behave(next) {
      behave = next;
    },
    close: () => new Promise((done) => {
      server.closeAllConnections();
      server.close(done);
    }),
  };
}

function json(response, status, value) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}
