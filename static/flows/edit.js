/**
 * The editor: one flow that is drawn, checked as it changes, saved as a draft, published, tried. What is drawn lives in
 * `history`; everything shown follows from it.
 */

import { ask as request } from '../api.js';
import { h, setAttr, setText } from '../render/dom.js';
import { clearCanvas, drawCanvas, fit, focusCard, isDragging, middle, neighbour, reveal } from './canvas.js';
import { addNode, arrange, connect, moveNode, nodeOf, readDrawing, removeNode } from './drawing.js';
import { hideConflict, showConflict } from './conflict.js';
import { faultsByNode, faultsPanel, inTheWay, unkept } from './faults.js';
import { handsOf } from './hands.js';
import { dropCopy, isSameDrawing, keepCopy, keptCopy } from './kept.js';
import { knownValues } from './known.js';
import { at } from './lists.js';
import { callersOf } from './live.js';
import { drawOutline } from './outline.js';
import { buttonAt, complain, number, page, part, say } from './page.js';
import { askWhich, drawPalette } from './palette.js';
import { History } from './past-drawings.js';
import { nameOfType } from './say.js';
import { drawnPorts, freePlace, heightOf, WIDTH } from './shape.js';
import { faultList, linePanel, nodePanel } from './side.js';
import { Trial } from './try.js';
import { typeOf } from './types.js';
import { askPublish, versionsPanel } from './versions.js';
import { TABS, wire } from './wire.js';

/** @import {Answer} from '../api.js' */
/** @import {Point} from './canvas.js' */
/** @import {Drawing} from './drawing.js' */
/** @import {Fault} from './faults.js' */
/** @import {Flow} from './lists.js' */
/** @import {Standing} from './live.js' */

/** @typedef {'node'|'faults'|'try'|'versions'} Tab */
/** @typedef {{flows: Flow[], people: Map<string, string>, queues: string[], leave: () => void, open: (id: string) => void}} Outside */

const CHECK_MS = 350;
const KEEP_MS = 250;
const CALLERS_MS = 2000;

/**
 * The open flow. `saved` is the drawing that the server has, `base` the time by which it knows it.
 * @typedef {{flow: Flow, outside: Outside, history: History, saved: Drawing, base: string, selected: string|null, line: {from: string, port: string}|null,
 *   faults: Fault[], callers: Map<string, Standing>, tab: Tab, saving: Promise<Answer>|null, theirs: Flow|null}} Open
 */
/** @type {Open|null} */
let open = null;
/** Of what is drawn soon: the panel anew, or only what shows it. @type {{panel: boolean}|null} */
let soon = null;
/** @type {any} */
let checking = null;
/** @type {any} */
let keeping = null;
/** @type {any} */
let looking = null;
let checked = 0;

const trial = new Trial({
  id: () => open?.flow.id ?? '',
  drawing: () => open?.history.now ?? { name: '', nodes: [], connections: [] },
  flows: (id) => {
    const flow = open?.outside.flows.find((one) => one.id === id);
    return flow ? readDrawing(flow) : null;
  },
  again: () => draw(open?.tab === 'try'),
  show: (node) => reveal(node),
});

/** What is unsaved. */
const isUnsaved = () => open !== null && open.history.now !== open.saved;

/** @param {Flow} flow @param {Outside} outside */
export function openFlow(flow, outside) {
  closeFlow();
  const drawing = readDrawing(flow);
  open = { flow, outside, history: new History(drawing), saved: drawing, base: flow.updatedAt, selected: null, line: null, faults: flow.faults, callers: new Map(), tab: 'node', saving: null, theirs: null };
  trial.walk = null;
  const kept = keptCopy(flow.id);
  if (kept && isSameDrawing(kept.drawing, drawing)) dropCopy(flow.id);
  else if (kept) {
    open.history.go(kept.drawing);
    if (kept.base === flow.updatedAt) say(page.words.edit.restored);
    else conflict(flow);
  }
  drawPalette(add);
  drawAll(open, true);
  fit();
  void look();
  // what a list says knows of no queue and of no prompt
  void check();
}

/** Nothing is open any more. What is not saved stays kept in this browser. */
export function closeFlow() {
  if (!open) return;
  keep();
  clearTimeout(checking);
  clearTimeout(looking);
  open = null;
  clearCanvas();
  hideConflict();
}

