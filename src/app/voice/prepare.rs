//! Assistants that are published are made ready: their sentences are spoken before a caller hears one. The version before
//! answers until that is done, and goes on when it cannot be.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use actors::ai::{Assistant, Phrases, Times, Words};
use actors::board::Board;
use actors::view::{Said, Text};
use tokio::sync::Semaphore;

use super::answering::{Answering, Prepared};
use super::engines::{Engines, Thinking};
use crate::app::alarms;
use crate::app::tools::{AssistantTools, May};
use crate::assistants::{
    AssistantBook, AssistantChange, Assistants, Denied, Form, Language, Publish, State, StoredAssistant,
    Write,
};
use crate::errands::Errands;
use crate::tickets::Tickets;
use crate::voice::dialogue::Dialogue;
use crate::voice::{Ready, Tools};

/// A voice that failed is tried again so much later.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// Assistants that are made ready at once: each asks for a dozen sentences.
const AT_ONCE: usize = 4;
/// For the database to be reached, before the assistant of the settings answers without it.
const DATABASE_WITHIN: Duration = Duration::from_secs(3);
/// The alarm of one that cannot speak.
const ALARM: &str = "assistant_failed";

/// Whoever makes them ready.
pub(super) struct Preparing {
    pub(super) engines: Engines,
    pub(super) tools: Option<(Arc<Errands>, Tickets)>,
    pub(super) board: Arc<Board>,
    pub(super) answering: Weak<Answering>,
}

/// What is tried, and what failed when.
#[derive(Default)]
struct Tries(HashMap<String, (i32, Option<Instant>)>);

impl Preparing {
    /// With the assistant of the settings and its id. Lives as long as who answers.
    pub(super) fn start(self, own: Option<(String, Form)>, assistants: Option<Arc<Assistants>>) {
        let this = Rc::new(self);
        if let Some((id, form)) = own.clone() {
            actix::spawn(this.clone().own(id, form, assistants.clone()));
        }
        if let Some(assistants) = assistants {
            actix::spawn(this.follow(own, assistants));
        }
    }

    /// That of the settings, while no database says who answers.
    async fn own(self: Rc<Self>, id: String, form: Form, assistants: Option<Arc<Assistants>>) {
        if let Some(assistants) = &assistants {
            let mut pictures = assistants.follow();
            let first = pictures.wait_for(Option::is_some);
            if tokio::time::timeout(DATABASE_WITHIN, first).await.is_ok() {
                return;
            }
        }
        let form = Arc::new(form);
        while self.answering.strong_count() > 0 && assistants.as_ref().is_none_or(|all| all.now().is_none()) {
            match self.prepare(&id, None, &form).await {
                Ok(prepared) => {
                    if let Some(answering) = self.answering.upgrade() {
                        answering.serve_own(prepared);
                    }
                    return log::info!("{} is ready: its sentences are spoken", form.name);
                }
                Err(why) => {
                    log::error!("{} cannot speak, and no caller is answered by it: {why}", form.name);
                }
            }
            actix::clock::sleep(AGAIN_AFTER).await;
        }
    }

    /// Those of the database, as they are published.
    async fn follow(self: Rc<Self>, own: Option<(String, Form)>, assistants: Arc<Assistants>) {
        let mut pictures = assistants.follow();
        let (tries, room) = (Rc::new(RefCell::new(Tries::default())), Rc::new(Semaphore::new(AT_ONCE)));
        while self.answering.strong_count() > 0 {
            let book = pictures.borrow_and_update().clone();
            if let Some(book) = book {
                if let Some((id, form)) = own.as_ref().filter(|_| book.is_untouched()) {
                    import(&assistants, id, form).await;
                    continue_with(&mut pictures).await;
                    continue;
                }
                self.look(&book, &assistants, &tries, &room);
            }
            let changed = tokio::time::timeout(AGAIN_AFTER, pictures.changed()).await;
            if matches!(changed, Ok(Err(_))) {
                return;
            }
        }
    }

