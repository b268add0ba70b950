// Shopify's Admin API (GraphQL) as far as it is used: a part of its schema, executed by GraphQL's own implementation, with
// scopes, cursors, the cost-based limit and the errors of https://shopify.dev/docs/api/admin-graphql and .../usage/limits.
import { createServer } from "node:http";
import { GraphQLError, Kind, buildSchema, execute, parse, validate } from "graphql";

const SCHEMA = buildSchema(`
  scalar DateTime scalar URL scalar Decimal
  enum OrderDisplayFinancialStatus { AUTHORIZED EXPIRED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING REFUNDED VOIDED }
  enum OrderDisplayFulfillmentStatus { FULFILLED IN_PROGRESS ON_HOLD OPEN PARTIALLY_FULFILLED PENDING_FULFILLMENT REQUEST_DECLINED RESTOCKED SCHEDULED UNFULFILLED }
  enum OrderReturnStatus { INSPECTION_COMPLETE IN_PROGRESS NO_RETURN RETURNED RETURN_FAILED RETURN_REQUESTED }
  enum FulfillmentDisplayStatus { ATTEMPTED_DELIVERY CANCELED CONFIRMED DELIVERED FULFILLED IN_TRANSIT LABEL_PRINTED OUT_FOR_DELIVERY READY_FOR_PICKUP SUBMITTED }
  enum ProductStatus { ACTIVE ARCHIVED DRAFT UNLISTED }
  enum CurrencyCode { EUR GBP USD }
  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type MoneyV2 { amount: Decimal! currencyCode: CurrencyCode! }
  type MoneyBag { shopMoney: MoneyV2! presentmentMoney: MoneyV2! }
  type MailingAddress { zip: String city: String name: String }
  type LineItem { id: ID! name: String! quantity: Int! }
  type LineItemConnection { nodes: [LineItem!]! pageInfo: PageInfo! }
  type FulfillmentTrackingInfo { company: String number: String url: URL }
  type Fulfillment { displayStatus: FulfillmentDisplayStatus estimatedDeliveryAt: DateTime trackingInfo(first: Int): [FulfillmentTrackingInfo!]! }
  type Refund { createdAt: DateTime totalRefundedSet: MoneyBag! }
  type Order {
    id: ID! name: String! email: String createdAt: DateTime! cancelledAt: DateTime
    displayFinancialStatus: OrderDisplayFinancialStatus displayFulfillmentStatus: OrderDisplayFulfillmentStatus! returnStatus: OrderReturnStatus!
    billingAddress: MailingAddress shippingAddress: MailingAddress currentTotalPriceSet: MoneyBag!
    lineItems(first: Int, after: String): LineItemConnection! fulfillments(first: Int): [Fulfillment!]! refunds(first: Int): [Refund!]!
  }
  type OrderEdge { cursor: String! node: Order! }
  type OrderConnection { edges: [OrderEdge!]! nodes: [Order!]! pageInfo: PageInfo! }
  type ProductPriceRangeV2 { minVariantPrice: MoneyV2! maxVariantPrice: MoneyV2! }
  type Product {
    id: ID! title: String! description(truncateAt: Int): String! status: ProductStatus! onlineStoreUrl: URL
    tracksInventory: Boolean! totalInventory: Int! priceRangeV2: ProductPriceRangeV2!
  }
  type ProductConnection { nodes: [Product!]! pageInfo: PageInfo! }
  type Shop { id: ID! name: String! myshopifyDomain: String! }
  type AccessScope { handle: String! }
  type AppInstallation { accessScopes: [AccessScope!]! }
  type QueryRoot {
    shop: Shop! currentAppInstallation: AppInstallation!
    orders(first: Int, after: String, query: String, reverse: Boolean): OrderConnection
    products(first: Int, after: String, query: String): ProductConnection
  }
  schema { query: QueryRoot }
`);
const MAX_COST = 1_000;

const money = (amount, currencyCode = "EUR") => ({ amount, currencyCode });
const bag = (amount) => ({ shopMoney: money(amount), presentmentMoney: money(amount) });

