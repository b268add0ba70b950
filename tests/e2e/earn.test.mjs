// What the widget earns, in two browsers on the product: a visitor about to leave is spoken to, asks, follows an offer
// and leaves an address; the owner sees the lead come in, works on it, exports it, and erases the person, of whom
// nothing is left.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/tools.mjs";
import { OWNER, folder, start, until } from "../integration/harness.mjs";
import { traces } from "../integration/traces.mjs";
import { startSite } from "../sites/serve.mjs";
import { launch } from "./browser.mjs";

const screens = join(root, "target/screens");
const FIELDS = [
  { key: "name", label: "Your name", kind: "text" },
  { key: "email", label: "E-mail", kind: "email", required: true },
];
/** Words that are nobody else's here. */
const PERSON = { name: "Quirina Zaubermann", email: "quirina@zaubermann.example" };
const TRACES = ["quirina", "zaubermann", "tandem for quirina"];
const QUESTION = "I am Quirina, how much is a tandem?";

let product, site, browser, state;
const errors = [];

before(async () => {
  mkdirSync(screens, { recursive: true });
  state = folder();
  product = await start({ state: state.path });
  const { client, agent } = product;
  const { draft, revision } = await client.get(`/v1/agents/${agent}`);
  const saved = await client.call("PUT", `/v1/agents/${agent}/draft`, { revision, draft: { ...draft, allowed_origins: ["*"], quick_prompts: [], lead_fields: FIELDS } });
  await client.call("POST", `/v1/agents/${agent}/publish`, { revision: saved.revision });
  await client.call("POST", `/v1/agents/${agent}/rules`, { name: "Stays", when: { kind: "exit_intent" }, page: [], action: { kind: "open_with_message", message: "Before you go: may I help?" } });
  await client.call("POST", `/v1/agents/${agent}/cta-rules`, { name: "Quote", label: "Get a quote", kind: "capture_email", words: ["how much"] });
  const experiment = await client.call("POST", `/v1/agents/${agent}/experiments`, {
    name: "Welcome",
    kind: "persona",
    variants: [{ name: "As it is", weight: 1 }, { name: "Warm", weight: 1, patch: { welcome: "Good to see you!" } }],
  });
  await client.call("POST", `/v1/experiments/${experiment.id}/start`);
  site = await startSite({ snippet: `<script src="${product.url}/widget.js" data-agent-id="${agent}" async></script>` });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.close();
  await product?.stop();
  state?.remove();
});

async function person() {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && /Content Security Policy/.test(message.text()) && errors.push(message.text()));
  return page;
}

