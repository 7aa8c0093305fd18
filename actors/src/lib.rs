//! Who lives in Vigie, who restarts, and what stands on the board.
//!
//! No socket, no HTTP, no SQL here: what reads from a PBX or writes to it comes in through [`ports`].
//!
//! ```text
//! link ─Feed─▶ router ─Take─▶ call ─tell─▶ agent · queue · trunk ─▶ board
//!   ▲                          │  (each a pure state in one shell)
//!   └───── SendAction ─────────┘◀─ registry ◀─ command
//! ```
//!
//! | room | what lives there |
//! |---|---|
//! | [`call`], [`agent`], [`queue`], [`trunk`] | the pure state machines, each with its thin `actor` |
//! | [`ai`], [`ivr`] | what an assistant says when; what a flow means: machines of sessions, which have no PBX's events |
//! | [`shell`] | the one shell around them: mailbox in, effects out, faults survived |
//! | [`router`], [`registry`] | which event goes to whom; who lives there, and commands |
//! | [`supervision`] | what happens when one of them breaks |
//! | [`numbers`] | which numbers may be dialled, and in which form |
//! | [`board`] | the read model, the only thing that readers read |
//! | [`replay`], [`resync`] | the same states without actors; asking a PBX what there is |
//!
//! # What is guaranteed when something breaks
//!
//! The whole page stands in [`supervision`]; in short:
//!
//! * Messages of one sender to one actor are handled in order, before and after a restart alike.
//! * A panic, an error or a wrong exit of an entity costs nobody anything: its address, mailbox and
//!   queued messages stay, its state is rebuilt from a checkpoint and the inputs since, the event in
//!   hand is tried once more; no fact is told twice.
//! * An event that fails twice is skipped, kept and written out as a capture; its entity goes on,
//!   marked degraded. One that fails on and on (3 restarts in 5 s) is set aside alone, listed.
//! * What a router has in hand survives it; its link and its tables outlive it.
//! * Link, router and registry of a PBX that fail too often wait together and are tried again after
//!   1 s to 30 s; other PBXs do not notice, and the process never stops for it.
//! * Not contained: stack overflow, failed allocation, a handler that never returns (it is named).
//!
//! # What holds everywhere
//!
//! A state changes only in its actor. Only the router starts and ends entities, through the registry.
//! Within one PBX everything runs on one thread, so `do_send` is bounded by the router's chunks; at
//! every border there is `try_send` and a refusal. What is shown is what an event proved.

pub mod agent;
pub mod ai;
pub mod board;
pub mod call;
pub mod command;
pub mod fact;
pub mod ivr;
pub mod keys;
pub mod numbers;
pub mod ports;
pub mod queue;
pub mod registry;
pub mod replay;
pub mod resync;
pub mod router;
pub mod settings;
pub mod shell;
pub mod supervision;
#[cfg(any(test, feature = "fault-injection"))]
pub mod testing;
pub mod trunk;
pub mod view;
