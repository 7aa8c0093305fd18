/** Past calls: what is asked, what is told when it fails, and facts in their order. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, askPast, factsOf } from '../../../static/past.js';

test('only what was chosen is asked for, and every word is escaped', () => {
  assert.equal(addressOf({ words: '  ', direction: '', talked: '' }, null), 'api/history/calls?limit=50');
  const address = addressOf({ words: 'Zoé & 06+1', direction: 'inbound', talked: 'false' }, '17~1.2');
  const query = new URLSearchParams(address.split('?')[1]);
  assert.deepEqual([...query], [
    ['limit', '50'], ['q', 'Zoé & 06+1'], ['direction', 'inbound'], ['talked', 'false'], ['after', '17~1.2'],
  ]);
});

test('an error is told by its slug, and no answer as unreachable', async () => {
  const refused = { ok: false, status: 503, json: async () => ({ error: 'no_database', message: 'away' }) };
  assert.deepEqual(await askPast('x', async () => /** @type {any} */ (refused)), { slug: 'no_database', message: 'away' });
  const fails = async () => {
    throw new TypeError('no network');
  };
  assert.deepEqual(await askPast('x', fails), { slug: 'unreachable', message: '' });
});

test('facts are told in order, and Local halves are nobody', () => {
  const leg = (channel, started, answered, ended) => ({ channel, endpoint: channel, started, answered, ended, cause: 16 });
  const facts = factsOf({
    started: 1, talks: [], transfers: [], queues: [],
    legs: [leg('PJSIP/a', 1, 3, 9), leg('Local/x@y;1', 2, null, 4), leg('PJSIP/b', 2, 3, 8)],
  });
  assert.deepEqual(facts.map((f) => `${f.at} ${f.what} ${f.who}`.trim()), [
    '1 began', '1 leg PJSIP/a', '2 leg PJSIP/b', '3 answered PJSIP/a', '3 answered PJSIP/b', '8 gone PJSIP/b', '9 gone PJSIP/a',
  ]);
});
