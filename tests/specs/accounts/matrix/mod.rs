//! The access matrix, made from the description that the server itself gives (S33): everybody who may ask, every
//! operation, everybody and everything that it may be about. What is expected is said by `people.rs`, which knows
//! nothing of the server's own rules.

mod asked;
mod people;
mod topics;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::desk::{Desk, Pass};
use asked::{Operation, operations};
use people::{PEOPLE, Subject, subjects};

/// What an answer comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// 401.
    NotLoggedIn,
    /// 403 for want of the right.
    NoRight,
    /// 404.
    NotThere,
    /// 422 for a site of the query: one that is not his is as one that is not there.
    NoSuchSite,
    /// He may: it is done, or refused for another reason.
    Past,
}

impl Class {
    fn of(told: &str) -> Self {
        match told {
            "401 not_logged_in" => Self::NotLoggedIn,
            "403 no_right" => Self::NoRight,
            _ if told.starts_with("404") => Self::NotThere,
            // a PBX that refuses is told as 502
            _ => {
                assert!(!told.starts_with('5') || told.starts_with("502"), "{told}");
                Self::Past
            }
        }
    }

    /// Of who has the right somewhere.
    fn within(reaches: bool) -> Self {
        if reaches { Self::Past } else { Self::NotThere }
    }
}

/// The floor, who asks, and what is described.
struct Floor {
    desk: Desk,
    root: Pass,
    subjects: Vec<(Subject, Pass)>,
    document: Value,
}

impl Floor {
    fn open() -> Self {
        let (desk, root) = Desk::set_up();
        desk.until_live(&root);
        let subjects = subjects(&desk, &root);
        let document = desk.get(&root, "/api/openapi.json").json();
        Self { desk, root, subjects, document }
    }
}

#[test]
fn s33_every_role_and_reach_at_every_operation_that_is_described() {
    let floor = Floor::open();
    let (desk, root) = (&floor.desk, &floor.root);
    let calls = asked::kept_calls(desk, root);
    let operations = operations(&floor.document);
    assert!(operations.len() > 80, "{} operations", operations.len());
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (subject, pass) in &floor.subjects {
        for operation in &operations {
            for case in asked::cases(operation, subject, &calls) {
                if let Some((path, spare)) = &case.spare {
                    let status = desk.post(root, path, spare).status;
                    assert!(status == 201 || status == 409, "{path} {spare}: {status}");
                }
                let reply = desk.ask(pass, &operation.method, &case.path, case.body.as_ref());
                let told = reply.told();
                let refused = case.path.contains("?site=") && reply.json()["details"]["site"].is_string();
                let class = if refused { Class::NoSuchSite } else { Class::of(&told) };
                *seen.entry(format!("{class:?}")).or_default() += 1;
                if class != case.expected {
                    wrong.push(format!(
                        "{}: {} {}: {told}, expected {:?}",
                        subject.name, operation.method, case.path, case.expected
                    ));
                }
            }
        }
    }
    eprintln!("asked, by class of the answer: {seen:?}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    for class in [Class::NotLoggedIn, Class::NoRight, Class::NotThere, Class::Past] {
        assert!(seen.get(&format!("{class:?}")).is_some_and(|n| *n > 50), "{class:?} {seen:?}");
    }
    assert!(seen.get("NoSuchSite").is_some_and(|n| *n > 10), "{seen:?}");
    // the last: it ends their sessions
    let logout = "/api/auth/logout";
    assert!(floor.document["paths"][logout]["post"].is_object());
    for (subject, pass) in floor.subjects.iter().filter(|(subject, _)| subject.is_somebody()) {
        assert_eq!(desk.post(pass, logout, &json!({})).status, 200, "{}", subject.name);
        assert_eq!(desk.get(pass, "/api/auth/me").told(), "401 not_logged_in", "{}", subject.name);
    }
}

#[test]
fn s33_verbs_on_live_calls_in_every_role_and_reach() {
    let floor = Floor::open();
    let verbs: Vec<Operation> =
        operations(&floor.document).into_iter().filter(|operation| operation.within == "channel").collect();
    assert!(verbs.len() >= 18, "{} verbs", verbs.len());
    let (mut foreign, mut own) = (0, 0);
    for (subject, pass) in &floor.subjects {
        if !subject.is_somebody() {
            continue;
        }
        for verb in &verbs {
            foreign += asked::on_foreign_call(&floor, subject, pass, verb);
        }
        own += asked::on_own_call(&floor, subject, pass, &verbs);
    }
    assert!(foreign > 40 && own > 0, "{foreign} verbs on foreign calls, {own} on own");
}

#[test]
fn s33_every_topic_of_the_websocket_in_every_role_and_reach() {
    let floor = Floor::open();
    for (id, endpoint) in PEOPLE.iter().filter_map(|p| p.endpoint.map(|endpoint| (p.id, endpoint))) {
        let path = format!("/api/agents/demo~{}/messages", endpoint.replace('/', "%2F"));
        let reply = floor.desk.post(&floor.root, &path, &json!({"text": format!("to {id}")}));
        assert_eq!(reply.status, 201, "{}", reply.text());
    }
    for (subject, pass) in &floor.subjects {
        topics::are_his(&floor, subject, pass);
    }
    topics::directory_is_his(&floor);
}
