/** The door: logging in, the first account, an own password (`?password`). */

import { ask } from '../api.js';
import { setText, show } from '../render/dom.js';
import { keepLanguage, label, language, why, wordsOf } from './speak.js';

/** Where accounts are not ready, how often they are looked for. */
const AGAIN_MS = 2000;

let lang = language();
let words = wordsOf(lang);
/** What was refused last, to be said again in another language. @type {import('../api.js').Answer|null} */
let refused = null;

/** @param {string} id @returns {HTMLElement} */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id @returns {HTMLFormElement} */
const form = (id) => /** @type {HTMLFormElement} */ (part(id));

function speak() {
  words = wordsOf(lang);
  label(words, lang);
  document.title = words.login.page;
  if (refused) complain(refused);
}

/** @param {import('../api.js').Answer|null} answer */
function complain(answer) {
  refused = answer;
  setText(part('problem'), answer ? why(words, answer) : '');
  show(part('problem'), answer !== null);
}

/** Back to where one came from: a page of ours, never another's. */
function enter() {
  const to = new URLSearchParams(location.search).get('to') ?? '';
  location.replace(/^(?:admin\.html|assistants\.html|callbacks\.html|flows\.html|index\.html|sounds\.html)?(?:[?#].*)?$/.test(to) ? `./${to}` : './');
}

/** @param {'login'|'setup'|'change'|''} wanted */
function open(wanted) {
  for (const id of ['login', 'setup', 'change']) show(part(id), id === wanted);
  show(part('waiting'), wanted === '');
  if (wanted) /** @type {HTMLElement|null} */ (form(wanted).querySelector('input:not([hidden])'))?.focus();
}

async function begin() {
  const state = await ask('GET', 'api/auth/state');
  if (!state.ok || !state.body.ready) {
    setText(part('waiting'), state.ok ? words.login.notReady : words.errors.unreachable ?? '');
    setTimeout(begin, AGAIN_MS);
    return;
  }
  if (!state.body.accounts) return enter();
  if (state.body.setup) return open('setup');
  const me = await ask('GET', 'api/auth/me');
  if (!me.ok) return open('login');
  const changes = new URLSearchParams(location.search).has('password');
  if (changes || me.body.user?.mustChangePassword) return openChange(me.body.user);
  enter();
}

/** @param {any} user */
function openChange(user) {
  /** @type {HTMLInputElement} */ (form('change').elements.namedItem('username')).value = user.loginId;
  show(part('change-must'), user.mustChangePassword);
  show(part('change-back'), !user.mustChangePassword);
  open('change');
}

/**
 * @param {'login'|'setup'|'change'} id
 * @param {(values: Record<string, string>) => Promise<import('../api.js').Answer>} send
 * @param {(answer: import('../api.js').Answer) => void} done
 */
function listen(id, send, done) {
  form(id).addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = /** @type {HTMLButtonElement} */ (form(id).querySelector('button[type=submit]'));
    if (button.disabled) return;
    button.disabled = true;
    complain(null);
    const values = Object.fromEntries([...new FormData(form(id))].map(([name, value]) => [name, String(value)]));
    const answer = await send(values);
    button.disabled = false;
    if (answer.ok) return done(answer);
    complain(answer);
    const field = Object.keys(answer.details)[0] ?? (answer.slug === 'wrong_code' ? 'code' : 'password');
    const input = form(id).elements.namedItem(field);
    if (input instanceof HTMLInputElement) {
      input.focus();
      input.select();
    }
  });
}

/** @param {import('../api.js').Answer} answer */
const entered = (answer) => (answer.body.user.mustChangePassword ? openChange(answer.body.user) : enter());
listen('login', ({ loginId, password }) => ask('POST', 'api/auth/login', { loginId, password }), entered);
listen('setup', (values) => ask('POST', 'api/auth/setup', values), entered);
listen(
  'change',
  async ({ currentPassword, newPassword, again }) => {
    if (newPassword !== again) return { ok: false, status: 0, body: null, slug: 'not_the_same', message: '', details: {} };
    return ask('PUT', 'api/users/me/password', { currentPassword, newPassword });
  },
  enter,
);
for (const button of document.querySelectorAll('button[data-lang]')) {
  button.addEventListener('click', () => {
    lang = button.getAttribute('data-lang') === 'fr' ? 'fr' : 'en';
    keepLanguage(lang);
    speak();
  });
}
speak();
void begin();
