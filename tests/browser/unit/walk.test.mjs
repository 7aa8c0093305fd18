/** The call that is tried in the page goes as the server goes: `actors/tests/walks.rs` walks the same flows. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readDrawing } from '../../../static/flows/drawing.js';
import { Walk } from '../../../static/flows/walk.js';

const shared = JSON.parse(readFileSync(new URL('../../../actors/fixtures/ivr/walks.json', import.meta.url), 'utf8'));
const NOON = '2026-11-26T12:00:00Z';

/** Nodes by `[id, type, content]`, lines by `[from, port, to]`. */
const drawn = ({ nodes, lines }) => readDrawing({
  name: 'F',
  nodes: nodes.map(([id, type, content]) => ({ id, type, name: id, content })),
  connections: lines.map(([fromNodeId, fromPortId, toNodeId]) => ({ id: '', fromNodeId, fromPortId, toNodeId, toPortId: 'in' })),
});

const walk = (flow, more = {}) => new Walk(drawn(flow), { now: Date.parse(NOON), caller: '+33612345678', called: '+33170000001', id: 'f', ...more });
const way = (walk) => walk.visits.map(({ node, port }) => [node, port]);

/** @param {string} step */
function answerOf(step) {
  if (step === 'nothing') return { silence: true };
  if (step === 'hang up') return { hangup: true };
  if (step === 'said') return { outcome: 'message' };
  if (step === 'done') return { outcome: 'out' };
  if (step === 'human') return { outcome: 'out-human' };
  if (step === 'nobody') return { outcome: 'out-failed' };
  return step.length === 1 ? { key: step } : { outcome: step };
}

for (const { name, flow, at, steps, visits, count, end } of shared.walks) {
  test(`as the server: ${name}`, () => {
    const tried = walk(shared.flows[flow], { now: Date.parse(at ?? NOON) });
    for (const step of steps) {
      assert.equal(tried.end, null, `${step}: it ended early`);
      tried.answer(answerOf(step));
    }
    assert.equal(tried.end, end);
    if (count) assert.equal(tried.visits.length, count);
    else assert.deepEqual(way(tried), visits);
  });
}

const one = (type, content, ports) => ({
  nodes: [['s', 'start', {}], ['x', type, content], ...ports.map((port) => [`to ${port}`, 'hangup', {}])],
  lines: [['s', 'out', 'x'], ...ports.map((port) => ['x', port, `to ${port}`])],
});
const left = (walk) => walk.visits.find(({ node }) => node === 'x')?.port;

test('an exit that is not drawn is taken to be the one after it', () => {
  for (const [outcome, ports, port] of [['BUSY', ['out'], 'out'], ['BUSY', ['out', 'out-busy'], 'out-busy'], ['CONGESTION', ['out', 'out-failed'], 'out-failed'], ['NOANSWER', ['out', 'out-busy'], 'out']]) {
    const tried = walk(one('transfer', { number: '1' }, ports));
    tried.answer({ outcome });
    assert.equal(left(tried), port, `${outcome} ${ports}`);
  }
  const nowhere = walk(one('transfer', { number: '1' }, []));
  nowhere.answer({ outcome: 'BUSY' });
  assert.deepEqual([left(nowhere), nowhere.end], ['out', 'no_exit']);
});

test('a menu counts wrong keys and silences together, and leaves by the exit for wrong keys where there is one', () => {
  const content = { prompt: 'p', options: [{ key: '1', portId: 'a' }], tries: 2, repeats: 1 };
  const wrong = walk(one('menu', content, ['a', 'out-timeout', 'out-invalid']));
  for (const key of ['8', '9']) wrong.answer({ key });
  assert.equal(left(wrong), 'out-invalid');
  const silent = walk(one('menu', content, ['a', 'out-timeout']));
  for (const _ of [1, 2]) {
    silent.answer({ silence: true });
    assert.equal(silent.waiting, 'wait');
    silent.answer({ silence: true });
  }
  assert.equal(left(silent), 'out-timeout');
});

test('digits are kept up to their end or their number, and asked again when they are too few', () => {
  const content = { prompt: 'p', variable: 'customer', min: 3, max: 5, tries: 2 };
  const ports = ['out-ok', 'out-timeout', 'out-invalid'];
  for (const [digits, kept] of [['1234#', '1234'], ['123456789', '12345'], ['123', '123']]) {
    const tried = walk(one('digits', content, ports));
    tried.answer({ digits });
    assert.deepEqual([left(tried), tried.variables.get('customer'), tried.variables.get('digits')], ['out-ok', kept, kept], digits);
  }
  const few = walk(one('digits', content, ports));
  few.answer({ digits: '1#' });
  assert.equal(few.waiting, 'digits');
  few.answer({ digits: '12#' });
  assert.equal(left(few), 'out-invalid');
  const none = walk(one('digits', { ...content, secret: true }, ports));
  none.answer({ silence: true });
  none.answer({ silence: true });
  assert.equal(left(none), 'out-timeout');
  const code = walk(one('digits', { ...content, secret: true }, ports));
  code.answer({ digits: '4711#' });
  assert.deepEqual([code.variables.get('customer'), code.variables.get('digits')], ['4711', undefined], 'a code is no last digits');
});

