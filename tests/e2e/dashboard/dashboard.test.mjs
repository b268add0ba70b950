// The dashboard in Chromium against the fake: every screen, by mouse and by keyboard, light, dark and small.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fits, picture, show, signIn } from './browser.mjs';
import { AGENTS, ME, PASSWORD, SITE, id } from './data.mjs';
import { at, fake, focused, heading, page, stage, violations } from './stage.mjs';

stage();

test('a wrong password is told at the form, a right one leads back to where one was', async () => {
  await page.goto(`${fake.origin}/app/sources/${id('src', 1)}?state=failed`);
  await at(`/app/sign-in?next=${encodeURIComponent(`/app/sources/${id('src', 1)}?state=failed`)}`);
  await heading('Sign in to Frontdesk');
  await show(page, 'sign-in');

  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Enter the e-mail address').waitFor();
  await focused('email');
  await page.getByLabel('E-mail').fill('nobody');
  await page.getByLabel('Password', { exact: true }).fill('wrong');
  await page.keyboard.press('Enter');
  await page.locator('#email-problem', { hasText: 'not an e-mail address' }).waitFor();
  await page.getByLabel('E-mail').fill(ME.email);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('E-mail or password is wrong').waitFor();
  await focused('password');
  await show(page, 'sign-in-wrong');

  fake.world.delay = Infinity;
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Signing in…' }).waitFor();
  fake.world.delay = 0;
  await at(`/app/sources/${id('src', 1)}?state=failed`);
  await page.getByText('The page does not exist (HTTP 404)').waitFor();
});

test('a next address of another site is ignored', async () => {
  await signIn(page, fake.origin, '/app/sign-in?next=https%3A%2F%2Fevil.example%2F');
  await at('/app/');
});

test('a session that ends in the middle leads to the sign-in page and back', async () => {
  await signIn(page, fake.origin, '/app/conversations');
  await page.getByText('What does a first vaccination').first().waitFor();
  fake.world.expire();
  await page.getByRole('link', { name: 'Knowledge' }).click();
  await at('/app/sign-in?next=%2Fapp%2Fsources');
  await page.getByLabel('E-mail').fill(ME.email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await heading('Knowledge');
});

test('the overview shows figures, recent conversations and a snippet that can be copied', async () => {
  await signIn(page, fake.origin);
  await heading('Larkspur front desk');
  await page.getByText('642 ms').waitFor();
  await page.getByRole('link', { name: /first vaccination/ }).first().waitFor();
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `<script src="${fake.origin}/widget.js" data-agent-id="${AGENTS[0].id}" async></script>`);
  await show(page, 'overview');
});

test('an agent without knowledge says what to do next, and leads there', async () => {
  await signIn(page, fake.origin);
  await page.getByLabel('Agent', { exact: true }).selectOption({ label: 'Larkspur pet shop' });
  await heading('Larkspur pet shop');
  await page.getByText('Teach it your website').waitFor();
  await show(page, 'overview-empty');
  await page.getByRole('link', { name: 'Knowledge' }).click();
  await page.getByText('Nothing is known yet').waitFor();
  await show(page, 'sources-empty');
  await page.getByRole('link', { name: 'Conversations' }).click();
  await page.getByText('No conversation yet').waitFor();
  await page.reload();
  await page.getByText('No conversation yet').waitFor();
  await page.goto(`${fake.origin}/app/`);
  await page.getByRole('link', { name: 'Add a source' }).click();
  await heading('Add knowledge');
  await at('/app/sources/new');
});

test('an address that is refused is told at the field; a good one crawls before one’s eyes', async () => {
  await signIn(page, fake.origin, '/app/sources');
  await page.getByRole('link', { name: 'www.larkspurvets.example' }).waitFor();
  await show(page, 'sources');
  await page.getByRole('link', { name: 'Add knowledge' }).click();
  const field = page.getByLabel('Address');
  await field.fill('http://10.0.0.8/');
  await page.keyboard.press('Enter');
  await page.locator('#url-problem', { hasText: 'private' }).waitFor();
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  await focused('url');
  await show(page, 'add-source');
  fake.world.crawlMs = 600;
  await field.fill('pets.example');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/app\/sources\/src_/);
  await heading('pets.example');
  await page.getByText(/Crawling: \d+ of \d+ pages settled/).waitFor();
  const bar = page.getByRole('progressbar', { name: 'Pages settled' });
  const seen = new Set();
  for (const end = Date.now() + 30_000; seen.size < 3 && Date.now() < end; ) {
    seen.add(await bar.getAttribute('aria-valuetext'));
    if (seen.size === 2) await picture(page, 'source-crawling-light');
    await page.waitForTimeout(100);
  }
  assert.ok(seen.size >= 3, `progress moved: ${[...seen]}`);
  fake.world.crawlMs = 1;
  await page.getByText('35 pages found').waitFor();
  await page.getByRole('link', { name: 'Failed 3' }).waitFor();
});

