/** What people do on the page: orders, messages, freezing, and what became of them. */

import { app, drawAll, momentOf, shown } from './app.js';
import { spell } from './clock.js';
import { openOrder } from './dialog.js';
import { legName } from './names.js';
import { freeze } from './picture.js';
import { readPeople } from './people.js';
import { setAttr, setText, show } from './render/dom.js';
import { part } from './render/view.js';
import { channelKey } from './state.js';
import { perform, performOnAgent, whyNot } from './verbs.js';

/** @import {Order} from './dialog.js' */
/** @import {AgentOrder} from './panel/agent-verbs.js' */
/** @import {View} from './render/view.js' */
/** @import {Outcome, Verb} from './state.js' */

/** How long the word of a success stays. */
const PRAISE_MS = 12000;

let outcomes = 0;

/** Opens the dialog of a verb, or says why it cannot be done. @param {Verb} verb @param {string} id of the call @param {string|null} uniqueid of the leg */
export function askFor(verb, id, uniqueid) {
  const call = shown().tables.calls.get(id);
  if (!call) return;
  const leg = uniqueid ? call.legs.find((one) => one.uniqueid === uniqueid) : call.legs[0];
  const why = leg ? whyNot(verb, leg, call.pbx, shown()) : 'ended';
  if (openOrder(verb, call, uniqueid, shown(), app.speech) || !leg) return;
  tell({ verb, who: legName(leg, shown()), destination: '…', result: 'refused', slug: '', message: app.speech.w.verb.no[why ?? 'ended'], tookMs: 0 });
}

/** @param {Order} order */
export function carryOut(order) {
  return whilePending(channelKey(order.pbx, order.channel), order.verb, () => perform(order.verb, order));
}

/** @param {AgentOrder} order */
export function carryOutOnAgent({ verb, agent, body }) {
  return whilePending(agent.id, verb, () => performOnAgent(verb, body, agent.name || agent.endpoint));
}

/** @param {string} key @param {import('./state.js').Verb|import('./state.js').AgentVerb} verb @param {() => Promise<Omit<Outcome, 'n'>>} work */
async function whilePending(key, verb, work) {
  const { pending } = app.state;
  if (pending.has(key)) return;
  pending.set(key, verb);
  drawAll();
  const outcome = await work();
  pending.delete(key);
  tell(outcome);
}

/**
 * A message or a hand: what is done is seen on the board, what is not is said.
 * @param {ReturnType<typeof import('./desk.js').sendMessage>} asked @returns {Promise<boolean>} whether it is done
 */
export async function onDesk(asked) {
  const answer = await asked;
  const refused = answer.result === 'refused';
  if (refused) tell({ ...answer, verb: 'desk', who: '', destination: '' });
  return !refused;
}

/** What became of one of the other verbs. @param {{name: string, who: string} & Pick<Outcome, 'result'|'slug'|'message'|'tookMs'>} answer */
export function tellMore({ name, who, ...answer }) {
  tell({ ...answer, verb: 'more', who, destination: name });
}

/** @param {Omit<Outcome, 'n'>} told */
function tell(told) {
  const outcome = { ...told, n: ++outcomes };
  app.state.outcome = outcome;
  drawAll();
  if (outcome.result === 'done') {
    setTimeout(() => {
      if (app.state.outcome === outcome) dismiss();
    }, PRAISE_MS);
  }
}

/** The last outcome was read. */
export function dismiss() {
  app.state.outcome = null;
  app.draw();
}

/** Who belongs where, as it is now. */
export async function people() {
  app.state.people = await readPeople();
  if (app.frozen) app.frozen.people = app.state.people;
  drawAll();
}

/** Freezes what is shown, or goes back to what happens; the word for it and its rows and times change in one stroke. */
export function toggleFreeze() {
  app.frozen = app.frozen ? null : freeze(app.state, performance.now());
  setAttr(document.body, 'data-frozen', app.frozen ? '' : null);
  setAttr(part('freeze'), 'aria-pressed', String(app.frozen !== null));
  show(part('frozen'), app.frozen !== null);
  tickFrozen(momentOf(app.state));
  app.manner += 1;
  app.drawNow();
}

/** How old the frozen picture is. @param {Omit<View, 'floor'>} live */
export function tickFrozen(live) {
  if (!app.frozen) return;
  const { speech } = app;
  const at = app.frozen.frozenAt ?? live.now;
  setText(part('frozen-words'), speech.w.frozen.since(speech.time(at, live.now), spell(live.now - at, speech.w.day)));
}
