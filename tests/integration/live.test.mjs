// Live data, end to end: a shop or a database is connected once it has answered, its tools are tried in place and called by
// a model, what an order says is told to those alone who placed it, and nothing of one workspace reaches another.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { startN8n } from "../fakes/n8n.mjs";
import { startOpenAi } from "../fakes/openai.mjs";
import { order, product as article, refund, startShopify } from "../fakes/shopify.mjs";
import { order as wooOrder, product as wooArticle, startWoocommerce } from "../fakes/woocommerce.mjs";
import { Client } from "../../scripts/client.mjs";
import { OWNER, Visitor, createMember, folder, start, startAgain, tenant, until } from "./harness.mjs";
import { startPostgres } from "./postgres.mjs";

const ROOT = "/v1/integrations";
const PASSWORD = "reader's pass/word@1";
const AGENT = { models: [{ provider: "openai_compatible", model: "test-model" }], allowed_origins: ["*"] };
const SCHEMA = `
  CREATE TABLE orders (number text PRIMARY KEY, status text, total numeric, paid boolean, placed date);
  INSERT INTO orders SELECT 'HL-' || n, CASE WHEN n % 2 = 0 THEN 'packed' ELSE 'shipped' END, n * 1.5, n % 2 = 1, date '2026-11-01' + n FROM generate_series(1, 60) n;
  CREATE TABLE secrets (word text); INSERT INTO secrets VALUES ('nobody reads this');
  CREATE FUNCTION touch() RETURNS text LANGUAGE sql AS $$ UPDATE orders SET status = 'touched' WHERE number = 'HL-1' RETURNING status $$;
  CREATE ROLE reader LOGIN PASSWORD '${PASSWORD.replaceAll("'", "''")}'; GRANT SELECT ON orders TO reader;
  CREATE ROLE writer LOGIN PASSWORD 'writer-password'; GRANT SELECT, UPDATE ON orders TO writer;
  CREATE ROLE boss LOGIN SUPERUSER PASSWORD 'boss-password';`;

let product, client, other, shopify, woo, database, model, n8n, disk;
before(async () => {
  disk = folder();
  [shopify, woo, model, n8n, database] = await Promise.all([startShopify(), startWoocommerce(), startOpenAi(), startN8n({ secret: "unused" }), startPostgres()]);
  database.admin("CREATE DATABASE shop");
  database.admin(SCHEMA, "shop");
  // Its workspace has its id, which the operator then gives the binding to.
  const common = { SHOPIFY_URL: shopify.url, OPENAI_BASE_URL: model.url, OPENAI_API_KEY: model.key, CHAT_MODELS: "openai:test-model" };
  const first = await start({ state: disk.path, agent: AGENT, vars: common });
  await first.stop();
  const vars = {
    ...common, LOCAL_HOSTS: [woo.host, n8n.host, database.host].join(","), HYPERDRIVE_WORKSPACES: `OTHER=${first.workspace}, ORDERS=${first.workspace}`,
  };
  const platform = await startAgain({ state: disk.path, secrets: first.secrets, vars, hyperdrives: { ORDERS: database.url("reader", PASSWORD, "shop") } });
  client = new Client(platform.url);
  await client.signIn(OWNER);
  product = { ...first, ...platform, client };
  other = await tenant(product, "other@example.test");
});
after(async () => {
  await product?.stop();
  for (const fake of [shopify, woo, model, n8n]) await fake?.close();
  database?.stop();
  disk?.remove();
});
beforeEach(async () => {
  // More is tried here than one workspace may try in a minute.
  await product.relations.prepare("DELETE FROM rate_limits").run();
  Object.assign(shopify, { state: "open", left: 2_000, perPage: 250, calls: [], scopes: ["read_orders", "read_products"] });
  Object.assign(woo, { state: "open", permission: "read", limits: [], perPage: 100, calls: [] });
});

