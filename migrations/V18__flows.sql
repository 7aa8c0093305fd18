-- What callers hear: flows as they are drawn, what of them was published, and which number leads to which.
-- Ids are text, since existing front ends make them.

create table vigie.flows (
  id         text        primary key check (id <> '' and length(id) <= 100),
  name       text        not null,
  is_default boolean     not null default false, -- for numbers that lead to none
  draft      jsonb       not null check (jsonb_typeof(draft) = 'object'), -- the drawing as it came: id, name, nodes, connections
  published  int,                                -- the version that callers walk; none: nobody does
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index flows_default on vigie.flows (is_default) where is_default;

-- What was published. The oldest go when there are too many; none is changed.
create table vigie.flow_versions (
  flow_id text        not null references vigie.flows on delete cascade,
  version int         not null check (version > 0),
  drawing jsonb       not null check (jsonb_typeof(drawing) = 'object'),
  note    text        not null default '',
  by      text        not null default '', -- user id
  at      timestamptz not null default now(),
  primary key (flow_id, version)
);
create function vigie.flow_versions_stay() returns trigger language plpgsql as $$
begin
  raise exception 'a published version is not changed: publish another';
end $$;
create trigger flow_versions_stay before update on vigie.flow_versions
  for each statement execute function vigie.flow_versions_stay();

create table vigie.dids (
  id          text        primary key check (id <> '' and length(id) <= 100),
  number      text        not null unique check (number <> ''), -- as it was written; compared without its spelling
  description text        not null default '',
  trunk_id    text,
  flow_id     text        references vigie.flows on delete set null,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now()
);
create index dids_flow on vigie.dids (flow_id);

-- Every process that keeps flows in memory looks at this row: it moves with every change of anything above, and is had
-- before any row of it, so that who changes by hand takes locks in the order in which Vigie does.
create table vigie.flows_version (single boolean primary key default true check (single), version bigint not null);
insert into vigie.flows_version values (true, 1);
create function vigie.flows_changed() returns trigger language plpgsql as $$
begin
  update vigie.flows_version set version = version + 1;
  return null;
end $$;
create trigger flows_changed before insert or update or delete or truncate on vigie.flows
  for each statement execute function vigie.flows_changed();
create trigger flow_versions_changed before insert or update or delete or truncate on vigie.flow_versions
  for each statement execute function vigie.flows_changed();
create trigger dids_changed before insert or update or delete or truncate on vigie.dids
  for each statement execute function vigie.flows_changed();
