// What a chat costs the page that carries it: bytes before and after the first click, main-thread script time under
// a slow processor, layout shift, and the time from click to window. The product's widget and three open ones are
// measured by the same page, server and browser, by turns, in the same minutes; all from loopback, after brotli.
import { createServer } from "node:http";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { root, say } from "../../scripts/tools.mjs";
import { AGENT, startFake } from "../e2e/widget/fake.mjs";
import { round, wait } from "./turns.mjs";

/** The figure of script time is that of a processor this much slower. */
const SLOWDOWN = 4;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 11);

/** Each with the least that its documentation asks for. `launcher` is what a visitor clicks, `window` what then
 *  appears; both are looked for through open shadow roots. */
const PEERS = {
  "react-chatbotify": {
    entry: `import { createElement } from "react"; import { createRoot } from "react-dom/client"; import ChatBot from "react-chatbotify";
      const flow = { start: { message: "Hello! Ask me about opening hours.", path: "loop" }, loop: { message: ({ userInput }) => "You said " + userInput, path: "loop" } };
      const place = document.body.appendChild(document.createElement("div"));
      createRoot(place).render(createElement(ChatBot, { id: "chat", flow }));`,
    launcher: ".rcb-toggle-button",
    window: ".rcb-chat-window",
  },
  // It has no launcher: a page puts the element where it wants it, here at a click on a button of the page.
  "deep-chat": {
    entry: `import "deep-chat";
      const button = document.body.appendChild(document.createElement("button"));
      Object.assign(button, { id: "chat", textContent: "Chat" });
      button.style.cssText = "position:fixed;right:20px;bottom:20px;width:56px;height:56px";
      button.onclick = () => {
        const chat = document.createElement("deep-chat");
        Object.assign(chat, { connect: { url: "/answer" }, introMessage: { text: "Hello! Ask me about opening hours." } });
        chat.style.cssText = "position:fixed;right:20px;bottom:90px";
        document.body.append(chat);
      };`,
    launcher: "#chat",
    window: "#chat-view",
  },
  "flowise-embed": {
    entry: `import Chatbot from "flowise-embed/dist/web.js"; Chatbot.init({ chatflowid: "flow", apiHost: location.origin });`,
    launcher: "button[part=button]",
    window: "[part=bot]",
  },
};

const brotli = (text) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(text) } });

const bundle = async (entry) => {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: root, loader: "js" },
    bundle: true,
    minify: true,
    write: false,
    outdir: "/",
    entryNames: "chat",
    format: "iife",
    target: "es2022",
    define: { "process.env.NODE_ENV": '"production"' },
    legalComments: "none",
    logLevel: "error",
  });
  return Object.fromEntries(outputFiles.map(({ path, text }) => [path, text]));
};

/** A page with words, a picture's worth of room and more than a screen of length: something that could jump. */
const html = (tags) => `<!doctype html><html lang="en"><title>Harbour Lane</title><meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">
<style>body{margin:0;font:17px/1.6 Georgia,serif}main{max-width:640px;padding:5vh 6vw}</style>${tags.head ?? ""}
<body><main><h1>We look after your animals</h1>${"<p>Since 1987, three vets and a very patient cat.</p>".repeat(40)}</main>${tags.body}</body></html>`;

/** One customer's site: the page, its scripts after brotli, and what the peers ask their servers. */
async function serve(page, files) {
  const packed = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, brotli(text)]));
  let bytes = 0;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    if (pathname === "/") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      return response.end(page);
    }
    if (packed[pathname]) {
      bytes += packed[pathname].length;
      response.writeHead(200, { "content-type": pathname.endsWith("css") ? "text/css" : "text/javascript; charset=utf-8", "content-encoding": "br", "cache-control": "public, max-age=3600" });
      return response.end(packed[pathname]);
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(pathname.includes("streaming") ? '{"isStreaming":false}' : "{}");
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    /** Bytes of scripts and styles since this was asked last. */
    sent() {
      const now = bytes;
      bytes = 0;
      return now;
    },
    close: () => (server.closeAllConnections(), server.close()),
  };
}

