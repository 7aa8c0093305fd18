-- Conversations of callers with assistants, told once when they are over: what was said, and what each turn took.
-- They go when their days are over, but with a call that is held.

create table vigie.ai_sessions (
  pbx           text        not null,
  id            text        not null, -- by which the voice came
  uniqueid      text        not null, -- of the caller's channel: one leg of his call; empty: the PBX never told
  began         timestamptz not null,
  took_ms       bigint      not null,
  caller_number text        not null,
  called        text        not null,
  assistant     text        not null, -- its id
  version       int,                  -- none: it had none
  how           text        not null, -- gone, hangup, fallback, unknown, broke_off, sent_on
  summary       text,
  mouth         text        not null, -- who spoke, heard and thought
  ears          text        not null,
  mind          text        not null,
  tokens_in     bigint      not null,
  tokens_out    bigint      not null,
  cost          numeric,              -- none: nobody said what a token costs
  primary key (pbx, id)
);
create index ai_sessions_call on vigie.ai_sessions (pbx, uniqueid);
create index ai_sessions_began on vigie.ai_sessions (began);

create table vigie.ai_lines (
  pbx         text        not null,
  session     text        not null,
  began       timestamptz not null, -- of the session
  n           int         not null, -- place in it, from 0
  who         text        not null, -- caller, keys, assistant, supervisor, tool
  text        text        not null,
  at_ms       bigint      not null, -- since it began
  confidence  smallint,             -- percent
  interrupted boolean     not null,
  primary key (pbx, session, n),
  foreign key (pbx, session) references vigie.ai_sessions on delete cascade
);

create table vigie.ai_turns (
  pbx               text     not null,
  session           text     not null,
  began             timestamptz not null, -- of the session
  n                 int      not null, -- place in it, from 0
  -- ms since the session began; none: it did not come to that
  t_speech_end      bigint,
  t_decided         bigint   not null,
  t_stt_final       bigint,
  t_llm_first       bigint,
  t_tts_first       bigint,
  t_audio_out       bigint,
  interrupted_at_ms bigint,            -- of the answer
  heard             text     not null,
  said              text     not null,
  played            text     not null,
  tools             text[]   not null,
  tokens_in         bigint   not null,
  tokens_out        bigint   not null,
  primary key (pbx, session, n),
  foreign key (pbx, session) references vigie.ai_sessions on delete cascade
);
create index ai_turns_began on vigie.ai_turns (began);
