// The widget as visitors meet it: the minified build in Chromium, against a server that speaks the wire.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stage, until, visit } from "./browser.mjs";
import { AGENT, CONFIG } from "./fake.mjs";

const { browser, fake } = await stage();

test("the page pays for the loader alone until the bubble is used", async (t) => {
  const requests = [];
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  await page.goto(fake.site);
  await page.locator("frontdesk-widget .launcher").waitFor();
  await page.waitForTimeout(300);
  assert.deepEqual(requests, ["/", "/widget.js", "/v1/widget/init"]);
  assert.ok(fake.built.loaderBr <= 3072 && fake.built.totalBr <= 15_360);
});

test("a person is offered, takes over under their name, hands back, and is rated", async (t) => {
  const visitor = await visit(t, browser, fake);
  // Nobody stops writing because time passes.
  await visitor.page.evaluate(() => {
    const later = window.setTimeout;
    window.setTimeout = (run, ms, ...more) => later(run, ms === 6000 ? 600_000 : ms, ...more);
  });
  await visitor.open();
  await visitor.answered("When are you open?");
  const offer = visitor.page.getByRole("button", { name: "Talk to a person" });
  assert.equal(await offer.count(), 0);
  fake.tell({ type: "state", standing: "bot", offered: true });
  await offer.click();
  await visitor.turns.nth(1).getByText("Talk to a person").waitFor();
  fake.tell({ type: "message", from: "system", text: "I am getting a person for you." });
  fake.tell({ type: "state", standing: "waiting", offered: false });
  await visitor.log.getByText("I am getting a person for you.").waitFor();
  await offer.waitFor({ state: "detached" });
  fake.tell({ type: "state", standing: "human", name: "Grace" });
  fake.tell({ type: "typing", name: "Grace" });
  const writing = visitor.log.getByText("Grace is writing…");
  await writing.waitFor();
  fake.tell({ type: "message", from: "member", name: "Grace", text: "Hello, **how** can I help?" });
  await visitor.log.getByText("Hello, how can I help?").waitFor();
  await visitor.log.locator(".by", { hasText: "Grace" }).waitFor();
  await writing.waitFor({ state: "detached" }).catch(() => assert.fail("what was said is said to be still being written"));
  // What the visitor writes waits for no answer: the next can be written at once.
  for (const text of ["My cat is ill", "Since yesterday"]) await visitor.answered(text);
  assert.equal(await visitor.page.locator("frontdesk-widget .dots:visible").count(), 0);
  await visitor.shot("person");
  assert.deepEqual(await visitor.axe(), []);
  fake.tell({ type: "state", standing: "resolved" });
  const four = visitor.page.getByRole("button", { name: "4 / 5" });
  await four.click();
  await visitor.page.locator("frontdesk-widget .star[aria-pressed=true]", { hasText: "★" }).waitFor();
  assert.equal(await visitor.page.locator("frontdesk-widget .star", { hasText: "★" }).count(), 4);
  assert.deepEqual(await visitor.axe(), []);
  await visitor.shot("rating");
  // Another page of the site shows the same, once.
  await visitor.page.reload();
  await visitor.log.getByText("Hello, how can I help?").waitFor();
  await visitor.page.locator("frontdesk-widget .star", { hasText: "★" }).nth(3).waitFor();
  assert.equal(await visitor.turns.count(), 6);
});

test("a question streams an answer with sources that open the page", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.launcher.waitFor();
  await visitor.shot("bubble");
  await visitor.open();
  await visitor.page.locator("frontdesk-widget .pill").first().waitFor();
  await visitor.shot("welcome");
  // It stands still to be looked at, and is slow enough then.
  fake.control.pace = Infinity;
  await visitor.ask("When are you open, and what does a vaccination cost?");
  await visitor.page.locator("frontdesk-widget .dots").waitFor();
  await visitor.shot("waiting");
  fake.control.pace = 400;
  await visitor.answers.waitFor();
  assert.equal(await visitor.stop.isVisible(), true);
  await visitor.shot("streaming");
  fake.control.pace = 25;
  await visitor.phase("done");
  const note = visitor.page.locator("frontdesk-widget .cite a").first();
  assert.equal(await note.getAttribute("aria-label"), "Source 1: Opening hours and emergencies (opens in a new tab)");
  assert.equal(await note.getAttribute("target"), "_blank");
  assert.match(await note.getAttribute("rel"), /noopener/);
  assert.equal(await note.getAttribute("href"), "https://harbourlane.example/visit/opening-hours#week");
  assert.equal(await visitor.page.locator("frontdesk-widget .sources li").count(), 2);
  assert.match(await visitor.answers.innerText(), /Monday to Friday from 8:00 to 19:00/);
  await visitor.shot("answered");
  await note.hover();
  await visitor.page.locator("frontdesk-widget .popover").waitFor();
  await visitor.shot("source");
  assert.equal(fake.log.messages.at(-1).page_url, `${fake.site}/`);
  await visitor.page.locator("frontdesk-widget .middle [role=status]", { hasText: /^Ada: We are open/ }).waitFor({ state: "attached" });
});

