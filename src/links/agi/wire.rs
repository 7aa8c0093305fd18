//! The connection under a conversation: what it says, what it is told, and when it took too long.
//!
//! A command is written at once, on the thread that has it: only what the socket does not take waits for a future of
//! its own. Reading is one future for the whole conversation, into one buffer. A deadline that moves back moves
//! nothing: the timer that is set looks again when its time has come.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context as TaskContext, Poll, ready};
use std::time::Duration;

use actix::fut::ActorFuture;
use actix::{AsyncContext, Context, SpawnHandle};
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::conversation::Conversation;

/// What is read at once; who says nothing has no room for it yet.
const PIECE: usize = 2_048;
/// With less room than that what was read is moved to the front.
const LEAST: usize = 256;

pub(super) struct Wire {
    stream: TcpStream,
    /// What was said and is not understood yet.
    pub(super) said: BytesMut,
    /// What the socket did not take: of one command at most, since each waits for its answer.
    unsent: BytesMut,
}

impl Wire {
    /// # Errors
    /// When the system refuses the socket.
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, said: BytesMut::new(), unsent: BytesMut::new() })
    }

    /// `false`: the socket did not take all of it, and [`Unsent`] must see to the rest.
    pub(super) fn write(&mut self, bytes: &[u8]) -> bool {
        let taken = match self.unsent.is_empty() {
            true => self.stream.try_write(bytes).unwrap_or(0),
            false => 0,
        };
        let rest = bytes.get(taken..).unwrap_or_default();
        self.unsent.extend_from_slice(rest);
        rest.is_empty()
    }

    /// More of what it says; 0 at its end.
    fn poll_read(&mut self, task: &mut TaskContext<'_>) -> Poll<io::Result<usize>> {
        if self.said.capacity() - self.said.len() < LEAST {
            ready!(self.stream.poll_read_ready(task))?;
            self.said.reserve(PIECE);
        }
        pin!(self.stream.read_buf(&mut self.said)).poll(task)
    }

    fn poll_write(&mut self, task: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            match ready!(Pin::new(&mut self.stream).poll_write(task, &self.unsent))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                taken => self.unsent.advance(taken),
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Hears what the connection says, for as long as the conversation lives.
pub(super) struct Listening;

impl ActorFuture<Conversation> for Listening {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        this: &mut Conversation,
        ctx: &mut Context<Conversation>,
        task: &mut TaskContext<'_>,
    ) -> Poll<()> {
        loop {
            match ready!(this.wire.poll_read(task)) {
                Ok(1..) => this.listen(ctx),
                Ok(0) | Err(_) => this.gone(ctx),
            }
            if this.is_over() {
                return Poll::Ready(());
            }
        }
    }
}

/// Writes what the socket did not take at once.
pub(super) struct Unsent;

impl ActorFuture<Conversation> for Unsent {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        this: &mut Conversation,
        ctx: &mut Context<Conversation>,
        task: &mut TaskContext<'_>,
    ) -> Poll<()> {
        if ready!(this.wire.poll_write(task)).is_err() {
            this.gone(ctx);
        }
        Poll::Ready(())
    }
}

/// By when something must have come.
pub(super) struct Deadline {
    at: Instant,
    /// When the timer looks: never later than that.
    looks_at: Instant,
    timer: SpawnHandle,
}

impl Deadline {
    pub(super) fn within(time: Duration, ctx: &mut Context<Conversation>) -> Self {
        let at = Instant::now() + time;
        Self { at, looks_at: at, timer: timer(time, ctx) }
    }

    /// From now on.
    pub(super) fn moves(&mut self, time: Duration, ctx: &mut Context<Conversation>) {
        self.at = Instant::now() + time;
        if self.at < self.looks_at {
            ctx.cancel_future(self.timer);
            (self.looks_at, self.timer) = (self.at, timer(time, ctx));
        }
    }

    /// Whether it has passed, when the timer looks; it looks again later when not.
    fn has_passed(&mut self, ctx: &mut Context<Conversation>) -> bool {
        let left = self.at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        (self.looks_at, self.timer) = (self.at, timer(left, ctx));
        false
    }
}

fn timer(time: Duration, ctx: &mut Context<Conversation>) -> SpawnHandle {
    ctx.run_later(time, |this, ctx| {
        if this.deadline.has_passed(ctx) {
            this.late(ctx);
        }
    })
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn f43_what_the_socket_does_not_take_at_once_is_written_later_and_in_order() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut theirs, _) = listener.accept().await.unwrap();
        let mut wire = Wire::new(ours).unwrap();
        wire.stream.writable().await.unwrap();
        let piece: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
        let mut all = Vec::new();
        loop {
            all.extend_from_slice(&piece);
            if !wire.write(&piece) {
                break;
            }
        }
        assert!(!wire.write(b"last"), "it waits behind what waits already");
        all.extend_from_slice(b"last");
        let mut read = vec![0; all.len()];
        let written = std::future::poll_fn(|task| wire.poll_write(task));
        let (written, taken) = tokio::join!(written, theirs.read_exact(&mut read));
        written.unwrap();
        assert_eq!(taken.unwrap(), all.len());
        assert!(read == all, "in order and whole");
        assert!(wire.write(b"more"), "and then at once again");
    }
}
