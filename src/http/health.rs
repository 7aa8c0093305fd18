//! Whether the process lives (`/api/health`) and whether it does its work (`/api/ready`).

use actix_web::{HttpRequest, HttpResponse, web};
use actors::view::{LinkPhase, PbxView, Table, View};

use super::Site;
use super::access::is_from_here;
use super::shapes::server::{Health, Link, Ready};
use crate::access::Access;

/// 200 while the process answers.
pub(super) async fn health(site: web::Data<Site>) -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "alive", run: site.parts.board.run().clone() })
}

/// 200 while this process can serve: a PBX was reached since the start and nothing holds a thread; else
/// 503 with the reasons. A PBX or a database that is away makes it `degraded` and not unready: taking the
/// process out of service would help nobody, its pages say what is old.
/// Where there are accounts, a stranger elsewhere is not told the words, which name hosts and calls (S53).
pub(super) async fn ready(request: HttpRequest, site: web::Data<Site>) -> HttpResponse {
    let told = matches!(site.parts.access, Access::Open) || is_from_here(&request);
    let mut reasons = site.parts.vitals.troubles();
    if !told && !reasons.is_empty() {
        reasons = vec!["a part of the server is held up; the log says which".into()];
    }
    let (mut links, mut degraded) = (Vec::new(), Vec::new());
    let mut reached = false;
    for line in site.parts.board.lines(Table::Pbxs) {
        let View::Pbx(pbx) = &*line.view else { continue };
        reached |= pbx.known_since_ms.is_some();
        if pbx.link != LinkPhase::Live {
            degraded.push(not_live(pbx, told));
        }
        links.push(Link { pbx: pbx.id.clone(), link: pbx.link, since_ms: pbx.since_ms });
    }
    if links.is_empty() {
        reasons.push("no PBX is on the board yet".into());
    } else if !reached {
        reasons.push("no PBX was reached since the start".into());
    }
    links.sort_by(|a, b| a.pbx.cmp(&b.pbx));
    degraded.sort_unstable();
    // what happens waits on disk meanwhile: the floor is as live as ever
    if site.parts.history.as_ref().is_some_and(|history| history.problem().is_some()) {
        degraded.push("the database is away".into());
    }
    let ready = reasons.is_empty();
    let body = Ready { ready, reasons, links, degraded };
    if ready { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}

fn not_live(pbx: &PbxView, told: bool) -> String {
    let state = serde_json::to_value(pbx.link).unwrap_or_default();
    let state = state.as_str().unwrap_or("not live");
    let problem = if pbx.problem.is_empty() || !told { String::new() } else { format!(": {}", pbx.problem) };
    format!("the link to {} is {state}{problem}", pbx.id)
}
