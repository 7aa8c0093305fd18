//! What every engine gets: its time, one retry where nothing was said yet, and a breaker.
//!
//! ```text
//! session ─▶ Guarded ─breaker lets through?─▶ engine ─▶ within its time? ─▶ session
//!               └──────── once more, in what is left of the time ◀──┘ no
//! ```
//!
//! A failure is the session's that had it, and the breaker's: once an engine fails for several, the others are told so at
//! once instead of waiting (F49), and their callers reach a human. Who hangs up meanwhile counts neither way.

mod breaker;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::mpsc;

use self::breaker::{Breaker, Pass};
use super::{
    About, Conversation, Ear, Ears, Mind, Mouth, Pcm, Pending, Piece, Spoken, Told, Understood, VoiceError,
    on_runtime,
};

/// Sentences that wait to be spoken; then the model waits.
const MOST_PIECES: usize = 4;

/// How long an engine is waited for, and when it is left alone.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For an answer, or its first piece; a retry gets what is left of it.
    pub within_ms: u64,
    /// From one piece of an answer to the next.
    pub between_ms: u64,
    /// Before the retry.
    pub pause_ms: u64,
    /// Failures that open the breaker.
    pub failures: u32,
    /// In which they are counted.
    pub window_ms: u64,
    /// How long it is left alone first.
    pub rest_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            within_ms: 6_000,
            between_ms: 5_000,
            pause_ms: 100,
            failures: 5,
            window_ms: 30_000,
            rest_ms: 10_000,
        }
    }
}

/// How an engine did since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Times it was asked, retries with them.
    pub asked: u64,
    /// Times it failed.
    pub failed: u64,
    /// Of these, how often it was late.
    pub late: u64,
    /// Times it was asked once more.
    pub retried: u64,
    /// Questions that were not asked, since it was left alone.
    pub kept_back: u64,
    /// Times the breaker opened.
    pub opened: u64,
    /// Whether it is left alone now.
    pub open: bool,
}

/// The watch over one engine, shared by all sessions that ask it.
pub struct Guard {
    name: String,
    limits: Limits,
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
    breaker: Mutex<Breaker>,
    asked: AtomicU64,
    failed: AtomicU64,
    late: AtomicU64,
    retried: AtomicU64,
    kept_back: AtomicU64,
    opened: AtomicU64,
}

impl Guard {
    /// Over the engine of that name.
    pub fn new(name: &str, limits: Limits) -> Arc<Self> {
        Self::by(name, limits, Instant::now)
    }

    /// By another clock, which decides when the breaker opens and tries.
    pub fn by(name: &str, limits: Limits, clock: impl Fn() -> Instant + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            breaker: Mutex::new(Breaker::new(&limits)),
            limits,
            clock: Box::new(clock),
            asked: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            late: AtomicU64::new(0),
            retried: AtomicU64::new(0),
            kept_back: AtomicU64::new(0),
            opened: AtomicU64::new(0),
        })
    }

    /// How it did.
    pub fn figures(&self) -> Figures {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Figures {
            asked: read(&self.asked),
            failed: read(&self.failed),
            late: read(&self.late),
            retried: read(&self.retried),
            kept_back: read(&self.kept_back),
            opened: read(&self.opened),
            open: self.breaker.lock().is_open(),
        }
    }

    fn enter(self: &Arc<Self>) -> Result<Turn, VoiceError> {
        match self.breaker.lock().pass((self.clock)()) {
            Ok(pass) => {
                self.asked.fetch_add(1, Ordering::Relaxed);
                Ok(Turn { guard: self.clone(), pass, well: None })
            }
            Err(left) => {
                self.kept_back.fetch_add(1, Ordering::Relaxed);
                let ms = left.as_millis();
                Err(VoiceError::Refused(format!("{} failed too often: left alone for {ms} ms", self.name)))
            }
        }
    }

    /// Asks, and once more where that may help and there is time.
    async fn ask<T, F: Future<Output = Result<T, VoiceError>>>(
        self: Arc<Self>,
        mut attempt: impl FnMut() -> F,
    ) -> Result<(T, Turn), VoiceError> {
        let end = tokio::time::Instant::now() + Duration::from_millis(self.limits.within_ms);
        let late = || VoiceError::TimedOut(self.limits.within_ms);
        let turn = self.enter()?;
        let first = match tokio::time::timeout_at(end, attempt()).await {
            Ok(Ok(answer)) => return Ok((answer, turn)),
            Ok(Err(why)) => turn.failed(why),
            Err(_) => return Err(turn.failed(late())),
        };
        let pause = Duration::from_millis(self.limits.pause_ms);
        let helps = matches!(first, VoiceError::Refused(_)) && tokio::time::Instant::now() + pause < end;
        if !helps {
            return Err(first);
        }
        tokio::time::sleep(pause).await;
        let Ok(turn) = self.enter() else { return Err(first) };
        self.retried.fetch_add(1, Ordering::Relaxed);
        match tokio::time::timeout_at(end, attempt()).await {
            Ok(Ok(answer)) => Ok((answer, turn)),
            Ok(Err(why)) => Err(turn.failed(why)),
            Err(_) => Err(turn.failed(late())),
        }
    }
}

