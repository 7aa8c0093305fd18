//! AudioSocket: the voice of one call in 20 ms pieces over TCP, Asterisk being the client.
//!
//! A frame is a kind (1 byte), a length (2 bytes, big endian) and so many bytes. The first one names the call by a
//! UUID; then come audio, signed 16 bit little endian, mono, and the keys that the caller presses. There is no word
//! for "the caller hung up": Asterisk closes the connection. Facts of Asterisk 18 to 23, `res_audiosocket.c`, and of
//! recorded streams of 22.10.
//!
//! [`Decoder`] reads what Asterisk sends; [`Frame`] is what may be sent to it, which is less: a kind that it does
//! not expect, or audio of no length, makes it hang up on the caller.

mod decoder;
mod frame;

pub use decoder::{AudioSocketError, Decoder, Heard};
pub use frame::{Frame, FrameError, LONGEST_FRAME_MS, Rate, Uuid};

/// Kind, length.
const HEADER: usize = 3;

/// Kinds of frames.
mod kind {
    pub(super) const HANGUP: u8 = 0x00;
    pub(super) const UUID: u8 = 0x01;
    pub(super) const DIGIT: u8 = 0x03;
    pub(super) const ERROR: u8 = 0xff;
}
