/** What one drawing is made from, and the fixed elements it goes to. */

/** @import {Speech} from '../i18n.js' */
/** @import {Floor} from '../select.js' */
/** @import {State} from '../state.js' */

/**
 * @typedef {object} View
 * @property {State} state
 * @property {Floor} floor
 * @property {Speech} speech
 * @property {number} now the server's clock, or ours before it is known
 * @property {number} steady performance.now()
 * @property {boolean} manyPbxs rows name their PBX only when there are several
 * @property {string} mark changes when something besides a row itself asks to draw it again
 */

/**
 * Whether a row of that PBX may be shown as what happens now.
 * @param {View} view @param {string} pbx
 */
export function isLive(view, pbx) {
  const link = view.state.tables.pbxs.get(pbx)?.link;
  return view.state.connection.phase === 'live' && (link === 'live' || link === 'syncing');
}

/** A count, or a dash while nothing is known that could be counted. @param {View} view @param {number} n */
export function countWords({ floor, speech }, n) {
  return floor.blank ? speech.w.figures.none : speech.number(n);
}

/**
 * Why a list is empty: nothing is known of these PBXs, or nothing is there, or nothing matches.
 * @param {View} view @param {number} all rows without the filter
 * @param {{none: string, noMatch: string}} words
 */
export function emptyWords({ floor, speech }, all, words) {
  if (all > 0) return words.noMatch;
  return floor.unknown.length > 0 ? speech.w.figures.unknown(floor.unknown.join(', ')) : words.none;
}

/** The element of the page with that id; the page and its scripts belong together. @param {string} id */
export function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element;
}
