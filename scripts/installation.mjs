// An installation as its operator meets it, for backup and restore; and what a backup holds, read back with its checksums.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

export const FORMAT = 1;
export const RELATIONS = "relations";
/** Requests side by side. */
const AT_ONCE = 6;
/** Pauses before a request that failed is made again: every one of them may be. */
const PAUSES = [200, 1_000, 5_000];

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
export const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");

/** What a person has to read, and do something about. */
export class Stop extends Error {}

/** The verb's arguments, and the operator's token. */
export function given(verb, folder) {
  const at = (name) => process.argv[process.argv.indexOf(name) + 1 || process.argv.length];
  const [url, path, token] = [at("--url"), at(folder), process.env.BOOTSTRAP_TOKEN];
  if (!url || !path || !token) {
    throw new Stop(`Give the installation's address, a folder, and the operator's token: BOOTSTRAP_TOKEN=… npm run ${verb} -- --url https://frontdesk.example ${folder} FOLDER`);
  }
  return { url: new URL(url).origin, path, token };
}

/** Runs a verb, and ends the process with what it came to. */
export async function run(verb) {
  try {
    await verb();
  } catch (error) {
    console.error(error instanceof Stop ? error.message : error);
    process.exit(1);
  }
}

export class Installation {
  constructor({ url, token }) {
    Object.assign(this, { url, token });
  }

  /** One request, made again where it was cut off; a refusal is told in its own words. */
  async ask(method, path, { body, accept = [] } = {}) {
    for (let tries = 0; ; tries += 1) {
      try {
        const headers = { authorization: `Bearer ${this.token}` };
        const response = await fetch(this.url + path, { method, headers, body });
        if (response.ok || accept.includes(response.status)) return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
        if (response.status === 404) throw new Stop("Not found: the token is not this installation's, or it is of another release.");
        const told = await response.text();
        if (response.status < 500) throw new Stop(`Refused with ${response.status}: ${message(told)}`);
        throw new Error(`${method} ${path} was answered with ${response.status}: ${message(told)}`);
      } catch (error) {
        if (error instanceof Stop) throw error;
        if (tries === PAUSES.length) throw new Stop(`The installation does not answer (${error.cause?.code ?? error.message}). Nothing is lost: begin again when it does.`);
        await new Promise((done) => setTimeout(done, PAUSES[tries]));
      }
    }
  }

  async json(method, path, body) {
    const { bytes } = await this.ask(method, path, { body: body && JSON.stringify(body) });
    return JSON.parse(bytes);
  }

  /** The pages of a part, each as it was sent, with its checksum. */
  async *pages(part) {
    for (let after = ""; ; ) {
      const { bytes, headers } = await this.ask("GET", `/v1/backup/rows?part=${part}&after=${encodeURIComponent(after)}`);
      if (headers.get("x-checksum-sha256") !== sha256(bytes)) throw new Stop("A page did not arrive as it was sent. Begin again.");
      const page = JSON.parse(bytes);
      if (!page.next) return;
      yield { bytes, page };
      after = page.next;
    }
  }

  /** Names of objects that have rows of their own. */
  async parts() {
    const names = [];
    for (let more = true; more; ) {
      const { data } = await this.json("GET", `/v1/backup/parts?after=${encodeURIComponent(names.at(-1) ?? "")}`);
      names.push(...data);
      more = data.length > 0;
    }
    return names;
  }

  async files() {
    const files = [];
    for (let after = ""; ; ) {
      const { data, meta } = await this.json("GET", `/v1/backup/files?after=${encodeURIComponent(after)}`);
      files.push(...data);
      after = meta?.next_cursor;
      if (!after) return files;
    }
  }
}

function message(text) {
  try {
    return JSON.parse(text).error.message;
  } catch {
    return text.slice(0, 200);
  }
}

/** Does something with all items, a few at once. */
export async function each(items, act) {
  const left = items.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const item of left) await act(item);
  }));
}

