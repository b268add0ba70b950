// The dashboard's WebAssembly comes in pieces: the first screen takes one, the others theirs when they are opened.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { show, signIn } from './browser.mjs';
import { context, fake, heading, page, stage, violations } from './stage.mjs';

stage();

const link = (name) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name, exact: true });
/** The WebAssembly that was asked for. */
function watch() {
  const seen = [];
  page.on('request', (request) => {
    const name = /\/app\/(\w+)\.\w+\.wasm$/.exec(request.url())?.[1];
    if (name) seen.push(name);
  });
  return seen;
}

test('signing in and the overview take one piece; a screen brings its own, once', async () => {
  const seen = watch();
  await signIn(page, fake.origin);
  await heading('Larkspur front desk');
  assert.deepEqual([...new Set(seen)], ['dashboard']);

  seen.length = 0;
  let arrive;
  const held = new Promise((resolve) => { arrive = resolve; });
  await page.route('**/split_studio.*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await link('Playground').click();
  await page.getByRole('main').getByText('Loading…').waitFor({ state: 'attached' });
  await show(page, 'piece-loading');
  arrive();
  await heading('Playground');
  assert.equal(seen.filter((name) => name === 'split_studio').length, 1);
  assert.ok(seen.every((name) => /^(split_studio|chunk_\d+)$/.test(name)), `nothing but what it needs: ${seen}`);

  seen.length = 0;
  await link('Overview').click();
  await heading('Larkspur front desk');
  await link('Agent').click();
  await page.getByRole('textbox', { name: 'Welcome', exact: true }).waitFor();
  assert.deepEqual(seen, [], 'what is there is not fetched again');
});

test('a piece that does not come says so, and is tried again', async () => {
  await signIn(page, fake.origin);
  await context.setOffline(true);
  await link('Team').click();
  await page.getByRole('alert').getByText('This screen could not be fetched').waitFor();
  await context.setOffline(false);
  await show(page, 'piece-failed');
  await page.getByRole('button', { name: 'Try again' }).click();
  await heading('Team');
  await page.getByText('Imke Adeyemi').waitFor();
  assert.ok(violations.length > 0 && violations.every((text) => /fetch/i.test(text)), `${violations}`);
  violations.length = 0;
});

test('a screen of a release that was replaced comes with the new one, by itself', async () => {
  await signIn(page, fake.origin);
  let replaced = true;
  await page.route('**/split_workspace.*.wasm', (route) => (replaced ? route.fulfill({ status: 404, contentType: 'text/html', body: 'gone' }) : route.continue()));
  await page.route('**/app/', (route) => (route.request().resourceType() === 'fetch' ? route.fulfill({ contentType: 'text/html', body: '<script type="module" src="/app/dashboard.of-another-release.js"></script>' }) : route.continue()));
  page.once('domcontentloaded', () => { replaced = false; });
  await link('Team').click();
  await heading('Team');
  await page.getByText('Imke Adeyemi').waitFor();
  assert.equal(replaced, false, 'the page was loaded anew');
  assert.ok(violations.every((text) => /WebAssembly|MIME|response/i.test(text)), `${violations}`);
  violations.length = 0;
});
