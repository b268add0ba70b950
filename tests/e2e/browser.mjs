// Chromium for tests of the whole product. What it is answered is searched for secrets, as everything else is.
import { chromium } from "playwright-core";
import { chromium as installed } from "../../scripts/tools.mjs";
import { keeper, origins } from "../integration/harness.mjs";

export async function launch() {
  const browser = await chromium.launch({
    executablePath: installed(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
  });
  const open = browser.newContext.bind(browser);
  // A page of its own opens a context here, too.
  browser.newContext = async (options) => keeper.seeing(await open(options), origins);
  return browser;
}
