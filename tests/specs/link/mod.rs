//! The AMI link alone: what it does when the PBX, the network or the account misbehaves.

mod agi;
mod asked_server;
mod async_agi;
mod builtin;
mod faults;
mod live_ears;
mod logins;
mod process;
mod tls;
mod voices;
mod walks;
