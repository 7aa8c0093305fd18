//! What flows look up and leave behind: contacts, and requests to be called back, as people work them off.

use std::sync::Arc;

use actors::ivr::{Ask, CallbackAsk, Told};
use actors::numbers::Numbers;
use serde_json::{Value, json};
use vigie::db::{Db, Source};
use vigie::errands::{Errands, Hosts};

use super::desk::{Desk, Pass, until};

/// Does that as a conversation would, on the desk's database.
fn errand(desk: &Desk, ask: Ask) -> Told {
    let source = Source::Server(Box::new(desk.database.url().parse().expect("an address")));
    actix::System::new().block_on(async {
        let db = Db::new(source);
        db.prepare().await.expect("the database");
        let errands = Errands::new(&db, Hosts::default(), Arc::new(Numbers::default()));
        errands.run("demo", ask).await
    })
}

fn wants(desk: &Desk, number: &str, attempts: u8) -> Told {
    let (called, flow, node) = ("0170000001".into(), "welcome".into(), "n".into());
    let note = "asked at night".into();
    errand(desk, Ask::Callback(CallbackAsk { number: number.into(), called, flow, node, note, attempts }))
}

fn listed(desk: &Desk, pass: &Pass, query: &str) -> Vec<(String, String, i64)> {
    let reply = desk.get(pass, &format!("/api/callbacks{query}"));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let all = reply.json();
    let rows = all.as_array().expect("a list");
    rows.iter()
        .map(|row| (text(row, "number"), text(row, "state"), row["asked"].as_i64().unwrap_or(0)))
        .collect()
}

fn id_of(desk: &Desk, pass: &Pass, number: &str) -> String {
    let all = desk.get(pass, "/api/callbacks").json();
    let row = all.as_array().expect("a list").iter().find(|row| row["number"] == number).cloned();
    row.expect("it is listed")["id"].as_str().expect("text").to_owned()
}

#[test]
fn who_wants_to_be_called_back_is_taken_tried_and_closed_with_an_outcome() {
    let (desk, root) = Desk::set_up();
    desk.user(&root, "alice", "Agent", None, None);
    desk.user(&root, "bruno", "Agent", None, None);
    let (alice, bruno) = (desk.login("alice"), desk.login("bruno"));
    for number in ["0612345678", "+33612345678", "1002"] {
        assert_eq!(wants(&desk, number, 2), Told::Callback(Ok(())), "{number}");
    }
    let expected = [("+33612345678".into(), "open".into(), 2), ("1002".into(), "open".into(), 1)];
    assert_eq!(listed(&desk, &alice, ""), expected, "who asks twice waits once, in whatever spelling");
    // S20: who could not be dialled is not called back either
    assert!(matches!(wants(&desk, "0899123456", 2), Told::Callback(Err(_))));

    let id = id_of(&desk, &alice, "+33612345678");
    let take = |pass: &Pass| desk.post(pass, "/api/callbacks/take", &json!({"id": id})).told();
    let said = |pass: &Pass, outcome: &str| {
        let body = json!({"id": id, "outcome": outcome, "remark": "with a remark"});
        desk.post(pass, "/api/callbacks/outcome", &body)
    };
    assert_eq!(said(&alice, "reached").told(), "409 callback_not_yours", "nobody took it yet");
    assert_eq!((take(&alice), take(&alice)), ("200".into(), "200".into()), "twice by the same is once");
    assert_eq!(take(&bruno), "409 callback_not_yours");
    assert_eq!(said(&bruno, "reached").told(), "409 callback_not_yours");
    let tried = said(&alice, "no_answer").json();
    assert_eq!(
        (&tried["state"], &tried["attempts"], &tried["takenBy"]),
        (&json!("open"), &json!(1), &json!(""))
    );
    assert_eq!(take(&bruno), "200");
    let back = said(&bruno, "later").json();
    assert_eq!((&back["state"], &back["attempts"]), (&json!("open"), &json!(1)), "no attempt");
    assert_eq!(take(&bruno), "200");
    let failed = said(&bruno, "busy").json();
    assert_eq!((&failed["state"], &failed["attempts"]), (&json!("failed"), &json!(2)), "no attempt is left");
    assert_eq!(take(&alice), "409 callback_not_yours", "it is over");
    let tried: Vec<_> = failed["tries"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (&one["byName"], &one["outcome"]))
        .collect();
    let (no_answer, later, busy) = (json!("no_answer"), json!("later"), json!("busy"));
    let names = [&tried_by(&desk, &alice), &tried_by(&desk, &bruno)];
    assert_eq!(tried, [(names[0], &no_answer), (names[1], &later), (names[1], &busy)], "{failed}");
    assert_eq!(listed(&desk, &alice, "?state=failed").len(), 1);
    assert_eq!(wants(&desk, "0612345678", 1), Told::Callback(Ok(())), "he may ask anew");
    let id = id_of(&desk, &alice, "+33612345678");
    desk.post(&alice, "/api/callbacks/take", &json!({"id": id}));
    let body = json!({"id": id, "outcome": "reached"});
    assert_eq!(desk.post(&alice, "/api/callbacks/outcome", &body).json()["state"], "done");
    for (body, told) in [
        (json!({"id": "999999"}), "404 not_found"),
        (json!({"id": 1}), "422 bad_request"),
        (json!({"id": "1'"}), "422 bad_request"),
        (json!({}), "422 bad_request"),
    ] {
        let reply = desk.post(&alice, "/api/callbacks/take", &body);
        assert_eq!(reply.status.to_string(), told[..3], "{body}: {}", reply.told());
    }
    assert_eq!(desk.get(&alice, "/api/callbacks?state=gone").status, 422);
}

