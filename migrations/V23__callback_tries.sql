-- What was tried for who wants to be called back, and by whom.

create table vigie.callback_tries (
  id          bigint      generated always as identity primary key,
  callback_id bigint      not null references vigie.callbacks on delete cascade,
  by          text        not null default '', -- user id
  at          timestamptz not null default now(),
  outcome     text        not null check (outcome in ('reached', 'no_answer', 'busy', 'wrong_number', 'not_wanted', 'later')),
  remark      text        not null default ''
);
create index callback_tries_of on vigie.callback_tries (callback_id, id);
-- Whether anything changed is asked by every page that shows them.
create index callbacks_changed on vigie.callbacks (updated_at);
