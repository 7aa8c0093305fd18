import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyFrame } from '../../../static/apply.js';
import { createState } from '../../../static/state.js';
import * as rows from '../support/rows.mjs';

const open = (tables) => {
  const state = createState();
  assert.equal(applyFrame(state, rows.snapshot(tables), 0), 'applied');
  return state;
};

test('a snapshot replaces everything that was there', () => {
  const state = open({ calls: [rows.call()], agents: [rows.agent()] });
  applyFrame(state, rows.snapshot({ queues: [rows.queue()] }, { run: 'run-2', seq: 3 }), 0);
  assert.equal(state.tables.calls.size, 0);
  assert.equal(state.tables.agents.size, 0);
  assert.equal(state.tables.queues.get('paris~support').name, 'support');
  assert.deepEqual([state.run, state.seq], ['run-2', 3]);
});

test('changes set whole rows and take others away', () => {
  const state = open({ calls: [rows.call({ id: 'a' }), rows.call({ id: 'b' })] });
  const frame = rows.changes(10, 11, { calls: [rows.call({ id: 'b', phase: 'on_hold' }), rows.call({ id: 'c' })] }, { calls: ['a'] });
  assert.equal(applyFrame(state, frame, 0), 'applied');
  assert.deepEqual([...state.tables.calls.keys()], ['b', 'c']);
  assert.equal(state.tables.calls.get('b').phase, 'on_hold');
  assert.equal(state.seq, 11);
});

test('a row taken away and set in one frame is there afterwards', () => {
  const state = open({ calls: [rows.call({ id: 'a' })] });
  applyFrame(state, rows.changes(10, 11, { calls: [rows.call({ id: 'a', phase: 'ended' })] }, { calls: ['a'] }), 0);
  assert.equal(state.tables.calls.get('a').phase, 'ended');
});

test('a missing frame is a gap and changes nothing', () => {
  const state = open({ calls: [rows.call({ id: 'a' })] });
  assert.equal(applyFrame(state, rows.changes(11, 12, {}, { calls: ['a'] }), 0), 'gap');
  assert.equal(state.tables.calls.size, 1);
  assert.equal(state.seq, 10);
});

test('a frame seen before is told as repeated and not applied again', () => {
  const state = open({});
  const frame = rows.changes(10, 11, { calls: [rows.call({ id: 'a' })] });
  applyFrame(state, frame, 0);
  state.tables.calls.clear();
  assert.equal(applyFrame(state, frame, 0), 'repeated');
  assert.equal(state.tables.calls.size, 0);
});

test('a catch-up that begins before our place and ends after it is applied', () => {
  const state = open({});
  assert.equal(applyFrame(state, rows.changes(8, 14, { calls: [rows.call({ id: 'a' })] }), 0), 'applied');
  assert.equal(state.seq, 14);
});

test('a frame of another run is a stranger, even where numbers would fit', () => {
  const state = open({ calls: [rows.call({ id: 'a' })] });
  assert.equal(applyFrame(state, rows.changes(10, 11, {}, { calls: ['a'] }, { run: 'run-2' }), 0), 'stranger');
  assert.equal(state.tables.calls.size, 1);
});

test('a frame that is not one of ours is a stranger', () => {
  const state = open({});
  assert.equal(applyFrame(state, { type: 'surprise' }, 0), 'stranger');
  assert.equal(applyFrame(state, rows.changes('10', 11), 0), 'stranger');
  assert.equal(applyFrame(state, rows.snapshot({}, { seq: null }), 0), 'stranger');
});

test('the server says why it closes', () => {
  const state = open({});
  applyFrame(state, { type: 'bye', reason: 'going down' }, 0);
  assert.equal(state.connection.reason, 'going down');
});

test('frames without set or gone are accepted', () => {
  const state = open({});
  assert.equal(applyFrame(state, { type: 'changes', run: 'run-1', after: 10, seq: 11, now_ms: rows.T0 }, 0), 'applied');
});
