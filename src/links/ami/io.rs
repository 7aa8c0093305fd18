//! How bytes come and go, and when the link looks at the clock: the part of [`Link`] that is polled.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actors::keys::Micros;
use actors::ports::{ActionFailure, Feed, FeedItem};
use actors::view::Said;
use tokio::io::AsyncWrite;

use super::link::{Link, Opened};
use super::reader::{Batch, End, Piece, Read};
use super::socket::{Socket, open_tls};

/// A PBX that takes nothing of what waits for so long is left.
const WRITE_WITHIN: Duration = Duration::from_secs(5);
/// A timer that is this late says that we stood still, not the PBX: what it sent is read first.
const STOOD_STILL: Duration = Duration::from_millis(500);

impl Link {
    fn poll_opening(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(opening) = &mut self.opening else { return false };
        let Poll::Ready(opened) = Pin::new(opening).poll(cx) else { return false };
        self.opening = None;
        match (opened.and_then(|opened| opened), self.tls.clone()) {
            (Ok(Opened::Tcp(stream)), Some(tls)) => {
                self.machine.tls_begins(self.now);
                let opening = async move { open_tls(tls, stream).await.map(Opened::Ready) };
                self.opening = Some(self.reader.run(opening));
            }
            (Ok(Opened::Tcp(stream)), None) => self.opened(Socket::Plain(stream)),
            (Ok(Opened::Ready(socket)), _) => self.opened(socket),
            (Err(e), _) if e.kind() == io::ErrorKind::InvalidData => {
                let (at, why) = (format!("{}:{}", self.config.host, self.config.port), e.to_string());
                let words = Said::new("tls_failed", [&at, &why], format!("TLS with {at}: {why}"));
                self.machine.untrusted(self.now, words);
            }
            (Err(e), _) => {
                let at = format!("{}:{}", self.config.host, self.config.port);
                self.machine.lost(self.now, not_connected(&at, &e));
            }
        }
        self.act();
        true
    }

    fn opened(&mut self, socket: Socket) {
        self.report.counters.connected();
        self.wire = Some(self.reader.read(socket));
        self.machine.opened(self.now);
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) {
        let Some(wire) = &mut self.wire else { return };
        while self.written < self.output.len() {
            let rest = self.output.get(self.written..).unwrap_or_default();
            match Pin::new(&mut wire.write).poll_write(cx, rest) {
                Poll::Ready(Ok(n)) if n > 0 => {
                    self.written += n;
                    self.write_since = None;
                }
                Poll::Ready(Ok(_)) => return self.lost(closed()),
                Poll::Ready(Err(e)) => return self.lost(writing_failed(&e)),
                Poll::Pending => {
                    let since = *self.write_since.get_or_insert(self.now);
                    if self.now >= since + WRITE_WITHIN {
                        let words = "the PBX takes nothing of what is sent to it for 5 s";
                        self.lost(Said::new("takes_nothing", [], words));
                    }
                    return;
                }
            }
        }
        self.output.clear();
        self.written = 0;
        // TLS may hold back what a full socket did not take.
        if let Poll::Ready(Err(e)) = Pin::new(&mut wire.write).poll_flush(cx) {
            self.lost(writing_failed(&e));
        }
    }

    /// Takes what one read gave; whether there is something new to look at.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(wire) = &mut self.wire else { return false };
        match wire.batches.poll_recv(cx) {
            Poll::Pending => return false,
            Poll::Ready(Some(Read::Batch(Batch { pieces, bytes }))) => {
                self.machine.read(self.now);
                self.report.read(bytes);
                self.clock_sample_due = true;
                self.pieces = pieces.into();
            }
            Poll::Ready(Some(Read::End(end))) => self.ended(end),
            Poll::Ready(None) => self.ended(End::Failed(io::Error::other("the reading broke off"))),
        }
        true
    }

    fn ended(&mut self, end: End) {
        let why = match end {
            End::Closed => self.report.why_closed(self.machine.phase()),
            End::Failed(e) => {
                let why = e.to_string();
                Said::new("reading_failed", [&why], format!("reading failed: {why}"))
            }
            End::Unreadable(e) => {
                self.report.counters.limit_passed();
                let why = e.to_string();
                Said::new("unreadable", [&why], format!("what the PBX sent cannot be read: {why}"))
            }
        };
        self.lost(why);
    }

    fn take(&mut self, piece: Piece) {
        match piece {
            Piece::Event(event) => {
                let at = event.look(|head, _| head.timestamp.and_then(Micros::parse));
                self.event_seen(event.message(), at.ok().flatten());
                self.tapping.event(event.message());
                self.sightings.event(event.message());
                self.items.push_back(FeedItem::Event(event));
            }
            Piece::Message(message) => {
                if let Some(item) = self.message(message) {
                    // What the message made us tell comes first: it was known before.
                    self.items.push_back(item);
                }
            }
            Piece::Unheard(unheard) => {
                self.sample_clock(unheard.last);
                self.items.push_back(FeedItem::Unheard(unheard));
            }
            Piece::Banner => {
                self.machine.banner(self.now);
                self.act();
            }
        }
    }

    fn time_passed(&mut self) {
        self.look_at_clock();
        if let Some(armed) = self.armed.take()
            && self.now > armed + STOOD_STILL
        {
            self.machine.stood_still(self.now - armed);
            return;
        }
        self.machine.tick(self.now);
        for owner in self.session.expire(self.now) {
            self.report.counters.timed_out();
            self.answered(owner, Err(ActionFailure::TimedOut));
        }
        self.sync_tick();
        self.doubts_tick();
        let lag = self.report.lag();
        self.machine.lag(self.now, lag);
        self.act();
    }

    /// Arms the timer; `true` when it has run out already.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> bool {
        let deadlines = [
            Some(self.machine.next_deadline()),
            self.session.next_deadline(),
            self.write_since.map(|since| since + WRITE_WITHIN),
            self.sync.next_deadline(),
            self.doubts.next_deadline(),
        ];
        let Some(next) = deadlines.into_iter().flatten().min() else { return false };
        self.armed = Some(next);
        let next = self.base + next;
        if self.sleep.deadline() != next {
            self.sleep.as_mut().reset(next);
        }
        self.sleep.as_mut().poll(cx).is_ready()
    }
}

pub(super) fn closed() -> Said {
    Said::new("closed", [], "the PBX closed the connection")
}

fn writing_failed(error: &io::Error) -> Said {
    let why = error.to_string();
    Said::new("writing_failed", [&why], format!("writing failed: {why}"))
}

/// Why there is no connection to that `host:port`; the system's own words are kept in English.
fn not_connected(at: &str, error: &io::Error) -> Said {
    let words = format!("could not connect to {at}: {error}");
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Said::new("connect_refused", [at], words),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Said::new("connect_unreachable", [at], words)
        }
        _ if error.to_string().starts_with("failed to lookup address") => {
            Said::new("connect_unknown_host", [at], words)
        }
        _ => Said::new("connect_failed", [at, &error.to_string()], words),
    }
}

impl Feed for Link {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<FeedItem> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Poll::Ready(item);
            }
            if let Some(piece) = self.pieces.pop_front() {
                self.take(piece);
                continue;
            }
            self.time_passed();
            if self.poll_opening(cx) {
                continue;
            }
            self.poll_write(cx);
            if self.poll_read(cx) || !self.items.is_empty() {
                continue;
            }
            if self.poll_timer(cx) {
                continue;
            }
            self.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
    }
}
