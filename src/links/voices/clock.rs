//! The clock of a conversation's sound, and what the caller says on its way to being heard: the same for every transport.

use std::collections::VecDeque;
use std::time::Duration;

use asterisk::audiosocket::Rate;
use tokio::time::{Instant, sleep_until};

use super::FRAME;
use super::rates::Narrow;

/// One frame.
const TICK: Duration = Duration::from_millis(20);
/// A clock that is so late begins anew: a burst would only fill the other side's buffers.
const TOO_LATE: Duration = Duration::from_millis(60);
/// Frames of the caller that wait to be heard: 2 s.
const MOST_WAITING: usize = 100;
/// Frames that are heard in one tick: what waits is made up for.
const HEARD_AT_ONCE: usize = 4;

/// Every 20 ms from its beginning, without drift: a tick is due at a multiple of 20 ms, whenever the one before was.
pub(in crate::links) struct Clock {
    due: Instant,
}

impl Clock {
    /// Its first tick is 20 ms later.
    pub(in crate::links) fn from(began: Instant) -> Self {
        Self { due: began + TICK }
    }

    /// Waits for what is due; may be given up.
    pub(in crate::links) async fn tick(&self) {
        sleep_until(self.due).await;
    }

    /// What was due is done; `false`: so late that the clock begins anew.
    pub(in crate::links) fn done(&mut self) -> bool {
        self.due += TICK;
        let now = Instant::now();
        let in_time = now <= self.due + TOO_LATE;
        if !in_time {
            self.due = now;
        }
        in_time
    }
}

/// What the caller says: samples at the other side's rate in, frames of 20 ms at 8 kHz out. What comes faster than it can be
/// heard waits, bounded, and the oldest is forgotten (F46).
pub(in crate::links) struct Intake {
    rate: Rate,
    narrow: Narrow,
    /// Of the next frame.
    part: Vec<i16>,
    waiting: VecDeque<[i16; FRAME]>,
}

impl Intake {
    pub(in crate::links) fn new(rate: Rate) -> Self {
        let (narrow, part) = (Narrow::from(rate), Vec::with_capacity(FRAME));
        Self { rate, narrow, part, waiting: VecDeque::new() }
    }

    /// Samples of 16 bit, little endian, a whole number of them. How many frames were forgotten for it.
    pub(in crate::links) fn take(&mut self, rate: Rate, samples: &[u8]) -> u64 {
        if rate != self.rate {
            (self.rate, self.narrow) = (rate, Narrow::from(rate));
        }
        // of so long a frame only the end would be kept
        let skipped = samples.len().saturating_sub(rate.bytes_of_20_ms() * MOST_WAITING);
        let skipped = skipped - skipped % rate.bytes_of_20_ms();
        let mut forgotten = (skipped / rate.bytes_of_20_ms()) as u64;
        for two in samples[skipped..].chunks_exact(2) {
            let Some(sample) = self.narrow.push(i16::from_le_bytes([two[0], two[1]])) else { continue };
            self.part.push(sample);
            let Ok(frame) = <[i16; FRAME]>::try_from(self.part.as_slice()) else { continue };
            self.part.clear();
            if self.is_full() {
                self.waiting.pop_front();
                forgotten += 1;
            }
            self.waiting.push_back(frame);
        }
        forgotten
    }

    /// Whether anything more makes it forget.
    pub(in crate::links) fn is_full(&self) -> bool {
        self.waiting.len() == MOST_WAITING
    }

    /// What is heard in this tick.
    pub(in crate::links) fn heard(&mut self) -> impl Iterator<Item = [i16; FRAME]> {
        self.waiting.drain(..self.waiting.len().min(HEARD_AT_ONCE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f46_the_oldest_is_forgotten_and_pieces_of_any_length_are_the_same_frames() {
        let mut intake = Intake::new(Rate::Hz8000);
        let samples: Vec<u8> = (0..FRAME as i16 * 3).flat_map(i16::to_le_bytes).collect();
        for piece in samples.chunks(34) {
            assert_eq!(intake.take(Rate::Hz8000, piece), 0);
        }
        let frames: Vec<_> = intake.heard().collect();
        assert_eq!(frames.concat(), (0..FRAME as i16 * 3).collect::<Vec<_>>());
        assert_eq!(intake.take(Rate::Hz8000, &vec![1; 320 * 150]), 50);
        assert!(intake.is_full());
        assert_eq!(intake.take(Rate::Hz8000, &vec![2; 320]), 1);
        assert_eq!(intake.heard().count(), HEARD_AT_ONCE);
        assert!(!intake.is_full());
        assert_eq!(intake.take(Rate::Hz16000, &vec![0; 640]), 0, "at another rate");
    }

    #[tokio::test(start_paused = true)]
    async fn f45_the_clock_does_not_drift_and_does_not_burst() {
        let began = Instant::now();
        let mut clock = Clock::from(began);
        for n in 1..=50 {
            clock.tick().await;
            tokio::time::advance(Duration::from_millis(7)).await;
            assert!(clock.done());
            assert_eq!(began.elapsed(), TICK * n + Duration::from_millis(7), "late by what it did last");
        }
        tokio::time::advance(Duration::from_millis(500)).await;
        clock.tick().await;
        assert!(!clock.done(), "half a second is not made up for");
        let late = Instant::now();
        clock.tick().await;
        assert!(clock.done());
        clock.tick().await;
        assert!(late.elapsed() >= TICK, "one frame at once, the next in its time");
    }
}
