//! Sums of one queue, or of one agent, or of several together.

use schemars::JsonSchema;
use serde::Serialize;

use super::alike::{Contacts, Stays, held};
use super::formula::{Formula, Rules, Share, Unit, VERSION};
use super::formulas::FORMULAS;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sums {
    shares: [Share; FORMULAS.len()],
    /// Longest wait of all that ended, µs.
    longest: i64,
    /// Asterisk's `Holdtime`, s: of whole seconds, in the order in which calls were answered.
    hold_time: Option<i64>,
}

/// A figure as it is told.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct Figure {
    /// A count, a ratio, or ms; `null`: nothing is there that it could be of.
    pub value: Option<f64>,
    /// In the unit of the figure.
    pub numerator: i64,
    /// `null` where the figure has none.
    pub denominator: Option<i64>,
    /// Of the definition.
    pub version: u32,
}

impl Default for Sums {
    fn default() -> Self {
        Self { shares: [(0, 0); FORMULAS.len()], longest: 0, hold_time: None }
    }
}

impl Sums {
    fn each(&mut self, sign: i64, share: impl Fn(&Formula) -> Share) {
        for (sum, formula) in self.shares.iter_mut().zip(&FORMULAS) {
            let (numerator, denominator) = share(formula);
            sum.0 += sign * numerator;
            sum.1 += sign * denominator;
        }
    }

    pub(super) fn stays(&mut self, stays: &Stays, rules: &Rules) {
        self.each(1, |formula| (formula.stays)(stays, rules));
        self.longest = self.longest.max(stays.longest);
    }

    /// One more was taken from the queue, after that many µs.
    pub(super) fn taken(&mut self, waited: i64) {
        self.hold_time = Some(held(self.hold_time, waited / 1_000_000));
    }

    /// What all who were taken come to.
    pub(super) fn all_taken(&mut self, hold_time_s: i64) {
        self.hold_time = Some(hold_time_s);
    }

    /// `sign` -1 takes back what was told before more was known.
    pub(super) fn contacts(&mut self, contacts: &Contacts, rules: &Rules, sign: i64) {
        self.each(sign, |formula| (formula.contacts)(contacts, rules));
    }

    pub(super) fn wrap_up(&mut self, micros: i64) {
        self.each(1, |formula| (formula.wrap_up)(micros));
    }

    pub(super) fn time(&mut self, busy: i64, idle: i64) {
        self.each(1, |formula| (formula.time)(busy, idle));
    }

    /// Several together. A `Holdtime` of several queues is nobody's.
    pub fn add(&mut self, other: &Self) {
        for (sum, theirs) in self.shares.iter_mut().zip(&other.shares) {
            sum.0 += theirs.0;
            sum.1 += theirs.1;
        }
        self.longest = self.longest.max(other.longest);
        self.hold_time = None;
    }

    /// The same without what is made of agents' time.
    pub(super) fn add_calls(&mut self, other: &Self) {
        let before = self.shares;
        self.add(other);
        for ((sum, before), formula) in self.shares.iter_mut().zip(before).zip(&FORMULAS) {
            if formula.is_of_time() {
                *sum = before;
            }
        }
    }

    /// Longest wait of those that ended, ms.
    pub fn longest_wait_ms(&self) -> i64 {
        self.longest / 1000
    }

    /// Asterisk's `Holdtime`, whole seconds; `None`: nobody was answered, or these are several queues.
    pub fn hold_time_s(&self) -> Option<i64> {
        self.hold_time
    }

    /// That figure.
    pub fn figure(&self, formula: &Formula) -> Figure {
        let place = FORMULAS.iter().position(|known| known.name == formula.name);
        let (numerator, denominator) = place.map_or((0, 0), |place| self.shares[place]);
        let ms = |us: i64| us / 1000;
        #[allow(clippy::cast_precision_loss)] // sums of a period are far from 2^52
        let (value, numerator, denominator) = match formula.unit {
            Unit::Count => (Some(numerator as f64), numerator, None),
            Unit::TotalMs => (Some(ms(numerator) as f64), ms(numerator), None),
            Unit::Ratio => (
                (denominator > 0).then(|| numerator as f64 / denominator as f64),
                numerator,
                Some(denominator),
            ),
            Unit::Ms => {
                let mean =
                    (denominator > 0).then(|| (numerator as f64 / denominator as f64 / 1000.0).round());
                (mean, ms(numerator), Some(denominator))
            }
        };
        Figure { value, numerator, denominator, version: VERSION }
    }
}
