// A member of a workspace, over the product's own HTTP: what `npm start`, the tests and the bench use.

export class Refused extends Error {
  constructor(status, error) {
    super(`${status} ${error?.code}: ${error?.message}`);
    this.status = status;
    this.code = error?.code;
    this.field = error?.field;
  }
}

/**
 * fetch, tried once more where a kept-alive connection was closed by the other side just as it was used again: a
 * server that refuses a body without reading it ends the connection, and the next request may meet its end.
 */
export async function request(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (!["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"].includes(error.cause?.code)) throw error;
    return fetch(url, options);
  }
}

export class Client {
  cookie = "";
  constructor(product) {
    this.product = product;
  }

  /** One call; the `data` of its answer. */
  async call(method, path, body, headers = {}) {
    const response = await this.raw(method, path, body, headers);
    const json = await response.json();
    if (!response.ok) throw new Refused(response.status, json.error);
    return json.data;
  }

  async raw(method, path, body, headers = {}) {
    return request(this.product + path, {
      method,
      headers: { ...(body !== undefined && { "content-type": "application/json" }), ...(this.cookie && { cookie: this.cookie }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      redirect: "manual",
    });
  }

  get(path) {
    return this.call("GET", path);
  }

  bootstrap(token, body) {
    return this.call("POST", "/v1/bootstrap", body, { authorization: `Bearer ${token}` });
  }

  async signIn({ email, password }) {
    const response = await this.raw("POST", "/v1/auth/login", { email, password });
    const json = await response.json();
    if (!response.ok) throw new Refused(response.status, json.error);
    if (json.data.state !== "signed_in") throw new Error(`signing in needs more: ${json.data.state}`);
    this.cookie = response.headers.get("set-cookie").split(";")[0];
    return json.data.me;
  }

  /** The source of an address: the one there is, or a new one. */
  async source(agent, url) {
    const known = (await this.get(`/v1/agents/${agent}/sources`)).find((source) => source.url === url);
    if (known && known.state !== "failed") return known;
    if (known) {
      await this.call("POST", `/v1/sources/${known.id}/reindex`);
      return this.get(`/v1/sources/${known.id}`);
    }
    return this.call("POST", `/v1/agents/${agent}/sources`, { url });
  }

  /** Waits until a source is searchable; throws when its crawl failed. */
  async indexed(id, { timeout = 60_000 } = {}) {
    for (const until = Date.now() + timeout; Date.now() < until; ) {
      const source = await this.get(`/v1/sources/${id}`);
      if (source.state === "indexed" || source.state === "failed") return source;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error("the crawl did not end in time");
  }

  /** Every item of a list, page by page. */
  async all(path) {
    const items = [];
    for (let cursor; ; ) {
      const response = await this.raw("GET", path + (cursor ? `${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(cursor)}` : ""));
      const json = await response.json();
      if (!response.ok) throw new Refused(response.status, json.error);
      items.push(...json.data);
      cursor = json.meta?.next_cursor;
      if (!cursor) return items;
    }
  }
}