test('a queue is left by how waiting ended, a transfer to one by the exits of a transfer', () => {
  const ends = (type, content, ports, outcome) => {
    const tried = walk(one(type, content, ports));
    tried.answer({ outcome });
    return tried.end === 'connected' ? 'connected' : left(tried);
  };
  assert.equal(ends('queue', { queue: 'q' }, ['out'], 'out-full'), 'out');
  assert.equal(ends('queue', { queue: 'q' }, ['out', 'out-full'], 'out-full'), 'out-full');
  assert.equal(ends('queue', { queue: 'q' }, ['out'], 'out-answered'), 'connected');
  assert.equal(ends('queue', { queue: 'q' }, ['out', 'out-answered'], 'out-answered'), 'out-answered');
  assert.equal(ends('queue', { queue: 'q' }, ['out', 'out-continue'], 'out-answered'), 'out-continue');
  assert.equal(ends('transfer', { to: 'queue', number: 'q' }, ['out', 'out-busy'], 'out-full'), 'out-busy');
  assert.equal(ends('transfer', { to: 'queue', number: 'q' }, ['out', 'out-noanswer'], 'out-timeout'), 'out-noanswer');
});

test('conditions look at variables, numbers however they are written, and the time', () => {
  const test = (all, more) => left(walk(one('condition', { cases: [{ portId: 'yes', all }] }, ['yes', 'out-default']), more)) === 'yes';
  const caller = (is, value) => test([{ of: 'caller', is, value }]);
  for (const [is, value, holds] of [
    ['equals', '+33612345678', true], ['equals', '{caller}', true], ['not_equals', '1', true], ['starts_with', '+336', true], ['starts_with', '06', false], ['contains', '4567', true],
    ['empty', '', false], ['filled', '', true], ['prefix', '06 12', true], ['prefix', '0033 6', true], ['prefix', '+337', false], ['pattern', '+33ZXXXXXXXX', true], ['pattern', '+33N.', true], ['pattern', 'X.', false],
  ]) assert.equal(caller(is, value), holds, `${is} ${value}`);
  assert.equal(test([{ of: 'nothing', is: 'empty' }]), true);
  for (const [value, is, other, holds] of [['5', 'less', '10', true], ['10', 'less', '9', false], ['ten', 'less', '11', false], ['2.5', 'greater', '2', true]]) {
    const flow = { nodes: [['s', 'start', {}], ['set', 'set', { variables: [{ name: 'n', value }] }], ['x', 'condition', { cases: [{ portId: 'yes', all: [{ of: 'n', is, value: other }] }] }], ['h', 'hangup', {}]], lines: [['s', 'out', 'set'], ['set', 'out', 'x'], ['x', 'yes', 'h'], ['x', 'out-default', 'h']] };
    assert.equal(left(walk(flow)) === 'yes', holds, `${value} ${is} ${other}`);
  }
  const paris = (from, until, days) => test([{ of: 'time', timezone: 'Europe/Paris', from, until, days }]);
  assert.deepEqual([paris('09:00', '18:00', ['thu']), paris('09:00', '18:00', ['fri']), paris('09:00', '18:00', []), paris(undefined, undefined, ['thu']), paris('13:00', '13:01'), paris('22:00', '13:01')], [true, false, true, true, true, true]);
  assert.equal(walk(one('condition', { cases: [{ portId: 'yes', all: [{ of: 'time', timezone: 'Mars/Base' }] }] }, ['yes', 'out-default'])).end, 'failed');
});

test('what the outside answers is kept in variables, and said with them', () => {
  const flow = {
    nodes: [['s', 'start', {}], ['l', 'lookup', { save: [{ field: 'name', variable: 'who' }] }], ['say', 'say', { text: 'Hello {who}, {{really}} {nobody}' }], ['c', 'callback', { note: 'x' }], ['h', 'hangup', {}]],
    lines: [['s', 'out', 'l'], ['l', 'out-found', 'say'], ['l', 'out-unknown', 'h'], ['say', 'out', 'c'], ['c', 'out-ok', 'h'], ['c', 'out-failed', 'h']],
  };
  const known = walk(flow);
  assert.deepEqual(known.wanted(), ['who']);
  known.answer({ outcome: 'out-found', values: { who: 'Ann\u0007' } });
  assert.equal(known.said(), 'Hello Ann , {really} ');
  known.answer({ silence: true });
  assert.equal(known.said(), '+33612345678');
  known.answer({ outcome: 'out-ok' });
  assert.equal(known.end, 'hung_up');
  const failed = walk(flow);
  failed.answer({ outcome: 'out-failed' });
  assert.deepEqual(way(failed), [['s', 'out'], ['l', 'out-unknown'], ['h', '']]);
});

test('another flow goes on, and one that leads back to itself ends', () => {
  const other = drawn({ nodes: [['s2', 'start', {}], ['m', 'media', { prompt: 'p' }]], lines: [['s2', 'out', 'm']] });
  const flow = one('goto', { flow: 'other' }, []);
  const tried = walk(flow, { flows: (id) => (id === 'other' ? other : null) });
  tried.answer({ silence: true });
  assert.deepEqual(tried.visits, [{ flow: 'f', node: 's', port: 'out' }, { flow: 'f', node: 'x', port: '' }, { flow: 'other', node: 's2', port: 'out' }, { flow: 'other', node: 'm', port: 'out' }]);
  assert.equal(tried.end, 'no_exit');
  assert.equal(walk(flow).end, 'failed');
  assert.equal(walk(flow, { flows: () => drawn(flow) }).end, 'too_long');
});
