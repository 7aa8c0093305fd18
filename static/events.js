/** Keyboard and clicks, translated into what the page does. */

import { bell } from './bell.js';
import { forgetDraft } from './panel/draft.js';
import { part } from './render/view.js';
import { VERBS } from './verbs.js';

/** @import {AgentVerb, Filter, Verb} from './state.js' */

/**
 * What the page can be asked to do.
 * @typedef {object} Actions
 * @property {(verb: Verb, call: string, uniqueid: string|null) => void} order ask for a verb on a leg, or on a call
 * @property {(verb: AgentVerb, agent: string) => void} orderAgent ask for a verb on an agent
 * @property {(agent: string, text: string) => Promise<boolean>} message to an agent; whether it stands on his desk
 * @property {(agent: string, raised: boolean, text: string) => void} hand raised or lowered
 * @property {(agent: string) => void} read he has read his messages
 * @property {(agent: string) => void} own his own page
 * @property {(change: Partial<Filter>) => void} filter
 * @property {(lang: 'en'|'fr') => void} speak
 * @property {(list: string) => void} more
 * @property {() => void} past opens the past calls
 * @property {() => void} report opens the figures
 * @property {(name: string) => void} page turns to that view, or from it back to the floor
 * @property {() => void} freeze the picture, or back to live
 * @property {() => void} table shows the wall's table, or hides it
 * @property {(kind: 'call'|'agent'|'alarms', id: string) => void} open its panel
 * @property {() => boolean} close the panel, if there is one
 * @property {() => void} dismiss the outcome
 */

/** @param {Actions} actions */
export function listen(actions) {
  document.addEventListener('click', (event) => onClick(event, actions));
  document.addEventListener('keydown', (event) => onKey(event, actions));
  for (const list of LISTS) part(list).addEventListener('focusin', (event) => keepTabStop(event.target));
  listenFilter(actions);
}

/** @param {Actions} actions */
function listenFilter(actions) {
  const text = /** @type {HTMLInputElement} */ (part('filter-text'));
  const pbx = /** @type {HTMLSelectElement} */ (part('filter-pbx'));
  const queue = /** @type {HTMLSelectElement} */ (part('filter-queue'));
  const locals = /** @type {HTMLInputElement} */ (part('filter-locals'));
  text.addEventListener('input', () => actions.filter({ text: text.value }));
  pbx.addEventListener('change', () => actions.filter({ pbx: pbx.value }));
  queue.addEventListener('change', () => actions.filter({ queue: queue.value }));
  const state = /** @type {HTMLSelectElement} */ (part('filter-state'));
  const group = /** @type {HTMLSelectElement} */ (part('filter-group'));
  state.addEventListener('change', () => actions.filter({ state: state.value }));
  const by = /** @type {HTMLSelectElement} */ (part('wall-by'));
  by.addEventListener('change', () => actions.filter({ by: by.value }));
  group.addEventListener('change', () => actions.filter({ group: group.value }));
  locals.addEventListener('change', () => actions.filter({ locals: locals.checked }));
  part('filter').addEventListener('submit', (event) => event.preventDefault());
  part('filter-clear').addEventListener('click', () => {
    text.value = '';
    actions.filter({ text: '', pbx: '', queue: '', state: '', group: '' });
  });
  listenDesk(actions);
  part('bell').addEventListener('click', () => actions.open('alarms', ''));
  part('bell-rings').addEventListener('change', (event) => bell.set(/** @type {HTMLInputElement} */ (event.target).checked));
  for (const id of ['freeze', 'frozen-end']) part(id).addEventListener('click', () => actions.freeze());
  part('wall-as-table').addEventListener('click', () => actions.table());
  part('outcome-close').addEventListener('click', () => actions.dismiss());
  // The address holds the filter, so this link must not replace it.
  part('skip').addEventListener('click', (event) => {
    event.preventDefault();
    (rows('calls')[0] ?? part('calls-pane')).focus();
  });
}