/** Pages in the order in which they are restored: what is referred to first, objects behind the relations. */
function ordered({ plan, pages }) {
  const place = new Map(plan.tables.map(({ name }, at) => [name, at]));
  const rank = ({ part, table }) => (part === RELATIONS ? (place.get(table) ?? Infinity) : Infinity);
  return pages.map((page, at) => ({ ...page, at })).sort((a, b) => rank(a) - rank(b) || a.at - b.at);
}

async function read(folder, { file, sha256: checksum }) {
  const bytes = await readFile(join(folder, file)).catch(() => undefined);
  if (!bytes || sha256(bytes) !== checksum) throw new Stop(`The backup is damaged: ${file} is not as it was written. Take another one.`);
  return JSON.parse(bytes);
}

/**
 * The pages of a backup that was taken while the installation ran, as what is restored: of a row that was removed and
 * made anew meanwhile the newest, and no row that refers to one that is not there any more. `left`: how many were left out.
 */
export async function* contents(folder, manifest) {
  const all = ordered(manifest);
  const known = new Map(manifest.plan.references.map(({ to_table, to_column }) => [`${to_table}.${to_column}`, new Set()]));
  for (let at = 0; at < all.length; ) {
    const { part, table } = all[at];
    const end = at + all.slice(at).findIndex((page, n, rest) => rest[n + 1]?.part !== part || rest[n + 1]?.table !== table) + 1;
    const pages = all.slice(at, end);
    const fits = await sieve(folder, manifest, pages, known);
    for (const [nth, stored] of pages.entries()) {
      const page = await read(folder, stored);
      const { columns, rows } = page;
      const kept = rows.filter((row) => fits(page, row));
      for (const [name, values] of known) {
        const column = part === RELATIONS && name.startsWith(`${table}.`) ? columns.indexOf(name.slice(table.length + 1)) : -1;
        if (column >= 0) for (const row of kept) values.add(row[column + 1]);
      }
      yield { number: at + nth + 1, part, table, columns, rows: kept, left: rows.length - kept.length };
    }
    at = end;
  }
}

/** Whether a row of a table is restored. */
async function sieve(folder, { plan }, pages, known) {
  const named = ({ columns, key }, row) => (key.length ? JSON.stringify(key.map((column) => row[columns.indexOf(column) + 1])) : row[0]);
  const newest = new Map();
  for (const stored of pages) {
    const page = await read(folder, stored);
    for (const row of page.rows) newest.set(named(page, row), row[0]);
  }
  const [{ part, table }] = pages;
  const references = plan.references.filter((one) => part === RELATIONS && one.table === table);
  return (page, row) =>
    newest.get(named(page, row)) === row[0] &&
    references.every(({ column, to_table, to_column }) => {
      const value = row[page.columns.indexOf(column) + 1];
      return value === null || known.get(`${to_table}.${to_column}`).has(value);
    });
}

/** Digests of tables, fed with rows in their order. */
export class Tables {
  #tables = new Map();

  add(part, table, columns, rows) {
    const name = part === RELATIONS ? table : `${part} ${table}`;
    const one = this.#tables.get(name) ?? { rows: 0, hash: createHash("sha256").update(JSON.stringify(columns)) };
    this.#tables.set(name, one);
    one.rows += rows.length;
    for (const row of rows) one.hash.update(JSON.stringify(row));
  }

  /** Name, rows and digest of each table that has rows, in the order of names. */
  ended() {
    const some = [...this.#tables].filter(([, { rows }]) => rows > 0).sort(([a], [b]) => (a < b ? -1 : 1));
    return some.map(([name, { rows, hash }]) => ({ name, rows, digest: hash.digest("hex") }));
  }
}

/** What a backup is known by: the digest of all that it holds, wherever it was taken. */
export function known(tables, files) {
  const sorted = files.map(({ key, sha256 }) => [key, sha256]).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify([tables, sorted]));
}
