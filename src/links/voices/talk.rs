//! One conversation: what the connection, AMI and the engines tell the machine, and what the machine wants done.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::fut::WrapFuture;
use actix::{
    Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Recipient, SpawnHandle, Supervised,
};
use actors::ai::{Act, Generation, Input, Next, Phase, Session, SessionTold};
use actors::supervision::{Kind, Meta, Node, Spec, start};
use asterisk::agi::Digits;

use super::floor::Teller;
use super::hearing::{Hearing, Voice};
use super::shared::{FromMedia, Shared};
use super::turns::Turns;
use super::work::Work;
use super::{Caller, Channel, Ended, Host, How};
use crate::voice::Ready;

/// For a caller who is taken elsewhere to leave.
const TAKEN_WITHIN: Duration = Duration::from_secs(5);

/// What a conversation begins with.
pub(in crate::links) struct Begins {
    /// Its PBX.
    pub(in crate::links) pbx: String,
    /// By which its voice came.
    pub(in crate::links) id: String,
    /// Who answers.
    pub(in crate::links) ready: Arc<Ready>,
    /// Of the caller.
    pub(in crate::links) channel: Box<dyn Channel>,
    /// Who is told how it ended.
    pub(in crate::links) host: Arc<dyn Host>,
}

pub(in crate::links) struct Talk {
    pub(super) pbx: String,
    pub(super) id: String,
    pub(super) ready: Arc<Ready>,
    channel: Box<dyn Channel>,
    pub(super) host: Arc<dyn Host>,
    pub(super) meta: Arc<Meta>,
    pub(super) session: Session,
    pub(super) began: Instant,
    pub(super) shared: Arc<Shared>,
    /// Whose call it is.
    pub(super) caller: Option<Caller>,
    /// What is known of him.
    pub(super) facts: String,
    /// Tools that the answer wants: names and arguments.
    pub(super) wanted: Vec<(String, String)>,
    /// When he was about to be taken elsewhere.
    pub(super) taken: Option<Instant>,
    /// Where a tool sends him; `None`: where the assistant's callers go.
    pub(super) place: Option<String>,
    /// What happened while something was done about what happened before.
    waiting: VecDeque<Input>,
    busy: bool,
    timer: Option<SpawnHandle>,
    pub(super) work: Work,
    pub(super) turns: Turns,
    /// How it ended, once it has.
    pub(super) how: Option<How>,
    told: bool,
    pub(super) teller: Teller,
    /// With which the floor is told that it is over.
    pub(super) last_told: Option<SessionTold>,
}

impl Talk {
    /// `carries` brings the sound: it is called once, with what it shares with the conversation and whom it tells.
    pub(in crate::links) fn start(
        node: &Arc<Node>,
        number: u64,
        begins: Begins,
        carries: impl FnOnce(Arc<Shared>, Recipient<FromMedia>),
    ) {
        let name = format!("ai/{}/{number}", begins.pbx);
        start(node, Spec::temporary(Kind::Ai, name), |ctx, meta| {
            let Begins { pbx, id, ready, channel, host } = begins;
            let shared = Shared::new(Hearing::new(ready.ears.is_some()));
            let (session, acts) = match ready.notice.clone() {
                Some((text, next)) => Session::notice(ready.assistant.clone(), text, next),
                None => Session::begin(ready.assistant.clone()),
            };
            let mut this = Self {
                pbx,
                id,
                ready,
                channel,
                host,
                meta: meta.clone(),
                session,
                began: Instant::now(),
                shared,
                caller: None,
                facts: String::new(),
                wanted: Vec::new(),
                taken: None,
                place: None,
                waiting: VecDeque::new(),
                busy: false,
                timer: None,
                work: Work::default(),
                turns: Turns::default(),
                how: None,
                told: false,
                teller: Teller::new(),
                last_told: None,
            };
            let fillers = &this.ready.assistant.phrases.fillers;
            let fillers = fillers.iter().filter_map(|filler| this.ready.spoken(filler)).collect();
            this.shared.play.lock().fills(fillers, this.ready.assistant.times.filler);
            // the greeting is there before the first frame
            acts.into_iter().for_each(|act| this.act(act, ctx));
            match this.channel.known() {
                Some(caller) => this.identified(caller, ctx),
                None => drop(ctx.spawn(this.whose())),
            }
            this.wakes(ctx);
            this.tell_floor(ctx);
            carries(this.shared.clone(), ctx.address().recipient());
            this
        });
    }

    /// The PBX tells whose call it is.
    fn whose(&self) -> impl actix::ActorFuture<Self, Output = ()> + use<> {
        self.channel.told().into_actor(self).map(|caller, this, ctx| this.identified(caller, ctx))
    }

