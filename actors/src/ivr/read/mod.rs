//! What a node's `content` says, by its type.

mod contract;
mod own;

use serde_json::{Map, Value};

use super::flow::Does;
use super::template::Template;
use super::variables::{is_name, may_be_set};
use crate::view::Text;

pub(super) type Content = Map<String, Value>;
/// Slug and words.
pub(super) type Bad = (&'static str, String);

/// Bytes of one text.
const LONGEST_TEXT: usize = 4_000;
/// Rows of one list.
const MOST_ROWS: usize = 100;

/// What happens at a node of that type.
pub(super) fn does(kind: &str, content: &Content) -> Result<Does, Bad> {
    Ok(match kind {
        "start" => Does::Start(contract::expected(content)?),
        "media" => Does::Play(text(content, "prompt")?),
        "menu" => Does::Menu(contract::menu(content)?),
        "calendar" => Does::Opening(super::Opening::read(content).map_err(bad)?),
        "transfer" => contract::transfer(content)?,
        "voicemail" => Does::Voicemail(text(content, "prompt")?),
        "hangup" => Does::Hangup(contract::cause(content)?),
        "say" => Does::Say(own::say(content)?),
        "digits" => Does::Digits(own::digits(content)?),
        "queue" => Does::Queue(own::queue(content)?),
        "condition" => Does::Condition(own::condition(content)?),
        "set" => Does::Set(own::set(content)?),
        "goto" => Does::Goto(needed(content, "flow")?),
        "http" => Does::Http(Box::new(own::http(content)?)),
        "lookup" => Does::Lookup(own::lookup(content)?),
        "callback" => Does::Callback(own::callback(content)?),
        "ai" => Does::Assistant(own::assistant(content)?),
        other => return Err(("unknown_type", format!("no node of type {other:?} is known"))),
    })
}

pub(super) fn bad(words: String) -> Bad {
    ("bad_content", words)
}

/// Absent is empty; a number is its digits.
fn text(content: &Content, name: &str) -> Result<Text, Bad> {
    match content.get(name) {
        Some(Value::String(text)) if text.len() <= LONGEST_TEXT => Ok(text.as_str().into()),
        Some(Value::Number(number)) => Ok(number.to_string().into()),
        None | Some(Value::Null) => Ok(Text::default()),
        Some(_) => Err(bad(format!("{name}: expected a text of at most 4,000 bytes"))),
    }
}

fn needed(content: &Content, name: &str) -> Result<Text, Bad> {
    let text = text(content, name)?;
    if text.trim().is_empty() { Err(bad(format!("{name}: missing"))) } else { Ok(text) }
}

fn template(content: &Content, name: &str) -> Result<Template, Bad> {
    read_template(name, &text(content, name)?)
}

fn read_template(name: &str, text: &str) -> Result<Template, Bad> {
    Template::read(text).map_err(|words| ("bad_template", format!("{name}: {words}")))
}

/// Absent is the default; a front end may send digits as a text.
fn number(content: &Content, name: &str, default: u32, least: u32, most: u32) -> Result<u32, Bad> {
    let found = match content.get(name) {
        None | Some(Value::Null) => return Ok(default),
        Some(Value::String(text)) if text.is_empty() => return Ok(default),
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_u64().and_then(|number| u32::try_from(number).ok()),
    };
    found
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| bad(format!("{name}: expected a whole number from {least} to {most}")))
}

/// The same, where the most fits into a byte.
fn small(content: &Content, name: &str, default: u8, least: u8, most: u8) -> Result<u8, Bad> {
    let number = number(content, name, default.into(), least.into(), most.into())?;
    Ok(u8::try_from(number).unwrap_or(most))
}

/// The same for two bytes.
fn short(content: &Content, name: &str, default: u16, least: u16, most: u16) -> Result<u16, Bad> {
    let number = number(content, name, default.into(), least.into(), most.into())?;
    Ok(u16::try_from(number).unwrap_or(most))
}

fn flag(content: &Content, name: &str) -> Result<bool, Bad> {
    match content.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(bad(format!("{name}: expected true or false"))),
    }
}

/// One of these words; the first is the default.
fn word<'a>(content: &Content, name: &str, words: &[&'a str]) -> Result<&'a str, Bad> {
    let text = text(content, name)?;
    let found = if text.is_empty() { words.first() } else { words.iter().find(|word| text == **word) };
    found.copied().ok_or_else(|| bad(format!("{name}: expected one of {}", words.join(", "))))
}

/// Objects; absent is none.
fn rows<'a>(content: &'a Content, name: &str) -> Result<Vec<&'a Content>, Bad> {
    let rows = match content.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(rows)) if rows.len() <= MOST_ROWS => rows,
        Some(_) => return Err(bad(format!("{name}: expected a list of at most {MOST_ROWS}"))),
    };
    let row = |(n, row): (usize, &'a Value)| {
        row.as_object().ok_or_else(|| bad(format!("{name}[{n}]: expected an object")))
    };
    rows.iter().enumerate().map(row).collect()
}

/// Says in which row it is.
fn within<T>(name: &str, n: usize, found: Result<T, Bad>) -> Result<T, Bad> {
    found.map_err(|(slug, words)| (slug, format!("{name}[{n}].{words}")))
}

/// The name of a variable that a node may set.
fn variable(content: &Content, name: &str) -> Result<Text, Bad> {
    let text = text(content, name)?;
    if may_be_set(&text) {
        return Ok(text);
    }
    let words = if is_name(&text) {
        format!("{name}: {text} is Vigie's own")
    } else {
        format!("{name}: expected a small letter, then small letters, digits and _, at most 40")
    };
    Err(bad(words))
}
