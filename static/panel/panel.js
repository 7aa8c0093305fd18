/**
 * The panel beside the floor: one call or one agent, whole. It opens from any row by click or Enter, takes
 * the focus, follows what happens, and gives the focus back when it closes.
 */

import { setText, show } from '../render/dom.js';
import { part } from '../render/view.js';
import { stopAsking } from './asking.js';
import { drawAgentPanel } from './agent.js';
import { drawAlarmsPanel } from './alarms.js';
import { drawCallPanel, listenCallPanel } from './call.js';

/** @import {View} from '../render/view.js' */

/** @typedef {'call'|'agent'|'alarms'} Kind */

/** @type {{kind: Kind, id: string}|null} */
let open = null;
/** Where the focus was. @type {HTMLElement|null} */
let from = null;

/** @param {() => void} draw asks for a drawing */
export function listenPanel(draw) {
  listenCallPanel(draw);
  part('panel-close').addEventListener('click', () => closePanel());
}

/** @param {Kind} kind @param {string} id */
export function openPanel(kind, id) {
  if (!open) from = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  open = { kind, id };
  stopAsking();
  const panel = part('panel');
  panel.dataset.kind = kind;
  for (const body of ['call', 'agent', 'alarms']) show(part(`panel-${body}`), body === kind);
  // below the header: the state of the links is never covered
  panel.style.insetBlockStart = `${/** @type {HTMLElement} */ (document.querySelector('.top')).offsetHeight}px`;
  show(panel, true);
  part('panel-title').focus();
}

/** @returns {boolean} whether there was one to close */
export function closePanel() {
  if (!open) return false;
  open = null;
  stopAsking();
  show(part('panel'), false);
  if (from?.isConnected) from.focus();
  else part('calls-pane').focus();
  from = null;
  return true;
}

/** What it is open for. */
export const openedPanel = () => open;

/** @param {View} view */
export function drawPanel(view) {
  if (!open) return;
  setText(part('panel-title'), titleOf(open, view));
}

/** Draws it, and gives its title. @param {{kind: Kind, id: string}} which @param {View} view */
function titleOf({ kind, id }, view) {
  switch (kind) {
    case 'call': return drawCallPanel(id, view);
    case 'agent': return drawAgentPanel(id, view);
    case 'alarms': return drawAlarmsPanel(view);
  }
}
