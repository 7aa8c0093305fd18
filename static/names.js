/** What people and legs are called on the page: by who is there, and by a channel only where that does not tell them apart. Pure. */

/** @import {Leg, Party} from './protocol.js' */
/** @import {State} from './state.js' */

/** A person in one string: name, number, or both. @param {Party|null} party @param {string} nobody */
export function partyWords(party, nobody) {
  if (!party || (!party.name && !party.number)) return nobody;
  if (!party.name || party.name === party.number) return party.number || party.name;
  return party.number ? `${party.name} ${party.number}` : party.name;
}

/** Who sits at an endpoint of a PBX, or the endpoint itself. @param {State} state @param {string} pbx @param {string} endpoint */
export const agentAt = (state, pbx, endpoint) => state.tables.agents.get(`${pbx}~${endpoint}`)?.name || endpoint;

/** Who is at the leg: the agent's name if it is one's, else the party. @param {Leg} leg @param {State} state */
export function legName(leg, state) {
  const agent = leg.agent ? state.tables.agents.get(leg.agent) : undefined;
  return agent?.name || partyWords(leg.party, leg.endpoint);
}

/**
 * What each of several legs is called: who is there, with the channel where two would read the same.
 * @param {readonly Leg[]} legs that are shown together @param {State} state @returns {Map<Leg, string>}
 */
export function legNames(legs, state) {
  const names = legs.map((leg) => legName(leg, state));
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
  return new Map(legs.map((leg, n) => {
    const name = names[n] ?? '';
    return [leg, times.get(name) === 1 ? name : `${name} (${leg.channel})`];
  }));
}
