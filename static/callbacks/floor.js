/**
 * Callbacks on the floor: how many are due, beside the alarms; and on an agent's own page those that are his to work
 * off. Both follow one reader.
 */

import { app } from '../app.js';
import { setAttr, setText, show } from '../render/dom.js';
import { icon } from '../render/icon.js';
import { ownAgent } from '../render/own.js';
import { part } from '../render/view.js';
import { doingOf, wordsOf } from './doing.js';
import { Follower, forMe } from './follow.js';
import { drawCallbacks } from './list.js';

/** @import {Known} from './follow.js' */

/** How many an agent sees at once; the others stand on their page. */
const MOST = 6;

/** Whether who looks may have a phone call. */
let may = false;
/** @type {Known|null} */
let last = null;
let drawnLang = '';
let said = { text: '', isProblem: false };

const isOwn = () => app.page.name === 'agent' && app.state.tables.agents.has(ownAgent());

const follower = new Follower((known) => {
  last = known;
  app.draw();
}, {
  lists: () => (isOwn() ? [''] : null),
  may: () => may && app.state.connection.phase === 'live',
});

const doing = doingOf({
  lang: () => app.speech.lang,
  phone: ownAgent,
  say(text, isProblem) {
    said = { text, isProblem };
    app.draw();
  },
  changed: () => follower.look(),
});

/** From when it is known who looks. @param {boolean} mayCall */
export function followCallbacks(mayCall) {
  may = mayCall;
  if (may) void follower.look();
}

/** The mark, and what stands on an agent's own page. */
export function renderCallbacks() {
  const words = wordsOf(app.speech.lang);
  const known = last?.due?.kept === false ? null : last;
  // what is not heard of any more is no number
  const isLive = known !== null && known.due !== null && !known.lost && app.state.connection.phase === 'live';
  const mark = part('callbacks-mark');
  show(mark, known !== null && (known.due !== null || known.lost));
  if (!mark.firstElementChild) mark.append(icon('callback'), document.createElement('span'));
  const due = known?.due ?? null;
  setText(/** @type {Element} */ (mark.lastElementChild), isLive && due ? String(due.due) : '–');
  setAttr(mark, 'title', isLive && due ? words.mark(String(due.due), String(due.mine)) : words.markUnknown);
  setAttr(mark, 'aria-label', isLive && due ? words.mark(String(due.due), String(due.mine)) : words.markUnknown);
  setAttr(mark, 'data-due', isLive && due && due.due > 0 ? '' : null);
  if (app.page.name !== 'agent') return;
  show(part('own-callbacks'), known !== null && isOwn());
  if (!known || !isOwn()) return;
  if (drawnLang !== app.speech.lang) {
    drawnLang = app.speech.lang;
    setText(part('own-callbacks-title'), words.title);
    setText(part('own-callbacks-all'), words.all);
  }
  // he came from another view
  if (known.list === null && isLive && !follower.isAsking) void follower.look();
  const rows = forMe(known.list ?? [], due).slice(0, MOST);
  setText(part('own-callbacks-said'), isLive ? said.text : words.never);
  setAttr(part('own-callbacks-said'), 'data-problem', said.isProblem || !isLive ? '' : null);
  drawCallbacks(part('own-callbacks-list'), rows, { words, lang: app.speech.lang, due, at: known.at ?? 0, stale: !isLive, doing });
  setAttr(part('own-callbacks-list'), 'data-stale', isLive ? null : '');
  setText(part('own-callbacks-none'), words.none);
  show(part('own-callbacks-none'), rows.length === 0);
}
