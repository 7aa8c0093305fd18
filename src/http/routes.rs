//! Every address with who may ask it: the one table from which addresses are served, guarded and described.
//! An address that stands here without a rule cannot be written.
//!
//! `need` is checked before the handler runs; `within` says what the handler limits its answer or its act to.
//! What is outside of it is answered as if it were not there (404).

use actix_web::middleware::from_fn;
use actix_web::{Route, web};

use super::access::authorise;
use super::error::ApiError;
use super::{
    agent_history, auth, board, desk, export, figures, health, history, metrics, people, reads, recordings,
    socket, verbs,
};
use crate::auth::Right;

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Whoever reaches the server.
    Nobody,
    /// This machine, a token, or who has the right `system`.
    Metrics,
    /// Who is logged in.
    Anybody,
    /// Who is logged in and shows a ticket (or a bearer token).
    Ticket,
    /// Who has this right somewhere.
    May(Right),
}

/// What an answer or an act is limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// It concerns nobody's data, or the caller himself only.
    Nothing,
    /// Rows of the caller's board.
    Board,
    /// Calls of the caller's endpoints and queues.
    History,
    /// The call of the channel in the body.
    Channel,
    /// The agent in the body.
    Agent,
    /// Queues and agents of the caller.
    Figures,
    /// Users within the right's reach.
    Users,
    /// Groups all of whose members are within the right's reach.
    Groups,
    /// Sites within the right's reach.
    Sites,
    /// All or nothing: the right must reach everywhere.
    Everywhere,
}

/// One address and method.
pub struct Rule {
    /// `GET`, `POST`, `PUT`, `DELETE`.
    pub method: &'static str,
    /// With `{parameters}`.
    pub path: &'static str,
    /// Who may ask.
    pub need: Need,
    /// Limited to what.
    pub within: Within,
    handler: fn() -> Route,
}

macro_rules! rules {
    ($($method:ident $path:literal $need:expr, $within:ident => $handler:expr;)*) => {
        /// See the module.
        pub static RULES: &[Rule] = &[$(Rule {
            method: stringify!($method),
            path: $path,
            need: $need,
            within: Within::$within,
            handler: || rules!(@$method).to($handler),
        },)*];
    };
    (@GET) => { reads() };
    (@POST) => { web::post() };
    (@PUT) => { web::put() };
    (@DELETE) => { web::delete() };
}

use Need::{Anybody, May, Metrics, Nobody, Ticket};
use Right::{Figures, History, ManageGrants, ManageGroups, ManagePeople, ManageSites, People, See};

