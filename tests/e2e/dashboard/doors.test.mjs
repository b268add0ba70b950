// Doors, mailed links, second step and invitations, in Chromium against the fake.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { show } from './browser.mjs';
import { ME, PASSWORD } from './data.mjs';
import { RECOVERY } from './fake/account.mjs';
import { at, button, fake, focused, heading, page, stage } from './stage.mjs';

stage();

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
  await focused('register-email');
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
