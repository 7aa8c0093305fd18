//! Settings: what an administrator writes, read once at the start and checked.
//!
//! Three sources, the first that has a value wins: the environment, a `.env` file of `KEY=VALUE`
//! lines (read, never exported), `vigie.toml`. Keys of the first two:
//!
//! | key | meaning | default |
//! |---|---|---|
//! | `HTTP_ADDR` | where the page and the API listen; loopback only without accounts | `127.0.0.1:8080` |
//! | `AMI_HOST` | host of the PBX | |
//! | `AMI_PORT` | its AMI port | 5038, 5039 with TLS |
//! | `AMI_USERNAME`, `AMI_SECRET` | account of `manager.conf` | |
//! | `AMI_TLS` | `true`: AMI over TLS | `false` |
//! | `AMI_TLS_CA` | PEM file of the authority that signed the PBX's certificate | the system's |
//! | `AGI_PORT`, `AGI_HOST` | where Asterisk hands callers over ([`AgiConfig`]); `off`: nowhere | 4573 where a PBX is configured, else one that is free; loopback when all PBXs are on this machine |
//! | `AGI_TOKEN` | what `?token=` of the address in the dialplan must be | none |
//! | `AUDIOSOCKET_PORT`, `AUDIOSOCKET_HOST` | where Asterisk brings the voices of callers to `[assistant]` of `vigie.toml` ([`AssistantConfig`]); `off`: nowhere | 9090; as `AGI_HOST` |
//! | `AUDIOSOCKET_DIAL` | `host:port` of that, as PBXs reach it, for nodes `ai` of flows | its address; where it is served on all, the one of this machine by which the PBX is reached |
//! | `VIGIE_FLOW_HTTP_HOSTS` | servers that flows may ask ([`HttpHost`]), with commas: those alone, also in private networks; `none`: nobody | any on the Internet, none in a private network |
//! | `VIGIE_CAPTURES` | folder for captures of events that made an actor fail twice; made when needed | `vigie-captures` |
//! | `DATABASE_URL` | `postgres://user:password@host/name`; `none`: nothing is kept | a private cluster |
//! | `DB_HOST`, `DB_PORT`, `DB_USER`, `DB_PASSWORD`, `DB_NAME` | the same in parts, as existing `.env` files have it | |
//! | `VIGIE_DATA` | folder of the private cluster and of what waits for the database | `/var/lib/vigie` for root, `~/.local/share/vigie` |
//! | `VIGIE_ZONE`, `VIGIE_DAY_START` | zone and hour at which the days of figures begin ([`FiguresConfig`]) | the system's, `00:00` |
//! | `VIGIE_THRESHOLD_S`, `VIGIE_SHORT_ABANDON_S` | what service levels count as in time, and abandons as short | 20, 5 |
//! | `VIGIE_KEEP_CALLS_DAYS`, `VIGIE_KEEP_QUEUES_DAYS`, `VIGIE_KEEP_AGENTS_DAYS` | days that what happened is kept, 0 for ever ([`RetentionConfig`]) | 365, 730, 365 |
//! | `VIGIE_SOUNDS` | folder that is shared with Asterisk: prompts, spoken sentences, messages of callers; made when needed | the folder of `VIGIE_DATA` with `-sounds` behind its name |
//! | `AMI_SOUNDS` | where the PBX sees that folder | at the same place |
//! | `VIGIE_VOICE` | the program that speaks, `espeak-ng` or one that takes the same; `off`: none | `espeak-ng`, where it is installed |
//! | `VIGIE_LANGUAGE` | `fr` or `en`: in which language sentences of flows are spoken that do not say it | `fr` |
//! | `VIGIE_KEEP_RECORDINGS_DAYS` | days that recordings are kept, 0 for ever ([`RetentionConfig`]) | 183, of those that Vigie began |
//! | `VIGIE_KEEP_MESSAGES_DAYS` | days that messages of callers are kept, 0 for ever | 183 |
//! | `VIGIE_KEEP_AI_DAYS` | days that conversations with assistants are kept, 0 for ever | 183 |
//! | `SMTP_HOST`, `SMTP_PORT`, `SMTP_TLS` | the server by which messages of callers are mailed ([`SmtpConfig`]); `starttls`, `tls` or `off` | none; 587, 465 or 25; `starttls` |
//! | `SMTP_USER`, `SMTP_PASSWORD`, `SMTP_FROM`, `SMTP_TO` | who gives it there, from whom and to whom (several with commas) it is | |
//! | `OPENAI_API_KEY`, `OPENAI_BASE_URL` | key and address of a server that speaks OpenAI's API ([`OpenAiConfig`]): OpenAI's, or vLLM, Ollama, Groq, faster-whisper; one of the two is needed | none; `https://api.openai.com/v1` |
//! | `OPENAI_MODEL`, `OPENAI_SYSTEM_PROMPT` | the model that answers, and what it is told where an assistant says nothing | `gpt-4o-mini`; none |
//! | `OPENAI_STT_BASE_URL`, `OPENAI_TTS_BASE_URL` | who hears and who speaks, where these are other servers; they are not given the key | `OPENAI_BASE_URL` |
//! | `OPENAI_STT_MODEL`, `OPENAI_TTS_MODEL`, `OPENAI_TTS_VOICE` | who hears and who speaks there | `whisper-1`, `tts-1`, `alloy` |
//! | `GOOGLE_APPLICATION_CREDENTIALS` | file with the key of a service account that may use Google's speech ([`GoogleConfig`]) | none |
//! | `GOOGLE_TTS_VOICE`, `GOOGLE_TTS_LANGUAGE` | who speaks there, and the language where none is told | `fr-FR-Wavenet-A`, `fr-FR` |
//! | `VIGIE_AUTH` | `off`: no accounts, loopback only; `on` needs a database | `on` |
//! | `VIGIE_ORIGINS` | as which pages of ours reach browsers: `https://vigie.example.com`, several with commas | this machine's names and addresses |
//! | `VIGIE_PROXIES` | addresses whose `X-Forwarded-For` is believed, with commas | nobody's |
//! | `VIGIE_METRICS_TOKEN` | with which `/metrics` may be read from elsewhere | loopback only |
//! | `VIGIE_ALLOW_PLAIN_AMI` | `1`: allow the secret over plain TCP outside loopback (S07) | refused |
//!
//! They describe one PBX. `vigie.toml` describes one or more as `[[pbx]]` ([`PbxConfig`]); with
//! exactly one there, the keys above win over its fields. An unknown key of `vigie.toml` is refused,
//! so is an unknown `VIGIE_` key of `.env`. Every error names the file, the line or key, what was wrong and
//! what was expected. Nothing here opens a socket.

