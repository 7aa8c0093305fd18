/**
 * What the modules of the page share: the live state, the frozen picture beside it, the view, the language.
 * Who changes something here asks for a drawing.
 */

import { Speech } from './i18n.js';
import { createState } from './state.js';
import { first } from './views.js';

/** @import {Page} from './views.js' */
/** @import {View} from './render/view.js' */
/** @import {State} from './state.js' */

export const app = {
  /** What happens. */
  state: createState(),
  /** What is shown instead. @type {State|null} */
  frozen: null,
  page: /** @type {Page} */ (first()),
  /** Chosen by hand, here or in the address; null follows the browser. @type {'en'|'fr'|null} */
  chosenLang: null,
  speech: new Speech('en'),
  /** Grows when something besides the rows asks for a drawing of all of them. */
  manner: 0,
  /** Asks for a drawing of what changed; `main` puts its own in. */
  draw: () => {},
  /** Draws everything before it returns; `main` puts its own in. */
  drawNow: () => {},
};

/** The state that the page shows. */
export const shown = () => app.frozen ?? app.state;

/** Asks for a drawing of everything. */
export function drawAll() {
  app.manner += 1;
  app.draw();
}

/** @param {State} of @returns {Omit<View, 'floor'>} */
export function momentOf(of) {
  const steady = performance.now();
  const links = [...of.tables.pbxs.values()].map((pbx) => pbx.link).join();
  return {
    state: of,
    speech: app.speech,
    now: of.clock.at(steady) ?? Date.now(),
    steady,
    manyPbxs: of.tables.pbxs.size > 1,
    mark: `${app.manner} ${of.connection.phase} ${links}`,
  };
}
