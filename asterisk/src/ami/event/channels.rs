//! Events of one channel: it appears, changes, rings, holds, ends.

use super::field::{Field as _, Flag, Id, Party, Raw, Text, number, views};
use super::lines::Lines;
use super::snapshot::{ChanSlot, Channel, MaybeChannel};
use super::{Chan, ShapeError, Value};

views! {
    /// A channel was created: its first event.
    Newchannel {
        /// The channel.
        chan: Chan<'a> = Channel(""),
    }
    /// A channel's state changed: it rings, it was answered.
    Newstate {
        /// The channel in its new state.
        chan: Chan<'a> = Channel(""),
    }
    /// A channel got another caller id.
    NewCallerid {
        /// The channel with it.
        chan: Chan<'a> = Channel(""),
    }
    /// A channel was told who the other party is.
    NewConnectedLine {
        /// The channel with it.
        chan: Chan<'a> = Channel(""),
    }
    /// A channel got another account code.
    NewAccountCode {
        /// The channel with it.
        chan: Chan<'a> = Channel(""),
        /// The one before.
        old_account_code: Value<'a> = Party("OldAccountCode"),
    }
    /// A channel was renamed (masquerades; none since Asterisk 12 except by drivers).
    Rename {
        /// Name before.
        channel: &'a str = Id("Channel"),
        /// Name after.
        newname: &'a str = Id("Newname"),
        /// Its id, unchanged.
        uniqueid: &'a str = Id("Uniqueid"),
    }
    /// A channel runs an application of the dialplan.
    Newexten {
        /// The channel.
        chan: Chan<'a> = Channel(""),
        /// `Extension`, as in the snapshot.
        extension: Value<'a> = Party("Extension"),
        /// `Queue`, `Dial`, `Park` ...
        application: &'a str = Text("Application"),
        /// Its arguments.
        app_data: Value<'a> = Party("AppData"),
    }
    /// A channel is gone: its last event.
    Hangup {
        /// The channel as it was.
        chan: Chan<'a> = Channel(""),
        /// Q.850 cause; 0 after an application, 26 for a leg answered elsewhere.
        cause: Option<u16> = number("Cause"),
        /// The cause in words.
        cause_txt: &'a str = Text("Cause-txt"),
        /// The driver's own code, a SIP status (22 only).
        tech_cause: Option<u16> = number("TechCause"),
    }
    /// Somebody asked for a hangup; it may need a while.
    HangupRequest {
        /// The channel.
        chan: Chan<'a> = Channel(""),
        /// Q.850 cause, often absent.
        cause: Option<u16> = number("Cause"),
    }
    /// Asterisk itself asked for a hangup.
    SoftHangupRequest {
        /// The channel.
        chan: Chan<'a> = Channel(""),
        /// Asterisk's reason bits, or a cause.
        cause: Option<u16> = number("Cause"),
    }
    /// This channel put the other party on hold.
    Hold {
        /// The channel that holds.
        chan: Chan<'a> = Channel(""),
        /// Music class suggested, or empty.
        music_class: &'a str = Text("MusicClass"),
    }
    /// This channel took the other party back.
    Unhold {
        /// The channel that held.
        chan: Chan<'a> = Channel(""),
    }
    /// This channel hears music.
    MusicOnHoldStart {
        /// The channel that hears it.
        chan: Chan<'a> = Channel(""),
        /// Music class.
        class: &'a str = Text("Class"),
    }
    /// This channel no longer hears music.
    MusicOnHoldStop {
        /// The channel that heard it.
        chan: Chan<'a> = Channel(""),
    }
    /// A key goes down.
    DTMFBegin {
        /// The channel.
        chan: Chan<'a> = Channel(""),
        /// The key.
        digit: Value<'a> = Party("Digit"),
        /// `Received` or `Sent`.
        direction: &'a str = Text("Direction"),
    }
    /// A key comes up.
    DTMFEnd {
        /// The channel.
        chan: Chan<'a> = Channel(""),
        /// The key.
        digit: Value<'a> = Party("Digit"),
        /// How long it was down, ms.
        duration_ms: Option<u32> = number("DurationMs"),
        /// `Received` or `Sent`.
        direction: &'a str = Text("Direction"),
    }
    /// A dial begins: `dest` is being called by `chan`.
    DialBegin {
        /// Who dials; none for an `Originate`.
        chan: Option<Chan<'a>> = MaybeChannel(""),
        /// Who is dialled.
        dest: Chan<'a> = Channel("Dest"),
        /// The dial string without its technology.
        dial_string: Value<'a> = Party("DialString"),
    }
    /// A dial goes on: `RINGING`, `PROGRESS`, `PROCEEDING`.
    DialState {
        /// Who dials; none for an `Originate`.
        chan: Option<Chan<'a>> = MaybeChannel(""),
        /// Who is dialled.
        dest: Chan<'a> = Channel("Dest"),
        /// Asterisk's word.
        dial_status: &'a str = Text("DialStatus"),
        /// Where the call was forwarded to, or empty.
        forward: Value<'a> = Party("Forward"),
    }
    /// A dial ended. A second one for the same leg is normal (no answer, cancel).
    DialEnd {
        /// Who dialled; none for an `Originate`.
        chan: Option<Chan<'a>> = MaybeChannel(""),
        /// Who was dialled.
        dest: Chan<'a> = Channel("Dest"),
        /// `ANSWER`, `BUSY`, `CANCEL`, `CHANUNAVAIL`, `CONGESTION`, `NOANSWER` ...
        dial_status: &'a str = Text("DialStatus"),
        /// Where the call was forwarded to, or empty.
        forward: Value<'a> = Party("Forward"),
    }
    /// A channel took a call that rang elsewhere.
    Pickup {
        /// Who took it.
        chan: Chan<'a> = Channel(""),
        /// Whose phone rang.
        target: Chan<'a> = Channel("Target"),
    }
    /// A channel begins to listen to another.
    ChanSpyStart {
        /// Who listens.
        spyer: Chan<'a> = Channel("Spyer"),
        /// Who is listened to.
        spyee: Chan<'a> = Channel("Spyee"),
    }
    /// A channel stops to listen.
    ChanSpyStop {
        /// Who listened.
        spyer: Chan<'a> = Channel("Spyer"),
        /// Who was listened to; none when it is gone already.
        spyee: Option<Chan<'a>> = MaybeChannel("Spyee"),
    }
    /// MixMonitor records this channel.
    MixMonitorStart {
        /// The channel.
        chan: Chan<'a> = Channel(""),
    }
    /// MixMonitor no longer records it.
    MixMonitorStop {
        /// The channel.
        chan: Chan<'a> = Channel(""),
    }
    /// A recording is muted or not.
    MixMonitorMute {
        /// The channel.
        chan: Chan<'a> = Channel(""),
        /// `read`, `write`, `both`.
        direction: &'a str = Text("Direction"),
        /// Muted now.
        state: bool = Flag("State"),
    }
    /// Monitor (gone in 21) records this channel.
    MonitorStart {
        /// The channel.
        chan: Chan<'a> = Channel(""),
    }
    /// Monitor no longer records it.
    MonitorStop {
        /// The channel.
        chan: Chan<'a> = Channel(""),
    }
    /// A variable was set.
    VarSet {
        /// The channel's; none for a global one.
        chan: Option<Chan<'a>> = MaybeChannel(""),
        /// Its name.
        variable: Value<'a> = Raw("Variable"),
        /// Its value, C-escaped by Asterisk.
        value: Value<'a> = Raw("Value"),
    }
    /// The answer to an asynchronous `Originate`. Carries the ActionID of who asked.
    OriginateResponse {
        /// The channel made, or what was asked to be dialled.
        channel: &'a str = Text("Channel"),
        /// Its id, or empty.
        uniqueid: &'a str = Text("Uniqueid"),
        /// `Success` or `Failure`.
        response: &'a str = Text("Response"),
        /// 0 no such device or number, 3 no answer, 4 answered, 5 busy (22 says 0), 8 congestion.
        reason: Option<u8> = number("Reason"),
        /// Context asked for, or empty.
        context: &'a str = Text("Context"),
        /// Extension asked for, or empty.
        exten: Value<'a> = Party("Exten"),
    }
    /// A call detail record: one pair of parties.
    Cdr {
        /// The first channel.
        channel: &'a str = Text("Channel"),
        /// The second, or empty.
        destination_channel: &'a str = Text("DestinationChannel"),
        /// `UniqueID`
        unique_id: &'a str = Text("UniqueID"),
        /// `LinkedID` (not in all versions).
        linked_id: &'a str = Text("LinkedID"),
        /// Calling number.
        source: Value<'a> = Party("Source"),
        /// Called number.
        destination: Value<'a> = Party("Destination"),
        /// Local time of the PBX, `2026-11-21 01:33:16`.
        start_time: &'a str = Text("StartTime"),
        /// The same, or empty.
        answer_time: &'a str = Text("AnswerTime"),
        /// The same.
        end_time: &'a str = Text("EndTime"),
        /// Seconds.
        duration: Option<u32> = number("Duration"),
        /// Seconds since the answer.
        billable_seconds: Option<u32> = number("BillableSeconds"),
        /// `ANSWERED`, `NO ANSWER`, `BUSY`, `FAILED`, `CONGESTION`
        disposition: &'a str = Text("Disposition"),
    }
}

