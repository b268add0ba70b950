// Turnstile: nothing of Cloudflare's is loaded before somebody wants to talk, the challenge is solved before the first
// connection, and what fails is said.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stage, visit } from "./browser.mjs";

const KEY = "1x00000000000000000000AA";
const SOLUTION = "XXXX.DUMMY.TOKEN.XXXX";
const ASKS = { key: KEY, solution: SOLUTION };

const { browser, fake } = await stage({ pace: 2 });

/** Cloudflare's script as far as explicit rendering is documented; `outcome` is what it does with a challenge. */
const api = (outcome) => `window.turnstile = {
  render(place, options) {
    if (!(place instanceof HTMLElement) || !place.isConnected) throw new Error("no container");
    if (typeof options.sitekey !== "string") throw new Error("Invalid or missing type for parameter sitekey");
    if (!["always", "execute", "interaction-only"].includes(options.appearance)) throw new Error("Unknown appearance");
    (window.rendered ??= []).push(options);
    const frame = document.createElement("iframe");
    frame.title = "Widget containing a Cloudflare security challenge";
    place.append(frame);
    setTimeout(() => (${outcome})(options), 10);
    return "cf-chl-widget-1";
  },
  remove(id) { (window.removed ??= []).push(id); },
};`;
const solved = `(options) => options.callback(${JSON.stringify(SOLUTION)})`;

/** A visitor whose browser reaches Cloudflare, or does not, of an agent that `asks` for it, or does not; `asked` is what
 *  the browser asked for there. */
async function guarded(t, answer, asks = ASKS) {
  fake.control.turnstile = asks;
  const asked = [];
  const context = { route: (page) => page.route("https://challenges.cloudflare.com/**", (route) => (asked.push(route.request().url()), answer ? route.fulfill({ contentType: "text/javascript", body: answer }) : route.abort())) };
  const visitor = await visit(t, { newContext: async (options) => {
    const made = await browser.newContext(options);
    await context.route(made);
    return made;
  } }, fake);
  return { visitor, asked };
}

test("the challenge is solved when the window opens, once, and the chat is as always", async (t) => {
  const { visitor, asked } = await guarded(t, api(solved));
  await visitor.launcher.waitFor();
  await visitor.page.waitForTimeout(100);
  assert.deepEqual(asked, [], "who only looks at the page loads nothing of Cloudflare's");
  await visitor.open();
  await visitor.answered("When are you open?");
  assert.deepEqual(asked, ["https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit"]);
  assert.deepEqual(fake.log.inits.map(({ turnstile }) => turnstile), [undefined, SOLUTION]);
  assert.equal(fake.log.sockets, 1);
  const [options] = await visitor.page.evaluate(() => [{ sitekey: rendered[0].sitekey, language: rendered[0].language, times: rendered.length }]);
  assert.deepEqual(options, { sitekey: KEY, language: "en", times: 1 });
  assert.deepEqual(await visitor.page.evaluate(() => [removed, document.querySelectorAll("iframe").length]), [["cf-chl-widget-1"], 0]);
  await visitor.page.reload();
  await visitor.phase("done");
  await visitor.answered("And on Sundays?");
  assert.equal(asked.length, 1, "the pass carries it to the next page");
});

test("without Cloudflare's script, and with a challenge that fails, the visitor is told what to do", async (t) => {
  for (const answer of [undefined, api(`(options) => options["error-callback"]("300030")`)]) {
    const { visitor } = await guarded(t, answer);
    await visitor.open();
    await visitor.page.locator("frontdesk-widget").getByText("We could not confirm that you are a person.").first().waitFor();
    assert.equal(fake.log.sockets, 0);
    await visitor.hears(/^Frontdesk: (challenges\.cloudflare\.com cannot be reached|Turnstile: 300030)/);
    assert.deepEqual(await visitor.axe(), []);
  }
});

test("an agent that begins to ask while a window is open asks then", async (t) => {
  const { visitor, asked } = await guarded(t, api(solved), null);
  await visitor.open();
  await visitor.answered("When are you open?");
  assert.deepEqual(asked, []);
  fake.control.turnstile = ASKS;
  await visitor.page.context().setOffline(true);
  await visitor.page.locator("frontdesk-widget [data-link=offline]").waitFor();
  await visitor.page.context().setOffline(false);
  await visitor.answered("And on Sundays?");
  assert.equal(asked.length, 1);
  assert.equal(fake.log.inits.at(-1).turnstile, SOLUTION);
});
