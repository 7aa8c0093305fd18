//! Follows the board, and sets right what a boot of the PBX forgot.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use actors::board::Board;
use actors::command::{AgentAct, Command, Endpoint, Order, QueueName, Reason, Refusal};
use actors::keys::PbxName;
use actors::numbers::By;
use actors::registry::Registry;
use actors::view::{AgentView, LinkPhase, Table, View};
use parking_lot::Mutex;

use super::fate::{Fate, Kept, NO_MEMBER, Of, fate, is_settled, shown};
use super::store;
use crate::db::{Db, Unavailable};

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A PBX must be live for so many looks before what it shows counts: rows follow their PBX's by a moment.
const STEADY: u32 = 2;
/// A pause that is to come is not forgotten before it was missing for so many looks: it is stored before it
/// is asked for.
const MISSING: u32 = 3;
/// Changes of one transaction.
const BATCH: usize = 500;

/// What there is to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// He was paused again.
    Restored(Of),
    /// He could not be; why.
    Lost(Of, &'static str),
    /// Whose pause was lost is a member again, or not waited for any more.
    Settled(Of),
}

type Tell = Box<dyn Fn(Told) + Send + Sync>;

/// See the module.
pub struct Pauses {
    board: Weak<Board>,
    registry: Registry,
    /// Without one they outlive a restart of the PBX, and not ours.
    db: Option<Db>,
    state: Mutex<State>,
    tell: Tell,
}

#[derive(Default)]
struct State {
    /// What is kept; `None` until it was read.
    rows: Option<BTreeMap<Of, Kept>>,
    /// Not yet as in the database.
    unwritten: BTreeSet<Of>,
    /// How long a pause that is to come was not shown.
    missing: BTreeMap<Of, u32>,
    /// What could not be restored, and why.
    lost: BTreeMap<Of, &'static str>,
    /// Boot of each PBX that is live, and for how many looks.
    steady: BTreeMap<String, (i64, u32)>,
    /// Boot of each PBX whose pauses were set right.
    settled: BTreeMap<String, i64>,
}

impl State {
    fn put(&mut self, of: &Of, kept: Option<Kept>) {
        let Some(rows) = &mut self.rows else { return };
        let before = match kept.clone() {
            Some(kept) => rows.insert(of.clone(), kept),
            None => rows.remove(of),
        };
        self.missing.remove(of);
        if before != kept {
            self.unwritten.insert(of.clone());
        }
    }

    fn of_pbx(&self, pbx: &str) -> Vec<(Of, Kept)> {
        let rows = self.rows.iter().flatten().filter(|(of, _)| of.pbx == pbx);
        rows.map(|(of, kept)| (of.clone(), kept.clone())).collect()
    }
}

