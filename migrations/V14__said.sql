-- What is said to agents, and their raised hands.

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
