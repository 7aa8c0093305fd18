/** Past calls in Chromium, from a PostgreSQL of the server's own. */

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, soon, until } from '../support/page.mjs';
import { shot } from '../support/shots.mjs';
import { Vigie, freePort, startPbx } from '../support/vigie.mjs';

let browser;
let vigie;
let data;
let pbx;
let folder;
before(async () => {
  browser = await Browser.open();
  data = mkdtempSync(join(tmpdir(), 'vigie-data-'));
  chmodSync(data, 0o755); // the database runs as another user when root starts it
  folder = join(data, 'monitor');
  mkdirSync(folder);
  pbx = await startPbx(await freePort());
  vigie = await Vigie.start({ ...pbx.settings, AMI_RECORDINGS: folder, DATABASE_URL: '', VIGIE_DATA: join(data, 'own') });
  await until(async () => {
    const answer = await fetch(`${vigie.url}api/history/calls?talked=true`);
    return answer.ok && (await answer.json()).calls.length > 0;
  }, 'an answered call in the history', 90_000);
});
after(async () => {
  await browser?.close();
  await vigie?.stop();
  await pbx?.kill();
  rmSync(data, { recursive: true, force: true });
});

test('past calls are found, read in order, and closed again with the keyboard alone', async () => {
  const { page, leave } = await browser.visit(vigie.url);
  await page.locator('.tile').first().waitFor();
  await page.keyboard.press('p');
  await page.locator('#past[open]').waitFor();
  await page.locator('.past-row').first().waitFor();
  await soon(async () => assert.match(await page.locator('#past-state').textContent(), /^as of \d\d:\d\d:\d\d$/));
  const { calls } = await (await fetch(`${vigie.url}api/history/calls?talked=true`)).json();
  const number = calls[0].caller.number;
  await page.keyboard.type(number);
  await until(async () => {
    const rows = await page.locator('.past-row .past-who').allTextContents();
    return rows.length > 0 && rows.every((who) => who.includes(number));
  }, 'only calls of that number');
  await page.locator('.past-row').first().focus();
  await page.keyboard.press('Enter');
  await page.locator('.past-facts li').first().waitFor();
  const facts = await page.locator('.past-facts li').allTextContents();
  assert.match(facts[0], /the call begins$/);
  assert.ok(facts.some((fact) => fact.includes('answers')), facts.join('\n'));
  assert.match(facts.at(-1), /leaves: /);
  await page.keyboard.press('Escape');
  await page.locator('#past:not([open])').waitFor({ state: 'attached' });
  await leave();
});

test('an open list takes in what ends meanwhile, and speaks French', async () => {
  const { page, leave } = await browser.visit(vigie.url);
  await page.locator('#past-open').click();
  await page.locator('.past-row').first().waitFor();
  const first = await page.locator('.past-row').first().getAttribute('data-id');
  await until(async () => (await page.locator('.past-row').first().getAttribute('data-id')) !== first, 'a newer call', 60_000);
  await page.locator('#past-close').click();
  await page.locator('button[data-lang=fr]').click();
  await page.locator('#past-open').click();
  await soon(async () => assert.equal(await page.locator('#past-title').textContent(), 'Appels passés'));
  await page.locator('#past-direction').selectOption('inbound');
  await page.locator('#past-talked').selectOption('false');
  await until(async () => /état à/.test(await page.locator('#past-state').textContent()), 'an answer');
  await leave();
});

test('a call that was seen in part says so, and a wait that nobody saw is no wait of nothing', async () => {
  const { page, leave } = await browser.visit(vigie.url);
  await page.route('**/api/history/calls/*', async (route) => {
    const answer = await route.fetch();
    const record = await answer.json();
    const queues = [{ name: 'support', outcome: 'answered', wait_s: null, agent: null }];
    await route.fulfill({ response: answer, json: { ...record, queues, unseen_until: record.started + 1 } });
  });
  await page.locator('#past-open').click();
  await page.locator('.past-row').first().click();
  await page.locator('.past-sums li').first().waitFor();
  const [unseen, stay] = await page.locator('.past-sums li').allTextContents();
  assert.match(unseen, /^until \d\d:\d\d:\d\d.* it was not followed whole/);
  assert.equal(stay, 'queue support: answered after an unknown time');
  await leave();
});

/** One second of a tone, as Asterisk would write it. */
function wav() {
  const sound = Buffer.alloc(44 + 16000);
  sound.write('RIFF', 0);
  sound.writeUInt32LE(36 + 16000, 4);
  sound.write('WAVEfmt ', 8);
  sound.writeUInt32LE(16, 16);
  sound.writeUInt16LE(1, 20);
  sound.writeUInt16LE(1, 22);
  sound.writeUInt32LE(8000, 24);
  sound.writeUInt32LE(16000, 28);
  sound.writeUInt16LE(2, 32);
  sound.writeUInt16LE(16, 34);
  sound.write('data', 36);
  sound.writeUInt32LE(16000, 40);
  for (let n = 0; n < 8000; n += 1) sound.writeInt16LE(Math.round(8000 * Math.sin((n * 440 * 2 * Math.PI) / 8000)), 44 + 2 * n);
  return sound;
}

