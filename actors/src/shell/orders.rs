//! Orders to an entity: sent when its policy accepts, answered when an event shows them done.
//!
//! What is waited for stands in the entity's [`Side`](super::Entity::Side), so that an order outlives a
//! fault of the actor; each event has the entity look whether something is done ([`settle`]).

use std::cell::RefCell;
use std::time::Duration;

use actix::prelude::*;
use asterisk::ami::Action;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Entity, Shell};
use crate::command::{Done, Refusal};
use crate::keys::Micros;
use crate::ports::{ActionFailure, SendAction};

/// From the acceptance to the event that shows it.
const DONE_WITHIN: Duration = Duration::from_secs(5);
/// A channel sent to an extension that does not exist is hung up sooner than that.
const OUTLIVES: Duration = Duration::from_millis(300);
/// For the PBX's answer to each action.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
/// Orders that may wait on one entity.
const MOST_WAITING: usize = 32;

/// Where the outcome of an order goes.
pub type Reply = oneshot::Sender<Result<Done, Refusal>>;

/// How far an order is, by what was seen since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Nothing shows it yet.
    Open,
    /// It shows where it goes, which may still come to nothing: done if it lasts.
    Sent(&'static str),
    /// Done, and the word for it.
    Done(&'static str),
    /// It cannot be done any more: what the PBX did instead.
    Failed(String),
    /// It cannot be done any more: slug and words.
    Over(&'static str, &'static str),
}

/// An entity that takes orders.
pub trait Commanded: Entity {
    /// What is looked for.
    type Watch: Clone + 'static;

    /// Where its orders wait.
    fn orders(side: &Self::Side) -> &RefCell<Vec<Waiting<Self::Watch>>>;

    /// What events at or after `since` show; `answered` once the PBX took the last action.
    fn progress(&self, watch: &Self::Watch, since: Micros, answered: bool) -> Progress;

    /// Whether the second has no action of its own but waits for what the first brings.
    fn joins(_first: &Self::Watch, _second: &Self::Watch) -> bool {
        false
    }
}

/// An order that was accepted and is not seen done.
pub struct Waiting<W> {
    id: u64,
    pub(crate) watch: W,
    /// Events from then on count.
    since: Micros,
    until: Instant,
    /// Since when it shows where it goes.
    sent: Option<Instant>,
    answered: bool,
    reply: Reply,
}

impl<W> Waiting<W> {
    pub(crate) fn tell(self, outcome: Result<Done, Refusal>) {
        // nobody may wait any more
        let _ = self.reply.send(outcome);
    }
}

#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Answered {
    id: u64,
    failure: Option<ActionFailure>,
}

#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct LookAgain;

/// Takes an accepted order: sends its actions one after the other, and waits. With no actions it joins
/// what is under way.
pub(crate) fn place<E: Commanded>(
    shell: &Shell<E>,
    ctx: &mut Context<Shell<E>>,
    watch: E::Watch,
    actions: Vec<Action>,
    reply: Reply,
) {
    let id = {
        let mut waiting = E::orders(&shell.lasting.side).borrow_mut();
        if waiting.len() >= MOST_WAITING {
            let _ = reply.send(Err(Refusal::Busy));
            return;
        }
        let id = waiting.iter().map(|w| w.id).max().unwrap_or(0) + 1;
        let since = Micros(shell.lasting.shard.last_event().0 + 1);
        let until = Instant::now() + DONE_WITHIN;
        waiting.push(Waiting { id, watch, since, until, sent: None, answered: false, reply });
        id
    };
    arm(shell, ctx);
    if !actions.is_empty() {
        let me = shell.lasting.me.clone();
        let sent = send_all(&shell.lasting.shard.actions, actions);
        actix::spawn(async move {
            let failure = sent.await.err();
            me.do_send(Answered { id, failure });
        });
    }
}

/// Sends them one after the other; the first that fails is the last. The last answer.
pub(crate) fn send_all(
    link: &Recipient<SendAction>,
    actions: Vec<Action>,
) -> impl Future<Output = Result<Option<crate::ports::Answer>, ActionFailure>> + 'static {
    let link = link.clone();
    async move {
        let mut last = None;
        for action in actions {
            let answer = link.send(SendAction { action, deadline: ANSWER_WITHIN }).await;
            last = Some(answer.unwrap_or(Err(ActionFailure::LinkLost))?);
        }
        Ok(last)
    }
}

impl<E: Commanded> Handler<Answered> for Shell<E> {
    type Result = ();

    fn handle(&mut self, answered: Answered, ctx: &mut Context<Self>) {
        let orders = E::orders(&self.lasting.side);
        let Some(failure) = answered.failure else {
            if let Some(w) = orders.borrow_mut().iter_mut().find(|w| w.id == answered.id) {
                w.answered = true;
            }
            if settle(self) {
                arm(self, ctx);
            }
            return;
        };
        settle(self);
        let mut waiting = orders.borrow_mut();
        let Some(at) = waiting.iter().position(|w| w.id == answered.id) else { return };
        let refusal = Refusal::from(failure);
        let failed = waiting.swap_remove(at);
        // what joined this one has nothing left to wait for
        for other in waiting.extract_if(.., |w| E::joins(&failed.watch, &w.watch)) {
            other.tell(Err(refusal.clone()));
        }
        failed.tell(Err(refusal));
    }
}

impl<E: Commanded> Handler<LookAgain> for Shell<E> {
    type Result = ();
    fn handle(&mut self, _: LookAgain, ctx: &mut Context<Self>) {
        settle(self);
        arm(self, ctx);
    }
}

/// Answers those whose event was seen, and those whose time is over; whether to [`arm`] again.
pub(crate) fn settle<E: Commanded>(shell: &Shell<E>) -> bool {
    let orders = E::orders(&shell.lasting.side);
    if orders.borrow().is_empty() {
        return false;
    }
    let mut again = false;
    let now = Instant::now();
    let mut waiting = orders.borrow_mut();
    let mut at = 0;
    while at < waiting.len() {
        let w = &mut waiting[at];
        let outcome = match shell.state().progress(&w.watch, w.since, w.answered) {
            Progress::Done(outcome) => Some(Ok(Done::of(outcome))),
            Progress::Failed(words) => Some(Err(Refusal::Pbx(words))),
            Progress::Over(slug, words) => Some(Err(Refusal::State(slug, words))),
            Progress::Sent(outcome) => {
                again |= w.sent.is_none();
                let sent = *w.sent.get_or_insert(now);
                (now >= sent + OUTLIVES).then_some(Ok(Done::of(outcome)))
            }
            Progress::Open => None,
        };
        let outcome = outcome.or_else(|| (now >= w.until).then_some(Err(Refusal::TimedOut)));
        match outcome {
            Some(outcome) => waiting.swap_remove(at).tell(outcome),
            None => at += 1,
        }
    }
    again
}

/// Wakes up when the first of them has waited long enough.
pub(crate) fn arm<E: Commanded>(shell: &Shell<E>, ctx: &mut Context<Shell<E>>) {
    let next = |w: &Waiting<E::Watch>| w.sent.map_or(w.until, |sent| w.until.min(sent + OUTLIVES));
    let next = E::orders(&shell.lasting.side).borrow().iter().map(next).min();
    if let Some(until) = next {
        ctx.notify_later(LookAgain, until.saturating_duration_since(Instant::now()));
    }
}
