//! The registry of one PBX: who lives there, who is started and forgotten, and who gets a command.
//!
//! ```text
//! HTTP ─▶ Registry (handle, any thread) ─try_send─▶ RegistryActor ─▶ call ─SendAction─▶ link
//! router ─deliveries─▶ Shard: calls · agents · queues · trunks by number ─Take─▶ entity
//! ```
//!
//! The [`Shard`] is what the router, the registry and the entities of one PBX share on their arbiter:
//! addresses and memories by number, the routing table, the board, the PBX's clock. Only the router
//! starts and ends entities, through it. The [`RegistryActor`] holds no state worth keeping: it finds
//! the call of a channel by its exact name and hands the command over.
//!
//! An order that makes a call (listen, originate, take over ...) is carried out by `station`: it originates
//! under an id of our choice and waits at the `desk` until the call of that id shows what was asked.
//!
//! Callers in flows are told of by who walks for them, over another way than the PBX's events: `walks` brings the
//! two together.
//!
//! Conversations with assistants are told of the same way: `sessions`.
//!
//! What does not live here: which event goes to whom (`router`), what a call allows (`call::policy`).

mod actor;
mod counters;
mod desk;
mod handle;
mod history;
pub(crate) mod sessions;
mod shard;
mod slots;
mod station;
mod to_node;
mod tree;
pub(crate) mod walks;

pub use actor::RegistryActor;
pub use counters::PbxCounters;
pub(crate) use counters::add;
pub(crate) use desk::{Expect, Shown, not_answered};
pub use handle::Registry;
pub use history::{History, Journal};
pub use sessions::{SessionLine, Sessions, SessionsActor};
pub use shard::OUR_LEGS;
pub use shard::{Contexts, Parts, Shard};
pub use tree::{PbxActors, PbxTree};
pub use walks::{TooMuch, WalkLine, WalksActor};
