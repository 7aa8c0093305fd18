-- What flows look up and leave behind: who calls from which number, and who wants to be called back.

create table vigie.flow_contacts (
  number     text        primary key check (number <> '' and length(number) <= 100), -- in one spelling: E.164 with its plus, or an extension
  name       text        not null default '',
  data       jsonb       not null default '{}' check (jsonb_typeof(data) = 'object'), -- texts by name
  updated_at timestamptz not null default now()
);

create table vigie.callbacks (
  id         bigint      generated always as identity primary key,
  number     text        not null check (number <> ''), -- in one spelling
  pbx        text        not null,
  called     text        not null default '',
  flow_id    text        not null default '',
  node_id    text        not null default '',
  note       text        not null default '',
  asked      int         not null default 1 check (asked > 0),  -- how often he asked for it
  attempts   int         not null default 0,
  most       int         not null check (most between 1 and 10), -- attempts
  state      text        not null default 'open' check (state in ('open', 'taken', 'done', 'failed')),
  taken_by   text        not null default '', -- user id
  taken_at   timestamptz,
  due_at     timestamptz not null default now(),
  outcome    text        not null default '', -- of the last attempt
  remark     text        not null default '', -- of who called
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
-- Who asks twice waits once.
create unique index callbacks_waiting on vigie.callbacks (number) where state in ('open', 'taken');
create index callbacks_state on vigie.callbacks (state, due_at);
create index callbacks_over on vigie.callbacks (updated_at) where state in ('done', 'failed');
