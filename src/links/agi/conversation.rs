//! One caller: what his Asterisk says, and what is sent to it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use actix::fut::WrapFuture;
use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, SpawnHandle, Supervised};
use actors::ivr::{Ask, End, Next, Variables, WalkOrder};
use actors::supervision::{Kind, Meta, Node, Spec, start};
use asterisk::agi::{Command, Digits, Environment, Heard, Prompt, Session};
use tokio::net::TcpStream;

use super::port::Counters;
use super::teller::{Report, Teller, WalkOf, how};
use super::walking::{Facts, Walking};
use super::wire::{Deadline, Listening, Unsent, Wire};
use super::{Ended, Guide};
use crate::auth::secrets;
use crate::config::Secret;

/// For the whole environment, which Asterisk sends at once.
const ENVIRONMENT_WITHIN: Duration = Duration::from_secs(5);
/// A transfer may last long; nothing else does.
const ANSWERED_WITHIN: Duration = Duration::from_secs(6 * 3_600);
/// A caller who hung up while he was being connected: how that went is still told.
const TOLD_WITHIN: Duration = Duration::from_secs(2);
/// What a call shows of a walk may be so old: nodes that are passed within it are told together, since telling crosses
/// threads, which costs more than a command does.
const TOLD_AFTER: Duration = Duration::from_millis(100);
/// Too much waits where the call is told.
const AGAIN_AFTER: Duration = Duration::from_millis(100);
/// Whoever else is asked has a shorter time of his own.
const ASKED_WITHIN: Duration = Duration::from_secs(20);
/// The sound for a number that nothing answers: it comes with Asterisk's core sounds.
const NOT_IN_SERVICE: &str = "ss-noservice";

/// What a conversation begins with.
pub(super) struct Start {
    pub(super) stream: TcpStream,
    pub(super) pbx: String,
    pub(super) token: Option<Secret>,
    pub(super) secret: String,
    pub(super) guide: Arc<dyn Guide>,
    pub(super) counters: Arc<Counters>,
}

pub(super) struct Conversation {
    pbx: String,
    token: Option<Secret>,
    guide: Arc<dyn Guide>,
    counted: Counted,
    meta: Arc<Meta>,
    session: Session,
    pub(super) wire: Wire,
    pub(super) deadline: Deadline,
    /// Somebody else is asked.
    asking: Option<SpawnHandle>,
    /// The call is about to be told.
    telling: bool,
    stage: Stage,
    number: u64,
    /// What was sent last.
    sent: Option<Command>,
}

enum Stage {
    /// Who it is is not known yet.
    Greeting,
    Walking(Box<Walking>),
    /// There is no flow for him: he is told, and hung up on.
    Apologising(Box<Facts>),
    Over,
}

/// One of those that are counted, for as long as it lives.
struct Counted(Arc<Counters>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Relaxed);
    }
}

impl Conversation {
    /// # Errors
    /// When the system refuses the socket.
    pub(super) fn start(node: &Arc<Node>, number: u64, begins: Start) -> io::Result<()> {
        let wire = Wire::new(begins.stream)?;
        begins.counters.now.fetch_add(1, Relaxed);
        let counted = Counted(begins.counters);
        let name = format!("ivr/{}/{number}", begins.pbx);
        start(node, Spec::temporary(Kind::Ivr, name), |ctx, meta| {
            ctx.spawn(Listening);
            Self {
                pbx: begins.pbx,
                token: begins.token,
                guide: begins.guide,
                counted,
                meta: meta.clone(),
                session: Session::new(&begins.secret),
                wire,
                deadline: Deadline::within(ENVIRONMENT_WITHIN, ctx),
                asking: None,
                telling: false,
                stage: Stage::Greeting,
                number,
                sent: None,
            }
        });
        Ok(())
    }

