//! The port: who may connect, and how many.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use actix::Arbiter;
use actors::supervision::{Node, NodeSpec, tick_here};
use tokio::net::{TcpListener, TcpStream};

use super::Guide;
use super::conversation::{Conversation, Start};
use crate::auth::secrets;
use crate::config::Secret;

/// Conversations at once; more are turned away, and the dialplan goes on with the caller.
pub(super) const MOST: usize = 4_000;

/// A PBX that may connect.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Its name.
    pub pbx: String,
    /// From where.
    pub addresses: Vec<IpAddr>,
}

/// Who may connect.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// In the order in which an address is looked for.
    pub peers: Vec<Peer>,
    /// What `?token=` of the address must be.
    pub token: Option<Secret>,
}

/// What the port counts.
#[derive(Debug, Default)]
pub struct Counters {
    /// Conversations that began.
    pub began: AtomicU64,
    /// Conversations now.
    pub now: AtomicUsize,
    /// Connections from elsewhere.
    pub strangers: AtomicU64,
    /// Without the token.
    pub without_token: AtomicU64,
    /// That said nothing, or no AGI.
    pub mute: AtomicU64,
    /// More than may be at once.
    pub crowded: AtomicU64,
    /// Over AMI: let go, the dialplan goes on with them.
    pub freed: AtomicU64,
    /// Over AMI: tries to let one go that failed.
    pub stuck: AtomicU64,
}

impl Counters {
    /// For `/metrics`: connections to the port by what became of them.
    pub fn outcomes(&self) -> Vec<(&'static str, u64)> {
        [
            ("began", &self.began),
            ("stranger", &self.strangers),
            ("without_token", &self.without_token),
            ("mute", &self.mute),
            ("crowded", &self.crowded),
        ]
        .map(|(name, of)| (name, of.load(Relaxed)))
        .to_vec()
    }

    /// The same of callers over AMI.
    pub fn outcomes_over_ami(&self) -> Vec<(&'static str, u64)> {
        [("began", &self.began), ("crowded", &self.crowded), ("freed", &self.freed), ("stuck", &self.stuck)]
            .map(|(name, of)| (name, of.load(Relaxed)))
            .to_vec()
    }
}

/// A port that is served, on an arbiter of its own.
pub struct Port {
    counters: Arc<Counters>,
    arbiter: Arbiter,
}

impl Port {
    /// Serves on that listener until [`Port::stop`].
    ///
    /// # Errors
    /// When the system has no randomness, or refuses the listener.
    pub fn serve(
        listener: std::net::TcpListener,
        settings: Settings,
        guide: Arc<dyn Guide>,
        root: &Arc<Node>,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let mut spec = NodeSpec::new("agi");
        spec.alike = true;
        let node = root.part(spec);
        let counters = Arc::new(Counters::default());
        let secret = secrets::id()?;
        let desk = Desk { settings, guide, node, counters: counters.clone(), secret };
        let arbiter = Arbiter::new();
        arbiter.spawn(async move {
            tick_here();
            match TcpListener::from_std(listener) {
                Ok(listener) => desk.accept(listener).await,
                Err(problem) => log::error!("agi: {problem}"),
            }
        });
        Ok(Self { counters, arbiter })
    }

    /// What it counts.
    pub fn counters(&self) -> Arc<Counters> {
        self.counters.clone()
    }

    /// After its conversations have stopped.
    pub fn stop(self) {
        self.arbiter.stop();
        drop(self.arbiter);
    }
}

struct Desk {
    settings: Settings,
    guide: Arc<dyn Guide>,
    node: Arc<Node>,
    counters: Arc<Counters>,
    secret: String,
}

impl Desk {
    async fn accept(self, listener: TcpListener) {
        let mut number = 0;
        loop {
            match listener.accept().await {
                Ok((stream, from)) => {
                    number += 1;
                    self.greet(stream, from, number);
                }
                Err(problem) => {
                    // no file descriptor is left, or the like: those who are here go on
                    log::warn!("agi: a connection could not be accepted: {problem}");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn greet(&self, stream: TcpStream, from: SocketAddr, number: u64) {
        let address = from.ip().to_canonical();
        let Some(peer) = self.settings.peers.iter().find(|peer| peer.addresses.contains(&address)) else {
            if self.counters.strangers.fetch_add(1, Relaxed) == 0 {
                log::warn!("agi: {address} is no PBX of the settings: turned away (more are counted only)");
            }
            return;
        };
        if self.counters.now.load(Relaxed) >= MOST {
            self.counters.crowded.fetch_add(1, Relaxed);
            return;
        }
        let begins = Start {
            stream,
            pbx: peer.pbx.clone(),
            token: self.settings.token.clone(),
            secret: format!("{}{number}", self.secret),
            guide: self.guide.clone(),
            counters: self.counters.clone(),
        };
        if let Err(problem) = Conversation::start(&self.node, number, begins) {
            log::warn!("agi: {problem}");
        }
    }
}
