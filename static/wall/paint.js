/**
 * The wall on its canvas. A card is painted again only when something of it changed: its signature, the
 * text of all that it shows, is compared with what stands there. So a second without news costs the few
 * digits that run.
 */

import { visible } from '../render/dom.js';

/** @import {Box} from './layout.js' */
/** @import {Group} from '../select.js' */

/** @typedef {'ground'|'pane'|'raised'|'line'|'ink'|'soft'|'faint'|'waiting'|'doubt'|Group} Paint */
/** Colours of the page's style sheet, by name. */
const NAMES = /** @type {const} */ (['ground', 'pane', 'raised', 'line', 'ink', 'soft', 'faint', 'waiting', 'doubt',
  'trouble', 'ringing', 'talking', 'wrap_up', 'free', 'paused', 'away']);

/** Words whose cut was measured are kept, so many at most. */
const MOST_CUT = 2000;

/**
 * One card: words and numbers that are painted in its box.
 * @typedef {object} Card
 * @property {string} key
 * @property {Box} box
 * @property {Paint} edge colour of its left edge
 * @property {boolean} tinted its ground has that colour too
 * @property {boolean} believed otherwise it is painted pale and hatched
 * @property {Line[]} lines
 * @property {{paint: Paint, part: number}[]} [bar] shares of its foot
 */

/**
 * Words at a place of a card, in parts of its box.
 * @typedef {object} Line
 * @property {string} text
 * @property {number} x 0 left to 1 right
 * @property {number} y baseline, px from the top of the box
 * @property {number} size px
 * @property {Paint} paint
 * @property {boolean} [bold]
 * @property {'left'|'right'|'center'} [align]
 * @property {number} [most] px that it may be wide; cut beyond
 */

export class Painter {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    const ground = canvas.getContext('2d', { alpha: false });
    if (!ground) throw new Error('this browser has no canvas');
    this.ground = ground;
    this.width = 0;
    this.height = 0;
    this.font = 'sans-serif';
    /** @type {Record<string, string>} */
    this.colours = {};
    /** What stands where. @type {Map<string, string>} */
    this.stands = new Map();
    /** @type {Map<string, string>} */
    this.cut = new Map();
  }

  /** Takes the size of its element and the colours of now; then everything is painted again. */
  fit() {
    const { clientWidth, clientHeight } = this.canvas;
    const dense = window.devicePixelRatio || 1;
    this.width = clientWidth;
    this.height = clientHeight;
    this.canvas.width = Math.max(1, Math.round(clientWidth * dense));
    this.canvas.height = Math.max(1, Math.round(clientHeight * dense));
    this.ground.setTransform(dense, 0, 0, dense, 0, 0);
    const style = getComputedStyle(document.documentElement);
    for (const name of NAMES) {
      this.colours[name] = style.getPropertyValue(`--${name}`).trim();
      this.colours[`${name}-glow`] = style.getPropertyValue(`--${name}-glow`).trim() || this.colours[name] || '';
    }
    this.font = getComputedStyle(document.body).fontFamily;
    this.clear();
  }

  clear() {
    this.stands.clear();
    this.cut.clear();
    this.ground.fillStyle = this.colours.ground ?? '';
    this.ground.fillRect(0, 0, this.width, this.height);
  }

  /** Paints the cards; gives how many had changed. @param {Card[]} cards */
  show(cards) {
    const places = new Set(cards.map(placeOf));
    for (const place of this.stands.keys()) {
      // another number of cards stands elsewhere: what was between them goes
      if (!places.has(place)) {
        this.clear();
        break;
      }
    }
    let painted = 0;
    for (const card of cards) {
      const place = placeOf(card);
      const signature = JSON.stringify([card.edge, card.tinted, card.believed, card.lines, card.bar]);
      if (this.stands.get(place) === signature) continue;
      this.stands.set(place, signature);
      this.paint(card);
      painted += 1;
    }
    return painted;
  }

  /** @param {Card} card */
  paint({ box, edge, tinted, believed, lines, bar }) {
    const { ground, colours } = this;
    ground.save();
    ground.beginPath();
    ground.rect(box.x, box.y, box.w, box.h);
    ground.clip();
    ground.fillStyle = colours.raised ?? '';
    ground.fillRect(box.x, box.y, box.w, box.h);
    const glow = colours[`${edge}-glow`] ?? '';
    ground.fillStyle = glow;
    if (tinted) {
      ground.globalAlpha = 0.14;
      ground.fillRect(box.x, box.y, box.w, box.h);
      ground.globalAlpha = 1;
    }
    const thick = Math.max(4, Math.round(box.h * 0.045));
    ground.fillRect(box.x, box.y, thick, box.h);
    if (!believed) this.hatch(box);
    for (const line of lines) this.write(line, box);
    if (bar) this.bar(bar, box);
    ground.restore();
  }

  /** What is not live looks so, in whatever colour. @param {Box} box */
  hatch(box) {
    const { ground, colours } = this;
    ground.strokeStyle = colours.doubt ?? '';
    ground.globalAlpha = 0.28;
    ground.lineWidth = 2;
    ground.beginPath();
    for (let x = box.x - box.h; x < box.x + box.w; x += 14) {
      ground.moveTo(x, box.y + box.h);
      ground.lineTo(x + box.h, box.y);
    }
    ground.stroke();
    ground.globalAlpha = 1;
  }

  /** @param {Line} line @param {Box} box */
  write({ text, x, y, size, paint, bold, align, most }, box) {
    const { ground } = this;
    ground.font = `${bold ? 650 : 400} ${size.toFixed(1)}px ${this.font}`;
    ground.fillStyle = this.colours[paint] ?? '';
    ground.textAlign = align ?? 'left';
    ground.textBaseline = 'alphabetic';
    ground.fillText(most === undefined ? visible(text) : this.fitting(visible(text), most), box.x + x * box.w, box.y + y);
  }

  /** The words, cut to a width. @param {string} text @param {number} most px */
  fitting(text, most) {
    const key = `${this.ground.font}\n${Math.round(most)}\n${text}`;
    const known = this.cut.get(key);
    if (known !== undefined) return known;
    let cut = text;
    if (this.ground.measureText(text).width > most) {
      let low = 0;
      let high = text.length;
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if (this.ground.measureText(`${text.slice(0, middle)}…`).width <= most) low = middle;
        else high = middle - 1;
      }
      cut = `${text.slice(0, low).trimEnd()}…`;
    }
    if (this.cut.size >= MOST_CUT) this.cut.clear();
    this.cut.set(key, cut);
    return cut;
  }

  /** @param {{paint: Paint, part: number}[]} bar @param {Box} box */
  bar(bar, box) {
    const { ground } = this;
    const h = Math.max(6, Math.round(box.h * 0.09));
    const left = box.x + box.h * 0.13;
    const wide = box.w - box.h * 0.26;
    let x = left;
    for (const { paint, part } of bar) {
      ground.fillStyle = this.colours[`${paint}-glow`] ?? '';
      ground.fillRect(x, box.y + box.h - h - box.h * 0.09, Math.max(2, wide * part - 2), h);
      x += wide * part;
    }
  }
}

/** @param {Card} card */
const placeOf = ({ key, box }) => `${key} ${box.x} ${box.y} ${box.w} ${box.h}`;
