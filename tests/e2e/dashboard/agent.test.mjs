// The agent's screens in Chromium against the fake: list, editor with preview, conflicts, publication, versions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessible, fits, picture, show, signIn } from './browser.mjs';
import { AGENTS, ME } from './data.mjs';
import { MODELS } from './fake/agents.mjs';
import { at, button, fake, focused, heading, page, stage, until } from './stage.mjs';

stage({ viewport: { width: 1440, height: 900 } });

const field = (name) => page.getByRole('textbox', { name, exact: true });
const state = (text) => page.locator('.saving-state').filter({ hasText: new RegExp(`^${text}`) }).waitFor();
const choose = (name) => page.getByRole('radio', { name, exact: true }).check();
const preview = () => page.frameLocator('iframe[title="Preview of the widget"]');
const saved = () => fake.world.desk.of(fake.world, AGENTS[0].id).draft;
const desk = () => fake.world.desk;
const edit = async () => {
  await signIn(page, fake.origin, '/app/agent');
  await heading('Larkspur front desk');
  await field('Welcome').waitFor();
};

test('agents are listed, created, renamed, duplicated, archived, restored and deleted after typing the name', async () => {
  await signIn(page, fake.origin, '/app/agents');
  await heading('Agents');
  await page.getByRole('link', { name: 'Larkspur pet shop' }).waitFor();
  await page.getByText('Version 3 is live').first().waitFor();
  const act = async (name, what) => {
    await button(`Actions for ${name}`).click();
    await button(what).click();
  };
  await button('Actions for Larkspur pet shop').click();
  await picture(page, 'agents-menu-light');
  await accessible(page, 'menu of an agent');
  await page.keyboard.press('Escape');
  await act('Larkspur pet shop', 'Rename');
  await field('Name').fill('Pet shop');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Pet shop', exact: true }).waitFor();
  await act('Pet shop', 'Duplicate');
  await page.getByRole('link', { name: 'Pet shop (copy)' }).waitFor();
  await page.getByText('Not published').waitFor();
  await act('Pet shop', 'Archive');
  await page.getByRole('region', { name: 'Archived' }).getByRole('link', { name: 'Pet shop' }).waitFor();
  await show(page, 'agents');
  await act('Pet shop', 'Restore');
  await page.getByRole('region', { name: 'Archived' }).waitFor({ state: 'detached' });

  await act('Pet shop (copy)', 'Delete…');
  const dialog = page.getByRole('dialog', { name: 'Delete Pet shop (copy)?' });
  await dialog.getByText('This cannot be undone').waitFor();
  await show(page, 'agent-delete');
  await dialog.getByRole('textbox').fill('pet shop');
  assert.equal(await dialog.getByRole('button', { name: 'Delete agent' }).getAttribute('aria-disabled'), 'true');
  await page.keyboard.press('Enter');
  assert.equal(fake.world.agents.length, 3, 'a wrong name deletes nothing');
  await dialog.getByRole('textbox').fill('Pet shop (copy)');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Pet shop (copy)' }).waitFor({ state: 'detached' });
  assert.equal(fake.world.agents.length, 2);

  await page.getByRole('link', { name: 'New agent' }).click();
  await heading('New agent');
  await button('Create agent').click();
  await page.getByText('Give it a name of at most 80 characters.').waitFor();
  await show(page, 'agent-new');
  await field('Name').fill('Night desk');
  await page.getByLabel('Language').selectOption('de');
  await button('Create agent').click();
  await at('/app/agent');
  await heading('Night desk');
  await page.getByText('No website is listed, so the agent appears nowhere.').waitFor();
  assert.equal(await page.getByLabel('Language').inputValue(), 'de');
});

