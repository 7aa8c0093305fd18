//! What events show of an order: the other half of `policy`.

use super::legs::Leg;
use super::state::CallState;
use super::verbs::ON_HOLD;
use crate::command::{CallAct, Recording, Refusal};
use crate::keys::Micros;
use crate::registry::{Expect, Shown, not_answered};
use crate::shell::orders::Progress;

impl CallState {
    /// What events at or after `since` show of it, on that leg; `answered`: the PBX took the last action.
    ///
    /// A transferred channel shows where it will go, which Asterisk does before it looks whether there is
    /// such an extension: done only if the channel outlives that.
    pub fn shows(&self, uniqueid: &str, act: &CallAct, since: Micros, answered: bool) -> Progress {
        let Some(leg) = self.leg_ix(uniqueid).map(|ix| &self.legs[ix as usize]) else {
            return Progress::Open;
        };
        let done = |so: bool, word| if so { Progress::Done(word) } else { Progress::Open };
        let progress = match act {
            CallAct::Hangup { .. } => return done(!leg.is_live(), "hangup"),
            CallAct::StopListening => return done(!leg.is_live(), "stopped"),
            CallAct::Kick => return done(!leg.is_live() || self.room_of(leg).is_none(), "kicked"),
            CallAct::Transfer { destination, .. } => sent_to(leg, destination.as_str(), since, "redirected"),
            CallAct::Consult { destination, .. } => {
                if self.on_hold_for(leg).is_none() && leg.is_live() {
                    Progress::Open
                } else {
                    sent_to(leg, destination.as_str(), since, "consulting")
                }
            }
            // both are in the watch by their names: see `verbs`
            CallAct::Complete => done(leg.exten == ON_HOLD && self.partner(leg).is_some(), "transferred"),
            CallAct::Cancel => {
                let back = self.partner(leg).is_some_and(|(other, _)| {
                    self.leg_ix(&other).is_some_and(|ix| self.legs[ix as usize].exten == ON_HOLD)
                });
                done(back, "cancelled")
            }
            CallAct::Park => {
                done(self.parked.as_ref().is_some_and(|parked| parked.0 == leg.uniqueid), "parked")
            }
            CallAct::Dtmf { .. } => done(answered, "sent"),
            CallAct::Record(Recording::Start) => done(leg.recorded == Some(true), "recording"),
            CallAct::Record(Recording::Stop) => done(leg.recorded == Some(false), "not_recording"),
            CallAct::Record(Recording::Pause) => done(answered, "paused"),
            CallAct::Record(Recording::Resume) => done(answered, "recording"),
            CallAct::Mute { on } => done(leg.muted == *on, if *on { "muted" } else { "unmuted" }),
            CallAct::Move { queue } => {
                // it took him, or he is back in the one that he came from
                match self.open_stint(uniqueid).map(|n| &self.stints[n]) {
                    Some(stint) if stint.queue == queue.as_str() => Progress::Done("moved"),
                    Some(stint) if stint.joined >= since => Progress::Over(
                        "queue_took_nobody",
                        "that queue took nobody: he waits where he was, as the last",
                    ),
                    _ => Progress::Open,
                }
            }
            // these are waited for elsewhere: see `registry::station`
            CallAct::Spy { .. }
            | CallAct::TakeOver { .. }
            | CallAct::Pick { .. }
            | CallAct::Retrieve { .. }
            | CallAct::ToNode { .. } => Progress::Open,
        };
        match progress {
            Progress::Open if !leg.is_live() => Progress::Over("already_ended", "the channel hung up before"),
            progress => progress,
        }
    }

    /// Whether a leg of ours shows what somebody waits for at the desk, or no longer can.
    pub(crate) fn expected(
        &self,
        uniqueid: &str,
        what: &Expect,
        since: Micros,
    ) -> Option<Result<Shown, Refusal>> {
        let leg = self.legs.iter().find(|l| l.uniqueid == uniqueid)?;
        if !leg.is_live() {
            return Some(Err(match leg.answered {
                None => not_answered(leg.cause),
                Some(_) => Refusal::State("already_ended", "the channel hung up before"),
            }));
        }
        let runs = |exten: &str| leg.is_up() && leg.exten == exten && leg.arrived_at >= since;
        let so = match what {
            Expect::Runs(exten) => runs(exten),
            Expect::Spies { on, exten } => runs(exten) && leg.spies_on.as_deref() == Some(on.as_str()),
            Expect::With(other) => self.together(uniqueid, other),
            Expect::AtNode { node, after } => match self.came_to(uniqueid, node, *after) {
                Some(false) => return Some(Err(FLOW_OVER)),
                came => came.is_some(),
            },
        };
        so.then(|| Ok(Shown { uniqueid: leg.uniqueid.clone(), channel: leg.channel.clone() }))
    }
}

const FLOW_OVER: Refusal = Refusal::State("flow_over", "the flow came to its end before");

fn sent_to(leg: &Leg, to: &str, since: Micros, word: &'static str) -> Progress {
    let there = leg.exten == to;
    if leg.arrived_at >= since && there {
        Progress::Done(word)
    } else if !leg.is_live() {
        let cause = leg.cause.map_or_else(String::new, |cause| format!(" with cause {cause}"));
        Progress::Failed(format!("it hung the channel up{cause} instead: is there an extension {to}?"))
    } else if leg.exten_at >= since && there {
        Progress::Sent(word)
    } else {
        Progress::Open
    }
}
