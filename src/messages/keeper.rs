//! Who keeps messages: told by callers' walks, never waited for by them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use actors::command::SoundFile;
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::mail::Mail;
use super::place::Places;
use super::store::{Begun, Message, Sites, Store};
use crate::audit::{Audit, Note};
use crate::auth::secrets;
use crate::db::{Db, Unavailable};
use crate::prompts::Sound;

/// What is told and not worked off yet.
const MOST_TOLD: usize = 10_000;
/// Between two looks at what is to be tried again.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Between two looks at what is too old, or what nobody knows.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// A file that does not grow for so long is whole.
const STILL: Duration = Duration::from_secs(1);
/// Looks at a file that goes on growing.
const MOST_LOOKS: u32 = 300;
/// Nobody speaks for longer, ms.
const LONGEST_MS: i64 = 600_000;
/// Mails of one look.
const MAILS: usize = 20;

/// How messages are kept.
pub struct Settings {
    /// The folder that is shared with the PBXs.
    pub shared: PathBuf,
    /// Names of those whose callers may leave some.
    pub pbxs: Vec<String>,
    /// Where each PBX sees that folder, by its name.
    pub seen: Vec<(String, PathBuf)>,
    /// To whom messages are mailed.
    pub mail: Option<Mail>,
    /// Days that they are kept, 0 for ever.
    pub days: u32,
    /// Notes what goes because it is too old.
    pub audit: Option<Audit>,
}

enum Told {
    Began(Begun),
    Ended(Begun),
}

/// See the module.
pub struct Messages {
    store: Store,
    places: Places,
    mail: Option<Mail>,
    days: u32,
    audit: Option<Audit>,
    pbxs: Vec<String>,
    seen: Vec<(String, PathBuf)>,
    /// Who is recorded now, by PBX and Uniqueid.
    open: Mutex<HashMap<(String, String), Begun>>,
    told: mpsc::Sender<Told>,
}

impl Messages {
    /// Kept there until the last handle is gone. Must be called inside a runtime.
    pub fn start(db: Db, settings: Settings) -> Arc<Self> {
        let (told, mut hears) = mpsc::channel(MOST_TOLD);
        let Settings { shared, pbxs, seen, mail, days, audit } = settings;
        let places = Places::below(&shared);
        let open = Mutex::default();
        let this = Arc::new(Self { store: Store { db }, places, mail, days, audit, pbxs, seen, open, told });
        let messages: Weak<Self> = Arc::downgrade(&this);
        tokio::spawn(async move {
            if let Some(messages) = messages.upgrade() {
                // before the first caller
                messages.prepare().await;
            }
            let (mut late, mut looked, mut swept) = (Vec::new(), Instant::now(), None::<Instant>);
            loop {
                let wait = LOOK_EVERY.saturating_sub(looked.elapsed());
                let next = tokio::time::timeout(wait, hears.recv()).await;
                let Some(messages) = messages.upgrade() else { return };
                match next {
                    Ok(Some(told)) => messages.take(told, &mut late).await,
                    Ok(None) => return,
                    Err(_) => {}
                }
                if looked.elapsed() < LOOK_EVERY {
                    continue;
                }
                for told in std::mem::take(&mut late) {
                    messages.take(told, &mut late).await;
                }
                if swept.is_none_or(|at| at.elapsed() > SWEEP_EVERY) && messages.sweep().await.is_ok() {
                    swept = Some(Instant::now());
                }
                looked = Instant::now();
            }
        });
        if this.mail.is_some() {
            let messages: Weak<Self> = Arc::downgrade(&this);
            tokio::spawn(async move {
                // apart: a mail server that hangs keeps no message from being listed
                while let Some(messages) = messages.upgrade() {
                    messages.mail_some().await;
                    drop(messages);
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            });
        }
        this
    }

    /// A file in which somebody speaks a prompt: as that PBX finds it, and its name. `None`: its path is no plain one, or
    /// the PBX is not one of ours.
    pub async fn speaking(&self, pbx: &str) -> Option<(SoundFile, String)> {
        let seen = self.seen.iter().find(|(name, _)| name == pbx)?.1.clone();
        let (places, of) = (self.places.clone(), pbx.to_owned());
        // where no caller is taken nobody made it yet
        let made = spawn_blocking(move || places.prepare(&of)).await;
        if let Ok(Err(why)) = made {
            log::error!("the folder of messages of {pbx} cannot be made: {why}");
        }
        let file = format!("s{}", secrets::id().ok()?);
        let path = seen.join("messages").join(pbx).join(&file);
        Some((SoundFile::parse(path.to_str()?).ok()?, file))
    }

    /// What was spoken into that file, once its phone has hung up; `None`: nothing is there, or nobody spoke. The file is
    /// no more then.
    pub async fn spoken(&self, pbx: &str, file: &str) -> Option<Sound> {
        self.until_whole(pbx, file).await;
        let (places, of, named) = (self.places.clone(), pbx.to_owned(), file.to_owned());
        let sound = spawn_blocking(move || places.sound(&of, &named)).await.ok().flatten();
        self.forget(pbx, file).await;
        sound
    }

    /// Where that caller is recorded, below the shared folder, without an end; twice the same while he is.
    pub fn place(&self, pbx: &str, uniqueid: &str, caller: &str, called: &str) -> Option<String> {
        let mut open = self.open.lock();
        let key = (pbx.to_owned(), uniqueid.to_owned());
        if let Some(begun) = open.get(&key) {
            return Some(format!("messages/{pbx}/{}", begun.file));
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let at_ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        let plain: String =
            uniqueid.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').take(60).collect();
        let random = secrets::id().ok()?;
        let text = |text: &str| text.chars().filter(|c| !c.is_control()).take(100).collect::<String>();
        let begun = Begun {
            id: format!("message-{random}"),
            pbx: pbx.to_owned(),
            uniqueid: text(uniqueid),
            caller: text(caller),
            called: text(called),
            at_ms,
            file: format!("m{plain}-{at_ms}-{random}"),
            flow: String::new(),
            node: String::new(),
        };
        let file = format!("messages/{pbx}/{}", begun.file);
        self.tell(Told::Began(begun.clone()));
        open.insert(key, begun);
        Some(file)
    }

    /// That caller's walk is over, at that node of that flow; nothing happens when he was not recorded.
    pub fn ended(&self, pbx: &str, uniqueid: &str, flow: &str, node: &str) {
        let begun = self.open.lock().remove(&(pbx.to_owned(), uniqueid.to_owned()));
        if let Some(begun) = begun {
            self.tell(Told::Ended(Begun { flow: flow.to_owned(), node: node.to_owned(), ..begun }));
        }
    }

    /// The newest 500 of these sites.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn list(&self, sites: &Sites) -> Result<Vec<Message>, Unavailable> {
        self.store.list(sites).await
    }

    /// That one, when it is of these sites.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn one(&self, id: &str, sites: &Sites) -> Result<Option<Message>, Unavailable> {
        self.store.one(id, sites).await
    }

