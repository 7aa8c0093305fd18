//! What assistants may have done for callers: who he is, a ticket, a call back, a human, the end.
//!
//! A model names a tool and writes its arguments; what may be done is decided here (S17). No argument is ever a number, a
//! channel or a place of a dialplan: the caller is who the PBX says, and a human is one of the places that the
//! administrator named.

mod conclusion;
mod offered;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actors::ai::After;
use actors::ivr::CallbackAsk;
use actors::view::Text;
use serde_json::Value;

use crate::errands::Errands;
use crate::tickets::{Opening, Severity, Tickets};
use crate::voice::{Came, Done, Known, Mind, Pending, Said, Tool, Tools, VoiceError, Whom};

/// Letters of one argument.
const MOST_LETTERS: usize = 1_000;
/// Open tickets that a model is told of.
const MOST_TICKETS: i64 = 5;
/// How often who wants to be called back is tried.
const ATTEMPTS: u8 = 3;

/// What one version of an assistant may have done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct May {
    /// Its id.
    pub(super) assistant: String,
    /// Whether it speaks English; else French.
    pub(super) english: bool,
    /// By name, of [`TOOLS`](crate::config::TOOLS).
    pub(super) tools: Vec<String>,
    /// Where humans are, by the names that the model knows: `context,extension,priority`.
    pub(super) places: BTreeMap<String, String>,
    /// What a ticket may be about; empty: whatever the model says.
    pub(super) tags: Vec<String>,
    /// What is not written into a summary.
    pub(super) bad_words: Vec<String>,
}

/// See the module.
pub(super) struct AssistantTools {
    may: May,
    errands: Arc<Errands>,
    tickets: Tickets,
    mind: Option<Arc<dyn Mind>>,
}

impl AssistantTools {
    /// `mind` says in one sentence what a conversation was about.
    pub(super) fn new(
        may: May,
        errands: Arc<Errands>,
        tickets: Tickets,
        mind: Option<Arc<dyn Mind>>,
    ) -> Self {
        Self { may, errands, tickets, mind }
    }

    fn has(&self, tool: &str) -> bool {
        self.may.tools.iter().any(|name| name == tool)
    }

    fn opening(&self, whom: Whom) -> Opening {
        let number = self.errands.contacts().canonical(&whom.number).to_string();
        let assistant = self.may.assistant.clone();
        Opening { session: whom.id, pbx: whom.pbx, number, assistant, ..Opening::default() }
    }

    /// One of the assistant's tags; another is none.
    fn tag(&self, said: &str) -> String {
        let own = self.may.tags.iter().find(|tag| tag.eq_ignore_ascii_case(said));
        if self.may.tags.is_empty() { said.to_owned() } else { own.cloned().unwrap_or_default() }
    }

    fn open_ticket(&self, whom: Whom, arguments: &Value) -> Pending<Done> {
        let said = |name: &str| text(arguments, name);
        let mut opening = self.opening(whom);
        opening.fault = said("fault");
        opening.name = said("name");
        opening.email = said("email");
        opening.tag = self.tag(&said("tag"));
        opening.severity = Severity::of(&said("severity").to_lowercase());
        let tickets = self.tickets.clone();
        Box::pin(async move {
            if opening.fault.is_empty() {
                return Ok(Done::told("`fault` is missing: say what is wrong."));
            }
            let number = tickets.open(&opening).await.map_err(refused)?;
            Ok(Done::told(format!("Ticket {number} is open.")))
        })
    }

    fn call_back(&self, whom: Whom, arguments: &Value) -> Pending<Done> {
        let note = text(arguments, "note");
        let errands = self.errands.clone();
        let Whom { pbx, number, called, .. } = whom;
        let ask = CallbackAsk {
            number,
            called: called.into(),
            flow: Text::default(),
            node: Text::default(),
            note,
            attempts: ATTEMPTS,
        };
        Box::pin(async move {
            if ask.number.is_empty() {
                return Ok(Done::told("His number is not known: he cannot be called back."));
            }
            Ok(Done::told(match errands.call_back(&pbx, &ask).await {
                Ok(()) => "He will be called back on the number that he calls from.".to_owned(),
                Err(why) => format!("He cannot be called back: {why}."),
            }))
        })
    }

