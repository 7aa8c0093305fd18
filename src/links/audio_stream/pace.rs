//! Whether what comes is what was told: a minute has as many samples as its rate has. Twice as many are two channels or another
//! rate, half as many are G.711 or another rate; either sounds as noise, to every ear.

use std::time::Duration;

use asterisk::audiosocket::Rate;
use tokio::time::Instant;

/// Frames of one length that are looked at together: 2 s of the usual 20 ms.
const FRAMES: u32 = 100;
/// So many of them in a row say the same: bursts and lost frames are no coincidence twice.
const TIMES: u32 = 2;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// As stereo is, or a rate twice as high.
    TwiceAsMuch,
    /// As G.711 is, or a rate half as high.
    HalfAsMuch,
}

/// See the module.
pub(super) struct Pace {
    began: Option<Instant>,
    length: usize,
    frames: u32,
    times: u32,
    last: Option<Wrong>,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { began: None, length: 0, frames: 0, times: 0, last: None }
    }

    /// One more frame of so many bytes; what is wrong, once it is certain.
    pub(super) fn frame(&mut self, rate: Rate, bytes: usize, now: Instant) -> Option<Wrong> {
        let Some(began) = self.began.filter(|_| self.length == bytes) else {
            *self = Self { began: Some(now), length: bytes, ..Self::new() };
            return None;
        };
        self.frames += 1;
        if self.frames < FRAMES {
            return None;
        }
        let found = judged(rate, bytes, now - began);
        self.times = if found.is_some() && found == self.last { self.times + 1 } else { 1 };
        (self.last, self.began, self.frames) = (found, Some(now), 0);
        found.filter(|_| self.times >= TIMES)
    }
}

/// What so many frames in that time are.
fn judged(rate: Rate, bytes: usize, took: Duration) -> Option<Wrong> {
    let expected = f64::from(rate.hz()) * 2.0 * took.as_secs_f64();
    let share = bytes as f64 * f64::from(FRAMES) / expected;
    if (1.9..2.1).contains(&share) {
        Some(Wrong::TwiceAsMuch)
    } else if (0.475..0.525).contains(&share) {
        Some(Wrong::HalfAsMuch)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rate: Rate, bytes: usize, every_ms: u64, frames: u32) -> Option<Wrong> {
        let (mut pace, began) = (Pace::new(), Instant::now());
        (0..frames).find_map(|n| pace.frame(rate, bytes, began + Duration::from_millis(every_ms) * n))
    }

    #[tokio::test]
    async fn stereo_and_g711_are_told_from_what_was_agreed_by_the_clock() {
        let (narrow, wide) = (Rate::Hz8000, Rate::Hz16000);
        assert_eq!(found(narrow, 640, 20, 300), Some(Wrong::TwiceAsMuch), "stereo");
        assert_eq!(found(narrow, 160, 20, 300), Some(Wrong::HalfAsMuch), "G.711");
        assert_eq!(found(wide, 320, 20, 300), Some(Wrong::HalfAsMuch), "8 kHz that is called 16");
        assert_eq!(found(wide, 1_280, 20, 300), Some(Wrong::TwiceAsMuch));
        for (rate, bytes, every_ms) in
            [(narrow, 320, 20), (narrow, 640, 40), (narrow, 160, 10), (wide, 640, 20)]
        {
            assert_eq!(found(rate, bytes, every_ms, 3_000), None, "{rate:?} {bytes} {every_ms}");
        }
        assert_eq!(found(narrow, 320, 0, 500), None, "a burst is no stereo");
        assert_eq!(found(narrow, 640, 20, 200), None, "once is no certainty");
    }
}
