/**
 * When the page is drawn: once for any number of changes, a part of it in each animation frame, so that a
 * floor of thousands under load still answers a key at once.
 */

import { FRAME_MS, Ration } from './render/ration.js';

/** Between two drawings of everything, this many times what our part of the last one took: layout and paint cost twice as much again. */
const REST = 4;
/** The longest pause between two drawings while there is news, ms. */
const LONGEST_REST = 150;

/**
 * @template T
 * @typedef {object} Work
 * @property {() => T} begin gathers what one drawing shows
 * @property {(view: T) => boolean} whole whether it is drawn in one frame, however long that takes
 * @property {(view: T, ration: Ration) => void} draw goes on with it; called again while the ration says that something waits
 * @property {(ration: Ration, anew: boolean) => boolean} tick rewrites the running times; whether it is done
 */

/** @template T */
export class Frames {
  /** @param {Work<T>} work */
  constructor(work) {
    this.work = work;
    /** @type {T|null} */
    this.underway = null;
    this.wanted = false;
    this.asked = false;
    this.ticking = 0;
    this.restUntil = 0;
    this.began = 0;
    this.took = 0;
  }

  /** Asks for a drawing; many calls are one. */
  draw() {
    this.wanted = true;
    this.wake();
  }

  /** Asks for the running times to be rewritten. */
  tick() {
    this.ticking = 2;
    this.wake();
  }

  /** Draws everything and every running time before it returns: what is begun and what waits is part of it. */
  now() {
    this.wanted = false;
    this.ticking = 0;
    this.underway = null;
    const from = performance.now();
    const view = this.work.begin();
    this.work.whole(view);
    const ration = new Ration();
    this.work.draw(view, ration);
    this.work.tick(ration, true);
    this.took = performance.now() - from;
    this.restUntil = performance.now() + Math.min(REST * this.took, LONGEST_REST);
  }

  wake() {
    if (this.asked) return;
    this.asked = true;
    const rest = this.underway || this.ticking ? 0 : this.restUntil - performance.now();
    if (rest > 16) setTimeout(() => requestAnimationFrame(() => this.frame()), rest);
    else requestAnimationFrame(() => this.frame());
  }

  frame() {
    this.asked = false;
    const from = performance.now();
    const ration = new Ration(FRAME_MS);
    if (!this.underway && this.wanted && from >= this.restUntil) {
      this.wanted = false;
      this.underway = this.work.begin();
      this.took = 0;
      ration.end = performance.now() + (this.work.whole(this.underway) ? Infinity : FRAME_MS);
    }
    if (this.underway) {
      this.work.draw(this.underway, ration);
      if (!ration.waits) this.underway = null;
    }
    if (this.ticking && !ration.waits && this.work.tick(ration, this.ticking === 2)) this.ticking = 0;
    else if (this.ticking) this.ticking = 1;
    const ended = performance.now();
    this.took += ended - from;
    if (!this.underway) this.restUntil = ended + Math.min(REST * this.took, LONGEST_REST);
    if (this.underway || this.wanted || this.ticking) this.wake();
  }
}
