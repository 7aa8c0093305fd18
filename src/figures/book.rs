//! Everything of one period.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use super::alike::{Contacts, Stays, Summed};
use super::desk::{AgentDay, Desk};
use super::formula::{Charge, Rules};
use super::happened::{Contact, Happened, Stay, WrapUp};
use super::period::Period;
use super::sums::Sums;

/// PBX and queue, or PBX and endpoint.
pub type Place = (String, String);

/// What stands in a book.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// By PBX and queue.
    pub queues: BTreeMap<Place, Sums>,
    /// By PBX and endpoint.
    pub agents: BTreeMap<Place, AgentDay>,
}

impl Report {
    /// The sums of several queues together. The time of an agent is in them once, however many of these queues he
    /// is a member of: what each queue says of its members' time does not add up.
    pub fn of_queues(&self, wanted: impl Fn(&Place) -> bool) -> Sums {
        let mut total = Sums::default();
        for (_, sums) in self.queues.iter().filter(|(place, _)| wanted(place)) {
            total.add_calls(sums);
        }
        for ((pbx, _), day) in &self.agents {
            for time in &day.in_queues {
                if time.queues.iter().any(|queue| wanted(&(pbx.clone(), queue.clone()))) {
                    total.time(time.busy_ms, time.idle_ms);
                }
            }
        }
        total
    }
}

/// How a PBX is followed.
#[derive(Debug, Clone, Copy, Default)]
struct Watch {
    run: i64,
    on: bool,
    /// Lost from sight then.
    lost: i64,
}

/// Whoever tells a fact twice is not counted twice.
#[derive(Debug, Clone, Default)]
struct Seen {
    hasher: RandomState,
    keys: std::collections::HashMap<u64, (bool, bool)>,
}

/// Keys that are remembered; what comes when there are more is not counted.
const MOST_SEEN: usize = 2_000_000;

/// Takes what happened, in the order of its time, and keeps sums. Stays, legs and wrap-ups may come in
/// any order.
#[derive(Debug, Clone)]
pub struct Book {
    rules: Rules,
    charge: Charge,
    period: Period,
    queues: BTreeMap<Place, Sums>,
    desks: BTreeMap<Place, Desk>,
    watches: BTreeMap<String, Watch>,
    seen: Option<Seen>,
    spans: bool,
    dropped: u64,
}

impl Book {
    /// Of that period. What it takes is told once, as a database keeps it.
    pub fn new(period: Period, rules: Rules, charge: Charge) -> Self {
        Self {
            rules,
            charge,
            period,
            queues: BTreeMap::new(),
            desks: BTreeMap::new(),
            watches: BTreeMap::new(),
            seen: None,
            spans: false,
            dropped: 0,
        }
    }

    /// The same of facts as they come: some are told again.
    #[must_use]
    pub fn told_again(self) -> Self {
        Self { seen: Some(Seen::default()), ..self }
    }

    /// The same with each agent's intervals.
    #[must_use]
    pub fn with_spans(self) -> Self {
        Self { spans: true, ..self }
    }

    /// To which period it takes a call to belong.
    pub fn counted_by(&self) -> Charge {
        self.charge
    }

    /// By which rules it counts.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// Which.
    pub fn period(&self) -> Period {
        self.period
    }

    /// Not counted, because too much happened.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Takes note.
    pub fn take(&mut self, happened: &Happened) {
        match happened {
            Happened::Stay(stay) => self.stay(stay),
            Happened::Contact(contact) => self.contact(contact),
            Happened::WrapUp(w) => {
                let at = if self.charge == Charge::Arrival { w.arrived } else { w.since };
                let key = ("wrap-up", &w.pbx, &w.endpoint, w.since);
                if self.period.has(at) && self.remember(key, (false, false)) == Some(None) {
                    self.wrapped(w);
                }
            }
            Happened::Availability { pbx, endpoint, at, availability, reason } => {
                self.charge(pbx, endpoint, *at);
                self.desk(pbx, endpoint).availability(*at, *availability, reason.clone());
            }
            Happened::Activity { pbx, endpoint, at, activity, queue, .. } => {
                self.charge(pbx, endpoint, *at);
                self.desk(pbx, endpoint).activity(*at, *activity, queue.clone());
            }
            Happened::Membership { pbx, queue, endpoint, at, member } => {
                self.charge(pbx, endpoint, *at);
                let queues = &mut self.desk(pbx, endpoint).queues;
                if *member {
                    queues.insert(queue.clone(), *at);
                } else {
                    queues.remove(queue);
                }
            }
            Happened::Watched { pbx, run, at, on } => self.watch(pbx, *run, *at, *on),
        }
    }

    fn watch(&mut self, pbx: &str, run: i64, at: i64, on: bool) {
        let before = self.watches.get(pbx).copied().unwrap_or_default();
        if on == before.on && run == before.run {
            return;
        }
        let theirs: Vec<String> = self.of(pbx).cloned().collect();
        for endpoint in &theirs {
            self.charge(pbx, endpoint, at);
        }
        let lost = if before.on { at } else { before.lost };
        if on && run != before.run {
            for endpoint in &theirs {
                self.desk(pbx, endpoint).forget(before.lost);
            }
        }
        self.watches.insert(pbx.to_owned(), Watch { run, on, lost });
    }

    fn of(&self, pbx: &str) -> impl Iterator<Item = &String> {
        let from = (pbx.to_owned(), String::new());
        self.desks.range(from..).map_while(move |((of, endpoint), _)| (of == pbx).then_some(endpoint))
    }

    fn queue(&mut self, pbx: &str, queue: &str) -> &mut Sums {
        self.queues.entry((pbx.to_owned(), queue.to_owned())).or_default()
    }

