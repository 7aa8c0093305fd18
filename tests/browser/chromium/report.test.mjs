/** Figures in Chromium, from a PostgreSQL of the server's own: today, a number's formula and calls, an agent's day. */

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { logIn, PASSWORD, REFUSED, setUp } from '../support/accounts.mjs';
import { Browser, soon, until } from '../support/page.mjs';
import { shot } from '../support/shots.mjs';
import { Vigie } from '../support/vigie.mjs';

let browser;
let vigie;
let data;
before(async () => {
  browser = await Browser.open();
  data = mkdtempSync(join(tmpdir(), 'vigie-data-'));
  chmodSync(data, 0o755); // the database runs as another user when root starts it
  vigie = await Vigie.start({ DATABASE_URL: '', VIGIE_DATA: join(data, 'own'), VIGIE_ZONE: 'Europe/Paris' });
  await until(async () => {
    const answer = await fetch(`${vigie.url}api/figures/queues`);
    return answer.ok && (await answer.json()).total.figures.handled.value > 2;
  }, 'a few handled calls', 120_000);
});
after(async () => {
  await browser?.close();
  await vigie?.stop();
  rmSync(data, { recursive: true, force: true });
});



const row = (page, n = 0) => page.locator('#report-rows tr').nth(n);

test('a number opens its formula, the other families and the calls behind it, and a call opens its record', async () => {
  const { page, leave } = await browser.visit(vigie.url);
  await page.locator('.tile').first().waitFor();
  await page.keyboard.press('n');
  await page.locator('#report[open]').waitFor();
  await row(page).waitFor();
  await soon(async () => assert.match(await page.locator('#report-state').textContent(), /^live, as of \d\d:\d\d:\d\d$/));
  await soon(async () => assert.match(await page.locator('#report-zone').textContent(), /days of Europe\/Paris from 00:00/));
  assert.equal(await page.locator('#report-of-site').isVisible(), false, 'there are no sites');
  const { rows } = await (await fetch(`${vigie.url}api/figures/queues`)).json();
  const busy = rows.findIndex((one) => one.figures.handled.value > 0);
  await row(page, busy).locator('[data-figure=service_level]').click();
  await page.locator('.report-fraction').waitFor();
  await soon(async () => assert.equal(await page.locator('.report-over').textContent(), 'answered within the threshold'));
  await soon(async () => assert.equal(await page.locator('.report-under').textContent(), 'answered + abandoned'));
  const families = await page.locator('.report-kin li').allTextContents();
  for (const family of ['Genesys', 'Wazo', 'Twilio', 'Asterisk']) assert.ok(families.some((one) => one.startsWith(family)), families.join());
  await page.locator('.report-kin button').first().click();
  await until(async () => /Genesys/.test(await page.locator('#report-behind').textContent()), 'the other definition');
  await row(page, busy).locator('[data-figure=aht]').click();
  await page.locator('.report-call').first().waitFor();
  await page.locator('.report-call').first().click();
  await page.locator('#past[open]').waitFor();
  await page.locator('.past-facts li').first().waitFor();
  await soon(async () => assert.match(await page.locator('.past-facts li').first().textContent(), /the call begins$/));
  await leave();
});

test('an agent opens his day, and another period says that it is stored', async () => {
  const { page, leave } = await browser.visit(vigie.url);
  await page.locator('#report-open').click();
  await page.locator('#report-agents').click();
  await page.locator('.report-bar').first().waitFor();
  await row(page).locator('.report-name').click();
  await page.locator('.report-intervals li').first().waitFor();
  const words = await page.locator('#report-behind').textContent();
  assert.match(words, /time in states/);
  assert.match(words, /Logged in/);
  await page.locator('#report-period').selectOption('week');
  await until(async () => /^stored, as of/.test(await page.locator('#report-state').textContent()), 'stored figures');
  await page.locator('#report-period').selectOption('yesterday');
  await until(async () => /^Nothing to show in this period/.test(await page.locator('#report-state').textContent()), 'an empty day');
  await page.locator('#report-close').click();
  await leave();
});

test('an export says how many rows came, and gives them as a file', async () => {
  const { page, leave } = await browser.visit(vigie.url);
  await page.keyboard.press('n');
  await page.locator('#report[open]').waitFor();
  await page.locator('#export-kind').selectOption('stays');
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#export-start').click()]);
  assert.match(download.suggestedFilename(), /^vigie-stays-.*\.csv$/);
  const lines = readFileSync(await download.path(), 'utf8').trimEnd().split('\r\n');
  assert.match(lines[0], /^\uFEFFpbx,linkedid,queue,joined,left,outcome,agent,wait_unknown$/);
  const words = await page.locator('#export-state').textContent();
  assert.equal(words, `${lines.length - 1} rows exported`);
  await leave();
});

