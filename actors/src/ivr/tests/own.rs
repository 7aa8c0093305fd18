//! Nodes of ours.

use std::collections::BTreeMap;

use super::*;
use crate::ivr::{Ask, HttpAnswer, Told, Variables};

/// Start, the node under test `n`, and a place `at-<port>` behind each of its ports.
fn around(kind: &str, content: &Value, ports: &[&str]) -> Arc<Flow> {
    let mut nodes = vec![json!(["s", "start", {}]), json!(["n", kind, content])];
    let mut lines = vec![json!(["s", "out", "n"])];
    for port in ports {
        nodes.push(json!([format!("at-{port}"), "hangup", {}]));
        lines.push(json!(["n", port, format!("at-{port}")]));
    }
    flow(&drawing(&json!(nodes), &json!(lines)))
}

fn walk(flow: &Arc<Flow>) -> Walk {
    let caller = Caller {
        uniqueid: "1.1".into(),
        number: "0612345678".into(),
        called: "0170000001".into(),
        ..Caller::default()
    };
    Walk::begin(flow.clone(), caller).0
}

/// What is sent after the answer to ANSWER, and after each of these.
fn said(walk: &mut Walk, answers: &[Reply]) -> Vec<String> {
    let line = |next: &Next| match next {
        Next::Send(command) => String::from_utf8(command.bytes()).unwrap().trim_end().to_owned(),
        Next::Ask(ask) => format!("{ask:?}"),
        Next::Over(end) => format!("{end:?}"),
    };
    [ok()].iter().chain(answers).map(|reply| line(&walk.answered(reply, &noon()))).collect()
}

/// Where these answers lead.
fn leads(flow: &Arc<Flow>, answers: &[Reply]) -> String {
    let mut walk = walk(flow);
    said(&mut walk, answers);
    walk.node().to_string()
}

#[test]
fn digits_are_gathered_by_asterisk_and_too_few_are_asked_for_again() {
    let content = json!({"prompt": "pin", "variable": "pin", "min": 4, "max": 6, "tries": 2});
    let flow = around("digits", &content, &["out-ok", "out-timeout", "out-invalid"]);
    let mut one = walk(&flow);
    let lines = said(&mut one, &[says("12", None), says("123456", None)]);
    assert_eq!(lines, ["GET DATA pin 5000 6", "GET DATA pin 5000 6", "SET VARIABLE VIGIE_DONE \"1\""]);
    assert_eq!((one.node().as_str(), one.variables().get("pin")), ("at-out-ok", "123456"));
    assert_eq!(one.variables().get("digits"), "123456");
    let silence = || says("", Some("timeout"));
    assert_eq!(leads(&flow, &[silence(), silence()]), "at-out-timeout");
    assert_eq!(leads(&flow, &[silence(), says("12", Some("timeout"))]), "at-out-invalid");
    assert_eq!(leads(&flow, &[says("12", None), says("1234", Some("timeout"))]), "at-out-ok", "time ends it");
    assert_eq!(leads(&flow, &[says("", None), says("", None)]), "at-out-invalid", "# alone");
    let plain = around("digits", &content, &["out-ok", "out-timeout"]);
    assert_eq!(leads(&plain, &[says("1", None), says("2", None)]), "at-out-timeout");
}

#[test]
fn digits_that_end_with_another_key_are_heard_one_by_one() {
    let content = json!({"prompt": "pin", "variable": "pin", "max": 3, "terminator": "*"});
    let flow = around("digits", &content, &["out-ok", "out-timeout"]);
    let mut one = walk(&flow);
    let lines = said(&mut one, &[key('1'), key('#'), key('*')]);
    let expected = ["STREAM FILE pin \"0123456789*#D\"", "WAIT FOR DIGIT 5000", "WAIT FOR DIGIT 5000"];
    assert_eq!(lines[..3], expected);
    assert_eq!((one.node().as_str(), one.variables().get("pin")), ("at-out-ok", "1#"));
    assert_eq!(leads(&flow, &[ok(), key('1'), key('2'), key('3')]), "at-out-ok", "as many as there may be");
    assert_eq!(leads(&flow, &[ok(), ok(), ok(), ok(), ok(), ok()]), "at-out-timeout", "three times nothing");
}

