/** What was drawn before and what was undone. */

/** @import {Drawing} from './drawing.js' */

/** Steps that can be undone. */
const MOST = 200;

export class History {
  /** @param {Drawing} drawing */
  constructor(drawing) {
    this.now = drawing;
    /** @type {Drawing[]} */
    this.before = [];
    /** @type {Drawing[]} */
    this.after = [];
    /** @type {string|null} */
    this.key = null;
  }

  /**
   * The next drawing. Steps of one key that follow each other, such as letters typed into one field, are one.
   * @param {Drawing} drawing @param {string|null} [key] @returns {boolean} whether it is another
   */
  go(drawing, key = null) {
    if (drawing === this.now) return false;
    if (key === null || key !== this.key) this.before.push(this.now);
    if (this.before.length > MOST) this.before.shift();
    this.after = [];
    this.key = key;
    this.now = drawing;
    return true;
  }

  /** What comes next is a step of its own. */
  pause() {
    this.key = null;
  }

  undo() {
    return this.swap(this.before, this.after);
  }

  redo() {
    return this.swap(this.after, this.before);
  }

  /** @param {Drawing[]} from @param {Drawing[]} to */
  swap(from, to) {
    const drawing = from.pop();
    if (!drawing) return false;
    to.push(this.now);
    this.now = drawing;
    this.key = null;
    return true;
  }
}
