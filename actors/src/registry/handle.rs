//! Where commands come in, from any thread.

use std::sync::Arc;
use std::time::Duration;

use actix::Addr;
use actix::prelude::SendError;
use parking_lot::RwLock;
use tokio::sync::oneshot;

use super::actor::{Has, Ordered, RegistryActor, WhichOf};
use super::sessions::SessionLine;
use super::walks::WalkLine;
use crate::ai::Order as Wish;
use crate::command::{Command, Done, Order, Refusal, SessionAct, Verb, Whom};
use crate::keys::PbxName;
use crate::view::SessionLineView;

/// A whole command, the PBX's part in it included.
const WITHIN: Duration = Duration::from_secs(10);
/// The same where a phone is rung first.
const RINGS_WITHIN: Duration = Duration::from_secs(50);
/// Asking which PBX has a channel.
const LOOK_UP_WITHIN: Duration = Duration::from_secs(2);

/// The registries of all PBXs. Cloning gives another handle.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    pbxs: Arc<RwLock<Vec<OfPbx>>>,
    walks: Arc<RwLock<Vec<(PbxName, WalkLine)>>>,
    sessions: Arc<RwLock<Vec<(PbxName, SessionLine)>>>,
}

type OfPbx = (PbxName, Addr<RegistryActor>);

impl Registry {
    /// Commands for that PBX go there from now on.
    pub fn add(&self, pbx: PbxName, addr: Addr<RegistryActor>) {
        let mut pbxs = self.pbxs.write();
        pbxs.retain(|(name, _)| *name != pbx);
        pbxs.push((pbx, addr));
    }

    /// News of callers in flows on that PBX go there from now on.
    pub fn add_walks(&self, pbx: PbxName, line: WalkLine) {
        let mut walks = self.walks.write();
        walks.retain(|(name, _)| *name != pbx);
        walks.push((pbx, line));
    }

    /// Where news of callers in flows on that PBX go.
    pub fn walks(&self, pbx: &str) -> Option<WalkLine> {
        self.walks.read().iter().find(|(name, _)| name.0 == pbx).map(|(_, line)| line.clone())
    }

    /// News of conversations with callers of that PBX go there from now on.
    pub fn add_sessions(&self, pbx: PbxName, line: SessionLine) {
        let mut sessions = self.sessions.write();
        sessions.retain(|(name, _)| *name != pbx);
        sessions.push((pbx, line));
    }

    /// Where news of conversations with callers of that PBX go.
    pub fn sessions(&self, pbx: &str) -> Option<SessionLine> {
        self.sessions.read().iter().find(|(name, _)| name.0 == pbx).map(|(_, line)| line.clone())
    }

    /// What was said in a conversation, from that line on; `None`: there is no such.
    pub fn transcript(&self, id: &str, from: u64) -> Option<Vec<SessionLineView>> {
        let (pbx, _) = id.split_once('~')?;
        self.sessions(pbx)?.live.lines(id, from)
    }

    /// Does something to a conversation, and answers when it is done, or why not.
    ///
    /// # Errors
    /// Why it was not done.
    pub async fn session(&self, id: &str, act: SessionAct) -> Result<Done, Refusal> {
        const GONE: Refusal = Refusal::State("session_over", "the conversation is over");
        let line = id.split_once('~').and_then(|(pbx, _)| self.sessions(pbx)).ok_or(GONE)?;
        let order = match act {
            SessionAct::Whisper { text } => Wish::Whisper(text.as_str().into()),
            SessionAct::Say { text } => Wish::Say(text.as_str().into()),
            SessionAct::Transfer => Wish::Transfer,
            SessionAct::End => Wish::End,
            act @ (SessionAct::TakeOver { .. } | SessionAct::HandBack) => {
                return tokio::time::timeout(RINGS_WITHIN, line.steps(id, act))
                    .await
                    .unwrap_or(Err(Refusal::TimedOut));
            }
        };
        line.live.order(id, order).await.map(Done::of)
    }

    /// Does it, and answers when an event of the PBX shows it done, or why not.
    pub async fn command(&self, command: Command) -> Result<Done, Refusal> {
        let within = if command.verb().rings() { RINGS_WITHIN } else { WITHIN };
        let addr = self.find(&command).await?;
        let (answer, outcome) = oneshot::channel();
        addr.try_send(Ordered { command, answer }).map_err(|error| match error {
            SendError::Full(_) => Refusal::Busy,
            SendError::Closed(_) => Refusal::LinkDown,
        })?;
        match tokio::time::timeout(within, outcome).await {
            Ok(Ok(outcome)) => outcome,
            // whoever had it failed twice on it
            Ok(Err(_)) => Err(Refusal::Busy),
            Err(_) => Err(Refusal::TimedOut),
        }
    }

    /// Which verbs may be done now, and why not: of each PBX that has such a channel or agent.
    pub async fn which(
        &self,
        pbx: Option<&PbxName>,
        whom: &Whom,
    ) -> Vec<(PbxName, Vec<(Verb, Option<Refusal>)>)> {
        let named = |name: &PbxName| pbx.is_none_or(|pbx| pbx == name);
        let pbxs: Vec<_> = self.pbxs.read().iter().filter(|(name, _)| named(name)).cloned().collect();
        let mut all = Vec::new();
        for (name, addr) in pbxs {
            let (reply, answer) = oneshot::channel();
            if addr.try_send(WhichOf { whom: whom.clone(), reply }).is_ok()
                && let Ok(Ok(verbs)) = tokio::time::timeout(LOOK_UP_WITHIN, answer).await
            {
                all.push((name, verbs));
            }
        }
        all
    }

    /// The registry of the PBX that is named, or of the one that has the channel or the agent.
    async fn find(&self, command: &Command) -> Result<Addr<RegistryActor>, Refusal> {
        let named = |name: &PbxName| command.pbx.as_ref().is_none_or(|pbx| pbx == name);
        let pbxs: Vec<_> = self.pbxs.read().iter().filter(|(name, _)| named(name)).cloned().collect();
        if let [(_, only)] = pbxs.as_slice() {
            return Ok(only.clone());
        }
        let mut having = Vec::new();
        let mut busy = false;
        for (_, addr) in pbxs {
            match addr.send(Has(command.order.clone())).timeout(LOOK_UP_WITHIN).await {
                Ok(true) => having.push(addr),
                Ok(false) => {}
                Err(_) => busy = true,
            }
        }
        match (having.pop(), having.is_empty()) {
            (Some(only), true) => Ok(only),
            (Some(_), false) => Err(Refusal::Ambiguous),
            (None, _) if busy => Err(Refusal::Busy),
            (None, _) => Err(match command.order {
                Order::Channel(..) => Refusal::NoSuchChannel,
                Order::Agent(..) | Order::Originate(..) | Order::Speak(..) => Refusal::NoSuchAgent,
            }),
        }
    }
}
