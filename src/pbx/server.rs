//! The sockets of the built-in PBX: a thin shell around [`Life`] and [`Session`].
//!
//! One thread of its own runs everything: the clock, the clients, the orders of tests. Each client
//! has a bounded queue of bytes; one that does not read is closed, as Asterisk does after its
//! `writetimeout`.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::LocalSet;

use super::agi::{Handover, Tell};
use super::exchange::Exchange;
use super::faults::{Faults, Outgoing};
use super::life::Life;
use super::rng::Rng;
use super::session::{BANNER, Malformed, Session, malformed};
use super::truth::Micros;
use super::{Settings, disk, handover};

/// Connections at once; more are closed as they come.
const MAX_CLIENTS: usize = 256;
/// Bytes that may wait for one client: of events, and of lists that it asked for itself (Asterisk
/// writes those as fast as they are read, and closes only who does not read at all).
const MOST_TOLD: usize = 4 * 1024 * 1024;
const MOST_ANSWERED: usize = 128 * 1024 * 1024;
/// Bytes of one write, for each of which the client has the whole `writetimeout`.
const PIECE: usize = 64 * 1024;

/// Bytes that wait for one client.
#[derive(Default)]
struct Waiting {
    told: Cell<usize>,
    answered: Cell<usize>,
}

impl Waiting {
    fn of(&self, kind: Said) -> (&Cell<usize>, usize) {
        match kind {
            Said::Told => (&self.told, MOST_TOLD),
            Said::Answered => (&self.answered, MOST_ANSWERED),
        }
    }
}

#[derive(Clone, Copy)]
enum Said {
    Told,
    Answered,
}

struct Client {
    session: Session,
    queue: mpsc::UnboundedSender<(Said, Bytes)>,
    waiting: Rc<Waiting>,
    gone: Rc<Notify>,
}

impl Client {
    fn send(&self, bytes: Bytes) {
        self.say(Said::Told, bytes);
    }

    fn say(&self, kind: Said, bytes: Bytes) {
        let (waiting, most) = self.waiting.of(kind);
        let all = waiting.get() + bytes.len();
        if all > most || self.queue.send((kind, bytes)).is_err() {
            self.gone.notify_one();
            return;
        }
        waiting.set(all);
    }
}

/// Everything behind the sockets; tests reach it through [`Running::with`].
pub struct Hub {
    /// The floor.
    pub life: Life,
    /// Faults in force.
    pub faults: Faults,
    settings: Settings,
    clients: Vec<Option<Client>>,
    started: Instant,
    base: Micros,
    chance: Rng,
    wake: Rc<Notify>,
    outgoing: Vec<Outgoing>,
    /// Where what is said to who leads a channel goes.
    led: HashMap<u64, mpsc::UnboundedSender<Bytes>>,
    /// Channels that are to be connected.
    handed_over: Vec<(u64, SocketAddr, mpsc::UnboundedReceiver<Bytes>)>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("clients", &self.clients()).finish_non_exhaustive()
    }
}

impl Hub {
    fn new(settings: Settings) -> Self {
        let base = wall_clock();
        let mut life = settings.floor(base);
        life.exchange.agi.sounds = disk::ON_DISK;
        Self {
            life,
            faults: Faults::new(settings.faults.clone(), settings.size.seed),
            clients: Vec::new(),
            started: Instant::now(),
            base,
            chance: Rng::new(base),
            wake: Rc::new(Notify::new()),
            outgoing: Vec::new(),
            led: HashMap::new(),
            handed_over: Vec::new(),
            settings,
        }
    }

    fn now(&self) -> Micros {
        self.base + self.started.elapsed().as_micros() as u64
    }

    /// Clients connected.
    pub fn clients(&self) -> usize {
        self.clients.iter().flatten().count()
    }

    /// Lives until now and tells everybody.
    pub fn tick(&mut self) {
        let now = self.now();
        // After a long stop of the process: second by second, so that what is told at once is bounded.
        while self.life.exchange.now() + 1_000_000 < now {
            self.life.advance(self.life.exchange.now() + 1_000_000);
            self.tell();
        }
        self.life.advance(now);
        self.tell();
    }

    /// From now on callers of flows are handed over there, or to nobody.
    pub fn hand_over(&mut self, to: Option<Handover>) {
        self.life.exchange.truth.handover.clone_from(&to);
        self.settings.handover = to;
    }

    /// Somebody who leads a channel did something.
    pub(super) fn led(&mut self, what: impl FnOnce(&mut Exchange)) {
        self.tick();
        what(&mut self.life.exchange);
        self.tick();
        self.wake.notify_one();
    }

    /// Hands what is said to those who lead channels.
    fn lead(&mut self) {
        for said in self.life.exchange.agi.take_said() {
            match said {
                Tell::Connect(id, to) => {
                    let (says, heard) = mpsc::unbounded_channel();
                    self.led.insert(id, says);
                    self.handed_over.push((id, to, heard));
                }
                Tell::Bytes(id, bytes) => {
                    // a connection that broke says so itself
                    let _ = self.led.get(&id).map(|says| says.send(bytes.into()));
                }
                Tell::Close(id) => drop(self.led.remove(&id)),
            }
        }
    }

