import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('a file of tests that fails ends, whatever it left open', async () => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, [fileURLToPath(new URL('../support/failing.mjs', import.meta.url))], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const [code, signal] = await new Promise((done) => child.once('close', (...ended) => done(ended)));
  clearTimeout(late);
  assert.equal(signal, null, `it hung: ${said}`);
  assert.equal(code, 1, said);
  assert.match(said, /on purpose/);
});
