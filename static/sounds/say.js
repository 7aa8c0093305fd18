/** The words of this page, and what to say of a refusal. */

import { Speech } from '../i18n.js';
import { words as en } from './words-en.js';
import { words as fr } from './words-fr.js';

/** @import {Answer} from '../api.js' */
/** @import {Words} from './words-en.js' */

/** @param {'en'|'fr'} lang @returns {Words} */
export const wordsOf = (lang) => (lang === 'fr' ? fr : en);

/** The floor's words for what a PBX refuses. @param {Words} words */
const speechOf = (words) => new Speech(words === fr ? 'fr' : 'en');

/** @param {Words} words @param {Answer} answer */
export function why(words, answer) {
  const of = (/** @type {Record<string, string>} */ known, /** @type {string} */ key) => known[key];
  const said = of(words.errors, answer.slug);
  const details = Object.entries(answer.details);
  // flows that name a prompt, by their ids
  if (answer.slug === 'prompt_used') return `${said}${words.colon}${details.map(([, flow]) => flow.replace(/: [a-z ]+$/, '')).join(', ')}`;
  if (details.length > 0) {
    return details.map(([field, reason]) => `${of(words.fields, field) ?? field}${words.colon}${of(words.reasons, reason) ?? reason}`).join('; ');
  }
  return said ?? /** @type {Record<string, string>} */ (speechOf(words).w.verb.errors)[answer.slug] ?? (answer.message || answer.slug);
}
