/** The panels of a call and of an agent: opened from any row, followed, acted from, closed. */

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const panel = (page) => page.getByRole('complementary');

test('a call opens by Enter, says what happened in order, and gives the focus back', async () => {
  const now = Date.now();
  const tables = rows.oneCall();
  Object.assign(tables.calls[0], {
    queue: { name: 'support', joined_ms: now - 8800, left_ms: now - 8000, outcome: 'answered', agent: 'PJSIP/1001' },
    transfers: [{ kind: 'blind', by: 'PJSIP/1001', to: '1004', success: true, at_ms: now - 3000 }],
    at_least: ['queue.left_ms'],
  });
  tables.calls[0].legs[0].answered_ms = now - 8900;
  tables.calls[0].legs[1].started_ms = now - 8500;
  tables.calls[0].legs[1].answered_ms = now - 8000;
  tables.calls[0].legs[1].application = 'AppQueue';
  tables.calls[0].legs[0].uniqueid = tables.calls[0].linkedid;
  await serve(tables);
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.call').focus();
  await page.keyboard.press('Enter');
  await panel(page).getByRole('heading', { name: 'Call from Alice Martin 0612345678 to 0170000001' }).waitFor();
  const story = await page.locator('#panel-story .moment > span').allTextContents();
  assert.deepEqual(story, [
    'The call begins', 'Alice Martin 0612345678 answers', 'Waits in queue support', 'Bob Durand is called', 'Bob Durand answers',
    'Leaves queue support: answered by Bob Durand', 'blind transfer to 1004 by Bob Durand',
  ]);
  await soon(async () => assert.match(await page.locator('.moment[data-what="left"] time').textContent(), /^≤/));
  await page.keyboard.press('Escape');
  await until(() => page.evaluate(() => document.activeElement?.matches('.call')), 'the focus back on the row');
  await soon(async () => assert.equal(await panel(page).isVisible(), false));
  await leave();
});

test('the panel follows its call, also when other calls come and go, and says when it is over', async () => {
  const tables = rows.oneCall();
  await serve(tables);
  const { page, leave } = await browser.visit(server.url, { expected: [/404|Failed to load/] });
  await page.locator('.call').click();
  await page.locator('#panel-phase').getByText('Talking').waitFor();
  server.broadcast(rows.changes(10, 11, { calls: [{ ...tables.calls[0], phase: 'on_hold' }, rows.call({ id: 'other' })] }, {}, { now_ms: Date.now() }));
  await page.locator('#panel-phase').getByText('On hold').waitFor();
  server.broadcast(rows.changes(11, 12, {}, { calls: [tables.calls[0].id] }, { now_ms: Date.now() }));
  await panel(page).getByText(/^This call has ended/).waitFor();
  await panel(page).getByRole('heading', { name: /^Call from Alice Martin/ }).waitFor();
  await soon(async () => assert.equal(await page.locator('#panel-verbs').isVisible(), false));
  await leave();
});

test('verbs are done from the panel by mouse and by key, and one that is not possible says why', async () => {
  const tables = rows.oneCall();
  await serve(tables);
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.call').click();
  await panel(page).getByRole('button', { name: /^Transfer T$/ }).click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#panel-title').focus();
  await page.keyboard.press('h');
  await page.getByRole('dialog').getByRole('button', { name: 'Hang up' }).click();
  await page.getByText(/^Alice Martin 0612345678 was hung up/).waitFor();
  await soon(() => assert.equal(server.verbs.length, 1));
  server.broadcast(rows.changes(10, 11, { pbxs: [{ ...tables.pbxs[0], link: 'down' }] }, {}, { now_ms: Date.now() }));
  await page.locator('#panel-verbs').getByText('No live link to this PBX').first().waitFor();
  await soon(async () => assert.equal(await panel(page).getByRole('button', { name: /^Hang up H$/ }).getAttribute('aria-disabled'), 'true'));
  await leave();
});

