//! What may be done to a leg now: accept, already done, or refuse with a named reason.

use super::legs::Leg;
use super::state::CallState;
use crate::command::CallAct;
use crate::keys::Micros;
use crate::shell::orders::Progress;
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
    pub fn decide(&self, channel: &str, act: &CallAct) -> Verdict {
        let live = self.live().find(|l| l.channel == channel);
        let Some(leg) = live.or_else(|| self.legs.iter().rev().find(|l| l.channel == channel)) else {
            return Verdict::Refuse("no_such_channel", "this call has no such channel");
        };
        match act {
            CallAct::Hangup { .. } if !leg.is_live() => Verdict::AlreadyDone,
            CallAct::Hangup { .. } => Verdict::Accept { uniqueid: leg.uniqueid.clone() },
            CallAct::Transfer { .. } if !leg.is_live() => {
                Verdict::Refuse("already_ended", "the channel has hung up")
            }
            CallAct::Transfer { .. } if leg.is_local() => Verdict::Refuse(
                "local_channel",
                "half of a Local pair leads nowhere by itself: transfer the phone's or the trunk's channel",
            ),
            CallAct::Transfer { .. } if leg.spies_on.is_some() => {
                Verdict::Refuse("listening", "the channel listens to a call")
            }
            CallAct::Transfer { .. } if !leg.is_up() => {
                Verdict::Refuse("not_answered", "the channel was not answered yet")
            }
            CallAct::Transfer { .. } => Verdict::Accept { uniqueid: leg.uniqueid.clone() },
        }
    }

    /// The context that a phone of this call dials in: where its own transfer key would send the other
    /// party. A trunk's context knows the numbers that outsiders dial, so it is none.
    pub fn phones_context(&self) -> Option<&str> {
        let phone =
            |l: &&Leg| !l.is_local() && !l.context.is_empty() && !self.settings.is_trunk(&l.endpoint());
        self.live().find(phone).or_else(|| self.legs.iter().rev().find(phone)).map(|l| l.context.as_str())
    }

    /// What events at or after `since` show of it, on that leg.
    ///
    /// A transferred channel shows where it will go, which Asterisk does before it looks whether there is
    /// such an extension: done only if the channel outlives that.
    pub fn shows(&self, uniqueid: &str, act: &CallAct, since: Micros, _answered: bool) -> Progress {
        let Some(leg) = self.leg_ix(uniqueid).map(|ix| &self.legs[ix as usize]) else {
            return Progress::Open;
        };
        match act {
            CallAct::Hangup { .. } if !leg.is_live() => Progress::Done("hangup"),
            CallAct::Hangup { .. } => Progress::Open,
            CallAct::Transfer { destination, .. } => {
                let to = destination.as_str();
                let there = leg.exten == to;
                if leg.arrived_at >= since && there {
                    Progress::Done("redirected")
                } else if !leg.is_live() {
                    let cause = leg.cause.map_or_else(String::new, |cause| format!(" with cause {cause}"));
                    let words = format!("it hung the channel up{cause} instead: is there an extension {to}?");
                    Progress::Failed(words)
                } else if leg.exten_at >= since && there {
                    Progress::Sent("redirected")
                } else {
                    Progress::Open
                }
            }
        }
    }
}
