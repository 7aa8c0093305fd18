/** The marks of listening: on who listens, and on the call and the agent that are listened to. */

import { heardBy } from '../listening.js';
import { legName } from '../names.js';

/** @import {Listener} from '../listening.js' */
/** @import {Leg} from '../protocol.js' */
/** @import {IconName} from './icon.js' */
/** @import {Mark} from './marks.js' */
/** @import {View} from './view.js' */

/** The sign of each way; of a listening whose way is not known too. @type {Record<NonNullable<Leg['spies_how']>, IconName>} */
const SIGNS = { listen: 'ear', whisper: 'whisper', barge: 'conference' };

/** What a leg that listens does. @param {Leg} leg @param {string} pbx @param {View} view @returns {Mark[]} */
export function earMarks(leg, pbx, view) {
  if (!leg.spies_on || leg.phase === 'ended') return [];
  const { ears } = view.speech.w;
  const to = heardBy(leg, pbx, view.state);
  const does = ears.does[leg.spies_how ?? 'listen'] ?? ears.does.listen;
  return [{ ...lookOf(leg, view), key: `spies ${leg.uniqueid}`, text: does(to ? legName(to, view.state) : ears.somebody) }];
}

/**
 * Who listens to a call, and how: a mark for each, or one that counts them where there is no room.
 * @param {readonly Listener[]} listeners @param {View} view @param {boolean} all @returns {Mark[]}
 */
export function listenerMarks(listeners, view, all) {
  const { ears } = view.speech.w;
  const marks = listeners.map(({ leg, to }) => {
    const say = ears.who[leg.spies_how ?? 'listen'] ?? ears.who.listen;
    return markOf(leg, say(legName(leg, view.state), legName(to, view.state)), view);
  });
  return all ? marks : inShort(marks, view);
}

/** The same beside the agent who is listened to. @param {readonly Listener[]} listeners @param {View} view @returns {Mark[]} */
export function listenerMarksAt(listeners, view) {
  const { ears } = view.speech.w;
  const marks = listeners.map(({ leg }) => markOf(leg, (ears.at[leg.spies_how ?? 'listen'] ?? ears.at.listen)(legName(leg, view.state)), view));
  return inShort(marks, view);
}

/** @param {Mark[]} marks @param {View} view @returns {Mark[]} */
function inShort(marks, view) {
  if (marks.length < 2) return marks;
  return [{ key: 'heard', icon: 'ear', tone: 'doubt', text: view.speech.counted('listeners', marks.length), title: marks.map((mark) => mark.text).join('\n') }];
}

/** @param {Leg} leg @param {string} text @param {View} view @returns {Mark} */
const markOf = (leg, text, view) => ({ ...lookOf(leg, view), key: `heard ${leg.uniqueid}`, text });

/** @param {Leg} leg @param {View} view */
function lookOf({ spies_how: how }, view) {
  return { icon: SIGNS[how ?? 'listen'] ?? SIGNS.listen, tone: 'doubt', title: how ? '' : view.speech.w.ears.unknownHow };
}
