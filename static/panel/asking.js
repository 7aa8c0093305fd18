/**
 * What can be done with legs of the open call, as the server says it: asked when a row that it depends on changes
 * (the call, its agents, the link of its PBX), and otherwise every so often, since it depends on more than this page
 * is shown. One question at a time; none while nobody looks.
 */

import { askPast } from '../past.js';

/** @import {Call} from '../protocol.js' */
/** @import {State} from '../state.js' */

/** @typedef {{verb: string, path: string, ok: boolean, waits_ms?: number, reason?: 'required'|'optional', nodes?: {id: string, name: string}[], error?: string, message?: string}} Possible */

/** What changes often is asked about at most this often, ms. */
const PAUSE_MS = 700;
/** What seems to change nothing is asked about again after this, ms. */
const AGAIN_MS = 2000;

/** Legs of a call, and the rows that what can be done with them depends on. @typedef {{of: string, pbx: string, channels: string[], rows: unknown[]}} Wanted */

/** @type {Wanted|null} */
let wanted = null;
/** @type {{of: string, rows: unknown[], verbs: Map<string, Possible[]>}|null} */
let known = null;
let asking = false;
let askedAt = -Infinity;
/** @type {ReturnType<typeof setTimeout>|undefined} */
let again;
let redraw = () => {};

/** @param {() => void} draw asks for a drawing when there is an answer */
export function listenAsking(draw) {
  redraw = draw;
  document.addEventListener('visibilitychange', () => void look());
}

/**
 * What is known of those channels, by channel; nothing before the first answer. Asks whenever it is due.
 * @param {Call} call @param {string[]} channels @param {State} state @returns {ReadonlyMap<string, Possible[]>}
 */
export function possibleOn(call, channels, state) {
  const { agents, pbxs } = state.tables;
  const pbx = pbxs.get(call.pbx);
  const rows = [call, ...call.legs.map((leg) => leg.agent && agents.get(leg.agent)), pbx?.link, pbx?.epoch, state.connection.phase];
  wanted = { of: channels.join(' '), pbx: call.pbx, channels, rows };
  if (!isKnown(wanted)) void look();
  return known?.of === wanted.of ? known.verbs : new Map();
}

/** Nobody looks any more. */
export function stopAsking() {
  wanted = null;
  known = null;
  clearTimeout(again);
}

/** Something was done: what was known is old. */
export function askAnew() {
  if (known) known.rows = [];
  void look();
}

/** @param {Wanted} now */
const isKnown = (now) => known?.of === now.of && known.rows.length === now.rows.length && known.rows.every((row, n) => row === now.rows[n]);

async function look() {
  if (asking || !wanted || document.visibilityState === 'hidden') return;
  asking = true;
  clearTimeout(again);
  const rest = PAUSE_MS - (performance.now() - askedAt);
  if (rest > 0) await new Promise((done) => setTimeout(done, rest));
  // what is wanted may have changed meanwhile
  if (wanted) await ask(wanted);
  asking = false;
  if (!wanted) return;
  again = setTimeout(() => void look(), AGAIN_MS);
  redraw();
}

/** @param {Wanted} now */
async function ask({ of, pbx, channels, rows }) {
  askedAt = performance.now();
  const answers = await Promise.all(channels.map((channel) => askPast(`api/verbs?${new URLSearchParams({ channel, pbx })}`)));
  const before = known?.of === of ? known.verbs : undefined;
  const verbs = new Map(channels.map((channel, n) => {
    const answer = answers[n];
    // who is not reached has not said that nothing can be done
    if (!answer || ('slug' in answer && answer.slug === 'unreachable')) return [channel, before?.get(channel) ?? []];
    return [channel, 'body' in answer && Array.isArray(answer.body) ? answer.body : []];
  }));
  if (wanted?.of === of) known = { of, rows, verbs };
}
