/**
 * Time: the server's clock as this browser can know it, and durations drawn from start times.
 *
 * A duration is never sent. Rows carry start times on their PBX's clock; the PBX row says how far
 * that clock is from the server's; frames say what the server's clock showed. So every duration is
 * a difference of two instants of one clock.
 */

/** A sample this much lower than the best one means that a clock jumped or that we slept. */
const JUMP_MS = 2000;

/** The server's clock, estimated from the `now_ms` of its frames. */
export class ServerClock {
  constructor() {
    /** Server's time minus our steady clock; the largest sample had the least delay. @type {number|null} */
    this.offset = null;
  }

  /**
   * A frame said it left at `nowMs`; it was read at `steady` (performance.now()).
   * @param {number} nowMs @param {number} steady
   */
  hear(nowMs, steady) {
    const sample = nowMs - steady;
    if (this.offset === null || sample > this.offset || sample < this.offset - JUMP_MS) this.offset = sample;
  }

  /**
   * What the server's clock shows, or null before the first frame.
   * @param {number} steady @returns {number|null}
   */
  at(steady) {
    return this.offset === null ? null : steady + this.offset;
  }
}

/**
 * An instant of a PBX's clock, on the server's.
 * @param {number} ms @param {number|null|undefined} offset the PBX row's `clock_offset_ms`
 */
export function onServerClock(ms, offset) {
  return ms + (offset ?? 0);
}

/**
 * A duration in words short enough for a wall: `0:07`, `12:34`, `1:02:03`, `3 d 04:05`.
 * A start that lies ahead (clocks differ by a little) reads as zero.
 * @param {number} ms @param {string} day the word for days, `d` or `j`
 */
export function spell(ms, day) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const minutes = Math.floor(s / 60) % 60;
  const hours = Math.floor(s / 3600) % 24;
  const days = Math.floor(s / 86400);
  if (days > 0) return `${days} ${day} ${two(hours)}:${two(minutes)}`;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(s % 60)}`;
  return `${minutes}:${two(s % 60)}`;
}
