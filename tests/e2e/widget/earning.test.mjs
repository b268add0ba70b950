// What the widget does of its own accord and what it brings in: rules, offers, the lead form, judgements of answers,
// and that what happened is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stage, until, visit } from "./browser.mjs";
import { CONFIG } from "./fake.mjs";

const { browser, fake } = await stage({ pace: 2 });

const FORM = {
  fields: [
    { key: "name", label: "Your name", kind: "text", required: true },
    { key: "email", label: "E-mail", kind: "email", required: true },
    { key: "phone", label: "Telephone", kind: "phone" },
    { key: "animal", label: "Animal", kind: "choice", options: ["Dog", "Cat"] },
    { key: "wish", label: "What is it about?", kind: "long_text" },
  ],
  consent: "You may write to me about this.",
};
const DEMO = { id: "cta_demo", label: "Book a demo", kind: "demo", target: "https://example.com/demo" };
const say = (message) => ({ kind: "open_with_message", message });
const rule = (when, message = "Can I help?", more = {}) => ({ id: `rul_${when.kind}`, when, page: [], action: say(message), ...more });
const configure = (config) => (fake.control.config = { ...structuredClone(CONFIG), ...config });
/** Leaves the page, as its visitor would, so that what is still waiting is sent. */
const leave = (page) => page.goto("about:blank");
/** Time as the page knows it passes at once. */
const pass = (page, seconds) => page.evaluate((ms) => {
  const now = Date.now;
  Date.now = () => now() + ms;
}, seconds * 1000);
const spoken = (visitor, words) => visitor.log.getByText(words).waitFor();

test("the pointer leaving at the top opens with the message, once, and it is told", async (t) => {
  configure({ rules: [rule({ kind: "exit_intent" }, "Before you go…")], variants: [{ experiment_id: "exp_1", variant_id: "var_1" }] });
  const visitor = await visit(t, browser, fake);
  const { page } = visitor;
  await visitor.launcher.waitFor();
  await page.waitForFunction(() => JSON.parse(Object.values(localStorage)[0]).visits);
  await page.mouse.move(500, 400);
  await page.mouse.move(500, 60, { steps: 5 });
  assert.equal(await visitor.window.count(), 0);
  await page.mouse.move(500, 3, { steps: 5 });
  await spoken(visitor, "Before you go…");
  assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
  assert.deepEqual(await visitor.axe(), []);
  await page.evaluate(() => frontdesk("close"));
  await pass(page, 400);
  await page.mouse.move(500, 300);
  await page.mouse.move(500, 3);
  await page.waitForTimeout(100);
  assert.equal(await visitor.window.isVisible(), false);
  await leave(page);
  await until(() => fake.told().length >= 2);
  const told = fake.told().map(({ kind, subject }) => `${kind} ${subject}`);
  assert.deepEqual(told, ["rule_fired rul_exit_intent", "exposed var_1"]);
  assert.equal(new Set(fake.told().map(({ id }) => id)).size, 2);
});

test("time, idleness and the page's address are watched; two rules are five minutes apart", async (t) => {
  configure({ rules: [rule({ kind: "time", seconds: 90 }, "Still reading?", { page: ["/prices*"] }), rule({ kind: "idle", seconds: 60 }, "Are you there?")] });
  const visitor = await visit(t, browser, fake, "prices?x=1");
  const { page } = visitor;
  await visitor.launcher.waitFor();
  await page.waitForFunction(() => JSON.parse(Object.values(localStorage)[0]).visits);
  await pass(page, 61);
  await spoken(visitor, "Are you there?");
  await page.evaluate(() => frontdesk("close"));
  await pass(page, 40);
  await page.waitForTimeout(1200);
  assert.equal(await visitor.window.isVisible(), false);
  await pass(page, 300);
  await spoken(visitor, "Still reading?");
});

test("a rule of another page waits until a route change leads there", async (t) => {
  configure({ rules: [rule({ kind: "page" }, "Welcome to the prices.", { page: ["/prices*"] })] });
  const visitor = await visit(t, browser, fake);
  await visitor.launcher.waitFor();
  await visitor.page.waitForTimeout(1200);
  assert.equal(await visitor.window.count(), 0);
  await visitor.page.evaluate(() => history.pushState({}, "", "/prices?from=spa"));
  await spoken(visitor, "Welcome to the prices.");
});