/** An order as a shop has it. */
export const order = (name, more = {}) => ({
  id: `gid://shopify/Order/${name.replace(/\D/g, "")}`, name, email: "ada@acme.example", createdAt: "2026-11-02T09:30:00Z", cancelledAt: null,
  displayFinancialStatus: "PAID", displayFulfillmentStatus: "UNFULFILLED", returnStatus: "NO_RETURN", billingAddress: { zip: "10115", city: "Berlin", name: "Ada Lovelace" },
  shippingAddress: { zip: "SW1A 1AA", city: "London", name: "Ada Lovelace" }, currentTotalPriceSet: bag("48.00"), lineItems: [{ id: "gid://shopify/LineItem/1", name: "Enamel kettle", quantity: 1 }],
  fulfillments: [], refunds: [], ...more,
});
export const refund = (amount) => ({ createdAt: "2026-11-09T10:00:00Z", totalRefundedSet: bag(amount) });
/** A product as a shop has it. */
export const product = (title, more = {}) => ({
  id: `gid://shopify/Product/${title.length}`, title, description: `${title}, made to last.`, status: "ACTIVE", onlineStoreUrl: `https://acme.example/products/${title.toLowerCase().replace(/\W+/g, "-")}`,
  tracksInventory: true, totalInventory: 3, priceRangeV2: { minVariantPrice: money("24.0"), maxVariantPrice: money("24.0") }, ...more,
});

