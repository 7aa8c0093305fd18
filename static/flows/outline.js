/** The drawing as a list: each node with where its exits lead, for who reads rather than sees. */

import { h, keyed, setAttr, setText } from '../render/dom.js';
import { lineKey } from './canvas.js';
import { inOrder, titleOf } from './drawing.js';
import { counted, number, page, part } from './page.js';
import { fullTitle, nameOfType, portWords, standingWords } from './say.js';
import { drawnPorts } from './shape.js';
import { shownPorts } from './types.js';

/** @import {Shown} from './canvas.js' */
/** @import {FlowNode} from './drawing.js' */

/** @typedef {{shown: Shown, drawn: Map<string, string[]>, leads: Map<string, string>, titles: Map<string, string>, choose: (id: string) => void}} Around */

/** @param {FlowNode} node @param {Around} around */
function exitsOf(node, { drawn, leads, titles }) {
  const ports = shownPorts(node, drawn.get(node.id) ?? []);
  return ports.map((port) => {
    const to = leads.get(lineKey(node.id, port.id));
    return `${portWords(node, port)} → ${to === undefined ? page.words.outline.nowhere : (titles.get(to) ?? to)}`;
  });
}

/** @param {FlowNode} node @param {Around} first */
function make(node, first) {
  const open = h('button', 'outline-node');
  open.type = 'button';
  open.addEventListener('click', () => first.choose(node.id));
  const exits = h('ul', 'outline-exits');
  const element = h('li', '', open, exits);
  let said = '';
  return {
    element,
    /** @param {FlowNode} now @param {Around} around */
    update(now, around) {
      const faults = around.shown.faults.get(now.id)?.length ?? 0;
      const callers = standingWords(around.shown.callers.get(now.id));
      setText(open, [fullTitle(now), ...(faults ? [counted(faults, page.words.counted.faults)] : []), ...(callers ? [`☎ ${callers}`] : [])].join(' · '));
      setAttr(open, 'aria-current', around.shown.selected === now.id ? 'true' : null);
      setAttr(open, 'data-faulty', faults ? '' : null);
      const lines = exitsOf(now, around);
      if (said === lines.join('\n')) return;
      said = lines.join('\n');
      exits.replaceChildren(...lines.map((words) => h('li', '', words)));
    },
  };
}

/** @param {Shown} shown @param {(id: string) => void} choose */
export function drawOutline(shown, choose) {
  const { drawing } = shown;
  const search = /** @type {HTMLInputElement} */ (part('outline-search')).value.trim().toLowerCase();
  const fits = (/** @type {FlowNode} */ node) => !search || `${titleOf(node)} ${nameOfType(node.type)}`.toLowerCase().includes(search);
  const nodes = inOrder(drawing).filter(fits);
  const leads = new Map(drawing.connections.map((line) => [lineKey(line.fromNodeId, line.fromPortId), line.toNodeId]));
  const around = { shown, leads, drawn: drawnPorts(drawing), titles: new Map(drawing.nodes.map((node) => [node.id, titleOf(node)])), choose };
  keyed(part('outline'), nodes, (node) => node.id, make, around);
  setText(part('outline-count'), number(drawing.nodes.length));
}
