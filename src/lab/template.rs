//! A call of a real capture, with holes where another call would differ: ids, channels, agents,
//! bridges, queue, time.

use std::collections::HashMap;
use std::io::Read;
use std::path::PathBuf;

/// What fills a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Hole {
    /// Seconds since 1970 with six decimals.
    Time,
    /// The n-th Uniqueid of the call.
    Uniqueid(usize),
    /// The serial tail of the n-th channel.
    ChannelTail(usize),
    /// The n-th agent's extension.
    Agent(usize),
    /// The n-th bridge.
    Bridge(usize),
    /// The queue's name.
    Queue,
}

/// A piece of a frame.
#[derive(Debug)]
pub(crate) enum Piece {
    /// As captured.
    Text(Vec<u8>),
    /// To be filled.
    Hole(Hole),
}

/// The frames of one call, in order.
#[derive(Debug)]
pub(crate) struct Template {
    /// One list of pieces a frame.
    pub frames: Vec<Vec<Piece>>,
}

/// Captures whose mix of events the stream has.
const SCENARIOS: [&str; 6] = [
    "queue_answered",
    "simple_call",
    "trunk_outbound_ok",
    "hold_unhold",
    "blind_transfer_refer",
    "queue_abandon",
];

/// The templates of Asterisk 22's captures.
pub(crate) fn load() -> Result<Vec<Template>, String> {
    SCENARIOS.iter().map(|name| Ok(cut(&capture(name)?))).collect()
}

fn capture(name: &str) -> Result<Vec<u8>, String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("asterisk/fixtures/22/{name}.ami.gz"));
    let file = std::fs::File::open(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(file)
        .read_to_end(&mut bytes)
        .map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(bytes)
}

/// Keeps what stands between the first Newchannel and the last Hangup, and cuts the holes.
fn cut(capture: &[u8]) -> Template {
    let text = String::from_utf8_lossy(capture);
    let events: Vec<&str> = text
        .split("\r\n\r\n")
        .filter(|frame| frame.starts_with("Event: ") && !frame.starts_with("Event: FullyBooted"))
        .collect();
    let first = events.iter().position(|f| f.starts_with("Event: Newchannel")).unwrap_or(0);
    let last = events.iter().rposition(|f| f.starts_with("Event: Hangup\r")).unwrap_or(events.len() - 1);
    let mut names = Names::default();
    for frame in &events[first..=last] {
        names.learn(frame);
    }
    let needles = names.needles();
    let frames = events[first..=last].iter().map(|frame| pieces(frame, &needles)).collect();
    Template { frames }
}

#[derive(Default)]
struct Names {
    uniqueids: Vec<String>,
    channels: Vec<String>,
    bridges: Vec<String>,
    agents: Vec<String>,
}

impl Names {
    fn learn(&mut self, frame: &str) {
        for line in frame.split("\r\n") {
            let Some((name, value)) = line.split_once(": ") else { continue };
            if name.ends_with("Uniqueid") && !name.ends_with("BridgeUniqueid") {
                push_new(&mut self.uniqueids, value);
            } else if name.ends_with("BridgeUniqueid") {
                push_new(&mut self.bridges, value);
            } else if name.ends_with("Channel") && value.contains('/') {
                push_new(&mut self.channels, value);
                let endpoint = value.rsplit_once('-').map_or(value, |(stem, _)| stem);
                if endpoint.starts_with("PJSIP/1") {
                    push_new(&mut self.agents, endpoint);
                }
            }
        }
    }

    /// What to look for, longest first, and what replaces it: text before the hole, then the hole.
    fn needles(&self) -> Vec<(String, String, Hole)> {
        let mut needles = Vec::new();
        for (n, id) in self.uniqueids.iter().enumerate() {
            needles.push((id.clone(), String::new(), Hole::Uniqueid(n)));
        }
        for (n, bridge) in self.bridges.iter().enumerate() {
            needles.push((bridge.clone(), String::new(), Hole::Bridge(n)));
        }
        for (n, agent) in self.agents.iter().enumerate() {
            needles.push((agent.clone(), "PJSIP/".into(), Hole::Agent(n)));
        }
        for (n, channel) in self.channels.iter().enumerate() {
            if let Some((stem, tail)) = channel.rsplit_once('-') {
                if self.agents.iter().any(|a| a == stem) {
                    needles.push((format!("-{tail}"), "-".into(), Hole::ChannelTail(n)));
                } else {
                    needles.push((channel.clone(), format!("{stem}-"), Hole::ChannelTail(n)));
                }
            }
        }
        needles.push(("Queue: support".into(), "Queue: ".into(), Hole::Queue));
        needles.push(("Queue: sales".into(), "Queue: ".into(), Hole::Queue));
        needles.sort_by_key(|(needle, ..)| std::cmp::Reverse(needle.len()));
        needles
    }
}

fn push_new(list: &mut Vec<String>, value: &str) {
    if !list.iter().any(|v| v == value) {
        list.push(value.to_owned());
    }
}

fn pieces(frame: &str, needles: &[(String, String, Hole)]) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut text = String::new();
    let mut rest = frame;
    'scan: while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("Timestamp: ") {
            let end = after.find("\r\n").unwrap_or(after.len());
            text.push_str("Timestamp: ");
            flush(&mut text, &mut out);
            out.push(Piece::Hole(Hole::Time));
            rest = &after[end..];
            continue;
        }
        for (needle, before, hole) in needles {
            if let Some(after) = rest.strip_prefix(needle.as_str()) {
                text.push_str(before);
                flush(&mut text, &mut out);
                out.push(Piece::Hole(*hole));
                rest = after;
                continue 'scan;
            }
        }
        let next = rest.chars().next().map_or(1, char::len_utf8);
        text.push_str(&rest[..next]);
        rest = &rest[next..];
    }
    text.push_str("\r\n\r\n");
    flush(&mut text, &mut out);
    out
}

fn flush(text: &mut String, out: &mut Vec<Piece>) {
    if !text.is_empty() {
        out.push(Piece::Text(std::mem::take(text).into_bytes()));
    }
}

/// How often each event stands in the templates, for the report.
pub(crate) fn mix(templates: &[Template]) -> HashMap<String, usize> {
    let mut mix = HashMap::new();
    for frame in templates.iter().flat_map(|t| &t.frames) {
        if let Some(Piece::Text(text)) = frame.first() {
            let line = text.split(|b| *b == b'\r').next().unwrap_or_default();
            let name = String::from_utf8_lossy(line).trim_start_matches("Event: ").to_owned();
            *mix.entry(name).or_default() += 1;
        }
    }
    mix
}
