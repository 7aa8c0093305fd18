/** What was said with assistants in a past call: who spoke, and what each turn took. */

import { STAGES, quantile, stagesOf } from '../past-ai.js';
import { h, show } from './dom.js';
import { part } from './view.js';

/** @import {AiSession, Line, Stage} from '../past-ai.js' */
/** @import {Speech} from '../i18n.js' */

/** @param {AiSession[]|null} sessions `null`: not known, or not for who looks @param {Speech} s */
export function drawAi(sessions, s) {
  const box = part('past-ai');
  const all = sessions ?? [];
  show(box, all.length > 0);
  box.replaceChildren(...all.flatMap((session) => one(session, s)));
}

/** @param {AiSession} session @param {Speech} s */
function one(session, s) {
  const w = s.w.past.ai;
  const name = session.version === null ? session.assistant : `${session.assistant} (${session.version})`;
  const about = [s.times.format(session.began * 1000), s.seconds(session.took_ms), w.how[session.how] ?? session.how].join(' · ');
  const engines = [[w.mouth, session.mouth], [w.ears, session.ears], [w.mind, session.mind]]
    .filter(([, engine]) => engine).map(([what, engine]) => `${what} ${engine}`);
  if (session.tokens_in + session.tokens_out > 0) engines.push(w.tokens(session.tokens_in, session.tokens_out));
  return [
    h('h3', '', w.title(name)),
    h('p', 'past-unheard', about),
    h('ol', 'past-lines', ...session.lines.map((line) => said(line, session, s))),
    ...turns(session, s),
    ...(engines.length ? [h('p', 'past-unheard', engines.join(' · '))] : []),
  ];
}

/** @param {Line} line @param {AiSession} session @param {Speech} s */
function said(line, session, s) {
  const w = s.w.past.ai;
  const notes = [
    ...(line.confidence === null ? [] : [w.sure(line.confidence)]),
    ...(line.interrupted ? [w.interrupted] : []),
  ];
  const element = h('li', 'past-line',
    h('time', 'past-at', s.times.format(session.began * 1000 + line.at_ms)), ' ',
    h('b', '', w.who[line.who] ?? line.who), ' ', h('span', 'past-said', line.text),
    ...(notes.length ? [' ', h('small', 'past-note', notes.join(', '))] : []));
  element.dataset.who = line.who;
  return element;
}

/** @param {AiSession} session @param {Speech} s */
function turns(session, s) {
  if (session.turns.length === 0) return [];
  const w = s.w.past.ai;
  const stages = session.turns.map(stagesOf);
  const cell = (/** @type {number|null} */ ms) => h('td', 'number', ms === null ? '–' : s.seconds(ms));
  const row = (/** @type {string} */ name, /** @type {(stage: Stage) => number|null} */ of) => h('tr', '', h('th', '', name), ...STAGES.map((stage) => cell(of(stage))));
  const share = (/** @type {Stage} */ stage, /** @type {number} */ part) => quantile(stages.flatMap((of) => of[stage] ?? []), part);
  return [h('table', 'past-turns',
    h('caption', '', w.turns),
    h('thead', '', h('tr', '', h('th', '', ''), ...STAGES.map((stage) => h('th', '', w.stage[stage])))),
    h('tbody', '', ...stages.map((of, n) => row(String(n + 1), (stage) => of[stage])),
      row('p50', (stage) => share(stage, 0.5)), row('p95', (stage) => share(stage, 0.95))))];
}
