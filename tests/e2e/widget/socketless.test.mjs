// Pages on which no socket gets through, or whose policy speaks of sockets: answers come as server-sent events, and the
// widget looks for what was said in between.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stage, until, visit } from "./browser.mjs";
import { CONFIG } from "./fake.mjs";

const { browser, fake } = await stage();

test("without sockets the answer comes as server-sent events, also when the stream breaks", async (t) => {
  fake.control.noSockets = true;
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.answered("When are you open?");
  const whole = await visitor.answers.first().innerText();
  fake.control.cutPosts = [...fake.conversations.values()].at(-1).last + 8;
  await visitor.answered("Once more?");
  assert.equal(await visitor.answers.nth(1).innerText(), whole);
  assert.equal(new Set(fake.log.messages.map(({ id }) => id)).size, 2);
  assert.equal(fake.log.messages.length, 3);
});

test("without sockets what a person says between turns is seen, once, and nothing is asked anew", async (t) => {
  fake.control.noSockets = true;
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.answered("When are you open?");
  const { posts } = fake.log;
  for (const text of ["Hello, how can I help?", "Are you still there?"]) {
    fake.tell({ type: "message", from: "member", name: "Grace", text });
    await visitor.log.getByText(text).waitFor();
  }
  assert.equal(await visitor.turns.count(), 3);
  assert.equal(fake.log.posts, posts);
});

test("a policy that only wants to be told of sockets does not stop them", async (t) => {
  const visitor = await visit(t, browser, fake, "?csp=report");
  const { posts, looks, sockets } = fake.log;
  const looked = looks.length;
  await visitor.open();
  await visitor.answered("When are you open?");
  // The browser reports the socket.
  await visitor.hears(/report-only.*ws:|ws:.*report-only/i);
  await visitor.answered("And on Sunday?");
  assert.deepEqual([fake.log.posts, looks.length, fake.log.sockets], [posts, looked, sockets + 1]);
});

/** A visitor whose page allows the product by https alone: sockets are forbidden at once. */
const unsocketed = async (t, query = "") => {
  const { sockets } = fake.log;
  const visitor = await visit(t, browser, fake, `?csp=https${query}`);
  t.after(() => assert.equal(fake.log.sockets, sockets, "there was no socket"));
  return visitor;
};

test("a policy that lists https but not wss still gets answers, after one report", async (t) => {
  const visitor = await unsocketed(t);
  await visitor.open();
  await visitor.page.locator("frontdesk-widget .prompts .pill").first().click();
  await visitor.phase("done");
  await visitor.answered("And on Sunday?");
  assert.equal(await visitor.turns.count(), 2);
  await visitor.hears(/ws:.*directive/);
  assert.equal(visitor.said.filter((line) => /ws:.*directive/.test(line)).length, 1, visitor.said.join("\n"));
});

/** What a page lives through while somebody is waited for. */
const ABSENCES = {
  "the tab was left and looked at again": async ({ page }) => {
    await page.evaluate(() => {
      Object.defineProperty(document, "hidden", { configurable: true, value: true });
      document.dispatchEvent(new Event("visibilitychange"));
      delete document.hidden;
      document.dispatchEvent(new Event("visibilitychange"));
    });
  },
  "there was no network for a while": async ({ page }) => {
    await page.context().setOffline(true);
    await page.locator("frontdesk-widget [data-link=offline]").waitFor();
    await page.context().setOffline(false);
  },
  "the browser kept the page and brought it back": async ({ page }) => {
    await page.evaluate(() => {
      dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    });
  },
};
for (const [what, happens] of Object.entries(ABSENCES)) {
  test(`where sockets are forbidden, what a person says is seen after ${what}`, async (t) => {
    const visitor = await unsocketed(t);
    await visitor.open();
    await visitor.ask("Can I talk to a person?");
    await visitor.phase("done");
    for (const text of ["Hello, how can I help?", "Are you still there?"]) {
      await happens(visitor);
      fake.tell({ type: "message", from: "member", name: "Grace", text });
      await visitor.log.getByText(text).waitFor();
    }
    // And a turn that was under way comes to its end.
    fake.tell({ type: "state", standing: "bot", offered: false });
    fake.control.pace = Infinity;
    await visitor.ask("think first");
    await visitor.phase("running");
    await happens(visitor);
    fake.control.pace = 25;
    await visitor.phase("done");
    await visitor.answered("And on Sunday?");
  });
}

