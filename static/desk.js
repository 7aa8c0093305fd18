/**
 * What is said to an agent and his raised hand: what the server is asked. It answers once it stands on the
 * board, from where every page has it; never throws.
 */

import { BROWSER, post } from './verbs.js';

/** Letters of a message that the server takes. */
export const LONGEST = 500;

/** @param {string} agent its id @param {string} what */
const at = (agent, what) => `api/agents/${encodeURIComponent(agent)}/${what}`;

/** @param {string} agent @param {string} text */
export const sendMessage = (agent, text) => post(at(agent, 'messages'), { text }, BROWSER);

/** He has read all that is there. @param {string} agent */
export const markRead = (agent) => post(at(agent, 'messages/read'), {}, BROWSER);

/** @param {string} agent @param {boolean} raised @param {string} text why, or empty */
export const setHand = (agent, raised, text) => post(at(agent, 'hand'), text ? { raised, text } : { raised }, BROWSER);
