//! The router of one PBX: reads its link, hands each event to whom it concerns, lets them work.
//!
//! It reads in chunks and yields after each, so that what it sent is worked on before it sends
//! more. What it has in hand stands outside the actor: after a fault it is tried once more, from
//! where the sending stopped, then skipped.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use actix::prelude::*;
use asterisk::ami::Event;
use asterisk::ami::event::SharedEvent;

use super::compare;
use super::table::Delivery;
use crate::agent::actor::AgentInput;
use crate::call::actor::CallInput;
use crate::keys::{Epoch, Micros};
use crate::ports::{AskLink, Feed, FeedItem, LinkChange, Unheard};
use crate::queue::actor::QueueInput;
use crate::registry::{Shard, add, walks};
use crate::shell::Tallied;
#[cfg(any(test, feature = "fault-injection"))]
use crate::supervision::Reason;
use crate::supervision::{Kind, Meta, Node, Spec, start};
use crate::trunk::actor::TrunkInput;
use crate::view::{Said, Trust};

/// Items read before others may work.
const CHUNK: usize = 64;
/// After an `Originate` failed.
const ITS_END_FIRST: Duration = Duration::from_millis(300);
/// How often rows that nobody waits for are shown.
const SOON: Duration = Duration::from_millis(20);

/// What the router has in hand, kept outside the actor.
#[derive(Default)]
struct Desk {
    item: Option<FeedItem>,
    name: &'static str,
    at: Micros,
    attempts: u8,
    routed: bool,
    deliveries: Vec<Delivery>,
    sent: usize,
}

impl Desk {
    fn put(&mut self, item: FeedItem) {
        self.item = Some(item);
        self.attempts = 1;
        self.clear();
    }

    fn clear(&mut self) {
        self.routed = false;
        self.deliveries.clear();
        self.sent = 0;
    }
}

#[derive(Clone)]
struct Lasting {
    meta: Arc<Meta>,
    shard: Rc<Shard>,
    feed: Rc<RefCell<dyn Feed>>,
    desk: Rc<RefCell<Desk>>,
    me: Recipient<Tallied>,
}

/// See the module.
pub struct RouterActor {
    lasting: Lasting,
}

impl RouterActor {
    /// Starts it on this arbiter.
    pub fn start(
        node: &Arc<Node>,
        shard: &Rc<Shard>,
        feed: Rc<RefCell<dyn Feed>>,
    ) -> (Addr<Self>, Arc<Meta>) {
        let name = compact_str::format_compact!("router/{}", shard.settings.pbx);
        let shard = shard.clone();
        start(node, Spec::permanent(Kind::Router, name), |ctx, meta| Self {
            lasting: Lasting {
                meta: meta.clone(),
                shard,
                feed,
                desk: Rc::default(),
                me: ctx.address().recipient(),
            },
        })
    }

    /// Works on what is in hand.
    fn work(&self, ctx: &mut Context<Self>) -> bool {
        let Lasting { meta, shard, desk, me, .. } = &self.lasting;
        let mut desk = desk.borrow_mut();
        let desk = &mut *desk;
        match &desk.item {
            None => return true,
            Some(FeedItem::Event(event)) => {
                if !desk.routed
                    && !route(shard, meta, event, &mut desk.name, &mut desk.at, &mut desk.deliveries)
                {
                    desk.item = None;
                    return true;
                }
                desk.routed = true;
            }
            Some(FeedItem::Unheard(_)) => meta.handling("unheard"),
            Some(FeedItem::Link(_)) => meta.handling("link"),
            Some(FeedItem::Listing(_)) => meta.handling("listing"),
            Some(FeedItem::Abilities(_)) => meta.handling("abilities"),
            Some(FeedItem::Probe(_)) => meta.handling("probe"),
            Some(FeedItem::Queue(_)) => meta.handling("queue probe"),
        }
        #[cfg(any(test, feature = "fault-injection"))]
        if !survives_fault_point(meta, ctx) {
            return false;
        }
        #[cfg(not(any(test, feature = "fault-injection")))]
        let _ = ctx;
        match &desk.item {
            Some(FeedItem::Event(event)) => {
                while let Some(delivery) = desk.deliveries.get(desk.sent) {
                    deliver(shard, delivery, event, desk.name, desk.at);
                    desk.sent += 1;
                }
            }
            Some(FeedItem::Unheard(unheard)) => left_out(shard, *unheard),
            Some(FeedItem::Link(change)) => link_changed(shard, change),
            Some(FeedItem::Listing(listing)) => compare::listing(shard, listing, me),
            Some(FeedItem::Abilities(lacks)) => shard.desk.set_abilities((**lacks).clone()),
            Some(FeedItem::Probe(probe)) => compare::probe(shard, probe, me),
            Some(FeedItem::Queue(queue)) => compare::queue(shard, queue, me),
            None => {}
        }
        desk.item = None;
        desk.clear();
        true
    }

