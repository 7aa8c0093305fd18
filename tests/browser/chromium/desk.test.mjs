/** The floor's tools: freezing the picture, filters in the address, alarms and their bell. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { FakeServer } from '../support/fake-server.mjs';
import { floor } from '../support/floor.mjs';
import { Browser, soon, until } from '../support/page.mjs';
import * as rows from '../support/rows.mjs';
import { Vigie } from '../support/vigie.mjs';

let browser;
let server;
before(async () => (browser = await Browser.open()));
after(() => browser?.close());
afterEach(async () => {
  await server?.close();
  server = null;
});

async function serve(tables, script = {}) {
  server = new FakeServer({ onSession: (session) => session.send(rows.snapshot(tables, { now_ms: Date.now() })), ...script });
  return server.listen();
}

test('a frozen picture stands still, says how old it is, refuses verbs, and goes back to live', async () => {
  const tables = rows.oneCall();
  await serve(tables);
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.call').first().waitFor();
  await page.locator('body').press('f');
  await page.getByText(/^Frozen picture of \d\d:\d\d:\d\d, 0:\d\d old: not live$/).waitFor();
  const time = await page.locator('.call .col-time .time').textContent();
  server.broadcast(rows.changes(10, 11, { calls: [rows.call({ id: 'later', called: 'later' })] }, {}, { now_ms: Date.now() }));
  await page.getByText(/^Frozen picture of .*, 0:(?!0[01])\d\d old/).waitFor();
  assert.equal(await page.locator('.call').count(), 1, 'what came later is not in it');
  assert.equal(await page.locator('.call .col-time .time').textContent(), time, 'its times stand still');
  await soon(async () => assert.match(await page.locator('.leg .act-hangup').first().getAttribute('title'), /frozen/));
  await soon(async () => assert.match(await page.locator('.link-state').textContent(), /^live, /, 'the links are those of now'));
  // a filter works in it
  await page.locator('#filter-text').fill('nobody at all');
  await until(async () => (await page.locator('.call').count()) === 0, 'the filter');
  await page.locator('#filter-clear').click();
  await page.getByRole('button', { name: 'Back to live' }).click();
  await until(async () => (await page.locator('.call').count()) === 2, 'the call that came meanwhile');
  await soon(async () => assert.equal(await page.getByText(/Frozen picture/).isVisible(), false));
  await leave();
});

test('a picture is frozen in one stroke: no frame that was waiting moves its times, and they are of the moment that it names', async () => {
  // a whole second, so that what is shown and what the picture names differ by whole seconds too
  const began = Math.floor(Date.now() / 1000) * 1000 - 8000;
  const tables = rows.oneCall({ phase_since_ms: began });
  tables.agents[0].activity_since_ms = began;
  await serve(tables);
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.call').first().waitFor();
  await page.evaluate(() => {
    // no frame is drawn until the test says so
    const frame = window.requestAnimationFrame.bind(window);
    const held = [];
    window.requestAnimationFrame = (draw) => held.push(draw);
    window.goOn = () => {
      window.requestAnimationFrame = frame;
      for (const draw of held.splice(0)) frame(draw);
    };
    window.look = () => ({
      words: document.getElementById('frozen-words').textContent,
      times: [...document.querySelectorAll('.time')].map((time) => time.textContent),
      call: document.querySelector('.call .col-time .time').textContent,
    });
  });
  const shown = await page.locator('.call .col-time .time').textContent();
  const seconds = (text) => text.split(':').reduce((sum, part) => 60 * sum + Number(part), 0);
  await until(async () => Date.now() - began > 1000 * (seconds(shown) + 2), 'the times on the page are old');
  server.broadcast(rows.changes(10, 11, { calls: [rows.call({ id: 'waits', called: 'waits' })] }, {}, { now_ms: Date.now() }));
  await page.evaluate(() => new Promise((done) => setTimeout(done)));
  const frozen = await page.evaluate(() => {
    document.getElementById('freeze').click();
    return window.look();
  });
  const moment = /of \d\d:\d\d:(\d\d), 0:00 old/.exec(frozen.words);
  assert.ok(moment, frozen.words);
  assert.equal((began / 1000 + seconds(frozen.call)) % 60, Number(moment[1]), 'the time is of the moment that is named');
  await page.evaluate(() => window.goOn());
  await page.getByText(/^Frozen picture of .*, 0:(?!00)\d\d old/).waitFor();
  assert.deepEqual((await page.evaluate(() => window.look())).times, frozen.times);
  await leave();
});

test('filters by state and queue stand in the address and survive a reload, on the wall too', async () => {
  await serve(floor(Date.now()));
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.tile').first().waitFor();
  await page.locator('#filter-state').selectOption('paused');
  await until(async () => (await page.locator('.group').count()) === 1, 'one group');
  const paused = await page.locator('.tile').count();
  await soon(() => assert.match(page.url(), /#state=paused$/));
  await page.reload();
  await until(async () => (await page.locator('.tile').count()) === paused, 'the same agents');
  await page.getByText('Filtered: figures count only what is shown').waitFor();
  await page.locator('body').press('w');
  await until(async () => (await page.locator('#wall-rows tr').count()) === 4 + paused, 'queues and the paused');
  await leave();
});

test('sites and groups are offered once people are known, and a change by anybody is seen', async () => {
  const lists = {
    sites: [{ id: 'lyon', name: 'Lyon', queues: [] }], 'user-groups': [{ id: 'n1', name: 'First line', memberIds: ['u'] }],
    users: [{ id: 'u', siteId: 'lyon', groupIds: ['n1'] }], stations: [{ userId: 'u', pbx: 'paris', endpoint: 'PJSIP/1001' }],
  };
  await serve(floor(Date.now()), { lists });
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.tile').first().waitFor();
  server.broadcast({ type: 'directory', version: 1, all: true, users: [], groups: [], sites: [] });
  await page.locator('#filter-group').waitFor();
  await soon(async () => assert.deepEqual(await page.locator('#filter-group option').allTextContents(), ['All sites and groups', 'Site Lyon', 'Group First line']));
  await page.locator('#filter-group').selectOption('site:lyon');
  await until(async () => (await page.locator('.tile').count()) === 1, 'the one of Lyon');
  await soon(() => assert.match(page.url(), /group=site%3Alyon/));
  lists.stations.push({ userId: 'u', pbx: 'paris', endpoint: 'PJSIP/1002' });
  server.broadcast({ type: 'directory', version: 2, all: false, users: ['u'], groups: [], sites: [] });
  await until(async () => (await page.locator('.tile').count()) === 2, 'two of Lyon');
  await leave();
});

test('an alarm is counted, read out politely, listed with its beginning and end, and rings when asked to', async () => {
  const now = Date.now();
  await serve({ ...rows.oneCall(), alarms: [rows.alarm({ id: 'old', began_ms: now - 300_000, ended_ms: now - 200_000, kind: 'link_late', subject: 'nice' })] });
  const { page, leave } = await browser.visit(server.url);
  await page.evaluate(() => {
    window.rung = 0;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...at) {
      window.rung += 1;
      return start.apply(this, at);
    };
  });
  await page.getByRole('button', { name: 'Alarms: 0' }).waitFor();
  assert.equal(await page.locator('#alarm-said').textContent(), '', 'what is in view already is not read out');
  await page.locator('body').press('a');
  const list = page.getByRole('complementary');
  await list.getByRole('row', { name: /nice/ }).waitFor();
  await list.getByLabel('Ring a bell in this browser for a new alarm').check();
  assert.equal(await page.evaluate(() => window.rung), 2, 'it lets itself be heard once');
  server.broadcast(rows.changes(10, 11, { alarms: [rows.alarm({ began_ms: now })] }, {}, { now_ms: Date.now() }));
  await page.getByRole('button', { name: 'Alarms: 1' }).waitFor();
  await until(async () => (await page.locator('#alarm-said').textContent()) === 'New alarm: PBX link down, lyon', 'it is read out');
  assert.equal(await page.evaluate(() => window.rung), 4);
  await soon(async () => assert.match(await list.getByRole('row', { name: /lyon/ }).textContent(), /goes on$/));
  server.broadcast(rows.changes(11, 12, { alarms: [rows.alarm({ began_ms: now, ended_ms: Date.now() })] }, {}, { now_ms: Date.now() }));
  await until(async () => (await page.locator('#alarm-said').textContent()) === 'Alarm ended: PBX link down, lyon', 'its end too');
  assert.equal(await page.evaluate(() => window.rung), 4, 'an end does not ring');
  await soon(async () => assert.match(await list.getByRole('row', { name: /lyon/ }).textContent(), /\d\d:\d\d:\d\d$/));
  await leave();
});

test('the floor of a real Vigie is frozen and goes on behind it', async () => {
  const vigie = await Vigie.start();
  try {
    const { page, leave } = await browser.visit(vigie.url);
    await page.locator('.call').first().waitFor();
    await page.getByRole('button', { name: 'Freeze' }).click();
    const ids = () => page.locator('.call').evaluateAll((all) => all.map((row) => row.getAttribute('data-id')).join());
    const still = await ids();
    const began = new Set((await vigie.board()).calls.map((call) => call.id));
    await until(async () => (await vigie.board()).calls.some((call) => !began.has(call.id)), 'a new call on the board');
    assert.equal(await ids(), still);
    await page.locator('body').press('f');
    await until(async () => (await ids()) !== still, 'the live calls');
    await leave();
  } finally {
    await vigie.stop();
  }
});
