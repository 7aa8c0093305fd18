//! What waits for calls that are to come: an order that makes a call knows its Uniqueid before it exists.

use std::cell::{Ref, RefCell};
use std::rc::Rc;

use tokio::sync::oneshot;

use crate::call::CallState;
use crate::command::Refusal;
use crate::keys::Micros;
use crate::ports::Abilities;
use crate::view::Text;

/// Expectations at once.
const MOST: usize = 256;

/// What a leg is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expect {
    /// It runs that extension.
    Runs(Text),
    /// It listens to that Uniqueid, by that extension.
    Spies { on: Text, exten: &'static str },
    /// It hears that Uniqueid.
    With(Text),
    /// It is at that node of its flow, having been at so many before.
    AtNode { node: Text, after: usize },
}

/// A leg that showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) uniqueid: Text,
    pub(crate) channel: Text,
}

struct Expected {
    uniqueid: Text,
    action_id: Text,
    what: Expect,
    since: Micros,
    tell: oneshot::Sender<Result<Shown, Refusal>>,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Desk {
    expected: RefCell<Vec<Expected>>,
    /// Phones that are rung for an order which is not done.
    ringing: RefCell<Vec<Text>>,
    lacks: RefCell<Abilities>,
}

impl Desk {
    /// The PBX said what verbs lack there.
    pub(crate) fn set_abilities(&self, lacks: Abilities) {
        *self.lacks.borrow_mut() = lacks;
    }

    /// What verbs lack there.
    pub(crate) fn lacks(&self) -> Ref<'_, Abilities> {
        self.lacks.borrow()
    }

    /// Waits until the leg of that Uniqueid shows it, from events at or after `since`.
    pub(crate) fn expect(
        &self,
        uniqueid: Text,
        what: Expect,
        since: Micros,
    ) -> Result<oneshot::Receiver<Result<Shown, Refusal>>, Refusal> {
        let mut expected = self.expected.borrow_mut();
        expected.retain(|e| !e.tell.is_closed());
        if expected.len() >= MOST {
            return Err(Refusal::Busy);
        }
        let (tell, told) = oneshot::channel();
        expected.push(Expected { uniqueid, action_id: Text::default(), what, since, tell });
        Ok(told)
    }

    /// Rings that phone for one order at a time: until this is dropped no other may.
    pub(crate) fn ring_alone(self: &Rc<Self>, phone: &str) -> Result<RingsAlone, Refusal> {
        let mut ringing = self.ringing.borrow_mut();
        if ringing.iter().any(|other| other == phone) {
            return Err(Refusal::State(
                "station_ringing",
                "that phone is being rung for another order: answer that one first",
            ));
        }
        ringing.push(phone.into());
        Ok(RingsAlone { desk: self.clone(), phone: phone.into() })
    }

    /// The PBX took the `Originate` under that ActionID.
    pub(crate) fn originated(&self, uniqueid: &str, action_id: &str) {
        for e in self.expected.borrow_mut().iter_mut().filter(|e| e.uniqueid == uniqueid) {
            e.action_id = action_id.into();
        }
    }

    /// An `Originate` failed: told to who still waits, since its channel's own end was not seen.
    pub(crate) fn not_originated(&self, action_id: &str, reason: Option<u8>) {
        if action_id.is_empty() {
            return;
        }
        let mut expected = self.expected.borrow_mut();
        for e in expected.extract_if(.., |e| e.action_id == action_id) {
            let _ = e.tell.send(Err(not_answered(match reason {
                Some(3) => Some(19),
                Some(5) => Some(17),
                _ => None,
            })));
        }
    }

    /// A call changed: whether a leg of it shows what somebody waits for.
    pub(crate) fn look(&self, call: &CallState) {
        if self.expected.borrow().is_empty() {
            return;
        }
        let mut at = 0;
        let mut expected = self.expected.borrow_mut();
        while at < expected.len() {
            let e = &expected[at];
            match call.expected(&e.uniqueid, &e.what, e.since) {
                None => at += 1,
                Some(outcome) => {
                    let _ = expected.swap_remove(at).tell.send(outcome);
                }
            }
        }
    }
}

/// See [`Desk::ring_alone`].
pub(crate) struct RingsAlone {
    desk: Rc<Desk>,
    phone: Text,
}

impl Drop for RingsAlone {
    fn drop(&mut self) {
        self.desk.ringing.borrow_mut().retain(|phone| *phone != self.phone);
    }
}

/// Why a phone that was called did not answer, by the cause of its channel.
pub(crate) fn not_answered(cause: Option<u16>) -> Refusal {
    match cause {
        Some(17) => Refusal::State("station_busy", "the phone that was called first is busy"),
        Some(18 | 19 | 21 | 16 | 26 | 0) => {
            Refusal::State("station_no_answer", "the phone that was called first did not answer")
        }
        _ => Refusal::State("station_unreachable", "the phone that was called first cannot be reached"),
    }
}
