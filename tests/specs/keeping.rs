//! How long recordings are kept, and what is held: on a real PostgreSQL and a real folder (S37).

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use vigie::audit::Audit;
use vigie::db::{Db, Source};
use vigie::history::{Days, OldRecordings, Retention, Swept};
use vigie::recordings::Recordings;

use crate::exports::{calls, delete, on, put, until};
use crate::support::postgres::Postgres;
use crate::support::server::Server;

/// 2026-11-20, s since 1970.
const NOW: i64 = 1_795_132_800;
const DAY: i64 = 86_400;

/// A database with its server, a folder of recordings, and an audit log of its own.
struct Store {
    database: Postgres,
    server: Server,
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    db: Db,
    audit: Audit,
    _data: tempfile::TempDir,
}

impl Store {
    fn new() -> Self {
        let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
        database.start();
        let server = on(&database, &data);
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("monitor")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let db = runtime.block_on(async {
            let db = Db::new(Source::Server(Box::new(database.url().parse().unwrap())));
            db.prepare().await.unwrap();
            db
        });
        let audit = Audit::open(folder.path().join("audit")).unwrap();
        Self { database, server, folder, runtime, db, audit, _data: data }
    }

    fn monitor(&self) -> PathBuf {
        self.folder.path().join("monitor")
    }

    /// A recording that was written so many days ago.
    fn write(&self, name: &str, days_ago: i64) -> PathBuf {
        let path = self.monitor().join(name);
        write(&path, days_ago);
        path
    }

    /// What stands in the folder and below.
    fn left(&self) -> Vec<String> {
        let mut left = Vec::new();
        names(&self.monitor(), "", &mut left);
        left.sort();
        left
    }

    fn old_in(&self, folder: PathBuf, days: Option<u32>) -> OldRecordings {
        let recordings = Recordings::new([("a".to_owned(), folder)].into());
        let deleted =
            Retention::new(self.db.clone(), Days { calls: 0, queues: 0, agents: 0, ai: 0 }).deleted();
        OldRecordings::new(self.db.clone(), recordings, days, Some(self.audit.clone()), deleted)
    }

    fn sweep(&self, days: Option<u32>) -> Swept {
        let old = self.old_in(self.monitor(), days);
        self.runtime.block_on(old.sweep(NOW * 1_000_000)).expect("a sweep")
    }

    /// Entries of the audit log, the oldest first.
    fn noted(&self) -> Vec<Value> {
        let mut lines = String::new();
        for entry in fs::read_dir(self.folder.path().join("audit")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "log") {
                lines += &fs::read_to_string(path).unwrap();
            }
        }
        lines.lines().map(|line| serde_json::from_str(line.split_once(' ').unwrap().1).unwrap()).collect()
    }
}

fn write(path: &Path, days_ago: i64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "sound").unwrap();
    let at = UNIX_EPOCH + Duration::from_secs(u64::try_from(NOW - days_ago * DAY).unwrap());
    File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
}

fn names(folder: &Path, before: &str, into: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{before}{}", entry.file_name().into_string().unwrap());
        match entry.file_type().unwrap().is_dir() {
            true => names(&entry.path(), &format!("{name}/"), into),
            false => into.push(name),
        }
    }
}

#[test]
fn s37_without_a_setting_what_vigie_began_goes_after_half_a_year_and_nothing_else() {
    let store = Store::new();
    store.write("vigie-1779148800.1-1779148800000.wav", 184);
    store.write("vigie-paris-1779148800.2-1779148800000.wav", 184);
    store.write("vigie-1779321600.3-1779321600000.wav", 182);
    for foreign in [
        "q-600-1700000000.4.wav",
        "1700000000.5.mp3",
        "vigie-1700000000.6.wav",
        "2023/11/14/x-1700000000.7.wav",
    ] {
        store.write(foreign, 1_000);
    }
    let swept = store.sweep(None);
    assert_eq!(swept, Swept { files: 2, overdue_s: None, problems: Vec::new() });
    assert_eq!(
        store.left(),
        [
            "1700000000.5.mp3",
            "2023/11/14/x-1700000000.7.wav",
            "q-600-1700000000.4.wav",
            "vigie-1700000000.6.wav",
            "vigie-1779321600.3-1779321600000.wav"
        ]
    );
}

