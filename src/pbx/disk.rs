//! Sounds and messages as files: how long one is, and one in which somebody murmurs.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use super::agi::Sounds;

/// Formats that Asterisk plays, with bytes a second.
const FORMATS: [(&str, u64); 8] = [
    ("wav", 16_000),
    ("wav16", 32_000),
    ("sln", 16_000),
    ("sln16", 32_000),
    ("ulaw", 8_000),
    ("alaw", 8_000),
    ("gsm", 1_650),
    ("g722", 8_000),
];
/// What a WAV file begins with.
const WAV_HEADER: u64 = 44;
const SAMPLE_RATE: u32 = 8_000;
/// Of a message.
const LONGEST_MS: u64 = 600_000;

/// Sounds of this machine's disk.
pub const ON_DISK: Sounds = Sounds { file_ms, keep };

fn file_ms(name: &str) -> Option<u64> {
    FORMATS.iter().find_map(|(format, bytes_a_second)| {
        let length = fs::metadata(format!("{name}.{format}")).ok().filter(fs::Metadata::is_file)?.len();
        let header = if format.starts_with("wav") { WAV_HEADER } else { 0 };
        Some(length.saturating_sub(header) * 1_000 / bytes_a_second)
    })
}

/// A message of that length, in which somebody murmurs.
fn keep(name: &str, ms: u64) -> bool {
    let name = format!("{name}.wav");
    let path = Path::new(&name);
    path.is_absolute() && write(path, ms).is_ok()
}

fn write(path: &Path, ms: u64) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let samples = u32::try_from(ms.min(LONGEST_MS)).unwrap_or(0) * (SAMPLE_RATE / 1_000);
    let data = samples * 2;
    let mut header = b"RIFF".to_vec();
    header.extend((data + 36).to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(16_u32.to_le_bytes());
    // PCM, one channel
    header.extend([1, 0, 1, 0]);
    header.extend(SAMPLE_RATE.to_le_bytes());
    header.extend((SAMPLE_RATE * 2).to_le_bytes());
    header.extend([2, 0, 16, 0]);
    header.extend(b"data");
    header.extend(data.to_le_bytes());
    let mut file = File::create(path)?;
    header.extend((0..samples).flat_map(|sample| murmur(sample).to_le_bytes()));
    file.write_all(&header)
}

/// A low voice without words, three syllables a second.
fn murmur(sample: u32) -> i16 {
    let turn = |hz: f64| (f64::from(sample) * hz / f64::from(SAMPLE_RATE) * std::f64::consts::TAU).sin();
    let voice = turn(140.0) + turn(280.0) / 2.0 + turn(1_100.0) / 4.0;
    (turn(1.5).abs() * voice * 5_000.0) as i16
}
