/** Whether a past call is held: why and by whom, and the ways to begin and to end that. */

import { ask } from '../api.js';
import { holdOf } from '../past.js';
import { setAttr, setText, show } from './dom.js';
import { part } from './view.js';

/** @import {Answer} from '../api.js' */
/** @import {Record} from '../past.js' */
/** @import {Speech} from '../i18n.js' */

/** @typedef {{id: string, record: Record}} Call */

/** @type {() => Speech} */
let speech;
/** @type {() => boolean} */
let mayHold;
/** The one that is shown. @type {Call|null} */
let call = null;
let pending = false;
/** The end of a hold is asked for twice: what was held may be deleted then. */
let sure = false;
/** What went wrong. @type {Answer|null} */
let refused = null;

const reason = () => /** @type {HTMLInputElement} */ (part('past-hold-reason'));

/** @param {() => Speech} speaks the language of now @param {() => boolean} may whether who looks keeps calls */
export function listenHold(speaks, may) {
  speech = speaks;
  mayHold = may;
  part('past-hold-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const why = reason().value.trim();
    if (why) void change('PUT', { reason: why });
    else reason().focus();
  });
  part('past-hold-end').addEventListener('click', () => {
    if (sure) return void change('DELETE');
    sure = true;
    draw();
  });
  part('past-hold-end').addEventListener('blur', () => {
    sure = false;
    draw();
  });
}

/** Shows that of a call; what is being written stays while it is the same. @param {Call} shown */
export function drawHold(shown) {
  if (call !== shown) {
    call = shown;
    sure = false;
    refused = null;
    reason().value = '';
  }
  draw();
}

/** @param {'PUT'|'DELETE'} method @param {{reason: string}} [body] */
async function change(method, body) {
  const mine = call;
  if (!mine || pending) return;
  pending = true;
  draw();
  const answer = await ask(method, holdOf(mine.id), body);
  pending = false;
  if (answer.ok) mine.record.hold = answer.body.hold;
  if (call === mine) {
    sure = false;
    refused = answer.ok ? null : answer;
    // where he was, there is another way to go on now
    const had = part('past-hold').contains(document.activeElement) || document.activeElement === document.body;
    draw();
    if (answer.ok && had) (mine.record.hold ? part('past-hold-end') : reason()).focus();
  } else {
    draw();
  }
}

function draw() {
  if (!call) return;
  const s = speech();
  const w = s.w.past.hold;
  const { hold } = call.record;
  show(part('past-held'), Boolean(hold));
  if (hold) setText(part('past-held'), `${w.held(s.time(hold.at_ms, Date.now()), hold.by)} ${w.because(hold.reason)}`);
  show(part('past-hold-form'), !hold && mayHold());
  const end = part('past-hold-end');
  show(end, Boolean(hold) && mayHold());
  setText(end, sure ? w.sure : w.end);
  for (const id of ['past-hold-keep', 'past-hold-end']) setAttr(part(id), 'aria-disabled', pending ? 'true' : null);
  setText(part('past-hold-told'), refused ? whyNot(refused, s) : '');
}

/** @param {Answer} answer @param {Speech} s */
function whyNot(answer, s) {
  if (answer.slug === 'not_found') return s.w.past.hold.gone;
  return s.w.verb.errors[answer.slug] ?? (answer.message || s.w.past.unreachable);
}
