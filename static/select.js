/**
 * What of the state is to be seen: filtered, grouped, ordered, counted. Pure.
 */

/** @import {Agent, Call, Leg, Party, Queue, QueueMember, Trunk} from './protocol.js' */
/** @import {Filter, State} from './state.js' */

/** Groups of agents, in the order of the page: who may need a supervisor comes first. */
export const GROUPS = /** @type {const} */ ([
  'trouble', 'ringing', 'talking', 'wrap_up', 'free', 'paused', 'away',
]);
/** @typedef {typeof GROUPS[number]} Group */

/**
 * One group for the two axes: what an agent does wins over what he chose, since a paused agent who
 * talks is talking; at rest his availability decides.
 * @param {Agent} agent @returns {Group}
 */
export function groupOf(agent) {
  switch (agent.activity) {
    case 'dead_call':
    case 'not_responding':
      return 'trouble';
    case 'ringing':
      return 'ringing';
    case 'dialing':
    case 'on_call':
    case 'on_hold':
    case 'consulting':
    case 'three_way':
      return 'talking';
    case 'wrap_up':
      return 'wrap_up';
    case 'unreachable':
      // A phone unplugged after hours troubles nobody; one whose agent is expected does.
      return agent.availability === 'logged_out' ? 'away' : 'trouble';
    case 'idle':
      if (agent.availability === 'logged_out') return 'away';
      return agent.availability === 'paused' ? 'paused' : 'free';
    default:
      return 'away';
  }
}

/** Whether that time of a row is only the latest that it can be. @param {{at_least?: string[]}} row @param {string} time */
export const isBound = (row, time) => row.at_least?.includes(time) ?? false;

/**
 * Since when the state that the group shows holds, on the PBX's clock. A pause is as long as it is,
 * whatever calls were made in it; free is who is available and at rest, since the later of the two.
 * @param {Agent} agent
 */
export function stateSince(agent) {
  const activity = { since: agent.activity_since_ms, bound: isBound(agent, 'activity_since_ms') };
  if (agent.activity !== 'idle') return activity;
  const availability = { since: agent.availability_since_ms, bound: isBound(agent, 'availability_since_ms') };
  const rests = agent.availability === 'available' || agent.availability === 'partly_paused';
  return rests && activity.since > availability.since ? activity : availability;
}