/** Messages and hands. @param {Actions} actions */
function listenDesk(actions) {
  const form = part('panel-agent-message');
  const text = /** @type {HTMLTextAreaElement} */ (part('panel-agent-message-text'));
  const why = /** @type {HTMLInputElement} */ (part('own-hand-text'));
  const pressed = (/** @type {string} */ id) => part(id).getAttribute('aria-pressed') === 'true';
  let underway = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const [agent, said] = [form.dataset.agent ?? '', text.value.trim()];
    if (!said || underway) return;
    underway = true;
    const done = await actions.message(agent, said);
    underway = false;
    // what was refused can be sent once more as it is
    if (done) forgetDraft(agent, said);
  });
  text.addEventListener('keydown', (event) => {
    // Enter sends; with Shift it ends a line
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    /** @type {HTMLFormElement} */ (form).requestSubmit();
  });
  part('panel-agent-hand').addEventListener('click', () => actions.hand(part('panel-agent-hand').dataset.agent ?? '', !pressed('panel-agent-hand'), ''));
  part('own-hand-form').addEventListener('submit', (event) => {
    event.preventDefault();
    actions.hand(part('own-hand').dataset.agent ?? '', !pressed('own-hand'), why.value.trim());
    why.value = '';
  });
  part('own-read').addEventListener('click', () => actions.read(part('own-hand').dataset.agent ?? ''));
}

/** @param {MouseEvent} event @param {Actions} actions */
function onClick(event, actions) {
  const target = /** @type {Element|null} */ (event.target);
  closeDetails(target?.closest('details') ?? null);
  const button = /** @type {HTMLElement|null|undefined} */ (target?.closest('button'));
  const row = /** @type {HTMLElement|null|undefined} */ (target?.closest('[data-row]'));
  const named = /** @type {HTMLElement|null|undefined} */ (target?.closest('[data-call]'));
  if (button?.dataset.verb && row) {
    const at = rowOf(row);
    actions.order(/** @type {Verb} */ (button.dataset.verb), at.call, at.uniqueid);
  } else if (button?.dataset.agentVerb) {
    actions.orderAgent(/** @type {AgentVerb} */ (button.dataset.agentVerb), button.dataset.agent ?? '');
  } else if (button?.dataset.openAgent) {
    actions.open('agent', button.dataset.openAgent);
  } else if (button?.dataset.own) {
    actions.own(button.dataset.own);
  } else if (button?.dataset.page) {
    actions.page(button.dataset.page);
  } else if (button?.dataset.lang) {
    actions.speak(button.dataset.lang === 'fr' ? 'fr' : 'en');
  } else if (button?.dataset.more) {
    actions.more(button.dataset.more);
  } else if (named?.dataset.call) {
    actions.open('call', named.dataset.call);
  } else if (row && !row.closest('.panel')) {
    row.focus();
    openRow(row, actions);
  }
}

/** @param {HTMLElement} row @param {Actions} actions */
function openRow(row, actions) {
  actions.open(row.dataset.row === 'agent' ? 'agent' : 'call', row.dataset.id ?? '');
}

/** @param {KeyboardEvent} event @param {Actions} actions */
function onKey(event, actions) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.closest('dialog')) return;
  if (target.matches('input, select, textarea')) {
    if (event.key === 'Escape') target.blur();
    return;
  }
  const row = /** @type {HTMLElement|null} */ (target.closest('[data-row]'));
  switch (event.key) {
    case '/':
      event.preventDefault();
      part('filter-text').focus();
      break;
    case 'ArrowDown':
    case 'ArrowUp':
    case 'Home':
    case 'End':
      if (target.closest('.panel')) break;
      if (row || target === document.body || target.id === 'calls-pane') {
        event.preventDefault();
        step(row, event.key);
      }
      break;
    case 'a':
    case 'A':
      event.preventDefault();
      actions.open('alarms', '');
      break;
    case 'w':
    case 'W':
      event.preventDefault();
      actions.page('wall');
      break;
    case 'Enter':
      if (row && target === row) {
        event.preventDefault();
        openRow(row, actions);
      }
      break;
    case 'p':
    case 'P':
      event.preventDefault();
      actions.past();
      break;
    case 'f':
    case 'F':
      event.preventDefault();
      actions.freeze();
      break;
    case 'n':
    case 'N':
      event.preventDefault();
      actions.report();
      break;
    case 'Escape':
      closeDetails(null);
      if (!actions.close()) actions.dismiss();
      break;
    default:
      act(event, row, actions);
  }
}

