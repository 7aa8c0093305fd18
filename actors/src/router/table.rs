//! The pure routing table: who is who, one hash look-up for most events.

use std::sync::Arc;

use ahash::AHashMap;
use asterisk::ami::Event;
use asterisk::ami::event::{Bridge, Chan};
use smallvec::SmallVec;

use super::doubts::{Doubts, Missing};
use super::gone::Gone;
use super::names::Names;
use crate::call::{Guest, Guests};
use crate::keys::{Epoch, Micros, endpoint_of, is_local, older};
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
struct LegAt {
    call: CallNo,
    linkedid: Text,
    channel: Text,
    bridge: Option<Text>,
    bridge_at: Micros,
    ended: bool,
    parked: bool,
    /// Its `Newchannel` was seen, so whatever it meets was made while we looked on.
    announced: bool,
    /// Who dials it, while nothing said how that ended.
    dialed_by: Option<Text>,
}

#[derive(Debug)]
struct CallAt {
    /// The oldest first: all Linkedids that lead here.
    linkedids: SmallVec<[Text; 1]>,
    legs: SmallVec<[Text; 2]>,
    live: u32,
    started: Micros,
}

#[derive(Debug, Default)]
struct BridgeAt {
    legs: SmallVec<[Text; 2]>,
}

/// Bridges remembered; beyond it, those that nobody is in are forgotten (their end was lost).
const MAX_BRIDGES: usize = 200_000;

