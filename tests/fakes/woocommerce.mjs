// WooCommerce's REST API, version 3, as far as it is used: keys by Basic authentication, pages with X-WP-Total,
// X-WP-TotalPages and Link, and its errors, by https://woocommerce.github.io/woocommerce-rest-api-docs/.
import { createServer } from "node:http";

/** An order as a shop has it. */
export const order = (id, more = {}) => ({
  id, number: String(id), status: "processing", currency: "EUR", total: "48.00", date_created_gmt: "2026-11-02T09:30:00", date_paid_gmt: "2026-11-02T09:31:00", date_completed_gmt: null,
  billing: { first_name: "Ada", last_name: "Lovelace", email: "ada@acme.example", postcode: "10115", phone: "+49 30 1" }, shipping: { first_name: "Ada", postcode: "10999" },
  line_items: [{ id: 1, name: "Enamel kettle", quantity: 1, total: "48.00" }], shipping_lines: [{ method_title: "DHL" }], refunds: [], ...more,
});
/** A product as a shop has it. */
export const product = (id, name, more = {}) => ({ id, name, status: "publish", catalog_visibility: "visible", price: "24.00", stock_status: "instock", permalink: `https://shop.example/product/${id}`, short_description: `<p>${name}, <b>made</b> to last.</p>`, ...more });

/**
 * Starts it. `permission` is what the keys may do ("read", "write", "none"); `limits` has a `Retry-After` for each of the next calls
 * that are refused with 429; `state` is "open", "plain" (permalinks off), "moved" or "down" (no answer).
 */
export async function startWoocommerce({ key = `ck_${"0123456789".repeat(4)}`, secret = `cs_${"9876543210".repeat(4)}`, perPage = 100 } = {}) {
  const woo = { key, secret, permission: "read", orders: [], products: [], calls: [], limits: [], state: "open", perPage };
  const wrong = (status, code, message, more = {}) => ({ status, body: { code, message, data: { status, ...more } } });

  function list(all, url, matches) {
    const number = (name, fallback) => Number(url.searchParams.get(name) ?? fallback);
    const [per, page] = [number("per_page", 10), number("page", 1)];
    if (!(per >= 1 && per <= 100)) return wrong(400, "rest_invalid_param", "Invalid parameter(s): per_page", { params: { per_page: "per_page must be between 1 (inclusive) and 100 (inclusive)" } });
    const search = url.searchParams.get("search")?.toLowerCase();
    const found = all.filter((one) => !search || matches(one, search));
    const size = Math.min(per, woo.perPage);
    const pages = Math.ceil(found.length / size);
    const link = (to, rel) => {
      const there = new URL(url);
      there.searchParams.set("page", to);
      return `<${there}>; rel="${rel}"`;
    };
    const links = [page > 1 && link(page - 1, "prev"), page < pages && link(page + 1, "next")].filter(Boolean);
    return { status: 200, body: found.slice((page - 1) * size, page * size), headers: { "x-wp-total": String(found.length), "x-wp-totalpages": String(pages), ...(links.length && { link: links.join(", ") }) } };
  }

  function answer(request, url) {
    const path = url.pathname.match(/^\/wp-json\/wc\/v3\/(orders|products)(?:\/(\d+))?$/);
    if (woo.state === "moved") return { status: 301, body: "", headers: { location: `https://www.shop.example${url.pathname}` } };
    if (woo.state === "plain" || !path) return wrong(404, "rest_no_route", "No route was found matching the URL and request method.");
    const retryAfter = woo.limits.shift();
    if (retryAfter !== undefined) return { ...wrong(429, "woocommerce_rest_api_rate_limit", "Too many requests."), headers: { "retry-after": String(retryAfter) } };
    const given = request.headers.authorization?.match(/^Basic (.+)$/)?.[1];
    const [name, password] = given ? Buffer.from(given, "base64").toString().split(":") : [url.searchParams.get("consumer_key"), url.searchParams.get("consumer_secret")];
    if (name && name !== woo.key) return wrong(401, "woocommerce_rest_authentication_error", "Consumer key is invalid.");
    if (name && password !== woo.secret) return wrong(401, "woocommerce_rest_authentication_error", "Consumer secret is invalid.");
    if (request.method !== "GET") return wrong(401, "woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources.");
    if (!name || woo.permission === "none") return wrong(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.");
    if (woo.permission === "write") return wrong(401, "woocommerce_rest_authentication_error", "The API key provided does not have read permissions.");
    const [, kind, id] = path;
    if (id) {
      const one = woo[kind].find((known) => known.id === Number(id));
      return one ? { status: 200, body: one } : wrong(404, kind === "orders" ? "woocommerce_rest_shop_order_invalid_id" : "woocommerce_rest_product_invalid_id", "Invalid ID.");
    }
    if (kind === "orders") return list(woo.orders, url, (one, text) => JSON.stringify([one.number, one.id, one.billing]).toLowerCase().includes(text));
    const status = url.searchParams.get("status") ?? "any";
    return list(woo.products.filter((one) => status === "any" || one.status === status), url, (one, text) => text.split(" ").every((word) => one.name.toLowerCase().includes(word)));
  }

  const server = createServer((request, response) => {
    request.resume();
    if (woo.state === "down") return request.socket.destroy();
    const url = new URL(request.url, woo.url);
    const { status, body, headers } = answer(request, url);
    woo.calls.push({ path: url.pathname, search: url.search, status });
    response.writeHead(status, { "content-type": "application/json; charset=UTF-8", ...headers });
    response.end(JSON.stringify(body));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  woo.host = `127.0.0.1:${server.address().port}`;
  woo.url = `http://${woo.host}`;
  woo.close = () => new Promise((done) => {
    server.closeAllConnections();
    server.close(done);
  });
  return woo;
}
