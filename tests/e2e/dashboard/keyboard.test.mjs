// Every form of the dashboard is filled and sent with the keyboard alone, in Chromium against the fake.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGENTS, ME, PASSWORD, id } from './data.mjs';
import { CODE, RECOVERY } from './fake/account.mjs';
import { knowledgeOf } from './fake/knowledge.mjs';
import { asked } from './fake/playground.mjs';
import { add, choose, enter, field, follow, named, pick, press, push, tick, to, write } from './keys.mjs';
import { dialog, fake, heading, page, stage, until } from './stage.mjs';

stage();

const says = (text) => page.getByText(text).first().waitFor();
const gone = (name) => dialog(name).waitFor({ state: 'hidden' });

test('doors: register, forgotten password, new password, second step, invitation', async () => {
  await page.goto(`${fake.origin}/app/sign-in`);
  await follow('Create an account');
  await heading('Create your account');
  await write('Your name', 'Noor Vance');
  await write('E-mail', 'noor@example.com');
  await write('Password', 'a long enough one');
  await push('Show password', 'Space');
  await write('Your business', 'Vance Clocks');
  await push('Create account');
  await heading('Check your mail');
  assert.equal(fake.world.account.registered.workspace, 'Vance Clocks');

  await page.goto(`${fake.origin}/app/sign-in`);
  await follow('Forgot your password?');
  await heading('Forgot your password?');
  await write('E-mail', ME.email);
  await push('Mail me a link');
  await heading('Check your mail');
  await page.goto(`${fake.origin}/app/reset-password#token=reset-ok`);
  await write('New password', PASSWORD);
  await push('Set password');
  await heading('Your password is set');

  fake.world.account.me.totp_enabled = true;
  await enter('/app/sign-in?next=%2Fapp%2Faccount');
  await heading('Two-step verification');
  await push('Use a recovery code');
  await write('Recovery code', RECOVERY[3]);
  await press('Enter');
  await heading('Your account');

  fake.world.account.invitations.set('inv-old', { workspace_name: 'Quill & Sons', invited_by: 'Sorin Vale', email: ME.email, role: 'viewer', account_exists: true });
  await page.goto(`${fake.origin}/app/invitation#token=inv-old`);
  await push('Join');
  await says('Quill & Sons · Viewer');
  fake.world.account.tokens.clear();
  fake.world.account.invitations.set('inv-new', { workspace_name: 'Vane & Daughters', invited_by: 'Sorin Vale', email: 'noor@example.com', role: 'editor', account_exists: false });
  await page.goto(`${fake.origin}/app/invitation#token=inv-new`);
  await write('Your name', 'Noor Vance');
  await write('Password', 'a long enough one');
  await push('Create account and join');
  await says('Vane & Daughters · Editor');
});

test('account: name, address, password, two-step verification, sessions, another workspace, the end', async () => {
  await enter('/app/account');
  await heading('Your account');
  await write('Your name', 'Maren Holt-Vale');
  await push('Save');
  await says('Your name is saved.');

  await push('Sign out Safari on iPhone');
  await says('Safari on iPhone is signed out.');
  await push('Sign out everywhere else');
  await named('button', 'Sign out everywhere else').waitFor({ state: 'detached' });

  await push('Change e-mail');
  await write('New e-mail', 'maren@new.example');
  await write('Your password', PASSWORD);
  await push('Mail the link');
  await says('We mailed a link to maren@new.example');
  await push('Change password');
  await write('Present password', PASSWORD);
  await write('New password', 'a brand new password');
  await to(dialog('Change your password').getByRole('button', { name: 'Change password' }));
  await press('Enter');
  await says('Your password is changed.');

  await push('Set up');
  await write('Your password', 'a brand new password');
  await push('Go on');
  await page.getByAltText(/QR code/).waitFor();
  await write('Code', CODE);
  await push('Confirm');
  await says(RECOVERY[9]);
  await push('I saved them');
  await says('Your recovery codes are in force.');
  await push('Switch off');
  await write('Your password', 'a brand new password');
  await press('Enter');
  await says('Two-step verification is off.');

  await push(/^Account of Maren Holt-Vale/);
  await push('Create a workspace');
  await write('Name', 'Larkspur Stables');
  await push('Create workspace');
  await says('Larkspur Stables · Owner');
  fake.world.team.members.splice(1);
  await page.goto(`${fake.origin}/app/account`);
  await push('Delete account');
  await write('Your e-mail', ME.email);
  await write('Your password', 'a brand new password');
  await press('Enter');
  await heading('Sign in to Frontdesk');
});

