/**
 * Wiring: frames into state, state to the page once per animation frame, people's acts into both.
 *
 *     /ws ─▶ socket ─▶ apply ─▶ state ─▶ select ─▶ render/* ─▶ page
 *                                 ▲                              │
 *          /api ◀── verbs ────────┴── address ◀── events, dialog ┘
 *
 * `protocol` names what the server sends; `clock` makes durations of start times; `i18n`, `en` and
 * `fr` hold the words. Nothing is built: browsers read these files as they are.
 */

import { readAddress, writeAddress } from './address.js';
import { applyFrame } from './apply.js';
import { listenOrder, openOrder } from './dialog.js';
import { ensureTabStop, listen } from './events.js';
import { pickLanguage, Speech } from './i18n.js';
import { askPast } from './past.js';
import { renderAgents } from './render/agents.js';
import { renderAlarms } from './render/alarms.js';
import { renderCalls } from './render/calls.js';
import { setAttr, setText } from './render/dom.js';
import { renderFigures } from './render/figures.js';
import { renderFilter, renderWords } from './render/filter.js';
import { renderLinks, tickLinks } from './render/links.js';
import { renderOutcome } from './render/outcome.js';
import { drawPast, listenPast, openPast, openPastCall, pastGrew } from './render/past.js';
import { renderQueues } from './render/queues.js';
import { drawReport, listenReport, openReport } from './render/report.js';
import { tick } from './render/times.js';
import { renderTrunks } from './render/trunks.js';
import { part } from './render/view.js';
import { followToday } from './report.js';
import { floorOf } from './select.js';
import { Socket } from './socket.js';
import { channelKey, createState } from './state.js';
import { perform, whyNot } from './verbs.js';

/** @import {Frame} from './protocol.js' */
/** @import {Order} from './dialog.js' */
/** @import {View} from './render/view.js' */

/** Where an overruled language is kept for the next visit. */
const LANG_KEY = 'vigie.lang';
/** How long the word of a success stays. */
const PRAISE_MS = 12000;
/** Between two drawings, this many times what the last one took. */
const REST = 2;
/** How many more rows one press brings. */
const MORE = 60;

const state = createState();
/** Chosen by hand, here or in the address; null follows the browser. @type {'en'|'fr'|null} */
let chosenLang = null;
let speech = new Speech('en');
/** Grows when something besides the rows asks for a drawing of all of them. */
let manner = 0;
let outcomes = 0;
let asked = false;
let restUntil = 0;

function readHere() {
  const { filter, lang } = readAddress(location.hash);
  state.filter = filter;
  chosenLang = lang ?? storedLang();
  speak(chosenLang ?? pickLanguage(navigator.languages));
  const text = /** @type {HTMLInputElement} */ (part('filter-text'));
  if (text.value !== filter.text) text.value = filter.text;
  manner += 1;
  draw();
}

/** @returns {'en'|'fr'|null} */
function storedLang() {
  try {
    const kept = localStorage.getItem(LANG_KEY);
    return kept === 'en' || kept === 'fr' ? kept : null;
  } catch {
    return null;
  }
}

/** @param {'en'|'fr'} lang */
function speak(lang) {
  if (speech.lang !== lang || document.documentElement.lang !== lang) speech = new Speech(lang);
  state.lang = lang;
  document.documentElement.lang = lang;
  document.title = speech.w.title;
  renderWords(speech.w);
  for (const button of document.querySelectorAll('button[data-lang]')) {
    setAttr(button, 'aria-pressed', String(button.getAttribute('data-lang') === lang));
  }
}

function writeHere() {
  const inAddress = new URLSearchParams(location.hash.slice(1)).has('lang') ? chosenLang : null;
  history.replaceState(null, '', writeAddress(state.filter, inAddress) || location.pathname + location.search);
}

/**
 * Asks for one drawing at the next animation frame, however often it is called before. A drawing
 * that took long is not repeated at once, so that a large floor leaves the browser most of its time.
 */
function draw() {
  if (asked) return;
  asked = true;
  const rest = restUntil - performance.now();
  const soon = () =>
    requestAnimationFrame(() => {
      asked = false;
      const began = performance.now();
      drawNow();
      // A timer runs after layout and paint, which cost more than our own part.
      setTimeout(() => {
        const ended = performance.now();
        restUntil = ended + REST * (ended - began);
      });
    });
  if (rest > 16) setTimeout(soon, rest);
  else soon();
}

