//! A recording that Asterisk wrote is found under its call and played, whole and in part.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};
use crate::support::postgres::Postgres;
use crate::support::server::{Server, bytes};

on_both!(what_asterisk_recorded_is_listed_with_its_call_and_played,);

/// Longer than anything takes to be stored on a loaded machine.
const STORED: Duration = Duration::from_secs(60);

fn what_asterisk_recorded_is_listed_with_its_call_and_played(version: Version) {
    let (database, data) = (Postgres::new(), tempfile::tempdir().expect("a folder"));
    database.start();
    let pbx = Asterisk::start(version);
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
    let mut floor = Floor::look(pbx, phones, vigie);

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
