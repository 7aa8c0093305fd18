//! The shell around the [`Machine`]: socket, decoder, pending actions, timers.
//!
//! All of it moves inside [`Feed::poll_next`], on the arbiter of its PBX: bytes are read, cut and
//! handed to the router without a mailbox between. Nothing here waits for anyone: what cannot be
//! written now stays in a bounded buffer, and a PBX that does not take it is left (L7).

use std::collections::VecDeque;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use actors::board::Board;
use actors::ports::{ActionFailure, Answer, AskLink, Feed, FeedItem, LinkChange};
use asterisk::ami::{
    Action, Decoder, Frame, Limits, Message,
    session::{Failure, NotSent, Received, Session, SessionLimits},
};
use bytes::BytesMut;
use md5::{Digest, Md5};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep};

use super::doubt::Doubts;
use super::machine::{At, Do, Machine};
use super::report::{LinkCounters, Report};
use super::socket::{Socket, Tls, open_tcp, open_tls};
use super::sync::Sync;
use crate::config::PbxConfig;

/// Free space that a read finds: 16 to 64 KiB is the fastest (`BytesMut` doubles as it needs).
const READ_SPACE: usize = 32 * 1024;
/// Bytes waiting to be written, after which an action is refused as [`ActionFailure::Busy`].
const WRITE_LIMIT: usize = 256 * 1024;
/// A PBX that takes nothing of what waits for so long is left.
const WRITE_WITHIN: Duration = Duration::from_secs(5);
/// Deadline of our own actions.
pub(super) const OWN_DEADLINE: Duration = Duration::from_secs(10);

/// Whose action it is.
#[derive(Debug)]
pub(super) enum Owner {
    Challenge,
    Login,
    AskBooted,
    /// With our wall clock when it was sent.
    Ping(At),
    Listing,
    Doubt(super::doubt::Asked),
    Caller(oneshot::Sender<Result<Answer, ActionFailure>>),
}

type Opening = Pin<Box<dyn Future<Output = io::Result<Opened>>>>;

enum Opened {
    Tcp(TcpStream),
    Ready(Socket),
}

/// The link of one PBX.
pub struct Link {
    pub(super) config: PbxConfig,
    tls: Option<Tls>,
    base: Instant,
    /// Of the last look at the clock, once a read and not once an event.
    pub(super) now: At,
    pub(super) machine: Machine,
    opening: Option<Opening>,
    socket: Option<Socket>,
    decoder: Decoder,
    input: BytesMut,
    output: Vec<u8>,
    written: usize,
    write_since: Option<At>,
    session: Session<Owner>,
    pub(super) items: VecDeque<FeedItem>,
    pub(super) sync: Sync,
    pub(super) doubts: Doubts,
    pub(super) report: Report,
    clock_sample_due: bool,
    sleep: Pin<Box<Sleep>>,
    waker: Option<Waker>,
}

impl Link {
    /// A link that connects when it is first polled. Must be made on its arbiter.
    pub fn new(config: &PbxConfig, board: Arc<Board>) -> Result<Self, String> {
        let base = Instant::now();
        Ok(Self {
            tls: Tls::new(config)?,
            base,
            now: At::ZERO,
            machine: Machine::new(At::ZERO),
            opening: None,
            socket: None,
            decoder: Decoder::new(Limits::default()),
            input: BytesMut::new(),
            output: Vec::new(),
            written: 0,
            write_since: None,
            session: new_session(),
            items: VecDeque::new(),
            sync: Sync::default(),
            doubts: Doubts::default(),
            report: Report::new(config, board),
            clock_sample_due: false,
            sleep: Box::pin(tokio::time::sleep_until(base)),
            waker: None,
            config: config.clone(),
        })
    }

    /// What happened on it, for `/metrics`.
    pub fn counters(&self) -> Arc<LinkCounters> {
        Arc::clone(&self.report.counters)
    }

    /// Sends somebody's action; the answer comes through `reply`.
    pub(super) fn send_for(
        &mut self,
        action: &Action,
        deadline: Duration,
        reply: oneshot::Sender<Result<Answer, ActionFailure>>,
    ) {
        self.look_at_clock();
        // Nobody waits any more when `send` fails.
        if !self.machine.accepts_actions() {
            let _ = reply.send(Err(ActionFailure::LinkDown));
            return;
        }
        if let Err((Owner::Caller(reply), why)) = self.send(action, Owner::Caller(reply), deadline) {
            let _ = reply.send(Err(why));
        }
    }

