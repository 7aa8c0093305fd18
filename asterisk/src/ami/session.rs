//! Which answer belongs to which action: ids, deadlines, lists. No I/O and no clock.
//!
//! ```text
//! send(action, token) ──▶ waits ──Response: Error──────────────▶ Refused
//!                           │  └──Response: Success─────────────▶ Answer without items
//!                           └─Response with EventList: start──▶ collects items
//!                                   EventList: Complete, count fits ──▶ Answer with items
//!                                   count does not fit, too large, cancelled ──▶ Incomplete
//! expire(now): TimedOut      disconnected(): every token at once
//! ```
//!
//! * An answer is matched by its ActionID alone, never by order: responses and events are not ordered
//!   relative to each other. An id holds the name of one connection and a number that is used once,
//!   so an answer that is late, doubled or meant for another finds nobody and is counted (F21).
//! * A list is given out whole or not at all (F22).
//! * What waits is bounded in number, a list in items and bytes.
//! * Times are durations since any fixed instant of the caller's own choice.
//!
//! One session serves one connection; the next connection gets a new one with another name.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Action, ActionError, Kind, Message};

/// What a session may hold.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Actions that wait for an answer.
    pub waiting: usize,
    /// Items of one list.
    pub items: usize,
    /// Bytes of one list.
    pub bytes: usize,
}

impl Default for SessionLimits {
    /// A list of 200,000 channels fits.
    fn default() -> Self {
        Self { waiting: 1_000, items: 200_000, bytes: 256 * 1024 * 1024 }
    }
}

/// What the PBX said to an action that it did not refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// `Response: Success` (or `Goodbye`), with what stands in it (`Output`, `Value`, `Challenge` ...).
    pub response: Message,
    /// The items of a list, without its `...Complete`.
    pub items: Vec<Message>,
}

/// Why the PBX's answer is no good one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// `Response: Error` with this `Message`.
    Refused(String),
    /// A list that was cut, cancelled, too large, or whose `ListItems` does not fit what came.
    Incomplete,
}

/// What a message turned out to be.
#[derive(Debug)]
pub enum Received<T> {
    /// An event for those who follow the PBX.
    Event(Message),
    /// Part of an answer that is not whole yet.
    Part,
    /// The answer to the action sent with that token.
    Answer(T, Result<Reply, Failure>),
    /// An answer, or a part of one, to nothing that waits: counted, of no use.
    Stray,
    /// No healthy Asterisk sends this: neither event nor response, or an event whose second line is
    /// not `Privilege` although it answers nothing of ours (S02).
    Odd(Message),
}

/// Why an action was not sent; the token comes back with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSent {
    /// [`SessionLimits::waiting`] actions wait already.
    Busy,
    /// It must not go on the wire.
    Unsound(ActionError),
}

/// What was thrown away so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strays {
    /// Answers with an id given out by this session that no longer waits: late or doubled.
    pub late: u64,
    /// Answers with an id that this session never gave out, or with none.
    pub foreign: u64,
    /// Lists that were not whole.
    pub incomplete: u64,
    /// Actions whose deadline passed.
    pub timed_out: u64,
}

struct Waiting<T> {
    token: T,
    deadline: Duration,
    list: Option<List>,
}

struct List {
    response: Message,
    items: Vec<Message>,
    /// Items that came, `AuthDetail` aside.
    came: usize,
    auth_details: usize,
    bytes: usize,
}

/// The actions of one connection that wait for an answer. `T` is what the caller wants back with it.
pub struct Session<T> {
    prefix: String,
    next: u64,
    waiting: BTreeMap<u64, Waiting<T>>,
    open_lists: usize,
    limits: SessionLimits,
    strays: Strays,
}

impl<T> Session<T> {
    /// A session whose ids are `v-<name>-<number>`. The name says which of us and which connection:
    /// unlike that of any other, of letters and digits (others are left out).
    pub fn new(name: &str, limits: SessionLimits) -> Self {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        Self {
            prefix: format!("v-{name}-"),
            next: 1,
            waiting: BTreeMap::new(),
            open_lists: 0,
            limits,
            strays: Strays::default(),
        }
    }

    /// Writes the action behind `out`, with an id of its own, to be answered by `deadline`.
    pub fn send(
        &mut self,
        action: &Action,
        token: T,
        deadline: Duration,
        out: &mut Vec<u8>,
    ) -> Result<(), (T, NotSent)> {
        if self.waiting.len() >= self.limits.waiting {
            return Err((token, NotSent::Busy));
        }
        let number = self.next;
        if let Err(e) = action.encode(&format!("{}{number}", self.prefix), out) {
            return Err((token, NotSent::Unsound(e)));
        }
        self.next += 1;
        self.waiting.insert(number, Waiting { token, deadline, list: None });
        Ok(())
    }

    /// Sorts one message of the connection.
    pub fn receive(&mut self, message: Message) -> Received<T> {
        match message.kind() {
            Kind::Event => self.event(message),
            Kind::Response => self.response(message),
            Kind::Other => Received::Odd(message),
        }
    }

