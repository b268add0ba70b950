// How the widget behaves on a page: commands and their answers, frames that steer it, consent, the places it can
// have, and that nothing of it stays.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stage, until, visit } from "./browser.mjs";
import { AGENT } from "./fake.mjs";

const { browser, fake } = await stage({ pace: 2 });

const data = (attributes) => `?data=${encodeURIComponent(JSON.stringify(attributes))}`;
/** What the page asked of the product since it was opened. */
const requests = (page) => {
  const seen = [];
  page.on("request", (request) => request.url().startsWith(fake.origin) && seen.push(new URL(request.url()).pathname));
  return seen;
};
const kept = (page) => page.evaluate(() => ({ local: { ...localStorage }, session: { ...sessionStorage }, cookie: document.cookie }));
const NOTHING = { local: {}, session: {}, cookie: "" };

test("every command answers: with what it did, or with what to do instead", async (t) => {
  const visitor = await visit(t, browser, fake, "?embed=queue");
  const { page } = visitor;
  await visitor.launcher.waitFor();
  const run = (...command) => page.evaluate((command) => frontdesk(...command).then((value) => (value === undefined ? {} : { value }), ({ code, message }) => ({ code, message })), command);
  assert.deepEqual(await run("open"), {});
  assert.match((await run("send", "When are you open?")).value, /^[\w-]{8,64}$/);
  await visitor.phase("done");
  assert.deepEqual(await run("close"), {});
  assert.match((await run("dance")).message, /no command "dance"; there are init,open,close,send,identify,on,off,consent,destroy/);
  assert.match((await run("init", { agentId: AGENT })).message, /one widget/);
  assert.match((await run("open", "lead")).message, /lead fields in the dashboard/);
  await page.evaluate(() => frontdesk("destroy"));
  assert.match((await run("open")).message, /init comes first/);
  assert.match((await run("init", {})).message, /needs an agentId/);
  assert.match((await run("init", { agentId: AGENT })).value.conversation_id, /^cnv_/);
});

