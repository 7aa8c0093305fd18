//! Between 8 kHz, in which everything here is heard and said, and what the other side speaks.

use asterisk::audiosocket::Rate;

use super::FRAME;

/// From the other side's rate to 8 kHz: each sample is the mean of those that it stands for.
#[derive(Debug)]
pub(in crate::links) struct Narrow {
    hz: u32,
    phase: u32,
    sum: i32,
    count: i32,
}

impl Narrow {
    pub(in crate::links) fn from(rate: Rate) -> Self {
        Self { hz: rate.hz(), phase: 0, sum: 0, count: 0 }
    }

    /// One sample; gives one as often as 8 kHz has them.
    pub(in crate::links) fn push(&mut self, sample: i16) -> Option<i16> {
        self.sum += i32::from(sample);
        self.count += 1;
        self.phase += 8_000;
        if self.phase < self.hz {
            return None;
        }
        self.phase -= self.hz;
        let mean = self.sum / self.count;
        (self.sum, self.count) = (0, 0);
        Some(mean as i16) // a mean of such is one
    }
}

/// From 8 kHz to the other side's rate, along straight lines.
#[derive(Debug, Default)]
pub(in crate::links) struct Widen {
    /// The last sample of the frame before.
    last: i16,
}

impl Widen {
    /// 20 ms as they go over the wire.
    pub(in crate::links) fn frame(&mut self, rate: Rate, frame: &[i16; FRAME]) -> Vec<u8> {
        let before = std::mem::replace(&mut self.last, frame[FRAME - 1]);
        let count = rate.bytes_of_20_ms() / 2;
        if count == FRAME {
            return frame.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        }
        let at = |n: usize| i64::from(n.checked_sub(1).map_or(before, |n| frame[n]));
        let sample = |k: usize| {
            // between two samples, in parts of `count`; the last of the frame is the last that comes out
            let place = (k + 1) * FRAME;
            let (whole, part) = (place / count, (place % count) as i64);
            let next = at((whole + 1).min(FRAME));
            ((at(whole) * (count as i64 - part) + next * part) / count as i64) as i16
        };
        (0..count).flat_map(|k| sample(k).to_le_bytes()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_goes_out_at_every_rate_and_comes_back_as_it_was() {
        let tone: Vec<i16> = (0..1_600).map(|n| ((n as f64 * 0.25).sin() * 12_000.0) as i16).collect();
        for rate in Rate::ALL {
            let (mut widen, mut narrow) = (Widen::default(), Narrow::from(rate));
            let mut back = Vec::new();
            for frame in tone.chunks_exact(FRAME) {
                let bytes = widen.frame(rate, frame.try_into().unwrap());
                assert_eq!(bytes.len(), rate.bytes_of_20_ms(), "{rate:?}");
                let samples = bytes.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]]));
                back.extend(samples.filter_map(|sample| narrow.push(sample)));
            }
            assert_eq!(back.len(), tone.len(), "{rate:?}: nothing is lost, nothing is added");
            // half a sample to a whole one later, and a little softer
            let off = |shift: usize| {
                let pairs = tone.iter().zip(&back[shift..]);
                pairs.map(|(a, b)| i32::from(a - b).abs()).max().unwrap_or(i32::MAX)
            };
            assert!(off(0).min(off(1)) < 3_500, "{rate:?}: {} {}", off(0), off(1));
        }
    }
}
