-- Who was taken from a queue, in order: the queue's Holdtime is made of the last of them.
create index queue_stays_taken on vigie.queue_stays (pbx, queue, left_at) include (joined)
  where outcome = 'answered' and agent is not null and not met;
