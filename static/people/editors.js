/** What is edited of a user, a group, a site, and how it is saved. */

import { ask } from '../api.js';
import { h } from '../render/dom.js';
import { may, nameOf, siteName } from './desk.js';
import { area, check, choice, lines, options, rows, several, text } from './fields.js';

/** @import {Answer} from '../api.js' */
/** @import {Desk, Group, Site, Station, User} from './desk.js' */
/** @import {Words} from './words-en.js' */

/**
 * @typedef {object} Editor
 * @property {string} title
 * @property {HTMLElement[]} elements
 * @property {() => Promise<Answer>} save the last answer, or the first that was refused
 * @property {(() => Promise<Answer>)|null} remove
 * @property {{words: string, act: () => Promise<Answer>}|null} [also] something else that can be done
 * @property {(answer: Answer) => string} said what to say of a success
 */

/** The first refusal, or the last answer. @param {(() => Promise<Answer>)[]} steps @returns {Promise<Answer>} */
async function inOrder(steps) {
  /** @type {Answer} */
  let last = { ok: true, status: 200, body: null, slug: '', message: '', details: {} };
  /** @type {Answer|null} */
  let first = null;
  for (const step of steps) {
    last = await step();
    if (!last.ok) return last;
    first ??= last;
  }
  return first ?? last;
}

/** @param {object[]} now @param {object[]} before */
const differs = (now, before) => JSON.stringify(now) !== JSON.stringify(before);

/**
 * What of a form is not what it was opened with: what another changed meanwhile is not sent back as it was before.
 * @param {Record<string, any>} body @param {Record<string, any>} before @param {string[]} [whole] sent always: absent they would be emptied
 */
export const changed = (body, before, whole = []) =>
  Object.fromEntries(Object.entries(body).filter(([name, value]) => whole.includes(name) || differs(value, before[name])));
const at = (/** @type {string} */ kind, /** @type {string} */ id) => `api/${kind}/${encodeURIComponent(id)}`;

/** @param {Desk} desk @param {User|null} user @param {Words} w @param {{verb: string, scope: {kind: string, id: string}}[]} grants @returns {Editor} */
export function userEditor(desk, user, w, grants) {
  const roles = Object.entries(w.roles);
  const own = roles.findIndex(([role]) => role === desk.me.role);
  const f = w.fields;
  const login = text('loginId', f.loginId, user?.loginId ?? '', { required: true });
  const first = text('firstName', f.firstName, user?.firstName ?? '');
  const last = text('lastName', f.lastName, user?.lastName ?? '');
  const role = choice('role', f.role, roles.filter((_, n) => n <= own), user?.role ?? 'Agent');
  const site = choice('siteId', f.siteId, [['', '–'], ...desk.sites.map((s) => /** @type {[string, string]} */ ([s.id, s.name]))], user?.siteId ?? '');
  const email = text('email', f.email, user?.email ?? '', { type: 'email' });
  const mobile = text('mobileNumber', f.mobileNumber, user?.mobileNumber ?? '', { type: 'tel' });
  const byMobile = check('useMobileAsStation', f.useMobileAsStation, user?.useMobileAsStation ?? false);
  const active = check('isActive', f.isActive, user?.isActive ?? true);
  const groups = several('groupIds', f.groupIds, desk.groups.map((g) => [g.id, g.name]), user?.groupIds ?? []);
  const password = text('password', f.password, '', { type: 'password', hint: user ? w.hints.passwordKept : w.hints.password });
  const seats = desk.stations.filter((s) => s.userId === user?.id);
  const stations = stationRows(desk, seats, w);
  const given = grantRows(desk, grants, w);
  const mayGive = may(desk, 'manage_grants') && (user?.id !== desk.me.id || desk.me.role === 'SuperAdmin');
  const pair = (/** @type {{element: HTMLElement}[]} */ ...fields) => h('div', 'pair', ...fields.map((field) => field.element));
  const save = () => {
    const body = {
      loginId: login.value(), firstName: first.value(), lastName: last.value(), role: role.value(), siteId: site.value() || null, email: email.value() || null,
      mobileNumber: mobile.value() || null, useMobileAsStation: byMobile.value(), isActive: active.value(), groupIds: groups.value(),
      campaignIds: user?.campaignIds ?? [], ...(password.value() ? { password: password.value() } : {}),
    };
    let id = user?.id ?? '';
    return inOrder([
      async () => {
        const answer = user ? await ask('PUT', at('users', user.id), changed(body, user, ['groupIds', 'campaignIds'])) : await ask('POST', 'api/users', body);
        if (answer.ok) id = answer.body.id;
        return answer;
      },
      ...(differs(stations.value(), seats) ? [() => ask('PUT', `${at('users', id)}/stations`, { stations: stations.value() })] : []),
      ...(mayGive && differs(given.value(), grants) ? [() => ask('PUT', `${at('users', id)}/grants`, { grants: given.value() })] : []),
    ]);
  };
  return {
    title: user ? nameOf(user) : w.admin.newUser,
    elements: [
      pair(login, role), pair(first, last), pair(site, email), pair(mobile, password), pair(active, byMobile),
      ...(desk.groups.length ? [groups.element] : []), stations.element, ...(mayGive ? [given.element] : []),
    ],
    save,
    remove: user && user.id !== desk.me.id ? () => ask('DELETE', at('users', user.id)) : null,
    also: user && user.id !== desk.me.id ? { words: w.admin.makeOneTime, act: () => ask('POST', `${at('users', user.id)}/one-time-password`) } : null,
    said: (answer) => (answer.body?.oneTimePassword ? w.admin.oneTime(answer.body.loginId, answer.body.oneTimePassword) : w.admin.saved),
  };
}

