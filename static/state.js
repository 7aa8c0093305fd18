/**
 * Everything the page knows, in one object. Functions elsewhere read and change it; it has none.
 */

import { ServerClock } from './clock.js';
import { nobody } from './people.js';

/** @import {People} from './people.js' */
/** @import {Rows, Table} from './protocol.js' */

/**
 * Our own connection to Vigie.
 * @typedef {object} Connection
 * @property {'connecting'|'live'|'lost'} phase
 * @property {number|null} lostAt when it was last known good, on the server's clock
 * @property {number|null} retryAt next attempt, on our steady clock
 * @property {number} attempts failed ones in a row
 * @property {string} reason what the server said before it closed, or empty
 */

/**
 * What is looked for; kept in the address.
 * @typedef {object} Filter
 * @property {string} text
 * @property {string} pbx empty for all
 * @property {string} queue name, empty for all
 * @property {string} state a group of agents' states, empty for all
 * @property {string} group of people, empty for all
 * @property {string} by what the wall counts by: empty for queues, `site` or `group`
 * @property {string} site id of the one whose figures are reported, empty for all
 * @property {boolean} locals Local halves are shown
 */

/** On a leg. @typedef {'hangup'|'transfer'} Verb */
/** On an agent. @typedef {'pause'|'unpause'|'login'|'logout'|'penalty'} AgentVerb */

/**
 * What became of a verb.
 * @typedef {object} Outcome
 * @property {number} n
 * @property {Verb|AgentVerb|'desk'|'more'} verb `desk`: a message or a raised hand; `more`: another verb, named in `destination`
 * @property {string} who who is at the leg, or the name of an agent
 * @property {string} destination
 * @property {'done'|'refused'} result
 * @property {string} slug the outcome's or the error's slug
 * @property {string} message the server's words
 * @property {number} tookMs
 */

/**
 * @typedef {object} State
 * @property {string} run of the server; another one means that nothing continues
 * @property {number} seq the last change applied
 * @property {{[T in Table]: Map<string, Rows[T]>}} tables
 * @property {number} version grows with every applied frame
 * @property {Connection} connection
 * @property {ServerClock} clock
 * @property {Filter} filter
 * @property {'en'|'fr'} lang
 * @property {Map<string, Verb|AgentVerb>} pending verbs under way, by PBX and channel, or by an agent's id
 * @property {Outcome|null} outcome the last one
 * @property {import('./report.js').Today|null} today figures of the day so far
 * @property {Map<string, number>} more rows asked for beyond the first, by list
 * @property {People} people who belongs to which site and groups
 * @property {import('./people.js').MayRaise} mayRaise
 * @property {boolean} mayHold past calls may be kept by who looks
 * @property {number} [frozenAt] of a frozen picture: its instant on the server's clock
 */

/** @returns {State} */
export function createState() {
  return {
    run: '',
    seq: 0,
    tables: {
      pbxs: new Map(),
      calls: new Map(),
      agents: new Map(),
      queues: new Map(),
      trunks: new Map(),
      alarms: new Map(),
      desks: new Map(),
      sessions: new Map(),
    },
    version: 0,
    connection: { phase: 'connecting', lostAt: null, retryAt: null, attempts: 0, reason: '' },
    clock: new ServerClock(),
    filter: { text: '', pbx: '', queue: '', state: '', group: '', by: '', site: '', locals: false },
    lang: 'en',
    pending: new Map(),
    outcome: null,
    today: null,
    more: new Map(),
    people: nobody(),
    // before it is known who looks it is offered to nobody
    mayRaise: { own: false, panel: false },
    mayHold: false,
  };
}

/** Key of a channel among all PBXs. @param {string} pbx @param {string} channel */
export function channelKey(pbx, channel) {
  return `${pbx} ${channel}`;
}
