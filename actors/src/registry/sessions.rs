//! Conversations with assistants, and the calls they are on.
//!
//! ```text
//! a conversation (another thread) ─SessionTold─▶ SessionsActor ─▶ board (its row)
//!                                                        └─▶ Sessions: what was said, for who may read it
//! supervisor ─order─▶ Sessions ─SessionOrder─▶ the conversation
//! ```
//!
//! The row is put under the call that has the caller's channel. What is said stands behind a lock of its own, so that
//! who shows it asks no actor; a line is there before the row that counts it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use actix::prelude::*;
use ahash::AHashMap;
use parking_lot::{Mutex, RwLock};
use tokio::sync::oneshot;

use super::shard::Shard;
use super::station;
use crate::ai::{Order, SessionOrder, SessionTold};
use crate::board::Urgency;
use crate::command::{Done, Refusal, SessionAct};
use crate::keys::Micros;
use crate::supervision::{Kind, Meta, Node, Spec, start};
use crate::view::{AiSessionView, Party, SessionLineView, SessionPhase, Table, Text, View};

/// Conversations that are known at once.
const MOST: usize = 4_000;
/// Lines of each that are kept; the oldest go.
const MOST_LINES: usize = 500;
/// How often it is looked whether a call or a conversation is gone.
const SWEEP: Duration = Duration::from_secs(1);
/// News that may wait.
const MAILBOX: usize = 4_096;
/// For the answer of a conversation.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);

const GONE: Refusal = Refusal::State("session_over", "the conversation is over, or the last words play");

/// One that lasts, as who shows it and who orders sees it.
#[derive(Debug)]
pub(crate) struct Live {
    orders: Recipient<SessionOrder>,
    lines: Mutex<VecDeque<SessionLineView>>,
}

/// All of one PBX, by the id of the row.
#[derive(Debug, Clone, Default)]
pub struct Sessions(Arc<RwLock<AHashMap<Text, Arc<Live>>>>);

impl Sessions {
    fn get(&self, id: &str) -> Option<Arc<Live>> {
        self.0.read().get(id).cloned()
    }

    /// What was said from that line on; `None`: there is no such conversation.
    pub fn lines(&self, id: &str, from: u64) -> Option<Vec<SessionLineView>> {
        let live = self.get(id)?;
        let lines = live.lines.lock();
        Some(lines.iter().filter(|line| line.n >= from).cloned().collect())
    }

    /// Has it done, and tells what shows it.
    ///
    /// # Errors
    /// Why it is not done.
    pub async fn order(&self, id: &str, order: Order) -> Result<&'static str, Refusal> {
        let live = self.get(id).ok_or(GONE)?;
        ask(&live.orders, |answer| SessionOrder::Do(order, answer)).await
    }
}

pub(super) async fn ask(
    orders: &Recipient<SessionOrder>,
    order: impl FnOnce(oneshot::Sender<Result<&'static str, Refusal>>) -> SessionOrder,
) -> Result<&'static str, Refusal> {
    let (answer, answered) = oneshot::channel();
    orders.try_send(order(answer)).map_err(|problem| match problem {
        SendError::Full(_) => Refusal::Busy,
        SendError::Closed(_) => GONE,
    })?;
    match tokio::time::timeout(ANSWERED_WITHIN, answered).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(GONE),
        Err(_) => Err(Refusal::Busy),
    }
}

/// What is known of one on the PBX's own thread.
struct Known {
    view: AiSessionView,
    orders: Recipient<SessionOrder>,
    /// Its call was seen once.
    had_call: bool,
}

/// All of one PBX.
#[derive(Default)]
pub(crate) struct Held {
    live: Sessions,
    known: RefCell<AHashMap<Text, Known>>,
}

impl Held {
    /// Who takes orders for the conversation of a channel.
    pub(crate) fn orders(&self, uniqueid: &str) -> Option<Recipient<SessionOrder>> {
        let known = self.known.borrow();
        let on = known.values().find(|known| known.view.uniqueid.as_deref() == Some(uniqueid))?;
        Some(on.orders.clone())
    }

