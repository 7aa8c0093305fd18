//! One conversation: what the connection, AMI and the engines tell the machine, and what the machine wants done.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use actix::fut::WrapFuture;
use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, SpawnHandle, Supervised};
use actors::ai::{Act, Generation, Input, Next, Part, Phase, Session};
use actors::ports::SendAction;
use actors::supervision::{Kind, Meta, Node, Spec, start};
use asterisk::ami::Action;
use asterisk::audiosocket::Uuid;

use super::hearing::{Hearing, Voice};
use super::media::{self, FromMedia, Shared};
use super::port::{Counted, Counters};
use super::wire::Wire;
use super::work::Work;
use super::{Ended, Host, How, Line};
use crate::links::ami::Sighting;
use crate::voice::Ready;

/// For AMI to take where the caller goes next; without it the dialplan brings him to a human.
const TAKEN_WITHIN: Duration = Duration::from_secs(2);

/// What a conversation begins with.
pub(super) struct Begins {
    pub(super) pbx: String,
    pub(super) uuid: Uuid,
    pub(super) ready: Arc<Ready>,
    pub(super) line: Line,
    pub(super) host: Arc<dyn Host>,
    pub(super) counted: Counted,
}

pub(super) struct Talk {
    pbx: String,
    uuid: Uuid,
    pub(super) ready: Arc<Ready>,
    line: Line,
    host: Arc<dyn Host>,
    counters: Arc<Counters>,
    meta: Arc<Meta>,
    pub(super) session: Session,
    began: Instant,
    pub(super) shared: Arc<Shared>,
    /// Whose call it is.
    seen: Option<Sighting>,
    /// What happened while something was done about what happened before.
    waiting: VecDeque<Input>,
    busy: bool,
    timer: Option<SpawnHandle>,
    pub(super) work: Work,
    /// How it ended, once it has.
    how: Option<How>,
    told: bool,
}

impl Talk {
    pub(super) fn start(node: &Arc<Node>, number: u64, wire: Wire, begins: Begins) {
        let name = format!("ai/{}/{number}", begins.pbx);
        start(node, Spec::temporary(Kind::Ai, name), |ctx, meta| {
            let Begins { pbx, uuid, ready, line, host, counted } = begins;
            let shared = Shared::new(Hearing::new(ready.ears.is_some()));
            let (session, acts) = Session::begin(ready.assistant.clone());
            let (counters, meta) = (counted.0.clone(), meta.clone());
            let mut this = Self {
                pbx,
                uuid,
                ready,
                line,
                host,
                counters,
                meta,
                session,
                began: Instant::now(),
                shared,
                seen: None,
                waiting: VecDeque::new(),
                busy: false,
                timer: None,
                work: Work::default(),
                how: None,
                told: false,
            };
            // the greeting is there before the first frame
            acts.into_iter().for_each(|act| this.act(act, ctx));
            match this.line.sightings.of(this.uuid) {
                Some(seen) => this.identified(seen, ctx),
                None => drop(ctx.spawn(this.whose())),
            }
            this.wakes(ctx);
            let to = ctx.address().recipient();
            actix::spawn(media::run(wire, this.shared.clone(), to, counted));
            this
        });
    }

    /// AMI tells whose call it is.
    fn whose(&self) -> impl actix::ActorFuture<Self, Output = ()> + use<> {
        let (sightings, uuid) = (self.line.sightings.clone(), self.uuid);
        let seen = async move { sightings.wait(uuid).await };
        seen.into_actor(self).map(|seen, this, ctx| this.identified(seen, ctx))
    }

    fn identified(&mut self, seen: Sighting, ctx: &mut Context<Self>) {
        self.seen = Some(seen);
        self.on(Input::Identified, ctx);
    }

    /// Something happens.
    pub(super) fn on(&mut self, input: Input, ctx: &mut Context<Self>) {
        self.waiting.push_back(input);
        if self.busy {
            return;
        }
        self.busy = true;
        while let Some(input) = self.waiting.pop_front() {
            let before = self.session.phase();
            let position = self.shared.play.lock().position();
            for act in self.session.on(input, self.began.elapsed(), position) {
                // nobody can tell whose call it is any more: that is no wish of the caller's
                match act {
                    Act::End(_) if before == Phase::Identifying => self.unknown(ctx),
                    act => self.act(act, ctx),
                }
            }
        }
        self.busy = false;
        self.wakes(ctx);
    }

    /// The machine is woken when something is due.
    fn wakes(&mut self, ctx: &mut Context<Self>) {
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        let Some(due) = self.session.deadline() else { return };
        // a timer may be a little early: the machine would not move, and would be asked again at once
        let left = due.saturating_sub(self.began.elapsed()) + Duration::from_millis(1);
        self.timer = Some(ctx.run_later(left, |this, ctx| {
            this.timer = None;
            this.on(Input::Time, ctx);
        }));
    }

