/** The links: each PBX with the age of its data and its last comparison, and our own connection. */

import { h, keyed, setAttr, setText, show } from './dom.js';
import { drawMarks } from './marks.js';
import { part } from './view.js';

/** @import {Pbx} from '../protocol.js' */
/** @import {Mark} from './marks.js' */
/** @import {View} from './view.js' */

/** @typedef {Omit<View, 'floor'>} Moment */

/** @param {View} view */
export function renderLinks(view) {
  const { state, speech } = view;
  const pbxs = [...state.tables.pbxs.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  keyed(part('links'), pbxs, (pbx) => pbx.id, makeLink, view);
  const none = part('links-none');
  show(none, pbxs.length === 0 && state.connection.phase === 'live');
  setText(none, speech.w.link.none);
  renderConnection(view);
}

/** What runs without any frame: ages, the next attempt. @param {Moment} view */
export function tickLinks(view) {
  for (const pbx of view.state.tables.pbxs.values()) {
    const element = document.querySelector(`[data-age="${CSS.escape(pbx.id)}"]`);
    if (element) setText(element, stateWords(pbx, view));
  }
  renderConnection(view);
}

/** @param {Moment} view */
function renderConnection({ state, speech, now, steady }) {
  const { connection } = state;
  const w = speech.w.connection;
  const banner = part('banner');
  setAttr(document.body, 'data-connection', connection.phase);
  const lost = connection.phase === 'lost';
  show(banner, lost);
  const since = connection.lostAt === null ? '' : speech.time(connection.lostAt, now);
  const own = part('connection');
  setAttr(own, 'data-phase', connection.phase);
  setText(part('connection-words'), connection.phase === 'live' ? w.live : lost && since ? w.short(since) : w.connecting);
  if (!lost) return;
  const wait = connection.retryAt === null ? 0 : Math.ceil((connection.retryAt - steady) / 1000);
  setText(part('banner-words'), since ? w.lost(since) : w.never);
  const said = connection.reason ? `${w.reasons[connection.reason] ?? connection.reason}. ` : '';
  setText(part('banner-retry'), said + (wait > 0 ? w.retry(wait) : w.retrying));
}

/** @param {Pbx} pbx @param {Moment} view */
function stateWords(pbx, view) {
  const { state, speech, now, steady } = view;
  const w = speech.w.link;
  const { phase, lostAt } = state.connection;
  // Without our own connection nothing about a PBX is known to hold: only when it was so.
  const then = phase === 'live' ? '' : lostAt === null ? '–' : w.was(speech.time(lostAt, now));
  if (pbx.link === 'live') {
    const at = state.clock.at(steady) ?? now;
    return then || w.live(pbx.last_read_ms === null ? '–' : speech.seconds(at - pbx.last_read_ms));
  }
  const words = w[pbx.link](speech.time(pbx.since_ms, now));
  const problem = problemWords(pbx, speech);
  return [problem ? speech.w.because(words, problem) : words, then].filter(Boolean).join(', ');
}

/** Why it is not live, or empty. @param {Pbx} pbx @param {Moment['speech']} speech */
function problemWords(pbx, speech) {
  return speech.said({ slug: pbx.problem_slug, with: pbx.problem_with, text: pbx.problem });
}

/** @param {Pbx} first */
function makeLink(first) {
  const name = h('strong', 'link-name');
  const words = h('span', 'link-state');
  words.dataset.age = first.id;
  const compared = h('span', 'link-compared');
  const marks = h('span', 'marks');
  const version = h('p', 'soft');
  const list = h('ul', 'link-list');
  const summary = h('summary', 'link', h('span', 'dot'), name, words, marks, compared);
  const element = h('details', 'link-card', summary, h('div', 'link-more', version, list));
  return {
    element,
    update: (/** @type {Pbx} */ pbx, /** @type {View} */ view) => {
      const w = view.speech.w.link;
      setText(name, pbx.id);
      setText(words, stateWords(pbx, view));
      setText(compared, comparedWords(pbx, view));
      setAttr(element, 'data-phase', view.state.connection.phase === 'live' ? pbx.link : 'down');
      setAttr(element, 'data-differed', pbx.comparison && pbx.comparison.differences > 0 ? '' : null);
      /** @type {Mark[]} */
      const shown = [];
      if (pbx.suspect) shown.push({ key: 'suspect', icon: 'doubt', tone: 'doubt', text: w.suspect, title: w.suspectHint });
      if (pbx.plain_text) shown.push({ key: 'plain', icon: 'lock', tone: 'trouble', text: w.plain, title: w.plainHint });
      drawMarks(marks, shown);
      setText(version, pbx.version);
      keyed(list, moreLines(pbx, view), (line) => line, makeLine, null);
    },
  };
}

/** @param {Pbx} pbx @param {View} view */
function comparedWords(pbx, { speech, now }) {
  const c = pbx.comparison;
  if (pbx.known_since_ms === null) return speech.w.link.neverSeen;
  if (!c) return speech.w.link.neverCompared;
  const at = speech.time(c.at_ms, now);
  const refused = pbx.unknown.filter((said) => said.slug === 'may_not_ask').map((said) => said.with[0] ?? '');
  if (c.channels === null && c.queue_entries === null && c.devices === null) return speech.w.link.nothingCompared(refused.join(', '), at);
  const differences = speech.counted('differences', c.differences);
  if (c.channels !== null) return speech.w.link.compared(speech.counted('channels', c.channels), differences, at);
  // after a reload only the rest is compared; with a right missing the channels never are
  const words = speech.w.link.compared(speech.counted('others', (c.queue_entries ?? 0) + (c.devices ?? 0)), differences, at);
  return refused.includes('CoreShowChannels') ? speech.w.link.withoutChannels(words) : words;
}

/** @param {Pbx} pbx @param {View} view @returns {string[]} */
function moreLines(pbx, { speech }) {
  const w = speech.w.link;
  const lines = [];
  if (pbx.problem) lines.push(problemWords(pbx, speech));
  const c = pbx.comparison;
  if (c) {
    const parts = [];
    if (c.queue_entries !== null) parts.push(speech.counted('queueEntries', c.queue_entries));
    if (c.devices !== null) parts.push(speech.counted('devices', c.devices));
    if (parts.length) lines.push([...parts, w.took(speech.seconds(c.took_ms))].join(', '));
    if (c.examples.length) lines.push(w.examples, ...c.examples.map((said) => speech.said(said)));
  }
  if (pbx.unknown.length) lines.push(w.unknown, ...pbx.unknown.map((said) => speech.said(said)));
  return [...new Set(lines)];
}

/** @param {string} line */
function makeLine(line) {
  return { element: h('li', '', line), update: () => {} };
}

