// Both Workers in one process, on this machine: workerd through Miniflare, configured from the same
// wrangler.toml files that a deployment uses. `npm start`, the tests and the bench all run this.
import { randomUUID } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import { root } from "./tools.mjs";

const FRONT = join(root, "wrangler.toml");
const BACK = join(root, "crates/back/wrangler.toml");

export function configuration() {
  return { front: parse(readFileSync(FRONT, "utf8")), back: parse(readFileSync(BACK, "utf8")) };
}

/** One Worker of a wrangler.toml as Miniflare takes it. */
function worker(config, folder, { vars, secrets, remote, outbound, email, browser, queues, files, hyperdrives }) {
  const build = join(root, folder, "build");
  const objects = {};
  const own = new Set((config.migrations ?? []).flatMap((step) => step.new_sqlite_classes ?? []));
  for (const { name, class_name, script_name } of config.durable_objects?.bindings ?? []) {
    objects[name] = { className: class_name, useSQLite: script_name ? true : own.has(class_name), ...(script_name && { scriptName: script_name }) };
  }
  const consumers = {};
  for (const c of config.queues?.consumers ?? []) {
    consumers[c.queue] = {
      maxBatchSize: c.max_batch_size,
      maxBatchTimeout: c.max_batch_timeout,
      maxRetries: c.max_retries,
      retryDelay: c.retry_delay,
      ...(c.dead_letter_queue && { deadLetterQueue: c.dead_letter_queue }),
    };
  }
  const list = (items, key, value) => Object.fromEntries((items ?? []).map((item) => [item[key], value(item)]));
  return {
    name: config.name,
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    modulesRoot: build,
    modules: [
      { type: "ESModule", path: join(build, "index.js") },
      { type: "CompiledWasm", path: join(build, "index_bg.wasm") },
    ],
    bindings: { ...config.vars, ENVIRONMENT: "local", ...vars, ...secrets },
    durableObjects: objects,
    queueProducers: queues ? list(config.queues?.producers, "binding", (p) => ({ queueName: p.queue })) : {},
    queueConsumers: consumers,
    kvNamespaces: list(config.kv_namespaces, "binding", (kv) => kv.id),
    r2Buckets: list(config.r2_buckets, "binding", (bucket) => bucket.bucket_name),
    d1Databases: list(config.d1_databases, "binding", (d1) => d1.database_id),
    ratelimits: list(config.ratelimits, "name", ({ namespace_id, simple }) => ({ namespace_id, simple })),
    serviceBindings: {
      ...list(config.services, "binding", (service) => service.service),
      ...(browser && config.browser && { [config.browser.binding]: { name: BROWSER, entrypoint: "Browser" } }),
    },
    ...(files && config.assets && {
      assets: {
        directory: join(root, config.assets.directory),
        binding: config.assets.binding,
        routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: false },
        assetConfig: { html_handling: config.assets.html_handling, not_found_handling: config.assets.not_found_handling },
      },
    }),
    // Workers AI and Vectorize exist nowhere but at Cloudflare: a server that speaks their wire stands in.
    ...(remote && {
      ai: { binding: "AI", remoteProxyConnectionString: new URL(remote) },
      vectorize: { VECTORS: { index_name: "frontdesk-passages", remoteProxyConnectionString: new URL(remote) } },
    }),
    ...(hyperdrives && { hyperdrives }),
    ...(email && { email: { send_email: [{ name: "EMAIL" }] } }),
    ...(outbound && { outboundService: outbound }),
  };
}

const BROWSER = "stand-in-browser";

/** Browser Rendering exists nowhere but at Cloudflare: its binding, over a server that answers as it does. */
function standInBrowser(address) {
  const script = `import { WorkerEntrypoint } from "cloudflare:workers";
    export class Browser extends WorkerEntrypoint {
      quickAction(action, options) {
        return fetch("${address}/quick-action", { method: "POST", body: JSON.stringify({ action, options }) });
      }
    }
    export default { fetch: () => new Response(null, { status: 404 }) };`;
  return { name: BROWSER, compatibilityDate: "2026-11-01", modules: [{ type: "ESModule", path: "browser.mjs", contents: script }] };
}

const RESETTER = "resetter";

/** Loses every object of the process at once, in the middle of whatever it does, as the platform does when it moves or
 *  updates them: memory, requests and sockets are gone, what was stored is not. */
const resetter = {
  name: RESETTER,
  compatibilityDate: "2026-07-08",
  compatibilityFlags: ["unsafe_module"],
  modules: [{ type: "ESModule", path: "resetter.mjs", contents: 'import unsafe from "workerd:unsafe"; export default { async fetch() { await unsafe.abortAllDurableObjects(); return new Response(); } };' }],
};

const RELATIONS = "relations";

