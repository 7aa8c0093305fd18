//! The truth as bytes: frames, channel and bridge snapshots, exactly as Asterisk 22 writes them.
//!
//! [`Stream`] collects whole frames; each is marked with its event's name and class, so that a
//! client gets what its event mask lets through. Nothing here decides anything.

use std::io::Write as _;

use super::truth::{Bridge, BridgeKind, Channel, Micros};

/// Classes of events (`Privilege: call,all`), as bits of a client's event mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Class {
    /// `system`
    System = 1,
    /// `call`
    Call = 2,
    /// `agent`
    Agent = 4,
    /// `user`
    User = 8,
    /// `dialplan`
    Dialplan = 16,
    /// `cdr`
    Cdr = 32,
    /// `security`
    Security = 64,
    /// `agi`
    Agi = 128,
    /// `dtmf`
    Dtmf = 256,
}

impl Class {
    /// Every class.
    pub const ALL: u16 = 511;

    /// The class as it stands in `Privilege` and in an event mask.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Call => "call",
            Self::Agent => "agent",
            Self::User => "user",
            Self::Dialplan => "dialplan",
            Self::Cdr => "cdr",
            Self::Security => "security",
            Self::Agi => "agi",
            Self::Dtmf => "dtmf",
        }
    }

    /// The class of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [
            Self::System,
            Self::Call,
            Self::Agent,
            Self::User,
            Self::Dialplan,
            Self::Cdr,
            Self::Security,
            Self::Agi,
            Self::Dtmf,
        ];
        all.into_iter().find(|c| c.name() == name)
    }
}

/// Where one frame of a [`Stream`] ends and what it is.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// Just after its empty line.
    pub end: usize,
    /// Its class.
    pub class: Class,
    /// Its event.
    pub event: &'static str,
}

/// Events in order, as the bytes that go on the wire.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
    last: Micros,
    muted: bool,
}

impl Stream {
    /// All frames, one after another.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What each frame is.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Each frame with its bytes.
    pub fn frames(&self) -> impl Iterator<Item = (Mark, &[u8])> {
        let mut start = 0;
        self.marks.iter().map(move |mark| {
            let frame = self.bytes.get(start..mark.end).unwrap_or_default();
            start = mark.end;
            (*mark, frame)
        })
    }

    /// Gives all frames away, as one block.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        self.marks.clear();
        std::mem::take(&mut self.bytes)
    }

    /// Forgets what was collected; keeps its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.marks.clear();
    }

    /// While muted nothing is kept: for the minutes before anyone could listen.
    pub fn mute(&mut self, muted: bool) {
        self.muted = muted;
    }

    /// Starts an event; it is complete when the [`Frame`] is dropped. Timestamps never go back
    /// and are a few microseconds apart within one step, as on the real thing.
    pub fn event(&mut self, event: &'static str, class: Class, now: Micros) -> Frame<'_> {
        self.last = if self.last < now { now } else { self.last + 1 + (self.last & 7) };
        let at = self.last;
        let mut frame = Frame { stream: self, event, class };
        frame.line("Event", event);
        let out = &mut frame.stream.bytes;
        out.extend_from_slice(b"Privilege: ");
        out.extend_from_slice(class.name().as_bytes());
        out.extend_from_slice(b",all\r\nTimestamp: ");
        write_timestamp(out, at);
        out.extend_from_slice(b"\r\n");
        frame
    }
}

/// `1795224504.263121`
pub fn write_timestamp(out: &mut Vec<u8>, at: Micros) {
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{}.{:06}", at / 1_000_000, at % 1_000_000);
}

/// One event being written.
#[derive(Debug)]
pub struct Frame<'a> {
    stream: &'a mut Stream,
    event: &'static str,
    class: Class,
}

impl Drop for Frame<'_> {
    fn drop(&mut self) {
        let Stream { bytes, marks, muted, .. } = &mut *self.stream;
        if *muted {
            bytes.truncate(marks.last().map_or(0, |m| m.end));
            return;
        }
        bytes.extend_from_slice(b"\r\n");
        marks.push(Mark { end: bytes.len(), class: self.class, event: self.event });
    }
}

impl Headers for Frame<'_> {
    fn out(&mut self) -> &mut Vec<u8> {
        &mut self.stream.bytes
    }
}

/// Headers into a buffer: events and list items have these in common.
pub trait Headers {
    /// Where they go.
    fn out(&mut self) -> &mut Vec<u8>;

