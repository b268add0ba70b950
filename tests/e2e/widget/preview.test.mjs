// The dashboard's live preview: the widget's own launcher and window, told what to show by its parent.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { axeFile, stage } from "./browser.mjs";
import { CONFIG } from "./fake.mjs";

const { browser, fake } = await stage();

const config = (theme = {}, more = {}) => ({ ...CONFIG, ...more, theme: { ...CONFIG.theme, ...theme } });

/** The editor's page with the preview in a frame, ready. */
async function editor(t, options = {}) {
  const context = await browser.newContext({ viewport: { width: 760, height: 800 }, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  const said = [];
  const requests = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push("pageerror: " + error.message));
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  await page.goto(`${fake.origin}/app/editor`);
  await page.waitForFunction(() => heard.some(({ data }) => data.type === "frontdesk-preview-ready"));
  const frame = page.frames()[1];
  const at = (selector, options) => frame.locator(`frontdesk-widget ${selector}`, options);
  return {
    page,
    frame,
    said,
    requests,
    at,
    tell: (message) => page.evaluate((message) => frames[0].postMessage({ type: "frontdesk-preview", ...message }, location.origin), message),
    shot: (name) => page.screenshot({ path: `${process.env.SHOTS ?? "target/screens"}/widget-preview-${name}.png` }),
  };
}

test("it tells that it is ready, and shows the sample without network, storage or a breach of its policy", async (t) => {
  const { page, frame, said, requests, at, tell, shot } = await editor(t);
  assert.deepEqual(await page.evaluate(() => heard.map(({ data, origin, framed }) => [data, origin, framed])), [[{ type: "frontdesk-preview-ready" }, fake.origin, true]]);
  await tell({ config: config(), open: true });
  await at(".turn[data-phase=done]").waitFor();
  assert.match(await at(".log > .answer").innerText(), /Hello! Ask me/);
  assert.equal(await at(".question").innerText(), "When are you open?");
  assert.equal(await at(".sources li").count(), 2);
  assert.equal(await at(".sources a").count(), 1);
  assert.equal(await at(".prompts .pill").count(), 3);
  assert.deepEqual(requests.filter((path) => !/^\/(app\/editor|widget\/preview\.(html|js)|ui-[\w-]+\.js|favicon\.ico)$/.test(path)), []);
  assert.deepEqual(await frame.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ""]);
  assert.deepEqual(said.filter((line) => /policy|directive|pageerror/i.test(line)), []);
  await shot("light");
});

test("a prompt and a written message are answered with words that say it is a preview", async (t) => {
  const { frame, at, tell } = await editor(t);
  await tell({ config: config(), open: true });
  await at(".pill").nth(1).click();
  await at(".turn[data-phase=done]").nth(1).waitFor();
  assert.match(await at(".turn .answer").nth(1).innerText(), /This is a preview\./);
  // The sample's clock stands still until it is stopped.
  await frame.evaluate(() => {
    window.later = window.setTimeout;
    window.setTimeout = (run, ms) => later(run, /^(60|480)$/.test(ms) ? 600_000 : ms);
  });
  await at("textarea").fill("Anything");
  await at("textarea").press("Enter");
  await at(".act.stop").click();
  await at(".turn[data-phase=stopped]").waitFor();
  await frame.evaluate(() => {
    window.setTimeout = later;
  });
  // A change while an answer runs does not lose the answer.
  await at("textarea").fill("And this?");
  await at("textarea").press("Enter");
  await at(".turn").nth(3).waitFor();
  await tell({ config: config({ accent: "#b3261e" }, { welcome: "Changed." }), open: true });
  await at(".log > .answer", { hasText: "Changed." }).waitFor();
  await at(".turn[data-phase=done]").nth(2).waitFor();
  assert.match(await at(".turn .answer").last().innerText(), /from your sources\.$/);
  assert.equal(await at(".turn").count(), 4);
});

