//! Commands of one caller: sent one at a time, and what is done when their answer may have been lost.

use std::time::Duration;

use actix::fut::WrapFuture;
use actix::{ActorFutureExt, AsyncContext, Context};
use actors::ivr::End;
use actors::ports::{ActionFailure, SendAction};
use asterisk::agi::{Command, Reply, Success};
use asterisk::ami::Action;

use super::caller::{ANSWERED_WITHIN, OverAmi};
use super::desk::TAKEN_WITHIN;

/// After an action that was not taken: whether the command was is asked then.
const ASKED_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Behind the name of a command, that of one which is answered after it.
const THEN: &str = "-then";

/// A command without its answer.
pub(super) struct Sent {
    pub(super) id: String,
    pub(super) command: Command,
    /// It never left: it is sent once more, and not asked after.
    pub(super) unsent: bool,
}

impl OverAmi {
    pub(super) fn send(&mut self, command: Command, ctx: &mut Context<Self>) {
        self.within(ANSWERED_WITHIN, ctx);
        self.commands += 1;
        self.together &= !command.is_for_once();
        self.unheard &= !command.is_for_once();
        let id = format!("{}-{}", self.prefix, self.commands);
        match Action::agi(&self.uniqueid, &command, &id) {
            Ok(action) => {
                self.sent = Some(Sent { id: id.clone(), command, unsent: false });
                self.act(action, id, ctx);
            }
            Err(why) => self.over(End::Failed(format!("a command that AMI cannot carry: {why}")), ctx),
        }
    }

    /// That it is taken is one answer; what it leads to is told by an event.
    fn act(&mut self, action: Action, id: String, ctx: &mut Context<Self>) {
        let sent = self.actions.send(SendAction { action, deadline: TAKEN_WITHIN }).into_actor(self);
        ctx.spawn(sent.map(move |taken, this, ctx| {
            let of_ours = this.sent.as_ref().is_some_and(|sent| id.starts_with(&sent.id));
            if !of_ours {
                return;
            }
            match taken {
                Ok(Ok(_)) => this.guide.may_send(&this.pbx, true),
                Ok(Err(ActionFailure::Refused(words))) => this.refused(&words, ctx),
                Ok(Err(why)) => {
                    let unsent = matches!(why, ActionFailure::LinkDown | ActionFailure::Busy);
                    if let Some(sent) = this.sent.as_mut().filter(|sent| sent.id == id) {
                        sent.unsent = unsent;
                    }
                    ctx.run_later(ASKED_AGAIN_AFTER, Self::doubt);
                }
                Err(_) => drop(ctx.run_later(ASKED_AGAIN_AFTER, Self::doubt)),
            }
        }));
    }

    /// Asterisk takes no command for him.
    fn refused(&mut self, words: &str, ctx: &mut Context<Self>) {
        if words == "Permission denied" {
            let why = "the AMI account may not send AGI (write = agi in manager.conf)";
            log::error!("async agi: {}: {why}: a caller stands there for ever", self.pbx);
            self.guide.may_send(&self.pbx, false);
            return self.over(End::Failed(why.into()), ctx);
        }
        self.gone(ctx);
    }

    pub(super) fn answered(&mut self, id: &str, reply: &Reply, ctx: &mut Context<Self>) {
        match self.sent.take_if(|sent| sent.id == id) {
            Some(sent) => self.takes(&sent, reply, ctx),
            None => self.passed_by(id, ctx),
        }
    }

    /// Asks whether the command is still under way: what is sent now is answered after it.
    pub(super) fn doubt(&mut self, ctx: &mut Context<Self>) {
        if let Some(sent) = self.sent.take_if(|sent| sent.unsent) {
            return self.send(sent.command, ctx);
        }
        let Some(sent) = &self.sent else { return };
        let id = format!("{}{THEN}", sent.id);
        match Action::agi(&self.uniqueid, &Command::noop(), &id) {
            Ok(action) => self.act(action, id, ctx),
            Err(why) => self.over(End::Failed(why.to_string()), ctx),
        }
    }

    /// A command that came after another is answered: that one was, too, or never came to Asterisk.
    fn passed_by(&mut self, id: &str, ctx: &mut Context<Self>) {
        let doubted = id.strip_suffix(THEN).unwrap_or_default();
        let Some(sent) = self.sent.take_if(|sent| sent.id == doubted) else { return };
        if !sent.command.is_for_once() {
            return self.send(sent.command, ctx);
        }
        // how it went is looked at next; of a message something may be there
        let success = Success { result: "0".into(), data: None, endpos: Some(1) };
        self.takes(&sent, &Reply::Done(success), ctx);
    }
}
