//! Actions: what each does to the exchange, and what it is answered, in Asterisk 22's own words.
//!
//! The table is [`perform`]; whoever speaks here has logged in already.

use super::exchange::{Exchange, Fate, MemberError, Originate, OriginateError, Then, TransferError};
use super::listing;
use super::reply::Reply;
use super::request::Request;
use super::truth::{ChanRef, Party};
use super::wire::write_timestamp;

/// Actions that [`perform`] knows, as `ListCommands` names them.
pub const KNOWN: [&str; 43] = [
    "BlindTransfer",
    "Bridge",
    "BridgeInfo",
    "BridgeList",
    "Challenge",
    "ConfbridgeKick",
    "ConfbridgeList",
    "ConfbridgeListRooms",
    "ConfbridgeMute",
    "ConfbridgeUnmute",
    "CoreSettings",
    "CoreShowChannels",
    "CoreStatus",
    "DeviceStateList",
    "Events",
    "Filter",
    "Getvar",
    "Hangup",
    "ListCommands",
    "Login",
    "Logoff",
    "MixMonitor",
    "MixMonitorMute",
    "Originate",
    "PJSIPShowContacts",
    "PJSIPShowEndpoints",
    "PJSIPShowRegistrationsOutbound",
    "Park",
    "ParkedCalls",
    "Ping",
    "PlayDTMF",
    "QueueAdd",
    "QueuePause",
    "QueuePenalty",
    "QueueRemove",
    "QueueStatus",
    "QueueSummary",
    "Redirect",
    "Setvar",
    "ShowDialPlan",
    "Status",
    "StopMixMonitor",
    "UserEvent",
];

/// Runs one action of a logged-in client; connection matters (login, masks) are the session's.
pub fn perform(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    let name = request.action();
    match name.to_ascii_lowercase().as_str() {
        "" => reply.error("Missing action in request"),
        "ping" => ping(x, reply),
        "listcommands" => {
            let all: Vec<(&str, &str)> = KNOWN.iter().map(|n| (*n, "of the built-in PBX")).collect();
            reply.response("Success", &all);
        }
        "filter" => reply.success("Success"),
        "corestatus" => listing::core_status(x, reply),
        "coresettings" => listing::core_settings(reply),
        "coreshowchannels" => listing::core_show_channels(x, reply),
        "status" => listing::status(x, reply, request.get("Channel")),
        "bridgelist" => listing::bridge_list(x, reply),
        "bridgeinfo" => listing::bridge_info(x, reply, request.get("BridgeUniqueid").unwrap_or("")),
        "queuestatus" => listing::queue_status(x, reply, request.get("Queue"), request.get("Member")),
        "queuesummary" => listing::queue_summary(x, reply, request.get("Queue")),
        "devicestatelist" => listing::device_state_list(x, reply),
        "pjsipshowendpoints" => listing::endpoints(x, reply),
        "pjsipshowcontacts" => listing::contacts(x, reply),
        "pjsipshowregistrationsoutbound" => listing::registrations(x, reply),
        "parkedcalls" => listing::parked_calls(x, reply),
        "confbridgelistrooms" => listing::conference_rooms(x, reply),
        "confbridgelist" => listing::conference(x, reply, request.get("Conference").unwrap_or("")),
        "confbridgemute" => mute(x, request, reply, true),
        "confbridgeunmute" => mute(x, request, reply, false),
        "getvar" => getvar(x, request, reply),
        "setvar" => setvar(x, request, reply),
        "userevent" => user_event(x, request, reply),
        "hangup" => hangup(x, request, reply),
        "redirect" => redirect(x, request, reply),
        "blindtransfer" => blind_transfer(x, request, reply),
        "park" => park(x, request, reply),
        "bridge" => bridge(x, request, reply),
        "playdtmf" => play_dtmf(x, request, reply),
        "confbridgekick" => kick(x, request, reply),
        "mixmonitormute" => mute_recording(x, request, reply),
        "showdialplan" => show_dialplan(request, reply),
        "mixmonitor" => record(x, request, reply, true),
        "stopmixmonitor" => record(x, request, reply, false),
        "originate" => originate(x, request, reply),
        "queuepause" => queue_pause(x, request, reply),
        "queueadd" => queue_add(x, request, reply),
        "queueremove" => queue_remove(x, request, reply),
        "queuepenalty" => queue_penalty(x, request, reply),
        _ => reply.error(&format!(
            "Invalid/unknown command: {name}. Use Action: ListCommands to show available commands."
        )),
    }
}

