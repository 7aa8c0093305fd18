/**
 * Frame times under load: `npm run frames [agents] [calls] [changes a second] [seconds]`. Prints them for the
 * wall and for the floor; a figure is never a failure. What it measures it says: Chromium draws in software here.
 */

import { cpus, loadavg } from 'node:os';
import { FakeServer } from './support/fake-server.mjs';
import { launch } from './support/chromium.mjs';
import { floor } from './support/floor.mjs';
import { loaded, piecesOf, toldOf } from './support/load.mjs';
import * as rows from './support/rows.mjs';

const [agents = 2000, calls = 500, rate = 20_000, seconds = 10] = process.argv.slice(2).map(Number);
const now = Date.now();
const tables = floor(now, agents);
tables.calls = tables.calls.slice(0, calls);
const perFrame = Math.round(rate / 50);
const given = { snapshot: JSON.stringify(rows.snapshot(tables, { now_ms: now })), pieces: piecesOf(tables), perFrame, everyMs: 20 };
const server = await new FakeServer({ onSession: () => {} }).listen();
const browser = await launch();
console.log(`${tables.agents.length} agents, ${tables.calls.length} calls, ${rate} changes/s; ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}; Chromium ${browser.version()}, 1920x1080, software rendering`);
for (const view of ['wall', 'floor']) {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, locale: 'en-GB' });
  const page = await context.newPage();
  page.on('pageerror', (error) => console.log(String(error)));
  await page.addInitScript(loaded, given);
  await page.goto(`${server.url}${view === 'wall' ? '?view=wall' : ''}`);
  await page.waitForFunction(() => document.body.dataset.connection === 'live');
  await page.waitForTimeout(1500);
  const rest = await page.evaluate(() => window.load.frames(2000));
  console.log(`${view}, at rest: ${toldOf(rest)}`);
  const times = await page.evaluate((ms) => {
    window.load.start();
    return window.load.frames(ms);
  }, seconds * 1000);
  const told = await page.evaluate(() => window.load.stop());
  console.log(`${view}, ${Math.round(told / seconds)} changes/s taken: ${toldOf(times)}`);
  await context.close();
}
await browser.close();
await server.close();
