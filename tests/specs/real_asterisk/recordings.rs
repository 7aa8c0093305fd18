//! A recording that Asterisk wrote is found under its call and played, whole and in part.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use vigie::db::{Db, Source};
use vigie::history::{Days, OldRecordings, Retention};
use vigie::recordings::Recordings;

use super::{Floor, SOON, on_both};
use crate::exports;
use crate::support::asterisk::{Asterisk, Phones, Version};
use crate::support::postgres::Postgres;
use crate::support::server::{Server, bytes};

on_both!(
    what_asterisk_recorded_is_listed_with_its_call_and_played,
    s37_what_vigie_recorded_goes_when_it_is_old_unless_its_call_is_held,
);

/// Longer than anything takes to be stored on a loaded machine.
const STORED: Duration = Duration::from_secs(60);

/// An Asterisk whose recordings Vigie reaches; what it stands on goes last.
struct Recorded {
    floor: Floor,
    folder: PathBuf,
    database: Postgres,
    _data: tempfile::TempDir,
}

fn open(version: Version, rights: &[&str]) -> Recorded {
    let (database, data) = (Postgres::new(), tempfile::tempdir().expect("a folder"));
    database.start();
    let pbx = Asterisk::start(version);
    for right in rights {
        pbx.grant(right);
    }
    let mut phones = Phones::at(&pbx);
    for phone in ["1001", "1002", "1003"] {
        phones.phone(phone, json!("ring"));
    }
    let (port, url) = (pbx.port("ami").to_string(), database.url());
    let folder = pbx.folder().join("spool/monitor");
    let settings = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", &port),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "vigie"),
        ("AMI_RECORDINGS", folder.to_str().expect("text")),
        ("DATABASE_URL", &url),
        ("VIGIE_DATA", data.path().to_str().expect("text")),
    ];
    let vigie = Server::start(&settings, &[]);
    Recorded { floor: Floor::look(pbx, phones, vigie), folder, database, _data: data }
}

fn what_asterisk_recorded_is_listed_with_its_call_and_played(version: Version) {
    let Recorded { mut floor, folder, database: _database, _data } = open(version, &[]);

    // one that is recorded, one that is not
    for (number, to) in [("641002", "1002"), ("1003", "1003")] {
        floor.phones.dial("1001", number, number);
        floor.phones.take(to, to);
        floor.phones.answer(to);
        floor.until_talking("1001", to);
        let recorded = number == "641002";
        floor.looks.until("what is known of the recording", SOON, |board| {
            board.calls().any(|call| call["recording"] == recorded).then_some(())
        });
        if recorded {
            let grows = || files(&folder).iter().any(|(_, bytes)| *bytes > 8_000);
            let end = Instant::now() + SOON;
            while !grows() {
                assert!(Instant::now() < end, "Asterisk records nothing: {:?}", files(&folder));
            }
        }
        floor.phones.hang_up(number);
        floor.all_is_quiet();
    }

    let with = call_to(&floor, "641002");
    let (name, size) = files(&folder).pop().expect("the file");
    let (status, told) = floor.vigie.get(&format!("/api/history/calls/{with}/recordings"));
    assert_eq!((status, &told["reachable"]), (200, &json!(true)), "{told}");
    let all = told["recordings"].as_array().expect("a list");
    let row = |row: &Value| (row["name"].clone(), row["bytes"].clone(), row["type"].clone());
    assert_eq!(all.iter().map(row).collect::<Vec<_>>(), [(json!(name), json!(size), json!("audio/wav"))]);
    let sound = format!("/api/history/calls/{with}/recordings/1");
    let (status, whole) = bytes(&floor.vigie.address, &sound, None);
    assert_eq!((status, whole.len() as u64, &whole[..4]), (200, size, &b"RIFF"[..]));
    let (status, part) = bytes(&floor.vigie.address, &sound, Some("bytes=100-199"));
    assert_eq!((status, &part[..]), (206, &whole[100..200]));
    assert_eq!(bytes(&floor.vigie.address, &format!("/api/history/calls/{with}/recordings/2"), None).0, 404);

    let without = call_to(&floor, "1003");
    let told = floor.vigie.get(&format!("/api/history/calls/{without}/recordings")).1;
    assert_eq!(told["recordings"], json!([]), "another's is not his: {told}");
}

