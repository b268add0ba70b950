// How a source is kept fresh, in Chromium against the fake: settings, the next sync, the secret address, a page's
// history, tags of a document.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { assets, launch, open, show, signIn } from './browser.mjs';
import { id } from './data.mjs';
import { PDF } from './fake/knowledge.mjs';
import { World, startFake } from './fake.mjs';

let folder, browser, fake, page, context, violations;
const SOURCE = `/app/sources/${id('src', 1)}`;

before(async () => {
  folder = await assets();
  browser = await launch();
});
after(() => browser?.close());
beforeEach(async () => {
  fake = await startFake({ assets: folder, world: new World() });
  ({ page, context, violations } = await open(browser));
});
afterEach(async () => {
  await context.close();
  await fake.close();
  assert.deepEqual(violations, [], 'nothing was refused by the CSP or thrown');
});

const button = (name) => page.getByRole('button', { name, exact: true });
const stored = () => fake.world.source(id('src', 1));

test('schedule, patterns and tags are set, and what is wrong is said at its field', async () => {
  await signIn(page, fake.origin, SOURCE);
  await button('Settings').click();
  await page.getByLabel('Sync by itself').selectOption('weekly');
  await page.getByLabel('Never these pages').fill('blog\n/staff/*');
  await page.getByLabel('Tags').fill('Public, prices ');
  await button('Save settings').click();
  await page.locator('#source-exclude-problem', { hasText: '“blog” does not begin with' }).waitFor();
  await page.waitForFunction((id) => document.activeElement.id === id, 'source-exclude');
  await show(page, 'source-settings');
  await page.getByLabel('Never these pages').fill('/blog/*\n\n /staff/* ');
  await button('Save settings').click();
  await page.getByText(/next sync Mon.*4.*Jan.*03:07 \(UTC\)|next sync .*4 Jan.*\(.+\)/).waitFor();
  assert.deepEqual([stored().schedule, stored().exclude, stored().include, stored().tags], ['weekly', ['/blog/*', '/staff/*'], [], ['Public', 'prices']]);
  await button('Settings').click();
  assert.equal(await page.getByLabel('Sync by itself').inputValue(), 'weekly');
  await button('Cancel').click();
});

test('the secret address is shown once, and taken back', async () => {
  await signIn(page, fake.origin, SOURCE);
  await button('Settings').click();
  await button('Create an address').click();
  await page.getByText('hook_5e5e').waitFor();
  await show(page, 'source-hook');
  await button('I have copied it').click();
  await button('Replace the address').waitFor();
  assert.ok(!(await page.content()).includes('hook_5e5e'));
  await button('Remove').click();
  await button('Create an address').waitFor();
  assert.equal(stored().hook, false);
});

test('a page tells what the last runs made of it', async () => {
  await signIn(page, fake.origin, SOURCE);
  await page.getByRole('button', { name: 'History of /', exact: true }).click();
  await page.getByText('Its earlier text is still used.').waitFor();
  const entries = await page.locator('.page-history .state').allTextContents();
  assert.deepEqual(entries, ['Unchanged', 'Changed', 'Failed', 'Added']);
  await show(page, 'page-history');
});

test('a failed sync says what answers still come from', async () => {
  stored().reason = 'The site’s robots.txt cannot be read.';
  await signIn(page, fake.origin, SOURCE);
  await page.getByText(/Last sync failed: .*robots\.txt cannot be read\. Answers still come from/).waitFor();
  await show(page, 'sync-failed');
});

test('a document has tags of its own beside those of its source', async () => {
  await signIn(page, fake.origin, `/app/documents/${PDF}`);
  await page.getByText('From its source it has prices, too.').waitFor();
  await page.getByLabel('Tags of this document').fill('Leaflets');
  await button('Save tags').click();
  await page.getByText('The tags are saved.').waitFor();
  assert.equal(await page.getByLabel('Tags of this document').inputValue(), 'leaflets');
  await show(page, 'document-tags');
});