    fn act(&mut self, act: Act, ctx: &mut Context<Self>) {
        match act {
            Act::OpenEars => self.work.opened(),
            Act::Say { generation, number, text } => self.say(generation, number, &text, ctx),
            Act::Hush(generation) => {
                self.shared.play.lock().hush(generation);
                self.work.drop_all(ctx);
            }
            Act::FinishTurn => self.understand(ctx),
            Act::Think { generation, .. } => self.think(generation, ctx),
            // it has none: what the model wants cannot be done
            Act::Run(generation, _) => self.waiting.push_back(Input::Failed(generation, Part::Mind)),
            // the dialplan calls him
            Act::Connect | Act::End(Next::Fallback) => self.leaves(How::Fallback, ctx),
            Act::End(Next::Hangup) => self.leaves(How::Hangup, ctx),
        }
    }

    fn unknown(&mut self, ctx: &mut Context<Self>) {
        self.counters.unknown.fetch_add(1, Relaxed);
        log::warn!(
            "audiosocket: {}: nothing is known of {}: AMI must tell of Newexten (read = dialplan)",
            self.pbx,
            self.uuid
        );
        self.leaves(How::Unknown, ctx);
    }

    /// The call goes on without the assistant: the dialplan is told where, then it has the caller.
    fn leaves(&mut self, how: How, ctx: &mut Context<Self>) {
        if self.how.replace(how).is_some() {
            return;
        }
        self.work.drop_all(ctx);
        let sent = self.next(how).zip(self.line.actions.clone());
        let Some((action, actions)) = sent else { return self.over(ctx) };
        let asked = actions.send(SendAction { action, deadline: TAKEN_WITHIN });
        ctx.spawn(asked.into_actor(self).map(|answer, this, ctx| {
            if !matches!(answer, Ok(Ok(_))) {
                log::warn!("audiosocket: {}: the dialplan could not be told where the caller goes", this.pbx);
            }
            this.over(ctx);
        }));
    }

    /// What the dialplan reads.
    fn next(&self, how: How) -> Option<Action> {
        let (name, value) = match how {
            How::Hangup => ("VIGIE_DONE", "1"),
            How::Fallback => ("VIGIE_NEXT", self.ready.fallback.as_deref()?),
            How::Unknown | How::Gone | How::BrokeOff => return None,
        };
        // who dialled may be known since
        let seen = self.line.sightings.of(self.uuid).or_else(|| self.seen.clone())?;
        Action::setvar(&seen.caller?, name, value).ok()
    }

    fn over(&mut self, ctx: &mut Context<Self>) {
        self.shared.finish();
        self.tell();
        ctx.stop();
    }

    /// Tells how it ended, once.
    fn tell(&mut self) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        self.host.ended(Ended {
            pbx: self.pbx.clone(),
            uuid: self.uuid.to_string(),
            uniqueid: self.seen.take().map(|seen| seen.uniqueid),
            assistant: self.ready.assistant.id.clone(),
            how: self.how.unwrap_or(How::BrokeOff),
            lines: self.session.transcript().to_vec(),
            took: self.began.elapsed(),
        });
    }

    fn say(&mut self, generation: Generation, number: u32, text: &str, ctx: &mut Context<Self>) {
        let spoken = self.ready.spoken(text);
        let is_there = spoken.is_some();
        if self.shared.play.lock().say(generation, number, spoken) && !is_there {
            self.speak(generation, number, text, ctx);
        }
    }
}

impl Handler<FromMedia> for Talk {
    type Result = ();

    fn handle(&mut self, from: FromMedia, ctx: &mut Context<Self>) {
        self.meta.handling("media");
        match from {
            FromMedia::Played(number) => self.on(Input::Heard(number), ctx),
            FromMedia::Key(key) => self.on(Input::Key(key), ctx),
            FromMedia::Voice(Voice::Began) => self.on(Input::SpeechBegan, ctx),
            FromMedia::Voice(Voice::Ended) => self.on(Input::SpeechEnded, ctx),
            FromMedia::Gone => {
                self.how.get_or_insert(How::Gone);
                self.on(Input::Gone, ctx);
                self.over(ctx);
            }
        }
    }
}

impl Actor for Talk {
    type Context = Context<Self>;
}

impl Supervised for Talk {}

impl Drop for Talk {
    /// Killed, or it panicked: the dialplan goes on with the caller.
    fn drop(&mut self) {
        self.shared.finish();
        self.tell();
    }
}
