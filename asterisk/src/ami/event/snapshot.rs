//! Groups of headers that many events share: a channel, a bridge, a queue member, a parked call.

use super::field::{Field, id_text, is_true, keep_first, parsed, plain_text};
use super::lines::Line;
use super::{ShapeError, Value};

/// A channel as it was when the event was raised. `Channel`, `ChannelState`, `Uniqueid` and
/// `Linkedid` are always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chan<'a> {
    /// `PJSIP/1001-00000062`
    pub channel: &'a str,
    /// Asterisk's number: 0 down, 4 ring (it calls), 5 ringing (it is called), 6 up.
    pub state: u8,
    /// The channel's id for its whole life.
    pub uniqueid: &'a str,
    /// The id of the call: the oldest Uniqueid of those it was bridged with or dialled by.
    pub linkedid: &'a str,
    /// Its own number.
    pub caller_num: Value<'a>,
    /// Its own name.
    pub caller_name: Value<'a>,
    /// The other party's number.
    pub connected_num: Value<'a>,
    /// The other party's name.
    pub connected_name: Value<'a>,
    /// Dialplan context.
    pub context: &'a str,
    /// Dialplan extension; for an inbound channel what the caller dialled.
    pub exten: Value<'a>,
    /// Dialplan priority.
    pub priority: Option<u32>,
    /// Account code; not escaped by Asterisk.
    pub account_code: Value<'a>,
    /// `en`, `fr` ...
    pub language: &'a str,
    /// The message from its first `ChanVariable` line on.
    variables: &'a [u8],
}

impl<'a> Chan<'a> {
    /// The variables that `channelvars` of manager.conf adds, as (name, value).
    pub fn variables(&self) -> impl Iterator<Item = (&'a [u8], Value<'a>)> {
        let mut rest = self.variables;
        let mut header: Option<&[u8]> = None;
        std::iter::from_fn(move || {
            let end = memchr::memmem::find(rest, b"\r\n")?;
            let line = &rest[..end];
            rest = &rest[end + 2..];
            let colon = memchr::memchr(b':', line)?;
            let name = &line[..colon];
            // the lines of one channel follow each other; another channel has another prefix
            if *header.get_or_insert(name) != name || !name.ends_with(b"ChanVariable") {
                return None;
            }
            let pair = line[colon + 1..].trim_ascii_start();
            let equals = memchr::memchr(b'=', pair).unwrap_or(pair.len());
            Some((&pair[..equals], Value::new(pair.get(equals + 1..).unwrap_or_default())))
        })
    }

    /// One of these variables.
    pub fn variable(&self, name: &str) -> Option<Value<'a>> {
        self.variables().find(|(n, _)| *n == name.as_bytes()).map(|(_, value)| value)
    }
}

/// The header's name within its group. By hand: a call to `memcmp` for these few bytes costs more than
/// all the rest of reading a line.
#[inline]
fn after_prefix<'a>(name: &'a [u8], prefix: &'static str) -> Option<&'a [u8]> {
    let mut rest = name;
    for expected in prefix.bytes() {
        match rest {
            [first, tail @ ..] if *first == expected => rest = tail,
            _ => return None,
        }
    }
    Some(rest)
}

/// Lines of one channel while they pass.
#[derive(Default)]
pub(super) struct ChanSlot<'a> {
    channel: Option<&'a [u8]>,
    state: Option<&'a [u8]>,
    uniqueid: Option<&'a [u8]>,
    linkedid: Option<&'a [u8]>,
    caller_num: Option<&'a [u8]>,
    caller_name: Option<&'a [u8]>,
    connected_num: Option<&'a [u8]>,
    connected_name: Option<&'a [u8]>,
    context: Option<&'a [u8]>,
    exten: Option<&'a [u8]>,
    priority: Option<&'a [u8]>,
    account_code: Option<&'a [u8]>,
    language: Option<&'a [u8]>,
    variables: Option<&'a [u8]>,
}

