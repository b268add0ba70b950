// What an agent's theme does to launcher and window: every field, every place, light and dark, wide and narrow.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stage, visit } from "./browser.mjs";
import { CONFIG } from "./fake.mjs";

const { browser, fake } = await stage({ pace: 2 });

const WIDE = { width: 1100, height: 800 };
const PHONE = { width: 390, height: 780 };
const POSITIONS = ["bottom_right", "bottom_left", "top_right", "top_left", "bottom_center"];
const PICTURE = "https://pictures.example/ada.png";
const theme = (theme, config = {}) => (fake.control.config = { ...CONFIG, ...config, theme: { ...CONFIG.theme, ...theme } });
const style = (locator, ...names) => locator.evaluate((node, names) => names.map((name) => getComputedStyle(node)[name]), names);

/** Whether a box lies where the position says, within a page. */
const placed = (box, position, { width, height }) => {
  const gaps = { left: box.x, right: width - box.x - box.width, top: box.y, bottom: height - box.y - box.height };
  const [edge, side] = position.split("_");
  assert.ok(Math.abs(gaps[edge] - 20) < 1, `${position}: ${edge} ${gaps[edge]}`);
  if (side === "center") assert.ok(Math.abs(gaps.left - gaps.right) < 1, `${position}: ${gaps.left} and ${gaps.right}`);
  else assert.ok(Math.abs(gaps[side] - 20) < 1, `${position}: ${side} ${gaps[side]}`);
};

for (const layout of ["bubble", "bar"]) {
  for (const scheme of ["light", "dark"]) {
    test(`${layout}, ${scheme}: launcher and window in five places, wide and on a phone`, async (t) => {
      const query = scheme === "dark" ? "?scheme=dark" : "";
      for (const position of POSITIONS) {
        theme({ layout, position, scheme });
        const visitor = await visit(t, browser, fake, query, { colorScheme: scheme });
        await visitor.launcher.waitFor();
        placed(await visitor.launcher.boundingBox(), position, WIDE);
        assert.deepEqual(await visitor.axe(), []);
        await visitor.shot(`${layout}-${position}-${scheme}-closed`);
        await visitor.open();
        await visitor.answered("When are you open?");
        await visitor.settled();
        const window = await visitor.window.boundingBox();
        if (layout === "bar") placed(window, position, WIDE);
        else {
          const launcher = await visitor.launcher.boundingBox();
          placed(launcher, position, WIDE);
          const apart = position.startsWith("top") ? window.y - launcher.y - launcher.height : launcher.y - window.y - window.height;
          assert.equal(apart, 14);
        }
        assert.deepEqual(await visitor.axe(), []);
        await visitor.shot(`${layout}-${position}-${scheme}-open`);
        // What it does not cover is still the page's.
        const beside = await visitor.page.evaluate((x) => document.elementFromPoint(x, 400).localName, position.endsWith("left") ? 1000 : 100);
        assert.notEqual(beside, "frontdesk-widget");
        await visitor.page.keyboard.press("Escape");
        placed(await visitor.launcher.boundingBox(), position, WIDE);
        await visitor.page.context().close();

        const phone = await visit(t, browser, fake, query, { colorScheme: scheme, viewport: PHONE, hasTouch: true, isMobile: true });
        await phone.launcher.waitFor();
        placed(await phone.launcher.boundingBox(), position, PHONE);
        await phone.shot(`${layout}-${position}-${scheme}-390-closed`);
        await phone.open();
        await phone.settled();
        assert.deepEqual(await phone.window.boundingBox(), { x: 0, y: 0, ...PHONE });
        if (position === "bottom_center") await phone.shot(`${layout}-${scheme}-390-open`);
        await phone.page.context().close();
      }
    });
  }
}