test("scroll depth counts what was scrolled, of a page as long as it is by then", async (t) => {
  configure({ rules: [rule({ kind: "scroll", percent: 70 }, "Halfway there.")] });
  const visitor = await visit(t, browser, fake, "?tall=1");
  const { page } = visitor;
  await visitor.launcher.waitFor();
  await page.waitForFunction(() => JSON.parse(Object.values(localStorage)[0]).visits);
  await page.evaluate(() => {
    document.querySelector("main div").style.height = "12000px";
    scrollTo(0, 3300);
  });
  await page.waitForTimeout(300);
  assert.equal(await visitor.window.count(), 0);
  await page.evaluate(() => scrollTo(0, 10_000));
  await spoken(visitor, "Halfway there.");
});

test("who returns and who comes by a campaign are known, the campaign on later pages too", async (t) => {
  configure({ rules: [rule({ kind: "utm", source: "news", campaign: "spring" }, "Nice to see a reader.", { page: ["/later"] }), rule({ kind: "returning", visits: 2 }, "Welcome back.")] });
  const visitor = await visit(t, browser, fake, "?utm_source=news&utm_campaign=spring");
  const { page } = visitor;
  await visitor.launcher.waitFor();
  await page.waitForFunction(() => JSON.parse(Object.values(localStorage)[0]).visits === 1);
  await page.goto(`${fake.site}/later`);
  await spoken(visitor, "Nice to see a reader.");
  // The visit went on until this page was left; then time passes.
  const left = Date.now();
  await page.goto(`${fake.site}/?embed=none`);
  await page.waitForFunction((left) => JSON.parse(Object.values(localStorage)[0]).seen_at >= left, left);
  await page.evaluate(() => {
    const [[key, value]] = Object.entries({ ...localStorage });
    localStorage.setItem(key, JSON.stringify({ ...JSON.parse(value), seen_at: 1, fired_at: 1, open: false }));
  });
  await page.goto(fake.site);
  await spoken(visitor, "Welcome back.");
});

test("on a phone a rule marks the bubble and covers nothing", async (t) => {
  configure({ rules: [rule({ kind: "page" }, "Hello there.")] });
  const visitor = await visit(t, browser, fake, "", { viewport: { width: 390, height: 780 } });
  await visitor.page.locator("frontdesk-widget .unread").waitFor();
  assert.equal(await visitor.window.isVisible(), false);
  await visitor.open();
  await spoken(visitor, "Hello there.");
});

test("a rule may show an offer or other prompts", async (t) => {
  configure({ rules: [rule({ kind: "page" }, "", { action: { kind: "show_cta", cta: DEMO } })] });
  const visitor = await visit(t, browser, fake);
  await visitor.page.getByRole("link", { name: "Book a demo" }).waitFor();
  await visitor.shot("cta-by-rule");
  configure({ rules: [rule({ kind: "page" }, "", { action: { kind: "quick_prompts", prompts: ["What does a demo cost?"] } })] });
  const other = await visit(t, browser, fake);
  await other.page.getByRole("button", { name: "What does a demo cost?" }).click();
  await other.phase("done");
  assert.equal(fake.log.messages.at(-1).text, "What does a demo cost?");
});

