/** The page in Chromium against a real Asterisk: a call appears, is transferred, is hung up from the page. */

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Asterisk, LAB_ROOT, Phones } from '../support/lab.mjs';
import { Browser, soon, until } from '../support/page.mjs';
import { Vigie } from '../support/vigie.mjs';

const skip = LAB_ROOT ? false : 'VIGIE_TEST_ASTERISK does not say where the lab is (./test sets it)';

for (const version of /** @type {const} */ (['22', '16'])) {
  const tech = version === '22' ? 'PJSIP' : 'SIP';
  describe(`Asterisk ${version}`, { skip }, () => {
    let browser, asterisk, phones, vigie;
    before(async () => {
      [browser, asterisk] = await Promise.all([Browser.open(), Asterisk.start(version)]);
      phones = new Phones(asterisk);
      await phones.phone('1001', 0);
      await phones.phone('1002', 1, { auto: ['answer', 0.2] });
      await phones.phone('1003', 2, { auto: ['answer', 0.2] });
      vigie = await Vigie.start(asterisk.settings);
    });
    after(async () => {
      await browser?.close();
      await vigie?.stop();
      await phones?.stop();
      await asterisk?.stop();
    });

    /** Whatever a test left behind, so that none stands on another's ruins. */
    afterEach(() => Promise.allSettled(calls.splice(0).map((call) => phones.do('hangup', { call }))));

    /** @type {string[]} */
    const calls = [];
    const dial = async (name, number, call) => {
      calls.push(call);
      await phones.do('call', { name, number, call });
    };
    /** The row of a live leg at that phone. */
    const legAt = (page, phone) => page.locator('.leg:not([data-over])').filter({ hasText: `${tech}/${phone}-` });
    const status = (page) => page.getByRole('status').textContent();

    test('a call appears, is transferred, and is hung up, all from the page', async () => {
      const { page, leave } = await browser.visit(vigie.url);
      await page.getByText(/^live, /).first().waitFor();
      await until(async () => (await page.locator('.tile').count()) >= 5, 'the agents of the queues');

      await dial('1001', '1002', 'first');
      await legAt(page, '1001').waitFor();
      await legAt(page, '1002').waitFor();
      await page.locator('.call[data-tone="talking"]').filter({ hasText: '1001' }).waitFor();
      await page.locator('.group[data-group="talking"] .tile').nth(1).waitFor();

      // 1001's leg goes to 1003: 1002 is left alone and hangs up, 1003 answers.
      await legAt(page, '1001').locator('.act-transfer').click();
      await page.keyboard.type('1003');
      await page.keyboard.press('Enter');
      await page.locator('.outcome[data-result]').waitFor();
      await soon(async () => assert.match((await status(page)) ?? '', /was sent to 1003/));
      await legAt(page, '1003').waitFor();
      await legAt(page, '1002').waitFor({ state: 'detached' });

      await legAt(page, '1003').focus();
      await page.keyboard.press('h');
      await page.keyboard.press('Enter');
      await until(async () => /\S was hung up, after/.test((await status(page)) ?? ''), 'the hangup confirmed');
      await until(async () => (await page.locator('.leg:not([data-over])').count()) === 0, 'no live leg');
      await leave();
    });

    test('s30_a_name_that_a_caller_chose_is_text', async () => {
      const evil = '<img src=x onerror=window.hit=1>';
      await phones.do('provider', { name: 'trunk-a', port: Number(asterisk.at.trunk_a), server: Number(asterisk.at.sip) });
      const { page, leave } = await browser.visit(vigie.url);
      await page.locator('.tile').first().waitFor();
      calls.push('evil');
      await phones.do('call', { name: 'trunk-a', number: '0170001002', call: 'evil', display: evil, caller: '0612345678' });
      await page.locator('.call .parties').filter({ hasText: evil }).waitFor();
      await page.locator('.tile').filter({ hasText: evil }).waitFor();
      assert.equal(await page.evaluate(() => Reflect.get(window, 'hit')), undefined);
      await leave();
    });

    test('what is neither an extension nor a number is refused in words, and the call goes on', async () => {
      const { page, leave } = await browser.visit(vigie.url, { expected: [/Failed to load resource/] });
      await dial('1001', '690', 'echo');
      await legAt(page, '1001').waitFor();
      await page.locator('.leg[data-tone="talking"]').waitFor();
      await legAt(page, '1001').locator('.act-transfer').click();
      await page.keyboard.type('nowhere');
      await page.keyboard.press('Enter');
      await page.locator('.outcome[data-result]').waitFor();
      await soon(async () => assert.match((await status(page)) ?? '', /was not sent to nowhere\. A value was not accepted: destination: expected an extension of the PBX, or a number/));
      await soon(async () => assert.equal(await legAt(page, '1001').count(), 1, 'the leg is still there'));
      await leave();
    });

    test('a caller waits in the queue pane while an agent is rung, and leaves it when he hangs up', async () => {
      await phones.do('set', { name: '1002', auto: 'ring' });
      const { page, leave } = await browser.visit(vigie.url);
      const queue = page.locator('.queue').filter({ has: page.getByRole('heading', { name: 'support' }) });
      await queue.waitFor();
      await dial('1001', '500', 'queued');
      await queue.locator('.caller').filter({ hasText: '1001' }).waitFor();
      await soon(async () => assert.match((await queue.locator('.caller .time').textContent()) ?? '', /^0:\d\d$/));
      await page.locator('.group[data-group="ringing"] .tile').filter({ hasText: 'Bruno Petit' }).waitFor();
      await phones.do('hangup', { call: 'queued' });
      await queue.locator('.caller').waitFor({ state: 'detached' });
      await page.locator('.group[data-group="ringing"]').waitFor({ state: 'detached' });
      await leave();
    });
  });
}