    fn event(&mut self, message: Message) -> Received<T> {
        let is_news = message.privilege_is_second();
        if is_news && self.open_lists == 0 {
            return Received::Event(message);
        }
        // Items have their ActionID second, or last (`QueueMember`, `ParkedCall`); `Status` and
        // `PeerStatus` have a Privilege as well.
        let number = message.get("ActionID").and_then(|id| self.number(id));
        if let Some(number) = number
            && self.waiting.get(&number).is_some_and(|w| w.list.is_some())
        {
            return self.item(number, message);
        }
        match (is_news, number) {
            (true, _) => Received::Event(message),
            (false, Some(_)) => self.late(),
            (false, None) => Received::Odd(message),
        }
    }

    fn response(&mut self, message: Message) -> Received<T> {
        let Some(number) = message.get("ActionID").and_then(|id| self.number(id)) else {
            self.strays.foreign += 1;
            return Received::Stray;
        };
        let Some(waiting) = self.waiting.get_mut(&number).filter(|w| w.list.is_none()) else {
            return self.late();
        };
        if message.get("Response").is_some_and(|r| r.eq_ignore_ascii_case(b"Error")) {
            let words = message.text("Message").unwrap_or_default().trim().to_owned();
            return self.done(number, Err(Failure::Refused(words)));
        }
        if message.get("EventList").is_some_and(|v| v.eq_ignore_ascii_case(b"start")) {
            waiting.list =
                Some(List { response: message, items: Vec::new(), came: 0, auth_details: 0, bytes: 0 });
            self.open_lists += 1;
            return Received::Part;
        }
        self.done(number, Ok(Reply { response: message, items: Vec::new() }))
    }

    fn item(&mut self, number: u64, message: Message) -> Received<T> {
        let Some(list) = self.waiting.get_mut(&number).and_then(|w| w.list.as_mut()) else {
            return self.late();
        };
        if let Some(end) = message.get("EventList") {
            let told = message.get("ListItems").map(|n| String::from_utf8_lossy(n).trim().parse::<usize>());
            let fits = match told {
                None => true,
                Some(Ok(told)) => told == list.came || told == list.came + list.auth_details,
                Some(Err(_)) => false,
            };
            if !end.eq_ignore_ascii_case(b"Complete") || !fits {
                return self.incomplete(number);
            }
            let Some(list) = self.waiting.get_mut(&number).and_then(|w| w.list.take()) else {
                return self.late();
            };
            self.open_lists -= 1;
            return self.done(number, Ok(Reply { response: list.response, items: list.items }));
        }
        // Passwords of trunks: `PJSIPShowRegistrationsOutbound` sends them, without counting them,
        // `PJSIPShowEndpoint` counts them. They are kept nowhere.
        if message.event() == "AuthDetail" {
            list.auth_details += 1;
            return Received::Part;
        }
        list.came += 1;
        list.bytes += message.bytes().len();
        if list.came > self.limits.items || list.bytes > self.limits.bytes {
            return self.incomplete(number);
        }
        list.items.push(message);
        Received::Part
    }

    fn incomplete(&mut self, number: u64) -> Received<T> {
        self.strays.incomplete += 1;
        self.done(number, Err(Failure::Incomplete))
    }

    fn late(&mut self) -> Received<T> {
        self.strays.late += 1;
        Received::Stray
    }

    fn done(&mut self, number: u64, result: Result<Reply, Failure>) -> Received<T> {
        match self.forget(number) {
            Some(token) => Received::Answer(token, result),
            None => self.late(),
        }
    }

    fn forget(&mut self, number: u64) -> Option<T> {
        let waiting = self.waiting.remove(&number)?;
        self.open_lists -= usize::from(waiting.list.is_some());
        Some(waiting.token)
    }

    /// The number in an id that this session gave out.
    fn number(&self, action_id: &[u8]) -> Option<u64> {
        let digits = action_id.strip_prefix(self.prefix.as_bytes())?;
        let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
        (number < self.next).then_some(number)
    }

    /// Actions that wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// When the first of them is to be given up.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.waiting.values().map(|w| w.deadline).min()
    }

    /// Gives up those whose deadline is `now` or earlier; an answer that comes later is a stray.
    pub fn expire(&mut self, now: Duration) -> Vec<T> {
        let late: Vec<u64> =
            self.waiting.iter().filter(|(_, w)| w.deadline <= now).map(|(number, _)| *number).collect();
        self.strays.timed_out += late.len() as u64;
        late.into_iter().filter_map(|number| self.forget(number)).collect()
    }

    /// Gives up all at once: the connection is gone (L12).
    pub fn disconnected(&mut self) -> Vec<T> {
        self.open_lists = 0;
        std::mem::take(&mut self.waiting).into_values().map(|w| w.token).collect()
    }

    /// What was thrown away so far.
    pub fn strays(&self) -> Strays {
        self.strays
    }
}
