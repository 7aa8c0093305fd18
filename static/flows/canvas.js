/** The drawing: cards, and lines in SVG, moved by mouse and by keyboard. What is done goes through `Acts`. */

import { setAttr } from '../render/dom.js';
import { drawCard, drawLine, makeCard, makeLine } from './card.js';
import { inOrder, nodeOf } from './drawing.js';
import { part } from './page.js';
import { boundsOf, curve, drawnPorts, heightOf, IN_AT, outAt, placeOf, WIDTH } from './shape.js';
import { shownPorts } from './types.js';

/** @import {Card, Drawn} from './card.js' */
/** @import {Drawing, FlowNode} from './drawing.js' */
/** @import {Fault} from './faults.js' */
/** @import {Standing} from './live.js' */
/** @import {Port} from './types.js' */

/** @typedef {{x: number, y: number}} Point */

/**
 * @typedef {object} Shown
 * @property {Drawing} drawing
 * @property {string|null} selected
 * @property {{from: string, port: string}|null} line the selected one
 * @property {Map<string, Fault[]>} faults by node
 * @property {Map<string, 'past'|'now'>} way where a caller who is tried came by
 * @property {Set<string>} walked keys of lines that he went along
 * @property {Map<string, Standing>} callers who stands on each node now
 */

/**
 * @typedef {object} Acts
 * @property {(id: string|null) => void} select
 * @property {(from: string, port: string) => void} selectLine
 * @property {(id: string, x: number, y: number, key: string) => void} move
 * @property {(from: string, port: string, to: string) => void} connect
 * @property {(from: string, port: string, at: Point) => void} drop a line that ends on nothing
 * @property {(id: string) => void} remove
 * @property {() => void} removeLine
 * @property {(what: 'fields'|'exits'|'palette') => void} goTo
 */

const [SMALLEST, BIGGEST] = [0.15, 2.5];
/** Less is a hand that trembles. */
const DRAG = 4;
const SMALL_STEP = 10;
const BIG_STEP = 50;
const EDGE = 40;
/** @type {Fault[]} */
const NO_FAULTS = [];

/** @param {string} from @param {string} port */
export const lineKey = (from, port) => JSON.stringify([from, port]);

/** @type {Map<string, Card>} */
const cards = new Map();
/** @type {Map<string, Drawn>} */
const lines = new Map();
let view = { x: 0, y: 0, k: 1 };
/** @type {Shown|null} */
let shown = null;
/** @type {{nodes: number, connections: Drawing['connections']|null, order: string[]}} */
let ordered = { nodes: -1, connections: null, order: [] };
/** What the pointer drags. @type {{kind: 'pan'|'node'|'link', id: string, port: string, from: Point, start: Point, moved: boolean}|null} */
let drag = null;

const board = () => part('canvas');

/** Forgets another flow. */
export function clearCanvas() {
  for (const one of [...cards.values(), ...lines.values()]) one.element.remove();
  cards.clear();
  lines.clear();
  shown = null;
  ordered = { nodes: -1, connections: null, order: [] };
}

/** @type {WeakMap<FlowNode, {drawn: string, ports: Port[]}>} */
const known = new WeakMap();

/** The same list for the same node with the same lines. @param {FlowNode} node @param {string[]} drawn */
function portsNow(node, drawn) {
  const before = known.get(node);
  const key = drawn.join(' ');
  if (before?.drawn === key) return before.ports;
  const ports = shownPorts(node, drawn);
  known.set(node, { drawn: key, ports });
  return ports;
}

/** @param {Shown} now */
export function drawCanvas(now) {
  shown = now;
  const { drawing } = now;
  const drawn = drawnPorts(drawing);
  /** @type {Map<string, {node: FlowNode, ports: Port[]}>} */
  const all = new Map();
  for (const node of drawing.nodes) all.set(node.id, { node, ports: portsNow(node, drawn.get(node.id) ?? []) });
  for (const [id, { node, ports }] of all) {
    let card = cards.get(id);
    if (!card) cards.set(id, (card = makeCard(id)));
    drawCard(card, node, { ports, selected: now.selected === id, faults: now.faults.get(id) ?? NO_FAULTS, way: now.way.get(id) ?? '', callers: now.callers.get(id) ?? null });
  }
  for (const [id, card] of cards) {
    if (all.has(id)) continue;
    card.element.remove();
    cards.delete(id);
  }
  place(drawing);
  drawLines(now, all);
}

/** Cards stand in the order of a caller's way: Tab goes along it. @param {Drawing} drawing */
function place(drawing) {
  if (ordered.nodes === drawing.nodes.length && ordered.connections === drawing.connections) return;
  ordered = { nodes: drawing.nodes.length, connections: drawing.connections, order: inOrder(drawing).map((node) => node.id) };
  const parent = part('canvas-nodes');
  const focused = document.activeElement;
  /** @type {Element|null} */
  let next = parent.firstElementChild;
  for (const id of ordered.order) {
    const element = cards.get(id)?.element;
    if (!element) continue;
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
  // who moves within the page loses the focus
  if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused)) focused.focus();
}

