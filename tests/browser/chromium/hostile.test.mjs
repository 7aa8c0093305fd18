/** S30: names that callers choose are text, in every field that the page shows. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FakeServer } from '../support/fake-server.mjs';
import { Browser } from '../support/page.mjs';
import * as rows from '../support/rows.mjs';

let browser;
before(async () => (browser = await Browser.open()));
after(() => browser.close());

const ATTACKS = [
  '<img src=x onerror=window.hit=1>', '<script>window.hit=1</script>', '"><svg onload=window.hit=1>', '<svg/onload=window.hit=1>',
  '<iframe srcdoc="<script>parent.hit=1</script>">', '<a href="javascript:window.hit=1">x</a>', 'javascript:window.hit=1',
  '\'-window.hit=1-\'', '{{constructor.constructor("window.hit=1")()}}', '${window.hit=1}', '<body onload=window.hit=1>',
  '<details open ontoggle=window.hit=1>', '<math><mi//xlink:href="data:x,<script>window.hit=1</script>">', '</title><script>window.hit=1</script>',
  '</textarea><img src=x onerror=window.hit=1>', '<input autofocus onfocus=window.hit=1>', '<style>*{display:none}</style>', '<base href="http://evil/">',
  '<meta http-equiv=refresh content="0;url=/evil">', '<form action=/evil><button>x', '&lt;img src=x onerror=window.hit=1&gt;', '&#60;script&#62;',
  '\u202Egnp.exe', '\u0000null', 'a\r\nEvent: Hangup', '<!--', ']]>', '<![CDATA[<script>window.hit=1</script>]]>', '%3Cscript%3Ewindow.hit=1%3C/script%3E',
  '" onmouseover="window.hit=1', '\' autofocus onfocus=\'window.hit=1', '" data-verb="hangup', '"] , * { } [x="', '__proto__', 'constructor', 'toString',
  '<x onclick=window.hit=1>', '<video><source onerror=window.hit=1>', '<object data="javascript:window.hit=1">', '<embed src="javascript:window.hit=1">',
  '<link rel=stylesheet href=http://evil/>', '<marquee onstart=window.hit=1>', '<noscript><p title="</noscript><img src=x onerror=window.hit=1>">',
  '<template><script>window.hit=1</script></template>', '<isindex type=image src=1 onerror=window.hit=1>', '=cmd|calc', '\\"><script>window.hit=1</script>',
  '<img src="x`<script>window.hit=1</script>"` `>', '<svg><animate onbegin=window.hit=1 attributeName=x>', 'é'.repeat(300),
];

/** A board in which every text is `evil`. */
function boardOf(evil, n) {
  const now = Date.now();
  const party = { number: evil, name: evil };
  const pbx = `pbx${n} ${evil}`;
  const leg = rows.leg({ uniqueid: evil, channel: evil, endpoint: evil, party, application: evil, agent: `agent ${evil}`, spies_on: evil, recorded: true, muted: true });
  return {
    pbxs: [rows.pbx({ id: pbx, link: n % 2 ? 'live' : 'refused', problem: evil, version: evil, last_read_ms: now, unknown: [{ slug: evil, with: [evil], text: evil }, { slug: 'odd_message', with: [evil], text: evil }], comparison: { ...rows.pbx().comparison, examples: [evil] } })],
    calls: [rows.call({
      id: `call ${evil}`, pbx, linkedid: evil, merged: [evil], caller: party, called: evil, legs: [leg], conference: evil,
      queue: { name: evil, joined_ms: now, left_ms: null, outcome: null, agent: evil }, parked: { lot: evil, space: evil, since_ms: now, until_ms: null },
      transfers: [{ kind: 'blind', by: evil, to: evil, success: false, at_ms: now }], trust: 'degraded',
    })],
    agents: [rows.agent({ id: `agent ${evil}`, pbx, endpoint: evil, name: evil, availability: 'paused', pause_reason: evil, activity: 'on_call', with: party, call: `call ${evil}`, call_queue: evil, memberships: [{ queue: evil, interface: evil, paused: true, reason: evil, since_ms: null, penalty: 0, calls_taken: 0 }] })],
    queues: [rows.queue({ id: `queue ${evil}`, pbx, name: evil, waiting: [rows.waiting({ uniqueid: evil, channel: evil, call: `call ${evil}`, party })], members: [rows.member({ interface: evil, name: evil })] })],
    trunks: [rows.trunk({ id: `trunk ${evil}`, pbx, endpoint: evil })],
    alarms: [rows.alarm({ id: `alarm ${evil}`, kind: evil, subject: evil, text: evil })],
  };
}

test('s30_fifty_hostile_names_are_text_everywhere', async () => {
  assert.ok(ATTACKS.length >= 50, String(ATTACKS.length));
  let tables = boardOf(ATTACKS[0], 0);
  let seq = 1;
  const server = await new FakeServer({
    onSession: (session) => session.send(rows.snapshot(tables, { seq, now_ms: Date.now() })),
    onVerb: async () => [502, { error: 'pbx_refused', message: tables.pbxs[0].problem }],
  }).listen();
  const { page, leave } = await browser.visit(server.url, { expected: [/Failed to load resource.*502/] });
  await page.locator('.tile').first().waitFor();
  const structure = () => page.evaluate(() => [...document.querySelectorAll('body *')].map((element) => element.tagName).filter((tag) => !/^(OPTION|LI)$/.test(tag)).length);
  const usual = await structure();
  for (const [n, evil] of ATTACKS.entries()) {
    tables = boardOf(evil, n);
    seq += 1;
    server.broadcast(rows.snapshot(tables, { seq, now_ms: Date.now() }));
    await page.waitForFunction((name) => document.querySelector('.tile-name')?.textContent === name, evil);
    assert.equal(await page.evaluate(() => Reflect.get(window, 'hit')), undefined, evil);
    assert.ok(Math.abs((await structure()) - usual) <= 12, `${evil} changed what the page is made of`);
    for (const selector of ['.call .parties', '.leg-channel', '.queue-title', '.trunk-name', '.caller .who', '.alarm-text']) {
      assert.ok((await page.locator(selector).first().textContent()).includes(evil), `${selector} does not show ${evil}`);
    }
    if (n % 10 === 1) {
      await page.locator('.call').focus();
      await page.keyboard.press('h');
      await page.getByRole('dialog').getByRole('button', { name: 'Hang up' }).click();
      await page.locator('.outcome[data-result="refused"]').waitFor();
      assert.ok((await page.getByRole('status').textContent()).includes(evil));
      await page.locator('#outcome-close').click();
    }
  }
  const foreign = await page.evaluate(() => performance.getEntriesByType('resource').filter((entry) => !entry.name.startsWith(location.origin)).map((entry) => entry.name));
  assert.deepEqual(foreign, []);
  await leave();
  await server.close();
});