mod agi;
mod assistant;
mod database;
mod doors;
mod env_file;
mod figures;
mod google;
mod hosts;
mod openai;
mod pbx;
mod retention;
mod secret;
mod smtp;
mod toml_file;
mod toml_words;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub use agi::AgiConfig;
pub use assistant::{AssistantConfig, TOOLS};
pub use database::Database;
pub use doors::{Doors, Origin};
pub use figures::FiguresConfig;
pub use google::GoogleConfig;
pub use hosts::HttpHost;
pub use openai::{BaseUrl, OpenAiConfig};
pub use pbx::PbxConfig;
pub use retention::RetentionConfig;
pub use secret::Secret;
pub use smtp::{SmtpConfig, SmtpTls};

/// Everything `vigie serve` needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the page and the API listen. Loopback unless there are accounts.
    pub http_addr: SocketAddr,
    /// The PBXs to link to; empty: the built-in one.
    pub pbxs: Vec<PbxConfig>,
    /// Where Asterisk hands callers over; `None`: nowhere.
    pub agi: Option<AgiConfig>,
    /// Who answers callers by voice, and where; `None`: nobody.
    pub assistant: Option<AssistantConfig>,
    /// `host:port` at which PBXs reach it; `None`: as it is served.
    pub audiosocket_dial: Option<String>,
    /// Servers that flows may ask; `None`: any on the Internet.
    pub flow_http_hosts: Option<Vec<HttpHost>>,
    /// Folder for captures of events that made an actor fail twice; they name callers.
    pub captures: PathBuf,
    /// Where what happened is kept.
    pub database: Database,
    /// Folder of the private cluster and of what waits for the database; `None`: the usual one.
    pub data: Option<PathBuf>,
    /// The folder that is shared with Asterisk; `None`: the usual one, beside `data`.
    pub sounds: Option<PathBuf>,
    /// The program that speaks.
    pub voice: Voice,
    /// Sentences whose language is not told are English; else French.
    pub english: bool,
    /// `[numbers]`: which numbers may be dialled; `None`: the default plan.
    pub numbers: Option<NumbersSection>,
    /// Zone and rules of figures.
    pub figures: FiguresConfig,
    /// How long what happened is kept.
    pub retention: RetentionConfig,
    /// By which server messages of callers are mailed; `None`: they are not.
    pub smtp: Option<SmtpConfig>,
    /// The server that hears, thinks and speaks as OpenAI's does; `None`: there is none.
    pub openai: Option<OpenAiConfig>,
    /// Google's speech; `None`: it is not asked.
    pub google: Option<GoogleConfig>,
    /// Whether people log in; never without a database.
    pub auth: bool,
    /// Under which names pages are asked for, and whom to believe about the client.
    pub doors: Doors,
    /// With which `/metrics` may be read from elsewhere.
    pub metrics_token: Option<Secret>,
}

