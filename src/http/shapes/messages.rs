//! What callers left.

use super::id;
use crate::http::openapi::{Answer, Parameter, Shape};
use crate::messages::Message;

const ONE: &[Parameter] = &[id("Id of a message.", "message-1")];
const ALL: &[(u16, &str)] = &[(503, "nothing_kept"), (503, "database_away"), (503, "busy")];
const OF_ONE: &[(u16, &str)] = &[
    (404, "not_found"),
    (503, "nothing_kept"),
    (503, "database_away"),
    (503, "busy"),
    (503, "audit_unwritten"),
];

pub(in crate::http) const MESSAGES: Shape =
    Shape::gives::<Vec<Message>>("Messages of callers, the newest 500, the newest first.")
        .words("Only those in which somebody spoke.")
        .refuses(ALL);
pub(in crate::http) const HEAR: Shape = Shape::new(
    "The sound of a message, or the part that `Range` names (206).",
    200,
    Answer::Text("audio/wav"),
)
.at(ONE)
.refuses(OF_ONE);
pub(in crate::http) const HEARD: Shape =
    Shape::gives::<Message>("Marks a message as heard; who was first stays.").at(ONE).refuses(OF_ONE);
pub(in crate::http) const REMOVE: Shape =
    Shape::new("Takes a message away, with its file.", 204, Answer::Empty).at(ONE).refuses(OF_ONE);
