/** Trunks: registered or not, reachable or not, how many legs. */

import { isBound } from '../select.js';
import { h, keyed, setAttr, setText, show } from './dom.js';
import { icon, setIcon } from './icon.js';
import { drawMarks, trustMarks } from './marks.js';
import { run } from './times.js';
import { countWords, emptyWords, isLive, part } from './view.js';

/** @import {Trunk} from '../protocol.js' */
/** @import {Ration} from './ration.js' */
/** @import {View} from './view.js' */

/** @param {View} view @param {Ration} ration */
export function renderTrunks(view, ration) {
  const { floor, state, speech } = view;
  setText(part('trunks-count'), countWords(view, floor.trunks.length));
  keyed(part('trunks'), floor.trunks, (trunk) => trunk.id, makeTrunk, view, ration);
  show(part('trunks-table'), floor.trunks.length > 0);
  const none = part('trunks-none');
  show(none, floor.trunks.length === 0);
  setText(none, emptyWords(view, state.tables.trunks.size, speech.w.trunk));
}

/** Whether calls can pass, as far as the PBX tells. @param {Trunk} trunk */
function toneOf(trunk) {
  if (trunk.reachability === 'unreachable' || trunk.registration === 'rejected' || trunk.registration === 'unregistered') return 'trouble';
  if (trunk.reachability === 'reachable' || trunk.registration === 'registered') return 'free';
  return 'quiet';
}

function makeTrunk() {
  const drawing = icon('free');
  const name = h('span', 'trunk-name');
  const marks = h('span', 'marks');
  const registration = h('span');
  const registered = h('span', 'time soft');
  const reach = h('span');
  const reached = h('span', 'time soft');
  const legs = h('span');
  const peak = h('span', 'soft');
  const cells = [
    h('td', 'trunk-who', drawing, name, marks),
    h('td', 'trunk-fact', registration, ' ', registered),
    h('td', 'trunk-fact', reach, ' ', reached),
    h('td', 'trunk-legs', legs, peak),
  ];
  const element = h('tr', 'trunk', ...cells);
  // Laid out as a grid, which takes a table's own roles away in some browsers.
  element.setAttribute('role', 'row');
  for (const cell of cells) cell.setAttribute('role', 'cell');
  return {
    element,
    update: (/** @type {Trunk} */ trunk, /** @type {View} */ view) => {
      const { speech } = view;
      const w = speech.w.trunk;
      const tone = toneOf(trunk);
      setAttr(element, 'data-tone', tone);
      setAttr(element, 'data-trust', isLive(view, trunk.pbx) ? trunk.trust : 'stale');
      setIcon(drawing, tone === 'free' ? 'free' : tone === 'trouble' ? 'trouble' : 'doubt');
      setText(name, view.manyPbxs ? `${trunk.endpoint} · ${trunk.pbx}` : trunk.endpoint);
      drawMarks(marks, trustMarks(trunk.trust, view));
      setText(registration, w.registrations[trunk.registration] ?? trunk.registration);
      drawSince(registered, trunk, 'registration_since_ms');
      const trip = trunk.round_trip_us === null ? '' : ` ${speech.tenths.format(trunk.round_trip_us / 1000)}\u00a0ms`;
      setText(reach, (w.reaches[trunk.reachability] ?? trunk.reachability) + trip);
      drawSince(reached, trunk, 'reachability_since_ms');
      setText(legs, speech.number(trunk.legs));
      setText(peak, ` / ${speech.number(trunk.legs_peak)}`);
      setAttr(peak, 'title', w.peak);
    },
  };
}

/** @param {HTMLElement} element @param {Trunk} trunk @param {'registration_since_ms'|'reachability_since_ms'} time */
function drawSince(element, trunk, time) {
  show(element, trunk[time] !== null);
  run(element, trunk.pbx, { since: trunk[time], bound: isBound(trunk, time) });
}
