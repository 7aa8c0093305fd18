/**
 * Wall mode (key W, `?view=wall`): large figures on a canvas for a screen that hangs in the room for
 * months, and the same as a table for who does not see it (key T shows it). The header stays above: the
 * state of each link and the age of what is shown are never out of view.
 */

import { h, keyed, setAttr, setText, show } from '../render/dom.js';
import { isLive, part } from '../render/view.js';
import { cardsOf, rowsOf } from './cards.js';
import { Painter } from './paint.js';

/** @import {Page} from '../views.js' */
/** @import {View} from '../render/view.js' */
/** @import {Ration} from '../render/ration.js' */

/** How often the table follows, ms: who reads it row by row is not outrun. */
const TABLE_MS = 1000;

/** @type {Painter|null} */
let painter = null;
/** @type {ResizeObserver|null} */
let sizes = null;
const light = matchMedia('(prefers-color-scheme: light)');
let tableAt = -Infinity;
let tableMark = '';
let tableWaits = false;
let fits = false;

const refit = () => (fits = false);
const canvas = () => /** @type {HTMLCanvasElement} */ (part('wall-canvas'));

/** @type {Page} */
export const wallPage = {
  name: 'wall',
  key: 'w',
  open() {
    painter = new Painter(canvas());
    fits = false;
    tableAt = -Infinity;
    sizes = new ResizeObserver(refit);
    sizes.observe(part('wall'));
    light.addEventListener('change', refit);
  },
  close() {
    sizes?.disconnect();
    light.removeEventListener('change', refit);
    painter = null;
    canvas().width = canvas().height = 1;
  },
  draw(view, ration) {
    if (!painter) return;
    if (!fits) {
      painter.fit();
      fits = true;
    }
    const { cards, wall } = cardsOf(view, painter.width, painter.height, (pbx) => isLive(view, pbx));
    painter.show(cards);
    // another language, filter or a frozen picture is in the table as soon as on the canvas
    if (view.steady - tableAt < TABLE_MS && view.mark === tableMark && !tableWaits) return;
    tableAt = view.steady;
    tableMark = view.mark;
    drawTable(rowsOf(wall, view), view, ration);
    tableWaits = ration.waits;
  },
};

/** Whether the table is shown as well as read aloud. */
export function toggleTable() {
  const pane = part('wall-table-pane');
  const shown = pane.classList.toggle('hidden') === false;
  setAttr(part('wall-as-table'), 'aria-pressed', String(shown));
  setAttr(part('wall'), 'data-table', shown ? '' : null);
  refit();
}

/** @param {{id: string, cells: string[]}[]} rows @param {View} view @param {Ration} ration */
function drawTable(rows, view, ration) {
  keyed(part('wall-rows'), rows, (row) => row.id, makeRow, null, ration);
  const { w } = view.speech;
  setText(part('wall-caption'), w.wall.of);
  show(part('wall-none'), rows.length === 0);
  setText(part('wall-none'), view.floor.unknown.length > 0 ? w.figures.unknown(view.floor.unknown.join(', ')) : w.agent.none);
}

function makeRow() {
  const cells = [h('th'), h('td'), h('td', 'time'), h('td')];
  setAttr(/** @type {Element} */ (cells[0]), 'scope', 'row');
  const element = h('tr', '', ...cells);
  return {
    element,
    update: (/** @type {{cells: string[]}} */ row) => cells.forEach((cell, n) => setText(cell, row.cells[n] ?? '')),
  };
}
