/**
 * Every other verb on a call, as the server says it can be done now (`GET /api/verbs`). A verb that is not possible
 * stays and says why. What `asking.js` asks, and when, is said there.
 *
 * Unless a leg is chosen, each verb is on the side that it is meant for: one whispers to the agent and takes
 * over from him, but parks the caller. The other way round would cut the caller off.
 */

import { legName, legNames } from '../names.js';
import { h, keyed, setAttr, setText, show } from '../render/dom.js';
import { part } from '../render/view.js';
import { sidesOf, stationOf } from '../select.js';
import { BROWSER, post } from '../verbs.js';
import { askAnew, listenAsking, possibleOn, stopAsking } from './asking.js';

/** @import {Call, Leg} from '../protocol.js' */
/** @import {Speech} from '../i18n.js' */
/** @import {View} from '../render/view.js' */
/** @import {Possible} from './asking.js' */

/** @typedef {'station'|'destination'|'digits'|'queue'|'node'} Ask */

/** What a verb asks for; hangup and transfer have buttons of their own. @type {Record<string, Ask|null>} */
const ASKS = {
  consult: 'destination', complete: null, cancel: null, park: null, retrieve: 'station', listen: 'station', whisper: 'station', barge: 'station',
  stop_listening: null, take_over: 'station', dtmf: 'digits', record_start: null, record_pause: null, record_resume: null, record_stop: null,
  kick: null, mute: null, pick: 'station', move: 'queue', to_node: 'node',
};
/** Meant for the other side than the agent's: he is the one who stays, or is not there yet. */
const ON_CALLER = new Set(['park', 'retrieve', 'pick', 'move', 'to_node']);
/** Where the own phone's number is kept for the next time. */
const STATION_KEY = 'vigie.station';

/** What can be done with whom. @typedef {Possible & {leg: Leg}} OnLeg */

/** @type {(outcome: {name: string, who: string} & Awaited<ReturnType<typeof post>>) => void} */
let tell = () => {};
/** `who` is at the leg; `station` makes an endpoint of what was typed. @type {{verb: string, path: string, channel: string, pbx: string, muted: boolean, who: string, waits: number, reason: 'required'|'optional'|null, nodes: {id: string, name: string}[], station: (text: string) => string}|null} */
let open = null;

const dialog = () => /** @type {HTMLDialogElement} */ (part('more-order'));
const reason = () => /** @type {HTMLInputElement} */ (part('more-order-reason'));
const input = () => /** @type {HTMLInputElement} */ (part('more-order-value'));
const choice = () => /** @type {HTMLSelectElement} */ (part('more-order-choice'));

/** @param {Call} call @param {View} view */
export function drawMore(call, view) {
  const { w } = view.speech;
  const legs = call.legs.filter((leg) => leg.phase !== 'ended' && !leg.local);
  const choice = /** @type {HTMLSelectElement} */ (part('more-leg'));
  const whole = { channel: '', text: w.others.fitting };
  const names = legNames(legs, view.state);
  const options = [whole, ...legs.map((leg) => ({ channel: leg.channel, text: names.get(leg) ?? leg.channel }))];
  keyed(choice, options, (one) => one.channel, makeOption, null);
  if (choice.dataset.of !== call.id || !options.some((one) => one.channel === choice.value)) {
    choice.dataset.of = call.id;
    choice.value = '';
  }
  const chosen = legs.find((leg) => leg.channel === choice.value);
  const { agent, caller } = chosen ? { agent: chosen, caller: chosen } : sidesOf(call);
  const visible = agent !== null && caller !== null && view.state.frozenAt === undefined;
  show(part('more'), visible);
  if (!visible) return stopAsking();
  const verbs = possibleOn(call, [...new Set([agent.channel, caller.channel])], view.state);
  const on = (/** @type {Leg} */ leg) => (verbs.get(leg.channel) ?? []).map((verb) => ({ ...verb, leg }));
  const mine = agent === caller ? on(agent) : [...on(agent).filter((verb) => !ON_CALLER.has(verb.verb)), ...on(caller).filter((verb) => ON_CALLER.has(verb.verb))];
  const offered = mine.filter((verb) => verb.verb in ASKS);
  const context = { view, pbx: call.pbx };
  keyed(part('more-verbs'), offered.filter((verb) => verb.ok), (verb) => verb.verb, makeMore, context);
  const not = offered.filter((verb) => !verb.ok);
  keyed(part('more-not'), not, (verb) => verb.verb, makeMore, context);
  show(part('more-rest'), not.length > 0);
  setText(part('more-rest-title'), w.others.not(view.speech.number(not.length)));
  setText(part('more-title'), w.others.title);
}

