//! What a queue did is what its figures say: three callers, how each fared, and how long each waited as far as the
//! story can tell from outside.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};
use crate::support::board::text;
use crate::support::postgres::Postgres;
use crate::support::server::Server;

on_both!(l35_the_figures_of_a_queue_are_what_happened_to_its_callers);

/// Longer than anything takes to be stored on a loaded machine.
const STORED: Duration = Duration::from_secs(60);

/// Somebody dials the queue; gives the instants between which he joined it.
fn joins(floor: &mut Floor, caller: &str, number: &str) -> (Instant, Instant) {
    let before = Instant::now();
    floor.phones.dial_in("trunk-a", number, "0170000001", caller);
    floor.looks.until(&format!("{caller} in the queue"), SOON, |board| {
        let waiting = board.queue("support")["waiting"].as_array()?.clone();
        waiting
            .iter()
            .any(|one| one["party"]["number"] == number && !text(&one["call"]).is_empty())
            .then_some(())
    });
    (before, Instant::now())
}

/// He hangs up; gives the instants between which he did, and the queue knew.
fn gives_up(floor: &mut Floor, caller: &str, number: &str) -> (Instant, Instant) {
    let before = Instant::now();
    floor.phones.hang_up(caller);
    floor.looks.until(&format!("{caller} out of the queue"), SOON, |board| {
        let waiting = board.queue("support")["waiting"].as_array()?.clone();
        (!waiting.iter().any(|one| one["party"]["number"] == number)).then_some(())
    });
    (before, Instant::now())
}

fn ms(from: Instant, to: Instant) -> i64 {
    i64::try_from((to - from).as_millis()).expect("a short while")
}

/// What the queue did, once as many callers are in it.
fn support(floor: &Floor, query: &str, handled: i64) -> Value {
    let end = Instant::now() + STORED;
    loop {
        let (status, told) = floor.vigie.get(&format!("/api/figures/queues?queue=support{query}"));
        let row = told["rows"][0].clone();
        let n = |name: &str| row["figures"][name]["numerator"].as_i64().unwrap_or(-1);
        if status == 200 && (n("offered"), n("handled")) == (3, handled) {
            return row;
        }
        assert!(Instant::now() < end, "{query}: {status} {told}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn l35_the_figures_of_a_queue_are_what_happened_to_its_callers(version: Version) {
    let (database, data) = (Postgres::new(), tempfile::tempdir().expect("a folder"));
    database.start();
    let pbx = Asterisk::start(version);
    let mut people = Phones::at(&pbx);
    people.phone("1001", json!("ring"));
    let (port, url) = (pbx.port("ami").to_string(), database.url());
    let vigie = Server::start(
        &[
            ("AMI_HOST", "127.0.0.1"),
            ("AMI_PORT", &port),
            ("AMI_USERNAME", "vigie"),
            ("AMI_SECRET", "vigie"),
            ("DATABASE_URL", &url),
            ("VIGIE_DATA", data.path().to_str().expect("text")),
        ],
        &[],
    );
    let mut floor = Floor::look(pbx, people, vigie);
    floor.phones.provider(&floor.pbx, "trunk-a", json!("ring"));
    let alice = floor.endpoint("1001");

    // the patient one waits before, while and after the hasty one does
    let (_, patient_joined) = joins(&mut floor, "patient", "0612345601");
    floor.looks.until("Alice's phone rings", SOON, |board| {
        (board.agent(&alice)["activity"] == "ringing").then_some(())
    });
    floor.phones.take("1001", "in-vain");
    let (hasty_dialled, _) = joins(&mut floor, "hasty", "0612345602");
    let (_, hasty_gone) = gives_up(&mut floor, "hasty", "0612345602");
    // longer by a whole millisecond, which is what is told apart
    while ms(patient_joined, Instant::now()) <= ms(hasty_dialled, hasty_gone) {
        std::thread::yield_now();
    }
    let (patient_leaves, _) = gives_up(&mut floor, "patient", "0612345601");
    floor.looks.until("Alice's phone silent", SOON, |board| {
        (board.agent(&alice)["activity"] == "idle").then_some(())
    });
    floor.all_is_quiet();

    let (dialled, joined) = joins(&mut floor, "lucky", "0612345603");
    floor.looks.until("Alice's phone rings again", SOON, |board| {
        (board.agent(&alice)["activity"] == "ringing").then_some(())
    });
    floor.phones.take("1001", "agent");
    let answers = Instant::now();
    floor.phones.answer("agent");
    floor.looks.until("Alice talks to him", SOON, |board| {
        (board.agent(&alice)["activity"] == "on_call").then_some(())
    });
    let answered = Instant::now();
    floor.phones.hang_up("agent");
    floor.phones.wait("lucky", "ended");
    floor.all_is_quiet();

    // the limit lies between what each of the two waited, whatever the machine did meanwhile
    let short = ms(hasty_dialled, hasty_gone) + 1;
    assert!(ms(patient_joined, patient_leaves) >= short, "one waited around the other");
    let (least, most) = (ms(joined, answers), ms(dialled, answered) + 1);
    let rules = |threshold: i64| format!("&threshold_ms={threshold}&short_abandon_ms={short}");
    let row = support(&floor, &rules(most), 1);
    let figures = &row["figures"];
    let counts = ["answered", "abandoned", "short_abandoned", "flow_outs", "refused", "answered_in_time"];
    let counted = counts.map(|name| figures[name]["value"].as_f64().expect("a count"));
    assert_eq!(counted, [1.0, 1.0, 1.0, 0.0, 0.0, 1.0], "{counts:?} {row}");
    let share = |figures: &Value, name: &str| {
        (figures[name]["numerator"].as_i64().expect("a side"), figures[name]["denominator"].as_i64())
    };
    assert_eq!(share(figures, "service_level"), (1, Some(2)), "{row}");
    assert_eq!(share(figures, "genesys_service_level"), (1, Some(3)), "{row}");
    assert_eq!(share(figures, "abandon_rate"), (1, Some(3)), "{row}");
    assert_eq!(share(figures, "answer_rate"), (1, Some(3)), "{row}");
    let asa = figures["asa"]["value"].as_f64().expect("somebody was answered");
    #[allow(clippy::cast_precision_loss)] // of seconds
    let (least, most) = (least as f64, most as f64);
    assert!((least..=most).contains(&asa), "he waited {least} to {most} ms: {asa}");
    // nobody is answered in no time
    let strict = support(&floor, &rules(0), 1);
    assert_eq!(share(&strict["figures"], "service_level"), (0, Some(2)), "{strict}");
    // today as it is kept in memory, by the usual limits
    let live = support(&floor, "", 1);
    let n = |name: &str| live["figures"][name]["value"].as_f64().expect("a count");
    assert_eq!((n("answered"), n("abandoned") + n("short_abandoned")), (1.0, 2.0), "{live}");
    assert_eq!(live["figures"]["asa"], figures["asa"]);
    // and behind the figure is his call
    let behind = format!("/api/figures/queues/{}/asa?threshold_ms=20000", text(&row["id"]));
    let (_, behind) = floor.vigie.get(&behind);
    assert_eq!((&behind["total"], &behind["calls"][0]["agent"]), (&json!(1), &json!(alice)), "{behind}");
}
