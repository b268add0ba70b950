// Integrations in the settings, in Chromium against the fake.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { fits, show, signIn } from './browser.mjs';
import { button, dialog, fake, heading, page, stage } from './stage.mjs';

const HERE = '/app/settings/integrations';
let integrations;

stage();
beforeEach(() => {
  integrations = fake.world.integrations;
});

const card = (name) => page.getByRole('region', { name, exact: true });

test('every service has a card with what is connected and how it does', async () => {
  await signIn(page, fake.origin, HERE);
  await heading('Settings');
  await card('Slack').getByText('Failing', { exact: true }).waitFor();
  await card('Slack').getByText('no_service: the webhook was removed there').waitFor();
  await card('HubSpot').getByText('Connected', { exact: true }).waitFor();
  await card('E-mail').getByText('Not connected.').waitFor();
  assert.equal(await card('Your own server').getByRole('link', { name: 'Webhooks' }).getAttribute('href'), '/app/settings/webhooks');
  await show(page, 'integrations');
  await page.setViewportSize({ width: 390, height: 844 });
  await fits(page);
});

test('Slack is repaired with a new webhook, tried, and disconnected after a question', async () => {
  await signIn(page, fake.origin, HERE);
  const slack = card('Slack');
  await slack.getByRole('button', { name: 'Edit' }).click();
  const form = dialog('Edit Slack');
  await form.getByLabel('Webhook address').fill('https://evil.example/x');
  await page.keyboard.press('Enter');
  await page.locator('#slack-secret-problem', { hasText: 'no incoming webhook' }).waitFor();
  await form.getByLabel('Webhook address').fill('https://hooks.slack.com/services/T0/B0/xyz');
  await form.getByRole('checkbox', { name: 'A member has taken over.' }).uncheck();
  await show(page, 'integration-slack');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Slack is saved.').waitFor();
  await slack.getByText('Connected', { exact: true }).waitFor();
  assert.deepEqual(integrations.all[0].events, ['lead.captured', 'conversation.escalated']);
  await slack.getByRole('button', { name: 'Test' }).click();
  await page.getByText('Slack answers.').waitFor();
  await slack.getByRole('button', { name: 'Switch off' }).click();
  await slack.getByText('Switched off', { exact: true }).waitFor();
  await slack.getByRole('button', { name: 'Disconnect' }).click();
  const question = dialog('Disconnect Slack?');
  await question.getByText('This cannot be undone').waitFor();
  await question.getByRole('button', { name: 'Keep it' }).click();
  await slack.getByRole('button', { name: 'Disconnect' }).click();
  await question.getByRole('button', { name: 'Disconnect' }).click();
  await page.getByText('Slack is disconnected.').waitFor();
  await slack.getByText('Not connected.').waitFor();
  assert.deepEqual(integrations.all.map(({ kind }) => kind), ['hubspot']);
});

test('HubSpot is connected there, and its fields are mapped', async () => {
  await signIn(page, fake.origin, HERE);
  const hubspot = card('HubSpot');
  await hubspot.getByRole('button', { name: 'Edit' }).click();
  const form = dialog('Edit HubSpot');
  const [first, second] = [form.locator('.mapping-line').nth(0), form.locator('.mapping-line').nth(1)];
  assert.equal(await first.getByLabel('Property of the contact').inputValue(), 'firstname');
  assert.equal(await second.getByLabel("Key of the form's field").inputValue(), 'topic');
  await second.getByLabel("Key of the form's field").fill('budget');
  await form.getByRole('button', { name: 'Add field' }).click();
  const third = form.locator('.mapping-line').nth(2);
  await third.getByLabel('Field of the lead').selectOption({ label: 'Last name' });
  await third.getByLabel('Property of the contact').selectOption({ label: 'Last Name' });
  await first.getByRole('button', { name: 'Remove this field' }).click();
  await form.getByLabel('Owner in HubSpot').selectOption({ label: 'Ada Lovelace' });
  await show(page, 'integration-hubspot');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByText('HubSpot is saved.').waitFor();
  assert.deepEqual(integrations.all[1].settings, { mapping: [{ from: 'answer:budget', to: 'message' }, { from: 'last_name', to: 'lastname' }], owner: '41000' });
  await button('Connect HubSpot').click();
  await page.getByText('HubSpot is connected.').waitFor();
});

