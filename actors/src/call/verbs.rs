//! Commands on a call: sent when its policy accepts, answered when an event shows them done.

use std::time::Duration;

use actix::prelude::*;
use asterisk::ami::{Action, ActionError, Target};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::policy::Verdict;
use super::state::CallState;
use crate::command::{BadValue, ChannelName, ContextName, Done, Refusal, Verb};
use crate::keys::Micros;
use crate::ports::{ActionFailure, SendAction};
use crate::registry::Contexts;
use crate::shell::Shell;
use crate::view::Text;

/// From the acceptance to the event that shows it.
const DONE_WITHIN: Duration = Duration::from_secs(5);
/// A channel sent to an extension that does not exist is hung up sooner than that.
const OUTLIVES: Duration = Duration::from_millis(300);
/// For the PBX's answer to the action itself.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
/// Commands that may wait on one call.
const MOST_WAITING: usize = 32;

/// A verb for a call, with the place for its answer.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Ask {
    /// On which of its channels.
    pub channel: ChannelName,
    /// What.
    pub verb: Verb,
    /// Where the outcome goes.
    pub answer: oneshot::Sender<Result<Done, Refusal>>,
}

/// A command that was accepted and is not seen done.
pub struct Waiting {
    id: u64,
    uniqueid: Text,
    verb: Verb,
    /// Events from then on count.
    since: Micros,
    until: Instant,
    /// Since when a transferred channel shows where it will go.
    sent: Option<Instant>,
    answer: oneshot::Sender<Result<Done, Refusal>>,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Answered {
    id: u64,
    failure: Option<ActionFailure>,
}

#[derive(Message)]
#[rtype(result = "()")]
struct LookAgain;

impl Handler<Ask> for Shell<CallState> {
    type Result = ();

    fn handle(&mut self, ask: Ask, ctx: &mut Context<Self>) {
        self.lasting.meta.handling("command");
        let uniqueid = match self.state().decide(ask.channel.as_str(), &ask.verb) {
            Verdict::Accept { uniqueid } => uniqueid,
            Verdict::AlreadyDone => {
                let _ = ask.answer.send(Ok(Done { outcome: "already_hung_up" }));
                return;
            }
            Verdict::Refuse("no_such_channel", _) => {
                let _ = ask.answer.send(Err(Refusal::NoSuchChannel));
                return;
            }
            Verdict::Refuse(slug, words) => {
                let _ = ask.answer.send(Err(Refusal::State(slug, words)));
                return;
            }
        };
        match accept(self, &ask, uniqueid) {
            Err(refusal) => {
                let _ = ask.answer.send(Err(refusal));
            }
            Ok((waiting, action)) => {
                let id = waiting.id;
                let waiting = Waiting { answer: ask.answer, ..waiting };
                self.lasting.side.waiting.borrow_mut().push(waiting);
                arm(self, ctx);
                if let Some(action) = action {
                    send(self, id, action);
                }
            }
        }
    }
}

/// The place in line, and the action unless the same hangup is under way already.
fn accept(shell: &Shell<CallState>, ask: &Ask, uniqueid: Text) -> Result<(Waiting, Option<Action>), Refusal> {
    let shard = &shell.lasting.shard;
    let waiting = shell.lasting.side.waiting.borrow();
    if waiting.len() >= MOST_WAITING {
        return Err(Refusal::Busy);
    }
    let hanging_up = |w: &Waiting| w.uniqueid == uniqueid && matches!(w.verb, Verb::Hangup { .. });
    let again = matches!(ask.verb, Verb::Hangup { .. }) && waiting.iter().any(hanging_up);
    let action = if again { None } else { Some(action_of(ask, &shard.contexts, shell.state())?) };
    let id = waiting.iter().map(|w| w.id).max().unwrap_or(0) + 1;
    // the place for the answer is the asker's own and is put in by the caller
    let (answer, _) = oneshot::channel();
    let since = Micros(shell.state().now.0 + 1);
    let until = Instant::now() + DONE_WITHIN;
    Ok((Waiting { id, uniqueid, verb: ask.verb.clone(), since, until, sent: None, answer }, action))
}

fn action_of(ask: &Ask, contexts: &Contexts, call: &CallState) -> Result<Action, Refusal> {
    let channel = ask.channel.as_str();
    let action = match &ask.verb {
        Verb::Hangup { cause } => Action::hangup(channel, *cause),
        Verb::Transfer { destination, context } => {
            // what a PBX calls a context and we would not is none
            let phones = call.phones_context().and_then(|c| ContextName::parse(c).ok());
            let context = contexts.choose(context.as_ref(), phones).map_err(Refusal::NotAllowed)?;
            let to = Target { context: context.as_str(), exten: destination.as_str(), priority: 1 };
            Action::redirect(channel, to, None)
        }
    };
    action.map_err(|error| match error {
        ActionError::NotExact(field) | ActionError::ControlByte(field) | ActionError::LineTooLong(field) => {
            Refusal::NotAllowed(BadValue { field, expected: "a value that AMI can carry" })
        }
        ActionError::TooManyHeaders => {
            Refusal::NotAllowed(BadValue { field: "channel", expected: "a value that AMI can carry" })
        }
    })
}

fn send(shell: &Shell<CallState>, id: u64, action: Action) {
    let sent = shell.lasting.shard.actions.send(SendAction { action, deadline: ANSWER_WITHIN });
    let me = shell.lasting.me.clone();
    actix::spawn(async move {
        let failure = match sent.await {
            Ok(Ok(_)) => None,
            Ok(Err(failure)) => Some(failure),
            Err(_) => Some(ActionFailure::LinkLost),
        };
        me.do_send(Answered { id, failure });
    });
}

impl Handler<Answered> for Shell<CallState> {
    type Result = ();

