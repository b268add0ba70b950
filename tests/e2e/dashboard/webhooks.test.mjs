// Webhooks in the settings, in Chromium against the fake.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { fits, show, signIn } from './browser.mjs';
import { at, button, dialog, fake, heading, page, stage } from './stage.mjs';

let webhooks;

stage();
beforeEach(() => {
  webhooks = fake.world.webhooks;
});

test('a webhook is added with events of its own, and its secret is shown once', async () => {
  await signIn(page, fake.origin, '/app/settings/webhooks');
  await heading('Settings');
  await page.getByText('https://crm.example/in/larkspur').waitFor();
  for (const state of ['Failing', 'Delivering', 'Switched off: it said 410']) await page.getByText(state, { exact: true }).waitFor();
  await show(page, 'webhooks');
  await button('Add webhook').click();
  const form = dialog('Add a webhook');
  await form.getByRole('button', { name: 'Add webhook' }).click();
  await page.locator('#webhook-url-problem', { hasText: 'Enter the address' }).waitFor();
  await form.getByLabel('Address').fill('http://10.0.0.1/');
  await page.keyboard.press('Enter');
  await page.locator('#webhook-url-problem', { hasText: 'whole address' }).waitFor();
  await form.getByLabel('Address').fill('https://new.example/hook');
  await form.getByLabel('What it is for').fill('The telephone');
  await form.getByRole('checkbox', { name: /^All events/ }).uncheck();
  await form.getByRole('button', { name: 'Add webhook' }).click();
  await page.locator('#webhook-events-problem', { hasText: 'at least one' }).waitFor();
  await form.getByRole('checkbox', { name: /A visitor waits for a person/ }).check();
  assert.equal(await form.getByText('member.joined').count(), 0, 'what is not delivered is not offered');
  await show(page, 'webhook-add');
  await form.getByRole('button', { name: 'Add webhook' }).click();
  const secret = await page.locator('#webhook-secret').textContent();
  assert.match(secret, /^whsec_/);
  await show(page, 'webhook-secret');
  await page.keyboard.press('Escape');
  await page.locator('#webhook-secret').waitFor();
  await button('I saved it').click();
  await page.getByText('https://new.example/hook').waitFor();
  assert.equal(await page.getByText(secret).count(), 0);
  const made = webhooks.endpoints.at(-1);
  assert.deepEqual([made.description, made.events, made.enabled], ['The telephone', ['conversation.escalated'], true]);
});

test('deliveries are seen with body and attempts, replayed one by one and all at once', async () => {
  await signIn(page, fake.origin, '/app/settings/webhooks');
  await page.getByText('https://hooks.larkspurvets.example/frontdesk').click();
  await page.waitForFunction(() => document.querySelectorAll('.delivery').length === 20);
  await button('Load more').click();
  await page.waitForFunction(() => document.querySelectorAll('.delivery').length === 26);
  await page.getByLabel('State').selectOption({ label: 'Failed' });
  await page.waitForFunction(() => document.querySelectorAll('.delivery').length === 5);
  await page.locator('.delivery summary').first().click();
  await page.getByText('Attempt 8').waitFor();
  await page.getByText('the queue is full').first().waitFor();
  await page.getByText('"version":1').waitFor();
  await show(page, 'webhook-delivery');
  await page.locator('.delivery').first().getByRole('button', { name: 'Replay' }).click();
  await page.getByText('It is tried again.').waitFor();
  await page.waitForFunction(() => document.querySelectorAll('.delivery').length === 4);
  await page.getByLabel('Failed in the last').selectOption({ label: 'failed in the last 7 days' });
  await button('Replay all').click();
  await page.getByText('4 deliveries are tried again.').waitFor();
  await page.getByLabel('State').selectOption({ label: 'All' });
  await button('Send a test').click();
  await page.getByText('A test event is on its way.').waitFor();
  await page.locator('.delivery', { hasText: 'webhook.test' }).first().waitFor();
  await show(page, 'webhook');
});

test('its secret is replaced; it is changed, switched off and on, and deleted', async () => {
  const [first] = webhooks.endpoints;
  await signIn(page, fake.origin, `/app/settings/webhooks/${first.id}`);
  await button('Replace secret').click();
  await page.getByLabel('The old secret').selectOption({ label: 'goes on signing for 1 hour' });
  await show(page, 'webhook-rotate');
  await dialog('Replace the secret?').getByRole('button', { name: 'Replace secret' }).click();
  await page.locator('#webhook-secret', { hasText: 'YmFy' }).waitFor();
  await button('I saved it').click();
  await page.getByText('the old secret ends').waitFor();
  await button('Edit').click();
  const form = dialog('Edit the webhook');
  assert.equal(await form.getByLabel('Address').inputValue(), first.url);
  await form.getByLabel('What it is for').fill('The calendar');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The webhook is saved.').waitFor();
  await page.getByText('The calendar').waitFor();
  await button('Switch off').click();
  await page.getByText('Switched off', { exact: true }).waitFor();
  assert.equal(await button('Send a test').count(), 0);
  await button('Switch on').click();
  await button('Send a test').waitFor();
  await button('Delete').click();
  await dialog('Delete this webhook?').getByRole('button', { name: 'Delete webhook' }).click();
  await at('/app/settings/webhooks');
  await page.getByText('https://crm.example/in/larkspur').waitFor();
  assert.ok(!webhooks.endpoints.includes(first));
});

test('without webhooks it says what they are for; what cannot be loaded comes with a retry; editors see none', async () => {
  webhooks.endpoints.length = 0;
  await signIn(page, fake.origin, '/app/settings/webhooks');
  await page.getByText('No webhook yet').waitFor();
  await show(page, 'webhooks-empty');
  fake.world.broken = '/webhooks';
  await page.reload();
  await page.getByText('The store does not answer').waitFor();
  await show(page, 'webhooks-failed');
  fake.world.broken = '';
  await button('Try again').click();
  await page.getByText('No webhook yet').waitFor();
  await page.setViewportSize({ width: 360, height: 740 });
  await page.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'));
  await fits(page, 'webhooks at 360 px, right to left');
  fake.world.account.me.workspace.role = 'editor';
  await page.reload();
  await page.getByText('Not for your role').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Webhooks' }).count(), 0);
});
