//! All entities of one PBX, driven by messages.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use asterisk::ami::event::Head;
use asterisk::ami::{DecodeError, Decoder, Event, Frame, Kind, Limits, Message};
use bytes::BytesMut;

use super::restart::Boot;
use super::{known, report};
use crate::agent::AgentState;
use crate::call::record::CallRecord;
use crate::call::{CallState, ListedChannel};
use crate::fact::{Outbox, Tell, What};
use crate::keys::{CallKey, Epoch, Micros};
use crate::queue::QueueState;
use crate::router::{At, CallNo, Delivery, Table};
use crate::settings::Settings;
use crate::trunk::TrunkState;
use crate::view::Trust;

/// One PBX's floor.
#[derive(Debug)]
pub struct Floor {
    settings: Arc<Settings>,
    table: Table,
    pub(super) calls: Vec<Option<CallState>>,
    pub(super) agents: Vec<AgentState>,
    pub(super) queues: Vec<QueueState>,
    pub(super) trunks: Vec<TrunkState>,
    pub(super) history: Vec<CallRecord>,
    /// Those that are no call's end, which a report does not print.
    #[cfg(test)]
    pub(super) facts: Vec<crate::fact::Fact>,
    pub(super) violations: Vec<String>,
    pub(super) unknown: BTreeMap<String, u64>,
    pub(super) messages: u64,
    pub(super) peak_calls: usize,
    pub(super) peak_channels: usize,
    now: Option<Micros>,
    /// No agent changes by time alone before that.
    quiet_until: Micros,
    /// Events before that were read on an earlier connection.
    known_until: Option<Micros>,
    /// The PBX looks younger than it should: restarted, unless what follows is older still.
    restart_due: bool,
    boot: Boot,
    connections: u32,
    /// Bytes at the end of the last connection that are no whole message.
    left_over: usize,
    /// Events not counted, since an earlier connection had told of their time already.
    told_before: u64,
    /// Items of a list of channels, until it is whole.
    listing: Vec<Message>,
    listings: u8,
    deliveries: Vec<Delivery>,
    out: Outbox,
}

impl Floor {
    /// An empty floor.
    pub fn new(settings: Settings) -> Self {
        let settings = Arc::new(settings);
        Self {
            table: Table::new(settings.clone(), Epoch::default()),
            settings,
            calls: Vec::new(),
            agents: Vec::new(),
            queues: Vec::new(),
            trunks: Vec::new(),
            history: Vec::new(),
            #[cfg(test)]
            facts: Vec::new(),
            violations: Vec::new(),
            unknown: BTreeMap::new(),
            messages: 0,
            peak_calls: 0,
            peak_channels: 0,
            now: None,
            quiet_until: Micros(i64::MAX),
            known_until: None,
            restart_due: false,
            boot: Boot::default(),
            connections: 0,
            left_over: 0,
            told_before: 0,
            listing: Vec::new(),
            listings: 0,
            deliveries: Vec::new(),
            out: Outbox::default(),
        }
    }

    /// All that one connection brought, from its banner on. An error says where framing was lost; what
    /// came before it counts.
    pub fn connection(&mut self, bytes: &[u8]) -> Result<(), DecodeError> {
        self.connected();
        let mut decoder = Decoder::new(Limits::default());
        let mut buffer = BytesMut::from(bytes);
        while let Some(frame) = decoder.next(&mut buffer)? {
            match frame {
                Frame::Banner(_) => {}
                Frame::Message(message) => self.message(&message),
            }
        }
        if std::mem::take(&mut self.restart_due) {
            self.restarted();
        }
        self.left_over = buffer.len();
        Ok(())
    }

    /// Bytes at the end of the last connection that are no whole message: it was cut there, or its lines
    /// do not end as AMI's do.
    pub fn left_over(&self) -> usize {
        self.left_over
    }

    /// Events that were not counted, since an earlier connection had told of their time already: many of
    /// them say that the connections are not in order.
    pub fn told_before(&self) -> u64 {
        self.told_before
    }

    /// A connection begins.
    pub fn connected(&mut self) {
        self.connections += 1;
        self.listing.clear();
        self.listings = 0;
        self.known_until = self.now;
        self.table.connected();
    }

