use std::collections::VecDeque;

use super::*;

/// What an engine does when it is asked next.
enum Does {
    Answers(Vec<Result<Piece, VoiceError>>),
    /// Says those, and nothing more for ever.
    Stalls(Vec<Result<Piece, VoiceError>>),
}

/// An engine that was told what to do.
#[derive(Default)]
struct Told {
    next: Mutex<VecDeque<Does>>,
    asked: AtomicU64,
    given_up: Arc<AtomicU64>,
}

impl Told {
    fn does(does: impl IntoIterator<Item = Does>) -> Arc<Self> {
        Arc::new(Self { next: Mutex::new(does.into_iter().collect()), ..Self::default() })
    }

    fn take(&self) -> Does {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.next.lock().pop_front().unwrap_or_else(|| Does::Answers(vec![Err(no("nothing is left"))]))
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Counts who gives up.
struct Waits(Arc<AtomicU64>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Mouth for Told {
    fn speak(&self, _: &str, _: &str) -> Pending<Pcm> {
        let (does, waits) = (self.take(), Waits(self.given_up.clone()));
        Box::pin(async move {
            let _waits = waits;
            match does {
                Does::Answers(mut pieces) => {
                    pieces.pop().unwrap_or_else(|| Err(no("nothing"))).map(|_| Pcm::from([1_i16, 2]))
                }
                Does::Stalls(_) => std::future::pending().await,
            }
        })
    }
}

impl Mind for Told {
    fn answer(&self, _: Conversation) -> mpsc::Receiver<Result<Piece, VoiceError>> {
        let (to, pieces) = mpsc::channel(8);
        let (does, given_up) = (self.take(), self.given_up.clone());
        on_runtime(to, |to| async move {
            let (all, stalls) = match does {
                Does::Answers(all) => (all, false),
                Does::Stalls(all) => (all, true),
            };
            let waits = stalls.then(|| Waits(given_up));
            for piece in all {
                let _ = to.send(piece).await;
            }
            if waits.is_some() {
                std::future::pending().await
            }
        });
        pieces
    }
}

fn no(why: &str) -> VoiceError {
    VoiceError::Refused(why.into())
}

fn said(text: &str) -> Result<Piece, VoiceError> {
    Ok(Piece::Sentence(text.into()))
}

fn over() -> Result<Piece, VoiceError> {
    Ok(Piece::Over { tokens_in: 1, tokens_out: 2 })
}

fn well() -> Does {
    Does::Answers(vec![said("Bonjour."), over()])
}

fn badly() -> Does {
    Does::Answers(vec![Err(no("500"))])
}

fn missing() -> Does {
    Does::Answers(vec![Err(VoiceError::Missing("401".into()))])
}

/// So long that no machine is late, but where a test waits for it.
fn limits() -> Limits {
    Limits { within_ms: 60_000, between_ms: 60_000, pause_ms: 0, ..Limits::default() }
}

/// By a clock that is moved by hand, ms.
fn guard(limits: Limits) -> (Arc<Guard>, Arc<AtomicU64>) {
    let (began, moved) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let by = moved.clone();
    let guard = Guard::by("a test", limits, move || began + Duration::from_millis(by.load(Ordering::SeqCst)));
    (guard, moved)
}

fn conversation() -> Conversation {
    Conversation::default()
}

async fn whole(mind: &Guarded<Told>) -> Vec<Result<Piece, VoiceError>> {
    let (mut pieces, mut all) = (mind.answer(conversation()), Vec::new());
    while let Some(piece) = pieces.recv().await {
        all.push(piece);
    }
    all
}

#[tokio::test]
async fn f49_what_fails_once_is_asked_once_more() {
    let engine = Told::does([badly(), well(), badly(), badly(), missing()]);
    let (watch, _) = guard(limits());
    let mouth = Guarded::new(engine.clone(), watch.clone());
    assert!(mouth.speak("Bonjour.", "fr").await.is_ok());
    assert_eq!((engine.asked(), watch.figures().retried), (2, 1));
    assert_eq!(mouth.speak("Bonjour.", "fr").await, Err(no("500")), "once more and no more");
    assert_eq!(engine.asked(), 4);
    let refused = mouth.speak("Bonjour.", "fr").await;
    assert_eq!(refused, Err(VoiceError::Missing("401".into())), "what is not set up is not asked twice");
    let figures = watch.figures();
    assert_eq!((figures.asked, figures.failed, figures.late, figures.opened), (5, 4, 0, 0));
}

#[tokio::test]
async fn f49_a_model_is_asked_once_more_only_while_nothing_was_said() {
    let broken = Does::Answers(vec![said("Bonjour."), Err(no("overloaded"))]);
    let engine = Told::does([badly(), well(), broken, Does::Answers(vec![said("Oui.")])]);
    let mind = Guarded::new(engine.clone(), guard(limits()).0);
    assert_eq!(whole(&mind).await, [said("Bonjour."), over()]);
    assert_eq!(engine.asked(), 2);
    assert_eq!(whole(&mind).await, [said("Bonjour."), Err(no("overloaded"))], "it was said: not again");
    assert_eq!(engine.asked(), 3);
    assert_eq!(whole(&mind).await, [said("Oui."), Err(no("its answer broke off"))]);
}

#[tokio::test]
async fn f49_who_stalls_is_given_up() {
    let engine =
        Told::does([Does::Stalls(vec![]), Does::Stalls(vec![said("Bonjour.")]), Does::Stalls(vec![])]);
    let (watch, _) = guard(Limits { within_ms: 30, between_ms: 40, ..limits() });
    let mind = Guarded::new(engine.clone(), watch.clone());
    assert_eq!(whole(&mind).await, [Err(VoiceError::TimedOut(30))], "before the first word");
    // the first piece is there at once; were the machine slower, that would be said
    let second = whole(&mind).await;
    let late = second.last().expect("an end");
    assert!(matches!(late, Err(VoiceError::TimedOut(30 | 40))), "{second:?}");
    let mouth = Guarded::new(engine.clone(), watch.clone());
    assert_eq!(mouth.speak("Bonjour.", "fr").await, Err(VoiceError::TimedOut(30)));
    assert_eq!((engine.asked(), watch.figures().late), (3, 3), "a retry has no time left");
    soon(|| engine.given_up.load(Ordering::SeqCst) == 3).await;
}

#[tokio::test]
async fn f49_others_are_told_at_once_and_one_tries_when_the_rest_is_over() {
    let engine = Told::does([badly(), badly(), badly(), badly(), badly(), well(), well()]);
    let (watch, clock) = guard(Limits { failures: 3, rest_ms: 10_000, ..limits() });
    let mind = Guarded::new(engine.clone(), watch.clone());
    for _ in 0..2 {
        whole(&mind).await;
    }
    assert_eq!(engine.asked(), 3, "the third failure opens it: its own retry is kept back");
    let [Err(VoiceError::Refused(why))] = &whole(&mind).await[..] else { panic!("it is open") };
    assert!(why.contains("left alone for 10000 ms"), "{why}");
    assert_eq!(engine.asked(), 3);
    clock.fetch_add(10_000, Ordering::SeqCst);
    assert_eq!(whole(&mind).await, [Err(no("500"))], "who tries does so once");
    assert_eq!(engine.asked(), 4);
    clock.fetch_add(20_000, Ordering::SeqCst);
    engine.next.lock().pop_front();
    assert_eq!(whole(&mind).await, [said("Bonjour."), over()]);
    soon(|| !watch.figures().open).await;
    assert_eq!(watch.figures().opened, 1);
}

#[tokio::test]
async fn who_hangs_up_counts_neither_way() {
    let engine = Told::does([badly(), badly(), Does::Stalls(vec![]), Does::Stalls(vec![]), well()]);
    let (watch, clock) = guard(Limits { failures: 2, ..limits() });
    let mouth = Guarded::new(engine.clone(), watch.clone());
    assert_eq!(mouth.speak("", "fr").await, Err(no("500")));
    assert!(watch.figures().open);
    clock.fetch_add(10_000, Ordering::SeqCst);
    // it tries, and its caller hangs up
    let mut tries = mouth.speak("", "fr");
    assert!(futures_util::FutureExt::now_or_never(&mut tries).is_none());
    drop(tries);
    // so does a model's
    let mind = Guarded::new(engine.clone(), watch.clone());
    let pieces = mind.answer(conversation());
    soon(|| engine.asked() == 4).await;
    drop(pieces);
    soon(|| engine.given_up.load(Ordering::SeqCst) == 4).await;
    let tried = std::cell::Cell::new(false);
    while !tried.get() {
        tokio::task::yield_now().await;
        tried.set(mouth.speak("", "fr").await.is_ok());
    }
    let figures = watch.figures();
    assert!(!figures.open && figures.failed == 2 && figures.opened == 1, "{figures:?}");
}

/// Waits until it is so.
async fn soon(so: impl Fn() -> bool) {
    let waited = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waited).await.expect("it came to be");
}
