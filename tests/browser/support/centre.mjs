/**
 * A small contact centre on a real Asterisk: a caller from outside, a queue, agents, a supervisor with an account
 * and a phone of his own. What the page says is asked of the page; what is so is asked of Asterisk, here.
 */

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { logIn, PASSWORD, REFUSED, setUp } from './accounts.mjs';
import { closed, opened } from './cleanup.mjs';
import { Asterisk, Phones } from './lab.mjs';
import { PATIENCE, soon, until } from './page.mjs';
import { Vigie } from './vigie.mjs';

const ETC = fileURLToPath(new URL('../../lab/etc/', import.meta.url));

/** Who calls. */
export const CALLER = { name: 'Camille Roy', number: '0612345678' };

export class Centre {
  /** @param {'22'|'16'} version */
  static async open(version) {
    const own = new Centre();
    own.tech = version === '22' ? 'PJSIP' : 'SIP';
    own.data = mkdtempSync(join(tmpdir(), 'vigie-centre-'));
    chmodSync(own.data, 0o755); // the database runs as another user when root starts it
    opened(own, () => own.close());
    const etc = mkdtempSync(join(own.data, 'etc-'));
    const change = (file, from, to) => {
      const text = readFileSync(ETC + file, 'utf8');
      assert.ok(text.includes(from), `${file} says ${from}`);
      writeFileSync(join(etc, file), text.replaceAll('@TECH@', own.tech).replace(from, to));
    };
    // each story has a call of its own: none shall wait for the agent's rest after the one before
    change('queues.conf', 'wrapuptime = 3', 'wrapuptime = 0');
    // a slow machine is not to find the parked caller gone back
    change('res_parking.conf', 'parkingtime => 20', 'parkingtime => 300');
    own.asterisk = await Asterisk.start(version, etc);
    own.phones = new Phones(own.asterisk);
    await own.phones.do('provider', { name: 'trunk-a', port: Number(own.asterisk.at.trunk_a), server: Number(own.asterisk.at.sip) });
    await own.phones.phone('1001', 0, { auto: ['answer', 0.2] }); // Alice, an agent
    await own.phones.phone('1004', 1, { auto: ['answer', 0.2] }); // David, whom calls are sent to
    await own.phones.phone('1006', 2, { auto: ['answer', 0.2] }); // the supervisor
    own.vigie = await Vigie.start({ ...own.asterisk.settings, DATABASE_URL: '', VIGIE_AUTH: 'on', VIGIE_DATA: join(own.data, 'own') });
    await own.#people();
    return own;
  }

  async close() {
    closed(this);
    await this.vigie?.stop();
    await this.phones?.stop();
    await this.asterisk?.stop();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** The first account by the code that the server printed; it makes the site and who works there. */
  async #people() {
    this.ask = await setUp(this.vigie);
    const pbx = (await until(async () => (await this.ask('GET', 'board/pbxs')).find((row) => row.link === 'live'), 'a live link')).id;
    await this.ask('POST', 'sites', { id: 'paris', name: 'Paris', queues: [`${pbx}~support`] });
    for (const [id, firstName, lastName, role, station] of [
      ['fabien', 'Fabien', 'Noël', 'Superviseur', '1006'], ['alice', 'Alice', 'Martin', 'Agent', '1001'], ['david', 'David', 'Leroy', 'Agent', '1004'],
    ]) {
      await this.ask('POST', 'users', { id, loginId: id, firstName, lastName, role, siteId: 'paris', password: PASSWORD });
      await this.ask('PUT', `users/${id}/stations`, { stations: [{ pbx, station, endpoint: this.endpoint(station) }] });
    }
    const grants = ['listen', 'whisper', 'barge', 'take_over'].map((verb) => ({ verb, scope: { kind: 'site', id: 'paris' } }));
    await this.ask('PUT', 'users/fabien/grants', { grants });
  }