/** A verb's key, on a row or in a panel. @param {KeyboardEvent} event @param {HTMLElement|null} row @param {Actions} actions */
function act(event, row, actions) {
  const key = event.key.toLowerCase();
  const spec = VERBS.find((verb) => verb.key === key);
  const on = row ?? /** @type {HTMLElement} */ (event.target).closest('.panel')?.querySelector('.verb-line');
  if (spec && on instanceof HTMLElement && on.dataset.row !== 'agent') {
    event.preventDefault();
    const at = rowOf(on);
    actions.order(spec.verb, at.call, at.uniqueid);
  } else if (key === 't') {
    actions.table();
  }
}

/** What is unfolded over the page folds again, but for the one clicked in. @param {Element|null} but */
function closeDetails(but) {
  for (const details of document.querySelectorAll('details[open]')) {
    if (details !== but) details.removeAttribute('open');
  }
}

/** Lists whose rows are walked by arrows: each is one stop of the tab key. */
const LISTS = ['calls', 'agents'];

/** @param {string} list its id @returns {HTMLElement[]} */
function rows(list) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (part(list).querySelectorAll('[data-row]'))];
}

/** @param {HTMLElement|null} from @param {string} key */
function step(from, key) {
  const list = from?.closest('#agents') ? 'agents' : 'calls';
  const all = rows(list);
  const at = from ? all.indexOf(from) : -1;
  const to = key === 'Home' ? 0 : key === 'End' ? all.length - 1 : key === 'ArrowDown' ? at + 1 : Math.max(0, at - 1);
  const row = all[Math.min(to, all.length - 1)];
  row?.focus();
  row?.scrollIntoView({ block: 'nearest' });
}

/** The row focused last. @type {HTMLElement|null} */
let focused = null;

/** One row of a list is in the tab order, the one focused last; its buttons follow it. @param {EventTarget|null} target */
function keepTabStop(target) {
  const row = target instanceof Element ? target.closest('[data-row]') : null;
  if (!(row instanceof HTMLElement)) return;
  focused = row;
  const list = row.closest('#agents') ?? part('calls');
  for (const other of list.querySelectorAll('[data-row][tabindex="0"]')) setStop(other, -1);
  setStop(row, 0);
}

/** @param {Element} row @param {number} stop */
function setStop(row, stop) {
  if (row instanceof HTMLElement) row.tabIndex = stop;
  for (const button of row.querySelectorAll('button')) button.tabIndex = stop;
}

/** After a drawing: some row of each list is in the tab order, so that it can be reached. */
export function ensureTabStop() {
  if (focused && !focused.isConnected) {
    focused = null;
    // Its call is over. Another row would invite the next key to act on a call that nobody chose.
    if (document.activeElement === document.body) part('calls-pane').focus({ preventScroll: true });
  }
  for (const list of LISTS) {
    if (part(list).querySelector('[data-row][tabindex="0"]')) continue;
    const first = /** @type {HTMLElement|null} */ (part(list).querySelector('[data-row]'));
    if (first) setStop(first, 0);
  }
}

/** What a row stands for: a call, or one leg of it. @param {HTMLElement} row */
function rowOf(row) {
  return { call: row.dataset.id ?? '', uniqueid: row.dataset.leg ?? null };
}
