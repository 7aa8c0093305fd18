/** The dialog of past calls: the list, one call, and what went wrong. Its own small loop beside the floor's. */

import { spell } from '../clock.js';
import { addressOf, askPast, factsOf, recordingsOf } from '../past.js';
import { causeWords, factWords } from './fact-words.js';
import { h, keyed, setAttr, setText, show } from './dom.js';
import { aiSessionsOf } from '../past-ai.js';
import { drawAi } from './past-ai.js';
import { drawHold, listenHold } from './past-hold.js';
import { part } from './view.js';

/** @import {Ended, Record, Recording} from '../past.js' */
/** @import {AiSession} from '../past-ai.js' */
/** @import {Speech} from '../i18n.js' */

/** After a key was pressed, before the server is asked. */
const TYPING_MS = 250;
/** Calls that end while the list is open come into it, at most this often. */
const FRESH_MS = 3000;

/** @type {() => Speech} */
let speech;
/** Who sits at an endpoint of a PBX now. @type {(pbx: string, endpoint: string) => string} */
let sitsAt;
/** @type {Ended[]} */
let calls = [];
/** @type {string|null} */
let next = null;
/** Grows with every question: an answer to an older one is not shown. */
let asked = 0;
/** @type {ReturnType<typeof setTimeout>|undefined} */
let later;
/**
 * A call with its recordings; `null` while they are not known, `'no_right'` where they may not be heard.
 * @typedef {{id: string, record: Record, recordings: Recording[]|'no_right'|null, ai: AiSession[]|null}} Chosen
 */
/** @type {Chosen|null} */
let chosen = null;
let words = '';

const dialog = () => /** @type {HTMLDialogElement} */ (part('past'));
const field = (/** @type {string} */ id) => /** @type {HTMLInputElement|HTMLSelectElement} */ (part(id));

/** @param {() => Speech} speaks the language of now @param {typeof sitsAt} names @param {() => boolean} mayHold */
export function listenPast(speaks, names, mayHold) {
  speech = speaks;
  sitsAt = names;
  listenHold(speaks, mayHold);
  part('past-open').addEventListener('click', openPast);
  part('past-close').addEventListener('click', () => dialog().close());
  part('past-more').addEventListener('click', () => void look(true));
  part('past-form').addEventListener('submit', (event) => event.preventDefault());
  part('past-words').addEventListener('input', () => soon(TYPING_MS));
  for (const id of ['past-direction', 'past-talked']) part(id).addEventListener('change', () => soon(0));
  part('past-calls').addEventListener('click', (event) => void choose(event.target));
  part('past-calls').addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') void choose(event.target);
  });
  dialog().addEventListener('close', () => {
    clearTimeout(later);
    later = undefined;
  });
}

export function openPast() {
  if (dialog().open) return;
  chooseWords();
  dialog().showModal();
  field('past-words').focus();
  void look(false);
}

/** Opens them with that one shown. @param {string} id */
export function openPastCall(id) {
  openPast();
  void showCall(id);
}

/** A call ended: the open list takes it in before long. */
export function pastGrew() {
  if (dialog().open && later === undefined && calls.length <= 50) soon(FRESH_MS);
}

/** The language changed. */
export function drawPast() {
  if (!dialog().open) return;
  chooseWords();
  draw();
}

/** @param {number} ms */
function soon(ms) {
  clearTimeout(later);
  later = setTimeout(() => {
    later = undefined;
    void look(false);
  }, ms);
}

