/** Whether everybody can use the page: contrast, names, landmarks, keyboard, motion. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FakeServer } from '../support/fake-server.mjs';
import { floor } from '../support/floor.mjs';
import { Browser, soon, until } from '../support/page.mjs';
import * as rows from '../support/rows.mjs';

let browser;
let server;
before(async () => {
  browser = await Browser.open();
  const tables = floor(Date.now());
  tables.alarms.push(rows.alarm());
  tables.pbxs.push(rows.pbx({ id: 'lyon', link: 'stale', suspect: true, plain_text: true }));
  tables.calls[0].recording = true;
  server = await new FakeServer({ onSession: (session) => session.send(rows.snapshot(tables, { now_ms: Date.now() })) }).listen();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** In the page: words whose contrast with what is behind them is below 4.5 (3 for large ones). */
function faintWords() {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  /** Any CSS colour as sRGB and alpha. */
  const rgba = (css) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, ground) => [0, 1, 2].map((i) => top[i] * top[3] + ground[i] * (1 - top[3]));
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const chain = [];
    for (let at = element; at; at = at.parentElement) chain.unshift(at);
    return chain.reduce((under, at) => over(rgba(getComputedStyle(at).backgroundColor), under), [255, 255, 255]);
  };
  const bad = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.nodeValue.trim() || !element.checkVisibility() || element.closest('.hidden, .skip, [data-trust="stale"], [data-over], option, noscript')) continue;
    const style = getComputedStyle(element);
    const behind = ground(element);
    const [a, b] = [light(over(rgba(style.color), behind)), light(behind)].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 600);
    if (contrast < (large ? 3 : 4.5)) bad.set(`${element.className || element.tagName}: "${node.nodeValue.trim().slice(0, 20)}" ${contrast.toFixed(2)}`, 1);
  }
  return [...bad.keys()];
}

for (const colorScheme of /** @type {const} */ (['dark', 'light'])) {
  test(`words stand out from what is behind them: ${colorScheme}`, async () => {
    const { page, leave } = await browser.visit(server.url, { colorScheme });
    await page.locator('.tile').first().waitFor();
    assert.deepEqual(await page.evaluate(faintWords), []);
    await leave();
  });
}

for (const colorScheme of /** @type {const} */ (['dark', 'light'])) {
  test(`words stand out in the panels, on the wall's table and on an agent's own page: ${colorScheme}`, async () => {
    const { page, leave } = await browser.visit(server.url, { colorScheme });
    await page.locator('.tile').first().waitFor();
    for (const row of ['.call', '.tile']) {
      await page.locator(row).nth(2).focus();
      await page.keyboard.press('Enter');
      await page.locator('#panel-title').getByText(/./).waitFor();
      assert.deepEqual(await page.evaluate(faintWords), [], row);
      await page.keyboard.press('Escape');
    }
    await page.locator('body').press('a');
    assert.deepEqual(await page.evaluate(faintWords), [], 'alarms');
    await page.keyboard.press('Escape');
    await page.locator('body').press('f');
    assert.deepEqual(await page.evaluate(faintWords), [], 'frozen');
    await page.locator('body').press('f');
    await page.locator('body').press('w');
    await page.locator('body').press('t');
    await until(async () => (await page.locator('#wall-rows tr').count()) > 4, 'the table');
    assert.deepEqual(await page.evaluate(faintWords), [], 'the wall');
    await page.goto(`${server.url}?view=agent&agent=${encodeURIComponent('paris~PJSIP/1009')}`);
    await page.locator('#own-activity').getByText(/./).waitFor();
    assert.deepEqual(await page.evaluate(faintWords), [], 'an own page');
    await leave();
  });
}

test('nothing that can be acted on is without a name, in the panels and on the other views', async () => {
  const { page, leave } = await browser.visit(server.url);
  const nameless = () => page.evaluate(() => [...document.querySelectorAll('button, input, select, textarea, canvas, dialog[open], main, aside')].filter((element) => {
    const labels = 'labels' in element ? [...(element.labels ?? [])].map((label) => label.textContent?.trim()).join('') : '';
    const by = document.getElementById(element.getAttribute('aria-labelledby') ?? '')?.textContent?.trim();
    const named = element.getAttribute('aria-label') || by || labels || (element.matches('button') && element.textContent?.trim());
    return element.checkVisibility() && !named && !element.matches('main.floor');
  }).map((element) => element.id || element.className));
  await page.locator('.tile').nth(2).focus();
  await page.keyboard.press('Enter');
  await page.locator('#panel-agent-verbs button').first().waitFor();
  assert.deepEqual(await nameless(), [], 'an agent');
  await page.locator('#panel-agent-verbs button').first().click();
  assert.deepEqual(await nameless(), [], 'the dialog of a pause');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.locator('.call').first().focus();
  await page.keyboard.press('Enter');
  assert.deepEqual(await nameless(), [], 'a call');
  await page.goto(`${server.url}?view=wall`);
  await until(async () => (await page.locator('#wall-rows tr').count()) > 4, 'the table');
  assert.deepEqual(await nameless(), [], 'the wall');
  await page.goto(`${server.url}?view=agent&agent=${encodeURIComponent('paris~PJSIP/1009')}`);
  await page.locator('#own-activity').getByText(/./).waitFor();
  assert.deepEqual(await nameless(), [], 'an own page');
  await leave();
});

