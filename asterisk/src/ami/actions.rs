//! The actions Vigie sends, each with the headers it takes. None takes an application, a dialplan
//! expression or a pattern from outside.

use super::{Action, ActionError};

/// Where a channel is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    /// Dialplan context.
    pub context: &'a str,
    /// Extension.
    pub exten: &'a str,
    /// Priority, usually 1.
    pub priority: u32,
}

/// A channel to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Originate<'a> {
    /// `PJSIP/1001`, `Local/0612345678@from-phones/n`.
    pub channel: &'a str,
    /// Where it goes when it answers.
    pub to: Target<'a>,
    /// Milliseconds to ring.
    pub ring_ms: u32,
    /// Uniqueid to be.
    pub uniqueid: &'a str,
    /// Uniqueid to be of the other half, for a Local channel.
    pub other_uniqueid: Option<&'a str>,
    /// Caller shown.
    pub caller: Option<&'a str>,
    /// A variable of it.
    pub variable: Option<(&'static str, &'a str)>,
}

/// A member to be added to a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// What is dialled.
    pub interface: &'a str,
    /// The device whose state counts.
    pub device: &'a str,
    /// As shown.
    pub name: &'a str,
    /// 0 is served first.
    pub penalty: u16,
    /// Added paused, with that reason.
    pub paused: Option<Option<&'a str>>,
}

fn flag(on: bool) -> &'static str {
    if on { "true" } else { "false" }
}

/// Actions without a value from outside.
impl Action {
    /// Asks for the challenge of an MD5 login.
    pub fn challenge() -> Self {
        Self::new("Challenge").ours("AuthType", "MD5")
    }

    /// Ends the session: `Response: Goodbye`.
    pub fn logoff() -> Self {
        Self::new("Logoff")
    }

    /// Answered at once with `Ping: Pong`.
    pub fn ping() -> Self {
        Self::new("Ping")
    }

    /// Boot date and time, calls so far: the epoch of the PBX.
    pub fn core_status() -> Self {
        Self::new("CoreStatus")
    }

    /// Version, limits, system name.
    pub fn core_settings() -> Self {
        Self::new("CoreSettings")
    }

    /// List of `CoreShowChannel`.
    pub fn core_show_channels() -> Self {
        Self::new("CoreShowChannels")
    }

    /// List of `Status`, every channel.
    pub fn status() -> Self {
        Self::new("Status")
    }

    /// List of `BridgeListItem`.
    pub fn bridge_list() -> Self {
        Self::new("BridgeList")
    }

    /// List of `QueueParams`, `QueueMember`, `QueueEntry` of every queue. Never on a timer (L10).
    pub fn queue_status() -> Self {
        Self::new("QueueStatus")
    }

    /// List of `DeviceStateChange`.
    pub fn device_state_list() -> Self {
        Self::new("DeviceStateList")
    }

    /// List of `EndpointList`.
    pub fn pjsip_show_endpoints() -> Self {
        Self::new("PJSIPShowEndpoints")
    }

    /// List of `ContactList`.
    pub fn pjsip_show_contacts() -> Self {
        Self::new("PJSIPShowContacts")
    }

    /// List of `OutboundRegistrationDetail`.
    pub fn pjsip_show_registrations_outbound() -> Self {
        Self::new("PJSIPShowRegistrationsOutbound")
    }

    /// List of `PeerEntry` (chan_sip).
    pub fn sip_peers() -> Self {
        Self::new("SIPpeers")
    }

    /// List of `RegistryEntry` (chan_sip).
    pub fn sip_show_registry() -> Self {
        Self::new("SIPshowregistry")
    }

    /// List of `ParkedCall`.
    pub fn parked_calls() -> Self {
        Self::new("ParkedCalls")
    }

    /// List of `ConfbridgeListRooms`; an error on 16 when there is none.
    pub fn confbridge_list_rooms() -> Self {
        Self::new("ConfbridgeListRooms")
    }

    /// One header for each action that this account may use.
    pub fn list_commands() -> Self {
        Self::new("ListCommands")
    }
}

/// Actions with values, which are refused when they cannot go on the wire.
impl Action {
    /// Login with the hex MD5 of the challenge followed by the secret.
    pub fn login(username: &str, key: &str) -> Result<Self, ActionError> {
        Self::new("Login").ours("AuthType", "MD5").header("Username", username)?.header("Key", key)
    }

    /// Login with the secret itself, where MD5 is not allowed.
    pub fn login_plain(username: &str, secret: &str) -> Result<Self, ActionError> {
        Self::new("Login").header("Username", username)?.header("Secret", secret)
    }

    /// Which classes of events to send: `on`, `off`, `call,agent,system`.
    pub fn events(mask: &str) -> Result<Self, ActionError> {
        Self::new("Events").header("EventMask", mask)
    }

