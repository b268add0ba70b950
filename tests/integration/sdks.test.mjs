// The stand-ins for models speak the real wire: the vendors' own clients understand them, and meet the refusals
// they know.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { startAnthropic } from "../fakes/anthropic.mjs";
import { startOpenAi } from "../fakes/openai.mjs";

const PIECES = ['{"sku":', ' "x', '1"}'];
const QUESTION = [{ role: "user", content: "Is it there?" }];
const SCHEMA = { type: "object", properties: { sku: { type: "string" } } };

describe("OpenAI's client", () => {
  let fake, client;
  before(async () => {
    fake = await startOpenAi();
    client = new OpenAI({ apiKey: fake.key, baseURL: fake.url, maxRetries: 0 });
  });
  after(() => fake?.close());

  const ask = () => client.chat.completions.stream({ model: "gpt-4o-mini", messages: QUESTION, stream_options: { include_usage: true }, tools: [{ type: "function", function: { name: "stock", parameters: SCHEMA } }] });

  test("reads text, tool calls and usage of a stream", async () => {
    fake.behave = () => ({ tokens: ["One", " moment."], calls: [{ id: "call_a", name: "stock", pieces: PIECES }], splitBytes: 7 });
    const { choices, usage } = await ask().finalChatCompletion();
    assert.equal(choices[0].message.content, "One moment.");
    assert.deepEqual(choices[0].message.tool_calls.map(({ id, function: { name, arguments: said } }) => [id, name, said]), [["call_a", "stock", PIECES.join("")]]);
    assert.equal(choices[0].finish_reason, "tool_calls");
    assert.equal(usage.prompt_tokens, 100);
  });

  test("knows its errors, before and within a stream", async () => {
    fake.behave = () => ({ status: 429, error: "Rate limit reached" });
    await assert.rejects(ask().finalChatCompletion(), OpenAI.RateLimitError);
    fake.behave = () => ({ refuses: "stream_options" });
    await assert.rejects(ask().finalChatCompletion(), OpenAI.BadRequestError);
    fake.behave = () => ({ tokens: ["a", "b"], errorAfter: 1 });
    await assert.rejects(ask().finalChatCompletion(), /Provider disconnected/);
  });

  test("reads embeddings", async () => {
    const { data } = await client.embeddings.create({ model: "small", input: ["a", "b"], encoding_format: "float" });
    assert.deepEqual(data.map(({ index, embedding }) => [index, embedding.length]), [[0, 64], [1, 64]]);
  });
});

describe("Anthropic's client", () => {
  let fake, client;
  before(async () => {
    fake = await startAnthropic();
    client = new Anthropic({ apiKey: fake.key, authToken: null, baseURL: fake.url, maxRetries: 0 });
  });
  after(() => fake?.close());

  const REQUEST = { model: "claude-haiku-4-5", max_tokens: 100, messages: QUESTION, tools: [{ name: "stock", input_schema: SCHEMA }] };

  test("reads text, tool calls and usage of a stream, and of a whole message", async () => {
    fake.behave = () => ({ tokens: ["One", " moment."], calls: [{ id: "toolu_a", name: "stock", pieces: PIECES }, { id: "toolu_b", name: "hours", pieces: [] }], splitBytes: 7 });
    const streamed = await client.messages.stream(REQUEST).finalMessage();
    const whole = await client.messages.create(REQUEST);
    for (const { content, stop_reason, usage } of [streamed, whole]) {
      assert.equal(content[0].text, "One moment.");
      assert.deepEqual(content.slice(1).map(({ id, name, input }) => [id, name, input]), [["toolu_a", "stock", { sku: "x1" }], ["toolu_b", "hours", {}]]);
      assert.equal(stop_reason, "tool_use");
      assert.deepEqual([usage.input_tokens, usage.output_tokens], [40, 4]);
    }
  });

  test("knows its errors, before and within a stream", async () => {
    fake.behave = () => ({ status: 429, error: "slow down" });
    await assert.rejects(client.messages.create(REQUEST), Anthropic.RateLimitError);
    await assert.rejects(new Anthropic({ apiKey: "other", authToken: null, baseURL: fake.url, maxRetries: 0 }).messages.create(REQUEST), Anthropic.AuthenticationError);
    fake.behave = () => ({ tokens: ["a", "b"], errorAfter: 1 });
    await assert.rejects(client.messages.stream(REQUEST).finalMessage(), /Overloaded/);
  });

  test("is refused what the real one refuses", async () => {
    fake.behave = () => ({ text: "never" });
    const used = { role: "assistant", content: [{ type: "tool_use", id: "toolu_a", name: "stock", input: {} }] };
    for (const [change, reason] of [
      [{ messages: [{ role: "assistant", content: "Hi" }] }, /first message/],
      [{ messages: [{ role: "user", content: " " }] }, /non-empty/],
      [{ messages: [...QUESTION, used, { role: "user", content: "So?" }] }, /without `tool_result`/],
      [{ messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_z", content: "1" }] }] }, /unexpected `tool_use_id`/],
      [{ tools: [{ name: "a b", input_schema: SCHEMA }] }, /pattern/],
      [{ model: "claude-opus-5-5", thinking: { type: "disabled" } }, /not supported/],
      [{ frequency_penalty: 1 }, /Extra inputs/],
    ]) {
      await assert.rejects(client.messages.create({ ...REQUEST, ...change }), reason);
    }
  });
});
