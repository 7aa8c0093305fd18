//! One caller's way through a flow: what is sent next, by what was answered. Pure: the time, the sounds and what may
//! be dialled are the [`World`]'s; what takes others long is asked for and told later.
//!
//! ```text
//! begin ─▶ arrive at a node ─▶ Send ─answered─▶ ... ─▶ leave by a port ─▶ arrive ...
//!                           └▶ Ask  ─told────▶ ...  └▶ end ─▶ VIGIE_DONE ─▶ hang up ─▶ Over
//! ```
//!
//! * `asking`: what is played, menus, digits;
//! * `connecting`: transfers and queues;
//! * `talking`: an assistant;
//! * `outside`: servers, contacts, callbacks;
//! * `recording`: messages.

mod asking;
mod connecting;
mod outside;
mod recording;
mod talking;
mod world;

use std::sync::Arc;

use asterisk::agi::{App, Arg, Command, CommandError, Reply, Success, Text as Quoted, Variable};

pub use world::{Ask, CallbackAsk, Caller, Conversation, End, Next, Told, Visit, World};

use self::asking::Entered;
use super::flow::{Assign, Does, Flow};
use super::variables::{CALLED, CALLER, Variables};
use crate::view::Text;

/// Nodes of one call, over all flows: what goes round and round ends.
const MOST_STEPS: usize = 100;
/// What tells the dialplan that the flow came to its end: without it the caller is still to be served (F42).
const DONE: &str = "VIGIE_DONE";
/// Where an assistant wants a caller to go.
const NEXT: &str = "VIGIE_NEXT";
/// Normal clearing: what is said when nothing else is.
const NORMAL: u8 = 16;

/// The port of a visit that a supervisor ended.
pub const SENT_ON: &str = "sent_on";

/// Why nobody is sent to another node now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stays {
    /// He is being connected, or talks to somebody.
    Connected,
    /// He leaves a message, which would be lost.
    Recording,
    /// The flow comes to its end.
    Ending,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Doing {
    Answering,
    Playing,
    /// The prompt of a menu, for the n-th time.
    Asking(u8),
    /// Silence after it.
    Waiting(u8),
    /// Several digits.
    Entering(Entered),
    /// Variables of the channel, one after the other; then it goes on.
    Setting(Vec<Command>, Then),
    Connecting,
    /// How the connection went.
    Looking,
    /// In a queue.
    Queueing,
    /// How that went.
    QueueLooking,
    /// Nobody answered, or somebody did: a variable says which.
    QueueDoubting,
    /// With an assistant.
    Talking,
    /// Whether the assistant had nothing more to say.
    TalkLooking,
    /// Whether it wants a human for him.
    HumanLooking,
    /// Before a message.
    Speaking,
    /// What he says, for the n-th time.
    Recording(u8),
    /// Nothing: somebody else is asked.
    Outside,
    /// Whether he is there still: what was played had no sound, or he is gone.
    Doubting(Box<Doing>),
    /// Tells the dialplan; then it hangs up.
    Marking(End),
    /// Says why.
    Causing(End),
    Parting(End),
    Over,
}

