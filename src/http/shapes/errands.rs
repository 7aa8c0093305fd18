//! What flows look up and leave behind: contacts and callbacks.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::texts::{Called, Remark};
use crate::errands::{Callback, Contact, Outcome};
use crate::http::openapi::{Answer, Parameter, Shape, Values};

/// Which.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct TakenCallback {
    /// As the list shows it.
    #[schemars(regex(pattern = "^[0-9]{1,18}$"))]
    id: String,
}

/// What came of it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct CallbackResult {
    /// As the list shows it.
    #[schemars(regex(pattern = "^[0-9]{1,18}$"))]
    id: String,
    outcome: Outcome,
    remark: Option<Remark>,
}

/// Who calls from a number.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct NewFlowContact {
    number: Called,
    name: Option<Remark>,
    /// What a flow may know of him.
    #[schemars(length(max = 50))]
    data: Option<BTreeMap<String, Remark>>,
}

const STATE: &[Parameter] = &[Parameter::new(
    "state",
    Values::One(&["open", "taken", "done", "failed"]),
    "Those that stand so.",
    "open",
)];
const AFTER: &[Parameter] = &[Parameter::new(
    "after",
    Values::Text("^[+]?[0-9A-Za-z*#_.-]{0,40}$"),
    "The last number of the page before.",
    "",
)];
const NUMBER: &[Parameter] = &[Parameter::new(
    "id",
    Values::Text("^[+]?[0-9A-Za-z*#_.-]{1,40}$"),
    "Number of a contact.",
    "+33100000099",
)];
const KEPT: &[(u16, &str)] = &[(503, "nothing_kept"), (503, "database_away"), (503, "busy")];
const OF_ONE: &[(u16, &str)] = &[
    (404, "not_found"),
    (409, "callback_not_yours"),
    (503, "nothing_kept"),
    (503, "database_away"),
    (503, "busy"),
];

pub(in crate::http) const CALLBACKS: Shape =
    Shape::gives::<Vec<Callback>>("Who wants to be called back, the most urgent first.")
        .words("Without a state those that wait or are taken; 1,000 at most.")
        .asks(STATE)
        .refuses(KEPT);
pub(in crate::http) const TAKE: Shape = Shape::gives::<Callback>("Somebody calls him back now.")
    .words("Nobody else can take it for 30 minutes, or until its outcome is told.")
    .takes::<TakenCallback>(r#"{"id": "1"}"#)
    .refuses(OF_ONE);
pub(in crate::http) const OUTCOME: Shape = Shape::gives::<Callback>("What came of it, by who took it.")
    .words("`no_answer` and `busy` are tried again later while attempts are left; `later` is no attempt.")
    .takes::<CallbackResult>(r#"{"id": "1", "outcome": "reached"}"#)
    .refuses(OF_ONE);
pub(in crate::http) const CONTACTS: Shape =
    Shape::gives::<Vec<Contact>>("Contacts that flows look up, 500 by number.").asks(AFTER).refuses(KEPT);
pub(in crate::http) const CONTACT_PUT: Shape =
    Shape::gives::<Contact>("Puts a contact there, in place of the one of that number.")
        .takes::<NewFlowContact>(
            r#"{"number": "+33 1 00 00 00 99", "name": "Alice", "data": {"vip": "yes"}}"#,
        )
        .refuses(&[(409, "too_many_contacts"), (503, "nothing_kept"), (503, "database_away"), (503, "busy")]);
pub(in crate::http) const CONTACT_REMOVE: Shape = Shape::new("Takes a contact away.", 204, Answer::Empty)
    .at(NUMBER)
    .refuses(&[(404, "not_found"), (503, "nothing_kept"), (503, "database_away"), (503, "busy")]);
