/** The editor of flows, as a newcomer and as two people at once use it, against a real Vigie with its own database. */

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
let ask;
before(async () => {
  browser = await Browser.open();
  data = mkdtempSync(join(tmpdir(), 'vigie-data-'));
  chmodSync(data, 0o755); // the database runs as another user when root starts it
  vigie = await Vigie.start({ DATABASE_URL: '', VIGIE_AUTH: 'on', VIGIE_DATA: join(data, 'own') });
  ask = await setUp(vigie);
  await ask('POST', 'users', { loginId: 'chef', lastName: 'Chef', role: 'Superviseur', password: PASSWORD });
});
after(async () => {
  await browser?.close();
  await vigie?.stop();
  rmSync(data, { recursive: true, force: true });
});

/** Opens the page of flows, logged in; at a flow when one is named. */
async function visit(flow = null, how = {}) {
  const visited = await browser.visit(`${vigie.url}login.html?to=${encodeURIComponent(`flows.html${flow ? `#flow=${flow}` : ''}`)}`, { expected: REFUSED, ...how });
  await logIn(visited.page, 'root');
  await (flow ? visited.page.locator('.card').first() : visited.page.locator('#add-flow')).waitFor();
  return visited;
}

const card = (page, name) => page.locator(`.card[aria-label^="${name}"]`);
const port = (page, name, id) => card(page, name).locator(`[data-port="${id}"] .port-dot`);
const stored = (id) => ask('GET', `ivr-flows/${id}`);
/** Where ports lead: `from port to`, by the names of nodes. */
const lines = (flow) => flow.connections.map(({ fromNodeId, fromPortId, toNodeId }) => [fromNodeId, fromPortId, toNodeId].map((id) => flow.nodes.find((node) => node.id === id)?.name ?? id).join(' ')).sort();
const idOf = (page) => new URLSearchParams(new URL(page.url()).hash.slice(1)).get('flow');

async function center(locator) {
  const box = await locator.boundingBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

/** By mouse, over a point in between. */
async function drag(page, from, to) {
  const [start, end] = [Array.isArray(from) ? from : await center(from), Array.isArray(to) ? to : await center(to)];
  await page.mouse.move(...start);
  await page.mouse.down();
  await page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2);
  await page.mouse.move(...end, { steps: 3 });
  await page.mouse.up();
}

const saved = (page) => page.locator('.flow-state[data-state=saved]').waitFor();
const noFaults = (page) => soon(async () => assert.equal(await page.locator('#side-faults').textContent(), 'Faults'));

/** A flow that says that and hangs up. */
const small = (id, prompt) => ({
  id, name: id, draft: true,
  nodes: [{ id: 's', type: 'start', name: 'Start', x: 40, y: 160, content: {} }, { id: 'm', type: 'media', name: 'Hello', x: 320, y: 160, content: { prompt, other_key: 1 } }, { id: 'h', type: 'hangup', name: 'End', x: 600, y: 160, content: {} }],
  connections: [{ id: 'c1', fromNodeId: 's', fromPortId: 'out', toNodeId: 'm', toPortId: 'in' }, { id: 'c2', fromNodeId: 'm', fromPortId: 'out', toNodeId: 'h', toPortId: 'in' }],
});

