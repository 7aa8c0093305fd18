//! Bodies: JSON that comes in, field by field, and large texts that go out in slices.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, web};
use bytes::Bytes;
use serde_json::Value;

use super::error::ApiError;
use super::json;
use crate::auth::secrets;

/// Largest body that is read, unless the address takes more.
pub(super) const MAX_BODY: usize = 64 << 10;
/// How long it may take to come.
pub(super) const BODY_WITHIN: Duration = Duration::from_secs(5);
const SLICE: usize = 32 << 10;

/// The fields of a JSON object, each taken by name; what is left over was not asked for.
#[derive(Clone)]
pub(super) struct Fields {
    values: BTreeMap<String, Value>,
    bad: BTreeMap<String, String>,
}

impl Fields {
    /// Reads a body: JSON by its type, at most [`MAX_BODY`], within 5 s, an object without a name
    /// given twice.
    pub(super) async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Self, ApiError> {
        Self::read_up_to(MAX_BODY, request, payload).await
    }

    /// The same of at most so many bytes.
    pub(super) async fn read_up_to(
        most: usize,
        request: &HttpRequest,
        payload: web::Payload,
    ) -> Result<Self, ApiError> {
        let json =
            request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(|kind| {
                kind.split(';').next().is_some_and(|k| k.trim().eq_ignore_ascii_case("application/json"))
            });
        if !json {
            return Err(ApiError::NotJson);
        }
        let read = payload.to_bytes_limited(most);
        let body = match tokio::time::timeout(BODY_WITHIN, read).await {
            Err(_) => return Err(ApiError::TooSlow),
            Ok(Err(_)) => return Err(ApiError::TooLarge(most)),
            Ok(Ok(Err(problem))) => return Err(ApiError::Malformed(problem.to_string())),
            Ok(Ok(Ok(body))) => body,
        };
        Self::parse(&body)
    }

    /// Of an object that stood within a body; `None` when it is none.
    pub(super) fn of(value: Value) -> Option<Self> {
        let Value::Object(values) = value else { return None };
        Some(Self { values: values.into_iter().collect(), bad: BTreeMap::new() })
    }

    fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let (value, twice) = json::read(body).map_err(|problem| {
            ApiError::Malformed(format!("line {}, column {}", problem.line(), problem.column()))
        })?;
        let bad = twice.into_iter().map(|name| (name, "given twice".to_owned())).collect();
        match value {
            Value::Object(values) => Ok(Self { values: values.into_iter().collect(), bad }),
            _ => Err(ApiError::field("body", "expected a JSON object")),
        }
    }

    /// A field made of its text by `parse`, which says what was expected. `None` when it is missing,
    /// null or bad (and then kept for [`Fields::end`]).
    pub(super) fn text<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let parsed = match self.values.remove(name)? {
            Value::Null => return None,
            Value::String(text) => parse(&text),
            _ => Err("expected text".to_owned()),
        };
        self.keep(name, parsed)
    }

    /// The same, for one that must be there.
    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if matches!(self.values.get(name), None | Some(Value::Null)) {
            self.values.remove(name);
            self.bad.insert(name.into(), "missing".into());
            return None;
        }
        self.text(name, parse)
    }

    /// A text that may be absent (then it stays), null or empty (then there is none).
    pub(super) fn kept<T>(
        &mut self,
        name: &'static str,
        now: Option<T>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match self.values.get(name) {
            None => now,
            Some(Value::String(text)) if text.is_empty() => {
                self.values.remove(name);
                None
            }
            Some(_) => self.text(name, parse),
        }
    }

    /// True or false; `None` when it is missing or null.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        let parsed = match self.values.remove(name)? {
            Value::Null => return None,
            Value::Bool(flag) => Ok(flag),
            _ => Err("expected true or false".to_owned()),
        };
        self.keep(name, parsed)
    }

    /// A list of at most so many texts; `None` when it is missing or null.
    pub(super) fn texts<T>(
        &mut self,
        name: &'static str,
        most: usize,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let values = self.list(name, most)?;
        let one = |value: &Value| {
            value.as_str().ok_or_else(|| "expected a list of texts".to_owned()).and_then(&parse)
        };
        let parsed = values.iter().map(one).collect();
        self.keep(name, parsed)
    }

    /// A list of at most so many values; `None` when it is missing or null.
    pub(super) fn list(&mut self, name: &'static str, most: usize) -> Option<Vec<Value>> {
        let parsed = match self.values.remove(name)? {
            Value::Null => return None,
            Value::Array(values) if values.len() <= most => Ok(values),
            _ => Err(format!("expected a list of at most {most}")),
        };
        self.keep(name, parsed)
    }

    /// Any JSON that `right` finds right; `None` when it is missing or null.
    pub(super) fn json(
        &mut self,
        name: &'static str,
        right: impl FnOnce(&Value) -> Result<(), String>,
    ) -> Option<Value> {
        let value = self.values.remove(name).filter(|value| !value.is_null())?;
        let parsed = right(&value).map(|()| value);
        self.keep(name, parsed)
    }

    /// What an answer of ours has and a client sends back: not looked at.
    pub(super) fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.values.remove(*name);
        }
    }

    /// That field must be there, and nothing was wrong with it so far.
    pub(super) fn needs(&mut self, name: &str) {
        self.bad.entry(name.to_owned()).or_insert_with(|| "missing".to_owned());
    }

    /// Something is wrong with that field.
    pub(super) fn wrong(&mut self, name: &str, reason: &str) {
        self.bad.insert(name.to_owned(), reason.to_owned());
    }

    /// A whole number between these two.
    pub(super) fn number(&mut self, name: &'static str, least: u16, most: u16) -> Option<u16> {
        let value = self.values.remove(name)?;
        if value.is_null() {
            return None;
        }
        let number = value.as_u64().and_then(|n| u16::try_from(n).ok());
        let parsed = number
            .filter(|n| (least..=most).contains(n))
            .ok_or_else(|| format!("expected a whole number from {least} to {most}"));
        self.keep(name, parsed)
    }

    /// The same, for one that must be there.
    pub(super) fn needed(&mut self, name: &'static str, least: u16, most: u16) -> Option<u16> {
        if matches!(self.values.get(name), None | Some(Value::Null)) {
            self.values.remove(name);
            self.bad.insert(name.into(), "missing".into());
            return None;
        }
        self.number(name, least, most)
    }

    /// True or false, for one that must be there.
    pub(super) fn required_flag(&mut self, name: &'static str) -> Option<bool> {
        if matches!(self.values.get(name), None | Some(Value::Null)) {
            self.values.remove(name);
            self.bad.insert(name.into(), "missing".into());
            return None;
        }
        self.flag(name)
    }

    /// What all fields together come to, whatever their order and spacing: SHA-256, which is the same after a
    /// restart.
    pub(super) fn print(&self) -> String {
        let all = serde_json::to_string(&self.values).unwrap_or_default();
        secrets::sha256(all.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn keep<T>(&mut self, name: &str, parsed: Result<T, String>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(reason) => {
                self.bad.insert(name.to_owned(), reason);
                None
            }
        }
    }

    /// All that was wrong, with every field that nobody asked for.
    pub(super) fn end(mut self) -> Result<(), ApiError> {
        for name in self.values.into_keys() {
            let shown: String = name.chars().take(64).collect();
            self.bad.insert(shown, "unknown field".into());
        }
        if self.bad.is_empty() { Ok(()) } else { Err(ApiError::BadFields(self.bad)) }
    }
}

