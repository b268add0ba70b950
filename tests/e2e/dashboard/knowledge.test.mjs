// Files, texts, FAQ lists, feeds, documents and curated answers in Chromium against the fake.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picture, show, signIn } from './browser.mjs';
import { AGENTS, id } from './data.mjs';
import { PDF, knowledgeOf } from './fake/knowledge.mjs';
import { button, fake, focused, heading, page, stage } from './stage.mjs';

stage();

const state = () => knowledgeOf(fake.world);
const file = (name, size = 2000) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.alloc(size, 'x') });
/** Drops files on the page, as a person does from a folder. */
const drop = (files) => page.evaluate((files) => {
  const data = new DataTransfer();
  for (const [name, size] of files) data.items.add(new File([new Uint8Array(size)], name));
  const fire = (type) => document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  fire('dragover');
  return new Promise((resolve) => setTimeout(() => { fire('drop'); resolve(); }, 200));
}, files);
const viewer = () => { fake.world.account.me = { ...fake.world.account.me, workspace: { ...fake.world.account.me.workspace, role: 'viewer' } }; };

test('every kind of knowledge is listed and can be added', async () => {
  await signIn(page, fake.origin, '/app/sources');
  await page.getByRole('link', { name: 'Leaflets and price lists' }).waitFor();
  for (const kind of ['Website', 'Sitemap', 'Files', 'Text', 'FAQ list', 'Feed']) await page.locator('.source-name').getByText(kind, { exact: true }).first().waitFor();
  await show(page, 'knowledge-list');
  await page.getByRole('link', { name: 'Add knowledge' }).click();
  await heading('Add knowledge');
  await show(page, 'knowledge-add');
  await page.getByRole('link', { name: /^Feed/ }).click();
  await page.getByLabel('Address').fill('https://example.com/about');
  await button('Add and read').click();
  await page.locator('#url-problem', { hasText: 'no feed' }).waitFor();
  await focused('url');
  await page.getByLabel('Address').fill('https://example.com/feed.xml');
  await page.keyboard.press('Enter');
  await heading('A feed');
  await page.getByText('Summer hours').waitFor();
  await show(page, 'knowledge-feed');
});

test('files are dropped, checked, sent with progress, read, and told about', async () => {
  await signIn(page, fake.origin, `/app/sources/${id('src', 101)}`);
  await heading('Leaflets and price lists');
  await page.getByText('This PDF holds pictures of text only').waitFor();
  await show(page, 'files');
  await drop([['Opening hours.md', 4000], ['rota.xlsx', 10], ['nothing.pdf', 0], ['corrupt.pdf', 900]]);
  await page.getByText('Only PDF, DOCX, TXT, MD, CSV and HTML').waitFor();
  await page.getByText('This file is empty').waitFor();
  await page.locator('.file-row', { hasText: 'Opening hours.md' }).getByText('Indexed').waitFor();
  await page.getByText('2 pages · 3 passages').first().waitFor();
  const corrupt = page.locator('.file-row', { hasText: 'corrupt.pdf' });
  await corrupt.getByText('its end is missing').waitFor();
  await show(page, 'files-problems');
  await corrupt.getByRole('button', { name: 'Try again' }).click();
  await corrupt.getByText('Indexed').waitFor();
  await button('Dismiss rota.xlsx').click();
  await page.getByText('rota.xlsx').waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('link', { name: 'Download Price list 2026.pdf' }).getAttribute('href'), `/v1/files/${id('fil', 1)}`);
  await button('Delete scan0004.pdf').click();
  await page.getByRole('dialog', { name: 'Delete scan0004.pdf?' }).waitFor();
  await button('Delete file').click();
  await page.getByText('scan0004.pdf is deleted.').waitFor();
  await page.locator('.file-row', { hasText: 'scan0004.pdf' }).waitFor({ state: 'detached' });
});

