/** The floor: figures, queues and trunks, agents, calls. */

import { ensureTabStop } from '../events.js';
import { renderAgents } from './agents.js';
import { renderCalls } from './calls.js';
import { renderFigures } from './figures.js';
import { renderQueues } from './queues.js';
import { renderTrunks } from './trunks.js';

/** @import {Page} from '../views.js' */

const LISTS = [renderCalls, renderAgents, renderQueues, renderTrunks];
/** Which list has the first word in this frame: none may use up every ration. */
let turn = 0;

/** @type {Page} */
export const floorPage = {
  name: 'floor',
  key: '',
  draw(view, ration) {
    renderFigures(view);
    turn += 1;
    for (let n = 0; n < LISTS.length; n += 1) LISTS[(turn + n) % LISTS.length]?.(view, ration);
    ensureTabStop();
  },
};
