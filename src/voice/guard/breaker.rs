//! When an engine that fails is left alone: pure, told the time.
//!
//! ```text
//!            enough failures, and half of what was asked                    its rest is over
//! Closed ───────────────────────────────────────────────▶ Open ──────────────────────────────▶ Probing
//!    ▲                                                     ▲   twice as long, 8 times at most      │
//!    │                                                     └──────────── it failed ────────────────┤
//!    └──────────────────────────────── it answered ────────────────────────────────────────────────┘
//! ```

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Limits;

/// Outcomes that are remembered: of more in a window the newest count.
const MOST: usize = 256;

/// Leave to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// As everybody.
    Usual,
    /// The only one, to see whether it is back.
    Probe,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open { until: Instant },
    Probing,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Breaker {
    failures: usize,
    window: Duration,
    rest: Duration,
    /// How much longer than the first rest the next one is.
    times: u32,
    state: State,
    /// When, and whether it went well.
    outcomes: VecDeque<(Instant, bool)>,
}

impl Breaker {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            failures: limits.failures.clamp(1, MOST as u32) as usize,
            window: Duration::from_millis(limits.window_ms),
            rest: Duration::from_millis(limits.rest_ms),
            times: 1,
            state: State::Closed,
            outcomes: VecDeque::new(),
        }
    }

    /// Whether it may be asked.
    ///
    /// # Errors
    /// For how long it is left alone; zero while somebody tries.
    pub(super) fn pass(&mut self, now: Instant) -> Result<Pass, Duration> {
        match self.state {
            State::Closed => Ok(Pass::Usual),
            State::Open { until } if now < until => Err(until - now),
            State::Open { .. } => {
                self.state = State::Probing;
                Ok(Pass::Probe)
            }
            State::Probing => Err(Duration::ZERO),
        }
    }

    /// What came of it; `None`: nobody waited for it. True when that opened it.
    pub(super) fn ended(&mut self, pass: Pass, well: Option<bool>, now: Instant) -> bool {
        match (pass, self.state, well) {
            (Pass::Probe, State::Probing, Some(true)) => {
                self.state = State::Closed;
                self.times = 1;
                self.outcomes.clear();
                false
            }
            (Pass::Probe, State::Probing, Some(false)) => {
                self.times = (self.times * 2).min(8);
                self.state = State::Open { until: now + self.rest * self.times };
                false
            }
            // the next one tries
            (Pass::Probe, State::Probing, None) => {
                self.state = State::Open { until: now };
                false
            }
            (Pass::Usual, State::Closed, Some(well)) => self.note(well, now),
            // begun before it opened: it says nothing of now
            (Pass::Usual | Pass::Probe, State::Closed | State::Open { .. } | State::Probing, _) => false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.state != State::Closed
    }

    fn note(&mut self, well: bool, now: Instant) -> bool {
        if self.outcomes.len() >= MOST {
            self.outcomes.pop_front();
        }
        self.outcomes.push_back((now, well));
        while self.outcomes.front().is_some_and(|(at, _)| now.duration_since(*at) > self.window) {
            self.outcomes.pop_front();
        }
        let failed = self.outcomes.iter().filter(|(_, well)| !well).count();
        let opens = failed >= self.failures && failed * 2 >= self.outcomes.len();
        if opens {
            self.state = State::Open { until: now + self.rest };
            self.outcomes.clear();
        }
        opens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn breaker() -> (Breaker, Instant) {
        let limits = Limits { failures: 3, window_ms: 10_000, rest_ms: 5_000, ..Limits::default() };
        (Breaker::new(&limits), Instant::now())
    }

    fn fails(breaker: &mut Breaker, at: Instant) -> bool {
        let pass = breaker.pass(at).expect("a pass");
        breaker.ended(pass, Some(false), at)
    }

    #[test]
    fn f49_it_opens_after_failures_of_one_window() {
        let (mut breaker, t) = breaker();
        assert!(!fails(&mut breaker, t));
        assert!(!fails(&mut breaker, t + S(6)));
        assert!(!fails(&mut breaker, t + S(12)), "the first is forgotten");
        assert!(fails(&mut breaker, t + S(13)));
        assert_eq!(breaker.pass(t + S(14)), Err(S(4)));
    }

    #[test]
    fn one_that_answers_most_is_asked_on() {
        let (mut breaker, t) = breaker();
        for _ in 0..20 {
            assert_eq!(breaker.pass(t), Ok(Pass::Usual));
            breaker.ended(Pass::Usual, Some(true), t);
        }
        for _ in 0..19 {
            assert!(!fails(&mut breaker, t));
        }
        assert!(fails(&mut breaker, t), "half of them");
    }

    #[test]
    fn one_tries_and_the_others_wait_for_what_comes_of_it() {
        let (mut breaker, t) = breaker();
        for _ in 0..3 {
            fails(&mut breaker, t);
        }
        assert_eq!(breaker.pass(t + S(5)), Ok(Pass::Probe));
        assert_eq!(breaker.pass(t + S(60)), Err(S(0)), "somebody tries");
        breaker.ended(Pass::Usual, Some(true), t + S(6));
        assert!(breaker.is_open(), "one that was begun before says nothing");
        breaker.ended(Pass::Probe, Some(false), t + S(6));
        assert_eq!(breaker.pass(t + S(7)), Err(S(9)), "twice as long");
        assert_eq!(breaker.pass(t + S(16)), Ok(Pass::Probe));
        breaker.ended(Pass::Probe, None, t + S(16));
        assert_eq!(breaker.pass(t + S(16)), Ok(Pass::Probe), "who hung up has not tried");
        breaker.ended(Pass::Probe, Some(true), t + S(17));
        assert_eq!(breaker.pass(t + S(17)), Ok(Pass::Usual));
        for _ in 0..2 {
            assert!(!fails(&mut breaker, t + S(18)), "what was before is forgotten");
        }
        assert!(fails(&mut breaker, t + S(18)));
        assert_eq!(breaker.pass(t + S(18)), Err(S(5)), "the first rest again");
    }

    #[test]
    fn a_rest_has_a_longest() {
        let (mut breaker, t) = breaker();
        for _ in 0..3 {
            fails(&mut breaker, t);
        }
        let mut at = t;
        for _ in 0..10 {
            at += S(40);
            assert_eq!(breaker.pass(at), Ok(Pass::Probe));
            breaker.ended(Pass::Probe, Some(false), at);
        }
        assert_eq!(breaker.pass(at), Err(S(40)));
    }
}
