//! Every way a request can fail, and what the caller is told: one type, one mapping.
//!
//! `{"error": "<slug>", "message": "<words>", "details": {field: reason}?}`. Slugs are stable, words
//! are for people. Nothing of the inside is ever in them: an internal failure has an id, and the
//! log has the rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use actors::command::{BadValue, Refusal};
use actors::ivr::Fault as FlowFault;
use schemars::JsonSchema;
use serde::Serialize;

use crate::access::{Fault, LoginFault};
use crate::assistants::Fault as AssistantFault;
use crate::auth::Right;
use crate::auth::password::{Crowded, Weak};
use crate::people::Denied;
use crate::prompts::Use;

/// See the module.
#[derive(Debug)]
pub enum ApiError {
    /// 400: the body is not JSON; where.
    Malformed(String),
    /// 400: that is not his present password.
    WrongPassword,
    /// 400: he may not choose that one as his password; what is expected.
    WeakPassword(&'static str),
    /// 400: it is no picture that is taken; what was expected.
    NoPicture(&'static str),
    /// 400: who may still log in is not taken away.
    StillActive,
    /// 401: nobody is logged in, or not any more.
    NotLoggedIn,
    /// 401: no such user, or not his password.
    WrongLogin,
    /// 401: his account may not log in any more.
    AccountDisabled,
    /// 401: not the setup code.
    WrongCode,
    /// 403: this right is missing.
    NoRight(Right),
    /// 403: something else forbids it to him; slug and words.
    Forbidden(&'static str, &'static str),
    /// 403: a cookie came without the header that our own page sends.
    NoOwnHeader,
    /// 403: the request comes from another site's page.
    ForeignOrigin,
    /// 404: there are no accounts here.
    NoAccounts,
    /// 404: no such address.
    NotFound,
    /// 404: no such live channel.
    NoSuchChannel,
    /// 404: no such agent.
    NoSuchAgent,
    /// 405; what it takes.
    MethodNotAllowed(&'static str),
    /// 408: the body did not come in time.
    TooSlow,
    /// 409: the state forbids it; slug and words.
    Conflict(&'static str, &'static str),
    /// 409: the account in `manager.conf` may not send that action.
    MayNotSend(&'static str),
    /// 409: the dialplan has no such context.
    NoContext(&'static str),
    /// 409: there is one already with that; which field.
    Taken(&'static str),
    /// 409: what is to be published cannot be walked as it should.
    Faulty(Vec<FlowFault>),
    /// 409: flows name that prompt.
    PromptUsed(Vec<Use>),
    /// 409: what is to be published cannot answer callers here.
    AssistantFaulty(Vec<AssistantFault>),
    /// 409: callers are led to that assistant, by what.
    AssistantUsed(BTreeMap<String, String>),
    /// 409: there is an account already.
    SetUpAlready,
    /// 413: the body is larger than this many bytes.
    TooLarge(usize),
    /// 415: the body is not said to be JSON.
    NotJson,
    /// 415: there is no sound in what was sent as such, and why.
    NotSound(&'static str),
    /// 421: asked under a name that is not this machine's.
    WrongHost,
    /// 422: these fields are not right, and why.
    BadFields(BTreeMap<String, String>),
    /// 429: too much was asked for; it may be tried again after so many s.
    TooMuch(u32),
    /// 429: too many tries; wait so many seconds.
    TooManyTries(u64),
    /// 500: a handler failed; the log has the id.
    Internal(String),
    /// 502: the PBX refused, in its words.
    Pbx(String),
    /// 503: no live link to that PBX; nothing was sent.
    LinkDown,
    /// 503: the link broke after the order was sent.
    LinkLost,
    /// 503: too much waits already; what.
    Busy(&'static str),
    /// 503: the database was lost as it was written.
    OutcomeUnknown,
    /// 503: the database is away.
    DatabaseAway,
    /// 503: accounts were not read yet since the start.
    AccountsUnknown,
    /// 503: what is done could not be noted, so it is not done.
    AuditUnwritten,
    /// 503: the server was stopped while an order under that key was under way.
    Interrupted,
    /// 503: the `Idempotency-Key` could not be kept, so nothing is sent.
    KeyUnwritten,
    /// 503: there is no database.
    NothingKept,
    /// 504: sent, but no event showed it in time.
    TimedOut,
    /// What another request with the same `Idempotency-Key` was told.
    Again(Arc<ApiError>),
}

impl ApiError {
    /// One field is not right.
    pub fn field(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::BadFields(BTreeMap::from([(name.into(), reason.into())]))
    }

    /// A password that is not taken.
    pub(super) fn weak(why: Weak) -> Self {
        Self::field("password", why.words())
    }

    /// One of each, for the description of the API; `Forbidden` and `Conflict` have reasons of their own.
    pub(super) fn samples() -> Vec<Self> {
        vec![
            Self::Malformed("line 1, column 2".to_owned()),
            Self::WrongPassword,
            Self::WeakPassword("what was expected"),
            Self::NoPicture("what was expected"),
            Self::StillActive,
            Self::NotLoggedIn,
            Self::WrongLogin,
            Self::AccountDisabled,
            Self::WrongCode,
            Self::NoRight(Right::See),
            Self::NoOwnHeader,
            Self::ForeignOrigin,
            Self::NoAccounts,
            Self::NotFound,
            Self::NoSuchChannel,
            Self::NoSuchAgent,
            Self::MethodNotAllowed("GET"),
            Self::TooSlow,
            Self::MayNotSend("Originate"),
            Self::NoContext("vigie-spy"),
            Self::Taken("loginId"),
            Self::Faulty(Vec::new()),
            Self::PromptUsed(Vec::new()),
            Self::AssistantFaulty(Vec::new()),
            Self::AssistantUsed(BTreeMap::new()),
            Self::SetUpAlready,
            Self::TooLarge(super::body::MAX_BODY),
            Self::NotJson,
            Self::NotSound("expected a form (multipart/form-data)"),
            Self::WrongHost,
            Self::field("field", "what was expected"),
            Self::TooMuch(1),
            Self::TooManyTries(1),
            Self::Internal("e-1".to_owned()),
            Self::Pbx("No such channel".to_owned()),
            Self::LinkDown,
            Self::LinkLost,
            Self::Busy("too many commands wait already; nothing was done"),
            Self::OutcomeUnknown,
            Self::DatabaseAway,
            Self::AccountsUnknown,
            Self::AuditUnwritten,
            Self::Interrupted,
            Self::KeyUnwritten,
            Self::NothingKept,
            Self::TimedOut,
        ]
    }

    /// The word that existing front ends know for it.
    fn key(&self) -> Option<&'static str> {
        match self {
            Self::WrongLogin => Some("INVALID_CREDENTIALS"),
            Self::AccountDisabled => Some("ACCOUNT_DISABLED"),
            Self::AccountsUnknown | Self::DatabaseAway => Some("SERVER_ERROR"),
            _ => None,
        }
    }

    /// The stable word for it.
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed_json",
            Self::WrongPassword => "wrong_password",
            Self::WeakPassword(_) => "weak_password",
            Self::NoPicture(_) => "no_picture",
            Self::StillActive => "still_active",
            Self::NotLoggedIn => "not_logged_in",
            Self::WrongLogin => "wrong_login",
            Self::AccountDisabled => "account_disabled",
            Self::WrongCode => "wrong_code",
            Self::NoRight(_) => "no_right",
            Self::Forbidden(slug, _) => slug,
            Self::NoOwnHeader => "no_own_header",
            Self::ForeignOrigin => "foreign_origin",
            Self::NoAccounts => "no_accounts",
            Self::Taken(_) => "taken",
            Self::Faulty(_) => "flow_has_faults",
            Self::PromptUsed(_) => "prompt_used",
            Self::AssistantFaulty(_) => "assistant_has_faults",
            Self::AssistantUsed(_) => "assistant_used",
            Self::SetUpAlready => "set_up_already",
            Self::TooManyTries(_) => "too_many_tries",
            Self::AccountsUnknown => "accounts_unknown",
            Self::AuditUnwritten => "audit_unwritten",
            Self::NotFound => "not_found",
            Self::NoSuchChannel => "no_such_channel",
            Self::NoSuchAgent => "no_such_agent",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::TooSlow => "too_slow",
            Self::Conflict(slug, _) => slug,
            Self::MayNotSend(_) => "account_may_not",
            Self::NoContext(_) => "no_context",
            Self::TooLarge(_) => "too_large",
            Self::NotJson => "not_json",
            Self::NotSound(_) => "not_sound",
            Self::WrongHost => "wrong_host",
            Self::BadFields(_) => "bad_value",
            Self::TooMuch(_) => "too_much",
            Self::Internal(_) => "internal",
            Self::Pbx(_) => "pbx_refused",
            Self::LinkDown => "link_down",
            Self::LinkLost => "link_lost",
            Self::Busy(_) => "busy",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::DatabaseAway => "database_away",
            Self::Interrupted => "interrupted",
            Self::KeyUnwritten => "key_unwritten",
            Self::NothingKept => "nothing_kept",
            Self::TimedOut => "timed_out",
            Self::Again(same) => same.slug(),
        }
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(place) => write!(f, "the body is not JSON: {place}"),
            Self::WrongPassword => f.write_str("that is not the present password"),
            Self::NoPicture(expected) => write!(f, "the picture is not taken: {expected}"),
            Self::WeakPassword(expected) => write!(f, "the new password is not taken: {expected}"),
            Self::StillActive => f.write_str("disable the user before taking him away"),
            Self::NotLoggedIn => f.write_str("log in first"),
            Self::WrongLogin => f.write_str("no such login with that password"),
            Self::AccountDisabled => f.write_str("this account is disabled"),
            Self::WrongCode => f.write_str("that is not the setup code that the server printed at its start"),
            Self::NoRight(right) => write!(f, "the right {} is missing", right.slug()),
            Self::Forbidden(_, words) => f.write_str(words),
            Self::NoOwnHeader => f.write_str("with a session cookie send the header X-Vigie: 1"),
            Self::NoAccounts => f.write_str("there are no accounts here: VIGIE_AUTH is off"),
            Self::Taken(field) => write!(f, "there is one already with this {field}"),
            Self::Faulty(_) => f.write_str("the flow has faults: mend them before it is published"),
            Self::PromptUsed(_) => f.write_str("flows name this prompt: see details"),
            Self::AssistantFaulty(_) => {
                f.write_str("the assistant has faults: mend them before it is published")
            }
            Self::AssistantUsed(_) => f.write_str("callers are led to this assistant: see details"),
            Self::SetUpAlready => f.write_str("there is an account already: log in"),
            Self::TooManyTries(s) => write!(f, "too many tries: wait {s} seconds"),
            Self::AccountsUnknown => {
                f.write_str("accounts are not known yet: the database was not reached since the start")
            }
            Self::AuditUnwritten => f.write_str("it could not be noted in the audit log, so it was not done"),
            Self::ForeignOrigin => f.write_str("refused: the request comes from the page of another site"),
            Self::NotFound => f.write_str("nothing is at this address"),
            Self::NoSuchChannel => f.write_str("no such live channel"),
            Self::NoSuchAgent => f.write_str("no agent is at that endpoint"),
            Self::MethodNotAllowed(takes) => write!(f, "this address takes {takes} only"),
            Self::TooSlow => f.write_str("the body did not come within 5 seconds"),
            Self::Conflict(_, words) => f.write_str(words),
            Self::MayNotSend(action) => write!(
                f,
                "the account of the PBX may not send {action}: see write = in asterisk/conf/manager.conf"
            ),
            Self::NoContext(context) => write!(
                f,
                "the dialplan of the PBX has no context {context}: see asterisk/conf/extensions_vigie.conf"
            ),
            Self::TooLarge(bytes) => write!(f, "what was sent is larger than {bytes} bytes"),
            Self::NotSound(why) => f.write_str(why),
            Self::NotJson => f.write_str("send the body as Content-Type: application/json"),
            Self::WrongHost => f.write_str(
                "this server does not answer under that name: with accounts VIGIE_ORIGINS adds names",
            ),
            Self::BadFields(fields) => {
                for (n, (field, reason)) in fields.iter().enumerate() {
                    write!(f, "{}{field}: {reason}", if n == 0 { "" } else { "; " })?;
                }
                Ok(())
            }
            Self::TooMuch(seconds) => write!(f, "too much was asked for; try again in {seconds} s"),
            Self::Internal(id) => write!(f, "something failed inside; the log has it under {id}"),
            Self::Pbx(words) => write!(f, "the PBX refused: {words}"),
            Self::LinkDown => f.write_str("there is no live link to that PBX; nothing was done"),
            Self::LinkLost => f.write_str(
                "the link to that PBX broke after the order was sent: whether it was done is unknown",
            ),
            Self::Busy(what) => f.write_str(what),
            Self::OutcomeUnknown => f.write_str(
                "the database was lost as it was written: whether it was done is unknown, look before you try again",
            ),
            Self::DatabaseAway => f.write_str("the database is away; what happens is kept until it is back"),
            Self::Interrupted => f.write_str(
                "the server was stopped while this was under way: whether it was done is unknown, look before you \
                 give it again under another Idempotency-Key",
            ),
            Self::KeyUnwritten => {
                f.write_str("the Idempotency-Key could not be put on disk, so nothing was done")
            }
            Self::NothingKept => f.write_str("nothing is kept: DATABASE_URL is none"),
            Self::Again(same) => same.fmt(f),
            Self::TimedOut => f.write_str("it was sent, but the PBX did not show it done in time"),
        }
    }
}

impl From<BadValue> for ApiError {
    fn from(bad: BadValue) -> Self {
        Self::field(bad.field, format!("expected {}", bad.expected))
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoSuchChannel => Self::NoSuchChannel,
            Refusal::NoSuchAgent => Self::NoSuchAgent,
            Refusal::Account(action) => Self::MayNotSend(action),
            Refusal::Dialplan(context) => Self::NoContext(context),
            Refusal::Ambiguous => Self::Conflict(
                "ambiguous",
                "two PBXs have a channel or agent of that name: say which with pbx",
            ),
            Refusal::State(slug, words) => Self::Conflict(slug, words),
            Refusal::NotAllowed(bad) => bad.into(),
            Refusal::Pbx(words) => Self::Pbx(words),
            Refusal::LinkDown => Self::LinkDown,
            Refusal::LinkLost => Self::LinkLost,
            Refusal::Busy => Self::Busy("too many commands wait for that PBX; nothing was done"),
            Refusal::TimedOut => Self::TimedOut,
        }
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unavailable => Self::DatabaseAway,
            Fault::Crowded => Self::Busy("too many passwords are being compared; try again soon"),
            Fault::Unwritten => Self::AuditUnwritten,
            Fault::Broken => Self::Internal("accounts".to_owned()),
        }
    }
}

impl From<Crowded> for ApiError {
    fn from(why: Crowded) -> Self {
        Fault::from(why).into()
    }
}

impl From<LoginFault> for ApiError {
    fn from(fault: LoginFault) -> Self {
        match fault {
            LoginFault::Wrong => Self::WrongLogin,
            LoginFault::Disabled => Self::AccountDisabled,
            LoginFault::Slower(left) => Self::TooManyTries(left.as_secs().max(1)),
            LoginFault::Fault(fault) => fault.into(),
        }
    }
}

impl From<Denied> for ApiError {
    fn from(why: Denied) -> Self {
        match why {
            Denied::Taken(field) => Self::Taken(field),
            Denied::Unknown(field) => Self::field(field, "names something that does not exist"),
            Denied::Gone => Self::NotFound,
            Denied::NotFirst => Self::SetUpAlready,
            Denied::Unknowable => Self::OutcomeUnknown,
            Denied::Unavailable(why) => why.into(),
        }
    }
}

/// Why it was not done.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct Told<'a> {
    /// Stable word.
    error: &'a str,
    /// For people, in English.
    message: String,
    /// What is wrong with which field or parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a BTreeMap<String, String>>,
    /// The word that front ends of before know.
    #[serde(rename = "errorKey", skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Malformed(_)
            | Self::WrongPassword
            | Self::WeakPassword(_)
            | Self::NoPicture(_)
            | Self::StillActive => StatusCode::BAD_REQUEST,
            Self::NotLoggedIn | Self::WrongLogin | Self::AccountDisabled | Self::WrongCode => {
                StatusCode::UNAUTHORIZED
            }
            Self::ForeignOrigin | Self::NoRight(_) | Self::Forbidden(..) | Self::NoOwnHeader => {
                StatusCode::FORBIDDEN
            }
            Self::TooManyTries(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NoAccounts | Self::NotFound | Self::NoSuchChannel | Self::NoSuchAgent => {
                StatusCode::NOT_FOUND
            }
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict(..)
            | Self::MayNotSend(_)
            | Self::NoContext(_)
            | Self::Taken(_)
            | Self::Faulty(_)
            | Self::PromptUsed(_)
            | Self::AssistantFaulty(_)
            | Self::AssistantUsed(_)
            | Self::SetUpAlready => StatusCode::CONFLICT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson | Self::NotSound(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::BadFields(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMuch(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Pbx(_) => StatusCode::BAD_GATEWAY,
            Self::LinkDown
            | Self::LinkLost
            | Self::Busy(_)
            | Self::OutcomeUnknown
            | Self::DatabaseAway
            | Self::AccountsUnknown
            | Self::AuditUnwritten
            | Self::Interrupted
            | Self::KeyUnwritten
            | Self::NothingKept => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::Again(same) => same.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Again(same) = self {
            return same.error_response();
        }
        let one = |name: &str, reason: &str| BTreeMap::from([(name.to_owned(), reason.to_owned())]);
        let of_one = match self {
            Self::WrongPassword => Some(one("currentPassword", "expected your present password")),
            Self::WeakPassword(expected) => Some(one("newPassword", expected)),
            Self::NoPicture(expected) => Some(one("pictureUrl", expected)),
            Self::Faulty(faults) => Some(super::flows::by_node(faults)),
            Self::PromptUsed(uses) => Some(super::prompts::by_flow(uses)),
            Self::AssistantFaulty(faults) => Some(super::assistants::by_field(faults)),
            Self::AssistantUsed(uses) => Some(uses.clone()),
            _ => None,
        };
        let details = match self {
            Self::BadFields(fields) => Some(fields),
            _ => of_one.as_ref(),
        };
        let told = Told { error: self.slug(), message: self.to_string(), details, key: self.key() };
        let mut response = HttpResponse::build(self.status_code()).json(told);
        let headers = response.headers_mut();
        match self {
            Self::Busy(_) | Self::DatabaseAway | Self::AccountsUnknown => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Self::MethodNotAllowed(takes) => {
                headers.insert(ALLOW, HeaderValue::from_static(takes));
            }
            Self::TooManyTries(s) => drop(headers.insert(RETRY_AFTER, HeaderValue::from(*s))),
            Self::TooMuch(s) => drop(headers.insert(RETRY_AFTER, HeaderValue::from(*s))),
            _ => {}
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        super::guard::protect(headers, true);
        response
    }
}
