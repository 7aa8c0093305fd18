//! The socket of one call: frames out, each in one write; what comes in, understood as far as it is whole.

use std::io;
use std::time::Duration;

use asterisk::audiosocket::{AudioSocketError, Decoder, Frame, Heard};
use bytes::{Buf, Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Room for what is read at once; a frame that is longer gets what it needs.
const PIECE: usize = 4_096;
/// What the system may hold of ours, bytes: what is there cannot be taken back.
const HELD: usize = 16_384;
/// For the last frame to be taken, and for the other side to close.
const LINGER: Duration = Duration::from_secs(1);

/// A socket with what was read and not understood, and what was not taken yet.
pub(super) struct Wire {
    pub(super) stream: TcpStream,
    said: BytesMut,
    decoder: Decoder,
    rest: Bytes,
}

impl Wire {
    /// # Errors
    /// When the system refuses the socket.
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        socket2::SockRef::from(&stream).set_send_buffer_size(HELD)?;
        Ok(Self { stream, said: BytesMut::new(), decoder: Decoder::new(), rest: Bytes::new() })
    }

    /// What is there.
    ///
    /// # Errors
    /// At its end, too.
    pub(super) fn read(&mut self) -> io::Result<()> {
        self.said.reserve(PIECE);
        match self.stream.try_read_buf(&mut self.said) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => Ok(()),
            Err(problem) if problem.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(problem) => Err(problem),
        }
    }

    /// What was said next.
    ///
    /// # Errors
    /// When it is no AudioSocket.
    pub(super) fn heard(&mut self) -> Result<Option<Heard>, AudioSocketError> {
        self.decoder.receive(&mut self.said)
    }

    /// One write (F45). What is not taken is kept, and [`Wire::flush`] goes first.
    pub(super) fn write(&mut self, frame: &Frame) -> io::Result<()> {
        self.rest = frame.bytes().clone();
        self.flush()
    }

    /// What is kept.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while !self.rest.is_empty() {
            match self.stream.try_write(&self.rest) {
                Ok(taken) => self.rest.advance(taken),
                Err(problem) if problem.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(problem) => return Err(problem),
            }
        }
        Ok(())
    }

    /// Whether something was not taken yet.
    pub(super) fn is_behind(&self) -> bool {
        !self.rest.is_empty()
    }

    /// Whether what comes as PCM is none.
    pub(super) fn like_g711(&self) -> Option<u32> {
        self.decoder.like_g711()
    }

    /// The last frame, and the end: 0x00, half closed, and a moment for the other side.
    pub(super) async fn close(mut self) {
        let last = async {
            while !self.rest.is_empty() {
                self.stream.writable().await?;
                self.flush()?;
            }
            self.stream.write_all(Frame::hangup().bytes()).await?;
            self.stream.shutdown().await?;
            loop {
                self.stream.readable().await?;
                self.said.clear();
                self.read()?;
            }
        };
        // its end is the error that it waits for
        let _: Result<io::Result<()>, _> = timeout(LINGER, last).await;
    }
}

#[cfg(test)]
mod tests {
    use asterisk::audiosocket::Rate;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn f45_what_the_socket_does_not_take_at_once_goes_first_and_0x00_comes_last() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut theirs, _) = listener.accept().await.unwrap();
        let mut wire = Wire::new(ours).unwrap();
        wire.stream.writable().await.unwrap();
        let mut all = Vec::new();
        // nobody reads: at some time it takes no more, perhaps in the middle of a frame
        for n in 0_u8.. {
            let frame = Frame::audio(Rate::Hz192000, &[n; 7_680]).unwrap();
            all.extend_from_slice(frame.bytes());
            wire.write(&frame).unwrap();
            if !wire.rest.is_empty() {
                break;
            }
        }
        assert!(all.len() < 8 << 20, "what is held is bounded");
        let mut read = Vec::new();
        let (_, taken) = tokio::join!(wire.close(), theirs.read_to_end(&mut read));
        all.extend_from_slice(Frame::hangup().bytes());
        assert_eq!(taken.unwrap(), all.len());
        assert!(read == all, "in order and whole");
    }
}