test("markdown becomes elements and nothing else does", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.answered("markdown please");
  const answer = visitor.answers.last();
  assert.equal(await answer.locator("img,script,h1").count(), 0);
  assert.equal(await answer.locator("a[href^='javascript']").count(), 0);
  assert.equal(await answer.locator("table td").count(), 4);
  assert.equal(await answer.locator("ol > li > ul > li").count(), 2);
  assert.equal(await answer.locator("pre").innerText(), 'const a = "<b>not bold</b>";');
  assert.equal(await answer.locator("strong em").innerText(), "and italic");
  assert.equal(await answer.locator("a[href='https://example.com/a_(b)']").count(), 1);
  assert.equal(await answer.locator(".cite").count(), 1);
  assert.match(await answer.innerText(), /not a source \[7\]\./);
  await visitor.log.evaluate((log) => (log.scrollTop = 0));
  await visitor.shot("markdown");
});

test("the conversation is there again after a reload and on another page, unannounced", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.answered("When are you open?");
  const before = await visitor.answers.innerText();
  const stored = await visitor.page.evaluate(() => Object.entries({ ...localStorage }));
  assert.equal(stored.length, 1);
  const kept = ["open", "saved_at", "token", "visitor_pass"];
  assert.deepEqual(Object.keys(JSON.parse(stored[0][1])).filter((name) => !kept.includes(name)), []);
  for (const path of ["/", "/other"]) {
    await visitor.page.goto(fake.site + path);
    // It was open, so it opens again, without taking the focus.
    await visitor.phase("done");
    assert.equal(await visitor.answers.innerText(), before);
    assert.equal(await visitor.turns.count(), 1);
    assert.equal(await visitor.page.evaluate(() => document.activeElement === document.body), true);
  }
  await visitor.page.waitForTimeout(300);
  assert.equal(await visitor.page.locator("frontdesk-widget .middle [role=status]").textContent(), "");
  assert.equal(await visitor.page.locator("frontdesk-widget .prompts").isVisible(), false);
});

test("a socket cut in mid-answer resumes, and the answer is whole and once", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.answered("When are you open?");
  const whole = await visitor.answers.first().innerText();
  const sockets = fake.log.sockets;
  await visitor.answered("please cut this one");
  assert.equal(await visitor.answers.last().innerText(), whole);
  assert.equal(fake.log.sockets, sockets + 1);
  assert.equal(fake.log.messages.length, 2);
});

test("frames that come twice are applied once", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.answered("When are you open?");
  const whole = await visitor.answers.first().innerText();
  fake.control.duplicate = true;
  await visitor.page.reload();
  await visitor.phase("done");
  await visitor.answered("And again?");
  assert.equal(await visitor.turns.count(), 2);
  assert.equal(await visitor.answers.nth(0).innerText(), whole);
  assert.equal(await visitor.answers.nth(1).innerText(), whole);
});

test("a message that was not confirmed is sent again under the same id", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.answered("lose me once");
  const ids = fake.log.messages.map(({ id }) => id);
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
  assert.match(ids[0], /^[A-Za-z0-9_-]{8,64}$/);
  assert.equal(await visitor.turns.count(), 1);
});

test("a message written while there is no connection is sent when there is one", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.answered("When are you open?");
  await visitor.page.context().setOffline(true);
  await visitor.page.locator("frontdesk-widget [data-link=offline]").waitFor();
  await visitor.ask("Are you there?");
  await visitor.phase("sending", 1);
  await visitor.shot("offline");
  await visitor.page.context().setOffline(false);
  await visitor.phase("done", 1);
  assert.equal(await visitor.turns.count(), 2);
});

