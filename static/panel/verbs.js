/** The verbs as buttons with words; one that is not possible stays and says why. */

import { h, keyed, setAttr, setText, show } from '../render/dom.js';
import { icon } from '../render/icon.js';
import { channelKey } from '../state.js';
import { VERBS, whyNot } from '../verbs.js';

/** @import {Call, Leg} from '../protocol.js' */
/** @import {VerbSpec} from '../verbs.js' */
/** @import {View} from '../render/view.js' */

/**
 * Those on a leg of a call.
 * @param {HTMLElement} list @param {Call} call @param {Leg|null} leg null when no leg of it is live @param {View} view
 */
export function drawVerbs(list, call, leg, view) {
  keyed(list, VERBS, (verb) => verb.verb, makeVerb, { call, leg, view });
}

/** @param {VerbSpec} spec */
function makeVerb(spec) {
  const word = h('span');
  const key = h('kbd', '', spec.key.toUpperCase());
  const why = h('span', 'verb-why');
  const button = h('button', `verb-button verb-${spec.verb}`, icon(spec.icon), word, key);
  button.type = 'button';
  button.dataset.verb = spec.verb;
  const element = h('li', 'verb-line', button, why);
  const id = `why-${spec.verb}`;
  why.id = id;
  return {
    element,
    update: (/** @type {VerbSpec} */ _, /** @type {{call: Call, leg: Leg|null, view: View}} */ { call, leg, view }) => {
      const { w } = view.speech;
      const no = leg ? whyNot(spec.verb, leg, call.pbx, view.state) : 'ended';
      const pending = leg ? view.state.pending.get(channelKey(call.pbx, leg.channel)) === spec.verb : false;
      setText(word, pending ? (spec.verb === 'hangup' ? w.verb.pendingHangup : w.verb.pendingTransfer) : w.verb[spec.verb]);
      setAttr(element, 'data-row', leg ? 'leg' : 'call');
      setAttr(element, 'data-id', call.id);
      setAttr(element, 'data-leg', leg?.uniqueid ?? null);
      setAttr(button, 'aria-disabled', no ? 'true' : null);
      setAttr(button, 'aria-describedby', no ? id : null);
      setText(why, no ? w.verb.no[no] : '');
      show(why, no !== null);
    },
  };
}