for (const colorScheme of ["light", "dark"]) {
  test(`an offer follows the answer, and the form what the visitor wants (${colorScheme})`, async (t) => {
    configure({ lead_form: FORM });
    fake.control.cta = DEMO;
    const visitor = await visit(t, browser, fake, "", { colorScheme });
    const { page } = visitor;
    await visitor.open();
    await visitor.answered("When are you open?");
    const card = page.getByRole("link", { name: "Book a demo" });
    assert.equal(await card.getAttribute("href"), DEMO.target);
    assert.match(await card.getAttribute("rel"), /noopener/);
    assert.deepEqual(await visitor.axe(), []);
    await visitor.shot(`cta-${colorScheme}`);
    await page.context().route("https://example.com/**", (route) => route.fulfill({ body: "" }));
    await card.click();
    fake.control.cta = { id: "cta_mail", label: "Get our offer", kind: "capture_email", target: "" };
    await page.bringToFront();
    await page.evaluate(() => frontdesk("identify", { email: "ada@nowhere.example" }));
    await visitor.answered("And on Sunday?");
    await page.getByRole("button", { name: "Get our offer" }).press("Enter");
    // Who asked for the form goes on in it.
    await page.waitForFunction((key) => document.querySelector("frontdesk-widget").shadowRoot.activeElement?.id === key, FORM.fields[0].key);
    const send = page.locator("frontdesk-widget form.card").getByRole("button", { name: "Send" });
    await send.click();
    const name = page.getByLabel("Your name");
    assert.equal(await name.getAttribute("aria-invalid"), "true");
    assert.equal(fake.log.leads.length, 0);
    assert.deepEqual(await visitor.axe(), []);
    await visitor.shot(`form-${colorScheme}`);
    await name.fill("Ada");
    assert.equal(await page.getByLabel("E-mail").getAttribute("autocomplete"), "email");
    await page.getByLabel("Animal").selectOption("Cat");
    await page.getByLabel("You may write to me").check();
    await send.click();
    await page.getByText("No mail reaches this address.").waitFor();
    await page.getByLabel("E-mail").fill("ada@example.com");
    await send.click();
    await page.getByText("Thank you!").waitFor();
    const [first, second] = fake.log.leads;
    assert.equal(first.id, second.id);
    assert.deepEqual(second.fields, { name: "Ada", email: "ada@example.com", animal: "Cat" });
    assert.deepEqual([second.consent, second.page_url], [true, `${fake.site}/`]);
    await leave(page);
    await until(() => fake.told().length >= 5);
    const told = fake.told().map(({ kind, subject }) => `${kind} ${subject}`.trim());
    assert.deepEqual(told, ["opened", "cta_shown cta_demo", "cta_clicked cta_demo", "cta_shown cta_mail", "cta_clicked cta_mail"]);
  });
}

test("what was written may be kept after a yes, and is not asked about again after a no", async (t) => {
  configure({ lead_form: FORM });
  const visitor = await visit(t, browser, fake, "?embed=queue");
  const { page } = visitor;
  await visitor.open();
  await visitor.answered("I am Ada, ada@example.com");
  fake.tell({ type: "lead_proposed", id: "proposal-1", fields: { name: "Ada", email: "ada@example.com" } });
  await page.getByText("email: ada@example.com").waitFor();
  assert.deepEqual(await visitor.axe(), []);
  await visitor.shot("proposed");
  await page.getByRole("button", { name: "No" }).click();
  await page.getByText("email: ada@example.com").waitFor({ state: "detached" });
  await until(() => fake.log.frames.length);
  await page.reload();
  await visitor.phase("done");
  await page.waitForTimeout(200);
  assert.equal(await page.getByText("email: ada@example.com").count(), 0);
  // Nor in a later visit, in which the rules may have their turn again.
  await page.evaluate(() => {
    const [[key, kept]] = Object.entries(localStorage);
    localStorage.setItem(key, JSON.stringify({ ...JSON.parse(kept), done: [] }));
  });
  await page.reload();
  await visitor.phase("done");
  await page.waitForTimeout(200);
  assert.equal(await page.getByText("email: ada@example.com").count(), 0);
  fake.tell({ type: "lead_proposed", id: "proposal-2", fields: { phone: "+44 20 7946 0000" } });
  await page.getByRole("button", { name: "Yes" }).click();
  fake.tell({ type: "lead_captured", lead_id: "led_1" });
  await until(() => fake.log.frames.length >= 2);
  assert.deepEqual(fake.log.frames, [{ type: "lead_confirm", id: "proposal-1", accept: false }, { type: "lead_confirm", id: "proposal-2", accept: true }]);
  fake.tell({ type: "lead_form", reason: "intent" });
  await page.getByLabel("Your name").waitFor();
});

