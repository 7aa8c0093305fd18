//! Tools as a model is told of them.

use serde_json::{Value, json};

use super::May;
use crate::voice::Tool;

/// One of [`TOOLS`](crate::config::TOOLS); `None`: there is no such.
pub(super) fn tool(name: &str, may: &May) -> Option<Tool> {
    let (description, parameters) = match name {
        "look_up_caller" => ("What is known of the caller, by the number that he calls from.", nothing()),
        "open_ticket" => (
            "Notes what is wrong, for the technicians. Once a conversation; call it again with what is new.",
            ticket(&may.tags),
        ),
        "call_back" => (
            "The caller will be called back on the number that he calls from.",
            json!({"type": "object", "properties": {"note": {"type": "string", "description": "For who calls him."}}, "required": ["note"]}),
        ),
        "transfer" => (
            "Connects the caller to a human. Say nothing after it.",
            transfer(may.places.keys().map(String::as_str).collect()),
        ),
        "hang_up" => ("Says goodbye and ends the call, when the caller wants nothing more.", nothing()),
        _ => return None,
    };
    Some(Tool { name: name.to_owned(), description: description.to_owned(), parameters })
}

fn nothing() -> Value {
    json!({"type": "object", "properties": {}})
}

fn ticket(tags: &[String]) -> Value {
    let mut tag = json!({"type": "string", "description": "What it is about."});
    if !tags.is_empty() {
        tag["enum"] = tags.into();
    }
    json!({
        "type": "object",
        "properties": {
            "fault": {"type": "string", "description": "What is wrong, in one sentence."},
            "tag": tag,
            "severity": {"type": "string", "enum": ["low", "medium", "high"]},
            "name": {"type": "string", "description": "The caller's name, if he said it."},
            "email": {"type": "string", "description": "His address, if he said it."},
        },
        "required": ["fault"],
    })
}

fn transfer(places: Vec<&str>) -> Value {
    let mut properties = json!({
        "summary": {"type": "string", "description": "For the human, in one sentence."},
    });
    if !places.is_empty() {
        properties["to"] = json!({"type": "string", "enum": places});
    }
    json!({"type": "object", "properties": properties, "required": ["summary"]})
}

/// Said to who is known.
pub(super) fn welcome(name: &str, has_ticket: bool, english: bool) -> String {
    match (english, has_ticket) {
        (true, true) => format!("Hello {name}. Are you calling about your open ticket?"),
        (true, false) => format!("Hello {name}. How can I help you?"),
        (false, true) => format!("Bonjour {name}. Appelez-vous au sujet de votre dossier en cours ?"),
        (false, false) => format!("Bonjour {name}. Comment puis-je vous aider ?"),
    }
}
