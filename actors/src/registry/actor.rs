//! The registry actor of one PBX: commands in, each to the call of its channel or to its agent.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::shard::Shard;
use super::slots::Slots;
use super::station;
use crate::agent;
use crate::call::verbs as call;
use crate::command::{ChannelName, Command, Endpoint, Order, Refusal, Verb, Whom};
use crate::router::table::At;
use crate::shell::Entity;
use crate::shell::orders::Reply;
#[cfg(any(test, feature = "fault-injection"))]
use crate::supervision::Reason;
use crate::supervision::{Kind, Meta, Node, Spec, start};
use actix::prelude::*;
use tokio::sync::oneshot;

/// Commands that may wait for one registry.
const MAILBOX: usize = 256;

/// A command with the place for its answer.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Ordered {
    pub(super) command: Command,
    pub(super) answer: Reply,
}

/// Whether that PBX has whom the order is for: a live channel or an agent of that name.
#[derive(Debug, Message)]
#[rtype(result = "bool")]
pub(super) struct Has(pub(super) Order);

/// See the module of the registry.
pub struct RegistryActor {
    lasting: Lasting,
}

#[derive(Clone)]
struct Lasting {
    meta: Arc<Meta>,
    shard: Rc<Shard>,
    /// The order in hand and how often it was begun.
    in_hand: Rc<RefCell<Option<(Ordered, u8)>>>,
}

impl RegistryActor {
    /// Starts it on this arbiter.
    pub fn start(node: &Arc<Node>, shard: &Rc<Shard>) -> (Addr<Self>, Arc<Meta>) {
        let name = compact_str::format_compact!("registry/{}", shard.settings.pbx);
        let spec = Spec { mailbox: MAILBOX, ..Spec::permanent(Kind::Registry, name) };
        let shard = shard.clone();
        start(node, spec, |_, meta| Self {
            lasting: Lasting { meta: meta.clone(), shard, in_hand: Rc::default() },
        })
    }

    fn work(&self, ctx: &mut Context<Self>) {
        let Lasting { meta, shard, in_hand } = &self.lasting;
        #[cfg(not(any(test, feature = "fault-injection")))]
        let _ = (meta, ctx);
        #[cfg(any(test, feature = "fault-injection"))]
        {
            use crate::supervision::fault::{Injected, point};
            let reason = match point(meta, "command") {
                None => None,
                Some(Injected::Error) => Some(Reason::Failure("injected error".into())),
                Some(Injected::Quit) => Some(Reason::Quit),
            };
            if let Some(reason) = reason {
                meta.leave(reason);
                ctx.stop();
                return;
            }
        }
        let found = match &*in_hand.borrow() {
            None => return,
            Some((order, _)) => find(shard, &order.command.order),
        };
        let Some((Ordered { command, answer }, _)) = in_hand.borrow_mut().take() else { return };
        match (found, command.order) {
            (Err(refusal), _) => {
                // nobody may wait any more
                let _ = answer.send(Err(refusal));
            }
            (Ok(no), Order::Channel(channel, act)) if station::is_ours(&act) => {
                let order = station::on_channel(shard.clone(), no, channel, act);
                actix::spawn(async move { drop(answer.send(order.await)) });
            }
            (Ok(_), Order::Originate(station, call)) => {
                let order = station::call_from(shard.clone(), station, call, command.by);
                actix::spawn(async move { drop(answer.send(order.await)) });
            }
            (Ok(_), Order::Speak(station, file)) => {
                let order = station::speak(shard.clone(), station, file);
                actix::spawn(async move { drop(answer.send(order.await)) });
            }
            (Ok(no), Order::Channel(channel, act)) => {
                let ask = call::Ask { channel, by: command.by, act, reply: answer };
                if let Some(slot) = shard.calls.borrow().get(no) {
                    slot.addr.do_send(ask);
                }
            }
            (Ok(no), Order::Agent(_, act)) => {
                if let Some(slot) = shard.agents.borrow().get(no) {
                    slot.addr.do_send(agent::verbs::Ask { act, reply: answer });
                }
            }
        }
    }
}

