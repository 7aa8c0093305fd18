-- People and what they may: users, groups, sites, who sits where, rights, sessions, and the audit log.
-- Ids are text, since existing front ends make them.

create table vigie.sites (
  id                  text        primary key check (id <> '' and length(id) <= 100),
  name                text        not null,
  ip_address          text,                           -- of its gateway, shown only
  physical_extensions jsonb       not null default '[]',
  direct_media        boolean     not null default false,
  time_zone           text        not null default 'Europe/Paris', -- IANA
  day_start           time        not null default '00:00',        -- when its day begins, local time
  trunks              text[]      not null default '{}', -- endpoints, or patterns with * and ?
  queues              text[]      not null default '{}', -- that are its own, whoever serves them: pbx~queue
  outbound_context    text,                           -- where calls of its people begin
  transfer_context    text,                           -- where their transfers go
  numbers             jsonb       not null default '{}' check (jsonb_typeof(numbers) = 'object'), -- number rules, dial template
  created             timestamptz not null default now(),
  updated             timestamptz not null default now()
);

create table vigie.users (
  id                text        primary key check (id <> '' and length(id) <= 100),
  login_id          text        not null,
  first_name        text        not null default '',
  last_name         text        not null default '',
  email             text,
  role              text        not null check (role in ('Agent', 'Superviseur', 'Administrateur', 'SuperAdmin')),
  active            boolean     not null default true,
  password          text,                             -- argon2id in PHC form; none: cannot log in
  must_change       boolean     not null default false, -- his password was made by another
  site_id           text        references vigie.sites on delete set null,
  agent_profile_id  text,
  mobile_number     text,
  mobile_as_station boolean     not null default false,
  planning_enabled  boolean     not null default false,
  campaign_ids      text[]      not null default '{}',
  created           timestamptz not null default now(),
  updated           timestamptz not null default now()
);
create unique index users_login on vigie.users (lower(login_id));
create unique index users_email on vigie.users (lower(email));

create table vigie.groups (
  id      text        primary key check (id <> '' and length(id) <= 100),
  name    text        not null,
  created timestamptz not null default now(),
  updated timestamptz not null default now()
);
create table vigie.group_members (
  group_id text not null references vigie.groups on delete cascade,
  user_id  text not null references vigie.users on delete cascade,
  primary key (group_id, user_id)
);

-- The identity map: a person's station, the endpoint it is on a PBX, and the interface by which queues know it.
create table vigie.stations (
  user_id   text not null references vigie.users on delete cascade,
  pbx       text not null,
  station   text not null, -- the number to ring it by
  endpoint  text not null, -- PJSIP/1001
  interface text not null, -- as a queue member: usually the endpoint
  primary key (pbx, endpoint)
);

-- Rights beyond what a role has: a verb on a scope. The reason and the giver stand in the audit log.
create table vigie.grants (
  user_id    text not null references vigie.users on delete cascade,
  verb       text not null,
  scope_kind text not null check (scope_kind in ('all', 'site', 'group', 'queue')),
  scope_id   text not null, -- '' for all; pbx~queue for a queue
  primary key (user_id, verb, scope_kind, scope_id)
);

-- A login and the family of refresh tokens that it began. Tokens are kept as SHA-256 only.
create table vigie.sessions (
  id         text        primary key,
  user_id    text        not null references vigie.users on delete cascade,
  family     bytea       not null unique, -- what all tokens of the family begin with
  refresh    bytea       not null,        -- the one that is good now
  previous   bytea,                       -- the one before it
  rotated    timestamptz not null default now(),
  tapped     boolean     not null default false, -- the one before was presented a second time, and forgiven
  cookie     bytea       not null unique, -- of front ends that send no token
  address    text        not null,        -- where the login came from
  created    timestamptz not null default now(),
  used       timestamptz not null default now(),
  revoked    timestamptz,
  why        text
);
create index sessions_user on vigie.sessions (user_id);
create index sessions_used on vigie.sessions (used);

-- Every process that keeps people in memory looks at this row: it moves with every change of anything above.
create table vigie.people_version (single boolean primary key default true check (single), version bigint not null);
insert into vigie.people_version values (true, 1);
create function vigie.people_changed() returns trigger language plpgsql as $$
begin
  update vigie.people_version set version = version + 1;
  return null;
end $$;
create trigger sites_changed after insert or update or delete or truncate on vigie.sites
  for each statement execute function vigie.people_changed();
create trigger users_changed after insert or update or delete or truncate on vigie.users
  for each statement execute function vigie.people_changed();
create trigger groups_changed after insert or update or delete or truncate on vigie.groups
  for each statement execute function vigie.people_changed();
create trigger group_members_changed after insert or update or delete or truncate on vigie.group_members
  for each statement execute function vigie.people_changed();
create trigger stations_changed after insert or update or delete or truncate on vigie.stations
  for each statement execute function vigie.people_changed();
create trigger grants_changed after insert or update or delete or truncate on vigie.grants
  for each statement execute function vigie.people_changed();

-- The audit log: a chain for each journal on disk. `entry` is the line as it was hashed; the columns are read out of it.
create table vigie.audit (
  journal text   not null,
  n       bigint not null,
  entry   text   not null,
  hash    text   not null, -- SHA-256 over the hash before and the entry, hex
  at_ms   bigint not null generated always as (((entry::jsonb) ->> 'at_ms')::bigint) stored,
  who     text   generated always as ((entry::jsonb) ->> 'who') stored,
  act     text   not null generated always as ((entry::jsonb) ->> 'act') stored,
  primary key (journal, n)
);
create index audit_at on vigie.audit (at_ms desc);
create index audit_who on vigie.audit (who, at_ms desc);
create function vigie.audit_stays() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is only added to';
end $$;
create trigger audit_stays before update or delete or truncate on vigie.audit
  for each statement execute function vigie.audit_stays();
