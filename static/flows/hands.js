/** What the panel of one node does to the drawing. */

import { idOfPath } from './controls.js';
import { connect, copyNode, setContent, setNode } from './drawing.js';
import { typeOf } from './types.js';

/** @import {Drawing, FlowNode} from './drawing.js' */
/** @import {Hands} from './side.js' */

/**
 * @typedef {object} Desk
 * @property {() => Drawing} drawing
 * @property {(drawing: Drawing, key?: string|null, panel?: boolean) => void} go
 * @property {(id: string) => void} choose
 * @property {(id: string) => void} remove
 * @property {(flow: string) => void} open
 * @property {[string, string][]} flows ids and names
 */

/** What is made with the next frame is given the focus. @param {() => Element|null} find */
const focusSoon = (find) => requestAnimationFrame(() => requestAnimationFrame(() => /** @type {HTMLElement|null} */ (find())?.focus()));

/** @param {FlowNode} node @param {Desk} desk @returns {Hands} */
export function handsOf({ id, type }, { drawing, go, choose, remove, open, flows }) {
  return {
    type,
    flows,
    set: (path, value) => go(setContent(drawing(), id, path, value), `${id}.${path.join('.')}`, false),
    choose: (path, value) => go(setContent(drawing(), id, path, value)),
    rename: (name) => go(setNode(drawing(), id, { name }), `${id}.name`, false),
    connect: (port, to) => go(connect(drawing(), id, port, to)),
    addRow(path, rows, row) {
      go(setContent(drawing(), id, path, [...rows, row]));
      focusSoon(() => document.querySelector(`[id^="${idOfPath([...path, rows.length])}-"]`));
    },
    removeRow(path, rows, n) {
      const field = typeOf(type)?.fields.find((one) => one.name === path[0]);
      const port = path.length === 1 && field?.port ? rows[n]?.[field.port] : undefined;
      const without = setContent(drawing(), id, path, rows.filter((_, at) => at !== n));
      go(port === undefined ? without : connect(without, id, String(port), null));
      focusSoon(() => document.getElementById(`${idOfPath(path)}-add`));
    },
    moveRow(path, rows, n) {
      const moved = [...rows];
      moved.splice(n - 1, 2, rows[n], rows[n - 1]);
      go(setContent(drawing(), id, path, moved));
    },
    copy() {
      const copied = copyNode(drawing(), id);
      if (!copied) return;
      go(copied.drawing);
      choose(copied.id);
    },
    remove: () => remove(id),
    open,
  };
}
