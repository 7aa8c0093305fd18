/** What is pressed in the editor, and what it does. */

import { listenCanvas } from './canvas.js';
import { part } from './page.js';

/** @import {Point} from './canvas.js' */
/** @import {Tab} from './edit.js' */

/**
 * @typedef {object} Verbs
 * @property {() => boolean} isOpen
 * @property {() => boolean} isUnsaved
 * @property {() => Tab} tab
 * @property {(tab: Tab) => void} showTab
 * @property {(id: string|null, focus?: boolean) => void} choose
 * @property {(from: string, port: string) => void} selectLine
 * @property {() => void} removeLine
 * @property {(id: string, x: number, y: number, key: string) => void} move
 * @property {(from: string, port: string, to: string) => void} connect
 * @property {(from: string, port: string, at: Point) => void} drop
 * @property {(id: string) => void} remove
 * @property {(name: string) => void} rename
 * @property {(way: 'undo'|'redo') => void} step
 * @property {() => void} save
 * @property {() => void} publish
 * @property {() => void} arrange
 * @property {() => void} redraw
 * @property {() => void} keep
 * @property {() => void} lookAgain
 * @property {() => void} leave
 */

const FOCUS = { fields: '#side input, #side select, #side textarea', exits: '#side .side-exits select', palette: '#palette button' };
/** @type {Tab[]} */
export const TABS = ['node', 'faults', 'try', 'versions'];

/** Listens; once. @param {Verbs} verbs */
export function wire(verbs) {
  listenCanvas({
    select: (id) => verbs.choose(id),
    selectLine: verbs.selectLine, removeLine: verbs.removeLine, move: verbs.move, connect: verbs.connect, drop: verbs.drop, remove: verbs.remove,
    goTo(what) {
      if (what !== 'palette') verbs.showTab('node');
      requestAnimationFrame(() => /** @type {HTMLElement|null} */ (document.querySelector(FOCUS[what]))?.focus());
    },
  });
  for (const [id, act] of /** @type {[string, () => void][]} */ ([
    ['leave', verbs.leave], ['undo', () => verbs.step('undo')], ['redo', () => verbs.step('redo')], ['save', verbs.save], ['publish', verbs.publish], ['arrange', verbs.arrange],
  ])) part(id).addEventListener('click', act);
  const name = /** @type {HTMLInputElement} */ (part('flow-name'));
  name.addEventListener('input', () => verbs.rename(name.value));
  part('outline-search').addEventListener('input', verbs.redraw);
  for (const tab of TABS) part(`side-${tab}`).addEventListener('click', () => verbs.showTab(tab));
  part('side-tabs').addEventListener('keydown', (event) => {
    const way = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (!way || !verbs.isOpen()) return;
    const next = /** @type {Tab} */ (TABS[(TABS.indexOf(verbs.tab()) + way + TABS.length) % TABS.length]);
    verbs.showTab(next);
    part(`side-${next}`).focus();
  });
  addEventListener('keydown', (event) => pressed(event, verbs));
  addEventListener('pagehide', verbs.keep);
  addEventListener('focus', verbs.lookAgain);
  document.addEventListener('visibilitychange', verbs.lookAgain);
}

/** @param {KeyboardEvent} event @param {Verbs} verbs */
function pressed(event, verbs) {
  if (!verbs.isOpen() || !(event.ctrlKey || event.metaKey) || /** @type {HTMLDialogElement} */ (part('dialog')).open) return;
  const key = event.key.toLowerCase();
  const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
  if (key === 's') {
    if (verbs.isUnsaved()) verbs.save();
  } else if (typing) return; // there it undoes letters
  else if (key === 'z' && !event.shiftKey) verbs.step('undo');
  else if (key === 'y' || (key === 'z' && event.shiftKey)) verbs.step('redo');
  else return;
  event.preventDefault();
}
