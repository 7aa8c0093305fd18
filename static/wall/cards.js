/** The wall's cards: figures, queues and agents as words in boxes. No canvas here. */

import { GROUPS } from '../select.js';
import { partyWords } from '../names.js';
import { timeWords } from '../render/times.js';
import { countWords } from '../render/view.js';
import { grid, planOf, tilesIn } from './layout.js';
import { wallOf, within } from './model.js';

/** @import {Group} from '../select.js' */
/** @import {View} from '../render/view.js' */
/** @import {Box} from './layout.js' */
/** @import {AgentCard, QueueCard, Wall} from './model.js' */
/** @import {Card, Line, Paint} from './paint.js' */

/** Groups that a card of a queue names, in the order of what a supervisor asks first. @type {Group[]} */
const NAMED = ['trouble', 'free', 'talking', 'ringing', 'wrap_up', 'paused'];

/**
 * @param {View} view @param {number} w @param {number} h @param {(pbx: string) => boolean} isLive
 * @returns {{cards: Card[], wall: Wall}}
 */
export function cardsOf(view, w, h, isLive) {
  const { people, filter } = view.state;
  const wall = wallOf(view.floor, isLive, { people, by: filter.by });
  // a small screen has no room for a room full of people: then they are counted too
  const tiles = wall.agents.length > 0 && wall.agents.length <= tilesIn(planOf(w, h, true).agents, h);
  const plan = planOf(w, h, tiles);
  const { shown, rest } = within(wall.queues, plan.room);
  const queues = rest ? [...shown, rest] : shown;
  const queueBoxes = grid(plan.queues, queues.length, tiles ? 3 : 2.3, h);
  const agentBoxes = tiles ? grid(plan.agents, wall.agents.length, 3.6, h) : [];
  const cards = [
    ...figureCards(view, plan.figures, h),
    ...queueBoxes.map((box, n) => queueCard(/** @type {QueueCard} */ (queues[n]), box, `queue ${n}`, view, rest)),
    ...agentBoxes.map((box, n) => agentCard(/** @type {AgentCard} */ (wall.agents[n]), box, `agent ${n}`, view)),
  ];
  return { cards, wall };
}

/** What is read from the other end of the room. @param {View} view @param {Box} box @param {number} h @returns {Card[]} */
function figureCards(view, box, h) {
  const { floor, speech } = view;
  const w = speech.w.wall;
  const { waiting, longest, calls } = floor.figures;
  const of = (/** @type {Group} */ group) => floor.groups[group].length;
  const offset = longest ? (view.state.tables.pbxs.get(longest.pbx)?.clock_offset_ms ?? 0) : 0;
  /** @type {{word: string, text: string, paint: Paint}[]} */
  const figures = [
    { word: w.waiting, text: countWords(view, waiting), paint: waiting ? 'waiting' : 'faint' },
    { word: w.longest, text: longest ? timeWords(view, longest.pbx, { since: longest.since - offset }) : speech.w.figures.none, paint: longest ? 'waiting' : 'faint' },
    { word: w.calls, text: countWords(view, calls), paint: 'ink' },
    { word: w.talking, text: countWords(view, of('talking')), paint: of('talking') ? 'talking' : 'faint' },
    { word: w.free, text: countWords(view, of('free')), paint: of('free') ? 'free' : 'faint' },
    { word: w.paused, text: countWords(view, of('paused')), paint: of('paused') ? 'paused' : 'faint' },
    { word: w.trouble, text: countWords(view, of('trouble')), paint: of('trouble') ? 'trouble' : 'faint' },
  ];
  const gap = h * 0.014;
  const wide = (box.w - gap * (figures.length - 1)) / figures.length;
  return figures.map(({ word, text, paint }, n) => ({
    key: `figure ${n}`,
    box: { x: Math.round(box.x + n * (wide + gap)), y: box.y, w: Math.floor(wide), h: box.h },
    edge: paint,
    tinted: paint === 'waiting' || paint === 'trouble',
    believed: !view.floor.blank && document.body.dataset.floor !== 'stale',
    lines: [
      { text, x: 0.5, y: box.h * 0.62, size: Math.min(box.h * 0.58, (wide * 0.86) / Math.max(2, text.length * 0.74)), paint, bold: true, align: 'center' },
      { text: word, x: 0.5, y: box.h * 0.88, size: Math.min(box.h * 0.17, wide * 0.12), paint: 'soft', align: 'center', most: wide * 0.92 },
    ],
  }));
}

