/** What each part of the administration shows. */

import { ask } from '../api.js';
import { h } from '../render/dom.js';
import { may, nameOf, siteName } from './desk.js';

/** @import {Desk} from './desk.js' */
/** @import {Words} from './words-en.js' */

/** @typedef {'users'|'groups'|'sites'|'check'|'log'} Tab */
/** @typedef {{words: Words, lang: 'en'|'fr', filter: string, open: (kind: 'users'|'groups'|'sites', id: string|null) => void, type: (text: string) => void, again: () => void}} Manners */

/** @param {string} caption @param {string[]} heads @param {(Node|string)[][]} lines @param {boolean[]} [off] */
function table(caption, heads, lines, off = []) {
  const head = h('tr', '', ...heads.map((words) => {
    const cell = h('th', '', words);
    cell.scope = 'col';
    return cell;
  }));
  const body = lines.map((cells, n) => {
    const row = h('tr', '', ...cells.map((cell) => h('td', '', cell)));
    if (off[n]) row.setAttribute('data-off', '');
    return row;
  });
  return h('table', 'admin-table', h('caption', 'hidden', caption), h('thead', '', head), h('tbody', '', ...body));
}

/** @param {string} words @param {() => void} act */
function opener(words, act) {
  const button = h('button', '', words);
  button.type = 'button';
  button.addEventListener('click', act);
  return button;
}

/** The bar over a list. @param {Manners} m @param {'users'|'groups'|'sites'} kind @param {boolean} mayAdd @param {number} count */
function bar(m, kind, mayAdd, count) {
  const search = h('input');
  search.type = 'search';
  search.id = 'search';
  search.value = m.filter;
  search.placeholder = m.words.admin.search;
  search.setAttribute('aria-label', m.words.admin.search);
  search.addEventListener('input', () => m.type(search.value));
  const add = opener(m.words.admin.add, () => m.open(kind, null));
  add.className = 'strong';
  add.id = 'add';
  return h('div', 'admin-bar', search, ...(mayAdd ? [add] : []), h('span', 'soft', String(count)));
}

/** @param {string} filter @param {(string|null)[]} texts */
const fits = (filter, ...texts) => texts.join(' ').toLowerCase().includes(filter.trim().toLowerCase());

/** @param {Desk} desk @param {Manners} m */
export function usersView(desk, m) {
  const { words: w } = m;
  const shown = desk.users.filter((user) => fits(m.filter, nameOf(user), user.loginId, user.email, siteName(desk, user.siteId)));
  const change = may(desk, 'manage_people');
  const lines = shown.map((user) => {
    const stations = desk.stations.filter((s) => s.userId === user.id).map((s) => s.endpoint);
    const groups = desk.groups.filter((g) => user.groupIds.includes(g.id)).map((g) => g.name);
    const role = /** @type {Record<string, string>} */ (w.roles)[user.role] ?? user.role;
    return [
      change ? opener(nameOf(user), () => m.open('users', user.id)) : nameOf(user),
      user.isActive ? user.loginId : `${user.loginId} (${w.admin.disabled})`, role, siteName(desk, user.siteId), groups.join(', '), stations.join(', '),
    ];
  });
  const f = w.fields;
  return [
    bar(m, 'users', change, shown.length),
    shown.length ? table(w.admin.users, [f.name, f.loginId, f.role, f.siteId, f.groupIds, f.stations], lines, shown.map((u) => !u.isActive)) : h('p', 'soft', w.admin.none),
  ];
}

/** @param {Desk} desk @param {Manners} m */
export function groupsView(desk, m) {
  const { words: w } = m;
  const shown = desk.groups.filter((group) => fits(m.filter, group.name));
  const change = may(desk, 'manage_groups');
  const names = (/** @type {string[]} */ ids) => desk.users.filter((user) => ids.includes(user.id)).map(nameOf).join(', ');
  const lines = shown.map((group) => [change ? opener(group.name, () => m.open('groups', group.id)) : group.name, names(group.memberIds)]);
  return [
    bar(m, 'groups', change, shown.length),
    shown.length ? table(w.admin.groups, [w.fields.name, w.fields.memberIds], lines) : h('p', 'soft', w.admin.none),
  ];
}

