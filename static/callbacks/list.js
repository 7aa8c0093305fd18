/** Requests to be called back as rows, each with what may be done with it. Used by their page and by an agent's own. */

import { h, keyed, setAttr, setText, show } from '../render/dom.js';
import { isMine } from './follow.js';

/** @import {Callback, Due, Outcome} from './follow.js' */
/** @import {Words} from './words-en.js' */

/**
 * @typedef {object} Doing
 * @property {(one: Callback) => Promise<void>} call
 * @property {(one: Callback) => Promise<void>} take
 * @property {(one: Callback, outcome: Outcome, remark: string) => Promise<void>} close
 */
/** @typedef {{words: Words, lang: 'en'|'fr', due: Due|null, at: number, stale: boolean, doing: Doing}} Context */

/** @type {Outcome[]} */
const OUTCOMES = ['reached', 'no_answer', 'busy', 'wrong_number', 'not_wanted', 'later'];

/** @param {HTMLElement} into a list @param {Callback[]} rows @param {Context} context */
export const drawCallbacks = (into, rows, context) => keyed(into, rows, (one) => one.id, makeRow, context);

/** `3 min`. @param {number} ms @param {Words} words */
export function age(ms, { ages }) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return ages.s(String(s));
  if (s < 3600) return ages.min(String(Math.floor(s / 60)));
  if (s < 48 * 3600) return ages.h(String(Math.floor(s / 3600)));
  return ages.d(String(Math.floor(s / 86_400)));
}

/** The hour, with its day when it is not today's. @param {number} at @param {number} now @param {'en'|'fr'} lang */
export function hour(at, now, lang) {
  const today = new Date(at).toDateString() === new Date(now).toDateString();
  /** @type {Intl.DateTimeFormatOptions} */
  const day = today ? {} : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(lang === 'fr' ? 'fr-FR' : 'en-GB', { ...day, hour: '2-digit', minute: '2-digit' }).format(at);
}

/** @param {string} className */
function button(className = '') {
  const made = h('button', className);
  made.type = 'button';
  return made;
}

/** @param {Callback} first @returns {import('../render/dom.js').Item<Callback, Context>} */
function makeRow(first) {
  let [now, context] = [first, /** @type {Context|null} */ (null)];
  const [who, number] = [h('strong', 'callback-who'), h('span', 'callback-number')];
  const [asked, note] = [h('p', 'soft'), h('p', 'callback-note')];
  const [state, attempts] = [h('p', 'callback-state'), h('p', 'soft')];
  const [call, take] = [button('strong callback-call'), button('callback-take')];
  const remark = h('input');
  remark.maxLength = 200;
  remark.autocomplete = 'off';
  const outcomes = OUTCOMES.map((outcome) => {
    const one = button();
    one.addEventListener('click', () => act(() => context?.doing.close(now, outcome, remark.value.trim())));
    return one;
  });
  const choices = h('div', 'callback-outcomes', ...outcomes);
  choices.setAttribute('role', 'group');
  const told = h('div', 'callback-told', remark, choices);
  const [title, tries] = [h('summary'), h('ol')];
  const tried = h('details', 'callback-tries', title, tries);
  const element = h(
    'li', 'callback',
    h('div', 'callback-of', h('p', '', who, ' ', number), asked, note),
    h('div', '', state, attempts, tried),
    h('div', 'callback-acts', h('div', 'callback-buttons', call, take), told),
  );

  /** Whatever is pressed waits for its answer. @param {() => Promise<void>|undefined} work */
  async function act(work) {
    if (element.hasAttribute('data-busy')) return;
    element.setAttribute('data-busy', '');
    ready();
    await work();
    element.removeAttribute('data-busy');
    ready();
  }
  function ready() {
    const waits = element.hasAttribute('data-busy') || context?.stale === true;
    for (const one of [call, take, ...outcomes]) one.disabled = waits;
  }
  call.addEventListener('click', () => act(() => context?.doing.call(now)));
  take.addEventListener('click', () => act(() => context?.doing.take(now)));

  return {
    element,
    update(one, given) {
      [now, context] = [one, given];
      const { words, lang, due, at } = given;
      const mine = isMine(one, due);
      const isOver = one.state === 'done' || one.state === 'failed';
      setText(who, one.name || one.number);
      setText(number, one.name ? one.number : '');
      const flow = one.flowName || one.flowId;
      setText(asked, [
        words.asked(age(at - Date.parse(one.createdAt), words)), ...(one.asked > 1 ? [words.askedOften(String(one.asked))] : []),
        ...(flow ? [words.inFlow(flow)] : []), ...(one.called ? [words.on(one.called)] : []),
      ].join(' · '));
      setText(note, one.note);
      show(note, one.note !== '');
      const dueAt = Date.parse(one.dueAt);
      const standing = one.due ? 'due' : mine ? 'mine' : one.state === 'open' ? 'later' : one.state;
      setText(state, {
        due: words.dueSince(age(at - dueAt, words)), mine: words.mine, later: words.dueAt(hour(dueAt, at, lang)),
        taken: words.takenBy(one.takenByName || words.somebody), done: words.state.done, failed: words.state.failed,
      }[standing] ?? '');
      setAttr(element, 'data-standing', standing);
      const made = isOver || one.attempts >= one.most;
      setText(attempts, made ? words.attemptsMade(String(one.attempts), String(one.most)) : words.attempts(String(one.attempts + 1), String(one.most)));
      show(tried, one.tries.length > 0);
      setText(title, words.tries);
      keyed(tries, one.tries, (of) => of.at, () => {
        const line = h('li');
        return {
          element: line,
          update: (of) => setText(line, [hour(Date.parse(of.at), at, lang), words.outcomes[of.outcome], of.byName || of.by, of.remark].filter(Boolean).join(' · ')),
        };
      }, null);
      const whom = `${words.colon}${one.name || one.number}`;
      const free = one.due || (one.state === 'open');
      setText(call, mine ? words.callAgain : words.call);
      setAttr(call, 'aria-label', `${mine ? words.callAgain : words.call}${whom}`);
      setText(take, words.take);
      setAttr(take, 'aria-label', `${words.take}${whom}`);
      show(call, free || mine);
      show(take, free && !mine);
      show(told, mine);
      setAttr(choices, 'aria-label', `${words.whatCame}${whom}`);
      setAttr(remark, 'placeholder', words.remark);
      setAttr(remark, 'aria-label', `${words.remark}${whom}`);
      outcomes.forEach((choice, n) => {
        const outcome = /** @type {Outcome} */ (OUTCOMES[n]);
        setText(choice, words.outcomes[outcome]);
        setAttr(choice, 'title', words.outcomeHints[outcome]);
      });
      ready();
    },
  };
}
