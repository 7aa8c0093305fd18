//! Stays in queues as listings show them: who waits, and who was served before anybody looked.

use super::legs::LegIx;
use super::messages::Difference;
use super::queue_stint::{MAX_STINTS, Stint};
use super::state::CallState;
use crate::fact::Outbox;
use crate::keys::Micros;
use crate::view::{QueueOutcome, Said};

impl CallState {
    /// A `QueueEntry` of a listing: a caller who waits, whom we may not have seen join. Words when so.
    pub fn listed_in_queue(
        &mut self,
        who: &str,
        queue: &str,
        position: u32,
        joined: Micros,
        out: &mut Outbox,
    ) -> Option<Difference> {
        if let Some(open) = self.open_stint(who) {
            if self.stints[open].position != position {
                self.stints[open].position = position;
                self.tell_waiting(who, out);
            }
            return None;
        }
        self.leg_ix(who)?;
        self.stints.push(Stint { position, ..Stint::new(who, queue, joined) });
        self.tell_waiting(who, out);
        self.dirty = true;
        let text = format!("caller {who} waits in queue {queue}: not seen joining");
        Some(Said::new("caller_unknown", [who, queue], text))
    }

    /// A listing shows a caller whom `Queue()` has put through to somebody: the stay, if it was not seen,
    /// its end, if that was not, and the member's leg.
    pub(crate) fn listed_as_served(&mut self, who: LegIx, queue: &str, at: Micros, out: &mut Outbox) {
        if self.legs[who as usize].bridge.is_none() || queue.is_empty() {
            return;
        }
        let uniqueid = self.legs[who as usize].uniqueid.clone();
        if let Some(open) = self.open_stint(&uniqueid) {
            let queue = self.stints[open].queue.clone();
            self.left_queue(&uniqueid, &queue, false, at, out);
            self.close_stint(open, QueueOutcome::Answered, out);
        } else if !self.stints.iter().any(|s| s.who == uniqueid) && self.stints.len() < MAX_STINTS {
            self.stints.push(Stint {
                met: true,
                left: Some(at),
                outcome: Some(QueueOutcome::Answered),
                ..Stint::new(&uniqueid, queue, at)
            });
            self.dirty = true;
        }
        self.listed_member();
    }

    /// Gives the leg that a queue rang to the queue that its caller was served by.
    pub(crate) fn listed_member(&mut self) {
        let Some(n) = self.stints.iter().rposition(|s| s.outcome == Some(QueueOutcome::Answered)) else {
            return;
        };
        let member = self.live.iter().copied().find(|&ix| {
            let leg = &self.legs[ix as usize];
            leg.application == "AppQueue" && leg.is_up() && !leg.is_local() && leg.bridge.is_some()
        });
        let Some(ix) = member else { return };
        let leg = &mut self.legs[ix as usize];
        if leg.queue.is_none() {
            leg.queue = Some(self.stints[n].queue.clone());
            self.dirty = true;
        }
        if self.stints[n].agent.is_none() {
            self.stints[n].agent = Some(self.legs[ix as usize].endpoint());
            self.dirty = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use asterisk::ami::{Event, Message};

    use crate::call::{CallState, ListedChannel};
    use crate::fact::Outbox;
    use crate::keys::{CallKey, Epoch, Micros, PbxName};
    use crate::settings::Settings;
    use crate::view::{CallPhase, QueueOutcome};

    const CALLER: &str = "1795225215.51";

    fn list(call: &mut CallState, uniqueid: &str, application: &str, bridge: &str, at: Micros) {
        let text = format!(
            "Event: CoreShowChannel\r\nActionID: a5\r\nChannel: PJSIP/{application}-1\r\nChannelState: 6\r\nChannelStateDesc: Up\r\n\
             CallerIDNum: 1\r\nCallerIDName: A\r\nConnectedLineNum: <unknown>\r\nConnectedLineName: <unknown>\r\n\
             Language: fr\r\nAccountCode: \r\nContext: c\r\nExten: 500\r\nPriority: 1\r\nUniqueid: {uniqueid}\r\n\
             Linkedid: {CALLER}\r\nApplication: {application}\r\nApplicationData: support,t,,,60\r\n\
             Duration: 00:00:01\r\nBridgeId: {bridge}\r\n\r\n"
        );
        let message = Message::new(text.into());
        let Ok(Event::CoreShowChannel(item)) = Event::read(&message) else { panic!("not a channel") };
        call.listed(&ListedChannel::shown(&item, ""), true, at, &mut Outbox::default());
    }

    #[test]
    fn f01_a_caller_taken_while_the_link_was_away_was_answered_and_is_not_abandoned() {
        let at = |s: i64| Micros((1_795_225_300 + s) * 1_000_000);
        let pbx = PbxName("pbx".into());
        let key = CallKey { pbx: pbx.clone(), epoch: Epoch(1), linkedid: CALLER.into() };
        let mut call = CallState::new(Arc::new(Settings::new(pbx)), key, at(0));
        list(&mut call, CALLER, "Queue", "", at(0));
        call.listed_in_queue(CALLER, "support", 1, at(-20), &mut Outbox::default());
        assert_eq!(call.view().queue.and_then(|stay| stay.outcome), None, "he waits");

        for (uniqueid, application) in [("1795225215.60", "AppQueue"), (CALLER, "Queue")] {
            list(&mut call, uniqueid, application, "b1", at(30));
        }
        let view = call.view();
        let stay = view.queue.expect("his stay");
        assert_eq!((view.phase, stay.outcome), (CallPhase::Talking, Some(QueueOutcome::Answered)));
        assert_eq!((stay.joined_ms, stay.agent.as_deref()), (Some(at(-20)), Some("PJSIP/AppQueue")));

        call.ended_by_restart(at(60), &mut Outbox::default());
        assert_eq!(call.view().queue.and_then(|stay| stay.outcome), Some(QueueOutcome::Answered));
    }

    #[test]
    fn f01_when_a_caller_met_while_he_was_served_left_the_line_is_a_bound() {
        let at = |s: i64| Micros((1_795_225_300 + s) * 1_000_000);
        let pbx = PbxName("pbx".into());
        let key = CallKey { pbx: pbx.clone(), epoch: Epoch(1), linkedid: CALLER.into() };
        let mut call = CallState::new(Arc::new(Settings::new(pbx)), key, at(0));
        for (uniqueid, application) in [("1795225215.60", "AppQueue"), (CALLER, "Queue")] {
            list(&mut call, uniqueid, application, "b1", at(30));
        }
        let row = serde_json::to_value(call.view()).unwrap();
        assert_eq!(
            (&row["queue"]["joined_ms"], row["queue"]["outcome"].as_str()),
            (&serde_json::Value::Null, Some("answered"))
        );
        let bounds = row["at_least"].as_array().expect("bounds");
        assert!(bounds.contains(&"queue.left_ms".into()), "{bounds:?}");
    }
}