#[test]
fn a_key_during_what_is_said_before_is_the_first_of_the_digits() {
    let drawn = drawing(
        &json!([
            ["s", "start", {}],
            ["hello", "media", {"prompt": "hello"}],
            ["n", "digits", {"prompt": "pin", "variable": "pin", "max": 4}],
            ["bye", "hangup", {}]
        ]),
        &json!([
            ["s", "out", "hello"],
            ["hello", "out", "n"],
            ["n", "out-ok", "bye"],
            ["n", "out-timeout", "bye"]
        ]),
    );
    let mut one = walk(&flow(&drawn));
    let lines = said(&mut one, &[key('7'), says("89", Some("timeout"))]);
    assert_eq!(lines[1], "GET DATA silence/1 5000 3", "what he did not wait for is not played");
    assert_eq!(one.variables().get("pin"), "789");
}

#[test]
fn what_is_secret_stands_nowhere() {
    let content = json!({"prompt": "pin", "variable": "pin", "secret": true});
    let flow = around("digits", &content, &["out-ok", "out-timeout"]);
    let mut one = walk(&flow);
    said(&mut one, &[says("4711", None)]);
    assert_eq!((one.variables().get("pin"), one.variables().get("digits")), ("4711", ""));
    assert!(!format!("{one:?}").contains("4711"), "not in what is printed either: {one:?}");
    assert!(one.variables().shown().any(|(name, value)| (name, value) == ("pin", None)));
    // what is made of it is one too, and a flow that it leads to cannot tell it either
    let mut kept = Variables::default();
    kept.set("pin", "4711", true);
    let set = drawing(
        &json!([
            ["s", "start", {"expects": [{"name": "pin"}]}],
            ["copy", "set", {"variables": [{"name": "x", "value": "a{pin}"}],
                             "channel": [{"name": "FLOW_X", "value": "{pin}"}]}],
            ["say", "say", {"text": "{x}"}],
            ["to", "transfer", {"number": "{x}"}],
            ["ask", "http", {"url": "http://a.example/{x}"}],
            ["back", "callback", {"note": "{x}"}],
            ["h", "hangup", {}]
        ]),
        &json!([
            ["s", "out", "copy"],
            ["copy", "out", "say"],
            ["say", "out", "to"],
            ["to", "out", "ask"],
            ["ask", "out-ok", "h"],
            ["ask", "out-failed", "back"],
            ["back", "out-ok", "h"],
            ["back", "out-failed", "h"]
        ]),
    );
    let mut other = walk(&flow_of(&set));
    other.variables = kept;
    assert_eq!(said(&mut other, &[]), ["SET VARIABLE VIGIE_DONE \"1\""], "none of these tells it");
    let way: Vec<_> = other.visits().iter().map(|visit| visit.node.as_str()).collect();
    assert_eq!(way, ["s", "copy", "say", "to", "ask", "back", "h"]);
}

fn flow_of(drawing: &Drawing) -> Arc<Flow> {
    Arc::new(compile(drawing).unwrap().0)
}

#[test]
fn a_sound_that_is_not_there_loses_nobody() {
    let content = json!({"prompt": "gone", "variable": "pin"});
    let flow = around("digits", &content, &["out-ok", "out-timeout"]);
    let mut one = walk(&flow);
    let lines = said(&mut one, &[says("-1", None), says("6", None), says("12", None)]);
    assert_eq!(lines[1..3], ["CHANNEL STATUS", "GET DATA silence/1 5000 10"]);
    assert_eq!(one.node(), "at-out-ok");
    // not even silence
    let answers = [says("-1", None), says("6", None), says("-1", None), says("6", None), key('1'), key('#')];
    let mut bare = walk(&flow);
    assert_eq!(said(&mut bare, &answers)[4..6], ["WAIT FOR DIGIT 5000", "WAIT FOR DIGIT 5000"]);
    assert_eq!((bare.node().as_str(), bare.variables().get("pin")), ("at-out-ok", "1"));
    let menu = around("menu", &json!({"prompt": "gone", "options": []}), &["out-timeout"]);
    assert_eq!(said(&mut walk(&menu), &[says("-1", None), says("6", None)])[2], "WAIT FOR DIGIT 5000");
    assert_eq!(said(&mut walk(&menu), &[says("-1", None), Reply::Dead])[2], "Abandoned");
}

