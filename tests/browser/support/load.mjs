/**
 * A load that is made in the page itself, so that neither a server nor a socket is measured: a WebSocket of
 * our own hands frames to the page as text, as the real one does.
 */

/**
 * In the page, before its scripts: `window.load` gives the snapshot, then changes at a pace.
 * @param {{snapshot: string, pieces: {agents: string[], calls: string[]}, perFrame: number, everyMs: number}} given
 */
export function loaded({ snapshot, pieces, perFrame, everyMs }) {
  let seq = 10;
  let agentAt = 0;
  let callAt = 0;
  let told = 0;
  /** @type {any} */
  let socket = null;
  class Played {
    constructor() {
      this.readyState = 0;
      this.onopen = this.onmessage = this.onclose = this.onerror = null;
      socket = this;
      setTimeout(() => {
        this.readyState = 1;
        this.onopen?.();
        this.onmessage?.({ data: snapshot });
      });
    }
    send() {
      this.onmessage?.({ data: `{"type":"pong","now_ms":${Date.now()}}` });
    }
    close() {
      this.readyState = 3;
    }
  }
  const take = (list, from, n) => Array.from({ length: n }, (_, i) => list[(from + i) % list.length]);
  // one call changes for every four agents, as on a floor where most calls have an agent
  const tell = (n) => {
    const calls = Math.floor(n / 5);
    const text = `{"type":"changes","run":"run-1","after":${seq},"seq":${seq + 1},"now_ms":${Date.now()},"set":{"agents":[${take(pieces.agents, agentAt, n - calls).join()}],"calls":[${take(pieces.calls, callAt, calls).join()}]},"gone":{}}`;
    agentAt += n - calls;
    callAt += calls;
    seq += 1;
    told += n;
    socket?.onmessage?.({ data: text });
  };
  let timer = 0;
  Object.assign(window, {
    WebSocket: Played,
    load: {
      start() {
        const from = performance.now();
        const before = told;
        // behind a long frame the pace is made up for: the rate holds
        timer = setInterval(() => {
          const due = Math.floor((performance.now() - from) / everyMs) * perFrame - (told - before);
          for (let left = due; left > 0; left -= perFrame) tell(Math.min(left, perFrame));
        }, everyMs);
      },
      stop() {
        clearInterval(timer);
        return told;
      },
      /** Frame times of so many ms. @param {number} ms @returns {Promise<number[]>} */
      frames: (ms) => new Promise((done) => {
        const times = [];
        let last = performance.now();
        const end = last + ms;
        const beat = (at) => {
          times.push(at - last);
          last = at;
          if (at < end) requestAnimationFrame(beat);
          else done(times.slice(1));
        };
        requestAnimationFrame(beat);
      }),
    },
  });
}

const ACTS = ['on_call', 'idle', 'ringing', 'wrap_up', 'on_hold', 'idle', 'consulting'];

/** Changed rows of a floor as JSON, each several times in other states. @param {any} tables */
export function piecesOf(tables, now = Date.now()) {
  const agents = ACTS.flatMap((activity, n) => tables.agents.map((agent, i) => JSON.stringify({
    ...agent, activity: ACTS[(n + i) % ACTS.length], activity_since_ms: now - (i % 90) * 1000, availability: (n + i) % 6 ? 'available' : 'paused', pause_reason: (n + i) % 6 ? null : 'lunch',
  })));
  const phases = ['talking', 'on_hold', 'ringing', 'waiting'];
  const calls = phases.flatMap((phase, n) => tables.calls.map((call, i) => JSON.stringify({ ...call, phase: phases[(n + i) % phases.length], phase_since_ms: now - (i % 60) * 1000 })));
  return { agents, calls };
}

/** @param {number[]} times ms */
export function toldOf(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  const sum = times.reduce((all, one) => all + one, 0);
  const over = times.filter((one) => one > 20).length / times.length;
  const f = (ms) => `${ms.toFixed(1)} ms`;
  return `${(times.length / (sum / 1000)).toFixed(1)} frames/s over ${times.length}; p50 ${f(at(0.5))}, p95 ${f(at(0.95))}, p99 ${f(at(0.99))}, longest ${f(sorted.at(-1))}, over 20 ms ${(over * 100).toFixed(1)} %`;
}
