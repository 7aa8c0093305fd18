//! What is said first: lines `agi_name: value` in the order of Asterisk 22, then an empty one.

use super::super::listing::VERSION;
use super::super::truth::Channel;

/// The environment of that channel for that request.
pub(crate) fn environment(channel: &Channel, request: &str, thread: u64) -> String {
    let or_unknown = |text: &str| if text.is_empty() { "unknown".to_owned() } else { text.to_owned() };
    let script = request.strip_prefix("agi://").and_then(|rest| rest.split_once('/')).map_or("", |(_, s)| s);
    let kind = channel.name.split('/').next().unwrap_or_default();
    let lines: [(&str, String); 22] = [
        ("network", "yes".into()),
        ("network_script", script.into()),
        ("request", request.into()),
        ("channel", channel.name.to_string()),
        ("language", "fr".into()),
        ("type", kind.into()),
        ("uniqueid", channel.uniqueid.to_string()),
        ("version", VERSION.into()),
        ("callerid", or_unknown(&channel.caller.num)),
        ("calleridname", or_unknown(&channel.caller.name)),
        ("callingpres", "0".into()),
        ("callingani2", "0".into()),
        ("callington", "0".into()),
        ("callingtns", "0".into()),
        ("dnid", or_unknown(&channel.dnid)),
        ("rdnis", "unknown".into()),
        ("context", channel.context.to_string()),
        ("extension", channel.exten.to_string()),
        ("priority", channel.priority.to_string()),
        ("enhanced", "0.0".into()),
        ("accountcode", channel.account.to_string()),
        ("threadid", (140_134_000_000_000 + thread).to_string()),
    ];
    let mut text: String = lines.iter().map(|(name, value)| format!("agi_{name}: {value}\n")).collect();
    text.push('\n');
    text
}
