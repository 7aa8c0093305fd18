//! Vigie itself on a peer's stream: the real link, router, actors and board, without pages.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actors::registry::PbxCounters;
use actors::view::{LinkPhase, Table, View};
use vigie::app::Core;
use vigie::config::{Config, PbxConfig, Secret};

use crate::child::Peer;

/// The name of the only PBX.
pub(crate) const PBX: &str = "lab";
const PATIENCE: Duration = Duration::from_secs(120);

/// A running core, linked and live.
pub(crate) struct Product {
    /// The core.
    pub core: Core,
    /// What its router counts.
    pub counters: Arc<PbxCounters>,
}

impl Product {
    /// Starts on that peer and waits until the link is live.
    pub(crate) async fn start(peer: &Peer) -> Result<Self, String> {
        let mut pbx = PbxConfig::new(PBX, "127.0.0.1", peer.port);
        pbx.username = "lab".into();
        pbx.secret = Secret::new("lab".to_owned());
        let http_addr = ([127, 0, 0, 1], 0).into();
        let core = Core::start(Config { http_addr, pbxs: vec![pbx], captures: "vigie-captures".into() })
            .await
            .map_err(|e| e.to_string())?;
        let counters = core.counters(PBX).ok_or("the core does not know its PBX")?;
        let product = Self { core, counters };
        product.until("the link to be live", |p| p.link() == Some(LinkPhase::Live)).await?;
        Ok(product)
    }

    fn link(&self) -> Option<LinkPhase> {
        match &*self.core.board.line(Table::Pbxs, PBX)?.view {
            View::Pbx(pbx) => Some(pbx.link),
            _ => None,
        }
    }

    /// Waits for something, looking every millisecond; the time it took.
    pub(crate) async fn until(&self, what: &str, seen: impl Fn(&Self) -> bool) -> Result<Duration, String> {
        let began = Instant::now();
        while !seen(self) {
            if began.elapsed() > PATIENCE {
                return Err(format!(
                    "waited {PATIENCE:?} for {what}: {} events, {} calls",
                    self.counters.events(),
                    self.counters.calls_live()
                ));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(began.elapsed())
    }

    /// Waits until the router has read that many events and every change is published.
    pub(crate) async fn settled(&self, events: u64) -> Result<(), String> {
        self.until("all events", |p| p.counters.events() >= events).await?;
        let mut calm = 0;
        let mut before = self.core.board.seq();
        while calm < 3 {
            tokio::time::sleep(Duration::from_millis(30)).await;
            let now = self.core.board.seq();
            calm = if now == before && self.core.board.dirty() == 0 { calm + 1 } else { 0 };
            before = now;
        }
        Ok(())
    }
}
