//! The WebSocket of one call: read as soon as something comes; what is said goes out by the clock of all transports.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;

use actix::Recipient;
use asterisk::audiosocket::Rate;
use asterisk::freeswitch::ChannelId;
use futures_util::{FutureExt, Sink, Stream, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message};

use super::metadata::Metadata;
use super::pace::{Pace, Wrong};
use super::playback::{Out, Player};
use super::port::{Counted, Counters, Named};
use crate::links::event_socket::{EventSocket, Listening, Told};
use crate::links::voices::{Caller, Clock, FromMedia, Gone, Intake, Shared};

pub(super) type Socket = WebSocketStream<TcpStream>;

/// Keys in one tick; no finger is so fast.
const MOST_KEYS: usize = 4;
/// Ticks in which the other side takes nothing: 5 s.
const MOST_STUCK: u32 = 250;
/// Without a byte from the other side, which may send nothing while it is paused.
const SILENT_FOR: Duration = Duration::from_secs(60);
/// The same key, by another way, is the same press.
const SAME_KEY: Duration = Duration::from_secs(1);
/// For the other side to close.
const LINGER: Duration = Duration::from_secs(1);

/// Closes it with a word.
pub(super) async fn close(mut socket: Socket, code: CloseCode, why: &'static str) {
    let frame = CloseFrame { code, reason: why.into() };
    let over = async {
        socket.close(Some(frame)).await?;
        while let Some(Ok(_)) = socket.next().await {}
        Ok::<_, tungstenite::Error>(())
    };
    // its end is the error that it waits for
    let _ = timeout(LINGER, over).await;
}

/// What a call begins with.
pub(super) struct Begins {
    pub(super) socket: Socket,
    /// The first frame, which came already.
    pub(super) first: Message,
    /// What the URL and headers told.
    pub(super) told: Metadata,
    pub(super) rate: Rate,
    pub(super) player: Player,
    pub(super) events: Option<EventSocket>,
    /// Whose call it is, as soon as it is told.
    pub(super) caller: watch::Sender<Option<Caller>>,
    pub(super) gateway: String,
}

/// Carries the voice until one side ends it.
pub(super) async fn run(begins: Begins, shared: Arc<Shared>, to: Recipient<FromMedia>, counted: Counted) {
    let _gone = Gone::told(&to);
    let Begins { socket, first, told, rate, player, events, caller, gateway } = begins;
    let now = Instant::now();
    let mut media = Media {
        socket,
        shared,
        to,
        counters: counted.0.clone(),
        intake: Intake::new(rate),
        pace: Pace::new(),
        odd: None,
        rate,
        player,
        events,
        listening: None,
        told,
        caller,
        named: None,
        gateway,
        key: None,
        keys: 0,
        is_behind: false,
        stuck: 0,
        strange: false,
        heard_at: now,
        why: (CloseCode::Normal, ""),
    };
    media.identified();
    // what is said comes before anything else
    let begun = media.heard(first, true).and_then(|()| media.carry());
    let over = match begun {
        Ok(()) => media.until_over(now).await,
        Err(over) => Err(over),
    };
    if over.is_ok() {
        let Media { socket, why, .. } = media;
        close(socket, why.0, why.1).await;
    }
    drop(counted);
}

/// A key that was heard of.
struct Pressed {
    key: char,
    at: Instant,
    over_text: bool,
}