test('the source page shows every state with its reason, more pages on demand, and the text', async () => {
  await signIn(page, fake.origin, `/app/sources/${id('src', 1)}`);
  await heading('www.larkspurvets.example');
  const rows = page.locator('table.pages tbody tr');
  await page.waitForFunction(() => document.querySelectorAll('table.pages tbody tr').length === 25);
  await page.getByRole('button', { name: 'Load more' }).click();
  await page.waitForFunction(() => document.querySelectorAll('table.pages tbody tr').length === 35);
  await page.getByRole('button', { name: 'Load more' }).waitFor({ state: 'detached' });
  await page.evaluate(() => scrollTo(0, 0));
  await show(page, 'source');
  await page.getByRole('link', { name: 'Failed 3' }).click();
  await at(`/app/sources/${id('src', 1)}?state=failed`);
  await page.waitForFunction(() => document.querySelectorAll('table.pages tbody tr').length === 3);
  const reasons = await rows.locator('.reason').allTextContents();
  assert.deepEqual(reasons, ['The page does not exist (HTTP 404)', 'No answer within 15 seconds; it was tried 3 times', 'The server answered with an error (HTTP 503)']);
  const tallest = await page.locator('.pages tbody tr').evaluateAll((rows) => Math.max(...rows.map((row) => row.getBoundingClientRect().height)));
  assert.ok(tallest < 120, `a row of one page is ${tallest} px tall`);
  await show(page, 'source-failed-pages');
  await page.getByRole('link', { name: 'Fetching 0' }).click();
  await page.getByText('No page is fetching now.').waitFor();
  await page.getByRole('link', { name: 'Indexed text' }).click();
  await page.getByText('/vaccinations').click();
  await page.getByText('Larkspur Vets has looked after small animals').waitFor();
  await show(page, 'source-text');
  await page.goBack();
  await page.getByText('No page is fetching now.').waitFor();
});

test('a failed source says why; crawling again shows progress at once', async () => {
  await signIn(page, fake.origin, `/app/sources/${id('src', 2)}`);
  await page.getByText('The sitemap is not valid XML').waitFor();
  await page.goto(`${fake.origin}/app/sources/${id('src', 1)}`);
  fake.world.crawlMs = 600;
  await page.getByRole('button', { name: 'Sync now' }).click();
  await page.getByRole('button', { name: 'Crawling…' }).waitFor();
  await page.getByText(/Crawling: \d+ of/).waitFor();
  await show(page, 'source-crawling');
  fake.world.crawlMs = 1;
  await page.getByText('35 pages found').waitFor();
  await page.getByRole('button', { name: 'Sync now' }).waitFor();
});

test('deleting asks first, Esc keeps the source, confirming tells that it is gone', async () => {
  await signIn(page, fake.origin, `/app/sources/${id('src', 1)}`);
  const opener = page.getByRole('button', { name: 'Delete' });
  await opener.click();
  const dialog = page.getByRole('dialog', { name: 'Delete www.larkspurvets.example?' });
  await dialog.getByText(/The agent forgets 27 pages with \d+ passages/).waitFor();
  await page.waitForFunction(() => document.activeElement.textContent === 'Keep it');
  await show(page, 'delete-source');
  for (let i = 0; i < 6; i += 1) {
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('dialog') !== null), 'focus stays in the dialog');
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.waitForFunction(() => document.activeElement.textContent.trim() === 'Delete');
  assert.equal(fake.world.sources.length, 2);
  await opener.click();
  await dialog.getByRole('button', { name: 'Delete source' }).click();
  await at('/app/sources');
  await page.getByText('www.larkspurvets.example is deleted.').waitFor();
  assert.equal(fake.world.sources.length, 1);
  await page.goto(`${fake.origin}/app/sources/${id('src', 1)}`);
  await page.getByText('There is no such page').waitFor();
});

