//! `GET /api/people/check`: what of the identity map does not match what the PBXs show.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use actors::view::{Table, Text, View};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::listing::no_parameters;
use crate::auth::{Right, Role};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::error::ApiError;
use crate::http::shapes::people::Checked;

/// One thing that does not match; `slug` for people's languages.
#[derive(Debug, JsonSchema, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Mismatch {
    slug: &'static str,
    text: String,
    user_id: Option<String>,
    pbx: Option<String>,
    endpoint: Option<String>,
    member_interface: Option<String>,
}

/// 200 `{"checked", "unknownPbxs", "problems": [{"slug", "text", "userId", "pbx", "endpoint", "memberInterface"}]}`.
/// Of a PBX that was not reached since the start nothing is said.
pub(in crate::http) async fn check(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let board = &site.parts.board;
    let who = caller.who();
    let (directory, sight) = (who.directory(), who.sight(Right::ManagePeople));
    let known = pbxs(&site);
    let mut problems = Vec::new();
    let mut of_user: BTreeMap<&str, usize> = BTreeMap::new();
    let mut checked = 0;
    for station in &directory.stations {
        let Some(person) = directory.people.get(&station.user_id).filter(|p| sight.person(p)) else {
            continue;
        };
        *of_user.entry(&station.user_id).or_default() += 1;
        checked += 1;
        let mut say = |slug, text: String| {
            problems.push(Mismatch {
                slug,
                text,
                user_id: Some(person.user.id.clone()),
                pbx: Some(station.pbx.clone()),
                endpoint: Some(station.endpoint.clone()),
                member_interface: Some(station.member_interface.clone()),
            });
        };
        match known.get(station.pbx.as_str()) {
            None => say("no_such_pbx", format!("no PBX is called {}", station.pbx)),
            Some(false) => {}
            Some(true) => {
                let line = board.line(Table::Agents, &format!("{}~{}", station.pbx, station.endpoint));
                match line.as_ref().map(|line| &*line.view) {
                    Some(View::Agent(agent)) => {
                        let interfaces = agent.memberships.iter().map(|m| &m.interface);
                        let other = interfaces.filter(|i| **i != *station.member_interface).min();
                        if let Some(other) = other {
                            let text =
                                format!("queues know him as {other}, not as {}", station.member_interface);
                            say("other_interface", text);
                        }
                    }
                    _ => say("no_such_endpoint", format!("{} is not seen as an agent's", station.endpoint)),
                }
            }
        }
    }
    if sight.is_everything() {
        problems.extend(nobodys(&site, &caller));
    }
    for person in directory.people.values().filter(|p| sight.person(p)) {
        let user = &person.user;
        if user.role == Role::Agent && user.is_active && !of_user.contains_key(user.id.as_str()) {
            problems.push(Mismatch {
                slug: "no_station",
                text: format!("the agent {} has no station", user.login_id),
                user_id: Some(user.id.clone()),
                pbx: None,
                endpoint: None,
                member_interface: None,
            });
        }
    }
    let unknown = known.iter().filter(|(_, known)| !**known).map(|(name, _)| name.to_string()).collect();
    Ok(HttpResponse::Ok().json(Checked { checked, unknown_pbxs: unknown, problems }))
}

/// Agents on the board whom nobody is.
fn nobodys(site: &Site, caller: &Caller) -> Vec<Mismatch> {
    let directory = caller.who().directory();
    let mut found = Vec::new();
    for line in site.parts.board.lines(Table::Agents) {
        let View::Agent(agent) = &*line.view else { continue };
        if directory.at_endpoint(&agent.pbx, &agent.endpoint).is_none() {
            found.push(Mismatch {
                slug: "nobody_there",
                text: format!("no user sits at {}", agent.endpoint),
                user_id: None,
                pbx: Some(agent.pbx.to_string()),
                endpoint: Some(agent.endpoint.to_string()),
                member_interface: agent.memberships.first().map(|m| m.interface.to_string()),
            });
        }
    }
    found.sort_by(|a, b| (&a.pbx, &a.endpoint).cmp(&(&b.pbx, &b.endpoint)));
    found
}

/// Every PBX, and whether it was reached since the start.
fn pbxs(site: &Site) -> BTreeMap<Text, bool> {
    let lines = site.parts.board.lines(Table::Pbxs);
    let known = lines.iter().filter_map(|line| match &*line.view {
        View::Pbx(pbx) => Some((pbx.id.clone(), pbx.known_since_ms.is_some())),
        _ => None,
    });
    known.collect()
}
