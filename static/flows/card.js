/**
 * One node as a card, and one line in SVG. Each is drawn anew only where it differs. Cards are no SVG: a browser sets
 * all texts of an SVG anew when one of them moves, which 500 cards feel.
 */

import { h, setAttr } from '../render/dom.js';
import { titleOf } from './drawing.js';
import { inTheWay } from './faults.js';
import { counted, number, page } from './page.js';
import { fullTitle, gist, nameOfType, portWords, standingWords } from './say.js';
import { curve } from './shape.js';
import { typeOf } from './types.js';

/** @import {FlowNode} from './drawing.js' */
/** @import {Fault} from './faults.js' */
/** @import {Standing} from './live.js' */
/** @import {Port} from './types.js' */

/** What is shown of a node besides itself. @typedef {{ports: Port[], selected: boolean, faults: readonly Fault[], way: ''|'past'|'now', callers: Standing|null}} Beside */
/** @typedef {{element: HTMLElement, node: FlowNode|null, beside: Beside|null, lang: string, stamp: string}} Card */
/** @typedef {{element: SVGGElement, stamp: string}} Drawn */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag @param {Record<string, string|number>} attributes @param {...Node} children @returns {SVGElementTagNameMap[T]}
 */
function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** @param {string} id @returns {Card} */
export function makeCard(id) {
  const element = h('div', 'card');
  element.dataset.node = id;
  element.tabIndex = 0;
  element.setAttribute('role', 'button');
  return { element, node: null, beside: null, lang: '', stamp: '' };
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
  const [before, other] = [card.node, card.beside];
  const same = before === node && other !== null && /** @type {(keyof Beside)[]} */ (Object.keys(beside)).every((name) => beside[name] === other[name]);
  // who stands there stands there longer each time
  if (same && card.lang === page.lang && !beside.callers) return;
  card.node = node;
  card.beside = beside;
  card.lang = page.lang;
  const { ports, selected, faults, way, callers } = beside;
  if (before === null || before.x !== node.x || before.y !== node.y) card.element.style.transform = `translate(${node.x}px, ${node.y}px)`;
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
  const type = typeOf(node.type);
  setAttr(card.element, 'aria-label', told(node, beside));
  setAttr(card.element, 'title', [fullTitle(node), gist(node)].filter(Boolean).join('\n'));
  setAttr(card.element, 'data-tone', type?.tone ?? 'plain');
  const below = gist(node) || (titleOf(node) === nameOfType(node.type) ? '' : nameOfType(node.type));
  const head = h('div', 'card-head', h('span', 'card-sign', type?.sign ?? '·'), h('span', 'card-words', h('span', 'card-name', titleOf(node)), h('span', 'card-gist', below)));
  const exits = ports.map((port, n) => {
    const dot = h('span', 'port', h('span', 'port-dot'));
    dot.dataset.port = port.id;
    return h('div', 'card-port', h('span', 'port-word', words[n] ?? ''), dot);
  });
  /** @type {HTMLElement[]} */
  const parts = [head, ...(exits.length ? [h('div', 'card-ports', ...exits)] : [])];
  if (node.type !== 'start') parts.push(h('span', 'port-in'));
  if (faults.length) {
    const badge = h('span', 'badge', faults.length > 1 ? String(faults.length) : '!');
    badge.dataset.tone = faults.some((fault) => fault.gravity === 'broken') ? 'trouble' : inTheWay(faults).length ? 'waiting' : 'quiet';
    parts.push(badge);
  }
  if (standing) parts.push(h('span', 'callers', `☎ ${standing}`));
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