/// Which program speaks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Voice {
    /// The usual one, where it is installed.
    #[default]
    Usual,
    /// That one.
    Program(PathBuf),
    /// None.
    Off,
}

/// `[numbers]` as it is written: what it means is for the rules of numbers, which read it at the start.
#[derive(Debug, Clone)]
pub struct NumbersSection {
    /// File and line.
    pub place: String,
    /// Its keys.
    pub plan: toml::Table,
}

/// A setting that cannot be used: where it stands, what was wrong, what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// `environment`, or the file with its line: `vigie.toml:12`.
    pub place: String,
    /// The key, empty when the file as a whole cannot be read.
    pub key: String,
    /// What was wrong and what was expected, lowercase.
    pub problem: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(f, "{}: {}", self.place, self.problem)
        } else {
            write!(f, "{}: {}: {}", self.place, self.key, self.problem)
        }
    }
}

impl std::error::Error for ConfigError {}

/// A value and where it was written, for errors.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) text: String,
    pub(crate) place: String,
}

/// The environment and `.env` as one table of the keys we know.
pub(crate) struct Keys(BTreeMap<String, Found>);

/// Keys read from the environment and `.env`; other keys there belong to other programs.
const KEYS: [&str; 61] = [
    "HTTP_ADDR",
    "AMI_HOST",
    "AMI_PORT",
    "AMI_USERNAME",
    "AMI_SECRET",
    "AMI_TLS",
    "AMI_TLS_CA",
    "AMI_RECORDINGS",
    "AMI_SOUNDS",
    "VIGIE_ALLOW_PLAIN_AMI",
    "AGI_HOST",
    "AGI_PORT",
    "AGI_TOKEN",
    "AUDIOSOCKET_DIAL",
    "AUDIOSOCKET_HOST",
    "AUDIOSOCKET_PORT",
    "VIGIE_FLOW_HTTP_HOSTS",
    "VIGIE_CAPTURES",
    "DATABASE_URL",
    "DB_HOST",
    "DB_PORT",
    "DB_USER",
    "DB_PASSWORD",
    "DB_NAME",
    "VIGIE_DATA",
    "VIGIE_SOUNDS",
    "VIGIE_VOICE",
    "VIGIE_LANGUAGE",
    "VIGIE_ZONE",
    "VIGIE_DAY_START",
    "VIGIE_THRESHOLD_S",
    "VIGIE_SHORT_ABANDON_S",
    "VIGIE_KEEP_CALLS_DAYS",
    "VIGIE_KEEP_QUEUES_DAYS",
    "VIGIE_KEEP_AGENTS_DAYS",
    "VIGIE_KEEP_RECORDINGS_DAYS",
    "VIGIE_KEEP_MESSAGES_DAYS",
    "VIGIE_KEEP_AI_DAYS",
    "SMTP_HOST",
    "SMTP_PORT",
    "SMTP_TLS",
    "SMTP_USER",
    "SMTP_PASSWORD",
    "SMTP_FROM",
    "SMTP_TO",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_TTS_VOICE",
    "GOOGLE_TTS_LANGUAGE",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_MODEL",
    "OPENAI_SYSTEM_PROMPT",
    "OPENAI_STT_BASE_URL",
    "OPENAI_STT_MODEL",
    "OPENAI_TTS_BASE_URL",
    "OPENAI_TTS_MODEL",
    "OPENAI_TTS_VOICE",
    "VIGIE_AUTH",
    "VIGIE_ORIGINS",
    "VIGIE_PROXIES",
    "VIGIE_METRICS_TOKEN",
];

