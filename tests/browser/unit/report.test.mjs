/** What is asked for of figures, by the address. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutSite } from '../../../static/report.js';

const MARTINIQUE = { zone: 'America/Martinique', start: '06:00' };

test('what knows no sites is asked for by the clocks of the site that is shown', () => {
  const of = withoutSite(new URLSearchParams('from=2026-03-01&to=2026-03-02&site=paris'), MARTINIQUE);
  assert.equal(of.toString(), 'from=2026-03-01&to=2026-03-02&zone=America%2FMartinique&day_start=06%3A00');
});

test('without a site it is asked for as it is, and the question itself stays', () => {
  assert.equal(withoutSite(new URLSearchParams('from=2026-03-01'), MARTINIQUE).toString(), 'from=2026-03-01');
  const query = new URLSearchParams('site=paris');
  withoutSite(query, MARTINIQUE);
  assert.equal(query.toString(), 'site=paris');
});
