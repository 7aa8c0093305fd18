//! A voice for sentences: a program of this machine (`espeak-ng`), one sentence after the other.
//!
//! ```text
//! sentence ─is it spoken already?─▶ its file
//!     └─ no ─▶ queue (bounded, each once) ─▶ program, within 20 s ─▶ Sound ─▶ shelf      the next caller hears it
//! ```
//!
//! Who asks for what is not spoken yet is told so at once, or when it is, within a time that he says. The text goes to the program's input,
//! never among its arguments.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::{Notify, mpsc};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::audio::Sound;
use super::shelf::Shelf;
use super::{Language, hex};

/// Letters of a sentence.
pub const MOST_LETTERS: usize = 1_000;
/// Sentences that wait.
const MOST_WAITING: usize = 1_000;
/// Sentences that are kept; who was not asked for longest goes.
const MOST_KEPT: usize = 2_000;
/// Bytes that the program may give: two minutes of its own rate.
const MOST_BYTES: u64 = 8 << 20;
const WITHIN: Duration = Duration::from_secs(20);
/// What is usual, looked for on the path.
pub const USUAL: &str = "espeak-ng";
/// Moves when the same text would sound another way.
const MANNER: &str = "espeak-ng 1";

/// See the module.
pub(super) struct Voice {
    program: Option<PathBuf>,
    shelf: Shelf,
    kept: Mutex<Kept>,
    queue: mpsc::Sender<(String, Wanted)>,
    /// Told of each that was spoken, or could not be.
    made: Notify,
}

#[derive(Default)]
struct Kept {
    /// Those that are spoken, with when they were asked for last.
    spoken: HashMap<String, SystemTime>,
    /// Those that wait.
    waiting: HashSet<String>,
}

#[derive(Debug, Clone)]
struct Wanted {
    text: String,
    language: Language,
}

impl Voice {
    /// Without a program nothing new is spoken. Must be called inside a runtime.
    pub(super) fn start(program: Option<PathBuf>, root: &Path) -> Arc<Self> {
        let (queue, mut waiting) = mpsc::channel::<(String, Wanted)>(MOST_WAITING);
        let shelf = Shelf::at(root, "speech");
        let this = Arc::new(Self { program, shelf, kept: Mutex::default(), queue, made: Notify::new() });
        let voice = Arc::downgrade(&this);
        tokio::spawn(async move {
            if let Some(voice) = voice.upgrade() {
                let shelf = voice.shelf.clone();
                if let Ok(there) = spawn_blocking(move || shelf.all()).await {
                    voice.kept.lock().spoken.extend(there);
                }
            }
            while let Some((stem, wanted)) = waiting.recv().await {
                let Some(voice) = voice.upgrade() else { return };
                voice.make(stem, wanted).await;
            }
        });
        this
    }

    /// Whether it can speak.
    pub(super) fn is_there(&self) -> bool {
        self.program.is_some()
    }

    /// The file of that sentence; `None` when it is not spoken yet: then it will be.
    pub(super) fn spoken(&self, text: &str, language: Language) -> Option<String> {
        let text = tidy(text)?;
        let stem = stem_of(&text, language);
        let mut kept = self.kept.lock();
        if let Some(asked) = kept.spoken.get_mut(&stem) {
            *asked = SystemTime::now();
            return Some(stem);
        }
        if self.is_there() && kept.waiting.insert(stem.clone()) {
            let wanted = Wanted { text, language };
            if self.queue.try_send((stem.clone(), wanted)).is_err() {
                kept.waiting.remove(&stem);
                log::warn!("more than {MOST_WAITING} sentences wait to be spoken: one is passed over");
            }
        }
        None
    }

    /// The same, waiting so long for it at most.
    pub(super) async fn spoken_within(
        &self,
        time: Duration,
        text: &str,
        language: Language,
    ) -> Option<String> {
        if let Some(stem) = self.spoken(text, language) {
            return Some(stem);
        }
        let (stem, end) = (stem_of(&tidy(text)?, language), Instant::now() + time);
        loop {
            let made = self.made.notified();
            {
                let kept = self.kept.lock();
                if kept.spoken.contains_key(&stem) {
                    return Some(stem);
                }
                if !kept.waiting.contains(&stem) {
                    return None; // it could not be
                }
            }
            timeout_at(end, made).await.ok()?;
        }
    }

    /// That sentence, now.
    ///
    /// # Errors
    /// Why it cannot be spoken, in words.
    pub(super) async fn speak(&self, text: &str, language: Language) -> Result<Sound, String> {
        let text = tidy(text).ok_or_else(unsayable)?;
        let program = self.program.as_ref().ok_or(format!("there is no voice: {USUAL} is not installed"))?;
        say(program, &text, language).await
    }

    async fn make(&self, stem: String, wanted: Wanted) {
        let made = match self.speak(&wanted.text, wanted.language).await {
            Ok(sound) => {
                let (shelf, name) = (self.shelf.clone(), stem.clone());
                let put = spawn_blocking(move || shelf.put(&name, &sound.wav())).await;
                put.map_err(|e| e.to_string()).and_then(|done| done.map_err(|e| e.to_string()))
            }
            Err(why) => Err(why),
        };
        let mut kept = self.kept.lock();
        kept.waiting.remove(&stem);
        match made {
            Ok(()) => drop(kept.spoken.insert(stem, SystemTime::now())),
            Err(why) => log::warn!("a sentence of a flow cannot be spoken: {why}"),
        }
        while kept.spoken.len() > MOST_KEPT {
            let oldest = kept.spoken.iter().min_by_key(|(_, asked)| **asked).map(|(stem, _)| stem.clone());
            let Some(oldest) = oldest else { break };
            kept.spoken.remove(&oldest);
            self.shelf.remove(&oldest);
        }
        drop(kept);
        self.made.notify_waiters();
    }
}

