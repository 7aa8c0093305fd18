//! Getting in: the first account, passwords, guesses.

use serde_json::json;

use super::desk::{Desk, PASSWORD, Pass, until};

#[test]
fn s39_there_is_no_account_before_the_setup_code_is_entered() {
    let desk = Desk::start();
    let nobody = Pass::default();
    assert_eq!(
        desk.get(&nobody, "/api/auth/state").json(),
        json!({"accounts": true, "ready": true, "setup": true})
    );
    for (login, password) in [("admin", "admin"), ("root", "root"), ("9999", "demo-9999"), ("", "")] {
        assert_eq!(desk.try_login(login, password).status, 401, "{login}");
    }
    let body = |code: &str, password: &str| json!({"code": code, "loginId": "root", "password": password});
    let wrong = desk.post(&nobody, "/api/auth/setup", &body("2222-2222-2222-2222", PASSWORD));
    assert_eq!(wrong.told(), "401 wrong_code");
    let code = desk.code();
    for weak in ["short", "password1234", "123456789012"] {
        let reply = desk.post(&nobody, "/api/auth/setup", &body(&code, weak));
        assert_eq!(reply.told(), "422 bad_value", "{weak}");
        assert!(reply.json()["details"]["password"].is_string());
    }
    let reply = desk.post(&nobody, "/api/auth/setup", &body(&code, PASSWORD));
    assert_eq!(reply.status, 201, "{}", reply.text());
    assert_eq!(reply.json()["user"]["role"], "SuperAdmin");
    let first = Pass::of(&reply);
    assert_eq!(desk.get(&first, "/api/auth/me").json()["user"]["loginId"], "root");
    let again = desk.post(&nobody, "/api/auth/setup", &body(&code, PASSWORD));
    assert_eq!(again.told(), "409 set_up_already");
    assert_eq!(desk.get(&nobody, "/api/auth/state").json()["setup"], false);
    assert_eq!(desk.try_login("ROOT", PASSWORD).status, 200, "a login in any case");
}

#[test]
fn s51_no_secret_is_in_the_log_or_the_audit_journal() {
    let (desk, first) = Desk::set_up();
    let _ = desk.try_login("root", "canary-wrong-password");
    desk.login("root");
    let ticket = desk.ticket(&first);
    let journal =
        std::fs::read_to_string(desk.data.path().join("audit/000000000001.log")).expect("a journal");
    let dump =
        desk.database.run("select * from vigie.users") + &desk.database.run("select * from vigie.sessions");
    for secret in [
        PASSWORD,
        "canary-wrong-password",
        first.token.as_str(),
        first.cookie("refreshToken"),
        ticket.as_str(),
    ] {
        assert!(!desk.server.log().contains(secret), "in the log: {secret}");
        assert!(!journal.contains(secret), "in the journal: {secret}");
        assert!(!dump.contains(secret), "in the database: {secret}");
    }
    assert!(journal.contains("\"act\":\"login\"") && journal.contains("\"outcome\":\"wrong\""));
}

#[test]
fn s40_guesses_are_slowed_and_an_unknown_login_is_answered_alike() {
    let (desk, first) = Desk::set_up();
    desk.user(&first, "marie", "Agent", None, None);
    let (known, unknown) = (desk.try_login("marie", "x"), desk.try_login("nobody", "x"));
    assert_eq!((known.status, known.text()), (unknown.status, unknown.text()));
    assert_eq!(known.json()["errorKey"], "INVALID_CREDENTIALS");
    let told: Vec<_> = (0..8).map(|_| desk.try_login("marie", "x").told()).collect();
    let slowed = desk.try_login("marie", PASSWORD);
    assert_eq!(slowed.told(), "429 too_many_tries", "{told:?}");
    let wait: u64 = slowed.header("retry-after").expect("how long").parse().expect("seconds");
    assert!((1..=300).contains(&wait));
    assert_eq!(desk.try_login("root", PASSWORD).status, 200, "others are not");
}

