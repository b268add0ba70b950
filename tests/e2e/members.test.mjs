// A business owner from registration to a rollback, on the product as `npm start` runs it, in a real browser:
// mails from the outbox, a second factor, an agent taught by a PDF and a website, tried, published, seen on a
// site, shared with colleagues, rolled back.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/tools.mjs";
import { folder, freePort, until } from "../integration/harness.mjs";
import { startSite } from "../sites/serve.mjs";
import { launch } from "./browser.mjs";
import { started } from "./started.mjs";

const screens = join(root, "target/screens");
const state = folder();
const PASSWORD = "quiet harbour lantern 42";
let browser, running, local, shop, page;
const errors = [];

before(async () => {
  mkdirSync(screens, { recursive: true });
  const ports = [await freePort(), await freePort(), await freePort()];
  running = await started({ state: state.path, ports });
  local = running.local;
  browser = await launch();
  page = await person();
});
after(async () => {
  await browser?.close();
  await shop?.close();
  await running?.stop();
  state.remove();
});

/** A browser of somebody. */
async function person() {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(40_000);
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && /Content Security Policy/.test(message.text()) && errors.push(message.text()));
  return page;
}

const app = (path) => `${local.product}/app${path}`;
const button = (name, on = page) => on.getByRole("button", { name, exact: true });
const field = (name, on = page) => on.getByRole("textbox", { name, exact: true });
const main = (on = page) => on.getByRole("navigation", { name: "Main" }).waitFor();
/** Waits until the draft is stored with this accent, and says so. */
async function saved(accent) {
  const agents = (await (await page.request.get(`${local.product}/v1/agents`)).json()).data;
  await until("the draft is saved", async () => {
    const { draft } = (await (await page.request.get(`${local.product}/v1/agents/${agents[0].id}`)).json()).data;
    return draft.theme.accent === accent && draft.allowed_origins.length === 1;
  });
  await page.locator(".saving-state").filter({ hasText: /^Saved/ }).waitFor();
}
const picture = (name, on = page) => on.screenshot({ path: join(screens, `members-${name}.png`) });

/** The link of the newest mail to somebody. */
async function mailed(to, kind) {
  const outbox = await (await fetch(`${local.product}/dev/outbox`)).text();
  const mail = outbox.slice(outbox.indexOf(to));
  const [link] = new RegExp(`http[^"\\s<]*/app/${kind}#token=[^"\\s<]+`).exec(mail) ?? [];
  assert.ok(link, `there is a mail to ${to} with a link to ${kind}`);
  return link.replaceAll("&amp;", "&");
}

