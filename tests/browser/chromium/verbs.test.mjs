/** The two verbs in Chromium, against a server that answers as the test says. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { FakeServer } from '../support/fake-server.mjs';
import { Browser, soon, until } from '../support/page.mjs';
import * as rows from '../support/rows.mjs';

const { oneCall } = rows;

/** @type {Browser} */
let browser;
/** @type {FakeServer|null} */
let server = null;
before(async () => (browser = await Browser.open()));
after(() => browser?.close());
afterEach(async () => {
  await server?.close();
  server = null;
});

/** A server that sends `tables` to whoever connects. */
async function serve(tables, onVerb) {
  server = new FakeServer({ onSession: (session) => session.send(rows.snapshot(tables, { now_ms: Date.now() })), onVerb });
  return server.listen();
}

test('a leg is hung up in two clicks, and the answer says what the PBX did', async () => {
  let answer;
  await serve(oneCall(), () => new Promise((done) => (answer = done)));
  const { page, leave } = await browser.visit(server.url);
  await page.getByRole('button', { name: 'Hang up Bob Durand', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Hang up' }).click();
  await page.getByText('hanging up…').waitFor();
  await until(() => server.verbs.length, 'the order');
  await soon(() => assert.deepEqual(server.verbs, [{ verb: 'hangup', body: { channel: 'PJSIP/1001-00000002', pbx: 'paris' } }]));
  assert.equal(await page.getByRole('status').textContent(), '');
  answer([200, { ok: true, channel: 'PJSIP/1001-00000002' }]);
  await page.getByText(/^Bob Durand was hung up, after/).waitFor();
  assert.equal(await page.getByText('hanging up…').isVisible(), false);
  await leave();
});

test('a call is transferred by keyboard alone', async () => {
  await serve(oneCall());
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.leg').first().waitFor();
  await page.keyboard.press('ArrowDown'); // the call
  await page.keyboard.press('ArrowDown'); // its first leg
  await page.keyboard.press('t');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('10 02');
  await page.keyboard.press('Enter');
  await page.getByText('A destination has 1 to 64').waitFor();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('1002');
  await page.keyboard.press('Enter');
  await page.getByText(/^Alice Martin 0612345678 was sent to 1002/).waitFor();
  await soon(() => assert.deepEqual(server.verbs, [{ verb: 'transfer', body: { channel: 'PJSIP/trunk-a-00000001', pbx: 'paris', destination: '1002' } }]));
  await page.keyboard.press('Escape');
  await until(async () => (await page.getByRole('status').textContent()) === '', 'the message closed');
  await leave();
});

test('on a whole call the outside party is proposed, and Escape does nothing', async () => {
  await serve(oneCall());
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.leg').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('h');
  await page.getByRole('dialog').waitFor();
  await soon(async () => assert.equal(await page.locator('#order-leg').inputValue(), 'PJSIP/trunk-a-00000001'));
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-row')), 'call');
  assert.deepEqual(server.verbs, []);
  await leave();
});

test('every refusal is said in the words of the language', async () => {
  const refusals = [
    [404, { error: 'no_such_channel', message: 'no such live channel' }, 'Ce canal n’existe plus'],
    [409, { error: 'not_answered', message: 'x' }, 'Le canal n’a pas encore répondu'],
    [502, { error: 'pbx_refused', message: 'Channel does not exist' }, 'Le PBX a refusé\u00a0: Channel does not exist'],
    [503, { error: 'link_down', message: 'x' }, 'Pas de liaison vivante avec le PBX'],
    [504, { error: 'timed_out', message: 'x' }, 'L’ordre est parti, mais rien n’en a montré l’effet à temps'],
    [409, { error: 'something_new', message: 'the moon is full' }, 'the moon is full'],
  ];
  let next = 0;
  await serve(oneCall(), async () => refusals[next].slice(0, 2));
  const { page, leave } = await browser.visit(server.url, { locale: 'fr-FR', expected: [/Failed to load resource/] });
  for (const [, , words] of refusals) {
    await page.getByRole('button', { name: 'Raccrocher Alice Martin 0612345678', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Raccrocher' }).click();
    await until(async () => (await page.getByRole('status').textContent()).includes(words), words);
    next += 1;
  }
  await leave();
});

test('buttons and the dialog name who is at a leg, and the channel only where two would read the same', async () => {
  const tables = oneCall();
  await serve(tables);
  const { page, leave } = await browser.visit(server.url);
  const names = () => page.locator('#calls .act').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')).sort());
  await soon(async () => assert.deepEqual(await names(), ['Hang up Alice Martin 0612345678', 'Hang up Bob Durand', 'Transfer Alice Martin 0612345678', 'Transfer Bob Durand']));
  // he calls somebody else besides: his two legs read the same, in two calls
  const second = rows.leg({ ...tables.calls[0].legs[1], uniqueid: '1795224600.1', channel: 'PJSIP/1001-00000009' });
  const other = rows.call({ id: 'paris~1795000000~1795224600.1', linkedid: '1795224600.1', legs: [second] });
  server.broadcast(rows.changes(10, 11, { calls: [other] }, {}, { now_ms: Date.now() }));
  await page.getByRole('button', { name: 'Hang up Bob Durand (PJSIP/1001-00000009)', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Hang up Bob Durand (PJSIP/1001-00000002)', exact: true }).waitFor();
  const said = await names();
  assert.equal(new Set(said).size, 6, said.join());
  server.broadcast(rows.changes(11, 12, {}, { calls: [other.id] }, { now_ms: Date.now() }));
  await page.getByRole('button', { name: 'Hang up Bob Durand', exact: true }).waitFor();
  await page.locator('.call').focus();
  await page.keyboard.press('h');
  await soon(async () => assert.deepEqual(await page.locator('#order-leg option').allTextContents(), ['Alice Martin 0612345678', 'Bob Durand']));
  await leave();
});

test('a button that cannot work is not pressed in vain: it says why', async () => {
  await serve(oneCall({ legs: [rows.leg({ phase: 'ringing' })] }));
  const { page, leave } = await browser.visit(server.url);
  const transfer = page.getByRole('button', { name: 'Transfer Alice Martin 0612345678', exact: true });
  await transfer.waitFor();
  await soon(async () => assert.equal(await transfer.getAttribute('aria-disabled'), 'true'));
  await soon(async () => assert.match(await transfer.getAttribute('title'), /answered/));
  await transfer.click({ force: true });
  await until(async () => /answered/.test(await page.getByRole('status').textContent()), 'the reason');
  await soon(async () => assert.equal(await page.getByRole('dialog').isVisible(), false));
  assert.deepEqual(server.verbs, []);
  await leave();
});
