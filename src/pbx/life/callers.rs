//! What callers do whom somebody leads: they hear, press keys, lose patience, leave messages.

use super::super::truth::ChanRef;
use super::{Intent, Life};

/// Keys, with how many of a hundred callers press each.
const KEYS: [(char, f64); 8] =
    [('1', 44.0), ('2', 28.0), ('3', 12.0), ('4', 4.0), ('0', 5.0), ('9', 3.0), ('7', 2.0), ('#', 2.0)];
/// Of a hundred: who hangs up while he hears something, who knows already what to press, who hangs up when he is
/// asked, and who presses nothing.
const TIRED: f64 = 4.0;
const KNOWING: f64 = 10.0;
const LEAVING: f64 = 8.0;
const SILENT: f64 = 7.0;
/// Shorter sounds are over before anybody does anything.
const SHORT_MS: u64 = 2_000;

impl Life {
    /// A sound of so many ms, during which keys are heard or not.
    pub(super) fn hears(&mut self, at: ChanRef, ms: u64, keys: bool) {
        if ms < SHORT_MS {
            return;
        }
        let when = (ms as f64 * (0.3 + 0.6 * self.rng.unit()) * 1_000.0) as u64;
        if self.rng.percent(TIRED) {
            self.plan(when, Intent::HangUp(at));
        } else if keys && self.rng.percent(KNOWING) {
            let key = self.key();
            self.plan(when, Intent::Press(at, key));
        }
    }

    /// So many keys are wanted, after so many ms of a sound.
    pub(super) fn is_asked(&mut self, at: ChanRef, keys: u16, after_ms: u64) {
        let mut when = after_ms * 1_000 + self.rng.human_us(1.4, 0.4);
        if self.rng.percent(LEAVING) {
            self.plan(when, Intent::HangUp(at));
        } else if !self.rng.percent(SILENT) {
            for _ in 0..keys {
                let key = if keys == 1 { self.key() } else { char::from(b'0' + self.rng.below(10) as u8) };
                self.plan(when, Intent::Press(at, key));
                when += self.rng.human_us(0.4, 0.3);
            }
        }
    }

    /// After the beep.
    pub(super) fn leaves_a_message(&mut self, at: ChanRef) {
        let speaks = 1_000_000 + self.rng.human_us(7.0, 0.5);
        let done = if self.rng.percent(30.0) { Intent::Press(at, '#') } else { Intent::HangUp(at) };
        self.plan(speaks, done);
    }

    fn key(&mut self) -> char {
        let mut left = self.rng.unit() * 100.0;
        for (key, share) in KEYS {
            left -= share;
            if left < 0.0 {
                return key;
            }
        }
        '1'
    }
}
