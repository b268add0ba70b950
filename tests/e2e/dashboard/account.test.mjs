// Doors, mailed links, second factor and one's own account, in Chromium against the fake.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { assets, fits, launch, open, picture, show, signIn } from './browser.mjs';
import { ME, PASSWORD, id } from './data.mjs';
import { CODE, RECOVERY } from './fake/account.mjs';
import { World, startFake } from './fake.mjs';

let folder, browser, fake, page, context, violations;

before(async () => {
  folder = await assets();
  browser = await launch();
});
after(() => browser?.close());
beforeEach(async () => {
  fake = await startFake({ assets: folder, world: new World() });
  ({ page, context, violations } = await open(browser));
});
afterEach(async () => {
  await context.close();
  await fake.close();
  assert.deepEqual(violations, [], 'nothing was refused by the CSP or thrown');
});

const at = (path) => page.waitForURL(fake.origin + path);
const heading = (name) => page.getByRole('heading', { name, level: 1 }).waitFor();
const focused = () => page.evaluate(() => document.activeElement.id);
const button = (name) => page.getByRole('button', { name, exact: true });
const dialog = (name) => page.getByRole('dialog', { name });
/** The addresses of all requests, to see what travels in them. */
function watch() {
  const seen = [];
  page.on('request', (request) => seen.push(request.url()));
  return seen;
}

test('registering tells what is wrong at its field, keeps what was typed, and ends at the mail', async () => {
  await page.goto(`${fake.origin}/app/sign-in?next=%2Fapp%2Fteam`);
  await page.getByRole('link', { name: 'Create an account' }).click();
  await at('/app/register?next=%2Fapp%2Fteam');
  await heading('Create your account');
  await page.waitForFunction(() => document.activeElement.id === 'register-name');
  await show(page, 'register');
  await page.keyboard.press('Enter');
  await page.locator('#register-name-problem', { hasText: 'Enter your name' }).waitFor();
  await page.getByLabel('Your name').fill('Noor Vance');
  await page.getByLabel('E-mail').fill('noor@nowhere');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.keyboard.press('Enter');
  await page.locator('#register-email-problem', { hasText: 'not an e-mail' }).waitFor();
  assert.equal(await focused(), 'register-email');
  await page.getByLabel('E-mail').fill('noor@example.com');
  await page.keyboard.press('Enter');
  await page.locator('#register-password-problem', { hasText: 'at least 10' }).waitFor();
  assert.equal(await page.getByLabel('Your name').inputValue(), 'Noor Vance');
  await show(page, 'register-wrong');
  const password = page.getByLabel('Password', { exact: true });
  await page.getByRole('button', { name: 'Show password' }).click();
  assert.equal(await password.getAttribute('type'), 'text');
  assert.equal(await password.getAttribute('autocomplete'), 'new-password');
  await password.fill('a long enough one');
  await page.getByLabel('Your business').fill('Vance Clocks');
  await page.keyboard.press('Enter');
  await heading('Check your mail');
  await page.getByText('noor@example.com').waitFor();
  assert.equal(await page.getByRole('link', { name: 'outbox' }).getAttribute('href'), '/dev/outbox');
  assert.deepEqual(fake.world.account.registered, { name: 'Noor Vance', email: 'noor@example.com', password: 'a long enough one', workspace: 'Vance Clocks' });
  await show(page, 'check-mail');
});

test('the link that confirms an address signs in, and its token is nowhere but in the body', async () => {
  const seen = watch();
  await page.goto(`${fake.origin}/app/verify-email#token=verify-ok`);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await at('/app/');
  assert.ok(seen.every((address) => !address.includes('verify-ok')), 'the token is in no address');
  await page.goto(`${fake.origin}/app/verify-email#token=verify-ok`);
  await heading('This link does not work');
  assert.equal(await page.evaluate(() => location.hash), '');
  await show(page, 'dead-link');
  await page.goto(`${fake.origin}/app/verify-email`);
  await page.getByText('This link is not complete').waitFor();
});

test('a link is tried again after the server could not answer', async () => {
  fake.world.broken = '/verify-email';
  await page.goto(`${fake.origin}/app/verify-email#token=verify-ok`);
  await page.getByText('The store does not answer').waitFor();
  fake.world.broken = '';
  await button('Try again').click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
});

test('a new address takes effect with its link', async () => {
  await page.goto(`${fake.origin}/app/change-email#token=change-ok`);
  await heading('Your address is changed');
  await show(page, 'change-email-done');
  await page.goto(`${fake.origin}/app/change-email#token=change-ok`);
  await heading('This link does not work');
});

