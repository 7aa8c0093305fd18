//! Queues, their members, their callers.

use super::super::exchange::Exchange;
use super::super::reply::Reply;
use super::super::truth::{Channel, DeviceState, Job, Queue};
use super::super::wire::Headers as _;

fn percent(part: u32, whole: u32) -> String {
    let value = if whole == 0 { 0.0 } else { 100.0 * f64::from(part) / f64::from(whole) };
    format!("{value:.1}")
}

pub(in crate::pbx) fn queue_status(
    x: &Exchange,
    reply: &mut Reply,
    only: Option<&str>,
    member: Option<&str>,
) {
    reply.start("Queue status will follow");
    for q in x.truth.queues.iter().filter(|q| only.is_none_or(|name| q.name.eq_ignore_ascii_case(name))) {
        queue_params(reply, q);
        for m in q.members.iter().filter(|m| member.is_none_or(|name| &*m.interface == name)) {
            let status = x.truth.endpoint(m.endpoint).map_or(4, |e| e.told as u64);
            reply.item_id_last("QueueMember", |item| {
                item.line("Queue", &q.name)
                    .line("Name", &m.name)
                    .line("Location", &m.interface)
                    .line("StateInterface", &m.interface)
                    .line("Membership", if m.dynamic { "dynamic" } else { "static" })
                    .num("Penalty", m.penalty.into())
                    .num("CallsTaken", m.calls_taken.into())
                    .num("LastCall", m.last_call)
                    .num("LastPause", m.last_pause)
                    .num("LoginTime", m.login_time)
                    .num("InCall", m.in_call.into())
                    .num("Status", status)
                    .num("Paused", m.paused.into())
                    .line("PausedReason", &m.reason)
                    .num("Wrapuptime", 0);
            });
        }
        if member.is_some() {
            continue;
        }
        for (place, channel) in q.callers.iter().filter_map(|c| x.truth.chan(*c)).enumerate() {
            let text = |value: &str| if value.is_empty() { "unknown".to_owned() } else { value.to_owned() };
            reply.item_id_last("QueueEntry", |item| {
                item.line("Queue", &q.name)
                    .num("Position", place as u64 + 1)
                    .line("Channel", &channel.name)
                    .line("Uniqueid", &channel.uniqueid)
                    .line("CallerIDNum", &text(&channel.caller.num))
                    .line("CallerIDName", &text(&channel.caller.name))
                    .line("ConnectedLineNum", &text(&channel.connected.num))
                    .line("ConnectedLineName", &text(&channel.connected.name))
                    .num("Wait", waited_s(x, channel))
                    .num("Priority", 0);
            });
        }
    }
    reply.complete("QueueStatusComplete");
}

fn waited_s(x: &Exchange, channel: &Channel) -> u64 {
    match &channel.job {
        Job::Queue(waiting) => x.now().saturating_sub(waiting.since) / 1_000_000,
        _ => 0,
    }
}

fn queue_params(reply: &mut Reply, q: &Queue) {
    reply.item_id_last("QueueParams", |item| {
        item.line("Queue", &q.name)
            .num("Max", 0)
            .line("Strategy", q.strategy.name())
            .num("Calls", q.callers.len() as u64)
            .num("Holdtime", q.hold_mean.into())
            .num("TalkTime", q.talk_mean.into())
            .num("Completed", q.completed.into())
            .num("Abandoned", q.abandoned.into())
            .num("ServiceLevel", q.level_s.into())
            .line("ServicelevelPerf", &percent(q.completed_in_level, q.completed))
            .line(
                "ServicelevelPerf2",
                &percent(q.completed_in_level + q.abandoned_in_level, q.completed + q.abandoned),
            )
            .num("Weight", 0);
    });
}

pub(in crate::pbx) fn queue_summary(x: &Exchange, reply: &mut Reply, only: Option<&str>) {
    reply.start("Queue summary will follow");
    for q in x.truth.queues.iter().filter(|q| only.is_none_or(|name| q.name.eq_ignore_ascii_case(name))) {
        let states = q.members.iter().map(|m| (m, x.truth.endpoint(m.endpoint).map(|e| e.told)));
        let logged_in = states.clone().filter(|(_, s)| s.is_some_and(|s| s != DeviceState::Unavailable));
        let available = q.members.iter().filter(|m| x.truth.is_free(m)).count();
        let longest = q.callers.iter().filter_map(|c| x.truth.chan(*c)).map(|c| waited_s(x, c)).max();
        reply.item_id_last("QueueSummary", |item| {
            item.line("Queue", &q.name)
                .num("LoggedIn", logged_in.count() as u64)
                .num("Available", available as u64)
                .num("Callers", q.callers.len() as u64)
                .num("HoldTime", q.hold_mean.into())
                .num("TalkTime", q.talk_mean.into())
                .num("LongestHoldTime", longest.unwrap_or(0));
        });
    }
    reply.complete("QueueSummaryComplete");
}
