import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Socket } from '../../../static/socket.js';

/** A socket on time that the test drives. */
class Bench {
  constructor() {
    this.now = 0;
    this.timers = [];
    this.opened = [];
    this.events = [];
    this.answer = 'news';
    this.at = null;
    this.socket = new Socket('ws://x/ws', {
      heard: () => this.answer,
      position: () => this.at,
      live: () => this.events.push('live'),
      lost: (attempts, ms) => this.events.push(`lost ${attempts} ${ms}`),
    }, {
      open: (url) => {
        const ws = { url, readyState: 0, sent: [], closed: false, send(text) { this.sent.push(text); }, close() { this.closed = true; } };
        this.opened.push(ws);
        return ws;
      },
      now: () => this.now,
      random: () => 1,
      after: (f, ms) => this.timers.push({ f, at: this.now + ms }),
      every: (f, ms) => this.timers.push({ f, at: this.now + ms, every: ms }),
    });
  }

  get ws() {
    return this.opened.at(-1);
  }

  open() {
    this.ws.readyState = 1;
    this.ws.onopen();
  }

  frame(answer = 'news') {
    this.answer = answer;
    this.ws.onmessage({ data: '{}' });
  }

  pass(ms) {
    const end = this.now + ms;
    for (;;) {
      const next = this.timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.now = next.at;
      if (next.every) next.at += next.every;
      else this.timers.splice(this.timers.indexOf(next), 1);
      next.f();
    }
    this.now = end;
  }
}

test('the first frame makes it live, once', () => {
  const bench = new Bench();
  bench.open();
  assert.deepEqual(bench.events, []);
  bench.frame();
  bench.frame();
  assert.deepEqual(bench.events, ['live']);
});

test('an answered ping is no snapshot: a fresh connection is not live by it', () => {
  const bench = new Bench();
  bench.open();
  bench.frame('sign');
  assert.deepEqual(bench.events, []);
  bench.frame('news');
  assert.deepEqual(bench.events, ['live']);
});

test('a resumed connection that missed nothing is live by its answered ping', () => {
  const bench = new Bench();
  bench.at = { run: 'r', seq: 7 };
  bench.open();
  bench.frame('news');
  bench.ws.onclose();
  bench.pass(300);
  bench.open();
  bench.frame('sign');
  assert.equal(bench.events.at(-1), 'live');
});

test('a gap resumes from the last number, a stranger asks for everything', () => {
  const bench = new Bench();
  bench.open();
  bench.frame();
  bench.at = { run: 'r&1', seq: 7 };
  bench.frame('resume');
  bench.pass(300);
  assert.equal(bench.ws.url, 'ws://x/ws?run=r%261&seq=7');
  bench.open();
  bench.frame('restart');
  bench.pass(600);
  assert.equal(bench.ws.url, 'ws://x/ws');
  assert.equal(bench.opened.length, 3);
});

test('attempts come slower and slower, up to four seconds, and quickly again after a success', () => {
  const bench = new Bench();
  for (let n = 0; n < 7; n += 1) {
    bench.ws.onclose();
    bench.pass(4000);
  }
  assert.deepEqual(bench.events, ['lost 1 250', 'lost 2 500', 'lost 3 1000', 'lost 4 2000', 'lost 5 4000', 'lost 6 4000', 'lost 7 4000']);
  bench.open();
  bench.frame();
  bench.ws.onclose();
  assert.deepEqual(bench.events.slice(-2), ['live', 'lost 1 250']);
});

test('a server that asks for a pause gets it, within bounds', () => {
  const bench = new Bench();
  bench.socket.leastPause = 1800;
  bench.ws.onclose();
  bench.pass(1800);
  bench.socket.leastPause = 3_600_000;
  bench.ws.onclose();
  assert.deepEqual(bench.events, ['lost 1 1800', 'lost 2 10000']);
});

test('silence is asked about within a second, and a silent server is lost within two and a half', () => {
  for (let phase = 0; phase < 1000; phase += 70) {
    const bench = new Bench();
    bench.open();
    bench.pass(phase);
    bench.frame();
    assert.equal(bench.ws.sent.length, 1);
    bench.pass(900);
    assert.deepEqual(bench.ws.sent, ['{"type":"ping"}', '{"type":"ping"}']);
    bench.frame('sign');
    const { now } = bench;
    while (bench.events.length === 1) bench.pass(10);
    assert.deepEqual(bench.events, ['live', 'lost 1 250']);
    assert.ok(bench.now - now <= 2400, `${bench.now - now} ms`);
  }
});

test('an answer that takes a second each time is no loss', () => {
  const bench = new Bench();
  bench.open();
  bench.frame();
  for (let n = 0; n < 60; n += 1) {
    bench.pass(1800);
    bench.frame('sign');
  }
  assert.deepEqual(bench.events, ['live']);
});

test('a large first frame may take its time', () => {
  const bench = new Bench();
  bench.open();
  bench.pass(7000);
  bench.frame();
  assert.deepEqual(bench.events, ['live']);
});

test('a browser that stood still for three seconds hears what waits before it judges', () => {
  const bench = new Bench();
  bench.open();
  bench.frame();
  bench.pass(1000);
  bench.now += 3000;
  bench.timers.forEach((timer) => (timer.at = bench.now));
  bench.pass(0);
  bench.frame('sign');
  bench.pass(600);
  assert.deepEqual(bench.events, ['live']);
});

test('a hidden page, whose timers come once a second, still notices a silent server', () => {
  const bench = new Bench();
  bench.open();
  bench.frame();
  for (let n = 0; n < 5; n += 1) {
    bench.now += 1000;
    bench.timers.forEach((timer) => (timer.at = bench.now));
    bench.pass(0);
  }
  assert.equal(bench.events[1], 'lost 1 250');
});

test('a machine that slept asks before it calls the connection lost', () => {
  const bench = new Bench();
  bench.open();
  bench.frame();
  bench.now += 3_600_000;
  bench.timers.forEach((timer) => (timer.at = bench.now));
  bench.pass(0);
  assert.deepEqual(bench.events, ['live']);
  bench.frame('sign');
  bench.pass(1000);
  assert.deepEqual(bench.events, ['live']);
});

test('a connection that never opens is given up', () => {
  const bench = new Bench();
  bench.pass(9000);
  assert.equal(bench.events[0], 'lost 1 250');
  assert.ok(bench.opened[0].closed);
});

test('a frame of an abandoned connection is not heard', () => {
  const bench = new Bench();
  bench.open();
  bench.frame();
  const old = bench.ws;
  const late = old.onmessage;
  old.onclose();
  bench.pass(300);
  late({ data: '{}' });
  assert.deepEqual(bench.events, ['live', 'lost 1 250']);
});
