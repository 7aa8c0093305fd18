/** Messages to an agent and his raised hand, in his panel and on his own page. */

import { h, keyed, setAttr, setText, show } from '../render/dom.js';
import { run } from '../render/times.js';
import { part } from '../render/view.js';

/** @import {Agent, Message} from '../protocol.js' */
/** @import {View} from '../render/view.js' */

/** @param {Agent} agent @param {View} view @param {'own'|'panel-agent'} at where the ids of its elements begin */
export function drawDesk(agent, view, at) {
  const { w } = view.speech;
  const desk = view.state.tables.desks.get(agent.id);
  const hand = desk?.hand ?? null;
  const offered = hand !== null || view.state.mayRaise[at === 'own' ? 'own' : 'panel'];
  show(part(`${at}-hand`), offered);
  if (at === 'own') show(part('own-hand-why'), offered && hand === null);
  setAttr(part(`${at}-hand`), 'aria-pressed', String(hand !== null));
  setText(part(`${at}-hand`), hand ? w.desk.lower : w.desk.raise);
  setAttr(part(`${at}-hand`), 'data-agent', agent.id);
  show(part(`${at}-hand-said`), hand !== null);
  setText(part(`${at}-hand-words`), hand ? (hand.text ? w.desk.asks(hand.text) : w.desk.asksPlain) : '');
  // the server's clock: a PBX of no offset
  run(part(`${at}-hand-time`), '', { since: hand?.since_ms ?? null });
  const listened = desk?.listened ?? null;
  show(part(`${at}-listened`), listened !== null);
  setText(part(`${at}-listened-words`), listened ? w.desk.listened(listened.mode) : '');
  run(part(`${at}-listened-time`), '', { since: listened?.since_ms ?? null });
  const messages = desk?.messages ?? [];
  keyed(part(`${at}-messages`), messages, (message) => String(message.id), makeMessage, view);
  show(part(`${at}-no-messages`), messages.length === 0);
  setText(part(`${at}-no-messages`), w.desk.none);
}

function makeMessage() {
  const who = h('p', 'soft');
  const text = h('p', 'message-text');
  const read = h('p', 'soft message-read');
  const element = h('li', 'message', who, text, read);
  return {
    element,
    update: (/** @type {Message} */ message, /** @type {View} */ { speech, now }) => {
      const { w } = speech;
      setText(who, w.desk.from(message.from, speech.time(message.at_ms, now)));
      setText(text, message.text);
      setText(read, message.read_ms === null ? w.desk.unread : w.desk.read(speech.time(message.read_ms, now)));
      setAttr(element, 'data-read', message.read_ms === null ? null : '');
    },
  };
}
