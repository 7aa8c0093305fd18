/**
 * What happened to a live call so far, in order: made of its row alone, so that it costs the server nothing.
 * A hold that is over and a stay in a queue before the last one are not in a row: they come with the record,
 * when the call has ended. Pure.
 */

import { isChoice } from '../past.js';
import { isBound } from '../select.js';

/** @import {Call, Leg} from '../protocol.js' */

/**
 * A moment. Times are on the PBX's clock.
 * @typedef {{at: number, bound: boolean} & (
 *   {what: 'began'|'ended'|'unseen'}
 *   | {what: 'leg'|'answered'|'held', leg: Leg}
 *   | {what: 'gone', leg: Leg, cause: number|null}
 *   | {what: 'joined', queue: string}
 *   | {what: 'left', queue: string, outcome: import('../protocol.js').QueueOutcome|null, agent: string|null}
 *   | {what: 'transfer', transfer: import('../protocol.js').Transfer}
 *   | {what: 'flow'|'node', name: string, n: string}
 *   | {what: 'chose', port: string, key: string|null, n: string}
 *   | {what: 'flow_over', name: string, how: import('../protocol.js').FlowEnd, why: string|null, n: string}
 *   | {what: 'parked', space: string, lot: string}
 * )} Moment
 */

/** @param {Call} call @param {boolean} locals Local halves are told too @returns {Moment[]} */
export function storyOf(call, locals) {
  /** @type {Moment[]} */
  const story = [{ what: 'began', at: call.started_ms, bound: isBound(call, 'started_ms') }];
  const stint = call.queue;
  if (stint && stint.joined_ms !== null) story.push({ what: 'joined', at: stint.joined_ms, bound: false, queue: stint.name });
  for (const leg of call.legs) {
    if (leg.local && !locals) continue;
    // the first leg begins the call
    if (leg.started_ms > call.started_ms || leg.uniqueid !== call.linkedid) story.push({ what: 'leg', at: leg.started_ms, bound: isBound(leg, 'started_ms'), leg });
    if (leg.answered_ms !== null) story.push({ what: 'answered', at: leg.answered_ms, bound: isBound(leg, 'answered_ms'), leg });
    if (leg.phase === 'holding') story.push({ what: 'held', at: leg.phase_since_ms, bound: isBound(leg, 'phase_since_ms'), leg });
    if (leg.ended_ms !== null) story.push({ what: 'gone', at: leg.ended_ms, bound: false, leg, cause: leg.cause });
  }
  if (stint && stint.left_ms !== null) {
    story.push({ what: 'left', at: stint.left_ms, bound: isBound(call, 'queue.left_ms'), queue: stint.name, outcome: stint.outcome, agent: stint.agent });
  }
  for (const walk of call.flows ?? []) {
    const of = `${walk.uniqueid} ${walk.began_ms}`;
    story.push({ what: 'flow', at: walk.began_ms, bound: false, name: walk.name, n: of });
    walk.visits.forEach(({ name, at_ms, left_ms, port, key }, n) => {
      const place = `${of} ${walk.earlier + n}`;
      story.push({ what: 'node', at: at_ms, bound: false, name, n: place });
      if (left_ms !== null && port !== null && isChoice(port, key)) story.push({ what: 'chose', at: left_ms, bound: false, port, key, n: place });
    });
    if (walk.ended_ms !== null && walk.how !== null) story.push({ what: 'flow_over', at: walk.ended_ms, bound: false, name: walk.name, how: walk.how, why: walk.why, n: of });
  }
  for (const transfer of call.transfers) story.push({ what: 'transfer', at: transfer.at_ms, bound: false, transfer });
  if (call.parked) story.push({ what: 'parked', at: call.parked.since_ms, bound: false, space: call.parked.space, lot: call.parked.lot });
  if (call.unseen_until_ms !== null) story.push({ what: 'unseen', at: call.unseen_until_ms, bound: false });
  if (call.ended_ms !== null) story.push({ what: 'ended', at: call.ended_ms, bound: false });
  return story.map((moment, n) => ({ moment, n })).sort((a, b) => a.moment.at - b.moment.at || a.n - b.n).map(({ moment }) => moment);
}