/** @param {Desk} desk @param {Manners} m */
export function sitesView(desk, m) {
  const { words: w } = m;
  const shown = desk.sites.filter((site) => fits(m.filter, site.name));
  const change = may(desk, 'manage_sites');
  const lines = shown.map((site) => [
    change ? opener(site.name, () => m.open('sites', site.id)) : site.name, site.timeZone, site.dayStart, site.trunks.join(', '), site.queues.join(', '),
  ]);
  const f = w.fields;
  const heads = [f.name, f.timeZone, f.dayStart, f.trunks, f.queues].map((words) => words.split(',')[0] ?? words);
  return [bar(m, 'sites', change, shown.length), shown.length ? table(w.admin.sites, heads, lines) : h('p', 'soft', w.admin.none)];
}

/** @param {Desk} desk @param {Manners} m */
export async function checkView(desk, m) {
  const { words: w } = m;
  const answer = await ask('GET', 'api/people/check');
  if (!answer.ok) return answer;
  const { checked, unknownPbxs, problems } = answer.body;
  const number = new Intl.NumberFormat(m.lang);
  const sum = problems.length ? w.check.found(number.format(checked), number.format(problems.length)) : w.check.fine(number.format(checked));
  const again = opener(w.check.run, m.again);
  again.id = 'check-again';
  const time = new Intl.DateTimeFormat(m.lang === 'fr' ? 'fr-FR' : 'en-GB', { timeStyle: 'medium' }).format(new Date());
  const lines = problems.map((/** @type {{userId: string|null, pbx: string|null, endpoint: string|null, slug: string, text: string}} */ p) => {
    const user = desk.users.find((one) => one.id === p.userId);
    const who = user ? opener(nameOf(user), () => m.open('users', user.id)) : '–';
    const what = /** @type {Record<string, string>} */ (w.check.problems)[p.slug] ?? p.text;
    return [who, p.endpoint ? `${p.endpoint} (${p.pbx})` : '–', what];
  });
  return [
    h('p', 'soft', w.check.explain),
    h('div', 'admin-bar', again, h('strong', '', sum), h('span', 'soft', w.admin.asOf(time))),
    ...(unknownPbxs.length ? [h('p', 'problem', w.check.unknown(unknownPbxs.join(', ')))] : []),
    ...(lines.length ? [table(w.admin.check, [w.check.who, w.check.where, w.check.what], lines)] : []),
  ];
}

/** @param {Desk} desk @param {Manners} m @param {string|null} [before] */
export async function logView(desk, m, before = null) {
  const { words: w } = m;
  const answer = await ask('GET', `api/audit?limit=100${before ? `&before=${encodeURIComponent(before)}` : ''}`);
  if (!answer.ok) return answer;
  const when = new Intl.DateTimeFormat(m.lang === 'fr' ? 'fr-FR' : 'en-GB', { dateStyle: 'short', timeStyle: 'medium' });
  const name = (/** @type {string} */ id) => {
    const user = desk.users.find((one) => one.id === id);
    return user ? nameOf(user) : id || '–';
  };
  /** @typedef {{n: number, of?: number, at_ms: number, who: string, from: string, act: string, on: string, outcome: string, with?: object}} Entry */
  /** @type {Entry[]} */
  const entries = answer.body.entries;
  // what was asked and what became of it stand on one line, unless the page's end parts them
  const outcomes = new Map(entries.filter((e) => e.of !== undefined).map((e) => [`${e.of} ${e.act}`, e]));
  const asked = new Set(entries.filter((e) => e.outcome === 'asked').map((e) => `${e.n} ${e.act}`));
  const word = (/** @type {string} */ words) => h('span', 'word', words);
  const lines = entries.filter((e) => e.of === undefined || !asked.has(`${e.of} ${e.act}`)).map((e) => {
    const end = outcomes.get(`${e.n} ${e.act}`);
    const more = e.with || end?.with ? ` ${JSON.stringify({ ...e.with, ...end?.with })}` : '';
    return [word(when.format(e.at_ms)), name(e.who), word(e.from), word(e.act), `${name(e.on)}${more}`, word(end?.outcome ?? e.outcome)];
  });
  const shown = table(w.admin.log, [w.log.when, w.log.who, w.log.from, w.log.act, w.log.on, w.log.outcome], lines);
  const body = shown.querySelector('tbody');
  /** @type {HTMLElement[]} */
  const parts = [shown];
  if (answer.body.next) {
    const more = opener(w.log.more, async () => {
      const older = await logView(desk, m, answer.body.next);
      if (!Array.isArray(older)) return;
      body?.append(...(older[0]?.querySelectorAll('tbody tr') ?? []));
      more.replaceWith(...older.slice(1));
    });
    parts.push(more);
  }
  return parts;
}