/** What a search of Shopify's finds, as far as it is used: `name:"…"`, `status:`, words of a title. */
function fits(one, query = "") {
  const words = [...query.matchAll(/(\w+):("[^"]*"|\S+)|(\w[\w-]*)/g)].filter(([all]) => all !== "AND");
  return words.every(([, field, value, word]) => {
    const wanted = (value ?? word).replaceAll('"', "").toLowerCase();
    // A name is found by its beginning, too: whoever wants one order looks at what came.
    if (field === "name") return one.name.replace("#", "").toLowerCase().startsWith(wanted);
    if (field === "status") return one.status.toLowerCase() === wanted;
    if (field === "published_status") return one.onlineStoreUrl !== null;
    return one.title.toLowerCase().includes(wanted);
  });
}

function page(all, { first, after }, most) {
  const from = after ? Number(Buffer.from(after, "base64").toString()) : 0;
  if (!Number.isInteger(from)) throw new GraphQLError("Invalid cursor for current pagination sort.");
  const to = from + Math.min(first, most);
  const cursor = (at) => Buffer.from(String(at)).toString("base64");
  const nodes = all.slice(from, to);
  return { nodes, edges: nodes.map((node, at) => ({ node, cursor: cursor(from + at + 1) })), pageInfo: { hasNextPage: to < all.length, hasPreviousPage: from > 0, startCursor: nodes.length ? cursor(from) : null, endCursor: nodes.length ? cursor(to) : null } };
}

/** What a query may cost: 1 for an object, a list as many times as it may be long. */
function cost(selections, variables, type = SCHEMA.getQueryType()) {
  let sum = 0;
  for (const { kind, name, arguments: given, selectionSet } of selections?.selections ?? []) {
    if (kind !== Kind.FIELD || !selectionSet) continue;
    const first = given.find((one) => one.name.value === "first")?.value;
    const times = first ? Number(first.kind === Kind.VARIABLE ? variables[first.name.value] : first.value) : 1;
    sum += ["nodes", "pageInfo"].includes(name.value) ? cost(selectionSet, variables, type) : times * (1 + cost(selectionSet, variables, type));
  }
  return sum;
}

/**
 * Starts it. `left` is what the limit's bucket holds, `drain()` empties it, `restoreRate` what comes back a second; `state` is "open", "frozen" (402),
 * "locked" (423), "flooded" (429), "broken" (500) or "down" (no answer); `perPage` makes pages small.
 */
export async function startShopify({ shop = "acme-goods", token = `shpat_${"0123456789abcdef".repeat(2)}`, scopes = ["read_orders", "read_products"], version = "2026-10" } = {}) {
  const shopify = { shop, token, scopes, version, orders: [], products: [], calls: [], state: "open", maximum: 2_000, left: 2_000, restoreRate: 100, perPage: 250, restoredAt: Date.now() };
  shopify.drain = () => Object.assign(shopify, { left: 0, restoredAt: Date.now() });
  const denied = (field, scope) => {
    throw new GraphQLError(`Access denied for ${field} field. Required access: \`${scope}\` access scope.`, { extensions: { code: "ACCESS_DENIED", documentation: "https://shopify.dev/api/usage/access-scopes", requiredAccess: `\`${scope}\` access scope.` } });
  };
  const list = (field, scope) => (given) => {
    if (!shopify.scopes.includes(scope)) denied(field, scope);
    if (given.first === undefined) throw new GraphQLError("you must provide one of first or last", { extensions: { code: "BAD_REQUEST" } });
    return page(shopify[field].filter((one) => fits(one, given.query)).map(shaped), given, shopify.perPage);
  };
  const cut = (name) => ({ first = 250 }, _, { path }) => { void path; return name.slice(0, first); };
  const shaped = (one) => (one.title ? { ...one, description: ({ truncateAt = 1e9 }) => one.description.slice(0, truncateAt) } : { ...one, lineItems: (given) => page(one.lineItems, given, 250), fulfillments: cut(one.fulfillments.map((sent) => ({ ...sent, trackingInfo: cut(sent.trackingInfo) }))), refunds: cut(one.refunds) });
  const roots = {
    shop: () => ({ id: "gid://shopify/Shop/1", name: "Acme Goods", myshopifyDomain: `${shop}.myshopify.com` }),
    currentAppInstallation: () => ({ accessScopes: shopify.scopes.map((handle) => ({ handle })) }),
    orders: list("orders", "read_orders"),
    products: list("products", "read_products"),
  };

  function answer(request, text) {
    const match = request.url.match(/^\/([\w-]+)\/admin\/api\/([\w-]+)\/graphql\.json$/);
    if (!match || match[1] !== shop) return { status: 404, body: { errors: "Not Found" } };
    const states = { frozen: [402, "Unavailable Shop"], locked: [423, "Locked"], flooded: [429, "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."], broken: [500, "Internal Server Error"] };
    if (states[shopify.state]) return { status: states[shopify.state][0], body: { errors: states[shopify.state][1] }, headers: shopify.state === "flooded" ? { "retry-after": "2.0" } : {} };
    if (request.headers["x-shopify-access-token"] !== shopify.token) return { status: 401, body: { errors: "[API] Invalid API key or access token (unrecognized login or wrong password)" } };
    if (request.method !== "POST") return { status: 405, body: { errors: "Method Not Allowed" } };
    if (!request.headers["content-type"]?.startsWith("application/json")) return { status: 415, body: { errors: "Unsupported Media Type" } };
    let given;
    try {
      given = JSON.parse(text);
    } catch {
      return { status: 400, body: { errors: { query: "Required parameter missing or invalid" } } };
    }
    if (typeof given.query !== "string") return { status: 400, body: { errors: { query: "Required parameter missing or invalid" } } };
    let document;
    try {
      document = parse(given.query);
    } catch (error) {
      return { status: 200, body: { errors: [{ message: `syntax error: ${error.message}`, locations: error.locations }] } };
    }
    const wrong = validate(SCHEMA, document);
    if (wrong.length) return { status: 200, body: { errors: wrong.map(({ message, locations }) => ({ message, locations, path: ["query"], extensions: { code: "undefinedField" } })) } };
    const requested = cost(document.definitions[0].selectionSet, given.variables ?? {});
    if (requested > MAX_COST) return { status: 200, body: { errors: [{ message: `Query cost is ${requested}, which exceeds the single query max cost limit (${MAX_COST}).`, extensions: { code: "MAX_COST_EXCEEDED", cost: requested, maxCost: MAX_COST, documentation: "https://shopify.dev/api/usage/rate-limits" } }] } };
    const now = Date.now();
    shopify.left = Math.min(shopify.maximum, shopify.left + ((now - shopify.restoredAt) / 1_000) * shopify.restoreRate);
    shopify.restoredAt = now;
    const bill = (actualQueryCost) => ({ cost: { requestedQueryCost: requested, actualQueryCost, throttleStatus: { maximumAvailable: shopify.maximum, currentlyAvailable: Math.floor(shopify.left), restoreRate: shopify.restoreRate } } });
    if (requested > shopify.left) return { status: 200, body: { errors: [{ message: "Throttled", extensions: { code: "THROTTLED", documentation: "https://shopify.dev/api/usage/rate-limits" } }], extensions: bill(null) } };
    shopify.left -= requested;
    const { data, errors } = execute({ schema: SCHEMA, document, rootValue: roots, variableValues: given.variables });
    return { status: 200, body: { data, ...(errors && { errors }), extensions: bill(requested) }, variables: given.variables };
  }

  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (shopify.state === "down") return request.socket.destroy();
    const { status, body, headers, variables } = answer(request, Buffer.concat(chunks).toString());
    shopify.calls.push({ path: request.url, status, variables, code: Array.isArray(body.errors) ? body.errors[0].extensions?.code : undefined });
    response.writeHead(status, { "content-type": "application/json; charset=utf-8", "x-shopify-api-version": version, ...headers });
    response.end(JSON.stringify(body));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  shopify.origin = `http://127.0.0.1:${server.address().port}`;
  /** Where shops are, as the product is told. */
  shopify.url = `${shopify.origin}/{shop}`;
  shopify.close = () => new Promise((done) => {
    server.closeAllConnections();
    server.close(done);
  });
  return shopify;
}