test('a newcomer draws a flow by mouse, mends what is wrong, publishes it and gives it a number', async () => {
  const { page, leave } = await browser.visit(`${vigie.url}login.html`, { expected: REFUSED });
  await logIn(page, 'root');
  await page.locator('#flows-open').click();
  await page.locator('.none-yet').waitFor();
  await shot(page, 'flows-empty');
  await page.locator('#add-flow').click();
  await page.locator('#field-name').fill('Welcome');
  await page.keyboard.press('Enter');
  await card(page, 'Start').waitFor();
  await page.locator('#palette [data-type=menu]').click();
  await card(page, 'Menu').waitFor();
  await drag(page, port(page, 'Start', 'out'), card(page, 'Menu'));
  // what is drawn is checked as it is drawn
  await soon(async () => assert.match(await page.locator('#side-faults').textContent(), /Faults \(\d\)/));
  await card(page, 'Menu').click();
  await page.locator('#f-prompt').pressSequentially('For sales press one');
  await page.locator('#f-options-0-label').pressSequentially('Sales');
  await soon(async () => assert.match(await page.locator('#node-faults').textContent(), /the exit “1 Sales” leads nowhere/));
  // a line that ends on nothing asks what shall stand there
  const [x, y] = await center(port(page, 'Menu', 'out-1'));
  await drag(page, [x, y], [x + 60, y + 160]);
  await page.locator('#field-type').selectOption('transfer');
  await page.locator('#dialog-yes').click();
  await card(page, 'Transfer').waitFor();
  await page.locator('#f-number').pressSequentially('1002');
  await page.locator('#palette [data-type=hangup]').click();
  await card(page, 'Hang up').waitFor();
  await page.locator('#zoom-fit').click();
  await drag(page, port(page, 'Transfer', 'out'), card(page, 'Hang up'));
  await drag(page, port(page, 'Menu', 'out-timeout'), card(page, 'Hang up'));
  await noFaults(page);
  const from = await card(page, 'Hang up').boundingBox();
  await drag(page, [from.x + 90, from.y + 12], [from.x + 90, from.y + 72]);
  await soon(async () => assert.ok((await card(page, 'Hang up').boundingBox()).y > from.y + 30, 'it was moved'));
  await page.locator('#arrange').click();
  // a line is chosen where it is drawn, and taken away
  await soon(async () => assert.equal(await page.locator('.line').count(), 4));
  const [[x1, y1], [x2]] = [await center(port(page, 'Menu', 'out-1')), await center(card(page, 'Transfer').locator('.port-in'))];
  await page.mouse.click((x1 + x2) / 2, (y1 + (await center(card(page, 'Transfer').locator('.port-in')))[1]) / 2);
  await soon(async () => assert.match(await page.locator('#side').innerText(), /Menu, 1 Sales → Transfer/));
  await page.keyboard.press('Delete');
  await soon(async () => assert.equal(await page.locator('.line').count(), 3));
  await page.locator('#undo').click();
  await noFaults(page);
  await shot(page, 'flows-drawn');
  assert.equal(await page.locator('.flow-state').getAttribute('data-state'), 'unsaved');
  await page.locator('#publish').click();
  await page.locator('#field-note').fill('the first');
  await shot(page, 'flows-publish');
  await page.locator('#dialog-yes').click();
  await soon(async () => assert.match(await page.locator('#said').textContent(), /version 1 is walked/));
  const flow = await stored(idOf(page));
  assert.deepEqual([flow.name, flow.published, flow.changed, flow.faults], ['Welcome', 1, false, []]);
  assert.deepEqual(lines(flow), ['Menu out-1 Transfer', 'Menu out-timeout Hang up', 'Start out Menu', 'Transfer out Hang up']);
  assert.equal(flow.nodes.find((node) => node.type === 'menu').content.prompt, 'For sales press one');

  await page.locator('#leave').click();
  await page.locator('#tab-dids').click();
  await page.locator('#add-did').click();
  await page.locator('#field-number').fill('+33 1 70 00 00 01');
  await page.locator('#field-description').fill('Hotline');
  await page.locator('#field-ivrFlowId').selectOption({ label: 'Welcome' });
  await page.locator('#dialog-yes').click();
  await page.getByRole('cell', { name: 'Hotline' }).waitFor();
  // the same number, written otherwise
  await page.locator('#add-did').click();
  await page.locator('#field-number').fill('01 70 00 00 01');
  await page.locator('#dialog-yes').click();
  await soon(async () => assert.match(await page.locator('#dialog-problem').textContent(), /however it is written/));
  await page.locator('#dialog-no').click();
  await page.getByRole('button', { name: '+33 1 70 00 00 01', exact: true }).click();
  await page.locator('#field-description').fill('Hotline by day');
  await page.locator('#dialog-yes').click();
  await page.getByRole('cell', { name: 'Hotline by day' }).waitFor();
  await shot(page, 'flows-numbers');
  await page.locator('#tab-flows').click();
  await page.getByRole('button', { name: 'Make default Welcome' }).click();
  await page.locator('.mark', { hasText: 'default' }).waitFor();
  await page.getByRole('button', { name: 'No longer Welcome' }).click();
  await page.locator('.flows-hint').waitFor();
  await page.getByRole('button', { name: 'Make default Welcome' }).click();
  await page.locator('.mark', { hasText: 'default' }).waitFor();
  // what stands in the way is said before
  await page.getByRole('button', { name: 'Delete Welcome' }).click();
  await soon(async () => assert.match(await page.locator('.in-the-way').innerText(), /\+33 1 70 00 00 01[^]*default flow[^]*version 1/));
  await shot(page, 'flows-delete');
  await page.locator('#dialog-no').click();
  await page.locator('#tab-dids').click();
  await page.getByRole('button', { name: 'Delete +33 1 70 00 00 01' }).click();
  await page.locator('#dialog-yes').click();
  await page.locator('.none-yet').waitFor();
  await leave();
});

