/** The page of sounds: prompts for who may change flows, messages of callers for who may hear them. */

import { ask, toLogin } from '../api.js';
import { keepLanguage, label, language } from '../people/speak.js';
import { h, setAttr, setText, show } from '../render/dom.js';
import { messagesView } from './messages.js';
import { promptsView } from './prompts.js';
import { why, wordsOf } from './say.js';

/** @import {Answer} from '../api.js' */

/** @typedef {'prompts'|'messages'} Tab */

/** @type {Tab[]} */
const TABS = ['prompts', 'messages'];
/** A file of ten megabytes over a slow line. */
const SENT_WITHIN_MS = 90_000;

let lang = language();
let words = wordsOf(lang);
/** @type {Tab|null} */
let tab = null;
let drawn = 0;
/** What he may. */
const mays = { prompts: false, messages: false };

/** @param {string} id @returns {HTMLElement} */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {Tab} id */
const tabOf = (id) => part(`tab-${id}`);

/** @param {string} text */
function say(text) {
  setText(part('said'), text);
  show(part('said'), text !== '');
}

/** @param {Answer|null} answer */
function complain(answer) {
  if (answer?.status === 401) return toLogin();
  setText(part('problem'), answer ? why(words, answer) : '');
  show(part('problem'), answer !== null);
}

/** A file as it is: what it is the server reads from it. @param {'POST'|'PUT'} method @param {string} path @param {File} file @returns {Promise<Answer>} */
async function send(method, path, file) {
  try {
    const headers = { 'content-type': 'application/octet-stream', accept: 'application/json', 'x-vigie': '1' };
    const answer = await fetch(path, { method, headers, body: file, signal: AbortSignal.timeout(SENT_WITHIN_MS) });
    const read = await answer.json().catch(() => null);
    const slug = answer.ok ? '' : String(read?.error ?? `http_${answer.status}`);
    return { ok: answer.ok, status: answer.status, body: read, slug, message: String(read?.message ?? ''), details: read?.details ?? {} };
  } catch {
    return { ok: false, status: 0, body: null, slug: 'unreachable', message: '', details: {} };
  }
}

/** @param {Promise<Answer>} act @param {(answer: Answer) => string} said */
async function perform(act, said) {
  say('');
  const answer = await act;
  complain(answer.ok ? null : answer);
  if (!answer.ok) return false;
  say(said(answer));
  await draw();
  return true;
}

const acts = { perform, ask, send, say };

async function draw() {
  if (!tab) return;
  const turn = ++drawn;
  for (const one of TABS) {
    setAttr(tabOf(one), 'aria-selected', String(one === tab));
    setAttr(tabOf(one), 'tabindex', one === tab ? '0' : '-1');
  }
  setAttr(part('view'), 'aria-labelledby', `tab-${tab}`);
  const answer = await ask('GET', `api/${tab}`);
  // another tab was chosen meanwhile
  if (turn !== drawn) return;
  if (!answer.ok) return complain(answer);
  part('view').replaceChildren(...(tab === 'prompts' ? promptsView(words, answer.body, acts) : messagesView(words, lang, answer.body, acts, mays.prompts)));
}

/** @param {Tab} wanted */
function choose(wanted) {
  tab = wanted;
  say('');
  complain(null);
  const address = new URLSearchParams(location.hash.slice(1));
  address.set('part', tab);
  history.replaceState(null, '', `#${address}`);
  part('view').replaceChildren(); // nothing of the tab before is pressed for this one
  void draw();
}

function speak() {
  words = wordsOf(lang);
  label(/** @type {any} */ (words), lang);
  document.title = words.page;
}

/** Which tabs there are is what he may. */
async function begin() {
  const me = await ask('GET', 'api/auth/me');
  if (me.status === 401) return toLogin();
  // without accounts everybody may everything
  const may = (/** @type {string} */ verb) => !me.ok || me.body.rights.some((/** @type {{verb: string}} */ right) => right.verb === verb);
  mays.prompts = may('flows');
  mays.messages = may('voicemail');
  const shown = TABS.filter((one) => mays[one]);
  for (const one of TABS) show(tabOf(one), mays[one]);
  const asked = new URLSearchParams(location.hash.slice(1)).get('part');
  tab = shown.find((one) => one === asked) ?? shown[0] ?? null;
  if (!tab) part('view').replaceChildren(h('p', 'sounds-empty', words.nothing));
  await draw();
}

for (const one of TABS) tabOf(one).addEventListener('click', () => choose(one));
part('tabs').addEventListener('keydown', (event) => {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  const shown = TABS.filter((one) => !tabOf(one).hidden);
  const next = step && tab ? shown[(shown.indexOf(tab) + step + shown.length) % shown.length] : undefined;
  if (!next) return;
  choose(next);
  tabOf(next).focus();
});
for (const button of document.querySelectorAll('button[data-lang]')) {
  button.addEventListener('click', () => {
    lang = button.getAttribute('data-lang') === 'fr' ? 'fr' : 'en';
    keepLanguage(lang);
    say('');
    complain(null);
    speak();
    void draw();
  });
}

speak();
part('sounds').inert = false;
void begin();