fn ping(x: &Exchange, reply: &mut Reply) {
    let mut now = Vec::new();
    write_timestamp(&mut now, x.now());
    let now = String::from_utf8_lossy(&now).into_owned();
    reply.response("Success", &[("Ping", "Pong"), ("Timestamp", &now)]);
}

/// The channel an action names, or the words that refuse it.
fn named(
    x: &Exchange,
    request: &Request,
    header: &str,
    missing: &str,
    unknown: impl FnOnce(&str) -> String,
) -> Result<ChanRef, String> {
    let name = request.get(header).ok_or_else(|| missing.to_owned())?;
    let by_id = || x.truth.channels().find(|c| &*c.uniqueid == name).map(|c| c.at);
    x.truth.by_name(name).or_else(by_id).ok_or_else(|| unknown(name))
}

fn no_such(_: &str) -> String {
    "No such channel".to_owned()
}

fn mute(x: &mut Exchange, request: &Request, reply: &mut Reply, muted: bool) {
    let (room, channel) = (request.get("Conference").unwrap_or(""), request.get("Channel").unwrap_or(""));
    if !x.truth.rooms.iter().any(|r| &*r.number == room) {
        return reply.error("No Conference by that name found.");
    }
    if x.mute(room, channel, muted) {
        reply.success(if muted { "User muted" } else { "User unmuted" });
    } else {
        reply.error("No Channel by that name found in Conference.");
    }
}

fn getvar(x: &Exchange, request: &Request, reply: &mut Reply) {
    let Some(variable) = request.get("Variable") else { return reply.error("No variable specified") };
    let value = match request.get("Channel") {
        None => String::new(),
        Some(_) => match named(x, request, "Channel", "No channel specified", no_such) {
            Err(words) => return reply.error(&words),
            Ok(at) => x.truth.chan(at).map(|c| variable_of(c, variable)).unwrap_or_default(),
        },
    };
    reply.response("Success", &[("Variable", variable), ("Value", &value)]);
}

fn variable_of(channel: &super::truth::Channel, variable: &str) -> String {
    match variable {
        "SITE" => channel.site.to_string(),
        "CAMPAIGN" => channel.campaign.to_string(),
        "UNIQUEID" => channel.uniqueid.to_string(),
        "LINKEDID" => channel.linkedid.to_string(),
        "CHANNEL" => channel.name.to_string(),
        "EXTEN" => channel.exten.to_string(),
        "CONTEXT" => channel.context.to_string(),
        "DIALSTATUS" => channel.dial_status.to_owned(),
        "CHANNEL(linkedid)" => channel.linkedid.to_string(),
        "CHANNEL(uniqueid)" => channel.uniqueid.to_string(),
        "CHANNEL(state)" => channel.state.desc().to_owned(),
        "CALLERID(num)" => channel.caller.num.to_string(),
        "CALLERID(name)" => channel.caller.name.to_string(),
        _ => channel
            .vars
            .iter()
            .find(|(name, _)| &**name == variable)
            .map(|(_, value)| value.to_string())
            .unwrap_or_default(),
    }
}

fn setvar(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    let Some(variable) = request.get("Variable") else { return reply.error("No variable specified") };
    if request.get("Channel").is_some() {
        match named(x, request, "Channel", "No channel specified", no_such) {
            Err(words) => return reply.error(&words),
            Ok(at) => x.set_var(at, variable, request.get("Value").unwrap_or("")),
        }
    }
    reply.success("Variable Set");
}

fn user_event(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    let Some(name) = request.get("UserEvent") else { return reply.error("Missing UserEvent") };
    let others: Vec<(String, String)> = request
        .headers()
        .iter()
        .filter(|(n, _)| !["action", "userevent"].contains(&n.to_ascii_lowercase().as_str()))
        .cloned()
        .collect();
    x.user_event(None, name, &others);
    reply.success("Event Sent");
}

fn hangup(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    // The form `/pattern/` hangs up many at once on Asterisk: nobody here needs it.
    match named(x, request, "Channel", "No channel specified", no_such) {
        Err(words) => reply.error(&words),
        Ok(at) => {
            let cause = request.get("Cause").and_then(|c| c.parse().ok()).filter(|c| (1..=127).contains(c));
            reply.success("Channel Hungup");
            x.hang_up(at, Fate::Manager(cause));
        }
    }
}

