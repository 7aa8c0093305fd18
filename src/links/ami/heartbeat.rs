//! Is the other side alive? A ping of the application; TCP's own keepalive is far too slow (F03).

use std::time::Duration;

use super::machine::At;

/// From one ping to the next.
const EVERY: Duration = Duration::from_secs(2);
/// A ping unanswered for so long, with nothing read meanwhile, is a dead link. A little less than
/// 2 s, so that ping and wait together stay under the 4 s that may pass.
const WAIT: Duration = Duration::from_millis(1900);
/// A ping unanswered for so long is a dead link even when other bytes come.
const WAIT_WHILE_IT_SENDS: Duration = Duration::from_secs(10);

/// What a look at the clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beat {
    /// Nothing is due.
    Nothing,
    /// Send a ping.
    Ping,
    /// It sends, but the ping's answer is late: a backlog.
    Late,
    /// It is gone.
    Dead,
}

/// One ping at a time: the next one is sent once the last is answered.
#[derive(Debug, Default)]
pub(super) struct Heartbeat {
    next_ping: At,
    waiting_since: Option<At>,
    look_at: At,
    last_read: At,
    late: bool,
}

impl Heartbeat {
    /// Begins on a new connection.
    pub(super) fn start(&mut self, now: At) {
        *self = Self { next_ping: now + EVERY, last_read: now, ..Self::default() };
    }

    pub(super) fn is_late(&self) -> bool {
        self.late
    }

    pub(super) fn next_deadline(&self) -> At {
        match self.waiting_since {
            None => self.next_ping,
            Some(_) => self.look_at,
        }
    }

    pub(super) fn read(&mut self, now: At) {
        self.last_read = now;
    }

    /// Time in which nobody could look does not count.
    pub(super) fn shift(&mut self, time: Duration) {
        self.last_read += time;
        self.look_at += time;
        if let Some(sent) = &mut self.waiting_since {
            *sent += time;
        }
    }

    pub(super) fn pong(&mut self, now: At) {
        if let Some(sent) = self.waiting_since.take() {
            self.next_ping = (sent + EVERY).max(now);
        }
        self.late = false;
    }

    pub(super) fn tick(&mut self, now: At) -> Beat {
        if now < self.next_deadline() {
            return Beat::Nothing;
        }
        let Some(sent) = self.waiting_since else {
            self.waiting_since = Some(now);
            self.look_at = now + WAIT;
            return Beat::Ping;
        };
        let silent_for = now.saturating_sub(self.last_read);
        if silent_for >= WAIT || now >= sent + WAIT_WHILE_IT_SENDS {
            return Beat::Dead;
        }
        self.look_at = (self.last_read + WAIT).min(sent + WAIT_WHILE_IT_SENDS);
        self.late = true;
        Beat::Late
    }
}