    /// The row of that conversation, and who takes orders for it.
    pub(super) fn row(&self, id: &str) -> Option<(AiSessionView, Recipient<SessionOrder>)> {
        self.known.borrow().get(id).map(|known| (known.view.clone(), known.orders.clone()))
    }

    /// That phone has the caller, or none has him any more.
    pub(super) fn taken_by(&self, shard: &Shard, id: &str, phone: Option<Text>) {
        if let Some(known) = self.known.borrow_mut().get_mut(id) {
            known.view.taken_by = phone;
            shard.board.put(View::Session(known.view.clone()), Urgency::Urgent);
        }
    }
}

/// How far the PBX's clock is ahead of ours; nothing while it is not known.
fn ahead(shard: &Shard) -> i64 {
    if shard.last_event() == Micros::default() {
        return 0;
    }
    let ours = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    shard.now().0 - i64::try_from(ours.as_micros()).unwrap_or(i64::MAX)
}

fn call_of(shard: &Shard, uniqueid: &str) -> Option<Text> {
    let table = shard.table.borrow();
    let key = table.call_of_leg(uniqueid).and_then(|no| table.key(no))?;
    Some(key.id())
}

/// Takes what is new of a conversation.
fn told(shard: &Rc<Shard>, told: SessionTold) {
    let held = &shard.sessions;
    let id: Text = format!("{}~{}", told.pbx, told.id).into();
    if told.is_over {
        held.known.borrow_mut().remove(&id);
        held.live.0.write().remove(&id);
        shard.board.remove(Table::Sessions, &id, Urgency::Urgent);
        return;
    }
    let mut known = held.known.borrow_mut();
    if !known.contains_key(&id) && known.len() >= MOST {
        // it goes on, and nobody sees it
        return;
    }
    let ahead = ahead(shard);
    let moved = |at: Micros| Micros(at.0 + ahead);
    let caller = told.caller.unwrap_or_default();
    let uniqueid = Some(caller.uniqueid).filter(|uniqueid| !uniqueid.is_empty());
    let before = known.get(&id);
    let live = held.get_or_new(&id, &told.orders);
    {
        let mut lines = live.lines.lock();
        for line in told.lines {
            if lines.len() >= MOST_LINES {
                lines.pop_front();
            }
            lines.push_back(SessionLineView { at_ms: moved(line.at_ms), ..line });
        }
    }
    let lines = live.lines.lock().back().map_or(0, |line| line.n + 1);
    let phase = SessionPhase::from(told.phase);
    // the difference of clocks moves: what was told stays as it was told first
    let same = before.filter(|known| known.view.phase == phase).map(|known| known.view.since_ms);
    let view = AiSessionView {
        id: id.clone(),
        pbx: told.pbx,
        assistant: told.assistant,
        assistant_name: told.name,
        language: told.language,
        call: uniqueid.as_deref().and_then(|uniqueid| call_of(shard, uniqueid)),
        uniqueid,
        channel: caller.channel,
        caller: Party { number: caller.number, name: caller.name },
        called: caller.called,
        phase,
        since_ms: same.unwrap_or_else(|| moved(told.since)),
        began_ms: before.map_or_else(|| moved(told.began), |known| known.view.began_ms),
        turns: told.turns,
        lines,
        tokens_in: told.tokens.0,
        tokens_out: told.tokens.1,
        latency_ms: told.latency.map(crate::ai::whole_ms),
        taken_by: before
            .and_then(|known| known.view.taken_by.clone())
            .filter(|_| phase == SessionPhase::Human),
    };
    let had_call = view.call.is_some() || before.is_some_and(|known| known.had_call);
    known.insert(id, Known { view: view.clone(), orders: told.orders, had_call });
    drop(known);
    shard.board.put(View::Session(view), Urgency::Urgent);
}

impl Held {
    fn get_or_new(&self, id: &Text, orders: &Recipient<SessionOrder>) -> Arc<Live> {
        if let Some(live) = self.live.get(id) {
            return live;
        }
        let live = Arc::new(Live { orders: orders.clone(), lines: Mutex::default() });
        self.live.0.write().insert(id.clone(), live.clone());
        live
    }
}