    fn identified(&mut self, caller: Caller, ctx: &mut Context<Self>) {
        self.caller = Some(caller);
        self.look_up(ctx);
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
            let at = self.began.elapsed();
            self.turns.input(&input, at);
            for act in self.session.on(input, at, position) {
                let (lines, play) = (self.session.transcript(), self.shared.play.lock());
                self.turns.act(&act, at, self.began, lines, play.played());
                drop(play);
                // nobody can tell whose call it is any more: that is no wish of the caller's
                match act {
                    Act::End(_) if before == Phase::Identifying => self.unknown(ctx),
                    act => self.act(act, ctx),
                }
            }
        }
        self.busy = false;
        self.wakes(ctx);
        self.tell_floor(ctx);
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
            Act::OpenEars => {
                self.work.opened();
                self.open_ear(Vec::new(), ctx);
            }
            Act::Say { generation, number, text } => self.say(generation, number, &text, ctx),
            Act::Hush(generation) => {
                self.shared.play.lock().hush(generation);
                self.work.drop_all(ctx);
            }
            Act::FinishTurn => {
                self.teller.turn_over();
                self.understand(ctx);
            }
            Act::Think { generation, .. } => self.think(generation, ctx),
            Act::RunTools(generation) => self.run_tools(generation, ctx),
            // the dialplan calls him
            Act::Connect | Act::End(Next::Fallback) => self.leaves(How::Fallback, ctx),
            Act::End(Next::Hangup) => self.leaves(How::Hangup, ctx),
        }
    }

    fn unknown(&mut self, ctx: &mut Context<Self>) {
        log::warn!("{}: nothing is known of the call whose voice comes as {}", self.pbx, self.id);
        self.leaves(How::Unknown, ctx);
    }

    /// The call goes on without the assistant: the PBX is told where, then it has the caller.
    fn leaves(&mut self, how: How, ctx: &mut Context<Self>) {
        if self.how.replace(how).is_some() {
            return;
        }
        self.work.drop_all(ctx);
        self.close_ear(ctx);
        let place = self.place.as_deref().or(self.ready.fallback.as_deref());
        let Some(told) = self.channel.goes(how, place) else {
            return self.over(ctx);
        };
        ctx.spawn(told.into_actor(self).map(|is_told, this, ctx| {
            if !is_told {
                log::warn!("{}: the PBX could not be told where a caller goes after his assistant", this.pbx);
            }
            this.over(ctx);
        }));
    }

    pub(super) fn over(&mut self, ctx: &mut Context<Self>) {
        self.shared.finish();
        self.tell();
        ctx.stop();
    }

    /// Tells how it ended, once.
    fn tell(&mut self) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        self.conversation_over();
        self.leave_floor();
        let lines = self.session.transcript().to_vec();
        let turns = self.turns.finish(self.began, &lines, self.shared.play.lock().played());
        self.host.ended(Ended {
            pbx: self.pbx.clone(),
            id: self.id.clone(),
            caller: self.caller.take(),
            assistant: self.ready.assistant.id.clone(),
            version: self.ready.version,
            how: self.how.unwrap_or(How::BrokeOff),
            lines,
            turns,
            engines: self.ready.engines(),
            took: self.began.elapsed(),
            unheard_frames: self.work.ear.forgotten(),
        });
    }

    fn say(&mut self, generation: Generation, number: u32, text: &str, ctx: &mut Context<Self>) {
        let spoken = self.ready.spoken(text);
        let is_there = spoken.is_some();
        if is_there && self.session.phase() == Phase::Speaking {
            self.teller.answer_sounds();
        }
        if is_there {
            self.turns.spoken(number, self.began.elapsed());
        }
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
            // no phone has it: it is pressed in his place
            FromMedia::Key(Digits::BREAK) => self.leaves(How::SentOn, ctx),
            FromMedia::Key(key) => self.on(Input::Key(key), ctx),
            FromMedia::Voice(Voice::Began) => self.on(Input::SpeechBegan, ctx),
            FromMedia::Voice(Voice::Ended) => self.on(Input::SpeechEnded, ctx),
            // a human has him: his voice goes elsewhere, and he may come back
            FromMedia::Gone if self.session.phase() == Phase::Human && self.how.is_none() => {}
            FromMedia::Gone => {
                // the order that was to take him elsewhere may have been refused: his voice says whether it was
                let is_taken = self.taken.is_some_and(|at| at.elapsed() < TAKEN_WITHIN);
                self.how.get_or_insert(if is_taken { How::SentOn } else { How::Gone });
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
