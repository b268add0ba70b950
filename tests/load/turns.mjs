// Turns under load, from outside: the product, the plain Worker it is measured against, and visitors who ask on
// schedule whoever is still waiting.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";
import { configuration } from "../../scripts/platform.mjs";
import { root, say } from "../../scripts/tools.mjs";
import { ORIGIN, Visitor, start } from "../integration/harness.mjs";
import { loadPages, startSite } from "../sites/serve.mjs";

export const clock = () => Number(process.hrtime.bigint()) / 1e6;
export const wait = (ms) => new Promise((done) => setTimeout(done, ms));
export const round = (x) => Math.round(x * 100) / 100;
const quantile = (values, q) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];
};
export const spread = (values) => ({ p50: round(quantile(values, 0.5)), p95: round(quantile(values, 0.95)), n: values.length });

/** Memory-backed where the machine has it: the disk of a development machine is not what is measured. */
export function stateFolder() {
  return mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "frontdesk-bench-"));
}

const PROSE = "The workshop is open on Sundays from ten to four. A tune-up costs 49 euros, a new chain 29. Cargo bikes are rented by the week. Repairs carry a warranty of two years. Park behind the shop. Bookings are cancelled by mail, gift cards are sold at the desk.";
/** What the sites that are asked about say, by sentences: what a model that keeps to its sources can repeat. */
const sentences = () => [PROSE, ...loadPages().map((page) => page.body)].flatMap((text) => text.match(/[A-Z][^<>.!?\n]{20,160}\./g) ?? []);

export async function standins(options) {
  const child = spawn(process.execPath, [join(root, "tests/load/standins.mjs"), JSON.stringify({ dimensions: 32, sentences: sentences(), ...options })], { stdio: ["ignore", "pipe", "inherit"] });
  const { url } = await new Promise((resolve) => child.stdout.once("data", (line) => resolve(JSON.parse(line))));
  return { url, busy: async () => (await fetch(`${url}/busy`)).json(), stop: () => child.kill() };
}

