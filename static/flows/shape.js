/** Where a card and its parts stand. Pure. */

import { shownPorts } from './types.js';

/** @import {Drawing, FlowNode} from './drawing.js' */
/** @import {Port} from './types.js' */

export const WIDTH = 190;
export const HEAD = 46;
export const ROW = 24;
const FOOT = 8;

/** Ports that are drawn, by node. @param {Drawing} drawing @returns {Map<string, string[]>} */
export function drawnPorts(drawing) {
  /** @type {Map<string, string[]>} */
  const drawn = new Map();
  for (const line of drawing.connections) {
    const ports = drawn.get(line.fromNodeId);
    if (ports) ports.push(line.fromPortId);
    else drawn.set(line.fromNodeId, [line.fromPortId]);
  }
  return drawn;
}

/** @param {number} ports */
export const heightFor = (ports) => HEAD + ports * ROW + (ports ? FOOT : 0);

/** @param {FlowNode} node @param {readonly string[]} drawn */
export const heightOf = (node, drawn) => heightFor(shownPorts(node, drawn).length);

/** Where lines leave, from the card's corner. @param {number} n of the port */
export const outAt = (n) => ({ x: WIDTH, y: HEAD + n * ROW + ROW / 2 });
/** Where lines enter. */
export const IN_AT = { x: 0, y: HEAD / 2 };

/** @param {{x: number, y: number}} from @param {{x: number, y: number}} to */
export function curve(from, to) {
  const bend = Math.max(40, Math.min(180, Math.abs(to.x - from.x) / 2 + (to.x < from.x ? 60 : 0)));
  return `M${from.x} ${from.y}C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`;
}

/** What all cards cover. @param {Drawing} drawing */
export function boundsOf(drawing) {
  const drawn = drawnPorts(drawing);
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const node of drawing.nodes) {
    left = Math.min(left, node.x);
    top = Math.min(top, node.y);
    right = Math.max(right, node.x + WIDTH);
    bottom = Math.max(bottom, node.y + heightOf(node, drawn.get(node.id) ?? []));
  }
  return drawing.nodes.length ? { left, top, right, bottom } : { left: 0, top: 0, right: WIDTH, bottom: HEAD };
}

/** A place beside that one where no card stands. @param {Drawing} drawing @param {{x: number, y: number}} at */
export function freePlace(drawing, at) {
  const drawn = drawnPorts(drawing);
  const place = { ...at };
  const covers = (/** @type {FlowNode} */ node) =>
    Math.abs(node.x - place.x) < WIDTH + 20 && place.y < node.y + heightOf(node, drawn.get(node.id) ?? []) + 20 && place.y + 100 > node.y;
  for (let n = 0; n < 200; n += 1) {
    const under = drawing.nodes.find(covers);
    if (!under) break;
    place.y = under.y + heightOf(under, drawn.get(under.id) ?? []) + 30;
  }
  return place;
}

/** @param {Port[]} ports @param {string} id */
export const placeOf = (ports, id) => ports.findIndex((port) => port.id === id);