    /// Hands what happened to the clients.
    fn tell(&mut self) {
        self.lead();
        let stream = &mut self.life.exchange.out;
        if stream.marks().is_empty() {
            return;
        }
        let mut outgoing = std::mem::take(&mut self.outgoing);
        self.faults.treat(stream, &mut outgoing);
        for client in self.clients.iter().flatten() {
            for block in outgoing.iter().filter(|b| client.session.wants(b.class)) {
                client.send(block.bytes.clone());
            }
        }
        stream.clear();
        outgoing.clear();
        self.outgoing = outgoing;
    }

    /// Sends these bytes to every client that is logged in, whatever they are.
    pub fn send_raw(&mut self, bytes: Bytes) {
        self.tick();
        for client in self.clients.iter().flatten().filter(|c| c.session.wants_all()) {
            client.send(bytes.clone());
        }
    }

    /// A reload: no call is touched (F19).
    pub fn reload(&mut self) {
        self.life.exchange.reload();
        self.tell();
    }

    /// Sends a frame that a healthy PBX would not (S02).
    pub fn send_malformed(&mut self, kind: Malformed) {
        let bytes = malformed(kind, &self.life.exchange);
        self.send_raw(bytes);
    }

    /// Sends a line without end, so long (F05); the queue's limit does not apply to it.
    pub fn send_endless_line(&mut self, bytes: usize) {
        let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
        for client in self.clients.iter().flatten().filter(|c| c.session.wants_all()) {
            let _ = client.queue.send((Said::Told, Bytes::from_static(b"A: ")));
            for _ in 0..bytes / chunk.len() {
                let _ = client.queue.send((Said::Told, chunk.clone()));
            }
        }
    }

    /// Sends one message of so many headers (F06).
    pub fn send_many_headers(&mut self, headers: usize) {
        let mut message = b"Event: Endless\r\nPrivilege: system,all\r\n".to_vec();
        for _ in 0..headers {
            message.extend_from_slice(b"Header: value\r\n");
        }
        self.send_raw(message.into());
    }

    /// Closes every connection; what is queued is lost.
    pub fn kick_everyone(&mut self) {
        for client in self.clients.iter_mut().filter_map(Option::take) {
            client.gone.notify_one();
        }
    }

    /// The PBX starts again, empty: a new epoch (F17). `in_order` tells the clients first, as
    /// `core restart now` does; otherwise it is a crash. With `reuse_ids`, Uniqueids begin again
    /// with the ones of this boot (F18).
    pub fn restart(&mut self, in_order: bool, reuse_ids: bool) {
        if in_order {
            self.life.exchange.shut_down(true);
            self.tell();
        }
        let ids = reuse_ids
            .then(|| self.life.exchange.fixed_id_seconds.unwrap_or(self.life.exchange.boot() / 1_000_000));
        for client in self.clients.iter_mut().filter_map(Option::take) {
            // What is queued still goes out, then the end of the connection.
            drop(client);
        }
        let mut cold = self.settings.clone();
        cold.warm_up_s = 0;
        // CoreStartupTime counts whole seconds: another boot must not look like the same.
        let boot = self.now().max((self.life.exchange.boot() / 1_000_000 + 1) * 1_000_000);
        // connections of the boot before end with it
        self.led.clear();
        self.handed_over.clear();
        let made = self.life.exchange.agi.made;
        self.life = cold.floor(boot);
        // one that ends late is no conversation of this boot
        self.life.exchange.agi.made = made;
        self.life.exchange.agi.sounds = disk::ON_DISK;
        self.life.exchange.fixed_id_seconds = ids;
    }

    fn connect(&mut self, client: Client) -> usize {
        match self.clients.iter().position(Option::is_none) {
            Some(free) => {
                self.clients[free] = Some(client);
                free
            }
            None => {
                self.clients.push(Some(client));
                self.clients.len() - 1
            }
        }
    }

    /// A client's bytes; false when its connection must end.
    fn hear(&mut self, number: usize, bytes: &[u8]) -> bool {
        self.tick();
        let Self { life, faults, settings, chance, clients, .. } = self;
        let Some(Some(client)) = clients.get_mut(number) else { return false };
        let challenge = || (chance.bits() >> 34) as u32;
        let said = client.session.hear(bytes, &mut life.exchange, faults, &settings.account, challenge);
        if !said.bytes.is_empty() {
            client.say(Said::Answered, said.bytes.into());
        }
        self.tick();
        self.wake.notify_one();
        !said.close
    }
}

fn wall_clock() -> Micros {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as u64)
}

type Order = Box<dyn FnOnce(&mut Hub) + Send>;