    /// One message.
    pub fn message(&mut self, message: &Message) {
        self.messages += 1;
        if std::mem::take(&mut self.restart_due) {
            let stamp = message.timestamp().and_then(Micros::parse);
            if stamp.is_none_or(|at| self.known_until.is_none_or(|known| at > known)) {
                self.restarted();
            }
        }
        match message.kind() {
            Kind::Event => match Event::read_with_head(message) {
                Ok((head, event)) => self.event(message, &head, &event),
                Err(shape) => self.violations.push(shape.to_string()),
            },
            Kind::Response => {
                if self.boot.answer(message) {
                    self.restarted();
                }
                self.now = self.now.max(message.timestamp().and_then(Micros::parse));
                if message.get("Events").is_some() {
                    self.table.connected(); // the mask was changed: what passed meanwhile is unknown
                }
            }
            Kind::Other => self.violations.push("a message that is neither a response nor an event".into()),
        }
    }

    fn event(&mut self, message: &Message, head: &Head<'_>, e: &Event<'_>) {
        if let Event::Other(other) = e
            && !known::is_known(other.name)
        {
            *self.unknown.entry(other.name.to_owned()).or_default() += 1;
        }
        let stamp = head.timestamp.and_then(Micros::parse);
        if let Some(at) = stamp {
            self.boot.instant(at);
        }
        if let Event::FullyBooted(e) = e {
            let last = (self.connections > 1).then_some(self.now).flatten();
            self.restart_due = self.boot.fully_booted(e.uptime, last);
        }
        // events of a connection are in order; a clock that was set back does not turn time back
        let at = stamp.or(self.now).unwrap_or_default();
        if stamp.is_some_and(|at| self.known_until.is_some_and(|known| at <= known)) {
            self.told_before += 1; // two connections at once
            return;
        }
        self.now = self.now.max(stamp);
        let item = head.action_id.is_some() && head.timestamp.is_none();
        match e {
            Event::Shutdown(_) => self.boot.shutdown(),
            Event::CoreShowChannel(_) => self.listing.push(message.clone()),
            Event::Other(o) if o.name == "CoreShowChannelsComplete" => self.channels_listed(message, at),
            _ if item => self.listed(e, at),
            _ => {
                self.tick(at);
                self.deliver(e, at);
            }
        }
        self.peak_calls = self.peak_calls.max(self.table.live_calls());
        self.peak_channels = self.peak_channels.max(self.table.live_channels());
    }

    pub(super) fn tick(&mut self, at: Micros) {
        if at < self.quiet_until {
            return;
        }
        self.quiet_until = Micros(i64::MAX);
        for agent in &mut self.agents {
            if agent.next_deadline().is_some_and(|until| until <= at) {
                agent.tick(at, &mut self.out);
                self.out.clear();
            }
            self.quiet_until = self.quiet_until.min(deadline(agent));
        }
    }

    pub(super) fn deliver(&mut self, e: &Event<'_>, at: Micros) {
        let mut deliveries = std::mem::take(&mut self.deliveries);
        self.table.route(e, at, &mut deliveries);
        for delivery in deliveries.drain(..) {
            self.carry_out(delivery, Some(e), false, at);
        }
        self.deliveries = deliveries;
    }

    /// An item of a list about queues, devices, contacts, registrations.
    fn listed(&mut self, e: &Event<'_>, at: Micros) {
        let about_calls = matches!(e, Event::ParkedCall(_) | Event::Status(_) | Event::QueueEntry(_));
        if about_calls {
            return;
        }
        let mut deliveries = std::mem::take(&mut self.deliveries);
        self.table.route(e, at, &mut deliveries);
        for delivery in deliveries.drain(..) {
            self.carry_out(delivery, Some(e), true, at);
        }
        self.deliveries = deliveries;
    }

    /// A whole list of channels: shows what began while nobody looked; what it misses twice is gone.
    fn channels_listed(&mut self, complete: &Message, at: Micros) {
        let items = std::mem::take(&mut self.listing);
        let count = complete.text("ListItems").and_then(|n| n.parse().ok());
        if count != Some(items.len()) || self.connections < 2 {
            return;
        }
        self.listings = (self.listings + 1).min(2);
        let mut ids = HashSet::new();
        for message in &items {
            let Ok(Event::CoreShowChannel(e)) = Event::read(message) else { continue };
            ids.insert(e.chan.uniqueid);
            let mut deliveries = Vec::new();
            self.table.route(&Event::CoreShowChannel(e), at, &mut deliveries);
            for delivery in deliveries {
                self.carry_out(delivery, Some(&Event::CoreShowChannel(e)), true, at);
            }
        }
        let missing: Vec<_> = self.table.missing(&ids).map(|(no, id)| (no, id.clone())).collect();
        for (no, id) in missing {
            let Some(Some(call)) = self.calls.get_mut(no.0 as usize) else { continue };
            let ended = call.not_listed(&id, self.listings, at, &mut self.out).is_some();
            self.flush(at);
            if ended {
                let mut deliveries = Vec::new();
                self.table.end_leg(&id, &mut deliveries);
                for delivery in deliveries {
                    self.carry_out(delivery, None, false, at);
                }
            }
        }
    }

