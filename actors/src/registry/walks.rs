//! Callers who walk a flow, and the calls they are on.
//!
//! ```text
//! who walks (another thread) ─WalkTold─▶ WalksActor ─▶ Walks ─▶ call (its row)
//!                                                    └────▶ journal (walk, visits)
//! supervisor ─`to_node`─▶ who walks ─▶ WalkTold ─▶ call ─▶ the desk says it is done
//! ```
//!
//! A walk is told over another connection than the PBX's events: its call may be known later, or be over before the
//! walk's end is told. What has no call yet is kept, at most [`MOST`] walks, and after its end for [`KEPT`]; when its
//! channel comes, the router says so. The journal's keys are the channel and when the walk began, so what is told
//! twice is stored once.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use actix::prelude::*;
use ahash::AHashMap;
use smallvec::SmallVec;
use tokio::time::Instant;

use super::shard::Shard;
use crate::call::FlowNews;
use crate::call::actor::CallInput;
use crate::fact::{Fact, VisitFact, WalkFact, What};
use crate::ivr::{WalkOrder, WalkTold};
use crate::keys::{CallKey, Micros};
use crate::supervision::{Kind, Meta, Node, Spec, start};
use crate::view::{FlowEnd, FlowVisitView, Text};

/// Walks that are known at once: more than there may be, so that some may wait for their call.
const MOST: usize = 6_000;
/// An ended walk waits so long for its call.
const KEPT: Duration = Duration::from_secs(600);
/// How often it is looked whether something waits in vain.
const SWEEP: Duration = Duration::from_secs(10);
/// News that may wait; who tells tries again.
const MAILBOX: usize = 4_096;

/// One walk.
struct Walk {
    walk: u64,
    began: Micros,
    called: Text,
    back: Text,
    flow: Text,
    name: Text,
    orders: Recipient<WalkOrder>,
    /// As its call was named when it was found.
    call: Option<CallKey>,
    /// From place `gone` on.
    visits: Vec<FlowVisitView>,
    gone: usize,
    /// Visits that are journalled.
    noted: usize,
    ended: Option<(Micros, FlowEnd, Option<Text>)>,
    /// Since when nothing is to come any more.
    silent: Option<Instant>,
}

/// All of one PBX, by Uniqueid.
#[derive(Default)]
pub(crate) struct Walks(RefCell<AHashMap<Text, SmallVec<[Walk; 1]>>>);

impl Walks {
    /// Who takes orders for the walk that a channel is in.
    pub(crate) fn orders(&self, uniqueid: &str) -> Option<Recipient<WalkOrder>> {
        let all = self.0.borrow();
        let walk = all.get(uniqueid)?.iter().rev().find(|walk| walk.ended.is_none())?;
        Some(walk.orders.clone())
    }

    /// Where the dialplan handed a channel over that walks.
    pub(crate) fn back(&self, uniqueid: &str) -> Option<Text> {
        let all = self.0.borrow();
        all.get(uniqueid)?.iter().rev().find(|walk| walk.ended.is_none()).map(|walk| walk.back.clone())
    }

    #[cfg(test)]
    pub(crate) fn known(&self) -> usize {
        self.0.borrow().len()
    }
}

/// Takes what is new of a walk.
fn told(shard: &Rc<Shard>, mut told: WalkTold) {
    to_clock_of(shard, &mut told);
    let uniqueid = told.uniqueid.clone();
    let call = shard.table.borrow().call_of_leg(&uniqueid);
    let mut all = shard.walks.0.borrow_mut();
    if !all.contains_key(&uniqueid) && all.len() >= MOST {
        make_room(shard, &mut all);
    }
    let walks = all.entry(uniqueid.clone()).or_default();
    let at = walks.iter().position(|walk| walk.walk == told.walk).unwrap_or_else(|| {
        walks.push(Walk::new(&told));
        walks.len() - 1
    });
    let walk = &mut walks[at];
    walk.take(&told);
    if walk.call.is_none() {
        let Some(key) = call.and_then(|no| shard.table.borrow().key(no)) else {
            shard.table.borrow_mut().await_walker(uniqueid);
            return;
        };
        walk.note_began(shard, &uniqueid, key);
        (told.from, told.visits) = (walk.gone, walk.visits.clone());
    }
    let news = walk.news(&uniqueid, told.from, told.visits);
    walk.note(shard, &uniqueid);
    if walk.ended.is_some() {
        walks.remove(at);
        if walks.is_empty() {
            all.remove(&uniqueid);
        }
    }
    drop(all);
    // a call that is over has no row, and the journal has its own
    if let Some(no) = call {
        shard.send(&shard.calls, no.0, CallInput::Flow(Box::new(news)));
    }
}