impl<'a> ChanSlot<'a> {
    #[inline]
    fn take(&mut self, prefix: &'static str, line: &Line<'a>) -> bool {
        let Some(name) = after_prefix(line.name, prefix) else { return false };
        let slot = match (name.len(), name) {
            (5, b"Exten") => &mut self.exten,
            (7, b"Channel") => &mut self.channel,
            (7, b"Context") => &mut self.context,
            (8, b"Uniqueid") => &mut self.uniqueid,
            (8, b"Linkedid") => &mut self.linkedid,
            (8, b"Priority") => &mut self.priority,
            (8, b"Language") => &mut self.language,
            (11, b"CallerIDNum") => &mut self.caller_num,
            (11, b"AccountCode") => &mut self.account_code,
            (12, b"ChannelState") => &mut self.state,
            (12, b"CallerIDName") => &mut self.caller_name,
            (12, b"ChanVariable") => {
                keep_first(&mut self.variables, line.from_here);
                return true;
            }
            (16, b"ConnectedLineNum") => &mut self.connected_num,
            (16, b"ChannelStateDesc") => return true,
            (17, b"ConnectedLineName") => &mut self.connected_name,
            _ => return false,
        };
        keep_first(slot, line.value);
        true
    }

    #[inline]
    fn finish(self, event: &'static str, prefix: &'static str) -> Result<Chan<'a>, ShapeError> {
        let state = self.state.ok_or_else(|| ShapeError::missing(event, prefix, "ChannelState"));
        Ok(Chan {
            channel: id_text(self.channel, event, prefix, "Channel")?,
            uniqueid: id_text(self.uniqueid, event, prefix, "Uniqueid")?,
            linkedid: id_text(self.linkedid, event, prefix, "Linkedid")?,
            state: parsed(Some(state?))
                .ok_or_else(|| ShapeError::malformed(event, prefix, "ChannelState"))?,
            caller_num: Value::party(self.caller_num.unwrap_or_default()),
            caller_name: Value::party(self.caller_name.unwrap_or_default()),
            connected_num: Value::party(self.connected_num.unwrap_or_default()),
            connected_name: Value::party(self.connected_name.unwrap_or_default()),
            context: plain_text(self.context),
            exten: Value::party(self.exten.unwrap_or_default()),
            priority: parsed(self.priority),
            account_code: Value::new(self.account_code.unwrap_or_default()),
            language: plain_text(self.language),
            variables: self.variables.unwrap_or_default(),
        })
    }
}

