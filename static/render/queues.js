/** Queues: who waits and for how long, members by state, counts. */

import { OLD_MS } from '../report.js';
import { longestWait, memberCounts, memberState } from '../select.js';
import { h, keyed, setAttr, setText, show } from './dom.js';
import { icon } from './icon.js';
import { figureWords } from './report-words.js';
import { drawMarks, trustMarks } from './marks.js';
import { partyWords } from '../names.js';
import { run } from './times.js';
import { countWords, emptyWords, isLive, part } from './view.js';

/** @import {Queue, Waiting} from '../protocol.js' */
/** @import {MemberState} from '../select.js' */
/** @import {IconName} from './icon.js' */
/** @import {Ration} from './ration.js' */
/** @import {View} from './view.js' */

/** How many queues, and callers of one, are drawn before more are asked for. */
const FIRST_QUEUES = 30;
const FIRST_CALLERS = 8;
/** How many names a tooltip lists. */
const MOST_NAMES = 30;

/** @param {View} view @param {Ration} ration */
export function renderQueues(view, ration) {
  const { floor, state, speech } = view;
  setText(part('queues-count'), countWords(view, floor.queues.length));
  const most = FIRST_QUEUES + (state.more.get('queues') ?? 0);
  keyed(part('queues'), floor.queues.slice(0, most), (queue) => queue.id, makeQueue, view, ration);
  const more = part('queues-more');
  const left = floor.queues.length - most;
  show(more, left > 0);
  if (left > 0) setText(more, speech.w.more(left, speech.number(left)));
  const none = part('queues-none');
  show(none, floor.queues.length === 0);
  setText(none, emptyWords(view, state.tables.queues.size, speech.w.queue));
}

const COUNTS = /** @type {const} */ (['offered', 'answered', 'abandoned', 'flowed_out']);
/** @type {[MemberState, IconName][]} */
const MEMBERS = [['free', 'free'], ['ringing', 'ringing'], ['talking', 'talking'], ['paused', 'paused'], ['away', 'trouble']];

/** @param {Queue} first */
function makeQueue(first) {
  const name = h('h3', 'queue-title');
  const marks = h('span', 'marks');
  const waiting = h('span', 'big');
  const waitingWord = h('span', 'unit');
  const longest = h('span', 'big time');
  const longestWord = h('span', 'unit');
  const members = h('ul', 'members');
  const counts = h('p', 'counts');
  const today = h('p', 'today');
  const callers = h('ol', 'callers');
  const more = h('button', 'more');
  more.type = 'button';
  more.dataset.more = `callers ${first.id}`;
  const element = h(
    'article',
    'queue',
    h(
      'header',
      'queue-top',
      h('div', 'queue-head', name, marks),
      h('p', 'queue-figures', h('span', 'figure', waiting, waitingWord), h('span', 'figure', longest, longestWord)),
    ),
    members,
    callers,
    more,
    counts,
    today,
  );
  /** @type {Queue|null} */
  let last = null;
  let mark = '';
  return {
    element,
    update: (/** @type {Queue} */ queue, /** @type {View} */ view) => {
      drawToday(today, queue, view);
      if (queue === last && view.mark === mark) return;
      last = queue;
      mark = view.mark;
      const { speech, state } = view;
      const w = speech.w.queue;
      setText(name, view.manyPbxs ? `${queue.name} · ${queue.pbx}` : queue.name);
      setAttr(name, 'title', queue.strategy || null);
      drawMarks(marks, trustMarks(queue.trust, view));
      const first = longestWait(queue);
      setText(waiting, speech.number(queue.waiting.length));
      setText(waitingWord, w.waiting);
      run(longest, queue.pbx, { since: first });
      if (first === null) setText(longest, speech.w.figures.none);
      setText(longestWord, w.longest);
      setAttr(element, 'data-waiting', queue.waiting.length > 0 ? '' : null);
      setAttr(element, 'data-trust', isLive(view, queue.pbx) ? queue.trust : 'stale');
      drawMembers(members, queue, view);
      const most = FIRST_CALLERS + (state.more.get(more.dataset.more ?? '') ?? 0);
      keyed(callers, queue.waiting.slice(0, most), (caller) => caller.uniqueid, makeCaller, { view, pbx: queue.pbx });
      show(callers, queue.waiting.length > 0);
      const left = queue.waiting.length - most;
      show(more, left > 0);
      if (left > 0) setText(more, speech.w.more(left, speech.number(left)));
      const told = COUNTS.map((key) => speech.counted(key, queue[key])).join(' · ');
      setText(counts, `${told} ${w.since(speech.minute(queue.counts_since_ms, view.now))}`);
    },
  };
}

/** What the day gave so far, and of when that is. @param {HTMLElement} line @param {Queue} queue @param {View} view */
function drawToday(line, queue, { state, speech, now }) {
  const figures = state.today?.figures.get(queue.id);
  show(line, figures !== undefined);
  if (!figures || !state.today) return;
  const w = speech.w.report;
  const of = (/** @type {string} */ name) => (figures[name] ? figureWords(name, figures[name], speech) : speech.w.figures.none);
  const old = now - state.today.at > OLD_MS;
  const words = w.onFloor(of('service_level'), of('asa'), of('abandoned'));
  setText(line, `${words} · ${w.floorAge(speech.times.format(state.today.at))}`);
  setAttr(line, 'data-old', old ? '' : null);
}

/** @param {HTMLElement} list @param {Queue} queue @param {View} view */
function drawMembers(list, queue, view) {
  const w = view.speech.w.queue;
  const counts = memberCounts(queue);
  const rows = MEMBERS.filter(([state]) => counts[state] > 0);
  keyed(list, rows, ([state]) => state, makeMember, {
    words: (state) => view.speech.counted(state, counts[state]),
    names: (state) => namesIn(queue, state),
  });
  setAttr(list, 'data-empty', rows.length === 0 ? w.noMembers : null);
}

/** Who they are, one a line, as many as a tooltip bears. @param {Queue} queue @param {MemberState} state */
function namesIn(queue, state) {
  const names = queue.members.filter((member) => memberState(member) === state).map((member) => member.name || member.interface);
  return names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES), '…'].join('\n') : names.join('\n');
}

/** @typedef {{words: (state: MemberState) => string, names: (state: MemberState) => string}} MemberWords */

/** @param {[MemberState, IconName]} row */
function makeMember([state, drawing]) {
  const text = h('span');
  const element = h('li', 'member', icon(drawing), text);
  element.dataset.tone = state;
  return {
    element,
    update: (/** @type {[MemberState, IconName]} */ _, /** @type {MemberWords} */ { words, names }) => {
      setText(text, words(state));
      setAttr(element, 'title', names(state));
    },
  };
}

function makeCaller() {
  const place = h('span', 'place');
  const who = h('span', 'who');
  const time = h('span', 'time');
  const element = h('li', 'caller', place, who, time);
  return {
    element,
    update: (/** @type {Waiting} */ caller, /** @type {{view: View, pbx: string}} */ { view, pbx }) => {
      setText(place, view.speech.number(caller.position));
      setText(who, partyWords(caller.party, view.speech.w.call.anonymous));
      setAttr(who, 'data-call', caller.call || null);
      run(time, pbx, { since: caller.joined_ms });
    },
  };
}
