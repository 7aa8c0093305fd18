//! What it lists is what it told: a listener who only heard the events knows the listings.

use std::collections::{BTreeMap, BTreeSet};

use super::led::Leader;
use super::*;

/// Channels, bridges and callers as the events alone tell them; no type of the PBX is used.
#[derive(Default)]
struct Heard {
    channels: BTreeMap<String, (String, String)>,
    bridges: BTreeMap<String, BTreeSet<String>>,
    waiting: BTreeMap<String, Vec<String>>,
    members: BTreeMap<(String, String), (String, String, String)>,
    devices: BTreeMap<String, String>,
    parked: BTreeSet<String>,
}

impl Heard {
    fn hear(&mut self, bytes: &[u8]) {
        for message in messages(bytes) {
            let get = |name: &str| message.text(name).unwrap_or_default().into_owned();
            let channel = get("Channel");
            match message.event() {
                "Newchannel" => {
                    let known = self.channels.insert(channel, (get("ChannelState"), get("Linkedid")));
                    assert_eq!(known, None, "a channel begins once");
                }
                "Hangup" => {
                    assert!(self.channels.remove(&channel).is_some(), "{channel} was never told");
                    assert!(
                        self.bridges.values().all(|b| !b.contains(&channel)),
                        "it left its bridge before"
                    );
                }
                "BridgeCreate" => {
                    self.bridges.insert(get("BridgeUniqueid"), BTreeSet::new());
                }
                "BridgeEnter" => {
                    self.bridges
                        .get_mut(&get("BridgeUniqueid"))
                        .expect("created before")
                        .insert(channel.clone());
                }
                "BridgeLeave" => {
                    assert!(self.bridges.get_mut(&get("BridgeUniqueid")).expect("created").remove(&channel));
                }
                "BridgeDestroy" => {
                    let gone = self.bridges.remove(&get("BridgeUniqueid"));
                    assert_eq!(gone.map(|b| b.len()), Some(0), "all leave before");
                }
                "QueueCallerJoin" => {
                    let place: usize = get("Position").parse().expect("a position");
                    self.waiting.entry(get("Queue")).or_default().insert(place - 1, channel.clone());
                }
                "QueueCallerLeave" => {
                    let line = self.waiting.get_mut(&get("Queue")).expect("joined before");
                    let place = line.iter().position(|c| *c == channel).expect("waited");
                    assert_eq!(get("Position"), (place + 1).to_string());
                    line.remove(place);
                    assert_eq!(get("Count"), line.len().to_string());
                }
                "ParkedCall" => {
                    self.parked.insert(get("ParkeeChannel"));
                }
                "UnParkedCall" | "ParkedCallGiveUp" | "ParkedCallTimeOut" => {
                    assert!(self.parked.remove(&get("ParkeeChannel")));
                }
                "DeviceStateChange" => {
                    self.devices.insert(get("Device"), get("State"));
                }
                "QueueMemberStatus" | "QueueMemberPause" => {
                    let said = (get("Status"), get("Paused"), get("PausedReason"));
                    self.members.insert((get("Queue"), get("Interface")), said);
                }
                _ => {}
            }
            // A snapshot is always the latest state and Linkedid.
            if let (Some(known), false) =
                (self.channels.get_mut(&get("Channel")), get("ChannelState").is_empty())
            {
                *known = (get("ChannelState"), get("Linkedid"));
            }
        }
    }
}

fn listed(lab: &mut Lab, action: &str, item: &str) -> Vec<asterisk::ami::Message> {
    let all = lab.act(&format!("Action: {action}\r\n"));
    let items: Vec<_> = all.iter().filter(|m| m.event() == item).cloned().collect();
    let last = all.last().unwrap();
    assert_eq!(last.text("EventList").as_deref(), Some("Complete"));
    assert_eq!(last.text("ListItems").unwrap().parse::<usize>().unwrap() + 2, all.len());
    items
}

#[test]
fn at_any_moment_the_listings_agree_with_the_events_so_far() {
    let mut life =
        Life::new(START, &Settings::default().size, Pace { calls_per_minute: 40.0, ..Pace::default() });
    let mut heard = Heard::default();
    let mut leader = Leader::default();
    life.exchange.truth.handover = Leader::handover();
    for second in 1..=1_200 {
        life.advance(START + second * 1_000_000);
        leader.lead(&mut life.exchange);
        heard.hear(life.exchange.out.bytes());
        life.exchange.out.clear();
        if second % 7 != 0 {
            continue;
        }
        let mut lab = Lab { x: life.exchange };
        let text = |m: &asterisk::ami::Message, name: &str| m.text(name).unwrap_or_default().into_owned();
        let channels: BTreeMap<String, (String, String)> =
            listed(&mut lab, "CoreShowChannels", "CoreShowChannel")
                .iter()
                .map(|m| (text(m, "Channel"), (text(m, "ChannelState"), text(m, "Linkedid"))))
                .collect();
        // A Linkedid changes in a bridge without an event of its own: only the state is compared
        // for all, the Linkedid for those who had an event since.
        let states = |of: &BTreeMap<String, (String, String)>| -> BTreeMap<String, String> {
            of.iter().map(|(name, (state, _))| (name.clone(), state.clone())).collect()
        };
        assert_eq!(states(&channels), states(&heard.channels), "second {second}");
        for bridge in listed(&mut lab, "BridgeList", "BridgeListItem") {
            let id = text(&bridge, "BridgeUniqueid");
            let here = listed(&mut lab, &format!("BridgeInfo\r\nBridgeUniqueid: {id}"), "BridgeInfoChannel");
            let here: BTreeSet<String> = here.iter().map(|m| text(m, "Channel")).collect();
            assert_eq!(Some(&here), heard.bridges.get(&id), "second {second}");
        }
        let mut waiting: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let all = lab.act("Action: QueueStatus\r\n");
        for m in &all {
            if m.event() == "QueueEntry" {
                waiting.entry(text(m, "Queue")).or_default().push(text(m, "Channel"));
            }
            if m.event() == "QueueMember"
                && let Some(said) = heard.members.get(&(text(m, "Queue"), text(m, "Location")))
            {
                assert_eq!(&(text(m, "Status"), text(m, "Paused"), text(m, "PausedReason")), said);
            }
        }
        heard.waiting.retain(|_, line| !line.is_empty());
        assert_eq!(waiting, heard.waiting, "second {second}");
        for m in listed(&mut lab, "DeviceStateList", "DeviceStateChange") {
            if let Some(said) = heard.devices.get(&text(&m, "Device")) {
                assert_eq!(&text(&m, "State"), said, "{} at second {second}", text(&m, "Device"));
            }
        }
        let parked: BTreeSet<String> =
            listed(&mut lab, "ParkedCalls", "ParkedCall").iter().map(|m| text(m, "ParkeeChannel")).collect();
        assert_eq!(parked, heard.parked);
        life.exchange = lab.x;
    }
    assert!(heard.channels.len() > 3 && heard.members.len() > 20, "it was not an empty floor");
    assert!(leader.led() > 100, "{} callers were led", leader.led());
}
