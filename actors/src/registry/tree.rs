//! The supervisors of one PBX, and the start of its actors.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::Addr;
use compact_str::format_compact;

use super::actor::RegistryActor;
use super::sessions::{SessionLine, SessionsActor};
use super::shard::{Parts, Shard};
use super::walks::{WalkLine, WalksActor};
use crate::keys::PbxName;
use crate::ports::Feed;
use crate::router::actor::RouterActor;
use crate::supervision::{Budget, Node, NodeSpec, Strategy};

/// The supervisors of one PBX.
///
/// ```text
/// pbx/<name>            rest for one, 5 in 30 s: link ─▶ router ─▶ registry ─▶ walks ─▶ sessions
/// └─ entities/<name>    one for one, a budget each: calls, agents, queues, trunks
/// ```
///
/// The entities were started first, so no restart of link or router reaches them.
#[derive(Debug, Clone)]
pub struct PbxTree {
    /// Of link, router and registry. The link is to be started here before [`PbxTree::start`].
    pub spine: Arc<Node>,
    /// Of the entities.
    pub entities: Arc<Node>,
}

/// The actors of one PBX on this arbiter.
pub struct PbxActors {
    /// What they share.
    pub shard: Rc<Shard>,
    /// Reads the link.
    pub router: Addr<RouterActor>,
    /// Takes commands.
    pub registry: Addr<RegistryActor>,
    /// Takes news of callers in flows.
    pub walks: WalkLine,
    /// Takes news of conversations with assistants.
    pub sessions: SessionLine,
}

impl PbxTree {
    /// Below that root.
    pub fn new(root: &Arc<Node>, pbx: &PbxName) -> Self {
        let mut spec = NodeSpec::new(format_compact!("pbx/{pbx}"));
        spec.strategy = Strategy::RestForOne;
        spec.intensity = Budget { restarts: 5, period: Duration::from_secs(30) };
        let spine = root.part(spec);
        let mut spec = NodeSpec::new(format_compact!("entities/{pbx}"));
        spec.alike = true;
        let entities = spine.part(spec);
        Self { spine, entities }
    }

    /// Starts router, registry, walks and sessions on this arbiter, in that order.
    pub fn start(&self, parts: Parts, feed: Rc<RefCell<dyn Feed>>) -> PbxActors {
        let shard = Shard::new(parts, self.entities.clone());
        let (router, _) = RouterActor::start(&self.spine, &shard, feed);
        let (registry, _) = RegistryActor::start(&self.spine, &shard);
        let walks = WalksActor::start(&self.spine, &shard);
        let sessions = SessionsActor::start(&self.spine, &shard);
        PbxActors { shard, router, registry, walks, sessions }
    }
}