/// By its name it is known as Vigie's; what the dialplan recorded of the same call is not.
fn s37_what_vigie_recorded_goes_when_it_is_old_unless_its_call_is_held(version: Version) {
    let Recorded { mut floor, folder, database, _data } = open(version, &["system"]);
    floor.phones.dial("1001", "641002", "caller");
    floor.phones.take("1002", "callee");
    floor.phones.answer("callee");
    floor.until_talking("1001", "1002");
    let channel = floor.channel_of("1002");
    assert_eq!(floor.done("/api/calls/record_start", &json!({"channel": channel}))["outcome"], "recording");
    let end = Instant::now() + SOON;
    while files(&folder).iter().filter(|(_, bytes)| *bytes > 1_000).count() < 2 {
        assert!(Instant::now() < end, "both record: {:?}", files(&folder));
    }
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
    let call = call_to(&floor, "641002");
    let own = || files(&folder).iter().filter(|(name, _)| name.starts_with("vigie-")).count();
    assert_eq!((own(), files(&folder).len()), (1, 2), "{:?}", files(&folder));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let db = runtime.block_on(async {
        let db = Db::new(Source::Server(Box::new(database.url().parse().expect("a connection string"))));
        db.prepare().await.expect("the database");
        db
    });
    let rows = Retention::new(db.clone(), Days { calls: 183, queues: 183, agents: 183, ai: 183 });
    let folders = Recordings::new([("127-0-0-1".to_owned(), folder.clone())].into());
    let old = OldRecordings::new(db, folders, None, None, rows.deleted());
    let sweep = |days: u64| {
        let then = SystemTime::now() + Duration::from_secs(days * 86_400);
        let then =
            i64::try_from(then.duration_since(UNIX_EPOCH).expect("after 1970").as_micros()).expect("a time");
        runtime.block_on(rows.sweep(then)).expect("a sweep");
        runtime.block_on(old.sweep(then)).expect("a sweep").files
    };
    let stored = || floor.vigie.get(&format!("/api/history/calls/{call}")).0;
    assert_eq!((sweep(182), own(), stored()), (0, 1, 200), "young");
    let hold = format!("/api/history/calls/{call}/hold");
    assert_eq!(exports::put(&floor.vigie, &hold, "{\"reason\": \"complaint\"}").0, 200);
    assert_eq!((sweep(200), own(), stored()), (0, 1, 200), "held");
    assert_eq!(exports::delete(&floor.vigie, &hold), 200);
    assert_eq!((sweep(200), own(), stored()), (1, 0, 404), "file and row are gone");
    assert_eq!(files(&folder).len(), 1, "what the dialplan recorded is its administrator's");
    let line = "select rows from vigie.deletions where kind = 'recordings'";
    assert_eq!(database.run(line), "1");
}

/// The id of the stored call that dialled it.
fn call_to(floor: &Floor, number: &str) -> String {
    let end = Instant::now() + STORED;
    loop {
        let (status, told) = floor.vigie.get("/api/history/calls");
        let of = |call: &&Value| call["called"] == number;
        let found = told["calls"].as_array().and_then(|calls| calls.iter().find(of));
        if let Some(call) = found {
            return call["id"].as_str().expect("text").replace('~', "%7E");
        }
        assert!(Instant::now() < end, "{number} is not stored: {status} {told}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Names and sizes, in bytes.
fn files(folder: &std::path::Path) -> Vec<(String, u64)> {
    let all = std::fs::read_dir(folder).expect("Asterisk's folder of recordings");
    let one = |file: std::io::Result<std::fs::DirEntry>| {
        let file = file.ok()?;
        Some((file.file_name().into_string().ok()?, file.metadata().ok()?.len()))
    };
    all.filter_map(one).collect()
}
