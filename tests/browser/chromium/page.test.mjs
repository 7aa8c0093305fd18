/** The page in Chromium against a server under the test's control. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { FakeServer } from '../support/fake-server.mjs';
import { floor } from '../support/floor.mjs';
import { Browser, soon, until } from '../support/page.mjs';
import * as rows from '../support/rows.mjs';

const { oneCall } = rows;

/** @type {Browser} */
let browser;
/** @type {FakeServer|null} */
let server = null;
before(async () => (browser = await Browser.open()));
after(() => browser?.close());
afterEach(async () => {
  await server?.close();
  server = null;
});

/** A server that sends `tables` to whoever connects. */
async function serve(tables) {
  server = new FakeServer({ onSession: (session) => session.send(rows.snapshot(tables, { now_ms: Date.now() })) });
  return server.listen();
}

const figure = (page, key) => page.locator(`[data-figure="${key}"] dd`);

test('a whole floor appears, with ages and counts', async () => {
  await serve(floor(Date.now()));
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.tile').first().waitFor();
  await soon(async () => assert.equal(await page.locator('.tile').count(), 26));
  await soon(async () => assert.equal(await page.locator('.queue').count(), 4));
  await soon(async () => assert.equal(await page.locator('.trunk').count(), 2));
  await soon(async () => assert.equal(await figure(page, 'waiting').textContent(), '4'));
  await soon(async () => assert.match(await page.locator('.link-state').textContent(), /^live, \d/));
  await soon(async () => assert.match(await page.locator('.link-compared').textContent(), /^312 channels compared, 0 differences, \d\d:\d\d:\d\d$/));
  const times = await page.locator('.tile-time').allTextContents();
  assert.ok(times.every((time) => /^(\d+:)?\d+:\d\d$/.test(time)), times.join());
  await leave();
});

test('times in state run by themselves', async () => {
  await serve(oneCall());
  const { page, leave } = await browser.visit(server.url);
  const time = page.locator('.call .col-time .time');
  const seconds = async () => (await time.textContent()).split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  const from = await until(seconds, 'a time');
  await until(async () => (await seconds()) >= from + 2, 'the time two seconds on');
  await leave();
});

test('Local halves are hidden until asked for', async () => {
  const half = (n) => rows.leg({ uniqueid: `l${n}`, channel: `Local/1003@from-phones-00000016;${n}`, local: true, trunk: false });
  await serve(oneCall({ legs: [rows.leg(), half(1), half(2)] }));
  const { page, leave } = await browser.visit(server.url);
  await page.getByText('2 Local legs hidden').waitFor();
  await soon(async () => assert.equal(await page.locator('.leg').count(), 1));
  await page.getByLabel('Local legs').check();
  await until(async () => (await page.locator('.leg').count()) === 3, 'three legs');
  await soon(() => assert.match(page.url(), /locals=1/));
  await leave();
});

