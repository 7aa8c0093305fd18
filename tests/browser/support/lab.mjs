/** A real Asterisk of the lab and the phones around it; see `tests/lab/README.md`. */

import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { closed, opened } from './cleanup.mjs';

const LAB = fileURLToPath(new URL('../../lab/', import.meta.url));
const execute = promisify(execFile);

/** Where the two Asterisk are unpacked, or nothing when they are left out (`./test --no-asterisk`). */
export const LAB_ROOT = process.env.VIGIE_TEST_ASTERISK ?? '';

export class Asterisk {
  /** @param {'22'|'16'} version @param {string} [etc] folder of files that win over the lab's own */
  static async start(version, etc = '') {
    const own = new Asterisk();
    own.version = version;
    own.name = `page-${process.pid}`;
    own.env = { ...process.env, VIGIE_LAB_ROOT: LAB_ROOT, OWNER: String(process.pid), ...(etc && { ETC_EXTRA: etc }) };
    opened(own, () => own.stop());
    const said = await own.#lab('start');
    const line = said.split('\n').find((text) => text.startsWith('version=')) ?? '';
    own.at = Object.fromEntries(line.split(' ').map((pair) => pair.split('=')));
    return own;
  }

  /** What `vigie serve` needs to link to it. */
  get settings() {
    return { AMI_HOST: '127.0.0.1', AMI_PORT: this.at.ami, AMI_USERNAME: 'vigie', AMI_SECRET: 'vigie' };
  }

  async stop() {
    closed(this);
    await this.#lab('discard');
  }

  /** One command of its console, and what it says. @param {string} command */
  cli(command) {
    return this.#lab('cli', command);
  }

  /** What it truly has: its channels, with what each runs and the bridge that it is in. @returns {Promise<{channel: string, state: string, runs: string, bridge: string}[]>} */
  async channels() {
    const lines = (await this.cli('core show channels concise')).split('\n').map((line) => line.split('!'));
    return lines.filter((fields) => fields.length > 6).map((fields) => {
      const [channel = '', , , , state = '', app, data] = fields;
      return { channel, state, runs: `${app}(${data})`, bridge: (fields.at(-2) ?? '').replace('(None)', '') };
    });
  }

  async #lab(command, ...more) {
    const { stdout } = await execute(`${LAB}asterisk-lab`, [command, this.version, this.name, ...more], { env: this.env });
    return stdout;
  }
}

/** Phones of the lab, each command answered by name. */
export class Phones {
  /** @param {Asterisk} asterisk */
  constructor(asterisk) {
    this.at = asterisk.at;
    this.next = 0;
    /** @type {Map<number, {done: (answer: any) => void, fail: (error: Error) => void}>} */
    this.asked = new Map();
    this.child = spawn('python3', [`${LAB}labsip.py`], { stdio: ['pipe', 'pipe', 'inherit'] });
    opened(this, () => this.stop());
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      const answer = JSON.parse(line);
      const asked = this.asked.get(answer.id);
      this.asked.delete(answer.id);
      if (answer.ok) asked?.done(answer);
      else asked?.fail(new Error(answer.error));
    });
  }

  /** @param {string} what a command of `labsip.py` @param {Record<string, unknown>} more */
  do(what, more = {}) {
    const id = (this.next += 1);
    return new Promise((done, fail) => {
      this.asked.set(id, { done, fail });
      this.child.stdin.write(`${JSON.stringify({ id, do: what, ...more })}\n`);
    });
  }

  /** A registered phone. @param {string} name @param {number} nth its port among the phones' @param {object} more */
  phone(name, nth, more = {}) {
    return this.do('phone', { name, port: Number(this.at.phones) + nth, server: Number(this.at.sip), ...more });
  }

  async stop() {
    closed(this);
    const ended = new Promise((done) => this.child.once('close', done));
    this.child.stdin.end();
    await ended;
  }
}
