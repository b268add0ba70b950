// A member writes to a visitor, in Chromium against the fake.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signIn } from './browser.mjs';
import { ME } from './data.mjs';
import { button, fake, page, stage, violations } from './stage.mjs';

stage();

test('a reply whose answer was lost is said once when it is sent again; the same words later are said again', async () => {
  const [conversation] = fake.world.conversations;
  conversation.handover = { standing: 'human', since: Date.now(), member: { id: ME.user_id, name: ME.name }, urgency: 'normal' };
  await signIn(page, fake.origin, `/app/conversations/${conversation.id}`);
  const said = () => fake.world.wrote(conversation.id).map(({ text }) => text);
  const field = page.getByRole('textbox', { name: 'Your message to the visitor' });
  let lost = true;
  await page.route('**/reply', async (route) => {
    if (!lost) return route.fallback();
    // The server has it, and its answer does not arrive.
    await route.fetch();
    await route.abort('connectionreset');
  });
  await field.fill('We open at nine.');
  await button('Send').click();
  await page.locator('.desk-form [role=alert] .form-problem').waitFor();
  assert.deepEqual(said(), ['We open at nine.']);
  assert.equal(await field.inputValue(), 'We open at nine.', 'it is there to be sent again');
  lost = false;
  const sent = () => page.waitForFunction(() => document.querySelector('#reply-text').value === '');
  await button('Send').click();
  await sent();
  assert.deepEqual(said(), ['We open at nine.']);
  await field.fill('We open at nine.');
  await button('Send').click();
  await sent();
  assert.deepEqual(said(), ['We open at nine.', 'We open at nine.']);
  // Words that were changed after an answer was lost are not taken for the first ones.
  lost = true;
  await field.fill('Bring the card');
  await button('Send').click();
  await page.locator('.desk-form [role=alert] .form-problem').waitFor();
  lost = false;
  await field.fill('Bring the vaccination card');
  await button('Send').click();
  await sent();
  assert.deepEqual(said().slice(2), ['Bring the card', 'Bring the vaccination card']);
  assert.equal(new Set([...fake.world.replies.keys()]).size, 4);
  for (const key of fake.world.replies.keys()) assert.match(key, / reply-\d{18}$/);
  assert.deepEqual(violations, []);
});

test('a note whose answer was lost is saved once when it is sent again', async () => {
  const [conversation] = fake.world.conversations;
  await signIn(page, fake.origin, `/app/conversations/${conversation.id}`);
  const notes = () => fake.world.wrote(conversation.id).filter(({ from }) => from === 'note').map(({ text }) => text);
  await page.getByText('Add a note').click();
  const field = page.getByRole('textbox', { name: /^Note for your colleagues/ });
  let lost = true;
  await page.route('**/notes', async (route) => {
    if (!lost) return route.fallback();
    await route.fetch();
    await route.abort('connectionreset');
  });
  await field.fill('Prefers mornings');
  await button('Save note').click();
  await page.locator('.desk-form [role=alert] .form-problem').waitFor();
  lost = false;
  const saved = () => page.waitForFunction(() => document.querySelector('#note-text').value === '');
  await button('Save note').click();
  await saved();
  assert.deepEqual(notes(), ['Prefers mornings']);
  await field.fill('Prefers mornings');
  await button('Save note').click();
  await saved();
  assert.deepEqual(notes(), ['Prefers mornings', 'Prefers mornings']);
  assert.deepEqual(violations, []);
});

test('what a member wrote is found, and opens the transcript there', async () => {
  const [conversation] = fake.world.conversations;
  fake.world.replies.set(`${conversation.id} by-hand`, { id: `msg_${'7'.repeat(26)}`, from: 'member', name: ME.name, text: 'The aardvark is welcome.', at: Date.now() });
  await signIn(page, fake.origin, '/app/conversations');
  await page.getByRole('searchbox', { name: 'Search what was said' }).fill('aardvark');
  const found = page.getByRole('list', { name: 'Search results' }).getByRole('listitem').filter({ hasText: 'Member' });
  await found.locator('mark', { hasText: 'aardvark' }).waitFor();
  assert.equal(await page.getByRole('status').filter({ hasText: 'found' }).textContent(), '1 place found');
  await found.getByRole('link').click();
  await page.locator('.turn.sought', { hasText: 'The aardvark is welcome.' }).waitFor();
  assert.deepEqual(violations, []);
});
