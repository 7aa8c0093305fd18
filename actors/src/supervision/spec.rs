//! What a supervisor knows of a child before it starts, and how a child may end. Words are OTP's.

use std::time::Duration;

use compact_str::CompactString;

/// What kind of actor; also the label of `vigie_actor_restarts_total{kind}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One call.
    Call,
    /// One agent.
    Agent,
    /// One queue.
    Queue,
    /// One trunk.
    Trunk,
    /// The router of one PBX.
    Router,
    /// The registry of one PBX.
    Registry,
    /// The link to one PBX.
    Link,
    /// What serves the board to those who look.
    Publisher,
    /// A caller who walks a flow.
    Ivr,
    /// A caller who talks with an assistant.
    Ai,
    /// A supervisor.
    Supervisor,
    /// Anything else.
    Other,
}

impl Kind {
    /// All of them, in order of their index.
    pub const ALL: [Self; 12] = [
        Self::Call,
        Self::Agent,
        Self::Queue,
        Self::Trunk,
        Self::Router,
        Self::Registry,
        Self::Link,
        Self::Publisher,
        Self::Ivr,
        Self::Ai,
        Self::Supervisor,
        Self::Other,
    ];

    /// In one lowercase word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Agent => "agent",
            Self::Queue => "queue",
            Self::Trunk => "trunk",
            Self::Router => "router",
            Self::Registry => "registry",
            Self::Link => "link",
            Self::Publisher => "publisher",
            Self::Ivr => "ivr",
            Self::Ai => "ai",
            Self::Supervisor => "supervisor",
            Self::Other => "other",
        }
    }
}

/// When an actor that ended is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// Always: link, router, registry.
    Permanent,
    /// After a fault, not after a normal end: call, agent, queue, trunk.
    Transient,
    /// Never: whatever holds a socket of a stranger.
    Temporary,
}

/// How many restarts in how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// That many restarts ...
    pub restarts: u8,
    /// ... within that time; one more and the budget is used up.
    pub period: Duration,
}

impl Default for Budget {
    /// 3 in 5 s.
    fn default() -> Self {
        Self { restarts: 3, period: Duration::from_secs(5) }
    }
}

/// Whose budget a restart is charged to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    /// The actor's own: used up, it is set aside and its siblings never notice.
    Own(Budget),
    /// The supervisor's intensity and period: used up, the supervisor escalates.
    Supervisor,
}

/// What a supervisor must know to start, restart and stop one actor.
#[derive(Debug, Clone)]
pub struct Spec {
    /// `call/<id>`, `router/<pbx>`: unique among those alive.
    pub name: CompactString,
    /// What kind of actor.
    pub kind: Kind,
    /// When it is started again.
    pub restart: Restart,
    /// How long it may take to stop before it is killed.
    pub shutdown: Duration,
    /// Whose budget its restarts use.
    pub charge: Charge,
    /// Its end may end its supervisor: see [`AutoShutdown`].
    pub significant: bool,
    /// Messages that `try_send` may leave waiting.
    pub mailbox: usize,
}

impl Spec {
    /// An entity: transient, with a budget of its own.
    pub fn entity(kind: Kind, name: impl Into<CompactString>) -> Self {
        Self {
            name: name.into(),
            kind,
            restart: Restart::Transient,
            shutdown: Duration::from_secs(5),
            charge: Charge::Own(Budget::default()),
            significant: false,
            mailbox: 16,
        }
    }

    /// A part that must always be there: permanent, charged to its supervisor.
    pub fn permanent(kind: Kind, name: impl Into<CompactString>) -> Self {
        Self { restart: Restart::Permanent, charge: Charge::Supervisor, ..Self::entity(kind, name) }
    }

    /// Never started again.
    pub fn temporary(kind: Kind, name: impl Into<CompactString>) -> Self {
        Self { restart: Restart::Temporary, ..Self::entity(kind, name) }
    }
}

/// Who is restarted with a child that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Only itself.
    OneForOne,
    /// Itself and those started after it.
    RestForOne,
    /// All.
    OneForAll,
}

/// Whether the end of significant children ends their supervisor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AutoShutdown {
    /// No.
    #[default]
    Never,
    /// When any of them ended for good.
    AnySignificant,
    /// When all of them ended for good.
    AllSignificant,
}

/// How an actor came to its end (or to a restart).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It had nothing left to do, or its last address was dropped.
    Normal,
    /// It was asked to, or asked itself to, leave.
    Quit,
    /// It was ended without being asked.
    Killed,
    /// It reported an error.
    Failure(CompactString),
    /// It panicked, with this message, there.
    Panicked(CompactString, CompactString),
    /// Something below it used up its budget; the first fault there.
    Escalated(Box<Reason>),
    /// It failed more often than its budget allows; the first fault.
    BudgetUsedUp(Box<Reason>),
}

impl Reason {
    /// Whether that is a fault: a transient actor is started again after it.
    pub fn is_fault(&self) -> bool {
        match self {
            Self::Normal | Self::Quit | Self::Killed => false,
            Self::Failure(_) | Self::Panicked(..) | Self::Escalated(_) | Self::BudgetUsedUp(_) => true,
        }
    }

    /// The fault at the bottom of it.
    pub fn root_cause(&self) -> &Self {
        match self {
            Self::Escalated(first) | Self::BudgetUsedUp(first) => first.root_cause(),
            Self::Normal | Self::Quit | Self::Killed | Self::Failure(_) | Self::Panicked(..) => self,
        }
    }

    /// In one word, for logs and tables.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Quit => "quit",
            Self::Killed => "killed",
            Self::Failure(_) => "failure",
            Self::Panicked(..) => "panicked",
            Self::Escalated(_) => "escalated",
            Self::BudgetUsedUp(_) => "budget_used_up",
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Normal | Self::Quit | Self::Killed => f.write_str(self.word()),
            Self::Failure(words) => write!(f, "failed: {words}"),
            Self::Panicked(message, place) => write!(f, "panicked at {place}: {message}"),
            Self::Escalated(first) => write!(f, "escalated, first {first}"),
            Self::BudgetUsedUp(first) => write!(f, "used up its restarts, first {first}"),
        }
    }
}
