/**
 * The few ways in which the page touches the DOM: text nodes and attributes, written only when they
 * differ, and keyed lists. Names come from callers: nothing here parses a string as markup, and what
 * would turn the text around it or hide in it is shown by its number. Values themselves stay as they are.
 */

/** @import {Ration} from './ration.js' */

/**
 * Marks, embeddings, overrides and isolates of direction, and characters without width. The joiners
 * U+200C and U+200D stay: Persian, Hindi and emoji are written with them.
 */
const HIDDEN = /[\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF]/;
const EVERY_HIDDEN = new RegExp(HIDDEN, 'g');

/** The text as people see it: `\u202Egnp.exe` is `[U+202E]gnp.exe`. @param {string} text */
export function visible(text) {
  if (!HIDDEN.test(text)) return text;
  return text.replace(EVERY_HIDDEN, (one) => `[U+${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`);
}

/** Attributes that people read. */
const READ = new Set(['title', 'aria-label', 'placeholder']);

/**
 * An element with a class and children; a string becomes a text node.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {string} [className] @param {...(Node|string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, className = '', ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.map((child) => (typeof child === 'string' ? visible(child) : child)));
  return element;
}

/** @param {Element} element @param {string} text */
export function setText(element, text) {
  const value = visible(text);
  const node = element.firstChild;
  if (node && node === element.lastChild && node.nodeType === Node.TEXT_NODE) {
    if (node.nodeValue !== value) node.nodeValue = value;
  } else if (node || value !== '') {
    element.textContent = value;
  }
}

/** Sets or, with null, removes. @param {Element} element @param {string} name @param {string|null} text */
export function setAttr(element, name, text) {
  const value = text !== null && READ.has(name) ? visible(text) : text;
  if (value === null) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== value) {
    element.setAttribute(name, value);
  }
}

/** @param {HTMLElement} element @param {boolean} shown */
export function show(element, shown) {
  if (element.hidden === shown) element.hidden = !shown;
}

/**
 * What a keyed list keeps for each row. `C` is what every row is drawn with besides itself.
 * @template T, C
 * @typedef {{element: HTMLElement, update: (row: T, context: C) => void}} Item
 */

/** What a list shows, and where the next frame goes on. @typedef {{items: Map<string, Item<any, any>>, from: number}} List */
/** @type {WeakMap<Element, List>} */
const lists = new WeakMap();

/**
 * Makes the children of `parent` those of `rows`, in order: rows that stay keep their element (and
 * with it focus and scroll), new ones are made, others removed. Only what moved is moved. Children
 * with `data-fixed`, which stand first, are no rows and are left alone. With a ration it draws as many
 * rows as that allows and goes on in the next frame.
 * @template T, C
 * @param {Element} parent @param {readonly T[]} rows @param {(row: T) => string} key
 * @param {(row: T, context: C) => Item<T, C>} make @param {C} context @param {Ration} [ration]
 */
export function keyed(parent, rows, key, make, context, ration) {
  let list = lists.get(parent);
  if (!list) lists.set(parent, (list = { items: new Map(), from: 0 }));
  const { items } = list;
  const ids = rows.map(key);
  const wanted = new Set(ids);
  for (const [id, item] of items) {
    if (!wanted.has(id) && (!ration || ration.take())) {
      item.element.remove();
      items.delete(id);
    }
  }
  if (ration) {
    list.from = drawSome(rows, ids, items, make, context, ration, list.from);
    place(parent, ids, items, wanted);
    return;
  }
  rows.forEach((row, n) => draw(row, ids[n] ?? '', items, make, context));
  place(parent, ids, items, wanted);
}

/**
 * @template T, C
 * @param {T} row @param {string} id @param {Map<string, Item<T, C>>} items @param {(row: T, context: C) => Item<T, C>} make @param {C} context
 */
function draw(row, id, items, make, context) {
  let item = items.get(id);
  if (!item) items.set(id, (item = make(row, context)));
  item.update(row, context);
}

/**
 * Draws from where the last frame stopped, around; gives where the next one goes on.
 * @template T, C
 * @param {readonly T[]} rows @param {string[]} ids @param {Map<string, Item<T, C>>} items
 * @param {(row: T, context: C) => Item<T, C>} make @param {C} context @param {Ration} ration @param {number} from
 */
function drawSome(rows, ids, items, make, context, ration, from) {
  for (let n = 0; n < rows.length; n += 1) {
    const at = (from + n) % rows.length;
    if (!ration.take()) return at;
    draw(/** @type {T} */ (rows[at]), ids[at] ?? '', items, make, context);
  }
  return from;
}

/**
 * Puts the elements in the order of `ids`; those that are not drawn yet come later, those that wait to
 * be removed are passed over.
 * @param {Element} parent @param {string[]} ids @param {Map<string, Item<any, any>>} items @param {Set<string>} wanted
 */
function place(parent, ids, items, wanted) {
  const going = new Set();
  for (const [id, item] of items) if (!wanted.has(id)) going.add(item.element);
  /** @type {Element|null} */
  let next = parent.firstElementChild;
  while (next?.hasAttribute('data-fixed')) next = next.nextElementSibling;
  for (const id of ids) {
    while (next && going.has(next)) next = next.nextElementSibling;
    const element = items.get(id)?.element;
    if (!element) continue;
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
}
