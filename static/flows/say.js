/** How types, nodes and ports are called in the page's words. */

import { titleOf } from './drawing.js';
import { number, page } from './page.js';
import { portsOf } from './types.js';

/** @import {FlowNode} from './drawing.js' */
/** @import {Standing} from './live.js' */
/** @import {Port} from './types.js' */

/** @typedef {{name: string, help: string, fields?: Record<string, string>, hints?: Record<string, string>, ports?: Record<string, string>}} TypeWords */

/** @param {string} type @returns {TypeWords|null} */
export const wordsOfType = (type) => (Object.hasOwn(page.words.types, type) ? /** @type {Record<string, TypeWords>} */ (page.words.types)[type] ?? null : null);

/** @param {string} type */
export const nameOfType = (type) => wordsOfType(type)?.name ?? type;

/** @param {FlowNode} node @param {Port} port */
export function portWords(node, port) {
  if (!port.word) return port.text || port.id;
  return wordsOfType(node.type)?.ports?.[port.word] ?? /** @type {Record<string, string>} */ (page.words.ports)[port.word] ?? port.id;
}

/** @param {FlowNode} node @param {string} id */
export function wordOfPort(node, id) {
  const port = portsOf(node, []).find((one) => one.id === id);
  return port ? portWords(node, port) : id;
}

/** What it is, when its name does not say so. @param {FlowNode} node */
export function fullTitle(node) {
  const [title, type] = [titleOf(node), nameOfType(node.type)];
  return title === type ? title : `${title} (${type})`;
}

/** The line below a card's name: what it says, dials or asks. @param {FlowNode} node */
export function gist(node) {
  const { content, type } = node;
  const all = /** @type {Record<string, any>} */ ({ media: content.prompt, menu: content.prompt, voicemail: content.prompt, digits: content.prompt, say: content.text, transfer: content.number, queue: content.queue, http: content.url, callback: content.note, calendar: content.timezone });
  const value = all[type];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** `2 · 0:45`: how many, and how long the longest is there; empty where nobody is. @param {Standing|undefined} standing */
export function standingWords(standing) {
  if (!standing?.now) return '';
  const s = Math.max(0, Math.floor((Date.now() - standing.since) / 1000));
  return page.words.canvas.longest(number(standing.now), `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`);
}
