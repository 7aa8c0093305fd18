//! Today, as it happens: the same book, kept in memory and told every fact.
//!
//! Loaded once at the start from what is stored; whatever is told twice counts once. At the day's start a
//! new book begins with who is what. Who tells it may have to wait for who asks: see `app::figures`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use actors::fact::Fact;
use actors::keys::PbxName;
use parking_lot::Mutex;

use super::book::{Book, Report};
use super::formula::{Charge, Rules};
use super::happened::Happened;
use super::period::{Calendar, Period};
use super::wrap_up::WrapUps;

/// What there is of today.
#[derive(Debug, Clone)]
pub struct Today {
    /// When it was so, µs since 1970.
    pub at: i64,
    /// From the day's start until now.
    pub period: Period,
    /// The figures.
    pub report: Report,
    /// What was stored before the start was loaded: before that, only what happened since the start is in.
    pub whole: bool,
    /// Not counted, because too much happened.
    pub dropped: u64,
}

/// Counted anew at most that often, however many ask.
const FRESH_US: i64 = 1_000_000;

struct Inner {
    /// As it was last given.
    given: Option<Arc<Today>>,
    book: Book,
    wrap_ups: WrapUps,
    whole: bool,
    /// Told since the start, until what is stored was loaded.
    meanwhile: Option<Vec<Happened>>,
}

/// Facts that are kept for loading; after more, today is not whole.
const MOST_MEANWHILE: usize = 500_000;

/// See the module.
pub struct Live {
    calendar: Calendar,
    rules: Rules,
    inner: Mutex<Inner>,
    /// Facts that never came to be counted.
    lost: AtomicU64,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").field("calendar", &self.calendar).finish_non_exhaustive()
    }
}

/// Now, µs since 1970 UTC.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

impl Live {
    /// Of the day in which that instant lies.
    pub fn new(calendar: Calendar, rules: Rules, at: i64) -> Arc<Self> {
        let book = Book::new(today(&calendar, at), rules, Charge::Arrival).told_again();
        let inner = Inner {
            given: None,
            book,
            wrap_ups: WrapUps::default(),
            whole: false,
            meanwhile: Some(Vec::new()),
        };
        Arc::new(Self { calendar, rules, inner: Mutex::new(inner), lost: AtomicU64::new(0) })
    }

    /// When its days begin, and where.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// By which rules it counts.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// The day that it counts.
    pub fn period(&self) -> Period {
        self.inner.lock().book.period()
    }

    /// A fact could not be told: there were too many.
    pub fn lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes note.
    pub fn take(&self, happened: &Happened) {
        let mut inner = self.inner.lock();
        if let Some(at) = instant(happened) {
            self.turn(&mut inner, at);
        }
        if let Some(meanwhile) = &mut inner.meanwhile {
            meanwhile.push(happened.clone());
            if meanwhile.len() > MOST_MEANWHILE {
                inner.meanwhile = None;
            }
        }
        inner.take(happened);
    }

    /// Begins anew with what is stored of that period, in order; what was told since the start follows.
    /// Nothing happens when the day is another meanwhile, or when it was loaded before.
    pub fn load(&self, period: Period, stored: &[Happened]) {
        let book = Book::new(period, self.rules, Charge::Arrival).told_again();
        let mut fresh =
            Inner { given: None, book, wrap_ups: WrapUps::default(), whole: true, meanwhile: None };
        stored.iter().for_each(|happened| fresh.take(happened));
        let mut inner = self.inner.lock();
        if inner.book.period() == period
            && let Some(meanwhile) = inner.meanwhile.take()
        {
            meanwhile.iter().for_each(|happened| fresh.take(happened));
            *inner = fresh;
        }
    }

    /// Whether today is waiting for what is stored.
    pub fn wants_loading(&self) -> bool {
        self.inner.lock().meanwhile.is_some()
    }

    /// The figures at that instant.
    pub fn today(&self, at: i64) -> Arc<Today> {
        let mut inner = self.inner.lock();
        if let Some(given) = inner.given.as_ref().filter(|given| (0..FRESH_US).contains(&(at - given.at))) {
            return given.clone();
        }
        self.turn(&mut inner, at);
        let period = inner.book.period();
        let report = inner.book.report(at);
        let period = Period { to: period.to.min(at), ..period };
        let dropped = inner.book.dropped() + self.lost.load(Ordering::Relaxed);
        let today = Arc::new(Today { at, period, report, whole: inner.whole, dropped });
        inner.given = Some(today.clone());
        today
    }

    /// Another day begins.
    fn turn(&self, inner: &mut Inner, at: i64) {
        let period = inner.book.period();
        // a fact of a clock that is far off must not make an old day of today
        if at >= period.to && at < now() + 3_600_000_000 {
            inner.book = inner.book.next(today(&self.calendar, at));
            inner.whole = true;
            inner.meanwhile = None;
        }
    }
}

impl Inner {
    fn take(&mut self, happened: &Happened) {
        if let Some(over) = self.wrap_ups.take(happened) {
            self.book.take(&Happened::WrapUp(over));
        }
        self.book.take(happened);
    }
}

fn today(calendar: &Calendar, at: i64) -> Period {
    const DAY: i64 = 86_400_000_000;
    calendar.today(at).unwrap_or(Period { from: at - at.rem_euclid(DAY), to: at - at.rem_euclid(DAY) + DAY })
}

fn instant(happened: &Happened) -> Option<i64> {
    match happened {
        Happened::Stay(stay) => Some(stay.left),
        Happened::Contact(contact) => Some(contact.ended),
        Happened::Availability { at, .. } | Happened::Activity { at, .. } => Some(*at),
        Happened::Membership { at, .. } | Happened::Watched { at, .. } => Some(*at),
        Happened::WrapUp(_) => None,
    }
}

impl actors::registry::Journal for Live {
    fn note(&self, pbx: &PbxName, fact: &Fact) {
        if let Some(happened) = Happened::of(pbx, fact) {
            self.take(&happened);
        }
    }
}