test('team: invite, change a role, hand over; the workspace’s profile, hours and keys; the audit log', async () => {
  const { team } = fake.world;
  await enter('/app/team');
  await says('Imke Adeyemi');
  await push('Invite');
  await write('E-mail', 'ilse@larkspurvets.example');
  await pick(/^Viewer/);
  await push('Send invitation');
  await says('The invitation to ilse@larkspurvets.example is on its way.');
  assert.equal(team.invitations[0].role, 'viewer');
  await push('Take back: ilse@larkspurvets.example');
  await named('button', 'Take back: ilse@larkspurvets.example').waitFor({ state: 'detached' });
  await choose('Role of Imke Adeyemi', 'Viewer');
  await says('Imke Adeyemi is viewer now.');
  await push('Remove Imke Adeyemi');
  await to(dialog('Remove Imke Adeyemi?').getByRole('button', { name: 'Remove', exact: true }));
  await press('Enter');
  await says('Imke Adeyemi is no member any more.');

  await page.goto(`${fake.origin}/app/settings`);
  await field('Name').waitFor();
  await write('Name', 'Larkspur Veterinary');
  await push('Save name');
  await says('The name is saved.');
  await write('Address', '1 Quay Street');
  await write('Website', 'larkspur.example');
  await choose('Time zone', 'Europe/Paris');
  await push('Add hours to Sunday');
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'Sunday, open from');
  await page.keyboard.type('1000');
  await to(field('Sunday, open to'));
  await page.keyboard.type('1230');
  await push('Save business');
  await says('The business profile is saved.');
  const { profile } = team.settings;
  assert.deepEqual([profile.address, profile.website, profile.hours.time_zone], ['1 Quay Street', 'https://larkspur.example', 'Europe/Paris']);
  assert.deepEqual(profile.hours.open.filter((span) => span.weekday === 7), [{ weekday: 7, from: 600, to: 750 }]);
  await pick('Always open');
  await Promise.all([page.waitForResponse((response) => response.request().method() === 'PATCH'), push('Save business')]);
  assert.deepEqual(team.settings.profile.hours.open, []);

  await follow('API keys');
  await says('Nightly import');
  await push('Create key');
  await write('Name', 'Reporting');
  await tick(/Read conversations/);
  await choose('Expires after', '30 days');
  await write('Requests a minute', '120');
  await to(dialog('Create an API key').getByRole('button', { name: 'Create key' }));
  await press('Enter');
  await page.locator('#key-secret').waitFor();
  await push('I saved it');
  await named('button', 'Revoke Reporting').waitFor();
  assert.deepEqual([team.keys[0].scopes, team.keys[0].rate_limit], [['conversations:read'], 120]);
  await push('Replace Booking system');
  await choose('The old key', '1 more hour');
  await push('Replace key');
  await page.locator('#key-secret', { hasText: 'rotated' }).waitFor();
  await push('I saved it');
  await push('Revoke Reporting');
  await push('Revoke key');
  await says('Reporting is revoked.');

  await follow('Audit log');
  await page.locator('.entry').first().waitFor();
  await choose('Who', 'Sorin Vale');
  await page.waitForURL(/actor=usr_/);

  await page.goto(`${fake.origin}/app/team`);
  await push('Make owner: Sorin Vale');
  await write('Your password', PASSWORD);
  await push('Transfer ownership');
  await says('Larkspur Veterinary · Admin');
});

