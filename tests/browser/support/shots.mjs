/** Pictures to look at: made where `VIGIE_SHOTS` names a folder. */

import { join } from 'node:path';

/** @param {import('playwright-core').Page} page @param {string} name @param {{fullPage?: boolean}} [how] */
export async function shot(page, name, how = {}) {
  if (process.env.VIGIE_SHOTS) await page.screenshot({ path: join(process.env.VIGIE_SHOTS, `${name}.png`), ...how });
}