    /// Adds a filter to this session, `!Event: RTCPSent`.
    pub fn filter(filter: &str) -> Result<Self, ActionError> {
        Self::new("Filter").ours("Operation", "Add").header("Filter", filter)
    }

    /// `Status` of one channel, by its name or Uniqueid.
    pub fn status_of(channel: &str) -> Result<Self, ActionError> {
        Self::new("Status").exact("Channel", channel)
    }

    /// List of `BridgeInfoChannel`: who is in that bridge.
    pub fn bridge_info(bridge_uniqueid: &str) -> Result<Self, ActionError> {
        Self::new("BridgeInfo").exact("BridgeUniqueid", bridge_uniqueid)
    }

    /// `QueueStatus` of one queue; loads it when it stands in a database.
    pub fn queue_status_of(queue: &str) -> Result<Self, ActionError> {
        Self::new("QueueStatus").exact("Queue", queue)
    }

    /// List of `ConfbridgeList`: who is in that conference.
    pub fn confbridge_list(conference: &str) -> Result<Self, ActionError> {
        Self::new("ConfbridgeList").exact("Conference", conference)
    }

    /// Value of a plain variable of a channel, or of a global one. A name that is an expression or
    /// a function (`SHELL(id)`) is refused (S06).
    pub fn getvar(channel: Option<&str>, variable: &str) -> Result<Self, ActionError> {
        let mut bytes = variable.bytes();
        let plain = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && variable.len() <= 64
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !plain {
            return Err(ActionError::NotExact("Variable"));
        }
        let action = match channel {
            Some(channel) => Self::new("Getvar").exact("Channel", channel)?,
            None => Self::new("Getvar"),
        };
        action.header("Variable", variable)
    }

    /// Hangs up exactly that channel with that Q.850 cause (S08).
    pub fn hangup(channel: &str, cause: u16) -> Result<Self, ActionError> {
        Ok(Self::new("Hangup").exact("Channel", channel)?.ours("Cause", &cause.to_string()))
    }