test('by keyboard alone: nodes are added, named, moved, connected, taken away, and all of it undone', async () => {
  const { page, leave } = await visit();
  await page.locator('#add-flow').focus();
  await page.keyboard.press('Enter');
  await page.locator('#field-name:focus').waitFor();
  await page.keyboard.type('By keys');
  await page.keyboard.press('Enter');
  await card(page, 'Start').waitFor();
  await card(page, 'Start').focus();
  const focusedCard = (name) => soon(async () => assert.match((await page.locator('.card:focus').getAttribute('aria-label')) ?? '', new RegExp(`^${name}`)));
  await focusedCard('Start');
  await page.keyboard.press('n');
  await page.locator('#palette button:focus').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter'); // the second of the palette: Say
  await focusedCard('Say');
  await page.keyboard.press('Enter');
  await page.locator('#f-name:focus').waitFor();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('Greeting');
  await page.keyboard.press('Tab');
  await page.locator('#f-text:focus').waitFor();
  await page.keyboard.type('Hello {caller}');
  // from the start to it, by choosing from a list
  await card(page, 'Start').focus();
  await page.keyboard.press('c');
  await page.locator('#exit-out:focus').waitFor();
  await page.keyboard.type('Greeting');
  await soon(async () => assert.equal(await page.locator('.line').count(), 1));
  await page.locator('.outline').getByText('Then → Greeting').waitFor();
  // Tab goes along the caller's way
  await card(page, 'Start').focus();
  await page.keyboard.press('Tab');
  await focusedCard('Greeting');
  const before = await card(page, 'Greeting').getAttribute('style');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Shift+ArrowRight');
  await soon(async () => assert.notEqual(await card(page, 'Greeting').getAttribute('style'), before));
  await page.keyboard.press('Delete');
  await soon(async () => assert.equal(await page.locator('.card').count(), 1));
  await focusedCard('Start');
  await page.keyboard.press('ControlOrMeta+Z');
  await soon(async () => assert.deepEqual([await page.locator('.card').count(), await page.locator('.line').count()], [2, 1]));
  await page.keyboard.press('ControlOrMeta+Z');
  await soon(async () => assert.equal(await card(page, 'Greeting').getAttribute('style'), before));
  await page.keyboard.press('ControlOrMeta+Y');
  await page.keyboard.press('ControlOrMeta+S');
  await saved(page);
  const flow = await stored(idOf(page));
  assert.deepEqual(lines(flow), ['Start out Greeting']);
  assert.equal(flow.nodes[1].content.text, 'Hello {caller}');
  // who does not see reads it: each card says its name, what it is and how many exits it has
  const labels = await page.locator('.card').evaluateAll((cards) => cards.map((one) => one.getAttribute('aria-label')));
  assert.ok(labels.some((label) => /^Greeting \(Say\), 1 exit/.test(label)), labels.join('; '));
  await leave();
});

