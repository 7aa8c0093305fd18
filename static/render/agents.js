/** Agents: a section per group of states, tiles within, as many as the eye can use. */

import { earsOf, listenersTo } from '../listening.js';
import { partyWords } from '../names.js';
import { GROUPS, groupOf, stateSince } from '../select.js';
import { h, keyed, setAttr, setText, show } from './dom.js';
import { earMarks, listenerMarksAt } from './ears.js';
import { icon, setIcon } from './icon.js';
import { drawMarks, trustMarks } from './marks.js';
import { run } from './times.js';
import { countWords, emptyWords, isLive, part } from './view.js';

/** @import {Agent} from '../protocol.js' */
/** @import {Group} from '../select.js' */
/** @import {IconName} from './icon.js' */
/** @import {Mark} from './marks.js' */
/** @import {Ration} from './ration.js' */
/** @import {View} from './view.js' */

/** Above this many agents only the first of each group are drawn until more are asked for. */
const ALL_UP_TO = 120;
/** How many of a group then. */
const FIRST = 12;

/** @param {View} view @param {Ration} ration */
export function renderAgents(view, ration) {
  const { floor, state, speech } = view;
  setText(part('agents-count'), countWords(view, floor.agents));
  const groups = GROUPS.filter((group) => floor.groups[group].length > 0);
  keyed(part('agents'), groups, String, makeGroup, { view, ration });
  const none = part('agents-none');
  show(none, floor.agents === 0);
  setText(none, emptyWords(view, state.tables.agents.size, speech.w.agent));
}

/** @param {Group} group */
function makeGroup(group) {
  const name = h('span', 'group-name');
  const count = h('span', 'group-count');
  const heading = h('h3', 'group-head', icon(/** @type {IconName} */ (group)), name, count);
  heading.id = `group-${group}`;
  const titles = ['name', 'state', 'time', 'detail'].map((key) => {
    const cell = h('span');
    cell.setAttribute('role', 'columnheader');
    return /** @type {const} */ ([key, cell]);
  });
  const head = h('div', 'hidden', ...titles.map(([, cell]) => cell));
  head.setAttribute('role', 'row');
  const rows = h('div', 'tiles');
  rows.setAttribute('role', 'rowgroup');
  const table = h('div', 'group-table', head, rows);
  table.setAttribute('role', 'table');
  table.setAttribute('aria-labelledby', heading.id);
  const more = h('button', 'more');
  more.type = 'button';
  more.dataset.more = `agents ${group}`;
  const element = h('section', 'group', heading, table, more);
  element.dataset.group = group;
  return {
    element,
    update: (/** @type {Group} */ _, /** @type {{view: View, ration: Ration}} */ { view, ration }) => {
      const { state, floor, speech } = view;
      const agents = floor.groups[group];
      setText(name, speech.w.groups[group]);
      setText(count, speech.number(agents.length));
      for (const [key, cell] of titles) setText(cell, speech.w.agent[/** @type {'name'} */ (key)]);
      const most = (floor.agents <= ALL_UP_TO ? ALL_UP_TO : FIRST) + (state.more.get(more.dataset.more ?? '') ?? 0);
      keyed(rows, agents.slice(0, most), (agent) => agent.id, makeTile, view, ration);
      const left = agents.length - most;
      show(more, left > 0);
      if (left > 0) setText(more, speech.w.more(left, speech.number(left)));
    },
  };
}

/** What the group's name says already; the word is still read aloud. */
const SAID_BY_GROUP = new Set(['idle', 'ringing', 'on_call', 'wrap_up']);

/** The drawing of what an agent does. @param {Agent} agent @param {Group} group @returns {IconName} */
function iconOf(agent, group) {
  if (agent.activity === 'on_hold') return 'hold';
  if (agent.activity === 'consulting' || agent.activity === 'three_way') return 'conference';
  if (agent.activity === 'dialing') return 'outbound';
  return group;
}

