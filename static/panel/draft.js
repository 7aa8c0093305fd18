/** What is being written to an agent: it is his alone, and is there again when his panel is. */

import { part } from '../render/view.js';

/** What was begun, by the agent's id. @type {Map<string, string>} */
const drafts = new Map();
/** Agents whose beginnings are kept. */
const MOST = 100;

const form = () => part('panel-agent-message');
const text = () => /** @type {HTMLTextAreaElement} */ (part('panel-agent-message-text'));

/** The form is for that agent from now on. @param {string} agent its id */
export function writeTo(agent) {
  const before = form().dataset.agent;
  if (before === agent) return;
  const begun = text().value;
  if (before && begun.trim()) drafts.set(before, begun);
  if (drafts.size > MOST) drafts.delete(/** @type {string} */ (drafts.keys().next().value));
  form().dataset.agent = agent;
  text().value = drafts.get(agent) ?? '';
  drafts.delete(agent);
}

/** It was sent, whoever the form is for by now. @param {string} agent @param {string} said */
export function forgetDraft(agent, said) {
  if (form().dataset.agent !== agent) drafts.delete(agent);
  else if (text().value.trim() === said) text().value = '';
}
