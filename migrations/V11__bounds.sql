-- Which times of a call are bounds: it began, or was answered, then or before.
alter table vigie.calls add column at_least text[] not null default '{}';
