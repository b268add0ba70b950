// Rules, calls to action and experiments: read as sentences, written, ordered, tried; at every width, light and dark.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { accessible, show, signIn } from './browser.mjs';
import { button, context, dialog, fake, heading, page, stage } from './stage.mjs';

stage();

const open = async (path, name) => {
  await signIn(page, fake.origin, path);
  await heading(name);
};
const rows = (name) => page.getByRole('list', { name }).getByRole('listitem');
const RULES = 'Rules, the most important first';
const names = (name) => rows(name).locator('strong').allTextContents();
const text = (label) => page.getByRole('dialog').getByLabel(label, { exact: true });
const said = (words) => page.getByText(words).first().waitFor();

describe('rules', () => {
  test('read as sentences with what became of them', async () => {
    await open('/app/rules', 'Rules');
    await said('When a visitor has been idle for 20 s on pages matching /prices*, open with “Questions about prices?”.');
    await said('Fired 41 times for 38 visitors in 30 days');
    await said('When a visitor is about to leave on pages matching /book, show “Book a visit”.');
    await said('from 2026-11-27 · Mon–Fri 09:00–17:00');
    assert.equal(await page.getByRole('switch', { name: 'Use “Comes back”' }).getAttribute('aria-checked'), 'false');
    await show(page, 'rules');
  });

  test('are put in order by keyboard and by dragging, and stay so', async () => {
    await open('/app/rules', 'Rules');
    await button('Move “Hesitates on prices” down').focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.id.startsWith('down-rul_'));
    assert.deepEqual(await names(RULES), ['Leaves the booking page', 'Hesitates on prices', 'Comes back']);
    await rows(RULES).nth(2).locator('.drag-handle').dragTo(rows(RULES).nth(0));
    await page.waitForFunction(() => document.querySelector('.curated-row strong').textContent === 'Comes back');
    await page.reload();
    await heading('Rules');
    await rows(RULES).first().waitFor();
    assert.deepEqual(await names(RULES), ['Comes back', 'Leaves the booking page', 'Hesitates on prices']);
  });

  test('are written, refused at the field that is wrong, switched and deleted', async () => {
    await open('/app/rules', 'Rules');
    await button('Add rule').click();
    await text('Name').fill('Long reads');
    await text('When a visitor …').selectOption({ label: 'They have seen … of the page' });
    await text('Per cent of the page').fill('70');
    await text('On these pages').fill('blog');
    await text('Message').fill('Shall I sum it up?');
    await button('Save').click();
    await said('“blog” does not begin with / or *.');
    assert.equal(await text('On these pages').getAttribute('aria-invalid'), 'true');
    await accessible(page, 'a refused rule');
    await text('On these pages').fill('/blog/*');
    await text('Only at certain hours, in the workspace\'s time zone').check();
    await show(page, 'rule-form');
    await button('Save').click();
    await said('When a visitor has seen 70 % of the page on pages matching /blog/*, open with “Shall I sum it up?”.');
    await said('Mon–Fri 09:00–17:00 · Has not fired in 30 days');
    await page.getByRole('switch', { name: 'Use “Long reads”' }).click();
    await page.waitForFunction(() => document.querySelector('[aria-label="Use “Long reads”"]').getAttribute('aria-checked') === 'false');
    await button('Edit “Long reads”').click();
    assert.deepEqual([await text('Per cent of the page').inputValue(), await text('Only at certain hours, in the workspace\'s time zone').isChecked()], ['70', true]);
    await page.keyboard.press('Escape');
    await button('Delete “Long reads”').click();
    await dialog('Delete “Long reads”?').waitFor();
    await button('Delete rule').click();
    await button('Edit “Long reads”').waitFor({ state: 'detached' });
    assert.equal(fake.world.rules.rules.length, 3);
  });

  test('are tried on a page', async () => {
    await open('/app/rules', 'Rules');
    await page.getByLabel('Address of the page').fill('/prices');
    await button('Try').click();
    await said('Give the whole address of a page');
    await page.getByLabel('Address of the page').fill('https://www.larkspurvets.example/prices/cats');
    await page.getByLabel('Question (optional)').fill('Do I need an appointment?');
    await button('Try').click();
    const card = page.getByRole('region', { name: 'Call to action' });
    await card.getByText('Book a visit').waitFor();
    assert.equal(await page.locator('.trial-reply .trial-hit > ol > li').count(), 1);
    await accessible(page, 'a tried page');
    // One that asks for an address says what it asks.
    fake.world.rules.ctas[1].content.words = ['tips'];
    await page.getByLabel('Question (optional)').fill('Have you tips?');
    await button('Try').click();
    await card.getByText('Get our tips by mail').waitFor();
    assert.deepEqual(await card.getByRole('listitem').allInnerTexts(), ['Your name *', 'E-mail']);
    await card.getByText('You may write to me about my animal.').waitFor();
    await show(page, 'rules-trial');
  });

  test('are loading, none yet, or not there', async () => {
    fake.world.broken = '/rules';
    await signIn(page, fake.origin, '/app/rules');
    await said('The store does not answer.');
    await accessible(page, 'rules that could not be loaded');
    fake.world.broken = '';
    fake.world.rules.rules = [];
    await button('Try again').click();
    await said('No rule yet');
    await show(page, 'rules-none');
  });
});

