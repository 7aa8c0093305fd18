//! What callers hear, and where a PBX finds it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use actors::ivr::Caller;
use asterisk::agi::Prompt;

use crate::access::Access;
use crate::config::{Config, PbxConfig, SmtpConfig, SmtpTls, Voice};
use crate::db::{Cluster, Db};
use crate::messages::{self, Mail, Messages, Tls};
use crate::prompts::{self, Language, Means, Prompts};

use super::Core;

/// A caller waits so long for a sentence that holds what he said, or who he is.
const SPOKEN_WITHIN: Duration = Duration::from_secs(1);

/// Begins to follow prompts. Must be called inside a runtime.
pub(super) fn start(config: &Config, db: Db) -> Arc<Prompts> {
    let language = if config.english { Language::English } else { Language::French };
    Prompts::start(db, prompts::Settings { folder: folder(config), voice: voice(config), language })
}

/// The program that speaks.
pub(super) fn voice(config: &Config) -> Option<PathBuf> {
    match &config.voice {
        Voice::Usual => prompts::on_the_path(prompts::USUAL),
        Voice::Program(program) => Some(program.clone()),
        Voice::Off => None,
    }
}

/// Begins to keep what callers leave. Must be called inside a runtime.
///
/// # Errors
/// When an address of the settings is none.
pub(super) fn messages(
    config: &Config,
    db: Db,
    access: &Access,
    takes_callers: bool,
) -> io::Result<Arc<Messages>> {
    let audit = match access {
        Access::Accounts(accounts) => Some(accounts.audit.clone()),
        Access::Open => None,
    };
    let settings = messages::Settings {
        shared: folder(config),
        // nobody is recorded where no caller is taken
        pbxs: config.pbxs.iter().filter(|_| takes_callers).map(|pbx| pbx.name.clone()).collect(),
        seen: config.pbxs.iter().map(|pbx| (pbx.name.clone(), there(config, pbx))).collect(),
        mail: config.smtp.as_ref().map(|smtp| mail(smtp, config.english)).transpose()?,
        days: config.retention.messages_days,
        audit,
    };
    Ok(Messages::start(db, settings))
}

fn mail(smtp: &SmtpConfig, english: bool) -> io::Result<Mail> {
    let wrong =
        |key: &str, text: &str| io::Error::other(format!("{key}: `{text}`, expected an e-mail address"));
    let from = smtp.from.parse().map_err(|_| wrong("SMTP_FROM", &smtp.from))?;
    let to = smtp.to.iter().map(|text| text.parse().map_err(|_| wrong("SMTP_TO", text)));
    let tls = match smtp.tls {
        SmtpTls::Off => Tls::Off,
        SmtpTls::Start => Tls::Start,
        SmtpTls::Whole => Tls::Whole,
    };
    let (host, account) = (smtp.host.clone(), smtp.account.clone());
    Ok(Mail { host, port: smtp.port, tls, account, from, to: to.collect::<io::Result<_>>()?, english })
}

/// The folder that is shared with Asterisk: beside that of the data, which nobody else may enter.
pub(super) fn folder(config: &Config) -> PathBuf {
    if let Some(folder) = &config.sounds {
        return folder.clone();
    }
    let data = config.data.clone().unwrap_or_else(Cluster::default_folder);
    let mut name = data.file_name().map_or_else(|| OsString::from("vigie"), OsString::from);
    name.push("-sounds");
    data.with_file_name(name)
}

/// That folder as that PBX sees it.
fn there(config: &Config, pbx: &PbxConfig) -> PathBuf {
    pbx.sounds.clone().unwrap_or_else(|| folder(config))
}

/// What nodes of one PBX may play.
pub(super) struct Sounds {
    prompts: Option<Arc<Prompts>>,
    messages: Option<Arc<Messages>>,
    pbx: String,
    /// The shared folder as that PBX sees it.
    there: PathBuf,
}

impl Sounds {
    pub(super) fn of(config: &Config, pbx: &PbxConfig, core: &Core) -> Self {
        let there = there(config, pbx);
        let (prompts, messages) = (core.prompts.clone(), core.messages.clone());
        Self { prompts, messages, pbx: pbx.name.clone(), there }
    }

    /// What these words of a node mean: a prompt, a sound of the PBX, or a sentence.
    pub(super) fn sound(&self, words: &str) -> Option<Prompt> {
        let Some(prompts) = &self.prompts else { return Prompt::new(words).ok() };
        match prompts.means(words) {
            Means::Nothing => None,
            Means::Prompt(prompt) => self.at(&prompts.file(&prompt)),
            Means::Sound { .. } => Prompt::new(words.trim()).ok(),
            Means::Sentence => {
                let sound = self.speech(words, None);
                if sound.is_none() {
                    log::warn!("a caller does not hear a sentence of his flow: it is not spoken yet");
                }
                sound
            }
        }
    }

    /// That sentence, once it is spoken.
    pub(super) fn speech(&self, text: &str, language: Option<&str>) -> Option<Prompt> {
        let file = self.prompts.as_ref()?.speech(text, language)?;
        self.at(&file)
    }

    pub(super) fn has_voice(&self) -> bool {
        self.prompts.as_ref().is_some_and(|prompts| prompts.has_voice())
    }

    /// That sentence, spoken while a caller waits, who waits no longer than he notices.
    pub(super) async fn speech_soon(&self, text: &str, language: &str) -> Option<Prompt> {
        let file = self.prompts.as_ref()?.speech_within(SPOKEN_WITHIN, text, Some(language)).await;
        let Some(file) = file else {
            log::warn!("a caller does not hear a sentence of his flow: the voice is not ready with it");
            return None;
        };
        self.at(&file)
    }

    /// Where that caller's message is recorded.
    pub(super) fn message(&self, caller: &Caller) -> Option<Prompt> {
        let messages = self.messages.as_ref()?;
        self.at(&messages.place(&self.pbx, &caller.uniqueid, &caller.number, &caller.called)?)
    }

    fn at(&self, file: &str) -> Option<Prompt> {
        let path = self.there.join(Path::new(file));
        let told = Prompt::new(path.to_str()?);
        if let Err(why) = &told {
            log::warn!("{} cannot be played, set VIGIE_SOUNDS: {why}", path.display());
        }
        told.ok()
    }
}