#[test]
fn s37_with_a_setting_every_recording_that_is_older_goes_and_leaves_its_trace() {
    let store = Store::new();
    for old in [
        "q-1-1795000000.1.wav",
        "2026/10/20/x-1795000000.2.mp3",
        "20261020/1795000000.3.gsm",
        "2026-10-20/p-1795000000.4.WAV",
    ] {
        store.write(old, 31);
    }
    // young, of no channel, no sound, or in a folder that is of no day
    let mut stay = vec!["y-1795000000.5.wav".to_owned()];
    store.write(&stay[0], 29);
    for other in [
        "notes-1795000000.6.txt",
        "hold-music.wav",
        "kept/x-1795000000.7.wav",
        "2026/10/20/1/x-1795000000.8.wav",
        "2026/x/x-1795000000.9.wav",
    ] {
        store.write(other, 31);
        stay.push(other.to_owned());
    }
    stay.sort();
    let old = store.old_in(store.monitor(), Some(0));
    assert_eq!(store.runtime.block_on(old.sweep(NOW * 1_000_000)), Ok(Swept::default()), "0: for ever");
    assert_eq!(store.sweep(Some(30)).files, 4);
    assert_eq!(store.left(), stay);
    assert_eq!(store.sweep(Some(30)), Swept::default(), "a second time there is nothing");

    let line = "select kind || ' ' || extract(epoch from older)::bigint || ' ' || rows from vigie.deletions";
    assert_eq!(store.database.run(line), format!("recordings {} 4", NOW - 30 * DAY));
    let noted = store.noted();
    assert_eq!(noted.len(), 2, "nothing is noted of what does nothing: {noted:?}");
    for (entry, outcome) in noted.iter().zip(["asked", "done"]) {
        assert_eq!(
            (&entry["who"], &entry["act"], &entry["outcome"]),
            (&json!("vigie"), &json!("delete_recordings"), &json!(outcome))
        );
        let with = json!({"files": 4, "days": 30, "before": NOW - 30 * DAY, "own_only": false});
        assert_eq!(entry["with"], with);
    }
    assert_eq!(noted[1]["of"], noted[0]["n"]);
}

#[test]
fn s37_what_is_held_stays_with_its_recordings_until_the_hold_is_ended() {
    let store = Store::new();
    calls(&store.database, 2, "'x'");
    store.database.run(
        "update vigie.calls set record = jsonb_build_object('linkedid', linkedid, 'merged', '[\"1774742399.9\"]'::jsonb, 'legs',
           jsonb_build_array(jsonb_build_object('uniqueid', '177474240' || linkedid || '.1'), jsonb_build_object('uniqueid', 'paris-177474240' || linkedid || '.2')))",
    );
    for name in [
        "vigie-1774742400.1-1774742400500.wav",
        "out-paris-1774742400.2.wav",
        "vigie-1774742401.1-1774742401500.wav",
        "2026/03/29/q-1774742401.2.wav",
    ] {
        store.write(name, 236);
    }
    let of = |n: u32| store.server.get(&format!("/api/history/calls/a~1~{n}"));
    assert_eq!(of(0).1["hold"], Value::Null);
    let (status, told) =
        put(&store.server, "/api/history/calls/a~1~0/hold", "{\"reason\": \"complaint 17\"}");
    assert!(status == 200 && told.contains("complaint 17"), "{told}");
    let hold = of(0).1["hold"].clone();
    assert_eq!((&hold["reason"], &hold["by"]), (&json!("complaint 17"), &json!("")));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    assert!(hold["at_ms"].as_u64().is_some_and(|at| now.abs_diff(u128::from(at)) < 3_600_000), "{hold}");

    let retention = Retention::new(store.db.clone(), Days { calls: 100, queues: 0, agents: 0, ai: 0 });
    let rows = || store.database.run("select string_agg(linkedid, ' ') from vigie.calls");
    let sweep = || {
        let rows = store.runtime.block_on(retention.sweep(NOW * 1_000_000)).expect("a sweep");
        assert_eq!(rows.overdue, None, "what is held is not late");
        (rows.rows, store.sweep(Some(100)).files)
    };
    assert_eq!(sweep(), (1, 2));
    assert_eq!(store.left(), ["out-paris-1774742400.2.wav", "vigie-1774742400.1-1774742400500.wav"]);
    assert_eq!(rows(), "0");
    assert_eq!(sweep(), (0, 0), "nor with the next sweep");
    // not by hand either
    let by_hand =
        Command::new("psql").args([&store.database.url(), "-c", "delete from vigie.calls"]).output().unwrap();
    assert!(!by_hand.status.success() && rows() == "0", "the database refuses it");

    // by the id of a call that became part of it
    assert_eq!(put(&store.server, "/api/history/calls/a~1~1774742399.9/hold", "{\"reason\": \"b\"}").0, 200);
    assert_eq!(of(0).1["hold"]["reason"], "b", "said anew");
    assert_eq!(delete(&store.server, "/api/history/calls/a~1~0/hold"), 200);
    assert_eq!(delete(&store.server, "/api/history/calls/a~1~0/hold"), 200, "twice is once");
    assert_eq!(of(0).1["hold"], Value::Null);
    assert_eq!(sweep(), (1, 2));
    assert_eq!((store.left(), rows()), (Vec::new(), String::new()));
    assert_eq!(delete(&store.server, "/api/history/calls/a~1~0/hold"), 404);
    let lines =
        store.database.run("select kind || sum(rows) from vigie.deletions group by kind order by kind");
    assert_eq!(lines.lines().collect::<Vec<_>>(), ["calls2", "recordings4"]);
}

