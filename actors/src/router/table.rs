//! The pure routing table: who is who, one hash look-up for most events.

use std::sync::Arc;

use ahash::{AHashMap, AHashSet};
use smallvec::SmallVec;

use super::doubts::Doubts;
use super::gone::Gone;
use super::names::Names;
use crate::call::Guests;
use crate::keys::{CallKey, Epoch, Micros};
use crate::settings::Settings;
use crate::view::Text;

/// A call's place in the table; used again after [`Delivery::Over`] or as `from` of an absorption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallNo(pub u32);

/// An agent's place; never used again within an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AgentNo(pub u32);

/// A queue's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueNo(pub u32);

/// A trunk's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrunkNo(pub u32);

/// What to do with an event, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Delivery {
    /// Start a call of that Linkedid.
    StartCall(CallNo, Text),
    /// Hand the event to that call.
    Call(CallNo),
    /// Tell that call who else is in a bridge it just entered (after the event).
    Guests(CallNo, Box<Guests>),
    /// The first call ends and hands its state to the second, which absorbs it.
    Absorb {
        /// The younger.
        from: CallNo,
        /// The older.
        into: CallNo,
    },
    /// The last leg of that call hung up: nothing more will come for it.
    Over(CallNo),
    /// Start an agent at that endpoint.
    StartAgent(AgentNo, Text),
    /// Hand the event to that agent.
    Agent(AgentNo),
    /// Start a queue of that name.
    StartQueue(QueueNo, Text),
    /// Hand the event to that queue.
    Queue(QueueNo),
    /// Start a trunk at that endpoint.
    StartTrunk(TrunkNo, Text),
    /// Hand the event to that trunk.
    Trunk(TrunkNo),
    /// That leg, which is there now, walks a flow: that was told before.
    Walker(Text),
    /// Ask that call to tell again what it knows of legs at that endpoint: somebody new listens.
    Retell(CallNo, Text),
    /// The event breaks a guarantee that Asterisk gives; the call (if one is meant) is unconfirmed.
    Violation(Option<CallNo>, Box<str>),
}

/// Who is at an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// An agent.
    Agent(AgentNo),
    /// A trunk.
    Trunk(TrunkNo),
    /// Neither.
    Nobody,
}

#[derive(Debug)]
pub(super) struct LegAt {
    pub(super) call: CallNo,
    pub(super) linkedid: Text,
    pub(super) channel: Text,
    pub(super) bridge: Option<Text>,
    pub(super) bridge_at: Micros,
    pub(super) ended: bool,
    pub(super) parked: bool,
    /// Other half of the Local pair.
    pub(super) peer: Option<Box<str>>,
    /// Its `Newchannel` was seen, so whatever it meets was made while we looked on.
    pub(super) announced: bool,
    /// Who dials it, while nothing said how that ended.
    pub(super) dialed_by: Option<Text>,
    /// It lived while we did not look, and entered no bridge since: it may have left the one we know.
    pub(super) unseen: bool,
}

#[derive(Debug)]
pub(super) struct CallAt {
    /// The oldest first: all Linkedids that lead here.
    pub(super) linkedids: SmallVec<[Text; 1]>,
    pub(super) legs: SmallVec<[Text; 2]>,
    pub(super) live: u32,
    pub(super) started: Micros,
}

#[derive(Debug, Default)]
pub(super) struct BridgeAt {
    pub(super) legs: SmallVec<[Text; 2]>,
}

