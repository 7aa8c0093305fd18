//! The texts of people's data, each with what was expected of it.

use serde_json::Value;

/// Ids that clients make: they stand in addresses.
pub(in crate::http) fn id(text: &str) -> Result<String, String> {
    let sound = (1..=100).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._@:-".contains(&b))
        && text != "me"
        && text != "bulk";
    if sound { Ok(text.to_owned()) } else { Err("expected 1 to 100 of A-Z a-z 0-9 . _ @ : -".to_owned()) }
}

/// What people call something.
pub(in crate::http) fn name(text: &str) -> Result<String, String> {
    plain(text, 100)
}

/// Text on one line, of at most so many characters.
pub(in crate::http) fn plain(text: &str, most: usize) -> Result<String, String> {
    let sound = text.chars().count() <= most && !text.chars().any(char::is_control);
    if sound {
        Ok(text.trim().to_owned())
    } else {
        Err(format!("expected at most {most} characters without control characters"))
    }
}

/// A name that must not be empty.
pub(in crate::http) fn title(text: &str) -> Result<String, String> {
    name(text).and_then(|text| if text.is_empty() { Err("expected a name".to_owned()) } else { Ok(text) })
}

/// What somebody logs in with.
pub(in crate::http) fn login(text: &str) -> Result<String, String> {
    let sound = (1..=60).contains(&text.chars().count())
        && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    if sound { Ok(text.to_owned()) } else { Err("expected 1 to 60 characters without spaces".to_owned()) }
}

/// Something that is compared and never stored.
pub(in crate::http) fn any_text(text: &str) -> Result<String, String> {
    if text.len() <= 1000 { Ok(text.to_owned()) } else { Err("expected at most 1000 bytes".to_owned()) }
}

/// An e-mail address, roughly.
pub(super) fn email(text: &str) -> Result<String, String> {
    let sound = text.len() <= 254
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
        && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    if sound { Ok(text.to_owned()) } else { Err("expected an e-mail address".to_owned()) }
}

/// A telephone number as people write it.
pub(super) fn phone(text: &str) -> Result<String, String> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let sound = (3..=20).contains(&digits)
        && text.len() <= 32
        && text.bytes().all(|b| b.is_ascii_digit() || b"+ .-()/".contains(&b));
    if sound { Ok(text.to_owned()) } else { Err("expected a telephone number".to_owned()) }
}

/// An endpoint or a member interface.
pub(super) fn endpoint(text: &str) -> Result<String, String> {
    let parts = text.split_once('/').filter(|(technology, name)| {
        (2..=16).contains(&technology.len())
            && technology.bytes().all(|b| b.is_ascii_alphanumeric())
            && (1..=80).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.@:+-/".contains(&b))
    });
    parts.map(|_| text.to_owned()).ok_or_else(|| "expected an endpoint such as PJSIP/1001".to_owned())
}

/// An extension.
pub(super) fn extension(text: &str) -> Result<String, String> {
    let sound = (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"*#+_.-".contains(&b));
    if sound { Ok(text.to_owned()) } else { Err("expected 1 to 64 of 0-9 A-Z a-z * # + _ . -".to_owned()) }
}

/// The configured name of a PBX.
pub(super) fn pbx(text: &str) -> Result<String, String> {
    let sound = (1..=64).contains(&text.len()) && !text.chars().any(|c| c.is_control() || c == '~');
    if sound { Ok(text.to_owned()) } else { Err("expected the configured name of a PBX".to_owned()) }
}

/// `pbx~queue`.
pub(super) fn queue(text: &str) -> Result<String, String> {
    let sound = text.len() <= 200
        && !text.chars().any(char::is_control)
        && text.split_once('~').is_some_and(|(pbx, queue)| !pbx.is_empty() && !queue.is_empty());
    if sound { Ok(text.to_owned()) } else { Err("expected pbx~queue".to_owned()) }
}

/// An endpoint, or a pattern of them.
pub(super) fn trunk(text: &str) -> Result<String, String> {
    let sound = (1..=100).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.@:+-/*?".contains(&b));
    if sound {
        Ok(text.to_owned())
    } else {
        Err("expected an endpoint, or a pattern with * and ?".to_owned())
    }
}

/// A dialplan context.
pub(super) fn context(text: &str) -> Result<String, String> {
    let sound = (1..=79).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    if sound { Ok(text.to_owned()) } else { Err("expected 1 to 79 of A-Z a-z 0-9 _ -".to_owned()) }
}

/// An IANA zone.
pub(in crate::http) fn zone(text: &str) -> Result<String, String> {
    let known = text.len() <= 64 && jiff::tz::TimeZone::get(text).is_ok();
    if known {
        Ok(text.to_owned())
    } else {
        Err("expected an IANA time zone such as Europe/Paris".to_owned())
    }
}

/// A time of day.
pub(in crate::http) fn time(text: &str) -> Result<String, String> {
    let of = |part: &str, most: u8| {
        part.len() == 2
            && part.bytes().all(|b| b.is_ascii_digit())
            && part.parse::<u8>().is_ok_and(|n| n <= most)
    };
    let sound = text.split_once(':').is_some_and(|(hours, minutes)| of(hours, 23) && of(minutes, 59));
    if sound { Ok(text.to_owned()) } else { Err("expected HH:MM".to_owned()) }
}

/// An address of a gateway: shown only.
pub(super) fn address(text: &str) -> Result<String, String> {
    let sound = text.len() <= 100 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-[]".contains(&b));
    if sound { Ok(text.to_owned()) } else { Err("expected an address or a host name".to_owned()) }
}

/// Number rules of a site; empty: those of the server hold.
pub(super) fn numbers(value: &Value) -> Result<(), String> {
    match value {
        Value::Object(fields) if fields.is_empty() => Ok(()),
        _ if has_nul(value) => Err("expected no NUL".to_owned()),
        // serde would take a list of values for an object
        Value::Object(fields) if !fields.get("limits").is_none_or(are_objects) => {
            Err("limits: expected an object of objects".to_owned())
        }
        Value::Object(_) => crate::http::verbs::number_plan(value)
            .map(drop)
            .map_err(|problem| problem.chars().take(200).collect()),
        _ => Err("expected a JSON object".to_owned()),
    }
}

/// A list that is kept as it is.
pub(super) fn array(value: &Value) -> Result<(), String> {
    if value.is_array() && is_flat(value, 8) && !has_nul(value) {
        Ok(())
    } else {
        Err("expected a list, without NUL and not deeper than 8".to_owned())
    }
}

fn are_objects(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| fields.values().all(Value::is_object))
}

/// PostgreSQL holds no NUL in JSON.
pub(in crate::http) fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(all) => all.iter().any(has_nul),
        Value::Object(all) => all.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

fn is_flat(value: &Value, levels: u8) -> bool {
    match value {
        Value::Array(all) => levels > 0 && all.iter().all(|value| is_flat(value, levels - 1)),
        Value::Object(all) => levels > 0 && all.values().all(|value| is_flat(value, levels - 1)),
        _ => true,
    }
}
