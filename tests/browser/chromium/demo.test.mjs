/** What a newcomer sees: a real Vigie on its built-in PBX with a database of its own, and callers who walk the demo's flow. */

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, until } from '../support/page.mjs';
import { shot } from '../support/shots.mjs';
import { Vigie } from '../support/vigie.mjs';

let browser;
let vigie;
let data;
before(async () => {
  browser = await Browser.open();
  data = mkdtempSync(join(tmpdir(), 'vigie-data-'));
  chmodSync(data, 0o755); // the database runs as another user when root starts it
  vigie = await Vigie.start({ DATABASE_URL: '', AGI_PORT: '0', VIGIE_DATA: join(data, 'own') });
});
after(async () => {
  await browser?.close();
  await vigie?.stop();
  rmSync(data, { recursive: true, force: true });
});

/** Callers in the flow now. */
const walking = async () => (await vigie.board()).calls.filter((call) => call.flows?.some((walk) => walk.flow === 'demo' && walk.ended_ms === null));

test('callers stand on the nodes of the demo’s flow, and on the floor with their node', async () => {
  // the sentences are spoken first, on a machine that may be busy
  await until(async () => (await walking()).length > 0, 'a caller in the flow', 120_000);
  const flows = await browser.visit(`${vigie.url}flows.html#flow=demo`);
  await flows.page.locator('.card[aria-label^="Menu"]').first().waitFor();
  // callers come and go: what is shown of one is looked for until it is there
  await flows.page.locator('.card .callers').first().waitFor({ timeout: 120_000 });
  await shot(flows.page, 'demo-flow');
  await flows.page.locator('.card[aria-label^="Horaires"] .port-word', { hasText: /^Ouvert jour et nuit · \d+$/ }).waitFor();
  await flows.leave();

  const floor = await browser.visit(vigie.url);
  await floor.page.locator('.call .queue-name', { hasText: /^Accueil, at / }).first().waitFor({ timeout: 120_000 });
  await shot(floor.page, 'demo-floor');
  await floor.leave();
});
