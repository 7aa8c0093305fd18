//! Commands on a call: sent when its policy accepts, answered when an event shows them done.

use std::cell::RefCell;

use actix::prelude::*;
use asterisk::ami::{Action, Target};
use tokio::sync::oneshot;

use super::legs::Leg;
use super::policy::Verdict;
use super::state::CallState;
use crate::ai::SessionOrder;
use crate::command::{
    CallAct, ChannelName, ContextName, Destination, Done, QueueName, Recording, Refusal, Verb,
};
use crate::ivr::WalkOrder;
use crate::keys::Micros;
use crate::numbers::By;
use crate::registry::{Shard, Shown};
use crate::shell::Shell;
use crate::shell::orders::{Commanded, Progress, Reply, Waiting, place};
use crate::view::{FlowView, Text};

/// The extension of `vigie-wait`: where a party is on hold while the other consults.
pub(crate) const ON_HOLD: &str = "vigie-wait";

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
    /// When the walk began that he was in then: another one is not mistaken for it, whatever the clocks say.
    pub(super) walk: Option<Micros>,
}

impl Commanded for CallState {
    type Watch = Watch;

    fn orders(side: &Self::Side) -> &RefCell<Vec<Waiting<Watch>>> {
        &side.waiting
    }

    fn progress(&self, watch: &Watch, since: Micros, answered: bool) -> Progress {
        let progress = self.shows(&watch.uniqueid, &watch.act, since, answered);
        if progress == Progress::Open && self.is_back_in_a_flow(watch) {
            let words = "that queue took nobody: he hears the flow from its beginning";
            return Progress::Over("queue_took_nobody", words);
        }
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

impl CallState {
    /// Whether somebody who was to be moved walks a flow that he did not walk before.
    fn is_back_in_a_flow(&self, watch: &Watch) -> bool {
        let moved = matches!(watch.act, CallAct::Move { .. }) && self.open_stint(&watch.uniqueid).is_none();
        moved && self.walk_of(&watch.uniqueid).is_some_and(|walk| Some(walk.began_ms) != watch.walk)
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
            Verdict::Already(word) => Ok(Done::of(word)),
            Verdict::Refuse("no_such_channel", _) => Err(Refusal::NoSuchChannel),
            Verdict::Refuse(slug, words) => Err(Refusal::State(slug, words)),
        };
        // nobody may wait any more
        let _ = ask.reply.send(refused);
    }
}

/// What is on a channel, where a verb may be done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Its Uniqueid.
    pub(crate) uniqueid: Text,
    /// Its name.
    pub(crate) channel: Text,
    /// Its endpoint.
    pub(crate) endpoint: Text,
    /// The only other party.
    pub(crate) with: Option<Shown>,
    /// The queue it waits in.
    pub(crate) waits_in: Option<QueueName>,
    /// Nodes that it was at in the flow that it walks.
    pub(crate) nodes: usize,
}

/// Asks the policy, for an order that is carried out beside the call.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Look {
    /// On which of its channels.
    pub(crate) channel: ChannelName,
    /// What is to be done.
    pub(crate) act: CallAct,
    /// Where the answer goes.
    pub(crate) reply: oneshot::Sender<Result<Facts, Refusal>>,
}

impl Handler<Look> for Shell<CallState> {
    type Result = ();

    fn handle(&mut self, look: Look, _: &mut Context<Self>) {
        self.lasting.meta.handling("command");
        let call = self.state();
        let answer = match call.decide(look.channel.as_str(), &look.act) {
            Verdict::Accept { .. } => {
                call.named(look.channel.as_str()).ok_or(Refusal::NoSuchChannel).map(|leg| Facts {
                    uniqueid: leg.uniqueid.clone(),
                    channel: leg.channel.clone(),
                    endpoint: leg.endpoint(),
                    with: call.partner(leg).map(|(uniqueid, channel)| Shown { uniqueid, channel }),
                    waits_in: call.waits_in(&leg.channel).and_then(|queue| QueueName::parse(queue).ok()),
                    nodes: call.walk_of(&leg.uniqueid).map_or(0, FlowView::seen),
                })
            }
            Verdict::Already(_) | Verdict::Refuse("no_such_channel", _) => Err(Refusal::NoSuchChannel),
            Verdict::Refuse(slug, words) => Err(Refusal::State(slug, words)),
        };
        // nobody may wait any more
        let _ = look.reply.send(answer);
    }
}

/// Which verbs may be done to a channel now, and why not.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Which {
    /// On which of its channels.
    pub channel: ChannelName,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Vec<(Verb, Option<Refusal>)>>,
}

impl Handler<Which> for Shell<CallState> {
    type Result = ();

    fn handle(&mut self, which: Which, _: &mut Context<Self>) {
        self.lasting.meta.handling("command");
        let lacks = self.lasting.shard.desk.lacks();
        let of = |verb: Verb| {
            let state = match self.state().may(which.channel.as_str(), verb) {
                Verdict::Accept { .. } | Verdict::Already(_) => None,
                Verdict::Refuse(slug, words) => Some(Refusal::State(slug, words)),
            };
            (verb, lacks.refuse(verb).or(state))
        };
        // nobody may wait any more
        let _ = which.reply.send(Verb::ALL.into_iter().filter(|v| v.is_on_channel()).map(of).collect());
    }
}

