//! The event socket of a FreeSWITCH: what happens to its callers comes in, the few commands that conversations need go out.
//!
//! One connection a gateway, made again when it breaks, later each time up to 30 s. A command is done when its job says so.
//! Who [listens](EventSocket::listen) to a channel is told what happens there; what he does not fetch is forgotten beyond 64.
//!
//! What does not live here: bytes (`asterisk::freeswitch`), what a conversation wants (`links::audio_stream`).

mod session;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use asterisk::freeswitch::Command;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use crate::config::Secret;
use crate::links::voices::Later;

/// Commands that wait to be sent; more are refused.
const MOST_ORDERS: usize = 256;
/// For a command to be done.
const DONE_WITHIN: Duration = Duration::from_secs(2);
/// What happened to a channel and was not fetched.
const MOST_TOLD: usize = 64;
/// Before it is tried again: that, then twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Where it is.
#[derive(Debug, Clone)]
pub struct Server {
    /// The gateway's name, for the log.
    pub gateway: String,
    /// Its name or address.
    pub host: String,
    /// 8021, usually.
    pub port: u16,
    /// Sent in clear: FreeSWITCH knows no other way.
    pub password: Secret,
}

/// What happened to a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::links) enum Told {
    /// The caller pressed that key.
    Key(char),
    /// He is gone.
    HungUp,
    /// That file begins to play to him.
    Started(String),
    /// It does not any more.
    Stopped(String),
    /// What mod_audio_stream says of a file that it wrote: JSON.
    FileWritten(String),
}

/// A command, and who waits for it.
struct Order {
    command: Command,
    done: oneshot::Sender<bool>,
}

#[derive(Default)]
struct Listeners(Mutex<HashMap<String, mpsc::Sender<Told>>>);

impl Listeners {
    fn tell(&self, channel: &str, told: Told, forgotten: &AtomicU64) {
        if let Some(listener) = self.0.lock().get(channel)
            && listener.try_send(told).is_err()
        {
            forgotten.fetch_add(1, Relaxed);
        }
    }
}

/// See the module. Clones are the same one.
#[derive(Clone)]
pub(in crate::links) struct EventSocket {
    orders: mpsc::Sender<Order>,
    listeners: Arc<Listeners>,
    is_up: Arc<AtomicBool>,
}

impl EventSocket {
    /// Connects, on this thread, and stays connected for as long as somebody has it.
    pub(in crate::links) fn start(server: Server) -> Self {
        let (orders, mut asked) = mpsc::channel(MOST_ORDERS);
        let (listeners, is_up) = (Arc::new(Listeners::default()), Arc::new(AtomicBool::new(false)));
        let this = Self { orders, listeners: listeners.clone(), is_up: is_up.clone() };
        actix::spawn(async move {
            let mut pause = FIRST_PAUSE;
            while !asked.is_closed() {
                let ended = session::run(&server, &mut asked, &listeners, &is_up).await;
                let was_up = is_up.swap(false, Relaxed);
                // what was asked of a connection that broke is old when there is another
                while asked.try_recv().is_ok() {}
                if was_up {
                    pause = FIRST_PAUSE;
                }
                if was_up || pause == FIRST_PAUSE {
                    let Server { gateway, host, port, .. } = &server;
                    log::warn!("event socket of {gateway} ({host}:{port}): {ended}; it is tried again");
                }
                // whoever asks meanwhile is told no by his own time
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        });
        this
    }

    /// Whether commands can be sent now.
    pub(in crate::links) fn is_up(&self) -> bool {
        self.is_up.load(Relaxed)
    }

    /// Whether it was done; no later than in 2 s.
    pub(in crate::links) fn order(&self, command: Command) -> Later<bool> {
        let (done, told) = oneshot::channel();
        let sent = self.is_up() && self.orders.try_send(Order { command, done }).is_ok();
        Box::pin(async move { sent && matches!(timeout(DONE_WITHIN, told).await, Ok(Ok(true))) })
    }

    /// What happens to that channel from now on.
    pub(in crate::links) fn listen(&self, channel: &str) -> Listening {
        let (to, told) = mpsc::channel(MOST_TOLD);
        self.listeners.0.lock().insert(channel.to_owned(), to);
        Listening { told, channel: channel.to_owned(), listeners: self.listeners.clone() }
    }
}

/// Until it is dropped.
pub(in crate::links) struct Listening {
    told: mpsc::Receiver<Told>,
    channel: String,
    listeners: Arc<Listeners>,
}

impl Listening {
    /// The next; for ever when nothing happens. May be given up.
    pub(in crate::links) async fn next(&mut self) -> Told {
        match self.told.recv().await {
            Some(told) => told,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.listeners.0.lock().remove(&self.channel);
    }
}
