//! Faults on demand: what a sick PBX or a sick network would do, by name and by seed.
//!
//! | written | what happens | row |
//! |---|---|---|
//! | `never-answer:Hangup` | that action is done and never answered | F21 |
//! | `twice:Ping` | answered twice | F21 |
//! | `wrong-id:Ping` | answered with another ActionID | F21 |
//! | `cut-list:CoreShowChannels:3` | the list ends after 3 items, without `...Complete` | F22 |
//! | `wrong-count:QueueStatus:1` | `ListItems` is 1 too many | F22 |
//! | `refuse-login` | every login is refused | F20 |
//! | `drop:Hangup:10` | 10 of 1,000 of that event are lost (`*`: of any) | F12, F13 |
//! | `duplicate:100` | 100 of 1,000 events come twice | F14 |
//! | `reorder:50` | 50 of 1,000 events change places with the next | F11 |
//! | `silent` | nothing is sent any more, the connection stays open | F03 |
//!
//! `*` stands for any action, too. Malformed frames, endless lines and restarts are orders of the
//! moment: see [`super::server::Hub`].

use bytes::Bytes;

use super::reply::Spoil;
use super::rng::Rng;
use super::wire::{Class, Stream};

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Done, never answered.
    NeverAnswer(String),
    /// Answered twice.
    Twice(String),
    /// Answered with another ActionID.
    WrongId(String),
    /// List cut after so many items.
    CutList(String, usize),
    /// `ListItems` off by so many.
    WrongCount(String, i64),
    /// No login succeeds.
    RefuseLogin,
    /// Events lost: so many in a thousand of that event.
    Drop(String, u32),
    /// Events doubled: so many in a thousand.
    Duplicate(u32),
    /// Events swapped with the next: so many in a thousand.
    Reorder(u32),
    /// Nothing more is sent.
    Silent,
}

impl std::str::FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':');
        let kind = parts.next().unwrap_or("");
        let mut name = || parts.next().map(str::to_owned).ok_or_else(|| format!("{text}: names nothing"));
        let number = |part: Option<&str>| -> Result<i64, String> {
            let part = part.ok_or_else(|| format!("{text}: a number is missing"))?;
            part.parse().map_err(|_| format!("{text}: {part} is not a number"))
        };
        let share = |part: Option<&str>| -> Result<u32, String> {
            u32::try_from(number(part)?)
                .ok()
                .filter(|n| *n <= 1_000)
                .ok_or_else(|| format!("{text}: 0 to 1000"))
        };
        Ok(match kind {
            "never-answer" => Self::NeverAnswer(name()?),
            "twice" => Self::Twice(name()?),
            "wrong-id" => Self::WrongId(name()?),
            "cut-list" => {
                let action = name()?;
                Self::CutList(action, number(parts.next())?.max(0) as usize)
            }
            "wrong-count" => {
                let action = name()?;
                Self::WrongCount(action, number(parts.next())?)
            }
            "refuse-login" => Self::RefuseLogin,
            "drop" => {
                let event = name()?;
                Self::Drop(event, share(parts.next())?)
            }
            "duplicate" => Self::Duplicate(share(parts.next())?),
            "reorder" => Self::Reorder(share(parts.next())?),
            "silent" => Self::Silent,
            _ => return Err(format!("{kind}: no such fault")),
        })
    }
}

/// How an action is to be answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manner {
    /// How often: 0, 1 or 2 times.
    pub times: usize,
    /// With another ActionID.
    pub wrong_id: bool,
    /// Its list spoilt.
    pub spoil: Spoil,
}

/// An event on its way to the clients.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its class.
    pub class: Class,
    /// Its bytes.
    pub bytes: Bytes,
}

/// The faults in force.
#[derive(Debug)]
pub struct Faults {
    active: Vec<Fault>,
    rng: Rng,
    held: Option<Outgoing>,
    /// Events dropped so far.
    pub dropped: u64,
}

impl Faults {
    /// None, or those; chance from a seed.
    pub fn new(active: Vec<Fault>, seed: u64) -> Self {
        Self { active, rng: Rng::new(seed ^ 0xfa17), held: None, dropped: 0 }
    }

    /// One more.
    pub fn add(&mut self, fault: Fault) {
        self.active.push(fault);
    }

    /// All well again.
    pub fn clear(&mut self) {
        self.active.clear();
    }

    /// Whether it is in force.
    pub fn has(&self, fault: &Fault) -> bool {
        self.active.contains(fault)
    }

