/** What may be chosen from when something is typed: lists beside fields of one kind. */

import { h } from '../render/dom.js';
import { part } from './page.js';
import { variablesOf } from './types.js';

/** @import {Drawing} from './drawing.js' */

/** @type {string[]} */
let prompts = [];
/** Names of prompts that are there. @param {string[]} names */
export const knowPrompts = (names) => (prompts = names);

/** @type {string[]|null} */
let allZones = null;
const zones = () => (allZones ??= [...Intl.supportedValuesOf('timeZone'), 'UTC']);

/** @param {Drawing} drawing @param {string[]} queues */
export function knownValues(drawing, queues) {
  const lists = { queue: queues, variable: [...variablesOf(drawing), 'time'], zone: zones(), prompt: prompts };
  for (const [kind, values] of Object.entries(lists)) {
    const list = document.getElementById(`known-${kind}`) ?? make(kind);
    if (list.dataset.values === values.join('\n')) continue;
    list.dataset.values = values.join('\n');
    list.replaceChildren(...values.map((value) => {
      const option = h('option');
      option.value = value;
      return option;
    }));
  }
}

/** @param {string} kind */
function make(kind) {
  const list = h('datalist');
  list.id = `known-${kind}`;
  part('flows').append(list);
  return list;
}
