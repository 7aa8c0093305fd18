-- What callers told an assistant: one ticket a conversation at most, written also when the caller hangs up.

create table vigie.tickets (
  id         bigint      generated always as identity primary key,
  session    text        not null unique check (session <> ''), -- the conversation
  pbx        text        not null,
  number     text        not null default '', -- of the caller, in one spelling; empty: not told
  name       text        not null default '',
  email      text        not null default '',
  assistant  text        not null default '', -- its id
  fault      text        not null default '', -- as the caller told it
  summary    text        not null default '', -- of the whole conversation, one sentence
  tag        text        not null default '',
  severity   text        not null default '' check (severity in ('', 'low', 'medium', 'high')),
  sentiment  text        not null default '' check (sentiment in ('', 'positive', 'neutral', 'negative')),
  state      text        not null default 'open' check (state in ('open', 'transferred', 'resolved', 'failed')),
  took_ms    bigint      not null default 0 check (took_ms >= 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index tickets_number on vigie.tickets (number, id desc);
create index tickets_state on vigie.tickets (state, id desc);
