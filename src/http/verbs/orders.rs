//! The body of each verb, read into an order.

use actors::command::{
    AgentAct, BadValue, CallAct, ChannelName, ContextName, Destination, Digits, Endpoint, NodeId, Order,
    Originate, QueueName, Reason, Recording, SpyMode, Verb,
};
use actors::keys::PbxName;
use serde_json::{Map, Value, json};

use super::ApiError;
use super::Fields;

/// Q.850 16, normal clearing.
const NORMAL_CLEARING: u16 = 16;

/// What the verbs of a path are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// A live channel.
    Calls,
    /// An agent.
    Agents,
    /// A caller who waits.
    Queues,
}

impl Group {
    pub(crate) const ALL: [Self; 3] = [Self::Calls, Self::Agents, Self::Queues];

    /// As in the path.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Agents => "agents",
            Self::Queues => "queues",
        }
    }

    /// Whether that verb is one of it.
    pub(crate) fn has(self, verb: Verb) -> bool {
        match verb {
            Verb::Pick | Verb::Move => self == Self::Queues,
            verb if verb.is_on_agent() => self == Self::Agents,
            _ => self == Self::Calls,
        }
    }
}

type Echo = Map<String, Value>;

/// The order, or why there is none that the fields do not say themselves (`fields.end()` is asked first);
/// `echo` is given what the answer repeats.
pub(super) fn read(
    verb: Verb,
    fields: &mut Fields,
    echo: &mut Echo,
) -> (Option<PbxName>, Result<Order, ApiError>) {
    let mut pbx = fields.text("pbx", pbx);
    let order = match verb {
        Verb::Originate => originate(fields, echo, &mut pbx),
        verb if verb.is_on_agent() => on_agent(verb, fields, echo, &mut pbx),
        _ => on_channel(verb, fields, echo),
    };
    (pbx, order)
}

fn on_channel(verb: Verb, fields: &mut Fields, echo: &mut Echo) -> Result<Order, ApiError> {
    let channel = fields.required("channel", channel);
    let act = match verb {
        Verb::Hangup => {
            let cause = fields.number("cause", 1, 127).unwrap_or(NORMAL_CLEARING);
            Some(CallAct::Hangup { cause })
        }
        Verb::Transfer | Verb::Consult => {
            let destination = fields.required("destination", said(Destination::parse));
            let context = fields.text("context", said(ContextName::parse));
            destination.map(|destination| {
                echo.insert("destination".into(), json!(destination.as_str()));
                match verb {
                    Verb::Transfer => CallAct::Transfer { destination, context },
                    _ => CallAct::Consult { destination, context },
                }
            })
        }
        Verb::Complete => Some(CallAct::Complete),
        Verb::Cancel => Some(CallAct::Cancel),
        Verb::Park => Some(CallAct::Park),
        Verb::StopListening => Some(CallAct::StopListening),
        Verb::Kick => Some(CallAct::Kick),
        Verb::Mute => fields.required_flag("on").map(|on| CallAct::Mute { on }),
        Verb::Dtmf => {
            let digits = fields.required("digits", said(Digits::parse));
            digits.map(|digits| CallAct::Dtmf { digits })
        }
        Verb::RecordStart => Some(CallAct::Record(Recording::Start)),
        Verb::RecordStop => Some(CallAct::Record(Recording::Stop)),
        Verb::RecordPause => Some(CallAct::Record(Recording::Pause)),
        Verb::RecordResume => Some(CallAct::Record(Recording::Resume)),
        Verb::ToNode => {
            let node = fields.required("node", said(NodeId::parse));
            node.map(|node| {
                echo.insert("node".into(), json!(node.as_str()));
                CallAct::ToNode { node }
            })
        }
        Verb::Move => {
            let queue = fields.required("queue", said(QueueName::parse));
            queue.map(|queue| {
                echo.insert("queue".into(), json!(queue.as_str()));
                CallAct::Move { queue }
            })
        }
        Verb::Listen | Verb::Whisper | Verb::Barge | Verb::TakeOver | Verb::Pick | Verb::Retrieve => {
            let station = fields.required("station", said(Endpoint::parse));
            station.map(|station| {
                echo.insert("station".into(), json!(station.as_str()));
                match verb {
                    Verb::Listen => CallAct::Spy { mode: SpyMode::Listen, station },
                    Verb::Whisper => CallAct::Spy { mode: SpyMode::Whisper, station },
                    Verb::Barge => CallAct::Spy { mode: SpyMode::Barge, station },
                    Verb::TakeOver => CallAct::TakeOver { station },
                    Verb::Pick => CallAct::Pick { station },
                    _ => CallAct::Retrieve { station },
                }
            })
        }
        _ => None,
    };
    let channel = channel.flatten().ok_or(ApiError::NoSuchChannel)?;
    echo.insert("channel".into(), json!(channel.as_str()));
    act.map(|act| Order::Channel(channel, act)).ok_or(ApiError::NotFound)
}

