//! What the server asks of the actors: two small traits, so that this room knows none of them.

use std::future::Future;
use std::pin::Pin;

use actors::command::{Command, Done, Refusal, Verb, Whom};
use actors::keys::PbxName;
use actors::registry::Registry;

/// The answer to a verb, awaited on the HTTP thread that asked.
pub type Outcome = Pin<Box<dyn Future<Output = Result<Done, Refusal>>>>;

/// Each verb, and why it may not be done now.
pub type Verbs = Vec<(Verb, Option<Refusal>)>;

/// By PBX.
pub type Answers = Pin<Box<dyn Future<Output = Vec<(PbxName, Verbs)>>>>;

/// Where verbs go.
pub trait Commands: Send + Sync + 'static {
    /// Does it, and answers when an event of the PBX shows it done, or why not.
    fn send(&self, command: Command) -> Outcome;

    /// Which verbs may be done to whom now, and why not: of each PBX that has such a channel or agent.
    fn which(&self, _pbx: Option<PbxName>, _whom: Whom) -> Answers {
        Box::pin(std::future::ready(Vec::new()))
    }
}

impl Commands for Registry {
    fn send(&self, command: Command) -> Outcome {
        let registry = self.clone();
        Box::pin(async move { registry.command(command).await })
    }

    fn which(&self, pbx: Option<PbxName>, whom: Whom) -> Answers {
        let registry = self.clone();
        Box::pin(async move { registry.which(pbx.as_ref(), &whom).await })
    }
}

/// Nobody does anything: there is no link.
#[derive(Debug, Clone, Copy)]
pub struct NoCommands;

impl Commands for NoCommands {
    fn send(&self, _command: Command) -> Outcome {
        Box::pin(std::future::ready(Err(Refusal::LinkDown)))
    }
}

/// What a PBX's link and router count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PbxFigures {
    /// Its configured name.
    pub pbx: String,
    /// Events read.
    pub events: u64,
    /// Events that belonged to nothing we know.
    pub unrouted: u64,
}

/// One more count of a PBX's link or router: `vigie_ami_<name>_total{pbx}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// Its configured name.
    pub pbx: String,
    /// `bytes`, `connections` ...
    pub name: &'static str,
    /// What it counts.
    pub help: &'static str,
    /// So far.
    pub value: u64,
}

/// How the actors and the links do, read from counters and without asking an actor.
pub trait Vitals: Send + Sync + 'static {
    /// Per PBX.
    fn pbxs(&self) -> Vec<PbxFigures>;

    /// What else is counted of links and routers.
    fn counts(&self) -> Vec<Count> {
        Vec::new()
    }

    /// What is counted of AudioSocket; `None` where nobody answers there.
    fn voices(&self) -> Option<VoiceFigures> {
        None
    }

    /// What is counted of callers in flows, over FastAGI and over AMI.
    fn callers(&self) -> Vec<CallerFigures> {
        Vec::new()
    }

    /// Restarts per kind of actor.
    fn restarts(&self) -> Vec<(String, u64)>;

    /// What keeps the process from doing its work, in words: a thread held by an actor, an actor
    /// that gave up. Links are not in here, the board has them.
    fn troubles(&self) -> Vec<String>;
}

/// What is counted of AudioSocket.
#[derive(Debug, Clone, Default)]
pub struct VoiceFigures {
    /// Connections now.
    pub now: usize,
    /// Connections by what became of them.
    pub connections: Vec<(&'static str, u64)>,
    /// Frames that went another way than usual.
    pub frames: Vec<(&'static str, u64)>,
}

/// What is counted of callers in flows who come one way.
#[derive(Debug, Clone)]
pub struct CallerFigures {
    /// `agi`, `async_agi`: `vigie_<way>_connections_total{outcome}` and `vigie_<way>_connections`.
    pub way: &'static str,
    /// In words.
    pub name: &'static str,
    /// Callers now.
    pub now: usize,
    /// By what became of them.
    pub outcomes: Vec<(&'static str, u64)>,
}

/// Nothing runs and nothing is wrong.
#[derive(Debug, Clone, Copy)]
pub struct Quiet;

impl Vitals for Quiet {
    fn pbxs(&self) -> Vec<PbxFigures> {
        Vec::new()
    }

    fn restarts(&self) -> Vec<(String, u64)> {
        Vec::new()
    }

    fn troubles(&self) -> Vec<String> {
        Vec::new()
    }
}
