//! What a change is told to have come to when the database fails around its commit.

use serde_json::json;

use super::desk::{Desk, PASSWORD, until};

/// Has that done by whoever makes a user (`insert`) or changes one (`update`), as the last thing before it is committed.
fn at_commit(desk: &Desk, event: &str, body: &str) {
    desk.database.run(&format!(
        "create function vigie.last_thing() returns trigger language plpgsql as $$ begin {body}; return null; end $$"
    ));
    desk.database.run(&format!(
        "create constraint trigger last_thing after {event} on vigie.users deferrable initially deferred \
         for each row execute function vigie.last_thing()",
    ));
}

/// Who makes or changes a user has committed it on disk, and waits for another server before he is told.
fn commits_are_not_answered(desk: &Desk) {
    desk.database.run("alter system set synchronous_commit = 'local'");
    desk.database.run("alter system set synchronous_standby_names = 'nobody'");
    desk.database.run("select pg_reload_conf()");
    until("the setting", || desk.database.run("show synchronous_standby_names") == "nobody");
    at_commit(desk, "insert or update", "perform set_config('synchronous_commit', 'on', true)");
}

/// Ends the connections of those who wait so.
const CUT: &str =
    "select count(pg_terminate_backend(pid)) from pg_stat_activity where wait_event = 'SyncRep'";

#[test]
fn f24_what_was_committed_is_told_to_be_done_though_people_cannot_be_read_after_it() {
    let (desk, root) = Desk::set_up();
    at_commit(&desk, "insert", "alter table vigie.grants rename to grants_away");
    let reply = desk.post(&root, "/api/users", &json!({"id": "paul", "loginId": "paul", "role": "Agent"}));
    assert_eq!(reply.status, 201, "{}", reply.text());
    let password = reply.json()["oneTimePassword"].as_str().expect("told once").to_owned();
    assert_eq!(desk.try_login("paul", &password).status, 200, "it holds at once");
    assert_eq!(desk.get(&root, "/api/users/paul").json()["lastName"], "");
    // what another process changes meanwhile is read as soon as it can be
    desk.database.run("update vigie.users set last_name = 'Petit' where id = 'paul'");
    desk.database.run("alter table vigie.grants_away rename to grants");
    until("what was changed meanwhile", || desk.get(&root, "/api/users/paul").json()["lastName"] == "Petit");
}

#[test]
fn f24_what_was_committed_is_told_to_be_done_though_the_connection_was_lost_at_the_commit() {
    let (desk, root) = Desk::set_up();
    commits_are_not_answered(&desk);
    let reply = std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            desk.post(&root, "/api/users", &json!({"id": "paul", "loginId": "paul", "role": "Agent"}))
        });
        until("the commit", || desk.database.run(CUT) == "1");
        asked.join().expect("an answer")
    });
    assert_eq!(reply.status, 201, "{}", reply.text());
    let password = reply.json()["oneTimePassword"].as_str().expect("told once").to_owned();
    assert_eq!(desk.try_login("paul", &password).status, 200);
}

#[test]
fn s44_sessions_end_with_the_change_though_the_process_is_killed_as_it_is_committed() {
    let (mut desk, root) = Desk::set_up();
    desk.user(&root, "marie", "Agent", None, None);
    let (marie, elsewhere) = (desk.login("marie"), desk.login("marie"));
    commits_are_not_answered(&desk);
    let killed = |desk: &mut Desk| {
        let waits = "select count(*) from pg_stat_activity where wait_event = 'SyncRep'";
        until("the commit", || desk.database.run(waits) == "1");
        desk.restart_after(|database| assert_eq!(database.run(CUT), "1"));
    };
    let alive = "select count(*) from vigie.sessions where user_id = 'marie' and revoked is null";

    let own = json!({"currentPassword": PASSWORD, "newPassword": "seize chevaux verts dorment"});
    let _asked = desk.begin(&marie, "PUT", "/api/users/me/password", &own);
    killed(&mut desk);
    assert_eq!(desk.get(&elsewhere, "/api/auth/me").status, 401);
    assert_eq!(desk.get(&marie, "/api/auth/me").status, 200, "who changed it stays");
    assert_eq!(desk.database.run(alive), "1");

    let _asked = desk.begin(&root, "PUT", "/api/users/marie", &json!({"isActive": false}));
    killed(&mut desk);
    assert_eq!(desk.database.run(alive), "0");
    // let in again, she has none of them
    desk.database.run("drop trigger last_thing on vigie.users");
    assert_eq!(desk.put(&root, "/api/users/marie", &json!({"isActive": true})).status, 200);
    assert_eq!(desk.get(&marie, "/api/auth/me").status, 401);
    assert_eq!(desk.get(&root, "/api/auth/me").status, 200, "others stay");
}
