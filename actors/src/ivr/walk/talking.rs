//! A conversation with an assistant. Its voice goes another way; what it came to stands in the channel's variables, which
//! the assistant sets: they mean nothing to the dialplan while a flow has the caller, and are taken away again.

use asterisk::agi::{App, Arg, Command, CommandError, Success, Text as Quoted, Variable};

use super::{DONE, Doing, NEXT, Next, Then, Walk, World};

/// What EXEC is answered with by an Asterisk that has no such application.
const NO_SUCH_APPLICATION: i64 = -2;

impl Walk {
    /// What an earlier conversation left behind is taken away first.
    pub(super) fn talk(&mut self, assistant: &str, world: &dyn World) -> Next {
        let conversation = match world.conversation(&self.caller, assistant) {
            Ok(conversation) => conversation,
            Err(why) => {
                log::warn!("flow {}, node {}: {why}", self.flow.name, self.node());
                return self.leave(&["out-failed"], world);
            }
        };
        let arguments = [Arg::new(&conversation.id), Arg::new(&conversation.server)];
        let command = match arguments {
            [Ok(id), Ok(server)] => Command::exec(App::AudioSocket, &[id, server]),
            [Err(why), _] | [_, Err(why)] => Err(why),
        };
        match command {
            Ok(command) => self.forget_talk(&[DONE, NEXT], Then::Talk(command), world),
            Err(why) => self.send(Doing::Talking, Err(why)),
        }
    }

    pub(super) fn forget_talk(&mut self, names: &[&str], then: Then, world: &dyn World) -> Next {
        let unset = |name: &&str| {
            Variable::new(name).and_then(|name| Command::set_variable(&name, &Quoted::new("")?))
        };
        match names.iter().map(unset).collect::<Result<Vec<Command>, CommandError>>() {
            Ok(commands) => self.set_next(commands, then, world),
            Err(why) => self.send(Doing::Talking, Err(why)),
        }
    }

    pub(super) fn talked(&mut self, done: &Success, world: &dyn World) -> Next {
        if done.number() == Some(NO_SUCH_APPLICATION) {
            log::warn!("flow {}, node {}: this Asterisk has no AudioSocket", self.flow.name, self.node());
            return self.leave(&["out-failed"], world);
        }
        let done = Variable::new(DONE).map(|name| Command::get_variable(&name));
        self.send(Doing::TalkLooking, done)
    }

    pub(super) fn was_done(&mut self, done: &Success, world: &dyn World) -> Next {
        if done.data.as_deref() == Some("1") {
            return self.forget_talk(&[DONE], Then::Leave("out"), world);
        }
        let next = Variable::new(NEXT).map(|name| Command::get_variable(&name));
        self.send(Doing::HumanLooking, next)
    }

    /// Neither is set when nobody answered, or when the conversation broke off.
    pub(super) fn wants_human(&mut self, done: &Success, world: &dyn World) -> Next {
        match done.data.as_deref() {
            None | Some("") => self.leave(&["out-failed"], world),
            Some(_) => self.forget_talk(&[NEXT], Then::Leave("out-human"), world),
        }
    }
}
