/**
 * A supervisor's day in Chromium on a real Asterisk, with accounts: each test has a call of its own, and says of each
 * step both what the page shows and what Asterisk did.
 */

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { CALLER, Centre } from '../support/centre.mjs';
import { LAB_ROOT } from '../support/lab.mjs';
import { Browser, PATIENCE, soon as within, until } from '../support/page.mjs';
import { shot as picture } from '../support/shots.mjs';

/** What an open panel leaves in view of a row. */
const BESIDE_PANEL = { x: 20, y: 8 };
/** A phone, a bridge, an event and a drawing: all of it together may take that long on a busy machine. */
const soon = (claim) => within(claim, PATIENCE);
const skip = LAB_ROOT ? false : 'VIGIE_TEST_ASTERISK does not say where the lab is (./test sets it)';

for (const version of /** @type {const} */ (['22', '16'])) {
  describe(`a supervisor on Asterisk ${version}`, { skip }, () => {
    /** @type {Browser} */
    let browser;
    /** @type {Centre} */
    let centre;
    /** His browser, in which he logged in once. @type {Awaited<ReturnType<Browser['visit']>>} */
    let visit;
    before(async () => {
      [browser, centre] = await Promise.all([Browser.open(), Centre.open(version)]);
      visit = await centre.login(browser);
    });
    after(async () => {
      await browser?.close();
      await centre?.close();
    });
    afterEach(async (t) => {
      if (/** @type {{passed?: boolean}} */ (t).passed === false) console.error(await centre.account().catch(String));
      await centre.clear();
      assert.deepEqual(visit.complaints.splice(0), []);
    });

    /** The page anew: no panel, dialog or message of the test before. */
    async function floor() {
      const { page } = visit;
      await page.goto(centre.vigie.url);
      await tile(page, 'free', 'Alice Martin').waitFor();
      return page;
    }

    const shot = (page, name) => picture(page, `${version}-${name}`);

    /** Until the page says so of what was ordered. */
    const said = (page, words) => until(async () => words.test((await page.getByRole('status').first().textContent()) ?? ''), `the page saying ${words}`);
    const row = (page) => page.locator('.call-group:not([data-over]) .call').filter({ hasText: CALLER.number });
    const leg = (page, phone) => page.locator('#panel-legs .leg:not([data-over])').filter({ hasText: `${centre.endpoint(phone)}-` });
    const tile = (page, group, name) => page.locator(`.group[data-group="${group}"] .tile`).filter({ has: page.locator('.tile-name').getByText(name) });
    const more = (page, name) => page.locator('#more-verbs').getByRole('button', { name });
    const dialog = (page) => page.getByRole('dialog');

    /** Camille calls and Alice answers; the call is open on the page. */
    async function withACall() {
      const page = await floor();
      await centre.callIn();
      await row(page).and(page.locator('[data-tone="talking"]')).click();
      await leg(page, '1001').waitFor();
      return page;
    }

    /** What the log says that he did to calls, the oldest first. */
    const acts = async () => (await centre.trail()).filter((entry) => entry.outcome === 'done' && ['listen', 'whisper', 'stop_listening'].includes(entry.act)).map((entry) => entry.act).reverse();

    /** An order that rings his own phone. */
    async function onMyPhone(page, name, why = '') {
      await more(page, name).click();
      await dialog(page).getByLabel('Your phone').fill('1006');
      if (why) await dialog(page).getByLabel('Why (is noted)').fill(why);
      await shot(page, `asks-${name.source.replace(/\W/g, '')}`);
      await page.keyboard.press('Enter');
    }

    test('he logs in and sees the call between the caller and the agent, in the queue that is his', async () => {
      const page = await floor();
      await page.getByText(/^live, /).first().waitFor();
      await centre.callIn();
      await row(page).and(page.locator('[data-tone="talking"]')).filter({ hasText: CALLER.name }).filter({ hasText: 'support' }).waitFor();
      await tile(page, 'talking', 'Alice Martin').filter({ hasText: CALLER.number }).waitFor();
      await soon(async () => assert.match(await centre.member('1001'), /in call|In use/));
      await soon(async () => assert.deepEqual(await page.locator('.queue h3').allTextContents(), ['sales', 'support'], 'the queue of his site, the one that his agents serve, and no other'));
      await shot(page, 'floor');
    });

    test('he listens, whispers to the agent without a new ring, and stops', async () => {
      const page = await withACall();
      const agent = (await centre.isSo('1001', () => true, 'on the call')).channel;
      await onMyPhone(page, /^Listen/, 'coaching');
      await said(page, /^Listen: done/);
      const own = await centre.isSo('1006', ({ runs }) => runs === `ChanSpy(${agent},quES)`, 'listening to the agent');
      const mark = page.locator('#panel-marks').getByText(/^Fabien Noël/);
      await soon(async () => assert.equal(await mark.textContent(), 'Fabien Noël listens to Alice Martin'));
      await row(page).getByText('Fabien Noël listens to Alice Martin').waitFor();
      await shot(page, 'listening');
      await onMyPhone(page, /^Whisper/, 'coaching');
      await said(page, /^Whisper: done/);
      const still = await centre.isSo('1006', ({ runs }) => runs === `ChanSpy(${agent},quESw)`, 'whispering to the agent');
      assert.equal(still.channel, own.channel, 'the phone was not rung anew');
      await soon(async () => assert.equal(await mark.textContent(), 'Fabien Noël whispers to Alice Martin'));
      await centre.areTogether('trunk-a', '1001');
      // his own leg is a call of its own on the page, and it is there that he stops
      await page.locator('.call-group:not([data-over]) .call').filter({ has: page.locator('.phase-word').getByText('Listening') }).click({ position: BESIDE_PANEL });
      await leg(page, '1006').getByText('whispers to Alice Martin').waitFor();
      await more(page, /^Stop listening/).click();
      await said(page, /^Stop listening: done/);
      await centre.isGone('1006');
      await centre.areTogether('trunk-a', '1001');
      await row(page).and(page.locator('[data-tone="talking"]')).waitFor();
      await row(page).getByText('Fabien Noël').waitFor({ state: 'detached' });
      await soon(async () => assert.deepEqual(await acts(), ['listen', 'whisper', 'stop_listening'], 'what he did is in the log'));
    });

    test('he sends the caller to another extension', async () => {
      const page = await withACall();
      await page.locator('#panel-verbs').getByRole('button', { name: /^Transfer/ }).click();
      await page.keyboard.type('1004');
      await shot(page, 'transfer');
      await page.keyboard.press('Enter');
      await said(page, new RegExp(`^${CALLER.name} ${CALLER.number} was sent to 1004`));
      await centre.areTogether('trunk-a', '1004');
      await centre.isGone('1001');
      await leg(page, '1004').waitFor();
      await tile(page, 'talking', 'David Leroy').waitFor();
      await tile(page, 'free', 'Alice Martin').waitFor();
      await shot(page, 'transferred');
    });

    test('he has the agent consult a colleague, and completes the transfer', async () => {
      const page = await withACall();
      await more(page, /^Consult/).click();
      await dialog(page).getByLabel('To number').fill('1004');
      await page.keyboard.press('Enter');
      await said(page, /^Consult before a transfer: done/);
      await centre.areTogether('1001', '1004');
      await centre.isSo('trunk-a', ({ runs }) => runs.startsWith('MusicOnHold'), 'waiting with music');
      await tile(page, 'talking', 'David Leroy').waitFor();
      await shot(page, 'consulting');
      await more(page, /^Complete the transfer/).click();
      await said(page, /^Complete the transfer: done/);
      await centre.areTogether('trunk-a', '1004');
      await centre.isGone('1001');
      await page.locator('#panel-marks').getByText('attended transfer to 1004').waitFor();
    });

    test('he parks the caller and takes him back on his phone', async () => {
      const page = await withACall();
      const caller = (await centre.isSo('trunk-a', () => true, 'on the call')).channel;
      await more(page, /^Park/).click();
      await said(page, /^Park: done/);
      await soon(async () => assert.ok((await centre.asterisk.cli('parking show default')).includes(caller)));
      await centre.isGone('1001');
      await page.locator('#panel-marks').getByText(/^parked on 7\d\d/).waitFor();
      await shot(page, 'parked');
      await onMyPhone(page, /^Retrieve/);
      await said(page, /^Retrieve to a phone: done/);
      await centre.areTogether('trunk-a', '1006');
      await soon(async () => assert.ok(!(await centre.asterisk.cli('parking show default')).includes(caller)));
      await leg(page, '1006').waitFor();
    });

    test('he takes the caller over from the agent', async () => {
      const page = await withACall();
      await onMyPhone(page, /^Take over/);
      await said(page, /^Take over: done/);
      await centre.areTogether('trunk-a', '1006');
      await centre.isGone('1001');
      await page.locator('#panel-marks').getByText(/^taken over at/).waitFor();
      await tile(page, 'free', 'Alice Martin').waitFor();
      await shot(page, 'taken-over');
    });

    test('he pauses an agent with a reason, and ends the pause', async () => {
      const page = await floor();
      await tile(page, 'free', 'Alice Martin').click();
      const verbs = page.locator('#panel-agent-verbs');
      await verbs.getByRole('button', { name: 'Pause', exact: true }).click();
      await page.keyboard.type('briefing');
      await page.keyboard.press('Enter');
      await said(page, /^Alice Martin is paused/);
      await soon(async () => assert.match(await centre.member('1001'), /paused:briefing/));
      await tile(page, 'paused', 'Alice Martin').filter({ hasText: 'briefing' }).waitFor();
      await shot(page, 'paused');
      await verbs.getByRole('button', { name: 'End the pause' }).click();
      await dialog(page).getByRole('button', { name: 'End the pause' }).click();
      await said(page, /^Alice Martin is no longer paused/);
      await soon(async () => assert.doesNotMatch(await centre.member('1001'), /paused/));
      await tile(page, 'free', 'Alice Martin').waitFor();
    });

    test('he finds the call among past calls, with what he did in its place', async () => {
      const page = await withACall();
      const id = await row(page).getAttribute('data-id');
      await page.locator('#panel-verbs').getByRole('button', { name: /^Transfer/ }).click();
      await page.keyboard.type('1004');
      await page.keyboard.press('Enter');
      await centre.areTogether('trunk-a', '1004');
      await leg(page, '1004').waitFor();
      await page.locator('#panel-verbs').getByRole('button', { name: /^Hang up/ }).click();
      await dialog(page).getByRole('button', { name: 'Hang up' }).click();
      await said(page, new RegExp(`^${CALLER.name} ${CALLER.number} was hung up`));
      await until(async () => (await centre.asterisk.channels()).length === 0, 'no channel in Asterisk');
      // the log is in the database a moment after it is on disk
      await until(async () => (await centre.trail()).some(({ act, outcome }) => act === 'hangup' && outcome === 'done'), 'the hangup in the log');
      await page.locator('#panel-close').click();
      await page.keyboard.press('p');
      await page.locator('#past-words').fill(CALLER.number);
      await page.locator(`.past-row[data-id="${id}"]`).click();
      await page.locator('.past-facts li').first().waitFor();
      await shot(page, 'past');
      const facts = (await page.locator('.past-facts li').allTextContents()).map((fact) => fact.replace(/^\S+ /, ''));
      const order = [
        'the call begins', 'joins queue support', 'Alice Martin answers', 'leaves queue support: answered by Alice Martin', 'Fabien Noël: Transfer (1004)', 'redirected to 1004', 'David Leroy answers', 'Fabien Noël: Hang up', `${centre.endpoint('trunk-a')} leaves: hung up`,
      ];
      assert.deepEqual(facts.filter((fact) => order.includes(fact)), order, facts.join('\n'));
    });

    test('he logs out: the door, and no floor by going back', async () => {
      const page = await floor();
      await page.locator('#who summary').click();
      await page.locator('#log-out').click();
      await page.locator('#login').waitFor();
      await page.goBack({ waitUntil: 'commit' });
      await page.locator('#login').waitFor();
      assert.equal(await page.evaluate(async () => (await fetch('api/board')).status), 401, 'nothing is to be had any more');
    });
  });
}