/** @returns {Omit<View, 'floor'>} */
function momentNow() {
  const steady = performance.now();
  const links = [...state.tables.pbxs.values()].map((pbx) => pbx.link).join();
  return {
    state,
    speech,
    now: state.clock.at(steady) ?? Date.now(),
    steady,
    manyPbxs: state.tables.pbxs.size > 1,
    mark: `${manner} ${state.connection.phase} ${links}`,
  };
}

function drawNow() {
  const view = { ...momentNow(), floor: floorOf(state) };
  renderLinks(view);
  renderAlarms(view);
  renderFigures(view);
  renderFilter(view);
  renderQueues(view);
  renderTrunks(view);
  renderAgents(view);
  renderCalls(view);
  renderOutcome(view);
  ensureTabStop();
  tick(state, speech.w.day, view.steady);
}

function everySecond() {
  const view = momentNow();
  tick(state, speech.w.day, view.steady);
  tickLinks(view);
  const clock = state.connection.phase === 'live' ? speech.times.format(view.now) : '–';
  setText(part('wall-clock'), clock);
}

const socket = new Socket(new URL('ws', document.baseURI).href.replace(/^http/, 'ws'), {
  heard(text) {
    /** @type {Frame} */
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return 'restart';
    }
    const steady = performance.now();
    switch (applyFrame(state, frame, steady)) {
      case 'applied':
        draw();
        if (frame.type === 'changes' && frame.gone?.calls?.length) pastGrew();
        return 'news';
      case 'repeated':
        if (frame.type === 'bye') socket.leastPause = frame.retry_ms ?? 0;
        return frame.type === 'changes' ? 'news' : 'sign';
      case 'gap':
        return 'resume';
      case 'stranger':
        return 'restart';
    }
  },
  position: () => (state.run ? { run: state.run, seq: state.seq } : null),
  live() {
    state.connection = { phase: 'live', lostAt: null, retryAt: null, attempts: 0, reason: '' };
    manner += 1;
    draw();
  },
  lost(attempts, retryInMs) {
    const { connection } = state;
    if (connection.phase === 'live') connection.lostAt = state.clock.at(socket.heardAt);
    connection.phase = 'lost';
    connection.attempts = attempts;
    connection.retryAt = performance.now() + retryInMs;
    manner += 1;
    draw();
  },
});

/** @param {Order} order */
async function carryOut(order) {
  const key = channelKey(order.pbx, order.channel);
  if (state.pending.has(key)) return;
  state.pending.set(key, order.verb);
  manner += 1;
  draw();
  const outcome = await perform(order.verb, order);
  state.pending.delete(key);
  tell({ ...outcome, n: ++outcomes });
}

/** @param {import('./state.js').Outcome} outcome */
function tell(outcome) {
  state.outcome = outcome;
  manner += 1;
  draw();
  if (outcome.result === 'done') {
    setTimeout(() => {
      if (state.outcome === outcome) dismiss();
    }, PRAISE_MS);
  }
}

function dismiss() {
  state.outcome = null;
  draw();
}

listenOrder((order) => void carryOut(order));
listenPast(() => speech);
listenReport(() => speech, openPastCall);
listen({
  order(verb, id, uniqueid) {
    const call = state.tables.calls.get(id);
    if (!call) return;
    const leg = uniqueid ? call.legs.find((one) => one.uniqueid === uniqueid) : call.legs[0];
    const why = leg ? whyNot(verb, leg, call.pbx, state) : 'ended';
    if (openOrder(verb, call, uniqueid, state, speech) || !leg) return;
    tell({ n: ++outcomes, verb, channel: leg.channel, destination: '…', result: 'refused', slug: '', message: speech.w.verb.no[why ?? 'ended'], tookMs: 0 });
  },
  filter(change) {
    state.filter = { ...state.filter, ...change };
    manner += 1;
    writeHere();
    draw();
  },
  speak(lang) {
    chosenLang = lang;
    try {
      localStorage.setItem(LANG_KEY, lang);
    } catch {
      // Without a store the address still holds it.
    }
    speak(lang);
    drawPast();
    drawReport();
    manner += 1;
    writeHere();
    draw();
  },
  past: openPast,
  report: openReport,
  more(list) {
    state.more.set(list, (state.more.get(list) ?? 0) + MORE);
    manner += 1;
    draw();
  },
  goTo(id) {
    const row = document.querySelector(`[data-row="call"][data-id="${CSS.escape(id)}"]`);
    if (row instanceof HTMLElement) {
      row.scrollIntoView({ block: 'nearest' });
      row.focus({ preventScroll: true });
    }
  },
  dismiss,
});
addEventListener('hashchange', readHere);
readHere();
followToday(askPast, (today) => {
  state.today = today;
  draw();
});
everySecond();
setInterval(everySecond, 1000);