/// What that one is called.
fn tried_by(desk: &Desk, pass: &Pass) -> Value {
    let user = desk.get(pass, "/api/auth/me").json()["user"].clone();
    let name = |part: &str| user[part].as_str().unwrap_or_default().to_owned();
    let whole = format!("{} {}", name("firstName"), name("lastName"));
    json!(if whole.trim().is_empty() { name("loginId") } else { whole.trim().to_owned() })
}

#[test]
fn how_many_are_due_is_known_and_a_phone_that_may_not_be_rung_takes_nothing() {
    let (desk, root) = Desk::set_up();
    desk.user(&root, "alice", "Agent", None, None);
    desk.user(&root, "bruno", "Agent", None, None);
    let (alice, bruno) = (desk.login("alice"), desk.login("bruno"));
    let due = |pass: &Pass| desk.get(pass, "/api/callbacks/due").json();
    let before = due(&alice);
    assert_eq!((&before["kept"], &before["due"], &before["phones"]), (&json!(true), &json!(0), &json!([])));
    let contact = json!({"number": "0612345678", "name": "Zoé"});
    assert_eq!(desk.post(&root, "/api/flow-contacts", &contact).status, 200);
    assert_eq!(wants(&desk, "0612345678", 2), Told::Callback(Ok(())));
    until("one that is due", || due(&alice)["due"] == 1);
    assert_ne!(due(&alice)["version"], before["version"]);
    let row = desk.get(&alice, "/api/callbacks").json()[0].clone();
    assert_eq!(
        (&row["name"], &row["due"], &row["tries"]),
        (&json!("Zoé"), &json!(true), &json!([])),
        "{row}"
    );

    // neither who has no phone nor who names another's has taken it
    let call = |body: &Value| desk.post(&alice, "/api/callbacks/call", body).told();
    assert_eq!(call(&json!({"id": row["id"]})), "409 no_phone");
    assert_eq!(call(&json!({"id": row["id"], "agent": "PJSIP/1001"})), "404 no_such_agent");
    assert_eq!(due(&alice)["due"], 1);
    assert_eq!(desk.post(&alice, "/api/callbacks/take", &json!({"id": row["id"]})).status, 200);
    // who changes something sees it at once
    let (hers, his) = (due(&alice), due(&bruno));
    assert_eq!((&hers["due"], &hers["taken"], &hers["mine"]), (&json!(0), &json!(1), &json!(1)), "{hers}");
    assert_eq!((&his["taken"], &his["mine"]), (&json!(1), &json!(0)), "{his}");
    assert_eq!(desk.get(&alice, "/api/callbacks/due?x=1").status, 422);
}

#[test]
fn who_calls_is_found_by_his_number_however_it_is_written() {
    let (desk, root) = Desk::set_up();
    let contact = json!({"number": "06 12 34 56 78", "name": "Zoé", "data": {"vip": "yes"}});
    let reply = desk.post(&root, "/api/flow-contacts", &contact);
    assert_eq!((reply.status, &reply.json()["number"]), (200, &json!("+33612345678")), "{}", reply.text());
    let found = |number: &str| match errand(&desk, Ask::Contact(number.into())) {
        Told::Contact(Ok(fields)) => fields.map(|fields| (fields["name"].clone(), fields["vip"].clone())),
        other => panic!("{other:?}"),
    };
    for number in ["0612345678", "+33612345678", "0033612345678"] {
        assert_eq!(found(number), Some(("Zoé".into(), "yes".into())), "{number}");
    }
    assert_eq!((found("0612345679"), found("")), (None, None));
    let changed = json!({"number": "+33612345678", "name": "Zoé B.", "data": {"vip": "no"}});
    assert_eq!(desk.post(&root, "/api/flow-contacts", &changed).status, 200);
    assert_eq!(found("0612345678"), Some(("Zoé B.".into(), "no".into())), "one of each number");
    assert_eq!(desk.get(&root, "/api/flow-contacts").json().as_array().map(Vec::len), Some(1));
    assert_eq!(desk.get(&root, "/api/flow-contacts?after=%2B33612345678").json(), json!([]));
    for body in [
        json!({"number": "06", "data": {"vip": 1}}),
        json!({"number": "06", "data": ["vip"]}),
        json!({"number": "a\u{0}"}),
        json!({"name": "Zoé"}),
        json!({"number": "06", "name": "a\nb"}),
    ] {
        assert_eq!(desk.post(&root, "/api/flow-contacts", &body).status, 422, "{body}");
    }
    let gone = |number: &str| desk.ask(&root, "DELETE", &format!("/api/flow-contacts/{number}"), None).status;
    assert_eq!((gone("0612345678"), gone("+33612345678"), gone("%00")), (204, 404, 404));
    assert_eq!(found("0612345678"), None);
}
