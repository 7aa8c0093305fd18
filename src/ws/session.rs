//! One client: an actor that lives inside the answer to its handshake.
//!
//! It is polled when its socket takes something, when it is woken, and when its client sends
//! something; each poll sends at most [`PER_POLL`] bytes. So what it holds of unsent frames is
//! bounded without a queue.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use actix::fut::ActorFuture;
use actix::{Actor, ActorContext, AsyncContext, StreamHandler};
use actix_http::ws::Item;
use actix_web_actors::ws::{CloseCode, CloseReason, Message, ProtocolError, WebsocketContext as Ws};
use actors::board::{Board, News};
use bytes::{Bytes, BytesMut};

use super::clients::{Member, Parting};
use super::operator::{self, Dialect};
use super::people::People;
use super::protocol::{FromBrowser, MAX_PER_SECOND, ToBrowser};

/// Bytes sent in one poll, and the size of a fragment.
const PER_POLL: usize = 32 << 10;
/// Answers that may wait for a client that sends faster than it reads; more are dropped, since each
/// says the same.
const MAX_REPLIES: usize = 8;
/// Until it is heard for the first time a client is pinged often, so that who never reads is known.
const FIRST_PINGS: Duration = Duration::from_secs(3);
/// How often an operator's console may be told its totals.
const STATS_EVERY: Duration = Duration::from_secs(2);
/// And then every third time.
const PING_EVERY: u32 = 3;

pub(super) struct Session {
    board: Arc<Board>,
    member: Member,
    people: People,
    /// The number the client stands at; `None` when it needs a snapshot.
    at: Option<u64>,
    dialect: Dialect,
    sending: Option<Sending>,
    replies: VecDeque<ToBrowser>,
    received: (Instant, u32),
    pings: u32,
    gone: bool,
}

/// A message on its way.
struct Sending {
    parts: [Bytes; 2],
    started: bool,
}

impl Sending {
    /// The next fragment, or the whole message when it is small.
    fn next(&mut self) -> (Message, bool) {
        let left: usize = self.parts.iter().map(Bytes::len).sum();
        let last = left <= PER_POLL;
        let bytes = if last { self.rest() } else { self.slice() };
        let first = !std::mem::replace(&mut self.started, true);
        let message = match (first, last) {
            (true, true) => match bytestring::ByteString::try_from(bytes) {
                Ok(text) => Message::Text(text),
                // our JSON is text: this never happens, and an empty frame would be wrong
                Err(_) => Message::Nop,
            },
            (true, false) => Message::Continuation(Item::FirstText(bytes)),
            (false, false) => Message::Continuation(Item::Continue(bytes)),
            (false, true) => Message::Continuation(Item::Last(bytes)),
        };
        (message, last)
    }

    fn slice(&mut self) -> Bytes {
        let part = if self.parts[0].is_empty() { &mut self.parts[1] } else { &mut self.parts[0] };
        part.split_to(part.len().min(PER_POLL))
    }

    fn rest(&mut self) -> Bytes {
        let [head, tail] = std::mem::take(&mut self.parts);
        if tail.is_empty() {
            return head;
        }
        let mut whole = BytesMut::with_capacity(head.len() + tail.len());
        whole.extend_from_slice(&head);
        whole.extend_from_slice(&tail);
        whole.freeze()
    }
}

impl Session {
    pub(super) fn new(
        board: Arc<Board>,
        member: Member,
        at: Option<u64>,
        dialect: Dialect,
        people: People,
    ) -> Self {
        Self {
            board,
            member,
            people,
            at,
            dialect,
            sending: None,
            replies: VecDeque::new(),
            received: (Instant::now(), 0),
            pings: 0,
            gone: false,
        }
    }

    /// Sends what there is, as much as one poll may.
    fn pump(&mut self, ctx: &mut Ws<Self>, cx: &Context<'_>) {
        self.member.client.polled(cx.waker());
        let mut budget = PER_POLL;
        while !self.gone {
            if let Some(sending) = &mut self.sending {
                let left: usize = sending.parts.iter().map(Bytes::len).sum();
                let (message, last) = sending.next();
                ctx.write_raw(message);
                if last {
                    self.sending = None;
                }
                budget = budget.saturating_sub(left.min(PER_POLL));
                if budget == 0 {
                    self.member.client.takes();
                    cx.waker().wake_by_ref();
                    return;
                }
            } else if let Some(parting) = self.member.client.parting() {
                self.part(ctx, parting);
            } else if let Some(message) = self.next_message() {
                self.sending = Some(Sending { parts: message.into_parts(), started: false });
            } else if self.member.client.is_up_to_date() {
                return;
            }
        }
    }