test('two people change one flow: the second is told, compares, and loses nothing', async () => {
  await ask('POST', 'ivr-flows', small('shared', 'first'));
  const [one, two] = [await visit('shared'), await visit('shared')];
  const prompt = async ({ page }, text) => {
    await card(page, 'Hello').click();
    await page.locator('#f-prompt').fill(text);
  };
  await prompt(one, 'of one');
  await prompt(two, 'of two');
  await one.page.locator('#save').click();
  await saved(one.page);
  await two.page.locator('#save').click();
  await two.page.locator('#conflict:not([hidden])').waitFor();
  assert.equal(await two.page.locator('#f-prompt').inputValue(), 'of two', 'what was typed stays');
  assert.equal((await stored('shared')).nodes[1].content.prompt, 'of one');
  await two.page.getByRole('button', { name: 'Compare', exact: true }).click();
  await soon(async () => assert.match(await two.page.locator('.diff').innerText(), /Prompt: *of one → of two/));
  await shot(two.page, 'flows-conflict');
  await two.page.locator('#dialog-yes').click();
  // mine as another flow, theirs stays
  await two.page.getByRole('button', { name: 'Save mine as another flow' }).click();
  await soon(async () => assert.equal(await two.page.locator('#f-prompt').inputValue(), 'of one'));
  const all = await ask('GET', 'ivr-flows');
  assert.equal(all.find((flow) => flow.name === 'shared (mine)')?.nodes[1].content.prompt, 'of two');
  await two.page.locator('#undo').click();
  await soon(async () => assert.equal(await two.page.locator('#f-prompt').inputValue(), 'of two', 'and it can be gone back to'));
  // once more, and now mine replaces theirs by my own will
  await prompt(one, 'of one again');
  await one.page.locator('#save').click();
  await saved(one.page);
  await two.page.locator('#save').click();
  await two.page.getByRole('button', { name: 'Keep mine, replace theirs' }).click();
  await saved(two.page);
  assert.equal((await stored('shared')).nodes[1].content.prompt, 'of two');
  await one.leave();
  await two.leave();
});

test('versions are listed, compared and rolled back; what is published anew is the next one', async () => {
  await ask('POST', 'ivr-flows', small('old', 'the first'));
  await ask('POST', 'ivr-flows/old/publish', { note: 'begin' });
  const next = small('old', 'the second');
  next.nodes[1].name = 'Greeting';
  next.nodes.push({ id: 'vm', type: 'voicemail', name: 'Mailbox', x: 600, y: 300, content: { prompt: 'leave' } });
  next.connections[1].toNodeId = 'vm';
  next.nodes = next.nodes.filter((node) => node.id !== 'h');
  await ask('PUT', 'ivr-flows/old', next);
  await ask('POST', 'ivr-flows/old/publish', { note: 'mailbox' });
  const { page, leave } = await visit('old');
  await page.locator('#side-versions').click();
  await page.locator('.version').nth(1).waitFor();
  await soon(async () => assert.match(await page.locator('.versions').innerText(), /Version 2, which is walked[^]*First[^]*mailbox[^]*Version 1[^]*begin/));
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await page.locator('.diff').first().waitFor();
  const told = await page.locator('#dialog-parts').innerText();
  assert.match(told, /Nodes added\s+Mailbox \(Voicemail\)/);
  assert.match(told, /Nodes taken away\s+End \(Hang up\)/);
  assert.match(told, /Greeting \(Play\)[^]*Prompt: the first → the second[^]*Name: Hello → Greeting/);
  assert.match(told, /Lines[^]*Greeting \(Play\), Then: End \(Hang up\) → Mailbox \(Voicemail\)/);
  await shot(page, 'flows-compare');
  await page.locator('#dialog-yes').click();
  await page.locator('.version').nth(1).getByRole('button', { name: 'Publish again' }).click();
  await page.locator('#dialog-yes').click();
  await soon(async () => assert.equal(await page.locator('.version').count(), 3));
  const flow = await stored('old');
  assert.deepEqual([flow.published, flow.changed, flow.nodes.some((node) => node.id === 'vm')], [3, true, true], 'what is drawn stays');
  assert.equal((await ask('GET', 'ivr-flows/old/versions/3')).nodes[1].content.prompt, 'the first');
  await soon(async () => assert.match(await page.locator('#flow-state').textContent(), /differs from version 3/));
  await leave();
});

test('a prompt that nobody knows is a warning: it is seen before, and the flow is published', async () => {
  await ask('POST', 'ivr-flows', small('unsure', 'hello-wrold'));
  const { page, leave } = await visit('unsure');
  await soon(async () => assert.equal(await page.locator('#side-faults').textContent(), 'Faults (1)'));
  await page.locator('#side-faults').click();
  await page.locator('#side').getByText('Warning: neither a prompt nor a sound that Asterisk brings: hello-wrold').waitFor();
  await page.getByText('It can be published: these may be meant.').waitFor();
  await page.locator('#publish').click();
  await page.locator('#dialog-yes').click();
  await soon(async () => assert.match(await page.locator('#said').textContent(), /version 1 is walked from now on. Prompts that nobody knows: 1/));
  await shot(page, 'flows-warning');
  assert.equal((await stored('unsure')).published, 1);
  await leave();
});