    fn counters(&self) -> &Counters {
        &self.counted.0
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// More was said.
    pub(super) fn listen(&mut self, ctx: &mut Context<Self>) {
        self.meta.handling("agi");
        while !self.is_over() {
            match self.session.receive(&mut self.wire.said) {
                Ok(Some(heard)) => self.heard(heard, ctx),
                Ok(None) => return,
                Err(why) => {
                    log::warn!("agi: {}: {why}", self.pbx);
                    if let Stage::Greeting = self.stage {
                        self.counters().mute.fetch_add(1, Relaxed);
                    }
                    return self.over(End::Failed(why.to_string()), ctx);
                }
            }
        }
    }

    fn heard(&mut self, heard: Heard, ctx: &mut Context<Self>) {
        match heard {
            Heard::Environment(environment) => self.greeted(&environment, ctx),
            Heard::Write(bytes) => self.write(&bytes, ctx),
            Heard::Reply(reply) => match &mut self.stage {
                Stage::Walking(walking) => match walking.answered(&reply, self.sent.as_ref()) {
                    Some(next) => self.go(next, ctx),
                    None => self.again(ctx),
                },
                Stage::Apologising(_) if self.session.has_hung_up() => self.over(End::HungUp, ctx),
                Stage::Apologising(_) => self.send(Command::hangup(), ctx),
                Stage::Greeting | Stage::Over => {}
            },
            Heard::Hangup => match &mut self.stage {
                Stage::Walking(walking) if walking.walk.is_connecting() => {
                    walking.walk.went_away();
                    self.deadline.moves(TOLD_WITHIN, ctx);
                }
                Stage::Walking(walking) => {
                    let end = walking.hung_up();
                    self.over(end, ctx);
                }
                Stage::Apologising(_) => self.over(End::HungUp, ctx),
                Stage::Greeting | Stage::Over => self.close(ctx),
            },
        }
    }

    fn greeted(&mut self, environment: &Environment, ctx: &mut Context<Self>) {
        if let Some(token) = &self.token {
            let said = environment.parameter("token").unwrap_or_default();
            if !secrets::same(said.as_bytes(), token.reveal().as_bytes()) {
                self.counters().without_token.fetch_add(1, Relaxed);
                log::warn!("agi: {}: a connection without the token is turned away", self.pbx);
                return self.close(ctx);
            }
        }
        self.counters().began.fetch_add(1, Relaxed);
        let facts = Facts::of(environment);
        let Some(flow) = self.guide.flow(&self.pbx, environment) else {
            log::warn!("agi: {}: {:?} has no flow", self.pbx, facts.called);
            self.stage = Stage::Apologising(Box::new(facts));
            return match Prompt::new(NOT_IN_SERVICE)
                .and_then(|sound| Command::stream_file(&sound, &Digits::all()))
            {
                Ok(sound) => self.send(sound, ctx),
                Err(_) => self.send(Command::hangup(), ctx),
            };
        };
        let world = self.guide.world(&self.pbx);
        let (mut walking, first) = Walking::begin(flow, world, environment, facts);
        walking.teller = self.guide.line(&self.pbx).map(|line| {
            let Facts { uniqueid, called, .. } = &walking.facts;
            let walk = WalkOf { uniqueid, called, environment, number: self.number };
            Teller::new(line, &walk, ctx.address().recipient())
        });
        self.stage = Stage::Walking(Box::new(walking));
        self.go(first, ctx);
    }

    /// What ran was ended by a key that nobody waits for any more: it runs once more.
    fn again(&mut self, ctx: &mut Context<Self>) {
        if let Some(command) = self.sent.take() {
            self.send(command, ctx);
        }
    }

    /// The call is told soon where he is then.
    fn report(&mut self, after: Duration, ctx: &mut Context<Self>) {
        let Stage::Walking(walking) = &self.stage else { return };
        let is_new = walking.teller.as_ref().is_some_and(|teller| teller.is_behind(&walking.walk));
        if self.telling || !is_new {
            return;
        }
        self.telling = true;
        ctx.run_later(after, |this, ctx| {
            this.telling = false;
            let Stage::Walking(walking) = &mut this.stage else { return };
            let Some(teller) = &mut walking.teller else { return };
            if teller.report(&walking.walk, None) == Report::Later {
                this.report(AGAIN_AFTER, ctx);
            }
        });
    }

    fn go(&mut self, next: Next, ctx: &mut Context<Self>) {
        // he was moved on meanwhile: what is told now concerns nobody
        if let Some(asking) = self.asking.take() {
            ctx.cancel_future(asking);
        }
        match next {
            Next::Send(command) => self.send(command, ctx),
            Next::Ask(ask) => self.ask(ask, ctx),
            Next::Over(end) => return self.over(end, ctx),
        }
        self.report(TOLD_AFTER, ctx);
    }

    /// Asterisk is heard meanwhile: who hangs up ends it, and what is told then is told to nobody.
    fn ask(&mut self, ask: Ask, ctx: &mut Context<Self>) {
        self.deadline.moves(ASKED_WITHIN, ctx);
        let told = self.guide.ask(&self.pbx, ask).into_actor(self);
        self.asking = Some(ctx.spawn(told.map(|told, this, ctx| {
            this.asking = None;
            if let Stage::Walking(walking) = &mut this.stage {
                let next = walking.told(told);
                this.go(next, ctx);
            }
        })));
    }

    fn send(&mut self, command: Command, ctx: &mut Context<Self>) {
        match self.session.send(&command) {
            Ok(bytes) => {
                self.write(&bytes, ctx);
                self.sent = Some(command);
                self.deadline.moves(ANSWERED_WITHIN, ctx);
            }
            Err(why) => self.over(End::Failed(format!("a command out of turn: {why:?}")), ctx),
        }
    }

    fn write(&mut self, bytes: &[u8], ctx: &mut Context<Self>) {
        if !self.wire.write(bytes) {
            ctx.spawn(Unsent);
        }
    }

    /// What was to come did not come in time.
    pub(super) fn late(&mut self, ctx: &mut Context<Self>) {
        match &self.stage {
            Stage::Greeting => {
                self.counters().mute.fetch_add(1, Relaxed);
                self.close(ctx);
            }
            Stage::Walking(_) | Stage::Apologising(_) | Stage::Over => {
                self.over(End::Failed("an answer did not come in time".into()), ctx);
            }
        }
    }

    /// The connection is closed, or broke.
    pub(super) fn gone(&mut self, ctx: &mut Context<Self>) {
        match &mut self.stage {
            Stage::Walking(walking) => {
                let end = walking.hung_up();
                self.over(end, ctx);
            }
            Stage::Apologising(_) => self.over(End::HungUp, ctx),
            Stage::Greeting => {
                self.counters().mute.fetch_add(1, Relaxed);
                self.close(ctx);
            }
            Stage::Over => self.close(ctx),
        }
    }

    /// Tells how it ended, and closes.
    fn over(&mut self, end: End, ctx: &mut Context<Self>) {
        self.tell(end, false);
        self.close(ctx);
    }

    /// Tells how it ended, once.
    fn tell(&mut self, end: End, broke_off: bool) {
        let (facts, flow, visits, variables) = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Walking(mut walking) => {
                let taken = walking.is_taken();
                if let Some(teller) = &mut walking.teller {
                    teller.report(&walking.walk, Some(how(&end, taken, broke_off)));
                }
                let flow = walking.walk.flow().id.to_string();
                let (visits, variables) = walking.walk.into_parts();
                (walking.facts, Some(flow), visits, variables)
            }
            Stage::Apologising(facts) => (*facts, None, Vec::new(), Variables::default()),
            Stage::Greeting | Stage::Over => return,
        };
        let Facts { uniqueid, called, began } = facts;
        let (pbx, took) = (self.pbx.clone(), began.elapsed());
        self.guide.ended(Ended { pbx, uniqueid, called, flow, visits, variables, end, took });
    }

    fn close(&mut self, ctx: &mut Context<Self>) {
        self.stage = Stage::Over;
        ctx.stop();
    }
}

impl Handler<WalkOrder> for Conversation {
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

impl Actor for Conversation {
    type Context = Context<Self>;
}

impl Supervised for Conversation {}

impl Drop for Conversation {
    /// Killed, or it panicked: nobody else can tell any more.
    fn drop(&mut self) {
        self.tell(End::Failed("the conversation broke off".into()), true);
    }
}
