/** What can be asked of the server, as a developer reads it. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Browser, soon } from '../support/page.mjs';
import { shot } from '../support/shots.mjs';
import { Vigie } from '../support/vigie.mjs';

let browser;
let vigie;
before(async () => {
  browser = await Browser.open();
  vigie = await Vigie.start();
});
after(async () => {
  await browser?.close();
  await vigie?.stop();
});


test('every operation is there, is found by its words and opened with the keyboard', async () => {
  const { page, leave } = await browser.visit(`${vigie.url}api/docs`);
  const document = await (await fetch(`${vigie.url}api/openapi.json`)).json();
  const ids = Object.values(document.paths).flatMap((item) => Object.values(item).map((of) => of.operationId));
  await page.locator('.docs-operation').first().waitFor();
  for (const id of ids) await soon(async () => assert.equal(await page.locator(`[id="${id}"]`).count(), 1, id));
  await soon(async () => assert.equal(await page.locator('#count').textContent(), `${ids.length} addresses`));

  await page.keyboard.press('/');
  await page.keyboard.type('no such thing');
  await page.waitForFunction(() => document.querySelectorAll('.docs-operation').length === 0);
  await soon(async () => assert.equal(await page.locator('#operations').textContent(), 'Nothing matches'));
  await page.keyboard.press('Escape');
  await page.keyboard.type('post hangs');
  await page.waitForFunction(() => document.querySelectorAll('.docs-operation').length === 1);
  await page.locator('#post_calls_hangup > summary').focus();
  await page.keyboard.press('Enter');
  const inside = page.locator('#post_calls_hangup .docs-inside');
  await inside.waitFor();
  const text = await inside.textContent();
  for (const words of ['hangup', 'the call of the channel', 'Idempotency-Key', 'PJSIP/1001-00000062', '65,536 bytes at most', 'outcome', 'no_such_channel', '504']) {
    assert.ok(text.includes(words), words);
  }
  await shot(page, 'docs-operation');
  await leave();
});

test('in French, narrow and light, and straight to what the address names', async () => {
  const { page, leave } = await browser.visit(`${vigie.url}api/docs#get_board_calls`, { locale: 'fr-FR', colorScheme: 'light', width: 420 });
  const inside = page.locator('#get_board_calls .docs-inside');
  await inside.waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'fr');
  const text = await inside.textContent();
  for (const words of ['Limité à', 'les lignes que l’on voit', 'caller_contains', 'liste de CallView']) assert.ok(text.includes(words), words);
  await soon(async () => assert.ok((await page.locator('#part-ws').textContent()).includes('Messages du WebSocket')));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing stands over the edge');
  await shot(page, 'docs-narrow');
  await leave();
});
