//! AsyncAGI: the same flows over AMI, where Asterisk cannot reach a port of ours.
//!
//! ```text
//! link ─Tapped─▶ Desk (actor, one a PBX) ─Heard─▶ OverAmi (actor, one a caller) ⇄ Walking
//!   ▲                                                  └─ action AGI, one command at a time
//!   └──────────────────────────────────────────────────┘
//! ```
//!
//! * Whoever the dialplan puts there with `AGI(agi:async)` or `AGI(agi:async,NUMBER)` is served; with any other
//!   argument he is another program's, and left alone. There is no setting: without the class `agi` in the account
//!   none of it is heard.
//! * A channel there waits for ever. So who comes to no good end is let go (`ASYNCAGI BREAK`) and the dialplan goes on
//!   with him, without `VIGIE_DONE`: a flow that failed, an actor that broke off, and, after a loss or a restart of
//!   ours, who stands there and is nobody's.
//! * What was answered while the link was away is found out by a command that does nothing: when it is answered first,
//!   the other was, too. It is then run again, or looked at, if it is one that must not be.
//! * Nothing can be asked of a channel that hung up: that a caller who went while he was being connected had been
//!   connected is known from the bridge that he entered.

mod caller;
mod commands;
mod desk;

pub use desk::{Line, serve};
