-- Calls that must not be deleted, each with who wants it and why. The database itself refuses to delete such a call.
-- The column goes at once: a program of before then deletes nothing, rather than what is held here only.
create table vigie.holds (
  pbx       text        not null,
  epoch     bigint      not null,
  linkedid  text        not null,
  uniqueids text[]      not null, -- what its recordings are named by
  reason    text        not null,
  by        text        not null, -- name; '' where nobody logs in
  at        timestamptz not null,
  primary key (pbx, epoch, linkedid),
  foreign key (pbx, epoch, linkedid) references vigie.calls
);

insert into vigie.holds (pbx, epoch, linkedid, uniqueids, reason, by, at)
select pbx, epoch, linkedid, array(
         select leg ->> 'uniqueid' from jsonb_array_elements(record -> 'legs') leg where leg ->> 'uniqueid' is not null
         union select jsonb_array_elements_text(record -> 'merged')
         union select linkedid),
       held, '', now()
from vigie.calls where held is not null;

alter table vigie.calls drop column held;