test('a call is tried in the page: keys, silence, opening hours, how a transfer ends', async () => {
  const flow = JSON.parse(readFileSync(new URL('../../../actors/fixtures/ivr/front-end.json', import.meta.url), 'utf8'));
  await ask('POST', 'ivr-flows', { ...flow, id: 'tried', draft: true });
  const { page, leave } = await visit('tried', { timezoneId: 'Europe/Paris' });
  const path = () => page.locator('.try-path li').allTextContents();
  await page.locator('#side-try').click();
  await page.locator('#try-at').fill('2026-11-26T12:00');
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  await page.locator('.keypad').waitFor();
  await soon(async () => assert.deepEqual(await path(), ['Start → Then', 'Opening hours → Office hours', 'Main menu']));
  await page.locator('.card[data-way=now][aria-label^="Main menu"]').waitFor();
  await soon(async () => assert.equal(await page.locator('.line[data-walked]').count(), 2));
  await page.locator('.keypad').getByRole('button', { name: '1', exact: true }).click();
  await soon(async () => assert.match(await page.locator('.try-said').textContent(), /Welcome/));
  await page.getByRole('button', { name: 'Hears it to its end' }).click();
  await page.getByRole('button', { name: 'Busy' }).waitFor();
  await shot(page, 'flows-try');
  await page.getByRole('button', { name: 'Busy' }).click();
  await soon(async () => assert.match(await page.locator('.try-said').textContent(), /The flow hung up/));
  assert.deepEqual((await path()).slice(-2), ['To sales → Nobody answered', 'End']);
  // on Christmas evening, by a port that leads nowhere yet
  await page.getByRole('button', { name: 'Another call' }).click();
  await page.locator('#try-at').fill('2026-12-25T20:00');
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  await soon(async () => assert.match(await page.locator('.try-said').textContent(), /leads nowhere/));
  assert.deepEqual(await path(), ['Start → Then', 'Opening hours → Closing day']);
  await leave();
});

test('what was typed and not saved is there again, and what the page does not know is kept', async () => {
  const flow = small('odd', 'x');
  flow.nodes[1] = { ...flow.nodes[1], content: { prompt: 'x', other_key: { deep: [1] } }, colour: 'red' };
  flow.nodes.push({ id: 'fax', type: 'fax', name: 'Fax', x: 600, y: 320, content: { pages: 3 } });
  flow.connections.push({ id: 'c3', fromNodeId: 'fax', fromPortId: 'sent', toNodeId: 'h', toPortId: 'in', weight: 2 });
  await ask('POST', 'ivr-flows', flow);
  const { page, leave } = await visit('odd');
  await card(page, 'Hello').click();
  await page.locator('#f-prompt').fill('typed and not saved');
  await page.reload();
  await card(page, 'Hello').click();
  await soon(async () => assert.equal(await page.locator('#f-prompt').inputValue(), 'typed and not saved'));
  assert.match(await page.locator('#said').textContent(), /is here again/);
  await page.locator('#save').click();
  await saved(page);
  const kept = await stored('odd');
  assert.deepEqual(kept.nodes[1], { ...flow.nodes[1], content: { ...flow.nodes[1].content, prompt: 'typed and not saved' } });
  assert.deepEqual([kept.nodes[3], kept.connections[2]], [flow.nodes[3], flow.connections[2]]);
  await card(page, 'Fax').click();
  await soon(async () => assert.match(await page.locator('#side').innerText(), /does not know/));
  await soon(async () => assert.match(await page.locator('#node-faults').textContent(), /type is not known/));
  // a name that cannot be: it is said, and stays
  await page.locator('#flow-name').fill('');
  await page.locator('#save').click();
  await soon(async () => assert.match(await page.locator('#problem').textContent(), /Name/));
  await page.locator('#flow-name').fill('odd');
  await page.locator('#save').click();
  await saved(page);
  await leave();
});

