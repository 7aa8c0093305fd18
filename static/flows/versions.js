/** What was published: a list, two of them compared, one of them published anew. */

import { ask as request } from '../api.js';
import { h } from '../render/dom.js';
import { difference, isSame } from './diff.js';
import { readDrawing } from './drawing.js';
import { at } from './lists.js';
import { ask, button, counted, moment, number, page, reason, say } from './page.js';
import { nameOfType, wordOfPort } from './say.js';

/** @import {Change, Named} from './diff.js' */
/** @import {Answer} from '../api.js' */
/** @import {Drawing} from './drawing.js' */
/** @import {Flow} from './lists.js' */

/** @typedef {{version: number, note: string, by: string, at: string, published: boolean}} Version */
/** @typedef {{id: string, draft: () => Drawing, people: Map<string, string>, republished: (flow: any) => void}} Past */

/** @param {Past} past @returns {Promise<HTMLElement[]>} */
export async function versionsPanel(past) {
  const { versions: w } = page.words;
  const answer = await request('GET', `${at(past.id)}/versions`);
  if (!answer.ok) return [h('p', 'problem', reason(answer))];
  /** @type {Version[]} */
  const versions = answer.body;
  if (!versions.length) return [h('p', 'soft', w.none)];
  const rows = versions.map((version) => {
    const who = version.by ? (past.people.get(version.by) ?? version.by) : w.nobody;
    const verbs = h('span', 'row-verbs', button(w.withDraft, () => void compare(past, String(version.version), 'draft')));
    if (!version.published) verbs.append(button(w.back, () => rollBack(past, version)));
    const title = h('strong', '', version.published ? w.walked(number(version.version)) : w.version(number(version.version)));
    return h('li', 'version', title, h('span', 'soft', `${moment(version.at)} · ${who}`), ...(version.note ? [h('p', '', version.note)] : []), verbs);
  });
  return [choosers(past, versions), h('ol', 'versions', ...rows)];
}

/** @param {Past} past @param {Version[]} versions */
function choosers(past, versions) {
  const { versions: w } = page.words;
  const list = (/** @type {string} */ label, /** @type {string} */ value) => {
    const select = h('select');
    select.setAttribute('aria-label', label);
    for (const [of, words] of [...versions.map((one) => [String(one.version), w.version(number(one.version))]), ['draft', w.draft]]) {
      const option = h('option', '', words ?? '');
      option.value = of ?? '';
      option.selected = of === value;
      select.append(option);
    }
    return select;
  };
  const before = list(w.from, String((versions[1] ?? versions[0])?.version));
  const after = list(w.to, String(versions[0]?.version));
  before.id = 'compare-before';
  after.id = 'compare-after';
  return h('div', 'choosers', before, h('span', '', '→'), after, button(w.compare, () => void compare(past, before.value, after.value)));
}

/** @param {Past} past @param {string} which @returns {Promise<Drawing|HTMLElement>} */
async function read(past, which) {
  if (which === 'draft') return past.draft();
  const answer = await request('GET', `${at(past.id)}/versions/${which}`);
  return answer.ok ? readDrawing(answer.body) : h('p', 'problem', reason(answer));
}

/** @param {Past} past @param {string} before @param {string} after */
async function compare(past, before, after) {
  const { versions: w } = page.words;
  const [old, now] = await Promise.all([read(past, before), read(past, after)]);
  const name = (/** @type {string} */ which) => (which === 'draft' ? w.draft : w.version(number(Number(which))));
  const parts = old instanceof HTMLElement ? [old] : now instanceof HTMLElement ? [now] : comparison(old, now);
  ask({ title: `${name(before)} → ${name(after)}`, parts, yes: page.words.close, no: '', wide: true, act: async () => null });
}

