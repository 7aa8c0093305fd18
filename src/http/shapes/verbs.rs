//! Verbs on calls, agents and queues.

use schemars::JsonSchema;
use serde::Serialize;

use super::texts::{
    AgentName, ChannelName, ContextName, Destination, Digits, Node as NodeId, PbxName, QueueName, Reason,
    Station,
};
use crate::http::openapi::{Parameter, Shape, Values};

macro_rules! bodies {
    ($($(#[$words:meta])* $name:ident { $($fields:tt)* })*) => {$(
        $(#[$words])*
        #[derive(JsonSchema)]
        #[schemars(deny_unknown_fields)]
        #[expect(dead_code, reason = "a shape")]
        struct $name {
            $($fields)*
            /// Needed where two PBXs have such a channel or agent.
            pbx: Option<PbxName>,
        }
    )*};
}

bodies! {
    /// A leg.
    Leg { channel: ChannelName, }
    /// A leg, and why it ends.
    Hangup {
        channel: ChannelName,
        /// Q.850; 16 unless told.
        #[schemars(range(min = 1, max = 127))]
        cause: Option<u16>,
    }
    /// A leg, and where it goes.
    Transfer { channel: ChannelName, destination: Destination, context: Option<ContextName>, }
    /// A leg, and a phone that is rung.
    WithStation { channel: ChannelName, station: Station, }
    /// A leg, a phone that is rung, and why somebody listens: needed where a site asks for it.
    Spy { channel: ChannelName, station: Station, reason: Option<Reason>, }
    /// A leg, and keys.
    Dtmf { channel: ChannelName, digits: Digits, }
    /// A leg, and whether it is muted.
    Mute { channel: ChannelName, on: bool, }
    /// A caller in a flow, and another node of it.
    ToNode { channel: ChannelName, node: NodeId, }
    /// A caller who waits, or one in a flow, and another queue.
    Move { channel: ChannelName, queue: QueueName, }
    /// Who calls whom.
    Originate {
        agent: AgentName,
        destination: Destination,
        context: Option<ContextName>,
        /// It is rung first, instead of the agent's phone.
        mobile: Option<Destination>,
    }
    /// An agent, and a queue; all of his without one.
    Pause {
        agent: AgentName,
        queue: Option<QueueName>,
        reason: Option<Reason>,
        /// Answered `pending`, and done when his call is over.
        after_call: Option<bool>,
    }
    /// An agent, and one of his queues; all without.
    AgentQueue { agent: AgentName, queue: Option<QueueName>, }
    /// An agent, and the queue he enters.
    LogIn {
        agent: AgentName,
        queue: QueueName,
        #[schemars(range(max = 1000))]
        penalty: Option<u16>,
    }
    /// An agent, and how he is weighed.
    Penalty {
        agent: AgentName,
        queue: Option<QueueName>,
        #[schemars(range(max = 1000))]
        penalty: u16,
    }
}

/// It is done: an event of the PBX has shown it.
#[derive(Serialize, JsonSchema)]
struct Done {
    /// `true`.
    ok: bool,
    /// What shows it: `hangup`, `redirected`, `already_hung_up`, `paused`, `pending` ...
    outcome: &'static str,
    /// The channel that it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    station: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<String>,
}

/// A verb, and whether it may be done now.
#[derive(Serialize, JsonSchema)]
struct Possible {
    verb: String,
    /// Where it is asked for.
    path: Option<String>,
    ok: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Of `to_node`: where to.
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<Vec<Node>>,
}

/// A node of the flow that he walks.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NodeOfFlow")]
struct Node {
    id: String,
    /// For people.
    name: String,
}

const LEG: &str = r#"{"channel": "PJSIP/1001-00000062"}"#;
const STATION: &str = r#"{"channel": "PJSIP/1001-00000062", "station": "PJSIP/1009"}"#;
const SPY: &str = r#"{"channel": "PJSIP/1001-00000062", "station": "PJSIP/1009", "reason": "coaching"}"#;
const DESTINATION: &str = r#"{"channel": "PJSIP/1001-00000062", "destination": "1002"}"#;
const AGENT: &str = r#"{"agent": "demo~PJSIP/1001", "queue": "support"}"#;

const fn leg(summary: &'static str) -> Shape {
    on_channel(Shape::gives::<Done>(summary).takes::<Leg>(LEG))
}

const fn rings(summary: &'static str) -> Shape {
    on_channel(Shape::gives::<Done>(summary).takes::<WithStation>(STATION))
}

const fn listens(summary: &'static str) -> Shape {
    on_channel(Shape::gives::<Done>(summary).takes::<Spy>(SPY))
}

const fn on_channel(shape: Shape) -> Shape {
    shape.refuses(&[(404, "no_such_channel")]).asks_pbx()
}

const fn on_agent(shape: Shape) -> Shape {
    shape.refuses(&[(404, "no_such_agent")]).asks_pbx()
}

pub(in crate::http) const HANGUP: Shape =
    on_channel(Shape::gives::<Done>("Hangs up one leg.").takes::<Hangup>(LEG));
pub(in crate::http) const TRANSFER: Shape = on_channel(
    Shape::gives::<Done>("Sends a leg to an extension or a number.").takes::<Transfer>(DESTINATION),
);
pub(in crate::http) const CONSULT: Shape = on_channel(
    Shape::gives::<Done>("Begins an attended transfer: the other party waits with music.")
        .takes::<Transfer>(DESTINATION),
);
pub(in crate::http) const COMPLETE: Shape = leg("Ends an attended transfer: the other party gets the third.");
pub(in crate::http) const CANCEL: Shape = leg("Ends an attended transfer: the other party is back.");
pub(in crate::http) const PARK: Shape = leg("Sets a leg aside.");
pub(in crate::http) const RETRIEVE: Shape = rings("Brings a leg that was set aside to a phone.");
pub(in crate::http) const LISTEN: Shape = listens("Rings a phone that then hears that leg.");
pub(in crate::http) const WHISPER: Shape =
    listens("Rings a phone that then hears that leg and speaks to it alone.");
pub(in crate::http) const BARGE: Shape = listens("Rings a phone that then speaks with all of that call.");
pub(in crate::http) const STOP_LISTENING: Shape = leg("Ends listening; the leg is the one that listens.");
pub(in crate::http) const TAKE_OVER: Shape = rings("Whoever is with that leg goes on with that phone.");
pub(in crate::http) const DTMF: Shape = on_channel(
    Shape::gives::<Done>("Sends keys.")
        .takes::<Dtmf>(r#"{"channel": "PJSIP/1001-00000062", "digits": "12#"}"#),
);
pub(in crate::http) const RECORD_START: Shape = leg("Begins to record.");
pub(in crate::http) const RECORD_STOP: Shape = leg("Ends the recording.");
pub(in crate::http) const RECORD_PAUSE: Shape = leg("Pauses the recording.");
pub(in crate::http) const RECORD_RESUME: Shape = leg("Goes on recording.");
pub(in crate::http) const KICK: Shape = leg("Takes a leg out of its conference.");
pub(in crate::http) const MUTE: Shape = on_channel(
    Shape::gives::<Done>("Mutes a leg in its conference, or no more.")
        .takes::<Mute>(r#"{"channel": "PJSIP/1001-00000062", "on": true}"#),
);
pub(in crate::http) const ORIGINATE: Shape = on_agent(
    Shape::gives::<Done>("Calls somebody from an agent's phone, or from his mobile first.")
        .takes::<Originate>(r#"{"agent": "demo~PJSIP/1001", "destination": "1002"}"#),
);
pub(in crate::http) const PICK: Shape = rings("Brings a waiting caller to a phone now.");
pub(in crate::http) const TO_NODE: Shape = on_channel(
    Shape::gives::<Done>("Sends a caller in a flow to another node of it.")
        .words("`pending`: what runs cannot be ended; he goes there when it is over.")
        .takes::<ToNode>(r#"{"channel": "PJSIP/1001-00000062", "node": "menu"}"#),
);
pub(in crate::http) const MOVE: Shape = on_channel(
    Shape::gives::<Done>("Brings a waiting caller, or one in a flow, into another queue.")
        .takes::<Move>(r#"{"channel": "PJSIP/1001-00000062", "queue": "sales"}"#),
);
pub(in crate::http) const PAUSE: Shape = on_agent(
    Shape::gives::<Done>("Pauses an agent, in one queue or in all.")
        .takes::<Pause>(r#"{"agent": "demo~PJSIP/1001", "reason": "lunch"}"#),
);
pub(in crate::http) const UNPAUSE: Shape =
    on_agent(Shape::gives::<Done>("Ends an agent's pause.").takes::<AgentQueue>(AGENT));
pub(in crate::http) const LOG_IN: Shape =
    on_agent(Shape::gives::<Done>("Makes an agent a member of a queue.").takes::<LogIn>(AGENT));
pub(in crate::http) const LOG_OUT: Shape =
    on_agent(Shape::gives::<Done>("Takes an agent out of a queue, or of all.").takes::<AgentQueue>(AGENT));
pub(in crate::http) const PENALTY: Shape = on_agent(
    Shape::gives::<Done>("Changes how an agent is weighed.")
        .takes::<Penalty>(r#"{"agent": "demo~PJSIP/1001", "queue": "support", "penalty": 2}"#),
);
pub(in crate::http) const WHICH: Shape =
    Shape::gives::<Vec<Possible>>("Which verbs may be done now, and why not.")
        .words("Of a channel or of an agent: exactly one of both.")
        .asks(
            const {
                &[
                    Parameter::new(
                        "channel",
                        Values::Text("^[A-Za-z0-9]{2,16}/[A-Za-z0-9_.@:+/-]{1,80}(;[12])?$"),
                        "A live channel.",
                        "",
                    ),
                    Parameter::new(
                        "agent",
                        Values::Text(
                            "^([^~\\u0000-\\u001f\\u007f]{1,64}~)?[A-Za-z0-9]{2,16}/[A-Za-z0-9_./-]{1,80}$",
                        ),
                        "An agent.",
                        "demo~PJSIP/1001",
                    ),
                    Parameter::new(
                        "pbx",
                        Values::Text("^[^~\\u0000-\\u001f\\u007f]{1,64}$"),
                        "Of which PBX.",
                        "",
                    ),
                ]
            },
        )
        .refuses(&[(404, "no_such_channel"), (404, "no_such_agent"), (409, "ambiguous")]);
