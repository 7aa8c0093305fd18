//! `ConfBridge`: rooms that live while somebody is in them.

use super::super::truth::{BridgeKind, ChanRef, Job, Room};
use super::super::wire::{Class, Headers as _};
use super::{Cue, Exchange};

impl Exchange {
    /// The channel joins the room; the first makes it.
    pub(super) fn enter_conference(&mut self, at: ChanRef, number: &str) {
        let known = self.truth.rooms.iter().find(|r| &*r.number == number).map(|r| r.bridge);
        let bridge = match known {
            Some(bridge) => bridge,
            None => {
                let bridge = self.make_bridge(BridgeKind::Conference(number.into()));
                if let Some(b) = self.truth.bridge_mut(bridge) {
                    b.announcer = true;
                }
                self.truth.rooms.push(Room {
                    number: number.into(),
                    bridge,
                    locked: false,
                    people: Vec::new(),
                });
                self.room_event(number, "ConfbridgeStart", None, false);
                self.custom_device(&format!("confbridge:{number}"), "INUSE");
                bridge
            }
        };
        let now = self.now;
        if let Some(room) = self.truth.rooms.iter_mut().find(|r| &*r.number == number) {
            room.people.push((at, false, now));
        }
        if let Some(channel) = self.truth.chan_mut(at) {
            channel.job = Job::Conference;
        }
        self.enter(at, bridge, None);
        self.room_event(number, "ConfbridgeJoin", Some(at), true);
        self.cues.push(Cue::Conference(at));
    }

    fn room_event(&mut self, number: &str, event: &'static str, at: Option<ChanRef>, muted_line: bool) {
        let Some(room) = self.truth.rooms.iter().find(|r| &*r.number == number) else { return };
        let Some(bridge) = self.truth.bridge(room.bridge) else { return };
        let mut frame = self.out.event(event, Class::Call, self.now);
        frame.line("Conference", number).bridge("", bridge);
        if let Some(channel) = at.and_then(|c| self.truth.chan(c)) {
            frame.chan("", channel).line("Admin", "No");
            if muted_line {
                frame.line("Muted", "No");
            }
        }
    }

    /// Out of the room; the last one closes it.
    pub(super) fn leave_conference(&mut self, at: ChanRef) {
        let Some(room) = self.truth.rooms.iter().find(|r| r.people.iter().any(|p| p.0 == at)) else {
            return;
        };
        let (number, bridge) = (room.number.clone(), room.bridge);
        self.room_event(&number, "ConfbridgeLeave", Some(at), false);
        self.leave(at);
        self.set_var(at, "CONFBRIDGE_RESULT", "HANGUP");
        if let Some(room) = self.truth.rooms.iter_mut().find(|r| r.number == number) {
            room.people.retain(|p| p.0 != at);
            if room.people.is_empty() {
                self.custom_device(&format!("confbridge:{number}"), "NOT_INUSE");
                self.room_event(&number, "ConfbridgeEnd", None, false);
                self.truth.rooms.retain(|r| r.number != number);
                if let Some(b) = self.truth.bridge_mut(bridge) {
                    b.announcer = false;
                }
                self.destroy_if_empty(bridge);
            }
        }
    }

    /// Mutes or unmutes somebody; false when nobody of that name is there.
    pub fn mute(&mut self, room: &str, channel: &str, muted: bool) -> bool {
        let Some(at) = self.truth.by_name(channel) else { return false };
        let known = self.truth.rooms.iter_mut().find(|r| &*r.number == room);
        let Some(person) = known.and_then(|r| r.people.iter_mut().find(|p| p.0 == at)) else { return false };
        person.1 = muted;
        self.room_event(room, if muted { "ConfbridgeMute" } else { "ConfbridgeUnmute" }, Some(at), false);
        true
    }
}
