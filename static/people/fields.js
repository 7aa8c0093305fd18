/** Fields of a form, made of what they are; each says its value. */

import { h } from '../render/dom.js';

/**
 * @template T
 * @typedef {{element: HTMLElement, name: string, value: () => T}} Field
 */

/** @param {string} name @param {string} label @param {HTMLElement} control @param {string} [hint] */
function labelled(name, label, control, hint) {
  control.id = `field-${name}`;
  const wrap = h('label', '', h('span', '', label), control);
  if (hint) {
    const told = h('small', 'soft', hint);
    told.id = `hint-${name}`;
    control.setAttribute('aria-describedby', told.id);
    wrap.append(told);
  }
  return wrap;
}

/**
 * @param {string} name @param {string} label @param {string} value
 * @param {{hint?: string, type?: string, required?: boolean, list?: string[]}} [how]
 * @returns {Field<string>}
 */
export function text(name, label, value, how = {}) {
  const input = h('input');
  input.name = name;
  input.value = value;
  input.type = how.type ?? 'text';
  input.required = how.required ?? false;
  input.autocomplete = how.type === 'password' ? 'new-password' : 'off';
  input.spellcheck = false;
  return { element: labelled(name, label, input, how.hint), name, value: () => input.value };
}

/** @param {string} name @param {string} label @param {string[]} value @param {string} [hint] @returns {Field<string[]>} */
export function lines(name, label, value, hint) {
  const area = h('textarea');
  area.name = name;
  area.value = value.join('\n');
  area.spellcheck = false;
  const read = () => area.value.split('\n').map((line) => line.trim()).filter(Boolean);
  return { element: labelled(name, label, area, hint), name, value: read };
}

/** @param {string} name @param {string} label @param {string} value @returns {Field<string>} */
export function area(name, label, value) {
  const made = h('textarea');
  made.name = name;
  made.value = value;
  made.spellcheck = false;
  return { element: labelled(name, label, made), name, value: () => made.value };
}

/** @param {string} name @param {string} label @param {boolean} value @returns {Field<boolean>} */
export function check(name, label, value) {
  const input = h('input');
  input.type = 'checkbox';
  input.name = name;
  input.checked = value;
  const wrap = h('label', 'check', input, h('span', '', label));
  return { element: wrap, name, value: () => input.checked };
}

/** @param {[string, string][]} options value and words @param {string} value */
export function options(options, value) {
  const select = h('select');
  select.append(
    ...options.map(([of, words]) => {
      const option = h('option', '', words);
      option.value = of;
      option.selected = of === value;
      return option;
    }),
  );
  return select;
}

/** @param {string} name @param {string} label @param {[string, string][]} of @param {string} value @returns {Field<string>} */
export function choice(name, label, of, value) {
  const select = options(of, value);
  select.name = name;
  return { element: labelled(name, label, select), name, value: () => select.value };
}

/** Any of these. @param {string} name @param {string} label @param {[string, string][]} of @param {string[]} value @returns {Field<string[]>} */
export function several(name, label, of, value) {
  const boxes = of.map(([id, words]) => {
    const input = h('input');
    input.type = 'checkbox';
    input.value = id;
    input.checked = value.includes(id);
    return { input, element: h('label', '', input, h('span', '', words)) };
  });
  const element = h('fieldset', '', h('legend', '', label), h('div', 'boxes', ...boxes.map((box) => box.element)));
  return { element, name, value: () => boxes.filter((box) => box.input.checked).map((box) => box.input.value) };
}

/**
 * Rows that are added and taken away.
 * @template T
 * @param {string} name @param {string} label @param {T[]} value
 * @param {(row: T|null) => {parts: HTMLElement[], value: () => T}} make
 * @param {{add: string, remove: string, hint?: string}} words
 * @returns {Field<T[]>}
 */
export function rows(name, label, value, make, words) {
  /** @type {{element: HTMLElement, value: () => T}[]} */
  const kept = [];
  const add = h('button', '', words.add);
  add.type = 'button';
  const list = h('div', 'rows', add);
  const put = (/** @type {T|null} */ row) => {
    const made = make(row);
    const remove = h('button', 'plain', '✕');
    remove.type = 'button';
    remove.setAttribute('aria-label', words.remove);
    const element = h('div', 'row', ...made.parts, remove);
    const one = { element, value: made.value };
    remove.addEventListener('click', () => {
      kept.splice(kept.indexOf(one), 1);
      element.remove();
      add.focus();
    });
    kept.push(one);
    list.insertBefore(element, add);
    return made;
  };
  value.forEach(put);
  add.addEventListener('click', () => put(null).parts[0]?.focus());
  const legend = h('legend', '', label);
  const element = h('fieldset', '', legend, ...(words.hint ? [h('small', 'soft', words.hint)] : []), list);
  element.dataset.field = name;
  return { element, name, value: () => kept.map((one) => one.value()) };
}
