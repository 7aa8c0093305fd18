/** Who listens to a call: on the floor, in the panels, on who listens, and nowhere else. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { FakeServer } from '../support/fake-server.mjs';
import { Browser, soon } from '../support/page.mjs';
import * as rows from '../support/rows.mjs';
import { shot } from '../support/shots.mjs';

let browser;
let server;
before(async () => (browser = await Browser.open()));
after(() => browser?.close());
afterEach(async () => {
  await server?.close();
  server = null;
});

/** A call, and a supervisor who has a call of his own. */
function listened() {
  const tables = rows.oneCall();
  tables.agents.push(rows.agent({ id: 'paris~PJSIP/1006', endpoint: 'PJSIP/1006', name: 'Fabien Noël', memberships: [] }));
  return tables;
}

/** His call, in which he listens to Bob in that way. */
function ear(how, over = {}) {
  const leg = rows.leg({
    uniqueid: 'vigie-9', channel: 'PJSIP/1006-00000009', endpoint: 'PJSIP/1006', agent: 'paris~PJSIP/1006', trunk: false, party: { number: '1006', name: '' },
    application: 'ChanSpy', spies_on: '1795224500.2', started_ms: Date.now() - 5000, phase_since_ms: Date.now() - 5000, ...(how && { spies_how: how }), ...over,
  });
  return rows.call({ id: `paris~1795000000~${leg.uniqueid}`, linkedid: leg.uniqueid, direction: 'internal', phase: 'in_application', caller: leg.party, called: '', legs: [leg], started_ms: leg.started_ms, phase_since_ms: leg.started_ms });
}

async function serve(tables) {
  server = new FakeServer({ onSession: (session) => session.send(rows.snapshot(tables, { now_ms: Date.now() })) });
  return server.listen();
}

const heard = (page) => page.locator(`.call[data-id="${rows.call().id}"]`);
const marks = (of) => of.locator('.mark-text').allTextContents();

test('S35: who listens, and how, stands on the call, on the agent and on who listens, until it is over', async () => {
  await serve(listened());
  const { page, leave } = await browser.visit(server.url);
  await heard(page).click();
  await page.locator('#panel-legs .leg').first().waitFor();
  let seq = 10;
  const show = (...calls) => server.broadcast(rows.changes(seq, (seq += 1), { calls }, {}, { now_ms: Date.now() }));
  for (const [how, words, does, at, sign] of [
    ['listen', 'Fabien Noël listens to Bob Durand', 'listens to Bob Durand', 'Fabien Noël listens', 'ear'],
    ['whisper', 'Fabien Noël whispers to Bob Durand', 'whispers to Bob Durand', 'Fabien Noël whispers', 'whisper'],
    ['barge', 'Fabien Noël barges in on Bob Durand', 'barges in on Bob Durand', 'Fabien Noël barges in', 'conference'],
  ]) {
    show(ear(how));
    await soon(async () => assert.deepEqual(await marks(heard(page)), [words]));
    await soon(async () => assert.deepEqual(await marks(page.locator('#panel-marks')), [words]));
    await soon(async () => assert.deepEqual(await marks(page.locator('.tile[data-id="paris~PJSIP/1001"]')), [at]));
    await soon(async () => assert.equal(await heard(page).locator(`.mark .icon-${sign}`).count(), 1));
    await soon(async () => assert.deepEqual(await marks(page.locator('.leg[data-leg="vigie-9"]')), [does]));
    await soon(async () => assert.deepEqual(await marks(page.locator('.tile[data-id="paris~PJSIP/1006"]')), [does]));
    await page.locator('.call .phase-word').getByText('Listening').waitFor();
    await shot(page, `ears-${how}-dark`);
    await page.locator('#panel-close').click();
    await shot(page, `ears-${how}-floor`);
    await heard(page).click({ position: { x: 20, y: 8 } });
  }
  await page.locator('.tile[data-id="paris~PJSIP/1001"]').click({ position: { x: 20, y: 8 } });
  await soon(async () => assert.deepEqual(await marks(page.locator('#panel-agent-marks')), ['Fabien Noël barges in on Bob Durand']));
  show(ear('listen', { phase: 'ended', spies_on: null, ended_ms: Date.now() }));
  await soon(async () => assert.deepEqual(await marks(heard(page)), []));
  await soon(async () => assert.deepEqual(await marks(page.locator('#panel-agent-marks')), []));
  await leave();
});

test('S35: several who listen are counted on the floor and named in the panel, in French and in the light', async () => {
  const tables = listened();
  tables.calls.push(ear('whisper'), ear('listen', { uniqueid: 'vigie-10', channel: 'PJSIP/1007-00000010', endpoint: 'PJSIP/1007', agent: null, party: { number: '1007', name: 'Sophie' } }));
  await serve(tables);
  const { page, leave } = await browser.visit(server.url, { locale: 'fr-FR', colorScheme: 'light' });
  await soon(async () => assert.deepEqual(await marks(heard(page)), ['2 écoutes']));
  const names = ['Fabien Noël souffle à Bob Durand', 'Sophie 1007 écoute Bob Durand'];
  await soon(async () => assert.equal(await heard(page).locator('.mark').getAttribute('title'), names.join('\n')));
  await heard(page).click();
  await soon(async () => assert.deepEqual(await marks(page.locator('#panel-marks')), names));
  await shot(page, 'ears-two-light-fr');
  await leave();
});

test('S35: of a listening that the dialplan began it is said that how is not known, and of whom nothing where he is not shown', async () => {
  const tables = listened();
  tables.calls.push(ear(null), ear('listen', { uniqueid: 'vigie-11', spies_on: 'of-another-site' }));
  await serve(tables);
  const { page, leave } = await browser.visit(server.url);
  await soon(async () => assert.deepEqual(await marks(heard(page)), ['Fabien Noël listens to Bob Durand']));
  assert.match(await heard(page).locator('.mark').getAttribute('title'), /is not known$/);
  await soon(async () => assert.deepEqual(await marks(page.locator('.leg[data-leg="vigie-11"]')), ['listens to somebody who is not shown here']));
  await leave();
});

test('S35: an agent’s own page says of it what his site tells him, and not who it is', async () => {
  const tables = listened();
  tables.calls.push(ear('listen'));
  await serve(tables);
  const { page, leave } = await browser.visit(`${server.url}?view=agent&agent=${encodeURIComponent('paris~PJSIP/1001')}`);
  await page.getByRole('heading', { name: 'Bob Durand' }).waitFor();
  await soon(async () => assert.equal(await page.locator('#own-activity').textContent(), 'Talking'));
  assert.equal(await page.locator('#own').getByText('Fabien').count(), 0);
  await leave();
});
