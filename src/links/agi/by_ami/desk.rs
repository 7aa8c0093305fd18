//! One PBX's callers in AsyncAGI: each hears what is of his channel, and who is nobody's is let go.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use actix::fut::WrapFuture;
use actix::{Actor, ActorFutureExt, Addr, Arbiter, AsyncContext, Context, Handler, Recipient, Supervised};
use actors::ports::{ActionFailure, SendAction};
use actors::supervision::{Kind, Meta, Node, NodeSpec, Spec, start, tick_here};
use asterisk::agi::by_ami::Told;
use asterisk::agi::{Command, Environment};
use asterisk::ami::Action;

use super::super::Guide;
use super::super::port::{Counters, MOST};
use super::caller::{Begins, Heard, OverAmi};
use crate::auth::secrets;
use crate::links::ami::{Standing, Tap, Tapped};

/// What an action may take to be acknowledged.
pub(super) const TAKEN_WITHIN: Duration = Duration::from_secs(10);
/// A channel is listed there a moment before it is told that it came.
const TOLD_WITHIN: Duration = Duration::from_secs(2);
/// Who cannot be let go is tried again so soon, and after some times so late.
const FREED_SOON: Duration = Duration::from_secs(1);
const FREED_LATER: Duration = Duration::from_secs(10);
const TRIED_BEFORE_SAID: u32 = 3;
/// Names of our commands begin so, whichever process sent them.
const OURS: &str = "vigie-";

/// The link of one PBX, as far as it concerns callers.
#[derive(Clone)]
pub struct Line {
    /// The PBX.
    pub pbx: String,
    /// What is heard there.
    pub tap: Tap,
    /// Where actions go.
    pub actions: Recipient<SendAction>,
}

/// Serves callers of those PBXs, on an arbiter of their own, until it is stopped.
///
/// # Errors
/// When the system has no randomness.
pub fn serve(
    lines: Vec<Line>,
    guide: &Arc<dyn Guide>,
    root: &Arc<Node>,
) -> io::Result<(Arbiter, Arc<Counters>)> {
    let mut spec = NodeSpec::new("async-agi");
    spec.alike = true;
    let node = root.part(spec);
    let (secret, guide) = (secrets::id()?, guide.clone());
    let arbiter = Arbiter::new();
    let counters = Arc::new(Counters::default());
    let told = counters.clone();
    arbiter.spawn(async move {
        tick_here();
        let mut desks = Vec::new();
        for line in lines {
            let begun = Desk::start(&node, &line, &secret, &guide, &counters);
            line.tap.open(begun.clone().recipient());
            desks.push(begun);
        }
        // they end with their arbiter
        std::future::pending::<()>().await;
    });
    Ok((arbiter, told))
}

struct Desk {
    node: Arc<Node>,
    meta: Arc<Meta>,
    pbx: String,
    /// Of names of this process's commands.
    prefix: String,
    guide: Arc<dyn Guide>,
    counters: Arc<Counters>,
    actions: Recipient<SendAction>,
    callers: HashMap<String, Addr<OverAmi>>,
    /// Of another program.
    others: HashSet<String>,
    /// Nobody's, and told to go on with the dialplan.
    freed: HashSet<String>,
    /// Callers at the last loss of the link.
    doubted: HashSet<String>,
    /// Those of them that the last listing had not: one says it alone.
    missed: HashSet<String>,
    number: u64,
}

impl Desk {
    fn start(
        node: &Arc<Node>,
        line: &Line,
        secret: &str,
        guide: &Arc<dyn Guide>,
        counters: &Arc<Counters>,
    ) -> Addr<Self> {
        let name = format!("async-agi/{}", line.pbx);
        let node = node.clone();
        let begun = start(&node.clone(), Spec::permanent(Kind::Other, name), |_, meta| Self {
            node,
            meta: meta.clone(),
            pbx: line.pbx.clone(),
            prefix: format!("{OURS}{secret}-"),
            guide: guide.clone(),
            counters: counters.clone(),
            actions: line.actions.clone(),
            callers: HashMap::new(),
            others: HashSet::new(),
            freed: HashSet::new(),
            doubted: HashSet::new(),
            missed: HashSet::new(),
            number: 0,
        });
        begun.0
    }

