-- What figures are made of, besides agents' states: each row as it was told, by key once.

-- A caller's stay in a queue that is over.
create table vigie.queue_stays (
  pbx      text        not null,
  epoch    bigint      not null,
  linkedid text        not null, -- of the call as it was then: calls merge
  uniqueid text        not null, -- who stood there
  queue    text        not null,
  joined   timestamptz not null,
  left_at  timestamptz not null,
  outcome  text        not null,
  agent    text,                 -- endpoint of who took him
  met      boolean     not null, -- served already when the call was met: no wait is known
  primary key (pbx, epoch, uniqueid, queue, joined)
);
create index queue_stays_joined on vigie.queue_stays (joined);
create index queue_stays_left on vigie.queue_stays (left_at);
create index queue_stays_queue on vigie.queue_stays (queue, joined);

-- A phone's leg that is over and was answered, or was rung by a queue. Told again when more is known of it.
create table vigie.contacts (
  pbx         text        not null,
  epoch       bigint      not null,
  linkedid    text        not null,
  uniqueid    text        not null,
  endpoint    text        not null,
  queue       text,
  arrived     timestamptz not null, -- the caller joined the queue; without one, the leg began
  started     timestamptz not null,
  answered    timestamptz,
  ended       timestamptz not null,
  talk_us     bigint      not null, -- hold apart
  hold_us     bigint      not null,
  holds       smallint    not null,
  consult_us  bigint      not null,
  transferred boolean     not null,
  missed      boolean     not null, -- rung in vain
  met         boolean     not null, -- times and durations are bounds
  primary key (pbx, epoch, uniqueid)
);
create index contacts_arrived on vigie.contacts (arrived);
create index contacts_ended on vigie.contacts (ended);
create index contacts_queue on vigie.contacts (queue, arrived);
create index contacts_endpoint on vigie.contacts (endpoint, arrived);

-- The second axis of agents. Each row begins an interval that the next one of the same endpoint ends.
create table vigie.agent_activities (
  pbx      text        not null,
  endpoint text        not null,
  at       timestamptz not null,
  activity text        not null,
  queue    text,                 -- whose call it is about
  arrived  timestamptz,          -- of a wrap-up: when the caller came
  ends     timestamptz,          -- of a wrap-up: when its timer ends it
  primary key (pbx, endpoint, at)
);
create index agent_activities_at on vigie.agent_activities (at);
create index agent_activities_wrap_ups on vigie.agent_activities (arrived) where activity = 'wrap_up';
create index agent_states_at on vigie.agent_states (at);

-- When a PBX was followed: outside of these nothing is known of anybody's state.
create table vigie.watched (
  pbx   text        not null,
  run   bigint      not null, -- of the process, its start in µs: another one knows nobody yet
  since timestamptz not null,
  until timestamptz not null, -- moved on while it lasts
  primary key (pbx, run, since)
);

alter table vigie.memberships add column endpoint text; -- of the agent behind the interface
create index memberships_at on vigie.memberships (at);

-- A call that was absorbed is found under the one it is part of.
create index calls_merged on vigie.calls using gin ((record -> 'merged'));
