//! The link as a state machine, without a socket and without a clock.
//!
//! ```text
//!          ┌────────────── retry: 0.1 s, then every 0.8 s ◀── lost, silent, limit passed ──┐
//!          ▼                                                                              │
//! Idle ─▶ Opening ─▶ Greeting ─▶ Challenging ─▶ LoggingIn ─▶ Booting ─▶ Syncing ─▶ Live ──┤
//!          ▲                                        │                       ▲        │    │
//!          └──── back-off 5, 10, 20, 30 s ◀─ refused┘                       └─ doubt ┘    │
//! ```
//!
//! The shell ([`super::link`]) tells what happened and when; the machine answers with what to do
//! ([`Do`]) and what to show ([`Machine::phase`]). Times are offsets on one monotonic clock.

use std::time::Duration;

use actors::view::{LinkPhase, Said};

use super::heartbeat::{Beat, Heartbeat};

/// An instant on the shell's monotonic clock.
pub type At = Duration;

/// TCP must be open by then; a lost SYN is sent anew at this pace, so that a PBX that can be
/// reached again is connected to within a second (F01).
const OPEN_WITHIN: Duration = Duration::from_millis(900);
/// TLS, banner, challenge and login, together. Asterisk sleeps 1 s before it refuses.
const LOGIN_WITHIN: Duration = Duration::from_secs(5);
const FIRST_RETRY: Duration = Duration::from_millis(100);
const RETRY: Duration = Duration::from_millis(800);
/// A link that breaks again so soon after it broke is tried again like one that cannot be reached: a PBX
/// that takes every login and drops it would else be logged in to ten times a second.
const BREAKS_AGAIN: Duration = Duration::from_secs(10);
/// With opening and login that is a try a second.
const BREAKS_RETRY: Duration = Duration::from_millis(900);
/// A refused login is tried again after these, the last for ever (F20).
const REFUSED_RETRY: [Duration; 4] =
    [Duration::from_secs(5), Duration::from_secs(10), Duration::from_secs(20), Duration::from_secs(30)];
/// Connections closed before the login was answered that look like a restart of the PBX; after as
/// many, they look like a refusal (`authlimit`) and are spaced.
const EARLY_CLOSES: u32 = 10;
const EARLY_CLOSE_RETRY: Duration = Duration::from_secs(5);
/// Asterisk says `FullyBooted` right after the login when it is; then we ask.
const BOOT_ASK_EVERY: Duration = Duration::from_secs(1);
/// An account that may neither see `FullyBooted` nor ask for `CoreStatus` is believed booted then.
const BOOT_GRACE: Duration = Duration::from_secs(5);

/// What the shell must do, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Do {
    /// Open TCP (and TLS).
    Open,
    /// Drop the socket and what was read or not yet written; fail every pending action.
    Close,
    /// Send `Challenge`.
    Challenge,
    /// Send `Login` with the MD5 answer to that challenge.
    Login(String),
    /// Send `CoreStatus` to learn whether the boot is complete.
    AskBooted,
    /// Send `Ping`.
    Ping,
    /// List and compare.
    Sync,
    /// Tell the router that everything of this PBX is as it was.
    TellStale,
    /// Tell the router that it is compared and live.
    TellLive,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Idle { until: At },
    Opening { until: At },
    Greeting { until: At },
    Challenging { until: At },
    LoggingIn { until: At },
    Booting { since: At, ask_at: At },
    Syncing,
    Live { late: bool },
}

/// The link's state; see the module.
#[derive(Debug)]
pub struct Machine {
    state: State,
    phase: LinkPhase,
    since: At,
    problem: Said,
    heartbeat: Heartbeat,
    lag: Option<Said>,
    refusals: u32,
    early_closes: u32,
    /// When a link that was logged in broke the last time.
    broke_at: Option<At>,
    todo: Vec<Do>,
}

impl Machine {
    /// A link that opens at its first [`Machine::tick`].
    pub fn new(now: At) -> Self {
        Self {
            state: State::Idle { until: now },
            phase: LinkPhase::Connecting,
            since: now,
            problem: Said::default(),
            heartbeat: Heartbeat::default(),
            lag: None,
            refusals: 0,
            early_closes: 0,
            broke_at: None,
            todo: Vec::new(),
        }
    }

    /// What to show.
    pub fn phase(&self) -> LinkPhase {
        self.phase
    }

    /// Since when.
    pub fn since(&self) -> At {
        self.since
    }

    /// Why it is down, refused or late, in words; empty otherwise.
    pub fn problem(&self) -> &Said {
        &self.problem
    }

    /// Logged in: actions of others may be sent.
    pub fn accepts_actions(&self) -> bool {
        matches!(self.state, State::Syncing | State::Live { .. })
    }

