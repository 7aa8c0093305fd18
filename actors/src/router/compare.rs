//! Comparing with what the PBX lists: each item to whom it concerns, and to everyone what is missing.
//!
//! An item is routed like an event, so that what was not known is started on the way; then the
//! entity itself compares. All hold a hand on one tally, which answers the link when the last lets
//! go. An absent part of a listing proves nothing (F22).

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use actix::Recipient;
use ahash::AHashMap;
use asterisk::ami::{Event, Message as Frame};

use super::actor::arrange;
use super::table::Delivery;
use crate::agent::actor::AgentInput;
use crate::call::actor::{CallInput, ListedFrame};
use crate::keys::Micros;
use crate::ports::{Compared, Listing, Probe, QueueProbe};
use crate::queue::actor::QueueInput;
use crate::registry::Shard;
use crate::shell::{Tallied, Tally};
use crate::trunk::actor::TrunkInput;
use crate::view::{Said, Text};

/// What an item reached.
#[derive(Default)]
struct Reached {
    agents: Vec<u32>,
    trunks: Vec<u32>,
}

struct Comparing<'a> {
    shard: &'a Rc<Shard>,
    round: u8,
    asked_at: Micros,
    after_gap: bool,
    tally: Arc<Tally>,
}

/// Compares everything.
pub(super) fn listing(shard: &Rc<Shard>, listing: &Listing, router: &Recipient<Tallied>) {
    shard.take_back_set_aside();
    let count = |items: &Option<Vec<Frame>>| items.as_ref().map_or(0, Vec::len) as u32;
    let compared = Compared {
        round: listing.round,
        channels: count(&listing.channels).max(count(&listing.status)),
        queue_entries: count(&listing.queues),
        devices: count(&listing.devices) + count(&listing.contacts) + count(&listing.registrations),
        ..Compared::default()
    };
    let comparing = Comparing {
        shard,
        round: listing.round,
        asked_at: listing.asked_at,
        after_gap: listing.after_gap,
        tally: Arc::new(Tally::new(router.clone(), compared, false)),
    };
    comparing.channels(listing);
    for items in [&listing.endpoints, &listing.contacts, &listing.devices].into_iter().flatten() {
        comparing.items(items);
    }
    if let Some(items) = &listing.registrations {
        comparing.registrations(items);
    }
    if let Some(items) = &listing.queues {
        comparing.queues(items, None);
    }
    if let Some(items) = &listing.parked {
        comparing.as_told(items, "ParkedCall");
    }
    if let Some(items) = &listing.conferences {
        comparing.as_told(items, "ConfbridgeList");
    }
}

/// Compares one channel.
pub(super) fn probe(shard: &Rc<Shard>, probe: &Probe, router: &Recipient<Tallied>) {
    let tally = Arc::new(Tally::new(router.clone(), Compared::default(), true));
    let comparing = Comparing { shard, round: 2, asked_at: probe.asked_at, after_gap: false, tally };
    let mut shown = false;
    if let Some(frame) = &probe.status {
        let Ok(Event::Status(status)) = Event::read(frame) else {
            // an answer that cannot be read proves nothing, least of all that the channel is gone
            return;
        };
        shown = status.chan.uniqueid == probe.uniqueid;
        comparing.item(frame, "");
    }
    let call = shard.table.borrow().call_of_leg(&probe.uniqueid);
    let Some(no) = call else { return };
    if shown {
        shard.send(&shard.calls, no.0, CallInput::Confirmed);
    } else {
        // one channel was asked for by name: that it is not there needs no second look
        comparing.missing(no.0, &probe.uniqueid, 1);
        comparing.missing(no.0, &probe.uniqueid, 2);
    }
}

/// Compares one queue.
pub(super) fn queue(shard: &Rc<Shard>, probe: &QueueProbe, router: &Recipient<Tallied>) {
    let tally = Arc::new(Tally::new(router.clone(), Compared::default(), true));
    let comparing = Comparing { shard, round: 2, asked_at: probe.asked_at, after_gap: false, tally };
    comparing.queues(&probe.items, Some(&probe.queue));
}

