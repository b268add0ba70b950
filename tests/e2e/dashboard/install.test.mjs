// Installing the widget, in Chromium against the fake: the snippet follows what is chosen, and what is copied says it to
// the script that it loads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { show, signIn } from './browser.mjs';
import { AGENTS } from './data.mjs';
import { button, context, fake, heading, page, stage } from './stage.mjs';

stage();

const code = () => page.getByLabel('Snippet to embed').innerText();
const copied = async () => {
  await button('Copy').first().click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
};

/** What the widget's script is told on a page that holds a snippet, in its head or at the end of its body. */
async function told(snippet, { head = '' } = {}) {
  const visitor = await context.newPage();
  await visitor.route('https://shop.example/', (route) => route.fulfill({ contentType: 'text/html', body: `<!doctype html><html><head>${head}</head><body><p>Shop</p>${snippet}</body></html>` }));
  await visitor.route(`${fake.origin}/widget.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: 'window.told = { ...document.currentScript.dataset }' }));
  await visitor.goto('https://shop.example/');
  await visitor.waitForFunction(() => window.told);
  const found = await visitor.evaluate(() => window.told);
  await visitor.close();
  return found;
}

test('the snippet follows what is chosen, and the widget is told it as it was written', async () => {
  await signIn(page, fake.origin);
  await page.getByRole('link', { name: 'Options, and steps for WordPress, Shopify and others' }).click();
  await heading('Put it on your website');
  const agentId = AGENTS[0].id;
  assert.equal(await code(), `<script src="${fake.origin}/widget.js" data-agent-id="${agentId}" async></script>`);
  assert.equal(await copied(), await code());
  await show(page, 'install');

  await page.getByLabel('Layout').selectOption('bar');
  await page.getByLabel('Place').selectOption('bottom-center');
  await page.getByLabel('Language of the buttons').selectOption('de');
  await page.getByLabel('Show it only near the end of a page').check();
  // By keyboard, as everything here.
  await page.getByLabel('Ask for consent first').focus();
  await page.keyboard.press('Space');
  const notice = 'Chat & "Cookies" {{ shop }}: <OK>?';
  await page.getByLabel('Notice', { exact: true }).fill(notice);
  await page.getByLabel('Address of your privacy notice').fill('shop.example/privacy');
  await page.getByText('Until then it is left out.').waitFor();
  assert.ok(!(await code()).includes('data-privacy'));
  await page.getByLabel('Address of your privacy notice').fill('https://shop.example/privacy?a=1&b=2');
  await page.getByText('Linked below the notice.').waitFor();
  await show(page, 'install-consent');
  const want = { agentId, layout: 'bar', position: 'bottom-center', language: 'de', reveal: 'scroll', consent: 'required', consentText: notice, privacy: 'https://shop.example/privacy?a=1&b=2' };
  const snippet = await copied();
  assert.equal(snippet, await code());
  assert.deepEqual(await told(snippet), want);

  await page.getByLabel('Your website is made with').selectOption('gtm');
  await page.getByText('Custom HTML and paste the snippet').waitFor();
  const script = await code();
  assert.ok(!script.includes('{{') && script.includes('setAttribute'));
  assert.deepEqual(await told('', { head: script }), want);
});

test('what fills an element of the page brings the element, where the website can hold one', async () => {
  await signIn(page, fake.origin, '/app/agent/install');
  await page.getByLabel('Show it only near the end of a page').check();
  await page.getByLabel('Layout').selectOption('inline');
  await page.getByLabel('Place').waitFor({ state: 'detached' });
  const element = page.getByLabel('Element of the page');
  await element.waitFor();
  const { target, reveal, layout } = await told((await element.innerText()) + (await code()));
  assert.deepEqual([layout, reveal], ['inline', undefined], 'nothing at the edge is left to be revealed');
  assert.ok((await element.innerText()).includes(`id="${target.slice(1)}"`));
  const steps = page.getByRole('region', { name: 'Steps' }).getByRole('listitem');
  for (const [platform, words] of [['wordpress', 'Custom HTML block'], ['shopify', 'Custom Liquid'], ['webflow', 'Code Embed']]) {
    await page.getByLabel('Your website is made with').selectOption(platform);
    await steps.getByText(words).waitFor();
    assert.equal(await steps.count(), 4);
  }
  await show(page, 'install-inline');
  await page.getByLabel('Your website is made with').selectOption('wix');
  await steps.getByText('does not work on Wix').waitFor();
  assert.equal(await steps.count(), 1);
  await element.waitFor({ state: 'detached' });
  await page.getByLabel('Layout').selectOption('bubble');
  await steps.getByText('Body - end').waitFor();
  assert.equal(await steps.count(), 3);
});
