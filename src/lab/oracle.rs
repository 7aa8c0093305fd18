//! What the calls should be after a list of raw frames, by a second, small reducer that shares no
//! type with Vigie: text in, text out.

use std::collections::BTreeMap;

/// Calls by Linkedid.
#[derive(Debug, Default, Clone)]
pub(crate) struct Oracle {
    calls: BTreeMap<String, BTreeMap<String, Leg>>,
    home: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq)]
struct Leg {
    channel: String,
    phase: &'static str,
    bridge: String,
}

impl Oracle {
    /// Takes one frame, without its empty line.
    pub(crate) fn frame(&mut self, frame: &str) {
        let Some(event) = header(frame, "Event") else { return };
        let uniqueid = header(frame, "Uniqueid").unwrap_or_default().to_owned();
        match event {
            "Newchannel" => {
                let linkedid = header(frame, "Linkedid").unwrap_or_default().to_owned();
                let leg = Leg {
                    channel: header(frame, "Channel").unwrap_or_default().to_owned(),
                    phase: phase(header(frame, "ChannelState").unwrap_or_default()),
                    bridge: String::new(),
                };
                self.calls.entry(linkedid.clone()).or_default().insert(uniqueid.clone(), leg);
                self.home.insert(uniqueid, linkedid);
            }
            "Newstate" => {
                let phase = phase(header(frame, "ChannelState").unwrap_or_default());
                self.change(&uniqueid, |leg| leg.phase = phase);
            }
            "Hold" => self.change(&uniqueid, |leg| leg.phase = "holding"),
            "Unhold" => self.change(&uniqueid, |leg| leg.phase = "up"),
            "BridgeEnter" => {
                let bridge = header(frame, "BridgeUniqueid").unwrap_or_default().to_owned();
                self.change(&uniqueid, |leg| leg.bridge = bridge);
            }
            "BridgeLeave" => self.change(&uniqueid, |leg| leg.bridge.clear()),
            "Hangup" => {
                if let Some(linkedid) = self.home.remove(&uniqueid)
                    && let Some(legs) = self.calls.get_mut(&linkedid)
                {
                    legs.remove(&uniqueid);
                    if legs.is_empty() {
                        self.calls.remove(&linkedid);
                    }
                }
            }
            _ => {}
        }
    }

    fn change(&mut self, uniqueid: &str, change: impl FnOnce(&mut Leg)) {
        if let Some(leg) = self.home.get(uniqueid).and_then(|l| self.calls.get_mut(l)?.get_mut(uniqueid)) {
            change(leg);
        }
    }

    /// One line a call: its live legs with channel and phase, and which of them talk.
    pub(crate) fn lines(&self) -> BTreeMap<String, String> {
        self.calls.iter().map(|(linkedid, legs)| (linkedid.clone(), line_of(legs))).collect()
    }
}

fn line_of(legs: &BTreeMap<String, Leg>) -> String {
    let mut line = String::new();
    let mut rooms: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (uniqueid, leg) in legs {
        line.push_str(&format!("{uniqueid} {} {}; ", leg.channel, leg.phase));
        if !leg.bridge.is_empty() {
            rooms.entry(&leg.bridge).or_default().push(uniqueid);
        }
    }
    let mut talking: Vec<String> =
        rooms.values().filter(|room| room.len() > 1).map(|room| room.join("+")).collect();
    talking.sort();
    line.push_str(&talking.join(" "));
    line
}

/// The same lines from the JSON of `GET /api/board`.
pub(crate) fn lines_of_board(board: &serde_json::Value) -> BTreeMap<String, String> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = BTreeMap::new();
    for call in board["calls"].as_array().into_iter().flatten() {
        let mut legs: Vec<(String, String)> = call["legs"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|leg| leg["ended_ms"].is_null())
            .map(|leg| {
                let uniqueid = text(&leg["uniqueid"]);
                let line = format!("{uniqueid} {} {}; ", text(&leg["channel"]), text(&leg["phase"]));
                (uniqueid, line)
            })
            .collect();
        if legs.is_empty() {
            continue;
        }
        legs.sort();
        let mut talking: Vec<String> = call["talking"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|room| {
                let mut ids: Vec<String> = room.as_array().into_iter().flatten().map(text).collect();
                ids.sort();
                ids.join("+")
            })
            .collect();
        talking.sort();
        let line: String = legs.into_iter().map(|(_, line)| line).collect::<String>() + &talking.join(" ");
        lines.insert(text(&call["linkedid"]), line);
    }
    lines
}

fn phase(state: &str) -> &'static str {
    match state {
        "4" => "dialing",
        "5" => "ringing",
        "6" => "up",
        _ => "down",
    }
}

fn header<'a>(frame: &'a str, name: &str) -> Option<&'a str> {
    frame.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}
