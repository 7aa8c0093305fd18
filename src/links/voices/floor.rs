//! What the floor is told of a conversation, and what it orders.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use actix::{AsyncContext, Context, Handler};
use actors::ai::{Input, Order, Phase, SessionCaller, SessionOrder, SessionTold, Who};
use actors::keys::Micros;
use actors::view::{SessionLineView, Text};

use super::talk::Talk;
use super::{Caller, How};

/// What was told, so that only what is new is.
pub(super) struct Teller {
    began: Micros,
    phase: Option<(Phase, Micros)>,
    /// Lines that were told.
    lines: usize,
    told: Option<(Phase, usize, bool, (u64, u64))>,
    turns: u32,
    /// What models read and wrote.
    pub(super) tokens: (u64, u64),
    /// Since when the caller has finished and hears nothing of an answer.
    waits: Option<Instant>,
    latency: Option<Duration>,
    /// Of the answer whose first line is not told yet.
    fresh: Option<Duration>,
}

impl Teller {
    pub(super) fn new() -> Self {
        Self {
            began: now(),
            phase: None,
            lines: 0,
            told: None,
            turns: 0,
            tokens: (0, 0),
            waits: None,
            latency: None,
            fresh: None,
        }
    }

    /// The caller has finished.
    pub(super) fn turn_over(&mut self) {
        if self.waits.replace(Instant::now()).is_none() {
            self.turns = self.turns.saturating_add(1);
        }
    }

    /// The first sound of an answer is there.
    pub(super) fn answer_sounds(&mut self) {
        if let Some(since) = self.waits.take() {
            self.latency = Some(since.elapsed());
            self.fresh = self.latency;
        }
    }
}

impl Talk {
    /// Tells what is new.
    pub(super) fn tell_floor(&mut self, ctx: &Context<Self>) {
        let (phase, at) = (self.session.phase(), now());
        let lines = self.session.forgotten() + self.session.transcript().len();
        let teller = &mut self.teller;
        let news = (phase, lines, self.caller.is_some(), teller.tokens);
        if teller.told == Some(news) {
            return;
        }
        teller.told = Some(news);
        let since = match teller.phase {
            Some((same, since)) if same == phase => since,
            _ => at,
        };
        teller.phase = Some((phase, since));
        let from = teller.lines;
        teller.lines = lines;
        let gone = self.session.forgotten();
        let mut new = Vec::with_capacity(lines - from);
        for (place, line) in self.session.transcript().iter().enumerate() {
            if gone + place < from {
                continue;
            }
            let latency = (line.who == Who::Assistant).then(|| teller.fresh.take()).flatten();
            new.push(SessionLineView::of(line, gone + place, teller.began, latency));
        }
        let told = SessionTold {
            pbx: self.pbx.as_str().into(),
            id: self.id.as_str().into(),
            assistant: self.ready.assistant.id.clone(),
            name: self.ready.assistant.name.clone(),
            language: self.ready.language.as_str().into(),
            caller: self.caller.as_ref().map(SessionCaller::from),
            began: teller.began,
            phase,
            since,
            turns: teller.turns,
            tokens: teller.tokens,
            latency: teller.latency,
            lines: new,
            is_over: false,
            orders: ctx.address().recipient(),
        };
        self.last_told = Some(SessionTold { lines: Vec::new(), ..told.clone() });
        self.host.told(told);
    }

    /// There is nothing more to tell.
    pub(super) fn leave_floor(&mut self) {
        if let Some(told) = self.last_told.take() {
            self.host.told(SessionTold { is_over: true, ..told });
        }
    }
}

impl Handler<SessionOrder> for Talk {
    type Result = ();

    fn handle(&mut self, order: SessionOrder, ctx: &mut Context<Self>) {
        self.meta.handling("order");
        match order {
            SessionOrder::May(order, answer) => {
                // nobody may wait any more
                let _ = answer.send(self.session.decide(&order));
            }
            SessionOrder::Do(order, answer) => {
                let outcome = self.session.decide(&order);
                let is_new = outcome.as_ref().is_ok_and(|word| !word.starts_with("already"));
                if is_new {
                    self.ordered(order, ctx);
                }
                let _ = answer.send(outcome);
            }
            SessionOrder::TakenAway => self.taken = Some(Instant::now()),
            SessionOrder::CallOver => {
                self.how.get_or_insert(How::SentOn);
                self.on(Input::Gone, ctx);
                self.over(ctx);
            }
        }
    }
}

impl Talk {
    fn ordered(&mut self, order: Order, ctx: &mut Context<Self>) {
        self.on(Input::Ordered(order), ctx);
    }
}

impl From<&Caller> for SessionCaller {
    fn from(caller: &Caller) -> Self {
        Self {
            channel: caller.channel.as_deref().map(Text::from),
            uniqueid: caller.uniqueid.as_str().into(),
            number: caller.number.as_str().into(),
            name: caller.name.as_str().into(),
            called: caller.called.as_str().into(),
        }
    }
}

fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
