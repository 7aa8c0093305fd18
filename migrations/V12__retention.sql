-- What is kept for how long: a hold keeps a call and what belongs to it; each sweep leaves a line.
alter table vigie.calls add column held text; -- why it must not be deleted
create index calls_held on vigie.calls (pbx, epoch, linkedid) where held is not null;

create table vigie.deletions (
  at       timestamptz not null, -- when the last batch of the sweep was done
  kind     text        not null,
  older    timestamptz not null, -- what began before that was deleted
  rows     bigint      not null,
  primary key (at, kind)
);
