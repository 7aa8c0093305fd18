/** The words of this page, and what to say of a refusal. */

import { why as whyOf } from '../people/speak.js';
import { wordsOf as peopleWords } from '../people/speak.js';
import { words as en } from './words-en.js';
import { words as fr } from './words-fr.js';

/** @import {Answer} from '../api.js' */
/** @import {Words} from './words-en.js' */

/** @param {'en'|'fr'} lang @returns {Words} */
export const wordsOf = (lang) => (lang === 'fr' ? fr : en);

/** @typedef {{gravity: string, field: string, slug: string, words: string}} Fault */

/** @param {Words} words @param {Fault} fault */
export const faultWords = (words, fault) => `${words.fields[fault.field] ?? fault.field}${words.colon}${words.faults[fault.slug] ?? fault.words}`;

/** @param {'en'|'fr'} lang @param {Answer} answer */
export function why(lang, answer) {
  const words = wordsOf(lang);
  const details = Object.entries(answer.details);
  if (answer.slug === 'assistant_has_faults') {
    return details.map(([field, reason]) => faultWords(words, { gravity: '', field, slug: reason.split(':')[0] ?? '', words: reason })).join('; ');
  }
  if (answer.slug === 'bad_value') return details.map(([field, reason]) => `${words.fields[field] ?? field}${words.colon}${reason}`).join('; ');
  const said = whyOf(peopleWords(lang), { ...answer, details: {} });
  return answer.slug === 'assistant_used' ? `${said}${words.colon}${details.map(([field, reason]) => words.fields[field] ?? reason).join(', ')}` : said;
}
