/** Where things stand on the wall. Pure geometry, in CSS pixels: sizes follow the screen, so that a larger one is read from farther. */

/** @typedef {{x: number, y: number, w: number, h: number}} Box */

/** Smallest cards whose words are still read from two metres, as parts of the wall's height. */
const LEAST_QUEUE = { w: 0.3, h: 0.13 };
const LEAST_TILE = { w: 0.15, h: 0.055 };
/** A card that has the wall for itself does not fill it. */
const MOST_H = 0.4;

/**
 * @typedef {object} Plan
 * @property {number} unit the size that letters are cut to, px
 * @property {Box} figures
 * @property {Box} queues
 * @property {Box} agents of no width when agents are not shown one by one
 * @property {number} room for queues
 */

/** @param {number} w @param {number} h of the canvas @param {boolean} tiles agents are shown one by one @returns {Plan} */
export function planOf(w, h, tiles) {
  const gap = Math.round(h * 0.014);
  const top = Math.round(h * 0.19);
  const left = tiles ? Math.round((w - gap) * 0.33) : w;
  const y = top + gap;
  const queues = { x: 0, y, w: left, h: h - y };
  return {
    unit: h / 100,
    figures: { x: 0, y: 0, w, h: top },
    queues,
    agents: tiles ? { x: left + gap, y, w: w - left - gap, h: h - y } : { x: w, y, w: 0, h: 0 },
    room: Math.max(1, Math.floor(queues.w / (LEAST_QUEUE.w * h)) * Math.floor(queues.h / (LEAST_QUEUE.h * h))),
  };
}

/** Boxes of `n` equal cards in a box, as large as they can be. @param {Box} box @param {number} n @param {number} shape width to height that suits them @param {number} h of the wall @returns {Box[]} */
export function grid(box, n, shape, h) {
  if (n === 0 || box.w <= 0) return [];
  const gap = Math.round(h * 0.014);
  let best = { columns: 1, size: 0 };
  for (let columns = 1; columns <= n; columns += 1) {
    const rows = Math.ceil(n / columns);
    const size = Math.min((box.w / columns) / shape, box.h / rows, MOST_H * h);
    if (size > best.size + 0.5) best = { columns, size };
  }
  const { columns } = best;
  const rows = Math.ceil(n / columns);
  const w = (box.w - gap * (columns - 1)) / columns;
  const height = Math.min((box.h - gap * (rows - 1)) / rows, MOST_H * h);
  return Array.from({ length: n }, (_, i) => ({
    x: Math.round(box.x + (i % columns) * (w + gap)), y: Math.round(box.y + Math.floor(i / columns) * (height + gap)),
    w: Math.floor(w), h: Math.floor(height),
  }));
}

/** How many agents fit one by one. @param {Box} box @param {number} h */
export function tilesIn(box, h) {
  return Math.floor(box.w / (LEAST_TILE.w * h)) * Math.floor(box.h / (LEAST_TILE.h * h));
}
