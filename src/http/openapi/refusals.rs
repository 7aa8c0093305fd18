//! Which refusals an address has: those of its rule, and its own.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::http::error::ApiError;
use crate::http::routes::{Need, Rule, Within};

/// Status and reason of each.
pub(super) fn of(rule: &Rule) -> Vec<(u16, &'static str)> {
    let shape = &rule.shape;
    // each request passes the guard
    let mut all = vec![(421, "wrong_host"), (500, "internal")];
    let changes = rule.method != "GET";
    if changes || rule.need == Need::Ticket {
        all.push((403, "foreign_origin"));
    }
    match rule.need {
        Need::Nobody if rule.tells_health() => {}
        Need::Nobody => all.push((429, "too_much")),
        Need::Ticket => {
            all.extend(ACCOUNTS);
            all.push((403, "no_right"));
        }
        Need::Metrics | Need::Anybody => all.extend(ACCOUNTS),
        Need::May(_) => {
            all.extend(ACCOUNTS);
            all.extend([(403, "no_right"), (422, "bad_value")]);
        }
    }
    if changes && matches!(rule.need, Need::Anybody | Need::May(_)) {
        all.extend([(403, "no_own_header"), (503, "audit_unwritten"), (503, "database_away")]);
    }
    if changes
        && matches!(
            rule.within,
            Within::Users | Within::Groups | Within::Sites | Within::Assistants | Within::Everywhere
        )
    {
        all.push((503, "outcome_unknown"));
    }
    if let Need::Metrics = rule.need {
        all.push((403, "no_right"));
    }
    if shape.body.is_some() {
        all.extend(BODY);
    }
    if shape.sound.is_some() {
        all.extend(SOUND);
    }
    if !shape.asks.is_empty() {
        all.push((422, "bad_value"));
    }
    if shape.asks_pbx && changes {
        all.extend(PBX);
    }
    all.extend(shape.refuses);
    all
}

const ACCOUNTS: [(u16, &str); 3] = [(401, "not_logged_in"), (429, "too_much"), (503, "accounts_unknown")];
const BODY: [(u16, &str); 5] =
    [(400, "malformed_json"), (408, "too_slow"), (413, "too_large"), (415, "not_json"), (422, "bad_value")];
const SOUND: [(u16, &str); 4] = [(408, "too_slow"), (413, "too_large"), (422, "bad_value"), (503, "busy")];
const PBX: [(u16, &str); 14] = [
    (409, "ambiguous"),
    (409, "account_may_not"),
    (409, "no_context"),
    (409, "key_used"),
    (409, "bad_number_rules"),
    (502, "pbx_refused"),
    (503, "link_down"),
    (503, "link_lost"),
    (503, "busy"),
    (503, "interrupted"),
    (503, "key_unwritten"),
    (504, "timed_out"),
    (429, "too_much"),
    (409, "state"),
];

/// The answer of a status.
pub(super) fn told(status: u16, reasons: &BTreeSet<&'static str>, rule: &Rule) -> Value {
    let known = ApiError::samples();
    let one = |reason: &&'static str| {
        let sample = known.iter().find(|problem| problem.slug() == *reason);
        let message = sample.map_or_else(|| (*reason).replace('_', " "), ToString::to_string);
        let mut value = json!({"error": reason, "message": message});
        if *reason == "bad_value" {
            value["details"] = json!({"field": "what was expected"});
        }
        ((*reason).to_owned(), json!({"value": value}))
    };
    let examples: serde_json::Map<String, Value> = reasons.iter().map(one).collect();
    // what the state of a call forbids has a reason for each state
    let open = status == 409 && rule.shape.asks_pbx;
    let mut schema = json!({"$ref": "#/components/schemas/Problem"});
    if !open {
        schema = json!({"allOf": [schema, {"properties": {"error": {"enum": reasons}}}]});
    }
    let names: Vec<_> = reasons.iter().map(|reason| format!("`{reason}`")).collect();
    let more =
        if open { ", or what the state of the call or the agent forbids, by a name of its own" } else { "" };
    json!({
        "description": format!("{}{more}", names.join(", ")),
        "content": {"application/json": {"schema": schema, "examples": examples}},
    })
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;

    use super::*;
    use crate::http::routes::RULES;

    #[test]
    fn every_reason_that_is_described_is_one_with_that_status() {
        let known: Vec<_> =
            ApiError::samples().iter().map(|p| (p.status_code().as_u16(), p.slug())).collect();
        for rule in RULES {
            for (status, reason) in of(rule) {
                // their reasons are free: what is forbidden, and what a state forbids
                let free = matches!(status, 403 | 409) && !known.iter().any(|(_, slug)| *slug == reason);
                assert!(
                    free || known.contains(&(status, reason)),
                    "{} {}: {status} {reason}",
                    rule.method,
                    rule.path
                );
            }
        }
    }
}