test("the queue's promises are kept, and a listener that was taken off hears nothing", async (t) => {
  const visitor = await visit(t, browser, fake, "?embed=none");
  const { page } = visitor;
  await page.evaluate(([src, agentId]) => {
    window.frontdesk = (...a) => new Promise((r, j) => (frontdesk.q = frontdesk.q || []).push(Object.assign(a, { r, j })));
    window.heard = [];
    const late = () => heard.push("taken off");
    window.ready = frontdesk("init", { agentId });
    frontdesk("on", "ready", late);
    frontdesk("off", "ready", late);
    frontdesk("on", "ready", () => {
      throw new Error("the page's own mistake");
    });
    frontdesk("on", "ready", () => heard.push("ready"));
    document.head.append(Object.assign(document.createElement("script"), { src }));
  }, [`${fake.origin}/widget.js`, AGENT]);
  assert.match((await page.evaluate(() => ready)).conversation_id, /^cnv_/);
  await page.waitForFunction(() => heard.length);
  assert.deepEqual(await page.evaluate(() => heard), ["ready"]);
  await visitor.hears(/^pageerror: the page's own mistake$/);
});

test("frames of the page's origin steer it and hear it; others do not", async (t) => {
  const visitor = await visit(t, browser, fake);
  const { page } = visitor;
  await visitor.launcher.waitFor();
  await page.evaluate(() => {
    window.heard = [];
    const inside = document.body.appendChild(document.createElement("iframe")).contentWindow;
    inside.addEventListener("message", ({ data }) => heard.push(data.event));
    inside.eval('parent.postMessage({ frontdesk: "on", value: "open" }, "*"); parent.postMessage({ frontdesk: "open" }, "*")');
  });
  await visitor.field.waitFor();
  await page.waitForFunction(() => heard[0] === "open");
  // A sandboxed frame has no origin to trust.
  await page.evaluate(() => {
    window.arrived = new Promise((resolve) => addEventListener("message", ({ origin }) => origin === "null" && setTimeout(resolve)));
    const frame = Object.assign(document.createElement("iframe"), { sandbox: "allow-scripts", srcdoc: "<script>parent.postMessage({ frontdesk: 'close' }, '*')</script>" });
    document.body.append(frame);
    return arrived;
  });
  assert.equal(await visitor.window.isVisible(), true);
});

test("destroy leaves no element, request, or listener, and the one name", async (t) => {
  const visitor = await visit(t, browser, fake, "?embed=none");
  const { page } = visitor;
  await page.evaluate(() => {
    // These three are the test's own.
    window.names = Object.keys(window).concat("names", "live", "addEventListener");
    window.live = new Map();
    for (const target of [window, document]) {
      const add = target.addEventListener;
      target.addEventListener = function (type, heard, options) {
        const key = {};
        live.set(key, type);
        options?.signal?.addEventListener("abort", () => live.delete(key));
        return add.call(this, type, heard, options);
      };
    }
  });
  await page.addScriptTag({ url: `${fake.origin}/widget.js` });
  await page.evaluate((agentId) => frontdesk("init", { agentId }), AGENT);
  await visitor.open();
  await visitor.answered("When are you open?");
  const { inits } = fake.log;
  const before = [inits.length, fake.log.sockets];
  await page.evaluate(() => frontdesk("destroy"));
  // The browser's driver listens, too, to what the widget never does.
  const ours = /^(message|storage|online|offline|visibilitychange|securitypolicyviolation|pagehide|pageshow|prerenderingchange)$/;
  assert.deepEqual((await page.evaluate(() => [...live.values()])).filter((type) => ours.test(type)), []);
  assert.equal(await page.locator("frontdesk-widget").count(), 0);
  assert.deepEqual(await page.evaluate(() => Object.keys(window).filter((name) => !names.includes(name))), ["frontdesk"]);
  await page.evaluate(() => dispatchEvent(new Event("online")));
  assert.deepEqual([inits.length, fake.log.sockets], before);
  // A socket is closed when the other side has heard of it.
  const [{ lines }] = [...fake.conversations.values()].slice(-1);
  await until(() => !lines.size);
});

test("before consent there is the script and a notice; nothing is asked or stored until the visitor agrees", async (t) => {
  const visitor = await visit(t, browser, fake, "?embed=none");
  const { page } = visitor;
  const seen = requests(page);
  await page.goto(`${fake.site}/${data({ consent: "required", privacy: "https://example.com/privacy", "consent-text": "Chat with us. It keeps a key in this browser." })}`);
  await visitor.launcher.waitFor();
  await page.mouse.move(900, 700);
  await visitor.launcher.hover();
  assert.deepEqual(seen, ["/widget.js"]);
  assert.deepEqual(await kept(page), NOTHING);
  assert.equal(await visitor.launcher.innerText(), "Chat with us. It keeps a key in this browser.");
  assert.equal(await page.getByRole("link", { name: "https://example.com/privacy" }).count(), 1);
  assert.deepEqual(await visitor.axe(), []);
  await visitor.shot("consent");
  await visitor.launcher.click();
  await page.waitForFunction(() => localStorage.length === 1);
  await visitor.open();
  await visitor.answered("When are you open?");
  // The next page knows.
  await page.reload();
  await visitor.phase("done");
  await page.evaluate(() => frontdesk("consent", false));
  await visitor.window.waitFor({ state: "detached" });
  assert.deepEqual(await kept(page), NOTHING);
  const { length } = seen;
  await page.reload();
  await visitor.launcher.waitFor();
  assert.deepEqual(seen.slice(length), ["/widget.js"]);
  assert.deepEqual(await kept(page), NOTHING);
});

test("consent by the page's own dialog shows the chat without a further question", async (t) => {
  const visitor = await visit(t, browser, fake, data({ consent: "required" }));
  await visitor.launcher.filter({ hasText: "Chat: OK?" }).waitFor();
  await visitor.page.evaluate(() => frontdesk("consent", true));
  await visitor.page.locator("frontdesk-widget .bubble").waitFor();
  await visitor.open();
});

test("the notice without words of the page asks in the page's language", async (t) => {
  const visitor = await visit(t, browser, fake, `${data({ consent: "required" })}&lang=ar`);
  await visitor.launcher.filter({ hasText: "محادثة: OK?" }).waitFor();
});

test("consent that is withdrawn in one tab is withdrawn in the others", async (t) => {
  const visitor = await visit(t, browser, fake, data({ consent: "required" }));
  await visitor.launcher.click();
  await visitor.page.locator("frontdesk-widget .bubble").waitFor();
  await visitor.open();
  await visitor.answered("When are you open?");
  const other = await visitor.page.context().newPage();
  await other.goto(visitor.page.url());
  await other.locator("frontdesk-widget .window").waitFor();
  await other.evaluate(() => frontdesk("consent", false));
  await visitor.window.waitFor({ state: "detached" });
  await visitor.launcher.filter({ hasText: "OK?" }).waitFor();
  const [{ lines }] = [...fake.conversations.values()].slice(-1);
  await until(() => !lines.size);
  for (const page of [visitor.page, other]) assert.deepEqual(await kept(page), NOTHING);
});

test("who visits is known again by a pass, in a new conversation too, and not after consent is withdrawn", async (t) => {
  const visitor = await visit(t, browser, fake, data({ consent: "required" }));
  const { page } = visitor;
  const stored = () => page.evaluate(() => JSON.parse(Object.values(localStorage)[0]).visitor_pass);
  const agree = async () => {
    await visitor.launcher.filter({ hasText: "Chat: OK?" }).click();
    await page.waitForFunction(() => localStorage.length === 1);
    return fake.log.inits.at(-1).visitor_pass;
  };
  assert.equal(await agree(), undefined);
  const pass = await stored();
  assert.match(pass, /^pass_/);
  // Whether the conversation goes on or is forgotten by now.
  for (const forgotten of [false, true]) {
    if (forgotten) fake.conversations.clear();
    const { length } = fake.log.inits;
    await page.reload();
    await page.locator("frontdesk-widget .bubble").waitFor();
    assert.deepEqual(fake.log.inits.slice(length).map(({ visitor_pass }) => visitor_pass), [pass]);
    assert.equal(await stored(), pass);
  }
  await page.evaluate(() => frontdesk("consent", false));
  assert.deepEqual(await kept(page), NOTHING);
  assert.equal(await agree(), undefined);
  assert.notEqual(await stored(), pass);
});

test("a prepared page asks for nothing until it is seen", async (t) => {
  const visitor = await visit(t, browser, fake, "?embed=none");
  const { page } = visitor;
  const seen = requests(page);
  await page.addInitScript(() => Object.defineProperty(document, "prerendering", { get: () => !window.seen }));
  await page.goto(fake.site);
  await page.waitForFunction(() => window.frontdesk);
  assert.deepEqual(seen, ["/widget.js"]);
  await page.evaluate(() => {
    window.seen = true;
    document.dispatchEvent(new Event("prerenderingchange"));
  });
  await visitor.launcher.waitFor();
});

test("consent that the page gives while it is prepared counts once it is seen", async (t) => {
  const visitor = await visit(t, browser, fake, "?embed=none");
  const { page } = visitor;
  const seen = requests(page);
  await page.addInitScript(() => Object.defineProperty(document, "prerendering", { get: () => !window.seen }));
  await page.goto(fake.site + "/" + data({ consent: "required" }));
  await page.waitForFunction(() => window.frontdesk);
  await page.evaluate(() => frontdesk("consent", true));
  assert.deepEqual([seen, await kept(page)], [["/widget.js"], NOTHING]);
  await page.evaluate(() => {
    window.seen = true;
    document.dispatchEvent(new Event("prerenderingchange"));
  });
  await page.locator("frontdesk-widget .bubble").waitFor();
  await visitor.open();
  // Withdrawn, it is asked for again.
  await page.evaluate(() => frontdesk("consent", false));
  await visitor.launcher.filter({ hasText: "Chat: OK?" }).waitFor();
  assert.deepEqual(await kept(page), NOTHING);
});

test("a page that is left and come back to has its conversation", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.answered("When are you open?");
  await visitor.page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
  });
  const { sockets } = fake.log;
  await visitor.page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await visitor.answered("And on Sunday?");
  assert.equal(fake.log.sockets, sockets + 1);
});