/// The table of one PBX in one epoch.
#[derive(Debug)]
pub struct Table {
    pub(super) settings: Arc<Settings>,
    pub(super) epoch: Epoch,
    pub(super) legs: AHashMap<Text, Box<LegAt>>,
    pub(super) calls: Vec<Option<CallAt>>,
    pub(super) free: Vec<u32>,
    pub(super) by_linkedid: AHashMap<Text, CallNo>,
    /// Who listens to whom, by Uniqueid.
    pub(super) spies: AHashMap<Text, Text>,
    /// Live legs at each endpoint that is not Local.
    pub(super) legs_at: AHashMap<Text, u32>,
    pub(super) bridges: AHashMap<Text, BridgeAt>,
    /// Channels that walk a flow and were not told yet.
    pub(super) walkers: AHashSet<Text>,
    pub(super) gone: Gone,
    pub(super) doubts: Doubts,
    pub(super) agents: Names,
    pub(super) queues: Names,
    /// Agents that were ever told to be members, by queue.
    pub(super) members: AHashMap<QueueNo, AHashSet<u32>>,
    pub(super) trunks: Names,
    /// Member interface (where it is no endpoint) to the endpoint of its agent.
    pub(super) stations: AHashMap<Text, Text>,
    /// Registration (user or URI) to its trunk.
    pub(super) registrations: AHashMap<Text, TrunkNo>,
    /// Seconds: channels made before that may be met in the middle of their life.
    pub(super) watching_since: Option<i64>,
    /// This account is told of new channels, so one that was not announced is a surprise.
    pub(super) announces: bool,
    pub(super) live_channels: usize,
    pub(super) live_calls: usize,
    pub(super) unrouted: u64,
}
impl Table {
    /// An empty table.
    pub fn new(settings: Arc<Settings>, epoch: Epoch) -> Self {
        Self {
            settings,
            epoch,
            legs: AHashMap::new(),
            calls: Vec::new(),
            free: Vec::new(),
            by_linkedid: AHashMap::new(),
            spies: AHashMap::new(),
            legs_at: AHashMap::new(),
            bridges: AHashMap::new(),
            walkers: AHashSet::new(),
            gone: Gone::default(),
            doubts: Doubts::default(),
            agents: Names::default(),
            queues: Names::default(),
            members: AHashMap::new(),
            trunks: Names::default(),
            stations: AHashMap::new(),
            registrations: AHashMap::new(),
            watching_since: None,
            announces: false,
            live_channels: 0,
            live_calls: 0,
            unrouted: 0,
        }
    }

    /// The boot of the PBX that this table is of.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// A connection begins (or goes on after a gap): channels made before are no surprise.
    pub fn connected(&mut self) {
        self.watching_since = None;
        self.announces = false;
        self.doubts.clear();
        for leg in self.legs.values_mut() {
            leg.unseen = true;
            leg.dialed_by = None;
        }
    }

    /// Another boot: nothing of before is left. The numbers of its calls, to be ended.
    pub fn restarted(&mut self, epoch: Epoch) -> Vec<CallNo> {
        self.epoch = epoch;
        let open = self.call_numbers().collect();
        for no in 0..self.calls.len() as u32 {
            self.forget(CallNo(no), false);
        }
        self.legs.clear();
        self.legs_at.clear();
        self.spies.clear();
        self.bridges.clear();
        self.gone = Gone::default();
        self.doubts.clear();
        self.watching_since = None;
        self.live_channels = 0;
        open
    }

    /// Calls that live.
    pub fn live_calls(&self) -> usize {
        self.live_calls
    }

    /// Channels that live.
    pub fn live_channels(&self) -> usize {
        self.live_channels
    }

    /// Events of channels that are gone already, or that nobody could be found for.
    pub fn unrouted(&self) -> u64 {
        self.unrouted
    }

    /// Numbers of live calls.
    pub fn call_numbers(&self) -> impl Iterator<Item = CallNo> {
        self.calls.iter().enumerate().filter(|(_, c)| c.is_some()).map(|(no, _)| CallNo(no as u32))
    }

    /// The call of that Linkedid, also one that was absorbed.
    pub fn call_of_linkedid(&self, linkedid: &str) -> Option<CallNo> {
        self.by_linkedid.get(linkedid).copied()
    }

    /// The oldest Linkedid of a call.
    pub fn linkedid(&self, no: CallNo) -> Option<&Text> {
        self.calls.get(no.0 as usize)?.as_ref()?.linkedids.first()
    }

    /// The call of a live channel, by its exact name. Looks at every leg (about a millisecond at 10,000
    /// calls): people ask now and then, and an index would cost every leg its memory.
    pub fn call_of_channel(&self, channel: &str) -> Option<CallNo> {
        self.legs.values().find(|leg| !leg.ended && leg.channel == channel).map(|leg| leg.call)
    }

