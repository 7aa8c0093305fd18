/** All alarms: when each began, what it is about, in words, and when it ended. */

import { bell } from '../bell.js';
import { h, keyed, setAttr, setText, show } from '../render/dom.js';
import { part } from '../render/view.js';

/** @import {Alarm} from '../protocol.js' */
/** @import {View} from '../render/view.js' */

/** @param {View} view @returns {string} the title */
export function drawAlarmsPanel(view) {
  const { w } = view.speech;
  const alarms = [...view.state.tables.alarms.values()].sort((a, b) => Number(a.ended_ms !== null) - Number(b.ended_ms !== null) || b.began_ms - a.began_ms);
  keyed(part('panel-alarm-rows'), alarms, (alarm) => alarm.id, makeRow, view);
  show(part('panel-alarm-table'), alarms.length > 0);
  show(part('panel-no-alarms'), alarms.length === 0);
  setText(part('panel-no-alarms'), w.alarms.none);
  const rings = /** @type {HTMLInputElement} */ (part('bell-rings'));
  rings.checked = bell.on;
  return w.sections.alarms;
}

function makeRow() {
  const began = h('td', 'time');
  const subject = h('th');
  const what = h('strong');
  const text = h('p', 'soft');
  const ended = h('td', 'time');
  setAttr(subject, 'scope', 'row');
  const element = h('tr', '', began, subject, h('td', '', what, text), ended);
  return {
    element,
    update: (/** @type {Alarm} */ alarm, /** @type {View} */ { speech, now }) => {
      setText(began, speech.time(alarm.began_ms, now));
      setText(subject, alarm.subject);
      setText(what, speech.w.alarm.kinds[alarm.kind] ?? alarm.kind);
      setText(text, alarm.text ? speech.said(alarm) : '');
      setText(ended, alarm.ended_ms === null ? speech.w.alarms.goesOn : speech.time(alarm.ended_ms, now));
      setAttr(element, 'data-ended', alarm.ended_ms === null ? null : '');
    },
  };
}