test('a source of files is renamed on its page', async () => {
  await signIn(page, fake.origin, `/app/sources/${id('src', 101)}`);
  await heading('Leaflets and price lists');
  await button('Rename').click();
  const dialog = page.getByRole('dialog', { name: 'Rename the source' });
  const title = dialog.getByLabel('Title');
  assert.equal(await title.inputValue(), 'Leaflets and price lists');
  await title.fill('  ');
  await page.keyboard.press('Enter');
  await dialog.getByText('Give it a title to know it by.').waitFor();
  await focused('rename-source-title');
  await show(page, 'files-rename');
  fake.world.broken = '/sources/';
  await title.fill('Leaflets of 2027');
  await page.keyboard.press('Enter');
  await dialog.getByText('The store does not answer').waitFor();
  fake.world.broken = '';
  await dialog.getByRole('button', { name: 'Rename' }).click();
  await heading('Leaflets of 2027');
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('The source is called Leaflets of 2027 now.').waitFor();
  const [{ body }] = state().requests.filter(({ route }) => route === 'PATCH sources/*');
  assert.equal(body.title, 'Leaflets of 2027');
  await page.getByRole('link', { name: 'Knowledge' }).first().click();
  await page.getByRole('link', { name: 'Leaflets of 2027' }).waitFor();
});

test('an upload that fails can be tried again, one that is under way cancelled, and ten files are enough', async () => {
  await signIn(page, fake.origin, `/app/sources/${id('src', 101)}`);
  await page.locator('.file-row').first().waitFor();
  const input = page.locator('input[type=file]');
  state().uploadStatus = 503;
  await input.setInputFiles([file('notes.txt')]);
  await page.getByText('The store does not answer').waitFor();
  state().uploadStatus = 0;
  await page.locator('.file-row', { hasText: 'notes.txt' }).getByRole('button', { name: 'Try again' }).click();
  await page.locator('.file-row', { hasText: 'notes.txt' }).getByText('Indexed').waitFor();
  let release;
  await page.route('**/files?name=slow*', async (route) => {
    await new Promise((resolve) => { release = resolve; });
    await route.abort().catch(() => {});
  });
  await input.setInputFiles([file('slow.pdf', 300_000)]);
  await page.getByRole('progressbar', { name: 'Upload of slow.pdf' }).waitFor();
  await picture(page, 'files-uploading');
  await button('Cancel slow.pdf').click();
  await page.getByText('slow.pdf').waitFor({ state: 'detached' });
  release?.();
  await input.setInputFiles(Array.from({ length: 8 }, (_, i) => file(`leaflet ${i}.pdf`)));
  await page.getByText('A source holds 10 files').first().waitFor();
  assert.equal(await page.getByText('A source holds 10 files').count(), 2);
});

test('files dropped on the list become a source of their own', async () => {
  await signIn(page, fake.origin, '/app/sources');
  await page.getByRole('link', { name: 'Leaflets and price lists' }).waitFor();
  await drop([['rota.xlsx', 5]]);
  await page.getByText('Only PDF, DOCX').waitFor();
  await drop([['Aftercare.pdf', 5000]]);
  await heading('Files');
  await page.locator('.file-row', { hasText: 'Aftercare.pdf' }).getByText('Indexed').waitFor();
});