/** Words in another language. */
export function speakEditor() {
  if (!open) return;
  drawPalette(add);
  if (open.theirs) conflict(open.theirs);
  draw(true);
}

/** The next drawing. @param {Drawing} drawing @param {string|null} [key] @param {boolean} [panel] whether the panel is drawn anew */
function go(drawing, key = null, panel = true) {
  if (!open?.history.go(drawing, key)) return;
  changed(panel);
}

/** @param {boolean} panel */
function changed(panel) {
  if (!open) return;
  if (open.selected !== null && !nodeOf(open.history.now, open.selected)) open.selected = null;
  draw(panel);
  clearTimeout(checking);
  checking = setTimeout(check, CHECK_MS);
  clearTimeout(keeping);
  keeping = setTimeout(keep, KEEP_MS);
}

function keep() {
  clearTimeout(keeping);
  if (!open) return;
  if (!isUnsaved()) dropCopy(open.flow.id);
  else if (!keepCopy(open.flow.id, open.base, open.history.now)) say(page.words.edit.notKept);
}

/** @param {Drawing} drawing */
const bodyOf = ({ name, nodes, connections }) => ({ name, nodes, connections, draft: true });

/** Asks the server what is wrong with what is drawn. */
async function check() {
  if (!open) return;
  const mine = open;
  const turn = ++checked;
  const { name, ...drawn } = bodyOf(mine.history.now);
  const answer = await request('POST', `${at(mine.flow.id)}/check`, name.trim() ? { name, ...drawn } : drawn);
  if (open !== mine || turn !== checked) return;
  if (answer.ok) mine.faults = answer.body;
  else if (answer.slug === 'bad_value') mine.faults = Object.entries(answer.details).map(([where, words]) => unkept(where, words, mine.history.now));
  else complain(answer);
  draw(mine.tab === 'faults');
}

/** Draws with the next frame. @param {boolean} panel */
function draw(panel) {
  if (soon) {
    soon.panel ||= panel;
    return;
  }
  soon = { panel };
  requestAnimationFrame(() => {
    const how = soon;
    soon = null;
    if (open) drawAll(open, how?.panel === true);
  });
}

/** @param {Open} now @param {boolean} panel */
function drawAll(now, panel) {
  const { history } = now;
  const shown = { drawing: history.now, selected: now.selected, line: now.line, faults: faultsByNode(now.faults), way: trial.way(), walked: trial.walked(), callers: now.callers };
  drawCanvas(shown);
  if (!isDragging()) drawOutline(shown, (id) => choose(id, true));
  drawBar(now);
  for (const tab of TABS) {
    setAttr(part(`side-${tab}`), 'aria-selected', String(tab === now.tab));
    setAttr(part(`side-${tab}`), 'tabindex', tab === now.tab ? '0' : '-1');
  }
  setText(part('side-faults'), now.faults.length ? `${page.words.side.faults} (${number(now.faults.length)})` : page.words.side.faults);
  setAttr(part('side'), 'aria-labelledby', `side-${now.tab}`);
  if (panel) drawSide(now);
  else if (now.tab === 'node' && now.selected) document.getElementById('node-faults')?.replaceWith(faultList(history.now, shown.faults.get(now.selected) ?? []));
}

/** @param {Open} now */
function drawBar({ history, flow, saving }) {
  const { edit: w } = page.words;
  const name = /** @type {HTMLInputElement} */ (part('flow-name'));
  if (name.value !== history.now.name) name.value = history.now.name;
  const state = saving ? w.saving : isUnsaved() ? w.unsaved : w.saved;
  const version = flow.published === null ? w.never : flow.changed || isUnsaved() ? w.differs(number(flow.published)) : w.walked(number(flow.published));
  setText(part('flow-state'), `${state} · ${version}`);
  part('flow-state').dataset.state = saving ? 'saving' : isUnsaved() ? 'unsaved' : 'saved';
  buttonAt('undo').disabled = history.before.length === 0;
  buttonAt('redo').disabled = history.after.length === 0;
  buttonAt('save').disabled = !isUnsaved();
}

