// From a question that nobody wrote an answer to, to a person and back, in two browsers on the product: the widget
// on a site, the dashboard of its owner.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/tools.mjs";
import { OWNER, letters, start, until } from "../integration/harness.mjs";
import { startSite } from "../sites/serve.mjs";
import { launch } from "./browser.mjs";

const screens = join(root, "target/screens");
let product, site, browser;
const errors = [];

before(async () => {
  mkdirSync(screens, { recursive: true });
  product = await start({ agent: { allowed_origins: ["*"], quick_prompts: [] } });
  site = await startSite({ snippet: `<script src="${product.url}/widget.js" data-agent-id="${product.agent}" async></script>` });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.close();
  await product?.stop();
});

async function person() {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && /Content Security Policy/.test(message.text()) && errors.push(message.text()));
  return page;
}

test("a visitor is offered a person, who takes over, writes, hands back and ends it; it is rated and mailed", async () => {
  const [visitor, member] = await Promise.all([person(), person()]);
  await product.client.call("POST", "/v1/templates", { name: "Repair", text: "Hello {{visitor_name}}, {{member_name}} of {{workspace_name}} will repair it." });
  // What goes over the visitor's socket.
  await visitor.addInitScript(() => {
    window.sockets = [];
    window.WebSocket = class extends WebSocket {
      constructor(...given) {
        super(...given);
        window.sockets.push(this);
        this.heard = [];
        this.addEventListener("message", ({ data }) => data !== "pong" && this.heard.push(JSON.parse(data)));
      }
    };
  });
  const frames = () => visitor.evaluate(() => window.sockets.flatMap((socket) => socket.heard));
  await visitor.goto(site.url);
  await visitor.getByRole("button", { name: "Chat", exact: true }).click();
  const chat = visitor.getByRole("dialog");
  // What is said to readers of screens stands beside what is seen.
  const log = chat.getByRole("log");
  const write = async (text) => {
    await chat.getByRole("textbox").fill(text);
    await visitor.keyboard.press("Enter");
    await chat.locator(".question", { hasText: text }).waitFor();
  };
  const answered = (count) => chat.locator(".turn[data-phase=done] .answer").nth(count - 1).waitFor();
  // The member is there already: nothing below is loaded anew.
  await member.addInitScript(() => {
    window.tones = 0;
    const create = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function (...given) {
      window.tones += 1;
      return create.apply(this, given);
    };
  });
  await member.goto(`${product.url}/app/conversations`);
  await member.getByLabel(/e-?mail/i).fill(OWNER.email);
  await member.getByLabel(/password/i).first().fill(OWNER.password);
  await member.keyboard.press("Enter");
  await member.getByText("Live", { exact: true }).waitFor();
  await member.evaluate(() => (window.unloaded = false));
  // A page may be heard once somebody has used it.
  await member.getByRole("heading", { name: "Conversations" }).click();
  const tones = () => member.evaluate(() => window.tones);
  await write("Do you sell submarines?");
  await answered(1);
  await member.getByRole("link", { name: /submarines/ }).waitFor();
  assert.equal(await member.title(), "Conversations · Frontdesk");
  // A new conversation is heard.
  await member.waitForFunction(() => window.tones > 0);
  const heard = await tones();
  const offer = chat.getByRole("button", { name: "Talk to a person" });
  assert.equal(await offer.count(), 0);
  await write("Do you rent out zeppelins?");
  await answered(2);
  await offer.click();
  await log.getByText("I am getting a person for you.").waitFor();
  await visitor.screenshot({ path: join(screens, "handover-waiting.png") });

  await member.waitForFunction(() => document.title.startsWith("(1) "));
  // One who waits is heard.
  await member.waitForFunction((heard) => window.tones > heard, heard);
  await member.getByLabel("Which conversations", { exact: true }).selectOption({ label: "Waiting for a person" });
  await member.getByRole("link", { name: /submarines.*Waiting for a person/s }).click();
  const desk = member.getByRole("region", { name: "Answer the visitor" });
  await desk.getByText("The visitor waits for a person.").waitFor();
  await until("the visitor's place", async () => (await frames()).some((frame) => frame.type === "state" && frame.position === 1));
  await member.screenshot({ path: join(screens, "inbox-waiting.png") });
  await desk.getByRole("button", { name: "Take over" }).click();
  await member.waitForFunction(() => !document.title.startsWith("("));
  const reply = desk.getByRole("textbox", { name: "Your message to the visitor" });
  // It is shown for some seconds: whoever looks for it looks before it comes.
  const writing = log.getByText("Owner is writing…").waitFor();
  await reply.pressSequentially("Hello, I am here.");
  await writing;
  await member.keyboard.press("Enter");
  await log.getByText("Hello, I am here.").waitFor();
  // The visitor's side of typing, as a widget sends it.
  const typing = member.getByText("The visitor is writing…").waitFor();
  await visitor.evaluate(() => window.sockets.at(-1).send(JSON.stringify({ type: "typing" })));
  await typing;
  await write("My tyre is flat");
  await member.locator(".question", { hasText: "My tyre is flat" }).waitFor();
  await reply.fill("/rep");
  await member.getByRole("option", { name: /Repair/ }).waitFor();
  await member.screenshot({ path: join(screens, "inbox-picker.png") });
  await member.keyboard.press("Enter");
  await until("the template to be taken", async () => (await reply.inputValue()) === "Hello, Owner of Test will repair it.");
  await member.keyboard.press("Enter");
  await log.getByText("Hello, Owner of Test will repair it.").waitFor();
  const [counted] = await until("the template to count", async () => (await product.client.get("/v1/templates")).filter(({ used }) => used === 1));
  assert.equal(counted.name, "Repair");
  await desk.getByText("Add a note").click();
  await desk.getByRole("textbox", { name: /Note for your colleagues/ }).fill("Needs a new tyre");
  await desk.getByRole("button", { name: "Save note" }).click();
  await member.getByText("Needs a new tyre").first().waitFor();
  await member.screenshot({ path: join(screens, "handover-desk.png"), fullPage: true });

  await desk.getByRole("button", { name: "Hand back to the agent" }).click();
  await desk.getByText("The agent answers.").waitFor();
  const answers = await chat.locator(".turn .answer").count();
  await write("Do you sell zeppelins?");
  await chat.locator(".turn .answer").nth(answers).waitFor();
  await desk.getByRole("button", { name: "Resolve" }).click();
  await log.getByText("This conversation has been closed.").waitFor();
  await chat.getByRole("button", { name: "5 / 5" }).click();
  await desk.getByText("The visitor gave 5 of 5 stars.").waitFor();
  await visitor.screenshot({ path: join(screens, "handover-rated.png") });

  await desk.getByText("Mail the transcript").click();
  await desk.getByLabel("Address").fill("visitor@example.test");
  await desk.getByRole("button", { name: "Mail it" }).click();
  await member.getByText("The transcript goes to visitor@example.test.").waitFor();
  const [letter] = await until("the transcript", async () => {
    const found = await letters(product, "visitor@example.test");
    return found.length > 0 && found;
  });
  assert.match(letter.text, /Owner: Hello, I am here\.[\s\S]+Visitor: My tyre is flat/);
  assert.ok(!letter.text.includes("Needs a new tyre"));
  assert.ok(!(await chat.innerText()).includes("Needs a new tyre"));
  assert.equal(await member.evaluate(() => window.unloaded), false, "it was all one page");
  await member.emulateMedia({ colorScheme: "dark" });
  await member.setViewportSize({ width: 390, height: 844 });
  await member.screenshot({ path: join(screens, "handover-desk-phone.png"), fullPage: true });
  const sideways = await member.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(sideways <= 0, `the desk is ${sideways} px wider than a phone`);
  assert.deepEqual(errors, []);
});