    /// Whatever is published and not ready is made ready.
    fn look(
        self: &Rc<Self>,
        book: &AssistantBook,
        assistants: &Arc<Assistants>,
        tries: &Rc<RefCell<Tries>>,
        room: &Rc<Semaphore>,
    ) {
        let Some(answering) = self.answering.upgrade() else { return };
        let serves = |id: &str| book.assistants.get(id).is_some_and(|one| one.published.is_some());
        answering.keep(serves);
        assistants.keep(|id| book.assistants.contains_key(id));
        tries.borrow_mut().0.retain(|id, _| {
            let stays = serves(id);
            if !stays {
                alarms::end(&self.board, ALARM, id);
            }
            stays
        });
        for one in book.assistants.values() {
            let (Some(version), now) = (one.published, answering.version(&one.id)) else { continue };
            let is_new = match tries.borrow().0.get(&one.id) {
                Some((tried, _)) if *tried != version => true,
                // it is being tried
                Some((_, None)) => false,
                Some((_, Some(failed))) => failed.elapsed() >= AGAIN_AFTER,
                None => true,
            };
            if now == Some(version) || !is_new {
                continue;
            }
            tries.borrow_mut().0.insert(one.id.clone(), (version, None));
            assistants.stands(&one.id, State::Preparing, now);
            let (this, one, assistants) = (self.clone(), one.clone(), assistants.clone());
            let (tries, room) = (tries.clone(), room.clone());
            actix::spawn(async move {
                let _turn = room.acquire().await;
                this.publish(&one, version, &assistants, &tries).await;
            });
        }
    }

    async fn publish(
        &self,
        one: &StoredAssistant,
        version: i32,
        assistants: &Assistants,
        tries: &RefCell<Tries>,
    ) {
        let made = match &one.serving {
            Some(form) => self.prepare(&one.id, Some(version), form).await,
            None => Err("what is published cannot be read".to_owned()),
        };
        let Some(answering) = self.answering.upgrade() else { return };
        // another was published meanwhile, or it is gone
        if tries.borrow().0.get(&one.id).is_none_or(|(tried, _)| *tried != version) {
            return;
        }
        let (id, name) = (one.id.as_str(), one.draft.name.as_str());
        match made {
            Ok(prepared) => {
                answering.serve(id, prepared);
                tries.borrow_mut().0.remove(id);
                assistants.stands(id, State::Ready, Some(version));
                alarms::end(&self.board, ALARM, id);
                log::info!("{name} is ready: version {version} answers");
            }
            Err(why) => {
                log::error!("version {version} of {name} cannot speak: {why}");
                tries.borrow_mut().0.insert(id.to_owned(), (version, Some(Instant::now())));
                let before = answering.version(id);
                assistants.stands(id, State::Failed(why.clone()), before);
                alarms::begin(&self.board, ALARM, id, &said(name, version, before, &why));
            }
        }
    }

    async fn prepare(&self, id: &str, version: Option<i32>, form: &Arc<Form>) -> Result<Prepared, String> {
        let english = form.language == Language::En;
        let mouth = self.engines.mouth(form.mouth.as_deref(), form.voice.as_deref())?;
        let ears = self.engines.ears(form.ears.as_deref())?;
        let Thinking { mind, dialogue } = self.engines.mind(form.mind.as_deref(), form.language)?;
        let closed = form.closed_words.as_deref().unwrap_or(if english {
            "We are closed at present."
        } else {
            "Nous sommes actuellement fermés."
        });
        let besides = [Text::from(closed)];
        let assistant = assistant(id, form, english, dialogue.as_deref());
        let mut ready = Ready::prepare_with(assistant, form.language.word(), mouth, &besides)
            .await
            .map_err(|why| why.to_string())?;
        ready.version = version;
        ready.fallback = form.fallback.clone();
        ready.prompt = form.prompt.clone();
        ready.records = form.records;
        ready.retention_days = form.retention_days;
        ready.tools = self.tools.clone().map(|(errands, tickets)| -> Arc<dyn Tools> {
            Arc::new(AssistantTools::new(may(id, form, english), errands, tickets, mind.clone()))
        });
        (ready.ears, ready.mind) = (ears, mind);
        Prepared::of(version, form.clone(), ready, closed)
    }
}

