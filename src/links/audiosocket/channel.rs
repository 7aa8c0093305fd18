//! The caller's channel, over AMI.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use actix::Recipient;
use actors::ports::SendAction;
use asterisk::ami::Action;
use asterisk::audiosocket::Uuid;

use super::port::Counters;
use crate::links::ami::{Sighting, Sightings};
use crate::links::voices::{Caller, Channel, How, Later};

/// For AMI to take where the caller goes next; without it the dialplan brings him to a human.
const TAKEN_WITHIN: Duration = Duration::from_secs(2);

/// To a human, wherever there is one.
const HUMAN: &str = "human";

/// The link of one PBX, as far as it concerns assistants.
#[derive(Clone, Default)]
pub struct Line {
    /// Whose voice comes under which UUID.
    pub sightings: Sightings,
    /// Where actions go; `None`: nowhere, and the dialplan alone says where callers go next.
    pub actions: Option<Recipient<SendAction>>,
}

/// Of one caller.
pub(super) struct ByAmi {
    pub(super) line: Line,
    pub(super) uuid: Uuid,
    pub(super) counters: Arc<Counters>,
}

impl From<Sighting> for Caller {
    fn from(seen: Sighting) -> Self {
        let Sighting { channel, uniqueid, number, name, called, assistant, in_flow: _ } = seen;
        Self { channel, uniqueid, number, name, called, assistant }
    }
}

impl Channel for ByAmi {
    fn known(&self) -> Option<Caller> {
        self.line.sightings.of(self.uuid).map(Caller::from)
    }

    fn told(&self) -> Later<Caller> {
        let (sightings, uuid) = (self.line.sightings.clone(), self.uuid);
        Box::pin(async move { sightings.wait(uuid).await.into() })
    }

    fn goes(&self, how: How, fallback: Option<&str>) -> Option<Later<bool>> {
        let seen = self.line.sightings.of(self.uuid);
        let (name, value) = match how {
            How::Hangup => ("VIGIE_DONE", "1"),
            How::Fallback => (
                "VIGIE_NEXT",
                match fallback {
                    Some(fallback) => fallback,
                    // a flow has an exit for it
                    None if seen.as_ref().is_some_and(|seen| seen.in_flow) => HUMAN,
                    None => return None,
                },
            ),
            How::Unknown => {
                self.counters.unknown.fetch_add(1, Relaxed);
                log::warn!(
                    "audiosocket: AMI did not tell of {}: its account must read `dialplan`",
                    self.uuid
                );
                return None;
            }
            How::Gone | How::BrokeOff | How::SentOn => return None,
        };
        // who dialled may be known since the channel is
        let channel = seen?.channel?;
        let action = Action::setvar(&channel, name, value).ok()?;
        let asked = self.line.actions.as_ref()?.send(SendAction { action, deadline: TAKEN_WITHIN });
        Some(Box::pin(async move { matches!(asked.await, Ok(Ok(_))) }))
    }
}
