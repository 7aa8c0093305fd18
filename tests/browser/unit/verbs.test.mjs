import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createState, channelKey } from '../../../static/state.js';
import { DESTINATION, perform, post, whyNot } from '../../../static/verbs.js';
import * as rows from '../support/rows.mjs';

const live = () => {
  const state = createState();
  state.connection.phase = 'live';
  state.tables.pbxs.set('paris', rows.pbx());
  return state;
};

test('an answer is waited for as long as the server says that it may take', async (t) => {
  const waits = [];
  t.mock.method(AbortSignal, 'timeout', (ms) => (waits.push(ms), new AbortController().signal));
  const ground = { now: () => 0, fetch: async () => new Response('{"ok": true, "outcome": "listen"}') };
  assert.equal((await post('api/calls/listen', {}, ground, 50_000)).result, 'done');
  await post('api/calls/hangup', {}, ground);
  assert.ok(waits[0] > 50_000 && waits[1] < 50_000, waits.join());
});

test('a live answered leg can be hung up and transferred', () => {
  assert.equal(whyNot('hangup', rows.leg(), 'paris', live()), null);
  assert.equal(whyNot('transfer', rows.leg(), 'paris', live()), null);
});

test('a verb that cannot work says why', () => {
  const state = live();
  assert.equal(whyNot('hangup', rows.leg({ phase: 'ended' }), 'paris', state), 'ended');
  assert.equal(whyNot('transfer', rows.leg({ phase: 'ringing' }), 'paris', state), 'notUp');
  assert.equal(whyNot('hangup', rows.leg({ phase: 'ringing' }), 'paris', state), null);
  assert.equal(whyNot('transfer', rows.leg({ local: true }), 'paris', state), 'local');
  assert.equal(whyNot('transfer', rows.leg({ spies_on: '1.1' }), 'paris', state), 'listening');
  assert.equal(whyNot('hangup', rows.leg(), 'nowhere', state), 'link');
  state.tables.pbxs.set('paris', rows.pbx({ link: 'stale' }));
  assert.equal(whyNot('hangup', rows.leg(), 'paris', state), 'link');
  state.connection.phase = 'lost';
  assert.equal(whyNot('hangup', rows.leg(), 'paris', state), 'lost');
});

test('one order at a time for a channel', () => {
  const state = live();
  state.pending.set(channelKey('paris', rows.leg().channel), 'hangup');
  assert.equal(whyNot('transfer', rows.leg(), 'paris', state), 'pending');
});

test('a destination is what the server accepts', () => {
  for (const good of ['1002', '*45', '+33123', 'a_b-c.d#', '0'.repeat(64)]) assert.ok(DESTINATION.test(good), good);
  for (const bad of ['', ' ', '1 2', '1002\n', '٠٦', '＋33', '0'.repeat(65), '1&2', 'a@b']) assert.ok(!DESTINATION.test(bad), bad);
});

const ground = (answer) => {
  const sent = [];
  let now = 0;
  return { sent, fetch: async (url, options) => (sent.push([url, JSON.parse(options.body)]), answer()), now: () => (now += 250) };
};
const json = (status, body) => ({ ok: status < 400, status, json: async () => body });
const order = { pbx: 'paris', channel: 'PJSIP/1001-1', who: 'Bob Durand', destination: '1002' };

test('an order goes to its address with what it needs', async () => {
  const at = ground(() => json(200, { ok: true }));
  assert.equal((await perform('hangup', order, at)).result, 'done');
  const outcome = await perform('transfer', order, at);
  assert.deepEqual(at.sent, [
    ['api/calls/hangup', { channel: 'PJSIP/1001-1', pbx: 'paris' }],
    ['api/calls/transfer', { channel: 'PJSIP/1001-1', pbx: 'paris', destination: '1002' }],
  ]);
  assert.deepEqual([outcome.who, outcome.tookMs], ['Bob Durand', 250]);
});

test('a refusal keeps its name and the words of the PBX', async () => {
  const outcome = await perform('hangup', order, ground(() => json(502, { error: 'pbx_refused', message: 'No such channel' })));
  assert.deepEqual([outcome.result, outcome.slug, outcome.message], ['refused', 'pbx_refused', 'No such channel']);
});

test('an answer that is no JSON, or none at all, is a refusal with a name', async () => {
  const broken = { ok: false, status: 500, json: async () => JSON.parse('<') };
  assert.equal((await perform('hangup', order, ground(() => broken))).slug, 'http_500');
  const cut = () => {
    throw new TypeError('Failed to fetch');
  };
  assert.equal((await perform('hangup', order, ground(cut))).slug, 'unreachable');
});
