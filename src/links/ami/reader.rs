//! Opening a connection, reading and framing it, on a thread of its own: what the PBX sends is cut
//! into messages beside the actors, and what nobody listens to ends here.
//!
//! A connection hands on [`Batch`]es through a bounded queue: while the router does not take them,
//! nothing more is read, and the PBX's own buffers fill.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use actors::keys::Micros;
use actors::ports::Unheard;
use actors::router::unheard;
use asterisk::ami::event::SharedEvent;
use asterisk::ami::{DecodeError, Decoder, Frame, Kind, Limits, Message};
use bytes::BytesMut;
use tokio::io::{AsyncReadExt, ReadHalf, WriteHalf};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::rights::class_of;
use super::socket::Socket;

/// Free space that a read finds: 16 to 64 KiB is the fastest (`BytesMut` doubles as it needs).
const READ_SPACE: usize = 32 * 1024;
/// Reads that may wait for the router.
const AHEAD: usize = 8;

/// What one read gave, in order.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) pieces: Vec<Piece>,
    pub(super) bytes: usize,
}

/// One thing that a connection brings.
#[derive(Debug)]
pub(super) enum Piece {
    Banner,
    /// Only an event can be this, and no part of an answer.
    Event(SharedEvent),
    Message(Message),
    Unheard(Unheard),
}

/// What a connection hands on.
#[derive(Debug)]
pub(super) enum Read {
    Batch(Batch),
    /// Nothing comes after it.
    End(End),
}

/// Why there is nothing more to read.
#[derive(Debug)]
pub(super) enum End {
    Closed,
    Failed(io::Error),
    Unreadable(DecodeError),
}

/// The thread on which one PBX's connections are opened and read. It ends with this.
pub(super) struct Reader {
    handle: Handle,
    _ends: oneshot::Sender<()>,
}

impl Reader {
    /// Starts the thread.
    pub(super) fn start(pbx: &str) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (ends, ended) = oneshot::channel::<()>();
        std::thread::Builder::new().name(format!("read {pbx}")).spawn(move || {
            let _ = runtime.block_on(ended);
        })?;
        Ok(Self { handle, _ends: ends })
    }

    /// Runs something there, as long as somebody waits for it.
    pub(super) fn run<T: Send + 'static>(
        &self,
        what: impl Future<Output = T> + Send + 'static,
    ) -> Running<T> {
        Running(self.handle.spawn(what))
    }

    /// Begins to read an open connection.
    pub(super) fn read(&self, socket: Socket) -> Wire {
        let (read, write) = tokio::io::split(socket);
        let (sender, batches) = mpsc::channel(AHEAD);
        Wire { write, batches, _reading: self.run(reading(read, sender)) }
    }
}

/// Ends what runs on the thread when it is dropped.
pub(super) struct Running<T>(JoinHandle<T>);

impl<T> Future for Running<T> {
    type Output = io::Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_err(io::Error::other)
    }
}

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// An open connection: what it brings, and where to write.
pub(super) struct Wire {
    pub(super) write: WriteHalf<Socket>,
    pub(super) batches: mpsc::Receiver<Read>,
    _reading: Running<()>,
}

async fn reading(mut socket: ReadHalf<Socket>, out: mpsc::Sender<Read>) {
    let mut framing = Framing::default();
    loop {
        framing.buffer.reserve(READ_SPACE);
        let read = match socket.read_buf(&mut framing.buffer).await {
            Ok(0) => Read::End(End::Closed),
            Ok(bytes) => match framing.cut(bytes) {
                (batch, None) => Read::Batch(batch),
                (batch, Some(error)) => {
                    let _ = out.send(Read::Batch(batch)).await;
                    Read::End(End::Unreadable(error))
                }
            },
            Err(e) => Read::End(End::Failed(e)),
        };
        let was_last = matches!(read, Read::End(_));
        if out.send(read).await.is_err() || was_last {
            return;
        }
    }
}

/// Bytes to pieces.
struct Framing {
    decoder: Decoder,
    buffer: BytesMut,
    /// Classes of which an event was handed on: which the account reads is learned from them.
    classes: u8,
}

impl Default for Framing {
    fn default() -> Self {
        Self { decoder: Decoder::new(Limits::default()), buffer: BytesMut::new(), classes: 0 }
    }
}

impl Framing {
    /// What a read of so many bytes completed, and the error that ends the connection.
    fn cut(&mut self, bytes: usize) -> (Batch, Option<DecodeError>) {
        let mut batch = Batch { pieces: Vec::new(), bytes };
        loop {
            match self.decoder.next(&mut self.buffer) {
                Ok(Some(Frame::Message(message))) => match self.left_out(&message) {
                    Some(at) => batch.leave_out(at),
                    None => batch.pieces.push(piece(message)),
                },
                Ok(Some(Frame::Banner(_))) => batch.pieces.push(Piece::Banner),
                Ok(None) => return (batch, None),
                Err(e) => return (batch, Some(e)),
            }
        }
    }

    fn left_out(&mut self, message: &Message) -> Option<Micros> {
        let at = unheard(message)?;
        let class = class_of(message);
        let known = self.classes & class == class;
        self.classes |= class;
        known.then_some(at)
    }
}

/// What can be no part of an answer is read here, once for all that hear of it.
fn piece(message: Message) -> Piece {
    let event = match message.kind() {
        Kind::Event => SharedEvent::read(message),
        Kind::Response | Kind::Other => return Piece::Message(message),
    };
    match event {
        Ok(event) if event.look(|head, _| head.is_unasked()).unwrap_or(false) => Piece::Event(event),
        Ok(event) => Piece::Message(event.message().clone()),
        Err((message, _)) => Piece::Message(message),
    }
}

impl Batch {
    fn leave_out(&mut self, at: Micros) {
        if !matches!(self.pieces.last(), Some(Piece::Unheard(_))) {
            self.pieces.push(Piece::Unheard(Unheard::default()));
        }
        if let Some(Piece::Unheard(unheard)) = self.pieces.last_mut() {
            unheard.add(at);
        }
    }
}
