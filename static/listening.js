/**
 * Who listens to whom. Whoever listens has a call of his own, so that this is looked up over all calls: once for
 * each state of the board, and only who is listened to is looked for. Pure.
 */

import { channelKey } from './state.js';

/** @import {Call, Leg} from './protocol.js' */
/** @import {State} from './state.js' */

/** A leg that listens to another one, and how. @typedef {{leg: Leg, to: Leg}} Listener */
/** @typedef {{version: number, calls: Map<string, Listener[]>, agents: Map<string, Listener[]>, heard: Map<string, Leg>, ears: Map<string, Leg[]>}} Looked */

/** Kept for the calls of a state; a frozen picture has its own. @type {WeakMap<object, Looked>} */
const kept = new WeakMap();
/** @type {Listener[]} */
const NOBODY = [];
/** @type {Leg[]} */
const NO_LEGS = [];

/** Those who listen to a call. @param {string} call its id @param {State} state @returns {readonly Listener[]} */
export const listenersOf = (call, state) => look(state).calls.get(call) ?? NOBODY;

/** Those who listen to an agent. @param {string} agent his id @param {State} state @returns {readonly Listener[]} */
export const listenersTo = (agent, state) => look(state).agents.get(agent) ?? NOBODY;

/** The legs by which an agent listens himself. @param {string} agent his id @param {State} state @returns {readonly Leg[]} */
export const earsOf = (agent, state) => look(state).ears.get(agent) ?? NO_LEGS;

/** The leg that one listens to, if it is on the board. @param {Leg} leg @param {string} pbx @param {State} state */
export const heardBy = (leg, pbx, state) => (leg.spies_on ? look(state).heard.get(channelKey(pbx, leg.spies_on)) : undefined);

/** @param {State} state @returns {Looked} */
function look(state) {
  const { calls } = state.tables;
  const before = kept.get(calls);
  if (before?.version === state.version) return before;
  /** @type {Looked} */
  const looked = { version: state.version, calls: new Map(), agents: new Map(), heard: new Map(), ears: new Map() };
  const listening = listeningIn(calls.values());
  for (const leg of [...listening.values()].flat()) if (leg.agent) put(looked.ears, leg.agent, leg);
  if (listening.size > 0) {
    for (const call of calls.values()) {
      for (const to of call.legs) {
        const key = channelKey(call.pbx, to.uniqueid);
        const legs = listening.get(key);
        if (!legs) continue;
        looked.heard.set(key, to);
        for (const leg of legs) {
          put(looked.calls, call.id, { leg, to });
          if (to.agent) put(looked.agents, to.agent, { leg, to });
        }
      }
    }
  }
  kept.set(calls, looked);
  return looked;
}

/** Legs that listen, by whom they listen to. @param {Iterable<Call>} calls */
function listeningIn(calls) {
  /** @type {Map<string, Leg[]>} */
  const listening = new Map();
  for (const { pbx, legs } of calls) {
    for (const leg of legs) {
      if (leg.spies_on && leg.phase !== 'ended') put(listening, channelKey(pbx, leg.spies_on), leg);
    }
  }
  return listening;
}

/** @template T @param {Map<string, T[]>} into @param {string} key @param {T} value */
function put(into, key, value) {
  const list = into.get(key);
  if (list) list.push(value);
  else into.set(key, [value]);
}
