//! How a comparison with a listing is gathered: every entity that was asked holds a hand on the
//! tally; when the last lets go (also by ending), the sum goes to the router.

use actix::prelude::*;
use parking_lot::Mutex;

use crate::ports::Compared;
use crate::view::{Said, Text};

/// Differences in words that are kept.
const MOST_EXAMPLES: usize = 20;

/// What the comparison gave, when all have answered.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Tallied {
    /// The sum.
    pub compared: Compared,
    /// Uniqueids that the PBX does not have any more.
    pub gone: Vec<Text>,
    /// Only one thing was asked about: nobody waits for the sum.
    pub probe: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Tally {
    to: Recipient<Tallied>,
    sum: Mutex<Tallied>,
}

impl Tally {
    /// Of that round, towards the router.
    pub fn new(to: Recipient<Tallied>, compared: Compared, probe: bool) -> Self {
        Self { to, sum: Mutex::new(Tallied { compared, gone: Vec::new(), probe }) }
    }

    /// Something differed and was set right.
    pub fn differs(&self, words: Said) {
        let mut sum = self.sum.lock();
        sum.compared.differences += 1;
        if sum.compared.examples.len() < MOST_EXAMPLES {
            sum.compared.examples.push(words);
        }
    }

    /// Something we hold is missing: look again before believing it.
    pub fn look_again(&self) {
        self.sum.lock().compared.look_again = true;
    }

    /// That channel is gone.
    pub fn gone(&self, uniqueid: &str) {
        self.sum.lock().gone.push(uniqueid.into());
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        let sum = self.sum.get_mut();
        let compared = std::mem::take(&mut sum.compared);
        let gone = std::mem::take(&mut sum.gone);
        self.to.do_send(Tallied { compared, gone, probe: sum.probe });
    }
}
