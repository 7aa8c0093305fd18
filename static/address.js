/**
 * The filter in the address, so that a wall screen survives a reload and a view can be sent to a
 * colleague: `#q=smith&pbx=paris&queue=support&state=paused&group=group:n1&by=site&site=lyon&locals=1&lang=fr`.
 */

/** @import {Filter} from './state.js' */

/** Longer texts are cut: the address is not a store. */
const MAX = 100;

/**
 * @param {string} hash with or without its `#`
 * @returns {{filter: Filter, lang: 'en'|'fr'|null}}
 */
export function readAddress(hash) {
  const at = new URLSearchParams(hash.replace(/^#/, ''));
  const get = (/** @type {string} */ key) => (at.get(key) ?? '').slice(0, MAX);
  const lang = at.get('lang');
  return {
    filter: { text: get('q'), pbx: get('pbx'), queue: get('queue'), state: get('state'), group: get('group'), by: ['site', 'group'].includes(get('by')) ? get('by') : '', site: get('site'), locals: at.get('locals') === '1' },
    lang: lang === 'en' || lang === 'fr' ? lang : null,
  };
}

/**
 * @param {Filter} filter @param {'en'|'fr'|null} lang null when the browser's language was not overruled
 * @returns {string} with its `#`, or empty
 */
export function writeAddress(filter, lang) {
  const at = new URLSearchParams();
  if (filter.text) at.set('q', filter.text);
  if (filter.pbx) at.set('pbx', filter.pbx);
  if (filter.queue) at.set('queue', filter.queue);
  if (filter.state) at.set('state', filter.state);
  if (filter.group) at.set('group', filter.group);
  if (filter.by) at.set('by', filter.by);
  if (filter.site) at.set('site', filter.site);
  if (filter.locals) at.set('locals', '1');
  if (lang) at.set('lang', lang);
  const text = at.toString();
  return text ? `#${text}` : '';
}
