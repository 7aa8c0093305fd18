//! Listings: the truth, item by item, as Asterisk 22 lists it.

use super::exchange::Exchange;
use super::reply::Reply;
use super::truth::{Channel, DeviceState, EndpointKind, Queue, Registration};
use super::wire::{Headers as _, date_time};

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

fn percent(part: u32, whole: u32) -> String {
    let value = if whole == 0 { 0.0 } else { 100.0 * f64::from(part) / f64::from(whole) };
    format!("{value:.1}")
}

pub(super) fn queue_status(x: &Exchange, reply: &mut Reply, only: Option<&str>, member: Option<&str>) {
    reply.start("Queue status will follow");
    for q in x.truth.queues.iter().filter(|q| only.is_none_or(|name| q.name.eq_ignore_ascii_case(name))) {
        queue_params(reply, q);
        for m in q.members.iter().filter(|m| member.is_none_or(|name| &*m.interface == name)) {
            let status = x.truth.endpoint(m.endpoint).map_or(4, |e| e.told as u64);
            reply.item_id_last("QueueMember", |item| {
                item.line("Queue", &q.name)
                    .line("Name", &m.name)
                    .line("Location", &m.interface)
                    .line("StateInterface", &m.interface)
                    .line("Membership", if m.dynamic { "dynamic" } else { "static" })
                    .num("Penalty", m.penalty.into())
                    .num("CallsTaken", m.calls_taken.into())
                    .num("LastCall", m.last_call)
                    .num("LastPause", m.last_pause)
                    .num("LoginTime", m.login_time)
                    .num("InCall", m.in_call.into())
                    .num("Status", status)
                    .num("Paused", m.paused.into())
                    .line("PausedReason", &m.reason)
                    .num("Wrapuptime", 0);
            });
        }
        if member.is_some() {
            continue;
        }
        for (place, channel) in q.callers.iter().filter_map(|c| x.truth.chan(*c)).enumerate() {
            let text = |value: &str| if value.is_empty() { "unknown".to_owned() } else { value.to_owned() };
            reply.item_id_last("QueueEntry", |item| {
                item.line("Queue", &q.name)
                    .num("Position", place as u64 + 1)
                    .line("Channel", &channel.name)
                    .line("Uniqueid", &channel.uniqueid)
                    .line("CallerIDNum", &text(&channel.caller.num))
                    .line("CallerIDName", &text(&channel.caller.name))
                    .line("ConnectedLineNum", &text(&channel.connected.num))
                    .line("ConnectedLineName", &text(&channel.connected.name))
                    .num("Wait", waited_s(x, channel))
                    .num("Priority", 0);
            });
        }
    }
    reply.complete("QueueStatusComplete");
}

fn waited_s(x: &Exchange, channel: &Channel) -> u64 {
    match &channel.job {
        super::truth::Job::Queue(waiting) => x.now().saturating_sub(waiting.since) / 1_000_000,
        _ => 0,
    }
}

fn queue_params(reply: &mut Reply, q: &Queue) {
    reply.item_id_last("QueueParams", |item| {
        item.line("Queue", &q.name)
            .num("Max", 0)
            .line("Strategy", q.strategy.name())
            .num("Calls", q.callers.len() as u64)
            .num("Holdtime", q.hold_mean.into())
            .num("TalkTime", q.talk_mean.into())
            .num("Completed", q.completed.into())
            .num("Abandoned", q.abandoned.into())
            .num("ServiceLevel", q.level_s.into())
            .line("ServicelevelPerf", &percent(q.completed_in_level, q.completed))
            .line(
                "ServicelevelPerf2",
                &percent(q.completed_in_level + q.abandoned_in_level, q.completed + q.abandoned),
            )
            .num("Weight", 0);
    });
}

pub(super) fn queue_summary(x: &Exchange, reply: &mut Reply, only: Option<&str>) {
    reply.start("Queue summary will follow");
    for q in x.truth.queues.iter().filter(|q| only.is_none_or(|name| q.name.eq_ignore_ascii_case(name))) {
        let states = q.members.iter().map(|m| (m, x.truth.endpoint(m.endpoint).map(|e| e.told)));
        let logged_in = states.clone().filter(|(_, s)| s.is_some_and(|s| s != DeviceState::Unavailable));
        let available = q.members.iter().filter(|m| x.truth.is_free(m)).count();
        let longest = q.callers.iter().filter_map(|c| x.truth.chan(*c)).map(|c| waited_s(x, c)).max();
        reply.item_id_last("QueueSummary", |item| {
            item.line("Queue", &q.name)
                .num("LoggedIn", logged_in.count() as u64)
                .num("Available", available as u64)
                .num("Callers", q.callers.len() as u64)
                .num("HoldTime", q.hold_mean.into())
                .num("TalkTime", q.talk_mean.into())
                .num("LongestHoldTime", longest.unwrap_or(0));
        });
    }
    reply.complete("QueueSummaryComplete");
}