    /// `name: value`
    fn line(&mut self, name: &str, value: &str) -> &mut Self {
        let out = self.out();
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
        self
    }

    /// `name: 42`
    fn num(&mut self, name: &str, value: u64) -> &mut Self {
        let out = self.out();
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        write_number(out, value);
        out.extend_from_slice(b"\r\n");
        self
    }

    /// A channel snapshot, each header with that prefix (`Dest`, `Transferer`, ...).
    fn chan(&mut self, prefix: &str, channel: &Channel) -> &mut Self {
        let out = self.out();
        let mut line = |name: &str, value: &str| {
            out.extend_from_slice(prefix.as_bytes());
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        };
        line("Channel: ", &channel.name);
        line("ChannelState: ", ["0", "1", "2", "3", "4", "5", "6"][(channel.state as usize).min(6)]);
        line("ChannelStateDesc: ", channel.state.desc());
        line("CallerIDNum: ", or_unknown(&channel.caller.num));
        line("CallerIDName: ", or_unknown(&channel.caller.name));
        line("ConnectedLineNum: ", or_unknown(&channel.connected.num));
        line("ConnectedLineName: ", or_unknown(&channel.connected.name));
        line("Language: ", "fr");
        line("AccountCode: ", &channel.account);
        line("Context: ", &channel.context);
        line("Exten: ", &channel.exten);
        let mut digits = [0; 20];
        line("Priority: ", format_number(u64::from(channel.priority), &mut digits));
        line("Uniqueid: ", &channel.uniqueid);
        line("Linkedid: ", &channel.linkedid);
        line("ChanVariable: SITE=", &channel.site);
        line("ChanVariable: CAMPAIGN=", &channel.campaign);
        self
    }

    /// A bridge snapshot, each header with that prefix (`Orig`, `Second`, or none).
    fn bridge(&mut self, prefix: &str, bridge: &Bridge) -> &mut Self {
        let (kind, technology, creator, name) = match &bridge.kind {
            BridgeKind::Basic => ("basic", "simple_bridge", "<unknown>", "<unknown>"),
            BridgeKind::Conference(room) => ("base", "softmix", "ConfBridge", &**room),
            BridgeKind::Parking(lot) => ("parking", "holding_bridge", "Parking", &**lot),
        };
        let out = self.out();
        let mut line = |header: &str, value: &str| {
            out.extend_from_slice(prefix.as_bytes());
            out.extend_from_slice(header.as_bytes());
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        };
        line("BridgeUniqueid: ", &bridge.uuid);
        line("BridgeType: ", kind);
        line("BridgeTechnology: ", technology);
        line("BridgeCreator: ", creator);
        line("BridgeName: ", name);
        let mut digits = [0; 20];
        line("BridgeNumChannels: ", format_number(bridge.num_channels() as u64, &mut digits));
        line("BridgeVideoSourceMode: ", "none");
        self
    }
}

/// Empty is `<unknown>`.
pub fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "<unknown>" } else { text }
}

fn write_number(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(format_number(value, &mut [0; 20]).as_bytes());
}

fn format_number(mut value: u64, digits: &mut [u8; 20]) -> &str {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 || at == 0 {
            break;
        }
    }
    std::str::from_utf8(&digits[at..]).unwrap_or("")
}

/// What Asterisk calls a hangup cause (`Cause-txt`).
pub fn cause_text(cause: u16) -> &'static str {
    match cause {
        0 => "Unknown",
        1 => "Unallocated (unassigned) number",
        16 => "Normal Clearing",
        17 => "User busy",
        18 => "No user responding",
        19 => "User alerting, no answer",
        20 => "Subscriber absent",
        21 => "Call Rejected",
        26 => "Answered elsewhere",
        27 => "Destination out of order",
        28 => "Invalid number format",
        31 => "Normal, unspecified",
        34 => "Circuit/channel congestion",
        38 => "Network out of order",
        41 => "Temporary failure",
        42 => "Switching equipment congestion",
        58 => "Bearer capability not available",
        127 => "Interworking, unspecified",
        _ => "Unknown",
    }
}

/// `2026-11-21 01:28:24`, UTC: call records and `CoreStatus` show no fraction.
pub fn date_time(at: Micros) -> String {
    let seconds = at / 1_000_000;
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    // Civil date from days since 1970 (proleptic Gregorian).
    let z = days as i64 + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}
