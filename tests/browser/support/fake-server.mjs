/**
 * A server of the page under a test's full control: it serves `static/` with the real policy headers,
 * speaks `/ws` and answers the two verbs as the test says. For what a real Vigie does not do on
 * demand: gaps, refusals by name, hostile rows, thousands of agents.
 */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closed, opened } from './cleanup.mjs';

export const STATIC = fileURLToPath(new URL('../../../static/', import.meta.url));

export const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** One client's WebSocket: whole text frames only, which is all that the page and we send. */
class Session {
  constructor(socket, query) {
    this.socket = socket;
    this.query = query;
    socket.on('error', () => {});
  }

  send(frame) {
    const body = Buffer.from(typeof frame === 'string' ? frame : JSON.stringify(frame));
    const head = body.length < 126 ? Buffer.from([0x81, body.length]) : Buffer.alloc(body.length < 65536 ? 4 : 10);
    if (head.length === 4) {
      head[0] = 0x81;
      head[1] = 126;
      head.writeUInt16BE(body.length, 2);
    } else if (head.length === 10) {
      head[0] = 0x81;
      head[1] = 127;
      head.writeBigUInt64BE(BigInt(body.length), 2);
    }
    this.socket.write(Buffer.concat([head, body]));
  }

  cut() {
    this.socket.destroy();
  }
}

export class FakeServer {
  /** @param {{onSession: (session: Session) => void, onVerb?: (verb: string, body: any) => Promise<[number, any]>, possible?: any[], onAsk?: () => Promise<void>, lists?: {[name: string]: any[]}}} script
   *   `possible`: what `/api/verbs` answers, once `onAsk` lets it; `lists`: what `/api/<name>` answers */
  constructor(script) {
    this.script = script;
    this.sessions = new Set();
    this.verbs = [];
    /** Channels that `/api/verbs` was asked about. @type {string[]} */
    this.asked = [];
    this.answerPings = true;
    this.http = createServer((request, response) => void this.#answer(request, response));
    this.http.on('upgrade', (request, socket) => this.#upgrade(request, socket));
  }

  async listen(port = 0) {
    await new Promise((done) => this.http.listen(port, '127.0.0.1', done));
    const at = /** @type {import('node:net').AddressInfo} */ (this.http.address());
    this.port = at.port;
    this.url = `http://127.0.0.1:${at.port}/`;
    return opened(this, () => this.close());
  }

  async close() {
    closed(this);
    for (const session of this.sessions) session.cut();
    this.http.closeAllConnections();
    await new Promise((done) => this.http.close(done));
  }

  broadcast(frame) {
    for (const session of this.sessions) session.send(frame);
  }

  async #answer(request, response) {
    const { pathname: path, searchParams: query } = new URL(request.url, 'http://x');
    if (path === '/api/auth/state') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"accounts":false,"ready":true,"setup":false}');
      return;
    }
    const verb = /^\/api\/(?:calls|agents|queues)\/([a-z_]+)$/.exec(path)?.[1];
    if (verb && request.method === 'POST') {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = JSON.parse(Buffer.concat(chunks).toString());
      this.verbs.push({ verb, body });
      const [status, answer] = await (this.script.onVerb?.(verb, body) ?? [200, { ok: true, ...body }]);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      return;
    }
    if (path === '/api/verbs') {
      this.asked.push(query.get('channel') ?? '');
      await this.script.onAsk?.();
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.script.possible ?? []));
      return;
    }
    const list = this.script.lists?.[path.slice('/api/'.length)];
    if (list) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list));
      return;
    }
    if (path === '/api/callbacks/due') {
      const nothing = { kept: false, nowMs: Date.now(), me: '', version: '', due: 0, later: 0, taken: 0, mine: 0, phones: [] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(nothing));
      return;
    }
    if (path === '/api/figures/queues') {
      // a server that was just started has counted nothing yet
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.script.today?.() ?? { as_of_ms: Date.now(), rows: [] }));
      return;
    }
    const file = join(STATIC, normalize(path === '/' ? '/index.html' : path));
    try {
      const body = await readFile(file);
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  }

  #upgrade(request, socket) {
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    const session = new Session(socket, new URL(request.url, 'http://x').searchParams);
    this.sessions.add(session);
    socket.on('close', () => this.sessions.delete(session));
    socket.on('data', (data) => {
      if ((data[0] & 0x0f) === 8) socket.end();
      else if ((data[0] & 0x0f) === 1 && this.answerPings) session.send({ type: 'pong', now_ms: Date.now() });
    });
    this.script.onSession(session);
  }
}
