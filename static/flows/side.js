/** The panel of one node: its name, its fields, where its exits lead, what is wrong with it. */

import { h } from '../render/dom.js';
import { control, idOfPath, labelOf } from './controls.js';
import { lineOf, nodeOf, titleOf } from './drawing.js';
import { toneOf, wordsOfFault } from './faults.js';
import { button, page } from './page.js';
import { fullTitle, nameOfType, portWords, wordOfPort, wordsOfType } from './say.js';
import { drawnPorts } from './shape.js';
import { portsOf, typeOf } from './types.js';

/** @import {Around, Path} from './controls.js' */
/** @import {Drawing, FlowNode} from './drawing.js' */
/** @import {Fault} from './faults.js' */
/** @import {Field} from './types.js' */

/**
 * @typedef {Around & {
 *   rename: (name: string) => void,
 *   connect: (port: string, to: string|null) => void,
 *   addRow: (path: Path, rows: any[], row: any) => void,
 *   moveRow: (path: Path, rows: any[], row: number) => void,
 *   copy: () => void, remove: () => void, open: (flow: string) => void,
 * }} Hands
 */

/** @param {Drawing} drawing @param {FlowNode} node @param {readonly Fault[]} faults @param {Hands} hands @returns {HTMLElement[]} */
export function nodePanel(drawing, node, faults, hands) {
  const { side: w } = page.words;
  const type = typeOf(node.type);
  const name = h('input');
  name.id = 'f-name';
  name.value = node.name;
  name.maxLength = 200;
  name.autocomplete = 'off';
  name.placeholder = nameOfType(node.type);
  name.addEventListener('input', () => hands.rename(name.value));
  const named = h('label', '', w.nodeName);
  named.htmlFor = name.id;
  const fields = (type?.fields ?? []).filter((field) => !field.when || field.when(node.content));
  const goesTo = node.type === 'goto' && node.content.flow ? [button(w.openFlow, () => hands.open(String(node.content.flow)))] : [];
  return [
    h('h2', 'side-title', nameOfType(node.type)),
    h('p', 'soft', wordsOfType(node.type)?.help ?? w.unknownType(node.type)),
    faultList(drawing, faults),
    h('div', 'field', named, name),
    ...fields.map((field) => part(field, node.content[field.name], [field.name], hands)),
    ...goesTo,
    ...kept(node),
    exits(drawing, node, hands),
    h('div', 'side-verbs', button(w.copy, hands.copy), button(w.remove, hands.remove, 'danger')),
  ];
}

/** The panel of a line. @param {Drawing} drawing @param {{from: string, port: string}} line @param {() => void} remove @returns {HTMLElement[]} */
export function linePanel(drawing, { from, port }, remove) {
  const { side: w } = page.words;
  const [node, to] = [nodeOf(drawing, from), nodeOf(drawing, lineOf(drawing, from, port)?.toNodeId ?? null)];
  if (!node || !to) return [h('p', 'soft', w.nothing)];
  const way = `${fullTitle(node)}, ${wordOfPort(node, port)} → ${fullTitle(to)}`;
  return [h('h2', 'side-title', w.line), h('p', '', way), h('div', 'side-verbs', button(w.remove, remove, 'danger'))];
}

/** What is wrong with the node; redrawn alone. @param {Drawing} drawing @param {readonly Fault[]} faults */
export function faultList(drawing, faults) {
  const list = h('ul', 'side-faults', ...faults.map((fault) => {
    const one = h('li', '', wordsOfFault(fault, drawing));
    one.dataset.tone = toneOf(fault);
    return one;
  }));
  list.id = 'node-faults';
  return list;
}

/** @param {Field} field @param {any} value @param {Path} path @param {Hands} hands @returns {HTMLElement} */
function part(field, value, path, hands) {
  return field.kind === 'rows' ? rows(field, Array.isArray(value) ? value : [], path, hands) : control(field, value, path, hands);
}

/** @param {Field} field @param {any[]} value @param {Path} path @param {Hands} hands */
function rows(field, value, path, hands) {
  const { side: w } = page.words;
  const label = labelOf(hands, field);
  const made = value.map((row, n) => {
    const fields = (field.row ?? []).filter((one) => !one.when || one.when(row ?? {}));
    const gone = button('✕', () => hands.removeRow(path, value, n), 'plain');
    gone.setAttribute('aria-label', w.removeRow(label, n + 1));
    const verbs = h('span', 'row-verbs');
    if (n > 0) {
      const up = button('↑', () => hands.moveRow(path, value, n), 'plain');
      up.setAttribute('aria-label', w.up(label, n + 1));
      verbs.append(up);
    }
    verbs.append(gone);
    const group = h('div', 'side-row', verbs, ...fields.map((one) => part(one, row?.[one.name], [...path, n, one.name], hands)));
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', `${label} ${n + 1}`);
    return group;
  });
  const add = button(/** @type {Record<string, string>} */ (page.words.adds)[field.name] ?? label, () => hands.addRow(path, value, field.fresh?.(value) ?? {}));
  add.id = `${idOfPath(path)}-add`;
  return h('fieldset', 'side-rows', h('legend', '', label), ...made, add);
}

/** Fields that the page does not know. @param {FlowNode} node */
function kept(node) {
  const known = new Set((typeOf(node.type)?.fields ?? []).map((field) => field.name));
  const other = Object.fromEntries(Object.entries(node.content).filter(([name]) => !known.has(name)));
  if (!Object.keys(other).length) return [];
  return [h('details', 'kept', h('summary', '', page.words.side.kept), h('pre', '', JSON.stringify(other, null, 2)))];
}

/** @param {Drawing} drawing @param {FlowNode} node @param {Hands} hands */
function exits(drawing, node, hands) {
  const { side: w } = page.words;
  const ports = portsOf(node, drawnPorts(drawing).get(node.id) ?? []);
  const targets = drawing.nodes.filter((one) => one.id !== node.id && one.type !== 'start');
  const all = ports.map((port) => {
    const list = h('select');
    list.id = `exit-${port.id}`;
    const after = port.after === null ? null : ports.find((one) => one.id === port.after);
    const none = after ? w.asPort(portWords(node, after)) : port.after === null ? w.nowhere : w.hangsUp;
    const to = lineOf(drawing, node.id, port.id)?.toNodeId ?? '';
    const lost = to && to !== node.id && !targets.some((one) => one.id === to) ? [{ id: to, words: w.gone(to) }] : [];
    const itself = { id: node.id, words: w.itself(titleOf(node)) };
    for (const { id, words } of [{ id: '', words: none }, ...targets.map((one) => ({ id: one.id, words: fullTitle(one) })), itself, ...lost]) {
      const option = h('option', '', words);
      option.value = id;
      option.selected = id === to;
      list.append(option);
    }
    list.addEventListener('change', () => hands.connect(port.id, list.value || null));
    const words = h('label', '', portWords(node, port));
    words.htmlFor = list.id;
    return h('div', 'exit', words, list);
  });
  return h('fieldset', 'side-exits', h('legend', '', w.exits), ...(all.length ? all : [h('p', 'soft', w.noExits)]));
}
