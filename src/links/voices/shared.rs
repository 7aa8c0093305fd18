//! What whoever carries the sound of a conversation shares with it, and what he tells it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use actix::Recipient;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::hearing::{Hearing, Voice};
use super::play::Play;

/// What the conversation is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, actix::Message)]
#[rtype(result = "()")]
pub(in crate::links) enum FromMedia {
    /// The sentence of that number went to the caller whole.
    Played(u32),
    /// A key.
    Key(char),
    /// The caller's voice.
    Voice(Voice),
    /// The connection is over.
    Gone,
}

/// What the connection and the conversation share; held for a moment each time.
pub(in crate::links) struct Shared {
    pub(in crate::links) play: Mutex<Play>,
    pub(in crate::links) hearing: Mutex<Hearing>,
    over: AtomicBool,
    changed: Notify,
}

impl Shared {
    pub(super) fn new(hearing: Hearing) -> Arc<Self> {
        let (play, over) = (Mutex::default(), AtomicBool::new(false));
        Arc::new(Self { play, hearing: Mutex::new(hearing), over, changed: Notify::new() })
    }

    /// Nothing more is said: 0x00, and the dialplan goes on.
    pub(in crate::links) fn finish(&self) {
        self.over.store(true, Relaxed);
        self.changed.notify_one();
    }

    /// Whether nothing more is said.
    pub(in crate::links) fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }

    /// Waits for it; one may wait.
    pub(in crate::links) async fn until_over(&self) {
        self.changed.notified().await;
    }
}

/// Tells the conversation that the sound is over when it is dropped, also by a fault.
pub(in crate::links) struct Gone(Recipient<FromMedia>);

impl Gone {
    pub(in crate::links) fn told(to: &Recipient<FromMedia>) -> Self {
        Self(to.clone())
    }
}

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.do_send(FromMedia::Gone);
    }
}
