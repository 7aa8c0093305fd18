/** A server with accounts: its first one, what is set up with it, and logging in as people do. */

import assert from 'node:assert/strict';
import { until } from './page.mjs';

export const PASSWORD = 'gris-loutre-7-canape';
/** A refused question is a line on the console, also before the accounts are read. */
export const REFUSED = [/status of (4\d\d|503)/];

/** The setup code that the server printed. @param {import('./vigie.mjs').Vigie} vigie */
export const setupCode = (vigie) => until(() => /setup code[^\n]*\n\n\s+(\S+)/.exec(vigie.log)?.[1], 'the setup code');

/** Makes the account `root`, and gives what asks the API as he. @param {import('./vigie.mjs').Vigie} vigie */
export async function setUp(vigie) {
  let token = '';
  const ask = async (method, path, body) => {
    const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const answer = await fetch(`${vigie.url}api/${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
  const first = { code: await setupCode(vigie), loginId: 'root', password: PASSWORD, lastName: 'First' };
  token = (await ask('POST', 'auth/setup', first)).accessToken;
  return ask;
}

/** Through the door. @param {import('playwright-core').Page} page @param {string} loginId @param {string} [password] */
export async function logIn(page, loginId, password = PASSWORD) {
  await page.locator('#login [name=loginId]').fill(loginId);
  await page.locator('#login [name=password]').fill(password);
  await page.keyboard.press('Enter');
}