    /// Queues an action, or gives its owner back with the reason.
    pub(super) fn send(
        &mut self,
        action: &Action,
        owner: Owner,
        deadline: Duration,
    ) -> Result<(), (Owner, ActionFailure)> {
        if self.output.len() - self.written > WRITE_LIMIT {
            self.report.counters.busy();
            return Err((owner, ActionFailure::Busy));
        }
        let sent = self.session.send(action, owner, self.now + deadline, &mut self.output);
        self.wake();
        sent.map_err(|(owner, why)| match why {
            NotSent::Busy => {
                self.report.counters.busy();
                (owner, ActionFailure::Busy)
            }
            NotSent::Unsound(e) => (owner, ActionFailure::Refused(e.to_string())),
        })
    }

    /// Has the router poll us soon.
    pub(super) fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    pub(super) fn look_at_clock(&mut self) {
        self.now = self.base.elapsed();
    }

    /// Does what the machine wants done.
    pub(super) fn act(&mut self) {
        loop {
            let todo = self.machine.take_todo();
            if todo.is_empty() {
                break;
            }
            for what in todo {
                self.act_on(what);
            }
        }
        let (now, phase, since) = (self.now, self.machine.phase(), self.machine.since());
        self.report.link(now, phase, since, self.machine.problem());
    }

    fn act_on(&mut self, what: Do) {
        match what {
            Do::Open => {
                let (host, port) = (self.config.host.clone(), self.config.port);
                self.opening = Some(Box::pin(async move { open_tcp(host, port).await.map(Opened::Tcp) }));
            }
            Do::Close => self.close(),
            Do::Challenge => {
                self.own(Action::new("Challenge").header("AuthType", "MD5"), Owner::Challenge);
            }
            Do::Login(challenge) => {
                let key = md5_answer(&challenge, self.config.secret.reveal());
                let login = Action::new("Login")
                    .header("AuthType", "MD5")
                    .and_then(|a| a.header("Username", self.config.username.as_str()))
                    .and_then(|a| a.header("Key", key));
                self.own(login, Owner::Login);
            }
            Do::AskBooted => self.own(Ok(Action::new("CoreStatus")), Owner::AskBooted),
            Do::Ping => self.own(Ok(Action::new("Ping")), Owner::Ping(self.now)),
            Do::Sync => self.begin_sync(),
            Do::TellStale => self.items.push_back(FeedItem::Link(LinkChange::Stale)),
            Do::TellLive => self.items.push_back(FeedItem::Link(LinkChange::Live)),
        }
    }

    /// Sends an action of our own; one that cannot be built or sent is answered as failed.
    pub(super) fn own(&mut self, action: Result<Action, asterisk::ami::ActionError>, owner: Owner) {
        let failed = match action {
            Ok(action) => match self.send(&action, owner, OWN_DEADLINE) {
                Ok(()) => return,
                Err(failed) => failed,
            },
            Err(e) => (owner, ActionFailure::Refused(e.to_string())),
        };
        self.answered(failed.0, Err(failed.1));
    }

    fn close(&mut self) {
        self.opening = None;
        self.socket = None;
        self.decoder = Decoder::new(Limits::default());
        self.input = BytesMut::new();
        self.output.clear();
        self.written = 0;
        self.write_since = None;
        self.sync.stop();
        self.doubts.stop();
        let waiting = std::mem::replace(&mut self.session, new_session()).disconnected();
        for owner in waiting {
            if let Owner::Caller(reply) = owner {
                let _ = reply.send(Err(ActionFailure::LinkDown));
            }
        }
    }

