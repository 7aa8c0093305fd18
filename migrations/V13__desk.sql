-- What must outlive a restart: who is paused, who is to be; and what a site says of listening.

-- A pause as it was seen last, or as it was promised. A PBX forgets them at its boot.
create table vigie.pauses (
  pbx        text        not null,
  endpoint   text        not null,
  queue      text        not null, -- '' for all of his: only of one that is to come
  after_call boolean     not null, -- it is to come once his call is over
  reason     text,
  epoch      bigint      not null, -- boot of the PBX in which it was seen
  noted      timestamptz not null default now(),
  primary key (pbx, endpoint, queue, after_call)
);

-- S35: whether whoever listens to the site's people must say why, and whether they are told.
alter table vigie.sites add column listening_reason boolean not null default true;
alter table vigie.sites add column listening_told boolean not null default false;
