/**
 * Every other verb of a leg, as the server says it can be done now (`GET /api/verbs`): asked when the panel
 * opens and when the call changes, never on a timer. A verb that is not possible stays and says why.
 */

import { askPast } from '../past.js';
import { h, keyed, setAttr, setText, show } from '../render/dom.js';
import { part } from '../render/view.js';
import { mainLeg } from '../select.js';
import { BROWSER, post } from '../verbs.js';

/** @import {Call} from '../protocol.js' */
/** @import {Speech} from '../i18n.js' */
/** @import {View} from '../render/view.js' */

/** @typedef {'station'|'destination'|'digits'|'queue'} Ask */
/** @typedef {{verb: string, path: string, ok: boolean, waits_ms?: number, reason?: 'required'|'optional', error?: string, message?: string}} Possible */

/** What a verb asks for; hangup and transfer have buttons of their own. @type {Record<string, Ask|null>} */
const ASKS = {
  consult: 'destination', complete: null, cancel: null, park: null, retrieve: 'station', listen: 'station', whisper: 'station', barge: 'station',
  stop_listening: null, take_over: 'station', dtmf: 'digits', record_start: null, record_pause: null, record_resume: null, record_stop: null,
  kick: null, mute: null, pick: 'station', move: 'queue',
};
/** A call that changes often is asked about at most this often, ms. */
const PAUSE_MS = 700;
/** Where the own phone's number is kept for the next time. */
const STATION_KEY = 'vigie.station';

/** @type {{channel: string, pbx: string, row: Call, verbs: Possible[]}|null} */
let known = null;
let asking = false;
let askedAt = -Infinity;
/** @type {() => void} */
let redraw = () => {};
/** @type {(outcome: {name: string, channel: string} & Awaited<ReturnType<typeof post>>) => void} */
let tell = () => {};
/** @type {{verb: string, path: string, channel: string, pbx: string, muted: boolean, waits: number, reason: 'required'|'optional'|null}|null} */
let open = null;

const dialog = () => /** @type {HTMLDialogElement} */ (part('more-order'));
const reason = () => /** @type {HTMLInputElement} */ (part('more-order-reason'));
const input = () => /** @type {HTMLInputElement} */ (part('more-order-value'));

/** @param {Call} call @param {View} view */
export function drawMore(call, view) {
  const { w } = view.speech;
  const legs = call.legs.filter((leg) => leg.phase !== 'ended' && !leg.local);
  const choice = /** @type {HTMLSelectElement} */ (part('more-leg'));
  keyed(choice, legs.map((leg) => leg.channel), String, makeOption, null);
  if (choice.dataset.call !== call.id || !legs.some((leg) => leg.channel === choice.value)) {
    choice.dataset.call = call.id;
    choice.value = mainLeg(call)?.channel ?? '';
  }
  const channel = choice.value;
  show(part('more'), channel !== '' && view.state.frozenAt === undefined);
  if (!channel || view.state.frozenAt !== undefined) return;
  if (known?.channel !== channel || known.row !== call) void look(call, channel);
  const mine = known?.channel === channel ? known.verbs.filter((verb) => verb.verb in ASKS) : [];
  const muted = legs.find((leg) => leg.channel === channel)?.muted ?? false;
  const context = { speech: view.speech, channel, pbx: call.pbx, muted };
  keyed(part('more-verbs'), mine.filter((verb) => verb.ok), (verb) => verb.verb, makeMore, context);
  const not = mine.filter((verb) => !verb.ok);
  keyed(part('more-not'), not, (verb) => verb.verb, makeMore, context);
  show(part('more-rest'), not.length > 0);
  setText(part('more-rest-title'), w.others.not(view.speech.number(not.length)));
  setText(part('more-title'), w.others.title);
}

/** @param {string} channel */
function makeOption(channel) {
  const element = h('option', '', channel);
  element.value = channel;
  return { element, update: () => {} };
}

/** @param {Possible} first */
function makeMore(first) {
  const button = h('button', 'verb-button');
  const why = h('span', 'verb-why');
  button.type = 'button';
  why.id = `why-more-${first.verb}`;
  /** @type {(() => void)|null} */
  let press = null;
  button.addEventListener('click', () => press?.());
  return {
    element: h('li', 'verb-line', button, why),
    update: (/** @type {Possible} */ verb, /** @type {{speech: Speech, channel: string, pbx: string, muted: boolean}} */ { speech, channel, pbx, muted }) => {
      const { w } = speech;
      setText(button, nameOf(verb.verb, muted, speech));
      setAttr(button, 'aria-disabled', verb.ok ? null : 'true');
      setAttr(button, 'aria-describedby', verb.ok ? null : why.id);
      setText(why, verb.ok ? '' : w.verb.errors[verb.error ?? ''] ?? verb.message ?? '');
      show(why, !verb.ok);
      press = verb.ok ? () => begin({ verb: verb.verb, path: verb.path, channel, pbx, muted, waits: verb.waits_ms ?? 0, reason: verb.reason ?? null }, speech) : null;
    },
  };
}

/** @param {string} verb @param {boolean} muted @param {Speech} speech */
function nameOf(verb, muted, { w }) {
  return verb === 'mute' && muted ? w.others.unmute : w.others.names[/** @type {'park'} */ (verb)];
}

/** Asks the server what can be done with that leg now. @param {Call} call @param {string} channel */
async function look(call, channel) {
  if (asking) return;
  asking = true;
  const rest = PAUSE_MS - (performance.now() - askedAt);
  if (rest > 0) await new Promise((done) => setTimeout(done, rest));
  askedAt = performance.now();
  const answer = await askPast(`api/verbs?${new URLSearchParams({ channel, pbx: call.pbx })}`);
  known = { channel, pbx: call.pbx, row: call, verbs: 'body' in answer && Array.isArray(answer.body) ? answer.body : [] };
  asking = false;
  redraw();
}

/** @param {NonNullable<typeof open>} order @param {Speech} speech */
function begin(order, speech) {
  const ask = ASKS[order.verb];
  open = order;
  const name = nameOf(order.verb, order.muted, speech);
  if (!ask) return void send('', name);
  setText(part('more-order-title'), `${name}${speech.lang === 'fr' ? '\u00a0' : ''}: ${order.channel}`);
  setText(part('more-order-label'), speech.w.others.asks[ask]);
  setText(part('more-order-confirm'), name);
  input().value = ask === 'station' ? stored() : '';
  show(part('more-order-why'), order.reason !== null);
  setText(part('more-order-reason-label'), order.reason === 'required' ? speech.w.others.why : speech.w.others.whyOptional);
  reason().required = order.reason === 'required';
  dialog().showModal();
  input().focus();
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
  const { verb, path, channel, pbx, muted, waits } = open;
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
  if (ask) body[ask] = value;
  if (why) body.reason = why;
  if (verb === 'mute') body.on = !muted;
  tell({ name, channel, ...(await post(path.replace(/^\//, ''), body, BROWSER, waits)) });
  known = null;
  redraw();
}

/** @param {() => void} draw @param {typeof tell} told */
export function listenMore(draw, told) {
  redraw = draw;
  tell = told;
  part('more-leg').addEventListener('change', draw);
  part('more-order-cancel').addEventListener('click', () => dialog().close());
  part('more-order-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const value = input().value.trim();
    if (!value || (reason().required && !reason().value.trim())) return;
    dialog().close();
    void send(value, part('more-order-confirm').textContent ?? '');
  });
}