/// One question to an engine: whoever drops it before it ended says nothing of the engine.
struct Turn {
    guard: Arc<Guard>,
    pass: Pass,
    well: Option<bool>,
}

impl Turn {
    fn went_well(mut self) {
        self.well = Some(true);
    }

    fn failed(mut self, why: VoiceError) -> VoiceError {
        self.well = Some(false);
        self.guard.failed.fetch_add(1, Ordering::Relaxed);
        if matches!(why, VoiceError::TimedOut(_)) {
            self.guard.late.fetch_add(1, Ordering::Relaxed);
        }
        why
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // an engine that panicked failed
        let well = self.well.or(std::thread::panicking().then_some(false));
        let now = (self.guard.clock)();
        if self.guard.breaker.lock().ended(self.pass, well, now) {
            self.guard.opened.fetch_add(1, Ordering::Relaxed);
            log::warn!("{} failed too often: it is left alone for a while", self.guard.name);
        }
    }
}

/// An engine under watch; it is what it guards.
pub struct Guarded<T: ?Sized> {
    engine: Arc<T>,
    guard: Arc<Guard>,
}

impl<T: ?Sized> Guarded<T> {
    /// That one, under that watch.
    pub fn new(engine: Arc<T>, guard: Arc<Guard>) -> Self {
        Self { engine, guard }
    }
}

impl<T: Mouth + ?Sized + 'static> Mouth for Guarded<T> {
    fn name(&self) -> &str {
        self.engine.name()
    }

    fn speak(&self, text: &str, language: &str) -> Pending<Pcm> {
        let (engine, guard) = (self.engine.clone(), self.guard.clone());
        let (text, language) = (text.to_owned(), language.to_owned());
        Box::pin(async move {
            let (sound, turn) = guard.ask(|| engine.speak(&text, &language)).await?;
            turn.went_well();
            Ok(sound)
        })
    }

    fn stream(&self, text: &str, language: &str) -> mpsc::Receiver<Result<Spoken, VoiceError>> {
        let (engine, guard) = (self.engine.clone(), self.guard.clone());
        let (text, language) = (text.to_owned(), language.to_owned());
        let (to, pieces) = mpsc::channel(MOST_PIECES);
        on_runtime(to, move |to| async move {
            let asked = || engine.stream(&text, &language);
            if let Err(why) = relay(guard, asked, |piece| *piece == Spoken::Whole, &to).await {
                let _ = to.send(Err(why)).await;
            }
        });
        pieces
    }
}