    fn transfer(&self, whom: Whom, arguments: &Value) -> Pending<Done> {
        let to = text(arguments, "to");
        let place = self.may.places.get(&to).cloned();
        if place.is_none() && !(to.is_empty() || self.may.places.is_empty()) {
            let names: Vec<&str> = self.may.places.keys().map(String::as_str).collect();
            let words = format!("There is no {to:?}: he can be connected to {}.", names.join(", "));
            return Box::pin(async { Ok(Done::told(words)) });
        }
        let (mut opening, tickets) = (self.opening(whom), self.tickets.clone());
        opening.fault = text(arguments, "summary");
        let notes = self.has("open_ticket") && !opening.fault.is_empty();
        Box::pin(async move {
            // he is connected also when that cannot be noted
            if notes && let Err(why) = tickets.open(&opening).await {
                log::warn!("a caller is connected without his ticket: {why}");
            }
            Ok(Done { result: "He is being connected.".into(), after: After::Transfer, place })
        })
    }

    async fn who(
        errands: Arc<Errands>,
        tickets: Tickets,
        number: String,
        english: bool,
    ) -> Result<Known, VoiceError> {
        let contact = errands.contact(&number).await.map_err(VoiceError::Refused)?;
        let spelling = errands.contacts().canonical(&number);
        let open = tickets.unmended(&spelling, MOST_TICKETS).await.map_err(refused)?;
        let mut facts = Vec::new();
        let mut name = String::new();
        for (field, value) in contact.into_iter().flatten().filter(|(_, value)| !value.is_empty()) {
            facts.push(format!("{field}: {value}"));
            if field == "name" {
                name = value;
            }
        }
        for ticket in &open {
            let day = ticket.created_at.get(..10).unwrap_or_default();
            let about = if ticket.summary.is_empty() { &ticket.fault } else { &ticket.summary };
            facts.push(format!("open ticket {} of {day}: {about}", ticket.id));
        }
        let welcome = (!name.is_empty()).then(|| offered::welcome(&name, !open.is_empty(), english).into());
        Ok(Known { facts: facts.join("; "), welcome })
    }
}

impl Tools for AssistantTools {
    fn offered(&self) -> Vec<Tool> {
        self.may.tools.iter().filter_map(|name| offered::tool(name, &self.may)).collect()
    }

    fn known(&self, whom: Whom) -> Pending<Known> {
        if whom.number.is_empty() || !self.has("look_up_caller") {
            return Box::pin(async { Ok(Known::default()) });
        }
        Box::pin(Self::who(self.errands.clone(), self.tickets.clone(), whom.number, self.may.english))
    }

    fn run(&self, whom: Whom, name: String, arguments: Value) -> Pending<Done> {
        if !self.has(&name) {
            return Box::pin(async { Ok(Done::told("There is no such tool.")) });
        }
        match name.as_str() {
            "look_up_caller" => {
                let who =
                    Self::who(self.errands.clone(), self.tickets.clone(), whom.number, self.may.english);
                Box::pin(async move {
                    let facts = who.await?.facts;
                    Ok(Done::told(if facts.is_empty() {
                        "Nothing is known of him.".to_owned()
                    } else {
                        facts
                    }))
                })
            }
            "open_ticket" => self.open_ticket(whom, &arguments),
            "call_back" => self.call_back(whom, &arguments),
            "transfer" => self.transfer(whom, &arguments),
            "hang_up" => Box::pin(async {
                Ok(Done { result: "Goodbye is being said.".into(), after: After::Hangup, place: None })
            }),
            _ => Box::pin(async { Ok(Done::told("There is no such tool.")) }),
        }
    }

    fn over(&self, whom: Whom, came: Came, lines: Vec<Said>, took: Duration) {
        if !self.has("open_ticket") {
            return;
        }
        let (opening, tickets, mind) = (self.opening(whom), self.tickets.clone(), self.mind.clone());
        let may = self.may.clone();
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            conclusion::write(&tickets, opening, mind.as_deref(), &may, came, &lines, took).await;
        });
    }
}

/// What a model wrote there, without what would make lines of it.
fn text(arguments: &Value, name: &str) -> String {
    let said = match arguments.get(name) {
        Some(Value::String(said)) => said.as_str(),
        _ => "",
    };
    let plain = said.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    plain.take(MOST_LETTERS).collect::<String>().trim().to_owned()
}

fn refused(why: crate::db::Unavailable) -> VoiceError {
    VoiceError::Refused(why.to_string())
}
