//! The newest picture, the files that belong to it, and changes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use tokio::task::spawn_blocking;

use super::audio::Sound;
use super::book::{Language, Prompt, PromptBook};
use super::known::Means;
use super::shelf::Shelf;
use super::store::{Denied, New, Store, Write};
use super::uses::Use;
use super::voice::Voice;
use crate::db::{Db, Unavailable};

/// How often the database is asked for its version.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Before the first picture.
const FIRST_EVERY: Duration = Duration::from_millis(100);
/// How often files are compared with the picture though nothing changed.
const FILES_EVERY: Duration = Duration::from_secs(600);

/// Where prompts are kept.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder that is shared with Asterisk, as it is seen from here.
    pub folder: PathBuf,
    /// The program that speaks; `None`: there is no voice.
    pub voice: Option<PathBuf>,
    /// Of sentences that do not say theirs.
    pub language: Language,
}

/// See the module.
pub struct Prompts {
    store: Store,
    newest: RwLock<Option<Arc<PromptBook>>>,
    shelf: Shelf,
    voice: Arc<Voice>,
    /// Files are put there by one at a time.
    turn: tokio::sync::Mutex<()>,
    root: PathBuf,
    language: Language,
}

/// How far a follower is.
#[derive(Default)]
struct Followed {
    flows: Option<i64>,
    filled: Option<(i64, Instant)>,
}

impl Prompts {
    /// Kept there, and followed until the last handle is gone. Must be called inside a runtime.
    pub fn start(db: Db, settings: Settings) -> Arc<Self> {
        if settings.voice.is_none() {
            log::info!("there is no voice (VIGIE_VOICE): sentences of flows are not spoken");
        }
        let this = Arc::new(Self {
            store: Store { db },
            newest: RwLock::default(),
            shelf: Shelf::at(&settings.folder, "prompts"),
            voice: Voice::start(settings.voice, &settings.folder),
            turn: tokio::sync::Mutex::default(),
            root: settings.folder,
            language: settings.language,
        });
        let prompts: Weak<Self> = Arc::downgrade(&this);
        tokio::spawn(async move {
            let mut followed = Followed::default();
            loop {
                let Some(prompts) = prompts.upgrade() else { return };
                let pause = if prompts.now().is_some() { LOOK_EVERY } else { FIRST_EVERY };
                prompts.look(&mut followed).await;
                drop(prompts);
                tokio::time::sleep(pause).await;
            }
        });
        this
    }

    /// The newest picture; `None` before the database was reached for the first time.
    pub fn now(&self) -> Option<Arc<PromptBook>> {
        self.newest.read().clone()
    }

    /// The folder that is shared with Asterisk.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether sentences can be spoken.
    pub fn has_voice(&self) -> bool {
        self.voice.is_there()
    }

    /// What words of a node mean.
    pub fn means(&self, words: &str) -> Means {
        match self.now() {
            Some(book) => book.means(words),
            None => PromptBook::default().means(words),
        }
    }

    /// Whether there is something to play for words of a node, for who publishes a flow. What may be there is taken to be:
    /// a sound in a folder of the PBX, and a sentence where there is no voice yet.
    pub fn knows(&self, words: &str) -> bool {
        match self.means(words) {
            Means::Sound { known } => known,
            Means::Nothing | Means::Prompt(_) | Means::Sentence => true,
        }
    }

    /// The file of that prompt below the shared folder, without its end.
    pub fn file(&self, prompt: &Prompt) -> String {
        format!("prompts/{}", prompt.stem())
    }

    /// The file of that sentence below the shared folder, without its end; `None` while it is not spoken: then it
    /// will be, where there is a voice.
    pub fn speech(&self, text: &str, language: Option<&str>) -> Option<String> {
        let language = language.and_then(Language::of).unwrap_or(self.language);
        self.voice.spoken(text, language).map(|stem| format!("speech/{stem}"))
    }

    /// The same, waiting so long for it at most.
    pub async fn speech_within(&self, time: Duration, text: &str, language: Option<&str>) -> Option<String> {
        let language = language.and_then(Language::of).unwrap_or(self.language);
        self.voice.spoken_within(time, text, language).await.map(|stem| format!("speech/{stem}"))
    }

    /// That sentence as a sound, now.
    ///
    /// # Errors
    /// Why it cannot be spoken, in words.
    pub async fn speak(&self, text: &str, language: Language) -> Result<Sound, String> {
        self.voice.speak(text, language).await
    }