struct Media {
    socket: Socket,
    shared: Arc<Shared>,
    to: Recipient<FromMedia>,
    counters: Arc<Counters>,
    intake: Intake,
    pace: Pace,
    /// Half of a sample: frames may have any length.
    odd: Option<u8>,
    rate: Rate,
    player: Player,
    events: Option<EventSocket>,
    listening: Option<Listening>,
    told: Metadata,
    caller: watch::Sender<Option<Caller>>,
    named: Option<Named>,
    gateway: String,
    key: Option<Pressed>,
    keys: usize,
    is_behind: bool,
    stuck: u32,
    /// A text that nobody understands came already.
    strange: bool,
    heard_at: Instant,
    why: (CloseCode, &'static str),
}

/// The other side is gone, or is no WebSocket any more.
fn gone(_: tungstenite::Error) -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

impl Media {
    /// # Errors
    /// When the connection is gone; fine when we end it.
    async fn until_over(&mut self, began: Instant) -> io::Result<()> {
        let mut clock = Clock::from(began);
        while !self.shared.is_over() {
            let Self { socket, listening, is_behind, shared, .. } = self;
            tokio::select! {
                biased;
                () = clock.tick() => {
                    self.carry()?;
                    if !clock.done() {
                        self.counters.late_frames.fetch_add(1, Relaxed);
                    }
                }
                () = shared.until_over() => {}
                told = async {
                    match listening {
                        Some(listening) => listening.next().await,
                        None => std::future::pending().await,
                    }
                } => self.happened(&told)?,
                came = std::future::poll_fn(|task| next(socket, is_behind, task)) => {
                    self.heard_at = Instant::now();
                    match came {
                        None => return Err(io::ErrorKind::UnexpectedEof.into()),
                        Some(Ok(message)) => self.heard(message, false)?,
                        Some(Err(tungstenite::Error::Capacity(_))) => {
                            self.counters.too_long.fetch_add(1, Relaxed);
                            self.ends(CloseCode::Size, "a frame that is too long");
                        }
                        Some(Err(why)) => return Err(gone(why)),
                    }
                    if self.intake.is_full() {
                        // who is so hasty comes after the others
                        tokio::task::yield_now().await;
                    }
                }
            }
        }
        Ok(())
    }

    /// We end it, and the dialplan goes on with the caller.
    fn ends(&mut self, code: CloseCode, why: &'static str) {
        log::warn!("audio_stream: {}: {why}: the connection is closed", self.gateway);
        self.why = (code, why);
        self.shared.finish();
    }

    /// 20 ms in both directions.
    fn carry(&mut self) -> io::Result<()> {
        self.keys = 0;
        for frame in self.intake.heard() {
            if let Some(voice) = self.shared.hearing.lock().frame(&frame) {
                self.to.do_send(FromMedia::Voice(voice));
            }
        }
        if self.heard_at.elapsed() > SILENT_FOR {
            self.ends(CloseCode::Away, "nothing came for 60 s");
            return Ok(());
        }
        if self.is_behind {
            self.counters.late_frames.fetch_add(1, Relaxed);
            self.stuck += 1;
            return if self.stuck < MOST_STUCK { Ok(()) } else { Err(io::ErrorKind::TimedOut.into()) };
        }
        self.stuck = 0;
        let tick = self.player.tick(&self.shared);
        if tick.failed {
            self.counters.unplayed.fetch_add(1, Relaxed);
            self.ends(
                CloseCode::Error,
                "nobody plays what is said: the event mod_audio_stream::play did not come",
            );
            return Ok(());
        }
        match tick.out {
            Some(Out::Binary(bytes)) => self.send(Message::Binary(bytes.into()))?,
            Some(Out::Text(text)) => self.send(Message::Text(text.into()))?,
            None => {}
        }
        if let Some(number) = tick.played {
            self.to.do_send(FromMedia::Played(number));
        }
        Ok(())
    }

    /// Without waiting: what is not taken is kept, and nothing more is sent before it.
    fn send(&mut self, message: Message) -> io::Result<()> {
        let socket = &mut self.socket;
        let sent = std::future::poll_fn(|task| {
            let ready = Pin::new(&mut *socket).poll_ready(task);
            match ready {
                Poll::Ready(Ok(())) => Poll::Ready(Pin::new(&mut *socket).start_send(message.clone())),
                other => other,
            }
        });
        match sent.now_or_never() {
            Some(sent) => sent.map_err(gone)?,
            None => {
                self.is_behind = true;
                self.counters.late_frames.fetch_add(1, Relaxed);
                return Ok(());
            }
        }
        let flushed = std::future::poll_fn(|task| Pin::new(&mut *socket).poll_flush(task)).now_or_never();
        self.is_behind = flushed.is_none();
        flushed.unwrap_or(Ok(())).map_err(gone)
    }