test("an answer is judged, with a reason; a person sees that the visitor writes; the place in the queue is said", async (t) => {
  const visitor = await visit(t, browser, fake);
  const { page } = visitor;
  await visitor.open();
  await visitor.answered("When are you open?");
  const [turn] = [...fake.conversations.values()].at(-1).frames;
  await page.getByRole("button", { name: "👎" }).click();
  const reason = page.getByLabel("What was wrong?");
  await reason.fill("The holidays are missing.");
  await visitor.shot("feedback");
  assert.deepEqual(await visitor.axe(), []);
  await reason.press("Enter");
  await page.getByText("Thank you!").waitFor();
  fake.tell({ type: "state", standing: "waiting", position: 3 });
  await page.getByText("Place in the queue: 3").waitFor();
  // However long it takes to write that: it is told once.
  await page.evaluate(() => {
    const now = Date.now();
    Date.now = () => now;
  });
  await visitor.field.pressSequentially("Hello?");
  await until(() => fake.log.frames.length >= 3);
  const { turn_id } = turn;
  assert.deepEqual(fake.log.frames, [
    { type: "feedback", turn_id, good: false },
    { type: "feedback", turn_id, good: false, reason: "The holidays are missing." },
    { type: "typing" },
  ]);
});

test("the keyboard is not lost with what it was used on, and a form that is filled in stays", async (t) => {
  configure({ lead_form: FORM });
  const visitor = await visit(t, browser, fake);
  const { page } = visitor;
  const focused = () => page.evaluate(() => document.querySelector("frontdesk-widget").shadowRoot.activeElement?.ariaLabel);
  await visitor.open();
  await visitor.answered("When are you open?");
  await page.getByRole("button", { name: "👎" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("Too short");
  // Another question does not take the half-written reason away.
  await page.evaluate(() => frontdesk("send", "How do I book?"));
  await visitor.phase("done", 1);
  assert.equal(await page.getByLabel("What was wrong?").first().inputValue(), "Too short");
  await page.getByLabel("What was wrong?").first().press("Enter");
  await page.getByText("Thank you!").waitFor();
  assert.equal(await focused(), "👎");
  fake.tell({ type: "lead_form", reason: "intent" });
  await page.getByLabel("Your name").fill("Ada");
  fake.tell({ type: "lead_proposed", id: "proposal-1", fields: { email: "ada@example.com" } });
  fake.tell({ type: "state", standing: "resolved" });
  const stars = page.getByRole("button", { name: "4 / 5" });
  await stars.waitFor();
  assert.equal(await page.getByLabel("Your name").inputValue(), "Ada");
  await stars.focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("frontdesk-widget").shadowRoot.activeElement?.matches("textarea"));
});

test("a window that was open when a phone left the page stops no rule", async (t) => {
  configure({});
  const visitor = await visit(t, browser, fake, "", { viewport: { width: 390, height: 780 } });
  await visitor.open();
  configure({ rules: [rule({ kind: "page" }, "Prices?", { page: ["/prices"] })] });
  await visitor.page.goto(`${fake.site}/prices`);
  await visitor.page.locator("frontdesk-widget .unread").waitFor();
});

test("what is asked right after coming back is sent at once, whatever was told last", async (t) => {
  const visitor = await visit(t, browser, fake);
  await visitor.open();
  await visitor.answered("When are you open?");
  fake.tell({ type: "state", standing: "bot", offered: true });
  await visitor.page.getByRole("button", { name: "Talk to a person" }).waitFor();
  // The clock that sends what a replay held up stands still.
  await visitor.page.addInitScript(() => {
    const later = window.setTimeout;
    window.setTimeout = (run, ms, ...more) => later(run, ms === 3000 ? 600_000 : ms, ...more);
  });
  await visitor.page.reload();
  await visitor.field.waitFor();
  await visitor.page.evaluate(() => frontdesk("send", "How do I book?"));
  await visitor.phase("done", 1);
});

test("the form in Arabic, on a phone, reads from the right", async (t) => {
  configure({ language: "ar", lead_form: { ...FORM, fields: [{ key: "name", label: "الاسم", kind: "text", required: true }], consent: "يمكنكم مراسلتي." } });
  const visitor = await visit(t, browser, fake, "?lang=ar", { viewport: { width: 390, height: 780 } });
  await visitor.launcher.waitFor();
  await visitor.page.evaluate(() => frontdesk("open", "lead"));
  await visitor.page.getByLabel("الاسم").waitFor();
  assert.deepEqual(await visitor.axe(), []);
  await visitor.shot("form-rtl-phone");
});
