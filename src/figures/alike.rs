//! Several things at once: those that no formula tells apart, but by amounts that add up.
//!
//! A formula asks of a stay how it ended, whether its wait is known, on which side of the two limits of
//! [`Rules`](super::Rules) it lies and how long it was; so stays that are alike in the first three count as one,
//! times their number, with their waits together. Whoever stores them can sum them by that, and knows no formula.

use std::ops::Deref;

use super::formula::Share;
use super::happened::{Contact, Stay, WrapUp};

/// Stays that are alike, as formulas take them.
#[derive(Debug, Clone, Copy)]
pub struct Stays<'a> {
    /// Any of them: what it says but for its instants is said of each.
    pub one: &'a Stay,
    /// How many.
    pub times: i64,
    /// Their waits together, µs; none where they are not known.
    pub waits: i64,
    /// The longest of them, µs.
    pub longest: i64,
}

/// Legs that are alike.
#[derive(Debug, Clone, Copy)]
pub struct Contacts<'a> {
    /// Any of them, with the talk, hold and consultations of all of them together.
    pub one: &'a Contact,
    /// How many.
    pub times: i64,
}

impl<'a> Stays<'a> {
    /// One alone.
    pub fn one(stay: &'a Stay) -> Self {
        let waited = stay.waited().unwrap_or(0);
        Self { one: stay, times: 1, waits: waited, longest: waited }
    }

    /// Their number, if that is so of each.
    pub(super) fn n(&self, yes: bool) -> i64 {
        if yes { self.times } else { 0 }
    }

    /// A share of their number.
    pub(super) fn of(&self, numerator: bool, denominator: bool) -> Share {
        (self.n(numerator), self.n(denominator))
    }

    /// Their waits, if that is so of each.
    pub(super) fn waits(&self, yes: bool) -> i64 {
        if yes { self.waits } else { 0 }
    }
}

impl<'a> Contacts<'a> {
    /// One alone.
    pub fn one(contact: &'a Contact) -> Self {
        Self { one: contact, times: 1 }
    }

    /// A share of their number.
    pub(super) fn of(&self, numerator: bool, denominator: bool) -> Share {
        (self.n(numerator), self.n(denominator))
    }

    /// Their number, if that is so of each.
    pub(super) fn n(&self, yes: bool) -> i64 {
        if yes { self.times } else { 0 }
    }
}

impl Deref for Stays<'_> {
    type Target = Stay;

    fn deref(&self) -> &Stay {
        self.one
    }
}

impl Deref for Contacts<'_> {
    type Target = Contact;

    fn deref(&self) -> &Contact {
        self.one
    }
}

/// What a book takes that was summed where it is stored. All of it lies in the book's period.
#[derive(Debug, Clone, PartialEq)]
pub enum Summed {
    /// As in [`Stays`].
    Stays {
        /// Any of them.
        one: Stay,
        /// How many.
        times: i64,
        /// Together, µs.
        waits: i64,
        /// µs.
        longest: i64,
    },
    /// As in [`Contacts`].
    Contacts {
        /// Any of them, with the amounts of all.
        one: Contact,
        /// How many.
        times: i64,
    },
    /// Wrap-ups of an agent after calls of a queue: the interval is as long as all of them together.
    WrapUps(WrapUp),
    /// A queue's Holdtime after the last caller who was taken from it.
    HoldTime {
        /// PBX name.
        pbx: String,
        /// Queue.
        queue: String,
        /// Whole seconds.
        seconds: i64,
    },
}

/// Asterisk's `Holdtime` after one more who waited so many whole seconds.
pub(super) fn held(old: Option<i64>, seconds: i64) -> i64 {
    old.map_or(seconds, |old| (3 * old + seconds) / 4)
}

/// Asterisk's `Holdtime` after these waits (whole seconds, in order). `is_all`: nobody was taken before them; else
/// `None` where it is not the same whatever the time was before them: three quarters of what came before remain, so
/// the last few dozen mostly suffice.
pub fn hold_time(waits: &[i64], is_all: bool) -> Option<i64> {
    let after = |start| waits.iter().fold(start, |old, seconds| Some(held(old, *seconds)));
    if is_all {
        return after(None);
    }
    // who waited longer before is never less afterwards: between the two ends there is nothing else
    let (least, most) = (after(Some(0)), after(Some(i64::MAX / 8)));
    least.filter(|_| least == most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_waits_tell_the_holdtime_or_that_they_do_not() {
        let mut x = 7_u64;
        let mut random = |most: u64| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            i64::try_from(x % most).expect("small")
        };
        let mut told = 0;
        for _ in 0..500 {
            let (n, most) = (1 + random(300), 1 + random(600).unsigned_abs());
            let waits: Vec<i64> = (0..n).map(|_| random(most)).collect();
            let whole = hold_time(&waits, true).expect("somebody was taken");
            for last in [1, 16, 64, 256] {
                let from = waits.len().saturating_sub(last);
                if let Some(of_last) = hold_time(&waits[from..], false) {
                    assert_eq!(of_last, whole, "{waits:?} by the last {last}");
                    told += 1;
                }
            }
        }
        assert!(told > 100, "{told}");
        // 10 s for ever: 7, 8, 9 and 10 each stay what they are
        assert_eq!(hold_time(&[10; 1000], false), None);
        assert_eq!(hold_time(&[10; 1000], true), Some(10));
        assert_eq!(hold_time(&[], true), None);
    }
}
