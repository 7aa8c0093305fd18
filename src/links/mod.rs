//! Links to PBXs: the only room where bytes enter from one or leave for one.
//!
//! [`ami`] is the Asterisk Manager link, [`agi`] the port to which Asterisk hands callers over,
//! [`audiosocket`] the one to which it brings their voice, for a conversation with an assistant ([`voices`]), as FreeSWITCH does to
//! [`audio_stream`], whose [`event_socket`] is its way back. Nothing here knows calls, agents or pages.

pub mod agi;
pub mod ami;
pub mod audio_stream;
pub mod audiosocket;
pub mod event_socket;
pub mod voices;
