//! The AudioSocket port, with the assistant of the settings, the voice of this machine, and whoever hears and thinks for it.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actors::ai::{Assistant, Phrases, SessionTold, Times, Words};
use actors::registry::Registry;
use actors::view::Text;
use parking_lot::RwLock;

use super::machine::{Machine, dialogue};
use super::tools::{AssistantTools, May};
use super::{Core, agi, ai_history, sounds, streaming};
use crate::config::{AssistantConfig, Config};
use crate::errands::Errands;
use crate::history::Journal;
use crate::links::audio_stream;
use crate::links::audiosocket::{Line, Peer, Port};
use crate::links::voices::{Caller, Ended, Host};
use crate::tickets::Tickets;
use crate::voice::dialogue::{Dialogue, Scripted};
use crate::voice::guard::{Guard, Guarded, Limits};
use crate::voice::{
    Ears, Espeak, Mind, Mouth, Ready, Roster, Tools, Wire, deepgram, elevenlabs, google, openai,
};

/// A voice that failed is tried again so much later.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// Serves assistants, where one is configured.
///
/// # Errors
/// When the host of a PBX is not known here, or the system refuses.
pub(super) fn start(
    config: &Config,
    listener: Option<TcpListener>,
    stream: Option<TcpListener>,
    core: &Core,
) -> io::Result<Ports> {
    let Some(assistant) = config.assistant.as_ref().filter(|_| listener.is_some() || stream.is_some()) else {
        return Ok(Ports::default());
    };
    let answering = Arc::new(Answering {
        ready: RwLock::default(),
        registry: core.registry.clone(),
        journal: core.journal.clone(),
    });
    let engines = Engines::of(config, assistant)?;
    let understands = engines.understand();
    let tools = core.errands.clone().zip(core.tickets.clone());
    prepare(config, assistant.clone(), engines, tools, &answering);
    let mut ports = Ports::default();
    if let Some(listener) = listener {
        let addr = listener.local_addr()?;
        let port = Port::serve(listener, peers(config, addr, core)?, answering.clone(), &core.root)?;
        log::info!("{} answers callers over AudioSocket on {addr}; {understands}", assistant.name);
        ports.audiosocket = Some(port);
    }
    if let Some((listener, stream)) = stream.zip(config.audio_stream.as_ref()) {
        let addr = listener.local_addr()?;
        let port = audio_stream::Port::serve(listener, streaming::gateways(stream)?, answering, &core.root)?;
        log::info!(
            "{} answers callers of FreeSWITCH over WebSocket on {addr}; {understands}",
            assistant.name
        );
        ports.audio_stream = Some(port);
    }
    Ok(ports)
}

/// Where voices come.
#[derive(Default)]
pub(super) struct Ports {
    audiosocket: Option<Port>,
    audio_stream: Option<audio_stream::Port>,
}

impl Ports {
    /// What they count.
    pub(super) fn counters(&self) -> Counted {
        Counted {
            audiosocket: self.audiosocket.as_ref().map(Port::counters),
            audio_stream: self.audio_stream.as_ref().map(audio_stream::Port::counters),
        }
    }

    /// After their conversations have stopped.
    pub(super) fn stop(self) {
        if let Some(port) = self.audiosocket {
            port.stop();
        }
        if let Some(port) = self.audio_stream {
            port.stop();
        }
    }
}

/// What ports of voices count.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) audiosocket: Option<Arc<crate::links::audiosocket::Counters>>,
    pub(super) audio_stream: Option<Arc<audio_stream::Counters>>,
}

/// PBXs, from where their voices come.
fn peers(config: &Config, addr: SocketAddr, core: &Core) -> io::Result<Vec<Peer>> {
    let mut peers = Vec::with_capacity(config.pbxs.len());
    for pbx in &config.pbxs {
        let agi::Peer { pbx, mut addresses } = agi::peer(pbx)?;
        if core.built_in.is_some() {
            // who connects to an address of this machine comes from there
            addresses.push(addr.ip().to_canonical());
        }
        let line = core.floors.iter().find(|floor| floor.name == pbx).map(|floor| Line {
            sightings: floor.sightings.clone(),
            actions: Some(floor.line.actions.clone()),
        });
        peers.push(Peer { pbx, addresses, line: line.unwrap_or_default() });
    }
    Ok(peers)
}

/// The one of the settings.
struct Alone(Text);

impl Roster for Alone {
    fn has(&self, id: &str) -> bool {
        self.0 == id
    }
}

