/** Where the page is: the view and the filter in the address, the language. */

import { readAddress, writeAddress } from './address.js';
import { app, drawAll } from './app.js';
import { pickLanguage, Speech } from './i18n.js';
import { setAttr, show } from './render/dom.js';
import { renderWords } from './render/filter.js';
import { drawPast } from './render/past.js';
import { drawReport } from './render/report.js';
import { part } from './render/view.js';
import { first, pageOf, PAGES, searchOf } from './views.js';

/** @import {Filter} from './state.js' */
/** @import {Page} from './views.js' */

/** Where an overruled language is kept for the next visit. */
const LANG_KEY = 'vigie.lang';

/** Follows the address. */
export function readHere() {
  const { filter, lang } = readAddress(location.hash);
  setFilter(filter);
  app.chosenLang = lang ?? storedLang();
  speak(app.chosenLang ?? pickLanguage(navigator.languages));
  const text = /** @type {HTMLInputElement} */ (part('filter-text'));
  if (text.value !== filter.text) text.value = filter.text;
  turnTo(pageOf(location.search));
  drawReport();
  drawAll();
}

/** @param {Filter} filter */
function setFilter(filter) {
  app.state.filter = filter;
  if (app.frozen) app.frozen.filter = filter;
}

/** @param {Partial<Filter>} change */
export function changeFilter(change) {
  setFilter({ ...app.state.filter, ...change });
  writeHere();
  drawAll();
}

/** @param {Page} to */
function turnTo(to) {
  if (to === app.page && document.body.dataset.view) return;
  app.page.close?.();
  app.page = to;
  document.body.dataset.view = to.name;
  for (const element of document.querySelectorAll('[data-in]')) {
    show(/** @type {HTMLElement} */ (element), (element.getAttribute('data-in') ?? '').split(' ').includes(to.name));
  }
  to.open?.();
}

/** @param {string} name of a page; the one that is open is left for the first */
export function goToPage(name) {
  const to = PAGES.find((one) => one.name === name && one !== app.page) ?? first();
  goTo(searchOf(to, location.search));
}

/** To an agent's own page. @param {string} agent */
export function goToAgent(agent) {
  const at = new URLSearchParams(location.search);
  at.set('agent', agent);
  goTo(`?${at}`);
}

/** @param {string} search */
function goTo(search) {
  history.pushState(null, '', `${location.pathname}${search}${location.hash}`);
  readHere();
}

/** @returns {'en'|'fr'|null} */
function storedLang() {
  try {
    const kept = localStorage.getItem(LANG_KEY);
    return kept === 'en' || kept === 'fr' ? kept : null;
  } catch {
    return null;
  }
}

/** The language is chosen by hand. @param {'en'|'fr'} lang */
export function chooseLanguage(lang) {
  app.chosenLang = lang;
  try {
    localStorage.setItem(LANG_KEY, lang);
  } catch {
    // Without a store the address still holds it.
  }
  speak(lang);
  drawPast();
  drawReport();
  writeHere();
  drawAll();
}

/** @param {'en'|'fr'} lang */
function speak(lang) {
  if (app.speech.lang !== lang || document.documentElement.lang !== lang) app.speech = new Speech(lang);
  app.state.lang = lang;
  document.documentElement.lang = lang;
  document.title = app.speech.w.title;
  renderWords(app.speech.w);
  for (const button of document.querySelectorAll('button[data-lang]')) {
    setAttr(button, 'aria-pressed', String(button.getAttribute('data-lang') === lang));
  }
}

function writeHere() {
  const inAddress = new URLSearchParams(location.hash.slice(1)).has('lang') ? app.chosenLang : null;
  history.replaceState(null, '', writeAddress(app.state.filter, inAddress) || location.pathname + location.search);
}
