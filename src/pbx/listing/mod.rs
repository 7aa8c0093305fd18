//! Listings: the truth, item by item, as Asterisk 22 lists it. Here: the core, channels, bridges,
//! parking, conferences; [`queues`] and [`devices`] have files of their own.

mod devices;
mod queues;

use super::exchange::Exchange;
use super::reply::Reply;
use super::truth::Channel;
use super::wire::{Headers as _, date_time};

pub(super) use devices::{contacts, device_state_list, endpoints, registrations};
pub(super) use queues::{queue_status, queue_summary};

/// What `CoreSettings` names.
pub const VERSION: &str = "22.10.1";

pub(super) fn core_status(x: &Exchange, reply: &mut Reply) {
    let boot = date_time(x.boot());
    let (date, time) = boot.split_once(' ').unwrap_or((&boot, ""));
    let live = x.truth.live_channels().to_string();
    let made = x.truth.made.to_string();
    reply.response(
        "Success",
        &[
            ("CoreStartupDate", date),
            ("CoreStartupTime", time),
            ("CoreReloadDate", date),
            ("CoreReloadTime", time),
            ("CoreCurrentCalls", &live),
            ("CoreProcessedCalls", &made),
        ],
    );
}

pub(super) fn core_settings(reply: &mut Reply) {
    reply.response(
        "Success",
        &[
            ("AMIversion", "11.0.0"),
            ("AsteriskVersion", VERSION),
            ("SystemName", "vigie-pbx"),
            ("CoreMaxCalls", "0"),
            ("CoreMaxLoadAvg", "0.000000"),
            ("CoreRunUser", ""),
            ("CoreRunGroup", ""),
            ("CoreMaxFilehandles", "0"),
            ("CoreRealTimeEnabled", "No"),
            ("CoreCDRenabled", "Yes"),
            ("CoreHTTPenabled", "No"),
            ("SoundsSearchCustomDir", "No"),
        ],
    );
}

fn bridge_id<'a>(x: &'a Exchange, channel: &Channel) -> &'a str {
    channel.bridge.and_then(|b| x.truth.bridge(b)).map_or("", |b| &*b.uuid)
}

fn seconds_up(x: &Exchange, channel: &Channel) -> u64 {
    x.now().saturating_sub(channel.created) / 1_000_000
}

pub(super) fn core_show_channels(x: &Exchange, reply: &mut Reply) {
    reply.start("Channels will follow");
    for channel in x.truth.channels() {
        let s = seconds_up(x, channel);
        let duration = format!("{:02}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60);
        reply.item("CoreShowChannel", |item| {
            item.chan("", channel)
                .line("Application", &channel.app)
                .line("ApplicationData", &channel.data)
                .line("Duration", &duration)
                .line("BridgeId", bridge_id(x, channel));
        });
    }
    reply.complete("CoreShowChannelsComplete");
}

pub(super) fn status(x: &Exchange, reply: &mut Reply, only: Option<&str>) {
    let only = match only.map(|name| x.truth.by_name(name)) {
        Some(None) => return reply.error("No such channel"),
        Some(Some(at)) => Some(at),
        None => None,
    };
    reply.start("Channel status will follow");
    for channel in x.truth.channels().filter(|c| only.is_none_or(|at| c.at == at)) {
        let kind = channel.name.split('/').next().unwrap_or("");
        reply.item_id_last("Status", |item| {
            item.line("Privilege", "Call")
                .chan("", channel)
                .line("Type", kind)
                .line("DNID", if channel.threaded { &channel.exten } else { "" })
                .line("EffectiveConnectedLineNum", super::wire::or_unknown(&channel.connected.num))
                .line("EffectiveConnectedLineName", super::wire::or_unknown(&channel.connected.name))
                .line("TimeToHangup", "0")
                .line("BridgeID", bridge_id(x, channel))
                .line("Application", &channel.app)
                .line("Data", &channel.data)
                .line("Nativeformats", "(ulaw)")
                .line("Readformat", "ulaw")
                .line("Readtrans", "")
                .line("Writeformat", "ulaw")
                .line("Writetrans", "")
                .line("Callgroup", "0")
                .line("Pickupgroup", "0")
                .num("Seconds", seconds_up(x, channel));
        });
    }
    reply.complete_with("StatusComplete", |item, count| {
        item.num("Items", count);
    });
}

pub(super) fn bridge_list(x: &Exchange, reply: &mut Reply) {
    reply.start("Bridge listing will follow");
    for bridge in x.truth.bridges() {
        reply.item("BridgeListItem", |item| {
            item.bridge("", bridge);
        });
    }
    reply.complete("BridgeListComplete");
}

pub(super) fn bridge_info(x: &Exchange, reply: &mut Reply, uuid: &str) {
    let Some(bridge) = x.truth.bridges().find(|b| &*b.uuid == uuid) else {
        return reply.error("Specified BridgeUniqueid not found");
    };
    reply.start("Bridge channel listing will follow");
    for channel in bridge.channels.iter().filter_map(|c| x.truth.chan(*c)) {
        reply.item("BridgeInfoChannel", |item| {
            item.chan("", channel);
        });
    }
    reply.complete_with("BridgeInfoComplete", |item, _| {
        item.bridge("", bridge);
    });
}

pub(super) fn parked_calls(x: &Exchange, reply: &mut Reply) {
    reply.start("Parked calls will follow");
    for parked in &x.truth.parked {
        let Some(channel) = x.truth.chan(parked.channel) else { continue };
        let since_s = x.now().saturating_sub(parked.since) / 1_000_000;
        reply.item_id_last("ParkedCall", |item| {
            item.chan("Parkee", channel)
                .line("ParkerDialString", &parked.parker)
                .line("Parkinglot", "default")
                .num("ParkingSpace", parked.space.into())
                .num("ParkingTimeout", u64::from(parked.timeout_s).saturating_sub(since_s))
                .num("ParkingDuration", since_s);
        });
    }
    reply.complete_with("ParkedCallsComplete", |item, count| {
        item.num("Total", count);
    });
}

pub(super) fn conference_rooms(x: &Exchange, reply: &mut Reply) {
    if x.truth.rooms.is_empty() {
        return reply.error("No active conferences.");
    }
    reply.start("Confbridge conferences will follow");
    for room in &x.truth.rooms {
        reply.item("ConfbridgeListRooms", |item| {
            item.line("Conference", &room.number)
                .num("Parties", room.people.len() as u64)
                .num("Marked", 0)
                .line("Locked", if room.locked { "Yes" } else { "No" })
                .line("Muted", "No");
        });
    }
    reply.complete("ConfbridgeListRoomsComplete");
}

pub(super) fn conference(x: &Exchange, reply: &mut Reply, number: &str) {
    if x.truth.rooms.is_empty() {
        return reply.error("No active conferences.");
    }
    let Some(room) = x.truth.rooms.iter().find(|r| &*r.number == number) else {
        return reply.error("No Conference by that name found.");
    };
    reply.start("Confbridge user list will follow");
    for (at, muted, since) in &room.people {
        let Some(channel) = x.truth.chan(*at) else { continue };
        reply.item("ConfbridgeList", |item| {
            item.line("Conference", &room.number);
            for header in ["Admin", "MarkedUser", "WaitMarked", "EndMarked", "EndMarkedAny", "Waiting"] {
                item.line(header, "No");
            }
            item.line("Muted", if *muted { "Yes" } else { "No" })
                .line("Talking", "No")
                .num("AnsweredTime", x.now().saturating_sub(*since) / 1_000_000)
                .chan("", channel);
        });
    }
    reply.complete("ConfbridgeListComplete");
}
