/**
 * The views of the page: what stands below the header. Which one is in the address (`?view=wall`), beside
 * the filter, so that a reload or a colleague opens the same.
 *
 * A new view is one more row here, and elements in `index.html` whose `data-in` names it.
 */

import { floorPage } from './render/floor.js';
import { agentPage } from './render/own.js';
import { wallPage } from './wall/wall.js';

/** @import {View} from './render/view.js' */
/** @import {Ration} from './render/ration.js' */

/**
 * @typedef {object} Page
 * @property {string} name in the address
 * @property {string} key that opens it, and again leaves it; empty for none
 * @property {(view: View, ration: Ration) => void} draw what changed, as far as the ration goes
 * @property {() => void} [open] it came into view
 * @property {() => void} [close] it went out of view: timers and canvases are let go
 */

/** The first one is shown when the address names none. @type {Page[]} */
export const PAGES = [floorPage, wallPage, agentPage];

/** The page that an address names. @param {string} search of the address, with its `?` */
export function pageOf(search) {
  const name = new URLSearchParams(search).get('view');
  return PAGES.find((page) => page.name === name) ?? first();
}

/** The page that is there without a name. */
export function first() {
  return /** @type {Page} */ (PAGES[0]);
}

/** The address of a page, before its `#`; other parameters stay. @param {Page} page @param {string} search */
export function searchOf(page, search) {
  const at = new URLSearchParams(search);
  if (page === first()) at.delete('view');
  else at.set('view', page.name);
  const text = at.toString();
  return text ? `?${text}` : '';
}
