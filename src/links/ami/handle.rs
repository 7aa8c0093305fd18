//! The link as the others see it: an actor of its PBX's arbiter that takes actions and doubts.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, Context, Handler, ResponseFuture};
use actors::ports::{ActionFailure, Answer, AskLink, SendAction};
use tokio::sync::oneshot;

use super::link::Link;

/// Beyond the action's own deadline, for a link that is not being read: its router restarts.
const GRACE: Duration = Duration::from_secs(1);

/// Passes actions and doubts to its [`Link`], which the router reads.
pub struct LinkActor(pub Rc<RefCell<Link>>);

impl Actor for LinkActor {
    type Context = Context<Self>;
}

/// Kept across a restart: the link itself outlives it.
impl actix::Supervised for LinkActor {}

impl Handler<SendAction> for LinkActor {
    type Result = ResponseFuture<Result<Answer, ActionFailure>>;

    fn handle(&mut self, ask: SendAction, _: &mut Self::Context) -> Self::Result {
        let (reply, answer) = oneshot::channel();
        self.0.borrow_mut().send_for(&ask.action, ask.deadline, reply);
        Box::pin(async move {
            match tokio::time::timeout(ask.deadline + GRACE, answer).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => Err(ActionFailure::LinkDown),
                Err(_) => Err(ActionFailure::TimedOut),
            }
        })
    }
}

impl Handler<AskLink> for LinkActor {
    type Result = ();

    fn handle(&mut self, ask: AskLink, _: &mut Self::Context) {
        self.0.borrow_mut().asked(ask);
    }
}