fn redirect(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    let unknown = |name: &str| format!("Channel does not exist: {name}");
    let at = match named(x, request, "Channel", "Channel not specified", unknown) {
        Err(words) => return reply.error(&words),
        Ok(at) => at,
    };
    let Some(priority) = request.get("Priority").and_then(|p| p.parse().ok()) else {
        return reply.error("Invalid priority");
    };
    let (context, exten) = (request.get("Context").unwrap_or(""), request.get("Exten").unwrap_or(""));
    if x.redirect(at, context, exten, priority) {
        reply.success("Redirect successful");
    } else {
        reply.error("Redirect failed, channel not up.");
    }
}

fn blind_transfer(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    let unknown = |_: &str| "Channel specified does not exist".to_owned();
    let at = match named(x, request, "Channel", "No channel specified", unknown) {
        Err(words) => return reply.error(&words),
        Ok(at) => at,
    };
    let Some(exten) = request.get("Exten") else { return reply.error("No exten specified") };
    match x.blind_transfer(at, request.get("Context"), exten) {
        Ok(()) => reply.success("Transfer succeeded"),
        Err(TransferError::NotBridged) => reply.error("Transfer invalid"),
        Err(TransferError::NoSuchExtension) => reply.error("Transfer failed"),
    }
}

fn park(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    let unknown = |_: &str| "Channel does not exist".to_owned();
    let at = match named(x, request, "Channel", "Channel not specified", unknown) {
        Err(words) => return reply.error(&words),
        Ok(at) => at,
    };
    let timeout_ms = request.get("Timeout").and_then(|t| t.parse::<u32>().ok());
    let timeout_s = timeout_ms.map_or(45, |ms| (ms / 1_000).max(1));
    let parker = request.get("TimeoutChannel").and_then(|name| x.truth.by_name(name));
    if x.park_by_manager(at, parker, timeout_s).is_some() {
        // 22 ends this value with a bare LF.
        reply.success("Park successful\n");
    } else {
        reply.error("Park action failed");
    }
}

fn bridge(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    let of = |header: &'static str| {
        let unknown = |name: &str| format!("{header} does not exist: {name}");
        named(x, request, header, &format!("Missing {header} in request"), unknown)
    };
    match (of("Channel1"), of("Channel2")) {
        (Err(words), _) | (_, Err(words)) => reply.error(&words),
        (Ok(one), Ok(other)) if x.bridge_two(one, other) => reply.success("Channels have been bridged"),
        _ => reply.error("Unable to add Channel1 to bridge"),
    }
}

fn play_dtmf(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    let at = match named(x, request, "Channel", "Channel not specified", |_| "Channel not found".into()) {
        Err(words) => return reply.error(&words),
        Ok(at) => at,
    };
    let Some(digit) = request.get("Digit").and_then(|digit| digit.chars().next()) else {
        return reply.error("No digit specified");
    };
    // as if it came from there; otherwise it goes there, which nobody here hears
    if request.get("Receive").is_some_and(|word| ["yes", "true", "1", "on"].contains(&word)) {
        x.press(at, digit);
    }
    reply.success("DTMF successfully queued");
}

fn kick(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    let (room, channel) = (request.get("Conference").unwrap_or(""), request.get("Channel").unwrap_or(""));
    if x.truth.rooms.is_empty() {
        reply.error("No active conferences.");
    } else if !x.truth.rooms.iter().any(|r| &*r.number == room) {
        reply.error("No Conference by that name found.");
    } else if x.kick(room, channel) {
        reply.success("User kicked");
    } else {
        reply.error("No Channel by that name found in Conference.");
    }
}

fn mute_recording(x: &Exchange, request: &Request, reply: &mut Reply) {
    match named(x, request, "Channel", "No channel specified", no_such) {
        Err(words) => reply.error(&words),
        Ok(at) if x.truth.chan(at).is_some_and(|c| c.recorded) => reply.response("Success", &[]),
        Ok(_) => reply.error("Cannot set mute flag"),
    }
}

/// Of a context that is there: no extension by name, which nobody here asks for.
fn show_dialplan(request: &Request, reply: &mut Reply) {
    let context = request.get("Context").unwrap_or("");
    if super::dialplan::has_context(context) {
        reply.start("DialPlan list will follow");
        reply.complete("ShowDialPlanComplete");
    } else {
        reply.error(&format!("Did not find context {context}"));
    }
}

fn record(x: &mut Exchange, request: &Request, reply: &mut Reply, on: bool) {
    match named(x, request, "Channel", "No channel specified", no_such) {
        Err(words) => reply.error(&words),
        Ok(at) if x.record(at, on) => reply.response("Success", &[]),
        Ok(_) => reply.error(if on {
            "Could not start monitoring channel"
        } else {
            "Could not stop monitoring channel"
        }),
    }
}