#[test]
fn a_menu_is_said_again_as_often_as_it_is_drawn_and_wrong_keys_have_their_exit() {
    let options = json!([{"key": "1", "portId": "out-1"}]);
    let content = json!({"prompt": "m", "options": options, "repeats": 1, "tries": 2, "timeoutMs": 2000});
    let flow = around("menu", &content, &["out-1", "out-timeout", "out-invalid"]);
    let lines = said(&mut walk(&flow), &[ok(), ok(), ok(), ok()]);
    assert_eq!(lines.iter().filter(|line| line.starts_with("STREAM FILE m")).count(), 2, "{lines:?}");
    assert!(lines.contains(&"WAIT FOR DIGIT 2000".to_owned()));
    assert_eq!(leads(&flow, &[ok(), ok(), ok(), ok()]), "at-out-timeout");
    assert_eq!(leads(&flow, &[key('5'), key('6')]), "at-out-invalid");
    assert_eq!(leads(&flow, &[key('5'), key('1')]), "at-out-1");
}

#[test]
fn a_condition_is_left_by_the_first_case_that_holds() {
    for (test, holds) in [
        (json!({"of": "caller", "is": "equals", "value": "0612345678"}), true),
        (json!({"of": "caller", "is": "not_equals", "value": "0612345678"}), false),
        (json!({"of": "caller", "is": "starts_with", "value": "06"}), true),
        (json!({"of": "caller", "is": "contains", "value": "{called}"}), false),
        (json!({"of": "caller", "is": "empty"}), false),
        (json!({"of": "caller", "is": "filled"}), true),
        (json!({"of": "caller", "is": "less", "value": "700000000"}), true),
        (json!({"of": "caller", "is": "greater", "value": "x"}), false),
        (json!({"of": "digits", "is": "less", "value": "1"}), false),
        (json!({"of": "caller", "is": "pattern", "value": "0[67]XX"}), false),
        (json!({"of": "caller", "is": "pattern", "value": "0ZXXXXXXXX"}), true),
        (json!({"of": "caller", "is": "pattern", "value": "06."}), true),
        (json!({"of": "caller", "is": "pattern", "value": "0612345678."}), false),
        (json!({"of": "caller", "is": "prefix", "value": "+336"}), true),
        (json!({"of": "caller", "is": "prefix", "value": "+337"}), false),
        (json!({"of": "time", "timezone": "Europe/Paris", "from": "13:00", "until": "13:01"}), true),
        (json!({"of": "time", "timezone": "Europe/Paris", "days": ["fri"]}), false),
        (json!({"of": "time", "days": ["wed"], "from": "22:00", "until": "13:00"}), true),
    ] {
        let other = json!({"portId": "b", "all": [{"of": "called", "is": "filled"}]});
        let cases = json!({"cases": [{"portId": "a", "all": [test]}, other]});
        let flow = around("condition", &cases, &["a", "b", "out-default"]);
        assert_eq!(leads(&flow, &[]), if holds { "at-a" } else { "at-b" }, "{test}");
    }
    let both = json!([{"of": "caller", "is": "filled"}, {"of": "digits", "is": "filled"}]);
    let flow = around("condition", &json!({"cases": [{"portId": "a", "all": both}]}), &["a", "out-default"]);
    assert_eq!(leads(&flow, &[]), "at-out-default", "all tests of a case");
}

