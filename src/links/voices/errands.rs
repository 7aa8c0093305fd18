//! What tools do for a conversation: one after the other, each within its time.

use std::sync::Arc;
use std::time::Duration;

use actix::fut::WrapFuture;
use actix::{ActorFutureExt, AsyncContext, Context};
use actors::ai::{After, Generation, Input, Phase, ToolUse};

use super::talk::Talk;
use super::work::said;
use super::{Caller, How};
use crate::voice::{Came, Done, Tools, Whom};

/// For one tool; the caller waits.
const WITHIN: Duration = Duration::from_secs(8);
/// To know who calls, while he is greeted.
const KNOWN_WITHIN: Duration = Duration::from_secs(3);
/// Letters of a result that a model is told.
const MOST_TOLD: usize = 4_000;

impl Talk {
    pub(super) fn whom(&self) -> Whom {
        let told = |of: fn(&Caller) -> &String| self.caller.as_ref().map(of).cloned().unwrap_or_default();
        let (number, called) = (told(|caller| &caller.number), told(|caller| &caller.called));
        Whom { pbx: self.pbx.clone(), id: self.id.clone(), number, called }
    }

    /// Who calls is looked up while he is greeted.
    pub(super) fn look_up(&mut self, ctx: &mut Context<Self>) {
        let Some(tools) = &self.ready.tools else { return };
        let known = tokio::time::timeout(KNOWN_WITHIN, tools.known(self.whom()));
        // not among what is given up when he interrupts: it is known for all that follows
        ctx.spawn(known.into_actor(self).map(|known, this, ctx| match known {
            Ok(Ok(known)) => {
                this.facts = known.facts;
                if let Some(welcome) = known.welcome {
                    this.on(Input::Welcome(welcome), ctx);
                }
            }
            Ok(Err(why)) => log::warn!("{}: nobody knows who calls: {why}", this.pbx),
            Err(_) => log::warn!("{}: who calls was not known within {KNOWN_WITHIN:?}", this.pbx),
        }));
    }

    /// Whoever keeps tickets is told what it came to; of a caller who stayed unknown there is nothing to tell.
    pub(super) fn conversation_over(&self) {
        let came = match self.how {
            // whoever sent him on cares for him
            Some(How::Fallback | How::SentOn) => Came::ToHuman,
            Some(How::Hangup) => Came::ToEnd,
            Some(How::Gone) => Came::ToHangup,
            Some(How::BrokeOff) | None => Came::ToNothing,
            Some(How::Unknown) => return,
        };
        if let Some(tools) = &self.ready.tools {
            let lines = self.session.transcript().iter().map(said).collect();
            tools.over(self.whom(), came, lines, self.began.elapsed());
        }
    }

    /// Does what the answer wants.
    pub(super) fn run_tools(&mut self, generation: Generation, ctx: &mut Context<Self>) {
        let wanted = std::mem::take(&mut self.wanted);
        let (tools, whom) = (self.ready.tools.clone(), self.whom());
        let run = async move {
            let mut used = Vec::with_capacity(wanted.len());
            let (mut after, mut place) = (After::GoOn, None);
            for (name, arguments) in wanted {
                let done = run(tools.as_ref(), whom.clone(), &name, &arguments).await;
                let result = done.result.chars().take(MOST_TOLD).collect();
                used.push(Arc::new(ToolUse { name, arguments, result }));
                // nothing is done for a caller who is being brought away
                if done.after != After::GoOn {
                    (after, place) = (done.after, done.place);
                    break;
                }
            }
            (used, after, place)
        };
        // what was begun is done, also when he interrupts: it may have had its effect already
        ctx.spawn(run.into_actor(self).map(move |(used, after, place), this, ctx| {
            // of an answer that he interrupted nothing follows
            let is_now = generation == this.session.generation() && this.session.phase() == Phase::ToolCall;
            if after == After::Transfer && is_now {
                this.place = place;
            }
            this.on(Input::ToolsDone(generation, used, after), ctx);
        }));
    }
}

async fn run(tools: Option<&Arc<dyn Tools>>, whom: Whom, name: &str, arguments: &str) -> Done {
    let Some(tools) = tools.filter(|tools| tools.offered().iter().any(|tool| tool.name == name)) else {
        return Done::told("There is no such tool.");
    };
    let Ok(arguments) = serde_json::from_str(arguments) else {
        return Done::told("Its arguments are no JSON.");
    };
    match tokio::time::timeout(WITHIN, tools.run(whom, name.to_owned(), arguments)).await {
        Ok(Ok(done)) => done,
        Ok(Err(why)) => {
            log::warn!("a tool of an assistant failed: {why}");
            Done::told("It failed: it cannot be done now.")
        }
        Err(_) => Done::told("It took too long, and may be done or not."),
    }
}
