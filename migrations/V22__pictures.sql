-- Pictures that people chose of themselves. A change of one is a change of people: pages show the new one at once.
create table vigie.pictures (
  user_id text  primary key references vigie.users (id) on delete cascade,
  bytes   bytea not null check (octet_length(bytes) between 1 and 2000000),
  hash    text  not null -- of the bytes: SHA-256, its first 16 hex digits
);
-- what is compressed already is not compressed again
alter table vigie.pictures alter column bytes set storage external;
create trigger pictures_changed before insert or update or delete or truncate on vigie.pictures
  for each statement execute function vigie.people_changed();