test('a text is written with a preview, saved, and not lost by leaving', async () => {
  await signIn(page, fake.origin, '/app/sources/new?kind=text');
  await button('Add text').click();
  await page.locator('#title-problem', { hasText: 'title' }).waitFor();
  await focused('title');
  await page.getByLabel('Title').fill('Taken');
  await page.getByLabel('Text', { exact: true }).fill('Dogs on a **lead**.\n\n<img src=x onerror=alert(1)>');
  await button('Preview').click();
  assert.equal(await page.locator('.markdown-preview strong').innerText(), 'lead');
  assert.equal(await page.locator('.markdown-preview img').count(), 0);
  await page.locator('.markdown-preview').getByText('<img src=x').waitFor();
  await show(page, 'text-new');
  await button('Add text').click();
  await page.locator('#title-problem', { hasText: 'already' }).waitFor();
  await page.getByLabel('Title').fill('Rules');
  let asked = 0;
  page.once('dialog', (dialog) => { asked += 1; dialog.dismiss(); });
  await page.getByRole('link', { name: /^Website/ }).click();
  assert.equal(asked, 1);
  assert.equal(await page.getByLabel('Title').inputValue(), 'Rules');
  await button('Add text').click();
  await heading('Rules');
  await page.getByText('All changes are saved').waitFor();
  await page.getByLabel('Text', { exact: true }).fill('Cats in a basket.');
  await page.getByText('Not saved yet').waitFor();
  await button('Save').click();
  await page.getByText('Saved. The text is being read again.').waitFor();
  assert.equal(state().sources[0].text, 'Cats in a basket.');
  await show(page, 'text-edit');
  await page.getByLabel('Text', { exact: true }).fill('x'.repeat(200_001));
  await button('Save').click();
  await page.locator('#text-problem', { hasText: 'too long' }).waitFor();
  page.once('dialog', (dialog) => dialog.accept());
  await page.getByRole('link', { name: 'Indexed text' }).click();
  await page.getByText('Rules').first().waitFor();
});

test('an FAQ list is edited in a table, reordered by keyboard, imported and exported', async () => {
  await signIn(page, fake.origin, `/app/sources/${id('src', 103)}`);
  await heading('Questions at the counter');
  await page.getByLabel('Question 3', { exact: true }).waitFor();
  await show(page, 'faq');
  await button('Move question 3 up').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('Moved to place 2 of 3.').waitFor({ state: 'attached' });
  assert.equal(await page.getByLabel('Question 2', { exact: true }).inputValue(), 'Do you sell food?');
  await page.waitForFunction(() => document.activeElement.id.startsWith('up-'));
  await button('Add question').click();
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'Question 4');
  await page.keyboard.type('Where can I park?');
  await button('Save').click();
  await page.getByText('Row 4 has no answer').waitFor();
  await page.waitForFunction(() => document.activeElement.id.startsWith('answer-'));
  await page.keyboard.type('Behind the house.');
  await button('Remove question 1').click();
  await button('Import CSV').click();
  const dialog = page.getByRole('dialog', { name: 'Import questions' });
  await dialog.getByLabel('CSV file').setInputFiles({ name: 'q.csv', mimeType: 'text/csv', buffer: Buffer.from('Question;Answer\n"Do you treat; rabbits?";Yes\nNo answer here;\n') });
  await dialog.getByText('1 pair was read').waitFor();
  await dialog.getByText('Line 3:').waitFor();
  await show(page, 'faq-import');
  await dialog.getByRole('button', { name: 'Take over 1 pair' }).click();
  await page.getByLabel('Question 4', { exact: true }).waitFor();
  await button('Save').click();
  await page.getByText('Saved. The list is being read again.').waitFor();
  assert.deepEqual(state().sources.find((it) => it.kind === 'faq').pairs.map((pair) => pair.question), ['Do you sell food?', 'Can I pay by card?', 'Where can I park?', 'Do you treat; rabbits?']);
  const [download] = await Promise.all([page.waitForEvent('download'), button('Export CSV').click()]);
  assert.equal(download.suggestedFilename(), 'Questions at the counter.csv');
  const text = await (await import('node:fs/promises')).readFile(await download.path(), 'utf8');
  assert.match(text, /^question,answer\r\n"Do you sell food\?","Prescription diets only\."\r\n/);
  await page.goto(`${fake.origin}/app/sources/new?kind=faq`);
  await page.getByLabel('Title').fill('New list');
  await page.getByLabel('Question 1', { exact: true }).fill('Q');
  await page.getByLabel('Answer 1', { exact: true }).fill('A');
  await button('Add list').click();
  await heading('New list');
});

