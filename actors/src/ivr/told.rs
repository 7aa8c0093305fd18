//! What a caller's walk tells the call that it is on, and what it is asked: messages between two threads.

use actix::{Message, Recipient};
use tokio::sync::oneshot;

use super::Stays;
use crate::keys::Micros;
use crate::view::{FlowEnd, FlowVisitView, Text};

/// What is new of a walk. Times are on our clock.
#[derive(Message)]
#[rtype(result = "()")]
pub struct WalkTold {
    /// Of the channel.
    pub uniqueid: Text,
    /// Which walk, for as long as this process lives.
    pub walk: u64,
    /// It began.
    pub began: Micros,
    /// What the caller dialled.
    pub called: Text,
    /// Where the dialplan handed him over, `context,extension,1`; empty where that is no plain name.
    pub back: Text,
    /// Id of the flow that he walks now; empty when he has none.
    pub flow: Text,
    /// Its name.
    pub name: Text,
    /// Place of the first of `visits` among all.
    pub from: usize,
    /// From there on: what may have changed.
    pub visits: Vec<FlowVisitView>,
    /// When and how it ended, and why where it failed.
    pub ended: Option<(Micros, FlowEnd, Option<Text>)>,
    /// Who takes orders for it.
    pub orders: Recipient<WalkOrder>,
}

/// An order to who walks for a caller.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub enum WalkOrder {
    /// To another node, as soon as what runs is over.
    ToNode {
        /// Its id.
        node: Text,
        /// Whether it will be so.
        answer: oneshot::Sender<Result<(), CannotGo>>,
    },
    /// He is about to be taken elsewhere: when his channel leaves next, he did not hang up.
    TakenAway,
}

/// Why he is not sent to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CannotGo {
    /// His flow has no such node.
    NoSuchNode,
    /// Not now.
    Stays(Stays),
}