test('a change shows in the preview at once and is saved after a second, with the look of the preview free to choose', async () => {
  await edit();
  await preview().getByText('Robin of Larkspur Vets').waitFor();
  await preview().getByText('open light #0b6b57 bottom_right').waitFor();
  await show(page, 'agent');
  await page.setViewportSize({ width: 1440, height: 900 });
  const [put, unsaved] = [page.waitForRequest((request) => request.method() === 'PUT' && /\/draft$/.test(request.url())).then(() => Date.now()), state('Unsaved changes')];
  const typed = Date.now();
  await field('Welcome').fill('Good morning!');
  await Promise.all([preview().getByText('Good morning!').waitFor(), unsaved]);
  const passed = (await put) - typed;
  assert.ok(passed >= 950, `not before a second has passed: ${passed} ms`);
  await state('Saved');
  assert.equal(saved().welcome, 'Good morning!');
  assert.equal(desk().saves.length, 1, 'typing is saved once');
  await page.getByText('Changed since').waitFor();
  await choose('Closed');
  await preview().getByText(/^closed light/).waitFor();
  await page.locator('.preview').getByRole('radio', { name: 'Dark' }).check();
  await preview().getByText(/^closed dark/).waitFor();
  await choose('Phone');
  const width = await page.locator('.preview iframe').evaluate((frame) => frame.getBoundingClientRect().width);
  assert.ok(width <= 360, `${width} px`);
  assert.equal(desk().saves.length, 1, 'the look of the preview is not the draft');
});

test('appearance: contrast is told with the nearest colour that passes, places and shapes are radio groups', async () => {
  await edit();
  const accent = field('Accent');
  await accent.fill('#ffcc00');
  await page.locator('#f-theme-accent-contrast', { hasText: 'White text is hard to read (1.5 : 1' }).waitFor();
  await page.locator('#appearance').scrollIntoViewIfNeeded();
  await picture(page, 'agent-contrast-light');
  await page.locator('#f-theme-accent-contrast button').click();
  await page.locator('#f-theme-accent-contrast', { hasText: 'White text is easy to read' }).waitFor();
  const fixed = await accent.inputValue();
  await preview().getByText(fixed).waitFor();
  await accent.fill('abc');
  await accent.blur();
  assert.equal(await accent.inputValue(), '#aabbcc');
  await page.getByRole('radio', { name: 'Bottom right' }).focus();
  await page.keyboard.press('ArrowUp');
  await preview().getByText(/bottom_center/).waitFor();
  await choose('16 px');
  // Only a bar can wait for the end of the page.
  assert.equal(await page.getByRole('radio', { name: 'Near the end' }).count(), 0);
  await choose('Bar');
  await choose('Near the end');
  await preview().getByText(/^closed .* revealed/).waitFor();
  await page.getByText('the bar appears when 90 % of it was seen').waitFor();
  await page.locator('.preview').scrollIntoViewIfNeeded();
  await picture(page, 'agent-reveal');
  await accessible(page, 'the preview of a bar that is revealed');
  await choose('At once');
  await preview().getByText(/^open /).waitFor();
  await state('Saved');
  assert.deepEqual([saved().theme.accent, saved().theme.radius, saved().theme.layout, saved().theme.position], ['#aabbcc', 16, 'bar', 'bottom_center']);
});

test('what is not valid is told at its field and held back, while the rest is saved', async () => {
  await edit();
  await field('Accent').fill('blue');
  await page.locator('#f-theme-accent-foot', { hasText: 'Give a colour as #rrggbb' }).waitFor();
  await field('Tone').fill('calm');
  await button('Add website').click();
  await page.waitForFunction(() => document.activeElement.id === 'f-allowed_origins-1');
  await page.keyboard.type('http://example.com');
  await page.locator('#f-allowed_origins-1-foot', { hasText: 'http is for localhost alone' }).waitFor();
  await state('Saved');
  assert.deepEqual([saved().persona.tone, saved().theme.accent, saved().allowed_origins.length], ['calm', '#0b6b57', 1]);
  await page.getByText('2 fields are not valid and not saved').click();
  await focused('f-theme-accent');
  await show(page, 'agent-invalid');
  await page.getByRole('link', { name: 'Overview' }).first().click();
  await page.getByRole('dialog', { name: 'Leave without saving?' }).getByText('Some fields are not valid').waitFor();
  await button('Stay').click();
  await field('Accent').fill('#123456');
  await field('Website 2').fill('Example.com/shop');
  await field('Website 2').blur();
  assert.equal(await field('Website 2').inputValue(), 'https://example.com');
  await page.waitForFunction(() => !document.querySelector('.saving-wrong'));
  await state('Saved');
  assert.deepEqual(saved().allowed_origins, ['https://www.larkspurvets.example', 'https://example.com']);

  // What only the server knows to be wrong.
  await field('Welcome').fill('forbidden words');
  await page.locator('#f-welcome-foot', { hasText: 'This word is not allowed here.' }).waitFor();
  await field('Tone').fill('calmer');
  await until('the tone to be saved', () => saved().persona.tone === 'calmer');
  await state('Saved');
  assert.deepEqual([saved().persona.tone, saved().welcome], ['calmer', 'Hi! What can I help you with?']);
});