/** @param {Open} now */
function drawSide(now) {
  const side = part('side');
  const focused = side.contains(document.activeElement) ? document.activeElement?.id : '';
  knownValues(now.history.now, now.outside.queues);
  switch (now.tab) {
    case 'node': {
      const node = now.selected ? nodeOf(now.history.now, now.selected) : null;
      const faults = node ? (faultsByNode(now.faults).get(node.id) ?? []) : [];
      const drawing = now.history.now;
      if (node) side.replaceChildren(...nodePanel(drawing, node, faults, handsOf(node, desk(now))));
      else side.replaceChildren(...(now.line ? linePanel(drawing, now.line, removeLine) : [h('p', 'soft', page.words.side.nothing)]));
      break;
    }
    case 'faults':
      side.replaceChildren(...faultsPanel(now.faults, now.history.now, (id) => choose(id, true)));
      break;
    case 'try':
      side.replaceChildren(...trial.elements());
      break;
    case 'versions':
      void drawVersions(now);
      break;
  }
  if (focused) document.getElementById(focused)?.focus();
}

/** @param {Open} now */
const desk = (now) => ({
  drawing: () => now.history.now,
  go,
  choose: (/** @type {string} */ id) => choose(id, true),
  remove,
  open: now.outside.open,
  flows: now.outside.flows.filter((flow) => flow.id !== now.flow.id).map((flow) => /** @type {[string, string]} */ ([flow.id, flow.name])),
});

/** @param {Open} now */
async function drawVersions(now) {
  const made = await versionsPanel({
    id: now.flow.id,
    draft: () => now.history.now,
    people: now.outside.people,
    republished: (flow) => {
      say(page.words.edit.published(number(flow.published)));
      now.flow = { ...flow };
      draw(true);
    },
  });
  if (open === now && now.tab === 'versions') part('side').replaceChildren(...made);
}

/** Selects a node, and shows its panel. @param {string|null} id @param {boolean} [focus] */
function choose(id, focus = false) {
  if (!open) return;
  open.history.pause();
  const same = open.selected === id && open.tab === 'node' && open.line === null;
  open.selected = id;
  open.line = null;
  if (id && open.tab !== 'try') open.tab = 'node';
  draw(!same || focus);
  if (id && focus) {
    requestAnimationFrame(() => {
      reveal(id);
      focusCard(id);
    });
  }
}

/** @param {string} id */
function remove(id) {
  if (!open) return;
  const next = neighbour(id);
  open.selected = next;
  go(removeNode(open.history.now, id));
  if (next) requestAnimationFrame(() => focusCard(next));
}

/** Takes the selected line away. */
function removeLine() {
  if (!open?.line) return;
  const { from, port } = open.line;
  open.line = null;
  go(connect(open.history.now, from, port, null));
}

/** @param {string} type @param {Point|null} [place] @returns {string|null} its id */
function add(type, place = null) {
  if (!open) return null;
  const drawing = open.history.now;
  const beside = open.selected ? nodeOf(drawing, open.selected) : null;
  const where = place ?? freePlace(drawing, beside ? { x: beside.x + WIDTH + 90, y: beside.y } : middle());
  const made = addNode(drawing, type, where, nameOfType(type), typeOf(type)?.fresh() ?? {});
  go(made.drawing);
  choose(made.id, true);
  return made.id;
}

/** A line that was let go on nothing. @param {string} from @param {string} port @param {Point} place */
function drop(from, port, place) {
  askWhich((type) => {
    if (!open) return;
    const made = addNode(open.history.now, type, { x: place.x, y: place.y - 20 }, nameOfType(type), typeOf(type)?.fresh() ?? {});
    go(connect(made.drawing, from, port, made.id));
    // the dialog gives the focus back when it closes: then it is the card's
    setTimeout(() => choose(made.id, true));
  });
}

/** Saves what is drawn. @returns {Promise<Answer>} */
export async function save() {
  if (open?.saving) await open.saving;
  if (!open) return { ok: false, status: 0, body: null, slug: 'not_found', message: '', details: {} };
  const mine = open;
  const sent = mine.history.now;
  mine.saving = request('PUT', at(mine.flow.id), { ...bodyOf(sent), base: mine.base });
  draw(false);
  const answer = await mine.saving;
  mine.saving = null;
  if (open !== mine) return answer;
  if (answer.ok) {
    complain(null);
    took(mine, answer.body, sent);
  } else if (answer.slug === 'flow_changed') {
    const theirs = await request('GET', at(mine.flow.id));
    if (theirs.ok && open === mine) conflict(theirs.body);
  } else complain(answer);
  draw(mine.tab === 'faults');
  return answer;
}

