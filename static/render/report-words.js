/** How figures and times in states are written. */

import { spell } from '../clock.js';
import { h, setAttr } from './dom.js';

/** @import {Figure, StateTime} from '../report.js' */
/** @import {Speech} from '../i18n.js' */

/** Means and sums in ms. */
const IN_MS = new Set(['asa', 'abandon_wait', 'aht', 'talk', 'hold', 'wrap_up']);
const SUMS = new Set(['total_talk', 'total_hold', 'total_consult', 'total_wrap_up']);

/** @param {number} ms @param {Speech} s */
const lasting = (ms, s) => (ms < 60000 ? s.seconds(ms) : spell(ms, s.w.day));

/** A figure in short: `85 %`, `12 s`, `4:05`, a count, or a dash. @param {string} name @param {Figure} figure @param {Speech} s */
export function figureWords(name, figure, s) {
  if (figure.value === null) return s.w.figures.none;
  if (IN_MS.has(name) || SUMS.has(name)) return lasting(figure.value, s);
  if (figure.denominator !== null) return `${s.number(Math.round(figure.value * 1000) / 10)}\u00a0%`;
  return s.number(figure.value);
}

/** Both sides: `17 of 20`. @param {string} name @param {Figure} figure @param {Speech} s */
export function sides(name, figure, s) {
  const inMs = IN_MS.has(name) || name === 'occupancy';
  const over = inMs || SUMS.has(name) ? lasting(figure.numerator, s) : s.number(figure.numerator);
  if (figure.denominator === null) return over;
  return s.w.report.share(over, name === 'occupancy' ? lasting(figure.denominator, s) : s.number(figure.denominator));
}

/** A figure with its name and its sides, for who hears or hovers it. @param {string} name @param {Figure} figure @param {Speech} s */
export function spoken(name, figure, s) {
  const words = s.w.report.figures[name];
  const value = figureWords(name, figure, s);
  const what = words ? `${words.name}: ${words.formula}` : name;
  return figure.denominator === null ? what : `${what}. ${value} (${sides(name, figure, s)})`;
}

/** The tone of a state: the floor's colours. @type {Record<string, string>} */
const TONES = {
  available: 'free', partly_paused: 'paused', paused: 'paused', logged_out: 'away', wrap_up: 'wrap_up', ringing: 'ringing',
  on_call: 'talking', on_hold: 'talking', consulting: 'talking', three_way: 'talking', dialing: 'talking', dead_call: 'trouble',
  not_responding: 'trouble', unreachable: 'trouble', unknown: 'unknown',
};
export const toneOf = (/** @type {string} */ state) => TONES[state] ?? 'away';

/** @param {string} state @param {string|null} reason @param {Speech} s */
export function stateWords(state, reason, s) {
  if (state === 'unknown') return s.w.report.unknown;
  const w = /** @type {Record<string, string>} */ ({ ...s.w.availability, ...s.w.activity });
  const word = w[state] ?? state;
  return reason ? `${word}: ${reason}` : word;
}

/** @param {StateTime[]} states @param {number} unknown */
export function withUnknown(states, unknown) {
  // what is less than a second is the edge of a second
  return unknown < 1000 ? states : [...states, { state: 'unknown', reason: null, ms: unknown }];
}

/** Time in known states as one bar; each part says what and how long, the last words what is unknown. @param {StateTime[]} states @param {number} unknown @param {Speech} s */
export function barOf(states, unknown, s) {
  const all = states.filter((one) => one.ms > 0);
  const sum = all.reduce((ms, one) => ms + one.ms, 0);
  const parts = all.map((one) => {
    const words = `${stateWords(one.state, one.reason, s)} ${lasting(one.ms, s)}`;
    const element = h('span', 'report-part');
    element.dataset.tone = toneOf(one.state);
    element.style.setProperty('flex-grow', String(one.ms / sum));
    setAttr(element, 'title', words);
    return { element, words };
  });
  const bar = h('div', 'report-bar', ...parts.map((one) => one.element));
  bar.setAttribute('role', 'img');
  const rest = unknown < 1000 ? [] : [`${s.w.report.unknown} ${lasting(unknown, s)}`];
  setAttr(bar, 'aria-label', [...parts.map((one) => one.words), ...rest].join(', '));
  return bar;
}

export { lasting };
