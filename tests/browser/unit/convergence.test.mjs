/** Whatever a network loses, repeats or delays, the page ends where the server is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyFrame } from '../../../static/apply.js';
import { createState } from '../../../static/state.js';
import * as rows from '../support/rows.mjs';

/** Small, seeded, good enough to vary a test. @param {number} seed */
function dice(seed) {
  let at = seed;
  return (sides) => {
    at = (Math.imul(at, 1664525) + 1013904223) >>> 0;
    return Math.floor((at / 2 ** 32) * sides);
  };
}

/** A server with a board of calls, a bounded history, and restarts. */
class Server {
  constructor(roll) {
    Object.assign(this, { roll, run: 1, seq: 0, calls: new Map(), history: [] });
  }

  change() {
    const id = `c${this.roll(12)}`;
    const after = this.seq++;
    const frame = { type: 'changes', run: `run-${this.run}`, after, seq: this.seq, now_ms: rows.T0, set: {}, gone: {} };
    if (this.calls.has(id) && this.roll(3) === 0) {
      this.calls.delete(id);
      frame.gone.calls = [id];
    } else {
      const call = rows.call({ id, called: String(this.seq) });
      this.calls.set(id, call);
      frame.set.calls = [call];
    }
    this.history.push(frame);
    if (this.history.length > 6) this.history.shift();
    return frame;
  }

  restart() {
    this.run += 1;
    this.seq = 0;
    this.history = [];
    this.calls.clear();
  }

  /** What a client that returns at `seq` of `run` is sent. */
  welcome(run, seq) {
    const from = this.history.findIndex((frame) => frame.after === seq);
    if (run === `run-${this.run}` && seq === this.seq) return [];
    if (run === `run-${this.run}` && from >= 0) return this.history.slice(from);
    return [rows.snapshot({ calls: [...this.calls.values()] }, { run: `run-${this.run}`, seq: this.seq })];
  }
}

test('two hundred unlucky networks: nothing missing, nothing left over', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const roll = dice(seed);
    const server = new Server(roll);
    const state = createState();
    let reconnections = 0;
    const read = (frames) => {
      for (const frame of frames) {
        const next = applyFrame(state, structuredClone(frame), 0);
        if (next === 'applied' || next === 'repeated') continue;
        reconnections += 1;
        read(next === 'gap' ? server.welcome(state.run, state.seq) : server.welcome('', 0));
        return; // what else was under way on the old connection is not heard
      }
    };
    read(server.welcome('', -1));
    for (let step = 0; step < 120; step += 1) {
      const frame = server.change();
      const luck = roll(10);
      if (luck === 0) continue; // lost
      read(luck === 1 ? [frame, frame] : [frame]); // or repeated
      if (roll(40) === 0) server.restart();
    }
    read([server.change()]);
    assert.deepEqual([...state.tables.calls.keys()].sort(), [...server.calls.keys()].sort(), `seed ${seed}`);
    for (const [id, call] of server.calls) assert.equal(state.tables.calls.get(id).called, call.called, `seed ${seed}, ${id}`);
    assert.ok(reconnections > 0, `seed ${seed} met no trouble`);
  }
});
