import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAddress, writeAddress } from '../../../static/address.js';
import { floorOf, groupOf, mainLeg, memberCounts, shownLegs, sidesOf, stationOf, stateSince } from '../../../static/select.js';
import { createState } from '../../../static/state.js';
import * as rows from '../support/rows.mjs';

const stateOf = (tables, filter = {}) => {
  const state = createState();
  for (const [table, list] of Object.entries(tables)) for (const row of list) state.tables[table].set(row.id, row);
  Object.assign(state.filter, filter);
  return state;
};

test('what an agent does wins over what he chose', () => {
  const group = (activity, availability) => groupOf(rows.agent({ activity, availability }));
  assert.equal(group('on_call', 'paused'), 'talking');
  assert.equal(group('idle', 'paused'), 'paused');
  assert.equal(group('idle', 'partly_paused'), 'free');
  assert.equal(group('idle', 'logged_out'), 'away');
  assert.equal(group('wrap_up', 'available'), 'wrap_up');
  assert.equal(group('not_responding', 'available'), 'trouble');
  assert.equal(group('dead_call', 'available'), 'trouble');
});

test('a phone that is off troubles only when its agent is expected', () => {
  assert.equal(groupOf(rows.agent({ activity: 'unreachable', availability: 'available' })), 'trouble');
  assert.equal(groupOf(rows.agent({ activity: 'unreachable', availability: 'logged_out' })), 'away');
});

test('the time in state is that of the axis shown', () => {
  const times = { availability_since_ms: 1, activity_since_ms: 2 };
  assert.equal(stateSince(rows.agent({ ...times, activity: 'idle', availability: 'paused' })).since, 1);
  assert.equal(stateSince(rows.agent({ ...times, activity: 'idle', availability: 'available' })).since, 2);
  assert.equal(stateSince(rows.agent({ ...times, activity_since_ms: 0, activity: 'idle', availability: 'available' })).since, 1);
  assert.equal(stateSince(rows.agent({ ...times, activity: 'on_call', availability: 'paused' })).since, 2);
  assert.ok(stateSince(rows.agent({ ...times, activity: 'on_call', at_least: ['activity_since_ms'] })).bound, 'met under way');
});

test('the filter finds a caller by number, an agent by name, whatever the accents', () => {
  const state = stateOf(
    { calls: [rows.call({ id: 'a' }), rows.call({ id: 'b', caller: { number: '0700000000', name: '' }, legs: [] })], agents: [rows.agent({ name: 'Zoé Lefèvre' })] },
    { text: '0612' },
  );
  assert.deepEqual(floorOf(state).calls.map((call) => call.id), ['a']);
  state.filter.text = 'LEFEVRE zoe';
  assert.equal(floorOf(state).agents, 1);
  assert.equal(floorOf(state).calls.length, 0);
});

test('the filter by queue keeps its agents, its calls and itself', () => {
  const stint = { name: 'sales', joined_ms: 0, left_ms: null, outcome: null, agent: null };
  const state = stateOf(
    {
      calls: [rows.call({ id: 'a' }), rows.call({ id: 'b', queue: stint })],
      agents: [rows.agent(), rows.agent({ id: 'x', memberships: [{ queue: 'sales' }] })],
      queues: [rows.queue(), rows.queue({ id: 's', name: 'sales' })],
    },
    { queue: 'sales' },
  );
  const floor = floorOf(state);
  assert.deepEqual(floor.calls.map((call) => call.id), ['b']);
  assert.equal(floor.agents, 1);
  assert.deepEqual(floor.queues.map((queue) => queue.name), ['sales']);
});

test('names with numbers are in the order of the numbers', () => {
  const agents = ['Agent 10', 'Agent 9', 'agent 100'].map((name) => rows.agent({ id: name, name }));
  assert.deepEqual(floorOf(stateOf({ agents })).groups.free.map((agent) => agent.name), ['Agent 9', 'Agent 10', 'agent 100']);
});

test('newest calls first, those over last', () => {
  const calls = [
    rows.call({ id: 'over', phase: 'ended', started_ms: 9 }),
    rows.call({ id: 'old', started_ms: 1 }),
    rows.call({ id: 'new', started_ms: 5 }),
  ];
  const floor = floorOf(stateOf({ calls }));
  assert.deepEqual(floor.calls.map((call) => call.id), ['new', 'old', 'over']);
  assert.equal(floor.figures.calls, 2);
});

test('the longest wait is found across PBXs whose clocks differ', () => {
  const state = stateOf({
    pbxs: [rows.pbx(), rows.pbx({ id: 'lyon', clock_offset_ms: 3_600_000 })],
    queues: [
      rows.queue({ waiting: [rows.waiting({ joined_ms: 10_000_000 })] }),
      rows.queue({ id: 'lyon~support', pbx: 'lyon', waiting: [rows.waiting({ joined_ms: 6_300_000 })] }),
    ],
  });
  const { waiting, longest } = floorOf(state).figures;
  assert.equal(waiting, 2);
  assert.deepEqual(longest, { since: 9_900_000, pbx: 'lyon' });
});