    /// The sound of a prompt, a WAV; `None` when it was replaced meanwhile.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn sound(&self, prompt: &Prompt) -> Result<Option<Vec<u8>>, Unavailable> {
        self.store.sound(&prompt.id, &prompt.checksum).await
    }

    /// Which flows name it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn uses(&self, prompt: &Prompt) -> Result<Vec<Use>, Unavailable> {
        self.store.uses(prompt).await
    }

    /// A new one. It can be played when this returns.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn add(
        &self,
        id: &str,
        name: &str,
        language: Language,
        new: New,
    ) -> Result<Arc<Prompt>, Denied> {
        self.change(Write::Add(id.into(), name.into(), language, new), id).await?.ok_or(Denied::Gone)
    }

    /// Another sound for that one.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn replace(&self, id: &str, new: New) -> Result<Arc<Prompt>, Denied> {
        self.change(Write::Replace(id.into(), new), id).await?.ok_or(Denied::Gone)
    }

    /// Another name and language for that one.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn name(&self, id: &str, name: &str, language: Language) -> Result<Arc<Prompt>, Denied> {
        self.change(Write::Name(id.into(), name.into(), language), id).await?.ok_or(Denied::Gone)
    }

    /// That one is no more.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn remove(&self, id: &str) -> Result<(), Denied> {
        self.change(Write::Remove(id.into()), id).await.map(drop)
    }

    async fn change(&self, write: Write, id: &str) -> Result<Option<Arc<Prompt>>, Denied> {
        let after = Arc::new(self.store.change(write).await?);
        let changed = after.prompts.get(id).cloned();
        if let Some(prompt) = &changed {
            self.fill(prompt).await;
        }
        self.show(after);
        Ok(changed)
    }

    /// It is the newest now, unless there is a newer one.
    fn show(&self, read: Arc<PromptBook>) {
        let mut newest = self.newest.write();
        if newest.as_ref().is_none_or(|known| known.version < read.version) {
            *newest = Some(read);
        }
    }

    async fn look(&self, followed: &mut Followed) {
        // away: the last picture stays, and the log has why
        let Ok(version) = self.store.version().await else { return };
        if self.now().is_none_or(|known| known.version != version)
            && let Ok(read) = self.store.load().await
        {
            self.show(Arc::new(read));
        }
        let due = |at: Instant| at.elapsed() > FILES_EVERY;
        if followed.filled.is_none_or(|(filled, at)| filled != version || due(at)) {
            self.fill_all().await;
            followed.filled = Some((version, Instant::now()));
        }
        self.prepare(followed).await;
    }

    /// What flows say is spoken before a caller comes.
    async fn prepare(&self, followed: &mut Followed) {
        if !self.has_voice() {
            return;
        }
        let Ok(version) = self.store.flows_version().await else { return };
        if followed.flows == Some(version) {
            return;
        }
        let Ok(said) = self.store.said().await else { return };
        for (text, language) in said {
            // what a variable will hold is not known before
            if !text.contains('{') && self.means(&text) == Means::Sentence {
                let _ = self.speech(&text, language.as_deref());
            }
        }
        followed.flows = Some(version);
    }

    async fn fill_all(&self) {
        let Some(book) = self.now() else { return };
        for prompt in book.prompts.values() {
            self.fill(prompt).await;
        }
        let (shelf, stems) = (self.shelf.clone(), book.prompts.values().map(|one| one.stem()));
        let stems: HashSet<String> = stems.collect();
        let _ = spawn_blocking(move || shelf.keep(&stems)).await;
    }

    /// Its file is there; the log has why when it cannot be.
    async fn fill(&self, prompt: &Prompt) {
        let _turn = self.turn.lock().await;
        let (shelf, stem) = (self.shelf.clone(), prompt.stem());
        if spawn_blocking(move || shelf.has(&stem)).await.unwrap_or(false) {
            return;
        }
        let Ok(Some(sound)) = self.sound(prompt).await else { return };
        let (shelf, stem) = (self.shelf.clone(), prompt.stem());
        if let Ok(Err(why)) = spawn_blocking(move || shelf.put(&stem, &sound)).await {
            log::error!("prompt {} cannot be put into {}: {why}", prompt.name, self.root.display());
        }
    }
}