    fn began(&mut self, uniqueid: String, environment: Environment, ctx: &mut Context<Self>) {
        let arguments = environment.arguments().next().unwrap_or_default();
        if !is_ours(arguments) {
            log::info!("async agi: {}: a channel is left to another program", self.pbx);
            self.others.insert(uniqueid);
            return;
        }
        let counters = &self.counters;
        if counters.now.load(Relaxed) >= MOST {
            counters.crowded.fetch_add(1, Relaxed);
            return self.let_go(&uniqueid, ctx);
        }
        self.number += 1;
        let begins = Begins {
            pbx: self.pbx.clone(),
            uniqueid: uniqueid.clone(),
            environment: Box::new(environment),
            guide: self.guide.clone(),
            counters: counters.clone(),
            actions: self.actions.clone(),
            prefix: format!("{}{}", self.prefix, self.number),
            number: self.number,
            desk: ctx.address().recipient(),
        };
        let caller = OverAmi::start(&self.node, begins);
        if let Some(before) = self.callers.insert(uniqueid, caller) {
            before.do_send(Heard::Ended);
        }
    }

    fn said(&mut self, uniqueid: String, told: Told, ctx: &mut Context<Self>) {
        match told {
            Told::Began(Ok(environment)) => self.began(uniqueid, environment, ctx),
            Told::Began(Err(why)) => {
                log::warn!("async agi: {}: no environment: {why}", self.pbx);
                self.let_go(&uniqueid, ctx);
            }
            Told::Answered { id, reply } => {
                let caller = self.callers.get(&uniqueid).filter(|caller| caller.connected());
                match caller {
                    Some(caller) => caller.do_send(Heard::Answered { id, reply }),
                    // of a process that is no more: nothing follows it
                    None if id.starts_with(OURS) && !id.starts_with(&self.prefix) && !id.ends_with(LAST) => {
                        self.let_go(&uniqueid, ctx);
                    }
                    None => {}
                }
            }
            Told::Ended => self.tell_last(&uniqueid, Heard::Ended),
        }
    }

    fn tell_last(&mut self, uniqueid: &str, heard: Heard) {
        self.others.remove(uniqueid);
        self.freed.remove(uniqueid);
        if let Some(caller) = self.callers.remove(uniqueid) {
            caller.do_send(heard);
        }
    }

    /// What is there after a loss, or when something was in doubt.
    fn listed(&mut self, all: Vec<Standing>, ctx: &mut Context<Self>) {
        let there: HashSet<&str> = all.iter().map(|one| one.uniqueid.as_str()).collect();
        let missed = std::mem::take(&mut self.missed);
        for uniqueid in std::mem::take(&mut self.doubted) {
            match self.callers.get(&uniqueid) {
                Some(_) if there.contains(uniqueid.as_str()) || missed.contains(&uniqueid) => {
                    if there.contains(uniqueid.as_str()) {
                        self.callers[&uniqueid].do_send(Heard::Linked);
                    } else {
                        self.tell_last(&uniqueid, Heard::Ended);
                    }
                }
                // his own channel is asked: of one that is not there no command is taken
                Some(caller) => {
                    caller.do_send(Heard::Linked);
                    self.missed.insert(uniqueid.clone());
                    self.doubted.insert(uniqueid);
                }
                None => {}
            }
        }
        self.others.retain(|uniqueid| there.contains(uniqueid.as_str()));
        self.callers.retain(|_, caller| caller.connected());
        let ours = |one: &Standing| one.arguments.as_deref().is_some_and(is_ours);
        let standing: Vec<String> = all.into_iter().filter(|one| ours(one)).map(|one| one.uniqueid).collect();
        ctx.run_later(TOLD_WITHIN, move |this, ctx| {
            for uniqueid in standing {
                this.is_somebodys(&uniqueid, ctx);
            }
        });
    }

    /// Who stands there and is nobody's has lost his flow.
    fn is_somebodys(&mut self, uniqueid: &str, ctx: &mut Context<Self>) {
        if !self.callers.contains_key(uniqueid) && !self.others.contains(uniqueid) {
            log::warn!("async agi: {}: a caller whose flow is lost goes back to the dialplan", self.pbx);
            self.let_go(uniqueid, ctx);
        }
    }

