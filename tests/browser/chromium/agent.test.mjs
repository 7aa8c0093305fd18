/** Messages to an agent, his raised hand, and his own page. */

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { FakeServer } from '../support/fake-server.mjs';
import { Browser, soon, until } from '../support/page.mjs';
import * as rows from '../support/rows.mjs';
import { shot } from '../support/shots.mjs';
import { Vigie } from '../support/vigie.mjs';

let browser;
let server;
before(async () => (browser = await Browser.open()));
after(() => browser?.close());
afterEach(async () => {
  await server?.close();
  server = null;
});

async function serve(tables, script = {}) {
  server = new FakeServer({ onSession: (session) => session.send(rows.snapshot(tables, { now_ms: Date.now() })), ...script });
  return server.listen();
}

test('a supervisor writes to an agent, who reads it and raises a hand, which the supervisor sees', async () => {
  const vigie = await Vigie.start();
  try {
    const agent = await until(async () => (await vigie.board()).agents.find((row) => row.availability === 'available'), 'an agent');
    const own = await browser.visit(`${vigie.url}?view=agent&agent=${encodeURIComponent(agent.id)}`);
    await own.page.getByRole('heading', { name: agent.name, exact: true }).waitFor();
    const desk = await browser.visit(vigie.url);
    const tile = desk.page.locator(`.tile[data-id="${agent.id}"]`);
    await tile.click();
    const panel = desk.page.getByRole('complementary');
    await panel.getByLabel('Message to this agent').fill('The caller of ten is yours <b>now</b>');
    await panel.getByRole('button', { name: 'Send' }).click();
    await own.page.getByText('The caller of ten is yours <b>now</b>').waitFor();
    await tile.getByText('1 message not read').waitFor();
    await panel.getByText('not read yet').waitFor();
    await own.page.getByRole('button', { name: 'Mark as read' }).click();
    await panel.getByText(/^read \d\d:\d\d:\d\d$/).waitFor();
    await until(async () => (await tile.getByText('message not read').count()) === 0, 'the mark gone');

    await own.page.getByLabel('Why (optional)').fill('a difficult caller');
    await own.page.getByRole('button', { name: 'Raise a hand' }).click();
    const strip = desk.page.locator('#hands');
    await strip.getByText(agent.name, { exact: true }).waitFor();
    await strip.getByText('asks for help: a difficult caller').waitFor();
    await until(async () => (await desk.page.locator('#alarm-said').textContent()) === `${agent.name} raises a hand`, 'it is read out');
    await panel.getByRole('button', { name: 'Lower the hand' }).click();
    await own.page.getByRole('button', { name: 'Raise a hand' }).waitFor();
    await until(async () => !(await desk.page.locator('#hands-pane').isVisible()), 'no hand any more');
    await desk.leave();
    await own.leave();
  } finally {
    await vigie.stop();
  }
});

test('an agent’s own page shows his state and call, pauses him, and stays his after a reload', async () => {
  const tables = rows.oneCall();
  await serve(tables);
  const { page, leave } = await browser.visit(`${server.url}?view=agent&agent=${encodeURIComponent('paris~PJSIP/1001')}`);
  await page.getByRole('heading', { name: 'Bob Durand' }).waitFor();
  await soon(async () => assert.equal(await page.locator('#own-activity').textContent(), 'Talking'));
  await soon(async () => assert.match(await page.locator('#own-call').textContent(), /Alice Martin/));
  await soon(async () => assert.equal(await page.getByRole('main').count(), 1));
  await page.locator('#own-verbs').getByRole('button', { name: 'Pause', exact: true }).click();
  await page.keyboard.type('lunch');
  await page.keyboard.press('Enter');
  await page.getByText(/Bob Durand is paused/).waitFor();
  await soon(() => assert.deepEqual(server.verbs[0], { verb: 'pause', body: { agent: 'paris~PJSIP/1001', reason: 'lunch' } }));
  await page.reload();
  await page.getByRole('heading', { name: 'Bob Durand' }).waitFor();
  server.broadcast(rows.changes(10, 11, { agents: [{ ...tables.agents[0], activity: 'on_hold' }] }, {}, { now_ms: Date.now() }));
  await page.locator('#own-activity').getByText('Holding').waitFor();
  await leave();
});

test('S35: an agent sees on his page that somebody listens, how, and that it is over', async () => {
  const tables = rows.oneCall();
  await serve(tables);
  const { page, leave } = await browser.visit(`${server.url}?view=agent&agent=${encodeURIComponent('paris~PJSIP/1001')}`);
  await page.getByRole('heading', { name: 'Bob Durand' }).waitFor();
  await soon(async () => assert.equal(await page.locator('#own-listened').isVisible(), false));
  const desk = (mode) => ({ id: 'paris~PJSIP/1001', pbx: 'paris', hand: null, listened: { since_ms: Date.now() - 5000, mode }, messages: [] });
  const show = (n, mode) => server.broadcast(rows.changes(n, n + 1, { desks: [desk(mode)] }, {}, { now_ms: Date.now() }));
  show(10, 'listen');
  await page.getByRole('status').getByText('Somebody listens to the conversation').waitFor();
  await page.locator('#own-listened .time').getByText(/0:0[5-9]|0:[1-5]\d/).waitFor();
  await shot(page, 'listened');
  show(11, 'whisper');
  await page.getByText('Somebody listens and speaks to the agent').waitFor();
  server.broadcast(rows.changes(12, 13, {}, { desks: ['paris~PJSIP/1001'] }, { now_ms: Date.now() }));
  await page.locator('#own-listened').waitFor({ state: 'hidden' });
  await leave();
});

test('without a name the own page asks whose it is, and a name that nobody has is said', async () => {
  await serve(rows.oneCall());
  const { page, leave } = await browser.visit(`${server.url}?view=agent&agent=nobody`);
  await page.getByText('nobody is not known on the floor').waitFor();
  await page.getByRole('button', { name: /Bob Durand/ }).click();
  await page.getByRole('heading', { name: 'Bob Durand' }).waitFor();
  await soon(() => assert.match(page.url(), /agent=paris/));
  await leave();
});

test('a message that is refused is said and can be sent again; what is begun to one agent is not sent to another', async () => {
  const tables = rows.oneCall();
  tables.agents.push(rows.agent({ id: 'paris~PJSIP/1002', endpoint: 'PJSIP/1002', name: 'Carla Nuñez' }));
  await serve(tables);
  const { page, leave } = await browser.visit(server.url, { expected: [/404/] });
  const text = page.getByLabel('Message to this agent');
  const open = async (id, name) => {
    await page.locator(`.tile[data-id="${id}"]`).click();
    await page.getByRole('complementary').getByRole('heading', { name }).waitFor();
  };
  await open('paris~PJSIP/1001', 'Bob Durand');
  await text.fill('hello');
  await page.keyboard.press('Enter');
  await page.getByText(/^This was not done/).waitFor();
  assert.equal(await text.inputValue(), 'hello');
  await open('paris~PJSIP/1002', 'Carla Nuñez');
  assert.equal(await text.inputValue(), '');
  await open('paris~PJSIP/1001', 'Bob Durand');
  assert.equal(await text.inputValue(), 'hello');
  await leave();
});
