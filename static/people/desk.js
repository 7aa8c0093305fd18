/**
 * What the administration knows: everything that the server lets this user see of people, read anew when the
 * server says that something changed.
 */

import { ask } from '../api.js';

/** @typedef {{verb: string, scopes: {kind: string, id: string}[]}} Held */
/** @typedef {{id: string, loginId: string, firstName: string, lastName: string, email: string|null, role: string, isActive: boolean, siteId: string|null, mobileNumber: string|null, useMobileAsStation: boolean, groupIds: string[], campaignIds: string[], mustChangePassword: boolean}} User */
/** @typedef {{id: string, name: string, memberIds: string[]}} Group */
/** @typedef {{id: string, name: string, ipAddress: string|null, timeZone: string, dayStart: string, trunks: string[], queues: string[], outboundContext: string|null, transferContext: string|null, listeningReason: boolean, listeningTold: boolean, numbers: object}} Site */
/** @typedef {{userId: string, pbx: string, station: string, endpoint: string, memberInterface: string}} Station */
/** @typedef {{verb: string, intrusive: boolean}} Right */

/**
 * @typedef {object} Desk
 * @property {User} me
 * @property {Held[]} rights what this user may
 * @property {User[]} users
 * @property {Group[]} groups
 * @property {Site[]} sites
 * @property {Station[]} stations
 * @property {Right[]} verbs that can be given
 * @property {string[]} pbxs their names
 * @property {string[]} queues their ids
 */

/** Reads everything; the answer that was refused instead. @returns {Promise<Desk|import('../api.js').Answer>} */
export async function readDesk() {
  const [me, users, groups, sites, stations, verbs, pbxs, queues] = await Promise.all(
    ['api/auth/me', 'api/users', 'api/user-groups', 'api/sites', 'api/stations', 'api/rights', 'api/board/pbxs', 'api/board/queues'].map((path) => ask('GET', path)),
  );
  const refused = [me, users, groups, sites, stations, verbs].find((answer) => !answer?.ok);
  if (refused || !me) return /** @type {import('../api.js').Answer} */ (refused);
  const names = (/** @type {import('../api.js').Answer|undefined} */ answer) => (answer?.ok ? answer.body.map((/** @type {{id: string}} */ row) => row.id).sort() : []);
  return {
    me: me.body.user, rights: me.body.rights, users: users?.body, groups: groups?.body, sites: sites?.body, stations: stations?.body,
    verbs: verbs?.body, pbxs: names(pbxs), queues: names(queues),
  };
}

/** @param {Desk} desk @param {string} verb */
export const may = (desk, verb) => desk.rights.some((right) => right.verb === verb);

/** @param {User} user */
export const nameOf = (user) => `${user.firstName} ${user.lastName}`.trim() || user.loginId;

/** @param {Desk} desk @param {string|null} id */
export const siteName = (desk, id) => desk.sites.find((site) => site.id === id)?.name ?? id ?? '';