test('agent: made, edited in every part, published, taken offline, rolled back, renamed, deleted; the snippet is copied', async () => {
  const draft = () => fake.world.desk.of(fake.world, AGENTS[0].id).draft;
  await enter('/app/agents/new');
  await write('Name', 'Night desk');
  await choose('Language', 'German');
  await push('Create agent');
  await heading('Night desk');
  fake.world.agents = fake.world.agents.filter((agent) => agent.name !== 'Night desk');

  await page.goto(`${fake.origin}/app/agent`);
  await heading('Larkspur front desk');
  await write('Tone', 'calm');
  await write('Accent', '#123456');
  await pick('Bar');
  await pick('Top left');
  await write('Welcome', 'Good morning!');
  await add('Add prompt');
  await page.keyboard.type('Third');
  await push('Move up Prompt 3');
  await write('Own instructions', 'Be brief.');
  await add('Add topic');
  await page.keyboard.type('Politics');
  await tick(/^Offer a meeting/);
  await choose('Kind', 'Short text');
  await add('Add field');
  await page.keyboard.type('Which pet?');
  await add('Add website');
  await page.keyboard.type('https://shop.example');
  await push('Add model');
  // "Saved" may still be of the save before.
  await until('the second model to be saved', () => draft().models.length === 2);
  await page.waitForFunction(() => /^Saved/.test(document.querySelector('.saving-state')?.textContent ?? ''));
  await push('Publish…');
  await write('Note for colleagues (optional)', 'By hand');
  await to(dialog('Publish the draft').getByRole('button', { name: 'Publish' }));
  await press('Enter');
  await says('Version 4 is live. Visitors get it within two minutes.');
  const now = draft();
  assert.deepEqual([now.persona.tone, now.theme.accent, now.theme.layout, now.theme.position, now.welcome], ['calm', '#123456', 'bar', 'top_left', 'Good morning!']);
  assert.deepEqual([now.quick_prompts[1], now.instructions, now.guardrails.avoid.at(-1), now.guardrails.allowed_actions.includes('book_meeting')], ['Third', 'Be brief.', 'Politics', true]);
  assert.deepEqual([now.lead_fields[0].kind, now.lead_fields[1].label, now.allowed_origins.at(-1), now.models.length], ['text', 'Which pet?', 'https://shop.example', 2]);
  await push('Unpublish');
  await to(dialog(/^Unpublish|offline/).getByRole('button', { name: 'Unpublish' }));
  await press('Enter');
  await page.locator('.page-sub').getByText('Not published').waitFor();

  await page.goto(`${fake.origin}/app/agent/versions`);
  await says('Prices by phone');
  await choose('From', '1');
  await push('Roll back to version 1');
  await push('Roll back');
  await says('it restores version 1.');

  await page.goto(`${fake.origin}/app/agents`);
  await push('Actions for Larkspur pet shop');
  await push('Rename');
  await write('Name', 'Pet shop');
  await press('Enter');
  await named('link', 'Pet shop').waitFor();
  await push('Actions for Pet shop');
  await push('Delete…');
  await to(dialog('Delete Pet shop?').getByRole('textbox'));
  await page.keyboard.type('Pet shop');
  await push('Delete agent');
  await named('link', 'Pet shop').waitFor({ state: 'detached' });

  await page.goto(`${fake.origin}/app/`);
  await push('Copy');
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^<script src=/);
});

