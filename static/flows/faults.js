/** What the server says is wrong with a drawing, in the page's words. */

import { h } from '../render/dom.js';
import { nodeOf, titleOf } from './drawing.js';
import { button, page } from './page.js';
import { wordOfPort } from './say.js';

/** @import {Drawing} from './drawing.js' */

/** @typedef {{gravity: 'warning'|'flaw'|'broken', node: string|null, slug: string, words: string}} Fault */

/** @param {Fault} fault @param {Drawing} drawing */
export function wordsOfFault(fault, drawing) {
  const before = fault.gravity === 'warning' ? page.words.faults.warning : '';
  return before + plainWords(fault, drawing);
}

/** Those that keep it from being published. @param {readonly Fault[]} faults */
export const inTheWay = (faults) => faults.filter((fault) => fault.gravity !== 'warning');

/** @param {Fault} fault */
export const toneOf = ({ gravity }) => (gravity === 'broken' ? 'trouble' : gravity === 'flaw' ? 'waiting' : 'quiet');

/** @param {Fault} fault @param {Drawing} drawing */
function plainWords(fault, drawing) {
  const say = /** @type {Record<string, (text: string) => string>} */ (page.words.faults.slugs)[fault.slug];
  if (!say) return fault.words;
  const sound = /^nothing is known to play for (.+)$/.exec(fault.words)?.[1];
  if (sound) return say(sound);
  const port = /^port (.+?) leads/.exec(fault.words)?.[1];
  const node = drawing.nodes.find((one) => one.id === fault.node);
  return say(port !== undefined && node ? wordOfPort(node, port) : fault.words);
}

/** @type {WeakMap<readonly Fault[], Map<string, Fault[]>>} */
const sorted = new WeakMap();

/** The same lists for the same faults. @param {readonly Fault[]} faults @returns {Map<string, Fault[]>} */
export function faultsByNode(faults) {
  const known = sorted.get(faults);
  if (known) return known;
  /** @type {Map<string, Fault[]>} */
  const by = new Map();
  sorted.set(faults, by);
  for (const fault of faults) if (fault.node !== null) by.set(fault.node, [...(by.get(fault.node) ?? []), fault]);
  return by;
}

/** What the server could not even store: which node it is about. @param {string} where @param {string} words @param {Drawing} drawing @returns {Fault} */
export function unkept(where, words, drawing) {
  const n = /^nodes\[(\d+)]/.exec(where)?.[1];
  const node = n === undefined ? undefined : drawing.nodes[Number(n)];
  return { gravity: 'broken', node: node?.id ?? null, slug: 'unkept', words };
}

/** All of them, each with its node. @param {readonly Fault[]} faults @param {Drawing} drawing @param {(id: string) => void} choose @returns {HTMLElement[]} */
export function faultsPanel(faults, drawing, choose) {
  const { faults: w } = page.words;
  if (!faults.length) return [h('p', 'soft', w.none)];
  const rows = faults.map((fault) => {
    const node = nodeOf(drawing, fault.node);
    const words = ` ${wordsOfFault(fault, drawing)}`;
    const one = node ? h('li', '', button(titleOf(node), () => choose(node.id)), words) : h('li', '', h('strong', '', w.whole), words);
    one.dataset.tone = toneOf(fault);
    return one;
  });
  return [h('p', 'soft', inTheWay(faults).length ? w.explain : w.onlyWarnings), h('ul', 'side-faults', ...rows)];
}