    /// Compared, and nothing else under way (late counts).
    pub fn is_live(&self) -> bool {
        matches!(self.state, State::Live { .. })
    }

    /// What to do now, emptied by this.
    pub fn take_todo(&mut self) -> Vec<Do> {
        std::mem::take(&mut self.todo)
    }

    /// When [`Machine::tick`] wants to be called at the latest.
    pub fn next_deadline(&self) -> At {
        match &self.state {
            State::Idle { until }
            | State::Opening { until }
            | State::Greeting { until }
            | State::Challenging { until }
            | State::LoggingIn { until } => *until,
            State::Booting { ask_at, .. } => (*ask_at).min(self.heartbeat.next_deadline()),
            State::Syncing | State::Live { .. } => self.heartbeat.next_deadline(),
        }
    }

    /// Time passed.
    pub fn tick(&mut self, now: At) {
        if now < self.next_deadline() {
            return;
        }
        match self.state.clone() {
            State::Idle { .. } => {
                self.state = State::Opening { until: now + OPEN_WITHIN };
                self.todo.push(Do::Open);
            }
            State::Opening { .. } => {
                self.lost(now, Said::new("tcp_silent", [], "no answer to TCP within 0.9 s"))
            }
            State::Greeting { .. } => {
                let words = "connected, but no AMI banner within 5 s: is that port AMI, and TLS or not?";
                self.lost(now, Said::new("no_banner", [], words));
            }
            State::Challenging { .. } | State::LoggingIn { .. } => {
                self.lost(now, Said::new("login_unanswered", [], "the login was not answered within 5 s"));
            }
            State::Booting { since, ask_at } => {
                if now >= ask_at {
                    self.state = State::Booting { since, ask_at: now + BOOT_ASK_EVERY };
                    self.todo.push(Do::AskBooted);
                }
                self.beat(now);
            }
            State::Syncing | State::Live { .. } => self.beat(now),
        }
    }

    fn beat(&mut self, now: At) {
        match self.heartbeat.tick(now) {
            Beat::Nothing => {}
            Beat::Ping => self.todo.push(Do::Ping),
            Beat::Late => self.weigh(now),
            Beat::Dead => {
                self.lost(now, Said::new("ping_unanswered", [], "silent: a ping was not answered"));
            }
        }
    }

    /// The socket is open (TLS included).
    pub fn opened(&mut self, now: At) {
        if matches!(self.state, State::Opening { .. }) {
            self.state = State::Greeting { until: now + LOGIN_WITHIN };
        }
    }

    /// TCP is open and TLS begins: more time is needed.
    pub fn tls_begins(&mut self, now: At) {
        if matches!(self.state, State::Opening { .. }) {
            self.state = State::Opening { until: now + LOGIN_WITHIN };
        }
    }

    /// The banner came.
    pub fn banner(&mut self, now: At) {
        if let State::Greeting { until } = self.state {
            self.state = State::Challenging { until };
            if self.phase != LinkPhase::Refused {
                self.show(now, LinkPhase::Authenticating, Said::default());
            }
            self.todo.push(Do::Challenge);
        }
    }

    /// `Challenge` was answered.
    pub fn challenged(&mut self, now: At, answer: Result<String, Said>) {
        if let State::Challenging { until } = self.state {
            match answer {
                Ok(challenge) => {
                    self.state = State::LoggingIn { until };
                    self.todo.push(Do::Login(challenge));
                }
                Err(words) => self.refused(now, words),
            }
        }
    }

    /// `Login` was answered.
    pub fn logged_in(&mut self, now: At, answer: Result<(), Said>) {
        if matches!(self.state, State::LoggingIn { .. }) {
            match answer {
                Ok(()) => {
                    self.refusals = 0;
                    self.early_closes = 0;
                    self.state = State::Booting { since: now, ask_at: now + BOOT_ASK_EVERY };
                    self.heartbeat.start(now);
                    let words = "waiting for the PBX to be fully booted";
                    self.show(now, LinkPhase::Syncing, Said::new("booting", [], words));
                }
                Err(words) => self.refused(now, words),
            }
        }
    }

    /// The `FullyBooted` event: after a login, and again when a boot completes after it.
    pub fn fully_booted(&mut self, now: At) {
        match self.state {
            State::Booting { .. } => self.sync(now, Said::default()),
            State::Live { .. } => {
                self.doubt(now, Said::new("booted_again", [], "the PBX says again that it is booted"));
            }
            _ => {}
        }
    }