const refused = (promise, status, field, words) => assert.rejects(promise, (error) => {
  assert.deepEqual([error.status, error.field], [status, field], error.message);
  assert.match(error.message, words ?? /.{20}/);
  return true;
});
const connect = (kind, secret, by = client) => by.call("POST", ROOT, { kind, secret: { kind, ...secret } });
const byShopify = (more = {}, by) => connect("shopify", { shop: "acme-goods.myshopify.com", access_token: shopify.token, ...more }, by);
const byWoo = (more = {}, by) => connect("woocommerce", { url: woo.url, consumer_key: woo.key, consumer_secret: woo.secret, ...more }, by);
const byDatabase = (connection, by) => connect("database", { connection }, by);
const disconnect = (one, by = client) => by.call("DELETE", `${ROOT}/${one.id}`);
const toolsOf = async (one, by = client) => (await by.get("/v1/tools")).filter((tool) => tool.content.live?.integration_id === one.id);
const ask = (tool, args, by = client) => by.call("POST", `/v1/tools/${tool.id}/try`, { arguments: args });
const nothing = /^No order was found/;

describe("Shopify", () => {
  let shop, lookup, search;
  before(async () => {
    shopify.orders = [
      order("#10015", { email: "mia@elsewhere.example" }),
      order("#1001", {
        displayFulfillmentStatus: "FULFILLED", returnStatus: "RETURN_REQUESTED", refunds: [refund("4.00")],
        fulfillments: [{ displayStatus: "IN_TRANSIT", estimatedDeliveryAt: "2026-11-24T12:00:00Z", trackingInfo: [{ company: "DHL", number: "00340434", url: "https://dhl.example/00340434" }] }],
      }),
    ];
    shopify.products = ["Red kettle", "Red teapot", "Blue kettle"].map((title) => article(title));
    shopify.products.push(article("Red secret kettle", { status: "DRAFT" }), article("Old red kettle", { totalInventory: 0 }));
    shop = await byShopify();
    const tools = await toolsOf(shop);
    [lookup, search] = ["order_lookup", "product_search"].map((name) => tools.find((tool) => tool.content.name === name));
  });

  test("is connected once its token may read, and says what is missing", async () => {
    assert.deepEqual([shop.name, shop.kind, shop.enabled, shop.endpoint_id], ["acme-goods.myshopify.com", "shopify", true, undefined]);
    await refused(byShopify({ access_token: "shpat_another-token-0000" }), 400, "secret", /Invalid API key or access token/);
    await refused(byShopify({ shop: "nobody" }), 400, "secret", /no such shop/);
    await refused(byShopify({ shop: "evil.example.com/x" }), 400, "secret");
    shopify.scopes = ["read_products"];
    await refused(byShopify(), 400, "secret", /read_orders/);
    for (const [state, words] of [["frozen", /bill/], ["locked", /locked/], ["broken", /500/], ["down", /cannot be reached/]]) {
      shopify.state = state;
      await refused(byShopify(), 400, "secret", words);
    }
  });

  test("tells an order to those who know its number and its address or postcode, page by page", async () => {
    shopify.perPage = 1;
    const run = await ask(lookup, { order_number: "1001", email_or_postcode: "ADA@acme.example " });
    assert.deepEqual([run.state, run.attempts], ["succeeded", 2], run.result);
    assert.ok(shopify.calls.every((call) => call.path === `/acme-goods/admin/api/${shopify.version}/graphql.json`));
    const told = JSON.parse(run.result);
    assert.deepEqual(told.shipments[0], { status: "IN_TRANSIT", estimated_delivery: "2026-11-24T12:00:00Z", tracking: [{ carrier: "DHL", number: "00340434", url: "https://dhl.example/00340434" }] });
    assert.deepEqual([told.order, told.payment, told.return_status, told.refunds[0].amount, told.total], ["#1001", "PAID", "RETURN_REQUESTED", "4.00 EUR", "48.00 EUR"]);
    assert.doesNotMatch(run.result, /ada@|Lovelace|10115|SW1A/i, "who placed it is not told");
    for (const proof of ["10115", "sw1a1aa"]) assert.equal((await ask(lookup, { order_number: "#1001", email_or_postcode: proof })).result, run.result);
    assert.equal(shopify.calls.length, 2, "asked again within a minute it is not called");
  });

  test("tells nobody else, and not even that the order exists", async () => {
    const strangers = await Promise.all(["mia@elsewhere.example", "99999", "ada@acme.example.evil.example"].map((proof) => ask(lookup, { order_number: "#1001", email_or_postcode: proof })));
    const missing = await ask(lookup, { order_number: "4711", email_or_postcode: "ada@acme.example" });
    assert.deepEqual(new Set([...strangers, missing].map((run) => run.result)).size, 1);
    assert.match(missing.result, nothing);
    for (const [args, said] of [[{ order_number: "1001" }, /email_or_postcode/], [{ order_number: "1001", email_or_postcode: "---" }, /Ask the visitor/]]) {
      const run = await ask(lookup, args);
      assert.ok(["refused", "failed"].includes(run.state));
      assert.match(run.result, said);
    }
    const guesses = [];
    // Enough for one minute of two.
    for (let guess = 0; guess < 17; guess += 1) guesses.push(await ask(lookup, { order_number: "10015", email_or_postcode: `1${1_000 + guess}` }));
    assert.ok(guesses.some((run) => /too often/.test(run.result)));
  });

  test("finds what is for sale, as much as is wanted", async () => {
    shopify.perPage = 2;
    const run = await ask(search, { query: 'red) ("' });
    const found = JSON.parse(run.result).products;
    assert.deepEqual([found.map((one) => one.name), run.attempts], [["Red kettle", "Red teapot", "Old red kettle"], 2], run.result);
    assert.deepEqual([found[0].price, found[0].in_stock, found.at(-1).in_stock], ["24.0 EUR", true, false]);
    assert.match((await ask(search, { query: "samovar" })).result, /No product/);
  });

  test("waits for the limit to fill up, as long as that is short", async () => {
    shopify.drain();
    const run = await ask(search, { query: "blue" });
    assert.deepEqual([run.state, shopify.calls[0].code], ["succeeded", "THROTTLED"]);
    assert.ok(run.attempts >= 2);
    shopify.drain();
    shopify.restoreRate = 0.5;
    const busy = await ask(search, { query: "teapot" });
    shopify.restoreRate = 100;
    assert.deepEqual([busy.state, busy.http_status], ["failed", 429]);
    assert.match(busy.result, /Try again/);
    assert.match((await client.get(`${ROOT}/${shop.id}`)).last_error, /too many/);
    shopify.scopes = ["read_orders"];
    assert.match((await ask(search, { query: "kettle" })).result, /Access denied for products/);
  });

  test("is called by a model in a turn, its answer fenced as data", async () => {
    const detail = await client.get(`/v1/agents/${product.agent}`);
    const { revision } = await client.call("PUT", `/v1/agents/${product.agent}/draft`, { revision: detail.revision, draft: { ...detail.draft, tools: [lookup.id, search.id] } });
    await client.call("POST", `/v1/agents/${product.agent}/publish`, { revision });
    const args = JSON.stringify({ order_number: "1001", email_or_postcode: "ada@acme.example" });
    const plans = [{ calls: [{ id: "c1", name: "order_lookup", pieces: [args] }] }];
    model.behave = () => plans.shift() ?? { text: "It is on its way with DHL." };
    const visitor = await Visitor.open(product);
    assert.equal((await visitor.ask("Where is my order 1001? I am ada@acme.example")).text, "It is on its way with DHL.");
    await visitor.close();
    const bodies = model.requests.filter(({ path }) => path === "/v1/chat/completions").map(({ body }) => body);
    assert.deepEqual(bodies.at(-2).tools.map((tool) => tool.function.name), ["order_lookup", "product_search"]);
    const told = bodies.at(-1).messages.find((message) => message.role === "tool");
    assert.match(told.content, /^<source tool="order_lookup" key="\w+">\n\{.*IN_TRANSIT.*\}\n<\/source key="\w+">$/s);
  });

  test("is another shop's in another workspace, and nothing of it is found there", async () => {
    const theirs = await byShopify({}, other.client);
    const [tool] = (await toolsOf(theirs, other.client)).filter((tool) => tool.content.name === "order_lookup");
    shopify.calls.length = 0;
    await ask(tool, { order_number: "1001", email_or_postcode: "10115" }, other.client);
    assert.equal(shopify.calls.length, 1, "what one workspace was just told is not another's");
    await refused(other.client.call("POST", `/v1/tools/${lookup.id}/try`, { arguments: {} }), 404, undefined);
    const content = { ...tool.content, name: "stolen", live: { ...tool.content.live, integration_id: shop.id } };
    await refused(other.client.call("POST", "/v1/tools", { content }), 400, "content.live.integration_id");
    await disconnect(theirs, other.client);
  });

  test("takes its tools with it when it is disconnected, and is not mistaken for another", async () => {
    const second = await byShopify();
    const made = await toolsOf(second);
    assert.deepEqual(made.map((tool) => tool.content.name), ["order_lookup_2", "product_search_2"]);
    await refused(client.call("PUT", `${ROOT}/${second.id}`, { settings: {}, enabled: false }), 400, "enabled");
    await disconnect(second);
    assert.deepEqual(await toolsOf(second), []);
    await refused(ask(made[0], {}), 404, undefined);
    const changed = await client.call("PUT", `/v1/tools/${lookup.id}`, { content: { ...lookup.content, title: "Orders", url: "https://elsewhere.example.com/", schema: { type: "object" } } });
    assert.deepEqual([changed.content.title, changed.content.url, changed.content.schema], ["Orders", lookup.content.url, lookup.content.schema]);
  });
});

