/** What was said with assistants in a past call, and what each turn took. Nothing here touches the page. */

/**
 * @typedef {'caller'|'keys'|'assistant'|'supervisor'|'tool'} Who
 * @typedef {'gone'|'hangup'|'fallback'|'unknown'|'broke_off'} How
 */

/**
 * A line of a conversation; `at_ms` since it began.
 * @typedef {{who: Who, text: string, at_ms: number, confidence: number|null, interrupted: boolean}} Line
 */

/**
 * A turn; times are ms since the conversation began, `null` where it did not come to that.
 * @typedef {object} Turn
 * @property {number|null} t_speech_end
 * @property {number} t_decided
 * @property {number|null} t_stt_final
 * @property {number|null} t_llm_first
 * @property {number|null} t_tts_first
 * @property {number|null} t_audio_out
 * @property {number|null} interrupted_at_ms
 * @property {string} heard
 */

/**
 * A conversation, as `GET /api/history/calls/{id}/sessions` gives it. `began` is in seconds since 1970.
 * @typedef {object} AiSession
 * @property {string} id
 * @property {number} began
 * @property {number} took_ms
 * @property {string} assistant
 * @property {number|null} version
 * @property {How} how
 * @property {string} mouth
 * @property {string} ears
 * @property {string} mind
 * @property {number} tokens_in
 * @property {number} tokens_out
 * @property {Line[]} lines
 * @property {Turn[]} turns
 */

/** The stages of a turn, in order. @typedef {'waited'|'heard'|'thought'|'spoke'|'sent'|'turn'} Stage */

/** @type {Stage[]} */
export const STAGES = ['waited', 'heard', 'thought', 'spoke', 'sent', 'turn'];

/** @param {string} id of a call */
export const aiSessionsOf = (id) => `api/history/calls/${encodeURIComponent(id)}/sessions`;

/**
 * What each stage of a turn took, ms; `null` where one of its ends is not known. `turn` is from the decision that the caller
 * has finished to the first sound of the answer: what he waited before that decision stands beside it.
 * @param {Turn} turn @returns {Record<Stage, number|null>}
 */
export function stagesOf(turn) {
  const between = (/** @type {number|null} */ from, /** @type {number|null} */ to) => (from === null || to === null ? null : Math.max(0, to - from));
  // keys are understood as they are
  const understood = turn.t_stt_final ?? turn.t_decided;
  return {
    waited: between(turn.t_speech_end, turn.t_decided),
    heard: between(turn.t_decided, turn.t_stt_final),
    thought: between(understood, turn.t_llm_first),
    spoke: between(turn.t_llm_first, turn.t_tts_first),
    sent: between(turn.t_tts_first, turn.t_audio_out),
    turn: between(turn.t_decided, turn.t_audio_out),
  };
}

/**
 * Of so many values the one that a share of them does not exceed; `null` of none.
 * @param {number[]} values @param {number} share 0 to 1
 */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}
