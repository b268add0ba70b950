// Members, invitations, settings, API keys and the audit log, in Chromium against the fake.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { fits, show, signIn } from './browser.mjs';
import { PASSWORD } from './data.mjs';
import { MODELS } from './fake/agents.mjs';
import { button, dialog, fake, heading, page, stage, until } from './stage.mjs';

let team;

stage();
beforeEach(() => {
  team = fake.world.team;
});

const as = (role) => {
  fake.world.account.me.workspace.role = role;
};

test('an owner changes roles, removes a member, and hands the workspace over', async () => {
  await signIn(page, fake.origin, '/app/team');
  await heading('Team');
  await page.getByText('Imke Adeyemi').waitFor();
  await page.getByText('noor@larkspurvets.example').waitFor();
  await show(page, 'team');
  await page.getByLabel('Role of Imke Adeyemi').selectOption('viewer');
  await page.getByText('Imke Adeyemi is viewer now.').waitFor();
  assert.equal(team.members[2].role, 'viewer');
  fake.world.broken = '/members/';
  await page.getByLabel('Role of Imke Adeyemi').selectOption('admin');
  await page.getByText('The store does not answer').first().waitFor();
  fake.world.broken = '';
  assert.equal(await page.getByLabel('Role of Imke Adeyemi').inputValue(), 'viewer', 'what is in force is shown');

  await button('Remove Imke Adeyemi').click();
  await dialog('Remove Imke Adeyemi?').waitFor();
  await page.waitForFunction(() => document.activeElement.textContent === 'Keep');
  await show(page, 'team-remove');
  await page.keyboard.press('Escape');
  assert.equal(team.members.length, 4);
  await button('Remove Imke Adeyemi').click();
  await dialog('Remove Imke Adeyemi?').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('Imke Adeyemi is no member any more.').waitFor();
  await button('Remove Imke Adeyemi').waitFor({ state: 'detached' });

  await button('Make owner: Sorin Vale').click();
  const asked = dialog('Make Sorin Vale the owner?');
  await asked.getByLabel('Your password', { exact: true }).fill('wrong');
  await page.keyboard.press('Enter');
  await page.locator('#transfer-password-problem', { hasText: 'not your password' }).waitFor();
  await asked.getByLabel('Your password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByText('Larkspur Vets · Admin').first().waitFor();
  assert.equal(team.members[1].role, 'owner');
});

test('somebody is invited, mailed again, and taken back', async () => {
  await signIn(page, fake.origin, '/app/team');
  await page.getByText('quill@agency.example').waitFor();
  await page.getByText('Expired', { exact: true }).waitFor();
  await button('Invite').click();
  await page.getByLabel('E-mail').fill('sorin@larkspurvets.example');
  await page.keyboard.press('Enter');
  await page.locator('#invite-email-problem', { hasText: 'a member already' }).waitFor();
  await show(page, 'invite');
  await page.getByLabel('E-mail').fill('ilse@larkspurvets.example');
  await page.getByRole('radio', { name: /^Viewer/ }).check();
  await button('Send invitation').click();
  await page.getByText('The invitation to ilse@larkspurvets.example is on its way.').waitFor();
  await button('Take back: ilse@larkspurvets.example').waitFor();
  assert.equal(team.invitations[0].role, 'viewer');
  await button('Send again: quill@agency.example').click();
  await page.getByText('quill@agency.example is mailed again').waitFor();
  await page.getByText('Expired', { exact: true }).waitFor({ state: 'detached' });
  for (const { email } of [...team.invitations]) {
    await button(`Take back: ${email}`).click();
    await button(`Take back: ${email}`).waitFor({ state: 'detached' });
  }
  await page.getByText('No open invitation').waitFor();
  await page.getByText('What each role may do').click();
  await page.getByRole('row', { name: /Invite and remove members, change roles yes yes no no/ }).waitFor();
  await show(page, 'team-roles');
});

test('a viewer sees the team and changes nothing; an admin does not touch owners', async () => {
  as('viewer');
  await signIn(page, fake.origin, '/app/team');
  await page.getByText('Imke Adeyemi').waitFor();
  for (const name of [/^Invite/, /^Remove/, /^Make/, /^Take back/, /^Send/]) assert.equal(await page.getByRole('button', { name }).count(), 0, String(name));
  assert.equal(await page.locator('select.select').count(), 0);
  await button('Leave').waitFor();
  await show(page, 'team-viewer');
  await page.goto(`${fake.origin}/app/settings`);
  await page.getByText('Owners and admins may change these settings.').waitFor();
  assert.equal(await button('Save business').count(), 0);
  assert.equal(await page.getByRole('link', { name: 'API keys' }).count(), 0);
  await show(page, 'settings-viewer');
  await page.goto(`${fake.origin}/app/settings/keys`);
  await page.getByText('Not for your role').waitFor();
  await page.goto(`${fake.origin}/app/settings/audit`);
  await page.getByText('Not for your role').waitFor();
  as('admin');
  team.members[1].role = 'owner';
  await page.goto(`${fake.origin}/app/team`);
  await button('Remove Imke Adeyemi').waitFor();
  assert.equal(await button('Remove Sorin Vale').count(), 0);
  assert.deepEqual(await page.getByLabel('Role of Imke Adeyemi').locator('option').allTextContents(), ['Admin', 'Editor', 'Viewer']);
  await page.goto(`${fake.origin}/app/settings`);
  await button('Save business').waitFor();
  assert.equal(await button('Delete workspace').count(), 0);
});

test('leaving asks first and tells the last owner why not', async () => {
  await signIn(page, fake.origin, '/app/team');
  await button('Leave').click();
  await dialog('Leave this workspace?').getByRole('button', { name: 'Leave' }).click();
  await page.getByText('You are the last owner').waitFor();
  await page.keyboard.press('Escape');
  as('editor');
  await page.reload();
  await button('Leave').click();
  await dialog('Leave this workspace?').getByRole('button', { name: 'Leave' }).click();
  await heading('You belong to no workspace');
});

test('the business profile is saved with hours of several spans, and nothing typed is lost', async () => {
  await signIn(page, fake.origin, '/app/settings');
  await heading('Settings');
  await page.getByLabel('Monday, open from').first().waitFor();
  await show(page, 'settings');
  await page.getByLabel('Name', { exact: true }).fill('Larkspur Veterinary');
  await page.keyboard.press('Enter');
  await page.getByText('The name is saved.').waitFor();
  await page.getByText('Larkspur Veterinary · Owner').first().waitFor();

  await page.getByLabel('Website').fill('larkspur.example');
  await button('Add hours to Sunday').click();
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'Sunday, open from');
  await page.getByLabel('Sunday, open from').fill('12:00');
  await page.getByLabel('Sunday, open to').fill('10:00');
  await button('Save business').click();
  await page.locator('#profile-hours-problem', { hasText: 'Sunday: the end comes before' }).waitFor();
  assert.equal(await page.getByLabel('Website').inputValue(), 'larkspur.example');
  await show(page, 'settings-hours-wrong');
  await page.getByLabel('Sunday, open to').fill('00:00');
  await page.getByLabel('Time zone').selectOption('Asia/Tokyo');
  await button('Save business').click();
  await page.getByText('The business profile is saved.').waitFor();
  assert.equal(team.settings.profile.website, 'https://larkspur.example');
  assert.equal(team.settings.profile.hours.time_zone, 'Asia/Tokyo');
  assert.deepEqual(team.settings.profile.hours.open.filter((span) => [1, 7].includes(span.weekday)), [{ weekday: 1, from: 510, to: 750 }, { weekday: 1, from: 840, to: 1110 }, { weekday: 7, from: 720, to: 1440 }]);

  await button('Copy to all: the hours of Saturday').click();
  await button('Save business').click();
  await until('all days are alike', () => team.settings.profile.hours.open.length === 7 && team.settings.profile.hours.open.every((span) => span.from === 540));
  await page.getByLabel('Always open').check();
  await button('Save business').click();
  await until('always open', () => team.settings.profile.hours.open.length === 0);
  assert.equal(team.settings.profile.address, '12 Mill Lane\nHarwell OX11 0XX');
});

