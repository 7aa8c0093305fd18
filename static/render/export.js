/** The export beside the figures: what, how far, stop. */

import { exportRows } from '../export.js';
import { h, setAttr, setText, show } from './dom.js';
import { part } from './view.js';

/** @import {Speech} from '../i18n.js' */

const KINDS = /** @type {const} */ (['calls', 'stays', 'legs', 'states', 'activities']);

/** @type {AbortController|null} */
let running = null;

/**
 * @param {() => Speech} speech
 * @param {() => URLSearchParams} period of what is shown
 */
export function listenExport(speech, period) {
  part('export-start').addEventListener('click', () => (running ? running.abort() : void start(speech, period())));
}

/** @param {() => Speech} speech @param {URLSearchParams} query */
async function start(speech, query) {
  const kind = /** @type {HTMLSelectElement} */ (part('export-kind')).value;
  for (const name of ['interval', 'threshold_ms']) query.delete(name);
  // by its mark spreadsheets know that names are UTF-8
  query.set('bom', 'true');
  const own = (running = new AbortController());
  const bar = /** @type {HTMLProgressElement} */ (part('export-progress'));
  const state = part('export-state');
  show(bar, true);
  bar.removeAttribute('value');
  setAttr(state, 'data-bad', null);
  label(speech());
  const done = await exportRows(`api/exports/${kind}.csv?${query}`, (rows, total) => {
    bar.max = Math.max(1, total);
    bar.value = rows;
    const s = speech();
    setText(state, s.w.report.exporting(s.number(rows), s.number(total)));
  }, own.signal);
  running = null;
  show(bar, false);
  const s = speech();
  label(s);
  setAttr(state, 'data-bad', 'slug' in done ? '' : null);
  if ('file' in done) {
    save(done.file, `vigie-${kind}-${query.get('from') ?? 'today'}.csv`);
    setText(state, s.w.report.exported(s.number(done.rows)));
  } else if ('stopped' in done) {
    setText(state, s.w.report.stopped);
  } else {
    const why = done.slug === 'unreachable' ? s.w.past.unreachable : (s.w.verb.errors[done.slug] ?? done.message);
    setText(state, s.w.because(s.w.report.exportFailed, why));
  }
}

/** Figures are shown of one site: an export knows no sites, and says so. */
let beside = false;
/** The clocks of what is shown are known: else an export would be of other days. */
let timed = true;

/** What the button says, and whether it works. @param {Speech} s @param {boolean} ofSite @param {boolean} clocks are known */
export function labelExport(s, ofSite, clocks) {
  beside = ofSite;
  timed = clocks;
  label(s);
}

/** @param {Speech} s */
function label({ w }) {
  const button = /** @type {HTMLButtonElement} */ (part('export-start'));
  setText(button, running ? w.report.stop : beside ? w.report.exportAll : w.report.export);
  button.disabled = !running && !timed;
}

/** The words of now. @param {Speech} s */
export function drawExport(s) {
  const w = s.w.report;
  const choice = /** @type {HTMLSelectElement} */ (part('export-kind'));
  const { value } = choice;
  choice.replaceChildren(...KINDS.map((kind) => Object.assign(h('option', '', w.kinds[kind]), { value: kind })));
  if (value) choice.value = value;
  label(s);
}

/** @param {Blob} file @param {string} name */
function save(file, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