pub(super) fn device_state_list(x: &Exchange, reply: &mut Reply) {
    reply.start("Device State Changes will follow");
    let mut device = |name: &str, state: &str| {
        reply.item("DeviceStateChange", |item| {
            item.line("Device", name).line("State", state);
        });
    };
    for endpoint in &x.truth.endpoints {
        device(&endpoint.interface, endpoint.told.name());
    }
    for q in &x.truth.queues {
        device(&format!("Queue:{}", q.name), if q.callers.is_empty() { "NOT_INUSE" } else { "RINGING" });
        device(&format!("Queue:{}_avail", q.name), if q.free > 0 { "NOT_INUSE" } else { "INUSE" });
        for m in q.members.iter().filter(|m| m.paused || m.last_pause > 0) {
            let state = if m.paused { "INUSE" } else { "NOT_INUSE" };
            device(&format!("Queue:{}_pause_{}", q.name, m.interface), state);
        }
    }
    for parked in &x.truth.parked {
        device(&format!("park:{}@parkedcalls", parked.space), "INUSE");
    }
    for room in &x.truth.rooms {
        device(&format!("confbridge:{}", room.number), "INUSE");
    }
    reply.complete("DeviceStateListComplete");
}

pub(super) fn endpoints(x: &Exchange, reply: &mut Reply) {
    reply.start("A listing of Endpoints follows, presented as EndpointList events");
    for e in &x.truth.endpoints {
        let contacts = if e.reachable || e.kind == EndpointKind::Trunk {
            format!("{}/{},", e.name, e.uri)
        } else {
            String::new()
        };
        let trunk = e.kind == EndpointKind::Trunk;
        reply.item("EndpointList", |item| {
            item.line("ObjectType", "endpoint")
                .line("ObjectName", &e.name)
                .line("Transport", "")
                .line("Aor", &e.name)
                .line("Auths", if trunk { "" } else { &e.name })
                .line("OutboundAuths", if trunk { &e.name } else { "" })
                .line("Contacts", &contacts)
                .line("DeviceState", e.told.words())
                .num("ActiveChannels", e.channels.len() as u64);
        });
    }
    reply.complete("EndpointListComplete");
}

pub(super) fn contacts(x: &Exchange, reply: &mut Reply) {
    reply.start("A listing of Contacts follows, presented as ContactList events");
    // A phone that lost its registration has no contact; a trunk's is permanent.
    for e in x.truth.endpoints.iter().filter(|e| e.reachable || e.kind == EndpointKind::Trunk) {
        let phone = e.kind == EndpointKind::Phone;
        let name = format!("{}{}{}", e.name, if phone { ";@" } else { "@@" }, contact_hash(&e.uri));
        reply.item("ContactList", |item| {
            item.line("ObjectType", "contact")
                .line("ObjectName", &name)
                .line("ViaAddr", if phone { "127.0.0.1" } else { "" })
                .line("QualifyTimeout", "3.000000")
                .line("Qualify2xxOnly", "false")
                .line("CallId", if phone { "6d821621ecd7d3ed" } else { "" })
                .line("RegServer", "")
                .line("PruneOnBoot", "no")
                .line("Path", "")
                .line("Endpoint", &e.name)
                .line("ViaPort", if phone { "5061" } else { "0" })
                .line("AuthenticateQualify", "no")
                .line("Uri", &e.uri)
                .line("QualifyFrequency", "30")
                .line("UserAgent", if phone { "vigie-pbx" } else { "" })
                .num("ExpirationTime", if phone { x.now() / 1_000_000 + 3_600 } else { 0 })
                .line("OutboundProxy", "")
                .line("Status", if e.reachable { "Reachable" } else { "Unreachable" })
                .num("RoundtripUsec", if e.reachable { e.rtt_us.into() } else { 0 });
        });
    }
    reply.complete("ContactListComplete");
}

/// 32 hexadecimal digits that stay the same for the same contact.
fn contact_hash(uri: &str) -> String {
    let fold = |seed: u64| uri.bytes().fold(seed, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    format!("{:016x}{:016x}", fold(0xcbf2_9ce4_8422_2325), fold(0x8422_2325_cbf2_9ce4))
}

pub(super) fn registrations(x: &Exchange, reply: &mut Reply) {
    reply.start("Following are Events for each Outbound registration");
    let mut registered = 0;
    let mut refused = 0;
    for e in x.truth.endpoints.iter().filter(|e| e.kind == EndpointKind::Trunk) {
        let status = match e.registration {
            Registration::Registered => {
                registered += 1;
                "Registered"
            }
            Registration::Rejected => {
                refused += 1;
                "Rejected"
            }
        };
        let client = e.uri.replacen("sip:", &format!("sip:{}@", e.name), 1);
        reply.item("OutboundRegistrationDetail", |item| {
            item.line("ObjectType", "registration")
                .line("ObjectName", &e.name)
                .line("MaxRetries", "10000")
                .line("ClientUri", &client)
                .line("SecurityNegotiation", "no")
                .line("AuthRejectionPermanent", "false")
                .line("ServerUri", &e.uri)
                .line("MaxRandomInitialDelay", "10")
                .line("SupportPath", "false")
                .line("RetryInterval", "5")
                .line("ContactHeaderParams", "")
                .line("Expiration", "60")
                .line("Transport", "transport-udp")
                .line("Line", "false")
                .line("ContactUser", &e.name)
                .line("Endpoint", "")
                .line("UserAgent", "")
                .line("ForbiddenRetryInterval", "10")
                .line("OutboundAuth", &e.name)
                .line("OutboundProxy", "")
                .line("FatalRetryInterval", "10")
                .line("SupportOutbound", "no")
                .line("Status", status)
                .num("NextReg", 0);
        });
    }
    reply.complete_with("OutboundRegistrationDetailComplete", |item, _| {
        item.num("Registered", registered).num("NotRegistered", refused);
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
