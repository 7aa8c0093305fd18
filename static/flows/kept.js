/** What is drawn and not saved yet, kept in this browser: a page that is closed or breaks loses nothing. */

import { readDrawing } from './drawing.js';

/** @import {Drawing} from './drawing.js' */

/** `base`: the `updatedAt` of what was changed. @typedef {{base: string, drawing: Drawing}} Kept */

/** @param {string} id */
const key = (id) => `vigie.flow.${id}`;

/** @param {string} id @param {string} base @param {Drawing} drawing @returns {boolean} whether it is kept */
export function keepCopy(id, base, drawing) {
  try {
    localStorage.setItem(key(id), JSON.stringify({ base, drawing }));
    return true;
  } catch {
    return false;
  }
}

/** @param {string} id @returns {Kept|null} */
export function keptCopy(id) {
  try {
    const kept = JSON.parse(localStorage.getItem(key(id)) ?? 'null');
    return kept && typeof kept.base === 'string' ? { base: kept.base, drawing: readDrawing(kept.drawing) } : null;
  } catch {
    return null;
  }
}

/** @param {string} id */
export function dropCopy(id) {
  try {
    localStorage.removeItem(key(id));
  } catch {
    // without a store nothing was kept
  }
}

/** Whether two drawings say the same, whatever the order of their fields. @param {Drawing} a @param {Drawing} b */
export const isSameDrawing = (a, b) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

/** @param {any} value @returns {any} */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
}
