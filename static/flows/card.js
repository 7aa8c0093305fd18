/** One node as a card, and one line, in SVG. Each is drawn anew only where it differs. */

import { setAttr, visible } from '../render/dom.js';
import { titleOf } from './drawing.js';
import { counted, number, page } from './page.js';
import { fullTitle, gist, nameOfType, portWords, standingWords } from './say.js';
import { curve, HEAD, heightFor, IN_AT, outAt, ROW, WIDTH } from './shape.js';
import { typeOf } from './types.js';

/** @import {FlowNode} from './drawing.js' */
/** @import {Fault} from './faults.js' */
/** @import {Standing} from './live.js' */
/** @import {Port} from './types.js' */

/** What is shown of a node besides itself. @typedef {{ports: Port[], selected: boolean, faults: readonly Fault[], way: ''|'past'|'now', callers: Standing|null}} Beside */
/** @typedef {{element: SVGGElement, node: FlowNode|null, stamp: string}} Card */
/** @typedef {{element: SVGGElement, stamp: string}} Drawn */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag @param {Record<string, string|number>} attributes @param {...(Node|string)} children @returns {SVGElementTagNameMap[T]}
 */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children.map((child) => (typeof child === 'string' ? visible(child) : child)));
  return element;
}

/** @param {string} text @param {number} most */
const short = (text, most) => {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join('').trimEnd()}…` : text;
};

/** @param {string} id @returns {Card} */
export function makeCard(id) {
  return { element: svg('g', { class: 'card', 'data-node': id, tabindex: 0, role: 'button' }), node: null, stamp: '' };
}

/** What is said of a card: its name, type, exits, what is wrong. @param {FlowNode} node @param {Beside} beside */
function told(node, { ports, faults, callers }) {
  const w = page.words.canvas;
  const parts = [fullTitle(node), counted(ports.length, page.words.counted.exits)];
  if (faults.length) parts.push(counted(faults.length, page.words.counted.faults));
  if (callers?.now) parts.push(w.callers(standingWords(callers)));
  return parts.join(', ');
}

/** @param {Card} card @param {FlowNode} node @param {Beside} beside */
export function drawCard(card, node, beside) {
  const before = card.node;
  card.node = node;
  const { ports, selected, faults, way, callers } = beside;
  if (before === null || before.x !== node.x || before.y !== node.y) setAttr(card.element, 'transform', `translate(${node.x} ${node.y})`);
  setAttr(card.element, 'aria-pressed', String(selected));
  setAttr(card.element, 'data-way', way || null);
  const standing = standingWords(callers ?? undefined);
  const words = ports.map((port) => {
    const left = callers?.left.get(port.id);
    return left ? `${portWords(node, port)} · ${number(left)}` : portWords(node, port);
  });
  const stamp = JSON.stringify([page.lang, node.type, titleOf(node), gist(node), ports.map((port) => port.id), words, faults.map((fault) => fault.gravity), standing]);
  if (stamp === card.stamp) return;
  card.stamp = stamp;
  const height = heightFor(ports.length);
  const type = typeOf(node.type);
  setAttr(card.element, 'aria-label', told(node, beside));
  setAttr(card.element, 'data-tone', type?.tone ?? 'plain');
  const parts = [
    svg('title', {}, [fullTitle(node), gist(node)].filter(Boolean).join('\n')),
    svg('rect', { class: 'card-body', width: WIDTH, height, rx: 8 }),
    svg('rect', { class: 'card-tone', width: 6, height, rx: 3 }),
    svg('text', { class: 'card-sign', x: 24, y: 29, 'text-anchor': 'middle' }, type?.sign ?? '·'),
    svg('text', { class: 'card-name', x: 40, y: 20 }, short(titleOf(node), 19)),
    svg('text', { class: 'card-gist', x: 40, y: 37 }, short(gist(node) || (titleOf(node) === nameOfType(node.type) ? '' : nameOfType(node.type)), 22)),
  ];
  if (node.type !== 'start') parts.push(svg('circle', { class: 'port-in', cx: IN_AT.x, cy: IN_AT.y, r: 5 }));
  if (ports.length) parts.push(svg('path', { class: 'card-rule', d: `M8 ${HEAD}H${WIDTH - 8}` }));
  ports.forEach((port, n) => {
    const at = outAt(n);
    parts.push(
      svg('text', { class: 'port-word', x: WIDTH - 14, y: at.y + 4, 'text-anchor': 'end' }, short(words[n] ?? '', 22)),
      svg('g', { class: 'port', 'data-port': port.id }, svg('circle', { class: 'port-reach', cx: at.x, cy: at.y, r: ROW / 2 }), svg('circle', { class: 'port-dot', cx: at.x, cy: at.y, r: 6 })),
    );
  });
  if (faults.length) {
    const tone = faults.some((fault) => fault.gravity === 'broken') ? 'trouble' : 'waiting';
    parts.push(svg('g', { class: 'badge', 'data-tone': tone }, svg('circle', { cx: WIDTH - 14, cy: 0, r: 10 }), svg('text', { x: WIDTH - 14, y: 4.5, 'text-anchor': 'middle' }, faults.length > 1 ? String(faults.length) : '!')));
  }
  if (standing) parts.push(svg('g', { class: 'callers' }, svg('text', { x: 4, y: -6 }, `☎ ${standing}`)));
  card.element.replaceChildren(...parts);
}

/** @param {string} key @returns {Drawn} */
export function makeLine(key) {
  const element = svg('g', { class: 'line', 'data-line': key }, svg('path', { class: 'line-reach' }), svg('path', { class: 'line-path', 'marker-end': 'url(#arrow)' }));
  return { element, stamp: '' };
}

/** @param {Drawn} line @param {{x: number, y: number}} from @param {{x: number, y: number}} to @param {boolean} selected @param {boolean} walked */
export function drawLine(line, from, to, selected, walked) {
  const path = curve(from, to);
  if (line.stamp !== path) {
    line.stamp = path;
    for (const one of line.element.children) one.setAttribute('d', path);
  }
  setAttr(line.element, 'data-selected', selected ? '' : null);
  setAttr(line.element, 'data-walked', walked ? '' : null);
}

