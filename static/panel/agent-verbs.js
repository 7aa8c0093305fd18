/**
 * What can be done with an agent: pause, back to work, queues, penalty. How each is asked, whether it can work
 * now, and its dialog. The answer comes when the PBX has done it.
 */

import { h, keyed, setAttr, setText, show } from '../render/dom.js';
import { icon } from '../render/icon.js';
import { part } from '../render/view.js';

/** @import {Agent} from '../protocol.js' */
/** @import {IconName} from '../render/icon.js' */
/** @import {Speech} from '../i18n.js' */
/** @import {AgentVerb, State} from '../state.js' */
/** @import {View} from '../render/view.js' */

/** @typedef {'queue'|'newQueue'|'reason'|'later'|'penalty'} Field */
/** @typedef {{verb: AgentVerb, icon: IconName, asks: Field[]}} AgentVerbSpec */
/** Why one cannot work now. @typedef {'frozen'|'lost'|'link'|'pending'|'noQueues'|'notPaused'|'allQueues'} WhyNotAgent */

/** @type {AgentVerbSpec[]} */
export const AGENT_VERBS = [
  { verb: 'pause', icon: 'paused', asks: ['queue', 'reason', 'later'] },
  { verb: 'unpause', icon: 'free', asks: ['queue'] },
  { verb: 'login', icon: 'headset', asks: ['newQueue', 'penalty'] },
  { verb: 'logout', icon: 'away', asks: ['queue'] },
  { verb: 'penalty', icon: 'wrap_up', asks: ['queue', 'penalty'] },
];

/** @param {string} verb @returns {verb is AgentVerb} */
export const isOnAgent = (verb) => AGENT_VERBS.some((spec) => spec.verb === verb);

/** @param {AgentVerb} verb @param {Agent} agent @param {State} state @returns {WhyNotAgent|null} */
export function whyNotAgent(verb, agent, state) {
  if (state.frozenAt !== undefined) return 'frozen';
  if (state.connection.phase !== 'live') return 'lost';
  if (state.tables.pbxs.get(agent.pbx)?.link !== 'live') return 'link';
  if (state.pending.has(agent.id)) return 'pending';
  if (verb === 'login') return otherQueues(agent, state).length > 0 ? null : 'allQueues';
  if (agent.memberships.length === 0) return 'noQueues';
  if (verb === 'unpause' && !agent.pause_after_call && !agent.memberships.some((m) => m.paused)) return 'notPaused';
  return null;
}

/** Queues of his PBX that he is not in, by name. @param {Agent} agent @param {State} state */
function otherQueues(agent, state) {
  const own = new Set(agent.memberships.map((m) => m.queue));
  return [...state.tables.queues.values()].filter((queue) => queue.pbx === agent.pbx && !own.has(queue.name)).map((queue) => queue.name).sort();
}

/** @param {HTMLElement} list @param {Agent} agent @param {View} view */
export function drawAgentVerbs(list, agent, view) {
  keyed(list, AGENT_VERBS, (spec) => spec.verb, makeVerb, { agent, view });
}

/** @param {AgentVerbSpec} spec */
function makeVerb(spec) {
  const word = h('span');
  const why = h('span', 'verb-why');
  const button = h('button', 'verb-button', icon(spec.icon), word);
  button.type = 'button';
  button.dataset.agentVerb = spec.verb;
  return {
    element: h('li', 'verb-line', button, why),
    update: (/** @type {AgentVerbSpec} */ _, /** @type {{agent: Agent, view: View}} */ { agent, view }) => {
      const { w } = view.speech;
      const no = whyNotAgent(spec.verb, agent, view.state);
      why.id = `why-${list(button)}-${spec.verb}`;
      setText(word, w.agentVerb.names[spec.verb]);
      setAttr(button, 'data-agent', agent.id);
      setAttr(button, 'aria-disabled', no ? 'true' : null);
      setAttr(button, 'aria-describedby', no ? why.id : null);
      setText(why, no ? w.agentVerb.no[no] : '');
      show(why, no !== null);
    },
  };
}

/** The list that a button stands in: two panels may show the same verb. @param {HTMLElement} button */
const list = (button) => button.closest('ul')?.id ?? '';

const dialog = () => /** @type {HTMLDialogElement} */ (part('agent-order'));
const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (part(`agent-order-${name}`));

/** @type {{spec: AgentVerbSpec, agent: Agent}|null} */
let open = null;

/**
 * An order on an agent, as the server takes it.
 * @typedef {{verb: AgentVerb, agent: Agent, body: {agent: string, queue?: string, reason?: string, after_call?: boolean, penalty?: number}}} AgentOrder
 */

/** Opens its dialog. @param {AgentVerb} verb @param {Agent} agent @param {State} state @param {Speech} speech */
export function askAgent(verb, agent, state, speech) {
  const spec = AGENT_VERBS.find((one) => one.verb === verb);
  if (!spec || whyNotAgent(verb, agent, state)) return;
  open = { spec, agent };
  const w = speech.w.agentVerb;
  setText(part('agent-order-title'), w.titles[verb](agent.name || agent.endpoint));
  setText(part('agent-order-confirm'), w.names[verb]);
  for (const [name, asked] of /** @type {[string, Field[]][]} */ ([['queue', ['queue', 'newQueue']], ['reason', ['reason']], ['later', ['later']], ['penalty', ['penalty']]])) {
    show(part(`agent-order-${name}-part`), asked.some((one) => spec.asks.includes(one)));
  }
  // after this call has a sense only while there is one
  if (!agent.call) show(part('agent-order-later-part'), false);
  const of = (/** @type {import('../protocol.js').Membership} */ m) => (verb === 'pause' ? !m.paused : verb === 'unpause' ? m.paused : true);
  const own = agent.memberships.filter(of).map((m) => m.queue);
  const queues = verb === 'login' ? otherQueues(agent, state) : own;
  const options = (verb === 'login' ? [] : [['', w.everyQueue]]).concat(queues.map((name) => [name, name]));
  part('agent-order-queue').replaceChildren(...options.map(([value, text]) => Object.assign(h('option', '', text ?? ''), { value })));
  const reasons = new Set([...state.tables.agents.values()].flatMap((one) => (one.pause_reason ? [one.pause_reason] : [])));
  part('agent-order-reasons').replaceChildren(...[...reasons].sort().slice(0, 50).map((value) => Object.assign(h('option'), { value })));
  field('reason').value = '';
  field('later').checked = false;
  field('penalty').value = verb === 'penalty' ? String(agent.memberships[0]?.penalty ?? 0) : '0';
  dialog().showModal();
  (verb === 'pause' ? field('reason') : verb === 'penalty' ? field('penalty') : part('agent-order-confirm')).focus();
}

/** @param {(order: AgentOrder) => void} order called when the dialog is confirmed */
export function listenAgentOrder(order) {
  part('agent-order-cancel').addEventListener('click', () => dialog().close());
  part('agent-order-form').addEventListener('submit', (event) => {
    event.preventDefault();
    if (!open) return;
    const { spec, agent } = open;
    /** @type {AgentOrder['body']} */
    const body = { agent: agent.id };
    const queue = /** @type {HTMLSelectElement} */ (part('agent-order-queue')).value;
    if (queue) body.queue = queue;
    const reason = field('reason').value.trim();
    if (spec.asks.includes('reason') && reason) body.reason = reason;
    if (spec.asks.includes('later') && field('later').checked) body.after_call = true;
    if (spec.asks.includes('penalty')) body.penalty = Number(field('penalty').value);
    dialog().close();
    order({ verb: spec.verb, agent, body });
  });
  dialog().addEventListener('close', () => (open = null));
}
