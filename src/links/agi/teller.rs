//! Tells the call of a caller where he stands in his flow. What could not be told is told with what comes next.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use actix::Recipient;
use actors::ivr::{Does, End, Flow, Node, Visit, Walk, WalkOrder, WalkTold};
use actors::keys::Micros;
use actors::registry::WalkLine;
use actors::view::{FlowEnd, FlowVisitView, Text};
use asterisk::agi::Environment;

/// Whose walk it is.
pub(super) struct WalkOf<'a> {
    pub(super) uniqueid: &'a str,
    pub(super) called: &'a str,
    pub(super) environment: &'a Environment,
    /// Of the conversation.
    pub(super) number: u64,
}

/// Whether it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    /// It was, or there was nothing new.
    Done,
    /// It is to be tried again.
    Later,
}

/// How it ended, and why where it failed.
pub(super) type How = (FlowEnd, Option<Text>);

pub(super) struct Teller {
    line: WalkLine,
    uniqueid: Text,
    called: Text,
    back: Text,
    number: u64,
    began: Micros,
    orders: Recipient<WalkOrder>,
    /// Visits whose arrival is told.
    told: usize,
    /// Flows that he was seen in.
    seen: Vec<Arc<Flow>>,
}

impl Teller {
    pub(super) fn new(line: WalkLine, of: &WalkOf<'_>, orders: Recipient<WalkOrder>) -> Self {
        let (uniqueid, called) = (of.uniqueid.into(), of.called.into());
        let back = back(of.environment);
        Self {
            line,
            uniqueid,
            called,
            back,
            number: of.number,
            began: now(),
            orders,
            told: 0,
            seen: Vec::new(),
        }
    }

    /// Whether he is where was not told yet.
    pub(super) fn is_behind(&self, walk: &Walk) -> bool {
        walk.visits().len() != self.told
    }

    /// Tells what is new, and how it ended, once that is known.
    pub(super) fn report(&mut self, walk: &Walk, ended: Option<How>) -> Report {
        let visits = walk.visits();
        if !self.is_behind(walk) && ended.is_none() {
            return Report::Done;
        }
        // the one that was told last has been left since
        let from = self.told.saturating_sub(1);
        let flow = walk.flow();
        if self.seen.iter().all(|seen| seen.id != flow.id) {
            self.seen.push(flow.clone());
        }
        let shown = |(n, visit): (usize, &Visit)| {
            let node = self.node(walk, n, &visit.node);
            FlowVisitView {
                node: visit.node.clone(),
                name: node.map_or_else(|| visit.node.clone(), |node| node.name.clone()),
                at_ms: Micros(visit.at.as_microsecond()),
                left_ms: visits.get(n + 1).map(|next| Micros(next.at.as_microsecond())),
                port: (!visit.port.is_empty()).then(|| visit.port.clone()),
                key: node.and_then(|node| key_of(node, &visit.port)),
            }
        };
        let told = WalkTold {
            uniqueid: self.uniqueid.clone(),
            walk: self.number,
            began: self.began,
            called: self.called.clone(),
            back: self.back.clone(),
            flow: flow.id.clone(),
            name: flow.name.clone(),
            from,
            visits: visits.iter().enumerate().skip(from).map(shown).collect(),
            ended: ended.map(|(how, why)| (now(), how, why)),
            orders: self.orders.clone(),
        };
        if told.ended.is_some() {
            self.line.tell(told);
        } else if self.line.try_tell(told).is_err() {
            return Report::Later;
        }
        self.told = visits.len();
        Report::Done
    }
}

impl Teller {
    /// The node of the n-th visit, in the flow that it was in.
    fn node(&self, walk: &Walk, n: usize, id: &str) -> Option<&Node> {
        let (_, flow) = walk.flows().iter().rev().find(|(first, _)| *first <= n)?;
        let flow = self.seen.iter().find(|seen| seen.id == *flow)?;
        flow.place_of(id).map(|place| flow.node(place))
    }
}

/// For the board and the journal. `taken`: a supervisor took him elsewhere just now.
pub(super) fn how(end: &End, taken: bool, broke_off: bool) -> How {
    let how = match end {
        End::Failed(_) if broke_off => return (FlowEnd::BrokeOff, None),
        End::Abandoned | End::Failed(_) if taken => FlowEnd::TakenAway,
        End::Abandoned => FlowEnd::Abandoned,
        End::Connected => FlowEnd::Connected,
        End::HungUp => FlowEnd::HungUp,
        End::Message => FlowEnd::Message,
        End::NoMessage => FlowEnd::NoMessage,
        End::NoExit => FlowEnd::NoExit,
        End::TooLong => FlowEnd::TooLong,
        End::Failed(why) => return (FlowEnd::Failed, Some(why.as_str().into())),
    };
    (how, None)
}

/// What is pressed for a port.
fn key_of(node: &Node, port: &str) -> Option<Text> {
    let Does::Menu(menu) = &node.does else { return None };
    let option = menu.options.iter().find(|option| option.port == port)?;
    Some(option.key.to_string().into())
}

/// Where the dialplan handed him over. A caller may choose what an extension is called: only plain names are gone
/// back to.
fn back(environment: &Environment) -> Text {
    let plain = |name: &&str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"*#+_.-".contains(&b))
    };
    let of = |name: &str| environment.get(name).filter(plain);
    match (of("agi_context"), of("agi_extension")) {
        (Some(context), Some(exten)) => format!("{context},{exten},1").into(),
        _ => Text::default(),
    }
}

fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