/** Asks the relations what its body says: statements with their values, several of them as one batch. Miniflare lets
 *  whoever reaches its port name a Worker, so it answers to this process alone, which has the key. */
const asker = (config, key) => ({
  name: RELATIONS,
  compatibilityDate: config.compatibility_date,
  bindings: { KEY: key },
  d1Databases: Object.fromEntries(config.d1_databases.map(({ binding, database_id }) => [binding, database_id])),
  modules: [
    {
      type: "ESModule",
      path: "relations.mjs",
      contents: `export default {
        async fetch(request, { DB, KEY }) {
          if (request.headers.get("authorization") !== KEY) return new Response(null, { status: 404 });
          const statements = (await request.json()).map(({ sql, values }) => (values.length ? DB.prepare(sql).bind(...values) : DB.prepare(sql)));
          try {
            return Response.json(statements.length === 1 ? [await statements[0].all()] : await DB.batch(statements));
          } catch (error) {
            return Response.json(error.message, { status: 422 });
          }
        },
      };`,
    },
  ],
});

/** The relations, from outside: as D1's own interface, over a Worker of its own. Miniflare's client stops this process while it
 *  prepares a statement; a runtime that fills its log meanwhile would wait for this process to read it, and both for ever. */
function relations(worker, key) {
  const ask = async (statements) => {
    const response = await worker.fetch("http://relations/", { method: "POST", headers: { authorization: key }, body: JSON.stringify(statements) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer);
    return answer;
  };
  const statement = (sql, values) => ({
    sql,
    values,
    bind: (...values) => statement(sql, values),
    all: async () => (await ask([{ sql, values }]))[0],
    run: async () => (await ask([{ sql, values }]))[0],
    async first(column) {
      const [{ results }] = await ask([{ sql, values }]);
      const row = results[0] ?? null;
      return column && row ? row[column] : row;
    },
  });
  return { prepare: (sql) => statement(sql, []), batch: (statements) => ask(statements.map(({ sql, values }) => ({ sql, values }))) };
}

/**
 * Starts the product.
 * `state`: folder for everything stored; without it nothing outlives the process.
 * `vars`: variables of both Workers. `remote`: address of a stand-in for Workers AI and Vectorize. `email`: with
 * Cloudflare's mail binding, which keeps here what it would send. `browser`: address of a stand-in for Browser Rendering.
 * `resets`: `reset()` loses all objects at once. `queues`: without them every message to a queue is refused.
 * `hyperdrives`: bindings of the back Worker and the databases behind them. `files`: without them requests reach the front
 * Worker itself, as they do at Cloudflare; here three Workers stand in for its static files, and every request and frame
 * passes two of them.
 */
export async function startPlatform({ port = 0, host = "127.0.0.1", state, vars = {}, secrets, remote, outbound, email = false, browser, queues = true, resets = false, hyperdrives, files = true, quiet = true, inspect = false, onLog }) {
  const { front, back } = configuration();
  const key = randomUUID();
  const options = { vars, secrets, remote, outbound, email, browser, queues, files };
  const workers = [worker(front, "crates/front", options), worker(back, "crates/back", { ...options, hyperdrives }), ...(browser ? [standInBrowser(browser)] : []), ...(resets ? [resetter] : []), asker(back, key)];
  const log = new Log(quiet ? LogLevel.ERROR : LogLevel.INFO);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host,
      port,
      log,
      ...(onLog && { handleStructuredLogs: ({ message }) => onLog(`${message}\n`) }),
      cf: false,
      telemetry: { enabled: false },
      unsafeInspectDurableObjects: inspect,
      ...(state && { resourcePersistencePath: state }),
      workers,
    }),
  );
  const url = await miniflare.ready;
  const database = relations(await miniflare.getWorker(RELATIONS), key);
  await migrate(database);
  const reset = async () => (await miniflare.getWorker(RESETTER)).fetch("http://resetter/");
  return { miniflare, relations: database, url: new URL(url).origin, front: front.name, back: back.name, ...(resets && { reset }) };
}

/** Applies the migrations that a database lacks, each in one batch with its own record. */
async function migrate(database) {
  await database.prepare("CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)").run();
  const applied = new Set((await database.prepare("SELECT name FROM d1_migrations").all()).results.map((row) => row.name));
  const folder = join(root, "migrations-d1");
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".sql")).sort()) {
    if (applied.has(name)) continue;
    const text = readFileSync(join(folder, name), "utf8").replace(/^--.*$/gm, "");
    const statements = text.split(/;\s*$/m).map((part) => part.trim()).filter(Boolean);
    await database.batch([...statements.map((sql) => database.prepare(sql)), database.prepare("INSERT INTO d1_migrations (name) VALUES (?1)").bind(name)]);
  }
}