#[test]
fn s37_s26_links_and_what_lies_outside_are_never_touched() {
    let store = Store::new();
    let outside = store.folder.path().join("outside");
    let secret = outside.join("s-1700000000.1.wav");
    write(&secret, 1_000);
    let root = store.monitor();
    symlink(&secret, root.join("l-1700000000.1.wav")).unwrap();
    for day in ["20231114", "2023-11-14", "2023"] {
        symlink(&outside, root.join(day)).unwrap();
    }
    fs::create_dir(root.join("2022")).unwrap();
    symlink(&outside, root.join("2022/11")).unwrap();
    fs::create_dir(root.join("d-1700000000.1.wav")).unwrap();
    assert_eq!(store.sweep(Some(1)), Swept::default());
    assert!(secret.exists() && root.join("l-1700000000.1.wav").is_symlink());

    // put in its place between the look and the end
    let recordings = Recordings::new([("a".to_owned(), root.clone())].into());
    let which = vigie::recordings::TooOld { before_s: NOW, own_only: false };
    let held = vigie::recordings::Held::default();
    write(&root.join("2021/11/14/s-1700000000.1.wav"), 1_000);
    let looked = recordings.old(which, &held, 10);
    assert_eq!(looked.old.len(), 1);
    fs::remove_dir_all(root.join("2021/11/14")).unwrap();
    symlink(&outside, root.join("2021/11/14")).unwrap();
    let gone = recordings.delete(&looked.old, which, &held);
    assert_eq!((gone.files, gone.stuck.problems.len()), (0, 1), "it says so");
    assert!(secret.exists());
    // one that was written again meanwhile is young
    fs::remove_file(root.join("2021/11/14")).unwrap();
    write(&root.join("2021/11/14/s-1700000000.1.wav"), -1);
    assert_eq!(recordings.delete(&looked.old, which, &held).files, 0);
    assert!(root.join("2021/11/14/s-1700000000.1.wav").exists());
}

#[test]
fn s37_more_than_a_sweep_takes_is_said_to_be_late() {
    let store = Store::new();
    for (n, days) in [(1, 40), (2, 50), (3, 60)] {
        store.write(&format!("q-1795000000.{n}.wav"), days);
    }
    let recordings = Recordings::new([("a".to_owned(), store.monitor())].into());
    let which = vigie::recordings::TooOld { before_s: NOW - 30 * DAY, own_only: false };
    let looked = recordings.old(which, &vigie::recordings::Held::default(), 2);
    assert_eq!(looked.old.len(), 2);
    assert!(looked.left_s.is_some_and(|at| at <= NOW - 40 * DAY), "{looked:?}");
}

