/** The dialog of figures: period, one row a queue or agent, and behind a number its formula and its calls. */

import { askPast } from '../past.js';
import { AGENT_COLUMNS, dayOf, QUEUE_COLUMNS, queryOf, withoutSite } from '../report.js';
import { drawBehind, drawDay } from './behind.js';
import { drawExport, labelExport, listenExport } from './export.js';
import { h, keyed, setAttr, setText, show } from './dom.js';
import { choices } from './filter.js';
import { barOf, figureWords, spoken } from './report-words.js';
import { part } from './view.js';

/** @import {AgentDay, AgentRow, Asked, Behind, Figures, QueueRow, Wish} from '../report.js' */
/** @import {Speech} from '../i18n.js' */

/** Today's are asked for again while the dialog is open. */
const FRESH_MS = 5000;

/** @typedef {{all: () => {id: string, name: string}[], chosen: () => string, choose: (site: string) => void}} Sites */

/** @type {() => Speech} */
let speech;
/** Those that there are, and the one in the address. @type {Sites} */
let sites;
/** @type {Wish} */
const wish = { of: 'queues', period: 'today', from: '', to: '', interval: 'arrival', threshold_s: '', site: '' };
/** @type {{asked: Asked, rows: (QueueRow|AgentRow)[], total: {figures: Figures, longest_wait_ms?: number}}|null} */
let answer = null;
/** What the answer is of: another question's is not shown under it. */
let answerOf = '';
let turn = 0;
/** The zone and the day-start that the server counts that site by. @type {{site: string, zone: string, start: string}} */
let place = { site: '', zone: 'UTC', start: '00:00' };
/** @type {ReturnType<typeof setTimeout>|undefined} */
let later;
/** @type {{id: string, name: string, figure: string|null}|null} */
let chosen = null;
/** @type {{behind: Behind}|{day: AgentDay}|null} */
let opened = null;

const dialog = () => /** @type {HTMLDialogElement} */ (part('report'));
const field = (/** @type {string} */ id) => /** @type {HTMLInputElement|HTMLSelectElement} */ (part(id));

/**
 * @param {() => Speech} speaks the language of now
 * @param {(call: string) => void} openCall shows a past call
 * @param {Sites} places
 */
export function listenReport(speaks, openCall, places) {
  speech = speaks;
  sites = places;
  part('report-open').addEventListener('click', openReport);
  listenExport(speaks, () => withoutSite(query(), place));
  part('report-close').addEventListener('click', () => dialog().close());
  part('report-form').addEventListener('submit', (event) => event.preventDefault());
  for (const of of /** @type {const} */ (['queues', 'agents'])) {
    part(`report-${of}`).addEventListener('click', () => {
      wish.of = of;
      chosen = null;
      ask();
    });
  }
  part('report-form').addEventListener('change', () => {
    wish.period = /** @type {Wish['period']} */ (field('report-period').value);
    wish.interval = field('report-interval').value === 'end' ? 'end' : 'arrival';
    wish.from = field('report-from').value;
    wish.to = field('report-to').value;
    wish.threshold_s = field('report-threshold').value;
    const site = field('report-site').value;
    if (site !== sites.chosen()) sites.choose(site);
    ask();
    void open();
  });
  part('report-table').addEventListener('click', (event) => choose(event.target));
  part('report-behind').addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target.closest('button') : null;
    if (target?.dataset.past) openCall(target.dataset.past);
    else if (target?.dataset.kin && chosen) pick({ ...chosen, figure: target.dataset.kin });
  });
  dialog().addEventListener('close', () => clearTimeout(later));
}

export function openReport() {
  if (dialog().open) return;
  chooseWords();
  dialog().showModal();
  ask();
}

/** The language changed, or the address. */
export function drawReport() {
  if (!dialog().open) return;
  chooseWords();
  if (wish.site === sites.chosen()) draw();
  else ask();
}

function chooseWords() {
  const w = speech().w.report;
  options('report-period', [['today', w.today], ['yesterday', w.yesterday], ['week', w.week], ['days', w.days]]);
  options('report-interval', [['arrival', w.arrival], ['end', w.end]]);
  drawExport(speech());
}

