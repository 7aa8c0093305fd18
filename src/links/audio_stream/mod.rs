//! FreeSWITCH's mod_audio_stream: over WebSocket it brings the voice of a caller, and an assistant answers him.
//!
//! ```text
//! listener ─address, token─▶ first frame ─whose call─▶ media (a task) ⇄ the conversation (`links::voices`)
//!                                                        └─ event socket: keys, hung up, what plays · kill, transfer, break
//! ```
//!
//! * the port takes connections of the configured gateways only, with their token (S16); what says nothing within 2 s, is too
//!   long or one too many is closed with a word; of one UUID there is one connection at a time;
//! * `metadata` is what the module was told to say: JSON of the first TEXT frame (or the URL, or headers), keys in later ones.
//!   What is sound and what is text is told by the frame's opcode, never by what is in it;
//! * `media` owns the WebSocket; `pace` tells stereo and G.711 from what was agreed;
//! * [`Playback`] is how the caller hears the assistant: editions of the module differ. Frames, paced by us; or whole
//!   sentences, which the module or FreeSWITCH plays, and of which we reckon by time what was heard;
//! * `channel` hangs up and transfers over the [event socket](crate::links::event_socket). Without one the WebSocket is closed,
//!   and the dialplan goes on with the caller.

mod channel;
mod media;
mod metadata;
mod opening;
mod pace;
mod playback;
mod port;

pub use playback::Playback;
pub use port::{Counters, Gateway, Port};
