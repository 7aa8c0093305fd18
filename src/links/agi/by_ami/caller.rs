//! One caller in AsyncAGI: what his Asterisk says of him, and what it is sent.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use actix::fut::WrapFuture;
use actix::{
    Actor, ActorContext, ActorFutureExt, Addr, AsyncContext, Context, Handler, Message, Recipient,
    SpawnHandle, Supervised,
};
use actors::ivr::{Ask, End, Next, Variables, WalkOrder};
use actors::ports::SendAction;
use actors::supervision::{Kind, Meta, Node, Spec, start};
use asterisk::agi::{Command, Digits, Environment, Prompt, Reply};

use super::super::port::Counters;
use super::super::teller::{Report, Teller, WalkOf, how};
use super::super::walking::{Facts, Walking};
use super::super::{Ended, Guide};
use super::commands::Sent;
use super::desk::{LAST, LetGo};

/// A transfer may last long; nothing else does.
pub(super) const ANSWERED_WITHIN: Duration = Duration::from_secs(6 * 3_600);
/// Whoever else is asked has a shorter time of his own.
const ASKED_WITHIN: Duration = Duration::from_secs(20);
/// Too much waits where the call is told.
const AGAIN_AFTER: Duration = Duration::from_millis(100);
/// The sound for a number that nothing answers: it comes with Asterisk's core sounds.
const NOT_IN_SERVICE: &str = "ss-noservice";

/// What he begins with.
pub(super) struct Begins {
    pub(super) pbx: String,
    pub(super) uniqueid: String,
    pub(super) environment: Box<Environment>,
    pub(super) guide: Arc<dyn Guide>,
    pub(super) counters: Arc<Counters>,
    pub(super) actions: Recipient<SendAction>,
    /// Of his commands' names.
    pub(super) prefix: String,
    pub(super) number: u64,
    /// Who lets him go.
    pub(super) desk: Recipient<LetGo>,
}

/// What is heard of his channel.
#[derive(Debug)]
pub(super) enum Heard {
    /// To the command of that name.
    Answered { id: String, reply: Reply },
    /// He is with somebody.
    Together,
    /// The link is away.
    Lost,
    /// After a loss: answers may have gone unheard.
    Linked,
    /// His channel is there no more.
    Ended,
}

impl Message for Heard {
    type Result = ();
}

pub(super) struct OverAmi {
    pub(super) pbx: String,
    pub(super) uniqueid: String,
    pub(super) guide: Arc<dyn Guide>,
    counters: Arc<Counters>,
    pub(super) actions: Recipient<SendAction>,
    meta: Arc<Meta>,
    pub(super) prefix: String,
    /// Commands so far.
    pub(super) commands: u64,
    pub(super) sent: Option<Sent>,
    stage: Stage,
    deadline: SpawnHandle,
    /// Somebody else is asked.
    asking: Option<SpawnHandle>,
    /// Asterisk takes commands for him.
    there: bool,
    /// Since he began to be connected he was with somebody.
    pub(super) together: bool,
    /// The link was away while he was being connected: whether he was with somebody may have gone unheard.
    pub(super) unheard: bool,
    desk: Recipient<LetGo>,
    /// It is tried again to tell the call where he is.
    telling: bool,
}

enum Stage {
    Walking(Box<Walking>),
    /// There is no flow for him: he is told, and hung up on.
    Apologising(Box<Facts>),
    Over,
}

impl OverAmi {
    pub(super) fn start(node: &Arc<Node>, begins: Begins) -> Addr<Self> {
        let Begins { pbx, uniqueid, environment, guide, counters, actions, prefix, number, desk } = begins;
        counters.now.fetch_add(1, Relaxed);
        counters.began.fetch_add(1, Relaxed);
        let name = format!("async-ivr/{pbx}/{number}");
        let begun = start(node, Spec::temporary(Kind::Ivr, name), |ctx, meta| Self {
            deadline: deadline(ANSWERED_WITHIN, ctx),
            pbx,
            uniqueid,
            guide,
            counters,
            actions,
            meta: meta.clone(),
            prefix,
            commands: 0,
            sent: None,
            stage: Stage::Over,
            asking: None,
            there: true,
            together: false,
            unheard: false,
            desk,
            telling: false,
        });
        begun.0.do_send(Greets { environment, number });
        begun.0
    }