test('s26 the recording of a call is heard on its page, and no other file is', async () => {
  const { calls } = await (await fetch(`${vigie.url}api/history/calls?talked=true`)).json();
  const [call, other] = calls;
  const legOf = async (id) => (await (await fetch(`${vigie.url}api/history/calls/${encodeURIComponent(id)}`)).json()).legs[0].uniqueid;
  const uniqueid = await legOf(call.id);
  writeFileSync(join(folder, `support-${uniqueid}.wav`), wav());
  writeFileSync(join(folder, `notes-${uniqueid}.txt`), 'no recording');
  symlinkSync('/etc/passwd', join(folder, `link-${uniqueid}.wav`));
  const address = `${vigie.url}api/history/calls/${encodeURIComponent(call.id)}/recordings`;
  const list = await (await fetch(address)).json();
  assert.deepEqual(list.recordings, [{ n: 1, name: `support-${uniqueid}.wav`, type: 'audio/wav', bytes: 16044 }]);
  const range = await fetch(`${address}/1`, { headers: { range: 'bytes=0-3' } });
  assert.deepEqual([range.status, await range.text(), range.headers.get('content-type')], [206, 'RIFF', 'audio/wav']);
  for (const wrong of ['2', '0', '-1', '..%2F..%2Fetc%2Fpasswd']) assert.equal((await fetch(`${address}/${wrong}`)).status, 404, wrong);
  const others = await (await fetch(`${vigie.url}api/history/calls/${encodeURIComponent(other.id)}/recordings`)).json();
  assert.deepEqual([others.reachable, others.recordings], [true, []]);

  const { page, leave } = await browser.visit(vigie.url);
  await page.locator('.tile').first().waitFor();
  await page.keyboard.press('p');
  await page.locator('#past-words').fill(call.caller.number);
  await page.locator(`.past-row[data-id="${call.id}"]`).click();
  const audio = page.locator('.past-recording audio');
  await audio.waitFor();
  await soon(async () => assert.equal(await page.locator('.past-recording .past-name').textContent(), `support-${uniqueid}.wav`));
  await audio.evaluate((/** @type {HTMLAudioElement} */ element) => {
    element.muted = true;
    return element.play();
  });
  await until(() => audio.evaluate((/** @type {HTMLAudioElement} */ element) => element.currentTime > 0.1 && Math.abs(element.duration - 1) < 0.1), 'a second of sound that is being played');
  await shot(page, 'past-recording');
  await leave();
});

test('s37 a past call is kept with a reason, says so to whoever opens it again, and is let go after asking twice', async () => {
  const { calls } = await (await fetch(`${vigie.url}api/history/calls?talked=true`)).json();
  const { id, caller } = calls.at(-1);
  const holdOf = async () => (await (await fetch(`${vigie.url}api/history/calls/${encodeURIComponent(id)}`)).json()).hold;
  const { page, leave } = await browser.visit(vigie.url, { expected: [/Failed to load resource.*404/] });
  await page.locator('.tile').first().waitFor();
  const open = async () => {
    await page.keyboard.press('p');
    await page.locator('#past-words').fill(caller.number);
    await page.locator(`.past-row[data-id="${id}"]`).click();
    await page.locator('#past-hold').waitFor();
  };
  await open();
  assert.equal(await page.locator('#past-held').isVisible(), false);
  if (process.env.VIGIE_SHOTS) await page.screenshot({ path: join(process.env.VIGIE_SHOTS, 'past-not-held.png') });
  await page.locator('#past-hold-keep').click();
  assert.equal(await holdOf(), null, 'not without a reason');
  await page.locator('#past-hold-reason').fill('Complaint <b>4711</b>');
  await page.keyboard.press('Enter');
  await page.locator('#past-held').waitFor();
  await soon(async () => assert.match(await page.locator('#past-held').textContent(), /^Kept since .*\. Why: Complaint <b>4711<\/b>$/));
  assert.equal((await holdOf()).reason, 'Complaint <b>4711</b>');
  assert.equal(await page.locator('#past-hold-form').isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'past-hold-end', 'the keyboard goes on from here');
  if (process.env.VIGIE_SHOTS) await page.screenshot({ path: join(process.env.VIGIE_SHOTS, 'past-held.png') });

  await page.reload();
  await page.locator('.tile').first().waitFor();
  await page.locator('button[data-lang=fr]').click();
  await open();
  await page.locator('#past-held').getByText(/^Conservé depuis .*\. Motif\u00a0: Complaint/).waitFor();
  await page.locator(`.past-row[data-id="${id}"]`).getByText(/ · conservé$/).waitFor();
  const end = page.locator('#past-hold-end');
  await end.click();
  await end.getByText('Vraiment\u202f? Il pourra être supprimé alors').waitFor();
  assert.notEqual(await holdOf(), null, 'it is asked twice');
  await page.locator('#past-words').focus();
  await end.getByText('Ne plus conserver').waitFor();
  await end.click();
  if (process.env.VIGIE_SHOTS) await page.screenshot({ path: join(process.env.VIGIE_SHOTS, 'past-hold-end.png') });
  await end.click();
  await page.locator('#past-hold-form').waitFor();
  assert.equal(await holdOf(), null);
  await page.locator('#past-hold-keep').getByText('Conserver').waitFor();

  // one that was deleted meanwhile
  await page.route('**/hold', (route) => route.fulfill({ status: 404, contentType: 'application/json', body: '{"error": "not_found", "message": ""}' }));
  await page.locator('#past-hold-reason').fill('too late');
  await page.locator('#past-hold-keep').click();
  await page.locator('#past-hold-told').getByText('Cet appel n’existe plus').waitFor();
  assert.equal(await page.locator('#past-hold-reason').inputValue(), 'too late', 'what was written stays');
  await leave();
});
