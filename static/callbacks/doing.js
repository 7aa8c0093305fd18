/** What is done with a request: asked of the server, and what became of it in words. */

import { ask, toLogin } from '../api.js';
import { Speech } from '../i18n.js';
import { why as whyOfPeople, wordsOf as peopleWords } from '../people/speak.js';
import { words as en } from './words-en.js';
import { words as fr } from './words-fr.js';

/** @import {Answer} from '../api.js' */
/** @import {Doing} from './list.js' */

/** A phone is rung for half a minute. */
const RINGS_MS = 60_000;

/** @param {'en'|'fr'} lang @returns {import('./words-en.js').Words} */
export const wordsOf = (lang) => (lang === 'fr' ? fr : en);

/** @param {'en'|'fr'} lang @param {Answer} answer */
export function why(lang, answer) {
  if (Object.keys(answer.details).length > 0) return whyOfPeople(peopleWords(lang), answer);
  const verbs = /** @type {Record<string, string>} */ (new Speech(lang).w.verb.errors);
  return wordsOf(lang).errors[answer.slug] ?? verbs[answer.slug] ?? whyOfPeople(peopleWords(lang), answer);
}

/**
 * @param {object} of
 * @param {() => 'en'|'fr'} of.lang
 * @param {() => string} of.phone which phone is rung; empty: the one that the server knows to be his
 * @param {(text: string, isProblem: boolean) => void} of.say
 * @param {() => Promise<void>} of.changed reads again
 * @returns {Doing}
 */
export function doingOf({ lang, phone, say, changed }) {
  const words = () => wordsOf(lang());
  /** @param {Promise<Answer>} asked @param {(answer: Answer) => string} told */
  async function done(asked, told) {
    const answer = await asked;
    if (answer.status === 401) return toLogin();
    say(answer.ok ? told(answer) : why(lang(), answer), !answer.ok);
    await changed();
  }
  return {
    call(one) {
      say(words().ringing(one.number), false);
      const agent = phone();
      return done(ask('POST', 'api/callbacks/call', agent ? { id: one.id, agent } : { id: one.id }, RINGS_MS), () => words().dialling(one.number));
    },
    take: (one) => done(ask('POST', 'api/callbacks/take', { id: one.id }), () => words().took),
    close: (one, outcome, remark) =>
      done(
        ask('POST', 'api/callbacks/outcome', { id: one.id, outcome, ...(remark ? { remark } : {}) }),
        (answer) => words().noted[/** @type {import('./follow.js').State} */ (answer.body.state)],
      ),
  };
}