/** Asks for the first page, or for the next. @param {boolean} more */
async function look(more) {
  const mine = ++asked;
  const question = { words: field('past-words').value, direction: field('past-direction').value, talked: field('past-talked').value };
  if (calls.length === 0) say(speech().w.past.loading);
  const answer = await askPast(addressOf(question, more ? next : null));
  if (mine !== asked) return;
  const w = speech().w.past;
  if ('slug' in answer) {
    // what is shown stays, and says of when it is
    const why = answer.slug === 'nothing_kept' ? w.nothing : answer.slug === 'unreachable' ? w.unreachable : w.away;
    say(words ? `${why}; ${words}` : why);
    setAttr(part('past-state'), 'data-bad', '');
    return;
  }
  setAttr(part('past-state'), 'data-bad', null);
  calls = more ? [...calls, ...answer.body.calls] : answer.body.calls;
  next = answer.body.next;
  words = w.asOf(speech().times.format(Date.now()));
  say(calls.length ? words : `${w.none}, ${words}`);
  draw();
}

/** @param {string} text */
const say = (text) => setText(part('past-state'), text);

/** @param {EventTarget|null} target */
async function choose(target) {
  const row = target instanceof Element ? target.closest('tr') : null;
  if (!row?.dataset.id) return;
  await showCall(row.dataset.id);
}

/** @param {string} id */
async function showCall(id) {
  const answer = await askPast(`api/history/calls/${encodeURIComponent(id)}`);
  if (!('body' in answer)) return say(speech().w.past.away);
  /** @type {Chosen} */
  const mine = { id, record: answer.body, recordings: null, ai: null };
  chosen = mine;
  draw();
  void lookForRecordings(mine);
  void lookForAi(mine);
}

/** @param {Chosen} mine */
async function lookForAi(mine) {
  const answer = await askPast(aiSessionsOf(mine.id));
  if ('body' in answer) mine.ai = answer.body.sessions;
  if (chosen === mine && dialog().open) draw();
}

/** @param {Chosen} mine */
async function lookForRecordings(mine) {
  const answer = await askPast(recordingsOf(mine.id));
  if ('body' in answer) mine.recordings = answer.body.recordings;
  else if (answer.slug === 'no_right') mine.recordings = 'no_right';
  if (chosen === mine && dialog().open) draw();
}

function chooseWords() {
  const w = speech().w;
  options('past-direction', [['', w.past.everyDirection], ...Object.entries(w.direction)]);
  options('past-talked', [['', w.past.everyEnd], ['true', w.past.yes], ['false', w.past.no]]);
}

/** @param {string} id @param {string[][]} choices */
function options(id, choices) {
  const { value } = field(id);
  const made = choices.map(([key, text]) => Object.assign(h('option', '', text ?? ''), { value: key }));
  part(id).replaceChildren(...made);
  field(id).value = value;
}

function draw() {
  keyed(part('past-calls'), calls, (call) => call.id, makeRow, speech());
  show(part('past-more'), next !== null);
  drawCall();
}

/** @param {Ended} call */
function makeRow(call) {
  const cells = ['', 'past-who', '', 'number', 'number', ''].map((name) => h('td', name));
  const element = h('tr', 'past-row', ...cells);
  element.dataset.id = call.id;
  element.tabIndex = 0;
  return {
    element,
    update: (/** @type {Ended} */ row, /** @type {Speech} */ s) => {
      const who = [row.caller.name, row.caller.number].filter(Boolean).join(' ') || s.w.call.anonymous;
      const end = endWords(row, s);
      const duration = (/** @type {number} */ ms) => (ms > 0 ? spell(ms, s.w.day) : '–');
      // met while it was served: it began, or was answered, then or before
      const bound = (/** @type {string} */ time) => (row.at_least?.includes(time) ? '≥\u00a0' : '');
      const texts = [`${row.at_least?.includes('started') ? '≤\u00a0' : ''}${s.time(row.started_ms, Date.now())}`, `${who} → ${row.called || '–'}`, row.queues.join(', ') || '–',
        duration(row.wait_ms), row.talk_ms > 0 ? `${bound('answered')}${duration(row.talk_ms)}` : '–', end];
      setAttr(element, 'title', row.at_least ? s.w.call.unseenHint(false) : null);
      cells.forEach((cell, n) => setText(cell, texts[n] ?? ''));
      setText(cells[5] ?? element, row.held ? `${end} · ${s.w.past.held}` : end);
      setAttr(element, 'aria-current', chosen?.id === row.id ? 'true' : null);
      setAttr(element, 'data-talked', String(row.talk_ms > 0));
    },
  };
}