/// What to look for and what to send; nothing when the same hangup is under way already.
fn accept(shell: &Shell<CallState>, ask: &Ask, uniqueid: Text) -> Result<(Watch, Vec<Action>), Refusal> {
    let shard = &shell.lasting.shard;
    let walk = shell.state().walk_of(&uniqueid).map(|walk| walk.began_ms);
    let mut watch = Watch { uniqueid, act: ask.act.clone(), walk };
    let joins = |w: &Waiting<Watch>| CallState::joins(&w.watch, &watch);
    if shell.lasting.side.waiting.borrow().iter().any(joins) {
        return Ok((watch, Vec::new()));
    }
    let actions = actions(shell.state(), shard, ask, &mut watch)?;
    if let CallAct::Transfer { .. } | CallAct::Move { .. } = watch.act
        && let Some(walks) = shard.walks.orders(&watch.uniqueid)
    {
        // else his flow would say that he hung up
        walks.do_send(WalkOrder::TakenAway);
    }
    if let CallAct::Transfer { .. } | CallAct::Move { .. } = watch.act
        && let Some(session) = shard.sessions.orders(&watch.uniqueid)
    {
        // the same of his assistant
        session.do_send(SessionOrder::TakenAway);
    }
    Ok((watch, actions))
}

/// The actions for it. Where a number is dialled, `act` is given what is dialled in place of what was typed.
fn actions(call: &CallState, shard: &Shard, ask: &Ask, watch: &mut Watch) -> Result<Vec<Action>, Refusal> {
    let channel = ask.channel.as_str();
    let leg = call.named(channel).ok_or(Refusal::NoSuchChannel)?;
    let partner = || call.partner(leg).ok_or(Refusal::State("not_two_parties", "the other party left"));
    let on_hold = || call.on_hold_for(leg).ok_or(Refusal::State("not_consulting", "nobody is on hold"));
    let room =
        || call.room_of(leg).ok_or(Refusal::State("not_in_conference", "the channel is in no conference"));
    Ok(match &mut watch.act {
        CallAct::Hangup { cause } => vec![Action::hangup(channel, *cause)?],
        CallAct::StopListening => vec![Action::hangup(channel, 16)?],
        CallAct::Transfer { destination, context } => {
            let context = dialled(call, shard, ask, destination, context.as_ref())?;
            let to = Target { context: context.as_str(), exten: destination.as_str(), priority: 1 };
            vec![Action::redirect(channel, to, None)?]
        }
        CallAct::Consult { destination, context } => {
            let (_, other) = partner()?;
            let context = dialled(call, shard, ask, destination, context.as_ref())?;
            let to = Target { context: context.as_str(), exten: destination.as_str(), priority: 1 };
            let hold = Target { context: ON_HOLD, exten: ON_HOLD, priority: 1 };
            vec![Action::redirect(channel, to, Some((&other, hold)))?]
        }
        CallAct::Complete => {
            let (held, (_, consulted)) = (on_hold()?, partner()?);
            watch.uniqueid = held.uniqueid.clone();
            vec![Action::bridge(&held.channel, &consulted)?]
        }
        CallAct::Cancel => vec![Action::bridge(channel, &on_hold()?.channel)?],
        CallAct::Park => vec![Action::park(channel, Some(&partner()?.1))?],
        CallAct::Dtmf { digits } => {
            digits.each().map(|digit| Action::play_dtmf(channel, digit)).collect::<Result<_, _>>()?
        }
        CallAct::Record(Recording::Start) => vec![Action::mix_monitor(channel, &file_of(leg, shard))?],
        CallAct::Record(Recording::Stop) => vec![Action::stop_mix_monitor(channel)?],
        CallAct::Record(Recording::Pause) => vec![Action::mix_monitor_mute(channel, true)?],
        CallAct::Record(Recording::Resume) => vec![Action::mix_monitor_mute(channel, false)?],
        CallAct::Kick => vec![Action::confbridge_kick(room()?, channel)?],
        CallAct::Mute { on } => vec![Action::confbridge_mute(room()?, channel, *on)?],
        CallAct::Move { queue } => {
            let to = Target { context: "vigie-queue", exten: queue.as_str(), priority: 1 };
            let mut actions = Vec::new();
            if let Some(before) = call.waits_in(channel).and_then(|queue| QueueName::parse(queue).ok()) {
                actions.push(Action::setvar(channel, "VIGIE_QUEUE_BEFORE", before.as_str())?);
            } else if let Some(back) = shard.walks.back(&leg.uniqueid) {
                actions.push(Action::setvar(channel, "VIGIE_QUEUE_BEFORE", "")?);
                actions.push(Action::setvar(channel, "VIGIE_FLOW", &back)?);
            }
            actions.push(Action::redirect(channel, to, None)?);
            actions
        }
        CallAct::Spy { .. }
        | CallAct::TakeOver { .. }
        | CallAct::Pick { .. }
        | CallAct::Retrieve { .. }
        | CallAct::ToNode { .. } => {
            return Err(Refusal::Busy); // carried out beside the call: see `registry::station` and `walks`
        }
    })
}

/// The context it is dialled in; `destination` is given what is dialled in place of what was typed.
fn dialled(
    call: &CallState,
    shard: &Shard,
    ask: &Ask,
    destination: &mut Destination,
    context: Option<&ContextName>,
) -> Result<ContextName, Refusal> {
    // what a PBX calls a context and we would not is none
    let phones = call.phones_context().and_then(|c| ContextName::parse(c).ok());
    let own = ask.by.transfer_context.as_ref();
    let context = shard.contexts.choose_for(own, context, phones).map_err(Refusal::NotAllowed)?;
    let dialable = shard.numbers.dial(destination.as_str(), &ask.by, shard.uptime())?;
    *destination = Destination::parse(&dialable.extension).map_err(Refusal::NotAllowed)?;
    Ok(context)
}

/// Under Asterisk's own folder for recordings: nothing of it comes from outside.
fn file_of(leg: &Leg, shard: &Shard) -> String {
    let id: String =
        leg.uniqueid.chars().filter(|c| c.is_ascii_alphanumeric() || "-.".contains(*c)).collect();
    format!("vigie-{id}-{}.wav", shard.now().millis())
}