test('conversations open beside the list, with sources, confidence, timings and failures', async () => {
  await signIn(page, fake.origin, '/app/conversations');
  await page.waitForFunction(() => document.querySelectorAll('.split-list .rows > li').length === 20);
  await show(page, 'conversations');
  await page.getByRole('button', { name: 'Load more' }).click();
  await page.waitForFunction(() => document.querySelectorAll('.split-list .rows > li').length === 40);
  await page.getByRole('link', { name: /first vaccination/ }).first().click();
  await at(`/app/conversations/${id('cnv', 1)}`);
  await page.getByText('A first vaccination for a puppy is £58').waitFor();
  assert.equal(await page.locator('.split-list .rows > li').count(), 40, 'the list stays as it was');
  await page.getByText('The model stopped answering after 60 seconds').waitFor();
  await page.getByText('The visitor stopped the answer here.').waitFor();
  await page.getByText('Confidence 34%').waitFor();
  const link = page.getByRole('link', { name: 'Prices' }).first();
  assert.equal(await link.getAttribute('href'), `${SITE}/prices#vaccinations`);
  await page.getByRole('link', { name: 'Source 2' }).click();
  await page.waitForFunction(() => /Appointments/.test(document.activeElement.textContent));
  await page.locator('summary', { hasText: '1.80 s' }).click();
  await page.getByRole('row', { name: /Embedding 198 ms/ }).waitFor();
  await show(page, 'conversation');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole('link', { name: 'Conversations' }).first().click();
  await heading('Conversations');
  await page.setViewportSize({ width: 1280, height: 800 });
});

test('what was said is found from the keyboard, with the words marked, and the turn opens', async () => {
  await signIn(page, fake.origin, '/app/conversations');
  await page.waitForFunction(() => document.querySelectorAll('.split-list .rows > li').length === 20);
  const field = page.getByRole('searchbox', { name: 'Search what was said' });
  await field.focus();
  await page.keyboard.type('ferret');
  const results = page.getByRole('list', { name: 'Search results' });
  await results.locator('mark', { hasText: 'ferret' }).first().waitFor();
  assert.ok((await results.getByRole('listitem').allTextContents()).every((text) => text.includes('ferret')));
  assert.match(await page.getByRole('status').filter({ hasText: 'found' }).textContent(), /^\d+ places? found/);
  await show(page, 'conversation-search');
  await results.getByRole('link').first().focus();
  await page.keyboard.press('Enter');
  await page.locator('.turn.sought', { hasText: 'And for a ferret?' }).waitFor();
  assert.equal(await field.inputValue(), 'ferret', 'the search stays beside what it found');
  await field.fill('no such words');
  await page.getByText('Nothing was said with these words').waitFor();
  fake.world.broken = '/search';
  await field.fill('ferret');
  await page.getByRole('button', { name: 'Try again' }).waitFor();
  fake.world.broken = '';
  await page.getByRole('button', { name: 'Try again' }).click();
  await results.waitFor();
  await field.focus();
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.querySelectorAll('.split-list .rows > li').length === 20);
  assert.equal(await field.inputValue(), '');
});

for (const away of [false, true]) {
  test(`a new conversation appears in the list by itself${away ? ', and while the lounge is away too' : ''}`, async () => {
    fake.world.loungeAway = away;
    await signIn(page, fake.origin, '/app/conversations');
    await page.getByRole('link', { name: /first vaccination/ }).first().waitFor();
    const begun = { ...fake.world.conversations[0], id: id('cnv', 900), first_question: 'Is <b>this</b> new?' };
    fake.world.conversations.unshift(begun);
    if (!away) await fake.tell({ type: 'happened', conversation_id: begun.id, agent_id: begun.agent_id, what: { what: 'begun' } });
    // Who hears nothing asks every five seconds; who hears asks in thirty.
    await page.getByRole('link', { name: /Is <b>this<\/b> new\?/ }).waitFor({ timeout: 20_000 });
    violations.splice(0, violations.length, ...violations.filter((text) => !(away && /WebSocket/.test(text))));
  });
}

test('what cannot be loaded says so and can be tried again; what is shown stays', async () => {
  await signIn(page, fake.origin);
  await page.getByText('642 ms').waitFor();
  fake.world.broken = '/overview';
  await page.getByText('What you see may be old.').waitFor();
  await page.getByText('642 ms').waitFor();
  fake.world.broken = '/sources';
  await page.getByRole('link', { name: 'Knowledge' }).click();
  await page.getByText('The store does not answer.').waitFor();
  await show(page, 'error');
  fake.world.broken = '';
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('link', { name: 'www.larkspurvets.example' }).waitFor();
});

