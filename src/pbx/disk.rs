//! Sounds and messages as files: how long one is, and one that nobody spoke.

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

/// Sounds of this machine's disk.
pub const ON_DISK: Sounds = Sounds { file_ms, keep };

fn file_ms(name: &str) -> Option<u64> {
    FORMATS.iter().find_map(|(format, bytes_a_second)| {
        let length = fs::metadata(format!("{name}.{format}")).ok().filter(fs::Metadata::is_file)?.len();
        let header = if format.starts_with("wav") { WAV_HEADER } else { 0 };
        Some(length.saturating_sub(header) * 1_000 / bytes_a_second)
    })
}

/// Silence that takes no room: the file has its length, and a hole.
fn keep(name: &str, ms: u64) -> bool {
    let name = format!("{name}.wav");
    let path = Path::new(&name);
    path.is_absolute() && write(path, ms).is_ok()
}

fn write(path: &Path, ms: u64) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let data = u32::try_from(ms * u64::from(SAMPLE_RATE) * 2 / 1_000).unwrap_or(u32::MAX - 64);
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
    file.write_all(&header)?;
    file.set_len(WAV_HEADER + u64::from(data))
}
