/** When the page is drawn, on a clock and a screen of the test's own. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Frames } from '../../../static/frames.js';

const FRAME = 1000 / 60;
/** A screen: frames come 60 a second, late by what drawing costs. */
let now = 0;
/** @type {Array<(at: number) => void>} */
let next = [];
/** @type {Array<{id: number, at: number, run: () => void}>} */
let timers = [];
let ids = 0;
const real = { performance: globalThis.performance, requestAnimationFrame: globalThis.requestAnimationFrame, setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };

beforeEach(() => {
  now = 1000;
  next = [];
  timers = [];
  Object.assign(globalThis, {
    requestAnimationFrame: (run) => next.push(run),
    setTimeout: (run, ms) => {
      ids += 1;
      timers.push({ id: ids, at: now + ms, run });
      return ids;
    },
    clearTimeout: (id) => (timers = timers.filter((timer) => timer.id !== id)),
  });
  Object.defineProperty(globalThis, 'performance', { value: { now: () => now }, configurable: true });
});
afterEach(() => {
  Object.defineProperty(globalThis, 'performance', { value: real.performance, configurable: true });
  Object.assign(globalThis, { requestAnimationFrame: real.requestAnimationFrame, setTimeout: real.setTimeout, clearTimeout: real.clearTimeout });
});

/** One frame of the screen; how long after the one before it came, ms. */
function frame() {
  const from = now;
  const due = timers.filter((timer) => timer.at <= now);
  timers = timers.filter((timer) => timer.at > now);
  for (const timer of due) timer.run();
  const run = next;
  next = [];
  for (const one of run) one(from);
  // what it took is a whole number of frames of the screen
  now = from + Math.max(1, Math.ceil((now - from) / FRAME - 1e-9)) * FRAME;
  return now - from;
}

/** Draws that cost so much each, of lists of so many parts. @param {number} costMs @param {number} parts */
function page(costMs, parts = 1) {
  const told = { drawn: 0, begun: 0 };
  let left = 0;
  const frames = new Frames({
    begin: () => { told.begun += 1; left = parts; return {}; },
    whole: () => false,
    draw: (_, ration) => {
      left -= 1;
      now += costMs;
      if (left > 0) ration.waits = true;
      else told.drawn += 1;
    },
    tick: () => true,
  });
  return { told, frames };
}

/** Frames a second while there is always news. */
function under(costMs, parts) {
  const { told, frames } = page(costMs, parts);
  const times = [];
  for (const end = now + 10_000; now < end;) {
    frames.news();
    times.push(frame());
  }
  return { rate: 1000 / (times.reduce((all, one) => all + one, 0) / times.length), ...told };
}

test('what fits into a frame is drawn in each', () => {
  const { rate, drawn } = under(10);
  assert.equal(Math.round(rate), 60);
  assert.ok(drawn > 290, `${drawn} drawings in ten seconds`);
});

test('what makes frames late rests until 50 a second are left', () => {
  for (const [cost, parts] of [[20, 1], [30, 2], [40, 1], [30, 4]]) {
    const { rate, drawn } = under(cost, parts);
    assert.ok(rate >= 50, `${cost} ms in ${parts} parts: ${rate} frames/s`);
    assert.ok(drawn >= 15, `${cost} ms in ${parts} parts: ${drawn} drawings in ten seconds`);
  }
});

test('what costs ever so much is drawn once a second still', () => {
  const { drawn } = under(100, 2);
  assert.ok(drawn >= 9, `${drawn} drawings in ten seconds`);
});

test('many changes are one drawing, and nothing is drawn without any', () => {
  const { told, frames } = page(1);
  for (let n = 0; n < 100; n += 1) frames.news();
  for (let n = 0; n < 60; n += 1) frame();
  assert.deepEqual(told, { drawn: 1, begun: 1 });
  assert.equal(next.length + timers.length, 0, 'and no frame is asked for');
});

test('drawn at once, it is drawn when it returns, whatever rests', () => {
  const { told, frames } = page(100);
  frames.news();
  frame();
  frame();
  frames.now();
  assert.equal(told.drawn, 2);
});

test('while a button is pressed nothing moves from under it, for a while at most', () => {
  const { told, frames } = page(1);
  frames.press();
  frames.news();
  for (let n = 0; n < 10; n += 1) frame();
  assert.equal(told.drawn, 0);
  frames.letGo();
  frame();
  assert.equal(told.drawn, 1, 'it goes up');
  // who never says that it goes up does not stop the page
  frames.press();
  for (const end = now + 1000; now < end;) {
    frames.news();
    frame();
  }
  assert.ok(told.drawn > 1, `${told.drawn}`);
});

test('what is half drawn when a button is pressed is drawn whole afterwards, without a rest for the time between', () => {
  const { told, frames } = page(2, 3);
  frames.news();
  frame();
  frames.press();
  for (let n = 0; n < 20; n += 1) frame();
  assert.deepEqual(told, { drawn: 0, begun: 1 });
  frames.letGo();
  frame();
  frame();
  assert.equal(told.drawn, 1);
  frames.news();
  frame();
  frame();
  assert.equal(told.begun, 2, 'at once');
});

test('what a person asks for is drawn in the next frame, whatever rests', () => {
  const { told, frames } = page(100);
  frames.news();
  frame();
  frame();
  frames.news();
  frame();
  assert.equal(told.drawn, 1, 'news rest');
  frames.draw();
  frame();
  assert.equal(told.drawn, 2);
});