/** What differs, in words. @param {Drawing} before @param {Drawing} after @returns {HTMLElement[]} */
export function comparison(before, after) {
  const { versions: w } = page.words;
  const of = difference(before, after);
  if (isSame(of)) return [h('p', 'soft', w.same)];
  const who = (/** @type {Named} */ { name, id, type }) => `${name || id}${type ? ` (${nameOfType(type)})` : ''}`;
  const section = (/** @type {string} */ title, /** @type {string} */ tone, /** @type {HTMLElement[]} */ items) => {
    if (!items.length) return [];
    const list = h('ul', 'diff', ...items);
    list.dataset.tone = tone;
    return [h('h3', '', title), list];
  };
  const node = (/** @type {Drawing} */ drawing, /** @type {string} */ id) => drawing.nodes.find((one) => one.id === id);
  const lines = of.lines.map(({ from, port, before: was, after: is }) => {
    const drawn = node(after, from.id) ?? node(before, from.id);
    return h('li', '', `${who(from)}, ${drawn ? wordOfPort(drawn, port) : port}${page.words.colon}`, h('del', '', was ? who(was) : w.nowhere), ' → ', h('ins', '', is ? who(is) : w.nowhere));
  });
  return [
    ...section(w.named, 'waiting', of.name ? [h('li', '', ...changed(of.name))] : []),
    ...section(w.added, 'free', of.added.map((one) => h('li', '', h('ins', '', who(one))))),
    ...section(w.removed, 'trouble', of.removed.map((one) => h('li', '', h('del', '', who(one))))),
    ...section(w.changed, 'waiting', of.changed.map((one) =>
      h('li', '', h('strong', '', who(one)), h('ul', '', ...one.changes.map((change) => h('li', '', `${pathWords(change.path)}${page.words.colon}`, ...changed(change))), ...(one.moved ? [h('li', 'soft', w.moved)] : []))))),
    ...section(w.lines, 'talking', lines),
  ];
}

/** @param {Change} change @returns {(Node|string)[]} */
const changed = ({ before, after }) => [...(before === null ? [] : [h('del', '', before || '“”')]), ...(before !== null && after !== null ? [' → '] : []), ...(after === null ? [] : [h('ins', '', after || '“”')])];

/** `content.options[out-1].label`, in words where there are any. @param {string} path */
function pathWords(path) {
  const fields = /** @type {Record<string, string>} */ (page.words.fields);
  return path.replace(/^content\./, '').replace(/[A-Za-z_]\w*(?=$|[.[])/g, (name) => fields[name] ?? name).replaceAll('.', ' › ').replaceAll('[', ' [');
}

/** @param {Past} past @param {Version} version */
function rollBack(past, version) {
  const { versions: w } = page.words;
  const note = noteField(w.backNote(number(version.version)));
  ask({
    title: w.backTitle(number(version.version)), parts: [h('p', '', w.backExplain), note.element], yes: w.back,
    act: async () => {
      const answer = await request('POST', `${at(past.id)}/versions/${version.version}/publish`, { note: note.value() });
      if (answer.ok) past.republished(answer.body);
      return answer;
    },
  });
}

/** @param {string} value */
function noteField(value) {
  const input = h('input');
  input.id = 'field-note';
  input.maxLength = 200;
  input.value = value;
  const label = h('label', '', h('span', '', page.words.fields.note), input);
  return { element: label, value: () => input.value };
}

/**
 * Asks why, then publishes what is drawn, which is saved before.
 * @param {string} id @param {number} faults
 * @param {{saved: () => Promise<Answer|null>, faulty: () => void, published: (flow: Flow) => void}} how
 */
export function askPublish(id, faults, how) {
  const { edit: w } = page.words;
  const note = noteField('');
  const warning = faults ? [h('p', 'problem', counted(faults, page.words.counted.faults))] : [];
  ask({
    title: w.publishTitle, parts: [h('p', '', w.publishExplain), ...warning, note.element], yes: w.publish,
    act: async () => {
      const saved = await how.saved();
      if (saved && !saved.ok) return saved;
      const answer = await request('POST', `${at(id)}/publish`, { note: note.value() });
      if (answer.slug === 'flow_has_faults') how.faulty();
      if (answer.ok) {
        how.published(answer.body);
        const unsure = answer.body.warnings.length;
        say(unsure ? w.publishedUnsure(number(answer.body.published), number(unsure)) : w.published(number(answer.body.published)));
      }
      return answer;
    },
  });
}
