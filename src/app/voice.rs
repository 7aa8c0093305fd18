//! The AudioSocket port, with the assistant of the settings, the voice of this machine, and whoever hears and thinks for it.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actors::ai::{Assistant, Phrases, Times, Words};
use actors::view::Text;
use parking_lot::RwLock;

use super::{Core, agi, sounds};
use crate::config::{AssistantConfig, Config};
use crate::links::audiosocket::{Ended, Host, Line, Peer, Port};
use crate::voice::guard::{Guard, Guarded, Limits};
use crate::voice::openai::{Chat, Hearing, Speech};
use crate::voice::{Ears, Espeak, Mind, Mouth, Ready, Wire};

/// A voice that failed is tried again so much later.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// Serves assistants, where one is configured.
///
/// # Errors
/// When the host of a PBX is not known here, or the system refuses.
pub(super) fn start(config: &Config, listener: Option<TcpListener>, core: &Core) -> io::Result<Option<Port>> {
    let (Some(listener), Some(assistant)) = (listener, &config.assistant) else { return Ok(None) };
    let addr = listener.local_addr()?;
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
    let answering = Arc::new(Answering::default());
    prepare(config, assistant.clone(), Engines::of(config)?, &answering);
    let port = Port::serve(listener, peers, answering, &core.root)?;
    let understands = match &config.openai {
        Some(openai) => format!("{} understands them and answers", openai.server.host),
        None => "it hears that they speak, and understands keys only".to_owned(),
    };
    log::info!("{} answers callers over AudioSocket on {addr}; {understands}", assistant.name);
    Ok(Some(port))
}

/// Who speaks, hears and thinks for an assistant.
struct Engines {
    mouth: Arc<dyn Mouth>,
    ears: Option<Arc<dyn Ears>>,
    mind: Option<Arc<dyn Mind>>,
}

impl Engines {
    /// The voice of this machine where there is one; a server that speaks OpenAI's API, where one is configured.
    fn of(config: &Config) -> io::Result<Self> {
        let own = sounds::voice(config);
        let Some(openai) = &config.openai else {
            return Ok(Self { mouth: Arc::new(Espeak::new(own)), ears: None, mind: None });
        };
        let wire = Wire::start()?;
        let watch = |name: &str| Guard::new(name, Limits::default());
        let mouth: Arc<dyn Mouth> = match own {
            Some(_) => Arc::new(Espeak::new(own)),
            None => Arc::new(Guarded::new(Arc::new(Speech::new(openai, &wire)), watch("the voice"))),
        };
        let ears = Guarded::new(Arc::new(Hearing::new(openai, &wire)), watch("speech to text"));
        let mind = Guarded::new(Arc::new(Chat::new(openai, &wire, Vec::new())), watch("the model"));
        Ok(Self { mouth, ears: Some(Arc::new(ears)), mind: Some(Arc::new(mind)) })
    }
}

/// Who answers, once he can speak.
#[derive(Default)]
struct Answering {
    ready: RwLock<Option<Arc<Ready>>>,
}

impl Host for Answering {
    fn assistant(&self, _pbx: &str) -> Option<Arc<Ready>> {
        self.ready.read().clone()
    }

    fn ended(&self, ended: Ended) {
        let Ended { pbx, uuid, assistant, how, took, .. } = ended;
        log::info!("{assistant} talked with {uuid} of {pbx} for {} ms: {how:?}", took.as_millis());
    }
}

/// Speaks its phrases ahead; until that is done the dialplan goes on with callers.
fn prepare(config: &Config, of: AssistantConfig, engines: Engines, answering: &Arc<Answering>) {
    let Engines { mouth, ears, mind } = engines;
    let english = of.language.as_deref().map_or(config.english, |language| language == "en");
    let answering = Arc::downgrade(answering);
    actix::spawn(async move {
        while answering.strong_count() > 0 {
            let language = if english { "en" } else { "fr" };
            match Ready::prepare(assistant(&of, english), language, mouth.clone()).await {
                Ok(mut ready) => {
                    ready.fallback = of.fallback.clone();
                    ready.ears = ears.clone();
                    ready.mind = mind.clone();
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

/// As the machine needs it.
fn assistant(of: &AssistantConfig, english: bool) -> Assistant {
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
                &of.greeting,
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
