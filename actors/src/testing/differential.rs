//! Every recorded stream through the real actors, compared with the same states driven without
//! actors: what the shells add (mailboxes, tells, merges by hand-over, flushes) changes nothing.

use std::collections::BTreeMap;

use asterisk::ami::{Event, Kind, Message as Frame};
use asterisk::fixtures;

use super::TestFloor;
use super::five::alone;
use crate::keys::{Micros, PbxName};
use crate::replay::Floor;
use crate::settings::Settings;
use crate::view::{Table, View};

/// Events alone: answers and list items belong to the link, which no test here plays.
pub(super) fn events(connection: &fixtures::Connection) -> Vec<Frame> {
    let is_event = |frame: &Frame| {
        frame.kind() == Kind::Event
            && Event::read_with_head(frame).is_ok_and(|(head, event)| {
                let item = head.action_id.is_some() && head.timestamp.is_none();
                head.privilege_second && !item && !matches!(event, Event::FullyBooted(_) | Event::Shutdown(_))
            })
    };
    connection.messages().unwrap().into_iter().filter(is_event).collect()
}

pub(super) fn settings() -> Settings {
    Settings::new(PbxName("lab".into()))
}

/// Rows by id, as both ways give them.
pub(super) fn oracle(floor: &Floor) -> BTreeMap<(Table, String), View> {
    let calls = floor.live().map(|c| View::Call(c.view()));
    let agents = floor.agents().iter().map(|a| View::Agent(a.view()));
    let queues = floor.queues().iter().map(|q| View::Queue(q.view()));
    let trunks = floor.trunks().iter().map(|t| View::Trunk(t.view()));
    let all = calls.chain(agents).chain(queues).chain(trunks);
    all.map(|view| ((view.table(), view.id().to_string()), view)).collect()
}

pub(super) fn board(floor: &TestFloor) -> BTreeMap<(Table, String), View> {
    [Table::Calls, Table::Agents, Table::Queues, Table::Trunks]
        .into_iter()
        .flat_map(|table| floor.rows(table).into_iter().map(move |(id, view)| ((table, id), view)))
        .collect()
}

/// Compares, naming the first row that differs; nobody may have failed on the way.
pub(super) fn assert_same(what: &str, ours: &TestFloor, pure: &Floor) {
    let failed: Vec<_> = ours.tree.entities.workers().into_iter().filter_map(|m| m.last_fault()).collect();
    assert!(failed.is_empty(), "{what}: {failed:?}");
    assert_same_after_faults(what, ours, pure);
}

/// The same where faults were wanted.
pub(super) fn assert_same_after_faults(what: &str, ours: &TestFloor, pure: &Floor) {
    let (mut ours_rows, mut pure_rows) = (board(ours), oracle(pure));
    for row in ours_rows.values_mut().chain(pure_rows.values_mut()) {
        // a queue that a call told of first counts from the caller's joining, not from the telling
        if let View::Queue(queue) = row {
            queue.counts_since_ms = Micros(0);
        }
    }
    for (id, row) in &pure_rows {
        assert_eq!(ours_rows.get(id), Some(row), "{what}: row {id:?}");
    }
    let more: Vec<_> = ours_rows.keys().filter(|id| !pure_rows.contains_key(*id)).collect();
    assert!(more.is_empty(), "{what}: rows that should not be there: {more:?}");
    let by_start = |mut records: Vec<crate::call::record::CallRecord>| {
        records.sort_by(|a, b| (a.started, &a.linkedid).cmp(&(b.started, &b.linkedid)));
        records
    };
    let ours_history = by_start(ours.history.of(&PbxName("lab".into())));
    assert_eq!(ours_history, by_start(pure.report().history), "{what}: ended calls");
}

#[test]
fn every_capture_through_the_actors_gives_what_the_pure_states_give() {
    alone(through_the_actors);
}

async fn through_the_actors() {
    let mut compared = 0;
    for capture in fixtures::all().unwrap() {
        for connection in &capture.connections {
            let what = format!("{} {}", capture.version, connection.file);
            let floor = TestFloor::start(settings());
            let mut pure = Floor::new(settings());
            pure.connected();
            for frame in events(connection) {
                pure.message(&frame);
                floor.event(frame);
            }
            floor.settled().await;
            assert_same(&what, &floor, &pure);
            assert_eq!(floor.counters.undelivered(), 0, "{what}");
            compared += 1;
        }
    }
    assert!(compared >= 100, "{compared} streams compared");
}

#[test]
fn every_capture_agrees_also_when_each_event_comes_alone() {
    alone(one_at_a_time);
}

async fn one_at_a_time() {
    for name in ["queue_answered", "attended_transfer_refer", "conference"] {
        let capture = fixtures::load(22, name).unwrap();
        let connection = &capture.connections[0];
        let floor = TestFloor::start(settings());
        let mut pure = Floor::new(settings());
        pure.connected();
        for frame in events(connection) {
            pure.message(&frame);
            floor.event(frame);
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        floor.settled().await;
        assert_same(name, &floor, &pure);
    }
}
