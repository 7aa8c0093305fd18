/**
 * Who belongs where: sites and groups of people, read from the server, so that the floor can be seen by site
 * and by group. Without accounts there are none, and nothing is offered. Read anew when the server says that
 * people changed; never polled.
 */

/** Longer than any deadline of the server's own. */
const GIVE_UP_MS = 15000;

/**
 * @typedef {object} People
 * @property {{id: string, name: string}[]} places `site:lyon`, `group:n1`, with names, as they are offered
 * @property {Map<string, Set<string>>} of the places of each agent, by the agent's id
 * @property {Map<string, Set<string>>} queues those of a site's own queues, by the queue's id
 */

/** Who is logged in, and what he may, as `GET /api/auth/me` gives it. @typedef {{user: {role: string}, rights: {verb: string, scopes: {kind: string, id: string}[]}[]}} Me */

/** Where raising a hand is offered: on an agent's own page, in the panel of an agent. @typedef {{own: boolean, panel: boolean}} MayRaise */

/**
 * Raising a hand is the agent's own gesture, and nobody's who supervises. In panels it is offered to whom the floor
 * is himself alone. Where nobody logs in, whoever opened an agent's own page is taken for him.
 * @param {Me|null} me @returns {MayRaise}
 */
export function mayRaise(me) {
  if (!me) return { own: true, panel: false };
  const own = me.user.role === 'Agent';
  const sees = me.rights.find((right) => right.verb === 'see')?.scopes ?? [];
  return { own, panel: own && sees.length > 0 && sees.every((scope) => scope.kind === 'own') };
}

/** Whether calls may be kept by who looks: everybody may where nobody logs in. @param {Me|null} me */
export const mayHold = (me) => !me || me.rights.some((right) => right.verb === 'hold');

/** Whether he may have a phone call. @param {Me|null} me */
export const mayCall = (me) => !me || me.rights.some((right) => right.verb === 'originate');

/** Whether call flows are his to see: what callers hear is nobody's part. @param {Me|null} me null where nobody logs in */
export const mayDraw = (me) => me === null || me.rights.some((right) => right.verb === 'flows' && right.scopes.some((scope) => scope.kind === 'all'));

/** @returns {People} */
export const nobody = () => ({ places: [], of: new Map(), queues: new Map() });

/**
 * Asks for everything; nobody where there is nothing to read, or no right to.
 * @param {typeof fetch} [ask] @returns {Promise<People>}
 */
export async function readPeople(ask = (...at) => fetch(...at)) {
  const lists = await Promise.all(['sites', 'user-groups', 'users', 'stations'].map((what) => read(`api/${what}`, ask)));
  const [sites = [], groups = [], users = [], stations = []] = lists;
  return peopleOf(sites, groups, users, stations);
}

/** @param {string} address @param {typeof fetch} ask @returns {Promise<any[]>} */
async function read(address, ask) {
  try {
    const answer = await ask(address, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(GIVE_UP_MS) });
    const body = answer.ok ? await answer.json() : [];
    return Array.isArray(body) ? body : [];
  } catch {
    return [];
  }
}

/** @param {any[]} sites @param {any[]} groups @param {any[]} users @param {any[]} stations @returns {People} */
export function peopleOf(sites, groups, users, stations) {
  const people = nobody();
  for (const site of sites) {
    people.places.push({ id: `site:${site.id}`, name: String(site.name) });
    for (const queue of site.queues ?? []) put(people.queues, String(queue), `site:${site.id}`);
  }
  for (const group of groups) people.places.push({ id: `group:${group.id}`, name: String(group.name) });
  /** @type {Map<string, any>} */
  const byId = new Map(users.map((user) => [user.id, user]));
  for (const { userId, pbx, endpoint } of stations) {
    const user = byId.get(userId);
    if (!user) continue;
    if (user.siteId) put(people.of, `${pbx}~${endpoint}`, `site:${user.siteId}`);
    for (const group of user.groupIds ?? []) put(people.of, `${pbx}~${endpoint}`, `group:${group}`);
  }
  return people;
}

/** @param {Map<string, Set<string>>} into @param {string} key @param {string} place */
function put(into, key, place) {
  const set = into.get(key);
  if (set) set.add(place);
  else into.set(key, new Set([place]));
}