test('lists are put in order by buttons, by dragging, and lose nothing of their focus', async () => {
  await edit();
  const prompts = () => page.locator('#f-quick_prompts input').evaluateAll((inputs) => inputs.map((input) => input.value));
  await button('Add prompt').click();
  await page.waitForFunction(() => document.activeElement.id === 'f-quick_prompts-2');
  await page.keyboard.type('Third');
  await button('Move up Prompt 3').focus();
  await page.keyboard.press('Enter');
  assert.equal((await prompts())[1], 'Third');
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'Move up Prompt 2');
  const handle = await page.locator('#f-quick_prompts .handle').nth(1).boundingBox();
  const top = await page.locator('#f-quick_prompts .ordered-row').first().boundingBox();
  await page.mouse.move(handle.x + 8, handle.y + 12);
  await page.mouse.down();
  await page.mouse.move(handle.x + 8, top.y + top.height / 2, { steps: 6 });
  await page.mouse.up();
  assert.equal((await prompts())[0], 'Third');
  await button('Remove Prompt 1').click();
  assert.deepEqual(await prompts(), ['What does a check-up cost?', 'Are you open on Saturday?']);
  for (let i = 0; i < 4; i += 1) await button('Add prompt').click();
  assert.equal(await button('Add prompt').getAttribute('aria-disabled'), 'true');

  await button('Add model').click();
  await page.getByText('The site’s own sentences', { exact: true }).waitFor();
  assert.equal(await page.getByRole('combobox', { name: 'Model', exact: true }).nth(1).evaluate((select) => select.selectedOptions[0].text), 'GPT-4.1 mini');
  assert.equal(await button('Add model').getAttribute('aria-disabled'), 'true', 'each model once');
  await button('Move up Model 2').click();
  await page.getByLabel('For simple questions').selectOption({ label: 'Llama 3.3 70B (Workers AI)' });

  await button('Add field').click();
  await field('Question').nth(1).fill('Which pet?');
  assert.equal(await field('Name in the data').nth(1).inputValue(), 'which_pet');
  await page.getByLabel('Kind').nth(1).selectOption('choice');
  await page.locator('#f-lead_fields-1-options-foot', { hasText: 'A choice needs two options at least.' }).waitFor();
  await field('Choices, one a line').fill('Dog\nCat\n');
  await state('Saved');
  assert.deepEqual(saved().quick_prompts, ['What does a check-up cost?', 'Are you open on Saturday?']);
  assert.deepEqual(saved().models.map((model) => model.model), ['gpt-4.1-mini', '@cf/meta/llama-3.3-70b']);
  assert.equal(saved().simple_model.model, '@cf/meta/llama-3.3-70b');
  assert.deepEqual(saved().lead_fields[1], { key: 'which_pet', label: 'Which pet?', kind: 'choice', required: false, options: ['Dog', 'Cat'] });
});

test('an agent without models shows which of the workspace answer, or names the site’s own sentences', async () => {
  const [llama, gpt] = MODELS.map(({ model }) => model);
  fake.world.team.settings.models = { order: [gpt, llama], simple: llama };
  await edit();
  const part = page.locator('#models');
  assert.equal(await part.getByText('The list is empty').count(), 0);
  await button('Remove Model 1').click();
  await part.getByText('These are, in order: GPT-4.1 mini, Llama 3.3 70B (Workers AI). Simple questions: Llama 3.3 70B (Workers AI).').waitFor();
  assert.equal(await part.getByLabel('For simple questions').count(), 0);
  await state('Saved');
  assert.deepEqual(saved().models, []);
  await part.scrollIntoViewIfNeeded();
  await show(page, 'agent-models-of-workspace');
  await button('Add model').click();
  await page.getByRole('combobox', { name: 'Model', exact: true }).selectOption({ label: MODELS[2].label });
  await state('Saved');
  assert.deepEqual(saved().models, [{ provider: 'extractive' }]);
});