test("a framework that puts a new body in place and runs its scripts again warns of nothing", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.launcher.waitFor();
  await visitor.page.evaluate(() => {
    const body = document.createElement("body");
    const { src, dataset } = document.querySelector("script[data-agent-id]");
    document.body.replaceWith(body);
    return new Promise((onload) => body.append(Object.assign(document.createElement("script"), { src: src + "?2", onload })));
  });
  assert.equal(await visitor.page.locator("frontdesk-widget").count(), 1);
  assert.deepEqual(visitor.said.filter((line) => /Frontdesk/.test(line)), []);
});

test("attributes of the script go before the agent's theme, in any colour legibly", async (t) => {
  const visitor = await visit(t, browser, fake, data({ position: "top-left", "primary-color": "#ffe08a", greeting: "Good day!", theme: "dark", language: "de", layout: "bar" }));
  await visitor.launcher.filter({ hasText: "Good day!" }).waitFor();
  const box = await visitor.launcher.boundingBox();
  assert.ok(box.x < 40 && box.y < 40);
  await visitor.open();
  assert.equal(await visitor.field.getAttribute("placeholder"), "Nachricht schreiben");
  assert.equal(await visitor.window.evaluate((window) => getComputedStyle(window).backgroundColor), "rgb(23, 24, 27)");
  await visitor.answered("When are you open?");
  assert.deepEqual(await visitor.axe(), []);
  await visitor.shot("attributes");
});

for (const layout of ["inline", "page"]) {
  test(`the layout ${layout} is always open and takes no focus`, async (t) => {
    const visitor = await visit(t, browser, fake, `${data({ layout, target: "#place" })}&place=1`);
    await visitor.field.waitFor();
    assert.equal(await visitor.launcher.isVisible(), false);
    assert.equal(await visitor.page.evaluate(() => document.activeElement === document.body), true);
    await visitor.answered("When are you open?");
    await visitor.field.press("Escape");
    await visitor.page.evaluate(() => frontdesk("close"));
    const box = await visitor.window.boundingBox();
    const place = layout === "page" ? { x: 0, y: 0, width: 1100, height: 800 } : await visitor.page.locator("#place").boundingBox();
    assert.deepEqual(box, place);
    assert.deepEqual(await visitor.axe(), []);
    await visitor.shot(`layout-${layout}`);
  });
}

