//! Orders that take more than one step: those that ring a phone first (originate, listen, whisper, barge, take over,
//! pick, retrieve), and a caller sent to another node of his flow.
//!
//! Each is a short sequence of actions and of events that are waited for, on the PBX's arbiter beside the
//! actors. Whoever is on the line stays where he is until the phone has answered: when it does not, nothing
//! has changed for him.

use std::rc::Rc;
use std::time::Duration;

use asterisk::ami::{Action, Originate as Call, Target};
use tokio::sync::oneshot;

use super::desk::{Expect, Shown};
use super::sessions::ask;
use super::shard::Shard;
use super::to_node::to_node;
use crate::ai::{Order as Wish, SessionOrder};
use crate::call::verbs::{Facts, Look};
use crate::command::{
    CallAct, ChannelName, Done, Endpoint, Originate, QueueName, Refusal, SoundFile, SpyMode, Verb,
};
use crate::keys::Micros;
use crate::numbers::By;
use crate::router::table::At;
use crate::shell::orders::send_all;
use crate::view::Text;

/// A phone rings that long.
const RINGS_MS: u32 = 30_000;
/// After which an event must have come.
const ANSWERED_WITHIN: Duration = Duration::from_secs(33);
/// From an action to the event that shows it.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);
/// Q.850.
const NORMAL_CLEARING: u16 = 16;
/// Context and extension of what records.
const RECORD: &str = "vigie-record";
/// Extension of `vigie-wait`.
const WAIT: &str = "vigie-wait";

/// Whether that act is carried out here.
pub(super) fn is_ours(act: &CallAct) -> bool {
    matches!(
        act,
        CallAct::Spy { .. }
            | CallAct::TakeOver { .. }
            | CallAct::Pick { .. }
            | CallAct::Retrieve { .. }
            | CallAct::ToNode { .. }
    )
}

/// One of [`is_ours`], on a channel of that call.
pub(super) async fn on_channel(
    shard: Rc<Shard>,
    call: u32,
    channel: ChannelName,
    act: CallAct,
) -> Result<Done, Refusal> {
    let seen = look(&shard, call, channel.clone(), act.clone()).await?;
    match act.clone() {
        CallAct::ToNode { node } => to_node(shard, seen, node).await,
        CallAct::Spy { mode, station } => spy(&shard, &seen, mode, &station).await,
        CallAct::TakeOver { station } => {
            let other = seen.with.clone().ok_or(TWO_PARTIES)?;
            if let Some(leg) = listening(&shard, &station) {
                return join(&shard, &other, &leg).await;
            }
            let leg = ring(&shard, &station, WAIT, WAIT, None, Expect::Runs(WAIT.into())).await?;
            let same = |now: &Facts| now.with.as_ref().is_some_and(|with| with.uniqueid == other.uniqueid);
            still(&shard, call, channel, act, &leg, same).await?;
            let joined = join(&shard, &other, &leg).await;
            if joined.is_err() {
                let_go(&shard, &leg.channel).await;
            }
            joined
        }
        CallAct::Pick { station } | CallAct::Retrieve { station } => {
            let leg = ring(&shard, &station, WAIT, WAIT, None, Expect::Runs(WAIT.into())).await?;
            still(&shard, call, channel, act, &leg, |_| true).await?;
            // out of the queue or the parking lot first, by the dialplan, so that either tells it rightly
            let caller = Shown { uniqueid: seen.uniqueid, channel: seen.channel };
            let to = Target { context: WAIT, exten: WAIT, priority: 1 };
            let moved = expect(&shard, &caller.uniqueid, Expect::Runs(WAIT.into()))?;
            let sent = send(&shard, vec![Action::redirect(&caller.channel, to, None)?]).await;
            let joined = match sent.and(wait(moved, SHOWN_WITHIN).await) {
                Ok(_) => join(&shard, &caller, &leg).await,
                Err(refusal) => Err(refusal), // he hung up meanwhile
            };
            if joined.is_err() {
                let_go(&shard, &leg.channel).await;
                give_back(&shard, &caller, seen.waits_in.as_ref()).await;
            }
            joined
        }
        _ => Err(Refusal::Busy),
    }
}