    /// `CoreStatus` while booting: whether the boot is complete, or `None` when it may not be asked.
    pub fn boot_status(&mut self, now: At, booted: Option<bool>) {
        if let State::Booting { since, .. } = self.state
            && (booted == Some(true) || (booted.is_none() && now >= since + BOOT_GRACE))
        {
            self.sync(now, Said::default());
        }
    }

    /// Listing must be done anew; refused (`false`) when the link is not live.
    pub fn doubt(&mut self, now: At, why: Said) -> bool {
        let live = self.is_live();
        if live {
            self.sync(now, why);
        }
        live
    }

    fn sync(&mut self, now: At, why: Said) {
        self.state = State::Syncing;
        self.show(now, LinkPhase::Syncing, why);
        self.todo.push(Do::Sync);
    }

    /// The comparison ended well.
    pub fn synced(&mut self, now: At) {
        if self.state == State::Syncing {
            self.state = State::Live { late: false };
            self.show(now, LinkPhase::Live, Said::default());
            self.todo.push(Do::TellLive);
            self.weigh(now);
        }
    }

    /// Bytes were read.
    pub fn read(&mut self, now: At) {
        self.heartbeat.read(now);
    }

    /// We stood still for that long: what the PBX sent meanwhile is not read yet, so its silence
    /// begins now (F16).
    pub fn stood_still(&mut self, time: Duration) {
        self.heartbeat.shift(time);
    }

    /// `Ping` was answered.
    pub fn pong(&mut self, now: At) {
        self.heartbeat.pong(now);
        self.weigh(now);
    }

    /// How late events arrive: words when that is too late, `None` when it is not.
    pub fn lag(&mut self, now: At, too_late: Option<Said>) {
        if self.lag != too_late {
            self.lag = too_late;
            self.weigh(now);
        }
    }

    /// Late is shown as stale, and the connection stays; fresh again is live again, with nothing to
    /// list, since nothing was lost.
    fn weigh(&mut self, now: At) {
        let State::Live { late } = self.state else { return };
        let why = match (&self.lag, self.heartbeat.is_late()) {
            (Some(words), _) => Some(words.clone()),
            (None, true) => {
                Some(Said::new("sends_without_pong", [], "the PBX sends, but does not answer a ping"))
            }
            (None, false) => None,
        };
        self.state = State::Live { late: why.is_some() };
        match why {
            Some(words) => {
                self.show(now, LinkPhase::Stale, words);
                if !late {
                    self.todo.push(Do::TellStale);
                }
            }
            None if late => {
                self.show(now, LinkPhase::Live, Said::default());
                self.todo.push(Do::TellLive);
            }
            None => {}
        }
    }

    /// The connection is gone or must go: closed, reset, a limit passed, opening failed.
    pub fn lost(&mut self, now: At, why: Said) {
        let was_shown_live = matches!(self.state, State::Live { late: false });
        let wait = match self.state {
            State::Idle { .. } => return,
            State::Opening { .. } => RETRY,
            // Before the login is answered: a restart passing by, or `authlimit`.
            State::Greeting { .. } | State::Challenging { .. } | State::LoggingIn { .. } => {
                self.early_closes += 1;
                if self.early_closes > EARLY_CLOSES { EARLY_CLOSE_RETRY } else { RETRY }
            }
            State::Booting { .. } | State::Syncing | State::Live { .. } => {
                let again = self.broke_at.replace(now).is_some_and(|before| now < before + BREAKS_AGAIN);
                if again { BREAKS_RETRY } else { FIRST_RETRY }
            }
        };
        self.lag = None;
        self.todo.push(Do::Close);
        if was_shown_live {
            self.todo.push(Do::TellStale);
        }
        self.state = State::Idle { until: now + wait };
        if self.early_closes > EARLY_CLOSES {
            self.show(now, LinkPhase::Refused, why);
        } else if self.phase != LinkPhase::Refused {
            self.show(now, LinkPhase::Down, why);
        }
    }

    /// TLS failed: wrong certificate or name. Asking again at once would not help.
    pub fn untrusted(&mut self, now: At, words: Said) {
        if matches!(self.state, State::Opening { .. }) {
            self.refused(now, words);
        }
    }

    fn refused(&mut self, now: At, words: Said) {
        let n = usize::try_from(self.refusals).unwrap_or(usize::MAX);
        let wait = REFUSED_RETRY.get(n).copied().unwrap_or(Duration::from_secs(30));
        self.refusals = self.refusals.saturating_add(1);
        self.todo.push(Do::Close);
        self.state = State::Idle { until: now + wait };
        self.show(now, LinkPhase::Refused, words);
    }

    fn show(&mut self, now: At, phase: LinkPhase, problem: Said) {
        if self.phase != phase {
            self.since = now;
        }
        self.phase = phase;
        self.problem = problem;
    }
}

#[cfg(test)]
mod tests;
