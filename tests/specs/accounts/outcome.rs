//! What a change is told to have come to when the database fails around its commit.

use serde_json::json;

use super::desk::{Desk, until};

/// Has that done by whoever makes a user, as the last thing before it is committed.
fn at_commit(desk: &Desk, body: &str) {
    desk.database.run(&format!(
        "create function vigie.last_thing() returns trigger language plpgsql as $$ begin {body}; return null; end $$"
    ));
    desk.database.run(
        "create constraint trigger last_thing after insert on vigie.users deferrable initially deferred \
         for each row execute function vigie.last_thing()",
    );
}

#[test]
fn f24_what_was_committed_is_told_to_be_done_though_people_cannot_be_read_after_it() {
    let (desk, root) = Desk::set_up();
    at_commit(&desk, "alter table vigie.grants rename to grants_away");
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
    // a commit that is on disk and waits for another server is not answered until then
    desk.database.run("alter system set synchronous_commit = 'local'");
    desk.database.run("alter system set synchronous_standby_names = 'nobody'");
    desk.database.run("select pg_reload_conf()");
    until("the setting", || desk.database.run("show synchronous_standby_names") == "nobody");
    at_commit(&desk, "perform set_config('synchronous_commit', 'on', true)");
    let reply = std::thread::scope(|scope| {
        let asked = scope.spawn(|| {
            desk.post(&root, "/api/users", &json!({"id": "paul", "loginId": "paul", "role": "Agent"}))
        });
        until("the commit", || {
            let cut =
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where wait_event = 'SyncRep'";
            desk.database.run(cut) == "1"
        });
        asked.join().expect("an answer")
    });
    assert_eq!(reply.status, 201, "{}", reply.text());
    let password = reply.json()["oneTimePassword"].as_str().expect("told once").to_owned();
    assert_eq!(desk.try_login("paul", &password).status, 200);
}
