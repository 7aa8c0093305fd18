/**
 * A frozen picture: the floor as it was at one instant, to be studied while the live one goes on unseen
 * behind it. It says how old it is, and nothing can be done in it.
 */

/** @import {State} from './state.js' */

/** @param {State} state @param {number} steady performance.now() @returns {State & {frozenAt: number}} */
export function freeze(state, steady) {
  const at = state.connection.phase === 'live' ? state.clock.at(steady) : state.connection.lostAt;
  const { pbxs, calls, agents, queues, trunks, alarms, desks, sessions } = state.tables;
  return {
    ...state,
    // rows are replaced and never changed, so that the tables alone are copied
    tables: { pbxs: new Map(pbxs), calls: new Map(calls), agents: new Map(agents), queues: new Map(queues), trunks: new Map(trunks), alarms: new Map(alarms), desks: new Map(desks), sessions: new Map(sessions) },
    connection: { ...state.connection },
    clock: /** @type {State['clock']} */ ({ offset: 0, hear() {}, at: () => at }),
    frozenAt: at ?? Date.now(),
  };
}
