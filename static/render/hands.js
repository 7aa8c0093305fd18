/** Raised hands, over the floor: who asks for help, since when, and why. */

import { h, keyed, setAttr, setText, show } from './dom.js';
import { icon } from './icon.js';
import { run } from './times.js';
import { part } from './view.js';

/** @import {Desk} from '../protocol.js' */
/** @import {View} from './view.js' */

/** How many are drawn. */
const MOST = 12;

/** @param {View} view */
export function renderHands(view) {
  const raised = [...view.state.tables.desks.values()].filter((desk) => desk.hand !== null);
  raised.sort((a, b) => (a.hand?.since_ms ?? 0) - (b.hand?.since_ms ?? 0));
  keyed(part('hands'), raised.slice(0, MOST), (desk) => desk.id, makeHand, view);
  show(part('hands-pane'), raised.length > 0);
  say(raised, view);
}

function makeHand() {
  const who = h('strong');
  const why = h('span');
  const time = h('span', 'time');
  const button = h('button', 'hand', icon('hand'), who, why, time);
  button.type = 'button';
  return {
    element: h('li', '', button),
    update: (/** @type {Desk} */ desk, /** @type {View} */ view) => {
      const { w } = view.speech;
      setAttr(button, 'data-open-agent', desk.id);
      setText(who, nameOf(desk.id, view));
      setText(why, desk.hand?.text ? w.desk.asks(desk.hand.text) : w.desk.asksPlain);
      run(time, '', { since: desk.hand?.since_ms ?? null });
    },
  };
}

/** @param {string} id @param {View} view */
function nameOf(id, view) {
  const agent = view.state.tables.agents.get(id);
  return agent?.name || agent?.endpoint || id;
}

/** Hands that were told; null before the first picture. @type {Set<string>|null} */
let told = null;

/** Each hand is read out once when it is raised. @param {Desk[]} raised @param {View} view */
function say(raised, view) {
  if (view.state.run === '') return;
  const first = told === null;
  const before = told ?? new Set();
  told = new Set(raised.map((desk) => desk.id));
  const fresh = raised.find((desk) => !before.has(desk.id));
  if (fresh && !first) setText(part('alarm-said'), view.speech.w.desk.handOf(nameOf(fresh.id, view)));
}