test('each queue of the floor shows its day with its age, and says so when it is old', async () => {
  const { page, leave } = await browser.visit(vigie.url, { locale: 'fr-FR', expected: [/Failed to load resource/] });
  await page.locator('.queue .today').first().waitFor();
  await soon(async () => assert.match(await page.locator('.queue .today').first().textContent(), /^aujourd’hui.* à temps · .* · état à \d\d:\d\d:\d\d$/));
  await page.route('**/api/figures/queues', (route) => route.abort());
  await page.locator('.queue .today[data-old]').first().waitFor({ timeout: 60_000 });
  await page.unroute('**/api/figures/queues');
  await page.locator('.queue .today:not([data-old])').first().waitFor({ timeout: 60_000 });
  await leave();
});

/** A server with accounts, one administrator and two sites; Paris is told the clocks of Martinique. */
async function withSites(folder) {
  const server = await Vigie.start({ DATABASE_URL: '', VIGIE_AUTH: 'on', VIGIE_DATA: join(folder, 'sites'), VIGIE_ZONE: 'Europe/Paris' });
  const ask = await setUp(server);
  await ask('POST', 'sites', { id: 'paris', name: 'Paris' });
  await ask('PUT', 'sites/paris', { queues: ['demo~ventes'], timeZone: 'America/Martinique', dayStart: '06:00' });
  await ask('POST', 'sites', { id: 'lyon', name: 'Lyon' });
  await ask('POST', 'users', { id: 'zoe', loginId: 'zoe', lastName: 'Zoé', role: 'Agent', siteId: 'paris', password: PASSWORD });
  await ask('PUT', 'users/zoe/stations', { stations: [{ pbx: 'demo', station: '1003', endpoint: 'PJSIP/1003' }] });
  return server;
}

async function logInAsRoot(page) {
  await logIn(page, 'root');
  await page.locator('.tile').first().waitFor();
}

test('where there are sites, the figures of one are shown by its clocks, and the address keeps which', async () => {
  const server = await withSites(data);
  const expected = REFUSED;
  const { page, leave } = await browser.visit(server.url, { expected });
  await logInAsRoot(page);
  const ids = () => page.locator('#report-rows tr:not(.report-total)').evaluateAll((rows) => rows.map((one) => one.dataset.id));
  await page.keyboard.press('n');
  const choice = page.locator('#report-site');
  await choice.waitFor();
  assert.deepEqual(await choice.locator('option').allTextContents(), ['Every site', 'Lyon', 'Paris']);
  await until(async () => (await ids()).length > 1, 'queues of every site');
  await choice.selectOption('paris');
  await until(async () => (await ids()).join() === 'demo~ventes', 'the queue of the site alone');
  await soon(async () => assert.match(await page.locator('#report-zone').textContent(), /America\/Martinique from 06:00/));
  assert.match(page.url(), /#site=paris$/);
  assert.equal(await page.locator('#export-start').textContent(), 'Export CSV of every site');
  await page.locator('#report-agents').click();
  await until(async () => (await ids()).join() === 'demo~PJSIP/1003', 'the agent of the site alone');
  await row(page).locator('.report-name').click();
  await page.locator('.report-intervals li').first().waitFor(); // his day knows no sites, and is of the same clocks
  await shot(page, 'report-site-dark');
  // another period keeps it, and so does a reload
  await page.locator('#report-period').selectOption('week');
  await until(async () => /^stored, as of/.test(await page.locator('#report-state').textContent()), 'stored figures');
  await soon(async () => assert.deepEqual(await ids(), ['demo~PJSIP/1003']));
  await page.reload();
  await page.locator('.tile').first().waitFor();
  await page.keyboard.press('n');
  await until(async () => (await ids()).join() === 'demo~ventes', 'the site of the address');
  assert.equal(await choice.inputValue(), 'paris');
  await row(page).locator('[data-figure]').first().click();
  await page.locator('#report-behind').filter({ hasText: /./ }).waitFor();
  // by hand in the address, as a colleague would send it
  await page.evaluate(() => { location.hash = '#site=lyon&lang=fr'; });
  await until(async () => (await choice.inputValue()) === 'lyon', 'the other site');
  await page.locator('#report-behind').waitFor({ state: 'hidden' }); // of a queue that is not Lyon's
  await soon(async () => assert.match(await page.locator('#report-state').textContent(), /^Rien à montrer/));
  assert.equal(await choice.locator('option').first().textContent(), 'Tous les sites');
  await choice.selectOption('');
  await until(async () => (await ids()).length > 1, 'every site again');
  assert.doesNotMatch(page.url(), /site=/);
  await leave();
  const light = await browser.visit(`${server.url}#site=paris&lang=fr`, { expected, colorScheme: 'light' });
  await logInAsRoot(light.page);
  await light.page.keyboard.press('n');
  await row(light.page).waitFor();
  await shot(light.page, 'report-site-light-fr');
  await light.leave();
  await server.stop();
});
