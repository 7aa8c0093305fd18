/** One leg of a call: its row, and the two verbs with why they cannot work, when they cannot. */

import { legName } from '../names.js';
import { isBound } from '../select.js';
import { channelKey } from '../state.js';
import { VERBS, whyNot } from '../verbs.js';
import { h, setAttr, setText, show } from './dom.js';
import { earMarks } from './ears.js';
import { icon, setIcon } from './icon.js';
import { drawMarks } from './marks.js';
import { run } from './times.js';

/** @import {Call, Leg} from '../protocol.js' */
/** @import {VerbSpec} from '../verbs.js' */
/** @import {IconName} from './icon.js' */
/** @import {Mark} from './marks.js' */
/** @import {View} from './view.js' */

/** `names`: what each leg is called among those around it. @typedef {{view: View, call: Call, names: Map<Leg, string>}} Context */

/** Applications that say no more than the leg's phase and the call do. */
const PLAIN = new Set(['Dial', 'AppDial', 'AppDial2', 'Queue', 'AppQueue']);

/** Colour of each phase. */
const TONES = /** @type {const} */ ({
  down: 'quiet', dialing: 'ringing', ringing: 'ringing', up: 'talking', holding: 'paused', ended: 'quiet',
});

/** The same in a list, where each button is a stop of its own. @param {string} call its id */
export const makeLegPart = (call) => makeLeg(call, 'li', 'span', 0);

/**
 * @param {string} call its id @param {'tr'|'li'} row @param {'td'|'span'} cell @param {number} stop tabindex of its buttons
 * @returns {import('./dom.js').Item<Leg, Context>}
 */
export function makeLeg(call, row = 'tr', cell = 'td', stop = -1) {
  const phase = h('span', 'phase-word');
  const time = h('span', 'time');
  const kind = icon('link');
  const kindWord = h('span', 'hidden');
  const who = h('span', 'leg-who');
  const channel = h('span', 'leg-channel');
  const marks = h('span', 'marks');
  const pending = h('span', 'pending');
  const buttons = VERBS.map((spec) => makeButton(spec, stop)).reverse();
  const element = h(
    row,
    'leg',
    h(cell, 'col-phase', phase),
    h(cell, 'col-time', time),
    h(cell, 'col-main', h('div', 'main', h('span', 'parties', kind, kindWord, who, channel), h('span', 'beside', marks))),
    h(cell, 'col-act', pending, ...buttons.map((button) => button.element)),
  );
  if (row === 'tr') element.tabIndex = -1;
  element.dataset.row = 'leg';
  element.dataset.id = call;
  /** @type {Leg|null} */
  let last = null;
  let mark = '';
  return {
    element,
    update: (leg, { view, call: whole, names }) => {
      const name = names.get(leg) ?? legName(leg, view.state);
      const ears = earMarks(leg, whole.pbx, view);
      // who sits there and whom it listens to change with other rows
      const now = [view.mark, name, ...ears.map((one) => one.text)].join('\n');
      if (leg === last && now === mark) return;
      last = leg;
      mark = now;
      const { w } = view.speech;
      setAttr(element, 'data-leg', leg.uniqueid);
      setAttr(element, 'data-tone', TONES[leg.phase] ?? 'quiet');
      setAttr(element, 'data-over', leg.phase === 'ended' ? '' : null);
      setText(phase, w.leg[leg.phase] ?? leg.phase);
      run(time, whole.pbx, { since: leg.phase_since_ms, end: leg.phase === 'ended' ? leg.phase_since_ms : null, bound: leg.phase !== 'ended' && isBound(leg, 'phase_since_ms') });
      show(time, leg.phase !== 'ended');
      const { drawing, word } = kindOf(leg, view);
      setIcon(kind, drawing);
      setText(kindWord, word);
      setText(who, legName(leg, view.state));
      setText(channel, leg.channel);
      drawMarks(marks, [...marksOf(leg, view), ...ears]);
      const under = view.state.pending.get(channelKey(whole.pbx, leg.channel));
      setText(pending, under ? (under === 'hangup' ? w.verb.pendingHangup : w.verb.pendingTransfer) : '');
      show(pending, under !== undefined);
      for (const button of buttons) button.update(leg, name, whole, view);
    },
  };
}

/** @param {VerbSpec} spec @param {number} stop */
function makeButton({ verb, icon: drawing }, stop) {
  const word = h('span', 'act-word');
  const element = h('button', `act act-${verb}`, icon(drawing), word);
  element.type = 'button';
  element.tabIndex = stop;
  element.dataset.verb = verb;
  return {
    element,
    /** @param {Leg} leg @param {string} name @param {Call} call @param {View} view */
    update: (leg, name, call, view) => {
      const { w } = view.speech;
      const why = whyNot(verb, leg, call.pbx, view.state);
      show(element, why !== 'ended' && why !== 'pending');
      setText(word, w.verb[verb]);
      const words = `${w.verb[verb]} ${name}`;
      setAttr(element, 'aria-label', words);
      setAttr(element, 'aria-disabled', why ? 'true' : null);
      setAttr(element, 'title', why ? w.verb.no[why] : words);
    },
  };
}

/** Whose end of the call it is. @param {Leg} leg @param {View} view @returns {{drawing: IconName, word: string}} */
function kindOf(leg, view) {
  const { w } = view.speech;
  if (leg.trunk) return { drawing: 'trunk', word: w.call.trunk };
  if (leg.local) return { drawing: 'link', word: w.call.local };
  return leg.agent ? { drawing: 'headset', word: w.call.agent } : { drawing: 'phone', word: w.call.phone };
}

/** @param {Leg} leg @param {View} view @returns {Mark[]} */
function marksOf(leg, view) {
  const { w } = view.speech;
  /** @type {Mark[]} */
  const marks = [];
  // that it listens is said by a mark of its own
  if (leg.application && !leg.spies_on && !PLAIN.has(leg.application) && leg.phase !== 'ended') marks.push({ key: 'app', icon: 'internal', tone: 'bare', text: leg.application });
  if (leg.recorded) marks.push({ key: 'rec', icon: 'record', tone: 'record', text: w.call.recorded });
  if (leg.muted) marks.push({ key: 'muted', icon: 'muted', tone: 'paused', text: w.call.muted });
  if (leg.phase === 'ended' && leg.cause !== null) {
    marks.push({ key: 'cause', icon: 'hangup', tone: 'bare', text: w.call.causes[leg.cause] ?? w.call.cause(leg.cause) });
  }
  return marks;
}