/// A large text that is handed to the socket slice by slice, so that a client that does not read
/// costs a slice and not a copy of the whole.
pub(super) struct Sliced(pub(super) Vec<Bytes>);

impl MessageBody for Sliced {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.iter().map(|part| part.len() as u64).sum())
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        while let Some(part) = self.0.first_mut() {
            if part.is_empty() {
                self.0.remove(0);
                continue;
            }
            let slice = part.split_to(part.len().min(SLICE));
            return Poll::Ready(Some(Ok(slice)));
        }
        Poll::Ready(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slug(body: &str) -> String {
        match Fields::parse(body.as_bytes()).and_then(Fields::end) {
            Ok(()) => "ok".into(),
            Err(problem) => format!("{} {problem}", problem.slug()),
        }
    }

    #[test]
    fn a_body_is_malformed_or_it_names_the_field() {
        assert_eq!(slug("{}"), "ok");
        assert!(slug("{").starts_with("malformed_json"));
        assert!(slug("").starts_with("malformed_json"));
        assert!(slug("{\"a\":1}x").starts_with("malformed_json"));
        assert!(slug("{\"a\":\"\n\"}").starts_with("malformed_json"), "a raw line break in JSON");
        assert!(slug(&"[".repeat(20_000)).starts_with("malformed_json"));
        assert_eq!(slug("[]"), "bad_value body: expected a JSON object");
        assert_eq!(slug("{\"role\":1}"), "bad_value role: unknown field");
        assert_eq!(slug("{\"a\":1,\"a\":2}"), "bad_value a: unknown field");
    }

    #[test]
    fn s50_a_name_given_twice_is_refused() {
        let mut fields = Fields::parse(br#"{"channel":"a","channel":"b"}"#).unwrap();
        let _ = fields.text("channel", |text| Ok(text.to_owned()));
        assert_eq!(fields.end().unwrap_err().to_string(), "channel: given twice");
        let mut fields = Fields::parse(br#"{"users":[{"role":"Agent","role":"SuperAdmin"}]}"#).unwrap();
        let _ = fields.list("users", 1);
        assert_eq!(fields.end().unwrap_err().to_string(), "users[0].role: given twice", "deep inside too");
    }
}