test("stop keeps what was shown, and what was typed meanwhile stays", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.ask("slow please");
  await visitor.answers.waitFor();
  fake.control.pace = Infinity;
  await visitor.field.fill("typed meanwhile");
  await visitor.field.press("Enter");
  assert.equal(await visitor.turns.count(), 1);
  await visitor.stop.click();
  await visitor.phase("stopped");
  assert.equal(await visitor.field.inputValue(), "typed meanwhile");
  assert.ok((await visitor.answers.innerText()).length > 0);
  await visitor.shot("stopped");
  fake.control.pace = 25;
  await visitor.field.press("Enter");
  await visitor.phase("done", 1);
});

test("a failed turn is kept, and retry asks again with a new id", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.ask("fail once");
  await visitor.phase("failed");
  await visitor.shot("failed");
  assert.match(await visitor.page.locator("frontdesk-widget .turn .problem").innerText(), /cut off/);
  await visitor.page.getByRole("button", { name: "Try again" }).click();
  await visitor.phase("done", 1);
  const [first, second] = fake.log.messages;
  assert.notEqual(first.id, second.id);
  assert.equal(first.text, second.text);
  assert.equal(await visitor.page.getByRole("button", { name: "Try again" }).count(), 0);
});

test("a refused message says why and goes back to where it was written", async (t) => {
  const visitor = await visit(t, browser, fake, "?embed=queue");
  await visitor.open();
  await visitor.ask("refuse me please");
  await visitor.page.locator("frontdesk-widget .problem", { hasText: "Wait a minute" }).waitFor();
  assert.equal(await visitor.field.inputValue(), "refuse me please");
  await visitor.turns.waitFor({ state: "detached" });
  await visitor.shot("refused");
  assert.ok(await visitor.page.evaluate(() => seen.some(([event, detail]) => event === "error" && detail.code === "too_many_requests")));
  fake.control.forgiving = true;
  await visitor.field.press("Enter");
  await visitor.phase("done");
});

test("a token that has run out is renewed, and the conversation goes on", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.answered("When are you open?");
  fake.control.closeWith = { shift: () => (delete fake.control.closeWith, 4401) };
  fake.cutAll();
  await visitor.answered("Still there?");
  assert.equal(await visitor.turns.count(), 2);
  assert.equal(fake.log.inits.length, 2);
  assert.ok(fake.log.inits[1].token);
});

test("a conversation that is closed for good says so in words", async (t) => {
  fake.control.closeWith = 4404;
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.page.locator("frontdesk-widget .problem", { hasText: "not available" }).waitFor();
  await visitor.field.fill("hello");
  assert.equal(await visitor.send.isDisabled(), true);
});

test("an agent that may not be shown here leaves the page alone and one warning", async (t) => {
  fake.control.initError = [403, "origin_not_allowed", "This origin is not allowed."];
  const visitor = await visit(t, browser, fake);
  await visitor.hears(/^Frontdesk/);
  await visitor.page.waitForTimeout(800);
  assert.equal(await visitor.page.locator("frontdesk-widget").count(), 0);
  const warnings = visitor.said.filter((line) => line.startsWith("Frontdesk"));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /on http:\/\/localhost:\d+: This origin is not allowed/);
});

test("an unknown agent is named in the warning", async (t) => {
  const visitor = await visit(t, browser, fake, "?agent=agt_wrong");
  await visitor.hears(/^Frontdesk.*agt_wrong/);
  assert.equal(await visitor.page.locator("frontdesk-widget").count(), 0);
});

test("the page's styles do not reach in", async (t) => {
  const visitor = await visit(t, browser, fake, "?css=hostile");
  await visitor.open();
  await visitor.answered("When are you open?");
  await visitor.shot("hostile");
  const box = await visitor.window.boundingBox();
  assert.equal(box.width, 400);
  const style = await visitor.answers.evaluate((node) => {
    const { color, fontSize, opacity } = getComputedStyle(node);
    return { color, fontSize, opacity };
  });
  assert.deepEqual(style, { color: "rgb(27, 28, 31)", fontSize: "15px", opacity: "1" });
});

test("a strict content security policy with trusted types is not violated", async (t) => {
  const visitor = await visit(t, browser, fake, "?csp=strict");
  await visitor.open();
  await visitor.answered("markdown please");
  assert.deepEqual(visitor.said.filter((line) => /policy|directive|pageerror/i.test(line)), []);
});

