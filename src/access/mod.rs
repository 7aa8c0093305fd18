//! The desk that everybody passes: who asks, what he may, and which board he is shown.
//!
//! ```text
//! bearer · cookie · ticket ─▶ Accounts ─▶ Who: a user, his session, his rights as they are now
//! Who, a right ─▶ Reach ─▶ Boards: the board itself, or one of that reach
//! act ─▶ audit: asked ─▶ done or refused
//! ```
//!
//! Puts `auth`, `people` and `audit` together; HTTP and WebSockets stand on it. Where there are no accounts
//! ([`Access::Open`]) everybody is anybody and may everything, and only this machine is served.

mod accounts;
mod boards;
mod who;

use std::sync::Arc;

pub use accounts::{Accounts, Fault, Login, LoginFault};
pub use boards::{Boards, TooMany};
pub use who::{Bearer, Who};

/// Whether there are accounts.
#[derive(Clone)]
pub enum Access {
    /// None: everybody may everything.
    Open,
    /// Everybody logs in.
    Accounts(Arc<Accounts>),
}

impl Access {
    /// Whoever a session belongs to, as he is now; `None` when it is over.
    pub fn still(&self, bearer: &Bearer) -> Option<Who> {
        match (self, bearer) {
            (Self::Open, _) => Some(Who::anybody()),
            (Self::Accounts(accounts), Bearer::Session { user, session }) => {
                accounts.of_session(user, session)
            }
            (Self::Accounts(_), Bearer::Anybody) => None,
        }
    }

    /// Moves with every change of people and rights; 0 where there are none.
    pub fn version(&self) -> i64 {
        match self {
            Self::Open => 0,
            Self::Accounts(accounts) => accounts.people.now().map_or(0, |directory| directory.version),
        }
    }
}
