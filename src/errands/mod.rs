//! What a flow asks of others while a caller waits: a server over HTTP, the contacts, that somebody is called back.
//!
//! ```text
//! Walk ─Ask─▶ Conversation ─▶ Errands ─▶ a server · vigie.flow_contacts · vigie.callbacks
//!   ▲                                        │
//!   └──────────────── Told ◀─────────────────┘
//! ```
//!
//! Each errand has a time of its own and a bounded answer, and fails with words: the caller leaves by another port.
//! Whom a flow may ask is [`Hosts`]'; whom it may have called back the rules of numbers'. What does not live here:
//! what a flow means (`actors::ivr`), who may see contacts and callbacks (`http`).

mod callback;
mod callbacks;
mod contacts;
mod hosts;
mod server;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actors::ivr::{Ask, CallbackAsk, Told};
use actors::numbers::{By, Numbers};

pub use callback::{Callback, Counts, Outcome, State, Try};
pub use callbacks::{Callbacks, MOST_OPEN, NotTaken};
pub use contacts::{Contact, Contacts, MOST_CONTACTS, MOST_FIELDS};
pub use hosts::Hosts;
pub(crate) use hosts::is_public;
pub(crate) use server::tls;
pub use server::{LONGEST_ANSWER, ask_server};

use crate::db::Db;

/// For a question to the database while a caller waits.
const WITHIN: Duration = Duration::from_secs(3);

/// See the module.
pub struct Errands {
    hosts: Arc<Hosts>,
    contacts: Contacts,
    callbacks: Callbacks,
    numbers: Arc<Numbers>,
}

impl Errands {
    /// With that database, those servers and those rules of numbers.
    pub fn new(db: &Db, hosts: Hosts, numbers: Arc<Numbers>) -> Arc<Self> {
        let plan = Arc::new(numbers.plan().clone());
        Arc::new(Self {
            hosts: Arc::new(hosts),
            contacts: Contacts::new(db.clone(), plan),
            callbacks: Callbacks::new(db.clone()),
            numbers,
        })
    }

    /// Who calls, by his number.
    pub fn contacts(&self) -> &Contacts {
        &self.contacts
    }

    /// Who wants to be called back.
    pub fn callbacks(&self) -> &Callbacks {
        &self.callbacks
    }

    /// Notes that somebody wants to be called back.
    ///
    /// # Errors
    /// In words: his number may not be dialled (S20), or the database cannot be asked within 3 s.
    pub async fn call_back(&self, pbx: &str, ask: &CallbackAsk) -> Result<(), String> {
        if let Err(refusal) = self.numbers.may_dial(&ask.number, &By::default()) {
            return Err(format!("a callback: {}", refusal.words()));
        }
        let number = self.numbers.plan().canonical(&ask.number);
        in_time(tokio::time::timeout(WITHIN, self.callbacks.ask(pbx, &number, ask)).await)
    }

    /// What is known of who calls from that number; `None`: nothing.
    ///
    /// # Errors
    /// In words: the database cannot be asked within 3 s.
    pub async fn contact(&self, number: &str) -> Result<Option<BTreeMap<String, String>>, String> {
        in_time(tokio::time::timeout(WITHIN, self.contacts.fields(number)).await)
    }

    /// Does one, on the thread that waits for it.
    pub fn run(self: &Arc<Self>, pbx: &str, ask: Ask) -> Pin<Box<dyn Future<Output = Told>>> {
        let (this, pbx) = (self.clone(), pbx.to_owned());
        Box::pin(async move {
            match ask {
                Ask::Http(ask) => Told::Http(ask_server(&this.hosts, ask).await),
                Ask::Contact(number) => Told::Contact(this.contact(&number).await),
                Ask::Callback(ask) => Told::Callback(this.call_back(&pbx, &ask).await),
                // who knows the voice is asked before
                Ask::Speech(..) => Told::Speech(None),
            }
        })
    }
}

fn in_time<T>(
    found: Result<Result<T, crate::db::Unavailable>, tokio::time::error::Elapsed>,
) -> Result<T, String> {
    match found {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(why)) => Err(why.to_string()),
        Err(_) => Err(format!("the database did not answer within {WITHIN:?}")),
    }
}
