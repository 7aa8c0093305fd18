//! A floor for tests: the real actors, registry, router and board of one PBX, with a feed and a link
//! that the test plays. Not in a release binary.
//!
//! With `tokio::time::pause()` everything here is exact: the clock moves only when nobody has
//! anything to do, so [`TestFloor::settled`] returns when all has been worked on and shown.

#[cfg(test)]
mod agents;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod five;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod links;
#[cfg(test)]
mod walks;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::Duration;

use actix::prelude::*;
use asterisk::ami::Message as Frame;
use bytes::Bytes;

use crate::board::{Board, Limits};
use crate::fact::{Fact, What};
use crate::keys::PbxName;
use crate::ports::{ActionFailure, Answer, AskLink, Feed, FeedItem, SendAction};
use crate::registry::{Contexts, History, Journal, Parts, PbxActors, PbxCounters, PbxTree, Registry};
use crate::settings::Settings;
use crate::supervision::Node;
use crate::view::{Table, View};

/// Items that a test gives, one after the other.
#[derive(Default)]
pub struct PlayedFeed {
    items: VecDeque<FeedItem>,
    waker: Option<Waker>,
}

impl Feed for PlayedFeed {
    fn poll_next(&mut self, cx: &mut TaskContext<'_>) -> Poll<FeedItem> {
        match self.items.pop_front() {
            Some(item) => Poll::Ready(item),
            None => {
                self.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// What the link answers to an action; `None` leaves it without an answer.
pub type Script = Box<dyn FnMut(&str) -> Option<Result<Answer, ActionFailure>>>;

/// What was sent and asked, shared with the test.
#[derive(Default)]
pub struct Sent {
    /// Actions, as they would stand on the wire.
    pub actions: Vec<String>,
    /// Doubts.
    pub asks: Vec<AskLink>,
}

/// A link that the test plays.
struct PlayedLink {
    sent: Rc<RefCell<Sent>>,
    script: Script,
}

impl Actor for PlayedLink {
    type Context = Context<Self>;
}

impl Handler<SendAction> for PlayedLink {
    type Result = ResponseFuture<Result<Answer, ActionFailure>>;
    fn handle(&mut self, send: SendAction, _: &mut Context<Self>) -> Self::Result {
        let mut wire = Vec::new();
        let _ = send.action.encode("t-1", &mut wire);
        let wire = String::from_utf8_lossy(&wire).into_owned();
        let answer = (self.script)(&wire);
        self.sent.borrow_mut().actions.push(wire);
        Box::pin(async move {
            match answer {
                Some(answer) => answer,
                None => {
                    tokio::time::sleep(send.deadline).await;
                    Err(ActionFailure::TimedOut)
                }
            }
        })
    }
}

impl Handler<AskLink> for PlayedLink {
    type Result = ();
    fn handle(&mut self, ask: AskLink, _: &mut Context<Self>) {
        self.sent.borrow_mut().asks.push(ask);
    }
}

/// A journal of walks and visits only.
#[derive(Default)]
pub struct Walked(parking_lot::Mutex<Vec<What>>);

impl Walked {
    /// In the order they were noted.
    pub fn facts(&self) -> Vec<What> {
        self.0.lock().clone()
    }
}

impl Journal for Walked {
    fn note(&self, _: &PbxName, fact: &Fact) {
        if let What::Walk(_) | What::Visit(_) = fact.what {
            self.0.lock().push(fact.what.clone());
        }
    }
}

/// See the module.
pub struct TestFloor {
    /// Top of the supervision tree.
    pub root: Arc<Node>,
    /// Supervisors of the PBX.
    pub tree: PbxTree,
    /// Its actors.
    pub actors: PbxActors,
    /// Where views stand; published by [`TestFloor::settled`].
    pub board: Arc<Board>,
    /// Ended calls.
    pub history: Arc<History>,
    /// What was journalled of callers in flows.
    pub walked: Arc<Walked>,
    /// Counters.
    pub counters: Arc<PbxCounters>,
    /// Where commands go.
    pub registry: Registry,
    /// What the actors sent.
    pub sent: Rc<RefCell<Sent>>,
    feed: Rc<RefCell<PlayedFeed>>,
}

impl TestFloor {
    /// A floor whose link says `Success` to every action.
    pub fn start(settings: Settings) -> Self {
        Self::start_with(settings, Contexts::default(), Box::new(|_| Some(Ok(success()))))
    }

    /// A floor whose link answers as the script says.
    pub fn start_with(settings: Settings, contexts: Contexts, script: Script) -> Self {
        let sent = Rc::new(RefCell::new(Sent::default()));
        let link = PlayedLink { sent: sent.clone(), script }.start();
        let settings = Arc::new(settings);
        let root = Node::root("test");
        let tree = PbxTree::new(&root, &settings.pbx);
        let board = Board::new(Limits::default());
        let walked = Arc::new(Walked::default());
        let history = Arc::new(History::with_journal(100_000, walked.clone()));
        let counters = Arc::new(PbxCounters::default());
        let parts = Parts {
            settings: settings.clone(),
            contexts,
            numbers: Arc::default(),
            board: board.clone(),
            history: history.clone(),
            counters: counters.clone(),
            actions: link.clone().recipient(),
            doubts: link.recipient(),
        };
        let feed = Rc::new(RefCell::new(PlayedFeed::default()));
        let actors = tree.start(parts, feed.clone());
        let registry = Registry::default();
        registry.add(settings.pbx.clone(), actors.registry.clone());
        registry.add_walks(settings.pbx.clone(), actors.walks.clone());
        Self { root, tree, actors, board, history, walked, counters, registry, sent, feed }
    }

    /// Gives the router one item more.
    pub fn feed(&self, item: FeedItem) {
        let mut feed = self.feed.borrow_mut();
        feed.items.push_back(item);
        if let Some(waker) = feed.waker.take() {
            waker.wake();
        }
    }

    /// Gives it an event.
    pub fn event(&self, frame: Frame) {
        self.feed(FeedItem::Event(frame.into()));
    }

    /// Returns when everything given was worked on and published. Needs a paused clock.
    pub async fn settled(&self) {
        // restarts pause up to 250 ms, rows wait up to 20 ms
        tokio::time::sleep(Duration::from_millis(600)).await;
        while self.board.publish() {}
    }

    /// The published rows of a table, by id.
    pub fn rows(&self, table: Table) -> BTreeMap<String, View> {
        self.board
            .lines(table)
            .into_iter()
            .map(|line| (line.view.id().to_string(), (*line.view).clone()))
            .collect()
    }

    /// An actor's control block, by a part of its name.
    pub fn actor(&self, name: &str) -> Option<Arc<crate::supervision::Meta>> {
        let all = self.tree.entities.workers().into_iter().chain(self.tree.spine.workers());
        all.into_iter().find(|meta| meta.name().contains(name))
    }
}

/// `Response: Success`.
pub fn success() -> Answer {
    let response = Frame::new(Bytes::from_static(b"Response: Success\r\nMessage: done\r\n\r\n"));
    Answer { response, items: Vec::new() }
}

/// A frame from lines without their ends; `Privilege` and `Timestamp` are put in.
pub fn frame(event: &str, at_ms: i64, lines: &[(&str, &str)]) -> Frame {
    let mut text = format!(
        "Event: {event}\r\nPrivilege: call,all\r\nTimestamp: {}.{:03}000\r\n",
        at_ms / 1000,
        at_ms % 1000
    );
    for (name, value) in lines {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    Frame::new(Bytes::from(text))
}

/// The headers that every event of a channel has.
pub fn channel_event(event: &str, at_ms: i64, channel: &Channel<'_>, more: &[(&str, &str)]) -> Frame {
    let state = channel.state.to_string();
    let words = ["Down", "Rsrvd", "OffHook", "Dialing", "Ring", "Ringing", "Up", "Busy"];
    let mut lines = vec![
        ("Channel", channel.name),
        ("ChannelState", state.as_str()),
        ("ChannelStateDesc", words.get(channel.state as usize).copied().unwrap_or("Unknown")),
        ("CallerIDNum", channel.number),
        ("CallerIDName", "<unknown>"),
        ("ConnectedLineNum", "<unknown>"),
        ("ConnectedLineName", "<unknown>"),
        ("Language", "en"),
        ("AccountCode", ""),
        ("Context", "from-phones"),
        ("Exten", channel.exten),
        ("Priority", "1"),
        ("Uniqueid", channel.uniqueid),
        ("Linkedid", channel.linkedid),
    ];
    lines.extend_from_slice(more);
    frame(event, at_ms, &lines)
}

/// A channel in a made-up event.
#[derive(Debug, Clone, Copy)]
pub struct Channel<'a> {
    /// `PJSIP/1001-00000001`
    pub name: &'a str,
    /// `1795224504.1`
    pub uniqueid: &'a str,
    /// Of its call.
    pub linkedid: &'a str,
    /// 0 to 7.
    pub state: u8,
    /// Caller id number.
    pub number: &'a str,
    /// Dialplan extension.
    pub exten: &'a str,
}
