//! Events of queues: callers, members, and the agent's part of a call.

use super::field::{Id, Party, Text, number, views};
use super::snapshot::{AMember, Channel, MaybeChannel};
use super::{Chan, Member, Value};

views! {
    /// A caller began to wait.
    QueueCallerJoin {
        /// The caller.
        chan: Chan<'a> = Channel(""),
        /// The queue.
        queue: &'a str = Id("Queue"),
        /// His place, 1 first.
        position: Option<u32> = number("Position"),
        /// Callers waiting, with him.
        count: Option<u32> = number("Count"),
    }
    /// A caller no longer waits: served, gone or elsewhere.
    QueueCallerLeave {
        /// The caller.
        chan: Chan<'a> = Channel(""),
        /// The queue.
        queue: &'a str = Id("Queue"),
        /// The place he had.
        position: Option<u32> = number("Position"),
        /// Callers waiting, without him.
        count: Option<u32> = number("Count"),
    }
    /// A caller left unserved: he hung up, or `Queue()` timed out; only `VarSet QUEUESTATUS` tells.
    QueueCallerAbandon {
        /// The caller.
        chan: Chan<'a> = Channel(""),
        /// The queue.
        queue: &'a str = Id("Queue"),
        /// The place he had.
        position: Option<u32> = number("Position"),
        /// The place he began with.
        original_position: Option<u32> = number("OriginalPosition"),
        /// Seconds he waited.
        hold_time: Option<u32> = number("HoldTime"),
    }
    /// A member's phone is being rung for a caller.
    AgentCalled {
        /// The caller.
        chan: Chan<'a> = Channel(""),
        /// The member's leg.
        dest: Chan<'a> = Channel("Dest"),
        /// The queue.
        queue: &'a str = Id("Queue"),
        /// The member's interface.
        interface: &'a str = Id("Interface"),
        /// The member's name.
        member_name: Value<'a> = Party("MemberName"),
    }
    /// A member answered and has the caller.
    AgentConnect {
        /// The caller.
        chan: Chan<'a> = Channel(""),
        /// The member's leg.
        dest: Chan<'a> = Channel("Dest"),
        /// The queue.
        queue: &'a str = Id("Queue"),
        /// The member's interface.
        interface: &'a str = Id("Interface"),
        /// The member's name.
        member_name: Value<'a> = Party("MemberName"),
        /// Seconds the phone rang.
        ring_time: Option<u32> = number("RingTime"),
        /// Seconds the caller waited.
        hold_time: Option<u32> = number("HoldTime"),
    }
    /// The member's part of the call is over, as the queue sees it.
    AgentComplete {
        /// The caller.
        chan: Option<Chan<'a>> = MaybeChannel(""),
        /// The member's leg.
        dest: Option<Chan<'a>> = MaybeChannel("Dest"),
        /// The queue.
        queue: &'a str = Id("Queue"),
        /// The member's interface.
        interface: &'a str = Id("Interface"),
        /// The member's name.
        member_name: Value<'a> = Party("MemberName"),
        /// Seconds the caller waited.
        hold_time: Option<u32> = number("HoldTime"),
        /// Seconds they talked.
        talk_time: Option<u32> = number("TalkTime"),
        /// `caller`, `agent` or `transfer`.
        reason: &'a str = Text("Reason"),
    }
    /// The caller hung up while the member heard the announcement.
    AgentDump {
        /// The caller.
        chan: Chan<'a> = Channel(""),
        /// The member's leg.
        dest: Chan<'a> = Channel("Dest"),
        /// The queue.
        queue: &'a str = Id("Queue"),
        /// The member's interface.
        interface: &'a str = Id("Interface"),
        /// The member's name.
        member_name: Value<'a> = Party("MemberName"),
    }
    /// A member's phone rang in vain.
    AgentRingNoAnswer {
        /// The caller.
        chan: Chan<'a> = Channel(""),
        /// The member's leg.
        dest: Option<Chan<'a>> = MaybeChannel("Dest"),
        /// The queue.
        queue: &'a str = Id("Queue"),
        /// The member's interface.
        interface: &'a str = Id("Interface"),
        /// The member's name.
        member_name: Value<'a> = Party("MemberName"),
        /// **Milliseconds** the phone rang (seconds in `AgentConnect`).
        ring_time: Option<u32> = number("RingTime"),
    }
    /// A member came into a queue.
    QueueMemberAdded {
        /// The member.
        member: Member<'a> = AMember,
    }
    /// A member left a queue.
    QueueMemberRemoved {
        /// The member as it was.
        member: Member<'a> = AMember,
    }
    /// A member was paused or unpaused in one queue.
    QueueMemberPause {
        /// The member.
        member: Member<'a> = AMember,
        /// `Reason` (16 only, beside `PausedReason`).
        reason: Value<'a> = Party("Reason"),
    }
    /// A member's penalty changed.
    QueueMemberPenalty {
        /// The member.
        member: Member<'a> = AMember,
    }
    /// Whether a member is rung while on another call changed.
    QueueMemberRinginuse {
        /// The member.
        member: Member<'a> = AMember,
    }
    /// A member's device or figures changed.
    QueueMemberStatus {
        /// The member.
        member: Member<'a> = AMember,
    }
    /// List item of `QueueStatus`: a queue.
    QueueParams {
        /// The queue.
        queue: &'a str = Id("Queue"),
        /// Most callers, 0 for no limit.
        max: Option<u32> = number("Max"),
        /// `ringall`, `leastrecent` ...
        strategy: &'a str = Text("Strategy"),
        /// Callers waiting.
        calls: Option<u32> = number("Calls"),
        /// Asterisk's running hold time in seconds: (3 × old + new) / 4, not a mean.
        holdtime: Option<u32> = number("Holdtime"),
        /// The same of talk time.
        talk_time: Option<u32> = number("TalkTime"),
        /// Calls completed since the last reset.
        completed: Option<u32> = number("Completed"),
        /// Calls abandoned since the last reset.
        abandoned: Option<u32> = number("Abandoned"),
        /// Threshold in seconds.
        service_level: Option<u32> = number("ServiceLevel"),
        /// Percent of the completed ones, counted at their end.
        servicelevel_perf: &'a str = Text("ServicelevelPerf"),
        /// Weight among queues.
        weight: Option<i32> = number("Weight"),
    }
    /// List item of `QueueStatus`: a member.
    QueueMember {
        /// The member.
        member: Member<'a> = AMember,
    }
    /// List item of `QueueStatus`: a caller who waits.
    QueueEntry {
        /// The queue.
        queue: &'a str = Id("Queue"),
        /// His place, 1 first.
        position: Option<u32> = number("Position"),
        /// His channel.
        channel: &'a str = Id("Channel"),
        /// Its id.
        uniqueid: &'a str = Id("Uniqueid"),
        /// His number; this list writes `unknown` for none.
        caller_num: Value<'a> = Listed("CallerIDNum"),
        /// His name; this list writes `unknown` for none.
        caller_name: Value<'a> = Listed("CallerIDName"),
        /// Seconds he waits.
        wait: Option<u32> = number("Wait"),
        /// His priority in the queue.
        priority: Option<i32> = number("Priority"),
    }
}

/// A party in `QueueEntry`, where `unknown` without brackets stands for none.
struct Listed(&'static str);

impl<'a> super::field::Field<'a> for Listed {
    type Slot = Option<&'a [u8]>;
    type Out = Value<'a>;
    fn take(&self, slot: &mut Self::Slot, line: &super::lines::Line<'a>) -> bool {
        Party(self.0).take(slot, line)
    }
    fn finish(&self, slot: Self::Slot, _: &'static str) -> Result<Value<'a>, super::ShapeError> {
        Ok(Value::party(slot.filter(|v| *v != b"unknown").unwrap_or_default()))
    }
}
