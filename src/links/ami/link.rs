//! The shell around the [`Machine`]: connection, pending actions, timers.
//!
//! All of it moves when the router polls it (`io`), on the arbiter of its PBX. Bytes are read and cut
//! beside it (`reader`), and taken here without a mailbox between. Nothing here waits for anyone: what cannot be written
//! now stays in a bounded buffer, and a PBX that does not take it is left (L7).

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use actors::board::Board;
use actors::keys::Micros;
use actors::ports::{ActionFailure, Answer, AskLink, FeedItem, LinkChange};
use actors::view::Said;
use asterisk::ami::{
    Action, Message,
    session::{Failure, NotSent, Received, Session, SessionLimits},
};
use md5::{Digest, Md5};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep};

use super::doubt::Doubts;
use super::machine::{At, Do, Machine};
use super::reader::{Piece, Reader, Running, Wire};
use super::report::{LinkCounters, Report};
use super::sightings::Sightings;
use super::socket::{Socket, Tls, open_tcp};
use super::sync::Sync;
use super::tap::{Tap, Tapping};
use crate::config::PbxConfig;

/// Bytes waiting to be written, after which an action is refused as [`ActionFailure::Busy`].
const WRITE_LIMIT: usize = 256 * 1024;
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

pub(super) enum Opened {
    Tcp(TcpStream),
    Ready(Socket),
}

/// The link of one PBX.
pub struct Link {
    pub(super) config: PbxConfig,
    pub(super) tls: Option<Tls>,
    pub(super) base: Instant,
    /// Of the last look at the clock, once a read and not once an event.
    pub(super) now: At,
    pub(super) machine: Machine,
    pub(super) reader: Reader,
    pub(super) opening: Option<Running<io::Result<Opened>>>,
    pub(super) wire: Option<Wire>,
    /// Read and not worked on yet.
    pub(super) pieces: VecDeque<Piece>,
    pub(super) output: Vec<u8>,
    pub(super) written: usize,
    pub(super) write_since: Option<At>,
    pub(super) session: Session<Owner>,
    pub(super) items: VecDeque<FeedItem>,
    pub(super) sync: Sync,
    pub(super) doubts: Doubts,
    pub(super) tapping: Tapping,
    pub(super) sightings: Sightings,
    pub(super) report: Report,
    pub(super) clock_sample_due: bool,
    pub(super) sleep: Pin<Box<Sleep>>,
    /// When it was to wake us.
    pub(super) armed: Option<At>,
    pub(super) waker: Option<Waker>,
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
            reader: Reader::start(&config.name).map_err(|e| format!("a thread to read it: {e}"))?,
            opening: None,
            wire: None,
            pieces: VecDeque::new(),
            output: Vec::new(),
            written: 0,
            write_since: None,
            session: new_session(),
            items: VecDeque::new(),
            sync: Sync::default(),
            doubts: Doubts::default(),
            tapping: Tapping::default(),
            sightings: Sightings::default(),
            report: Report::new(config, board),
            clock_sample_due: false,
            sleep: Box::pin(tokio::time::sleep_until(base)),
            armed: None,
            waker: None,
            config: config.clone(),
        })
    }

    /// What happened on it, for `/metrics`.
    pub fn counters(&self) -> Arc<LinkCounters> {
        Arc::clone(&self.report.counters)
    }

    /// Where channels in AsyncAGI are told of.
    pub fn tap(&self) -> Tap {
        self.tapping.tap.clone()
    }

    /// Whose voice comes under which UUID.
    pub fn sightings(&self) -> Sightings {
        self.sightings.clone()
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
                let opening = async move { open_tcp(host, port).await.map(Opened::Tcp) };
                self.opening = Some(self.reader.run(opening));
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
        self.wire = None;
        self.pieces.clear();
        self.output.clear();
        self.written = 0;
        self.write_since = None;
        self.sync.stop();
        self.doubts.stop();
        self.tapping.lost();
        let waiting = std::mem::replace(&mut self.session, new_session()).disconnected();
        for owner in waiting {
            if let Owner::Caller(reply) = owner {
                let _ = reply.send(Err(ActionFailure::LinkLost));
            }
        }
    }

    pub(super) fn answered(&mut self, owner: Owner, answer: Result<Answer, ActionFailure>) {
        let now = self.now;
        match owner {
            Owner::Challenge => {
                let challenge = answer.and_then(|a| {
                    let text = a.response.text("Challenge").map(|t| t.trim().to_owned());
                    text.ok_or_else(|| ActionFailure::Refused("a challenge without a Challenge".to_owned()))
                });
                self.machine.challenged(now, challenge.map_err(|e| not_challenged(&e)));
            }
            Owner::Login => {
                let user = self.config.username.as_str();
                let answer = answer.map(|_| ()).map_err(|e| not_logged_in(user, &e));
                self.machine.logged_in(now, answer);
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
    pub(super) fn message(&mut self, message: Message) -> Option<FeedItem> {
        match self.session.receive(message) {
            Received::Event(event) => {
                self.event_seen(&event, event.get("Timestamp").and_then(Micros::parse));
                return Some(FeedItem::Event(event.into()));
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
                let words = format!("neither an event nor an answer: {begin}");
                self.asked(AskLink::Suspect(Said::new("odd_message", [&begin], words)));
            }
        }
        None
    }

    /// An event was made by the PBX at that time: one a read tells how late it is.
    pub(super) fn sample_clock(&mut self, at: Micros) {
        if self.clock_sample_due && at > Micros(0) {
            self.report.event_time(self.now, at);
            self.clock_sample_due = false;
        }
    }

    /// An event came, made by the PBX at that time if it tells.
    pub(super) fn event_seen(&mut self, event: &Message, at: Option<Micros>) {
        if self.report.rights.event(event) {
            self.report.rights_changed();
        }
        self.sample_clock(at.unwrap_or_default());
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

    pub(super) fn lost(&mut self, why: Said) {
        self.machine.lost(self.now, why);
        self.act();
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

fn not_challenged(failure: &ActionFailure) -> Said {
    match failure {
        ActionFailure::Refused(theirs) => {
            Said::new("challenge_refused", [theirs], format!("Challenge: the PBX says `{theirs}`"))
        }
        other => login_failed("Challenge", other),
    }
}

fn not_logged_in(user: &str, failure: &ActionFailure) -> Said {
    let login = format!("Login of `{user}`");
    match failure {
        ActionFailure::Refused(theirs) if theirs == "Authentication failed" => {
            let words = format!(
                "{login}: the PBX says `{theirs}`: wrong username or secret, or its permit/deny lines do not \
                 allow this machine (Asterisk does not say which)"
            );
            Said::new("login_wrong", [user, theirs], words)
        }
        ActionFailure::Refused(theirs) => {
            Said::new("login_refused", [user, theirs], format!("{login}: the PBX says `{theirs}`"))
        }
        other => login_failed(&login, other),
    }
}

fn login_failed(what: &str, failure: &ActionFailure) -> Said {
    Said::new("login_failed", [&format!("{failure:?}")], format!("{what}: {failure:?}"))
}