/// Where assistants are served, and which there are; `None`: nowhere.
///
/// # Errors
/// When the system does not tell where.
pub(super) fn served(config: &Config, listener: Option<&TcpListener>) -> io::Result<agi::ServedVoices> {
    let (Some(listener), Some(assistant)) = (listener, &config.assistant) else { return Ok(None) };
    let roster: Arc<dyn Roster> = Arc::new(Alone(id_of(&assistant.name)));
    Ok(Some((listener.local_addr()?, roster)))
}

/// Who speaks, hears and thinks for an assistant.
struct Engines {
    mouth: Arc<dyn Mouth>,
    ears: Option<Arc<dyn Ears>>,
    mind: Option<Arc<dyn Mind>>,
    /// What the mind follows, where it is no model.
    dialogue: Option<Arc<Dialogue>>,
}

impl Engines {
    /// Deepgram hears and ElevenLabs speaks where their keys are configured; else Google; else this machine speaks, and a server
    /// of OpenAI's API hears. That server thinks. Where none is, this machine hears the answers that a dialogue expects, and no
    /// account is needed.
    fn of(config: &Config, of: &AssistantConfig) -> io::Result<Self> {
        let own = sounds::voice(config);
        let machine = Machine::start(config);
        let (google, openai) = (&config.google, &config.openai);
        let (deepgram, elevenlabs) = (&config.deepgram, &config.elevenlabs);
        if google.is_none() && openai.is_none() && deepgram.is_none() && elevenlabs.is_none() {
            let mouth = machine.mouth().unwrap_or_else(|| Arc::new(Espeak::new(own)));
            let dialogue = dialogue(config, of)?;
            let mind: Arc<dyn Mind> = Arc::new(Scripted::new(dialogue.clone()));
            return Ok(Self { mouth, ears: machine.ears(), mind: Some(mind), dialogue: Some(dialogue) });
        }
        let wire = Wire::start()?;
        let account = google.as_ref().map(|google| google::Account::read(&google.credentials)).transpose();
        let account =
            account.map_err(|why| io::Error::other(format!("GOOGLE_APPLICATION_CREDENTIALS: {why}")))?;
        let mouth: Arc<dyn Mouth> = if let Some(elevenlabs) = elevenlabs {
            watched(elevenlabs::Speech::new(elevenlabs, &wire), "ElevenLabs' voice")
        } else {
            match (google.as_ref().zip(account.as_ref()), own, openai) {
                (Some((google, account)), ..) => {
                    watched(google::Speech::new(google, &wire, account), "Google's voice")
                }
                // one that is named, or the only one
                (None, own, Some(openai)) if own.is_none() || openai.mouth_server != openai.server => {
                    watched(openai::Speech::new(openai, &wire), "the voice")
                }
                (None, own, _) => {
                    machine.mouth().unwrap_or_else(|| watched(Espeak::new(own), "the voice of this machine"))
                }
            }
        };
        let live = deepgram.as_ref().map(|deepgram| deepgram::Hearing::new(deepgram, &wire));
        let google = google.as_ref().zip(account.as_ref());
        let ears: Option<Arc<dyn Ears>> = match (live, google, openai) {
            (Some(live), ..) => Some(watched(live, "Deepgram's ears")),
            (None, Some((google, account)), _) => {
                Some(watched(google::Hearing::new(google, &wire, account), "Google's ears"))
            }
            (None, None, Some(openai)) => {
                Some(watched(openai::Hearing::new(openai, &wire), "speech to text"))
            }
            (None, None, None) => None,
        };
        let mind = openai
            .as_ref()
            .map(|openai| -> Arc<dyn Mind> { watched(openai::Chat::new(openai, &wire), "the model") });
        let dialogue = if mind.is_none() { Some(dialogue(config, of)?) } else { None };
        let scripted = || -> Option<Arc<dyn Mind>> { Some(Arc::new(Scripted::new(dialogue.clone()?))) };
        let mind = mind.or_else(scripted);
        Ok(Self { mouth, ears, mind, dialogue })
    }

    /// In words.
    fn understand(&self) -> &'static str {
        match (&self.ears, &self.dialogue) {
            (Some(_), None) => "what they say is understood and answered",
            (Some(_), Some(_)) => "it follows a dialogue, in words and by keys",
            (None, _) => "it hears that they speak, and understands keys only",
        }
    }
}

fn watched<T>(engine: T, name: &str) -> Arc<Guarded<T>> {
    Arc::new(Guarded::new(Arc::new(engine), Guard::new(name, Limits::default())))
}

/// Who answers, once he can speak.
struct Answering {
    ready: RwLock<Option<Arc<Ready>>>,
    /// Where the floor is told.
    registry: Registry,
    /// Keeps what was said; `None` where nothing is kept.
    journal: Option<Arc<Journal>>,
}

