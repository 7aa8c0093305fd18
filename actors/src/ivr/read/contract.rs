//! Nodes as existing front ends draw them, with what of ours their content may hold besides.

use serde_json::Value;

use super::{Bad, Content, bad, number, rows, small, template, text, variable, within, word};
use crate::ivr::flow::{Does, Menu, MenuOption, Stay, To, Transfer};
use crate::view::Text;

/// Waits for one key, in ms.
const WAITS_MS: u32 = 5_000;
/// How long a transfer rings, in s.
const RINGS_S: u32 = 30;
/// Normal clearing.
const NORMAL: u8 = 16;

/// Variables that are set when another flow leads here.
pub(super) fn expected(content: &Content) -> Result<Vec<Text>, Bad> {
    let expected = rows(content, "expects")?;
    expected.iter().enumerate().map(|(n, row)| within("expects", n, variable(row, "name"))).collect()
}

pub(super) fn menu(content: &Content) -> Result<Menu, Bad> {
    let mut options: Vec<MenuOption> = Vec::new();
    let rows = match content.get("options") {
        Some(Value::Array(rows)) => rows.as_slice(),
        None | Some(Value::Null) => &[],
        Some(_) => return Err(bad("options: expected a list".into())),
    };
    for (n, row) in rows.iter().enumerate() {
        let field = |name: &str| row.get(name).and_then(Value::as_str);
        let mut key = field("key").unwrap_or_default().chars();
        let (Some(key @ ('0'..='9' | '*' | '#')), None) = (key.next(), key.next()) else {
            return Err(bad(format!("options[{n}].key: expected one of 0 to 9, * or #")));
        };
        let Some(port) = field("portId") else {
            return Err(bad(format!("options[{n}].portId: missing")));
        };
        if options.iter().any(|other| other.key == key) {
            return Err(bad(format!("options[{n}].key: {key} is an option already")));
        }
        options.push(MenuOption { key, port: port.into() });
    }
    Ok(Menu {
        prompt: text(content, "prompt")?,
        options,
        timeout_ms: number(content, "timeoutMs", WAITS_MS, 1_000, 60_000)?,
        tries: small(content, "tries", 3, 1, 10)?,
        repeats: small(content, "repeats", 0, 0, 9)?,
    })
}

pub(super) fn transfer(content: &Content) -> Result<Does, Bad> {
    let rings_s = number(content, "timeoutS", RINGS_S, 5, 300)?;
    let to = match word(content, "to", &["number", "extension", "trunk", "queue"])? {
        "queue" => {
            let queue = queue_name(content, "number")?;
            let timeout_s = number(content, "timeoutS", 300, 1, 86_400)?;
            let stay = Stay { queue, timeout_s, priority: 0, position: None, is_transfer: true };
            return Ok(Does::Queue(stay));
        }
        "trunk" => To::Trunk(trunk(content)?),
        _ => To::Number,
    };
    Ok(Does::Transfer(Transfer { number: template(content, "number")?, to, rings_s }))
}

/// Asterisk reads some signs of an application's arguments.
pub(super) fn queue_name(content: &Content, name: &str) -> Result<Text, Bad> {
    let queue = super::needed(content, name)?;
    let sound = queue.len() <= 80 && asterisk::agi::Arg::new(&queue).is_ok();
    if sound { Ok(queue) } else { Err(bad(format!("{name}: expected the name of a queue"))) }
}

fn trunk(content: &Content) -> Result<Text, Bad> {
    let trunk = text(content, "trunk")?;
    let sound = trunk.split_once('/').is_some_and(|(tech, name)| {
        matches!(tech, "PJSIP" | "SIP" | "IAX2")
            && (1..=80).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    });
    if sound { Ok(trunk) } else { Err(bad("trunk: expected one such as PJSIP/trunk-a".into())) }
}

/// Of Q.850, by a word or its number.
pub(super) fn cause(content: &Content) -> Result<u8, Bad> {
    Ok(match text(content, "cause")?.as_str() {
        "" | "normal" => NORMAL,
        "busy" => 17,
        "noanswer" => 19,
        "rejected" => 21,
        "congestion" => 34,
        "unallocated" => 1,
        other => match other.parse() {
            Ok(cause @ 1..=127) => cause,
            _ => {
                let words = "normal, busy, noanswer, rejected, congestion, unallocated, or 1 to 127";
                return Err(bad(format!("cause: expected {words}")));
            }
        },
    })
}
