// The playground in Chromium against the fake: streaming, citations, details, feedback, side by side, failures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fits, picture, show, signIn } from './browser.mjs';
import { id } from './data.mjs';
import { asked } from './fake/playground.mjs';
import { button, context, fake, page, stage } from './stage.mjs';

stage();

const ask = async (question) => {
  await page.getByLabel('Question', { exact: true }).fill(question);
  await page.keyboard.press('Enter');
};
const calls = () => asked.get(fake.world) ?? [];
const complete = (n = 0) => page.locator('.play-run').nth(n).getByText('The answer is complete.').waitFor({ state: 'attached' });

test('an answer streams, its citations lead to the passage, and the details show how it was made', async () => {
  await signIn(page, fake.origin, '/app/playground');
  await page.getByText('Nothing here is billed or counted.').waitFor();
  await show(page, 'playground-empty');
  // Slow until it was seen to grow.
  fake.world.pace = 700;
  await ask('What does a first vaccination cost?');
  await button('Stop').waitFor();
  const texts = new Set();
  for (const end = Date.now() + 30_000; texts.size < 4 && Date.now() < end; ) {
    for (const text of await page.locator('.play-run .markdown').allInnerTexts()) texts.add(text);
    await page.waitForTimeout(60);
  }
  fake.world.pace = 2;
  assert.ok(texts.size >= 4, `the text grew: ${texts.size} states`);
  await complete();
  assert.equal(await page.locator('.play-run .markdown strong').innerText(), '£58');
  assert.equal(await page.locator('.play-run .markdown li').count(), 2);
  await page.getByText('Confident', { exact: true }).waitFor();
  await page.getByText('3 passages found, 2 used').waitFor();
  await page.getByText('Left out: its score is below the threshold.').waitFor();
  await show(page, 'playground-answer');

  await button('Source 1').first().click();
  const source = page.getByRole('dialog', { name: 'Source 1: Price list 2026' });
  await source.getByText('page 2').waitFor();
  await page.waitForFunction(() => document.activeElement.id.startsWith('cited-'));
  await show(page, 'playground-citation');
  await page.keyboard.press('Escape');
  await source.waitFor({ state: 'hidden' });
  await button('Source 1').first().click();
  await page.waitForFunction(() => document.activeElement.id.startsWith('cited-'));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const passage = page.getByRole('dialog', { name: 'Price list 2026' });
  await passage.getByText('Cited here').waitFor();
  await show(page, 'playground-passage');
  await page.keyboard.press('Escape');
  await passage.waitFor({ state: 'hidden' });

  await page.getByRole('tab', { name: 'Passages' }).focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.getByRole('tab', { name: 'Prompt' }).getAttribute('aria-selected'), 'true');
  await page.getByText('You are Robin, the receptionist').waitFor();
  await page.getByText('612 tokens').waitFor();
  await button('Copy').click();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^system:\nYou are Robin[^]*user:\nWhat does a first vaccination cost\?$/);
  await show(page, 'playground-prompt');
  await page.getByRole('tab', { name: 'Timing' }).click();
  await page.getByRole('row', { name: /Model, first byte.*580 ms/ }).waitFor();
  await page.getByRole('row', { name: /Total.*1\.68 s/ }).waitFor();
  await show(page, 'playground-timing');
  await page.getByRole('tab', { name: 'Notes' }).click();
  await page.getByText('Nothing of note happened').waitFor();

  await ask('What are your opening hours?');
  await complete(1);
  const second = page.locator('.play-run').nth(1);
  await second.getByText('Simple question', { exact: true }).waitFor();
  await second.getByRole('tab', { name: /Notes/ }).click();
  await second.getByText('The model for simple questions was asked first: The question asks one fact').waitFor();
});

test('the call to action that a visitor would see follows the answer, with the form it opens, once a conversation', async () => {
  await signIn(page, fake.origin, '/app/playground');
  await ask('Can I book a vaccination?');
  await complete();
  const card = (n) => page.locator('.play-run').nth(n).getByRole('region', { name: 'Call to action' });
  await card(0).getByText('Book a visit').waitFor();
  assert.equal(await card(0).getByRole('link').getAttribute('href'), 'https://www.larkspurvets.example/book');
  await ask('Can I book another?');
  await complete(1);
  assert.equal(calls().at(-1).body.earlier[0].cta, id('cta', 1), 'what was shown is told');
  assert.equal(await card(1).count(), 0);
  await ask('Make me an offer');
  await complete(2);
  assert.deepEqual(await card(2).getByRole('listitem').allInnerTexts(), ['Your name *', 'E-mail']);
  await card(2).getByText('You may write to me about my animal.').waitFor();
  await card(2).scrollIntoViewIfNeeded();
  await show(page, 'playground-cta');
});