describe("WooCommerce", () => {
  let shop, lookup, search;
  before(async () => {
    woo.orders = [wooOrder(745, { refunds: [{ id: 1, reason: "Late", total: "-4.00" }], status: "completed" }), wooOrder(746), wooOrder(900, { number: "W-17", billing: { email: "bo@acme.example", postcode: "10117" } })];
    woo.products = [wooArticle(1, "Red kettle"), wooArticle(2, "Red teapot", { stock_status: "outofstock" }), wooArticle(3, "Red samovar", { catalog_visibility: "hidden" }), wooArticle(4, "Red mug", { status: "draft" }), wooArticle(5, "Red cup")];
    shop = await byWoo();
    const tools = await toolsOf(shop);
    [lookup, search] = ["order_lookup_2", "product_search_2"].map((name) => tools.find((tool) => tool.content.name === name));
  });

  test("is connected once its keys may read, at an address that may be called", async () => {
    assert.deepEqual([shop.name, woo.calls.length], [woo.host, 0]);
    await refused(byWoo({ consumer_secret: `cs_${"0".repeat(40)}` }), 400, "secret", /Consumer secret is invalid/);
    await refused(byWoo({ consumer_key: "something" }), 400, "secret", /ck_/);
    for (const url of ["http://shop.example.com", "https://10.0.0.7/", "https://localhost/", "not an address"]) await refused(byWoo({ url }), 400, "secret");
    for (const [state, words] of [["plain", /permalinks/], ["moved", /leads to another/], ["down", /cannot be reached/]]) {
      woo.state = state;
      await refused(byWoo(), 400, "secret", words);
    }
    woo.state = "open";
    woo.permission = "none";
    await refused(byWoo(), 400, "secret", /permission/);
  });

  test("tells an order to those who know it, by its id or by its number, page by page", async () => {
    const run = await ask(lookup, { order_number: "745", email_or_postcode: "10999" });
    assert.deepEqual(JSON.parse(run.result).refunds, [{ amount: "4.00 EUR", reason: "Late" }]);
    assert.doesNotMatch(run.result, /ada|lovelace|10115/i);
    assert.match((await ask(lookup, { order_number: "745", email_or_postcode: "10117" })).result, nothing);
    assert.deepEqual(woo.calls.map(({ path }) => path), ["/wp-json/wc/v3/orders/745"], "the second was answered from memory");
    woo.orders.unshift(wooOrder(800, { billing: { email: "w-17@acme.example", postcode: "1" } }));
    woo.perPage = 1;
    const numbered = await ask(lookup, { order_number: "w-17", email_or_postcode: "bo@acme.example" });
    assert.deepEqual([JSON.parse(numbered.result).order, numbered.attempts], ["W-17", 2]);
    assert.match((await ask(lookup, { order_number: "4711", email_or_postcode: "10115" })).result, nothing);
  });

  test("finds what is for sale, waits where it is asked to, and says why it cannot", async () => {
    woo.limits = [0];
    const found = JSON.parse((await ask(search, { query: "red" })).result).products;
    assert.deepEqual(found.map(({ name, in_stock }) => [name, in_stock]), [["Red kettle", true], ["Red teapot", false], ["Red cup", true]]);
    assert.equal(found[0].about, "Red kettle, made to last.");
    assert.deepEqual(woo.calls.map(({ status }) => status), [429, 200]);
    woo.limits = [600];
    assert.equal((await ask(search, { query: "kettle" })).http_status, 429);
    woo.permission = "write";
    assert.match((await ask(search, { query: "kettle" })).result, /does not have read permissions/);
    const tested = await client.call("POST", `${ROOT}/${shop.id}/verify`);
    assert.match(tested.last_error, /does not have read permissions/);
    woo.permission = "read";
    assert.equal((await client.call("POST", `${ROOT}/${shop.id}/verify`)).last_error, "");
  });
});

