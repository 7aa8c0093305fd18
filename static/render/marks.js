/** Small words beside a row: how far it may be believed, what is special about it. */

import { h, keyed, setAttr, setText } from './dom.js';
import { icon, setIcon } from './icon.js';

/** @import {Trust} from '../protocol.js' */
/** @import {IconName} from './icon.js' */
/** @import {View} from './view.js' */

/** @typedef {{key: string, icon: IconName, text: string, tone: string, title?: string}} Mark */

/** Draws `marks` into `element`. @param {HTMLElement} element @param {Mark[]} marks */
export function drawMarks(element, marks) {
  keyed(element, marks, (mark) => mark.key, makeMark, null);
}

/** @param {Mark} mark */
function makeMark(mark) {
  const text = h('span', 'mark-text');
  const sign = icon(mark.icon);
  const element = h('span', 'mark', sign, text);
  return {
    element,
    update: (/** @type {Mark} */ now) => {
      setIcon(sign, now.icon);
      setText(text, now.text);
      setAttr(element, 'data-tone', now.tone);
      setAttr(element, 'title', now.title || null);
    },
  };
}

/** The mark of a trust that is not `live`. @param {Trust} trust @param {View} view @returns {Mark[]} */
export function trustMarks(trust, view) {
  if (trust === 'live') return [];
  const { w } = view.speech;
  return [{ key: 'trust', icon: 'doubt', tone: 'doubt', text: w.trust[trust] ?? trust, title: w.trustHint[trust] ?? '' }];
}
