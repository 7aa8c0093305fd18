/** The filter's choices, and the words that stand in the page itself. */

import { GROUPS } from '../select.js';
import { h, keyed, setAttr, setText, show } from './dom.js';
import { part } from './view.js';

/** @import {Words} from '../en.js' */
/** @import {Group} from '../select.js' */
/** @import {View} from './view.js' */

/** The choices of the two lists follow what exists. @param {View} view */
export function renderFilter(view) {
  const { state, speech } = view;
  const w = speech.w.filter;
  choices('filter-pbx', w.everyPbx, [...state.tables.pbxs.keys()].sort(), state.filter.pbx);
  const queues = new Set([...state.tables.queues.values()].map((queue) => queue.name));
  choices('filter-queue', w.everyQueue, [...queues].sort(), state.filter.queue);
  const places = state.people.places;
  choices('filter-group', speech.w.places.every, places.map((place) => place.id), state.filter.group, (id) => placeWords(id, places.find((place) => place.id === id)?.name ?? '', speech.w));
  choices('wall-by', speech.w.places.byQueue, ['site', 'group'], state.filter.by, (by) => (by === 'site' ? speech.w.places.bySite : speech.w.places.byGroup));
  show(part('wall-by'), document.body.dataset.view === 'wall' && (places.length > 0 || state.filter.by !== ''));
  show(part('filter-group'), places.length > 0 || state.filter.group !== '');
  choices('filter-state', w.everyState, [...GROUPS], state.filter.state, (group) => speech.w.groups[/** @type {Group} */ (group)] ?? group);
  show(part('filter-pbx'), state.tables.pbxs.size > 1 || state.filter.pbx !== '');
  const filtered = ['text', 'pbx', 'queue', 'state', 'group'].some((key) => state.filter[/** @type {'text'} */ (key)] !== '');
  show(part('filtered'), filtered);
  const locals = /** @type {HTMLInputElement} */ (part('filter-locals'));
  if (locals.checked !== state.filter.locals) locals.checked = state.filter.locals;
}

/** @param {string} id @param {string} all @param {string[]} names @param {string} chosen @param {(name: string) => string} [words] */
export function choices(id, all, names, chosen, words = String) {
  const select = /** @type {HTMLSelectElement} */ (part(id));
  // A name in the address that does not exist (yet) stays chosen and visible.
  const listed = chosen && !names.includes(chosen) ? [chosen, ...names] : names;
  keyed(select, ['', ...listed], (name) => name, makeOption, (/** @type {string} */ name) => (name ? words(name) : all));
  if (select.value !== chosen) select.value = chosen;
}

/** @param {string} name */
function makeOption(name) {
  const element = h('option');
  element.value = name;
  return { element, update: (/** @type {string} */ _, /** @type {(name: string) => string} */ words) => setText(element, words(name)) };
}

/** @param {string} id such as `site:lyon` @param {string} name @param {Words} w */
function placeWords(id, name, w) {
  const bare = name || id.replace(/^\w+:/, '');
  return id.startsWith('site:') ? w.places.site(bare) : w.places.group(bare);
}

/** Words that stand in the page itself, by `data-words` and `data-words-<attribute>`. @param {Words} words */
export function renderWords(words) {
  for (const element of document.querySelectorAll('[data-words]')) {
    setText(element, lookUp(words, element.getAttribute('data-words') ?? ''));
  }
  for (const attribute of ['title', 'placeholder', 'aria-label']) {
    for (const element of document.querySelectorAll(`[data-words-${attribute}]`)) {
      setAttr(element, attribute, lookUp(words, element.getAttribute(`data-words-${attribute}`) ?? ''));
    }
  }
}

/** @param {Words} words @param {string} path such as `sections.calls` */
function lookUp(words, path) {
  /** @type {any} */
  let at = words;
  for (const step of path.split('.')) at = at?.[step];
  if (typeof at !== 'string') throw new Error(`no words at ${path}`);
  return at;
}
