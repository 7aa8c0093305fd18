//! Nodes of ours.

use serde_json::{Map, Value};

use super::{Bad, Content, bad, flag, needed, number, read_template, rows, short, small, template, text};
use super::{contract, variable, within, word};
use crate::ivr::condition::{Case, Is, Test};
use crate::ivr::flow::{Assign, Entry, Language, Say, Stay, WantsCallback};
use crate::ivr::opening::Opening;
use crate::ivr::request::{Body, Method, Request, Save};
use crate::ivr::template::Template;
use crate::ivr::variables::is_name;
use crate::view::Text;

/// Levels of a body.
const DEEPEST: usize = 16;
/// Variables of the channel begin so: others mean something to Asterisk.
const OF_CHANNEL: &str = "FLOW_";

pub(super) fn say(content: &Content) -> Result<Say, Bad> {
    needed(content, "text")?;
    let language = match word(content, "language", &["fr", "en"])? {
        "en" => Language::English,
        _ => Language::French,
    };
    Ok(Say { text: template(content, "text")?, language })
}

pub(super) fn digits(content: &Content) -> Result<Entry, Bad> {
    // the word that is empty would be taken for an absent one
    let terminator = match content.get("terminator") {
        None | Some(Value::Null) => Some('#'),
        Some(Value::String(text)) if text.is_empty() => None,
        Some(Value::String(text)) if text == "#" => Some('#'),
        Some(Value::String(text)) if text == "*" => Some('*'),
        Some(_) => return Err(bad("terminator: expected #, * or an empty text".into())),
    };
    let (min, max) = (short(content, "min", 1, 1, 32)?, short(content, "max", 10, 1, 32)?);
    if max < min {
        return Err(bad(format!("max: expected {min}, which is min, or more")));
    }
    Ok(Entry {
        prompt: text(content, "prompt")?,
        variable: variable(content, "variable")?,
        min,
        max,
        terminator,
        timeout_ms: number(content, "timeoutMs", 5_000, 1_000, 60_000)?,
        tries: small(content, "tries", 3, 1, 10)?,
        secret: flag(content, "secret")?,
    })
}

pub(super) fn queue(content: &Content) -> Result<Stay, Bad> {
    let position = match short(content, "position", 0, 0, 1_000)? {
        0 => None,
        position => Some(position),
    };
    Ok(Stay {
        queue: contract::queue_name(content, "queue")?,
        timeout_s: number(content, "timeoutS", 300, 1, 86_400)?,
        priority: small(content, "priority", 0, 0, 100)?,
        position,
        is_transfer: false,
    })
}

pub(super) fn condition(content: &Content) -> Result<Vec<Case>, Bad> {
    let mut cases: Vec<Case> = Vec::new();
    for (n, row) in rows(content, "cases")?.into_iter().enumerate() {
        let case = within("cases", n, case(row))?;
        if case.port == "out-default" || cases.iter().any(|other| other.port == case.port) {
            return Err(bad(format!("cases[{n}].portId: {} is a port already", case.port)));
        }
        cases.push(case);
    }
    Ok(cases)
}

fn case(row: &Content) -> Result<Case, Bad> {
    let port = needed(row, "portId")?;
    let all = rows(row, "all")?;
    if all.is_empty() {
        return Err(bad("all: expected at least one test".into()));
    }
    let tests = all.into_iter().enumerate().map(|(n, row)| within("all", n, test(row)));
    Ok(Case { port, tests: tests.collect::<Result<_, _>>()? })
}

fn test(row: &Content) -> Result<Test, Bad> {
    let of = text(row, "of")?;
    if of == "time" {
        return Ok(Test::Time(time(row)?));
    }
    if !is_name(&of) {
        return Err(bad("of: expected a variable, or time".into()));
    }
    let value = || template(row, "value");
    let words = [
        "equals",
        "not_equals",
        "starts_with",
        "contains",
        "empty",
        "filled",
        "less",
        "greater",
        "pattern",
        "prefix",
    ];
    let is = match word(row, "is", &words)? {
        "equals" => Is::Equal(value()?),
        "not_equals" => Is::NotEqual(value()?),
        "starts_with" => Is::StartingWith(value()?),
        "contains" => Is::Containing(value()?),
        "empty" => Is::Empty,
        "filled" => Is::Filled,
        "less" => Is::Less(value()?),
        "greater" => Is::Greater(value()?),
        "pattern" => Is::Pattern(needed(row, "value")?),
        _ => {
            needed(row, "value")?;
            Is::Prefix(value()?)
        }
    };
    Ok(Test::Variable(of, is))
}

/// As a calendar of one event.
fn time(row: &Content) -> Result<Opening, Bad> {
    let field = |name: &str| row.get(name).filter(|value| !value.is_null() && **value != "").cloned();
    let (from, until) = (field("from"), field("until"));
    if from.is_some() != until.is_some() {
        return Err(bad("from, until: expected both or none".into()));
    }
    let all = || Value::from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(Value::from).to_vec());
    let days = field("days").filter(|days| days.as_array().is_none_or(|days| !days.is_empty()));
    let mut event = Map::new();
    for (name, value) in [
        ("id", Some("now".into())),
        ("isRecurring", Some(true.into())),
        ("allDay", Some(from.is_none().into())),
        ("days", Some(days.unwrap_or_else(all))),
        ("startTime", from),
        ("endTime", until),
    ] {
        event.insert(name.into(), value.unwrap_or_default());
    }
    let mut content = Map::new();
    content.insert("timezone".into(), field("timezone").unwrap_or_else(|| "UTC".into()));
    content.insert("events".into(), Value::Array(vec![Value::Object(event)]));
    Opening::read(&content).map_err(|words| bad(words.replace("events[0].", "")))
}

