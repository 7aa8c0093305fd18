//! What an agent does, from his legs alone.

use std::sync::Arc;

use super::messages::LegNews;
use crate::view::{Activity, LegPhase};

/// The highest that holds.
pub(super) fn of(legs: &[Arc<LegNews>]) -> Activity {
    let single = legs.iter().map(|l| of_leg(l)).max().unwrap_or_default();
    let open = legs
        .iter()
        .filter(|l| {
            !l.spying
                && matches!(
                    of_leg(l),
                    Activity::OnCall | Activity::OnHold | Activity::Dialing | Activity::ThreeWay
                )
        })
        .count();
    if open > 1 { single.max(Activity::Consulting) } else { single }
}

fn of_leg(leg: &LegNews) -> Activity {
    match leg.phase {
        LegPhase::Ended | LegPhase::Down => Activity::Idle,
        LegPhase::Ringing => Activity::Ringing,
        LegPhase::Dialing => Activity::Dialing,
        LegPhase::Holding => Activity::OnHold,
        LegPhase::Up if leg.others > 1 && !leg.in_conference => Activity::ThreeWay,
        LegPhase::Up if leg.others > 0 => Activity::OnCall,
        LegPhase::Up if leg.dialing => Activity::Dialing,
        LegPhase::Up if leg.dead => Activity::DeadCall,
        LegPhase::Up => Activity::OnCall,
    }
}

/// The leg that the row shows: the one that does most.
pub(super) fn foremost(legs: &[Arc<LegNews>]) -> Option<&LegNews> {
    legs.iter().map(Arc::as_ref).max_by_key(|l| {
        let rank = match of_leg(l) {
            Activity::ThreeWay | Activity::OnCall => 5,
            Activity::OnHold => 4,
            Activity::Dialing => 3,
            Activity::Ringing => 2,
            Activity::DeadCall => 1,
            _ => 0,
        };
        (rank, l.phase_since)
    })
}
