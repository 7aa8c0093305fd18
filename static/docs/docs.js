/**
 * What can be asked of the server: the OpenAPI document, searchable. Keys: `/` searches, Escape clears, the rest is the
 * browser's own (Tab, Enter opens). An operation's address is its id (`#get_board_calls`).
 */

import { ask } from '../api.js';
import { pickLanguage } from '../i18n.js';
import { language, keepLanguage } from '../people/speak.js';
import { h, setAttr, setText, show } from '../render/dom.js';
import { docsEn, docsFr } from '../words/docs.js';
import { drawn, matches, messages, operations } from './operation.js';

/** @type {'en'|'fr'} */
let lang = language() ?? pickLanguage(navigator.languages);
/** @type {any} */
let description = null;
let problem = '';

/** @param {string} id @returns {HTMLElement} */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const search = /** @type {HTMLInputElement} */ (part('search'));
const words = () => (lang === 'fr' ? docsFr : docsEn);

function speak() {
  document.documentElement.lang = lang;
  document.title = words().page;
  const find = (/** @type {string|null} */ name) => String(/** @type {any} */ (words())[name ?? ''] ?? '');
  for (const element of document.querySelectorAll('[data-words]')) setText(element, find(element.getAttribute('data-words')));
  for (const name of ['placeholder', 'aria-label']) {
    for (const element of document.querySelectorAll(`[data-words-${name}]`)) setAttr(element, name, find(element.getAttribute(`data-words-${name}`)));
  }
  for (const button of document.querySelectorAll('button[data-lang]')) setAttr(button, 'aria-pressed', String(button.getAttribute('data-lang') === lang));
  if (description) description.lang = lang === 'fr' ? 'fr-FR' : 'en-GB';
  complain();
  draw();
}

function complain() {
  const { unreachable, logIn } = words();
  const log = h('a', '', logIn);
  log.setAttribute('href', '/login.html');
  part('problem').replaceChildren(...(problem === 'not_logged_in' ? [log] : problem ? [unreachable] : []));
  show(part('problem'), problem !== '');
}

/** Those that match, by part. */
function draw() {
  if (!description) return;
  const w = words();
  const found = operations(description).filter((operation) => matches(operation, search.value.trim()));
  const tags = [...new Set(found.map((operation) => operation.tag))];
  const parts = tags.map((tag) => {
    const lines = found.filter((operation) => operation.tag === tag).map((operation) => drawn(description, operation, w));
    if (tag === 'ws') lines.push(h('details', 'docs-operation', h('summary', '', w.socket), h('div', 'docs-inside', ...messages(description, w))));
    const section = h('section', 'docs-tag', h('h2', '', w.tags[tag] ?? tag), ...lines);
    section.id = `part-${tag}`;
    return section;
  });
  part('operations').replaceChildren(...(parts.length ? parts : [h('p', 'soft', w.nothing)]));
  part('tags').replaceChildren(h('ul', '', ...tags.map((tag) => {
    const link = h('a', '', w.tags[tag] ?? tag);
    link.setAttribute('href', `#part-${tag}`);
    return h('li', '', link);
  })));
  const form = new Intl.PluralRules(lang).select(found.length) === 'one' ? w.count.one : w.count.other;
  setText(part('count'), `${new Intl.NumberFormat(lang).format(found.length)} ${form}`);
  openNamed();
}

/** Opens the operation that the address names. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) named.open = true;
  named?.scrollIntoView();
}

async function begin() {
  speak();
  setText(part('operations'), words().loading);
  const answer = await ask('GET', '/api/openapi.json');
  setText(part('operations'), '');
  if (answer.ok) description = answer.body;
  else problem = answer.status === 401 ? 'not_logged_in' : 'unreachable';
  speak();
}

search.addEventListener('input', draw);
addEventListener('hashchange', openNamed);
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === '/' && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === 'Escape' && search.value) {
    search.value = '';
    draw();
  }
});
for (const button of document.querySelectorAll('button[data-lang]')) {
  button.addEventListener('click', () => {
    lang = button.getAttribute('data-lang') === 'fr' ? 'fr' : 'en';
    keepLanguage(lang);
    speak();
  });
}
void begin();
