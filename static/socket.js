/**
 * The WebSocket: connects, resumes after a gap, notices silence, and tries again with growing,
 * jittered pauses. What frames mean is not known here.
 */

/** Pauses before an attempt, ms, half of it random; the last one repeats. */
const PAUSES_MS = [250, 500, 1000, 2000, 4000];
/** Silence after which we ask whether the server is there. */
const QUIET_MS = 700;
/** How long its answer may take before the connection counts as lost: with the silence under 2.5 s. */
const ANSWER_MS = 1400;
/** The same while the first frame is awaited, which may be large. */
const FIRST_ANSWER_MS = 8000;
/** How long opening may take. */
const OPEN_MS = 8000;
/** A server may ask for a longer pause than ours, up to this. */
const LONGEST_WISH_MS = 10_000;
/** How often silence is looked at. */
const LOOK_MS = 100;
/** A look this late says that the browser stood still: what came meanwhile waits to be heard. */
const STOOD_STILL_MS = 300;

/**
 * What a frame was: `news` of the board, only a `sign` of life, or a reason to reconnect, asking for
 * what was missed (`resume`) or for everything (`restart`).
 * @typedef {'news'|'sign'|'resume'|'restart'} Heard
 */

/**
 * @typedef {object} Hooks
 * @property {(text: string) => Heard} heard a frame came
 * @property {() => {run: string, seq: number}|null} position where to resume from, or null for everything
 * @property {() => void} live what is shown is what the server holds
 * @property {(attempts: number, retryInMs: number) => void} lost
 * @property {() => Promise<string>} [ticket] what opens the door, anew for each connection; empty where none is needed
 */

/**
 * What it stands on; tests bring their own.
 * @typedef {object} Ground
 * @property {(url: string) => WebSocket} open
 * @property {() => number} now steady, ms
 * @property {() => number} random 0 to 1
 * @property {(f: () => void, ms: number) => any} after
 * @property {(f: () => void, ms: number) => any} every
 */

/** @type {Ground} */
const BROWSER = {
  open: (url) => new WebSocket(url),
  now: () => performance.now(),
  random: Math.random,
  after: (f, ms) => setTimeout(f, ms),
  every: (f, ms) => setInterval(f, ms),
};

export class Socket {
  /** @param {string} url @param {Hooks} hooks @param {Ground} [ground] */
  constructor(url, hooks, ground = BROWSER) {
    this.url = url;
    this.hooks = hooks;
    this.ground = ground;
    /** @type {WebSocket|null} */
    this.ws = null;
    this.attempts = 0;
    this.restart = false;
    this.openedAt = 0;
    this.heardAt = 0;
    /** What the server asked us to wait before the next attempt, ms. */
    this.leastPause = 0;
    /** When our unanswered ping left. @type {number|null} */
    this.askedAt = null;
    /** A frame of this connection was heard. */
    this.wasHeard = false;
    this.lookedAt = ground.now();
    this.graced = false;
    this.connect();
    ground.every(() => this.look(), LOOK_MS);
  }

  connect() {
    if (!this.hooks.ticket) {
      this.open('');
      return;
    }
    this.hooks.ticket().then((ticket) => this.open(ticket), () => this.plan());
  }

  /** @param {string} ticket */
  open(ticket) {
    const at = this.restart ? null : this.hooks.position();
    this.restart = false;
    const query = new URLSearchParams({ ...(at ? { run: at.run, seq: String(at.seq) } : {}), ...(ticket ? { ticket } : {}) }).toString();
    const ws = this.ground.open(this.url + (query ? `?${query}` : ''));
    this.ws = ws;
    this.openedAt = this.ground.now();
    this.askedAt = null;
    this.wasHeard = false;
    let live = false;
    ws.onopen = () => {
      // A resumed connection may have nothing to say: ask, so that it says that.
      if (ws === this.ws) this.ask();
    };
    ws.onmessage = (event) => {
      if (ws !== this.ws) return;
      this.heardAt = this.ground.now();
      this.askedAt = null;
      this.wasHeard = true;
      const next = this.hooks.heard(String(event.data));
      if (next === 'resume' || next === 'restart') {
        this.restart = next === 'restart';
        this.drop();
      } else if (!live && (next === 'news' || at)) {
        live = true;
        this.attempts = 0;
        this.hooks.live();
      }
    };
    ws.onclose = () => {
      if (ws === this.ws) this.drop();
    };
  }

  /** Gives this connection up, if it is not already, and plans the next. */
  drop() {
    const ws = this.ws;
    if (!ws) return;
    this.ws = null;
    ws.onopen = ws.onmessage = ws.onclose = ws.onerror = null;
    ws.close();
    this.plan();
  }

  /** Plans the next attempt. */
  plan() {
    const most = PAUSES_MS[Math.min(this.attempts, PAUSES_MS.length - 1)] ?? 0;
    const pause = Math.max(most * (0.5 + this.ground.random() / 2), Math.min(this.leastPause, LONGEST_WISH_MS));
    this.leastPause = 0;
    this.attempts += 1;
    this.hooks.lost(this.attempts, pause);
    this.ground.after(() => this.connect(), pause);
  }

  ask() {
    this.askedAt ??= this.ground.now();
    this.ws?.send('{"type":"ping"}');
  }

  /** Silence is asked about, then taken for a loss; a browser that stood still asks anew before it judges. */
  look() {
    const now = this.ground.now();
    const late = now - this.lookedAt > LOOK_MS + STOOD_STILL_MS;
    this.lookedAt = now;
    const first = late && !this.graced;
    // a hidden page is always late: graced once, it judges
    this.graced = late;
    const ws = this.ws;
    if (!ws) return;
    if (first && ws.readyState === 1) {
      this.askedAt = null;
      this.ask();
      return;
    }
    if (ws.readyState !== 1) {
      if (now - this.openedAt > OPEN_MS) this.drop();
    } else if (this.askedAt !== null) {
      if (now - this.askedAt > (this.wasHeard ? ANSWER_MS : FIRST_ANSWER_MS)) this.drop();
    } else if (now - this.heardAt > QUIET_MS) {
      this.ask();
    }
  }
}