/** @param {QueueCard} card @param {Box} box @param {string} key @param {View} view @param {{of: number}|null} rest @returns {Card} */
function queueCard(card, box, key, view, rest) {
  const { speech } = view;
  const w = speech.w.wall;
  const pad = box.h * 0.13 / box.w;
  const name = card.id === '~rest' && rest ? `+ ${speech.number(rest.of)} ${speech.plural(rest.of, w.others)}`
    : card.id === '~' ? nowhere(view) : view.manyPbxs ? `${card.name} · ${card.pbx}` : card.name;
  const waits = card.waiting > 0;
  const big = Math.min(box.h * 0.42, box.w * 0.16);
  /** @type {Line[]} */
  const lines = [{ text: name, x: pad, y: box.h * 0.27, size: Math.min(box.h * 0.2, box.w * 0.085), paint: 'ink', bold: true, most: box.w * 0.6 }];
  if (card.id !== '~') {
    lines.push({ text: speech.number(card.waiting), x: 1 - pad, y: box.h * 0.44, size: big, paint: waits ? 'waiting' : 'faint', bold: true, align: 'right' });
    const longest = card.longest === null ? w.waiting : timeWords(view, card.pbx, { since: card.longest });
    lines.push({ text: longest, x: 1 - pad, y: box.h * 0.63, size: Math.min(box.h * 0.15, box.w * 0.045), paint: waits ? 'waiting' : 'faint', align: 'right' });
  }
  lines.push(...countLines(card, box, pad, view));
  const all = card.agents - card.counts.away;
  return {
    key, box, lines,
    edge: waits ? 'waiting' : card.counts.trouble ? 'trouble' : 'away',
    tinted: waits,
    believed: card.believed,
    bar: all > 0 ? NAMED.filter((group) => card.counts[group] > 0).map((group) => ({ paint: group, part: card.counts[group] / all })) : [],
  };
}

/** Groups whose word follows the number. */
const COUNTED = /** @type {const} */ (['free', 'ringing', 'talking', 'paused']);

/** @param {Group} group @param {number} n @param {View} view */
function countOf(group, n, { speech }) {
  const counted = COUNTED.find((one) => one === group);
  return counted ? speech.counted(counted, n) : `${speech.number(n)} ${speech.w.groups[group].toLowerCase()}`;
}

/** What those are called who are counted nowhere else. @param {View} view */
function nowhere({ state, speech }) {
  return state.filter.by ? speech.w.places.none : speech.w.wall.noQueue;
}

/** Its agents in two short lines of words. @param {QueueCard} card @param {Box} box @param {number} pad @param {View} view @returns {Line[]} */
function countLines(card, box, pad, view) {
  const size = Math.min(box.h * 0.125, box.w * 0.037);
  const told = NAMED.filter((group) => card.counts[group] > 0);
  return told.slice(0, 6).map((group, n) => ({
    text: countOf(group, card.counts[group], view),
    x: pad + (n % 2) * 0.33,
    y: box.h * (0.45 + Math.floor(n / 2) * 0.15),
    size, paint: group, most: box.w * 0.31,
  }));
}

/** @param {AgentCard} card @param {Box} box @param {string} key @param {View} view @returns {Card} */
function agentCard(card, box, key, view) {
  const { agent, group } = card;
  const { w } = view.speech;
  const pad = box.h * 0.16 / box.w;
  const size = Math.min(box.h * 0.32, box.w * 0.095);
  const counting = agent.activity === 'wrap_up' && agent.wrap_up_until_ms !== null;
  const time = timeWords(view, agent.pbx, counting ? { until: agent.wrap_up_until_ms } : { since: card.since, bound: card.bound });
  const state = agent.activity === 'idle' ? w.availability[agent.availability] : w.activity[agent.activity];
  const more = agent.activity === 'idle' ? agent.pause_reason ?? '' : agent.call_queue ?? (agent.with ? partyWords(agent.with, '') : '');
  return {
    key, box,
    edge: group,
    tinted: group !== 'away',
    believed: card.believed,
    lines: [
      { text: agent.name || agent.endpoint, x: pad, y: box.h * 0.43, size, paint: 'ink', bold: true, most: box.w * (0.96 - 2 * pad) - size * 0.68 * time.length },
      { text: time, x: 1 - pad, y: box.h * 0.43, size, paint: group, bold: true, align: 'right' },
      { text: more ? `${state} · ${more}` : state, x: pad, y: box.h * 0.82, size: size * 0.84, paint: group === 'away' ? 'faint' : group, most: box.w * (1 - 2 * pad) },
    ],
  };
}

/** The same, as rows of a table. @param {Wall} wall @param {View} view @returns {{id: string, cells: string[]}[]} */
export function rowsOf(wall, view) {
  const { speech } = view;
  const { w } = speech;
  const queues = wall.queues.map((card) => ({
    id: card.id,
    cells: [
      card.id === '~' ? nowhere(view) : card.name,
      card.id === '~' ? '' : `${speech.number(card.waiting)} ${w.wall.waiting}`,
      card.longest === null ? '' : timeWords(view, card.pbx, { since: card.longest }),
      GROUPS.filter((group) => card.counts[group] > 0).map((group) => countOf(group, card.counts[group], view)).join(', '),
    ],
  }));
  const agents = wall.agents.map(({ id, agent, since, bound }) => ({
    id,
    cells: [
      agent.name || agent.endpoint,
      agent.activity === 'idle' ? w.availability[agent.availability] : w.activity[agent.activity],
      timeWords(view, agent.pbx, { since, bound }),
      [agent.pause_reason, agent.call_queue, agent.with ? partyWords(agent.with, w.call.anonymous) : ''].filter(Boolean).join(' · '),
    ],
  }));
  return [...queues, ...agents];
}
