//! The floor of `fanout`: a minimal tokio program that reads the same events and writes each mark,
//! as one small frame, to every client at once. It keeps no state and sends nothing else.

use std::net::SocketAddr;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;

/// Starts it on that peer; where its clients connect.
pub(crate) async fn start(port: u16) -> Result<SocketAddr, String> {
    let (marks, _) = broadcast::channel::<Vec<u8>>(1024);
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|e| format!("floor: {e}"))?;
    let addr = listener.local_addr().map_err(|e| format!("floor: {e}"))?;
    let accepted = marks.clone();
    actix::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            actix::spawn(serve(socket, accepted.subscribe()));
        }
    });
    let mut peer = TcpStream::connect(("127.0.0.1", port)).await.map_err(|e| format!("floor: {e}"))?;
    actix::spawn(async move {
        let mut buffer = Vec::with_capacity(128 * 1024);
        while peer.read_buf(&mut buffer).await.is_ok_and(|n| n > 0) {
            let mut at = 0;
            while let Some(end) = memmem::find(&buffer[at..], b"\r\n\r\n") {
                let frame = &buffer[at..at + end];
                if frame.starts_with(b"Event: Newchannel") && memmem::find(frame, b"mark-").is_some() {
                    // nobody connected yet: nobody misses it
                    let _ = marks.send(text_frame(frame));
                }
                at += end + 4;
            }
            buffer.drain(..at);
        }
    });
    Ok(addr)
}

async fn serve(mut socket: TcpStream, mut marks: broadcast::Receiver<Vec<u8>>) {
    let mut request = Vec::new();
    while memmem::find(&request, b"\r\n\r\n").is_none() {
        if !socket.read_buf(&mut request).await.is_ok_and(|n| n > 0) {
            return;
        }
    }
    let mut next: Vec<u8> = b"HTTP/1.1 101 Switching Protocols\r\n\r\n".to_vec();
    // the client went away, or is too slow for a floor
    while socket.write_all(&next).await.is_ok() {
        match marks.recv().await {
            Ok(frame) => next = frame,
            Err(_) => return,
        }
    }
}

fn text_frame(payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
    let mut frame = vec![0x81, 126];
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&payload[..usize::from(length)]);
    frame
}
