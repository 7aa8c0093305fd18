/** Messages of callers: heard, marked, deleted. */

import { h } from '../render/dom.js';
import { player, press, remover, row, seconds, table } from './parts.js';

/** @import {Acts} from './prompts.js' */
/** @import {Words} from './words-en.js' */

/** @typedef {{id: string, pbx: string, flowId: string, flowName: string, caller: string, called: string, beganAt: string, durationMs: number, heardAt: string|null, heardBy: string}} Message */

/** What is not broken at the end of a line. @param {string} text */
const word = (text) => h('span', 'word', text);

/** A button that asks for a name in its place. @param {Words} words @param {Message} message @param {Acts} acts */
function prompter(words, message, acts) {
  const w = words.messages;
  const place = h('span');
  const button = press(w.prompt, () => {
    const name = h('input');
    name.required = true;
    name.maxLength = 100;
    name.placeholder = w.promptName;
    name.setAttribute('aria-label', w.promptName);
    const form = h('form', 'sounds-name', name);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const body = { name: name.value, message: message.id };
      void acts.perform(acts.ask('POST', 'api/prompts/recorded', body), (answer) => words.prompts.made(answer.body.name));
    });
    form.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        place.replaceChildren(button);
        button.focus();
      }
    });
    place.replaceChildren(form);
    name.focus();
  });
  place.append(button);
  return place;
}

/** @param {Words} words @param {'en'|'fr'} lang @param {Message[]} all @param {Acts} acts @param {boolean} mayPrompt who may change flows */
export function messagesView(words, lang, all, acts, mayPrompt) {
  const w = words.messages;
  if (all.length === 0) return [h('p', 'sounds-empty', w.empty)];
  const at = new Intl.DateTimeFormat(lang === 'fr' ? 'fr-FR' : 'en-GB', { dateStyle: 'medium', timeStyle: 'short' });
  const lines = all.map((message) => {
    const path = `api/messages/${encodeURIComponent(message.id)}`;
    const caller = message.caller || w.withheld;
    const mark = press(w.mark, () => void acts.perform(acts.ask('PUT', `${path}/heard`), () => w.marked));
    const remove = remover(words, () => void acts.perform(acts.ask('DELETE', path), () => words.removed));
    const heard = message.heardAt ? `${at.format(new Date(message.heardAt))}${message.heardBy ? `, ${message.heardBy}` : ''}` : w.fresh;
    const line = row([
      word(at.format(new Date(message.beganAt))), word(caller), word(message.called), message.flowName || message.flowId, seconds(words, message.durationMs),
      player(`${path}/sound`, `${w.listen}${words.colon}${caller}`), heard,
      h('div', 'sounds-acts', ...(message.heardAt ? [] : [mark]), ...(mayPrompt ? [prompter(words, message, acts)] : []), remove),
    ]);
    if (!message.heardAt) line.setAttribute('data-new', '');
    return line;
  });
  return [table(w.caption, [w.when, w.caller, w.called, w.flow, w.length, w.listen, w.heard, w.acts], lines)];
}
