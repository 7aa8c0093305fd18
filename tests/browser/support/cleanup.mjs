/**
 * What a file of tests has opened: browsers, servers, processes. Each says so when it opens and when it
 * closes, and what is left at the end of the file is closed then, so that a test that fails never keeps
 * its process alive.
 */

import { after } from 'node:test';

/** @type {Map<object, () => unknown>} */
const open = new Map();

/** @template {object} T @param {T} thing @param {() => unknown} close @returns {T} */
export function opened(thing, close) {
  open.set(thing, close);
  return thing;
}

/** @param {object} thing */
export function closed(thing) {
  open.delete(thing);
}

after(async () => {
  // the youngest first: a server before the PBX that it follows
  for (const close of [...open.values()].reverse()) {
    try {
      await close();
    } catch (error) {
      console.error('closing:', error);
    }
  }
  open.clear();
});
