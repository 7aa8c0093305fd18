/**
 * When the page is drawn: once for any number of changes, a part of it in each animation frame, so that a
 * floor of thousands under load still answers a key at once.
 */

import { FRAME_MS, Ration } from './render/ration.js';

/** One frame of a screen that draws 60 a second, ms. */
const FRAME = 1000 / 60;
/** Of eight frames one may be late: 50 a second and better are left. What a drawing cost in late frames, it rests so many times. */
const REST = 7;
/** The longest pause between two drawings while there is news, ms: numbers are late by that, never wrong for good. */
const LONGEST_REST = 800;
/** For so long at most a pressed button keeps everything where it is, ms: on a living floor what one presses would
 * otherwise move away before it is let go, and the click be nobody's. */
const LONGEST_PRESS = 700;

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
    this.pressedUntil = 0;
    /** The timer at whose end the next frame is asked for. */
    this.resting = 0;
    /** When the last frame that drew began; 0 when the last one drew nothing. */
    this.drewAt = 0;
    /** What the drawing that is under way, or just done, took from other frames, ms: layout and paint are in it. */
    this.late = 0;
  }

  /** The server tells something: a drawing as soon as the screen keeps up with it; many calls are one. */
  news() {
    this.wanted = true;
    this.wake();
  }

  /** A person asks: a drawing in the next frame, whatever rests. */
  draw() {
    this.wanted = true;
    this.restUntil = 0;
    if (this.resting) {
      clearTimeout(this.resting);
      this.resting = 0;
      this.asked = false;
    }
    this.wake();
  }

  /** Asks for the running times to be rewritten. */
  tick() {
    this.ticking = 2;
    this.wake();
  }

  /** A button of the mouse, or a finger, goes down: nothing is drawn until it goes up. */
  press() {
    this.pressedUntil = performance.now() + LONGEST_PRESS;
  }

  /** It goes up. */
  letGo() {
    this.pressedUntil = 0;
  }

  /** Draws everything and every running time before it returns: what is begun and what waits is part of it. */
  now() {
    this.wanted = false;
    this.ticking = 0;
    this.underway = null;
    const view = this.work.begin();
    this.work.whole(view);
    const ration = new Ration();
    this.work.draw(view, ration);
    this.work.tick(ration, true);
    this.drewAt = 0;
    this.late = 0;
  }

  wake() {
    if (this.asked) return;
    this.asked = true;
    const rest = this.underway || this.ticking || this.drewAt ? 0 : this.restUntil - performance.now();
    if (rest > FRAME) this.resting = setTimeout(() => this.ask(), rest);
    else this.ask();
  }

  ask() {
    this.resting = 0;
    requestAnimationFrame((at) => this.frame(at));
  }

  /** @param {number} at when the frame began, ms */
  frame(at) {
    this.asked = false;
    if (at < this.pressedUntil) {
      this.drewAt = 0;
      return this.wake();
    }
    if (this.drewAt) this.late += Math.max(0, at - this.drewAt - FRAME);
    this.drewAt = 0;
    if (!this.underway) this.rest(at);
    const ration = new Ration(FRAME_MS);
    if (!this.underway && this.wanted && at >= this.restUntil) {
      this.wanted = false;
      this.underway = this.work.begin();
      if (this.work.whole(this.underway)) ration.end = Infinity;
    }
    if (this.underway) {
      this.work.draw(this.underway, ration);
      if (!ration.waits) this.underway = null;
      this.drewAt = at;
    }
    if (this.ticking && !ration.waits && this.work.tick(ration, this.ticking === 2)) this.ticking = 0;
    else if (this.ticking) this.ticking = 1;
    if (this.underway || this.wanted || this.ticking || this.drewAt) this.wake();
  }

  /** After a drawing: how long it took from others is known in the frame after it. @param {number} at */
  rest(at) {
    if (this.late) this.restUntil = at + Math.min(REST * this.late, LONGEST_REST);
    this.late = 0;
  }
}
