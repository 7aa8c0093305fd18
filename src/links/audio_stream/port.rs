//! The port: who may connect, how many, and whose call it is.

use std::collections::HashSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use actix::Arbiter;
use actors::supervision::{Node, NodeSpec, tick_here};
use asterisk::audiosocket::Rate;
use asterisk::freeswitch::Place;
use futures_util::StreamExt;
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_tungstenite::accept_hdr_async_with_config;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::channel::ByEventSocket;
use super::media::{self, Socket, close};
use super::metadata::Metadata;
use super::opening::Opening;
use super::playback::{Playback, Player};
use crate::auth::secrets;
use crate::config::Secret;
use crate::links::event_socket::{EventSocket, Server};
use crate::links::voices::{Begins, Host, Talk};

/// Connections at once; more are turned away.
const MOST: usize = 1_000;
/// For the handshake, and again for the first frame.
const WITHIN: Duration = Duration::from_secs(2);
/// Bytes of a frame: 8 s of 16 kHz. The module sends 20 ms, and metadata of 8 KB at most.
const LONGEST: usize = 256 << 10;
/// Bytes that the system may hold of ours.
const HELD: usize = 16_384;

/// A FreeSWITCH that may connect.
#[derive(Clone)]
pub struct Gateway {
    /// Its name: it is the PBX of its callers.
    pub name: String,
    /// From where.
    pub addresses: Vec<IpAddr>,
    /// What it must say; `None`: its address is enough.
    pub token: Option<Secret>,
    /// At which rate voices come, unless the call tells.
    pub rate: Rate,
    /// How its callers hear what is said.
    pub playback: Playback,
    /// `None`: FreeSWITCH is told nothing.
    pub event_socket: Option<Server>,
    /// Where humans are.
    pub fallback: Option<Place>,
}

/// What the port counts.
#[derive(Debug, Default)]
pub struct Counters {
    /// Conversations that began.
    pub began: AtomicU64,
    /// Connections now.
    pub now: AtomicUsize,
    /// From elsewhere.
    pub strangers: AtomicU64,
    /// Without the token.
    pub without_token: AtomicU64,
    /// That were no WebSocket, or said nothing.
    pub mute: AtomicU64,
    /// Of a call that is connected already.
    pub reused: AtomicU64,
    /// Whose call was never told.
    pub unknown: AtomicU64,
    /// More than may be at once.
    pub crowded: AtomicU64,
    /// While no assistant could speak, or the event socket that plays was away.
    pub unready: AtomicU64,
    /// That sent stereo, G.711, or another rate than they told.
    pub mislabelled: AtomicU64,
    /// That sent a frame that is too long.
    pub too_long: AtomicU64,
    /// Whose sentences nobody played.
    pub unplayed: AtomicU64,
    /// Texts that nobody understands.
    pub unknown_texts: AtomicU64,
    /// Frames of callers that came faster than they are heard, and were forgotten.
    pub forgotten_frames: AtomicU64,
    /// Frames to callers that were late or not taken.
    pub late_frames: AtomicU64,
    /// Calls that are connected, by gateway and UUID.
    connected: Mutex<HashSet<(String, String)>>,
}