/// Hangs up a phone that was rung for nothing.
async fn let_go(shard: &Rc<Shard>, channel: &str) {
    if let Ok(action) = Action::hangup(channel, NORMAL_CLEARING) {
        // it may be gone already
        let _ = send(shard, vec![action]).await;
    }
}

/// Sends who was taken out of his queue back to it. Who was parked stays on hold, where he is shown as left
/// alone: he may be retrieved again.
async fn give_back(shard: &Rc<Shard>, caller: &Shown, queue: Option<&QueueName>) {
    let Some(queue) = queue else { return };
    let to = Target { context: "vigie-queue", exten: queue.as_str(), priority: 1 };
    if shard.desk.lacks().refuse(Verb::Move).is_none()
        && let Ok(action) = Action::redirect(&caller.channel, to, None)
    {
        // he may have hung up
        let _ = send(shard, vec![action]).await;
    }
}

/// Whether it is as it was when the phone began to ring, for half a minute perhaps: whoever was served or parked
/// anew meanwhile is torn out of nothing, and the phone is let go.
async fn still(
    shard: &Rc<Shard>,
    call: u32,
    channel: ChannelName,
    act: CallAct,
    leg: &Shown,
    same: impl Fn(&Facts) -> bool,
) -> Result<(), Refusal> {
    let now = match look(shard, call, channel, act).await {
        Ok(now) if same(&now) => return Ok(()),
        Ok(_) => TWO_PARTIES,
        Err(refusal) => refusal,
    };
    let_go(shard, &leg.channel).await;
    Err(now)
}

const TWO_PARTIES: Refusal =
    Refusal::State("not_two_parties", "there is nobody, or more than one, at the other end");

/// What the call says of the channel, when its policy accepts.
async fn look(shard: &Rc<Shard>, call: u32, channel: ChannelName, act: CallAct) -> Result<Facts, Refusal> {
    let (reply, facts) = oneshot::channel();
    match shard.calls.borrow().get(call) {
        Some(slot) => slot.addr.do_send(Look { channel, act, reply }),
        None => return Err(Refusal::NoSuchChannel),
    }
    match tokio::time::timeout(SHOWN_WITHIN, facts).await {
        Ok(Ok(facts)) => facts,
        _ => Err(Refusal::Busy),
    }
}

/// The station's own leg when it listens already is sent to the other mode, or to the other call: nothing
/// rings anew.
async fn spy(shard: &Rc<Shard>, on: &Facts, mode: SpyMode, station: &Endpoint) -> Result<Done, Refusal> {
    if on.endpoint == station.as_str() {
        return Err(Refusal::State("own_call", "that phone is on this leg itself"));
    }
    let exten = mode.exten();
    let shows = Expect::Spies { on: on.uniqueid.clone(), exten };
    let leg = match listening(shard, station) {
        Some(leg) => {
            let told = expect(shard, &leg.uniqueid, shows)?;
            let to = Target { context: "vigie-spy", exten, priority: 1 };
            let actions = vec![
                Action::setvar(&leg.channel, "VIGIE_SPY", &on.channel)?,
                Action::redirect(&leg.channel, to, None)?,
            ];
            send(shard, actions).await?;
            wait(told, SHOWN_WITHIN).await?
        }
        None => ring(shard, station, "vigie-spy", exten, Some(("VIGIE_SPY", &on.channel)), shows).await?,
    };
    Ok(Done { outcome: exten, channel: Some(leg.channel) })
}

fn listening(shard: &Rc<Shard>, station: &Endpoint) -> Option<Shown> {
    let table = shard.table.borrow();
    let (_, uniqueid, channel) = table.spy_at(station.as_str())?;
    Some(Shown { uniqueid: uniqueid.clone(), channel: channel.clone() })
}