for (const [way, near] of [["pointer", (visitor) => visitor.launcher.hover()], ["keyboard", (visitor) => visitor.launcher.focus()]]) {
  test(`the window's file is fetched when a ${way} comes near, and not before`, async (t) => {
    const visitor = await visit(t, browser, fake, "?embed=none");
    const { page } = visitor;
    const files = [];
    page.on("request", (request) => /\/ui-[\w-]+\.js/.test(request.url()) && files.push(request.url()));
    await page.addScriptTag({ url: `${fake.origin}/widget.js` });
    // What `ready` tells is told when all that the loader does by itself is done.
    await page.evaluate((agentId) => frontdesk("init", { agentId }), AGENT);
    await page.waitForLoadState("networkidle");
    assert.deepEqual(files, []);
    const fetched = page.waitForResponse((response) => /\/ui-[\w-]+\.js/.test(response.url()));
    await near(visitor);
    await fetched;
    assert.equal(files.length, 1);
    assert.equal(await visitor.window.isVisible(), false);
    await visitor.open();
    assert.equal(files.length, 1, "the click fetches nothing again");
  });
}

test("all of it works by keyboard alone", async (t) => {
  const visitor = await visit(t, browser, fake);
  const { page } = visitor;
  await visitor.launcher.waitFor();
  const focused = () =>
    page.evaluate(() => {
      const inner = document.querySelector("frontdesk-widget").shadowRoot.activeElement;
      return inner?.getAttribute("aria-label") ?? inner?.textContent ?? document.activeElement.id;
    });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Chat");
  await page.keyboard.press("Enter");
  await visitor.field.waitFor();
  assert.equal(await focused(), "Write a message");
  await page.keyboard.type("first line");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second line");
  await page.keyboard.press("Enter");
  await visitor.phase("done");
  assert.equal(fake.log.messages[0].text, "first line\nsecond line");
  assert.equal(await focused(), "Write a message");
  // Backwards: the thumbs, the sources, the footnotes, the log.
  for (const thumb of ["👎", "👍"]) {
    await page.keyboard.press("Shift+Tab");
    assert.equal(await focused(), thumb);
  }
  await page.keyboard.press("Shift+Tab");
  assert.match(await focused(), /^2 *Prices/);
  await page.locator("frontdesk-widget .popover").waitFor();
  // Escape takes the passage first, then the window.
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("frontdesk-widget .popover").isVisible(), false);
  assert.equal(await visitor.window.isVisible(), true);
  await page.keyboard.press("Escape");
  assert.equal(await visitor.window.isVisible(), false);
  assert.equal(await focused(), "Chat");
});

test("an input method's Enter does not send", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.field.fill("にほんご");
  await visitor.field.evaluate((field) => field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true })));
  assert.equal(await visitor.field.inputValue(), "にほんご");
  assert.equal(fake.log.messages.length, 0);
});