test('every other verb is offered as the server says, with why not, and done with what it asks for', async () => {
  const possible = [
    { verb: 'hangup', path: '/api/calls/hangup', ok: true }, { verb: 'park', path: '/api/calls/park', ok: true },
    { verb: 'listen', path: '/api/calls/listen', ok: true, waits_ms: 50_000, reason: 'required' },
    { verb: 'cancel', path: '/api/calls/cancel', ok: false, error: 'not_consulting', message: 'x' }, { verb: 'pick', path: '/api/queues/pick', ok: false, error: 'account_may_not', message: 'y' },
  ];
  await serve(rows.oneCall(), { possible });
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.call').click();
  const more = page.locator('#more-verbs');
  await more.locator('button').first().waitFor();
  await soon(async () => assert.deepEqual(await more.locator('button').allTextContents(), ['ListenBob Durand', 'ParkAlice Martin 0612345678'], 'each on the side that it is meant for'));
  await page.getByText('Not possible now: 2').click();
  await soon(async () => assert.deepEqual(await page.locator('#more-not li').allTextContents(), ['Cancel the transferNot consulting', 'Pick to a phoneVigie’s account at the PBX may not do that']));
  await page.locator('#more-leg').click();
  await soon(async () => assert.equal(await page.evaluate(() => document.activeElement?.id), 'more-leg', 'it opens no call'));
  await page.locator('#more-leg').selectOption('PJSIP/1001-00000002');
  await soon(async () => assert.deepEqual(await more.locator('button').allTextContents(), ['ParkBob Durand', 'ListenBob Durand'], 'on the leg that was chosen'));
  await page.locator('#more-leg').selectOption('');
  await soon(async () => assert.deepEqual(await more.locator('button').allTextContents(), ['ListenBob Durand', 'ParkAlice Martin 0612345678']));
  await more.getByRole('button', { name: 'Listen' }).click();
  await page.getByRole('dialog', { name: 'Listen: Bob Durand' }).getByLabel('Your phone').fill('1001');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByLabel('Why (is noted)').waitFor();
  assert.equal(server.verbs.length, 0, 'nothing is asked without saying why');
  await page.getByRole('dialog').getByLabel('Why (is noted)').fill('coaching');
  await page.keyboard.press('Enter');
  await page.getByText(/^Listen: done on Bob Durand, after/).waitFor();
  await soon(() => assert.deepEqual(server.verbs[0], { verb: 'listen', body: { channel: 'PJSIP/1001-00000002', pbx: 'paris', station: 'PJSIP/1001', reason: 'coaching' } }));
  await more.getByRole('button', { name: 'Park' }).click();
  await until(() => server.verbs.length === 2, 'parked without a question');
  assert.equal(server.verbs[1].body.channel, 'PJSIP/trunk-a-00000001', 'the caller, not the agent');
  await leave();
});

test('what can be done is asked again when an agent of the call or its PBX changes, and while nothing does', async () => {
  const offer = (verb) => [{ verb, path: `/api/calls/${verb}`, ok: true }];
  const tables = rows.oneCall();
  await serve(tables, { possible: offer('park') });
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.call').click();
  const more = page.locator('#more-verbs');
  await more.getByRole('button', { name: /^Park/ }).waitFor();
  // no frame tells of it
  server.script.possible = offer('record_start');
  await more.getByRole('button', { name: /^Record/ }).waitFor();
  server.script.possible = offer('listen');
  server.broadcast(rows.changes(10, 11, { agents: [{ ...tables.agents[0], availability: 'paused' }] }, {}, { now_ms: Date.now() }));
  await more.getByRole('button', { name: /^Listen/ }).waitFor();
  server.script.possible = [];
  server.broadcast(rows.changes(11, 12, { pbxs: [{ ...tables.pbxs[0], link: 'down' }] }, {}, { now_ms: Date.now() }));
  await soon(async () => assert.equal(await more.locator('button').count(), 0));
  await leave();
});

