/** What the server says is wrong with a drawing, in the page's words. */

import { page } from './page.js';
import { wordOfPort } from './say.js';

/** @import {Drawing} from './drawing.js' */

/** @typedef {{gravity: 'flaw'|'broken', node: string|null, slug: string, words: string}} Fault */

/** @param {Fault} fault @param {Drawing} drawing */
export function wordsOfFault(fault, drawing) {
  const say = /** @type {Record<string, (text: string) => string>} */ (page.words.faults.slugs)[fault.slug];
  if (!say) return fault.words;
  const port = /^port (.+?) leads/.exec(fault.words)?.[1];
  const node = drawing.nodes.find((one) => one.id === fault.node);
  return say(port !== undefined && node ? wordOfPort(node, port) : fault.words);
}

/** @param {readonly Fault[]} faults @returns {Map<string, Fault[]>} */
export function faultsByNode(faults) {
  /** @type {Map<string, Fault[]>} */
  const by = new Map();
  for (const fault of faults) if (fault.node !== null) by.set(fault.node, [...(by.get(fault.node) ?? []), fault]);
  return by;
}