    fn greeted(&mut self, environment: &Environment, number: u64, ctx: &mut Context<Self>) {
        let facts = Facts::of(environment);
        let Some(flow) = self.guide.flow(&self.pbx, environment) else {
            log::warn!("async agi: {}: {:?} has no flow", self.pbx, facts.called);
            self.stage = Stage::Apologising(Box::new(facts));
            let sound =
                Prompt::new(NOT_IN_SERVICE).and_then(|sound| Command::stream_file(&sound, &Digits::all()));
            return self.send(sound.unwrap_or_else(|_| Command::hangup()), ctx);
        };
        let world = self.guide.world(&self.pbx);
        let (mut walking, first) = Walking::begin(flow, world, environment, facts);
        walking.teller = self.guide.line(&self.pbx).map(|line| {
            let Facts { uniqueid, called, .. } = &walking.facts;
            Teller::new(line, &WalkOf { uniqueid, called, environment, number }, ctx.address().recipient())
        });
        self.stage = Stage::Walking(Box::new(walking));
        self.go(first, ctx);
    }

    pub(super) fn takes(&mut self, sent: &Sent, reply: &Reply, ctx: &mut Context<Self>) {
        match &mut self.stage {
            Stage::Walking(walking) => match walking.answered(reply, Some(&sent.command)) {
                Some(next) => self.go(next, ctx),
                // a key that nobody waits for any more ended it
                None => self.send(sent.command.clone(), ctx),
            },
            Stage::Apologising(_) if sent.command == Command::hangup() => self.over(End::HungUp, ctx),
            Stage::Apologising(_) => self.send(Command::hangup(), ctx),
            Stage::Over => {}
        }
    }

    /// The call is told where he is now.
    fn report(&mut self, ctx: &mut Context<Self>) {
        let Stage::Walking(walking) = &mut self.stage else { return };
        let Some(teller) = walking.teller.as_mut().filter(|_| !self.telling) else { return };
        if teller.report(&walking.walk, None) == Report::Later {
            self.telling = true;
            ctx.run_later(AGAIN_AFTER, |this, ctx| {
                this.telling = false;
                this.report(ctx);
            });
        }
    }

    fn go(&mut self, next: Next, ctx: &mut Context<Self>) {
        // he was moved on meanwhile: what is told now concerns nobody
        if let Some(asking) = self.asking.take() {
            ctx.cancel_future(asking);
        }
        if matches!(next, Next::Send(_) | Next::Ask(_)) {
            self.report(ctx);
        }
        match next {
            Next::Send(command) => self.send(command, ctx),
            Next::Ask(ask) => self.ask(ask, ctx),
            Next::Over(end) => self.over(end, ctx),
        }
    }

    /// Asterisk is heard meanwhile: who hangs up ends it, and what is told then is told to nobody.
    fn ask(&mut self, ask: Ask, ctx: &mut Context<Self>) {
        self.within(ASKED_WITHIN, ctx);
        let told = self.guide.ask(&self.pbx, ask).into_actor(self);
        self.asking = Some(ctx.spawn(told.map(|told, this, ctx| {
            this.asking = None;
            if let Stage::Walking(walking) = &mut this.stage {
                let next = walking.told(told);
                this.go(next, ctx);
            }
        })));
    }

