//! One caller's way through a flow: what is sent next, by what was answered. Pure: the time, the sounds and what may
//! be dialled are the [`World`]'s.

use std::sync::Arc;

use asterisk::agi::{App, Arg, Command, CommandError, Digits, Prompt, Reply, Text as Quoted, Variable};
use jiff::Timestamp;

use super::flow::{Does, Flow, Menu};
use crate::view::Text;

/// Nodes of one call: a flow that goes round and round ends.
const MOST_STEPS: usize = 100;
/// How long a transfer rings, in s.
const RINGS_S: u32 = 30;
/// Longest message, in ms.
const MESSAGE_MS: u32 = 180_000;
/// A key during the beep begins the message anew, so often.
const RECORDED_TIMES: u8 = 3;
/// A message ends after so many seconds of silence.
const SILENCE_S: u16 = 5;
/// How `Dial` went.
const STATUS: &str = "DIALSTATUS";
/// What tells the dialplan that the flow came to its end: without it the caller is still to be served (F42).
const DONE: &str = "VIGIE_DONE";

/// Who walks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// Of the channel.
    pub uniqueid: Text,
    /// His number; empty when withheld.
    pub number: Text,
    /// What he dialled.
    pub called: Text,
}

/// What a walk needs to know besides the flow.
pub trait World {
    /// The time.
    fn now(&self) -> Timestamp;
    /// The sound for what a node says; `None` when there is none.
    fn sound(&self, prompt: &str) -> Option<Prompt>;
    /// The sound of a sentence; `None` when there is no voice, or none yet.
    fn speech(&self, _text: &str, _language: Option<&str>) -> Option<Prompt> {
        None
    }
    /// The device to dial for what a transfer names, or why not.
    ///
    /// # Errors
    /// Words for the administrator.
    fn device(&self, number: &str) -> Result<String, String>;
    /// Where a message of that caller is recorded, without its suffix.
    fn message(&self, caller: &Caller) -> Option<Prompt>;
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
    /// Close.
    Over(End),
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

#[derive(Debug, Clone, PartialEq, Eq)]
enum Doing {
    Answering,
    Playing,
    /// The prompt of a menu, for the n-th time.
    Asking(u8),
    /// Silence after it.
    Waiting(u8),
    Connecting,
    /// How the connection went.
    Looking,
    /// Before a message.
    Speaking,
    /// What he says, for the n-th time.
    Recording(u8),
    /// Tells the dialplan; then it hangs up.
    Marking(End),
    Parting(End),
    Over,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Walk {
    flow: Arc<Flow>,
    caller: Caller,
    at: usize,
    doing: Doing,
    /// A key that was pressed during what was played last: the next menu's answer.
    typed: Option<char>,
    visits: Vec<Visit>,
}

impl Walk {
    /// He is answered first.
    pub fn begin(flow: Arc<Flow>, caller: Caller) -> (Self, Next) {
        let at = flow.start();
        let walk = Self { flow, caller, at, doing: Doing::Answering, typed: None, visits: Vec::new() };
        (walk, Next::Send(Command::answer()))
    }

    /// Where he was, the first first.
    pub fn visits(&self) -> &[Visit] {
        &self.visits
    }

    /// Id of the node where he is.
    pub fn node(&self) -> &Text {
        &self.flow.node(self.at).id
    }

    /// The flow that he walks.
    pub fn flow(&self) -> &Arc<Flow> {
        &self.flow
    }

    /// Whether he is being connected to somebody: how that went is told even when he is gone.
    pub fn is_connecting(&self) -> bool {
        matches!(self.doing, Doing::Connecting | Doing::Looking)
    }

    /// He hung up, or the connection broke.
    pub fn hung_up(&mut self) -> End {
        match std::mem::replace(&mut self.doing, Doing::Over) {
            Doing::Marking(end) | Doing::Parting(end) => end,
            // what he said until then is kept
            Doing::Recording(_) => End::Message,
            _ => End::Abandoned,
        }
    }

    /// What was sent last is answered.
    pub fn answered(&mut self, reply: &Reply, world: &dyn World) -> Next {
        let done = match reply {
            Reply::Done(done) => done,
            // a channel that is gone
            Reply::Dead => return Next::Over(self.hung_up()),
            Reply::Unknown | Reply::Usage | Reply::Spoilt => {
                return Next::Over(End::Failed(format!("Asterisk did not take a command: {reply:?}")));
            }
        };
        let gone = done.number() == Some(-1);
        match self.doing.clone() {
            Doing::Connecting => {
                let status = Variable::new(STATUS).map(|name| Command::get_variable(&name));
                self.send(Doing::Looking, status)
            }
            Doing::Looking => match (done.data.as_deref(), gone) {
                (Some("ANSWER"), _) => self.end(End::Connected),
                (Some("CANCEL"), _) => Next::Over(End::Abandoned),
                _ => self.leave("out", world),
            },
            Doing::Recording(times) => match (done.data.as_deref(), done.endpos) {
                (Some("writefile"), _) => {
                    self.doing = Doing::Over;
                    Next::Over(End::Failed("Asterisk cannot write the message".into()))
                }
                (_, Some(samples)) if samples > 0 => self.end(End::Message),
                _ if gone => Next::Over(End::Abandoned),
                // a key during the beep
                _ if times < RECORDED_TIMES => self.record(times + 1, world),
                _ => self.end(End::NoMessage),
            },
            Doing::Marking(end) => self.send(Doing::Parting(end), Ok(Command::hangup())),
            Doing::Parting(end) => Next::Over(end),
            _ if gone => Next::Over(self.hung_up()),
            Doing::Answering => self.arrive(self.at, world),
            Doing::Playing => {
                self.typed = done.digit();
                self.leave("out", world)
            }
            Doing::Asking(times) => match done.digit() {
                Some(key) => self.chosen(key, times, world),
                None => self.wait(times),
            },
            Doing::Waiting(times) => match done.digit() {
                Some(key) => self.chosen(key, times, world),
                None => self.leave("out-timeout", world),
            },
            Doing::Speaking => self.record(1, world),
            Doing::Over => Next::Over(End::Failed("an answer after the end".into())),
        }
    }

