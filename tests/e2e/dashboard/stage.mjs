// The stage of the dashboard's tests: before each a fresh fake and a page that nobody signed in to; after each,
// nothing was refused by the browser or thrown. What it exports changes with every test.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach } from 'node:test';
import { assets, launch, open } from './browser.mjs';
import { World, startFake } from './fake.mjs';

export let fake, page, context, violations;

/** Sets the stage for a file of tests; `options` are those of the browser's context. */
export function stage(options = {}) {
  let folder, browser;
  before(async () => {
    folder = await assets();
    browser = await launch();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    fake = await startFake({ assets: folder, world: new World() });
    ({ page, context, violations } = await open(browser, options));
  });
  afterEach(async () => {
    await context.close();
    await fake.close();
    assert.deepEqual(violations, [], 'nothing was refused by the CSP or thrown');
  });
}

export const at = (path) => page.waitForURL(fake.origin + path);
export const heading = (name) => page.getByRole('heading', { name, level: 1 }).waitFor();
export const button = (name) => page.getByRole('button', { name, exact: true });
export const dialog = (name) => page.getByRole('dialog', { name });
/** The focus comes to the element with this id, perhaps with the next frame. */
export const focused = (id) => page.waitForFunction((id) => document.activeElement?.id === id, id);
/** Waits until something about the fake is so, for as long as a busy machine may need. */
export async function until(what, so) {
  for (const end = Date.now() + 30_000; !so(); ) {
    if (Date.now() > end) assert.fail(what);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
