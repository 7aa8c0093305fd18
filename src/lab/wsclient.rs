//! A WebSocket client that does only what measuring needs: the handshake, frames in, pongs out.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connected client.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    taken: usize,
}

impl Client {
    /// Connects and upgrades `/ws`.
    pub(crate) async fn connect(addr: SocketAddr) -> Result<Self, String> {
        let mut stream = TcpStream::connect(addr).await.map_err(|e| format!("connect: {e}"))?;
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {addr}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.map_err(|e| format!("handshake: {e}"))?;
        let mut client = Self { stream, buffer: Vec::with_capacity(16 * 1024), taken: 0 };
        let head = loop {
            if let Some(at) = memchr::memmem::find(&client.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            client.read().await?;
        };
        if !client.buffer.starts_with(b"HTTP/1.1 101") {
            let line = client.buffer.split(|b| *b == b'\r').next().unwrap_or_default();
            return Err(format!("refused: {}", String::from_utf8_lossy(line)));
        }
        client.taken = head;
        Ok(client)
    }

    /// The next text frame, handed to `then`; an error when the server closed.
    pub(crate) async fn frame<T>(&mut self, mut then: impl FnMut(&[u8]) -> T) -> Result<T, String> {
        loop {
            self.buffer.drain(..self.taken);
            self.taken = 0;
            let Some((opcode, from, to)) = parse(&self.buffer) else {
                self.read().await?;
                continue;
            };
            self.taken = to;
            match opcode {
                1 => return Ok(then(&self.buffer[from..to])),
                8 => return Err("closed by the server".to_owned()),
                9 => self.pong(from, to).await?,
                _ => {}
            }
        }
    }

    async fn pong(&mut self, from: usize, to: usize) -> Result<(), String> {
        let length = u8::try_from(to - from).map_err(|_| "a ping of more than 255 bytes")?;
        // masked with zeros: the payload as it is
        let mut frame = vec![0x8a, 0x80 | length, 0, 0, 0, 0];
        frame.extend_from_slice(&self.buffer[from..to]);
        self.stream.write_all(&frame).await.map_err(|e| format!("pong: {e}"))
    }

    async fn read(&mut self) -> Result<(), String> {
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) => Err("the connection ended".to_owned()),
            Ok(_) => Ok(()),
            Err(e) => Err(format!("read: {e}")),
        }
    }
}

/// Opcode and where the payload stands, when the frame is whole.
fn parse(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (length, from) = match second & 0x7f {
        126 => (usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
        127 => (usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?, 10),
        short => (usize::from(short), 2),
    };
    (bytes.len() >= from + length).then_some((first & 0x0f, from, from + length))
}
