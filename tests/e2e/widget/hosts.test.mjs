// Pages that make it hard: routers that exchange the document, the browser's own caches, styles that fight, a zoom of
// four hundred per cent; and what a screen reader makes of it all.

import assert from "node:assert/strict";
import { test } from "node:test";
import { launch, stage, visit } from "./browser.mjs";

const { browser, fake } = await stage({ pace: 2 });

/** How routers exchange pages. Both fetch the next one and parse it. */
const ROUTERS = {
  // Turbo Drive: the head is merged, the body replaced, the address pushed; scripts of the new body run again.
  turbo: (next, revived) => {
    document.documentElement.replaceChild(document.adoptNode(next.body), document.body);
    document.querySelectorAll("body script").forEach(revived);
  },
  // Astro's view transitions: attributes of the root and the head's elements exchanged, then the body, in one transition;
  // scripts run again that say so.
  astro: (next, revived) =>
    document.startViewTransition(() => {
      const root = document.documentElement;
      for (const { name } of [...root.attributes]) root.removeAttribute(name);
      for (const { name, value } of next.documentElement.attributes) root.setAttribute(name, value);
      document.head.replaceChildren(...next.head.children);
      document.body.replaceWith(next.body);
      document.querySelectorAll("script[data-astro-rerun]").forEach(revived);
    }).finished,
};
const revived = (script) => {
  const fresh = document.createElement("script");
  for (const { name, value } of script.attributes) fresh.setAttribute(name, value);
  script.replaceWith(fresh);
};
/** Goes to another page of the site by a router. */
const go = (page, swap, address) =>
  page.evaluate(`(async () => {
    const next = new DOMParser().parseFromString(await (await fetch(${JSON.stringify(address)})).text(), "text/html");
    history.pushState({}, "", ${JSON.stringify(address)});
    await (${swap})(next, ${revived});
  })()`);

for (const [name, swap] of Object.entries(ROUTERS)) {
  test(`the conversation stays where ${name} exchanges the page, and the next question names the new address`, async (t) => {
    const visitor = await visit(t, browser, fake);
    const { page } = visitor;
    await visitor.open();
    await visitor.answered("When are you open?");
    await go(page, swap, "/other?page=2");
    assert.equal(await page.locator("frontdesk-widget").count(), 1);
    assert.equal(await visitor.window.isVisible(), true);
    await visitor.answered("And on Sunday?");
    assert.equal(new URL(fake.log.messages.at(-1).page_url).search, "?page=2");
    assert.equal(await visitor.turns.count(), 2);
    assert.deepEqual(visitor.said.filter((line) => /Frontdesk|pageerror/.test(line)), []);
  });
}

for (const [name, swap] of Object.entries(ROUTERS)) {
  test(`a chat that is a part of the page moves on to the next page's place where ${name} exchanges it`, async (t) => {
    const inline = `&place=1&data=${encodeURIComponent(JSON.stringify({ layout: "inline", target: "#place", "astro-rerun": "" }))}`;
    const visitor = await visit(t, browser, fake, `?page=1${inline}`);
    const { page } = visitor;
    await visitor.answered("When are you open?");
    const { length } = fake.log.inits;
    for (const number of [2, 3]) {
      await go(page, swap, `/other?page=${number}${inline}`);
      await page.locator("#place frontdesk-widget .window").waitFor();
      await visitor.answered("And on Sunday?");
      assert.equal(new URL(fake.log.messages.at(-1).page_url).searchParams.get("page"), `${number}`);
      assert.deepEqual([await page.locator("frontdesk-widget").count(), await visitor.turns.count()], [1, number]);
    }
    // A page without a place has no chat, and the one after it has the same as before.
    await go(page, swap, "/other?page=4");
    assert.equal(await page.locator("frontdesk-widget").count(), 0);
    await go(page, swap, `/other?page=5${inline}`);
    await page.locator("#place frontdesk-widget .window").waitFor();
    assert.equal(await visitor.turns.count(), 3);
    assert.equal(fake.log.inits.length, length, "it is the same widget");
    assert.deepEqual(visitor.said.filter((line) => /Frontdesk|pageerror/.test(line)), []);
    // What was ended comes to no place any more.
    await page.evaluate(() => frontdesk("destroy"));
    await go(page, swap, `/other?page=6${inline}`);
    await page.waitForFunction(() => document.querySelector("script[data-agent-id]"));
    assert.equal(await page.locator("frontdesk-widget").count(), 0);
  });
}