#[test]
fn s54_a_login_for_which_the_database_is_away_is_noted_as_none_and_slows_nobody() {
    let (desk, first) = Desk::set_up();
    desk.user(&first, "marie", "Agent", None, None);
    desk.database.kill();
    for _ in 0..10 {
        assert_eq!(desk.try_login("marie", PASSWORD).told(), "503 database_away");
    }
    desk.database.start();
    until("the database", || {
        let told = desk.try_login("marie", PASSWORD).told();
        assert!(["200", "503 database_away"].contains(&told.as_str()), "{told}");
        told == "200"
    });
    let journal =
        std::fs::read_to_string(desk.data.path().join("audit/000000000001.log")).expect("a journal");
    let done = |line: &&str| line.contains(r#""act":"login""#) && line.contains(r#""outcome":"done""#);
    assert_eq!(journal.lines().filter(done).count(), 1, "{journal}");
}

#[test]
fn s44_a_disabled_account_is_told_so_only_with_its_password() {
    let (desk, first) = Desk::set_up();
    desk.user(&first, "marie", "Agent", None, None);
    let reply = desk.put(&first, "/api/users/marie", &json!({"isActive": false}));
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(desk.try_login("marie", "x").json()["errorKey"], "INVALID_CREDENTIALS");
    let reply = desk.try_login("marie", PASSWORD);
    assert_eq!((reply.status, &reply.json()["errorKey"]), (401, &json!("ACCOUNT_DISABLED")));
}

#[test]
fn an_own_password_is_changed_with_the_present_one_and_ends_other_sessions() {
    let (desk, first) = Desk::set_up();
    let elsewhere = desk.login("root");
    let set = |current: &str, new: &str| {
        desk.put(&first, "/api/users/me/password", &json!({"currentPassword": current, "newPassword": new}))
    };
    let wrong = set("wrong", "seize chevaux verts dorment");
    assert_eq!(wrong.told(), "400 wrong_password");
    assert!(wrong.json()["details"]["currentPassword"].is_string(), "{}", wrong.text());
    let weak = set(PASSWORD, "short");
    assert_eq!(weak.told(), "400 weak_password");
    assert!(weak.json()["details"]["newPassword"].is_string(), "{}", weak.text());
    assert_eq!(set(PASSWORD, PASSWORD).told(), "400 weak_password");
    assert_eq!(set(PASSWORD, "seize chevaux verts dorment").status, 200);
    assert_eq!(desk.get(&first, "/api/auth/me").status, 200, "this session stays");
    assert_eq!(desk.get(&elsewhere, "/api/auth/me").status, 401);
    assert_eq!(desk.try_login("root", PASSWORD).status, 401);
    assert_eq!(desk.try_login("root", "seize chevaux verts dorment").status, 200);
}

#[test]
fn a_password_that_another_made_is_good_for_a_new_one_only() {
    let (desk, first) = Desk::set_up();
    let reply = desk.post(&first, "/api/users", &json!({"loginId": "paul", "role": "Superviseur"}));
    let made = reply.json()["oneTimePassword"].as_str().expect("told once").to_owned();
    let reply = desk.try_login("paul", &made);
    assert_eq!(reply.json()["user"]["mustChangePassword"], true);
    let paul = Pass::of(&reply);
    assert_eq!(desk.get(&paul, "/api/board").told(), "403 no_right");
    let body = json!({"currentPassword": made, "newPassword": PASSWORD});
    assert_eq!(desk.put(&paul, "/api/users/me/password", &body).status, 200);
    assert_eq!(desk.get(&paul, "/api/board").status, 200);
    let id = desk.get(&paul, "/api/auth/me").json()["user"]["id"].as_str().expect("an id").to_owned();
    let reply = desk.ask(&first, "POST", &format!("/api/users/{id}/one-time-password"), None);
    let made = reply.json()["oneTimePassword"].as_str().expect("told once").to_owned();
    assert_eq!(desk.get(&paul, "/api/auth/me").status, 401, "his sessions are over");
    assert_eq!(desk.try_login("paul", &made).json()["user"]["mustChangePassword"], true);
}