    fn answered(&mut self, owner: Owner, answer: Result<Answer, ActionFailure>) {
        let now = self.now;
        match owner {
            Owner::Challenge => {
                let challenge = answer.and_then(|a| {
                    let text = a.response.text("Challenge").map(|t| t.trim().to_owned());
                    text.ok_or_else(|| ActionFailure::Refused("a challenge without a Challenge".to_owned()))
                });
                self.machine.challenged(now, challenge.map_err(|e| refusal("Challenge", &e)));
            }
            Owner::Login => {
                let user = format!("Login of `{}`", self.config.username);
                self.machine.logged_in(now, answer.map(|_| ()).map_err(|e| refusal(&user, &e)));
            }
            Owner::AskBooted => {
                let booted = answer.ok().map(|a| actors::resync::epoch_of(&a.response).is_some());
                if booted == Some(true) && self.report.rights.boot_was_not_told() {
                    self.report.rights_changed();
                }
                self.machine.boot_status(now, booted);
            }
            Owner::Ping(sent) => {
                if let Ok(answer) = answer {
                    self.machine.pong(now);
                    self.report.pong(now, now.saturating_sub(sent), &answer.response);
                }
            }
            Owner::Listing => self.listing_answered(answer),
            Owner::Doubt(asked) => self.doubt_answered(asked, answer),
            Owner::Caller(reply) => {
                let _ = reply.send(answer);
            }
        }
        self.act();
    }

    /// One message; what of it is for the router.
    fn message(&mut self, message: Message) -> Option<FeedItem> {
        match self.session.receive(message) {
            Received::Event(event) => {
                self.event_seen(&event);
                return Some(FeedItem::Event(event));
            }
            Received::Part => {}
            Received::Answer(owner, answer) => {
                let answer = answer.map(|reply| Answer { response: reply.response, items: reply.items });
                self.answered(
                    owner,
                    answer.map_err(|failure| match failure {
                        Failure::Refused(words) => ActionFailure::Refused(words),
                        Failure::Incomplete => ActionFailure::Incomplete,
                    }),
                );
            }
            Received::Stray => self.report.counters.stray(),
            Received::Odd(message) => {
                let begin = message.bytes().get(..message.bytes().len().min(40)).unwrap_or_default();
                let begin = String::from_utf8_lossy(begin).escape_default().to_string();
                self.asked(AskLink::Suspect(format!("neither an event nor an answer: {begin}")));
            }
        }
        None
    }

    fn event_seen(&mut self, event: &Message) {
        self.report.counters.event();
        if self.report.rights.event(event) {
            self.report.rights_changed();
        }
        if self.clock_sample_due
            && event.get("Timestamp").is_some_and(|t| self.report.event_time(self.now, t))
        {
            self.clock_sample_due = false;
        }
        // Three events of the PBX itself concern the link; a look at one byte spares the others.
        let name = event.bytes().get(7..).unwrap_or_default();
        match name.first() {
            Some(b'F') if name.starts_with(b"FullyBooted\r") => self.machine.fully_booted(self.now),
            Some(b'S') if name.starts_with(b"Shutdown\r") => {
                self.report.shutdown_announced();
            }
            Some(b'R') if name.starts_with(b"Reload\r") => self.doubts.reloaded(self.now),
            _ => return,
        }
        self.act();
    }

    fn lost(&mut self, why: &str) {
        self.machine.lost(self.now, why);
        self.act();
    }

    fn poll_opening(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(opening) = &mut self.opening else { return false };
        let Poll::Ready(opened) = opening.as_mut().poll(cx) else { return false };
        self.opening = None;
        match (opened, self.tls.clone()) {
            (Ok(Opened::Tcp(stream)), Some(tls)) => {
                self.machine.tls_begins(self.now);
                self.opening = Some(Box::pin(async move { open_tls(tls, stream).await.map(Opened::Ready) }));
            }
            (Ok(Opened::Tcp(stream)), None) => self.opened(Socket::Plain(stream)),
            (Ok(Opened::Ready(socket)), _) => self.opened(socket),
            (Err(e), _) if e.kind() == io::ErrorKind::InvalidData => {
                let words = format!("TLS with {}:{}: {e}", self.config.host, self.config.port);
                self.machine.untrusted(self.now, &words);
            }
            (Err(e), _) => {
                let words = format!("could not connect to {}:{}: {e}", self.config.host, self.config.port);
                self.machine.lost(self.now, &words);
            }
        }
        self.act();
        true
    }

