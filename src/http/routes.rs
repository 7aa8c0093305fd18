//! Every address with who may ask it: the one table from which addresses are served, guarded and described.
//! An address that stands here without a rule cannot be written.
//!
//! `need` is checked before the handler runs; `within` says what the handler limits its answer or its act to.
//! What is outside of it is answered as if it were not there (404).

use actix_web::middleware::from_fn;
use actix_web::{Route, web};

use super::access::authorise;
use super::error::ApiError;
use super::openapi::Shape;
use super::shapes::{server, users};
use super::{
    agent_history, ai_history, audio_files, auth, board, by_phone, desk, export, figures, flows, health,
    history, messages, metrics, openapi, people, prompts, reads, recordings, shapes, socket, tickets, verbs,
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
    /// Who has the right `see` somewhere, and shows a ticket (or a bearer token).
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
    /// Requests that are nobody's before they are taken: all of them.
    Callbacks,
    /// Tickets, which are nobody's: all of them.
    Tickets,
    /// Messages of sites within the right's reach.
    Messages,
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
    /// What it is for, takes and gives.
    pub(super) shape: Shape,
    handler: fn() -> Route,
}

impl Rule {
    /// It says whether the server lives.
    pub(super) fn tells_health(&self) -> bool {
        matches!(self.path, "/api/health" | "/api/ready")
    }
}

