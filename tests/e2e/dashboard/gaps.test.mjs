// Gaps, holidays and the rules of handing over, in Chromium against the fake.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { show, signIn } from './browser.mjs';
import { button, dialog, fake, heading, page, stage, until } from './stage.mjs';

stage();

test('a gap is answered from the page and leaves the list, and is taken back', async () => {
  await signIn(page, fake.origin, '/app/gaps');
  await heading('Gaps');
  await page.getByText('93 times').waitFor();
  await page.getByText('How it was asked').first().click();
  await page.getByRole('link', { name: 'Can I bring my ferret?' }).waitFor();
  await show(page, 'gaps');
  await button('Answer: Do you treat ferrets?').click();
  const form = dialog('Answer this gap');
  await form.getByRole('button', { name: 'Save the answer' }).click();
  await form.getByText('Write the answer.').waitFor();
  assert.match(await form.getByLabel('Ways to ask for it').inputValue(), /^Do you treat ferrets\?\ndo you look after ferrets\n/);
  await form.getByLabel('Answer', { exact: true }).fill('Yes, on Tuesdays.');
  await show(page, 'gap-answer');
  await form.getByRole('button', { name: 'Save the answer' }).click();
  await page.getByText('Answered. The agent knows it in a moment.').waitFor();
  await page.getByText('93 times').waitFor({ state: 'detached' });
  const [gap] = fake.world.gaps.gaps;
  assert.deepEqual([gap.status, gap.content.answer], ['answered', 'Yes, on Tuesdays.']);
  await page.getByRole('button', { name: 'Answered 1' }).waitFor();
  await button('Undo').click();
  await page.getByText('93 times').waitFor();
  assert.equal(gap.status, 'open');
});

test('what is not worth an answer is ignored; a list without gaps says so', async () => {
  fake.world.gaps.gaps.splice(1);
  await signIn(page, fake.origin, '/app/gaps');
  await button('Ignore: Do you treat ferrets?').click();
  await page.getByRole('heading', { name: 'No open gap' }).waitFor();
  await show(page, 'gaps-none');
  await page.getByRole('button', { name: 'Ignored 1' }).click();
  await button('Open again: Do you treat ferrets?').click();
  await page.getByRole('heading', { name: 'No gap is ignored' }).waitFor();
  assert.equal(fake.world.gaps.gaps[0].status, 'open');
  fake.world.account.me.workspace.role = 'viewer';
  await page.reload();
  await page.getByText('93 times').waitFor();
  assert.equal(await button('Answer: Do you treat ferrets?').count(), 0);
});

test('holidays are added, corrected at their field and saved', async () => {
  await signIn(page, fake.origin, '/app/settings');
  await button('Add a holiday').click();
  await page.getByLabel('Holiday 1: name').fill('Christmas');
  await button('Save business').click();
  await page.getByText('Choose a day, as in 2026-12-25.').waitFor();
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'Holiday 1: date');
  await page.getByLabel('Holiday 1: date').fill('2026-12-25');
  await page.getByLabel('Every year').check();
  await button('Add a holiday').click();
  await page.getByLabel('Holiday 2: date').fill('2026-12-24');
  await page.getByLabel('Holiday 2: opening').selectOption('Open at');
  await page.getByLabel('Holiday 2: open from').fill('13:00');
  await button('Save business').click();
  await page.getByText('The end comes before the beginning.').waitFor();
  await show(page, 'settings-holidays');
  await page.getByLabel('Holiday 2: open to').fill('15:00');
  await button('Save business').click();
  await page.getByText('The business profile is saved.').waitFor();
  assert.deepEqual(fake.world.team.settings.profile.hours.holidays, [
    { date: '2026-12-25', name: 'Christmas', yearly: true },
    { date: '2026-12-24', name: '', yearly: false, open: { from: 780, to: 900 } },
  ]);
});

test('a rule of handing over begins from a template, is told what it lacks, and is saved', async () => {
  await signIn(page, fake.origin, '/app/agent');
  const rules = page.locator('#handover');
  const saved = () => JSON.stringify(fake.world.desk.saves).includes('burst pipe');
  await rules.getByRole('button', { name: 'Emergency' }).click();
  await until('the template to be saved', saved);
  await rules.getByRole('button', { name: 'Add rule' }).click();
  await rules.getByLabel('Tell the owners by mail').nth(1).check();
  await rules.getByText('Say which words this rule is about.').waitFor();
  await rules.scrollIntoViewIfNeeded();
  await show(page, 'agent-handover');
  await rules.getByLabel('Words and phrases, one a line').nth(1).fill('wholesale\nbulk order');
  await until('the rule to be saved', () => JSON.stringify(fake.world.desk.saves).includes('bulk order'));
});