fn on_agent(
    verb: Verb,
    fields: &mut Fields,
    echo: &mut Echo,
    pbx: &mut Option<PbxName>,
) -> Result<Order, ApiError> {
    let agent = fields.required("agent", agent);
    let queue = match verb {
        Verb::Login => fields.required("queue", said(QueueName::parse)),
        _ => fields.text("queue", said(QueueName::parse)),
    };
    if let Some(queue) = &queue {
        echo.insert("queue".into(), json!(queue.as_str()));
    }
    let act = match verb {
        Verb::Pause => {
            let reason = fields.text("reason", said(Reason::parse));
            let after_call = fields.flag("after_call").unwrap_or(false);
            Some(AgentAct::Pause { queue, reason, after_call })
        }
        Verb::Unpause => Some(AgentAct::Unpause { queue }),
        Verb::Login => {
            let penalty = fields.number("penalty", 0, 1_000);
            queue.map(|queue| AgentAct::Login { queue, penalty })
        }
        Verb::Logout => Some(AgentAct::Logout { queue }),
        Verb::Penalty => {
            let penalty = fields.needed("penalty", 0, 1_000);
            penalty.map(|penalty| AgentAct::Penalty { queue, penalty })
        }
        _ => None,
    };
    let endpoint = named(agent, echo, pbx)?;
    act.map(|act| Order::Agent(endpoint, act)).ok_or(ApiError::NotFound)
}

/// Why somebody listens.
pub(super) fn reason(fields: &mut Fields) -> Option<Reason> {
    fields.text("reason", said(Reason::parse))
}

/// From an agent's phone, or his mobile first.
fn originate(fields: &mut Fields, echo: &mut Echo, pbx: &mut Option<PbxName>) -> Result<Order, ApiError> {
    let agent = fields.required("agent", agent);
    let destination = fields.required("destination", said(Destination::parse));
    let context = fields.text("context", said(ContextName::parse));
    let mobile = fields.text("mobile", said(Destination::parse));
    let station = named(agent, echo, pbx)?;
    let destination = destination.ok_or_else(|| ApiError::field("destination", "missing"))?;
    echo.insert("destination".into(), json!(destination.as_str()));
    Ok(Order::Originate(station, Originate { destination, context, mobile }))
}

/// The id of a row says which PBX; a `pbx` that says another finds nobody.
fn named(
    agent: Option<(Option<PbxName>, Endpoint)>,
    echo: &mut Echo,
    pbx: &mut Option<PbxName>,
) -> Result<Endpoint, ApiError> {
    let (of, endpoint) = agent.ok_or(ApiError::NoSuchAgent)?;
    echo.insert("agent".into(), json!(endpoint.as_str()));
    if let Some(of) = of {
        if pbx.as_ref().is_some_and(|named| *named != of) {
            return Err(ApiError::NoSuchAgent);
        }
        *pbx = Some(of);
    }
    Ok(endpoint)
}

/// An exact channel name; `None` for a pattern, which no live channel is called (S08: `/.*/` would
/// have Asterisk hang up everybody).
pub(super) fn channel(text: &str) -> Result<Option<ChannelName>, String> {
    if text.starts_with('/') && text.bytes().all(|b| (0x20..0x7f).contains(&b)) && text.len() <= 100 {
        return Ok(None);
    }
    ChannelName::parse(text).map(Some).map_err(expected)
}

/// An endpoint, or the id of an agent's row: `paris~PJSIP/1001`.
pub(in crate::http) fn agent(text: &str) -> Result<(Option<PbxName>, Endpoint), String> {
    let (of, endpoint) = match text.split_once('~') {
        Some((of, endpoint)) => (Some(pbx(of)?), endpoint),
        None => (None, text),
    };
    match Endpoint::parse(endpoint) {
        Ok(endpoint) => Ok((of, endpoint)),
        Err(_) => Err("expected an endpoint such as PJSIP/1001 or the id of an agent".into()),
    }
}

pub(super) fn pbx(text: &str) -> Result<PbxName, String> {
    let ok = (1..=64).contains(&text.len()) && !text.chars().any(char::is_control);
    if ok { Ok(PbxName(text.into())) } else { Err("expected the configured name of a PBX".into()) }
}

/// A parser of values as [`Fields`] wants it.
fn said<T>(parse: impl FnOnce(&str) -> Result<T, BadValue>) -> impl FnOnce(&str) -> Result<T, String> {
    move |text| parse(text).map_err(expected)
}

fn expected(bad: BadValue) -> String {
    format!("expected {}", bad.expected)
}