    /// The leg at that endpoint that listens to somebody, and to whom: its call, Uniqueid and name.
    pub fn spy_at(&self, endpoint: &str) -> Option<(CallNo, &Text, &Text)> {
        let of = |id: &Text| self.legs.get_key_value(id).filter(|(_, leg)| !leg.ended);
        let mut all = self.spies.keys().filter_map(of);
        let (id, leg) = all.find(|(_, leg)| crate::keys::endpoint_of(&leg.channel) == endpoint)?;
        Some((leg.call, id, &leg.channel))
    }

    /// The name of a leg that has not ended.
    pub fn channel_of(&self, uniqueid: &str) -> Option<&Text> {
        self.legs.get(uniqueid).filter(|leg| !leg.ended).map(|leg| &leg.channel)
    }

    /// The call of a leg, also of one that ended while its call goes on.
    pub fn call_of_leg(&self, uniqueid: &str) -> Option<CallNo> {
        self.legs.get(uniqueid).map(|l| l.call)
    }

    /// A channel of that Uniqueid walks a flow: when it comes, that is said.
    pub fn await_walker(&mut self, uniqueid: Text) {
        self.walkers.insert(uniqueid);
    }

    /// Nobody waits for it any more.
    pub fn forget_walker(&mut self, uniqueid: &str) {
        self.walkers.remove(uniqueid);
    }

    /// The key of a call as it is named now.
    pub fn key(&self, no: CallNo) -> Option<CallKey> {
        let linkedid = self.linkedid(no)?.clone();
        Some(CallKey { pbx: self.settings.pbx.clone(), epoch: self.epoch, linkedid })
    }

    /// Who is at an endpoint.
    pub fn at(&self, endpoint: &str) -> At {
        if let Some(no) = self.agents.get(endpoint) {
            At::Agent(AgentNo(no))
        } else if let Some(no) = self.trunks.get(endpoint) {
            At::Trunk(TrunkNo(no))
        } else {
            At::Nobody
        }
    }

    /// A queue by name; started when it is new.
    pub fn queue(&mut self, name: &str, out: &mut Vec<Delivery>) -> QueueNo {
        let (no, new) = self.queues.get_or_add(name);
        if new {
            out.push(Delivery::StartQueue(QueueNo(no), name.into()));
        }
        QueueNo(no)
    }

    /// Agents (their numbers) that were ever told to be members of that queue.
    pub fn members_ever(&self, queue: &str) -> impl Iterator<Item = u32> {
        let members = self.queues.get(queue).and_then(|no| self.members.get(&QueueNo(no)));
        members.into_iter().flatten().copied()
    }

    /// The endpoint of an agent.
    pub fn agent_endpoint(&self, no: AgentNo) -> Option<&Text> {
        self.agents.name(no.0)
    }

    /// The endpoint of a trunk.
    pub fn trunk_endpoint(&self, no: TrunkNo) -> Option<&Text> {
        self.trunks.name(no.0)
    }

    /// The name of a queue.
    pub fn queue_name(&self, no: QueueNo) -> Option<&Text> {
        self.queues.name(no.0)
    }

    /// Live legs that a whole list of channels (their Uniqueids) does not show.
    pub fn missing<'a>(
        &'a self,
        listed: &'a std::collections::HashSet<&str>,
    ) -> impl Iterator<Item = (CallNo, &'a Text)> {
        self.legs
            .iter()
            .filter(|(id, l)| !l.ended && !listed.contains(id.as_str()))
            .map(|(id, l)| (l.call, id))
    }

    /// A comparison showed that this leg is gone: as its `Hangup` would.
    pub fn end_leg(&mut self, uniqueid: &str, out: &mut Vec<Delivery>) {
        self.hung_up(uniqueid, out);
    }

    /// What was doubtful and did not become right in time.
    pub fn overdue(&mut self, at: Micros, out: &mut Vec<Delivery>) {
        while let Some((id, words)) = self.doubts.overdue(at) {
            out.push(Delivery::Violation(self.call_of_leg(&id), words));
        }
    }

    /// Doubts that still wait: violations if nothing more comes.
    pub fn doubts(&self) -> impl Iterator<Item = &str> {
        self.doubts.words()
    }

    pub(super) fn watch(&mut self, at: Micros) {
        // without a `Timestamp` nothing tells which channels are older than the connection
        if self.watching_since.is_none() && at > Micros::default() {
            self.watching_since = Some(at.0 / 1_000_000);
        }
    }
}
