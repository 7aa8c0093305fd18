-- What happened: ended calls and what agents did, written by the journal and read by the history pages.
-- All of ours lives in the schema vigie, which is made before; the role needs CREATE on the database once.
-- Substrings of names and numbers over a million calls; trusted, so the owner of the database may.
create extension if not exists pg_trgm schema vigie;

-- A call once, whoever tells it again: after a restart of ours, from the spool, from a second node.
create table vigie.calls (
  pbx           text        not null,
  epoch         bigint      not null, -- boot of the PBX, seconds since 1970: its ids repeat after a restart
  linkedid      text        not null,
  started       timestamptz not null,
  answered      timestamptz,
  ended         timestamptz not null,
  direction     text        not null check (direction in ('inbound', 'outbound', 'internal')),
  caller_number text        not null,
  caller_name   text        not null,
  called        text        not null,
  queues        text[]      not null, -- it stood in
  endpoints     text[]      not null, -- of its legs, Local halves aside
  outcome       text,                 -- of its last stay in a queue
  hangup_cause  smallint,
  talk_ms       bigint      not null, -- the longest of its talks
  wait_ms       bigint      not null, -- all its stays in queues
  -- what a person searches by, in one text
  words         text        not null generated always as (lower(caller_number || ' ' || caller_name || ' ' || called)) stored,
  record        jsonb       not null, -- the whole: legs, talks, transfers, queue stays
  primary key (pbx, epoch, linkedid)
);
create index calls_started on vigie.calls (started desc, linkedid desc);
create index calls_words on vigie.calls using gin (words gin_trgm_ops);
create index calls_queues on vigie.calls using gin (queues);
create index calls_endpoints on vigie.calls using gin (endpoints);

-- Each row begins an interval that the next one of the same endpoint ends.
create table vigie.agent_states (
  pbx          text        not null,
  endpoint     text        not null,
  at           timestamptz not null,
  availability text        not null check (availability in ('logged_out', 'available', 'partly_paused', 'paused')),
  reason       text,
  primary key (pbx, endpoint, at)
);

-- In and out of queues.
create table vigie.memberships (
  pbx       text        not null,
  queue     text        not null,
  interface text        not null,
  at        timestamptz not null,
  member    boolean     not null,
  primary key (pbx, queue, interface, at)
);
