/** Which language, and how it writes numbers and times. */

import { en } from './en.js';
import { fr } from './fr.js';

/** @import {Counted, Forms, Words} from './en.js' */

/** @import {Said} from './protocol.js' */

/** @typedef {'en'|'fr'} Lang */

/** @type {Record<Lang, Words>} */
const WORDS = { en, fr };

/**
 * The first language that the reader's list names and we speak.
 * @param {readonly string[]} wanted such as navigator.languages @returns {Lang}
 */
export function pickLanguage(wanted) {
  for (const tag of wanted) {
    const lang = tag.slice(0, 2).toLowerCase();
    if (lang === 'en' || lang === 'fr') return lang;
  }
  return 'en';
}

/** Words and forms of one language. */
export class Speech {
  /** @param {Lang} lang @param {string} [timeZone] the browser's unless given */
  constructor(lang, timeZone) {
    this.lang = lang;
    this.w = WORDS[lang];
    const locale = lang === 'fr' ? 'fr-FR' : 'en-GB';
    this.plurals = new Intl.PluralRules(locale);
    this.numbers = new Intl.NumberFormat(locale);
    this.tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    this.times = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', timeZone });
    this.days = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone });
  }

  /** A sentence of the server in this language; its own words when we have none. @param {Said} said */
  said({ slug, with: filling, text }) {
    const say = Object.hasOwn(this.w.said, slug) ? this.w.said[slug] : undefined;
    return say ? say(...filling) : text;
  }

  /** @param {number} n */
  number(n) {
    return this.numbers.format(n);
  }

  /** The form of a word that goes with a number: in French 0 and 1 are singular. @param {number} n @param {Forms} forms */
  plural(n, forms) {
    return this.plurals.select(n) === 'one' ? forms.one : forms.other;
  }

  /** `1 channel compared`. @param {Counted} what @param {number} n */
  counted(what, n) {
    return `${this.number(n)} ${this.plural(n, this.w.counted[what])}`;
  }

  /** `14:02:11`, with the day when it is not the day of `now`. @param {number} ms @param {number} now */
  time(ms, now) {
    const time = this.times.format(ms);
    const day = this.days.format(ms);
    return day === this.days.format(now) ? time : `${day} ${time}`;
  }

  /** `14:02`, likewise. @param {number} ms @param {number} now */
  minute(ms, now) {
    return this.time(ms, now).replace(/:\d\d$/, '');
  }

  /** `0.4 s` below ten seconds, `12 s` above. @param {number} ms */
  seconds(ms) {
    const s = Math.max(0, ms) / 1000;
    return `${s < 9.95 ? this.tenths.format(s) : this.numbers.format(Math.round(s))}\u00a0s`;
  }
}
