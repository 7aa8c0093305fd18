//! Changes of people at the same moment: each is decided on what is written, and none undoes another.

use serde_json::{Value, json};

use super::desk::{Desk, PASSWORD, Pass, until};
use crate::web::site::Reply;

/// Method, address, body.
type Change<'a> = (&'a Pass, &'static str, &'static str, Value);

/// Asks for all of them; each has passed what is asked before it is noted when the first is done.
fn at_once<const N: usize>(desk: &Desk, act: &str, changes: [Change<'_>; N]) -> [Reply; N] {
    let asked = || {
        let noted = "select count(*) from vigie.audit where entry::jsonb ->> 'outcome' = 'asked'";
        let of = format!("{noted} and entry::jsonb ->> 'act' in ({act})");
        desk.database.run(&of).parse::<usize>().unwrap_or(0)
    };
    let before = asked();
    std::thread::scope(|scope| {
        let held = desk.database.hold_people();
        let all = changes.map(|(pass, method, path, body)| {
            scope.spawn(move || desk.ask(pass, method, path, (!body.is_null()).then_some(&body)))
        });
        until("all of them", || asked() == before + N);
        drop(held);
        all.map(|one| one.join().expect("an answer"))
    })
}

fn told(replies: &[Reply]) -> Vec<String> {
    let mut told: Vec<_> = replies.iter().map(Reply::told).collect();
    told.sort();
    told
}

fn put_each_other_out(body: &Value) {
    let (desk, root) = Desk::set_up();
    desk.user(&root, "second", "SuperAdmin", None, None);
    let second = desk.login("second");
    let both = [
        (&root, "PUT", "/api/users/second", body.clone()),
        (&second, "PUT", "/api/users/user-first", body.clone()),
    ];
    let replies = at_once(&desk, "'set_user'", both);
    let done = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(done, 1, "{:?}", told(&replies));
    let left = "select count(*) from vigie.users where role = 'SuperAdmin' and active";
    assert_eq!(desk.database.run(left), "1", "{body}");
}

#[test]
fn s33_two_superadmins_cannot_put_each_other_out_at_the_same_moment() {
    put_each_other_out(&json!({"role": "Agent"}));
    put_each_other_out(&json!({"isActive": false}));
}

#[test]
fn two_editors_of_one_user_do_not_undo_each_other() {
    let (desk, root) = Desk::set_up();
    desk.user(&root, "marie", "Agent", None, None);
    desk.site(&root, "north");
    let user = [
        (&root, "PUT", "/api/users/marie", json!({"firstName": "Marie"})),
        (&root, "PUT", "/api/users/marie", json!({"mobileNumber": "+33612345678"})),
        (&root, "PUT", "/api/users/marie", json!({"siteId": "north"})),
    ];
    assert_eq!(told(&at_once(&desk, "'set_user'", user)), ["200"; 3]);
    let marie = desk.get(&root, "/api/users/marie").json();
    assert_eq!(
        (&marie["firstName"], &marie["mobileNumber"], &marie["siteId"]),
        (&json!("Marie"), &json!("+33612345678"), &json!("north"))
    );
    let site = [
        (&root, "PUT", "/api/sites/north", json!({"dayStart": "06:00"})),
        (&root, "PUT", "/api/sites/north", json!({"trunks": ["PJSIP/north"]})),
    ];
    assert_eq!(told(&at_once(&desk, "'set_site'", site)), ["200"; 2]);
    let north = desk.get(&root, "/api/sites/north").json();
    assert_eq!((&north["dayStart"], &north["trunks"]), (&json!("06:00"), &json!(["PJSIP/north"])));
}

#[test]
fn s33_a_station_is_given_to_one_of_two_who_are_given_it_at_the_same_moment() {
    let (desk, root) = Desk::set_up();
    desk.user(&root, "marie", "Agent", None, None);
    desk.user(&root, "paul", "Agent", None, None);
    let sits = |endpoint: &str| {
        let one =
            json!({"pbx": "demo", "station": "1", "endpoint": endpoint, "memberInterface": "PJSIP/1001"});
        json!({"stations": [one]})
    };
    let both = [
        (&root, "PUT", "/api/users/marie/stations", sits("PJSIP/a")),
        (&root, "PUT", "/api/users/paul/stations", sits("PJSIP/b")),
    ];
    assert_eq!(told(&at_once(&desk, "'set_stations'", both)), ["200", "409 taken"]);
    let twice = sits("PJSIP/c")["stations"][0].clone();
    let mut other = twice.clone();
    other["endpoint"] = json!("PJSIP/d");
    let one_mans = desk.put(&root, "/api/users/marie/stations", &json!({"stations": [twice, other]}));
    assert_eq!(one_mans.told(), "409 taken", "nor twice to one");
}

#[test]
fn s33_a_right_that_was_taken_meanwhile_is_not_used() {
    let (desk, root) = Desk::set_up();
    desk.user(&root, "admin", "Administrateur", None, None);
    desk.user(&root, "marie", "Agent", None, None);
    let admin = desk.login("admin");
    std::thread::scope(|scope| {
        let held = desk.database.hold_people();
        let demoted = scope.spawn(|| desk.put(&root, "/api/users/admin", &json!({"role": "Agent"})));
        let waits = "select count(*) from pg_stat_activity where application_name = 'vigie' and wait_event_type = 'Lock'";
        until("the first, which is next", || desk.database.run(waits) == "1");
        let used = scope.spawn(|| desk.put(&admin, "/api/users/marie", &json!({"role": "Superviseur"})));
        // he was let in, and may by the picture in memory, when it is noted that he asks
        let asked =
            "select count(*) from vigie.audit where who = 'admin' and entry::jsonb ->> 'outcome' = 'asked'";
        until("the second, behind it", || desk.database.run(asked) == "1");
        assert_eq!(desk.get(&admin, "/api/users").status, 200, "nothing is taken from him yet");
        drop(held);
        let demoted = demoted.join().expect("an answer");
        assert_eq!(demoted.status, 200, "{}", demoted.text());
        assert_eq!(used.join().expect("an answer").told(), "403 no_right");
    });
    assert_eq!(desk.get(&root, "/api/users/marie").json()["role"], "Agent");
}

#[test]
fn s44_a_reset_of_a_password_holds_against_a_change_by_its_owner_at_the_same_moment() {
    let (desk, root) = Desk::set_up();
    desk.user(&root, "marie", "Agent", None, None);
    let marie = desk.login("marie");
    let own = json!({"currentPassword": PASSWORD, "newPassword": "seize chevaux verts dorment"});
    let both = [
        (&root, "POST", "/api/users/marie/one-time-password", Value::Null),
        (&marie, "PUT", "/api/users/me/password", own),
    ];
    let [reset, own] = at_once(&desk, "'one_time_password', 'set_own_password'", both);
    assert_eq!(reset.status, 200, "{}", reset.text());
    let given = reset.json()["oneTimePassword"].as_str().expect("told once").to_owned();
    let in_now = desk.try_login("marie", &given);
    assert_eq!(in_now.json()["user"]["mustChangePassword"], true, "{} then {}", own.told(), in_now.text());
    assert_eq!(desk.try_login("marie", PASSWORD).status, 401);
    assert_eq!(desk.try_login("marie", "seize chevaux verts dorment").status, 401);
    assert_eq!(desk.get(&marie, "/api/auth/me").status, 401, "her session is over");
    // when the reset was first her session was over, or the password that she gave was hers no more
    let reason = own.json()["error"].as_str().map(str::to_owned);
    let outcome = reason.unwrap_or_else(|| "done".to_owned());
    until("both in the log", || {
        let log = desk.get(&root, "/api/audit?who=marie").json();
        let mut all = log["entries"].as_array().into_iter().flatten();
        let own = all.any(|e| e["act"] == "set_own_password" && e["outcome"] == *outcome);
        let log = desk.get(&root, "/api/audit?who=user-first").json();
        let mut all = log["entries"].as_array().into_iter().flatten();
        own && all.any(|e| e["act"] == "one_time_password" && e["outcome"] == "done")
    });
}
