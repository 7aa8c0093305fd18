//! The thin shell of a call: what reaches it, and the commands it waits on.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use asterisk::ami::event::SharedEvent;
use asterisk::ami::{Event, Message as Frame};

use super::flows::FlowNews;
use super::listing::ListedChannel;
use super::messages::Guests;
use super::state::CallState;
use super::verbs::Watch;
use crate::fact::Outbox;
use crate::keys::Micros;
use crate::ports::AskLink;
use crate::shell::orders::{Waiting, arm, settle};
use crate::shell::{Entity, HandOver, Shell, Tally};
use crate::supervision::{Kind, Machine};
use crate::view::{Table, Text, Trust, View};

/// How long the state of an absorbed call is waited for before its memory is taken instead.
const HAND_OVER_WITHIN: Duration = Duration::from_secs(1);

/// Legs that are asked about while one doubt lasts.
const MOST_ASKED: usize = 64;

/// Whatever changes a call.
#[derive(Debug)]
pub enum CallInput {
    /// An event of one of its legs, or of a bridge it is in.
    Event {
        /// The event.
        event: SharedEvent,
        /// Name of the event.
        name: &'static str,
        /// When.
        at: Micros,
    },
    /// Who else is in a bridge.
    Guests(Box<Guests>),
    /// Somebody new listens at that endpoint.
    Retell(Text, Micros),
    /// What is new of a flow that one of its channels walks.
    Flow(Box<FlowNews>),
    /// A younger call became part of this one.
    Absorb(Box<CallState>, Micros),
    /// An event broke a guarantee: believed less until compared.
    Doubt,
    /// A channel as the PBX lists it.
    Listed(Box<ListedFrame>),
    /// A whole listing does not show that channel.
    NotListed {
        /// Its Uniqueid.
        uniqueid: Text,
        /// 1 or 2.
        round: u8,
        /// When the list was asked for.
        asked_at: Micros,
        /// Where the difference is told.
        tally: Arc<Tally>,
    },
    /// Compared with the PBX and right.
    Confirmed,
    /// The PBX restarted; the last instant that anything was proven.
    Restarted(Micros),
    /// Time passed.
    Tick(Micros),
}

/// A list item about a channel of a call.
#[derive(Debug)]
pub struct ListedFrame {
    /// `CoreShowChannel`, `Status` or `QueueEntry`.
    pub frame: Frame,
    /// Bridge it is in, where the item does not say itself.
    pub bridge: Text,
    /// When the list was asked for.
    pub asked_at: Micros,
    /// The link was away before.
    pub after_gap: bool,
    /// Where differences are told.
    pub tally: Arc<Tally>,
}

impl Machine for CallState {
    type Input = CallInput;
    type Out = Outbox;

    fn apply(&mut self, input: &CallInput, out: &mut Outbox) {
        match input {
            CallInput::Event { event, at, .. } => {
                // the router read it before: its shape is right
                let _ = event.look(|_, event| self.event(event, *at, out));
            }
            CallInput::Guests(guests) => self.guests(guests, out),
            CallInput::Retell(endpoint, at) => self.retell(Some(endpoint), *at, out),
            CallInput::Flow(news) => self.flow_news(news, out),
            CallInput::Absorb(other, at) => self.absorb((**other).clone(), *at, out),
            CallInput::Doubt => self.distrust(Trust::Unconfirmed, out),
            CallInput::Listed(item) => listed(self, item, out),
            CallInput::NotListed { uniqueid, round, asked_at, tally } => {
                match self.not_listed(uniqueid, *round, *asked_at, out) {
                    Some(words) => {
                        tally.differs(words);
                        tally.gone(uniqueid);
                    }
                    None if *round < 2 => tally.look_again(),
                    None => {}
                }
            }
            CallInput::Confirmed => self.confirmed(out),
            CallInput::Restarted(last_proven) => self.ended_by_restart(*last_proven, out),
            CallInput::Tick(_) => {}
        }
    }

