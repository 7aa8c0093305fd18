//! Pauses over a restart: what was restored is noted, what was lost is an alarm.

use std::sync::Arc;

use actors::board::Board;
use actors::registry::Registry;
use actors::view::Said;

use super::alarms;
use crate::access::Access;
use crate::db::Db;
use crate::pauses::{Of, Pauses, Told};

/// Must be called inside an actix system.
pub(super) fn start(board: &Arc<Board>, registry: &Registry, db: Option<Db>, access: &Access) -> Arc<Pauses> {
    let (shown, access) = (Arc::downgrade(board), access.clone());
    Pauses::start(board, registry, db, move |told| match told {
        Told::Restored(of) => {
            log::info!("{} is paused again in {}: its PBX or we had restarted", who(&of), queue(&of));
            note(&access, "restore_pause", &of, "done");
        }
        Told::Lost(of, why) => {
            let (who, queue) = (who(&of), queue(&of));
            log::warn!("the pause of {who} in {queue} was lost by a restart: {why}");
            note(&access, "restore_pause", &of, why);
            if let Some(board) = shown.upgrade() {
                let words = format!("the pause of {who} in {queue} was lost by a restart: {why}");
                let said = Said::new("pause_lost", [who.as_str(), &queue, why], words);
                alarms::begin(&board, "pause_lost", &subject(&of), &said);
            }
        }
        Told::Settled(of) => {
            if let Some(board) = shown.upgrade() {
                alarms::end(&board, "pause_lost", &subject(&of));
            }
        }
    })
}

fn who(of: &Of) -> String {
    format!("{}~{}", of.pbx, of.endpoint)
}

fn queue(of: &Of) -> String {
    if of.queue.is_empty() { "*".to_owned() } else { of.queue.clone() }
}

fn subject(of: &Of) -> String {
    format!("{} {}", who(of), queue(of))
}

fn note(access: &Access, act: &'static str, of: &Of, outcome: &'static str) {
    let Access::Accounts(accounts) = access else { return };
    let (accounts, on) = (accounts.clone(), subject(of));
    actix::spawn(async move {
        // it was done also when this cannot be noted
        let _ = accounts.note(act, "", &on, "", outcome).await;
    });
}