    /// After a fault: what was in hand is tried once more, then skipped. When it is skipped, or when
    /// the fault may have struck in the middle of a change of the table, the link is asked to compare.
    fn resume(&self) {
        let Lasting { meta, shard, desk, .. } = &self.lasting;
        let mut desk = desk.borrow_mut();
        if meta.restarts() == 0 || desk.item.is_none() {
            return;
        }
        desk.attempts += 1;
        let doubtful = !desk.routed && matches!(desk.item, Some(FeedItem::Event(_)));
        if desk.attempts > 2 {
            log::error!("actor={} skipped {} after it failed twice", meta.name(), desk.name);
            add(&shard.counters.skipped);
            desk.item = None;
            desk.clear();
        } else if !doubtful {
            return;
        }
        let words = format!("the router failed on {}", desk.name);
        shard.doubts.do_send(AskLink::Suspect(Said::new("router_failed", [desk.name], words)));
    }
}

/// Says who gets the event; `false` when nobody may, since its shape is wrong.
fn route(
    shard: &Rc<Shard>,
    meta: &Meta,
    event: &SharedEvent,
    name: &mut &'static str,
    at: &mut Micros,
    out: &mut Vec<Delivery>,
) -> bool {
    add(&shard.counters.events);
    let read = event.look(|head, view| {
        if !head.privilege_second {
            return Err(format!("{}: Privilege is not its second line", view.name()));
        }
        *name = view.known_name();
        meta.handling(name);
        *at = head.timestamp.and_then(Micros::parse).unwrap_or_else(|| shard.last_event());
        shard.set_clock(*at);
        if let Event::OriginateResponse(e) = view
            && e.response != "Success"
        {
            not_originated(shard, event.message().text("ActionID").as_deref().unwrap_or(""), e.reason);
        }
        shard.table.borrow_mut().route(view, *at, out);
        Ok(())
    });
    match read {
        Ok(Ok(())) => true,
        Ok(Err(words)) => malformed(shard, &words),
        Err(error) => malformed(shard, &error.to_string()),
    }
}

/// The end of its channel, where there was one, tells more: it may still be on its way to its call.
fn not_originated(shard: &Rc<Shard>, action_id: &str, reason: Option<u8>) {
    let (shard, action_id) = (shard.clone(), action_id.to_owned());
    actix::spawn(async move {
        tokio::time::sleep(ITS_END_FIRST).await;
        shard.desk.not_originated(&action_id, reason);
    });
}

fn malformed(shard: &Rc<Shard>, words: &str) -> bool {
    log::warn!("pbx={} malformed event: {}", shard.settings.pbx, words.escape_debug());
    add(&shard.counters.malformed);
    shard.board.pbx_trust(&shard.settings.pbx.0, Trust::Suspect);
    shard.doubts.do_send(AskLink::Suspect(Said::new("malformed_event", [words], words)));
    false
}

/// Events that concern nobody here move the clock, as any other.
fn left_out(shard: &Rc<Shard>, unheard: Unheard) {
    shard.counters.events.fetch_add(unheard.count.into(), Relaxed);
    let at = unheard.last.max(shard.last_event());
    shard.set_clock(at);
    let mut overdue = Vec::new();
    shard.table.borrow_mut().overdue(at, &mut overdue);
    for delivery in &overdue {
        arrange(shard, delivery, at);
    }
}

/// Hands an event over.
fn deliver(shard: &Rc<Shard>, delivery: &Delivery, event: &SharedEvent, name: &'static str, at: Micros) {
    match delivery {
        Delivery::Call(no) => {
            shard.send(&shard.calls, no.0, CallInput::Event { event: event.clone(), name, at });
        }
        Delivery::Agent(no) => {
            shard.send(&shard.agents, no.0, AgentInput::Event { event: event.clone(), name, at });
        }
        Delivery::Queue(no) => {
            shard.send(&shard.queues, no.0, QueueInput::Event { event: event.clone(), name, at });
        }
        Delivery::Trunk(no) => {
            shard.send(&shard.trunks, no.0, TrunkInput::Event { event: event.clone(), name, at });
        }
        other => arrange(shard, other, at),
    }
}

