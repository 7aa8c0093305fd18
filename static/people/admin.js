/**
 * The administration: tabs, lists, one dialog in which things are edited. A WebSocket tells when something
 * changed; then everything is read anew, and what is being edited says so.
 */

import { ask, ticket, toLogin } from '../api.js';
import { h, setAttr, setText, show } from '../render/dom.js';
import { Socket } from '../socket.js';
import { may, readDesk } from './desk.js';
import { groupEditor, siteEditor, userEditor } from './editors.js';
import { keepLanguage, label, language, why, wordsOf } from './speak.js';
import { checkView, groupsView, logView, sitesView, usersView } from './views.js';

/** @import {Answer} from '../api.js' */
/** @import {Desk} from './desk.js' */
/** @import {Editor} from './editors.js' */
/** @import {Tab} from './views.js' */

/** @type {Tab[]} */
const TABS = ['users', 'groups', 'sites', 'check', 'log'];
/** Changes that come together are read once. */
const TOGETHER_MS = 150;

let lang = language();
let words = wordsOf(lang);
/** @type {Desk|null} */
let desk = null;
/** @type {Tab} */
let tab = 'users';
let filter = '';
let drawn = 0;
/** @type {{editor: Editor, opener: Element|null}|null} */
let editing = null;

/** @param {string} id @returns {HTMLElement} */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const dialog = () => /** @type {HTMLDialogElement} */ (part('editor'));
/** @param {string} id @returns {HTMLElement} */
const tabOf = (id) => part(`tab-${id}`);

/** @param {string} text */
function say(text) {
  setText(part('said'), text);
  show(part('said'), text !== '');
}

/** @param {Answer|null} answer @param {string} [where] */
function complain(answer, where = 'problem') {
  if (answer?.status === 401) return toLogin();
  setText(part(where), answer ? why(words, answer) : '');
  show(part(where), answer !== null);
}

function speak() {
  words = wordsOf(lang);
  label(words, lang);
  document.title = words.admin.page;
}

async function read() {
  const got = await readDesk();
  if (!('users' in got)) return complain(got);
  complain(null);
  desk = got;
  show(tabOf('check'), may(desk, 'manage_people'));
  show(tabOf('log'), may(desk, 'audit'));
  await draw();
}

async function draw() {
  if (!desk) return;
  const turn = ++drawn;
  for (const one of TABS) {
    setAttr(tabOf(one), 'aria-selected', String(one === tab));
    setAttr(tabOf(one), 'tabindex', one === tab ? '0' : '-1');
  }
  setAttr(part('view'), 'aria-labelledby', `tab-${tab}`);
  const manners = { words, lang, filter, open, type, again: () => void draw() };
  const views = { users: usersView, groups: groupsView, sites: sitesView, check: checkView, log: logView };
  const made = await views[tab](desk, manners);
  // another tab was chosen meanwhile
  if (turn !== drawn) return;
  if (!Array.isArray(made)) return complain(made);
  const typing = document.activeElement?.id === 'search';
  part('view').replaceChildren(...made);
  if (typing) {
    const search = /** @type {HTMLInputElement|null} */ (document.getElementById('search'));
    search?.focus();
    search?.setSelectionRange(filter.length, filter.length);
  }
}

/** @param {string} text */
function type(text) {
  filter = text;
  void draw();
}

/** @param {Tab} wanted */
function choose(wanted) {
  tab = wanted;
  filter = '';
  say('');
  complain(null);
  const address = new URLSearchParams(location.hash.slice(1));
  address.set('part', tab);
  history.replaceState(null, '', `#${address}`);
  part('view').replaceChildren(); // nothing of the tab before is pressed for this one
  void draw();
}

