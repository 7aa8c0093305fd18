/** The page in Chromium, served by the real `vigie serve` on its built-in PBX. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser, soon, until } from '../support/page.mjs';
import { freePort, startPbx, Vigie } from '../support/vigie.mjs';

let browser;
let vigie;
before(async () => {
  browser = await Browser.open();
  vigie = await Vigie.start();
});
after(async () => {
  await browser?.close();
  await vigie?.stop();
});

const numberIn = async (page, selector) => Number((await page.locator(selector).first().textContent()).replace(/\D/g, ''));

test('the first fact is on screen soon after a start', async (t) => {
  const own = await Vigie.start();
  try {
    const { page, leave } = await browser.visit(own.url);
    await page.locator('.tile').first().waitFor();
    const took = Date.now() - own.startedAt;
    t.diagnostic(`after ${took} ms, of 5,000`);
    await leave();
  } finally {
    await own.stop();
  }
});

test('a server that hangs is told, and its return too', async (t) => {
  const own = await Vigie.start();
  try {
    const { page, leave } = await browser.visit(own.url, { expected: [/WebSocket|ERR_/] });
    await page.locator('.tile').first().waitFor();
    await page.locator('body[data-connection="live"]').waitFor();
    const from = Date.now();
    own.child.kill('SIGSTOP');
    await page.getByRole('alert').getByText(/No connection to Vigie since/).waitFor();
    t.diagnostic(`told after ${Date.now() - from} ms`);
    await soon(async () => assert.match(await page.locator('.link-state').first().textContent(), /^as it was at /));
    own.child.kill('SIGCONT');
    await page.locator('body[data-connection="live"]').waitFor();
    await page.locator('#banner').waitFor({ state: 'hidden' });
    await leave();
  } finally {
    own.child.kill('SIGCONT');
    await own.stop();
  }
});

test('agents, calls, queues and trunks fill up, and say what the server says', async () => {
  const { page, leave } = await browser.visit(vigie.url);
  for (const selector of ['.tile', '.call', '.leg', '.queue', '.trunk']) await page.locator(selector).first().waitFor();
  const board = await vigie.board();
  await soon(async () => assert.equal(await numberIn(page, '#agents-count'), board.agents.length));
  await soon(async () => assert.equal(await page.locator('.queue').count(), board.queues.length));
  const names = new Set(await page.locator('.tile-name').allTextContents());
  for (const agent of board.agents.slice(0, 20)) assert.ok(names.has(agent.name || agent.endpoint), agent.name);
  await soon(async () => assert.match(await page.locator('.link-state').first().textContent(), /^live, \d/));
  await page.getByText(/\d+ channels? compared, \d+ differences?, \d\d:\d\d:\d\d/).waitFor();
  await leave();
});

test('what the PBX does is seen without a reload', async () => {
  const { page, leave } = await browser.visit(vigie.url);
  await page.locator('.call').first().waitFor();
  const ids = () => page.locator('.call').evaluateAll((all) => all.map((row) => row.getAttribute('data-id')).join());
  const from = await ids();
  await until(async () => (await ids()) !== from, 'another call');
  await leave();
});

test('the age of the data never grows old while the link is live', async () => {
  const { page, leave } = await browser.visit(vigie.url);
  await page.locator('.link-state').first().waitFor();
  for (let n = 0; n < 12; n += 1) {
    const words = await page.locator('.link-state').first().textContent();
    const age = Number(/^live, ([\d.]+)/.exec(words)?.[1]);
    assert.ok(age < 5, words);
    await page.waitForTimeout(500);
  }
  await leave();
});

test('French and English, by the browser and by hand', async () => {
  const { page, leave } = await browser.visit(vigie.url, { locale: 'fr-FR' });
  await page.getByRole('heading', { name: /^Appels/ }).waitFor();
  await page.getByText(/comparés?, \d+ écarts?/).waitFor();
  await page.getByRole('button', { name: 'EN', exact: true }).click();
  await page.getByRole('heading', { name: /^Calls/ }).waitFor();
  await leave();
});

test('a filter by queue is in the address and narrows everything', async () => {
  const { page, leave } = await browser.visit(vigie.url);
  await page.locator('.queue').first().waitFor();
  const name = (await vigie.board()).queues[0].name;
  await page.locator('#filter-queue').selectOption(name);
  await until(async () => (await page.locator('.queue').count()) === 1, 'one queue');
  await soon(() => assert.match(page.url(), /#queue=/));
  await page.reload();
  await page.locator('.queue').first().waitFor();
  await soon(async () => assert.equal(await page.locator('.queue').count(), 1));
  await leave();
});

test('a leg of the built-in PBX is hung up from the page', async () => {
  const { page, leave } = await browser.visit(vigie.url);
  const hangup = page.locator('.leg:not([data-over]) .act-hangup');
  await hangup.last().waitFor();
  // Calls come and go by themselves: another is taken when this one ended meanwhile.
  await until(async () => {
    const leg = page.locator('.leg:not([data-over])').last();
    const channel = await leg.locator('.leg-channel').textContent({ timeout: 2000 }).catch(() => null);
    if (!channel) return false;
    await leg.locator('.act-hangup').click({ timeout: 2000 }).catch(() => {});
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Hang up' });
    if (!(await confirm.isVisible())) return false;
    await confirm.click();
    await page.locator('.outcome[data-result]').waitFor();
    const said = await page.getByRole('status').textContent();
    await page.locator('#outcome-close').click();
    return /was hung up|had already hung up/.test(said ?? '');
  }, 'a leg hung up');
  await leave();
});

test('a PBX that dies is shown as it was, with since when, and live again when it is back', async () => {
  const port = await freePort();
  let pbx = await startPbx(port);
  const own = await Vigie.start(pbx.settings);
  try {
    const { page, leave } = await browser.visit(own.url, { expected: [/Failed to load resource/] });
    const link = page.locator('.link-state').first();
    await until(async () => /^live, /.test((await link.textContent()) ?? ''), 'a live link');
    await page.locator('.leg .act-hangup').first().waitFor();
    await pbx.kill();
    await until(async () => /^(stale|down|connecting) since \d\d:\d\d:\d\d/.test((await link.textContent()) ?? ''), 'the link said to be down');
    await until(async () => (await page.locator('.tile:not([data-trust="stale"])').count()) === 0, 'every agent stale');
    assert.ok((await page.locator('.tile').count()) > 10, 'what was known stays');
    await page.getByText(/^These figures count \S+ as it last was: not live$/).waitFor();
    await soon(async () => assert.equal(await page.locator('body').getAttribute('data-floor'), 'stale'));
    const time = page.locator('.call .col-time .time').first();
    const stopped = await time.textContent();
    await page.waitForTimeout(2200);
    assert.equal(await time.textContent(), stopped, 'a time runs though nothing is known');
    const hangup = page.locator('.leg:not([data-over]) .act-hangup').first();
    await soon(async () => assert.match((await hangup.getAttribute('title')) ?? '', /No live link/));
    pbx = await startPbx(port);
    await until(async () => /^live, /.test((await link.textContent()) ?? ''), 'the link live again');
    await page.locator('.tile:not([data-trust="stale"])').first().waitFor();
    await leave();
  } finally {
    await own.stop();
    await pbx.kill();
  }
});

test('a killed server is said at once, and its return heals the page', async () => {
  const own = await Vigie.start();
  const { page, leave } = await browser.visit(own.url, { expected: [/WebSocket|ERR_CONNECTION/] });
  await page.locator('.tile').first().waitFor();
  await own.stop('SIGKILL');
  await page.getByRole('alert').getByText(/No connection to Vigie since/).waitFor();
  assert.ok((await page.locator('.tile').count()) > 0, 'what was known stays');
  const again = await Vigie.start({}, own.port);
  try {
    await page.locator('#banner').waitFor({ state: 'hidden' });
    await page.locator('.call').first().waitFor();
    await leave();
  } finally {
    await again.stop();
  }
});
