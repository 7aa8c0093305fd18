/** The page of assistants: how each stands for who may pause it; written, published and brought back by who may change flows. */

import { accounts, ask, toLogin } from '../api.js';
import { keepLanguage, label, language } from '../people/speak.js';
import { h, setText, show } from '../render/dom.js';
import { differences, formOf, typed } from './form.js';
import { faultWords, why, wordsOf } from './say.js';

/** @import {Answer} from '../api.js' */
/** @import {Assistant, Engines} from './form.js' */
/** @import {Fault} from './say.js' */

/** How often the list is asked for. */
const EVERY_MS = 3_000;
/** After the last key, before the server is asked what it thinks. */
const CHECK_AFTER_MS = 400;

let lang = language();
let words = wordsOf(lang);
/** What he may. */
const mays = { write: false, pause: false };
/** Who is open; empty: the list. */
let open = new URLSearchParams(location.hash.slice(1)).get('id') ?? '';
let drawn = 0;

/** @param {string} id @returns {HTMLElement} */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const at = (id) => `api/assistants/${encodeURIComponent(id)}`;

/** @param {string} text */
function say(text) {
  setText(part('said'), text);
  show(part('said'), text !== '');
}

/** @param {Answer|null} answer */
function complain(answer) {
  if (answer?.status === 401) return toLogin();
  setText(part('problem'), answer ? why(lang, answer) : '');
  show(part('problem'), answer !== null);
}

/** @param {'POST'|'PUT'|'DELETE'} method @param {string} path @param {object|undefined} body @param {(answer: Answer) => string} said @returns {Promise<Answer>} */
async function act(method, path, body, said) {
  say('');
  const answer = await ask(method, path, body);
  complain(answer.ok ? null : answer);
  if (answer.ok) say(said(answer));
  return answer;
}

/** @param {string} text @param {() => void} does @param {string} [kind] */
function press(text, does, kind = '') {
  const button = h('button', kind, text);
  button.type = 'button';
  button.addEventListener('click', does);
  return button;
}

/** @param {Assistant} one */
function standing(one) {
  const told = [words.states[one.state] ?? one.state];
  if (one.paused) told.push(words.paused);
  if (one.closed) told.push(words.closed);
  if (one.changed && one.published !== null) told.push(words.changed);
  return `${told.join(', ')}${one.why ? `${words.colon}${one.why}` : ''}`;
}

/** @param {Assistant} one */
function pauser(one) {
  const paused = one.paused;
  const does = async () => {
    const answer = await act('POST', `${at(one.id)}/${paused ? 'resume' : 'pause'}`, undefined, () => (paused ? words.resumed : words.pausedNow));
    if (answer.ok) await draw();
  };
  return press(paused ? words.resume : words.pause, () => void does());
}

/** @param {Assistant[]} all */
function listView(all) {
  const head = h('tr', '', ...[words.name, words.stands, words.version, words.calls, words.numbers, words.acts].map((text) => {
    const cell = h('th', '', text);
    cell.scope = 'col';
    return cell;
  }));
  const rows = all.map((one) => {
    const acts = [press(words.edit, () => choose(one.id)), ...(mays.pause ? [pauser(one)] : [])];
    const numbers = [...one.numbers, ...(one.isDefault ? [words.isDefault] : [])].join(', ');
    const row = h('tr', '', ...[one.name, standing(one), String(one.serves ?? ''), String(one.calls), numbers].map((text) => h('td', '', text)), h('td', '', ...acts));
    row.setAttribute('data-id', one.id);
    row.setAttribute('data-state', one.state);
    return row;
  });
  const made = h('table', 'admin-table', h('caption', 'hidden', words.caption), h('thead', '', head), h('tbody', '', ...rows));
  return all.length ? h('div', 'assistant-table', made) : h('p', 'soft', words.empty);
}

