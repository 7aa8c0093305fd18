//! The port: who may connect, how many, and under which UUID.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use actix::Arbiter;
use actors::supervision::{Node, NodeSpec, tick_here};
use asterisk::audiosocket::{Frame, Heard, Rate, Uuid};
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::channel::{ByAmi, Line};
use super::media;
use super::wire::Wire;
use crate::links::voices::{Begins, Channel, Host, TICK, Talk};

/// Connections at once; more are turned away, and the dialplan goes on with the caller. So many hold on one thread of a small
/// server (`vigie-lab voice`: 99 of 100 frames within 3 ms); with 400 one frame in twenty came over 20 ms late.
const MOST: usize = 300;
/// For the first frame (F44): Asterisk sends it at once.
const UUID_WITHIN: Duration = Duration::from_secs(2);
/// Frames of silence for which AMI may be late, where it depends on the caller who answers: 100 ms.
const KNOWN_WITHIN: u32 = 5;
/// UUIDs that were used and are remembered.
const MOST_USED: usize = 50_000;

/// A PBX that may connect.
#[derive(Clone)]
pub struct Peer {
    /// Its name.
    pub pbx: String,
    /// From where.
    pub addresses: Vec<IpAddr>,
    /// Its link.
    pub line: Line,
}

/// What the port counts.
#[derive(Debug, Default)]
pub struct Counters {
    /// Conversations that began.
    pub began: AtomicU64,
    /// Connections now.
    pub now: AtomicUsize,
    /// Connections from elsewhere.
    pub strangers: AtomicU64,
    /// That said no UUID.
    pub mute: AtomicU64,
    /// With a UUID that was used before.
    pub reused: AtomicU64,
    /// Whose call AMI never told of.
    pub unknown: AtomicU64,
    /// More than may be at once.
    pub crowded: AtomicU64,
    /// While no assistant could speak.
    pub unready: AtomicU64,
    /// That sent G.711 and called it PCM.
    pub g711: AtomicU64,
    /// That sent what no AudioSocket has.
    pub broken: AtomicU64,
    /// Whose call was known before their voice came, where it depends on that who answers.
    pub chosen_at_once: AtomicU64,
    /// The same, within 100 ms.
    pub chosen_late: AtomicU64,
    /// Not within that: the default assistant answered.
    pub chosen_unknown: AtomicU64,
    /// Frames of kinds that nobody knows.
    pub unknown_frames: AtomicU64,
    /// Frames of callers that came faster than they are heard, and were forgotten.
    pub forgotten_frames: AtomicU64,
    /// Frames to callers that were skipped since the clock was late or the other side did not take them.
    pub late_frames: AtomicU64,
}