    fn handle(&mut self, answered: Answered, _: &mut Context<Self>) {
        let Some(failure) = answered.failure else { return }; // done when an event shows it
        settle(self);
        let mut waiting = self.lasting.side.waiting.borrow_mut();
        let Some(at) = waiting.iter().position(|w| w.id == answered.id) else { return };
        let refusal = match failure {
            ActionFailure::LinkDown => Refusal::LinkDown,
            ActionFailure::LinkLost => Refusal::LinkLost,
            ActionFailure::TimedOut => Refusal::TimedOut,
            ActionFailure::Busy => Refusal::Busy,
            ActionFailure::Refused(words) => Refusal::Pbx(words),
            ActionFailure::Incomplete => Refusal::Pbx("the answer was not whole".into()),
        };
        let failed = waiting.swap_remove(at);
        // a hangup that joined this one has nothing left to wait for
        if matches!(failed.verb, Verb::Hangup { .. }) {
            let joined =
                |w: &mut Waiting| w.uniqueid == failed.uniqueid && matches!(w.verb, Verb::Hangup { .. });
            for other in waiting.extract_if(.., joined) {
                let _ = other.answer.send(Err(refusal.clone()));
            }
        }
        let _ = failed.answer.send(Err(refusal));
    }
}

impl Handler<LookAgain> for Shell<CallState> {
    type Result = ();
    fn handle(&mut self, _: LookAgain, ctx: &mut Context<Self>) {
        settle(self);
        arm(self, ctx);
    }
}

/// Answers those whose event was seen, and those whose time is over; whether to [`arm`] again.
pub(super) fn settle(shell: &Shell<CallState>) -> bool {
    let side = &shell.lasting.side;
    if side.waiting.borrow().is_empty() {
        return false;
    }
    let mut again = false;
    let now = Instant::now();
    let mut waiting = side.waiting.borrow_mut();
    let over = shell.state().is_over();
    let mut at = 0;
    while at < waiting.len() {
        let w = &mut waiting[at];
        let state = shell.state();
        let mut done = state.shows_done(&w.uniqueid, &w.verb, w.since);
        if done.is_none() && state.shows_sent(&w.uniqueid, &w.verb, w.since) {
            again |= w.sent.is_none();
            let sent = *w.sent.get_or_insert(now);
            done = (now >= sent + OUTLIVES).then_some("redirected");
        }
        let outcome = match (done, state.shows_failed(&w.uniqueid, &w.verb)) {
            (Some(outcome), _) => Ok(Done { outcome }),
            (None, Some(words)) => Err(Refusal::Pbx(words)),
            (None, None) if over => Err(Refusal::State("already_ended", "the call ended before")),
            (None, None) if now >= w.until => Err(Refusal::TimedOut),
            (None, None) => {
                at += 1;
                continue;
            }
        };
        let _ = waiting.swap_remove(at).answer.send(outcome);
    }
    again
}

/// Wakes up when the first of them has waited long enough.
pub(super) fn arm(shell: &Shell<CallState>, ctx: &mut Context<Shell<CallState>>) {
    let next = |w: &Waiting| w.sent.map_or(w.until, |sent| w.until.min(sent + OUTLIVES));
    let next = shell.lasting.side.waiting.borrow().iter().map(next).min();
    if let Some(until) = next {
        ctx.notify_later(LookAgain, until.saturating_duration_since(Instant::now()));
    }
}

/// For logs: what was asked.
impl std::fmt::Display for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match &self.verb {
            Verb::Hangup { cause } => compact_str::format_compact!("hang up with cause {cause}"),
            Verb::Transfer { destination, .. } => {
                compact_str::format_compact!("transfer to {}", destination.as_str())
            }
        };
        write!(f, "{what}: {}", self.channel.as_str())
    }
}