    fn let_go(&mut self, uniqueid: &str, ctx: &mut Context<Self>) {
        // a second one would wait for the next time that he comes there
        if self.freed.len() < MOST && self.freed.insert(uniqueid.to_owned()) {
            self.counters.freed.fetch_add(1, Relaxed);
            self.frees(uniqueid.to_owned(), 1, ctx);
        }
    }

    /// Tried until he is gone from there: he would stand there for ever.
    fn frees(&mut self, uniqueid: String, times: u32, ctx: &mut Context<Self>) {
        let Ok(action) = Action::agi(&uniqueid, &Command::leave_async(), &format!("{OURS}{LAST}")) else {
            return;
        };
        let sent = self.actions.send(SendAction { action, deadline: TAKEN_WITHIN }).into_actor(self);
        ctx.spawn(sent.map(move |taken, this, ctx| {
            let why = match taken {
                Ok(Ok(_)) => return this.guide.may_send(&this.pbx, true),
                Ok(Err(ActionFailure::Refused(words))) if words == "Permission denied" => {
                    this.guide.may_send(&this.pbx, false);
                    words
                }
                // his channel is not there, or no more in AsyncAGI
                Ok(Err(ActionFailure::Refused(_))) => return,
                // the next listing shows him standing there
                Ok(Err(ActionFailure::LinkDown)) => {
                    this.freed.remove(&uniqueid);
                    return;
                }
                Ok(Err(other)) => format!("{other:?}"),
                Err(problem) => problem.to_string(),
            };
            this.counters.stuck.fetch_add(1, Relaxed);
            if times == TRIED_BEFORE_SAID {
                log::error!("async agi: {}: a caller stands there and cannot be let go: {why}", this.pbx);
            }
            ctx.run_later(
                if times < TRIED_BEFORE_SAID { FREED_SOON } else { FREED_LATER },
                move |this, ctx| {
                    // who left meanwhile is in it no more
                    if this.freed.contains(&uniqueid) {
                        this.frees(uniqueid, times + 1, ctx);
                    }
                },
            );
        }));
    }
}

/// A caller came to no good end and is to be let go.
pub(super) struct LetGo(pub(super) String);

impl actix::Message for LetGo {
    type Result = ();
}

impl Handler<LetGo> for Desk {
    type Result = ();

    fn handle(&mut self, LetGo(uniqueid): LetGo, ctx: &mut Context<Self>) {
        self.meta.handling("let_go");
        self.let_go(&uniqueid, ctx);
    }
}

/// The name of a command after which nothing is to come.
pub(super) const LAST: &str = "-last";

/// Nothing, or what was called.
fn is_ours(arguments: &str) -> bool {
    arguments.bytes().all(|b| b.is_ascii_digit() || b"+*#".contains(&b))
}

impl Actor for Desk {
    type Context = Context<Self>;
}

impl Supervised for Desk {}

impl Handler<Tapped> for Desk {
    type Result = ();

    fn handle(&mut self, tapped: Tapped, ctx: &mut Context<Self>) {
        self.meta.handling("tapped");
        match tapped {
            Tapped::Said { uniqueid, told } => self.said(uniqueid, told, ctx),
            Tapped::Together(uniqueid) => {
                if let Some(caller) = self.callers.get(&uniqueid) {
                    caller.do_send(Heard::Together);
                }
            }
            Tapped::Gone(uniqueid) => self.tell_last(&uniqueid, Heard::Ended),
            Tapped::Lost => {
                self.doubted = self.callers.keys().cloned().collect();
                self.missed.clear();
                self.freed.clear();
                self.callers.values().for_each(|caller| caller.do_send(Heard::Lost));
            }
            Tapped::Listed(all) => self.listed(all, ctx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_or_nothing_is_ours_and_any_other_word_is_not() {
        assert!(["", "0170000001", "+33170000001", "*12#"].into_iter().all(is_ours));
        assert!(!["app", "0170000001,app", "a1", " "].into_iter().any(is_ours));
    }
}
