//! A trunk: whether it is registered, whether it answers, how many legs it carries.
//!
//! ```text
//! registration   unknown ─Registry or listing─▶ registered ⇄ unregistered, rejected
//! reachability   unknown ─contact or peer status─▶ reachable ⇄ unreachable
//! legs           told by their calls, whole pictures: a lost or repeated one does no harm
//! ```

pub mod actor;
pub mod state;

pub use crate::agent::LegNews;
pub use state::TrunkState;