test("who was about to leave becomes a lead, is seen live, worked on, exported and erased without a trace", async () => {
  const [visitor, member] = await Promise.all([person(), person()]);
  await member.goto(`${product.url}/app/leads`);
  await member.getByLabel(/e-?mail/i).fill(OWNER.email);
  await member.getByLabel(/password/i).first().fill(OWNER.password);
  await member.keyboard.press("Enter");
  await member.getByRole("heading", { name: "Leads" }).waitFor();
  await member.evaluate(() => (window.unloaded = false));

  // The visitor: moved to the top of the page, as one who closes the tab.
  const begun = visitor.waitForResponse((response) => response.url().endsWith("/v1/widget/init"));
  await visitor.goto(`${site.url}?utm_source=spring`);
  const { config } = (await (await begun).json()).data;
  const variant = { "Hello!": "As it is", "Good to see you!": "Warm" }[config.welcome];
  assert.ok(variant && config.variants.length === 1, config.welcome);
  await visitor.waitForFunction(() => Object.values(localStorage).some((kept) => JSON.parse(kept).visits));
  await visitor.mouse.move(600, 500);
  await visitor.mouse.move(600, 200, { steps: 5 });
  assert.equal(await visitor.getByRole("dialog").count(), 0);
  await visitor.mouse.move(600, 2, { steps: 5 });
  const chat = visitor.getByRole("dialog");
  await chat.getByText("Before you go: may I help?").waitFor();
  await chat.getByText(config.welcome).waitFor();
  await chat.getByRole("textbox").fill(QUESTION);
  await visitor.keyboard.press("Enter");
  await chat.getByRole("button", { name: "Get a quote" }).click();
  await chat.getByLabel("Your name").fill(PERSON.name);
  await chat.getByLabel(/E-mail/).fill(PERSON.email);
  await visitor.screenshot({ path: join(screens, "earn-form.png") });
  await chat.getByRole("button", { name: "Send" }).first().click();
  await chat.getByLabel("Your name").waitFor({ state: "detached" });

  // The owner, on the page that was open all the time.
  await member.getByRole("link", { name: new RegExp(PERSON.name) }).click();
  await member.getByText(`Welcome: ${variant}`).waitFor();
  await member.getByText(PERSON.email).first().waitFor();
  const from = new URL(site.url).host;
  await member.locator(".lead-pages").getByText(from).first().waitFor();
  await member.screenshot({ path: join(screens, "earn-lead.png"), fullPage: true });
  await member.getByLabel("Status", { exact: true }).last().selectOption("contacted");
  await member.getByText("The status is Contacted now.").waitFor();
  await member.getByRole("link", { name: "Read the conversation" }).click();
  await member.getByText(QUESTION).first().waitFor();
  // Who answers there may call the visitor by name.
  const [{ id: conversation }] = await product.client.get("/v1/conversations");
  assert.equal((await product.client.get(`/v1/conversations/${conversation}`)).visitor_name, PERSON.name);
  await member.goBack();
  await member.getByText("Why this score").waitFor();
  assert.equal(await member.evaluate(() => window.unloaded), false, "it was all one page");

  const table = await (await product.client.raw("GET", "/v1/leads/export")).text();
  const [head, line] = table.split("\r\n");
  const cells = Object.fromEntries(head.split(",").map((name, at) => [name, line.split(",")[at]]));
  assert.deepEqual([cells.Name, cells["E-mail"], cells.Status, cells.Variants], [PERSON.name, PERSON.email, "contacted", `Welcome: ${variant}`]);
  assert.ok(cells.Page.includes(from), cells.Page);
  // The click counts for the variant that was seen, once the page has told of it.
  await visitor.evaluate(() => dispatchEvent(new Event("pagehide")));
  const [experiment] = await until("the conversion", async () => {
    const all = await product.client.get(`/v1/agents/${product.agent}/experiments`);
    return all[0].variants.some(({ exposures, conversions }) => exposures && conversions) && all;
  });
  assert.deepEqual(experiment.variants.filter(({ exposures }) => exposures).map(({ name, exposures, conversions }) => [name, exposures, conversions]), [[variant, 1, 1]]);

  // Erased, from the lead's own page.
  await member.getByRole("link", { name: "Open the person" }).click();
  await member.getByRole("button", { name: "Erase…" }).click();
  await member.getByRole("dialog").getByRole("button", { name: "Erase for good" }).click();
  await member.getByText(/1 lead, 1 conversation, 1 answer/).waitFor();
  await until("the erasure", async () => (await product.client.get("/v1/erasures")).every(({ state }) => state === "done"));
  await member.getByText("Erased", { exact: true }).waitFor();
  assert.deepEqual(await product.client.get("/v1/leads"), []);
  assert.deepEqual(await product.client.get("/v1/contacts"), []);
  assert.deepEqual(await product.client.get("/v1/conversations/search?q=tandem"), []);
  assert.deepEqual(errors, []);
  await visitor.close();
  const log = product.log.join("").toLowerCase();
  for (const word of TRACES) assert.ok(!log.includes(word), `the log says ${word}`);
  // What the workspace's own member is called is still to be found: what is looked for could be found.
  await product.stop();
  product = undefined;
  assert.ok(traces(state.path, [OWNER.email]).length > 0);
  assert.deepEqual(traces(state.path, TRACES), []);
});