test('Local halves are hidden unless asked for, or alone', () => {
  const half = rows.leg({ uniqueid: 'l', local: true });
  const call = rows.call({ legs: [rows.leg(), half] });
  assert.equal(shownLegs(call, false).length, 1);
  assert.equal(shownLegs(call, true).length, 2);
  assert.equal(shownLegs(rows.call({ legs: [half] }), false).length, 1);
});

test('a verb on a whole call means the outside party', () => {
  const agentLeg = rows.leg({ uniqueid: 'a', trunk: false, agent: 'x' });
  const outside = rows.leg({ uniqueid: 'o' });
  assert.equal(mainLeg(rows.call({ legs: [agentLeg, outside] })).uniqueid, 'o');
  assert.equal(mainLeg(rows.call({ legs: [agentLeg] })).uniqueid, 'a');
  assert.equal(mainLeg(rows.call({ legs: [{ ...outside, phase: 'ended' }] })), null);
});

test('queue members are counted by what keeps them from the next call', () => {
  const members = [
    rows.member(), rows.member({ paused: true }), rows.member({ status: 2 }), rows.member({ status: 6, paused: true }),
    rows.member({ status: 5 }), rows.member({ in_call: true, paused: true }),
  ];
  assert.deepEqual(memberCounts(rows.queue({ members })), { free: 1, ringing: 1, talking: 2, paused: 1, away: 1 });
});

test('a floor of 2,000 agents is put in order within a few frames', () => {
  const agents = Array.from({ length: 2000 }, (_, i) => rows.agent({ id: `a${i}`, name: `Agent ${(i * 7919) % 2000}` }));
  const state = stateOf({ agents });
  floorOf(state);
  const began = performance.now();
  for (let n = 0; n < 20; n += 1) floorOf(state);
  const each = (performance.now() - began) / 20;
  assert.ok(each < 50, `${each.toFixed(1)} ms a drawing`);
});

test('the address holds the filter, and nothing that is not one', () => {
  const filter = { text: 'a&b=c é', pbx: 'paris', queue: 'support', state: 'paused', group: 'n1', by: 'site', site: 'lyon', locals: true };
  assert.deepEqual(readAddress(writeAddress(filter, 'fr')), { filter, lang: 'fr' });
  assert.equal(writeAddress({ text: '', pbx: '', queue: '', state: '', group: '', by: '', site: '', locals: false }, null), '');
  assert.deepEqual(readAddress('#q=%3Cimg&lang=xx&locals=yes'), { filter: { text: '<img', pbx: '', queue: '', state: '', group: '', by: '', site: '', locals: false }, lang: null });
  assert.equal(readAddress(`#q=${'x'.repeat(5000)}`).filter.text.length, 100);
});

test('a verb on a call is for the agent or for the other side, and never for who listens', () => {
  const { calls: [call] } = rows.oneCall();
  const [outside, inside] = call.legs;
  const of = (legs) => {
    const { agent, caller } = sidesOf({ ...call, legs });
    return [agent?.channel ?? null, caller?.channel ?? null];
  };
  assert.deepEqual(of([outside, inside]), [inside.channel, outside.channel]);
  const ear = rows.leg({ uniqueid: '9', channel: 'PJSIP/1006-00000009', trunk: false, spies_on: inside.uniqueid });
  assert.deepEqual(of([ear, outside, inside]), [inside.channel, outside.channel]);
  assert.deepEqual(of([outside, { ...inside, phase: 'ended' }]), [outside.channel, outside.channel], 'parked');
  assert.deepEqual(of([outside, { ...inside, phase: 'ringing' }]), [outside.channel, outside.channel], 'he has not answered');
  const first = rows.leg({ uniqueid: '8', channel: 'PJSIP/1002-00000008', trunk: false, agent: 'paris~PJSIP/1002' });
  assert.deepEqual(of([first, inside]), [inside.channel, first.channel], 'of two agents the one who was called serves');
  assert.deepEqual(of([ear]), [ear.channel, ear.channel], 'the call of who listens');
  assert.deepEqual(of([]), [null, null]);
});

test('the number of a phone is as good as its endpoint', () => {
  const state = stateOf({ agents: [rows.agent(), rows.agent({ id: 'lyon~SIP/1001', pbx: 'lyon', endpoint: 'SIP/1001' })] });
  assert.equal(stationOf('1001', 'paris', state), 'PJSIP/1001');
  assert.equal(stationOf('1001', 'lyon', state), 'SIP/1001');
  assert.equal(stationOf('SIP/1001', 'paris', state), 'SIP/1001', 'what names a technology is left as it is');
  assert.equal(stationOf('1009', 'paris', state), '1009', 'the server says what is wrong with it');
});
