/** Controls of one field each, by its kind. What is typed goes into the drawing at each letter, as it is typed. */

import { h } from '../render/dom.js';
import { page } from './page.js';
import { wordsOfType } from './say.js';

/** @import {Field} from './types.js' */

/** @typedef {(string|number)[]} Path */

/**
 * @typedef {object} Around
 * @property {string} type of the node
 * @property {(path: Path, value: any) => void} set letter by letter
 * @property {(path: Path, value: any) => void} choose the panel may look otherwise then
 * @property {(path: Path, rows: any[], row: number) => void} removeRow
 * @property {[string, string][]} flows ids and names
 */

/** @param {Path} path */
export const idOfPath = (path) => `f-${path.join('-')}`;

/** @param {Around} around @param {Field} field */
export function labelOf({ type }, field) {
  return wordsOfType(type)?.fields?.[field.name] ?? /** @type {Record<string, string>} */ (page.words.fields)[field.name] ?? field.name;
}

/** @param {Around} around @param {Field} field */
function hintOf({ type }, field) {
  return wordsOfType(type)?.hints?.[field.name] ?? /** @type {Record<string, string>} */ (page.words.hints)[field.name] ?? '';
}

/** @param {string} label @param {HTMLElement} control @param {string} hint */
function labelled(label, control, hint) {
  const wrap = h('div', 'field');
  const words = h('label', '', label);
  words.htmlFor = control.id;
  wrap.append(words, control);
  if (hint) {
    const told = h('small', 'soft', hint);
    told.id = `${control.id}-hint`;
    control.setAttribute('aria-describedby', told.id);
    wrap.append(told);
  }
  return wrap;
}

/** @param {any} value */
const asText = (value) => (value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));

/** @param {[string, string][]} options @param {string} value */
function select(options, value) {
  const made = h('select');
  const known = options.some(([of]) => of === value);
  for (const [of, words] of known || value === '' ? options : [...options, /** @type {[string, string]} */ ([value, value])]) {
    const option = h('option', '', words);
    option.value = of;
    option.selected = of === value;
    made.append(option);
  }
  return made;
}

/** @param {Field} field @param {string} value */
function wordOf(field, value) {
  const words = /** @type {Record<string, Record<string, string>>} */ (page.words.choices)[field.name];
  return words?.[value] ?? value;
}

/** @param {Field} field @param {any} value @param {Path} path @param {Around} around @returns {HTMLElement} */
export function control(field, value, path, around) {
  const label = labelOf(around, field);
  const id = idOfPath(path);
  const set = (/** @type {any} */ to) => around.set(path, to);
  if (field.kind === 'flag') return flag(label, value === true, id, (to) => around.choose(path, to));
  if (field.kind === 'days') return days(label, Array.isArray(value) ? value : [], (to) => around.set(path, to));
  /** @type {HTMLElement} */
  let made;
  let hint = hintOf(around, field);
  switch (field.kind) {
    case 'choice':
    case 'flow': {
      const options = field.kind === 'flow' ? [/** @type {[string, string]} */ (['', page.words.side.choose]), ...around.flows] : (field.of ?? []).map((of) => /** @type {[string, string]} */ ([of, wordOf(field, of)]));
      const list = select(options, asText(value ?? field.otherwise));
      list.addEventListener('change', () => around.choose(path, list.value));
      made = list;
      break;
    }
    case 'number':
      made = line(asText(value), (text) => set(text.trim() === '' ? undefined : /^\d{1,9}$/.test(text.trim()) ? Number(text.trim()) : text));
      made.setAttribute('inputmode', 'numeric');
      if (field.otherwise !== undefined) made.setAttribute('placeholder', String(field.otherwise));
      hint ||= page.words.side.between(field.least ?? 0, field.most ?? 0);
      break;
    case 'json':
      made = json(value, set);
      break;
    case 'template':
      made = path.length === 1 && field.name !== 'number' && field.name !== 'url' ? area(asText(value), set) : line(asText(value), set);
      if (typeof field.otherwise === 'string') made.setAttribute('placeholder', field.otherwise);
      break;
    case 'date':
    case 'time': {
      const input = line(asText(value).slice(0, field.kind === 'date' ? 10 : 5), set);
      input.type = field.kind;
      made = input;
      break;
    }
    case 'line':
    case 'prompt':
    case 'zone':
    case 'queue':
    case 'variable':
      made = line(asText(value), field.kind === 'variable' && path.includes('all') ? (to) => (to === 'time' ? around.choose(path, to) : set(to)) : set);
      if (field.kind !== 'line') made.setAttribute('list', `known-${field.kind}`);
      break;
    default:
      made = line(asText(value), set);
  }
  made.id = id;
  return labelled(label, made, hint);
}

/** @param {string} value @param {(text: string) => void} set */
function line(value, set) {
  const input = h('input');
  input.value = value;
  input.autocomplete = 'off';
  input.spellcheck = false;
  input.addEventListener('input', () => set(input.value));
  return input;
}

/** @param {string} value @param {(text: string) => void} set */
function area(value, set) {
  const made = h('textarea');
  made.value = value;
  made.rows = 3;
  made.addEventListener('input', () => set(made.value));
  return made;
}

/** What is no JSON (yet) is kept as text. @param {any} value @param {(value: any) => void} set */
function json(value, set) {
  const made = area(value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value, null, 2), (text) => {
    try {
      set(text.trim() === '' ? undefined : JSON.parse(text));
    } catch {
      set(text);
    }
  });
  made.spellcheck = false;
  return made;
}

/** @param {string} label @param {boolean} value @param {string} id @param {(on: boolean) => void} set */
function flag(label, value, id, set) {
  const input = h('input');
  input.type = 'checkbox';
  input.id = id;
  input.checked = value;
  input.addEventListener('change', () => set(input.checked));
  return h('label', 'check', input, h('span', '', label));
}

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** @param {string} label @param {string[]} value @param {(days: string[]) => void} set */
function days(label, value, set) {
  const chosen = new Set(value);
  const boxes = WEEK.map((day) => {
    const input = h('input');
    input.type = 'checkbox';
    input.checked = chosen.has(day);
    input.addEventListener('change', () => {
      if (input.checked) chosen.add(day);
      else chosen.delete(day);
      set(WEEK.filter((one) => chosen.has(one)));
    });
    return h('label', 'day', input, h('span', '', /** @type {Record<string, string>} */ (page.words.days)[day] ?? day));
  });
  return h('fieldset', 'days', h('legend', '', label), ...boxes);
}
