//! What is wrong with a drawing.

use super::*;
use crate::ivr::{Known, compile_knowing};

struct Site;

impl Known for Site {
    fn queue(&self, name: &str) -> bool {
        name == "support"
    }

    fn flow(&self, id: &str) -> bool {
        id == "night"
    }

    fn trunk(&self, name: &str) -> bool {
        name == "PJSIP/trunk-a"
    }

    fn prompt(&self, prompt: &str) -> bool {
        prompt == "welcome"
    }

    fn assistant(&self, id: &str) -> bool {
        id == "after-sales"
    }
}

/// Slugs of a node between a start and hangups, each port of which leads somewhere.
fn slugs(kind: &str, content: &Value) -> Vec<&'static str> {
    let ports = [
        "out",
        "out-ok",
        "out-failed",
        "out-timeout",
        "out-default",
        "out-found",
        "out-unknown",
        "out-human",
        "a",
    ];
    let lines: Vec<Value> = ports.iter().map(|port| json!(["n", port, "h"])).collect();
    let lines: Vec<Value> = [json!(["s", "out", "n"])].into_iter().chain(lines).collect();
    let nodes = json!([["s", "start", {}], ["n", kind, content], ["h", "hangup", {}]]);
    let faults = match compile_knowing(&drawing(&nodes, &json!(lines)), &Site) {
        Ok((_, faults)) | Err(faults) => faults,
    };
    assert!(faults.iter().all(|fault| fault.node.as_deref() == Some("n")), "{faults:?}");
    faults.into_iter().map(|fault| fault.slug).collect()
}

