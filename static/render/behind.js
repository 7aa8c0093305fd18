/** Behind a number its formula and its calls; behind an agent's name his day. */

import { KIN } from '../report.js';
import { h, setAttr } from './dom.js';
import { barOf, figureWords, lasting, sides, stateWords, toneOf, withUnknown } from './report-words.js';

/** @import {AgentDay, Behind, Figures, Part} from '../report.js' */
/** @import {Speech} from '../i18n.js' */

/** Shorter intervals are not listed. */
const BLINK_MS = 500;

/**
 * @param {string} whose @param {string} name @param {Behind} behind @param {Figures} others of the same row @param {Speech} s
 * @returns {Node[]}
 */
export function drawBehind(whose, name, behind, others, s) {
  const w = s.w.report;
  const words = w.figures[name] ?? { name, formula: behind.definition.formula, over: behind.definition.numerator, under: behind.definition.denominator };
  const { figure, definition } = behind;
  const value = h('p', 'report-value', figureWords(name, figure, s));
  /** @type {Node[]} */
  const nodes = [
    h('h3', '', `${whose}: ${words.name}`),
    value,
    h('p', '', words.formula),
    ...(figure.denominator === null ? [] : [fraction(words.over, words.under), h('p', 'soft', sides(name, figure, s))]),
    h('p', 'soft', `${w.families[/** @type {keyof typeof w.families} */ (definition.family)] ?? definition.family}, ${w.version(figure.version)}`),
  ];
  const kin = (KIN[name] ?? []).filter((other) => others[other]);
  if (kin.length) {
    const list = kin.map((other) => kinOf(other, others, s));
    nodes.push(h('h4', '', w.kin), h('ul', 'report-kin', ...list));
  }
  const heading = behind.has_next ? `${w.calls} (${w.more(s.number(behind.total))})` : w.calls;
  nodes.push(h('h4', '', heading));
  if (name === 'occupancy') nodes.push(h('p', 'soft', w.timeOnly));
  else if (behind.calls.length === 0) nodes.push(h('p', 'soft', w.noCalls));
  else nodes.push(table(behind, figure.denominator !== null, s));
  return nodes;
}

/** @param {string} over @param {string} under */
function fraction(over, under) {
  return h('p', 'report-fraction', h('span', 'report-over', over), h('span', 'report-under', under));
}

/** @param {string} name @param {Figures} others @param {Speech} s */
function kinOf(name, others, s) {
  const w = s.w.report;
  const family = ['genesys', 'wazo', 'twilio', 'amazon', 'asterisk'].find((one) => name.startsWith(one)) ?? 'vigie';
  const button = h('button', 'report-figure', figureWords(name, /** @type {Figures[string]} */ (others[name]), s));
  button.type = 'button';
  button.dataset.kin = name;
  const words = w.figures[name];
  setAttr(button, 'title', words?.formula ?? null);
  return h('li', '', h('span', '', `${w.families[/** @type {keyof typeof w.families} */ (family)]}: ${words?.name ?? name}`), ' ', button);
}

/** @param {Behind} behind @param {boolean} both @param {Speech} s */
function table(behind, both, s) {
  const w = s.w.report;
  const titles = [w.when, w.who, w.waited, w.how, ...(both ? [w.counts] : [])].map((text) => Object.assign(h('th', '', text), { scope: 'col' }));
  const rows = behind.calls.map((part) => {
    const call = part.call === null ? h('span', '', part.agent ?? '–') : h('button', 'report-call', part.call.split('~').at(-1) ?? part.call);
    if (call instanceof HTMLButtonElement) {
      call.type = 'button';
      call.dataset.past = part.call ?? '';
    }
    const cells = [s.time(part.arrived_ms, Date.now()), call, part.waited_ms === null ? '–' : s.seconds(part.waited_ms), how(part, s)];
    return h('tr', '', ...cells.map((cell) => h('td', '', cell)), ...(both ? [h('td', '', counts(part, w))] : []));
  });
  return h('table', 'report-calls', h('thead', '', h('tr', '', ...titles)), h('tbody', '', ...rows));
}

/** @param {Part} part @param {Speech} s */
function how(part, s) {
  const w = s.w.report;
  if (part.kind === 'wrap_up') return w.wrapUp;
  const agent = part.agent ? ` · ${part.agent}` : '';
  if (part.kind === 'leg') return `${w.leg}${agent} · ${lasting(part.ended_ms - part.arrived_ms, s)}`;
  const outcome = s.w.outcome[/** @type {keyof typeof s.w.outcome} */ (part.outcome ?? 'other')];
  return `${outcome}${agent}`;
}

/** @param {Part} part @param {Speech['w']['report']} w */
function counts(part, w) {
  if (part.numerator && part.denominator) return w.both;
  return part.numerator ? w.above : w.below;
}

/** @param {string} who @param {AgentDay} day @param {Speech} s @returns {Node[]} */
export function drawDay(who, day, s) {
  const w = s.w.report;
  const clock = (/** @type {number} */ ms) => s.time(ms, Date.now());
  const whole = day.asked.to_ms - day.asked.from_ms;
  const states = withUnknown(day.states, day.unknown_ms).map((one) => {
    const words = h('td', 'report-state', stateWords(one.state, one.reason, s));
    words.dataset.tone = toneOf(one.state);
    if (one.state === 'unknown') setAttr(words, 'title', w.unknownHint);
    const percent = whole > 0 ? `${s.number(Math.round((one.ms / whole) * 1000) / 10)}\u00a0%` : '–';
    return h('tr', '', words, h('td', 'number', lasting(one.ms, s)), h('td', 'number', percent));
  });
  const sessions = day.sessions.map((one) => h('li', '', w.until(clock(one.from_ms), one.open ? w.still : clock(one.to_ms))));
  // what lasts no longer than a blink (a leg alone until its own hangup) is in the sums only
  const intervals = day.intervals.filter((one) => one.to_ms - one.from_ms >= BLINK_MS).map((one) => {
    const words = h('span', 'report-state', stateWords(one.state, one.reason, s));
    words.dataset.tone = toneOf(one.state);
    const queue = one.queue ? ` · ${one.queue}` : '';
    return h('li', '', h('time', 'past-at', clock(one.from_ms)), ' ', words, `${queue} `, h('span', 'soft', lasting(one.to_ms - one.from_ms, s)));
  });
  return [
    h('h3', '', w.statesOf(who)),
    barOf(day.states, day.unknown_ms, s),
    h('table', 'report-calls', h('tbody', '', ...states)),
    ...(sessions.length ? [h('h4', '', w.sessions), h('ul', 'past-sums', ...sessions)] : []),
    ...(intervals.length ? [h('h4', '', w.intervals), h('ol', 'past-facts report-intervals', ...intervals)] : []),
  ];
}
