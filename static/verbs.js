/** Verbs: whether they can work, how they are asked, what the answer was. */

import { OWN } from './api.js';
import { channelKey } from './state.js';

/** @import {Leg} from './protocol.js' */
/** @import {IconName} from './render/icon.js' */
/** @import {AgentVerb, Outcome, State, Verb} from './state.js' */

/** Why a verb cannot work on a leg now. @typedef {'ended'|'frozen'|'lost'|'link'|'pending'|'notUp'|'local'|'listening'} WhyNot */

/**
 * A verb on a leg: how it is asked, and drawn. What the server offers stands here, and is then on each leg, in
 * the panel, under its key and in the dialog.
 * @typedef {{verb: Verb, key: string, icon: IconName, asks: 'destination'[]}} VerbSpec
 */

/** @type {VerbSpec[]} */
export const VERBS = [
  { verb: 'hangup', key: 'h', icon: 'hangup', asks: [] },
  { verb: 'transfer', key: 't', icon: 'transfer', asks: ['destination'] },
];

/** What the server accepts as a destination. */
export const DESTINATION = /^[0-9A-Za-z*#+_.-]{1,64}$/;

/** Longer than the server takes for any verb that rings no phone first. */
const GIVE_UP_MS = 20000;
/** How much later than the server's own deadline its answer may arrive. */
const ON_ITS_WAY_MS = 5000;

/**
 * @param {Verb} verb @param {Leg} leg @param {string} pbx @param {State} state
 * @returns {WhyNot|null}
 */
export function whyNot(verb, leg, pbx, state) {
  if (leg.phase === 'ended') return 'ended';
  if (state.frozenAt !== undefined) return 'frozen';
  if (state.pending.has(channelKey(pbx, leg.channel))) return 'pending';
  if (state.connection.phase !== 'live') return 'lost';
  if (state.tables.pbxs.get(pbx)?.link !== 'live') return 'link';
  if (verb === 'transfer') {
    if (leg.local) return 'local';
    if (leg.spies_on) return 'listening';
    if (leg.phase === 'down' || leg.phase === 'ringing') return 'notUp';
  }
  return null;
}

/** @typedef {{fetch: typeof fetch, now: () => number}} Ground */
/** @type {Ground} */
export const BROWSER = { fetch: (...at) => fetch(...at), now: () => performance.now() };

/**
 * Asks the server, and gives what became of it; never throws. The answer comes when an event of the
 * PBX showed the effect, or when it is known that there is none.
 * @param {Verb} verb @param {{pbx: string, channel: string, who: string, destination: string}} order
 * @param {Ground} [ground]
 * @returns {Promise<Omit<Outcome, 'n'>>}
 */
export async function perform(verb, order, ground = BROWSER) {
  const { pbx, channel, who, destination } = order;
  const body = verb === 'hangup' ? { channel, pbx } : { channel, pbx, destination };
  return { verb, who, destination, ...(await post(`api/calls/${verb}`, body, ground)) };
}

/**
 * The same on an agent; `who` is his name.
 * @param {AgentVerb} verb @param {object} body @param {string} who @param {Ground} [ground]
 * @returns {Promise<Omit<Outcome, 'n'>>}
 */
export async function performOnAgent(verb, body, who, ground = BROWSER) {
  return { verb, who, destination: '', ...(await post(`api/agents/${verb}`, body, ground)) };
}

/**
 * `waits`: how long the server says that it may take.
 * @param {string} address @param {object} body @param {Ground} ground @param {number} [waits]
 * @returns {Promise<Pick<Outcome, 'result'|'slug'|'message'|'tookMs'>>}
 */
export async function post(address, body, ground, waits = 0) {
  const began = ground.now();
  const told = (/** @type {'done'|'refused'} */ result, /** @type {string} */ slug, message = '') => ({ result, slug, message, tookMs: ground.now() - began });
  try {
    const answer = await ground.fetch(address, {
      method: 'POST',
      headers: OWN,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(Math.max(GIVE_UP_MS, waits + ON_ITS_WAY_MS)),
    });
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) return told('done', word(said.outcome));
    return told('refused', word(said.error) || `http_${answer.status}`, word(said.message));
  } catch {
    return told('refused', 'unreachable');
  }
}

/** @param {unknown} value */
const word = (value) => (typeof value === 'string' ? value : '');