#[test]
fn what_a_node_names_must_be_there() {
    for (kind, content, slug) in [
        ("queue", json!({"queue": "sales"}), "unknown_queue"),
        ("transfer", json!({"to": "queue", "number": "sales"}), "unknown_queue"),
        ("transfer", json!({"to": "trunk", "number": "06", "trunk": "PJSIP/x"}), "unknown_trunk"),
        ("goto", json!({"flow": "day"}), "unknown_flow"),
        ("ai", json!({"assistant": "sales"}), "unknown_assistant"),
        ("media", json!({"prompt": "bye"}), "missing_prompt"),
        ("digits", json!({"prompt": "bye", "variable": "pin"}), "missing_prompt"),
        ("say", json!({"text": "{nobody}"}), "unknown_variable"),
        (
            "condition",
            json!({"cases": [{"portId": "a", "all": [{"of": "x", "is": "empty"}]}]}),
            "unknown_variable",
        ),
        ("http", json!({"url": "http://a/", "body": [{"x": "{y}"}]}), "unknown_variable"),
    ] {
        assert_eq!(slugs(kind, &content), [slug], "{kind} {content}");
    }
    for (kind, content) in [
        ("queue", json!({"queue": "support"})),
        ("transfer", json!({"to": "trunk", "number": "06", "trunk": "PJSIP/trunk-a"})),
        ("media", json!({"prompt": "welcome"})),
        ("ai", json!({"assistant": "after-sales"})),
        ("ai", json!({})),
        ("media", json!({})),
        ("say", json!({"text": "{caller} {called} {digits} {http_status}"})),
    ] {
        assert_eq!(slugs(kind, &content), Vec::<&str>::new(), "{kind} {content}");
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    for (kind, content, slug) in [
        ("ai", json!({"assistant": "a,b"}), "bad_content"),
        ("ai", json!({"assistant": [1]}), "bad_content"),
        ("say", json!({}), "bad_content"),
        ("say", json!({"text": "a {"}), "bad_template"),
        ("say", json!({"text": "}"}), "bad_template"),
        ("say", json!({"text": "{Name}"}), "bad_template"),
        ("say", json!({"text": "x", "language": "de"}), "bad_content"),
        ("digits", json!({}), "bad_content"),
        ("digits", json!({"variable": "caller"}), "bad_content"),
        ("digits", json!({"variable": "Pin"}), "bad_content"),
        ("digits", json!({"variable": "pin", "min": 5, "max": 4}), "bad_content"),
        ("digits", json!({"variable": "pin", "terminator": "1"}), "bad_content"),
        ("queue", json!({}), "bad_content"),
        ("queue", json!({"queue": "a,b"}), "bad_content"),
        ("queue", json!({"queue": "${SHELL(id)}"}), "bad_content"),
        ("transfer", json!({"number": "1", "to": "fax"}), "bad_content"),
        ("transfer", json!({"number": "1", "to": "trunk", "trunk": "Local/x"}), "bad_content"),
        ("hangup", json!({"cause": 0}), "bad_content"),
        ("hangup", json!({"cause": "soon"}), "bad_content"),
        ("set", json!({"variables": [{"name": "time", "value": ""}]}), "bad_content"),
        ("set", json!({"channel": [{"name": "MONITOR_EXEC", "value": ""}]}), "bad_content"),
        ("set", json!({"channel": [{"name": "FLOW_", "value": ""}]}), "bad_content"),
        ("goto", json!({}), "bad_content"),
        ("condition", json!({"cases": [{"portId": "a", "all": []}]}), "bad_content"),
        (
            "condition",
            json!({"cases": [{"portId": "out-default", "all": [{"of": "caller", "is": "empty"}]}]}),
            "bad_content",
        ),
        (
            "condition",
            json!({"cases": [{"portId": "a", "all": [{"of": "time", "from": "9:00"}]}]}),
            "bad_content",
        ),
        ("http", json!({"url": "http://a/", "timeoutMs": 60000}), "bad_content"),
        ("http", json!({"url": "http://a/", "headers": [{"name": "Host", "value": "b"}]}), "bad_content"),
        ("http", json!({"url": "http://a/", "save": [{"pointer": "a", "variable": "b"}]}), "bad_content"),
        ("callback", json!({"attempts": 11}), "bad_content"),
        ("menu", json!({"tries": 0}), "bad_content"),
    ] {
        assert!(slugs(kind, &content).contains(&slug), "{kind} {content}: {:?}", slugs(kind, &content));
    }
}

#[test]
fn a_secret_is_shown_to_nobody() {
    for (kind, content) in [
        ("http", json!({"url": "http://a/{pin}"})),
        ("set", json!({"channel": [{"name": "FLOW_PIN", "value": "{pin}"}]})),
        ("callback", json!({"note": "{pin}"})),
        ("transfer", json!({"number": "{pin}"})),
        ("say", json!({"text": "{pin}"})),
    ] {
        let nodes = json!([
            ["s", "start", {}],
            ["d", "digits", {"variable": "pin", "secret": true}],
            ["n", kind, content],
            ["h", "hangup", {}]
        ]);
        let lines = json!([
            ["s", "out", "d"],
            ["d", "out-ok", "n"],
            ["d", "out-timeout", "h"],
            ["n", "out", "h"],
            ["n", "out-ok", "h"],
            ["n", "out-failed", "h"]
        ]);
        let faults = compile(&drawing(&nodes, &lines)).unwrap_err();
        assert_eq!((faults.len(), faults[0].slug, faults[0].node.as_deref()), (1, "secret_leaks", Some("n")));
    }
}

#[test]
fn a_start_says_what_another_flow_sets_before_it() {
    let of = |start: Value| {
        let nodes = json!([["s", "start", start], ["n", "say", {"text": "{name}"}], ["h", "hangup", {}]]);
        let drawn = drawing(&nodes, &json!([["s", "out", "n"], ["n", "out", "h"]]));
        compile(&drawn).unwrap().1.len()
    };
    assert_eq!((of(json!({})), of(json!({"expects": [{"name": "name"}]}))), (1, 0));
}

struct WithoutVoices;

impl Known for WithoutVoices {
    fn has_assistants(&self) -> bool {
        false
    }
}

#[test]
fn an_assistant_needs_a_port_and_each_of_its_exits_must_lead_somewhere() {
    let nodes = json!([["s", "start", {}], ["n", "ai", {}], ["h", "hangup", {}]]);
    let drawn = drawing(&nodes, &json!([["s", "out", "n"], ["n", "out", "h"]]));
    let slugs = |known: &dyn Known| -> Vec<&str> {
        compile_knowing(&drawn, known).unwrap().1.iter().map(|fault| fault.slug).collect()
    };
    assert_eq!(slugs(&Site), ["missing_exit", "missing_exit"]);
    assert_eq!(slugs(&WithoutVoices), ["missing_exit", "missing_exit", "no_assistants"]);
}