test('a filter stands in the address and survives a reload', async () => {
  await serve(floor(Date.now()));
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.tile').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('chloe');
  await until(async () => (await page.locator('.tile').count()) === 1, 'one agent');
  await soon(() => assert.match(page.url(), /#q=chloe/));
  await page.reload();
  await page.locator('.tile').first().waitFor();
  await soon(async () => assert.equal(await page.locator('.tile').count(), 1));
  await soon(async () => assert.equal(await page.locator('#filter-text').inputValue(), 'chloe'));
  await page.getByRole('button', { name: 'Clear' }).click();
  await page.locator('#filter-queue').selectOption('sales');
  await until(async () => (await page.locator('.queue').count()) === 1, 'one queue');
  await soon(() => assert.match(page.url(), /#queue=sales$/));
  await leave();
});

test('the language follows the browser and can be changed by hand', async () => {
  await serve(floor(Date.now()));
  const { page, leave } = await browser.visit(server.url, { locale: 'fr-FR' });
  await page.getByRole('heading', { name: 'Appels' }).waitFor();
  await soon(async () => assert.equal(await page.locator('html').getAttribute('lang'), 'fr'));
  await soon(async () => assert.match(await page.locator('.link-compared').textContent(), /^312 canaux comparés, 0 écart, /));
  await page.getByRole('button', { name: 'EN', exact: true }).click();
  await page.getByRole('heading', { name: 'Calls' }).waitFor();
  await soon(async () => assert.equal(await page.locator('html').getAttribute('lang'), 'en'));
  await page.reload();
  await page.getByRole('heading', { name: 'Calls' }).waitFor();
  await leave();
});

test('without the server everything is visibly old, and live again when it is back', async () => {
  await serve(oneCall());
  const { port } = server;
  const { page, leave } = await browser.visit(server.url, { expected: [/WebSocket|ERR_CONNECTION|Failed to load/] });
  await page.locator('.leg').first().waitFor();
  await server.close();
  await page.getByRole('alert').getByText(/No connection to Vigie since \d\d:\d\d:\d\d/).waitFor();
  await soon(async () => assert.match(await page.locator('.link-state').textContent(), /^as it was at \d\d:\d\d:\d\d$/));
  assert.equal(await page.locator('.tile').count(), 1, 'what was known stays on screen');
  const stopped = await page.locator('.call .col-time .time').textContent();
  await page.waitForTimeout(2200);
  assert.equal(await page.locator('.call .col-time .time').textContent(), stopped, 'a time runs though nothing is known');
  await soon(async () => assert.equal(await page.getByRole('button', { name: 'Hang up Bob Durand' }).getAttribute('aria-disabled'), 'true'));
  server = new FakeServer({ onSession: (session) => session.send(rows.snapshot(oneCall(), { run: 'run-2', now_ms: Date.now() })) });
  await server.listen(port);
  await page.locator('#banner').waitFor({ state: 'hidden' });
  await soon(async () => assert.match(await page.locator('.link-state').textContent(), /^live, /));
  await leave();
});

test('a silent server is noticed', async () => {
  await serve(oneCall());
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.leg').first().waitFor();
  server.answerPings = false;
  server.script.onSession = () => {};
  await page.getByText(/No connection to Vigie since/).waitFor();
  await leave();
});

test('a page that is busy for three seconds does not call the server lost', async () => {
  await serve(oneCall());
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.leg').first().waitFor();
  await page.evaluate(() => {
    Reflect.set(window, 'phases', []);
    new MutationObserver(() => Reflect.get(window, 'phases').push(document.body.dataset.connection)).observe(document.body, { attributeFilter: ['data-connection'] });
  });
  // past the next ping, whose answer then waits to be heard
  for (let n = 0; n < 3; n += 1) {
    await page.evaluate(() => new Promise((done) => setTimeout(done, 650)));
    await page.evaluate(() => {
      const end = performance.now() + 3000;
      while (performance.now() < end);
    });
  }
  await page.evaluate(() => new Promise((done) => setTimeout(done, 1800)));
  assert.deepEqual(await page.evaluate(() => Reflect.get(window, 'phases')), []);
  await leave();
});

test('a missed frame is asked for, and the page is whole afterwards', async () => {
  const sessions = [];
  server = new FakeServer({
    onSession: (session) => {
      sessions.push(session);
      if (session.query.get('run') === 'run-1' && session.query.get('seq') === '11') {
        session.send(rows.changes(11, 13, { calls: [rows.call({ id: 'b', called: '222' }), rows.call({ id: 'c', called: '333' })] }, {}, { now_ms: Date.now() }));
      } else {
        session.send(rows.snapshot(oneCall(), { now_ms: Date.now() }));
      }
    },
  });
  await server.listen();
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.call').first().waitFor();
  sessions[0].send(rows.changes(10, 11, { calls: [rows.call({ id: 'a', called: '111' })] }, {}, { now_ms: Date.now() }));
  await page.getByText('111', { exact: true }).waitFor();
  sessions[0].send(rows.changes(12, 13, { calls: [rows.call({ id: 'c', called: '333' })] }, {}, { now_ms: Date.now() }));
  await page.getByText('222', { exact: true }).waitFor();
  await soon(async () => assert.equal(await page.locator('.call').count(), 4));
  assert.equal(sessions.length, 2);
  assert.equal(sessions[1].query.get('seq'), '11');
  await leave();
});

test('a stale PBX is shown as it was, others go on', async () => {
  const now = Date.now();
  await serve({
    pbxs: [rows.pbx({ last_read_ms: now }), rows.pbx({ id: 'lyon', link: 'refused', problem: 'Authentication failed', since_ms: now - 60_000, last_read_ms: now - 61_000 })],
    agents: [rows.agent({ availability_since_ms: now - 90_000 }), rows.agent({ id: 'lyon~1', pbx: 'lyon', name: 'Zoé', availability_since_ms: now - 90_000 })],
    alarms: [rows.alarm({ began_ms: now - 60_000 })],
  });
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.tile').first().waitFor();
  const link = page.locator('.link-card').filter({ hasText: 'lyon' });
  await soon(async () => assert.match(await link.locator('.link-state').textContent(), /^refused since \d\d:\d\d:\d\d: Authentication failed$/));
  await soon(async () => assert.equal(await page.locator('.tile[data-trust="stale"]').count(), 1));
  await soon(async () => assert.equal(await page.locator('.tile[data-trust="stale"] .tile-time').textContent(), '0:29'));
  await page.getByText('PBX link down').waitFor();
  await page.getByText('These figures count lyon as it last was: not live').waitFor();
  await soon(async () => assert.equal(await page.locator('body').getAttribute('data-floor'), null, 'paris is live'));
  await leave();
});

test('a PBX that was never seen is unknown, not empty', async () => {
  const never = (id, over) => rows.pbx({ id, link: 'down', known_since_ms: null, comparison: null, last_read_ms: null, version: '', epoch: 0, ...over });
  await serve({ pbxs: [never('lyon')] });
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.link-compared').getByText('never seen since Vigie started').waitFor();
  for (const key of ['waiting', 'longest', 'calls', 'talking', 'free']) await soon(async () => assert.equal(await figure(page, key).textContent(), '–', key));
  for (const list of ['calls', 'agents', 'queues', 'trunks']) {
    await soon(async () => assert.equal(await page.locator(`#${list}-count`).textContent(), '–', list));
    await soon(async () => assert.equal(await page.locator(`#${list}-none`).textContent(), 'Unknown: no live link to lyon since Vigie started', list));
  }
  server.broadcast(rows.snapshot({ pbxs: [never('lyon'), rows.pbx({ last_read_ms: Date.now() })] }, { seq: 20, now_ms: Date.now() }));
  await until(async () => (await figure(page, 'calls').textContent()) === '0', 'the calls of paris');
  await soon(async () => assert.equal(await page.locator('#figures-stale').textContent(), 'Unknown: no live link to lyon since Vigie started'));
  server.broadcast(rows.snapshot({ pbxs: [rows.pbx({ last_read_ms: Date.now() })] }, { seq: 30, now_ms: Date.now() }));
  await page.getByText('No calls', { exact: true }).waitFor();
  await leave();
});

test('a PBX that refuses every list is not said to be compared', async () => {
  const refused = ['CoreShowChannels', 'QueueStatus'].map((action) => ({ slug: 'may_not_ask', with: [action, action === 'QueueStatus' ? '' : 'reporting'], text: `The account may not ask for ${action}.` }));
  const comparison = { ...rows.pbx().comparison, channels: null, queue_entries: null, devices: null };
  await serve({ pbxs: [rows.pbx({ last_read_ms: Date.now(), comparison, unknown: refused })] });
  const { page, leave } = await browser.visit(server.url);
  const compared = page.locator('.link-compared');
  await compared.getByText(/^nothing could be compared \(refused: CoreShowChannels, QueueStatus\), /).waitFor();
  await page.locator('.link-card summary').click();
  await page.getByText('It would need write = reporting in manager.conf.').waitFor();
  server.broadcast(rows.snapshot({ pbxs: [rows.pbx({ last_read_ms: Date.now(), comparison: { ...comparison, devices: 61, queue_entries: 1 }, unknown: refused })] }, { seq: 20, now_ms: Date.now() }));
  await compared.getByText(/^62 queue entries and devices compared, 0 differences, .*; channels could not: CoreShowChannels is refused$/).waitFor();
  await leave();
});

test('a French page says in French what the server says of a link', async () => {
  const now = Date.now();
  const refused = { problem: 'Login of `vigie`: the PBX says `Permission denied`', problem_slug: 'login_refused', problem_with: ['vigie', 'Permission denied'] };
  const unknown = [{ slug: 'may_not_send', with: ['Hangup'], text: 'The account may not send Hangup: calls cannot be hung up from here.' }];
  await serve({
    pbxs: [rows.pbx({ link: 'refused', since_ms: now - 60_000, unknown, ...refused, comparison: { ...rows.pbx().comparison, differences: 1, examples: [{ slug: 'channel_gone', with: ['PJSIP/1001-2a'], text: 'channel PJSIP/1001-2a is gone' }] } })],
    alarms: [rows.alarm({ kind: 'link_refused', subject: 'paris', began_ms: now, text: refused.problem, slug: refused.problem_slug, with: refused.problem_with })],
  });
  const { page, leave } = await browser.visit(server.url, { locale: 'fr-FR' });
  const french = 'identification de vigie\u00a0: le PBX dit «\u00a0Permission denied\u00a0»';
  await page.locator('.link-state').getByText(french).waitFor();
  await soon(async () => assert.equal(await page.locator('.alarm-text').textContent(), `paris\u00a0: ${french}`));
  await page.locator('.link-card summary').click();
  await page.getByText('Le compte n’a pas le droit d’envoyer Hangup\u00a0: impossible de raccrocher d’ici.').waitFor();
  await page.getByText('le canal PJSIP/1001-2a n’existe plus').waitFor();
  assert.ok(!/the PBX says|may not|is gone/.test(await page.locator('body').innerText()));
  await leave();
});

test('two thousand agents do not freeze the page', async (t) => {
  const now = Date.now();
  const tables = floor(now, 2000);
  await serve(tables);
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.tile').first().waitFor();
  await soon(async () => assert.equal(await page.locator('#agents-count').textContent(), '2,000'));
  assert.ok((await page.locator('.tile').count()) <= 120);
  assert.ok((await page.locator('.call').count()) <= 50);
  // Thirty frames with fifty changed agents each: the page must stay able to answer.
  const longest = page.evaluate(() => new Promise((done) => {
    let worst = 0;
    let last = performance.now();
    const beat = () => {
      const at = performance.now();
      worst = Math.max(worst, at - last);
      last = at;
      if (document.querySelector('#filter-text')?.getAttribute('data-end')) done(worst);
      else setTimeout(beat, 5);
    };
    beat();
  }));
  for (let n = 0; n < 30; n += 1) {
    const some = tables.agents.slice(n * 50, n * 50 + 50).map((agent) => ({ ...agent, activity: 'on_call', activity_since_ms: now }));
    server.broadcast(rows.changes(10 + n, 11 + n, { agents: some }, {}, { now_ms: Date.now() }));
    await new Promise((done) => setTimeout(done, 33));
  }
  await page.evaluate(() => document.querySelector('#filter-text')?.setAttribute('data-end', '1'));
  const worst = await longest;
  t.diagnostic(`the page stood still for ${Math.round(worst)} ms at most`);
  const tiles = page.locator('.group[data-group="talking"] .tile');
  await until(async () => (await tiles.count()) === 12, 'the first twelve of them');
  await page.locator('.group[data-group="talking"] .more').click();
  await until(async () => (await tiles.count()) === 72, 'sixty more');
  await leave();
});
