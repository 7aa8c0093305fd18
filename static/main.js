/**
 * Wiring: frames into state, state to the page once per animation frame, people's acts into both.
 *
 *     /ws ─▶ socket ─▶ apply ─▶ state ─▶ select ─▶ render/* ─▶ page
 *                                 ▲                              │
 *          /api ◀── verbs ◀── acts┴── here ◀── events, dialogs ──┘
 *
 * `app` is what they share. `views` says which views there are, `here` which one is open, `frames` when it
 * is drawn, `picture` freezes it. `protocol` names what the server sends; `clock` makes durations of start
 * times; `i18n`, `en`, `fr` and `words/` hold the words. Nothing is built: browsers read these files as
 * they are.
 */

import { askFor, carryOut, carryOutOnAgent, dismiss, onDesk, people, tellMore, tickFrozen, toggleFreeze } from './acts.js';
import { accounts, ticket } from './api.js';
import { app, drawAll, momentOf, shown } from './app.js';
import { applyFrame } from './apply.js';
import { followCallbacks, renderCallbacks } from './callbacks/floor.js';
import { markRead, sendMessage, setHand } from './desk.js';
import { listenOrder } from './dialog.js';
import { listen } from './events.js';
import { Frames } from './frames.js';
import { changeFilter, chooseLanguage, goToAgent, goToPage, readHere } from './here.js';
import { agentAt } from './names.js';
import { askAgent, listenAgentOrder } from './panel/agent-verbs.js';
import { listenMore } from './panel/more.js';
import { closePanel, drawPanel, listenPanel, openPanel } from './panel/panel.js';
import { askPast } from './past.js';
import { mayCall, mayDraw, mayHold, mayRaise } from './people.js';
import { renderAlarms } from './render/alarms.js';
import { setText } from './render/dom.js';
import { renderStale } from './render/figures.js';
import { renderFilter } from './render/filter.js';
import { renderHands } from './render/hands.js';
import { renderLinks, tickLinks } from './render/links.js';
import { renderOutcome } from './render/outcome.js';
import { listenPast, openPast, openPastCall, pastGrew } from './render/past.js';
import { listenReport, openReport } from './render/report.js';
import { drawnAt, tick } from './render/times.js';
import { part } from './render/view.js';
import { showWho } from './render/who.js';
import { followToday } from './report.js';
import { floorOf } from './select.js';
import { Socket } from './socket.js';
import { first } from './views.js';
import { toggleTable } from './wall/wall.js';

/** @import {Frame} from './protocol.js' */
/** @import {View} from './render/view.js' */

/** How many more rows one press brings. */
const MORE = 60;

const { state } = app;
let drawnMark = '';

/** @type {Frames<View>} */
const frames = new Frames({
  begin: () => ({ ...momentOf(shown()), floor: floorOf(shown()) }),
  // another view, language or filter, a link lost or back: not bit by bit
  whole: (view) => {
    const before = drawnMark;
    drawnMark = `${app.page.name} ${view.mark}`;
    return drawnMark !== before;
  },
  draw(view, ration) {
    drawnAt(view);
    // what is frozen is the floor: links, alarms and answers are those of now
    const live = app.frozen ? { ...view, ...momentOf(state) } : view;
    renderLinks(live);
    renderAlarms(live);
    renderHands(live);
    renderCallbacks();
    renderStale(view);
    renderFilter(view);
    app.page.draw(view, ration);
    drawPanel(view);
    renderOutcome(live);
  },
  tick: (ration, anew) => tick(shown(), app.speech.w.day, performance.now(), ration, anew),
});
app.draw = () => frames.draw();
app.drawNow = () => frames.now();

function everySecond() {
  const live = momentOf(state);
  tickLinks(live);
  tickFrozen(live);
  frames.tick();
  if (app.page !== first()) frames.news();
  setText(part('wall-clock'), state.connection.phase === 'live' ? app.speech.times.format(live.now) : '–');
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
        frames.news();
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
    drawAll();
  },
  lost(attempts, retryInMs) {
    const { connection } = state;
    if (connection.phase === 'live') connection.lostAt = state.clock.at(socket.heardAt);
    connection.phase = 'lost';
    connection.attempts = attempts;
    connection.retryAt = performance.now() + retryInMs;
    drawAll();
  },
});

listenOrder((order) => void carryOut(order));
listenAgentOrder((order) => void carryOutOnAgent(order));
listenPast(() => app.speech, (pbx, endpoint) => agentAt(state, pbx, endpoint), () => state.mayHold);
listenReport(() => app.speech, openPastCall, {
  all: () => state.people.places.filter(({ id }) => id.startsWith('site:')).map(({ id, name }) => ({ id: id.slice('site:'.length), name })),
  chosen: () => state.filter.site,
  choose: (site) => changeFilter({ site }),
});
listenPanel(() => app.draw());
listenMore(() => app.draw(), tellMore);
listen({
  order: askFor,
  orderAgent(verb, id) {
    const agent = shown().tables.agents.get(id);
    if (agent) askAgent(verb, agent, shown(), app.speech);
  },
  message: (agent, text) => onDesk(sendMessage(agent, text)),
  hand: (agent, raised, text) => void onDesk(setHand(agent, raised, text)),
  read: (agent) => void onDesk(markRead(agent)),
  own: goToAgent,
  filter: changeFilter,
  speak: chooseLanguage,
  past: openPast,
  report: openReport,
  page: goToPage,
  freeze: toggleFreeze,
  table() {
    if (app.page.name !== 'wall') return;
    toggleTable();
    app.draw();
  },
  more(list) {
    state.more.set(list, (state.more.get(list) ?? 0) + MORE);
    drawAll();
  },
  open(kind, id) {
    openPanel(kind, id);
    // at once: nobody acts on what the panel was open for before
    const view = { ...momentOf(shown()), floor: floorOf(shown()) };
    drawnAt(view);
    drawPanel(view);
    drawAll();
  },
  close: closePanel,
  dismiss,
});
addEventListener('pointerdown', () => frames.press(), true);
// the click comes after it, in the same turn
for (const up of ['pointerup', 'pointercancel', 'blur']) addEventListener(up, () => setTimeout(() => frames.letGo()), true);
addEventListener('hashchange', readHere);
addEventListener('popstate', readHere);
// kept by the browser and shown again by going back: who looks now may be somebody else
addEventListener('pageshow', (event) => event.persisted && location.reload());
readHere();
followToday(askPast, (today) => {
  state.today = today;
  app.draw();
}, () => state.connection.phase === 'live');
void showWho(() => app.speech.lang, (me) => {
  state.mayRaise = mayRaise(me);
  followCallbacks(mayCall(me));
  state.mayHold = mayHold(me);
  part('flows-open').hidden = !mayDraw(me);
  drawAll();
});
accounts().then((there) => (there ? people() : undefined), () => {});
everySecond();
setInterval(everySecond, 1000);