rules! {
    GET "/api/health" Nobody, Nothing => health::health;
    GET "/api/ready" Nobody, Nothing => health::ready;
    GET "/metrics" Metrics, Nothing => metrics::metrics;
    GET "/ws" Ticket, Board => socket;

    GET "/api/auth/state" Nobody, Nothing => auth::state;
    POST "/api/auth/setup" Nobody, Nothing => auth::setup;
    POST "/api/auth/login" Nobody, Nothing => auth::login;
    POST "/api/auth/refresh" Nobody, Nothing => auth::refresh;
    POST "/api/auth/logout" Anybody, Nothing => auth::logout;
    POST "/api/auth/ticket" Anybody, Nothing => auth::ticket;
    GET "/api/auth/me" Anybody, Nothing => auth::me;

    GET "/api/board" May(See), Board => board::whole;
    GET "/api/board/{table}" May(See), Board => board::table;
    POST "/api/calls/hangup" May(Right::Hangup), Channel => verbs::call;
    POST "/api/calls/transfer" May(Right::Transfer), Channel => verbs::call;
    POST "/api/calls/consult" May(Right::Transfer), Channel => verbs::call;
    POST "/api/calls/complete" May(Right::Transfer), Channel => verbs::call;
    POST "/api/calls/cancel" May(Right::Transfer), Channel => verbs::call;
    POST "/api/calls/park" May(Right::Park), Channel => verbs::call;
    POST "/api/calls/retrieve" May(Right::Park), Channel => verbs::call;
    POST "/api/calls/listen" May(Right::Listen), Channel => verbs::call;
    POST "/api/calls/whisper" May(Right::Whisper), Channel => verbs::call;
    POST "/api/calls/barge" May(Right::Barge), Channel => verbs::call;
    POST "/api/calls/stop_listening" May(Right::Hangup), Channel => verbs::call;
    POST "/api/calls/take_over" May(Right::TakeOver), Channel => verbs::call;
    POST "/api/calls/dtmf" May(Right::Dtmf), Channel => verbs::call;
    POST "/api/calls/record_start" May(Right::Record), Channel => verbs::call;
    POST "/api/calls/record_stop" May(Right::Record), Channel => verbs::call;
    POST "/api/calls/record_pause" May(Right::Record), Channel => verbs::call;
    POST "/api/calls/record_resume" May(Right::Record), Channel => verbs::call;
    POST "/api/calls/kick" May(Right::Conference), Channel => verbs::call;
    POST "/api/calls/mute" May(Right::Conference), Channel => verbs::call;
    POST "/api/calls/originate" May(Right::Originate), Agent => verbs::call;
    POST "/api/queues/pick" May(Right::Pick), Channel => verbs::queue;
    POST "/api/queues/move" May(Right::Pick), Channel => verbs::queue;
    GET "/api/verbs" May(See), Board => verbs::which;
    POST "/api/agents/pause" May(Right::Pause), Agent => verbs::agent;
    POST "/api/agents/unpause" May(Right::Pause), Agent => verbs::agent;
    POST "/api/agents/login" May(Right::QueueLog), Agent => verbs::agent;
    POST "/api/agents/logout" May(Right::QueueLog), Agent => verbs::agent;
    POST "/api/agents/penalty" May(Right::Penalty), Agent => verbs::agent;
    POST "/api/agents/{id}/messages" May(Right::Message), Agent => desk::message;
    POST "/api/agents/{id}/messages/read" May(See), Agent => desk::read;
    POST "/api/agents/{id}/hand" May(See), Agent => desk::hand;
    GET "/api/history/calls" May(History), History => history::calls;
    GET "/api/history/calls/{id}" May(History), History => history::call;
    GET "/api/history/calls/{id}/recordings" May(Right::Recordings), History => recordings::list;
    GET "/api/history/calls/{id}/recordings/{n}" May(Right::Recordings), History => recordings::hear;
    GET "/api/history/agents/{id}" May(History), History => agent_history::agent;
    PUT "/api/history/calls/{id}/hold" May(Right::Hold), History => history::hold;
    DELETE "/api/history/calls/{id}/hold" May(Right::Hold), History => history::release;
    GET "/api/exports/{name}" May(Right::Export), History => export::export;
    GET "/api/figures/formulas" May(Figures), Nothing => figures::formulas;
    GET "/api/figures/queues" May(Figures), Figures => figures::queues;
    GET "/api/figures/queues/{id}/{figure}" May(Figures), Figures => figures::queue;
    GET "/api/figures/agents" May(Figures), Figures => figures::agents;
    GET "/api/figures/agents/{id}/{figure}" May(Figures), Figures => figures::agent;

    PUT "/api/users/me/password" Anybody, Nothing => people::own::password;
    GET "/api/users" May(People), Users => people::users::list;
    POST "/api/users" May(ManagePeople), Users => people::users::add;
    POST "/api/users/bulk" May(ManagePeople), Users => people::users::add_many;
    GET "/api/users/{id}" May(People), Users => people::users::one;
    PUT "/api/users/{id}" May(ManagePeople), Users => people::users::set;
    DELETE "/api/users/{id}" May(ManagePeople), Users => people::users::remove;
    POST "/api/users/{id}/one-time-password" May(ManagePeople), Users => people::users::one_time_password;
    GET "/api/users/{id}/stations" May(People), Users => people::stations::of_user;
    PUT "/api/users/{id}/stations" May(ManagePeople), Users => people::stations::set;
    GET "/api/users/{id}/grants" May(ManageGrants), Users => people::grants::of_user;
    PUT "/api/users/{id}/grants" May(ManageGrants), Users => people::grants::set;
    GET "/api/user-groups" May(People), Groups => people::groups::list;
    POST "/api/user-groups" May(ManageGroups), Groups => people::groups::add;
    GET "/api/user-groups/{id}" May(People), Groups => people::groups::one;
    PUT "/api/user-groups/{id}" May(ManageGroups), Groups => people::groups::set;
    DELETE "/api/user-groups/{id}" May(ManageGroups), Groups => people::groups::remove;
    GET "/api/sites" May(People), Sites => people::sites::list;
    POST "/api/sites" May(ManageSites), Everywhere => people::sites::add;
    GET "/api/sites/{id}" May(People), Sites => people::sites::one;
    PUT "/api/sites/{id}" May(ManageSites), Sites => people::sites::set;
    DELETE "/api/sites/{id}" May(ManageSites), Sites => people::sites::remove;
    GET "/api/stations" May(People), Users => people::stations::list;
    GET "/api/people/check" May(ManagePeople), Users => people::check::check;
    GET "/api/rights" May(People), Nothing => people::grants::rights;
    GET "/api/audit" May(Right::Audit), Everywhere => people::audit::list;
}

/// Serves the table.
pub(super) fn serve(app: &mut web::ServiceConfig) {
    let mut served: Vec<&str> = Vec::new();
    for rule in RULES {
        if served.contains(&rule.path) {
            continue;
        }
        served.push(rule.path);
        let of_path: Vec<&'static Rule> = RULES.iter().filter(|other| other.path == rule.path).collect();
        let mut resource = web::resource(rule.path);
        for rule in &of_path {
            resource = resource.route((rule.handler)());
        }
        // a known address with another method is told so
        let resource =
            resource.default_service(web::to(async || Err::<String, _>(ApiError::MethodNotAllowed)));
        let rules: &'static [&'static Rule] = of_path.leak();
        app.service(resource.wrap(from_fn(move |request, next| authorise(rules, request, next))));
    }
}
