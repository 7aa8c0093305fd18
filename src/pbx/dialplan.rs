//! The dialplan: a small one, in the shape of a contact centre's.
//!
//! | context | extension | what happens |
//! |---|---|---|
//! | `from-phones` | a phone's number | `Dial`, 20 s |
//! | | `500` + n | queue n: `Answer`, `Queue`, a user event with its result, `Hangup` |
//! | | `600` to `609` | `ConfBridge` |
//! | | `700`, `701` to `799` | `Park`, `ParkedCall` |
//! | | `690`, `693` | `Echo`, `MusicOnHold` |
//! | | `0...`, `90...` | out through the first, the second trunk |
//! | `from-sip-provider` | `01700` + five digits | a queue (00001 is the first) or a phone |
//! | | [`FLOW_NUMBERS`] | where there is somebody who leads callers: `vigie-flows` |
//! | `vigie-flows` | a called number | `Answer`, `AGI`, a queue when that ends before its end, as in `extensions_flows.conf` |
//! | `queues` | `500` + n | as above |
//! | `park-dial` | `PJSIP_1001` | back to who parked it |
//! | `vigie-spy` | `listen`, `whisper`, `barge` | `ChanSpy` of the channel in `VIGIE_SPY`, as in `extensions_vigie.conf` |
//! | `vigie-wait` | `vigie-wait` | `MusicOnHold` |
//! | `vigie-queue` | a queue's name | `Queue` |

use std::net::SocketAddr;

use super::truth::{Channel, EndpointId, EndpointKind, QueueId, Text, Truth};

/// Numbers whose callers somebody else leads, if there is somebody.
pub const FLOW_NUMBERS: [&str; 2] = ["0170000900", "0170000901"];

/// One priority: an application and what it makes the exchange do.
#[derive(Debug)]
pub(crate) struct Step {
    /// `Application`.
    pub(crate) app: &'static str,
    /// `AppData`.
    pub(crate) data: String,
    /// What to do.
    pub(crate) run: Run,
}

/// What an application makes the exchange do.
#[derive(Debug)]
pub(crate) enum Run {
    /// Nothing to wait for.
    Next,
    /// Sets the `CAMPAIGN` variable.
    Campaign(String),
    /// Goes on there, priority 1.
    Goto(Text, Text),
    /// Answers.
    Answer,
    /// Records from now on.
    Record,
    /// Rings an endpoint.
    Dial { endpoint: EndpointId, number: String, seconds: u32 },
    /// Waits in a queue.
    Queue(QueueId),
    /// Joins a room.
    Conference(Text),
    /// Parks itself.
    Park,
    /// Takes a parked call.
    Retrieve(u32),
    /// Tells something.
    UserEvent(String, Vec<(String, String)>),
    /// Listens for ever.
    Listen,
    /// Listens to that channel, until either ends.
    Spy(Text),
    /// Hands the channel over, with that request.
    Lead(SocketAddr, String),
    /// Goes on at that priority.
    Skip(u32),
    /// Hangs up.
    Hangup(u16),
}

/// Whether a call may be sent there.
pub fn exists(truth: &Truth, context: &str, exten: &str) -> bool {
    steps(truth, context, exten, "", 0).is_some()
}

/// Whether that extension is the parking lot's entrance.
pub fn is_parking(exten: &str) -> bool {
    exten == "700"
}

/// Whether there is such a context.
pub fn has_context(context: &str) -> bool {
    CONTEXTS.contains(&context)
}

const CONTEXTS: [&str; 8] = [
    "from-phones",
    "from-sip-provider",
    "queues",
    "park-dial",
    "vigie-spy",
    "vigie-wait",
    "vigie-queue",
    "vigie-flows",
];

/// What the channel does now; `None` past the last priority or where there is no extension.
pub(crate) fn step(truth: &Truth, channel: &Channel) -> Option<Step> {
    let cause = channel.cause.unwrap_or(16);
    match &*channel.context {
        "vigie-spy" => return spy(channel),
        "vigie-flows" => return flow(truth, channel),
        _ => {}
    }
    steps(truth, &channel.context, &channel.exten, channel.dial_status, cause)?(channel.priority)
}

fn spy(channel: &Channel) -> Option<Step> {
    let mode = match &*channel.exten {
        "listen" => "",
        "whisper" => "w",
        "barge" => "B",
        _ => return None,
    };
    let on: Text = channel.variable("VIGIE_SPY").unwrap_or_default().into();
    match channel.priority {
        1 => make("Answer", "", Run::Answer),
        2 => make("ChanSpy", format!("{on},quES{mode}"), Run::Spy(on)),
        3 => hangup(16),
        _ => None,
    }
}