    /// The opcode says what it is, and nothing else.
    fn heard(&mut self, message: Message, is_first: bool) -> io::Result<()> {
        match message {
            Message::Binary(bytes) => self.audio(&bytes),
            Message::Text(text) => self.text(&text, is_first),
            Message::Close(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
        Ok(())
    }

    fn audio(&mut self, bytes: &[u8]) {
        let wrong = match self.pace.frame(self.rate, bytes.len(), Instant::now()) {
            None => None,
            Some(Wrong::TwiceAsMuch) => Some(
                "twice as much comes as one channel has at its rate: start it with mono, and rate= as it is",
            ),
            Some(Wrong::HalfAsMuch) => Some(
                "half as much comes as PCM has at its rate: G.711 is refused, send L16 and rate= as it is",
            ),
        };
        if let Some(why) = wrong {
            self.counters.mislabelled.fetch_add(1, Relaxed);
            return self.ends(CloseCode::Unsupported, why);
        }
        let mut forgotten = 0;
        let rest = match (self.odd.take(), bytes) {
            (Some(low), [high, rest @ ..]) => {
                forgotten += self.intake.take(self.rate, &[low, *high]);
                rest
            }
            (odd, _) => {
                self.odd = odd;
                bytes
            }
        };
        if rest.len() % 2 == 1 {
            self.odd = rest.last().copied();
        }
        forgotten += self.intake.take(self.rate, &rest[..rest.len() & !1]);
        self.counters.forgotten_frames.fetch_add(forgotten, Relaxed);
    }

    fn text(&mut self, text: &str, is_first: bool) {
        match Metadata::json(text) {
            Ok(told) => {
                for key in told.keys().take(MOST_KEYS) {
                    self.pressed(key, true);
                }
                if told.is_stereo() {
                    self.counters.mislabelled.fetch_add(1, Relaxed);
                    return self.ends(CloseCode::Unsupported, "stereo is refused: start it with mono");
                }
                match told.rate().filter(|_| is_first) {
                    Some(Ok(rate)) => self.rate = rate,
                    Some(Err(_)) => {
                        return self.ends(CloseCode::Unsupported, "expected a rate of 8000 or 16000");
                    }
                    None => {}
                }
                if self.caller.borrow().is_none()
                    && let Some(caller) = told.caller(&self.told)
                {
                    self.caller.send_replace(Some(caller));
                    self.identified();
                }
            }
            Err(why) => {
                self.counters.unknown_texts.fetch_add(1, Relaxed);
                if !std::mem::replace(&mut self.strange, true) {
                    log::warn!("audio_stream: {}: a text is passed over: {why}", self.gateway);
                }
            }
        }
    }

    /// Whose call it is is known: of what happens to his channel is told.
    fn identified(&mut self) {
        let uuid = self.caller.borrow().as_ref().map(|caller| caller.uniqueid.clone());
        let Some(uuid) = uuid.filter(|uuid| !uuid.is_empty() && self.named.is_none()) else { return };
        match Named::of(&self.counters, &self.gateway, &uuid) {
            Some(named) => self.named = Some(named),
            None => return self.ends(CloseCode::Policy, "that call is connected already"),
        }
        self.player.channel = ChannelId::new(&uuid).ok();
        self.listening = self.events.as_ref().map(|events| events.listen(&uuid));
    }

    fn happened(&mut self, told: &Told) -> io::Result<()> {
        match told {
            Told::Key(key) => self.pressed(*key, false),
            Told::HungUp => return Err(io::ErrorKind::UnexpectedEof.into()),
            Told::Started(_) | Told::Stopped(_) | Told::FileWritten(_) => {
                if let Some(number) = self.player.told(told, &self.shared) {
                    self.to.do_send(FromMedia::Played(number));
                }
            }
        }
        Ok(())
    }

    /// A dialplan may relay keys that the event socket tells of, too: of one press one is heard.
    fn pressed(&mut self, key: char, over_text: bool) {
        let now = Instant::now();
        let same = |one: &Pressed| one.key == key && one.over_text != over_text && now - one.at < SAME_KEY;
        if self.key.take_if(|one| same(one)).is_some() {
            return;
        }
        self.key = Some(Pressed { key, at: now, over_text });
        self.shared.hearing.lock().key();
        self.keys += 1;
        if self.keys <= MOST_KEYS {
            self.to.do_send(FromMedia::Key(key));
        }
    }
}

/// What comes next; what was not taken goes out meanwhile.
fn next(
    socket: &mut Socket,
    is_behind: &mut bool,
    task: &mut Context<'_>,
) -> Poll<Option<Result<Message, tungstenite::Error>>> {
    if *is_behind {
        match Pin::new(&mut *socket).poll_flush(task) {
            Poll::Ready(Ok(())) => *is_behind = false,
            Poll::Ready(Err(why)) => return Poll::Ready(Some(Err(why))),
            Poll::Pending => {}
        }
    }
    Pin::new(socket).poll_next(task)
}