/// A PBX that runs on a thread of its own; dropping it stops it.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    orders: Option<mpsc::UnboundedSender<Order>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does something with it, on its thread, at an instant of its own clock, and gives back the
    /// result: phones are played, faults set, the truth looked at.
    ///
    /// # Errors
    /// When its thread is gone.
    pub fn with<R: Send + 'static>(
        &self,
        what: impl FnOnce(&mut Hub) -> R + Send + 'static,
    ) -> io::Result<R> {
        let gone = || io::Error::other("the built-in PBX has stopped");
        let (answer, result) = std::sync::mpsc::sync_channel(1);
        let order: Order = Box::new(move |hub| {
            hub.tick();
            let value = what(hub);
            hub.tick();
            // Nobody waits any more: nothing is lost by that.
            let _ = answer.send(value);
        });
        self.orders.as_ref().ok_or_else(gone)?.send(order).map_err(|_| gone())?;
        result.recv_timeout(Duration::from_secs(10)).map_err(|_| gone())
    }

    /// Waits until it ends by itself.
    pub fn join(mut self) {
        if let Some(thread) = self.thread.take() {
            // Orders must stay possible until then; a panic there was logged by its hook.
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts a PBX on a thread of its own; it listens when this returns.
///
/// # Errors
/// When the address cannot be bound or no thread can be made.
pub fn start(settings: Settings) -> io::Result<Running> {
    let listener = StdListener::bind(settings.listen)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let (orders, inbox) = mpsc::unbounded_channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let thread = std::thread::Builder::new().name("pbx".to_owned()).spawn(move || {
        LocalSet::new().block_on(&runtime, serve(listener, settings, inbox));
    })?;
    Ok(Running { address, orders: Some(orders), thread: Some(thread) })
}

async fn serve(listener: StdListener, settings: Settings, mut inbox: mpsc::UnboundedReceiver<Order>) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return log::error!("the built-in PBX cannot listen: {error}"),
    };
    let write_timeout = settings.write_timeout;
    let hub = Rc::new(RefCell::new(Hub::new(settings)));
    let (shared, wake) = (hub.clone(), hub.borrow().wake.clone());
    loop {
        let pause = {
            let mut hub = hub.borrow_mut();
            hub.tick();
            for (id, to, says) in std::mem::take(&mut hub.handed_over) {
                tokio::task::spawn_local(handover::carry(shared.clone(), id, to, says));
            }
            let next = hub.life.next_deadline().map_or(u64::MAX, |at| at.saturating_sub(hub.now()));
            Duration::from_micros(next.clamp(500, 1_000_000))
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = wake.notified() => {}
            order = inbox.recv() => match order {
                Some(order) => order(&mut hub.borrow_mut()),
                None => return,
            },
            accepted = listener.accept() => match accepted {
                Ok((socket, from)) if hub.borrow().clients() >= MAX_CLIENTS => {
                    log::warn!("the built-in PBX refuses {from}: {MAX_CLIENTS} clients are connected");
                    drop(socket);
                }
                Ok((socket, _)) => welcome(&hub, socket, write_timeout),
                Err(error) => {
                    log::warn!("the built-in PBX could not accept a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
}

fn welcome(hub: &Rc<RefCell<Hub>>, socket: TcpStream, write_timeout: Duration) {
    // Small frames must not wait for the next ones.
    let _ = socket.set_nodelay(true);
    let (read, write) = socket.into_split();
    let (queue, waiting) = mpsc::unbounded_channel();
    let counts = Rc::new(Waiting::default());
    let gone = Rc::new(Notify::new());
    let client = Client { session: Session::new(), queue, waiting: counts.clone(), gone: gone.clone() };
    client.send(Bytes::from_static(BANNER));
    let number = hub.borrow_mut().connect(client);
    tokio::task::spawn_local(write_to(write, waiting, counts, write_timeout, gone.clone()));
    tokio::task::spawn_local(read_from(hub.clone(), number, read, gone));
}

async fn write_to(
    mut socket: OwnedWriteHalf,
    mut waiting: mpsc::UnboundedReceiver<(Said, Bytes)>,
    counts: Rc<Waiting>,
    write_timeout: Duration,
    gone: Rc<Notify>,
) {
    while let Some((kind, bytes)) = waiting.recv().await {
        for piece in bytes.chunks(PIECE) {
            let written = tokio::time::timeout(write_timeout, socket.write_all(piece)).await;
            let (count, _) = counts.of(kind);
            count.set(count.get().saturating_sub(piece.len()));
            if !matches!(written, Ok(Ok(()))) {
                gone.notify_one();
                return;
            }
        }
    }
    // The peer may be gone already: nothing to do about it.
    let _ = socket.shutdown().await;
    gone.notify_one();
}

async fn read_from(hub: Rc<RefCell<Hub>>, number: usize, mut socket: OwnedReadHalf, gone: Rc<Notify>) {
    let mut buffer = BytesMut::with_capacity(8 * 1024);
    loop {
        tokio::select! {
            () = gone.notified() => break,
            read = socket.read_buf(&mut buffer) => match read {
                Ok(0) | Err(_) => break,
                Ok(_) => {
                    let bytes = buffer.split();
                    if !hub.borrow_mut().hear(number, &bytes) {
                        break;
                    }
                }
            },
        }
    }
    let mut hub = hub.borrow_mut();
    let mine = hub.clients.get(number).and_then(Option::as_ref).is_some_and(|c| Rc::ptr_eq(&c.gone, &gone));
    if mine {
        hub.clients[number] = None;
    }
}
