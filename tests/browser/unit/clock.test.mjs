import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onServerClock, ServerClock, spell } from '../../../static/clock.js';
import { Speech, pickLanguage } from '../../../static/i18n.js';
import { knownUntil } from '../../../static/render/times.js';
import { createState } from '../../../static/state.js';
import * as rows from '../support/rows.mjs';

test('the frame that travelled least tells the server clock best', () => {
  const clock = new ServerClock();
  assert.equal(clock.at(0), null);
  clock.hear(100_000, 300); // 300 ms late
  clock.hear(101_000, 1010); // 10 ms late
  clock.hear(102_000, 2250); // 250 ms late
  assert.equal(clock.at(5000), 104_990);
});

test('a clock that was set back, or a machine that slept, is followed', () => {
  const clock = new ServerClock();
  clock.hear(100_000, 0);
  clock.hear(50_000, 1000);
  assert.equal(clock.at(1000), 50_000);
});

test('a PBX with a clock of its own does not bend durations', () => {
  // It is 90 s ahead of us: our clock minus its own is -90,000.
  assert.equal(onServerClock(190_000, -90_000), 100_000);
  assert.equal(onServerClock(190_000, null), 190_000);
});

test('durations read as on a wall', () => {
  assert.equal(spell(7_999, 'd'), '0:07');
  assert.equal(spell(754_000, 'd'), '12:34');
  assert.equal(spell(3_723_000, 'd'), '1:02:03');
  assert.equal(spell(3 * 86_400_000 + 4 * 3_600_000 + 5 * 60_000, 'j'), '3 j 04:05');
  assert.equal(spell(-400, 'd'), '0:00');
});

const withPbx = (over, connection) => {
  const state = createState();
  state.clock.hear(rows.T0, 0);
  state.connection = { phase: 'live', lostAt: null, retryAt: null, attempts: 0, reason: '', ...connection };
  state.tables.pbxs.set('paris', rows.pbx(over));
  return state;
};

test('times of a live PBX run with the server clock', () => {
  assert.equal(knownUntil(withPbx({}), 'paris', 5000), rows.T0 + 5000);
});

test('times of a PBX whose link is down stand still where it was last heard', () => {
  for (const link of ['stale', 'down', 'refused', 'connecting', 'authenticating']) {
    assert.equal(knownUntil(withPbx({ link, last_read_ms: rows.T0 - 9000 }), 'paris', 5000), rows.T0 - 9000, link);
  }
  assert.equal(knownUntil(withPbx({ link: 'down', last_read_ms: null, since_ms: rows.T0 - 70 }), 'paris', 0), rows.T0 - 70);
});

test('without our own connection every time stands still', () => {
  assert.equal(knownUntil(withPbx({}, { phase: 'lost', lostAt: rows.T0 - 1 }), 'paris', 60_000), rows.T0 - 1);
  assert.equal(knownUntil(withPbx({}, { phase: 'connecting' }), 'paris', 60_000), null);
});

test('the first language of the browser that we speak is taken', () => {
  assert.equal(pickLanguage(['de-DE', 'fr-CA', 'en']), 'fr');
  assert.equal(pickLanguage(['en-US', 'fr']), 'en');
  assert.equal(pickLanguage(['pt']), 'en');
  assert.equal(pickLanguage([]), 'en');
});

test('numbers and times are written as the language does', () => {
  const at = Date.UTC(2026, 10, 21, 14, 2, 11);
  const en = new Speech('en', 'UTC');
  const fr = new Speech('fr', 'UTC');
  assert.equal(en.seconds(400), '0.4\u00a0s');
  assert.equal(fr.seconds(400), '0,4\u00a0s');
  assert.equal(en.seconds(61_000), '61\u00a0s');
  assert.equal(en.number(12_345), '12,345');
  assert.match(fr.number(12_345), /^12\s345$/u);
  assert.equal(en.time(at, at), '14:02:11');
  assert.equal(en.time(at, at + 86_400_000), '21 Nov 14:02:11');
  assert.equal(fr.minute(at, at), '14:02');
  assert.equal(en.w.link.compared(en.counted('channels', 312), en.counted('differences', 0), '14:02:11'), '312 channels compared, 0 differences, 14:02:11');
  assert.equal(fr.w.link.compared(fr.counted('channels', 1), fr.counted('differences', 2), '14:02:11'), '1 canal comparé, 2 écarts, 14:02:11');
});