function adder() {
  const name = h('input');
  name.name = 'new-name';
  name.maxLength = 100;
  name.autocomplete = 'off';
  const form = h('form', 'assistant-new', h('label', '', h('span', '', words.name), name), h('button', 'strong', words.add));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const answer = await act('POST', 'api/assistants', { name: name.value, language: lang }, () => words.added);
    if (answer.ok) choose(answer.body.id, true);
  });
  return form;
}

/** @param {Assistant} one @param {Engines} engines @param {{version: number, note: string, at: string, published: boolean}[]} versions */
function oneView(one, engines, versions) {
  const form = formOf(words, engines, one, mays.write);
  const wrong = h('ul', 'assistant-wrong');
  wrong.setAttribute('aria-live', 'polite');
  const faults = (/** @type {Fault[]} */ all) => wrong.replaceChildren(...all.map((fault) => h('li', fault.gravity, faultWords(words, fault))));
  faults(one.faults);
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  let turn = 0;
  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const mine = ++turn;
      const answer = await ask('POST', `${at(one.id)}/check`, typed(form));
      // something else was typed meanwhile
      if (mine !== turn) return;
      if (answer.ok) faults(answer.body);
      else wrong.replaceChildren(h('li', '', why(lang, answer)));
    }, CHECK_AFTER_MS);
  });
  let base = one.updatedAt;
  const save = async () => {
    const answer = await act('PUT', at(one.id), { ...typed(form), base }, () => words.saved);
    if (answer.ok) {
      base = answer.body.updatedAt;
      one = answer.body;
      faults(one.faults);
    }
    return answer.ok;
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void save();
  });
  const note = h('input');
  note.name = 'note';
  note.maxLength = 200;
  const publish = async () => {
    if (!(await save())) return;
    const answer = await act('POST', `${at(one.id)}/publish`, { note: note.value }, (of) => words.published(String(of.body.published)));
    if (answer.ok) await draw();
  };
  const numbers = h('textarea');
  numbers.name = 'numbers';
  numbers.rows = 3;
  numbers.value = one.numbers.join('\n');
  numbers.placeholder = words.numbersHint;
  const sendNumbers = () => act('PUT', `${at(one.id)}/numbers`, { numbers: numbers.value.split('\n').map((line) => line.trim()).filter(Boolean) }, () => words.numbersSaved);
  const standard = h('input');
  Object.assign(standard, { type: 'checkbox', name: 'is-default', checked: one.isDefault });
  standard.addEventListener('change', () => void act(standard.checked ? 'PUT' : 'DELETE', `${at(one.id)}/default`, undefined, () => words.makeDefault));
  const compared = h('div', 'assistant-compared');
  const compare = async (/** @type {number} */ n) => {
    const answer = await ask('GET', `${at(one.id)}/versions/${n}`);
    if (!answer.ok) return complain(answer);
    const rows = differences(answer.body, typed(form)).map(([name, there, here]) => h('tr', '', h('th', '', words.fields[name] ?? name), h('td', '', h('del', '', there)), h('td', '', h('ins', '', here))));
    compared.replaceChildren(rows.length ? h('table', 'admin-table', h('tbody', '', ...rows)) : h('p', 'soft', words.same));
  };
  const goBack = async (/** @type {number} */ n) => {
    const answer = await act('POST', `${at(one.id)}/versions/${n}/publish`, { note: note.value }, (of) => words.published(String(of.body.published)));
    if (answer.ok) await draw();
  };
  const rows = versions.map((of) => h('tr', '', h('td', '', String(of.version)), h('td', '', of.note), h('td', '', of.published ? words.isPublished : of.at.slice(0, 16).replace('T', ' ')),
    h('td', '', press(words.compare, () => void compare(of.version)), ...(mays.write && !of.published ? [press(words.goBack, () => void goBack(of.version))] : []))));
  const remove = press(words.remove, () => {
    if (!remove.hasAttribute('data-asked')) {
      remove.setAttribute('data-asked', '');
      return setText(remove, words.really);
    }
    void act('DELETE', at(one.id), undefined, () => words.removed).then((answer) => answer.ok && choose('', true));
  }, 'danger');
  const acts = mays.write
    ? [press(words.save, () => void save(), 'strong'), h('label', '', h('span', '', words.note), note), press(words.publish, () => void publish()), ...(mays.pause ? [pauser(one)] : []), remove]
    : mays.pause ? [pauser(one)] : [];
  const lead = h('fieldset', '', h('legend', '', words.numbers), h('label', '', h('span', '', words.fields.numbers ?? ''), numbers), press(words.save, () => void sendNumbers()), h('label', 'inline', standard, h('span', '', words.makeDefault)));
  lead.disabled = !mays.write;
  form.append(lead);
  return [press(words.list, () => choose('')), h('h2', '', `${one.name}${words.colon}${standing(one)}`), h('div', 'assistant-acts', ...acts), wrong, form, h('h3', '', words.versions),
    h('div', 'assistant-table', h('table', 'admin-table', h('tbody', '', ...rows))), compared];
}

