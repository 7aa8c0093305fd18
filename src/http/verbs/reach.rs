//! Whether a verb is the caller's to give, and what the audit log says of it.

use std::sync::Arc;

use actors::command::{AgentAct, CallAct, Command, Endpoint, Order, QueueName, Verb, Whom};
use actors::keys::PbxName;
use actors::numbers::{By, NumberPlan};
use actors::view::{Table, Text, View};
use serde_json::Value;

use crate::access::Access;
use crate::auth::Right;
use crate::http::Site;
use crate::http::access::{Caller, refused};
use crate::http::acts::Act;
use crate::http::error::ApiError;
use crate::people::{Directory, Person};

/// The right that a verb needs.
pub(super) fn right_of(verb: Verb) -> Right {
    match verb {
        // the leg that listens is the supervisor's own
        Verb::Hangup | Verb::StopListening => Right::Hangup,
        Verb::Transfer | Verb::Consult | Verb::Complete | Verb::Cancel | Verb::ToNode => Right::Transfer,
        Verb::Park | Verb::Retrieve => Right::Park,
        Verb::Listen => Right::Listen,
        Verb::Whisper => Right::Whisper,
        Verb::Barge => Right::Barge,
        Verb::TakeOver => Right::TakeOver,
        Verb::Dtmf => Right::Dtmf,
        Verb::RecordStart | Verb::RecordStop | Verb::RecordPause | Verb::RecordResume => Right::Record,
        Verb::Kick | Verb::Mute => Right::Conference,
        Verb::Pick | Verb::Move => Right::Pick,
        Verb::Originate => Right::Originate,
        Verb::Pause | Verb::Unpause => Right::Pause,
        Verb::Login | Verb::Logout => Right::QueueLog,
        Verb::Penalty => Right::Penalty,
    }
}

/// Who asks, and the rules of the site that dials: that of who sits at the phone, or is on the call; that of who
/// asks where these are nobody's.
pub(super) fn by(site: &Site, caller: &Caller, command: &Command) -> Result<By, ApiError> {
    let who = caller.who();
    let Some(asks) = who.person() else { return Ok(By::default()) };
    let directory = who.directory();
    let dials = at_the_phone(site, directory, command).and_then(|person| person.user.site_id.clone());
    let rules = dials.as_ref().or(asks.user.site_id.as_ref());
    by_rules(asks, rules.map(String::as_str), directory)
        .map_err(|_| ApiError::Conflict("bad_number_rules", "the number rules of the site cannot be read"))
}

/// Who sits at the phone that dials: the one that is named, or an agent's on the call.
fn at_the_phone(site: &Site, directory: &Directory, command: &Command) -> Option<Arc<Person>> {
    let board = &site.parts.board;
    let on_pbx = |pbx: &Text| command.pbx.as_ref().is_none_or(|named| named.0 == *pbx);
    let at = |pbx: &Text, endpoint: &str| directory.at_endpoint(pbx, endpoint).cloned();
    match &command.order {
        Order::Originate(endpoint, _) => {
            board.lines(Table::Agents).iter().find_map(|line| match &*line.view {
                View::Agent(agent) if agent.endpoint == endpoint.as_str() && on_pbx(&agent.pbx) => {
                    at(&agent.pbx, endpoint.as_str())
                }
                _ => None,
            })
        }
        Order::Channel(channel, CallAct::Transfer { .. } | CallAct::Consult { .. }) => {
            let whom = Whom::Channel(channel.clone());
            board.lines(Table::Calls).iter().find_map(|line| match &*line.view {
                View::Call(call) if on_pbx(&call.pbx) && is_on(&whom, &line.view) => {
                    let agents = call.legs.iter().filter(|leg| leg.ended_ms.is_none() && leg.agent.is_some());
                    agents.filter(|leg| leg.spies_on.is_none()).find_map(|leg| at(&call.pbx, &leg.endpoint))
                }
                _ => None,
            })
        }
        Order::Channel(..) | Order::Agent(..) | Order::Speak(..) => None,
    }
}

/// A person, and the rules of a site.
///
/// # Errors
/// When these cannot be read.
pub fn by_rules(person: &Person, site: Option<&str>, directory: &Directory) -> Result<By, String> {
    let agent = Some(person.user.id.as_str().into());
    let site = site.and_then(|id| directory.sites.get(id));
    let Some(site) = site else { return Ok(By { agent, ..By::default() }) };
    let plan = match &site.numbers {
        Value::Object(fields) if fields.is_empty() => None,
        rules => Some(Arc::new(plan(rules)?)),
    };
    Ok(By {
        agent,
        site: Some(site.id.as_str().into()),
        plan,
        outbound_context: site.outbound_context.as_deref().map(Into::into),
        transfer_context: site.transfer_context.as_deref().map(Into::into),
    })
}