    fn next_message(&mut self) -> Option<ToBrowser> {
        if let Some(reply) = self.replies.pop_front() {
            return Some(reply);
        }
        self.member.client.looks();
        if let Dialect::Operator(operator) = &mut self.dialect {
            return operator::next(operator, &self.board, &mut self.at)
                .map(|event| ToBrowser::Event(event.into()));
        }
        let caught_up = &self.member.clients.figures.caught_up;
        match self.at.map(|at| (at, self.board.news(at))) {
            Some((_, News::UpToDate)) => self.people.news(),
            Some((at, News::Frame { seq, frame })) => {
                if seq > at + 1 {
                    caught_up.fetch_add(1, Ordering::Relaxed);
                }
                self.at = Some(seq);
                Some(ToBrowser::Changes(frame))
            }
            lost_or_new => {
                if lost_or_new.is_some() {
                    caught_up.fetch_add(1, Ordering::Relaxed);
                }
                let snapshot = self.board.snapshot_to_follow();
                self.at = Some(snapshot.seq);
                Some(ToBrowser::Snapshot(snapshot))
            }
        }
    }

    /// Says goodbye and ends. Only called between two messages.
    fn part(&mut self, ctx: &mut Ws<Self>, parting: Parting) {
        let Parting { code, reason } = parting;
        // 0.25 s to 2.25 s, spread by the client's number
        let retry_ms = 250 + self.member.client.id.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 2_000;
        let [bye, _] = ToBrowser::Bye { reason, retry_ms }.into_parts();
        if let Ok(bye) = bytestring::ByteString::try_from(bye) {
            ctx.text(bye);
        }
        self.close(ctx, Some(CloseReason { code, description: Some(reason.into()) }));
    }

    fn close(&mut self, ctx: &mut Ws<Self>, reason: Option<CloseReason>) {
        self.gone = true;
        ctx.close(reason);
        ctx.stop();
    }

    /// Too many frames within a second.
    fn floods(&mut self) -> bool {
        let (since, count) = &mut self.received;
        if since.elapsed() >= Duration::from_secs(1) {
            (*since, *count) = (Instant::now(), 0);
        }
        *count += 1;
        *count > MAX_PER_SECOND
    }

    fn reply(&mut self, message: ToBrowser) {
        if self.replies.len() < MAX_REPLIES {
            self.replies.push_back(message);
        }
    }
}

impl Actor for Session {
    type Context = Ws<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.ping(b"");
        ctx.run_interval(FIRST_PINGS, |session, ctx| {
            session.pings = session.pings.wrapping_add(1);
            if !session.member.client.was_heard() || session.pings.is_multiple_of(PING_EVERY) {
                ctx.ping(b"");
            }
        });
        if let Dialect::Operator(_) = self.dialect {
            ctx.run_interval(STATS_EVERY, |session, _| {
                if let Dialect::Operator(operator) = &mut session.dialect {
                    operator.tick();
                }
            });
        }
        ctx.spawn(Pump);
    }
}

/// Lives in the session's context and is polled whenever the session is.
struct Pump;

impl ActorFuture<Session> for Pump {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        session: &mut Session,
        ctx: &mut Ws<Session>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        session.pump(ctx, cx);
        Poll::Pending
    }
}

impl StreamHandler<Result<Message, ProtocolError>> for Session {
    fn handle(&mut self, item: Result<Message, ProtocolError>, ctx: &mut Self::Context) {
        if self.gone {
            return;
        }
        self.member.client.heard();
        let client = &self.member.client.clone();
        let message = match item {
            Ok(message) => message,
            Err(ProtocolError::Overflow) => {
                return client.send_away(Parting { code: CloseCode::Size, reason: "too_large" });
            }
            Err(_) => return client.send_away(Parting { code: CloseCode::Protocol, reason: "bad_frame" }),
        };
        if self.floods() {
            if self.member.client.parting().is_none() {
                self.member.clients.figures.closed_flood.fetch_add(1, Ordering::Relaxed);
            }
            return self.member.client.send_away(Parting { code: CloseCode::Policy, reason: "flood" });
        }
        // with the rights of now, not with those of the handshake (S48)
        if let Some(parting) = client.unwelcome(self.people.access()) {
            return client.send_away(parting);
        }
        match message {
            Message::Text(text) => match FromBrowser::parse(&text) {
                Ok(FromBrowser::Ping {}) => self.reply(ToBrowser::Pong { now_ms: now_ms() }),
                Err(message) => self.reply(ToBrowser::Error { message }),
            },
            Message::Binary(_) | Message::Continuation(_) => {
                self.reply(ToBrowser::Error { message: "expected a text frame in one piece".into() });
            }
            Message::Ping(payload) => ctx.pong(&payload),
            Message::Close(reason) => self.close(ctx, reason),
            Message::Pong(_) | Message::Nop => {}
        }
    }

    fn finished(&mut self, ctx: &mut Self::Context) {
        // the client closed its side
        self.gone = true;
        ctx.stop();
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