/** @param {string} text */
function fold(text) {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** @param {Party|null|undefined} party */
const partyText = (party) => (party ? `${party.number} ${party.name}` : '');

/** Rows are replaced, never changed, so their folded text can be kept. @type {WeakMap<object, string>} */
const folded = new WeakMap();

/** @param {object} row @param {() => string[]} parts */
function textOf(row, parts) {
  let text = folded.get(row);
  if (text === undefined) {
    text = fold(parts().join(' '));
    folded.set(row, text);
  }
  return text;
}

/** @param {Call} c */
const callText = (c) =>
  textOf(c, () => [
    partyText(c.caller), c.called, c.linkedid, c.queue?.name ?? '', c.conference ?? '', ...(c.flows ?? []).map((walk) => walk.name),
    ...c.legs.flatMap((l) => [l.channel, partyText(l.party)]),
  ]);
/** @param {Agent} a */
const agentText = (a) =>
  textOf(a, () => [a.name, a.endpoint, partyText(a.with), a.pause_reason ?? '', ...a.memberships.map((m) => m.queue)]);
/** @param {Queue} q */
const queueText = (q) =>
  textOf(q, () => [q.name, ...q.waiting.map((w) => partyText(w.party)), ...q.members.map((m) => m.name)]);
/** @param {Trunk} t */
const trunkText = (t) => textOf(t, () => [t.endpoint]);

/**
 * @typedef {object} Floor
 * @property {Record<Group, Agent[]>} groups
 * @property {number} agents
 * @property {Call[]} calls newest first, those over at the end
 * @property {Queue[]} queues by name
 * @property {Trunk[]} trunks by name
 * @property {Figures} figures
 * @property {string[]} unknown PBXs of the filter that were never seen: their rows are missing, not none
 * @property {boolean} blank nothing at all is known, so no count is one
 */

/**
 * @typedef {object} Figures
 * @property {number} waiting callers in queues
 * @property {{since: number, pbx: string}|null} longest of them
 * @property {number} calls not over
 */

/** @param {State} state @returns {Floor} */
export function floorOf(state) {
  const { tables, filter } = state;
  const words = fold(filter.text).split(/\s+/).filter(Boolean);
  // while nobody looks for anything no row's text is folded
  const matches = words.length === 0 ? () => true
    : /** @type {<T>(row: T, text: (row: T) => string) => boolean} */ ((row, text) => {
      const folded = text(row);
      return words.every((word) => folded.includes(word));
    });
  const here = (/** @type {{pbx: string}} */ row) => !filter.pbx || row.pbx === filter.pbx;

  const { inPlace, queueInPlace, callInPlace } = placesOf(state);

  /** @type {Record<Group, Agent[]>} */
  const groups = { trouble: [], ringing: [], talking: [], wrap_up: [], free: [], paused: [], away: [] };
  let agents = 0;
  for (const agent of tables.agents.values()) {
    if (!here(agent) || !inPlace(agent.id) || !inQueue(agent, filter) || !matches(agent, agentText)) continue;
    const group = groupOf(agent);
    if (filter.state && filter.state !== group) continue;
    groups[group].push(agent);
    agents += 1;
  }
  for (const group of GROUPS) groups[group] = inOrder(groups[group], (agent) => agent.name);

  const calls = [...tables.calls.values()].filter(
    (call) => here(call) && callInPlace(call) && (!filter.queue || call.queue?.name === filter.queue) && matches(call, callText),
  );
  calls.sort(byNewest);
  const queues = inOrder([...tables.queues.values()].filter(
    (queue) => here(queue) && queueInPlace(queue) && (!filter.queue || queue.name === filter.queue) && matches(queue, queueText),
  ), (queue) => queue.name);
  const trunks = inOrder([...tables.trunks.values()].filter((trunk) => here(trunk) && matches(trunk, trunkText)), (trunk) => trunk.endpoint);
  const counted = [...tables.pbxs.values()].filter((pbx) => !filter.pbx || pbx.id === filter.pbx);
  const unknown = counted.filter((pbx) => pbx.known_since_ms === null).map((pbx) => pbx.id).sort();
  const blank = unknown.length === counted.length;
  return { groups, agents, calls, queues, trunks, figures: figuresOf(state, queues, calls), unknown, blank };
}

/**
 * Who is of the site or group that the filter names: its agents, the queues that are its own or that they
 * serve, the calls in these or with them.
 * @param {State} state
 */
function placesOf({ people, filter }) {
  const place = filter.group;
  if (!place) return { inPlace: () => true, queueInPlace: () => true, callInPlace: () => true };
  const inPlace = (/** @type {string} */ agent) => people.of.get(agent)?.has(place) ?? false;
  const own = (/** @type {string} */ queue) => people.queues.get(queue)?.has(place) ?? false;
  return {
    inPlace,
    queueInPlace: (/** @type {Queue} */ queue) => own(queue.id) || queue.members.some((member) => member.agent !== null && inPlace(member.agent)),
    callInPlace: (/** @type {Call} */ call) => (call.queue !== null && own(`${call.pbx}~${call.queue.name}`)) || call.legs.some((leg) => leg.agent !== null && inPlace(leg.agent)),
  };
}

/** @param {Agent} agent @param {Filter} filter */
function inQueue(agent, filter) {
  return (
    !filter.queue ||
    agent.call_queue === filter.queue ||
    agent.memberships.some((m) => m.queue === filter.queue)
  );
}

/** @param {State} state @param {Queue[]} queues @param {Call[]} calls @returns {Figures} */
function figuresOf(state, queues, calls) {
  let waiting = 0;
  /** @type {{since: number, pbx: string}|null} */
  let longest = null;
  for (const queue of queues) {
    waiting += queue.waiting.length;
    const first = longestWait(queue);
    if (first === null) continue;
    // Two PBXs' clocks differ: compared on the server's.
    const since = first + (state.tables.pbxs.get(queue.pbx)?.clock_offset_ms ?? 0);
    if (longest === null || since < longest.since) longest = { since, pbx: queue.pbx };
  }
  return { waiting, longest, calls: calls.filter((call) => call.phase !== 'ended').length };
}

/** When the caller who waits longest in a queue joined it, on the PBX's clock. @param {Queue} queue */
export function longestWait(queue) {
  let first = null;
  for (const waiting of queue.waiting) {
    if (first === null || waiting.joined_ms < first) first = waiting.joined_ms;
  }
  return first;
}

/** @typedef {'free'|'ringing'|'talking'|'paused'|'away'} MemberState */

/**
 * A queue member as this queue sees him: `Status` 0 to 8 of Asterisk's device states.
 * @param {QueueMember} member @returns {MemberState}
 */
export function memberState(member) {
  if (member.status === 6 || member.status === 7) return 'ringing';
  if (member.in_call || member.status === 2 || member.status === 3 || member.status === 8) return 'talking';
  if (member.status === 4 || member.status === 5) return 'away';
  return member.paused ? 'paused' : 'free';
}

/** @param {Queue} queue @returns {Record<MemberState, number>} */
export function memberCounts(queue) {
  const counts = { free: 0, ringing: 0, talking: 0, paused: 0, away: 0 };
  for (const member of queue.members) counts[memberState(member)] += 1;
  return counts;
}

/**
 * The legs to show: Local halves only when asked for, or when there is nothing else.
 * @param {Call} call @param {boolean} locals @returns {Leg[]}
 */
export function shownLegs(call, locals) {
  if (locals) return call.legs;
  const real = call.legs.filter((leg) => !leg.local);
  return real.length > 0 ? real : call.legs;
}

/**
 * The leg that a verb on a whole call means: the outside party's, else the first that is no
 * agent's, else the first live one; who only listens is meant last.
 * @param {Call} call @returns {Leg|null}
 */
export function mainLeg(call) {
  const all = call.legs.filter((leg) => leg.phase !== 'ended' && !leg.local);
  const parties = all.filter((leg) => !leg.spies_on);
  const live = parties.length > 0 ? parties : all;
  return live.find((leg) => leg.trunk) ?? live.find((leg) => !leg.agent) ?? live[0] ?? null;
}

/**
 * Who serves and who is served, for verbs that are meant for one of them: the agent who talks, and the other
 * side. Both are the same leg where there is no such pair.
 * @param {Call} call @returns {{agent: Leg|null, caller: Leg|null}}
 */
export function sidesOf(call) {
  const main = mainLeg(call);
  const up = call.legs.filter((leg) => leg.agent && !leg.local && !leg.spies_on && (leg.phase === 'up' || leg.phase === 'holding'));
  const agent = up.find((leg) => leg.uniqueid !== main?.uniqueid) ?? main;
  return { agent, caller: main };
}

/**
 * The endpoint of a phone: as it was typed, or that of the phone whose number was typed, `PJSIP/1001` for `1001`.
 * @param {string} typed @param {string} pbx @param {State} state
 */
export function stationOf(typed, pbx, state) {
  if (typed.includes('/')) return typed;
  const named = [...state.tables.agents.values()].filter((agent) => agent.pbx === pbx && agent.endpoint.slice(agent.endpoint.indexOf('/') + 1) === typed);
  return named.length === 1 ? named[0]?.endpoint ?? typed : typed;
}

/** Places in the alphabet by id and name; so many at most. @type {Map<string, string>} */
const keys = new Map();
const MOST_KEYS = 20_000;

/**
 * A row's place in the alphabet, numbers by value; kept beyond the row, since a floor of thousands is put
 * in order at every change.
 * @param {{id: string}} row @param {string} name
 */
function keyOf(row, name) {
  const at = `${row.id} ${name}`;
  let key = keys.get(at);
  if (key === undefined) {
    if (keys.size >= MOST_KEYS) keys.clear();
    key = `${fold(name).replace(/\d+/g, (digits) => digits.padStart(10, '0'))} ${row.id}`;
    keys.set(at, key);
  }
  return key;
}

/** @param {string} a @param {string} b */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
/**
 * By name, numbers by value.
 * @template {{id: string}} T
 * @param {T[]} rows @param {(row: T) => string} name
 */
function inOrder(rows, name) {
  return rows.map((row) => ({ row, key: keyOf(row, name(row)) })).sort((a, b) => compare(a.key, b.key)).map(({ row }) => row);
}
/** @param {Call} a @param {Call} b */
const byNewest = (a, b) =>
  Number(a.phase === 'ended') - Number(b.phase === 'ended') ||
  b.started_ms - a.started_ms ||
  compare(b.id, a.id);