/** @param {Shown} now @param {Map<string, {node: FlowNode, ports: Port[]}>} all */
function drawLines(now, all) {
  const wanted = new Set();
  for (const { fromNodeId, fromPortId, toNodeId } of now.drawing.connections) {
    const [from, to] = [all.get(fromNodeId), all.get(toNodeId)];
    const n = from ? placeOf(from.ports, fromPortId) : -1;
    if (!from || !to || n < 0) continue;
    const key = lineKey(fromNodeId, fromPortId);
    wanted.add(key);
    let line = lines.get(key);
    if (!line) {
      lines.set(key, (line = makeLine(key)));
      part('canvas-lines').append(line.element);
    }
    const [out, enter] = [outAt(n), IN_AT];
    const selected = now.line?.from === fromNodeId && now.line.port === fromPortId;
    drawLine(line, { x: from.node.x + out.x, y: from.node.y + out.y }, { x: to.node.x + enter.x, y: to.node.y + enter.y }, selected, now.walked.has(key));
  }
  for (const [key, line] of lines) {
    if (wanted.has(key)) continue;
    line.element.remove();
    lines.delete(key);
  }
}

function applyView() {
  part('canvas-all').style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.k})`;
}

/** @param {number} times @param {Point} [around] within the canvas */
export function zoom(times, around) {
  const box = board().getBoundingClientRect();
  const at = around ?? { x: box.width / 2, y: box.height / 2 };
  const k = Math.max(SMALLEST, Math.min(BIGGEST, view.k * times));
  view = { x: at.x - ((at.x - view.x) * k) / view.k, y: at.y - ((at.y - view.y) * k) / view.k, k };
  applyView();
}

/** All of it is seen, as large as it may be. */
export function fit() {
  const box = board().getBoundingClientRect();
  if (!shown || !box.width) return;
  const all = boundsOf(shown.drawing);
  const [width, height] = [all.right - all.left + 2 * EDGE, all.bottom - all.top + 2 * EDGE];
  const k = Math.max(SMALLEST, Math.min(1, box.width / width, box.height / height));
  view = { x: (box.width - (all.right + all.left) * k) / 2, y: (box.height - (all.bottom + all.top) * k) / 2, k };
  applyView();
}

/** What stands in the middle of the canvas. @returns {Point} */
export function middle() {
  const box = board().getBoundingClientRect();
  return { x: (box.width / 2 - view.x) / view.k - WIDTH / 2, y: (box.height / 2 - view.y) / view.k - 40 };
}

/** Moves the view only as far as needed. @param {string} id */
export function reveal(id) {
  const node = shown && nodeOf(shown.drawing, id);
  const box = board().getBoundingClientRect();
  if (!node || !shown || !box.width) return;
  const height = heightOf(node, shown.drawing.connections.filter((line) => line.fromNodeId === id).map((line) => line.fromPortId));
  const [left, top] = [node.x * view.k + view.x, node.y * view.k + view.y];
  const [right, bottom] = [left + WIDTH * view.k, top + height * view.k];
  const over = (/** @type {number} */ low, /** @type {number} */ high, /** @type {number} */ size) => (low < EDGE ? EDGE - low : high > size - EDGE ? Math.max(size - EDGE - high, EDGE - low) : 0);
  view = { ...view, x: view.x + over(left, right, box.width), y: view.y + over(top, bottom, box.height) };
  applyView();
}

/** @param {string} id */
export const focusCard = (id) => cards.get(id)?.element.focus();

/** @param {{clientX: number, clientY: number}} event @returns {Point} on the screen, within the canvas */
function onBoard(event) {
  const box = board().getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

/** @param {Point} at @returns {Point} */
const inDrawing = (at) => ({ x: (at.x - view.x) / view.k, y: (at.y - view.y) / view.k });

/** @param {EventTarget|null} target @param {string} selector @returns {Element|null} */
const within = (target, selector) => (target instanceof Element ? target.closest(selector) : null);

/** @param {Element|null} element */
const idOf = (element) => element?.getAttribute('data-node') ?? '';

/** @param {Acts} acts */
export function listenCanvas(acts) {
  const canvas = board();
  canvas.addEventListener('pointerdown', (event) => begin(event, acts));
  canvas.addEventListener('pointermove', (event) => dragged(event, acts));
  canvas.addEventListener('pointerup', (event) => finish(event, acts));
  canvas.addEventListener('pointercancel', () => letGo());
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 250), onBoard(event));
  }, { passive: false });
  canvas.addEventListener('focusin', (event) => {
    const id = idOf(within(event.target, '[data-node]'));
    if (!id || drag) return;
    acts.select(id);
    reveal(id);
  });
  canvas.addEventListener('keydown', (event) => pressed(event, acts));
  part('zoom-in').addEventListener('click', () => zoom(1.25));
  part('zoom-out').addEventListener('click', () => zoom(0.8));
  part('zoom-fit').addEventListener('click', fit);
}

/** @param {PointerEvent} event @param {Acts} acts */
function begin(event, acts) {
  if (event.button !== 0 || drag || !shown) return;
  const at = onBoard(event);
  const id = idOf(within(event.target, '[data-node]'));
  const port = within(event.target, '[data-port]')?.getAttribute('data-port') ?? null;
  const line = within(event.target, '[data-line]')?.getAttribute('data-line') ?? null;
  const node = id ? nodeOf(shown.drawing, id) : null;
  if (line) {
    const [from, by] = /** @type {[string, string]} */ (JSON.parse(line));
    acts.selectLine(from, by);
    board().focus();
    event.preventDefault();
    return;
  }
  if (node && port !== null) drag = { kind: 'link', id, port, from: at, start: at, moved: false };
  else if (node) drag = { kind: 'node', id, port: '', from: at, start: { x: node.x, y: node.y }, moved: false };
  else drag = { kind: 'pan', id: '', port: '', from: at, start: { x: view.x, y: view.y }, moved: false };
  board().setPointerCapture(event.pointerId);
}

/** @param {PointerEvent} event @param {Acts} acts */
function dragged(event, acts) {
  if (!drag || !shown) return;
  const at = onBoard(event);
  const [dx, dy] = [at.x - drag.from.x, at.y - drag.from.y];
  if (!drag.moved && Math.hypot(dx, dy) < DRAG) return;
  drag.moved = true;
  if (drag.kind === 'pan') {
    view = { ...view, x: drag.start.x + dx, y: drag.start.y + dy };
    // only while it moves: what is kept as a picture would be blurred by a zoom
    part('canvas-all').style.willChange = 'transform';
    applyView();
  } else if (drag.kind === 'node') {
    acts.move(drag.id, drag.start.x + dx / view.k, drag.start.y + dy / view.k, `drag:${drag.id}`);
  } else {
    rubber(drag.id, drag.port, inDrawing(at));
    for (const [id, card] of cards) setAttr(card.element, 'data-target', id === under(event) ? '' : null);
  }
}

/** The node below the pointer. @param {PointerEvent} event */
const under = (event) => idOf(within(document.elementFromPoint(event.clientX, event.clientY), '[data-node]'));

/** @param {string} id @param {string} port @param {Point} to */
function rubber(id, port, to) {
  const node = shown && nodeOf(shown.drawing, id);
  if (!node || !shown) return;
  const drawn = shown.drawing.connections.filter((line) => line.fromNodeId === id).map((line) => line.fromPortId);
  const out = outAt(placeOf(shownPorts(node, drawn), port));
  part('canvas-rubber').removeAttribute('hidden');
  setAttr(part('canvas-rubber'), 'd', curve({ x: node.x + out.x, y: node.y + out.y }, to));
}

/** @param {PointerEvent} event @param {Acts} acts */
function finish(event, acts) {
  if (!drag) return;
  const { kind, id, port, moved } = drag;
  const to = kind === 'link' ? under(event) : '';
  letGo();
  if (kind === 'pan') {
    if (!moved) acts.select(null);
  } else if (kind === 'node') {
    acts.select(id);
  } else if (to && to !== id) {
    acts.connect(id, port, to);
  } else if (moved && !to) {
    acts.drop(id, port, inDrawing(onBoard(event)));
  } else {
    acts.select(id);
  }
}

function letGo() {
  drag = null;
  part('canvas-all').style.willChange = '';
  part('canvas-rubber').setAttribute('hidden', '');
  for (const card of cards.values()) setAttr(card.element, 'data-target', null);
}

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {KeyboardEvent} event @param {Acts} acts */
function pressed(event, acts) {
  if (event.ctrlKey || event.metaKey || event.altKey || !shown) return;
  const id = idOf(within(event.target, '[data-node]'));
  const arrow = ARROWS[event.key];
  const step = event.shiftKey ? BIG_STEP : SMALL_STEP;
  const node = id ? nodeOf(shown.drawing, id) : null;
  if (arrow && node) {
    acts.move(id, node.x + arrow[0] * step, node.y + arrow[1] * step, `keys:${id}`);
    reveal(id);
  } else if (arrow) {
    view = { ...view, x: view.x - arrow[0] * BIG_STEP, y: view.y - arrow[1] * BIG_STEP };
    applyView();
  } else if (event.key === 'Delete' || event.key === 'Backspace') {
    if (node) acts.remove(id);
    else acts.removeLine();
  } else if (node && (event.key === 'Enter' || event.key === ' ')) acts.goTo('fields');
  else if (node && event.key.toLowerCase() === 'c') acts.goTo('exits');
  else if (event.key.toLowerCase() === 'n') acts.goTo('palette');
  else if (event.key === '+') zoom(1.25);
  else if (event.key === '-') zoom(0.8);
  else if (event.key === '0') fit();
  else if (event.key === 'Escape') acts.select(null);
  else return;
  event.preventDefault();
}

/** While a node is dragged only the drawing follows. */
export const isDragging = () => drag?.kind === 'node' && drag.moved;

/** The node that comes next on a caller's way. @param {string} id @returns {string|null} */
export function neighbour(id) {
  const n = ordered.order.indexOf(id);
  return ordered.order[n + 1] ?? ordered.order[n - 1] ?? null;
}