/** The server has that drawing. @param {Open} mine @param {Flow} flow @param {Drawing} drawing */
function took(mine, flow, drawing) {
  mine.flow = flow;
  mine.saved = drawing;
  mine.base = flow.updatedAt;
  mine.theirs = null;
  hideConflict();
  keep();
  void check();
}

/** Somebody else saved another drawing: nothing of either is lost before one is chosen. @param {Flow} theirs */
function conflict(theirs) {
  if (!open) return;
  const mine = open;
  mine.theirs = theirs;
  showConflict({
    theirs: readDrawing(theirs),
    mine: () => mine.history.now,
    keepMine() {
      mine.base = theirs.updatedAt;
      void save();
    },
    saveCopy: () => void saveCopy(mine, theirs),
    takeTheirs: () => takeTheirs(mine, theirs),
  });
}

/** Mine is a step that can be gone back to. @param {Open} mine @param {Flow} theirs */
function takeTheirs(mine, theirs) {
  const drawing = readDrawing(theirs);
  mine.history.go(drawing);
  took(mine, theirs, drawing);
  changed(true);
}

/** @param {Open} mine @param {Flow} theirs */
async function saveCopy(mine, theirs) {
  const { name, ...drawn } = bodyOf(mine.history.now);
  const answer = await request('POST', 'api/ivr-flows', { name: page.words.conflict.copyOf(name).slice(0, 100), ...drawn });
  if (!answer.ok) return complain(answer);
  say(page.words.conflict.copied(answer.body.name));
  takeTheirs(mine, theirs);
}

function publish() {
  if (!open) return;
  const mine = open;
  askPublish(mine.flow.id, inTheWay(mine.faults).length, {
    saved: async () => (isUnsaved() ? save() : null),
    faulty: () => showTab('faults'),
    published(flow) {
      if (open !== mine) return;
      mine.flow = flow;
      draw(mine.tab === 'versions');
    },
  });
}

/** @param {Tab} tab */
function showTab(tab) {
  if (!open) return;
  open.tab = tab;
  draw(true);
}

/** Who stands where, while somebody looks. */
async function look() {
  clearTimeout(looking);
  const mine = open;
  if (!mine) return;
  if (document.visibilityState === 'visible' && mine.flow.published !== null) {
    const answer = await request('GET', `${at(mine.flow.id)}/callers`);
    if (open !== mine) return;
    // where nobody counts callers there is nothing to show
    if (answer.status === 404) return;
    if (answer.ok) {
      mine.callers = callersOf(answer.body);
      draw(false);
    }
  }
  looking = setTimeout(() => void look(), CALLERS_MS);
}

/** Whether somebody else saved meanwhile: asked when the page is looked at again. */
async function lookAgain() {
  const mine = open;
  if (!mine || mine.saving || document.visibilityState !== 'visible') return;
  const answer = await request('GET', at(mine.flow.id));
  if (!answer.ok || open !== mine || mine.saving || answer.body.updatedAt === mine.base) return;
  if (isUnsaved()) conflict(answer.body);
  else {
    takeTheirs(mine, answer.body);
    say(page.words.edit.reloaded);
  }
}

/** @param {'undo'|'redo'} way */
function step(way) {
  if (open?.history[way]()) changed(true);
}

/** Listens; once. @param {() => void} leave */
export function listenEditor(leave) {
  wire({
    isOpen: () => open !== null,
    isUnsaved,
    tab: () => open?.tab ?? 'node',
    showTab, choose, drop, remove, removeLine, step, publish, keep, lookAgain, leave,
    save: () => void save(),
    redraw: () => draw(false),
    selectLine(from, port) {
      if (!open) return;
      open.line = { from, port };
      open.selected = null;
      if (open.tab !== 'try') open.tab = 'node';
      draw(true);
    },
    move: (id, x, y, key) => open && go(moveNode(open.history.now, id, x, y), key, false),
    connect: (from, port, to) => open && go(connect(open.history.now, from, port, to)),
    rename: (name) => open && go({ ...open.history.now, name }, 'name', false),
    arrange() {
      if (!open) return;
      const drawn = drawnPorts(open.history.now);
      go(arrange(open.history.now, (node) => heightOf(node, drawn.get(node.id) ?? []), WIDTH));
      requestAnimationFrame(fit);
    },
  });
}
