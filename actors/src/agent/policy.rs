//! What may be asked of an agent now: what to send, already so, later, or refused with a named reason.

use super::state::{AgentState, Membership, PauseLater};
use crate::command::{AgentAct, QueueName, Verb};
use crate::shell::orders::Progress;
use crate::view::{Activity, Availability, Text};

/// One thing to send for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `QueuePause`; in all queues of that interface without a queue.
    Pause {
        /// Which queue.
        queue: Option<Text>,
        /// The member's interface.
        interface: Text,
        /// Or unpaused.
        paused: bool,
        /// Why.
        reason: Option<Text>,
    },
    /// `QueueAdd`.
    Add {
        /// Which queue.
        queue: Text,
        /// The member's interface.
        interface: Text,
        /// The device whose state counts.
        device: Text,
        /// As shown.
        name: Text,
        /// Weight.
        penalty: u16,
        /// Added paused, and why.
        paused: Option<Option<Text>>,
    },
    /// `QueueRemove`.
    Remove {
        /// Which queue.
        queue: Text,
        /// The member's interface.
        interface: Text,
    },
    /// `QueuePenalty`.
    Penalty {
        /// Which queue.
        queue: Text,
        /// The member's interface.
        interface: Text,
        /// Weight.
        penalty: u16,
    },
}

/// The answer to a verb on an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Send these, in order.
    Send(Vec<Step>),
    /// Once his call is over.
    Later(PauseLater),
    /// Take back the pause that was to come, and nothing else.
    TakeBack,
    /// What was asked is so already: a quiet success, and its word.
    Already(&'static str),
    /// Not now: a stable slug and words.
    Refuse(&'static str, &'static str),
}

const LOGGED_OUT: (&str, &str) = ("logged_out", "the agent is logged in to no queue");

impl AgentState {
    fn matching<'a>(&'a self, queue: Option<&'a QueueName>) -> impl Iterator<Item = &'a Membership> {
        self.memberships.iter().filter(move |m| queue.is_none_or(|q| m.queue == q.as_str()))
    }

    /// Why that verb cannot be done whatever its values.
    pub fn against(&self, verb: Verb) -> Option<(&'static str, &'static str)> {
        let needs = matches!(verb, Verb::Pause | Verb::Unpause | Verb::Penalty);
        (needs && self.memberships.is_empty()).then_some(LOGGED_OUT)
    }

    /// Decides.
    pub fn decide(&self, act: &AgentAct) -> Verdict {
        if let AgentAct::Login { queue, penalty } = act {
            return self.log_in(queue, penalty.unwrap_or(0));
        }
        let queue = match act {
            AgentAct::Pause { queue, .. }
            | AgentAct::Unpause { queue }
            | AgentAct::Logout { queue }
            | AgentAct::Penalty { queue, .. } => queue.as_ref(),
            AgentAct::Login { queue, .. } => Some(queue),
        };
        if self.matching(queue).next().is_none() {
            return match (act, queue) {
                (AgentAct::Logout { .. }, _) => Verdict::Already("logged_out"),
                (_, Some(_)) => Verdict::Refuse("not_a_member", "the agent is not logged in to that queue"),
                (_, None) => Verdict::Refuse(LOGGED_OUT.0, LOGGED_OUT.1),
            };
        }
        match act {
            AgentAct::Pause { reason, after_call, .. } => {
                let reason = reason.as_ref().map(|r| Text::from(r.as_str()));
                if self.matching(queue).all(|m| m.paused && m.reason == reason) {
                    return Verdict::Already("paused");
                }
                let later =
                    PauseLater { queue: queue.map(|q| q.as_str().into()), reason, since: self.seen_at() };
                if *after_call && self.is_on_a_call() {
                    return Verdict::Later(later);
                }
                Verdict::Send(self.pauses(&later))
            }
            AgentAct::Unpause { .. } => {
                let paused: Vec<_> = self.matching(queue).filter(|m| m.paused).collect();
                if !paused.is_empty() {
                    return Verdict::Send(self.each_interface(queue.map(|q| q.as_str().into()), false, None));
                }
                if self.pause_later().is_some() { Verdict::TakeBack } else { Verdict::Already("unpaused") }
            }
            AgentAct::Logout { .. } => {
                let remove =
                    |m: &Membership| Step::Remove { queue: m.queue.clone(), interface: m.interface.clone() };
                Verdict::Send(self.matching(queue).map(remove).collect())
            }
            AgentAct::Penalty { penalty, .. } => {
                let other = |m: &&Membership| m.penalty != i32::from(*penalty);
                let weigh = |m: &Membership| Step::Penalty {
                    queue: m.queue.clone(),
                    interface: m.interface.clone(),
                    penalty: *penalty,
                };
                let steps: Vec<_> = self.matching(queue).filter(other).map(weigh).collect();
                if steps.is_empty() { Verdict::Already("weighed") } else { Verdict::Send(steps) }
            }
            AgentAct::Login { .. } => Verdict::Already("logged_in"),
        }
    }

