//! Getting in and out.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::texts::{AnyText, Login, Name, Password};
use crate::auth::Right;
use crate::http::openapi::Shape;
use crate::people::User;

/// What a page shows first.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct State {
    /// People log in here.
    pub(in crate::http) accounts: bool,
    /// That is possible now.
    pub(in crate::http) ready: bool,
    /// The first account is awaited.
    pub(in crate::http) setup: bool,
}

/// Somebody is in.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Welcome<'a> {
    pub(in crate::http) user: &'a User,
    /// For `Authorization: Bearer`, good for 10 minutes.
    pub(in crate::http) access_token: &'a str,
}

/// The next access token.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Refreshed {
    pub(in crate::http) access_token: String,
}

/// It was done.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Told")]
pub(in crate::http) struct Said {
    pub(in crate::http) message: &'static str,
}

/// A ticket for the WebSocket.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Ticket {
    pub(in crate::http) ticket: String,
    pub(in crate::http) expires_in_s: u64,
}

/// Who one is and may.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Me<'a> {
    /// `null` where there are no accounts.
    pub(in crate::http) user: Option<&'a User>,
    pub(in crate::http) rights: Vec<Held>,
}

/// A right, and how far it reaches.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Held {
    pub(in crate::http) verb: Right,
    #[schemars(with = "Vec<HeldScope>")]
    pub(in crate::http) scopes: Vec<Value>,
}

/// Where a right holds.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a shape")]
struct HeldScope {
    #[schemars(extend("enum" = ["all", "site", "group", "queue", "own"]))]
    kind: String,
    /// Empty of `all`.
    id: String,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct LoginBody {
    login_id: AnyText,
    password: AnyText,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct SetupBody {
    /// What the server printed at its start.
    code: AnyText,
    login_id: Login,
    password: Password,
    first_name: Option<Name>,
    last_name: Option<Name>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct PasswordBody {
    current_password: AnyText,
    new_password: Password,
}

pub(in crate::http) const STATE: Shape =
    Shape::gives::<State>("Whether people log in here, and whether that is possible now.");
pub(in crate::http) const SETUP: Shape = Shape::makes::<Welcome<'static>>(
    "Makes the first account, and logs it in.",
)
.words("The code is printed at the start while there is no account. It sets the cookies of a login.")
.takes::<SetupBody>(
    r#"{"code": "7KQ2-M4XD", "loginId": "root", "password": "gris-loutre-7-canape", "lastName": "Martin"}"#,
)
.refuses(&[
    (401, "wrong_code"),
    (404, "no_accounts"),
    (409, "set_up_already"),
    (429, "too_many_tries"),
    (503, "busy"),
    (503, "database_away"),
    (503, "audit_unwritten"),
]);
pub(in crate::http) const LOGIN: Shape = Shape::gives::<Welcome<'static>>("Logs in.")
    .words("It sets two cookies: the session's, and the refresh token's.")
    .takes::<LoginBody>(r#"{"loginId": "jeanne", "password": "gris-loutre-7-canape"}"#)
    .refuses(&[
        (401, "wrong_login"),
        (401, "account_disabled"),
        (404, "no_accounts"),
        (429, "too_many_tries"),
        (503, "accounts_unknown"),
        (503, "busy"),
        (503, "database_away"),
        (503, "audit_unwritten"),
    ]);
pub(in crate::http) const REFRESH: Shape = Shape::gives::<Refreshed>("Gives the next access token.")
    .words("By the cookie `refreshToken`, which is replaced; one that was used before ends its session.")
    .refuses(&[
        (401, "not_logged_in"),
        (404, "no_accounts"),
        (503, "accounts_unknown"),
        (503, "database_away"),
        (503, "audit_unwritten"),
    ]);
pub(in crate::http) const LOGOUT: Shape =
    Shape::gives::<Said>("Ends the session, here and on its sockets.").refuses(&[(404, "no_accounts")]);
pub(in crate::http) const TICKET: Shape = Shape::gives::<Ticket>("Gives a ticket for the WebSocket.")
    .words("Good once, for 30 s. Who sees nothing gets none: `no_right`.")
    .refuses(&[(404, "no_accounts"), (503, "busy")]);
pub(in crate::http) const ME: Shape = Shape::gives::<Me<'static>>("Who one is, and what one may.");
pub(in crate::http) const OWN_PASSWORD: Shape = Shape::gives::<Said>("Changes one's own password.")
    .words("The other sessions end.")
    .takes::<PasswordBody>(
        r#"{"currentPassword": "gris-loutre-7-canape", "newPassword": "vert-renard-3-table"}"#,
    )
    .refuses(&[
        (400, "wrong_password"),
        (400, "weak_password"),
        (404, "no_accounts"),
        (429, "too_many_tries"),
        (503, "busy"),
        (503, "outcome_unknown"),
    ]);
