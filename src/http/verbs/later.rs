//! A pause after the call: stored before it is asked for, so that no restart loses what was acknowledged.

use actors::command::{AgentAct, Command, Done, Order};
use actors::view::{Table, View};

use super::Site;
use crate::http::error::ApiError;
use crate::pauses::{Of, Pauses};

/// One that is asked for.
pub(super) struct Later<'a> {
    pauses: &'a Pauses,
    of: Of,
    reason: Option<String>,
}

impl<'a> Later<'a> {
    /// Where the command is one.
    pub(super) fn of(site: &'a Site, command: &Command) -> Option<Self> {
        let Order::Agent(endpoint, AgentAct::Pause { queue, reason, after_call: true }) = &command.order
        else {
            return None;
        };
        let pauses = site.parts.pauses.as_deref()?;
        let pbx = match &command.pbx {
            Some(pbx) => pbx.0.to_string(),
            None => only_pbx_of(site, endpoint.as_str())?,
        };
        let queue = queue.as_ref().map_or("", |queue| queue.as_str()).to_owned();
        let of = Of { pbx, endpoint: endpoint.as_str().to_owned(), queue, after_call: true };
        Some(Self { pauses, of, reason: reason.as_ref().map(|reason| reason.as_str().to_owned()) })
    }

    /// Before it is asked for.
    pub(super) async fn store(&self) -> Result<(), ApiError> {
        Ok(self.pauses.promise(&self.of, self.reason.clone()).await?)
    }

    /// It was answered: what is to come is stored still, what is not is not.
    pub(super) async fn answered(&self, outcome: &Result<Done, ApiError>) -> Result<(), ApiError> {
        match outcome {
            Ok(done) if done.outcome == "pending" => self.store().await,
            _ => {
                self.pauses.withdraw(&self.of);
                Ok(())
            }
        }
    }
}

/// Of two that have such an agent, none: the command is refused.
fn only_pbx_of(site: &Site, endpoint: &str) -> Option<String> {
    let mut pbxs = site.parts.board.lines(Table::Agents).into_iter().filter_map(|line| match &*line.view {
        View::Agent(agent) if agent.endpoint == endpoint => Some(agent.pbx.to_string()),
        _ => None,
    });
    let only = pbxs.next()?;
    pbxs.next().is_none().then_some(only)
}
