// A stand-in for Workers AI and Vectorize behind Miniflare's remote proxy: the Worker keeps the real binding
// classes, and this server sees what they send to Cloudflare.
//
// Workers AI: POST https://workers-binding.ai/run?version=3 with { inputs, options } and the header
// cf-consn-model-id. Vectorize: http://vector-search/{query,upsert,deleteByIds}; upserts are NDJSON. The limits of
// the real services are kept: dimensions, ids and namespaces of 64 bytes, metadata of 10 KiB, topK 50 with
// metadata.
import { createServer } from "node:http";
import { embed } from "./openai.mjs";

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

export async function startCloudflare({ dimensions = 64, embedMs = 0, queryMs = 0, behave = () => ({ tokens: ["Hello", " [1]."] }), embedder = (texts) => texts.map((text) => embed(text, dimensions)) } = {}) {
  const vectors = new Map();
  const requests = [];
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
        return json(response, 200, { shape: [texts.length, dimensions], data: await embedder(texts), pooling: "cls" });
      }
      if (!Array.isArray(inputs.messages)) return json(response, 400, { errors: [{ code: 5006, message: "Error: required properties at '/' are 'prompt' or 'messages'" }] });
      const plan = behave(inputs, requests.length);
      await wait(plan.firstMs ?? 0);
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
        vectors.set(row.id, row);
      }
      json(response, 200, { mutationId: `m${vectors.size}` });
    },
    async query(_request, response, body) {
      const { vector, topK = 5, namespace, returnMetadata } = JSON.parse(body.toString());
      if (vector.length !== dimensions) return json(response, 400, { error: "VECTOR_QUERY_ERROR (code = 40006): vector length is wrong" });
      if (topK > (returnMetadata === "all" || returnMetadata === true ? 50 : 100)) return json(response, 400, { error: "VECTOR_QUERY_ERROR (code = 40025): max top K exceeded" });
      await wait(queryMs);
      const score = (values) => values.reduce((sum, x, at) => sum + x * vector[at], 0);
      const matches = [...vectors.values()]
        .filter((row) => namespace === undefined || row.namespace === namespace)
        .map((row) => ({ id: row.id, score: score(row.values), namespace: row.namespace, ...(returnMetadata && returnMetadata !== "none" && { metadata: row.metadata }) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, topK);
      json(response, 200, { count: matches.length, matches });
    },
    async deleteByIds(_request, response, body) {
      for (const id of JSON.parse(body.toString()).ids) vectors.delete(id);
      json(response, 200, { mutationId: "d" });
    },
  };

  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const url = new URL(request.headers["mf-url"] ?? "http://unknown/");
    const handler = url.host === "workers-binding.ai" ? "ai" : url.pathname.slice(1);
    const begun = clock();
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
    vectors,
    busy,
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
