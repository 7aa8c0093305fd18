/**
 * Screenshots to look at: `node shots.mjs <folder> [url]`. Without a URL, of a made-up floor.
 */

import { mkdirSync } from 'node:fs';
import { launch } from './support/chromium.mjs';
import { serveFloor } from './support/floor.mjs';

const [folder = 'shots', given] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const fake = given ? null : await serveFloor(0, 26);
const url = given ?? fake.server.url;
const browser = await launch();
const SHOTS = [
  ['wall-dark-en', 1920, 1080, 'dark', 'en-GB'],
  ['wall-light-fr', 1920, 1080, 'light', 'fr-FR'],
  ['desk-dark-fr', 1280, 800, 'dark', 'fr-FR'],
  ['desk-light-en', 1280, 800, 'light', 'en-GB'],
];
for (const [name, width, height, colorScheme, locale] of SHOTS) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale });
  const page = await context.newPage();
  page.on('console', (message) => console.log(name, message.type(), message.text()));
  page.on('pageerror', (error) => console.log(name, String(error)));
  await page.goto(url);
  await page.waitForSelector('.tile', { timeout: 30_000 });
  await page.waitForTimeout(1500);
  await page.screenshot({ path: `${folder}/${name}.png` });
  await context.close();
}
await browser.close();
fake?.stop();
await fake?.server.close();