    fn name(input: &CallInput) -> &'static str {
        match input {
            CallInput::Event { name, .. } => name,
            CallInput::Guests(_) => "guests",
            CallInput::Retell(..) => "retell",
            CallInput::Flow(_) => "flow",
            CallInput::Absorb(..) => "absorb",
            CallInput::Doubt => "doubt",
            CallInput::Listed(_) => "listed",
            CallInput::NotListed { .. } => "not listed",
            CallInput::Confirmed => "confirmed",
            CallInput::Restarted(_) => "pbx restart",
            CallInput::Tick(_) => "tick",
        }
    }

    fn parts(&self) -> usize {
        self.legs.len()
    }

    fn keep(input: CallInput) -> CallInput {
        match input {
            CallInput::Event { event, name, at } => CallInput::Event { event: event.detached(), name, at },
            other => other,
        }
    }

    fn weight(input: &CallInput) -> usize {
        match input {
            CallInput::Event { event, .. } => event.message().bytes().len(),
            CallInput::Guests(_) | CallInput::Retell(..) | CallInput::Tick(_) => 64,
            CallInput::Flow(news) => 128 + 128 * news.visits.len(),
            CallInput::Doubt | CallInput::Confirmed => 0,
            // never kept: a checkpoint follows
            CallInput::Absorb(..)
            | CallInput::Listed(_)
            | CallInput::NotListed { .. }
            | CallInput::Restarted(_) => usize::MAX,
        }
    }

    fn raw(input: &CallInput, out: &mut Vec<u8>) {
        match input {
            CallInput::Event { event, .. } => out.extend_from_slice(event.message().bytes()),
            CallInput::Listed(item) => out.extend_from_slice(item.frame.bytes()),
            _ => {}
        }
    }

    fn degrade(&mut self) {
        self.distrust(Trust::Degraded, &mut Outbox::default());
    }
}

fn listed(call: &mut CallState, item: &ListedFrame, out: &mut Outbox) {
    let Ok(event) = Event::read(&item.frame) else { return };
    let mut compare = |channel: &ListedChannel<'_>| {
        for words in call.listed(channel, item.after_gap, item.asked_at, out) {
            item.tally.differs(words);
        }
    };
    match &event {
        Event::CoreShowChannel(e) => compare(&ListedChannel::shown(e, &item.bridge)),
        Event::Status(e) => compare(&ListedChannel::status(e, &item.bridge)),
        Event::QueueEntry(e) => {
            let joined = Micros(item.asked_at.0 - i64::from(e.wait.unwrap_or_default()) * 1_000_000);
            let position = e.position.unwrap_or_default();
            if let Some(words) = call.listed_in_queue(e.uniqueid, e.queue, position, joined, out) {
                item.tally.differs(words);
            }
        }
        _ => {}
    }
}

/// What a call's actor keeps beside its state.
#[derive(Default)]
pub struct Side {
    /// Commands whose event is not seen yet.
    pub(super) waiting: RefCell<Vec<Waiting<Watch>>>,
    /// Legs that the PBX was asked about since the call was doubtful.
    asked: RefCell<Vec<Text>>,
    /// The call that is being absorbed, its state awaited.
    awaited: RefCell<Option<Awaited>>,
}

struct Awaited {
    from: HandOver<Given>,
    at: Micros,
}

/// What an absorbed call gives away.
pub struct Given {
    state: Box<CallState>,
    waiting: Vec<Waiting<Watch>>,
}

/// To the younger call: give your state away and leave.
#[derive(Message)]
#[rtype(result = "()")]
pub struct GiveUp(pub HandOver<Given>);

/// To the older call: take nothing else before the younger's state is here.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Await {
    /// Where it will be.
    pub from: HandOver<Given>,
    /// When they met.
    pub at: Micros,
}

