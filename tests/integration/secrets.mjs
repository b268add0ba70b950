// Every secret that a file of tests uses, and everything that may not hold one: responses, sockets, the log, and what is kept
// on disk (D1, the databases of objects, R2, KV). The harness feeds it; what it finds ends the file's process with an error.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Below this, what is called a secret is a word that may stand anywhere. */
const SHORTEST = 8;
const MOST = 8_000_000;

/** Fields by which secrets are handed in and given out. */
const FIELD = /^(password|new_password|current_password|secret|client_secret|token|webhook_url|api_key|consumer_secret|access_token|recovery_codes|codes|connection_string)$/;
const VARIABLE = /(KEY|KEYS_OLD|TOKEN|SECRET|PASSWORD)$/;

/** The responses that show a secret, each that of its own request alone: by route, with ids as `*`. */
export const SHOWN = [
  "POST /v1/widget/init",
  "POST /v1/api-keys",
  "POST /v1/api-keys/*/rotate",
  "POST /v1/webhooks/endpoints",
  "POST /v1/webhooks/endpoints/*/rotate",
  "POST /v1/incoming/endpoints",
  "POST /v1/incoming/endpoints/*/rotate",
  "POST /v1/sources/*/hook",
  "POST /v1/account/totp",
  "POST /v1/account/totp/confirm",
  "POST /v1/account/recovery-codes",
  "POST /v1/auth/login",
  // A developer's own machine: its mails, to be read.
  "GET /dev/outbox",
];

/** What `npm start` keeps in its folder for the developer whose machine it is. */
const OWN = ["secrets.json", "local.json"];

const ids = /\/[a-z]{3}_[0-9a-z]{26}(?=\/|$)/g;
export const routeOf = (method, url) => `${method} ${new URL(url).pathname.replace(ids, "/*")}`;

/** All values of fields that name secrets, however deep. */
function* given(value, named = false) {
  if (typeof value === "string") {
    if (named) yield value;
  } else if (Array.isArray(value)) for (const one of value) yield* given(one, named);
  else if (value && typeof value === "object") for (const [key, one] of Object.entries(value)) yield* given(one, FIELD.test(key) && (typeof one === "string" || Array.isArray(one)));
}

/** Every row of every table of a database: where, and its values. */
function rowsOf(file, name) {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'").all();
    return tables.flatMap(({ name: table }) => {
      const all = database.prepare(`SELECT * FROM "${table}"`);
      all.setReadBigInts(true);
      return all.all().map((row) => [`${name} ${table}`, Object.values(row).map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value))).join(" ")]);
    });
  } finally {
    database.close();
  }
}

/** Every row of every database below a folder, and every other file: where, and the text. */
export function* texts(path) {
  for (const name of readdirSync(path, { recursive: true }).map(String)) {
    const file = join(path, name);
    if (!statSync(file, { throwIfNoEntry: false })?.isFile() || /-(wal|shm)$/.test(name)) continue;
    if (!name.endsWith(".sqlite")) {
      yield [name, readFileSync(file).toString("latin1")];
      continue;
    }
    let rows;
    try {
      rows = rowsOf(file, name);
    } catch {
      // Broken by a test, or by a kill in its first moment: what of it can be read are its bytes.
      rows = [[name, readFileSync(file).toString("latin1")]];
    }
    yield* rows;
  }
}

export class Keeper {
  /** By secret: what it is. */
  known = new Map();
  leaks = new Set();
  #reading = new Set();

  /** From now on this is a secret. */
  keep(secret, what) {
    if (typeof secret === "string" && secret.length >= SHORTEST && !this.known.has(secret)) this.known.set(secret, what);
  }

  /** An installation's secrets, and variables that hold some. */
  installation(secrets = {}, vars = {}) {
    for (const [name, value] of Object.entries({ ...secrets, ...vars })) if (VARIABLE.test(name)) for (const part of String(value).split(",")) this.keep(part, name);
    for (const pair of String(vars.OTLP_HEADERS ?? "").split(",")) this.keep(pair.split("=")[1], "OTLP_HEADERS");
  }