test("where a page's policy allows no socket, a visitor is answered, judges, meets a person, rates, and finds all of it again", async (t) => {
  const policy = `document.head.append(Object.assign(document.createElement("meta"), { httpEquiv: "Content-Security-Policy", content: "connect-src ${product.url}" }))`;
  const strict = await startSite({ snippet: `<script>${policy}</script><script src="${product.url}/widget.js" data-agent-id="${product.agent}" async></script>` });
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 } });
  t.after(async () => {
    await context.close();
    await strict.close();
  });
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  const sockets = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  const begun = page.waitForResponse(/\/v1\/widget\/init/);
  await page.goto(strict.url);
  const { data } = await (await begun).json();
  const kept = (fits) => until("the conversation to be as it should", async () => {
    const response = await product.client.raw("GET", `/v1/conversations/${data.conversation_id}`);
    const found = response.ok && (await response.json()).data;
    return found && fits(found);
  });
  const act = (verb, body) => product.client.call("POST", `/v1/conversations/${data.conversation_id}/${verb}`, body);
  await page.getByRole("button", { name: "Chat", exact: true }).click();
  const chat = page.getByRole("dialog");
  const ask = async (text) => {
    await chat.getByRole("textbox").fill(text);
    await page.keyboard.press("Enter");
  };
  await ask("When are you open on Sundays?");
  await chat.getByRole("button", { name: "👍" }).click();
  await kept(({ turns }) => turns[0]?.feedback?.good);
  await ask("Can I speak to a person?");
  await kept(({ summary }) => summary.handover.standing === "waiting");
  await act("claim");
  await act("reply", { text: "Hello, how can I help?", id: "no-socket-1" });
  await chat.getByRole("log").getByText("Hello, how can I help?").waitFor();
  await act("resolve");
  await chat.getByRole("button", { name: "4 / 5" }).click();
  await chat.locator(".star[aria-pressed=true]").waitFor();
  await kept(({ summary }) => summary.handover.rating === 4);
  await page.reload();
  await chat.getByRole("log").getByText("Hello, how can I help?").waitFor();
  await chat.locator(".star[aria-pressed=true]").waitFor();
  assert.equal(await chat.locator(".question").count(), 2);
  assert.deepEqual(sockets, []);
});