/** @param {'users'|'groups'|'sites'} kind @param {string|null} id */
async function open(kind, id) {
  if (!desk) return;
  say('');
  const opener = document.activeElement;
  /** @type {Editor} */
  let editor;
  if (kind === 'users') {
    const user = desk.users.find((one) => one.id === id) ?? null;
    const given = user && may(desk, 'manage_grants') ? await ask('GET', `api/users/${encodeURIComponent(user.id)}/grants`) : null;
    if (given && !given.ok) return complain(given);
    editor = userEditor(desk, user, words, given?.body.grants ?? []);
  } else if (kind === 'groups') {
    editor = groupEditor(desk, desk.groups.find((one) => one.id === id) ?? null, words);
  } else {
    editor = siteEditor(desk, desk.sites.find((one) => one.id === id) ?? null, words);
  }
  editing = { editor, opener };
  setText(part('editor-title'), editor.title);
  complain(null, 'editor-problem');
  part('editor-fields').replaceChildren(...editor.elements);
  show(part('editor-remove'), editor.remove !== null);
  show(part('editor-also'), Boolean(editor.also));
  setText(part('editor-also'), editor.also?.words ?? '');
  dialog().showModal();
  /** @type {HTMLElement|null} */ (part('editor-fields').querySelector('input, select, textarea'))?.focus();
}

/** @param {() => Promise<Answer>} act @param {(answer: Answer) => string} said */
async function perform(act, said) {
  const buttons = dialog().querySelectorAll('button');
  buttons.forEach((button) => (button.disabled = true));
  const answer = await act();
  buttons.forEach((button) => (button.disabled = false));
  if (!answer.ok) {
    complain(answer, 'editor-problem');
    const field = (Object.keys(answer.details)[0] ?? '').replace(/[[.].*/, '');
    document.getElementById(`field-${field}`)?.focus();
    part('editor-problem').scrollIntoView({ block: 'nearest' });
    return;
  }
  dialog().close();
  say(said(answer));
  await read();
}

part('editor-form').addEventListener('submit', (event) => {
  event.preventDefault();
  if (editing) void perform(editing.editor.save, editing.editor.said);
});
part('editor-also').addEventListener('click', () => {
  if (editing?.editor.also) void perform(editing.editor.also.act, editing.editor.said);
});
part('editor-cancel').addEventListener('click', () => dialog().close());
part('editor-remove').addEventListener('click', () => {
  const button = part('editor-remove');
  const remove = editing?.editor.remove;
  if (!remove || !editing) return;
  // asked once more, in place: a second press does it
  if (button.dataset.asked !== 'true') {
    button.dataset.asked = 'true';
    setText(button, words.admin.really(editing.editor.title));
    return;
  }
  void perform(remove, () => words.admin.removed);
});
dialog().addEventListener('close', () => {
  part('editor-remove').dataset.asked = 'false';
  setText(part('editor-remove'), words.admin.remove);
  const back = editing?.opener;
  editing = null;
  const left = back instanceof HTMLElement && back.isConnected ? back : (document.getElementById('add') ?? tabOf(tab));
  left.focus();
});
for (const one of TABS) tabOf(one).addEventListener('click', () => choose(one));
part('tabs').addEventListener('keydown', (event) => {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (!step) return;
  const shown = TABS.filter((one) => !tabOf(one).hidden);
  const next = shown[(shown.indexOf(tab) + step + shown.length) % shown.length];
  if (!next) return;
  choose(next);
  tabOf(next).focus();
});
for (const button of document.querySelectorAll('button[data-lang]')) {
  button.addEventListener('click', () => {
    lang = button.getAttribute('data-lang') === 'fr' ? 'fr' : 'en';
    keepLanguage(lang);
    speak();
    void draw();
  });
}

/** @type {any} */
let soon = null;
const lost = h('p', 'problem');
lost.hidden = true;
part('view').before(lost);
new Socket(new URL('ws', document.baseURI).href.replace(/^http/, 'ws'), {
  heard(text) {
    /** @type {{type: string, run?: string}} */
    const frame = JSON.parse(text);
    if (frame.type === 'directory') {
      clearTimeout(soon);
      soon = setTimeout(() => {
        if (editing) complain({ ok: false, status: 0, body: null, slug: '', message: words.admin.changed, details: {} }, 'editor-problem');
        void read();
      }, TOGETHER_MS);
    }
    return frame.type === 'pong' || frame.type === 'bye' ? 'sign' : 'news';
  },
  // a connection anew may have missed something
  position: () => null,
  ticket,
  live() {
    lost.hidden = true;
    void read();
  },
  lost() {
    setText(lost, words.admin.lost);
    lost.hidden = false;
  },
});

const asked = new URLSearchParams(location.hash.slice(1)).get('part');
const wanted = TABS.find((one) => one === asked);
if (wanted) tab = wanted;
speak();
part('admin').inert = false;
void read();
