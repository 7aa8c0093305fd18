//! What was refused, on its way into the log: some of it whole, the rest as a sum.
//!
//! Who may nothing, or guesses passwords, can be refused as often as he likes: a line for each would let him fill
//! the disk. So of one client's refusals of one kind the first of a minute are noted one by one, and those after
//! them are counted and noted together when it is over, with the last thing that was wanted. What was done is no
//! refusal and never passes here. The clock comes in as an argument; a crash costs the counts of a minute at most.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Map, json};

use super::chain::Note;

/// How long is counted for one sum.
const WITHIN: Duration = Duration::from_secs(60);
/// Refusals of one kind that are noted one by one, in that time.
const WHOLE: u32 = 10;
/// The same of all kinds together.
const WHOLE_OF_ALL: u32 = 600;
/// Kinds that are told apart, in that time; beyond them who it was is not told.
const KINDS: usize = 300;

/// Whose, from where, of what, and why.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kind {
    who: String,
    from: String,
    act: &'static str,
    outcome: &'static str,
}

/// Of one kind, since the time began.
#[derive(Debug, Default)]
struct Count {
    whole: u32,
    more: u64,
    /// What was wanted last.
    on: String,
}

#[derive(Default)]
struct Kept {
    began: Option<Instant>,
    whole: u32,
    of: HashMap<Kind, Count>,
}

/// See the module.
#[derive(Default)]
pub struct Refusals(Mutex<Kept>);

impl Refusals {
    /// Whether that refusal is noted by itself; else it was counted.
    pub fn admit(&self, note: &Note, now: Instant) -> bool {
        let mut kept = self.0.lock();
        kept.began.get_or_insert(now);
        let mut kind =
            Kind { who: note.who.clone(), from: note.from.clone(), act: note.act, outcome: note.outcome };
        if kept.of.len() >= KINDS && !kept.of.contains_key(&kind) {
            // of these there are as many as the program has words
            (kind.who, kind.from) = (String::new(), String::new());
        }
        let all = kept.whole;
        let count = kept.of.entry(kind).or_default();
        let whole = count.whole < WHOLE && all < WHOLE_OF_ALL;
        if whole {
            count.whole += 1;
            kept.whole += 1;
        } else {
            count.more += 1;
            count.on.clone_from(&note.on);
        }
        whole
    }

    /// The sums of a minute that is over (or of what there is, at the end): each is to be noted, or given
    /// [back](Refusals::back).
    pub fn due(&self, now: Instant, at_once: bool) -> Vec<Note> {
        let mut kept = self.0.lock();
        let over = kept.began.is_some_and(|began| now.saturating_duration_since(began) >= WITHIN);
        if !over && !at_once {
            return Vec::new();
        }
        let all = std::mem::take(&mut *kept).of.into_iter().filter(|(_, count)| count.more > 0);
        let sum = |(kind, count): (Kind, Count)| Note {
            who: kind.who,
            from: kind.from,
            act: kind.act,
            on: count.on,
            outcome: kind.outcome,
            of: None,
            with: Map::from_iter([("more".to_owned(), json!(count.more))]),
        };
        all.map(sum).collect()
    }

    /// A sum that could not be noted is counted on.
    pub fn back(&self, sum: Note, now: Instant) {
        let more = sum.with.get("more").and_then(serde_json::Value::as_u64).unwrap_or(0);
        let mut kept = self.0.lock();
        kept.began.get_or_insert(now);
        let kind = Kind { who: sum.who, from: sum.from, act: sum.act, outcome: sum.outcome };
        let count = kept.of.entry(kind).or_default();
        count.more += more;
        count.on = sum.on;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(who: &str, n: usize) -> Note {
        let (act, outcome) = ("see", "no_right");
        Note { who: who.into(), act, outcome, on: format!("/{n}"), ..Note::default() }
    }

    fn more(sums: &[Note]) -> u64 {
        sums.iter().filter_map(|sum| sum.with["more"].as_u64()).sum()
    }

    #[test]
    fn s54_a_loop_of_refusals_is_ten_entries_and_a_sum_a_minute() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        let noted = (0..5_000).filter(|n| refusals.admit(&refusal("a", *n), start)).count();
        assert!(refusals.admit(&refusal("b", 0), start), "another's is noted");
        assert_eq!(noted, 10);
        assert!(refusals.due(start + Duration::from_secs(59), false).is_empty());
        let sums = refusals.due(start + WITHIN, false);
        let told: Vec<_> = sums.iter().map(|sum| (sum.who.as_str(), sum.on.as_str(), more(&sums))).collect();
        assert_eq!(told, [("a", "/4999", 4_990)]);
        assert!(refusals.admit(&refusal("a", 0), start + WITHIN), "and the next minute begins");
    }

    #[test]
    fn s54_refusals_of_ever_other_clients_are_bounded_and_none_is_uncounted() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        let noted = (0..50_000).filter(|n| refusals.admit(&refusal(&format!("u{n}"), *n), start)).count();
        let sums = refusals.due(start, true);
        assert!(noted + sums.len() <= WHOLE_OF_ALL as usize + KINDS + 1, "{noted} and {}", sums.len());
        assert_eq!(noted as u64 + more(&sums), 50_000);
    }

    #[test]
    fn s54_a_sum_that_the_disk_did_not_take_is_told_later() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        for n in 0..15 {
            refusals.admit(&refusal("a", n), start);
        }
        for sum in refusals.due(start, true) {
            refusals.back(sum, start);
        }
        refusals.admit(&refusal("a", 15), start);
        assert_eq!(more(&refusals.due(start, true)), 5);
    }
}