    fn restarted(&mut self) {
        self.known_until = None;
        let last = self.now.unwrap_or_default();
        let epoch = Epoch(self.table.epoch().0 + 1);
        for no in self.table.restarted(epoch) {
            if let Some(Some(call)) = self.calls.get_mut(no.0 as usize) {
                call.ended_by_restart(last, &mut self.out);
                self.flush(last);
                self.calls[no.0 as usize] = None;
            }
        }
        for agent in &mut self.agents {
            agent.forget_legs(last, &mut self.out);
        }
        for queue in &mut self.queues {
            queue.forget_callers(&mut self.out);
        }
        for trunk in &mut self.trunks {
            trunk.forget_legs(&mut self.out);
        }
        self.out.clear();
    }

    fn carry_out(&mut self, delivery: Delivery, e: Option<&Event<'_>>, listed: bool, at: Micros) {
        match delivery {
            Delivery::StartCall(no, linkedid) => {
                let key = CallKey { pbx: self.settings.pbx.clone(), epoch: self.table.epoch(), linkedid };
                let call = CallState::new(self.settings.clone(), key, at);
                let place = no.0 as usize;
                if self.calls.len() <= place {
                    self.calls.resize_with(place + 1, || None);
                }
                self.calls[place] = Some(call);
            }
            Delivery::Call(no) => {
                if let (Some(call), Some(e)) = (self.call(no), e) {
                    let mut out = Outbox::default();
                    match e {
                        Event::CoreShowChannel(e) => {
                            call.listed(&ListedChannel::shown(e, ""), false, at, &mut out);
                        }
                        _ => call.event(e, at, &mut out),
                    }
                    self.out = out;
                }
            }
            // nobody walks a flow in a capture
            Delivery::Walker(..) => {}
            Delivery::Guests(no, guests) => {
                let mut out = Outbox::default();
                if let Some(call) = self.call(no) {
                    call.guests(&guests, &mut out);
                }
                self.out = out;
            }
            Delivery::Absorb { from, into } => {
                let younger = self.calls.get_mut(from.0 as usize).and_then(Option::take);
                let mut out = Outbox::default();
                if let (Some(call), Some(younger)) = (self.call(into), younger) {
                    call.absorb(younger, at, &mut out);
                }
                self.out = out;
            }
            Delivery::Over(no) => {
                if let Some(place) = self.calls.get_mut(no.0 as usize) {
                    *place = None;
                }
            }
            Delivery::StartAgent(_, endpoint) => {
                self.agents.push(AgentState::new(self.settings.clone(), endpoint, at));
            }
            Delivery::Agent(no) => {
                if let (Some(agent), Some(e)) = (self.agents.get_mut(no.0 as usize), e) {
                    if listed {
                        agent.listed(e, at, &mut self.out);
                    } else {
                        agent.event(e, at, &mut self.out);
                    }
                    self.quiet_until = self.quiet_until.min(deadline(agent));
                }
            }
            Delivery::StartQueue(_, name) => {
                self.queues.push(QueueState::new(self.settings.clone(), name, at))
            }
            Delivery::Queue(no) => {
                if let (Some(queue), Some(e)) = (self.queues.get_mut(no.0 as usize), e) {
                    if listed {
                        queue.listed(e, at, &mut self.out);
                    } else {
                        queue.event(e, at, &mut self.out);
                    }
                }
            }
            Delivery::StartTrunk(_, endpoint) => {
                self.trunks.push(TrunkState::new(self.settings.clone(), endpoint));
            }
            Delivery::Trunk(no) => {
                if let (Some(trunk), Some(e)) = (self.trunks.get_mut(no.0 as usize), e) {
                    if listed {
                        trunk.listed(e, at, &mut self.out);
                    } else {
                        trunk.event(e, at, &mut self.out);
                    }
                }
            }
            Delivery::Retell(no, endpoint) => {
                let mut out = Outbox::default();
                if let Some(call) = self.call(no) {
                    call.retell(Some(&endpoint), at, &mut out);
                }
                self.out = out;
            }
            Delivery::Violation(no, words) => {
                if let Some(call) = no.and_then(|no| self.call(no)) {
                    call.distrust(Trust::Unconfirmed, &mut Outbox::default());
                }
                self.violations.push(words.into());
            }
        }
        self.flush(at);
    }

