-- What is said to agents, their raised hands, and pictures of people.

-- Messages that stand on an agent's desk; what he read, or did not in a month, goes.
create table vigie.messages (
  id     bigint      generated always as identity primary key,
  agent  text        not null check (agent like '%~%'), -- pbx~endpoint
  sender text        not null,
  said   text        not null,
  at     timestamptz not null,
  read   timestamptz
);
create index messages_agent on vigie.messages (agent, id);

create table vigie.hands (
  agent text        primary key check (agent like '%~%'),
  since timestamptz not null,
  said  text        not null
);

-- A picture is what its first bytes say that it is, never what its sender says.
create table vigie.pictures (
  user_id text        primary key references vigie.users on delete cascade,
  kind    text        not null check (kind in ('image/png', 'image/jpeg', 'image/gif', 'image/webp')),
  bytes   bytea       not null check (length(bytes) <= 2097152),
  print   text        not null, -- of its bytes: another picture has another address
  updated timestamptz not null default now()
);
create trigger pictures_changed after insert or update or delete or truncate on vigie.pictures
  for each statement execute function vigie.people_changed();
