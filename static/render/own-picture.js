/** One's own picture: shown beside one's name, chosen and taken away in the list below it. */

import { ask } from '../api.js';
import { why } from '../people/speak.js';
import { h, setText, show } from './dom.js';

/** @import {Words} from '../people/words-en.js' */

/** What the server takes. */
const KINDS = 'image/png,image/jpeg,image/gif,image/webp';

/** @param {string|null} url @param {() => Words} words */
export function ownPicture(url, words) {
  const shown = h('img', 'who-picture');
  shown.alt = '';
  const choose = h('button', 'plain-words');
  choose.type = 'button';
  choose.id = 'own-picture';
  const remove = h('button', 'plain-words');
  remove.type = 'button';
  remove.id = 'no-picture';
  const told = h('p', 'who-told');
  told.setAttribute('role', 'status');
  const file = h('input');
  file.type = 'file';
  file.accept = KINDS;
  file.hidden = true;

  /** @param {string|null} now */
  const draw = (now) => {
    if (now) shown.src = now;
    show(shown, now !== null);
    show(remove, now !== null);
  };
  /** @param {import('../api.js').Answer} answer */
  const done = (answer) => {
    const known = /** @type {Record<string, string>} */ (words().errors)[answer.slug];
    setText(told, answer.ok ? '' : (known ?? why(words(), answer)));
    if (answer.ok) draw(answer.body.profilePictureUrl);
  };
  shown.addEventListener('error', () => show(shown, false));
  shown.addEventListener('load', () => show(shown, true));
  choose.addEventListener('click', () => file.click());
  file.addEventListener('change', async () => {
    const [chosen] = file.files ?? [];
    // the same file may be chosen again
    if (chosen) done(await ask('PUT', 'api/users/me/picture', { pictureUrl: await dataUrl(chosen) }));
    file.value = '';
  });
  remove.addEventListener('click', async () => {
    done(await ask('DELETE', 'api/users/me/picture'));
    choose.focus();
  });
  draw(url);
  const speak = () => {
    setText(choose, words().who.picture);
    setText(remove, words().who.noPicture);
  };
  return { shown, items: [choose, remove, told, file], speak };
}

/** @param {Blob} file @returns {Promise<string>} */
function dataUrl(file) {
  return new Promise((done) => {
    const reader = new FileReader();
    // what cannot be read is sent as nothing, and refused in words
    reader.addEventListener('loadend', () => done(String(reader.result ?? '')));
    reader.readAsDataURL(file);
  });
}
