/**
 * Wiring: frames into state, state to the page once per animation frame, people's acts into both.
 *
 *     /ws ─▶ socket ─▶ apply ─▶ state ─▶ select ─▶ render/* ─▶ page
 *                                 ▲                              │
 *          /api ◀── verbs ────────┴── address ◀── events, dialog ┘
 *
 * `views` says which views there are, `frames` when they are drawn, `picture` freezes one.
 * `protocol` names what the server sends; `clock` makes durations of start times; `i18n`, `en` and
 * `fr` hold the words. Nothing is built: browsers read these files as they are.
 */

import { readAddress, writeAddress } from './address.js';
import { ticket } from './api.js';
import { accounts } from './api.js';
import { applyFrame } from './apply.js';
import { spell } from './clock.js';
import { listenOrder, openOrder } from './dialog.js';
import { listen } from './events.js';
import { Frames } from './frames.js';
import { pickLanguage, Speech } from './i18n.js';
import { markRead, sendMessage, setHand } from './desk.js';
import { askAgent, listenAgentOrder } from './panel/agent-verbs.js';
import { closePanel, drawPanel, listenPanel, openPanel } from './panel/panel.js';
import { askPast } from './past.js';
import { freeze } from './picture.js';
import { renderAlarms } from './render/alarms.js';
import { setAttr, setText, show } from './render/dom.js';
import { renderStale } from './render/figures.js';
import { renderFilter, renderWords } from './render/filter.js';
import { renderHands } from './render/hands.js';
import { renderLinks, tickLinks } from './render/links.js';
import { renderOutcome } from './render/outcome.js';
import { drawPast, listenPast, openPast, openPastCall, pastGrew } from './render/past.js';
import { drawReport, listenReport, openReport } from './render/report.js';
import { drawnAt, tick } from './render/times.js';
import { part } from './render/view.js';
import { showWho } from './render/who.js';
import { followToday } from './report.js';
import { floorOf } from './select.js';
import { Socket } from './socket.js';
import { channelKey, createState } from './state.js';
import { perform, performOnAgent, whyNot } from './verbs.js';
import { readPeople } from './people.js';
import { first, pageOf, PAGES, searchOf } from './views.js';
import { toggleTable } from './wall/wall.js';

/** @import {Frame} from './protocol.js' */
/** @import {Order} from './dialog.js' */
/** @import {View} from './render/view.js' */

/** Where an overruled language is kept for the next visit. */
const LANG_KEY = 'vigie.lang';
/** How long the word of a success stays. */
const PRAISE_MS = 12000;
/** How many more rows one press brings. */
const MORE = 60;

const state = createState();
/** What is shown instead of the live state. @type {import('./state.js').State|null} */
let frozen = null;
let page = first();
/** Chosen by hand, here or in the address; null follows the browser. @type {'en'|'fr'|null} */
let chosenLang = null;
let speech = new Speech('en');
/** Grows when something besides the rows asks for a drawing of all of them. */
let manner = 0;
let drawnMark = '';
let outcomes = 0;

/** The state that the page shows. */
const shown = () => frozen ?? state;

function readHere() {
  const { filter, lang } = readAddress(location.hash);
  state.filter = filter;
  if (frozen) frozen.filter = filter;
  chosenLang = lang ?? storedLang();
  speak(chosenLang ?? pickLanguage(navigator.languages));
  const text = /** @type {HTMLInputElement} */ (part('filter-text'));
  if (text.value !== filter.text) text.value = filter.text;
  turnTo(pageOf(location.search));
  manner += 1;
  frames.draw();
}

/** @param {import('./views.js').Page} to */
function turnTo(to) {
  if (to !== page || !document.body.dataset.view) {
    page.close?.();
    page = to;
    document.body.dataset.view = to.name;
    for (const element of document.querySelectorAll('[data-in]')) {
      show(/** @type {HTMLElement} */ (element), (element.getAttribute('data-in') ?? '').split(' ').includes(to.name));
    }
    to.open?.();
  }
}