    /// How to answer that action.
    pub fn manner(&self, action: &str) -> Manner {
        let mut manner = Manner { times: 1, ..Manner::default() };
        let is = |name: &str| name == "*" || name.eq_ignore_ascii_case(action);
        for fault in &self.active {
            match fault {
                Fault::NeverAnswer(name) if is(name) => manner.times = 0,
                Fault::Twice(name) if is(name) => manner.times = 2,
                Fault::WrongId(name) if is(name) => manner.wrong_id = true,
                Fault::CutList(name, after) if is(name) => manner.spoil.cut_after = Some(*after),
                Fault::WrongCount(name, by) if is(name) => manner.spoil.wrong_count = *by,
                Fault::Silent => manner.times = 0,
                _ => {}
            }
        }
        manner
    }

    /// What becomes of these events, in order. Without event faults all are one block per run of
    /// frames of the same class, shared by every client.
    pub fn treat(&mut self, stream: &Stream, out: &mut Vec<Outgoing>) {
        if self.active.contains(&Fault::Silent) {
            return;
        }
        let all = Bytes::copy_from_slice(stream.bytes());
        let touches_events =
            |f: &Fault| matches!(f, Fault::Drop(..) | Fault::Duplicate(_) | Fault::Reorder(_));
        let mut start = 0;
        if !self.active.iter().any(touches_events) {
            let marks = stream.marks();
            for (i, mark) in marks.iter().enumerate() {
                if marks.get(i + 1).is_none_or(|next| next.class != mark.class) {
                    out.push(Outgoing { class: mark.class, bytes: all.slice(start..mark.end) });
                    start = mark.end;
                }
            }
            return;
        }
        for mark in stream.marks() {
            let event = Outgoing { class: mark.class, bytes: all.slice(start..mark.end) };
            start = mark.end;
            self.treat_one(mark.event, event, out);
        }
    }

    fn treat_one(&mut self, name: &str, event: Outgoing, out: &mut Vec<Outgoing>) {
        let mut doubled = false;
        let mut swapped = false;
        for fault in &self.active {
            match fault {
                Fault::Drop(of, share)
                    if (of == "*" || of == name) && self.rng.below(1_000) < *share as usize =>
                {
                    self.dropped += 1;
                    return;
                }
                Fault::Duplicate(share) => doubled |= self.rng.below(1_000) < *share as usize,
                Fault::Reorder(share) => swapped |= self.rng.below(1_000) < *share as usize,
                _ => {}
            }
        }
        if swapped && self.held.is_none() {
            self.held = Some(event);
            return;
        }
        if doubled {
            out.push(event.clone());
        }
        out.push(event);
        out.extend(self.held.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pbx::wire::Headers as _;

    fn hundred_hangups() -> Stream {
        let mut stream = Stream::default();
        for n in 0..100 {
            stream.event(if n % 2 == 0 { "Hangup" } else { "Newstate" }, Class::Call, 1).num("N", n);
        }
        stream
    }

    fn treated(faults: &[&str]) -> Vec<String> {
        let faults = faults.iter().map(|f| f.parse().unwrap()).collect();
        let mut out = Vec::new();
        Faults::new(faults, 3).treat(&hundred_hangups(), &mut out);
        out.iter().map(|o| String::from_utf8_lossy(&o.bytes).into_owned()).collect()
    }

    #[test]
    fn without_a_fault_nothing_is_lost_or_moved() {
        assert_eq!(treated(&[]).concat().as_bytes(), hundred_hangups().bytes());
    }

    #[test]
    fn f12_only_hangups_are_lost_and_the_same_ones_each_time() {
        let once = treated(&["drop:Hangup:500"]);
        assert_eq!(once, treated(&["drop:Hangup:500"]));
        let count = |name: &str| once.iter().filter(|e| e.contains(name)).count();
        assert_eq!(count("Event: Newstate"), 50);
        assert!((10..40).contains(&count("Event: Hangup")), "{}", count("Event: Hangup"));
    }

    #[test]
    fn f14_doubled_events_are_the_same_bytes_twice() {
        let all = treated(&["duplicate:1000"]);
        assert_eq!(all.len(), 200);
        assert!(all.chunks(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn f11_reordered_events_are_all_there() {
        let mut all = treated(&["reorder:300"]);
        assert_ne!(all.concat().as_bytes(), hundred_hangups().bytes());
        let mut straight = treated(&["drop:Nothing:1"]);
        all.sort();
        straight.sort();
        assert!(straight.len() - all.len() <= 1, "at most the last one is still held");
    }

    #[test]
    fn a_fault_that_says_nothing_useful_is_refused_with_its_reason() {
        for (text, why) in [
            ("drop:Hangup", "a number is missing"),
            ("drop:Hangup:2000", "0 to 1000"),
            ("cut-list:Status:x", "x is not a number"),
            ("never-answer", "names nothing"),
            ("explode", "no such fault"),
        ] {
            let error = text.parse::<Fault>().unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
