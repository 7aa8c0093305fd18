/**
 * An agent's own page (`?view=agent&agent=…`): his state, his call, pause, a raised hand, messages to him.
 * Without a name in the address it asks whose desk it is.
 */

import { drawAgent } from '../panel/agent.js';
import { drawDesk } from '../panel/desk.js';
import { h, keyed, setText, show } from './dom.js';
import { part } from './view.js';

/** @import {Agent} from '../protocol.js' */
/** @import {Page} from '../views.js' */

/** Whose page it is, or empty. */
export const ownAgent = () => new URLSearchParams(location.search).get('agent') ?? '';

/** @type {Page} */
export const agentPage = {
  name: 'agent',
  key: '',
  draw(view) {
    const id = ownAgent();
    const agent = view.state.tables.agents.get(id);
    const { w } = view.speech;
    show(part('own-choose'), !agent);
    show(part('own-live'), agent !== undefined);
    if (agent) {
      setText(part('own-title'), agent.name || agent.endpoint);
      drawAgent(agent, view, 'own');
      drawDesk(agent, view, 'own');
      const unread = view.state.tables.desks.get(agent.id)?.messages.some((message) => message.read_ms === null) ?? false;
      show(part('own-read'), unread);
      return;
    }
    setText(part('own-title'), w.desk.own);
    setText(part('own-unknown'), id ? w.desk.unknown(id) : '');
    const agents = [...view.state.tables.agents.values()].sort((a, b) => (a.name || a.endpoint).localeCompare(b.name || b.endpoint));
    keyed(part('own-agents'), agents, (one) => one.id, makeChoice, view);
  },
};

function makeChoice() {
  const button = h('button', 'own-choice');
  button.type = 'button';
  return {
    element: h('li', '', button),
    update: (/** @type {Agent} */ agent, /** @type {import('./view.js').View} */ view) => {
      button.dataset.own = agent.id;
      setText(button, [agent.name, agent.endpoint, view.manyPbxs ? agent.pbx : ''].filter(Boolean).join(' · '));
    },
  };
}
