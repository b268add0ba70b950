// The stand-ins for models and services speak the real wire: the vendors' own clients understand them, and meet the refusals
// they know.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { Client as Hubspot } from "@hubspot/api-client";
import { IncomingWebhook } from "@slack/webhook";
import { createAdminApiClient } from "@shopify/admin-api-client";
import WooCommerce from "@woocommerce/woocommerce-rest-api";
import OpenAI from "openai";
import { startAnthropic } from "../fakes/anthropic.mjs";
import { startHubspot } from "../fakes/hubspot.mjs";
import { startOpenAi } from "../fakes/openai.mjs";
import { order, startShopify } from "../fakes/shopify.mjs";
import { startSlack } from "../fakes/slack.mjs";
import { order as wooOrder, startWoocommerce } from "../fakes/woocommerce.mjs";

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

describe("Slack's client", () => {
  let fake, hook;
  before(async () => {
    fake = await startSlack();
    hook = new IncomingWebhook(fake.hook);
  });
  after(() => fake?.close());

  test("sends text and blocks, and meets the refusals it knows", async () => {
    assert.equal((await hook.send("Hello")).text, "ok");
    const section = { type: "section", text: { type: "mrkdwn", text: "*Hello*" } };
    assert.equal((await hook.send({ text: "Hello", blocks: [section] })).text, "ok");
    assert.deepEqual(fake.messages[1], { text: "Hello", blocks: [section] });
    const refused = async (message, status, words) => {
      const error = await hook.send(message).catch((error) => error);
      assert.equal(error.code, "slack_webhook_http_error");
      assert.ok(`${error.message} ${error.body ?? ""}`.includes(String(status)) && fake.refusals.at(-1) === words, `${error.message}, ${fake.refusals.at(-1)}`);
    };
    await refused({}, 400, "no_text");
    await refused({ text: "x", blocks: [{ type: "section", text: { type: "mrkdwn", text: "x".repeat(3_001) } }] }, 400, "invalid_blocks");
    await refused({ text: "x", blocks: [{ type: "section", fields: Array(11).fill(section.text) }] }, 400, "invalid_blocks");
    for (const [state, status, words] of [["removed", 404, "no_service"], ["archived", 410, "channel_is_archived"], ["prohibited", 403, "action_prohibited"], ["limited", 429, "rate_limited"], ["broken", 500, "rollup_error"]]) {
      fake.state = state;
      await refused("Hello", status, words);
    }
  });
});

describe("HubSpot's client", () => {
  let fake, client, tokens;
  const redirect = "https://desk.test/callback";
  before(async () => {
    fake = await startHubspot();
    client = new Hubspot({ basePath: fake.url, numberOfApiCallRetries: 0 });
  });
  after(() => fake?.close());
  const grant = (type, more) => client.oauth.tokensApi.create(type, more.code, redirect, fake.clientId, more.secret ?? fake.clientSecret, more.refresh);

  test("is let in by a code, renews its token, and is refused with others", async () => {
    const there = await fetch(`${fake.url}/oauth/authorize?${new URLSearchParams({ client_id: fake.clientId, redirect_uri: redirect, scope: "oauth crm.objects.contacts.read crm.objects.contacts.write crm.objects.owners.read", state: "s" })}`, { redirect: "manual" });
    const code = new URL(there.headers.get("location")).searchParams.get("code");
    await assert.rejects(grant("authorization_code", { code, secret: "another" }), ({ code }) => code === 400);
    tokens = await grant("authorization_code", { code });
    assert.deepEqual([tokens.tokenType, tokens.expiresIn], ["bearer", 1_800]);
    await assert.rejects(grant("authorization_code", { code }), ({ code }) => code === 400, "a code counts once");
    fake.expire();
    client.setAccessToken(tokens.accessToken);
    await assert.rejects(client.crm.owners.ownersApi.getPage(), ({ code, body }) => code === 401 && body.category === "EXPIRED_AUTHENTICATION");
    tokens = await grant("refresh_token", { refresh: tokens.refreshToken });
    client.setAccessToken(tokens.accessToken);
  });

  test("puts contacts by their address, over pages of owners, and meets limits", async () => {
    const put = (properties, id = "ada@acme.example") => client.crm.contacts.batchApi.upsert({ inputs: [{ idProperty: "email", id, properties }] });
    const [first] = (await put({ email: "ada@acme.example", firstname: "Ada" })).results;
    const [second] = (await put({ lastname: "Lovelace" })).results;
    assert.deepEqual([first._new, second._new, second.id === first.id], [true, false, true]);
    assert.deepEqual(second.properties, { email: "ada@acme.example", firstname: "Ada", lastname: "Lovelace" });
    await assert.rejects(put({ nickname: "A" }), ({ code, body }) => code === 400 && body.category === "VALIDATION_ERROR");
    const several = await put({}, "no address");
    assert.deepEqual([several.numErrors, several.results.length, several.errors[0].category], [1, 0, "VALIDATION_ERROR"]);
    const names = [];
    for (let after; ; ) {
      const page = await client.crm.owners.ownersApi.getPage(undefined, after, 100);
      names.push(...page.results.map(({ firstName }) => firstName));
      after = page.paging?.next?.after;
      if (!after) break;
    }
    assert.deepEqual(names, ["Ada", "Grace", "Alan", "Edsger", "Barbara"]);
    const { results } = await client.crm.properties.coreApi.getAll("contacts");
    assert.ok(results.some(({ name, modificationMetadata }) => name === "hs_object_id" && modificationMetadata.readOnlyValue));
    fake.limit(1);
    await assert.rejects(put({}), ({ code, body }) => code === 429 && body.policyName === "TEN_SECONDLY_ROLLING");
  });
});