test("a page from the back-forward cache goes on with its conversation", async (t) => {
  // Off in a browser that is driven, unless one asks for it.
  const keeping = await launch({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  t.after(() => keeping.close());
  const visitor = await visit(t, keeping, fake);
  const { page } = visitor;
  await visitor.open();
  await visitor.answered("When are you open?");
  await page.evaluate(() => addEventListener("pageshow", ({ persisted }) => (window.kept = persisted)));
  const { sockets, inits } = fake.log;
  const { length } = inits;
  await page.goto(`${fake.site}/other?embed=none`);
  // A page that was kept does not load.
  await page.goBack({ waitUntil: "commit" });
  await visitor.field.waitFor();
  assert.equal(await page.evaluate(() => window.kept), true, "the browser kept the page as it was");
  await visitor.answered("And on Sunday?");
  assert.equal(await visitor.turns.count(), 2);
  assert.deepEqual([fake.log.sockets, inits.length], [sockets + 1, length]);
});

test("whatever the page puts on top, the chat is above it and can be used", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.page.evaluate(() => {
    const veil = document.createElement("div");
    veil.style.cssText = "position:fixed;inset:0;z-index:2147483647;background:#ff03";
    document.body.append(veil);
    document.head.append(Object.assign(document.createElement("style"), {
      textContent: "html * { all: unset !important; color: red !important; z-index: 1 !important } frontdesk-widget { display: none !important; z-index: -1 !important; transform: scale(0) !important; filter: opacity(0) !important }",
    }));
  });
  // Real clicks: they reach what is on top.
  await visitor.open();
  await visitor.answered("When are you open?");
  const { display, zIndex, transform } = await visitor.page.locator("frontdesk-widget").evaluate((element) => {
    const { display, zIndex, transform } = getComputedStyle(element);
    return { display, zIndex, transform };
  });
  assert.deepEqual([display === "none", zIndex, transform], [false, "2147483647", "none"]);
  assert.notEqual(await visitor.answers.first().evaluate((node) => getComputedStyle(node).color), "rgb(255, 0, 0)");
});

test("at a zoom of 400 per cent all of it can be reached and nothing runs out at the side", async (t) => {
  // 1280 by 1024 at 400 per cent is a page of 320 by 256.
  const visitor = await visit(t, browser, fake, "", { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 });
  await visitor.open();
  await visitor.answered("markdown please");
  await visitor.shot("zoom");
  const sizes = await visitor.log.evaluate((log) => ({ wide: log.scrollWidth - log.clientWidth, height: log.clientHeight }));
  assert.ok(sizes.wide <= 0 && sizes.height >= 40, JSON.stringify(sizes));
  for (const part of [visitor.field, visitor.send, visitor.window.getByRole("button", { name: "Close chat" })]) {
    const { x, y, width, height } = await part.boundingBox();
    assert.ok(x >= 0 && y >= 0 && x + width <= 320 && y + height <= 256, JSON.stringify({ x, y, width, height }));
  }
  assert.ok((await visitor.page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
  await visitor.window.getByRole("button", { name: "Close chat" }).click();
  await visitor.launcher.waitFor();
});

test("a screen reader meets name, log with who said what, sources and field, in this order", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.answered("When are you open?");
  const tree = await visitor.page.locator("frontdesk-widget").ariaSnapshot();
  let from = 0;
  for (const part of [/dialog "Ada"/, /button "Close chat"/, /log "Ada"/, /Hello! Ask me about opening hours/, /You:/, /When are you open\?/, /Ada:/, /list "Source"/, /button "👍"/, /button "👎"/, /textbox "Write a message"/, /button "Send"/]) {
    const at = tree.slice(from).search(part);
    assert.ok(at >= 0, `${part} is not there, or too early, in\n${tree}`);
    from += at;
  }
  // The whole answer is read out once, by its own line.
  await visitor.page.locator("frontdesk-widget [role=status]", { hasText: "Ada: " }).waitFor({ state: "attached" });
  assert.equal(await visitor.log.locator("[aria-live=off]").count() > 0, true, "what streams in is not read out piece by piece");
});
