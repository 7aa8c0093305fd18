/** The page in Chromium against a real Asterisk: a call appears, is transferred, is hung up from the page. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Asterisk, LAB_ROOT, Phones } from '../support/lab.mjs';
import { Browser, until } from '../support/page.mjs';
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

    /** The row of a live leg at that phone. */
    const legAt = (page, phone) => page.locator('.leg:not([data-over])').filter({ hasText: `${tech}/${phone}-` });
    const status = (page) => page.getByRole('status').textContent();

    test('a call appears, is transferred, and is hung up, all from the page', async () => {
      const { page, leave } = await browser.visit(vigie.url);
      await page.getByText(/^live, /).first().waitFor();
      await until(async () => (await page.locator('.tile').count()) >= 5, 'the agents of the queues');

      await phones.do('call', { name: '1001', number: '1002', call: 'first' });
      await legAt(page, '1001').waitFor();
      await legAt(page, '1002').waitFor();
      await page.locator('.call[data-tone="talking"]').filter({ hasText: '1001' }).waitFor();
      await page.locator('.group[data-group="talking"] .tile').nth(1).waitFor();

      // 1001's leg goes to 1003: 1002 is left alone and hangs up, 1003 answers.
      await legAt(page, '1001').locator('.act-transfer').click();
      await page.keyboard.type('1003');
      await page.keyboard.press('Enter');
      await until(async () => /was sent to 1003/.test((await status(page)) ?? ''), 'the transfer confirmed');
      await legAt(page, '1003').waitFor();
      await legAt(page, '1002').waitFor({ state: 'detached' });

      await legAt(page, '1003').focus();
      await page.keyboard.press('h');
      await page.keyboard.press('Enter');
      await until(async () => /1003-\S+ was hung up/.test((await status(page)) ?? ''), 'the hangup confirmed');
      await until(async () => (await page.locator('.leg:not([data-over])').count()) === 0, 'no live leg');
      await leave();
    });

    test('a number that the dialplan does not know is not sent in vain: the page says what happened', async () => {
      const { page, leave } = await browser.visit(vigie.url, { expected: [/Failed to load resource/] });
      await phones.do('call', { name: '1001', number: '690', call: 'echo' });
      await legAt(page, '1001').waitFor();
      await page.locator('.leg[data-tone="talking"]').waitFor();
      await legAt(page, '1001').locator('.act-transfer').click();
      await page.keyboard.type('nowhere');
      await page.keyboard.press('Enter');
      await page.locator('.outcome[data-result]').waitFor();
      assert.ok(((await status(page)) ?? '').length > 10);
      await phones.do('hangup', { call: 'echo' }).catch(() => {});
      await leave();
    });

    test('a caller waits in the queue pane, first in line, and leaves it when he hangs up', async () => {
      const { page, leave } = await browser.visit(vigie.url);
      await page.locator('.queue').first().waitFor();
      await phones.do('call', { name: '1001', number: '502', call: 'queued' });
      const queue = page.locator('.queue').filter({ hasText: 'empty' });
      await queue.locator('.caller').filter({ hasText: '1001' }).waitFor();
      assert.match(await queue.locator('.caller .time').textContent(), /^0:\d\d$/);
      await phones.do('hangup', { call: 'queued' });
      await queue.locator('.caller').waitFor({ state: 'detached' });
      await leave();
    });
  });
}