    /// Under the interface of his other memberships. One who is paused everywhere is added paused: a
    /// member who is added first and paused then gets a call in between (L33).
    fn log_in(&self, queue: &QueueName, penalty: u16) -> Verdict {
        if self.matching(Some(queue)).next().is_some() {
            return Verdict::Already("logged_in");
        }
        let view = self.view();
        let interface = self.memberships.first().map_or(&view.endpoint, |m| &m.interface).clone();
        let paused = (view.availability == Availability::Paused).then(|| view.pause_reason.clone());
        Verdict::Send(vec![Step::Add {
            queue: queue.as_str().into(),
            interface,
            device: view.endpoint,
            name: view.name,
            penalty,
            paused,
        }])
    }

    /// What pauses him so.
    pub fn pauses(&self, what: &PauseLater) -> Vec<Step> {
        self.each_interface(what.queue.clone(), true, what.reason.clone())
    }

    fn each_interface(&self, queue: Option<Text>, paused: bool, reason: Option<Text>) -> Vec<Step> {
        let mut interfaces: Vec<&Text> = Vec::new();
        for m in self.memberships.iter().filter(|m| queue.as_ref().is_none_or(|q| m.queue == *q)) {
            if !interfaces.contains(&&m.interface) {
                interfaces.push(&m.interface);
            }
        }
        let step = |interface: &Text| Step::Pause {
            queue: queue.clone(),
            interface: interface.clone(),
            paused,
            reason: reason.clone(),
        };
        interfaces.into_iter().map(step).collect()
    }

    /// Something of his goes on that a pause must not cut into.
    pub fn is_on_a_call(&self) -> bool {
        matches!(
            self.activity(),
            Activity::Ringing
                | Activity::Dialing
                | Activity::OnCall
                | Activity::OnHold
                | Activity::Consulting
                | Activity::ThreeWay
                | Activity::DeadCall
        )
    }

    /// What his memberships show of it.
    pub fn shows(&self, act: &AgentAct) -> Progress {
        // of no membership everything is true, and says nothing
        let every = |queue: Option<&QueueName>, so: &dyn Fn(&Membership) -> bool| {
            let mut all = self.matching(queue).peekable();
            all.peek().is_some() && all.all(so)
        };
        let (all, word) = match act {
            AgentAct::Pause { queue, reason, .. } => {
                let so = |m: &Membership| {
                    m.paused && reason.as_ref().is_none_or(|r| m.reason.as_deref() == Some(r.as_str()))
                };
                (every(queue.as_ref(), &so), "paused")
            }
            AgentAct::Unpause { queue } => (every(queue.as_ref(), &|m| !m.paused), "unpaused"),
            AgentAct::Login { queue, .. } => (self.matching(Some(queue)).next().is_some(), "logged_in"),
            AgentAct::Logout { queue } => (self.matching(queue.as_ref()).next().is_none(), "logged_out"),
            AgentAct::Penalty { queue, penalty } => {
                (every(queue.as_ref(), &|m| m.penalty == i32::from(*penalty)), "weighed")
            }
        };
        if all { Progress::Done(word) } else { Progress::Open }
    }
}