pub(super) fn set(content: &Content) -> Result<Assign, Bad> {
    let one = |row: &Content, name: fn(&Content, &str) -> Result<Text, Bad>| {
        Ok((name(row, "name")?, template(row, "value")?))
    };
    let all = |list: &str, name: fn(&Content, &str) -> Result<Text, Bad>| {
        let rows = rows(content, list)?.into_iter().enumerate();
        rows.map(|(n, row)| within(list, n, one(row, name))).collect::<Result<Vec<_>, Bad>>()
    };
    Ok(Assign { variables: all("variables", variable)?, channel: all("channel", channel_variable)? })
}

fn channel_variable(content: &Content, name: &str) -> Result<Text, Bad> {
    let text = text(content, name)?;
    let sound = text.len() <= 40
        && text.strip_prefix(OF_CHANNEL).is_some_and(|rest| {
            !rest.is_empty()
                && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        });
    if sound {
        return Ok(text);
    }
    let words = "expected FLOW_ and capital letters, digits and _: other names mean something to Asterisk";
    Err(bad(format!("{name}: {words}")))
}

pub(super) fn http(content: &Content) -> Result<Request, Bad> {
    let method = match word(content, "method", &["GET", "POST", "PUT", "PATCH", "DELETE"])? {
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => Method::Get,
    };
    let headers = rows(content, "headers")?.into_iter().enumerate();
    let body = content.get("body").filter(|body| !body.is_null());
    let save = rows(content, "save")?.into_iter().enumerate();
    Ok(Request {
        method,
        url: url(content)?,
        headers: headers.map(|(n, row)| within("headers", n, header(row))).collect::<Result<_, _>>()?,
        body: body.map(|value| read_body(value, DEEPEST)).transpose()?,
        timeout_ms: number(content, "timeoutMs", 3_000, 100, 10_000)?,
        save: save.map(|(n, row)| within("save", n, pointed(row))).collect::<Result<_, _>>()?,
    })
}

/// The host stands before the first variable: no value chooses whom is asked.
fn url(content: &Content) -> Result<Template, Bad> {
    let whole = needed(content, "url")?;
    let url = read_template("url", &whole)?;
    let wrong = |words: &str| Err(bad(format!("url: {words}")));
    let beginning = url.beginning();
    let Some(rest) = beginning.strip_prefix("https://").or_else(|| beginning.strip_prefix("http://")) else {
        return wrong("expected http:// or https://");
    };
    if !whole.bytes().all(|b| b.is_ascii_graphic()) {
        return wrong("expected no blanks and only ASCII; write others as %20");
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_whole = host.len() < rest.len() || url.names().next().is_none();
    let named = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
    if host.is_empty() || !named || !is_whole || whole.contains('#') {
        return wrong("expected a host without variables or a password, and no #");
    }
    Ok(url)
}

fn header(row: &Content) -> Result<(Text, Template), Bad> {
    let name = needed(row, "name")?;
    let sound = name.len() <= 60 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let ours = ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"];
    if !sound || ours.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(bad("name: expected that of a header which Vigie does not set itself".into()));
    }
    Ok((name, template(row, "value")?))
}

fn pointed(row: &Content) -> Result<Save, Bad> {
    let from = text(row, "pointer")?;
    if !from.is_empty() && !from.starts_with('/') {
        return Err(bad("pointer: expected one such as /customer/name".into()));
    }
    Ok(Save { from, variable: variable(row, "variable")? })
}

fn read_body(value: &Value, depth: usize) -> Result<Body, Bad> {
    let Some(below) = depth.checked_sub(1) else {
        return Err(bad(format!("body: expected at most {DEEPEST} levels")));
    };
    Ok(match value {
        Value::String(text) => Body::Text(read_template("body", text)?),
        Value::Array(all) => {
            Body::List(all.iter().map(|one| read_body(one, below)).collect::<Result<_, _>>()?)
        }
        Value::Object(all) => {
            let all = all.iter().map(|(name, one)| Ok((name.clone(), read_body(one, below)?)));
            Body::Object(all.collect::<Result<_, Bad>>()?)
        }
        other => Body::Other(other.clone()),
    })
}

pub(super) fn lookup(content: &Content) -> Result<Vec<Save>, Bad> {
    let save = rows(content, "save")?.into_iter().enumerate();
    let one = |row: &Content| Ok(Save { from: needed(row, "field")?, variable: variable(row, "variable")? });
    save.map(|(n, row)| within("save", n, one(row))).collect()
}

pub(super) fn callback(content: &Content) -> Result<WantsCallback, Bad> {
    let number = match text(content, "number")? {
        absent if absent.is_empty() => read_template("number", "{caller}")?,
        number => read_template("number", &number)?,
    };
    let attempts = small(content, "attempts", 3, 1, 10)?;
    Ok(WantsCallback { number, note: template(content, "note")?, attempts })
}

/// The id of an assistant: as the settings or an administrator name one.
pub(super) fn assistant(content: &Content) -> Result<Text, Bad> {
    let id = text(content, "assistant")?;
    let sound = id.chars().count() <= 80 && id.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    if sound { Ok(id) } else { Err(bad("assistant: expected the id of one: letters, digits and -_.".into())) }
}
