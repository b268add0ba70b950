// Tools, their calls, tools of an agent, and approvals, in Chromium against the fake.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { show, signIn } from './browser.mjs';
import { id } from './data.mjs';
import { at, button, dialog, fake, heading, page, stage, until } from './stage.mjs';

let own;

stage();
beforeEach(() => {
  own = fake.world.tools;
});

const as = (role) => {
  fake.world.account.me.workspace.role = role;
};
const card = (name) => page.getByRole('region', { name });

test('tools are listed with where they lead and how they do, and are switched off', async () => {
  await signIn(page, fake.origin, '/app/tools');
  await heading('Tools');
  await page.getByText('100% of 41 calls').waitFor();
  await page.getByText('95% of 240 calls').waitFor();
  await page.getByText('POST flows.larkspurvets.example', { exact: true }).first().waitFor();
  assert.equal(await page.getByText('/webhook').count(), 0, 'the host alone');
  await show(page, 'tools');
  const on = page.getByRole('switch', { name: 'Vaccinations: agents may call it' });
  await on.focus();
  await page.keyboard.press('Space');
  await page.getByText('Vaccinations is switched off.').waitFor();
  assert.deepEqual([own.written.at(-1).content.enabled, own.written.at(-1).auth], [false, undefined]);
  fake.world.broken = '/v1/tools';
  await page.getByRole('switch', { name: 'order_food: agents may call it' }).click();
  await page.getByText('The store does not answer').waitFor();
  assert.equal(await page.getByRole('switch', { name: 'order_food: agents may call it' }).getAttribute('aria-checked'), 'false', 'what is in force is shown');
});

test('loading, an error with a way out, and nothing yet', async () => {
  own.tools = [];
  await signIn(page, fake.origin, '/app/');
  fake.world.broken = '/v1/tools';
  await page.goto(`${fake.origin}/app/tools`);
  // The tools and the catalogue, each with its own.
  await button('Try again').nth(1).waitFor();
  await show(page, 'tools-error');
  fake.world.broken = '';
  await button('Try again').first().click();
  await page.getByText('No tool yet').waitFor();
  own.catalogue = [];
  await card('From the catalogue').getByRole('button', { name: 'Try again' }).click();
  await page.getByText('offers no tool').waitFor();
  await show(page, 'tools-empty');
});

test('a tool is added; what is wrong stands at its field; the secret is never shown again', async () => {
  await signIn(page, fake.origin, '/app/tools');
  await page.getByRole('link', { name: 'Add tool' }).click();
  await heading('Add a tool');
  await page.getByText('Models fill these in:').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Opening hours');
  await page.getByLabel('Name for models').fill('opening hours');
  await button('Save tool').click();
  await page.locator('[id="tool-content.name-problem"]', { hasText: 'A name has 1 to 64' }).waitFor();
  await page.getByLabel('Name for models').fill('book_visit');
  await page.getByLabel('What it does, and when to use it').fill('Says when we are open.');
  await page.getByLabel('Address', { exact: true }).fill('https://flows.larkspurvets.example/webhook/hours');
  await page.getByLabel('Other headers').fill('X-Shop: 12\nAuthorization: Bearer x');
  await button('Save tool').click();
  await page.locator('[id="tool-content.headers-problem"]', { hasText: 'Line 2: This header is a secret' }).waitFor();
  await page.getByLabel('Other headers').fill('X-Shop: 12');
  const schema = page.getByLabel('Arguments (JSON Schema)');
  await schema.fill('{ "type": ');
  await page.getByText('This is not JSON: line 1').first().waitFor();
  await show(page, 'tool-new');
  await schema.fill('{ "type": "object", "required": ["day"], "properties": { "day": { "enum": ["Monday", "Sunday"] }, "week": { "type": "integer" } } }');
  await page.getByText('one of Monday, Sunday, required').waitFor();
  await page.getByLabel('Authentication').selectOption('bearer');
  await button('Save tool').click();
  await page.locator('[id="tool-auth.token-problem"]', { hasText: 'Fill this in.' }).waitFor();
  await page.getByLabel('Token', { exact: true }).fill('a-long-secret-12');
  await button('Save tool').click();
  await page.locator('[id="tool-content.name-problem"]', { hasText: 'Another tool has this name' }).waitFor();
  await page.getByLabel('Name for models').fill('opening_hours');
  await page.getByRole('radio', { name: /^Looks up/ }).check();
  await page.keyboard.press('Enter');
  await page.getByText('Opening hours is saved.').waitFor();
  await heading('Opening hours');
  const { content, auth } = own.written.at(-1);
  assert.deepEqual([content.name, content.effect, content.headers, content.timeout_ms, auth], ['opening_hours', 'reads', [{ name: 'X-Shop', value: '12' }], 10_000, { kind: 'bearer', token: 'a-long-secret-12' }]);
  await page.getByLabel('Authentication').waitFor();
  assert.match(await page.getByLabel('Authentication').locator('option').first().textContent(), /As it is: bearer token/);
  assert.ok(!(await page.content()).includes('a-long-secret-12'));
  await page.getByLabel('Longest time, in seconds').fill('20');
  await button('Save tool').click();
  await page.waitForFunction(() => document.querySelector('.notice')?.textContent.includes('saved'));
  await until('the longer time to be written', () => own.written.at(-1).content.timeout_ms === 20_000);
  assert.deepEqual([own.written.at(-1).content.timeout_ms, own.written.at(-1).auth], [20_000, undefined]);
});

