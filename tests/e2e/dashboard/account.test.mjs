// One's own account, its workspaces and the frame around them, in Chromium against the fake.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fits, picture, show, signIn } from './browser.mjs';
import { ME, PASSWORD, id } from './data.mjs';
import { CODE, RECOVERY } from './fake/account.mjs';
import { button, dialog, fake, focused, heading, page, stage } from './stage.mjs';

stage();

test('name, address and password are changed, each told where it is wrong', async () => {
  await signIn(page, fake.origin, '/app/account');
  await heading('Your account');
  await page.getByText('Safari on iPhone').waitFor();
  await show(page, 'account');
  await page.getByLabel('Your name').fill('Maren Holt-Vale');
  await page.keyboard.press('Enter');
  await page.getByText('Your name is saved.').waitFor();
  await page.getByRole('button', { name: 'Account of Maren Holt-Vale' }).waitFor();

  await button('Change e-mail').click();
  await page.getByLabel('New e-mail').fill('maren@new.example');
  await page.getByLabel('Your password', { exact: true }).fill('wrong');
  await page.keyboard.press('Enter');
  await page.locator('#change-email-password-problem', { hasText: 'not your password' }).waitFor();
  await focused('change-email-password');
  assert.equal(await page.getByLabel('New e-mail').inputValue(), 'maren@new.example');
  await show(page, 'account-email');
  await page.getByLabel('Your password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByText('We mailed a link to maren@new.example').waitFor();

  await button('Change password').click();
  await page.getByLabel('Present password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('New password', { exact: true }).fill('short');
  await page.keyboard.press('Enter');
  await page.locator('#change-password-new-problem', { hasText: 'at least 10' }).waitFor();
  await show(page, 'account-password');
  await page.getByLabel('New password', { exact: true }).fill('a brand new password');
  await page.keyboard.press('Enter');
  await page.getByText('Your password is changed.').waitFor();
  assert.equal(fake.world.account.password, 'a brand new password');
});

test('two-step verification is set up by scanning or typing, and its codes are seen once', async () => {
  await signIn(page, fake.origin, '/app/account');
  await button('Set up').click();
  await page.getByLabel('Your password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  const qr = page.getByAltText(/QR code/);
  await qr.waitFor();
  assert.ok(await qr.evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), 'the picture is drawn');
  await page.getByText('Type the key instead').click();
  await page.getByText('JBSW Y3DP EHPK').waitFor();
  await show(page, 'totp-scan');
  await page.getByLabel('Code', { exact: true }).fill('111111');
  await page.keyboard.press('Enter');
  await page.locator('#confirm-totp-code-problem', { hasText: 'This code is wrong' }).waitFor();
  await page.getByLabel('Code', { exact: true }).fill(CODE);
  await page.keyboard.press('Enter');
  await page.getByText(RECOVERY[9]).waitFor();
  await show(page, 'recovery-codes');
  await button('Copy').click();
  await button('Copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), RECOVERY.join('\n'));
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()]);
  assert.equal(download.suggestedFilename(), 'frontdesk-recovery-codes.txt');
  await page.keyboard.press('Escape');
  await page.getByText(RECOVERY[9]).waitFor();
  await button('I saved them').click();
  await page.getByText('Your recovery codes are in force.').waitFor();
  assert.equal(await page.getByText(RECOVERY[9]).count(), 0);

  await button('New recovery codes').click();
  await page.getByLabel('Your password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByText(RECOVERY[0].toUpperCase()).waitFor();
  await button('I saved them').click();
  await button('Switch off').click();
  await dialog('Switch two-step verification off?').getByLabel('Your password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByText('Two-step verification is off.').waitFor();
  assert.equal(fake.world.account.me.totp_enabled, false);
});

test('sessions are ended one by one and all at once', async () => {
  await signIn(page, fake.origin, '/app/account');
  await page.getByText('This browser').waitFor();
  await button('Sign out Safari on iPhone').click();
  await page.getByText('Safari on iPhone is signed out.').waitFor();
  await button('Sign out Safari on iPhone').waitFor({ state: 'detached' });
  await button('Sign out everywhere else').click();
  await button('Sign out everywhere else').waitFor({ state: 'detached' });
  assert.deepEqual(fake.world.account.sessions.map((session) => session.current), [true]);
});

test('deleting the account wants its address and the password, and says what stands in the way', async () => {
  await signIn(page, fake.origin, '/app/account');
  await button('Delete account').click();
  const asked = dialog('Delete your account?');
  await asked.getByLabel('Your e-mail').fill('someone@else.example');
  await page.keyboard.press('Enter');
  await page.locator('#delete-account-email-problem', { hasText: 'as it is shown above' }).waitFor();
  await asked.getByLabel('Your e-mail').fill(ME.email);
  await asked.getByLabel('Your password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await asked.getByText('You are the only owner').waitFor();
  await show(page, 'delete-account');
  fake.world.team.members.splice(1);
  await asked.getByRole('button', { name: 'Delete account' }).click();
  await heading('Sign in to Frontdesk');
  assert.ok(fake.world.account.deleted);
});

test('an address that is not confirmed says so on every screen', async () => {
  fake.world.account.me.email_verified = false;
  await signIn(page, fake.origin, '/app/team');
  await page.getByText('Confirm your e-mail address').waitFor();
  await show(page, 'unconfirmed');
  await button('Send it again').click();
  await page.getByText('The mail is on its way.').waitFor();
  assert.deepEqual(fake.world.account.mails, [{ to: ME.email, kind: 'verify' }]);
});

test('the user menu leads to another workspace, and makes one', async () => {
  fake.world.account.me.workspaces.push({ id: id('ws', 2), name: 'Harwell Kennels', role: 'viewer' });
  await signIn(page, fake.origin, '/app/team');
  await page.getByRole('button', { name: 'Account of Maren Holt' }).click();
  await page.getByRole('button', { name: /Harwell Kennels/ }).waitFor();
  await show(page, 'user-menu');
  await page.getByRole('button', { name: /Harwell Kennels/ }).click();
  await page.getByText('Harwell Kennels · Viewer').first().waitFor();
  await page.getByRole('button', { name: 'Account of Maren Holt' }).click();
  await button('Create a workspace').click();
  await page.getByLabel('Name', { exact: true }).fill('L');
  await page.keyboard.press('Enter');
  await page.locator('#workspace-name-problem', { hasText: 'at least 2' }).waitFor();
  await show(page, 'create-workspace');
  await page.getByLabel('Name', { exact: true }).fill('Larkspur Stables');
  await page.keyboard.press('Enter');
  await page.getByText('Larkspur Stables · Owner').first().waitFor();
});

test('who belongs to no workspace creates one, and still reaches the account', async () => {
  Object.assign(fake.world.account.me, { workspace: undefined, workspaces: [] });
  await page.goto(`${fake.origin}/app/`);
  await page.getByLabel('E-mail').fill(ME.email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await heading('You belong to no workspace');
  await show(page, 'no-workspace');
  await page.getByRole('button', { name: 'Account of Maren Holt' }).click();
  await page.getByRole('link', { name: 'Your account' }).click();
  await heading('Your account');
  await page.goto(`${fake.origin}/app/`);
  await page.getByLabel('Name', { exact: true }).fill('Holt & Co');
  await page.keyboard.press('Enter');
  await page.getByText('Holt & Co · Owner').first().waitFor();
});

test('a workspace without an agent offers to create the first, to those who may', async () => {
  fake.world.agents = [];
  await signIn(page, fake.origin);
  await page.getByText('No agent yet').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Create your first agent' }).getAttribute('href'), '/app/agents/new');
  await show(page, 'no-agent');
  await page.getByRole('link', { name: 'Team' }).click();
  await heading('Team');
  fake.world.account.me.workspace.role = 'viewer';
  await page.goto(`${fake.origin}/app/`);
  await page.getByText('can create one').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Create your first agent' }).count(), 0);
});

test('on a phone everything is in reach of the thumb', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await signIn(page, fake.origin, '/app/account');
  await fits(page, 'account at 360 px');
  await button('More').click();
  await picture(page, 'nav-more-phone');
  // All of it is in a window that is lower than its list is long.
  await page.setViewportSize({ width: 360, height: 400 });
  const { top, bottom } = await page.locator('#nav-more').evaluate((menu) => menu.getBoundingClientRect().toJSON());
  assert.ok(top >= 0 && bottom <= 400 - 56, `the menu is from ${top} to ${bottom}`);
  await page.locator('#nav-more').getByRole('link', { name: 'Settings' }).click();
  await heading('Settings');
  await page.locator('#nav-more').waitFor({ state: 'hidden' });
});

test('an account is reached from the sign-in page with the keyboard alone', async () => {
  await page.goto(`${fake.origin}/app/sign-in?next=%2Fapp%2Faccount`);
  await page.waitForFunction(() => document.activeElement?.id === 'email');
  await page.keyboard.type(ME.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await heading('Your account');
  const tabTo = async (pattern) => {
    for (let i = 0; i < 40; i += 1) {
      await page.keyboard.press('Tab');
      if (pattern.test(await page.evaluate(() => document.activeElement.textContent.trim()))) return;
    }
    assert.fail(`${pattern} was not reached`);
  };
  await page.getByText('Safari on iPhone').waitFor();
  await tabTo(/^Change e-mail$/);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.id === 'change-email-email');
  await page.keyboard.press('Escape');
  await dialog('Change your e-mail address').waitFor({ state: 'hidden' });
  await page.waitForFunction(() => document.activeElement.textContent.trim() === 'Change e-mail');
});
