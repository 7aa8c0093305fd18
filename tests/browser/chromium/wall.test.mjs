/** The wall: large figures on a canvas, the same as a table, for months. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FakeServer } from '../support/fake-server.mjs';
import { floor } from '../support/floor.mjs';
import { loaded, piecesOf, toldOf } from '../support/load.mjs';
import { Browser, soon, until } from '../support/page.mjs';
import * as rows from '../support/rows.mjs';
import { Vigie } from '../support/vigie.mjs';

let browser;
let server;
let tables;
before(async () => {
  browser = await Browser.open();
  server = await new FakeServer({ onSession: (session) => session.send(rows.snapshot(tables, { now_ms: Date.now() })) }).listen();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const cells = (page) => page.locator('#wall-rows tr').evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
/** Whether anything but the ground is painted there. */
const painted = (page) => page.evaluate(() => {
  const canvas = document.querySelector('#wall-canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4 * 97) colours.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
  return colours.size;
});

test('key W opens the wall and leaves it, the address holds it, and a reload keeps it with its filter', async () => {
  tables = floor(Date.now(), 26);
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.tile').first().waitFor();
  await page.locator('#filter-queue').selectOption('support');
  await page.locator('body').press('w');
  await page.locator('#wall').waitFor();
  await soon(() => assert.match(page.url(), /\?view=wall#queue=support$/));
  await soon(async () => assert.equal(await page.locator('.floor').isVisible(), false));
  await page.reload();
  await until(async () => (await cells(page)).length > 1, 'rows of the wall');
  assert.deepEqual((await cells(page)).map(([name]) => name).filter((name) => ['support', 'sales', 'billing'].includes(name)), ['support']);
  await page.locator('body').press('w');
  await page.locator('.tile').first().waitFor();
  await soon(() => assert.doesNotMatch(page.url(), /view=/));
  await page.goBack();
  await page.locator('#wall').waitFor();
  await leave();
});

test('up to 120 agents are shown one by one, more are counted by queue', async () => {
  tables = floor(Date.now(), 26);
  const few = await browser.visit(`${server.url}?view=wall`, { width: 1920, height: 1080 });
  await until(async () => (await cells(few.page)).length === 4 + 26, 'four queues and every agent');
  assert.ok((await painted(few.page)) > 20);
  await few.leave();
  tables = floor(Date.now(), 300);
  const many = await browser.visit(`${server.url}?view=wall`, { width: 1920, height: 1080 });
  await until(async () => (await cells(many.page)).length === 4, 'the queues alone');
  const support = (await cells(many.page)).find(([name]) => name === 'support');
  const groups = tables.agents.filter((agent) => agent.memberships.some((m) => m.queue === 'support'));
  const told = support[3].match(/\d+/g).map(Number).reduce((sum, n) => sum + n, 0);
  assert.equal(told, groups.length, support[3]);
  assert.equal(support[1], '3 waiting');
  await many.leave();
});

test('the table beside the canvas is read aloud, and key T shows it', async () => {
  tables = floor(Date.now(), 200);
  const { page, leave } = await browser.visit(`${server.url}?view=wall`);
  const table = page.getByRole('table', { name: 'What the wall shows' });
  await until(async () => (await table.getByRole('row').count()) === 5, 'a head and four queues');
  const seen = () => page.locator('#wall-table-pane').evaluate((pane) => pane.getBoundingClientRect().width);
  assert.ok((await seen()) < 3, 'not in view at first');
  await page.locator('body').press('t');
  await until(async () => (await seen()) > 200, 'the table in view');
  await soon(async () => assert.equal(await page.getByRole('button', { name: 'As a table' }).getAttribute('aria-pressed'), 'true'));
  await soon(async () => assert.equal(await page.getByRole('main').count(), 1));
  await leave();
});

test('a wall whose link or connection is lost says so and since when', async () => {
  tables = { ...floor(Date.now(), 26), pbxs: [rows.pbx({ link: 'down', last_read_ms: Date.now() - 60_000, since_ms: Date.now() - 60_000 })] };
  const { page, leave } = await browser.visit(`${server.url}?view=wall`, { expected: [/WebSocket|ERR_/] });
  await page.locator('.link-state').getByText(/^down since/).waitFor();
  await page.getByText('These figures count paris as it last was: not live').waitFor();
  const longest = await until(async () => (await cells(page)).find(([name]) => name === 'support')?.[2], 'the longest wait');
  await page.waitForTimeout(2200);
  assert.equal((await cells(page)).find(([name]) => name === 'support')[2], longest, 'a time runs though nothing is known');
  for (const session of server.sessions) session.cut();
  server.script.onSession = (session) => session.cut();
  await page.getByRole('alert').getByText(/No connection to Vigie since/).waitFor();
  await leave();
});

test('light and dark are followed while it hangs', async () => {
  server.script.onSession = (session) => session.send(rows.snapshot(tables, { now_ms: Date.now() }));
  tables = floor(Date.now(), 26);
  const { page, leave } = await browser.visit(`${server.url}?view=wall`, { expected: [/willReadFrequently/] });
  await until(async () => (await painted(page)) > 10, 'something painted');
  const corner = () => page.evaluate(() => [...document.querySelector('#wall-canvas').getContext('2d').getImageData(12, 12, 1, 1).data].slice(0, 3).reduce((sum, n) => sum + n, 0));
  const dark = await corner();
  await page.emulateMedia({ colorScheme: 'light' });
  await until(async () => (await corner()) > dark + 200, 'light colours');
  await leave();
});

test('a real Vigie on its built-in PBX fills the wall', async () => {
  const vigie = await Vigie.start();
  try {
    const { page, leave } = await browser.visit(`${vigie.url}?view=wall`);
    const board = await until(async () => {
      const now = await vigie.board();
      return now.queues.length > 0 && now.agents.length > 0 && now;
    }, 'a floor');
    await until(async () => (await cells(page)).length >= board.queues.length + board.agents.length, 'queues and agents');
    await soon(async () => assert.match(await page.locator('.link-state').first().textContent(), /^live, \d/));
    await leave();
  } finally {
    await vigie.stop();
  }
});

test('20,000 changes a second for a while leave nothing behind', async (t) => {
  tables = floor(Date.now(), 2000);
  const given = { snapshot: JSON.stringify(rows.snapshot(tables, { now_ms: Date.now() })), pieces: piecesOf(tables), perFrame: 400, everyMs: 20 };
  const { page, leave } = await browser.visit('about:blank', { width: 1920, height: 1080 });
  await page.addInitScript(loaded, given);
  await page.goto(`${server.url}?view=wall`);
  await page.waitForFunction(() => document.body.dataset.connection === 'live');
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  const heap = async () => {
    await devtools.send('HeapProfiler.collectGarbage');
    const { metrics } = await devtools.send('Performance.getMetrics');
    const of = (name) => metrics.find((metric) => metric.name === name).value;
    return { bytes: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners') };
  };
  const run = (ms) => page.evaluate((time) => {
    window.load.start();
    return window.load.frames(time).then((times) => (window.load.stop(), times));
  }, ms);
  await run(3000);
  const before = await heap();
  const times = await run(6000);
  const after = await heap();
  t.diagnostic(toldOf(times));
  t.diagnostic(`heap ${(before.bytes / 1e6).toFixed(1)} MB, then ${(after.bytes / 1e6).toFixed(1)} MB; ${before.nodes} nodes, then ${after.nodes}`);
  assert.ok(after.bytes < before.bytes + 3e6, 'the heap grew');
  assert.ok(after.nodes < before.nodes + 100, 'the page grew');
  assert.ok(after.listeners <= before.listeners + 5, 'listeners grew');
  await leave();
});
