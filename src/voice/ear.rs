//! Ears that hear the caller while he speaks: his frames in, words out.
//!
//! ```text
//! media ─push─▶ Inlet ═ bounded, the oldest is forgotten ═▶ Outlet ─▶ engine ─Told─▶ session
//!                  └─ what no final words cover yet is kept: an ear that is opened anew hears it again
//! ```
//!
//! Whoever brings frames never waits. Dropping the inlet tells the engine that nobody speaks any more.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};

use super::VoiceError;

/// 20 ms of 8 kHz.
pub type Frame = [i16; 160];

/// Frames that wait for an engine that is slow: 2 s.
const MOST_WAITING: usize = 100;
/// Frames that are kept until final words cover them: 10 s.
const MOST_KEPT: usize = 500;
/// Frames that are taken at once: 200 ms.
const AT_ONCE: usize = 10;
/// Words that wait for the session.
const MOST_TOLD: usize = 32;

/// What an ear tells, in this order: that it listens, and then words as they come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It is connected.
    Listens,
    /// Of what he says now.
    Words {
        /// Since the last that were final.
        text: String,
        /// percent
        confidence: Option<u8>,
        /// They do not change any more.
        last: bool,
    },
    /// He has finished: the recogniser says so, or it was asked for it and this is all.
    Finished,
}

/// One that is open. Dropping it closes it.
pub struct Ear {
    /// Where frames go.
    pub inlet: Arc<Inlet>,
    /// What is heard; it ends when the ear is dead.
    pub told: mpsc::Receiver<Result<Told, VoiceError>>,
}

impl Ear {
    /// One whose engine has these two.
    pub fn open() -> (Self, Outlet, mpsc::Sender<Result<Told, VoiceError>>) {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Notify::new() });
        let (to, told) = mpsc::channel(MOST_TOLD);
        (Self { inlet: Arc::new(Inlet(shared.clone())), told }, Outlet(shared), to)
    }

    /// One that is dead already.
    pub fn dead(why: VoiceError) -> Self {
        let (ear, _, to) = Self::open();
        let _ = to.try_send(Err(why));
        ear
    }
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Frame>,
    /// Taken, and not covered by final words.
    kept: VecDeque<Frame>,
    /// How many frames came before the first that is kept, since the engine connected.
    before: u64,
    /// May wait beyond the usual: they are heard again.
    again: usize,
    forgotten: u64,
    finishing: bool,
    over: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Notify,
}

/// Where the caller's frames go.
pub struct Inlet(Arc<Shared>);

impl Inlet {
    /// 20 ms more; never waits.
    pub fn push(&self, frame: &Frame) {
        let mut state = self.0.state.lock();
        if state.waiting.len() >= MOST_WAITING + state.again {
            state.waiting.pop_front();
            state.forgotten += 1;
        }
        state.waiting.push_back(*frame);
        drop(state);
        self.0.changed.notify_one();
    }

    /// He has finished: what was heard is wanted as it is.
    pub fn finish(&self) {
        self.0.state.lock().finishing = true;
        self.0.changed.notify_one();
    }

    /// These are heard first: another ear died over them.
    pub fn again(&self, frames: impl IntoIterator<Item = Frame>) {
        let mut state = self.0.state.lock();
        let newer = std::mem::take(&mut state.waiting);
        state.waiting = frames.into_iter().collect();
        state.again = state.waiting.len();
        state.waiting.extend(newer);
        drop(state);
        self.0.changed.notify_one();
    }

    /// What no final words cover.
    pub fn unsettled(&self) -> Vec<Frame> {
        let state = self.0.state.lock();
        state.kept.iter().chain(&state.waiting).copied().collect()
    }

    /// Frames that the engine was too slow for: it is degraded.
    pub fn forgotten(&self) -> u64 {
        self.0.state.lock().forgotten
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        self.0.state.lock().over = true;
        self.0.changed.notify_one();
    }
}

/// What an engine takes next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Samples, a whole number of frames.
    Sound(Vec<i16>),
    /// All that came before is heard: it is to be told as final words, and then that he has finished.
    Finish,
    /// Nobody speaks any more.
    Over,
}