#[test]
fn what_is_set_is_text_whatever_stands_in_it() {
    let content = json!({
        "variables": [{"name": "greeting", "value": "{{Hello}} {caller}"}],
        "channel": [{"name": "FLOW_A", "value": "a\" {greeting}"}, {"name": "FLOW_B", "value": "{called}"}],
    });
    let flow = around("set", &content, &["out"]);
    let mut one = walk(&flow);
    let lines = said(&mut one, &[says("1", None), says("1", None)]);
    assert_eq!(
        lines[..2],
        ["SET VARIABLE __FLOW_A \"a\\\" {Hello} 0612345678\"", "SET VARIABLE __FLOW_B \"0170000001\""]
    );
    assert_eq!(one.variables().get("greeting"), "{Hello} 0612345678");
}

#[test]
fn variables_are_bounded_in_number_and_length_and_hold_no_line_break() {
    let mut all = Variables::default();
    assert!(all.set("a", &"é".repeat(400), false) && all.set("b", "x\r\ny", false));
    assert_eq!((all.get("a").len(), all.get("b")), (500, "x  y"));
    let added = (0..100).filter(|n| all.set(&format!("v{n}"), "", false)).count();
    assert_eq!(added, 62);
    assert!(all.set("v0", "again", false), "one that is there may change");
}

#[test]
fn a_queue_is_left_by_how_it_went() {
    let ports = [
        "out",
        "out-timeout",
        "out-full",
        "out-joinempty",
        "out-leaveempty",
        "out-joinunavail",
        "out-leaveunavail",
        "out-failed",
        "out-answered",
    ];
    let content = json!({"queue": "support", "timeoutS": 20, "priority": 5, "position": 2});
    let flow = around("queue", &content, &ports);
    let set = || says("1", None);
    let mut one = walk(&flow);
    one.runs_on("16.28.0~dfsg-0+deb11u4");
    let lines = said(&mut one, &[set(), set(), set(), ok(), says("1", Some("TIMEOUT"))]);
    assert_eq!(
        lines[..5],
        [
            "SET VARIABLE QUEUE_PRIO \"5\"",
            "SET VARIABLE ABANDONED \"\"",
            "SET VARIABLE QUEUESTATUS \"\"",
            "EXEC Queue \"support,ct,,,20,,,,,2\"",
            "GET VARIABLE QUEUESTATUS"
        ]
    );
    let mut late = walk(&flow);
    late.runs_on("22.10.1+dfsg");
    assert_eq!(said(&mut late, &[set(), set(), set()])[3], "EXEC Queue \"support,ct,,,20,,,,2\"");
    for (status, port) in [
        ("TIMEOUT", "out-timeout"),
        ("FULL", "out-full"),
        ("JOINEMPTY", "out-joinempty"),
        ("LEAVEEMPTY", "out-leaveempty"),
        ("JOINUNAVAIL", "out-joinunavail"),
        ("LEAVEUNAVAIL", "out-leaveunavail"),
        ("CONTINUE", "out-answered"),
        ("UNKNOWN", "out-failed"),
        ("WITHDRAW", "out-failed"),
    ] {
        let answers = [set(), set(), set(), ok(), says("1", Some(status))];
        assert_eq!(leads(&flow, &answers), format!("at-{port}"), "{status}");
        let plain = around("queue", &json!({"queue": "support"}), &["out"]);
        assert_eq!(leads(&plain, &answers), "at-out", "{status}");
    }
    let plain = around("queue", &json!({"queue": "support"}), &["out"]);
    let over = |abandoned: Reply| {
        let answers = [set(), set(), set(), says("-1", None), says("0", None), abandoned];
        said(&mut walk(&plain), &answers).pop().unwrap()
    };
    assert_eq!(over(says("1", Some("TRUE"))), "Abandoned");
    assert_eq!(over(says("0", None)), "SET VARIABLE VIGIE_DONE \"1\"", "an agent answered");
}

