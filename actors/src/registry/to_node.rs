//! A caller in a flow is sent to another node of it.

use std::rc::Rc;
use std::time::Duration;

use asterisk::agi::Digits;
use asterisk::ami::Action;
use tokio::sync::oneshot;

use super::desk::Expect;
use super::shard::Shard;
use crate::call::verbs::Facts;
use crate::command::{Done, NodeId, Refusal};
use crate::ivr::{CannotGo, Stays, WalkOrder};
use crate::keys::Micros;
use crate::shell::orders::send_all;
use crate::view::Text;

/// For the answer of who walks.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);
/// From a key in the caller's place to the node.
const THERE_WITHIN: Duration = Duration::from_secs(5);

/// Sends a caller to a node of his flow: who walks for him is asked, then what runs is ended by a key in his place.
/// `pending` when it goes on all the same: he goes there when it is over.
pub(super) async fn to_node(shard: Rc<Shard>, on: Facts, node: NodeId) -> Result<Done, Refusal> {
    const NOT_IN_FLOW: Refusal = Refusal::State("not_in_flow", "the channel walks no flow");
    let orders = shard.walks.orders(&on.uniqueid).ok_or(NOT_IN_FLOW)?;
    let node = Text::from(node.as_str());
    let there = Expect::AtNode { node: node.clone(), after: on.nodes };
    let there = shard.desk.expect(on.uniqueid.clone(), there, Micros::default())?;
    let (answer, answered) = oneshot::channel();
    orders.do_send(WalkOrder::ToNode { node, answer });
    match tokio::time::timeout(ANSWERED_WITHIN, answered).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(why))) => return Err(cannot_go(why)),
        Ok(Err(_)) => return Err(NOT_IN_FLOW),
        Err(_) => return Err(Refusal::Busy),
    }
    let key = Action::receive_dtmf(&on.channel, Digits::BREAK)?;
    let pressed = send_all(&shard.actions, vec![key]).await;
    match tokio::time::timeout(THERE_WITHIN, there).await {
        Ok(Ok(Ok(_))) => Ok(Done::of("moved")),
        Ok(Ok(Err(refusal))) => Err(refusal),
        Ok(Err(_)) => Err(Refusal::Busy),
        // who walks has the order, whatever became of the key
        Err(_) => pressed.map_err(Refusal::from).map(|_| Done::of("pending")),
    }
}

fn cannot_go(why: CannotGo) -> Refusal {
    match why {
        CannotGo::NoSuchNode => Refusal::State("no_such_node", "the flow that he walks has no such node"),
        CannotGo::Stays(Stays::Connected) => Refusal::State(
            "connected_by_flow",
            "the flow is connecting him, or he talks: transfer him, or hang up who talks to him",
        ),
        CannotGo::Stays(Stays::Recording) => {
            Refusal::State("leaves_message", "he leaves a message, which would be lost")
        }
        CannotGo::Stays(Stays::Ending) => Refusal::State("flow_over", "the flow came to its end before"),
    }
}
