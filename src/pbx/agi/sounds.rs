//! How long a sound is. Nobody hears it; time passes for who would.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Names and lengths in ms of Asterisk's core sounds, in French where there is one.
static CORE: LazyLock<HashMap<&'static str, u64>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let (name, ms) = line.split_once(' ')?;
        Some((name, ms.parse().ok()?))
    };
    include_str!("core_sounds.txt").lines().filter_map(line).collect()
});

/// Where sounds are that do not come with Asterisk, and where messages are recorded.
#[derive(Debug, Clone, Copy)]
pub struct Sounds {
    /// Length in ms of the file of that absolute name without its format; `None`: there is none.
    pub file_ms: fn(&str) -> Option<u64>,
    /// Keeps a message of so many ms in that file, whose name has no format; false when it cannot be written.
    pub keep: fn(&str, u64) -> bool,
}

impl Default for Sounds {
    /// Nowhere: there are core sounds only, and messages are lost.
    fn default() -> Self {
        Self { file_ms: |_| None, keep: |_, _| true }
    }
}

impl Sounds {
    /// How long that sound is, in ms; `None`: there is no such sound.
    pub fn ms(&self, name: &str) -> Option<u64> {
        if name.starts_with('/') { (self.file_ms)(name) } else { CORE.get(name).copied() }
    }
}
