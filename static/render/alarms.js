/** Alarms: what is wrong now, then what was. */

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
