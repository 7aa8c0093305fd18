//! One caller: what his Asterisk says, and what is sent to it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use actix::ActorContext;
use actix::fut::WrapFuture;
use actix::io::{WriteHandler, Writer};
use actix::{
    Actor, ActorFutureExt, AsyncContext, Context, Handler, Running, SpawnHandle, StreamHandler, Supervised,
};
use actors::ivr::{Ask, Caller, CannotGo, End, Next, Told, Variables, Walk, WalkOrder, World};
use actors::supervision::{Kind, Meta, Node, Spec, start};
use asterisk::agi::{Command, Digits, Environment, Heard, Prompt, Reply, Session};
use bytes::{Bytes, BytesMut};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::port::Counters;
use super::teller::{Report, Teller, WalkOf, how};
use super::{Ended, Guide};
use crate::auth::secrets;
use crate::config::Secret;

/// For the whole environment, which Asterisk sends at once.
const ENVIRONMENT_WITHIN: Duration = Duration::from_secs(5);
/// A transfer may last long; nothing else does.
const ANSWERED_WITHIN: Duration = Duration::from_secs(6 * 3_600);
/// A caller who hung up while he was being connected: how that went is still told.
const TOLD_WITHIN: Duration = Duration::from_secs(2);
/// From a supervisor's order to the channel's leaving.
const LEAVES_WITHIN: Duration = Duration::from_secs(5);
/// Too much waits where the call is told.
const AGAIN_AFTER: Duration = Duration::from_millis(100);
/// Whoever else is asked has a shorter time of his own.
const ASKED_WITHIN: Duration = Duration::from_secs(20);
/// What is read at once.
const PIECE: usize = 4_096;
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
    buffer: BytesMut,
    writer: Writer<OwnedWriteHalf, io::Error>,
    deadline: SpawnHandle,
    /// Somebody else is asked.
    asking: Option<SpawnHandle>,
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

struct Walking {
    walk: Walk,
    world: Arc<dyn World + Send + Sync>,
    facts: Facts,
    teller: Option<Teller>,
    /// Where a supervisor sends him when what runs is over.
    sent_on: Option<usize>,
    /// A supervisor takes him elsewhere: his channel leaves until then without having hung up.
    taken: Option<Instant>,
}

