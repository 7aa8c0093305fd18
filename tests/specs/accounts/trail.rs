//! The audit log: whole, or the check says what is wrong (S54).

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use actors::board::Limits;
use serde_json::{Value, json};
use vigie::access::{Access, Accounts};
use vigie::auth::Role;
use vigie::config::Secret;
use vigie::db::{Db, Source};
use vigie::people::{PasswordChange, UserChange};

use super::desk::{Desk, PASSWORD, until};
use crate::support::postgres::Postgres;
use crate::support::server::vigie;
use crate::web::site::Site;

/// What `vigie audit verify` says, and whether it found the log whole.
fn verify(desk: &Desk) -> (bool, String) {
    let output = vigie()
        .args(["audit", "verify"])
        .env_clear()
        .env("DATABASE_URL", desk.database.url())
        .env("VIGIE_DATA", desk.data.path())
        .current_dir(desk.data.path())
        .output()
        .expect("vigie runs");
    let words =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), words)
}

fn stored(desk: &Desk, n: u64) {
    until("the log in the database", || {
        desk.database.run("select coalesce(max(n), 0) from vigie.audit").parse::<u64>().unwrap_or(0) >= n
    });
}

#[test]
fn s54_a_changed_or_missing_entry_is_named() {
    let (desk, root) = Desk::set_up();
    for n in 0..5 {
        desk.site(&root, &format!("s{n}"));
    }
    stored(&desk, 12);
    let (whole, words) = verify(&desk);
    assert!(whole, "{words}");
    assert!(words.contains("1 journal"), "{words}");
    let refused = Command::new("psql")
        .args([&desk.database.url(), "-c", "update vigie.audit set entry = '{}'"])
        .output()
        .expect("psql runs");
    assert!(!refused.status.success(), "the table is only added to");
    let by_owner = |statement: &str| {
        desk.database.run("alter table vigie.audit disable trigger audit_stays");
        desk.database.run(statement);
        desk.database.run("alter table vigie.audit enable trigger audit_stays");
    };
    by_owner(
        "update vigie.audit set entry = replace(entry, '\"s1\"', '\"s9\"') where entry like '%\"s1\"%asked%'",
    );
    let (whole, words) = verify(&desk);
    let changed = desk.database.run("select n from vigie.audit where entry like '%\"s9\"%asked%'");
    assert!(!whole && words.contains(&format!("entry {changed}: changed")), "{words}");
    by_owner("delete from vigie.audit where n in (3, 4)");
    let (whole, words) = verify(&desk);
    assert!(!whole && words.contains("entries 3 to 4: missing"), "{words}");
}

/// A server in this process, so that its disk can be made to take no more lines.
struct Inside {
    site: Site,
    accounts: Arc<Accounts>,
    /// Of `root`, a SuperAdmin.
    token: String,
    database: Postgres,
    _folder: tempfile::TempDir,
}