test('leads are routed by mail, and to members in turn', async () => {
  await signIn(page, fake.origin, HERE);
  await button('Connect E-mail').click();
  const form = dialog('Connect E-mail');
  await form.getByRole('button', { name: 'Connect' }).click();
  await page.locator('#email-recipients-problem', { hasText: 'members who take turns' }).waitFor();
  await form.getByLabel('Tell of every lead').fill('sales@larkspur.example, desk@larkspur.example');
  const members = form.locator('.turn');
  await members.nth(0).getByRole('checkbox').first().check();
  await members.nth(1).getByRole('checkbox').first().check();
  await members.nth(1).getByRole('checkbox', { name: /is away$/ }).check();
  await show(page, 'integration-email');
  await form.getByRole('button', { name: 'Connect' }).click();
  await page.getByText('E-mail is connected.').waitFor();
  await card('E-mail').getByText('2 addresses, 2 members in turn').waitFor();
  const { settings } = integrations.all.at(-1);
  assert.deepEqual([settings.recipients, settings.members.length, settings.away.length], [['sales@larkspur.example', 'desk@larkspur.example'], 2, 1]);
});

test('an installation without HubSpot says so', async () => {
  integrations.hubspot = false;
  await signIn(page, fake.origin, HERE);
  await card('HubSpot').getByText('not registered with HubSpot').waitFor();
});

test('a shop is connected by its token; a database is asked by a statement that is written here', async () => {
  await signIn(page, fake.origin, HERE);
  await button('Connect Shopify').click();
  const form = dialog('Connect Shopify');
  await form.getByRole('button', { name: 'Connect' }).click();
  await page.locator('#live-shop-problem', { hasText: 'Enter the shop' }).waitFor();
  await form.getByLabel('Shop', { exact: true }).fill('larkspur.myshopify.com');
  await form.getByLabel('Admin API access token', { exact: true }).fill('something-else');
  await page.keyboard.press('Enter');
  await form.getByText('does not accept the access token').waitFor();
  await show(page, 'integration-shopify');
  await form.getByLabel('Admin API access token', { exact: true }).fill('shpat_0123456789abcdef');
  await form.getByRole('button', { name: 'Connect' }).click();
  await page.getByText('Shopify is connected.').waitFor();
  await card('Shopify').getByText('larkspur.myshopify.com').waitFor();
  assert.equal(await card('Shopify').getByRole('link', { name: 'Tools' }).getAttribute('href'), '/app/tools');
  assert.equal(await card('Shopify').getByRole('button', { name: 'Switch off' }).count(), 0, 'its tools have switches');
  await card('Shopify').getByRole('button', { name: 'Disconnect' }).click();
  await dialog('Disconnect Shopify?').getByText('the tools it answers are deleted').waitFor();
  await page.keyboard.press('Escape');

  await button('Connect PostgreSQL').click();
  await dialog('Connect PostgreSQL').getByLabel('Connection string', { exact: true }).fill('postgres://reader:secret@db.larkspur.example/clinic');
  await page.keyboard.press('Enter');
  await card('PostgreSQL').getByText('db.larkspur.example/clinic').waitFor();
  await card('PostgreSQL').getByRole('link', { name: 'Add a statement' }).click();
  await heading('Add a tool');
  assert.equal(await page.getByLabel('Address', { exact: true }).count() + await page.getByLabel('Authentication').count(), 0);
  await page.getByLabel('Name for models').fill('next_visit');
  await page.getByLabel('What it does, and when to use it').fill('Says when a pet comes next.');
  await page.getByLabel('Arguments').fill('pet text: The name of the pet\nsince? money: From when');
  await page.getByLabel('Statement (SQL)').fill('SELECT day FROM visits WHERE pet = $1');
  await button('Save tool').click();
  await page.locator('[id="tool-content.live.parameters-problem"]', { hasText: 'since? money' }).waitFor();
  await page.getByLabel('Arguments').fill('pet text: The name of the pet\nsince? date: From when');
  await button('Save tool').click();
  await page.locator('[id="tool-content.live.statement-problem"]', { hasText: 'does not use $2' }).waitFor();
  await page.getByLabel('Statement (SQL)').fill('SELECT day FROM visits WHERE pet = $1 AND day >= coalesce($2, current_date)');
  await show(page, 'tool-statement');
  await page.setViewportSize({ width: 390, height: 844 });
  await fits(page);
  await button('Save tool').click();
  await page.getByText('next_visit is saved.').waitFor();
  const { content, auth } = fake.world.tools.written.at(-1);
  assert.deepEqual([content.live.integration_id, content.live.operation, content.cache_seconds, auth], [integrations.all.at(-1).id, 'query', 60, undefined]);
  assert.deepEqual(content.live.parameters, [{ name: 'pet', kind: 'text', description: 'The name of the pet', required: true }, { name: 'since', kind: 'date', description: 'From when', required: false }]);
});
