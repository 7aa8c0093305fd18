/** A call whole: its state, the verbs with why not, its legs, and what happened so far. */

import { agentAt, legName, legNames, partyWords } from '../names.js';
import { askPast, factsOf } from '../past.js';
import { h, keyed, setAttr, setText, show } from '../render/dom.js';
import { choiceWords, factWords } from '../render/fact-words.js';
import { drawMarks } from '../render/marks.js';
import { callMarks, flowWords, phaseWords, queueWords, walkOf } from '../render/calls.js';
import { makeLegPart } from '../render/legs.js';
import { run } from '../render/times.js';
import { isLive, part } from '../render/view.js';
import { isBound, mainLeg, shownLegs } from '../select.js';
import { stopAsking } from './asking.js';
import { drawMore } from './more.js';
import { storyOf } from './story.js';
import { drawVerbs } from './verbs.js';

/** @import {Call} from '../protocol.js' */
/** @import {Record} from '../past.js' */
/** @import {View} from '../render/view.js' */
/** @import {Moment} from './story.js' */

/** The call that was shown last, kept when its row goes. @type {Call|null} */
let last = null;
/** What is kept of it, once it has ended. @type {{id: string, record: Record|null, asking: boolean, tries: number}|null} */
let kept = null;
/** Its record is written within a second, but where the database is slow: asked for again after this, ms, then less often. */
const ASK_AGAIN_MS = 700;
const AT_LEAST_EVERY_MS = 5000;
/** Over a minute in all. */
const MOST_TRIES = 20;

/** Asks for a drawing when an answer came. */
let redraw = () => {};

/** @param {() => void} draw */
export function listenCallPanel(draw) {
  redraw = draw;
}

/** @param {string} id @param {View} view @returns {string} the title */
export function drawCallPanel(id, view) {
  const row = view.state.tables.calls.get(id);
  const { w } = view.speech;
  if (row) {
    last = row;
    kept = null;
  } else if (last?.id !== id) {
    last = null;
  }
  show(part('panel-call-live'), row !== undefined);
  show(part('panel-over'), row === undefined);
  if (row) {
    drawLive(row, view);
  } else {
    stopAsking();
    drawOver(id, view);
  }
  return last ? w.panel.call(partyWords(last.caller, w.call.anonymous), last.called) : id;
}

/** @param {Call} call @param {View} view */
function drawLive(call, view) {
  const { speech } = view;
  const { w } = speech;
  setAttr(part('panel-call-live'), 'data-trust', isLive(view, call.pbx) ? call.trust : 'stale');
  setText(part('panel-phase'), phaseWords(call, view));
  run(part('panel-phase-time'), call.pbx, { since: call.phase_since_ms, end: call.ended_ms, bound: isBound(call, 'phase_since_ms') });
  setText(part('panel-direction'), [w.direction[call.direction], queueWords(call, view), flowWords(call, view)].filter(Boolean).join(' · '));
  const at = walkOf(call)?.visits.at(-1);
  show(part('panel-flow-time'), at !== undefined);
  run(part('panel-flow-time'), call.pbx, { since: at?.at_ms ?? null });
  setAttr(part('panel-flow-time'), 'title', at ? w.flow.since(at.name) : null);
  drawMarks(part('panel-marks'), callMarks(call, view, true));
  const leg = mainLeg(call);
  drawVerbs(part('panel-verbs'), call, leg, view);
  drawMore(call, view);
  const legs = shownLegs(call, view.state.filter.locals);
  keyed(part('panel-legs'), legs, (one) => one.uniqueid, () => makeLegPart(call.id), { view, call, names: legNames(legs.filter((one) => one.phase !== 'ended'), view.state) });
  keyed(part('panel-story'), storyOf(call, view.state.filter.locals), keyOf, makeMoment, { view, call });
  const facts = [
    [w.panel.linkedid, [call.linkedid, ...call.merged].join(', ')],
    [w.panel.pbx, call.pbx],
  ];
  keyed(part('panel-facts'), facts, (fact) => String(fact[0]), makeFact, null);
}

/** @param {Moment} moment */
const keyOf = (moment) => `${'n' in moment ? `${moment.n} ${moment.at} ` : ''}${moment.what} ${'leg' in moment ? moment.leg.uniqueid : ''}${'transfer' in moment ? moment.transfer.at_ms : ''}`;

