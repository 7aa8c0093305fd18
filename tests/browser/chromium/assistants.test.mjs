/** Assistants in Chromium, on a real Vigie: written, checked while one types, published, compared, brought back, paused. */

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { logIn, PASSWORD, REFUSED, setUp } from '../support/accounts.mjs';
import { Browser, soon, until } from '../support/page.mjs';
import { shot as picture } from '../support/shots.mjs';
import { freePort, startPbx, Vigie } from '../support/vigie.mjs';

/** 200 ms of silence, as a voice would say it. */
function silence() {
  const data = Buffer.alloc(44 + 8820);
  data.write('RIFF', 0);
  data.writeUInt32LE(36 + 8820, 4);
  data.write('WAVEfmt ', 8);
  for (const [at, n] of [[16, 16], [24, 22050], [28, 44100], [40, 8820]]) data.writeUInt32LE(n, at);
  for (const [at, n] of [[20, 1], [22, 1], [32, 2], [34, 16]]) data.writeUInt16LE(n, at);
  data.write('data', 36);
  for (let at = 44; at < data.length; at += 2) data.writeInt16LE(Math.round(8000 * Math.sin(at / 20)), at);
  return data;
}

let browser;
let vigie;
let pbx;
let data;
let api;
before(async () => {
  browser = await Browser.open();
  data = mkdtempSync(join(tmpdir(), 'vigie-data-'));
  chmodSync(data, 0o755); // the database runs as another user when root starts it
  writeFileSync(join(data, 'tone.wav'), silence());
  const voice = join(data, 'voice');
  writeFileSync(voice, `#!/bin/sh\ncat > /dev/null\ncat ${join(data, 'tone.wav')}\n`);
  chmodSync(voice, 0o755);
  pbx = await startPbx(await freePort(), ['--calls-per-minute', '0']);
  const port = await freePort();
  vigie = await Vigie.start({ ...pbx.settings, DATABASE_URL: '', VIGIE_AUTH: 'on', VIGIE_DATA: join(data, 'own'), VIGIE_SOUNDS: join(data, 'shared'), VIGIE_VOICE: voice, AUDIOSOCKET_PORT: String(port), AUDIOSOCKET_HOST: '127.0.0.1' });
  api = await setUp(vigie);
  await api('POST', 'sites', { id: 'paris', name: 'Paris' });
  await api('POST', 'users', { id: 'sam', loginId: 'sam', firstName: 'Sam', lastName: 'Noël', role: 'Superviseur', siteId: 'paris', password: PASSWORD });
});
after(async () => {
  await browser?.close();
  await vigie?.stop();
  await pbx?.kill();
  rmSync(data, { recursive: true, force: true });
});

const shot = (page, name) => picture(page, name, { fullPage: true });

test('an assistant is made, checked while one types, published, compared, brought back and paused', async () => {
  const visit = await browser.visit(`${vigie.url}login.html?to=assistants.html`, { expected: REFUSED });
  const { page } = visit;
  await logIn(page, 'root');
  await page.getByLabel('Name', { exact: true }).fill('Léa <b>');
  await page.keyboard.press('Enter');
  await page.getByLabel('Greeting').waitFor();
  await page.getByLabel('Greeting').fill('Bonjour, ici Léa.');
  await page.getByLabel('Called numbers').fill('01 70 00 00 01');
  await page.locator('fieldset').filter({ hasText: 'Called numbers' }).getByRole('button', { name: 'Save' }).click();
  await page.getByText('The numbers lead to it').waitFor();
  // what is wrong is said while one types, and mended
  await page.getByLabel('Fallback').fill('queues');
  await page.getByText(/Fallback.*expected context,extension,priority/).waitFor();
  await page.getByLabel('Fallback').fill('queues,500,1');
  await page.getByLabel('Voice', { exact: true }).fill('alloy');
  await page.getByText('a voice is one of an engine').waitFor();
  await shot(page, 'assistants-form');
  await page.getByLabel('Voice', { exact: true }).fill('');
  await soon(async () => assert.equal(await page.locator('.assistant-wrong li').count(), 0));
  await page.getByLabel('Note').fill('first');
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByText('Version 1 is published').waitFor();
  const id = (await api('GET', 'assistants'))[0].id;
  await until(async () => (await api('GET', `assistants/${id}`)).state === 'ready', 'it answers');

  await page.getByLabel('Greeting').fill('Bonsoir.');
  await page.getByLabel('Note').fill('evening');
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByText('Version 2 is published').waitFor();
  const first = page.locator('tr').filter({ hasText: 'first' });
  await first.getByRole('button', { name: 'Compare' }).click();
  await soon(async () => assert.match(await page.locator('.assistant-compared').textContent(), /GreetingBonjour, ici Léa\.Bonsoir\./));
  await shot(page, 'assistants-versions');
  await first.getByRole('button', { name: 'Go back' }).click();
  await page.getByText('Version 3 is published').waitFor();
  await page.getByRole('button', { name: 'All assistants' }).click();
  const row = page.locator(`tr[data-id="${id}"]`);
  await soon(async () => assert.match(await row.textContent(), /Léa <b>ready.*301? ?70 00 00 01|Léa <b>ready/));

  // who may only pause sees it and pauses it, in his language and by keyboard
  const other = await browser.visit(`${vigie.url}login.html?to=assistants.html`, { expected: REFUSED, locale: 'fr-FR' });
  await logIn(other.page, 'sam');
  const seen = other.page.locator(`tr[data-id="${id}"]`);
  await seen.getByRole('button', { name: 'Mettre en pause' }).focus();
  await other.page.keyboard.press('Enter');
  await soon(async () => assert.match(await seen.textContent(), /prêt, en pause/));
  assert.equal(await other.page.getByRole('button', { name: 'Créer un assistant' }).count(), 0);
  await shot(other.page, 'assistants-list');
  await soon(async () => assert.match(await row.textContent(), /paused/));
  assert.equal((await api('GET', `assistants/${id}`)).paused, true);
  await other.leave();
  await visit.leave();
});