test('where lines begin on the right, a citation opens from there, inside the window', async () => {
  fake.world.pace = 2;
  await signIn(page, fake.origin, '/app/playground');
  await ask('What does a first vaccination cost?');
  await complete();
  const press = async () => {
    const number = button('Source 2').first();
    await number.click();
    const source = page.locator('.cited:popover-open');
    await source.waitFor();
    const [box, at] = [await source.boundingBox(), await number.boundingBox()];
    const wide = await page.evaluate(() => document.documentElement.clientWidth);
    assert.ok(box.x >= 11 && box.x + box.width <= wide - 11, `${box.x} to ${box.x + box.width} of ${wide}`);
    assert.ok(box.x <= at.x && box.x + box.width >= at.x + at.width, 'it is over or under its number');
    await page.keyboard.press('Escape');
    return { start: at.x - box.x, end: box.x + box.width - at.x - at.width };
  };
  assert.ok(Math.abs((await press()).start - 24) < 2, 'it begins a little before its number');
  await page.evaluate(() => { document.documentElement.dir = 'rtl'; });
  assert.ok(Math.abs((await press()).end - 24) < 2, 'mirrored');
  await page.setViewportSize({ width: 360, height: 740 });
  await press();
  await fits(page, 'playground, right to left');
});

test('a conversation goes on with what was said, keeps twenty exchanges, and can begin anew', async () => {
  fake.world.pace = 2;
  await signIn(page, fake.origin, '/app/playground');
  for (let i = 0; i < 22; i += 1) {
    await ask(`Question ${i}`);
    await complete(i);
  }
  const last = calls().at(-1).body;
  assert.deepEqual(last.earlier.map((it) => it.question), Array.from({ length: 20 }, (_, i) => `Question ${i + 1}`));
  assert.match(last.earlier[0].answer, /^A first vaccination/);
  await button('New conversation').click();
  await page.getByText('Ask as a visitor would').waitFor();
  await page.getByText('Asked on no particular page').click();
  await page.getByLabel('Page the visitor is on').fill('https://www.larkspurvets.example/prices');
  await ask('Again');
  await complete();
  assert.deepEqual([calls().at(-1).body.earlier, calls().at(-1).body.page_url], [[], 'https://www.larkspurvets.example/prices']);
});

test('a good answer is one press, a bad one asks why', async () => {
  fake.world.pace = 2;
  await signIn(page, fake.origin, '/app/playground');
  await page.getByLabel('Version').selectOption('2');
  await ask('What does it cost?');
  await complete();
  await page.getByText('Version 2 says').waitFor();
  await button('Good answer').click();
  await page.getByText('Thank you, noted.').waitFor();
  assert.equal(await button('Good answer').getAttribute('aria-pressed'), 'true');
  await button('Bad answer').click();
  await page.getByLabel('What is wrong with it?').waitFor();
  await page.waitForFunction(() => document.activeElement.id.startsWith('reason-'));
  await page.keyboard.type('Old price');
  await show(page, 'playground-feedback');
  await button('Send').click();
  await page.waitForFunction(() => document.querySelector('[aria-label="Bad answer"]').getAttribute('aria-pressed') === 'true');
  const { body } = calls().at(-1);
  assert.deepEqual([body.rating, body.reason, body.version, body.question], ['bad', 'Old price', 2, 'What does it cost?']);
});

test('two versions or models answer side by side at once', async () => {
  // Long enough that both are seen at it.
  fake.world.pace = 1_000;
  await signIn(page, fake.origin, '/app/playground');
  await button('Side by side').click();
  await page.getByLabel('Version').nth(1).selectOption('3');
  await page.getByLabel('Model').nth(1).selectOption({ label: 'The site’s own sentences' });
  await ask('Emergency: what does it cost?');
  await page.waitForFunction(() => document.querySelectorAll('.answer[aria-busy=true]').length === 2);
  fake.world.pace = 2;
  await complete(0);
  await complete(1);
  const bodies = calls().map((call) => [call.body.version, call.body.model]);
  assert.equal(bodies.length, 2);
  assert.deepEqual(bodies.find(([version]) => version === 3)[1], { provider: 'extractive' });
  await page.getByText('Low confidence').waitFor();
  await page.getByText('Curated answer').first().waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await show(page, 'playground-both');
  await page.getByRole('tab', { name: 'Prompt' }).nth(1).click();
  await page.getByText('No model was asked').waitFor();
});

test('stopping, a failing model, a cut stream, a fallback and no connection are told apart', async () => {
  fake.world.pace = 1_000;
  await signIn(page, fake.origin, '/app/playground');
  await ask('A long one');
  await page.locator('.play-run .markdown').waitFor();
  await button('Stop').click();
  await page.getByText('You stopped the answer here.').waitFor();
  await button('Ask').waitFor();
  fake.world.pace = 2;
  await ask('broken');
  await page.getByRole('alert').getByText('The model stopped answering').waitFor();
  await show(page, 'playground-failed');
  await ask('cut');
  await page.getByRole('alert').getByText('ended before it was complete').waitFor();
  await ask('fallback');
  await page.locator('.play-run').nth(3).getByRole('tab', { name: /Notes/ }).click();
  await page.getByText('HTTP 529').waitFor();
  await page.locator('.play-run').nth(3).getByRole('tab', { name: /Prompt/ }).click();
  await page.getByText('Llama 3.3 70B (Workers AI)', { exact: true }).last().waitFor();
  assert.equal(calls().at(-1).body.earlier.length, 1, 'failed answers are not told');
  await context.setOffline(true);
  await ask('anyone?');
  await page.getByRole('alert').getByText('The server cannot be reached').waitFor();
  await context.setOffline(false);
  fake.world.expire();
  await ask('and now');
  await page.waitForURL(/sign-in\?next=%2Fapp%2Fplayground/);
  await picture(page, 'playground-expired');
});
