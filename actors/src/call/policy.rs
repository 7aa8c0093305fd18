//! What may be done to a leg now: accept, already so, or refuse with a named reason.

use super::bridges::End;
use super::legs::Leg;
use super::state::CallState;
use crate::command::{CallAct, Recording, Verb};
use crate::view::Text;

/// The answer to a verb on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Send it.
    Accept {
        /// Uniqueid of the leg, to recognise the event that shows it done.
        uniqueid: Text,
    },
    /// What was asked is so already: a quiet success, and its word.
    Already(&'static str),
    /// Not now: a stable slug and words.
    Refuse(&'static str, &'static str),
}

type Reason = (&'static str, &'static str);

impl CallState {
    /// Decides. A name is looked up among all legs, the live one first, since names repeat.
    pub fn decide(&self, channel: &str, act: &CallAct) -> Verdict {
        let Some(leg) = self.named(channel) else { return self.may(channel, act.verb()) };
        let recorded = leg.recorded;
        match act {
            CallAct::Hangup { .. } if !leg.is_live() => Verdict::Already("already_hung_up"),
            CallAct::Mute { on } if leg.is_live() && self.room_of(leg).is_some() && leg.muted == *on => {
                Verdict::Already(if *on { "muted" } else { "unmuted" })
            }
            CallAct::Record(Recording::Start) if leg.is_live() && recorded == Some(true) => {
                Verdict::Already("recording")
            }
            CallAct::Record(Recording::Stop) if leg.is_live() && recorded == Some(false) => {
                Verdict::Already("not_recording")
            }
            CallAct::Record(Recording::Pause | Recording::Resume) if recorded == Some(false) => {
                Verdict::Refuse("not_recorded", "the channel is not recorded")
            }
            CallAct::Move { queue }
                if self.open_stint(&leg.uniqueid).is_some_and(|n| self.stints[n].queue == queue.as_str()) =>
            {
                Verdict::Already("moved")
            }
            _ => self.may(channel, act.verb()),
        }
    }

    /// The same for a verb whatever its values.
    pub fn may(&self, channel: &str, verb: Verb) -> Verdict {
        let Some(leg) = self.named(channel) else {
            return Verdict::Refuse("no_such_channel", "this call has no such channel");
        };
        let reason = if verb == Verb::Hangup { None } else { self.against(leg, verb) };
        match reason {
            None => Verdict::Accept { uniqueid: leg.uniqueid.clone() },
            Some((slug, words)) => Verdict::Refuse(slug, words),
        }
    }

    fn against(&self, leg: &Leg, verb: Verb) -> Option<Reason> {
        const NOT_ANSWERED: Reason = ("not_answered", "the channel was not answered yet");
        const TWO_PARTIES: Reason =
            ("not_two_parties", "there is nobody, or more than one, at the other end");
        const NOT_CONSULTING: Reason = ("not_consulting", "nobody is on hold for this channel");
        if !leg.is_live() {
            return Some(("already_ended", "the channel has hung up"));
        }
        if verb == Verb::StopListening {
            return leg.spies_on.is_none().then_some(("not_listening", "the channel listens to nobody"));
        }
        if leg.is_local() {
            return Some((
                "local_channel",
                "half of a Local pair leads nowhere by itself: take the phone's or the trunk's channel",
            ));
        }
        if leg.spies_on.is_some() {
            return Some(("listening", "the channel listens to a call"));
        }
        let with_one = || self.partner(leg).is_some();
        match verb {
            Verb::Move if self.is_left_alone(leg) || self.walk_of(&leg.uniqueid).is_some() => None,
            Verb::ToNode => {
                self.walk_of(&leg.uniqueid).is_none().then_some(("not_in_flow", "the channel walks no flow"))
            }
            Verb::Pick | Verb::Move => self
                .open_stint(&leg.uniqueid)
                .is_none()
                .then_some(("not_waiting", "the channel waits in no queue")),
            Verb::Retrieve => (!self.is_parked(leg) && !self.is_left_alone(leg))
                .then_some(("not_parked", "the channel is neither parked nor left alone on hold")),
            Verb::Kick | Verb::Mute => self
                .room_of(leg)
                .is_none()
                .then_some(("not_in_conference", "the channel is in no conference")),
            _ if !leg.is_up() => Some(NOT_ANSWERED),
            Verb::Park if self.is_parked(leg) => Some(("already_parked", "the channel is parked already")),
            Verb::Park | Verb::TakeOver if !with_one() => Some(TWO_PARTIES),
            Verb::Consult if self.on_hold_for(leg).is_some() => {
                Some(("already_consulting", "somebody is on hold for this channel already"))
            }
            Verb::Consult if !with_one() => Some(TWO_PARTIES),
            Verb::Complete | Verb::Cancel if self.on_hold_for(leg).is_none() => Some(NOT_CONSULTING),
            Verb::Complete if !with_one() => {
                Some(("not_answered", "the one who is consulted has not answered yet"))
            }
            _ => None,
        }
    }

    pub(super) fn named(&self, channel: &str) -> Option<&Leg> {
        let live = self.live().find(|l| l.channel == channel);
        live.or_else(|| self.legs.iter().rev().find(|l| l.channel == channel))
    }

    /// The queue that a channel waits in.
    pub(super) fn waits_in(&self, channel: &str) -> Option<&str> {
        let open = self.open_stint(&self.named(channel)?.uniqueid)?;
        Some(self.stints[open].queue.as_str())
    }

    /// The conference a leg is in.
    pub(super) fn room_of(&self, leg: &Leg) -> Option<&Text> {
        self.bridge_of(leg)?.conference.as_ref()
    }

    fn is_parked(&self, leg: &Leg) -> bool {
        self.parked.as_ref().is_some_and(|parked| parked.0 == leg.uniqueid)
    }

    /// Uniqueid and channel of the only other party, through Local pairs too.
    pub(super) fn partner(&self, leg: &Leg) -> Option<(Text, Text)> {
        let mine = |end: &End| *self.end_name(*end).0 == leg.uniqueid;
        let group = self.groups().into_iter().find(|g| !g.holding && g.ends.iter().any(mine))?;
        let mut others = group.ends.iter().filter(|end| !mine(end));
        let (uniqueid, channel) = self.end_name(*others.next()?);
        others.next().is_none().then(|| (uniqueid.clone(), channel.clone()))
    }

    /// Whether these two hear each other.
    pub(super) fn together(&self, one: &str, other: &str) -> bool {
        self.groups().iter().any(|g| {
            let has = |id: &str| g.ends.iter().any(|end| self.end_name(*end).0 == id);
            !g.holding && has(one) && has(other)
        })
    }

    /// The leg that waits on hold while that one consults: the only one that was sent there.
    pub(super) fn on_hold_for(&self, leg: &Leg) -> Option<&Leg> {
        self.live().find(|l| {
            l.uniqueid != leg.uniqueid && l.exten == super::verbs::ON_HOLD && l.is_up() && l.bridge.is_none()
        })
    }

    /// The context that a phone of this call dials in: where its own transfer key would send the other
    /// party. A trunk's context knows the numbers that outsiders dial, so it is none.
    pub fn phones_context(&self) -> Option<&str> {
        let phone =
            |l: &&Leg| !l.is_local() && !l.context.is_empty() && !self.settings.is_trunk(&l.endpoint());
        self.live().find(phone).or_else(|| self.legs.iter().rev().find(phone)).map(|l| l.context.as_str())
    }
}