test('a forgotten password is set anew with a mailed link', async () => {
  await page.goto(`${fake.origin}/app/sign-in`);
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await heading('Forgot your password?');
  await show(page, 'forgot-password');
  await page.keyboard.type(ME.email);
  await page.keyboard.press('Enter');
  await heading('Check your mail');
  assert.deepEqual(fake.world.account.mails, [{ to: ME.email, kind: 'reset' }]);
  const seen = watch();
  await page.goto(`${fake.origin}/app/reset-password#token=reset-ok`);
  await heading('Set a new password');
  assert.equal(await page.evaluate(() => location.href), `${fake.origin}/app/reset-password`);
  await show(page, 'reset-password');
  await page.keyboard.type('short');
  await page.keyboard.press('Enter');
  await page.locator('#reset-password-problem', { hasText: 'at least 10' }).waitFor();
  await page.getByLabel('New password', { exact: true }).fill('another long password');
  await page.keyboard.press('Enter');
  await heading('Your password is set');
  assert.ok(seen.every((address) => !address.includes('reset-ok')));
  assert.equal(fake.world.account.password, 'another long password');
});

test('signing in with Google is offered where it is configured; what went wrong there is told', async () => {
  fake.world.account.options = { google: true, outbox: false };
  await page.goto(`${fake.origin}/app/sign-in?next=%2Fapp%2Fteam&problem=Google%20did%20not%20confirm%20this%20address.`);
  await page.getByRole('alert').getByText('Google did not confirm this address.').waitFor();
  const link = page.getByRole('link', { name: 'Continue with Google' });
  await link.waitFor();
  assert.equal(await link.getAttribute('href'), '/v1/auth/google?next=%2Fapp%2Fteam');
  await show(page, 'sign-in-google');
});

test('the second step takes a code or a recovery code, and begins again when its time is over', async () => {
  fake.world.account.me.totp_enabled = true;
  const first = async () => {
    await page.getByLabel('E-mail').fill(ME.email);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await heading('Two-step verification');
  };
  await page.goto(`${fake.origin}/app/sign-in?next=%2Fapp%2Faccount`);
  await first();
  const code = page.getByLabel('Code', { exact: true });
  await page.waitForFunction(() => document.activeElement.id === 'factor-code');
  assert.equal(await code.getAttribute('autocomplete'), 'one-time-code');
  await show(page, 'second-factor');
  await page.keyboard.type('111111');
  await page.keyboard.press('Enter');
  await page.locator('#factor-code-problem', { hasText: 'wrong or used up' }).waitFor();
  await code.fill('000000');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('This took too long').waitFor();
  await first();
  await button('Use a recovery code').click();
  await page.getByLabel('Recovery code').fill(RECOVERY[3]);
  await page.keyboard.press('Enter');
  await heading('Your account');
  assert.equal(fake.world.account.recovery.length, 9);
});

test('an invitation lets a newcomer sign up', async () => {
  fake.world.account.invitations.set('inv-new', { workspace_name: 'Quill & Sons', invited_by: 'Maren Holt', email: 'noor@example.com', role: 'editor', account_exists: false });
  const seen = watch();
  await page.goto(`${fake.origin}/app/invitation#token=inv-new`);
  await heading('Join Quill & Sons');
  assert.equal(await page.evaluate(() => location.hash), '');
  await page.getByText('Editors work on agents').waitFor();
  await show(page, 'invitation-newcomer');
  await page.keyboard.press('Enter');
  await page.locator('#newcomer-name-problem', { hasText: 'Enter your name' }).waitFor();
  await page.getByLabel('Your name').fill('Noor Vance');
  await page.getByLabel('Password', { exact: true }).fill('a long enough one');
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.getByText('Quill & Sons · Editor').first().waitFor();
  assert.ok(seen.every((address) => !address.includes('inv-new')));
});

test('an invitation leads a member through signing in, and says when somebody else is signed in', async () => {
  const invite = (email) => fake.world.account.invitations.set('inv-old', { workspace_name: 'Quill & Sons', invited_by: 'Sorin Vale', email, role: 'viewer', account_exists: true });
  invite(ME.email);
  await page.goto(`${fake.origin}/app/invitation#token=inv-old`);
  await page.getByRole('link', { name: 'Sign in to join' }).click();
  await page.getByLabel('E-mail').fill(ME.email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await at('/app/invitation');
  await button('Join').click();
  await page.getByText('Quill & Sons · Viewer').first().waitFor();
  invite('somebody@example.com');
  await page.goto(`${fake.origin}/app/invitation#token=inv-old`);
  await page.getByText('You are signed in as').waitFor();
  await show(page, 'invitation-other-person');
  await button('Sign out and go on').click();
  await page.getByRole('link', { name: 'Sign in to join' }).waitFor();
  await page.goto(`${fake.origin}/app/invitation#token=unknown`);
  await heading('This link does not work');
});

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
  assert.equal(await focused(), 'change-email-password');
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
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Change e-mail');
});
