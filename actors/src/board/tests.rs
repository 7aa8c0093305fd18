use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Board, Limits, Listener, News, Pace, Publisher, Urgency};
use crate::keys::Micros;
use crate::view::{AlarmView, Registration, Table, TrunkView, Trust, View};

fn trunk(pbx: &str, name: &str, legs: u32) -> View {
    View::Trunk(TrunkView {
        id: format!("{pbx}~{name}").into(),
        pbx: pbx.into(),
        endpoint: name.into(),
        registration: Registration::Registered,
        registration_since_ms: None,
        reachability: Default::default(),
        reachability_since_ms: None,
        round_trip_us: None,
        legs,
        legs_peak: legs,
        device: "".into(),
        at_least: crate::view::AtLeast::default(),
        trust: Trust::Live,
    })
}

/// A client that applies what it is sent and refuses a gap.
#[derive(Default)]
struct Looker {
    seq: u64,
    rows: BTreeMap<(String, String), Value>,
}

impl Looker {
    fn snapshot(board: &Board) -> Self {
        let snapshot = board.snapshot_to_follow();
        let json: Value = serde_json::from_str(&(snapshot.head(true) + &snapshot.tables)).unwrap();
        assert_eq!(json["type"], "snapshot");
        assert_eq!(json["run"], board.run().as_str());
        assert_eq!(json["seq"], snapshot.seq);
        let mut looker = Self { seq: snapshot.seq, ..Self::default() };
        for table in Table::ALL {
            looker.set(table.name(), &json[table.name()]);
        }
        looker
    }

    fn set(&mut self, table: &str, rows: &Value) {
        for row in rows.as_array().unwrap() {
            self.rows.insert((table.into(), row["id"].as_str().unwrap().into()), row.clone());
        }
    }

    /// Reads all there is; false when history no longer reaches.
    fn follow(&mut self, board: &Board) -> bool {
        loop {
            match board.news(self.seq) {
                News::UpToDate => return true,
                News::Lost => return false,
                News::Frame { seq, frame } => {
                    let json: Value = serde_json::from_str(&frame).unwrap();
                    assert_eq!(json["type"], "changes");
                    assert_eq!(json["after"], self.seq);
                    assert_eq!(json["seq"], seq);
                    for (table, rows) in json["set"].as_object().unwrap() {
                        self.set(table, rows);
                    }
                    for (table, ids) in json["gone"].as_object().unwrap() {
                        for id in ids.as_array().unwrap() {
                            self.rows.remove(&(table.clone(), id.as_str().unwrap().into()));
                        }
                    }
                    self.seq = seq;
                }
            }
        }
    }
}

fn whole(board: &Board) -> BTreeMap<(String, String), Value> {
    let mut looker = Looker::default();
    for table in Table::ALL {
        for line in board.lines(table) {
            looker.set(table.name(), &Value::Array(vec![serde_json::from_str(&line.json).unwrap()]));
        }
    }
    looker.rows
}

#[test]
fn a_row_written_often_is_shown_once_as_it_is_last() {
    let board = Board::new(Limits::default());
    for legs in 0..10 {
        board.put(trunk("a", "t", legs), Urgency::Soon);
    }
    assert_eq!(board.dirty(), 1);
    assert!(board.publish());
    assert_eq!((board.seq(), board.dirty()), (1, 0));
    let line = board.line(Table::Trunks, "a~t").unwrap();
    assert_eq!(serde_json::from_str::<Value>(&line.json).unwrap()["legs"], 9);
    board.put(trunk("a", "t", 9), Urgency::Soon);
    assert!(!board.publish(), "the same row again is no change");
    assert_eq!(board.seq(), 1);
}

