//! Prints a capture as a person reads it: one line for each message, seconds since the first.
//!
//! ```text
//! cargo run -p vigie-asterisk --features fixtures --example print_capture -- 22 queue_answered
//! cargo run -p vigie-asterisk --features fixtures --example print_capture -- some.ami
//! ```

use std::process::ExitCode;

use asterisk::ami::{Event, Kind, Message};
use asterisk::fixtures::{self, Connection};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let connections = match &arguments[..] {
        [file] => match std::fs::read(file) {
            Ok(bytes) => vec![Connection { file: file.clone(), bytes: bytes.into() }],
            Err(e) => return fail(&format!("{file}: {e}")),
        },
        [version, name] => match version.parse().map(|v| fixtures::load(v, name)) {
            Ok(Ok(capture)) => capture.connections,
            Ok(Err(e)) => return fail(&e.to_string()),
            Err(e) => return fail(&format!("{version}: {e}")),
        },
        _ => return fail("usage: print_capture FILE.ami | print_capture VERSION NAME"),
    };
    for connection in &connections {
        println!("== {}", connection.file);
        match connection.messages() {
            Ok(messages) => print(&messages),
            Err(e) => return fail(&format!("{}: {e}", connection.file)),
        }
    }
    ExitCode::SUCCESS
}

fn fail(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}

fn print(messages: &[Message]) {
    let seconds = |m: &Message| m.timestamp().and_then(|t| std::str::from_utf8(t).ok()?.parse::<f64>().ok());
    let first = messages.iter().find_map(seconds).unwrap_or_default();
    for message in messages {
        let at = seconds(message).map_or(String::new(), |t| format!("{:.3}", t - first));
        println!("{at:>9}  {}", words(message));
    }
}

/// What it says, without what every event repeats.
fn words(message: &Message) -> String {
    match (message.kind(), Event::read(message)) {
        (Kind::Response, _) => headers(message, &[]),
        (Kind::Event, Ok(event)) => about(&event, message),
        (_, Err(e)) => format!("!! {e}"),
        (Kind::Other, Ok(_)) => String::new(),
    }
}

fn about(event: &Event<'_>, message: &Message) -> String {
    let who = match event {
        Event::Newchannel(e) => {
            let c = &e.chan;
            let name = (c.caller_num.display(), c.caller_name.display(), c.exten.display());
            format!("{} {} <{}> to {}", c.channel, name.1, name.0, name.2)
        }
        Event::Newstate(e) => format!("{} state {}", e.chan.channel, e.chan.state),
        Event::Newexten(e) => {
            format!("{} {}({})", e.chan.channel, e.application, e.app_data.display())
        }
        Event::Hangup(e) => {
            format!("{} cause {} {}", e.chan.channel, e.cause.unwrap_or_default(), e.cause_txt)
        }
        Event::DialBegin(e) => {
            format!("{} -> {}", e.chan.map_or("(originate)", |c| c.channel), e.dest.channel)
        }
        Event::DialEnd(e) => format!("-> {} {}", e.dest.channel, e.dial_status),
        Event::BridgeEnter(e) => format!("{} into {}", e.chan.channel, e.bridge.uniqueid),
        Event::BridgeLeave(e) => format!("{} out of {}", e.chan.channel, e.bridge.uniqueid),
        Event::VarSet(e) => format!(
            "{} {}={}",
            e.chan.map_or("(global)", |c| c.channel),
            e.variable.display(),
            e.value.display()
        ),
        Event::QueueMemberStatus(e) => {
            format!("{} {} status {}", e.member.queue, e.member.interface, e.member.status)
        }
        _ => {
            return headers(message, &["Privilege", "Timestamp", "ChannelStateDesc", "Language", "Priority"]);
        }
    };
    format!("{} {who}", event.name())
}

/// All headers on one line, but for those and for empty ones.
fn headers(message: &Message, without: &[&str]) -> String {
    let mut line = String::new();
    for (name, value) in message.headers() {
        let (name, value) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value));
        if !without.contains(&&*name) && !value.is_empty() {
            let gap = if line.is_empty() { "" } else { ", " };
            line.push_str(&format!("{gap}{name}: {}", value.escape_debug()));
        }
    }
    line
}