/// The number rules of a site, checked.
pub(in crate::http) fn plan(rules: &Value) -> Result<NumberPlan, String> {
    let plan: NumberPlan = serde_json::from_value(rules.clone()).map_err(|e| e.to_string())?;
    plan.check().map_err(|bad| bad.to_string())?;
    Ok(plan)
}

/// Whether that right of the caller reaches what the order is on, and the phone that it rings. What he does
/// not even see is not there for him; of two with the name, on two PBXs, only his own can be meant.
pub(super) async fn within(
    site: &Site,
    caller: &Caller,
    right: Right,
    command: &mut Command,
) -> Result<(), ApiError> {
    let whom = whom(&command.order);
    command.pbx = on_right(site, caller, right, &whom, command.pbx.take()).await?;
    let station = station(&command.order).cloned();
    if let Some(station) = station {
        // a phone is rung only by who may have it call
        let whom = Whom::Agent(station);
        command.pbx = on_right(site, caller, Right::Originate, &whom, command.pbx.take()).await?;
    }
    match queue(&command.order) {
        Some(name) => on_queue(site, caller, right, command, name.as_str()).await,
        None => Ok(()),
    }
}

/// Whether that right reaches the queue that an order names: else who may act in one queue would bring
/// himself and others into any, and see its callers.
async fn on_queue(
    site: &Site,
    caller: &Caller,
    right: Right,
    command: &Command,
    name: &str,
) -> Result<(), ApiError> {
    let (board, may) = (&site.parts.board, caller.who().sight(right));
    let lines = board.lines(Table::Queues);
    let on = |view: &View| match view {
        View::Queue(queue) => queue.name == name && command.pbx.as_ref().is_none_or(|pbx| pbx.0 == queue.pbx),
        _ => false,
    };
    let found = lines.iter().map(|line| &*line.view).find(|view| on(view));
    let on = whom(&command.order);
    let is_there = || board.lines(Table::Calls).iter().any(|line| is_on(&on, &line.view));
    if matches!(command.order, Order::Channel(..)) && found.is_none() && is_there() {
        // the dialplan would hang him up
        return Err(ApiError::Conflict("no_such_queue", "the PBX has no queue of that name"));
    }
    let pbx = command.pbx.as_ref().map_or("", |pbx| pbx.0.as_str());
    let agent = match &on {
        Whom::Agent(endpoint) => Some(endpoint.as_str()),
        Whom::Channel(_) => None,
    };
    if may.may_name(pbx, name, agent, found, board) {
        return Ok(());
    }
    if let Access::Accounts(accounts) = &site.parts.access {
        refused(accounts, caller.who(), right, name, caller.address()).await?;
    }
    Err(ApiError::NoRight(right))
}

/// What that right of the caller does to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reaches {
    /// It may be done, on that PBX.
    Yes(Option<PbxName>),
    /// He sees it, but may not.
    Seen,
    /// It is not there for him.
    No,
}

/// See [`within`].
pub(super) fn reaches(
    site: &Site,
    caller: &Caller,
    right: Right,
    whom: &Whom,
    pbx: Option<PbxName>,
) -> Reaches {
    let (may, sees) = (caller.who().sight(right), caller.who().sight(Right::See));
    if may.is_everything() {
        return Reaches::Yes(pbx);
    }
    let board = &site.parts.board;
    let table = match whom {
        Whom::Channel(_) => Table::Calls,
        Whom::Agent(_) => Table::Agents,
    };
    let mut reaches = Reaches::No;
    for line in board.lines(table) {
        let Some(of) = line.view.pbx().filter(|_| is_on(whom, &line.view)) else { continue };
        if pbx.as_ref().is_some_and(|named| named.0 != of) {
            continue;
        }
        if may.sees(&line.view, board) {
            return Reaches::Yes(Some(PbxName(of.clone())));
        }
        if sees.sees(&line.view, board) {
            reaches = Reaches::Seen;
        }
    }
    reaches
}

pub(super) async fn on_right(
    site: &Site,
    caller: &Caller,
    right: Right,
    whom: &Whom,
    pbx: Option<PbxName>,
) -> Result<Option<PbxName>, ApiError> {
    match reaches(site, caller, right, whom, pbx) {
        Reaches::Yes(pbx) => return Ok(pbx),
        Reaches::No => {
            return Err(match whom {
                Whom::Channel(_) => ApiError::NoSuchChannel,
                Whom::Agent(_) => ApiError::NoSuchAgent,
            });
        }
        Reaches::Seen => {}
    }
    if let Access::Accounts(accounts) = &site.parts.access {
        let on = match whom {
            Whom::Channel(channel) => channel.as_str(),
            Whom::Agent(endpoint) => endpoint.as_str(),
        };
        refused(accounts, caller.who(), right, on, caller.address()).await?;
    }
    Err(ApiError::NoRight(right))
}

