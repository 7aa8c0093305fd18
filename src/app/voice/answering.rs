//! Who answers which caller: the assistant that he is for, unless it is paused, closed or full.

use std::collections::HashMap;
use std::sync::Arc;

use actors::ai::{Next, SessionTold};
use actors::ivr::Opening;
use actors::registry::Registry;
use parking_lot::RwLock;

use crate::app::ai_history;
use crate::assistants::{Assistants, Closing, Counted, Form};
use crate::history::Journal;
use crate::links::voices::{Caller, Ended, Host};
use crate::voice::Ready;

/// A version that can speak.
pub(super) struct Prepared {
    /// `None`: that of the settings.
    pub(super) version: Option<i32>,
    pub(super) form: Arc<Form>,
    pub(super) opening: Option<Opening>,
    pub(super) ready: Arc<Ready>,
    /// Says that it is closed.
    pub(super) closed: Arc<Ready>,
    /// Brings callers to a human.
    pub(super) sends_on: Arc<Ready>,
}

impl Prepared {
    /// With what it says besides its own phrases, which `ready` has spoken.
    pub(super) fn of(
        version: Option<i32>,
        form: Arc<Form>,
        ready: Ready,
        closed: &str,
    ) -> Result<Self, String> {
        let next = match form.when_closed {
            Closing::Fallback => Next::Fallback,
            Closing::Hangup => Next::Hangup,
        };
        let handing_over = ready.assistant.phrases.handing_over.clone();
        Ok(Self {
            version,
            opening: form.opening()?,
            closed: Arc::new(ready.sends_on(closed.into(), next)),
            sends_on: Arc::new(ready.sends_on(handing_over, Next::Fallback)),
            ready: Arc::new(ready),
            form,
        })
    }
}

/// See the module.
pub(super) struct Answering {
    assistants: Option<Arc<Assistants>>,
    prepared: RwLock<HashMap<String, Arc<Prepared>>>,
    /// That of the settings, which answers where no database was reached.
    own: RwLock<Option<Arc<Prepared>>>,
    /// Where the floor is told.
    registry: Registry,
    /// Keeps what was said; `None` where nothing is kept.
    journal: Option<Arc<Journal>>,
}

impl Answering {
    pub(super) fn new(
        assistants: Option<Arc<Assistants>>,
        registry: Registry,
        journal: Option<Arc<Journal>>,
    ) -> Self {
        Self { assistants, prepared: RwLock::default(), own: RwLock::default(), registry, journal }
    }

    /// The version of that one which can speak.
    pub(super) fn version(&self, id: &str) -> Option<i32> {
        self.prepared.read().get(id)?.version
    }

    /// That answers from now on.
    pub(super) fn serve(&self, id: &str, prepared: Prepared) {
        self.prepared.write().insert(id.to_owned(), Arc::new(prepared));
    }

    /// The same of that of the settings.
    pub(super) fn serve_own(&self, prepared: Prepared) {
        *self.own.write() = Some(Arc::new(prepared));
    }

    /// Those alone.
    pub(super) fn keep(&self, is_there: impl Fn(&str) -> bool) {
        self.prepared.write().retain(|id, _| is_there(id));
    }
}

impl Host for Answering {
    fn assistant(&self, pbx: &str, caller: Option<&Caller>) -> Option<Arc<Ready>> {
        let book = self.assistants.as_ref().and_then(|assistants| Some((assistants, assistants.now()?)));
        let Some((assistants, book)) = book else {
            let wanted = caller.map_or("", |caller| &caller.assistant);
            let own = self.own.read().clone()?;
            return (wanted.is_empty() || own.ready.assistant.id == wanted).then(|| own.ready.clone());
        };
        let (named, called) = caller.map_or(("", ""), |caller| (&caller.assistant, &caller.called));
        let (chosen, by) = book.choose(named, called)?;
        if !named.is_empty() && by != crate::assistants::Chosen::ByName {
            log::warn!("{pbx}: there is no assistant {named:?}: {} answers", chosen.id);
        }
        let prepared = self.prepared.read().get(&chosen.id).cloned()?;
        let seats = assistants.seats(&chosen.id);
        if chosen.paused {
            seats.count(Counted::Paused);
            return Some(prepared.sends_on.clone());
        }
        if !Form::is_open(prepared.opening.as_ref(), jiff::Timestamp::now()) {
            seats.count(Counted::Closed);
            return Some(prepared.closed.clone());
        }
        match seats.take(prepared.form.most_at_once.into()) {
            Some(seat) => Some(Arc::new(prepared.ready.with_place(Arc::new(seat)))),
            None => {
                seats.count(Counted::Full);
                Some(prepared.sends_on.clone())
            }
        }
    }

    /// One alone answers everybody.
    fn chooses(&self) -> bool {
        let book = self.assistants.as_ref().and_then(|assistants| assistants.now());
        book.is_some_and(|book| book.assistants.values().filter(|one| one.serving.is_some()).count() > 1)
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