/// Without `VIGIE_DONE` who was handed over is still to be served (F42).
fn flow(truth: &Truth, channel: &Channel) -> Option<Step> {
    let handover = truth.handover.as_ref()?;
    match channel.priority {
        1 => make("Answer", "", Run::Answer),
        2 => {
            let request = handover.address(&channel.exten);
            make("AGI", request.clone(), Run::Lead(handover.to, request))
        }
        3 => {
            let done = channel.variable("VIGIE_DONE") == Some("1");
            make("GotoIf", format!("{}?done", u8::from(done)), Run::Skip(if done { 5 } else { 4 }))
        }
        4 => {
            let queue = truth.queues.first()?;
            make("Queue", format!("{},t", queue.name), Run::Queue(QueueId(0)))
        }
        5 => make("Hangup", "", Run::Hangup(16)),
        _ => None,
    }
}

/// Whom `Dial` rings for that device, and what is dialled there.
pub(crate) fn device(truth: &Truth, device: &str) -> Option<(EndpointId, String)> {
    let (kind, name) = device.split_once('/')?;
    match kind {
        "PJSIP" => {
            let (number, endpoint) = name.split_once('@').unwrap_or((name, name));
            Some((truth.endpoint_named(endpoint)?, number.to_owned()))
        }
        // what its extension dials, without the channels in between
        "Local" => {
            let (exten, context) = name.split_once('@')?;
            let context = context.split('/').next()?;
            let extension = steps(truth, context, exten, "", 0)?;
            (1..=3).find_map(|priority| match extension(priority)?.run {
                Run::Dial { endpoint, number, .. } => Some((endpoint, number)),
                _ => None,
            })
        }
        _ => None,
    }
}

type Extension<'a> = Box<dyn Fn(u32) -> Option<Step> + 'a>;

fn steps<'a>(
    truth: &'a Truth,
    context: &'a str,
    exten: &'a str,
    dial_status: &'static str,
    cause: u16,
) -> Option<Extension<'a>> {
    match context {
        "from-phones" => phones(truth, exten, dial_status, cause),
        "queues" => queue_steps(truth, exten),
        "from-sip-provider" => provider(truth, exten),
        "vigie-spy" => {
            ["listen", "whisper", "barge"].contains(&exten).then(|| Box::new(|_: u32| None) as Extension<'_>)
        }
        "vigie-flows" => {
            let is_number = exten.len() > 1 && exten.bytes().all(|b| b.is_ascii_digit() || b == b'+');
            (truth.handover.is_some() && is_number).then(|| Box::new(|_: u32| None) as Extension<'_>)
        }
        "vigie-wait" if exten == "vigie-wait" => Some(Box::new(|priority| match priority {
            1 => make("Answer", "", Run::Answer),
            2 => make("MusicOnHold", ",600", Run::Listen),
            _ => None,
        })),
        "vigie-queue" => {
            let queue = truth.queues.iter().find(|q| &*q.name == exten)?;
            queue_steps(truth, &queue.exten)
        }
        "park-dial" => {
            let phone = truth.endpoint_named(exten.strip_prefix("PJSIP_")?)?;
            Some(ring_phone(truth, phone, 30, String::new()))
        }
        _ => None,
    }
}

fn make(app: &'static str, data: impl Into<String>, run: Run) -> Option<Step> {
    Some(Step { app, data: data.into(), run })
}

fn hangup(cause: u16) -> Option<Step> {
    make("Hangup", cause.to_string(), Run::Hangup(cause))
}

fn phones<'a>(
    truth: &'a Truth,
    exten: &'a str,
    dial_status: &'static str,
    cause: u16,
) -> Option<Extension<'a>> {
    if let Some(phone) = truth.endpoint_named(exten).filter(|p| is_phone(truth, *p)) {
        return Some(Box::new(move |priority| match priority {
            1 => make("NoOp", "internal call", Run::Next),
            2 => make(
                "Dial",
                format!("PJSIP/{exten},20,tTkK"),
                Run::Dial { endpoint: phone, number: exten.to_owned(), seconds: 20 },
            ),
            3 => {
                let over: Text = format!("d-{dial_status}").into();
                make("Goto", format!("{over},1"), Run::Goto("from-phones".into(), over))
            }
            _ => None,
        }));
    }
    if let Some(status) = exten.strip_prefix("d-") {
        let cause = match status {
            "BUSY" => 17,
            "NOANSWER" => 19,
            "CHANUNAVAIL" => 20,
            "CONGESTION" => 34,
            _ => 16,
        };
        return Some(Box::new(move |priority| if priority == 1 { hangup(cause) } else { None }));
    }
    if let Some(extension) = queue_steps(truth, exten) {
        return Some(extension);
    }
    let number: Option<u32> = exten.parse().ok().filter(|_| exten.len() == 3);
    match number {
        Some(600..=609) => Some(Box::new(move |priority| match priority {
            1 => make("Answer", "", Run::Answer),
            2 => make("ConfBridge", format!("{exten},default_bridge,agent_user"), {
                Run::Conference(exten.into())
            }),
            3 => hangup(16),
            _ => None,
        })),
        Some(700) => Some(Box::new(|priority| match priority {
            1 => make("Park", "default", Run::Park),
            _ => None,
        })),
        Some(space @ 701..=799) => Some(Box::new(move |priority| match priority {
            1 => make("ParkedCall", format!("default,{space}"), Run::Retrieve(space)),
            2 => hangup(16),
            _ => None,
        })),
        Some(690 | 693) => Some(Box::new(move |priority| match priority {
            1 => make("Answer", "", Run::Answer),
            2 => make(if exten == "690" { "Echo" } else { "MusicOnHold" }, "", Run::Listen),
            _ => None,
        })),
        _ => outbound(truth, exten, cause),
    }
}

