import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visible } from '../../../static/render/dom.js';

test('what turns text or hides in it is shown by its number, names of every script stay', () => {
  assert.equal(visible('\u202Egnp.exe'), '[U+202E]gnp.exe');
  assert.equal(visible('a\u200Bb\u2066c\u2069\uFEFF'), 'a[U+200B]b[U+2066]c[U+2069][U+FEFF]');
  for (let code = 0x202a; code <= 0x202e; code += 1) assert.ok(!visible(String.fromCharCode(code)).includes(String.fromCharCode(code)));
  for (let code = 0x2066; code <= 0x2069; code += 1) assert.ok(!visible(String.fromCharCode(code)).includes(String.fromCharCode(code)));
  for (const name of ['Zoé Lefèvre', 'שלום', 'سلام', 'می‌خواهم', '👩‍💻', '名前', '<b>']) assert.equal(visible(name), name);
});