/// An event of the dialplan or of another AMI client. Its values are **not** escaped by Asterisk:
/// nothing in its body is believed about a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserEvent<'a> {
    /// The channel that ran `UserEvent()`; none when it was sent over AMI.
    pub chan: Option<Chan<'a>>,
    /// `UserEvent`: its name.
    pub user_event: Value<'a>,
    body: &'a [u8],
}

impl<'a> UserEvent<'a> {
    /// The headers after the name, in order.
    pub fn body(&self) -> impl Iterator<Item = (&'a [u8], Value<'a>)> {
        let mut lines = Lines::new(self.body);
        std::iter::from_fn(move || lines.next().map(|line| (line.name, Value::new(line.value))))
    }

    /// The first of them with that name.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        self.body().find(|(n, _)| *n == name.as_bytes()).map(|(_, value)| value)
    }

    pub(super) fn read(lines: &mut Lines<'a>) -> Result<Self, ShapeError> {
        const NAME: &str = "UserEvent";
        let channel = MaybeChannel("");
        let mut chan = ChanSlot::default();
        let mut name = None;
        let mut body: &[u8] = b"";
        while let Some(line) = lines.next() {
            if name.is_some() {
                if body.is_empty() {
                    body = line.from_here;
                }
            } else if line.name == NAME.as_bytes() {
                name = Some(line.value);
            } else {
                channel.take(&mut chan, &line);
            }
        }
        lines.check(NAME)?;
        let name = name.ok_or_else(|| ShapeError::missing(NAME, "", NAME))?;
        Ok(Self { chan: channel.finish(chan, NAME)?, user_event: Value::new(name), body })
    }
}
