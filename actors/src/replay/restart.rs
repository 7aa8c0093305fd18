//! Whether a later connection met another boot of the PBX.

use asterisk::ami::Message;

use crate::keys::{Epoch, Micros};

/// What connections told of the PBX's age.
#[derive(Debug, Default)]
pub(super) struct Boot {
    /// `CoreStartupDate` and `Time`, where `CoreStatus` was asked.
    epoch: Option<Epoch>,
    /// `Uptime` of a `FullyBooted` (s), and the first instant known after it.
    uptime: Option<(u64, Option<Micros>)>,
    shutdown: bool,
}

impl Boot {
    /// The PBX said that it goes down.
    pub(super) fn shutdown(&mut self) {
        self.shutdown = true;
    }

    /// An event with a Timestamp.
    pub(super) fn instant(&mut self, at: Micros) {
        if let Some((_, first @ None)) = &mut self.uptime {
            *first = Some(at);
        }
    }

    /// `FullyBooted`, which every login gets. Whether the PBX restarted since `last`, the last
    /// instant of what was read before: it said it would, or it is younger than it should be.
    pub(super) fn fully_booted(&mut self, uptime: Option<u64>, last: Option<Micros>) -> bool {
        let before = self.uptime;
        if let Some(uptime) = uptime {
            self.uptime = Some((uptime, None));
        }
        let Some(last) = last else { return false };
        if std::mem::take(&mut self.shutdown) {
            return true;
        }
        let (Some((then, Some(first))), Some(now)) = (before, uptime) else { return false };
        let passed = u64::try_from((last.0 - first.0) / 1_000_000).unwrap_or(0);
        now + 2 < then + passed
    }

    /// An answer that may tell the boot. Whether it is another than before.
    pub(super) fn answer(&mut self, response: &Message) -> bool {
        if response.get("CoreStartupTime").is_none() {
            return false;
        }
        let Some(epoch) = crate::resync::epoch_of(response) else { return false };
        self.epoch.replace(epoch).is_some_and(|known| known != epoch)
    }
}