macro_rules! rules {
    ($($method:ident $path:literal $need:expr, $within:ident => $handler:expr, $shape:expr;)*) => {
        /// See the module.
        pub static RULES: &[Rule] = &[$(Rule {
            method: stringify!($method),
            path: $path,
            need: $need,
            within: Within::$within,
            shape: $shape,
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
    GET "/api/health" Nobody, Nothing => health::health, server::HEALTH;
    GET "/api/ready" Nobody, Nothing => health::ready, server::READY;
    GET "/metrics" Metrics, Nothing => metrics::metrics, server::METRICS;
    GET "/api/openapi.json" Anybody, Nothing => openapi::json, server::DOCUMENT;
    GET "/api/docs" Nobody, Nothing => openapi::page, server::DOCS;
    GET "/ws" Ticket, Board => socket, server::SOCKET;

    GET "/api/auth/state" Nobody, Nothing => auth::state, shapes::auth::STATE;
    POST "/api/auth/setup" Nobody, Nothing => auth::setup, shapes::auth::SETUP;
    POST "/api/auth/login" Nobody, Nothing => auth::login, shapes::auth::LOGIN;
    POST "/api/auth/refresh" Nobody, Nothing => auth::refresh, shapes::auth::REFRESH;
    POST "/api/auth/logout" Anybody, Nothing => auth::logout, shapes::auth::LOGOUT;
    POST "/api/auth/ticket" May(See), Nothing => auth::ticket, shapes::auth::TICKET;
    GET "/api/auth/me" Anybody, Nothing => auth::me, shapes::auth::ME;

    GET "/api/board" May(See), Board => board::whole, server::BOARD;
    GET "/api/board/{table}" May(See), Board => board::table, server::TABLE;
    POST "/api/calls/hangup" May(Right::Hangup), Channel => verbs::call, shapes::verbs::HANGUP;
    POST "/api/calls/transfer" May(Right::Transfer), Channel => verbs::call, shapes::verbs::TRANSFER;
    POST "/api/calls/to_node" May(Right::Transfer), Channel => verbs::call, shapes::verbs::TO_NODE;
    POST "/api/calls/consult" May(Right::Transfer), Channel => verbs::call, shapes::verbs::CONSULT;
    POST "/api/calls/complete" May(Right::Transfer), Channel => verbs::call, shapes::verbs::COMPLETE;
    POST "/api/calls/cancel" May(Right::Transfer), Channel => verbs::call, shapes::verbs::CANCEL;
    POST "/api/calls/park" May(Right::Park), Channel => verbs::call, shapes::verbs::PARK;
    POST "/api/calls/retrieve" May(Right::Park), Channel => verbs::call, shapes::verbs::RETRIEVE;
    POST "/api/calls/listen" May(Right::Listen), Channel => verbs::call, shapes::verbs::LISTEN;
    POST "/api/calls/whisper" May(Right::Whisper), Channel => verbs::call, shapes::verbs::WHISPER;
    POST "/api/calls/barge" May(Right::Barge), Channel => verbs::call, shapes::verbs::BARGE;
    POST "/api/calls/stop_listening" May(Right::Hangup), Channel => verbs::call, shapes::verbs::STOP_LISTENING;
    POST "/api/calls/take_over" May(Right::TakeOver), Channel => verbs::call, shapes::verbs::TAKE_OVER;
    POST "/api/calls/dtmf" May(Right::Dtmf), Channel => verbs::call, shapes::verbs::DTMF;
    POST "/api/calls/record_start" May(Right::Record), Channel => verbs::call, shapes::verbs::RECORD_START;
    POST "/api/calls/record_stop" May(Right::Record), Channel => verbs::call, shapes::verbs::RECORD_STOP;
    POST "/api/calls/record_pause" May(Right::Record), Channel => verbs::call, shapes::verbs::RECORD_PAUSE;
    POST "/api/calls/record_resume" May(Right::Record), Channel => verbs::call, shapes::verbs::RECORD_RESUME;
    POST "/api/calls/kick" May(Right::Conference), Channel => verbs::call, shapes::verbs::KICK;
    POST "/api/calls/mute" May(Right::Conference), Channel => verbs::call, shapes::verbs::MUTE;
    POST "/api/calls/originate" May(Right::Originate), Agent => verbs::call, shapes::verbs::ORIGINATE;
    POST "/api/queues/pick" May(Right::Pick), Channel => verbs::queue, shapes::verbs::PICK;
    POST "/api/queues/move" May(Right::Pick), Channel => verbs::queue, shapes::verbs::MOVE;
    GET "/api/verbs" May(See), Board => verbs::which, shapes::verbs::WHICH;
    POST "/api/agents/pause" May(Right::Pause), Agent => verbs::agent, shapes::verbs::PAUSE;
    POST "/api/agents/unpause" May(Right::Pause), Agent => verbs::agent, shapes::verbs::UNPAUSE;
    POST "/api/agents/login" May(Right::QueueLog), Agent => verbs::agent, shapes::verbs::LOG_IN;
    POST "/api/agents/logout" May(Right::QueueLog), Agent => verbs::agent, shapes::verbs::LOG_OUT;
    POST "/api/agents/penalty" May(Right::Penalty), Agent => verbs::agent, shapes::verbs::PENALTY;
    POST "/api/agents/{id}/messages" May(Right::Message), Agent => desk::message, shapes::desk::MESSAGE;
    POST "/api/agents/{id}/messages/read" May(See), Agent => desk::read, shapes::desk::READ;
    POST "/api/agents/{id}/hand" May(See), Agent => desk::hand, shapes::desk::HAND;
    GET "/api/history/calls" May(History), History => history::calls, shapes::history::CALLS;
    GET "/api/history/calls/{id}" May(History), History => history::call, shapes::history::CALL_ONE;
    GET "/api/history/calls/{id}/sessions" May(Right::Recordings), History => ai_history::of_call, shapes::ai_history::SESSIONS;
    GET "/api/history/calls/{id}/recordings" May(Right::Recordings), History => recordings::list, shapes::history::RECORDINGS;
    GET "/api/history/calls/{id}/recordings/{n}" May(Right::Recordings), History => recordings::hear, shapes::history::RECORDING;
    GET "/api/history/agents/{id}" May(History), History => agent_history::agent, shapes::history::AGENT;
    PUT "/api/history/calls/{id}/hold" May(Right::Hold), History => history::hold, shapes::history::HOLD;
    DELETE "/api/history/calls/{id}/hold" May(Right::Hold), History => history::release, shapes::history::RELEASE;
    GET "/api/exports/{name}" May(Right::Export), History => export::export, shapes::history::EXPORT;
    GET "/api/figures/formulas" May(Figures), Nothing => figures::formulas, shapes::figures::ALL_FORMULAS;
    GET "/api/figures/queues" May(Figures), Figures => figures::queues, shapes::figures::QUEUES;
    GET "/api/figures/queues/{id}/{figure}" May(Figures), Figures => figures::queue, shapes::figures::QUEUE_ONE;
    GET "/api/figures/agents" May(Figures), Figures => figures::agents, shapes::figures::AGENTS;
    GET "/api/figures/agents/{id}/{figure}" May(Figures), Figures => figures::agent, shapes::figures::AGENT_ONE;

    PUT "/api/users/me/password" Anybody, Nothing => people::own::password, shapes::auth::OWN_PASSWORD;
    PUT "/api/users/me/picture" Anybody, Nothing => people::pictures::set, users::PICTURE_SET;
    DELETE "/api/users/me/picture" Anybody, Nothing => people::pictures::remove, users::PICTURE_REMOVE;
    GET "/api/users/{id}/picture" Anybody, Nothing => people::pictures::one, users::PICTURE;
    GET "/api/users" May(People), Users => people::users::list, users::LIST;
    POST "/api/users" May(ManagePeople), Users => people::users::add, users::ADD;
    POST "/api/users/bulk" May(ManagePeople), Users => people::users::add_many, users::ADD_MANY;
    GET "/api/users/{id}" May(People), Users => people::users::one, users::ONE;
    PUT "/api/users/{id}" May(ManagePeople), Users => people::users::set, users::SET;
    DELETE "/api/users/{id}" May(ManagePeople), Users => people::users::remove, users::REMOVE;
    POST "/api/users/{id}/one-time-password" May(ManagePeople), Users => people::users::one_time_password, users::ONE_TIME_PASSWORD;
    GET "/api/users/{id}/stations" May(People), Users => people::stations::of_user, shapes::people::STATIONS_OF;
    PUT "/api/users/{id}/stations" May(ManagePeople), Users => people::stations::set, shapes::people::STATIONS_SET;
    GET "/api/users/{id}/grants" May(ManageGrants), Users => people::grants::of_user, shapes::people::GRANTS_OF;
    PUT "/api/users/{id}/grants" May(ManageGrants), Users => people::grants::set, shapes::people::GRANTS_SET;
    GET "/api/user-groups" May(People), Groups => people::groups::list, shapes::people::GROUPS;
    POST "/api/user-groups" May(ManageGroups), Groups => people::groups::add, shapes::people::GROUP_ADD;
    GET "/api/user-groups/{id}" May(People), Groups => people::groups::one, shapes::people::GROUP_ONE;
    PUT "/api/user-groups/{id}" May(ManageGroups), Groups => people::groups::set, shapes::people::GROUP_SET;
    DELETE "/api/user-groups/{id}" May(ManageGroups), Groups => people::groups::remove, shapes::people::GROUP_REMOVE;
    GET "/api/sites" May(People), Sites => people::sites::list, shapes::people::SITES;
    POST "/api/sites" May(ManageSites), Everywhere => people::sites::add, shapes::people::SITE_ADD;
    GET "/api/sites/{id}" May(People), Sites => people::sites::one, shapes::people::SITE_ONE;
    PUT "/api/sites/{id}" May(ManageSites), Sites => people::sites::set, shapes::people::SITE_SET;
    DELETE "/api/sites/{id}" May(ManageSites), Sites => people::sites::remove, shapes::people::SITE_REMOVE;
    GET "/api/stations" May(People), Users => people::stations::list, shapes::people::STATIONS;
    GET "/api/people/check" May(ManagePeople), Users => people::check::check, shapes::people::CHECK;
    GET "/api/rights" May(People), Nothing => people::grants::rights, shapes::people::RIGHTS;

    GET "/api/ivr-flows" May(Right::Flows), Everywhere => flows::ivr::list, shapes::flows::FLOWS;
    POST "/api/ivr-flows" May(Right::Flows), Everywhere => flows::ivr::add, shapes::flows::FLOW_ADD;
    GET "/api/ivr-flows/{id}" May(Right::Flows), Everywhere => flows::ivr::one, shapes::flows::FLOW_ONE;
    PUT "/api/ivr-flows/{id}" May(Right::Flows), Everywhere => flows::ivr::set, shapes::flows::FLOW_SET;
    DELETE "/api/ivr-flows/{id}" May(Right::Flows), Everywhere => flows::ivr::remove, shapes::flows::FLOW_REMOVE;
    POST "/api/ivr-flows/{id}/duplicate" May(Right::Flows), Everywhere => flows::ivr::duplicate, shapes::flows::FLOW_DUPLICATE;
    GET "/api/ivr-flows/{id}/faults" May(Right::Flows), Everywhere => flows::publish::faults, shapes::flows::FAULTS;
    POST "/api/ivr-flows/{id}/check" May(Right::Flows), Everywhere => flows::publish::check, shapes::flows::CHECK;
    POST "/api/ivr-flows/{id}/publish" May(Right::Flows), Everywhere => flows::publish::draft, shapes::flows::PUBLISH;
    GET "/api/ivr-flows/{id}/callers" May(Right::Flows), Everywhere => flows::callers::callers, shapes::flows::CALLERS;
    GET "/api/ivr-flows/{id}/versions" May(Right::Flows), Everywhere => flows::publish::versions, shapes::flows::VERSIONS;
    GET "/api/ivr-flows/{id}/versions/{n}" May(Right::Flows), Everywhere => flows::publish::drawn, shapes::flows::VERSION_ONE;
    POST "/api/ivr-flows/{id}/versions/{n}/publish" May(Right::Flows), Everywhere => flows::publish::version, shapes::flows::PUBLISH_VERSION;
    PUT "/api/ivr-flows/{id}/default" May(Right::Flows), Everywhere => flows::publish::default, shapes::flows::DEFAULT;
    DELETE "/api/ivr-flows/{id}/default" May(Right::Flows), Everywhere => flows::publish::no_default, shapes::flows::NO_DEFAULT;
    GET "/api/dids" May(Right::Flows), Everywhere => flows::dids::list, shapes::flows::DIDS;
    POST "/api/dids" May(Right::Flows), Everywhere => flows::dids::add, shapes::flows::DID_ADD;
    PUT "/api/dids/{id}" May(Right::Flows), Everywhere => flows::dids::set, shapes::flows::DID_SET;
    DELETE "/api/dids/{id}" May(Right::Flows), Everywhere => flows::dids::remove, shapes::flows::DID_REMOVE;
    GET "/api/callbacks" May(Right::Originate), Callbacks => flows::callbacks::list, shapes::errands::CALLBACKS;
    GET "/api/callbacks/due" May(Right::Originate), Callbacks => flows::callbacks::due, shapes::errands::DUE;
    POST "/api/callbacks/call" May(Right::Originate), Callbacks => flows::callbacks::call, shapes::errands::CALL;
    POST "/api/callbacks/take" May(Right::Originate), Callbacks => flows::callbacks::take, shapes::errands::TAKE;
    POST "/api/callbacks/outcome" May(Right::Originate), Callbacks => flows::callbacks::outcome, shapes::errands::OUTCOME;
    GET "/api/tickets" May(Right::Originate), Tickets => tickets::list, shapes::tickets::TICKETS;
    POST "/api/tickets/state" May(Right::Originate), Tickets => tickets::stands, shapes::tickets::STANDS;
    GET "/api/flow-contacts" May(Right::Flows), Everywhere => flows::contacts::list, shapes::errands::CONTACTS;
    POST "/api/flow-contacts" May(Right::Flows), Everywhere => flows::contacts::put, shapes::errands::CONTACT_PUT;
    DELETE "/api/flow-contacts/{id}" May(Right::Flows), Everywhere => flows::contacts::remove, shapes::errands::CONTACT_REMOVE;

    GET "/api/audio-files" May(Right::Flows), Everywhere => audio_files::list, shapes::prompts::AUDIO_FILES;
    POST "/api/audio-files" May(Right::Flows), Everywhere => audio_files::upload, shapes::prompts::AUDIO_FILE_ADD;
    PUT "/api/audio-files/{id}" May(Right::Flows), Everywhere => audio_files::set, shapes::prompts::AUDIO_FILE_SET;
    DELETE "/api/audio-files/{id}" May(Right::Flows), Everywhere => prompts::remove, shapes::prompts::REMOVE;
    GET "/api/prompts" May(Right::Flows), Everywhere => prompts::list, shapes::prompts::PROMPTS;
    POST "/api/prompts" May(Right::Flows), Everywhere => prompts::upload, shapes::prompts::UPLOAD;
    POST "/api/prompts/spoken" May(Right::Flows), Everywhere => prompts::speak, shapes::prompts::SPEAK;
    POST "/api/prompts/recorded" May(Right::Flows), Everywhere => prompts::recorded, shapes::prompts::RECORDED;
    GET "/api/prompts/by_phone" May(Right::Flows), Everywhere => by_phone::list, shapes::prompts::SPEAKING;
    POST "/api/prompts/by_phone" May(Right::Flows), Everywhere => by_phone::speak, shapes::prompts::BY_PHONE;
    GET "/api/prompts/{id}" May(Right::Flows), Everywhere => prompts::one, shapes::prompts::PROMPT;
    PUT "/api/prompts/{id}" May(Right::Flows), Everywhere => prompts::set, shapes::prompts::SET;
    DELETE "/api/prompts/{id}" May(Right::Flows), Everywhere => prompts::remove, shapes::prompts::REMOVE;
    GET "/api/prompts/{id}/uses" May(Right::Flows), Everywhere => prompts::uses, shapes::prompts::USES;
    GET "/api/prompts/{id}/sound" May(Right::Flows), Everywhere => prompts::hear, shapes::prompts::HEAR;
    PUT "/api/prompts/{id}/sound" May(Right::Flows), Everywhere => prompts::replace, shapes::prompts::REPLACE;
    GET "/api/messages" May(Right::Voicemail), Messages => messages::list, shapes::messages::MESSAGES;
    GET "/api/messages/{id}/sound" May(Right::Voicemail), Messages => messages::hear, shapes::messages::HEAR;
    PUT "/api/messages/{id}/heard" May(Right::Voicemail), Messages => messages::heard, shapes::messages::HEARD;
    DELETE "/api/messages/{id}" May(Right::Voicemail), Messages => messages::remove, shapes::messages::REMOVE;

    GET "/api/audit" May(Right::Audit), Everywhere => people::audit::list, shapes::people::AUDIT;
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
        // a known address with another method is told which it takes
        let methods = of_path.iter().map(|rule| if rule.method == "GET" { "GET, HEAD" } else { rule.method });
        let takes: &'static str = methods.collect::<Vec<_>>().join(", ").leak();
        let other = move || std::future::ready(Err::<String, _>(ApiError::MethodNotAllowed(takes)));
        let resource = resource.default_service(web::to(other));
        let rules: &'static [&'static Rule] = of_path.leak();
        app.service(resource.wrap(from_fn(move |request, next| authorise(rules, request, next))));
    }
}