/** The runtimes below this process. */
function runtimes() {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  return children.filter((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("workerd"));
}

/** Starts something and says which runtime it is: what that took of processor and memory is its own. */
async function measured(begin) {
  const before = new Set(runtimes());
  const running = await begin();
  const pid = runtimes().find((pid) => !before.has(pid));
  return {
    running,
    /** Milliseconds of processor so far. The kernel counts in hundredths of a second. */
    cpuMs() {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    residentBytes: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024,
  };
}

/** The product with an agent that knows the demo site. */
export async function product({ remote, vars = {} }) {
  const site = await startSite({ slowMs: 0 });
  const state = stateFolder();
  const begun = await measured(() =>
    start({
      state,
      remote,
      files: false,
      local: [new URL(site.url).host],
      vars: { OPENAI_BASE_URL: `${remote}/v1`, OPENAI_API_KEY: "bench", EMBEDDING_MODEL: "openai:embedding", ...vars },
      agent: { models: [{ provider: "openai_compatible", model: "chat" }] },
    }),
  );
  const { running } = begun;
  const source = await running.client.source(running.agent, `${new URL(site.url).origin}/`);
  const indexed = await running.client.indexed(source.id);
  if (indexed.state !== "indexed") throw new Error(indexed.reason);
  return {
    ...begun,
    visitor: () => Visitor.open(running),
    async stop() {
      await running.stop();
      await site.close();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

let named = 0;

/** The plain Worker, on the same runtime. */
export async function plain({ remote, hopMs }) {
  const state = stateFolder();
  const { front } = configuration();
  const begun = await measured(async () => {
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        log: new Log(LogLevel.ERROR),
        cf: false,
        telemetry: { enabled: false },
        resourcePersistencePath: state,
        workers: [
          {
            name: "plain",
            modules: [{ type: "ESModule", path: join(root, "tests/load/plain.mjs") }],
            modulesRoot: join(root, "tests/load"),
            compatibilityDate: front.compatibility_date,
            bindings: { BASE: remote, HOP_MS: String(hopMs), PROSE },
            durableObjects: { WORDS: { className: "Words", useSQLite: true }, CONVERSATION: { className: "Conversation", useSQLite: true } },
            vectorize: { VECTORS: { index_name: "frontdesk-passages", remoteProxyConnectionString: new URL(remote) } },
          },
        ],
      }),
    );
    const url = new URL(await miniflare.ready).origin;
    return { miniflare, url };
  });
  return {
    ...begun,
    async visitor() {
      const visitor = new Visitor();
      visitor.product = begun.running;
      visitor.token = `c${(named += 1)}`;
      await visitor.connect();
      return visitor;
    },
    async stop() {
      await begun.running.miniflare.dispose();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

const TOPICS = ["When are you open on Sundays", "What does a tune-up cost", "Can I rent a cargo bike for a week", "How long is the warranty on repairs", "Where can I park near the shop", "How do I cancel a booking", "Do you sell gift cards", "How much is a new chain"];
let mark = 0;
export const question = () => `${TOPICS[mark % TOPICS.length]}? #q${(mark += 1)}x`;

/** One turn: when it was sent, when its first text and its end came. */
export async function turn(visitor, text) {
  const sent = clock();
  const id = `bench-${Math.random().toString(36).slice(2, 12).padEnd(10, "0")}`;
  const end = visitor.ended(id, 60_000);
  const first = visitor.next((frame) => frame.type === "delta", 60_000).then(() => clock());
  visitor.send({ type: "message", id, text, page_url: ORIGIN });
  const [firstAt, frame] = await Promise.all([first, end]);
  if (frame.type !== "turn_finished" || frame.provider !== "openai_compatible") throw new Error(`a turn ended as ${JSON.stringify(frame)}`);
  return { mark: /#(\w+)/.exec(text)?.[1], sent, first: firstAt, end: clock() };
}

function union(intervals, from, to) {
  let covered = 0;
  let reach = from;
  for (const [a, b] of [...intervals].sort((x, y) => x[0] - y[0])) {
    const begin = Math.max(a, reach);
    const end = Math.min(b, to);
    if (end > begin) covered += end - begin;
    reach = Math.max(reach, Math.min(b, to));
  }
  return covered;
}

/** Open loop: turns begin on schedule, whoever is still waiting. Whoever finds no free visitor is an error, too. */
export async function openLoop(target, fakes, { visitors, perSecond, forSeconds }) {
  const idle = [];
  for (let n = 0; n < visitors; n += 1) idle.push(await target.visitor());
  const turns = [];
  let errors = 0;
  const before = target.cpuMs();
  const begun = clock();
  for (let n = 0; n < perSecond * forSeconds; n += 1) {
    const due = begun + (n * 1000) / perSecond;
    if (due > clock()) await wait(due - clock());
    const visitor = idle.shift();
    if (!visitor) {
      errors += 1;
      continue;
    }
    const failed = (error) => {
      errors += 1;
      say(error.message.slice(0, 200));
    };
    turns.push(turn(visitor, question()).catch(failed).finally(() => idle.push(visitor)));
  }
  const done = (await Promise.all(turns)).filter(Boolean);
  const cpu = target.cpuMs() - before;
  const seconds = (Math.max(...done.map((t) => t.end)) - begun) / 1000;
  const busy = await fakes.busy();
  for (const visitor of idle) await visitor.close();
  return { own: done.map((t) => t.first - t.sent - union(busy[t.mark] ?? [], t.sent, t.first)), cpu, errors, seconds };
}

/** Several loads as one row of figures. */
export function row(loads) {
  const sum = (of) => loads.reduce((total, load) => total + of(load), 0);
  const turns = sum((load) => load.own.length);
  return {
    own_ms: spread(loads.flatMap((load) => load.own)),
    cpu_ms: round(sum((load) => load.cpu) / turns),
    per_second: round(turns / sum((load) => load.seconds)),
    errors: sum((load) => load.errors),
  };
}
