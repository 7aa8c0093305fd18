//! Transfers and queues: who is reached, and how it went.

use asterisk::agi::{App, Arg, Command, CommandError, Success, Text as Quoted, Variable};

use super::{Doing, End, Next, Then, Walk, World};
use crate::ivr::flow::{Does, Stay, To, Transfer};

/// How `Dial` went.
const STATUS: &str = "DIALSTATUS";
/// How `Queue` went; it stays unset when an agent answered, and when the caller hung up.
const QUEUE_STATUS: &str = "QUEUESTATUS";
/// `TRUE` when the caller hung up before an agent answered.
const ABANDONED: &str = "ABANDONED";
/// The caller's place before others.
const PRIORITY: &str = "QUEUE_PRIO";
/// From that version on Queue has one argument less before the position.
const WITHOUT_MACRO: u16 = 21;

impl Walk {
    pub(super) fn transfer(&mut self, transfer: &Transfer, world: &dyn World) -> Next {
        // one that another flow set
        if transfer.number.tells_secrets(&self.variables) {
            log::warn!("flow {}, node {}: a secret would be dialled", self.flow.name, self.node());
            return self.leave(&["out-failed", "out"], world);
        }
        let number = transfer.number.filled(&self.variables);
        let device = match &transfer.to {
            To::Number => world.device(&number),
            To::Trunk(trunk) => world.through(trunk, &number),
        };
        let device = match device {
            Ok(device) => device,
            Err(why) => {
                log::warn!("flow {}, node {}: {number}: {why}", self.flow.name, self.node());
                return self.leave(&["out-failed", "out"], world);
            }
        };
        let arguments = [Arg::new(&device), Arg::new(&transfer.rings_s.to_string())];
        let command = match arguments {
            [Ok(device), Ok(rings)] => Command::exec(App::Dial, &[device, rings]),
            [Err(why), _] | [_, Err(why)] => Err(why),
        };
        self.send(Doing::Connecting, command)
    }

    pub(super) fn look(&mut self) -> Next {
        let status = Variable::new(STATUS).map(|name| Command::get_variable(&name));
        self.send(Doing::Looking, status)
    }

    pub(super) fn dialled(&mut self, done: &Success, gone: bool, world: &dyn World) -> Next {
        match (done.data.as_deref(), gone) {
            (Some("ANSWER"), _) => self.end(End::Connected),
            (Some("CANCEL"), _) => Next::Over(End::Abandoned),
            (Some("BUSY"), _) => self.leave(&["out-busy", "out"], world),
            (Some("NOANSWER"), _) => self.leave(&["out-noanswer", "out"], world),
            _ => self.leave(&["out-failed", "out"], world),
        }
    }

    /// What an earlier queue left behind is taken away first.
    pub(super) fn queue(&mut self, stay: &Stay, world: &dyn World) -> Next {
        let set = |name: &str, value: &str| {
            Variable::new(name).and_then(|name| Command::set_variable(&name, &Quoted::new(value)?))
        };
        let priority = stay.priority.to_string();
        let variables = [(QUEUE_STATUS, ""), (ABANDONED, ""), (PRIORITY, priority.as_str())];
        let commands: Result<Vec<Command>, CommandError> =
            variables.iter().map(|(name, value)| set(name, value)).collect();
        match (commands, self.queue_command(stay)) {
            (Ok(commands), Ok(queue)) => self.set_next(commands, Then::Queue(queue), world),
            (Err(why), _) | (_, Err(why)) => self.send(Doing::Queueing, Err(why)),
        }
    }

    /// `Queue(name,options,URL,announce,timeout,AGI,macro,gosub,rule,position)`, without the macro of late.
    fn queue_command(&self, stay: &Stay) -> Result<Command, CommandError> {
        let goes_on =
            ["out-answered", "out-continue"].iter().any(|port| self.flow.exit(self.at, port).is_some());
        // the agent may transfer by keys (t), the caller may not
        let mut arguments = vec![stay.queue.to_string(), if goes_on { "ct" } else { "t" }.into()];
        arguments.extend([String::new(), String::new(), stay.timeout_s.to_string()]);
        if let Some(position) = stay.position {
            let between = if self.asterisk >= WITHOUT_MACRO { 3 } else { 4 };
            arguments.extend((0..between).map(|_| String::new()));
            arguments.push(position.to_string());
        }
        let arguments: Vec<Arg> = arguments.iter().map(|one| Arg::new(one)).collect::<Result<_, _>>()?;
        Command::exec(App::Queue, &arguments)
    }

    pub(super) fn queue_look(&mut self) -> Next {
        let status = Variable::new(QUEUE_STATUS).map(|name| Command::get_variable(&name));
        self.send(Doing::QueueLooking, status)
    }

    pub(super) fn queued(&mut self, done: &Success, world: &dyn World) -> Next {
        let port = match done.data.as_deref() {
            None | Some("") => {
                let abandoned = Variable::new(ABANDONED).map(|name| Command::get_variable(&name));
                return self.send(Doing::QueueDoubting, abandoned);
            }
            Some("TIMEOUT") => "out-timeout",
            Some("FULL") => "out-full",
            Some("JOINEMPTY") => "out-joinempty",
            Some("LEAVEEMPTY") => "out-leaveempty",
            Some("JOINUNAVAIL") => "out-joinunavail",
            Some("LEAVEUNAVAIL") => "out-leaveunavail",
            // an agent answered and hung up, and the caller is still there
            Some("CONTINUE") if self.gone => return self.end(End::Connected),
            Some("CONTINUE") => return self.leave(&["out-answered", "out-continue", "out"], world),
            // no such queue, or taken out of it
            Some(_) => "out-failed",
        };
        let is_transfer = matches!(&self.flow.node(self.at).does, Does::Queue(stay) if stay.is_transfer);
        let of_transfer = match port {
            "out-timeout" => "out-noanswer",
            "out-full" => "out-busy",
            _ => "out-failed",
        };
        let ports = if is_transfer { [of_transfer, "out"] } else { [port, "out"] };
        self.leave(&ports, world)
    }

    pub(super) fn queue_over(&mut self, done: &Success, _world: &dyn World) -> Next {
        match done.data.as_deref() {
            Some("TRUE") => {
                self.doing = Doing::Over;
                Next::Over(End::Abandoned)
            }
            _ => self.end(End::Connected),
        }
    }
}
