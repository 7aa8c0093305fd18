/** S30: names that callers choose are text, in every field that the page shows. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { visible } from '../../../static/render/dom.js';
import { FakeServer } from '../support/fake-server.mjs';
import { Browser, soon } from '../support/page.mjs';
import * as rows from '../support/rows.mjs';

let browser;
/** @type {FakeServer|undefined} */
let server;
before(async () => (browser = await Browser.open()));
afterEach(() => server?.close());
after(() => browser?.close());

const ATTACKS = [
  '<img src=x onerror=window.hit=1>', '<script>window.hit=1</script>', '"><svg onload=window.hit=1>', '<svg/onload=window.hit=1>',
  '<iframe srcdoc="<script>parent.hit=1</script>">', '<a href="javascript:window.hit=1">x</a>', 'javascript:window.hit=1',
  '\'-window.hit=1-\'', '{{constructor.constructor("window.hit=1")()}}', '${window.hit=1}', '<body onload=window.hit=1>',
  '<details open ontoggle=window.hit=1>', '<math><mi//xlink:href="data:x,<script>window.hit=1</script>">', '</title><script>window.hit=1</script>',
  '</textarea><img src=x onerror=window.hit=1>', '<input autofocus onfocus=window.hit=1>', '<style>*{display:none}</style>', '<base href="http://evil/">',
  '<meta http-equiv=refresh content="0;url=/evil">', '<form action=/evil><button>x', '&lt;img src=x onerror=window.hit=1&gt;', '&#60;script&#62;',
  '\u202Egnp.exe', '\u202Dabc', '\u2067rtl\u2069', '\u2066open', '\u202Bopen', '\u200Fmark', '\u061Cmark', 'ad\u200Bmin', '\uFEFFadmin', 'שלום', '\u0000null', 'a\r\nEvent: Hangup', '<!--', ']]>', '<![CDATA[<script>window.hit=1</script>]]>', '%3Cscript%3Ewindow.hit=1%3C/script%3E',
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
    pbxs: [rows.pbx({ id: pbx, link: n % 2 ? 'live' : 'refused', problem: evil, version: evil, last_read_ms: now, unknown: [{ slug: evil, with: [evil], text: evil }, { slug: 'odd_message', with: [evil], text: evil }], comparison: { ...rows.pbx().comparison, examples: [{ slug: evil, with: [evil], text: evil }] } })],
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

/** Texts and tooltips of the page with a control in them that has no width or turns what stands around it. */
const turning = (page) => page.evaluate(() => {
  const control = /[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/;
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (nodes.nextNode()) texts.push(nodes.currentNode.nodeValue ?? '');
  for (const element of document.querySelectorAll('[title], [aria-label]')) texts.push(element.getAttribute('title') ?? '', element.getAttribute('aria-label') ?? '');
  return texts.filter((text) => control.test(text));
});

test('a name from right to left leaves what stands beside it in place', async () => {
  const tables = boardOf('שלום עולם', 1);
  server = await new FakeServer({ onSession: (session) => session.send(rows.snapshot(tables, { now_ms: Date.now() })) }).listen();
  const { page, leave } = await browser.visit(server.url);
  await page.locator('.tile').first().waitFor();
  for (const selector of ['.call .who', '.leg-channel', '.queue-title', '.trunk-name', '.caller .who', '.alarm-text', '.link-name', '.mark-text']) {
    const element = page.locator(selector).first();
    const isolated = await element.evaluate((one) => getComputedStyle(one).unicodeBidi);
    assert.match(isolated, /^isolate/, selector);
  }
  await leave();
});

test('s30_fifty_hostile_names_are_text_everywhere', async () => {
  assert.ok(ATTACKS.length >= 50, String(ATTACKS.length));
  let tables = boardOf(ATTACKS[0], 0);
  let seq = 1;
  server = await new FakeServer({
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
    await page.waitForFunction((name) => document.querySelector('.tile-name')?.textContent === name, visible(evil));
    assert.equal(await page.evaluate(() => Reflect.get(window, 'hit')), undefined, evil);
    assert.deepEqual(await turning(page), [], `${evil} can turn the text around it`);
    assert.ok(Math.abs((await structure()) - usual) <= 12, `${evil} changed what the page is made of`);
    for (const selector of ['.call .parties', '.leg-channel', '.queue-title', '.trunk-name', '.caller .who', '.alarm-text']) {
      await soon(async () => assert.ok((await page.locator(selector).first().textContent()).includes(visible(evil)), `${selector} does not show ${evil}`));
    }
    if (n % 10 === 1) {
      await page.locator('.call').focus();
      await page.keyboard.press('h');
      await page.getByRole('dialog').getByRole('button', { name: 'Hang up' }).click();
      await page.locator('.outcome[data-result="refused"]').waitFor();
      await soon(async () => assert.ok((await page.getByRole('status').textContent()).includes(visible(evil))));
      await page.locator('#outcome-close').click();
    }
  }
  const foreign = await page.evaluate(() => performance.getEntriesByType('resource').filter((entry) => !entry.name.startsWith(location.origin)).map((entry) => entry.name));
  assert.deepEqual(foreign, []);
  await leave();
});
