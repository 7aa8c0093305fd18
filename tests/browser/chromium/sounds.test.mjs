/** Prompts and messages in Chromium: sent, spoken, heard, refused, deleted; in both languages. */

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { logIn, REFUSED, setUp } from '../support/accounts.mjs';
import { Browser, soon } from '../support/page.mjs';
import { shot as picture } from '../support/shots.mjs';
import { Vigie } from '../support/vigie.mjs';

/** A tone of a second. @param {number} rate */
function tone(rate) {
  const file = Buffer.alloc(44 + 2 * rate);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + 2 * rate, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(2 * rate, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(2 * rate, 40);
  for (let n = 0; n < rate; n += 1) file.writeInt16LE(Math.round(9000 * Math.sin((2 * Math.PI * 600 * n) / rate)), 44 + 2 * n);
  return file;
}

let browser;
let vigie;
let data;
let api;
before(async () => {
  browser = await Browser.open();
  data = mkdtempSync(join(tmpdir(), 'vigie-data-'));
  chmodSync(data, 0o755); // the database runs as another user when root starts it
  writeFileSync(join(data, 'said.wav'), tone(22050));
  writeFileSync(join(data, 'voice'), `#!/bin/sh\ncat > /dev/null\ncat ${join(data, 'said.wav')}\n`);
  chmodSync(join(data, 'voice'), 0o755);
  vigie = await Vigie.start({
    DATABASE_URL: '', VIGIE_AUTH: 'on', VIGIE_DATA: join(data, 'own'), VIGIE_SOUNDS: join(data, 'shared'), VIGIE_VOICE: join(data, 'voice'),
  });
  api = await setUp(vigie);
});
after(async () => {
  await browser?.close();
  await vigie?.stop();
  rmSync(data, { recursive: true, force: true });
});

const shot = (page, name) => picture(page, name, { fullPage: true });
const rows = (page) => page.locator('.admin-table tbody tr');

async function open(how = {}) {
  const visit = await browser.visit(`${vigie.url}login.html?to=sounds.html`, { expected: REFUSED, ...how });
  await logIn(visit.page, 'root');
  await visit.page.locator('#upload').waitFor();
  return visit;
}

test('a file is sent, a sentence is spoken, what is no sound is refused, what a flow names stays', async () => {
  const { page, leave } = await open();
  assert.match(await page.locator('#view').textContent(), /No prompt yet/);
  const upload = page.locator('#upload');
  await upload.locator('[name=name]').fill('Bienvenue');
  await upload.locator('#file').setInputFiles({ name: '../../etc/bienvenue.wav', mimeType: 'text/html', buffer: tone(44100) });
  await page.locator('#send').click();
  await rows(page).first().waitFor();
  assert.match(await rows(page).first().textContent(), /Bienvenue.*French.*a file.*1\.0 s/);
  // it can be played here
  const length = await page.locator('audio').first().evaluate(async (audio) => {
    audio.preload = 'metadata';
    audio.load();
    await new Promise((done, failed) => {
      audio.addEventListener('loadedmetadata', done);
      audio.addEventListener('error', () => failed(new Error('it cannot be played')));
    });
    return audio.duration;
  });
  assert.ok(Math.abs(length - 1) < 0.05, `${length} s`);

  const spoken = page.locator('#spoken');
  await spoken.locator('[name=name]').fill('Closed');
  await spoken.locator('[name=language]').selectOption('en');
  await spoken.locator('[name=text]').fill('We are closed today.');
  await page.locator('#speak').click();
  await soon(async () => assert.equal(await rows(page).count(), 2));
  assert.match(await rows(page).nth(1).textContent(), /Closed.*English.*a voice/);
  await shot(page, 'sounds-prompts');

  await upload.locator('[name=name]').fill('Hostile');
  await upload.locator('#file').setInputFiles({ name: 'x.wav', mimeType: 'audio/wav', buffer: Buffer.from('<script>alert(1)</script>') });
  await page.locator('#send').click();
  await soon(async () => assert.match(await page.locator('#problem').textContent(), /File: it is neither WAV nor MP3/));
  await shot(page, 'sounds-refused');

  await api('POST', 'ivr-flows', {
    id: 'f', name: 'Welcome', nodes: [{ id: 's', type: 'start' }, { id: 'm', type: 'media', content: { prompt: 'bienvenue' } }, { id: 'h', type: 'hangup' }],
    connections: [{ fromNodeId: 's', fromPortId: 'out', toNodeId: 'm' }, { fromNodeId: 'm', fromPortId: 'out', toNodeId: 'h' }],
  });
  await rows(page).first().getByRole('button', { name: 'Used by' }).click();
  await soon(async () => assert.match(await page.locator('#said').textContent(), /Used by: Welcome/));
  const remove = (n) => rows(page).nth(n).locator('.danger');
  await remove(0).click();
  assert.equal(await remove(0).innerText(), 'Delete for good?');
  await remove(0).click();
  await soon(async () => assert.match(await page.locator('#problem').textContent(), /Flows name this prompt: Welcome/));
  await remove(1).click();
  await remove(1).click();
  await soon(async () => assert.equal(await rows(page).count(), 1));
  // into a phone: what becomes of it is followed to its end
  const looks = ['recording', 'failed'];
  const asked = [];
  await page.route('**/api/prompts/by_phone', (route) => {
    const speaking = { id: 'one', name: 'Spoken', language: 'fr', by: 'root', state: 'recording', why: null, prompt: null };
    if (route.request().method() === 'GET') return route.fulfill({ json: [{ ...speaking, state: looks.shift(), why: 'nothing_said' }] });
    asked.push(route.request().postDataJSON());
    return route.fulfill({ status: 202, json: speaking });
  });
  const byPhone = page.locator('#by-phone');
  await byPhone.locator('[name=name]').fill('Spoken');
  await byPhone.locator('[name=phone]').fill('PJSIP/1001');
  await page.keyboard.press('Enter');
  await soon(async () => assert.match(await page.locator('#said').textContent(), /It records: speak after the beep/));
  await soon(async () => assert.match(await page.locator('#problem').textContent(), /Nothing was said/));
  assert.deepEqual(asked, [{ name: 'Spoken', language: 'fr', agent: 'PJSIP/1001' }]);
  await page.locator('button[data-lang=fr]').click();
  await soon(async () => assert.match(await rows(page).first().textContent(), /Bienvenue.*français.*d’un fichier/));
  await shot(page, 'sounds-prompts-fr');
  await leave();
});

test('messages are listed, marked and deleted', async () => {
  const message = (id, heardAt) => ({
    id, pbx: 'paris', flowId: 'f', flowName: 'Welcome <b>', nodeId: 'vm', siteId: null, caller: id === 'm-1' ? '' : '0612345678', called: '0170000001',
    beganAt: '2026-11-26T09:30:00.000Z', durationMs: 12_300, heardAt, heardBy: heardAt ? 'anna' : '', mailedAt: null,
  });
  let all = [message('m-1', null), message('m-2', '2026-11-26T10:00:00.000Z')];
  const { page, leave } = await open({ colorScheme: 'light' });
  await page.route('**/api/messages**', async (route) => {
    const [, id, heard] = /messages\/([^/]+)(\/heard)?$/.exec(route.request().url()) ?? [];
    if (heard) all = all.map((one) => (one.id === id ? { ...one, heardAt: '2026-11-26T11:00:00.000Z', heardBy: 'root' } : one));
    if (route.request().method() === 'DELETE') {
      all = all.filter((one) => one.id !== id);
      return route.fulfill({ status: 204 });
    }
    return route.fulfill({ json: heard ? all.find((one) => one.id === id) : all });
  });
  await page.locator('#tab-messages').click();
  await soon(async () => assert.equal(await rows(page).count(), 2));
  assert.match(await rows(page).first().textContent(), /withheld.*Welcome <b>.*12 s.*not yet/);
  assert.equal(await page.locator('tr[data-new]').count(), 1);
  await shot(page, 'sounds-messages');
  // who wants to speak a prompt leaves a message
  const asked = [];
  await page.route('**/api/prompts/recorded', (route) => {
    asked.push(route.request().postDataJSON());
    return route.fulfill({ status: 201, json: { name: 'Spoken' } });
  });
  await rows(page).first().getByRole('button', { name: 'Make a prompt of it' }).click();
  await page.keyboard.type('Spoken');
  await page.keyboard.press('Enter');
  await soon(async () => assert.match(await page.locator('#said').textContent(), /Spoken can be heard by callers now/));
  assert.deepEqual(asked, [{ name: 'Spoken', message: 'm-1' }]);
  await page.getByRole('button', { name: 'Mark as heard' }).click();
  await soon(async () => assert.equal(await page.locator('tr[data-new]').count(), 0));
  await rows(page).nth(1).locator('.danger').click();
  await rows(page).nth(1).locator('.danger').click();
  await soon(async () => assert.equal(await rows(page).count(), 1));
  await page.setViewportSize({ width: 420, height: 800 });
  await shot(page, 'sounds-messages-narrow');
  await leave();
});