  /** What the audit log has of the supervisor, the newest first. */
  async trail() {
    return (await this.ask('GET', 'audit?who=fabien&limit=100')).entries;
  }

  /** Fabien through the door, until the floor is there. @param {import('./page.mjs').Browser} browser */
  async login(browser, how = {}) {
    const visit = await browser.visit(this.vigie.url, { expected: REFUSED, ...how });
    await logIn(visit.page, 'fabien');
    await visit.page.locator('.tile').filter({ hasText: 'Alice Martin' }).waitFor();
    return visit;
  }

  /** `PJSIP/1001` on 22, `SIP/1001` on 16. @param {string} name */
  endpoint(name) {
    return `${this.tech}/${name}`;
  }

  /** The channel that Asterisk has of a phone or trunk, if any. @param {string} name */
  async has(name) {
    return (await this.asterisk.channels()).find(({ channel }) => channel.startsWith(`${this.endpoint(name)}-`));
  }

  /** Until that holds of the channel of a phone in Asterisk. @param {string} name */
  isSo(name, holds, what) {
    return until(async () => {
      const channel = await this.has(name);
      return channel && holds(channel) && channel;
    }, `${name} ${what}`);
  }

  /** Until a phone has no channel in Asterisk. @param {string} name */
  isGone(name) {
    return until(async () => !(await this.has(name)), `${name} without a channel`);
  }

  /** Until these two are in one bridge, and nobody else. @param {string} one @param {string} other */
  areTogether(one, other) {
    return until(async () => {
      const channels = await this.asterisk.channels();
      const bridge = channels.find(({ channel }) => channel.startsWith(`${this.endpoint(one)}-`))?.bridge;
      const inside = channels.filter((channel) => bridge && channel.bridge === bridge).map(({ channel }) => channel.replace(/-[^-]*$/, '')).sort();
      return inside.join() === [this.endpoint(one), this.endpoint(other)].sort().join();
    }, `${one} and ${other} in one bridge`);
  }

  /** Asterisk's own words of a queue's member. @param {string} name */
  async member(name) {
    const lines = (await this.asterisk.cli('queue show support')).split('\n');
    return lines.find((line) => line.includes(`(${this.endpoint(name)})`)) ?? '';
  }

  /** What Asterisk and Vigie have, of a story that failed, on one line of the log. */
  async account() {
    const [channels, queue, calls, agents] = await Promise.all([this.asterisk.channels(), this.asterisk.cli('queue show support'), this.ask('GET', 'board/calls'), this.ask('GET', 'board/agents')]);
    const rows = calls.filter(({ phase }) => phase !== 'ended').map(({ id, phase, legs }) => ({ id, phase, legs: legs?.map((leg) => `${leg.channel} ${leg.state}`) }));
    const doing = agents.map(({ endpoint, activity, availability, device }) => `${endpoint} ${activity} ${availability} ${device}`);
    return `not ok: what there is: ${JSON.stringify({ channels, queue, rows, doing })}`;
  }

  /** Somebody calls in and Alice takes the call. */
  async callIn() {
    await this.phones.do('call', { name: 'trunk-a', number: '0170000001', call: 'in', display: CALLER.name, caller: CALLER.number });
    await this.areTogether('trunk-a', '1001');
  }

  /** No call is left, whatever a story left behind. */
  async clear() {
    // as it ends in life; only what is left then is cut off
    await this.phones.do('hangup', { call: 'in' }).catch(() => {});
    let looks = 0;
    await soon(async () => {
      const left = await this.asterisk.channels();
      looks += 1;
      if (left.length > 0 && looks > 20) await this.asterisk.cli('channel request hangup all');
      assert.deepEqual(left, [], 'an Asterisk without channels');
    }, PATIENCE);
    await soon(async () => assert.equal((await this.ask('GET', 'board/calls')).filter((call) => call.phase !== 'ended').length, 0), PATIENCE);
  }
}