fn unsayable() -> String {
    format!("expected 1 to {MOST_LETTERS} letters")
}

/// That sentence by that program, now.
///
/// # Errors
/// Why it cannot be spoken, in words.
pub async fn say(program: &Path, text: &str, language: Language) -> Result<Sound, String> {
    let text = tidy(text).ok_or_else(unsayable)?;
    let spoken = tokio::time::timeout(WITHIN, run(program, &text, language)).await;
    let bytes = spoken.map_err(|_| "the voice takes too long".to_owned())??;
    let sound = spawn_blocking(move || Sound::decode(bytes)).await.map_err(|e| e.to_string())?;
    sound.map_err(|why| why.words().to_owned())
}

/// Without what no voice says; `None` of nothing, and of too much.
fn tidy(text: &str) -> Option<String> {
    // brackets would be phonemes
    let said: String =
        text.chars().map(|c| if c.is_control() || "[]".contains(c) { ' ' } else { c }).collect();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    (!said.is_empty() && said.chars().count() <= MOST_LETTERS).then_some(said)
}

fn stem_of(text: &str, language: Language) -> String {
    let all = format!("{MANNER}\n{}\n{text}", language.word());
    hex(ring::digest::digest(&ring::digest::SHA256, all.as_bytes()).as_ref())
}

/// What the program gives: a WAV.
async fn run(program: &Path, text: &str, language: Language) -> Result<Vec<u8>, String> {
    let told = |what: &str, e: std::io::Error| format!("{what} {}: {e}", program.display());
    // calls come first
    let mut child = Command::new("nice")
        .args(["-n", "10"])
        .arg(program)
        .args(["-v", language.word(), "-s", "150", "--stdin", "--stdout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| told("could not run", e))?;
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let (Some(mut input), Some(output)) = (input, output) else { return Err("it has no pipes".into()) };
    input.write_all(text.as_bytes()).await.map_err(|e| told("could not write to", e))?;
    drop(input);
    let mut bytes = Vec::new();
    output.take(MOST_BYTES).read_to_end(&mut bytes).await.map_err(|e| told("could not read from", e))?;
    if bytes.len() as u64 == MOST_BYTES {
        return Err("the voice does not end".into());
    }
    let ended = child.wait().await.map_err(|e| told("could not wait for", e))?;
    if ended.success() { Ok(bytes) } else { Err(format!("{} ended with {ended}", program.display())) }
}

/// That program, where it stands on the path.
pub fn on_the_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A voice that does that with what it is told.
    fn program(folder: &Path, does: &str) -> PathBuf {
        let path = folder.join("voice");
        std::fs::write(&path, format!("#!/bin/sh\n{does}\n")).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("ours");
        path
    }

    async fn until(what: &str, mut is: impl FnMut() -> bool) {
        for _ in 0..3_000 {
            if is() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{what} never was");
    }

    #[tokio::test]
    async fn what_is_not_spoken_yet_is_spoken_once_and_kept_over_a_restart() {
        let root = tempfile::tempdir().expect("a folder");
        let sound = root.path().join("sound.wav");
        std::fs::write(&sound, super::super::wav::write(&[9_000; 11_025], 22_050)).expect("written");
        let told = root.path().join("told");
        let does =
            format!("echo \"$@\" >> {0}; cat >> {0}; echo >> {0}; cat {1}", told.display(), sound.display());
        let voice = Voice::start(Some(program(root.path(), &does)), root.path());
        let text = "--help $(reboot)\u{7} Bonjour";
        assert_eq!(voice.spoken(text, Language::French), None);
        until("spoken", || voice.spoken(text, Language::French).is_some()).await;
        let stem = voice.spoken(text, Language::French).expect("it was");
        assert!(Shelf::at(root.path(), "speech").has(&stem));
        let told = std::fs::read_to_string(told).expect("it was run");
        assert_eq!(told, "-v fr -s 150 --stdin --stdout\n--help $(reboot) Bonjour\n", "once, and as input");
        // who may wait hears it the first time, and nobody waits for a voice that fails
        let minute = Duration::from_secs(60);
        let waited = voice.spoken_within(minute, "Rebonjour", Language::French).await;
        assert!(waited.is_some_and(|stem| Shelf::at(root.path(), "speech").has(&stem)));
        drop(voice);
        let again = Voice::start(None, root.path());
        until("found", || again.spoken(text, Language::French).is_some()).await;
        assert_eq!(again.spoken(text, Language::English), None, "another language is another sentence");
    }

    #[tokio::test]
    async fn a_voice_that_fails_or_is_not_there_says_so() {
        let root = tempfile::tempdir().expect("a folder");
        let said =
            |voice: Arc<Voice>| async move { voice.speak("Bonjour", Language::French).await.map(|_| ()) };
        let failing = Voice::start(Some(program(root.path(), "cat > /dev/null; exit 3")), root.path());
        assert_eq!(failing.spoken_within(Duration::from_secs(60), "Bonsoir", Language::French).await, None);
        assert!(said(failing).await.is_err_and(|why| why.contains("exit status: 3")));
        let none = Voice::start(None, root.path());
        assert!(said(none.clone()).await.is_err_and(|why| why.contains("not installed")));
        assert_eq!(
            none.speak(&"é".repeat(1_001), Language::French).await,
            Err("expected 1 to 1000 letters".into())
        );
        assert_eq!(none.spoken("Bonjour", Language::French), None);
    }
}
