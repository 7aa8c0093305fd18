//! What may be done to a leg now: accept, already done, or refuse with a named reason.

use super::legs::Leg;
use super::state::CallState;
use crate::command::Verb;
use crate::keys::Micros;
use crate::view::Text;

/// The answer to a verb on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Send it.
    Accept {
        /// Uniqueid of the leg, to recognise the event that shows it done.
        uniqueid: Text,
    },
    /// What was asked is so already: a quiet success.
    AlreadyDone,
    /// Not now: a stable slug and words.
    Refuse(&'static str, &'static str),
}

impl CallState {
    /// Decides. A name is looked up among all legs, the live one first, since names repeat.
    pub fn decide(&self, channel: &str, verb: &Verb) -> Verdict {
        let live = self.live().find(|l| l.channel == channel);
        let Some(leg) = live.or_else(|| self.legs.iter().rev().find(|l| l.channel == channel)) else {
            return Verdict::Refuse("no_such_channel", "this call has no such channel");
        };
        match verb {
            Verb::Hangup { .. } if !leg.is_live() => Verdict::AlreadyDone,
            Verb::Hangup { .. } => Verdict::Accept { uniqueid: leg.uniqueid.clone() },
            Verb::Transfer { .. } if !leg.is_live() => {
                Verdict::Refuse("already_ended", "the channel has hung up")
            }
            Verb::Transfer { .. } if leg.is_local() => Verdict::Refuse(
                "local_channel",
                "half of a Local pair leads nowhere by itself: transfer the phone's or the trunk's channel",
            ),
            Verb::Transfer { .. } if leg.spies_on.is_some() => {
                Verdict::Refuse("listening", "the channel listens to a call")
            }
            Verb::Transfer { .. } if !leg.is_up() => {
                Verdict::Refuse("not_answered", "the channel was not answered yet")
            }
            Verb::Transfer { .. } => Verdict::Accept { uniqueid: leg.uniqueid.clone() },
        }
    }

    /// The context that a phone of this call dials in: where its own transfer key would send the other
    /// party. A trunk's context knows the numbers that outsiders dial, so it is none.
    pub fn phones_context(&self) -> Option<&str> {
        let phone =
            |l: &&Leg| !l.is_local() && !l.context.is_empty() && !self.settings.is_trunk(&l.endpoint());
        self.live().find(phone).or_else(|| self.legs.iter().rev().find(phone)).map(|l| l.context.as_str())
    }

    /// Whether events after `since` show the verb done, and the word for it.
    pub fn shows_done(&self, uniqueid: &str, verb: &Verb, since: Micros) -> Option<&'static str> {
        let leg = &self.legs[self.leg_ix(uniqueid)? as usize];
        match verb {
            Verb::Hangup { .. } => (!leg.is_live()).then_some("hangup"),
            Verb::Transfer { destination, .. } => {
                (leg.arrived_at >= since && leg.exten == destination.as_str()).then_some("redirected")
            }
        }
    }

    /// A transferred channel shows where it will go, which Asterisk does before it looks whether there is
    /// such an extension: done only if the channel outlives that.
    pub fn shows_sent(&self, uniqueid: &str, verb: &Verb, since: Micros) -> bool {
        let Some(leg) = self.leg_ix(uniqueid).map(|ix| &self.legs[ix as usize]) else { return false };
        match verb {
            Verb::Hangup { .. } => false,
            Verb::Transfer { destination, .. } => {
                leg.is_live() && leg.exten_at >= since && leg.exten == destination.as_str()
            }
        }
    }

    /// What the PBX did instead, when a verb can no longer have its effect.
    pub fn shows_failed(&self, uniqueid: &str, verb: &Verb) -> Option<String> {
        let leg = &self.legs[self.leg_ix(uniqueid)? as usize];
        match verb {
            Verb::Hangup { .. } => None,
            Verb::Transfer { destination, .. } if !leg.is_live() => {
                let cause = leg.cause.map_or_else(String::new, |cause| format!(" with cause {cause}"));
                let to = destination.as_str();
                Some(format!("it hung the channel up{cause} instead: is there an extension {to}?"))
            }
            Verb::Transfer { .. } => None,
        }
    }
}