test('five hundred nodes are drawn, found and moved', async () => {
  const nodes = Array.from({ length: 500 }, (_, n) => ({ id: `n${n}`, type: n ? 'menu' : 'start', name: `Node ${n}`, x: (n % 25) * 260, y: Math.floor(n / 25) * 170, content: n ? { prompt: 'p', options: [{ key: '1', portId: 'a' }, { key: '2', portId: 'b' }] } : {} }));
  const connections = nodes.slice(1).map((node, n) => ({ id: `c${n}`, fromNodeId: `n${Math.floor(n / 3)}`, fromPortId: n < 3 ? 'out' : ['a', 'b', 'out-timeout'][n % 3], toNodeId: node.id, toPortId: 'in' }));
  await ask('POST', 'ivr-flows', { id: 'large', name: 'Large', nodes, connections, draft: true });
  const { page, leave } = await visit('large');
  await soon(async () => assert.equal(await page.locator('.card').count(), 500));
  await page.locator('#outline-search').fill('node 321');
  await soon(async () => assert.equal(await page.locator('.outline-node').count(), 1));
  await page.locator('.outline-node').click();
  await page.locator('.card[data-node=n321]:focus').waitFor();
  const before = await page.locator('.card[data-node=n321]').getAttribute('style');
  const still = page.locator('.card[data-node=n5] .card-head');
  await still.evaluate((one) => (one.dataset.seen = 'true'));
  await page.keyboard.press('ArrowRight');
  await soon(async () => assert.notEqual(await page.locator('.card[data-node=n321]').getAttribute('style'), before));
  assert.equal(await still.getAttribute('data-seen'), 'true', 'the others are not drawn anew');
  await page.locator('#zoom-fit').click();
  await shot(page, 'flows-large');
  await leave();
});

test('who stands on which node now is shown, as the server counts it', async () => {
  await ask('POST', 'ivr-flows', small('live', 'x'));
  await ask('POST', 'ivr-flows/live/publish', {});
  const { page, leave } = await visit();
  await page.route('**/api/ivr-flows/live/callers', (route) =>
    route.fulfill({ json: { id: 'live', since_ms: 0, behind: false, nodes: [{ node: 'm', now: 2, callers: [{ call: 'x', since_ms: Date.now() - 65_000 }], left: [{ port: 'out', callers: 12 }] }] } }));
  await page.getByRole('button', { name: 'live', exact: true }).click();
  await soon(async () => assert.match((await card(page, 'Hello').locator('.callers').textContent()) ?? '', /☎ 2 · 1:\d\d/));
  assert.match((await card(page, 'Hello').locator('.port-word').textContent()) ?? '', /Then · 12/);
  await soon(async () => assert.match((await card(page, 'Hello').getAttribute('aria-label')) ?? '', /callers here now: 2/));
  await leave();
});

test('it is said in French, in the light too; who may not does not come here', async () => {
  const flow = JSON.parse(readFileSync(new URL('../../../actors/fixtures/ivr/front-end.json', import.meta.url), 'utf8'));
  await ask('POST', 'ivr-flows', { ...flow, id: 'accueil', name: 'Accueil', draft: true });
  const { page, leave } = await visit('accueil', { locale: 'fr-FR', colorScheme: 'light' });
  await card(page, 'Main menu').click();
  await soon(async () => assert.match(await page.locator('#node-faults').textContent(), /la sortie «\u00a0Aucune touche\u00a0» ne mène nulle part/));
  await shot(page, 'flows-fr-light');
  await card(page, 'Opening hours').click();
  await page.locator('#f-events-0-name').waitFor();
  await shot(page, 'flows-fr-light-hours');
  await page.getByRole('button', { name: 'EN', exact: true }).click();
  await soon(async () => assert.match(await page.locator('#node-faults').textContent(), /the exit “Closing day” leads nowhere/));
  await leave();

  const chef = await browser.visit(`${vigie.url}login.html`, { expected: REFUSED });
  await logIn(chef.page, 'chef');
  await until(async () => (await chef.page.locator('#who').count()) === 1, 'who is logged in');
  assert.ok(await chef.page.locator('#flows-open').isHidden());
  await chef.page.goto(`${vigie.url}flows.html`);
  await soon(async () => assert.match(await chef.page.locator('#problem').textContent(), /no right to call flows/));
  await chef.leave();
});
