/** The figures of the floor: callers first, then agents by state. */

import { GROUPS } from '../select.js';
import { h, keyed, setAttr, setText, show } from './dom.js';
import { icon, setIcon } from './icon.js';
import { run } from './times.js';
import { countWords, part } from './view.js';

/** @import {IconName} from './icon.js' */
/** @import {View} from './view.js' */

/** @typedef {{key: string, tone: string, icon: IconName, word: string, text: string, longest?: boolean}} Figure */

/** What is read from two metres. @param {View} view */
export function renderFigures(view) {
  const { floor, speech } = view;
  const { w } = speech;
  const { waiting, longest, calls } = floor.figures;
  /** @type {Figure[]} */
  const figures = [
    { key: 'waiting', tone: waiting ? 'waiting' : 'quiet', icon: 'waiting', word: w.figures.waiting, text: countWords(view, waiting) },
    { key: 'longest', tone: waiting ? 'waiting' : 'quiet', icon: 'waiting', word: w.figures.longest, text: w.figures.none, longest: true },
    { key: 'calls', tone: 'plain', icon: 'talking', word: w.figures.calls, text: countWords(view, calls) },
    ...GROUPS.map((group) => ({
      key: group,
      tone: floor.groups[group].length ? group : 'quiet',
      icon: group,
      word: w.groups[group],
      text: countWords(view, floor.groups[group].length),
    })),
  ];
  keyed(part('figures'), figures, (figure) => figure.key, makeFigure, { longest, view });
}

/** Sums over PBXs of which some are not live say so; of none that is, they are no more live than these. @param {View} view */
export function renderStale({ state, floor, speech }) {
  const counted = [...state.tables.pbxs.values()].filter((pbx) => !state.filter.pbx || pbx.id === state.filter.pbx);
  const stale = counted.filter((pbx) => pbx.link !== 'live' && pbx.link !== 'syncing').map((pbx) => pbx.id);
  const was = stale.filter((id) => !floor.unknown.includes(id)).sort();
  const said = [];
  if (floor.unknown.length > 0) said.push(speech.w.figures.unknown(floor.unknown.join(', ')));
  if (was.length > 0) said.push(speech.w.figures.stale(was.join(', '), speech.plural(was.length, speech.w.asWas)));
  const words = part('figures-stale');
  show(words, said.length > 0 && state.connection.phase === 'live');
  setText(words, said.join('. '));
  setAttr(document.body, 'data-floor', stale.length > 0 && stale.length === counted.length ? 'stale' : null);
}

function makeFigure() {
  const value = h('dd', 'figure-value');
  const word = h('span');
  const drawing = icon('waiting');
  const element = h('div', 'figure', h('dt', 'figure-word', drawing, word), value);
  return {
    element,
    /** @param {Figure} figure @param {{longest: {since: number, pbx: string}|null, view: View}} at */
    update: (figure, { longest, view }) => {
      setAttr(element, 'data-tone', figure.tone);
      setAttr(element, 'data-figure', figure.key);
      setIcon(drawing, figure.icon);
      setText(word, figure.word);
      if (figure.longest && longest) {
        // Already on the server's clock: a PBX without an offset of its own.
        const offset = view.state.tables.pbxs.get(longest.pbx)?.clock_offset_ms ?? 0;
        run(value, longest.pbx, { since: longest.since - offset });
      } else {
        run(value, '', {});
        setText(value, figure.text);
      }
    },
  };
}