test('what can be done is asked one question at a time, and not at all once nobody looks', async () => {
  let open = 0;
  let most = 0;
  const onAsk = async () => {
    most = Math.max(most, (open += 1));
    await new Promise((done) => setImmediate(done));
    open -= 1;
  };
  const tables = rows.oneCall();
  await serve(tables, { onAsk, possible: [{ verb: 'park', path: '/api/calls/park', ok: true }] });
  const { page, leave } = await browser.visit(server.url);
  await page.clock.install();
  await page.reload();
  /** Time passes on the page, and nothing was asked in it. */
  const isQuiet = async (why) => {
    await page.clock.runFor(1500); // whatever was on its way
    const before = server.asked.length;
    await page.clock.runFor(20_000);
    await page.evaluate(() => fetch('api/verbs?channel=last'));
    assert.deepEqual(server.asked.slice(before), ['last'], why);
  };
  const asksOn = async () => {
    const before = server.asked.length;
    await until(async () => {
      await page.clock.runFor(500);
      return server.asked.length >= before + 4;
    }, 'two more questions about two legs');
  };
  await page.locator('.call').click();
  await asksOn();
  // rows that change faster than it is answered
  for (let n = 10; n < 30; n += 1) {
    server.broadcast(rows.changes(n, n + 1, { agents: [{ ...tables.agents[0], activity_since_ms: n }] }, {}, { now_ms: Date.now() }));
    await page.clock.runFor(100);
  }
  await asksOn();
  assert.ok(most <= 2, `${most} questions at once about two legs`);
  await page.keyboard.press('f');
  await page.locator('#frozen').waitFor();
  await isQuiet('frozen');
  await page.keyboard.press('f');
  await asksOn();
  await page.locator('#panel-close').click();
  await isQuiet('closed');
  await leave();
});

test('an agent opens by click and by Enter, with both axes, each queue and his call', async () => {
  const tables = rows.oneCall();
  tables.agents[0] = {
    ...tables.agents[0], availability: 'partly_paused', call_queue: 'support',
    memberships: [
      { queue: 'support', interface: 'PJSIP/1001', paused: false, reason: null, since_ms: null, penalty: 0, calls_taken: 3 },
      { queue: 'sales', interface: 'PJSIP/1001', paused: true, reason: 'lunch', since_ms: Date.now() - 61_000, penalty: 2, calls_taken: 5 },
    ],
  };
  await serve(tables);
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.tile').focus();
  await page.keyboard.press('Enter');
  await panel(page).getByRole('heading', { name: 'Bob Durand' }).waitFor();
  await soon(async () => assert.match(await page.locator('#panel-agent-activity').textContent(), /Talking/));
  const queues = await page.locator('#panel-agent-queues tr').evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
  assert.deepEqual(queues[0], ['support', 'in service', '–', '0', '3']);
  assert.deepEqual([queues[1][0], queues[1][1], queues[1][3], queues[1][4]], ['sales', 'paused: lunch', '2', '5']);
  assert.match(queues[1][2], /^1:0\d$/);
  await page.locator('#panel-agent-call').click();
  await panel(page).getByRole('heading', { name: /^Call from Alice Martin/ }).waitFor();
  await leave();
});

