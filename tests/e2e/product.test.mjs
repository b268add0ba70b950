// The main job, as a newcomer meets it: npm start's own script, the demo customer site, the widget, the
// dashboard, in a real browser. Then everything is stopped and started again.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/tools.mjs";
import { folder, freePort } from "../integration/harness.mjs";
import { launch } from "./browser.mjs";
import { run, started } from "./started.mjs";

const screens = join(root, "target/screens");
const state = folder();
let browser, running, ports;

before(async () => {
  mkdirSync(screens, { recursive: true });
  ports = [await freePort(), await freePort(), await freePort()];
  running = await started({ state: state.path, ports });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await running?.stop();
  state.remove();
});

test("a visitor of the demo site asks in the widget and a cited answer streams in, and stays over a reload", async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(running.local.site);
  await page.getByRole("button", { name: "Chat", exact: true }).click();
  const chat = page.getByRole("dialog");
  await chat.getByRole("textbox").fill("When are you open on Sundays?");
  await page.keyboard.press("Enter");
  await chat.getByRole("link", { name: /opening/i }).first().waitFor({ timeout: 60_000 });
  await page.screenshot({ path: join(screens, "product-site-answered.png") });
  assert.match(await chat.getByRole("log").innerText(), /Sunday, April to October/);
  await page.reload();
  // The window is open as it was left, and the conversation is in it.
  await chat.locator(".question", { hasText: "When are you open on Sundays?" }).waitFor({ timeout: 60_000 });
  await chat.getByRole("link", { name: /opening/i }).first().waitFor();
  assert.deepEqual(errors, []);
  await page.close();
});

test("its owner signs in to the dashboard and reads that conversation", async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && /Content Security Policy/.test(message.text()) && errors.push(message.text()));
  await page.goto(`${running.local.product}/app/`);
  await page.getByLabel(/e-?mail/i).fill(running.local.email);
  await page.getByLabel(/password/i).first().fill(running.local.password);
  await page.screenshot({ path: join(screens, "product-sign-in.png") });
  await page.keyboard.press("Enter");
  await page.getByText("When are you open on Sundays?").first().waitFor({ timeout: 60_000 });
  await page.screenshot({ path: join(screens, "product-overview.png") });
  await page.getByRole("link", { name: /knowledge/i }).first().click();
  await page.getByText(new URL(running.local.site).host).first().waitFor();
  await page.screenshot({ path: join(screens, "product-sources.png") });
  await page.getByRole("link", { name: /conversations/i }).first().click();
  await page.getByText("When are you open on Sundays?").first().click();
  await page.getByRole("link", { name: /opening-hours|opening hours/i }).first().waitFor({ timeout: 60_000 });
  await page.screenshot({ path: join(screens, "product-conversation.png") });
  assert.deepEqual(errors, []);
  await page.close();
});

test("Ctrl-C stops all of it, and everything is there after the next start", async () => {
  const before = running.local;
  await running.stop();
  await assert.rejects(fetch(`${before.product}/v1/health`));
  await assert.rejects(fetch(before.site));
  running = await started({ state: state.path, ports });
  assert.equal(running.local.agent_id, before.agent_id);
  assert.match(running.said(), /known already/);
  const signed = await fetch(`${before.product}/v1/auth/login`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ email: before.email, password: before.password }) });
  const cookie = signed.headers.get("set-cookie").split(";")[0];
  const listed = await (await fetch(`${before.product}/v1/agents/${before.agent_id}/conversations`, { headers: { cookie } })).json();
  assert.ok(listed.data.some((conversation) => conversation.first_question === "When are you open on Sundays?"));
});

test("a taken port is said in words, with what to do", async () => {
  const second = run({ state: state.path, ports });
  assert.equal(await second.ended, 1);
  assert.match(second.said, new RegExp(`Port ${ports[0]} is taken.*PORT=`));
});
