/**
 * How much of the page one animation frame may draw. A large floor under load changes more rows than a
 * browser can lay out in a frame, so what does not fit waits for the next: every list goes on where it
 * stopped, and no row waits for more than a few frames. A number is late by that, never wrong for good.
 */

/** How long one frame may draw, ms. Layout and paint come on top: of few large parts as much as of many small ones. */
export const FRAME_MS = 10;

export class Ration {
  /** @param {number} [ms] of drawing; without it everything is drawn at once */
  constructor(ms = Infinity) {
    this.end = performance.now() + ms;
    /** Something waits for the next frame. */
    this.waits = false;
  }

  /** Whether one more row may be drawn; if not, the next frame goes on. */
  take() {
    if (performance.now() < this.end) return true;
    this.waits = true;
    return false;
  }
}