/// What follows when the channel's variables are set.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Then {
    Leave(&'static str),
    Arrive(usize),
    Queue(Command),
    Talk(Command),
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Walk {
    flow: Arc<Flow>,
    caller: Caller,
    /// The first number of Asterisk's version; 0 when it is not known.
    asterisk: u16,
    pub(in crate::ivr) variables: Variables,
    at: usize,
    doing: Doing,
    /// A key that was pressed during what was played last: the next question's answer.
    typed: Option<char>,
    /// What is said when it is hung up.
    cause: u8,
    /// He hung up while he was being connected: how that went is still told.
    gone: bool,
    visits: Vec<Visit>,
    /// Other flows, by the number of their first visit.
    entered: Vec<(usize, Text)>,
}

impl Walk {
    /// He is answered first.
    pub fn begin(flow: Arc<Flow>, caller: Caller) -> (Self, Next) {
        let mut variables = Variables::default();
        variables.set(CALLER, &caller.number, false);
        variables.set(CALLED, &caller.called, false);
        let walk = Self {
            at: flow.start(),
            entered: vec![(0, flow.id.clone())],
            flow,
            caller,
            asterisk: 0,
            variables,
            doing: Doing::Answering,
            typed: None,
            cause: NORMAL,
            gone: false,
            visits: Vec::new(),
        };
        (walk, Next::Send(Command::answer()))
    }

    /// Says which Asterisk it is, as the environment does: some of what is sent depends on it.
    pub fn runs_on(&mut self, version: &str) {
        let digits = version.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty());
        self.asterisk = digits.and_then(|digits| digits.parse().ok()).unwrap_or(0);
    }

    /// Where he was, the first first.
    pub fn visits(&self) -> &[Visit] {
        &self.visits
    }

    /// The flows that he walked, each with the number of its first visit.
    pub fn flows(&self) -> &[(usize, Text)] {
        &self.entered
    }

    /// Id of the node where he is.
    pub fn node(&self) -> &Text {
        &self.flow.node(self.at).id
    }

    /// The flow that he walks.
    pub fn flow(&self) -> &Arc<Flow> {
        &self.flow
    }

    /// What is known of his call.
    pub fn variables(&self) -> &Variables {
        &self.variables
    }

    /// What is left of it when it is over: where he was, and what was known of his call.
    pub fn into_parts(self) -> (Vec<Visit>, Variables) {
        (self.visits, self.variables)
    }

    /// Whether he is being connected to somebody: how that went is told even when he is gone.
    pub fn is_connecting(&self) -> bool {
        matches!(
            self.doing,
            Doing::Connecting | Doing::Looking | Doing::Queueing | Doing::QueueLooking | Doing::QueueDoubting
        )
    }

    /// Whether he talks with an assistant.
    pub fn is_talking(&self) -> bool {
        matches!(self.doing, Doing::Talking | Doing::TalkLooking | Doing::HumanLooking)
    }

    /// Why he cannot be sent to another node now.
    pub fn stays(&self) -> Option<Stays> {
        match self.doing {
            _ if self.is_connecting() => Some(Stays::Connected),
            Doing::Recording(_) => Some(Stays::Recording),
            Doing::Marking(_) | Doing::Causing(_) | Doing::Parting(_) | Doing::Over => Some(Stays::Ending),
            _ => None,
        }
    }

    /// A supervisor sends him to the node at that place. Instead of [`Walk::answered`] or [`Walk::told`], when what
    /// was sent or asked last is answered.
    pub fn send_on(&mut self, to: usize, world: &dyn World) -> Next {
        if let Some(visit) = self.visits.last_mut().filter(|visit| visit.port.is_empty()) {
            visit.port = SENT_ON.into();
        }
        self.typed = None;
        if self.is_talking() {
            return self.forget_talk(&[DONE, NEXT], Then::Arrive(to), world);
        }
        self.arrive(to, world)
    }

    /// He hung up while he was being connected; what comes next says how that went.
    pub fn went_away(&mut self) {
        self.gone = true;
    }

    /// He hung up, or the connection broke.
    pub fn hung_up(&mut self) -> End {
        match std::mem::replace(&mut self.doing, Doing::Over) {
            Doing::Marking(end) | Doing::Causing(end) | Doing::Parting(end) => end,
            // what he said until then is kept
            Doing::Recording(_) => End::Message,
            // nobody lost him: whom he was brought to, he talked with
            Doing::Talking | Doing::TalkLooking | Doing::HumanLooking => End::Connected,
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
                return self.fail(format!("Asterisk did not take a command: {reply:?}"));
            }
        };
        let gone = done.number() == Some(-1);
        match self.doing.clone() {
            Doing::Connecting => self.look(),
            Doing::Looking => self.dialled(done, gone, world),
            Doing::Queueing => self.queue_look(),
            Doing::QueueLooking => self.queued(done, world),
            Doing::QueueDoubting => self.queue_over(done, world),
            Doing::Talking => self.talked(done, world),
            Doing::TalkLooking => self.was_done(done, world),
            Doing::HumanLooking => self.wants_human(done, world),
            Doing::Recording(times) => self.recorded(times, done, gone, world),
            Doing::Marking(end) if self.cause != NORMAL => self.say_cause(end),
            Doing::Marking(end) | Doing::Causing(end) => {
                self.send(Doing::Parting(end), Ok(Command::hangup()))
            }
            Doing::Parting(end) => Next::Over(end),
            Doing::Doubting(before) => match done.number() {
                Some(state) if state >= 0 => self.unheard(&before, world),
                _ => Next::Over(self.hung_up()),
            },
            // a sound that is not there is no reason to lose who is
            before @ (Doing::Playing | Doing::Asking(_) | Doing::Entering(_) | Doing::Speaking) if gone => {
                self.send(Doing::Doubting(Box::new(before)), Ok(Command::channel_status()))
            }
            _ if gone => Next::Over(self.hung_up()),
            before => self.went_on(&before, done, world),
        }
    }

    /// He is there, and what was done is over.
    fn went_on(&mut self, before: &Doing, done: &Success, world: &dyn World) -> Next {
        match before {
            Doing::Answering => self.arrive(self.at, world),
            Doing::Playing => {
                self.typed = done.digit();
                self.leave(&["out"], world)
            }
            Doing::Asking(times) => match done.digit() {
                Some(key) => self.chosen(key, *times, world),
                None => self.wait(*times),
            },
            Doing::Waiting(times) => match done.digit() {
                Some(key) => self.chosen(key, *times, world),
                None => self.silent(*times, world),
            },
            Doing::Entering(entered) => self.entered(entered.clone(), done, world),
            Doing::Setting(rest, then) => self.set_next(rest.clone(), then.clone(), world),
            Doing::Speaking => self.record(1, world),
            Doing::Outside => self.fail("an answer while somebody else was asked".into()),
            _ => self.fail("an answer after the end".into()),
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
            Does::Start(_) => self.leave(&["out"], world),
            Does::Play(prompt) => self.play(world.sound(prompt), world),
            Does::Say(say) if say.text.tells_secrets(&self.variables) => {
                log::warn!("flow {}, node {}: a secret would be spoken", flow.name, node.id);
                self.leave(&["out"], world)
            }
            Does::Say(say) => {
                let text = say.text.filled(&self.variables);
                match world.speech(&text, say.language) {
                    None if !text.is_empty() && world.has_voice() => {
                        self.outside(Ask::Speech(text, say.language))
                    }
                    sound => self.play(sound, world),
                }
            }
            Does::Menu(menu) => match self.typed.take() {
                Some(key) => self.chosen(key, 1, world),
                None => self.ask(menu, 1, world),
            },
            Does::Digits(entry) => self.enter(entry, 1, world),
            Does::Opening(opening) => {
                let port = opening.holds(world.now()).cloned().unwrap_or_else(|| "out-default".into());
                self.leave(&[&port], world)
            }
            Does::Condition(cases) => {
                let spellings = |number: &str| world.spellings(number);
                let holds = cases.iter().find(|case| case.holds(&self.variables, world.now(), &spellings));
                let port = holds.map_or_else(|| "out-default".into(), |case| case.port.clone());
                self.leave(&[&port], world)
            }
            Does::Set(assign) => self.assign(assign, world),
            Does::Transfer(transfer) => self.transfer(transfer, world),
            Does::Queue(stay) => self.queue(stay, world),
            Does::Voicemail(prompt) => self.leave_message(prompt, world),
            Does::Hangup(cause) => {
                self.cause = *cause;
                self.end(End::HungUp)
            }
            Does::Goto(_) if self.visits.len() == MOST_STEPS => self.end(End::TooLong),
            Does::Goto(id) => match world.flow(id) {
                Some(flow) => {
                    self.entered.push((self.visits.len(), flow.id.clone()));
                    self.flow = flow;
                    self.arrive(self.flow.start(), world)
                }
                None => self.fail(format!("node {}: there is no published flow {id}", node.id)),
            },
            Does::Http(request) => self.request(request, world),
            Does::Lookup(_) => self.outside(Ask::Contact(self.caller.number.clone())),
            Does::Callback(wants) => self.wants_callback(wants, world),
            Does::Assistant(id) => self.talk(id, world),
        }
    }

    /// By the first of these ports that leads somewhere.
    fn leave(&mut self, ports: &[&str], world: &dyn World) -> Next {
        if self.gone {
            return Next::Over(self.hung_up());
        }
        let found = ports.iter().find_map(|port| Some((*port, self.flow.exit(self.at, port)?)));
        let (port, to) = match found {
            Some((port, to)) => (port, Some(to)),
            None => (ports.last().copied().unwrap_or_default(), None),
        };
        if let Some(visit) = self.visits.last_mut() {
            visit.port = port.into();
        }
        match to {
            Some(to) => self.arrive(to, world),
            None => self.end(End::NoExit),
        }
    }

    fn assign(&mut self, assign: &Assign, world: &dyn World) -> Next {
        for (name, value) in &assign.variables {
            let secret = value.tells_secrets(&self.variables);
            let value = value.filled(&self.variables);
            self.remember(name, &value, secret);
        }
        let mut commands = Vec::new();
        for (name, value) in &assign.channel {
            if value.tells_secrets(&self.variables) {
                log::warn!("flow {}, node {}: {name} would tell a secret", self.flow.name, self.node());
                continue;
            }
            // two signs before it: who is called has it too
            let command = Variable::new(&format!("__{name}"))
                .and_then(|name| Command::set_variable(&name, &Quoted::new(&value.filled(&self.variables))?));
            match command {
                Ok(command) => commands.push(command),
                Err(why) => log::warn!("flow {}, node {}: {name}: {why}", self.flow.name, self.node()),
            }
        }
        commands.reverse();
        self.set_next(commands, Then::Leave("out"), world)
    }

    /// The last of them is sent next.
    fn set_next(&mut self, mut rest: Vec<Command>, then: Then, world: &dyn World) -> Next {
        match (rest.pop(), then) {
            (Some(command), then) => self.send(Doing::Setting(rest, then), Ok(command)),
            (None, Then::Leave(port)) => self.leave(&[port], world),
            (None, Then::Arrive(at)) => self.arrive(at, world),
            (None, Then::Queue(queue)) => self.send(Doing::Queueing, Ok(queue)),
            (None, Then::Talk(talk)) => self.send(Doing::Talking, Ok(talk)),
        }
    }

    fn remember(&mut self, name: &str, value: &str, secret: bool) {
        if !self.variables.set(name, value, secret) {
            log::warn!(
                "flow {}, node {}: too many variables: {name} is not kept",
                self.flow.name,
                self.node()
            );
        }
    }

    fn say_cause(&mut self, end: End) -> Next {
        let cause = Arg::new(&self.cause.to_string());
        self.send(Doing::Causing(end), cause.and_then(|cause| Command::exec(App::Hangup, &[cause])))
    }

    fn fail(&mut self, why: String) -> Next {
        self.doing = Doing::Over;
        Next::Over(End::Failed(why))
    }

    /// The dialplan is told, then he is hung up on.
    fn end(&mut self, end: End) -> Next {
        if let End::Failed(why) = end {
            return self.fail(why);
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
            Err(why) => self.fail(format!("node {}: {why}", self.node())),
        }
    }
}
