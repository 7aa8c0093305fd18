/**
 * Frames into state. No DOM and no socket here.
 */

import { TABLES } from './protocol.js';

/** @import {Frame, Snapshot, Changes} from './protocol.js' */
/** @import {State} from './state.js' */

/**
 * What the connection must do next: nothing (`applied`, `repeated`), ask for what it missed
 * (`gap`), or ask for everything (`stranger`: another run of the server, or a frame we cannot read).
 * @typedef {'applied'|'repeated'|'gap'|'stranger'} Applied
 */

/**
 * @param {State} state @param {Frame} frame @param {number} steady when it was read, performance.now()
 * @returns {Applied}
 */
export function applyFrame(state, frame, steady) {
  switch (frame.type) {
    case 'snapshot':
      return applySnapshot(state, frame, steady);
    case 'changes':
      return applyChanges(state, frame, steady);
    case 'pong':
      state.clock.hear(frame.now_ms, steady);
      return 'repeated';
    case 'bye':
      state.connection.reason = String(frame.reason ?? '');
      return 'repeated';
    case 'error':
    case 'directory':
      return 'repeated';
    default:
      return 'stranger';
  }
}

/** @param {State} state @param {Snapshot} frame @param {number} steady @returns {Applied} */
function applySnapshot(state, frame, steady) {
  if (typeof frame.run !== 'string' || !Number.isSafeInteger(frame.seq)) return 'stranger';
  state.run = frame.run;
  state.seq = frame.seq;
  state.clock.offset = null;
  state.clock.hear(frame.now_ms, steady);
  for (const table of TABLES) {
    const rows = state.tables[table];
    rows.clear();
    setRows(rows, frame[table]);
  }
  state.version += 1;
  return 'applied';
}

/** @param {State} state @param {Changes} frame @param {number} steady @returns {Applied} */
function applyChanges(state, frame, steady) {
  if (frame.run !== state.run) return 'stranger';
  if (!Number.isSafeInteger(frame.after) || !Number.isSafeInteger(frame.seq)) return 'stranger';
  state.clock.hear(frame.now_ms, steady);
  if (frame.after > state.seq) return 'gap';
  // A frame that we have wholly seen is a repetition; one that reaches further is news, since rows
  // are whole and setting one twice changes nothing.
  if (frame.seq <= state.seq) return 'repeated';
  for (const table of TABLES) {
    const rows = state.tables[table];
    for (const id of frame.gone?.[table] ?? []) rows.delete(id);
    setRows(rows, frame.set?.[table]);
  }
  state.seq = frame.seq;
  state.version += 1;
  return 'applied';
}

/** @param {Map<string, any>} rows @param {{id: string}[]|undefined} news */
function setRows(rows, news) {
  for (const row of news ?? []) rows.set(row.id, row);
}
