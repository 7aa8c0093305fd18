//! Vigie itself on a peer's stream: the real link, router, actors and board, without pages.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actors::registry::PbxCounters;
use actors::view::{LinkPhase, Table, View};
use vigie::app::{Core, Listeners, Serving};
use vigie::config::{Config, Database, Doors, PbxConfig, Secret};

use crate::child::Child;

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
    /// Starts on that peer, without pages, and waits until the link is live.
    pub(crate) async fn start(peer: &Child) -> Result<Self, String> {
        Self::storing(peer, None).await
    }

    /// The same; what happens is stored in a PostgreSQL of our own in that folder.
    pub(crate) async fn storing(peer: &Child, folder: Option<PathBuf>) -> Result<Self, String> {
        let mut config = config(peer);
        if folder.is_some() {
            (config.database, config.data) = (Database::Private, folder);
        }
        let core = Core::start(config).await.map_err(|e| e.to_string())?;
        let counters = core.counters(PBX).ok_or("the core does not know its PBX")?;
        let product = Self { core, counters };
        product.until_live().await?;
        Ok(product)
    }

    /// The same with pages; their address beside it.
    pub(crate) async fn serve(peer: &Child) -> Result<(Self, vigie::http::Running), String> {
        let config = config(peer);
        let listeners = Listeners::bind(&config).map_err(|e| e.to_string())?;
        let Serving { core, server, .. } =
            Serving::start(config, listeners).await.map_err(|e| e.to_string())?;
        let counters = core.counters(PBX).ok_or("the core does not know its PBX")?;
        let product = Self { core, counters };
        product.until_live().await?;
        Ok((product, server))
    }

    async fn until_live(&self) -> Result<(), String> {
        self.until("the link to be live", Self::is_live).await.map(|_| ())
    }

    /// What is shown is what happens.
    pub(crate) fn is_live(&self) -> bool {
        self.link() == Some(LinkPhase::Live)
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

    /// Has the peer send what that order means; returns how many events came in all once they were
    /// worked on. Counted before the order goes out: they may come before the peer's answer is read.
    pub(crate) async fn sent(&self, peer: &mut Child, order: &str) -> Result<u64, String> {
        let before = self.counters.events();
        peer.tell(order)?;
        let all = before + peer.expect(order)?;
        self.settled(all).await?;
        Ok(all)
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

fn config(peer: &Child) -> Config {
    let mut pbx = PbxConfig::new(PBX, "127.0.0.1", peer.port);
    pbx.username = "lab".into();
    pbx.secret = Secret::new("lab".to_owned());
    Config {
        http_addr: ([127, 0, 0, 1], 0).into(),
        pbxs: vec![pbx],
        agi: None,
        assistant: None,
        audiosocket_dial: None,
        flow_http_hosts: None,
        captures: std::env::temp_dir().join("vigie-lab-captures"),
        database: Database::Nothing,
        data: None,
        sounds: None,
        voice: vigie::config::Voice::Off,
        english: false,
        numbers: None,
        figures: vigie::config::FiguresConfig::default(),
        retention: vigie::config::RetentionConfig::default(),
        smtp: None,
        openai: None,
        google: None,
        auth: false,
        doors: Doors::default(),
        metrics_token: None,
    }
}
