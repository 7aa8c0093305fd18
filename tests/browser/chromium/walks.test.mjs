/** A caller in a flow: on his call's row, in its panel, sent to another node, and read again when he is gone. */

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

/** Who listens to a menu, having been there for a minute. */
function walking() {
  const now = Date.now();
  const visit = (node, name, at, left, port, key = null) => ({ node, name, at_ms: now - at, left_ms: left === null ? null : now - left, port, key });
  const flow = {
    uniqueid: '1795224500.1', flow: 'f', name: 'Hotline', began_ms: now - 90_000, ended_ms: null, how: null, why: null, earlier: 0,
    visits: [
      visit('s', 'Start', 90_000, 90_000, 'out'), visit('m', 'Language', 89_000, 80_000, 'out-2', '2'),
      visit('h', 'Opening hours', 80_000, 79_000, 'out-default'), visit('w', 'Welcome words', 79_000, 65_000, 'sent_on'), visit('n', 'Menu', 65_000, null, null),
    ],
  };
  return rows.call({
    started_ms: now - 95_000, answered_ms: now - 94_000, phase: 'in_application', phase_since_ms: now - 94_000, flows: [flow],
    legs: [rows.leg({ uniqueid: '1795224500.1', started_ms: now - 95_000, answered_ms: now - 94_000, phase_since_ms: now - 94_000, application: 'AGI' })],
  });
}

const POSSIBLE = [
  { verb: 'move', path: '/api/queues/move', ok: true, waits_ms: 10_000 },
  { verb: 'to_node', path: '/api/calls/to_node', ok: true, waits_ms: 10_000, nodes: [{ id: 'n', name: 'Menu' }, { id: 'w', name: 'Welcome words' }, { id: 'x', name: '' }] },
];

const STORY = ['The call begins', 'caller answers', 'Begins flow Hotline', 'At node Start', 'At node Language', 'Chooses 2', 'At node Opening hours', 'At node Welcome words', 'Is sent on by a supervisor', 'At node Menu'];

async function serve(call, script = {}) {
  const tables = { pbxs: [rows.pbx({ last_read_ms: Date.now() })], calls: [call], agents: [rows.agent()], queues: [rows.queue()], trunks: [rows.trunk()] };
  server = new FakeServer({ onSession: (session) => session.send(rows.snapshot(tables, { now_ms: Date.now() })), possible: POSSIBLE, ...script });
  return server.listen();
}

test('a caller in a flow is seen with his node and how long, read in order, and sent to another node', async () => {
  const call = walking();
  await serve(call, { onVerb: async (_, body) => [200, { ok: true, outcome: 'moved', ...body }] });
  const { page, leave } = await browser.visit(server.url);
  const row = page.locator('.call');
  await row.getByText('Hotline, at Menu').waitFor();
  await soon(async () => assert.match(await row.locator('[title="How long he has been at Menu"]').textContent(), /^\d+:\d\d$/));
  await shot(page, 'flow-row');
  await row.click();
  const panel = page.getByRole('complementary');
  await panel.getByText('Inbound · Hotline, at Menu').waitFor();
  const story = await page.locator('#panel-story .moment > span').allTextContents();
  assert.deepEqual(story.map((words) => words.replace('Alice Martin 0612345678', 'caller').replace(/^.*\banswers$/, 'caller answers')), STORY);
  await panel.getByRole('button', { name: /^Send to another node/ }).click();
  const dialog = page.locator('#more-order');
  await shot(page, 'flow-node');
  assert.deepEqual(await dialog.getByLabel('Node').locator('option').allTextContents(), ['Menu', 'Welcome words', 'x']);
  await dialog.getByLabel('Node').selectOption('Welcome words');
  await dialog.locator('#more-order-confirm').click();
  await soon(async () => assert.deepEqual(server.verbs, [{ verb: 'to_node', body: { channel: 'PJSIP/trunk-a-00000001', pbx: 'paris', node: 'w' } }]));
  // the other verbs have their field again
  await panel.getByRole('button', { name: /^Move to a queue/ }).click();
  await dialog.getByLabel('Queue').fill('support');
  await dialog.locator('#more-order-confirm').click();
  await soon(async () => assert.deepEqual(server.verbs.at(-1)?.body, { channel: 'PJSIP/trunk-a-00000001', pbx: 'paris', queue: 'support' }));
  await leave();
});

test('in French, and a flow that broke off', async () => {
  const call = walking();
  const [flow] = call.flows;
  Object.assign(flow, { ended_ms: Date.now() - 5000, how: 'broke_off' });
  flow.visits.at(-1).left_ms = flow.ended_ms;
  await serve(call);
  const { page, leave } = await browser.visit(server.url, { locale: 'fr-FR' });
  await page.locator('.call').click();
  await page.getByText('Le scénario Hotline se termine\u00a0: il s’est interrompu').waitFor();
  await page.getByText('À l’étape Menu').waitFor();
  assert.equal(await page.locator('.call').getByText('Hotline').count(), 0, 'he is in no flow any more');
  await shot(page, 'flow-over-fr');
  await leave();
});

test('what is kept of it is read in order', async () => {
  const at = 1_795_224_500;
  const record = {
    started: at, legs: [{ channel: 'PJSIP/trunk-a-00000001', endpoint: 'PJSIP/trunk-a', started: at, answered: at + 1, ended: at + 60, cause: 16 }],
    talks: [], transfers: [], queues: [], conversations: [], hold: null,
    flows: [{
      name: 'Hotline', began: at + 1, ended: at + 59, how: 'hung_up', why: null,
      visits: [
        { name: 'Start', entered: at + 1, left: at + 1, port: 'out', key: null }, { name: 'Menu', entered: at + 1, left: at + 20, port: 'out-2', key: '2' },
        { name: 'Second menu', entered: at + 20, left: at + 58, port: 'out-timeout', key: null }, { name: 'End', entered: at + 58, left: at + 59, port: null, key: null },
      ],
    }],
  };
  const call = walking();
  await serve(call, { lists: { [`history/calls/${call.id}`]: record, [`history/calls/${call.id}/recordings`]: { recordings: [] } } });
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.call').click();
  await page.getByText('Begins flow Hotline').waitFor();
  server.broadcast(rows.changes(10, 11, {}, { calls: [call.id] }, { now_ms: Date.now() }));
  await page.locator('#panel-over-story').getByText('Flow Hotline ends: the flow hung up').waitFor();
  const story = await page.locator('#panel-over-story .moment > span').allTextContents();
  assert.deepEqual(story.slice(3, -1), ['Begins flow Hotline', 'At node Start', 'At node Menu', 'Chooses 2', 'At node Second menu', 'Makes no choice', 'At node End', 'Flow Hotline ends: the flow hung up']);
  await shot(page, 'flow-kept');
  await leave();
});
