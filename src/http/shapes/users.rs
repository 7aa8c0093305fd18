//! Users.

use schemars::JsonSchema;
use serde::Serialize;

use super::id;
use super::texts::{Email, Id, Login, Name, NotLookedAt, OrEmpty, Password, Phone, PictureUrl};
use crate::auth::Role;
use crate::http::openapi::{Answer, Parameter, Shape, Values};
use crate::http::people::{BULK_BYTES, PICTURE_BYTES};
use crate::people::User;

/// A user who was made.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Added<'a> {
    #[serde(flatten)]
    pub(in crate::http) user: &'a User,
    /// Where no password was given: told once, and changed at his first login.
    #[serde(rename = "oneTimePassword", skip_serializing_if = "Option::is_none")]
    pub(in crate::http) one_time_password: Option<String>,
}

/// Users who were made.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct AddedMany {
    /// `true`.
    pub(in crate::http) success: bool,
    /// Of those for whom no password was given.
    pub(in crate::http) one_time_passwords: Vec<OneTime>,
}

/// A password that is told once.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct OneTime {
    pub(in crate::http) id: String,
    pub(in crate::http) one_time_password: String,
}

/// The same, of one user.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct OneTimeOf {
    pub(in crate::http) login_id: String,
    pub(in crate::http) one_time_password: String,
}

macro_rules! users {
    ($($(#[$words:meta])* $name:ident { $($fields:tt)* })*) => {$(
        $(#[$words])*
        #[derive(JsonSchema)]
        #[schemars(rename_all = "camelCase", deny_unknown_fields)]
        #[expect(dead_code, reason = "a shape")]
        struct $name {
            $($fields)*
            /// Made where none is given.
            id: Option<Id>,
            first_name: Option<OrEmpty<Name>>,
            last_name: Option<OrEmpty<Name>>,
            email: Option<OrEmpty<Email>>,
            /// `true` unless told.
            is_active: Option<bool>,
            /// Where he works; who manages one site only gives that one.
            site_id: Option<OrEmpty<Id>>,
            agent_profile_id: Option<OrEmpty<Id>>,
            mobile_number: Option<OrEmpty<Phone>>,
            use_mobile_as_station: Option<bool>,
            planning_enabled: Option<bool>,
            /// The whole set.
            #[schemars(length(max = 1000))]
            campaign_ids: Option<Vec<Id>>,
            /// The whole set.
            #[schemars(length(max = 200))]
            group_ids: Option<Vec<Id>>,
            /// Where a new user has none, one is made and told once.
            password: Option<OrEmpty<Password>>,
            created_at: Option<NotLookedAt>,
            updated_at: Option<NotLookedAt>,
            profile_picture_url: Option<NotLookedAt>,
            must_change_password: Option<NotLookedAt>,
            one_time_password: Option<NotLookedAt>,
        }
    )*};
}

users! {
    /// A new user.
    NewUser { login_id: Login, role: Role, }
    /// A user as he shall be; what is absent stays.
    ChangedUser { login_id: Option<Login>, role: Option<Role>, }
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct NewUsers {
    #[schemars(length(min = 1, max = 500))]
    users: Vec<NewUser>,
}

pub(super) const USER: &[Parameter] = &[id("Id of a user.", "jeanne")];

/// `data:image/png;base64,...`, `image/jpeg`, `image/gif` or `image/webp`, of at most 2,000,000 bytes.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct PictureBody {
    picture_url: PictureUrl,
}

const REFUSED: &[(u16, &str)] = &[(403, "higher_role"), (409, "taken"), (503, "busy")];

pub(in crate::http) const LIST: Shape = Shape::gives::<Vec<User>>("The users within reach, by name.");
pub(in crate::http) const ONE: Shape =
    Shape::gives::<User>("One user.").at(USER).refuses(&[(404, "not_found")]);
pub(in crate::http) const ADD: Shape = Shape::makes::<Added<'static>>("Makes a user.")
    .takes::<NewUser>(
        r#"{"loginId": "jeanne", "firstName": "Jeanne", "lastName": "Petit", "role": "Agent", "siteId": "paris"}"#,
    )
    .refuses(REFUSED);
pub(in crate::http) const ADD_MANY: Shape = Shape::makes::<AddedMany>("Makes users: all or none.")
    .takes::<NewUsers>(
        r#"{"users": [{"loginId": "paul", "role": "Agent"}, {"loginId": "anne", "role": "Agent"}]}"#,
    )
    .up_to(BULK_BYTES)
    .refuses(REFUSED);
pub(in crate::http) const SET: Shape = Shape::gives::<User>("Changes a user.")
    .words("With a new password, and when he is disabled, his sessions end.")
    .at(USER)
    .takes::<ChangedUser>(r#"{"firstName": "Jeanne", "isActive": true}"#)
    .refuses(&[
        (403, "higher_role"),
        (403, "more_rights"),
        (403, "oneself"),
        (404, "not_found"),
        (409, "taken"),
        (409, "last_superadmin"),
        (503, "busy"),
    ]);
pub(in crate::http) const REMOVE: Shape =
    Shape::new("Takes a user away who is disabled.", 204, crate::http::openapi::Answer::Empty)
        .at(USER)
        .refuses(&[
            (400, "still_active"),
            (403, "higher_role"),
            (403, "oneself"),
            (403, "superadmin_stays"),
            (404, "not_found"),
        ]);
pub(in crate::http) const ONE_TIME_PASSWORD: Shape =
    Shape::gives::<OneTimeOf>("Gives a user a password that is told once.")
        .words("He may do nothing with it but choose one of his own. His sessions end.")
        .at(USER)
        .refuses(&[
            (403, "higher_role"),
            (403, "more_rights"),
            (403, "oneself"),
            (404, "not_found"),
            (503, "busy"),
        ]);
pub(in crate::http) const PICTURE_SET: Shape = Shape::gives::<User>("Sets one's own picture.")
    .words("A data URL of PNG, JPEG, GIF or WebP; what it is, its bytes say.")
    .takes::<PictureBody>(
        r#"{"pictureUrl": "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs="}"#,
    )
    .up_to(PICTURE_BYTES)
    .refuses(&[(400, "no_picture"), (404, "no_accounts"), (413, "too_large"), (503, "busy")]);
pub(in crate::http) const PICTURE_REMOVE: Shape =
    Shape::gives::<User>("Takes one's own picture away.").refuses(&[(404, "no_accounts"), (503, "busy")]);
pub(in crate::http) const PICTURE: Shape = Shape::new("A user's picture.", 200, Answer::Text("image/*"))
    .words("One's own, and those of users whom one sees.")
    .or_nothing(204, "There is none.")
    .at(USER)
    .asks(
        const {
            &[Parameter::new(
                "v",
                Values::Text("^[0-9a-f]{16}$"),
                "Which, as in `profilePictureUrl`; the newest in any case.",
                "0123456789abcdef",
            )]
        },
    )
    .refuses(&[(404, "no_accounts"), (404, "not_found"), (503, "busy")]);