/// A channel that is always there, under that prefix (`""`, `Dest`, `Transferer` ...).
pub(super) struct Channel(pub(super) &'static str);

impl<'a> Field<'a> for Channel {
    type Slot = ChanSlot<'a>;
    type Out = Chan<'a>;
    #[inline]
    fn take(&self, slot: &mut Self::Slot, line: &Line<'a>) -> bool {
        slot.take(self.0, line)
    }
    #[inline]
    fn finish(&self, slot: Self::Slot, event: &'static str) -> Result<Chan<'a>, ShapeError> {
        slot.finish(event, self.0)
    }
}

/// A channel that may be absent: a dial by `Originate` has no caller, a global variable no channel
/// (`Channel: none`).
pub(super) struct MaybeChannel(pub(super) &'static str);

impl<'a> Field<'a> for MaybeChannel {
    type Slot = ChanSlot<'a>;
    type Out = Option<Chan<'a>>;
    #[inline]
    fn take(&self, slot: &mut Self::Slot, line: &Line<'a>) -> bool {
        slot.take(self.0, line)
    }
    #[inline]
    fn finish(&self, slot: Self::Slot, event: &'static str) -> Result<Option<Chan<'a>>, ShapeError> {
        let absent = slot.state.is_none()
            && slot.linkedid.is_none()
            && matches!((slot.channel, slot.uniqueid), (None, None) | (Some(b"none"), Some(b"none")));
        if absent { Ok(None) } else { slot.finish(event, self.0).map(Some) }
    }
}

/// A bridge as it was when the event was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bridge<'a> {
    /// Its id.
    pub uniqueid: &'a str,
    /// `BridgeType`: `basic`, `base`, `parking` ...
    pub kind: &'a str,
    /// `simple_bridge`, `softmix`, `holding_bridge` ...
    pub technology: &'a str,
    /// `ConfBridge`, `Parking`, or empty.
    pub creator: &'a str,
    /// Name of the conference or the parking lot, or empty.
    pub name: &'a str,
    /// Channels in it.
    pub num_channels: Option<u32>,
}

#[derive(Default)]
pub(super) struct BridgeSlot<'a> {
    uniqueid: Option<&'a [u8]>,
    kind: Option<&'a [u8]>,
    technology: Option<&'a [u8]>,
    creator: Option<&'a [u8]>,
    name: Option<&'a [u8]>,
    num_channels: Option<&'a [u8]>,
}

impl<'a> BridgeSlot<'a> {
    #[inline]
    fn take(&mut self, prefix: &'static str, line: &Line<'a>) -> bool {
        let Some(name) = after_prefix(line.name, prefix) else { return false };
        let [b'B', b'r', b'i', b'd', b'g', b'e', name @ ..] = name else { return false };
        let slot = match (name.len(), name) {
            (4, b"Type") => &mut self.kind,
            (4, b"Name") => &mut self.name,
            (7, b"Creator") => &mut self.creator,
            (8, b"Uniqueid") => &mut self.uniqueid,
            (10, b"Technology") => &mut self.technology,
            (11, b"NumChannels") => &mut self.num_channels,
            _ => return false,
        };
        keep_first(slot, line.value);
        true
    }

    #[inline]
    fn finish(self, event: &'static str, prefix: &'static str) -> Result<Bridge<'a>, ShapeError> {
        Ok(Bridge {
            uniqueid: id_text(self.uniqueid, event, prefix, "BridgeUniqueid")?,
            kind: plain_text(self.kind),
            technology: plain_text(self.technology),
            creator: plain_text(self.creator),
            name: plain_text(self.name),
            num_channels: parsed(self.num_channels),
        })
    }
}

/// A bridge that is always there, under that prefix (`""`, `Orig`, `To` ...).
pub(super) struct ABridge(pub(super) &'static str);

impl<'a> Field<'a> for ABridge {
    type Slot = BridgeSlot<'a>;
    type Out = Bridge<'a>;
    #[inline]
    fn take(&self, slot: &mut Self::Slot, line: &Line<'a>) -> bool {
        slot.take(self.0, line)
    }
    #[inline]
    fn finish(&self, slot: Self::Slot, event: &'static str) -> Result<Bridge<'a>, ShapeError> {
        slot.finish(event, self.0)
    }
}

/// A bridge that may be absent: a transfer can be made out of none.
pub(super) struct MaybeBridge(pub(super) &'static str);

impl<'a> Field<'a> for MaybeBridge {
    type Slot = BridgeSlot<'a>;
    type Out = Option<Bridge<'a>>;
    #[inline]
    fn take(&self, slot: &mut Self::Slot, line: &Line<'a>) -> bool {
        slot.take(self.0, line)
    }
    #[inline]
    fn finish(&self, slot: Self::Slot, event: &'static str) -> Result<Option<Bridge<'a>>, ShapeError> {
        if slot.uniqueid.is_none() && slot.kind.is_none() {
            return Ok(None);
        }
        slot.finish(event, self.0).map(Some)
    }
}

/// A member of a queue. Events and the list name some headers differently (`MemberName` and
/// `Name`, `Interface` and `Location`); both are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// The queue.
    pub queue: &'a str,
    /// Name of the member; its interface when it has none.
    pub name: Value<'a>,
    /// What is dialled, `PJSIP/1001`.
    pub interface: &'a str,
    /// Whose state counts, usually the interface.
    pub state_interface: &'a str,
    /// `static`, `dynamic`, `realtime`.
    pub membership: &'a str,
    /// Penalty, higher is rung later.
    pub penalty: i32,
    /// Calls taken in this queue.
    pub calls_taken: u32,
    /// End of the last call, seconds since 1970; 0 for none.
    pub last_call: i64,
    /// Start of the last pause, seconds since 1970; 0 for none.
    pub last_pause: i64,
    /// Login, seconds since 1970; 0 where unknown.
    pub login_time: i64,
    /// On a call of this queue.
    pub in_call: bool,
    /// Device status: 0 unknown, 1 not in use, 2 in use, 3 busy, 4 invalid, 5 unavailable, 6 ringing,
    /// 7 ring and in use, 8 on hold.
    pub status: u8,
    /// Paused in this queue.
    pub paused: bool,
    /// Why; empty when not given.
    pub paused_reason: Value<'a>,
    /// Rung while on another call; absent in the list.
    pub ring_in_use: Option<bool>,
    /// Wrap-up of this member in seconds; 0 means the queue's own.
    pub wrapup_time: u32,
}

#[derive(Default)]
pub(super) struct MemberSlot<'a> {
    queue: Option<&'a [u8]>,
    name: Option<&'a [u8]>,
    interface: Option<&'a [u8]>,
    state_interface: Option<&'a [u8]>,
    membership: Option<&'a [u8]>,
    penalty: Option<&'a [u8]>,
    calls_taken: Option<&'a [u8]>,
    last_call: Option<&'a [u8]>,
    last_pause: Option<&'a [u8]>,
    login_time: Option<&'a [u8]>,
    in_call: Option<&'a [u8]>,
    status: Option<&'a [u8]>,
    paused: Option<&'a [u8]>,
    paused_reason: Option<&'a [u8]>,
    ring_in_use: Option<&'a [u8]>,
    wrapup_time: Option<&'a [u8]>,
}

/// A queue member.
pub(super) struct AMember;

impl<'a> Field<'a> for AMember {
    type Slot = MemberSlot<'a>;
    type Out = Member<'a>;
    #[inline]
    fn take(&self, slot: &mut Self::Slot, line: &Line<'a>) -> bool {
        let slot = match (line.name.len(), line.name) {
            (4, b"Name") | (10, b"MemberName") => &mut slot.name,
            (5, b"Queue") => &mut slot.queue,
            (6, b"InCall") => &mut slot.in_call,
            (6, b"Status") => &mut slot.status,
            (6, b"Paused") => &mut slot.paused,
            (7, b"Penalty") => &mut slot.penalty,
            (8, b"LastCall") => &mut slot.last_call,
            (8, b"Location") | (9, b"Interface") => &mut slot.interface,
            (9, b"LastPause") => &mut slot.last_pause,
            (9, b"LoginTime") => &mut slot.login_time,
            (9, b"Ringinuse") => &mut slot.ring_in_use,
            (10, b"Membership") => &mut slot.membership,
            (10, b"CallsTaken") => &mut slot.calls_taken,
            (10, b"Wrapuptime") => &mut slot.wrapup_time,
            (12, b"PausedReason") => &mut slot.paused_reason,
            (14, b"StateInterface") => &mut slot.state_interface,
            _ => return false,
        };
        keep_first(slot, line.value);
        true
    }
    #[inline]
    fn finish(&self, slot: Self::Slot, event: &'static str) -> Result<Member<'a>, ShapeError> {
        let interface = id_text(slot.interface, event, "", "Interface")?;
        Ok(Member {
            queue: id_text(slot.queue, event, "", "Queue")?,
            interface,
            name: slot.name.map_or(Value::new(interface.as_bytes()), Value::party),
            state_interface: slot.state_interface.map_or(interface, |s| plain_text(Some(s))),
            membership: plain_text(slot.membership),
            penalty: parsed(slot.penalty).unwrap_or(0),
            calls_taken: parsed(slot.calls_taken).unwrap_or(0),
            last_call: parsed(slot.last_call).unwrap_or(0),
            last_pause: parsed(slot.last_pause).unwrap_or(0),
            login_time: parsed(slot.login_time).unwrap_or(0),
            in_call: slot.in_call.is_some_and(is_true),
            status: parsed(slot.status).unwrap_or(0),
            paused: slot.paused.is_some_and(is_true),
            paused_reason: Value::new(slot.paused_reason.unwrap_or_default()),
            ring_in_use: slot.ring_in_use.map(is_true),
            wrapup_time: parsed(slot.wrapup_time).unwrap_or(0),
        })
    }
}
