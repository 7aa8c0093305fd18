/** What every part of the page of flows has: its words, its language, where it says something, one dialog. */

import { toLogin } from '../api.js';
import { keepLanguage, label, language, wordsOf as people } from '../people/speak.js';
import { h, setText, show } from '../render/dom.js';
import { words as en } from './words-en.js';
import { words as fr } from './words-fr.js';

/** @import {Answer} from '../api.js' */
/** @import {Words} from './words-en.js' */

const first = language();
/** @type {{lang: 'en'|'fr', words: Words}} */
export const page = { lang: first, words: first === 'fr' ? fr : en };

/** @param {string} id @returns {HTMLElement} */
export const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id @returns {HTMLButtonElement} */
export const buttonAt = (id) => /** @type {HTMLButtonElement} */ (document.getElementById(id));

/** @param {'en'|'fr'} [lang] */
export function speak(lang) {
  if (lang) {
    page.lang = lang;
    page.words = lang === 'fr' ? fr : en;
    keepLanguage(lang);
  }
  label(page.words, page.lang);
  document.title = page.words.page;
}

/** @param {string} text */
export function say(text) {
  setText(part('said'), text);
  show(part('said'), text !== '');
}

/** What to say of a refusal. @param {Answer} answer */
export function reason(answer) {
  const { fields, colon } = page.words;
  const reasons = /** @type {Record<string, string>} */ (people(page.lang).reasons);
  const of = Object.entries(answer.details).map(([field, why]) => `${/** @type {Record<string, string>} */ (fields)[field] ?? field}${colon}${reasons[why] ?? why}`);
  const own = /** @type {Record<string, string>} */ (page.words.errors)[answer.slug] ?? /** @type {Record<string, string>} */ (people(page.lang).errors)[answer.slug];
  if (of.length && answer.slug !== 'flow_has_faults') return of.join('; ');
  return own ?? (answer.message || answer.slug);
}

/** @param {Answer|null} answer */
export function complain(answer) {
  if (answer?.status === 401) return toLogin();
  setText(part('problem'), answer ? reason(answer) : '');
  show(part('problem'), answer !== null);
}

const forms = (/** @type {string} */ locale) => ({
  moments: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }),
  numbers: new Intl.NumberFormat(locale),
  plurals: new Intl.PluralRules(locale),
});
/** Made once: a drawing of 500 nodes counts a lot. */
const FORMS = { en: forms('en-GB'), fr: forms('fr-FR') };

/** @param {string|number} at */
export const moment = (at) => FORMS[page.lang].moments.format(new Date(at));
/** @param {number} n */
export const number = (n) => FORMS[page.lang].numbers.format(n);
/** @param {number} n @param {{one: string, other: string}} words */
export const counted = (n, words) => `${number(n)} ${FORMS[page.lang].plurals.select(n) === 'one' ? words.one : words.other}`;

/** @param {string} words @param {() => void} act @param {string} [className] */
export function button(words, act, className = '') {
  const made = h('button', className, words);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

const dialog = () => /** @type {HTMLDialogElement} */ (part('dialog'));
/** @type {{act: () => Promise<Answer|null>, opener: Element|null}|null} */
let open = null;

/**
 * Opens the dialog: `act` is what its button does; what it is refused stays said in it, until then nothing closes.
 * @param {{title: string, parts: (Node|string)[], yes: string, no?: string, act: () => Promise<Answer|null>, wide?: boolean}} how
 */
export function ask({ title, parts, yes, no, act, wide }) {
  open = { act, opener: document.activeElement };
  setText(part('dialog-title'), title);
  show(part('dialog-problem'), false);
  part('dialog-parts').replaceChildren(...parts);
  dialog().toggleAttribute('data-wide', wide === true);
  setText(part('dialog-yes'), yes);
  show(part('dialog-no'), no !== '');
  setText(part('dialog-no'), no ?? page.words.cancel);
  dialog().showModal();
  const field = /** @type {HTMLElement|null} */ (part('dialog-parts').querySelector('input, select, textarea'));
  (field ?? part('dialog-yes')).focus();
}

/** Listens to the dialog; once. */
export function listenDialog() {
  part('dialog-no').addEventListener('click', () => dialog().close());
  part('dialog-form').addEventListener('submit', async (event) => {
    event.preventDefault();
    const yes = buttonAt('dialog-yes');
    if (!open || yes.disabled) return;
    const mine = open;
    yes.disabled = true;
    const answer = await mine.act();
    yes.disabled = false;
    // closed meanwhile, and perhaps open for something else
    if (open !== mine) return;
    if (answer === null || answer.ok) return dialog().close();
    if (answer.status === 401) return toLogin();
    setText(part('dialog-problem'), reason(answer));
    show(part('dialog-problem'), true);
  });
  dialog().addEventListener('close', () => {
    const back = open?.opener;
    open = null;
    part('dialog-parts').replaceChildren();
    if (back instanceof HTMLElement && back.isConnected) back.focus();
  });
}
