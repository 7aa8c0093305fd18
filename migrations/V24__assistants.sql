-- Who answers callers over AudioSocket: assistants as they are written, what of them was published, and for whom each is.
-- Ids are text: they stand in addresses, in flows and in the dialplan.

create table vigie.assistants (
  id         text        primary key check (id <> '' and length(id) <= 100),
  name       text        not null,
  is_default boolean     not null default false, -- for callers who are nobody's
  paused     boolean     not null default false, -- new callers go to its fallback; no version has it
  draft      jsonb       not null check (jsonb_typeof(draft) = 'object'),
  published  int,                                -- the version that answers; none: nobody does
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index assistants_default on vigie.assistants (is_default) where is_default;

-- What was published. The oldest go when there are too many; none is changed.
create table vigie.assistant_versions (
  assistant_id text        not null references vigie.assistants on delete cascade,
  version      int         not null check (version > 0),
  form         jsonb       not null check (jsonb_typeof(form) = 'object'),
  note         text        not null default '',
  by           text        not null default '', -- user id
  at           timestamptz not null default now(),
  primary key (assistant_id, version)
);
create trigger assistant_versions_stay before update on vigie.assistant_versions
  for each statement execute function vigie.flow_versions_stay();

-- Called numbers of assistants; a number is one assistant's.
create table vigie.assistant_numbers (
  number       text primary key check (number <> ''), -- as it was written; compared without its spelling
  assistant_id text not null references vigie.assistants on delete cascade
);
create index assistant_numbers_of on vigie.assistant_numbers (assistant_id);

-- Every process that keeps assistants in memory looks at this row: it moves with every change of anything above, and is
-- had before any row of it.
create table vigie.assistants_version (single boolean primary key default true check (single), version bigint not null);
insert into vigie.assistants_version values (true, 1);
create function vigie.assistants_changed() returns trigger language plpgsql as $$
begin
  update vigie.assistants_version set version = version + 1;
  return null;
end $$;
create trigger assistants_changed before insert or update or delete or truncate on vigie.assistants
  for each statement execute function vigie.assistants_changed();
create trigger assistant_versions_changed before insert or update or delete or truncate on vigie.assistant_versions
  for each statement execute function vigie.assistants_changed();
create trigger assistant_numbers_changed before insert or update or delete or truncate on vigie.assistant_numbers
  for each statement execute function vigie.assistants_changed();
