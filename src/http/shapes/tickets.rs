//! What callers told assistants.

use schemars::JsonSchema;

use crate::http::openapi::{Parameter, Shape, Values};
use crate::tickets::{State, Ticket};

/// How one stands from now on.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct TicketStands {
    /// As the list shows it.
    #[schemars(regex(pattern = "^[0-9]{1,18}$"))]
    id: String,
    state: State,
}

const LIST: &[Parameter] = &[
    Parameter::new(
        "state",
        Values::One(&["open", "transferred", "resolved", "failed"]),
        "Only those.",
        "open",
    ),
    Parameter::new("number", Values::Text("^[+]?[0-9A-Za-z*#_.-]{1,39}$"), "Only those of that caller.", ""),
    Parameter::new("before", Values::Text("^[0-9]{1,18}$"), "The last number of the page before.", ""),
];

pub(in crate::http) const TICKETS: Shape =
    Shape::gives::<Vec<Ticket>>("What callers told assistants, the newest first, 500 at most.")
        .asks(LIST)
        .refuses(&[(503, "nothing_kept"), (503, "database_away"), (503, "busy")]);
pub(in crate::http) const STANDS: Shape = Shape::gives::<Ticket>("It stands so from now on.")
    .takes::<TicketStands>(r#"{"id": "1", "state": "resolved"}"#)
    .refuses(&[(404, "not_found"), (503, "nothing_kept"), (503, "database_away"), (503, "busy")]);
