//! A caller in his flow: what comes next, by what was answered and by what a supervisor wants of him.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actors::ivr::{Caller, CannotGo, End, Flow, Next, Told, Walk, World};
use asterisk::agi::{Command, Digits, Environment, Reply};

use super::teller::Teller;

/// From a supervisor's order to the channel's leaving.
const LEAVES_WITHIN: Duration = Duration::from_secs(5);

pub(super) struct Walking {
    pub(super) walk: Walk,
    world: Arc<dyn World + Send + Sync>,
    pub(super) facts: Facts,
    pub(super) teller: Option<Teller>,
    /// Where a supervisor sends him when what runs is over.
    sent_on: Option<usize>,
    /// A supervisor takes him elsewhere: his channel leaves until then without having hung up.
    taken: Option<Instant>,
}

/// What is told of who has no flow, too.
pub(super) struct Facts {
    pub(super) uniqueid: String,
    pub(super) called: String,
    pub(super) began: Instant,
}

impl Facts {
    pub(super) fn of(environment: &Environment) -> Self {
        Self {
            uniqueid: environment.uniqueid().to_owned(),
            called: environment.called().unwrap_or_default().to_owned(),
            began: Instant::now(),
        }
    }
}

impl Walking {
    /// With what is sent first.
    pub(super) fn begin(
        flow: Arc<Flow>,
        world: Arc<dyn World + Send + Sync>,
        environment: &Environment,
        facts: Facts,
    ) -> (Self, Next) {
        let caller = Caller {
            uniqueid: environment.uniqueid().into(),
            number: environment.get("agi_callerid").unwrap_or_default().into(),
            called: facts.called.as_str().into(),
            channel: environment.get("agi_channel").unwrap_or_default().into(),
            name: environment
                .get("agi_calleridname")
                .filter(|name| *name != "unknown")
                .unwrap_or_default()
                .into(),
        };
        let (mut walk, first) = Walk::begin(flow, caller);
        walk.runs_on(environment.get("agi_version").unwrap_or_default());
        (Self { walk, world, facts, teller: None, sent_on: None, taken: None }, first)
    }

    /// What comes next; `None`: the same once more.
    pub(super) fn answered(&mut self, reply: &Reply, sent: Option<&Command>) -> Option<Next> {
        let Reply::Done(done) = reply else { return Some(self.walk.answered(reply, &*self.world)) };
        if done.number() != Some(-1) && self.walk.stays().is_none() {
            if let Some(to) = self.sent_on.take() {
                return Some(self.walk.send_on(to, &*self.world));
            }
            // it was meant to send him on, and what ran then was over before it came
            if done.digit() == Some(Digits::BREAK) && sent.is_some() {
                return None;
            }
        }
        self.sent_on = None;
        Some(self.walk.answered(reply, &*self.world))
    }

    /// What comes next when others have said what they were asked.
    pub(super) fn told(&mut self, told: Told) -> Next {
        match self.sent_on.take() {
            Some(to) => self.walk.send_on(to, &*self.world),
            None => self.walk.told(told, &*self.world),
        }
    }

    /// He is to go there when what runs is over.
    ///
    /// # Errors
    /// Why he is not sent there.
    pub(super) fn goes_to(&mut self, node: &str) -> Result<(), CannotGo> {
        if let Some(stays) = self.walk.stays() {
            return Err(CannotGo::Stays(stays));
        }
        self.sent_on = Some(self.walk.flow().place_of(node).ok_or(CannotGo::NoSuchNode)?);
        Ok(())
    }

    /// He hung up, or was taken elsewhere, or the connection broke.
    pub(super) fn hung_up(&mut self) -> End {
        let taken_from_talk = self.walk.is_talking() && self.is_taken();
        let end = self.walk.hung_up();
        // he was not through with it
        if taken_from_talk { End::Abandoned } else { end }
    }

    /// He is about to be taken elsewhere.
    pub(super) fn leaves(&mut self) {
        self.taken = Some(Instant::now() + LEAVES_WITHIN);
    }

    /// Whether his channel leaves now because he was taken elsewhere.
    pub(super) fn is_taken(&self) -> bool {
        self.taken.is_some_and(|until| Instant::now() < until)
    }
}