test("without a socket a visitor judges, rates, agrees and stops as with one", async (t) => {
  fake.control.config = { ...CONFIG, lead_form: { fields: [{ key: "email", label: "E-mail", kind: "email", required: true }] } };
  const visitor = await unsocketed(t);
  const { page, log } = visitor;
  const { frames } = fake.log;
  const sent = async (expected) => {
    await until(() => frames.length);
    assert.deepEqual(frames.splice(0), [expected]);
  };
  await visitor.open();
  await visitor.answered("When are you open?");
  const [{ turn_id }] = [...fake.conversations.values()].at(-1).frames;
  await page.getByRole("button", { name: "👎" }).click();
  await sent({ type: "feedback", turn_id, good: false });
  fake.tell({ type: "lead_proposed", id: "proposal-1", fields: { email: "ada@example.com" } });
  await log.getByRole("button", { name: "Yes" }).click();
  await log.getByText("Thank you!").waitFor();
  await sent({ type: "lead_confirm", id: "proposal-1", accept: true });
  fake.tell({ type: "state", standing: "resolved" });
  await log.getByRole("button", { name: "4 / 5" }).click();
  await log.locator(".star[aria-pressed=true]").waitFor();
  const { stops } = fake.log;
  await visitor.ask("slow please");
  await visitor.answers.nth(1).waitFor();
  fake.control.pace = Infinity;
  await visitor.stop.click();
  await visitor.phase("stopped");
  assert.equal(fake.log.stops, stops + 1);
  fake.control.pace = 25;
  await visitor.answered("And on Sunday?");
});

test("without a socket history is no news: no event, no report, no form comes again, and looks ask for what is new", async (t) => {
  fake.control.config = { ...CONFIG, lead_form: { fields: [{ key: "email", label: "E-mail", kind: "email", required: true }] } };
  fake.control.cta = { id: "cta_demo", label: "Book a demo", kind: "demo", target: "https://example.com/demo" };
  const visitor = await unsocketed(t);
  const { page, log } = visitor;
  const heard = () => page.evaluate(() => ((window.heard = []), ["answer", "lead", "error"].map((name) => frontdesk("on", name, () => heard.push(name)))));
  const shown = () => fake.told().filter(({ kind }) => kind === "cta_shown").length;
  await visitor.launcher.waitFor();
  await heard();
  await visitor.open();
  await visitor.answered("When are you open?");
  await log.locator(".cta").waitFor();
  fake.tell({ type: "lead_form", reason: "intent" });
  await log.getByRole("button", { name: "No", exact: true }).click();
  await log.locator("form.card").waitFor({ state: "detached" });
  assert.deepEqual(await page.evaluate(() => heard), ["answer"]);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await until(shown);
  assert.equal(shown(), 1);
  await page.reload();
  await visitor.launcher.waitFor();
  await heard();
  await visitor.phase("done");
  fake.tell({ type: "message", from: "member", name: "Grace", text: "Something new" });
  await log.getByText("Something new").waitFor();
  assert.deepEqual(await page.evaluate(() => heard), []);
  assert.equal(await log.locator("form.card").count(), 0);
  assert.equal(await visitor.page.locator("frontdesk-widget .prompts").isVisible(), false);
  const { last } = [...fake.conversations.values()].at(-1);
  // A page that is looked at again looks, too, and reports what it has to report.
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await until(() => fake.log.looks.at(-1) === last);
  assert.equal(shown(), 1);
});

test("without a socket a question brings what was said since the last look", async (t) => {
  const visitor = await unsocketed(t);
  await visitor.open();
  await visitor.answered("When are you open?");
  // From here on only questions get through.
  await visitor.page.route("**/v1/widget/messages*", (route) => (route.request().method() === "GET" ? route.abort() : route.fallback()));
  // A look that was under way is over when the next is cut off.
  const cut = visitor.page.waitForEvent("requestfailed");
  await visitor.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await cut;
  const { length } = fake.log.looks;
  fake.tell({ type: "message", from: "member", name: "Grace", text: "By the way" });
  await visitor.ask("And on Sunday?");
  // It was said before the question.
  await visitor.turns.nth(1).getByText("By the way").waitFor();
  await visitor.phase("done", 2);
  assert.equal(await visitor.log.getByText("By the way").count(), 1);
  assert.equal(fake.log.looks.length, length);
});