/** @param {string} id @param {[string, string][]} choices */
function options(id, choices) {
  const { value } = field(id);
  part(id).replaceChildren(...choices.map(([key, text]) => Object.assign(h('option', '', text), { value: key })));
  if (value) field(id).value = value;
}

const query = () => queryOf(wish, dayOf(Date.now(), place.zone, place.start));

/** Where there are sites, one may be chosen; one that the address names stays there. */
function chooseSite() {
  // another's queue is not behind its figures
  if (wish.site !== sites.chosen()) chosen = opened = null;
  wish.site = sites.chosen();
  const all = sites.all();
  const named = (/** @type {string} */ id) => all.find((site) => site.id === id)?.name ?? id;
  choices('report-site', speech().w.report.everySite, all.map((site) => site.id), wish.site, named);
  show(part('report-of-site'), all.length > 0 || wish.site !== '');
  labelExport(speech(), wish.site !== '', wish.site === '' || place.site === wish.site);
}

function ask() {
  draw();
  void look();
}

async function look() {
  clearTimeout(later);
  const mine = ++turn;
  const address = `api/figures/${wish.of}?${query()}`;
  const told = await askPast(address);
  if (mine !== turn || !dialog().open) return;
  const w = speech().w;
  const state = part('report-state');
  if ('body' in told) {
    const { rows, total, ...asked } = told.body;
    const known = place.zone === asked.zone && place.start === asked.day_start;
    place = { site: wish.site, zone: asked.zone, start: asked.day_start };
    // yesterday is the server's: asked again once its zone is known
    if (!known && wish.period !== 'today') return void look();
    answer = { asked, rows, total };
    answerOf = address;
    setAttr(state, 'data-bad', null);
    draw();
  } else {
    // what is shown stays, and says of when it is
    const why = told.slug === 'unreachable' ? w.past.unreachable : told.slug === 'nothing_kept' ? w.past.nothing : (w.verb.errors[told.slug] ?? told.message);
    setAttr(state, 'data-bad', '');
    setText(state, answer ? `${why}; ${ofWhen(answer.asked)}` : why);
  }
  if (wish.period === 'today') later = setTimeout(() => void look(), FRESH_MS);
}

/** @param {Asked} asked */
function ofWhen(asked) {
  const { w, times } = speech();
  const at = times.format(asked.as_of_ms);
  const words = asked.source === 'live' ? w.report.live(at) : w.report.stored(at);
  return asked.whole ? words : `${words}; ${w.report.partial}`;
}

function draw() {
  chooseSite();
  const s = speech();
  const w = s.w.report;
  show(part('report-days'), wish.period === 'days');
  for (const of of ['queues', 'agents']) setAttr(part(`report-${of}`), 'aria-pressed', String(wish.of === of));
  const fits = answer !== null && answerOf.startsWith(`api/figures/${wish.of}?`) && answerOf.endsWith(`?${query()}`);
  setText(part('report-zone'), place.site === wish.site ? w.zone(place.zone, place.start) : '');
  if (!fits || !answer) {
    part('report-head').replaceChildren();
    part('report-rows').replaceChildren();
    setText(part('report-state'), w.loading);
    drawOpened();
    return;
  }
  setText(part('report-state'), answer.rows.length ? ofWhen(answer.asked) : `${w.none}; ${ofWhen(answer.asked)}`);
  const columns = wish.of === 'queues' ? QUEUE_COLUMNS : AGENT_COLUMNS;
  const head = [wish.of === 'queues' ? w.queue : w.agent, ...(wish.of === 'agents' ? [w.states] : []), ...columns.map((name) => w.figures[name]?.name ?? name)];
  const titles = head.map((text, n) => {
    const cell = h('th', n > 0 && !(wish.of === 'agents' && n === 1) ? 'number' : '', text);
    cell.scope = 'col';
    return cell;
  });
  if (wish.of === 'queues') titles.push(Object.assign(h('th', 'number', w.longest), { scope: 'col', title: w.longestHint }));
  part('report-head').replaceChildren(h('tr', '', ...titles));
  const all = { id: '', name: w.all, figures: answer.total.figures, row: null };
  const rows = answer.rows.map((row) => ({ id: row.id, name: 'queue' in row ? row.queue : row.name, figures: row.figures, row }));
  const drawn = rows.length > 1 ? [...rows, all] : rows;
  keyed(part('report-rows'), drawn, (row) => `${wish.of} ${row.id}`, makeRow, s);
  drawOpened();
}

