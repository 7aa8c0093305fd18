/** Past calls: what is asked, what is told when it fails, and facts in their order. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Speech } from '../../../static/i18n.js';
import { addressOf, askPast, factsOf } from '../../../static/past.js';
import { factWords } from '../../../static/render/fact-words.js';

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

test('a transfer and an answered stay say by whom where the record knows it, and nothing else where it does not', () => {
  const record = {
    started: 1, talks: [], legs: [],
    queues: [{ name: 'support', outcome: 'answered', wait_s: 1, agent: 'PJSIP/1001', joined: 1, left: 2 }, { name: 'sales', outcome: 'abandoned', wait_s: 1, agent: null, joined: 7, left: 8 }],
    transfers: [
      { kind: 'blind', by: 'PJSIP/1001', to: '1004', result: 'success', at: 4 },
      { kind: 'redirect', by: null, to: '1003', result: 'success', at: 5 },
      { kind: 'attended', by: 'PJSIP/1009', to: '1002', result: 'fail', at: 6 },
    ],
  };
  const names = (endpoint) => (endpoint === 'PJSIP/1001' ? 'Alice Martin' : endpoint);
  const said = (lang) => factsOf(/** @type {any} */ (record)).filter((fact) => ['left', 'moved'].includes(fact.what)).map((fact) => factWords(fact, new Speech(lang), names));
  assert.deepEqual(said('en'), [
    'leaves queue support: answered by Alice Martin', 'blind transfer to 1004, by Alice Martin', 'redirected to 1003', 'attended transfer to 1002, by PJSIP/1009, failed', 'leaves queue sales: abandoned',
  ]);
  assert.match(said('fr')[0], /par Alice Martin$/);
});