/** Runs in the page before anything else: adds up what jumped, and notices the frame that paints the window. */
const watch = (selector) => {
  const seen = (window.bench = { cls: 0 });
  new PerformanceObserver((list) => {
    // Also what follows a click: who opens a chat wants a window, not another page.
    for (const { value } of list.getEntries()) seen.cls += value;
  }).observe({ type: "layout-shift", buffered: true });
  const find = (scope) => {
    const found = scope.querySelector(selector);
    if (found) return found;
    for (const element of scope.querySelectorAll("*")) {
      const inner = element.shadowRoot && find(element.shadowRoot);
      if (inner) return inner;
    }
  };
  const shown = () => {
    const element = find(document);
    return element?.getClientRects()[0]?.height > 100 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  addEventListener("click", ({ timeStamp }) => {
    const look = () => {
      if (!shown()) return requestAnimationFrame(look);
      // The first task after the frame: what was laid out is painted.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => (seen.open = performance.now() - timeStamp);
      port2.postMessage(0);
    };
    requestAnimationFrame(look);
  }, { capture: true, once: true });
};

/** The trace events in which a page's script runs; one inside another is counted once. Microtasks are among them, which
 *  the browser's own sum (`ScriptDuration`) leaves out: what follows an `await` is script, too. */
const SCRIPT = ["EvaluateScript", "FunctionCall", "RunMicrotasks", "v8.compile"];

/** Milliseconds of thread time that the outermost of these events took on the main thread that ran the scripts of `url`. */
const scriptTime = (events, url) => {
  const pages = new Set(events.filter(({ name, args }) => name === "EvaluateScript" && args.data.url.startsWith(url)).map(({ pid, tid }) => `${pid}:${tid}`));
  const ends = new Map();
  let sum = 0;
  for (const { pid, tid, ts, dur, tdur } of events.filter(({ name, ph }) => ph === "X" && SCRIPT.includes(name)).sort((a, b) => a.ts - b.ts || b.dur - a.dur)) {
    const thread = `${pid}:${tid}`;
    if (!pages.has(thread) || ts < ends.get(thread)) continue;
    ends.set(thread, ts + dur);
    sum += tdur;
  }
  if (!(sum > 0)) throw new Error("The trace holds no script of the page: has the browser renamed its events?");
  return sum / 1000;
};

/** Processor time of all pages' processes together. */
const pagesTime = async (cdp) => (await cdp.send("SystemInfo.getProcessInfo")).processInfo.filter(({ type }) => type === "renderer").reduce((sum, { cpuTime }) => sum + cpuTime, 0);

/** Milliseconds of script on the main thread until the page has come to rest, for a processor that is SLOWDOWN times
 *  slower: the processor time of the thread, without the layout and painting that follow, times that factor. The browser's
 *  own throttling works by the clock, so that everything else that runs on the machine meanwhile is multiplied, too. No
 *  developer tools are attached to the page, as none are to a visitor's: they keep stacks and the places of functions in
 *  the source of each request, which takes as long as a small script. */
async function scriptMs(browser, url) {
  const cdp = await browser.newBrowserCDPSession();
  const events = [];
  cdp.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  const complete = new Promise((resolve) => cdp.once("Tracing.tracingComplete", resolve));
  const { browserContextId } = await cdp.send("Target.createBrowserContext");
  await cdp.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["devtools.timeline", "v8.execute"] } });
  await cdp.send("Target.createTarget", { url, browserContextId, width: 1100, height: 800 });
  let [before, after] = [-1, 0];
  while (before < 0 || after - before > 0.001) {
    await wait(600);
    [before, after] = [after || -1, await pagesTime(cdp)];
  }
  await cdp.send("Tracing.end");
  await complete;
  await cdp.send("Target.disposeBrowserContext", { browserContextId });
  await cdp.detach();
  return scriptTime(events, url) * SLOWDOWN;
}