/// Calls a phone and waits until its leg shows that.
async fn ring(
    shard: &Rc<Shard>,
    station: &Endpoint,
    context: &str,
    exten: &str,
    variable: Option<(&'static str, &str)>,
    shows: Expect,
) -> Result<Shown, Refusal> {
    if matches!(shard.table.borrow().at(station.as_str()), At::Nobody | At::Trunk(_)) {
        return Err(Refusal::NoSuchAgent);
    }
    let _alone = shard.desk.ring_alone(station.as_str())?;
    let caller = number_of(station);
    let call = Call {
        channel: station.as_str(),
        to: Target { context, exten, priority: 1 },
        ring_ms: RINGS_MS,
        uniqueid: "",
        other_uniqueid: None,
        caller,
        variable,
    };
    originate(shard, call, shows).await
}

async fn originate(shard: &Rc<Shard>, call: Call<'_>, shows: Expect) -> Result<Shown, Refusal> {
    let uniqueid = shard.new_uniqueid();
    let other = compact_str::format_compact!("{uniqueid}-2");
    let local = call.channel.starts_with("Local/");
    let call = Call { uniqueid: &uniqueid, other_uniqueid: local.then_some(other.as_str()), ..call };
    let action = Action::originate(call)?;
    let told = shard.desk.expect(uniqueid.clone(), shows, Micros::default())?;
    let answer = send_all(&shard.actions, vec![action]).await?;
    if let Some(id) = answer.as_ref().and_then(|a| a.response.text("ActionID")) {
        shard.desk.originated(&uniqueid, &id);
    }
    let answered = wait(told, ANSWERED_WITHIN).await;
    if let Err(Refusal::TimedOut) = answered {
        // a phone that answers later would wait for nobody
        let late = shard.table.borrow().channel_of(&uniqueid).cloned();
        if let Some(late) = late {
            let_go(shard, &late).await;
        }
    }
    answered
}

/// Puts the two together; done when each hears the other.
async fn join(shard: &Rc<Shard>, one: &Shown, other: &Shown) -> Result<Done, Refusal> {
    let told = expect(shard, &one.uniqueid, Expect::With(other.uniqueid.clone()))?;
    send(shard, vec![Action::bridge(&one.channel, &other.channel)?]).await?;
    let leg = wait(told, SHOWN_WITHIN).await?;
    Ok(Done { outcome: "connected", channel: Some(leg.channel) })
}

/// The caller of a conversation with an assistant goes on with that phone, once it has answered; until then he hears the
/// assistant.
pub(super) async fn take_session(shard: Rc<Shard>, id: Text, station: Endpoint) -> Result<Done, Refusal> {
    const GONE: Refusal = Refusal::State("session_over", "the conversation is over");
    if !shard.link_up.get() {
        return Err(Refusal::LinkDown);
    }
    if let Some(refusal) = shard.desk.lacks().refuse(Verb::TakeOver) {
        return Err(refusal);
    }
    let (row, orders) = shard.sessions.row(&id).ok_or(GONE)?;
    let (Some(uniqueid), Some(channel)) = (row.uniqueid, row.channel) else {
        return Err(Refusal::State("session_unknown", "the PBX has not told whose call it is"));
    };
    let word = ask(&orders, |answer| SessionOrder::May(Wish::TakeOver, answer)).await?;
    if word.starts_with("already") {
        return Ok(Done::of(word));
    }
    let leg = ring(&shard, &station, WAIT, WAIT, None, Expect::Runs(WAIT.into())).await?;
    // it is silent from here on, and knows that his voice goes elsewhere
    if let Err(refusal) = ask(&orders, |answer| SessionOrder::Do(Wish::TakeOver, answer)).await {
        let_go(&shard, &leg.channel).await;
        return Err(refusal);
    }
    let caller = Shown { uniqueid, channel };
    let to = Target { context: WAIT, exten: WAIT, priority: 1 };
    let moved = expect(&shard, &caller.uniqueid, Expect::Runs(WAIT.into()))?;
    let sent = send(&shard, vec![Action::redirect(&caller.channel, to, None)?]).await;
    let joined = match sent.and(wait(moved, SHOWN_WITHIN).await) {
        Ok(_) => join(&shard, &caller, &leg).await,
        Err(refusal) => Err(refusal),
    };
    match &joined {
        Ok(_) => shard.sessions.taken_by(&shard, &id, Some(station.as_str().into())),
        Err(_) => {
            let_go(&shard, &leg.channel).await;
            // the assistant goes on where it still has his voice
            let _ = ask(&orders, |answer| SessionOrder::Do(Wish::HandBack, answer)).await;
        }
    }
    joined
}

/// Calls somebody from a phone: the phone (or the mobile) first, then what was dialled.
pub(super) async fn call_from(
    shard: Rc<Shard>,
    station: Endpoint,
    call: Originate,
    by: By,
) -> Result<Done, Refusal> {
    let own = by.outbound_context.as_ref();
    let context = shard.contexts.choose_for(own, call.context.as_ref(), None).map_err(Refusal::NotAllowed)?;
    if matches!(shard.table.borrow().at(station.as_str()), At::Nobody | At::Trunk(_)) {
        return Err(Refusal::NoSuchAgent);
    }
    let numbers = &shard.numbers;
    let by = By { agent: by.agent.or_else(|| Some(station.as_str().into())), ..by };
    let mobile = call.mobile.as_ref().map(|mobile| numbers.may_dial(mobile.as_str(), &by)).transpose()?;
    let first = match &mobile {
        Some(mobile) => Text::from(format!("Local/{}@{}/n", mobile.extension, context.as_str())),
        None => station.as_str().into(),
    };
    let _alone = shard.desk.ring_alone(&first)?;
    // both are decided on before anything rings, and counted only when both may be dialled
    let to = numbers.dial(call.destination.as_str(), &by, shard.uptime())?;
    if let Some(mobile) = &call.mobile {
        numbers.dial(mobile.as_str(), &by, shard.uptime())?;
    }
    let call = Call {
        channel: &first,
        to: Target { context: context.as_str(), exten: &to.extension, priority: 1 },
        ring_ms: RINGS_MS,
        uniqueid: "",
        other_uniqueid: None,
        caller: number_of(&station),
        variable: None,
    };
    let leg = originate(&shard, call, Expect::Runs(to.extension.clone())).await?;
    Ok(Done { outcome: "dialing", channel: Some(leg.channel) })
}

/// Rings a phone that then records what is said into it; done when it was answered. The file is whole when its leg has
/// ended.
pub(super) async fn speak(shard: Rc<Shard>, station: Endpoint, file: SoundFile) -> Result<Done, Refusal> {
    // asked when it is needed: who speaks no prompts needs no such context. Who may not ask is told by the phone
    let asked = send(&shard, vec![Action::new("ShowDialPlan").header("Context", RECORD)?]).await;
    if matches!(&asked, Err(Refusal::Pbx(words)) if words.starts_with("Did not find context")) {
        return Err(Refusal::Dialplan(RECORD));
    }
    let into = Some(("VIGIE_RECORD", file.as_str()));
    let leg = ring(&shard, &station, RECORD, RECORD, into, Expect::Runs(RECORD.into())).await?;
    Ok(Done { outcome: "recording", channel: Some(leg.channel) })
}

/// What a phone shows of itself, where its name is its number.
fn number_of(station: &Endpoint) -> Option<&str> {
    let (_, name) = station.as_str().split_once('/')?;
    name.bytes().all(|b| b.is_ascii_digit()).then_some(name)
}

type Told = oneshot::Receiver<Result<Shown, Refusal>>;

/// From events that are still to come.
fn expect(shard: &Rc<Shard>, uniqueid: &Text, what: Expect) -> Result<Told, Refusal> {
    shard.desk.expect(uniqueid.clone(), what, Micros(shard.last_event().0 + 1))
}

async fn send(shard: &Rc<Shard>, actions: Vec<Action>) -> Result<(), Refusal> {
    send_all(&shard.actions, actions).await.map(drop).map_err(Refusal::from)
}

async fn wait(told: Told, within: Duration) -> Result<Shown, Refusal> {
    match tokio::time::timeout(within, told).await {
        Ok(Ok(shown)) => shown,
        Ok(Err(_)) => Err(Refusal::Busy),
        Err(_) => Err(Refusal::TimedOut),
    }
}
