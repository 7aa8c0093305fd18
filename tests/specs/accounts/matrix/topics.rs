//! What a WebSocket tells whom.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Floor;
use super::people::{PEOPLE, QUEUE, SITE_QUEUE, Subject};
use crate::accounts::desk::{Pass, until};
use crate::web::socket::{Heard, Socket};

fn ids(rows: &[Value]) -> BTreeSet<String> {
    rows.iter().filter_map(|row| row["id"].as_str().map(str::to_owned)).collect()
}

fn rows(of: &Value, topic: &str) -> Vec<Value> {
    of[topic].as_array().unwrap_or_else(|| panic!("no topic {topic}")).clone()
}

/// Each topic of his first snapshot holds what is his, and all of it.
pub(super) fn are_his(floor: &Floor, subject: &Subject, pass: &Pass) {
    if !subject.is_somebody() {
        assert_eq!(Socket::at(&floor.desk.server.address, "", "").err(), Some(401), "without a ticket");
        return;
    }
    // a board of a reach that nobody had yet is filled when it is first asked for
    until("what is his", || shows_what_is_his(floor, subject, pass));
}

/// Nothing that is not his, at once; and whether all of it is there.
fn shows_what_is_his(floor: &Floor, subject: &Subject, pass: &Pass) -> bool {
    let mut socket = floor.desk.socket(pass);
    let Heard::Text(snapshot) = socket.hear() else { panic!("{}: closed", subject.name) };
    assert_eq!(snapshot["type"], "snapshot");
    let topics = floor.document["x-websocket"]["topics"].as_array().expect("topics").clone();
    assert_eq!(topics.len(), 8, "{topics:?}");
    let agents = his_agents(floor, subject);
    let mut whole = true;
    for topic in topics.iter().map(|topic| topic.as_str().expect("text")) {
        let told = rows(&snapshot, topic);
        let all = floor.desk.rows(&floor.root, topic);
        let everywhere = subject.is_everywhere("see");
        let named = |row: &Value| agents.iter().any(|id| row.to_string().contains(&id[5..]));
        let expected: Option<BTreeSet<String>> = match topic {
            "pbxs" => Some(ids(&all)),
            "agents" => Some(agents.clone()),
            "trunks" | "alarms" | "sessions" if !everywhere => Some(BTreeSet::new()),
            "trunks" | "alarms" | "sessions" => Some(ids(&all)),
            "desks" => Some(ids(&all).intersection(&agents).cloned().collect()),
            "queues" => Some(his_queues(floor, subject)),
            // they come and go: each is of somebody, or of a queue, of his
            "calls" => {
                let queues = his_queues(floor, subject);
                for call in told.iter().filter(|_| !everywhere) {
                    let queue = format!("demo~{}", call["queue"]["name"].as_str().unwrap_or_default());
                    assert!(named(call) || queues.contains(&queue), "{}: {call}", subject.name);
                }
                None
            }
            other => panic!("nothing is known of the topic {other}"),
        };
        if let Some(expected) = expected {
            let over_rest = ids(&floor.desk.rows(pass, topic));
            for (place, seen) in [("the socket", ids(&told)), ("REST", over_rest)] {
                let foreign: Vec<_> = seen.difference(&expected).collect();
                assert!(foreign.is_empty(), "{}: {topic} on {place} has {foreign:?}", subject.name);
                whole &= seen == expected;
            }
        }
    }
    whole
}

fn his_agents(floor: &Floor, subject: &Subject) -> BTreeSet<String> {
    let all = floor.desk.rows(&floor.root, "agents");
    if subject.is_everywhere("see") {
        return ids(&all);
    }
    let mut his: BTreeSet<_> =
        subject.endpoints("see").iter().map(|endpoint| format!("demo~{endpoint}")).collect();
    // who serves a queue that he has, be he somebody's or nobody's
    let serves = |row: &&Value| {
        let queues = row["memberships"].as_array().into_iter().flatten();
        queues.filter_map(|member| member["queue"].as_str()).any(|queue| format!("demo~{queue}") == QUEUE)
    };
    if subject.queue("see", QUEUE) {
        his.extend(ids(&all.iter().filter(serves).cloned().collect::<Vec<_>>()));
    }
    his
}

fn his_queues(floor: &Floor, subject: &Subject) -> BTreeSet<String> {
    let all = floor.desk.rows(&floor.root, "queues");
    let endpoints = subject.endpoints("see");
    let his = |row: &&Value| {
        let members = row["members"].as_array().into_iter().flatten();
        subject.is_everywhere("see")
            || [QUEUE, SITE_QUEUE].iter().any(|queue| row["id"] == *queue && subject.queue("see", queue))
            || members.filter_map(|m| m["interface"].as_str()).any(|member| endpoints.contains(&member))
    };
    ids(&all.iter().filter(his).cloned().collect::<Vec<_>>())
}

/// Of people who change each is told of those whom he reaches.
pub(super) fn directory_is_his(floor: &Floor) {
    let somebody = floor.subjects.iter().filter(|(subject, _)| subject.is_somebody());
    let mut open: Vec<(&Subject, Socket)> =
        somebody.map(|(subject, pass)| (subject, floor.desk.socket(pass))).collect();
    for (_, socket) in &mut open {
        assert!(matches!(socket.hear(), Heard::Text(_)), "a snapshot");
    }
    for target in &PEOPLE {
        let body = json!({"firstName": "Anew"});
        assert_eq!(floor.desk.put(&floor.root, &format!("/api/users/{}", target.id), &body).status, 200);
    }
    for (subject, socket) in &mut open {
        let wanted: BTreeSet<String> = PEOPLE
            .iter()
            // of himself he is always told
            .filter(|target| subject.person("people", target) || subject.name == target.id)
            .map(|target| target.id.to_owned())
            .collect();
        let mut told = BTreeSet::new();
        let end = Instant::now() + Duration::from_secs(30);
        // who waits for nothing listens for a while
        let quiet = Instant::now() + Duration::from_secs(3);
        while told != wanted || (wanted.is_empty() && Instant::now() < quiet) {
            assert!(Instant::now() < end, "{}: told of {told:?}, not of {wanted:?}", subject.name);
            let Heard::Text(frame) = socket.hear() else { panic!("{}: closed", subject.name) };
            if frame["type"] == "directory" {
                assert_eq!(frame["all"], false, "{}: {frame}", subject.name);
                let users = frame["users"].as_array().into_iter().flatten();
                told.extend(users.filter_map(|id| id.as_str().map(str::to_owned)));
                assert!(told.is_subset(&wanted), "{}: {frame}", subject.name);
            }
        }
    }
}
