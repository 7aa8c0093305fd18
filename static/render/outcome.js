/** What became of a verb, in words; the one place that assistive technology is told of at once. */

import { setAttr, setText, show } from './dom.js';
import { isOnAgent } from '../panel/agent-verbs.js';
import { part } from './view.js';

/** @import {Words} from '../en.js' */
/** @import {Outcome} from '../state.js' */
/** @import {View} from './view.js' */

/** @param {View} view */
export function renderOutcome(view) {
  const { outcome } = view.state;
  const box = part('outcome');
  setAttr(box, 'data-result', outcome?.result ?? null);
  setText(part('outcome-words'), outcome ? outcomeWords(outcome, view) : '');
  show(part('outcome-close'), outcome !== null);
}

/** @param {Outcome} outcome @param {View} view */
function outcomeWords(outcome, view) {
  const { speech } = view;
  const w = speech.w.verb;
  const { who, destination, verb, slug, message } = outcome;
  const took = w.took(speech.seconds(outcome.tookMs));
  if (isOnAgent(verb)) {
    const { done, failed } = speech.w.agentVerb;
    if (outcome.result === 'done') return slug === 'pending' ? speech.w.agentVerb.later(who) : `${done[verb](who)}, ${took}`;
    return `${failed[verb](who)}. ${errorWords(speech.w, slug, message)}`;
  }
  if (verb === 'more') {
    const { done, failed } = speech.w.others;
    return outcome.result === 'done' ? `${done(destination, who)}, ${took}` : `${failed(destination, who)}. ${errorWords(speech.w, slug, message)}`;
  }
  if (outcome.result === 'done') {
    if (verb === 'transfer') return `${w.transferred(who, destination)}, ${took}`;
    return slug === 'already_hung_up' ? w.alreadyGone(who) : `${w.hungUp(who)}, ${took}`;
  }
  if (verb === 'desk') return `${speech.w.desk.failed}. ${errorWords(speech.w, slug, message)}`;
  const failed = verb === 'transfer' ? w.transferFailed(who, destination) : w.hangupFailed(who);
  return `${failed}. ${errorWords(speech.w, slug, message)}`;
}

/** Slugs whose message says more than our words can: the PBX's own, which field, which log entry. */
const ADDING = new Set(['pbx_refused', 'bad_value', 'internal']);

/**
 * Our words for the slug; the server's beside them where they add something, or alone for a
 * slug that this page does not know.
 * @param {Words} w @param {string} slug @param {string} message
 */
function errorWords(w, slug, message) {
  const ours = w.verb.errors[slug];
  if (!ours) return message || slug;
  return ADDING.has(slug) && message ? w.because(ours, message) : ours;
}
