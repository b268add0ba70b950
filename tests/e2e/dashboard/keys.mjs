// A person without a mouse: moves by Tab, types, presses. Nothing here clicks or puts the focus anywhere.
import assert from 'node:assert/strict';
import { ME, PASSWORD } from './data.mjs';
import { fake, page } from './stage.mjs';

const MOST = 160;
export const press = (key) => page.keyboard.press(key);

/** What has the focus, and why that is not seen: nothing marks it, it is out of the window, or it is covered. */
function focus() {
  const active = document.activeElement;
  const name = `${active.tagName.toLowerCase()} “${(active.getAttribute('aria-label') ?? active.labels?.[0]?.textContent ?? active.textContent).trim().slice(0, 60)}”`;
  // A mark may be around what belongs to the control: the text beside a drawn radio button, the row of a link.
  const near = [active, active.nextElementSibling];
  for (let up = active.parentElement, i = 0; up && i < 4; up = up.parentElement, i += 1) near.push(up);
  const marked = near.filter(Boolean).find((node) => {
    const style = getComputedStyle(node);
    const ring = style.boxShadow.startsWith(`${style.borderTopColor} 0px 0px 0px`);
    return ring || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2);
  });
  if (!marked) return { name, wrong: 'nothing marks the focus' };
  const box = marked.getBoundingClientRect();
  const [left, right, top, bottom] = [Math.max(0, box.left), Math.min(innerWidth, box.right), Math.max(0, box.top), Math.min(innerHeight, box.bottom)];
  if (right - left < 8 || bottom - top < 8) return { name, wrong: 'it is out of the window' };
  const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  if (!marked.contains(hit) && !marked.parentElement.contains(hit)) return { name, wrong: `it is behind ${hit?.className}` };
  return { name, wrong: '' };
}

async function seen() {
  const { name, wrong } = await page.evaluate(focus);
  assert.equal(wrong, '', name);
}

/** Moves by Tab until `there` holds, and sees where it is. */
async function walk(what, there, key) {
  for (let steps = 0; !(await there()); steps += 1) {
    if (steps === MOST) assert.fail(`${what} was not reached by ${key}; the focus is on ${(await page.evaluate(focus)).name}`);
    await press(key);
  }
  await seen();
}

/** Moves to a control that a locator finds. */
export async function to(locator, key = 'Tab') {
  await locator.first().waitFor({ state: 'attached' });
  await walk(locator, () => locator.evaluateAll((nodes) => nodes.includes(document.activeElement)), key);
}

export const named = (role, name) => page.getByRole(role, { name, exact: typeof name === 'string' });
export const field = (label) => page.getByLabel(label, { exact: true });

/** Writes into the field with this label; what was there goes. */
export async function write(label, text) {
  await to(field(label));
  await press('ControlOrMeta+a');
  await page.keyboard.type(text);
}

/** Presses the button with this name. */
export async function push(name, key = 'Enter') {
  await to(named('button', name));
  await press(key);
}

/** Adds a line by the button with this name, and waits until the focus has come into it: what is typed before is lost. */
export async function add(name) {
  await push(name);
  await page.waitForFunction(() => document.activeElement.matches('input, textarea, select'));
}

/** Follows the link with this name. */
export async function follow(name) {
  await to(named('link', name));
  await press('Enter');
}

/** Ticks or clears. */
export async function tick(name) {
  await to(named('checkbox', name));
  await press('Space');
}

/** Picks one of a group: Tab leads to the group, the arrows through it. */
export async function pick(name) {
  const wanted = named('radio', name).first();
  await wanted.waitFor({ state: 'attached' });
  await walk(name, () => wanted.evaluate((node) => document.activeElement.type === 'radio' && document.activeElement.name === node.name), 'Tab');
  const group = await wanted.evaluate((node) => document.querySelectorAll(`input[name="${node.name}"]`).length);
  for (let i = 0; i < group && !(await wanted.evaluate((node) => node.checked)); i += 1) await press('ArrowDown');
  assert.ok(await wanted.evaluate((node) => node.checked && node === document.activeElement), `${name} is picked`);
  await seen();
}

/** Chooses in a list: the arrow towards the option until it is there. */
export async function choose(label, option, nth = 0) {
  const list = field(label).nth(nth);
  await to(list);
  const away = await list.evaluate((select, option) => [...select.options].findIndex((it) => it.text.includes(option)) - select.selectedIndex, option);
  for (let i = 0; i < Math.abs(away); i += 1) await press(away > 0 ? 'ArrowDown' : 'ArrowUp');
  assert.match(await list.evaluate((select) => select.selectedOptions[0].text), new RegExp(option));
}

/** Signs in; the focus waits in the first field. */
export async function enter(path) {
  await page.goto(fake.origin + path);
  await field('E-mail').waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'email');
  await write('E-mail', ME.email);
  await write('Password', PASSWORD);
  await press('Enter');
}
