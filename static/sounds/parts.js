/** What both lists are made of. */

import { h } from '../render/dom.js';

/** @import {Words} from './words-en.js' */

/** @param {string} caption @param {string[]} heads @param {HTMLTableRowElement[]} rows */
export function table(caption, heads, rows) {
  const head = h('tr', '', ...heads.map((words) => {
    const cell = h('th', '', words);
    cell.scope = 'col';
    return cell;
  }));
  const made = h('table', 'admin-table', h('caption', 'hidden', caption), h('thead', '', head), h('tbody', '', ...rows));
  return h('div', 'sounds-table', made);
}

/** @param {(Node|string)[]} cells */
export const row = (cells) => h('tr', '', ...cells.map((cell) => h('td', '', cell)));

/** @param {string} words @param {() => void} act @param {string} [className] */
export function press(words, act, className = '') {
  const button = h('button', className, words);
  button.type = 'button';
  button.addEventListener('click', act);
  return button;
}

/**
 * Asked once more, in place: a second press does it. Both words have their room from the start, so that nothing moves
 * under the pointer when one takes the place of the other.
 * @param {Words} words @param {() => void} act
 */
export function remover(words, act) {
  const button = press('', () => {
    if (button.hasAttribute('data-asked')) return act();
    button.setAttribute('data-asked', '');
  }, 'danger');
  button.append(h('span', '', words.remove), h('span', '', words.really));
  button.addEventListener('blur', () => button.removeAttribute('data-asked'));
  return button;
}

/** Nothing is loaded before it is played. @param {string} address @param {string} label */
export function player(address, label) {
  const audio = h('audio');
  audio.controls = true;
  audio.preload = 'none';
  audio.src = address;
  audio.setAttribute('aria-label', label);
  return audio;
}

/** @param {string} label @param {HTMLElement} control */
export const labelled = (label, control) => h('label', '', h('span', '', label), control);

/** @param {Words} words @param {number} ms */
export const seconds = (words, ms) => words.second((ms / 1000).toFixed(ms < 10_000 ? 1 : 0));
