//! L22: a pause outlives the restart of the PBX, which forgets it, and one that is to come that of Vigie.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Floor, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};
use crate::support::board::Follower;
use crate::support::postgres::Postgres;
use crate::support::server::Server;

on_both!(
    l22_a_pause_is_set_again_when_asterisk_forgot_it_and_named_when_it_cannot_be,
    l22_a_pause_after_the_call_outlives_a_kill_of_vigie,
    l22_who_was_unpaused_while_vigie_was_away_stays_so,
);

/// Longer than a boot of Asterisk, a login and a comparison take on a loaded machine.
const BOOTS: Duration = Duration::from_secs(60);

fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + BOOTS;
    while !so() {
        assert!(Instant::now() < end, "no {what} after {BOOTS:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn settings(port: &str) -> [(&str, &str); 4] {
    [("AMI_HOST", "127.0.0.1"), ("AMI_PORT", port), ("AMI_USERNAME", "vigie"), ("AMI_SECRET", "vigie")]
}

fn vigie(pbx: &Asterisk, database: &Postgres, data: &tempfile::TempDir) -> (Server, Follower) {
    let (port, url) = (pbx.port("ami").to_string(), database.url());
    let data = data.path().display().to_string();
    let mut all = settings(&port).to_vec();
    all.extend([("DATABASE_URL", url.as_str()), ("VIGIE_DATA", data.as_str())]);
    let vigie = Server::start(&all, &[]);
    until("a schema", || database.run("select to_regclass('vigie.pauses') is not null") == "t");
    let looks = Follower::follow(&vigie.address);
    looks.until("a live link", BOOTS, |board| (board.pbx()["link"] == "live").then_some(()));
    (vigie, looks)
}

/// SIGKILL, and another in its place.
fn killed_and_started(floor: Floor, database: &Postgres, data: &tempfile::TempDir) -> Floor {
    let Floor { looks, vigie: first, phones, pbx } = floor;
    drop((looks, first));
    let (again, looks) = vigie(&pbx, database, data);
    Floor { looks, vigie: again, phones, pbx }
}

fn l22_a_pause_is_set_again_when_asterisk_forgot_it_and_named_when_it_cannot_be(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002"]);
    let (stays, added) = (floor.endpoint("1001"), floor.endpoint("1002"));
    floor.done("/api/agents/login", &json!({"agent": added, "queue": "sales"}));
    let why = "déjeuner";
    for (agent, queue) in [(&stays, "support"), (&added, "sales")] {
        floor.done("/api/agents/pause", &json!({"agent": agent, "queue": queue, "reason": why}));
    }
    for (agent, queue) in [(&stays, "support"), (&added, "sales")] {
        let line = format!("~{agent} is paused in {queue}: kept");
        until(&line, || floor.vigie.log().contains(&line));
    }
    let boot = floor.looks.now().pbx()["epoch"].clone();
    floor.pbx.kill();
    floor.pbx.start_again();
    floor.looks.until("the pause of who is a member by configuration, in the new boot", BOOTS, |board| {
        let agent = board.rows("agents").find(|a| a["endpoint"] == stays.as_str())?;
        let here = agent["memberships"].as_array()?.iter().find(|m| m["queue"] == "support")?;
        let pbx = board.pbx();
        (pbx["link"] == "live" && pbx["epoch"] != boot && here["paused"] == true && here["reason"] == why)
            .then_some(())
    });
    until("a pause on Asterisk's own list", || {
        floor.pbx.cli("queue show support").lines().any(|l| l.contains(&stays) && l.contains("(paused"))
    });
    // a member who was added is gone with the boot, or was kept by Asterisk: then he is paused
    let members = floor.pbx.cli("queue show sales");
    match members.lines().find(|l| l.contains(&added)) {
        Some(line) => assert!(line.contains("(paused"), "{members}"),
        None => {
            let subject = floor.looks.until("an alarm that names him", BOOTS, |board| {
                let mut alarms = board.rows("alarms").filter(|a| a["kind"] == "pause_lost");
                let alarm = alarms.find(|a| a["ended_ms"].is_null())?;
                Some(alarm["subject"].as_str().unwrap_or("").to_owned())
            });
            assert!(subject.contains(&added) && subject.ends_with(" sales"), "{subject}");
            floor.done("/api/agents/login", &json!({"agent": added, "queue": "sales"}));
            floor.looks.until("the end of the alarm once he is back", BOOTS, |board| {
                let lost = board.rows("alarms").find(|a| a["kind"] == "pause_lost")?;
                (!lost["ended_ms"].is_null()).then_some(())
            });
        }
    }
}

fn l22_a_pause_after_the_call_outlives_a_kill_of_vigie(version: Version) {
    let (pbx, database, data) =
        (Asterisk::start(version), Postgres::new(), tempfile::tempdir().expect("a folder"));
    database.start();
    let mut phones = Phones::at(&pbx);
    for phone in ["1001", "1002"] {
        phones.phone(phone, json!("ring"));
    }
    let (first, looks) = vigie(&pbx, &database, &data);
    let mut floor = Floor { looks, vigie: first, phones, pbx };
    floor.two_talk();
    let agent = floor.endpoint("1001");
    let body = json!({"agent": agent, "reason": "lunch", "after_call": true});
    let mut answer = floor.vigie.post("/api/agents/pause", &body);
    until("an acknowledgement", || {
        if answer.0 != 200 {
            answer = floor.vigie.post("/api/agents/pause", &body);
        }
        answer.0 == 200
    });
    assert_eq!(answer.1["outcome"], "pending", "{}", answer.1);
    let stored = database.run("select endpoint, queue, reason from vigie.pauses where after_call");
    assert_eq!(stored, format!("{agent}||lunch"), "it is stored when it is acknowledged");

    let mut floor = killed_and_started(floor, &database, &data);
    floor.looks.until("the pause that is to come, after the kill", BOOTS, |board| {
        let agent = board.rows("agents").find(|a| a["endpoint"] == agent.as_str())?;
        (agent["pause_after_call"]["reason"] == "lunch").then_some(())
    });
    assert!(!floor.pbx.cli("queue show support").contains("(paused"), "he is on a call");
    floor.phones.hang_up("caller");
    floor.looks.until("the pause", BOOTS, |board| {
        let agent = board.rows("agents").find(|a| a["endpoint"] == agent.as_str())?;
        (agent["availability"] == "paused" && agent.get("pause_after_call").is_none()).then_some(())
    });
    assert!(floor.pbx.cli("queue show support").contains("(paused"));
    until("a table without what came to pass", || {
        database.run("select count(*) from vigie.pauses where after_call") == "0"
    });
}

fn l22_who_was_unpaused_while_vigie_was_away_stays_so(version: Version) {
    let (pbx, database, data) =
        (Asterisk::start(version), Postgres::new(), tempfile::tempdir().expect("a folder"));
    database.start();
    let (first, looks) = vigie(&pbx, &database, &data);
    let phones = Phones::at(&pbx);
    let floor = Floor { looks, vigie: first, phones, pbx };
    let agent = floor.endpoint("1001");
    floor.done("/api/agents/pause", &json!({"agent": agent, "reason": "lunch"}));
    until("a pause in the table", || database.run("select count(*) from vigie.pauses") != "0");
    let Floor { looks, vigie: first, phones, pbx } = floor;
    drop((looks, first));
    pbx.cli(&format!("queue unpause member {agent}"));
    let (again, looks) = vigie(&pbx, &database, &data);
    let floor = Floor { looks, vigie: again, phones, pbx };
    until("a table that follows", || database.run("select count(*) from vigie.pauses") == "0");
    let members = floor.pbx.cli("queue show support");
    assert!(members.contains(&agent) && !members.contains("(paused"), "{members}");
}
