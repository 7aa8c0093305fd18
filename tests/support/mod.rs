//! What specs stand on: a real Asterisk with phones, the server as a process, its board as a client sees it.

pub mod ai_server;
pub mod ami;
pub mod asterisk;
pub mod board;
pub mod chaos;
pub mod deepgram;
pub mod flows;
pub mod link;
pub mod postgres;
pub mod server;
pub mod sound;
pub mod tiny_server;
pub mod voices;
pub mod walks;