impl Counters {
    /// For `/metrics`: connections by what became of them.
    pub fn outcomes(&self) -> [(&'static str, u64); 11] {
        let count = |of: &AtomicU64| of.load(Relaxed);
        [
            ("began", count(&self.began)),
            ("stranger", count(&self.strangers)),
            ("without_token", count(&self.without_token)),
            ("mute", count(&self.mute)),
            ("reused", count(&self.reused)),
            ("unknown", count(&self.unknown)),
            ("crowded", count(&self.crowded)),
            ("unready", count(&self.unready)),
            ("mislabelled", count(&self.mislabelled)),
            ("too_long", count(&self.too_long)),
            ("unplayed", count(&self.unplayed)),
        ]
    }

    /// For `/metrics`: frames that went another way than usual.
    pub fn frames(&self) -> [(&'static str, u64); 3] {
        let count = |of: &AtomicU64| of.load(Relaxed);
        [
            ("unknown", count(&self.unknown_texts)),
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

/// The one connection of that call, for as long as it lives.
pub(super) struct Named(Arc<Counters>, (String, String));

impl Named {
    /// `None`: it has one.
    pub(super) fn of(counters: &Arc<Counters>, gateway: &str, uuid: &str) -> Option<Self> {
        let own = (gateway.to_owned(), uuid.to_owned());
        if counters.connected.lock().insert(own.clone()) {
            return Some(Self(counters.clone(), own));
        }
        counters.reused.fetch_add(1, Relaxed);
        None
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        self.0.connected.lock().remove(&self.1);
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
        gateways: Vec<Gateway>,
        host: Arc<dyn Host>,
        root: &Arc<Node>,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let mut spec = NodeSpec::new("audio_stream");
        spec.alike = true;
        let node = root.part(spec);
        let counters = Arc::new(Counters::default());
        let counted = counters.clone();
        let arbiter = Arbiter::new();
        arbiter.spawn(async move {
            tick_here();
            let with_events = |gateway: Gateway| {
                let events = gateway.event_socket.clone().map(EventSocket::start);
                Arc::new(Known { gateway, events })
            };
            let gateways = gateways.into_iter().map(with_events).collect();
            let desk = Desk { gateways, host, node, counters: counted };
            match TcpListener::from_std(listener) {
                Ok(listener) => Arc::new(desk).accept(listener).await,
                Err(problem) => log::error!("audio_stream: {problem}"),
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

/// A gateway with its event socket.
struct Known {
    gateway: Gateway,
    events: Option<EventSocket>,
}

struct Desk {
    gateways: Vec<Arc<Known>>,
    host: Arc<dyn Host>,
    node: Arc<Node>,
    counters: Arc<Counters>,
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
                    log::warn!("audio_stream: a connection could not be accepted: {problem}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn came(self: Arc<Self>, stream: TcpStream, from: SocketAddr, number: u64) {
        let address = from.ip().to_canonical();
        let known = self.gateways.iter().find(|known| known.gateway.addresses.contains(&address)).cloned();
        let Some(known) = known else {
            if self.counters.strangers.fetch_add(1, Relaxed) == 0 {
                log::warn!(
                    "audio_stream: {address} is no [[freeswitch]] of the settings: turned away (more are counted only)"
                );
            }
            return;
        };
        if self.counters.now.load(Relaxed) >= MOST {
            self.counters.crowded.fetch_add(1, Relaxed);
            return;
        }
        self.counters.now.fetch_add(1, Relaxed);
        let counted = Counted(self.counters.clone());
        actix::spawn(async move {
            let prepared = stream.set_nodelay(true);
            if let Err(problem) =
                prepared.and_then(|()| socket2::SockRef::from(&stream).set_send_buffer_size(HELD))
            {
                return log::warn!("audio_stream: {problem}");
            }
            self.opened(stream, &known, number, counted).await;
        });
    }

    async fn opened(&self, stream: TcpStream, known: &Known, number: u64, counted: Counted) {
        let Gateway { name, token, .. } = &known.gateway;
        let mut opening = Opening { token: token.as_ref(), told: Metadata::default(), is_refused: false };
        let config = WebSocketConfig::default()
            .max_message_size(Some(LONGEST))
            .max_frame_size(Some(LONGEST))
            .write_buffer_size(0)
            .read_buffer_size(8_192);
        #[allow(clippy::result_large_err)] // as the library wants it
        let look = |request: &_, response| opening.look(request, response).map_err(|refused| *refused);
        let shaken = timeout(WITHIN, accept_hdr_async_with_config(stream, look, Some(config))).await;
        let Opening { told, is_refused, .. } = opening;
        let Ok(Ok(mut socket)) = shaken else {
            if is_refused {
                self.counters.without_token.fetch_add(1, Relaxed);
                log::warn!("audio_stream: {name}: a connection without the token is turned away");
            } else {
                self.counters.mute.fetch_add(1, Relaxed);
            }
            return;
        };
        match timeout(WITHIN, first(&mut socket)).await {
            Ok(Some(first)) => self.began(socket, first, told, known, number, counted).await,
            Ok(None) => drop(self.counters.mute.fetch_add(1, Relaxed)),
            Err(_) => {
                self.counters.mute.fetch_add(1, Relaxed);
                close(socket, CloseCode::Policy, "nothing was said within 2 s").await;
            }
        }
    }

    async fn began(
        &self,
        socket: Socket,
        first: Message,
        told: Metadata,
        known: &Known,
        number: u64,
        counted: Counted,
    ) {
        let Known { gateway, events } = known;
        let Gateway { name, playback, .. } = gateway;
        let in_first = match &first {
            Message::Text(text) => Metadata::json(text).unwrap_or_default(),
            _ => Metadata::default(),
        };
        let caller = in_first.caller(&told);
        let uuid = caller.as_ref().map(|caller| caller.uniqueid.clone()).filter(|uuid| !uuid.is_empty());
        if let Some(uuid) = &uuid
            && self.counters.connected.lock().contains(&(name.clone(), uuid.clone()))
        {
            self.counters.reused.fetch_add(1, Relaxed);
            log::warn!("audio_stream: {name}: a second connection of one call is turned away");
            return close(socket, CloseCode::Policy, "that call is connected already").await;
        }
        let is_played =
            *playback != Playback::EslBroadcast || events.as_ref().is_some_and(EventSocket::is_up);
        let ready = self.host.assistant(name, caller.as_ref()).filter(|_| is_played);
        let Some(ready) = ready else {
            self.counters.unready.fetch_add(1, Relaxed);
            let why = if is_played { "no assistant can speak" } else { "the event socket is away" };
            log::warn!("audio_stream: {name}: {why}: the dialplan goes on with the caller");
            return close(socket, CloseCode::Again, why).await;
        };
        let id = match uuid.map_or_else(secrets::id, Ok) {
            Ok(id) => id,
            Err(problem) => return log::error!("audio_stream: {problem}"),
        };
        self.counters.began.fetch_add(1, Relaxed);
        let (caller, told_of) = watch::channel(caller);
        let channel = Box::new(ByEventSocket {
            caller: told_of,
            events: events.clone(),
            fallback: gateway.fallback.clone(),
            usual: ready.fallback.clone(),
            gateway: name.clone(),
            counters: self.counters.clone(),
        });
        let rate = match told.rate() {
            Some(Ok(rate)) => rate,
            _ => gateway.rate,
        };
        let player = Player::new(*playback, events.clone());
        let (gateway, events) = (name.clone(), events.clone());
        let carries = media::Begins { socket, first, told, rate, player, events, caller, gateway };
        let begins = Begins { pbx: name.clone(), id, ready, channel, host: self.host.clone() };
        Talk::start(&self.node, number, begins, |shared, to| {
            actix::spawn(media::run(carries, shared, to, counted));
        });
    }
}

/// The first frame that says something; `None`: it closes.
async fn first(socket: &mut Socket) -> Option<Message> {
    loop {
        match socket.next().await?.ok()? {
            said @ (Message::Text(_) | Message::Binary(_)) => return Some(said),
            Message::Close(_) => return None,
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}
