/** The page of callbacks: who asked to be called back, and what became of it. */

import { accounts, ask, toLogin } from '../api.js';
import { keepLanguage, label, language } from '../people/speak.js';
import { setAttr, setText, show } from '../render/dom.js';
import { doingOf, why, wordsOf } from './doing.js';
import { Follower, isMine } from './follow.js';
import { drawCallbacks } from './list.js';

/** @import {Callback, Known} from './follow.js' */

/** @typedef {'waiting'|'over'} Tab */
/** @type {Tab[]} */
const TABS = ['waiting', 'over'];
/** Where no account says which phone is whose; the same place as for listening. */
const PHONE_KEY = 'vigie.station';

let lang = language();
let words = wordsOf(lang);
/** @type {Tab} */
let tab = new URLSearchParams(location.hash.slice(1)).get('part') === 'over' ? 'over' : 'waiting';
/** Whose list is drawn. @type {Tab|null} */
let drawnTab = null;
/** @type {Known|null} */
let last = null;

/** @param {string} id @returns {HTMLElement} */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {Tab} id */
const tabOf = (id) => part(`tab-${id}`);
const phone = () => /** @type {HTMLInputElement} */ (part('phone'));

/** @param {string} text @param {boolean} isProblem */
function say(text, isProblem) {
  setText(part('said'), isProblem ? '' : text);
  show(part('said'), !isProblem && text !== '');
  setText(part('problem'), isProblem ? text : '');
  show(part('problem'), isProblem && text !== '');
}

const doing = doingOf({ lang: () => lang, phone: () => (part('phone-part').hidden ? '' : phone().value.trim()), say, changed: () => follower.look() });

const follower = new Follower(draw, {
  lists: () => (tab === 'waiting' ? [''] : ['?state=done', '?state=failed']),
  may: () => true,
});

/** @param {Callback} one */
const lastTry = (one) => one.tries.at(-1)?.at ?? one.createdAt;

/** @param {Known} known */
function draw(known) {
  if (known.refused?.status === 401) return toLogin();
  last = known;
  const { due, at, lost, refused } = known;
  for (const one of TABS) {
    setAttr(tabOf(one), 'aria-selected', String(one === tab));
    setAttr(tabOf(one), 'tabindex', one === tab ? '0' : '-1');
  }
  setAttr(part('view'), 'aria-labelledby', `tab-${tab}`);
  const time = at === null ? '' : new Intl.DateTimeFormat(lang === 'fr' ? 'fr-FR' : 'en-GB', { timeStyle: 'medium' }).format(at);
  const isAway = lost && refused?.status !== 403;
  setText(part('as-of'), at === null ? (isAway ? words.never : '') : isAway ? words.lost(time) : words.asOf(time));
  setAttr(part('as-of'), 'data-lost', isAway ? '' : null);
  if (refused?.status === 403) return say(why(lang, refused), true);
  setText(part('waiting-count'), due && !lost ? String(due.due + due.later + due.taken) : '');
  // who has a phone of his own is not asked for one; what he types is not taken away
  show(part('phone-part'), tab === 'waiting' && due !== null && due.kept && due.phones.length === 0);
  const list = due?.kept === false ? [] : known.list;
  if (!list || at === null) return;
  const rows = tab === 'over' ? [...list].sort((a, b) => lastTry(b).localeCompare(lastTry(a))) : [...list].sort((a, b) => rank(a) - rank(b));
  if (drawnTab !== tab) part('list').scrollIntoView({ block: 'nearest' });
  drawnTab = tab;
  drawCallbacks(part('list'), rows, { words, lang, due, at, stale: lost, doing });
  setAttr(part('list'), 'data-stale', lost ? '' : null);
  setText(part('none'), due?.kept === false ? words.notKept : tab === 'over' ? words.noneOver : words.none);
  show(part('none'), rows.length === 0);
}

/** One's own first, then what is due, then the rest; the server's order within. @param {Callback} one */
function rank(one) {
  if (isMine(one, last?.due ?? null)) return 0;
  return one.due ? 1 : one.state === 'taken' ? 2 : 3;
}

/** @param {Tab} wanted */
function choose(wanted) {
  tab = wanted;
  say('', false);
  history.replaceState(null, '', wanted === 'over' ? '#part=over' : '#');
  follower.known = { ...follower.known, list: null };
  follower.listed = '';
  // nothing of the tab before is pressed for this one
  drawCallbacks(part('list'), [], { words, lang, due: null, at: 0, stale: true, doing });
  show(part('none'), false);
  void follower.look();
}

function speak() {
  words = wordsOf(lang);
  label(words, lang);
  document.title = words.page;
  if (last) draw(last);
}

async function begin() {
  if (await accounts().catch(() => false)) {
    const me = await ask('GET', 'api/auth/me');
    if (me.status === 401) return toLogin();
    const may = !me.ok || me.body.rights.some((/** @type {{verb: string}} */ right) => right.verb === 'originate');
    if (!may) {
      setText(part('none'), words.nothing);
      return show(part('none'), true);
    }
  }
  await follower.look();
}

for (const one of TABS) tabOf(one).addEventListener('click', () => choose(one));
part('tabs').addEventListener('keydown', (event) => {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  const next = step ? TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length] : undefined;
  if (!next) return;
  choose(next);
  tabOf(next).focus();
});
for (const button of document.querySelectorAll('button[data-lang]')) {
  button.addEventListener('click', () => {
    lang = button.getAttribute('data-lang') === 'fr' ? 'fr' : 'en';
    keepLanguage(lang);
    say('', false);
    speak();
  });
}
try {
  phone().value = localStorage.getItem(PHONE_KEY) ?? '';
} catch {
  // without a store it is typed anew
}
phone().addEventListener('change', () => {
  try {
    localStorage.setItem(PHONE_KEY, phone().value.trim());
  } catch {
    // it holds for this page only
  }
});
document.addEventListener('visibilitychange', () => !document.hidden && void follower.look());

speak();
part('callbacks').inert = false;
void begin();
