//! One AMI link without anything behind it: a reader that stands where the router stands.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::Addr;
use actors::board::{Board, Limits};
use actors::ports::{
    ActionFailure, Answer, AskLink, Compared, Feed, FeedItem, LinkChange, Listing, SendAction,
};
use actors::view::{AlarmView, LinkPhase, PbxView, Table, View};
use asterisk::ami::Action;
use vigie::config::{PbxConfig, Secret};
use vigie::links::ami::{Link, LinkActor};

/// How a link to `127.0.0.1:port` is configured.
pub fn config(port: u16) -> PbxConfig {
    let account = PbxConfig::new("pbx", "127.0.0.1", port);
    PbxConfig {
        username: "vigie".into(),
        secret: Secret::new("vigie"),
        tls_name: "localhost".into(),
        ..account
    }
}

/// A link that is read, and what was read of it.
pub struct LinkUnderTest {
    link: Rc<RefCell<Link>>,
    actor: Addr<LinkActor>,
    /// Where the link shows itself.
    pub board: Arc<Board>,
    /// Events read.
    pub events: u64,
    /// Link changes read, in order.
    pub changes: Vec<LinkChange>,
    /// Listings, probes and queues read, in order.
    pub items: Vec<FeedItem>,
    /// How listings are answered: the rounds that ask for a second look.
    pub look_again: bool,
}

impl LinkUnderTest {
    /// Must be called within an actix system.
    pub fn start(config: &PbxConfig) -> Self {
        let board = Board::new(Limits::default());
        let link = Link::new(config, Arc::clone(&board)).expect("the link can be made");
        let link = Rc::new(RefCell::new(link));
        let actor = LinkActor::alone(Rc::clone(&link));
        Self { link, actor, board, events: 0, changes: Vec::new(), items: Vec::new(), look_again: false }
    }

    /// Reads until `wanted` says yes; panics with the row after `within`. Gives how long it took.
    pub async fn until(&mut self, what: &str, within: Duration, wanted: impl Fn(&Self) -> bool) -> Duration {
        let began = Instant::now();
        loop {
            self.board.publish();
            if wanted(self) {
                return began.elapsed();
            }
            assert!(began.elapsed() < within, "not within {within:?}: {what}: {:?}", self.pbx());
            let link = Rc::clone(&self.link);
            let next = poll_fn(move |cx| link.borrow_mut().poll_next(cx));
            if let Ok(item) = tokio::time::timeout(Duration::from_millis(5), next).await {
                self.take(item);
            }
        }
    }

    /// Reads for that long.
    pub async fn read_for(&mut self, time: Duration) {
        let began = Instant::now();
        self.until("time to pass", time + Duration::from_secs(5), |_| began.elapsed() >= time).await;
    }

    fn take(&mut self, item: FeedItem) {
        match item {
            FeedItem::Event(_) => self.events += 1,
            FeedItem::Unheard(unheard) => self.events += u64::from(unheard.count),
            FeedItem::Link(change) => self.changes.push(change),
            FeedItem::Listing(listing) => {
                let compared = Compared {
                    round: listing.round,
                    channels: listing.channels.as_ref().map_or(0, |c| c.len() as u32),
                    look_again: self.look_again && listing.round == 1,
                    ..Compared::default()
                };
                self.ask(AskLink::Compared(Box::new(compared)));
                self.items.push(FeedItem::Listing(listing));
            }
            FeedItem::Abilities(_) => {} // of no interest to what is listed
            other => self.items.push(other),
        }
    }

    /// Whether a listing was read that is so.
    pub fn listed(&self, so: impl Fn(&Listing) -> bool) -> bool {
        self.items.iter().any(|item| matches!(item, FeedItem::Listing(listing) if so(listing)))
    }

    /// As callers in AsyncAGI have it.
    pub fn line(&self) -> vigie::links::agi::by_ami::Line {
        let tap = self.link.borrow().tap();
        vigie::links::agi::by_ami::Line { pbx: "lab".into(), tap, actions: self.actor.clone().recipient() }
    }

    /// Asks the link.
    pub fn ask(&self, ask: AskLink) {
        self.actor.do_send(ask);
    }

    /// Sends an action, reading meanwhile.
    pub async fn send(&mut self, action: Action, deadline: Duration) -> Result<Answer, ActionFailure> {
        let answer = self.actor.send(SendAction { action, deadline });
        tokio::pin!(answer);
        loop {
            let link = Rc::clone(&self.link);
            let next = poll_fn(move |cx| link.borrow_mut().poll_next(cx));
            tokio::select! {
                answer = &mut answer => return answer.expect("the link's actor lives"),
                item = next => self.take(item),
            }
        }
    }

    /// Its row.
    pub fn pbx(&self) -> PbxView {
        let line = self.board.line(Table::Pbxs, "pbx").expect("a row of the PBX");
        match &*line.view {
            View::Pbx(view) => view.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Its state.
    pub fn phase(&self) -> LinkPhase {
        self.pbx().link
    }

    /// Alarms of that kind that stand.
    pub fn alarms(&self, kind: &str) -> Vec<AlarmView> {
        let alarms = self.board.lines(Table::Alarms).into_iter().filter_map(|line| match &*line.view {
            View::Alarm(alarm) => Some(alarm.clone()),
            _ => None,
        });
        alarms.filter(|a| a.kind == kind && a.ended_ms.is_none()).collect()
    }

    /// A counter by its name.
    pub fn counter(&self, name: &str) -> u64 {
        let counters = self.link.borrow().counters().read();
        counters.into_iter().find(|(n, _, _)| *n == name).map_or(0, |(_, _, value)| value)
    }
}