impl Comparing<'_> {
    /// Routes one item and hands it over.
    fn item(&self, frame: &Frame, bridge: &str) -> Reached {
        let mut reached = Reached::default();
        let Ok(event) = Event::read(frame) else {
            self.tally.differs(Said::new(
                "list_item_malformed",
                [],
                "a list item has not the shape it must have",
            ));
            self.tally.look_again();
            return reached;
        };
        let Self { shard, asked_at, after_gap, .. } = *self;
        let mut deliveries = Vec::new();
        shard.table.borrow_mut().route(&event, asked_at, &mut deliveries);
        for delivery in deliveries {
            let (frame, tally) = (frame.clone(), self.tally.clone());
            match delivery {
                Delivery::Call(no) => {
                    let item = ListedFrame { frame, bridge: bridge.into(), asked_at, after_gap, tally };
                    shard.send(&shard.calls, no.0, CallInput::Listed(Box::new(item)));
                }
                Delivery::Agent(no) => {
                    reached.agents.push(no.0);
                    shard.send(&shard.agents, no.0, AgentInput::Listed { frame, asked_at, tally });
                }
                Delivery::Queue(no) => {
                    shard.send(&shard.queues, no.0, QueueInput::Listed { frame, asked_at, tally });
                }
                Delivery::Trunk(no) => {
                    reached.trunks.push(no.0);
                    shard.send(&shard.trunks, no.0, TrunkInput::Listed { frame, asked_at, tally });
                }
                other => arrange(shard, &other, asked_at),
            }
        }
        reached
    }

    fn items(&self, items: &[Frame]) {
        for frame in items {
            self.item(frame, "");
        }
    }

    fn channels(&self, listing: &Listing) {
        let mut bridges: AHashMap<&str, &str> = AHashMap::new();
        for (bridge, frames) in listing.bridges.iter().flatten() {
            for frame in frames {
                if let Ok(Event::BridgeInfoChannel(item)) = Event::read(frame) {
                    bridges.insert(item.chan.uniqueid, bridge);
                }
            }
        }
        let mut listed: HashSet<&str> = HashSet::new();
        let mut whole = true;
        for frame in listing.channels.iter().chain(&listing.status).flatten() {
            let uniqueid = match Event::read(frame) {
                Ok(Event::CoreShowChannel(item)) => item.chan.uniqueid,
                Ok(Event::Status(item)) => item.chan.uniqueid,
                _ => {
                    whole = false;
                    continue;
                }
            };
            listed.insert(uniqueid);
            self.item(frame, bridges.get(uniqueid).copied().unwrap_or_default());
        }
        if !whole || (listing.channels.is_none() && listing.status.is_none()) {
            return; // it proves nothing about what it does not show
        }
        let missing: Vec<(u32, Text)> =
            self.shard.table.borrow().missing(&listed).map(|(no, id)| (no.0, id.clone())).collect();
        for (no, uniqueid) in missing {
            self.missing(no, &uniqueid, self.round);
        }
    }

    fn missing(&self, no: u32, uniqueid: &str, round: u8) {
        let input = CallInput::NotListed {
            uniqueid: uniqueid.into(),
            round,
            asked_at: self.asked_at,
            tally: self.tally.clone(),
        };
        self.shard.send(&self.shard.calls, no, input);
    }

    fn registrations(&self, items: &[Frame]) {
        let mut registering = Vec::new();
        for frame in items {
            registering.extend(self.item(frame, "").trunks);
        }
        let all: Vec<u32> = self.shard.trunks.borrow().iter().map(|(no, _)| no).collect();
        for no in all.into_iter().filter(|no| !registering.contains(no)) {
            self.shard.send(&self.shard.trunks, no, TrunkInput::NotRegistering(self.asked_at));
        }
    }

    /// All queues, or all of one.
    fn queues(&self, items: &[Frame], only: Option<&str>) {
        let mut queues: AHashMap<Text, (Vec<Text>, Vec<Text>)> = AHashMap::new();
        if let Some(only) = only {
            queues.insert(only.into(), Default::default());
        }
        let mut agents: AHashMap<u32, Vec<(Text, Text)>> = AHashMap::new();
        for frame in items {
            let reached = self.item(frame, "");
            match Event::read(frame) {
                Ok(Event::QueueParams(item)) => {
                    queues.entry(item.queue.into()).or_default();
                }
                Ok(Event::QueueMember(item)) => {
                    let (queue, interface) = (item.member.queue, item.member.interface);
                    queues.entry(queue.into()).or_default().0.push(interface.into());
                    for no in reached.agents {
                        agents.entry(no).or_default().push((queue.into(), interface.into()));
                    }
                }
                Ok(Event::QueueEntry(item)) => {
                    queues.entry(item.queue.into()).or_default().1.push(item.uniqueid.into());
                }
                _ => {}
            }
        }
        let shard = self.shard;
        let known: Vec<(u32, Text)> = {
            let table = shard.table.borrow();
            let name = |no: u32| table.queue_name(super::table::QueueNo(no)).cloned();
            shard.queues.borrow().iter().filter_map(|(no, _)| Some((no, name(no)?))).collect()
        };
        for (no, name) in known {
            if only.is_some_and(|only| only != name) {
                continue;
            }
            let (members, callers) = queues.remove(&name).unwrap_or_default();
            let (round, asked_at, tally) = (self.round, self.asked_at, self.tally.clone());
            shard.send(&shard.queues, no, QueueInput::Whole { members, callers, round, asked_at, tally });
        }
        let concerned: Vec<u32> = match only {
            Some(queue) => shard.table.borrow().members_ever(queue).collect(),
            None => shard.agents.borrow().iter().map(|(no, _)| no).collect(),
        };
        for no in concerned {
            let input = AgentInput::Memberships {
                listed: agents.remove(&no).unwrap_or_default(),
                queue: only.map(Text::from),
                round: self.round,
                asked_at: self.asked_at,
                tally: self.tally.clone(),
            };
            shard.send(&shard.agents, no, input);
        }
    }

    /// A parked call or a conference's member as listed is as good as an event: the same headers.
    fn as_told(&self, items: &[Frame], name: &'static str) {
        for frame in items {
            let Ok(event) = Event::read(frame) else { continue };
            let mut deliveries = Vec::new();
            self.shard.table.borrow_mut().route(&event, self.asked_at, &mut deliveries);
            for delivery in deliveries {
                if let Delivery::Call(no) = delivery {
                    let input = CallInput::Event { event: frame.clone().into(), name, at: self.asked_at };
                    self.shard.send(&self.shard.calls, no.0, input);
                } else {
                    arrange(self.shard, &delivery, self.asked_at);
                }
            }
        }
    }
}