/// The channel of walks that were told before is there, on the call that it is of now.
pub(crate) fn attach(shard: &Rc<Shard>, uniqueid: &Text) {
    let table = shard.table.borrow();
    let Some((no, key)) = table.call_of_leg(uniqueid).and_then(|no| Some((no, table.key(no)?))) else {
        return;
    };
    drop(table);
    let mut all = shard.walks.0.borrow_mut();
    let Some(walks) = all.get_mut(uniqueid) else { return };
    let mut news = Vec::new();
    for walk in walks.iter_mut().filter(|walk| walk.call.is_none()) {
        walk.note_began(shard, uniqueid, key.clone());
        news.push(walk.news(uniqueid, walk.gone, walk.visits.clone()));
        walk.note(shard, uniqueid);
    }
    walks.retain(|walk| walk.ended.is_none());
    if walks.is_empty() {
        all.remove(uniqueid);
    }
    drop(all);
    for news in news {
        shard.send(&shard.calls, no.0, CallInput::Flow(Box::new(news)));
    }
}

/// Ends what lost who walks, and gives up on what waited in vain.
fn sweep(shard: &Rc<Shard>, now: Instant) {
    let waiting: Vec<Text> = shard.walks.0.borrow().keys().cloned().collect();
    for uniqueid in waiting {
        // its channel may have come by a way that says nothing
        attach(shard, &uniqueid);
        let call = shard.table.borrow().call_of_leg(&uniqueid);
        let mut all = shard.walks.0.borrow_mut();
        let Some(walks) = all.get_mut(&uniqueid) else { continue };
        let mut lost = Vec::new();
        for walk in walks.iter_mut() {
            if walk.ended.is_none() && walk.orders.connected() {
                continue;
            }
            let silent = *walk.silent.get_or_insert(now);
            if walk.ended.is_none() && now > silent {
                // its last word was lost
                walk.ended = Some((shard.now(), FlowEnd::BrokeOff, None));
                walk.note(shard, &uniqueid);
                lost.push(walk.news(&uniqueid, walk.gone, Vec::new()));
            }
            if walk.call.is_none() && now >= silent + KEPT {
                walk.give_up(shard, &uniqueid);
            }
        }
        walks.retain(|walk| walk.ended.is_none() || walk.call.is_none());
        if walks.is_empty() {
            all.remove(&uniqueid);
            shard.table.borrow_mut().forget_walker(&uniqueid);
        }
        drop(all);
        if let Some(no) = call {
            lost.into_iter().for_each(|news| shard.send(&shard.calls, no.0, CallInput::Flow(Box::new(news))));
        }
    }
}

/// The one that ended longest ago goes to the journal without its call.
fn make_room(shard: &Rc<Shard>, all: &mut AHashMap<Text, SmallVec<[Walk; 1]>>) {
    let ended = |walks: &SmallVec<[Walk; 1]>| walks.iter().filter_map(|walk| walk.silent).min();
    let oldest = all.iter().filter_map(|(id, walks)| Some((ended(walks)?, id))).min_by_key(|(at, _)| *at);
    let Some(id) = oldest.map(|(_, id)| id.clone()) else { return };
    for mut walk in all.remove(&id).into_iter().flatten() {
        walk.give_up(shard, &id);
    }
    shard.table.borrow_mut().forget_walker(&id);
}

/// Moves its times to the PBX's clock; where that is not known yet they stay.
fn to_clock_of(shard: &Shard, told: &mut WalkTold) {
    if shard.last_event() == Micros::default() {
        return;
    }
    let ours = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let ours = i64::try_from(ours.as_micros()).unwrap_or(i64::MAX);
    let ahead = shard.now().0 - ours;
    let moved = |at: &mut Micros| at.0 += ahead;
    moved(&mut told.began);
    for visit in &mut told.visits {
        moved(&mut visit.at_ms);
        visit.left_ms.iter_mut().for_each(moved);
    }
    if let Some((at, ..)) = &mut told.ended {
        moved(at);
    }
}

impl Walk {
    fn new(told: &WalkTold) -> Self {
        Self {
            walk: told.walk,
            began: told.began,
            called: told.called.clone(),
            back: told.back.clone(),
            flow: Text::default(),
            name: Text::default(),
            orders: told.orders.clone(),
            call: None,
            visits: Vec::new(),
            gone: 0,
            noted: 0,
            ended: None,
            silent: None,
        }
    }

