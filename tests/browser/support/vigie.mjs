/** The real `vigie serve` as a child: on a free port, in an empty folder, with its log kept. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closed, opened } from './cleanup.mjs';
import { until } from './page.mjs';

const BUILT = fileURLToPath(new URL('../../../target/debug/vigie', import.meta.url));

export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((done) => server.close(done));
  return port;
}

/** The built-in PBX as a process of its own, so that it can be killed. */
export async function startPbx(port, how = []) {
  const child = spawn(resolve(process.env.VIGIE_BINARY ?? BUILT), ['pbx', '--listen', `127.0.0.1:${port}`, ...how], { stdio: 'ignore' });
  const ended = new Promise((done) => child.once('close', done));
  const kill = () => pbx.kill();
  const pbx = opened({
    settings: { AMI_HOST: '127.0.0.1', AMI_PORT: String(port), AMI_USERNAME: 'vigie', AMI_SECRET: 'vigie' },
    kill: async () => {
      closed(pbx);
      child.kill('SIGKILL');
      await ended;
    },
  }, kill);
  return pbx;
}

export class Vigie {
  /**
   * Starts it and waits until the page is served.
   * @param {Record<string, string>} settings of the environment
   * @param {number} port a free one unless given
   */
  static async start(settings = {}, port = 0) {
    const own = new Vigie();
    own.port = port || (await freePort());
    own.url = `http://127.0.0.1:${own.port}/`;
    own.folder = mkdtempSync(join(tmpdir(), 'vigie-page-'));
    own.log = '';
    own.startedAt = Date.now();
    own.child = spawn(resolve(process.env.VIGIE_BINARY ?? BUILT), ['serve'], {
      cwd: own.folder,
      env: { PATH: process.env.PATH, HTTP_ADDR: `127.0.0.1:${own.port}`, DATABASE_URL: 'none', VIGIE_AUTH: 'off', AGI_PORT: 'off', ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [own.child.stdout, own.child.stderr]) stream.on('data', (data) => (own.log += data));
    // one that stands still (SIGSTOP) does not hear a SIGTERM
    opened(own, () => own.stop('SIGKILL'));
    own.ended = new Promise((done) => own.child.once('close', done));
    own.child.once('error', (error) => (own.log += String(error)));
    try {
      await until(async () => {
        if (own.child.exitCode !== null) throw new Error('vigie ended');
        return (await fetch(own.url).catch(() => null))?.ok;
      }, 'the page served');
    } catch (error) {
      await own.stop();
      throw new Error(`${error.message}\n${own.log}`);
    }
    return own;
  }

  async board() {
    return (await fetch(`${this.url}api/board`)).json();
  }

  /** Ends it; `SIGKILL` is a crash. */
  async stop(signal = 'SIGTERM') {
    closed(this);
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill(signal);
      const late = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
      await this.ended;
      clearTimeout(late);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