    /// His channel hung up, or was sent elsewhere.
    pub(super) fn gone(&mut self, ctx: &mut Context<Self>) {
        self.there = false;
        let end = match &mut self.stage {
            Stage::Walking(walking) if walking.walk.is_connecting() && self.together => End::Connected,
            Stage::Walking(walking) if walking.walk.is_connecting() && self.unheard => {
                walking.hung_up();
                End::Failed(
                    "he was being connected while the link was away: whether he was is not known".into(),
                )
            }
            Stage::Walking(walking) => walking.hung_up(),
            Stage::Apologising(_) | Stage::Over => End::HungUp,
        };
        self.over(end, ctx);
    }

    pub(super) fn within(&mut self, time: Duration, ctx: &mut Context<Self>) {
        ctx.cancel_future(self.deadline);
        self.deadline = deadline(time, ctx);
    }

    /// Tells how it ended.
    pub(super) fn over(&mut self, end: End, ctx: &mut Context<Self>) {
        self.tell(end, false);
        ctx.stop();
    }

    /// Tells how it ended, once; who came to no end goes back to the dialplan.
    fn tell(&mut self, end: End, broke_off: bool) {
        let (facts, flow, visits, variables) = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Walking(mut walking) => {
                let taken = walking.is_taken();
                if let Some(teller) = &mut walking.teller {
                    teller.report(&walking.walk, Some(how(&end, taken, broke_off)));
                }
                let walk = &walking.walk;
                let (flow, visits) = (walk.flow().id.to_string(), walk.visits().to_vec());
                (walking.facts, Some(flow), visits, walking.walk.variables().clone())
            }
            Stage::Apologising(facts) => (*facts, None, Vec::new(), Variables::default()),
            Stage::Over => return,
        };
        if self.there && matches!(end, End::Failed(_)) {
            self.desk.do_send(LetGo(self.uniqueid.clone()));
        }
        let Facts { uniqueid, called, began } = facts;
        let (pbx, took) = (self.pbx.clone(), began.elapsed());
        self.guide.ended(Ended { pbx, uniqueid, called, flow, visits, variables, end, took });
    }
}

fn deadline(time: Duration, ctx: &mut Context<OverAmi>) -> SpawnHandle {
    ctx.run_later(time, |this, ctx| {
        this.over(End::Failed("an answer did not come in time".into()), ctx);
    })
}

struct Greets {
    environment: Box<Environment>,
    number: u64,
}

impl Message for Greets {
    type Result = ();
}

impl Handler<Greets> for OverAmi {
    type Result = ();

    fn handle(&mut self, greets: Greets, ctx: &mut Context<Self>) {
        self.meta.handling("greeting");
        self.greeted(&greets.environment, greets.number, ctx);
    }
}

impl Handler<Heard> for OverAmi {
    type Result = ();

    fn handle(&mut self, heard: Heard, ctx: &mut Context<Self>) {
        self.meta.handling("agi");
        match heard {
            Heard::Answered { id, reply } if !id.ends_with(LAST) => self.answered(&id, &reply, ctx),
            Heard::Answered { .. } => {}
            Heard::Together => self.together = true,
            Heard::Lost => {
                let connecting =
                    matches!(&self.stage, Stage::Walking(walking) if walking.walk.is_connecting());
                self.unheard |= connecting;
            }
            Heard::Linked => self.doubt(ctx),
            Heard::Ended => self.gone(ctx),
        }
    }
}

impl Handler<WalkOrder> for OverAmi {
    type Result = ();

    fn handle(&mut self, order: WalkOrder, _: &mut Context<Self>) {
        self.meta.handling("order");
        let Stage::Walking(walking) = &mut self.stage else { return };
        match order {
            WalkOrder::ToNode { node, answer } => drop(answer.send(walking.goes_to(&node))),
            WalkOrder::TakenAway => walking.leaves(),
        }
    }
}

impl Actor for OverAmi {
    type Context = Context<Self>;
}

impl Supervised for OverAmi {}

impl Drop for OverAmi {
    /// Killed, or it panicked: nobody else can tell any more.
    fn drop(&mut self) {
        self.tell(End::Failed("the conversation broke off".into()), true);
        self.counters.now.fetch_sub(1, Relaxed);
    }
}
