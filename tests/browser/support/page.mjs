/** A page that watches itself: whatever it complains of fails the test that closes it. */

import assert from 'node:assert/strict';
import { launch } from './chromium.mjs';
import { closed, opened } from './cleanup.mjs';

/** How long anything on a busy machine may take. */
export const PATIENCE = 30_000;

/** One browser for a file of tests; `close()` at its end. */
export class Browser {
  static async open() {
    const own = new Browser();
    own.browser = await launch();
    return opened(own, () => own.close());
  }

  /**
   * @param {string} url
   * @param {{locale?: string, colorScheme?: 'dark'|'light', width?: number, height?: number, timezoneId?: string, expected?: RegExp[]}} [how]
   *   `expected`: complaints that the test provokes, such as of a refused connection
   */
  async visit(url, how = {}) {
    const { locale = 'en-GB', colorScheme = 'dark', width = 1400, height = 900, timezoneId, expected = [] } = how;
    const context = await this.browser.newContext({ viewport: { width, height }, locale, colorScheme, timezoneId });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const complaints = [];
    const complain = (text) => {
      if (!expected.some((pattern) => pattern.test(text))) complaints.push(text);
    };
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complain(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => complain(`exception: ${error}`));
    page.on('dialog', (dialog) => {
      complain(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
    });
    await page.goto(url);
    /** Ends the visit; fails if the page complained of anything. */
    const leave = async () => {
      await context.close();
      assert.deepEqual(complaints, []);
    };
    return { page, leave, complaints };
  }

  async close() {
    closed(this);
    await this.browser.close();
  }
}

/** Waits until `look()` gives something true, and gives it. */
export async function until(look, what, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`not seen within ${patience / 1000} s: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Waits until what `claim` claims holds; what it last complained of, if it never does. A page is drawn a while after what it shows. */
export async function soon(claim, patience = PATIENCE / 3) {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await claim();
    } catch (error) {
      if (!(error instanceof assert.AssertionError) || Date.now() > end) throw error;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}
