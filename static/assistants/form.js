/** The form of one assistant: what is typed, as the server takes it. Nothing here asks anybody. */

import { h } from '../render/dom.js';

/** @import {Words} from './words-en.js' */

/** @typedef {Record<string, any>} Assistant */
/** @typedef {{mouths: string[], ears: string[], minds: string[], withVoices: string[], tools: string[]}} Engines */
/** @typedef {'text'|'long'|'lines'|'number'|'flag'|'language'|'whenClosed'|'mouth'|'ears'|'mind'|'tools'|'places'|'hours'} Kind */

/** Fields by their group, in order. @type {[keyof Words['groups'], [string, Kind][]][]} */
export const FIELDS = [
  ['who', [['name', 'text'], ['language', 'language'], ['prompt', 'long']]],
  ['says', [['greeting', 'text'], ['reminder', 'text'], ['fillers', 'lines'], ['sorry', 'text'], ['handingOver', 'text'], ['goodbye', 'text']]],
  ['thinks', [['mouth', 'mouth'], ['voice', 'text'], ['ears', 'ears'], ['mind', 'mind'], ['tools', 'tools'], ['tags', 'lines']]],
  ['limits', [['silenceS', 'number'], ['longestS', 'number'], ['mostAtOnce', 'number'], ['humanKey', 'text'], ['humanWords', 'lines'], ['angerWords', 'lines'], ['takesUnknown', 'flag']]],
  ['hours', [['timezone', 'text'], ['hours', 'hours'], ['holidays', 'lines'], ['closedWords', 'text'], ['whenClosed', 'whenClosed']]],
  ['ends', [['fallback', 'text'], ['places', 'places'], ['records', 'flag'], ['retentionDays', 'number']]],
];

/** @param {string} text */
const lines = (text) => text.split('\n').map((line) => line.trim()).filter((line) => line !== '');

/** `mon,tue 09:00-18:00`. @param {string} line */
function hoursOf(line) {
  const [days = '', times = ''] = line.split(/\s+/);
  const [from = '', until = ''] = times.split('-');
  return { days: days.split(','), from, until };
}

/** As it is shown in a field. @param {Kind} kind @param {any} value @returns {string} */
export function text(kind, value) {
  if (value === null || value === undefined) return '';
  if (kind === 'lines') return value.join('\n');
  if (kind === 'hours') return value.map((/** @type {{days: string[], from: string, until: string}} */ row) => `${row.days.join(',')} ${row.from}-${row.until}`).join('\n');
  if (kind === 'places') return Object.entries(value).map(([name, place]) => `${name} = ${place}`).join('\n');
  return String(value);
}

/** What was typed there, as the server takes it. @param {Kind} kind @param {string} typed @returns {any} */
export function value(kind, typed) {
  if (kind === 'lines') return lines(typed);
  if (kind === 'hours') return lines(typed).map(hoursOf);
  if (kind === 'places') {
    return Object.fromEntries(lines(typed).map((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }));
  }
  if (kind === 'number') return typed.trim() === '' ? 0 : Number(typed);
  return typed;
}

/** @param {string} name @param {[string, string][]} options @param {string} chosen */
function choice(name, options, chosen) {
  const select = h('select');
  select.name = name;
  // what is stored and not offered any more stays readable
  if (!options.some(([value]) => value === chosen)) options.push([chosen, chosen]);
  for (const [value, words] of options) {
    const option = h('option', '', words);
    option.value = value;
    option.selected = value === chosen;
    select.append(option);
  }
  return select;
}

/** @param {string} name @param {Kind} kind @param {Words} words @param {Engines} engines @param {Assistant} of */
function control(name, kind, words, engines, of) {
  const now = of[name];
  /** @param {string[]} names @param {boolean} mayBeNobody @returns {[string, string][]} */
  const engine = (names, mayBeNobody) => [['', words.byItself], ...names.map((one) => /** @type {[string, string]} */ ([one, one])), ...(mayBeNobody ? [/** @type {[string, string]} */ (['none', words.nobody])] : [])];
  if (kind === 'language') return choice(name, Object.entries(words.languages), now);
  if (kind === 'whenClosed') return choice(name, Object.entries(words.whenClosed), now);
  if (kind === 'mouth') return choice(name, engine(engines.mouths, false), now ?? '');
  if (kind === 'ears') return choice(name, engine(engines.ears, true), now ?? '');
  if (kind === 'mind') return choice(name, engine(engines.minds, true), now ?? '');
  if (kind === 'lines' || kind === 'long' || kind === 'hours' || kind === 'places') {
    const area = h('textarea');
    area.rows = kind === 'long' ? 8 : 3;
    area.name = name;
    area.value = text(kind, now);
    if (kind === 'lines') area.placeholder = words.lineHint;
    return area;
  }
  const input = h('input');
  input.name = name;
  input.autocomplete = 'off';
  if (kind === 'flag') {
    input.type = 'checkbox';
    input.checked = now === true;
    return input;
  }
  if (kind === 'number') input.type = 'number';
  input.value = text(kind, now);
  if (['greeting', 'reminder', 'sorry', 'handingOver', 'goodbye', 'closedWords'].includes(name)) input.placeholder = words.usual;
  return input;
}

/** @param {Words} words @param {Engines} engines @param {Assistant} of @param {boolean} mayChange */
export function formOf(words, engines, of, mayChange) {
  const groups = FIELDS.map(([group, fields]) => {
    const part = h('fieldset', '', h('legend', '', words.groups[group]));
    part.disabled = !mayChange;
    for (const [name, kind] of fields) {
      if (kind === 'tools') {
        part.append(h('span', '', words.fields[name] ?? name));
        for (const tool of engines.tools) {
          const box = h('input');
          Object.assign(box, { type: 'checkbox', name: 'tools', value: tool, checked: of.tools.includes(tool) });
          part.append(h('label', 'inline', box, h('span', '', words.tools[tool] ?? tool)));
        }
        continue;
      }
      const made = control(name, kind, words, engines, of);
      part.append(h('label', kind === 'flag' ? 'inline' : '', ...(kind === 'flag' ? [made, h('span', '', words.fields[name] ?? name)] : [h('span', '', words.fields[name] ?? name), made])));
    }
    return part;
  });
  const form = h('form', 'assistant-form', ...groups);
  form.noValidate = true;
  return form;
}

/** All that was typed. @param {HTMLFormElement} form @returns {Record<string, any>} */
export function typed(form) {
  const all = FIELDS.flatMap(([, fields]) => fields).map(([name, kind]) => {
    if (kind === 'tools') return [name, [...form.querySelectorAll('input[name=tools]')].filter((box) => /** @type {HTMLInputElement} */ (box).checked).map((box) => /** @type {HTMLInputElement} */ (box).value)];
    const at = /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
    return [name, kind === 'flag' ? at.checked : value(kind, at.value)];
  });
  return Object.fromEntries(all);
}

/** What differs between two forms: field, there, here. @param {Assistant} there @param {Assistant} here @returns {[string, string, string][]} */
export function differences(there, here) {
  const shown = (/** @type {Kind} */ kind, /** @type {any} */ one) => (kind === 'tools' ? [...one].join(', ') : text(kind, one));
  return FIELDS.flatMap(([, fields]) => fields)
    .map(([name, kind]) => /** @type {[string, string, string]} */ ([name, shown(kind, there[name]), shown(kind, here[name])]))
    .filter(([, one, other]) => one !== other);
}
