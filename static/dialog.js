/** The small dialog before a verb: which leg, where to, and a last chance to say no. */

import { legNames } from './names.js';
import { mainLeg, shownLegs } from './select.js';
import { DESTINATION, whyNot } from './verbs.js';
import { h, setText, show } from './render/dom.js';
import { part } from './render/view.js';

/** @import {Call} from './protocol.js' */
/** @import {Speech} from './i18n.js' */
/** @import {State, Verb} from './state.js' */

/** `who` is at the leg. @typedef {{verb: Verb, pbx: string, channel: string, who: string, destination: string}} Order */

const dialog = () => /** @type {HTMLDialogElement} */ (part('order'));
const legs = () => /** @type {HTMLSelectElement} */ (part('order-leg'));
const destination = () => /** @type {HTMLInputElement} */ (part('order-destination'));

/** `names` of the legs by their channels. @type {{verb: Verb, pbx: string, names: Map<string, string>, speech: Speech}|null} */
let open = null;

/**
 * Opens it for a leg, or for a call: then the leg of the outside party is proposed.
 * @param {Verb} verb @param {Call} call @param {string|null} uniqueid @param {State} state @param {Speech} speech
 * @returns {boolean} whether there is a leg to act on
 */
export function openOrder(verb, call, uniqueid, state, speech) {
  const { w } = speech;
  const possible = shownLegs(call, true).filter((leg) => whyNot(verb, leg, call.pbx, state) === null);
  const chosen = possible.find((leg) => leg.uniqueid === (uniqueid ?? mainLeg(call)?.uniqueid)) ?? (uniqueid ? undefined : possible[0]);
  if (!chosen) return false;
  const names = new Map([...legNames(possible, state)].map(([leg, name]) => [leg.channel, name]));
  open = { verb, pbx: call.pbx, names, speech };
  setText(part('order-title'), verb === 'hangup' ? w.verb.hangupTitle : w.verb.transferTitle);
  setText(part('order-confirm'), verb === 'hangup' ? w.verb.confirmHangup : w.verb.confirmTransfer);
  dialog().dataset.verb = verb;
  const list = uniqueid ? [chosen] : possible;
  legs().replaceChildren(
    ...list.map((leg) => {
      const option = h('option', '', names.get(leg.channel) ?? leg.channel);
      option.value = leg.channel;
      option.selected = leg === chosen;
      return option;
    }),
  );
  legs().disabled = list.length < 2;
  show(part('order-to'), verb === 'transfer');
  show(part('order-problem'), false);
  destination().value = '';
  dialog().showModal();
  (verb === 'transfer' ? destination() : part('order-confirm')).focus();
  return true;
}

/** @param {(order: Order) => void} order called when the dialog is confirmed with good values */
export function listenOrder(order) {
  part('order-cancel').addEventListener('click', () => dialog().close());
  part('order-form').addEventListener('submit', (event) => {
    event.preventDefault();
    if (!open) return;
    const to = destination().value.trim();
    if (open.verb === 'transfer' && !DESTINATION.test(to)) {
      setText(part('order-problem'), open.speech.w.verb.badDestination);
      show(part('order-problem'), true);
      destination().focus();
      return;
    }
    const { verb, pbx, names } = open;
    const channel = legs().value;
    dialog().close();
    order({ verb, pbx, channel, who: names.get(channel) ?? channel, destination: verb === 'transfer' ? to : '' });
  });
  dialog().addEventListener('close', () => (open = null));
}