test("accent and the colour of the visitor's messages, with text that can be read on each", async (t) => {
  for (const [accent, message, onAccent, onMessage] of [
    ["#0f6b5c", "#ffe08a", "rgb(255, 255, 255)", "rgb(0, 0, 0)"],
    ["#ffd400", "#20124d", "rgb(0, 0, 0)", "rgb(255, 255, 255)"],
    ["#6b7280", null, "rgb(255, 255, 255)", "rgb(255, 255, 255)"],
  ]) {
    theme({ accent, message, scheme: "light" });
    const visitor = await visit(t, browser, fake);
    await visitor.open();
    await visitor.answered("When are you open?");
    const rgb = (hex) => `rgb(${[1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join(", ")})`;
    assert.deepEqual(await style(visitor.launcher, "backgroundColor"), [rgb(accent)]);
    assert.deepEqual(await style(visitor.launcher.locator("i"), "color"), [onAccent]);
    assert.deepEqual(await style(visitor.page.locator("frontdesk-widget .question"), "backgroundColor", "color"), [rgb(message ?? accent), onMessage]);
    assert.deepEqual(await visitor.axe(), []);
    await visitor.shot(`colours-${accent.slice(1)}`);
  }
});

test("the radius rounds window, messages and controls", async (t) => {
  const seen = [];
  for (const radius of [4, 8, 12, 16]) {
    theme({ radius, layout: "bar", position: "bottom_center" });
    const visitor = await visit(t, browser, fake);
    await visitor.launcher.waitFor();
    const [bar] = await style(visitor.launcher, "borderTopLeftRadius");
    await visitor.shot(`radius-${radius}-closed`);
    await visitor.open();
    await visitor.answered("When are you open?");
    const [window] = await style(visitor.window, "borderTopLeftRadius");
    const [question] = await style(visitor.page.locator("frontdesk-widget .question"), "borderTopLeftRadius");
    seen.push([bar, window, question].map(parseFloat));
    await visitor.shot(`radius-${radius}`);
  }
  assert.deepEqual(seen, [[16, 10, 10], [20, 14, 14], [24, 18, 18], [28, 22, 22]]);
});

test("the font is named and nothing is fetched for it", async (t) => {
  for (const [font, family] of [["system", /system-ui/], ["inter", /^inter, system-ui/i], ["geist", /^geist, system-ui/i], ["serif", /^Georgia, serif$/]]) {
    theme({ font });
    const visitor = await visit(t, browser, fake);
    const requests = [];
    visitor.page.on("request", (request) => requests.push(request.resourceType()));
    await visitor.open();
    await visitor.answered("When are you open?");
    assert.match((await style(visitor.answers, "fontFamily"))[0], family);
    assert.match((await style(visitor.field, "fontFamily"))[0], family);
    assert.equal(requests.includes("font"), false);
    if (font === "serif") await visitor.shot("font-serif");
  }
});

test("the scheme is the agent's, or the visitor's where the agent says auto", async (t) => {
  const LIGHT = "rgb(255, 255, 255)";
  const DARK = "rgb(23, 24, 27)";
  for (const [scheme, colorScheme, surface] of [["auto", "light", LIGHT], ["auto", "dark", DARK], ["light", "dark", LIGHT], ["dark", "light", DARK]]) {
    theme({ scheme });
    const visitor = await visit(t, browser, fake, "", { colorScheme });
    await visitor.open();
    assert.deepEqual(await style(visitor.window, "backgroundColor"), [surface], `${scheme} under ${colorScheme}`);
  }
});

test("a plan's badge stands below the composer and leads to the product's own site", async (t) => {
  const plain = await visit(t, browser, fake);
  await plain.open();
  assert.equal(await plain.page.locator("frontdesk-widget .composer a").count(), 0);
  fake.control.config.badge = "Powered by Frontdesk";
  for (const options of [{}, { colorScheme: "dark", viewport: PHONE, hasTouch: true, isMobile: true }]) {
    const visitor = await visit(t, browser, fake, "", options);
    await visitor.open();
    await visitor.settled();
    const badge = visitor.page.locator("frontdesk-widget .composer a");
    assert.equal(await badge.innerText(), "Powered by Frontdesk");
    assert.equal(await badge.getAttribute("href"), fake.origin);
    assert.equal(await badge.getAttribute("target"), "_blank");
    assert.deepEqual(await visitor.axe(), []);
    await visitor.shot(`badge-${options.colorScheme ?? "light"}`);
  }
});