    fn take(&mut self, told: &WalkTold) {
        self.flow.clone_from(&told.flow);
        self.name.clone_from(&told.name);
        for (n, visit) in told.visits.iter().enumerate() {
            let Some(place) = (told.from + n).checked_sub(self.gone) else { continue };
            match self.visits.get_mut(place) {
                // when he came stands as it was told first: the difference of clocks moves
                Some(known) => *known = FlowVisitView { at_ms: known.at_ms, ..visit.clone() },
                None => self.visits.push(visit.clone()),
            }
        }
        if told.ended.is_some() {
            self.ended.clone_from(&told.ended);
            self.silent = Some(Instant::now());
        }
    }

    fn news(&self, uniqueid: &Text, from: usize, visits: Vec<FlowVisitView>) -> FlowNews {
        FlowNews {
            uniqueid: uniqueid.clone(),
            began: self.began,
            flow: self.flow.clone(),
            name: self.name.clone(),
            from,
            visits,
            ended: self.ended.clone(),
        }
    }

    fn note_began(&mut self, shard: &Shard, uniqueid: &Text, call: CallKey) {
        self.call = Some(call);
        if self.ended.is_none() {
            self.note_walk(shard, uniqueid);
        }
    }

    fn note_walk(&self, shard: &Shard, uniqueid: &Text) {
        let Some(call) = self.call.clone() else { return };
        let at = self.ended.as_ref().map_or(self.began, |(at, ..)| *at);
        shard.fact(Fact {
            at,
            what: What::Walk(Arc::new(WalkFact {
                call,
                uniqueid: uniqueid.clone(),
                began: self.began,
                flow: self.flow.clone(),
                name: self.name.clone(),
                called: self.called.clone(),
                ended: self.ended.clone(),
            })),
        });
    }

    /// Journals what is over and was not yet; of visits, only the last is kept then.
    fn note(&mut self, shard: &Shard, uniqueid: &Text) {
        let Some(call) = self.call.clone() else { return };
        let over = self.ended.as_ref().map(|(at, ..)| *at);
        for (n, visit) in self.visits.iter().enumerate() {
            let n = self.gone + n;
            let Some(left) = visit.left_ms.or(over).filter(|_| n >= self.noted) else { continue };
            self.noted = n + 1;
            let visit = FlowVisitView { left_ms: Some(left), ..visit.clone() };
            let (call, uniqueid, flow) = (call.clone(), uniqueid.clone(), self.flow.clone());
            let what = What::Visit(Arc::new(VisitFact { call, uniqueid, began: self.began, n, flow, visit }));
            shard.fact(Fact { at: left, what });
        }
        if over.is_some() {
            self.note_walk(shard, uniqueid);
        }
        let done = self.visits.len().saturating_sub(1);
        self.visits.drain(..done);
        self.gone += done;
    }

    /// Journals it under the name that a call of that channel alone would have.
    fn give_up(&mut self, shard: &Shard, uniqueid: &Text) {
        if self.call.is_none() {
            let epoch = shard.table.borrow().epoch();
            let linkedid = uniqueid.clone();
            self.call = Some(CallKey { pbx: shard.settings.pbx.clone(), epoch, linkedid });
            self.note(shard, uniqueid);
        }
    }
}

/// Where news of walks come in, from any thread.
#[derive(Debug, Clone)]
pub struct WalkLine(Addr<WalksActor>);

impl WalkLine {
    /// Tells, unless too much waits there already: then it is to be told again, with what comes until then.
    ///
    /// # Errors
    /// When it was not taken.
    pub fn try_tell(&self, told: WalkTold) -> Result<(), TooMuch> {
        self.0.try_send(told).map_err(|_| TooMuch)
    }

    /// Tells the last of a walk: there is no later.
    pub fn tell(&self, told: WalkTold) {
        self.0.do_send(told);
    }
}

/// It was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMuch;

/// See the module.
pub struct WalksActor {
    meta: Arc<Meta>,
    shard: Rc<Shard>,
}

impl WalksActor {
    /// Starts it on this arbiter.
    pub(super) fn start(node: &Arc<Node>, shard: &Rc<Shard>) -> WalkLine {
        let name = compact_str::format_compact!("walks/{}", shard.settings.pbx);
        let spec = Spec { mailbox: MAILBOX, ..Spec::permanent(Kind::Other, name) };
        let shard = shard.clone();
        let (addr, _) = start(node, spec, |_, meta| Self { meta: meta.clone(), shard });
        WalkLine(addr)
    }
}

impl Actor for WalksActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.run_interval(SWEEP, |this, _| sweep(&this.shard, Instant::now()));
    }
}

impl Supervised for WalksActor {
    fn restarting(&mut self, _: &mut Context<Self>) {}
}

impl Handler<WalkTold> for WalksActor {
    type Result = ();
    fn handle(&mut self, what: WalkTold, _: &mut Context<Self>) {
        self.meta.handling("walk");
        told(&self.shard, what);
    }
}