function makeTile() {
  const drawing = icon('free');
  const name = h('span', 'tile-name');
  const time = h('span', 'tile-time');
  const state = h('span', 'tile-state');
  const detail = h('span', 'tile-detail');
  const marks = h('span', 'marks');
  const nameCell = cell('tile-who', drawing, name);
  const timeCell = cell('tile-when', time);
  const stateCell = cell('tile-what', state);
  const detailCell = cell('tile-more', detail, marks);
  const element = h('div', 'tile', nameCell, stateCell, timeCell, detailCell);
  element.setAttribute('role', 'row');
  element.tabIndex = -1;
  element.dataset.row = 'agent';
  /** @type {import('../protocol.js').Desk|undefined} */
  let lastDesk;
  /** @type {Agent|null} */
  let last = null;
  let mark = '';
  return {
    element,
    update: (/** @type {Agent} */ agent, /** @type {View} */ view) => {
      const desk = view.state.tables.desks.get(agent.id);
      const ears = [...listenerMarksAt(listenersTo(agent.id, view.state), view), ...earsOf(agent.id, view.state).flatMap((leg) => earMarks(leg, agent.pbx, view))];
      const now = [view.mark, ...ears.map((one) => one.text)].join('\n');
      if (agent === last && desk === lastDesk && now === mark) return;
      last = agent;
      lastDesk = desk;
      mark = now;
      const { w } = view.speech;
      setAttr(element, 'data-id', agent.id);
      setIcon(drawing, iconOf(agent, groupOf(agent)));
      setText(name, agent.name || agent.endpoint);
      setAttr(name, 'title', titleOf(agent, view));
      setText(state, agent.activity === 'idle' ? w.availability[agent.availability] : w.activity[agent.activity]);
      stateCell.classList.toggle('hidden', SAID_BY_GROUP.has(agent.activity));
      const counting = agent.activity === 'wrap_up' && agent.wrap_up_until_ms !== null;
      run(time, agent.pbx, counting ? { until: agent.wrap_up_until_ms } : stateSince(agent));
      setAttr(time, 'title', counting ? w.agent.wrapLeft : null);
      setText(detail, detailWords(agent, view));
      setAttr(detail, 'data-call', agent.call);
      drawMarks(marks, [...ears, ...marksOf(agent, view)]);
      setAttr(element, 'data-trust', isLive(view, agent.pbx) ? agent.trust : 'stale');
    },
  };
}

/** Where he sits and what he serves. @param {Agent} agent @param {View} view */
function titleOf(agent, view) {
  const { w } = view.speech;
  const memberships = agent.memberships.map((m) => (m.paused ? `${m.queue}, ${w.agent.pausedWhile(m.reason ?? '')}` : m.queue));
  return [view.manyPbxs ? `${agent.endpoint} · ${agent.pbx}` : agent.endpoint, ...memberships].join('\n');
}

/** @param {string} className @param {...Element} children */
function cell(className, ...children) {
  const element = h('span', className, ...children);
  element.setAttribute('role', 'cell');
  return element;
}

/** @param {Agent} agent @param {View} view */
function detailWords(agent, view) {
  const { w } = view.speech;
  /** @type {string[]} */
  const parts = [];
  if (agent.with) parts.push(partyWords(agent.with, w.call.anonymous));
  if (agent.call_queue && agent.activity !== 'idle') parts.push(agent.call_queue);
  if (agent.activity === 'idle' && agent.availability === 'paused' && agent.pause_reason) parts.push(agent.pause_reason);
  // At rest: what he can be rung for.
  if (parts.length === 0 && agent.availability !== 'logged_out') parts.push(agent.memberships.map((m) => m.queue).join(', '));
  return parts.join(' · ');
}

/** His raised hand, and messages that he has not read. @param {Agent} agent @param {View} view @returns {Mark[]} */
function deskMarks({ id }, { state, speech }) {
  const desk = state.tables.desks.get(id);
  if (!desk) return [];
  /** @type {Mark[]} */
  const marks = [];
  if (desk.hand) marks.push({ key: 'hand', icon: 'hand', tone: 'trouble', text: speech.w.desk.hand, title: desk.hand.text });
  const unread = desk.messages.filter((message) => message.read_ms === null).length;
  if (unread) marks.push({ key: 'letter', icon: 'letter', tone: 'quiet', text: `${speech.number(unread)} ${speech.plural(unread, speech.w.desk.count)}` });
  return marks;
}

/** A pause that is to come once his call is over. @param {Agent} agent @param {View} view @returns {Mark[]} */
export function laterMarks({ pause_after_call: later }, view) {
  if (!later) return [];
  return [{ key: 'later', icon: 'paused', tone: 'paused', text: view.speech.w.agentVerb.toCome(later.reason ?? ''), title: later.queue ?? '' }];
}

/** The other axis, when the group does not say it. @param {Agent} agent @param {View} view @returns {Mark[]} */
function marksOf(agent, view) {
  const { w } = view.speech;
  const marks = [...deskMarks(agent, view), ...laterMarks(agent, view), ...trustMarks(agent.trust, view)];
  if (agent.availability === 'paused' && agent.activity !== 'idle') {
    marks.push({ key: 'paused', icon: 'paused', tone: 'paused', text: w.agent.pausedWhile(agent.pause_reason ?? '') });
  } else if (agent.availability === 'partly_paused') {
    const paused = agent.memberships.filter((m) => m.paused).length;
    marks.push({
      key: 'partly',
      icon: 'paused',
      tone: 'paused',
      text: w.agent.partly(paused, agent.memberships.length),
      title: agent.memberships.filter((m) => m.paused).map((m) => (m.reason ? `${m.queue}: ${m.reason}` : m.queue)).join(', '),
    });
  }
  return marks;
}