impl Counters {
    /// For `/metrics`: connections by what became of them.
    pub fn outcomes(&self) -> [(&'static str, u64); 8] {
        let count = |of: &AtomicU64| of.load(Relaxed);
        [
            ("began", count(&self.began)),
            ("stranger", count(&self.strangers)),
            ("mute", count(&self.mute)),
            ("reused", count(&self.reused)),
            ("unknown", count(&self.unknown)),
            ("crowded", count(&self.crowded)),
            ("unready", count(&self.unready)),
            ("g711", count(&self.g711)),
        ]
    }

    /// For `/metrics`: frames that went another way than usual.
    pub fn frames(&self) -> [(&'static str, u64); 3] {
        let count = |of: &AtomicU64| of.load(Relaxed);
        [
            ("unknown", count(&self.unknown_frames)),
            ("forgotten", count(&self.forgotten_frames)),
            ("late", count(&self.late_frames)),
        ]
    }
}

/// One of those that are counted, for as long as it lives.
pub(super) struct Counted(pub(super) Arc<Counters>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Relaxed);
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
    /// When the system refuses the listener.
    pub fn serve(
        listener: std::net::TcpListener,
        peers: Vec<Peer>,
        host: Arc<dyn Host>,
        root: &Arc<Node>,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let mut spec = NodeSpec::new("audiosocket");
        spec.alike = true;
        let node = root.part(spec);
        let counters = Arc::new(Counters::default());
        let desk = Desk { peers, host, node, counters: counters.clone(), used: Mutex::default() };
        let arbiter = Arbiter::new();
        arbiter.spawn(async move {
            tick_here();
            match TcpListener::from_std(listener) {
                Ok(listener) => Arc::new(desk).accept(listener).await,
                Err(problem) => log::error!("audiosocket: {problem}"),
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

/// UUIDs that were used: each names one call.
#[derive(Default)]
struct Used {
    all: HashSet<Uuid>,
    order: VecDeque<Uuid>,
}

impl Used {
    /// Whether it was not.
    fn is_new(&mut self, uuid: Uuid) -> bool {
        if !self.all.insert(uuid) {
            return false;
        }
        self.order.push_back(uuid);
        if self.order.len() > MOST_USED
            && let Some(oldest) = self.order.pop_front()
        {
            self.all.remove(&oldest);
        }
        true
    }
}

struct Desk {
    peers: Vec<Peer>,
    host: Arc<dyn Host>,
    node: Arc<Node>,
    counters: Arc<Counters>,
    used: Mutex<Used>,
}

impl Desk {
    async fn accept(self: Arc<Self>, listener: TcpListener) {
        let mut number = 0;
        loop {
            match listener.accept().await {
                Ok((stream, from)) => {
                    number += 1;
                    self.clone().came(stream, from, number);
                }
                Err(problem) => {
                    // no file descriptor is left, or the like: those who are here go on
                    log::warn!("audiosocket: a connection could not be accepted: {problem}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn came(self: Arc<Self>, stream: TcpStream, from: SocketAddr, number: u64) {
        let address = from.ip().to_canonical();
        let Some(peer) = self.peers.iter().find(|peer| peer.addresses.contains(&address)).cloned() else {
            if self.counters.strangers.fetch_add(1, Relaxed) == 0 {
                log::warn!(
                    "audiosocket: {address} is no PBX of the settings: turned away (more are counted only)"
                );
            }
            return;
        };
        if self.counters.now.load(Relaxed) >= MOST {
            self.counters.crowded.fetch_add(1, Relaxed);
            if let Ok(wire) = Wire::new(stream) {
                actix::spawn(wire.close());
            }
            return;
        }
        self.counters.now.fetch_add(1, Relaxed);
        let counted = Counted(self.counters.clone());
        actix::spawn(async move {
            let mut wire = match Wire::new(stream) {
                Ok(wire) => wire,
                Err(problem) => return log::warn!("audiosocket: {problem}"),
            };
            match timeout(UUID_WITHIN, first(&mut wire)).await {
                Ok(Ok(uuid)) => self.named(wire, uuid, &peer, number, counted).await,
                Ok(Err(_)) | Err(_) => drop(self.counters.mute.fetch_add(1, Relaxed)),
            }
        });
    }

    async fn named(&self, mut wire: Wire, uuid: Uuid, peer: &Peer, number: u64, counted: Counted) {
        let pbx = &peer.pbx;
        if !self.used.lock().is_new(uuid) {
            self.counters.reused.fetch_add(1, Relaxed);
            log::warn!("audiosocket: {pbx}: {uuid} was used before: each call needs its own, ${{UUID()}}");
            return wire.close().await;
        }
        let channel = ByAmi { line: peer.line.clone(), uuid, counters: self.counters.clone() };
        if self.host.chooses() {
            self.known(&mut wire, &channel).await;
        }
        let Some(ready) = self.host.assistant(pbx, channel.known().as_ref()) else {
            self.counters.unready.fetch_add(1, Relaxed);
            log::warn!("audiosocket: {pbx}: no assistant can speak: the dialplan goes on with the caller");
            return wire.close().await;
        };
        self.counters.began.fetch_add(1, Relaxed);
        let channel = Box::new(channel);
        let (pbx, host) = (pbx.clone(), self.host.clone());
        let begins = Begins { pbx, id: uuid.to_string(), ready, channel, host };
        Talk::start(&self.node, number, begins, |shared, to| {
            actix::spawn(media::run(wire, shared, to, counted));
        });
    }
}

impl Desk {
    /// Waits a moment for AMI to tell whose call it is; he hears silence meanwhile, frame by frame (F48).
    async fn known(&self, wire: &mut Wire, channel: &ByAmi) {
        let is_known = || channel.known().is_some_and(|caller| caller.channel.is_some());
        let counter = |late| if late { &self.counters.chosen_unknown } else { &self.counters.chosen_late };
        if is_known() {
            self.counters.chosen_at_once.fetch_add(1, Relaxed);
            return;
        }
        let silence = Frame::silence(Rate::Hz8000);
        let mut ticks = tokio::time::interval(TICK);
        for _ in 0..KNOWN_WITHIN {
            ticks.tick().await;
            // who does not take it is seen to be gone by whoever talks with him
            if !wire.is_behind() {
                let _ = wire.write(&silence);
            }
            if is_known() {
                counter(false).fetch_add(1, Relaxed);
                return;
            }
        }
        counter(true).fetch_add(1, Relaxed);
    }
}

/// The UUID, which comes first.
async fn first(wire: &mut Wire) -> io::Result<Uuid> {
    loop {
        match wire.heard() {
            Ok(Some(Heard::Begins(uuid))) => return Ok(uuid),
            Ok(Some(_)) => {}
            Ok(None) => {
                wire.stream.readable().await?;
                wire.read()?;
            }
            Err(why) => return Err(io::Error::other(why)),
        }
    }
}