#[test]
fn a_transfer_is_left_by_how_it_went_where_that_is_drawn() {
    let ports = ["out", "out-busy", "out-noanswer", "out-failed"];
    let flow = around("transfer", &json!({"number": "1{digits}02", "timeoutS": 12}), &ports);
    assert_eq!(said(&mut walk(&flow), &[])[0], "EXEC Dial \"Local/102@from-phones/n,12\"");
    for (status, port) in [
        ("BUSY", "out-busy"),
        ("NOANSWER", "out-noanswer"),
        ("CHANUNAVAIL", "out-failed"),
        ("", "out-failed"),
    ] {
        assert_eq!(leads(&flow, &[ok(), says("1", Some(status))]), format!("at-{port}"), "{status}");
    }
    let nobody = around("transfer", &json!({"number": "{digits}"}), &["out", "out-failed"]);
    assert_eq!(leads(&nobody, &[]), "at-out-failed", "what may not be dialled");
    let queue = around("transfer", &json!({"number": "support", "to": "queue"}), &["out", "out-noanswer"]);
    let answers = [ok(), ok(), ok(), ok(), says("1", Some("TIMEOUT"))];
    assert_eq!(leads(&queue, &answers), "at-out-noanswer");
}

#[test]
fn a_call_is_hung_up_with_its_cause() {
    for (cause, number) in [(json!("busy"), "17"), (json!(34), "34"), (json!("21"), "21")] {
        let flow = around("hangup", &json!({"cause": cause}), &[]);
        let lines = said(&mut walk(&flow), &[ok(), says("-1", None), says("1", None)]);
        assert_eq!(lines[1..], [format!("EXEC Hangup \"{number}\""), "HANGUP".into(), "HungUp".into()]);
    }
    let flow = around("hangup", &json!({}), &[]);
    assert_eq!(said(&mut walk(&flow), &[ok()])[1], "HANGUP", "the usual one needs no words");
}

fn http() -> Arc<Flow> {
    let content = json!({
        "method": "POST",
        "url": "https://crm.example.com/calls/{caller}?q={called}",
        "headers": [{"name": "X-Caller", "value": "{caller}"}],
        "body": {"who": "{caller}", "list": [1, "{called}"]},
        "save": [{"pointer": "/customer/name", "variable": "name"}, {"pointer": "/n/0", "variable": "first"}],
    });
    around("http", &content, &["out-ok", "out-failed"])
}

/// Asked, and told that.
fn told(flow: &Arc<Flow>, told: Told) -> Walk {
    let mut one = walk(flow);
    assert!(matches!(one.answered(&ok(), &noon()), Next::Ask(_)));
    one.told(told, &noon());
    one
}

