/** The words of the pages about people, and how they get onto a page. */

import { pickLanguage } from '../i18n.js';
import { setAttr, setText } from '../render/dom.js';
import { words as en } from './words-en.js';
import { words as fr } from './words-fr.js';

/** @import {Words} from './words-en.js' */

/** The same place as the floor's choice. */
const LANG_KEY = 'vigie.lang';

/** @returns {'en'|'fr'} */
export function language() {
  const asked = new URLSearchParams(location.hash.slice(1)).get('lang');
  if (asked === 'en' || asked === 'fr') return asked;
  try {
    const kept = localStorage.getItem(LANG_KEY);
    if (kept === 'en' || kept === 'fr') return kept;
  } catch {
    // without a store the browser's list decides
  }
  return pickLanguage(navigator.languages);
}

/** @param {'en'|'fr'} lang */
export function keepLanguage(lang) {
  try {
    localStorage.setItem(LANG_KEY, lang);
  } catch {
    // it holds for this page only
  }
}

/** @param {'en'|'fr'} lang @returns {Words} */
export function wordsOf(lang) {
  return lang === 'fr' ? fr : en;
}

/** Puts words on everything that names some. @param {object} words @param {'en'|'fr'} lang @param {ParentNode} [root] */
export function label(words, lang, root = document) {
  document.documentElement.lang = lang;
  const find = (/** @type {string|null} */ path) => String((path ?? '').split('.').reduce((at, part) => /** @type {any} */ (at)?.[part], /** @type {any} */ (words)));
  for (const element of root.querySelectorAll('[data-words]')) setText(element, find(element.getAttribute('data-words')));
  for (const name of ['placeholder', 'aria-label', 'title']) {
    for (const element of root.querySelectorAll(`[data-words-${name}]`)) setAttr(element, name, find(element.getAttribute(`data-words-${name}`)));
  }
  for (const button of root.querySelectorAll('button[data-lang]')) {
    setAttr(button, 'aria-pressed', String(button.getAttribute('data-lang') === lang));
  }
}

/**
 * What to say of a refusal: our words for its slug, else the server's own.
 * @param {Words} words @param {import('../api.js').Answer} answer
 */
export function why(words, answer) {
  const known = /** @type {Record<string, string>} */ (words.errors)[answer.slug];
  const fields = Object.entries(answer.details).map(([field, reason]) => {
    const name = /** @type {Record<string, string>} */ (words.fields)[field] ?? field;
    return `${name}${words.colon}${/** @type {Record<string, string>} */ (words.reasons)[reason] ?? reason}`;
  });
  if (fields.length > 0) return fields.join('; ');
  return known ?? answer.message ?? answer.slug;
}