/** @param {string} name of a page; the one that is open is left for the first */
function goToPage(name) {
  const to = PAGES.find((one) => one.name === name && one !== page) ?? first();
  history.pushState(null, '', `${location.pathname}${searchOf(to, location.search)}${location.hash}`);
  readHere();
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

/** @param {import('./state.js').State} of @returns {Omit<View, 'floor'>} */
function momentOf(of) {
  const steady = performance.now();
  const links = [...of.tables.pbxs.values()].map((pbx) => pbx.link).join();
  return {
    state: of,
    speech,
    now: of.clock.at(steady) ?? Date.now(),
    steady,
    manyPbxs: of.tables.pbxs.size > 1,
    mark: `${manner} ${of.connection.phase} ${links}`,
  };
}

/** @type {Frames<View>} */
const frames = new Frames({
  begin: () => ({ ...momentOf(shown()), floor: floorOf(shown()) }),
  // another view, language or filter, a link lost or back: not bit by bit
  whole: (view) => {
    const before = drawnMark;
    drawnMark = `${page.name} ${view.mark}`;
    return drawnMark !== before;
  },
  draw(view, ration) {
    drawnAt(view);
    // what is frozen is the floor: links, alarms and answers are those of now
    const live = frozen ? { ...view, ...momentOf(state) } : view;
    renderLinks(live);
    renderAlarms(live);
    renderHands(live);
    renderStale(view);
    renderFilter(view);
    page.draw(view, ration);
    drawPanel(view);
    renderOutcome(live);
  },
  tick(ration, anew) {
    return tick(shown(), speech.w.day, performance.now(), ration, anew);
  },
});

const draw = () => frames.draw();

function everySecond() {
  const live = momentOf(state);
  tickLinks(live);
  tickFrozen(live);
  frames.tick();
  if (page !== first()) draw();
  setText(part('wall-clock'), state.connection.phase === 'live' ? speech.times.format(live.now) : '–');
}

/** Freezes what is shown, or goes back to what happens. */
function toggleFreeze() {
  frozen = frozen ? null : freeze(state, performance.now());
  setAttr(document.body, 'data-frozen', frozen ? '' : null);
  setAttr(part('freeze'), 'aria-pressed', String(frozen !== null));
  show(part('frozen'), frozen !== null);
  tickFrozen(momentOf(state));
  manner += 1;
  draw();
}

/** @param {Omit<View, 'floor'>} live */
function tickFrozen(live) {
  if (!frozen) return;
  const at = frozen.frozenAt ?? live.now;
  setText(part('frozen-words'), speech.w.frozen.since(speech.time(at, live.now), spell(live.now - at, speech.w.day)));
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
    if (frame.type === 'directory') void people();
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
  ticket,
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

/** Who belongs where, as it is now. */
async function people() {
  state.people = await readPeople();
  if (frozen) frozen.people = state.people;
  manner += 1;
  draw();
}

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

/** @param {import('./panel/agent-verbs.js').AgentOrder} order */
async function carryOutOnAgent({ verb, agent, body }) {
  state.pending.set(agent.id, verb);
  manner += 1;
  draw();
  const outcome = await performOnAgent(verb, body, agent.name || agent.endpoint);
  state.pending.delete(agent.id);
  tell({ ...outcome, n: ++outcomes });
}

/** A message or a hand: what is done is seen on the board, what is not is said. @param {ReturnType<typeof sendMessage>} asked */
async function onDesk(asked) {
  const answer = await asked;
  if (answer.result === 'refused') tell({ ...answer, verb: 'desk', channel: '', destination: '', n: ++outcomes });
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
listenAgentOrder((order) => void carryOutOnAgent(order));
listenPast(() => speech);
listenReport(() => speech, openPastCall);
listenPanel(draw);
listen({
  order(verb, id, uniqueid) {
    const call = shown().tables.calls.get(id);
    if (!call) return;
    const leg = uniqueid ? call.legs.find((one) => one.uniqueid === uniqueid) : call.legs[0];
    const why = leg ? whyNot(verb, leg, call.pbx, shown()) : 'ended';
    if (openOrder(verb, call, uniqueid, shown(), speech) || !leg) return;
    tell({ n: ++outcomes, verb, channel: leg.channel, destination: '…', result: 'refused', slug: '', message: speech.w.verb.no[why ?? 'ended'], tookMs: 0 });
  },
  message: (agent, text) => void onDesk(sendMessage(agent, text)),
  hand: (agent, raised, text) => void onDesk(setHand(agent, raised, text)),
  read: (agent) => void onDesk(markRead(agent)),
  own(agent) {
    const at = new URLSearchParams(location.search);
    at.set('agent', agent);
    history.pushState(null, '', `${location.pathname}?${at}${location.hash}`);
    readHere();
  },
  orderAgent(verb, id) {
    const agent = shown().tables.agents.get(id);
    if (agent) askAgent(verb, agent, shown(), speech);
  },
  filter(change) {
    state.filter = { ...state.filter, ...change };
    if (frozen) frozen.filter = state.filter;
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
  page: goToPage,
  freeze: toggleFreeze,
  table() {
    if (page.name !== 'wall') return;
    toggleTable();
    draw();
  },
  more(list) {
    state.more.set(list, (state.more.get(list) ?? 0) + MORE);
    manner += 1;
    draw();
  },
  open(kind, id) {
    openPanel(kind, id);
    manner += 1;
    draw();
  },
  close: closePanel,
  dismiss,
});
addEventListener('hashchange', readHere);
addEventListener('popstate', readHere);
readHere();
followToday(askPast, (today) => {
  state.today = today;
  draw();
}, () => state.connection.phase === 'live');
void showWho(() => speech.lang);
accounts().then((there) => (there ? people() : undefined), () => {});
everySecond();
setInterval(everySecond, 1000);
