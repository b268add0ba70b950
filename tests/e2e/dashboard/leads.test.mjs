// Leads and people, in Chromium against the fake: the inbox, live, with filters, many at once and undo; one lead with
// notes and a mail; people merged and erased.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { show, signIn } from './browser.mjs';
import { lead } from './fake/leads.mjs';
import { button, dialog, fake, focused, heading, page, stage } from './stage.mjs';

let own;

stage();
beforeEach(() => {
  own = fake.world.leads;
});
const row = (name) => page.getByRole('link', { name: new RegExp(`^${name}`) });

test('the inbox shows what comes in, filtered, and changes many at once with a way back', async () => {
  await signIn(page, fake.origin, '/app/leads');
  await heading('Leads');
  await row('Wanda Kowalczyk').waitFor();
  await page.getByText('Pick a lead').waitFor();
  await show(page, 'leads');
  // Somebody new is there without a reload.
  own.leads.unshift(lead(0, { ...own.contacts[1], name: 'Noor Haddad' }, { created_at: Date.now() }));
  await row('Noor Haddad').waitFor();

  await page.getByText('Filters', { exact: true }).click();
  await page.getByLabel('Status', { exact: true }).selectOption('contacted');
  await row('Wanda Kowalczyk').waitFor({ state: 'detached' });
  await row('Idris Bello').waitFor();
  assert.match(page.url(), /\?status=contacted$/);
  await page.reload();
  await row('Idris Bello').waitFor();
  assert.equal(await page.getByLabel('Status', { exact: true }).inputValue(), 'contacted');
  await page.getByLabel('Score').selectOption('75');
  await page.getByText('No lead fits these filters.').waitFor();
  await page.getByLabel('Score').selectOption('');
  await page.getByLabel('Status', { exact: true }).selectOption('');
  await page.getByLabel('Search leads').fill('rabbit');
  await page.keyboard.press('Enter');
  await row('Wanda Kowalczyk').waitFor();
  assert.match(await page.getByRole('link', { name: 'Export CSV' }).getAttribute('href'), /\/v1\/leads\/export\?q=rabbit&bom=1/);

  await page.getByLabel('Mark Wanda Kowalczyk').check();
  await page.getByLabel('Mark Idris Bello').check();
  await page.getByText('2 leads marked').waitFor();
  await show(page, 'leads-marked');
  await page.getByLabel('Set status').selectOption('won');
  await page.getByText('2 leads set to Won.').waitFor();
  assert.deepEqual(own.leads.filter(({ status }) => status === 'won').map(({ name }) => name), ['Wanda Kowalczyk', 'Idris Bello']);
  await button('Undo').click();
  await page.getByText('2 leads set to Won.').waitFor({ state: 'detached' });
  assert.deepEqual(own.leads.map(({ status }) => status), ['new', 'new', 'contacted', 'new', 'new']);
});

test('a lead is read, noted, given, and mailed from the template', async () => {
  await signIn(page, fake.origin, '/app/leads');
  await row('Wanda Kowalczyk').click();
  await page.getByText('Speaks of buying: “how much”').waitFor();
  await page.getByText('“You may write to me about my animal.”').waitFor();
  await show(page, 'lead');
  await page.getByLabel('Status', { exact: true }).last().selectOption('qualified');
  await page.getByText('The status is Qualified now.').waitFor();
  await page.getByLabel('Owner', { exact: true }).last().selectOption({ label: 'Imke Adeyemi' });
  await page.getByText('Maren Holt made Imke Adeyemi the owner').waitFor();
  await button('Undo').click();
  await page.getByText('Maren Holt took the owner away').waitFor();
  await page.getByLabel('Note for your colleagues').fill('Rings back on Monday');
  await button('Save note').click();
  await page.getByText('Rings back on Monday').waitFor();
  await page.getByText('Write a follow-up mail').click();
  const subject = page.getByLabel('Subject', { exact: true });
  assert.equal(await subject.inputValue(), 'Your question to Larkspur Vets');
  assert.match(await page.getByLabel('Mail', { exact: true }).inputValue(), /^Hello Wanda Kowalczyk,[\s\S]*Maren Holt$/);
  await subject.fill(' ');
  await button('Send').click();
  await page.locator('#lead-mail-subject-problem', { hasText: 'Write a subject' }).waitFor();
  await subject.fill('Your rabbit');
  await button('Send').click();
  await page.getByText('Maren Holt mailed “Your rabbit”').waitFor();
  assert.deepEqual(own.mails.map(({ subject }) => subject), ['Your rabbit']);
  assert.match(own.mails[0].id, /^mail-\d{18}$/);
});

