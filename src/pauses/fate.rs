//! What is kept of a pause, and what becomes of it.

use actors::view::AgentView;

/// Which pause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Of {
    /// On which PBX.
    pub pbx: String,
    /// `PJSIP/1001`
    pub endpoint: String,
    /// In which queue; empty for all of his, which only one that is to come can be.
    pub queue: String,
    /// It is to come once his call is over.
    pub after_call: bool,
}

/// What is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Why he is paused.
    pub reason: Option<String>,
    /// Boot of the PBX in which it was seen.
    pub epoch: i64,
}

/// What is to be done about a pause that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// What the PBX shows is right.
    Stands,
    /// He is to be paused again.
    Restore,
    /// He is no member there any more.
    Lost,
}

/// What an agent's row shows of his pauses.
pub(super) fn shown(agent: &AgentView, epoch: i64) -> Vec<(Of, Kept)> {
    let of = |queue: &str, after_call| Of {
        pbx: agent.pbx.to_string(),
        endpoint: agent.endpoint.to_string(),
        queue: queue.to_owned(),
        after_call,
    };
    let kept =
        |reason: &Option<actors::view::Text>| Kept { reason: reason.as_ref().map(|r| r.to_string()), epoch };
    let paused = agent.memberships.iter().filter(|m| m.paused);
    let mut all: Vec<_> = paused.map(|m| (of(&m.queue, false), kept(&m.reason))).collect();
    if let Some(later) = &agent.pause_after_call {
        all.push((of(later.queue.as_deref().unwrap_or(""), true), kept(&later.reason)));
    }
    all
}

/// Whether he is in that queue, or in any.
pub(super) fn is_member(of: &Of, agent: &AgentView) -> bool {
    agent.memberships.iter().any(|m| of.queue.is_empty() || m.queue == of.queue)
}

/// Why a pause was lost whose agent is no member any more.
pub(super) const NO_MEMBER: &str = "not_a_member";

/// Whether a pause that was lost for that reason needs nobody's eye any more: he is a member again, who is
/// seen to be unpaused; or, where it was refused, he is paused after all or has logged out.
pub(super) fn is_settled(of: &Of, why: &str, agent: Option<&AgentView>) -> bool {
    let agent = agent.filter(|agent| is_member(of, agent));
    match agent {
        Some(_) if why == NO_MEMBER => true,
        Some(agent) => {
            agent.memberships.iter().any(|m| m.paused && (of.queue.is_empty() || m.queue == of.queue))
        }
        None => why != NO_MEMBER,
    }
}

/// Of one that was kept, when the PBX was compared for the first time in that boot, or by us.
pub(super) fn fate(of: &Of, kept: &Kept, epoch: i64, agent: Option<&AgentView>) -> Fate {
    let Some(agent) = agent.filter(|agent| is_member(of, agent)) else {
        // gone while the PBX ran: he logged out
        return if kept.epoch == epoch && !of.after_call { Fate::Stands } else { Fate::Lost };
    };
    if of.after_call {
        return if agent.pause_after_call.is_some() { Fate::Stands } else { Fate::Restore };
    }
    let here = agent.memberships.iter().find(|m| m.queue == of.queue);
    let so = here.is_some_and(|m| m.paused && (m.reason.is_some() || kept.reason.is_none()));
    if so || kept.epoch == epoch { Fate::Stands } else { Fate::Restore }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actors::agent::AgentState;
    use actors::keys::{Micros, PbxName};
    use actors::settings::Settings;
    use actors::view::MembershipView;

    use super::*;

    fn agent(paused: Option<Option<&str>>) -> AgentView {
        let settings = Arc::new(Settings::new(PbxName("paris".into())));
        let mut view = AgentState::new(settings, "PJSIP/1001".into(), Micros(1)).view();
        view.memberships.push(MembershipView {
            queue: "support".into(),
            interface: "PJSIP/1001".into(),
            paused: paused.is_some(),
            reason: paused.flatten().map(Into::into),
            since_ms: None,
            penalty: 0,
            calls_taken: 0,
        });
        view
    }

    fn of(queue: &str, after_call: bool) -> Of {
        Of { pbx: "paris".into(), endpoint: "PJSIP/1001".into(), queue: queue.into(), after_call }
    }

    fn kept(epoch: i64) -> Kept {
        Kept { reason: Some("lunch".into()), epoch }
    }

    #[test]
    fn l22_what_a_boot_forgot_is_restored_and_what_somebody_changed_while_it_ran_is_not() {
        let fate = |kept: &Kept, agent: Option<AgentView>| {
            super::fate(&of("support", false), kept, 7, agent.as_ref())
        };
        assert_eq!(fate(&kept(6), Some(agent(None))), Fate::Restore);
        assert_eq!(fate(&kept(6), Some(agent(Some(None)))), Fate::Restore, "L31: the reason was forgotten");
        assert_eq!(fate(&kept(6), Some(agent(Some(Some("lunch"))))), Fate::Stands);
        assert_eq!(fate(&kept(6), Some(agent(Some(Some("other"))))), Fate::Stands, "somebody was faster");
        assert_eq!(fate(&kept(7), Some(agent(None))), Fate::Stands, "unpaused while we were away");
        assert_eq!(fate(&kept(6), None), Fate::Lost);
        assert_eq!(fate(&kept(7), None), Fate::Stands, "he logged out while we were away");
        let elsewhere = super::fate(&of("sales", false), &kept(6), 7, Some(&agent(None)));
        assert_eq!(elsewhere, Fate::Lost, "a member who was added is gone");
    }

    #[test]
    fn l22_a_pause_after_the_call_is_asked_for_again_in_the_same_boot_too() {
        for queue in ["", "support"] {
            assert_eq!(fate(&of(queue, true), &kept(7), 7, Some(&agent(None))), Fate::Restore);
        }
        assert_eq!(fate(&of("sales", true), &kept(7), 7, Some(&agent(None))), Fate::Lost);
        assert_eq!(fate(&of("", true), &kept(7), 7, None), Fate::Lost);
    }

    #[test]
    fn l22_what_was_lost_is_shown_until_it_needs_nobody_any_more() {
        let of = of("support", false);
        assert!(!is_settled(&of, NO_MEMBER, None) && is_settled(&of, NO_MEMBER, Some(&agent(None))));
        assert!(!is_settled(&of, "account_may_not", Some(&agent(None))));
        assert!(is_settled(&of, "account_may_not", Some(&agent(Some(None)))));
        assert!(is_settled(&of, "account_may_not", None), "he logged out");
    }

    #[test]
    fn what_a_row_shows_is_each_queue_he_is_paused_in() {
        assert_eq!(shown(&agent(None), 7), []);
        assert_eq!(shown(&agent(Some(Some("lunch"))), 7), [(of("support", false), kept(7))]);
    }
}
