/** Alarms: what is wrong now, then what was. */

import { bell } from '../bell.js';
import { h, keyed, setAttr, setText, show } from './dom.js';
import { icon } from './icon.js';
import { part } from './view.js';

/** @import {Alarm} from '../protocol.js' */
/** @import {View} from './view.js' */

/** How many are drawn. */
const MOST = 6;
/** How long one that ended stays in view. */
const AFTERGLOW_MS = 120_000;

/** @param {View} view */
export function renderAlarms(view) {
  const alarms = [...view.state.tables.alarms.values()].filter(
    (alarm) => alarm.ended_ms === null || view.now - alarm.ended_ms < AFTERGLOW_MS,
  );
  alarms.sort((a, b) => Number(a.ended_ms !== null) - Number(b.ended_ms !== null) || b.began_ms - a.began_ms);
  const shown = alarms.slice(0, MOST);
  keyed(part('alarms'), shown, (alarm) => alarm.id, makeAlarm, view);
  show(part('alarms-pane'), shown.length > 0);
  drawBell(view);
  say(view);
}

/** How many there are now. @param {View} view */
function drawBell({ state, speech }) {
  const active = [...state.tables.alarms.values()].filter((alarm) => alarm.ended_ms === null).length;
  const button = part('bell');
  if (!button.firstElementChild) button.append(icon('ringing'), h('span'));
  setText(/** @type {Element} */ (button.lastElementChild), speech.number(active));
  setAttr(button, 'aria-label', speech.w.alarms.open(speech.number(active)));
  setAttr(button, 'data-active', active > 0 ? '' : null);
}

/** Alarms that were told, by id, and whether they had ended; null before the first picture. @type {Map<string, boolean>|null} */
let told = null;

/** Each alarm is read out once when it begins and once when it ends; those of the first picture are in view already. @param {View} view */
function say({ state, speech }) {
  if (state.run === '') return;
  const { alarms } = state.tables;
  const first = told === null;
  told ??= new Map();
  for (const alarm of alarms.values()) {
    const over = alarm.ended_ms !== null;
    const before = told.get(alarm.id);
    if (before === over) continue;
    told.set(alarm.id, over);
    if (first || (before === undefined && over)) continue;
    const w = speech.w.alarms;
    const kind = speech.w.alarm.kinds[alarm.kind] ?? alarm.kind;
    setText(part('alarm-said'), over ? w.over(kind, alarm.subject) : w.said(kind, alarm.subject));
    if (!over) bell.ring();
  }
  for (const id of told.keys()) if (!alarms.has(id)) told.delete(id);
}

function makeAlarm() {
  const kind = h('strong');
  const text = h('span', 'alarm-text');
  const time = h('span', 'soft');
  const element = h('li', 'alarm', icon('trouble'), kind, text, time);
  return {
    element,
    update: (/** @type {Alarm} */ alarm, /** @type {View} */ view) => {
      const { speech, now } = view;
      const w = speech.w.alarm;
      setText(kind, w.kinds[alarm.kind] ?? alarm.kind);
      setText(text, alarm.text ? speech.w.because(alarm.subject, speech.said(alarm)) : alarm.subject);
      const from = speech.time(alarm.began_ms, now);
      setText(time, alarm.ended_ms === null ? w.since(from) : w.ended(from, speech.time(alarm.ended_ms, now)));
      setAttr(element, 'data-ended', alarm.ended_ms === null ? null : '');
    },
  };
}