const ENVIRONMENT: &str = "environment";

impl Keys {
    fn new(
        environment: &mut dyn Iterator<Item = (String, String)>,
        env_file: Vec<(String, Found)>,
    ) -> Result<Self, ConfigError> {
        let environment = environment.map(|(k, text)| (k, Found { text, place: ENVIRONMENT.to_owned() }));
        let mut table = BTreeMap::new();
        for (key, found) in env_file.into_iter().chain(environment) {
            if KEYS.contains(&key.as_str()) {
                // An empty value is how many deployments say "not set".
                if !found.text.is_empty() {
                    table.insert(key, found);
                }
            } else if key.starts_with("VIGIE_") && found.place != ENVIRONMENT {
                return Err(ConfigError {
                    place: found.place,
                    key,
                    problem: format!("unknown key, expected one of {}", KEYS.join(", ")),
                });
            }
        }
        Ok(Self(table))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Found> {
        self.0.get(key)
    }

    pub(crate) fn flag(&self, key: &str) -> Result<Option<bool>, ConfigError> {
        self.get(key)
            .map(|found| match found.text.as_str() {
                "1" | "true" | "yes" | "on" => Ok(true),
                "0" | "false" | "no" | "off" => Ok(false),
                other => Err(found.error(key, format!("`{other}`, expected true or false"))),
            })
            .transpose()
    }
}

impl Found {
    pub(crate) fn error(&self, key: &str, problem: String) -> ConfigError {
        ConfigError { place: self.place.clone(), key: key.to_owned(), problem }
    }
}

impl Config {
    /// Reads the process's environment, `.env` and `vigie.toml` of that folder (either may be
    /// absent), or `toml` when the command line names another file (which must exist).
    pub fn load(folder: &Path, toml: Option<&Path>) -> Result<Self, ConfigError> {
        let environment = std::env::vars_os()
            .filter_map(|(k, v)| Some((k.into_string().ok()?, v.to_string_lossy().into_owned())));
        Self::read(folder, toml, environment)
    }