impl Entity for CallState {
    const KIND: Kind = Kind::Call;
    const TABLE: Table = Table::Calls;
    type Side = Side;

    fn view(&self) -> View {
        View::Call(CallState::view(self))
    }

    fn id(&self) -> Text {
        CallState::id(self)
    }

    fn tick(at: Micros) -> CallInput {
        CallInput::Tick(at)
    }

    fn after(shell: &mut Shell<Self>, ctx: &mut Context<Shell<Self>>) {
        ask_about_doubtful(shell);
        shell.lasting.shard.desk.look(shell.state());
        if settle(shell) {
            arm(shell, ctx);
        }
    }

    fn ready(shell: &mut Shell<Self>, ctx: &mut Context<Shell<Self>>) {
        settle(shell);
        arm(shell, ctx);
        await_state(shell, ctx);
    }
}

/// Has the PBX asked about legs seen in passing, and about all when an invariant broke; once each.
fn ask_about_doubtful(shell: &Shell<CallState>) {
    let call = shell.state();
    if call.trust() == Trust::Live {
        shell.lasting.side.asked.take();
        return;
    }
    let all = call.trust() == Trust::Unconfirmed;
    let mut asked = shell.lasting.side.asked.borrow_mut();
    for leg in call.live().filter(|leg| all || !leg.described) {
        if asked.len() < MOST_ASKED && !asked.contains(&leg.uniqueid) {
            asked.push(leg.uniqueid.clone());
            shell
                .lasting
                .shard
                .doubts
                .do_send(AskLink::Channel { uniqueid: leg.uniqueid.clone(), channel: leg.channel.clone() });
        }
    }
}

/// Takes no other message until the absorbed call's state is there.
fn await_state(shell: &mut Shell<CallState>, ctx: &mut Context<Shell<CallState>>) {
    let Some(from) = shell.lasting.side.awaited.borrow().as_ref().map(|a| a.from.clone()) else { return };
    if let Some(given) = from.take() {
        take_over(shell, given, ctx);
        return;
    }
    let there = async move { tokio::time::timeout(HAND_OVER_WITHIN, from.filled()).await.is_ok() };
    ctx.wait(there.into_actor(shell).map(|there, shell, ctx| {
        let given = shell.lasting.side.awaited.borrow().as_ref().and_then(|a| a.from.take());
        match given {
            Some(given) => take_over(shell, given, ctx),
            None => {
                debug_assert!(!there);
                log::warn!("actor={} the absorbed call never gave its state", shell.lasting.meta.name());
                shell.lasting.side.awaited.borrow_mut().take();
                shell.take(CallInput::Doubt, ctx);
            }
        }
    }));
}

fn take_over(shell: &mut Shell<CallState>, given: Given, ctx: &mut Context<Shell<CallState>>) {
    let awaited = shell.lasting.side.awaited.borrow_mut().take();
    let at = awaited.map_or_else(|| shell.lasting.shard.last_event(), |a| a.at);
    shell.lasting.side.waiting.borrow_mut().extend(given.waiting);
    shell.take(CallInput::Absorb(given.state, at), ctx);
    arm(shell, ctx);
}

impl Given {
    /// Of a call whose actor is gone: what its memory holds.
    pub(crate) fn of(state: CallState, side: &Side) -> Self {
        Self { state: Box::new(state), waiting: side.waiting.take() }
    }
}

impl Handler<GiveUp> for Shell<CallState> {
    type Result = ();
    fn handle(&mut self, give: GiveUp, ctx: &mut Context<Self>) {
        give.0.fill(Given::of(self.give(), &self.lasting.side));
        self.leave(ctx);
    }
}

impl Handler<Await> for Shell<CallState> {
    type Result = ();
    fn handle(&mut self, awaited: Await, ctx: &mut Context<Self>) {
        *self.lasting.side.awaited.borrow_mut() = Some(Awaited { from: awaited.from, at: awaited.at });
        await_state(self, ctx);
    }
}
