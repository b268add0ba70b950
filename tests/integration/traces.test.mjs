// Traces of turns: the stages that the last frame tells, as a collector takes them, after the turn.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startOpenAi } from "../fakes/openai.mjs";
import { startOtlp } from "../fakes/otlp.mjs";
import { Visitor, start, until } from "./harness.mjs";

describe("traces", () => {
  let product, model, collector;
  before(async () => {
    collector = await startOtlp({ header: ["x-team", "key of the team"] });
    model = await startOpenAi({ behave: () => ({ text: "We are open from nine to five, and the workshop begins at eight.", firstMs: 30, tokenMs: 30 }) });
    product = await start({
      vars: { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key, EMBEDDING_MODEL: "openai:embedding", OTLP_ENDPOINT: `${collector.url}/`, OTLP_HEADERS: "x-team=key of the team" },
      agent: { models: [{ provider: "openai_compatible", model: "m" }] },
    });
  });
  after(async () => {
    await product?.stop();
    await Promise.all([model?.close(), collector?.close()]);
  });

  test("a turn is a trace with the spans of its stages and nothing of what was said", async () => {
    const visitor = await Visitor.open(product);
    const end = await visitor.ask("When does Petra Beispiel open the workshop?");
    assert.equal(end.type, "turn_finished");
    const spans = await until("the trace", () => collector.spans.length && [...collector.spans]);
    assert.deepEqual(collector.refused, []);
    const byName = Object.fromEntries(spans.map((span) => [span.name, span]));
    const stages = { "rag.turn": "total", "rag.retrieve_cache": "retrieve", "rag.embed_query": "embed", "rag.index_search": "index_search", "rag.assemble_prompt": "assemble_prompt", "rag.model_first_byte": "model_first_byte", "rag.model_stream": "model_stream" };
    // What took no measurable time has no span.
    assert.deepEqual(Object.keys(byName).sort(), Object.keys(stages).filter((name) => end.stages[stages[name]] > 0).sort());
    assert.ok(byName["rag.model_first_byte"] && byName["rag.embed_query"]);
    assert.equal(Object.keys(byName).length, spans.length, "each once");
    const root = byName["rag.turn"];
    assert.equal(new Set(spans.map((span) => span.traceId)).size, 1, "one trace");
    assert.equal(new Set(spans.map((span) => span.spanId)).size, spans.length, "every span has its own id");
    assert.equal(root.parentSpanId, undefined);
    const parents = { "rag.embed_query": "rag.retrieve_cache", "rag.index_search": "rag.retrieve_cache" };
    for (const span of spans) {
      if (span !== root) assert.equal(span.parentSpanId, byName[parents[span.name] ?? "rag.turn"].spanId, span.name);
      assert.ok(BigInt(span.startTimeUnixNano) >= BigInt(root.startTimeUnixNano), `${span.name} begins within the turn`);
    }
    const ms = (span) => Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6;
    for (const span of spans) {
      const told = end.stages[stages[span.name]];
      assert.ok(Math.abs(ms(span) - told) < 0.01, `${span.name}: ${ms(span)} ms, the frame says ${told}`);
    }
    assert.equal(root.attributes["frontdesk.turn_id"], end.turn_id);
    assert.equal(root.attributes["frontdesk.provider"], "openai_compatible");
    assert.equal(root.resource["service.name"], "frontdesk");
    const told = JSON.stringify(spans);
    for (const secret of ["Petra", "workshop", "nine to five", visitor.conversation, "site.test"]) assert.ok(!told.includes(secret), `the trace tells ${secret}`);
    await visitor.close();
  });

  test("a collector that is away costs nobody an answer, and the turn is stored", async () => {
    await collector.close();
    const visitor = await Visitor.open(product);
    const end = await visitor.ask("Are you open on Mondays?");
    assert.equal(end.type, "turn_finished");
    await until("the archive", async () => (await product.client.raw("GET", `/v1/conversations/${visitor.conversation}`)).ok);
    await visitor.close();
  });
});