describe("PostgreSQL", () => {
  let one;
  const url = (query = "") => database.url("reader", PASSWORD, "shop", query);
  const content = (more = {}, live = {}) => ({
    name: "order_rows", title: "Orders", description: "Looks orders up.", schema: { type: "object" }, url: "",
    live: { integration_id: one.id, operation: "query", statement: "SELECT number, status, total, paid, placed FROM orders WHERE number = $1", parameters: [{ name: "number" }], ...live },
    ...more,
  });
  const make = (more, live, by = client) => by.call("POST", "/v1/tools", { content: content(more, live) });
  const once = async (live, args, more = {}) => {
    const tool = await make({ name: "once", ...more }, live);
    try {
      return await ask(tool, args);
    } finally {
      await client.call("DELETE", `/v1/tools/${tool.id}`);
    }
  };
  before(async () => {
    one = await byDatabase(url());
  });

  test("is connected as a role that can only read", async () => {
    assert.equal(one.name, `${database.host}/shop`);
    await refused(byDatabase(database.url("reader", "wrong password", "shop")), 400, "secret", /user name and password/);
    await refused(byDatabase(database.url("writer", "writer-password", "shop")), 400, "secret", /may write public\.orders/);
    await refused(byDatabase(database.url("boss", "boss-password", "shop")), 400, "secret", /administer/);
    await refused(byDatabase(database.url("reader", PASSWORD, "nowhere")), 400, "secret", /no such database/);
    for (const connection of ["postgres://reader@db.example.com/shop", "https://db.example.com/", "postgres://a:b@10.0.0.1/shop", "postgres://a:b@localhost/shop", "postgres://a:b@127.0.0.1:1/shop", "nonsense"]) {
      await refused(byDatabase(connection), 400, "secret");
    }
  });

  test("is spoken to encrypted where it is not this machine's own, or not at all", async () => {
    // Its certificate is good for nobody; then it encrypts no more.
    await refused(byDatabase(url("?sslmode=require")), 400, "secret", /encrypted/);
    database.admin("ALTER SYSTEM SET ssl = off");
    database.admin("SELECT pg_reload_conf()");
    await refused(byDatabase(url("?sslmode=require")), 400, "secret", /encrypted/);
  });

  test("answers a statement of a member's with what a model fills in, and keeps that for a while", async () => {
    const tool = await make();
    assert.deepEqual([tool.content.url, tool.content.effect, tool.content.schema.required], [`postgres://${database.host}/shop`, "reads", ["number"]]);
    const run = await ask(tool, { number: "HL-7" });
    assert.deepEqual(JSON.parse(run.result), { rows: [{ number: "HL-7", status: "shipped", total: 10.5, paid: true, placed: "2026-11-08" }] });
    const kept = { ...tool.content, cache_seconds: 60 };
    await client.call("PUT", `/v1/tools/${tool.id}`, { content: kept });
    await ask(tool, { number: "HL-8" });
    database.admin("UPDATE orders SET status = 'lost' WHERE number = 'HL-8'", "shop");
    assert.equal(JSON.parse((await ask(tool, { number: "HL-8" })).result).rows[0].status, "packed");
    for (const number of ["' OR 1=1 --", "HL-1'; DROP TABLE orders; --", "$1"]) assert.equal((await ask(tool, { number })).result, "Nothing was found.");
    assert.match((await ask(tool, { number: 7 })).result, /\/number/);
  });

  test("binds arguments of every type, and none", async () => {
    const parameters = [["total", "number"], ["paid", "boolean"], ["since", "date"], ["most", "integer"], ["word", "text"]].map(([name, kind]) => ({ name, kind, required: name !== "word" }));
    const statement = "SELECT number FROM orders WHERE total > $1 AND paid = $2 AND placed >= $3 AND ($5 IS NULL OR status = $5) ORDER BY placed LIMIT $4";
    const run = await once({ statement, parameters }, { total: 12.5, paid: true, since: "2026-11-20", most: 2 });
    assert.deepEqual(JSON.parse(run.result).rows, [{ number: "HL-19" }, { number: "HL-21" }]);
  });

  test("is told no more rows and given no more time than the member allows", async () => {
    const parameters = [];
    const run = JSON.parse((await once({ statement: "SELECT number FROM orders ORDER BY placed", parameters, max_rows: 3 }, {})).result);
    assert.deepEqual([run.rows.length, run.note], [3, "There are more. Only the first 3 are told."]);
    const slow = await once({ statement: "SELECT pg_sleep(20)::text AS slept", parameters }, {}, { timeout_ms: 300 });
    assert.deepEqual([slow.state, /took too long/.test(slow.result)], ["failed", true], slow.result);
    const large = await once({ statement: "SELECT repeat('x', 3000000) AS x", parameters }, {});
    assert.match(large.result, /too large|Select fewer/);
    await until("every connection to be closed", () => database.admin("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader'") === "0");
  });

  test("is never written to, and read only where the role may", async () => {
    const parameters = [];
    for (const [statement, words] of [["DELETE FROM orders", /begins with SELECT/], ["SELECT 1; DROP TABLE orders", /semicolon/], ["SELECT word FROM secrets WHERE word = $1", /\$1/], ["SELECT nothing FROM orders", /nothing/], ["WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone", /says/]]) {
      await refused(make({ name: "bad" }, { statement, parameters }), 400, "content.live.statement", words);
    }
    assert.match((await once({ statement: "SELECT word FROM secrets", parameters }, {})).result, /permission denied/);
    assert.match((await once({ statement: "SELECT touch()", parameters }, {})).result, /would write|permission denied/);
    assert.match((await once({ statement: "SELECT set_config('transaction_read_only', 'off', true) AS x", parameters }, {})).result, /read-write|says/);
    assert.equal(database.admin("SELECT count(*) FROM orders", "shop"), "60");
  });

  test("is asked what owners and admins wrote, by nobody else's words", async () => {
    const editor = await createMember(product, product.workspace, "editor");
    await refused(make({ name: "mine" }, {}, editor.client), 403, undefined, /Owners and admins/);
    const [tool] = await toolsOf(one);
    const titled = await editor.client.call("PUT", `/v1/tools/${tool.id}`, { content: { ...tool.content, title: "By an editor" } });
    assert.equal(titled.content.title, "By an editor");
    const statement = "SELECT * FROM orders WHERE number = $1";
    await refused(editor.client.call("PUT", `/v1/tools/${tool.id}`, { content: { ...tool.content, live: { ...tool.content.live, statement } } }), 403, undefined);
  });

  test("is reached through Hyperdrive by the workspace that it was given to", async () => {
    const bound = await byDatabase("hyperdrive:ORDERS");
    assert.equal(bound.name, "ORDERS.hyperdrive/shop");
    const run = await once({ integration_id: bound.id, statement: "SELECT count(*) AS orders FROM orders", parameters: [] }, {});
    assert.deepEqual(JSON.parse(run.result).rows, [{ orders: 60 }]);
    await refused(byDatabase("hyperdrive:ORDERS", other.client), 400, "secret", /Hyperdrive/);
    for (const name of ["OTHER", "DB"]) await refused(byDatabase(`hyperdrive:${name}`), 400, "secret");
  });
});

