//! Whether a verb is the caller's to give, and what the audit log says of it.

use actors::command::{AgentAct, CallAct, Command, Order, Verb};
use actors::keys::PbxName;
use actors::numbers::By;
use actors::view::{Table, View};

use crate::access::Access;
use crate::auth::Right;
use crate::http::Site;
use crate::http::access::{Caller, refused};
use crate::http::acts::Act;
use crate::http::error::ApiError;

/// The right that a verb needs.
pub(super) fn right_of(verb: Verb) -> Right {
    match verb {
        Verb::Hangup => Right::Hangup,
        Verb::Transfer | Verb::Consult | Verb::Complete | Verb::Cancel => Right::Transfer,
        Verb::Park | Verb::Retrieve => Right::Park,
        Verb::Listen | Verb::StopListening => Right::Listen,
        Verb::Whisper => Right::Whisper,
        Verb::Barge => Right::Barge,
        Verb::TakeOver => Right::TakeOver,
        Verb::Dtmf => Right::Dtmf,
        Verb::Record => Right::Record,
        Verb::Kick | Verb::Mute => Right::Conference,
        Verb::Pick | Verb::Move => Right::Pick,
        Verb::Originate => Right::Originate,
        Verb::Pause | Verb::Unpause => Right::Pause,
        Verb::Login | Verb::Logout => Right::QueueLog,
        Verb::Penalty => Right::Penalty,
    }
}

/// Whether that right of the caller reaches what the order is on. What he does not even see is not there for
/// him; of two with the name, on two PBXs, only his own can be meant.
pub(super) async fn within(
    site: &Site,
    caller: &Caller,
    right: Right,
    command: &mut Command,
) -> Result<(), ApiError> {
    let (may, sees) = (caller.who().sight(right), caller.who().sight(Right::See));
    if may.is_everything() {
        return Ok(());
    }
    let board = &site.parts.board;
    let table = match &command.order {
        Order::Channel(..) => Table::Calls,
        Order::Agent(..) => Table::Agents,
    };
    let mut seen = false;
    for line in board.lines(table) {
        let Some(pbx) = line.view.pbx().filter(|_| is_on(&command.order, &line.view)) else { continue };
        if command.pbx.as_ref().is_some_and(|named| named.0 != pbx) {
            continue;
        }
        if may.sees(&line.view, board) {
            command.pbx = Some(PbxName(pbx.clone()));
            return Ok(());
        }
        seen |= sees.sees(&line.view, board);
    }
    if !seen {
        return Err(match &command.order {
            Order::Channel(..) => ApiError::NoSuchChannel,
            Order::Agent(..) => ApiError::NoSuchAgent,
        });
    }
    if let Access::Accounts(accounts) = &site.parts.access {
        refused(accounts, caller.who(), right, on(&command.order), caller.address()).await?;
    }
    Err(ApiError::NoRight(right))
}

/// Whose limits and number rules hold: his who asks, and his site's.
pub(super) fn by(caller: &Caller) -> By {
    let user = caller.who().person().map(|person| &person.user);
    let text = |text: &String| text.as_str().into();
    By { agent: user.map(|user| text(&user.id)), site: user.and_then(|user| user.site_id.as_ref()).map(text) }
}

fn is_on(order: &Order, row: &View) -> bool {
    match (order, row) {
        (Order::Channel(channel, _), View::Call(call)) => {
            call.legs.iter().any(|leg| leg.ended_ms.is_none() && leg.channel == channel.as_str())
        }
        (Order::Agent(endpoint, _), View::Agent(agent)) => agent.endpoint == endpoint.as_str(),
        _ => false,
    }
}

fn on(order: &Order) -> &str {
    match order {
        Order::Channel(channel, _) => channel.as_str(),
        Order::Agent(endpoint, _) => endpoint.as_str(),
    }
}

/// What the log says: the verb, on whom, and what was asked besides.
pub(super) fn act(command: &Command) -> Act<'_> {
    let act = Act::new(command.verb().slug(), on(&command.order));
    let act = act.with("pbx", command.pbx.as_ref().map(|pbx| pbx.0.to_string()));
    match &command.order {
        Order::Channel(_, CallAct::Hangup { cause }) => act.with("cause", *cause),
        Order::Channel(_, CallAct::Transfer { destination, .. }) => {
            act.with("destination", destination.as_str())
        }
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
