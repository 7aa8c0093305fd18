-- Callers in flows: each walk, and each stay at a node, once by key. They go when their calls go.

create table vigie.walks (
  pbx       text        not null,
  epoch     bigint      not null,
  linkedid  text        not null, -- of the call as it was then: calls merge; of a call that was never seen, the channel's
  uniqueid  text        not null, -- who walked
  began     timestamptz not null,
  flow      text        not null, -- its id; empty where the called number had none
  flow_name text        not null, -- as it was then
  called    text        not null,
  ended     timestamptz,          -- none: it goes on, or nobody saw its end
  how       text,                 -- abandoned, connected, hung_up, message, taken_away ...
  why       text,                 -- where it failed
  primary key (pbx, epoch, uniqueid, began)
);
create index walks_call on vigie.walks (pbx, epoch, linkedid);
create index walks_began on vigie.walks (began);

create table vigie.visits (
  pbx       text        not null,
  epoch     bigint      not null,
  linkedid  text        not null,
  uniqueid  text        not null,
  began     timestamptz not null, -- of the walk
  n         int         not null, -- place in it, from 0
  flow      text        not null,
  node      text        not null,
  node_name text        not null, -- as it was then
  entered   timestamptz not null,
  left_at   timestamptz not null,
  port      text,                 -- none: the flow ended there
  key       text,                 -- what was pressed for it
  primary key (pbx, epoch, uniqueid, began, n)
);
create index visits_flow on vigie.visits (flow, left_at);
create index visits_began on vigie.visits (began);
