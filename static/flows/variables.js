/** What a call knows while it walks, texts with variables in them, and tests of both. As the server reads them. */

import { openAt } from './opening.js';

/** @typedef {Map<string, string>} Variables */

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const NAME = /^[a-z][a-z0-9_]{0,39}$/;
/** Bytes of one value; here letters, which is near enough to try a flow. */
const LONGEST = 500;

/** Control characters become blanks, what is too long is cut. @param {Variables} variables @param {string} name @param {string} value */
export function keep(variables, name, value) {
  variables.set(name, value.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ').slice(0, LONGEST));
}

/** `Hello {name}`; `{{` and `}}` are braces. What cannot be read stays as it is written. @param {any} text @param {Variables} variables */
export function filled(text, variables) {
  return String(text ?? '').replace(/\{\{|\}\}|\{([^{}]*)\}/g, (whole, /** @type {string|undefined} */ name) => {
    if (whole === '{{' || whole === '}}') return whole.charAt(0);
    return name !== undefined && NAME.test(name) ? (variables.get(name) ?? '') : whole;
  });
}

/** Spellings of a number: near enough to what the server's plan makes of it. @param {string} number @returns {string[]} */
function spellings(number) {
  const bare = number.replace(/[ ().-]/g, '');
  const international = /^0[1-9]\d{8}$/.test(bare) ? `33${bare.slice(1)}` : bare.replace(/^(?:\+|00)/, '');
  const national = /^33[1-9]\d{8}$/.test(international) ? [`0${international.slice(2)}`] : [];
  return [bare, international, `+${international}`, `00${international}`, ...national];
}

/** @param {string} pattern @param {string} value */
function matches(pattern, value) {
  const signs = { X: /\d/, Z: /[1-9]/, N: /[2-9]/ };
  for (const [n, sign] of [...pattern].entries()) {
    const letter = value.charAt(n);
    if (letter === '') return false;
    if (sign === '.') return true;
    const fits = sign in signs ? signs[/** @type {'X'} */ (sign)].test(letter) : sign === letter;
    if (!fits) return false;
  }
  return value.length === pattern.length;
}

/** @param {string} a @param {string} b @param {(a: number, b: number) => boolean} so */
function asNumbers(a, b, so) {
  const both = [a, b].map((text) => (text.trim() === '' ? NaN : Number(text)));
  return both.every((n) => !Number.isNaN(n)) && so(/** @type {number} */ (both[0]), /** @type {number} */ (both[1]));
}

/** @param {any} test @param {Variables} variables @param {number} now */
function holdsOne(test, variables, now) {
  if (test.of === 'time') {
    const days = Array.isArray(test.days) && test.days.length ? test.days : WEEK;
    const event = { id: 'now', isRecurring: true, allDay: !test.from, days, startTime: test.from, endTime: test.until };
    return openAt({ timezone: test.timezone || 'UTC', events: [event] }, now) !== null;
  }
  const value = variables.get(String(test.of ?? '')) ?? '';
  const other = filled(test.value, variables);
  switch (test.is) {
    case 'equals': return value === other;
    case 'not_equals': return value !== other;
    case 'starts_with': return value.startsWith(other);
    case 'contains': return value.includes(other);
    case 'empty': return value === '';
    case 'filled': return value !== '';
    case 'less': return asNumbers(value, other, (a, b) => a < b);
    case 'greater': return asNumbers(value, other, (a, b) => a > b);
    case 'pattern': return matches(String(test.value ?? ''), value);
    case 'prefix': return value !== '' && spellings(value).some((one) => one.startsWith(other.replace(/[ ().-]/g, '')));
    default: return false;
  }
}

/** The port of the first case of which all tests hold. @param {any} content @param {Variables} variables @param {number} now @returns {string|null} */
export function caseOf(content, variables, now) {
  const cases = Array.isArray(content.cases) ? content.cases : [];
  const holds = cases.find((/** @type {any} */ one) => (Array.isArray(one.all) ? one.all : []).every((/** @type {any} */ test) => holdsOne(test, variables, now)));
  return holds ? String(holds.portId) : null;
}
