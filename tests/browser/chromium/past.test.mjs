/** Past calls in Chromium, from a PostgreSQL of the server's own. */

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, until } from '../support/page.mjs';
import { Vigie } from '../support/vigie.mjs';

let browser;
let vigie;
let data;
before(async () => {
  browser = await Browser.open();
  data = mkdtempSync(join(tmpdir(), 'vigie-data-'));
  chmodSync(data, 0o755); // the database runs as another user when root starts it
  vigie = await Vigie.start({ DATABASE_URL: '', VIGIE_DATA: join(data, 'own') });
  await until(async () => {
    const answer = await fetch(`${vigie.url}api/history/calls?talked=true`);
    return answer.ok && (await answer.json()).calls.length > 0;
  }, 'an answered call in the history', 90_000);
});
after(async () => {
  await browser?.close();
  await vigie?.stop();
  rmSync(data, { recursive: true, force: true });
});

test('past calls are found, read in order, and closed again with the keyboard alone', async () => {
  const { page, leave } = await browser.visit(vigie.url);
  await page.locator('.tile').first().waitFor();
  await page.keyboard.press('p');
  await page.locator('#past[open]').waitFor();
  await page.locator('.past-row').first().waitFor();
  assert.match(await page.locator('#past-state').textContent(), /^as of \d\d:\d\d:\d\d$/);
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
  assert.equal(await page.locator('#past-title').textContent(), 'Appels passés');
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