describe('calls to action', () => {
  test('are listed, written, and kept while a rule shows them', async () => {
    await open('/app/rules/ctas', 'Calls to action');
    await said('After an answer to a question with “appointment” or “visit”, show “Book a visit”.');
    await said('Book an appointment · Shown 120, followed 18 in 30 days (15 %)');
    await show(page, 'ctas');
    await button('Delete “Booking”').click();
    await button('Delete call to action').click();
    await said('The rule “Leaves the booking page” shows this call to action.');
    await button('Keep it').click();
    await button('Add call to action').click();
    await text('Name').fill('Shop');
    await text('On the button').fill('Visit the shop');
    await text('What it does').selectOption({ label: 'Open a page' });
    await text('Where it leads').fill('http://shop.example');
    await button('Save').click();
    await said('Give the whole address it leads to');
    await text('Where it leads').fill('https://shop.example/');
    await button('Save').click();
    await said('After an answer, show “Visit the shop”.');
    assert.equal(fake.world.rules.ctas.at(-1).content.kind, 'link');
  });
});

describe('experiments', () => {
  test('show their figures with intervals, are stopped, and the winner is kept', async () => {
    await open('/app/rules/experiments', 'Experiments');
    const row = page.getByRole('row', { name: /^Warm/ });
    assert.match((await row.textContent()).replace(/\s+/g, ' '), /Earns more.*405.*61.*15 %.*12 % to 19 %/);
    await show(page, 'experiments');
    await button('Stop').click();
    await button('Keep “Warm”').click();
    await dialog('Keep “Warm”?').waitFor();
    await accessible(page, 'keeping a variant');
    await button('Keep it').click();
    await said('“Warm” was kept.');
    assert.equal(fake.world.rules.experiments[0].applied, fake.world.rules.experiments[0].variants[1].id);
  });

  test('are written with a variant of each kind, and started unless another one of the kind runs', async () => {
    await open('/app/rules/experiments', 'Experiments');
    await button('Add experiment').click();
    await button('Save').click();
    await said('Give it a name of 1 to 80 characters.');
    await text('Name').first().fill('Another welcome');
    await text('Welcome').fill('Hello there!');
    await show(page, 'experiment-form');
    await button('Save').click();
    await said('Not started yet.');
    await button('Start').click();
    await said('“Warmer welcome” is running and changes the same kind of thing');
    await button('Edit').click();
    await text('What the variants differ in').selectOption({ label: 'Rule' });
    await text('Wait until they are about to leave').check();
    await button('Save').click();
    await page.getByText('Rule · Followed').waitFor();
    await button('Start').click();
    await page.getByText('every variant needs 30 visitors').waitFor();
    const [made] = fake.world.rules.experiments;
    assert.deepEqual([made.status, made.variants[1].patch.rules[0].when], ['running', { kind: 'exit_intent' }]);
  });

  test('are only looked at by whoever may not change agents', async () => {
    fake.world.account.me.workspace.role = 'viewer';
    await open('/app/rules/experiments', 'Experiments');
    await page.getByRole('row', { name: /^Warm/ }).waitFor();
    for (const name of ['Add experiment', 'Stop', 'Delete']) assert.equal(await button(name).count(), 0, name);
    await page.getByRole('link', { name: 'Calls to action' }).click();
    await heading('Calls to action');
    await said('Book an appointment');
    for (const name of ['Add call to action', 'Delete “Booking”']) assert.equal(await button(name).count(), 0, name);
    assert.equal(context.pages().length, 1);
  });
});
