/**
 * Running times: elements that carry a start and are rewritten once a second from the clock.
 *
 * The start stays on its PBX's clock in the element; the offset is looked up at each tick, so a
 * better estimate of it moves every time at once. A time of a PBX whose link is not live stands
 * still at the last instant that was heard from it.
 */

import { onServerClock, spell } from '../clock.js';
import { setAttr, setText } from './dom.js';

/** @import {State} from '../state.js' */
/** @import {Ration} from './ration.js' */

/**
 * The latest instant known of a PBX, on the server's clock: now while its link and ours are live.
 * @param {State} state @param {string} pbx @param {number} steady @returns {number|null}
 */
export function knownUntil(state, pbx, steady) {
  const { connection, clock, tables } = state;
  const now = connection.phase === 'live' ? clock.at(steady) : connection.lostAt;
  if (now === null) return null;
  const row = tables.pbxs.get(pbx);
  if (!row || row.link === 'live' || row.link === 'syncing') return now;
  return Math.min(now, row.last_read_ms ?? row.since_ms);
}

/** @typedef {{state: State, speech: {w: {day: string}}, steady: number}} Moment */

/** The instant of the drawing under way: a time is written as soon as it is set. @type {Moment|null} */
let moment = null;

/** @param {Moment} now */
export function drawnAt(now) {
  moment = now;
}

/**
 * Marks `element` as a time running since `since` on the clock of `pbx`; `until` makes it a
 * countdown instead, and `end` a closed interval.
 * @param {HTMLElement} element @param {string} pbx
 * @param {{since?: number|null, until?: number|null, end?: number|null, bound?: boolean}} times `bound`: it began then or before
 */
export function run(element, pbx, times) {
  if (moment && (times.since ?? times.until ?? null) !== null) setText(element, timeWords(moment, pbx, times));
  setAttr(element, 'data-pbx', pbx);
  setAttr(element, 'data-since', text(times.since));
  setAttr(element, 'data-until', text(times.until));
  setAttr(element, 'data-end', text(times.end));
  setAttr(element, 'data-bound', times.bound ? '' : null);
}

/**
 * One such time in words, now: for who paints it himself.
 * @param {Moment} view @param {string} pbx
 * @param {{since?: number|null, until?: number|null, end?: number|null, bound?: boolean}} times
 */
export function timeWords({ state, speech, steady }, pbx, { since, until, end, bound }) {
  const now = knownUntil(state, pbx, steady);
  if (now === null) return '–';
  const offset = state.tables.pbxs.get(pbx)?.clock_offset_ms ?? 0;
  const at = (/** @type {number} */ ms) => onServerClock(ms, offset);
  if (until !== null && until !== undefined) return spell(at(until) - now, speech.w.day);
  if (since === null || since === undefined) return '–';
  const spelled = spell((end === null || end === undefined ? now : at(end)) - at(since), speech.w.day);
  return bound ? `≥\u00a0${spelled}` : spelled;
}

/** @param {number|null|undefined} ms */
const text = (ms) => (ms === null || ms === undefined ? null : String(ms));

/**
 * Rewrites the times that run, as far as the ration goes, from the first or from where the last frame
 * stopped; gives whether it is done.
 * @param {State} state @param {string} day @param {number} steady @param {Ration} ration @param {boolean} anew
 */
export function tick(state, day, steady, ration, anew) {
  if (anew) elements = document.querySelectorAll('[data-since], [data-until]').values();
  /** @type {Map<string, {until: number|null, offset: number}>} */
  const known = new Map();
  while (ration.take()) {
    const { value: element, done } = elements.next();
    if (done) return true;
    if (!element.isConnected) continue;
    const data = /** @type {HTMLElement} */ (element).dataset;
    if (data.since === undefined && data.until === undefined) continue;
    const pbx = data.pbx ?? '';
    let at = known.get(pbx);
    if (!at) {
      at = { until: knownUntil(state, pbx, steady), offset: state.tables.pbxs.get(pbx)?.clock_offset_ms ?? 0 };
      known.set(pbx, at);
    }
    setText(element, at.until === null ? '–' : spelled(data, at.until, at.offset, day));
  }
  return false;
}

/** What of the page is still to be rewritten in this round. @type {IterableIterator<Element>} */
let elements = [].values();

/** @param {DOMStringMap} data @param {number} now @param {number} offset @param {string} day */
function spelled(data, now, offset, day) {
  if (data.until !== undefined) return spell(onServerClock(Number(data.until), offset) - now, day);
  const end = data.end === undefined ? now : onServerClock(Number(data.end), offset);
  const spelled = spell(end - onServerClock(Number(data.since), offset), day);
  return data.bound === undefined ? spelled : `≥\u00a0${spelled}`;
}
