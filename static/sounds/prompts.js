/** Prompts: sent, spoken, heard, replaced, deleted. */

import { h } from '../render/dom.js';
import { labelled, player, press, remover, row, seconds, table } from './parts.js';

/** @import {Answer} from '../api.js' */
/** @import {Words} from './words-en.js' */

/** @typedef {{id: string, name: string, language: 'fr'|'en', kind: 'uploaded'|'recorded'|'spoken', text: string|null, durationMs: number, checksum: string}} Prompt */
/** @typedef {{voice: boolean, prompts: Prompt[]}} Prompts */
/**
 * @typedef {object} Acts
 * @property {(act: Promise<Answer>, said: (answer: Answer) => string) => Promise<boolean>} perform
 * @property {(method: 'GET'|'POST'|'PUT'|'DELETE', path: string, body?: object, within?: number) => Promise<Answer>} ask
 * @property {(method: 'POST'|'PUT', path: string, file: File) => Promise<Answer>} send
 * @property {(words: string) => void} say
 */

/** A phone is rung for half a minute. */
const RINGS_MS = 60_000;
/** Between two looks at what is being spoken. */
const LOOK_MS = 1_000;

/** @param {Words} words */
function languages(words) {
  const select = h('select', '', ...(/** @type {const} */ (['fr', 'en']).map((language) => {
    const option = h('option', '', words.prompts.languages[language]);
    option.value = language;
    return option;
  })));
  select.name = 'language';
  return select;
}

/** @param {string} name */
function field(name) {
  const input = h('input');
  input.name = name;
  input.required = true;
  input.maxLength = 100;
  input.autocomplete = 'off';
  return input;
}

/** @param {string} [id] */
function chooser(id) {
  const input = h('input');
  input.type = 'file';
  input.accept = '.wav,.mp3,audio/wav,audio/mpeg';
  if (id) input.id = id;
  return input;
}

/** @param {HTMLFormElement} form @param {() => Promise<boolean>} act */
function submits(form, act) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const buttons = form.querySelectorAll('button');
    buttons.forEach((button) => (button.disabled = true));
    const done = await act();
    buttons.forEach((button) => (button.disabled = false));
    if (done) form.reset();
  });
}

/** @param {string} words @param {string} id */
function submit(words, id) {
  const button = h('button', 'strong', words);
  button.type = 'submit';
  button.id = id;
  return button;
}

/** @param {Words} words @param {boolean} voice @param {Acts} acts */
function forms(words, voice, acts) {
  const w = words.prompts;
  const made = (/** @type {Answer} */ answer) => w.made(answer.body.name);
  const [name, language, file] = [field('name'), languages(words), chooser('file')];
  file.required = true;
  const upload = h('form', '', h('h2', '', w.upload), labelled(w.name, name), labelled(w.spokenIn, language), labelled(w.file, file), submit(w.send, 'send'));
  upload.id = 'upload';
  submits(upload, () => {
    const asked = new URLSearchParams({ name: name.value, language: language.value });
    const chosen = file.files?.[0];
    return chosen ? acts.perform(acts.send('POST', `api/prompts?${asked}`, chosen), made) : Promise.resolve(false);
  });
  const byPhone = phoneForm(words, acts);
  if (!voice) return h('div', 'sounds-forms', upload, byPhone, h('p', 'sounds-empty', w.noVoice));
  const [called, spoken, text] = [field('name'), languages(words), h('textarea')];
  text.name = 'text';
  text.required = true;
  text.maxLength = 1000;
  text.rows = 3;
  const speak = h('form', '', h('h2', '', w.spoken), labelled(w.name, called), labelled(w.spokenIn, spoken), labelled(w.text, text), submit(w.speak, 'speak'));
  speak.id = 'spoken';
  submits(speak, () => {
    const body = { name: called.value, language: spoken.value, text: text.value.replace(/\s+/g, ' ') };
    return acts.perform(acts.ask('POST', 'api/prompts/spoken', body), made);
  });
  return h('div', 'sounds-forms', upload, speak, byPhone);
}

/** Rings a phone, and follows what is said into it until it is a prompt or none. @param {Words} words @param {Acts} acts */
function phoneForm(words, acts) {
  const w = words.prompts;
  const [name, language, phone] = [field('name'), languages(words), field('phone')];
  phone.required = false;
  phone.placeholder = w.phoneHint;
  const form = h('form', '', h('h2', '', w.byPhone), h('p', 'sounds-empty', w.byPhoneHow), labelled(w.name, name), labelled(w.spokenIn, language), labelled(w.phone, phone), submit(w.ring, 'ring'));
  form.id = 'by-phone';
  submits(form, async () => {
    acts.say(w.ringing);
    const body = { name: name.value, language: language.value, ...(phone.value.trim() ? { agent: phone.value.trim() } : {}) };
    const begun = await acts.ask('POST', 'api/prompts/by_phone', body, RINGS_MS);
    if (!begun.ok) return acts.perform(Promise.resolve(begun), () => '');
    acts.say(w.recording);
    for (;;) {
      await new Promise((done) => setTimeout(done, LOOK_MS));
      const answer = await acts.ask('GET', 'api/prompts/by_phone');
      if (!answer.ok) return acts.perform(Promise.resolve(answer), () => '');
      const now = answer.body.find((/** @type {{id: string}} */ one) => one.id === begun.body.id);
      if (now?.state === 'recording') continue;
      const failed = { ...answer, ok: false, status: 409, slug: now?.why ?? 'not_found', message: '', details: {} };
      return acts.perform(Promise.resolve(now?.state === 'done' ? answer : failed), () => w.made(name.value));
    }
  });
  return form;
}

/** @param {Words} words @param {Prompts} all @param {Acts} acts */
export function promptsView(words, all, acts) {
  const w = words.prompts;
  const lines = all.prompts.map((prompt) => {
    const path = `api/prompts/${encodeURIComponent(prompt.id)}`;
    const file = chooser();
    file.hidden = true;
    file.addEventListener('change', () => {
      const chosen = file.files?.[0];
      if (chosen) void acts.perform(acts.send('PUT', `${path}/sound`, chosen), (answer) => w.made(answer.body.name));
    });
    const uses = async () => {
      const answer = await acts.ask('GET', `${path}/uses`);
      if (!answer.ok) return void acts.perform(Promise.resolve(answer), () => '');
      const names = answer.body.map((/** @type {{name: string}} */ use) => use.name);
      acts.say(names.length > 0 ? w.uses(names.join(', ')) : w.unused);
    };
    const remove = remover(words, () => void acts.perform(acts.ask('DELETE', path), () => words.removed));
    const buttons = h('div', 'sounds-acts', press(w.replace, () => file.click()), press(w.used, () => void uses()), remove, file);
    const name = h('span', '', prompt.name);
    if (prompt.text) name.title = prompt.text;
    // another sound is another address: no player keeps the one before
    const sound = player(`${path}/sound#${prompt.checksum.slice(0, 8)}`, `${w.listen}${words.colon}${prompt.name}`);
    return row([name, w.languages[prompt.language], w.kinds[prompt.kind], seconds(words, prompt.durationMs), sound, buttons]);
  });
  const list = lines.length > 0
    ? table(w.caption, [w.name, w.spokenIn, w.kind, w.length, w.listen, w.acts], lines)
    : h('p', 'sounds-empty', w.empty);
  return [forms(words, all.voice, acts), list];
}
