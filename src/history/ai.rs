//! Conversations with assistants: as they are noted, and as they are read with their call.

use serde::{Deserialize, Serialize};

use super::read::{Reader, Within};
use crate::db::Unavailable;

/// One that is over. Times within it are ms since it began.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AiSession {
    /// From that PBX.
    pub pbx: String,
    /// By which its voice came.
    pub id: String,
    /// Of the caller's channel; empty: not told.
    pub uniqueid: String,
    /// µs since 1970.
    pub began: i64,
    /// To its end.
    pub took_ms: i64,
    /// Who called; empty: not told.
    pub caller_number: String,
    /// What he called; empty: not told.
    pub called: String,
    /// Id of the assistant.
    pub assistant: String,
    /// Of the assistant.
    pub version: Option<i32>,
    /// How it ended.
    pub how: String,
    /// Who spoke.
    pub mouth: String,
    /// Who heard.
    pub ears: String,
    /// Who thought.
    pub mind: String,
    /// What was said, in order.
    pub lines: Vec<AiLine>,
    /// What each turn took, in order.
    pub turns: Vec<AiTurn>,
}

/// What somebody said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AiLine {
    /// `caller`, `keys`, `assistant`, `supervisor`, `tool`.
    pub who: String,
    /// Of an assistant's: what was heard of it.
    pub text: String,
    /// When.
    pub at_ms: i64,
    /// Percent.
    pub confidence: Option<i16>,
    /// The caller spoke into it.
    pub interrupted: bool,
}

/// A turn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AiTurn {
    /// The caller stopped speaking.
    pub t_speech_end: Option<i64>,
    /// It was decided that he has finished.
    pub t_decided: i64,
    /// He was understood.
    pub t_stt_final: Option<i64>,
    /// The first sentence of the answer.
    pub t_llm_first: Option<i64>,
    /// Its sound.
    pub t_tts_first: Option<i64>,
    /// Its first frame.
    pub t_audio_out: Option<i64>,
    /// So much of the answer had been heard then.
    pub interrupted_at_ms: Option<i64>,
    /// By the assistant.
    pub heard: String,
    /// By the assistant.
    pub said: String,
    /// To the caller.
    pub played: String,
    /// By name.
    pub tools: Vec<String>,
    /// What the model read.
    pub tokens_in: i64,
    /// What it wrote.
    pub tokens_out: i64,
}

/// Whole, or not at all: a session that is there already has its lines and turns.
pub(super) const INSERT: &str = "
  with told as (
    select * from jsonb_to_recordset($1::jsonb) as r (pbx text, id text, uniqueid text, began bigint, took_ms bigint,
      caller_number text, called text, assistant text, version int, how text, mouth text, ears text, mind text,
      lines jsonb, turns jsonb)),
  new as (
    insert into vigie.ai_sessions (pbx, id, uniqueid, began, took_ms, caller_number, called, assistant, version, how,
                                   mouth, ears, mind, tokens_in, tokens_out)
    select pbx, id, uniqueid, to_timestamp(began / 1e6), took_ms, caller_number, called, assistant, version, how,
           mouth, ears, mind,
           (select coalesce(sum((turn ->> 'tokens_in')::bigint), 0) from jsonb_array_elements(turns) turn),
           (select coalesce(sum((turn ->> 'tokens_out')::bigint), 0) from jsonb_array_elements(turns) turn)
    from told on conflict do nothing returning pbx, id),
  said as (
    insert into vigie.ai_lines (pbx, session, began, n, who, text, at_ms, confidence, interrupted)
    select pbx, id, to_timestamp(began / 1e6), line.n - 1, line.one ->> 'who', line.one ->> 'text',
           (line.one ->> 'at_ms')::bigint, (line.one ->> 'confidence')::smallint, (line.one ->> 'interrupted')::boolean
    from new join told using (pbx, id) cross join lateral jsonb_array_elements(lines) with ordinality as line (one, n)
    on conflict do nothing)
  insert into vigie.ai_turns (pbx, session, began, n, t_speech_end, t_decided, t_stt_final, t_llm_first, t_tts_first,
                              t_audio_out, interrupted_at_ms, heard, said, played, tools, tokens_in, tokens_out)
  select pbx, id, to_timestamp(began / 1e6), turn.n - 1, (one ->> 't_speech_end')::bigint, (one ->> 't_decided')::bigint,
         (one ->> 't_stt_final')::bigint, (one ->> 't_llm_first')::bigint, (one ->> 't_tts_first')::bigint,
         (one ->> 't_audio_out')::bigint, (one ->> 'interrupted_at_ms')::bigint, one ->> 'heard', one ->> 'said',
         one ->> 'played', array(select jsonb_array_elements_text(one -> 'tools')),
         (one ->> 'tokens_in')::bigint, (one ->> 'tokens_out')::bigint
  from new join told using (pbx, id) cross join lateral jsonb_array_elements(turns) with ordinality as turn (one, n)
  on conflict do nothing";

/// Those of a call, with all that was said. A channel's id is unique as long as nobody turns a clock back: one that began
/// on another day is of another call.
const OF_CALL: &str = "(select jsonb_build_object('sessions', coalesce(jsonb_agg(jsonb_build_object(\
    'id', s.id, 'uniqueid', s.uniqueid, 'began', extract(epoch from s.began)::float8, 'took_ms', s.took_ms, 'assistant', s.assistant, \
    'version', s.version, 'how', s.how, 'summary', s.summary, 'mouth', s.mouth, 'ears', s.ears, 'mind', s.mind, \
    'tokens_in', s.tokens_in, 'tokens_out', s.tokens_out, 'cost', s.cost::float8, \
    'lines', (select coalesce(jsonb_agg(jsonb_build_object('who', l.who, 'text', l.text, 'at_ms', l.at_ms, \
      'confidence', l.confidence, 'interrupted', l.interrupted) order by l.n), '[]') \
      from vigie.ai_lines l where (l.pbx, l.session) = (s.pbx, s.id)), \
    'turns', (select coalesce(jsonb_agg(to_jsonb(t) - '{pbx,session,began,n}'::text[] order by t.n), '[]') \
      from vigie.ai_turns t where (t.pbx, t.session) = (s.pbx, s.id))) order by s.began), '[]')) \
    from vigie.ai_sessions s where s.pbx = calls.pbx \
      and s.began between calls.started - interval '1 day' and calls.ended + interval '1 day' \
      and s.uniqueid = any(array(select calls.linkedid union select jsonb_array_elements_text(calls.record -> 'merged') \
        union select leg ->> 'uniqueid' from jsonb_array_elements(calls.record -> 'legs') leg \
          where leg ->> 'uniqueid' is not null)))::text";

impl Reader {
    /// The conversations of a call with assistants, in JSON; `None` when there is no call of that id.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn ai_sessions(
        &self,
        pbx: &str,
        epoch: i64,
        linkedid: &str,
        within: Option<&Within>,
    ) -> Result<Option<String>, Unavailable> {
        self.of_call(OF_CALL, pbx, epoch, linkedid, within).await
    }
}
