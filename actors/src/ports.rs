//! What the actors need from outside and what outside calls: no socket stands here.

use std::time::Duration;

use actix::Message as ActixMessage;
use asterisk::ami::{Action, Message};

/// Ask a PBX's link to send an action and give back what the PBX answered.
#[derive(Debug)]
pub struct SendAction {
    /// What to send; the link adds the ActionID.
    pub action: Action,
    /// How long the answer may take.
    pub deadline: Duration,
}

/// What the PBX said.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The `Response: Success` (or `Goodbye`) message.
    pub response: Message,
    /// The items of a list, without its `...Complete`.
    pub items: Vec<Message>,
}

/// Why there is no good answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionFailure {
    /// No live link: nothing was sent, or the link dropped while waiting.
    LinkDown,
    /// The PBX did not answer in time.
    TimedOut,
    /// The PBX answered `Response: Error` with this `Message`.
    Refused(String),
    /// A list ended without being whole, or its count does not fit: not to be trusted (F22).
    Incomplete,
    /// Too many actions wait already.
    Busy,
}

impl ActixMessage for SendAction {
    type Result = Result<Answer, ActionFailure>;
}
