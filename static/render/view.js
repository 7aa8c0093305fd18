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

/** The element of the page with that id; the page and its scripts belong together. @param {string} id */
export function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element;
}
