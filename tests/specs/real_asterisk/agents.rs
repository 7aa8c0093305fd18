//! Verbs on agents: the answer comes when the PBX shows it done, and the PBX shows it on its own CLI.

use serde_json::json;

use super::{Floor, SOON, on_both};
use crate::support::asterisk::Version;

on_both!(
    an_agent_is_paused_with_a_reason_and_comes_back,
    a_pause_after_the_call_comes_when_the_call_is_over,
    an_agent_is_logged_in_weighed_and_logged_out,
    verbs_on_nobody_are_refused_by_name,
);

fn an_agent_is_paused_with_a_reason_and_comes_back(version: Version) {
    let floor = Floor::open(version, &["1001"]);
    let agent = floor.endpoint("1001");
    let body = json!({"agent": agent, "queue": "support", "reason": "déjeuner"});
    let (status, answer) = floor.vigie.post("/api/agents/pause", &body);
    assert_eq!((status, &answer["outcome"]), (200, &json!("paused")), "{answer}");
    let members = floor.pbx.cli("queue show support");
    assert!(members.lines().any(|l| l.contains(&agent) && l.contains("(paused")), "{members}");
    floor.looks.until("a paused agent with his reason", SOON, |board| {
        board
            .rows("agents")
            .find(|a| a["endpoint"] == agent.as_str() && a["pause_reason"] == "déjeuner")
            .map(|_| ())
    });
    let (status, answer) = floor.vigie.post("/api/agents/unpause", &json!({"agent": agent}));
    assert_eq!((status, &answer["outcome"]), (200, &json!("unpaused")), "{answer}");
    assert!(!floor.pbx.cli("queue show support").contains("(paused"));
}

fn a_pause_after_the_call_comes_when_the_call_is_over(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002"]);
    floor.two_talk();
    let agent = floor.endpoint("1001");
    let body = json!({"agent": agent, "reason": "lunch", "after_call": true});
    let (status, answer) = floor.vigie.post("/api/agents/pause", &body);
    assert_eq!((status, &answer["outcome"]), (200, &json!("pending")), "{answer}");
    floor.looks.until("the pause that is to come", SOON, |board| {
        board
            .rows("agents")
            .find(|a| a["endpoint"] == agent.as_str() && a["pause_after_call"]["reason"] == "lunch")
            .map(|_| ())
    });
    assert!(!floor.pbx.cli("queue show support").contains("(paused"), "he is on a call");
    floor.phones.hang_up("caller");
    floor.looks.until("the pause", SOON, |board| {
        board
            .rows("agents")
            .find(|a| {
                a["endpoint"] == agent.as_str()
                    && a["availability"] == "paused"
                    && a.get("pause_after_call").is_none()
            })
            .map(|_| ())
    });
    assert!(floor.pbx.cli("queue show support").contains("(paused"));
}

fn an_agent_is_logged_in_weighed_and_logged_out(version: Version) {
    let floor = Floor::open(version, &["1002"]);
    let agent = floor.endpoint("1002");
    let ask = |verb: &str, more: serde_json::Value| {
        let mut body = json!({"agent": agent});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let (status, answer) = floor.vigie.post(&format!("/api/agents/{verb}"), &body);
        (status, answer["outcome"].as_str().unwrap_or("").to_owned(), answer)
    };
    let sales = || floor.pbx.cli("queue show sales");
    let (status, outcome, answer) = ask("login", json!({"queue": "sales", "penalty": 4}));
    assert_eq!((status, outcome.as_str()), (200, "logged_in"), "{answer}");
    assert!(sales().lines().any(|l| l.contains(&agent) && l.contains("penalty 4")), "{}", sales());
    let (status, outcome, answer) = ask("penalty", json!({"queue": "sales", "penalty": 2}));
    assert_eq!((status, outcome.as_str()), (200, "weighed"), "{answer}");
    assert!(sales().lines().any(|l| l.contains(&agent) && l.contains("penalty 2")), "{}", sales());
    let (status, outcome, answer) = ask("logout", json!({"queue": "sales"}));
    assert_eq!((status, outcome.as_str()), (200, "logged_out"), "{answer}");
    assert!(!sales().contains(&agent), "{}", sales());
    // a member of queues.conf is there for good
    let (status, _, answer) = ask("logout", json!({"queue": "support"}));
    assert!(matches!(status, 200 | 502), "{answer}");
}

fn verbs_on_nobody_are_refused_by_name(version: Version) {
    let floor = Floor::open(version, &[]);
    for (body, told) in [
        (json!({"agent": floor.endpoint("1999")}), (404, "no_such_agent")),
        (json!({"agent": floor.endpoint("1001"), "queue": "sales"}), (409, "not_a_member")),
        (json!({"agent": floor.endpoint("1001"), "queue": "nowhere"}), (409, "not_a_member")),
    ] {
        let (status, answer) = floor.vigie.post("/api/agents/pause", &body);
        assert_eq!((status, answer["error"].as_str().unwrap_or("")), told, "{body}");
    }
}
