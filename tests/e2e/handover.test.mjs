// From a question that nobody wrote an answer to, to a person and back, in two browsers on the product: the widget
// on a site, the dashboard of its owner.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { chromium as installed, root } from "../../scripts/tools.mjs";
import { OWNER, letters, start, until } from "../integration/harness.mjs";
import { startSite } from "../sites/serve.mjs";

const screens = join(root, "target/screens");
let product, site, browser;
const errors = [];

before(async () => {
  mkdirSync(screens, { recursive: true });
  product = await start({ agent: { allowed_origins: ["*"], quick_prompts: [] } });
  site = await startSite({ snippet: `<script src="${product.url}/widget.js" data-agent-id="${product.agent}" async></script>` });
  browser = await chromium.launch({ executablePath: installed(), args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"] });
});
after(async () => {
  await browser?.close();
  await site?.close();
  await product?.stop();
});

async function person() {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && /Content Security Policy/.test(message.text()) && errors.push(message.text()));
  return page;
}

test("a visitor is offered a person, who takes over, writes, hands back and ends it; it is rated and mailed", async () => {
  const [visitor, member] = await Promise.all([person(), person()]);
  await visitor.goto(site.url);
  await visitor.getByRole("button", { name: "Chat", exact: true }).click();
  const chat = visitor.getByRole("dialog");
  const write = async (text) => {
    await chat.getByRole("textbox").fill(text);
    await visitor.keyboard.press("Enter");
    await chat.locator(".question", { hasText: text }).waitFor();
  };
  const answered = (count) => chat.locator(".turn[data-phase=done] .answer").nth(count - 1).waitFor();
  await write("Do you sell submarines?");
  await answered(1);
  const offer = chat.getByRole("button", { name: "Talk to a person" });
  assert.equal(await offer.count(), 0);
  await write("Do you rent out zeppelins?");
  await answered(2);
  await offer.click();
  await chat.getByText("I am getting a person for you.").waitFor();
  await visitor.screenshot({ path: join(screens, "handover-waiting.png") });

  await member.goto(`${product.url}/app/conversations`);
  await member.getByLabel(/e-?mail/i).fill(OWNER.email);
  await member.getByLabel(/password/i).first().fill(OWNER.password);
  await member.keyboard.press("Enter");
  await member.getByLabel("Which conversations").selectOption({ label: "Waiting for a person" });
  await member.getByRole("link", { name: /submarines.*Waiting for a person/s }).click();
  const desk = member.getByRole("region", { name: "Answer the visitor" });
  await desk.getByText("The visitor waits for a person.").waitFor();
  await desk.getByRole("button", { name: "Take over" }).click();
  const reply = desk.getByRole("textbox", { name: "Your message to the visitor" });
  await reply.pressSequentially("Hello, I am here.");
  await chat.getByText("Owner is writing…").waitFor();
  await member.keyboard.press("Enter");
  await chat.getByText("Hello, I am here.").waitFor();
  await write("My tyre is flat");
  await member.locator(".question", { hasText: "My tyre is flat" }).waitFor();
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
  await chat.getByText("This conversation has been closed.").waitFor();
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
  await member.emulateMedia({ colorScheme: "dark" });
  await member.setViewportSize({ width: 390, height: 844 });
  await member.screenshot({ path: join(screens, "handover-desk-phone.png"), fullPage: true });
  const sideways = await member.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(sideways <= 0, `the desk is ${sideways} px wider than a phone`);
  assert.deepEqual(errors, []);
});