test("a bar shows the welcome's words, is named by them, and makes room for the window", async (t) => {
  theme({ layout: "bar", position: "bottom_center" });
  const visitor = await visit(t, browser, fake);
  await visitor.launcher.waitFor();
  assert.equal(await visitor.launcher.innerText(), CONFIG.welcome);
  assert.equal(await visitor.launcher.getAttribute("aria-label"), `Chat: ${CONFIG.welcome}`);
  await visitor.launcher.focus();
  await visitor.page.keyboard.press("Enter");
  await visitor.field.waitFor();
  assert.equal(await visitor.launcher.isVisible(), false);
  await visitor.page.keyboard.press("Escape");
  assert.equal(await visitor.launcher.isVisible(), true);
  assert.equal(await visitor.page.evaluate(() => document.activeElement.shadowRoot.activeElement.className), "launcher");
});

const DOT = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8Dwn4EIwDiqEAAaVQT3kYfRBAAAAABJRU5ErkJggg==", "base64");
const FACE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="#f2c9a1"/><circle cx="20" cy="16" r="8" fill="#5b3a29"/><rect x="6" y="26" width="28" height="20" rx="10" fill="#3a6ea5"/></svg>`;

for (const layout of ["bubble", "bar"]) {
  test(`the picture is in launcher and header of the ${layout}, asked for without a referrer`, async (t) => {
    theme({ layout }, { avatar_url: PICTURE });
    const context = await browser.newContext({ viewport: WIDE });
    t.after(() => context.close());
    const asked = [];
    await context.route(PICTURE, (route) => {
      asked.push(route.request().headers().referer);
      return route.fulfill({ contentType: "image/svg+xml", body: FACE });
    });
    const page = await context.newPage();
    await page.goto(fake.site);
    const pictures = page.locator("frontdesk-widget img");
    await pictures.first().waitFor();
    await page.screenshot({ path: `${process.env.SHOTS ?? "target/screens"}/widget-picture-${layout}-closed.png` });
    await page.locator("frontdesk-widget .launcher").click();
    await page.locator("frontdesk-widget .face img").waitFor();
    assert.equal(await pictures.count(), 2);
    assert.ok(asked.length > 0 && asked.every((referer) => referer === undefined));
    await page.screenshot({ path: `${process.env.SHOTS ?? "target/screens"}/widget-picture-${layout}-open.png` });
  });
}

test("a picture that is gone, not https, or forbidden by the page gives way to the glyph and the letter", async (t) => {
  const cases = [
    ["", PICTURE, (route) => route.fulfill({ status: 404, body: "" })],
    ["?csp=strict", PICTURE, (route) => route.fulfill({ contentType: "image/png", body: DOT })],
    ["", "http://pictures.example/ada.png", (route) => route.fulfill({ contentType: "image/png", body: DOT })],
  ];
  for (const [query, avatar_url, answer] of cases) {
    theme({}, { avatar_url });
    const context = await browser.newContext({ viewport: WIDE });
    t.after(() => context.close());
    await context.route(/pictures\.example/, answer);
    const page = await context.newPage();
    await page.goto(`${fake.site}/${query}`);
    await page.locator("frontdesk-widget .launcher").click();
    await page.locator("frontdesk-widget textarea").waitFor();
    await page.locator("frontdesk-widget img").first().waitFor({ state: "detached" });
    assert.equal(await page.locator("frontdesk-widget .face").innerText(), "A");
  }
});

test("right to left: the bar's words and disc are mirrored, its place is not", async (t) => {
  theme({ layout: "bar", position: "bottom_left" }, { language: "ar", agent_name: "آدا", welcome: "مرحبًا! اسألني عن مواعيد العمل والأسعار." });
  const visitor = await visit(t, browser, fake, "?lang=ar");
  await visitor.launcher.waitFor();
  const bar = await visitor.launcher.boundingBox();
  const disc = await visitor.launcher.locator("i").boundingBox();
  placed(bar, "bottom_left", WIDE);
  assert.ok(disc.x > bar.x + bar.width / 2);
  await visitor.shot("bar-rtl-closed");
  await visitor.open();
  await visitor.answered("مواعيد العمل؟");
  assert.deepEqual(await visitor.axe(), []);
  await visitor.shot("bar-rtl-open");
});

test("files and texts are sources without a link; a page is named, and the passage is there", async (t) => {
  for (const [lang, page] of [["en", "page 3"], ["de", "Seite 3"], ["zh", "第3页"], ["he", "עמוד 3"]]) {
    const visitor = await visit(t, browser, fake, `?lang=${lang}`);
    await visitor.open();
    await visitor.answered("guide please");
    const rows = visitor.page.locator("frontdesk-widget .sources li");
    assert.equal(await rows.count(), 3);
    assert.equal(await rows.locator("a").count(), 0);
    assert.equal(await rows.nth(0).locator(".place").innerText(), page);
    assert.equal(await rows.nth(1).locator(".place").innerText(), "");
    assert.equal(await visitor.answers.locator("a").count(), 0);
    const note = visitor.answers.locator(".cite button").first();
    assert.match(await note.getAttribute("aria-label"), new RegExp(`1: Patient guide\\.pdf \\(${page}\\)$`));
    await note.click();
    const passage = visitor.page.locator("frontdesk-widget .popover");
    await passage.waitFor();
    assert.match(await passage.innerText(), /vaccination pass and earlier findings/);
    assert.deepEqual(await visitor.axe(), []);
    await visitor.shot(`file-source-${lang}`);
  }
});

test("an answer by a provider this release does not know is shown like any other", async (t) => {
  for (const provider of ["curated", "of_next_year"]) {
    fake.control.provider = provider;
    const visitor = await visit(t, browser, fake);
    await visitor.open();
    await visitor.answered("When are you open?");
    assert.match(await visitor.answers.innerText(), /Monday to Friday/);
    assert.deepEqual(visitor.said.filter((line) => line.includes("pageerror")), []);
  }
});

test("an agent taken offline says so once, in the visitor's language, and nothing is tried again", async (t) => {
  fake.control.unpublished = true;
  for (const [lang, words] of [["en", "The assistant is not available at present."], ["fr", "L’assistant est indisponible."]]) {
    const visitor = await visit(t, browser, fake, `?lang=${lang}`);
    await visitor.open();
    await visitor.ask("When are you open?");
    await visitor.phase("failed");
    const problem = visitor.page.locator("frontdesk-widget .problem", { hasText: words });
    await problem.waitFor();
    assert.equal(await problem.count(), 1);
    assert.equal(await visitor.turns.getByRole("button").count(), 0);
    await visitor.field.fill("And now?");
    assert.equal(await visitor.send.isDisabled(), true);
    const { sockets } = fake.log;
    const inits = fake.log.inits.length;
    await visitor.page.evaluate(() => dispatchEvent(new Event("online")));
    await visitor.page.waitForTimeout(1500);
    assert.deepEqual([fake.log.sockets, fake.log.inits.length], [sockets, inits]);
    await visitor.shot(`unpublished-${lang}`);
  }
});

test("an agent taken offline before the page was loaded shows nothing", async (t) => {
  for (const code of ["agent_unpublished", "agent_not_found"]) {
    fake.control.initError = [code === "agent_not_found" ? 404 : 410, code, "Gone."];
    const visitor = await visit(t, browser, fake);
    await visitor.hears(/^Frontdesk/);
    assert.equal(await visitor.page.locator("frontdesk-widget").count(), 0);
  }
});
