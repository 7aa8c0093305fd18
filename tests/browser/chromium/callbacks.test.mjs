/** Callbacks in Chromium, on a real Vigie: asked for in a flow, seen by a supervisor, called and closed by an agent. */

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { logIn, PASSWORD, REFUSED, setUp } from '../support/accounts.mjs';
import { Browser, soon, until } from '../support/page.mjs';
import { shot as picture } from '../support/shots.mjs';
import { freePort, startPbx, Vigie } from '../support/vigie.mjs';

/** Asterisk's side of a walk: who calls from that number, until the flow lets go of him. */
function walk(port, number) {
  return new Promise((done, failed) => {
    const socket = connect(port, '127.0.0.1');
    const told = { network: 'yes', request: 'agi://127.0.0.1/0170000001', channel: `PJSIP/trunk-${number}`, uniqueid: `1.${number}`, callerid: number, extension: '0170000001' };
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${Object.entries(told).map(([name, value]) => `agi_${name}: ${value}\n`).join('')}\n`));
    socket.on('data', (lines) => socket.write('200 result=0\n'.repeat(lines.split('\n').length - 1)));
    socket.on('error', failed);
    socket.on('close', done);
  });
}

let browser;
let vigie;
let pbx;
let data;
let api;
let agi;
before(async () => {
  browser = await Browser.open();
  data = mkdtempSync(join(tmpdir(), 'vigie-data-'));
  chmodSync(data, 0o755); // the database runs as another user when root starts it
  // nobody calls there: Alice's phone is hers
  pbx = await startPbx(await freePort(), ['--calls-per-minute', '0']);
  agi = await freePort();
  vigie = await Vigie.start({ ...pbx.settings, DATABASE_URL: '', VIGIE_AUTH: 'on', VIGIE_DATA: join(data, 'own'), VIGIE_SOUNDS: join(data, 'shared'), VIGIE_VOICE: 'off', AGI_PORT: String(agi) });
  api = await setUp(vigie);
  const row = (await until(async () => (await api('GET', 'board/agents')).find((agent) => agent.endpoint === 'PJSIP/1001'), 'Alice’s phone'));
  await api('POST', 'sites', { id: 'paris', name: 'Paris', outboundContext: 'from-phones' });
  for (const [id, firstName, lastName, role] of [['alice', 'Alice', 'Martin', 'Agent'], ['sam', 'Sam', 'Noël', 'Superviseur']]) {
    await api('POST', 'users', { id, loginId: id, firstName, lastName, role, siteId: 'paris', password: PASSWORD });
  }
  await api('PUT', 'users/alice/stations', { stations: [{ pbx: row.pbx, station: '1001', endpoint: row.endpoint }] });
  await api('POST', 'flow-contacts', { number: '0612345678', name: 'Zoé Lambert <b>' });
  await api('POST', 'ivr-flows', {
    id: 'f', name: 'Night', nodes: [{ id: 's', type: 'start' }, { id: 'c', type: 'callback', content: { note: 'wants a quote', attempts: 2 } }, { id: 'h', type: 'hangup' }],
    connections: [['s', 'out', 'c'], ['c', 'out', 'h'], ['c', 'out-fail', 'h']].map(([fromNodeId, fromPortId, toNodeId]) => ({ fromNodeId, fromPortId, toNodeId })),
  });
  for (const number of ['0612345678', '1002']) await walk(agi, number);
  await until(async () => (await api('GET', 'callbacks')).length === 2, 'two requests');
});
after(async () => {
  await browser?.close();
  await vigie?.stop();
  await pbx?.kill();
  rmSync(data, { recursive: true, force: true });
});

const shot = (page, name) => picture(page, name, { fullPage: true });
const rows = (page) => page.locator('#list .callback');

async function open(who, to, how = {}) {
  const visit = await browser.visit(`${vigie.url}login.html?to=${encodeURIComponent(to)}`, { expected: REFUSED, ...how });
  await logIn(visit.page, who);
  return visit;
}

test('who asked to be called back is seen, called from one’s own page, noted, and over for everybody', async () => {
  const desk = await open('sam', 'callbacks.html');
  await soon(async () => assert.equal(await rows(desk.page).count(), 2));
  const zoe = rows(desk.page).filter({ hasText: 'Zoé Lambert <b>' });
  await soon(async () => assert.match(await zoe.textContent(), /\+33612345678.*asked \d+ s ago.*in Night.*wants a quote.*due for.*attempt 1 of 2/));
  await shot(desk.page, 'callbacks');

  // on the floor how many are due, on her own page those that are hers to call
  const own = await open('alice', `?view=agent&agent=${encodeURIComponent((await api('GET', 'board/agents')).find((agent) => agent.endpoint === 'PJSIP/1001').id)}`);
  const part = own.page.locator('#own-callbacks');
  await soon(async () => assert.equal(await part.locator('.callback').count(), 2));
  assert.match(await own.page.locator('#callbacks-mark').getAttribute('aria-label'), /2 due, 0 mine/);
  await shot(own.page, 'callbacks-own');
  // by keyboard
  await part.getByRole('button', { name: 'Call now: Zoé Lambert <b>' }).focus();
  await own.page.keyboard.press('Enter');
  await soon(async () => assert.match(await part.locator('[role=status]').textContent(), /\+33612345678 is being called/));
  const calls = await api('GET', 'board/calls');
  assert.ok(calls.some((call) => call.legs.some((leg) => leg.endpoint === 'PJSIP/1001')), JSON.stringify(calls));
  const mine = part.locator('.callback[data-standing=mine]');
  await mine.waitFor();
  await soon(async () => assert.match(await zoe.textContent(), /Alice Martin is at it/));
  assert.equal(await zoe.getByRole('button', { name: /Call now/ }).count(), 0, 'nobody else is offered it');
  await mine.getByLabel('Remark (optional)').fill('rings out');
  await shot(own.page, 'callbacks-mine');
  await mine.getByRole('button', { name: 'No answer' }).click();
  await soon(async () => assert.equal(await part.locator('.callback').count(), 1));
  await soon(async () => assert.match(await zoe.textContent(), /not before .*attempt 2 of 2/));
  await zoe.locator('summary').click();
  await soon(async () => assert.match(await zoe.locator('li').first().textContent(), /No answer · Alice Martin · rings out/));

  // the second is taken and closed there
  await part.getByRole('button', { name: 'Take it: 1002' }).click();
  await mine.getByRole('button', { name: 'Reached' }).click();
  await part.getByText('Nobody waits to be called back.').waitFor();
  await desk.page.getByRole('tab', { name: 'Over' }).click();
  await soon(async () => assert.match(await rows(desk.page).first().textContent(), /1002.*done/));
  await desk.page.locator('button[data-lang=fr]').click();
  await soon(async () => assert.match(await rows(desk.page).first().textContent(), /demandé il y a .*fait.*tentatives\u00a0: 1 sur 2/));
  await shot(desk.page, 'callbacks-over-fr');
  await own.leave();
  await desk.leave();
});

test('in French, in the light, what is not heard of any more is no number', async () => {
  const { page, leave } = await open('root', 'callbacks.html', { locale: 'fr-FR', colorScheme: 'light', expected: [...REFUSED, /ERR_FAILED/] });
  await soon(async () => assert.match(await page.locator('#as-of').textContent(), /^à \d\d:\d\d:\d\d$/));
  // who has no phone of his own says which is his
  await page.getByLabel('Mon poste').fill('PJSIP/1003');
  await page.route('**/api/callbacks/**', (route) => route.abort());
  await soon(async () => assert.match(await page.locator('#as-of').textContent(), /Vigie ne répond pas\u00a0: voici ce qu’il en était à/));
  assert.equal(await page.locator('#waiting-count').textContent(), '');
  assert.ok(await page.getByRole('button', { name: /^Appeler/ }).first().isDisabled());
  await shot(page, 'callbacks-lost-fr');
  await page.unroute('**/api/callbacks/**');
  await soon(async () => assert.equal(await page.locator('#waiting-count').textContent(), '1'));
  await page.setViewportSize({ width: 420, height: 800 });
  await shot(page, 'callbacks-narrow-fr');
  await leave();
});
