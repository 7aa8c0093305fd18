/** The page of flows: two lists, and the editor of one flow; which of them stands in the address. */

import { accounts, ask as request, toLogin } from '../api.js';
import { setAttr, show } from '../render/dom.js';
import { closeFlow, listenEditor, openFlow, speakEditor } from './edit.js';
import { knowPrompts } from './known.js';
import { at, didsView, flowsView } from './lists.js';
import { complain, listenDialog, part, say, speak } from './page.js';

/** @import {Did, Flow} from './lists.js' */

/** @typedef {'flows'|'dids'} Tab */
/** @type {Tab[]} */
const TABS = ['flows', 'dids'];
/** @type {Flow[]} */
let flows = [];
/** @type {Did[]} */
let dids = [];
/** Names of people by their ids. @type {Map<string, string>} */
const people = new Map();
/** @type {string[]} */
const queues = [];
let turn = 0;

const address = () => new URLSearchParams(location.hash.slice(1));
/** @returns {Tab} */
const tab = () => (address().get('part') === 'dids' ? 'dids' : 'flows');

/** @param {Record<string, string|null>} parts */
function go(parts) {
  const now = address();
  for (const [name, value] of Object.entries(parts)) {
    if (value === null) now.delete(name);
    else now.set(name, value);
  }
  history.pushState(null, '', `#${now}`);
  void route();
}

/** @returns {Promise<boolean>} */
async function readLists() {
  const [allFlows, allDids] = await Promise.all([request('GET', 'api/ivr-flows'), request('GET', 'api/dids')]);
  const refused = [allFlows, allDids].find((answer) => !answer.ok);
  if (refused) {
    complain(refused);
    return false;
  }
  complain(null);
  flows = allFlows.body;
  dids = allDids.body;
  return true;
}

/** What the address names. */
async function route() {
  const mine = ++turn;
  say('');
  complain(null);
  closeFlow();
  const id = address().get('flow');
  const [flow, read] = await Promise.all([id ? request('GET', at(id)) : null, readLists()]);
  if (mine !== turn) return;
  if (flow && !flow.ok) complain(flow);
  if (flow?.ok && read) {
    show(part('lists'), false);
    show(part('editor'), true);
    openFlow(flow.body, { flows, people, queues, leave: () => go({ flow: null }), open: (next) => go({ flow: next }) });
    return;
  }
  show(part('editor'), false);
  show(part('lists'), true);
  drawLists();
}

function drawLists() {
  if (part('lists').hidden) return;
  for (const one of TABS) {
    setAttr(part(`tab-${one}`), 'aria-selected', String(one === tab()));
    setAttr(part(`tab-${one}`), 'tabindex', one === tab() ? '0' : '-1');
  }
  setAttr(part('list'), 'aria-labelledby', `tab-${tab()}`);
  const lists = {
    flows, dids,
    open: (/** @type {string} */ id) => go({ flow: id }),
    again: async () => {
      if (await readLists()) drawLists();
    },
  };
  part('list').replaceChildren(...(tab() === 'flows' ? flowsView(lists) : didsView(lists)));
}

/** What helps to choose; without it one types. */
async function readHelp() {
  const [users, all, prompts] = await Promise.all([request('GET', 'api/users'), request('GET', 'api/board/queues'), request('GET', 'api/prompts')]);
  if (users.ok) for (const user of users.body) people.set(user.id, `${user.firstName} ${user.lastName}`.trim() || user.loginId);
  if (all.ok) queues.push(...new Set(/** @type {string[]} */ (all.body.map((/** @type {{id: string}} */ queue) => queue.id.split('~').pop() ?? queue.id))));
  if (prompts.ok && Array.isArray(prompts.body)) knowPrompts(prompts.body.map((/** @type {{name: string}} */ prompt) => String(prompt.name)));
}

async function begin() {
  const there = await accounts().catch(() => false);
  if (there) {
    const me = await request('GET', 'api/auth/me');
    if (me.status === 401 || me.slug === 'accounts_unknown') return toLogin();
  }
  part('flows').inert = false;
  await route();
  void readHelp();
}

listenDialog();
listenEditor(() => go({ flow: null }));
for (const one of TABS) part(`tab-${one}`).addEventListener('click', () => go({ part: one }));
part('tabs').addEventListener('keydown', (event) => {
  if (event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
  const next = tab() === 'flows' ? 'dids' : 'flows';
  go({ part: next });
  part(`tab-${next}`).focus();
});
for (const button of document.querySelectorAll('button[data-lang]')) {
  button.addEventListener('click', () => {
    speak(button.getAttribute('data-lang') === 'fr' ? 'fr' : 'en');
    drawLists();
    speakEditor();
  });
}
addEventListener('popstate', () => void route());
// another page or another person may have changed the lists
addEventListener('focus', () => {
  if (!part('lists').hidden) void readLists().then((read) => read && drawLists());
});
speak();
void begin();
