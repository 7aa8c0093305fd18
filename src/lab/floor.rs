//! What the machine gives without Vigie: one tokio task that reads the same socket, finds the frames
//! and counts them.

use std::time::Instant;

use memchr::memmem;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// Frames read and how long that took, from the first byte after `go`.
pub(crate) struct Floor {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Floor {
    /// Connects to a bare peer.
    pub(crate) async fn connect(port: u16) -> Result<Self, String> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(|e| format!("floor: {e}"))?;
        Ok(Self { stream, buffer: Vec::with_capacity(128 * 1024) })
    }

    /// Reads until `frames` frames were seen; seconds it took.
    pub(crate) async fn read(&mut self, frames: u64) -> Result<f64, String> {
        let began = Instant::now();
        let mut seen = 0;
        while seen < frames {
            let read = self.stream.read_buf(&mut self.buffer).await.map_err(|e| format!("floor: {e}"))?;
            if read == 0 {
                return Err(format!("floor: the peer closed after {seen} of {frames} frames"));
            }
            let mut at = 0;
            while let Some(end) = memmem::find(&self.buffer[at..], b"\r\n\r\n") {
                at += end + 4;
                seen += 1;
            }
            self.buffer.drain(..at);
        }
        Ok(began.elapsed().as_secs_f64())
    }
}
