-- What callers hear, and what they leave.

-- Prompts, with their sound: 8 kHz, one channel, PCM of 16 bits, as a WAV. Files for Asterisk are made of it.
create table vigie.prompts (
  id          text        primary key check (id ~ '^[A-Za-z0-9_-]{1,60}$'), -- stands in names of files
  name        text        not null check (name <> '' and length(name) <= 100),
  language    text        not null check (language in ('fr', 'en')),
  kind        text        not null check (kind in ('uploaded', 'recorded', 'spoken')),
  said        text,                                                         -- what a voice was given
  duration_ms int         not null check (duration_ms > 0),
  checksum    text        not null check (checksum ~ '^[0-9a-f]{64}$'),     -- SHA-256 of sound
  sound       bytea       not null check (octet_length(sound) between 45 and 20000000),
  made_by     text        not null default '',                              -- user id
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now()
);
alter table vigie.prompts alter column sound set storage external; -- it hardly gets smaller
create unique index prompts_name on vigie.prompts (lower(name));

-- Every process that keeps prompts in memory looks at this row: it moves with every change.
create table vigie.prompts_version (single boolean primary key default true check (single), version bigint not null);
insert into vigie.prompts_version values (true, 1);
create function vigie.prompts_changed() returns trigger language plpgsql as $$
begin
  update vigie.prompts_version set version = version + 1;
  return null;
end $$;
create trigger prompts_changed before insert or update or delete or truncate on vigie.prompts
  for each statement execute function vigie.prompts_changed();

-- Messages of callers. The sound is a file in the folder that is shared with the PBX. Without a duration it is being
-- recorded, or was when Vigie ended.
create table vigie.voicemails (
  id          text        primary key,
  pbx         text        not null,
  uniqueid    text        not null,            -- of the caller's channel
  flow_id     text        not null default '',
  flow_name   text        not null default '',
  node_id     text        not null default '',
  site_id     text,                            -- as the node says; none: for who reaches everything
  caller      text        not null default '',
  called      text        not null default '',
  began_at    timestamptz not null default now(),
  file        text        not null,            -- within the folder of messages of that PBX
  duration_ms int         check (duration_ms > 0),
  heard_at    timestamptz,
  heard_by    text        not null default '', -- user id
  mail_due_at timestamptz,                     -- none: nothing to mail, or mailed
  mail_tries  int         not null default 0,
  mailed_at   timestamptz
);
create index voicemails_began on vigie.voicemails (began_at desc, id);
create index voicemails_mail on vigie.voicemails (mail_due_at) where mail_due_at is not null;
