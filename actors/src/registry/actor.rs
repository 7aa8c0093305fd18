//! The registry actor of one PBX: commands in, each to the call of its channel.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use actix::prelude::*;
use tokio::sync::oneshot;

use super::shard::Shard;
use crate::call::verbs::Ask;
use crate::command::{ChannelName, Command, Done, Refusal};
#[cfg(any(test, feature = "fault-injection"))]
use crate::supervision::Reason;
use crate::supervision::{Kind, Meta, Node, Spec, start};

/// Commands that may wait for one registry.
const MAILBOX: usize = 256;

/// A command with the place for its answer.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Order {
    pub(super) command: Command,
    pub(super) answer: oneshot::Sender<Result<Done, Refusal>>,
}

/// Whether that PBX has a live channel of that name.
#[derive(Debug, Message)]
#[rtype(result = "bool")]
pub(super) struct Has(pub(super) ChannelName);

/// See the module of the registry.
pub struct RegistryActor {
    lasting: Lasting,
}

#[derive(Clone)]
struct Lasting {
    meta: Arc<Meta>,
    shard: Rc<Shard>,
    /// The order in hand and how often it was begun.
    in_hand: Rc<RefCell<Option<(Order, u8)>>>,
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
        let call = match &*in_hand.borrow() {
            None => return,
            Some((order, _)) => find(shard, &order.command.channel),
        };
        let Some((order, _)) = in_hand.borrow_mut().take() else { return };
        match call {
            Err(refusal) => {
                let _ = order.answer.send(Err(refusal));
            }
            Ok(no) => {
                let ask =
                    Ask { channel: order.command.channel, verb: order.command.verb, answer: order.answer };
                if let Some(slot) = shard.calls.borrow().get(no) {
                    slot.addr.do_send(ask);
                }
            }
        }
    }
}

/// The call of a live channel, able to take a command.
fn find(shard: &Rc<Shard>, channel: &ChannelName) -> Result<u32, Refusal> {
    if !shard.link_up.get() {
        return Err(Refusal::LinkDown);
    }
    let no = shard.table.borrow().call_of_channel(channel.as_str()).ok_or(Refusal::NoSuchChannel)?.0;
    let aside = match shard.calls.borrow().get(no) {
        None => return Err(Refusal::NoSuchChannel),
        Some(slot) if slot.lives() => return Ok(no),
        Some(slot) => slot.is_set_aside(),
    };
    if aside {
        return Err(Refusal::State("set_aside", "the call is not followed any more since its actor failed"));
    }
    shard.start_again(&shard.calls, no);
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

impl Handler<Order> for RegistryActor {
    type Result = ();
    fn handle(&mut self, order: Order, ctx: &mut Context<Self>) {
        self.lasting.meta.handling("command");
        *self.lasting.in_hand.borrow_mut() = Some((order, 1));
        self.work(ctx);
    }
}

impl Handler<Has> for RegistryActor {
    type Result = bool;
    fn handle(&mut self, has: Has, _: &mut Context<Self>) -> bool {
        self.lasting.meta.handling("look-up");
        self.lasting.shard.table.borrow().call_of_channel(has.0.as_str()).is_some()
    }
}
