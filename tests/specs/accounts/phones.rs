//! Whose rules a phone dials by, and what stays on an agent's desk.

use serde_json::{Value, json};

use super::desk::{Desk, Pass, until};
use super::scopes::floor;

#[test]
fn s20_how_many_calls_somebody_may_start_holds_over_a_restart() {
    let (mut desk, root, whose) = floor();
    let rules = json!({"numbers": {"limits": {"agent": {"hour": 1}}}});
    assert_eq!(desk.put(&root, "/api/sites/paris", &rules).status, 200);
    let chef = desk.login("chef-paris");
    let mut one = String::new();
    until("somebody of paris who does nothing", || {
        let idle =
            |a: &&Value| a["activity"] == "idle" && a["call"].is_null() && a["device"] != "UNAVAILABLE";
        let agents = desk.rows(&chef, "agents");
        one = agents.iter().find(idle).and_then(|a| a["endpoint"].as_str()).unwrap_or_default().to_owned();
        whose.get(&one) == Some(&"paris")
    });
    let call = |desk: &Desk, chef: &Pass, number: &str| {
        let body = json!({"agent": one, "destination": number});
        desk.post(chef, "/api/calls/originate", &body).told()
    };
    let first = call(&desk, &chef, "0612345678");
    assert!(first == "200" || first.starts_with("409 station_"), "it is dialled, or was to be: {first}");
    assert_eq!(call(&desk, &chef, "+33 6 12 34 56 79"), "409 number_limit");
    desk.restart();
    desk.until_live(&root);
    assert_eq!(call(&desk, &chef, "0612345678"), "409 number_limit", "a restart makes no room");
    let inside = call(&desk, &chef, "1003");
    assert_ne!(inside, "409 number_limit", "inside is not counted");
}

#[test]
fn s19_a_call_goes_by_the_rules_of_the_phone_s_site_whoever_has_it_made() {
    let (desk, root, whose) = floor();
    let rules = json!({"numbers": {"deny": ["+336"]}});
    assert_eq!(desk.put(&root, "/api/sites/paris", &rules).status, 200);
    for (endpoint, site) in &whose {
        let body = json!({"agent": endpoint, "destination": "0612345678", "mobile": "0612345670"});
        let told = desk.post(&root, "/api/calls/originate", &body).told();
        match *site {
            "paris" => assert_eq!(told, "409 number_denied", "{endpoint}"),
            _ => assert_ne!(told, "409 number_denied", "{endpoint}"),
        }
    }
}

#[test]
fn messages_and_a_raised_hand_outlive_a_restart() {
    let (mut desk, root, whose) = floor();
    let (endpoint, _) = whose.first_key_value().expect("an agent");
    let agents = desk.rows(&root, "agents");
    let row = agents.iter().find(|agent| agent["endpoint"] == endpoint.as_str()).expect("his row");
    let id = row["id"].as_str().expect("text").to_owned();
    let at = format!("/api/agents/{}", id.replace('~', "%7E").replace('/', "%2F"));
    let agent = desk.login("agent0");
    let say = json!({"text": "le client de 10 h est à vous"});
    assert_eq!(desk.post(&root, &format!("{at}/messages"), &say).status, 201);
    let raised = json!({"raised": true, "text": "un conseil ?"});
    assert_eq!(desk.post(&agent, &format!("{at}/hand"), &raised).status, 200);
    let stands = |desk: &Desk| {
        let rows = desk.rows(&root, "desks");
        let row = rows.iter().find(|row| row["id"] == id.as_str())?;
        (row["hand"]["text"] == raised["text"]).then(|| row["messages"].clone())
    };
    let mut before = None;
    until("the desk on the board", || {
        before = stands(&desk);
        before.is_some()
    });
    assert_eq!(before.as_ref().expect("messages")[0]["text"], say["text"]);
    desk.restart();
    until("the same desk after the restart", || stands(&desk) == before);
}
