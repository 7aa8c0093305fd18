//! Named faults for tests and the lab, compiled only with the feature `fault-injection`.
//!
//! | text | what it does |
//! |---|---|
//! | `panic:call:Hangup` | calls panic on that event |
//! | `sleep:agent:5s` | agents block their thread on their next message |
//! | `freeze:agent` | agents block their thread on their next message until the fault is taken back |
//! | `error:queue:QueueCallerJoin` | queues report an error on that event |
//! | `quit:router` | routers leave on their next message |
//!
//! A part `@text` names only actors whose name contains that text; `#n` makes it happen n times
//! and then no more: `panic:call:Hangup@1795224504.263#1`.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;

use super::meta::Meta;

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Panic,
    Sleep(Duration),
    Freeze(u64),
    Error,
    Quit,
}

#[derive(Debug)]
struct Point {
    id: u64,
    what: What,
    kind: String,
    message: Option<String>,
    actor: Option<String>,
    left: Option<u32>,
}

/// A fault the actor must act on itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Injected {
    /// Report an error.
    Error,
    /// Leave.
    Quit,
}

static SET: AtomicUsize = AtomicUsize::new(0);
static POINTS: Mutex<Vec<Point>> = Mutex::new(Vec::new());

/// A fault that was set; dropping this takes it back.
#[derive(Debug)]
pub struct Set(u64);

impl Set {
    /// How often it will still strike; `None` without end.
    pub fn left(&self) -> Option<u32> {
        POINTS.lock().iter().find(|p| p.id == self.0).and_then(|p| p.left)
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        let mut points = POINTS.lock();
        points.retain(|p| p.id != self.0);
        SET.store(points.len(), Relaxed);
    }
}

/// Sets a fault, or says what is wrong with its text.
pub fn set(text: &str) -> Result<Set, String> {
    let (rest, left) = match text.rsplit_once('#') {
        Some((rest, n)) => (rest, Some(n.parse().map_err(|_| format!("{text}: expected a number after #"))?)),
        None => (text, None),
    };
    let (rest, actor) = match rest.split_once('@') {
        Some((rest, actor)) => (rest, Some(actor.to_owned())),
        None => (rest, None),
    };
    let mut parts = rest.splitn(3, ':');
    let what = parts.next().unwrap_or_default();
    let kind =
        parts.next().filter(|k| !k.is_empty()).ok_or_else(|| format!("{text}: expected an actor kind"))?;
    let detail = parts.next().map(str::to_owned);
    let id = super::meta::next_id();
    let (what, message) = match what {
        "panic" => (What::Panic, detail),
        "error" => (What::Error, detail),
        "quit" => (What::Quit, detail),
        "sleep" => (What::Sleep(duration(text, detail.as_deref())?), None),
        "freeze" => (What::Freeze(id), detail),
        _ => return Err(format!("{text}: expected panic, error, quit, sleep or freeze")),
    };
    let mut points = POINTS.lock();
    points.push(Point { id, what, kind: kind.to_owned(), message, actor, left });
    SET.store(points.len(), Relaxed);
    Ok(Set(id))
}

fn duration(text: &str, detail: Option<&str>) -> Result<Duration, String> {
    let detail = detail.ok_or_else(|| format!("{text}: expected a duration such as 5s or 300ms"))?;
    let (number, scale) = match (detail.strip_suffix("ms"), detail.strip_suffix('s')) {
        (Some(ms), _) => (ms, 1),
        (None, Some(s)) => (s, 1000),
        (None, None) => return Err(format!("{text}: expected a duration such as 5s or 300ms")),
    };
    let n: u64 = number.parse().map_err(|_| format!("{text}: expected a duration such as 5s or 300ms"))?;
    Ok(Duration::from_millis(n * scale))
}

/// The fault point: what is set for that actor and message happens here.
pub fn point(meta: &Meta, message: &str) -> Option<Injected> {
    if SET.load(Relaxed) == 0 {
        return None;
    }
    let what = hit(meta, message)?;
    match what {
        What::Panic => panic!("injected panic"),
        What::Sleep(time) => {
            std::thread::sleep(time);
            None
        }
        What::Freeze(id) => {
            while POINTS.lock().iter().any(|p| p.id == id) {
                std::thread::sleep(Duration::from_millis(5));
            }
            None
        }
        What::Error => Some(Injected::Error),
        What::Quit => Some(Injected::Quit),
    }
}

fn hit(meta: &Meta, message: &str) -> Option<What> {
    let mut points = POINTS.lock();
    let point = points.iter_mut().find(|p| {
        p.kind == meta.kind().name()
            && p.left != Some(0)
            && p.message.as_deref().is_none_or(|m| m == message)
            && p.actor.as_deref().is_none_or(|a| meta.name().contains(a))
    })?;
    if let Some(left) = &mut point.left {
        *left -= 1;
    }
    Some(point.what.clone())
}
