//! Queues and their members.

use super::{ChanRef, EndpointId, Text};

/// Index of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueId(pub u16);

/// How a queue picks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// All of the lowest penalty.
    RingAll,
    /// Longest without a call of this queue.
    LeastRecent,
    /// Fewest calls.
    FewestCalls,
    /// In turn.
    RrMemory,
}

impl Strategy {
    /// As Asterisk writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::RingAll => "ringall",
            Self::LeastRecent => "leastrecent",
            Self::FewestCalls => "fewestcalls",
            Self::RrMemory => "rrmemory",
        }
    }
}

/// A member of one queue.
#[derive(Debug, Clone)]
pub struct Member {
    /// Whose phone.
    pub endpoint: EndpointId,
    /// Name in the queue.
    pub name: Text,
    /// `PJSIP/1001`.
    pub interface: Text,
    /// Penalty.
    pub penalty: u32,
    /// Paused.
    pub paused: bool,
    /// Why.
    pub reason: Text,
    /// Calls taken.
    pub calls_taken: u32,
    /// End of the last one, seconds since the epoch.
    pub last_call: u64,
    /// Last pause, seconds.
    pub last_pause: u64,
    /// Since when, seconds.
    pub login_time: u64,
    /// Talks to a caller of this queue.
    pub in_call: bool,
    /// Added over AMI.
    pub dynamic: bool,
}

/// A queue.
#[derive(Debug, Clone)]
pub struct Queue {
    /// Name.
    pub name: Text,
    /// Extension.
    pub exten: Text,
    /// How it picks.
    pub strategy: Strategy,
    /// Callers waiting, first first.
    pub callers: Vec<ChanRef>,
    /// Members, in the order they were added.
    pub members: Vec<Member>,
    /// Seconds a member is rung.
    pub ring_s: u32,
    /// Seconds between two tries.
    pub retry_s: u32,
    /// Seconds a caller waits at most.
    pub max_wait_s: u32,
    /// Seconds a member is left alone after a call.
    pub wrapup_s: u32,
    /// Seconds of the service level.
    pub level_s: u32,
    /// Its calls are recorded by the dialplan.
    pub recorded: bool,
    /// Ring members in use too.
    pub ring_in_use: bool,
    /// `Holdtime`: Asterisk's rolling mean, seconds.
    pub hold_mean: u32,
    /// `TalkTime`, likewise.
    pub talk_mean: u32,
    /// Completed.
    pub completed: u32,
    /// Abandoned.
    pub abandoned: u32,
    /// Completed within the level.
    pub completed_in_level: u32,
    /// Abandoned within the level.
    pub abandoned_in_level: u32,
    /// Next member for `rrmemory`.
    pub turn: usize,
    /// `Queue:name` told last.
    pub told_callers: bool,
    /// Members that are neither paused nor in use.
    pub free: u32,
    /// `Queue:name_avail` told last: somebody free.
    pub told_free: bool,
}
