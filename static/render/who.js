/** Who is logged in, with what one does about that; nothing where there are no accounts. */

import { accounts, ask, toLogin } from '../api.js';
import { wordsOf } from '../people/speak.js';
import { h, setAttr, setText } from './dom.js';
import { ownPicture } from './own-picture.js';

/** @import {Me} from '../people.js' */

/** How often a changed language is noticed. */
const LOOK_MS = 500;

/** @param {() => 'en'|'fr'} lang @param {(me: Me|null) => void} known is told who it is; null where nobody logs in */
export async function showWho(lang, known) {
  const there = await accounts().catch(() => null);
  if (there === false) known(null);
  if (!there) return;
  const me = await ask('GET', 'api/auth/me');
  if (me.status === 401 || me.slug === 'accounts_unknown') return toLogin();
  if (!me.ok) return;
  const { user, rights } = me.body;
  if (user.mustChangePassword) return toLogin();
  known(me.body);
  const name = `${user.firstName} ${user.lastName}`.trim() || user.loginId;
  const admin = link('admin.html');
  const sounds = link('sounds.html');
  const assistants = link('assistants.html');
  const password = link('login.html?password');
  const out = h('button', 'plain-words');
  out.type = 'button';
  out.id = 'log-out';
  const mayManage = rights.some((/** @type {{verb: string}} */ right) => ['manage_people', 'manage_sites', 'manage_groups'].includes(right.verb));
  const mayHear = rights.some((/** @type {{verb: string}} */ right) => ['flows', 'voicemail'].includes(right.verb));
  // an agent pauses himself alone
  const mayPause = rights.some((/** @type {{verb: string}} */ right) => right.verb === 'flows' || (right.verb === 'pause' && user.role !== 'Agent'));
  const picture = ownPicture(user.profilePictureUrl, () => wordsOf(lang()));
  const list = h('div', 'who-list', ...(mayManage ? [admin] : []), ...(mayHear ? [sounds] : []), ...(mayPause ? [assistants] : []), password, ...picture.items, out);
  const summary = h('summary', 'who-name', picture.shown, name);
  const who = h('details', 'who', summary, list);
  who.id = 'who';
  document.querySelector('.own')?.append(who);
  out.addEventListener('click', async () => {
    await ask('POST', 'api/auth/logout');
    location.assign('login.html');
  });
  who.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && who.open) {
      who.open = false;
      summary.focus();
      event.stopPropagation();
    }
  });
  let said = '';
  const speak = () => {
    if (said === lang()) return;
    said = lang();
    const words = wordsOf(lang());
    setText(admin, words.who.admin);
    setText(sounds, words.who.sounds);
    setText(assistants, words.who.assistants);
    setText(password, words.who.password);
    setText(out, words.who.logOut);
    picture.speak();
    setAttr(summary, 'aria-label', words.who.label(name, words.roles[/** @type {'Agent'} */ (user.role)] ?? user.role));
  };
  speak();
  setInterval(speak, LOOK_MS);
}

/** @param {string} to */
function link(to) {
  const made = h('a');
  made.href = to;
  return made;
}
