/**
 * What the wall shows. Pure: the floor as it is selected goes in, cards come out.
 *
 * Up to `TILES_UP_TO` agents each has a card of his own, since a room knows its people; above, agents are
 * counted by queue: nobody reads two thousand names from across a room.
 */

import { GROUPS, groupOf, longestWait, stateSince } from '../select.js';

/** @import {Agent, Queue} from '../protocol.js' */
/** @import {People} from '../people.js' */
/** @import {Floor, Group} from '../select.js' */

/** The most agents who are shown one by one. */
export const TILES_UP_TO = 120;

/** @typedef {Record<Group, number>} Counts */

/**
 * A queue in figures. Times are on the clock of its PBX.
 * @typedef {object} QueueCard
 * @property {'queue'} kind
 * @property {string} id
 * @property {string} name empty for the agents of no queue
 * @property {string} pbx
 * @property {number} waiting
 * @property {number|null} longest since when the caller who waits longest does
 * @property {Counts} counts its agents by group
 * @property {number} agents
 * @property {number} answered since its counts began
 * @property {number} abandoned
 * @property {boolean} believed its row is live and nothing contradicts it
 */

/** @typedef {{kind: 'agent', id: string, agent: Agent, group: Group, pbx: string, since: number, bound: boolean, believed: boolean}} AgentCard */

/**
 * @typedef {object} Wall
 * @property {QueueCard[]} queues by name; last, who is in none
 * @property {AgentCard[]} agents by group and name; empty when they are too many
 */

/** @returns {Counts} */
const none = () => ({ trouble: 0, ringing: 0, talking: 0, wrap_up: 0, free: 0, paused: 0, away: 0 });

/** @param {Floor} floor @param {(pbx: string) => boolean} isLive @param {{people: People, by: string}} [places] counted by these instead of by queue @returns {Wall} */
export function wallOf(floor, isLive, places) {
  if (places?.by) return { queues: placeCards(floor, isLive, places.people, places.by), agents: [] };
  /** @type {Map<string, QueueCard>} */
  const cards = new Map();
  for (const queue of floor.queues) cards.set(queue.id, queueCard(queue, isLive));
  const alone = { ...queueCard(NOBODY, () => true), id: '~' };
  for (const group of GROUPS) {
    for (const agent of floor.groups[group]) {
      for (const { queue } of agent.memberships) {
        const card = cards.get(`${agent.pbx}~${queue}`);
        if (card) count(card, group);
      }
      if (agent.memberships.length === 0) count(alone, group);
    }
  }
  const queues = [...cards.values()];
  if (alone.agents > 0 && floor.agents > TILES_UP_TO) queues.push(alone);
  const agents = floor.agents > TILES_UP_TO ? [] : GROUPS.flatMap((group) => floor.groups[group]).map((agent) => agentCard(agent, isLive));
  return { queues, agents };
}

/**
 * Sites, or groups, with their agents and who waits in queues that are the site's own; last, who is of none.
 * @param {Floor} floor @param {(pbx: string) => boolean} isLive @param {People} people @param {string} kind
 */
function placeCards(floor, isLive, people, kind) {
  const alone = { ...queueCard(NOBODY, () => true), id: '~' };
  const cards = new Map(people.places.filter((place) => place.id.startsWith(`${kind}:`))
    .map(({ id, name }) => [id, { ...queueCard({ ...NOBODY, id, name }, () => true) }]));
  const of = (/** @type {Set<string>|undefined} */ places) => [...(places ?? [])].flatMap((place) => cards.get(place) ?? []);
  for (const group of GROUPS) {
    for (const agent of floor.groups[group]) {
      const his = of(people.of.get(agent.id));
      for (const card of his.length ? his : [alone]) {
        count(card, group);
        card.believed &&= isLive(agent.pbx);
      }
    }
  }
  for (const queue of floor.queues) {
    for (const card of of(people.queues.get(queue.id))) {
      const since = longestWait(queue);
      card.waiting += queue.waiting.length;
      if (since !== null && (card.longest === null || since < card.longest)) Object.assign(card, { longest: since, pbx: queue.pbx });
    }
  }
  return alone.agents > 0 ? [...cards.values(), alone] : [...cards.values()];
}

/** Stands for the agents who are in no queue. @type {Queue} */
const NOBODY = {
  id: '~', pbx: '', name: '', strategy: '', service_level_s: null, waiting: [], members: [], counts_since_ms: 0,
  offered: 0, answered: 0, abandoned: 0, flowed_out: 0, trust: 'live',
};

/** @param {Queue} queue @param {(pbx: string) => boolean} isLive @returns {QueueCard} */
function queueCard(queue, isLive) {
  return {
    kind: 'queue', id: queue.id, name: queue.name, pbx: queue.pbx, waiting: queue.waiting.length, longest: longestWait(queue), counts: none(), agents: 0,
    answered: queue.answered, abandoned: queue.abandoned, believed: isLive(queue.pbx) && queue.trust === 'live',
  };
}

/** @param {QueueCard} card @param {Group} group */
function count(card, group) {
  card.counts[group] += 1;
  card.agents += 1;
}

/** @param {Agent} agent @param {(pbx: string) => boolean} isLive @returns {AgentCard} */
function agentCard(agent, isLive) {
  return { kind: 'agent', id: agent.id, agent, group: groupOf(agent), pbx: agent.pbx, ...stateSince(agent), believed: isLive(agent.pbx) && agent.trust === 'live' };
}

/**
 * As many queues as there is room for, by name, so that each keeps its place; when there is less, those
 * where somebody waits come first, and the last card sums who waits in the rest.
 * @param {QueueCard[]} queues by name @param {number} room at least 1
 * @returns {{shown: QueueCard[], rest: (QueueCard & {of: number})|null}}
 */
export function within(queues, room) {
  if (queues.length <= room) return { shown: queues, rest: null };
  const needs = queues.map((card, place) => ({ card, place })).sort((a, b) => b.card.waiting - a.card.waiting || a.place - b.place);
  const shown = needs.slice(0, room - 1).sort((a, b) => a.place - b.place).map(({ card }) => card);
  const rest = { ...queueCard(NOBODY, () => true), id: '~rest', of: queues.length - shown.length };
  for (const { card } of needs.slice(room - 1)) {
    rest.waiting += card.waiting;
    rest.believed &&= card.believed;
    if (card.longest !== null && (rest.longest === null || card.longest < rest.longest)) {
      rest.longest = card.longest;
      rest.pbx = card.pbx;
    }
  }
  return { shown, rest };
}