  /** A text that holds no secret, except what `shows` lets it show. */
  text(where, text, shows = () => false) {
    for (const [secret, what] of this.known) if (text.includes(secret) && !shows(secret)) this.leaks.add(`${what} stands in ${where}`);
  }

  /** What somebody asked and was answered. */
  exchange(method, url, body, { status, headers }, text) {
    const [route, asked] = [routeOf(method, url), typeof body === "string" ? body : ""];
    const json = (from) => {
      try {
        return JSON.parse(from);
      } catch {
        return undefined;
      }
    };
    for (const secret of given(json(asked))) {
      if (status < 400) this.keep(secret, `what was given to ${route}`);
      // What was refused may be a word that stands elsewhere in the same request, such as an address as a password.
      else if (secret.length >= SHORTEST && asked.split(secret).length === 2 && text.includes(secret)) this.leaks.add(`what was given to ${route} stands in its refusal`);
    }
    for (const cookie of headers.getSetCookie?.() ?? []) this.keep(/^__Host-frontdesk=([^;]+)/.exec(cookie)?.[1], "a session");
    const fresh = new Set(given(json(text)));
    if (SHOWN.includes(route)) for (const secret of fresh) this.keep(secret, `what ${route} showed`);
    this.text(`the answer to ${route}`, text, (secret) => SHOWN.includes(route) && (fresh.has(secret) || route === "GET /dev/outbox" || asked.includes(secret)));
    // No header but the cookie's.
    const said = [...headers].filter(([name]) => name !== "set-cookie").map(([, value]) => value);
    this.text(`a header of the answer to ${route}`, said.join("\n"));
  }

  /** Watches a `fetch`: what is answered by one of these products. */
  watching(real, origins) {
    return async (input, options = {}) => {
      const response = await real(input, options);
      const url = String(input?.url ?? input);
      const kind = response.headers.get("content-type") ?? "";
      // A stream is for who asked: what it says is told by the harness.
      if (!origins.has(URL.parse(url)?.origin) || !/json|text|csv|javascript/.test(kind) || kind.startsWith("text/event-stream")) return response;
      const reading = response
        .clone()
        .text()
        .then((text) => this.exchange(options.method ?? "GET", url, options.body, response, text.slice(0, MOST)))
        .catch(() => {});
      this.#wait(reading);
      return response;
    };
  }

  /** Sees what a browser's context is answered by one of these products. */
  seeing(context, origins) {
    context.on("response", (response) => {
      if (!origins.has(URL.parse(response.url())?.origin)) return;
      const request = response.request();
      const reading = (async () => {
        const headers = new Headers();
        for (const { name, value } of await response.headersArray()) headers.append(name, value);
        const kind = headers.get("content-type") ?? "";
        // A redirect has no body, and what is streamed ends when it ends.
        const whole = /json|text|csv|javascript/.test(kind) && !kind.startsWith("text/event-stream") && ![204, 301, 302, 303, 304, 307, 308].includes(response.status());
        const text = whole ? await response.text() : "";
        this.exchange(request.method(), response.url(), request.postData() ?? undefined, { status: response.status(), headers }, text.slice(0, MOST));
      })().catch(() => {});
      this.#wait(reading);
    });
    context.on("page", (page) => {
      page.on("websocket", (socket) => {
        if (!origins.has(URL.parse(socket.url())?.origin.replace(/^ws/, "http"))) return;
        socket.on("framereceived", ({ payload }) => this.text("a frame to a browser", String(payload)));
      });
    });
    return context;
  }

  #wait(reading) {
    this.#reading.add(reading);
    reading.finally(() => this.#reading.delete(reading));
  }

  /** Every answer has been read. */
  async settled() {
    await Promise.all(this.#reading);
  }

  /** What is kept below a folder. */
  disk(path) {
    for (const [where, text] of texts(path)) if (!OWN.includes(where)) this.text(where, text);
  }

  /** Says what was found, once, and ends the process as failed. */
  report() {
    if (!this.leaks.size) return;
    console.error(`A secret was found where none may be:\n${[...this.leaks].map((leak) => `  ${leak}`).join("\n")}`);
    process.exitCode = 1;
  }
}
