//! Who listens, and whether he still may: a listening ends within seconds of the right, the session or the reach
//! that it began with (S36). Whom his site says so is told on his desk for as long as it lasts (S35).
//!
//! A leg of ours that listens for nobody here is ended as well: so no second Vigie may act on the same PBX.

use std::sync::Arc;
use std::time::Duration;

use actors::board::Line;
use actors::command::{CallAct, ChannelName, Command, Order, Verb};
use actors::keys::PbxName;
use actors::numbers::By;
use actors::registry::OUR_LEGS;
use actors::view::{LegView, Table, Text, View};
use ahash::AHashMap;
use parking_lot::Mutex;

use super::reach::right_of;
use crate::access::{Access, Bearer};
use crate::auth::Right;
use crate::http::Site;
use crate::http::access::Caller;

const EVERY: Duration = Duration::from_secs(1);
/// A leg that is not on the board for so many rounds never comes, or is gone.
const COMES_WITHIN: u32 = 30;
/// An agent is told on for so many rounds when the leg is not on the board or hears nobody.
const TOLD_FOR: u32 = 3;
/// For those whom nobody knows all calls are looked through: once in so many rounds.
const NOBODYS_EVERY: u32 = 5;
/// A leg of ours that listens, and that nobody here asked for, is ended when it is met so often: an order is
/// answered a moment after its leg listens.
const NOBODYS_FOR: u32 = 3;
/// Normal clearing.
const CAUSE: u16 = 16;

/// A leg of ours that listens, whispers or barges in.
struct Heard {
    bearer: Bearer,
    right: Right,
    /// Channel of the supervisor's leg.
    leg: Text,
    /// Whose desks say it, with their PBX, and how.
    told: Vec<(Text, Text)>,
    mode: &'static str,
    /// Rounds in which it was not on the board.
    absent: u32,
    /// Rounds in which it heard nobody.
    silent: u32,
}

/// Why a listening ends.
#[derive(Debug, Clone, Copy)]
enum Why {
    /// The right, the session or the reach of who listens.
    RightGone(Right),
    /// Nobody here asked for it.
    Nobodys,
}

impl Why {
    fn slug(self) -> &'static str {
        match self {
            Self::RightGone(_) => "right_gone",
            Self::Nobodys => "nobodys",
        }
    }
}

/// See the module.
#[derive(Default)]
pub(in crate::http) struct Listening {
    heard: Mutex<Vec<Heard>>,
    /// Legs that nobody here asked for, by Uniqueid: who did was forgotten with a restart, or was answered that
    /// nothing came of it. With how often they were met.
    nobodys: Mutex<AHashMap<Text, u32>>,
}

impl Listening {
    /// It began, or goes on in another way.
    pub(super) fn began(&self, caller: &Caller, verb: Verb, leg: &str, told: Vec<(Text, Text)>) {
        let (right, mode) = (right_of(verb), verb.slug());
        let bearer = caller.who().bearer();
        let mut all = self.heard.lock();
        all.retain(|heard| heard.leg != leg);
        all.push(Heard { bearer, right, leg: leg.into(), told, mode, absent: 0, silent: 0 });
    }

    /// PBX and mode by the id of who is told.
    fn told(&self) -> AHashMap<Text, (Text, &'static str)> {
        let all = self.heard.lock();
        // a leg that is not on the board, or hears nobody, is about to come or just over
        let heard = all.iter().filter(|heard| heard.absent < TOLD_FOR && heard.silent < TOLD_FOR);
        heard.flat_map(|h| h.told.iter().map(|(id, pbx)| (id.clone(), (pbx.clone(), h.mode)))).collect()
    }
}

/// Looks each second, until the server is gone.
pub(in crate::http) fn start(site: &Arc<Site>) {
    if matches!(site.parts.access, Access::Open) {
        return;
    }
    let site = Arc::downgrade(site);
    actix_web::rt::spawn(async move {
        for round in 0_u32.. {
            actix_web::rt::time::sleep(EVERY).await;
            let Some(site) = site.upgrade() else { return };
            let over = look(&site, round.is_multiple_of(NOBODYS_EVERY));
            tell(&site);
            for (pbx, channel, why) in over {
                end(&site, pbx, channel, why).await;
            }
        }
    });
}