test("a message over 4,000 characters is not sent and says so", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  assert.equal(await visitor.send.isDisabled(), true);
  await visitor.field.fill("😀".repeat(4001));
  assert.equal(await visitor.page.locator("frontdesk-widget .limit").innerText(), "4001 / 4000");
  await visitor.shot("limit");
  await visitor.field.press("Enter");
  assert.equal(fake.log.messages.length, 0);
  await visitor.field.fill("😀".repeat(4000));
  assert.equal(await visitor.send.isEnabled(), true);
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing in ${colorScheme}`, async (t) => {
    const visitor = await visit(t, browser, fake, colorScheme === "dark" ? "?scheme=dark" : "", { colorScheme });
    assert.deepEqual(await visitor.launcher.waitFor().then(() => visitor.axe()), []);
    await visitor.open();
    await visitor.page.locator("frontdesk-widget .pill").first().waitFor();
    assert.deepEqual(await visitor.axe(), []);
    await visitor.answered("When are you open?");
    await visitor.ask("fail once");
    await visitor.phase("failed", 1);
    assert.deepEqual(await visitor.axe(), []);
    await visitor.answered("markdown please");
    await visitor.answered("When are you open?");
    assert.deepEqual(await visitor.axe(), []);
    if (colorScheme === "dark") await visitor.shot("dark");
  });
}

test("any accent is legible, the palest too", async (t) => {
  for (const [name, accent, scheme] of [["pale", "#ffe08a", "light"], ["dark-navy", "#0a1a4f", "dark"]]) {
    fake.control.config = { ...CONFIG, theme: { accent, scheme, position: "bottom_left" } };
    const visitor = await visit(t, browser, fake);
    await visitor.open();
    await visitor.answered("When are you open?");
    assert.deepEqual(await visitor.axe(), []);
    assert.ok((await visitor.launcher.boundingBox()).x < 60);
    await visitor.shot(`accent-${name}`);
  }
});

test("on a phone the window is the page and keeps the focus", async (t) => {
  const visitor = await visit(t, browser, fake, "", { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
  await visitor.open();
  await visitor.settled();
  assert.deepEqual(await visitor.window.boundingBox(), { x: 0, y: 0, width: 390, height: 780 });
  assert.equal(await visitor.window.getAttribute("aria-modal"), "true");
  await visitor.page.locator("frontdesk-widget .pill").first().waitFor();
  await visitor.shot("phone-welcome");
  await visitor.answered("When are you open?");
  await visitor.shot("phone");
  for (let i = 0; i < 14; i++) {
    await visitor.page.keyboard.press("Tab");
    assert.equal(await visitor.page.evaluate(() => document.activeElement.localName), "frontdesk-widget");
  }
  assert.deepEqual(await visitor.axe(), []);
  await visitor.page.reload();
  await visitor.launcher.waitFor();
  await visitor.page.waitForTimeout(400);
  assert.equal(await visitor.window.isVisible(), false);
});

test("nothing is cut off at 320 pixels", async (t) => {
  const visitor = await visit(t, browser, fake, "", { viewport: { width: 320, height: 560 } });
  await visitor.open();
  await visitor.answered("markdown please");
  const wide = await visitor.log.evaluate((log) => log.scrollWidth > log.clientWidth);
  assert.equal(wide, false);
  await visitor.shot("narrow");
});

test("on a wall of a screen the window keeps its size and its corner", async (t) => {
  const visitor = await visit(t, browser, fake, "", { viewport: { width: 3840, height: 2160 } });
  await visitor.open();
  await visitor.settled();
  await visitor.answered("markdown please");
  const [window, launcher] = [await visitor.window.boundingBox(), await visitor.launcher.boundingBox()];
  assert.deepEqual(window, { x: 3840 - 20 - 400, y: 2160 - 20 - 56 - 14 - 660, width: 400, height: 660 });
  assert.deepEqual(launcher, { x: 3840 - 20 - 56, y: 2160 - 20 - 56, width: 56, height: 56 });
  const over = await visitor.page.evaluate(() => {
    const { scrollWidth, scrollHeight } = document.documentElement;
    return [scrollWidth - innerWidth, scrollHeight - innerHeight];
  });
  assert.ok(over.every((beyond) => beyond <= 0), `${over}`);
  // What is beside the window is the page's.
  await visitor.page.locator("#before").click();
  await visitor.shot("wall");
});

test("an on-screen keyboard leaves the composer and the last words in view", async (t) => {
  const visitor = await visit(t, browser, fake, "?embed=none", { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
  const { page } = visitor;
  await page.addInitScript(() => {
    const view = Object.assign(new EventTarget(), { width: 390, height: innerHeight, offsetTop: 0, scale: 1 });
    Object.defineProperty(window, "visualViewport", { value: view });
  });
  await page.goto(fake.site);
  await visitor.open();
  await visitor.settled();
  await visitor.answered("When are you open?");
  // The keyboard comes up; Safari scrolls what is visible, besides; it goes away again.
  for (const [height, offsetTop] of [[430, 0], [430, 120], [780, 0]]) {
    await page.evaluate((now) => Object.assign(visualViewport, now).dispatchEvent(new Event("resize")), { height, offsetTop });
    const inside = async (part) => {
      const { y, height: tall } = await part.boundingBox();
      assert.ok(y >= offsetTop && y + tall <= offsetTop + height, `${y} and ${tall} in ${offsetTop} and ${height}`);
    };
    assert.deepEqual(await visitor.window.boundingBox(), { x: 0, y: offsetTop, width: 390, height });
    for (const part of [visitor.field, visitor.send, visitor.window.getByRole("button", { name: "Close chat" })]) await inside(part);
    await page.waitForFunction(() => {
      const log = document.querySelector("frontdesk-widget").shadowRoot.querySelector(".log");
      return log.clientHeight >= 120 && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
    });
  }
});

for (const [lang, question, name] of [["ar", "مواعيد العمل؟", "إغلاق المحادثة"], ["he", "מה שעות הפתיחה?", "סגירת הצ׳אט"]]) {
  test(`right to left in ${lang}`, async (t) => {
    const he = lang === "he";
    fake.control.config = {
      ...CONFIG,
      language: lang,
      agent_name: he ? "עדה" : "آدا",
      workspace_name: he ? "המרפאה" : "العيادة البيطرية",
      welcome: he ? "שלום! אפשר לשאול על שעות הפתיחה ועל מחירים." : "مرحبًا! اسألني عن مواعيد العمل والأسعار.",
      quick_prompts: he ? ["מה שעות הפתיחה?"] : ["ما هي مواعيد العمل؟", "كم سعر التطعيم؟"],
    };
    const visitor = await visit(t, browser, fake, he ? "?lang=none" : "?lang=ar");
    await visitor.open();
    await visitor.answered(question);
    const close = await visitor.window.getByRole("button", { name, exact: true }).boundingBox();
    const window = await visitor.window.boundingBox();
    assert.ok(close.x < window.x + 60, "the close button is on the left");
    assert.deepEqual(await visitor.axe(), []);
    await visitor.shot(`rtl-${lang}`);
  });
}

test("with storage blocked it works for as long as the page lasts", async (t) => {
  const visitor = await visit(t, browser, fake, "?storage=blocked");
  await visitor.open();
  await visitor.answered("When are you open?");
  assert.deepEqual(visitor.said.filter((line) => line.includes("pageerror")), []);
});

test("a second script on the page is refused with a warning", async (t) => {
  const visitor = await visit(t, browser, fake, "?embed=twice");
  await visitor.launcher.waitFor();
  await visitor.hears(/second is ignored/);
  assert.equal(await visitor.page.locator("frontdesk-widget").count(), 1);
  assert.equal(visitor.said.filter((line) => /second is ignored/.test(line)).length, 1);
});

test("the queue API opens, sends, reports and is destroyed", async (t) => {
  const visitor = await visit(t, browser, fake, "?embed=queue");
  const { page } = visitor;
  await page.evaluate(() => frontdesk("send", "When are you open?"));
  await visitor.phase("done");
  await page.evaluate(() => frontdesk("close"));
  const seen = await page.evaluate(() => seen.map(([event]) => event));
  assert.deepEqual(seen, ["ready", "open", "message", "answer", "close"]);
  const answer = await page.evaluate(() => seen.find(([event]) => event === "answer")[1]);
  assert.equal(answer.citations.length, 2);
  assert.match(answer.text, /Monday/);
  const refused = await page.evaluate((agentId) => frontdesk("init", { agentId }).catch(({ code, message }) => ({ code, message })), AGENT);
  assert.equal(refused.code, "invalid");
  await visitor.hears(/second is ignored/);
  assert.equal(visitor.said.filter((line) => /second is ignored/.test(line)).length, 1);
  await page.evaluate(() => frontdesk("destroy"));
  assert.equal(await page.locator("frontdesk-widget").count(), 0);
  await page.evaluate((agentId) => frontdesk("init", { agentId }), AGENT);
  await visitor.launcher.waitFor();
});

test("an answer that comes while the window is closed marks the bubble", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  fake.control.pace = Infinity;
  await visitor.ask("think first");
  await visitor.page.keyboard.press("Escape");
  await visitor.window.waitFor({ state: "hidden" });
  fake.control.pace = 25;
  await visitor.page.locator("frontdesk-widget .unread").waitFor();
  await visitor.shot("unread");
  await visitor.open();
  assert.equal(await visitor.page.locator("frontdesk-widget .unread").count(), 0);
});

test("the widget stays when a single-page site replaces its body", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.answered("When are you open?");
  await visitor.page.evaluate(() => {
    history.pushState({}, "", "/booking?step=2");
    document.body.replaceWith(document.createElement("body"));
  });
  await visitor.answered("And on Sunday?");
  assert.equal(await visitor.turns.count(), 2);
  assert.equal(fake.log.messages.at(-1).page_url, `${fake.site}/booking?step=2`);
});

test("a reader who has scrolled up is left there and told of new messages", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.answered("long one");
  await visitor.ask("slow please");
  await visitor.answers.nth(1).waitFor();
  fake.control.pace = Infinity;
  await visitor.log.evaluate((log) => (log.scrollTop = 0));
  fake.control.pace = 25;
  const more = visitor.page.locator("frontdesk-widget .more");
  await more.waitFor();
  await visitor.page.waitForTimeout(300);
  assert.equal(await visitor.log.evaluate((log) => log.scrollTop), 0);
  await visitor.shot("new-messages");
  await more.click();
  await until(() => visitor.log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight < 48));
});