/// Starts, ends, merges: all that needs no frame.
pub(super) fn arrange(shard: &Rc<Shard>, delivery: &Delivery, at: Micros) {
    match delivery {
        Delivery::StartCall(no, linkedid) => shard.start_call(no.0, linkedid.clone(), at),
        Delivery::StartAgent(no, endpoint) => shard.start_agent(no.0, endpoint.clone(), at),
        Delivery::StartQueue(no, name) => shard.start_queue(no.0, name, at),
        Delivery::StartTrunk(no, endpoint) => shard.start_trunk(no.0, endpoint.clone()),
        Delivery::Guests(no, guests) => shard.send(&shard.calls, no.0, CallInput::Guests(guests.clone())),
        Delivery::Retell(no, endpoint) => {
            shard.send(&shard.calls, no.0, CallInput::Retell(endpoint.clone(), at));
        }
        Delivery::Walker(uniqueid) => walks::attach(shard, uniqueid),
        Delivery::Absorb { from, into } => shard.absorb(from.0, into.0, at),
        Delivery::Over(no) => shard.call_over(no.0),
        Delivery::Violation(call, words) => {
            log::warn!("pbx={} {}", shard.settings.pbx, words.escape_debug());
            add(&shard.counters.violations);
            if let Some(no) = call {
                shard.send(&shard.calls, no.0, CallInput::Doubt);
            }
        }
        // these have a frame, or what they were of is gone
        Delivery::Call(_) | Delivery::Agent(_) | Delivery::Queue(_) | Delivery::Trunk(_) => {}
    }
}

fn link_changed(shard: &Rc<Shard>, change: &LinkChange) {
    let pbx = &shard.settings.pbx.0;
    match change {
        LinkChange::Stale => {
            shard.link_up.set(false);
            shard.board.pbx_trust(pbx, Trust::Stale);
        }
        LinkChange::Epoch(epoch) => {
            shard.link_up.set(true);
            booted(shard, *epoch);
        }
        LinkChange::Live => {
            // also after it was late without having been lost
            shard.link_up.set(true);
            shard.confirm_all();
            shard.board.pbx_trust(pbx, Trust::Live);
        }
    }
}

/// Connected to that boot of the PBX: another one than before ends all that was (F17, F18).
fn booted(shard: &Rc<Shard>, epoch: Epoch) {
    let mut table = shard.table.borrow_mut();
    if table.epoch() == epoch {
        table.connected();
        return;
    }
    let open = table.restarted(epoch);
    drop(table);
    shard.pbx_restarted(open.into_iter().map(|no| no.0));
}

#[cfg(any(test, feature = "fault-injection"))]
fn survives_fault_point(meta: &Meta, ctx: &mut Context<RouterActor>) -> bool {
    use crate::supervision::fault::{Injected, point};
    let reason = match point(meta, meta.message()) {
        None => return true,
        Some(Injected::Error) => Reason::Failure("injected error".into()),
        Some(Injected::Quit) => Reason::Quit,
    };
    meta.leave(reason);
    ctx.stop();
    false
}

fn count(shard: &Shard) {
    let table = shard.table.borrow();
    shard.counters.calls_live.store(table.live_calls() as u64, Relaxed);
    shard.counters.unrouted.store(table.unrouted(), Relaxed);
}

/// The reading, part of the actor's own future.
struct Reading;

impl ActorFuture<RouterActor> for Reading {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        router: &mut RouterActor,
        ctx: &mut Context<RouterActor>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<()> {
        let Lasting { shard, feed, desk, .. } = &router.lasting;
        shard.receive();
        let mut again = shard.flush_urgent();
        let mut read = 0;
        while read < CHUNK {
            if desk.borrow().item.is_none() {
                match feed.borrow_mut().poll_next(cx) {
                    Poll::Ready(item) => desk.borrow_mut().put(item),
                    Poll::Pending => break,
                }
            }
            if !router.work(ctx) {
                return Poll::Pending; // leaving; what is in hand is kept
            }
            read += 1;
        }
        shard.busy(read == CHUNK);
        if read == 0 {
            again |= shard.flush_urgent(); // what was held back while there was more to read
        } else {
            again = true;
            shard.anchor_clock();
            count(shard);
        }
        if again {
            // after those who were just sent something
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Actor for RouterActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        self.resume();
        ctx.spawn(Reading);
        ctx.run_interval(SOON, |router, _| {
            router.lasting.shard.flush_urgent();
            router.lasting.shard.flush_soon();
        });
    }
}

impl Supervised for RouterActor {
    fn restarting(&mut self, _: &mut Context<Self>) {
        *self = Self { lasting: self.lasting.clone() };
    }
}

impl Handler<Tallied> for RouterActor {
    type Result = ();
    fn handle(&mut self, tallied: Tallied, _: &mut Context<Self>) {
        let shard = &self.lasting.shard;
        let at = shard.last_event();
        let mut deliveries = Vec::new();
        for uniqueid in &tallied.gone {
            shard.table.borrow_mut().end_leg(uniqueid, &mut deliveries);
        }
        for delivery in &deliveries {
            arrange(shard, delivery, at);
        }
        count(shard);
        if !tallied.probe {
            shard.doubts.do_send(AskLink::Compared(Box::new(tallied.compared)));
        }
    }
}
