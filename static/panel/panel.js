/**
 * The panel beside the floor: one call or one agent, whole. It opens from any row by click or Enter, takes
 * the focus, follows what happens, and gives the focus back when it closes.
 */

import { setText, show } from '../render/dom.js';
import { part } from '../render/view.js';
import { drawAgentPanel } from './agent.js';
import { drawCallPanel, listenCallPanel } from './call.js';

/** @import {View} from '../render/view.js' */

/** @typedef {'call'|'agent'} Kind */

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
  const panel = part('panel');
  panel.dataset.kind = kind;
  for (const body of ['call', 'agent']) show(part(`panel-${body}`), body === kind);
  show(panel, true);
  part('panel-title').focus();
}

/** @returns {boolean} whether there was one to close */
export function closePanel() {
  if (!open) return false;
  open = null;
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
  const title = open.kind === 'call' ? drawCallPanel(open.id, view) : drawAgentPanel(open.id, view);
  setText(part('panel-title'), title);
}
