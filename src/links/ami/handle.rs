//! The link as the others see it: an actor of its PBX's arbiter that takes actions and doubts.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, Context, Handler, ResponseFuture};
use actors::ports::{ActionFailure, Answer, AskLink, SendAction};
use actors::supervision::{Kind, Meta, Node, Spec, start};
use tokio::sync::oneshot;

use super::link::Link;

/// Actions and doubts that may wait for the link.
const MAILBOX: usize = 1_024;
/// Beyond the action's own deadline, for a link that is not being read: its router restarts.
const GRACE: Duration = Duration::from_secs(1);

/// Passes actions and doubts to its [`Link`], which the router reads.
pub struct LinkActor {
    link: Rc<RefCell<Link>>,
    meta: Option<Arc<Meta>>,
}

impl LinkActor {
    /// Starts it on this arbiter, supervised by that node.
    pub fn start(node: &Arc<Node>, pbx: &str, link: Rc<RefCell<Link>>) -> Addr<Self> {
        let spec = Spec { mailbox: MAILBOX, ..Spec::permanent(Kind::Link, format!("link/{pbx}")) };
        start(node, spec, |_, meta| Self { link, meta: Some(meta.clone()) }).0
    }

    /// Starts it with nobody above it, for specs of the link alone.
    pub fn alone(link: Rc<RefCell<Link>>) -> Addr<Self> {
        Actor::start(Self { link, meta: None })
    }

    fn handling(&self, message: &'static str) {
        if let Some(meta) = &self.meta {
            meta.handling(message);
        }
    }
}

impl Actor for LinkActor {
    type Context = Context<Self>;
}

/// Kept across a restart: the link itself outlives it.
impl actix::Supervised for LinkActor {}

impl Handler<SendAction> for LinkActor {
    type Result = ResponseFuture<Result<Answer, ActionFailure>>;

    fn handle(&mut self, ask: SendAction, _: &mut Self::Context) -> Self::Result {
        self.handling("action");
        let (reply, answer) = oneshot::channel();
        self.link.borrow_mut().send_for(&ask.action, ask.deadline, reply);
        Box::pin(async move {
            match tokio::time::timeout(ask.deadline + GRACE, answer).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => Err(ActionFailure::LinkLost),
                Err(_) => Err(ActionFailure::TimedOut),
            }
        })
    }
}

impl Handler<AskLink> for LinkActor {
    type Result = ();

    fn handle(&mut self, ask: AskLink, _: &mut Self::Context) {
        self.handling("doubt");
        self.link.borrow_mut().asked(ask);
    }
}