/// Rows whose call came late or is another now; conversations that broke off without a word; those whom a human had when
/// the call ended.
fn sweep(shard: &Rc<Shard>) {
    let held = &shard.sessions;
    let mut over = Vec::new();
    let mut changed = Vec::new();
    for (id, known) in held.known.borrow_mut().iter_mut() {
        if !known.orders.connected() {
            over.push(id.clone());
            continue;
        }
        let call = known.view.uniqueid.as_deref().and_then(|uniqueid| call_of(shard, uniqueid));
        if call.is_none() && known.had_call && known.view.phase == SessionPhase::Human {
            known.orders.do_send(SessionOrder::CallOver);
        }
        if call.is_some() && call != known.view.call {
            known.had_call = true;
            known.view.call = call;
            changed.push(known.view.clone());
        }
    }
    for id in over {
        held.known.borrow_mut().remove(&id);
        held.live.0.write().remove(&id);
        shard.board.remove(Table::Sessions, &id, Urgency::Urgent);
    }
    changed.into_iter().for_each(|view| shard.board.put(View::Session(view), Urgency::Urgent));
}

/// Where news of conversations come in, from any thread.
#[derive(Debug, Clone)]
pub struct SessionLine {
    addr: Addr<SessionsActor>,
    /// What was said, and who takes orders.
    pub(super) live: Sessions,
}

impl SessionLine {
    /// Takes the caller over, or hands him back: what takes more than one step.
    pub(super) async fn steps(&self, id: &str, act: SessionAct) -> Result<Done, Refusal> {
        let (answer, outcome) = oneshot::channel();
        self.addr.try_send(Steps { id: id.into(), act, answer }).map_err(|problem| match problem {
            SendError::Full(_) => Refusal::Busy,
            SendError::Closed(_) => Refusal::LinkDown,
        })?;
        outcome.await.unwrap_or(Err(Refusal::Busy))
    }

    /// Tells. What is new of a conversation is little, and its end must not be lost.
    pub fn tell(&self, told: SessionTold) {
        self.addr.do_send(told);
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Steps {
    id: Text,
    act: SessionAct,
    answer: oneshot::Sender<Result<Done, Refusal>>,
}

/// See the module.
pub struct SessionsActor {
    meta: Arc<Meta>,
    shard: Rc<Shard>,
}

impl SessionsActor {
    /// Starts it on this arbiter.
    pub(super) fn start(node: &Arc<Node>, shard: &Rc<Shard>) -> SessionLine {
        let name = compact_str::format_compact!("sessions/{}", shard.settings.pbx);
        let spec = Spec { mailbox: MAILBOX, ..Spec::permanent(Kind::Other, name) };
        let (live, shard) = (shard.sessions.live.clone(), shard.clone());
        let (addr, _) = start(node, spec, |_, meta| Self { meta: meta.clone(), shard });
        SessionLine { addr, live }
    }
}

impl Actor for SessionsActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.run_interval(SWEEP, |this, _| sweep(&this.shard));
    }
}

impl Supervised for SessionsActor {
    fn restarting(&mut self, _: &mut Context<Self>) {}
}

impl Handler<Steps> for SessionsActor {
    type Result = ();
    fn handle(&mut self, steps: Steps, _: &mut Context<Self>) {
        self.meta.handling("command");
        let shard = self.shard.clone();
        actix::spawn(async move {
            let done = match steps.act {
                SessionAct::TakeOver { station } => station::take_session(shard, steps.id, station).await,
                _ => Err(Refusal::State(
                    "cannot_hand_back",
                    "the caller cannot be handed back to the assistant",
                )),
            };
            // nobody may wait any more
            let _ = steps.answer.send(done);
        });
    }
}

impl Handler<SessionTold> for SessionsActor {
    type Result = ();
    fn handle(&mut self, what: SessionTold, _: &mut Context<Self>) {
        self.meta.handling("session");
        told(&self.shard, what);
    }
}
