// Two receivers of a lead, in two browsers on the product: a member connects Slack and a webhook, a visitor leaves a lead in the
// widget, both get it; both are put down, the failures are seen, both come back, and what failed is replayed under its id.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/tools.mjs";
import { startReceiver, verified } from "../fakes/receiver.mjs";
import { shown, startSlack } from "../fakes/slack.mjs";
import { OWNER, freePort, start, until } from "../integration/harness.mjs";
import { startSite } from "../sites/serve.mjs";
import { launch } from "./browser.mjs";

/** How many times faster than in life the pauses go by: 27 hours are 2.5 seconds. */
const SCALE = 40_000;
const FIELDS = [
  { key: "name", label: "Name", kind: "text", required: true, options: [] },
  { key: "email", label: "E-mail", kind: "email", required: true, options: [] },
];
const screens = join(root, "target/screens");
let product, site, browser, slack, receiver;
const errors = [];

before(async () => {
  mkdirSync(screens, { recursive: true });
  [slack, receiver] = [await startSlack(), await startReceiver()];
  const port = await freePort();
  product = await start({
    port,
    local: [receiver.host],
    vars: { DELIVERY_TIME_SCALE: String(SCALE), SLACK_HOOKS_URL: slack.url, PUBLIC_URL: `http://127.0.0.1:${port}` },
  });
  const { client, agent } = product;
  const { draft, revision } = await client.get(`/v1/agents/${agent}`);
  const saved = await client.call("PUT", `/v1/agents/${agent}/draft`, { revision, draft: { ...draft, allowed_origins: ["*"], quick_prompts: [], lead_fields: FIELDS } });
  await client.call("POST", `/v1/agents/${agent}/publish`, { revision: saved.revision });
  site = await startSite({ snippet: `<script src="${product.url}/widget.js" data-agent-id="${agent}" async></script>` });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.close();
  await product?.stop();
  await slack?.close();
  await receiver?.close();
});

async function person() {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  page.on("pageerror", (error) => errors.push(String(error)));
  return page;
}

/** A visitor of their own leaves a lead. */
async function leave(name, email) {
  const visitor = await person();
  await visitor.goto(site.url);
  await visitor.getByRole("button", { name: "Chat", exact: true }).waitFor();
  await visitor.evaluate(() => frontdesk("open", "lead"));
  // The page has a form of its own with the same fields.
  const form = visitor.locator("frontdesk-widget form.card");
  await form.getByLabel("Name").fill(name);
  await form.getByLabel("E-mail").fill(email);
  await form.getByRole("button", { name: "Send" }).click();
  await visitor.getByText("Thank you!").waitFor();
  await visitor.context().close();
}

test("a lead reaches Slack and a webhook; what failed while they were down is seen and replayed", async () => {
  const member = await person();
  await member.goto(`${product.url}/app/settings/integrations`);
  await member.getByLabel(/e-?mail/i).fill(OWNER.email);
  await member.getByLabel(/password/i).first().fill(OWNER.password);
  await member.keyboard.press("Enter");
  await member.getByRole("button", { name: "Connect Slack" }).click();
  const form = member.getByRole("dialog", { name: "Connect Slack" });
  await form.getByLabel("Webhook address").fill(slack.hook);
  await form.getByRole("button", { name: "Connect", exact: true }).click();
  const card = member.getByRole("region", { name: "Slack", exact: true });
  await card.getByText("Connected", { exact: true }).waitFor();
  assert.match(slack.messages[0].text, /connected to this channel/);

  await member.getByRole("link", { name: "Webhooks", exact: true }).first().click();
  await member.getByRole("button", { name: "Add webhook" }).first().click();
  const hook = member.getByRole("dialog", { name: "Add a webhook" });
  await hook.getByLabel("Address").fill(`${receiver.url}/leads`);
  await hook.getByRole("checkbox", { name: /^All events/ }).uncheck();
  await hook.getByRole("checkbox", { name: /lead\.captured/ }).check();
  await hook.getByRole("button", { name: "Add webhook" }).click();
  const secret = await member.locator("#webhook-secret").textContent();
  await member.getByRole("button", { name: "I saved it" }).click();

  await leave("Ada <Lovelace>", "ada@acme.example");
  await until("both to be told", () => slack.messages.length === 2 && receiver.calls.length === 1);
  const [call] = receiver.calls;
  assert.deepEqual(verified(call, secret), { own: true, standard: true, fresh: true });
  const event = JSON.parse(call.text);
  assert.equal(event.type, "lead.captured");
  const told = shown(JSON.stringify(slack.messages[1].blocks));
  assert.ok(told.text.includes("Ada <Lovelace>") && told.links[0].url === `${product.url}/app/leads/${event.subject}`);

  slack.state = "down";
  receiver.behave = () => ({ cut: true });
  await leave("Grace Hopper", "grace@acme.example");
  await member.goto(`${product.url}/app/settings/webhooks`);
  await until("the failures to be seen", async () => {
    await member.reload();
    await member.getByText(`${receiver.url}/leads`).waitFor();
    return member.getByText("1 failed").count();
  }, 60_000);
  await member.getByText(`${receiver.url}/leads`).click();
  const failed = member.locator(".delivery", { hasText: "Failed" });
  await failed.locator("summary").click();
  await failed.getByText("Attempt 8").waitFor();
  const missed = receiver.calls.at(-1).headers["webhook-id"];
  assert.notEqual(missed, call.headers["webhook-id"]);

  slack.state = "active";
  receiver.behave = () => undefined;
  const before = receiver.calls.length;
  await failed.getByRole("button", { name: "Replay" }).click();
  await member.getByText("It is tried again.").waitFor();
  await until("it to be delivered", () => receiver.calls.length === before + 1);
  const again = receiver.calls.at(-1);
  assert.equal(again.headers["webhook-id"], missed, "under the same id");
  assert.deepEqual(verified(again, secret), { own: true, standard: true, fresh: true });

  await member.goto(`${product.url}/app/settings/integrations`);
  await card.getByText("1 failed").waitFor();
  await card.getByText("Failing", { exact: true }).waitFor();
  await member.screenshot({ path: join(screens, "connect-failing.png") });
  await card.getByRole("link", { name: "Deliveries" }).click();
  await member.getByRole("button", { name: "Replay all" }).click();
  await member.getByText("1 delivery is tried again.").waitFor();
  await until("Slack to be told", () => slack.messages.length === 3);
  assert.ok(JSON.stringify(slack.messages[2]).includes("Grace Hopper"));
  await member.goto(`${product.url}/app/settings/integrations`);
  await until("it to be well", async () => {
    await member.reload();
    await card.waitFor();
    return card.getByText("Connected", { exact: true }).count();
  });
  assert.equal(receiver.calls.length, before + 1, "nothing came twice");
  assert.deepEqual(errors, []);
});