/// The table of one PBX in one epoch.
#[derive(Debug)]
pub struct Table {
    settings: Arc<Settings>,
    epoch: Epoch,
    legs: AHashMap<Text, LegAt>,
    calls: Vec<Option<CallAt>>,
    free: Vec<u32>,
    by_linkedid: AHashMap<Text, CallNo>,
    by_channel: AHashMap<Text, Text>,
    bridges: AHashMap<Text, BridgeAt>,
    gone: Gone,
    doubts: Doubts,
    agents: Names,
    queues: Names,
    trunks: Names,
    /// Member interface (where it is no endpoint) to the endpoint of its agent.
    stations: AHashMap<Text, Text>,
    /// Registration (user or URI) to its trunk.
    registrations: AHashMap<Text, TrunkNo>,
    /// Seconds: channels made before that may be met in the middle of their life.
    watching_since: Option<i64>,
    live_channels: usize,
    live_calls: usize,
    unrouted: u64,
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
            by_channel: AHashMap::new(),
            bridges: AHashMap::new(),
            gone: Gone::default(),
            doubts: Doubts::default(),
            agents: Names::default(),
            queues: Names::default(),
            trunks: Names::default(),
            stations: AHashMap::new(),
            registrations: AHashMap::new(),
            watching_since: None,
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
    }

    /// Another boot: nothing of before is left. The numbers of its calls, to be ended.
    pub fn restarted(&mut self, epoch: Epoch) -> Vec<CallNo> {
        self.epoch = epoch;
        let open = self.call_numbers().collect();
        for no in 0..self.calls.len() as u32 {
            self.forget(CallNo(no), false);
        }
        self.legs.clear();
        self.by_channel.clear();
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

    /// The call of a live channel, by its exact name.
    pub fn call_of_channel(&self, channel: &str) -> Option<CallNo> {
        self.call_of_leg(self.by_channel.get(channel)?)
    }

    /// The call of a leg, also of one that ended while its call goes on.
    pub fn call_of_leg(&self, uniqueid: &str) -> Option<CallNo> {
        self.legs.get(uniqueid).map(|l| l.call)
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

    /// Says who gets the event; empty for what nobody listens to.
    #[allow(clippy::too_many_lines)] // the table of the module's doc, one line an event
    pub fn route(&mut self, e: &Event<'_>, at: Micros, out: &mut Vec<Delivery>) {
        self.overdue(at, out);
        match e {
            Event::VarSet(e) => {
                if let Some(chan) = &e.chan
                    && e.variable.bytes() == b"QUEUESTATUS"
                {
                    self.one(chan, at, out);
                }
            }
            Event::Newchannel(e) => {
                self.watch(at);
                self.doubts.came(Missing::Newchannel, e.chan.uniqueid);
                if self.legs.get(e.chan.uniqueid).is_none_or(|l| l.ended) && self.gone.has(e.chan.uniqueid) {
                    self.late(e.chan.uniqueid, e.chan.channel, "Newchannel", out);
                } else if self.legs.contains_key(e.chan.uniqueid) {
                    self.one(&e.chan, at, out);
                } else {
                    let call = self.new_leg(&e.chan, at, out);
                    if let Some(leg) = self.legs.get_mut(e.chan.uniqueid) {
                        leg.announced = true;
                    }
                    out.push(Delivery::Call(call));
                    self.introduce(&e.chan, out);
                }
            }
            Event::Newstate(e) => self.one(&e.chan, at, out),
            Event::Newexten(e) => self.one(&e.chan, at, out),
            Event::NewCallerid(e) => self.one(&e.chan, at, out),
            Event::Hangup(e) => self.hangup(&e.chan, at, out),
            Event::HangupRequest(e) => self.one(&e.chan, at, out),
            Event::Hold(e) => self.one(&e.chan, at, out),
            Event::Unhold(e) => self.one(&e.chan, at, out),
            Event::Rename(e) => {
                if let Some(leg) = self.legs.get_mut(e.uniqueid) {
                    self.by_channel.remove(&leg.channel);
                    leg.channel = e.newname.into();
                    self.by_channel.insert(e.newname.into(), e.uniqueid.into());
                    out.push(Delivery::Call(leg.call));
                }
            }
            Event::DialBegin(e) => {
                self.many([e.chan.as_ref(), Some(&e.dest)], at, out);
                if let (Some(by), Some(leg)) = (&e.chan, self.legs.get_mut(e.dest.uniqueid)) {
                    leg.dialed_by = Some(by.uniqueid.into());
                }
            }
            Event::DialState(e) => self.many([e.chan.as_ref(), Some(&e.dest)], at, out),
            Event::DialEnd(e) => {
                self.many([e.chan.as_ref(), Some(&e.dest)], at, out);
                self.doubts.came(Missing::DialEnd, e.dest.uniqueid);
                self.dialed(e.chan.as_ref(), &e.dest);
            }
            Event::Pickup(e) => {
                self.many([Some(&e.chan), Some(&e.target)], at, out);
                if let Some(leg) = self.legs.get_mut(e.target.uniqueid) {
                    leg.dialed_by = None;
                }
            }
            Event::LocalBridge(e) => self.many([Some(&e.local_one), Some(&e.local_two)], at, out),
            Event::LocalOptimizationBegin(e) => self.many([Some(&e.local_one), Some(&e.local_two)], at, out),
            Event::ChanSpyStart(e) => self.many([Some(&e.spyer), Some(&e.spyee)], at, out),
            Event::ChanSpyStop(e) => self.many([Some(&e.spyer), e.spyee.as_ref()], at, out),
            Event::MixMonitorStart(e) => self.one(&e.chan, at, out),
            Event::MixMonitorStop(e) => self.one(&e.chan, at, out),
            Event::MonitorStart(e) => self.one(&e.chan, at, out),
            Event::MonitorStop(e) => self.one(&e.chan, at, out),
            Event::BridgeCreate(e) => {
                self.watch(at);
                self.doubts.came(Missing::BridgeCreate, e.bridge.uniqueid);
                self.bridge_known(e.bridge.uniqueid);
            }
            Event::BridgeEnter(e) => self.bridge_enter(&e.bridge, &e.chan, e.swap_uniqueid, at, out),
            Event::BridgeLeave(e) => self.bridge_leave(&e.bridge, &e.chan, at, out),
            Event::BridgeDestroy(e) => {
                if let Some(b) = self.bridges.remove(e.bridge.uniqueid) {
                    for id in b.legs {
                        let Some(leg) = self.legs.get_mut(&id) else { continue };
                        leg.bridge = None;
                        let words = format!(
                            "{} did not leave bridge {} before its end",
                            leg.channel, e.bridge.uniqueid
                        );
                        out.push(Delivery::Violation(Some(leg.call), words.into()));
                    }
                }
            }
            Event::BlindTransfer(e) => self.many([Some(&e.transferer), e.transferee.as_ref()], at, out),
            Event::AttendedTransfer(e) => {
                let one = self.call(&e.orig_transferer, at, out);
                let two = self.call(&e.second_transferer, at, out);
                if let (Some(a), Some(b)) = (one, two)
                    && a != b
                    && e.result.eq_ignore_ascii_case("success")
                    && e.dest_type != "Threeway"
                {
                    self.merge(a, b, out);
                }
                self.many([Some(&e.orig_transferer), Some(&e.second_transferer)], at, out);
            }
            Event::ParkedCall(e) => self.parked(&e.parkee, at, out),
            Event::ParkedCallSwap(e) => self.parked(&e.parkee, at, out),
            Event::ParkedCallTimeOut(e) => self.one(&e.parkee, at, out),
            Event::ParkedCallGiveUp(e) => self.one(&e.parkee, at, out),
            Event::UnParkedCall(e) => self.one(&e.parkee, at, out),
            Event::ConfbridgeJoin(e) => self.one(&e.chan, at, out),
            Event::ConfbridgeLeave(e) => self.one(&e.chan, at, out),
            Event::ConfbridgeMute(e) => self.one(&e.chan, at, out),
            Event::ConfbridgeUnmute(e) => self.one(&e.chan, at, out),
            Event::ConfbridgeRecord(e) => self.all_in(&e.bridge, out),
            Event::ConfbridgeStopRecord(e) => self.all_in(&e.bridge, out),
            Event::QueueCallerJoin(e) => {
                self.queue(e.queue, out);
                self.one(&e.chan, at, out);
            }
            Event::QueueCallerLeave(e) => self.one(&e.chan, at, out),
            Event::QueueCallerAbandon(e) => self.one(&e.chan, at, out),
            Event::AgentCalled(e) => {
                self.queue(e.queue, out);
                self.many([Some(&e.chan), Some(&e.dest)], at, out);
                if !is_local(e.dest.channel) {
                    self.agent(&endpoint_of(e.dest.channel), out);
                }
            }
            Event::AgentConnect(e) => self.many([Some(&e.chan), Some(&e.dest)], at, out),
            Event::AgentRingNoAnswer(e) => self.many([Some(&e.chan), e.dest.as_ref()], at, out),
            Event::QueueMemberAdded(e) => self.member(&e.member, out),
            Event::QueueMemberRemoved(e) => self.member(&e.member, out),
            Event::QueueMemberPause(e) => self.member(&e.member, out),
            Event::QueueMemberPenalty(e) => self.member(&e.member, out),
            Event::QueueMemberRinginuse(e) => self.member(&e.member, out),
            Event::QueueMemberStatus(e) => self.member(&e.member, out),
            Event::DeviceStateChange(e) => self.device(e.device, out),
            Event::PeerStatus(e) => self.device(e.peer, out),
            Event::ContactStatus(e) => self.device(&pjsip(contact_endpoint(e.endpoint_name, e.aor)), out),
            Event::Registry(e) => self.registry(e.channel_type, e.username, "", out),
            // list items, when a listing is compared
            Event::CoreShowChannel(e) => self.listed(&e.chan, at, out),
            Event::Status(e) => self.listed(&e.chan, at, out),
            Event::QueueMember(e) => self.member(&e.member, out),
            Event::QueueParams(e) => {
                let no = self.queue(e.queue, out);
                out.push(Delivery::Queue(no));
            }
            Event::QueueEntry(e) => {
                self.queue(e.queue, out);
                if let Some(call) = self.call_of_leg(e.uniqueid) {
                    out.push(Delivery::Call(call));
                }
            }
            Event::ContactList(e) => self.device(&pjsip(e.endpoint), out),
            Event::ContactStatusDetail(e) => {
                self.device(&pjsip(contact_endpoint(e.endpoint_name, e.aor)), out)
            }
            Event::EndpointList(e) => self.device(&pjsip(e.object_name), out),
            Event::PeerEntry(e) => {
                let tech = if e.channeltype.is_empty() { "SIP" } else { e.channeltype };
                self.device(&format!("{tech}/{}", e.object_name), out);
            }
            Event::OutboundRegistrationDetail(e) => {
                let name = if e.endpoint.is_empty() { e.object_name } else { e.endpoint };
                self.registry("PJSIP", e.client_uri, name, out);
            }
            Event::RegistryEntry(e) => self.registry("SIP", e.username, "", out),
            _ => {}
        }
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

    fn watch(&mut self, at: Micros) {
        if self.watching_since.is_none() {
            self.watching_since = Some(at.0 / 1_000_000);
        }
    }

    /// The call of a channel that an event shows: known, made up, or absorbed by an older one whose
    /// Linkedid the channel has now. `None` when the channel is gone.
    fn call(&mut self, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) -> Option<CallNo> {
        if let Some(leg) = self.legs.get(c.uniqueid) {
            if leg.linkedid == c.linkedid {
                return Some(leg.call);
            }
            return Some(self.relinked(c, at, out));
        }
        self.watch(at);
        if self.gone.has(c.uniqueid) {
            self.unrouted += 1;
            return None;
        }
        if let Some(made) = creation_second(c.uniqueid)
            && self.watching_since.is_some_and(|since| made > since)
        {
            let words = format!("{} ({}) was not announced by a Newchannel", c.channel, c.uniqueid);
            self.doubts.add(Missing::Newchannel, c.uniqueid, words, at);
        }
        let call = self.new_leg(c, at, out);
        self.introduce(c, out);
        Some(call)
    }

    /// A channel shows another Linkedid than before: Asterisk gives a channel only an older one.
    fn relinked(&mut self, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) -> CallNo {
        let Some(leg) = self.legs.get_mut(c.uniqueid) else { return CallNo(u32::MAX) };
        let mine = leg.call;
        if leg.ended || older(&leg.linkedid, c.linkedid) {
            return mine; // an event that was late shows the younger one
        }
        leg.linkedid = c.linkedid.into();
        let theirs = match self.by_linkedid.get(c.linkedid) {
            Some(&no) => no,
            None => self.start_call(c.linkedid, at, out),
        };
        if theirs != mine {
            self.absorb(mine, theirs, out);
        }
        theirs
    }

    fn start_call(&mut self, linkedid: &str, at: Micros, out: &mut Vec<Delivery>) -> CallNo {
        let call = CallAt {
            linkedids: SmallVec::from_elem(linkedid.into(), 1),
            legs: SmallVec::new(),
            live: 0,
            started: at,
        };
        let no = match self.free.pop() {
            Some(no) => {
                self.calls[no as usize] = Some(call);
                CallNo(no)
            }
            None => {
                self.calls.push(Some(call));
                CallNo((self.calls.len() - 1) as u32)
            }
        };
        self.live_calls += 1;
        self.by_linkedid.insert(linkedid.into(), no);
        out.push(Delivery::StartCall(no, linkedid.into()));
        no
    }

    fn new_leg(&mut self, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) -> CallNo {
        let call = match self.by_linkedid.get(c.linkedid) {
            Some(&no) => no,
            None => self.start_call(c.linkedid, at, out),
        };
        let leg = LegAt {
            call,
            linkedid: c.linkedid.into(),
            channel: c.channel.into(),
            bridge: None,
            bridge_at: Micros(i64::MIN),
            ended: false,
            parked: false,
            announced: false,
            dialed_by: None,
        };
        self.legs.insert(c.uniqueid.into(), leg);
        self.by_channel.insert(c.channel.into(), c.uniqueid.into());
        self.live_channels += 1;
        if let Some(at) = self.calls[call.0 as usize].as_mut() {
            at.legs.push(c.uniqueid.into());
            at.live += 1;
        }
        call
    }

    /// Who has a leg exists.
    fn introduce(&mut self, c: &Chan<'_>, out: &mut Vec<Delivery>) {
        if is_local(c.channel) {
            return;
        }
        let endpoint = endpoint_of(c.channel);
        if matches!(self.at(&endpoint), At::Nobody) && is_phone(&endpoint) {
            if self.settings.is_trunk(&endpoint) {
                self.trunk(&endpoint, out);
            } else if self.settings.is_agent(&endpoint) {
                self.agent(&endpoint, out);
            }
        }
    }

    fn agent(&mut self, endpoint: &str, out: &mut Vec<Delivery>) -> Option<AgentNo> {
        if self.trunks.get(endpoint).is_some() || self.settings.is_trunk(endpoint) {
            return None;
        }
        let (no, new) = self.agents.get_or_add(endpoint);
        if new {
            out.push(Delivery::StartAgent(AgentNo(no), endpoint.into()));
            self.retell(endpoint, out);
        }
        Some(AgentNo(no))
    }

    fn trunk(&mut self, endpoint: &str, out: &mut Vec<Delivery>) -> TrunkNo {
        let (no, new) = self.trunks.get_or_add(endpoint);
        if new {
            out.push(Delivery::StartTrunk(TrunkNo(no), endpoint.into()));
            self.retell(endpoint, out);
        }
        TrunkNo(no)
    }

    /// Somebody new listens: calls with legs there tell again.
    fn retell(&self, endpoint: &str, out: &mut Vec<Delivery>) {
        let mut told: SmallVec<[CallNo; 4]> = SmallVec::new();
        for leg in self.legs.values() {
            if !leg.ended && !told.contains(&leg.call) && endpoint_of(&leg.channel) == endpoint {
                told.push(leg.call);
                out.push(Delivery::Retell(leg.call, endpoint.into()));
            }
        }
    }

    fn one(&mut self, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) {
        if let Some(call) = self.call(c, at, out) {
            out.push(Delivery::Call(call));
        }
    }

    /// An event of several channels goes once to each of their calls.
    fn many<const N: usize>(&mut self, chans: [Option<&Chan<'_>>; N], at: Micros, out: &mut Vec<Delivery>) {
        for c in chans.iter().flatten() {
            self.call(c, at, out);
        }
        let mut calls: SmallVec<[CallNo; 2]> = SmallVec::new();
        // asked again: the second may have absorbed the call of the first
        for c in chans.into_iter().flatten() {
            if let Some(call) = self.call_of_leg(c.uniqueid)
                && !calls.contains(&call)
            {
                calls.push(call);
                out.push(Delivery::Call(call));
            }
        }
    }

    /// A listed channel: like an event of it, but surprises nobody.
    fn listed(&mut self, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) {
        if INTERNAL.iter().any(|tech| c.channel.starts_with(tech)) {
            return; // announcers and recorders of conferences have no events of their own
        }
        if !self.legs.contains_key(c.uniqueid) && !self.gone.has(c.uniqueid) {
            let call = self.new_leg(c, at, out);
            self.introduce(c, out);
            out.push(Delivery::Call(call));
            return;
        }
        self.one(c, at, out);
    }

    fn hangup(&mut self, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) {
        if self.legs.get(c.uniqueid).is_some_and(|l| l.ended) || self.gone.has(c.uniqueid) {
            self.late(c.uniqueid, c.channel, "Hangup", out);
            return;
        }
        let Some(call) = self.call(c, at, out) else { return };
        let Some(leg) = self.legs.get(c.uniqueid) else { return };
        if let Some(bridge) = &leg.bridge {
            let words = format!("{} hung up in bridge {bridge} without leaving it", leg.channel);
            self.doubts.add(Missing::BridgeLeave, c.uniqueid, words, at);
        }
        if leg.dialed_by.is_some() {
            let words = format!("{} hung up while it was dialled: no DialEnd", leg.channel);
            self.doubts.add(Missing::DialEnd, c.uniqueid, words, at);
        }
        out.push(Delivery::Call(call));
        self.hung_up(c.uniqueid, out);
    }

    /// An event of a channel whose Hangup was seen.
    fn late(&mut self, uniqueid: &str, channel: &str, event: &str, out: &mut Vec<Delivery>) {
        self.unrouted += 1;
        let words = format!("{event} of {channel} ({uniqueid}) after its Hangup");
        out.push(Delivery::Violation(self.call_of_leg(uniqueid), words.into()));
    }

    fn hung_up(&mut self, uniqueid: &str, out: &mut Vec<Delivery>) {
        let Some(leg) = self.legs.get_mut(uniqueid) else { return };
        if leg.ended {
            return;
        }
        leg.ended = true;
        leg.dialed_by = None;
        let call = leg.call;
        let channel = leg.channel.clone();
        if let Some(bridge) = leg.bridge.take() {
            self.others_in(&bridge, uniqueid, call, out);
            if let Some(b) = self.bridges.get_mut(&bridge) {
                b.legs.retain(|id| id != uniqueid);
            }
        }
        self.live_channels -= 1;
        if self.by_channel.get(&channel).is_some_and(|id| id == uniqueid) {
            self.by_channel.remove(&channel);
        }
        let Some(state) = self.calls[call.0 as usize].as_mut() else { return };
        state.live -= 1;
        if state.live == 0 {
            out.push(Delivery::Over(call));
            self.forget(call, true);
        }
    }

    fn forget(&mut self, no: CallNo, remember: bool) {
        let Some(call) = self.calls[no.0 as usize].take() else { return };
        for id in call.legs {
            self.legs.remove(&id);
            if remember {
                self.gone.add(id);
            }
        }
        for linkedid in call.linkedids {
            if self.by_linkedid.get(&linkedid) == Some(&no) {
                self.by_linkedid.remove(&linkedid);
            }
        }
        self.free.push(no.0);
        self.live_calls -= 1;
    }

    /// Makes one call of two: the older survives.
    fn merge(&mut self, a: CallNo, b: CallNo, out: &mut Vec<Delivery>) -> CallNo {
        let first_is_older = match (self.calls[a.0 as usize].as_ref(), self.calls[b.0 as usize].as_ref()) {
            (Some(x), Some(y)) => {
                let (l, r) = (&x.linkedids[0], &y.linkedids[0]);
                match (creation_second(l), creation_second(r)) {
                    (Some(_), Some(_)) => older(l, r),
                    _ => x.started <= y.started, // ids given by an Originate say nothing of age
                }
            }
            (Some(_), None) => true,
            _ => false,
        };
        let (from, into) = if first_is_older { (b, a) } else { (a, b) };
        self.absorb(from, into, out);
        into
    }

    fn absorb(&mut self, from: CallNo, into: CallNo, out: &mut Vec<Delivery>) {
        let Some(gone) = self.calls[from.0 as usize].take() else { return };
        for id in &gone.legs {
            if let Some(leg) = self.legs.get_mut(id) {
                leg.call = into;
            }
        }
        for linkedid in &gone.linkedids {
            self.by_linkedid.insert(linkedid.clone(), into);
        }
        if let Some(call) = self.calls[into.0 as usize].as_mut() {
            call.legs.extend(gone.legs);
            call.live += gone.live;
            call.linkedids.extend(gone.linkedids);
        }
        self.free.push(from.0);
        self.live_calls -= 1;
        out.push(Delivery::Absorb { from, into });
    }

    fn bridge_known(&mut self, id: &str) -> &mut BridgeAt {
        if self.bridges.len() >= MAX_BRIDGES {
            self.bridges.retain(|_, b| !b.legs.is_empty());
        }
        self.bridges.entry(id.into()).or_default()
    }

    fn bridge_enter(
        &mut self,
        bridge: &Bridge<'_>,
        c: &Chan<'_>,
        swap: &str,
        at: Micros,
        out: &mut Vec<Delivery>,
    ) {
        self.watch(at);
        let known = self.bridges.contains_key(bridge.uniqueid);
        let first = bridge.kind == "basic" && bridge.num_channels == Some(1) && swap.is_empty();
        let Some(mut call) = self.call(c, at, out) else { return };
        if !known && first && self.legs.get(c.uniqueid).is_some_and(|l| l.announced) {
            let words = format!("bridge {} was not announced by a BridgeCreate", bridge.uniqueid);
            self.doubts.add(Missing::BridgeCreate, bridge.uniqueid, words, at);
        }
        let Some(leg) = self.legs.get_mut(c.uniqueid) else { return };
        if leg.ended || at < leg.bridge_at {
            return;
        }
        leg.bridge_at = at;
        if bridge.kind == "parking" && !leg.parked {
            let words = format!("{} entered parking lot {} without a ParkedCall", leg.channel, bridge.name);
            self.doubts.add(Missing::ParkedCall, c.uniqueid, words, at);
        }
        if let Some(before) = leg.bridge.replace(bridge.uniqueid.into())
            && before != bridge.uniqueid
        {
            let words =
                format!("{} entered bridge {} without leaving {before}", leg.channel, bridge.uniqueid);
            out.push(Delivery::Violation(Some(call), words.into()));
            self.others_in(&before, c.uniqueid, call, out);
            if let Some(b) = self.bridges.get_mut(&before) {
                b.legs.retain(|id| id != c.uniqueid);
            }
        }
        let here = self.bridge_known(bridge.uniqueid);
        if !here.legs.iter().any(|id| id == c.uniqueid) {
            here.legs.push(c.uniqueid.into());
        }
        let here = here.legs.clone();
        if bridge.kind == "basic" {
            // Asterisk gives all channels of a basic bridge the oldest Linkedid among them
            for id in &here {
                if let Some(other) = self.call_of_leg(id)
                    && other != call
                {
                    call = self.merge(call, other, out);
                }
            }
        }
        out.push(Delivery::Call(call));
        self.others_in(bridge.uniqueid, c.uniqueid, call, out);
        let guests: Vec<Guest> = here
            .iter()
            .filter_map(|id| self.legs.get(id).map(|l| (id, l)))
            .filter(|(_, l)| l.call != call)
            .map(|(id, l)| Guest {
                uniqueid: id.clone(),
                channel: l.channel.clone(),
                linkedid: l.linkedid.clone(),
            })
            .collect();
        if !guests.is_empty() {
            let guests = Guests { bridge: bridge.uniqueid.into(), at, guests };
            out.push(Delivery::Guests(call, Box::new(guests)));
        }
    }

    fn bridge_leave(&mut self, bridge: &Bridge<'_>, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) {
        self.doubts.came(Missing::BridgeLeave, c.uniqueid);
        let Some(call) = self.call(c, at, out) else { return };
        out.push(Delivery::Call(call));
        let Some(leg) = self.legs.get_mut(c.uniqueid) else { return };
        if at < leg.bridge_at {
            return;
        }
        leg.bridge_at = at;
        if bridge.kind == "parking" {
            leg.parked = false;
        }
        if leg.bridge.as_ref().is_some_and(|b| b == bridge.uniqueid) {
            leg.bridge = None;
            self.others_in(bridge.uniqueid, c.uniqueid, call, out);
            if let Some(b) = self.bridges.get_mut(bridge.uniqueid) {
                b.legs.retain(|id| id != c.uniqueid);
            }
        }
    }

    /// Other calls with a leg in that bridge see who enters and leaves.
    fn others_in(&self, bridge: &str, uniqueid: &str, call: CallNo, out: &mut Vec<Delivery>) {
        let Some(b) = self.bridges.get(bridge) else { return };
        let mut told: SmallVec<[CallNo; 4]> = SmallVec::new();
        for id in &b.legs {
            if id != uniqueid
                && let Some(other) = self.call_of_leg(id)
                && other != call
                && !told.contains(&other)
            {
                told.push(other);
                out.push(Delivery::Call(other));
            }
        }
    }

    fn all_in(&self, bridge: &Bridge<'_>, out: &mut Vec<Delivery>) {
        self.others_in(bridge.uniqueid, "", CallNo(u32::MAX), out);
    }

    fn parked(&mut self, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) {
        self.one(c, at, out);
        self.doubts.came(Missing::ParkedCall, c.uniqueid);
        if let Some(leg) = self.legs.get_mut(c.uniqueid) {
            leg.parked = true;
        }
    }

    /// A dial ended: for that leg, and (a pickup answers in another's place) for whom its caller dialled.
    fn dialed(&mut self, caller: Option<&Chan<'_>>, dest: &Chan<'_>) {
        let own = self.legs.get_mut(dest.uniqueid).is_some_and(|l| l.dialed_by.take().is_some());
        let Some(caller) = caller.filter(|_| !own) else { return };
        let Some(call) = self.legs.get(caller.uniqueid).map(|l| l.call) else { return };
        let Some(state) = self.calls[call.0 as usize].as_ref() else { return };
        for id in &state.legs {
            if let Some(leg) = self.legs.get_mut(id)
                && leg.dialed_by.as_ref().is_some_and(|by| by == caller.uniqueid)
            {
                leg.dialed_by = None;
            }
        }
    }

    fn member(&mut self, m: &asterisk::ami::event::Member<'_>, out: &mut Vec<Delivery>) {
        let queue = self.queue(m.queue, out);
        out.push(Delivery::Queue(queue));
        let station = self.station(m.interface, m.state_interface);
        if let Some(agent) = self.agent(&station, out) {
            out.push(Delivery::Agent(agent));
        }
    }

    /// The endpoint of a member: its state interface where that is a phone, its interface where that
    /// is one, else the phone that a Local interface names, else the interface itself (L23, L24).
    fn station(&mut self, interface: &str, state_interface: &str) -> Text {
        if is_phone(state_interface) {
            return state_interface.into();
        }
        if is_phone(interface) {
            return interface.into();
        }
        if let Some(known) = self.stations.get(interface) {
            return known.clone();
        }
        let name = interface.strip_prefix("Local/").and_then(|rest| rest.split('@').next()).unwrap_or("");
        for tech in ["PJSIP", "SIP"] {
            let endpoint = Text::from(format!("{tech}/{name}"));
            if self.agents.get(&endpoint).is_some() {
                self.stations.insert(interface.into(), endpoint.clone());
                return endpoint;
            }
        }
        interface.into()
    }

    /// Something of a phone or a trunk.
    fn device(&mut self, endpoint: &str, out: &mut Vec<Delivery>) {
        match self.at(endpoint) {
            At::Agent(no) => out.push(Delivery::Agent(no)),
            At::Trunk(no) => out.push(Delivery::Trunk(no)),
            At::Nobody if !is_phone(endpoint) => {}
            At::Nobody if self.settings.is_trunk(endpoint) => {
                let no = self.trunk(endpoint, out);
                out.push(Delivery::Trunk(no));
            }
            At::Nobody if self.settings.is_agent(endpoint) => {
                if let Some(no) = self.agent(endpoint, out) {
                    out.push(Delivery::Agent(no));
                }
            }
            At::Nobody => {}
        }
    }

    /// What registers elsewhere is a trunk: the endpoint that a listing names, or of its user's name.
    fn registry(&mut self, tech: &str, user: &str, endpoint: &str, out: &mut Vec<Delivery>) {
        let no = match self.registrations.get(user) {
            Some(&no) => no,
            None => {
                let name = if endpoint.is_empty() {
                    let user = user.split_once(':').map_or(user, |(_, rest)| rest);
                    user.split('@').next().unwrap_or(user)
                } else {
                    endpoint
                };
                if name.is_empty() {
                    return;
                }
                let tech = if tech.is_empty() { "SIP" } else { tech };
                let no = self.trunk(&format!("{tech}/{name}"), out);
                self.registrations.insert(user.into(), no);
                no
            }
        };
        out.push(Delivery::Trunk(no));
    }
}

/// Channels that Asterisk makes for itself: listed, but without events.
const INTERNAL: [&str; 6] = ["CBAnn/", "CBRec/", "Announcer/", "Recorder/", "Surrogate/", "Message/"];

/// What looks like `tech/name` but is nobody's phone.
const NOT_PHONES: [&str; 14] = [
    "Local",
    "CBAnn",
    "CBRec",
    "Announcer",
    "Recorder",
    "Surrogate",
    "Message",
    "AudioSocket",
    "Snoop",
    "UnicastRTP",
    "MulticastRTP",
    "WebSocket",
    "Bridge",
    "Agent",
];

/// Whether this names a device with a technology.
fn is_phone(endpoint: &str) -> bool {
    endpoint.split_once('/').is_some_and(|(tech, name)| {
        !name.is_empty()
            && !tech.is_empty()
            && tech.bytes().all(|b| b.is_ascii_alphanumeric())
            && !NOT_PHONES.contains(&tech)
    })
}

fn pjsip(name: &str) -> String {
    format!("PJSIP/{name}")
}

fn contact_endpoint<'a>(endpoint: &'a str, aor: &'a str) -> &'a str {
    if endpoint.is_empty() { aor } else { endpoint }
}

/// The second in which Asterisk made an id of its own.
fn creation_second(id: &str) -> Option<i64> {
    crate::keys::made(id).map(|(second, _)| second)
}