    fn opened(&mut self, socket: Socket) {
        self.report.counters.connected();
        self.socket = Some(socket);
        self.machine.opened(self.now);
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) {
        let Some(socket) = &mut self.socket else { return };
        while self.written < self.output.len() {
            let rest = self.output.get(self.written..).unwrap_or_default();
            match pin!(socket.write(rest)).poll(cx) {
                Poll::Ready(Ok(n)) if n > 0 => {
                    self.written += n;
                    self.write_since = None;
                }
                Poll::Ready(Ok(_)) => return self.lost("the PBX closed the connection"),
                Poll::Ready(Err(e)) => return self.lost(&format!("writing failed: {e}")),
                Poll::Pending => {
                    let since = *self.write_since.get_or_insert(self.now);
                    if self.now >= since + WRITE_WITHIN {
                        self.lost("the PBX takes nothing of what is sent to it for 5 s");
                    }
                    return;
                }
            }
        }
        self.output.clear();
        self.written = 0;
        // TLS may hold back what a full socket did not take.
        if let Poll::Ready(Err(e)) = pin!(socket.flush()).poll(cx) {
            self.lost(&format!("writing failed: {e}"));
        }
    }

    /// Reads once; whether there is something new to look at.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(socket) = &mut self.socket else { return false };
        self.input.reserve(READ_SPACE);
        match pin!(socket.read_buf(&mut self.input)).poll(cx) {
            Poll::Pending => return false,
            Poll::Ready(Ok(0)) => {
                let why = self.report.why_closed(self.machine.phase());
                self.lost(why);
            }
            Poll::Ready(Ok(n)) => {
                self.machine.read(self.now);
                self.report.read(n);
                self.clock_sample_due = true;
            }
            Poll::Ready(Err(e)) => self.lost(&format!("reading failed: {e}")),
        }
        true
    }

    fn time_passed(&mut self) {
        self.look_at_clock();
        self.machine.tick(self.now);
        for owner in self.session.expire(self.now) {
            self.report.counters.timed_out();
            self.answered(owner, Err(ActionFailure::TimedOut));
        }
        self.sync_tick();
        self.doubts_tick();
        let lag = self.report.lag();
        self.machine.lag(self.now, lag);
        self.act();
    }

    /// Arms the timer; `true` when it has run out already.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> bool {
        let deadlines = [
            Some(self.machine.next_deadline()),
            self.session.next_deadline(),
            self.write_since.map(|since| since + WRITE_WITHIN),
            self.sync.next_deadline(),
            self.doubts.next_deadline(),
        ];
        let Some(next) = deadlines.into_iter().flatten().min() else { return false };
        let next = self.base + next;
        if self.sleep.deadline() != next {
            self.sleep.as_mut().reset(next);
        }
        self.sleep.as_mut().poll(cx).is_ready()
    }
}

impl Feed for Link {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<FeedItem> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Poll::Ready(item);
            }
            if self.socket.is_some() {
                match self.decoder.next(&mut self.input) {
                    Ok(Some(Frame::Message(message))) => {
                        if let Some(item) = self.message(message) {
                            // What the message made us tell comes first: it was known before.
                            self.items.push_back(item);
                        }
                        continue;
                    }
                    Ok(Some(Frame::Banner(_))) => {
                        self.machine.banner(self.now);
                        self.act();
                        continue;
                    }
                    Ok(None) => {}
                    Err(e) => {
                        self.report.counters.limit_passed();
                        self.lost(&format!("what the PBX sent cannot be read: {e}"));
                        continue;
                    }
                }
            }
            self.time_passed();
            if self.poll_opening(cx) {
                continue;
            }
            self.poll_write(cx);
            if self.poll_read(cx) || !self.items.is_empty() {
                continue;
            }
            if self.poll_timer(cx) {
                continue;
            }
            self.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
    }
}

/// A session whose ids nobody can guess, since caller-supplied text can forge a line (S02).
fn new_session() -> Session<Owner> {
    Session::new(&format!("{:016x}", RandomState::new().hash_one(0_u8)), SessionLimits::default())
}

fn md5_answer(challenge: &str, secret: &str) -> String {
    let digest = Md5::new().chain_update(challenge).chain_update(secret).finalize();
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

fn refusal(what: &str, failure: &ActionFailure) -> String {
    match failure {
        ActionFailure::Refused(words) if words == "Authentication failed" => format!(
            "{what}: the PBX says `{words}`: wrong username or secret, or its permit/deny lines do not allow \
             this machine (Asterisk does not say which)"
        ),
        ActionFailure::Refused(words) => format!("{what}: the PBX says `{words}`"),
        other => format!("{what}: {other:?}"),
    }
}
