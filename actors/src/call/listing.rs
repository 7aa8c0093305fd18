//! Comparing a call with what the PBX lists.
//!
//! A listing corrects what it shows (state, caller id, bridge); what it does not show (hold,
//! recording, who transferred whom) stays as it was. Absence ends a leg only when two listings miss
//! it and no event of it came in between.

use asterisk::ami::event::Chan;

use super::bridges::BridgeKind;
use super::messages::Difference;
use super::state::CallState;
use crate::fact::Outbox;
use crate::keys::{Micros, created_at};
use crate::view::QueueOutcome;

impl CallState {
    /// A channel as a listing shows it (`CoreShowChannel` or `Status` item): sets right what differs
    /// and says what it was. `asked_at` is when the list was asked for; newer events win.
    pub fn listed(
        &mut self,
        c: &Chan<'_>,
        application: &str,
        bridge: &str,
        asked_at: Micros,
        out: &mut Outbox,
    ) -> Vec<Difference> {
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
                self.started = self.started.min(created);
                if !bridge.is_empty() {
                    self.enter(ix, bridge, BridgeKind::default(), asked_at);
                }
            }
            found.push(format!("channel {} was not known", c.channel));
            self.settle(asked_at, out);
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
            found.push(format!("channel {}: state {} was {}", c.channel, c.state, leg.state));
            leg.state = c.state;
            leg.state_at = at;
            leg.phase_since = at;
            if c.state == super::legs::channel_state::UP && leg.answered.is_none() {
                leg.answered = Some(at);
                self.answered = self.answered.or(Some(at));
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
            found.push(format!("channel {}: bridge {bridge:?} was {known:?}", c.channel));
            if bridge.is_empty() {
                self.leave(ix, &known, at);
            } else {
                self.enter(ix, bridge, BridgeKind::default(), at);
            }
            self.dirty = true;
        }
        self.settle(at, out);
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
        let words = format!("channel {} is gone", leg.channel);
        let last = leg.seen_at;
        self.end_leg(ix, None, QueueOutcome::Other, last.max(self.started), out);
        self.settle(asked_at, out);
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
        let Ok(Event::CoreShowChannel(item)) = Event::read(&message) else { panic!("not a channel") };
        let asked_at = Micros(1_795_225_315_000_000);
        let pbx = PbxName("pbx".into());
        let key = CallKey { pbx: pbx.clone(), epoch: Epoch(1), linkedid: "1795225215.51".into() };
        let mut call = CallState::new(Arc::new(Settings::new(pbx)), key, asked_at);
        call.listed(&item.chan, "Echo", "", asked_at, &mut Outbox::default());
        let view = call.view();
        assert_eq!(view.started_ms, Micros(1_795_225_215_000_000));
        assert_eq!(view.legs[0].started_ms, Micros(1_795_225_215_000_000));
        assert_eq!(view.legs[0].phase_since_ms, asked_at, "since when it is up, no listing tells");
    }
}
