/** Calls with their legs: one table, a row group per call, newest first. */

import { listenersOf } from '../listening.js';
import { agentAt, legNames, partyWords } from '../names.js';
import { isBound, shownLegs } from '../select.js';
import { h, keyed, setAttr, setText, show } from './dom.js';
import { earMarks, listenerMarks } from './ears.js';
import { icon, setIcon } from './icon.js';
import { makeLeg } from './legs.js';
import { drawMarks, trustMarks } from './marks.js';
import { run } from './times.js';
import { countWords, emptyWords, isLive, part } from './view.js';

/** @import {Call, CallPhase, Leg} from '../protocol.js' */
/** @import {IconName} from './icon.js' */
/** @import {Mark} from './marks.js' */
/** @import {Ration} from './ration.js' */
/** @import {View} from './view.js' */

/** @typedef {{view: View, names: Map<Leg, string>}} Context */

/** How many calls are drawn before more are asked for. */
const FIRST = 50;

/** @param {View} view @param {Ration} ration */
export function renderCalls(view, ration) {
  const { floor, state, speech } = view;
  setText(part('calls-count'), countWords(view, floor.figures.calls));
  const most = FIRST + (state.more.get('calls') ?? 0);
  const drawn = floor.calls.slice(0, most);
  const names = legNames(drawn.flatMap((call) => shownLegs(call, state.filter.locals).filter((leg) => leg.phase !== 'ended')), state);
  keyed(part('calls'), drawn, (call) => call.id, makeCall, { view, names }, ration);
  const more = part('calls-more');
  const left = floor.calls.length - most;
  show(more, left > 0);
  if (left > 0) setText(more, speech.w.more(left, speech.number(left)));
  const none = part('calls-none');
  show(none, floor.calls.length === 0);
  setText(none, emptyWords(view, state.tables.calls.size, speech.w.call));
}

/** Colour and drawing of each phase. @type {Record<CallPhase, {tone: string, icon: IconName}>} */
const LOOKS = {
  dialing: { tone: 'ringing', icon: 'outbound' },
  ringing: { tone: 'ringing', icon: 'ringing' },
  waiting: { tone: 'waiting', icon: 'waiting' },
  in_application: { tone: 'quiet', icon: 'away' },
  talking: { tone: 'talking', icon: 'talking' },
  on_hold: { tone: 'paused', icon: 'hold' },
  parked: { tone: 'paused', icon: 'park' },
  left_alone: { tone: 'trouble', icon: 'hold' },
  conference: { tone: 'talking', icon: 'conference' },
  ended: { tone: 'quiet', icon: 'hangup' },
};

/** Of a call that is nobody's but who listens to another one. @type {{tone: string, icon: IconName}} */
const LISTENING = { tone: 'doubt', icon: 'ear' };

/** @param {Call} call */
const isListening = (call) => call.phase === 'in_application' && call.legs.some((leg) => leg.spies_on && leg.phase !== 'ended');

/** @param {Call} call @param {View} view */
export function phaseWords(call, { speech: { w } }) {
  return isListening(call) ? w.ears.phase : (w.phase[call.phase] ?? call.phase);
}

/** @param {Call} first @returns {import('./dom.js').Item<Call, Context>} */
function makeCall(first) {
  const drawing = icon('talking');
  const phase = h('span', 'phase-word');
  const time = h('span', 'time');
  const total = h('span', 'time soft');
  const way = icon('inbound');
  const wayWord = h('span', 'hidden');
  const caller = h('span', 'who');
  const arrow = h('span', 'to');
  const called = h('span', 'who');
  const queue = h('span', 'queue-name');
  const flow = h('span', 'queue-name');
  const flowTime = h('span', 'time soft');
  const marks = h('span', 'marks');
  const row = h(
    'tr',
    'call',
    h('td', 'col-phase', drawing, phase),
    h('td', 'col-time', time),
    h('td', 'col-main', h('div', 'main', h('span', 'parties', way, wayWord, caller, arrow, called), h('span', 'beside', queue, flow, flowTime, marks))),
    h('td', 'col-act', total),
  );
  row.tabIndex = -1;
  row.dataset.row = 'call';
  row.dataset.id = first.id;
  row.setAttribute('data-fixed', '');
  const element = h('tbody', 'call-group', row);
  /** @type {Call|null} */
  let last = null;
  let mark = '';
  return {
    element,
    update: (call, context) => {
      const { view } = context;
      const now = `${view.mark} ${beside(call, context)}`;
      if (call === last && now === mark) return;
      last = call;
      mark = now;
      const { w } = view.speech;
      const look = isListening(call) ? LISTENING : (LOOKS[call.phase] ?? LOOKS.in_application);
      setIcon(drawing, look.icon);
      setText(phase, phaseWords(call, view));
      setAttr(row, 'data-tone', look.tone);
      setAttr(element, 'data-over', call.phase === 'ended' ? '' : null);
      setAttr(element, 'data-trust', isLive(view, call.pbx) ? call.trust : 'stale');
      run(time, call.pbx, { since: call.phase_since_ms, bound: isBound(call, 'phase_since_ms') });
      run(total, call.pbx, { since: call.started_ms, end: call.ended_ms, bound: isBound(call, 'started_ms') });
      setAttr(total, 'title', w.call.total);
      setIcon(way, call.direction);
      setText(wayWord, w.direction[call.direction]);
      setText(caller, partyWords(call.caller, w.call.anonymous));
      setText(arrow, call.called ? '→' : '');
      setAttr(arrow, 'aria-label', call.called ? w.call.to : null);
      setText(called, call.called);
      setAttr(row, 'title', titleOf(call, view));
      setText(queue, queueWords(call, view));
      const walk = walkOf(call);
      const at = walk?.visits.at(-1);
      setText(flow, flowWords(call, view));
      show(flowTime, at !== undefined);
      run(flowTime, call.pbx, { since: at?.at_ms ?? null });
      setAttr(flowTime, 'title', at ? w.flow.since(at.name) : null);
      drawMarks(marks, callMarks(call, view));
      const legs = shownLegs(call, view.state.filter.locals);
      keyed(element, legs, (leg) => leg.uniqueid, () => makeLeg(first.id), { ...context, call });
    },
  };
}

