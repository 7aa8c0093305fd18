//! Sounds of the stories: tones, and how much of one is in what came.

/// A WAV of one channel and 16 bits with that tone.
pub fn tone(hz: f32, rate: u32, seconds: f32) -> Vec<u8> {
    let count = (rate as f32 * seconds) as u32;
    let at = |n: u32| (n as f32 * hz * std::f32::consts::TAU / rate as f32).sin() * 12_000.0;
    let data: Vec<u8> = (0..count).flat_map(|n| (at(n) as i16).to_le_bytes()).collect();
    wav(rate, &data)
}

/// A WAV of one channel and 16 bits with that in it.
pub fn wav(rate: u32, data: &[u8]) -> Vec<u8> {
    let mut file = b"RIFF".to_vec();
    file.extend((data.len() as u32 + 36).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(rate.to_le_bytes());
    file.extend((rate * 2).to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

/// How much of a WAV as Asterisk has it (8 kHz, one channel, 16 bits, a head of 44 bytes) is that tone, 0 to 1.
pub fn share(file: &[u8], hz: f32) -> f32 {
    let samples = file.get(44..).unwrap_or_default().chunks_exact(2);
    let samples: Vec<f32> = samples.map(|two| f32::from(i16::from_le_bytes([two[0], two[1]]))).collect();
    let (mut re, mut im, mut all) = (0.0_f32, 0.0_f32, 1.0_f32);
    for (n, value) in samples.iter().enumerate() {
        let angle = n as f32 * hz * std::f32::consts::TAU / 8_000.0;
        re += value * angle.cos();
        im += value * angle.sin();
        all += value * value;
    }
    2.0 * (re * re + im * im) / (all * samples.len().max(1) as f32)
}

/// A vowel as a throat makes it, at 8 kHz: pulses whose distance wanders, through three resonances, swelling and fading.
pub fn voice(ms: usize) -> Vec<i16> {
    let mut pulses = vec![0.0_f64; ms * 8];
    let (mut next, mut count) = (0.0_f64, 0_u32);
    while (next as usize) < pulses.len() {
        pulses[next as usize] = 1.0;
        count += 1;
        next += 8_000.0 / (125.0 + 15.0 * (f64::from(count) * 0.21).sin());
    }
    let mut out = vec![0.0_f64; pulses.len()];
    for (hz, width, loud) in [(650.0, 80.0, 1.0), (1_100.0, 90.0, 0.6), (2_500.0, 120.0, 0.3)] {
        let r = (-std::f64::consts::PI * width / 8_000.0_f64).exp();
        let a = 2.0 * r * (std::f64::consts::TAU * hz / 8_000.0_f64).cos();
        let (mut one, mut two) = (0.0, 0.0);
        for (sum, pulse) in out.iter_mut().zip(&pulses) {
            let y = pulse + a * one - r * r * two;
            (two, one) = (one, y);
            *sum += y * loud;
        }
    }
    let swell = |n: usize| 0.6 + 0.4 * (n as f64 * std::f64::consts::TAU * 4.0 / 8_000.0).sin();
    out.iter().enumerate().map(|(n, y)| (y * swell(n) * 5_000.0).clamp(-32_000.0, 32_000.0) as i16).collect()
}