test('an agent is paused with a reason after his call, from his panel, and what is refused says why', async () => {
  const tables = rows.oneCall();
  let answer = [200, { ok: true, outcome: 'pending' }];
  await serve(tables, { onVerb: async () => answer });
  const { page, leave } = await browser.visit(server.url, { expected: [/409/] });
  await page.locator('.tile').click();
  const verbs = page.locator('#panel-agent-verbs');
  await soon(async () => assert.equal(await verbs.getByRole('button', { name: 'End the pause' }).getAttribute('aria-disabled'), 'true'));
  await verbs.getByText('Not paused').waitFor();
  await verbs.getByText('Logged in to every queue').waitFor();
  await verbs.getByRole('button', { name: 'Pause', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Pause Bob Durand' });
  await page.keyboard.type('lunch');
  await dialog.getByLabel('After this call').check();
  await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByText('Bob Durand will be paused after this call').waitFor();
  await soon(() => assert.deepEqual(server.verbs, [{ verb: 'pause', body: { agent: 'paris~PJSIP/1001', reason: 'lunch', after_call: true } }]));
  server.broadcast(rows.changes(10, 11, { agents: [{ ...tables.agents[0], pause_after_call: { queue: null, reason: 'lunch', since_ms: Date.now() } }] }, {}, { now_ms: Date.now() }));
  await page.locator('.tile').getByText('pause to come: lunch').waitFor();
  answer = [409, { error: 'not_a_member', message: 'the agent is not logged in to that queue' }];
  await verbs.getByRole('button', { name: 'Log out of a queue' }).click();
  await page.getByRole('dialog').getByLabel('Queue').selectOption('support');
  await page.getByRole('dialog').getByRole('button', { name: 'Log out of a queue' }).click();
  await page.getByText('Bob Durand was not logged out. The agent is not logged in to that queue').waitFor();
  await leave();
});

test('a real agent is paused and taken back to work from his panel', async () => {
  const vigie = await Vigie.start();
  try {
    const { page, leave } = await browser.visit(vigie.url);
    const free = page.locator('.group[data-group="free"] .tile').last();
    await free.waitFor();
    const id = await free.getAttribute('data-id');
    await free.click();
    const row = async () => (await vigie.board()).agents.find((agent) => agent.id === id);
    const verbs = page.locator('#panel-agent-verbs');
    await verbs.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.keyboard.type('briefing');
    await page.keyboard.press('Enter');
    await page.getByText(/ is paused, after /).waitFor();
    assert.deepEqual([(await row()).availability, (await row()).pause_reason], ['paused', 'briefing']);
    await page.locator('#panel-agent-availability').getByText('Paused (briefing)').waitFor();
    await verbs.getByRole('button', { name: 'End the pause' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End the pause' }).click();
    await page.getByText(/ is no longer paused, after /).waitFor();
    assert.equal((await row()).availability, 'available');
    await leave();
  } finally {
    await vigie.stop();
  }
});

test('the panel leaves the state of the links in view', async () => {
  await serve(floor(Date.now()));
  const { page, leave } = await browser.visit(server.url);
  for (const [width, height] of [[1280, 800], [1920, 1080]]) {
    await page.setViewportSize({ width, height });
    await page.locator('.call').first().click({ position: { x: 20, y: 8 } });
    const [top, header] = await page.evaluate(() => [document.querySelector('#panel').getBoundingClientRect().top, document.querySelector('#connection').getBoundingClientRect().bottom]);
    assert.ok(top >= header, `${width}: ${top} < ${header}`);
    await page.keyboard.press('Escape');
  }
  await leave();
});

test('a real call of the built-in PBX is opened, followed to its end, and its record is shown', async () => {
  const data = mkdtempSync(join(tmpdir(), 'vigie-panel-'));
  chmodSync(data, 0o755);
  const vigie = await Vigie.start({ DATABASE_URL: '', VIGIE_DATA: join(data, 'own') });
  try {
    const { page, leave } = await browser.visit(vigie.url, { expected: [/404|Failed to load/] });
    await page.locator('.call-group:not([data-over]) .call').first().waitFor();
    await page.locator('.call-group:not([data-over]) .call').first().click();
    await page.locator('#panel-story .moment').nth(1).waitFor();
    const phase = await page.locator('#panel-phase').textContent();
    assert.ok(phase, 'a phase');
    // the page orders its end and the PBX does it, if the call has not ended by itself before
    const over = panel(page).getByText('This call has ended. What is kept of it:');
    await until(async () => {
      if (await over.isVisible()) return true;
      await page.locator('#panel-title').focus();
      await page.keyboard.press('h');
      await page.getByRole('dialog').getByRole('button', { name: 'Hang up' }).click({ timeout: 1000 }).catch(() => {});
      return false;
    }, 'the call over, and what is kept of it', 90_000);
    await soon(async () => assert.ok((await page.locator('#panel-over-story .moment').count()) >= 2));
    await leave();
  } finally {
    await vigie.stop();
    rmSync(data, { recursive: true, force: true });
  }
});
