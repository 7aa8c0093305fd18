import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyFrame } from '../../../static/apply.js';
import { mayHold, peopleOf, readPeople } from '../../../static/people.js';
import { changed } from '../../../static/people/editors.js';
import { storyOf } from '../../../static/panel/story.js';
import { freeze } from '../../../static/picture.js';
import { floorOf } from '../../../static/select.js';
import { createState } from '../../../static/state.js';
import { whyNot } from '../../../static/verbs.js';
import { wallOf, within } from '../../../static/wall/model.js';
import { grid, planOf } from '../../../static/wall/layout.js';
import * as rows from '../support/rows.mjs';

const state = (tables) => {
  const made = createState();
  applyFrame(made, rows.snapshot(tables), 0);
  return made;
};

test('the floor of a site is its people, their queues and calls, and its own queues', () => {
  const people = peopleOf(
    [{ id: 'lyon', name: 'Lyon', queues: ['paris~billing'] }],
    [{ id: 'n1', name: 'First line', memberIds: ['u1'] }],
    [{ id: 'u1', siteId: 'lyon', groupIds: ['n1'] }, { id: 'u2', siteId: null, groupIds: [] }],
    [{ userId: 'u1', pbx: 'paris', endpoint: 'PJSIP/1001' }, { userId: 'u2', pbx: 'paris', endpoint: 'PJSIP/1002' }, { userId: 'gone', pbx: 'paris', endpoint: 'PJSIP/1003' }],
  );
  assert.deepEqual(people.places, [{ id: 'site:lyon', name: 'Lyon' }, { id: 'group:n1', name: 'First line' }]);
  const other = rows.agent({ id: 'paris~PJSIP/1002', endpoint: 'PJSIP/1002' });
  const made = state({
    pbxs: [rows.pbx()],
    agents: [rows.agent(), other],
    queues: [rows.queue(), rows.queue({ id: 'paris~billing', name: 'billing', members: [] }), rows.queue({ id: 'paris~sales', name: 'sales', members: [rows.member({ agent: other.id })] })],
    calls: [rows.call({ id: 'own', legs: [rows.leg({ agent: 'paris~PJSIP/1001' })] }), rows.call({ id: 'foreign' }), rows.call({ id: 'waits', queue: { name: 'billing', joined_ms: 1, left_ms: null, outcome: null, agent: null } })],
  });
  made.people = people;
  for (const place of ['site:lyon', 'group:n1']) {
    made.filter = { ...made.filter, group: place };
    const floor = floorOf(made);
    assert.equal(floor.agents, 1, place);
    assert.deepEqual(floor.queues.map((queue) => queue.name), place === 'site:lyon' ? ['billing', 'support'] : ['support']);
    assert.deepEqual(floor.calls.map((call) => call.id).sort(), place === 'site:lyon' ? ['own', 'waits'] : ['own']);
  }
  made.filter = { ...made.filter, group: 'site:unknown' };
  assert.equal(floorOf(made).agents, 0, 'a place that nobody is at shows nobody');
});

test('the wall counts by site when it is asked to: who is there, who waits in its own queues, and who is of none', () => {
  const people = peopleOf([{ id: 'lyon', name: 'Lyon', queues: ['paris~support'] }, { id: 'nice', name: 'Nice' }], [], [{ id: 'u', siteId: 'lyon', groupIds: [] }], [{ userId: 'u', pbx: 'paris', endpoint: 'PJSIP/1001' }]);
  const made = state({ pbxs: [rows.pbx()], agents: [rows.agent(), rows.agent({ id: 'other' })], queues: [rows.queue({ waiting: [rows.waiting({ joined_ms: 5 })] })] });
  const { queues, agents } = wallOf(floorOf(made), () => true, { people, by: 'site' });
  assert.deepEqual(queues.map((card) => [card.name, card.agents, card.waiting, card.longest]), [['Lyon', 1, 1, 5], ['Nice', 0, 0, null], ['', 1, 0, null]]);
  assert.deepEqual(agents, []);
});

test('without accounts, or without the right, there are no sites and groups', async () => {
  for (const answer of [{ ok: false, json: async () => ({ error: 'no_accounts' }) }, { ok: true, json: async () => ({}) }]) {
    assert.deepEqual((await readPeople(async () => answer)).places, []);
  }
  assert.deepEqual((await readPeople(async () => { throw new Error('away'); })).places, []);
});

test('a filter by state keeps the agents of that state alone', () => {
  const made = state({ agents: [rows.agent(), rows.agent({ id: 'b', availability: 'paused' })] });
  made.filter = { ...made.filter, state: 'paused' };
  const floor = floorOf(made);
  assert.deepEqual([floor.agents, floor.groups.paused.length, floor.groups.free.length], [1, 1, 0]);
});