    fn arrive(&mut self, at: usize, world: &dyn World) -> Next {
        self.at = at;
        if self.visits.len() == MOST_STEPS {
            return self.end(End::TooLong);
        }
        let flow = self.flow.clone();
        let node = flow.node(at);
        self.visits.push(Visit { node: node.id.clone(), at: world.now(), port: Text::default() });
        match &node.does {
            Does::Start => self.leave("out", world),
            Does::Play(prompt) => match world.sound(prompt) {
                Some(sound) => self.send(Doing::Playing, Command::stream_file(&sound, &Digits::all())),
                None => self.leave("out", world),
            },
            Does::Menu(menu) => match self.typed.take() {
                Some(key) => self.chosen(key, 1, world),
                None => self.ask(menu, 1, world),
            },
            Does::Opening(opening) => {
                let port = opening.holds(world.now()).cloned().unwrap_or_else(|| "out-default".into());
                self.leave(&port, world)
            }
            Does::Transfer(number) => match world.device(number) {
                Ok(device) => self.connect(&device),
                Err(why) => {
                    log::warn!("flow {}, node {}: {number}: {why}", flow.name, node.name);
                    self.leave("out", world)
                }
            },
            Does::Voicemail(prompt) => match world.sound(prompt) {
                Some(sound) => self.send(Doing::Speaking, Command::stream_file(&sound, &Digits::all())),
                None => self.record(1, world),
            },
            Does::Hangup => self.end(End::HungUp),
        }
    }

    fn leave(&mut self, port: &str, world: &dyn World) -> Next {
        if let Some(visit) = self.visits.last_mut() {
            visit.port = port.into();
        }
        match self.flow.exit(self.at, port) {
            Some(to) => self.arrive(to, world),
            None => self.end(End::NoExit),
        }
    }

    fn ask(&mut self, menu: &Menu, times: u8, world: &dyn World) -> Next {
        match world.sound(&menu.prompt) {
            Some(sound) => self.send(Doing::Asking(times), Command::stream_file(&sound, &Digits::all())),
            None => self.wait(times),
        }
    }

    fn wait(&mut self, times: u8) -> Next {
        let Does::Menu(menu) = &self.flow.node(self.at).does else { return self.end(End::NoExit) };
        let timeout_ms = menu.timeout_ms;
        self.send(Doing::Waiting(times), Ok(Command::wait_for_digit(timeout_ms)))
    }

    fn chosen(&mut self, key: char, times: u8, world: &dyn World) -> Next {
        let flow = self.flow.clone();
        let Does::Menu(menu) = &flow.node(self.at).does else { return self.end(End::NoExit) };
        match menu.options.iter().find(|option| option.key == key) {
            Some(option) => self.leave(&option.port, world),
            None if times < menu.tries => self.ask(menu, times + 1, world),
            None => self.leave("out-timeout", world),
        }
    }

    fn connect(&mut self, device: &str) -> Next {
        let arguments = [Arg::new(device), Arg::new(&RINGS_S.to_string())];
        let command = match arguments {
            [Ok(device), Ok(rings)] => Command::exec(App::Dial, &[device, rings]),
            [Err(why), _] | [_, Err(why)] => Err(why),
        };
        self.send(Doing::Connecting, command)
    }

    fn record(&mut self, times: u8, world: &dyn World) -> Next {
        match world.message(&self.caller) {
            Some(file) => {
                let command = Command::record_file(&file, &Digits::all(), MESSAGE_MS, SILENCE_S);
                self.send(Doing::Recording(times), command)
            }
            None => self.end(End::Failed("there is no place for messages".into())),
        }
    }

    /// The dialplan is told, then he is hung up on.
    fn end(&mut self, end: End) -> Next {
        if let End::Failed(_) = end {
            self.doing = Doing::Over;
            return Next::Over(end);
        }
        let mark = Variable::new(DONE).and_then(|name| Command::set_variable(&name, &Quoted::new("1")?));
        self.send(Doing::Marking(end), mark)
    }

    fn send(&mut self, doing: Doing, command: Result<Command, CommandError>) -> Next {
        match command {
            Ok(command) => {
                self.doing = doing;
                Next::Send(command)
            }
            Err(why) => {
                self.doing = Doing::Over;
                Next::Over(End::Failed(format!("node {}: {why}", self.node())))
            }
        }
    }
}
