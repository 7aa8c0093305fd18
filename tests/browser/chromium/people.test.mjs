/** People in Chromium, as an administrator and a supervisor would: from the setup code to logging out. */

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { logIn, PASSWORD, REFUSED, setupCode } from '../support/accounts.mjs';
import { Browser, soon, until } from '../support/page.mjs';
import { shot as picture } from '../support/shots.mjs';
import { Vigie } from '../support/vigie.mjs';

let browser;
let vigie;
let data;
before(async () => {
  browser = await Browser.open();
  data = mkdtempSync(join(tmpdir(), 'vigie-data-'));
  chmodSync(data, 0o755); // the database runs as another user when root starts it
  vigie = await Vigie.start({ DATABASE_URL: '', VIGIE_AUTH: 'on', VIGIE_DATA: join(data, 'own') });
});
after(async () => {
  await browser?.close();
  await vigie?.stop();
  rmSync(data, { recursive: true, force: true });
});

const shot = (page, name) => picture(page, name, { fullPage: true });

/** Adds a station's row in the open editor. */
async function station(page, number) {
  await page.getByRole('button', { name: 'Add a station' }).click();
  const row = page.locator('[data-field=stations] .row').last();
  await row.getByLabel('Number').fill(number);
  await row.getByLabel('Endpoint').fill(`PJSIP/${number}`);
}

async function save(page) {
  await page.locator('#editor-save').click();
  await page.locator('#editor:not([open])').waitFor({ state: 'attached' });
}