function makeOption() {
  const element = h('option');
  return {
    element,
    update: (/** @type {{channel: string, text: string}} */ { channel, text }) => {
      element.value = channel;
      setText(element, text);
    },
  };
}

/** @param {OnLeg} first */
function makeMore(first) {
  const word = h('span');
  const whom = h('span', 'verb-whom');
  const button = h('button', 'verb-button', word, whom);
  const why = h('span', 'verb-why');
  button.type = 'button';
  why.id = `why-more-${first.verb}`;
  /** @type {(() => void)|null} */
  let press = null;
  button.addEventListener('click', () => press?.());
  return {
    element: h('li', 'verb-line', button, why),
    update: (/** @type {OnLeg} */ verb, /** @type {{view: View, pbx: string}} */ { view, pbx }) => {
      const { speech, state } = view;
      const { w } = speech;
      const { channel, muted } = verb.leg;
      const who = legName(verb.leg, view.state);
      setText(word, nameOf(verb.verb, muted, speech));
      setText(whom, verb.ok ? who : '');
      show(whom, verb.ok);
      setAttr(button, 'aria-disabled', verb.ok ? null : 'true');
      setAttr(button, 'aria-describedby', verb.ok ? null : why.id);
      setText(why, verb.ok ? '' : w.verb.errors[verb.error ?? ''] ?? verb.message ?? '');
      show(why, !verb.ok);
      const order = { verb: verb.verb, path: verb.path, channel, pbx, muted, who, waits: verb.waits_ms ?? 0, reason: verb.reason ?? null, nodes: verb.nodes ?? [], station: (/** @type {string} */ text) => stationOf(text, pbx, state) };
      press = verb.ok ? () => begin(order, speech) : null;
    },
  };
}

/** @param {string} verb @param {boolean} muted @param {Speech} speech */
function nameOf(verb, muted, { w }) {
  return verb === 'mute' && muted ? w.others.unmute : w.others.names[/** @type {'park'} */ (verb)];
}

/** @param {NonNullable<typeof open>} order @param {Speech} speech */
function begin(order, speech) {
  const ask = ASKS[order.verb];
  open = order;
  const name = nameOf(order.verb, order.muted, speech);
  if (!ask) return void send('', name);
  setText(part('more-order-title'), `${name}${speech.lang === 'fr' ? '\u00a0' : ''}: ${order.who}`);
  setText(part('more-order-label'), speech.w.others.asks[ask]);
  setText(part('more-order-confirm'), name);
  const chooses = ask === 'node';
  input().value = ask === 'station' ? stored() : '';
  input().disabled = chooses;
  show(input(), !chooses);
  show(choice(), chooses);
  setAttr(part('more-order-label'), 'for', chooses ? choice().id : input().id);
  choice().replaceChildren(...order.nodes.map(({ id, name }) => Object.assign(h('option', '', name || id), { value: id })));
  show(part('more-order-why'), order.reason !== null);
  setText(part('more-order-reason-label'), order.reason === 'required' ? speech.w.others.why : speech.w.others.whyOptional);
  reason().required = order.reason === 'required';
  // why one call was listened to is not why the next one is
  reason().value = '';
  dialog().showModal();
  (chooses ? choice() : input()).focus();
}

function stored() {
  try {
    return localStorage.getItem(STATION_KEY) ?? '';
  } catch {
    return '';
  }
}

/** @param {string} value @param {string} name */
async function send(value, name) {
  if (!open) return;
  const { verb, path, channel, pbx, muted, who, waits, station } = open;
  const why = open.reason === null ? '' : reason().value.trim();
  const ask = ASKS[verb];
  open = null;
  if (ask === 'station') {
    try {
      localStorage.setItem(STATION_KEY, value);
    } catch {
      // then it is typed again
    }
  }
  /** @type {Record<string, unknown>} */
  const body = { channel, pbx };
  if (ask) body[ask] = ask === 'station' ? station(value) : value;
  if (why) body.reason = why;
  if (verb === 'mute') body.on = !muted;
  tell({ name, who, ...(await post(path.replace(/^\//, ''), body, BROWSER, waits)) });
  askAnew();
}

/** @param {() => void} draw @param {typeof tell} told */
export function listenMore(draw, told) {
  listenAsking(draw);
  tell = told;
  part('more-leg').addEventListener('change', draw);
  part('more-order-cancel').addEventListener('click', () => dialog().close());
  part('more-order-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const value = input().disabled ? choice().value : input().value.trim();
    if (!value || (reason().required && !reason().value.trim())) return;
    dialog().close();
    void send(value, part('more-order-confirm').textContent ?? '');
  });
}