/** How it ended, as a supervisor would say it. @param {Ended} call @param {Speech} s */
function endWords(call, s) {
  if (call.outcome && call.outcome !== 'answered') return s.w.outcome[/** @type {keyof typeof s.w.outcome} */ (call.outcome)] ?? call.outcome;
  return call.answered_ms === null ? s.w.past.unanswered : causeWords(call.hangup_cause, s);
}

/** A list that is drawn anew must not stop what is being heard: players are made once a call. @type {{of: Chosen, element: HTMLElement}|null} */
let players = null;

/** @param {Chosen} call @param {Speech} s */
function playersOf(call, s) {
  if (players?.of !== call && Array.isArray(call.recordings)) {
    const items = call.recordings.map((one) => {
      const audio = Object.assign(document.createElement('audio'), { controls: true, preload: 'none', src: `${recordingsOf(call.id)}/${one.n}` });
      audio.setAttribute('aria-label', one.name);
      audio.addEventListener('error', () => audio.replaceWith(h('span', 'past-unheard', speech().w.past.unheard)));
      return h('li', 'past-recording', h('span', 'past-name', one.name), audio);
    });
    players = { of: call, element: h('ul', 'past-recordings', ...items) };
  }
  if (call.recordings === 'no_right') return [h('h3', '', s.w.past.recordings), h('p', 'past-unheard', s.w.past.noRight)];
  return players?.of === call && call.recordings?.length ? [h('h3', '', s.w.past.recordings), players.element] : [];
}

function drawCall() {
  const box = part('past-call');
  show(box, chosen !== null);
  if (!chosen) return;
  const s = speech();
  const w = s.w.past;
  const { id, record } = chosen;
  const nameOf = (/** @type {string} */ endpoint) => sitsAt(id.split('~')[0] ?? '', endpoint);
  const facts = factsOf(record).map((fact) => {
    return h('li', '', h('time', 'past-at', s.times.format(fact.at * 1000)), ` ${factWords(fact, s, nameOf)}`);
  });
  const seconds = (/** @type {number} */ n) => s.seconds(n * 1000);
  const sums = [
    ...(record.unseen_until === undefined ? [] : [w.unseen(s.times.format(record.unseen_until * 1000))]),
    ...record.queues.map((q) => w.stay(q.name, s.w.outcome[/** @type {keyof typeof s.w.outcome} */ (q.outcome ?? 'other')], q.wait_s === null ? w.unknownTime : seconds(q.wait_s))),
    ...record.talks.map((talk) => w.talk(nameOf(talk.a), nameOf(talk.b), seconds(talk.seconds))),
    ...record.transfers.map((t) => w.transfer(s.w.call.transfer[t.kind](t.to), t.by ? nameOf(t.by) : '') + (t.result === 'fail' ? `, ${s.w.call.failed}` : '')),
  ];
  const about = part('past-about');
  about.replaceChildren(
    h('h3', '', w.facts),
    h('ol', 'past-facts', ...facts),
    ...(sums.length ? [h('h3', '', w.sums), h('ul', 'past-sums', ...sums.map((text) => h('li', '', text)))] : []),
  );
  drawHold(chosen);
  drawAi(chosen.ai, s);
  const heard = playersOf(chosen, s);
  const sound = part('past-heard');
  show(sound, heard.length > 0);
  if (heard[1] !== sound.lastElementChild || heard.length === 0) sound.replaceChildren(...heard);
  else if (heard[0]) setText(/** @type {HTMLElement} */ (sound.firstElementChild), heard[0].textContent ?? '');
}
