-- Whoever changes people has the row of their version before any row of theirs, in psql too: Vigie takes it first,
-- and two that take the same rows in two orders would wait for each other.
drop trigger sites_changed on vigie.sites;
create trigger sites_changed before insert or update or delete or truncate on vigie.sites
  for each statement execute function vigie.people_changed();
drop trigger users_changed on vigie.users;
create trigger users_changed before insert or update or delete or truncate on vigie.users
  for each statement execute function vigie.people_changed();
drop trigger groups_changed on vigie.groups;
create trigger groups_changed before insert or update or delete or truncate on vigie.groups
  for each statement execute function vigie.people_changed();
drop trigger group_members_changed on vigie.group_members;
create trigger group_members_changed before insert or update or delete or truncate on vigie.group_members
  for each statement execute function vigie.people_changed();
drop trigger stations_changed on vigie.stations;
create trigger stations_changed before insert or update or delete or truncate on vigie.stations
  for each statement execute function vigie.people_changed();
drop trigger grants_changed on vigie.grants;
create trigger grants_changed before insert or update or delete or truncate on vigie.grants
  for each statement execute function vigie.people_changed();
