//! What flows look up and leave behind: contacts and callbacks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::texts::{AgentName, Called, Remark};
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

/// Whom to call, and by which phone.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct CalledCallback {
    /// As the list shows it.
    #[schemars(regex(pattern = "^[0-9]{1,18}$"))]
    id: String,
    /// The phone that is rung first; that of who asks unless told.
    agent: Option<AgentName>,
}

/// He is being called.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CallbackCalling")]
pub(in crate::http) struct CallingShown<'a> {
    /// As it stands now.
    pub(in crate::http) callback: Callback,
    /// The channel that dials.
    pub(in crate::http) started: Option<&'a str>,
}

/// A phone of who asks.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OwnPhone")]
pub(in crate::http) struct PhoneShown<'a> {
    pub(in crate::http) pbx: &'a str,
    pub(in crate::http) endpoint: &'a str,
}

/// How many wait.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CallbacksDue")]
pub(in crate::http) struct DueShown<'a> {
    /// Whether requests are kept here: there is a database.
    pub(in crate::http) kept: bool,
    /// Of the server's clock.
    pub(in crate::http) now_ms: i64,
    /// Id of who asks; empty: no account.
    pub(in crate::http) me: &'a str,
    /// Another one when anything changed, or somebody became due.
    pub(in crate::http) version: &'a str,
    /// It is time, and nobody is at it.
    pub(in crate::http) due: i64,
    /// It is not time yet.
    pub(in crate::http) later: i64,
    /// Somebody is at it.
    pub(in crate::http) taken: i64,
    /// Who asks is at it.
    pub(in crate::http) mine: i64,
    /// Of who asks; the first is rung unless another is told.
    pub(in crate::http) phones: Vec<PhoneShown<'a>>,
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
pub(in crate::http) const DUE: Shape =
    Shape::gives::<DueShown<'_>>("How many want to be called back, a second ago at most.")
        .refuses(&[(503, "database_away"), (503, "busy")]);
pub(in crate::http) const CALL: Shape =
    Shape::gives::<CallingShown<'_>>("Takes it, rings the phone of who asks, and then dials the number.")
        .words("By the rules of `originate`. Whose phone was not answered has taken it still.")
        .takes::<CalledCallback>(r#"{"id": "1", "agent": "demo~PJSIP/1001"}"#)
        .refuses(&[
            (404, "not_found"),
            (404, "no_such_agent"),
            (409, "callback_not_yours"),
            (503, "nothing_kept"),
            (503, "database_away"),
            (503, "busy"),
        ])
        .asks_pbx();
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
