// Every state that a visitor can see, in light and dark, from left and from right, on a wide page and at 320 pixels:
// axe finds nothing, nothing is wider than the window, and there is a picture of each.

import assert from "node:assert/strict";
import { test } from "node:test";
import { stage, visit } from "./browser.mjs";
import { CONFIG } from "./fake.mjs";

const FORM = {
  fields: [
    { key: "name", label: "Your name", kind: "text" },
    { key: "email", label: "E-mail", kind: "email", required: true },
    { key: "animal", label: "Animal", kind: "choice", options: ["Dog", "Cat"] },
    { key: "wish", label: "What is it about?", kind: "long_text" },
  ],
  consent: "You may write to me about this.",
};
const DEMO = { id: "cta_demo", label: "Book a demo", kind: "demo", target: "https://example.com/demo" };

const { browser, fake } = await stage({ pace: 2 });

for (const colorScheme of ["light", "dark"]) {
  for (const [dir, lang] of [["ltr", "en"], ["rtl", "ar"]]) {
    test(`every state, ${colorScheme}, ${dir}`, async (t) => {
      fake.control.config = { ...structuredClone(CONFIG), language: lang, lead_form: FORM };
      fake.control.cta = DEMO;
      const data = encodeURIComponent(JSON.stringify({ consent: "required" }));
      const query = `?lang=${lang}${colorScheme === "dark" ? "&scheme=dark" : ""}&data=${data}`;
      const visitor = await visit(t, browser, fake, query, { colorScheme, viewport: { width: 460, height: 800 }, reducedMotion: "reduce" });
      const { page, log } = visitor;
      const state = async (name) => {
        assert.deepEqual(await visitor.axe(), [], `${name}, ${colorScheme}, ${dir}`);
        await visitor.shot(`state-${name}-${colorScheme}-${dir}`);
        if (!(await log.isVisible())) return;
        for (const width of [320, 460]) {
          await page.setViewportSize({ width, height: 800 });
          const over = await log.evaluate((element) => element.scrollWidth - element.clientWidth);
          assert.ok(over <= 0, `${name} is ${over} px too wide at ${width}`);
        }
      };
      await visitor.launcher.waitFor();
      await state("consent");
      await visitor.launcher.click();
      await page.locator("frontdesk-widget .bubble").waitFor();
      await visitor.open();
      await log.getByText(CONFIG.welcome).waitFor();
      await state("open");
      // It thinks for as long as it takes to look at it.
      fake.control.pace = Infinity;
      await visitor.ask("think about it");
      await page.locator("frontdesk-widget .dots").last().waitFor();
      await state("thinking");
      fake.control.pace = 2;
      await visitor.phase("done");
      await log.locator(".cta").waitFor();
      await page.getByRole("button", { name: "👎" }).click();
      await state("answer-card-thumbs");
      fake.tell({ type: "lead_form", reason: "intent" });
      await page.getByLabel("Your name").waitFor();
      await log.getByRole("button").and(log.locator("form.card .pill")).first().click();
      await page.waitForFunction(() => document.querySelector("frontdesk-widget").shadowRoot.activeElement?.id === "email");
      await state("form-with-problem");
      await log.locator("form.card .pill").last().click();
      fake.tell({ type: "lead_proposed", id: "proposal-1", fields: { name: "Ada", email: "ada@example.com" } });
      await page.getByText("email: ada@example.com").waitFor();
      await state("proposal");
      fake.tell({ type: "lead_captured", lead_id: "led_1" });
      await page.getByText("email: ada@example.com").waitFor({ state: "detached" });
      fake.tell({ type: "state", standing: "waiting", position: 3 });
      await log.locator(".offers span", { hasText: "3" }).waitFor();
      await state("waiting");
      fake.tell({ type: "state", standing: "bot", offered: true });
      await visitor.ask("fail once");
      await visitor.phase("failed", 1);
      await state("error");
      fake.tell({ type: "state", standing: "resolved" });
      await page.getByRole("button", { name: "4 / 5" }).click();
      await log.locator(".star[aria-pressed=true]").waitFor();
      await state("stars");
      await page.context().setOffline(true);
      await page.locator("frontdesk-widget .state[data-link=offline]").waitFor();
      await state("offline");
      await page.context().setOffline(false);
      await page.locator("frontdesk-widget .state[data-link=open]").waitFor();
    });
  }
}