describe("Shopify's client", () => {
  let fake;
  const domain = "https://acme-goods.myshopify.com";
  const client = (accessToken = fake.token) => createAdminApiClient({
    storeDomain: domain, apiVersion: fake.version, accessToken, retries: 0,
    customFetchApi: (url, options) => fetch(url.replace(domain, fake.url.replace("{shop}", fake.shop)), options),
  });
  const ORDERS = "query ($after: String, $first: Int) { orders(first: $first, after: $after) { nodes { name lineItems(first: 5) { nodes { name } } } pageInfo { hasNextPage endCursor } } }";
  const ask = (variables, query = ORDERS) => client().request(query, { variables: { first: 2, ...variables } });
  before(async () => {
    fake = await startShopify();
    fake.orders = ["#1001", "#1002", "#1003"].map((name) => order(name));
  });
  after(() => fake?.close());

  test("goes through pages by their cursors, and reads what a query costs", async () => {
    const names = [];
    for (let after; ; ) {
      const { data, errors, extensions } = await ask({ after });
      assert.equal(errors, undefined);
      assert.ok(extensions.cost.requestedQueryCost > 2 && extensions.cost.throttleStatus.maximumAvailable === 2_000);
      names.push(...data.orders.nodes.map(({ name }) => name));
      after = data.orders.pageInfo.endCursor;
      if (!data.orders.pageInfo.hasNextPage) break;
    }
    assert.deepEqual(names, ["#1001", "#1002", "#1003"]);
  });

  test("meets the refusals it knows", async () => {
    const code = async (variables, query) => {
      const { errors } = await ask(variables, query);
      return [errors.networkStatusCode, errors.graphQLErrors?.[0].extensions?.code];
    };
    Object.assign(fake, { left: 0, restoreRate: 0 });
    assert.deepEqual(await code(), [200, "THROTTLED"]);
    Object.assign(fake, { left: 2_000, restoreRate: 100 });
    assert.deepEqual(await code({}, "{ orders(first: 1) { nodes { nickname } } }"), [200, "undefinedField"]);
    assert.deepEqual(await code({ first: 250 }), [200, "MAX_COST_EXCEEDED"]);
    fake.scopes = ["read_products"];
    assert.deepEqual(await code(), [200, "ACCESS_DENIED"]);
    assert.equal((await client("shpat_of_another_app_0000").request(ORDERS)).errors.networkStatusCode, 401);
    for (const [state, status] of [["frozen", 402], ["locked", 423], ["flooded", 429], ["broken", 500]]) {
      fake.state = state;
      assert.deepEqual(await code(), [status, undefined]);
    }
  });
});

describe("WooCommerce's client", () => {
  let fake;
  // It signs differently without TLS, which stands before every real shop.
  const client = (consumerSecret = fake.secret) => new (WooCommerce.default ?? WooCommerce)({
    url: "https://shop.test", consumerKey: fake.key, consumerSecret, version: "wc/v3",
    axiosConfig: { adapter: "fetch", env: { fetch: (request) => fetch(new Request(request.url.replace("https://shop.test", fake.url), request)) } },
  });
  before(async () => {
    fake = await startWoocommerce();
    fake.orders = [1, 2, 3].map((id) => wooOrder(id));
  });
  after(() => fake?.close());

  test("goes through pages, and meets the refusals it knows", async () => {
    const first = await client().get("orders", { per_page: 2 });
    assert.deepEqual([first.headers["x-wp-total"], first.headers["x-wp-totalpages"], first.data.length], ["3", "2", 2]);
    assert.match(first.headers.link, /page=2>; rel="next"/);
    assert.deepEqual((await client().get("orders", { per_page: 2, page: 2 })).data.map(({ number }) => number), ["3"]);
    assert.equal((await client().get("orders/2")).data.billing.email, "ada@acme.example");
    const refused = async (promise, status, code) => {
      const { response } = await promise.then(() => assert.fail("it was let in"), (error) => error);
      assert.deepEqual([response.status, response.data.code, response.data.data.status], [status, code, status]);
    };
    await refused(client().get("orders/99"), 404, "woocommerce_rest_shop_order_invalid_id");
    await refused(client().get("orders", { per_page: 500 }), 400, "rest_invalid_param");
    await refused(client(`cs_${"0".repeat(40)}`).get("orders"), 401, "woocommerce_rest_authentication_error");
    fake.limits = [1];
    await refused(client().get("orders"), 429, "woocommerce_rest_api_rate_limit");
    fake.permission = "none";
    await refused(client().get("products"), 401, "woocommerce_rest_cannot_view");
    fake.state = "plain";
    await refused(client().get("orders"), 404, "rest_no_route");
  });
});
