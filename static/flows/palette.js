/** Which nodes can be added. */

import { choice } from '../people/fields.js';
import { h } from '../render/dom.js';
import { ask, button, page, part } from './page.js';
import { nameOfType, wordsOfType } from './say.js';
import { OFFERED, typeOf } from './types.js';

/** @param {(type: string) => void} add */
export function drawPalette(add) {
  part('palette').replaceChildren(...OFFERED.map((type) => {
    const of = typeOf(type);
    const sign = h('span', 'palette-sign', of?.sign ?? '');
    sign.setAttribute('aria-hidden', 'true');
    const made = button('', () => add(type), 'palette-add');
    made.append(sign, nameOfType(type));
    made.dataset.tone = of?.tone ?? 'plain';
    made.dataset.type = type;
    made.title = wordsOfType(type)?.help ?? '';
    return h('li', '', made);
  }));
}

/** Asks which node shall stand where a line was let go. @param {(type: string) => void} add */
export function askWhich(add) {
  const { palette: w } = page.words;
  const types = choice('type', w.which, OFFERED.filter((type) => type !== 'start').map((type) => [type, nameOfType(type)]), 'media');
  ask({
    title: w.title, parts: [types.element], yes: w.add,
    act: async () => {
      add(types.value());
      return null;
    },
  });
}