test('a frozen picture stays as it was, in rows and in time, and nothing can be done in it', () => {
  const made = state({ pbxs: [rows.pbx()], calls: [rows.call()] });
  made.connection.phase = 'live';
  const frozen = freeze(made, 5000);
  const at = frozen.clock.at(99_000);
  applyFrame(made, rows.changes(10, 11, { calls: [rows.call({ id: 'new' })] }, { calls: [rows.call().id] }), 6000);
  assert.deepEqual([...frozen.tables.calls.keys()], [rows.call().id]);
  assert.deepEqual([...made.tables.calls.keys()], ['new']);
  assert.equal(frozen.clock.at(1_000_000), at);
  assert.equal(frozen.frozenAt, at);
  assert.equal(whyNot('hangup', rows.leg(), 'paris', frozen), 'frozen');
  assert.equal(whyNot('hangup', rows.leg(), 'paris', made), null);
});

test('the wall counts each agent in each of his queues, and once in none', () => {
  const agents = Array.from({ length: 130 }, (_, i) => rows.agent({ id: `paris~PJSIP/${i}`, memberships: i ? [{ ...rows.agent().memberships[0] }] : [] }));
  const wall = wallOf(floorOf(state({ pbxs: [rows.pbx()], agents, queues: [rows.queue()] })), () => true);
  assert.deepEqual(wall.queues.map((card) => [card.id, card.agents]), [['paris~support', 129], ['~', 1]]);
  assert.equal(wall.agents.length, 0);
});

test('a wall too small for its queues shows those where somebody waits and sums the others', () => {
  const queues = ['a', 'b', 'c', 'd', 'e'].map((name, n) => rows.queue({ id: `paris~${name}`, name, waiting: n === 4 ? [rows.waiting(), rows.waiting({ uniqueid: 'x', joined_ms: 7 })] : n === 2 ? [rows.waiting()] : [] }));
  const { queues: cards } = wallOf(floorOf(state({ pbxs: [rows.pbx()], queues })), () => true);
  const { shown, rest } = within(cards, 3);
  assert.deepEqual(shown.map((card) => card.name), ['c', 'e']);
  assert.deepEqual([rest.of, rest.waiting], [3, 0]);
  const one = within(cards, 2);
  assert.deepEqual([one.shown.map((card) => card.name), one.rest.of, one.rest.waiting], [['e'], 4, 1]);
});

test('cards of the wall stand within it and over none of each other, however many', () => {
  for (const [w, h] of [[1280, 720], [1920, 1000], [3840, 2000], [300, 200]]) {
    for (const n of [1, 2, 5, 17, 120]) {
      const { queues, figures } = planOf(w, h, false);
      const boxes = grid(queues, n, 2.3, h);
      assert.equal(boxes.length, n);
      for (const box of boxes) {
        assert.ok(box.x >= 0 && box.x + box.w <= w + 1 && box.y >= figures.h && box.y + box.h <= h + 1, JSON.stringify({ w, h, n, box }));
      }
      const [a, b] = boxes;
      if (b) assert.ok(b.x >= a.x + a.w || b.y >= a.y + a.h);
    }
  }
});

test('what happened to a call is told in order, with its bounds', () => {
  const call = rows.call({
    started_ms: 100, at_least: ['started_ms', 'queue.left_ms'], linkedid: 'a', unseen_until_ms: 400,
    queue: { name: 'support', joined_ms: null, left_ms: 300, outcome: 'answered', agent: 'PJSIP/1001' },
    legs: [rows.leg({ uniqueid: 'a', started_ms: 100, answered_ms: 150 }), rows.leg({ uniqueid: 'b', started_ms: 200, answered_ms: 300, phase: 'holding', phase_since_ms: 500 }),
      rows.leg({ uniqueid: 'c', local: true, started_ms: 1 }), rows.leg({ uniqueid: 'd', started_ms: 210, answered_ms: null, ended_ms: 299, phase: 'ended', cause: 26 })],
  });
  assert.deepEqual(storyOf(call, false).map((moment) => [moment.at, moment.what, moment.bound]), [
    [100, 'began', true], [150, 'answered', false], [200, 'leg', false], [210, 'leg', false], [299, 'gone', false], [300, 'answered', false], [300, 'left', true],
    [400, 'unseen', false], [500, 'held', false],
  ]);
  assert.ok(storyOf(call, true).some((moment) => moment.at === 1), 'Local halves when they are asked for');
});

test('a form sends what was changed in it, so that nothing goes back to what it was when it was opened', () => {
  const opened = { firstName: 'Marie', siteId: null, groupIds: ['n1'], campaignIds: [], trunks: ['a'] };
  const form = { firstName: 'Marie', siteId: 'lyon', groupIds: ['n1'], campaignIds: [], trunks: ['a'] };
  assert.deepEqual(changed(form, opened), { siteId: 'lyon' });
  // sets that are emptied where they are absent
  assert.deepEqual(changed(form, opened, ['groupIds', 'campaignIds']), { siteId: 'lyon', groupIds: ['n1'], campaignIds: [] });
});

test('calls are kept by who has that right, and by everybody where nobody logs in', () => {
  const who = (...verbs) => ({ user: { role: 'Superviseur' }, rights: verbs.map((verb) => ({ verb, scopes: [{ kind: 'site', id: 'paris' }] })) });
  assert.deepEqual([mayHold(null), mayHold(who('history', 'hold')), mayHold(who('history', 'hangup')), mayHold(who())], [true, true, false, false]);
});