test('a tool of the catalogue is enabled with an address; its definition is there to be read', async () => {
  await signIn(page, fake.origin, '/app/tools');
  const catalogue = card('From the catalogue');
  await catalogue.getByText('Order status: the webhook answers').waitFor();
  await catalogue.getByText('Enabled', { exact: true }).waitFor();
  assert.equal(await catalogue.getByRole('link', { name: 'Open Book a visit' }).getAttribute('href'), `/app/tools/${id('tol', 2)}`);
  assert.equal(await button('Enable Book a visit').count(), 0);
  await catalogue.scrollIntoViewIfNeeded();
  await show(page, 'tools-catalogue');
  await button('Enable Order status').click();
  const asked = dialog('Enable Order status');
  const address = asked.getByLabel('Address');
  await address.waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'enable-url');
  await page.keyboard.press('Enter');
  await page.locator('[id="enable-url-problem"]', { hasText: 'Enter the address' }).waitFor();
  await address.fill('https://10.0.0.1/orders');
  await asked.getByLabel('Authentication').selectOption('bearer');
  await asked.getByLabel('Token', { exact: true }).fill('a-long-secret-12');
  await asked.getByLabel(/^Always ask a member first/).check();
  await asked.getByRole('button', { name: 'Enable', exact: true }).click();
  await page.locator('[id="enable-url-problem"]', { hasText: 'This address is private' }).waitFor();
  await show(page, 'tools-enable');
  await address.fill('https://flows.larkspurvets.example/webhook/orders');
  await asked.getByRole('button', { name: 'Enable', exact: true }).click();
  await page.getByText('Order status is enabled.').waitFor();
  await heading('Order status');
  assert.deepEqual(own.enabled, [{ entry: 'order_status', url: 'https://flows.larkspurvets.example/webhook/orders', headers: [], auth: { kind: 'bearer', token: 'a-long-secret-12' }, needs_approval: true }]);

  await page.getByText('the operator of this installation defines this tool').waitFor();
  for (const label of ['Name', 'Name for models', 'What it does, and when to use it', 'Arguments (JSON Schema)']) {
    assert.notEqual(await page.getByLabel(label, { exact: true }).getAttribute('readonly'), null, label);
  }
  for (const locked of [page.getByLabel('Method'), page.getByRole('radio', { name: /^Looks up/ }), page.getByLabel(/^Calling it twice/)]) assert.ok(await locked.isDisabled());
  await show(page, 'tool-of-the-catalogue');
  await page.getByLabel('Address', { exact: true }).fill('https://flows.larkspurvets.example/webhook/parcels');
  await page.getByLabel(/^Always ask a member first/).uncheck();
  await button('Save tool').click();
  await page.getByText('Order status is saved.').waitFor();
  const { content } = own.written.at(-1);
  assert.deepEqual([content.url, content.needs_approval, content.schema], ['https://flows.larkspurvets.example/webhook/parcels', false, own.catalogue[1].content.schema]);
});

test('a tool is tried with arguments from its schema; its calls are paged and narrowed', async () => {
  await signIn(page, fake.origin, `/app/tools/${id('tol', 1)}`);
  await heading('Vaccinations');
  await page.getByText('7 days: 100% of 41 calls.').waitFor();
  await card('Calls').getByText('HTTP 200').first().waitFor();
  await button('Call it').click();
  await card('Try it').getByText("missing properties 'pet'").waitFor();
  await page.getByLabel('pet').fill('Biscuit');
  await page.keyboard.press('Enter');
  await card('Try it').getByText('"Rabies"').waitFor();
  assert.deepEqual(own.tries, [{}, { pet: 'Biscuit' }]);
  await show(page, 'tool');
  await page.getByLabel('Which calls').selectOption('failed');
  await card('Calls').getByText('HTTP 503').first().waitFor();
  await card('Calls').getByText('HTTP 200').first().waitFor({ state: 'detached' });
  await card('Calls').locator('summary').first().click();
  await card('Calls').getByText('Called 3 times.').first().waitFor();
  await page.getByLabel('Which calls').selectOption('');
  await button('Load more').click();
  await page.waitForFunction(() => document.querySelectorAll('.tool-call').length === 20);
});

