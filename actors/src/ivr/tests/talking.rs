//! A caller talks with an assistant.

use super::*;

fn asked() -> Arc<Flow> {
    let nodes = json!([
        ["s", "start", {}],
        ["n", "ai", {"assistant": "after-sales"}],
        ["done", "hangup", {}],
        ["human", "queue", {"queue": "support"}],
        ["failed", "media", {"prompt": "sorry"}]
    ]);
    let lines = json!([
        ["s", "out", "n"],
        ["n", "out", "done"],
        ["n", "out-human", "human"],
        ["n", "out-failed", "failed"],
        ["human", "out", "done"],
        ["failed", "out", "done"]
    ]);
    flow(&drawing(&nodes, &lines))
}

const UNSET_DONE: &str = "SET VARIABLE VIGIE_DONE \"\"";
const UNSET_NEXT: &str = "SET VARIABLE VIGIE_NEXT \"\"";

/// From the application's end on.
fn after(answers: &[Reply]) -> (Vec<String>, Walk) {
    let begins = [ok(), ok(), ok()];
    let answers: Vec<Reply> = begins.into_iter().chain(answers.iter().cloned()).collect();
    let (mut lines, walk) = walked(&asked(), &noon(), &answers);
    let before = lines.drain(..4).collect::<Vec<_>>();
    let talks = format!("EXEC AudioSocket \"{UUID},127.0.0.1:9090\"");
    assert_eq!(before, ["ANSWER", UNSET_NEXT, UNSET_DONE, &talks], "what was before is forgotten first");
    (lines, walk)
}

fn unset() -> Reply {
    says("0", None)
}

#[test]
fn what_the_assistant_said_of_him_is_the_way_on_and_is_taken_away_from_the_dialplan() {
    let (lines, walk) = after(&[ok(), says("1", Some("1")), ok()]);
    let [asks, forgets, ends] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!([asks.as_str(), forgets], ["GET VARIABLE VIGIE_DONE", UNSET_DONE]);
    assert_eq!((ends.as_str(), walk.node().as_str()), ("SET VARIABLE VIGIE_DONE \"1\"", "done"));

    let (lines, walk) = after(&[ok(), unset(), says("1", Some("queues,500,1")), ok()]);
    assert_eq!(lines[..3], ["GET VARIABLE VIGIE_DONE", "GET VARIABLE VIGIE_NEXT", UNSET_NEXT]);
    assert_eq!(walk.node(), "human");
}

#[test]
fn where_nobody_answers_he_goes_the_other_way() {
    // no such application, no port, nobody there
    assert_eq!(after(&[says("-2", None)]).1.node(), "failed");
    assert_eq!(after(&[says("-1", None), unset(), unset()]).1.node(), "failed");
    assert_eq!(after(&[ok(), unset(), unset()]).1.node(), "failed");
    // an older Asterisk hangs up on what it did well
    assert_eq!(after(&[says("-1", None), says("1", Some("1")), ok()]).1.node(), "done");
    // and one who is none
    let nodes = json!([["s", "start", {}], ["n", "ai", {"assistant": "nobody"}], ["h", "hangup", {}]]);
    let lines = ["out", "out-human", "out-failed"].map(|port| json!(["n", port, "h"]));
    let lines: Vec<Value> = [json!(["s", "out", "n"])].into_iter().chain(lines).collect();
    let (_, walk) = walked(&flow(&drawing(&nodes, &json!(lines))), &noon(), &[ok()]);
    assert_eq!(walk.visits()[1].port, "out-failed");
}

#[test]
fn who_hangs_up_while_he_talks_was_not_lost() {
    let (_, mut walk) = after(&[]);
    assert!(walk.is_talking() && walk.stays().is_none(), "a supervisor may send him on");
    assert_eq!(walk.hung_up(), End::Connected);
    let (_, mut walk) = walked(&asked(), &noon(), &[ok(), ok()]);
    assert_eq!(walk.hung_up(), End::Abandoned, "he had not begun");
}

#[test]
fn a_supervisor_sends_him_on_and_what_the_assistant_left_is_forgotten() {
    let (_, mut walk) = after(&[]);
    let to = walk.flow().place_of("failed").unwrap();
    let mut lines = Vec::new();
    let mut next = walk.send_on(to, &noon());
    for _ in 0..2 {
        let Next::Send(command) = next else { panic!("{next:?}") };
        lines.push(String::from_utf8(command.bytes()).unwrap());
        next = walk.answered(&ok(), &noon());
    }
    assert_eq!(lines, [format!("{UNSET_NEXT}\n"), format!("{UNSET_DONE}\n")]);
    assert_eq!((walk.node().as_str(), walk.visits()[1].port.as_str()), ("failed", SENT_ON));
}
