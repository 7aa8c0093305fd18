//! People changed by an administrator in psql while they are changed over REST.

use serde_json::json;

use super::desk::{Desk, Pass, until};

/// What whoever is to stop waits for, in SQL.
const GATE: &str = "pg_advisory_xact_lock(7)";
const BY_HAND: &str = "update vigie.users set mobile_number = '+33612345678' where id = 'marie'";

/// Who comes from that program stops at that point, until the gate is opened.
fn stops(desk: &Desk, program: &str, point: &str) {
    desk.database.run(&format!(
        "create function vigie.stop() returns trigger language plpgsql as $$ begin \
         if current_setting('application_name') = '{program}' then perform {GATE}; end if; \
         return null; end $$"
    ));
    desk.database.run(&format!("create trigger stop {point} execute function vigie.stop()"));
}

/// Whether that program waits for a lock, of that kind or another (`%`).
fn waits(desk: &Desk, program: &str, lock: &str) -> bool {
    let all = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'";
    desk.database.run(&format!("{all} and application_name = '{program}' and wait_event like '{lock}'"))
        == "1"
}

/// The first of both stops at the gate, the second waits for it, and the gate opens: both are done.
fn meet(desk: &Desk, root: &Pass, first: &str) {
    std::thread::scope(|scope| {
        let gate = desk.database.hold(&format!("select 1 from {GATE}"));
        let by_hand = || scope.spawn(|| desk.database.run(BY_HAND));
        let by_rest =
            || scope.spawn(|| desk.put(root, "/api/users/marie", &json!({"firstName": "Marie"})).told());
        let (hand, rest);
        if first == "psql" {
            hand = by_hand();
            until("psql at the gate", || waits(desk, "psql", "advisory"));
            rest = by_rest();
            until("the other", || waits(desk, "vigie", "%"));
        } else {
            rest = by_rest();
            until("Vigie at the gate", || waits(desk, "vigie", "advisory"));
            hand = by_hand();
            until("the other", || waits(desk, "psql", "%"));
        }
        drop(gate);
        hand.join().expect("psql is not refused");
        assert_eq!(rest.join().expect("an answer"), "200");
    });
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    assert_eq!(desk.database.run(deadlocks), "0");
    let marie = "select first_name, mobile_number from vigie.users where id = 'marie'";
    assert_eq!(desk.database.run(marie), "Marie|+33612345678", "neither is undone");
}

#[test]
fn s44_a_change_in_psql_that_has_its_row_and_one_over_rest_are_both_done() {
    let (desk, root) = Desk::set_up();
    desk.user(&root, "marie", "Agent", None, None);
    // with the row, and before what is done at the end of the statement
    stops(&desk, "psql", "after update on vigie.users for each row");
    meet(&desk, &root, "psql");
}

#[test]
fn s44_a_change_over_rest_that_is_under_way_and_one_in_psql_are_both_done() {
    let (desk, root) = Desk::set_up();
    desk.user(&root, "marie", "Agent", None, None);
    // with the lock of all people, and before the row
    stops(&desk, "vigie", "before delete on vigie.group_members for each statement");
    meet(&desk, &root, "vigie");
}
