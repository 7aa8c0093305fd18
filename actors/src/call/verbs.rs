//! Commands on a call: sent when its policy accepts, answered when an event shows them done.

use std::cell::RefCell;

use actix::prelude::*;
use asterisk::ami::{Action, Target};

use super::policy::Verdict;
use super::state::CallState;
use crate::command::{CallAct, ChannelName, ContextName, Destination, Done, Refusal};
use crate::keys::Micros;
use crate::numbers::By;
use crate::registry::Shard;
use crate::shell::Shell;
use crate::shell::orders::{Commanded, Progress, Reply, Waiting, place};
use crate::view::Text;

/// A verb for a call, with the place for its answer.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Ask {
    /// On which of its channels.
    pub channel: ChannelName,
    /// Who asks.
    pub by: By,
    /// What.
    pub act: CallAct,
    /// Where the outcome goes.
    pub reply: Reply,
}

/// What is looked for on a call: on which leg, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// Uniqueid of the leg.
    pub(super) uniqueid: Text,
    /// What was asked, with what is dialled in place of what was typed.
    pub(super) act: CallAct,
}

impl Commanded for CallState {
    type Watch = Watch;

    fn orders(side: &Self::Side) -> &RefCell<Vec<Waiting<Watch>>> {
        &side.waiting
    }

    fn progress(&self, watch: &Watch, since: Micros, answered: bool) -> Progress {
        let progress = self.shows(&watch.uniqueid, &watch.act, since, answered);
        if progress == Progress::Open && self.is_over() {
            return Progress::Over("already_ended", "the call ended before");
        }
        progress
    }

    fn joins(first: &Watch, second: &Watch) -> bool {
        first.uniqueid == second.uniqueid
            && matches!((&first.act, &second.act), (CallAct::Hangup { .. }, CallAct::Hangup { .. }))
    }
}

impl Handler<Ask> for Shell<CallState> {
    type Result = ();

    fn handle(&mut self, ask: Ask, ctx: &mut Context<Self>) {
        self.lasting.meta.handling("command");
        let refused = match self.state().decide(ask.channel.as_str(), &ask.act) {
            Verdict::Accept { uniqueid } => match accept(self, &ask, uniqueid) {
                Ok((watch, actions)) => return place(self, ctx, watch, actions, ask.reply),
                Err(refusal) => Err(refusal),
            },
            Verdict::AlreadyDone => Ok(Done::of("already_hung_up")),
            Verdict::Refuse("no_such_channel", _) => Err(Refusal::NoSuchChannel),
            Verdict::Refuse(slug, words) => Err(Refusal::State(slug, words)),
        };
        // nobody may wait any more
        let _ = ask.reply.send(refused);
    }
}

/// What to look for and what to send; nothing when the same hangup is under way already.
fn accept(shell: &Shell<CallState>, ask: &Ask, uniqueid: Text) -> Result<(Watch, Vec<Action>), Refusal> {
    let shard = &shell.lasting.shard;
    let mut watch = Watch { uniqueid, act: ask.act.clone() };
    let joins = |w: &Waiting<Watch>| CallState::joins(&w.watch, &watch);
    if shell.lasting.side.waiting.borrow().iter().any(joins) {
        return Ok((watch, Vec::new()));
    }
    let actions = actions(shell.state(), shard, ask, &mut watch.act)?;
    Ok((watch, actions))
}

/// The actions for it. Where a number is dialled, `act` is given what is dialled in place of what was typed.
fn actions(call: &CallState, shard: &Shard, ask: &Ask, act: &mut CallAct) -> Result<Vec<Action>, Refusal> {
    let channel = ask.channel.as_str();
    Ok(match act {
        CallAct::Hangup { cause } => vec![Action::hangup(channel, *cause)?],
        CallAct::Transfer { destination, context } => {
            // what a PBX calls a context and we would not is none
            let phones = call.phones_context().and_then(|c| ContextName::parse(c).ok());
            let context = shard.contexts.choose(context.as_ref(), phones).map_err(Refusal::NotAllowed)?;
            let dialable = shard.numbers.dial(destination.as_str(), &ask.by, shard.uptime())?;
            *destination = Destination::parse(&dialable.extension).map_err(Refusal::NotAllowed)?;
            let to = Target { context: context.as_str(), exten: destination.as_str(), priority: 1 };
            vec![Action::redirect(channel, to, None)?]
        }
    })
}