test("changes are drawn in place: every field, without a lost scroll, word or focus, and without a gap", async (t) => {
  const { frame, at, tell } = await editor(t);
  await tell({ config: config({}, { welcome: "Line\n".repeat(60) }), open: true });
  await at(".turn[data-phase=done]").waitFor();
  await at("textarea").fill("half a thought");
  await at(".log").evaluate((log) => new Promise((scrolled) => {
    log.addEventListener("scroll", scrolled, { once: true });
    log.scrollTop = 120;
  }));
  // What the first frame painted after each change shows: this listener runs after the preview's, and its animation
  // frame after the log's.
  await frame.evaluate(() => {
    window.painted = [];
    addEventListener("message", () => requestAnimationFrame(() => {
      const [widget, ...more] = document.querySelectorAll("frontdesk-widget");
      const log = widget.shadowRoot.querySelector(".log");
      painted.push([more.length, log.querySelectorAll(".turn").length, log.scrollTop, widget.shadowRoot.getAnimations().length]);
    }));
  });
  for (const [index, accent] of ["#b3261e", "#0f6b5c", "#ffe08a"].entries()) {
    await tell({ config: config({ accent, radius: 4, layout: "bar", position: "top_left", message: "#20124d" }, { agent_name: "Bea", welcome: `Line ${index}\n`.repeat(60) }), open: true });
    await frame.waitForFunction((times) => painted.length === times, index + 1);
  }
  assert.equal(await at(".name").innerText(), "Bea");
  assert.equal(await at("textarea").inputValue(), "half a thought");
  assert.equal(await at(".log").evaluate((log) => log.scrollTop), 120);
  assert.equal(await frame.evaluate(() => document.activeElement.shadowRoot?.activeElement?.localName), "textarea");
  assert.deepEqual(await at(".question").evaluate((node) => getComputedStyle(node).backgroundColor), "rgb(32, 18, 77)");
  assert.deepEqual(await frame.evaluate(() => painted), Array(3).fill([0, 1, 120, 0]));
});

test("open and closed follow the parent when it changes its mind, and the visitor's click in between", async (t) => {
  const { at, tell, shot } = await editor(t);
  await tell({ config: config({ layout: "bar", position: "bottom_center" }), open: false });
  await at(".launcher").waitFor();
  assert.equal(await at(".window").isVisible(), false);
  await shot("bar-closed");
  await at(".launcher").click();
  await at(".window").waitFor();
  await tell({ config: config({ accent: "#b3261e", layout: "bar" }, { welcome: "Changed." }), open: false });
  await at(".log > .answer", { hasText: "Changed." }).waitFor();
  assert.equal(await at(".window").isVisible(), true);
  await tell({ config: config(), open: true });
  await tell({ config: config(), open: false });
  await at(".window").waitFor({ state: "hidden" });
});

test("on a phone's width it is open where the parent says so, and stays so while the draft changes", async (t) => {
  const { page, at, tell, shot } = await editor(t);
  await page.locator("iframe").evaluate((frame) => (frame.style.width = "360px"));
  await tell({ config: config(), open: true });
  await at(".turn[data-phase=done]").waitFor();
  await tell({ config: config({}, { welcome: "Tick tock." }), open: true });
  await at(".log > .answer", { hasText: "Tick tock." }).waitFor();
  await shot("phone");
  // Shut by hand it stays shut, until the parent changes its mind.
  await at(".head .plain").click();
  await tell({ config: config({}, { welcome: "Tock tick." }), open: true });
  await at(".log > .answer", { hasText: "Tock tick." }).waitFor({ state: "attached" });
  assert.equal(await at(".window").isVisible(), false);
  await tell({ config: config(), open: false });
  await tell({ config: config(), open: true });
  await at(".window").waitFor();
});

