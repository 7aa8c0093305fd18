//! Commands on an agent, and the pause that waits for the end of his call.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix::prelude::*;
use asterisk::ami::{Action, ActionError, Member};
use tokio::sync::oneshot;

use super::actor::AgentInput;
use super::policy::{Step, Verdict};
use super::state::AgentState;
use crate::command::{AgentAct, Done, Refusal, Verb};
use crate::keys::Micros;
use crate::ports::ActionFailure;
use crate::shell::Shell;
use crate::shell::orders::{Commanded, Progress, Reply, Waiting, place, send_all};

/// What an agent's actor keeps beside his state.
#[derive(Default)]
pub struct Side {
    orders: RefCell<Vec<Waiting<AgentAct>>>,
    /// The pause that was to come is on its way.
    pausing: Arc<AtomicBool>,
}

/// That a pause is on its way: until this is dropped, also with a message that nobody takes any more.
struct Pausing(Arc<AtomicBool>);

impl Pausing {
    /// `None` when one is on its way already.
    fn begin(side: &Side) -> Option<Self> {
        (!side.pausing.swap(true, Ordering::Relaxed)).then(|| Self(side.pausing.clone()))
    }
}

impl Drop for Pausing {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// A verb for an agent, with the place for its answer.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Ask {
    /// What.
    pub act: AgentAct,
    /// Where the outcome goes.
    pub reply: Reply,
}

/// The PBX's answer to a pause that was to come.
#[derive(Message)]
#[rtype(result = "()")]
struct Paused(Result<(), ActionFailure>, Pausing);

impl Commanded for AgentState {
    type Watch = AgentAct;

    fn orders(side: &Side) -> &RefCell<Vec<Waiting<AgentAct>>> {
        &side.orders
    }

    fn progress(&self, act: &AgentAct, _since: Micros, _answered: bool) -> Progress {
        self.shows(act)
    }
}

impl Handler<Ask> for Shell<AgentState> {
    type Result = ();

    fn handle(&mut self, ask: Ask, ctx: &mut Context<Self>) {
        self.lasting.meta.handling("command");
        let outcome = match self.state().decide(&ask.act) {
            Verdict::Send(steps) => match steps.iter().map(action).collect::<Result<Vec<_>, _>>() {
                Ok(actions) => {
                    // what is asked for now takes the place of what was to come
                    if self.state().pause_later().is_some()
                        && matches!(ask.act, AgentAct::Pause { .. } | AgentAct::Unpause { .. })
                    {
                        self.take(AgentInput::PauseLater(None), ctx);
                    }
                    return place(self, ctx, ask.act, actions, ask.reply);
                }
                Err(error) => Err(error.into()),
            },
            Verdict::Later(later) => {
                self.take(AgentInput::PauseLater(Some(later)), ctx);
                Ok(Done::of("pending"))
            }
            Verdict::TakeBack => {
                self.take(AgentInput::PauseLater(None), ctx);
                Ok(Done::of("unpaused"))
            }
            Verdict::Already(outcome) => Ok(Done::of(outcome)),
            Verdict::Refuse(slug, words) => Err(Refusal::State(slug, words)),
        };
        // nobody may wait any more
        let _ = ask.reply.send(outcome);
    }
}

/// Which verbs may be done to him now, and why not.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Which {
    /// Where the answer goes.
    pub reply: oneshot::Sender<Vec<(Verb, Option<Refusal>)>>,
}

impl Handler<Which> for Shell<AgentState> {
    type Result = ();

    fn handle(&mut self, which: Which, _: &mut Context<Self>) {
        self.lasting.meta.handling("command");
        let lacks = self.lasting.shard.desk.lacks();
        let of = |verb: Verb| {
            let state = self.state().against(verb).map(|(slug, words)| Refusal::State(slug, words));
            (verb, lacks.refuse(verb).or(state))
        };
        let ours = |verb: &Verb| verb.is_on_agent() || *verb == Verb::Originate;
        // nobody may wait any more
        let _ = which.reply.send(Verb::ALL.into_iter().filter(ours).map(of).collect());
    }
}

fn action(step: &Step) -> Result<Action, ActionError> {
    match step {
        Step::Pause { queue, interface, paused, reason } => {
            Action::queue_pause(interface, *paused, queue.as_deref(), reason.as_deref())
        }
        Step::Add { queue, interface, device, name, penalty, paused } => {
            let paused = paused.as_ref().map(|reason| reason.as_deref());
            let member = Member { interface, device, name, penalty: *penalty, paused };
            Action::queue_add(queue, member)
        }
        Step::Remove { queue, interface } => Action::queue_remove(queue, interface),
        Step::Penalty { queue, interface, penalty } => Action::queue_penalty(queue, interface, *penalty),
    }
}

/// A pause that the PBX did not take for want of time is asked for again after that.
const PAUSE_AGAIN: Duration = Duration::from_secs(1);

/// His call is over and a pause was to come then: now. While the link is away it waits on.
pub(super) fn pause_when_due(shell: &mut Shell<AgentState>, ctx: &mut Context<Shell<AgentState>>) {
    let Some(later) = shell.state().pause_later() else { return };
    let side = &shell.lasting.side;
    if shell.state().is_on_a_call() || !shell.lasting.shard.link_up.get() {
        return;
    }
    let Some(pausing) = Pausing::begin(side) else { return };
    let steps = shell.state().pauses(later);
    let actions: Result<Vec<_>, _> = steps.iter().map(action).collect();
    let (Ok(actions), false) = (actions, steps.is_empty()) else {
        // he logged out meanwhile: nothing is left to pause
        ctx.notify(Paused(Ok(()), pausing));
        return;
    };
    let me = shell.lasting.me.clone();
    let sent = send_all(&shell.lasting.shard.actions, actions);
    actix::spawn(async move { me.do_send(Paused(sent.await.map(drop), pausing)) });
}

impl Handler<Paused> for Shell<AgentState> {
    type Result = ();

    fn handle(&mut self, paused: Paused, ctx: &mut Context<Self>) {
        let Paused(outcome, pausing) = paused;
        drop(pausing);
        match outcome {
            Ok(()) => {}
            Err(ActionFailure::LinkDown | ActionFailure::LinkLost) => return, // when it is back
            // the PBX was asked too much at once, or said nothing in time: it is asked again
            Err(failure @ (ActionFailure::Busy | ActionFailure::TimedOut)) => {
                log::warn!(
                    "actor={} could not pause after the call yet: {failure:?}",
                    self.lasting.meta.name()
                );
                ctx.run_later(PAUSE_AGAIN, pause_when_due);
                return;
            }
            Err(failure) => {
                log::warn!("actor={} could not pause after the call: {failure:?}", self.lasting.meta.name());
            }
        }
        if self.state().pause_later().is_some() {
            self.take(AgentInput::PauseLater(None), ctx);
        }
    }
}
