//! Sound at another rate, through a real low-pass.

use rubato::{FftFixedIn, Resampler};

/// Samples that are worked on in one go.
const PIECE: usize = 1_024;

/// From so many samples a second to so many.
///
/// # Errors
/// When no resampler can be made for these rates.
pub fn resample(samples: &[i16], from: u32, to: u32) -> Result<Vec<i16>, String> {
    if from == to || samples.is_empty() {
        return Ok(samples.to_vec());
    }
    let problem = |why: &dyn std::fmt::Display| format!("{from} Hz to {to} Hz: {why}");
    let (rate_in, rate_out) = (from as usize, to as usize);
    let made = FftFixedIn::<f32>::new(rate_in, rate_out, PIECE, 1, 1);
    let mut resampler = made.map_err(|why| problem(&why))?;
    let wanted = samples.len() * rate_out / rate_in;
    let mut late = resampler.output_delay();
    let mut out: Vec<i16> = Vec::with_capacity(wanted + PIECE);
    let mut pieces = samples.chunks(PIECE);
    // what is inside comes out behind silence
    while out.len() < wanted {
        let mut piece: Vec<f32> = pieces.next().unwrap_or_default().iter().map(|s| f32::from(*s)).collect();
        piece.resize(PIECE, 0.0);
        let made = resampler.process(&[piece], None).map_err(|why| problem(&why))?;
        for sample in made.into_iter().flatten() {
            if late > 0 {
                late -= 1;
            } else {
                out.push(sample.round().clamp(-32_768.0, 32_767.0) as i16);
            }
        }
    }
    out.truncate(wanted);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, rate: u32, samples: usize) -> Vec<i16> {
        let at = |n: usize| (n as f64 * hz * std::f64::consts::TAU / f64::from(rate)).sin() * 10_000.0;
        (0..samples).map(|n| at(n) as i16).collect()
    }

    fn loudness(samples: &[i16]) -> f64 {
        let sum: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
        (sum / samples.len() as f64).sqrt()
    }

    #[test]
    fn a_tone_keeps_its_place_and_what_a_telephone_cannot_carry_is_gone() {
        let low = resample(&tone(1_000.0, 22_050, 22_050), 22_050, 8_000).unwrap();
        assert_eq!(low.len(), 8_000);
        let wanted = tone(1_000.0, 8_000, 8_000);
        let off: Vec<i16> = low.iter().zip(&wanted).map(|(a, b)| a - b).collect();
        // within a quarter of a sample
        assert!(loudness(&off[200..7_800]) < 1_400.0, "{}", loudness(&off[200..7_800]));
        // 6 kHz would be heard as 2 kHz
        let high = resample(&tone(6_000.0, 22_050, 22_050), 22_050, 8_000).unwrap();
        assert!(loudness(&high[200..7_800]) < 50.0, "{}", loudness(&high[200..7_800]));
        let wide = resample(&tone(1_000.0, 8_000, 4_000), 8_000, 16_000).unwrap();
        assert_eq!(wide.len(), 8_000);
        assert!(resample(&[], 8_000, 16_000).unwrap().is_empty());
    }
}
