/** Chromium as the tests use it: the system's own, headless, allowed to run as root. */

import { chromium } from 'playwright-core';

export function launch() {
  return chromium.launch({
    executablePath: process.env.VIGIE_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking', '--disable-sync',
      '--no-first-run', '--disable-component-update'],
    timeout: 30_000,
  });
}