#[test]
fn a_server_is_asked_and_its_answer_is_kept_in_variables() {
    let mut one = walk(&http());
    let Next::Ask(Ask::Http(ask)) = one.answered(&ok(), &noon()) else { panic!("nobody is asked") };
    assert_eq!(ask.url, "https://crm.example.com/calls/0612345678?q=0170000001");
    assert_eq!(ask.headers, [("X-Caller".to_owned(), "0612345678".to_owned())]);
    assert_eq!(ask.body.as_deref(), Some(r#"{"who":"0612345678","list":[1,"0170000001"]}"#));
    let answer = |status: u16, body: &str| Told::Http(Ok(HttpAnswer { status, body: body.into() }));
    let good = told(&http(), answer(200, r#"{"customer": {"name": "Zoé"}, "n": [42]}"#));
    let kept = ["name", "first", "http_status"].map(|name| good.variables().get(name).to_owned());
    assert_eq!((good.node().as_str(), kept), ("at-out-ok", ["Zoé".into(), "42".into(), "200".into()]));
    for (status, body) in [(404, "{}"), (302, ""), (200, "<html>"), (200, "")] {
        let bad = told(&http(), answer(status, body));
        assert_eq!(bad.node(), "at-out-failed", "{status} {body}");
        assert_eq!(bad.variables().get("http_status"), status.to_string());
    }
    let late = told(&http(), Told::Http(Err("no answer".into())));
    assert_eq!((late.node().as_str(), late.variables().get("http_status")), ("at-out-failed", ""));
}

#[test]
fn s18_no_value_changes_whom_or_what_is_asked() {
    let drawn = |url: &str| {
        drawing(
            &json!([
                ["s", "start", {}],
                ["n", "http", {"url": url, "method": "POST", "body": {"a": "{caller}"}}],
                ["h", "hangup", {}]
            ]),
            &json!([["s", "out", "n"], ["n", "out-ok", "h"], ["n", "out-failed", "h"]]),
        )
    };
    for url in [
        "ftp://example.com/",
        "file:///etc/passwd",
        "http://{caller}/",
        "http://example.com{caller}/",
        "http://a@example.com/",
        "http://example.com/#{caller}",
        "http://",
        "http://example.com/a b",
        "{caller}",
        "javascript:alert(1)",
    ] {
        let faults = compile(&drawn(url)).unwrap_err();
        assert_eq!((faults[0].node.as_deref(), faults[0].slug), (Some("n"), "bad_content"), "{url}");
    }
    let ask = |number: &str| {
        let (flow, _) = compile(&drawn("http://example.com/{caller}/x?y={caller}")).unwrap();
        let caller = Caller { number: number.into(), ..Caller::default() };
        let (mut walk, _) = Walk::begin(Arc::new(flow), caller);
        walk.answered(&ok(), &noon())
    };
    let Next::Ask(Ask::Http(hostile)) = ask("a/../?b=c&d#e\r\nX: y\"}") else { panic!("nobody is asked") };
    assert_eq!(
        hostile.url,
        "http://example.com/a%2F..%2F%3Fb%3Dc%26d%23e%20%20X%3A%20y%22%7D/x?y=a%2F..%2F%3Fb%3Dc%26d%23e%20%20X%3A%20y%22%7D"
    );
    assert_eq!(hostile.body.as_deref(), Some(r#"{"a":"a/../?b=c&d#e  X: y\"}"}"#));
    assert!(matches!(ask(".."), Next::Send(_)), "dots alone are asked of nobody");
}

#[test]
fn who_calls_is_looked_up_and_a_callback_is_noted() {
    let save = json!({"save": [{"field": "name", "variable": "name"}, {"field": "vip", "variable": "vip"}]});
    let flow = around("lookup", &save, &["out-found", "out-unknown"]);
    let fields = BTreeMap::from([("name".to_owned(), "Zoé".to_owned())]);
    let found = told(&flow, Told::Contact(Ok(Some(fields))));
    assert_eq!((found.node().as_str(), found.variables().get("name")), ("at-out-found", "Zoé"));
    assert_eq!(told(&flow, Told::Contact(Ok(None))).node(), "at-out-unknown");
    assert_eq!(told(&flow, Told::Contact(Err("away".into()))).node(), "at-out-unknown");
    let wants = around("callback", &json!({"note": "of {called}"}), &["out-ok", "out-failed"]);
    let Next::Ask(Ask::Callback(ask)) = walk(&wants).answered(&ok(), &noon()) else { panic!("not asked") };
    let told_of = (ask.number.as_str(), ask.note.as_str(), ask.node.as_str(), ask.attempts);
    assert_eq!(told_of, ("0612345678", "of 0170000001", "n", 3));
    assert_eq!(told(&wants, Told::Callback(Ok(()))).node(), "at-out-ok");
    assert_eq!(told(&wants, Told::Callback(Err("full".into()))).node(), "at-out-failed");
    let (mut withheld, _) = Walk::begin(wants, Caller::default());
    withheld.answered(&ok(), &noon());
    assert_eq!(withheld.node(), "at-out-failed", "who withholds his number cannot be called back");
}

#[test]
fn f40_who_hangs_up_while_somebody_else_is_asked_is_abandoned_there() {
    let mut one = walk(&http());
    one.answered(&ok(), &noon());
    assert_eq!((one.hung_up(), one.node().as_str()), (End::Abandoned, "n"));
    let late = one.told(Told::Callback(Ok(())), &noon());
    assert!(matches!(late, Next::Over(End::Failed(_))), "what is told then leads nowhere");
}

#[test]
fn another_flow_is_walked_with_what_is_known_and_a_ring_of_flows_ends() {
    struct Ring(Desk, Arc<Flow>);
    impl World for Ring {
        fn now(&self) -> Timestamp {
            self.0.now()
        }
        fn sound(&self, prompt: &str) -> Option<Prompt> {
            self.0.sound(prompt)
        }
        fn device(&self, number: &str) -> Result<String, String> {
            self.0.device(number)
        }
        fn message(&self, caller: &Caller) -> Option<Prompt> {
            self.0.message(caller)
        }
        fn flow(&self, id: &str) -> Option<Arc<Flow>> {
            (id == "f").then(|| self.1.clone())
        }
    }
    let goto = |id: &str| {
        flow(&drawing(&json!([["s", "start", {}], ["g", "goto", {"flow": id}]]), &json!([["s", "out", "g"]])))
    };
    let ring = Ring(noon(), goto("f"));
    let mut round = walk(&goto("f"));
    assert!(matches!(round.answered(&ok(), &ring), Next::Send(_)));
    assert_eq!((round.visits().len(), round.flows().len()), (100, 50));
    let next = round.answered(&ok(), &ring);
    assert!(matches!(next, Next::Send(_)));
    assert_eq!(round.answered(&ok(), &ring), Next::Over(End::TooLong));
    let mut nowhere = walk(&goto("gone"));
    assert!(matches!(nowhere.answered(&ok(), &ring), Next::Over(End::Failed(why)) if why.contains("gone")));
    let to =
        Ring(noon(), around("set", &json!({"variables": [{"name": "x", "value": "{caller}"}]}), &["out"]));
    let mut other = walk(&goto("f"));
    other.answered(&ok(), &to);
    assert_eq!((other.node().as_str(), other.variables().get("x")), ("at-out", "0612345678"));
    assert_eq!(other.flows(), [(0, "f".into()), (2, "f".into())]);
}

#[test]
fn f40_who_hangs_up_while_he_is_being_connected_leaves_by_no_port() {
    let flow = around("queue", &json!({"queue": "support"}), &["out", "out-answered", "out-timeout"]);
    for (status, end) in [("CONTINUE", End::Connected), ("TIMEOUT", End::Abandoned)] {
        let mut one = walk(&flow);
        said(&mut one, &[ok(), ok(), ok()]);
        assert!(one.is_connecting());
        one.went_away();
        one.answered(&says("-1", None), &noon());
        let mut next = one.answered(&says("1", Some(status)), &noon());
        while let Next::Send(_) = next {
            next = one.answered(&Reply::Dead, &noon());
        }
        assert_eq!((next, one.visits().last().unwrap().port.as_str()), (Next::Over(end), ""), "{status}");
    }
}

struct Speaking;

impl World for Speaking {
    fn now(&self) -> jiff::Timestamp {
        noon().now()
    }

    fn sound(&self, prompt: &str) -> Option<Prompt> {
        Prompt::new(prompt).ok()
    }

    fn device(&self, _: &str) -> Result<String, String> {
        Err("nobody".into())
    }

    fn message(&self, _: &Caller) -> Option<Prompt> {
        None
    }

    fn has_voice(&self) -> bool {
        true
    }
}

#[test]
fn a_sentence_that_is_not_spoken_yet_is_asked_for_and_passed_over_when_it_does_not_come() {
    let flow = flow(&drawing(
        &json!([["s", "start", {}], ["say", "say", {"text": "You are {caller}."}], ["h", "hangup", {}]]),
        &json!([["s", "out", "say"], ["say", "out", "h"]]),
    ));
    let (mut walk, _) = Walk::begin(flow, Caller { number: "12".into(), ..Caller::default() });
    let asks = walk.answered(&ok(), &Speaking);
    let Next::Ask(Ask::Speech(text, _)) = &asks else { panic!("{asks:?}") };
    assert_eq!(text, "You are 12.");
    let mut late = walk.clone();
    let plays = walk.told(Told::Speech(Prompt::new("speech/x").ok()), &Speaking);
    let Next::Send(command) = &plays else { panic!("{plays:?}") };
    assert_eq!(command.bytes(), b"STREAM FILE speech/x \"0123456789*#D\"\n");
    let goes_on = late.told(Told::Speech(None), &Speaking);
    let Next::Send(command) = &goes_on else { panic!("{goes_on:?}") };
    assert_eq!(command.bytes(), b"SET VARIABLE VIGIE_DONE \"1\"\n");
}