/// For whoever reads the alarm.
fn said(name: &str, version: i32, before: Option<i32>, why: &str) -> Said {
    match before {
        Some(before) => {
            let words =
                format!("version {version} of {name} cannot speak, version {before} answers on: {why}");
            let before = before.to_string();
            Said::new("assistant_answers_on", [name, &before, why], words)
        }
        None => {
            let words =
                format!("version {version} of {name} cannot speak, and nobody is answered by it: {why}");
            Said::new("assistant_answers_nobody", [name, why], words)
        }
    }
}

/// Until there is another picture, or for a moment.
async fn continue_with(pictures: &mut tokio::sync::watch::Receiver<Option<Arc<AssistantBook>>>) {
    let _ = tokio::time::timeout(Duration::from_secs(1), pictures.changed()).await;
    pictures.mark_changed();
}

/// The assistant of the settings is the default one, where nobody ever wrote one.
async fn import(assistants: &Assistants, id: &str, form: &Form) {
    let imported = assistants
        .change::<Denied>(|book| {
            if !book.is_untouched() {
                return Ok(Write::Nothing);
            }
            let with = Publish { note: "vigie.toml".to_owned(), by: String::new() };
            Ok(Write::AddDefault(AssistantChange { id: id.to_owned(), form: form.clone() }, with))
        })
        .await;
    match imported {
        Ok(_) => {
            log::info!("{} of vigie.toml is kept in the database: it is changed there from now on", form.name)
        }
        Err(why) => log::warn!("{} of vigie.toml cannot be kept in the database: {why:?}", form.name),
    }
}

/// What its model may have done.
fn may(id: &str, form: &Form, english: bool) -> May {
    May {
        assistant: id.to_owned(),
        english,
        tools: form.tools.clone(),
        places: form.places.clone(),
        tags: form.tags.clone(),
        bad_words: form.anger_words.clone(),
    }
}

/// As the machine needs it.
fn assistant(id: &str, form: &Form, english: bool, dialogue: Option<&Dialogue>) -> Assistant {
    let said = |own: &Option<String>, french: &str, in_english: &str| -> Text {
        own.as_deref().map(str::trim).unwrap_or(if english { in_english } else { french }).into()
    };
    let texts = |all: &[String]| all.iter().map(|one| one.as_str().into()).collect();
    let fillers = match (&form.fillers, english) {
        (Some(own), _) => texts(own),
        (None, true) => vec!["Let me see.".into(), "One moment, please.".into()],
        (None, false) => vec!["Laissez-moi voir.".into(), "Un instant, s'il vous plaît.".into()],
    };
    Assistant {
        id: id.into(),
        name: form.name.as_str().into(),
        phrases: Phrases {
            greeting: said(
                &form.greeting.clone().or_else(|| Some(dialogue?.greeting.clone())),
                "Bonjour. Pour parler à un conseiller, tapez zéro.",
                "Hello. To talk to somebody, press zero.",
            ),
            reminder: said(&form.reminder, "Êtes-vous toujours là ?", "Are you still there?"),
            fillers,
            sorry: said(
                &form.sorry,
                "Je n'ai pas compris. Utilisez les touches de votre téléphone.",
                "I did not understand. Please use the keys of your telephone.",
            ),
            handing_over: said(
                &form.handing_over,
                "Je vous mets en relation avec un conseiller.",
                "I am connecting you to somebody.",
            ),
            goodbye: said(&form.goodbye, "Au revoir.", "Goodbye."),
        },
        times: Times {
            silence: Duration::from_secs(form.silence_s.into()),
            whole: Duration::from_secs(form.longest_s.into()),
            ..Times::default()
        },
        words: Words {
            human: texts(&form.human_words),
            anger: texts(&form.anger_words),
            human_key: form.human_key,
        },
        takes_unknown: form.takes_unknown,
    }
}