fn originate(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    let Some(channel) = request.get("Channel") else { return reply.error("Channel not specified") };
    let then = match (request.get("Application"), request.get("Exten")) {
        (Some(app), _) => Then::Application(app.to_owned(), request.get("Data").unwrap_or("").to_owned()),
        (None, Some(exten)) => {
            let Some(priority) = request.get("Priority").and_then(|p| p.parse().ok()) else {
                return reply.error("Invalid priority");
            };
            Then::Dialplan(request.get("Context").unwrap_or("default").to_owned(), exten.to_owned(), priority)
        }
        (None, None) => return reply.error("Originate with 'Exten' requires 'Context' and 'Priority'"),
    };
    let asked = Originate {
        action_id: request.action_id().to_owned(),
        channel: channel.to_owned(),
        then,
        caller: request.get("CallerID").map(party),
        account: request.get("Account").unwrap_or("").to_owned(),
        variables: request
            .all("Variable")
            .filter_map(|v| v.split_once('='))
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .collect(),
        uniqueid: request.get("ChannelId").unwrap_or("").to_owned(),
        timeout_ms: request.get("Timeout").and_then(|t| t.parse().ok()).unwrap_or(30_000),
    };
    match x.originate(asked) {
        Ok(()) => reply.success("Originate successfully queued"),
        Err(OriginateError::NoSuchExtension) => reply.error("Extension does not exist."),
    }
}

/// `"Name" <number>`, `Name <number>` or a number.
fn party(caller_id: &str) -> Party {
    match caller_id.split_once('<') {
        Some((name, number)) => {
            Party::new(number.trim_end().trim_end_matches('>'), name.trim().trim_matches('"'))
        }
        None => Party::new(caller_id.trim(), ""),
    }
}

fn is_true(value: Option<&str>) -> bool {
    value.is_some_and(|v| ["true", "yes", "1", "on", "y", "t"].contains(&v.to_ascii_lowercase().as_str()))
}

fn queue_pause(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    let (Some(interface), Some(_)) = (request.get("Interface"), request.get("Paused")) else {
        return reply.error("Need 'Interface' and 'Paused' parameters.");
    };
    let paused = is_true(request.get("Paused"));
    match x.pause(request.get("Queue"), interface, paused, request.get("Reason").unwrap_or("")) {
        Ok(()) => reply.success(if paused {
            "Interface paused successfully"
        } else {
            "Interface unpaused successfully"
        }),
        Err(_) => reply.error("Interface not found"),
    }
}

fn queue_add(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    let Some(queue) = request.get("Queue") else { return reply.error("'Queue' not specified.") };
    let Some(interface) = request.get("Interface") else { return reply.error("'Interface' not specified.") };
    let penalty = request.get("Penalty").and_then(|p| p.parse().ok()).unwrap_or(0);
    let paused = is_true(request.get("Paused")).then(|| request.get("Reason").unwrap_or(""));
    match x.add_member(queue, interface, request.get("MemberName"), penalty, paused) {
        Ok(()) => reply.success("Added interface to queue"),
        Err(MemberError::AlreadyThere) => reply.error("Unable to add interface: Already there"),
        Err(MemberError::NoQueue) => reply.error("Unable to add interface to queue: No such queue"),
        Err(MemberError::NoPhone | MemberError::NotThere) => {
            reply.error("Unable to add interface: the built-in PBX has no such phone");
        }
    }
}

fn queue_remove(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    let (Some(queue), Some(interface)) = (request.get("Queue"), request.get("Interface")) else {
        return reply.error("Need 'Queue' and 'Interface' parameters.");
    };
    match x.remove_member(queue, interface) {
        Ok(()) => reply.success("Removed interface from queue"),
        Err(MemberError::NoQueue) => reply.error("Unable to remove interface from queue: No such queue"),
        Err(_) => reply.error("Unable to remove interface: Not there"),
    }
}

fn queue_penalty(x: &mut Exchange, request: &Request, reply: &mut Reply) {
    let (Some(interface), Some(penalty)) = (request.get("Interface"), request.get("Penalty")) else {
        return reply.error("Need 'Interface' and 'Penalty' parameters.");
    };
    let done =
        penalty.parse().ok().is_some_and(|p| x.set_penalty(request.get("Queue"), interface, p).is_ok());
    if done {
        reply.success("Interface penalty set successfully");
    } else {
        reply.error("Invalid interface, queuename or penalty");
    }
}
