//! The ear of a conversation: opened once it is known whose call it is, and anew when it dies.
//!
//! Words come while he speaks, so that one of them interrupts; his turn is over when the recogniser says so, or when he is
//! silent and the ear is asked for what it has. An ear that dies is opened once more and hears again what no final words
//! covered; after that what he says is kept and understood whole, by the same engine, if it can.

use std::time::Duration;

use actix::{ActorStreamExt, AsyncContext, Context, SpawnHandle};
use actors::ai::{Input, Part};

use super::talk::Talk;
use crate::voice::{Ear, Frame, Told, VoiceError};

/// For final words, once he is silent.
const FINAL_WITHIN: Duration = Duration::from_millis(2_500);

/// See the module.
#[derive(Default)]
pub(super) struct Listening {
    inlet: Option<std::sync::Arc<crate::voice::Inlet>>,
    handle: Option<SpawnHandle>,
    /// Of the ear that is open: what an older one still tells is nobody's.
    number: u32,
    /// Ends the waiting for final words.
    waits: Option<SpawnHandle>,
    /// Final words of his turn so far.
    said: String,
    confidence: Option<u8>,
    /// It died already, and no final words came since.
    again: bool,
    /// Frames that were forgotten, of ears that are closed.
    forgotten: u64,
}

impl Listening {
    /// Final words of a turn whose ear is no more.
    pub(super) fn take_said(&mut self) -> String {
        self.confidence = None;
        std::mem::take(&mut self.said)
    }

    /// Frames of his that no ear heard, since they came faster than it took them.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten + self.inlet.as_ref().map_or(0, |inlet| inlet.forgotten())
    }
}

impl Talk {
    /// Where there are ears that hear him while he speaks.
    pub(super) fn open_ear(&mut self, again: Vec<Frame>, ctx: &mut Context<Self>) {
        let ears = self.ready.ears.as_ref().filter(|_| self.work.is_open());
        let Some(Ear { inlet, mut told }) = ears.and_then(|ears| ears.open(&self.ready.language)) else {
            if !again.is_empty() {
                self.shared.hearing.lock().opens(None, again);
            }
            return;
        };
        inlet.again(again);
        self.shared.hearing.lock().opens(Some(inlet.clone()), []);
        let told = futures_util::stream::poll_fn(move |task| told.poll_recv(task));
        // whoever ends without a word is dead
        let told = futures_util::StreamExt::chain(told, futures_util::stream::once(async { broke_off() }));
        self.work.ear.number += 1;
        let number = self.work.ear.number;
        let heard =
            actix::fut::wrap_stream::<_, Self>(told).map(move |told, this, ctx| this.told(number, told, ctx));
        self.work.ear.handle = Some(ctx.spawn(heard.finish()));
        self.work.ear.inlet = Some(inlet);
    }

    /// Nobody is heard any more.
    pub(super) fn close_ear(&mut self, ctx: &mut Context<Self>) {
        let ear = &mut self.work.ear;
        for handle in [ear.handle.take(), ear.waits.take()].into_iter().flatten() {
            ctx.cancel_future(handle);
        }
        self.shared.hearing.lock().opens(None, []);
        if let Some(inlet) = ear.inlet.take() {
            ear.forgotten += inlet.forgotten();
        }
    }

    /// He is silent: the ear is asked for what it has. `false`: there is none.
    pub(super) fn finish_ear(&mut self, ctx: &mut Context<Self>) -> bool {
        let Some(inlet) = &self.work.ear.inlet else { return false };
        inlet.finish();
        let waits = ctx.run_later(FINAL_WITHIN, |this, ctx| {
            this.work.ear.waits = None;
            let late = VoiceError::TimedOut(u64::try_from(FINAL_WITHIN.as_millis()).unwrap_or(u64::MAX));
            this.dies(late, true, ctx);
        });
        if let Some(before) = self.work.ear.waits.replace(waits) {
            ctx.cancel_future(before);
        }
        true
    }

    fn told(&mut self, number: u32, told: Result<Told, VoiceError>, ctx: &mut Context<Self>) {
        match told {
            // it may have been closed while this was on its way, also within one look at what it tells
            _ if self.work.ear.inlet.is_none() || number != self.work.ear.number => {}
            Ok(Told::Listens) => {}
            Ok(Told::Words { text, confidence, last }) => {
                let whole = joined(&self.work.ear.said, &text);
                if last {
                    let ear = &mut self.work.ear;
                    ear.again = false;
                    ear.said.clone_from(&whole);
                    // a turn is as sure as its least sure part
                    ear.confidence = confidence.into_iter().chain(ear.confidence).min();
                }
                if !whole.is_empty() {
                    self.on(Input::Words { text: whole.into(), confidence, last: false }, ctx);
                }
            }
            Ok(Told::Finished) => {
                let asked = self.work.ear.waits.take().map(|waits| ctx.cancel_future(waits)).is_some();
                let confidence = self.work.ear.confidence;
                let text = self.work.ear.take_said();
                if asked || !text.is_empty() {
                    self.on(Input::Words { text: text.into(), confidence, last: true }, ctx);
                }
            }
            Err(why) => {
                let asked = self.work.ear.waits.take().map(|waits| ctx.cancel_future(waits)).is_some();
                self.dies(why, asked, ctx);
            }
        }
    }

    /// `asked`: he waits for an answer.
    fn dies(&mut self, why: VoiceError, asked: bool, ctx: &mut Context<Self>) {
        let unheard = self.work.ear.inlet.as_ref().map(|inlet| inlet.unsettled()).unwrap_or_default();
        self.close_ear(ctx);
        if !std::mem::replace(&mut self.work.ear.again, true) {
            log::warn!("an ear died, and is opened anew: {why}");
            self.open_ear(unheard, ctx);
            if asked {
                self.finish_ear(ctx);
            }
            return;
        }
        log::warn!("an ear died: what the caller says is understood when he has said it, if at all: {why}");
        self.shared.hearing.lock().opens(None, if asked { Vec::new() } else { unheard });
        if asked {
            self.on(Input::Failed(self.session.generation(), Part::Ears), ctx);
        }
    }
}

fn broke_off() -> Result<Told, VoiceError> {
    Err(VoiceError::Refused("it ended".into()))
}

/// One behind the other.
pub(super) fn joined(before: &str, text: &str) -> String {
    let parts = [before.trim(), text.trim()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