test('what follow-up mails begin from keeps its placeholders, and takes nothing of a person', async () => {
  await signIn(page, fake.origin, '/app/leads');
  await row('Wanda Kowalczyk').click();
  await page.getByText('Change what these mails begin from').click();
  const text = page.getByLabel('Text of every mail');
  const preview = page.getByRole('region', { name: 'Preview' });
  await preview.getByText('Hello Wanda Kowalczyk,').waitFor();
  const before = own.template;
  assert.equal(await text.inputValue(), before.text, 'it is edited as it is kept');
  await text.fill('Dear Wanda,\n\nyours, {member}');
  await button('Save for every mail').click();
  await page.locator('#lead-template-text-problem', { hasText: 'Something of this person stands here' }).waitFor();
  await focused('lead-template-text');
  await show(page, 'lead-template');
  assert.deepEqual(own.template, before);
  await text.fill('Dear {name},\n\nyours, {member}');
  await preview.getByText('Dear Wanda Kowalczyk,').waitFor();
  await button('Save for every mail').click();
  await page.getByText('Follow-up mails begin from these words now.').waitFor();
  assert.deepEqual(own.template, { subject: before.subject, text: 'Dear {name},\n\nyours, {member}' });
  // The next one is written to under their own name.
  await row('Idris Bello').click();
  await page.getByRole('heading', { name: 'Idris Bello', level: 2 }).waitFor();
  await page.getByText('Write a follow-up mail').click();
  const mail = page.getByLabel('Mail', { exact: true });
  await page.waitForFunction((field) => field.value.startsWith('Dear Idris Bello,'), await mail.elementHandle());
  // What was begun stays as it is when the words that mails begin from change.
  await mail.fill('Dear Idris, about Tuesday');
  await page.getByText('Change what these mails begin from').click();
  await text.fill('Good day {name}');
  await button('Save for every mail').click();
  await preview.getByText('Good day Idris Bello').waitFor();
  await page.waitForFunction(() => !document.querySelector('.spinner.on'));
  assert.equal(own.template.text, 'Good day {name}');
  assert.equal(await mail.inputValue(), 'Dear Idris, about Tuesday');
});

test('a change of many leads that fails says so, keeps the marks, and can be made again', async () => {
  await signIn(page, fake.origin, '/app/leads');
  await page.getByLabel('Mark Wanda Kowalczyk').check();
  await page.getByLabel('Mark Idris Bello').check();
  let down = true;
  await page.route('**/v1/leads', (route) => {
    if (!down || route.request().method() !== 'PATCH') return route.fallback();
    return route.fulfill({ status: 503, json: { error: { code: 'unavailable', message: 'The store does not answer. Try again in a minute.' } } });
  });
  await page.getByLabel('Set status').selectOption('won');
  await page.getByRole('alert').getByText('The store does not answer.').waitFor();
  await page.getByText('2 leads marked').waitFor();
  assert.ok(await page.getByLabel('Mark Idris Bello').isChecked());
  await show(page, 'leads-failed');
  down = false;
  // The same once more.
  await page.getByLabel('Set status').selectOption('won');
  await page.getByText('2 leads set to Won.').waitFor();
  assert.equal(await page.getByText('The store does not answer.').count(), 0);
  assert.equal(await page.getByText('2 leads marked').count(), 0);
  assert.equal(own.leads.filter(({ status }) => status === 'won').length, 2);
});

test('people who are one become one, and one who asks for it is erased', async () => {
  await signIn(page, fake.origin, '/app/contacts');
  await heading('People');
  await show(page, 'people');
  await row('Wanda Kowalczyk').click();
  await heading('Wanda Kowalczyk');
  await show(page, 'person');
  await button('Merge with W. Kowalczyk').click();
  const merge = dialog('Merge with W. Kowalczyk?');
  // What changes nothing has the focus.
  await page.waitForFunction(() => document.activeElement.textContent === 'Keep them apart');
  await merge.getByRole('button', { name: 'Merge' }).click();
  await page.getByText('w.kowalczyk@work.example').waitFor();
  assert.equal(own.contacts.length, 3);
  await page.getByText('Nothing was exported yet.').waitFor();
  await button('Export everything').click();
  await page.getByText('It is made in a moment.').waitFor();
  const exported = (change) => Object.assign(own.exports[0], change);
  exported({ state: 'running' });
  await page.getByText('It is shown here as soon as it is there.').waitFor();
  exported({ state: 'failed', done_at: Date.now() });
  await page.getByText('The file could not be made. Ask for it again').waitFor();
  await button('Export everything').click();
  await page.getByText('It is made in a moment.').waitFor();
  exported({ state: 'ready', done_at: Date.now(), expires_at: Date.now() + 864e5 });
  await page.getByRole('link', { name: 'Download' }).waitFor();
  await show(page, 'person-exports');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()]);
  assert.equal(download.suggestedFilename(), 'person.json');
  assert.match(download.url(), /\/v1\/contacts\/con_\w+\/exports\/pex_\w+\/file$/);
  exported({ state: 'expired', expires_at: Date.now() - 1 });
  await page.reload();
  await page.getByText('A file is there for a day; this one was removed').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Download' }).count(), 0);
  await button('Erase…').click();
  await dialog('Erase Wanda Kowalczyk?').waitFor();
  await show(page, 'person-erase');
  await dialog('Erase Wanda Kowalczyk?').getByRole('button', { name: 'Erase for good' }).click();
  await heading('People');
  await page.getByText('1 lead, 1 conversation, 3 answers, 4 events').waitFor();
  await row('Wanda Kowalczyk').waitFor({ state: 'detached' });
  assert.equal(own.contacts.length, 2);
});

test('who may only look changes nothing', async () => {
  fake.world.account.me.workspace.role = 'viewer';
  await signIn(page, fake.origin, '/app/leads');
  await row('Wanda Kowalczyk').click();
  await page.getByText('Why this score').waitFor();
  for (const label of ['Mark Wanda Kowalczyk', 'Note for your colleagues']) assert.equal(await page.getByLabel(label).count(), 0, label);
  await page.getByRole('link', { name: 'Open the person' }).click();
  await heading('Wanda Kowalczyk');
  for (const name of ['Erase…', 'Merge with W. Kowalczyk']) assert.equal(await button(name).count(), 0, name);
});