fn is_on(whom: &Whom, row: &View) -> bool {
    match (whom, row) {
        (Whom::Channel(channel), View::Call(call)) => {
            call.legs.iter().any(|leg| leg.ended_ms.is_none() && leg.channel == channel.as_str())
        }
        (Whom::Agent(endpoint), View::Agent(agent)) => agent.endpoint == endpoint.as_str(),
        _ => false,
    }
}

fn whom(order: &Order) -> Whom {
    match order {
        Order::Channel(channel, _) => Whom::Channel(channel.clone()),
        Order::Agent(endpoint, _) | Order::Originate(endpoint, _) | Order::Speak(endpoint, _) => {
            Whom::Agent(endpoint.clone())
        }
    }
}

/// The phone that an order rings besides.
fn station(order: &Order) -> Option<&Endpoint> {
    match order {
        Order::Channel(
            _,
            CallAct::Spy { station, .. }
            | CallAct::TakeOver { station }
            | CallAct::Pick { station }
            | CallAct::Retrieve { station },
        ) => Some(station),
        _ => None,
    }
}

/// The queue that an order names.
fn queue(order: &Order) -> Option<&QueueName> {
    match order {
        Order::Channel(_, CallAct::Move { queue }) => Some(queue),
        Order::Agent(_, AgentAct::Login { queue, .. }) => Some(queue),
        Order::Agent(
            _,
            AgentAct::Pause { queue, .. }
            | AgentAct::Unpause { queue }
            | AgentAct::Logout { queue }
            | AgentAct::Penalty { queue, .. },
        ) => queue.as_ref(),
        Order::Channel(..) | Order::Originate(..) | Order::Speak(..) => None,
    }
}

fn on(order: &Order) -> &str {
    match order {
        Order::Channel(channel, _) => channel.as_str(),
        Order::Agent(endpoint, _) | Order::Originate(endpoint, _) | Order::Speak(endpoint, _) => {
            endpoint.as_str()
        }
    }
}

/// By whose rules it dials, as a start reckons again what was dialled.
fn site_of(command: &Command) -> Option<String> {
    command.by.site.as_ref().map(ToString::to_string)
}

/// What the log says: the verb, on whom, and what was asked besides.
pub(super) fn act(command: &Command) -> Act<'_> {
    // no number is dialled: it is no call of the verb whose right it needs
    let name = match &command.order {
        Order::Speak(..) => "record_prompt",
        order => order.verb().slug(),
    };
    let act = Act::new(name, on(&command.order));
    let act = act.with("pbx", command.pbx.as_ref().map(|pbx| pbx.0.to_string()));
    match &command.order {
        Order::Channel(_, CallAct::Hangup { cause }) => act.with("cause", *cause),
        Order::Channel(_, CallAct::Transfer { destination, .. } | CallAct::Consult { destination, .. }) => {
            act.with("destination", destination.as_str()).with("site", site_of(command))
        }
        Order::Channel(_, CallAct::Move { queue }) => act.with("queue", queue.as_str()),
        Order::Channel(_, CallAct::ToNode { node }) => act.with("node", node.as_str()),
        Order::Channel(_, CallAct::Mute { on }) => act.with("on", *on),
        // S38: never the keys, nor anything of the others
        Order::Channel(..) => act.with("station", station(&command.order).map(|station| station.as_str())),
        Order::Speak(..) => act,
        Order::Originate(_, call) => act
            .with("destination", call.destination.as_str())
            .with("mobile", call.mobile.as_ref().map(|mobile| mobile.as_str()))
            .with("site", site_of(command)),
        Order::Agent(_, AgentAct::Pause { queue, reason, after_call }) => act
            .with("queue", queue.as_ref().map(|queue| queue.as_str()))
            .with("reason", reason.as_ref().map(|reason| reason.as_str()))
            .with("after_call", *after_call),
        Order::Agent(_, AgentAct::Unpause { queue } | AgentAct::Logout { queue }) => {
            act.with("queue", queue.as_ref().map(|queue| queue.as_str()))
        }
        Order::Agent(_, AgentAct::Login { queue, penalty }) => {
            act.with("queue", queue.as_str()).with("penalty", *penalty)
        }
        Order::Agent(_, AgentAct::Penalty { queue, penalty }) => {
            act.with("queue", queue.as_ref().map(|queue| queue.as_str())).with("penalty", *penalty)
        }
    }
}