test('knowledge: a website, a feed, a text, an FAQ list, files; one is renamed, one deleted', async () => {
  // Asked for only when the key is pressed, the browser may open its own dialog before it hears of it.
  page.on('filechooser', () => {});
  const state = () => knowledgeOf(fake.world);
  await enter('/app/sources');
  await follow('Add knowledge');
  await heading('Add knowledge');
  await follow(/^Website/);
  await write('Address', 'harbour.example');
  await press('Enter');
  await heading('harbour.example');
  await push('Delete');
  await push('Delete source');
  await says('is deleted');

  await follow('Add knowledge');
  await follow(/^Feed/);
  await write('Address', 'https://example.com/feed.xml');
  await push('Add and read');
  await heading('A feed');

  await page.goto(`${fake.origin}/app/sources/new`);
  await follow(/^Text/);
  await write('Title', 'Rules');
  await write('Text', 'Dogs on a lead.');
  await push('Preview');
  await push('Write');
  await push('Add text');
  await heading('Rules');
  await write('Text', 'Cats in a basket.');
  await push('Save');
  await says('Saved. The text is being read again.');
  assert.equal(state().sources[0].text, 'Cats in a basket.');

  await page.goto(`${fake.origin}/app/sources/new`);
  await follow(/^FAQ/);
  await write('Title', 'Counter');
  await write('Question 1', 'Can I park?');
  await write('Answer 1', 'Behind the house.');
  await push('Add question');
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'Question 2');
  await page.keyboard.type('Do you board?');
  await write('Answer 2', 'Cats and rabbits.');
  await push('Move question 2 up');
  await push('Add list');
  await heading('Counter');
  assert.deepEqual(state().sources[0].pairs.map((pair) => pair.question), ['Do you board?', 'Can I park?']);
  await push('Import CSV');
  await to(field('CSV file'));
  const [table] = await Promise.all([page.waitForEvent('filechooser'), press('Enter')]);
  await table.setFiles({ name: 'q.csv', mimeType: 'text/csv', buffer: Buffer.from('Question,Answer\nDo you treat rabbits?,Yes\n') });
  await push('Take over 1 pair');
  await field('Question 3').waitFor();

  await page.goto(`${fake.origin}/app/sources/${id('src', 101)}`);
  await heading('Leaflets and price lists');
  await to(named('button', 'Choose files'));
  const [files] = await Promise.all([page.waitForEvent('filechooser'), press('Enter')]);
  await files.setFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.alloc(100, 'x') });
  await page.locator('.file-row', { hasText: 'notes.txt' }).getByText('Indexed').waitFor();
  await push('Rename');
  await write('Title', 'Leaflets of 2027');
  await press('Enter');
  await heading('Leaflets of 2027');
});

test('curated answers are written, tried, moved, switched and deleted', async () => {
  const state = () => knowledgeOf(fake.world);
  await enter('/app/curated');
  await says('Do you treat ferrets?');
  await push('Add answer');
  await write('Phrasings of the question', 'Do you have parking?');
  await write('Keywords', 'parking');
  await write('Answer', 'Yes, behind the house.');
  await write('Only on these pages', '/contact');
  await tick('English');
  await push('Save');
  await gone('Add a curated answer');
  const made = state().curated.at(-1);
  assert.deepEqual([made.pattern, made.answer, made.pages, made.languages], ['Do you have parking?', 'Yes, behind the house.', '/contact', ['en']]);
  await write('Question', 'Do you have parking?');
  await write('Asked on page (optional)', 'https://www.larkspurvets.example/contact');
  await push('Try');
  await page.locator('.trial-reply').getByText('Exact').first().waitFor();
  await push('Move “Do you have parking?” up');
  await says('is now number 4 of 5');
  await to(named('switch', 'Use “Do you treat ferrets?”'));
  await press('Space');
  await says('“Do you treat ferrets?” applies again.');
  await push('Edit “Do you have parking?”');
  await write('Answer', 'No.');
  await push('Save');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  assert.equal(state().curated.find((it) => it.pattern === 'Do you have parking?').answer, 'No.');
  await push('Delete “Do you have parking?”');
  await push('Delete answer');
  await says('“Do you have parking?” is deleted.');
});

test('playground: a question on a page, to a version, its source, and a bad mark with its reason', async () => {
  fake.world.pace = 2;
  await enter('/app/playground');
  await says('Nothing here is billed or counted.');
  await choose('Version', 'Version 2');
  await to(page.locator('summary', { hasText: 'Asked on no particular page' }));
  await press('Enter');
  await write('Page the visitor is on', 'https://www.larkspurvets.example/prices');
  await to(field('Question'), 'Shift+Tab');
  await page.keyboard.type('What does it cost?');
  await push('Ask');
  await page.getByText('The answer is complete.').waitFor({ state: 'attached' });
  await to(named('button', 'Source 1').first(), 'Shift+Tab');
  await press('Enter');
  await dialog(/^Source 1/).waitFor();
  await press('Escape');
  await push('Bad answer');
  await page.waitForFunction(() => document.activeElement.id.startsWith('reason-'));
  await page.keyboard.type('Old price');
  await push('Send');
  await named('button', 'Bad answer').and(page.locator('[aria-pressed=true]')).waitFor();
  const bodies = asked.get(fake.world).map((call) => call.body);
  assert.deepEqual([bodies[0].version, bodies[0].page_url], [2, 'https://www.larkspurvets.example/prices']);
  assert.deepEqual([bodies.at(-1).rating, bodies.at(-1).reason], ['bad', 'Old price']);
});