/// The engine's end.
pub struct Outlet(Arc<Shared>);

impl Outlet {
    /// What is next, once there is something. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Next {
        loop {
            if let Some(next) = self.now() {
                return next;
            }
            self.0.changed.notified().await;
        }
    }

    fn now(&self) -> Option<Next> {
        let mut state = self.0.state.lock();
        if state.over {
            return Some(Next::Over);
        }
        if state.waiting.is_empty() {
            return std::mem::take(&mut state.finishing).then_some(Next::Finish);
        }
        let mut samples = Vec::with_capacity(AT_ONCE * 160);
        for _ in 0..AT_ONCE {
            let Some(frame) = state.waiting.pop_front() else { break };
            samples.extend(frame);
            state.again = state.again.saturating_sub(1);
            if state.kept.len() >= MOST_KEPT {
                state.kept.pop_front();
                state.before += 1;
            }
            state.kept.push_back(frame);
        }
        Some(Next::Sound(samples))
    }

    /// Final words cover the first so many ms of what was taken since the engine connected.
    pub fn settled(&self, ms: u64) {
        let mut state = self.0.state.lock();
        while state.before < ms / 20 && state.kept.pop_front().is_some() {
            state.before += 1;
        }
    }

    /// All that was taken is covered.
    pub fn settled_all(&self) {
        let mut state = self.0.state.lock();
        state.before += state.kept.len() as u64;
        state.kept.clear();
    }

    /// The engine connects anew: what is not settled is taken again.
    pub fn reconnects(&self) {
        let mut state = self.0.state.lock();
        let kept = std::mem::take(&mut state.kept);
        state.again += kept.len();
        for frame in kept.into_iter().rev() {
            state.waiting.push_front(frame);
        }
        state.before = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(n: i16) -> Frame {
        [n; 160]
    }

    fn taken(outlet: &Outlet) -> Vec<i16> {
        let mut all = Vec::new();
        while let Some(Next::Sound(samples)) = outlet.now() {
            all.extend(samples.iter().step_by(160));
        }
        all
    }

    #[test]
    fn a_slow_engine_forgets_the_oldest_and_who_brings_frames_never_waits() {
        let (ear, outlet, _to) = Ear::open();
        (0..130).for_each(|n| ear.inlet.push(&frame(n)));
        assert_eq!(ear.inlet.forgotten(), 30);
        ear.inlet.finish();
        assert_eq!(taken(&outlet), (30..130).collect::<Vec<_>>());
        assert_eq!(outlet.now(), None, "finished is told once, behind what was said");
    }

    #[test]
    fn what_no_final_words_cover_is_heard_again() {
        let (ear, outlet, _to) = Ear::open();
        (0..50).for_each(|n| ear.inlet.push(&frame(n)));
        assert_eq!(taken(&outlet).len(), 50);
        outlet.settled(600);
        ear.inlet.push(&frame(50));
        assert_eq!(
            ear.inlet.unsettled().iter().map(|f| f[0]).collect::<Vec<_>>(),
            (30..=50).collect::<Vec<_>>()
        );
        outlet.reconnects();
        assert_eq!(taken(&outlet), (30..=50).collect::<Vec<_>>());
        // from the new connection on it counts anew
        outlet.settled(200);
        let (other, heard, _to) = Ear::open();
        other.inlet.push(&frame(99));
        other.inlet.again(ear.inlet.unsettled());
        assert_eq!(taken(&heard), (40..=50).chain([99]).collect::<Vec<_>>());
        outlet.settled_all();
        assert!(ear.inlet.unsettled().is_empty());
        drop(ear);
        assert_eq!(outlet.now(), Some(Next::Over));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let (ear, outlet, _to) = Ear::open();
        for n in 0..700 {
            ear.inlet.push(&frame(n));
            outlet.now();
        }
        assert_eq!(ear.inlet.unsettled().len(), MOST_KEPT);
        outlet.settled(14_000);
        assert!(ear.inlet.unsettled().is_empty(), "and times still mean what they meant");
    }
}