describe("REST", () => {
  test("takes a key as a parameter of the address, shows it to nobody, and keeps an answer", async () => {
    const secret = "a-query-key-of-the-suite+/=";
    const tool = await client.call("POST", "/v1/tools", {
      content: { name: "rest", description: "x", schema: { type: "object" }, method: "GET", url: `${n8n.url}/webhook/order-status?a=1`, effect: "reads", cache_seconds: 60 },
      auth: { kind: "query", name: "api_key", value: secret },
    });
    n8n.behave = ({ query }) => ({ body: { query } });
    n8n.calls.length = 0;
    const run = await ask(tool, { q: "x" });
    assert.deepEqual([n8n.calls[0].query, run.state], [{ a: "1", q: "x", api_key: secret }, "succeeded"]);
    assert.ok(!run.result.includes(secret) && run.result.includes("(not shown)"));
    await ask(tool, { q: "x" });
    assert.equal(n8n.calls.length, 1);
    await ask(tool, { q: "y" });
    await client.call("PUT", `/v1/tools/${tool.id}`, { content: { ...tool.content, title: "Changed" } });
    await ask(tool, { q: "x" });
    assert.equal(n8n.calls.length, 3, "a tool that was changed asks anew");
    await refused(client.call("PUT", `/v1/tools/${tool.id}`, { content: { ...tool.content, effect: "writes" } }), 400, "content.cache_seconds");
    await refused(client.call("PUT", `/v1/tools/${tool.id}`, { content: tool.content, auth: { kind: "query", name: "a b", value: secret } }), 400, "auth.name");
  });
});

test("no secret is in a row, a reply or the log", async () => {
  const secrets = [shopify.token, woo.key, woo.secret, PASSWORD, encodeURIComponent(PASSWORD)];
  const found = product.relations;
  const { results } = await found.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'").all();
  const texts = [product.log.join("")];
  for (const { name } of results) texts.push(JSON.stringify((await found.prepare(`SELECT * FROM ${name}`).all()).results));
  for (const path of [ROOT, "/v1/tools", "/v1/audit-log"]) texts.push(JSON.stringify(await client.get(path)));
  for (const secret of secrets) assert.ok(texts.every((text) => !text.includes(secret)), secret.slice(0, 4));
});
