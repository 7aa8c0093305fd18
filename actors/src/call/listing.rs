//! Comparing a call with what the PBX lists.
//!
//! A listing corrects what it shows (state, caller id, bridge); what it does not show (hold,
//! recording, who transferred whom) stays as it was. Absence ends a leg only when two listings miss
//! it and no event of it came in between.

use asterisk::ami::Value;
use asterisk::ami::event::{self, Chan};

use super::bridges::BridgeKind;
use super::messages::Difference;
use super::queue_stint::queue_of;
use super::state::CallState;
use crate::fact::Outbox;
use crate::keys::{Micros, created_at};
use crate::view::{QueueOutcome, Said, Since};

/// A channel as a listing shows it.
#[derive(Debug, Clone)]
pub struct ListedChannel<'a> {
    chan: Chan<'a>,
    application: &'a str,
    data: Value<'a>,
    bridge: &'a str,
    /// What the caller dialled; `Status` alone tells.
    dnid: Option<Value<'a>>,
}

impl<'a> ListedChannel<'a> {
    /// Of a `CoreShowChannel` item; `bridge` where the item does not say itself.
    pub fn shown(e: &event::CoreShowChannel<'a>, bridge: &'a str) -> Self {
        let bridge = if e.bridge_id.is_empty() { bridge } else { e.bridge_id };
        Self { chan: e.chan, application: e.application, data: e.application_data, bridge, dnid: None }
    }

    /// Of a `Status` item.
    pub fn status(e: &event::Status<'a>, bridge: &'a str) -> Self {
        let bridge = if e.bridge_id.is_empty() { bridge } else { e.bridge_id };
        Self { chan: e.chan, application: e.application, data: e.data, bridge, dnid: Some(e.dnid) }
    }
}

impl CallState {
    /// A channel of a listing: sets right what differs and says what it was. `asked_at` is when the list
    /// was asked for; newer events win. `after_gap`: the link was away before, so that what no listing
    /// tells may have changed.
    pub fn listed(
        &mut self,
        item: &ListedChannel<'_>,
        after_gap: bool,
        asked_at: Micros,
        out: &mut Outbox,
    ) -> Vec<Difference> {
        self.comparing = true;
        let found = self.compare(item, asked_at, out);
        let before =
            self.leg_ix(item.chan.uniqueid).is_some_and(|ix| self.legs[ix as usize].seen_at <= asked_at);
        if before && (after_gap || !found.is_empty()) && self.unseen_until < Some(asked_at) {
            self.unseen_until = Some(asked_at);
            self.dirty = true;
        }
        self.settle(asked_at, out);
        self.comparing = false;
        found
    }

    /// What else the item tells of a leg: what was dialled first, and who serves the caller of a queue.
    fn told_besides(
        &mut self,
        ix: super::legs::LegIx,
        item: &ListedChannel<'_>,
        at: Micros,
        out: &mut Outbox,
    ) {
        if let Some(dnid) = item.dnid {
            self.asked_for(item.chan.uniqueid, dnid.bytes(), true);
        }
        match item.application {
            "Queue" => self.listed_as_served(ix, &queue_of(item.data), at, out),
            "AppQueue" => self.listed_member(),
            _ => {}
        }
    }

    fn compare(&mut self, item: &ListedChannel<'_>, asked_at: Micros, out: &mut Outbox) -> Vec<Difference> {
        let ListedChannel { chan: c, application, bridge, .. } = item;
        let (application, bridge) = (*application, *bridge);
        let mut found = Vec::new();
        let Some(ix) = self.leg_ix(c.uniqueid) else {
            self.provisional_leg(c, asked_at);
            if let Some(ix) = self.leg_ix(c.uniqueid) {
                let created =
                    created_at(c.uniqueid).filter(|created| *created < asked_at).unwrap_or(asked_at);
                let leg = &mut self.legs[ix as usize];
                leg.described = true;
                leg.application = application.into();
                leg.started = created;
                leg.at_least.put(Since::Started, created_at(c.uniqueid).is_none());
                if created <= self.started {
                    self.started = created;
                    self.at_least.put(Since::Started, leg.at_least.has(Since::Started));
                }
                if !bridge.is_empty() {
                    self.enter(ix, bridge, BridgeKind::default(), asked_at);
                }
                self.told_besides(ix, item, asked_at, out);
            }
            let text = format!("channel {} was not known", c.channel);
            found.push(Said::new("channel_unknown", [c.channel], text));
            return found;
        };
        let at = asked_at;
        let leg = &mut self.legs[ix as usize];
        leg.missing = false;
        leg.described = true;
        if leg.seen_at > asked_at || !leg.is_live() {
            return found; // it changed after the list was asked for
        }
        if leg.state != c.state {
            let text = format!("channel {}: state {} was {}", c.channel, c.state, leg.state);
            found.push(Said::new("channel_state_differed", [c.channel], text));
            leg.state = c.state;
            leg.state_at = at;
            leg.phase_begins(at, true);
            if c.state == super::legs::channel_state::UP && leg.answered.is_none() {
                leg.answered = Some(at);
                leg.at_least.put(Since::Answered, true);
                if self.answered.is_none() {
                    self.answered = Some(at);
                    self.at_least.put(Since::Answered, true);
                }
            }
            self.dirty = true;
        }
        let leg = &mut self.legs[ix as usize];
        if leg.caller_id(c.caller_num, c.caller_name) {
            self.dirty = true;
        }
        if !application.is_empty() && leg.application != application {
            leg.application = application.into();
            self.dirty = true;
        }
        let known = self.bridge_of(&self.legs[ix as usize]).map(|b| b.id.clone()).unwrap_or_default();
        if known != bridge {
            let text = format!("channel {}: bridge {bridge:?} was {known:?}", c.channel);
            found.push(Said::new("channel_bridge_differed", [c.channel], text));
            if bridge.is_empty() {
                self.leave(ix, &known, at);
            } else {
                self.enter(ix, bridge, BridgeKind::default(), at);
            }
            self.dirty = true;
        }
        self.told_besides(ix, item, at, out);
        found
    }