    /// The same with a given environment.
    pub fn read(
        folder: &Path,
        toml: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let env_path = folder.join(".env");
        let env_file = match read_file(&env_path)? {
            Some(text) => env_file::parse(&text, ".env")?,
            None => Vec::new(),
        };
        let keys = Keys::new(&mut environment.into_iter(), env_file)?;
        let toml_path = toml.map_or_else(|| folder.join("vigie.toml"), Path::to_path_buf);
        let mut file = match read_file(&toml_path)? {
            Some(text) => toml_file::parse(&text, &name_of(&toml_path))?,
            None if toml.is_some() => {
                return Err(ConfigError {
                    place: toml_path.display().to_string(),
                    key: String::new(),
                    problem: "no such file".to_owned(),
                });
            }
            None => toml_file::File::default(),
        };
        let numbers = file.numbers.clone();
        let database = Database::read(&keys)?;
        let auth = auth(&keys, &database)?;
        let http_addr = http_addr(&keys, &file, auth)?;
        let captures =
            resolve(folder, keys.get("VIGIE_CAPTURES").map_or("vigie-captures", |found| &found.text));
        let retention = RetentionConfig::read(&keys, file.retention.take())?;
        let figures = FiguresConfig::read(&keys, file.figures.take())?;
        let assistant = file.assistant.take();
        let pbxs = pbx::collect(&keys, file, folder)?;
        let agi = AgiConfig::read(&keys, &pbxs, &database)?;
        let assistant = AssistantConfig::read(&keys, &pbxs, assistant)?;
        let doors = doors(&keys, auth)?;
        let metrics_token = metrics_token(&keys)?;
        let data = keys.get("VIGIE_DATA").map(|found| resolve(folder, &found.text));
        let sounds = keys.get("VIGIE_SOUNDS").map(|found| resolve(folder, &found.text));
        let voice = match keys.get("VIGIE_VOICE").map(|found| found.text.as_str()) {
            None => Voice::Usual,
            Some("off") => Voice::Off,
            Some(program) => Voice::Program(resolve(folder, program)),
        };
        Ok(Self {
            http_addr,
            pbxs,
            agi,
            assistant,
            audiosocket_dial: assistant::dial(&keys)?,
            flow_http_hosts: hosts::read(&keys)?,
            captures,
            database,
            data,
            sounds,
            voice,
            english: english(&keys)?,
            numbers,
            figures,
            retention,
            smtp: SmtpConfig::read(&keys)?,
            openai: OpenAiConfig::read(&keys)?,
            google: GoogleConfig::read(&keys, folder)?,
            auth,
            doors,
            metrics_token,
        })
    }
}

fn http_addr(keys: &Keys, file: &toml_file::File, auth: bool) -> Result<SocketAddr, ConfigError> {
    let found = keys.get("HTTP_ADDR").cloned().or_else(|| file.http_addr.clone());
    let Some(found) = found else { return Ok(SocketAddr::from(([127, 0, 0, 1], 8080))) };
    let wrong = |problem: String| found.error("HTTP_ADDR", problem);
    let addr: SocketAddr = found.text.parse().map_err(|_| {
        wrong(format!("`{}`, expected an address and a port such as 127.0.0.1:8080", found.text))
    })?;
    if !auth && !addr.ip().is_loopback() {
        return Err(wrong(format!(
            "`{addr}` can be reached by others, expected a loopback address such as 127.0.0.1:8080 \
             since VIGIE_AUTH is off: there are no accounts"
        )));
    }
    Ok(addr)
}

/// On unless told otherwise; accounts stand in the database.
fn auth(keys: &Keys, database: &Database) -> Result<bool, ConfigError> {
    let wanted = keys.flag("VIGIE_AUTH")?;
    if wanted != Some(false) && matches!(database, Database::Nothing) {
        let place = keys.get("DATABASE_URL").map_or_else(String::new, |found| found.place.clone());
        let problem = "none: accounts stand in the database, expected VIGIE_AUTH=off with it (then there are no accounts, \
            and only this machine is served)";
        return Err(ConfigError { place, key: "DATABASE_URL".to_owned(), problem: problem.to_owned() });
    }
    Ok(wanted.unwrap_or(true))
}

/// In which language sentences are that do not say it.
fn english(keys: &Keys) -> Result<bool, ConfigError> {
    match keys.get("VIGIE_LANGUAGE") {
        None => Ok(false),
        Some(found) => match found.text.as_str() {
            "fr" => Ok(false),
            "en" => Ok(true),
            other => Err(found.error("VIGIE_LANGUAGE", format!("`{other}`, expected fr or en"))),
        },
    }
}

fn doors(keys: &Keys, auth: bool) -> Result<Doors, ConfigError> {
    let list = |key: &str| keys.get(key).map(|found| (found.clone(), found.text.split(',').map(str::trim)));
    let mut doors = Doors { any_address: auth, ..Doors::default() };
    if let Some((found, origins)) = list("VIGIE_ORIGINS") {
        for text in origins {
            doors.origins.push(Origin::parse(text).map_err(|problem| found.error("VIGIE_ORIGINS", problem))?);
        }
    }
    if let Some((found, proxies)) = list("VIGIE_PROXIES") {
        for text in proxies {
            let wrong = |_| found.error("VIGIE_PROXIES", format!("`{text}`, expected an IP address"));
            doors.proxies.push(text.parse().map_err(wrong)?);
        }
    }
    Ok(doors)
}

fn metrics_token(keys: &Keys) -> Result<Option<Secret>, ConfigError> {
    let Some(found) = keys.get("VIGIE_METRICS_TOKEN") else { return Ok(None) };
    let long = (16..=200).contains(&found.text.len()) && found.text.bytes().all(|b| b.is_ascii_graphic());
    // the value is not shown: it is a secret
    let wrong =
        || found.error("VIGIE_METRICS_TOKEN", "expected 16 to 200 letters, digits and signs".to_owned());
    if long { Ok(Some(Secret::new(found.text.clone()))) } else { Err(wrong()) }
}

fn read_file(path: &Path) -> Result<Option<String>, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(ConfigError {
            place: path.display().to_string(),
            key: String::new(),
            problem: format!("could not be read: {e}"),
        }),
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

/// A path of the configuration: absolute, or from the folder that `vigie` was started in.
fn resolve(folder: &Path, text: &str) -> PathBuf {
    folder.join(text)
}

#[cfg(test)]
mod tests;