/** Where an element is once it is there, seen in one moment: what waits is drawn anew when its screen has come. */
const place = async (selector) =>
  (
    await page.waitForFunction((selector) => {
      const box = document.querySelector(selector)?.getBoundingClientRect();
      return box?.width ? [box.x, box.y, box.width] : null;
    }, selector)
  ).jsonValue();

test('slow answers show a skeleton, and the content does not move when it comes', async () => {
  await signIn(page, fake.origin);
  await page.getByText('642 ms').waitFor();
  fake.world.delay = Infinity;
  await page.getByRole('link', { name: 'Knowledge' }).click();
  await heading('Knowledge');
  const before = await place('.skeleton');
  await picture(page, 'skeleton-light');
  fake.world.delay = 0;
  assert.deepEqual(await place('.source-list'), before);
});

test('unknown addresses say so, inside and outside of a section', async () => {
  await signIn(page, fake.origin, '/app/nowhere');
  await page.getByText('There is no such page').waitFor();
  await show(page, 'not-found');
  await page.goto(`${fake.origin}/app/conversations/cnv_nonsense`);
  await page.getByText('There is no such page').waitFor();
});

test('the theme is chosen in the user menu, kept, and there before the first paint', async () => {
  await signIn(page, fake.origin);
  await page.getByText('642 ms').waitFor();
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.getByRole('button', { name: 'Account of Maren Holt' }).click();
  await picture(page, 'user-menu-light');
  await page.getByText('Dark', { exact: true }).click();
  await page.waitForFunction((light) => getComputedStyle(document.body).backgroundColor !== light, light);
  const dark = await paper();
  await page.route('**/*.wasm', (route) => route.abort());
  violations.length = 0;
  await page.reload();
  assert.equal(await paper(), dark);
  await page.getByText('Something went wrong on this page').waitFor();
  violations.length = 0; // The aborted download is reported, as it should be.
});

test('signing out ends the session', async () => {
  await signIn(page, fake.origin);
  await page.getByRole('button', { name: 'Account of Maren Holt' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await heading('Sign in to Frontdesk');
  assert.equal(fake.world.account.tokens.size, 0);
  await page.goto(`${fake.origin}/app/sources`);
  await at('/app/sign-in?next=%2Fapp%2Fsources');
});

test('everything is reached with the keyboard alone', async () => {
  const reached = () => page.evaluate(() => (document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent ?? '').trim());
  const tabTo = async (pattern, most = 40) => {
    for (let i = 0; i < most; i += 1) {
      await page.keyboard.press('Tab');
      if (pattern.test(await reached())) return;
    }
    assert.fail(`${pattern} was not reached; focus is on ${await reached()}`);
  };
  await page.goto(`${fake.origin}/app/`);
  await page.getByLabel('E-mail').waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'email');
  await page.keyboard.type(ME.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByText('642 ms').waitFor();
  await tabTo(/^Skip to content$/);
  await page.keyboard.press('Enter');
  await focused('main');
  await page.reload();
  await page.getByText('642 ms').waitFor();
  await tabTo(/^Knowledge$/);
  await page.keyboard.press('Enter');
  await heading('Knowledge');
  await focused('main');
  await page.getByRole('link', { name: 'www.larkspurvets.example' }).waitFor();
  await tabTo(/^Add knowledge$/);
  await page.keyboard.press('Enter');
  await heading('Add knowledge');
  await tabTo(/^Files/);
  await page.keyboard.press('Enter');
  await page.getByText('Drop files anywhere').waitFor();
  await page.goBack();
  await page.goBack();
  await heading('Knowledge');
  await page.getByRole('link', { name: 'www.larkspurvets.example' }).waitFor();
  await tabTo(/^www\.larkspurvets/);
  await page.keyboard.press('Enter');
  await heading('www.larkspurvets.example');
  await page.getByText('35 pages found').waitFor();
  await tabTo(/^Failed/);
  await page.keyboard.press('Enter');
  await page.getByText('The page does not exist').waitFor();
  assert.match(await reached(), /^Failed/, 'focus stays on the filter');
});

test('a wide table and long words fit a small phone', async () => {
  await page.setViewportSize({ width: 320, height: 640 });
  await signIn(page, fake.origin, `/app/sources/${id('src', 1)}?state=failed`);
  await page.getByText('The page does not exist').waitFor();
  await fits(page, 'source');
});