#[test]
fn a_row_that_ends_is_named_as_gone() {
    let board = Board::new(Limits::default());
    board.put(trunk("a", "t\"x", 1), Urgency::Urgent);
    board.publish();
    board.remove(Table::Trunks, "a~t\"x", Urgency::Urgent);
    board.remove(Table::Trunks, "never there", Urgency::Urgent);
    board.publish();
    let News::Frame { frame, .. } = board.news(1) else { panic!("a frame") };
    let json: Value = serde_json::from_str(&frame).unwrap();
    assert_eq!(json["gone"], serde_json::json!({"trunks": ["a~t\"x"]}));
    assert!(board.is_empty());
}

#[test]
fn every_row_of_a_pbx_shows_the_worst_of_its_trust_and_the_links() {
    let board = Board::new(Limits { frame_bytes: 500, ..Limits::default() });
    let mut doubtful = trunk("a", "doubtful", 0);
    doubtful.set_trust(Trust::Unconfirmed);
    board.put(doubtful, Urgency::Soon);
    for n in 0..5 {
        board.put(trunk("a", &n.to_string(), 0), Urgency::Soon);
    }
    board.put(trunk("b", "other", 0), Urgency::Soon);
    board.publish();
    let trust = |id: &str| board.line(Table::Trunks, id).unwrap().view.trust().unwrap();

    board.pbx_trust("a", Trust::Stale);
    board.put(trunk("a", "new", 0), Urgency::Soon);
    board.publish();
    for id in ["a~0", "a~4", "a~doubtful", "a~new"] {
        assert_eq!(trust(id), Trust::Stale, "{id}");
    }
    assert_eq!(trust("b~other"), Trust::Live);
    board.put(trunk("a", "0", 7), Urgency::Soon);
    board.publish();
    assert_eq!(trust("a~0"), Trust::Stale, "also what is written while it is stale");

    let mut looker = Looker::snapshot(&board);
    board.pbx_trust("a", Trust::Live);
    board.publish();
    assert_eq!(trust("a~0"), Trust::Live);
    assert_eq!(trust("a~doubtful"), Trust::Unconfirmed, "its own doubt is still there");
    assert!(looker.follow(&board));
    assert_eq!(looker.rows, whole(&board));
}

#[test]
fn a_client_that_lags_gets_the_latest_of_each_row_in_one_frame() {
    let board = Board::new(Limits::default());
    board.put(trunk("a", "keeps", 0), Urgency::Soon);
    board.put(trunk("a", "goes", 0), Urgency::Soon);
    board.publish();
    let mut looker = Looker::snapshot(&board);
    for legs in 1..=20 {
        board.put(trunk("a", "keeps", legs), Urgency::Soon);
        board.put(trunk("a", &format!("new-{legs}"), legs), Urgency::Soon);
        board.publish();
    }
    board.remove(Table::Trunks, "a~goes", Urgency::Soon);
    board.remove(Table::Trunks, "a~new-3", Urgency::Soon);
    board.publish();
    let News::Frame { seq, frame } = board.news(looker.seq) else { panic!("a frame") };
    assert_eq!(seq, board.seq());
    let json: Value = serde_json::from_str(&frame).unwrap();
    assert_eq!(json["set"]["trunks"].as_array().unwrap().len(), 20, "19 new and the latest of the old");
    assert_eq!(json["gone"]["trunks"].as_array().unwrap().len(), 2);
    assert!(looker.follow(&board));
    assert_eq!(looker.rows, whole(&board));
}

#[test]
fn history_has_a_maximum_and_then_a_snapshot_is_needed() {
    let board = Board::new(Limits { ring_count: 4, ..Limits::default() });
    for legs in 1..=10 {
        board.put(trunk("a", "t", legs), Urgency::Soon);
        board.publish();
    }
    assert_eq!(board.figures().ring_evictions.load(Ordering::Relaxed), 6);
    assert_eq!(board.news(5), News::Lost);
    assert!(matches!(board.news(6), News::Frame { .. }));
    assert_eq!(board.news(10), News::UpToDate);
    assert_eq!(board.news(11), News::Lost, "a number that is none of ours");

    let bytes = Limits { ring_bytes: 10_000, ..Limits::default() };
    let board = Board::new(bytes);
    for legs in 1..=100 {
        board.put(trunk("a", "t", legs), Urgency::Soon);
        board.publish();
    }
    assert!(board.ring_bytes() <= 10_000, "{}", board.ring_bytes());
}

