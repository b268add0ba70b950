// Operations and incoming events in the settings, in Chromium against the fake.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, test } from 'node:test';
import { fits, show, signIn } from './browser.mjs';
import { button, dialog, fake, heading, page, stage, until, violations } from './stage.mjs';

let operations;

stage();
beforeEach(() => {
  operations = fake.world.operations;
});

const rows = (count) => page.waitForFunction((count) => document.querySelectorAll('#jobs-title')[0] && [...document.querySelectorAll('.job code')].filter((code) => /^(evt|ine|src|trn)_/.test(code.textContent)).length === count, count);

test('health says what answers and what to do about what does not, and is asked again', async () => {
  await signIn(page, fake.origin, '/app/settings/operations');
  await heading('Settings');
  await page.getByText('One thing does not answer as it should.').waitFor();
  await page.getByText('Look at MAIL_PROVIDER').waitFor();
  await rows(20);
  await show(page, 'operations');
  operations.health.at(-1).state = 'ok';
  await button('Check again').click();
  await page.getByText('Everything that is set up answers.').waitFor();
});

test('alerts say how they stand and what to do, and each is fired by hand as a drill', async () => {
  await signIn(page, fake.origin, '/app/settings/operations');
  await page.getByText('One alert is firing.').waitFor();
  const late = page.locator('.job', { hasText: 'Answers begin late' });
  await late.getByText('95 of 100 begin within 2310 ms').waitFor();
  await late.getByText('fires at more than 1500 ms for 5 min').waitFor();
  await late.getByText('Look at which stage takes the time').waitFor();
  await late.getByText('goes on').waitFor();
  await page.locator('.job', { hasText: "A model's provider fails" }).getByText('Nothing to judge').waitFor();
  await page.locator('.job', { hasText: 'Jobs pile up' }).getByText('Above its limit').waitFor();
  await show(page, 'operations-alerts');
  await page.getByRole('button', { name: 'Fire a drill: Questions fail' }).click();
  const asked = dialog('Fire this alert as a drill?');
  await asked.getByText('It says that it is a drill.').waitFor();
  await show(page, 'operations-drill');
  await asked.getByRole('button', { name: 'Cancel' }).click();
  assert.equal(operations.alerts[1].firings.length, 0);
  await page.getByRole('button', { name: 'Fire a drill: Questions fail' }).click();
  await asked.getByRole('button', { name: 'Fire the drill' }).click();
  await page.getByText('The drill is on its way.').waitFor();
  await page.locator('.job', { hasText: 'Questions fail' }).getByText(/^Drill/).waitFor();
  // Workspaces that are not the operator's have none.
  operations.alerts = [];
  await page.reload();
  await rows(20);
  assert.equal(await page.locator('#alerts-title').count(), 0);
});

test('what breaks says by which id it was reported, and nothing that was typed', async () => {
  await signIn(page, fake.origin, '/app/settings/operations');
  await rows(20);
  // The dashboard has no place to be put: a panic of its own.
  await page.addInitScript(() => Object.defineProperty(document, 'body', { get: () => null }));
  await page.goto(`${fake.origin}/app/settings/operations?typed=by-somebody`);
  await page.locator('#crashed').waitFor();
  const id = await page.locator('#report-id').textContent();
  assert.match(id, /^[0-9a-f]{32}$/);
  await until('the report', () => operations.reports.length > 0);
  assert.deepEqual(operations.reports.map((report) => [report.id, Object.keys(report).sort()]), [[id, ['id', 'reason']]]);
  assert.match(operations.reports[0].reason, /\.rs:\d+:\d+$/);
  assert.ok(!JSON.stringify(operations.reports).includes('somebody'));
  // The browser says that it broke: that is what this test is about.
  violations.length = 0;
});

test('jobs are searched, tried again one by one and many at once, and downloaded', async () => {
  await signIn(page, fake.origin, '/app/settings/operations');
  await rows(20);
  await button('Load more').click();
  await rows(26);
  await page.getByLabel('Part').selectOption({ label: 'Incoming events' });
  await rows(2);
  await page.getByLabel('State').selectOption({ label: 'Given up' });
  await rows(1);
  await page.getByText('There is no such lead.').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download log' }).click()]);
  const lines = readFileSync(await download.path(), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual([download.suggestedFilename(), lines.map(({ what }) => what)], ['operations.jsonl', ['lead.note']]);
  await button('Try again').click();
  await page.getByText('1 tried again.').waitFor();
  await page.getByText('Nothing of this kind.').waitFor();
  await show(page, 'operations-none');
  await page.getByLabel('Part').selectOption({ label: 'Deliveries' });
  await rows(20);
  for (const row of [0, 1, 2]) await page.locator('.job input[type=checkbox]').nth(row).check();
  await show(page, 'operations-picked');
  await button('Try 3 again').click();
  await page.getByText('3 tried again.').waitFor();
  await rows(19);
  assert.equal(operations.jobs.filter(({ state }) => state === 'queued').length, 4);
  // A question cannot be asked again by a member.
  await page.getByLabel('Part').selectOption({ label: 'Questions' });
  await rows(1);
  assert.equal(await button('Try again').count(), 0);
  await page.getByLabel('Part').selectOption({ label: 'All' });
  await page.getByLabel('Id', { exact: true }).fill(operations.jobs[5].id.slice(4));
  await page.keyboard.press('Enter');
  await rows(1);
});

test('an endpoint for events of other services is added, its secret shown once and replaced, switched off and deleted', async () => {
  await signIn(page, fake.origin, '/app/settings/incoming');
  await page.getByText('The till').waitFor();
  await show(page, 'incoming');
  await button('Add endpoint').click();
  const form = dialog('Add an endpoint');
  await form.getByRole('button', { name: 'Add endpoint' }).click();
  await page.locator('#incoming-name-problem', { hasText: 'Name who sends' }).waitFor();
  await form.getByLabel('Who sends').fill('The shop');
  await show(page, 'incoming-add');
  await form.getByRole('button', { name: 'Add endpoint' }).click();
  const secret = await page.locator('#webhook-secret').textContent();
  assert.match(secret, /^whsec_/);
  await page.keyboard.press('Escape');
  await button('I saved it').click();
  await page.getByText('The shop').waitFor();
  assert.equal(await page.getByText(secret).count(), 0);
  const row = page.locator('.job', { hasText: 'The shop' });
  await row.getByRole('button', { name: 'Switch off' }).click();
  await row.getByText('Switched off').waitFor();
  await row.getByRole('button', { name: 'Replace secret' }).click();
  await dialog('Replace the secret?').getByRole('button', { name: 'Replace secret' }).click();
  await page.locator('#webhook-secret', { hasText: 'YmFy' }).waitFor();
  await button('I saved it').click();
  await row.getByRole('button', { name: 'Delete' }).click();
  await dialog('Delete this endpoint?').getByRole('button', { name: 'Delete endpoint' }).click();
  await page.getByText('The endpoint is deleted.').waitFor();
  await row.waitFor({ state: 'detached' });
  assert.equal(operations.incoming.length, 1);
});

test('what cannot be loaded comes with a retry; a phone has room for it; editors see neither', async () => {
  fake.world.broken = '/operations/jobs';
  await signIn(page, fake.origin, '/app/settings/operations');
  await page.getByText('The store does not answer').waitFor();
  fake.world.broken = '';
  await button('Try again').click();
  await rows(20);
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, 'operations at 360 px');
  await page.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'));
  await fits(page, 'operations at 360 px, right to left');
  fake.world.account.me.workspace.role = 'editor';
  await page.reload();
  await page.getByText('Not for your role').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Operations' }).count(), 0);
});