#[test]
fn s37_a_folder_in_which_nothing_can_be_deleted_is_a_problem_that_says_so() {
    let store = Store::new();
    let file = store.folder.path().join("no-folder");
    fs::write(&file, "").unwrap();
    for (folder, why) in [(file, "Not a directory"), (store.folder.path().join("none"), "No such file")] {
        let swept = store.runtime.block_on(store.old_in(folder, Some(1)).sweep(NOW * 1_000_000)).unwrap();
        assert_eq!((swept.files, swept.problems.len()), (0, 1));
        assert_eq!(swept.problems[0].pbx, "a");
        assert!(swept.problems[0].words.contains(why), "{:?}", swept.problems);
    }
    assert_eq!(store.noted(), Vec::<Value>::new());

    // what binds root too; not every file system has it
    store.write("q-1795000000.1.wav", 40);
    let chattr = |flag: &str| Command::new("chattr").args([flag]).arg(store.monitor()).status();
    if chattr("+i").is_ok_and(|status| status.success()) {
        let swept = store.runtime.block_on(store.old_in(store.monitor(), Some(30)).sweep(NOW * 1_000_000));
        assert!(chattr("-i").is_ok_and(|status| status.success()));
        let swept = swept.unwrap();
        assert_eq!((swept.files, swept.problems.len()), (0, 1), "{:?}", swept.problems);
        assert_eq!(store.noted(), Vec::<Value>::new(), "nothing is noted each hour");
    } else {
        println!("no immutable folders here: not tried");
    }
    assert_eq!(store.sweep(Some(30)).files, 1);
}

#[test]
fn s37_nothing_goes_while_the_database_or_the_audit_log_takes_nothing() {
    let store = Store::new();
    store.write("q-1795000000.1.wav", 40);
    let old = store.old_in(store.monitor(), Some(30));
    let refused = || store.runtime.block_on(old.sweep(NOW * 1_000_000)).unwrap_err();
    store.database.kill();
    assert_ne!(refused(), "the audit log takes no entry");
    store.database.start();
    store.audit.close();
    assert_eq!(refused(), "the audit log takes no entry");
    assert_eq!(store.left(), ["q-1795000000.1.wav"]);
}

#[test]
fn s37_a_hold_that_begins_during_a_sweep_keeps_what_has_not_gone() {
    let store = Store::new();
    calls(&store.database, 1, "'x'");
    store.write("q-1795000000.1.wav", 40);
    // it is being held: not yet to be seen when the folder is looked through
    let mut psql =
        Command::new("psql").args([&store.database.url(), "-qtA"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut orders = psql.stdin.take().unwrap();
    writeln!(
        orders,
        "begin; insert into vigie.holds values ('a', 1, '0', '{{1795000000.1}}', 'x', '', now());"
    )
    .unwrap();
    let locks = |granted: bool| {
        let locks = "select count(*) from pg_locks where relation = 'vigie.holds'::regclass and mode";
        let mode = if granted { "= 'RowExclusiveLock' and granted" } else { "= 'ShareLock' and not granted" };
        store.database.run(&format!("{locks} {mode}")) == "1"
    };
    until("the hold to be written", || locks(true));
    let swept = std::thread::scope(|scope| {
        let sweep = scope.spawn(|| store.sweep(Some(30)));
        until("the sweep to wait for it", || locks(false));
        writeln!(orders, "commit;").unwrap();
        drop(orders);
        sweep.join().unwrap()
    });
    psql.wait().unwrap();
    assert_eq!((swept.files, store.left()), (0, vec!["q-1795000000.1.wav".to_owned()]));
    store.database.run("delete from vigie.holds");
    assert_eq!(store.sweep(Some(30)).files, 1);
}

#[test]
fn s37_what_was_held_before_holds_had_a_table_is_held_on() {
    let store = Store::new();
    calls(&store.database, 2, "'x'");
    // as the schema was
    store.database.run("drop table vigie.holds");
    store.database.run("alter table vigie.calls add column held text");
    store.database.run(
        "update vigie.calls set held = 'complaint 17', record = '{\"legs\": [{\"uniqueid\": \"1774742400.1\"}, {}]}' where linkedid = '0'",
    );
    store.database.run(include_str!("../../migrations/V17__holds.sql"));
    let (status, call) = store.server.get("/api/history/calls/a~1~0");
    assert_eq!((status, &call["hold"]["reason"]), (200, &json!("complaint 17")), "{call}");
    let ids = "select array_to_string(array(select unnest(uniqueids) order by 1), ' ') from vigie.holds";
    assert_eq!(store.database.run(ids), "0 1774742400.1");
    assert_eq!(store.server.get("/api/history/calls/a~1~1").1["hold"], Value::Null);
}