async function visit(context, side) {
  const page = await context.newPage();
  await page.addInitScript(watch, side.window);
  side.site.sent();
  await page.goto(side.site.url);
  const launcher = page.locator(side.launcher);
  await launcher.waitFor();
  await page.waitForLoadState("networkidle");
  const loader = side.site.sent();
  await launcher.click();
  await page.waitForFunction(() => window.bench.open);
  await page.waitForLoadState("networkidle");
  const { open, cls } = await page.evaluate(() => window.bench);
  // Nobody has talked here yet, for whoever comes next.
  await page.evaluate(() => localStorage.clear());
  await page.close();
  return { open, cls, loader, total: loader + side.site.sent() };
}

const median = (values) => round([...values].sort((a, b) => a - b)[values.length >> 1]);

async function figures(browser, sides, empty) {
  const rows = sides.map(() => []);
  const control = [];
  // By turns, so that a busy minute is everybody's.
  for (let n = 0; n < ROUNDS; n += 1) {
    control.push(await scriptMs(browser, empty.url));
    for (const [index, side] of sides.entries()) {
      const context = await browser.newContext({ viewport: { width: 1100, height: 800 } });
      const cold = await visit(context, side);
      // The same browser again: its cache is warm.
      const warm = await visit(context, side);
      await context.close();
      const script = await scriptMs(browser, side.site.url);
      rows[index].push({ ...cold, script, open: warm.open, cls: Math.max(cold.cls, warm.cls) });
    }
  }
  const measured = rows.map((visits) => ({
    loader_br_bytes: Math.max(...visits.map(({ loader }) => loader)),
    total_br_bytes: Math.max(...visits.map(({ total }) => total)),
    script_ms: median(visits.map(({ script }) => script)),
    open_ms: median(visits.map(({ open }) => open)),
    cls: round(Math.max(...visits.map(({ cls }) => cls))),
  }));
  return [median(control), ...measured];
}

/** The figures of the widget and, by name, of its peers. */
export async function measureWidgets() {
  say(`the widget and ${Object.keys(PEERS).length} others: bytes, script time at ${SLOWDOWN}x, window after the click, ${ROUNDS} times each`);
  const outdir = mkdtempSync(join(tmpdir(), "frontdesk-widget-"));
  const fake = await startFake({ outdir });
  const sides = [];
  // What any script costs, were there nothing in it.
  const empty = await serve(html({ body: '<script src="/empty.js" async></script>' }), { "/empty.js": "0" });
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
  try {
    const own = Object.fromEntries([fake.built.loader, fake.built.ui].map((path) => [path.slice(outdir.length), readFileSync(path, "utf8")]));
    const tag = `<script src="/widget.js" data-agent-id="${AGENT}" data-api="${fake.origin}" async></script>`;
    sides.push({ launcher: "frontdesk-widget .launcher", window: ".window", site: await serve(html({ body: tag }), own) });
    for (const { entry, launcher, window } of Object.values(PEERS)) {
      const files = await bundle(entry);
      const head = files["/chat.css"] && '<link rel="stylesheet" href="/chat.css">';
      sides.push({ launcher, window, site: await serve(html({ head, body: '<script src="/chat.js" async></script>' }), files) });
    }
    const [control, mine, ...theirs] = await figures(browser, sides, empty);
    // The build counts the largest language and the rules as well; no visitor pays for more than that.
    const widget = { ...mine, script_control_ms: control, total_br_bytes: Math.max(mine.total_br_bytes, fake.built.totalBr) };
    return { widget, peers: Object.fromEntries(Object.keys(PEERS).map((name, index) => [name, theirs[index]])) };
  } finally {
    await browser.close();
    for (const site of [empty, ...sides.map(({ site }) => site)]) site.close();
    await fake.close();
    rmSync(outdir, { recursive: true, force: true });
  }
}
