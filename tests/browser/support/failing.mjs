/** A file of tests that fails before it closes anything; `unit/cleanup.test.mjs` watches it end. */

import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { closed, opened } from './cleanup.mjs';
import { FakeServer } from './fake-server.mjs';

test('fails with a server and a process open', async () => {
  await new FakeServer({ onSession: () => {} }).listen();
  const child = spawn('sleep', ['600']);
  const kill = () => {
    closed(child);
    child.kill('SIGKILL');
  };
  opened(child, kill);
  throw new Error('on purpose');
});