/**
 * What is shown with a call and changes with other rows: the caller's place in the line, who listens, and what its
 * legs are called.
 * @param {Call} call @param {Context} context
 */
function beside(call, { view, names }) {
  const ears = [...listenerMarks(listenersOf(call.id, view.state), view, true), ...call.legs.flatMap((leg) => earMarks(leg, call.pbx, view))];
  return [placeOf(call, view), ...ears.map((mark) => mark.text), ...call.legs.map((leg) => names.get(leg) ?? '')].join('\n');
}

/** @param {Call} call @param {View} view */
function titleOf(call, view) {
  const { w } = view.speech;
  const parts = [w.direction[call.direction], call.linkedid];
  if (view.manyPbxs) parts.push(call.pbx);
  return parts.join(' · ');
}

/** `support, place 2`; once out, how. @param {Call} call @param {View} view */
export function queueWords(call, view) {
  const { w } = view.speech;
  const stint = call.queue;
  if (!stint) return '';
  if (stint.outcome !== null) return stint.outcome === 'answered' ? stint.name : `${stint.name}, ${w.outcome[stint.outcome]}`;
  const place = placeOf(call, view);
  return place === null ? stint.name : `${stint.name}, ${w.call.position(place)}`;
}

/** The flow that its caller is in. @param {Call} call */
export const walkOf = (call) => call.flows?.findLast((walk) => walk.ended_ms === null);

/** `Welcome, at Menu`. @param {Call} call @param {View} view */
export function flowWords(call, { speech: { w } }) {
  const walk = walkOf(call);
  return walk ? w.flow.at(walk.name, walk.visits.at(-1)?.name ?? '') : '';
}

/** Where its caller stands in line, which the queue's row alone knows. @param {Call} call @param {View} view */
function placeOf(call, view) {
  if (!call.queue || call.queue.left_ms !== null) return null;
  const queue = view.state.tables.queues.get(`${call.pbx}~${call.queue.name}`);
  return queue?.waiting.find((caller) => caller.call === call.id)?.position ?? null;
}

/** @param {Call} call @param {View} view @param {boolean} [whole] each of those who listen is named @returns {Mark[]} */
export function callMarks(call, view, whole = false) {
  const { w } = view.speech;
  const marks = trustMarks(call.trust, view);
  if (call.recording) marks.push({ key: 'rec', icon: 'record', tone: 'record', text: w.call.recording });
  if (call.unseen_until_ms !== null && call.phase !== 'ended') {
    marks.push({ key: 'unseen', icon: 'doubt', tone: 'bare', text: w.call.unseen, title: w.call.unseenHint(call.recording === null) });
  }
  marks.push(...listenerMarks(listenersOf(call.id, view.state), view, whole));
  if (call.parked) {
    marks.push({ key: 'park', icon: 'park', tone: 'paused', text: w.call.parked(call.parked.space, call.parked.lot) });
  }
  if (call.conference) {
    marks.push({ key: 'conf', icon: 'conference', tone: 'talking', text: w.call.conference(call.conference) });
  }
  const transfer = call.transfers.at(-1);
  if (transfer) {
    const said = w.call.transfer[transfer.kind](transfer.to);
    const full = call.transfers.map((t) => [w.call.transfer[t.kind](t.to), t.by ? w.call.by(agentAt(view.state, call.pbx, t.by)) : '', t.success ? '' : w.call.failed].filter(Boolean).join(' '));
    marks.push({
      key: 'transfer',
      icon: 'transfer',
      tone: transfer.success ? 'quiet' : 'trouble',
      text: transfer.success ? said : `${said}, ${w.call.failed}`,
      title: full.join('\n'),
    });
  }
  if (call.merged.length) {
    marks.push({ key: 'merged', icon: 'link', tone: 'quiet', text: view.speech.counted('merged', call.merged.length), title: call.merged.join(', ') });
  }
  const hidden = call.legs.length - shownLegs(call, view.state.filter.locals).length;
  if (hidden) marks.push({ key: 'hidden', icon: 'link', tone: 'quiet', text: view.speech.counted('hiddenLegs', hidden) });
  return marks;
}