test('models for agents that name none are put in order, with one for simple questions; a refusal stands at its model', async () => {
  await signIn(page, fake.origin, '/app/settings');
  const card = page.getByRole('region', { name: 'Models' });
  await card.getByRole('button', { name: 'Add model' }).click();
  await card.getByRole('button', { name: 'Add model' }).click();
  await card.getByRole('button', { name: 'Move up Model 2' }).click();
  await card.getByLabel('For simple questions').selectOption({ label: MODELS[0].label });
  await show(page, 'settings-models');
  team.refusesModel = MODELS[1].model.model;
  await card.getByRole('button', { name: 'Save models' }).click();
  await card.locator('#f-models-0-foot', { hasText: 'does not offer this model' }).waitFor();
  delete team.refusesModel;
  await card.getByRole('button', { name: 'Save models' }).click();
  await page.getByText('The models are saved.').waitFor();
  assert.deepEqual(team.settings.models, { order: [MODELS[1].model, MODELS[0].model], simple: MODELS[0].model });
});

test('how long conversations are kept is shortened only after it was said what goes', async () => {
  await signIn(page, fake.origin, '/app/settings');
  const field = page.getByLabel('What was said is kept for');
  const save = page.locator('form', { has: field }).getByRole('button', { name: 'Save' });
  assert.equal(await field.inputValue(), '30');
  await field.selectOption('90');
  await save.click();
  await page.getByText('What was said is kept for 90 days.').waitFor();
  await field.selectOption('7');
  await save.click();
  await dialog('Keep what was said for 7 days only?').getByText(/The words of 3\W?930 conversations are removed/).waitFor();
  await show(page, 'settings-retention');
  await button('Leave it').click();
  assert.equal(fake.world.team.settings.retention_days, 90);
  await save.click();
  await button('Shorten').click();
  await page.getByText('What was said is kept for 7 days.').waitFor();
  assert.equal(fake.world.team.settings.retention_days, 7);
});

