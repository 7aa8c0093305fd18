//! What can be walked: nodes with what happens there, and where their ports lead.

use std::collections::BTreeMap;

use super::condition::Case;
use super::opening::Opening;
use super::request::{Request, Save};
use super::template::Template;
use crate::view::Text;

/// A flow that can be walked.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// Of the drawing.
    pub id: Text,
    /// For people.
    pub name: Text,
    pub(super) nodes: Vec<Node>,
    pub(super) start: usize,
}

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Within its flow.
    pub id: Text,
    /// For people.
    pub name: Text,
    /// What happens there.
    pub does: Does,
    pub(super) exits: BTreeMap<Text, usize>,
}

/// What happens at a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Does {
    /// Nothing: where callers begin. What another flow may have set before it led here.
    Start(Vec<Text>),
    /// Plays that; a key ends it.
    Play(Text),
    /// Plays that and waits for one key.
    Menu(Menu),
    /// Leaves by the first event that holds now.
    Opening(Opening),
    /// Connects the caller to somebody.
    Transfer(Transfer),
    /// Plays that, then records what the caller says.
    Voicemail(Text),
    /// Hangs up, with that cause of Q.850.
    Hangup(u8),
    /// Says a text; a key ends it.
    Say(Say),
    /// Asks for several digits.
    Digits(Entry),
    /// Waits in a queue.
    Queue(Stay),
    /// Leaves by the first case that holds.
    Condition(Vec<Case>),
    /// Sets variables.
    Set(Assign),
    /// Goes on in another flow, by its id.
    Goto(Text),
    /// Asks a server.
    Http(Box<Request>),
    /// Looks for the caller's number among the contacts.
    Lookup(Vec<Save>),
    /// Notes that he wants to be called back.
    Callback(WantsCallback),
    /// Talks with an assistant, by its id; empty: with whoever answers on that PBX.
    Assistant(Text),
}

/// A question with one key for an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Menu {
    /// What is played.
    pub prompt: Text,
    /// By their keys.
    pub options: Vec<MenuOption>,
    /// How long a key is waited for after the prompt, in ms.
    pub timeout_ms: u32,
    /// How often it is asked when the key is none of the options.
    pub tries: u8,
    /// How often it is asked again when no key comes.
    pub repeats: u8,
}

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct MenuOption {
    /// 0 to 9, * or #.
    pub key: char,
    /// Where it leads.
    pub port: Text,
}

/// To whom a caller is connected.
#[derive(Debug, Clone, PartialEq)]
pub struct Transfer {
    /// What is dialled.
    pub number: Template,
    /// How it is reached.
    pub to: To,
    /// How long it rings, in s.
    pub rings_s: u32,
}

/// How somebody is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// As the PBX dials an extension or a number by its rules.
    Number,
    /// Through that trunk: `PJSIP/trunk-a`.
    Trunk(Text),
}

/// What is said to a caller in a voice that is made from text.
#[derive(Debug, Clone, PartialEq)]
pub struct Say {
    /// The words.
    pub text: Template,
    /// Which they are in.
    pub language: Language,
}

/// Of a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// `fr`
    French,
    /// `en`
    English,
}

impl Language {
    /// ISO 639.
    pub fn code(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }
}

/// A question with several digits for an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What is played; may be empty.
    pub prompt: Text,
    /// Where they go.
    pub variable: Text,
    /// At least so many.
    pub min: u16,
    /// At most so many: then nothing more is waited for.
    pub max: u16,
    /// What ends them before; `None`: time only.
    pub terminator: Option<char>,
    /// For each of them, in ms.
    pub timeout_ms: u32,
    /// How often it is asked.
    pub tries: u8,
    /// They stand in no log and no journal.
    pub secret: bool,
}

/// A wait in a queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Stay {
    /// Its name.
    pub queue: Text,
    /// At most, in s.
    pub timeout_s: u32,
    /// Before those of a lower one.
    pub priority: u8,
    /// Where he enters; at the end without one.
    pub position: Option<u16>,
    /// It stands in place of a transfer: what is drawn there says so.
    pub is_transfer: bool,
}

/// What a node sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Assign {
    /// Of the flow.
    pub variables: Vec<(Text, Template)>,
    /// Of the channel, for the dialplan and those who are called: `FLOW_...`.
    pub channel: Vec<(Text, Template)>,
}

/// That somebody wants to be called back.
#[derive(Debug, Clone, PartialEq)]
pub struct WantsCallback {
    /// Where.
    pub number: Template,
    /// For who calls.
    pub note: Template,
    /// How often it is tried.
    pub attempts: u8,
}

impl Flow {
    /// Where callers begin.
    pub fn start(&self) -> usize {
        self.start
    }

    /// All of them.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// By its place.
    pub fn node(&self, at: usize) -> &Node {
        &self.nodes[at]
    }

    /// Where that port leads.
    pub fn exit(&self, at: usize, port: &str) -> Option<usize> {
        self.nodes[at].exits.get(port).copied()
    }

    /// Of that id.
    pub fn place_of(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }
}

impl Does {
    /// The ports that must lead somewhere.
    pub fn ports(&self) -> Vec<Text> {
        let these = |ports: &[&str]| ports.iter().map(|port| Text::from(*port)).collect();
        match self {
            Self::Start(_)
            | Self::Play(_)
            | Self::Transfer(_)
            | Self::Say(_)
            | Self::Queue(_)
            | Self::Set(_) => these(&["out"]),
            Self::Menu(menu) => {
                let options = menu.options.iter().map(|option| option.port.clone());
                options.chain(["out-timeout".into()]).collect()
            }
            Self::Opening(opening) => {
                let events = opening.events.iter().map(|event| event.id.clone());
                events.chain(["out-default".into()]).collect()
            }
            Self::Condition(cases) => {
                let cases = cases.iter().map(|case| case.port.clone());
                cases.chain(["out-default".into()]).collect()
            }
            Self::Digits(_) => these(&["out-ok", "out-timeout"]),
            Self::Http(_) | Self::Callback(_) => these(&["out-ok", "out-failed"]),
            Self::Lookup(_) => these(&["out-found", "out-unknown"]),
            Self::Assistant(_) => these(&["out", "out-human", "out-failed"]),
            Self::Voicemail(_) | Self::Hangup(_) | Self::Goto(_) => Vec::new(),
        }
    }
}