/// Whom the order is for, able to take it.
fn find(shard: &Rc<Shard>, order: &Order) -> Result<u32, Refusal> {
    if !shard.link_up.get() {
        return Err(Refusal::LinkDown);
    }
    let verb = order.verb();
    let no = match order {
        Order::Channel(channel, _) => call_of(shard, channel),
        Order::Agent(endpoint, _) => agent_at(shard, endpoint),
        Order::Originate(station, _) | Order::Speak(station, _) => {
            match shard.table.borrow().at(station.as_str()) {
                At::Agent(_) => Ok(0),
                At::Trunk(_) | At::Nobody => Err(Refusal::NoSuchAgent),
            }
        }
    }?;
    match shard.desk.lacks().refuse(verb) {
        Some(refusal) => Err(refusal),
        None => Ok(no),
    }
}

fn call_of(shard: &Rc<Shard>, channel: &ChannelName) -> Result<u32, Refusal> {
    let no = shard.table.borrow().call_of_channel(channel.as_str()).ok_or(Refusal::NoSuchChannel)?.0;
    let aside = Refusal::State("set_aside", "the call is not followed any more since its actor failed");
    able(shard, &shard.calls, no, Refusal::NoSuchChannel, aside)
}

fn agent_at(shard: &Rc<Shard>, endpoint: &Endpoint) -> Result<u32, Refusal> {
    let At::Agent(no) = shard.table.borrow().at(endpoint.as_str()) else { return Err(Refusal::NoSuchAgent) };
    let aside = Refusal::State("set_aside", "the agent is not followed any more since its actor failed");
    able(shard, &shard.agents, no.0, Refusal::NoSuchAgent, aside)
}

/// One that was killed is started anew, one set aside takes nothing.
fn able<E: Entity>(
    shard: &Rc<Shard>,
    slots: &RefCell<Slots<E>>,
    no: u32,
    missing: Refusal,
    set_aside: Refusal,
) -> Result<u32, Refusal> {
    let aside = match slots.borrow().get(no) {
        None => return Err(missing),
        Some(slot) if slot.lives() => return Ok(no),
        Some(slot) => slot.is_set_aside(),
    };
    if aside {
        return Err(set_aside);
    }
    shard.start_again(slots, no);
    Ok(no)
}

impl Actor for RegistryActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        let tried = self.lasting.in_hand.borrow_mut().as_mut().map(|(_, tried)| {
            *tried += 1;
            *tried
        });
        match tried {
            None => {}
            Some(1 | 2) => self.work(ctx),
            // twice is enough: whoever asked is told by the dropped answer
            Some(_) => {
                self.lasting.in_hand.borrow_mut().take();
            }
        }
    }
}

impl Supervised for RegistryActor {
    fn restarting(&mut self, _: &mut Context<Self>) {
        *self = Self { lasting: self.lasting.clone() };
    }
}

impl Handler<Ordered> for RegistryActor {
    type Result = ();
    fn handle(&mut self, order: Ordered, ctx: &mut Context<Self>) {
        self.lasting.meta.handling("command");
        *self.lasting.in_hand.borrow_mut() = Some((order, 1));
        self.work(ctx);
    }
}

/// Which verbs may be done now to a channel or an agent of that PBX; `None` where it has no such.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct WhichOf {
    pub(super) whom: Whom,
    pub(super) reply: oneshot::Sender<Vec<(Verb, Option<Refusal>)>>,
}

impl Handler<WhichOf> for RegistryActor {
    type Result = ();
    fn handle(&mut self, which: WhichOf, _: &mut Context<Self>) {
        self.lasting.meta.handling("look-up");
        let shard = &self.lasting.shard;
        let reply = which.reply;
        // whoever is not there drops the place for the answer
        match which.whom {
            Whom::Channel(channel) => {
                if let Ok(no) = call_of(shard, &channel)
                    && let Some(slot) = shard.calls.borrow().get(no)
                {
                    slot.addr.do_send(call::Which { channel, reply });
                }
            }
            Whom::Agent(endpoint) => {
                if let Ok(no) = agent_at(shard, &endpoint)
                    && let Some(slot) = shard.agents.borrow().get(no)
                {
                    slot.addr.do_send(agent::verbs::Which { reply });
                }
            }
        }
    }
}

impl Handler<Has> for RegistryActor {
    type Result = bool;
    fn handle(&mut self, has: Has, _: &mut Context<Self>) -> bool {
        self.lasting.meta.handling("look-up");
        let table = self.lasting.shard.table.borrow();
        match &has.0 {
            Order::Channel(channel, _) => table.call_of_channel(channel.as_str()).is_some(),
            Order::Agent(endpoint, _) | Order::Originate(endpoint, _) | Order::Speak(endpoint, _) => {
                matches!(table.at(endpoint.as_str()), At::Agent(_))
            }
        }
    }
}