struct Facts {
    uniqueid: String,
    called: String,
    began: Instant,
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
        begins.stream.set_nodelay(true)?;
        let (read, write) = begins.stream.into_split();
        begins.counters.now.fetch_add(1, Relaxed);
        let counted = Counted(begins.counters);
        let name = format!("ivr/{}/{number}", begins.pbx);
        start(node, Spec::temporary(Kind::Ivr, name), |ctx, meta| {
            ctx.add_stream(pieces(read));
            Self {
                pbx: begins.pbx,
                token: begins.token,
                guide: begins.guide,
                counted,
                meta: meta.clone(),
                session: Session::new(&begins.secret),
                buffer: BytesMut::new(),
                writer: Writer::new(write, ctx),
                deadline: ctx.run_later(ENVIRONMENT_WITHIN, |this: &mut Self, ctx| {
                    this.counters().mute.fetch_add(1, Relaxed);
                    this.close(ctx);
                }),
                asking: None,
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

    fn heard(&mut self, heard: Heard, ctx: &mut Context<Self>) {
        match heard {
            Heard::Environment(environment) => self.greeted(&environment, ctx),
            Heard::Write(bytes) => self.writer.write(&bytes),
            Heard::Reply(reply) => match &mut self.stage {
                Stage::Walking(walking) => match walking.answered(&reply, self.sent.as_ref()) {
                    Some(next) => self.go(next, ctx),
                    None => self.again(ctx),
                },
                Stage::Apologising(_) if self.session.has_hung_up() => self.over(End::HungUp, ctx),
                Stage::Apologising(_) => self.send(&Command::hangup(), ctx),
                Stage::Greeting | Stage::Over => {}
            },
            Heard::Hangup => match &mut self.stage {
                Stage::Walking(walking) if walking.walk.is_connecting() => {
                    walking.walk.went_away();
                    self.within(TOLD_WITHIN, ctx);
                }
                Stage::Walking(walking) => {
                    let end = walking.walk.hung_up();
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
        let facts = Facts {
            uniqueid: environment.uniqueid().to_owned(),
            called: environment.called().unwrap_or_default().to_owned(),
            began: Instant::now(),
        };
        let Some(flow) = self.guide.flow(&self.pbx, environment) else {
            log::warn!("agi: {}: {:?} has no flow", self.pbx, facts.called);
            self.stage = Stage::Apologising(Box::new(facts));
            return match Prompt::new(NOT_IN_SERVICE)
                .and_then(|sound| Command::stream_file(&sound, &Digits::all()))
            {
                Ok(sound) => self.send(&sound, ctx),
                Err(_) => self.send(&Command::hangup(), ctx),
            };
        };
        let caller = Caller {
            uniqueid: environment.uniqueid().into(),
            number: environment.get("agi_callerid").unwrap_or_default().into(),
            called: facts.called.as_str().into(),
        };
        let world = self.guide.world(&self.pbx);
        let (mut walk, first) = Walk::begin(flow, caller);
        walk.runs_on(environment.get("agi_version").unwrap_or_default());
        let teller = self.guide.line(&self.pbx).map(|line| {
            let walk =
                WalkOf { uniqueid: &facts.uniqueid, called: &facts.called, environment, number: self.number };
            Teller::new(line, &walk, ctx.address().recipient())
        });
        let walking = Walking { walk, world, facts, teller, sent_on: None, taken: None };
        self.stage = Stage::Walking(Box::new(walking));
        self.go(first, ctx);
    }

    /// What ran was ended by a key that nobody waits for any more: it runs once more.
    fn again(&mut self, ctx: &mut Context<Self>) {
        if let Some(command) = self.sent.clone() {
            self.send(&command, ctx);
        }
    }

    /// The call is told where he is now.
    fn report(&mut self, ctx: &mut Context<Self>) {
        let Stage::Walking(walking) = &mut self.stage else { return };
        let Some(teller) = &mut walking.teller else { return };
        if teller.report(&walking.walk, None) == Report::Later {
            ctx.run_later(AGAIN_AFTER, Self::report);
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
            Next::Send(command) => self.send(&command, ctx),
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

    fn send(&mut self, command: &Command, ctx: &mut Context<Self>) {
        match self.session.send(command) {
            Ok(bytes) => {
                self.writer.write(&bytes);
                self.sent = Some(command.clone());
                self.within(ANSWERED_WITHIN, ctx);
            }
            Err(why) => self.over(End::Failed(format!("a command out of turn: {why:?}")), ctx),
        }
    }

    fn within(&mut self, time: Duration, ctx: &mut Context<Self>) {
        ctx.cancel_future(self.deadline);
        self.deadline = ctx.run_later(time, |this, ctx| {
            this.over(End::Failed("an answer did not come in time".into()), ctx);
        });
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
                let taken = walking.taken.is_some_and(|until| Instant::now() < until);
                if let Some(teller) = &mut walking.teller {
                    teller.report(&walking.walk, Some(how(&end, taken, broke_off)));
                }
                let flow = walking.walk.flow().id.to_string();
                let walk = &walking.walk;
                (walking.facts, Some(flow), walk.visits().to_vec(), walk.variables().clone())
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
        self.writer.close();
        ctx.stop();
    }
}

impl Walking {
    /// What comes next; `None`: the same once more.
    fn answered(&mut self, reply: &Reply, sent: Option<&Command>) -> Option<Next> {
        let Reply::Done(done) = reply else { return Some(self.walk.answered(reply, &*self.world)) };
        if done.number() != Some(-1) && self.walk.stays().is_none() {
            if let Some(to) = self.sent_on.take() {
                return Some(self.walk.send_on(to, &*self.world));
            }
            // it was meant to send him on, and what ran then was over before it came
            if done.digit() == Some(Digits::BREAK) && sent.is_some() {
                return None;
            }
        }
        self.sent_on = None;
        Some(self.walk.answered(reply, &*self.world))
    }

    /// What comes next when others have said what they were asked.
    fn told(&mut self, told: Told) -> Next {
        match self.sent_on.take() {
            Some(to) => self.walk.send_on(to, &*self.world),
            None => self.walk.told(told, &*self.world),
        }
    }

    fn goes_to(&mut self, node: &str) -> Result<(), CannotGo> {
        if let Some(stays) = self.walk.stays() {
            return Err(CannotGo::Stays(stays));
        }
        self.sent_on = Some(self.walk.flow().place_of(node).ok_or(CannotGo::NoSuchNode)?);
        Ok(())
    }
}

impl Handler<WalkOrder> for Conversation {
    type Result = ();

    fn handle(&mut self, order: WalkOrder, _: &mut Context<Self>) {
        self.meta.handling("order");
        let Stage::Walking(walking) = &mut self.stage else { return };
        match order {
            WalkOrder::ToNode { node, answer } => drop(answer.send(walking.goes_to(&node))),
            WalkOrder::TakenAway => walking.taken = Some(Instant::now() + LEAVES_WITHIN),
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

impl WriteHandler<io::Error> for Conversation {
    fn error(&mut self, _: io::Error, ctx: &mut Self::Context) -> Running {
        self.gone(ctx);
        Running::Stop
    }

    fn finished(&mut self, _: &mut Self::Context) {}
}

impl Conversation {
    /// The connection is closed, or broke.
    fn gone(&mut self, ctx: &mut Context<Self>) {
        match &mut self.stage {
            Stage::Walking(walking) => {
                let end = walking.walk.hung_up();
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
}

impl StreamHandler<io::Result<Bytes>> for Conversation {
    fn handle(&mut self, piece: io::Result<Bytes>, ctx: &mut Context<Self>) {
        self.meta.handling("agi");
        let Ok(piece) = piece else { return self.gone(ctx) };
        self.buffer.extend_from_slice(&piece);
        while !matches!(self.stage, Stage::Over) {
            match self.session.receive(&mut self.buffer) {
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

    fn finished(&mut self, ctx: &mut Context<Self>) {
        self.gone(ctx);
    }
}

/// What comes, until it ends or breaks.
fn pieces(read: OwnedReadHalf) -> impl futures_util::Stream<Item = io::Result<Bytes>> {
    futures_util::stream::unfold(Some(read), |read| async move {
        let mut read = read?;
        let mut piece = BytesMut::with_capacity(PIECE);
        match read.read_buf(&mut piece).await {
            Ok(0) => None,
            Ok(_) => Some((Ok(piece.freeze()), Some(read))),
            Err(problem) => Some((Err(problem), None)),
        }
    })
}