/// Puts on the desks who is listened to.
pub(super) fn tell(site: &Site) {
    site.desks.listened(&site.parts.board, &site.listening.told());
}

/// Legs that must end; those that ended by themselves are forgotten.
fn look(site: &Site, nobodys_too: bool) -> Vec<(PbxName, ChannelName, Why)> {
    let mut all = site.listening.heard.lock();
    if all.is_empty() && !nobodys_too {
        return Vec::new();
    }
    let board = &site.parts.board;
    let calls = board.lines(Table::Calls);
    // a verb names the channel it made, a row of what it hears the Uniqueid: neither looks like the other
    let leg_of = |named: &str| {
        calls.iter().find_map(|line| match &*line.view {
            View::Call(call) => {
                let leg = call.legs.iter().find(|leg| leg.channel == named || leg.uniqueid == named)?;
                Some((&line.view, call.pbx.clone(), leg))
            }
            _ => None,
        })
    };
    let mut over = if nobodys_too { nobodys(site, &all, &calls) } else { Vec::new() };
    all.retain_mut(|heard| {
        let Some((_, pbx, leg)) = leg_of(&heard.leg) else {
            heard.absent += 1;
            return heard.absent < COMES_WITHIN;
        };
        if leg.ended_ms.is_some() {
            return false;
        }
        heard.absent = 0;
        heard.silent = if leg.spies_on.is_some() { 0 } else { heard.silent + 1 };
        let may = site.parts.access.still(&heard.bearer).is_some_and(|who| {
            let sight = who.sight(heard.right);
            let call = leg.spies_on.as_deref().and_then(leg_of);
            who.reach(heard.right).is_some() && call.is_none_or(|(call, ..)| sight.sees(call, board))
        });
        if !may {
            // it stays in the list: tried again when the PBX does not do it
            let channel = ChannelName::parse(&leg.channel).ok();
            over.extend(channel.map(|channel| (PbxName(pbx), channel, Why::RightGone(heard.right))));
        }
        true
    });
    over
}

/// Legs of ours that listen for nobody who is known here, and have for a while.
fn nobodys(site: &Site, all: &[Heard], calls: &[Line]) -> Vec<(PbxName, ChannelName, Why)> {
    let mut known = site.listening.nobodys.lock();
    let mut now = AHashMap::new();
    let mut over = Vec::new();
    for line in calls {
        let View::Call(call) = &*line.view else { continue };
        // of a leg that was met after a restart it is not known whom it hears
        let listens = |leg: &&LegView| leg.spies_on.is_some() || leg.application == "ChanSpy";
        for leg in call.legs.iter().filter(listens).filter(|leg| leg.ended_ms.is_none()) {
            let somebodys = all.iter().any(|heard| heard.leg == leg.channel || heard.leg == leg.uniqueid);
            if somebodys || !leg.uniqueid.starts_with(OUR_LEGS) {
                continue;
            }
            let times = known.get(&leg.uniqueid).map_or(1, |times| times + 1);
            if times >= NOBODYS_FOR {
                let channel = ChannelName::parse(&leg.channel).ok();
                over.extend(channel.map(|channel| (PbxName(call.pbx.clone()), channel, Why::Nobodys)));
            }
            now.insert(leg.uniqueid.clone(), times);
        }
    }
    *known = now;
    over
}

async fn end(site: &Site, pbx: PbxName, channel: ChannelName, why: Why) {
    match why {
        Why::RightGone(right) => {
            log::info!("{} on {} ends: its right is gone", right.slug(), channel.as_str());
        }
        Why::Nobodys => log::info!("{} listens for nobody who is known: it ends", channel.as_str()),
    }
    if let Access::Accounts(accounts) = &site.parts.access {
        // it ends also when this cannot be noted
        let _ = accounts.note("stop_listening", "", channel.as_str(), "", why.slug()).await;
    }
    let order = Order::Channel(channel, CallAct::Hangup { cause: CAUSE });
    let command = Command { pbx: Some(pbx), by: By::default(), order };
    let sent = tokio::time::timeout(site.settings.verb_deadline, site.parts.commands.send(command)).await;
    if let Ok(Err(problem)) = sent {
        log::warn!("a listening could not be ended: {problem:?}");
    }
}