function makeMoment() {
  const time = h('time', 'moment-at');
  const words = h('span');
  const element = h('li', 'moment', time, words);
  return {
    element,
    update: (/** @type {Moment} */ moment, /** @type {{view: View, call: Call}} */ { view, call }) => {
      const { speech } = view;
      const offset = view.state.tables.pbxs.get(call.pbx)?.clock_offset_ms ?? 0;
      const at = speech.times.format(moment.at + offset);
      setText(time, moment.bound ? `≤\u00a0${at}` : at);
      setAttr(time, 'title', moment.bound ? speech.w.panel.atLeast(at) : null);
      setText(words, momentWords(moment, call, view));
      setAttr(element, 'data-what', moment.what);
    },
  };
}

/** @param {Moment} moment @param {Call} call @param {View} view */
function momentWords(moment, call, view) {
  const { w } = view.speech;
  const p = w.panel;
  const sits = (/** @type {string|null} */ endpoint) => (endpoint ? agentAt(view.state, call.pbx, endpoint) : '');
  switch (moment.what) {
    case 'began': return p.began;
    case 'ended': return p.ended;
    case 'unseen': return p.unseen;
    // one that came with another call that was joined to this one may have begun that
    case 'leg': return call.merged.includes(moment.leg.uniqueid) ? w.past.leg(legName(moment.leg, view.state)) : p.leg(legName(moment.leg, view.state));
    case 'answered': return p.answered(legName(moment.leg, view.state));
    case 'held': return p.held(legName(moment.leg, view.state));
    case 'gone': return p.gone_leg(legName(moment.leg, view.state), moment.cause === null ? '' : (w.call.causes[moment.cause] ?? w.call.cause(moment.cause)));
    case 'joined': return p.joined(moment.queue);
    case 'left': return p.left(moment.queue, w.outcome[moment.outcome ?? 'other'], sits(moment.agent));
    case 'flow': return w.flow.begins(moment.name);
    case 'node': return w.flow.node(moment.name);
    case 'chose': return choiceWords(moment.port, moment.key, view.speech);
    case 'flow_over': return w.flow.ends(moment.name, w.flow.how[moment.how], moment.why ?? '');
    case 'parked': return p.parked(moment.space, moment.lot);
    case 'transfer': {
      const { kind, to, by, success } = moment.transfer;
      return [w.call.transfer[kind](to), by ? w.call.by(sits(by)) : '', success ? '' : w.call.failed].filter(Boolean).join(' ');
    }
  }
}

function makeFact() {
  const name = h('dt');
  const value = h('dd');
  return {
    element: h('div', 'fact', name, value),
    update: (/** @type {string[]} */ fact) => {
      setText(name, fact[0] ?? '');
      setText(value, fact[1] ?? '');
    },
  };
}

/** It is over: what is kept of it, as soon as that is written. @param {string} id @param {View} view */
function drawOver(id, view) {
  const { w, times } = view.speech;
  if (kept?.id !== id) kept = { id, record: null, asking: false, tries: 0 };
  const { record } = kept;
  if (!record && !kept.asking && kept.tries < MOST_TRIES) void ask(kept);
  setText(part('panel-over-words'), record ? w.panel.over : kept.tries < MOST_TRIES ? w.panel.overSoon : w.panel.overUnkept);
  const facts = record ? factsOf(record) : [];
  const pbx = id.split('~')[0] ?? '';
  keyed(part('panel-over-story'), facts, (fact) => `${fact.what} ${fact.who} ${fact.at}`, makeKept, (/** @type {typeof facts[0]} */ fact) => {
    return [times.format(fact.at * 1000), factWords(fact, view.speech, (endpoint) => agentAt(view.state, pbx, endpoint))];
  });
}

function makeKept() {
  const time = h('time', 'moment-at');
  const words = h('span');
  return {
    element: h('li', 'moment', time, words),
    update: (/** @type {import('../past.js').Fact} */ fact, /** @type {(fact: import('../past.js').Fact) => string[]} */ say) => {
      const [at, text] = say(fact);
      setText(time, at ?? '');
      setText(words, text ?? '');
    },
  };
}

/** @param {NonNullable<typeof kept>} mine */
async function ask(mine) {
  mine.asking = true;
  const answer = await askPast(`api/history/calls/${encodeURIComponent(mine.id)}`);
  if ('body' in answer) {
    mine.record = answer.body;
  } else {
    mine.tries = answer.slug === 'nothing_kept' ? MOST_TRIES : mine.tries + 1;
    if (mine.tries < MOST_TRIES) await new Promise((done) => setTimeout(done, Math.min(ASK_AGAIN_MS * 1.5 ** (mine.tries - 1), AT_LEAST_EVERY_MS)));
  }
  mine.asking = false;
  redraw();
}