    fn call(&mut self, no: CallNo) -> Option<&mut CallState> {
        self.calls.get_mut(no.0 as usize)?.as_mut()
    }

    /// Passes on what an input made.
    fn flush(&mut self, at: Micros) {
        let mut out = std::mem::take(&mut self.out);
        for tell in out.tells.drain(..) {
            match tell {
                Tell::Endpoint(endpoint, news) => match self.table.at(&endpoint) {
                    At::Agent(no) => {
                        if let Some(agent) = self.agents.get_mut(no.0 as usize) {
                            agent.leg(&Arc::new(news), at, &mut self.out);
                            self.quiet_until = self.quiet_until.min(deadline(agent));
                        }
                    }
                    At::Trunk(no) => {
                        if let Some(trunk) = self.trunks.get_mut(no.0 as usize) {
                            trunk.leg(&news, &mut self.out);
                        }
                    }
                    At::Nobody => {}
                },
                Tell::Queue(name, news) => {
                    let mut deliveries = Vec::new();
                    let no = self.table.queue(&name, &mut deliveries);
                    for _ in deliveries {
                        self.queues.push(QueueState::new(self.settings.clone(), name.clone(), at));
                    }
                    if let Some(queue) = self.queues.get_mut(no.0 as usize) {
                        queue.caller(&news, &mut self.out);
                    }
                }
            }
        }
        for fact in out.facts.drain(..) {
            match fact.what {
                What::CallEnded(_, record) => self.history.push(Arc::unwrap_or_clone(record)),
                #[cfg(test)]
                _ => self.facts.push(fact),
                #[cfg(not(test))]
                _ => {}
            }
        }
        out.clear();
        self.out.clear();
    }

    /// Live calls.
    pub fn live(&self) -> impl Iterator<Item = &CallState> {
        self.calls.iter().flatten()
    }

    /// Where the clock stands: the last `Timestamp`.
    pub(super) fn now(&self) -> Micros {
        self.now.unwrap_or_default()
    }

    /// Agents that are known.
    pub fn agents(&self) -> &[AgentState] {
        &self.agents
    }

    /// Queues that are known.
    pub fn queues(&self) -> &[QueueState] {
        &self.queues
    }

    /// Trunks that are known.
    pub fn trunks(&self) -> &[TrunkState] {
        &self.trunks
    }

    /// Guarantees that were broken, those among them for which the stream ended too early.
    pub(super) fn violations(&self) -> Vec<String> {
        self.violations.iter().cloned().chain(self.table.doubts().map(str::to_owned)).collect()
    }

    /// All of it.
    pub fn report(&self) -> report::Report {
        report::of(self)
    }

    /// What must hold after every message, whatever came.
    #[cfg(test)]
    pub(super) fn check(&self) {
        let legs: usize = self.live().map(CallState::live_legs).sum();
        assert_eq!(legs, self.table.live_channels(), "table and calls disagree on channels");
        assert_eq!(self.live().count(), self.table.live_calls(), "table and calls disagree on calls");
        for call in self.live() {
            assert!(!call.is_over(), "{} is over and listed as live", call.id());
            let record = call.record(self.now());
            assert!(
                record.talks.iter().all(|t| t.seconds >= 0.0),
                "{}: a talk of negative length",
                call.id()
            );
            assert!(record.legs.iter().all(|l| l.ended.is_none_or(|end| end >= l.started)), "{}", call.id());
            for id in call.live_uniqueids() {
                let no = self.table.call_of_leg(id).expect("a live leg has a call");
                let holder = self.call_ref(no).expect("a call that lives");
                assert_eq!(holder.key(), call.key(), "leg {id} is in two calls");
            }
        }
    }

    #[cfg(test)]
    fn call_ref(&self, no: CallNo) -> Option<&CallState> {
        self.calls.get(no.0 as usize)?.as_ref()
    }
}

/// When that agent must be looked at again; never, where nothing runs.
fn deadline(agent: &AgentState) -> Micros {
    agent.next_deadline().unwrap_or(Micros(i64::MAX))
}
