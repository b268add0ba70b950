// What the dashboard's tests share: the built assets, one Chromium, pages that report what must not happen.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { buildDashboard } from '../../../scripts/dashboard.mjs';
import { tools } from '../../../scripts/tools.mjs';
import { ME, PASSWORD } from './data.mjs';

const ROOT = resolve(import.meta.dirname, '../../..');
export const SCREENS = join(ROOT, 'target', 'screens');
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The folder that holds `app/`: DASHBOARD_ASSETS, or a build of our own. */
export async function assets() {
  if (process.env.DASHBOARD_ASSETS) return resolve(process.env.DASHBOARD_ASSETS);
  const outdir = join(ROOT, 'target', 'dashboard-e2e');
  await buildDashboard({ root: ROOT, outdir, tools, profile: process.env.DASHBOARD_PROFILE ?? 'release', targetDir: process.env.CARGO_TARGET_DIR });
  return outdir;
}

export async function launch() {
  await mkdir(SCREENS, { recursive: true });
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
}

/** A page in its own context; `violations` collects what the CSP refused and what was thrown. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/London', viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']).catch(() => {});
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const violations = [];
  page.on('pageerror', (error) => violations.push(String(error)));
  page.on('console', (message) => {
    // A refused sign-in is a 401 that the browser reports by itself.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) violations.push(message.text());
  });
  return { context, page, violations };
}

export async function signIn(page, origin, path = '/app/') {
  await page.goto(origin + path);
  await page.getByLabel('E-mail').fill(ME.email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

/** No serious or critical finding of axe on what is shown now. */
export async function accessible(page, what) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const result = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return result.violations.filter((v) => ['serious', 'critical'].includes(v.impact)).map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? n.failureSummary}`).join(' | ')}`);
  });
  assert.deepEqual(found, [], `${what}: axe`);
}

/** Nothing sticks out to the side. */
export async function fits(page, what) {
  const [content, window_] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window_, `${what}: ${content} px wide in a window of ${window_}`);
}

/** A picture of what is shown, beside those of every screen. */
export const picture = (page, name) => page.screenshot({ path: join(SCREENS, `dashboard-${name}.png`) });

/** Pictures and axe of what is shown: light, dark, phone; widths down to 320 px. */
export async function show(page, name) {
  // A switch of the colour scheme is painted some frames later.
  const settle = async () => {
    await page.waitForTimeout(150);
    await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))));
  };
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await settle();
    await picture(page, `${name}-${scheme}`);
    await accessible(page, `${name}, ${scheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 320, height: 640 });
  await settle();
  await fits(page, `${name} at 320 px`);
  await page.setViewportSize({ width: 390, height: 844 });
  await settle();
  await fits(page, `${name} at 390 px`);
  await picture(page, `${name}-phone`);
  await accessible(page, `${name}, phone`);
  await page.setViewportSize({ width: 1280, height: 800 });
}
