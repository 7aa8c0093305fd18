//! A network that misbehaves: a TCP proxy in front of a PBX (or anything that speaks TCP).
//!
//! ```text
//!   link under test ──▶ Chaos (127.0.0.1:free) ──▶ upstream
//!                        close · reset · half-open · latency · throttle · slices · cut at byte N · record
//! ```
//!
//! It runs on a thread of its own, so that a spec that blocks does not stop the network. What is
//! forwarded is never changed, only delayed, cut into pieces, or withheld. Dropping it closes all.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

/// What the network does to bytes on their way from upstream to the client.
#[derive(Debug, Clone, Default)]
pub struct Weather {
    /// Nothing passes in either direction; both sides stay open (F03).
    pub half_open: bool,
    /// Each byte arrives so much later.
    pub latency: Duration,
    /// Bytes a second.
    pub throttle: Option<u64>,
    /// Written in pieces of at most so many bytes (F04).
    pub slice: Option<usize>,
    /// Each connection ends after so many bytes (F02).
    pub cut_after: Option<u64>,
    /// New connections are closed at once, as by a PBX that is not there.
    pub refuse: bool,
    /// What upstream sends is kept, see [`Chaos::recorded`].
    pub record: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// FIN to both sides.
    Closed,
    /// RST to both sides.
    Reset,
}

#[derive(Debug, Default)]
struct Seen {
    weather: Weather,
    open: usize,
    accepted: usize,
    recorded: Vec<u8>,
}

type Shared = Arc<Mutex<Seen>>;

fn lock(seen: &Shared) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The proxy.
pub struct Chaos {
    address: SocketAddr,
    seen: Shared,
    ends: Arc<watch::Sender<(u64, End)>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Chaos {
    /// A proxy to `upstream`, in fine weather.
    pub fn before(upstream: SocketAddr) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let address = listener.local_addr().expect("its address");
        let seen = Shared::default();
        let ends = Arc::new(watch::channel((0, End::Closed)).0);
        let (stop, stopped) = oneshot::channel();
        let (shared, enders) = (seen.clone(), ends.clone());
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    () = accept(listener, upstream, shared, enders) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, seen, ends, stop: Some(stop), thread: Some(thread) }
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the weather for bytes still to come.
    pub fn set(&self, change: impl FnOnce(&mut Weather)) {
        change(&mut lock(&self.seen).weather);
    }

    /// Ends every connection with FIN, in the middle of whatever passes (F01).
    pub fn close_all(&self) {
        self.ends.send_modify(|(n, end)| (*n, *end) = (*n + 1, End::Closed));
    }

    /// Ends every connection with RST.
    pub fn reset_all(&self) {
        self.ends.send_modify(|(n, end)| (*n, *end) = (*n + 1, End::Reset));
    }

    /// Connections now open.
    pub fn open(&self) -> usize {
        lock(&self.seen).open
    }

    /// Connections accepted since the start.
    pub fn accepted(&self) -> usize {
        lock(&self.seen).accepted
    }

    /// What upstream has sent while [`Weather::record`] was set.
    pub fn recorded(&self) -> Vec<u8> {
        lock(&self.seen).recorded.clone()
    }
}

impl Drop for Chaos {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the proxy panicked");
        }
    }
}

async fn accept(
    listener: TcpListener,
    upstream: SocketAddr,
    seen: Shared,
    ends: Arc<watch::Sender<(u64, End)>>,
) {
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        lock(&seen).accepted += 1;
        if lock(&seen).weather.refuse {
            continue;
        }
        tokio::spawn(carry(client, upstream, seen.clone(), ends.subscribe()));
    }
}

/// One connection, until one side or the test ends it.
async fn carry(
    mut client: TcpStream,
    upstream: SocketAddr,
    seen: Shared,
    mut ends: watch::Receiver<(u64, End)>,
) {
    let Ok(mut server) = TcpStream::connect(upstream).await else { return };
    for socket in [&client, &server] {
        // Pieces must leave as they are written.
        let _ = socket.set_nodelay(true);
    }
    lock(&seen).open += 1;
    let end = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let (delayed, arriving) = mpsc::channel(1_024);
        // What is on its way is handed out before the end of the connection is passed on.
        let down = async {
            tokio::join!(take_in(from_server, delayed, &seen), hand_out(to_client, arriving, &seen));
        };
        tokio::select! {
            () = upwards(from_client, to_server, &seen) => End::Closed,
            () = down => End::Closed,
            changed = ends.changed() => match changed {
                Ok(()) => ends.borrow().1,
                Err(_) => End::Closed,
            },
        }
    };
    if end == End::Reset {
        for socket in [&client, &server] {
            socket.set_zero_linger().expect("a socket that can be reset");
        }
    }
    drop((client, server));
    lock(&seen).open -= 1;
}

async fn wait_while_half_open(seen: &Shared) {
    while lock(seen).weather.half_open {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn upwards(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, seen: &Shared) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut buffer).await.unwrap_or(0);
        wait_while_half_open(seen).await;
        if read == 0 || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

async fn take_in(mut from: ReadHalf<'_>, delayed: mpsc::Sender<(Instant, Vec<u8>)>, seen: &Shared) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut buffer).await.unwrap_or(0);
        let latency = {
            let mut seen = lock(seen);
            if seen.weather.record {
                seen.recorded.extend_from_slice(&buffer[..read]);
            }
            seen.weather.latency
        };
        if read == 0 || delayed.send((Instant::now() + latency, buffer[..read].to_vec())).await.is_err() {
            return;
        }
    }
}

async fn hand_out(mut to: WriteHalf<'_>, mut arriving: mpsc::Receiver<(Instant, Vec<u8>)>, seen: &Shared) {
    let mut passed = 0;
    while let Some((due, bytes)) = arriving.recv().await {
        tokio::time::sleep_until(due).await;
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            wait_while_half_open(seen).await;
            let weather = lock(seen).weather.clone();
            let left = weather.cut_after.map_or(u64::MAX, |cut| cut.saturating_sub(passed));
            if left == 0 {
                return;
            }
            // A slow line is smooth: 50 pieces a second.
            let slow = weather.throttle.map_or(u64::MAX, |rate| (rate / 50).max(1));
            let most = weather
                .slice
                .unwrap_or(usize::MAX)
                .max(1)
                .min(usize::try_from(left.min(slow)).unwrap_or(usize::MAX));
            let (piece, after) = rest.split_at(rest.len().min(most));
            if let Some(rate) = weather.throttle {
                tokio::time::sleep(Duration::from_secs_f64(piece.len() as f64 / rate.max(1) as f64)).await;
            }
            if to.write_all(piece).await.is_err() {
                return;
            }
            passed += piece.len() as u64;
            rest = after;
            if weather.slice.is_some() {
                // Each piece is its own segment.
                tokio::task::yield_now().await;
            }
        }
    }
}