    fn desk(&mut self, pbx: &str, endpoint: &str) -> &mut Desk {
        self.desks.entry((pbx.to_owned(), endpoint.to_owned())).or_default()
    }

    /// Charges an agent, and the queues he is a member of, for the time until then.
    fn charge(&mut self, pbx: &str, endpoint: &str, until: i64) {
        let watched = self.watches.get(pbx).is_some_and(|watch| watch.on);
        let (period, spans) = (self.period, self.spans);
        let desk = self.desk(pbx, endpoint);
        let (busy, idle) = desk.charge(until, watched, &period, spans);
        if busy + idle > 0 {
            let (busy, idle) = (busy / 1000, idle / 1000);
            desk.sums.time(busy, idle);
            desk.in_queues(busy, idle);
            let queues: Vec<String> = desk.queues.keys().cloned().collect();
            for queue in queues {
                self.queue(pbx, &queue).time(busy, idle);
            }
        }
    }

    /// What of it was counted before; `None`: there is no room to remember more.
    fn remember(&mut self, key: impl std::hash::Hash, now: (bool, bool)) -> Option<Option<(bool, bool)>> {
        let Some(seen) = &mut self.seen else { return Some(None) };
        let key = seen.hasher.hash_one(key);
        if seen.keys.len() >= MOST_SEEN && !seen.keys.contains_key(&key) {
            self.dropped += 1;
            return None;
        }
        Some(seen.keys.insert(key, now))
    }

    fn stay(&mut self, stay: &Stay) {
        let at = if self.charge == Charge::Arrival { stay.joined } else { stay.left };
        if !self.period.has(at) {
            return;
        }
        let key = ("stay", &stay.pbx, &stay.uniqueid, &stay.queue, stay.joined);
        if self.remember(key, (false, false)) == Some(None) {
            let rules = self.rules;
            let sums = self.queue(&stay.pbx, &stay.queue);
            sums.stays(&Stays::one(stay), &rules);
            if let Some(waited) = stay.waited().filter(|_| stay.was_taken()) {
                sums.taken(waited);
            }
        }
    }

    fn contact(&mut self, contact: &Contact) {
        let at = if self.charge == Charge::Arrival { contact.arrived } else { contact.ended };
        if !self.period.has(at) {
            return;
        }
        let key = ("contact", &contact.pbx, contact.epoch, &contact.uniqueid);
        let Some(before) = self.remember(key, (contact.transferred, contact.missed)) else { return };
        if let Some((transferred, missed)) = before {
            self.count(&Contacts::one(&Contact { transferred, missed, ..contact.clone() }), -1);
        }
        self.count(&Contacts::one(contact), 1);
    }

    fn count(&mut self, contacts: &Contacts, sign: i64) {
        let rules = self.rules;
        if let Some(queue) = &contacts.queue {
            self.queue(&contacts.pbx, queue).contacts(contacts, &rules, sign);
        }
        self.desk(&contacts.pbx, &contacts.endpoint).sums.contacts(contacts, &rules, sign);
    }

    /// Takes note of what was summed where it is stored: all of it is of the period, and told once.
    pub fn take_summed(&mut self, summed: &Summed) {
        let rules = self.rules;
        match summed {
            Summed::Stays { one, times, waits, longest } => {
                let stays = Stays { one, times: *times, waits: *waits, longest: *longest };
                self.queue(&one.pbx, &one.queue).stays(&stays, &rules);
            }
            Summed::Contacts { one, times } => self.count(&Contacts { one, times: *times }, 1),
            Summed::WrapUps(all) => self.wrapped(all),
            Summed::HoldTime { pbx, queue, seconds } => self.queue(pbx, queue).all_taken(*seconds),
        }
    }

    fn wrapped(&mut self, wrap_up: &WrapUp) {
        let micros = (wrap_up.until - wrap_up.since).max(0);
        self.queue(&wrap_up.pbx, &wrap_up.queue).wrap_up(micros);
        self.desk(&wrap_up.pbx, &wrap_up.endpoint).sums.wrap_up(micros);
    }

    /// What stands in it at that instant, which is the end of what is charged.
    pub fn report(&self, now: i64) -> Report {
        let mut book = self.clone_without_memory();
        let all: Vec<Place> = book.desks.keys().cloned().collect();
        for (pbx, endpoint) in &all {
            book.charge(pbx, endpoint, now);
        }
        let period = Period { to: self.period.to.min(now), ..self.period };
        let desks = std::mem::take(&mut book.desks);
        let agents = desks.into_iter().filter(|(_, desk)| !desk.is_blank());
        Report {
            queues: book.queues,
            agents: agents.map(|(place, desk)| (place, desk.day(&period))).collect(),
        }
    }

    fn clone_without_memory(&self) -> Self {
        Self {
            queues: self.queues.clone(),
            desks: self.desks.clone(),
            watches: self.watches.clone(),
            seen: None,
            ..Self::new(self.period, self.rules, self.charge)
        }
        .spans_if(self.spans)
    }

    fn spans_if(self, spans: bool) -> Self {
        Self { spans, ..self }
    }

    /// The book of another period, for which who is what now is the beginning.
    pub fn next(&self, period: Period) -> Self {
        let mut now = self.clone_without_memory();
        let all: Vec<Place> = now.desks.keys().cloned().collect();
        for (pbx, endpoint) in &all {
            now.charge(pbx, endpoint, period.from);
        }
        let next = Self::new(period, self.rules, self.charge).spans_if(self.spans);
        let desks = now.desks.iter().map(|(place, desk)| (place.clone(), desk.carried())).collect();
        let seen = self.seen.is_some().then(Seen::default);
        Self { desks, watches: self.watches.clone(), seen, ..next }
    }
}