    /// Sends a channel somewhere else in the dialplan; its peer falls out of the bridge, unless it is
    /// sent somewhere as `extra`.
    pub fn redirect(
        channel: &str,
        to: Target<'_>,
        extra: Option<(&str, Target<'_>)>,
    ) -> Result<Self, ActionError> {
        let action = Self::new("Redirect")
            .exact("Channel", channel)?
            .exact("Context", to.context)?
            .exact("Exten", to.exten)?
            .ours("Priority", &to.priority.to_string());
        let Some((extra, to)) = extra else { return Ok(action) };
        Ok(action
            .exact("ExtraChannel", extra)?
            .exact("ExtraContext", to.context)?
            .exact("ExtraExten", to.exten)?
            .ours("ExtraPriority", &to.priority.to_string()))
    }

    /// Transfers whoever is with that channel, in its name: raises a `BlindTransfer` event.
    pub fn blind_transfer(channel: &str, context: &str, exten: &str) -> Result<Self, ActionError> {
        Self::new("BlindTransfer").exact("Channel", channel)?.exact("Context", context)?.exact("Exten", exten)
    }

    /// Makes that channel consult an extension before it transfers.
    pub fn atxfer(channel: &str, context: &str, exten: &str) -> Result<Self, ActionError> {
        Self::new("Atxfer").exact("Channel", channel)?.exact("Context", context)?.exact("Exten", exten)
    }

    /// Pauses or unpauses a member; in all of its queues without one. Raises `QueueMemberPause`.
    pub fn queue_pause(
        interface: &str,
        paused: bool,
        queue: Option<&str>,
        reason: Option<&str>,
    ) -> Result<Self, ActionError> {
        let mut action = Self::new("QueuePause").exact("Interface", interface)?.ours("Paused", flag(paused));
        if let Some(queue) = queue {
            action = action.exact("Queue", queue)?;
        }
        if let Some(reason) = reason {
            action = action.header("Reason", reason)?;
        }
        Ok(action)
    }

    /// Adds a member: `QueueMemberAdded`.
    pub fn queue_add(queue: &str, member: Member<'_>) -> Result<Self, ActionError> {
        let action = Self::new("QueueAdd")
            .exact("Queue", queue)?
            .exact("Interface", member.interface)?
            .exact("StateInterface", member.device)?
            .header("MemberName", member.name)?
            .ours("Penalty", &member.penalty.to_string())
            .ours("Paused", flag(member.paused.is_some()));
        match member.paused {
            Some(Some(reason)) => action.header("Reason", reason),
            _ => Ok(action),
        }
    }

    /// Removes a member: `QueueMemberRemoved`.
    pub fn queue_remove(queue: &str, interface: &str) -> Result<Self, ActionError> {
        Self::new("QueueRemove").exact("Queue", queue)?.exact("Interface", interface)
    }

    /// Weighs a member: `QueueMemberPenalty`.
    pub fn queue_penalty(queue: &str, interface: &str, penalty: u16) -> Result<Self, ActionError> {
        Ok(Self::new("QueuePenalty")
            .exact("Queue", queue)?
            .exact("Interface", interface)?
            .ours("Penalty", &penalty.to_string()))
    }

    /// Calls that channel and sends it to an extension when it answers; under that Uniqueid. How it went is
    /// told by `OriginateResponse`. Variables are inherited by nobody; names are ours.
    pub fn originate(call: Originate<'_>) -> Result<Self, ActionError> {
        let mut action = Self::new("Originate")
            .exact("Channel", call.channel)?
            .exact("Context", call.to.context)?
            .exact("Exten", call.to.exten)?
            .ours("Priority", &call.to.priority.to_string())
            .ours("Timeout", &call.ring_ms.to_string())
            .ours("Async", "true")
            .exact("ChannelId", call.uniqueid)?;
        if let Some(other) = call.other_uniqueid {
            action = action.exact("OtherChannelId", other)?;
        }
        if let Some(caller) = call.caller {
            action = action.header("CallerID", caller)?;
        }
        match call.variable {
            Some((name, value)) => action.header("Variable", format!("{name}={value}")),
            None => Ok(action),
        }
    }

    /// Sets a variable of a channel; the name is ours.
    pub fn setvar(channel: &str, variable: &'static str, value: &str) -> Result<Self, ActionError> {
        Self::new("Setvar").exact("Channel", channel)?.ours("Variable", variable).header("Value", value)
    }

    /// Puts two channels together, out of whatever they were in.
    pub fn bridge(one: &str, other: &str) -> Result<Self, ActionError> {
        Ok(Self::new("Bridge").exact("Channel1", one)?.exact("Channel2", other)?.ours("Tone", "no"))
    }

    /// Parks that channel; it comes back to the other when nobody takes it.
    pub fn park(channel: &str, back_to: Option<&str>) -> Result<Self, ActionError> {
        let action = Self::new("Park").exact("Channel", channel)?;
        match back_to {
            Some(back_to) => action.exact("TimeoutChannel", back_to),
            None => Ok(action),
        }
    }

    /// Plays a key to that channel.
    pub fn play_dtmf(channel: &str, digit: char) -> Result<Self, ActionError> {
        Self::new("PlayDTMF").exact("Channel", channel)?.header("Digit", digit.to_string())
    }

    /// A key as if that channel itself had pressed it: it reaches what runs there (Asterisk 16 and 22 have it; one without
    /// lets the caller hear a tone).
    pub fn receive_dtmf(channel: &str, digit: char) -> Result<Self, ActionError> {
        Self::play_dtmf(channel, digit)?.header("Receive", "true")
    }

    /// Records that channel, both directions mixed; the file's name is ours.
    pub fn mix_monitor(channel: &str, file: &str) -> Result<Self, ActionError> {
        Self::new("MixMonitor").exact("Channel", channel)?.exact("File", file)
    }

    /// Ends all recordings of that channel.
    pub fn stop_mix_monitor(channel: &str) -> Result<Self, ActionError> {
        Self::new("StopMixMonitor").exact("Channel", channel)
    }

    /// Records silence instead of what is said, in both directions, or no longer.
    pub fn mix_monitor_mute(channel: &str, mute: bool) -> Result<Self, ActionError> {
        let state = if mute { "1" } else { "0" };
        Ok(Self::new("MixMonitorMute")
            .exact("Channel", channel)?
            .ours("Direction", "both")
            .ours("State", state))
    }

    /// Out of a conference.
    pub fn confbridge_kick(conference: &str, channel: &str) -> Result<Self, ActionError> {
        Self::new("ConfbridgeKick").exact("Conference", conference)?.exact("Channel", channel)
    }

    /// Silent in a conference, or no longer.
    pub fn confbridge_mute(conference: &str, channel: &str, mute: bool) -> Result<Self, ActionError> {
        let name = if mute { "ConfbridgeMute" } else { "ConfbridgeUnmute" };
        Self::new(name).exact("Conference", conference)?.exact("Channel", channel)
    }

    /// A name that must not be empty and never a pattern: `/^.*$/` would hang up every call.
    pub(crate) fn exact(self, header: &'static str, value: &str) -> Result<Self, ActionError> {
        if value.is_empty() || value.starts_with('/') {
            return Err(ActionError::NotExact(header));
        }
        self.header(header, value)
    }
}
