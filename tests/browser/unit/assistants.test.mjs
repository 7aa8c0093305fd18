import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences, FIELDS, text, value } from '../../../static/assistants/form.js';
import { words as en } from '../../../static/assistants/words-en.js';
import { words as fr } from '../../../static/assistants/words-fr.js';

const form = {
  name: 'Léa', language: 'fr', prompt: '', greeting: null, reminder: null, fillers: null, sorry: null, handingOver: null, goodbye: null, mouth: null, voice: null, ears: 'openai', mind: null,
  tools: ['transfer'], tags: [], silenceS: 10, longestS: 600, mostAtOnce: 100, humanKey: '0', humanWords: ['agent'], angerWords: [], takesUnknown: false, timezone: 'Europe/Paris',
  hours: [{ days: ['mon', 'fri'], from: '09:00', until: '18:00' }], holidays: ['2026-12-25'], closedWords: null, whenClosed: 'fallback', fallback: 'queues,500,1', places: { support: 'queues,500,1' }, records: false, retentionDays: null,
};

test('what is shown in a field is read back as it was', () => {
  for (const [, fields] of FIELDS) {
    for (const [name, kind] of fields.filter(([, kind]) => ['lines', 'hours', 'places', 'number'].includes(kind))) {
      const back = value(kind, text(kind, form[name]));
      const none = kind === 'number' ? 0 : [];
      assert.deepEqual(back, form[name] ?? none, name);
    }
  }
  assert.deepEqual(value('places', 'support = q,1,1\nbroken'), { support: 'q,1,1', broken: '' }, 'the server says what is wrong with it');
});

test('two versions differ in what differs', () => {
  assert.deepEqual(differences(form, form), []);
  assert.deepEqual(differences(form, { ...form, greeting: 'Bonjour', tools: [] }).map(([name, one, other]) => [name, one, other]), [['greeting', '', 'Bonjour'], ['tools', 'transfer', '']]);
});

test('each field, tool and fault has words in both languages', () => {
  for (const words of [en, fr]) {
    for (const [, fields] of FIELDS) for (const [name] of fields) assert.ok(words.fields[name], name);
    assert.deepEqual(Object.keys(words.faults), Object.keys(en.faults));
    assert.deepEqual(Object.keys(words.tools).sort(), ['call_back', 'hang_up', 'look_up_caller', 'open_ticket', 'transfer']);
  }
});
