//! What a walk is told, what it asks, and how it ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use asterisk::agi::{Command, Prompt};
use jiff::Timestamp;

use crate::ivr::flow::{Flow, Language};
use crate::ivr::request::{HttpAnswer, HttpAsk};
use crate::view::Text;

/// Who walks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// Of the channel.
    pub uniqueid: Text,
    /// His number; empty when withheld.
    pub number: Text,
    /// What he dialled.
    pub called: Text,
    /// His channel's name.
    pub channel: Text,
    /// His own name; empty when it is not told.
    pub name: Text,
}

/// Where a caller's voice goes while he talks with an assistant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Under that UUID, which no other call has.
    pub id: String,
    /// To that port, as his PBX reaches it: `host:port`.
    pub server: String,
}

/// What a walk needs to know besides the flow.
pub trait World {
    /// The time.
    fn now(&self) -> Timestamp;
    /// The sound for what a node says; `None` when there is none.
    fn sound(&self, prompt: &str) -> Option<Prompt>;
    /// The device to dial for what a transfer names, or why not.
    ///
    /// # Errors
    /// Words for the administrator.
    fn device(&self, number: &str) -> Result<String, String>;
    /// Where a message of that caller is recorded, without its suffix.
    fn message(&self, caller: &Caller) -> Option<Prompt>;

    /// The sound of a text that is spoken already; `None`: it is asked for, or passed over.
    fn speech(&self, _text: &str, _language: Language) -> Option<Prompt> {
        None
    }

    /// Whether a text that is not spoken yet can be soon.
    fn has_voice(&self) -> bool {
        false
    }

    /// The device to dial for a number through a trunk such as `PJSIP/trunk-a`, or why not.
    ///
    /// # Errors
    /// Words for the administrator.
    fn through(&self, trunk: &str, _number: &str) -> Result<String, String> {
        Err(format!("no call is made through {trunk}"))
    }

    /// The published flow of that id.
    fn flow(&self, _id: &str) -> Option<Arc<Flow>> {
        None
    }

    /// A conversation of that caller with an assistant, which knows from here on whose it is; empty: with whoever answers
    /// on his PBX.
    ///
    /// # Errors
    /// Words for the administrator: why there can be none.
    fn conversation(&self, _caller: &Caller, _assistant: &str) -> Result<Conversation, String> {
        Err("no assistant answers callers here".into())
    }

    /// All spellings of a telephone number.
    fn spellings(&self, number: &str) -> Vec<Text> {
        vec![number.into()]
    }
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// He hung up.
    Abandoned,
    /// He talked to whom the flow connected him to.
    Connected,
    /// The flow hung up.
    HungUp,
    /// He left a message.
    Message,
    /// He was asked for a message and left none.
    NoMessage,
    /// A port led nowhere.
    NoExit,
    /// It went on for too long.
    TooLong,
    /// Something was wrong: the dialplan goes on with him.
    Failed(String),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Send that, and tell what is answered.
    Send(Command),
    /// Ask somebody else, and tell what he says: [`told`](super::Walk::told).
    Ask(Ask),
    /// Close.
    Over(End),
}

/// What somebody else is asked; he is slow, and may be away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// A server.
    Http(HttpAsk),
    /// The contact of that number.
    Contact(Text),
    /// That he is called back.
    Callback(CallbackAsk),
    /// That a text is spoken, within a time that nobody notices.
    Speech(String, Language),
}

/// Somebody wants to be called back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackAsk {
    /// Where.
    pub number: String,
    /// What he dialled.
    pub called: Text,
    /// Where he asked for it.
    pub flow: Text,
    /// The same.
    pub node: Text,
    /// For who calls.
    pub note: String,
    /// How often it is tried.
    pub attempts: u8,
}

/// What somebody else said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// A server.
    Http(Result<HttpAnswer, String>),
    /// The fields of a contact; none of that number.
    Contact(Result<Option<BTreeMap<String, String>>, String>),
    /// It is noted.
    Callback(Result<(), String>),
    /// Its sound; `None`: it is passed over.
    Speech(Option<Prompt>),
}

/// He was at that node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Its id.
    pub node: Text,
    /// Since.
    pub at: Timestamp,
    /// By which port he left; empty while he is there.
    pub port: Text,
}