impl Host for Answering {
    fn assistant(&self, _pbx: &str, caller: Option<&Caller>) -> Option<Arc<Ready>> {
        let ready = self.ready.read().clone()?;
        let wanted = caller.map_or("", |caller| &caller.assistant);
        (wanted.is_empty() || ready.assistant.id == wanted).then_some(ready)
    }

    fn ended(&self, ended: Ended) {
        if let Some(journal) = &self.journal {
            journal.ai_session(ai_history::session(&ended));
        }
        let Ended { pbx, id, assistant, how, took, .. } = ended;
        log::info!("{assistant} talked with {id} of {pbx} for {} ms: {how:?}", took.as_millis());
    }

    fn told(&self, told: SessionTold) {
        if let Some(floor) = self.registry.sessions(&told.pbx) {
            floor.tell(told);
        }
    }
}

/// Speaks its phrases ahead; until that is done the dialplan goes on with callers.
fn prepare(
    config: &Config,
    of: AssistantConfig,
    engines: Engines,
    tools: Option<(Arc<Errands>, Tickets)>,
    answering: &Arc<Answering>,
) {
    let Engines { mouth, ears, mind, dialogue } = engines;
    let english = of.language.as_deref().map_or(config.english, |language| language == "en");
    let answering = Arc::downgrade(answering);
    actix::spawn(async move {
        while answering.strong_count() > 0 {
            let language = if english { "en" } else { "fr" };
            match Ready::prepare(assistant(&of, english, dialogue.as_deref()), language, mouth.clone()).await
            {
                Ok(mut ready) => {
                    ready.fallback = of.fallback.clone();
                    ready.ears = ears.clone();
                    ready.mind = mind.clone();
                    ready.prompt = of.prompt.clone().unwrap_or_default();
                    ready.tools = tools.clone().map(|(errands, tickets)| -> Arc<dyn Tools> {
                        Arc::new(AssistantTools::new(may(&of, english), errands, tickets, mind.clone()))
                    });
                    if let Some(answering) = answering.upgrade() {
                        *answering.ready.write() = Some(Arc::new(ready));
                    }
                    log::info!("{} is ready: its sentences are spoken", of.name);
                    return;
                }
                Err(why) => {
                    log::error!("{} cannot speak, and no caller is answered by it: {why}", of.name);
                }
            }
            actix::clock::sleep(AGAIN_AFTER).await;
        }
    });
}

/// What its model may have done.
fn may(of: &AssistantConfig, english: bool) -> May {
    May {
        assistant: id_of(&of.name).to_string(),
        english,
        tools: of.tools.clone(),
        places: of.places.clone(),
        tags: of.tags.clone(),
        bad_words: of.anger_words.clone(),
    }
}

/// As the machine needs it.
fn assistant(of: &AssistantConfig, english: bool, dialogue: Option<&Dialogue>) -> Assistant {
    let said = |own: &Option<String>, french: &str, in_english: &str| -> Text {
        own.as_deref().map(str::trim).unwrap_or(if english { in_english } else { french }).into()
    };
    let texts = |all: &[String]| all.iter().map(|one| one.as_str().into()).collect();
    let fillers = match (&of.fillers, english) {
        (Some(own), _) => texts(own),
        (None, true) => vec!["Let me see.".into(), "One moment, please.".into()],
        (None, false) => vec!["Laissez-moi voir.".into(), "Un instant, s'il vous plaît.".into()],
    };
    Assistant {
        id: id_of(&of.name),
        name: of.name.as_str().into(),
        phrases: Phrases {
            greeting: said(
                &of.greeting.clone().or_else(|| Some(dialogue?.greeting.clone())),
                "Bonjour. Pour parler à un conseiller, tapez zéro.",
                "Hello. To talk to somebody, press zero.",
            ),
            reminder: said(&of.reminder, "Êtes-vous toujours là ?", "Are you still there?"),
            fillers,
            sorry: said(
                &of.sorry,
                "Je n'ai pas compris. Utilisez les touches de votre téléphone.",
                "I did not understand. Please use the keys of your telephone.",
            ),
            handing_over: said(
                &of.handing_over,
                "Je vous mets en relation avec un conseiller.",
                "I am connecting you to somebody.",
            ),
            goodbye: said(&of.goodbye, "Au revoir.", "Goodbye."),
        },
        times: Times {
            silence: Duration::from_secs(of.silence_s.into()),
            whole: Duration::from_secs(of.longest_s.into()),
            ..Times::default()
        },
        words: Words {
            human: texts(&of.human_words),
            anger: texts(&of.anger_words),
            human_key: of.human_key,
        },
        takes_unknown: of.takes_unknown,
    }
}

/// `After sales` is `after-sales`.
fn id_of(name: &str) -> Text {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-").into()
}
