/** Names of legs, who listens to whom, and who may raise a hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heardBy, listenersOf, listenersTo } from '../../../static/listening.js';
import { legName, legNames } from '../../../static/names.js';
import { mayRaise } from '../../../static/people.js';
import { createState } from '../../../static/state.js';
import * as rows from '../support/rows.mjs';

const outside = rows.leg();
const inside = rows.leg({ uniqueid: '1795224500.2', channel: 'PJSIP/1001-00000002', endpoint: 'PJSIP/1001', agent: 'paris~PJSIP/1001', trunk: false, party: { number: '1001', name: '' } });
const ear = (over = {}) => rows.leg({ uniqueid: 'vigie-9', channel: 'PJSIP/1006-00000009', endpoint: 'PJSIP/1006', trunk: false, party: { number: '1006', name: '' }, application: 'ChanSpy', spies_on: inside.uniqueid, spies_how: 'whisper', ...over });
const listening = (...legs) => rows.call({ id: 'paris~1~vigie-9', linkedid: 'vigie-9', legs });

const stateOf = (...calls) => {
  const state = createState();
  state.version += 1;
  state.tables.agents.set('paris~PJSIP/1001', rows.agent());
  for (const call of calls) state.tables.calls.set(call.id, call);
  return state;
};

test('a leg is called by its agent, else by the party, else by the endpoint', () => {
  const state = stateOf();
  assert.equal(legName(inside, state), 'Bob Durand');
  assert.equal(legName(outside, state), 'Alice Martin 0612345678');
  assert.equal(legName(rows.leg({ party: { number: '', name: '' } }), state), 'PJSIP/trunk-a');
});

test('legs that would read the same are told apart by their channels, and only they', () => {
  const twin = { ...inside, uniqueid: '1795224500.3', channel: 'PJSIP/1001-00000003' };
  const names = legNames([outside, inside, twin], stateOf());
  assert.deepEqual([...names.values()], ['Alice Martin 0612345678', 'Bob Durand (PJSIP/1001-00000002)', 'Bob Durand (PJSIP/1001-00000003)']);
  assert.equal(new Set(names.values()).size, 3);
});

test('who listens from a call of his own is found at the call, at the agent and at the leg that he hears', () => {
  const heard = rows.call({ legs: [outside, inside] });
  const leg = ear();
  const state = stateOf(heard, listening(leg));
  assert.deepEqual(listenersOf(heard.id, state), [{ leg, to: inside }]);
  assert.deepEqual(listenersTo('paris~PJSIP/1001', state), [{ leg, to: inside }]);
  assert.equal(heardBy(leg, 'paris', state), inside);
  assert.deepEqual(listenersOf('paris~1~vigie-9', state), []);
});

test('a listening that is over, of another PBX, or of a call that is not seen marks nothing', () => {
  const heard = rows.call({ legs: [outside, inside] });
  const none = (...others) => assert.deepEqual(listenersOf(heard.id, stateOf(heard, ...others)), []);
  none(listening(ear({ phase: 'ended' })));
  none(listening(ear({ spies_on: null })));
  none({ ...listening(ear()), pbx: 'lyon' });
  assert.equal(heardBy(ear(), 'paris', stateOf(listening(ear()))), undefined);
});

test('what is looked up follows the board', () => {
  const heard = rows.call({ legs: [outside, inside] });
  const state = stateOf(heard, listening(ear()));
  assert.equal(listenersOf(heard.id, state).length, 1);
  state.tables.calls.delete('paris~1~vigie-9');
  state.version += 1;
  assert.equal(listenersOf(heard.id, state).length, 0);
});

test('S33: raising a hand is offered to an agent, and to nobody who supervises', () => {
  const me = (role, ...kinds) => ({ user: { role }, rights: [{ verb: 'see', scopes: kinds.map((kind) => ({ kind, id: 'x' })) }] });
  assert.deepEqual(mayRaise(me('Agent', 'own')), { own: true, panel: true });
  assert.deepEqual(mayRaise(me('Agent', 'group', 'own')), { own: true, panel: false }, 'who sees others is shown their panels');
  for (const role of ['Superviseur', 'Administrateur', 'SuperAdmin']) assert.deepEqual(mayRaise(me(role, 'site', 'own')), { own: false, panel: false }, role);
  assert.deepEqual(mayRaise(me('Superviseur', 'own')), { own: false, panel: false }, 'of no site');
  assert.deepEqual(mayRaise(null), { own: true, panel: false }, 'where nobody logs in');
});