/** Eight by eight points of green. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR4nGNQmJCAFTEMLQkAgk5EATexurMAAAAASUVORK5CYII=', 'base64');

test('set up, make a site, a group and users, log in as one of them, see only his site, log out', async () => {
  const { page, leave } = await browser.visit(vigie.url, { expected: REFUSED });
  // the first step of a new user: one code
  await page.locator('#setup').waitFor();
  await shot(page, 'setup');
  await page.locator('#setup [name=code]').fill('2222-2222-2222-2222');
  await page.locator('#setup [name=lastName]').fill('First');
  await page.locator('#setup [name=loginId]').fill('root');
  await page.locator('#setup [name=password]').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.locator('#problem:not([hidden])').waitFor();
  await soon(async () => assert.match(await page.locator('#problem').textContent(), /not the setup code/));
  await page.locator('#setup [name=code]').fill(await setupCode(vigie));
  await page.keyboard.press('Enter');
  await page.locator('.tile').first().waitFor();
  const everybody = await until(async () => {
    const tiles = await page.locator('.tile').count();
    return tiles > 10 && tiles;
  }, 'the whole floor');

  await page.locator('#who summary').click();
  await shot(page, 'who');
  await page.getByRole('link', { name: 'Administration' }).click();
  await page.locator('#tab-sites').click();
  await page.locator('#add').click();
  await page.locator('#field-name').fill('Paris');
  await save(page);
  await page.locator('#add').click();
  await page.locator('#field-name').fill('Lyon');
  await page.locator('#field-timeZone').fill('Europe/Atlantis');
  await page.locator('#editor-save').click();
  await page.locator('#editor-problem:not([hidden])').waitFor();
  await soon(async () => assert.match(await page.locator('#editor-problem').textContent(), /Time zone: /));
  await page.locator('#field-timeZone').fill('Europe/Paris');
  await save(page);
  await soon(async () => assert.equal(await page.locator('.admin-table tbody tr').count(), 2));

  // with the keyboard from tab to tab
  await page.locator('#tab-sites').focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await soon(async () => assert.equal(await page.locator('#tab-users').getAttribute('aria-selected'), 'true'));
  const user = async (login, role, site, number) => {
    await page.locator('#add').click();
    await page.locator('#field-loginId').fill(login);
    await page.locator('#field-lastName').fill(login);
    await page.locator('#field-role').selectOption(role);
    await page.locator('#field-siteId').selectOption({ label: site });
    await page.locator('#field-password').fill(PASSWORD);
    if (number) await station(page, number);
    if (login === 'chef') await shot(page, 'user');
    await save(page);
  };
  await user('chef', 'Superviseur', 'Paris', '');
  await user('anna', 'Agent', 'Paris', '1001');
  await user('boris', 'Agent', 'Paris', '1004');
  await user('lyonnaise', 'Agent', 'Lyon', '1003');
  await shot(page, 'users');
  await page.locator('#tab-groups').click();
  await page.locator('#add').click();
  await page.locator('#field-name').fill('Support');
  await page.getByLabel(/^anna/).check();
  await save(page);
  await soon(async () => assert.match(await page.locator('.admin-table tbody').textContent(), /Support.*anna/));
  await page.locator('#tab-check').click();
  await page.locator('.admin-bar strong').waitFor();
  await soon(async () => assert.match(await page.locator('.admin-bar strong').textContent(), /^3 compared, \d+ to look at$/));
  await soon(async () => assert.match(await page.locator('.admin-table').textContent(), /no user sits here/));
  await shot(page, 'check');
  await page.locator('#tab-log').click();
  await until(async () => /add_user/.test((await page.locator('.admin-table').first().textContent()) ?? ''), 'the log');
  await shot(page, 'log');
  await leave();

  const chef = await browser.visit(vigie.url, { expected: REFUSED, locale: 'fr-FR', colorScheme: 'light' });
  await chef.page.locator('#login').waitFor();
  await shot(chef.page, 'login-fr');
  await logIn(chef.page, 'chef', 'faux');
  await chef.page.locator('#problem:not([hidden])').waitFor();
  await soon(async () => assert.match(await chef.page.locator('#problem').textContent(), /Pas d’identifiant/));
  await logIn(chef.page, 'chef');
  await until(async () => (await chef.page.locator('.tile').count()) === 2, 'the two agents of Paris');
  assert.ok(everybody > 2);
  const tiles = (await chef.page.locator('.tile').allTextContents()).join();
  assert.match(tiles, /Alice Martin/);
  assert.doesNotMatch(tiles, /Chloé Durand/);
  await shot(chef.page, 'floor-of-paris-fr');
  await chef.page.locator('.tile').first().click();
  await chef.page.getByRole('button', { name: 'Envoyer' }).waitFor();
  await soon(async () => assert.equal(await chef.page.getByRole('button', { name: 'Lever la main' }).count(), 0, 'an agent’s own gesture'));
  await chef.page.keyboard.press('Escape');
  await chef.page.locator('#who summary').click();
  await chef.page.getByRole('button', { name: 'Choisir ma photo' }).waitFor();
  const choose = (name, bytes) => chef.page.locator('#who input[type=file]').setInputFiles({ name, mimeType: 'image/png', buffer: bytes });
  await choose('no.png', Buffer.from('<svg onload="alert(1)">'));
  await chef.page.getByText('Seules les images PNG').waitFor();
  await choose('me.png', PNG);
  const own = chef.page.locator('.who-picture');
  await until(() => own.evaluate((/** @type {HTMLImageElement} */ image) => image.complete && image.naturalWidth === 8), 'his picture, as it was sent');
  await soon(async () => assert.equal(await chef.page.locator('.who-told').textContent(), ''));
  await shot(chef.page, 'own-picture');
  await chef.page.reload();
  await until(() => own.evaluate((/** @type {HTMLImageElement} */ image) => image.complete && image.naturalWidth === 8), 'his picture after a reload');
  await chef.page.locator('#who summary').click();
  await chef.page.getByRole('button', { name: 'Sans photo' }).click();
  await own.waitFor({ state: 'hidden' });
  await chef.page.locator('#log-out').click();
  await chef.page.locator('#login').waitFor();
  await chef.page.goto(vigie.url);
  await chef.page.locator('#login').waitFor();
  await chef.leave();
});

test('who is disabled while he looks is sent to the door, and a change shows on the other open page', async () => {
  const admin = await browser.visit(`${vigie.url}login.html?to=admin.html`, { expected: REFUSED });
  await logIn(admin.page, 'root');
  await admin.page.locator('#add').waitFor();
  const anna = await browser.visit(vigie.url, { expected: [...REFUSED, /WebSocket connection/] });
  await logIn(anna.page, 'anna');
  await anna.page.locator('.tile').first().waitFor();
  await soon(async () => assert.equal(await anna.page.locator('.tile').count(), 1, 'herself'));
  await anna.page.locator('.tile').click();
  await anna.page.getByRole('button', { name: 'Raise a hand' }).click();
  await anna.page.locator('#hands').getByText('asks for help').waitFor();

  const other = await browser.visit(`${vigie.url}login.html?to=admin.html`, { expected: REFUSED });
  await logIn(other.page, 'root');
  await other.page.locator('#add').waitFor();
  await admin.page.getByRole('button', { name: 'anna' }).click();
  await admin.page.locator('[name=isActive]').uncheck();
  await save(admin.page);
  await until(async () => (await other.page.locator('tr[data-off]').count()) === 1, 'the change on the other page');
  await anna.page.locator('#login').waitFor();
  await admin.leave();
  await other.leave();
  await anna.leave();
});