impl Pauses {
    /// Keeps them until the last handle is gone. Must be called inside an actix system.
    pub fn start(
        board: &Arc<Board>,
        registry: &Registry,
        db: Option<Db>,
        tell: impl Fn(Told) + Send + Sync + 'static,
    ) -> Arc<Self> {
        let rows = if db.is_none() { Some(BTreeMap::new()) } else { None };
        let this = Arc::new(Self {
            board: Arc::downgrade(board),
            registry: registry.clone(),
            db,
            state: Mutex::new(State { rows, ..State::default() }),
            tell: Box::new(tell),
        });
        let weak = Arc::downgrade(&this);
        actix::spawn(async move {
            let mut turns = tokio::time::interval(LOOK_EVERY);
            turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                turns.tick().await;
                let Some(this) = weak.upgrade() else { return };
                this.look().await;
            }
        });
        this
    }

    /// A pause after the call that is about to be asked for, or is to come: stored when this returns.
    ///
    /// # Errors
    /// When it is not: then nothing may be acknowledged.
    pub async fn promise(&self, of: &Of, reason: Option<String>) -> Result<(), Unavailable> {
        let epoch = self.state.lock().settled.get(&of.pbx).copied().unwrap_or_default();
        let kept = Kept { reason, epoch };
        if let Some(db) = &self.db {
            store::put(db, &[(of.clone(), Some(kept.clone()))]).await?;
        }
        let mut state = self.state.lock();
        state.put(of, Some(kept));
        state.unwritten.remove(of);
        Ok(())
    }

    /// It is not to come.
    pub fn withdraw(&self, of: &Of) {
        self.state.lock().put(of, None);
    }

    async fn look(&self) {
        if self.state.lock().rows.is_none() && !self.read().await {
            return;
        }
        let Some(board) = self.board.upgrade() else { return };
        for (pbx, epoch) in self.steady(&board) {
            let agents = agents_of(&board, &pbx);
            let settled = self.state.lock().settled.get(&pbx) == Some(&epoch);
            if settled {
                self.follow(&pbx, epoch, &agents);
            } else if self.set_right(&pbx, epoch, &agents).await {
                self.state.lock().settled.insert(pbx, epoch);
            }
        }
        self.write().await;
    }

    async fn read(&self) -> bool {
        let Some(db) = &self.db else { return true };
        match store::load(db).await {
            Ok(stored) => {
                let mut state = self.state.lock();
                // what was promised while it was read is in the database too
                state.rows.get_or_insert(stored);
                true
            }
            Err(_) => false,
        }
    }

    /// PBXs that are live, and have been for a while, with their boot.
    fn steady(&self, board: &Board) -> Vec<(String, i64)> {
        let mut state = self.state.lock();
        let mut live = BTreeMap::new();
        for line in board.lines(Table::Pbxs) {
            let View::Pbx(pbx) = &*line.view else { continue };
            if pbx.link == LinkPhase::Live && pbx.epoch != 0 {
                let before = state.steady.get(pbx.id.as_str()).filter(|(epoch, _)| *epoch == pbx.epoch);
                let looks = before.map_or(1, |(_, looks)| looks.saturating_add(1));
                live.insert(pbx.id.to_string(), (pbx.epoch, looks));
            }
        }
        let steady = live.iter().filter(|(_, (_, looks))| *looks >= STEADY);
        let steady = steady.map(|(pbx, (epoch, _))| (pbx.clone(), *epoch)).collect();
        state.steady = live;
        steady
    }

    /// After a boot of the PBX, or of ours: whether all is as it should be, or known to be lost.
    async fn set_right(&self, pbx: &str, epoch: i64, agents: &BTreeMap<String, Arc<View>>) -> bool {
        let mut all = true;
        let rows = self.state.lock().of_pbx(pbx);
        for (of, kept) in rows {
            let agent = agents.get(&of.endpoint).and_then(agent);
            match fate(&of, &kept, epoch, agent) {
                Fate::Stands => {}
                Fate::Lost => self.lose(of, NO_MEMBER),
                Fate::Restore => match self.pause_again(&of, &kept).await {
                    Ok(outcome) => {
                        let stays = !of.after_call || outcome == "pending";
                        self.state.lock().put(&of, stays.then_some(Kept { epoch, ..kept }));
                        (self.tell)(Told::Restored(of));
                    }
                    Err(Refusal::LinkDown | Refusal::LinkLost | Refusal::Busy | Refusal::TimedOut) => {
                        all = false;
                    }
                    Err(Refusal::State(slug, _)) => self.lose(of, slug),
                    Err(Refusal::Account(_)) => self.lose(of, "account_may_not"),
                    Err(_) => self.lose(of, "pbx_refused"),
                },
            }
        }
        all
    }

    async fn pause_again(&self, of: &Of, kept: &Kept) -> Result<&'static str, Refusal> {
        let queue = (!of.queue.is_empty()).then(|| QueueName::parse(&of.queue)).transpose();
        let reason = kept.reason.as_deref().map(Reason::parse).transpose();
        let endpoint = Endpoint::parse(&of.endpoint).map_err(Refusal::NotAllowed)?;
        let act = AgentAct::Pause {
            queue: queue.map_err(Refusal::NotAllowed)?,
            reason: reason.map_err(Refusal::NotAllowed)?,
            after_call: of.after_call,
        };
        let pbx = Some(PbxName(of.pbx.as_str().into()));
        let order = Order::Agent(endpoint, act);
        self.registry.command(Command { pbx, by: By::default(), order }).await.map(|done| done.outcome)
    }

    fn lose(&self, of: Of, why: &'static str) {
        {
            let mut state = self.state.lock();
            state.put(&of, None);
            state.lost.insert(of.clone(), why);
        }
        (self.tell)(Told::Lost(of, why));
    }

    /// While the PBX runs, what it shows is kept.
    fn follow(&self, pbx: &str, epoch: i64, agents: &BTreeMap<String, Arc<View>>) {
        let mut state = self.state.lock();
        let agents = || agents.values().filter_map(agent);
        let now: BTreeMap<Of, Kept> = agents().flat_map(|agent| shown(agent, epoch)).collect();
        for (of, _) in state.of_pbx(pbx) {
            if now.contains_key(&of) {
                continue;
            }
            let missing = *state.missing.entry(of.clone()).and_modify(|looks| *looks += 1).or_insert(1);
            if !of.after_call || missing >= MISSING {
                state.put(&of, None);
            }
        }
        for (of, kept) in now {
            let known = state.rows.as_ref().is_some_and(|rows| rows.contains_key(&of));
            state.put(&of, Some(kept));
            if !known && !of.after_call {
                log::info!("{}~{} is paused in {}: kept over a restart", of.pbx, of.endpoint, of.queue);
            }
        }
        let over = |(of, why): &(&Of, &&'static str)| {
            let agent = agents().find(|agent| agent.endpoint == of.endpoint);
            of.pbx == pbx && is_settled(of, why, agent)
        };
        let settled: Vec<Of> = state.lost.iter().filter(over).map(|(of, _)| of.clone()).collect();
        for of in settled {
            state.lost.remove(&of);
            (self.tell)(Told::Settled(of));
        }
    }

    /// What the database does not know yet; it waits while that is away.
    async fn write(&self) {
        let Some(db) = &self.db else { return };
        let changes: Vec<(Of, Option<Kept>)> = {
            let state = self.state.lock();
            let kept = |of: &Of| state.rows.as_ref().and_then(|rows| rows.get(of)).cloned();
            state.unwritten.iter().take(BATCH).map(|of| (of.clone(), kept(of))).collect()
        };
        if changes.is_empty() || store::put(db, &changes).await.is_err() {
            return;
        }
        let mut state = self.state.lock();
        for (of, written) in changes {
            // it may have changed meanwhile
            if state.rows.as_ref().and_then(|rows| rows.get(&of)) == written.as_ref() {
                state.unwritten.remove(&of);
            }
        }
    }
}

fn agents_of(board: &Board, pbx: &str) -> BTreeMap<String, Arc<View>> {
    let mut agents = BTreeMap::new();
    for line in board.lines(Table::Agents) {
        if let View::Agent(agent) = &*line.view
            && agent.pbx == pbx
        {
            agents.insert(agent.endpoint.to_string(), line.view.clone());
        }
    }
    agents
}

fn agent(view: &Arc<View>) -> Option<&AgentView> {
    match &**view {
        View::Agent(agent) => Some(agent),
        _ => None,
    }
}
