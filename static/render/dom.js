/**
 * The few ways in which the page touches the DOM: text nodes and attributes, written only when they
 * differ, and keyed lists. Names come from callers: nothing here parses a string as markup, and what
 * would turn the text around it or hide in it is shown by its number. Values themselves stay as they are.
 */

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

/** @type {WeakMap<Element, Map<string, Item<any, any>>>} */
const lists = new WeakMap();

/**
 * Makes the children of `parent` those of `rows`, in order: rows that stay keep their element (and
 * with it focus and scroll), new ones are made, others removed. Only what moved is moved. Children
 * with `data-fixed`, which stand first, are no rows and are left alone.
 * @template T, C
 * @param {Element} parent @param {readonly T[]} rows @param {(row: T) => string} key
 * @param {(row: T, context: C) => Item<T, C>} make @param {C} context
 */
export function keyed(parent, rows, key, make, context) {
  let items = lists.get(parent);
  if (!items) lists.set(parent, (items = new Map()));
  const wanted = new Set(rows.map(key));
  for (const [id, item] of items) {
    if (!wanted.has(id)) {
      item.element.remove();
      items.delete(id);
    }
  }
  /** @type {Element|null} */
  let place = parent.firstElementChild;
  while (place?.hasAttribute('data-fixed')) place = place.nextElementSibling;
  for (const row of rows) {
    const id = key(row);
    let item = items.get(id);
    if (!item) items.set(id, (item = make(row, context)));
    item.update(row, context);
    if (item.element === place) {
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(item.element, place);
    }
  }
}