fn is_phone(truth: &Truth, id: EndpointId) -> bool {
    truth.endpoint(id).is_some_and(|e| e.kind == EndpointKind::Phone)
}

fn outbound<'a>(truth: &'a Truth, exten: &'a str, cause: u16) -> Option<Extension<'a>> {
    let (nth, number) = match (exten.strip_prefix("90"), exten.strip_prefix('0')) {
        (Some(_), _) => (1, exten.strip_prefix('9')?),
        (None, Some(number)) => (0, number),
        (None, None) => return None,
    };
    if number.len() < 3 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let trunks = || (0..truth.endpoints.len() as u32).map(EndpointId).filter(|e| !is_phone(truth, *e));
    let trunk = trunks().nth(nth).or_else(|| trunks().next())?;
    let name = truth.endpoint(trunk)?.name.clone();
    Some(Box::new(move |priority| match priority {
        1 => make("Set", format!("CAMPAIGN=outbound-{}", nth + 1), {
            Run::Campaign(format!("outbound-{}", nth + 1))
        }),
        2 => make(
            "Dial",
            format!("PJSIP/{number}@{name},30,T"),
            Run::Dial { endpoint: trunk, number: number.to_owned(), seconds: 30 },
        ),
        3 => hangup(cause),
        _ => None,
    }))
}

fn queue_steps<'a>(truth: &'a Truth, exten: &str) -> Option<Extension<'a>> {
    let place = truth.queues.iter().position(|q| &*q.exten == exten)?;
    let queue = truth.queues.get(place)?;
    // Without a recording, the priorities are those of the lab's queues.
    let first = u32::from(queue.recorded);
    Some(Box::new(move |priority| match priority.wrapping_sub(first) {
        0 if queue.recorded => make("MixMonitor", format!("{}.wav,b", queue.name), Run::Record),
        1 => make("Answer", "", Run::Answer),
        2 => make(
            "Queue",
            format!("{},tT,,,{}", queue.name, queue.max_wait_s),
            Run::Queue(QueueId(place as u16)),
        ),
        3 => {
            let result = vec![
                ("Queue".to_owned(), queue.name.to_string()),
                ("Status".to_owned(), "TIMEOUT".to_owned()),
            ];
            make(
                "UserEvent",
                format!("QueueResult,Queue: {},Status: TIMEOUT", queue.name),
                Run::UserEvent("QueueResult".to_owned(), result),
            )
        }
        4 => make("Hangup", "", Run::Hangup(16)),
        _ => None,
    }))
}

fn provider<'a>(truth: &'a Truth, did: &'a str) -> Option<Extension<'a>> {
    if truth.handover.is_some() && FLOW_NUMBERS.contains(&did) {
        return Some(Box::new(move |priority| match priority {
            1 => make("Goto", format!("vigie-flows,{did},1"), Run::Goto("vigie-flows".into(), did.into())),
            _ => None,
        }));
    }
    let number: usize = did.strip_prefix("01700").filter(|n| n.len() == 5)?.parse().ok()?;
    if let Some(queue) = truth.queues.get(number.wrapping_sub(1)) {
        return Some(Box::new(move |priority| match priority {
            1 => make("Set", format!("CAMPAIGN={}-inbound", queue.name), {
                Run::Campaign(format!("{}-inbound", queue.name))
            }),
            2 => make("Goto", format!("queues,{},1", queue.exten), {
                Run::Goto("queues".into(), queue.exten.clone())
            }),
            _ => None,
        }));
    }
    let phone = truth.endpoint_named(&number.to_string()).filter(|p| is_phone(truth, *p))?;
    Some(ring_phone(truth, phone, 20, ",tT".to_owned()))
}

fn ring_phone<'a>(truth: &Truth, phone: EndpointId, seconds: u32, options: String) -> Extension<'a> {
    let name = truth.endpoint(phone).map(|e| e.name.to_string()).unwrap_or_default();
    Box::new(move |priority| match priority {
        1 => make(
            "Dial",
            format!("PJSIP/{name},{seconds}{options}"),
            Run::Dial { endpoint: phone, number: name.clone(), seconds },
        ),
        2 => make("Hangup", "", Run::Hangup(16)),
        _ => None,
    })
}