/** @param {Desk} desk @param {Station[]} value @param {Words} w */
function stationRows(desk, value, w) {
  const pbxs = /** @type {[string, string][]} */ ([...new Set([...desk.pbxs, ...value.map((s) => s.pbx)])].map((pbx) => [pbx, pbx]));
  const input = (/** @type {string} */ label, /** @type {string} */ of, /** @type {string} */ example) => {
    const made = h('input');
    made.value = of;
    made.placeholder = example;
    made.spellcheck = false;
    made.setAttribute('aria-label', label);
    return made;
  };
  return rows('stations', w.fields.stations, value, (row) => {
    const pbx = options(pbxs, row?.pbx ?? pbxs[0]?.[0] ?? '');
    pbx.setAttribute('aria-label', w.station.pbx);
    const station = input(w.station.station, row?.station ?? '', '1001');
    const endpoint = input(w.station.endpoint, row?.endpoint ?? '', 'PJSIP/1001');
    const other = row && row.memberInterface !== row.endpoint ? row.memberInterface : '';
    const member = input(w.station.memberInterface, other, w.station.memberInterface);
    const read = () => ({ userId: row?.userId ?? '', pbx: pbx.value, station: station.value.trim(), endpoint: endpoint.value.trim(), memberInterface: member.value.trim() || endpoint.value.trim() });
    return { parts: [pbx, station, endpoint, member], value: read };
  }, { add: w.station.add, remove: w.station.remove, hint: w.hints.stations });
}