    /// Its sound, a WAV; `None`: its file is not there.
    pub async fn sound(&self, message: &Message) -> Option<Vec<u8>> {
        let (places, pbx, file) = (self.places.clone(), message.pbx.clone(), message.file.clone());
        let read = spawn_blocking(move || places.read(&pbx, &file)).await.ok()?;
        read.map_err(|why| log::warn!("message {}: {why}", message.id)).ok()
    }

    /// Somebody heard it: who was first is kept.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn heard(&self, id: &str, by: &str) -> Result<(), Unavailable> {
        self.store.heard(id, by).await
    }

    /// It is no more, neither row nor file; whether it was there.
    ///
    /// # Errors
    /// When the database cannot be asked; then it stays.
    pub async fn remove(&self, message: &Message) -> Result<bool, Unavailable> {
        let gone = self.store.remove(&message.id).await?;
        self.forget(&message.pbx, &message.file).await;
        Ok(gone)
    }

    fn tell(&self, told: Told) {
        if self.told.try_send(told).is_err() {
            log::error!(
                "messages: more than {MOST_TOLD} wait for the database; the file stays, and is looked for later"
            );
        }
    }

    /// What the database did not take comes again.
    async fn take(self: &Arc<Self>, told: Told, late: &mut Vec<Told>) {
        let begun = match &told {
            Told::Began(begun) | Told::Ended(begun) => begun,
        };
        if self.store.begin(begun).await.is_err() {
            if late.len() < MOST_TOLD {
                late.push(told);
            }
            return;
        }
        if let Told::Ended(begun) = told {
            let messages = self.clone();
            tokio::spawn(async move {
                messages.until_whole(&begun.pbx, &begun.file).await;
                messages.decide(&begun.id, &begun.pbx, &begun.file).await;
            });
        }
    }

    /// Until Asterisk has written it all: it closes the file after it said that the caller is gone.
    async fn until_whole(&self, pbx: &str, file: &str) {
        let size = || async {
            let (places, pbx, file) = (self.places.clone(), pbx.to_owned(), file.to_owned());
            spawn_blocking(move || places.size(&pbx, &file)).await.ok().flatten()
        };
        let mut before = size().await;
        for _ in 0..MOST_LOOKS {
            tokio::time::sleep(STILL).await;
            let now = size().await;
            if now == before {
                return;
            }
            before = now;
        }
    }

    /// It is a message when there is sound in it; else nothing is left of it.
    async fn decide(&self, id: &str, pbx: &str, file: &str) {
        let (places, of, named) = (self.places.clone(), pbx.to_owned(), file.to_owned());
        let Ok(heard) = spawn_blocking(move || places.listen(&of, &named)).await else { return };
        let done = match heard {
            Some(ms) => self.store.keep(id, ms, self.mail.is_some()).await,
            None => {
                let gone = self.store.remove(id).await;
                if gone.is_ok() {
                    self.forget(pbx, file).await;
                }
                gone.map(drop)
            }
        };
        if done.is_err() {
            // the row has no duration yet: the next sweep looks at it again
            log::warn!("message {id}: the database is away, it is listed later");
        }
    }

    async fn forget(&self, pbx: &str, file: &str) {
        let (places, of, named) = (self.places.clone(), pbx.to_owned(), file.to_owned());
        if let Ok(Err(why)) = spawn_blocking(move || places.remove(&of, &named)).await {
            log::error!("the file of a message of {pbx} cannot be deleted: {why}");
        }
    }

    async fn mail_some(&self) {
        let Some(mail) = &self.mail else { return };
        for _ in 0..MAILS {
            let Ok(Some(message)) = self.store.next_mail().await else { return };
            let Some(sound) = self.sound(&message).await else { continue };
            let (mail, of) = (mail.clone(), message.clone());
            match spawn_blocking(move || mail.send(&of, sound)).await {
                Ok(Ok(())) => drop(self.store.mailed(&message.id).await),
                Ok(Err(why)) => {
                    log::warn!("message {} could not be mailed, it is tried again: {why}", message.id)
                }
                Err(why) => log::error!("message {}: {why}", message.id),
            }
        }
    }

    /// Has the folders ready in which PBXs write.
    async fn prepare(&self) {
        let (places, pbxs) = (self.places.clone(), self.pbxs.clone());
        let made = spawn_blocking(move || {
            for pbx in pbxs {
                if let Err(why) = places.prepare(&pbx) {
                    log::error!("the folder of messages of {pbx} cannot be made: {why}");
                }
            }
        });
        let _ = made.await;
    }

    /// Folders are there, what a process left behind is looked at, and what is too old goes.
    async fn sweep(&self) -> Result<(), Unavailable> {
        self.prepare().await;
        let (places, pbxs) = (self.places.clone(), self.pbxs.clone());
        let one = move |pbx: String| {
            let settled = places.settled(&pbx);
            (pbx, settled)
        };
        let found = spawn_blocking(move || pbxs.into_iter().map(one).collect::<Vec<_>>());
        for (pbx, files) in found.await.unwrap_or_default() {
            for file in self.store.unknown(&pbx, &files).await? {
                if let Some(begun) = of_file(&pbx, &file) {
                    self.store.begin(&begun).await?;
                } else if file.starts_with('s') {
                    // a prompt that was being spoken when Vigie ended
                    self.forget(&pbx, &file).await;
                }
            }
        }
        for (id, pbx, file) in self.store.unfinished(LONGEST_MS).await? {
            self.decide(&id, &pbx, &file).await;
        }
        self.end_old().await
    }

    async fn end_old(&self) -> Result<(), Unavailable> {
        let Some(days) = i32::try_from(self.days).ok().filter(|days| *days > 0) else { return Ok(()) };
        let old = self.store.old(days).await?;
        if old.is_empty() {
            return Ok(());
        }
        let note = |outcome, of| Note {
            who: "vigie".to_owned(),
            act: "delete_messages",
            on: "messages".to_owned(),
            outcome,
            of,
            with: json!({"messages": old.len(), "days": days}).as_object().cloned().unwrap_or_default(),
            ..Note::default()
        };
        let mut asked = None;
        if let Some(audit) = &self.audit {
            match audit.write(note("asked", None)).await {
                Ok(number) => asked = Some(number),
                Err(_) => {
                    log::warn!("messages that are too old stay: the audit log takes no entry");
                    return Ok(());
                }
            }
        }
        for message in &old {
            self.remove(message).await?;
        }
        if let Some(audit) = &self.audit {
            let _ = audit.write(note("done", asked)).await;
        }
        Ok(())
    }
}

/// What the name of a file says, where nothing else is known of it.
fn of_file(pbx: &str, file: &str) -> Option<Begun> {
    let (uniqueid, rest) = file.strip_prefix('m')?.split_once('-')?;
    let (at_ms, random) = rest.split_once('-')?;
    Some(Begun {
        id: format!("message-{random}"),
        pbx: pbx.to_owned(),
        uniqueid: uniqueid.to_owned(),
        caller: String::new(),
        called: String::new(),
        at_ms: at_ms.parse().ok()?,
        file: file.to_owned(),
        flow: String::new(),
        node: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_nobody_knows_says_when_and_of_which_channel_it_is() {
        let begun = of_file("paris", "m1795224500.12-1795224509123-ab_c-d").expect("ours");
        assert_eq!((begun.id.as_str(), begun.uniqueid.as_str()), ("message-ab_c-d", "1795224500.12"));
        assert_eq!(begun.at_ms, 1_795_224_509_123);
        for other in ["", "m", "m1-x-y", "x1-2-3", "music"] {
            assert_eq!(of_file("paris", other), None, "{other}");
        }
    }
}
