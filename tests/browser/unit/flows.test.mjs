/** Flows without a page: what a change of a drawing leaves alone, what differs between two, undoing. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { difference, isSame } from '../../../static/flows/diff.js';
import { addNode, arrange, connect, copyNode, inOrder, lineOf, moveNode, nodeOf, readDrawing, removeNode, setContent, setNode } from '../../../static/flows/drawing.js';
import { callersOf } from '../../../static/flows/live.js';
import { isSameDrawing } from '../../../static/flows/kept.js';
import { History } from '../../../static/flows/past-drawings.js';
import { boundsOf, drawnPorts, freePlace, heightOf, WIDTH } from '../../../static/flows/shape.js';
import { OFFERED, portsOf, shownPorts, TYPES, variablesOf } from '../../../static/flows/types.js';
import { typesEn } from '../../../static/flows/types-en.js';

const stored = () => JSON.parse(readFileSync(new URL('../../../actors/fixtures/ivr/front-end.json', import.meta.url), 'utf8'));
const drawing = () => readDrawing(stored());

test('what front ends stored is read and written back as it was', () => {
  const { name, nodes, connections } = stored();
  assert.deepEqual(drawing(), { name, nodes, connections });
});

test('a change leaves everything else the same object, and what the page does not know in its place', () => {
  const before = readDrawing({ name: 'x', nodes: [{ id: 'a', type: 'fax', colour: 'red', content: { pages: [1, 2], deep: { odd: true } } }, { id: 'b', type: 'hangup', content: {} }], connections: [{ id: 'c', fromNodeId: 'a', fromPortId: 'sent', toNodeId: 'b', weight: 3 }] });
  const after = setContent(before, 'a', ['deep', 'new'], 5);
  assert.deepEqual(nodeOf(after, 'a'), { ...before.nodes[0], content: { pages: [1, 2], deep: { odd: true, new: 5 } } });
  assert.equal(after.nodes[1], before.nodes[1]);
  assert.equal(after.connections, before.connections);
  assert.deepEqual(nodeOf(setContent(after, 'a', ['deep', 'new'], undefined), 'a')?.content, before.nodes[0].content);
  assert.equal(moveNode(before, 'b', 2, -3), before, 'less than a step of the grid');
  const led = connect(before, 'a', 'sent', 'a');
  assert.deepEqual(led.connections, [{ id: 'c', fromNodeId: 'a', fromPortId: 'sent', toNodeId: 'a', toPortId: 'in', weight: 3 }], 'the line is led elsewhere');
  assert.deepEqual(portsOf(before.nodes[0], ['sent']), [{ id: 'sent', word: '', text: 'sent', after: null }], 'exits of a type that is not known are those that are drawn');
});

test('a port leads to one node, a node goes with its lines, many lines may enter one node', () => {
  let now = drawing();
  now = connect(now, 'n-menu', 'out-1', 'n-h');
  assert.equal(lineOf(now, 'n-menu', 'out-1')?.toNodeId, 'n-h');
  assert.equal(now.connections.filter((line) => line.fromNodeId === 'n-menu' && line.fromPortId === 'out-1').length, 1);
  now = connect(now, 'n-menu', 'out-timeout', 'n-h');
  assert.equal(now.connections.filter((line) => line.toNodeId === 'n-h').length, 3);
  now = connect(now, 'n-menu', 'out-1', null);
  assert.equal(lineOf(now, 'n-menu', 'out-1'), null);
  now = removeNode(now, 'n-h');
  assert.ok(!now.connections.some((line) => line.toNodeId === 'n-h' || line.fromNodeId === 'n-h'));
  const made = addNode(now, 'media', { x: 12, y: 18 }, 'Hello', { prompt: '' });
  assert.deepEqual([nodeOf(made.drawing, made.id)?.x, nodeOf(made.drawing, made.id)?.y], [10, 20]);
  const copy = copyNode(made.drawing, 'n-cal');
  assert.ok(copy && nodeOf(copy.drawing, copy.id)?.content !== nodeOf(now, 'n-cal')?.content, 'a copy of its own');
});

test('what is undone is there again, letters of one field are one step', () => {
  const first = drawing();
  const history = new History(first);
  for (const letters of ['H', 'He', 'Hel']) history.go(setNode(history.now, 'n-h', { name: letters }), 'n-h.name');
  history.go(moveNode(history.now, 'n-h', 0, 0), 'drag:n-h');
  assert.equal(history.go(history.now), false, 'the same is no step');
  assert.ok(history.undo());
  assert.equal(nodeOf(history.now, 'n-h')?.name, 'Hel');
  assert.ok(history.undo());
  assert.equal(history.now, first, 'the very drawing that is saved');
  assert.ok(!history.undo());
  assert.ok(history.redo());
  history.go(setNode(history.now, 'n-h', { name: 'Help' }), 'n-h.name');
  assert.ok(!history.redo(), 'what was undone is gone for good after another step');
});

test('two drawings are compared node by node, field by field, line by line', () => {
  const before = drawing();
  assert.ok(isSame(difference(before, drawing())));
  let after = setContent(before, 'n-menu', ['options', 0, 'label'], 'Vente');
  after = setContent(after, 'n-menu', ['tries'], 2);
  after = moveNode(after, 'n-cal', 0, 0);
  after = removeNode(after, 'n-vm');
  after = connect(after, 'n-menu', 'out-timeout', 'n-h');
  const made = addNode(after, 'say', { x: 0, y: 0 }, 'Bye', {});
  const of = difference(before, { ...made.drawing, name: 'Other' });
  assert.deepEqual(of.name, { path: 'name', before: 'Demo IVR', after: 'Other' });
  assert.deepEqual(of.added.map((node) => node.name), ['Bye']);
  assert.deepEqual(of.removed.map((node) => node.id), ['n-vm']);
  const menu = of.changed.find((node) => node.id === 'n-menu');
  assert.deepEqual(menu?.changes, [{ path: 'content.options[out-1].label', before: 'Sales', after: 'Vente' }, { path: 'content.tries', before: null, after: '2' }]);
  assert.equal(menu?.moved, false);
  assert.deepEqual(of.changed.find((node) => node.id === 'n-cal')?.changes, []);
  assert.deepEqual(of.lines.map(({ from, port, before: was, after: is }) => [from.id, port, was?.id ?? null, is?.id ?? null]), [['n-cal', 'out-default', 'n-vm', null], ['n-menu', 'out-timeout', null, 'n-h']]);
  assert.ok(isSameDrawing(before, JSON.parse(JSON.stringify({ connections: before.connections, nodes: before.nodes, name: before.name }))), 'whatever the order');
});

test('every type has words, ports and a beginning of its own', () => {
  assert.deepEqual([...OFFERED].sort(), Object.keys(TYPES).sort());
  assert.deepEqual(Object.keys(typesEn.types).sort(), Object.keys(TYPES).sort());
  for (const [name, type] of Object.entries(TYPES)) {
    const fresh = type.fresh();
    const ports = type.ports(fresh);
    assert.equal(new Set(ports.map((port) => port.id)).size, ports.length, name);
    for (const port of ports) if (port.word) assert.ok(typesEn.types[name].ports?.[port.word] ?? typesEn.ports[port.word], `${name} ${port.id}`);
    for (const port of ports) if (port.after) assert.ok(ports.some((one) => one.id === port.after), `${name}: ${port.id} falls back on ${port.after}`);
    const named = (fields) => fields.flatMap((field) => [field, ...named(field.row ?? [])]);
    for (const field of named(type.fields)) {
      assert.ok(typesEn.types[name].fields?.[field.name] ?? typesEn.fields[field.name], `${name}: ${field.name} has no word`);
      if (field.kind === 'rows') assert.ok(typesEn.adds[field.name], `${name}: nothing is said to add to ${field.name}`);
      for (const of of field.of ?? []) if (/^[a-z_]{3,}$/.test(of)) assert.ok(typesEn.choices[field.name]?.[of], `${name}: ${field.name} ${of}`);
    }
  }
});

test('an exit that may be left undrawn is shown only when it is drawn; those of rows follow the rows', () => {
  const menu = { id: 'm', type: 'menu', name: '', x: 0, y: 0, content: { options: [{ key: '1', portId: 'a' }, { key: '2', portId: 'b', label: 'Two' }] } };
  assert.deepEqual(shownPorts(menu, []).map((port) => port.id), ['a', 'b', 'out-timeout']);
  assert.deepEqual(shownPorts(menu, ['out-invalid', 'old']).map((port) => port.id), ['a', 'b', 'out-timeout', 'out-invalid', 'old']);
  for (const content of [{}, { options: null }, { options: 'no' }, { options: [null, 5] }]) assert.deepEqual(shownPorts({ ...menu, content }, []).map((port) => port.id), ['out-timeout']);
  assert.ok(variablesOf({ name: '', nodes: [{ id: 'd', type: 'digits', name: '', x: 0, y: 0, content: { variable: 'customer' } }], connections: [] }).includes('customer'));
});

test('five hundred nodes stand side by side after tidying up, in the order of a caller’s way', () => {
  const nodes = Array.from({ length: 500 }, (_, n) => ({ id: `n${n}`, type: n ? 'media' : 'start', name: `${n}`, x: 0, y: 0, content: {} }));
  const connections = nodes.slice(1).map((node, n) => ({ id: `c${n}`, fromNodeId: `n${Math.floor(n / 4)}`, fromPortId: `p${n % 4}`, toNodeId: node.id, toPortId: 'in' }));
  const all = { name: 'x', nodes, connections };
  const drawn = drawnPorts(all);
  const tidy = arrange(all, (node) => heightOf(node, drawn.get(node.id) ?? []), WIDTH);
  assert.equal(new Set(tidy.nodes.map((node) => `${node.x},${node.y}`)).size, 500);
  assert.deepEqual(inOrder(tidy).slice(0, 3).map((node) => node.id), ['n0', 'n1', 'n2']);
  const place = freePlace(tidy, { x: 0, y: 0 });
  assert.ok(place.y >= heightOf(tidy.nodes[0], drawn.get('n0') ?? []));
  assert.ok(boundsOf(tidy).right > 0);
});

test('who stands on a node is read as the server counts them', () => {
  const standing = callersOf({ id: 'f', since_ms: 1, behind: false, nodes: [{ node: 'm', now: 2, callers: [{ call: 'a', since_ms: 5 }, { call: 'b', since_ms: 9 }], left: [{ port: 'out-1', callers: 3 }, { port: null, callers: 1 }] }] }).get('m');
  assert.deepEqual([standing?.now, standing?.since, standing?.left.get('out-1'), standing?.left.get('')], [2, 5, 3, 1]);
  assert.equal(callersOf(null).size, 0);
});