test('landmarks, headings, tables and names are there for who does not see the page', async () => {
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.tile').first().waitFor();
  for (const role of ['banner', 'main', 'search']) await soon(async () => assert.equal(await page.getByRole(role).count(), 1, role));
  for (const name of ['Queues', 'Agents', 'Calls']) {
    await page.getByRole('region', { name: new RegExp(`^${name}`) }).waitFor();
    await page.getByRole('heading', { name: new RegExp(`^${name}`) }).waitFor();
  }
  const calls = page.getByRole('table', { name: /^Calls/ });
  await soon(async () => assert.equal(await calls.getByRole('columnheader').count(), 4));
  await soon(async () => assert.ok((await calls.getByRole('row').count()) > 20));
  const talking = page.getByRole('table', { name: /^On a call/ });
  await soon(async () => assert.equal(await talking.getByRole('row').count(), 1 + 10, 'a head and ten agents'));
  await soon(async () => assert.match(await talking.getByRole('row').nth(1).textContent(), /Talking/));
  await soon(async () => assert.equal(await page.getByRole('table', { name: /^Trunks/ }).getByRole('row').count(), 3));
  const nameless = await page.evaluate(() => [...document.querySelectorAll('button, input, select')].filter((element) => {
    const named = element.getAttribute('aria-label') || element.textContent?.trim() || element.closest('label')?.textContent?.trim();
    return element.checkVisibility() && !named;
  }).length);
  assert.equal(nameless, 0);
  await leave();
});

test('changes of the floor are not read aloud one by one', async () => {
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.tile').first().waitFor();
  await soon(async () => assert.deepEqual(await page.locator('[aria-live]:not([aria-live="off"])').evaluateAll((all) => all.filter((element) => !element.closest('dialog')).map((element) => element.id)), ['alarm-said', 'outcome-words']));
  await leave();
});

test('everything is reached by keyboard, and the focus is seen', async () => {
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.tile').first().waitFor();
  const reached = [];
  for (let n = 0; n < 34; n += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      return { what: element.id || element.getAttribute('data-row') || element.getAttribute('data-verb') || element.className || element.tagName, seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1 };
    });
    if (at.what === 'BODY') break;
    assert.ok(at.seen, `${at.what} has the focus and does not show it`);
    reached.push(at.what);
  }
  for (const what of ['skip', 'link', 'filter-text', 'filter-queue', 'filter-locals', 'freeze', 'agent', 'call']) assert.ok(reached.includes(what), `${what} not among ${reached}`);
  assert.equal(reached.filter((what) => what === 'call' || what === 'leg').length, 1, 'one stop for the whole table');
  await leave();
});

test('a row keeps the focus while rows come and go around it', async () => {
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.leg').nth(3).focus();
  const channel = await page.locator('.leg').nth(3).locator('.leg-channel').textContent();
  const now = Date.now();
  server.broadcast(rows.changes(10, 11, { calls: [rows.call({ id: 'n', called: 'brandnew', started_ms: now })] }, { calls: [await page.locator('.call').first().getAttribute('data-id')] }, { now_ms: now }));
  await page.getByText('brandnew').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.querySelector('.leg-channel')?.textContent), channel);
  await page.keyboard.press('ArrowDown');
  await until(() => page.evaluate(() => document.activeElement?.matches('[data-row]')), 'the next row');
  await leave();
});

test('when the row with the focus goes, the next key acts on no other call, and the arrows go on from there', async () => {
  const { page, leave } = await browser.visit(server.url);
  const leg = page.locator('.leg').nth(2);
  await leg.focus();
  const id = await leg.evaluate((row) => row.dataset.id);
  server.broadcast(rows.changes(10, 11, {}, { calls: [id] }, { now_ms: Date.now() }));
  await until(() => page.evaluate(() => document.activeElement?.id === 'calls-pane'), 'the focus in the pane of calls');
  await page.keyboard.press('h');
  await soon(async () => assert.equal(await page.locator('#order[open]').count(), 0));
  await page.keyboard.press('ArrowDown');
  await until(() => page.evaluate(() => document.activeElement?.matches('[data-row]')), 'a row');
  await leave();
});

test('the page itself never scrolls: its panes do', async () => {
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.tile').first().waitFor();
  for (const [width, height] of [[1280, 800], [1920, 1080]]) {
    await page.setViewportSize({ width, height });
    const over = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
    assert.ok(over <= 0, `${over} px of nothing below the page at ${width}x${height}`);
  }
  await leave();
});

test('who asks for less motion gets none', async () => {
  const { page, leave } = await browser.visit(server.url);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.locator('.tile').first().waitFor();
  const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((element) => getComputedStyle(element).animationName !== 'none').length);
  assert.equal(moving, 0);
  await leave();
});
