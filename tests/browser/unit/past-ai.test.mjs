/** What the turns of a conversation took. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantile, stagesOf } from '../../../static/past-ai.js';

const turn = { t_speech_end: 4000, t_decided: 4700, t_stt_final: 4900, t_llm_first: 5200, t_tts_first: 5300, t_audio_out: 5310, interrupted_at_ms: null, heard: 'my line is dead' };

test('the stages of a turn follow each other, and what is not known is not made up', () => {
  assert.deepEqual(stagesOf(turn), { waited: 700, heard: 200, thought: 300, spoke: 100, sent: 10, turn: 610 });
  const keys = { ...turn, t_speech_end: null, t_stt_final: null };
  assert.deepEqual(stagesOf(keys), { waited: null, heard: null, thought: 500, spoke: 100, sent: 10, turn: 610 });
  const silent = { ...turn, t_llm_first: null, t_tts_first: null, t_audio_out: null };
  assert.deepEqual(stagesOf(silent), { waited: 700, heard: 200, thought: null, spoke: null, sent: null, turn: null });
});

test('of few values a quantile is one of them', () => {
  assert.equal(quantile([], 0.5), null);
  assert.equal(quantile([30, 10, 20], 0.5), 20);
  assert.equal(quantile([30, 10, 20], 0.95), 30);
});