test("a bar that waits for the page's end appears at nine tenths of it, with its line open", async (t) => {
  const { sockets } = fake.log;
  const visitor = await visit(t, browser, fake, `${data({ layout: "bar", reveal: "scroll" })}&tall=1`);
  const { page } = visitor;
  await page.waitForFunction(() => document.querySelector("frontdesk-widget"));
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight * 0.5));
  await page.waitForTimeout(300);
  assert.equal(await visitor.launcher.isVisible(), false);
  assert.equal(fake.log.sockets, sockets, "a page that is not read to its end pays for no line");
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await visitor.launcher.waitFor();
  await until(() => fake.log.sockets > sockets);
  assert.equal(await visitor.window.isVisible(), false);
  await visitor.open();
  await visitor.answered("When are you open?");
  assert.equal(fake.log.sockets, sockets + 1, "the window uses the line that is there");
});

test("a window that is opened, or was open, or that a rule opens, waits for no end of the page", async (t) => {
  const waiting = `${data({ reveal: "scroll" })}&tall=1`;
  const visitor = await visit(t, browser, fake, waiting);
  const { page } = visitor;
  await page.locator("frontdesk-widget").waitFor({ state: "attached" });
  await page.evaluate(() => frontdesk("open"));
  await visitor.field.waitFor();
  await visitor.launcher.waitFor();
  await visitor.answered("When are you open?");
  // On the next page it is open as it was left.
  await page.goto(`${fake.site}/other${waiting}`);
  await visitor.phase("done");
  await visitor.field.waitFor();
  fake.control.config.rules = [{ id: "r-words", name: "Words", when: { kind: "page" }, action: { kind: "message", message: "May I help?" } }];
  const second = await visit(t, browser, fake, waiting);
  await second.log.getByText("May I help?").waitFor();
  const phone = await visit(t, browser, fake, waiting, { viewport: { width: 390, height: 780 } });
  await phone.page.locator("frontdesk-widget .unread").waitFor();
  assert.equal(await phone.window.isVisible(), false);
});

test("a spent plan is said in words, and the page stays usable", async (t) => {
  fake.control.initError = [402, "plan_limit_reached", "The chat is full this month. Please write to us."];
  const visitor = await visit(t, browser, fake);
  await visitor.launcher.filter({ hasText: "The chat is full this month." }).waitFor();
  assert.deepEqual(await visitor.axe(), []);
});

test("an ad-blocker's refusal leaves a page without the chat and one warning", async (t) => {
  const visitor = await visit(t, browser, fake, "?embed=none");
  await visitor.page.route("**/v1/widget/**", (route) => route.abort("blockedbyclient"));
  const warned = visitor.page.waitForEvent("console", (message) => message.text().startsWith("Frontdesk"));
  await visitor.page.goto(fake.site);
  await warned;
  assert.equal(await visitor.page.locator("frontdesk-widget").count(), 0);
  assert.deepEqual(visitor.said.filter((line) => line.startsWith("pageerror")), []);
});

test("an exception of our own is told by an id, not to the page, and the conversation goes on", async (t) => {
  const visitor = await visit(t, browser, fake);
  const { page } = visitor;
  await visitor.open();
  await page.evaluate(() => frontdesk("on", "error", (detail) => (window.told = detail)));
  fake.control.citations = null;
  await visitor.ask("When are you open?");
  const notice = visitor.log.locator(".problem", { hasText: /\([0-9a-f]{8}\)/ });
  await notice.waitFor();
  const [, shown] = /\((\w+)\)/.exec(await notice.textContent());
  await page.waitForFunction(() => window.told);
  const told = await page.evaluate(() => window.told);
  assert.equal(told.code, "internal");
  await until(() => fake.log.reports.length);
  const [{ id, reason }] = fake.log.reports;
  assert.match(id, /^[0-9a-f]{32}$/);
  assert.deepEqual([id.slice(0, 8), told.id], [shown, id]);
  assert.match(reason, /^TypeError\S*\/ui-\w+-en\.js\S*:\d+:\d+/);
  assert.ok(!reason.includes("When are you open"), "nothing that was written");
  await visitor.shot("exception");
  delete fake.control.citations;
  await visitor.answered("What does a vaccination cost?");
  assert.equal(fake.log.reports.length, 1);
  assert.deepEqual(visitor.said.filter((line) => line.startsWith("pageerror")), []);
});
