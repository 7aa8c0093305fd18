//! Tones: what a detector of voices takes for one, and is none. A steady sum of two sines is foretold from its last four
//! samples nearly without an error, and its loudness does not move; no voice holds both for long.

use std::collections::VecDeque;

use super::play::FRAME;

/// Sines are foretold from twice as many samples.
const ORDER: usize = 4;
/// What is left of a tone when it was foretold: less than that part of its power.
const LEFT: f64 = 0.02;
/// Frames over which its loudness must hold: 120 ms.
const FRAMES: usize = 6;
/// How far it may move, as a factor of power: 1 dB.
const MOVES: f64 = 1.26;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Steady {
    /// Power of the last frames, each of which is foretold well.
    powers: VecDeque<f64>,
}

impl Steady {
    /// Whether it has been a tone for a while, this frame included.
    pub(super) fn frame(&mut self, frame: &[i16; FRAME]) -> bool {
        let samples = frame.map(f64::from);
        let power = samples.iter().map(|sample| sample * sample).sum::<f64>();
        if power == 0.0 || left(&samples) > LEFT {
            self.powers.clear();
            return false;
        }
        self.powers.push_back(power);
        if self.powers.len() > FRAMES {
            self.powers.pop_front();
        }
        let (low, high) =
            self.powers.iter().fold((f64::MAX, 0.0_f64), |(low, high), one| (low.min(*one), high.max(*one)));
        self.powers.len() == FRAMES && high <= low * MOVES
    }
}

/// Which part of its power cannot be foretold, 0 to 1: least squares over the frame.
fn left(samples: &[f64; FRAME]) -> f64 {
    let product =
        |i: usize, j: usize| -> f64 { (ORDER..FRAME).map(|n| samples[n - i] * samples[n - j]).sum() };
    let whole = product(0, 0);
    if whole <= 0.0 {
        return 1.0;
    }
    let mut rows = [[0.0; ORDER + 1]; ORDER];
    for (i, row) in rows.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate().take(ORDER) {
            *cell = product(i + 1, j + 1);
        }
        row[ORDER] = product(0, i + 1);
        // a single sine needs two samples only: the rest would be any numbers
        row[i] += whole * 1e-9;
    }
    let wanted = rows.map(|row| row[ORDER]);
    let Some(factors) = solve(rows) else { return 1.0 };
    let foretold: f64 = factors.iter().zip(wanted).map(|(factor, with)| factor * with).sum();
    ((whole - foretold) / whole).clamp(0.0, 1.0)
}

/// Gauss, with the greatest of each column first.
fn solve(mut rows: [[f64; ORDER + 1]; ORDER]) -> Option<[f64; ORDER]> {
    for at in 0..ORDER {
        let best = (at..ORDER).max_by(|a, b| rows[*a][at].abs().total_cmp(&rows[*b][at].abs()))?;
        rows.swap(at, best);
        let pivot = rows[at];
        if pivot[at] == 0.0 {
            return None;
        }
        for row in rows.iter_mut().skip(at + 1) {
            let factor = row[at] / pivot[at];
            row.iter_mut().zip(pivot).for_each(|(cell, above)| *cell -= factor * above);
        }
    }
    let mut found = [0.0; ORDER];
    for at in (0..ORDER).rev() {
        let known: f64 = (at + 1..ORDER).map(|n| rows[at][n] * found[n]).sum();
        found[at] = (rows[at][ORDER] - known) / rows[at][at];
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(sample: impl Fn(usize) -> f64) -> usize {
        let mut steady = Steady::default();
        (0..50)
            .filter(|frame| steady.frame(&std::array::from_fn(|n| sample(frame * FRAME + n) as i16)))
            .count()
    }

    fn sine(n: usize, hz: f64) -> f64 {
        (n as f64 * hz * std::f64::consts::TAU / 8_000.0).sin() * 6_000.0
    }

    #[test]
    fn one_sine_and_two_are_tones_after_120_ms() {
        assert_eq!(heard(|n| sine(n, 440.0)), 45);
        assert_eq!(heard(|n| sine(n, 350.0) + sine(n, 440.0)), 45);
        assert_eq!(heard(|n| sine(n, 697.0) + sine(n, 1_209.0)), 45, "a key");
        // as a line of 8 bits would have it
        assert_eq!(heard(|n| (sine(n, 1_000.0) / 128.0).round() * 128.0), 45);
    }

    #[test]
    fn silence_noise_and_what_moves_are_none() {
        assert_eq!(heard(|_| 0.0), 0);
        let noise = |n: usize| ((n as u32).wrapping_mul(2_654_435_761) >> 18) as f64 - 8_192.0;
        assert_eq!(heard(noise), 0);
        assert_eq!(heard(|n| sine(n, 440.0) * (1.0 + 0.5 * sine(n, 4.0) / 6_000.0)), 0, "its loudness moves");
        let vowel = |n: usize| (1..20).map(|k| sine(n, 120.0 * k as f64) / k as f64).sum::<f64>();
        assert_eq!(heard(vowel), 0, "a voice has many");
    }
}