    /// A whole listing asked for at `asked_at` does not show this leg. The first such round only
    /// marks it; the second ends it, if no event of it came in between. Returns words when it ended.
    pub fn not_listed(
        &mut self,
        uniqueid: &str,
        round: u8,
        asked_at: Micros,
        out: &mut Outbox,
    ) -> Option<Difference> {
        let ix = self.leg_ix(uniqueid)?;
        let leg = &mut self.legs[ix as usize];
        if !leg.is_live() || leg.seen_at > asked_at {
            return None;
        }
        if round < 2 || !leg.missing {
            leg.missing = true;
            return None;
        }
        let words = Said::new("channel_gone", [&leg.channel], format!("channel {} is gone", leg.channel));
        let last = leg.seen_at;
        self.comparing = true;
        self.unseen_until = self.unseen_until.max(Some(asked_at));
        self.end_leg(ix, None, QueueOutcome::Other, last.max(self.started), out);
        self.settle(asked_at, out);
        self.comparing = false;
        Some(words)
    }

    /// Uniqueids of live legs.
    pub fn live_uniqueids(&self) -> impl Iterator<Item = &str> {
        self.live().map(|l| l.uniqueid.as_str())
    }

    /// The PBX restarted: whatever was open ended with it, at the last instant it was proven.
    pub fn ended_by_restart(&mut self, last_proven: Micros, out: &mut Outbox) {
        let live: Vec<_> = self.live.to_vec();
        for ix in live {
            self.end_leg(ix, None, QueueOutcome::Other, last_proven, out);
        }
        self.settle(last_proven, out);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use asterisk::ami::{Event, Message};

    use super::*;
    use crate::keys::{CallKey, Epoch, PbxName};
    use crate::settings::Settings;

    #[test]
    fn a_call_met_under_way_began_when_its_channel_was_created() {
        let item = "Event: CoreShowChannel\r\nActionID: a5\r\nChannel: PJSIP/1006-00000017\r\nChannelState: 6\r\n\
            ChannelStateDesc: Up\r\nCallerIDNum: 1006\r\nCallerIDName: Fabien Noel\r\nConnectedLineNum: <unknown>\r\n\
            ConnectedLineName: <unknown>\r\nLanguage: fr\r\nAccountCode: \r\nContext: from-phones\r\nExten: 690\r\n\
            Priority: 1\r\nUniqueid: 1795225215.51\r\nLinkedid: 1795225215.51\r\nApplication: Echo\r\n\
            ApplicationData: \r\nDuration: 00:01:40\r\nBridgeId: \r\n\r\n";
        let message = Message::new(item.into());
        let Ok(Event::CoreShowChannel(shown)) = Event::read(&message) else { panic!("not a channel") };
        let asked_at = Micros(1_795_225_315_000_000);
        let pbx = PbxName("pbx".into());
        let key = CallKey { pbx: pbx.clone(), epoch: Epoch(1), linkedid: "1795225215.51".into() };
        let mut call = CallState::new(Arc::new(Settings::new(pbx)), key, asked_at);
        call.listed(&ListedChannel::shown(&shown, ""), true, asked_at, &mut Outbox::default());
        let view = call.view();
        assert_eq!(view.started_ms, Micros(1_795_225_215_000_000));
        assert_eq!(view.legs[0].started_ms, Micros(1_795_225_215_000_000));
        assert_eq!(view.legs[0].phase_since_ms, asked_at);
        let json = serde_json::to_value(&view).unwrap();
        let at_least = serde_json::json!(["answered_ms", "phase_since_ms"]);
        assert_eq!(json["legs"][0]["at_least"], at_least, "since when it is up, no listing tells");
        assert_eq!(json["at_least"], at_least);
        assert_eq!(json["recording"], serde_json::Value::Null, "nor whether it is recorded");
        assert_eq!(view.unseen_until_ms, Some(asked_at));
        let hangup = item
            .replace("Event: CoreShowChannel\r\nActionID: a5", "Event: Hangup\r\nPrivilege: call,all")
            .replace("Linkedid: 1795225215.51\r\n", "Linkedid: 1795225215.51\r\nCause: 16\r\n");
        let end = Message::new(hangup.into());
        call.event(&Event::read(&end).unwrap(), Micros(asked_at.0 + 1), &mut Outbox::default());
        let json = serde_json::to_value(call.view()).unwrap();
        assert_eq!(json["legs"][0]["at_least"], serde_json::json!(["answered_ms"]), "its end was seen");
    }
}