test("a bar that is revealed shows near the end of a long page, and stays while the draft changes", async (t) => {
  const { page, frame, at, tell, shot } = await editor(t);
  const bar = config({ layout: "bar", position: "bottom_center" }, { rules: [] });
  await tell({ config: bar, open: false, reveal: true });
  await at(".launcher").waitFor({ state: "attached" });
  await frame.waitForFunction(() => document.documentElement.scrollHeight > innerHeight * 2);
  await at(".frame[style*=hidden]").waitFor({ state: "attached" });
  assert.equal(await at(".launcher").isVisible(), false);
  await frame.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await at(".launcher").waitFor();
  await shot("reveal");
  await tell({ config: { ...bar, welcome: "Tick tock." }, open: false, reveal: true });
  await at(".launcher", { hasText: "Tick tock." }).waitFor();
  assert.equal(await at(".frame[style*=hidden]").count(), 0);
  // At once: the page is short again.
  await tell({ config: bar, open: false, reveal: false });
  await frame.waitForFunction(() => document.documentElement.scrollHeight <= innerHeight);
  assert.equal(await at(".launcher").isVisible(), true);
});

test("language and scheme: labels and sample in the agent's language, dark where the visitor is", async (t) => {
  const { page, at, tell, shot } = await editor(t);
  await tell({ config: config({ scheme: "auto" }, { language: "ar", agent_name: "آدا", welcome: "مرحبًا!" }), open: true, scheme: "dark" });
  await at(".question", { hasText: "متى تفتحون؟" }).waitFor();
  assert.equal(await at(".frame").getAttribute("dir"), "rtl");
  assert.equal(await at(".window").evaluate((node) => getComputedStyle(node).backgroundColor), "rgb(23, 24, 27)");
  await shot("dark-rtl");
  // An agent that is always light stays so on a dark page.
  await tell({ config: config({ scheme: "light" }), open: true, scheme: "dark" });
  await at(".question", { hasText: "When are you open?" }).waitFor();
  assert.equal(await at(".window").evaluate((node) => getComputedStyle(node).backgroundColor), "rgb(255, 255, 255)");
});

test("only the parent on the same origin is listened to", async (t) => {
  const { page, frame, at, tell } = await editor(t);
  // From the frame itself: right origin, wrong source.
  await frame.evaluate((config) => postMessage({ type: "frontdesk-preview", config, open: true }, "*"), config());
  await page.waitForTimeout(300);
  assert.equal(await frame.locator("frontdesk-widget").count(), 0);
  // From a parent elsewhere; its policy would not even let it be framed there, so the check is made by hand.
  await frame.evaluate((config) => dispatchEvent(new MessageEvent("message", { data: { type: "frontdesk-preview", config, open: true }, origin: "https://elsewhere.example", source: parent })), config());
  await tell({ type: "something-else", config: config(), open: true });
  await page.waitForTimeout(300);
  assert.equal(await frame.locator("frontdesk-widget").count(), 0);
  await tell({ config: config(), open: true });
  await at(".window").waitFor();
});

test("another site cannot frame it", async (t) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(fake.site);
  const refused = page.waitForEvent("console", (message) => /frame-ancestors/.test(message.text()));
  await page.evaluate((src) => document.body.append(Object.assign(document.createElement("iframe"), { src })), `${fake.origin}/widget/preview.html`);
  await refused;
});

for (const scheme of ["light", "dark"]) {
  test(`axe finds nothing in the preview, ${scheme}`, async (t) => {
    const { page, frame, at, tell, shot } = await editor(t);
    // The frame's policy is what it is; axe goes in by the debugger.
    for (const layout of ["bubble", "bar"]) {
      for (const open of [true, false]) {
        const welcome = `A ${layout}, ${open ? "open" : "closed"}.`;
        await tell({ config: config({ layout, scheme: "auto" }, { welcome }), open, scheme });
        await at(".log > .answer", { hasText: welcome }).waitFor({ state: "attached" });
        await (open ? at(".turn[data-phase=done]") : at(".launcher")).first().waitFor();
        await shot(`${layout}-${scheme}-${open ? "open" : "closed"}`);
        await frame.evaluate(await readFile(axeFile, "utf8"));
        // Landmark and heading are the page's that has this document in a frame.
        const { violations } = await frame.evaluate(() => window.axe.run(document, { rules: { "landmark-one-main": { enabled: false }, "page-has-heading-one": { enabled: false } } }));
        assert.deepEqual(violations.map(({ id, nodes }) => id + nodes.map(({ html }) => html)), []);
      }
    }
  });
}