#[test]
fn a_full_board_refuses_new_rows_and_counts_them() {
    let board = Board::new(Limits { rows: 3, ..Limits::default() });
    for n in 0..3 {
        board.put(trunk("a", &n.to_string(), 0), Urgency::Soon);
    }
    board.publish();
    board.put(trunk("a", "too many", 0), Urgency::Soon);
    board.put(trunk("a", "0", 5), Urgency::Soon);
    board.publish();
    assert_eq!(board.len(Table::Trunks), 3);
    assert_eq!(board.figures().rows_refused.load(Ordering::Relaxed), 1);
}

#[test]
fn a_large_publication_becomes_several_frames_without_a_hole() {
    let board = Board::new(Limits { frame_bytes: 2_000, ..Limits::default() });
    let mut looker = Looker::snapshot(&board);
    for n in 0..100 {
        board.put(trunk("a", &n.to_string(), n), Urgency::Soon);
    }
    board.publish();
    assert!(board.seq() > 10);
    assert!(looker.follow(&board));
    assert_eq!(looker.rows, whole(&board));
}

#[test]
fn a_snapshot_and_the_changes_after_it_have_no_hole_while_others_write() {
    let board = Board::new(Limits::default());
    let ends = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..3_u32)
        .map(|w| {
            let (board, ends) = (board.clone(), ends.clone());
            std::thread::spawn(move || {
                let mut n: u32 = 0;
                while !ends.load(Ordering::Relaxed) {
                    n += 1;
                    let name = format!("{}", n.wrapping_mul(2_654_435_761) % 20);
                    let pbx = ["a", "b", "c"][w as usize];
                    match n % 7 {
                        0 => board.remove(Table::Trunks, &format!("{pbx}~{name}"), Urgency::Urgent),
                        1 if n % 113 == 1 => {
                            board.pbx_trust(pbx, if n.is_multiple_of(2) { Trust::Stale } else { Trust::Live })
                        }
                        _ => board.put(trunk(pbx, &name, n), Urgency::Urgent),
                    }
                    // a pace that leaves the machine's cores to those who read
                    if n.is_multiple_of(64) {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
            })
        })
        .collect();
    // not so often that reading takes this thread longer than it takes the others to write more
    let pace = Pace { soon: Duration::from_millis(10), ..Pace::default() };
    let publisher = Publisher::start(board.clone(), pace).unwrap();
    let (mut lookers, mut lost) = (Vec::new(), 0);
    let (start, mut taken) = (Instant::now(), 0);
    while taken < 60 {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{taken} snapshots in a minute, {lost} lookers lost"
        );
        taken += 1;
        let seq = board.seq();
        lookers.push(Looker::snapshot(&board));
        assert!(lookers.last().unwrap().seq <= board.seq());
        lookers.retain_mut(|looker| {
            let reached = looker.follow(&board);
            lost += usize::from(!reached);
            reached
        });
        if lookers.len() > 5 {
            lookers.remove(0);
        }
        while board.seq() == seq {
            std::thread::sleep(Duration::from_micros(100));
        }
    }
    ends.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.join().unwrap();
    }
    drop(publisher);
    assert_eq!(board.dirty(), 0, "the last publication takes all");
    let whole = whole(&board);
    assert!(!lookers.is_empty(), "{taken} taken, {lost} lost");
    for looker in &mut lookers {
        assert!(looker.follow(&board));
        assert_eq!(looker.seq, board.seq());
        assert_eq!(looker.rows, whole);
    }
}

struct Crowd {
    clients: usize,
    told: AtomicUsize,
}

