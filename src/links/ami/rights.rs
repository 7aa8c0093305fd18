//! Which classes of events the account does not read, as far as what happens shows it.
//!
//! AMI tells nobody his own `read =` line. What is told are the classes of the events that come
//! (`Privilege: call,all`); a class is missed when something happened that always has an event of it.

use actors::view::Said;
use asterisk::ami::Message;

/// Channels that end without a single event of class dialplan: no dialplan is that short.
const ENDS_WITHOUT_DIALPLAN: u32 = 5;

const CALL: u8 = 1;
const AGENT: u8 = 2;
const SYSTEM: u8 = 4;
const DIALPLAN: u8 = 8;
const ALL: u8 = CALL | AGENT | SYSTEM | DIALPLAN;

const CLASSES: [(u8, &str, &str); 4] = [
    (CALL, "call", "calls are seen only when they are listed"),
    (AGENT, "agent", "queues and pauses are seen only when they are listed"),
    (SYSTEM, "system", "registrations, reachability and restarts are seen only when they are listed"),
    (
        DIALPLAN,
        "dialplan",
        "a queue's time-out cannot be told from a caller who gives up, nor the application a caller is in",
    ),
];

/// The bit of an event's class; 0 for a class that is not asked about here.
pub(super) fn class_of(event: &Message) -> u8 {
    let bytes = event.bytes();
    let Some(end) = bytes.iter().position(|b| *b == b'\n') else { return 0 };
    let second = bytes.get(end + 1..).unwrap_or_default();
    let Some(classes) = second.strip_prefix(b"Privilege: ") else { return 0 };
    let class = classes.split(|b| matches!(b, b',' | b'\r')).next().unwrap_or_default();
    CLASSES.iter().find(|(_, name, _)| name.as_bytes() == class).map_or(0, |(bit, ..)| *bit)
}

/// What was seen and what is missed.
#[derive(Debug, Default)]
pub(super) struct Rights {
    seen: u8,
    missed: u8,
    ends: u32,
}

impl Rights {
    /// Takes note of an event's class; `true` when [`Rights::sentences`] changed.
    pub(super) fn event(&mut self, event: &Message) -> bool {
        if self.seen == ALL {
            return false;
        }
        let bit = class_of(event);
        let before = self.missed;
        self.seen |= bit;
        self.missed &= !bit;
        if event.bytes().starts_with(b"Event: Hangup\r") && self.seen & DIALPLAN == 0 {
            self.ends += 1;
            if self.ends >= ENDS_WITHOUT_DIALPLAN {
                self.missed |= DIALPLAN;
            }
        }
        self.missed != before
    }

    /// The PBX is booted and said nothing of it.
    pub(super) fn boot_was_not_told(&mut self) -> bool {
        self.miss(SYSTEM)
    }

    /// A channel that we showed is gone, and no event said so.
    pub(super) fn channel_went_untold(&mut self) -> bool {
        self.miss(CALL)
    }

    /// A caller waits in a queue, and no event said so.
    pub(super) fn caller_waits_untold(&mut self) -> bool {
        self.miss(AGENT)
    }

    fn miss(&mut self, bit: u8) -> bool {
        let new = self.seen & bit == 0 && self.missed & bit == 0;
        if new {
            self.missed |= bit;
        }
        new
    }

    /// One sentence for each class that is missed.
    pub(super) fn sentences(&self) -> impl Iterator<Item = Said> + '_ {
        let missed = CLASSES.iter().filter(|(bit, ..)| self.missed & bit != 0);
        missed.map(|(_, class, what)| {
            let words = format!(
                "The account does not read events of class {class} (`read =` in manager.conf): {what}."
            );
            Said::new("class_not_read", [class], words)
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn see(rights: &mut Rights, event: &str, class: &str) -> bool {
        let text = format!("Event: {event}\r\nPrivilege: {class},all\r\n\r\n");
        rights.event(&Message::new(Bytes::from(text)))
    }

    #[test]
    fn a_class_is_missed_only_when_something_happened_that_has_its_events() {
        let mut rights = Rights::default();
        for _ in 0..4 {
            assert!(!see(&mut rights, "Hangup", "call"));
        }
        assert!(see(&mut rights, "Hangup", "call"));
        let said: Vec<Said> = rights.sentences().collect();
        assert!(said.len() == 1 && said[0].contains("class dialplan"), "{said:?}");
        assert!(rights.boot_was_not_told() && !rights.boot_was_not_told());
        assert!(!rights.channel_went_untold(), "events of class call were seen");
        assert!(see(&mut rights, "Newexten", "dialplan"), "it is read after all");
        assert_eq!(rights.sentences().count(), 1);
        assert!(see(&mut rights, "Registry", "system"));
        assert_eq!(rights.sentences().count(), 0);
    }
}
