// A browser, a fake product and short words for what a visitor does and sees.

import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, beforeEach } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { startFake } from "./fake.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const screens = process.env.SHOTS ?? join(root, "target/screens");
mkdirSync(screens, { recursive: true });
export const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export const launch = (options) =>
  chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"], ...options });

/** A browser and a fake product for the tests of a file, each of which finds the fake as it was at the beginning. */
export async function stage(options) {
  const browser = await launch();
  const fake = await startFake({ outdir: join(root, "target/widget-test"), ...options });
  // Not after each: its page is closed later than that, and asks until then.
  beforeEach(() => fake.reset());
  after(async () => {
    await browser.close();
    await fake.close();
  });
  return { browser, fake };
}

/** Waits until something is true, for as long as a busy machine may need. */
export async function until(probe) {
  for (const end = Date.now() + 30_000; !(await probe()); ) {
    if (Date.now() > end) throw new Error(`not within 30 s: ${probe}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A visitor on a page of the fake's customer; closes with the test. */
export async function visit(t, browser, fake, query = "", options = {}) {
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options });
  const page = await context.newPage();
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push("pageerror: " + error.message));
  t.after(() => context.close());
  await page.goto(`${fake.site}/${query}`);
  return new Visitor(page, said);
}

export class Visitor {
  constructor(page, said) {
    this.page = page;
    this.said = said;
    // Playwright's CSS goes through open shadow roots.
    this.launcher = page.locator("frontdesk-widget .launcher");
    this.window = page.locator("frontdesk-widget .window");
    this.field = page.locator("frontdesk-widget textarea");
    this.turns = page.locator("frontdesk-widget .turn");
    this.answers = page.locator("frontdesk-widget .turn .answer");
    this.send = page.locator("frontdesk-widget .act:not(.stop)");
    this.stop = page.locator("frontdesk-widget .act.stop");
    this.log = page.locator("frontdesk-widget .log");
  }
  async open() {
    await this.launcher.click();
    await this.field.waitFor();
  }
  /** Waits until the window has finished opening. */
  async settled() {
    await this.window.evaluate((window) => Promise.all(window.getAnimations().map(({ finished }) => finished)));
  }
  async ask(text) {
    await this.field.fill(text);
    await this.field.press("Enter");
  }
  /** Waits until the turn at `index` is in that phase. */
  async phase(phase, index = -1) {
    const turn = index < 0 ? this.turns.last() : this.turns.nth(index);
    await turn.and(this.page.locator(`[data-phase=${phase}]`)).waitFor();
  }
  async answered(text) {
    const before = await this.turns.count();
    await this.ask(text);
    await this.phase("done", before);
  }
  /** Waits for a line of the page's console; each comes here in its own time. */
  hears(pattern) {
    return until(() => this.said.some((line) => pattern.test(line)));
  }
  shot(name, options = {}) {
    return this.page.screenshot({ path: join(screens, `widget-${name}.png`), ...options });
  }
  /** What axe finds in the widget, however small. */
  async axe() {
    await this.page.addScriptTag({ path: axeFile });
    const { violations } = await this.page.evaluate(() => axe.run(document.querySelector("frontdesk-widget")));
    return violations.map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ html, any }) => html + " " + any.map(({ message }) => message)).join(" | ")}`);
  }
}