/** @typedef {{id: string, name: string, figures: Figures, row: QueueRow|AgentRow|null}} Drawn */

/** @param {Drawn} first */
function makeRow(first) {
  const agents = wish.of === 'agents';
  const columns = agents ? AGENT_COLUMNS : QUEUE_COLUMNS;
  const name = agents && first.id ? h('button', 'report-name') : h('span', 'report-name');
  if (name instanceof HTMLButtonElement) name.type = 'button';
  const head = h('th', '', name);
  head.scope = 'row';
  const bar = h('td', 'report-bar-cell');
  const longest = h('td', 'number');
  const cells = columns.map((figure) => {
    const text = first.id ? h('button', 'report-figure') : h('span', 'report-figure');
    if (text instanceof HTMLButtonElement) text.type = 'button';
    text.dataset.figure = figure;
    return /** @type {const} */ ([figure, text]);
  });
  const element = h('tr', first.id ? '' : 'report-total', head, ...(agents ? [bar] : []), ...cells.map(([, text]) => h('td', 'number', text)), ...(agents ? [] : [longest]));
  element.dataset.id = first.id;
  return {
    element,
    update: (/** @type {Drawn} */ row, /** @type {Speech} */ s) => {
      setText(name, row.name);
      for (const [figure, text] of cells) {
        const told = row.figures[figure];
        setText(text, told ? figureWords(figure, told, s) : '');
        if (told) setAttr(text, 'title', spoken(figure, told, s));
        setAttr(text, 'aria-current', chosen?.id === row.id && chosen.figure === figure ? 'true' : null);
      }
      if (row.row && 'states' in row.row) bar.replaceChildren(barOf(row.row.states, row.row.unknown_ms, s));
      if (row.row && 'queue' in row.row) setText(longest, s.seconds(row.row.longest_wait_ms));
    },
  };
}

/** @param {EventTarget|null} target */
function choose(target) {
  const button = target instanceof Element ? target.closest('button') : null;
  const row = /** @type {HTMLElement|null|undefined} */ (button?.closest('tr'));
  if (!button || !row?.dataset.id) return;
  pick({ id: row.dataset.id, name: row.querySelector('.report-name')?.textContent ?? '', figure: button.dataset.figure ?? null });
}

/** @param {{id: string, name: string, figure: string|null}} what */
function pick(what) {
  chosen = what;
  opened = null;
  draw();
  void open();
}

async function open() {
  if (!chosen) return;
  const mine = chosen;
  const id = encodeURIComponent(mine.id);
  const told = await askPast(mine.figure ? `api/figures/${wish.of}/${id}/${mine.figure}?${query()}` : `api/history/agents/${id}?${withoutSite(query(), place)}`);
  if (mine !== chosen) return;
  if ('body' in told) opened = mine.figure ? { behind: told.body } : { day: told.body };
  else setText(part('report-state'), speech().w.past.away);
  drawOpened();
}

function drawOpened() {
  const box = part('report-behind');
  show(box, chosen !== null);
  if (!chosen) return;
  const s = speech();
  const row = answer?.rows.find((one) => one.id === chosen?.id);
  if (!opened) box.replaceChildren(h('p', 'soft', s.w.report.loading));
  else if ('behind' in opened && chosen.figure) box.replaceChildren(...drawBehind(chosen.name, chosen.figure, opened.behind, row?.figures ?? {}, s));
  else if ('day' in opened) box.replaceChildren(...drawDay(chosen.name, opened.day, s));
}