test('a key is created with scopes, its secret seen once, replaced and revoked', async () => {
  await signIn(page, fake.origin, '/app/settings');
  await page.getByRole('link', { name: 'API keys' }).click();
  await page.waitForURL(`${fake.origin}/app/settings/keys`);
  await page.getByText('Nightly import').waitFor();
  await show(page, 'keys');
  await button('Create key').click();
  const create = dialog('Create an API key');
  await create.getByLabel('Name', { exact: true }).fill('Reporting');
  await page.keyboard.press('Enter');
  await page.locator('#key-scopes-problem', { hasText: 'at least one' }).waitFor();
  assert.equal(await create.getByText('members:write').count(), 0, 'what a key may not have is not offered');
  await create.getByRole('checkbox', { name: /Read conversations/ }).check();
  await create.getByRole('checkbox', { name: /See agents/ }).check();
  await create.getByLabel('Expires after').selectOption({ label: '30 days' });
  await create.getByLabel('Requests a minute').fill('120');
  await show(page, 'key-create');
  await create.getByRole('button', { name: 'Create key' }).click();
  const secret = await page.locator('#key-secret').textContent();
  await show(page, 'key-secret');
  await button('Copy').click();
  await button('Copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  await page.keyboard.press('Escape');
  await page.locator('#key-secret').waitFor();
  await button('I saved it').click();
  await button('Revoke Reporting').waitFor();
  assert.equal(await page.getByText(secret).count(), 0);
  const [made] = team.keys;
  assert.deepEqual(made.scopes, ['conversations:read', 'agents:read']);
  assert.equal(made.rate_limit, 120);
  assert.ok(Math.abs(made.expires_at - Date.now() - 30 * 864e5) < 60_000);

  await button('Replace Booking system').click();
  await page.getByLabel('The old key').selectOption({ label: 'works for 1 more hour' });
  await show(page, 'key-replace');
  await button('Replace key').click();
  await page.locator('#key-secret', { hasText: 'rotated' }).waitFor();
  await button('I saved it').click();
  await until('the old key ends in an hour', () => team.keys.some((key) => key.name === 'Booking system' && key.state === 'rotating' && key.expires_at < Date.now() + 3.7e6));
  await button('Revoke Reporting').click();
  await dialog('Revoke Reporting?').getByRole('button', { name: 'Revoke key' }).click();
  await page.getByText('Reporting is revoked.').waitFor();
  await button('Revoke Reporting').waitFor({ state: 'detached' });
});

test('a workspace without keys says what they are for', async () => {
  team.keys.length = 0;
  await signIn(page, fake.origin, '/app/settings/keys');
  await page.getByText('No key yet').waitFor();
  await show(page, 'keys-empty');
});

/** A line of the log, not a receipt behind it. */
const ENTRY = '.entry:not([aria-labelledby=receipts] *)';

test('the audit log is filtered by an address, read on, and exported as it is shown', async () => {
  await signIn(page, fake.origin, '/app/settings/audit');
  const entries = page.locator(ENTRY);
  await page.waitForFunction(({ ENTRY }) => document.querySelectorAll(ENTRY).length === 20, { ENTRY });
  const receipts = page.getByRole('region', { name: 'Removed and handed out' });
  await receipts.getByText('Removed by age').waitFor();
  await receipts.getByText('Database: 3 conversations · Archive: 12 conversations').waitFor();
  await show(page, 'audit');
  await button('Load more').click();
  await page.waitForFunction(({ ENTRY }) => document.querySelectorAll(ENTRY).length === 40, { ENTRY });
  await page.getByLabel('Who').selectOption({ label: 'Sorin Vale' });
  await page.waitForURL(/actor=usr_/);
  await page.waitForFunction(({ ENTRY }) => document.querySelectorAll(ENTRY).length === 8, { ENTRY });
  await entries.first().getByText('before: #1f5eff').waitFor();
  await page.getByLabel('What').selectOption({ label: 'Members' });
  await page.getByText('No change fits this filter.').waitFor();
  await page.getByLabel('What').selectOption({ label: 'Agents' });
  await page.waitForFunction(({ ENTRY }) => document.querySelectorAll(ENTRY).length === 8, { ENTRY });
  await page.reload();
  await page.waitForFunction(({ ENTRY }) => document.querySelectorAll(ENTRY).length === 8, { ENTRY });
  const day = new Date(Date.now() - 2 * 864e5).toLocaleDateString('sv', { timeZone: 'Europe/London' });
  await page.getByLabel('From').fill(day);
  await page.waitForURL(new RegExp(`from=${day}`));
  await page.waitForFunction(({ ENTRY }) => document.querySelectorAll(ENTRY).length < 4, { ENTRY });
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export CSV' }).click()]);
  assert.equal(download.suggestedFilename(), 'audit-log.csv');
  assert.match(download.url(), /\/v1\/audit-log\/export\?actor=usr_\w+&action=agent\.&from=\d+$/);
  await show(page, 'audit-filtered');
});

test('deleting the workspace wants its name and the password', async () => {
  await signIn(page, fake.origin, '/app/settings');
  await button('Delete workspace').click();
  const asked = dialog('Delete this workspace?');
  await asked.getByLabel('Name of the workspace').fill('larkspur');
  await page.keyboard.press('Enter');
  await page.locator('#delete-workspace-name-problem', { hasText: 'exactly' }).waitFor();
  await show(page, 'delete-workspace');
  await asked.getByLabel('Name of the workspace').fill('Larkspur Vets');
  await asked.getByLabel('Your password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await heading('You belong to no workspace');
  assert.ok(team.deleted);
});

test('what cannot be loaded says so and comes with a retry', async () => {
  for (const [path, broken, then] of [['/app/team', '/members', 'Imke Adeyemi'], ['/app/settings', '/workspace', 'Opening hours'], ['/app/settings/keys', '/api-keys', 'Nightly import'], ['/app/settings/audit', '/audit-log', 'agent published'], ['/app/account', '/account/sessions', 'Safari on iPhone']]) {
    fake.world.broken = broken;
    if (path === '/app/team') await signIn(page, fake.origin, path);
    else await page.goto(fake.origin + path);
    await page.getByText('The store does not answer').first().waitFor();
    fake.world.broken = '';
    await button('Try again').first().click();
    await page.getByText(then).first().waitFor();
  }
});

test('every screen fits a phone of 360 pixels and reads from right to left', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await signIn(page, fake.origin, '/app/team');
  for (const [path, sign] of [['/app/team', 'Imke Adeyemi'], ['/app/settings', 'Opening hours'], ['/app/settings/keys', 'Nightly import'], ['/app/settings/audit', 'agent published'], ['/app/account', 'Safari on iPhone']]) {
    await page.goto(fake.origin + path);
    await page.getByText(sign).first().waitFor();
    await fits(page, `${path} at 360 px`);
    await page.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'));
    await fits(page, `${path} at 360 px, right to left`);
  }
});
