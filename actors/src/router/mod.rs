//! Which event goes to whom.
//!
//! | event | goes to |
//! |---|---|
//! | of a channel (has a Uniqueid) | the call of that channel; a new call for a new Linkedid, a provisional one for an unknown channel |
//! | bridge enter, leave | that, and every other call with a leg in the bridge, or in one that Local pairs join to it |
//! | two channels (dial, transfer, pickup, spy, Local pair) | the call of each |
//! | `Queue...` of a caller | the call of that caller, which tells the queue |
//! | `QueueMember...` | the queue and the agent behind the interface |
//! | device, contact, peer | the agent or the trunk at that endpoint |
//! | registration | the trunk |
//!
//! A channel that shows another Linkedid than before makes its call be absorbed by the older one.

pub mod actor;
mod bridging;
mod channels;
mod compare;
mod dispatch;
mod doubts;
mod gone;
mod names;
mod people;
pub mod table;
mod unheard;

pub use table::{AgentNo, At, CallNo, Delivery, QueueNo, Table, TrunkNo};
pub use unheard::{VIGIE_ASSISTANT, unheard};

#[cfg(test)]
mod tests;