test('a document shows its passages and leads to the one that was asked for', async () => {
  await signIn(page, fake.origin, `/app/documents/${PDF}?passage=2`);
  await heading('Price list 2026');
  await page.getByText('Cited here').waitFor();
  await page.waitForFunction(() => document.activeElement.id === 'passage-2');
  assert.match(await page.locator('#passage-2').innerText(), /Passage 3\s+page 3\s+Price list › Dental care/);
  await show(page, 'document');
  await page.goto(`${fake.origin}/app/documents/${id('doc', 9)}`);
  await page.getByText('There is no such page').waitFor();
});

test('curated answers are tried, moved, switched, written and deleted', async () => {
  await signIn(page, fake.origin, '/app/curated');
  await heading('Curated answers');
  await page.getByText('Do you treat ferrets?').waitFor();
  await show(page, 'curated');
  const ask = async (question, said) => {
    await page.getByLabel('Question', { exact: true }).fill(question);
    await page.keyboard.press('Enter');
    await page.locator('.trial-reply').getByText(said).first().waitFor();
  };
  await ask('is there an emergency line', 'Exact');
  await ask('An emergency at the weekend', 'Keywords');
  await ask('Can I pay you in instalments please', 'closeness 1.00');
  await ask('Do you treat ferrets?', 'None applies: the agent answers this itself');
  await page.getByLabel('Asked on page (optional)').fill('https://www.larkspurvets.example/prices/cats');
  await ask('what does a first vaccination cost', 'Exact');
  await show(page, 'curated-trial');

  await button('Move “Do you treat emergencies at night?” down').click();
  await page.getByText('is now number 2 of 4').waitFor();
  await page.waitForFunction(() => document.querySelector('.curated-row strong').textContent === 'What does a first vaccination cost?');
  await page.waitForFunction(() => document.activeElement.id.startsWith('down-cur_'));
  await button('Undo').click();
  await page.waitForFunction(() => document.querySelector('.curated-row strong').textContent.startsWith('Do you treat emergencies'));
  await page.locator('.drag-handle').nth(3).dragTo(page.locator('.curated-row').first());
  await page.getByText('“Can I pay in instalments?” is now number 1 of 4.').waitFor();
  await page.waitForFunction(() => true);
  assert.equal(state().curated[0].pattern, 'Can I pay in instalments?');
  await show(page, 'curated-moved');
  state().refuseOrder = true;
  await button('Move “Can I pay in instalments?” down').click();
  await page.getByText('The order was not saved').waitFor();
  await page.waitForFunction(() => document.querySelector('.curated-row strong').textContent.startsWith('Can I pay'));

  await page.getByRole('switch', { name: 'Use “Do you treat ferrets?”' }).click();
  await page.getByText('“Do you treat ferrets?” applies again.').waitFor();
  assert.equal(await page.getByRole('switch', { name: 'Use “Do you treat ferrets?”' }).getAttribute('aria-checked'), 'true');

  await button('Add answer').click();
  const dialog = page.getByRole('dialog', { name: 'Add a curated answer' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.locator('#pattern-problem', { hasText: 'at least one phrasing' }).waitFor();
  await dialog.getByLabel('Phrasings of the question').fill('Do you have parking?\n\n Where can I park? ');
  await dialog.getByLabel('Keywords').fill('parking');
  await dialog.getByLabel('Answer', { exact: true }).fill('Yes, **behind** the house.');
  await dialog.getByLabel('Only on these pages').fill('contact');
  await dialog.getByLabel('English').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.locator('#pages-problem', { hasText: 'begins with /' }).waitFor();
  await show(page, 'curated-edit');
  await dialog.getByLabel('Only on these pages').fill('/contact');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.locator('.curated-row', { hasText: 'Do you have parking?' }).getByText('2 phrasings · 1 line of keywords · on /contact · in en').waitFor();
  const { pattern, languages } = state().curated.at(-1);
  assert.deepEqual([pattern, languages], ['Do you have parking?\nWhere can I park?', ['en']]);
  await button('Delete “Do you have parking?”').click();
  await button('Delete answer').click();
  await page.getByText('“Do you have parking?” is deleted.').waitFor();
  assert.equal(state().curated.length, 4);
});

test('proposed answers are approved as they are, edited first, or dismissed and taken back', async () => {
  await signIn(page, fake.origin, '/app/curated');
  await page.getByRole('heading', { name: 'Proposed from your site (3)' }).waitFor();
  const proposals = page.getByRole('list', { name: 'Proposed answers, first found first' });
  const link = proposals.getByRole('link', { name: 'Visit us' });
  assert.equal(await link.getAttribute('href'), 'https://www.larkspurvets.example/visit');
  assert.equal(await proposals.getByRole('link', { name: 'Leaflet for new patients' }).count(), 0);
  await show(page, 'curated-proposed');
  await button('Dismiss: Where can I park?').click();
  await page.getByText('“Where can I park?” is not proposed any more.').waitFor();
  await page.getByRole('heading', { name: 'Proposed from your site (2)' }).waitFor();
  await button('Undo').click();
  await page.getByRole('heading', { name: 'Proposed from your site (3)' }).waitFor();
  await button('Approve: Do you treat rabbits?').click();
  const row = page.locator('.curated-row', { hasText: 'Do you treat rabbits?' });
  await row.getByRole('link', { name: 'https://www.larkspurvets.example/faq' }).waitFor();
  await page.getByRole('heading', { name: 'Proposed from your site (2)' }).waitFor();
  await button('Edit and approve: Where can I park?').click();
  const dialog = page.getByRole('dialog', { name: 'Edit and approve' });
  assert.equal(await dialog.getByLabel('Phrasings of the question').inputValue(), 'Where can I park?');
  await dialog.getByLabel('Only on these pages').fill('/visit');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.locator('.curated-row', { hasText: 'Where can I park?' }).getByText('on /visit').waitFor();
  assert.equal(state().curated.at(-1).answer, 'There are six places behind the house:\n\n- four for cars\n- two for cargo bikes');
  await button('Dismiss: How is my pet insured?').click();
  await page.getByText('Nothing is proposed').waitFor();
  await show(page, 'curated-proposed-none');
});

test('an answer says the words of a template, as they will be read, and the template says by whom', async () => {
  await signIn(page, fake.origin, '/app/curated');
  await page.getByText('Do you treat ferrets?').waitFor();
  const row = page.locator('.curated-row', { hasText: 'When do you open?' });
  const lend = async () => {
    await button('Add answer').click();
    await page.getByLabel('Phrasings of the question').fill('When do you open?');
    await page.getByLabel('Words of a template').check();
  };
  fake.world.broken = 'templates';
  await lend();
  await page.getByText('The store does not answer').waitFor();
  fake.world.broken = '';
  await button('Try again').click();
  await page.getByText('There is no template yet').waitFor();
  await button('Save').click();
  await page.locator('#template_id-problem', { hasText: 'Choose a template' }).waitFor();
  await show(page, 'curated-template-none');
  const template = (number, name, text, more = {}) => ({ id: id('tpl', number), name, text, used: 2, used_by_agents: 0, created_at: 0, edited_at: 0, ...more });
  fake.world.templates.push(
    template(1, 'Hours', 'Hello {{visitor_name|there}}, {{agent_name}} of {{workspace_name}} here: we open at **nine**.', { used_by_agents: 3 }),
    template(2, 'Signed', 'Yours, {{member_name}}'),
  );
  assert.equal(await page.getByRole('link', { name: 'Write the first' }).getAttribute('href'), '/app/templates');
  await button('Cancel').click();
  await lend();
  const select = page.getByLabel('Template', { exact: true });
  assert.equal(await select.locator('option', { hasText: 'Signed (for members only)' }).isDisabled(), true);
  await select.selectOption({ label: 'Hours' });
  const words = `Hello there, ${AGENTS[0].name} of Larkspur Vets here: we open at nine.`;
  await page.getByRole('region', { name: 'Preview' }).getByText(words).waitFor();
  await show(page, 'curated-template');
  await button('Save').click();
  await row.getByText(words).waitFor();
  await row.getByText('words of a template').waitFor();
  const made = () => state().curated.at(-1);
  assert.deepEqual([made().answer, made().template_id], ['', id('tpl', 1)]);
  await page.getByRole('switch', { name: 'Use “When do you open?”' }).click();
  await page.getByText('“When do you open?” is switched off.').waitFor();
  assert.deepEqual([made().enabled, made().template_id], [false, id('tpl', 1)]);

  await page.goto(`${fake.origin}/app/templates`);
  const hours = page.locator('.template-row', { hasText: 'Hours' });
  await hours.getByText('Used 2 times by members, 3 times by agents').waitFor();
  await hours.getByText(`Used by agents in: “When do you open?” (${AGENTS[0].name})`).waitFor();
  await show(page, 'templates-agents');

  await page.goto(`${fake.origin}/app/curated`);
  await button('Edit “When do you open?”').click();
  assert.equal(await page.getByLabel('Words of a template').isChecked(), true);
  await page.getByLabel('Own words').check();
  await page.getByLabel('Answer', { exact: true }).fill('At noon.');
  await button('Save').click();
  await row.getByText('At noon.').waitFor();
  assert.deepEqual([made().answer, made().template_id], ['At noon.', undefined]);
});

test('nothing yet says what curated answers are for', async () => {
  await signIn(page, fake.origin, '/app/curated');
  await page.getByText('Do you treat ferrets?').waitFor();
  await page.getByLabel('Agent', { exact: true }).selectOption({ label: 'Larkspur pet shop' });
  await page.getByText('No curated answer yet').waitFor();
  await show(page, 'curated-empty');
});

test('a viewer looks and changes nothing', async () => {
  viewer();
  await signIn(page, fake.origin, '/app/sources');
  await page.getByRole('link', { name: 'Leaflets and price lists' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Add knowledge' }).count(), 0);
  await page.getByRole('link', { name: 'Leaflets and price lists' }).click();
  await page.getByText('Price list 2026.pdf').waitFor();
  assert.equal(await page.getByRole('button', { name: /Delete|Rename|Choose files|Try again/ }).count(), 0);
  await show(page, 'files-viewer');
  await page.goto(`${fake.origin}/app/sources/${id('src', 103)}`);
  await page.getByLabel('Question 1', { exact: true }).waitFor();
  assert.equal(await page.getByLabel('Question 1', { exact: true }).isEditable(), false);
  assert.equal(await page.getByRole('button', { name: /Save|Import|Add question|Move/ }).count(), 0);
  await page.goto(`${fake.origin}/app/sources/${id('src', 102)}`);
  await page.locator('.markdown-preview strong').first().waitFor();
  await page.goto(`${fake.origin}/app/sources/new`);
  await page.getByText('Your role can look at knowledge').waitFor();
  await page.goto(`${fake.origin}/app/curated`);
  await page.getByText('Do you treat ferrets?').waitFor();
  assert.equal(await page.getByRole('button', { name: /Move|Delete|Edit|Add/ }).count(), 0);
  await show(page, 'curated-viewer');
});

test('what cannot be loaded says so and can be tried again', async () => {
  await signIn(page, fake.origin, '/app/curated');
  await page.getByText('Do you treat rabbits?').waitFor();
  for (const [broken, there] of [['curated-answers', 'Do you treat ferrets?'], ['curated-proposals', 'Do you treat rabbits?']]) {
    fake.world.broken = broken;
    await page.goto(`${fake.origin}/app/curated`);
    await page.getByText('The store does not answer').waitFor();
    fake.world.broken = '';
    await button('Try again').click();
    await page.getByText(there).waitFor();
  }
});