/** @param {Desk} desk @param {{verb: string, scope: {kind: string, id: string}}[]} value @param {Words} w */
function grantRows(desk, value, w) {
  const word = (/** @type {string} */ verb) => /** @type {Record<string, string>} */ (w.rights)[verb] ?? verb;
  const verbs = desk.verbs.map(({ verb, intrusive }) => /** @type {[string, string]} */ ([verb, intrusive ? `${word(verb)} (${w.grant.intrusive})` : word(verb)]));
  const named = (/** @type {'site'|'group'|'queue'} */ kind, /** @type {string} */ id, /** @type {string} */ name) => /** @type {[string, string]} */ ([`${kind} ${id}`, `${w.scopes[kind]} ${name}`]);
  const places = [
    /** @type {[string, string]} */ (['all ', w.scopes.all]),
    ...desk.sites.map((site) => named('site', site.id, site.name)),
    ...desk.groups.map((group) => named('group', group.id, group.name)),
    ...desk.queues.map((queue) => named('queue', queue, queue)),
  ];
  return rows('grants', w.fields.grants, value, (row) => {
    const verb = options(verbs, row?.verb ?? 'see');
    verb.setAttribute('aria-label', w.grant.verb);
    const now = row ? `${row.scope.kind} ${row.scope.id}` : '';
    const known = places.some(([place]) => place === now) || !row;
    const where = options(known ? places : [...places, [now, now]], now || (places[0]?.[0] ?? ''));
    where.setAttribute('aria-label', w.grant.scope);
    const read = () => {
      const [kind = '', ...id] = where.value.split(' ');
      return { verb: verb.value, scope: { kind, id: id.join(' ') } };
    };
    return { parts: [verb, where], value: read };
  }, { add: w.grant.add, remove: w.grant.remove });
}

/** @param {Desk} desk @param {Group|null} group @param {Words} w @returns {Editor} */
export function groupEditor(desk, group, w) {
  const name = text('name', w.fields.name, group?.name ?? '', { required: true });
  const members = several('memberIds', w.fields.memberIds, desk.users.map((user) => [user.id, `${nameOf(user)} (${siteName(desk, user.siteId) || '–'})`]), group?.memberIds ?? []);
  const body = () => ({ name: name.value(), memberIds: members.value() });
  return {
    title: group?.name ?? w.admin.newGroup,
    elements: [name.element, members.element],
    save: () => (group ? ask('PUT', at('user-groups', group.id), body()) : ask('POST', 'api/user-groups', body())),
    remove: group ? () => ask('DELETE', at('user-groups', group.id)) : null,
    said: () => w.admin.saved,
  };
}

/** @param {Desk} _desk @param {Site|null} site @param {Words} w @returns {Editor} */
export function siteEditor(_desk, site, w) {
  const f = w.fields;
  const name = text('name', f.name, site?.name ?? '', { required: true });
  const zone = text('timeZone', f.timeZone, site?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const day = text('dayStart', f.dayStart, site?.dayStart ?? '00:00', { type: 'time' });
  const trunks = lines('trunks', f.trunks, site?.trunks ?? [], w.hints.trunks);
  const queues = lines('queues', f.queues, site?.queues ?? [], w.hints.queues);
  const out = text('outboundContext', f.outboundContext, site?.outboundContext ?? '');
  const transfer = text('transferContext', f.transferContext, site?.transferContext ?? '');
  const reason = check('listeningReason', f.listeningReason, site?.listeningReason ?? true);
  const told = check('listeningTold', f.listeningTold, site?.listeningTold ?? false);
  const numbers = area('numbers', f.numbers, JSON.stringify(site?.numbers ?? {}, null, 2));
  const pair = (/** @type {{element: HTMLElement}[]} */ ...fields) => h('div', 'pair', ...fields.map((field) => field.element));
  const save = async () => {
    let rules;
    try {
      rules = JSON.parse(numbers.value() || '{}');
    } catch (problem) {
      return { ok: false, status: 0, body: null, slug: 'bad_value', message: '', details: { numbers: String(problem) } };
    }
    const body = {
      name: name.value(), timeZone: zone.value(), dayStart: day.value().slice(0, 5), trunks: trunks.value(), queues: queues.value(),
      outboundContext: out.value() || null, transferContext: transfer.value() || null, listeningReason: reason.value(), listeningTold: told.value(),
      numbers: rules,
    };
    return site ? ask('PUT', at('sites', site.id), changed(body, site)) : ask('POST', 'api/sites', body);
  };
  return {
    title: site?.name ?? w.admin.newSite,
    elements: [name.element, pair(zone, day), trunks.element, queues.element, pair(out, transfer), reason.element, told.element, numbers.element],
    save,
    remove: site ? () => ask('DELETE', at('sites', site.id)) : null,
    said: () => w.admin.saved,
  };
}