test('edits are undone and redone, also by keyboard, typing as one', async () => {
  await edit();
  await field('Tone').fill('one');
  await page.waitForTimeout(1100);
  await field('Tone').fill('two');
  await button('Undo').click();
  assert.equal(await field('Tone').inputValue(), 'one');
  await page.keyboard.press('Control+z');
  assert.equal(await field('Tone').inputValue(), 'friendly and brief');
  assert.equal(await button('Undo').getAttribute('aria-disabled'), 'true');
  await page.keyboard.press('Control+Shift+Z');
  await button('Redo').click();
  assert.equal(await field('Tone').inputValue(), 'two');
  await state('Saved');
  assert.equal(saved().persona.tone, 'two');
});

test('a server that cannot be reached is tried again; leaving meanwhile asks, then is done', async () => {
  await edit();
  fake.world.broken = '/draft';
  await field('Tone').fill('patient');
  await state('Not saved: the server cannot be reached');
  await accessible(page, 'offline');
  await page.getByRole('link', { name: 'Overview' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
  await dialog.getByText('could not be saved yet').waitFor();
  await show(page, 'agent-leave');
  await dialog.getByRole('button', { name: 'Stay' }).click();
  const asked = new Promise((resolve) => { page.once('dialog', (dialog) => dialog.accept().then(() => resolve(dialog.type()))); });
  await page.reload({ waitUntil: 'commit' });
  assert.equal(await asked, 'beforeunload');
  fake.world.broken = '';
  await field('Tone').fill('quick');
  // Leaving saves first: nothing is asked, nothing lost.
  await page.getByRole('link', { name: 'Overview' }).first().click();
  await at('/app/');
  assert.equal(saved().persona.tone, 'quick');
  await page.goBack();
  await field('Tone').fill('quicker');
  await page.goForward();
  await at('/app/');
  await until('the browser’s own way to save, too', () => saved().persona.tone === 'quicker');
});

test('two people who edit: theirs is loaded with mine to copy, or mine is saved on top', async () => {
  await edit();
  desk().meanwhile(fake.world, AGENTS[0].id, { welcome: 'Jonas says hello' }, 'Jonas Pike');
  await field('Tone').fill('mine');
  await page.getByRole('heading', { name: /^Jonas Pike changed this agent at / }).waitFor();
  await state('Not saved: somebody else changed this agent.');
  await page.getByText('What differs: theirs → yours').click();
  await page.evaluate(() => scrollTo(0, 0));
  await show(page, 'agent-conflict');
  await page.setViewportSize({ width: 1440, height: 900 });
  await button('Load theirs').click();
  assert.equal(await field('Welcome').inputValue(), 'Jonas says hello');
  assert.equal(await field('Tone').inputValue(), 'friendly and brief');
  await page.getByRole('region', { name: 'Your changes that were not saved' }).getByText('mine').waitFor();
  await button('Copy').click();
  await button('Copied').waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /Tone\n- friendly and brief\n\+ mine/);
  await button('Dismiss').click();

  desk().meanwhile(fake.world, AGENTS[0].id, { welcome: 'Jonas again' }, 'Jonas Pike');
  await field('Tone').fill('mine again');
  await button('Keep mine').click();
  await state('Saved');
  assert.deepEqual([saved().persona.tone, saved().welcome], ['mine again', 'Jonas says hello']);
});

test('publishing shows what changes, makes a version; unpublishing says what happens', async () => {
  await edit();
  await field('Welcome').fill('Hi! What can we help you with today?');
  await button('Publish…').click();
  const dialog = page.getByRole('dialog', { name: 'Publish the draft' });
  await dialog.locator('ins', { hasText: 'we' }).waitFor();
  assert.equal(saved().welcome, 'Hi! What can we help you with today?', 'it is saved before it is compared');
  await dialog.getByLabel('Note for colleagues (optional)').fill('A warmer welcome');
  await show(page, 'agent-publish');
  await page.setViewportSize({ width: 1440, height: 900 });
  await dialog.getByRole('button', { name: 'Publish' }).click();
  await page.getByText('Version 4 is live. Visitors get it within two minutes.').waitFor();
  await page.locator('.page-sub').getByText('Version 4 is live').waitFor();
  await page.getByText('Changed since').waitFor({ state: 'detached' });

  await button('Unpublish').click();
  await page.getByText('new visitors stop seeing the widget within two minutes').waitFor();
  await show(page, 'agent-unpublish');
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole('dialog').getByRole('button', { name: 'Unpublish' }).click();
  await page.locator('.page-sub').getByText('Not published').waitFor();
  await page.getByRole('link', { name: 'Embed code' }).click();
  await page.getByText('It shows nothing yet: publish the agent first.').waitFor();
});

test('versions are compared with each other and the draft, and rolled back to after asking', async () => {
  await signIn(page, fake.origin, '/app/agent/versions');
  await heading('Versions');
  await page.getByText('Prices by phone').waitFor();
  await page.getByText('Restores version 1').waitFor();
  await page.getByText('Nothing differs.').waitFor();
  await page.getByLabel('From', { exact: true }).selectOption('1');
  await page.getByLabel('To', { exact: true }).selectOption('3');
  await page.locator('.diff-row', { hasText: 'Accent colour' }).waitFor();
  await show(page, 'agent-versions');
  await button('Swap').click();
  await page.locator('.diff-row del', { hasText: '#0b6b57' }).waitFor();
  await button('Roll back to version 1').click();
  const dialog = page.getByRole('dialog', { name: 'Roll back to version 1?' });
  await dialog.locator('.diff-row', { hasText: 'Accent colour' }).waitFor();
  await show(page, 'agent-roll-back');
  await dialog.getByRole('button', { name: 'Roll back' }).click();
  await page.getByText('Version 4 is live; it restores version 1.').waitFor();
  await page.locator('.version-row').first().getByText('Restores version 1').waitFor();
  await page.locator('.page-sub').getByText('Version 4 is live').waitFor();
  await page.locator('.page-sub').getByText('Changed since').waitFor();
});

test('a viewer sees everything and changes nothing', async () => {
  const workspace = { ...ME.workspace, role: 'viewer' };
  fake.world.account.me = { ...ME, workspace, workspaces: [workspace] };
  await edit();
  await page.getByText('You see this agent as it is.').waitFor();
  assert.equal(await field('Welcome').evaluate((input) => input.readOnly), true);
  assert.equal(await page.getByRole('radio', { name: 'Top left' }).isDisabled(), true);
  for (const name of ['Publish…', 'Undo', 'Add prompt', 'Unpublish']) assert.equal(await button(name).count(), 0, name);
  await preview().getByText('Robin of Larkspur Vets').waitFor();
  await show(page, 'agent-viewer');
  await page.goto(`${fake.origin}/app/agents`);
  await page.getByRole('link', { name: 'Larkspur pet shop' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'New agent' }).count(), 0);
  assert.equal(await page.getByRole('button', { name: /^Actions for/ }).count(), 0);
  await page.goto(`${fake.origin}/app/agents/new`);
  await page.getByText('Your role may not create agents').waitFor();
  await page.goto(`${fake.origin}/app/agent/versions`);
  await page.getByText('Prices by phone').waitFor();
  assert.equal(await page.getByRole('button', { name: /^Roll back/ }).count(), 0);
});

