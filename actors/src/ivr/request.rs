//! What a flow asks of a server: built from templates so that no value changes what is asked, and what is taken from
//! the answer. Whether a server may be asked at all is decided where the request is made.

use std::fmt;

use serde_json::{Map, Value};

use super::template::Template;
use super::variables::{LONGEST_VALUE, Variables};
use crate::view::Text;

/// Bytes of a whole address.
const LONGEST_URL: usize = 2_000;
/// Bytes of what is sent.
const LONGEST_BODY: usize = 16_384;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where; the host has no variable.
    pub url: Template,
    /// By name.
    pub headers: Vec<(Text, Template)>,
    /// JSON.
    pub body: Option<Body>,
    /// For the whole of it, in ms.
    pub timeout_ms: u32,
    /// From the answer, by JSON pointer.
    pub save: Vec<Save>,
}

/// What of an answer goes into a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Save {
    /// A JSON pointer, or the name of a field.
    pub from: Text,
    /// Its name.
    pub variable: Text,
}

/// Of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // as they are called
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// JSON whose texts are templates.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)] // as they are called
pub enum Body {
    Text(Template),
    List(Vec<Body>),
    Object(Vec<(String, Body)>),
    Other(Value),
}

/// A request that is ready.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpAsk {
    /// How.
    pub method: Method,
    /// Where.
    pub url: String,
    /// By name.
    pub headers: Vec<(String, String)>,
    /// JSON.
    pub body: Option<String>,
    /// For the whole of it, in ms.
    pub timeout_ms: u32,
}

impl fmt::Debug for HttpAsk {
    /// Headers and body may hold what is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.name(), self.url)
    }
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// Of HTTP.
    pub status: u16,
    /// Bounded by who asked.
    pub body: Vec<u8>,
}

impl Request {
    /// With what the variables hold.
    ///
    /// # Errors
    /// Why it cannot be asked; it never says a value.
    pub(super) fn ready(&self, variables: &Variables) -> Result<HttpAsk, String> {
        if self.url.tells_secrets(variables) {
            return Err("a secret would stand in the address".into());
        }
        // dots alone would climb, however they are written
        if self.url.names().any(|name| matches!(variables.get(name), "." | "..")) {
            return Err("a variable of the address holds dots only".into());
        }
        let url = self.url.written(variables, percent_encoded);
        if url.len() > LONGEST_URL {
            return Err(format!("the address has more than {LONGEST_URL} bytes"));
        }
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let value = value.filled(variables);
            if !value.bytes().all(|b| matches!(b, b' '..=b'~')) {
                return Err(format!("the header {name} would hold more than printable ASCII"));
            }
            headers.push((name.to_string(), value));
        }
        let body = self.body.as_ref().map(|body| body.filled(variables).to_string());
        if body.as_ref().is_some_and(|body| body.len() > LONGEST_BODY) {
            return Err(format!("the body has more than {LONGEST_BODY} bytes"));
        }
        Ok(HttpAsk { method: self.method, url, headers, body, timeout_ms: self.timeout_ms })
    }

    /// Each variable with what the answer has for it.
    ///
    /// # Errors
    /// Why the answer is none.
    pub(super) fn taken(&self, answer: &HttpAnswer) -> Result<Vec<(Text, String)>, String> {
        if !(200..300).contains(&answer.status) {
            return Err(format!("it was answered with status {}", answer.status));
        }
        if self.save.is_empty() {
            return Ok(Vec::new());
        }
        let body: Value =
            serde_json::from_slice(&answer.body).map_err(|_| "the answer is no JSON".to_owned())?;
        let one = |save: &Save| Ok((save.variable.clone(), text(body.pointer(&save.from))?));
        self.save.iter().map(one).collect()
    }
}

/// What is not there is empty.
fn text(value: Option<&Value>) -> Result<String, String> {
    match value {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(value @ (Value::Bool(_) | Value::Number(_))) => Ok(value.to_string()),
        Some(value @ (Value::Array(_) | Value::Object(_))) => {
            let text = value.to_string();
            // cut, it would be no JSON any more
            if text.len() <= LONGEST_VALUE { Ok(text) } else { Err("what is to be kept is too long".into()) }
        }
    }
}

impl Body {
    pub(super) fn templates<'a>(&'a self, into: &mut Vec<&'a Template>) {
        match self {
            Self::Text(template) => into.push(template),
            Self::List(all) => all.iter().for_each(|one| one.templates(into)),
            Self::Object(all) => all.iter().for_each(|(_, one)| one.templates(into)),
            Self::Other(_) => {}
        }
    }

    fn filled(&self, variables: &Variables) -> Value {
        match self {
            Self::Text(template) => Value::String(template.filled(variables)),
            Self::List(all) => all.iter().map(|one| one.filled(variables)).collect(),
            Self::Object(all) => {
                let all = all.iter().map(|(name, one)| (name.clone(), one.filled(variables)));
                Value::Object(all.collect::<Map<_, _>>())
            }
            Self::Other(value) => value.clone(),
        }
    }
}

fn percent_encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
