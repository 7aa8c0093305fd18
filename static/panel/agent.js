/** An agent whole: both axes, his queues with the pause of each, his call, and what can be done. */

import { listenersTo } from '../listening.js';
import { partyWords } from '../names.js';
import { listenerMarks } from '../render/ears.js';
import { h, keyed, setAttr, setText, show } from '../render/dom.js';
import { drawMarks, trustMarks } from '../render/marks.js';
import { run } from '../render/times.js';
import { isLive, part } from '../render/view.js';
import { isBound } from '../select.js';
import { laterMarks } from '../render/agents.js';
import { drawAgentVerbs } from './agent-verbs.js';
import { drawDesk } from './desk.js';
import { writeTo } from './draft.js';
import { drawVerbs } from './verbs.js';

/** @import {Agent, Membership} from '../protocol.js' */
/** @import {View} from '../render/view.js' */

/** @param {string} id @param {View} view @returns {string} the title */
export function drawAgentPanel(id, view) {
  const agent = view.state.tables.agents.get(id);
  const { w } = view.speech;
  show(part('panel-agent-live'), agent !== undefined);
  show(part('panel-agent-gone'), agent === undefined);
  setText(part('panel-agent-gone'), w.panel.gone);
  if (!agent) return id;
  // on his own page he is told what his site tells him
  drawAgent(agent, view, 'panel-agent', listenerMarks(listenersTo(agent.id, view.state), view, true));
  drawDesk(agent, view, 'panel-agent');
  writeTo(agent.id);
  const call = agent.call ? view.state.tables.calls.get(agent.call) : undefined;
  const leg = call?.legs.find((one) => one.agent === agent.id && one.phase !== 'ended') ?? null;
  show(part('panel-agent-leg-verbs'), call !== undefined);
  if (call) drawVerbs(part('panel-agent-leg-verbs'), call, leg, view);
  return agent.name || agent.endpoint;
}

/** What is known of him, into the elements whose ids begin with `at`. @param {Agent} agent @param {View} view @param {string} at @param {import('../render/marks.js').Mark[]} [more] marks */
export function drawAgent(agent, view, at, more = []) {
  const { w } = view.speech;
  const p = w.panel;
  setAttr(part(`${at}-live`), 'data-trust', isLive(view, agent.pbx) ? agent.trust : 'stale');
  const reason = agent.availability === 'paused' && agent.pause_reason ? ` (${agent.pause_reason})` : '';
  setText(part(`${at}-availability`), w.availability[agent.availability] + reason);
  setAttr(part(`${at}-availability`), 'data-tone', { logged_out: 'away', available: 'free', partly_paused: 'paused', paused: 'paused' }[agent.availability]);
  run(part(`${at}-availability-time`), agent.pbx, { since: agent.availability_since_ms, bound: isBound(agent, 'availability_since_ms') });
  setText(part(`${at}-activity`), w.activity[agent.activity]);
  const counting = agent.activity === 'wrap_up' && agent.wrap_up_until_ms !== null;
  run(part(`${at}-activity-time`), agent.pbx, counting ? { until: agent.wrap_up_until_ms } : { since: agent.activity_since_ms, bound: isBound(agent, 'activity_since_ms') });
  setText(part(`${at}-activity-note`), counting ? w.agent.wrapLeft : '');
  drawMarks(part(`${at}-marks`), [...more, ...laterMarks(agent, view), ...trustMarks(agent.trust, view)]);
  drawAgentVerbs(part(`${at}-verbs`), agent, view);
  const withWhom = [agent.with ? partyWords(agent.with, w.call.anonymous) : '', agent.call_queue ?? ''].filter(Boolean).join(' · ');
  setText(part(`${at}-call`), agent.call ? withWhom || p.openCall : p.noCall);
  setAttr(part(`${at}-call`), 'data-call', agent.call);
  setAttr(part(`${at}-call`), 'aria-disabled', agent.call ? null : 'true');
  keyed(part(`${at}-queues`), agent.memberships, (m) => `${m.queue} ${m.interface}`, makeMembership, { agent, view });
  show(part(`${at}-no-queues`), agent.memberships.length === 0);
  setText(part(`${at}-no-queues`), p.noQueues);
  setText(part(`${at}-facts`), [agent.endpoint, agent.device || p.unknown, agent.pbx].join(' · '));
}

function makeMembership() {
  const name = h('th');
  const state = h('td');
  const since = h('td', 'time');
  const penalty = h('td', 'number');
  const taken = h('td', 'number');
  setAttr(name, 'scope', 'row');
  return {
    element: h('tr', '', name, state, since, penalty, taken),
    update: (/** @type {Membership} */ m, /** @type {{agent: Agent, view: View}} */ { agent, view }) => {
      const { w } = view.speech;
      const waiting = view.state.tables.queues.get(`${agent.pbx}~${m.queue}`)?.waiting.length ?? 0;
      setText(name, waiting > 0 ? `${m.queue} (${view.speech.number(waiting)} ${w.queue.waiting})` : m.queue);
      setText(state, m.paused ? w.agent.pausedWhile(m.reason ?? '') : w.panel.inService);
      setAttr(state, 'data-tone', m.paused ? 'paused' : 'free');
      run(since, agent.pbx, { since: m.since_ms });
      if (m.since_ms === null) setText(since, '–');
      setText(penalty, view.speech.number(m.penalty));
      setText(taken, view.speech.number(m.calls_taken));
    },
  };
}