fn inside() -> Inside {
    let database = Postgres::new();
    database.start();
    let folder = tempfile::tempdir().expect("a folder");
    let (url, data) = (database.url(), folder.path().to_owned());
    let (tell, told) = std::sync::mpsc::channel();
    let site = Site::with_access(
        |_| {},
        Limits::default(),
        async move || {
            let db = Db::new(Source::Server(Box::new(url.parse().expect("a connection string"))));
            // it may be starting up yet
            while db.prepare().await.is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            let accounts = Accounts::start(db, &data).expect("accounts");
            while !accounts.is_known() {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            let hash = accounts.passwords.hash(Secret::new(PASSWORD.to_owned()), Vec::new()).await;
            let first = UserChange {
                id: "root".into(),
                login_id: "root".into(),
                role: Role::SuperAdmin,
                is_active: true,
                password: PasswordChange::Own(hash.expect("a thread for it").expect("it is good enough")),
                ..UserChange::default()
            };
            let directory = accounts.people.add_first(first).await.expect("the first");
            let login = accounts
                .let_in(directory.people["root"].clone(), "here")
                .await
                .expect("a session")
                .expect("his password");
            tell.send((accounts.clone(), login.access)).expect("the spec waits");
            Access::Accounts(accounts)
        },
    );
    let (accounts, token) = told.recv().expect("accounts");
    Inside { site, accounts, token, database, _folder: folder }
}

#[test]
fn s54_an_act_that_cannot_be_noted_is_not_done() {
    let inside = inside();
    let hangup = || {
        let headers = format!("Content-Type: application/json\r\nAuthorization: Bearer {}\r\n", inside.token);
        inside.site.post_with("/api/calls/hangup", r#"{"channel":"PJSIP/1001-00000062"}"#, &headers).told()
    };
    assert_eq!(hangup(), "200");
    // the disk takes no more lines
    inside.accounts.audit.close();
    assert_eq!(hangup(), "503 audit_unwritten");
    assert_eq!(inside.site.told.asked.lock().len(), 1, "the second reached no actor");
}

#[test]
fn s54_a_login_that_cannot_be_noted_is_refused_and_its_session_is_over() {
    let inside = inside();
    let body = json!({"loginId": "root", "password": PASSWORD}).to_string();
    let login = || inside.site.post("/api/auth/login", &body).told();
    assert_eq!(login(), "200");
    inside.accounts.audit.close();
    assert_eq!(login(), "503 audit_unwritten");
    let sessions = "select count(*), count(why), max(why) from vigie.sessions";
    assert_eq!(inside.database.run(sessions), "3|1|unwritten", "its own is over, and no other");
}

#[test]
fn s54_every_act_stands_in_the_log_in_order() {
    let (desk, root) = Desk::set_up();
    desk.user(&root, "marie", "Agent", None, None);
    desk.put(
        &root,
        "/api/users/marie/grants",
        &json!({"grants": [{"verb": "listen", "scope": {"kind": "all"}}]}),
    );
    let marie = desk.login("marie");
    desk.ask(&marie.token_of(), "POST", "/api/auth/logout", None);
    desk.post(&root, "/api/calls/hangup", &json!({"channel": "PJSIP/1001-0000ffff"}));
    stored(&desk, 10);
    let log = desk.get(&root, "/api/audit").json();
    let entries = log["entries"].as_array().cloned().unwrap_or_default();
    let told: Vec<_> = entries
        .iter()
        .rev()
        .map(|e| {
            format!(
                "{} {} {}",
                e["who"].as_str().unwrap_or(""),
                e["act"].as_str().unwrap_or(""),
                e["outcome"].as_str().unwrap_or("")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "user-first setup asked",
            "user-first setup done",
            "user-first add_user asked",
            "user-first add_user done",
            "user-first set_grants asked",
            "user-first set_grants done",
            "marie login done",
            "marie logout done",
            "user-first hangup asked",
            "user-first hangup no_such_channel",
        ]
    );
    let grants = entries.iter().find(|e| e["act"] == "set_grants" && e["outcome"] == "asked").expect("noted");
    assert_eq!(grants["with"]["grants"], json!(["listen all"]));
    assert!(entries.iter().all(|e| e["at_ms"].is_i64() && e["from"] == "127.0.0.1"));
}

#[test]
fn s54_an_act_whose_client_goes_away_is_done_and_noted_to_its_end() {
    let (desk, root) = Desk::set_up();
    for n in 0..40_u64 {
        let group = json!({"id": format!("g{n}"), "name": format!("Group {n}"), "memberIds": []});
        desk.cut_off(&root, "/api/user-groups", &group, Duration::from_micros(n * 300));
    }
    let count = |outcome: &str| {
        let of = "select count(*) from vigie.audit where entry::jsonb ->> 'act' = 'add_group' and ";
        desk.database.run(&format!("{of} entry::jsonb ->> 'outcome' {outcome}")).parse::<u64>().unwrap_or(0)
    };
    // what was not read whole was never asked, and a busy database may refuse some
    until("an outcome for everything that was asked", || {
        let (asked, ended) = (count("= 'asked'"), count("<> 'asked'"));
        let made = desk.database.run("select count(*) from vigie.groups").parse::<u64>().unwrap_or(0);
        asked > 0 && asked == ended && made == count("= 'done'")
    });
    let (whole, said) = verify(&desk);
    assert!(whole, "{said}");
}

#[test]
fn s54_a_loop_of_refusals_does_not_fill_the_log_and_each_is_counted() {
    let (mut desk, root) = Desk::set_up();
    desk.user(&root, "marie", "Agent", None, None);
    let marie = desk.login("marie").token_of();
    let refused = |path: &str, n: usize| {
        (0..n).for_each(|_| assert_eq!(desk.get(&marie, path).told(), "403 no_right", "{path}"));
    };
    refused("/api/users", 60);
    refused("/api/audit", 40);
    // what is done is noted however often
    for n in 0..20 {
        desk.site(&root, &format!("s{n}"));
    }
    desk.server.stop();
    let journal =
        std::fs::read_to_string(desk.data.path().join("audit/000000000001.log")).expect("a journal");
    let entries: Vec<Value> =
        journal.lines().filter_map(|line| serde_json::from_str(line.split_once(' ')?.1).ok()).collect();
    for (act, times) in [("people", 60), ("audit", 40)] {
        let of: Vec<_> = entries.iter().filter(|e| e["act"] == act && e["who"] == "marie").collect();
        let sums: u64 = of.iter().filter_map(|e| e["with"]["more"].as_u64()).sum();
        let whole = of.iter().filter(|e| e["with"]["more"].is_null()).count();
        assert_eq!(whole as u64 + sums, times, "{act}: {of:?}");
        // a minute that ended meanwhile begins another
        assert!(of.len() <= 22, "{act}: {of:?}");
    }
    let done = |e: &&Value| e["act"] == "add_site" && e["outcome"] == "done";
    assert_eq!(entries.iter().filter(done).count(), 20);
    desk.restart_after(|_| ());
    stored(&desk, entries.len() as u64);
    let (sound, told) = verify(&desk);
    assert!(sound, "{told}");
}

#[test]
fn s37_s54_a_hold_says_who_and_why_and_is_noted_before_it_is_done() {
    let (desk, root) = Desk::set_up();
    desk.database.run(
        "insert into vigie.calls (pbx, epoch, linkedid, started, ended, direction, caller_number, caller_name, called,
         queues, endpoints, talk_ms, wait_ms, record) values ('a', 1, '5.5', now(), now(), 'inbound', '1', '', '2',
         '{}', '{}', 0, 0, '{\"linkedid\": \"5.5\", \"legs\": [{\"uniqueid\": \"5.5\"}, {\"uniqueid\": \"5.6\"}]}')",
    );
    let path = "/api/history/calls/a~1~5.5/hold";
    let reply = desk.ask(&root, "PUT", path, Some(&json!({"reason": "complaint 17"})));
    assert_eq!((reply.status, &reply.json()["hold"]["by"]), (200, &json!("First")), "{}", reply.text());
    assert_eq!(desk.get(&root, "/api/history/calls/a~1~5.5").json()["hold"], reply.json()["hold"]);
    let ids = "select array_to_string(array(select unnest(uniqueids) order by 1), ' ') from vigie.holds";
    assert_eq!(desk.database.run(ids), "5.5 5.6");
    assert_eq!(desk.ask(&root, "DELETE", path, None).json()["hold"], Value::Null);
    assert_eq!(
        desk.ask(&root, "PUT", &path.replace("5.5", "5.7"), Some(&json!({"reason": "x"}))).status,
        404
    );

    let entries = || {
        let log = desk.get(&root, "/api/audit").json();
        let entries = log["entries"].as_array().cloned().unwrap_or_default();
        let of_hold = entries
            .into_iter()
            .rev()
            .filter(|entry| entry["act"].as_str().is_some_and(|act| act.ends_with("_call")));
        of_hold
            .map(|entry| json!([entry["act"], entry["on"], entry["outcome"], entry["with"]["reason"]]))
            .collect::<Vec<_>>()
    };
    until("the log in the database", || entries().len() >= 4);
    let expected = [
        json!(["hold_call", "a~1~5.5", "asked", "complaint 17"]),
        json!(["hold_call", "a~1~5.5", "done", null]),
        json!(["release_call", "a~1~5.5", "asked", null]),
        json!(["release_call", "a~1~5.5", "done", null]),
    ];
    assert_eq!(entries(), expected, "and nothing of a call that is not there");
}
