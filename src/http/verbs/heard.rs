//! What the site of who is listened to says of it: whether a reason must be given, and who is told (S35).
//!
//! A reason is asked for unless his site says otherwise; he is told only where it says so. Without accounts
//! nobody has a site and nothing is noted: nothing is asked for.

use actors::command::{ChannelName, Verb};
use actors::keys::PbxName;
use actors::view::{Table, Text, View};

use super::Site;
use crate::access::Access;
use crate::http::access::Caller;

/// What is to be kept to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rule {
    /// Nobody listens there without saying why.
    pub(super) reason: bool,
    /// Ids and PBX of those who see that they are listened to.
    pub(super) told: Vec<(Text, Text)>,
}

/// Whether that verb is one of listening.
pub(super) fn listens(verb: Verb) -> bool {
    matches!(verb, Verb::Listen | Verb::Whisper | Verb::Barge)
}

/// For who is on the call of that channel.
pub(super) fn rule(site: &Site, caller: &Caller, pbx: Option<&PbxName>, channel: &ChannelName) -> Rule {
    if matches!(site.parts.access, Access::Open) {
        return Rule::default();
    }
    let mut rule = Rule { reason: false, told: Vec::new() };
    let mut somebody = false;
    let directory = caller.who().directory();
    for line in site.parts.board.lines(Table::Calls) {
        let View::Call(call) = &*line.view else { continue };
        let live = || call.legs.iter().filter(|leg| leg.ended_ms.is_none());
        if pbx.is_some_and(|pbx| pbx.0 != call.pbx) || !live().any(|leg| leg.channel == channel.as_str()) {
            continue;
        }
        for leg in live() {
            let Some(agent) = &leg.agent else { continue };
            somebody = true;
            let person = directory.at_endpoint(&call.pbx, &leg.endpoint);
            let of = person.and_then(|person| directory.sites.get(person.user.site_id.as_ref()?));
            rule.reason |= of.is_none_or(|of| of.listening_reason);
            if of.is_some_and(|of| of.listening_told) {
                rule.told.push((agent.clone(), call.pbx.clone()));
            }
        }
    }
    rule.reason |= !somebody;
    rule
}