async function draw() {
  const turn = ++drawn;
  const id = open;
  if (!mays.write && !mays.pause) return part('view').replaceChildren(h('p', 'soft', words.nothing));
  if (id === '') {
    const answer = await ask('GET', 'api/assistants');
    if (turn !== drawn) return;
    if (!answer.ok) return complain(answer);
    const before = document.activeElement?.closest('tr')?.getAttribute('data-id');
    const list = part('view').querySelector('.assistant-list');
    // what is typed for a new one stays
    const made = h('div', 'assistant-list', listView(answer.body));
    if (list) list.replaceWith(made);
    else part('view').replaceChildren(...(mays.write ? [adder()] : []), made);
    if (before) /** @type {HTMLElement|null} */ (made.querySelector(`tr[data-id="${CSS.escape(before)}"] button`))?.focus();
    return;
  }
  const none = { mouths: [], ears: [], minds: [], withVoices: [], tools: [] };
  const [one, engines, versions] = await Promise.all([ask('GET', at(id)), mays.write ? ask('GET', 'api/assistant-engines') : null, ask('GET', `${at(id)}/versions`)]);
  if (turn !== drawn) return;
  if (!one.ok) return complain(one);
  part('view').replaceChildren(...oneView(one.body, engines?.ok ? engines.body : { ...none, tools: Object.keys(words.tools) }, versions.ok ? versions.body : []));
}

/** @param {string} id @param {boolean} [keepsWords] */
function choose(id, keepsWords = false) {
  open = id;
  history.replaceState(null, '', id ? `#id=${encodeURIComponent(id)}` : '#');
  if (!keepsWords) say('');
  complain(null);
  part('view').replaceChildren();
  void draw();
}

function speak() {
  words = wordsOf(lang);
  label(/** @type {any} */ (words), lang);
  document.title = words.page;
}

async function begin() {
  mays.write = mays.pause = true;
  if (await accounts().catch(() => false)) {
    const me = await ask('GET', 'api/auth/me');
    if (me.status === 401) return toLogin();
    const may = (/** @type {string} */ verb) => !me.ok || me.body.rights.some((/** @type {{verb: string}} */ right) => right.verb === verb);
    mays.write = may('flows');
    mays.pause = may('pause');
  }
  await draw();
  // a form is not taken away from under who types
  setInterval(() => open === '' && !document.hidden && void draw(), EVERY_MS);
}

for (const button of document.querySelectorAll('button[data-lang]')) {
  button.addEventListener('click', () => {
    lang = button.getAttribute('data-lang') === 'fr' ? 'fr' : 'en';
    keepLanguage(lang);
    say('');
    complain(null);
    speak();
    part('view').replaceChildren();
    void draw();
  });
}

speak();
part('assistants').inert = false;
void begin();
