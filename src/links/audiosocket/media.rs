//! The connection of one call: read as soon as something comes, written once every 20 ms.
//!
//! The clock counts from the UUID and does not drift: a frame is due at a multiple of 20 ms, whenever the one before was
//! written. What comes faster than it can be heard waits, bounded; what cannot be written makes what follows late, never
//! the memory bigger.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use actix::Recipient;
use asterisk::audiosocket::{Frame, Heard, Rate};
use tokio::time::Instant;

use super::port::{Counted, Counters};
use super::wire::Wire;
use crate::links::voices::{Clock, FromMedia, Gone, Intake, Shared, Widen};

/// Keys in one tick; no finger is so fast.
const MOST_KEYS: usize = 4;
/// Ticks in which the other side takes nothing: 5 s.
const MOST_STUCK: u32 = 250;
/// Without a byte from the other side, which may send nothing while the caller is held.
const SILENT_FOR: Duration = Duration::from_secs(60);
/// A frame of 20 ms takes longer than that, and one of 10 ms does not.
const G711_LASTS: Duration = Duration::from_millis(15);
/// Carries the voice until one side ends it.
pub(super) async fn run(wire: Wire, shared: Arc<Shared>, to: Recipient<FromMedia>, counted: Counted) {
    let _gone = Gone::told(&to);
    let now = Instant::now();
    let mut media = Media {
        wire,
        shared,
        to,
        counters: counted.0.clone(),
        intake: Intake::new(Rate::Hz8000),
        widen: Widen::default(),
        rate: Rate::Hz8000,
        silence: Frame::silence(Rate::Hz8000),
        keys: 0,
        stuck: 0,
        strange: false,
        began: now,
        heard_at: now,
    };
    // what came with the UUID
    if media.listen().and_then(|()| media.carry()).is_ok() && media.until_over(now).await.is_ok() {
        media.wire.close().await;
    }
    drop(counted);
}

struct Media {
    wire: Wire,
    shared: Arc<Shared>,
    to: Recipient<FromMedia>,
    counters: Arc<Counters>,
    intake: Intake,
    widen: Widen,
    /// As the other side speaks.
    rate: Rate,
    silence: Frame,
    keys: usize,
    stuck: u32,
    /// A frame of an unknown kind came already.
    strange: bool,
    began: Instant,
    heard_at: Instant,
}

impl Media {
    fn count(&self, of: impl Fn(&Counters) -> &AtomicU64, more: u64) {
        of(&self.counters).fetch_add(more, Relaxed);
    }

    /// # Errors
    /// When the connection is gone; fine when we end it.
    async fn until_over(&mut self, began: Instant) -> io::Result<()> {
        let mut clock = Clock::from(began);
        while !self.shared.is_over() {
            tokio::select! {
                biased;
                () = clock.tick() => {
                    self.carry()?;
                    if !clock.done() {
                        self.count(|counters| &counters.late_frames, 1);
                    }
                }
                () = self.shared.until_over() => {}
                ready = self.wire.stream.writable(), if self.wire.is_behind() => {
                    ready?;
                    self.wire.flush()?;
                }
                ready = self.wire.stream.readable() => {
                    ready?;
                    self.wire.read()?;
                    self.heard_at = Instant::now();
                    self.listen()?;
                    if self.intake.is_full() {
                        // who is so hasty comes after the others
                        tokio::task::yield_now().await;
                    }
                }
            }
        }
        Ok(())
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
            // he may be there still: the dialplan goes on with him
            self.shared.finish();
            return Ok(());
        }
        if self.wire.is_behind() {
            self.count(|counters| &counters.late_frames, 1);
            self.stuck += 1;
            return if self.stuck < MOST_STUCK { Ok(()) } else { Err(io::ErrorKind::TimedOut.into()) };
        }
        self.stuck = 0;
        let (samples, over) = self.shared.play.lock().next();
        match samples {
            Some(samples) => {
                let bytes = self.widen.frame(self.rate, &samples);
                self.wire.write(&Frame::audio(self.rate, &bytes).map_err(io::Error::other)?)?;
            }
            None => {
                self.widen = Widen::default();
                self.wire.write(&self.silence.clone())?;
            }
        }
        if let Some(number) = over {
            self.to.do_send(FromMedia::Played(number));
        }
        Ok(())
    }

    /// All that was read and is whole.
    fn listen(&mut self) -> io::Result<()> {
        loop {
            match self.wire.heard() {
                Ok(Some(heard)) => self.heard(heard)?,
                Ok(None) => break,
                Err(why) => {
                    self.count(|counters| &counters.broken, 1);
                    log::warn!("audiosocket: {why}: the call ends here");
                    self.shared.finish();
                    return Ok(());
                }
            }
        }
        if self.wire.like_g711().is_some_and(|frames| self.began.elapsed() > G711_LASTS * frames) {
            self.count(|counters| &counters.g711, 1);
            log::warn!(
                "audiosocket: G.711 comes as if it were PCM: write Dial(AudioSocket/host:port/uuid/c(slin)) in the dialplan"
            );
            self.shared.finish();
        }
        Ok(())
    }

    fn heard(&mut self, heard: Heard) -> io::Result<()> {
        match heard {
            Heard::Audio(rate, samples) => self.audio(rate, &samples),
            Heard::Digit(key) => {
                self.shared.hearing.lock().key();
                self.keys += 1;
                if self.keys <= MOST_KEYS {
                    self.to.do_send(FromMedia::Key(key));
                }
            }
            Heard::Over | Heard::Failed(_) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Heard::Begins(_) => {}
            Heard::Unknown(kind) => {
                self.count(|counters| &counters.unknown_frames, 1);
                if !std::mem::replace(&mut self.strange, true) {
                    log::warn!("audiosocket: frames of kind 0x{kind:02x} are passed over");
                }
            }
        }
        Ok(())
    }

    fn audio(&mut self, rate: Rate, samples: &[u8]) {
        if rate != self.rate {
            (self.rate, self.silence) = (rate, Frame::silence(rate));
            self.widen = Widen::default();
        }
        let forgotten = self.intake.take(rate, samples);
        self.count(|counters| &counters.forgotten_frames, forgotten);
    }
}