/** RFC 6238: six digits, 30 seconds, HMAC-SHA1. */
function totp(secret, at = Date.now()) {
  const bits = [...secret.replace(/[\s=]/g, "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const from = mac[19] & 15;
  return String((mac.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** A PDF of several pages, a line of text each. */
function pdf(pages) {
  const objects = ["<< /Type /Catalog /Pages 2 0 R >>", `<< /Type /Pages /Kids [${pages.map((_, n) => `${4 + 2 * n} 0 R`).join(" ")}] /Count ${pages.length} >>`, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"];
  for (const [n, lines] of pages.entries()) {
    const text = `BT /F1 12 Tf 72 720 Td 16 TL ${lines.map((line) => `(${line}) Tj T*`).join(" ")} ET`;
    objects.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + 2 * n} 0 R >>`, `<< /Length ${text.length} >>\nstream\n${text}\nendstream`);
  }
  let body = "%PDF-1.4\n";
  const offsets = objects.map((object, n) => {
    const at = body.length;
    body += `${n + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const xref = body.length;
  body += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("")}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`;
  return Buffer.from(body, "latin1");
}

test("an owner registers, confirms the address from the outbox and switches the second factor on", async () => {
  await page.goto(app("/register"));
  await field("Your name").fill("Noor Vance");
  await field("E-mail").fill("noor@vance-clocks.example");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await field("Your business").fill("Vance Clocks");
  await button("Create account").click();
  await page.getByText("noor@vance-clocks.example").first().waitFor();
  await picture("check-mail");
  await page.goto(await mailed("noor@vance-clocks.example", "verify-email"));
  await main();
  assert.ok(!page.url().includes("token"), "the token is not in the address bar");
  await page.getByRole("link", { name: "Create your first agent" }).waitFor();
  await picture("first-agent");

  await page.goto(app("/account"));
  await button("Set up").click();
  await page.getByLabel("Your password", { exact: true }).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByText("Type the key instead").click();
  const key = /[A-Z2-7]{4}(?: [A-Z2-7]{1,4}){4,}/.exec(await page.locator("main, dialog[open]").last().innerText())?.[0];
  assert.ok(key, "the key can be typed");
  await page.getByLabel("Code", { exact: true }).fill(totp(key));
  await page.keyboard.press("Enter");
  await button("I saved them").click();
  // Signing in again asks for a code of a later step: one is good once.
  const again = await person();
  await again.goto(app("/sign-in"));
  await field("E-mail", again).fill("noor@vance-clocks.example");
  await again.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await again.keyboard.press("Enter");
  await again.getByLabel("Code", { exact: true }).fill(totp(key, Date.now() + 30_000));
  await again.keyboard.press("Enter");
  await main(again);
  await again.context().close();
});

test("makes an agent and teaches it by a PDF and a website", async () => {
  await page.goto(app("/agents/new"));
  await field("Name").fill("Clock desk");
  await button("Create agent").click();
  await page.getByRole("heading", { name: "Clock desk", level: 1 }).waitFor();
  const agent = (await (await page.request.get(`${local.product}/v1/agents`)).json()).data[0].id;
  shop = await startSite({ snippet: `<script src="${local.product}/widget.js" data-agent-id="${agent}" async></script>` });
  await button("Add website").click();
  await page.locator("#f-allowed_origins-0").fill(new URL(shop.url).origin);
  await field("Welcome").fill("Tick tock. What can we do for your clock?");
  await field("Accent").fill("#0b6b57");
  await page.frameLocator(".preview iframe").getByText("Tick tock.").first().waitFor();
  await saved("#0b6b57");
  await picture("editor");

  await page.goto(app("/sources/new"));
  await page.getByRole("link", { name: /^Files/ }).click();
  const leaflet = pdf([["Vance Clocks leaflet", "We repair mantel clocks, wall clocks and watches of every age."], ["Prices for 2026", "Overhauling a cuckoo clock costs 185 pounds and takes three weeks.", "A new battery for a wrist watch costs 9 pounds."]]);
  await page.locator("input[type=file]").setInputFiles([{ name: "Leaflet 2026.pdf", mimeType: "application/pdf", buffer: leaflet }]);
  await page.locator(".file-row", { hasText: "Leaflet 2026.pdf" }).getByText("Indexed").waitFor({ timeout: 90_000 });
  await page.getByText("2 pages").first().waitFor();
  await picture("file");

  await page.goto(app("/sources/new"));
  await page.getByRole("link", { name: /^Website/ }).click();
  await page.getByLabel("Address").fill(`${local.site}opening-hours/`);
  await page.keyboard.press("Enter");
  await page.getByText("Indexed", { exact: true }).first().waitFor({ timeout: 120_000 });
});

test("tries it in the playground, which cites the page of the PDF", async () => {
  await page.goto(app("/playground"));
  await page.getByLabel("Question", { exact: true }).fill("How much does overhauling a cuckoo clock cost?");
  await page.keyboard.press("Enter");
  await page.locator(".play-run").first().getByText("The answer is complete.").waitFor({ state: "attached" });
  assert.match(await page.locator(".play-run").first().innerText(), /185 pounds/);
  await button("Source 1").first().click();
  await page.getByRole("dialog", { name: /^Source 1/ }).getByText("page 2").waitFor();
  await picture("playground");
  await page.keyboard.press("Escape");
});

/** A visitor of the shop: the window's accent, the welcome, and the answer to a question. */
async function visit(question) {
  const visitor = await person();
  await visitor.goto(shop.url);
  await visitor.getByRole("button", { name: "Chat", exact: true }).click();
  const chat = visitor.getByRole("dialog");
  await chat.getByText("Tick tock.").first().waitFor();
  await chat.getByRole("textbox").fill(question);
  await visitor.keyboard.press("Enter");
  await chat.getByText("185 pounds").first().waitFor();
  const colour = await visitor.evaluate(() => {
    const wanted = (node) => [...(node.shadowRoot ?? node).querySelectorAll("*")].flatMap((child) => [child, ...(child.shadowRoot ? wanted(child) : [])]);
    return [...new Set(wanted(document).map((element) => getComputedStyle(element).backgroundColor))];
  });
  await picture(`widget-${colour.length}`, visitor);
  await visitor.context().close();
  return colour;
}

async function publish() {
  await page.goto(app("/agent"));
  await button("Publish…").click();
  await page.getByText(/^(What visitors will notice|Visitors of the listed websites)/).waitFor();
  await picture("publish");
  await page.getByRole("dialog", { name: "Publish the draft" }).getByRole("button", { name: "Publish" }).click();
  await page.getByText(/^Version \d+ is live\. /).first().waitFor();
}

test("publishes, and the widget on the site has the new look and the new knowledge", async () => {
  await publish();
  const colours = await visit("How much does overhauling a cuckoo clock cost?");
  assert.ok(colours.includes("rgb(11, 107, 87)"), colours.join(" "));
});

test("invites an editor and a viewer; the viewer looks and cannot publish", async () => {
  await page.goto(app("/team"));
  for (const [email, role] of [["edda@vance-clocks.example", /^Editor/], ["vito@vance-clocks.example", /^Viewer/]]) {
    await button("Invite").click();
    await field("E-mail").fill(email);
    await page.getByRole("radio", { name: role }).check();
    await button("Send invitation").click();
    await page.getByText(`The invitation to ${email} is on its way.`).waitFor();
  }
  await picture("team");
  const join = async (email, name) => {
    const newcomer = await person();
    await newcomer.goto(await mailed(email, "invitation"));
    await field("Your name", newcomer).fill(name);
    await newcomer.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await newcomer.keyboard.press("Enter");
    await main(newcomer);
    return newcomer;
  };
  const editor = await join("edda@vance-clocks.example", "Edda Kern");
  await editor.goto(app("/agent"));
  await button("Publish…", editor).waitFor();
  await editor.context().close();
  const viewer = await join("vito@vance-clocks.example", "Vito Lund");
  await viewer.goto(app("/agent"));
  await viewer.getByRole("heading", { name: "Clock desk", level: 1 }).waitFor();
  await viewer.frameLocator(".preview iframe").getByText("Tick tock.").first().waitFor();
  assert.equal(await button("Publish…", viewer).count(), 0);
  const agent = (await (await viewer.request.get(`${local.product}/v1/agents`)).json()).data[0].id;
  const refused = await viewer.request.post(`${local.product}/v1/agents/${agent}/publish`, { data: { revision: 1 }, headers: { origin: local.product } });
  assert.deepEqual([refused.status(), (await refused.json()).error.code], [403, "forbidden"]);
  await picture("viewer", viewer);
  await viewer.context().close();
});

test("a rollback shows in the widget", async () => {
  await page.goto(app("/agent"));
  await field("Accent").fill("#a3195b");
  await saved("#a3195b");
  await publish();
  assert.ok((await visit("How much does overhauling a cuckoo clock cost?")).includes("rgb(163, 25, 91)"));
  await page.goto(app("/agent/versions"));
  await button("Roll back to version 1").click();
  await page.getByRole("dialog", { name: "Roll back to version 1?" }).getByRole("button", { name: "Roll back" }).click();
  await page.getByText("Version 3 is live; it restores version 1.").waitFor();
  const colours = await visit("How much does overhauling a cuckoo clock cost?");
  assert.ok(colours.includes("rgb(11, 107, 87)") && !colours.includes("rgb(163, 25, 91)"), colours.join(" "));
  assert.deepEqual(errors, [], "nothing was thrown or refused by the policy");
});
