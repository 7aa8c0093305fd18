//! The names of all verbs: what a right is given for, what an audit names, what the page shows.

/// A verb, without its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// End a leg.
    Hangup,
    /// Send a leg elsewhere at once.
    Transfer,
    /// Attended transfer: put the other party on hold and call somebody.
    Consult,
    /// Attended transfer: join the two.
    Complete,
    /// Attended transfer: back to the one who holds.
    Cancel,
    /// Set a call aside.
    Park,
    /// Take a parked call back to a phone.
    Retrieve,
    /// Hear a call.
    Listen,
    /// Hear it and speak to its agent alone.
    Whisper,
    /// Hear it and speak to both.
    Barge,
    /// No longer any of the three.
    StopListening,
    /// The other party's call goes on with somebody else's phone.
    TakeOver,
    /// Press keys on a leg.
    Dtmf,
    /// Begin to record a leg.
    RecordStart,
    /// End its recordings.
    RecordStop,
    /// Leave out what is said from now on.
    RecordPause,
    /// Take it up again.
    RecordResume,
    /// Out of a conference.
    Kick,
    /// Silence somebody in a conference, or let him speak again.
    Mute,
    /// Connect a waiting caller to a phone now.
    Pick,
    /// Send a waiting caller to another queue, or one in a flow to a queue.
    Move,
    /// Send a caller in a flow to another node of it.
    ToNode,
    /// Call somebody from a phone.
    Originate,
    /// Take an agent out of the queues' turn.
    Pause,
    /// Back into it.
    Unpause,
    /// Make an agent a member of a queue.
    Login,
    /// No longer one.
    Logout,
    /// Weigh a member.
    Penalty,
}

impl Verb {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 28] = [
        Self::Hangup,
        Self::Transfer,
        Self::Consult,
        Self::Complete,
        Self::Cancel,
        Self::Park,
        Self::Retrieve,
        Self::Listen,
        Self::Whisper,
        Self::Barge,
        Self::StopListening,
        Self::TakeOver,
        Self::Dtmf,
        Self::RecordStart,
        Self::RecordStop,
        Self::RecordPause,
        Self::RecordResume,
        Self::Kick,
        Self::Mute,
        Self::Pick,
        Self::Move,
        Self::ToNode,
        Self::Originate,
        Self::Pause,
        Self::Unpause,
        Self::Login,
        Self::Logout,
        Self::Penalty,
    ];

    /// Its stable name, which also ends its path.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Hangup => "hangup",
            Self::Transfer => "transfer",
            Self::Consult => "consult",
            Self::Complete => "complete",
            Self::Cancel => "cancel",
            Self::Park => "park",
            Self::Retrieve => "retrieve",
            Self::Listen => "listen",
            Self::Whisper => "whisper",
            Self::Barge => "barge",
            Self::StopListening => "stop_listening",
            Self::TakeOver => "take_over",
            Self::Dtmf => "dtmf",
            Self::RecordStart => "record_start",
            Self::RecordStop => "record_stop",
            Self::RecordPause => "record_pause",
            Self::RecordResume => "record_resume",
            Self::Kick => "kick",
            Self::Mute => "mute",
            Self::Pick => "pick",
            Self::Move => "move",
            Self::ToNode => "to_node",
            Self::Originate => "originate",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Login => "login",
            Self::Logout => "logout",
            Self::Penalty => "penalty",
        }
    }

    /// By its stable name.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.slug() == slug)
    }

    /// The actions that an account must be allowed to send for it (`ListCommands`).
    pub fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Hangup | Self::StopListening => &["Hangup"],
            Self::Transfer => &["Redirect"],
            Self::Consult | Self::Move => &["Redirect"],
            Self::Complete | Self::Cancel => &["Bridge"],
            Self::Retrieve | Self::Pick | Self::TakeOver => &["Originate", "Redirect", "Bridge"],
            Self::Park => &["Park"],
            Self::Listen | Self::Whisper | Self::Barge => &["Originate", "Redirect", "Setvar"],
            // for a node: what plays is ended by a key that we press in the caller's place
            Self::Dtmf | Self::ToNode => &["PlayDTMF"],
            Self::RecordStart => &["MixMonitor"],
            Self::RecordStop => &["StopMixMonitor"],
            Self::RecordPause | Self::RecordResume => &["MixMonitorMute"],
            Self::Kick => &["ConfbridgeKick"],
            Self::Mute => &["ConfbridgeMute", "ConfbridgeUnmute"],
            Self::Originate => &["Originate"],
            Self::Pause | Self::Unpause => &["QueuePause"],
            Self::Login => &["QueueAdd"],
            Self::Logout => &["QueueRemove"],
            Self::Penalty => &["QueuePenalty"],
        }
    }

    /// The contexts of all of them.
    pub const CONTEXTS: [&'static str; 3] = ["vigie-spy", "vigie-wait", "vigie-queue"];

    /// Whether it is done to a channel.
    pub fn is_on_channel(self) -> bool {
        !self.is_on_agent() && self != Self::Originate
    }

    /// Whether it is done to an agent.
    pub fn is_on_agent(self) -> bool {
        matches!(self, Self::Pause | Self::Unpause | Self::Login | Self::Logout | Self::Penalty)
    }

    /// Whether a phone is rung for it and must be answered before it is done.
    pub fn rings(self) -> bool {
        matches!(
            self,
            Self::Originate
                | Self::Listen
                | Self::Whisper
                | Self::Barge
                | Self::TakeOver
                | Self::Pick
                | Self::Retrieve
        )
    }

    /// The context of `asterisk/conf/extensions_vigie.conf` that it needs in the dialplan.
    pub fn context(self) -> Option<&'static str> {
        match self {
            Self::Listen | Self::Whisper | Self::Barge => Some("vigie-spy"),
            Self::Consult | Self::Retrieve | Self::TakeOver | Self::Pick => Some("vigie-wait"),
            Self::Move => Some("vigie-queue"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_a_name_of_its_own() {
        for verb in Verb::ALL {
            assert_eq!(Verb::from_slug(verb.slug()), Some(verb));
        }
        assert_eq!(Verb::from_slug("Hangup"), None);
    }
}