test('deleting asks first', async () => {
  await signIn(page, fake.origin, `/app/tools/${id('tol', 2)}`);
  await button('Delete tool').click();
  const asked = dialog('Delete Book a visit?');
  await asked.waitFor();
  await show(page, 'tool-delete');
  await page.keyboard.press('Escape');
  assert.equal(own.tools.length, 3);
  await button('Delete tool').click();
  await asked.getByRole('button', { name: 'Delete tool' }).click();
  await page.getByText('Book a visit is deleted.').waitFor();
  await at('/app/tools');
  assert.equal(own.tools.length, 2);
});

test('a viewer sees tools and approvals and changes nothing', async () => {
  as('viewer');
  await signIn(page, fake.origin, '/app/tools');
  await page.getByText('Vaccinations').first().waitFor();
  await page.getByRole('link', { name: 'Open Book a visit' }).waitFor();
  for (const found of [page.getByRole('link', { name: 'Add tool' }), button('Enable Order status')]) assert.equal(await found.count(), 0);
  assert.ok(await page.getByRole('switch').first().isDisabled());
  await page.goto(`${fake.origin}/app/tools/${id('tol', 1)}`);
  await card('Calls').getByText('HTTP 200').first().waitFor();
  for (const name of ['Save tool', 'Delete tool', 'Call it']) assert.equal(await button(name).count(), 0, name);
  assert.ok(await page.getByLabel('Address', { exact: true }).getAttribute('readonly') !== null);
  await page.goto(`${fake.origin}/app/approvals`);
  await page.getByText('Book a visit').first().waitFor();
  assert.equal(await button('Approve and call').count(), 0);
});

test('an agent is given tools and a level, which its draft keeps', async () => {
  await signIn(page, fake.origin, '/app/agent');
  await page.getByLabel('Vaccinations (looks up)').check();
  await page.getByLabel('Book a visit (always asks)').check();
  await page.getByRole('radio', { name: 'Look things up' }).check();
  await page.locator('#tools').scrollIntoViewIfNeeded();
  await show(page, 'agent-tools');
  const saved = () => fake.world.desk.saves.at(-1);
  await until('the level to be saved', () => saved()?.autonomy === 'reading_only' && saved().tools.length === 2);
  assert.deepEqual([saved().tools, saved().autonomy], [[id('tol', 1), id('tol', 2)], 'reading_only']);
});

test('an agent without tools leads to them', async () => {
  own.tools = [];
  await signIn(page, fake.origin, '/app/agent');
  await page.getByRole('link', { name: 'Go to Tools' }).click();
  await at('/app/tools');
});

test('what waits is counted, shown exactly, approved and declined', async () => {
  await signIn(page, fake.origin, '/app/');
  const link = page.getByRole('link', { name: /^Approvals/ }).first();
  await page.getByRole('link', { name: 'Approvals 2 waiting' }).first().waitFor();
  await link.click();
  await heading('Approvals');
  await page.getByText('POST https://flows.larkspurvets.example/webhook/book_visit').waitFor();
  await page.getByText('"pet": "Biscuit"').waitFor();
  await page.getByText('GET https://flows.larkspurvets.example/webhook/order_food?kind=dry').waitFor();
  await show(page, 'approvals');
  await button('Decline').last().click();
  await page.getByLabel(/^Why\?/).fill('We are out of it.');
  await page.keyboard.press('Enter');
  await page.getByText('Declined; the visitor is told.').waitFor();
  assert.deepEqual([own.approvals[1].state, own.approvals[1].reason], ['declined', 'We are out of it.']);
  own.approvals[0].state = 'approved';
  await button('Approve and call').click();
  await page.getByText('has agreed to this call already').waitFor();
  own.approvals[0].state = 'waiting';
  await button('Approve and call').click();
  await page.getByText('Approved and done; the visitor is told.').waitFor();
  await page.getByText('Nothing waits for you').waitFor();
  await show(page, 'approvals-empty');
  await page.getByLabel('Which approvals').selectOption('declined');
  await page.getByText('Declined by Imke Adeyemi: That day is full.').waitFor();
});

test('what waits is decided on the page of its conversation, too', async () => {
  await signIn(page, fake.origin, `/app/conversations/${id('cnv', 1)}`);
  const here = page.getByRole('region', { name: 'Waiting for your approval' });
  await here.getByText('Book a visit').waitFor();
  await here.scrollIntoViewIfNeeded();
  await show(page, 'approval-conversation');
  await here.getByRole('button', { name: 'Approve and call' }).click();
  await here.waitFor({ state: 'detached' });
  assert.equal(own.approvals[0].state, 'finished');
});