test('on a phone the preview is a tab; what cannot be loaded says so; right to left fits', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  const unavailable = { status: 503, contentType: 'application/json', body: JSON.stringify({ error: { code: 'unavailable', message: 'The store does not answer.' } }) };
  await page.route('**/v1/models', (route) => route.fulfill(unavailable), { times: 1 });
  fake.world.broken = '/agents/agt';
  await signIn(page, fake.origin, '/app/agent');
  await page.getByText('The store does not answer.').waitFor();
  fake.world.broken = '';
  await button('Try again').click();
  await field('Welcome').waitFor();
  await page.locator('#models').getByText('The store does not answer.').waitFor();
  await page.locator('#models').getByRole('button', { name: 'Try again' }).click();
  await button('Add model').waitFor();
  assert.equal(await page.locator('.preview').isVisible(), false);
  await button('Preview').click();
  await preview().getByText('Robin of Larkspur Vets').waitFor();
  assert.equal(await field('Welcome').isVisible(), false);
  await picture(page, 'agent-preview-phone');
  await accessible(page, 'preview, phone');
  await button('Form').click();
  await page.evaluate(() => { document.documentElement.dir = 'rtl'; });
  await fits(page, 'editor, right to left');
  await page.setViewportSize({ width: 1280, height: 800 });
  await fits(page, 'editor, right to left, wide');
  await picture(page, 'agent-rtl-light');
});
