/** What is said when somebody else saved meanwhile, with what may be done about it. */

import { setText, show } from '../render/dom.js';
import { ask, button, page, part } from './page.js';
import { comparison } from './versions.js';

/** @import {Drawing} from './drawing.js' */

/** @param {{theirs: Drawing, mine: () => Drawing, keepMine: () => void, saveCopy: () => void, takeTheirs: () => void}} choices */
export function showConflict({ theirs, mine, keepMine, saveCopy, takeTheirs }) {
  const { conflict: w } = page.words;
  const compare = () => ask({ title: w.compareTitle, parts: comparison(theirs, mine()), yes: page.words.close, no: '', wide: true, act: async () => null });
  setText(part('conflict-words'), w.words);
  part('conflict-verbs').replaceChildren(button(w.compare, compare), button(w.mine, keepMine), button(w.copy, saveCopy), button(w.theirs, takeTheirs));
  show(part('conflict'), true);
}

export const hideConflict = () => show(part('conflict'), false);