impl<T: Ears + ?Sized + 'static> Ears for Guarded<T> {
    fn name(&self) -> &str {
        self.engine.name()
    }

    fn understand(&self, utterance: Pcm, language: &str) -> Pending<Understood> {
        let (engine, guard) = (self.engine.clone(), self.guard.clone());
        let language = language.to_owned();
        Box::pin(async move {
            let (understood, turn) = guard.ask(|| engine.understand(utterance.clone(), &language)).await?;
            turn.went_well();
            Ok(understood)
        })
    }

    fn understand_about(&self, utterance: Pcm, about: &About) -> Pending<Understood> {
        let (engine, guard, about) = (self.engine.clone(), self.guard.clone(), about.clone());
        Box::pin(async move {
            let (understood, turn) = guard.ask(|| engine.understand_about(utterance.clone(), &about)).await?;
            turn.went_well();
            Ok(understood)
        })
    }

    /// Each connection is a question; what goes wrong later is a failure of its own.
    fn open(&self, language: &str) -> Option<Ear> {
        let turn = match self.guard.enter() {
            Ok(turn) => turn,
            Err(why) => return Some(Ear::dead(why)),
        };
        let Ear { inlet, told } = self.engine.open(language)?;
        let (to, relayed) = mpsc::channel(MOST_PIECES);
        on_runtime(to, move |to| listened(turn, told, to));
        Some(Ear { inlet, told: relayed })
    }
}

impl<T: Mind + ?Sized + 'static> Mind for Guarded<T> {
    fn name(&self) -> &str {
        self.engine.name()
    }

    fn answer(&self, conversation: Conversation) -> mpsc::Receiver<Result<Piece, VoiceError>> {
        let (engine, guard) = (self.engine.clone(), self.guard.clone());
        let (to, pieces) = mpsc::channel(MOST_PIECES);
        on_runtime(to, move |to| async move {
            let asked = || engine.answer(conversation.clone());
            if let Err(why) = relay(guard, asked, |piece| matches!(piece, Piece::Over { .. }), &to).await {
                let _ = to.send(Err(why)).await;
            }
        });
        pieces
    }

    fn expects(&self, conversation: &Conversation) -> Vec<String> {
        self.engine.expects(conversation)
    }
}

/// The first piece may be asked for again; once it is said, what was begun is what there is.
async fn relay<P>(
    guard: Arc<Guard>,
    asked: impl Fn() -> mpsc::Receiver<Result<P, VoiceError>>,
    is_last: impl Fn(&P) -> bool,
    to: &mpsc::Sender<Result<P, VoiceError>>,
) -> Result<(), VoiceError> {
    let between_ms = guard.limits.between_ms;
    let begun = guard.ask(|| {
        let mut pieces = asked();
        async move { next(&mut pieces).await.map(|piece| (piece, pieces)) }
    });
    let ((mut piece, mut pieces), turn) = begun.await?;
    loop {
        let over = is_last(&piece);
        // how long the session takes to say it is not the engine's time
        if to.send(Ok(piece)).await.is_err() {
            return Ok(());
        }
        if over {
            turn.went_well();
            return Ok(());
        }
        let within = Duration::from_millis(between_ms);
        piece = match tokio::time::timeout(within, next(&mut pieces)).await {
            Ok(Ok(piece)) => piece,
            Ok(Err(why)) => return Err(turn.failed(why)),
            Err(_) => return Err(turn.failed(VoiceError::TimedOut(between_ms))),
        };
    }
}

async fn next<P>(pieces: &mut mpsc::Receiver<Result<P, VoiceError>>) -> Result<P, VoiceError> {
    pieces.recv().await.unwrap_or_else(|| Err(VoiceError::Refused("its answer broke off".into())))
}

/// An ear that listens did well; one that dies later failed, whoever opens the next.
async fn listened(
    turn: Turn,
    mut told: mpsc::Receiver<Result<Told, VoiceError>>,
    to: mpsc::Sender<Result<Told, VoiceError>>,
) {
    let guard = turn.guard.clone();
    let within = Duration::from_millis(guard.limits.within_ms);
    let mut first = match tokio::time::timeout(within, next(&mut told)).await {
        Ok(Ok(first)) => {
            turn.went_well();
            Some(first)
        }
        Ok(Err(why)) => return drop(to.send(Err(turn.failed(why))).await),
        Err(_) => {
            return drop(to.send(Err(turn.failed(VoiceError::TimedOut(guard.limits.within_ms)))).await);
        }
    };
    loop {
        let heard = match first.take() {
            Some(first) => Ok(first),
            None => next(&mut told).await,
        };
        let failed = heard.is_err();
        let heard = heard.map_err(|why| match guard.enter() {
            Ok(turn) => turn.failed(why),
            Err(_) => why,
        });
        if to.send(heard).await.is_err() || failed {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