impl Listener for Crowd {
    fn published(&self, _seq: u64) {
        self.told.fetch_add(1, Ordering::Relaxed);
    }

    fn clients(&self) -> usize {
        self.clients
    }
}

#[test]
fn an_urgent_change_is_published_within_milliseconds_when_few_look() {
    let board = Board::new(Limits::default());
    let crowd = Arc::new(Crowd { clients: 1, told: AtomicUsize::new(0) });
    board.listen(crowd.clone());
    let _publisher = Publisher::start(board.clone(), Pace::default()).unwrap();
    assert!(Publisher::start(board.clone(), Pace::default()).is_err(), "one publisher a board");
    let mut delays = Vec::new();
    for n in 0..50 {
        let start = Instant::now();
        board.put(trunk("a", "t", n), Urgency::Urgent);
        while board.seq() <= u64::from(n) {
            std::thread::yield_now();
            assert!(start.elapsed() < Duration::from_secs(60));
        }
        delays.push(start.elapsed());
    }
    delays.sort();
    assert!(delays[25] < Duration::from_millis(10), "median {:?}", delays[25]);
    assert_eq!(crowd.told.load(Ordering::Relaxed), 50);
    let (buckets, _) = board.figures().delays();
    assert_eq!(buckets.iter().sum::<u64>(), 50);
}

#[test]
fn the_more_clients_look_the_less_often_it_publishes() {
    let pace = Pace::default();
    let ms = Duration::from_millis;
    assert_eq!(pace.between(true, 1, ms(0)), ms(2));
    assert_eq!(pace.between(true, 1000, ms(0)), ms(20));
    assert_eq!(pace.between(true, 5000, ms(0)), ms(100));
    assert_eq!(pace.between(false, 1, ms(0)), ms(20));
    assert_eq!(pace.between(true, 0, ms(0)), ms(20), "nobody looks");
    assert_eq!(pace.between(true, 1, ms(30)), ms(60), "half a core at most");
    assert_eq!(pace.between(true, 0, ms(30)), ms(120), "a quarter when nobody looks");
}

#[test]
fn between_two_publications_the_board_wants_no_views() {
    let board = Board::new(Limits::default());
    assert!(board.is_hungry(Instant::now()), "nobody publishes: whoever has a view may leave it");
    let long = Duration::from_secs(600);
    let pace = Pace { soon: long, urgent: long, ..Pace::default() };
    let publisher = Publisher::start(board.clone(), pace).unwrap();
    board.put(trunk("a", "t", 1), Urgency::Urgent);
    let began = Instant::now();
    while board.seq() == 0 || board.is_hungry(Instant::now()) {
        std::thread::yield_now();
        assert!(began.elapsed() < Duration::from_secs(60));
    }
    assert!(board.is_hungry(began + long + long), "after its pause it does");
    drop(publisher);
    assert!(board.is_hungry(Instant::now()), "nobody publishes any more");
}

#[test]
fn another_process_is_another_run() {
    assert_ne!(Board::new(Limits::default()).run(), Board::new(Limits::default()).run());
}

#[test]
fn an_alarm_has_no_pbx_and_no_trust() {
    let board = Board::new(Limits::default());
    board.put(
        View::Alarm(AlarmView {
            id: "1".into(),
            kind: "link_down".into(),
            subject: "a".into(),
            text: "the link to a is down".into(),
            slug: "closed".into(),
            with: vec!["a".into()],
            began_ms: Micros(1_000),
            ended_ms: None,
        }),
        Urgency::Urgent,
    );
    board.pbx_trust("a", Trust::Stale);
    board.publish();
    let line = board.line(Table::Alarms, "1").unwrap();
    assert_eq!(
        &*line.json,
        r#"{"id":"1","kind":"link_down","subject":"a","text":"the link to a is down","slug":"closed","with":["a"],"began_ms":1,"ended_ms":null}"#
    );
}
